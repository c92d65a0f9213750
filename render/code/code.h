#pragma once
/* Lines of a code cell as text: coloured, the current line and sub-expression marked, an error shown
 * at its line. Used wherever code is shown. */

#include "render/code/links.h"

enum { CODE_ARMS_MAX = 16 };

/* What is marked in the code at a moment. */
struct code_marks {
    int64_t cell;                      /* number of the code cell that is being executed; 0: none */
    int64_t line;                      /* current line in it */
    struct span span;                  /* current sub-expression; cell 0: none */
    struct span error;                 /* where the error was raised; cell 0: none */
    struct span linked;                /* of what is pointed at or selected; cell 0: none */
    const struct error_frame *callers; /* of where the error was raised, outermost first */
    size_t caller_count;
    /* Lines of the arms that the latest decision of each `if` has passed over. */
    struct code_arm {
        int64_t cell;
        struct line_range lines;
    } passed[CODE_ARMS_MAX];
    size_t passed_count;
};
struct code_marks code_marks_at(const struct view *view);
bool code_is_passed(const struct code_marks *marks, const struct trace_cell *cell, int line);

/* Number of lines; a last line without text does not count. */
int code_line_count(const struct trace_cell *cell);
/* Byte range of a line (from 1), without its newline and trailing blanks. */
void code_line_range(const struct trace_cell *cell, int line, size_t *start, size_t *length);

/* The line of the `class` that the `def` of that line is a method of; 0: it is no method's `def`. */
int code_class_around(const struct trace_cell *cell, int line);

/* Where a line must be broken to fit `width` points: `breaks` gets the end of each piece in bytes of
 * the line; returns their number, at least 1, at most `most` (the last piece then takes the rest).
 * Pieces after the first are set in by code_hang. */
size_t code_wrap(const struct view *view, const struct trace_cell *cell, int line, float width,
                 float size, size_t *breaks, size_t most);

/* How far the pieces of a broken line are set in: the line's own indentation, so far as there is room, and
 * a little more. */
float code_hang(const struct view *view, const struct trace_cell *cell, int line, float size);
/* Right edge of a line's last piece, from the left edge of the text. */
float code_width(const struct view *view, const struct trace_cell *cell, int line, size_t from,
                 float size);

/* The em of line numbers and notes beside code of that em. */
float code_small(float size);

/* Left edge of the text in a row, from the row's left edge. */
float code_text_left(float size, bool numbers);

/* Draws one line, or a piece of it, in the row: its number at the left if `numbers`, the marks behind
 * the text, groups for what the pointer can find in it. The row's height is the pitch of lines. */
struct code_row {
    const struct trace_cell *cell;
    const struct code_links *links;
    int line;
    size_t from, to; /* the piece, in bytes of the line; 0, 0: all of it */
    struct rect row;
    float size;
    bool numbers;
    bool notes; /* beside its end, if there is room, what the line made */
};
void code_draw_row(const struct view *view, const struct code_row *row,
                   const struct code_marks *marks, struct scene *scene);
