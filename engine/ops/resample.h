#pragma once
/* Images at another size: what the rows (resample.c) and the mixing of cells (resample_taps.c) share. */

#include "engine/engine.h"

enum { RESAMPLE_MAX = 2 };

struct resample {
    int spatial;
    int64_t in[RESAMPLE_MAX], out[RESAMPLE_MAX];
    double scale[RESAMPLE_MAX]; /* 0: the ratio of the sizes */
    bool align_corners, antialias;
    int64_t planes; /* n · c */
};

/* The scale from output to input along a dimension, rounded to float where the elements are. */
double resample_inverse_scale(const struct resample *r, int d, bool wide);

/* A dense tensor as [a, b, c]. */
struct tensor *resample_block(struct tensor *t, int64_t a, int64_t b, int64_t c);

/* out = in, mixed from two cells or, with antialias, more along each dimension: along the width first,
 * then the height. Back the other way round: out = the sums of what went there. Both are dense. */
bool resample_linear(const struct resample *r, struct tensor *out, struct tensor *in, bool back,
                     struct error *err);
