#include "engine/nn/nn.h"

#include "engine/engine.h"

static struct tensor *sized(struct engine *engine, enum op_id op, struct tensor *t,
                            const struct shape *size, struct error *err)
{
    const struct operand in = operand_tensor(t);
    return op_apply_one(
        engine,
        &(struct op_use){
            .op = op, .in = &in, .in_count = 1, .attrs = { .present = ATTR(SIZE), .size = *size } },
        err);
}

struct tensor *nn_reshape(struct engine *engine, struct tensor *t, const struct shape *size,
                          struct error *err)
{
    struct shape shape;
    int64_t strides[BACKEND_MAX_DIMS];
    if (!shape_infer(size, t->count, &shape, err)) {
        return NULL;
    }
    if (shape_view_strides(&t->shape, t->strides, &shape, strides)) {
        return sized(engine, tensor_is_contiguous(t) ? OP_VIEW : OP_RESHAPE_ALIAS, t, &shape, err);
    }
    struct tensor *copy = op_unary(engine, OP_CLONE, t, err);
    struct tensor *result = copy ? sized(engine, OP_UNSAFE_VIEW, copy, &shape, err) : NULL;
    tensor_unref(copy);
    return result;
}

struct tensor *nn_contiguous(struct engine *engine, struct tensor *t, struct error *err)
{
    return tensor_is_contiguous(t) ? tensor_ref(t) : op_unary(engine, OP_CLONE, t, err);
}

static struct tensor *unsqueezed(struct engine *engine, struct tensor *t, int dim,
                                 struct error *err)
{
    const struct operand in = operand_tensor(t);
    return op_apply_one(engine,
                        &(struct op_use){ .op = OP_UNSQUEEZE,
                                          .in = &in,
                                          .in_count = 1,
                                          .attrs = { .present = ATTR(DIM), .dim = dim } },
                        err);
}

struct tensor *nn_at_least(struct engine *engine, struct tensor *t, int dims, struct error *err)
{
    if (t->shape.dims >= dims) {
        return tensor_ref(t);
    }
    if (t->shape.dims == 0) {
        struct shape ones = { .dims = dims };
        for (int d = 0; d < dims; d++) {
            ones.size[d] = 1;
        }
        return nn_reshape(engine, t, &ones, err);
    }
    if (t->shape.dims == 2) {
        return unsqueezed(engine, t, 2, err);
    }
    struct tensor *row = unsqueezed(engine, t, 0, err);
    struct tensor *result = row && dims == 3 ? unsqueezed(engine, row, 2, err) : tensor_ref(row);
    tensor_unref(row);
    return result;
}
