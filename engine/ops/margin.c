#include <inttypes.h>
#include <stdio.h>

#include "engine/engine.h"
#include "engine/ops/loss.h"

/* Losses of scores that ought to lead by a margin. Their ways back are rows of their own, without a
 * derivative, as in PyTorch. */

/* The operands as both read them: scores of n samples [n, classes], and what belongs to each. */
struct ranked {
    struct tensor *scores, *target;
    struct shape rows; /* [n, classes] */
    int64_t samples;
};

static struct tensor *along(struct rule *rule, enum op_id op, struct tensor *a,
                            struct tensor *index, struct tensor *added)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(index), operand_tensor(added) };
    return rule_apply(rule, &(struct op_use){ .op = op,
                                              .in = in,
                                              .in_count = added ? 3 : 2,
                                              .attrs = { .present = ATTR(DIM), .dim = 1 } });
}

/* The error before + a's sizes + between + b's sizes; b may be NULL. */
static bool refuse_shape(struct rule *rule, const char *before, const struct shape *a,
                         const char *between, const struct shape *b)
{
    struct text text = { 0 };
    text_append_string(&text, before);
    shape_append(&text, a);
    text_append_string(&text, between);
    if (b) {
        shape_append(&text, b);
    }
    rule->failed = true;
    error_set(rule->err, "%s", text_string(&text));
    text_finish(&text);
    return false;
}

/* rows and samples of scores of 0 to 2 dimensions, of which only the samples may be none. */
static bool ranked_begin(struct rule *rule, struct ranked *ranked, const struct tensor *scores)
{
    const int dims = scores->shape.dims;
    const int64_t samples = dims == 2 ? scores->shape.size[0] : 1;
    const int64_t classes = dims == 0 ? 1 : dims <= 2 ? scores->shape.size[dims - 1] : 0;
    ranked->rows = (struct shape){ 2, { samples, classes } };
    ranked->samples = samples;
    return classes > 0 || refuse_shape(rule,
                                       "Expected non-empty vector or matrix with optional 0-dim "
                                       "batch size, but got: ",
                                       &scores->shape, "", NULL);
}

static bool refuse(struct rule *rule, const char *before, enum dtype dtype, const char *behind)
{
    rule->failed = true;
    return error_set(rule->err, "%s%s%s", before, dtype_type_name(dtype), behind);
}

/* Whether all of the target is from `least` to below `classes`; else the error `text`. */
static bool in_range(struct rule *rule, struct tensor *target, int64_t least, int64_t classes,
                     const char *text)
{
    struct number low = { 0 }, high = { 0 };
    if (rule->failed || target->count == 0) {
        return !rule->failed;
    }
    struct tensor *ends[] = { rule_unary(rule, OP_MIN, target), rule_unary(rule, OP_MAX, target) };
    if (!ends[0] || !ends[1] || !tensor_item(ends[0], &low, rule->err) ||
        !tensor_item(ends[1], &high, rule->err)) {
        rule->failed = true;
        return false;
    }
    rule->failed = low.integer < least || high.integer >= classes;
    return !rule->failed || error_set(rule->err, "%s", text);
}

/* What a loss of one sample counts in the result: 1/classes, of a mean divided by the samples, too. */
static double share_of(const struct ranked *ranked, const struct op_attrs *attrs)
{
    const double classes = (double)ranked->rows.size[1];
    return loss_reduction(attrs) == REDUCTION_MEAN ? 1 / ((double)ranked->samples * classes)
                                                   : 1 / classes;
}

/* slope · dy, in the shape of the scores; dy is one number, or one for each sample. */
static struct tensor *sent(struct rule *rule, struct tensor *slope, struct tensor *grad,
                           const struct shape *shape)
{
    const bool each = grad->shape.dims > 0;
    struct tensor *factor = each ? rule_unsqueeze(rule, grad, 1) : grad;
    return rule_reshape(rule, rule_times(rule, slope, factor), shape);
}

/* The losses [n] of the samples, reduced; a single number where the target has no dimension. */
static struct tensor *finished(struct rule *rule, struct tensor *losses,
                               const struct ranked *ranked, const struct op_attrs *attrs,
                               bool single)
{
    struct tensor *shares = rule_with(rule, OP_DIV, losses, (double)ranked->rows.size[1]);
    /* The mean of no sample is 0 here. */
    const bool none = ranked->samples == 0 && loss_reduction(attrs) == REDUCTION_MEAN;
    struct tensor *result =
        none ? rule_unary(rule, OP_SUM, shares) : loss_reduced(rule, shares, attrs);
    return single ? rule_reshape(rule, result, &(struct shape){ 0 }) : result;
}

/* ---- one class ----------------------------------------------------------------------------------- */

/* y = Σᵢ Σ_{d≠t} w[t]·max(m - a[t] + a[d], 0)ᵖ / (n·classes),   p 1 or 2
 * so   da[d] += p·w[t]·max(m - a[t] + a[d], 0)^(p - 1)·dy/(n·classes), and da[t] -= the sum of these
 * (reduction sum: without n; none: neither n nor Σᵢ) */

enum { MULTI_WEIGHT = 2 };

static bool multi_checked(struct rule *rule, const struct op_call *call, int first,
                          struct ranked *ranked)
{
    struct tensor *scores = call->in[first].tensor, *target = call->in[first + 1].tensor;
    struct tensor *weight =
        call->in_count > first + MULTI_WEIGHT ? call->in[first + MULTI_WEIGHT].tensor : NULL;
    if (!ranked_begin(rule, ranked, scores)) {
        return false;
    }
    char text[96];
    if (target->shape.dims > 1 || target->count != ranked->samples) {
        snprintf(text, sizeof(text), "inconsistent target size, expected %" PRId64 " but got ",
                 ranked->samples);
        return refuse_shape(rule, text, &target->shape, "", NULL);
    }
    if (weight && (weight->shape.dims > 1 || weight->count != ranked->rows.size[1])) {
        snprintf(text, sizeof(text), "inconsistent weight size, expected %" PRId64 " but got ",
                 ranked->rows.size[1]);
        return refuse_shape(rule, text, &weight->shape, "", NULL);
    }
    if (!dtype_is_float(scores->dtype)) {
        return refuse(rule, "\"multi_margin_loss_cpu_kernel\" not implemented for '", scores->dtype,
                      "'");
    }
    if (target->dtype != DTYPE_INT64) {
        return refuse(rule, "expected scalar type Long but found ", target->dtype, "");
    }
    if (weight && weight->dtype != scores->dtype) {
        rule->failed = true;
        return error_set(rule->err, "expected scalar type %s but found %s",
                         dtype_type_name(scores->dtype), dtype_type_name(weight->dtype));
    }
    ranked->scores = rule_reshape(rule, scores, &ranked->rows);
    ranked->target = rule_reshape(rule, target, &(struct shape){ 2, { ranked->samples, 1 } });
    return in_range(rule, target, 0, ranked->rows.size[1], "target out of range");
}

/* By how much each class comes too near: m - a[t] + a[d]. */
static struct tensor *multi_excess(struct rule *rule, const struct ranked *ranked,
                                   const struct op_attrs *attrs)
{
    const double margin = number_as_real(attr_beta(attrs));
    struct tensor *own = along(rule, OP_GATHER, ranked->scores, ranked->target, NULL);
    return rule_binary(rule, OP_ADD, operand_tensor(rule_with(rule, OP_RSUB, own, margin)),
                       operand_tensor(ranked->scores));
}

static bool is_squared(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(ORD) && number_as_real(attrs->ord) == 2;
}

/* `each` for the classes that come too near, 0 for the others and the sample's own, times the weight of
 * its own. */
static struct tensor *multi_counted(struct rule *rule, const struct ranked *ranked,
                                    struct tensor *excess, struct operand each,
                                    struct tensor *weight)
{
    struct tensor *near = rule_with(rule, OP_GT, excess, 0);
    struct tensor *counted = rule_as(rule, rule_where(rule, near, each, operand_real(0)), excess);
    if (weight) {
        struct tensor *table = rule_reshape(rule, weight, &(struct shape){ 1, { weight->count } });
        struct tensor *index =
            rule_reshape(rule, ranked->target, &(struct shape){ 1, { ranked->samples } });
        const struct operand in[] = { operand_tensor(table), operand_tensor(index) };
        struct tensor *own =
            rule_apply(rule, &(struct op_use){ .op = OP_INDEX_SELECT,
                                               .in = in,
                                               .in_count = 2,
                                               .attrs = { .present = ATTR(DIM), .dim = 0 } });
        counted = rule_times(rule, counted, rule_unsqueeze(rule, own, 1));
    }
    const struct operand in[] = { operand_tensor(counted), operand_tensor(ranked->target),
                                  operand_real(0) };
    return rule_apply(rule, &(struct op_use){ .op = OP_SCATTER_VALUE,
                                              .in = in,
                                              .in_count = 3,
                                              .attrs = { .present = ATTR(DIM), .dim = 1 } });
}

static struct tensor *operand_or_none(const struct op_call *call, int number)
{
    return call->in_count > number ? call->in[number].tensor : NULL;
}

static bool multi_margin_forward(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct ranked ranked;
    struct tensor *result = NULL;
    if (multi_checked(&steps, call, 0, &ranked)) {
        struct tensor *z = multi_excess(&steps, &ranked, call->attrs);
        struct tensor *each = is_squared(call->attrs) ? rule_times(&steps, z, z) : z;
        struct tensor *counted = multi_counted(&steps, &ranked, z, operand_tensor(each),
                                               operand_or_none(call, MULTI_WEIGHT));
        struct tensor *sums = rule_sum(&steps, counted, &(struct shape){ 1, { 1 } }, false);
        result = finished(&steps, sums, &ranked, call->attrs, call->in[1].tensor->shape.dims == 0);
    }
    return forward_finish(call, &steps, result);
}

enum { MULTI_SELF, MULTI_TARGET, MULTI_SAVED_WEIGHT };

static bool multi_margin_backward(struct rule *rule)
{
    struct tensor *self = rule_saved(rule, MULTI_SELF), *target = rule_saved(rule, MULTI_TARGET);
    struct tensor *weight = rule_saved(rule, MULTI_SAVED_WEIGHT);
    const struct operand in[] = { operand_tensor(rule->grad[0]), operand_tensor(self),
                                  operand_tensor(target), operand_tensor(weight) };
    const struct op_use use = { .op = OP_MULTI_MARGIN_BACKWARD,
                                .in = in,
                                .in_count = weight ? 4 : 3,
                                .attrs = *rule_attrs(rule) };
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

const struct op op_row_multi_margin = {
    .id = OP_MULTI_MARGIN,
    .name = "multi_margin_loss",
    .symbol = "margin",
    .node = "MultiMarginLossBackward0",
    .formula = "Σ max(m − a[t] + a[d], 0)ᵖ / (n · classes)",
    .derivatives = { "p · max(m − a[t] + a[d], 0)ᵖ⁻¹ / (n · classes)" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(REDUCTION) | ATTR(ORD) | ATTR(BETA),
    .aliases = { { ATTR_INDEX_ORD, "p" }, { ATTR_INDEX_BETA, "margin" } },
    .outputs = 1,
    .edgeless = 1 << 1 | 1 << 2,
    .saves = { [MULTI_SELF] = { .name = "self", .from = 0 },
               [MULTI_TARGET] = { .name = "target", .from = 1 },
               [MULTI_SAVED_WEIGHT] = { .name = "weight", .from = MULTI_WEIGHT } },
    .forward = multi_margin_forward,
    .backward = multi_margin_backward,
};

/* in: dy, a, t, w */
static bool multi_back_forward(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct tensor *result = NULL;
    struct ranked ranked;
    if (multi_checked(&steps, call, 1, &ranked)) {
        struct tensor *z = multi_excess(&steps, &ranked, call->attrs);
        const double share = share_of(&ranked, call->attrs);
        const struct operand each = is_squared(call->attrs)
                                        ? operand_tensor(rule_with(&steps, OP_MUL, z, 2 * share))
                                        : operand_real(share);
        struct tensor *others =
            multi_counted(&steps, &ranked, z, each, operand_or_none(call, 1 + MULTI_WEIGHT));
        struct tensor *sums = rule_sum(&steps, others, &(struct shape){ 1, { 1 } }, true);
        struct tensor *slope =
            along(&steps, OP_SCATTER, others, ranked.target, rule_unary(&steps, OP_NEG, sums));
        result = sent(&steps, slope, call->in[0].tensor, &call->in[1].tensor->shape);
    }
    return forward_finish(call, &steps, result);
}

const struct op op_row_multi_margin_backward = {
    .id = OP_MULTI_MARGIN_BACKWARD,
    .name = "multi_margin_loss_backward",
    .node = "NotImplemented",
    .formula = "g · p · max(m − a[t] + a[d], 0)ᵖ⁻¹ / (n · classes)",
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(REDUCTION) | ATTR(ORD) | ATTR(BETA),
    .aliases = { { ATTR_INDEX_ORD, "p" }, { ATTR_INDEX_BETA, "margin" } },
    .outputs = 1,
    .edgeless = 1 << 2 | 1 << 3,
    .forward = multi_back_forward,
};

/* ---- several classes ----------------------------------------------------------------------------- */

/* y = Σᵢ Σ_k Σ_d max(1 - a[t_k] + a[d], 0) / (n·classes)   over a sample's classes t_k, which end at the
 * first -1, and all d that are none of them
 * so   da[d] += dy/(n·classes),   da[t_k] -= dy/(n·classes)   for each pair with 1 - a[t_k] + a[d] > 0 */

struct labels {
    struct tensor *index;           /* [n, classes]: the class; 0 behind the end */
    struct tensor *valid;           /* [n, classes]: false behind the end */
    struct tensor *marks;           /* [n, classes]: 1 for the sample's classes, else 0 */
    struct tensor *excess, *counts; /* [n, classes t, classes d]; where a pair counts */
};

static bool multilabel_checked(struct rule *rule, struct tensor *scores, struct tensor *target,
                               struct ranked *ranked)
{
    if (!ranked_begin(rule, ranked, scores)) {
        return false;
    }
    const bool fits = scores->shape.dims == 2
                          ? shape_equal(&scores->shape, &target->shape)
                          : target->shape.dims <= 1 && target->count == ranked->rows.size[1];
    if (!fits) {
        return refuse_shape(rule, "inconsistent target size: ", &target->shape,
                            " for input of size: ", &scores->shape);
    }
    if (target->dtype != DTYPE_INT64) {
        return refuse(rule, "expected scalar type Long but found ", target->dtype, "");
    }
    if (!dtype_is_float(scores->dtype)) {
        return refuse(rule, "\"multilabel_margin_loss_forward_out_frame\" not implemented for '",
                      scores->dtype, "'");
    }
    ranked->scores = rule_reshape(rule, scores, &ranked->rows);
    ranked->target = rule_reshape(rule, target, &ranked->rows);
    return in_range(rule, target, -1, ranked->rows.size[1], "argument #2 'target' is out of range");
}

static struct labels labels_of(struct rule *rule, const struct ranked *ranked)
{
    struct labels labels = { .index = NULL };
    const struct operand ends = operand_tensor(rule_with(rule, OP_LT, ranked->target, 0));
    struct tensor *ended =
        rule_apply(rule, &(struct op_use){ .op = OP_CUMSUM,
                                           .in = &ends,
                                           .in_count = 1,
                                           .attrs = { .present = ATTR(DIM), .dim = 1 } });
    labels.valid = rule_with(rule, OP_EQ, ended, 0);
    labels.index = rule_where(rule, labels.valid, operand_tensor(ranked->target),
                              operand_number(number_integer(0)));
    struct tensor *zeros = rule_zeros(rule, ranked->scores, &ranked->rows);
    struct tensor *times = along(rule, OP_SCATTER_ADD, zeros, labels.index,
                                 rule_as(rule, labels.valid, ranked->scores));
    labels.marks = rule_as(rule, rule_with(rule, OP_GT, times, 0), ranked->scores);

    struct tensor *own = along(rule, OP_GATHER, ranked->scores, labels.index, NULL);
    struct tensor *lead = rule_unsqueeze(rule, rule_with(rule, OP_RSUB, own, 1), 2);
    labels.excess = rule_binary(rule, OP_ADD, operand_tensor(lead),
                                operand_tensor(rule_unsqueeze(rule, ranked->scores, 1)));
    struct tensor *others = rule_unsqueeze(rule, rule_with(rule, OP_EQ, labels.marks, 0), 1);
    struct tensor *pairs =
        rule_binary(rule, OP_LOGICAL_AND, operand_tensor(rule_unsqueeze(rule, labels.valid, 2)),
                    operand_tensor(others));
    labels.counts = rule_binary(rule, OP_LOGICAL_AND, operand_tensor(pairs),
                                operand_tensor(rule_with(rule, OP_GT, labels.excess, 0)));
    return labels;
}

static bool multilabel_forward(struct op_call *call, struct error *err)
{
    struct tensor *scores = call->in[0].tensor, *target = call->in[1].tensor;
    struct rule steps = forward_begin(call, err);
    struct ranked ranked;
    struct tensor *result = NULL;
    if (multilabel_checked(&steps, scores, target, &ranked)) {
        const struct labels labels = labels_of(&steps, &ranked);
        struct tensor *counted =
            rule_where(&steps, labels.counts, operand_tensor(labels.excess), operand_real(0));
        struct tensor *sums = rule_sum(&steps, counted, &(struct shape){ 2, { 1, 2 } }, false);
        result = finished(&steps, sums, &ranked, call->attrs, scores->shape.dims <= 1);
        struct tensor *marks = rule_reshape(&steps, labels.marks, &target->shape);
        call->out[1] = marks ? tensor_ref(marks) : NULL;
    }
    return forward_finish(call, &steps, result);
}

enum { LABELS_SELF, LABELS_TARGET, LABELS_MARKS };

static bool multilabel_backward(struct rule *rule)
{
    const struct operand in[] = { operand_tensor(rule->grad[0]),
                                  operand_tensor(rule_saved(rule, LABELS_SELF)),
                                  operand_tensor(rule_saved(rule, LABELS_TARGET)) };
    rule->result[0] = rule_apply(rule, &(struct op_use){ .op = OP_MULTILABEL_BACKWARD,
                                                         .in = in,
                                                         .in_count = 3,
                                                         .attrs = *rule_attrs(rule) });
    return rule_done(rule);
}

const struct op op_row_multilabel_margin = {
    .id = OP_MULTILABEL_MARGIN,
    .name = "multilabel_margin_loss",
    .symbol = "margin",
    .node = "MultilabelMarginLossBackward0",
    .formula = "Σ max(1 − a[t] + a[d], 0) / (n · classes)",
    .derivatives = { "(±1 where 1 − a[t] + a[d] > 0) / (n · classes)" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(REDUCTION),
    .outputs = 2,
    .gradless = 1 << 1,
    .edgeless = 1 << 1,
    .saves = { [LABELS_SELF] = { .name = "self", .from = 0 },
               [LABELS_TARGET] = { .name = "target", .from = 1 },
               [LABELS_MARKS] = { .name = "is_target", .is_output = true, .from = 1 } },
    .forward = multilabel_forward,
    .backward = multilabel_backward,
};

/* in: dy, a, t */
static bool multilabel_back_forward(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct ranked ranked;
    struct tensor *result = NULL;
    if (multilabel_checked(&steps, call->in[1].tensor, call->in[2].tensor, &ranked)) {
        const struct labels labels = labels_of(&steps, &ranked);
        struct tensor *counts = rule_as(&steps, labels.counts, ranked.scores);
        struct tensor *raised = rule_sum(&steps, counts, &(struct shape){ 1, { 1 } }, false);
        struct tensor *lowered = rule_unary(
            &steps, OP_NEG, rule_sum(&steps, counts, &(struct shape){ 1, { 2 } }, false));
        struct tensor *slope =
            rule_with(&steps, OP_MUL, along(&steps, OP_SCATTER_ADD, raised, labels.index, lowered),
                      share_of(&ranked, call->attrs));
        result = sent(&steps, slope, call->in[0].tensor, &call->in[1].tensor->shape);
    }
    return forward_finish(call, &steps, result);
}

const struct op op_row_multilabel_backward = {
    .id = OP_MULTILABEL_BACKWARD,
    .name = "multilabel_margin_loss_backward",
    .node = "NotImplemented",
    .formula = "g · (±1 where 1 − a[t] + a[d] > 0) / (n · classes)",
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(REDUCTION),
    .outputs = 1,
    .edgeless = 1 << 2,
    .forward = multilabel_back_forward,
};
