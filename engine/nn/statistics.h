#pragma once
/* Differences, areas, quantiles, covariances and counts, made of the operations that PyTorch makes them
 * of. */

#include "engine/ops/ops.h"

struct engine;

/* a[i + 1] - a[i] along `dim`, `times` times over. before and after (NULL: none) are put around a. */
struct tensor *nn_diff(struct engine *engine, struct tensor *a, int64_t times, int64_t dim,
                       struct tensor *before, struct tensor *after, struct error *err);

/* The area below y along `dim`, in steps of `dx`, or over the places x (NULL: none). */
struct tensor *nn_trapezoid(struct engine *engine, struct tensor *y, struct tensor *x, double dx,
                            int64_t dim, struct error *err);

/* Of rows of observations; divided by their number less `correction`. */
struct tensor *nn_cov(struct engine *engine, struct tensor *a, int64_t correction,
                      struct error *err);
struct tensor *nn_corrcoef(struct engine *engine, struct tensor *a, struct error *err);

enum nn_quantile_between {
    NN_QUANTILE_LINEAR,
    NN_QUANTILE_LOWER,
    NN_QUANTILE_HIGHER,
    NN_QUANTILE_MIDPOINT,
    NN_QUANTILE_NEAREST
};

/* The value that the share q of the elements is below; q has 0 or 1 dimensions. */
struct nn_quantile {
    struct tensor *q; /* of the dtype of the elements */
    bool flat;        /* of all elements; else along dim */
    int64_t dim;
    bool keepdim, ignore_nan;
    enum nn_quantile_between between;
};
struct tensor *nn_quantile(struct engine *engine, const struct nn_quantile *how, struct tensor *a,
                           struct error *err);

/* Each choice of `count` elements of a line, in rows. */
struct tensor *nn_combinations(struct engine *engine, struct tensor *a, int64_t count,
                               bool with_replacement, struct error *err);

/* How many elements lie in each of `bins` equal parts of [low, high]; both 0: of their range. */
struct tensor *nn_histc(struct engine *engine, struct tensor *a, int64_t bins, double low,
                        double high, struct error *err);

/* Whether the sign is minus, also that of -0. */
struct tensor *nn_signbit(struct engine *engine, struct tensor *a, struct error *err);
