#pragma once
/* A gradient against finite differences: the walk's forward pass is computed again in float64 with one
 * element of a leaf moved a little to either side, and the slope compared with what backward said.
 * Autograd has no part in it. */

#include "engine/probe/replay.h"

enum check_verdict {
    CHECK_AGREES,
    CHECK_DIFFERS,
    CHECK_REFUSED, /* it did not run, or says nothing: err has the sentence */
};

struct check_answer {
    enum check_verdict verdict;
    const char *node;         /* whose fault it is that it did not run, or NULL */
    double autograd;          /* what arrived at the element in this walk */
    double difference;        /* (plus - minus) / (2 step) */
    double left, right;       /* the slopes of either side */
    double minus, loss, plus; /* the loss with the element moved back, where it was, moved on */
    double value, step;       /* of the element */
    double tolerance;         /* |autograd - difference| up to which they agree */
    bool kink;                /* refused: the slopes of either side differ however small the step */
    bool hooked;              /* hooks of the lesson may have changed the gradient */
};

/* Element `element` (row-major) of leaf `leaf`. Changes nothing of the walk. */
struct check_answer check_gradient(struct engine *engine, const struct tape_walk *walk, size_t leaf,
                                   int64_t element, struct error *err);
