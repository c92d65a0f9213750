#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y = eᵃ - 1         so   da += dy·(y + 1) */

FLOAT_FORWARD(expm1, MAP_EXPM1)

static struct tensor *expm1_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return rule_times(rule, grad, rule_with(rule, OP_ADD, rule_saved(rule, 0), 1));
}

SEND_RULES(expm1)

const struct op op_row_expm1 = {
    .id = OP_EXPM1,
    .name = "expm1",
    .symbol = "eˣ−1",
    .node = "Expm1Backward0",
    .formula = "eᵃ − 1",
    .derivatives = { "eᵃ" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "result", .is_output = true } },
    .forward = expm1_forward,
    .backward = expm1_backward,
    .local = expm1_local,
};

/* y = 2ᵃ             so   da += dy·y·ln 2 */

static bool exp2_forward(struct op_call *call, struct error *err)
{
    const struct operand in[] = { operand_real(2), call->in[0] };
    const struct forward_map map = { .function = MAP_POW, .in = in, .count = 2, .to_float = true };
    return forward_map(call, &map, err);
}

static struct tensor *exp2_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return rule_with(rule, OP_MUL, rule_times(rule, grad, rule_saved(rule, 0)), M_LN2);
}

SEND_RULES(exp2)

const struct op op_row_exp2 = {
    .id = OP_EXP2,
    .name = "exp2",
    .symbol = "2ˣ",
    .node = "Exp2Backward0",
    .formula = "2ᵃ",
    .derivatives = { "2ᵃ · ln 2" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "result", .is_output = true } },
    .forward = exp2_forward,
    .backward = exp2_backward,
    .local = exp2_local,
};

/* y = log₂ a         so   da += dy/(a·ln 2) */

FLOAT_FORWARD(log2, MAP_LOG2)

static struct tensor *log2_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return rule_over(rule, grad, rule_with(rule, OP_MUL, rule_saved(rule, 0), M_LN2));
}

SEND_RULES(log2)

const struct op op_row_log2 = {
    .id = OP_LOG2,
    .name = "log2",
    .symbol = "log₂",
    .node = "Log2Backward0",
    .formula = "log₂ a",
    .derivatives = { "1 / (a · ln 2)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = log2_forward,
    .backward = log2_backward,
    .local = log2_local,
};

/* y = log₁₀ a        so   da += dy/(a·ln 10) */

FLOAT_FORWARD(log10, MAP_LOG10)

static struct tensor *log10_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return rule_over(rule, grad, rule_with(rule, OP_MUL, rule_saved(rule, 0), M_LN10));
}

SEND_RULES(log10)

const struct op op_row_log10 = {
    .id = OP_LOG10,
    .name = "log10",
    .symbol = "log₁₀",
    .node = "Log10Backward0",
    .formula = "log₁₀ a",
    .derivatives = { "1 / (a · ln 10)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = log10_forward,
    .backward = log10_backward,
    .local = log10_local,
};

/* y = ln(1 + a)      so   da += dy/(a + 1) */

FLOAT_FORWARD(log1p, MAP_LOG1P)

static struct tensor *log1p_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return rule_over(rule, grad, rule_with(rule, OP_ADD, rule_saved(rule, 0), 1));
}

SEND_RULES(log1p)

const struct op op_row_log1p = {
    .id = OP_LOG1P,
    .name = "log1p",
    .symbol = "ln(1+x)",
    .node = "Log1PBackward0",
    .formula = "ln(1 + a)",
    .derivatives = { "1 / (1 + a)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = log1p_forward,
    .backward = log1p_backward,
    .local = log1p_local,
};

/* y = 1/√a           so   da += -½·dy·y³ */

FLOAT_FORWARD(rsqrt, MAP_RSQRT)

static struct tensor *rsqrt_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *cube = rule_binary(rule, OP_POW, operand_tensor(rule_saved(rule, 0)),
                                      operand_number(number_integer(3)));
    return rule_times(rule, rule_with(rule, OP_MUL, grad, -0.5), cube);
}

SEND_RULES(rsqrt)

const struct op op_row_rsqrt = {
    .id = OP_RSQRT,
    .name = "rsqrt",
    .symbol = "1/√x",
    .node = "RsqrtBackward0",
    .formula = "1 / √a",
    .derivatives = { "−1 / 2a√a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "result", .is_output = true } },
    .forward = rsqrt_forward,
    .backward = rsqrt_backward,
    .local = rsqrt_local,
};

/* y = erf a          so   da += (2/√π)·e^-a²·dy */

FLOAT_FORWARD(erf, MAP_ERF)

static struct tensor *bell(struct rule *rule, double height, struct tensor *grad)
{
    struct tensor *square = rule_square(rule, rule_saved(rule, 0));
    struct tensor *power = rule_unary(rule, OP_EXP, rule_unary(rule, OP_NEG, square));
    return rule_times(rule, rule_with(rule, OP_MUL, power, height), grad);
}

static struct tensor *erf_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return bell(rule, M_2_SQRTPI, grad);
}

SEND_RULES(erf)

const struct op op_row_erf = {
    .id = OP_ERF,
    .name = "erf",
    .symbol = "erf",
    .node = "ErfBackward0",
    .formula = "erf a",
    .derivatives = { "2 e^(−a²) / √π" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = erf_forward,
    .backward = erf_backward,
    .local = erf_local,
};

/* y = 1 - erf a      so   da += -(2/√π)·e^-a²·dy */

FLOAT_FORWARD(erfc, MAP_ERFC)

static struct tensor *erfc_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return bell(rule, -M_2_SQRTPI, grad);
}

SEND_RULES(erfc)

const struct op op_row_erfc = {
    .id = OP_ERFC,
    .name = "erfc",
    .symbol = "erfc",
    .node = "ErfcBackward0",
    .formula = "1 − erf a",
    .derivatives = { "−2 e^(−a²) / √π" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = erfc_forward,
    .backward = erfc_backward,
    .local = erfc_local,
};

/* y = ln(z/(1 - z)), z = a kept within [ε, 1 - ε]     so   da += dy/(a·(1 - a)), nothing where a was
 * kept in; without ε nan outside [0, 1] */

static double logit_margin(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(EPS) ? number_as_real(attrs->eps) : -1;
}

static struct tensor *one_minus(struct rule *rule, struct tensor *a)
{
    return rule_binary(rule, OP_RSUB, operand_tensor(a), operand_number(number_integer(1)));
}

static struct tensor *clamped(struct rule *rule, struct tensor *a, double low, double high)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(rule, &(struct op_use){ .op = OP_CLAMP,
                                              .in = &in,
                                              .in_count = 1,
                                              .attrs = { .present = ATTR(MIN) | ATTR(MAX),
                                                         .min = number_real(low),
                                                         .max = number_real(high) } });
}

static bool logit_forward(struct op_call *call, struct error *err)
{
    const double margin = logit_margin(call->attrs);
    struct rule steps = forward_begin(call, err);
    struct tensor *a = call->in[0].tensor;
    struct tensor *z = margin < 0 ? a : clamped(&steps, a, margin, 1 - margin);
    struct tensor *odds = rule_over(&steps, z, one_minus(&steps, z));
    return forward_finish(call, &steps, rule_unary(&steps, OP_LOG, odds));
}

static struct tensor *logit_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    const double margin = logit_margin(rule_attrs(rule)), low = margin < 0 ? 0 : margin;
    struct tensor *a = rule_saved(rule, 0);
    struct tensor *slope = rule_times(rule, a, one_minus(rule, a));
    struct tensor *outside =
        rule_binary(rule, OP_ADD, operand_tensor(rule_with(rule, OP_LT, a, low)),
                    operand_tensor(rule_with(rule, OP_GT, a, 1 - low)));
    return rule_where(rule, outside, operand_real(margin < 0 ? NAN : 0),
                      operand_tensor(rule_over(rule, grad, slope)));
}

SEND_RULES(logit)

const struct op op_row_logit = {
    .id = OP_LOGIT,
    .name = "logit",
    .symbol = "logit",
    .node = "LogitBackward0",
    .formula = "ln(a / (1 − a))",
    .derivatives = { "1 / (a · (1 − a))" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(EPS),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = logit_forward,
    .backward = logit_backward,
    .local = logit_local,
};

/* y = ln(eᵃ + eᵇ) = max(a, b) + ln(1 + e^-|a - b|)     so   da += dy/(1 + e^(b - a)),   db the same turned */

enum { SELF, OTHER };

static struct tensor *difference(struct rule *rule, struct operand a, struct operand b)
{
    return rule_binary(rule, OP_SUB, a, b);
}

static bool logaddexp_forward(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    const struct operand a = call->in[0], b = call->in[1];
    struct tensor *apart = rule_unary(&steps, OP_ABS, difference(&steps, a, b));
    struct tensor *power = rule_unary(&steps, OP_EXP, rule_unary(&steps, OP_NEG, apart));
    struct tensor *most = rule_binary(&steps, OP_MAXIMUM, a, b);
    struct tensor *sum = rule_binary(&steps, OP_ADD, operand_tensor(most),
                                     operand_tensor(rule_unary(&steps, OP_LOG1P, power)));
    /* (∞ − ∞ is no number) */
    struct tensor *endless =
        rule_times(&steps, rule_binary(&steps, OP_EQ, a, b), rule_unary(&steps, OP_ISINF, most));
    return forward_finish(call, &steps,
                          rule_where(&steps, endless, operand_tensor(most), operand_tensor(sum)));
}

static struct tensor *logaddexp_send(struct rule *rule, int edge, struct tensor *grad)
{
    const struct operand mine = rule_operand(rule, edge == 0 ? SELF : OTHER);
    const struct operand its = rule_operand(rule, edge == 0 ? OTHER : SELF);
    struct tensor *power = rule_unary(rule, OP_EXP, difference(rule, its, mine));
    return rule_over(rule, grad, rule_with(rule, OP_ADD, power, 1));
}

SEND_RULES(logaddexp)

const struct op op_row_logaddexp = {
    .id = OP_LOGADDEXP,
    .name = "logaddexp",
    .symbol = "ln Σeˣ",
    .node = "LogaddexpBackward0",
    .formula = "ln(eᵃ + eᵇ)",
    .derivatives = { "eᵃ / (eᵃ + eᵇ)", "eᵇ / (eᵃ + eᵇ)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [SELF] = { .name = "self", .from = 0 }, [OTHER] = { .name = "other", .from = 1 } },
    .forward = logaddexp_forward,
    .backward = logaddexp_backward,
    .local = logaddexp_local,
};
