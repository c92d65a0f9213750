#include "engine/engine.h"
#include "engine/nn/nn.h"

/* PyTorch's at::matmul, step by step: the same operations in the same order make the same nodes. */

/* ---- small steps: each takes over the reference it is given, NULL passes through ------------------- */

static struct tensor *apply(struct engine *engine, const struct op_use *use, struct error *err)
{
    struct tensor *result = use->in[0].tensor ? op_apply_one(engine, use, err) : NULL;
    tensor_unref(use->in[0].tensor);
    return result;
}

static struct tensor *with_attrs(struct engine *engine, enum op_id op, struct tensor *t,
                                 const struct op_attrs *attrs, struct error *err)
{
    const struct operand in = operand_tensor(t);
    return apply(engine, &(struct op_use){ .op = op, .in = &in, .in_count = 1, .attrs = *attrs },
                 err);
}

static struct tensor *along(struct engine *engine, enum op_id op, struct tensor *t, int dim,
                            struct error *err)
{
    return with_attrs(engine, op, t, &(struct op_attrs){ .present = ATTR(DIM), .dim = dim }, err);
}

static struct tensor *sized(struct engine *engine, enum op_id op, struct tensor *t,
                            const struct shape *size, struct error *err)
{
    return with_attrs(engine, op, t, &(struct op_attrs){ .present = ATTR(SIZE), .size = *size },
                      err);
}

/* The last two dimensions swapped. */
static struct tensor *turned(struct engine *engine, struct tensor *t, struct error *err)
{
    const int dims = t->shape.dims;
    return with_attrs(engine, OP_TRANSPOSE, t,
                      &(struct op_attrs){ .present = ATTR(DIM0) | ATTR(DIM1),
                                          .from_end = ATTR(DIM0) | ATTR(DIM1), /* (-2, -1) */
                                          .dim0 = dims - 2,
                                          .dim1 = dims - 1 },
                      err);
}

static struct tensor *reshaped(struct engine *engine, struct tensor *t, const struct shape *size,
                               struct error *err)
{
    struct tensor *result = t ? nn_reshape(engine, t, size, err) : NULL;
    tensor_unref(t);
    return result;
}

/* Takes over a, lends b. */
static struct tensor *times(struct engine *engine, enum op_id op, struct tensor *a,
                            struct tensor *b, struct error *err)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(b) };
    return apply(engine, &(struct op_use){ .op = op, .in = in, .in_count = 2 }, err);
}

/* ---- a batch with one matrix or vector: the batch's rows in one big matrix -------------------------- */

/* Whether the larger operand may be folded into a matrix: it costs no copy, or it saves the smaller one
 * from being repeated for its gradient. */
static bool should_fold(const struct tensor *a, const struct tensor *b)
{
    const bool a_larger = a->shape.dims >= b->shape.dims;
    const struct tensor *large = a_larger ? a : b, *small = a_larger ? b : a;
    const int dims = large->shape.dims;
    if (dims < 3 || small->shape.dims > 2) {
        return false;
    }
    if (small->requires_grad) {
        return true;
    }
    if (a->shape.dims == 2) {
        return false;
    }
    if (large->count == 0) {
        return true;
    }
    int64_t size[BACKEND_MAX_DIMS], stride[BACKEND_MAX_DIMS];
    for (int d = 0; d < dims; d++) {
        const int from = a_larger || d < dims - 2 ? d : 2 * dims - 3 - d;
        size[d] = large->shape.size[from];
        stride[d] = large->strides[from];
    }
    for (int d = 0; d < dims - 2; d++) {
        if (stride[d] != stride[d + 1] * size[d + 1]) {
            return false;
        }
    }
    return true;
}

static struct tensor *folded(struct engine *engine, struct tensor *a, struct tensor *b,
                             struct error *err)
{
    const bool swap = b->shape.dims > a->shape.dims;
    struct tensor *large = swap ? turned(engine, tensor_ref(b), err) : tensor_ref(a);
    struct tensor *small = !swap                ? tensor_ref(b)
                           : a->shape.dims == 2 ? op_unary(engine, OP_T, a, err)
                                                : tensor_ref(a);
    if (!large || !small) {
        tensor_unref(large);
        tensor_unref(small);
        return NULL;
    }
    struct shape out = large->shape, rows = { 2, { 1, out.size[out.dims - 1] } };
    out.dims--;
    rows.size[0] = shape_count(&out);
    const bool is_matrix = small->shape.dims == 2;
    if (is_matrix) {
        out.size[out.dims++] = small->shape.size[1];
    }
    struct tensor *matrix = reshaped(engine, large, &rows, err);
    struct tensor *product = times(engine, is_matrix ? OP_MM : OP_MV, matrix, small, err);
    tensor_unref(small);
    struct tensor *result = sized(engine, OP_UNSAFE_VIEW, product, &out, err);
    if (!swap || !is_matrix || !result) {
        return result;
    }
    struct tensor *back = turned(engine, result, err);
    struct tensor *dense = back ? nn_contiguous(engine, back, err) : NULL;
    tensor_unref(back);
    return dense;
}

/* ---- two batches: repeated to a common batch, then one product for each ------------------------------ */

static struct shape batch_of(const struct tensor *t)
{
    struct shape batch = t->shape;
    batch.dims = t->shape.dims > 2 ? t->shape.dims - 2 : 0;
    return batch;
}

/* t expanded to batch + its own last `keep` dimensions, as [product of batch, ...]. */
static struct tensor *batched(struct engine *engine, struct tensor *t, const struct shape *batch,
                              const struct shape *own, struct error *err)
{
    struct shape full = *batch, flat = { .dims = 1, .size = { shape_count(batch) } };
    if (full.dims + own->dims > BACKEND_MAX_DIMS) {
        error_set(err, "a tensor has at most %d dimensions here", BACKEND_MAX_DIMS);
        return NULL;
    }
    for (int d = 0; d < own->dims; d++) {
        full.size[full.dims++] = own->size[d];
        flat.size[flat.dims++] = own->size[d];
    }
    return reshaped(engine, sized(engine, OP_EXPAND, tensor_ref(t), &full, err), &flat, err);
}

/* The matrix (or vector) that the last dimensions of t are. */
static struct shape matrix_of(const struct tensor *t, bool left)
{
    const int dims = t->shape.dims;
    const int64_t last = t->shape.size[dims - 1];
    if (dims == 1) {
        return left ? (struct shape){ 2, { 1, last } } : (struct shape){ 1, { last } };
    }
    return (struct shape){ 2, { t->shape.size[dims - 2], last } };
}

static struct tensor *batch_product(struct engine *engine, struct tensor *a, struct tensor *b,
                                    struct error *err)
{
    const struct shape batch_a = batch_of(a), batch_b = batch_of(b);
    const struct shape left = matrix_of(a, true), right = matrix_of(b, false);
    struct shape out;
    if (!shape_broadcast(&batch_a, &batch_b, &out, err)) {
        return NULL;
    }
    struct tensor *many_a = batched(engine, a, &out, &left, err);
    struct tensor *many_b = many_a ? batched(engine, b, &out, &right, err) : NULL;
    const bool vector = b->shape.dims == 1;
    if (many_b && vector) {
        many_b = along(engine, OP_UNSQUEEZE, many_b, 2, err);
    }
    if (!many_b) {
        tensor_unref(many_a);
        return NULL;
    }
    struct tensor *product = times(engine, OP_BMM, many_a, many_b, err);
    tensor_unref(many_b);
    if (a->shape.dims > 1) {
        out.size[out.dims++] = left.size[0];
    }
    if (vector) {
        product = along(engine, OP_SQUEEZE_DIM, product, 2, err);
    } else {
        out.size[out.dims++] = right.size[1];
    }
    return sized(engine, OP_UNSAFE_VIEW, product, &out, err);
}

struct tensor *nn_matmul(struct engine *engine, struct tensor *a, struct tensor *b,
                         struct error *err)
{
    const int dims_a = a->shape.dims, dims_b = b->shape.dims;
    if (dims_a == 0 || dims_b == 0) {
        error_set(err, "both arguments to matmul need to be at least 1D, but they are %dD and %dD",
                  dims_a, dims_b);
        return NULL;
    }
    const struct operand left = operand_tensor(a), right = operand_tensor(b);
    if (dims_a == 1 && dims_b == 1) {
        return op_binary(engine, OP_DOT, left, right, err);
    }
    if (dims_a == 2 && dims_b <= 2) {
        return op_binary(engine, dims_b == 1 ? OP_MV : OP_MM, left, right, err);
    }
    if (dims_a == 1 && dims_b == 2) {
        struct tensor *row = along(engine, OP_UNSQUEEZE, tensor_ref(a), 0, err);
        return along(engine, OP_SQUEEZE_DIM_IN_PLACE, times(engine, OP_MM, row, b, err), 0, err);
    }
    if (should_fold(a, b)) {
        return folded(engine, a, b, err);
    }
    const bool unequal = dims_a == 3 && dims_b == 3 && a->shape.size[0] != b->shape.size[0];
    if (unequal && a->shape.size[0] == 1 && a->requires_grad) {
        struct tensor *single = along(engine, OP_SQUEEZE_DIM, tensor_ref(a), 0, err);
        struct tensor *result = single ? nn_matmul(engine, single, b, err) : NULL;
        tensor_unref(single);
        return result;
    }
    if (unequal && b->shape.size[0] == 1 && b->requires_grad) {
        struct tensor *single = along(engine, OP_SQUEEZE_DIM, tensor_ref(b), 0, err);
        struct tensor *result = single ? nn_matmul(engine, a, single, err) : NULL;
        tensor_unref(single);
        return result;
    }
    return batch_product(engine, a, b, err);
}
