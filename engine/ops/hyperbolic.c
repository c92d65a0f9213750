#include "engine/ops/rows.h"

/* y = sinh a         so   da += dy·cosh a */

FLOAT_FORWARD(sinh, MAP_SINH)

static struct tensor *sinh_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return rule_times(rule, grad, rule_unary(rule, OP_COSH, rule_saved(rule, 0)));
}

SEND_RULES(sinh)

const struct op op_row_sinh = {
    .id = OP_SINH,
    .name = "sinh",
    .symbol = "sinh",
    .node = "SinhBackward0",
    .formula = "sinh a",
    .derivatives = { "cosh a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = sinh_forward,
    .backward = sinh_backward,
    .local = sinh_local,
};

/* y = cosh a         so   da += dy·sinh a */

FLOAT_FORWARD(cosh, MAP_COSH)

static struct tensor *cosh_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return rule_times(rule, grad, rule_unary(rule, OP_SINH, rule_saved(rule, 0)));
}

SEND_RULES(cosh)

const struct op op_row_cosh = {
    .id = OP_COSH,
    .name = "cosh",
    .symbol = "cosh",
    .node = "CoshBackward0",
    .formula = "cosh a",
    .derivatives = { "sinh a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = cosh_forward,
    .backward = cosh_backward,
    .local = cosh_local,
};

/* y = arsinh a       so   da += dy/√(a² + 1) */

FLOAT_FORWARD(asinh, MAP_ASINH)

static struct tensor *asinh_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *more = rule_with(rule, OP_ADD, rule_square(rule, rule_saved(rule, 0)), 1);
    return rule_times(rule, grad, rule_unary(rule, OP_RSQRT, more));
}

SEND_RULES(asinh)

const struct op op_row_asinh = {
    .id = OP_ASINH,
    .name = "asinh",
    .symbol = "arsinh",
    .node = "AsinhBackward0",
    .formula = "arsinh a",
    .derivatives = { "1 / √(a² + 1)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = asinh_forward,
    .backward = asinh_backward,
    .local = asinh_local,
};

/* y = arcosh a       so   da += dy/√(a² - 1) */

FLOAT_FORWARD(acosh, MAP_ACOSH)

static struct tensor *acosh_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *less = rule_with(rule, OP_SUB, rule_square(rule, rule_saved(rule, 0)), 1);
    return rule_times(rule, grad, rule_unary(rule, OP_RSQRT, less));
}

SEND_RULES(acosh)

const struct op op_row_acosh = {
    .id = OP_ACOSH,
    .name = "acosh",
    .symbol = "arcosh",
    .node = "AcoshBackward0",
    .formula = "arcosh a",
    .derivatives = { "1 / √(a² − 1)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = acosh_forward,
    .backward = acosh_backward,
    .local = acosh_local,
};

/* y = artanh a       so   da += dy/(1 - a²) */

FLOAT_FORWARD(atanh, MAP_ATANH)

static struct tensor *atanh_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *below =
        rule_binary(rule, OP_RSUB, operand_tensor(rule_square(rule, rule_saved(rule, 0))),
                    operand_number(number_integer(1)));
    return rule_binary(rule, OP_DIV, operand_tensor(grad), operand_tensor(below));
}

SEND_RULES(atanh)

const struct op op_row_atanh = {
    .id = OP_ATANH,
    .name = "atanh",
    .symbol = "artanh",
    .node = "AtanhBackward0",
    .formula = "artanh a",
    .derivatives = { "1 / (1 − a²)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = atanh_forward,
    .backward = atanh_backward,
    .local = atanh_local,
};
