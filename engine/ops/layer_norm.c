#include "engine/engine.h"
#include "engine/ops/normalize.h"
#include "engine/ops/rows.h"

/* ---- over the last dimensions ------------------------------------------------------------------ */

enum { LAYER_INPUT, LAYER_WEIGHT, LAYER_BIAS, LAYER_MEAN, LAYER_SCALE };

/* [rows, 1, 1, cells]: for each row */
static struct norm_layout layer_layout(const struct shape *x, const struct shape *normalized)
{
    const int64_t cells = shape_count(normalized);
    const struct shape lead = { .dims = x->dims - normalized->dims };
    struct norm_layout layout = { .whole = { NORM_DIMS, { 1, 1, 1, cells } },
                                  .averaged = { false, false, false, true },
                                  .owned = { false, false, false, true } };
    for (int d = 0; d < lead.dims; d++) {
        layout.whole.size[0] *= x->size[d];
    }
    return layout;
}

static bool refuse_layer(const struct shape *normalized, const struct shape *x, struct error *err)
{
    struct text sizes = { 0 }, got = { 0 };
    shape_append(&sizes, normalized);
    shape_append(&got, x);
    /* "[4]" without its bracket */
    error_set(
        err, "Given normalized_shape=%s, expected input with shape [*, %s, but got input of size%s",
        text_string(&sizes), text_string(&sizes) + 1, text_string(&got));
    text_finish(&sizes);
    text_finish(&got);
    return false;
}

static bool check_layer_weight(const struct op_call *call, int i, struct error *err)
{
    const struct tensor *t = call->in_count > i ? call->in[i].tensor : NULL;
    const struct shape *normalized = &call->attrs->normalized_shape;
    if (!t || shape_equal(&t->shape, normalized)) {
        return true;
    }
    const char *name = i == IN_WEIGHT ? "weight" : "bias";
    struct text got = { 0 }, wanted = { 0 };
    shape_append(&got, &t->shape);
    shape_append(&wanted, normalized);
    error_set(err,
              "Expected %s to be of same shape as normalized_shape, but got %s of shape %s and "
              "normalized_shape = %s",
              name, name, text_string(&got), text_string(&wanted));
    text_finish(&got);
    text_finish(&wanted);
    return false;
}

static bool check_layer(const struct op_call *call, struct error *err)
{
    const struct shape *x = &call->in[IN_X].tensor->shape;
    const struct shape *normalized = &call->attrs->normalized_shape;
    if (normalized->dims < 1) {
        return error_set(err, "Expected normalized_shape to be at least 1-dimensional, i.e., "
                              "containing at least one element, but got normalized_shape = []");
    }
    if (!check_layer_weight(call, IN_WEIGHT, err) || !check_layer_weight(call, IN_BIAS, err)) {
        return false;
    }
    const int lead = x->dims - normalized->dims;
    for (int d = 0; d < normalized->dims; d++) {
        if (lead < 0 || x->size[lead + d] != normalized->size[d]) {
            return refuse_layer(normalized, x, err);
        }
    }
    return norm_check_float(call, "LayerNormKernelImpl", err);
}

static bool layer_norm_forward(struct op_call *call, struct error *err)
{
    if (!check_layer(call, err)) {
        return false;
    }
    const struct shape *normalized = &call->attrs->normalized_shape;
    struct shape stats = call->in[IN_X].tensor->shape;
    const struct norm_layout layout = layer_layout(&stats, normalized);
    for (int d = stats.dims - normalized->dims; d < stats.dims; d++) {
        stats.size[d] = 1;
    }
    struct norm_work work;
    const bool ok = norm_work_begin(&work, call, &layout, &stats, err) &&
                    norm_run(call, &layout, &work, NULL, err);
    norm_work_end(&work);
    return ok;
}

static bool layer_norm_backward(struct rule *rule)
{
    struct tensor *x = rule_saved(rule, LAYER_INPUT);
    if (!rule->grad[OUT_Y] || !x) {
        return rule_done(rule);
    }
    const struct norm_layout layout = layer_layout(&x->shape, &rule_attrs(rule)->normalized_shape);
    const struct shape shape = norm_weight_shape(&layout);
    struct norm_way way = { .layout = &layout,
                            .grad = rule_reshape(rule, rule->grad[OUT_Y], &layout.whole),
                            .weight = rule_reshape(rule, rule_saved(rule, LAYER_WEIGHT), &shape) };
    norm_way_find(rule, &way, x, rule_saved(rule, LAYER_MEAN), rule_saved(rule, LAYER_SCALE));
    return norm_send(rule, &way, &x->shape, false);
}

const struct op op_row_layer_norm = {
    .id = OP_LAYER_NORM,
    .name = "layer_norm",
    .symbol = "norm",
    .node = "NativeLayerNormBackward0",
    .formula = "(a − m) · r · b + c",
    .derivatives = { "r · (u − mean u − h · mean u·h), u = g·b", "Σ g · h", "Σ g" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(NORMALIZED_SHAPE) | ATTR(EPS),
    .outputs = 3,
    .gradless = 1 << OUT_MEAN | 1 << OUT_SCALE,
    .saves = { [LAYER_INPUT] = { .name = "input", .from = IN_X },
               [LAYER_WEIGHT] = { .name = "weight", .from = IN_WEIGHT },
               [LAYER_BIAS] = { .name = "bias", .from = IN_BIAS },
               [LAYER_MEAN] = { .name = "result1", .is_output = true, .from = OUT_MEAN },
               [LAYER_SCALE] = { .name = "result2", .is_output = true, .from = OUT_SCALE } },
    .forward = layer_norm_forward,
    .backward = layer_norm_backward,
};

/* ---- over groups of channels ------------------------------------------------------------------- */

enum { GROUP_INPUT, GROUP_WEIGHT, GROUP_MEAN, GROUP_SCALE };

/* [n, groups, channels of one, rest]: for each group */
static struct norm_layout group_layout(const struct shape *x, int64_t groups)
{
    const int64_t channels = x->size[1] / groups;
    return (struct norm_layout){
        .whole = { NORM_DIMS, { x->size[0], groups, channels, norm_count_from(x, 2) } },
        .averaged = { false, false, true, true },
        .owned = { false, true, true, false }
    };
}

static bool check_group(const struct op_call *call, struct error *err)
{
    const struct shape *x = &call->in[IN_X].tensor->shape;
    const long long groups = call->attrs->groups, channels = x->dims < 2 ? 0 : x->size[1];
    if (x->dims < 2) {
        return error_set(err, "Expected at least 2 dimensions for input tensor but received %d",
                         x->dims);
    }
    if (groups <= 0) {
        return error_set(err, "Expected num groups to be greater than 0, got %lld", groups);
    }
    if (channels % groups != 0) {
        struct text size = { 0 };
        shape_append(&size, x);
        error_set(
            err,
            "Expected number of channels in input to be divisible by num_groups, but got input "
            "of shape %s and num_groups=%lld",
            text_string(&size), groups);
        text_finish(&size);
        return false;
    }
    for (int i = IN_WEIGHT; i <= IN_BIAS && i < call->in_count; i++) {
        const struct tensor *t = call->in[i].tensor;
        if (t && (t->shape.dims != 1 || t->count != channels)) {
            const char *name = i == IN_WEIGHT ? "weight" : "bias";
            struct text got = { 0 }, size = { 0 };
            shape_append(&got, &t->shape);
            shape_append(&size, x);
            error_set(
                err,
                "Expected %s to be a vector of size equal to the number of channels in input, "
                "but got %s of shape %s and input of shape %s",
                name, name, text_string(&got), text_string(&size));
            text_finish(&got);
            text_finish(&size);
            return false;
        }
    }
    return norm_check_float(call, "GroupNormKernelImpl", err);
}

static bool group_norm_forward(struct op_call *call, struct error *err)
{
    if (!check_group(call, err)) {
        return false;
    }
    const struct shape *x = &call->in[IN_X].tensor->shape;
    const struct norm_layout layout = group_layout(x, call->attrs->groups);
    const struct shape stats = { 2, { x->size[0], call->attrs->groups } };
    struct norm_work work;
    const bool ok = norm_work_begin(&work, call, &layout, &stats, err) &&
                    norm_run(call, &layout, &work, NULL, err);
    norm_work_end(&work);
    return ok;
}

static bool group_norm_backward(struct rule *rule)
{
    struct tensor *x = rule_saved(rule, GROUP_INPUT);
    if (!rule->grad[OUT_Y] || !x) {
        return rule_done(rule);
    }
    const struct norm_layout layout = group_layout(&x->shape, rule_attrs(rule)->groups);
    const struct shape shape = norm_weight_shape(&layout);
    struct norm_way way = { .layout = &layout,
                            .grad = rule_reshape(rule, rule->grad[OUT_Y], &layout.whole),
                            .weight = rule_reshape(rule, rule_saved(rule, GROUP_WEIGHT), &shape) };
    norm_way_find(rule, &way, x, rule_saved(rule, GROUP_MEAN), rule_saved(rule, GROUP_SCALE));
    return norm_send(rule, &way, &x->shape, false);
}

const struct op op_row_group_norm = {
    .id = OP_GROUP_NORM,
    .name = "group_norm",
    .symbol = "norm",
    .node = "NativeGroupNormBackward0",
    .formula = "(a − m) · r · b + c",
    .derivatives = { "r · (u − mean u − h · mean u·h), u = g·b", "Σ g · h", "Σ g" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(GROUPS) | ATTR(EPS),
    .aliases = { { ATTR_INDEX_GROUPS, "group" } },
    .outputs = 3,
    .gradless = 1 << OUT_MEAN | 1 << OUT_SCALE,
    .saves = { [GROUP_INPUT] = { .name = "input", .from = IN_X },
               [GROUP_WEIGHT] = { .name = "weight", .from = IN_WEIGHT },
               [GROUP_MEAN] = { .name = "result1", .is_output = true, .from = OUT_MEAN },
               [GROUP_SCALE] = { .name = "result2", .is_output = true, .from = OUT_SCALE } },
    .forward = group_norm_forward,
    .backward = group_norm_backward,
};
