#pragma once
/* Numbers over the backward passes of a training, from the trace: which passes those are, parameters, and
 * what a loop evaluates beside its loss. */

#include "render/view.h"

/* Backward passes from a scalar of one name that train the same: they reach the same leaf, however often a
 * loop runs. Where each pass has a leaf of its own (w = w - lr * w.grad), those in one run of a loop, or
 * outside of all. */
struct training {
    const char *name; /* of the root */
    int64_t leaf;     /* that the pass reaches first; 0: none, or no other pass does */
    uint32_t loop;    /* its run, NO_ITERATION: none; where leaf is 0 */
};

/* That of the pass. */
struct training training_of(const struct run_view *run, int64_t backward);
bool training_has(const struct run_view *run, const struct training *training, int64_t backward);
/* Of run `in` the first pass of the training that corresponds to the one that a pass of `run` belongs to:
 * as many of that name came before it. 0: there is none. */
int64_t training_like(const struct run_view *in, const struct run_view *run, int64_t backward);

/* A backward of the curve: when it began. Ascending. */
struct series_passes {
    const uint32_t *moments;
    size_t count;
};

struct series {
    const char *name;
    double *values; /* one for each pass; nan where there is none */
};

enum { SERIES_MOST = 5 };

/* The numbers of the parameters that the last of the passes reached, where they are few: "w", "b". Returns how
 * many; 0 where there are more than can be told apart. Lives in `arena`. */
size_t series_parameters(const struct run_view *run, const struct series_passes *passes,
                         struct series out[SERIES_MOST], struct arena *arena);

/* Single numbers that the lesson names, prints or collects in the same iterations, made by the same operation
 * as the loss but outside of the graph: the loss of test data. */
size_t series_evaluated(const struct run_view *run, const struct series_passes *passes,
                        int64_t root, struct series out[SERIES_MOST], struct arena *arena);
