#pragma once
/* What depends on the values themselves: which different ones there are, and how often. Never tracked. */

#include "engine/tensor/tensor.h"

struct engine;

/* The different elements of t, in one dimension, the smallest first; which of them each element of t is
 * (int64, t's shape), and how often each occurs (int64). References; `consecutive`: a new one wherever an
 * element differs from the one before it in row-major order, nothing is sorted. */
struct unique {
    struct tensor *values, *inverse, *counts;
};
bool nn_unique(struct engine *engine, struct tensor *t, bool consecutive, struct unique *out,
               struct error *err);

/* How often each whole number from 0 on occurs in t, or the sum of the weights (NULL: none) where it
 * does; at least `least` elements. "bincount only supports 1-d non-negative integral inputs." */
struct tensor *nn_bincount(struct engine *engine, struct tensor *t, struct tensor *weights,
                           int64_t least, struct error *err);
