#include "engine/engine.h"
#include "engine/ops/pool.h"
#include "engine/ops/rows.h"

/* y = Σ a[window] / n      so   da[window] += dy / n,   linear in dy with y as its way back.
 *
 * n is the number of cells of the window, those of the padding counted or not; a window that reaches
 * beyond image and padding is smaller in any case. Cells are added in PyTorch's order. */

static int64_t cells_of(const struct window *w, const int64_t *at, bool with_padding)
{
    int64_t cells = 1;
    for (int d = 0; d < POOL_SPATIAL; d++) {
        const int64_t around = with_padding ? w->padding[d] : 0;
        int64_t start = at[d] * w->stride[d] - w->padding[d];
        int64_t end = start + w->kernel[d];
        start = start < -around ? -around : start;
        end = end > w->image[d] + around ? w->image[d] + around : end;
        cells *= end - start;
    }
    return cells;
}

static int64_t cells_with_padding(const struct window *w, const int64_t *at)
{
    return cells_of(w, at, true);
}

static int64_t cells_inside(const struct window *w, const int64_t *at)
{
    return cells_of(w, at, false);
}

/* out = in / n */
static bool divide(struct tensor *out, struct tensor *in, const struct window *w,
                   const struct op_attrs *attrs, struct error *err)
{
    if (attrs->present & ATTR(DIVISOR_OVERRIDE)) {
        return compute_map2(out, MAP_DIV, operand_tensor(in),
                            operand_number(number_integer(attrs->divisor_override)), err);
    }
    const bool inside = attrs->present & ATTR(COUNT_INCLUDE_PAD) && !attrs->count_include_pad;
    struct tensor *counts =
        pool_each_window(w, in, inside ? cells_inside : cells_with_padding, err);
    const bool ok =
        counts && compute_map2(out, MAP_DIV, operand_tensor(in), operand_tensor(counts), err);
    tensor_unref(counts);
    return ok;
}

static bool check_divisor(const struct op_attrs *attrs, struct error *err)
{
    return !(attrs->present & ATTR(DIVISOR_OVERRIDE)) || attrs->divisor_override != 0 ||
           error_set(err, "divisor must be not zero");
}

static bool add_places(struct tensor *out, const struct window *w, struct tensor *padded,
                       struct error *err)
{
    const int64_t places = window_places(w);
    bool ok = compute_fill(out, number_integer(0), err);
    for (int64_t place = 0; ok && place < places; place++) {
        struct tensor *seen = window_look(w, padded, place);
        ok = compute_map2(out, MAP_ADD, operand_tensor(out), operand_tensor(seen), err);
        tensor_unref(seen);
    }
    return ok;
}

static bool avg_pool_forward(struct op_call *call, struct error *err)
{
    struct tensor *image = call->in[0].tensor;
    struct window w;
    if (!pool_check_image(
            call,
            "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for "
            "input, but got:",
            true, err) ||
        !check_divisor(call->attrs, err) ||
        !pool_read_window(&w, call->attrs, &image->shape, err)) {
        return false;
    }
    const struct tensor_spec spec = pool_output_spec(&w, image);
    struct tensor *out = op_output(call, 0, &spec, err);
    struct tensor *padded = out ? window_pad(&w, image, 0, err) : NULL;
    const bool ok =
        padded && add_places(out, &w, padded, err) && divide(out, out, &w, call->attrs, err);
    tensor_unref(padded);
    return ok;
}

static bool avg_pool_backward(struct rule *rule)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    struct op_use use = {
        .op = OP_AVG_POOL2D_BACKWARD, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule)
    };
    use.attrs.present |= ATTR(SIZE);
    use.attrs.size = *rule_edge_shape(rule, 0);
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

const struct op op_row_avg_pool2d = {
    .id = OP_AVG_POOL2D,
    .name = "avg_pool2d",
    .symbol = "mean",
    .node = "AvgPool2DBackward0",
    .formula = "Σ a[window] / n",
    .derivatives = { "[window] ← g / n" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(KERNEL_SIZE) | ATTR(STRIDE) | ATTR(PADDING) | ATTR(CEIL_MODE) |
                  ATTR(COUNT_INCLUDE_PAD) | ATTR(DIVISOR_OVERRIDE),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = avg_pool_forward,
    .backward = avg_pool_backward,
};

/* Each cell of the image takes its windows in their order, that is the last place first. */
static bool spread_places(struct tensor *room, const struct window *w, struct tensor *steps,
                          struct error *err)
{
    bool ok = true;
    for (int64_t place = window_places(w) - 1; ok && place >= 0; place--) {
        struct tensor *seen = window_look(w, room, place);
        ok = compute_map2(seen, MAP_ADD, operand_tensor(seen), operand_tensor(steps), err);
        tensor_unref(seen);
    }
    return ok;
}

static bool avg_pool_backward_forward(struct op_call *call, struct error *err)
{
    struct tensor *grad = call->in[0].tensor;
    struct tensor_spec spec = tensor_spec_of(grad);
    const struct tensor_spec step_spec = spec;
    spec.shape = call->attrs->size;
    struct window w;
    if (!pool_read_window(&w, call->attrs, &spec.shape, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    struct tensor *room = out ? window_room(&w, out, err) : NULL;
    struct tensor *steps = room ? tensor_create(call->engine, &step_spec, err) : NULL;
    const bool ok = steps && divide(steps, grad, &w, call->attrs, err) &&
                    spread_places(room, &w, steps, err) && window_crop(&w, out, room, err);
    tensor_unref(steps);
    tensor_unref(room);
    return ok;
}

static bool avg_pool_backward_backward(struct rule *rule)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    struct op_use use = {
        .op = OP_AVG_POOL2D, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule)
    };
    use.attrs.present &= ~ATTR(SIZE);
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

const struct op op_row_avg_pool2d_backward = {
    .id = OP_AVG_POOL2D_BACKWARD,
    .name = "avg_pool2d_backward",
    .node = "AvgPool2DBackwardBackward0",
    .formula = "[window] ← a / n",
    .derivatives = { "Σ g[window] / n" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(KERNEL_SIZE) | ATTR(STRIDE) | ATTR(PADDING) | ATTR(CEIL_MODE) |
                  ATTR(COUNT_INCLUDE_PAD) | ATTR(DIVISOR_OVERRIDE) | ATTR(SIZE),
    .outputs = 1,
    .forward = avg_pool_backward_forward,
    .backward = avg_pool_backward_backward,
};
