#pragma once
/* The lesson's code as the trace knows it: the sub-expressions that operations came from, and what
 * its names stood for. A line of code is linked with the graph through these without a walk through
 * the records. */

#include "lessons/trace/trace.h"

/* A sub-expression of a code cell that operations came from, or that called backward(). */
struct trace_place {
    struct span at;
    bool backward;
    const uint32_t *records; /* its operations, or its backward passes, ascending */
    size_t record_count;
};

/* Those of a code cell by its number in run order, in the order of their first execution. */
const struct trace_place *const *trace_places(const struct trace *trace, int64_t cell,
                                              size_t *count);
/* The latest of its records before the moment; NEVER if there is none. */
uint32_t trace_place_latest(const struct trace_place *place, uint32_t moment);

/* What the name was last bound to in that frame before the moment; *tensor is 0 where that is no
 * tensor. False if it was not bound. Frame 0: by any cell, outside of functions. */
bool trace_bound_at(const struct trace *trace, int64_t frame, const char *name, size_t length,
                    uint32_t moment, int64_t *tensor);
/* Whether the name that heads the tensor's card is another's by the moment: `w = w - lr * w.grad` makes
 * `w` a new tensor, and the old one's .grad is no longer what `w.grad` says. */
bool trace_is_renamed(const struct trace *trace, const struct trace_tensor *tensor,
                      uint32_t moment);
