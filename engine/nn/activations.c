#include "engine/nn/nn.h"

#include <inttypes.h>

#include "engine/tensor/compute.h"

/* a/(|a| + 1) */
struct tensor *nn_softsign(struct engine *engine, struct tensor *a, struct error *err)
{
    struct tensor *size = op_unary(engine, OP_ABS, a, err);
    struct tensor *below = size ? op_binary(engine, OP_ADD, operand_tensor(size),
                                            operand_number(number_integer(1)), err)
                                : NULL;
    struct tensor *quotient =
        below ? op_binary(engine, OP_DIV, operand_tensor(a), operand_tensor(below), err) : NULL;
    tensor_unref(size);
    tensor_unref(below);
    return quotient;
}

/* a - tanh a */
struct tensor *nn_tanhshrink(struct engine *engine, struct tensor *a, struct error *err)
{
    struct tensor *tanh = op_unary(engine, OP_TANH, a, err);
    struct tensor *rest =
        tanh ? op_binary(engine, OP_SUB, operand_tensor(a), operand_tensor(tanh), err) : NULL;
    tensor_unref(tanh);
    return rest;
}

/* ---- PReLU -------------------------------------------------------------------------------------- */

static bool check_prelu(const struct tensor *x, const struct tensor *weight, struct error *err)
{
    if (x->dtype != weight->dtype) {
        return error_set(err, "prelu: Type promoting not supported. Got %s and %s",
                         dtype_type_name(x->dtype), dtype_type_name(weight->dtype));
    }
    if (weight->shape.dims > 1) {
        return error_set(err,
                         "prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = %d",
                         weight->shape.dims);
    }
    if (weight->count == 1) {
        return true;
    }
    if (x->shape.dims == 0) {
        return error_set(err, "Not allow zero-dim input tensor.");
    }
    const int64_t channels = x->shape.dims > 1 ? x->shape.size[1] : 1;
    return channels == weight->count ||
           error_set(
               err,
               "Mismatch of parameter numbers and input channel size. Found parameter numbers "
               "= %" PRId64 " and channel size = %" PRId64 ".",
               weight->count, channels);
}

/* A reference to the weight as x's dimensions want it: [1, channels, 1, ...]. */
static struct tensor *prelu_weight(struct engine *engine, const struct tensor *x,
                                   struct tensor *weight, struct error *err)
{
    struct shape size = { .dims = x->shape.dims };
    for (int d = 0; d < size.dims; d++) {
        size.size[d] = d == 1 ? weight->count : 1;
    }
    return x->shape.dims == weight->shape.dims ? tensor_ref(weight)
                                               : nn_reshape(engine, weight, &size, err);
}

struct tensor *nn_prelu(struct engine *engine, struct tensor *x, struct tensor *weight,
                        struct error *err)
{
    if (!check_prelu(x, weight, err)) {
        return NULL;
    }
    struct tensor *shaped = prelu_weight(engine, x, weight, err);
    struct tensor *y =
        shaped ? op_binary(engine, OP_PRELU, operand_tensor(x), operand_tensor(shaped), err) : NULL;
    tensor_unref(shaped);
    return y;
}

bool nn_init_constant(struct tensor *tensor, double value, struct error *err)
{
    if (!compute_fill(tensor, number_real(value), err)) {
        return false;
    }
    tensor_bump_version(tensor);
    return true;
}
