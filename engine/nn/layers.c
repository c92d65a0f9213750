#include <math.h>

#include "engine/engine.h"
#include "engine/nn/nn.h"
#include "engine/tensor/compute.h"

/* ---- linear ---------------------------------------------------------------------------------------- */

static struct tensor *addmm(struct engine *engine, struct tensor *bias, struct tensor *x,
                            struct tensor *weight, struct error *err)
{
    struct tensor *turned = op_unary(engine, OP_T, weight, err);
    const struct operand in[] = { operand_tensor(bias), operand_tensor(x), operand_tensor(turned) };
    struct tensor *out =
        turned
            ? op_apply_one(engine, &(struct op_use){ .op = OP_ADDMM, .in = in, .in_count = 3 }, err)
            : NULL;
    tensor_unref(turned);
    return out;
}

/* x of any number of dimensions but two, as rows: View[Addmm[bias, View[x], T[weight]]] */
static struct tensor *linear_by_rows(struct engine *engine, struct tensor *x, struct tensor *weight,
                                     struct tensor *bias, struct error *err)
{
    const int last = x->shape.dims - 1;
    struct shape out = x->shape;
    const struct shape lead = { .dims = last };
    struct shape rows = { 2, { 1, x->shape.size[last] } };
    for (int d = 0; d < lead.dims; d++) {
        rows.size[0] *= x->shape.size[d];
    }
    out.size[last] = weight->shape.size[0];
    struct tensor *flat = nn_reshape(engine, x, &rows, err);
    struct tensor *product = flat ? addmm(engine, bias, flat, weight, err) : NULL;
    tensor_unref(flat);
    const struct operand in = operand_tensor(product);
    const struct op_use view = {
        .op = OP_VIEW, .in = &in, .in_count = 1, .attrs = { .present = ATTR(SIZE), .size = out }
    };
    struct tensor *result = product ? op_apply_one(engine, &view, err) : NULL;
    tensor_unref(product);
    return result;
}

struct tensor *nn_linear(struct engine *engine, struct tensor *x, struct tensor *weight,
                         struct tensor *bias, struct error *err)
{
    if (x->shape.dims == 0 || weight->shape.dims == 0) {
        error_set(err, "both arguments to linear need to be at least 1D, but they are %dD and %dD",
                  x->shape.dims, weight->shape.dims);
        return NULL;
    }
    if (bias && x->shape.dims == 2) {
        return addmm(engine, bias, x, weight, err);
    }
    if (bias && tensor_is_contiguous(x)) {
        return linear_by_rows(engine, x, weight, bias, err);
    }
    struct tensor *turned = op_unary(engine, OP_T, weight, err);
    struct tensor *product = turned ? nn_matmul(engine, x, turned, err) : NULL;
    tensor_unref(turned);
    if (!product || !bias) {
        return product;
    }
    struct tensor *sum =
        op_binary(engine, OP_ADD, operand_tensor(product), operand_tensor(bias), err);
    tensor_unref(product);
    return sum;
}

/* B = √3·(√(2/(1 + √5²))/√fan_in), in this order: kaiming_uniform_ with a = √5. Mathematically
 * 1/√fan_in, but not in its last bits. */
bool nn_init_linear(struct generator *generator, struct tensor *weight, struct tensor *bias,
                    struct error *err)
{
    int64_t inputs = 1;
    for (int d = 1; d < weight->shape.dims; d++) {
        inputs *= weight->shape.size[d];
    }
    const double fan_in = (double)inputs;
    if (weight->count > 0) {
        const double slope = sqrt(5);
        const double gain = sqrt(2.0 / (1 + slope * slope));
        const double bound = sqrt(3.0) * (gain / sqrt(fan_in));
        if (!random_uniform(generator, weight, -bound, bound, err)) {
            return false;
        }
    }
    tensor_bump_version(weight);
    if (!bias) {
        return true;
    }
    const double bound = fan_in > 0 ? 1 / sqrt(fan_in) : 0;
    if (!random_uniform(generator, bias, -bound, bound, err)) {
        return false;
    }
    tensor_bump_version(bias);
    return true;
}

/* ---- embedding ------------------------------------------------------------------------------------- */

struct tensor *nn_embedding(struct engine *engine, struct tensor *indices, struct tensor *weight,
                            int64_t padding, struct error *err)
{
    const struct operand in[] = { operand_tensor(weight), operand_tensor(indices) };
    const struct op_use use = { .op = OP_EMBEDDING,
                                .in = in,
                                .in_count = 2,
                                .attrs = { .present = padding >= 0 ? ATTR(PADDING_IDX) : 0,
                                           .padding_idx = padding } };
    return op_apply_one(engine, &use, err);
}

bool nn_init_embedding(struct generator *generator, struct tensor *weight, int64_t padding,
                       struct error *err)
{
    if (!random_normal(generator, weight, 0, 1, err)) {
        return false;
    }
    tensor_bump_version(weight);
    if (padding < 0) {
        return true;
    }
    const struct shape width = { 1, { weight->shape.size[1] } };
    struct tensor *row = tensor_view(weight, &width, &weight->strides[1],
                                     weight->offset + padding * weight->strides[0]);
    const bool ok = compute_fill(row, number_integer(0), err);
    tensor_unref(row);
    return ok;
}

/* ---- losses ---------------------------------------------------------------------------------------- */

static struct tensor *expanded(struct engine *engine, struct tensor *t, const struct shape *shape,
                               struct error *err)
{
    if (shape_equal(&t->shape, shape)) {
        return tensor_ref(t);
    }
    const struct operand in = operand_tensor(t);
    return op_apply_one(engine,
                        &(struct op_use){ .op = OP_EXPAND,
                                          .in = &in,
                                          .in_count = 1,
                                          .attrs = { .present = ATTR(SIZE), .size = *shape } },
                        err);
}

struct tensor *nn_mse_loss(struct engine *engine, struct tensor *a, struct tensor *b,
                           struct error *err)
{
    struct shape shape;
    if (!shape_broadcast(&a->shape, &b->shape, &shape, err)) {
        return NULL;
    }
    struct tensor *large_a = expanded(engine, a, &shape, err);
    struct tensor *large_b = large_a ? expanded(engine, b, &shape, err) : NULL;
    const struct operand in[] = { operand_tensor(large_a), operand_tensor(large_b) };
    const struct op_use use = { .op = OP_MSE_LOSS,
                                .in = in,
                                .in_count = 2,
                                .attrs = { .present = ATTR(REDUCTION), .reduction = 1 } };
    struct tensor *loss = large_b ? op_apply_one(engine, &use, err) : NULL;
    tensor_unref(large_a);
    tensor_unref(large_b);
    return loss;
}
