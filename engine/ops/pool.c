#include "engine/ops/pool.h"

#include <stdlib.h>

#include "engine/engine.h"

enum { SPATIAL = POOL_SPATIAL };

/* ---- the window -------------------------------------------------------------------------------- */

static bool check_window(const struct window *w, struct error *err)
{
    if (w->kernel[0] <= 0 || w->kernel[1] <= 0) {
        return error_set(err, "kernel size should be greater than zero, but got kH: %lld kW: %lld",
                         (long long)w->kernel[0], (long long)w->kernel[1]);
    }
    if (w->stride[0] <= 0 || w->stride[1] <= 0) {
        return error_set(err, "stride should be greater than zero, but got dH: %lld dW: %lld",
                         (long long)w->stride[0], (long long)w->stride[1]);
    }
    if (w->dilation[0] <= 0 || w->dilation[1] <= 0) {
        return error_set(
            err,
            "dilation should be greater than zero, but got dilationH: %lld, dilationW: "
            "%lld",
            (long long)w->dilation[0], (long long)w->dilation[1]);
    }
    for (int d = 0; d < SPATIAL; d++) {
        if (w->padding[d] < 0) {
            return error_set(err, "pad must be non-negative, but got pad: %lld",
                             (long long)w->padding[d]);
        }
        if (w->padding[d] > window_reach(w, d) / 2) {
            return error_set(err,
                             "pad should be at most half of effective kernel size, but got "
                             "pad=%lld, kernel_size=%lld and dilation=%lld",
                             (long long)w->padding[d], (long long)w->kernel[d],
                             (long long)w->dilation[d]);
        }
    }
    return true;
}

static bool refuse_size(const struct window *w, int64_t channels, struct error *err)
{
    const long long c = channels;
    return error_set(
        err,
        "Given input size: (%lldx%lldx%lld). Calculated output size: (%lldx%lldx%lld). "
        "Output size is too small",
        c, (long long)w->image[0], (long long)w->image[1], c, (long long)w->out[0],
        (long long)w->out[1]);
}

/* How many windows fit; rounding up, as long as the last one begins inside of image and padding. */
static void count_windows(struct window *w, bool ceil_mode)
{
    for (int d = 0; d < SPATIAL; d++) {
        const int64_t room = w->image[d] + 2 * w->padding[d] - window_reach(w, d) +
                             (ceil_mode ? w->stride[d] - 1 : 0);
        w->out[d] =
            (room >= 0 ? room / w->stride[d] : -((w->stride[d] - 1 - room) / w->stride[d])) + 1;
        if (ceil_mode && (w->out[d] - 1) * w->stride[d] >= w->image[d] + w->padding[d]) {
            w->out[d]--;
        }
    }
}

bool pool_read_window(struct window *w, const struct op_attrs *attrs, const struct shape *image,
                      struct error *err)
{
    *w = (struct window){ .spatial = SPATIAL };
    window_list(w->kernel, attrs, ATTR(KERNEL_SIZE), &attrs->kernel_size, SPATIAL, 1);
    window_list(w->padding, attrs, ATTR(PADDING), &attrs->padding, SPATIAL, 0);
    window_list(w->dilation, attrs, ATTR(DILATION), &attrs->dilation, SPATIAL, 1);
    for (int d = 0; d < SPATIAL; d++) {
        w->stride[d] = w->kernel[d];
        w->image[d] = image->size[image->dims - SPATIAL + d];
    }
    if (attrs->present & ATTR(STRIDE) && attrs->stride.dims > 0) {
        window_list(w->stride, attrs, ATTR(STRIDE), &attrs->stride, SPATIAL, 1);
    }
    if (!check_window(w, err)) {
        return false;
    }
    count_windows(w, attrs->present & ATTR(CEIL_MODE) && attrs->ceil_mode);
    return (w->out[0] >= 1 && w->out[1] >= 1) ||
           refuse_size(w, image->size[image->dims - SPATIAL - 1], err);
}

bool pool_check_image(const struct op_call *call, const char *text, bool with_shape,
                      struct error *err)
{
    const struct tensor *image = call->in[0].tensor;
    if (image->shape.dims != 3 && image->shape.dims != 4) {
        struct text size = { 0 };
        shape_append(&size, &image->shape);
        error_set(err, "%s%s", text, with_shape ? text_string(&size) : "");
        text_finish(&size);
        return false;
    }
    return dtype_is_float(image->dtype) || error_set(err, "\"%s\" not implemented for '%s'",
                                                     call->op->name, dtype_type_name(image->dtype));
}

struct tensor_spec pool_output_spec(const struct window *w, const struct tensor *image)
{
    struct tensor_spec spec = tensor_spec_of(image);
    for (int d = 0; d < SPATIAL; d++) {
        spec.shape.size[spec.shape.dims - SPATIAL + d] = w->out[d];
    }
    return spec;
}

struct tensor *pool_each_window(const struct window *w, const struct tensor *like,
                                int64_t (*value)(const struct window *, const int64_t *),
                                struct error *err)
{
    const struct tensor_spec spec = { DTYPE_INT64,
                                      { SPATIAL, { w->out[0], w->out[1] } },
                                      tensor_backend(like) };
    int64_t *values = malloc((size_t)window_count(w) * sizeof(*values));
    if (!values) {
        error_set_kind(err, ERROR_MEMORY, "no memory for the windows of a pool");
        return NULL;
    }
    int64_t at[SPATIAL], number = 0;
    for (at[0] = 0; at[0] < w->out[0]; at[0]++) {
        for (at[1] = 0; at[1] < w->out[1]; at[1]++) {
            values[number++] = value(w, at);
        }
    }
    struct tensor *result = tensor_from_host(like->engine, &spec, values, err);
    free(values);
    return result;
}
