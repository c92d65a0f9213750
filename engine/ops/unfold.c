#include <string.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"
#include "engine/ops/window.h"

/* The windows of an image [c, h, w] or [n, c, h, w] as the columns of a matrix [n, c·places, windows], and
 * the way back, which adds what windows share. */

enum { SPATIAL = 2 };

static bool check_pair(const int64_t *pair, int64_t least, const char *what, const char *name,
                       struct error *err)
{
    return (pair[0] >= least && pair[1] >= least) ||
           error_set(err, "%s should be %s, but got %s_height: %lld %s_width: %lld", what,
                     least > 0 ? "greater than zero" : "non-negative", name, (long long)pair[0],
                     name, (long long)pair[1]);
}

/* Whether products of two of the numbers fit: no memory holds what larger ones speak of. */
static bool check_size(const int64_t *pair, struct error *err)
{
    const int64_t most = 1 << 24;
    return (pair[0] <= most && pair[1] <= most) ||
           error_set(err, "numel: integer multiplication overflow");
}

/* The windows over an image of that size. */
static bool read_window(struct window *w, const struct op_attrs *attrs, const int64_t *image,
                        struct error *err)
{
    *w = (struct window){ .spatial = SPATIAL };
    window_list(w->kernel, attrs, ATTR(KERNEL_SIZE), &attrs->kernel_size, SPATIAL, 1);
    window_list(w->stride, attrs, ATTR(STRIDE), &attrs->stride, SPATIAL, 1);
    window_list(w->padding, attrs, ATTR(PADDING), &attrs->padding, SPATIAL, 0);
    window_list(w->dilation, attrs, ATTR(DILATION), &attrs->dilation, SPATIAL, 1);
    if (!check_pair(w->kernel, 1, "kernel size", "kernel", err) ||
        !check_pair(w->dilation, 1, "dilation", "dilation", err) ||
        !check_pair(w->padding, 0, "padding", "pad", err) ||
        !check_pair(w->stride, 1, "stride", "stride", err) || !check_size(w->kernel, err) ||
        !check_size(w->dilation, err) || !check_size(w->padding, err) ||
        !check_size(w->stride, err) || !check_size(image, err)) {
        return false;
    }
    for (int d = 0; d < SPATIAL; d++) {
        const int64_t room = image[d] + 2 * w->padding[d] - window_reach(w, d);
        w->image[d] = image[d];
        w->out[d] =
            (room >= 0 ? room / w->stride[d] : -((-room + w->stride[d] - 1) / w->stride[d])) + 1;
    }
    return true;
}

/* "kernel_size=(2, 2), dilation=(1, 1), padding=(0, 0)" */
static void append_window(struct text *text, const struct window *w)
{
    text_format(text, "kernel_size=(%lld, %lld), dilation=(%lld, %lld), padding=(%lld, %lld)",
                (long long)w->kernel[0], (long long)w->kernel[1], (long long)w->dilation[0],
                (long long)w->dilation[1], (long long)w->padding[0], (long long)w->padding[1]);
}

static bool refuse_small(const struct window *w, struct error *err)
{
    struct text text = { 0 };
    append_window(&text, w);
    /* PyTorch says the height twice. */
    error_set(err,
              "Given input with spatial size (%lld, %lld), %s, calculated shape of the array of "
              "sliding blocks as (%lld, %lld), but its components must be at least one.",
              (long long)w->image[0], (long long)w->image[0], text_string(&text),
              (long long)w->out[0], (long long)w->out[1]);
    text_finish(&text);
    return false;
}

/* y = [a[window 0], a[window 1], …]      so   da[window i] += dy[:, i] */

static bool im2col_forward(struct op_call *call, struct error *err)
{
    struct tensor *image = call->in[0].tensor;
    const int dims = image->shape.dims;
    struct tensor_spec spec = tensor_spec_of(image);
    struct window w;
    if (dims < 3) {
        return error_set_kind(err, ERROR_INDEX,
                              "Dimension out of range (expected to be in range of [-%d, %d], but "
                              "got %d)",
                              dims, dims - 1, dims < 2 ? 1 : 2);
    }
    if (dims > 4) {
        return error_set(err, "Expected 3D or 4D (batch mode) tensor for input, but got %d-D",
                         dims);
    }
    if (!read_window(&w, call->attrs, &image->shape.size[dims - SPATIAL], err) ||
        ((w.out[0] < 1 || w.out[1] < 1) && !refuse_small(&w, err)) ||
        !forward_needs_float(call, "im2col_out_cpu", err)) {
        return false;
    }
    spec.shape.dims = dims - 1;
    spec.shape.size[dims - 3] = image->shape.size[dims - 3] * window_places(&w);
    spec.shape.size[dims - 2] = window_count(&w);
    struct tensor *out = op_output(call, 0, &spec, err);
    struct tensor *padded = out ? window_pad(&w, image, 0, err) : NULL;
    const bool ok = padded && window_unfold(&w, out, padded, err);
    tensor_unref(padded);
    return ok;
}

static bool send_back(struct rule *rule, enum op_id op, const struct shape *size)
{
    struct op_attrs attrs = *rule_attrs(rule);
    attrs.present |= ATTR(SIZE);
    attrs.size = *size;
    const struct operand in = operand_tensor(rule->grad[0]);
    rule->result[0] =
        rule_apply(rule, &(struct op_use){ .op = op, .in = &in, .in_count = 1, .attrs = attrs });
    return rule_done(rule);
}

static bool im2col_backward(struct rule *rule)
{
    const struct shape *image = rule_edge_shape(rule, 0);
    const struct shape size = { SPATIAL,
                                { image->size[image->dims - 2], image->size[image->dims - 1] } };
    return send_back(rule, OP_COL2IM, &size);
}

#define WINDOW_ATTRIBUTES (ATTR(KERNEL_SIZE) | ATTR(DILATION) | ATTR(PADDING) | ATTR(STRIDE))

const struct op op_row_im2col = {
    .id = OP_IM2COL,
    .name = "im2col",
    .symbol = "unfold",
    .node = "Im2ColBackward0",
    .formula = "a[window]",
    .derivatives = { "[window] ← Σ g" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = WINDOW_ATTRIBUTES,
    .outputs = 1,
    .forward = im2col_forward,
    .backward = im2col_backward,
};

/* y[window i] = Σ a[:, i]      so   da[:, i] += dy[window i] */

static bool check_columns(const struct window *w, const struct shape *columns, struct error *err)
{
    const int rows = columns->dims - 2;
    if (columns->size[rows] % window_places(w) != 0) {
        return error_set(err,
                         "Expected size of input's dimension 1 to be divisible by the product of "
                         "kernel_size, but got input.size(1)=%lld and kernel_size=(%lld, %lld).",
                         (long long)columns->size[rows], (long long)w->kernel[0],
                         (long long)w->kernel[1]);
    }
    if (columns->size[rows + 1] == w->out[0] * w->out[1] && w->out[0] > 0) {
        return true;
    }
    struct text text = { 0 };
    append_window(&text, w);
    error_set(err,
              "Given output_size=(%lld, %lld), %s, stride=(%lld, %lld), expected size of input's "
              "dimension 2 to match the calculated number of sliding blocks %lld * %lld = %lld, "
              "but got input.size(2)=%lld.",
              (long long)w->image[0], (long long)w->image[1], text_string(&text),
              (long long)w->stride[0], (long long)w->stride[1], (long long)w->out[0],
              (long long)w->out[1], (long long)(w->out[0] * w->out[1]),
              (long long)columns->size[rows + 1]);
    text_finish(&text);
    return false;
}

static bool col2im_forward(struct op_call *call, struct error *err)
{
    struct tensor *columns = call->in[0].tensor;
    const int dims = columns->shape.dims;
    struct tensor_spec spec = tensor_spec_of(columns);
    struct window w;
    if (dims != 2 && dims != 3) {
        return error_set(err, "Expected 2D or 3D (batch mode) tensor for input with possibly 0 "
                              "batch size and non-zero dimensions for input");
    }
    if (!read_window(&w, call->attrs, call->attrs->size.size, err) ||
        !check_columns(&w, &columns->shape, err) ||
        !forward_needs_float(call, "col2im_out_cpu", err)) {
        return false;
    }
    spec.shape.dims = dims + 1;
    spec.shape.size[dims - 2] = columns->shape.size[dims - 2] / window_places(&w);
    memcpy(&spec.shape.size[dims - 1], w.image, SPATIAL * sizeof(*w.image));
    struct tensor *out = op_output(call, 0, &spec, err);
    struct tensor *dense = out ? window_dense(columns, err) : NULL;
    struct tensor *room = dense ? window_room(&w, out, err) : NULL;
    const bool ok = room && compute_fill(room, number_integer(0), err) &&
                    window_fold(&w, room, dense, err) && window_crop(&w, out, room, err);
    tensor_unref(room);
    tensor_unref(dense);
    return ok;
}

static bool col2im_backward(struct rule *rule)
{
    struct op_attrs attrs = *rule_attrs(rule);
    attrs.present &= ~ATTR(SIZE);
    const struct operand in = operand_tensor(rule->grad[0]);
    rule->result[0] = rule_apply(
        rule, &(struct op_use){ .op = OP_IM2COL, .in = &in, .in_count = 1, .attrs = attrs });
    return rule_done(rule);
}

const struct op op_row_col2im = {
    .id = OP_COL2IM,
    .name = "col2im",
    .symbol = "fold",
    .node = "Col2ImBackward0",
    .formula = "[window] ← Σ a",
    .derivatives = { "g[window]" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = WINDOW_ATTRIBUTES | ATTR(SIZE),
    .outputs = 1,
    .forward = col2im_forward,
    .backward = col2im_backward,
};
