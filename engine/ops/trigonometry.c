#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y = tan a          so   da += dy·(1 + y²) */

FLOAT_FORWARD(tan, MAP_TAN)

static struct tensor *tan_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return rule_times(rule, grad,
                      rule_with(rule, OP_ADD, rule_square(rule, rule_saved(rule, 0)), 1));
}

SEND_RULES(tan)

const struct op op_row_tan = {
    .id = OP_TAN,
    .name = "tan",
    .symbol = "tan",
    .node = "TanBackward0",
    .formula = "tan a",
    .derivatives = { "1 + tan² a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "result", .is_output = true } },
    .forward = tan_forward,
    .backward = tan_backward,
    .local = tan_local,
};

/* y = arcsin a       so   da += dy/√(1 - a²) */

FLOAT_FORWARD(asin, MAP_ASIN)

/* 1/√(1 - a²) */
static struct tensor *arc_slope(struct rule *rule)
{
    struct tensor *a = rule_saved(rule, 0);
    struct tensor *less = rule_times(rule, rule_unary(rule, OP_NEG, a), a);
    return rule_unary(rule, OP_RSQRT, rule_with(rule, OP_ADD, less, 1));
}

static struct tensor *asin_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return rule_times(rule, grad, arc_slope(rule));
}

SEND_RULES(asin)

const struct op op_row_asin = {
    .id = OP_ASIN,
    .name = "asin",
    .symbol = "arcsin",
    .node = "AsinBackward0",
    .formula = "arcsin a",
    .derivatives = { "1 / √(1 − a²)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = asin_forward,
    .backward = asin_backward,
    .local = asin_local,
};

/* y = arccos a       so   da += -dy/√(1 - a²) */

FLOAT_FORWARD(acos, MAP_ACOS)

static struct tensor *acos_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return rule_times(rule, grad, rule_unary(rule, OP_NEG, arc_slope(rule)));
}

SEND_RULES(acos)

const struct op op_row_acos = {
    .id = OP_ACOS,
    .name = "acos",
    .symbol = "arccos",
    .node = "AcosBackward0",
    .formula = "arccos a",
    .derivatives = { "−1 / √(1 − a²)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = acos_forward,
    .backward = acos_backward,
    .local = acos_local,
};

/* y = arctan a       so   da += dy/(a² + 1) */

static bool atan_forward(struct op_call *call, struct error *err)
{
    const struct operand in[] = { call->in[0], operand_real(1) };
    const struct forward_map map = {
        .function = MAP_ATAN2, .in = in, .count = 2, .to_float = true
    };
    return forward_map(call, &map, err);
}

static struct tensor *atan_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *a = rule_saved(rule, 0);
    struct tensor *below = rule_with(rule, OP_ADD, rule_times(rule, a, a), 1);
    return rule_binary(rule, OP_DIV, operand_tensor(grad), operand_tensor(below));
}

SEND_RULES(atan)

const struct op op_row_atan = {
    .id = OP_ATAN,
    .name = "atan",
    .symbol = "arctan",
    .node = "AtanBackward0",
    .formula = "arctan a",
    .derivatives = { "1 / (1 + a²)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = atan_forward,
    .backward = atan_backward,
    .local = atan_local,
};

/* y = angle of (b, a)    so   da += dy·b/(a² + b²),   db += -dy·a/(a² + b²) */

enum { SELF, OTHER, RESULT };

FLOAT_FORWARD(atan2, MAP_ATAN2)

static struct tensor *atan2_send(struct rule *rule, int edge, struct tensor *grad)
{
    struct tensor *a = rule_saved(rule, SELF), *b = rule_saved(rule, OTHER);
    struct tensor *length = rule_binary(rule, OP_ADD, operand_tensor(rule_times(rule, a, a)),
                                        operand_tensor(rule_times(rule, b, b)));
    struct tensor *inverse = rule_unary(rule, OP_RECIPROCAL, length);
    struct tensor *across = edge == 0 ? b : rule_unary(rule, OP_NEG, a);
    return rule_times(rule, grad, rule_times(rule, across, inverse));
}

SEND_RULES(atan2)

const struct op op_row_atan2 = {
    .id = OP_ATAN2,
    .name = "atan2",
    .symbol = "atan2",
    .node = "Atan2Backward0",
    .formula = "angle of (b, a)",
    .derivatives = { "b / (a² + b²)", "−a / (a² + b²)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [SELF] = { .name = "self", .from = 0 }, [OTHER] = { .name = "other", .from = 1 } },
    .forward = atan2_forward,
    .backward = atan2_backward,
    .local = atan2_local,
};

/* y = sin(πa)/πa, 1 at 0     so   da += dy·(cos(πa) - y)/a, 0 at 0 */

static struct tensor *is_zero(struct rule *rule, struct tensor *a)
{
    return rule_with(rule, OP_EQ, a, 0);
}

static bool sinc_forward(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct tensor *a = call->in[0].tensor;
    struct tensor *turn = rule_with(&steps, OP_MUL, a, M_PI);
    struct tensor *quotient = rule_binary(
        &steps, OP_DIV, operand_tensor(rule_unary(&steps, OP_SIN, turn)), operand_tensor(turn));
    struct tensor *y =
        rule_where(&steps, is_zero(&steps, a), operand_real(1), operand_tensor(quotient));
    return forward_finish(call, &steps, y);
}

static struct tensor *sinc_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *a = rule_saved(rule, 0), *turn = rule_with(rule, OP_MUL, a, M_PI);
    struct tensor *rise = rule_times(rule, turn, rule_unary(rule, OP_COS, turn));
    struct tensor *above = rule_binary(rule, OP_SUB, operand_tensor(rise),
                                       operand_tensor(rule_unary(rule, OP_SIN, turn)));
    struct tensor *slope =
        rule_binary(rule, OP_DIV, operand_tensor(above), operand_tensor(rule_times(rule, turn, a)));
    return rule_where(rule, is_zero(rule, a), operand_real(0),
                      operand_tensor(rule_times(rule, grad, slope)));
}

SEND_RULES(sinc)

const struct op op_row_sinc = {
    .id = OP_SINC,
    .name = "sinc",
    .symbol = "sinc",
    .node = "SincBackward0",
    .formula = "sin(πa) / πa",
    .derivatives = { "(cos(πa) − sinc a) / a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = sinc_forward,
    .backward = sinc_backward,
    .local = sinc_local,
};

/* y = a·π/180        so   da += dy·π/180 */

/* a·factor, whole numbers as floats */
static bool scale(struct op_call *call, double factor, struct error *err)
{
    const struct operand in[] = { call->in[0], operand_real(factor) };
    return forward_map(call, &(struct forward_map){ .function = MAP_MUL, .in = in, .count = 2 },
                       err);
}

static bool deg2rad_forward(struct op_call *call, struct error *err)
{
    return scale(call, M_PI / 180, err);
}

static bool deg2rad_backward(struct rule *rule)
{
    rule->result[0] = rule_with(rule, OP_MUL, rule->grad[0], M_PI / 180);
    return rule_done(rule);
}

static bool deg2rad_local(struct rule *rule, int edge, struct operand *out)
{
    (void)rule;
    (void)edge;
    *out = operand_real(M_PI / 180);
    return true;
}

const struct op op_row_deg2rad = {
    .id = OP_DEG2RAD,
    .name = "deg2rad",
    .symbol = "rad",
    .node = "Deg2RadBackward0",
    .formula = "a · π / 180",
    .derivatives = { "π / 180" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = deg2rad_forward,
    .backward = deg2rad_backward,
    .local = deg2rad_local,
};

/* y = a·180/π        so   da += dy·180/π */

static bool rad2deg_forward(struct op_call *call, struct error *err)
{
    return scale(call, 180 / M_PI, err);
}

static bool rad2deg_backward(struct rule *rule)
{
    rule->result[0] = rule_with(rule, OP_MUL, rule->grad[0], 180 / M_PI);
    return rule_done(rule);
}

static bool rad2deg_local(struct rule *rule, int edge, struct operand *out)
{
    (void)rule;
    (void)edge;
    *out = operand_real(180 / M_PI);
    return true;
}

const struct op op_row_rad2deg = {
    .id = OP_RAD2DEG,
    .name = "rad2deg",
    .symbol = "deg",
    .node = "Rad2DegBackward0",
    .formula = "a · 180 / π",
    .derivatives = { "180 / π" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = rad2deg_forward,
    .backward = rad2deg_backward,
    .local = rad2deg_local,
};

/* y = √(a² + b²)     so   da += dy·(a/y),   db += dy·(b/y) */

static bool hypot_forward(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    const struct operand a = call->in[0], b = call->in[1];
    struct tensor *sum =
        rule_binary(&steps, OP_ADD, operand_tensor(rule_binary(&steps, OP_MUL, a, a)),
                    operand_tensor(rule_binary(&steps, OP_MUL, b, b)));
    return forward_finish(call, &steps, rule_unary(&steps, OP_SQRT, sum));
}

static struct tensor *hypot_send(struct rule *rule, int edge, struct tensor *grad)
{
    const struct operand y = operand_tensor(rule_saved(rule, RESULT));
    return rule_times(rule, grad,
                      rule_binary(rule, OP_DIV, rule_operand(rule, edge == 0 ? SELF : OTHER), y));
}

SEND_RULES(hypot)

const struct op op_row_hypot = {
    .id = OP_HYPOT,
    .name = "hypot",
    .symbol = "hypot",
    .node = "HypotBackward0",
    .formula = "√(a² + b²)",
    .derivatives = { "a / y", "b / y" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [SELF] = { .name = "self", .from = 0, .used_by = 1 << 0 },
               [OTHER] = { .name = "other", .from = 1, .used_by = 1 << 1 },
               [RESULT] = { .name = "result", .is_output = true } },
    .forward = hypot_forward,
    .backward = hypot_backward,
    .local = hypot_local,
};
