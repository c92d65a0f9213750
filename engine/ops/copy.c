#include <string.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y = a, its elements in a memory of their own, row by row or where base_stride has them
 * so   da += dy */

static bool clone_forward(struct op_call *call, struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    struct tensor *out = op_output(call, 0, &spec, err);
    if (out && call->attrs->present & ATTR(BASE_STRIDE)) {
        memcpy(out->strides, call->attrs->base_stride.size, sizeof(out->strides));
    }
    return out && compute_copy(out, call->in[0].tensor, err);
}

const struct op op_row_clone = {
    .id = OP_CLONE,
    .name = "clone",
    .symbol = "clone",
    .node = "CloneBackward0",
    .formula = "a",
    .derivatives = { "1" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(BASE_STRIDE),
    .outputs = 1,
    .forward = clone_forward,
    .backward = rule_pass,
    .local = local_one,
};

/* The same as the lesson calls it: the memory keeps a's order where a lies dense, a transpose stays one. */

static bool copy_in_order(struct op_call *call, const struct tensor_spec *spec, struct error *err)
{
    const struct tensor *a = call->in[0].tensor;
    struct tensor *out = op_output(call, 0, spec, err);
    if (!out) {
        return false;
    }
    if (!call->into) {
        tensor_lie_like(out, a);
    }
    return compute_copy(out, a, err);
}

static bool clone_like_forward(struct op_call *call, struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    return copy_in_order(call, &spec, err);
}

const struct op op_row_clone_like = {
    .id = OP_CLONE_LIKE,
    .name = "clone",
    .symbol = "clone",
    .node = "CloneBackward0",
    .formula = "a",
    .derivatives = { "1" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = clone_like_forward,
    .backward = rule_pass,
    .local = local_one,
};

/* y = a as another dtype, on another device     so   da += dy, which the walk brings back to a's dtype
 * and device */

static bool to_copy_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    if (call->attrs->present & ATTR(DTYPE)) {
        spec.dtype = call->attrs->dtype;
    }
    if (call->attrs->present & ATTR(DEVICE)) {
        spec.backend = call->attrs->device;
    }
    return copy_in_order(call, &spec, err);
}

const struct op op_row_to_copy = {
    .id = OP_TO_COPY,
    .name = "to",
    .symbol = "to",
    .node = "ToCopyBackward0",
    .formula = "a",
    .derivatives = { "1" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(DTYPE) | ATTR(DEVICE),
    .outputs = 1,
    .forward = to_copy_forward,
    .backward = rule_pass,
    .local = local_one,
};

/* ---- in place only: operand 0 is what changes ------------------------------------------------------ */

static bool zeros_for_self(struct rule *rule)
{
    struct tensor *grad = rule->grad[0];
    if (rule->needs[0] && grad) {
        rule->result[0] = rule_zeros(rule, grad, &grad->shape);
    }
    return rule_done(rule);
}

/* a ← b, broadcast     so   da += 0,   db += dy */

static bool copy_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    int64_t strides[BACKEND_MAX_DIMS];
    struct tensor *b = call->in[1].tensor;
    if (!shape_expand(&b->shape, b->strides, &spec.shape, strides, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    return out && compute_copy(out, b, err);
}

static bool copy_backward(struct rule *rule)
{
    rule->result[1] = rule->grad[0];
    return zeros_for_self(rule);
}

static bool copy_local(struct rule *rule, int edge, struct operand *out)
{
    (void)rule;
    *out = operand_number(number_integer(edge));
    return true;
}

const struct op op_row_copy = {
    .id = OP_COPY,
    .name = "copy_",
    .symbol = "←",
    .node = "CopyBackwards",
    .formula = "a ← b",
    .derivatives = { "0", "1" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = copy_forward,
    .backward = copy_backward,
    .local = copy_local,
};

static bool zero_local(struct rule *rule, int edge, struct operand *out)
{
    (void)rule;
    (void)edge;
    *out = operand_number(number_integer(0));
    return true;
}

/* a ← 0              so   da += 0 */

static bool zero_forward(struct op_call *call, struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    struct tensor *out = op_output(call, 0, &spec, err);
    return out && compute_fill(out, number_integer(0), err);
}

const struct op op_row_zero = {
    .id = OP_ZERO,
    .name = "zero_",
    .symbol = "← 0",
    .node = "ZeroBackward0",
    .formula = "a ← 0",
    .derivatives = { "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = zero_forward,
    .backward = zeros_for_self,
    .local = zero_local,
};

/* a ← n, a number    so   da += 0 */

static bool fill_forward(struct op_call *call, struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    struct tensor *out = op_output(call, 0, &spec, err);
    return out && number_check(call->in[1].number, spec.dtype, err) &&
           compute_fill(out, call->in[1].number, err);
}

const struct op op_row_fill = {
    .id = OP_FILL,
    .name = "fill_",
    .symbol = "←",
    .node = "FillBackward2",
    .formula = "a ← n",
    .derivatives = { "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 1,
    .forward = fill_forward,
    .backward = zeros_for_self,
    .local = zero_local,
};
