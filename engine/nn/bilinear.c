#include <math.h>

#include "engine/engine.h"
#include "engine/nn/nn.h"

static bool check_inputs(const struct tensor *x, const struct tensor *z,
                         const struct tensor *weight, struct error *err)
{
    const int last = x->shape.dims - 1;
    if (x->shape.dims != z->shape.dims || last < 0) {
        return error_set(err, "bilinear(): input dimensions do not match: got %d and %d",
                         x->shape.dims, z->shape.dims);
    }
    for (int d = 0; d < last; d++) {
        if (x->shape.size[d] != z->shape.size[d]) {
            return error_set(err,
                             "bilinear(): input batch dimensions do not match at dim %d: got %lld "
                             "and %lld",
                             d, (long long)x->shape.size[d], (long long)z->shape.size[d]);
        }
    }
    if (weight->shape.dims != 3) {
        return error_set(err, "bilinear(): the weight must have 3 dimensions, got %d",
                         weight->shape.dims);
    }
    const struct tensor *const inputs[] = { x, z };
    for (int i = 0; i < 2; i++) {
        if (inputs[i]->shape.size[last] != weight->shape.size[1 + i]) {
            return error_set(err,
                             "bilinear(): input%d size does not match weight size: got %lld but "
                             "expected %lld",
                             i + 1, (long long)inputs[i]->shape.size[last],
                             (long long)weight->shape.size[1 + i]);
        }
    }
    return true;
}

static struct tensor *as_rows(struct engine *engine, struct tensor *t, struct error *err)
{
    const int64_t width = t->shape.size[t->shape.dims - 1];
    const struct shape rows = { 2, { width > 0 ? t->count / width : 0, width } };
    return nn_reshape(engine, t, &rows, err);
}

static struct tensor *product(struct engine *engine, struct tensor *x, struct tensor *z,
                              struct tensor *weight, struct error *err)
{
    struct tensor *left = as_rows(engine, x, err);
    struct tensor *right = left ? as_rows(engine, z, err) : NULL;
    const struct operand in[] = { operand_tensor(left), operand_tensor(weight),
                                  operand_tensor(right) };
    const struct op_use use = { .op = OP_TRILINEAR, .in = in, .in_count = 3 };
    struct tensor *flat = right ? op_apply_one(engine, &use, err) : NULL;
    tensor_unref(left);
    tensor_unref(right);
    struct shape shape = x->shape;
    shape.size[shape.dims - 1] = weight->shape.size[0];
    struct tensor *out = flat ? nn_reshape(engine, flat, &shape, err) : NULL;
    tensor_unref(flat);
    return out;
}

struct tensor *nn_bilinear(struct engine *engine, struct tensor *x, struct tensor *z,
                           struct tensor *weight, struct tensor *bias, struct error *err)
{
    if (!check_inputs(x, z, weight, err)) {
        return NULL;
    }
    struct tensor *out = product(engine, x, z, weight, err);
    if (!out || !bias) {
        return out;
    }
    struct tensor *sum = op_binary(engine, OP_ADD, operand_tensor(out), operand_tensor(bias), err);
    tensor_unref(out);
    return sum;
}

bool nn_init_bilinear(struct generator *generator, struct tensor *weight, struct tensor *bias,
                      struct error *err)
{
    const double bound = 1 / sqrt((double)weight->shape.size[1]);
    if (!random_uniform(generator, weight, -bound, bound, err)) {
        return false;
    }
    tensor_bump_version(weight);
    if (!bias) {
        return true;
    }
    if (!random_uniform(generator, bias, -bound, bound, err)) {
        return false;
    }
    tensor_bump_version(bias);
    return true;
}
