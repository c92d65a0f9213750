#pragma once
/* Tensors whose elements follow from their place: arange, linspace, eye. On the CPU; bit for bit
 * PyTorch's. The caller owns the result; NULL with PyTorch's text in err. */

#include "engine/tensor/tensor.h"

/* start, start + step, ... below end. All whole numbers give int64 unless dtype says otherwise.
 * "step must be nonzero", "upper bound and larger bound inconsistent with step sign". */
struct tensor *tensor_arange(struct engine *engine, const struct number bounds[3], enum dtype dtype,
                             struct error *err);

/* `count` numbers from first to last, both included. "number of steps must be non-negative". */
struct tensor *tensor_linspace(struct engine *engine, const double ends[2], int64_t count,
                               enum dtype dtype, struct error *err);

/* Ones on the diagonal, zeros elsewhere. */
struct tensor *tensor_eye(struct engine *engine, int64_t rows, int64_t columns, enum dtype dtype,
                          struct error *err);
