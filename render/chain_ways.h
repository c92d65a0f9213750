#pragma once
/* The products that an element of a contribution is the sum of. Private to chain_element.c and
 * chain_ways.c. */

#include "render/chain_element.h"

/* A number that is named, or stands for itself. */
struct factor {
    const struct trace_tensor *tensor; /* NULL: a plain number */
    bool upstream;                     /* it is called g */
    int64_t element;
    double number;
};

struct product {
    struct factor factors[3];
    int count;
};

struct asking {
    const struct run_view *run;
    struct arena *arena;
    const struct record_visit *visit;
    const struct visit_edge *edge;
    const struct trace_op *op;
    size_t operand;
    const struct trace_tensor *to;       /* the contribution */
    const struct trace_tensor *upstream; /* the gradient of the output */
    int64_t element;                     /* of the contribution */

    struct product *products;
    size_t count, capacity;
    /* From the second product on all have the first factor −common, which is written once. */
    const char *common;
    bool lost; /* a number that is needed is not in the trace */
};

/* Collects the products; false when the operation is none of those that are known. */
bool element_collect(struct asking *asking);

/* False where the trace keeps no such element. */
bool element_number(const struct trace_tensor *tensor, uint32_t moment, int64_t element,
                    double *out);
