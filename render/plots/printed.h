#pragma once
/* Numbers that a lesson computes and prints in the iterations of a loop: what there is to follow where
 * nobody calls backward. A number counts as printed when it stands in what the iteration printed, as
 * far as its digits go; so nothing is taken for one that was only computed. */

#include "render/view.h"

enum { PRINTED_MOST = 5 };

/* One expression over the iterations of a loop, in their order. */
struct printed {
    const char *label;
    double *values;
    uint32_t *moments; /* when it had been computed */
    size_t count;      /* at least 2 */
    int64_t tensor;    /* the first */
};

/* Those of the outermost loop in which something was printed last at the moment, or else of the first;
 * in the order in which they are printed. Returns how many. Lives in `arena`. */
size_t printed_numbers(const struct run_view *run, struct printed out[PRINTED_MOST],
                       struct arena *arena);
/* Whether there is any. */
bool printed_offered(const struct run_view *run, struct arena *arena);
