#pragma once
/* Sizes and strides: counting, broadcasting, which views a reshape can have. Strides are in
 * elements. Error texts are PyTorch's. */

#include "engine/backend.h"
#include "engine/base/text.h"

struct shape {
    int dims;
    int64_t size[BACKEND_MAX_DIMS];
};

static inline int64_t shape_count(const struct shape *shape)
{
    int64_t count = 1;
    for (int d = 0; d < shape->dims; d++) {
        count *= shape->size[d];
    }
    return count;
}

/* Whether it has at most 2^53 elements, and no size is larger than that: what a trace can say exactly. Memory
 * ends earlier, but a view or an empty tensor needs none. */
bool shape_is_countable(const struct shape *shape);

static inline bool shape_equal(const struct shape *a, const struct shape *b)
{
    bool equal = a->dims == b->dims;
    for (int d = 0; equal && d < a->dims; d++) {
        equal = a->size[d] == b->size[d];
    }
    return equal;
}

/* Row-major strides of a contiguous tensor. */
void shape_strides(const struct shape *shape, int64_t *strides);
/* Whether these strides are row-major contiguous (dimensions of size 1 do not matter). */
bool shape_is_contiguous(const struct shape *shape, const int64_t *strides);

/* The shape of a op b. "The size of tensor a (3) must match the size of tensor b (4) at
 * non-singleton dimension 1". */
bool shape_broadcast(const struct shape *a, const struct shape *b, struct shape *out,
                     struct error *err);
/* Strides that show a tensor of shape `from` as the larger shape `to`; stride 0 where repeated. */
bool shape_expand(const struct shape *from, const int64_t *strides, const struct shape *to,
                  int64_t *out_strides, struct error *err);

/* Replaces one -1 in `wanted` by what `count` elements leave over. "shape '[4, 2]' is invalid for
 * input of size 6". */
bool shape_infer(const struct shape *wanted, int64_t count, struct shape *out, struct error *err);
/* Strides under which the elements of (from, strides) read as `to` without a copy; false (no error
 * text: ask for a copy) when there are none. Both have the same count. */
bool shape_view_strides(const struct shape *from, const int64_t *strides, const struct shape *to,
                        int64_t *out_strides);

/* dim counted from the end when negative. "Dimension out of range (expected to be in range of
 * [-2, 1], but got 2)", an IndexError; 0-d counts as one dimension. */
bool shape_dim(int dims, int64_t dim, int *out, struct error *err);

/* "[2, 3]" */
void shape_append(struct text *text, const struct shape *shape);
