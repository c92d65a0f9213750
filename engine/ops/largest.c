#include "engine/engine.h"
#include "engine/ops/rows.h"

/* The largest and the smallest: of everything, along a dimension with where it stands, of several
 * dimensions. Ties of a whole tensor share the gradient; along one dimension the first takes it all. */

static bool is_largest(const struct op *op)
{
    return op->id == OP_MAX || op->id == OP_MAX_DIM || op->id == OP_AMAX || op->id == OP_ARGMAX;
}

static enum reduce_function function_of(const struct op_call *call)
{
    return is_largest(call->op) ? REDUCE_MAX : REDUCE_MIN;
}

/* Nothing has no largest element. */
static bool check_not_empty(const struct op_call *call, const char *name,
                            const struct reduced *reduced, struct error *err)
{
    const struct shape *shape = &call->in[0].tensor->shape;
    if (reduced->count > 0) {
        return true;
    }
    if (!(call->attrs->present & (ATTR(DIM) | ATTR(DIMS)))) {
        const bool tells_where = call->op->id == OP_ARGMAX || call->op->id == OP_ARGMIN;
        return error_set_kind(
            err, tells_where ? ERROR_INDEX : ERROR_RUNTIME,
            "%s(): Expected reduction dim to be specified for input.numel() == 0.%s", name,
            tells_where ? "" : " Specify the reduction dim with the 'dim' argument.");
    }
    int dim = 0;
    while (!reduced->dim[dim] || shape->size[dim] != 0) {
        dim++;
    }
    return error_set_kind(err, ERROR_INDEX,
                          "%s(): Expected reduction dim %d to have non-zero size.", name, dim);
}

static bool begin(const struct op_call *call, const char *name, struct reduced *reduced,
                  struct error *err)
{
    return forward_reduced(call, reduced, err) && check_not_empty(call, name, reduced, err);
}

/* The value alone. */
static bool value_forward(struct op_call *call, struct error *err)
{
    struct reduced reduced;
    const struct forward_reduce reduce = { .function = function_of(call),
                                           .dtype = call->in[0].tensor->dtype };
    return begin(call, call->op->name, &reduced, err) && forward_reduce(call, &reduce, err);
}

/* ---- of everything ------------------------------------------------------------------------------- */

/* y = max a          so   da += dy/n where a = y, n the number of such places */

enum { EXTREME_SELF, EXTREME_RESULT };

#define EXTREME_SAVES                                                        \
    {                                                                        \
        [EXTREME_SELF] = { .name = "self", .from = 0 }, [EXTREME_RESULT] = { \
            .name = "result",                                                \
            .is_output = true                                                \
        }                                                                    \
    }

/* Where a is y; where y is nan, every nan. */
static struct tensor *winners(struct rule *rule, struct tensor *a, struct tensor *y)
{
    struct tensor *equal = rule_binary(rule, OP_EQ, operand_tensor(a), operand_tensor(y));
    struct tensor *nan = rule_binary(rule, OP_NE, operand_tensor(a), operand_tensor(a));
    return rule_binary(rule, OP_ADD, operand_tensor(equal), operand_tensor(nan)); /* or */
}

struct tensor *rule_share(struct rule *rule, struct tensor *a, struct tensor *y)
{
    struct tensor *won = winners(rule, a, y);
    struct tensor *share = rule_over(rule, rule->grad[0], rule_unary(rule, OP_SUM, won));
    return rule_where(rule, won, operand_tensor(share), operand_real(0));
}

static bool whole_backward(struct rule *rule)
{
    rule->result[0] =
        rule_share(rule, rule_saved(rule, EXTREME_SELF), rule_saved(rule, EXTREME_RESULT));
    return rule_done(rule);
}

const struct op op_row_max = {
    .id = OP_MAX,
    .name = "max",
    .symbol = "max",
    .node = "MaxBackward1",
    .formula = "max a",
    .derivatives = { "a = max a" },
    .provenance = PROVENANCE_REDUCE,
    .outputs = 1,
    .saves = EXTREME_SAVES,
    .forward = value_forward,
    .backward = whole_backward,
};

const struct op op_row_min = {
    .id = OP_MIN,
    .name = "min",
    .symbol = "min",
    .node = "MinBackward1",
    .formula = "min a",
    .derivatives = { "a = min a" },
    .provenance = PROVENANCE_REDUCE,
    .outputs = 1,
    .saves = EXTREME_SAVES,
    .forward = value_forward,
    .backward = whole_backward,
};

/* ---- along some dimensions, ties share ------------------------------------------------------------ */

/* y = max a          so   da += dy·(a = y)/n, n counted along the same dimensions */

static struct tensor *shares(struct rule *rule, struct tensor *a, struct tensor *y,
                             struct tensor *grad)
{
    const struct shape dims = rule_reduced_dims(rule);
    struct tensor *kept = rule_kept(rule, y);
    struct tensor *won = rule_binary(rule, OP_EQ, operand_tensor(a), operand_tensor(kept));
    return rule_over(rule, rule_times(rule, rule_kept(rule, grad), won),
                     rule_sum(rule, won, &dims, true));
}

static bool several_backward(struct rule *rule)
{
    rule->result[0] = shares(rule, rule_saved(rule, EXTREME_SELF), rule_saved(rule, EXTREME_RESULT),
                             rule->grad[0]);
    return rule_done(rule);
}

const struct op op_row_amax = {
    .id = OP_AMAX,
    .name = "amax",
    .symbol = "max",
    .node = "AmaxBackward0",
    .formula = "max a",
    .derivatives = { "a = max a" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIMS) | ATTR(KEEPDIM),
    .outputs = 1,
    .saves = EXTREME_SAVES,
    .forward = value_forward,
    .backward = several_backward,
};

const struct op op_row_amin = {
    .id = OP_AMIN,
    .name = "amin",
    .symbol = "min",
    .node = "AminBackward0",
    .formula = "min a",
    .derivatives = { "a = min a" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIMS) | ATTR(KEEPDIM),
    .outputs = 1,
    .saves = EXTREME_SAVES,
    .forward = value_forward,
    .backward = several_backward,
};

/* y, z = min a, max a    so   da += what each of them sends */

enum { BOTH_SELF, BOTH_MIN, BOTH_MAX };

static bool aminmax_forward(struct op_call *call, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct reduced reduced;
    bool ok = begin(call, "aminmax", &reduced, err);
    for (int i = 0; ok && i < 2; i++) {
        struct tensor *out = reduced_output(call, i, in->dtype, &reduced, err);
        const struct compute_reduce reduce = { .function = i == 0 ? REDUCE_MIN : REDUCE_MAX,
                                               .in = in };
        ok = out && compute_reduce(out, &reduce, err);
        tensor_unref(out);
    }
    return ok;
}

static bool aminmax_backward(struct rule *rule)
{
    struct tensor *a = rule_saved(rule, BOTH_SELF);
    struct tensor *low = shares(rule, a, rule_saved(rule, BOTH_MIN), rule->grad[0]);
    struct tensor *high = shares(rule, a, rule_saved(rule, BOTH_MAX), rule->grad[1]);
    rule->result[0] = low && high
                          ? rule_binary(rule, OP_ADD, operand_tensor(low), operand_tensor(high))
                      : low ? low
                            : high;
    return rule_done(rule);
}

const struct op op_row_aminmax = {
    .id = OP_AMINMAX,
    .name = "aminmax",
    .symbol = "min, max",
    .node = "AminmaxBackward0",
    .formula = "min a, max a",
    .derivatives = { "a = min a, a = max a" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM) | ATTR(KEEPDIM),
    .outputs = 2,
    .saves = { [BOTH_SELF] = { .name = "self", .from = 0 },
               [BOTH_MIN] = { .name = "min", .is_output = true, .from = 0 },
               [BOTH_MAX] = { .name = "max", .is_output = true, .from = 1 } },
    .forward = aminmax_forward,
    .backward = aminmax_backward,
};

/* ---- along a dimension, with where it stands -------------------------------------------------------- */

/* y = a[i], i the first place of the largest    so   da[i] += dy */

static bool value_and_place_forward(struct op_call *call, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct reduced reduced;
    if (!begin(call, call->op->name, &reduced, err)) {
        return false;
    }
    struct tensor *value = reduced_output(call, 0, in->dtype, &reduced, err);
    struct tensor *place = value ? reduced_output(call, 1, DTYPE_INT64, &reduced, err) : NULL;
    const struct compute_reduce reduce = { .function = function_of(call),
                                           .in = in,
                                           .index = place };
    const bool ok = place && compute_reduce(value, &reduce, err);
    tensor_unref(value);
    tensor_unref(place);
    return ok;
}

enum { PLACE_INDICES };

static bool value_and_place_backward(struct rule *rule)
{
    rule->result[0] = rule_put_back(rule, rule_kept(rule, rule->grad[0]),
                                    rule_kept(rule, rule_saved(rule, PLACE_INDICES)));
    return rule_done(rule);
}

const struct op op_row_max_dim = {
    .id = OP_MAX_DIM,
    .name = "max",
    .symbol = "max",
    .node = "MaxBackward0",
    .formula = "max a",
    .derivatives = { "a = max a" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM) | ATTR(KEEPDIM),
    .outputs = 2,
    .saves = { [PLACE_INDICES] = { .name = "indices", .is_output = true, .from = 1 } },
    .forward = value_and_place_forward,
    .backward = value_and_place_backward,
};

const struct op op_row_min_dim = {
    .id = OP_MIN_DIM,
    .name = "min",
    .symbol = "min",
    .node = "MinBackward0",
    .formula = "min a",
    .derivatives = { "a = min a" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM) | ATTR(KEEPDIM),
    .outputs = 2,
    .saves = { [PLACE_INDICES] = { .name = "indices", .is_output = true, .from = 1 } },
    .forward = value_and_place_forward,
    .backward = value_and_place_backward,
};

/* ---- the place alone -------------------------------------------------------------------------------- */

/* y = the first place of the largest: a whole number, without a slope. Without `dim`, counted through
 * all elements in order. */

static bool place_in_all(struct op_call *call, const struct reduced *reduced, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct tensor *place = reduced_output(call, 0, DTYPE_INT64, reduced, err);
    const struct tensor_spec spec = tensor_spec_of(in);
    struct tensor *dense = place ? tensor_create(call->engine, &spec, err) : NULL;
    bool ok = dense && compute_copy(dense, in, err);
    if (ok) {
        const struct shape flat = { 1, { in->count } }, one = { 1, { 1 } };
        const int64_t step[] = { 1 };
        struct tensor *row = tensor_view(dense, &flat, step, dense->offset);
        struct tensor *single = tensor_view(place, &one, step, place->offset);
        const struct compute_reduce reduce = { .function = function_of(call),
                                               .in = row,
                                               .index = single };
        ok = compute_reduce(NULL, &reduce, err);
        tensor_unref(single);
        tensor_unref(row);
    }
    tensor_unref(dense);
    tensor_unref(place);
    return ok;
}

static bool place_forward(struct op_call *call, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct reduced reduced;
    if (!begin(call, call->op->name, &reduced, err)) {
        return false;
    }
    if (in->dtype == DTYPE_BOOL) {
        return error_set(err, "\"%s_cpu\" not implemented for 'Bool'", call->op->name);
    }
    if (!(call->attrs->present & ATTR(DIM))) {
        return place_in_all(call, &reduced, err);
    }
    struct tensor *place = reduced_output(call, 0, DTYPE_INT64, &reduced, err);
    const struct compute_reduce reduce = { .function = function_of(call),
                                           .in = in,
                                           .index = place };
    const bool ok = place && compute_reduce(NULL, &reduce, err);
    tensor_unref(place);
    return ok;
}

const struct op op_row_argmax = {
    .id = OP_ARGMAX,
    .name = "argmax",
    .symbol = "argmax",
    .formula = "argmax a",
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM) | ATTR(KEEPDIM),
    .outputs = 1,
    .forward = place_forward,
};

const struct op op_row_argmin = {
    .id = OP_ARGMIN,
    .name = "argmin",
    .symbol = "argmin",
    .formula = "argmin a",
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM) | ATTR(KEEPDIM),
    .outputs = 1,
    .forward = place_forward,
};
