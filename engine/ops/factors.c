#include "engine/ops/factors.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/nn/nn.h"

/* ---- checks ------------------------------------------------------------------------------------ */

bool factors_check_square(const struct op_call *call, struct error *err)
{
    const struct shape *shape = &call->in[0].tensor->shape;
    const int64_t *size = shape->size + shape->dims;
    if (shape->dims < 2) {
        return error_set(err, "linalg.%s: The input tensor A must have at least 2 dimensions.",
                         call->op->name);
    }
    return size[-2] == size[-1] ||
           error_set(err,
                     "linalg.%s: A must be batches of square matrices, but they are %" PRId64
                     " by %" PRId64 " matrices",
                     call->op->name, size[-2], size[-1]);
}

bool factors_check_float(const struct op_call *call, struct error *err)
{
    const enum dtype dtype = call->in[0].tensor->dtype;
    return dtype_is_float(dtype) ||
           error_set(err, "linalg.%s: Expected a floating point or complex tensor as input. Got %s",
                     call->op->name, dtype_type_name(dtype));
}

/* ---- looks ------------------------------------------------------------------------------------- */

void factors_lie_by_columns(struct tensor *tensor)
{
    const int dims = tensor->shape.dims;
    if (dims >= 2 && tensor->count > 0) {
        tensor->strides[dims - 2] = 1;
        tensor->strides[dims - 1] = tensor->shape.size[dims - 2];
    }
}

struct tensor *factors_turned(struct tensor *a)
{
    struct shape shape = a->shape;
    int64_t strides[BACKEND_MAX_DIMS];
    const int last = shape.dims - 1;
    for (int d = 0; d < shape.dims; d++) {
        strides[d] = a->strides[d];
    }
    shape.size[last] = a->shape.size[last - 1];
    shape.size[last - 1] = a->shape.size[last];
    strides[last] = a->strides[last - 1];
    strides[last - 1] = a->strides[last];
    return tensor_view(a, &shape, strides, a->offset);
}

/* Our own matrices [.., n, m] as one batch [count, n, m]; of vectors [.., n] as [count, n]. */
static struct tensor *look_flat(struct tensor *a, int kept)
{
    const int first = a->shape.dims - kept;
    struct shape shape = { kept + 1, { 1 } };
    int64_t strides[BACKEND_MAX_DIMS] = { 1 };
    for (int d = 0; d < first; d++) {
        shape.size[0] *= a->shape.size[d];
    }
    for (int d = 0; d < kept; d++) {
        shape.size[d + 1] = a->shape.size[first + d];
        strides[d + 1] = a->strides[first + d];
        strides[0] *= a->shape.size[first + d];
    }
    return tensor_view(a, &shape, strides, a->offset);
}

struct tensor *factors_diagonal(struct tensor *a)
{
    struct shape shape = a->shape;
    int64_t strides[BACKEND_MAX_DIMS];
    const int last = --shape.dims;
    for (int d = 0; d < last; d++) {
        strides[d] = a->strides[d];
    }
    strides[last - 1] = a->strides[last] + a->strides[last - 1];
    return tensor_view(a, &shape, strides, a->offset);
}

struct tensor *factors_column(struct tensor *a)
{
    struct shape shape = a->shape;
    int64_t strides[BACKEND_MAX_DIMS];
    for (int d = 0; d < shape.dims; d++) {
        strides[d] = a->strides[d];
    }
    strides[shape.dims] = 1;
    shape.size[shape.dims++] = 1;
    return tensor_view(a, &shape, strides, a->offset);
}

/* ---- taking apart ------------------------------------------------------------------------------ */

bool factors_make(const struct factoring *factoring, struct error *err)
{
    struct tensor *a = factoring->a, *right = factoring->right;
    const bool by_rows = tensor_is_contiguous(a);
    struct tensor *turned = by_rows ? factors_turned(a) : NULL;
    bool ok = compute_copy(factoring->lu, by_rows ? turned : a, err);
    tensor_unref(turned);
    if (!ok || factoring->lu->count == 0) {
        return ok;
    }
    struct tensor *matrix = look_flat(factoring->lu, 2), *pivots = look_flat(factoring->pivots, 1);
    struct tensor *sides = right && right->count > 0 ? look_flat(right, 2) : NULL;
    const struct compute_lu lu = { .matrix = matrix,
                                   .pivots = pivots,
                                   .right = sides,
                                   .turned = by_rows != factoring->transposed };
    ok = compute_lu(&lu, err);
    tensor_unref(sides);
    tensor_unref(pivots);
    tensor_unref(matrix);
    return ok;
}

bool factors_outputs(struct op_call *call, int number, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    const struct tensor_spec spec = tensor_spec_of(a);
    struct tensor_spec pivots_spec = { DTYPE_INT32, a->shape, tensor_backend(a) };
    pivots_spec.shape.dims--;
    struct tensor *lu = op_output(call, number, &spec, err);
    struct tensor *pivots = lu ? op_output(call, number + 1, &pivots_spec, err) : NULL;
    if (!pivots) {
        return false;
    }
    factors_lie_by_columns(lu);
    return factors_make(&(struct factoring){ .a = a, .lu = lu, .pivots = pivots }, err);
}

static void find_zeros(const double *diagonal, int64_t batches, int64_t size, int32_t *places)
{
    for (int64_t b = 0; b < batches; b++) {
        for (int64_t i = size - 1; i >= 0; i--) {
            places[b] = diagonal[b * size + i] == 0 ? (int32_t)(i + 1) : places[b];
        }
    }
}

bool factors_info(struct op_call *call, int number, struct tensor *lu, int64_t *batch,
                  int64_t *place, struct error *err)
{
    const int dims = lu->shape.dims;
    struct tensor_spec spec = { DTYPE_INT32, lu->shape, tensor_backend(lu) };
    spec.shape.dims -= 2;
    const int64_t size = lu->shape.size[dims - 1], batches = shape_count(&spec.shape);
    struct tensor *info = op_output(call, number, &spec, err);
    struct tensor *diagonal = factors_diagonal(lu);
    double *elements = memory_allocate((size_t)(batches * size) + 1, sizeof(*elements));
    int32_t *places = memory_allocate((size_t)batches + 1, sizeof(*places));
    bool ok = info && tensor_read_real(diagonal, elements, err);
    if (ok) {
        find_zeros(elements, batches, size, places);
        ok = tensor_write(info, places, err);
    }
    *batch = -1;
    for (int64_t b = batches - 1; b >= 0; b--) {
        if (places[b] != 0) {
            *batch = b;
            *place = places[b];
        }
    }
    free(places);
    free(elements);
    tensor_unref(diagonal);
    return ok;
}

/* ---- words of formulas ------------------------------------------------------------------------- */

struct tensor *rule_turned(struct rule *rule, struct tensor *a)
{
    if (!a) {
        return NULL;
    }
    const struct operand in = operand_tensor(a);
    const struct op_use use = { .op = OP_TRANSPOSE,
                                .in = &in,
                                .in_count = 1,
                                .attrs = { .present = ATTR(DIM0) | ATTR(DIM1),
                                           .dim0 = a->shape.dims - 2,
                                           .dim1 = a->shape.dims - 1 } };
    return rule_apply(rule, &use);
}

struct tensor *rule_matmul(struct rule *rule, struct tensor *a, struct tensor *b)
{
    return a && b && !rule->failed ? rule_take(rule, nn_matmul(rule->engine, a, b, rule->err))
                                   : NULL;
}

struct tensor *rule_solve_turned(struct rule *rule, struct tensor *a, struct tensor *b)
{
    return rule_binary(rule, OP_SOLVE, operand_tensor(rule_turned(rule, a)), operand_tensor(b));
}
