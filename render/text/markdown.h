#pragma once
/* Narrative: Markdown as wrapped text. Headings, paragraphs, lists, tables, quotations, emphasis, code,
 * and formulas between dollar signs as plain characters (\partial becomes ∂, x^2 becomes x²). */

#include "render/view.h"

/* Draws into the column from area.y downwards and returns the height that the text takes; with scene
 * NULL it only measures. */
float markdown_draw(const struct view *view, const char *text, size_t length, struct rect area,
                    struct scene *scene);
