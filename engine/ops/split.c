#include <inttypes.h>
#include <stdlib.h>

#include "engine/autograd/autograd.h"
#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/ops/rows.h"

/* One tensor seen as several. The way back joins what arrived for each, zeros where nothing did. */

/* The gradients of all outputs joined by `op`. */
static bool join_grads(struct rule *rule, enum op_id op)
{
    const struct node *node = rule->node;
    const struct tensor *like = NULL;
    for (int i = 0; i < node->output_count; i++) {
        like = rule->grad[i] ? rule->grad[i] : like;
    }
    if (!like) {
        return rule_done(rule);
    }
    struct operand *in = memory_allocate((size_t)node->output_count, sizeof(*in));
    for (int i = 0; i < node->output_count; i++) {
        struct tensor *grad = rule->grad[i];
        in[i] = operand_tensor(grad ? grad : rule_zeros(rule, like, &node->outputs[i].shape));
    }
    rule->result[0] =
        rule_apply(rule, &(struct op_use){
                             .op = op,
                             .in = in,
                             .in_count = node->output_count,
                             .attrs = { .present = ATTR(DIM), .dim = rule_attrs(rule)->dim },
                         });
    free(in);
    return rule_done(rule);
}

static bool cat_grads(struct rule *rule)
{
    return join_grads(rule, OP_CAT);
}

static bool stack_grads(struct rule *rule)
{
    return join_grads(rule, OP_STACK);
}

/* Output `number`: `length` of a along dim from `start` on. */
static void part(struct op_call *call, int number, int dim, int64_t start, int64_t length)
{
    struct tensor *a = call->in[0].tensor;
    struct shape shape = a->shape;
    shape.size[dim] = length;
    call->out[number] = tensor_view(
        a, &shape, a->strides, a->offset + (shape_count(&shape) > 0 ? start * a->strides[dim] : 0));
}

static bool split_dim(const struct op_call *call, int *dim, struct error *err)
{
    if (call->in[0].tensor->shape.dims == 0) {
        return error_set(err, "split expects at least a 1-dimensional tensor");
    }
    return shape_dim(call->in[0].tensor->shape.dims, call->attrs->dim, dim, err);
}

/* y₀, y₁, ... = parts of a of one size along dim, the last one smaller */

static bool split_forward(struct op_call *call, struct error *err)
{
    int dim;
    if (!split_dim(call, &dim, err)) {
        return false;
    }
    const int64_t size = call->attrs->split_size, length = call->in[0].tensor->shape.size[dim];
    for (int i = 0; i < call->out_count; i++) {
        const int64_t start = i * size;
        part(call, i, dim, start, length - start < size ? length - start : size);
    }
    return true;
}

const struct op op_row_split = {
    .id = OP_SPLIT,
    .name = "split",
    .symbol = "split",
    .node = "SplitBackward0",
    .formula = "a[0:s], a[s:2s], ...",
    .derivatives = { "[g₀; g₁; ...]" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM) | ATTR(SPLIT_SIZE),
    .outputs = 0,
    .is_view = true,
    .forward = split_forward,
    .backward = cat_grads,
};

/* The same for a tensor that nobody else sees: the parts are not views to the lesson. */

const struct op op_row_unsafe_split = {
    .id = OP_UNSAFE_SPLIT,
    .name = "unsafe_split",
    .symbol = "split",
    .node = "UnsafeSplitBackward0",
    .formula = "a[0:s], a[s:2s], ...",
    .derivatives = { "[g₀; g₁; ...]" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM) | ATTR(SPLIT_SIZE),
    .outputs = 0,
    .forward = split_forward,
    .backward = cat_grads,
};

/* The same with a size for each part. */

static bool split_with_sizes_forward(struct op_call *call, struct error *err)
{
    int dim;
    if (!split_dim(call, &dim, err)) {
        return false;
    }
    for (int64_t i = 0, start = 0; i < call->out_count; i++) {
        part(call, (int)i, dim, start, call->attrs->lengths[i]);
        start += call->attrs->lengths[i];
    }
    return true;
}

const struct op op_row_split_with_sizes = {
    .id = OP_SPLIT_WITH_SIZES,
    .name = "split_with_sizes",
    .symbol = "split",
    .node = "SplitWithSizesBackward0",
    .formula = "a[0:s₀], a[s₀:s₀+s₁], ...",
    .derivatives = { "[g₀; g₁; ...]" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM),
    .outputs = 0,
    .is_view = true,
    .forward = split_with_sizes_forward,
    .backward = cat_grads,
};

/* y₀, y₁, ... = a[0], a[1], ... along dim */

static bool unbind_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    int dim;
    if (a->shape.dims == 0) {
        return error_set_kind(err, ERROR_INDEX,
                              "Dimension specified as %" PRId64 " but tensor has no dimensions",
                              call->attrs->dim);
    }
    if (!shape_dim(a->shape.dims, call->attrs->dim, &dim, err)) {
        return false;
    }
    struct shape shape = { .dims = 0 };
    int64_t strides[BACKEND_MAX_DIMS];
    for (int d = 0; d < a->shape.dims; d++) {
        if (d != dim) {
            strides[shape.dims] = a->strides[d];
            shape.size[shape.dims++] = a->shape.size[d];
        }
    }
    for (int i = 0; i < call->out_count; i++) {
        call->out[i] = tensor_view(a, &shape, strides, a->offset + i * a->strides[dim]);
    }
    return true;
}

const struct op op_row_unbind = {
    .id = OP_UNBIND,
    .name = "unbind",
    .symbol = "unbind",
    .node = "UnbindBackward0",
    .formula = "a[0], a[1], ...",
    .derivatives = { "[g₀, g₁, ...]" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM),
    .outputs = 0,
    .is_view = true,
    .forward = unbind_forward,
    .backward = stack_grads,
};
