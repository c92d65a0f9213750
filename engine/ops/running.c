#include <float.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* The largest and smallest so far, with where they stand, and the logarithm of the sum of powers so far. */

static struct tensor *scanned(const struct op_call *call, enum scan_function function,
                              struct tensor *out, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct compute_scan how = { .function = function, .in = in };
    const bool ok = out && shape_dim(in->shape.dims, call->attrs->dim, &how.dim, err) &&
                    compute_scan(out, &how, err);
    return ok ? out : NULL;
}

/* ---- cummax, cummin -------------------------------------------------------------------------------- */

/* y = a[i], iₙ the last place of the largest of a₀, …, aₙ       so   da[i] += dy */

enum { RUNNING_SELF, RUNNING_INDICES };

static bool extreme_forward(struct op_call *call, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct tensor_spec spec = tensor_spec_of(in);
    const enum scan_function function = call->op->id == OP_CUMMAX ? SCAN_MAX : SCAN_MIN;
    struct tensor *values = op_output(call, 0, &spec, err);
    spec.dtype = DTYPE_INT64;
    struct tensor *places = values ? op_output(call, 1, &spec, err) : NULL;
    if (!scanned(call, function, places, err)) {
        return false;
    }
    if (in->shape.dims == 0) {
        return compute_copy(values, in, err);
    }
    struct compute_index index = { .in = in, .index = places };
    return shape_dim(in->shape.dims, call->attrs->dim, &index.dim, err) &&
           compute_gather(values, &index, err);
}

static bool extreme_backward(struct rule *rule)
{
    rule->result[0] = rule_put_back(rule, rule->grad[0], rule_saved(rule, RUNNING_INDICES));
    return rule_done(rule);
}

#define EXTREME_SAVES                                                         \
    {                                                                         \
        [RUNNING_SELF] = { .name = "self", .from = 0 }, [RUNNING_INDICES] = { \
            .name = "indices",                                                \
            .is_output = true,                                                \
            .from = 1                                                         \
        }                                                                     \
    }

const struct op op_row_cummax = {
    .id = OP_CUMMAX,
    .name = "cummax",
    .symbol = "max…",
    .node = "CummaxBackward0",
    .formula = "max(a₀, …, aᵢ)",
    .derivatives = { "0, [i] ← Σ g" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM),
    .outputs = 2,
    .saves = EXTREME_SAVES,
    .forward = extreme_forward,
    .backward = extreme_backward,
};

const struct op op_row_cummin = {
    .id = OP_CUMMIN,
    .name = "cummin",
    .symbol = "min…",
    .node = "CumminBackward0",
    .formula = "min(a₀, …, aᵢ)",
    .derivatives = { "0, [i] ← Σ g" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM),
    .outputs = 2,
    .saves = EXTREME_SAVES,
    .forward = extreme_forward,
    .backward = extreme_backward,
};

/* ---- logcumsumexp ---------------------------------------------------------------------------------- */

/* yᵢ = ln(e^a₀ + … + e^aᵢ)      so   daᵢ += e^aᵢ · (dyᵢ e^-yᵢ + … + dyₙ e^-yₙ)
 * The sums are taken of logarithms, those of positive and of negative dy by themselves, so that no power
 * overflows. */

enum { LOGS_SELF, LOGS_RESULT };

static bool logcumsumexp_forward(struct op_call *call, struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    struct tensor *out = op_output(call, 0, &spec, err);
    return scanned(call, SCAN_LOG_SUM_EXP, out, err) != NULL;
}

static struct tensor *along(struct rule *rule, enum op_id op, struct tensor *a)
{
    const struct operand in = operand_tensor(a);
    const int64_t dim = rule_attrs(rule)->dim;
    struct op_attrs attrs = { .present = ATTR(DIM), .dim = dim };
    if (op == OP_FLIP) {
        attrs = (struct op_attrs){ .present = ATTR(DIMS), .dims = { 1, { dim } } };
    }
    return rule_apply(rule, &(struct op_use){ .op = op, .in = &in, .in_count = 1, .attrs = attrs });
}

/* e^a · Σ |dy| e^-y from each place to the end, of those dy that `chosen` says. */
static struct tensor *share_of(struct rule *rule, struct tensor *chosen)
{
    struct tensor *grad = rule->grad[0];
    struct tensor *logs = rule_unary(rule, OP_LOG, rule_unary(rule, OP_ABS, grad));
    struct tensor *kept = rule_where(rule, chosen, operand_tensor(logs), operand_real(-FLT_MAX));
    struct tensor *above = rule_binary(rule, OP_SUB, operand_tensor(kept),
                                       operand_tensor(rule_saved(rule, LOGS_RESULT)));
    struct tensor *sums =
        along(rule, OP_FLIP, along(rule, OP_LOGCUMSUMEXP, along(rule, OP_FLIP, above)));
    return rule_unary(rule, OP_EXP,
                      rule_binary(rule, OP_ADD, operand_tensor(sums),
                                  operand_tensor(rule_saved(rule, LOGS_SELF))));
}

static bool logcumsumexp_backward(struct rule *rule)
{
    struct tensor *grad = rule->grad[0];
    struct tensor *positive = share_of(rule, rule_with(rule, OP_GT, grad, 0));
    struct tensor *negative = share_of(rule, rule_with(rule, OP_LT, grad, 0));
    rule->result[0] = rule_binary(rule, OP_SUB, operand_tensor(positive), operand_tensor(negative));
    return rule_done(rule);
}

const struct op op_row_logcumsumexp = {
    .id = OP_LOGCUMSUMEXP,
    .name = "logcumsumexp",
    .symbol = "ln Σ eᵃ…",
    .node = "LogcumsumexpBackward0",
    .formula = "ln(e^a₀ + … + e^aᵢ)",
    .derivatives = { "e^aᵢ (gᵢ e^−yᵢ + … + gₙ e^−yₙ)" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .saves = { [LOGS_SELF] = { .name = "self", .from = 0 },
               [LOGS_RESULT] = { .name = "result", .is_output = true } },
    .forward = logcumsumexp_forward,
    .backward = logcumsumexp_backward,
};
