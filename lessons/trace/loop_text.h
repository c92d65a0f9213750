#pragma once
/* Which lines of a code cell are headers of loops, and how far their bodies go: read from its text,
 * for the trace says only which lines were executed. For lessons/trace only. */

#include "lessons/trace/trace.h"

/* A line of a cell; all 0 for one that begins no statement. */
struct loop_line {
    uint32_t header_last; /* last line of the statement's header, 0: this is no loop */
    uint32_t body_last;   /* last line of the loop's body */
    bool clears;          /* the statement calls zero_grad, or sets a .grad to None */
    bool trains;          /* the loop's body calls backward */
};

/* `lines` by line number - 1. */
struct loop_text {
    struct loop_line *lines;
    size_t count;
};

void loop_text_read(struct loop_text *out, const struct trace_string *text);
void loop_text_finish(struct loop_text *text);
/* NULL for a line that the text does not have. */
const struct loop_line *loop_text_line(const struct loop_text *text, int64_t line);
