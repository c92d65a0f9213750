/* In which order the elements of a result lie in memory. */
#include <assert.h>
#include <string.h>

#include "engine/tensor/tensor.h"

/* Strides of the operands, seen as the result's shape: 0 where they are broadcast. */
struct layouts {
    const struct shape *shape;
    int64_t strides[TENSOR_ORDER_MAX][BACKEND_MAX_DIMS];
    int count;
};

/* Whether the strides, taken from the smallest on, are those of a permutation of a contiguous tensor. */
static bool is_dense(const struct shape *shape, const int64_t *strides)
{
    int64_t expected = 1;
    bool seen[BACKEND_MAX_DIMS] = { false };
    for (int n = 0; n < shape->dims; n++) {
        int next = -1;
        for (int d = 0; d < shape->dims; d++) {
            if (!seen[d] && (shape->size[d] == 1 || strides[d] == expected)) {
                next = d;
            }
        }
        if (next < 0) {
            return false;
        }
        seen[next] = true;
        expected *= shape->size[next];
    }
    return true;
}

bool tensor_is_row_major(const struct tensor *tensor)
{
    int64_t step = 1;
    for (int d = tensor->shape.dims - 1; d >= 0; d--) {
        if (tensor->strides[d] != step) {
            return false;
        }
        step *= tensor->shape.size[d] > 0 ? tensor->shape.size[d] : 1;
    }
    return true;
}

static bool all_row_major(const struct operand *in, int count)
{
    for (int i = 0; i < count; i++) {
        if (in[i].kind == OPERAND_TENSOR && !tensor_is_row_major(in[i].tensor)) {
            return false;
        }
    }
    return true;
}

/* Operands of one shape with the same dense strides hand these on; contiguous ones, row-major ones. */
static bool take_common(struct tensor *tensor, const struct operand *in, int count)
{
    const struct tensor *first = NULL;
    bool contiguous = true, same = true;
    for (int i = 0; i < count; i++) {
        const struct tensor *operand = in[i].tensor;
        if (in[i].kind == OPERAND_NUMBER && tensor->shape.dims > 0) {
            return false;
        }
        if (in[i].kind != OPERAND_TENSOR) {
            continue;
        }
        if (!shape_equal(&operand->shape, &tensor->shape)) {
            return false;
        }
        first = first ? first : operand;
        contiguous = contiguous && tensor_is_contiguous(operand);
        same = same && memcmp(operand->strides, first->strides,
                              (size_t)tensor->shape.dims * sizeof(*first->strides)) == 0;
    }
    if (first && !contiguous && same && is_dense(&first->shape, first->strides)) {
        memcpy(tensor->strides, first->strides, sizeof(tensor->strides));
        return true;
    }
    return contiguous;
}

static void add_layout(struct layouts *layouts, const struct tensor *operand)
{
    int64_t *strides = layouts->strides[layouts->count++];
    const int lead = layouts->shape->dims - operand->shape.dims;
    for (int d = 0; d < layouts->shape->dims; d++) {
        const bool broadcast = d < lead || operand->shape.size[d - lead] != layouts->shape->size[d];
        strides[d] = broadcast ? 0 : operand->strides[d - lead];
    }
}

/* Whether dimension a, further in so far, should be further out than b. The first operand that knows
 * decides; 0: none does. */
static int compare(const struct layouts *layouts, int a, int b)
{
    for (int i = 0; i < layouts->count; i++) {
        const int64_t of_a = layouts->strides[i][a], of_b = layouts->strides[i][b];
        if (of_a == 0 || of_b == 0) {
            continue;
        }
        if (of_a != of_b) {
            return of_a < of_b ? -1 : 1;
        }
        if (layouts->shape->size[a] > layouts->shape->size[b]) {
            return 1;
        }
    }
    return 0;
}

/* The dimensions from the innermost on. Not every pair can be compared, so the order of the
 * comparisons is part of the result. */
static void sort_dims(const struct layouts *layouts, int *order)
{
    const int dims = layouts->shape->dims;
    for (int d = 0; d < dims; d++) {
        order[d] = dims - 1 - d;
    }
    for (int i = 1; i < dims; i++) {
        int at = i;
        for (int d = i - 1; d >= 0; d--) {
            const int found = compare(layouts, order[d], order[at]);
            if (found < 0) {
                break;
            }
            if (found > 0) {
                const int inner = order[d];
                order[d] = order[at];
                order[at] = inner;
                at = d;
            }
        }
    }
}

static void lie(struct tensor *tensor, const struct layouts *layouts)
{
    int order[BACKEND_MAX_DIMS];
    sort_dims(layouts, order);
    int64_t step = 1;
    for (int n = 0; n < tensor->shape.dims; n++) {
        const int64_t size = tensor->shape.size[order[n]];
        tensor->strides[order[n]] = step;
        step *= size > 0 ? size : 1;
    }
}

void tensor_lie_as(struct tensor *tensor, const struct operand *in, int count)
{
    assert(count <= TENSOR_ORDER_MAX);
    if (tensor->shape.dims < 2 || all_row_major(in, count) || take_common(tensor, in, count)) {
        return;
    }
    struct layouts layouts = { .shape = &tensor->shape };
    for (int i = 0; i < count; i++) {
        if (in[i].kind == OPERAND_TENSOR) {
            add_layout(&layouts, in[i].tensor);
        }
    }
    lie(tensor, &layouts);
}

bool tensor_is_dense(const struct tensor *tensor)
{
    return is_dense(&tensor->shape, tensor->strides);
}

void tensor_lie_like(struct tensor *tensor, const struct tensor *like)
{
    assert(shape_equal(&tensor->shape, &like->shape));
    if (tensor->count > 0 && is_dense(&like->shape, like->strides)) {
        memcpy(tensor->strides, like->strides, sizeof(tensor->strides));
        return;
    }
    struct layouts layouts = { .shape = &tensor->shape };
    add_layout(&layouts, like);
    lie(tensor, &layouts);
}
