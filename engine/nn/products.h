#pragma once
/* Products and norms of matrices that are made of several operations, as PyTorch makes them. */

#include "engine/ops/ops.h"

struct engine;

/* a multiplied with itself; a power below 0 is that of the inverse. */
struct tensor *nn_matrix_power(struct engine *engine, struct tensor *a, int64_t power,
                               struct error *err);
/* The largest (order below 0: smallest) sum of |a| over rows (order 1 or -1) or columns (infinite). */
struct tensor *nn_matrix_norm(struct engine *engine, struct tensor *a, double order,
                              const struct shape *dims, bool keepdim, struct error *err);
/* Every element of a times all of b, in blocks. */
struct tensor *nn_kron(struct engine *engine, struct tensor *a, struct tensor *b,
                       struct error *err);
/* Σ over dimensions `of_a` of a and `of_b` of b, which go together; they
 * may be counted from the end. */
struct tensor *nn_tensordot(struct engine *engine, struct tensor *a, struct tensor *b,
                            const struct shape *of_a, const struct shape *of_b, struct error *err);
/* Over the last dimensions of both. */
struct tensor *nn_inner(struct engine *engine, struct tensor *a, struct tensor *b,
                        struct error *err);
/* ln det a; nan where det a is negative. */
struct tensor *nn_logdet(struct engine *engine, struct tensor *a, struct error *err);
