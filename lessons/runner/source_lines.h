#pragma once
/* The lines of a Python source, seen as its tokenizer sees them as far as cell marks need it:
 * which lines begin inside a string, which begin a statement, which hold any code. */

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/text.h"

struct source_line {
    const char *text;
    size_t length;      /* without the newline */
    bool inside_string; /* begins within a string literal */
    bool begins;        /* begins a statement: not within brackets, string or continuation */
    bool has_code;      /* holds something other than blanks and a comment */
};

struct source_lines {
    struct source_line *lines;
    size_t count, capacity;
};

/* Lines and their texts live in `arena` and stay until it is cleared; `lines` is freed by
 * source_lines_finish. Normalises as cells.h says. False when the bytes are not UTF-8 text. */
bool source_lines_read(struct source_lines *lines, const char *bytes, size_t length,
                       struct arena *arena, struct error *err);
void source_lines_finish(struct source_lines *lines);
