#pragma once
/* What the pieces of a cell's code stand for: the sub-expression of each operation, and names of
 * tensors. Through them a pointer on the code finds the graph, and the graph finds the code. */

#include "render/view.h"

struct code_link {
    struct span at;
    struct target target;
    const char *title;
};

/* In the lines [first, last], as things stand at the moment of runs[0]; in the view's arena. Outer
 * sub-expressions stand before what is in them. */
struct code_links {
    const struct code_link *links;
    size_t link_count;
};
struct code_links code_links_at(const struct view *view, const struct trace_cell *cell, int first,
                                int last);

/* The tensor that a name on a line means, 0 if none or if the line was not executed yet. */
int64_t code_name_at(const struct view *view, const struct trace_cell *cell, int line,
                     const char *name, size_t length);

/* The sub-expression of what a target stands for; cell 0: nowhere in the code. */
struct span code_span_of(const struct view *view, struct target target);
