#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y = a with b at [i] reduced into it along dim, together with what was there or (include_self false)
 * instead of it. */

enum { SR_SELF, SR_INDEX, SR_SRC, SR_RESULT };

/* The numbers of the attribute `reduction`. */
enum { BY_SUM, BY_PROD, BY_MEAN, BY_AMAX, BY_AMIN };

static bool includes_self(const struct op_attrs *attrs)
{
    return !(attrs->present & ATTR(ACCUMULATE)) || attrs->accumulate;
}

static struct tensor *along(struct rule *rule, enum op_id op, const struct operand *in, int count,
                            int64_t dim)
{
    return rule_apply(rule, &(struct op_use){ .op = op,
                                              .in = in,
                                              .in_count = count,
                                              .attrs = { .present = ATTR(DIM), .dim = dim } });
}

static struct tensor *scattered(struct rule *rule, enum op_id op, struct tensor *a,
                                struct tensor *index, struct operand b, int64_t dim)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(index), b };
    return along(rule, op, in, 3, dim);
}

static struct tensor *gathered(struct rule *rule, struct tensor *a, struct tensor *index,
                               int64_t dim)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(index) };
    return along(rule, OP_GATHER, in, 2, dim);
}

/* a[from : to] along d */
static struct tensor *part(struct rule *rule, struct tensor *a, int64_t d, int64_t from, int64_t to)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(rule, &(struct op_use){ .op = OP_SLICE,
                                              .in = &in,
                                              .in_count = 1,
                                              .attrs = { .present = ATTR(DIM) | ATTR(START) |
                                                                    ATTR(END) | ATTR(STEP),
                                                         .dim = d,
                                                         .start = from,
                                                         .end = to,
                                                         .step = 1 } });
}

/* The corner of b that has a place. */
static struct tensor *used(struct rule *rule, struct tensor *b, const struct tensor *index)
{
    for (int d = 0; b && index && d < b->shape.dims && d < index->shape.dims; d++) {
        b = b->shape.size[d] > index->shape.size[d] ? part(rule, b, d, 0, index->shape.size[d]) : b;
    }
    return b;
}

static struct tensor *filled(struct rule *rule, const struct tensor *like, int64_t value)
{
    if (!like || rule->failed) {
        return NULL;
    }
    const struct tensor_spec spec = { like->dtype, like->shape, tensor_backend(like) };
    return rule_take(rule, tensor_full(rule->engine, &spec, number_integer(value), rule->err));
}

/* How many elements make each element of the result, at least 1. */
static struct tensor *counts(struct rule *rule, const struct tensor *a, struct tensor *index,
                             const struct tensor *b, int64_t dim, bool with_self)
{
    struct tensor *ones = filled(rule, b, 1);
    struct tensor *sum = scattered(rule, OP_SCATTER_ADD, filled(rule, a, with_self ? 1 : 0), index,
                                   operand_tensor(used(rule, ones, index)), dim);
    struct tensor *none = rule_with(rule, OP_EQ, sum, 0);
    return rule_where(rule, none, operand_tensor(filled(rule, sum, 1)), operand_tensor(sum));
}

/* One slab of b after another: no two elements of a slab have one place. */
static struct tensor *one_by_one(struct rule *steps, enum op_id op, struct tensor *a,
                                 struct tensor *index, struct tensor *b, int64_t dim)
{
    struct tensor *out = rule_unary(steps, OP_CLONE, a);
    const int64_t slabs = index->shape.dims > 0 ? index->shape.size[dim] : 1;
    for (int64_t i = 0; out && i < slabs; i++) {
        struct tensor *at = slabs > 1 ? part(steps, index, dim, i, i + 1) : index;
        struct tensor *brought = slabs > 1 ? part(steps, b, dim, i, i + 1) : b;
        struct tensor *there = gathered(steps, out, at, dim);
        struct tensor *both =
            rule_binary(steps, op, operand_tensor(there), operand_tensor(brought));
        const struct operand in[] = { operand_tensor(out), operand_tensor(at),
                                      operand_tensor(both) };
        rule_apply(steps, &(struct op_use){ .op = OP_SCATTER,
                                            .in = in,
                                            .in_count = 3,
                                            .attrs = { .present = ATTR(DIM), .dim = dim },
                                            .in_place = true });
    }
    return out;
}

static struct tensor *reduce_into(struct rule *steps, const struct op_call *call, int64_t dim)
{
    struct tensor *a = call->in[0].tensor, *index = call->in[1].tensor;
    struct tensor *b = used(steps, call->in[2].tensor, index);
    const int64_t how = call->attrs->reduction;
    const bool with_self = includes_self(call->attrs);
    struct tensor *start = a;
    if (!with_self && how <= BY_MEAN) {
        start = scattered(steps, OP_SCATTER_VALUE, a, index,
                          operand_number(number_integer(how == BY_PROD ? 1 : 0)), dim);
    } else if (!with_self) {
        start = scattered(steps, OP_SCATTER, a, index, operand_tensor(b), dim);
    }
    if (how == BY_PROD || how == BY_AMAX || how == BY_AMIN) {
        const enum op_id op = how == BY_PROD ? OP_MUL : how == BY_AMAX ? OP_MAXIMUM : OP_MINIMUM;
        return start && b ? one_by_one(steps, op, start, index, b, dim) : NULL;
    }
    struct tensor *sum = scattered(steps, OP_SCATTER_ADD, start, index, operand_tensor(b), dim);
    if (how == BY_SUM) {
        return sum;
    }
    struct tensor *count = counts(steps, a, index, call->in[2].tensor, dim, with_self);
    const enum op_id over = dtype_is_float(a->dtype) ? OP_DIV : OP_FLOOR_DIVIDE_TENSOR;
    return rule_binary(steps, over, operand_tensor(sum), operand_tensor(count));
}

static bool scatter_reduce_forward(struct op_call *call, struct error *err)
{
    const struct tensor *a = call->in[0].tensor;
    int dim;
    if (!shape_dim(a->shape.dims, call->attrs->dim, &dim, err)) {
        return false;
    }
    if (a->dtype != call->in[2].tensor->dtype) {
        return error_set(err, "scatter(): Expected self.dtype to be equal to src.dtype");
    }
    struct rule steps = forward_begin(call, err);
    return forward_finish(call, &steps, reduce_into(&steps, call, dim));
}

/* What goes to a and to b. */
struct sent {
    struct tensor *to_a, *to_b;
};

/* The winners share. */
static struct sent send_extreme(struct rule *rule, struct tensor *index, int64_t dim)
{
    struct tensor *a = rule_saved(rule, SR_SELF), *y = rule_saved(rule, SR_RESULT);
    struct tensor *b = used(rule, rule_saved(rule, SR_SRC), index);
    struct tensor *won_a =
        rule_as(rule, rule_binary(rule, OP_EQ, operand_tensor(a), operand_tensor(y)), a);
    struct tensor *there = gathered(rule, y, index, dim);
    struct tensor *won_b =
        rule_as(rule, rule_binary(rule, OP_EQ, operand_tensor(b), operand_tensor(there)), b);
    struct tensor *count =
        scattered(rule, OP_SCATTER_ADD, won_a, index, operand_tensor(won_b), dim);
    struct tensor *share = rule_over(rule, rule->grad[0], count);
    return (struct sent){ rule_times(rule, won_a, share),
                          rule_times(rule, won_b, gathered(rule, share, index, dim)) };
}

static struct sent send(struct rule *rule, struct tensor *index, int64_t dim)
{
    const struct op_attrs *attrs = rule_attrs(rule);
    struct tensor *grad = rule->grad[0];
    if (attrs->reduction == BY_AMAX || attrs->reduction == BY_AMIN) {
        return send_extreme(rule, index, dim);
    }
    if (attrs->reduction == BY_MEAN) {
        grad = rule_over(rule, grad,
                         counts(rule, rule_saved(rule, SR_SELF), index, rule_saved(rule, SR_SRC),
                                dim, includes_self(attrs)));
    }
    return (struct sent){ grad, gathered(rule, grad, index, dim) };
}

static bool scatter_reduce_backward(struct rule *rule)
{
    const struct op_attrs *attrs = rule_attrs(rule);
    struct tensor *index = rule_saved(rule, SR_INDEX);
    const int64_t dim = attrs->dim;
    if (attrs->reduction == BY_PROD) {
        rule->failed = true;
        return error_set_kind(rule->err, ERROR_NOT_IMPLEMENTED,
                              "the derivative of scatter_reduce(reduce='prod') is not supported by "
                              "Gradlight");
    }
    struct sent sent = send(rule, index, dim);
    if (!includes_self(attrs)) {
        sent.to_a = scattered(rule, OP_SCATTER_VALUE, sent.to_a, index,
                              operand_number(number_integer(0)), dim);
    }
    rule->result[0] = rule->needs[0] ? sent.to_a : NULL;
    rule->result[1] = rule->needs[1] ? sent.to_b : NULL;
    return rule_done(rule);
}

const struct op op_row_scatter_reduce = {
    .id = OP_SCATTER_REDUCE,
    .name = "scatter_reduce",
    .symbol = "[i] ⊕",
    .node = "ScatterReduceBackward0",
    .formula = "a, [i] ← a[i] ⊕ b",
    .derivatives = { "g", "", "g[i]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM) | ATTR(REDUCTION) | ATTR(ACCUMULATE),
    .aliases = { { ATTR_INDEX_REDUCTION, "reduce" }, { ATTR_INDEX_ACCUMULATE, "include_self" } },
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [SR_SELF] = { .name = "self", .from = 0 },
               [SR_INDEX] = { .name = "index", .from = 1 },
               [SR_SRC] = { .name = "src", .from = 2 },
               [SR_RESULT] = { .name = "result", .is_output = true, .from = 0 } },
    .forward = scatter_reduce_forward,
    .backward = scatter_reduce_backward,
};

/* scatter(reduce="add" or "multiply"): the same as a sum or a product; PyTorch gives it no derivative. */

const struct op op_row_scatter_combine = {
    .id = OP_SCATTER_COMBINE,
    .name = "scatter_into",
    .symbol = "[i] ⊕",
    .node = "NotImplemented",
    .formula = "a, [i] ← a[i] ⊕ b",
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM) | ATTR(REDUCTION) | ATTR(ACCUMULATE),
    .aliases = { { ATTR_INDEX_REDUCTION, "reduce" }, { ATTR_INDEX_ACCUMULATE, "include_self" } },
    .outputs = 1,
    .edgeless = 1 << 1,
    .forward = scatter_reduce_forward,
};
