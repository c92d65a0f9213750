#include "engine/engine.h"
#include "engine/nn/norms.h"
#include "engine/observer.h"
#include "engine/tensor/compute.h"

/* ---- norms that are one operation ------------------------------------------------------------------ */

static bool check_batch_size(const struct shape *x, struct error *err)
{
    int64_t values = x->dims > 0 ? x->size[0] : 0;
    for (int d = 2; d < x->dims; d++) {
        values *= x->size[d];
    }
    if (values != 1) {
        return true;
    }
    struct text size = { 0 };
    shape_append(&size, x);
    error_set_kind(err, ERROR_VALUE,
                   "Expected more than 1 value per channel when training, got input size "
                   "torch.Size(%s)",
                   text_string(&size));
    text_finish(&size);
    return false;
}

/* The running ones are no results of an operation, but they have changed. */
static void tell_running(struct engine *engine, struct tensor *running)
{
    if (running && OBSERVED(engine, updated)) {
        const struct observed_update update = { .tensor = running,
                                                .by = "batch_norm",
                                                .elements = true };
        engine->observer->calls->updated(engine->observer->context, &update);
    }
}

struct tensor *nn_batch_norm(struct engine *engine, const struct nn_batch_norm *how,
                             struct tensor *x, struct error *err)
{
    if (how->training && !check_batch_size(&x->shape, err)) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(x), operand_tensor(how->weight),
                                  operand_tensor(how->bias), operand_tensor(how->mean),
                                  operand_tensor(how->variance) };
    const struct op_use use = { .op = OP_BATCH_NORM,
                                .in = in,
                                .in_count = 5,
                                .attrs = { .present = ATTR(TRAINING) | ATTR(MOMENTUM) | ATTR(EPS),
                                           .training = how->training,
                                           .momentum = number_real(how->momentum),
                                           .eps = number_real(how->eps) } };
    struct tensor *out = op_apply_one(engine, &use, err);
    if (out && how->training) {
        tell_running(engine, how->mean);
        tell_running(engine, how->variance);
    }
    return out;
}

struct tensor *nn_layer_norm(struct engine *engine, const struct nn_norm *how, struct tensor *x,
                             struct error *err)
{
    const struct operand in[] = { operand_tensor(x), operand_tensor(how->weight),
                                  operand_tensor(how->bias) };
    const struct op_use use = { .op = OP_LAYER_NORM,
                                .in = in,
                                .in_count = 3,
                                .attrs = { .present = ATTR(NORMALIZED_SHAPE) | ATTR(EPS),
                                           .normalized_shape = how->shape,
                                           .eps = number_real(how->eps) } };
    return op_apply_one(engine, &use, err);
}

struct tensor *nn_group_norm(struct engine *engine, const struct nn_norm *how, struct tensor *x,
                             struct error *err)
{
    const struct operand in[] = { operand_tensor(x), operand_tensor(how->weight),
                                  operand_tensor(how->bias) };
    const struct op_use use = { .op = OP_GROUP_NORM,
                                .in = in,
                                .in_count = 3,
                                .attrs = { .present = ATTR(GROUPS) | ATTR(EPS),
                                           .groups = how->groups,
                                           .eps = number_real(how->eps) } };
    return op_apply_one(engine, &use, err);
}

/* ---- norms that are several ------------------------------------------------------------------------ */

static struct tensor *take(struct tensor *used, struct tensor *result)
{
    tensor_unref(used);
    return result;
}

static struct tensor *apply1(struct engine *engine, enum op_id op, struct tensor *t,
                             const struct op_attrs *attrs, struct error *err)
{
    const struct operand in = operand_tensor(t);
    const struct op_use use = { .op = op, .in = &in, .in_count = 1, .attrs = *attrs };
    return t ? op_apply_one(engine, &use, err) : NULL;
}

static bool check_last(const struct shape *x, const struct shape *last, struct error *err)
{
    const int lead = x->dims - last->dims;
    bool fits = lead >= 0;
    for (int d = 0; fits && d < last->dims; d++) {
        fits = x->size[lead + d] == last->size[d];
    }
    if (fits) {
        return true;
    }
    struct text sizes = { 0 }, got = { 0 };
    shape_append(&sizes, last);
    shape_append(&got, x);
    error_set(
        err, "Given normalized_shape=%s, expected input with shape [*, %s, but got input of size%s",
        text_string(&sizes), text_string(&sizes) + 1, text_string(&got));
    text_finish(&sizes);
    text_finish(&got);
    return false;
}

/* 1 / √(mean x² + eps) over the last dimensions */
static struct tensor *rms_scale(struct engine *engine, const struct nn_norm *how, struct tensor *x,
                                struct error *err)
{
    struct op_attrs attrs = { .present = ATTR(DIMS) | ATTR(KEEPDIM), .keepdim = true };
    const int lead = x->shape.dims - how->shape.dims;
    attrs.dims.dims = how->shape.dims;
    for (int d = 0; d < how->shape.dims; d++) {
        attrs.dims.size[d] = lead + d;
    }
    struct tensor *square =
        op_binary(engine, OP_POW, operand_tensor(x), operand_number(number_integer(2)), err);
    struct tensor *mean = take(square, apply1(engine, OP_MEAN_DIM, square, &attrs, err));
    const struct operand sum[] = { operand_tensor(mean), operand_real(how->eps) };
    const struct op_use add = { .op = OP_ADD, .in = sum, .in_count = 2, .in_place = true };
    struct tensor *moved = mean ? take(mean, op_apply_one(engine, &add, err)) : NULL;
    return moved ? take(moved, op_unary(engine, OP_RSQRT, moved, err)) : NULL;
}

struct tensor *nn_rms_norm(struct engine *engine, const struct nn_norm *how, struct tensor *x,
                           struct error *err)
{
    if (!check_last(&x->shape, &how->shape, err)) {
        return NULL;
    }
    struct tensor *scale = rms_scale(engine, how, x, err);
    struct tensor *y =
        scale
            ? take(scale, op_binary(engine, OP_MUL, operand_tensor(x), operand_tensor(scale), err))
            : NULL;
    if (!y || !how->weight) {
        return y;
    }
    return take(y, op_binary(engine, OP_MUL, operand_tensor(y), operand_tensor(how->weight), err));
}

struct tensor *nn_normalize(struct engine *engine, const struct nn_normalize *how, struct tensor *x,
                            struct error *err)
{
    int dim;
    if (!shape_dim(x->shape.dims, how->dim, &dim, err)) {
        return NULL;
    }
    const struct op_attrs norm = { .present = ATTR(ORD) | ATTR(DIMS) | ATTR(KEEPDIM),
                                   .from_end = how->dim < 0 ? ATTR(DIMS) : 0,
                                   .ord = how->order,
                                   .dims = { 1, { dim } },
                                   .keepdim = true };
    const struct op_attrs least = { .present = ATTR(MIN), .min = number_real(how->eps) };
    const struct op_attrs size = { .present = ATTR(SIZE), .size = x->shape };
    struct tensor *length = apply1(engine, OP_NORM, x, &norm, err);
    struct tensor *some = take(length, apply1(engine, OP_CLAMP_MIN, length, &least, err));
    struct tensor *all = take(some, apply1(engine, OP_EXPAND, some, &size, err));
    return all ? take(all, op_binary(engine, OP_DIV, operand_tensor(x), operand_tensor(all), err))
               : NULL;
}

/* ---- initialisation -------------------------------------------------------------------------------- */

static bool fill(struct tensor *t, int64_t value, struct error *err)
{
    if (t && !compute_fill(t, number_integer(value), err)) {
        return false;
    }
    if (t) {
        tensor_bump_version(t);
    }
    return true;
}

bool nn_init_norm(struct tensor *weight, struct tensor *bias, struct error *err)
{
    return fill(weight, 1, err) && fill(bias, 0, err);
}
