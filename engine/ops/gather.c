#include "engine/engine.h"
#include "engine/ops/indices.h"

/* Elements by their places along one dimension, a place for each of them, and by their places in the
 * line of all. */

enum { GATHER_INDEX, GATHER_SELF };

/* ---- looks ----------------------------------------------------------------------------------------- */

/* The corner of t with the sizes of `shape`, but all of dimension `whole` (-1: none). */
static struct tensor *corner(struct tensor *t, const struct shape *shape, int whole)
{
    struct shape cut = *shape;
    const int64_t step[] = { 1 };
    if (t->shape.dims == 0) {
        return tensor_view(t, &(struct shape){ 1, { 1 } }, step, t->offset);
    }
    if (whole >= 0) {
        cut.size[whole] = t->shape.size[whole];
    }
    return tensor_view(t, &cut, t->strides, t->offset);
}

static bool fits(const struct shape *small, const struct shape *large, int but)
{
    for (int d = 0; d < small->dims; d++) {
        if (d != but && small->size[d] > large->size[d]) {
            return false;
        }
    }
    return true;
}

/* A single element as a line of one. */
static struct shape counted_shape(const struct shape *shape)
{
    return shape->dims > 0 ? *shape : (struct shape){ 1, { 1 } };
}

static int counted_dims(const struct tensor *t)
{
    return t->shape.dims > 0 ? t->shape.dims : 1;
}

/* The index, checked, as large in dimensions as self; `what` is how the text names self. */
static struct tensor *read_index(const struct op_call *call, int *dim, const char *what,
                                 struct error *err)
{
    const struct tensor *a = call->in[0].tensor;
    struct tensor *index = call->in[1].tensor;
    if (!shape_dim(a->shape.dims, call->attrs->dim, dim, err)) {
        return NULL;
    }
    if (index->dtype != DTYPE_INT64) {
        error_set(err, "%s(): Expected dtype int64 for index", call->op->name);
        return NULL;
    }
    if (index->count > 0 && counted_dims(index) != counted_dims(a)) {
        error_set(err, "Index tensor must have the same number of dimensions as %s tensor", what);
        return NULL;
    }
    const struct index_range range = { .size = a->shape.dims > 0 ? a->shape.size[*dim] : 1,
                                       .dim = *dim,
                                       .refusal = REFUSE_PLACE_RUNTIME };
    return indices_checked(index, &range, err);
}

/* ---- gather ------------------------------------------------------------------------------------------ */

/* y[.., j, ..] = a[.., i[.., j, ..], ..] along dim     so   da[.., i, ..] += dy */

static bool refuse_gather(const struct tensor *index, const struct tensor *a, int dim,
                          struct error *err)
{
    struct text i = { 0 }, self = { 0 };
    shape_append(&i, &index->shape);
    shape_append(&self, &a->shape);
    error_set(err,
              "Size does not match at dimension %d expected index %s to be no larger than self %s "
              "apart from dimension %d",
              dim == 0 ? 1 : 0, text_string(&i), text_string(&self), dim);
    text_finish(&i);
    text_finish(&self);
    return false;
}

static bool gather_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    struct tensor_spec spec = tensor_spec_of(a);
    int dim;
    struct tensor *index = read_index(call, &dim, "input", err);
    if (!index) {
        return false;
    }
    spec.shape = index->shape;
    if (index->count > 0 && a->shape.dims > 0 && !fits(&index->shape, &a->shape, dim)) {
        refuse_gather(index, a, dim, err);
        tensor_unref(index);
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    bool ok = out != NULL;
    if (ok && out->count > 0) {
        struct tensor *to = corner(out, &out->shape, -1),
                      *places = corner(index, &index->shape, -1);
        struct tensor *from = corner(a, &to->shape, dim);
        ok = compute_gather(to, &(struct compute_index){ .in = from, .index = places, .dim = dim },
                            err);
        tensor_unref(from);
        tensor_unref(places);
        tensor_unref(to);
    }
    tensor_unref(index);
    return ok;
}

static struct op_attrs dim_of(const struct rule *rule)
{
    return (struct op_attrs){ .present = ATTR(DIM), .dim = rule_attrs(rule)->dim };
}

static struct tensor *gathered(struct rule *rule)
{
    const struct operand in[] = { operand_tensor(rule->grad[0]),
                                  operand_tensor(rule_saved(rule, GATHER_INDEX)) };
    return rule_apply(
        rule, &(struct op_use){ .op = OP_GATHER, .in = in, .in_count = 2, .attrs = dim_of(rule) });
}

static bool gather_backward(struct rule *rule)
{
    struct tensor *zeros = rule_zeros(rule, rule->grad[0], rule_edge_shape(rule, 0));
    const struct operand in[] = { operand_tensor(zeros),
                                  operand_tensor(rule_saved(rule, GATHER_INDEX)),
                                  operand_tensor(rule->grad[0]) };
    rule->result[0] = rule_apply(
        rule,
        &(struct op_use){ .op = OP_SCATTER_ADD, .in = in, .in_count = 3, .attrs = dim_of(rule) });
    return rule_done(rule);
}

const struct op op_row_gather = {
    .id = OP_GATHER,
    .name = "gather",
    .symbol = "[i]",
    .node = "GatherBackward0",
    .formula = "a[i]",
    .derivatives = { "0, [i] ← Σ g" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [GATHER_INDEX] = { .name = "index", .from = 1 },
               [GATHER_SELF] = { .name = "self", .from = 0 } },
    .forward = gather_forward,
    .backward = gather_backward,
};

/* ---- scatter ----------------------------------------------------------------------------------------- */

static bool refuse_scatter(const struct op_call *call, const struct tensor *index, int dim,
                           struct error *err)
{
    const struct operand *src = &call->in[2];
    struct text i = { 0 }, self = { 0 }, source = { 0 };
    shape_append(&i, &index->shape);
    shape_append(&self, &call->in[0].tensor->shape);
    if (src->kind == OPERAND_TENSOR) {
        text_format(&source, " and to be no larger size than src ");
        shape_append(&source, &src->tensor->shape);
    }
    error_set(err, "Expected index %s to be no larger than self %s apart from dimension %d%s",
              text_string(&i), text_string(&self), dim, text_string(&source));
    text_finish(&i);
    text_finish(&self);
    text_finish(&source);
    return false;
}

static bool check_scatter(const struct op_call *call, const struct tensor *index, int dim,
                          struct error *err)
{
    const struct tensor *a = call->in[0].tensor;
    const struct tensor *src = call->in[2].kind == OPERAND_TENSOR ? call->in[2].tensor : NULL;
    if (src && src->dtype != a->dtype) {
        return error_set(err, "%s(): Expected self.dtype to be equal to src.dtype", call->op->name);
    }
    if (index->count == 0) {
        return true;
    }
    if (src && counted_dims(src) != counted_dims(index)) {
        return error_set(err, "Index tensor must have the same number of dimensions as src tensor");
    }
    const struct shape places = counted_shape(&index->shape), self = counted_shape(&a->shape);
    const struct shape source = src ? counted_shape(&src->shape) : places;
    const bool ok = fits(&places, &self, dim) && fits(&places, &source, -1);
    return ok || refuse_scatter(call, index, dim, err);
}

/* What is brought: the corner of src, or the number everywhere; apart from the memory of `out`. */
static struct tensor *brought(const struct op_call *call, const struct tensor *out,
                              const struct shape *shape, struct error *err)
{
    const struct operand *src = &call->in[2];
    const struct tensor_spec spec = { out->dtype, *shape, tensor_backend(out) };
    if (src->kind != OPERAND_TENSOR) {
        return tensor_full(call->engine, &spec, src->number, err);
    }
    struct tensor *part = corner(src->tensor, shape, -1);
    if (part->storage != out->storage) {
        return part;
    }
    struct tensor *copy = tensor_create(call->engine, &spec, err);
    if (copy && !compute_copy(copy, part, err)) {
        tensor_unref(copy);
        copy = NULL;
    }
    tensor_unref(part);
    return copy;
}

static bool scatter_into(const struct op_call *call, struct tensor *out, struct tensor *index,
                         int dim, enum scatter_function function, struct error *err)
{
    struct tensor *places = corner(index, &index->shape, -1);
    struct tensor *from = brought(call, out, &places->shape, err);
    struct tensor *to = corner(out, &places->shape, dim);
    const struct compute_index which = { .in = from, .index = places, .dim = dim };
    const bool ok = from && compute_scatter(to, function, &which, err);
    tensor_unref(to);
    tensor_unref(from);
    tensor_unref(places);
    return ok;
}

static bool scatter(struct op_call *call, enum scatter_function function, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    const struct tensor_spec spec = tensor_spec_of(a);
    int dim;
    struct tensor *index = read_index(call, &dim, "self", err);
    struct tensor *out =
        index && check_scatter(call, index, dim, err) ? op_output(call, 0, &spec, err) : NULL;
    const bool ok = out && (call->into || compute_copy(out, a, err)) &&
                    (index->count == 0 || scatter_into(call, out, index, dim, function, err));
    tensor_unref(index);
    return ok;
}

/* y = a with b added at [i]     so   da += dy,   db += dy[i] */

static bool scatter_add_forward(struct op_call *call, struct error *err)
{
    return scatter(call, SCATTER_ADD, err);
}

static bool scatter_add_backward(struct rule *rule)
{
    rule->result[0] = rule->grad[0];
    rule->result[1] = rule->needs[1] ? gathered(rule) : NULL;
    return rule_done(rule);
}

const struct op op_row_scatter_add = {
    .id = OP_SCATTER_ADD,
    .name = "scatter_add",
    .symbol = "[i] +=",
    .node = "ScatterAddBackward0",
    .formula = "a, [i] += b",
    .derivatives = { "1", "", "g[i]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [GATHER_INDEX] = { .name = "index", .from = 1 } },
    .forward = scatter_add_forward,
    .backward = scatter_add_backward,
};

/* y = a with b at [i]     so   da += dy with zeros there,   db += dy[i] */

static bool scatter_forward(struct op_call *call, struct error *err)
{
    return scatter(call, SCATTER_PUT, err);
}

static struct tensor *zeros_there(struct rule *rule)
{
    const struct operand in[] = { operand_tensor(rule->grad[0]),
                                  operand_tensor(rule_saved(rule, GATHER_INDEX)),
                                  operand_number(number_integer(0)) };
    return rule_apply(
        rule,
        &(struct op_use){ .op = OP_SCATTER_VALUE, .in = in, .in_count = 3, .attrs = dim_of(rule) });
}

static bool scatter_backward(struct rule *rule)
{
    rule->result[0] = rule->needs[0] ? zeros_there(rule) : NULL;
    rule->result[1] = rule->needs[1] ? gathered(rule) : NULL;
    return rule_done(rule);
}

static bool scatter_value_backward(struct rule *rule)
{
    rule->result[0] = zeros_there(rule);
    return rule_done(rule);
}

const struct op op_row_scatter = {
    .id = OP_SCATTER,
    .name = "scatter",
    .symbol = "[i] ←",
    .node = "ScatterBackward0",
    .formula = "a, [i] ← b",
    .derivatives = { "g, [i] ← 0", "", "g[i]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [GATHER_INDEX] = { .name = "index", .from = 1 } },
    .forward = scatter_forward,
    .backward = scatter_backward,
};

const struct op op_row_scatter_value = {
    .id = OP_SCATTER_VALUE,
    .name = "scatter_value",
    .symbol = "[i] ←",
    .node = "ScatterBackward1",
    .formula = "a, [i] ← n",
    .derivatives = { "g, [i] ← 0" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .edgeless = 1 << 1 | 1 << 2,
    .saves = { [GATHER_INDEX] = { .name = "index", .from = 1 } },
    .forward = scatter_forward,
    .backward = scatter_value_backward,
};

/* ---- take -------------------------------------------------------------------------------------------- */

/* y[j] = a[i[j]], a as one line of elements     so   da[i] += dy */

static struct tensor *as_line(struct tensor *t, struct error *err)
{
    const int64_t step[] = { 1 };
    const struct shape shape = { 1, { t->count } };
    if (tensor_is_contiguous(t)) {
        return tensor_view(t, &shape, step, t->offset);
    }
    const struct tensor_spec spec = tensor_spec_of(t);
    struct tensor *copy = tensor_create(t->engine, &spec, err), *line = NULL;
    if (copy && compute_copy(copy, t, err)) {
        line = tensor_view(copy, &shape, step, copy->offset);
    }
    tensor_unref(copy);
    return line;
}

static bool take_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *index = call->in[1].tensor;
    const struct tensor_spec spec = { a->dtype, index->shape, tensor_backend(a) };
    if (index->dtype != DTYPE_INT64) {
        return error_set(err, "take(): Expected a long tensor for index, but got %s",
                         dtype_type_name(index->dtype));
    }
    const struct index_range range = { .size = a->count, .from_end = true, .refusal = REFUSE_TAKE };
    struct tensor *checked = indices_checked(index, &range, err);
    struct tensor *out = checked ? op_output(call, 0, &spec, err) : NULL;
    bool ok = out != NULL;
    if (ok && out->count > 0) {
        struct tensor *from = as_line(a, err), *to = as_line(out, err);
        struct tensor *places = as_line(checked, err);
        ok = from && compute_gather(
                         to, &(struct compute_index){ .in = from, .index = places, .dim = 0 }, err);
        tensor_unref(places);
        tensor_unref(to);
        tensor_unref(from);
    }
    tensor_unref(checked);
    return ok;
}

static bool take_backward(struct rule *rule)
{
    const struct shape *shape = rule_edge_shape(rule, 0);
    const struct operand in[] = { operand_tensor(rule->grad[0]),
                                  operand_tensor(rule_saved(rule, GATHER_INDEX)) };
    const struct op_attrs attrs = { .present = ATTR(SIZE), .size = { 1, { shape_count(shape) } } };
    struct tensor *line = rule_apply(
        rule, &(struct op_use){ .op = OP_INDEX_BACKWARD, .in = in, .in_count = 2, .attrs = attrs });
    rule->result[0] = rule_reshape(rule, line, shape);
    return rule_done(rule);
}

const struct op op_row_take = {
    .id = OP_TAKE,
    .name = "take",
    .symbol = "[i]",
    .node = "TakeBackward0",
    .formula = "a[i]",
    .derivatives = { "0, [i] ← Σ g" },
    .provenance = PROVENANCE_ROWS,
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [GATHER_INDEX] = { .name = "index", .from = 1 },
               [GATHER_SELF] = { .name = "self", .from = 0 } },
    .forward = take_forward,
    .backward = take_backward,
};
