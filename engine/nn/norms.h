#pragma once
/* Layers that bring values to a common scale, and the one that forgets some. */

#include "engine/ops/ops.h"
#include "engine/tensor/random.h"

/* NativeBatchNormBackward0: each channel of x [n, c, ...] to mean 0 and variance 1, by its own or, outside
 * of training, by the running ones. Training moves these (NULL: there are none) by `momentum`. "Expected
 * more than 1 value per channel when training, got input size torch.Size([1, 3])", a ValueError. */
struct nn_batch_norm {
    struct tensor *mean, *variance, *weight, *bias; /* NULL: none */
    bool training;
    double momentum, eps;
};
struct tensor *nn_batch_norm(struct engine *engine, const struct nn_batch_norm *how,
                             struct tensor *x, struct error *err);

/* NativeLayerNormBackward0 over the last dimensions, which are `shape`; NativeGroupNormBackward0 over
 * groups of channels. weight and bias may be NULL. */
struct nn_norm {
    struct shape shape;
    int64_t groups;
    struct tensor *weight, *bias;
    double eps;
};
struct tensor *nn_layer_norm(struct engine *engine, const struct nn_norm *how, struct tensor *x,
                             struct error *err);
struct tensor *nn_group_norm(struct engine *engine, const struct nn_norm *how, struct tensor *x,
                             struct error *err);

/* x · 1/√(mean x² + eps) · weight over the last dimensions: Mul[Mul[x, Rsqrt[Add[Mean[Pow]]]]]. */
struct tensor *nn_rms_norm(struct engine *engine, const struct nn_norm *how, struct tensor *x,
                           struct error *err);

/* x / max(norm of x along `dim`, eps): Div[x, Expand[ClampMin[LinalgVectorNorm[x]]]]. */
struct nn_normalize {
    struct number order;
    int64_t dim;
    double eps;
};
struct tensor *nn_normalize(struct engine *engine, const struct nn_normalize *how, struct tensor *x,
                            struct error *err);

/* Ones and zeros, each at version 1. NULL: there is none. */
bool nn_init_norm(struct tensor *weight, struct tensor *bias, struct error *err);

/* x · mask, where the mask is 1 / (1 - p) with probability 1 - p, else 0: MulBackward0. x itself outside
 * of training and where p is 0. Drawn from the engine's generator, one number for each element, or for
 * each channel [n, c]. `alpha`: what is dropped becomes SELU's lower bound, and mean and variance stay. */
struct nn_dropout {
    double p; /* in [0, 1] */
    bool training, in_place, by_channel, alpha;
};
struct tensor *nn_dropout(struct engine *engine, const struct nn_dropout *how, struct tensor *x,
                          struct error *err);
