#include <inttypes.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y[i] = a[s(i)] along the last dimensions    so   da[s(i)] += dy[i]
 * where s(i) mirrors what is outside at the edge (reflection), or is the edge itself (replication). */

typedef int64_t source(int64_t i, int64_t size);

static int64_t mirrored(int64_t i, int64_t size)
{
    const int64_t at = i < 0 ? -i : i;
    return at < size ? at : 2 * (size - 1) - at;
}

static int64_t clamped(int64_t i, int64_t size)
{
    return i < 0 ? 0 : i < size ? i : size - 1;
}

static bool check_reflection(const struct shape *shape, const struct shape *pad, struct error *err)
{
    for (int k = 0; 2 * k < pad->dims; k++) {
        const int dim = shape->dims - 1 - k;
        const int64_t before = pad->size[2 * k], after = pad->size[2 * k + 1];
        if (before >= shape->size[dim] || after >= shape->size[dim]) {
            struct text text = { 0 };
            shape_append(&text, shape);
            error_set(err,
                      "Argument #%d: Padding size should be less than the corresponding input "
                      "dimension, but got: padding (%" PRId64 ", %" PRId64 ") at dimension %d of "
                      "input %s",
                      4 + 2 * k, before, after, dim, text_string(&text));
            text_finish(&text);
            return false;
        }
    }
    return true;
}

static bool check_edges(const struct tensor *a, const struct shape *pad, int spatial,
                        struct error *err)
{
    if (pad->dims != 2 * spatial) {
        return error_set(err, "padding size is expected to be %d", 2 * spatial);
    }
    for (int k = 0; k < spatial; k++) {
        const int64_t size = a->shape.size[a->shape.dims - 1 - k];
        if (size == 0 || size + pad->size[2 * k] + pad->size[2 * k + 1] < 1) {
            return error_set(err, "input (%s: %" PRId64 ") is too small", k == 0 ? "W" : "H", size);
        }
    }
    return true;
}

/* Where each of the padded places along `dim` comes from. */
static struct tensor *places(struct rule *steps, const struct tensor *a, int64_t size,
                             int64_t before, int64_t after, source *from)
{
    const int64_t count = size + before + after;
    const struct tensor_spec spec = { DTYPE_INT64, { 1, { count } }, tensor_backend(a) };
    int64_t *items = memory_allocate((size_t)count + 1, sizeof(*items));
    for (int64_t i = 0; i < count; i++) {
        items[i] = from(i - before, size);
    }
    struct tensor *index =
        rule_take(steps, tensor_from_host(steps->engine, &spec, items, steps->err));
    free(items);
    return index;
}

static struct tensor *pad_edges(struct rule *steps, struct tensor *a, const struct shape *pad,
                                source *from)
{
    for (int k = 0; 2 * k < pad->dims && a; k++) {
        const int dim = a->shape.dims - 1 - k;
        struct tensor *index =
            places(steps, a, a->shape.size[dim], pad->size[2 * k], pad->size[2 * k + 1], from);
        const struct operand in[] = { operand_tensor(a), operand_tensor(index) };
        a = rule_apply(steps, &(struct op_use){ .op = OP_INDEX_SELECT,
                                                .in = in,
                                                .in_count = 2,
                                                .attrs = { .present = ATTR(DIM), .dim = dim } });
    }
    return a;
}

/* What was put around added to where it came from, the first dimension first. */
static struct tensor *fold_edges(struct rule *rule, struct tensor *grad, const struct shape *shape,
                                 const struct shape *pad, source *from)
{
    for (int k = pad->dims / 2 - 1; k >= 0 && grad; k--) {
        const int dim = shape->dims - 1 - k;
        struct shape folded = grad->shape;
        folded.size[dim] = shape->size[dim];
        struct tensor *index =
            places(rule, grad, shape->size[dim], pad->size[2 * k], pad->size[2 * k + 1], from);
        const struct operand in[] = { operand_tensor(rule_zeros(rule, grad, &folded)),
                                      operand_tensor(index), operand_tensor(grad) };
        grad = rule_apply(rule, &(struct op_use){ .op = OP_INDEX_ADD,
                                                  .in = in,
                                                  .in_count = 3,
                                                  .attrs = { .present = ATTR(DIM), .dim = dim } });
    }
    return grad;
}

static bool forward(struct op_call *call, int spatial, source *from, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    const struct shape *pad = &call->attrs->pad;
    if (!check_edges(a, pad, spatial, err) ||
        (from == mirrored && !check_reflection(&a->shape, pad, err))) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    return forward_finish(call, &steps, pad_edges(&steps, a, pad, from));
}

static bool backward(struct rule *rule, source *from)
{
    rule->result[0] =
        fold_edges(rule, rule->grad[0], rule_edge_shape(rule, 0), &rule_attrs(rule)->pad, from);
    return rule_done(rule);
}

static bool reflection_pad1d_forward(struct op_call *call, struct error *err)
{
    return forward(call, 1, mirrored, err);
}

static bool reflection_pad2d_forward(struct op_call *call, struct error *err)
{
    return forward(call, 2, mirrored, err);
}

static bool replication_pad1d_forward(struct op_call *call, struct error *err)
{
    return forward(call, 1, clamped, err);
}

static bool replication_pad2d_forward(struct op_call *call, struct error *err)
{
    return forward(call, 2, clamped, err);
}

static bool reflection_backward(struct rule *rule)
{
    return backward(rule, mirrored);
}

static bool replication_backward(struct rule *rule)
{
    return backward(rule, clamped);
}

const struct op op_row_reflection_pad1d = {
    .id = OP_REFLECTION_PAD1D,
    .name = "reflection_pad1d",
    .symbol = "pad",
    .node = "ReflectionPad1DBackward0",
    .formula = "a, mirrored at its edges",
    .derivatives = { "Σ g where a went" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(PAD),
    .aliases = { { ATTR_INDEX_PAD, "padding" } },
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = reflection_pad1d_forward,
    .backward = reflection_backward,
};

const struct op op_row_reflection_pad2d = {
    .id = OP_REFLECTION_PAD2D,
    .name = "reflection_pad2d",
    .symbol = "pad",
    .node = "ReflectionPad2DBackward0",
    .formula = "a, mirrored at its edges",
    .derivatives = { "Σ g where a went" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(PAD),
    .aliases = { { ATTR_INDEX_PAD, "padding" } },
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = reflection_pad2d_forward,
    .backward = reflection_backward,
};

const struct op op_row_replication_pad1d = {
    .id = OP_REPLICATION_PAD1D,
    .name = "replication_pad1d",
    .symbol = "pad",
    .node = "ReplicationPad1DBackward0",
    .formula = "a, its edges repeated",
    .derivatives = { "Σ g where a went" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(PAD),
    .aliases = { { ATTR_INDEX_PAD, "padding" } },
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = replication_pad1d_forward,
    .backward = replication_backward,
};

const struct op op_row_replication_pad2d = {
    .id = OP_REPLICATION_PAD2D,
    .name = "replication_pad2d",
    .symbol = "pad",
    .node = "ReplicationPad2DBackward0",
    .formula = "a, its edges repeated",
    .derivatives = { "Σ g where a went" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(PAD),
    .aliases = { { ATTR_INDEX_PAD, "padding" } },
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = replication_pad2d_forward,
    .backward = replication_backward,
};
