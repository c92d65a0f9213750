#include <math.h>

#include "engine/engine.h"
#include "engine/ops/indices.h"

/* Elements where a mask of bools is true. */

enum { MASK, MASKED_SELF };

/* ---- masked_fill ------------------------------------------------------------------------------------- */

/* y = m ? n : a     so   da += dy where not m,   dn += Σ dy where m */

static bool check_fill(const struct op_call *call, struct error *err)
{
    const struct operand *value = &call->in[2];
    const enum dtype mask = call->in[1].tensor->dtype, dtype = call->in[0].tensor->dtype;
    if (mask != DTYPE_BOOL) {
        return error_set(err,
                         "masked_fill_ only supports boolean masks, but got mask with dtype %s",
                         dtype_c_name(mask));
    }
    if (value->kind == OPERAND_TENSOR && value->tensor->shape.dims > 0) {
        return error_set(err,
                         "masked_fill_ only supports a 0-dimensional value tensor, but got tensor "
                         "with %d dimension(s).",
                         value->tensor->shape.dims);
    }
    if (value->kind == OPERAND_NUMBER && value->number.kind == NUMBER_REAL &&
        !dtype_is_float(dtype) && value->number.real != trunc(value->number.real)) {
        return error_set(err, "value cannot be converted to type %s without overflow",
                         dtype == DTYPE_INT64   ? "int64_t"
                         : dtype == DTYPE_INT32 ? "int"
                         : dtype == DTYPE_UINT8 ? "uint8_t"
                                                : "bool");
    }
    return true;
}

static bool masked_fill_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *mask = call->in[1].tensor;
    struct tensor_spec spec = tensor_spec_of(a);
    if (!check_fill(call, err) || !shape_broadcast(&mask->shape, &a->shape, &spec.shape, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    return out &&
           compute_map(out,
                       &(struct compute_map){ .function = MAP_WHERE,
                                              .dtype = a->dtype,
                                              .in = { call->in[1], call->in[2], call->in[0] } },
                       err);
}

static struct tensor *unmasked(struct rule *rule)
{
    const struct operand in[] = { operand_tensor(rule->grad[0]),
                                  operand_tensor(rule_saved(rule, MASK)),
                                  operand_number(number_integer(0)) };
    return rule_apply(rule, &(struct op_use){ .op = OP_MASKED_FILL, .in = in, .in_count = 3 });
}

static bool masked_fill_backward(struct rule *rule)
{
    rule->result[0] = unmasked(rule);
    return rule_done(rule);
}

const struct op op_row_masked_fill = {
    .id = OP_MASKED_FILL,
    .name = "masked_fill",
    .symbol = "[m] ←",
    .node = "MaskedFillBackward0",
    .formula = "m ? n : a",
    .derivatives = { "¬m" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 1 | 1 << 2,
    .saves = { [MASK] = { .name = "mask", .from = 1 } },
    .forward = masked_fill_forward,
    .backward = masked_fill_backward,
};

static bool masked_fill_tensor_backward(struct rule *rule)
{
    rule->result[0] = rule->needs[0] ? unmasked(rule) : NULL;
    if (rule->needs[1]) {
        const struct operand in[] = { operand_tensor(rule_saved(rule, MASK)),
                                      operand_tensor(rule->grad[0]), operand_real(0) };
        rule->result[1] =
            rule_apply(rule, &(struct op_use){ .op = OP_WHERE, .in = in, .in_count = 3 });
    }
    return rule_done(rule);
}

const struct op op_row_masked_fill_tensor = {
    .id = OP_MASKED_FILL_TENSOR,
    .name = "masked_fill_tensor",
    .symbol = "[m] ←",
    .node = "MaskedFillBackward1",
    .formula = "m ? b : a",
    .derivatives = { "¬m", "", "m" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [MASK] = { .name = "mask", .from = 1 } },
    .forward = masked_fill_forward,
    .backward = masked_fill_tensor_backward,
};

/* ---- masked_select ----------------------------------------------------------------------------------- */

/* y = the elements of a where m, in a line     so   da += zeros with dy there */

static struct tensor *expanded(struct tensor *t, const struct shape *shape, struct error *err)
{
    int64_t strides[BACKEND_MAX_DIMS];
    return shape_expand(&t->shape, t->strides, shape, strides, err)
               ? tensor_view(t, shape, strides, t->offset)
               : NULL;
}

static bool check_mask(const struct op_call *call, struct error *err)
{
    const enum dtype dtype = call->in[1].tensor->dtype;
    return dtype == DTYPE_BOOL ||
           error_set(err, "%s: expected BoolTensor for mask, but got %sTensor", call->op->name,
                     dtype_type_name(dtype));
}

static bool take_elements(struct op_call *call, struct tensor *a, const struct index_plan *plan,
                          struct error *err)
{
    const struct tensor_spec spec = { a->dtype, plan->result, tensor_backend(a) };
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out) {
        return false;
    }
    struct tensor *whole = index_plan_whole(plan, a);
    const bool ok = compute_gather(
        out, &(struct compute_index){ .in = whole, .index = plan->places, .dim = 0 }, err);
    tensor_unref(whole);
    return ok;
}

static bool masked_select_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *mask = call->in[1].tensor;
    struct shape shape;
    if (!check_mask(call, err) || !shape_broadcast(&a->shape, &mask->shape, &shape, err)) {
        return false;
    }
    if (shape.dims == 0) { /* a row of one has places to name */
        shape = (struct shape){ 1, { 1 } };
    }
    struct tensor *wide = expanded(a, &shape, err), *where = expanded(mask, &shape, err);
    const struct operand index = operand_tensor(where);
    struct index_plan plan;
    bool ok = wide && where && index_plan_begin(&plan, wide, &index, 1, err);
    if (ok) {
        ok = take_elements(call, wide, &plan, err);
        index_plan_finish(&plan);
    }
    tensor_unref(where);
    tensor_unref(wide);
    return ok;
}

static bool masked_select_backward(struct rule *rule)
{
    struct tensor *mask = rule_saved(rule, MASK);
    struct shape shape;
    if (!mask || !shape_broadcast(rule_edge_shape(rule, 0), &mask->shape, &shape, rule->err)) {
        return false;
    }
    if (shape.dims == 0) {
        shape = (struct shape){ 1, { 1 } };
    }
    const struct operand in[] = { operand_tensor(rule->grad[0]),
                                  operand_tensor(rule_expand(rule, mask, &shape)) };
    const struct op_attrs attrs = { .present = ATTR(SIZE), .size = shape };
    rule->result[0] = rule_apply(
        rule, &(struct op_use){ .op = OP_INDEX_BACKWARD, .in = in, .in_count = 2, .attrs = attrs });
    return rule_done(rule);
}

const struct op op_row_masked_select = {
    .id = OP_MASKED_SELECT,
    .name = "masked_select",
    .symbol = "[m]",
    .node = "MaskedSelectBackward0",
    .formula = "a[m]",
    .derivatives = { "0, [m] ← g" },
    .provenance = PROVENANCE_ROWS,
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [MASK] = { .name = "mask", .from = 1 },
               [MASKED_SELF] = { .name = "self", .from = 0 } },
    .forward = masked_select_forward,
    .backward = masked_select_backward,
};

/* ---- nonzero ----------------------------------------------------------------------------------------- */

/* The places of the elements that are not zero: [how many, dimensions of a]. */

static bool nonzero_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *columns[BACKEND_MAX_DIMS];
    struct number only = number_integer(0);
    if (a->shape.dims == 0 && !tensor_item(a, &only, err)) {
        return false;
    }
    if (a->shape.dims > 0 && !indices_of_true(a, columns, err)) {
        return false;
    }
    const int dims = a->shape.dims;
    const int64_t found = dims > 0 ? columns[0]->count : !number_is_zero(only);
    const struct tensor_spec spec = { DTYPE_INT64, { 2, { found, dims } }, tensor_backend(a) };
    struct tensor *out = op_output(call, 0, &spec, err);
    bool ok = out != NULL;
    for (int d = 0; d < dims; d++) {
        const int64_t step[] = { dims };
        struct tensor *column =
            ok ? tensor_view(out, &columns[d]->shape, step, out->offset + (found > 0 ? d : 0))
               : NULL;
        ok = ok && compute_copy(column, columns[d], err);
        tensor_unref(column);
        tensor_unref(columns[d]);
    }
    return ok;
}

const struct op op_row_nonzero = {
    .id = OP_NONZERO,
    .name = "nonzero",
    .symbol = "≠ 0",
    .formula = "i where a[i] ≠ 0",
    .provenance = PROVENANCE_ROWS,
    .outputs = 1,
    .forward = nonzero_forward,
};

/* ---- masked_scatter ---------------------------------------------------------------------------------- */

/* y = a with the first elements of b, in their order, where m     so   da += dy elsewhere,
 *                                                                      db += dy where m, then zeros */

/* The first `count` elements of b in a line, apart from the memory of anything else. */
static struct tensor *first_elements(struct tensor *b, int64_t count, struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(b);
    const int64_t step[] = { 1 };
    struct tensor *copy = tensor_create(b->engine, &spec, err);
    struct tensor *line = NULL;
    if (copy && count > b->count) {
        error_set(err, "Number of elements of source < number of ones in mask");
    } else if (copy && compute_copy(copy, b, err)) {
        line = tensor_view(copy, &(struct shape){ 1, { count } }, step, copy->offset);
    }
    tensor_unref(copy);
    return line;
}

static bool scatter_elements(struct tensor *out, struct tensor *mask, struct tensor *b,
                             struct error *err)
{
    struct tensor *where = expanded(mask, &out->shape, err);
    const struct operand index = operand_tensor(where);
    struct index_plan plan;
    if (!where || !index_plan_begin(&plan, out, &index, 1, err)) {
        tensor_unref(where);
        return false;
    }
    struct tensor *from = first_elements(b, plan.places->count, err);
    struct tensor *whole = index_plan_whole(&plan, out);
    const struct compute_index which = { .in = from, .index = plan.places, .dim = 0 };
    const bool ok = from && compute_scatter(whole, SCATTER_PUT, &which, err);
    tensor_unref(whole);
    tensor_unref(from);
    tensor_unref(where);
    index_plan_finish(&plan);
    return ok;
}

static bool masked_scatter_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *mask = call->in[1].tensor, *b = call->in[2].tensor;
    struct tensor_spec spec = tensor_spec_of(a);
    if (!check_mask(call, err) || !shape_broadcast(&a->shape, &mask->shape, &spec.shape, err)) {
        return false;
    }
    if (a->dtype != b->dtype) {
        return error_set(err,
                         "masked_scatter: expected self and source to have same dtypes but got%s "
                         "and %s",
                         dtype_type_name(a->dtype), dtype_type_name(b->dtype));
    }
    if (spec.shape.dims == 0) {
        return error_set(err, "masked_scatter of a single element is not supported by Gradlight");
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    return out && (call->into || compute_copy(out, a, err)) && scatter_elements(out, mask, b, err);
}

/* dy where m in a line, with zeros up to b's number of elements, in b's shape. */
static struct tensor *returned(struct rule *rule)
{
    const struct shape *shape = rule_edge_shape(rule, 1);
    const struct operand in[] = { operand_tensor(rule->grad[0]),
                                  operand_tensor(rule_saved(rule, MASK)) };
    struct tensor *taken =
        rule_apply(rule, &(struct op_use){ .op = OP_MASKED_SELECT, .in = in, .in_count = 2 });
    if (!taken) {
        return NULL;
    }
    const struct operand part = operand_tensor(taken);
    const struct op_attrs attrs = { .present = ATTR(DIM) | ATTR(START) | ATTR(END) | ATTR(STEP) |
                                               ATTR(SIZE),
                                    .end = taken->count,
                                    .step = 1,
                                    .size = { 1, { shape_count(shape) } } };
    struct tensor *line = rule_apply(
        rule,
        &(struct op_use){ .op = OP_SLICE_BACKWARD, .in = &part, .in_count = 1, .attrs = attrs });
    return rule_reshape(rule, line, shape);
}

static bool masked_scatter_backward(struct rule *rule)
{
    rule->result[0] = rule->needs[0] ? unmasked(rule) : NULL;
    rule->result[1] = rule->needs[1] ? returned(rule) : NULL;
    return rule_done(rule);
}

const struct op op_row_masked_scatter = {
    .id = OP_MASKED_SCATTER,
    .name = "masked_scatter",
    .symbol = "[m] ←",
    .node = "MaskedScatterBackward0",
    .formula = "a, [m] ← b",
    .derivatives = { "¬m", "", "g[m]" },
    .provenance = PROVENANCE_ROWS,
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [MASK] = { .name = "mask", .from = 1 } },
    .forward = masked_scatter_forward,
    .backward = masked_scatter_backward,
};
