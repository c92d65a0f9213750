#include <inttypes.h>

#include "engine/autograd/autograd.h"
#include "engine/engine.h"
#include "engine/ops/rows.h"

/* Several tensors made one. The way back cuts dy where they meet. */

/* A part of `whole` along `dim` that begins at `start` and has the shape of `part`, filled with it. */
static bool put_part(struct tensor *whole, int dim, int64_t start, const struct tensor *part,
                     const struct shape *shape, struct error *err)
{
    struct tensor *place =
        tensor_view(whole, shape, whole->strides,
                    whole->offset + (shape_count(shape) > 0 ? start : 0) * whole->strides[dim]);
    const bool ok = compute_copy(place, part, err);
    tensor_unref(place);
    return ok;
}

/* ---- cat ----------------------------------------------------------------------------------------- */

/* y = a, then b, ... along dim     so   da += the part of dy where a is */

/* A list may begin with torch.tensor([]) and then grow: such a tensor joins anything. */
static bool is_nothing(const struct shape *shape)
{
    return shape->dims == 1 && shape->size[0] == 0;
}

static bool add_size(struct shape *all, int dim, const struct shape *next, int number,
                     struct error *err)
{
    if (next->dims != all->dims) {
        return error_set(err, "Tensors must have same number of dimensions: got %d and %d",
                         all->dims, next->dims);
    }
    for (int d = 0; d < all->dims; d++) {
        if (d != dim && all->size[d] != next->size[d]) {
            return error_set(err,
                             "Sizes of tensors must match except in dimension %d. Expected size "
                             "%" PRId64 " but got size %" PRId64 " for tensor number %d in the "
                             "list.",
                             dim, all->size[d], next->size[d], number);
        }
    }
    all->size[dim] += next->size[dim];
    return true;
}

static bool cat_shape(const struct op_call *call, struct shape *all, int *dim, struct error *err)
{
    bool found = false;
    *all = (struct shape){ 1, { 0 } };
    *dim = 0;
    for (int i = 0; i < call->in_count; i++) {
        const struct shape *shape = &call->in[i].tensor->shape;
        if (shape->dims == 0) {
            return error_set(err, "zero-dimensional tensor (at position %d) cannot be concatenated",
                             i);
        }
        if (is_nothing(shape)) {
            continue;
        }
        if (found ? !add_size(all, *dim, shape, i, err)
                  : !shape_dim(shape->dims, call->attrs->dim, dim, err)) {
            return false;
        }
        if (!found) {
            *all = *shape;
        }
        found = true;
    }
    return true;
}

static bool cat_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec = { 0 };
    int dim;
    if (call->in_count == 0) {
        return error_set(err, "torch.cat(): expected a non-empty list of Tensors");
    }
    if (!cat_shape(call, &spec.shape, &dim, err) ||
        !compute_device(call->engine, call->in, call->in_count, &spec.backend, err)) {
        return false;
    }
    spec.dtype = dtype_result(call->in, call->in_count, call->engine->default_dtype);
    struct tensor *out = op_output(call, 0, &spec, err);
    int64_t start = 0;
    for (int i = 0; out && i < call->in_count; i++) {
        const struct tensor *part = call->in[i].tensor;
        if (is_nothing(&part->shape)) {
            continue;
        }
        if (!put_part(out, dim, start, part, &part->shape, err)) {
            return false;
        }
        start += part->shape.size[dim];
    }
    return out != NULL;
}

static struct tensor *cut(struct rule *rule, int dim, int64_t start, int64_t length)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    return rule_apply(rule,
                      &(struct op_use){
                          .op = OP_SLICE,
                          .in = &in,
                          .in_count = 1,
                          .attrs = { .present = ATTR(DIM) | ATTR(START) | ATTR(END) | ATTR(STEP),
                                     .dim = dim,
                                     .start = start,
                                     .end = start + length,
                                     .step = 1 },
                      });
}

static bool cat_backward(struct rule *rule)
{
    const int64_t attr = rule_attrs(rule)->dim;
    const int dims = rule->grad[0]->shape.dims;
    const int dim = (int)(attr < 0 ? attr + dims : attr);
    int64_t start = 0;
    for (int e = 0; e < rule->node->edge_count; e++) {
        const struct shape *shape = rule_operand_shape(rule, e);
        if (is_nothing(shape)) {
            rule->result[e] = rule->needs[e] ? rule_zeros(rule, rule->grad[0], shape) : NULL;
            continue;
        }
        if (rule->needs[e]) {
            rule->result[e] = cut(rule, dim, start, shape->size[dim]);
        }
        start += shape->size[dim];
    }
    return rule_done(rule);
}

const struct op op_row_cat = {
    .id = OP_CAT,
    .name = "cat",
    .symbol = "cat",
    .node = "CatBackward0",
    .formula = "[a; b]",
    .derivatives = { "g[a]", "g[b]" },
    .provenance = PROVENANCE_CONCAT,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .keeps_shapes = true,
    .forward = cat_forward,
    .backward = cat_backward,
};

/* ---- stack --------------------------------------------------------------------------------------- */

/* y[i] = a, b, ... along a new dim     so   da += dy[i] */

static bool stack_shape(const struct op_call *call, struct shape *all, int *dim, struct error *err)
{
    const struct shape *first = &call->in[0].tensor->shape;
    for (int i = 1; i < call->in_count; i++) {
        const struct shape *shape = &call->in[i].tensor->shape;
        if (!shape_equal(first, shape)) {
            struct text a = { 0 }, b = { 0 };
            shape_append(&a, first);
            shape_append(&b, shape);
            error_set(err,
                      "stack expects each tensor to be equal size, but got %s at entry 0 and %s at "
                      "entry %d",
                      text_string(&a), text_string(&b), i);
            text_finish(&a);
            text_finish(&b);
            return false;
        }
    }
    if (first->dims == BACKEND_MAX_DIMS) {
        return error_set(err, "a tensor has at most %d dimensions here", BACKEND_MAX_DIMS);
    }
    if (!shape_dim(first->dims + 1, call->attrs->dim, dim, err)) {
        return false;
    }
    all->dims = first->dims + 1;
    for (int d = 0, from = 0; d < all->dims; d++) {
        all->size[d] = d == *dim ? call->in_count : first->size[from++];
    }
    return true;
}

static bool stack_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec = { 0 };
    int dim;
    if (call->in_count == 0) {
        return error_set(err, "stack expects a non-empty TensorList");
    }
    if (!stack_shape(call, &spec.shape, &dim, err) ||
        !compute_device(call->engine, call->in, call->in_count, &spec.backend, err)) {
        return false;
    }
    spec.dtype = dtype_result(call->in, call->in_count, call->engine->default_dtype);
    struct tensor *out = op_output(call, 0, &spec, err);
    struct shape slot = spec.shape;
    slot.size[dim] = 1;
    for (int i = 0; out && i < call->in_count; i++) {
        const struct tensor *a = call->in[i].tensor;
        int64_t strides[BACKEND_MAX_DIMS];
        for (int d = 0; d < slot.dims; d++) {
            strides[d] = d < dim ? a->strides[d] : d > dim ? a->strides[d - 1] : 0;
        }
        struct tensor *part = tensor_view(call->in[i].tensor, &slot, strides, a->offset);
        const bool ok = put_part(out, dim, i, part, &slot, err);
        tensor_unref(part);
        if (!ok) {
            return false;
        }
    }
    return out != NULL;
}

static bool stack_backward(struct rule *rule)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    for (int e = 0; e < rule->node->edge_count; e++) {
        if (rule->needs[e]) {
            rule->result[e] =
                rule_apply(rule, &(struct op_use){ .op = OP_SELECT,
                                                   .in = &in,
                                                   .in_count = 1,
                                                   .attrs = { .present = ATTR(DIM) | ATTR(INDEX),
                                                              .dim = rule_attrs(rule)->dim,
                                                              .index = e } });
        }
    }
    return rule_done(rule);
}

const struct op op_row_stack = {
    .id = OP_STACK,
    .name = "stack",
    .symbol = "stack",
    .node = "StackBackward0",
    .formula = "[a, b]",
    .derivatives = { "g[0]", "g[1]" },
    .provenance = PROVENANCE_CONCAT,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .forward = stack_forward,
    .backward = stack_backward,
};
