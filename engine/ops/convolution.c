#include <assert.h>

#include "engine/autograd/autograd.h"
#include "engine/engine.h"
#include "engine/ops/convolve.h"
#include "engine/ops/rows.h"

/* A convolution and the gradient of its weight. Each is linear in both factors, and the derivatives of
 * each are the other and itself the other way round: so the two rows are closed under differentiation. */

enum { IN_X, IN_WEIGHT, IN_BIAS };

static int64_t group_count(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(GROUPS) ? attrs->groups : 1;
}

static bool is_transposed(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(TRANSPOSED) && attrs->transposed;
}

static void read_window(struct window *window, const struct op_attrs *attrs,
                        const struct shape *weight)
{
    window->spatial = weight->dims - 2;
    window_list(window->stride, attrs, ATTR(STRIDE), &attrs->stride, window->spatial, 1);
    window_list(window->padding, attrs, ATTR(PADDING), &attrs->padding, window->spatial, 0);
    window_list(window->dilation, attrs, ATTR(DILATION), &attrs->dilation, window->spatial, 1);
    for (int d = 0; d < window->spatial; d++) {
        window->kernel[d] = weight->size[2 + d];
    }
}

/* ---- checks ------------------------------------------------------------------------------------ */

static bool refuse_shape(struct error *err, const char *format, const struct op_call *call,
                         int64_t wanted)
{
    struct text weight = { 0 }, x = { 0 };
    const struct shape *shape = &call->in[IN_X].tensor->shape;
    shape_append(&weight, &call->in[IN_WEIGHT].tensor->shape);
    shape_append(&x, shape);
    struct text message = { 0 };
    text_format(&message, "Given %s=%lld, weight of size %s, expected input%s", format,
                (long long)(is_transposed(call->attrs) ? 1 : group_count(call->attrs)),
                text_string(&weight), text_string(&x));
    error_set(err, "%s to have %lld channels, but got %lld channels instead", text_string(&message),
              (long long)wanted, (long long)shape->size[1]);
    text_finish(&message);
    text_finish(&weight);
    text_finish(&x);
    return false;
}

static bool check_groups(const struct op_call *call, struct error *err)
{
    const struct shape *weight = &call->in[IN_WEIGHT].tensor->shape;
    const long long groups = group_count(call->attrs);
    if (groups <= 0) {
        return error_set(err, "non-positive groups is not supported");
    }
    if (weight->size[0] % groups == 0 && weight->size[0] >= groups) {
        return true;
    }
    struct text size = { 0 };
    shape_append(&size, weight);
    error_set(err,
              "Given groups=%lld, expected weight to be %s %lld at dimension 0, but got weight of "
              "size %s instead",
              groups, weight->size[0] < groups ? "at least" : "divisible by", groups,
              text_string(&size));
    text_finish(&size);
    return false;
}

static bool check_bias(const struct op_call *call, int64_t channels, struct error *err)
{
    const struct tensor *bias = call->in_count > IN_BIAS ? call->in[IN_BIAS].tensor : NULL;
    if (!bias || (bias->shape.dims == 1 && bias->shape.size[0] == channels)) {
        return true;
    }
    struct text weight = { 0 }, got = { 0 };
    shape_append(&weight, &call->in[IN_WEIGHT].tensor->shape);
    shape_append(&got, &bias->shape);
    error_set(
        err,
        "Given %s, expected bias to be 1-dimensional with %lld elements, but got bias of size "
        "%s instead",
        text_string(&weight), (long long)channels, text_string(&got));
    text_finish(&weight);
    text_finish(&got);
    return false;
}

static bool check_dtypes(const struct op_call *call, struct error *err)
{
    const enum dtype x = call->in[IN_X].tensor->dtype;
    static const char *const names[] = { [IN_WEIGHT] = "weight", [IN_BIAS] = "bias" };
    for (int i = call->in_count - 1; i > IN_X; i--) {
        const struct tensor *other = call->in[i].tensor;
        if (other && other->dtype != x) {
            return error_set(err, "Input type (%s) and %s type (%s) should be the same",
                             dtype_c_name(x), names[i], dtype_c_name(other->dtype));
        }
    }
    return dtype_is_float(x) ||
           error_set(err, "\"slow_conv2d_cpu\" not implemented for '%s'", dtype_type_name(x));
}

static bool check_window(const struct window *window, struct error *err)
{
    for (int d = 0; d < window->spatial; d++) {
        if (window->padding[d] < 0) {
            return error_set(err, "negative padding is not supported");
        }
        if (window->stride[d] <= 0) {
            return error_set(err, "non-positive stride is not supported");
        }
        if (window->dilation[d] <= 0) {
            return error_set(err, "dilation should be greater than zero");
        }
    }
    return true;
}

/* PyTorch knows two dimensions, of which a missing one is 1, and three. */
static bool check_kernel(const struct window *window, struct error *err)
{
    static const char because[] = "kernel size should be greater than zero, but got";
    const int64_t *k = window->kernel;
    bool positive = true;
    for (int d = 0; d < window->spatial; d++) {
        positive = positive && k[d] > 0;
    }
    if (positive) {
        return true;
    }
    if (window->spatial == 3) {
        return error_set(err, "%s: %lld x %lld x %lld (TxHxW)", because, (long long)k[0],
                         (long long)k[1], (long long)k[2]);
    }
    const bool flat = window->spatial == 1;
    return error_set(err, "%s kernel_height: %lld kernel_width: %lld", because,
                     flat ? 1LL : (long long)k[0], (long long)k[flat ? 0 : 1]);
}

static bool check_operands(const struct op_call *call, const struct window *window,
                           struct error *err)
{
    const struct tensor *x = call->in[IN_X].tensor, *weight = call->in[IN_WEIGHT].tensor;
    const int64_t groups = group_count(call->attrs);
    const bool transposed = is_transposed(call->attrs);
    if (x->shape.dims != weight->shape.dims) {
        struct text size = { 0 };
        shape_append(&size, &weight->shape);
        error_set(err,
                  "Expected %d-dimensional input for %d-dimensional weight %s, but got "
                  "%d-dimensional input",
                  weight->shape.dims, weight->shape.dims, text_string(&size), x->shape.dims);
        text_finish(&size);
        return false;
    }
    if (!check_window(window, err) || !check_groups(call, err)) {
        return false;
    }
    const int64_t wanted = transposed ? weight->shape.size[0] : weight->shape.size[1] * groups;
    if (x->shape.size[1] != wanted) {
        return refuse_shape(err, transposed ? "transposed" : "groups", call, wanted);
    }
    const int64_t made = transposed ? weight->shape.size[1] * groups : weight->shape.size[0];
    return check_bias(call, made, err) && check_dtypes(call, err) && check_kernel(window, err);
}

/* "(3 x 3)" */
static void append_sizes(struct text *text, const int64_t *sizes, int count)
{
    for (int d = 0; d < count; d++) {
        text_format(text, "%s%lld", d == 0 ? "(" : " x ", (long long)sizes[d]);
    }
    text_append_char(text, ')');
}

static bool refuse_kernel(const struct window *window, struct error *err)
{
    struct text image = { 0 }, kernel = { 0 };
    int64_t padded[WINDOW_MAX], reach[WINDOW_MAX];
    for (int d = 0; d < window->spatial; d++) {
        padded[d] = window->image[d] + 2 * window->padding[d];
        reach[d] = window_reach(window, d);
    }
    append_sizes(&image, padded, window->spatial);
    append_sizes(&kernel, reach, window->spatial);
    error_set(err,
              "Calculated padded input size per channel: %s. Kernel size: %s. Kernel size can't be "
              "greater than actual input size",
              text_string(&image), text_string(&kernel));
    text_finish(&image);
    text_finish(&kernel);
    return false;
}

/* ---- sizes ------------------------------------------------------------------------------------- */

/* How many windows an image holds. */
static bool count_windows(struct window *window, const struct shape *image, struct error *err)
{
    bool fits = true;
    for (int d = 0; d < window->spatial; d++) {
        window->image[d] = image->size[2 + d];
        const int64_t room = window->image[d] + 2 * window->padding[d] - window_reach(window, d);
        fits = fits && room >= 0;
        window->out[d] = room / window->stride[d] + 1;
    }
    return fits || refuse_kernel(window, err);
}

/* How large the image of that many windows is. */
static bool measure_image(struct window *window, const struct op_attrs *attrs,
                          const struct shape *map, struct error *err)
{
    int64_t extra[WINDOW_MAX];
    window_list(extra, attrs, ATTR(OUTPUT_PADDING), &attrs->output_padding, window->spatial, 0);
    for (int d = 0; d < window->spatial; d++) {
        if (extra[d] < 0 || extra[d] >= window->stride[d]) {
            return error_set(err, "output padding must be smaller than either stride or dilation, "
                                  "and here smaller than stride");
        }
        window->out[d] = map->size[2 + d];
        window->image[d] = (window->out[d] - 1) * window->stride[d] - 2 * window->padding[d] +
                           window_reach(window, d) + extra[d];
        if (window->image[d] <= 0) {
            return error_set(err, "Calculated output size is too small");
        }
    }
    return true;
}

/* ---- the convolution --------------------------------------------------------------------------- */

/* y = conv(x, w) + b     so   dx += convᵀ(dy, w), the transposed one,   dw += conv(x, dy),   db += Σ dy */

/* The bias as [1, o, 1, ...], to be repeated over samples and cells. */
static struct tensor *bias_look(struct tensor *bias, int dims)
{
    struct shape shape = { .dims = dims };
    int64_t strides[BACKEND_MAX_DIMS] = { 0 };
    for (int d = 0; d < dims; d++) {
        shape.size[d] = d == 1 ? bias->count : 1;
    }
    strides[1] = bias->strides[0];
    return tensor_view(bias, &shape, strides, bias->offset);
}

/* out = b, or 0; adds it where out is made already. */
static bool put_bias(struct tensor *out, struct tensor *bias, bool add, struct error *err)
{
    if (!bias) {
        return add || compute_fill(out, number_integer(0), err);
    }
    struct tensor *look = bias_look(bias, out->shape.dims);
    const bool ok = add ? compute_map2(out, MAP_ADD, operand_tensor(out), operand_tensor(look), err)
                        : compute_copy(out, look, err);
    tensor_unref(look);
    return ok;
}

static struct tensor *create_output(struct op_call *call, const struct convolution *c,
                                    struct error *err)
{
    const bool transposed = is_transposed(call->attrs);
    struct tensor_spec spec = tensor_spec_of(call->in[IN_X].tensor);
    spec.shape.size[1] = transposed ? c->channels : c->maps;
    for (int d = 0; d < c->window.spatial; d++) {
        spec.shape.size[2 + d] = transposed ? c->window.image[d] : c->window.out[d];
    }
    return op_output(call, 0, &spec, err);
}

static bool convolve(const struct op_call *call, struct convolution *c, struct tensor *out,
                     struct error *err)
{
    struct tensor *x = call->in[IN_X].tensor;
    struct tensor *bias = call->in_count > IN_BIAS ? call->in[IN_BIAS].tensor : NULL;
    if (!is_transposed(call->attrs)) {
        c->image = x;
        c->map = out;
        return put_bias(out, bias, false, err) && convolution_make_map(c, err);
    }
    c->image = out;
    c->map = window_dense(x, err);
    const bool ok = c->map && convolution_make_image(c, err) && put_bias(out, bias, true, err);
    tensor_unref(c->map);
    return ok;
}

static bool convolution_forward(struct op_call *call, struct error *err)
{
    struct convolution c = { .engine = call->engine };
    const struct tensor *x = call->in[IN_X].tensor, *weight = call->in[IN_WEIGHT].tensor;
    struct backend *backend;
    if (weight->shape.dims < 3 || weight->shape.dims > 2 + WINDOW_MAX) {
        return error_set(err, "weight should have at least three dimensions");
    }
    read_window(&c.window, call->attrs, &weight->shape);
    if (!check_operands(call, &c.window, err) ||
        !compute_device(call->engine, call->in, call->in_count, &backend, err) ||
        !(is_transposed(call->attrs) ? measure_image(&c.window, call->attrs, &x->shape, err)
                                     : count_windows(&c.window, &x->shape, err))) {
        return false;
    }
    c.samples = x->shape.size[0];
    convolution_count_groups(&c, &weight->shape, group_count(call->attrs));
    struct tensor *out = create_output(call, &c, err);
    c.weight = out ? window_dense(call->in[IN_WEIGHT].tensor, err) : NULL;
    const bool ok = c.weight && (out->count == 0 || convolve(call, &c, out, err));
    tensor_unref(c.weight);
    return ok;
}

/* The other convolution, between a gradient and a factor; as large as `image` if that is given. */
static struct tensor *rule_convolution(struct rule *rule, struct tensor *a, struct tensor *weight,
                                       bool transposed, const struct shape *image)
{
    if (!a || !weight) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(a), operand_tensor(weight) };
    struct op_use use = {
        .op = OP_CONVOLUTION, .in = in, .in_count = 2, .attrs = *rule_attrs(rule)
    };
    use.attrs.present &= ~(ATTR(SIZE) | ATTR(OUTPUT_PADDING));
    use.attrs.present |= ATTR(TRANSPOSED);
    use.attrs.transposed = transposed;
    if (transposed) {
        struct window window = { 0 };
        read_window(&window, &use.attrs, &weight->shape);
        use.attrs.present |= ATTR(OUTPUT_PADDING);
        use.attrs.output_padding.dims = window.spatial;
        for (int d = 0; d < window.spatial; d++) {
            use.attrs.output_padding.size[d] =
                image->size[2 + d] - ((a->shape.size[2 + d] - 1) * window.stride[d] -
                                      2 * window.padding[d] + window_reach(&window, d));
        }
    }
    return rule_apply(rule, &use);
}

static struct tensor *rule_convolution_weight(struct rule *rule, struct tensor *image,
                                              struct tensor *map, const struct shape *size)
{
    const struct operand in[] = { operand_tensor(image), operand_tensor(map) };
    struct op_use use = {
        .op = OP_CONVOLUTION_WEIGHT, .in = in, .in_count = 2, .attrs = *rule_attrs(rule)
    };
    use.attrs.present &= ~(ATTR(TRANSPOSED) | ATTR(OUTPUT_PADDING));
    use.attrs.present |= ATTR(SIZE);
    use.attrs.size = *size;
    return rule_apply(rule, &use);
}

enum { CONVOLUTION_INPUT, CONVOLUTION_SAVED_WEIGHT };

static bool convolution_backward(struct rule *rule)
{
    struct tensor *grad = rule->grad[0];
    struct tensor *x = rule_saved(rule, CONVOLUTION_INPUT);
    struct tensor *weight = rule_saved(rule, CONVOLUTION_SAVED_WEIGHT);
    const bool transposed = is_transposed(rule_attrs(rule));
    if (!grad || !x || !weight) {
        return rule_done(rule);
    }
    if (rule->needs[IN_X]) {
        rule->result[IN_X] = rule_convolution(rule, grad, weight, !transposed, &x->shape);
    }
    if (rule->needs[IN_WEIGHT]) {
        rule->result[IN_WEIGHT] = rule_convolution_weight(rule, transposed ? grad : x,
                                                          transposed ? x : grad, &weight->shape);
    }
    if (rule->node->edge_count > IN_BIAS && rule->needs[IN_BIAS]) {
        struct shape dims = { .dims = grad->shape.dims - 1 };
        for (int d = 1; d < dims.dims; d++) {
            dims.size[d] = d + 1;
        }
        rule->result[IN_BIAS] = rule_sum(rule, grad, &dims, false);
    }
    return rule_done(rule);
}

const struct op op_row_convolution = {
    .id = OP_CONVOLUTION,
    .name = "convolution",
    .symbol = "conv",
    .node = "ConvolutionBackward0",
    .formula = "conv(a, b) + c",
    .derivatives = { "convᵀ(g, b)", "conv(a, g)", "Σ g" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(STRIDE) | ATTR(PADDING) | ATTR(DILATION) | ATTR(TRANSPOSED) |
                  ATTR(OUTPUT_PADDING) | ATTR(GROUPS),
    .outputs = 1,
    .saves = { [CONVOLUTION_INPUT] = { .name = "input", .from = IN_X },
               [CONVOLUTION_SAVED_WEIGHT] = { .name = "weight", .from = IN_WEIGHT } },
    .forward = convolution_forward,
    .backward = convolution_backward,
};

/* ---- the weight's gradient --------------------------------------------------------------------- */

/* w = conv(x, m), of shape `size`      so   dx += convᵀ(m, dw), the transposed one,   dm += conv(x, dw) */

enum { IN_IMAGE, IN_MAP };

static bool convolution_weight_forward(struct op_call *call, struct error *err)
{
    struct tensor *map = call->in[IN_MAP].tensor;
    struct tensor_spec spec = tensor_spec_of(map);
    spec.shape = call->attrs->size;
    struct convolution c = { .engine = call->engine, .image = call->in[IN_IMAGE].tensor };
    read_window(&c.window, call->attrs, &spec.shape);
    if (!count_windows(&c.window, &c.image->shape, err)) {
        return false;
    }
    for (int d = 0; d < c.window.spatial; d++) {
        assert(c.window.out[d] == map->shape.size[2 + d]);
    }
    c.samples = map->shape.size[0];
    convolution_count_groups(&c, &spec.shape, group_count(call->attrs));
    c.weight = op_output(call, 0, &spec, err);
    c.map = c.weight ? window_dense(map, err) : NULL;
    const bool ok = c.map && convolution_make_weight(&c, err);
    tensor_unref(c.map);
    return ok;
}

static bool convolution_weight_backward(struct rule *rule)
{
    struct tensor *grad = rule->grad[0];
    if (rule->needs[IN_IMAGE]) {
        rule->result[IN_IMAGE] = rule_convolution(rule, rule_saved(rule, IN_MAP), grad, true,
                                                  rule_edge_shape(rule, IN_IMAGE));
    }
    if (rule->needs[IN_MAP]) {
        rule->result[IN_MAP] =
            rule_convolution(rule, rule_saved(rule, IN_IMAGE), grad, false, NULL);
    }
    return rule_done(rule);
}

const struct op op_row_convolution_weight = {
    .id = OP_CONVOLUTION_WEIGHT,
    .name = "convolution_weight",
    .node = "ConvolutionWeightBackward0",
    .formula = "conv(a, b)",
    .derivatives = { "convᵀ(b, g)", "conv(a, g)" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(STRIDE) | ATTR(PADDING) | ATTR(DILATION) | ATTR(GROUPS) | ATTR(SIZE),
    .outputs = 1,
    .saves = { [IN_IMAGE] = { .name = "input", .from = IN_IMAGE, .used_by = 1 << IN_MAP },
               [IN_MAP] = { .name = "grad_output", .from = IN_MAP, .used_by = 1 << IN_IMAGE } },
    .forward = convolution_weight_forward,
    .backward = convolution_weight_backward,
};
