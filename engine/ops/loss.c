#include "engine/ops/rows.h"

enum { REDUCTION_NONE, REDUCTION_MEAN, REDUCTION_SUM };

static int64_t reduction(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(REDUCTION) ? attrs->reduction : REDUCTION_MEAN;
}

/* y = Σ (a - b)² / n     so   da += ((2/n)·(a - b))·dy,   db += -da
 * (reduction sum: without n; none: neither n nor Σ) */

enum { MSE_SELF, MSE_TARGET };

static bool mse_forward(struct op_call *call, struct error *err)
{
    const int64_t how = reduction(call->attrs);
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    spec.dtype = dtype_result(call->in, 2, spec.dtype);
    if (!shape_broadcast(&call->in[0].tensor->shape, &call->in[1].tensor->shape, &spec.shape,
                         err)) {
        return false;
    }
    struct tensor *squares = tensor_create(call->engine, &spec, err);
    if (!squares) {
        return false;
    }
    bool ok = compute_map2(squares, MAP_SUB, call->in[0], call->in[1], err) &&
              compute_map(squares,
                          &(struct compute_map){ .function = MAP_SQUARE,
                                                 .dtype = spec.dtype,
                                                 .in = { operand_tensor(squares) } },
                          err);
    if (how == REDUCTION_NONE) {
        call->out[0] = tensor_ref(squares);
    } else if (ok) {
        const struct operand in = operand_tensor(squares);
        const struct op_attrs whole = { .present = 0 };
        struct op_call sum = *call;
        sum.in = &in;
        sum.in_count = 1;
        sum.attrs = &whole;
        ok = forward_reduce(
            &sum, &(struct forward_reduce){ .function = REDUCE_SUM, .dtype = spec.dtype }, err);
    }
    if (ok && how == REDUCTION_MEAN) {
        ok = compute_map2(call->out[0], MAP_DIV, operand_tensor(call->out[0]),
                          operand_real((double)squares->count), err);
    }
    tensor_unref(squares);
    return ok;
}

/* (2/n)·(a - b), n as the reduction says */
static struct tensor *mse_slope(struct rule *rule)
{
    struct tensor *difference =
        rule_binary(rule, OP_SUB, rule_operand(rule, MSE_SELF), rule_operand(rule, MSE_TARGET));
    if (!difference) {
        return NULL;
    }
    const bool mean = reduction(rule_attrs(rule)) == REDUCTION_MEAN;
    return rule_mul(rule, difference, operand_real(mean ? 2.0 / (double)difference->count : 2.0));
}

static bool mse_backward(struct rule *rule)
{
    struct tensor *grad = rule_mul(rule, mse_slope(rule), operand_tensor(rule->grad[0]));
    rule->result[0] = grad;
    if (rule->needs[1]) {
        rule->result[1] = rule_unary(rule, OP_NEG, grad);
    }
    return rule_done(rule);
}

static bool mse_local(struct rule *rule, int edge, struct operand *out)
{
    struct tensor *slope = mse_slope(rule);
    return local_tensor(rule, edge == 0 ? slope : rule_unary(rule, OP_NEG, slope), out);
}

const struct op op_row_mse_loss = {
    .id = OP_MSE_LOSS,
    .name = "mse_loss",
    .symbol = "MSE",
    .node = "MseLossBackward0",
    .formula = "Σ (a − b)² / n",
    .derivatives = { "2 (a − b) / n", "−2 (a − b) / n" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(REDUCTION),
    .outputs = 1,
    .saves = { [MSE_SELF] = { .name = "self", .from = 0 },
               [MSE_TARGET] = { .name = "target", .from = 1 } },
    .forward = mse_forward,
    .backward = mse_backward,
    .local = mse_local,
};
