#pragma once
/* What narrative behind an open question may not tell yet: "`x.grad` is still 18" reads "`x.grad` is still ??"
 * until the question is revealed. */

#include "render/lesson/question.h"

/* One thing that an open question asks for: a number, or code with several of them ("(2, 5)"). */
struct veil_thing {
    double number;    /* without its sign */
    const char *code; /* NULL: the number */
    int64_t cell;     /* of the question: hidden in the cells behind it */
};

/* Lives in the view's arena. */
struct veil {
    struct veil_thing *things;
    size_t count;
    int64_t open; /* cell of the first question that is not revealed; 0: none */
};

/* Of all questions in the language on show that are not revealed: the numbers of their options, and those that the
 * code that answers them prints, if the question does not name them itself. */
struct veil veil_of(const struct view *view);

/* The narrative as it may be read: each digit of what is hidden is a "?". Of a cell with the tag "answer", which
 * tells one in words, the heading or the first words up to a colon are left. Lives in the view's arena. */
struct trace_string veil_draw(const struct view *view, const struct veil *veil,
                              const struct trace_cell *cell, struct trace_string text);

/* Both at once, for a single cell. */
struct trace_string veil_cell(const struct view *view, const struct trace_cell *cell);
