#pragma once
/* The mathematics of layers, as functions on tensors made of operations, decomposed as PyTorch does
 * it, so that the graph shows the same nodes; and initialisation, number for number. */

#include "engine/ops/ops.h"
#include "engine/tensor/random.h"

struct engine;

/* a @ b for any number of dimensions: Dot, Mv, Mm, or Bmm between views and expansions. Texts: "mat1
 * and mat2 shapes cannot be multiplied (3x4 and 5x2)", "size mismatch, got input (2), mat (2x3), vec
 * (4)", "inconsistent tensor size, expected tensor [3] and src [4] to have ...", dtype texts. */
struct tensor *nn_matmul(struct engine *engine, struct tensor *a, struct tensor *b,
                         struct error *err);

/* x @ weightᵀ + bias; x [..., in], weight [out, in], bias [out] or NULL.
 * 2-d with bias: Addmm[bias, x, T[weight]]; 1-d, 3-d and more: View[Addmm[bias, View[x], T]]. */
struct tensor *nn_linear(struct engine *engine, struct tensor *x, struct tensor *weight,
                         struct tensor *bias, struct error *err);

/* t.reshape(size), t.contiguous(): a view where strides allow, else a copy; themselves if nothing
 * changes (contiguous only). One -1 is inferred. */
struct tensor *nn_reshape(struct engine *engine, struct tensor *t, const struct shape *size,
                          struct error *err);
struct tensor *nn_contiguous(struct engine *engine, struct tensor *t, struct error *err);

/* The rows of `weight` [count, width] that `indices` (int64 or int32, any shape) name: EmbeddingBackward0.
 * Row `padding` (-1: none) gets no gradient. "index out of range in self", an IndexError. */
struct tensor *nn_embedding(struct engine *engine, struct tensor *indices, struct tensor *weight,
                            int64_t padding, struct error *err);

/* Mean of (a - b)², PyTorch's MseLossBackward0. */
struct tensor *nn_mse_loss(struct engine *engine, struct tensor *a, struct tensor *b,
                           struct error *err);

/* nn.Linear's reset_parameters: weight [out, in] first, then bias [out] (or NULL), from `generator`;
 * each bumps the version, so that a parameter begins at version 1. */
bool nn_init_linear(struct generator *generator, struct tensor *weight, struct tensor *bias,
                    struct error *err);

/* nn.Embedding's: standard normal, and row `padding` (-1: none) zero. */
bool nn_init_embedding(struct generator *generator, struct tensor *weight, int64_t padding,
                       struct error *err);
