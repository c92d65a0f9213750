#include <inttypes.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"
#include "engine/tensor/sequence.h"

/* A window that slides along one dimension: a view in which each place of the window is a step on, and
 * its elements stand in a last dimension of their own.
 * y[.., i, .., k] = a[.., i·step + k, ..]      so   da[.., i·step + k, ..] += dy[.., i, .., k] */

struct window_along {
    int dim;
    int64_t size, step, places;
};

static bool window_of(const struct shape *shape, const struct op_attrs *attrs,
                      struct window_along *out, struct error *err)
{
    if (!shape_dim(shape->dims, attrs->dim, &out->dim, err)) {
        return false;
    }
    const int64_t room = shape->dims > 0 ? shape->size[out->dim] : 1;
    out->size = attrs->split_size;
    out->step = attrs->step;
    if (out->size < 0) {
        return error_set(err, "size is %" PRId64 " but must be >= 0", out->size);
    }
    if (out->size > room) {
        return error_set(
            err, "maximum size for tensor at dimension %d is %" PRId64 " but size is %" PRId64,
            out->dim, room, out->size);
    }
    if (out->step <= 0) {
        return error_set(err, "step is %" PRId64 " but must be > 0", out->step);
    }
    if (shape->dims == BACKEND_MAX_DIMS) {
        return error_set(err, "tensors with more than %d dimensions are not supported",
                         BACKEND_MAX_DIMS);
    }
    out->places = (room - out->size) / out->step + 1;
    return true;
}

static bool unfold_forward(struct op_call *call, struct error *err)
{
    const struct tensor *a = call->in[0].tensor;
    struct window_along window;
    if (!window_of(&a->shape, call->attrs, &window, err)) {
        return false;
    }
    struct shape shape = a->shape;
    int64_t strides[BACKEND_MAX_DIMS] = { 0 };
    for (int d = 0; d < shape.dims; d++) {
        strides[d] = a->strides[d];
    }
    strides[shape.dims] = shape.dims > 0 ? strides[window.dim] : 1;
    if (shape.dims > 0) {
        shape.size[window.dim] = window.places;
        strides[window.dim] *= window.step;
    }
    shape.size[shape.dims++] = window.size;
    return forward_view(call, &shape, strides, a->offset);
}

static struct tensor *same_window(struct rule *rule, enum op_id op, const struct shape *size)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    struct op_use use = { .op = op, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule) };
    use.attrs.present &= ~ATTR(SIZE);
    if (size) {
        use.attrs.present |= ATTR(SIZE);
        use.attrs.size = *size;
    }
    return rule_apply(rule, &use);
}

static bool unfold_backward(struct rule *rule)
{
    rule->result[0] = same_window(rule, OP_UNFOLD_BACKWARD, rule_edge_shape(rule, 0));
    return rule_done(rule);
}

const struct op op_row_unfold = {
    .id = OP_UNFOLD,
    .name = "unfold",
    .symbol = "windows",
    .node = "UnfoldBackward0",
    .formula = "a[i · step + k]",
    .derivatives = { "0, [i · step + k] ← Σ g" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM) | ATTR(SPLIT_SIZE) | ATTR(STEP),
    .aliases = { { ATTR_INDEX_DIM, "dimension" }, { ATTR_INDEX_SPLIT_SIZE, "size" } },
    .outputs = 1,
    .is_view = true,
    .forward = unfold_forward,
    .backward = unfold_backward,
};

/* The window's elements put back where they came from: those of one place of it at a time. */

static struct tensor *window_element(struct rule *rule, struct tensor *a, int64_t k)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(rule, &(struct op_use){ .op = OP_SELECT,
                                              .in = &in,
                                              .in_count = 1,
                                              .attrs = { .present = ATTR(DIM) | ATTR(INDEX),
                                                         .dim = a->shape.dims - 1,
                                                         .index = k } });
}

static struct tensor *added_along(struct rule *rule, struct tensor *sums,
                                  const struct window_along *window, struct tensor *part,
                                  int64_t first)
{
    const struct number bounds[] = { number_integer(first),
                                     number_integer(first + window->places * window->step),
                                     number_integer(window->step) };
    struct tensor *index =
        rule_take(rule, tensor_arange(rule->engine, bounds, DTYPE_INT64, rule->err));
    const struct tensor_spec spec = { DTYPE_INT64,
                                      { 1, { window->places } },
                                      tensor_backend(sums) };
    struct tensor *there = rule_take(rule, tensor_create(rule->engine, &spec, rule->err));
    if (!index || !there || !compute_copy(there, index, rule->err)) {
        rule->failed = true;
        return NULL;
    }
    const struct operand in[] = { operand_tensor(sums), operand_tensor(there),
                                  operand_tensor(part) };
    return rule_apply(rule,
                      &(struct op_use){ .op = OP_INDEX_ADD,
                                        .in = in,
                                        .in_count = 3,
                                        .attrs = { .present = ATTR(DIM), .dim = window->dim } });
}

static bool unfold_back_forward(struct op_call *call, struct error *err)
{
    struct tensor *grad = call->in[0].tensor;
    const struct shape *size = &call->attrs->size;
    struct window_along window;
    if (!window_of(size, call->attrs, &window, err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *sums = rule_zeros(&steps, grad, size);
    for (int64_t k = 0; k < window.size && sums; k++) {
        struct tensor *part = window_element(&steps, grad, k);
        sums = size->dims > 0 ? added_along(&steps, sums, &window, part, k)
                              : rule_reshape(&steps, part, size);
    }
    return forward_finish(call, &steps, sums);
}

static bool unfold_back_backward(struct rule *rule)
{
    rule->result[0] = same_window(rule, OP_UNFOLD, NULL);
    return rule_done(rule);
}

const struct op op_row_unfold_backward = {
    .id = OP_UNFOLD_BACKWARD,
    .name = "unfold_backward",
    .node = "UnfoldBackwardBackward0",
    .formula = "0, [i · step + k] ← Σ a[i, k]",
    .derivatives = { "g[i · step + k]" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(DIM) | ATTR(SPLIT_SIZE) | ATTR(STEP) | ATTR(SIZE),
    .aliases = { { ATTR_INDEX_DIM, "dimension" } }, /* "size" is the result's */
    .outputs = 1,
    .forward = unfold_back_forward,
    .backward = unfold_back_backward,
};
