#include "engine/engine.h"
#include "engine/ops/rows.h"

/* Activations made of straight pieces. */

static struct tensor *either(struct rule *rule, struct tensor *a, struct tensor *b)
{
    return rule_binary(rule, OP_LOGICAL_OR, operand_tensor(a), operand_tensor(b));
}

static struct tensor *zero_where(struct rule *rule, struct tensor *mask, struct tensor *a)
{
    return rule_where(rule, mask, operand_real(0), operand_tensor(a));
}

/* y = a > 0 ? a : a·s    so   da += a > 0 ? dy : dy·s */

static bool leaky_relu_by(struct op_call *call, enum map_function function, struct error *err)
{
    const struct forward_map map = { .function = function,
                                     .p = number_as_real(call->attrs->negative_slope) };
    return forward_needs_float(call, "leaky_relu_cpu", err) && forward_map(call, &map, err);
}

static bool leaky_relu_forward(struct op_call *call, struct error *err)
{
    return leaky_relu_by(call, MAP_LEAKY_RELU, err);
}

static struct tensor *leaky_relu_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    const struct operand in[] = { operand_tensor(grad), operand_tensor(rule_saved(rule, 0)) };
    return rule_apply(rule, &(struct op_use){ .op = OP_LEAKY_RELU_BACKWARD,
                                              .in = in,
                                              .in_count = 2,
                                              .attrs = *rule_attrs(rule) });
}

SEND_RULES(leaky_relu)

const struct op op_row_leaky_relu = {
    .id = OP_LEAKY_RELU,
    .name = "leaky_relu",
    .symbol = "LeakyReLU",
    .node = "LeakyReluBackward0",
    .formula = "a > 0 ? a : s · a",
    .derivatives = { "a > 0 ? 1 : s" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(NEGATIVE_SLOPE),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = leaky_relu_forward,
    .backward = leaky_relu_backward,
    .local = leaky_relu_local,
};

/* z = a > 0 ? dy : dy·s      so   ddy += a > 0 ? dz : dz·s; a only chooses */

static bool leaky_relu_backward_forward(struct op_call *call, struct error *err)
{
    return leaky_relu_by(call, MAP_LEAKY_RELU_GRAD, err);
}

const struct op op_row_leaky_relu_backward = {
    .id = OP_LEAKY_RELU_BACKWARD,
    .name = "leaky_relu_backward",
    .node = "LeakyReluBackwardBackward0",
    .formula = "b > 0 ? a : s · a",
    .derivatives = { "b > 0 ? 1 : s", "0" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(NEGATIVE_SLOPE),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { { .name = "self", .from = 1 } },
    .forward = leaky_relu_backward_forward,
    .backward = leaky_relu_backward,
    .local = leaky_relu_local,
};

/* y = a > 0 ? a : w·a    so   da += a > 0 ? dy : dy·w,   dw += a > 0 ? 0 : dy·a */

enum { PRELU_SELF, PRELU_WEIGHT };

static bool prelu_forward(struct op_call *call, struct error *err)
{
    if (!forward_needs_float(call, "prelu_cpu", err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    const struct operand a = call->in[0];
    struct tensor *scaled = rule_binary(&steps, OP_MUL, call->in[1], a);
    struct tensor *positive = rule_with(&steps, OP_GT, a.tensor, 0);
    return forward_finish(call, &steps, rule_where(&steps, positive, a, operand_tensor(scaled)));
}

static struct tensor *prelu_send(struct rule *rule, int edge, struct tensor *grad)
{
    struct tensor *a = rule_saved(rule, PRELU_SELF);
    struct tensor *positive = rule_with(rule, OP_GT, a, 0);
    if (edge == 1) {
        return zero_where(rule, positive, rule_times(rule, grad, a));
    }
    struct tensor *scaled = rule_times(rule, rule_saved(rule, PRELU_WEIGHT), grad);
    return rule_where(rule, positive, operand_tensor(grad), operand_tensor(scaled));
}

SEND_RULES(prelu)

const struct op op_row_prelu = {
    .id = OP_PRELU,
    .name = "prelu",
    .symbol = "PReLU",
    .node = "PreluKernelBackward0",
    .formula = "a > 0 ? a : w · a",
    .derivatives = { "a > 0 ? 1 : w", "a > 0 ? 0 : a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [PRELU_SELF] = { .name = "self", .from = 0 },
               [PRELU_WEIGHT] = { .name = "weight", .from = 1 } },
    .forward = prelu_forward,
    .backward = prelu_backward,
    .local = prelu_local,
};

/* y = a·z     so   da += dy·z; z is 1 where a > 0, else drawn between the bounds, or their middle when
 * nothing is trained */

MAP_FORWARD(rrelu_with_noise, MAP_MUL)

static struct tensor *rrelu_with_noise_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return rule_mul(rule, grad, rule_operand(rule, 0));
}

SEND_RULES(rrelu_with_noise)

const struct op op_row_rrelu_with_noise = {
    .id = OP_RRELU_WITH_NOISE,
    .name = "rrelu_with_noise",
    .symbol = "RReLU",
    .node = "RreluWithNoiseBackward0",
    .formula = "a · z",
    .derivatives = { "z" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(MIN_VAL) | ATTR(MAX_VAL) | ATTR(TRAINING),
    .aliases = { { ATTR_INDEX_MIN_VAL, "lower" }, { ATTR_INDEX_MAX_VAL, "upper" } },
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { { .name = "noise", .from = 1 } },
    .forward = rrelu_with_noise_forward,
    .backward = rrelu_with_noise_backward,
    .local = rrelu_with_noise_local,
};

/* y = min(max(a, low), high)     so   da += dy where low < a < high, the bounds left out */

static double low_of(const struct op_attrs *attrs)
{
    return number_as_real(attrs->min_val);
}

static double high_of(const struct op_attrs *attrs)
{
    return number_as_real(attrs->max_val);
}

static bool hardtanh_forward(struct op_call *call, struct error *err)
{
    const struct forward_map map = { .function = MAP_CLAMP,
                                     .p = low_of(call->attrs),
                                     .q = high_of(call->attrs) };
    if (call->in[0].tensor->dtype == DTYPE_BOOL) {
        return error_set(err, "Bool inputs not supported for hardtanh");
    }
    return forward_map(call, &map, err);
}

static struct tensor *hardtanh_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    const struct op_attrs *attrs = rule_attrs(rule);
    struct tensor *a = rule_saved(rule, 0);
    struct tensor *outside = either(rule, rule_with(rule, OP_LE, a, low_of(attrs)),
                                    rule_with(rule, OP_GE, a, high_of(attrs)));
    return zero_where(rule, outside, grad);
}

SEND_RULES(hardtanh)

const struct op op_row_hardtanh = {
    .id = OP_HARDTANH,
    .name = "hardtanh",
    .symbol = "hardtanh",
    .node = "HardtanhBackward0",
    .formula = "min(max(a, low), high)",
    .derivatives = { "low < a < high" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(MIN_VAL) | ATTR(MAX_VAL),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = hardtanh_forward,
    .backward = hardtanh_backward,
    .local = hardtanh_local,
};

/* y = min(max(a + 3, 0), 6)/6    so   da += dy/6 where -3 < a < 3 */

/* min(max(a + 3, 0), 6) */
static struct tensor *ramp(struct rule *rule, struct tensor *a)
{
    const struct operand in = operand_tensor(rule_with(rule, OP_ADD, a, 3));
    return rule_apply(rule, &(struct op_use){ .op = OP_CLAMP,
                                              .in = &in,
                                              .in_count = 1,
                                              .attrs = { .present = ATTR(MIN) | ATTR(MAX),
                                                         .min = number_real(0),
                                                         .max = number_real(6) } });
}

static bool hardsigmoid_forward(struct op_call *call, struct error *err)
{
    if (!forward_needs_float(call, "hardsigmoid_cpu", err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *six = ramp(&steps, call->in[0].tensor);
    return forward_finish(call, &steps, rule_with(&steps, OP_DIV, six, 6));
}

static struct tensor *hardsigmoid_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *size = rule_unary(rule, OP_ABS, rule_saved(rule, 0));
    struct tensor *sixth = rule_with(rule, OP_MUL, grad, 1.0 / 6);
    return zero_where(rule, rule_with(rule, OP_GE, size, 3), sixth);
}

SEND_RULES(hardsigmoid)

const struct op op_row_hardsigmoid = {
    .id = OP_HARDSIGMOID,
    .name = "hardsigmoid",
    .symbol = "hard σ",
    .node = "HardsigmoidBackward0",
    .formula = "min(max(a + 3, 0), 6) / 6",
    .derivatives = { "|a| < 3 ? 1/6 : 0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = hardsigmoid_forward,
    .backward = hardsigmoid_backward,
    .local = hardsigmoid_local,
};

/* y = a·min(max(a + 3, 0), 6)/6  so   da += 0 below -3, dy·(a/3 + ½) up to 3, dy above */

static bool hardswish_forward(struct op_call *call, struct error *err)
{
    if (!forward_needs_float(call, "hardswish_cpu", err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *a = call->in[0].tensor;
    struct tensor *product = rule_times(&steps, a, ramp(&steps, a));
    return forward_finish(call, &steps, rule_with(&steps, OP_DIV, product, 6));
}

static struct tensor *hardswish_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *a = rule_saved(rule, 0);
    struct tensor *slope = rule_with(rule, OP_ADD, rule_with(rule, OP_DIV, a, 3), 0.5);
    struct tensor *up =
        rule_where(rule, rule_with(rule, OP_LE, a, 3),
                   operand_tensor(rule_times(rule, grad, slope)), operand_tensor(grad));
    return zero_where(rule, rule_with(rule, OP_LT, a, -3), up);
}

SEND_RULES(hardswish)

const struct op op_row_hardswish = {
    .id = OP_HARDSWISH,
    .name = "hardswish",
    .symbol = "hardswish",
    .node = "HardswishBackward0",
    .formula = "a · min(max(a + 3, 0), 6) / 6",
    .derivatives = { "a < −3 ? 0 : a ≤ 3 ? a/3 + ½ : 1" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = hardswish_forward,
    .backward = hardswish_backward,
    .local = hardswish_local,
};

/* y = a moved towards 0 by λ, 0 within     so   da += dy where |a| > λ */

static double lambda_of(const struct op_attrs *attrs)
{
    return number_as_real(attrs->lambd);
}

static struct tensor *within(struct rule *rule, struct tensor *a, double lambda)
{
    return rule_with(rule, OP_LE, rule_unary(rule, OP_ABS, a), lambda);
}

static bool softshrink_forward(struct op_call *call, struct error *err)
{
    const double lambda = lambda_of(call->attrs);
    if (lambda < 0) {
        char found[NUMBER_SIZE];
        number_shortest(found, lambda);
        return error_set(err, "lambda must be greater or equal to 0, but found to be %s.", found);
    }
    if (!forward_needs_float(call, "softshrink_cpu", err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *a = call->in[0].tensor;
    struct tensor *moved = rule_where(&steps, rule_with(&steps, OP_GT, a, 0),
                                      operand_tensor(rule_with(&steps, OP_SUB, a, lambda)),
                                      operand_tensor(rule_with(&steps, OP_ADD, a, lambda)));
    return forward_finish(call, &steps, zero_where(&steps, within(&steps, a, lambda), moved));
}

static struct tensor *shrink_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *a = rule_saved(rule, 0);
    return zero_where(rule, within(rule, a, lambda_of(rule_attrs(rule))), grad);
}

SEND_RULES(shrink)

const struct op op_row_softshrink = {
    .id = OP_SOFTSHRINK,
    .name = "softshrink",
    .symbol = "softshrink",
    .node = "SoftshrinkBackward0",
    .formula = "|a| > λ ? a − λ · sign a : 0",
    .derivatives = { "|a| > λ" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(LAMBD),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = softshrink_forward,
    .backward = shrink_backward,
    .local = shrink_local,
};

/* y = a, 0 where |a| ≤ λ     so   da += dy where |a| > λ */

static bool hardshrink_forward(struct op_call *call, struct error *err)
{
    if (!forward_needs_float(call, "hardshrink_cpu", err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *a = call->in[0].tensor;
    return forward_finish(call, &steps,
                          zero_where(&steps, within(&steps, a, lambda_of(call->attrs)), a));
}

const struct op op_row_hardshrink = {
    .id = OP_HARDSHRINK,
    .name = "hardshrink",
    .symbol = "hardshrink",
    .node = "HardshrinkBackward0",
    .formula = "|a| > λ ? a : 0",
    .derivatives = { "|a| > λ" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(LAMBD),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = hardshrink_forward,
    .backward = shrink_backward,
    .local = shrink_local,
};

/* y = a > t ? a : v      so   da += dy where a > t */

static struct tensor *below(struct rule *rule, struct tensor *a, const struct op_attrs *attrs)
{
    return rule_with(rule, OP_LE, a, number_as_real(attrs->threshold));
}

static bool threshold_forward(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct tensor *low = below(&steps, call->in[0].tensor, call->attrs);
    return forward_finish(call, &steps,
                          rule_where(&steps, low, operand_number(call->attrs->value), call->in[0]));
}

static struct tensor *threshold_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return zero_where(rule, below(rule, rule_saved(rule, 0), rule_attrs(rule)), grad);
}

SEND_RULES(threshold)

const struct op op_row_threshold = {
    .id = OP_THRESHOLD,
    .name = "threshold",
    .symbol = "threshold",
    .node = "ThresholdBackward0",
    .formula = "a > t ? a : v",
    .derivatives = { "a > t" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(THRESHOLD) | ATTR(VALUE),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = threshold_forward,
    .backward = threshold_backward,
    .local = threshold_local,
};
