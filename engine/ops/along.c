#include <inttypes.h>

#include "engine/engine.h"
#include "engine/ops/indices.h"

/* Rows, columns, or slabs of any dimension by a vector of their numbers. */

enum { ALONG_INDEX };

/* ---- looks ----------------------------------------------------------------------------------------- */

/* A single element as a row of one, so that it has a dimension to count along. */
static struct tensor *as_row(struct tensor *t)
{
    const int64_t step[] = { 1 };
    return t->shape.dims > 0 ? tensor_ref(t)
                             : tensor_view(t, &(struct shape){ 1, { 1 } }, step, t->offset);
}

/* A vector along dimension `dim` of `dims`. */
static struct tensor *along(struct tensor *vector, int dims, int dim)
{
    struct shape shape = { .dims = dims };
    int64_t strides[BACKEND_MAX_DIMS];
    for (int d = 0; d < dims; d++) {
        shape.size[d] = d == dim ? vector->count : 1;
        strides[d] = d == dim;
    }
    return tensor_view(vector, &shape, strides, vector->offset);
}

static bool check_vector(const struct op_call *call, int *dim, struct error *err)
{
    const struct tensor *index = call->in[1].tensor;
    if (index->shape.dims > 1) {
        return error_set_kind(err, ERROR_INDEX, "%s(): Index is supposed to be a vector",
                              call->op->name);
    }
    if (index->dtype != DTYPE_INT64 && index->dtype != DTYPE_INT32) {
        return error_set(err, "%s(): Expected dtype int32 or int64 for index", call->op->name);
    }
    return shape_dim(call->in[0].tensor->shape.dims, call->attrs->dim, dim, err);
}

static int64_t length_along(const struct tensor *t, int dim)
{
    return t->shape.dims > 0 ? t->shape.size[dim] : 1;
}

/* ---- index_select ------------------------------------------------------------------------------------ */

/* y = a[i] along dim     so   da[i] += dy, in the order of the indices */

static bool index_select_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *index = call->in[1].tensor;
    struct tensor_spec spec = tensor_spec_of(a);
    int dim;
    if (!check_vector(call, &dim, err)) {
        return false;
    }
    const struct index_range range = { .size = length_along(a, dim), .refusal = REFUSE_SELF };
    struct tensor *checked = indices_checked(index, &range, err);
    if (!checked) {
        return false;
    }
    if (spec.shape.dims > 0) {
        spec.shape.size[dim] = index->count;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    bool ok = out != NULL;
    if (ok) {
        struct tensor *to = as_row(out), *from = as_row(a);
        struct tensor *places = along(checked, to->shape.dims, dim);
        const struct compute_index which = { .in = from, .index = places, .dim = dim };
        ok = compute_gather(to, &which, err);
        tensor_unref(places);
        tensor_unref(from);
        tensor_unref(to);
    }
    tensor_unref(checked);
    return ok;
}

/* An operation along the node's dimension with the index that it kept, between `a` and `b`. */
static struct tensor *with_index(struct rule *rule, enum op_id op, struct tensor *a,
                                 struct operand b)
{
    const struct operand in[] = { operand_tensor(a), operand_tensor(rule_saved(rule, ALONG_INDEX)),
                                  b };
    const int count = b.kind == OPERAND_NONE ? 2 : 3;
    return rule_apply(
        rule, &(struct op_use){ .op = op,
                                .in = in,
                                .in_count = count,
                                .attrs = { .present = ATTR(DIM), .dim = rule_attrs(rule)->dim } });
}

static bool index_select_backward(struct rule *rule)
{
    struct tensor *zeros = rule_zeros(rule, rule->grad[0], rule_edge_shape(rule, 0));
    rule->result[0] = with_index(rule, OP_INDEX_ADD, zeros, operand_tensor(rule->grad[0]));
    return rule_done(rule);
}

const struct op op_row_index_select = {
    .id = OP_INDEX_SELECT,
    .name = "index_select",
    .symbol = "[i]",
    .node = "IndexSelectBackward0",
    .formula = "a[i]",
    .derivatives = { "0, [i] ← Σ g" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [ALONG_INDEX] = { .name = "index", .from = 1 } },
    .forward = index_select_forward,
    .backward = index_select_backward,
};

/* ---- changed along a dimension --------------------------------------------------------------------- */

static bool refuse_source(const struct op_call *call, const struct tensor *a,
                          const struct tensor *source, struct error *err)
{
    struct text self = { 0 }, other = { 0 };
    shape_append(&self, &a->shape);
    shape_append(&other, &source->shape);
    error_set(err,
              "%s_(): source tensor shape must match self tensor shape, excluding the specified "
              "dimension. Got self.shape = %s source.shape = %s",
              call->op->name, text_string(&self), text_string(&other));
    text_finish(&self);
    text_finish(&other);
    return false;
}

/* The source has a's shape but for `dim`, where it has one slab for each index. */
static bool check_source(const struct op_call *call, int dim, struct error *err)
{
    const struct tensor *a = call->in[0].tensor, *index = call->in[1].tensor;
    const struct tensor *source = call->in[2].tensor;
    if (source->dtype != a->dtype) {
        return error_set(err,
                         "%s_(): self and source expected to have the same dtype, but got (self) "
                         "%s and (source) %s",
                         call->op->name, dtype_type_name(a->dtype), dtype_type_name(source->dtype));
    }
    if (length_along(source, source->shape.dims > dim ? dim : 0) != index->count) {
        return error_set(err,
                         "%s_(): Number of indices (%" PRId64 ") should be equal to "
                         "source.size(dim): (%" PRId64 "), for dim: %d",
                         call->op->name, index->count,
                         length_along(source, source->shape.dims > dim ? dim : 0), dim);
    }
    bool same = source->shape.dims == a->shape.dims;
    for (int d = 0; same && d < a->shape.dims; d++) {
        same = d == dim || source->shape.size[d] == a->shape.size[d];
    }
    return same || refuse_source(call, a, source, err);
}

/* `values` (a tensor of the right shape or a single element) brought to the indexed slabs of out. */
static bool scatter_slabs(struct tensor *out, struct tensor *values, struct tensor *checked,
                          int dim, enum scatter_function function, struct error *err)
{
    struct tensor *to = as_row(out), *from;
    struct shape shape = to->shape;
    int64_t strides[BACKEND_MAX_DIMS];
    shape.size[dim] = checked->count;
    if (!shape_expand(&values->shape, values->strides, &shape, strides, err)) {
        tensor_unref(to);
        return false;
    }
    if (values->storage == out->storage) {
        const struct tensor_spec spec = { values->dtype, shape, tensor_backend(out) };
        from = tensor_create(out->engine, &spec, err);
        if (from && !compute_copy(from, values, err)) {
            tensor_unref(from);
            from = NULL;
        }
    } else {
        from = tensor_view(values, &shape, strides, values->offset);
    }
    struct tensor *places = along(checked, shape.dims, dim);
    const struct compute_index which = { .in = from, .index = places, .dim = dim };
    const bool ok = from && compute_scatter(to, function, &which, err);
    tensor_unref(places);
    tensor_unref(from);
    tensor_unref(to);
    return ok;
}

/* Output 0: operand 0 with `values` at the indices. */
static bool change_slabs(struct op_call *call, struct tensor *values, int dim,
                         const struct index_range *range, enum scatter_function function,
                         struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    const struct tensor_spec spec = tensor_spec_of(a);
    struct tensor *checked = indices_checked(call->in[1].tensor, range, err);
    struct tensor *out = checked ? op_output(call, 0, &spec, err) : NULL;
    const bool ok = out && (call->into || compute_copy(out, a, err)) &&
                    scatter_slabs(out, values, checked, dim, function, err);
    tensor_unref(checked);
    return ok;
}

/* ---- index_add --------------------------------------------------------------------------------------- */

/* y = a with alpha·b added at [i]     so   da += dy,   db += alpha·dy[i] */

static struct tensor *times_alpha(struct op_call *call, struct error *err)
{
    struct tensor *b = call->in[2].tensor;
    const struct number alpha = attr_alpha(call->attrs);
    if (number_is_one(alpha)) {
        return tensor_ref(b);
    }
    const struct tensor_spec spec = tensor_spec_of(b);
    struct tensor *product = tensor_create(call->engine, &spec, err);
    if (product && !compute_map2(product, MAP_MUL, operand_tensor(b), operand_number(alpha), err)) {
        tensor_unref(product);
        return NULL;
    }
    return product;
}

static bool index_add_forward(struct op_call *call, struct error *err)
{
    int dim;
    if (!check_vector(call, &dim, err) || !check_source(call, dim, err)) {
        return false;
    }
    const struct index_range range = { .size = length_along(call->in[0].tensor, dim),
                                       .refusal = REFUSE_SELF };
    struct tensor *b = times_alpha(call, err);
    const bool ok = b && change_slabs(call, b, dim, &range, SCATTER_ADD, err);
    tensor_unref(b);
    return ok;
}

static bool index_add_backward(struct rule *rule)
{
    struct tensor *grad = rule->grad[0];
    rule->result[0] = grad;
    if (rule->needs[1]) {
        struct tensor *part =
            with_index(rule, OP_INDEX_SELECT, grad, (struct operand){ .kind = OPERAND_NONE });
        rule->result[1] = rule_scale(rule, part, attr_alpha(rule_attrs(rule)));
    }
    return rule_done(rule);
}

const struct op op_row_index_add = {
    .id = OP_INDEX_ADD,
    .name = "index_add",
    .symbol = "[i] +=",
    .node = "IndexAddBackward0",
    .formula = "a, [i] += b",
    .derivatives = { "1", "", "g[i]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM) | ATTR(ALPHA),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [ALONG_INDEX] = { .name = "index", .from = 1 } },
    .forward = index_add_forward,
    .backward = index_add_backward,
};

/* ---- index_copy, index_fill -------------------------------------------------------------------------- */

/* y = a with b at [i]     so   da += dy with zeros there,   db += dy[i] */

static bool index_copy_forward(struct op_call *call, struct error *err)
{
    int dim;
    if (!check_vector(call, &dim, err) || !check_source(call, dim, err)) {
        return false;
    }
    const struct index_range range = { .size = length_along(call->in[0].tensor, dim),
                                       .dim = dim,
                                       .refusal = REFUSE_PLACE };
    return change_slabs(call, call->in[2].tensor, dim, &range, SCATTER_PUT, err);
}

static struct tensor *zeros_at(struct rule *rule)
{
    return with_index(rule, OP_INDEX_FILL, rule->grad[0], operand_number(number_integer(0)));
}

static bool index_copy_backward(struct rule *rule)
{
    if (rule->needs[0]) {
        rule->result[0] = zeros_at(rule);
    }
    if (rule->needs[1]) {
        rule->result[1] = with_index(rule, OP_INDEX_SELECT, rule->grad[0],
                                     (struct operand){ .kind = OPERAND_NONE });
    }
    return rule_done(rule);
}

const struct op op_row_index_copy = {
    .id = OP_INDEX_COPY,
    .name = "index_copy",
    .symbol = "[i] ←",
    .node = "IndexCopyBackward0",
    .formula = "a, [i] ← b",
    .derivatives = { "g, [i] ← 0", "", "g[i]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [ALONG_INDEX] = { .name = "index", .from = 1 } },
    .forward = index_copy_forward,
    .backward = index_copy_backward,
};

/* y = a with the number n at [i]     so   da += dy with zeros there */

static bool index_fill_forward(struct op_call *call, struct error *err)
{
    const struct tensor *a = call->in[0].tensor;
    int dim;
    if (!check_vector(call, &dim, err)) {
        return false;
    }
    const struct index_range range = {
        .size = length_along(a, dim), .dim = dim, .from_end = true, .refusal = REFUSE_PLACE
    };
    const struct tensor_spec spec = { .dtype = a->dtype, .backend = tensor_backend(a) };
    struct tensor *value = tensor_full(call->engine, &spec, call->in[2].number, err);
    const bool ok = value && change_slabs(call, value, dim, &range, SCATTER_PUT, err);
    tensor_unref(value);
    return ok;
}

static bool index_fill_backward(struct rule *rule)
{
    rule->result[0] = zeros_at(rule);
    return rule_done(rule);
}

const struct op op_row_index_fill = {
    .id = OP_INDEX_FILL,
    .name = "index_fill",
    .symbol = "[i] ←",
    .node = "IndexFillBackward0",
    .formula = "a, [i] ← n",
    .derivatives = { "g, [i] ← 0" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .edgeless = 1 << 1 | 1 << 2,
    .saves = { [ALONG_INDEX] = { .name = "index", .from = 1 } },
    .forward = index_fill_forward,
    .backward = index_fill_backward,
};
