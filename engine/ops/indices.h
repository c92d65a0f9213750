#pragma once
/* Tensors of indices made ready for the backend, which takes int64 numbers that are not negative:
 * checked, counted from 0, masks turned into the places of their true elements. Private to
 * engine/ops. */

#include "engine/ops/rows.h"

/* How an index beyond the end is told. */
enum index_refusal {
    REFUSE_PLACE,         /* IndexError: index 5 is out of bounds for dimension 1 with size 3 */
    REFUSE_PLACE_RUNTIME, /* the same as a RuntimeError: gather, scatter */
    REFUSE_SELF,          /* IndexError: index out of range in self */
    REFUSE_TAKE,          /* IndexError: out of range: tried to access index 5 on a tensor of ... */
};

struct index_range {
    int64_t size;
    int dim;       /* for the text */
    bool from_end; /* -1 is the last one */
    enum index_refusal refusal;
};

/* The indices as a contiguous int64 tensor, each in 0 .. size - 1: a reference, or NULL. */
struct tensor *indices_checked(struct tensor *indices, const struct index_range *range,
                               struct error *err);

/* The places of the elements that are not zero: `columns` takes one int64 tensor [count] for each
 * dimension of `mask`. Read on the host: how many they are decides shapes. */
bool indices_of_true(struct tensor *mask, struct tensor **columns, struct error *err);

/* a[i, j, :]: where in a, and of which shape. */
struct index_plan {
    struct tensor *places; /* owned: [N], how far from `offset` each indexed element begins */
    int64_t extent;        /* the places are below it */
    int64_t offset;        /* in the storage */
    bool indexed[BACKEND_MAX_DIMS]; /* which dimensions of a have an index */
    struct shape picked;            /* of the broadcast indices */
    struct shape result;            /* of a[i, j, :] */
    int first;                      /* the dimension of the result where `picked` stands */
};

/* `indices` are long, int, bool or byte tensors, or none for a dimension that is taken whole; a mask
 * stands for as many dimensions as it has. */
bool index_plan_begin(struct index_plan *plan, const struct tensor *a,
                      const struct operand *indices, int count, struct error *err);
void index_plan_finish(struct index_plan *plan);

/* a as [extent, the dimensions without index]. */
struct tensor *index_plan_whole(const struct index_plan *plan, struct tensor *a);
/* A contiguous tensor of the result's shape as [N, the dimensions without index]. */
struct tensor *index_plan_parts(const struct index_plan *plan, struct tensor *result);
