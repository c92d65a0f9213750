#include "engine/ops/rows.h"

/* The number of elements that each element of the output was made of. */
static double reduced_count(const struct shape *in, const struct op_attrs *attrs)
{
    double count = 1;
    const bool all = !(attrs->present & ATTR(DIMS)) || attrs->dims.dims == 0;
    for (int i = 0; i < (all ? in->dims : attrs->dims.dims); i++) {
        int dim = i;
        if (!all && !shape_dim(in->dims, attrs->dims.size[i], &dim, NULL)) {
            return 1;
        }
        count *= in->dims > 0 ? (double)in->size[dim] : 1;
    }
    return count;
}

/* dy with a dimension of size 1 wherever the reduction left one out, then spread to the input. */
static struct tensor *spread(struct rule *rule)
{
    const struct op_attrs *attrs = rule_attrs(rule);
    const struct shape *shape = rule_edge_shape(rule, 0);
    struct tensor *grad = rule->grad[0];
    const bool all = !(attrs->present & ATTR(DIMS)) || attrs->dims.dims == 0;
    const bool keepdim = attrs->present & ATTR(KEEPDIM) && attrs->keepdim;
    bool missing[BACKEND_MAX_DIMS] = { false };
    for (int i = 0; !all && !keepdim && i < attrs->dims.dims && shape->dims > 0; i++) {
        const int64_t dim = attrs->dims.size[i];
        missing[dim < 0 ? dim + shape->dims : dim] = true;
    }
    for (int d = 0; d < shape->dims; d++) {
        if (missing[d]) {
            grad = rule_unsqueeze(rule, grad, d);
        }
    }
    return rule_expand(rule, grad, shape);
}

/* y = Σ a            so   da += dy everywhere */

static bool sum_forward(struct op_call *call, struct error *err)
{
    const enum dtype dtype = call->in[0].tensor->dtype;
    return forward_reduce(call, REDUCE_SUM, dtype_is_float(dtype) ? dtype : DTYPE_INT64, err);
}

static bool sum_backward(struct rule *rule)
{
    rule->result[0] = spread(rule);
    return rule_done(rule);
}

const struct op op_row_sum = {
    .id = OP_SUM,
    .name = "sum",
    .symbol = "Σ",
    .node = "SumBackward0",
    .formula = "Σ a",
    .derivatives = { "1" },
    .provenance = PROVENANCE_REDUCE,
    .outputs = 1,
    .forward = sum_forward,
    .backward = sum_backward,
    .local = local_one,
};

const struct op op_row_sum_dim = {
    .id = OP_SUM_DIM,
    .name = "sum",
    .symbol = "Σ",
    .node = "SumBackward1",
    .formula = "Σ a",
    .derivatives = { "1" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIMS) | ATTR(KEEPDIM),
    .outputs = 1,
    .forward = sum_forward,
    .backward = sum_backward,
    .local = local_one,
};

/* y = (Σ a)/n        so   da += dy/n everywhere */

static bool mean_forward(struct op_call *call, struct error *err)
{
    const struct tensor *in = call->in[0].tensor;
    if (!dtype_is_float(in->dtype)) {
        return error_set(err,
                         "mean(): could not infer output dtype. Input dtype must be either a "
                         "floating point or complex dtype. Got: %s",
                         dtype_type_name(in->dtype));
    }
    return forward_reduce(call, REDUCE_SUM, in->dtype, err) &&
           compute_map2(call->out[0], MAP_DIV, operand_tensor(call->out[0]),
                        operand_real(reduced_count(&in->shape, call->attrs)), err);
}

static double mean_count(const struct rule *rule)
{
    return reduced_count(rule_edge_shape(rule, 0), rule_attrs(rule));
}

static bool mean_backward(struct rule *rule)
{
    rule->result[0] = rule_binary(rule, OP_DIV, operand_tensor(spread(rule)),
                                  operand_number(number_integer((int64_t)mean_count(rule))));
    return rule_done(rule);
}

static bool mean_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    *out = operand_real(1 / mean_count(rule));
    return true;
}

const struct op op_row_mean = {
    .id = OP_MEAN,
    .name = "mean",
    .symbol = "mean",
    .node = "MeanBackward0",
    .formula = "Σ a / n",
    .derivatives = { "1 / n" },
    .provenance = PROVENANCE_REDUCE,
    .outputs = 1,
    .forward = mean_forward,
    .backward = mean_backward,
    .local = mean_local,
};

const struct op op_row_mean_dim = {
    .id = OP_MEAN_DIM,
    .name = "mean",
    .symbol = "mean",
    .node = "MeanBackward1",
    .formula = "Σ a / n",
    .derivatives = { "1 / n" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIMS) | ATTR(KEEPDIM),
    .outputs = 1,
    .forward = mean_forward,
    .backward = mean_backward,
    .local = mean_local,
};
