#pragma once
/* a[i, :, j]: read by some operations, written to by others. Private to provenance. */

#include "lessons/trace/provenance_rules.h"

/* One axis of `a` that has an index: a mask stands for as many as it has. */
struct indexed_axis {
    const int64_t *places;
    struct space shape; /* of the places */
    bool used;
};

struct indexing {
    struct indexed_axis axes[AXES]; /* of a */
    struct space picked;            /* the indices, broadcast */
    int first;                      /* where `picked` stands in the result */
};

/* Reads the indices from operand `first` on; operand 0 is `a`. */
bool read_indices(struct rules *rules, struct indexing *plan, size_t first);
/* The shape of a[i, :, j]. */
bool indexed_shape(const struct trace_tensor *in, const struct indexing *plan, struct space *out);
/* From a cell of a[i, :, j] to the cell of a. */
void index_rules(struct relation *relation, const struct indexing *plan);

/* Row-major strides of a space, as `at` of a table of its elements, whose first axis is axis `first`. */
void table_strides(struct axis_rule *rule, const struct space *of, int first);
