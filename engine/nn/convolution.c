#include "engine/engine.h"
#include "engine/nn/windows.h"

/* A dimension made or taken away; takes over the reference it is given, NULL passes through. PyTorch
 * counts those that are not the batch from the end. */
static struct tensor *along(struct engine *engine, enum op_id op, struct tensor *t, int dim,
                            struct error *err)
{
    const struct operand in = operand_tensor(t);
    const struct op_use use = {
        .op = op,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM), .from_end = dim > 0 ? ATTR(DIM) : 0, .dim = dim },
    };
    struct tensor *result = t ? op_apply_one(engine, &use, err) : NULL;
    tensor_unref(t);
    return result;
}

/* ---- convolution ----------------------------------------------------------------------------------- */

static bool refuse_dims(const struct shape *x, const struct nn_convolution *how, struct error *err)
{
    struct text got = { 0 };
    shape_append(&got, x);
    const int spatial = how->spatial;
    error_set(
        err,
        "Expected %dD (unbatched) or %dD (batched) input to conv%s%dd, but got input of size: %s",
        spatial + 1, spatial + 2, how->transposed ? "_transpose" : "", spatial, text_string(&got));
    text_finish(&got);
    return false;
}

static bool refuse_list(const char *name, const struct shape *list, int spatial, struct error *err)
{
    struct text got = { 0 };
    shape_append(&got, list);
    error_set(err,
              "expected %s to be a single integer value or a list of %d values to match the "
              "convolution dimensions, but got %s=%s",
              name, spatial, name, text_string(&got));
    text_finish(&got);
    return false;
}

/* One entry stands for all dimensions. */
static bool spread(const char *name, struct shape *list, int spatial, int64_t fallback,
                   struct error *err)
{
    const bool single = list->dims <= 1;
    if (!single && list->dims != spatial) {
        return refuse_list(name, list, spatial, err);
    }
    const int64_t value = list->dims == 0 ? fallback : list->size[0];
    for (int d = 0; single && d < spatial; d++) {
        list->size[d] = value;
    }
    list->dims = spatial;
    return true;
}

static bool fill_attrs(struct op_attrs *attrs, const struct nn_convolution *how, struct error *err)
{
    attrs->present = ATTR(STRIDE) | ATTR(PADDING) | ATTR(DILATION) | ATTR(TRANSPOSED) |
                     ATTR(OUTPUT_PADDING) | ATTR(GROUPS);
    attrs->stride = how->stride;
    attrs->padding = how->padding;
    attrs->dilation = how->dilation;
    attrs->output_padding = how->output_padding;
    attrs->transposed = how->transposed;
    attrs->groups = how->groups;
    return spread("stride", &attrs->stride, how->spatial, 1, err) &&
           spread("padding", &attrs->padding, how->spatial, 0, err) &&
           spread("dilation", &attrs->dilation, how->spatial, 1, err) &&
           spread("output_padding", &attrs->output_padding, how->spatial, 0, err);
}

/* padding='same': as much on both sides as keeps the size; what is odd goes to the right. */
static bool same_padding(struct op_attrs *attrs, const struct shape *weight, struct shape *more,
                         struct error *err)
{
    const int spatial = attrs->stride.dims;
    bool odd = false;
    *more = (struct shape){ .dims = spatial };
    for (int d = 0; d < spatial; d++) {
        if (attrs->stride.size[d] != 1) {
            return error_set(err, "padding='same' is not supported for strided convolutions");
        }
        const int64_t total = attrs->dilation.size[d] * (weight->size[2 + d] - 1);
        attrs->padding.size[d] = total / 2;
        more->size[d] = total % 2;
        odd = odd || total % 2;
    }
    more->dims = odd ? spatial : 0;
    return true;
}

/* One more column of zeros at the end of each dimension that `more` names. */
static struct tensor *padded(struct engine *engine, struct tensor *x, const struct shape *more,
                             struct error *err)
{
    if (more->dims == 0) {
        return tensor_ref(x);
    }
    struct shape pad = { .dims = 2 * more->dims };
    for (int d = 0; d < more->dims; d++) {
        pad.size[2 * (more->dims - 1 - d) + 1] = more->size[d];
    }
    return nn_pad(engine, x, &pad, number_integer(0), err);
}

struct tensor *nn_convolution(struct engine *engine, const struct nn_convolution *how,
                              struct tensor *x, struct tensor *weight, struct tensor *bias,
                              struct error *err)
{
    struct op_attrs attrs = { 0 };
    struct shape more = { 0 };
    const bool batched = x->shape.dims == how->spatial + 2;
    if (bias && bias->dtype != x->dtype) {
        error_set(err, "Input type (%s) and bias type (%s) should be the same",
                  dtype_c_name(x->dtype), dtype_c_name(bias->dtype));
        return NULL;
    }
    if ((!batched && x->shape.dims != how->spatial + 1 && !refuse_dims(&x->shape, how, err)) ||
        !fill_attrs(&attrs, how, err) ||
        (how->same && !same_padding(&attrs, &weight->shape, &more, err))) {
        return NULL;
    }
    struct tensor *batch =
        batched ? tensor_ref(x) : along(engine, OP_UNSQUEEZE, tensor_ref(x), 0, err);
    struct tensor *image = batch ? padded(engine, batch, &more, err) : NULL;
    const struct operand in[] = { operand_tensor(image), operand_tensor(weight),
                                  operand_tensor(bias) };
    const struct op_use use = { .op = OP_CONVOLUTION, .in = in, .in_count = 3, .attrs = attrs };
    struct tensor *out = image ? op_apply_one(engine, &use, err) : NULL;
    tensor_unref(image);
    tensor_unref(batch);
    return batched ? out : along(engine, OP_SQUEEZE_DIM, out, 0, err);
}

/* ---- pools ----------------------------------------------------------------------------------------- */

/* (l) as (l, l), or as (with, l): what a pool over one dimension is to the pool over two. */
static struct shape both(const struct shape *list, bool single, int64_t with)
{
    if (list->dims != 1) {
        return *list;
    }
    return (struct shape){ 2, { single ? with : list->size[0], list->size[0] } };
}

static bool check_pool_list(const char *pool, const char *name, const struct shape *list,
                            bool may_miss, struct error *err)
{
    if (list->dims == 1 || list->dims == 2 || (may_miss && list->dims == 0)) {
        return true;
    }
    return error_set(err, "%s: %s must %s a single int, or a tuple of two ints", pool, name,
                     may_miss ? "either be omitted," : "either be");
}

static bool pool_attrs(struct op_attrs *attrs, enum op_id op, const struct nn_pool *how,
                       struct error *err)
{
    const char *name = op == OP_MAX_POOL2D ? "max_pool2d" : "avg_pool2d";
    const bool single = how->spatial == 1;
    if (!check_pool_list(name, "kernel_size", &how->kernel_size, false, err) ||
        !check_pool_list(name, "stride", &how->stride, true, err) ||
        !check_pool_list(name, "padding", &how->padding, false, err)) {
        return false;
    }
    attrs->present = ATTR(KERNEL_SIZE) | ATTR(STRIDE) | ATTR(PADDING) | ATTR(CEIL_MODE);
    attrs->kernel_size = both(&how->kernel_size, single, 1);
    attrs->stride =
        both(single && how->stride.dims == 0 ? &how->kernel_size : &how->stride, single, 1);
    attrs->padding = both(&how->padding, single, 0);
    attrs->ceil_mode = how->ceil_mode;
    if (op == OP_MAX_POOL2D) {
        attrs->present |= ATTR(DILATION);
        attrs->dilation = both(&how->dilation, single, 1);
        return check_pool_list(name, "dilation", &how->dilation, false, err);
    }
    attrs->present |= ATTR(COUNT_INCLUDE_PAD) | (how->has_divisor ? ATTR(DIVISOR_OVERRIDE) : 0);
    attrs->count_include_pad = how->count_include_pad;
    attrs->divisor_override = how->divisor;
    return true;
}

static bool check_row(enum op_id op, const struct tensor *x, struct error *err)
{
    if (x->shape.dims == 2 || x->shape.dims == 3) {
        return true;
    }
    return error_set(err,
                     "Expected 2 to 3 dimensions, but got %d-dimensional tensor for argument #1 "
                     "'self' (while checking arguments for %s)",
                     x->shape.dims, op == OP_MAX_POOL2D ? "max_pool1d" : "avg_pool1d");
}

/* A pool over rows is one over images of height 1. */
static bool pool(struct engine *engine, enum op_id op, const struct nn_pool *how, struct tensor *x,
                 struct tensor **out, int count, struct error *err)
{
    struct op_attrs attrs = { 0 };
    const bool single = how->spatial == 1;
    if (!pool_attrs(&attrs, op, how, err) || (single && !check_row(op, x, err))) {
        return false;
    }
    const int last = x->shape.dims - 1;
    struct tensor *image =
        single ? along(engine, OP_UNSQUEEZE, tensor_ref(x), last, err) : tensor_ref(x);
    const struct operand in = operand_tensor(image);
    const struct op_use use = { .op = op, .in = &in, .in_count = 1, .attrs = attrs };
    bool ok = image && op_apply(engine, &use, out, err);
    tensor_unref(image);
    for (int i = 0; single && ok && i < count; i++) {
        out[i] = along(engine, OP_SQUEEZE_DIM, out[i], last, err);
        ok = out[i] != NULL;
    }
    return ok;
}

struct tensor *nn_max_pool(struct engine *engine, const struct nn_pool *how, struct tensor *x,
                           struct tensor **indices, struct error *err)
{
    struct tensor *out[2] = { NULL, NULL };
    if (!pool(engine, OP_MAX_POOL2D, how, x, out, indices ? 2 : 1, err)) {
        tensor_unref(out[0]);
        tensor_unref(out[1]);
        return NULL;
    }
    if (indices) {
        *indices = out[1];
    } else {
        tensor_unref(out[1]);
    }
    return out[0];
}

struct tensor *nn_avg_pool(struct engine *engine, const struct nn_pool *how, struct tensor *x,
                           struct error *err)
{
    struct tensor *out = NULL;
    return pool(engine, OP_AVG_POOL2D, how, x, &out, 1, err) ? out : NULL;
}

/* ---- pools to a size ------------------------------------------------------------------------------- */

static bool adaptive_size(const struct nn_adaptive_pool *how, const struct tensor *x,
                          struct shape *out, struct error *err)
{
    const int least = how->spatial + 1;
    if (x->shape.dims < least || x->shape.dims > least + 1) {
        return error_set(err,
                         "Expected %d to %d dimensions, but got %d-dimensional tensor for "
                         "argument #1 'self'",
                         least, least + 1, x->shape.dims);
    }
    if (how->size.dims != 1 && how->size.dims != how->spatial) {
        return error_set(err, "adaptive pool: output_size must be %d", how->spatial);
    }
    *out = both(&how->size, how->spatial == 1, 1);
    for (int d = 0; d < 2; d++) {
        if (out->size[d] == -1) {
            out->size[d] = x->shape.size[x->shape.dims - 2 + d];
        }
    }
    return true;
}

/* The mean over both dimensions of an image. */
static struct tensor *mean_of_all(struct engine *engine, struct tensor *image, struct error *err)
{
    const int dims = image->shape.dims;
    const struct operand in = operand_tensor(image);
    const struct op_use use = { .op = OP_MEAN_DIM,
                                .in = &in,
                                .in_count = 1,
                                .attrs = { .present = ATTR(DIMS) | ATTR(KEEPDIM),
                                           .from_end = ATTR(DIMS),
                                           .dims = { 2, { dims - 1, dims - 2 } },
                                           .keepdim = true } };
    return op_apply_one(engine, &use, err);
}

static bool adaptive_pool(struct engine *engine, enum op_id op, const struct nn_adaptive_pool *how,
                          struct tensor *x, struct tensor **out, int count, struct error *err)
{
    struct op_attrs attrs = { .present = ATTR(SIZE) };
    const bool single = how->spatial == 1;
    if (!adaptive_size(how, x, &attrs.size, err)) {
        return false;
    }
    const int last = x->shape.dims - 1;
    struct tensor *image =
        single ? along(engine, OP_UNSQUEEZE, tensor_ref(x), last, err) : tensor_ref(x);
    const struct operand in = operand_tensor(image);
    const struct op_use use = { .op = op, .in = &in, .in_count = 1, .attrs = attrs };
    bool ok = false;
    if (image && op == OP_ADAPTIVE_AVG_POOL2D && attrs.size.size[0] == 1 &&
        attrs.size.size[1] == 1) {
        out[0] = mean_of_all(engine, image, err);
        ok = out[0] != NULL;
    } else if (image) {
        ok = op_apply(engine, &use, out, err);
    }
    tensor_unref(image);
    for (int i = 0; single && ok && i < count; i++) {
        out[i] = along(engine, OP_SQUEEZE_DIM, out[i], last, err);
        ok = out[i] != NULL;
    }
    return ok;
}

struct tensor *nn_adaptive_avg_pool(struct engine *engine, const struct nn_adaptive_pool *how,
                                    struct tensor *x, struct error *err)
{
    struct tensor *out = NULL;
    return adaptive_pool(engine, OP_ADAPTIVE_AVG_POOL2D, how, x, &out, 1, err) ? out : NULL;
}

struct tensor *nn_adaptive_max_pool(struct engine *engine, const struct nn_adaptive_pool *how,
                                    struct tensor *x, struct tensor **indices, struct error *err)
{
    struct tensor *out[2] = { NULL, NULL };
    if (!adaptive_pool(engine, OP_ADAPTIVE_MAX_POOL2D, how, x, out, indices ? 2 : 1, err)) {
        tensor_unref(out[0]);
        tensor_unref(out[1]);
        return NULL;
    }
    if (indices) {
        *indices = out[1];
    } else {
        tensor_unref(out[1]);
    }
    return out[0];
}

/* ---- padding --------------------------------------------------------------------------------------- */

struct tensor *nn_pad(struct engine *engine, struct tensor *x, const struct shape *pad,
                      struct number value, struct error *err)
{
    const struct operand in = operand_tensor(x);
    const struct op_use use = {
        .op = OP_PAD,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(PAD) | ATTR(VALUE), .pad = *pad, .value = value },
    };
    return op_apply_one(engine, &use, err);
}
