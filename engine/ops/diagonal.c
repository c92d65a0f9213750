#include <inttypes.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/ops/rows.h"

/* Diagonals of matrices and what lies on either side of them. dim0 is the dimension of the rows, dim1
 * that of the columns; a positive offset is above the main diagonal. */

/* ---- where a diagonal is --------------------------------------------------------------------------- */

struct look {
    struct shape shape; /* the other dimensions, then the diagonal's */
    int64_t strides[BACKEND_MAX_DIMS];
    int64_t offset;
};

static bool find_dims(int dims, const struct op_attrs *attrs, int *rows, int *columns,
                      struct error *err)
{
    if (!shape_dim(dims, attrs->dim0, rows, err) || !shape_dim(dims, attrs->dim1, columns, err)) {
        return false;
    }
    return *rows != *columns ||
           error_set(err, "diagonal dimensions cannot be identical %" PRId64 ", %" PRId64,
                     attrs->dim0, attrs->dim1);
}

static bool diagonal_look(const struct tensor *a, const struct op_attrs *attrs, struct look *look,
                          struct error *err)
{
    int rows, columns;
    if (!find_dims(a->shape.dims, attrs, &rows, &columns, err)) {
        return false;
    }
    const int64_t by = attrs->offset;
    const int64_t height = a->shape.size[rows] + (by < 0 ? by : 0);
    const int64_t width = a->shape.size[columns] - (by > 0 ? by : 0);
    const int64_t length = height < width ? height : width;
    look->shape.dims = 0;
    for (int d = 0; d < a->shape.dims; d++) {
        if (d != rows && d != columns) {
            look->strides[look->shape.dims] = a->strides[d];
            look->shape.size[look->shape.dims++] = a->shape.size[d];
        }
    }
    look->strides[look->shape.dims] = a->strides[rows] + a->strides[columns];
    look->shape.size[look->shape.dims++] = length > 0 ? length : 0;
    look->offset = a->offset;
    if (length > 0) {
        look->offset += by > 0 ? by * a->strides[columns] : -by * a->strides[rows];
    }
    return true;
}

/* ---- diagonal -------------------------------------------------------------------------------------- */

/* y = a's diagonal, a view     so   da += zeros with dy there */

static bool diagonal_forward(struct op_call *call, struct error *err)
{
    struct look look;
    return diagonal_look(call->in[0].tensor, call->attrs, &look, err) &&
           forward_view(call, &look.shape, look.strides, look.offset);
}

/* `op` with the node's attributes, and the shape of the operand as size. */
static bool into_zeros(struct rule *rule)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    struct op_use use = {
        .op = OP_DIAGONAL_BACKWARD, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule)
    };
    use.attrs.present |= ATTR(SIZE);
    use.attrs.size = *rule_edge_shape(rule, 0);
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

static bool diagonal_of_grad(struct rule *rule)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    struct op_use use = { .op = OP_DIAGONAL, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule) };
    use.attrs.present &= ~ATTR(SIZE);
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

#define DIAGONAL_ATTRIBUTES (ATTR(OFFSET) | ATTR(DIM0) | ATTR(DIM1))
#define DIAGONAL_ALIASES                                              \
    {                                                                 \
        { ATTR_INDEX_OFFSET, "offset" }, { ATTR_INDEX_DIM0, "dim1" }, \
        {                                                             \
            ATTR_INDEX_DIM1, "dim2"                                   \
        }                                                             \
    }

const struct op op_row_diagonal = {
    .id = OP_DIAGONAL,
    .name = "diagonal",
    .symbol = "diag",
    .node = "DiagonalBackward0",
    .formula = "a[i, i]",
    .derivatives = { "0, [i, i] ← g" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = DIAGONAL_ATTRIBUTES,
    .aliases = DIAGONAL_ALIASES,
    .outputs = 1,
    .is_view = true,
    .forward = diagonal_forward,
    .backward = into_zeros,
};

/* The same as a copy: torch.diag of a matrix. */

static bool diagonal_copy_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    struct tensor_spec spec = tensor_spec_of(a);
    struct look look;
    if (!diagonal_look(a, call->attrs, &look, err)) {
        return false;
    }
    spec.shape = look.shape;
    struct tensor *out = op_output(call, 0, &spec, err);
    struct tensor *part = tensor_view(a, &look.shape, look.strides, look.offset);
    const bool ok = out && compute_copy(out, part, err);
    tensor_unref(part);
    return ok;
}

const struct op op_row_diagonal_copy = {
    .id = OP_DIAGONAL_COPY,
    .name = "diag",
    .symbol = "diag",
    .node = "DiagonalBackward0_copy",
    .formula = "a[i, i]",
    .derivatives = { "0, [i, i] ← g" },
    .provenance = PROVENANCE_ROWS,
    .attributes = DIAGONAL_ATTRIBUTES,
    .aliases = DIAGONAL_ALIASES,
    .outputs = 1,
    .forward = diagonal_copy_forward,
    .backward = into_zeros,
};

/* ---- matrices from diagonals ------------------------------------------------------------------------- */

/* Zeros of that shape with operand 0 as diagonal. */
static bool embed(struct op_call *call, const struct shape *shape, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    struct tensor_spec spec = tensor_spec_of(a);
    struct look look;
    spec.shape = *shape;
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out || !compute_fill(out, number_integer(0), err) ||
        !diagonal_look(out, call->attrs, &look, err)) {
        return false;
    }
    struct tensor *part = tensor_view(out, &look.shape, look.strides, look.offset);
    const bool ok = compute_copy(part, a, err);
    tensor_unref(part);
    return ok;
}

static bool diagonal_backward_forward(struct op_call *call, struct error *err)
{
    return embed(call, &call->attrs->size, err);
}

const struct op op_row_diagonal_backward = {
    .id = OP_DIAGONAL_BACKWARD,
    .name = "diagonal_backward",
    .node = "DiagonalBackwardBackward0",
    .formula = "0, [i, i] ← a",
    .derivatives = { "g[i, i]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = DIAGONAL_ATTRIBUTES | ATTR(SIZE),
    .aliases = DIAGONAL_ALIASES,
    .outputs = 1,
    .forward = diagonal_backward_forward,
    .backward = diagonal_of_grad,
};

/* y = zeros with a on the diagonal     so   da += dy's diagonal */

static bool diag_embed_forward(struct op_call *call, struct error *err)
{
    const struct shape *a = &call->in[0].tensor->shape;
    const int64_t by = call->attrs->offset;
    int rows, columns;
    int64_t side;
    if (a->dims == 0 || a->dims == BACKEND_MAX_DIMS) {
        return error_set(err, "diag_embed of a tensor with %d dimensions is not supported",
                         a->dims);
    }
    if (!find_dims(a->dims + 1, call->attrs, &rows, &columns, err)) {
        return false;
    }
    struct shape shape = { .dims = a->dims + 1 };
    if (by == INT64_MIN || __builtin_add_overflow(a->size[a->dims - 1], by < 0 ? -by : by, &side)) {
        return error_set(err, "Storage size calculation overflowed");
    }
    for (int d = 0, from = 0; d < shape.dims; d++) {
        shape.size[d] = d == rows || d == columns ? side : a->size[from++];
    }
    return embed(call, &shape, err);
}

const struct op op_row_diag_embed = {
    .id = OP_DIAG_EMBED,
    .name = "diag_embed",
    .symbol = "diag",
    .node = "DiagEmbedBackward0",
    .formula = "0, [i, i] ← a",
    .derivatives = { "g[i, i]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = DIAGONAL_ATTRIBUTES,
    .aliases = DIAGONAL_ALIASES,
    .outputs = 1,
    .forward = diag_embed_forward,
    .backward = diagonal_of_grad,
};

/* ---- fill_diagonal ----------------------------------------------------------------------------------- */

/* y = a with the number n on the diagonal     so   da += dy with zeros there */

static bool fill_diagonal_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    const struct tensor_spec spec = tensor_spec_of(a);
    int64_t length = INT64_MAX, step = 0;
    if (a->shape.dims < 2) {
        return error_set(err, "dimensions must larger than 1");
    }
    for (int d = 0; d < a->shape.dims; d++) {
        if (a->shape.dims > 2 && a->shape.size[d] != a->shape.size[0]) {
            return error_set(err, "all dimensions of input must be of equal length");
        }
        length = a->shape.size[d] < length ? a->shape.size[d] : length;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out || !(call->into || compute_copy(out, a, err))) {
        return false;
    }
    for (int d = 0; d < a->shape.dims; d++) {
        step += out->strides[d];
    }
    struct tensor *part = tensor_view(out, &(struct shape){ 1, { length } }, &step, out->offset);
    const bool ok = compute_fill(part, call->in[1].number, err);
    tensor_unref(part);
    return ok;
}

static bool fill_diagonal_backward(struct rule *rule)
{
    rule->result[0] = rule_binary(rule, OP_FILL_DIAGONAL, operand_tensor(rule->grad[0]),
                                  operand_number(number_integer(0)));
    return rule_done(rule);
}

const struct op op_row_fill_diagonal = {
    .id = OP_FILL_DIAGONAL,
    .name = "fill_diagonal_",
    .symbol = "diag ←",
    .node = "FillDiagonalBackward0",
    .formula = "a, [i, i] ← n",
    .derivatives = { "g, [i, i] ← 0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 1,
    .forward = fill_diagonal_forward,
    .backward = fill_diagonal_backward,
};

/* ---- trace ----------------------------------------------------------------------------------------- */

/* y = Σ a[i, i]     so   da += dy on the diagonal        summed in double */

static bool trace_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    const struct op_attrs main = { .dim1 = 1 };
    struct look look;
    if (a->shape.dims != 2) {
        return error_set(err, "trace: expected a matrix, but got tensor with dim %d",
                         a->shape.dims);
    }
    const bool real = dtype_is_float(a->dtype);
    const struct tensor_spec spec = { real ? a->dtype : DTYPE_INT64, { 0 }, tensor_backend(a) };
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out || !diagonal_look(a, &main, &look, err)) {
        return false;
    }
    const enum dtype wide = real ? DTYPE_FLOAT64 : DTYPE_INT64;
    const struct tensor_spec wide_spec = { wide, look.shape, spec.backend };
    const struct tensor_spec sum_spec = { wide, { 1, { 1 } }, spec.backend };
    struct tensor *part = tensor_view(a, &look.shape, look.strides, look.offset);
    struct tensor *line = tensor_create(call->engine, &wide_spec, err);
    struct tensor *sum = line ? tensor_create(call->engine, &sum_spec, err) : NULL;
    bool ok =
        sum && compute_copy(line, part, err) &&
        compute_reduce(sum, &(struct compute_reduce){ .function = REDUCE_SUM, .in = line }, err);
    struct tensor *one = ok ? tensor_view(sum, &spec.shape, sum->strides, sum->offset) : NULL;
    ok = ok && compute_copy(out, one, err);
    tensor_unref(one);
    tensor_unref(sum);
    tensor_unref(line);
    tensor_unref(part);
    return ok;
}

static bool trace_backward(struct rule *rule)
{
    const struct shape *shape = rule_edge_shape(rule, 0);
    const int64_t rows = shape->size[0], columns = shape->size[1];
    const struct shape length = { 1, { rows < columns ? rows : columns } };
    const struct operand in = operand_tensor(rule_expand(rule, rule->grad[0], &length));
    rule->result[0] =
        rule_apply(rule, &(struct op_use){ .op = OP_DIAGONAL_BACKWARD,
                                           .in = &in,
                                           .in_count = 1,
                                           .attrs = { .present = DIAGONAL_ATTRIBUTES | ATTR(SIZE),
                                                      .dim1 = 1,
                                                      .size = *shape } });
    return rule_done(rule);
}

const struct op op_row_trace = {
    .id = OP_TRACE,
    .name = "trace",
    .symbol = "tr",
    .node = "TraceBackward0",
    .formula = "Σ a[i, i]",
    .derivatives = { "1 on the diagonal" },
    .provenance = PROVENANCE_REDUCE,
    .outputs = 1,
    .forward = trace_forward,
    .backward = trace_backward,
};

/* ---- triangles ------------------------------------------------------------------------------------- */

/* y = a where the column is at most (tril) or at least (triu) diagonal beyond the row, else 0
 *                                                      so   da += dy there                      */

/* Bools [rows, columns]: which elements stay. */
static struct tensor *triangle(const struct op_call *call, bool lower, struct error *err)
{
    const struct tensor *a = call->in[0].tensor;
    const int64_t *size = a->shape.size + a->shape.dims - 2, by = call->attrs->diagonal;
    const struct tensor_spec spec = { DTYPE_BOOL, { 2, { size[0], size[1] } }, tensor_backend(a) };
    uint8_t *stays = memory_allocate((size_t)(size[0] * size[1]) + 1, 1);
    for (int64_t i = 0; i < size[0]; i++) {
        for (int64_t j = 0; j < size[1]; j++) {
            stays[i * size[1] + j] = lower ? j - i <= by : j - i >= by;
        }
    }
    struct tensor *mask = tensor_from_host(call->engine, &spec, stays, err);
    free(stays);
    return mask;
}

static bool keep_triangle(struct op_call *call, bool lower, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    if (a->shape.dims < 2) {
        return error_set(err, "%s: input tensor must have at least 2 dimensions", call->op->name);
    }
    const struct tensor_spec spec = tensor_spec_of(a);
    struct tensor *out = op_output(call, 0, &spec, err);
    struct tensor *mask = out ? triangle(call, lower, err) : NULL;
    const bool ok =
        mask && compute_map(out,
                            &(struct compute_map){ .function = MAP_WHERE,
                                                   .dtype = a->dtype,
                                                   .in = { operand_tensor(mask), operand_tensor(a),
                                                           operand_number(number_integer(0)) } },
                            err);
    tensor_unref(mask);
    return ok;
}

static bool tril_forward(struct op_call *call, struct error *err)
{
    return keep_triangle(call, true, err);
}

static bool triu_forward(struct op_call *call, struct error *err)
{
    return keep_triangle(call, false, err);
}

static bool same_triangle(struct rule *rule, enum op_id op)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    rule->result[0] = rule_apply(
        rule, &(struct op_use){ .op = op, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule) });
    return rule_done(rule);
}

static bool tril_backward(struct rule *rule)
{
    return same_triangle(rule, OP_TRIL);
}

static bool triu_backward(struct rule *rule)
{
    return same_triangle(rule, OP_TRIU);
}

const struct op op_row_tril = {
    .id = OP_TRIL,
    .name = "tril",
    .symbol = "tril",
    .node = "TrilBackward0",
    .formula = "i ≥ j ? a[i, j] : 0",
    .derivatives = { "i ≥ j" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(DIAGONAL),
    .outputs = 1,
    .forward = tril_forward,
    .backward = tril_backward,
};

const struct op op_row_triu = {
    .id = OP_TRIU,
    .name = "triu",
    .symbol = "triu",
    .node = "TriuBackward0",
    .formula = "i ≤ j ? a[i, j] : 0",
    .derivatives = { "i ≤ j" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(DIAGONAL),
    .outputs = 1,
    .forward = triu_forward,
    .backward = triu_backward,
};
