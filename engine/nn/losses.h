#pragma once
/* Losses and distances that PyTorch makes of other operations, made of the same ones. */

#include "engine/ops/ops.h"

struct engine;

enum { LOSS_NONE, LOSS_MEAN, LOSS_SUM };

/* What a loss is told besides its operands; each reads what it knows of. */
struct nn_loss {
    int64_t reduction;
    int64_t ignore_index;
    double smoothing, margin, p, eps;
    bool log_target, swap;
    struct tensor *weight; /* of the classes, or NULL */
};

/* Mean, sum or none of |a - b|. */
struct tensor *nn_l1_loss(struct engine *engine, struct tensor *a, struct tensor *b,
                          int64_t reduction, struct error *err);

/* Of scores [n, classes, ...] or [classes]: of classes, as whole numbers [n, ...], or of a probability
 * for each class. Texts: "Expected floating point type for target with class probabilities, got Long",
 * "label_smoothing must be between 0.0 and 1.0. Got: 2", and nll_loss's. */
struct tensor *nn_cross_entropy(struct engine *engine, struct tensor *scores, struct tensor *target,
                                const struct nn_loss *loss, struct error *err);
/* The same of logarithms of probabilities and classes, for any number of dimensions. */
struct tensor *nn_nll_loss(struct engine *engine, struct tensor *logs, struct tensor *target,
                           const struct nn_loss *loss, struct error *err);

/* t·(ln t - a), or e^t·(t - a) where t is a logarithm. The caller divides for "batchmean". */
struct tensor *nn_kl_div(struct engine *engine, struct tensor *a, struct tensor *target,
                         const struct nn_loss *loss, struct error *err);

/* Σ (a/‖a‖)·(b/‖b‖) along dim, norms at least eps. */
struct tensor *nn_cosine_similarity(struct engine *engine, struct tensor *a, struct tensor *b,
                                    int64_t dim, double eps, struct error *err);
/* ‖a - b + eps‖ along the last dimension. */
struct tensor *nn_pairwise_distance(struct engine *engine, struct tensor *a, struct tensor *b,
                                    const struct nn_loss *loss, bool keepdim, struct error *err);

/* Where target is 1: 1 - cos; where it is -1: max(cos - margin, 0). */
struct tensor *nn_cosine_embedding_loss(struct engine *engine, struct tensor *const *in,
                                        const struct nn_loss *loss, struct error *err);
/* max(-target·(a - b) + margin, 0) */
struct tensor *nn_margin_ranking_loss(struct engine *engine, struct tensor *const *in,
                                      const struct nn_loss *loss, struct error *err);
/* Where target is 1: a; where it is -1: max(margin - a, 0). */
struct tensor *nn_hinge_embedding_loss(struct engine *engine, struct tensor *const *in,
                                       const struct nn_loss *loss, struct error *err);
/* max(‖anchor - positive‖ - ‖anchor - negative‖ + margin, 0) */
struct tensor *nn_triplet_margin_loss(struct engine *engine, struct tensor *const *in,
                                      const struct nn_loss *loss, struct error *err);
/* ln(1 + e^(-target·a)) */
struct tensor *nn_soft_margin_loss(struct engine *engine, struct tensor *const *in,
                                   const struct nn_loss *loss, struct error *err);
