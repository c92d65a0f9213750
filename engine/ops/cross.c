#include <inttypes.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y = a × b along a dimension of size 3     so   da += b × dy,   db += dy × a */

enum { CROSS_SELF, CROSS_OTHER };

static bool cross_check(const struct op_call *call, int *dim, struct error *err)
{
    const struct tensor *a = call->in[0].tensor, *b = call->in[1].tensor;
    if (a->shape.dims != b->shape.dims) {
        return error_set(err, "linalg.cross: inputs must have the same number of dimensions.");
    }
    if (!shape_dim(a->shape.dims, call->attrs->dim, dim, err)) {
        return false;
    }
    const int64_t m = a->shape.size[*dim], n = b->shape.size[*dim];
    const bool from_end = call->attrs->from_end & ATTR(DIM);
    return (m == 3 && n == 3) ||
           error_set(err,
                     "linalg.cross: inputs dimension %d must have length 3. Got %" PRId64
                     " and %" PRId64,
                     from_end ? *dim - a->shape.dims : *dim, m, n);
}

static struct tensor *rolled(struct rule *rule, struct tensor *a, int64_t dim, int64_t by)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(rule, &(struct op_use){ .op = OP_ROLL,
                                              .in = &in,
                                              .in_count = 1,
                                              .attrs = { .present = ATTR(SHIFTS) | ATTR(DIMS),
                                                         .shifts = { 1, { by } },
                                                         .dims = { 1, { dim } } } });
}

static struct tensor *product(struct rule *rule, struct tensor *a, struct tensor *b, int64_t dim)
{
    if (!a || !b) {
        return NULL;
    }
    struct tensor *plus = rule_times(rule, rolled(rule, a, dim, -1), rolled(rule, b, dim, -2));
    struct tensor *minus = rule_times(rule, rolled(rule, a, dim, -2), rolled(rule, b, dim, -1));
    return rule_binary(rule, OP_SUB, operand_tensor(plus), operand_tensor(minus));
}

static bool cross_forward(struct op_call *call, struct error *err)
{
    int dim;
    if (!cross_check(call, &dim, err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    return forward_finish(call, &steps,
                          product(&steps, call->in[0].tensor, call->in[1].tensor, dim));
}

static bool cross_backward(struct rule *rule)
{
    const int64_t dim = rule_attrs(rule)->dim;
    struct tensor *grad = rule->grad[0];
    if (rule->needs[0]) {
        rule->result[0] = product(rule, rule_saved(rule, CROSS_OTHER), grad, dim);
    }
    if (rule->needs[1]) {
        rule->result[1] = product(rule, grad, rule_saved(rule, CROSS_SELF), dim);
    }
    return rule_done(rule);
}

const struct op op_row_cross = {
    .id = OP_CROSS,
    .name = "cross",
    .symbol = "×",
    .node = "LinalgCrossBackward0",
    .formula = "a × b",
    .derivatives = { "b × g", "g × a" },
    .provenance = PROVENANCE_MATMUL,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .saves = { [CROSS_SELF] = { .name = "self", .from = 0, .used_by = 1 << 1 },
               [CROSS_OTHER] = { .name = "other", .from = 1, .used_by = 1 << 0 } },
    .forward = cross_forward,
    .backward = cross_backward,
};
