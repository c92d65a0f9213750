#include <string.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y = the elements of a that lie at offset + Σ index·stride. A lesson cannot say it; it is how a view's
 * history reads once its base was changed in place. a lies dense: by the strides `base_stride`, or row by
 * row where these are absent. */

/* Whether the tensor lies as the attributes say of the base. */
static bool lies_as_base(const struct tensor *t, const struct op_attrs *attrs)
{
    bool same = attrs->present & ATTR(BASE_STRIDE) || tensor_is_contiguous(t);
    for (int d = 0; same && attrs->present & ATTR(BASE_STRIDE) && d < t->shape.dims; d++) {
        same = t->shape.size[d] == 1 || t->strides[d] == attrs->base_stride.size[d];
    }
    return same;
}

struct tensor *rule_clone_laid(struct rule *rule, struct tensor *a)
{
    const struct op_attrs *own = rule_attrs(rule);
    const struct operand in = operand_tensor(a);
    struct op_use use = { .op = OP_CLONE, .in = &in, .in_count = 1 };
    if (own->present & ATTR(BASE_STRIDE)) {
        use.attrs.present = ATTR(BASE_STRIDE);
        use.attrs.base_stride = own->base_stride;
    }
    return rule_apply(rule, &use);
}

static bool as_strided_forward(struct op_call *call, struct error *err)
{
    (void)err;
    const struct op_attrs *attrs = call->attrs;
    return forward_view(call, &attrs->size, attrs->stride.size,
                        call->in[0].tensor->offset + attrs->offset);
}

static bool as_strided_backward(struct rule *rule)
{
    struct op_attrs attrs = *rule_attrs(rule);
    attrs.present |= ATTR(DIMS);
    attrs.dims = *rule_edge_shape(rule, 0);
    const struct operand in = operand_tensor(rule->grad[0]);
    rule->result[0] = rule_apply(
        rule,
        &(struct op_use){ .op = OP_AS_STRIDED_BACKWARD, .in = &in, .in_count = 1, .attrs = attrs });
    return rule_done(rule);
}

const struct op op_row_as_strided = {
    .id = OP_AS_STRIDED,
    .name = "as_strided",
    .symbol = "[…]",
    .node = "AsStridedBackward0",
    .formula = "a[…]",
    .derivatives = { "0, […] ← g" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(SIZE) | ATTR(STRIDE) | ATTR(OFFSET) | ATTR(BASE_STRIDE),
    .outputs = 1,
    .is_view = true,
    .forward = as_strided_forward,
    .backward = as_strided_backward,
};

/* Zeros of shape `dims` with dy where y was. Where y showed an element several times (stride 0) their
 * gradients are summed first; other overlap cannot be made. */

static struct tensor *sum_of_repeats(struct op_call *call, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct tensor_spec spec = tensor_spec_of(in);
    bool repeats = false;
    for (int d = 0; d < in->shape.dims; d++) {
        if (call->attrs->stride.size[d] == 0 && in->shape.size[d] > 1) {
            spec.shape.size[d] = 1;
            repeats = true;
        }
    }
    if (!repeats) {
        return tensor_ref(in);
    }
    struct tensor *sum = tensor_create(call->engine, &spec, err);
    if (sum &&
        !compute_reduce(sum, &(struct compute_reduce){ .function = REDUCE_SUM, .in = in }, err)) {
        tensor_unref(sum);
        return NULL;
    }
    return sum;
}

static bool as_strided_backward_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    spec.shape = call->attrs->dims;
    struct tensor *out = op_output(call, 0, &spec, err);
    if (out && call->attrs->present & ATTR(BASE_STRIDE)) {
        memcpy(out->strides, call->attrs->base_stride.size, sizeof(out->strides));
    }
    struct tensor *grad =
        out && compute_fill(out, number_integer(0), err) ? sum_of_repeats(call, err) : NULL;
    if (!grad) {
        return false;
    }
    struct tensor *place =
        tensor_view(out, &grad->shape, call->attrs->stride.size, out->offset + call->attrs->offset);
    const bool ok = compute_copy(place, grad, err);
    tensor_unref(place);
    tensor_unref(grad);
    return ok;
}

static bool as_strided_backward_backward(struct rule *rule)
{
    struct op_attrs attrs = *rule_attrs(rule);
    struct tensor *grad = rule->grad[0];
    attrs.present &= ~ATTR(DIMS);
    if (grad && !lies_as_base(grad, &attrs)) {
        grad = rule_clone_laid(rule, grad);
    }
    const struct operand in = operand_tensor(grad);
    rule->result[0] = rule_apply(
        rule, &(struct op_use){ .op = OP_AS_STRIDED, .in = &in, .in_count = 1, .attrs = attrs });
    return rule_done(rule);
}

const struct op op_row_as_strided_backward = {
    .id = OP_AS_STRIDED_BACKWARD,
    .name = "as_strided_backward",
    .node = "AsStridedBackwardBackward0",
    .formula = "0, […] ← a",
    .derivatives = { "g[…]" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(SIZE) | ATTR(STRIDE) | ATTR(OFFSET) | ATTR(DIMS) | ATTR(BASE_STRIDE),
    .outputs = 1,
    .forward = as_strided_backward_forward,
    .backward = as_strided_backward_backward,
};
