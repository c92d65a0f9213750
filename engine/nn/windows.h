#pragma once
/* Layers whose kernels slide over images and rows. */

#include "engine/ops/ops.h"

/* x convolved with weight [out, in / groups, kernel ...]: ConvolutionBackward0, with a batch of one made
 * and taken away (Unsqueeze, Squeeze) where x has no batch. A list with one entry stands for all
 * dimensions, an empty one for the default. "Given groups=1, weight of size [4, 3, 3, 3], expected
 * input[1, 1, 8, 8] to have 3 channels, but got 1 channels instead". */
struct nn_convolution {
    int spatial; /* dimensions that the kernel slides over */
    struct shape stride, padding, dilation, output_padding;
    int64_t groups;
    bool same;       /* instead of padding: as much as keeps the size */
    bool transposed; /* weight [in, out / groups, kernel ...] */
};
struct tensor *nn_convolution(struct engine *engine, const struct nn_convolution *how,
                              struct tensor *x, struct tensor *weight, struct tensor *bias,
                              struct error *err);

/* Pools over the last one or two dimensions. stride empty: as the kernel. */
struct nn_pool {
    int spatial;
    struct shape kernel_size, stride, padding, dilation; /* (dilation: the largest only) */
    bool ceil_mode;
    bool count_include_pad, has_divisor; /* the mean only */
    int64_t divisor;
};
/* indices NULL: not wanted; else it takes where in each plane the largest were. */
struct tensor *nn_max_pool(struct engine *engine, const struct nn_pool *how, struct tensor *x,
                           struct tensor **indices, struct error *err);
struct tensor *nn_avg_pool(struct engine *engine, const struct nn_pool *how, struct tensor *x,
                           struct error *err);

/* Pools of the last one or two dimensions to `size`; one entry stands for both, -1 keeps what is there. The
 * mean of everything is MeanBackward1. indices NULL: not wanted. */
struct nn_adaptive_pool {
    int spatial;
    struct shape size;
};
struct tensor *nn_adaptive_avg_pool(struct engine *engine, const struct nn_adaptive_pool *how,
                                    struct tensor *x, struct error *err);
struct tensor *nn_adaptive_max_pool(struct engine *engine, const struct nn_adaptive_pool *how,
                                    struct tensor *x, struct tensor **indices, struct error *err);

/* What is around comes from x: mode "reflect", "replicate" or "circular". The last dimensions are padded,
 * behind one or two others: (3-D, 2 sides), (4-D, 4 sides), or the same without a batch. */
struct tensor *nn_pad_mode(struct engine *engine, struct tensor *x, const struct shape *pad,
                           const char *mode, struct error *err);
/* x with pad[0] values before and pad[1] after along the last dimension, the next two along the one
 * before it, and so on; negative ones cut. ConstantPadNdBackward0. */
struct tensor *nn_pad(struct engine *engine, struct tensor *x, const struct shape *pad,
                      struct number value, struct error *err);
