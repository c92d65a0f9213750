#include <math.h>

#include "engine/ops/rows.h"

static struct tensor *one_minus(struct rule *rule, struct tensor *a)
{
    return rule_binary(rule, OP_RSUB, operand_tensor(a), operand_number(number_integer(1)));
}

/* y = a·½·(1 + erf(a/√2))    so   da += dy·(Φ(a) + a·φ(a)), Φ and φ the normal distribution's */

/* 1 + erf(a/√2) */
static struct tensor *twice_normal(struct rule *rule, struct tensor *a)
{
    struct tensor *erf = rule_unary(rule, OP_ERF, rule_with(rule, OP_MUL, a, M_SQRT1_2));
    return rule_with(rule, OP_ADD, erf, 1);
}

static bool gelu_forward(struct op_call *call, struct error *err)
{
    const struct forward_map map = { .function = MAP_GELU, .p = M_SQRT1_2 };
    return forward_needs_float(call, "GeluKernelImpl", err) && forward_map(call, &map, err);
}

static struct tensor *gelu_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *a = rule_saved(rule, 0);
    struct tensor *share = rule_with(rule, OP_MUL, twice_normal(rule, a), 0.5);
    struct tensor *power =
        rule_unary(rule, OP_EXP, rule_with(rule, OP_MUL, rule_times(rule, a, a), -0.5));
    struct tensor *density = rule_with(rule, OP_MUL, power, M_2_SQRTPI * M_SQRT1_2 * 0.5);
    struct tensor *slope = rule_binary(rule, OP_ADD, operand_tensor(share),
                                       operand_tensor(rule_times(rule, a, density)));
    return rule_times(rule, grad, slope);
}

SEND_RULES(gelu)

const struct op op_row_gelu = {
    .id = OP_GELU,
    .name = "gelu",
    .symbol = "GELU",
    .node = "GeluBackward0",
    .formula = "a · Φ(a)",
    .derivatives = { "Φ(a) + a · φ(a)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = gelu_forward,
    .backward = gelu_backward,
    .local = gelu_local,
};

/* y = ½a·(1 + t), t = tanh(u), u = √(2/π)·(a + 0.044715·a³)
 *     so   da += dy·(½(1 + t) + ½a·(1 - t²)·√(2/π)·(1 + 3·0.044715·a²)) */

static const double GELU_BETA = M_SQRT2 * M_2_SQRTPI * 0.5, GELU_KAPPA = 0.044715;

/* tanh(u) */
static struct tensor *bent(struct rule *rule, struct tensor *a)
{
    struct tensor *cube = rule_times(rule, rule_times(rule, a, a), a);
    struct tensor *sum = rule_binary(rule, OP_ADD, operand_tensor(a),
                                     operand_tensor(rule_with(rule, OP_MUL, cube, GELU_KAPPA)));
    return rule_unary(rule, OP_TANH, rule_with(rule, OP_MUL, sum, GELU_BETA));
}

static bool gelu_tanh_piece(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct tensor *a = call->in[0].tensor;
    struct tensor *right = rule_with(&steps, OP_ADD, bent(&steps, a), 1);
    return forward_finish(call, &steps,
                          rule_times(&steps, rule_with(&steps, OP_MUL, a, 0.5), right));
}

static bool gelu_tanh_forward(struct op_call *call, struct error *err)
{
    return forward_needs_float(call, "GeluKernelImpl", err) &&
           forward_in_pieces(call, gelu_tanh_piece, err);
}

static struct tensor *gelu_tanh_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *a = rule_saved(rule, 0), *t = bent(rule, a);
    struct tensor *left = rule_with(rule, OP_MUL, a, 0.5);
    struct tensor *share = rule_with(rule, OP_MUL, rule_with(rule, OP_ADD, t, 1), 0.5);
    struct tensor *square = rule_with(rule, OP_MUL, rule_times(rule, a, a), 3 * GELU_KAPPA);
    struct tensor *inner = rule_with(rule, OP_MUL, rule_with(rule, OP_ADD, square, 1), GELU_BETA);
    struct tensor *bend = rule_times(rule, left, one_minus(rule, rule_times(rule, t, t)));
    struct tensor *slope = rule_binary(rule, OP_ADD, operand_tensor(share),
                                       operand_tensor(rule_times(rule, bend, inner)));
    return rule_times(rule, grad, slope);
}

SEND_RULES(gelu_tanh)

const struct op op_row_gelu_tanh = {
    .id = OP_GELU_TANH,
    .name = "gelu_tanh",
    .symbol = "GELU",
    .node = "GeluBackward0",
    .formula = "½a · (1 + tanh(√(2/π) · (a + 0.044715 a³)))",
    .derivatives = { "≈ Φ(a) + a · φ(a)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = gelu_tanh_forward,
    .backward = gelu_tanh_backward,
    .local = gelu_tanh_local,
};
