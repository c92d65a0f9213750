#include "engine/engine.h"
#include "engine/ops/rows.h"

/* Rows of a table by their numbers. The way back adds the rows of dy up where they came from; that is
 * a row of its own, so that it can be differentiated. */

/* The indices as int64, one for each row of a matrix with `width` columns: stride 0 along them. */
static struct tensor *row_numbers(struct tensor *indices, int64_t width, struct error *err)
{
    struct tensor *whole = tensor_ref(indices);
    if (indices->dtype != DTYPE_INT64 || !tensor_is_contiguous(indices)) {
        struct tensor_spec spec = tensor_spec_of(indices);
        spec.dtype = DTYPE_INT64;
        tensor_unref(whole);
        whole = tensor_create(indices->engine, &spec, err);
        if (!whole || !compute_copy(whole, indices, err)) {
            tensor_unref(whole);
            return NULL;
        }
    }
    const struct shape shape = { 2, { whole->count, width } };
    struct tensor *numbers =
        tensor_view(whole, &shape, (int64_t[BACKEND_MAX_DIMS]){ 1, 0 }, whole->offset);
    tensor_unref(whole);
    return numbers;
}

/* A contiguous tensor seen as rows of `width`. */
static struct tensor *as_rows(struct tensor *tensor, int64_t width)
{
    const struct shape shape = { 2, { width > 0 ? tensor->count / width : 0, width } };
    return tensor_view(tensor, &shape, (int64_t[BACKEND_MAX_DIMS]){ width, 1 }, tensor->offset);
}

static bool check_indices(const struct operand *indices, struct error *err)
{
    const enum dtype dtype = indices->tensor->dtype;
    if (dtype == DTYPE_INT64 || dtype == DTYPE_INT32) {
        return true;
    }
    return error_set(
        err,
        "Expected tensor for argument #1 'indices' to have one of the following scalar "
        "types: Long, Int; but got torch.%sTensor instead (while checking arguments "
        "for embedding)",
        dtype_type_name(dtype));
}

/* y = a[i], i the rows' numbers       so   da[i] += dy, nothing for the padding row */

enum { EMBEDDING_INDICES };

static bool gather_rows(struct tensor *out, struct tensor *weight, struct tensor *indices,
                        struct error *err)
{
    const int64_t width = weight->shape.size[1];
    struct tensor *rows = as_rows(out, width);
    struct tensor *numbers = row_numbers(indices, width, err);
    const struct compute_index index = { .in = weight, .index = numbers, .dim = 0 };
    const bool ok = numbers && compute_gather(rows, &index, err);
    tensor_unref(numbers);
    tensor_unref(rows);
    if (!ok && err && err->kind == ERROR_INDEX) {
        return error_set_kind(err, ERROR_INDEX, "index out of range in self");
    }
    return ok;
}

static bool embedding_forward(struct op_call *call, struct error *err)
{
    struct tensor *weight = call->in[0].tensor, *indices = call->in[1].tensor;
    if (weight->shape.dims != 2) {
        return error_set(err, "'weight' must be 2-D");
    }
    if (!check_indices(&call->in[1], err)) {
        return false;
    }
    struct tensor_spec spec = tensor_spec_of(weight);
    spec.shape = indices->shape;
    if (spec.shape.dims == BACKEND_MAX_DIMS) {
        return error_set(err, "tensors with more than %d dimensions are not supported",
                         BACKEND_MAX_DIMS);
    }
    spec.shape.size[spec.shape.dims++] = weight->shape.size[1];
    struct tensor *out = op_output(call, 0, &spec, err);
    return out && gather_rows(out, weight, indices, err);
}

static bool embedding_backward(struct rule *rule)
{
    struct tensor *indices = rule_saved(rule, EMBEDDING_INDICES);
    const struct operand in[] = { operand_tensor(rule->grad[0]), operand_tensor(indices) };
    struct op_use use = {
        .op = OP_EMBEDDING_BACKWARD, .in = in, .in_count = 2, .attrs = *rule_attrs(rule)
    };
    use.attrs.present |= ATTR(SIZE);
    use.attrs.size = *rule_edge_shape(rule, 0);
    rule->result[0] = rule->grad[0] && indices ? rule_apply(rule, &use) : NULL;
    return rule_done(rule);
}

const struct op op_row_embedding = {
    .id = OP_EMBEDDING,
    .name = "embedding",
    .symbol = "[i]",
    .node = "EmbeddingBackward0",
    .formula = "a[i]",
    .derivatives = { "0, [i] ← Σ g" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(PADDING_IDX),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [EMBEDDING_INDICES] = { .name = "indices", .from = 1 } },
    .forward = embedding_forward,
    .backward = embedding_backward,
};

/* y = zeros of shape `size` with a's rows added at i      so   da += dy[i], nothing for padding */

static bool has_padding(const struct op_attrs *attrs)
{
    return (attrs->present & ATTR(PADDING_IDX)) && attrs->padding_idx >= 0;
}

static bool clear_row(struct tensor *table, int64_t row, struct error *err)
{
    const struct shape shape = { 1, { table->shape.size[1] } };
    struct tensor *part =
        tensor_view(table, &shape, &table->strides[1], table->offset + row * table->strides[0]);
    const bool ok = compute_fill(part, number_integer(0), err);
    tensor_unref(part);
    return ok;
}

static bool embedding_backward_forward(struct op_call *call, struct error *err)
{
    const struct op_attrs *attrs = call->attrs;
    struct tensor *grad = call->in[0].tensor;
    struct tensor_spec spec = tensor_spec_of(grad);
    spec.shape = attrs->size;
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out || !compute_fill(out, number_integer(0), err)) {
        return false;
    }
    /* dy may come expanded or transposed; its rows are wanted as rows. */
    const struct tensor_spec dense_spec = tensor_spec_of(grad);
    struct tensor *dense = tensor_create(call->engine, &dense_spec, err);
    struct tensor *numbers =
        dense ? row_numbers(call->in[1].tensor, attrs->size.size[1], err) : NULL;
    bool ok = numbers && compute_copy(dense, grad, err);
    if (ok) {
        struct tensor *rows = as_rows(dense, attrs->size.size[1]);
        const struct compute_index index = { .in = rows, .index = numbers, .dim = 0 };
        ok = compute_scatter_add(out, &index, err) &&
             (!has_padding(attrs) || clear_row(out, attrs->padding_idx, err));
        tensor_unref(rows);
    }
    tensor_unref(numbers);
    tensor_unref(dense);
    return ok;
}

static bool embedding_backward_backward(struct rule *rule)
{
    struct tensor *indices = rule_saved(rule, EMBEDDING_INDICES);
    const struct op_attrs *attrs = rule_attrs(rule);
    if (!rule->grad[0] || !indices) {
        return rule_done(rule);
    }
    const struct operand in[] = { operand_tensor(rule->grad[0]), operand_tensor(indices) };
    rule->result[0] =
        rule_apply(rule, &(struct op_use){ .op = OP_EMBEDDING, .in = in, .in_count = 2 });
    if (has_padding(attrs)) {
        const struct number padding = number_integer(attrs->padding_idx);
        struct tensor *is_padding = rule_binary(rule, OP_EQ, in[1], operand_number(padding));
        struct tensor *column = rule_unsqueeze(rule, is_padding, indices->shape.dims);
        const struct operand choice[] = { operand_tensor(column), operand_real(0),
                                          operand_tensor(rule->result[0]) };
        rule->result[0] =
            rule_apply(rule, &(struct op_use){ .op = OP_WHERE, .in = choice, .in_count = 3 });
    }
    return rule_done(rule);
}

const struct op op_row_embedding_backward = {
    .id = OP_EMBEDDING_BACKWARD,
    .name = "embedding_backward",
    .node = "EmbeddingDenseBackwardBackward0",
    .formula = "0, [i] ← Σ a",
    .derivatives = { "g[i]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(PADDING_IDX) | ATTR(SIZE),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [EMBEDDING_INDICES] = { .name = "indices", .from = 1 } },
    .forward = embedding_backward_forward,
    .backward = embedding_backward_backward,
};
