#pragma once
/* The loss over two numbers: a walk's forward pass computed again with two elements of its leaves on a
 * grid, all others as they are. In the dtype that the lesson had, so that a cell is what the lesson
 * would have got with those numbers. */

#include "engine/probe/replay.h"

/* A number that is varied: element `element` (row-major) of leaf `leaf`, at `count` places from `from`
 * to `to`, both among them. */
struct surface_axis {
    size_t leaf;
    int64_t element;
    double from, to;
    int count;
};

/* Other numbers than the walk's for a leaf: as many as it has elements. */
struct surface_value {
    size_t leaf;
    const double *elements; /* lent */
};

struct surface_question {
    struct surface_axis x, y;
    const struct surface_value *values; /* may be NULL */
    size_t value_count;
};

enum { SURFACE_LEAST = 2, SURFACE_MOST = 512 };

struct surface_answer {
    double *losses;    /* owned: rows of y, in each a number for every x; nan where there is none */
    int columns, rows; /* fewer than asked where each loss takes long */
    bool exact;        /* the loss depends on nothing else that requires a gradient */
    bool at_once;      /* many cells were computed at once */
    const char *node;  /* whose fault it is that it did not run, or NULL */
};

/* False with a sentence when it cannot be computed. */
bool surface_compute(struct engine *engine, const struct tape_walk *walk,
                     const struct surface_question *question, struct surface_answer *out,
                     struct error *err);

/* Writes the numbers to the tensor, rounded to its dtype. */
bool surface_write(struct tensor *tensor, const double *elements, struct error *err);
/* Gives the replay's leaves these values. */
bool surface_give(struct replay *replay, const struct surface_value *values, size_t count,
                  struct error *err);
