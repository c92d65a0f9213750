#include "engine/engine.h"
#include "engine/ops/rows.h"

static bool to_float_forward(struct op_call *call, enum map_function function, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = function, .to_float = true }, err);
}

static bool same_dtype_forward(struct op_call *call, enum map_function function, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = function }, err);
}

/* result[0] = op(dy, saved slot 0) */
static bool backward_with_slot(struct rule *rule, enum op_id op)
{
    rule->result[0] =
        rule_binary(rule, op, operand_tensor(rule->grad[0]), operand_tensor(rule_saved(rule, 0)));
    return rule_done(rule);
}

/* y = e^a            so   da += dy·y */

static bool exp_forward(struct op_call *call, struct error *err)
{
    return to_float_forward(call, MAP_EXP, err);
}

static bool exp_backward(struct rule *rule)
{
    return backward_with_slot(rule, OP_MUL);
}

static bool exp_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    return local_slot(rule, 0, out);
}

const struct op op_row_exp = {
    .id = OP_EXP,
    .name = "exp",
    .symbol = "eˣ",
    .node = "ExpBackward0",
    .formula = "eᵃ",
    .derivatives = { "eᵃ" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "result", .is_output = true } },
    .forward = exp_forward,
    .backward = exp_backward,
    .local = exp_local,
};

/* y = ln a           so   da += dy/a */

static bool log_forward(struct op_call *call, struct error *err)
{
    return to_float_forward(call, MAP_LOG, err);
}

static bool log_backward(struct rule *rule)
{
    return backward_with_slot(rule, OP_DIV);
}

static bool log_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    return local_tensor(rule, rule_unary(rule, OP_RECIPROCAL, rule_saved(rule, 0)), out);
}

const struct op op_row_log = {
    .id = OP_LOG,
    .name = "log",
    .symbol = "ln",
    .node = "LogBackward0",
    .formula = "ln a",
    .derivatives = { "1 / a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = log_forward,
    .backward = log_backward,
    .local = log_local,
};

/* y = √a             so   da += dy/(2·y) */

static bool sqrt_forward(struct op_call *call, struct error *err)
{
    return to_float_forward(call, MAP_SQRT, err);
}

static struct tensor *twice_result(struct rule *rule)
{
    return rule_mul(rule, rule_saved(rule, 0), operand_number(number_integer(2)));
}

static bool sqrt_backward(struct rule *rule)
{
    rule->result[0] = rule_binary(rule, OP_DIV, operand_tensor(rule->grad[0]),
                                  operand_tensor(twice_result(rule)));
    return rule_done(rule);
}

static bool sqrt_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    return local_tensor(rule, rule_unary(rule, OP_RECIPROCAL, twice_result(rule)), out);
}

const struct op op_row_sqrt = {
    .id = OP_SQRT,
    .name = "sqrt",
    .symbol = "√",
    .node = "SqrtBackward0",
    .formula = "√a",
    .derivatives = { "1 / 2√a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "result", .is_output = true } },
    .forward = sqrt_forward,
    .backward = sqrt_backward,
    .local = sqrt_local,
};

/* y = sin a          so   da += dy·cos a */

static bool sin_forward(struct op_call *call, struct error *err)
{
    return to_float_forward(call, MAP_SIN, err);
}

static struct tensor *sin_slope(struct rule *rule)
{
    return rule_unary(rule, OP_COS, rule_saved(rule, 0));
}

static bool sin_backward(struct rule *rule)
{
    rule->result[0] = rule_mul(rule, rule->grad[0], operand_tensor(sin_slope(rule)));
    return rule_done(rule);
}

static bool sin_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    return local_tensor(rule, sin_slope(rule), out);
}

const struct op op_row_sin = {
    .id = OP_SIN,
    .name = "sin",
    .symbol = "sin",
    .node = "SinBackward0",
    .formula = "sin a",
    .derivatives = { "cos a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = sin_forward,
    .backward = sin_backward,
    .local = sin_local,
};

/* y = cos a          so   da += dy·(-sin a) */

static bool cos_forward(struct op_call *call, struct error *err)
{
    return to_float_forward(call, MAP_COS, err);
}

static struct tensor *cos_slope(struct rule *rule)
{
    return rule_unary(rule, OP_NEG, rule_unary(rule, OP_SIN, rule_saved(rule, 0)));
}

static bool cos_backward(struct rule *rule)
{
    rule->result[0] = rule_mul(rule, rule->grad[0], operand_tensor(cos_slope(rule)));
    return rule_done(rule);
}

static bool cos_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    return local_tensor(rule, cos_slope(rule), out);
}

const struct op op_row_cos = {
    .id = OP_COS,
    .name = "cos",
    .symbol = "cos",
    .node = "CosBackward0",
    .formula = "cos a",
    .derivatives = { "−sin a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = cos_forward,
    .backward = cos_backward,
    .local = cos_local,
};

/* y = |a|            so   da += dy·sign a, with sign 0 = 0 */

static bool abs_forward(struct op_call *call, struct error *err)
{
    if (call->in[0].tensor->dtype == DTYPE_BOOL) {
        return error_set(err, "\"abs_cpu\" not implemented for 'Bool'");
    }
    return same_dtype_forward(call, MAP_ABS, err);
}

static struct tensor *abs_slope(struct rule *rule)
{
    return rule_unary(rule, OP_SIGN, rule_saved(rule, 0));
}

static bool abs_backward(struct rule *rule)
{
    rule->result[0] = rule_mul(rule, rule->grad[0], operand_tensor(abs_slope(rule)));
    return rule_done(rule);
}

static bool abs_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    return local_tensor(rule, abs_slope(rule), out);
}

const struct op op_row_abs = {
    .id = OP_ABS,
    .name = "abs",
    .symbol = "|x|",
    .node = "AbsBackward0",
    .formula = "|a|",
    .derivatives = { "sign a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = abs_forward,
    .backward = abs_backward,
    .local = abs_local,
};

/* y = sign a         so   da += 0 */

static bool sign_forward(struct op_call *call, struct error *err)
{
    const bool truth = call->in[0].tensor->dtype == DTYPE_BOOL;
    return same_dtype_forward(call, truth ? MAP_COPY : MAP_SIGN, err);
}

const struct op op_row_sign = {
    .id = OP_SIGN,
    .name = "sign",
    .symbol = "sign",
    .node = "SignBackward0",
    .formula = "sign a",
    .derivatives = { "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = sign_forward,
    .backward = rule_send_zeros,
    .local = local_zero,
};

/* The same where numbers may be complex, which ours are not: another node. */

const struct op op_row_sgn = {
    .id = OP_SGN,
    .name = "sgn",
    .symbol = "sign",
    .node = "SgnBackward0",
    .formula = "sign a",
    .derivatives = { "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = sign_forward,
    .backward = rule_send_zeros,
    .local = local_zero,
};

/* y = c ? a : b      so   da += dy where c, db += dy elsewhere */

static bool where_forward(struct op_call *call, struct error *err)
{
    const struct operand *condition = &call->in[0];
    if (condition->kind != OPERAND_TENSOR || condition->tensor->dtype != DTYPE_BOOL) {
        return error_set(err,
                         "where expected condition to be a boolean tensor, but got a tensor with "
                         "dtype %s",
                         condition->kind == OPERAND_TENSOR
                             ? dtype_type_name(condition->tensor->dtype)
                             : "number");
    }
    return forward_map(call, &(struct forward_map){ .function = MAP_WHERE }, err);
}

static bool where_backward(struct rule *rule)
{
    struct tensor *condition = rule_saved(rule, 0);
    const struct operand zero = operand_real(0), grad = operand_tensor(rule->grad[0]);
    for (int e = 0; e < 2; e++) {
        const struct operand in[] = { operand_tensor(condition), e == 0 ? grad : zero,
                                      e == 0 ? zero : grad };
        if (rule->needs[e]) {
            rule->result[e] =
                rule_apply(rule, &(struct op_use){ .op = OP_WHERE, .in = in, .in_count = 3 });
        }
    }
    return rule_done(rule);
}

const struct op op_row_where = {
    .id = OP_WHERE,
    .name = "where",
    .symbol = "?:",
    .node = "WhereBackward0",
    .formula = "c ? a : b",
    .derivatives = { "", "c", "¬c" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 0,
    .saves = { { .name = "condition", .from = 0 } },
    .forward = where_forward,
    .backward = where_backward,
};
