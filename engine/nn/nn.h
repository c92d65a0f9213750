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

/* torch.einsum(equation, operands...), without "..."; the column a times the row b. */
struct tensor *nn_einsum(struct engine *engine, const char *equation,
                         struct tensor *const *operands, int count, struct error *err);
struct tensor *nn_outer(struct engine *engine, struct tensor *a, struct tensor *b,
                        struct error *err);

/* t.reshape(size), t.contiguous(): a view where strides allow, else a copy; themselves if nothing
 * changes (contiguous only). One -1 is inferred. */
struct tensor *nn_reshape(struct engine *engine, struct tensor *t, const struct shape *size,
                          struct error *err);
struct tensor *nn_contiguous(struct engine *engine, struct tensor *t, struct error *err);

/* With at least 1, 2 or 3 dimensions, as torch.atleast_3d adds them. */
struct tensor *nn_at_least(struct engine *engine, struct tensor *t, int dims, struct error *err);

/* The tensors one after the other along `dim` (CatBackward0), or along a new one (StackBackward0). */
struct tensor *nn_cat(struct engine *engine, struct tensor *const *parts, int count, int64_t dim,
                      struct error *err);
struct tensor *nn_stack(struct engine *engine, struct tensor *const *parts, int count, int64_t dim,
                        struct error *err);

/* Several views of one tensor: references in an array of their own. */
struct nn_parts {
    struct tensor **items;
    int count;
};
/* Room for `count`, none of them there yet; false where no memory could hold them. */
bool nn_parts_begin(struct nn_parts *parts, int64_t count);
void nn_parts_finish(struct nn_parts *parts);

/* Parts along `dim` of one size (the last may be smaller), of given sizes, `chunks` of about one size,
 * or one for each index, without that dimension. On failure `out` needs no finish. */
bool nn_split(struct engine *engine, struct tensor *t, int64_t size, int64_t dim,
              struct nn_parts *out, struct error *err);
bool nn_split_with_sizes(struct engine *engine, struct tensor *t, const int64_t *sizes, int count,
                         int64_t dim, struct nn_parts *out, struct error *err);
bool nn_chunk(struct engine *engine, struct tensor *t, int64_t chunks, int64_t dim,
              struct nn_parts *out, struct error *err);
bool nn_unbind(struct engine *engine, struct tensor *t, int64_t dim, struct nn_parts *out,
               struct error *err);

/* Turned around along these dimensions; turned by 90 degrees so often, from the first towards the
 * second; each slab along `dim` so often in a row, as torch.repeat_interleave. */
struct tensor *nn_flip(struct engine *engine, struct tensor *t, const struct shape *dims,
                       struct error *err);
struct tensor *nn_rot90(struct engine *engine, struct tensor *t, int64_t turns, int64_t from,
                        int64_t to, struct error *err);
struct tensor *nn_repeat_interleave(struct engine *engine, struct tensor *t, int64_t repeats,
                                    int dim, struct error *err);
/* A grid for each of the lines: views of the shape that all have together. `columns_first` is
 * indexing="xy". */
bool nn_meshgrid(struct engine *engine, struct tensor *const *lines, int count, bool columns_first,
                 struct nn_parts *out, struct error *err);

/* gather with everything but `dim` broadcast; of the elements in one line. */
struct tensor *nn_take_along(struct engine *engine, struct tensor *t, struct tensor *index,
                             int64_t dim, struct error *err);
struct tensor *nn_take_flat(struct engine *engine, struct tensor *t, struct tensor *index,
                            struct error *err);
/* For each class a row of `count` zeros with a one; count -1: as many as the largest class needs. */
struct tensor *nn_one_hot(struct engine *engine, struct tensor *classes, int64_t count,
                          struct error *err);

/* Whether each element is among the others; where each value belongs among sorted numbers, before
 * (right: behind) those that equal it. */
struct tensor *nn_isin(struct engine *engine, struct tensor *elements, struct tensor *tests,
                       struct error *err);
struct tensor *nn_searchsorted(struct engine *engine, struct tensor *sorted, struct tensor *values,
                               bool right, struct error *err);

/* The rows of `weight` [count, width] that `indices` (int64 or int32, any shape) name: EmbeddingBackward0.
 * Row `padding` (-1: none) gets no gradient. "index out of range in self", an IndexError. */
struct tensor *nn_embedding(struct engine *engine, struct tensor *indices, struct tensor *weight,
                            int64_t padding, struct error *err);

/* Shortens in place the rows of `weight` that `indices` name to a norm (of that order) of at most `limit`,
 * unseen by autograd: the table's max_norm. */
bool nn_embedding_renorm(struct engine *engine, struct tensor *weight, struct tensor *indices,
                         double limit, double order, struct error *err);

/* Mean of (a - b)², PyTorch's MseLossBackward0. */
struct tensor *nn_mse_loss(struct engine *engine, struct tensor *a, struct tensor *b,
                           struct error *err);

/* Whether an operation whose result is of truth values holds for all elements (allclose, equal).
 * Nobody is told of it. */
bool nn_holds(struct engine *engine, const struct op_use *use, bool *out, struct error *err);

/* a/(|a| + 1), DivBackward0; a - tanh a, SubBackward0. */
struct tensor *nn_softsign(struct engine *engine, struct tensor *a, struct error *err);
struct tensor *nn_tanhshrink(struct engine *engine, struct tensor *a, struct error *err);

/* x where it is positive, else weight · x: PreluKernelBackward0[x, View[weight]]; one weight, or one for
 * each size of dimension 1. */
struct tensor *nn_prelu(struct engine *engine, struct tensor *x, struct tensor *weight,
                        struct error *err);

/* Every element of a parameter; bumps the version. */
bool nn_init_constant(struct tensor *tensor, double value, struct error *err);

/* nn.Linear's and convolutions' reset_parameters: weight [out, in, kernel ...] first, then bias [out] (or
 * NULL), from `generator`; each bumps the version, so that a parameter begins at version 1. */
bool nn_init_linear(struct generator *generator, struct tensor *weight, struct tensor *bias,
                    struct error *err);

/* Σ x[i]·weight[o, i, j]·z[j] + bias[o] over the last dimensions of x and z: View[Trilinear[View[x], weight,
 * View[z]]]; and its reset_parameters. bias may be NULL. */
struct tensor *nn_bilinear(struct engine *engine, struct tensor *x, struct tensor *z,
                           struct tensor *weight, struct tensor *bias, struct error *err);
bool nn_init_bilinear(struct generator *generator, struct tensor *weight, struct tensor *bias,
                      struct error *err);

/* nn.Embedding's: standard normal, and row `padding` (-1: none) zero. */
bool nn_init_embedding(struct generator *generator, struct tensor *weight, int64_t padding,
                       struct error *err);
