#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y = Σ (a - m)²/(n - c), m the mean     so   da += (2/(n - c))·dy·(a - m)
 * c is the correction, 1 where absent. The standard deviation is y = √ of it. */

enum { SPREAD_SELF, SPREAD_RESULT };

static double correction(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(CORRECTION) ? number_as_real(attrs->correction) : 1;
}

static bool check_float(const struct op_call *call, const char *name, struct error *err)
{
    return dtype_is_float(call->in[0].tensor->dtype) ||
           error_set(err, "%s only support floating point and complex dtypes", name);
}

static bool variance(struct op_call *call, enum reduce_function function, struct error *err)
{
    const struct forward_reduce reduce = { .function = function,
                                           .dtype = call->in[0].tensor->dtype,
                                           .parameter = correction(call->attrs) };
    return forward_reduce(call, &reduce, err);
}

static bool var_forward(struct op_call *call, struct error *err)
{
    return check_float(call, "std and var", err) && variance(call, REDUCE_VAR, err);
}

static bool std_forward(struct op_call *call, struct error *err)
{
    return check_float(call, "std and var", err) && variance(call, REDUCE_STD, err);
}

/* The number of elements that one element of the result is made of. */
static double count_of(const struct rule *rule)
{
    const struct shape *shape = rule_edge_shape(rule, 0), dims = rule_reduced_dims(rule);
    double count = 1;
    for (int i = 0; i < dims.dims; i++) {
        count *= shape->dims > 0 ? (double)shape->size[dims.size[i]] : 1;
    }
    return count;
}

static struct tensor *mean_of(struct rule *rule, struct tensor *a)
{
    const struct operand in = operand_tensor(a);
    const struct op_attrs attrs = { .present = ATTR(DIMS) | ATTR(KEEPDIM),
                                    .dims = rule_reduced_dims(rule),
                                    .keepdim = true };
    return rule_apply(
        rule, &(struct op_use){ .op = OP_MEAN_DIM, .in = &in, .in_count = 1, .attrs = attrs });
}

/* What a gradient of the variance sends to a. */
static struct tensor *send_variance(struct rule *rule, struct tensor *a, struct tensor *grad)
{
    const double freedom = count_of(rule) - correction(rule_attrs(rule));
    struct tensor *mean = mean_of(rule, a);
    if (freedom <= 0) {
        struct tensor *level = rule_binary(rule, OP_EQ, operand_tensor(a), operand_tensor(mean));
        struct tensor *none = rule_zeros(rule, a, &a->shape);
        struct tensor *slope = rule_where(rule, level, operand_real(NAN), operand_real(INFINITY));
        return rule_times(rule, rule_kept(rule, grad),
                          rule_binary(rule, OP_ADD, operand_tensor(none), operand_tensor(slope)));
    }
    struct tensor *share = rule_with(rule, OP_MUL, rule_kept(rule, grad), 2 / freedom);
    return rule_times(rule, share,
                      rule_binary(rule, OP_SUB, operand_tensor(a), operand_tensor(mean)));
}

/* The gradient of the variance, where `grad` is that of its root: dy/(2·y), 0 where y is 0. */
static struct tensor *through_root(struct rule *rule, struct tensor *grad, struct tensor *result)
{
    struct tensor *half = rule_over(rule, grad, rule_with(rule, OP_MUL, result, 2));
    return rule_where(rule, rule_with(rule, OP_EQ, result, 0), operand_real(0),
                      operand_tensor(half));
}

static bool var_backward(struct rule *rule)
{
    rule->result[0] = send_variance(rule, rule_saved(rule, SPREAD_SELF), rule->grad[0]);
    return rule_done(rule);
}

const struct op op_row_var = {
    .id = OP_VAR,
    .name = "var",
    .symbol = "var",
    .node = "VarBackward0",
    .formula = "Σ (a − ā)² / (n − 1)",
    .derivatives = { "2 (a − ā) / (n − 1)" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIMS) | ATTR(KEEPDIM) | ATTR(CORRECTION),
    .outputs = 1,
    .saves = { [SPREAD_SELF] = { .name = "self", .from = 0 } },
    .forward = var_forward,
    .backward = var_backward,
};

static bool std_backward(struct rule *rule)
{
    struct tensor *grad = through_root(rule, rule->grad[0], rule_saved(rule, SPREAD_RESULT));
    rule->result[0] = send_variance(rule, rule_saved(rule, SPREAD_SELF), grad);
    return rule_done(rule);
}

const struct op op_row_std = {
    .id = OP_STD,
    .name = "std",
    .symbol = "σ",
    .node = "StdBackward0",
    .formula = "√(Σ (a − ā)² / (n − 1))",
    .derivatives = { "(a − ā) / (n − 1) σ" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIMS) | ATTR(KEEPDIM) | ATTR(CORRECTION),
    .outputs = 1,
    .saves = { [SPREAD_SELF] = { .name = "self", .from = 0 },
               [SPREAD_RESULT] = { .name = "result", .is_output = true } },
    .forward = std_forward,
    .backward = std_backward,
};

/* y, m: with the mean      so   da += what y sends, + dm/n */

enum { PAIR_SELF, PAIR_RESULT };

static bool pair_forward(struct op_call *call, enum reduce_function function, struct error *err)
{
    const enum dtype dtype = call->in[0].tensor->dtype;
    struct reduced reduced;
    return check_float(call, call->op->name, err) && forward_reduced(call, &reduced, err) &&
           variance(call, function, err) &&
           forward_reduce(
               call,
               &(struct forward_reduce){ .function = REDUCE_SUM, .dtype = dtype, .output = 1 },
               err) &&
           compute_map2(call->out[1], MAP_DIV, operand_tensor(call->out[1]),
                        operand_real((double)reduced.count), err);
}

static struct tensor *send_mean(struct rule *rule)
{
    struct tensor *share = rule_with(rule, OP_DIV, rule_kept(rule, rule->grad[1]), count_of(rule));
    return rule_expand(rule, share, rule_edge_shape(rule, 0));
}

static bool pair_send(struct rule *rule, struct tensor *variance_grad)
{
    struct tensor *first =
        variance_grad ? send_variance(rule, rule_saved(rule, PAIR_SELF), variance_grad) : NULL;
    struct tensor *second = send_mean(rule);
    rule->result[0] = first && second
                          ? rule_binary(rule, OP_ADD, operand_tensor(first), operand_tensor(second))
                      : first ? first
                              : second;
    return rule_done(rule);
}

static bool var_mean_forward(struct op_call *call, struct error *err)
{
    return pair_forward(call, REDUCE_VAR, err);
}

static bool var_mean_backward(struct rule *rule)
{
    return pair_send(rule, rule->grad[0]);
}

const struct op op_row_var_mean = {
    .id = OP_VAR_MEAN,
    .name = "var_mean",
    .symbol = "var, mean",
    .node = "VarMeanBackward0",
    .formula = "Σ (a − ā)² / (n − 1), ā",
    .derivatives = { "2 (a − ā) / (n − 1), 1 / n" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIMS) | ATTR(KEEPDIM) | ATTR(CORRECTION),
    .outputs = 2,
    .saves = { [PAIR_SELF] = { .name = "self", .from = 0 } },
    .forward = var_mean_forward,
    .backward = var_mean_backward,
};

static bool std_mean_forward(struct op_call *call, struct error *err)
{
    return pair_forward(call, REDUCE_STD, err);
}

static bool std_mean_backward(struct rule *rule)
{
    struct tensor *grad = rule->grad[0];
    return pair_send(rule, grad ? through_root(rule, grad, rule_saved(rule, PAIR_RESULT)) : NULL);
}

const struct op op_row_std_mean = {
    .id = OP_STD_MEAN,
    .name = "std_mean",
    .symbol = "σ, mean",
    .node = "StdMeanBackward0",
    .formula = "√(Σ (a − ā)² / (n − 1)), ā",
    .derivatives = { "(a − ā) / (n − 1) σ, 1 / n" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIMS) | ATTR(KEEPDIM) | ATTR(CORRECTION),
    .outputs = 2,
    .saves = { [PAIR_SELF] = { .name = "self", .from = 0 },
               [PAIR_RESULT] = { .name = "result0", .is_output = true } },
    .forward = std_mean_forward,
    .backward = std_mean_backward,
};
