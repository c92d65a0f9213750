#include "engine/engine.h"
#include "engine/ops/rows.h"

static enum dtype widened(enum dtype dtype)
{
    return dtype_is_float(dtype) ? dtype : DTYPE_INT64;
}

/* y = Π a            so   da += dy·y/a; where a is 0, dy times the product of the others */

enum { PROD_SELF, PROD_RESULT };

static bool prod_forward(struct op_call *call, struct error *err)
{
    const struct forward_reduce prod = { .function = REDUCE_PROD,
                                         .dtype = widened(call->in[0].tensor->dtype) };
    return forward_reduce(call, &prod, err);
}

static struct tensor *prod_over(struct rule *rule, struct tensor *a)
{
    const struct operand in = operand_tensor(a);
    const struct op_attrs *attrs = rule_attrs(rule);
    const bool some = attrs->present & ATTR(DIM);
    return rule_kept(rule, rule_apply(rule, &(struct op_use){ .op = some ? OP_PROD_DIM : OP_PROD,
                                                              .in = &in,
                                                              .in_count = 1,
                                                              .attrs = *attrs }));
}

/* A single 0 among the factors: its own slope is the product of the others, theirs is 0. With more of
 * them all slopes are 0. */
static bool prod_backward(struct rule *rule)
{
    struct tensor *a = rule_saved(rule, PROD_SELF);
    struct tensor *grad = rule_kept(rule, rule->grad[0]);
    struct tensor *result = rule_kept(rule, rule_saved(rule, PROD_RESULT));
    const struct shape dims = rule_reduced_dims(rule);
    struct tensor *is_zero = rule_with(rule, OP_EQ, a, 0);
    struct tensor *zeros = rule_sum(rule, is_zero, &dims, true);
    struct tensor *factors = rule_where(rule, is_zero, operand_real(1), operand_tensor(a));
    struct tensor *others = prod_over(rule, factors);
    struct tensor *alone =
        rule_where(rule, rule_with(rule, OP_EQ, zeros, 1), operand_tensor(others), operand_real(0));
    struct tensor *slope = rule_where(rule, is_zero, operand_tensor(alone),
                                      operand_tensor(rule_over(rule, result, factors)));
    rule->result[0] = rule_times(rule, grad, slope);
    return rule_done(rule);
}

#define PROD_SAVES                                                     \
    {                                                                  \
        [PROD_SELF] = { .name = "self", .from = 0 }, [PROD_RESULT] = { \
            .name = "result",                                          \
            .is_output = true                                          \
        }                                                              \
    }

const struct op op_row_prod = {
    .id = OP_PROD,
    .name = "prod",
    .symbol = "Π",
    .node = "ProdBackward0",
    .formula = "Π a",
    .derivatives = { "Π a / a" },
    .provenance = PROVENANCE_REDUCE,
    .outputs = 1,
    .saves = PROD_SAVES,
    .forward = prod_forward,
    .backward = prod_backward,
};

const struct op op_row_prod_dim = {
    .id = OP_PROD_DIM,
    .name = "prod",
    .symbol = "Π",
    .node = "ProdBackward1",
    .formula = "Π a",
    .derivatives = { "Π a / a" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM) | ATTR(KEEPDIM),
    .outputs = 1,
    .saves = PROD_SAVES,
    .forward = prod_forward,
    .backward = prod_backward,
};

/* y = Σ a without the nans      so   da += dy where a is a number */

enum { NANSUM_SELF };

static bool nansum_forward(struct op_call *call, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    const struct tensor_spec spec = tensor_spec_of(in);
    struct tensor_spec mask_spec = spec;
    mask_spec.dtype = DTYPE_BOOL;
    struct tensor *known = tensor_create(call->engine, &spec, err);
    struct tensor *is_number = known ? tensor_create(call->engine, &mask_spec, err) : NULL;
    const struct operand self = operand_tensor(in);
    const struct compute_map equal = { .function = MAP_EQ,
                                       .dtype = in->dtype,
                                       .in = { self, self } };
    const struct compute_map choice = { .function = MAP_WHERE,
                                        .dtype = in->dtype,
                                        .in = { operand_tensor(is_number), self,
                                                operand_number(number_integer(0)) } };
    bool ok = is_number && compute_map(is_number, &equal, err) && compute_map(known, &choice, err);
    if (ok) {
        const struct operand operand = operand_tensor(known);
        struct op_call sum = *call;
        sum.in = &operand;
        ok = forward_reduce(
            &sum, &(struct forward_reduce){ .function = REDUCE_SUM, .dtype = widened(in->dtype) },
            err);
    }
    tensor_unref(is_number);
    tensor_unref(known);
    return ok;
}

static bool nansum_backward(struct rule *rule)
{
    struct tensor *a = rule_saved(rule, NANSUM_SELF);
    struct tensor *is_number = rule_binary(rule, OP_EQ, operand_tensor(a), operand_tensor(a));
    rule->result[0] = rule_times(rule, rule_kept(rule, rule->grad[0]), is_number);
    return rule_done(rule);
}

const struct op op_row_nansum = {
    .id = OP_NANSUM,
    .name = "nansum",
    .symbol = "Σ",
    .node = "NansumBackward0",
    .formula = "Σ a, a ≠ nan",
    .derivatives = { "a ≠ nan" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIMS) | ATTR(KEEPDIM),
    .outputs = 1,
    .saves = { [NANSUM_SELF] = { .name = "self", .from = 0 } },
    .forward = nansum_forward,
    .backward = nansum_backward,
};

/* y = whether some, or every, a is not 0: true or false has no slope. A byte stays a byte. */

static bool truth_forward(struct op_call *call, enum reduce_function function, struct error *err)
{
    struct reduced reduced;
    if (call->in[0].tensor->dtype != DTYPE_UINT8) {
        const struct forward_reduce reduce = { .function = function, .dtype = DTYPE_BOOL };
        return forward_reduce(call, &reduce, err);
    }
    if (!forward_reduced(call, &reduced, err)) {
        return false;
    }
    struct tensor *out = reduced_output(call, 0, DTYPE_UINT8, &reduced, err);
    const struct tensor_spec spec = { DTYPE_BOOL, reduced.kept,
                                      tensor_backend(call->in[0].tensor) };
    struct tensor *truth = out ? tensor_create(call->engine, &spec, err) : NULL;
    const struct compute_reduce reduce = { .function = function, .in = call->in[0].tensor };
    const bool ok = truth && compute_reduce(truth, &reduce, err) && compute_copy(out, truth, err);
    tensor_unref(truth);
    tensor_unref(out);
    return ok;
}

static bool any_forward(struct op_call *call, struct error *err)
{
    return truth_forward(call, REDUCE_ANY, err);
}

const struct op op_row_any = {
    .id = OP_ANY,
    .name = "any",
    .symbol = "∃",
    .formula = "a ≠ 0 somewhere",
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIMS) | ATTR(KEEPDIM),
    .outputs = 1,
    .forward = any_forward,
};

static bool all_forward(struct op_call *call, struct error *err)
{
    return truth_forward(call, REDUCE_ALL, err);
}

const struct op op_row_all = {
    .id = OP_ALL,
    .name = "all",
    .symbol = "∀",
    .formula = "a ≠ 0 everywhere",
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIMS) | ATTR(KEEPDIM),
    .outputs = 1,
    .forward = all_forward,
};
