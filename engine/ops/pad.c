#include <inttypes.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y = a with values around it, or with its edges cut off where `pad` is negative      so   da += dy cut
 * where values were put, and with zeros where something was cut: padded by -pad. */

/* How many are put before (`after` false) or after dimension `d`. */
static int64_t pad_of(const struct shape *pad, int dims, int d, bool after)
{
    const int at = 2 * (dims - 1 - d) + (after ? 1 : 0);
    return at < pad->dims ? pad->size[at] : 0;
}

static bool padded_shape(const struct shape *a, const struct shape *pad, struct shape *out,
                         struct error *err)
{
    if (pad->dims % 2 != 0) {
        return error_set(err, "Padding length must be divisible by 2");
    }
    if (pad->dims > 2 * a->dims) {
        return error_set(err,
                         "Length of pad should be no more than twice the number of dimensions of "
                         "the input. Pad length is %d while the input has %d dimensions.",
                         pad->dims, a->dims);
    }
    *out = *a;
    for (int d = 0; d < a->dims; d++) {
        const int64_t before = pad_of(pad, a->dims, d, false),
                      after = pad_of(pad, a->dims, d, true);
        if (__builtin_add_overflow(out->size[d], before, &out->size[d]) ||
            __builtin_add_overflow(out->size[d], after, &out->size[d]) || out->size[d] < 0) {
            return error_set(err,
                             "The input size %" PRId64 ", plus negative padding %" PRId64
                             " and %" PRId64 ", resulted in a negative output size, which is "
                             "invalid. Check dimension %d of your input.",
                             a->size[d], before, after, d);
        }
    }
    return true;
}

/* What `t` shares with the other: its cells but those that are put (or cut) around. */
static struct tensor *common(struct tensor *t, const struct shape *pad, int sign)
{
    const int dims = t->shape.dims;
    struct shape shape = t->shape;
    int64_t offset = t->offset;
    for (int d = 0; d < dims; d++) {
        const int64_t before = sign * pad_of(pad, dims, d, false);
        const int64_t after = sign * pad_of(pad, dims, d, true);
        const int64_t skip = before > 0 ? before : 0;
        const int64_t size = shape.size[d] - skip - (after > 0 ? after : 0);
        shape.size[d] = size > 0 ? size : 0;
        offset += size > 0 ? skip * t->strides[d] : 0;
    }
    return tensor_view(t, &shape, t->strides, offset);
}

static bool pad_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    const struct shape *pad = &call->attrs->pad;
    struct tensor_spec spec = tensor_spec_of(a);
    if (!padded_shape(&a->shape, pad, &spec.shape, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    const struct number value =
        call->attrs->present & ATTR(VALUE) ? call->attrs->value : number_integer(0);
    if (!out || !compute_fill(out, value, err)) {
        return false;
    }
    struct tensor *to = common(out, pad, 1), *from = common(a, pad, -1);
    const bool ok = compute_copy(to, from, err);
    tensor_unref(to);
    tensor_unref(from);
    return ok;
}

static bool pad_backward(struct rule *rule)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    struct op_use use = { .op = OP_PAD,
                          .in = &in,
                          .in_count = 1,
                          .attrs = { .present = ATTR(PAD), .pad = rule_attrs(rule)->pad } };
    for (int i = 0; i < use.attrs.pad.dims; i++) {
        use.attrs.pad.size[i] = -use.attrs.pad.size[i];
    }
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

const struct op op_row_pad = {
    .id = OP_PAD,
    .name = "pad",
    .symbol = "pad",
    .node = "ConstantPadNdBackward0",
    .formula = "value, [inside] ← a",
    .derivatives = { "g[inside]" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(PAD) | ATTR(VALUE),
    .outputs = 1,
    .forward = pad_forward,
    .backward = pad_backward,
};
