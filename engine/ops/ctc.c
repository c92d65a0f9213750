#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/ops/rows.h"
#include "engine/tensor/sequence.h"

/* Connectionist temporal classification (Graves et al. 2006). The target with a blank before, between
 * and behind its labels is l' with 2S + 1 places. α[t, s] is the log-probability of all ways to have said
 * l'[0..s] after step t, β[t, s] of all ways to say l'[s..] from step t on, both with step t itself:
 *     α[t, s] = a[t, l'[s]] + log(e^α[t-1, s] + e^α[t-1, s-1] + e^α[t-1, s-2])
 * the last only where l'[s] ≠ l'[s-2], and β the same way back.
 * y = -log(e^α[T-1, 2S] + e^α[T-1, 2S-1])
 * so   da[t, c] += (e^a[t, c] - Σ_{s: l'[s] = c} e^(α + β - a[t, c] + y))·dy
 * which takes for granted that the e^a of a step add up to 1; a row of its own without a derivative, as
 * in PyTorch. */

/* Operands of the row; the way back has dy before them, and y and α behind. */
enum { CTC_LOGS, CTC_TARGETS, CTC_STEPS, CTC_LABELS, CTC_OPERANDS };

/* What both ways need. */
struct paths {
    struct tensor *logs;   /* a: [T, n, classes] */
    struct tensor *steps;  /* [n]: how many of T are used */
    struct tensor *labels; /* [n]: how many labels are used */
    struct tensor *places; /* l': [n, 2S + 1] */
    struct tensor *skips;  /* where l'[s] ≠ l'[s-2] */
    struct tensor *spread; /* l' for each step: [T, n, 2S + 1] */
    struct tensor *said;   /* a[t, l'[s]]: [T, n, 2S + 1] */
    int64_t length;        /* T */
};

static struct operand whole(int64_t n)
{
    return operand_number(number_integer(n));
}

/* 0, 1, ... on the device of `like`. */
static struct tensor *counted(struct rule *rule, int64_t count, const struct tensor *like)
{
    const struct number bounds[] = { number_integer(0), number_integer(count), number_integer(1) };
    struct tensor *on_cpu =
        rule_take(rule, tensor_arange(rule->engine, bounds, DTYPE_INT64, rule->err));
    if (!on_cpu || !like) {
        return NULL;
    }
    const struct tensor_spec spec = { DTYPE_INT64, on_cpu->shape, tensor_backend(like) };
    struct tensor *numbers = rule_take(rule, tensor_create(rule->engine, &spec, rule->err));
    rule->failed |= numbers && !compute_copy(numbers, on_cpu, rule->err);
    return numbers;
}

/* Along the last dimension: element s of the result is element s - by, `value` where there is none. */
static struct tensor *shifted(struct rule *rule, struct tensor *a, int by, struct number value)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(rule, &(struct op_use){ .op = OP_PAD,
                                              .in = &in,
                                              .in_count = 1,
                                              .attrs = { .present = ATTR(PAD) | ATTR(VALUE),
                                                         .pad = { 2, { by, -by } },
                                                         .value = value } });
}

static struct tensor *never(struct rule *rule, struct tensor *unless, struct tensor *a)
{
    return rule_where(rule, unless, operand_tensor(a), operand_real(-INFINITY));
}

static struct tensor *either(struct rule *rule, struct tensor *a, struct tensor *b)
{
    return rule_binary(rule, OP_LOGADDEXP, operand_tensor(a), operand_tensor(b));
}

static struct tensor *along(struct rule *rule, enum op_id op, int dim, struct tensor *a,
                            struct tensor *index, struct tensor *added)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(index), operand_tensor(added) };
    return rule_apply(rule, &(struct op_use){ .op = op,
                                              .in = in,
                                              .in_count = added ? 3 : 2,
                                              .attrs = { .present = ATTR(DIM), .dim = dim } });
}

static struct tensor *step_of(struct rule *rule, struct tensor *a, int64_t step)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(
        rule, &(struct op_use){
                  .op = OP_SELECT,
                  .in = &in,
                  .in_count = 1,
                  .attrs = { .present = ATTR(DIM) | ATTR(INDEX), .dim = 0, .index = step } });
}

/* l': blanks with the labels between them, and a blank for each label behind a target's end. */
static struct tensor *places_of(struct rule *rule, struct tensor *targets, struct tensor *labels,
                                int64_t blank)
{
    const int64_t n = targets->shape.size[0], most = targets->shape.size[1];
    struct tensor *numbers = counted(rule, most, targets);
    struct tensor *used = rule_binary(rule, OP_LT, operand_tensor(numbers),
                                      operand_tensor(rule_unsqueeze(rule, labels, 1)));
    struct tensor *known = rule_where(rule, used, operand_tensor(targets), whole(blank));
    const struct tensor_spec spec = { DTYPE_INT64,
                                      { 2, { n, 2 * most + 1 } },
                                      tensor_backend(targets) };
    struct tensor *places =
        rule_take(rule, tensor_full(rule->engine, &spec, number_integer(blank), rule->err));
    if (!places || !known) {
        return NULL;
    }
    const int64_t strides[BACKEND_MAX_DIMS] = { 2 * most + 1, 2 };
    struct tensor *between = tensor_view(places, &known->shape, strides, places->offset + 1);
    rule->failed |= most > 0 && !compute_copy(between, known, rule->err);
    tensor_unref(between);
    return places;
}

static struct paths paths_of(struct rule *rule, const struct operand *in, int64_t blank)
{
    struct paths paths = { .logs = in[CTC_LOGS].tensor,
                           .steps = in[CTC_STEPS].tensor,
                           .labels = in[CTC_LABELS].tensor,
                           .length = in[CTC_LOGS].tensor->shape.size[0] };
    paths.places = places_of(rule, in[CTC_TARGETS].tensor, paths.labels, blank);
    struct tensor *earlier = shifted(rule, paths.places, 2, number_integer(blank));
    paths.skips = rule_binary(rule, OP_NE, operand_tensor(paths.places), operand_tensor(earlier));
    struct tensor *one = rule_unsqueeze(rule, paths.places, 0);
    if (one) {
        const struct shape shape = { 3, { paths.length, one->shape.size[1], one->shape.size[2] } };
        paths.spread = rule_expand(rule, one, &shape);
    }
    paths.said = along(rule, OP_GATHER, 2, paths.logs, paths.spread, NULL);
    return paths;
}

/* Before s: what leads to place s, or (towards -1) what place s leads to. */
static struct tensor *reached(struct rule *rule, const struct paths *paths, struct tensor *from,
                              int towards)
{
    const struct number no_way = number_real(-INFINITY);
    struct tensor *next = shifted(rule, from, towards, no_way);
    struct tensor *skipped = towards > 0
                                 ? never(rule, paths->skips, shifted(rule, from, 2, no_way))
                                 : shifted(rule, never(rule, paths->skips, from), -2, no_way);
    return either(rule, either(rule, from, next), skipped);
}

static struct tensor *stacked(struct rule *rule, struct tensor *const *steps, int64_t count,
                              int dim)
{
    struct operand *in = memory_allocate((size_t)count + 1, sizeof(*in));
    for (int64_t t = 0; t < count; t++) {
        in[t] = operand_tensor(steps[t]);
    }
    struct tensor *all =
        rule_apply(rule, &(struct op_use){ .op = OP_STACK,
                                           .in = in,
                                           .in_count = (int)count,
                                           .attrs = { .present = ATTR(DIM), .dim = dim } });
    free(in);
    return all;
}

/* α: [n, T, 2S + 1] */
static struct tensor *forward_logs(struct rule *rule, const struct paths *paths)
{
    struct tensor **steps = memory_allocate((size_t)paths->length + 1, sizeof(*steps));
    for (int64_t t = 0; t < paths->length && !rule->failed; t++) {
        struct tensor *said = step_of(rule, paths->said, t);
        if (t == 0 && said) {
            struct tensor *numbers = counted(rule, said->shape.size[1], said);
            steps[0] =
                never(rule, rule_binary(rule, OP_LT, operand_tensor(numbers), whole(2)), said);
        } else {
            steps[t] =
                rule_binary(rule, OP_ADD, operand_tensor(reached(rule, paths, steps[t - 1], 1)),
                            operand_tensor(said));
        }
    }
    struct tensor *all = stacked(rule, steps, paths->length, 1);
    free(steps);
    return all;
}

/* α at the last used step, `back` places before the last used one: [n]. */
static struct tensor *at_the_end(struct rule *rule, const struct paths *paths, struct tensor *alpha,
                                 int64_t back)
{
    if (!alpha || rule->failed) {
        return NULL;
    }
    const int64_t n = alpha->shape.size[0], wide = alpha->shape.size[2];
    struct tensor *last = rule_binary(rule, OP_SUB, operand_tensor(paths->steps), whole(1));
    struct tensor *row = rule_binary(
        rule, OP_MUL,
        operand_tensor(rule_binary(rule, OP_MAXIMUM, operand_tensor(last),
                                   operand_tensor(rule_zeros(rule, last, &last->shape)))),
        whole(wide));
    struct tensor *place = rule_binary(
        rule, OP_SUB,
        operand_tensor(rule_binary(rule, OP_MUL, operand_tensor(paths->labels), whole(2))),
        whole(back));
    struct tensor *at = rule_binary(rule, OP_ADD, operand_tensor(row), operand_tensor(place));
    struct tensor *known = at ? rule_binary(rule, OP_MAXIMUM, operand_tensor(at),
                                            operand_tensor(rule_zeros(rule, at, &at->shape)))
                              : NULL;
    struct tensor *flat =
        rule_reshape(rule, alpha, &(struct shape){ 2, { n, alpha->shape.size[1] * wide } });
    struct tensor *picked = along(rule, OP_GATHER, 1, flat, rule_unsqueeze(rule, known, 1), NULL);
    return rule_reshape(rule, picked, &(struct shape){ 1, { n } });
}

/* y of each sample: of no step 0 where there is no label either, else ∞. */
static struct tensor *losses_of(struct rule *rule, const struct paths *paths, struct tensor *alpha)
{
    struct tensor *has_labels = rule_with(rule, OP_GT, paths->labels, 0);
    struct tensor *ends = either(rule, at_the_end(rule, paths, alpha, 0),
                                 never(rule, has_labels, at_the_end(rule, paths, alpha, 1)));
    struct tensor *no_step =
        rule_as(rule, rule_where(rule, has_labels, operand_real(INFINITY), operand_real(0)), ends);
    return rule_where(rule, rule_with(rule, OP_GT, paths->steps, 0),
                      operand_tensor(rule_unary(rule, OP_NEG, ends)), operand_tensor(no_step));
}

static int64_t blank_of(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(PADDING_IDX) ? attrs->padding_idx : 0;
}

static bool ctc_checked(const struct operand *in, struct error *err)
{
    const struct tensor *logs = in[CTC_LOGS].tensor, *targets = in[CTC_TARGETS].tensor;
    if (!dtype_is_float(logs->dtype)) {
        return error_set(err, "\"ctc_loss_cpu\" not implemented for '%s'",
                         dtype_type_name(logs->dtype));
    }
    const bool fits = logs->shape.dims == 3 && targets->shape.dims == 2 &&
                      targets->shape.size[0] == logs->shape.size[1] && logs->shape.size[0] > 0;
    return fits ||
           error_set(err, "ctc_loss: one row of targets for each sample of at least one step "
                          "is needed");
}

static bool ctc_forward(struct op_call *call, struct error *err)
{
    if (!ctc_checked(call->in, err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    const struct paths paths = paths_of(&steps, call->in, blank_of(call->attrs));
    struct tensor *alpha = forward_logs(&steps, &paths);
    struct tensor *losses = losses_of(&steps, &paths, alpha);
    if (rule_done(&steps) && alpha) {
        call->out[1] = tensor_ref(alpha);
    }
    return forward_finish(call, &steps, losses);
}

enum { SAVED_LOSSES = CTC_OPERANDS, SAVED_ALPHA };

static bool ctc_backward(struct rule *rule)
{
    struct operand in[1 + CTC_OPERANDS + 2] = { operand_tensor(rule->grad[0]) };
    for (int i = 0; i < CTC_OPERANDS + 2; i++) {
        in[1 + i] = operand_tensor(rule_saved(rule, i));
    }
    rule->result[0] = rule_apply(rule, &(struct op_use){ .op = OP_CTC_LOSS_BACKWARD,
                                                         .in = in,
                                                         .in_count = 1 + CTC_OPERANDS + 2,
                                                         .attrs = *rule_attrs(rule) });
    return rule_done(rule);
}

#define CTC_NAMES                             \
    { ATTR_INDEX_PADDING_IDX, "blank" },      \
    {                                         \
        ATTR_INDEX_EQUAL_NAN, "zero_infinity" \
    }

const struct op op_row_ctc_loss = {
    .id = OP_CTC_LOSS,
    .name = "ctc_loss",
    .symbol = "CTC",
    .node = "CtcLossBackward0",
    .formula = "−log p(targets | a)",
    .derivatives = { "eᵃ − p(class | targets, a)" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(PADDING_IDX) | ATTR(EQUAL_NAN),
    .aliases = { CTC_NAMES },
    .outputs = 2,
    .gradless = 1 << 1,
    .edgeless = 1 << CTC_TARGETS | 1 << CTC_STEPS | 1 << CTC_LABELS,
    .saves = { [CTC_LOGS] = { .name = "log_probs", .from = CTC_LOGS },
               [CTC_TARGETS] = { .name = "targets", .from = CTC_TARGETS },
               [CTC_STEPS] = { .name = "input_lengths", .from = CTC_STEPS },
               [CTC_LABELS] = { .name = "target_lengths", .from = CTC_LABELS },
               [SAVED_LOSSES] = { .name = "result0", .is_output = true, .from = 0 },
               [SAVED_ALPHA] = { .name = "result1", .is_output = true, .from = 1 } },
    .forward = ctc_forward,
    .backward = ctc_backward,
};

/* ---- the way back -------------------------------------------------------------------------------- */

/* Where a target ends: its last place and, where it has labels, the one before. */
static struct tensor *ends_of(struct rule *rule, const struct paths *paths)
{
    if (rule->failed || !paths->places) {
        return NULL;
    }
    struct tensor *numbers = counted(rule, paths->places->shape.size[1], paths->places);
    struct tensor *last =
        rule_unsqueeze(rule, rule_binary(rule, OP_MUL, operand_tensor(paths->labels), whole(2)), 1);
    struct tensor *is_last =
        rule_binary(rule, OP_EQ, operand_tensor(numbers), operand_tensor(last));
    struct tensor *before = rule_binary(rule, OP_SUB, operand_tensor(last), whole(1));
    struct tensor *is_before =
        rule_binary(rule, OP_EQ, operand_tensor(numbers), operand_tensor(before));
    return rule_binary(rule, OP_LOGICAL_OR, operand_tensor(is_last), operand_tensor(is_before));
}

/* e^(α + β - a + y) at each step and place: [T, n, 2S + 1] */
static struct tensor *shares_of(struct rule *rule, const struct paths *paths, struct tensor *alpha,
                                struct tensor *losses)
{
    struct tensor **steps = memory_allocate((size_t)paths->length + 1, sizeof(*steps));
    struct tensor *ends = ends_of(rule, paths), *beta = NULL;
    for (int64_t t = paths->length - 1; t >= 0 && !rule->failed; t--) {
        struct tensor *said = step_of(rule, paths->said, t);
        struct tensor *is_last = rule_unsqueeze(
            rule, rule_binary(rule, OP_EQ, operand_tensor(paths->steps), whole(t + 1)), 1);
        struct tensor *begun = never(
            rule, rule_binary(rule, OP_LOGICAL_AND, operand_tensor(ends), operand_tensor(is_last)),
            said);
        struct tensor *onward = beta ? reached(rule, paths, beta, -1) : NULL;
        /* Without a, which β has more than is needed; it is added for the next step. */
        struct tensor *ahead = rule_where(
            rule, is_last,
            operand_tensor(rule_where(rule, ends, operand_real(0), operand_real(-INFINITY))),
            onward ? operand_tensor(onward) : operand_real(-INFINITY));
        beta = onward ? rule_where(rule, is_last, operand_tensor(begun),
                                   operand_tensor(rule_binary(rule, OP_ADD, operand_tensor(onward),
                                                              operand_tensor(said))))
                      : begun;
        const struct operand so_far = operand_tensor(alpha);
        struct tensor *behind = rule_apply(
            rule, &(struct op_use){
                      .op = OP_SELECT,
                      .in = &so_far,
                      .in_count = 1,
                      .attrs = { .present = ATTR(DIM) | ATTR(INDEX), .dim = 1, .index = t } });
        steps[t] = rule_binary(rule, OP_ADD, operand_tensor(behind), operand_tensor(ahead));
    }
    struct tensor *both = stacked(rule, steps, paths->length, 0);
    free(steps);
    struct tensor *lifted = rule_binary(rule, OP_ADD, operand_tensor(both),
                                        operand_tensor(rule_unsqueeze(rule, losses, 1)));
    return rule_unary(rule, OP_EXP, lifted);
}

/* in: dy, the row's operands, y, α */
static bool ctc_back_forward(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct tensor *losses = call->in[1 + SAVED_LOSSES].tensor;
    const struct paths paths = paths_of(&steps, call->in + 1, blank_of(call->attrs));
    struct tensor *shares = shares_of(&steps, &paths, call->in[1 + SAVED_ALPHA].tensor, losses);
    struct tensor *zeros = rule_zeros(&steps, paths.logs, &paths.logs->shape);
    struct tensor *sums = along(&steps, OP_SCATTER_ADD, 2, zeros, paths.spread, shares);
    struct tensor *slope =
        rule_binary(&steps, OP_SUB, operand_tensor(rule_unary(&steps, OP_EXP, paths.logs)),
                    operand_tensor(sums));
    struct tensor *result =
        rule_times(&steps, slope, rule_unsqueeze(&steps, call->in[0].tensor, 1));

    const bool zero = call->attrs->present & ATTR(EQUAL_NAN) && call->attrs->equal_nan;
    struct tensor *lost = rule_unsqueeze(&steps, rule_unary(&steps, OP_ISINF, losses), 1);
    result = rule_where(&steps, lost, operand_real(zero ? 0 : NAN), operand_tensor(result));
    struct tensor *numbers = rule_unsqueeze(
        &steps, rule_unsqueeze(&steps, counted(&steps, paths.length, paths.logs), 1), 1);
    struct tensor *used = rule_binary(&steps, OP_LT, operand_tensor(numbers),
                                      operand_tensor(rule_unsqueeze(&steps, paths.steps, 1)));
    result = rule_where(&steps, used, operand_tensor(result), operand_real(0));
    return forward_finish(call, &steps, result);
}

const struct op op_row_ctc_loss_backward = {
    .id = OP_CTC_LOSS_BACKWARD,
    .name = "_ctc_loss_backward",
    .node = "NotImplemented",
    .formula = "(eᵃ − p(class | targets, a)) · g",
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(PADDING_IDX) | ATTR(EQUAL_NAN),
    .aliases = { CTC_NAMES },
    .outputs = 1,
    .edgeless = ~(uint32_t)3,
    .forward = ctc_back_forward,
};
