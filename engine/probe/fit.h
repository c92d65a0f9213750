#pragma once
/* What a model says of inputs that the lesson did not give it: the steps of a walk up to its prediction,
 * computed again with another tensor in the place of one that requires no gradient. */

#include "engine/probe/surface.h"

struct fit_question {
    uint64_t input; /* tensor whose place is taken */
    uint64_t node;  /* that made the prediction */
    int output;
    double from[2], to[2];              /* a grid of inputs with two features each, ... */
    int count[2];                       /* ... row by row of the second */
    const struct surface_value *values; /* of leaves, where they are not the walk's; may be NULL */
    size_t value_count;
};

struct fit_answer {
    double *values; /* owned: `outputs` numbers for each cell */
    int64_t outputs;
    const char *node; /* whose fault it is that it did not run, or NULL */
};

/* False with a sentence when it cannot be computed. */
bool fit_compute(struct engine *engine, const struct tape_walk *walk,
                 const struct fit_question *question, struct fit_answer *out, struct error *err);
