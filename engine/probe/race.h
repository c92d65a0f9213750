#pragma once
/* Optimizers from one start on one loss: each takes real steps (engine/optim) with the gradients of a
 * walk that is computed again. Two numbers move, all others stand still. */

#include "engine/probe/surface.h"

enum { RACE_OPTIMIZERS = 5, RACE_STATES = 2, RACE_STEPS_MOST = 1000 };

struct race_question {
    size_t leaf[2]; /* whose element moves, of x and of y */
    int64_t element[2];
    double start[2];
    double lr;
    int steps;
    const struct surface_value
        *values; /* of the others, where they are not the walk's; may be NULL */
    size_t value_count;
};

/* Where one optimizer came. Point 0 is the start; each has two numbers, x and y. */
struct race_path {
    const char *name;                /* "SGD", "momentum", "RMSprop", "Adagrad", "Adam" */
    const char *states[RACE_STATES]; /* names of what it keeps, "exp_avg"; NULL: no more */
    int count;                 /* of points: fewer than all where it left the finite numbers */
    double *points, *losses;   /* owned */
    double *kept[RACE_STATES]; /* owned; of each point, 0 before the first step */
};

struct race_answer {
    struct race_path paths[RACE_OPTIMIZERS];
    const char *node; /* whose fault it is that it did not run, or NULL */
};

/* False with a sentence when it cannot be run. race_answer_finish either way. */
bool race_run(struct engine *engine, const struct tape_walk *walk,
              const struct race_question *question, struct race_answer *out, struct error *err);
void race_answer_finish(struct race_answer *answer);
