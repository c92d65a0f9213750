#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* Steps have no slope where they have one at all: what rounds sends zeros. */

static bool is_whole(const struct tensor *a)
{
    return !dtype_is_float(a->dtype);
}

/* Whole numbers are their own floor; truths have none. */
static bool round_by(struct op_call *call, enum map_function function, struct error *err)
{
    if (call->in[0].tensor->dtype == DTYPE_BOOL) {
        return error_set(err, "\"%s_vml_cpu\" not implemented for 'Bool'", map_row(function)->name);
    }
    const bool whole = is_whole(call->in[0].tensor);
    return forward_map(call, &(struct forward_map){ .function = whole ? MAP_COPY : function }, err);
}

/* y = the whole number below a */

static bool floor_forward(struct op_call *call, struct error *err)
{
    return round_by(call, MAP_FLOOR, err);
}

const struct op op_row_floor = {
    .id = OP_FLOOR,
    .name = "floor",
    .symbol = "⌊x⌋",
    .node = "FloorBackward0",
    .formula = "⌊a⌋",
    .derivatives = { "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = floor_forward,
    .backward = rule_send_zeros,
    .local = local_zero,
};

/* y = the whole number above a */

static bool ceil_forward(struct op_call *call, struct error *err)
{
    return round_by(call, MAP_CEIL, err);
}

const struct op op_row_ceil = {
    .id = OP_CEIL,
    .name = "ceil",
    .symbol = "⌈x⌉",
    .node = "CeilBackward0",
    .formula = "⌈a⌉",
    .derivatives = { "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = ceil_forward,
    .backward = rule_send_zeros,
    .local = local_zero,
};

/* y = a cut off behind the point */

static bool trunc_forward(struct op_call *call, struct error *err)
{
    return round_by(call, MAP_TRUNC, err);
}

const struct op op_row_trunc = {
    .id = OP_TRUNC,
    .name = "trunc",
    .symbol = "trunc",
    .node = "TruncBackward0",
    .formula = "trunc a",
    .derivatives = { "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = trunc_forward,
    .backward = rule_send_zeros,
    .local = local_zero,
};

/* y = a - trunc a    so   da += dy */

static bool frac_forward(struct op_call *call, struct error *err)
{
    if (is_whole(call->in[0].tensor)) {
        return error_set(err, "\"frac_cpu\" not implemented for '%s'",
                         dtype_type_name(call->in[0].tensor->dtype));
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *whole = rule_unary(&steps, OP_TRUNC, call->in[0].tensor);
    return forward_finish(call, &steps,
                          rule_binary(&steps, OP_SUB, call->in[0], operand_tensor(whole)));
}

const struct op op_row_frac = {
    .id = OP_FRAC,
    .name = "frac",
    .symbol = "frac",
    .node = "FracBackward0",
    .formula = "a − trunc a",
    .derivatives = { "1" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = frac_forward,
    .backward = rule_pass,
    .local = local_one,
};

/* y = the nearest whole number, the even one between two */

static bool round_forward(struct op_call *call, struct error *err)
{
    return round_by(call, MAP_ROUND, err);
}

const struct op op_row_round = {
    .id = OP_ROUND,
    .name = "round",
    .symbol = "round",
    .node = "RoundBackward0",
    .formula = "round a",
    .derivatives = { "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = round_forward,
    .backward = rule_send_zeros,
    .local = local_zero,
};

/* y = a to n places behind the point; before it where n < 0 */

static bool round_decimals_forward(struct op_call *call, struct error *err)
{
    const int64_t decimals = call->attrs->decimals;
    if (is_whole(call->in[0].tensor)) {
        return error_set(err, "round_cpu not implemented for '%s'",
                         dtype_type_name(call->in[0].tensor->dtype));
    }
    const double shift = pow(10, fabs((double)decimals));
    struct rule steps = forward_begin(call, err);
    struct tensor *moved =
        rule_with(&steps, decimals < 0 ? OP_DIV : OP_MUL, call->in[0].tensor, shift);
    struct tensor *whole = rule_unary(&steps, OP_ROUND, moved);
    return forward_finish(call, &steps,
                          rule_with(&steps, decimals < 0 ? OP_MUL : OP_DIV, whole, shift));
}

const struct op op_row_round_decimals = {
    .id = OP_ROUND_DECIMALS,
    .name = "round_decimals",
    .symbol = "round",
    .node = "RoundBackward1",
    .formula = "round(a · 10ⁿ) / 10ⁿ",
    .derivatives = { "0" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(DECIMALS),
    .outputs = 1,
    .forward = round_decimals_forward,
    .backward = rule_send_zeros,
    .local = local_zero,
};

/* y = ⌊a/b⌋ */

MAP_FORWARD(floor_divide, MAP_FLOOR_DIVIDE)

const struct op op_row_div_floor = {
    .id = OP_DIV_FLOOR,
    .name = "div_floor",
    .symbol = "//",
    .node = "DivBackward2",
    .formula = "⌊a / b⌋",
    .derivatives = { "0", "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = floor_divide_forward,
    .backward = rule_send_zeros,
    .local = local_zero,
};

/* The operator //, which PyTorch gives no derivative; b a number, and b a tensor. */
const struct op op_row_floor_divide = {
    .id = OP_FLOOR_DIVIDE,
    .name = "floor_divide",
    .symbol = "//",
    .node = "NotImplemented",
    .formula = "⌊a / b⌋",
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 1,
    .forward = floor_divide_forward,
};

const struct op op_row_floor_divide_tensor = {
    .id = OP_FLOOR_DIVIDE_TENSOR,
    .name = "floor_divide",
    .symbol = "//",
    .node = "NotImplemented",
    .formula = "⌊a / b⌋",
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = floor_divide_forward,
};

/* y = trunc(a/b) */

/* trunc(a/b): floats as written, whole numbers as what b leaves of a, taken from a and divided. */
static struct tensor *cut_quotient(struct rule *rule, struct operand a, struct operand b,
                                   bool whole)
{
    if (!whole) {
        return rule_unary(rule, OP_TRUNC, rule_binary(rule, OP_DIV, a, b));
    }
    struct tensor *rest = rule_binary(rule, OP_FMOD_TENSOR, a, b);
    struct tensor *multiple = rule_binary(rule, OP_SUB, a, operand_tensor(rest));
    return rule_binary(rule, OP_DIV_FLOOR, operand_tensor(multiple), b);
}

static bool div_trunc_forward(struct op_call *call, struct error *err)
{
    const bool whole = !dtype_is_float(dtype_result(call->in, 2, call->engine->default_dtype));
    struct rule steps = forward_begin(call, err);
    return forward_finish(call, &steps, cut_quotient(&steps, call->in[0], call->in[1], whole));
}

const struct op op_row_div_trunc = {
    .id = OP_DIV_TRUNC,
    .name = "div_trunc",
    .symbol = "÷",
    .node = "DivBackward2",
    .formula = "trunc(a / b)",
    .derivatives = { "0", "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = div_trunc_forward,
    .backward = rule_send_zeros,
    .local = local_zero,
};

/* y = a - b·⌊a/b⌋    so   da += dy,   db += -dy·⌊a/b⌋ */

enum { SELF, OTHER };

MAP_FORWARD(remainder, MAP_REMAINDER)

static struct tensor *remainder_send(struct rule *rule, int edge, struct tensor *grad)
{
    if (edge == 0) {
        return grad;
    }
    struct tensor *quotient =
        rule_binary(rule, OP_DIV_FLOOR, rule_operand(rule, SELF), rule_operand(rule, OTHER));
    return rule_times(rule, rule_unary(rule, OP_NEG, grad), quotient);
}

SEND_RULES(remainder)

const struct op op_row_remainder = {
    .id = OP_REMAINDER,
    .name = "remainder",
    .symbol = "%",
    .node = "RemainderBackward0",
    .formula = "a − n · ⌊a / n⌋",
    .derivatives = { "1" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 1,
    .forward = remainder_forward,
    .backward = rule_pass,
    .local = local_one,
};

const struct op op_row_remainder_tensor = {
    .id = OP_REMAINDER_TENSOR,
    .name = "remainder_tensor",
    .symbol = "%",
    .node = "RemainderBackward1",
    .formula = "a − b · ⌊a / b⌋",
    .derivatives = { "1", "−⌊a / b⌋" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [SELF] = { .name = "self", .from = 0, .used_by = 1 << 1 },
               [OTHER] = { .name = "other", .from = 1, .used_by = 1 << 1 } },
    .forward = remainder_forward,
    .backward = remainder_backward,
    .local = remainder_local,
};

/* y = a - b·trunc(a/b)   so   da += dy,   db += -dy·trunc(a/b) */

MAP_FORWARD(fmod, MAP_FMOD)

static struct tensor *fmod_send(struct rule *rule, int edge, struct tensor *grad)
{
    if (edge == 0) {
        return grad;
    }
    struct tensor *quotient =
        cut_quotient(rule, rule_operand(rule, SELF), rule_operand(rule, OTHER), false);
    return rule_times(rule, rule_unary(rule, OP_NEG, grad), quotient);
}

SEND_RULES(fmod)

const struct op op_row_fmod = {
    .id = OP_FMOD,
    .name = "fmod",
    .symbol = "fmod",
    .node = "FmodBackward0",
    .formula = "a − n · trunc(a / n)",
    .derivatives = { "1" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 1,
    .forward = fmod_forward,
    .backward = rule_pass,
    .local = local_one,
};

const struct op op_row_fmod_tensor = {
    .id = OP_FMOD_TENSOR,
    .name = "fmod_tensor",
    .symbol = "fmod",
    .node = "FmodBackward1",
    .formula = "a − b · trunc(a / b)",
    .derivatives = { "1", "−trunc(a / b)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [SELF] = { .name = "self", .from = 0, .used_by = 1 << 1 },
               [OTHER] = { .name = "other", .from = 1, .used_by = 1 << 1 } },
    .forward = fmod_forward,
    .backward = fmod_backward,
    .local = fmod_local,
};
