#pragma once
/* One term of the chain rule as text: the upstream gradient by the local derivative of an operation, which
 * its definition states as a formula of the letters a, b, c (its operands) and g. Private to the chain. */

#include "render/view.h"

/* The gradient that comes in as text, and of an operation with several results that of each, else NULL. */
struct chain_upstream {
    const char *text;
    const char *const *of_results;
};

/* What comes along input `input`: "∂z/∂y × 2·x", or the whole formula where it names g. */
const char *chain_term_formula(const struct run_view *run, const struct trace_op *op, size_t input,
                               const struct chain_upstream *upstream, struct arena *arena);

/* The same of a matrix product with shapes in place of the letters, "(3, 2) @ (2, 2) → (3, 2)"; else "". `to`
 * is what comes of it, or NULL. */
const char *chain_term_shapes(const struct run_view *run, const struct trace_op *op, size_t input,
                              const struct record_visit *visit, const struct trace_tensor *to,
                              struct arena *arena);
