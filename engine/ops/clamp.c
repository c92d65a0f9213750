#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y = min(max(a, low), high), either left out      so   da += dy where low ≤ a ≤ high */

static double bound(const struct op_attrs *attrs, uint64_t which, struct number number, double open)
{
    return attrs->present & which ? number_as_real(number) : open;
}

static bool clamp_forward(struct op_call *call, struct error *err)
{
    const struct op_attrs *attrs = call->attrs;
    if (!(attrs->present & (ATTR(MIN) | ATTR(MAX)))) {
        return error_set(err, "torch.clamp: At least one of 'min' or 'max' must not be None");
    }
    struct operand in[] = { call->in[0], { .kind = OPERAND_NONE }, { .kind = OPERAND_NONE } };
    if (attrs->present & ATTR(MIN)) {
        in[1] = operand_number(attrs->min);
    }
    if (attrs->present & ATTR(MAX)) {
        in[2] = operand_number(attrs->max);
    }
    const enum dtype dtype = dtype_result(in, 3, call->engine->default_dtype);
    return forward_map(call,
                       &(struct forward_map){ .function = MAP_CLAMP,
                                              .count = 1,
                                              .to_float = dtype_is_float(dtype),
                                              .p = bound(attrs, ATTR(MIN), attrs->min, -INFINITY),
                                              .q = bound(attrs, ATTR(MAX), attrs->max, INFINITY) },
                       err);
}

/* 1 where the value was let through, else 0: bool. */
static struct tensor *clamp_inside(struct rule *rule)
{
    const struct op_attrs *attrs = rule_attrs(rule);
    const struct operand a = operand_tensor(rule_saved(rule, 0));
    struct tensor *above =
        attrs->present & ATTR(MIN) ? rule_binary(rule, OP_GE, a, operand_number(attrs->min)) : NULL;
    struct tensor *below =
        attrs->present & ATTR(MAX) ? rule_binary(rule, OP_LE, a, operand_number(attrs->max)) : NULL;
    return above && below ? rule_mul(rule, above, operand_tensor(below)) : above ? above : below;
}

static bool clamp_backward(struct rule *rule)
{
    const struct operand in[] = { operand_tensor(clamp_inside(rule)), operand_tensor(rule->grad[0]),
                                  operand_real(0) };
    rule->result[0] = rule_apply(rule, &(struct op_use){ .op = OP_WHERE, .in = in, .in_count = 3 });
    return rule_done(rule);
}

static bool clamp_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    struct tensor *a = rule_saved(rule, 0);
    const struct operand in = operand_tensor(clamp_inside(rule));
    const struct op_use use = {
        .op = OP_TO_COPY, .in = &in, .in_count = 1, .attrs = { .present = ATTR(DTYPE) }
    };
    struct op_use to_float = use;
    to_float.attrs.dtype = a->dtype;
    return local_tensor(rule, rule_apply(rule, &to_float), out);
}

const struct op op_row_clamp = {
    .id = OP_CLAMP,
    .name = "clamp",
    .symbol = "clamp",
    .node = "ClampBackward1",
    .formula = "min(max(a, low), high)",
    .derivatives = { "low ≤ a ≤ high" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(MIN) | ATTR(MAX),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = clamp_forward,
    .backward = clamp_backward,
    .local = clamp_local,
};

/* y = max(a, low)    so   da += dy where a ≥ low */

const struct op op_row_clamp_min = {
    .id = OP_CLAMP_MIN,
    .name = "clamp_min",
    .symbol = "clamp",
    .node = "ClampMinBackward0",
    .formula = "max(a, low)",
    .derivatives = { "low ≤ a" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(MIN),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = clamp_forward,
    .backward = clamp_backward,
    .local = clamp_local,
};

/* y = min(a, high)   so   da += dy where a ≤ high */

const struct op op_row_clamp_max = {
    .id = OP_CLAMP_MAX,
    .name = "clamp_max",
    .symbol = "clamp",
    .node = "ClampMaxBackward0",
    .formula = "min(a, high)",
    .derivatives = { "a ≤ high" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(MAX),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = clamp_forward,
    .backward = clamp_backward,
    .local = clamp_local,
};

/* ---- bounds for each element ------------------------------------------------------------------- */

enum { BOUNDED, BOUND, SECOND_BOUND };

/* dy where a op b, else 0 */
static struct tensor *sent_where(struct rule *rule, enum op_id op, struct operand a,
                                 struct operand b, struct tensor *grad)
{
    struct tensor *mask = rule_binary(rule, op, a, b);
    return rule_where(rule, mask, operand_tensor(grad), operand_real(0));
}

/* y = max(a, low)    so   da += dy where a ≥ low,   dlow += dy where a < low */

MAP_FORWARD(clamp_low, MAP_MAXIMUM)

static struct tensor *clamp_low_send(struct rule *rule, int edge, struct tensor *grad)
{
    return sent_where(rule, edge == 0 ? OP_GE : OP_LT, rule_operand(rule, BOUNDED),
                      rule_operand(rule, BOUND), grad);
}

SEND_RULES(clamp_low)

const struct op op_row_clamp_low = {
    .id = OP_CLAMP_LOW,
    .name = "clamp_low",
    .symbol = "clamp",
    .node = "ClampBackward0",
    .formula = "max(a, low)",
    .derivatives = { "low ≤ a", "a < low" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [BOUNDED] = { .name = "self", .from = 0 }, [BOUND] = { .name = "min", .from = 1 } },
    .forward = clamp_low_forward,
    .backward = clamp_low_backward,
    .local = clamp_low_local,
};

/* y = min(a, high)   so   da += dy where a ≤ high,   dhigh += dy where a > high */

MAP_FORWARD(clamp_high, MAP_MINIMUM)

static struct tensor *clamp_high_send(struct rule *rule, int edge, struct tensor *grad)
{
    return sent_where(rule, edge == 0 ? OP_LE : OP_GT, rule_operand(rule, BOUNDED),
                      rule_operand(rule, BOUND), grad);
}

SEND_RULES(clamp_high)

const struct op op_row_clamp_high = {
    .id = OP_CLAMP_HIGH,
    .name = "clamp_high",
    .symbol = "clamp",
    .node = "ClampBackward0",
    .formula = "min(a, high)",
    .derivatives = { "a ≤ high", "high < a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [BOUNDED] = { .name = "self", .from = 0 }, [BOUND] = { .name = "max", .from = 1 } },
    .forward = clamp_high_forward,
    .backward = clamp_high_backward,
    .local = clamp_high_local,
};

/* y = min(max(a, low), high)     so   da += dy where low ≤ a ≤ high,
 *     dlow += dy where a < low < high,   dhigh += dy where high < a or high < low */

static bool clamp_both_forward(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct tensor *above = rule_binary(&steps, OP_CLAMP_LOW, call->in[0], call->in[1]);
    return forward_finish(call, &steps,
                          rule_binary(&steps, OP_CLAMP_HIGH, operand_tensor(above), call->in[2]));
}

static struct tensor *clamp_both_send(struct rule *rule, int edge, struct tensor *grad)
{
    const struct operand a = rule_operand(rule, BOUNDED), low = rule_operand(rule, BOUND);
    const struct operand high = rule_operand(rule, SECOND_BOUND);
    if (edge == 0) {
        return sent_where(rule, OP_LE, a, high, sent_where(rule, OP_GE, a, low, grad));
    }
    if (edge == 1) {
        return sent_where(rule, OP_LT, low, high, sent_where(rule, OP_LT, a, low, grad));
    }
    struct tensor *mask =
        rule_binary(rule, OP_LOGICAL_OR, operand_tensor(rule_binary(rule, OP_GT, a, high)),
                    operand_tensor(rule_binary(rule, OP_LT, high, low)));
    return rule_where(rule, mask, operand_tensor(grad), operand_real(0));
}

SEND_RULES(clamp_both)

const struct op op_row_clamp_both = {
    .id = OP_CLAMP_BOTH,
    .name = "clamp_both",
    .symbol = "clamp",
    .node = "ClampBackward0",
    .formula = "min(max(a, low), high)",
    .derivatives = { "low ≤ a ≤ high", "a < low", "high < a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [BOUNDED] = { .name = "self", .from = 0 },
               [BOUND] = { .name = "min", .from = 1 },
               [SECOND_BOUND] = { .name = "max", .from = 2 } },
    .forward = clamp_both_forward,
    .backward = clamp_both_backward,
    .local = clamp_both_local,
};
