#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y = the elements of a that lie at offset + Σ index·stride: as_strided, and how a view's history reads
 * once its base was changed in place. a lies dense: by the strides `base_stride`, or row by
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
 * gradients are summed first, other overlap is added element by element. */

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

/* Whether two elements may lie at one place: a stride does not leave behind what the smaller ones span. */
static bool overlaps(const struct shape *shape, const int64_t *strides)
{
    bool done[BACKEND_MAX_DIMS] = { false };
    int64_t span = 0;
    for (int k = 0; k < shape->dims; k++) {
        int least = -1;
        for (int d = 0; d < shape->dims; d++) {
            least = !done[d] && (least < 0 || strides[d] < strides[least]) ? d : least;
        }
        done[least] = true;
        if (shape->size[least] > 1 && strides[least] <= span) {
            return true;
        }
        span += (shape->size[least] - 1) * strides[least];
    }
    return false;
}

/* Where in the line of out's elements each of grad's belongs. */
static struct tensor *places_of(struct op_call *call, const struct tensor *grad, struct error *err)
{
    const struct tensor_spec spec = { DTYPE_INT64, { 1, { grad->count } }, tensor_backend(grad) };
    int64_t *places = memory_allocate((size_t)grad->count + 1, sizeof(*places));
    for (int64_t i = 0; i < grad->count; i++) {
        int64_t rest = i;
        places[i] = call->attrs->offset;
        for (int d = grad->shape.dims - 1; d >= 0; d--) {
            places[i] += rest % grad->shape.size[d] * call->attrs->stride.size[d];
            rest /= grad->shape.size[d];
        }
    }
    struct tensor *index = tensor_from_host(call->engine, &spec, places, err);
    free(places);
    return index;
}

/* out += grad, each element at its place. */
static bool add_at_places(struct op_call *call, struct tensor *out, struct tensor *grad,
                          struct error *err)
{
    const int64_t step[] = { 1 };
    const struct shape all = { 1, { out->count } }, line = { 1, { grad->count } };
    const struct tensor_spec spec = tensor_spec_of(grad);
    struct tensor *index = places_of(call, grad, err);
    struct tensor *copy = index ? tensor_create(call->engine, &spec, err) : NULL;
    bool ok = copy && compute_copy(copy, grad, err);
    if (ok) {
        struct tensor *to = tensor_view(out, &all, step, out->offset);
        struct tensor *from = tensor_view(copy, &line, step, copy->offset);
        ok = compute_scatter_add(to, &(struct compute_index){ .in = from, .index = index }, err);
        tensor_unref(from);
        tensor_unref(to);
    }
    tensor_unref(copy);
    tensor_unref(index);
    return ok;
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
    if (grad->count > 0 && overlaps(&grad->shape, call->attrs->stride.size)) {
        const bool added = add_at_places(call, out, grad, err);
        tensor_unref(grad);
        return added;
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
