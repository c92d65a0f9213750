#include "engine/ops/rows.h"

enum { SELF, OTHER };

/* y = max(a, b), nan where either is      so   da += dy where a > b, half of it where a = b */

MAP_FORWARD(maximum, MAP_MAXIMUM)
MAP_FORWARD(minimum, MAP_MINIMUM)

/* 0 where the edge's operand lost by `loses` (LT, GT), half the rest where there was a tie. */
static struct tensor *share(struct rule *rule, int edge, struct tensor *grad, enum op_id loses)
{
    const struct operand self = rule_operand(rule, SELF), other = rule_operand(rule, OTHER);
    const struct operand mine = edge == 0 ? self : other, its = edge == 0 ? other : self;
    struct tensor *tie = rule_binary(rule, OP_EQ, self, other);
    struct tensor *half = rule_with(rule, OP_DIV, grad, 2);
    struct tensor *shared = rule_where(rule, tie, operand_tensor(half), operand_tensor(grad));
    struct tensor *lost = rule_binary(rule, loses, mine, its);
    return rule_where(rule, lost, operand_real(0), operand_tensor(shared));
}

static struct tensor *maximum_send(struct rule *rule, int edge, struct tensor *grad)
{
    return share(rule, edge, grad, OP_LT);
}

SEND_RULES(maximum)

const struct op op_row_maximum = {
    .id = OP_MAXIMUM,
    .name = "maximum",
    .symbol = "max",
    .node = "MaximumBackward0",
    .formula = "max(a, b)",
    .derivatives = { "a > b", "b > a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [SELF] = { .name = "self", .from = 0 }, [OTHER] = { .name = "other", .from = 1 } },
    .forward = maximum_forward,
    .backward = maximum_backward,
    .local = maximum_local,
};

/* y = min(a, b)      so   da += dy where a < b, half of it where a = b */

static struct tensor *minimum_send(struct rule *rule, int edge, struct tensor *grad)
{
    return share(rule, edge, grad, OP_GT);
}

SEND_RULES(minimum)

const struct op op_row_minimum = {
    .id = OP_MINIMUM,
    .name = "minimum",
    .symbol = "min",
    .node = "MinimumBackward0",
    .formula = "min(a, b)",
    .derivatives = { "a < b", "b < a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [SELF] = { .name = "self", .from = 0 }, [OTHER] = { .name = "other", .from = 1 } },
    .forward = minimum_forward,
    .backward = minimum_backward,
    .local = minimum_local,
};

/* y = max(a, b), the number where one is nan     so   da += dy where a ≥ b or b is nan */

static struct tensor *is_nan(struct rule *rule, struct operand a)
{
    return rule_binary(rule, OP_NE, a, a);
}

/* Whether a wins: it is at least as good by `beats` (GE, LE), or b is nan. */
static struct tensor *wins(struct rule *rule, struct operand a, struct operand b, enum op_id beats)
{
    struct tensor *better = rule_binary(rule, beats, a, b);
    return rule_binary(rule, OP_ADD, operand_tensor(better), operand_tensor(is_nan(rule, b)));
}

static bool pick(struct op_call *call, enum op_id beats, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct tensor *mask = wins(&steps, call->in[0], call->in[1], beats);
    return forward_finish(call, &steps, rule_where(&steps, mask, call->in[0], call->in[1]));
}

static struct tensor *send_to_winner(struct rule *rule, int edge, struct tensor *grad,
                                     enum op_id beats)
{
    const struct operand sent = operand_tensor(grad), zero = operand_real(0);
    struct tensor *mask = wins(rule, rule_operand(rule, SELF), rule_operand(rule, OTHER), beats);
    return rule_where(rule, mask, edge == 0 ? sent : zero, edge == 0 ? zero : sent);
}

static bool fmax_forward(struct op_call *call, struct error *err)
{
    return pick(call, OP_GE, err);
}

static struct tensor *fmax_send(struct rule *rule, int edge, struct tensor *grad)
{
    return send_to_winner(rule, edge, grad, OP_GE);
}

SEND_RULES(fmax)

const struct op op_row_fmax = {
    .id = OP_FMAX,
    .name = "fmax",
    .symbol = "max",
    .node = "FmaxBackward0",
    .formula = "max(a, b)",
    .derivatives = { "a ≥ b", "b > a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [SELF] = { .name = "self", .from = 0 }, [OTHER] = { .name = "other", .from = 1 } },
    .forward = fmax_forward,
    .backward = fmax_backward,
    .local = fmax_local,
};

/* y = min(a, b), the number where one is nan     so   da += dy where a ≤ b or b is nan */

static bool fmin_forward(struct op_call *call, struct error *err)
{
    return pick(call, OP_LE, err);
}

static struct tensor *fmin_send(struct rule *rule, int edge, struct tensor *grad)
{
    return send_to_winner(rule, edge, grad, OP_LE);
}

SEND_RULES(fmin)

const struct op op_row_fmin = {
    .id = OP_FMIN,
    .name = "fmin",
    .symbol = "min",
    .node = "FminBackward0",
    .formula = "min(a, b)",
    .derivatives = { "a ≤ b", "b < a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [SELF] = { .name = "self", .from = 0 }, [OTHER] = { .name = "other", .from = 1 } },
    .forward = fmin_forward,
    .backward = fmin_backward,
    .local = fmin_local,
};
