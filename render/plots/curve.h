#pragma once
/* What the curve is of: the scalar that backward is called on, or a number that is printed in a loop,
 * with what belongs beside it. Private to the curve's view. */

#include "render/plots/series.h"

/* One scalar by its name, over the backward passes from it in one training (series.h). */
struct curve {
    const char *name, *label; /* of the root; what to call it where it has no name */
    double *values;
    uint32_t *moments; /* of the passes */
    size_t count;
    size_t done; /* passes whose value is known at the moment */
    int64_t root;
    bool printed; /* a number of a loop, where nobody calls backward */
};

/* All that is drawn over the passes. */
struct drawn {
    /* Of the run as it is in the file, and of the one before: count 0 without one. */
    struct curve curve, other, former;
    struct series evaluated[SERIES_MOST], parameters[SERIES_MOST], were[SERIES_MOST];
    size_t evaluated_count, parameter_count, were_count; /* were: of the file's run */
};

/* The training loop that the moment lies in; NO_ITERATION: in none. */
uint32_t curve_loop(const struct stops *stops, uint32_t moment);

/* The curve of the moment, while presenting without the loops that have not begun; false when there is nothing to draw yet. Of a single pass the curve alone. */
bool curve_find(const struct view *view, struct drawn *drawn);
