#pragma once
/* Square matrices in the last two dimensions of a tensor, and their L and U. */

#include "engine/ops/rows.h"

/* "linalg.det: The input tensor A must have at least 2 dimensions.", "... must be batches of square
 * matrices, ..." */
bool factors_check_square(const struct op_call *call, struct error *err);
bool factors_check_float(const struct op_call *call, struct error *err);

/* Makes a new matrix, or a batch of them, not yet filled, lie in memory column by column. */
void factors_lie_by_columns(struct tensor *tensor);

/* a [.., n, n] taken apart into lu and pivots [.., n] of the same batch (fewer dimensions are repeated);
 * right [.., n, m] (NULL: none) becomes the solution of aᵀ·x = right if `transposed`, else of
 * a·x = right. What is in memory row by row is taken apart as its transpose. */
struct factoring {
    struct tensor *a, *lu, *pivots, *right;
    bool transposed;
};
bool factors_make(const struct factoring *factoring, struct error *err);

/* The next two outputs from `number` on: L and U, and the pivots, of operand 0. */
bool factors_outputs(struct op_call *call, int number, struct error *err);

/* Output `number` [..]: the place, from 1, of the first 0 on U's diagonal, else 0. *batch is the first
 * matrix where it is not 0 (-1: none), *place what stands there. */
bool factors_info(struct op_call *call, int number, struct tensor *lu, int64_t *batch,
                  int64_t *place, struct error *err);

/* The diagonals [.., n] of matrices, and matrices as a batch [.., n, 1]: looks. */
struct tensor *factors_diagonal(struct tensor *a);
struct tensor *factors_column(struct tensor *a);
struct tensor *factors_turned(struct tensor *a); /* aᵀ of every matrix */

/* For formulas: aᵀ of every matrix, a @ b, and x with aᵀ·x = b. */
struct tensor *rule_turned(struct rule *rule, struct tensor *a);
struct tensor *rule_matmul(struct rule *rule, struct tensor *a, struct tensor *b);
struct tensor *rule_solve_turned(struct rule *rule, struct tensor *a, struct tensor *b);
