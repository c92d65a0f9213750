#pragma once
/* Numbers over the backward passes of a training, from the trace: parameters, and what a loop evaluates
 * beside its loss. */

#include "render/view.h"

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

/* The numbers of the parameters that the last backward reached, where they are few: "w", "b". Returns how
 * many; 0 where there are more than can be told apart. Lives in `arena`. */
size_t series_parameters(const struct run_view *run, const struct series_passes *passes,
                         struct series out[SERIES_MOST], struct arena *arena);

/* Single numbers that the lesson gives a name to in the same iterations, made by the same operation as
 * the loss but outside of the graph: the loss of test data. */
size_t series_evaluated(const struct run_view *run, const struct series_passes *passes,
                        int64_t root, struct series out[SERIES_MOST], struct arena *arena);
