#include "engine/engine.h"
#include "engine/ops/rows.h"

static enum dtype widened(enum dtype dtype)
{
    return dtype_is_float(dtype) ? dtype : DTYPE_INT64;
}

/* y = Π a            so   da += dy·y/a; where a factor is 0, dy times the product of the others */

enum { PROD_SELF, PROD_RESULT };

static bool prod_forward(struct op_call *call, struct error *err)
{
    const struct forward_reduce prod = { .function = REDUCE_PROD,
                                         .dtype = widened(call->in[0].tensor->dtype) };
    return forward_reduce(call, &prod, err);
}

/* Whether a factor is 0. Nobody is told of it. */
static bool any_is_zero(struct rule *rule, struct tensor *a)
{
    const struct tensor_spec mask_spec = { DTYPE_BOOL, a->shape, tensor_backend(a) };
    struct tensor_spec one_spec = mask_spec;
    for (int d = 0; d < a->shape.dims; d++) {
        one_spec.shape.size[d] = 1;
    }
    struct tensor *mask = tensor_create(rule->engine, &mask_spec, rule->err);
    struct tensor *one = mask ? tensor_create(rule->engine, &one_spec, rule->err) : NULL;
    struct number any = number_bool(false);
    const struct compute_map equal = { .function = MAP_EQ,
                                       .dtype = a->dtype,
                                       .in = { operand_tensor(a), operand_real(0) } };
    const struct compute_reduce reduce = { .function = REDUCE_ANY, .in = mask };
    const bool known = one && compute_map(mask, &equal, rule->err) &&
                       compute_reduce(one, &reduce, rule->err) && tensor_item(one, &any, rule->err);
    tensor_unref(mask);
    tensor_unref(one);
    rule->failed = rule->failed || !known;
    return !number_is_zero(any);
}

/* The elements of `a` along dim, but the first, or but the last. */
static struct tensor *all_but(struct rule *rule, struct tensor *a, int dim, bool last)
{
    const int64_t size = a->shape.size[dim];
    const struct operand in = operand_tensor(a);
    return rule_apply(rule,
                      &(struct op_use){
                          .op = OP_SLICE,
                          .in = &in,
                          .in_count = 1,
                          .attrs = { .present = ATTR(DIM) | ATTR(START) | ATTR(END) | ATTR(STEP),
                                     .dim = dim,
                                     .start = last ? 0 : 1,
                                     .end = last ? size - 1 : size,
                                     .step = 1 },
                      });
}

static struct tensor *flipped(struct rule *rule, struct tensor *a, int dim)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(
        rule, &(struct op_use){ .op = OP_FLIP,
                                .in = &in,
                                .in_count = 1,
                                .attrs = { .present = ATTR(DIMS), .dims = { 1, { dim } } } });
}

/* 1, a₀, a₀·a₁, ...: behind a one, the products of what stands before each element. */
static struct tensor *products_before(struct rule *rule, struct tensor *a, int dim)
{
    if (!a || rule->failed) {
        return NULL;
    }
    struct tensor_spec spec = tensor_spec_of(a);
    spec.shape.size[dim] = 1;
    struct tensor *one =
        rule_take(rule, tensor_full(rule->engine, &spec, number_integer(1), rule->err));
    const struct operand parts[] = { operand_tensor(one), operand_tensor(a) };
    const struct op_attrs along = { .present = ATTR(DIM), .dim = dim };
    const struct operand joined = operand_tensor(rule_apply(
        rule, &(struct op_use){ .op = OP_CAT, .in = parts, .in_count = 2, .attrs = along }));
    return rule_apply(
        rule, &(struct op_use){ .op = OP_CUMPROD, .in = &joined, .in_count = 1, .attrs = along });
}

/* dy times what stands before each element and what stands behind it: without a division, so that it can
 * be differentiated where a factor is 0. */
static struct tensor *around(struct rule *rule, struct tensor *grad, struct tensor *a, int dim)
{
    if (!a || rule->failed) {
        return grad;
    }
    if (a->shape.size[dim] == 1) {
        return rule_reshape(rule, grad, &a->shape);
    }
    struct tensor *before = products_before(rule, all_but(rule, a, dim, true), dim);
    struct tensor *turned = flipped(rule, all_but(rule, a, dim, false), dim);
    struct tensor *behind = flipped(rule, products_before(rule, turned, dim), dim);
    return rule_times(rule, grad, rule_times(rule, before, behind));
}

/* All elements in one line, and back. */
static struct tensor *around_all(struct rule *rule, struct tensor *a)
{
    const struct shape line = { 1, { a->count } };
    struct tensor *slopes = around(rule, rule->grad[0], rule_reshape(rule, a, &line), 0);
    return rule_reshape(rule, slopes, &a->shape);
}

static bool prod_backward(struct rule *rule)
{
    struct tensor *a = rule_saved(rule, PROD_SELF);
    if (!a || a->shape.dims == 0) {
        rule->result[0] = rule->grad[0];
        return rule_done(rule);
    }
    const struct op_attrs *attrs = rule_attrs(rule);
    if (!any_is_zero(rule, a)) {
        struct tensor *result = rule_kept(rule, rule_saved(rule, PROD_RESULT));
        rule->result[0] =
            rule_times(rule, rule_kept(rule, rule->grad[0]), rule_over(rule, result, a));
    } else if (attrs->present & ATTR(DIM)) {
        const int64_t dim = attrs->dim < 0 ? attrs->dim + a->shape.dims : attrs->dim;
        rule->result[0] = around(rule, rule_kept(rule, rule->grad[0]), a, (int)dim);
    } else {
        rule->result[0] = around_all(rule, a);
    }
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
