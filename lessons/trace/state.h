#pragma once
/* The state at a moment: one binary search per question, nothing stored. */

#include "lessons/trace/trace.h"

/* The value that the tensor has at the moment; NULL before it has one. */
const struct trace_value *trace_value_at(const struct trace_tensor *tensor, uint32_t moment);

/* Element `index` (row-major) as a double; for a sampled value, index counts sampled elements. NaN for what it
 * has not: of a forged trace a gradient may be smaller than what it is of. */
double trace_element(const struct trace_value *value, size_t index);

/* The tensor that is its `.grad` at the moment; NULL for None. */
const struct trace_tensor *trace_grad_at(const struct trace *trace,
                                         const struct trace_tensor *tensor, uint32_t moment);
/* The gradient that a walk starts with at one of its roots; 0: the tensor is none of them. */
int64_t trace_root_grad(const struct trace_backward *backward, int64_t tensor);
/* Whether gradients are tracked at the moment: not under no_grad. */
bool trace_grad_mode_at(const struct trace *trace, uint32_t moment);
/* What has switched it off there, "no_grad" or "inference_mode"; "" where it is on. */
const char *trace_grad_off_by(const struct trace *trace, uint32_t moment);
bool trace_requires_grad_at(const struct trace *trace, const struct trace_tensor *tensor,
                            uint32_t moment);

/* Whether an entity with that birth and end exists at the moment. */
bool trace_exists(uint32_t born, uint32_t gone, uint32_t moment);
/* Whether the node's saved tensors are gone at the moment. */
bool trace_freed_at(const struct trace_node *node, uint32_t moment);

/* The line being executed, or just executed, at the moment. False before the first line. `visit`
 * counts executions of this line of this cell so far, from 1. */
struct trace_position {
    int64_t frame, cell, line;
    uint32_t visit;
    uint32_t line_record;
};
bool trace_position_at(const struct trace *trace, uint32_t moment, struct trace_position *out);

/* The latest execution of a line by the moment, as stretches of records, the last first: what the
 * line calls stands between them. Of more stretches than there is room for the earliest are left
 * out. False if the line was not executed yet. */
enum { TRACE_STRETCHES_MAX = 8 };
struct trace_execution {
    int64_t frame;
    uint32_t line_record;
    struct trace_stretch {
        uint32_t from, to; /* records; `to` is exclusive and never beyond the moment */
    } stretches[TRACE_STRETCHES_MAX];
    size_t stretch_count;
};
bool trace_execution_at(const struct trace *trace, int64_t cell, int64_t line, uint32_t moment,
                        struct trace_execution *out);

/* The latest name bound to the tensor at or before the moment, "" if none. For a parameter its path
 * from a named module: `model.linear.weight`. With moment NEVER: the first name it ever gets, which
 * is what a card is headed with from the start. Lives as long as the trace. */
const char *trace_name_at(const struct trace *trace, const struct trace_tensor *tensor,
                          uint32_t moment);
/* What the formula of the layer that made it inside calls it; "" if nothing does. */
const char *trace_called(const struct trace_tensor *tensor);
/* `model.linear`; "" when neither it nor a parent is bound to a name. Lives in `arena`. */
const char *trace_module_path(const struct trace *trace, const struct trace_module *module,
                              struct arena *arena);

/* The source text of a span on one line (line breaks and runs of blanks become one blank), cut to
 * max_bytes with an ellipsis. Lives in `arena`; "" when the span is nowhere. */
const char *trace_span_text(const struct trace *trace, const struct span *at, size_t max_bytes,
                            struct arena *arena);

/* Whether the lesson, or a module of it, ever gives the tensor a name. */
bool trace_is_named(const struct trace *trace, const struct trace_tensor *tensor);

/* What an operation is written as where it has a sign, "×", else its name. x.T is one, though PyTorch
 * makes a permute of it, and `reshape`, `float` and their kin are called what the lesson calls them, not
 * "view" or "to". */
const char *trace_op_symbol(const struct trace *trace, const struct trace_op *op);

/* What a card is headed with: its name, else its sub-expression (`y * y`), else the layer that put it
 * out inside of a larger one (`model.0`), else its operation, else `w.grad` for what is the .grad of w,
 * and `∂z/∂z` for what a backward pass from z begins with.
 * Never an invented letter. Lives in `arena`. */
const char *trace_tensor_label(const struct trace *trace, const struct trace_tensor *tensor,
                               struct arena *arena);

/* What the result of that operation is called where it has no name. */
const char *trace_op_text(const struct trace *trace, const struct trace_tensor *result,
                          const struct trace_op *op, struct arena *arena);

/* What a tensor is called that had no name yet, as it was before `writer` wrote into it: the expression of the
 * operation that had done that, or under the same expression the operation. */
const char *trace_label_before(const struct trace *trace, const struct trace_tensor *tensor,
                               const struct trace_op *writer, struct arena *arena);

/* What the operation's first result is called where the forward of a function of the lesson's own made it, which gave
 * it out later: its expression, whatever the caller calls it. "" for any other result. */
const char *trace_inner_label(const struct trace *trace, const struct trace_op *op,
                              struct arena *arena);

/* Whether the exception at that record (RECORD_FAILED) left its function and then came to no code of the lesson:
 * Python, or torch, took it for an answer. False as long as that is not known. */
bool trace_is_passed_over(const struct trace *trace, uint32_t failed);

/* Appends all that was printed, both streams in order, up to the moment. */
void trace_output_at(const struct trace *trace, uint32_t moment, struct text *out);

/* The error that has happened by the moment, or NULL. */
const struct record_error *trace_error_at(const struct trace *trace, uint32_t moment);

/* The backward walk that is going on at the moment, or NULL; one that an error cut off goes on for
 * ever. trace_last_backward_at: the latest that has begun. */
const struct trace_backward *trace_backward_at(const struct trace *trace, uint32_t moment);
const struct trace_backward *trace_last_backward_at(const struct trace *trace, uint32_t moment);

/* The gradient that has arrived at the tensor in that walk by the moment, complete or not: `sum` is
 * the incoming gradient tensor once its node was visited (or it was accumulated), 0 before;
 * `parts` are the contributions that have travelled to it, in order of arrival. */
struct trace_contribution {
    uint32_t visit; /* record of the visit it comes from */
    int64_t from_node;
    int edge; /* index in that visit's edges */
    int64_t grad;
};
struct trace_arrival {
    int64_t sum;
    const struct trace_contribution *parts; /* in `arena` */
    size_t part_count;
};
/* At the value of the tensor that the node made, 0: at a leaf; and at the one that it had when the walk began. */
struct trace_arrival trace_arrival_of(const struct trace *trace, const struct trace_tensor *tensor,
                                      int64_t grad_fn, const struct trace_backward *backward,
                                      uint32_t moment, struct arena *arena);
struct trace_arrival trace_arrival_at(const struct trace *trace, const struct trace_tensor *tensor,
                                      const struct trace_backward *backward, uint32_t moment,
                                      struct arena *arena);
