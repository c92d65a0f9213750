#include "engine/engine.h"
#include "engine/ops/rows.h"

/* Elements by their places along one dimension, and back: how the gradient of whatever chooses
 * elements (max, sort, median) finds its way. Each is the other's derivative. */

enum { PICK_INDICES };

/* A single element as a row of one, so that it has a dimension to count along. */
static struct tensor *as_row(struct tensor *t)
{
    if (t->shape.dims > 0) {
        return tensor_ref(t);
    }
    const int64_t step[] = { 1 };
    return tensor_view(t, &(struct shape){ 1, { 1 } }, step, t->offset);
}

static bool run(bool (*compute)(struct tensor *, const struct compute_index *, struct error *),
                struct op_call *call, struct error *err)
{
    int dim;
    if (!shape_dim(call->out[0]->shape.dims, call->attrs->dim, &dim, err)) {
        return false;
    }
    struct tensor *out = as_row(call->out[0]), *in = as_row(call->in[0].tensor);
    struct tensor *places = as_row(call->in[1].tensor);
    const struct compute_index index = { .in = in, .index = places, .dim = dim };
    const bool ok = compute(out, &index, err);
    tensor_unref(places);
    tensor_unref(in);
    tensor_unref(out);
    return ok;
}

/* y = a[i] along dim     so   da[i] += dy          i has y's shape */

static bool pick_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    spec.shape = call->in[1].tensor->shape;
    return op_output(call, 0, &spec, err) && run(compute_gather, call, err);
}

static bool pick_backward(struct rule *rule)
{
    rule->result[0] = rule_put_back(rule, rule->grad[0], rule_saved(rule, PICK_INDICES));
    return rule_done(rule);
}

const struct op op_row_pick = {
    .id = OP_PICK,
    .name = "pick",
    .symbol = "[i]",
    .node = "GatherBackward0",
    .formula = "a[i]",
    .derivatives = { "0, [i] ← Σ g" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [PICK_INDICES] = { .name = "index", .from = 1 } },
    .forward = pick_forward,
    .backward = pick_backward,
};

/* y = zeros of shape `size` with a added at [i]    so   da += dy[i] */

static bool put_back_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    spec.shape = call->attrs->size;
    struct tensor *out = op_output(call, 0, &spec, err);
    return out && compute_fill(out, number_integer(0), err) && run(compute_scatter_add, call, err);
}

struct tensor *rule_pick(struct rule *rule, struct tensor *a, struct tensor *indices, int64_t dim)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(indices) };
    return rule_apply(rule, &(struct op_use){ .op = OP_PICK,
                                              .in = in,
                                              .in_count = 2,
                                              .attrs = { .present = ATTR(DIM), .dim = dim } });
}

struct tensor *rule_put_back(struct rule *rule, struct tensor *a, struct tensor *indices)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(indices) };
    const struct op_attrs attrs = { .present = ATTR(DIM) | ATTR(SIZE),
                                    .dim = rule_attrs(rule)->dim,
                                    .size = *rule_edge_shape(rule, 0) };
    return rule_apply(
        rule, &(struct op_use){ .op = OP_PUT_BACK, .in = in, .in_count = 2, .attrs = attrs });
}

static bool put_back_backward(struct rule *rule)
{
    rule->result[0] =
        rule_pick(rule, rule->grad[0], rule_saved(rule, PICK_INDICES), rule_attrs(rule)->dim);
    return rule_done(rule);
}

const struct op op_row_put_back = {
    .id = OP_PUT_BACK,
    .name = "put_back",
    .node = "ScatterBackward0",
    .formula = "0, [i] ← Σ a",
    .derivatives = { "g[i]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM) | ATTR(SIZE),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [PICK_INDICES] = { .name = "index", .from = 1 } },
    .forward = put_back_forward,
    .backward = put_back_backward,
};
