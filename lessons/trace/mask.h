#pragma once
/* Values that a question asks for are hidden until they are revealed. A masked value keeps its shape and
 * its place; its elements read as a number that is none, which is written "?". */

#include "lessons/trace/trace.h"

/* What `name` stands for is hidden, as far as it came about in the records [since, until): a tensor by its
 * name ("y"), the gradient of one ("x.grad") with all that is added to it, or the dtype of one ("t.dtype");
 * "*": every tensor. */
struct trace_veil {
    const char *name;
    size_t length;
    uint32_t since, until;
};

/* Hides what the veils name and the output of the cells (numbers of code cells), and nothing else. To be
 * called again when the trace has grown. */
void trace_mask(struct trace *trace, const struct trace_veil *veils, size_t veil_count,
                const int64_t *cells, size_t cell_count);

/* The number that stands for a masked one: a NaN of its own kind, which survives arithmetic. */
double trace_masked_number(void);
bool trace_is_masked_number(double number);

/* "float32", or "?" where it is hidden. */
const char *trace_dtype_text(const struct trace_tensor *tensor);

/* Whether the output of the cell that was running at the record is hidden. */
bool trace_masked_at(const struct trace *trace, uint32_t record);

/* What an `out` or `display` record shows, its values masked if its cell is. */
struct trace_string trace_printed(const struct trace *trace, uint32_t record, struct arena *arena);

/* What the records [since, until) printed, without the empty lines at its ends; of very much the end. */
const char *trace_printed_between(const struct trace *trace, uint32_t since, uint32_t until,
                                  struct arena *arena);

/* Text in which each digit of a number, and its minus, is a "?"; names keep theirs ("x1"). True, False, None and
 * the names of dtypes are one "?" each: "torch.?". It may be shorter. Ends with a zero byte, lives in `arena`. */
struct trace_string trace_masked_text(const char *bytes, size_t length, struct arena *arena);
