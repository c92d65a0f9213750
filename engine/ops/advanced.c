#include "engine/autograd/autograd.h"
#include "engine/engine.h"
#include "engine/ops/indices.h"

/* Indexing with tensors: a[i], a[i, j], a[mask]. Operands behind the values are the indices, none where
 * a dimension is taken whole. Which cells a result has is known only when the indices are read. */

#define INDEX_SLOT(number)                                   \
    {                                                        \
        .name = "indices", .from = (number), .is_list = true \
    }
/* The indices from operand `first` on. */
#define INDEX_SLOTS(first)                                                                      \
    {                                                                                           \
        INDEX_SLOT(first), INDEX_SLOT(first + 1), INDEX_SLOT(first + 2), INDEX_SLOT(first + 3), \
            INDEX_SLOT(first + 4), INDEX_SLOT(first + 5), INDEX_SLOT(first + 6),                \
            INDEX_SLOT(first + 7)                                                               \
    }

/* places as [N, 1, 1, ...], to stand beside [N, the other dimensions]. */
static struct tensor *beside(struct tensor *places, const struct tensor *parts)
{
    struct shape shape = { parts->shape.dims, { places->count } };
    int64_t strides[BACKEND_MAX_DIMS] = { 1 };
    for (int d = 1; d < shape.dims; d++) {
        shape.size[d] = 1;
        strides[d] = 0;
    }
    return tensor_view(places, &shape, strides, places->offset);
}

/* An operation on the value and the indices that the node has kept. Of the attributes, the size alone
 * differs. */
static struct tensor *apply_indexed(struct rule *rule, enum op_id op, struct tensor *value,
                                    const struct op_attrs *attrs)
{
    struct operand in[1 + BACKEND_MAX_DIMS] = { operand_tensor(value) };
    const int count = rule->node->saved_count;
    for (int i = 0; i < count; i++) {
        in[1 + i] = operand_tensor(rule_saved(rule, i));
    }
    if (!value || rule->failed) {
        return NULL;
    }
    const struct op_use use = { .op = op, .in = in, .in_count = 1 + count, .attrs = *attrs };
    return rule_take(rule, op_apply_one(rule->engine, &use, rule->err));
}

/* y = a[i, j]     so   da[i, j] += dy, in the order of the indices */

static bool index_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    struct index_plan plan;
    if (!index_plan_begin(&plan, a, call->in + 1, call->in_count - 1, err)) {
        return false;
    }
    const struct tensor_spec spec = { a->dtype, plan.result, tensor_backend(a) };
    struct tensor *out = op_output(call, 0, &spec, err);
    bool ok = out != NULL;
    if (ok) {
        struct tensor *parts = index_plan_parts(&plan, out), *whole = index_plan_whole(&plan, a);
        struct tensor *places = beside(plan.places, parts);
        const struct compute_index index = { .in = whole, .index = places, .dim = 0 };
        ok = compute_gather(parts, &index, err);
        tensor_unref(places);
        tensor_unref(whole);
        tensor_unref(parts);
    }
    index_plan_finish(&plan);
    return ok;
}

static bool index_backward(struct rule *rule)
{
    const struct op_attrs attrs = { .present = ATTR(SIZE), .size = *rule_edge_shape(rule, 0) };
    rule->result[0] = apply_indexed(rule, OP_INDEX_BACKWARD, rule->grad[0], &attrs);
    return rule_done(rule);
}

const struct op op_row_index = {
    .id = OP_INDEX,
    .name = "index",
    .symbol = "[i]",
    .node = "IndexBackward0",
    .formula = "a[i]",
    .derivatives = { "0, [i] ← Σ g" },
    .provenance = PROVENANCE_ROWS,
    .outputs = 1,
    .edgeless = ~UINT32_C(1),
    .saves = INDEX_SLOTS(1),
    .forward = index_forward,
    .backward = index_backward,
};

/* `into`[i, j] = or += values, which have the shape of the result or broadcast to it */

static bool refuse_values(const struct tensor *values, const struct shape *result,
                          struct error *err)
{
    struct text a = { 0 }, b = { 0 };
    shape_append(&a, &values->shape);
    shape_append(&b, result);
    error_set(err,
              "shape mismatch: value tensor of shape %s cannot be broadcast to indexing result of "
              "shape %s",
              text_string(&a), text_string(&b));
    text_finish(&a);
    text_finish(&b);
    return false;
}

/* The values as a tensor of the result's shape that lies row by row in a memory of its own. */
static struct tensor *spread_values(struct tensor *values, const struct tensor *into,
                                    const struct shape *result, struct error *err)
{
    int64_t strides[BACKEND_MAX_DIMS];
    if (values->shape.dims > result->dims ||
        !shape_expand(&values->shape, values->strides, result, strides, NULL)) {
        refuse_values(values, result, err);
        return NULL;
    }
    if (shape_equal(&values->shape, result) && tensor_is_contiguous(values) &&
        values->storage != into->storage) {
        return tensor_ref(values);
    }
    const struct tensor_spec spec = { values->dtype, *result, tensor_backend(into) };
    struct tensor *copy = tensor_create(into->engine, &spec, err);
    if (copy && !compute_copy(copy, values, err)) {
        tensor_unref(copy);
        return NULL;
    }
    return copy;
}

static bool put(struct tensor *into, struct tensor *values, const struct operand *indices,
                int count, enum scatter_function function, struct error *err)
{
    struct index_plan plan;
    if (!index_plan_begin(&plan, into, indices, count, err)) {
        index_plan_finish(&plan);
        return false;
    }
    struct tensor *spread = spread_values(values, into, &plan.result, err);
    bool ok = spread != NULL;
    if (ok) {
        struct tensor *parts = index_plan_parts(&plan, spread);
        struct tensor *whole = index_plan_whole(&plan, into), *places = beside(plan.places, parts);
        const struct compute_index index = { .in = parts, .index = places, .dim = 0 };
        ok = compute_scatter(whole, function, &index, err);
        tensor_unref(places);
        tensor_unref(whole);
        tensor_unref(parts);
    }
    tensor_unref(spread);
    index_plan_finish(&plan);
    return ok;
}

/* y = zeros of shape `size` with a added at [i, j]     so   da += dy[i, j] */

static bool index_backward_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    spec.shape = call->attrs->size;
    struct tensor *out = op_output(call, 0, &spec, err);
    return out && compute_fill(out, number_integer(0), err) &&
           put(out, call->in[0].tensor, call->in + 1, call->in_count - 1, SCATTER_ADD, err);
}

static bool index_backward_backward(struct rule *rule)
{
    const struct op_attrs attrs = { 0 };
    rule->result[0] = apply_indexed(rule, OP_INDEX, rule->grad[0], &attrs);
    return rule_done(rule);
}

const struct op op_row_index_backward = {
    .id = OP_INDEX_BACKWARD,
    .name = "index_backward",
    .node = "IndexBackwardBackward0",
    .formula = "0, [i] ← Σ a",
    .derivatives = { "g[i]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(SIZE),
    .outputs = 1,
    .edgeless = ~UINT32_C(1),
    .saves = INDEX_SLOTS(1),
    .forward = index_backward_forward,
    .backward = index_backward_backward,
};

/* y = a with [i, j] = b, or += b     so   da += dy, but nothing where it was replaced;  db += dy[i, j] */

static bool accumulates(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(ACCUMULATE) && attrs->accumulate;
}

static bool index_put_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *values = call->in[1].tensor;
    const struct tensor_spec spec = tensor_spec_of(a);
    if (values->dtype != a->dtype) {
        return error_set(err,
                         "Index put requires the source and destination dtypes match, got %s for "
                         "the destination and %s for the source.",
                         dtype_type_name(a->dtype), dtype_type_name(values->dtype));
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    return out && (call->into || compute_copy(out, a, err)) &&
           put(out, values, call->in + 2, call->in_count - 2,
               accumulates(call->attrs) ? SCATTER_ADD : SCATTER_PUT, err);
}

/* dy with zeros where it was replaced. */
static struct tensor *kept_grad(struct rule *rule)
{
    struct tensor *grad = rule->grad[0];
    struct tensor *zero = rule_zeros(rule, grad, &(struct shape){ 0 });
    struct operand in[2 + BACKEND_MAX_DIMS] = { operand_tensor(grad), operand_tensor(zero) };
    const int count = rule->node->saved_count;
    for (int i = 0; i < count; i++) {
        in[2 + i] = operand_tensor(rule_saved(rule, i));
    }
    if (rule->failed) {
        return NULL;
    }
    const struct op_use use = { .op = OP_INDEX_PUT, .in = in, .in_count = 2 + count };
    return rule_take(rule, op_apply_one(rule->engine, &use, rule->err));
}

static bool index_put_backward(struct rule *rule)
{
    const struct op_attrs none = { 0 };
    if (rule->needs[0]) {
        rule->result[0] = accumulates(rule_attrs(rule)) ? rule->grad[0] : kept_grad(rule);
    }
    if (rule->needs[1]) {
        rule->result[1] = apply_indexed(rule, OP_INDEX, rule->grad[0], &none);
    }
    return rule_done(rule);
}

const struct op op_row_index_put = {
    .id = OP_INDEX_PUT,
    .name = "index_put",
    .symbol = "[i] ←",
    .node = "IndexPutBackward0",
    .formula = "a, [i] ← b",
    .derivatives = { "g, [i] ← 0", "g[i]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(ACCUMULATE),
    .outputs = 1,
    .edgeless = ~UINT32_C(3),
    .saves = INDEX_SLOTS(2),
    .forward = index_put_forward,
    .backward = index_put_backward,
};
