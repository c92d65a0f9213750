#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y = (Σ |a|^p)^(1/p)    so   da += dy·(a/y) for p = 2, dy·sign a for p = 1, and for any other p
 *                                   dy·sign a·(|a|/y)^(p - 1); nothing where y is 0
 * p = ∞ is the largest |a|, -∞ the smallest, 0 the number of a that are not 0. */

enum { NORM_SELF, NORM_RESULT };

static double order(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(ORD) ? number_as_real(attrs->ord) : 2;
}

/* op over the dimensions that the attributes name. */
static struct tensor *over_dims(struct rule *rule, enum op_id op, struct tensor *a,
                                const struct op_attrs *attrs)
{
    const struct operand in = operand_tensor(a);
    struct op_use use = { .op = op, .in = &in, .in_count = 1, .attrs = *attrs };
    use.attrs.present &= ATTR(DIMS) | ATTR(KEEPDIM);
    return rule_apply(rule, &use);
}

/* The norm as other rows say it. */
static struct tensor *norm_of(struct rule *rule, struct tensor *a, const struct op_attrs *attrs)
{
    const double p = order(attrs);
    if (p == 2) {
        return rule_unary(rule, OP_SQRT, over_dims(rule, OP_SUM_DIM, rule_square(rule, a), attrs));
    }
    if (p == 0) {
        struct tensor *counted = rule_with(rule, OP_NE, a, 0);
        return rule_as(rule, over_dims(rule, OP_SUM_DIM, counted, attrs), a);
    }
    struct tensor *size = rule_unary(rule, OP_ABS, a);
    if (p == 1) {
        return over_dims(rule, OP_SUM_DIM, size, attrs);
    }
    if (isinf(p)) {
        return over_dims(rule, p > 0 ? OP_AMAX : OP_AMIN, size, attrs);
    }
    struct tensor *sum = over_dims(rule, OP_SUM_DIM, rule_with(rule, OP_POW, size, p), attrs);
    return rule_with(rule, OP_POW, sum, 1 / p);
}

static bool norm_forward(struct op_call *call, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    if (!dtype_is_float(in->dtype)) {
        return error_set(err,
                         "linalg.vector_norm: Expected a floating point or complex tensor as "
                         "input. Got %s",
                         dtype_type_name(in->dtype));
    }
    struct rule steps = forward_begin(call, err);
    return forward_finish(call, &steps, norm_of(&steps, in, call->attrs));
}

/* `a` where `mask` is false, else 0. */
static struct tensor *unless(struct rule *rule, struct tensor *mask, struct tensor *a)
{
    return rule_where(rule, mask, operand_real(0), operand_tensor(a));
}

/* A norm y = ‖a‖ and its gradient, both with the reduced dimensions, `dims`, kept. */
struct normed {
    struct tensor *a, *y, *grad;
    double p;
    struct shape dims;
};

/* The largest |a|, every one of them, shares the gradient. */
static struct tensor *send_of_extreme(struct rule *rule, const struct normed *norm)
{
    struct tensor *size = rule_unary(rule, OP_ABS, norm->a);
    struct tensor *won = rule_binary(rule, OP_EQ, operand_tensor(size), operand_tensor(norm->y));
    struct tensor *share = rule_over(rule, norm->grad, rule_sum(rule, won, &norm->dims, true));
    return rule_times(rule, rule_unary(rule, OP_SIGN, norm->a), rule_times(rule, share, won));
}

/* `a`, with 1 where `mask` is true: what may be divided by, or raised to any power. */
static struct tensor *one_where(struct rule *rule, struct tensor *mask, struct tensor *a)
{
    return rule_where(rule, mask, operand_real(1), operand_tensor(a));
}

static struct tensor *send_of_power(struct rule *rule, const struct normed *norm)
{
    struct tensor *size =
        one_where(rule, rule_with(rule, OP_EQ, norm->a, 0), rule_unary(rule, OP_ABS, norm->a));
    struct tensor *sign = rule_unary(rule, OP_SIGN, norm->a);
    struct tensor *scaled = rule_times(rule, sign, rule_with(rule, OP_POW, size, norm->p - 1));
    struct tensor *none = rule_with(rule, OP_EQ, norm->y, 0);
    struct tensor *share = rule_over(
        rule, norm->grad, rule_with(rule, OP_POW, one_where(rule, none, norm->y), norm->p - 1));
    return rule_times(rule, scaled, unless(rule, none, share));
}

/* What a gradient of the norm sends to a. */
static struct tensor *send_norm(struct rule *rule, const struct normed *norm)
{
    if (!norm->a || !norm->grad) {
        return NULL;
    }
    if (norm->p == 0) {
        return rule_zeros(rule, norm->a, &norm->a->shape);
    }
    if (norm->p == 1) {
        return rule_times(rule, rule_unary(rule, OP_SIGN, norm->a), norm->grad);
    }
    if (norm->p == 2) {
        struct tensor *none = rule_with(rule, OP_EQ, norm->y, 0);
        struct tensor *unit = rule_over(rule, norm->a, one_where(rule, none, norm->y));
        return rule_times(rule, unless(rule, none, unit), norm->grad);
    }
    return isinf(norm->p) ? send_of_extreme(rule, norm) : send_of_power(rule, norm);
}

static bool norm_backward(struct rule *rule)
{
    const struct normed norm = { .a = rule_saved(rule, NORM_SELF),
                                 .y = rule_kept(rule, rule_saved(rule, NORM_RESULT)),
                                 .grad = rule_kept(rule, rule->grad[0]),
                                 .p = order(rule_attrs(rule)),
                                 .dims = rule_reduced_dims(rule) };
    rule->result[0] = send_norm(rule, &norm);
    return rule_done(rule);
}

const struct op op_row_norm = {
    .id = OP_NORM,
    .name = "norm",
    .symbol = "‖·‖",
    .node = "LinalgVectorNormBackward0",
    .formula = "‖a‖",
    .derivatives = { "a / ‖a‖" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(ORD) | ATTR(DIMS) | ATTR(KEEPDIM),
    .outputs = 1,
    .saves = { [NORM_SELF] = { .name = "self", .from = 0 },
               [NORM_RESULT] = { .name = "result", .is_output = true } },
    .forward = norm_forward,
    .backward = norm_backward,
};

/* y = ‖a - b‖        so   da += what the norm of the difference sends, db += -da */

enum { DIST_SELF, DIST_OTHER, DIST_RESULT };

static bool dist_forward(struct op_call *call, struct error *err)
{
    const struct op_attrs attrs = { .present = ATTR(ORD), .ord = number_real(order(call->attrs)) };
    struct rule steps = forward_begin(call, err);
    struct tensor *difference = rule_binary(&steps, OP_SUB, call->in[0], call->in[1]);
    return forward_finish(call, &steps, norm_of(&steps, difference, &attrs));
}

static bool dist_backward(struct rule *rule)
{
    struct tensor *difference =
        rule_binary(rule, OP_SUB, rule_operand(rule, DIST_SELF), rule_operand(rule, DIST_OTHER));
    struct normed norm = { .a = difference,
                           .y = rule_saved(rule, DIST_RESULT),
                           .grad = rule->grad[0],
                           .p = order(rule_attrs(rule)),
                           .dims = { .dims = difference ? difference->shape.dims : 0 } };
    for (int d = 0; d < norm.dims.dims; d++) {
        norm.dims.size[d] = d;
    }
    struct tensor *grad = send_norm(rule, &norm);
    rule->result[0] = grad;
    if (rule->needs[1]) {
        rule->result[1] = rule_unary(rule, OP_NEG, grad);
    }
    return rule_done(rule);
}

const struct op op_row_dist = {
    .id = OP_DIST,
    .name = "dist",
    .symbol = "‖a − b‖",
    .node = "DistBackward0",
    .formula = "‖a − b‖",
    .derivatives = { "(a − b) / ‖a − b‖", "−(a − b) / ‖a − b‖" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(ORD),
    .aliases = { { ATTR_INDEX_ORD, "p" } },
    .outputs = 1,
    .saves = { [DIST_SELF] = { .name = "self", .from = 0 },
               [DIST_OTHER] = { .name = "other", .from = 1 },
               [DIST_RESULT] = { .name = "result", .is_output = true } },
    .forward = dist_forward,
    .backward = dist_backward,
};

/* y = ln Σ e^a           so   da += dy·e^(a - y) */

enum { LSE_SELF, LSE_RESULT };

static bool logsumexp_forward(struct op_call *call, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct op_attrs kept = *call->attrs;
    kept.present |= ATTR(KEEPDIM);
    kept.keepdim = true;
    struct rule steps = forward_begin(call, err);
    /* Less the largest, so that no power overflows; unless that is infinite itself. */
    struct tensor *most = over_dims(&steps, OP_AMAX, in, &kept);
    struct tensor *infinite = rule_with(&steps, OP_EQ, rule_unary(&steps, OP_ABS, most), INFINITY);
    struct tensor *shift = unless(&steps, infinite, most);
    struct tensor *powers = rule_unary(
        &steps, OP_EXP, rule_binary(&steps, OP_SUB, operand_tensor(in), operand_tensor(shift)));
    struct tensor *sum = over_dims(&steps, OP_SUM_DIM, powers, call->attrs);
    if (sum && !(call->attrs->present & ATTR(KEEPDIM) && call->attrs->keepdim)) {
        shift = rule_reshape(&steps, shift, &sum->shape);
    }
    struct tensor *result = rule_binary(
        &steps, OP_ADD, operand_tensor(rule_unary(&steps, OP_LOG, sum)), operand_tensor(shift));
    return forward_finish(call, &steps, result);
}

static bool logsumexp_backward(struct rule *rule)
{
    struct tensor *y = rule_kept(rule, rule_saved(rule, LSE_RESULT));
    struct tensor *above =
        rule_binary(rule, OP_SUB, operand_tensor(rule_saved(rule, LSE_SELF)), operand_tensor(y));
    rule->result[0] =
        rule_times(rule, rule_kept(rule, rule->grad[0]), rule_unary(rule, OP_EXP, above));
    return rule_done(rule);
}

const struct op op_row_logsumexp = {
    .id = OP_LOGSUMEXP,
    .name = "logsumexp",
    .symbol = "ln Σ eᵃ",
    .node = "LogsumexpBackward0",
    .formula = "ln Σ eᵃ",
    .derivatives = { "eᵃ / Σ eᵃ" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIMS) | ATTR(KEEPDIM),
    .outputs = 1,
    .saves = { [LSE_SELF] = { .name = "self", .from = 0 },
               [LSE_RESULT] = { .name = "result", .is_output = true } },
    .forward = logsumexp_forward,
    .backward = logsumexp_backward,
};
