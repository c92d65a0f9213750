#pragma once
/* What a line or a loop printed, in the place of an equation. */

#include "render/view.h"

/* As large as fits, on the lines that it was printed on; what has no room ends in dots. Of what a loop printed,
 * the last lines. A page that stands for a whole cell has all that the cell printed, where that has room. */
void equation_printed_draw(const struct view *view, const char *printed, bool by_loop,
                           struct rect area, struct scene *scene);

/* The size at which a line has room in that width: `most` if it can be, and no less than captions, where it is
 * cut. */
float equation_size(const struct view *view, const char *text, float width, float most);

/* Bytes of the next row: a line, or as much of it as the width, in em, has room for. What was made to fit does,
 * however that was rounded. */
size_t equation_row(const struct view *view, const char *text, float em);

/* Height that the message of an error which the code caught and printed needs in text size; 0 where what it
 * printed is something else. */
float equation_printed_error(const struct view *view, const char *printed, float width);
