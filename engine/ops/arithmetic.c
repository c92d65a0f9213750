#include "engine/engine.h"
#include "engine/ops/rows.h"

static bool is_bool(const struct operand *operand)
{
    return operand->kind == OPERAND_TENSOR ? operand->tensor->dtype == DTYPE_BOOL
                                           : operand->number.kind == NUMBER_BOOL;
}

/* A real alpha has no meaning where everything is whole. */
static bool check_alpha(const struct op_call *call, struct error *err)
{
    const struct number alpha = attr_alpha(call->attrs);
    if (alpha.kind == NUMBER_REAL &&
        !dtype_is_float(dtype_result(call->in, call->in_count, call->engine->default_dtype))) {
        return error_set(err, "For integral input tensors, argument alpha must not be a floating "
                              "point number.");
    }
    return true;
}

/* y = a + α·b        so   da += dy,   db += α·dy */

static bool add_forward(struct op_call *call, struct error *err)
{
    static const struct forward_map sum = { .function = MAP_ADD, .p_is_alpha = true };
    return check_alpha(call, err) && forward_map(call, &sum, err);
}

static bool add_backward(struct rule *rule)
{
    rule->result[0] = rule->grad[0];
    if (rule->needs[1]) {
        rule->result[1] = rule_scale(rule, rule->grad[0], attr_alpha(rule_attrs(rule)));
    }
    return rule_done(rule);
}

static bool add_local(struct rule *rule, int edge, struct operand *out)
{
    *out = operand_number(edge == 0 ? number_integer(1) : attr_alpha(rule_attrs(rule)));
    return true;
}

const struct op op_row_add = {
    .id = OP_ADD,
    .name = "add",
    .symbol = "+",
    .node = "AddBackward0",
    .formula = "a + b",
    .derivatives = { "1", "1" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(ALPHA),
    .outputs = 1,
    .forward = add_forward,
    .backward = add_backward,
    .local = add_local,
};

/* y = a - α·b        so   da += dy,   db += -α·dy */

static bool check_sub(const struct op_call *call, struct error *err)
{
    const bool first = is_bool(&call->in[0]), second = is_bool(&call->in[1]);
    if (first && second) {
        return error_set(err, "Subtraction, the `-` operator, with two bool tensors is not "
                              "supported. Use the `^` or `logical_xor()` operator instead.");
    }
    if (first || second) {
        return error_set(err, "Subtraction, the `-` operator, with a bool tensor is not supported. "
                              "If you are trying to invert a mask, use the `~` or `logical_not()` "
                              "operator instead.");
    }
    return check_alpha(call, err);
}

static bool sub_forward(struct op_call *call, struct error *err)
{
    static const struct forward_map difference = { .function = MAP_SUB, .p_is_alpha = true };
    return check_sub(call, err) && forward_map(call, &difference, err);
}

static bool sub_backward(struct rule *rule)
{
    rule->result[0] = rule->grad[0];
    if (rule->needs[1]) {
        struct tensor *negative = rule_unary(rule, OP_NEG, rule->grad[0]);
        rule->result[1] = rule_scale(rule, negative, attr_alpha(rule_attrs(rule)));
    }
    return rule_done(rule);
}

static bool sub_local(struct rule *rule, int edge, struct operand *out)
{
    const struct number alpha = attr_alpha(rule_attrs(rule));
    *out = operand_number(edge == 0 ? number_integer(1) : number_negative(alpha));
    return true;
}

const struct op op_row_sub = {
    .id = OP_SUB,
    .name = "sub",
    .symbol = "−",
    .node = "SubBackward0",
    .formula = "a − b",
    .derivatives = { "1", "−1" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(ALPHA),
    .outputs = 1,
    .forward = sub_forward,
    .backward = sub_backward,
    .local = sub_local,
};

/* y = b - α·a, b a number      so   da += -α·dy */

static bool rsub_forward(struct op_call *call, struct error *err)
{
    const struct operand swapped[] = { call->in[1], call->in[0] };
    return check_sub(call, err) &&
           forward_map(call,
                       &(struct forward_map){
                           .function = MAP_SUB, .in = swapped, .count = 2, .p_is_alpha = true },
                       err);
}

static bool rsub_backward(struct rule *rule)
{
    struct tensor *negative = rule_unary(rule, OP_NEG, rule->grad[0]);
    rule->result[0] = rule_scale(rule, negative, attr_alpha(rule_attrs(rule)));
    return rule_done(rule);
}

static bool rsub_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    *out = operand_number(number_negative(attr_alpha(rule_attrs(rule))));
    return true;
}

const struct op op_row_rsub = {
    .id = OP_RSUB,
    .name = "rsub",
    .symbol = "−",
    .node = "RsubBackward1",
    .formula = "b − a",
    .derivatives = { "−1" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(ALPHA),
    .outputs = 1,
    .edgeless = 1 << 1,
    .forward = rsub_forward,
    .backward = rsub_backward,
    .local = rsub_local,
};

/* y = a·b            so   da += dy·b,   db += dy·a */

enum { MUL_SELF, MUL_OTHER };

static bool mul_forward(struct op_call *call, struct error *err)
{
    static const struct forward_map product = { .function = MAP_MUL };
    return forward_map(call, &product, err);
}

static bool mul_backward(struct rule *rule)
{
    if (rule->needs[0]) {
        rule->result[0] = rule_mul_saved(rule, rule->grad[0], MUL_OTHER);
    }
    if (rule->needs[1]) {
        rule->result[1] = rule_mul_saved(rule, rule->grad[0], MUL_SELF);
    }
    return rule_done(rule);
}

static bool mul_local(struct rule *rule, int edge, struct operand *out)
{
    return local_slot(rule, edge == 0 ? MUL_OTHER : MUL_SELF, out);
}

const struct op op_row_mul = {
    .id = OP_MUL,
    .name = "mul",
    .symbol = "×",
    .node = "MulBackward0",
    .formula = "a · b",
    .derivatives = { "b", "a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [MUL_SELF] = { .name = "self", .from = 0, .used_by = 1 << 1 },
               [MUL_OTHER] = { .name = "other", .from = 1, .used_by = 1 << 0 } },
    .forward = mul_forward,
    .backward = mul_backward,
    .local = mul_local,
};

/* By a number alone, the second operand: a node with a single edge. */

static bool mul_scalar_backward(struct rule *rule)
{
    rule->result[0] = rule_mul_saved(rule, rule->grad[0], 0);
    return rule_done(rule);
}

static bool mul_scalar_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    return local_slot(rule, 0, out);
}

const struct op op_row_mul_scalar = {
    .id = OP_MUL_SCALAR,
    .name = "mul",
    .symbol = "×",
    .node = "MulBackward1",
    .formula = "a · b",
    .derivatives = { "b", "a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { { .name = "other", .from = 1, .plain = true } },
    .forward = mul_forward,
    .backward = mul_scalar_backward,
    .local = mul_scalar_local,
};

/* y = a/b            so   da += dy/b,   db += -dy·((a/b)/b) */

enum { DIV_SELF, DIV_OTHER };

static bool div_forward(struct op_call *call, struct error *err)
{
    static const struct forward_map quotient = { .function = MAP_DIV, .to_float = true };
    return forward_map(call, &quotient, err);
}

/* (a/b)/b */
static struct tensor *div_slope(struct rule *rule)
{
    const struct operand b = rule_operand(rule, DIV_OTHER);
    struct tensor *quotient = rule_binary(rule, OP_DIV, rule_operand(rule, DIV_SELF), b);
    return rule_binary(rule, OP_DIV, operand_tensor(quotient), b);
}

static bool div_backward(struct rule *rule)
{
    if (rule->needs[0]) {
        rule->result[0] =
            rule_binary(rule, OP_DIV, operand_tensor(rule->grad[0]), rule_operand(rule, DIV_OTHER));
    }
    if (rule->needs[1]) {
        struct tensor *negative = rule_unary(rule, OP_NEG, rule->grad[0]);
        rule->result[1] = rule_mul(rule, negative, operand_tensor(div_slope(rule)));
    }
    return rule_done(rule);
}

static bool div_local(struct rule *rule, int edge, struct operand *out)
{
    if (edge == 1) {
        return local_tensor(rule, rule_unary(rule, OP_NEG, div_slope(rule)), out);
    }
    const struct operand b = rule_operand(rule, DIV_OTHER);
    if (b.kind == OPERAND_NUMBER) {
        *out = operand_real(1 / number_as_real(b.number));
        return true;
    }
    return local_tensor(rule, rule_unary(rule, OP_RECIPROCAL, b.tensor), out);
}

const struct op op_row_div = {
    .id = OP_DIV,
    .name = "div",
    .symbol = "÷",
    .node = "DivBackward0",
    .formula = "a / b",
    .derivatives = { "1 / b", "−a / b²" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [DIV_SELF] = { .name = "self", .from = 0, .used_by = 1 << 1 },
               [DIV_OTHER] = { .name = "other", .from = 1 } },
    .forward = div_forward,
    .backward = div_backward,
    .local = div_local,
};

static bool div_scalar_backward(struct rule *rule)
{
    rule->result[0] =
        rule_binary(rule, OP_DIV, operand_tensor(rule->grad[0]), rule_operand(rule, 0));
    return rule_done(rule);
}

static bool div_scalar_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    *out = operand_real(1 / number_as_real(rule_saved_number(rule, 0)));
    return true;
}

const struct op op_row_div_scalar = {
    .id = OP_DIV_SCALAR,
    .name = "div",
    .symbol = "÷",
    .node = "DivBackward1",
    .formula = "a / b",
    .derivatives = { "1 / b", "−a / b²" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { { .name = "other", .from = 1, .plain = true } },
    .forward = div_forward,
    .backward = div_scalar_backward,
    .local = div_scalar_local,
};

/* y = -a             so   da += -dy */

static bool neg_forward(struct op_call *call, struct error *err)
{
    if (is_bool(&call->in[0])) {
        return error_set(err, "Negation, the `-` operator, on a bool tensor is not supported. If "
                              "you are trying to invert a mask, use the `~` or `logical_not()` "
                              "operator instead.");
    }
    return forward_map(call, &(struct forward_map){ .function = MAP_NEG }, err);
}

static bool neg_backward(struct rule *rule)
{
    rule->result[0] = rule_unary(rule, OP_NEG, rule->grad[0]);
    return rule_done(rule);
}

static bool neg_local(struct rule *rule, int edge, struct operand *out)
{
    (void)rule;
    (void)edge;
    *out = operand_number(number_integer(-1));
    return true;
}

const struct op op_row_neg = {
    .id = OP_NEG,
    .name = "neg",
    .symbol = "−",
    .node = "NegBackward0",
    .formula = "−a",
    .derivatives = { "−1" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = neg_forward,
    .backward = neg_backward,
    .local = neg_local,
};

/* y = 1/a            so   da += -dy·(y·y) */

static bool reciprocal_forward(struct op_call *call, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = MAP_RECIPROCAL, .to_float = true },
                       err);
}

static bool reciprocal_backward(struct rule *rule)
{
    const struct operand y = operand_tensor(rule_saved(rule, 0));
    struct tensor *negative = rule_unary(rule, OP_NEG, rule->grad[0]);
    rule->result[0] = rule_mul(rule, negative, operand_tensor(rule_binary(rule, OP_MUL, y, y)));
    return rule_done(rule);
}

static bool reciprocal_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    const struct operand y = operand_tensor(rule_saved(rule, 0));
    return local_tensor(rule, rule_unary(rule, OP_NEG, rule_binary(rule, OP_MUL, y, y)), out);
}

const struct op op_row_reciprocal = {
    .id = OP_RECIPROCAL,
    .name = "reciprocal",
    .symbol = "1/x",
    .node = "ReciprocalBackward0",
    .formula = "1 / a",
    .derivatives = { "−1 / a²" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "result", .is_output = true } },
    .forward = reciprocal_forward,
    .backward = reciprocal_backward,
    .local = reciprocal_local,
};
