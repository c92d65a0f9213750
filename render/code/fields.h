#pragma once
/* Literals that were changed, or are being written anew, where they stand in the code: `1 → 4`, or a
 * field with a caret. Lines with one are longer on the screen than in the text. */

#include "render/code/literal.h"
#include "render/view.h"

/* The id of a target in a line of code, and back. */
int64_t code_place(int64_t cell, int line);
int64_t code_place_cell(int64_t place);
int code_place_line(int64_t place);

/* What stands in the place of some bytes of a line. */
struct code_field {
    size_t column, end;
    const char *was, *now; /* `was` "": only what it is now */
    bool open;             /* being written */
};

enum { CODE_FIELDS_MAX = 16 };

/* In order; returns their number. */
size_t code_fields_in_line(const struct view *view, const struct trace_cell *cell, int line,
                           struct code_field out[CODE_FIELDS_MAX]);

/* How wide it is drawn, in points for code of that em. */
float code_field_width(const struct view *view, const struct code_field *field, float size);
/* By how much the line is longer than its text, from byte `piece` on. */
float code_fields_more(const struct view *view, const struct trace_cell *cell, int line,
                       size_t piece, float size);

/* Draws it with its left edge and baseline there. */
void code_field_draw(const struct view *view, const struct code_field *field, struct point at,
                     float size, struct scene *scene);

/* What is typed in the open field, with its caret, in a box of that height; text in that em. */
void code_field_typed(const struct view *view, struct point at, float size, struct scene *scene);

/* A `#@param` line's control: a slider, a switch, a list or a field, in a row of its own under the line.
 * Returns the row's height for that em, 0 for a line that has none; drawn if there is a scene. */
float code_param_row(const struct view *view, const struct trace_cell *cell, int line,
                     struct rect room, struct scene *scene);

/* The parts of a control, as parts of a TARGET_PARAM; options come from PARAM_OPTION on. */
enum param_part { PARAM_TRACK, PARAM_FIELD, PARAM_TURN, PARAM_OPTION };
