#include "engine/ops/rows.h"

/* Each of these has a second row, its own derivative as an operation of (dy, what was saved), so that
 * a backward is one pass over the elements and can itself be differentiated. */

static bool float_forward(struct op_call *call, enum map_function function, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = function, .to_float = true }, err);
}

/* result[0] = op(dy, y) */
static bool backward_by(struct rule *rule, enum op_id op)
{
    rule->result[0] =
        rule_binary(rule, op, operand_tensor(rule->grad[0]), operand_tensor(rule_saved(rule, 0)));
    return rule_done(rule);
}

/* op(1, y): the derivative itself */
static bool local_by(struct rule *rule, enum op_id op, struct operand *out)
{
    return local_tensor(
        rule, rule_binary(rule, op, operand_real(1), operand_tensor(rule_saved(rule, 0))), out);
}

/* y = max(a, 0)      so   da += dy where y > 0 */

static bool relu_forward(struct op_call *call, struct error *err)
{
    if (call->in[0].tensor->dtype == DTYPE_BOOL) {
        return error_set(err, "Boolean inputs not supported for relu");
    }
    return forward_map(call, &(struct forward_map){ .function = MAP_RELU }, err);
}

static bool relu_backward(struct rule *rule)
{
    return backward_by(rule, OP_RELU_BACKWARD);
}

static bool relu_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    return local_by(rule, OP_RELU_BACKWARD, out);
}

const struct op op_row_relu = {
    .id = OP_RELU,
    .name = "relu",
    .symbol = "ReLU",
    .node = "ReluBackward0",
    .formula = "max(a, 0)",
    .derivatives = { "a > 0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "result", .is_output = true } },
    .forward = relu_forward,
    .backward = relu_backward,
    .local = relu_local,
};

/* z = dy where y > 0     so   ddy += dz where y > 0; y only chooses */

static bool relu_backward_forward(struct op_call *call, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = MAP_RELU_GRAD }, err);
}

const struct op op_row_relu_backward = {
    .id = OP_RELU_BACKWARD,
    .name = "relu_backward",
    .node = "ThresholdBackwardBackward0",
    .formula = "b > 0 ? a : 0",
    .derivatives = { "b > 0", "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { { .name = "self", .from = 1 } },
    .forward = relu_backward_forward,
    .backward = relu_backward,
    .local = relu_local,
};

/* y = 1/(1 + e^-a)   so   da += (dy·(1 - y))·y */

static bool sigmoid_forward(struct op_call *call, struct error *err)
{
    return float_forward(call, MAP_SIGMOID, err);
}

static bool sigmoid_backward(struct rule *rule)
{
    return backward_by(rule, OP_SIGMOID_BACKWARD);
}

static bool sigmoid_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    return local_by(rule, OP_SIGMOID_BACKWARD, out);
}

const struct op op_row_sigmoid = {
    .id = OP_SIGMOID,
    .name = "sigmoid",
    .symbol = "σ",
    .node = "SigmoidBackward0",
    .formula = "1 / (1 + e⁻ᵃ)",
    .derivatives = { "σ(a) · (1 − σ(a))" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "result", .is_output = true } },
    .forward = sigmoid_forward,
    .backward = sigmoid_backward,
    .local = sigmoid_local,
};

/* z = (dy·(1 - y))·y     so   ddy += (dz·(1 - y))·y,   dy_y += dz·dy·(1 - 2y) */

enum { SECOND_GRAD, SECOND_RESULT };

static bool sigmoid_backward_forward(struct op_call *call, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = MAP_SIGMOID_GRAD }, err);
}

static bool sigmoid_second_backward(struct rule *rule)
{
    const struct operand dz = operand_tensor(rule->grad[0]);
    struct tensor *y = rule_saved(rule, SECOND_RESULT);
    if (rule->needs[0]) {
        rule->result[0] = rule_binary(rule, OP_SIGMOID_BACKWARD, dz, operand_tensor(y));
    }
    if (rule->needs[1]) {
        struct tensor *twice = rule_mul(rule, y, operand_number(number_integer(2)));
        struct tensor *slope =
            rule_binary(rule, OP_RSUB, operand_tensor(twice), operand_number(number_integer(1)));
        struct tensor *both = rule_mul(rule, dz.tensor, rule_operand(rule, SECOND_GRAD));
        rule->result[1] = rule_mul(rule, both, operand_tensor(slope));
    }
    return rule_done(rule);
}

const struct op op_row_sigmoid_backward = {
    .id = OP_SIGMOID_BACKWARD,
    .name = "sigmoid_backward",
    .node = "SigmoidBackwardBackward0",
    .formula = "a · b · (1 − b)",
    .derivatives = { "b · (1 − b)", "a · (1 − 2b)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [SECOND_GRAD] = { .name = "grad_output", .from = 0, .used_by = 1 << 1 },
               [SECOND_RESULT] = { .name = "output", .from = 1 } },
    .forward = sigmoid_backward_forward,
    .backward = sigmoid_second_backward,
};

/* y = tanh a         so   da += dy·(1 - y²) */

static bool tanh_forward(struct op_call *call, struct error *err)
{
    return float_forward(call, MAP_TANH, err);
}

static bool tanh_backward(struct rule *rule)
{
    return backward_by(rule, OP_TANH_BACKWARD);
}

static bool tanh_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    return local_by(rule, OP_TANH_BACKWARD, out);
}

const struct op op_row_tanh = {
    .id = OP_TANH,
    .name = "tanh",
    .symbol = "tanh",
    .node = "TanhBackward0",
    .formula = "tanh a",
    .derivatives = { "1 − tanh² a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "result", .is_output = true } },
    .forward = tanh_forward,
    .backward = tanh_backward,
    .local = tanh_local,
};

/* z = dy·(1 - y²)        so   ddy += dz·(1 - y²),   dy_y += dz·dy·(-2y) */

static bool tanh_backward_forward(struct op_call *call, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = MAP_TANH_GRAD }, err);
}

static bool tanh_second_backward(struct rule *rule)
{
    const struct operand dz = operand_tensor(rule->grad[0]);
    struct tensor *y = rule_saved(rule, SECOND_RESULT);
    if (rule->needs[0]) {
        rule->result[0] = rule_binary(rule, OP_TANH_BACKWARD, dz, operand_tensor(y));
    }
    if (rule->needs[1]) {
        struct tensor *slope = rule_mul(rule, y, operand_number(number_integer(-2)));
        struct tensor *both = rule_mul(rule, dz.tensor, rule_operand(rule, SECOND_GRAD));
        rule->result[1] = rule_mul(rule, both, operand_tensor(slope));
    }
    return rule_done(rule);
}

const struct op op_row_tanh_backward = {
    .id = OP_TANH_BACKWARD,
    .name = "tanh_backward",
    .node = "TanhBackwardBackward0",
    .formula = "a · (1 − b²)",
    .derivatives = { "1 − b²", "−2ab" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [SECOND_GRAD] = { .name = "grad_output", .from = 0, .used_by = 1 << 1 },
               [SECOND_RESULT] = { .name = "output", .from = 1 } },
    .forward = tanh_backward_forward,
    .backward = tanh_second_backward,
};
