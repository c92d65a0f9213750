#pragma once
/* One element of a contribution as an equation: which elements of the upstream gradient and of the
 * operands it is made of, by how the operation's cells come from one another. Private to the chain. */

#include "render/view.h"

enum { NO_ELEMENT = -1 };

/* The first element that is not zero, 0 if all are or the tensor is NULL. */
int64_t element_first(const struct trace_tensor *tensor, uint32_t moment);

struct element_equation {
    const char *formula; /* "x[0, 0]·g[0, 1] + x[1, 0]·g[1, 1]"; "" when it cannot be said */
    const char *numbers; /* "1·0.5333 + 4·0.5333" */
    const char *brief;   /* the same with less of a long sum: "1·0.5333 + … + 4·0.5333" */
    const char *value;   /* "2.6667", as recorded */
};

/* Element `element` (row-major) of what the visit sent along its edge `edge`. What the recorded numbers
 * do not add up to is not claimed: the formula is "" then. `name` says what a tensor is called. */
struct element_equation element_equation_of(const struct run_view *run,
                                            const struct record_visit *visit, size_t edge,
                                            int64_t element, struct arena *arena);

/* The same for an element of an operation's first result: "x[0, 0]·W[0, 1] + …". */
struct element_equation element_equation_of_result(const struct run_view *run,
                                                   const struct trace_op *op, int64_t element,
                                                   struct arena *arena);

/* "[0, 1]"; "" for a tensor of one element. */
const char *element_place(const struct trace_tensor *tensor, int64_t element, struct arena *arena);
/* "-0.65"; "" where the trace keeps no such element. */
const char *element_value(const struct trace_tensor *tensor, uint32_t moment, int64_t element,
                          struct arena *arena);

/* As part of a product or under a ∂: an expression in brackets. */
const char *chain_factor(const char *label, struct arena *arena);
/* As what a product is multiplied by alone: a call, "tanh(c)", needs none. */
const char *chain_multiplier(const char *label, struct arena *arena);
/* Which operand the node's edge belongs to; SIZE_MAX when it cannot be told. */
size_t chain_operand(const struct trace *trace, const struct trace_node *node,
                     const struct trace_op *op, size_t edge);
/* What a tensor is called in formulas; the transpose that nn.Linear makes is "weightᵀ". */
const char *chain_name(const struct run_view *run, int64_t tensor, struct arena *arena);
/* Of two views the one that a reader knows: behind such a transpose the weight itself, else NULL. */
const struct trace_tensor *chain_transposed(const struct trace *trace,
                                            const struct trace_tensor *tensor);
