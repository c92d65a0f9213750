#include <math.h>

#include "engine/engine.h"
#include "engine/nn/norms.h"
#include "engine/observer.h"
#include "engine/tensor/compute.h"

static struct tensor *told(struct engine *engine, struct tensor *tensor)
{
    if (tensor && OBSERVED(engine, created)) {
        const struct observed_creation creation = { .tensor = tensor, .by = "dropout" };
        engine->observer->calls->created(engine->observer->context, &creation);
    }
    return tensor;
}

static bool multiply(struct tensor *t, double factor, struct error *err)
{
    return compute_map2(t, MAP_MUL, operand_tensor(t), operand_real(factor), err);
}

/* 1 where a value stays, 0 where it is dropped. */
static struct tensor *draw(struct engine *engine, const struct nn_dropout *how, struct tensor *x,
                           struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(x);
    if (!dtype_is_float(x->dtype)) {
        error_set(err, "result type Float can't be cast to the desired output type %s",
                  dtype_type_name(x->dtype));
        return NULL;
    }
    if (how->by_channel && x->shape.dims < 2) {
        error_set(err, "Feature dropout requires at least 2 dimensions in the input");
        return NULL;
    }
    for (int d = 2; how->by_channel && d < spec.shape.dims; d++) {
        spec.shape.size[d] = 1;
    }
    struct tensor *mask = tensor_create(engine, &spec, err);
    if (mask && !random_bernoulli(&engine->generator, mask, 1 - how->p, err)) {
        tensor_unref(mask);
        return NULL;
    }
    return mask;
}

/* x·mask, or x·mask + shift; takes both. */
static struct tensor *apply(struct engine *engine, const struct nn_dropout *how, struct tensor *x,
                            struct tensor *mask, struct tensor *shift, struct error *err)
{
    const struct operand factors[] = { operand_tensor(x), operand_tensor(mask) };
    const struct op_use times = {
        .op = OP_MUL, .in = factors, .in_count = 2, .in_place = how->in_place
    };
    struct tensor *y = op_apply_one(engine, &times, err);
    tensor_unref(mask);
    if (!y || !shift) {
        tensor_unref(shift);
        return y;
    }
    const struct operand terms[] = { operand_tensor(y), operand_tensor(shift) };
    const struct op_use plus = { .op = OP_ADD, .in = terms, .in_count = 2, .in_place = true };
    struct tensor *result = op_apply_one(engine, &plus, err);
    tensor_unref(y);
    tensor_unref(shift);
    return result;
}

/* What is dropped becomes -alpha', then everything is brought back to mean 0 and variance 1:
 * x·(mask·a) + ((mask - 1)·alpha'·a + alpha'·a·p), with alpha' SELU's scale times its alpha. */
static struct tensor *alpha_dropout(struct engine *engine, const struct nn_dropout *how,
                                    struct tensor *x, struct tensor *mask, struct error *err)
{
    const double alpha = 1.7580993408473766, p = how->p;
    const double a = 1 / sqrt((alpha * alpha * p + 1) * (1 - p));
    const struct tensor_spec spec = tensor_spec_of(mask);
    struct tensor *shift = tensor_create(engine, &spec, err);
    const bool ok =
        shift && compute_map2(shift, MAP_ADD, operand_tensor(mask), operand_real(-1), err) &&
        multiply(shift, alpha * a, err) &&
        compute_map2(shift, MAP_ADD, operand_tensor(shift), operand_real(alpha * a * p), err) &&
        multiply(mask, a, err);
    if (!ok) {
        tensor_unref(mask);
        tensor_unref(shift);
        return NULL;
    }
    return apply(engine, how, x, told(engine, mask), told(engine, shift), err);
}

struct tensor *nn_dropout(struct engine *engine, const struct nn_dropout *how, struct tensor *x,
                          struct error *err)
{
    if (!how->training || how->p == 0 || x->count == 0) {
        return tensor_ref(x);
    }
    if (how->p == 1) {
        const struct tensor_spec scalar = { .dtype = x->dtype, .backend = tensor_backend(x) };
        struct tensor *zero = told(engine, tensor_full(engine, &scalar, number_integer(0), err));
        return zero ? apply(engine, how, x, zero, NULL, err) : NULL;
    }
    struct tensor *mask = draw(engine, how, x, err);
    if (!mask || how->alpha) {
        return mask ? alpha_dropout(engine, how, x, mask, err) : NULL;
    }
    if (!compute_map2(mask, MAP_DIV, operand_tensor(mask), operand_real(1 - how->p), err)) {
        tensor_unref(mask);
        return NULL;
    }
    return apply(engine, how, x, told(engine, mask), NULL, err);
}
