#include <inttypes.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* Parts of a tensor as views. The way back puts dy where the part was, into zeros; that is a row of its
 * own, so that it can be differentiated. */

/* Where a part of a tensor is. */
struct look {
    struct shape shape;
    int64_t strides[BACKEND_MAX_DIMS];
    int64_t offset;
};

/* ---- one index ----------------------------------------------------------------------------------- */

/* y = a[i] along dim     so   da += zeros with dy at [i] */

static bool select_look(const struct tensor *a, const struct op_attrs *attrs, struct look *look,
                        struct error *err)
{
    int dim;
    if (a->shape.dims == 0) {
        return error_set_kind(err, ERROR_INDEX, "select() cannot be applied to a 0-dim tensor.");
    }
    if (!shape_dim(a->shape.dims, attrs->dim, &dim, err)) {
        return false;
    }
    const int64_t size = a->shape.size[dim];
    if (attrs->index < -size || attrs->index >= size) {
        return error_set_kind(err, ERROR_INDEX,
                              "index %" PRId64
                              " is out of bounds for dimension %d with size %" PRId64,
                              attrs->index, dim, size);
    }
    const int64_t index = attrs->index < 0 ? attrs->index + size : attrs->index;
    look->shape.dims = 0;
    for (int d = 0; d < a->shape.dims; d++) {
        if (d != dim) {
            look->strides[look->shape.dims] = a->strides[d];
            look->shape.size[look->shape.dims++] = a->shape.size[d];
        }
    }
    look->offset = a->offset + index * a->strides[dim];
    return true;
}

static bool select_forward(struct op_call *call, struct error *err)
{
    struct look look;
    return select_look(call->in[0].tensor, call->attrs, &look, err) &&
           forward_view(call, &look.shape, look.strides, look.offset);
}

/* The backward of a part: `op` puts dy into zeros of the shape that the whole had. */
static bool part_backward(struct rule *rule, enum op_id op)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    struct op_use use = { .op = op, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule) };
    use.attrs.present |= ATTR(SIZE);
    use.attrs.size = *rule_edge_shape(rule, 0);
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

static bool select_backward(struct rule *rule)
{
    return part_backward(rule, OP_SELECT_BACKWARD);
}

const struct op op_row_select = {
    .id = OP_SELECT,
    .name = "select",
    .symbol = "[i]",
    .node = "SelectBackward0",
    .formula = "a[i]",
    .derivatives = { "0, [i] ← g" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM) | ATTR(INDEX),
    .outputs = 1,
    .is_view = true,
    .forward = select_forward,
    .backward = select_backward,
};

/* Zeros of shape `size`, with operand 0 copied to where `find` says that the part is. */
static bool part_into_zeros(struct op_call *call,
                            bool (*find)(const struct tensor *, const struct op_attrs *,
                                         struct look *, struct error *),
                            struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    spec.shape = call->attrs->size;
    struct tensor *out = op_output(call, 0, &spec, err);
    struct look look;
    if (!out || !compute_fill(out, number_integer(0), err) || !find(out, call->attrs, &look, err)) {
        return false;
    }
    struct tensor *part = tensor_view(out, &look.shape, look.strides, look.offset);
    const bool ok = compute_copy(part, call->in[0].tensor, err);
    tensor_unref(part);
    return ok;
}

/* The part again. */
static bool take_part(struct rule *rule, enum op_id op)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    struct op_use use = { .op = op, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule) };
    use.attrs.present &= ~ATTR(SIZE);
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

static bool select_backward_forward(struct op_call *call, struct error *err)
{
    return part_into_zeros(call, select_look, err);
}

static bool select_backward_backward(struct rule *rule)
{
    return take_part(rule, OP_SELECT);
}

const struct op op_row_select_backward = {
    .id = OP_SELECT_BACKWARD,
    .name = "select_backward",
    .node = "SelectBackwardBackward0",
    .formula = "0, [i] ← a",
    .derivatives = { "g[i]" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM) | ATTR(INDEX) | ATTR(SIZE),
    .outputs = 1,
    .forward = select_backward_forward,
    .backward = select_backward_backward,
};

/* ---- a range ------------------------------------------------------------------------------------- */

/* y = a[start:end:step] along dim     so   da += zeros with dy there */

/* Python's rule for a bound: from the end when negative, then into 0 .. size. */
static int64_t clip(int64_t bound, int64_t size)
{
    if (bound < 0) {
        bound += size;
    }
    return bound < 0 ? 0 : bound > size ? size : bound;
}

static bool slice_look(const struct tensor *a, const struct op_attrs *attrs, struct look *look,
                       struct error *err)
{
    int dim;
    if (a->shape.dims == 0) {
        return error_set_kind(err, ERROR_INDEX, "slice() cannot be applied to a 0-dim tensor.");
    }
    if (!shape_dim(a->shape.dims, attrs->dim, &dim, err)) {
        return false;
    }
    const int64_t size = a->shape.size[dim];
    const int64_t step = attrs->present & ATTR(STEP) ? attrs->step : 1;
    if (step <= 0) {
        return error_set_kind(err, ERROR_VALUE, "step must be greater than zero");
    }
    const int64_t start = attrs->present & ATTR(START) ? clip(attrs->start, size) : 0;
    const int64_t end = attrs->present & ATTR(END) ? clip(attrs->end, size) : size;
    const int64_t length = end > start ? end - start : 0;
    look->shape = a->shape;
    look->shape.size[dim] = length / step + (length % step != 0);
    for (int d = 0; d < a->shape.dims; d++) {
        look->strides[d] = a->strides[d];
    }
    look->strides[dim] = a->strides[dim] * step;
    look->offset = a->offset + start * a->strides[dim];
    return true;
}

static bool slice_forward(struct op_call *call, struct error *err)
{
    struct look look;
    return slice_look(call->in[0].tensor, call->attrs, &look, err) &&
           forward_view(call, &look.shape, look.strides, look.offset);
}

static bool slice_backward(struct rule *rule)
{
    return part_backward(rule, OP_SLICE_BACKWARD);
}

const struct op op_row_slice = {
    .id = OP_SLICE,
    .name = "slice",
    .symbol = "[i:j]",
    .node = "SliceBackward0",
    .formula = "a[i:j]",
    .derivatives = { "0, [i:j] ← g" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM) | ATTR(START) | ATTR(END) | ATTR(STEP),
    .outputs = 1,
    .is_view = true,
    .forward = slice_forward,
    .backward = slice_backward,
};

static bool slice_backward_forward(struct op_call *call, struct error *err)
{
    return part_into_zeros(call, slice_look, err);
}

static bool slice_backward_backward(struct rule *rule)
{
    return take_part(rule, OP_SLICE);
}

const struct op op_row_slice_backward = {
    .id = OP_SLICE_BACKWARD,
    .name = "slice_backward",
    .node = "SliceBackwardBackward0",
    .formula = "0, [i:j] ← a",
    .derivatives = { "g[i:j]" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM) | ATTR(START) | ATTR(END) | ATTR(STEP) | ATTR(SIZE),
    .outputs = 1,
    .forward = slice_backward_forward,
    .backward = slice_backward_backward,
};
