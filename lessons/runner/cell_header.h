#pragma once
/* One cell mark: `# %% Title [markdown] key=json key=json`. */

#include "lessons/runner/cells.h"

/* True if the line opens a cell; it must not begin within a string. "#%%title" is a comment, as
 * Jupytext has it. */
bool cell_header_is(const char *line, size_t length);

/* Fills kind, title, lang, slide, id, tags, hide, session and minutes from such a line. What cannot be read as metadata
 * belongs to the title. */
void cell_header_parse(struct cell *cell, const char *line, size_t length, struct arena *arena);
