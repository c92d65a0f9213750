#include "engine/ops/rows.h"

/* dy for every element of the input. */
static struct tensor *spread(struct rule *rule)
{
    return rule_expand(rule, rule_kept(rule, rule->grad[0]), rule_edge_shape(rule, 0));
}

/* y = Σ a            so   da += dy everywhere */

static bool sum_forward(struct op_call *call, struct error *err)
{
    const enum dtype dtype = call->in[0].tensor->dtype;
    const struct forward_reduce sum = { .function = REDUCE_SUM,
                                        .dtype = dtype_is_float(dtype) ? dtype : DTYPE_INT64 };
    return forward_reduce(call, &sum, err);
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
    struct reduced reduced;
    if (!dtype_is_float(in->dtype)) {
        return error_set(err,
                         "mean(): could not infer output dtype. Input dtype must be either a "
                         "floating point or complex dtype. Got: %s",
                         dtype_type_name(in->dtype));
    }
    const struct forward_reduce sum = { .function = REDUCE_SUM, .dtype = in->dtype };
    return forward_reduced(call, &reduced, err) && forward_reduce(call, &sum, err) &&
           compute_map2(call->out[0], MAP_DIV, operand_tensor(call->out[0]),
                        operand_real((double)reduced.count), err);
}

static double mean_count(const struct rule *rule)
{
    const struct shape *shape = rule_edge_shape(rule, 0), dims = rule_reduced_dims(rule);
    double count = 1;
    for (int i = 0; i < dims.dims; i++) {
        count *= shape->dims > 0 ? (double)shape->size[dims.size[i]] : 1;
    }
    return count;
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
