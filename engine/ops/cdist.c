#include <inttypes.h>
#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y[i, j] = ‖a[i] - b[j]‖    so   da[i] += Σⱼ s[i, j],   db[j] -= Σᵢ s[i, j]   where for the difference
 * d = a[i] - b[j]   s = dy·d/y for p = 2, dy·sign d for p = 1, dy·sign d·(|d|/y)^(p - 1) for any other p;
 * p = ∞: dy·sign d for the largest |d|, shared by several; nothing where y is 0. */

enum { CDIST_A, CDIST_B, CDIST_RESULT };

static double order(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(ORD) ? number_as_real(attrs->ord) : 2;
}

static bool cdist_check(const struct tensor *a, const struct tensor *b, double p, struct error *err)
{
    if (a->shape.dims < 2 || b->shape.dims < 2) {
        const bool first = a->shape.dims < 2;
        return error_set(err, "cdist only supports at least 2D tensors, X%d got: %dD",
                         first ? 1 : 2, first ? a->shape.dims : b->shape.dims);
    }
    const int64_t m = a->shape.size[a->shape.dims - 1], n = b->shape.size[b->shape.dims - 1];
    if (m != n) {
        return error_set(
            err, "X1 and X2 must have the same number of columns. X1: %" PRId64 " X2: %" PRId64, m,
            n);
    }
    return p >= 0 || error_set(err, "cdist only supports non-negative p values");
}

/* Every row of a less every row of b: [.., rows of a, rows of b, width]. */
static struct tensor *differences(struct rule *rule, struct tensor *a, struct tensor *b)
{
    if (!a || !b) {
        return NULL;
    }
    return rule_binary(rule, OP_SUB, operand_tensor(rule_unsqueeze(rule, a, a->shape.dims - 1)),
                       operand_tensor(rule_unsqueeze(rule, b, b->shape.dims - 2)));
}

static bool cdist_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *b = call->in[1].tensor;
    const double p = order(call->attrs);
    if (!cdist_check(a, b, p, err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *all = differences(&steps, a, b);
    const struct operand in = operand_tensor(all);
    return forward_finish(
        call, &steps,
        rule_apply(&steps, &(struct op_use){
                               .op = OP_NORM,
                               .in = &in,
                               .in_count = 1,
                               .attrs = { .present = ATTR(ORD) | ATTR(DIMS),
                                          .ord = number_real(p),
                                          .dims = { 1, { all ? all->shape.dims - 1 : 0 } } } }));
}

/* dy/y with 0 where y is. */
static struct tensor *share(struct rule *rule, struct tensor *grad, struct tensor *y)
{
    struct tensor *none = rule_with(rule, OP_EQ, y, 0);
    struct tensor *safe = rule_where(rule, none, operand_real(1), operand_tensor(y));
    return rule_where(rule, none, operand_real(0), operand_tensor(rule_over(rule, grad, safe)));
}

static struct tensor *of_extreme(struct rule *rule, struct tensor *all, struct tensor *y,
                                 struct tensor *grad)
{
    struct tensor *size = rule_unary(rule, OP_ABS, all);
    struct tensor *won =
        rule_as(rule, rule_binary(rule, OP_EQ, operand_tensor(size), operand_tensor(y)), all);
    struct tensor *count =
        all ? rule_sum(rule, won, &(struct shape){ 1, { all->shape.dims - 1 } }, true) : NULL;
    return rule_times(rule, rule_times(rule, rule_unary(rule, OP_SIGN, all), won),
                      rule_over(rule, grad, count));
}

/* s for all pairs. */
static struct tensor *shares(struct rule *rule, struct tensor *all, struct tensor *y,
                             struct tensor *grad)
{
    const double p = order(rule_attrs(rule));
    struct tensor *sign = rule_unary(rule, OP_SIGN, all);
    if (p == 0) {
        return all ? rule_zeros(rule, all, &all->shape) : NULL;
    }
    if (p == 1) {
        return rule_times(rule, sign, grad);
    }
    if (p == 2) {
        return rule_times(rule, all, share(rule, grad, y));
    }
    if (isinf(p)) {
        return of_extreme(rule, all, y, grad);
    }
    struct tensor *size = rule_unary(rule, OP_ABS, all);
    struct tensor *none = rule_with(rule, OP_EQ, size, 0);
    struct tensor *safe = rule_where(rule, none, operand_real(1), operand_tensor(size));
    struct tensor *slope = rule_times(rule, sign, rule_with(rule, OP_POW, safe, p - 1));
    return rule_times(rule, slope, share(rule, grad, rule_with(rule, OP_POW, y, p - 1)));
}

static bool cdist_backward(struct rule *rule)
{
    struct tensor *a = rule_saved(rule, CDIST_A), *b = rule_saved(rule, CDIST_B);
    struct tensor *all = differences(rule, a, b), *y = rule_saved(rule, CDIST_RESULT);
    if (!all || !y) {
        return rule_done(rule);
    }
    const int last = y->shape.dims;
    struct tensor *sent =
        shares(rule, all, rule_unsqueeze(rule, y, last), rule_unsqueeze(rule, rule->grad[0], last));
    if (rule->needs[0]) {
        rule->result[0] = rule_sum(rule, sent, &(struct shape){ 1, { last - 1 } }, false);
    }
    if (rule->needs[1]) {
        struct tensor *sum = rule_sum(rule, sent, &(struct shape){ 1, { last - 2 } }, false);
        rule->result[1] = rule_unary(rule, OP_NEG, sum);
    }
    return rule_done(rule);
}

const struct op op_row_cdist = {
    .id = OP_CDIST,
    .name = "cdist",
    .symbol = "‖·‖",
    .node = "CdistBackward0",
    .formula = "‖a[i] - b[j]‖",
    .derivatives = { "Σ g · (a - b) / y", "Σ g · (b - a) / y" },
    .provenance = PROVENANCE_MATMUL,
    .attributes = ATTR(ORD),
    .aliases = { { ATTR_INDEX_ORD, "p" } },
    .outputs = 1,
    .saves = { [CDIST_A] = { .name = "x1", .from = 0 },
               [CDIST_B] = { .name = "x2", .from = 1 },
               [CDIST_RESULT] = { .name = "result", .is_output = true, .from = 0 } },
    .forward = cdist_forward,
    .backward = cdist_backward,
};
