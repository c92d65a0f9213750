#include <assert.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* Views: the elements stay where they are, only the way to count them changes. Each sends its
 * gradient back through the opposite change. */

/* dy in the shape of the input. */
static bool reshape_backward(struct rule *rule)
{
    rule->result[0] = rule_reshape(rule, rule->grad[0], rule_edge_shape(rule, 0));
    return rule_done(rule);
}

/* y = a.view(size) */

static bool view_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    struct shape shape;
    int64_t strides[BACKEND_MAX_DIMS];
    if (!shape_infer(&call->attrs->size, a->count, &shape, err)) {
        return false;
    }
    if (!shape_view_strides(&a->shape, a->strides, &shape, strides)) {
        return error_set(err, "view size is not compatible with input tensor's size and stride (at "
                              "least one dimension spans across two contiguous subspaces). Use "
                              ".reshape(...) instead.");
    }
    return forward_view(call, &shape, strides, a->offset);
}

const struct op op_row_view = {
    .id = OP_VIEW,
    .name = "view",
    .symbol = "view",
    .node = "ViewBackward0",
    .formula = "a.view(size)",
    .derivatives = { "g.view(a.shape)" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(SIZE),
    .outputs = 1,
    .is_view = true,
    .forward = view_forward,
    .backward = reshape_backward,
};

/* The same for a tensor that nobody else sees: the result is not a view to the lesson. */

const struct op op_row_unsafe_view = {
    .id = OP_UNSAFE_VIEW,
    .name = "unsafe_view",
    .symbol = "view",
    .node = "UnsafeViewBackward0",
    .formula = "a.view(size)",
    .derivatives = { "g.view(a.shape)" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(SIZE),
    .outputs = 1,
    .forward = view_forward,
    .backward = reshape_backward,
};

/* What a.reshape(size) is where no element has to move, but a's do not lie one behind the other. */

const struct op op_row_reshape_alias = {
    .id = OP_RESHAPE_ALIAS,
    .name = "_reshape_alias",
    .symbol = "view",
    .node = "ReshapeAliasBackward0",
    .formula = "a.reshape(size)",
    .derivatives = { "g.reshape(a.shape)" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(SIZE),
    .outputs = 1,
    .is_view = true,
    .forward = view_forward,
    .backward = reshape_backward,
};

/* y = a repeated along dimensions of size 1 and new ones in front; da += dy summed over those, which
 * is what the walk does with a gradient larger than its operand */

static bool expand_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    struct shape shape = call->attrs->size;
    const int lead = shape.dims - a->shape.dims;
    for (int d = 0; d < shape.dims; d++) {
        if (shape.size[d] != -1) {
            continue;
        }
        if (d < lead) {
            return error_set(err,
                             "The expanded size of the tensor (-1) isn't allowed in a leading, "
                             "non-existing dimension %d",
                             d);
        }
        shape.size[d] = a->shape.size[d - lead];
    }
    int64_t strides[BACKEND_MAX_DIMS];
    return shape_expand(&a->shape, a->strides, &shape, strides, err) &&
           (shape_is_countable(&shape) ||
            error_set(err, "numel: integer multiplication overflow")) &&
           forward_view(call, &shape, strides, a->offset);
}

const struct op op_row_expand = {
    .id = OP_EXPAND,
    .name = "expand",
    .symbol = "expand",
    .node = "ExpandBackward0",
    .formula = "a.expand(size)",
    .derivatives = { "Σ g" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(SIZE),
    .outputs = 1,
    .is_view = true,
    .forward = expand_forward,
    .backward = rule_pass,
};

/* y has dimension dims[d] of a as its dimension d */

static bool permuted_view(struct op_call *call, const int *order, int dims)
{
    const struct tensor *a = call->in[0].tensor;
    struct shape shape = { .dims = dims };
    int64_t strides[BACKEND_MAX_DIMS];
    for (int d = 0; d < dims; d++) {
        shape.size[d] = a->shape.size[order[d]];
        strides[d] = a->strides[order[d]];
    }
    return forward_view(call, &shape, strides, a->offset);
}

static bool permute_forward(struct op_call *call, struct error *err)
{
    const struct shape *a = &call->in[0].tensor->shape, *dims = &call->attrs->dims;
    int order[BACKEND_MAX_DIMS];
    bool seen[BACKEND_MAX_DIMS] = { false };
    if (dims->dims != a->dims) {
        return error_set(err,
                         "permute(sparse_coo): number of dimensions in the tensor input does not "
                         "match the length of the desired ordering of dimensions i.e. "
                         "input.dim() = %d is not equal to len(dims) = %d",
                         a->dims, dims->dims);
    }
    for (int d = 0; d < a->dims; d++) {
        if (!shape_dim(a->dims, dims->size[d], &order[d], err)) {
            return false;
        }
        if (seen[order[d]]) {
            return error_set(err, "permute(): duplicate dims are not allowed.");
        }
        seen[order[d]] = true;
    }
    return permuted_view(call, order, a->dims);
}

static bool permute_backward(struct rule *rule)
{
    const struct shape *dims = &rule_attrs(rule)->dims;
    struct op_attrs inverse = { .present = ATTR(DIMS), .dims = { .dims = dims->dims } };
    for (int d = 0; d < dims->dims; d++) {
        const int64_t dim = dims->size[d] < 0 ? dims->size[d] + dims->dims : dims->size[d];
        inverse.dims.size[dim] = d;
    }
    const struct operand in = operand_tensor(rule->grad[0]);
    rule->result[0] = rule_apply(
        rule, &(struct op_use){ .op = OP_PERMUTE, .in = &in, .in_count = 1, .attrs = inverse });
    return rule_done(rule);
}

const struct op op_row_permute = {
    .id = OP_PERMUTE,
    .name = "permute",
    .symbol = "permute",
    .node = "PermuteBackward0",
    .formula = "a.permute(dims)",
    .derivatives = { "g.permute(dims⁻¹)" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIMS),
    .outputs = 1,
    .is_view = true,
    .forward = permute_forward,
    .backward = permute_backward,
};

/* y has two dimensions of a swapped */

static bool transpose_forward(struct op_call *call, struct error *err)
{
    const int dims = call->in[0].tensor->shape.dims;
    int order[BACKEND_MAX_DIMS], first, second;
    if (!shape_dim(dims, call->attrs->dim0, &first, err) ||
        !shape_dim(dims, call->attrs->dim1, &second, err)) {
        return false;
    }
    for (int d = 0; d < dims; d++) {
        order[d] = d == first ? second : d == second ? first : d;
    }
    return permuted_view(call, order, dims);
}

static bool transpose_backward(struct rule *rule)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    rule->result[0] = rule_apply(
        rule, &(struct op_use){
                  .op = OP_TRANSPOSE, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule) });
    return rule_done(rule);
}

const struct op op_row_transpose = {
    .id = OP_TRANSPOSE,
    .name = "transpose",
    .symbol = "ᵀ",
    .node = "TransposeBackward0",
    .formula = "aᵀ",
    .derivatives = { "gᵀ" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM0) | ATTR(DIM1),
    .outputs = 1,
    .is_view = true,
    .forward = transpose_forward,
    .backward = transpose_backward,
};

/* y = aᵀ             so   da += dyᵀ            a of at most two dimensions */

static bool t_forward(struct op_call *call, struct error *err)
{
    const int dims = call->in[0].tensor->shape.dims;
    if (dims > 2) {
        return error_set(err, "t() expects a tensor with <= 2 dimensions, but self is %dD", dims);
    }
    const int straight[] = { 0 }, swapped[] = { 1, 0 };
    return permuted_view(call, dims < 2 ? straight : swapped, dims);
}

static bool t_backward(struct rule *rule)
{
    rule->result[0] = rule_transpose(rule, rule->grad[0]);
    return rule_done(rule);
}

const struct op op_row_t = {
    .id = OP_T,
    .name = "t",
    .symbol = "ᵀ",
    .node = "TBackward0",
    .formula = "aᵀ",
    .derivatives = { "gᵀ" },
    .provenance = PROVENANCE_AFFINE,
    .outputs = 1,
    .is_view = true,
    .forward = t_forward,
    .backward = t_backward,
};

/* y = a without its dimensions of size 1: all of them, or dimension `dim` if it has that size */

static bool squeezed_view(struct op_call *call, int only)
{
    const struct tensor *a = call->in[0].tensor;
    struct shape shape = { .dims = 0 };
    int64_t strides[BACKEND_MAX_DIMS];
    for (int d = 0; d < a->shape.dims; d++) {
        if (a->shape.size[d] != 1 || (only >= 0 && d != only)) {
            strides[shape.dims] = a->strides[d];
            shape.size[shape.dims++] = a->shape.size[d];
        }
    }
    return forward_view(call, &shape, strides, a->offset);
}

static bool squeeze_forward(struct op_call *call, struct error *err)
{
    (void)err;
    return squeezed_view(call, -1);
}

static bool squeeze_dim_forward(struct op_call *call, struct error *err)
{
    int dim;
    return shape_dim(call->in[0].tensor->shape.dims, call->attrs->dim, &dim, err) &&
           squeezed_view(call, dim);
}

static bool squeeze_backward(struct rule *rule)
{
    const struct shape *shape = rule_edge_shape(rule, 0);
    struct tensor *grad = rule->grad[0];
    for (int d = 0; d < shape->dims; d++) {
        if (shape->size[d] == 1) {
            grad = rule_unsqueeze(rule, grad, d);
        }
    }
    rule->result[0] = grad;
    return rule_done(rule);
}

static bool squeeze_dim_backward(struct rule *rule)
{
    const struct shape *shape = rule_edge_shape(rule, 0);
    const int64_t attr = rule_attrs(rule)->dim;
    const int64_t dim = attr < 0 ? attr + shape->dims : attr;
    const bool removed = shape->dims > 0 && shape->size[dim] == 1;
    rule->result[0] = removed ? rule_unsqueeze(rule, rule->grad[0], (int)dim) : rule->grad[0];
    return rule_done(rule);
}

const struct op op_row_squeeze = {
    .id = OP_SQUEEZE,
    .name = "squeeze",
    .symbol = "squeeze",
    .node = "SqueezeBackward0",
    .formula = "a.squeeze()",
    .derivatives = { "g.view(a.shape)" },
    .provenance = PROVENANCE_AFFINE,
    .outputs = 1,
    .is_view = true,
    .forward = squeeze_forward,
    .backward = squeeze_backward,
};

const struct op op_row_squeeze_dim = {
    .id = OP_SQUEEZE_DIM,
    .name = "squeeze",
    .symbol = "squeeze",
    .node = "SqueezeBackward1",
    .formula = "a.squeeze()",
    .derivatives = { "g.view(a.shape)" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .is_view = true,
    .forward = squeeze_dim_forward,
    .backward = squeeze_dim_backward,
};

/* The same for several dimensions at once. */

static bool squeezed_dims(const struct op_attrs *attrs, int dims, bool *named, struct error *err)
{
    for (int i = 0; i < attrs->dims.dims; i++) {
        int d;
        if (!shape_dim(dims, attrs->dims.size[i], &d, err)) {
            return false;
        }
        named[d] = true;
    }
    return true;
}

static bool squeeze_dims_forward(struct op_call *call, struct error *err)
{
    const struct tensor *a = call->in[0].tensor;
    struct shape shape = { .dims = 0 };
    int64_t strides[BACKEND_MAX_DIMS];
    bool named[BACKEND_MAX_DIMS] = { false };
    if (!squeezed_dims(call->attrs, a->shape.dims, named, err)) {
        return false;
    }
    for (int d = 0; d < a->shape.dims; d++) {
        if (a->shape.size[d] != 1 || !named[d]) {
            strides[shape.dims] = a->strides[d];
            shape.size[shape.dims++] = a->shape.size[d];
        }
    }
    return forward_view(call, &shape, strides, a->offset);
}

static bool squeeze_dims_backward(struct rule *rule)
{
    const struct shape *shape = rule_edge_shape(rule, 0);
    struct tensor *grad = rule->grad[0];
    bool named[BACKEND_MAX_DIMS] = { false };
    if (!squeezed_dims(rule_attrs(rule), shape->dims, named, rule->err)) {
        return false;
    }
    for (int d = 0; d < shape->dims; d++) {
        grad = named[d] && shape->size[d] == 1 ? rule_unsqueeze(rule, grad, d) : grad;
    }
    rule->result[0] = grad;
    return rule_done(rule);
}

const struct op op_row_squeeze_dims = {
    .id = OP_SQUEEZE_DIMS,
    .name = "squeeze",
    .symbol = "squeeze",
    .node = "SqueezeBackward2",
    .formula = "a.squeeze()",
    .derivatives = { "g.view(a.shape)" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIMS),
    .outputs = 1,
    .is_view = true,
    .forward = squeeze_dims_forward,
    .backward = squeeze_dims_backward,
};

/* y = a with a new dimension of size 1 */

static bool unsqueeze_forward(struct op_call *call, struct error *err)
{
    const struct tensor *a = call->in[0].tensor;
    int dim;
    if (!shape_dim(a->shape.dims + 1, call->attrs->dim, &dim, err)) {
        return false;
    }
    if (a->shape.dims == BACKEND_MAX_DIMS) {
        return error_set(err, "a tensor has at most %d dimensions here", BACKEND_MAX_DIMS);
    }
    struct shape shape = { .dims = a->shape.dims + 1 };
    int64_t strides[BACKEND_MAX_DIMS];
    for (int d = 0, from = 0; d < shape.dims; d++) {
        if (d == dim) {
            shape.size[d] = 1;
            strides[d] = d < a->shape.dims ? a->shape.size[d] * a->strides[d] : 1;
        } else {
            shape.size[d] = a->shape.size[from];
            strides[d] = a->strides[from++];
        }
    }
    return forward_view(call, &shape, strides, a->offset);
}

static bool unsqueeze_backward(struct rule *rule)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    const struct op_use use = {
        .op = OP_SQUEEZE_DIM,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM), .dim = rule_attrs(rule)->dim },
    };
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

const struct op op_row_unsqueeze = {
    .id = OP_UNSQUEEZE,
    .name = "unsqueeze",
    .symbol = "unsqueeze",
    .node = "UnsqueezeBackward0",
    .formula = "a.unsqueeze(dim)",
    .derivatives = { "g.squeeze(dim)" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .is_view = true,
    .forward = unsqueeze_forward,
    .backward = unsqueeze_backward,
};

/* y = a, another look at all of it (x[...])     so   da += dy */

static bool alias_forward(struct op_call *call, struct error *err)
{
    (void)err;
    const struct tensor *a = call->in[0].tensor;
    return forward_view(call, &a->shape, a->strides, a->offset);
}

const struct op op_row_alias = {
    .id = OP_ALIAS,
    .name = "alias",
    .symbol = "a",
    .node = "AliasBackward0",
    .formula = "a",
    .derivatives = { "1" },
    .provenance = PROVENANCE_AFFINE,
    .outputs = 1,
    .is_view = true,
    .forward = alias_forward,
    .backward = rule_pass,
    .local = local_one,
};
