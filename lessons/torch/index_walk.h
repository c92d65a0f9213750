#pragma once
/* What stands between the brackets of x[...]: whole numbers, slices, None and Ellipsis are operations of
 * their own, one after another, as PyTorch takes them; tensors, lists and masks are collected for one
 * operation at the end. */

#include "engine/ops/ops.h"
#include "lessons/torch/face.h"

struct index_walk {
    struct face *face;
    struct tensor *tensor;                    /* owned: what the items so far have made of it */
    int dim;                                  /* its dimension that the next item is about */
    int original;                             /* that dimension of the tensor that was indexed */
    bool alone;                               /* the item is all there is between the brackets */
    struct tensor *indices[BACKEND_MAX_DIMS]; /* owned; NULL where a dimension is taken whole */
    int index_count;
};

/* Takes all items of `index`. False with an exception; finish in either case. */
bool index_walk_begin(struct index_walk *walk, struct face *face, struct tensor *tensor,
                      PyObject *index);
void index_walk_finish(struct index_walk *walk);

/* An operation on the walk's tensor and what it has collected, behind `before` further operands. */
struct tensor *index_walk_apply(const struct index_walk *walk, struct op_use *use,
                                struct tensor *value);
