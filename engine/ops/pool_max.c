#include <math.h>

#include "engine/engine.h"
#include "engine/ops/pool.h"
#include "engine/ops/rows.h"

/* y = max of a's window, i where that was in the image, the first of ties     so   da[i] += dy
 *
 * A nan wins the value; its place is then that of the largest number before it. */

/* Where a window begins, in the image as one row; outside of it where there is padding. */
static int64_t window_start(const struct window *w, const int64_t *at)
{
    return (at[0] * w->stride[0] - w->padding[0]) * w->image[1] + at[1] * w->stride[1] -
           w->padding[1];
}

/* Its first cell inside. */
static int64_t window_first(const struct window *w, const int64_t *at)
{
    int64_t cell[POOL_SPATIAL];
    for (int d = 0; d < POOL_SPATIAL; d++) {
        cell[d] = at[d] * w->stride[d] - w->padding[d];
        while (cell[d] < 0) {
            cell[d] += w->dilation[d];
        }
    }
    return cell[0] * w->image[1] + cell[1];
}

struct max_pool {
    struct tensor *best, *index; /* lent: the outputs */
    struct tensor *value;        /* what each window sees at one place, side by side */
    struct tensor *start;        /* of each window */
    struct tensor *cell;         /* of each window, at the place that is looked at */
    struct tensor *larger;       /* whether what is there is larger than what was before */
};

static void max_pool_end(struct max_pool *pool)
{
    tensor_unref(pool->value);
    tensor_unref(pool->start);
    tensor_unref(pool->cell);
    tensor_unref(pool->larger);
}

static bool max_pool_begin(struct max_pool *pool, const struct window *w, struct error *err)
{
    struct tensor_spec mask = tensor_spec_of(pool->best);
    pool->value = tensor_create(pool->best->engine, &mask, err);
    mask.dtype = DTYPE_BOOL;
    pool->larger = pool->value ? tensor_create(pool->best->engine, &mask, err) : NULL;
    pool->start = pool->larger ? pool_each_window(w, pool->best, window_start, err) : NULL;
    if (!pool->start) {
        return false;
    }
    const struct tensor_spec cells = tensor_spec_of(pool->start);
    pool->cell = tensor_create(pool->best->engine, &cells, err);
    struct tensor *first = pool->cell ? pool_each_window(w, pool->best, window_first, err) : NULL;
    const bool ok = first && compute_copy(pool->index, first, err) &&
                    compute_fill(pool->best, number_real(-HUGE_VAL), err);
    tensor_unref(first);
    return ok;
}

static bool max_pool_step(const struct max_pool *pool, struct tensor *seen, int64_t offset,
                          struct error *err)
{
    const struct operand values = operand_tensor(pool->value), best = operand_tensor(pool->best);
    const struct compute_map compare = { .function = MAP_GT,
                                         .dtype = seen->dtype,
                                         .in = { values, best } };
    const struct compute_map choice = {
        .function = MAP_WHERE,
        .dtype = DTYPE_INT64,
        .in = { operand_tensor(pool->larger), operand_tensor(pool->cell),
                operand_tensor(pool->index) },
    };
    return compute_copy(pool->value, seen, err) && compute_map(pool->larger, &compare, err) &&
           compute_map2(pool->cell, MAP_ADD, operand_tensor(pool->start),
                        operand_number(number_integer(offset)), err) &&
           compute_map(pool->index, &choice, err) &&
           compute_map2(pool->best, MAP_MAXIMUM, best, values, err);
}

static bool max_pool_all(struct max_pool *pool, const struct window *w, struct tensor *padded,
                         struct error *err)
{
    bool ok = max_pool_begin(pool, w, err);
    for (int64_t place = 0; ok && place < window_places(w); place++) {
        const int64_t row = place / w->kernel[1], column = place % w->kernel[1];
        struct tensor *seen = window_look(w, padded, place);
        ok = max_pool_step(pool, seen, row * w->dilation[0] * w->image[1] + column * w->dilation[1],
                           err);
        tensor_unref(seen);
    }
    max_pool_end(pool);
    return ok;
}

static bool max_pool_forward(struct op_call *call, struct error *err)
{
    struct tensor *image = call->in[0].tensor;
    struct window w;
    if (!pool_check_image(call, "non-empty 3D or 4D (batch mode) tensor expected for input", false,
                          err) ||
        !pool_read_window(&w, call->attrs, &image->shape, err)) {
        return false;
    }
    struct tensor_spec spec = pool_output_spec(&w, image);
    struct max_pool pool = { .best = op_output(call, 0, &spec, err) };
    spec.dtype = DTYPE_INT64;
    pool.index = pool.best ? op_output(call, 1, &spec, err) : NULL;
    struct tensor *padded = pool.index ? window_pad(&w, image, -HUGE_VAL, err) : NULL;
    const bool ok = padded && max_pool_all(&pool, &w, padded, err);
    tensor_unref(padded);
    return ok;
}

enum { MAX_SELF, MAX_INDICES };

/* dy put where the largest were, or taken from there. */
static struct tensor *rule_places(struct rule *rule, enum op_id op, struct tensor *values,
                                  struct tensor *indices, const struct shape *size)
{
    const struct operand in[] = { operand_tensor(values), operand_tensor(indices) };
    const struct op_use use = {
        .op = op, .in = in, .in_count = 2, .attrs = { .present = ATTR(SIZE), .size = *size }
    };
    return rule_apply(rule, &use);
}

static bool max_pool_backward(struct rule *rule)
{
    struct tensor *indices = rule_saved(rule, MAX_INDICES);
    if (rule->grad[0]) {
        rule->result[0] = rule_places(rule, OP_MAX_POOL2D_BACKWARD, rule->grad[0], indices,
                                      rule_edge_shape(rule, 0));
    }
    return rule_done(rule);
}

const struct op op_row_max_pool2d = {
    .id = OP_MAX_POOL2D,
    .name = "max_pool2d",
    .symbol = "max",
    .node = "MaxPool2DWithIndicesBackward0",
    .formula = "max a[window]",
    .derivatives = { "0, [i] ← Σ g" },
    .provenance = PROVENANCE_WINDOW,
    .attributes =
        ATTR(KERNEL_SIZE) | ATTR(STRIDE) | ATTR(PADDING) | ATTR(DILATION) | ATTR(CEIL_MODE),
    .outputs = 2,
    .gradless = 1 << 1,
    .saves = { [MAX_SELF] = { .name = "self", .from = 0 },
               [MAX_INDICES] = { .name = "result1", .is_output = true, .from = 1 } },
    .forward = max_pool_forward,
    .backward = max_pool_backward,
};

/* y = zeros with a added at i in each plane     so   da += dy[i] */

/* Planes as rows: the last two dimensions joined, and all before them. */
static struct tensor *planes(struct tensor *dense)
{
    const int dims = dense->shape.dims;
    const int64_t cells = dense->shape.size[dims - 1] * dense->shape.size[dims - 2];
    const struct shape shape = { 2, { cells > 0 ? dense->count / cells : 0, cells } };
    return tensor_view(dense, &shape, (int64_t[BACKEND_MAX_DIMS]){ cells, 1 }, dense->offset);
}

/* Dense operands as planes; the references are the caller's. */
static bool take_planes(const struct op_call *call, struct tensor **values, struct tensor **index,
                        struct error *err)
{
    struct tensor *a = window_dense(call->in[0].tensor, err);
    struct tensor *i = a ? window_dense(call->in[1].tensor, err) : NULL;
    *values = i ? planes(a) : NULL;
    *index = i ? planes(i) : NULL;
    tensor_unref(a);
    tensor_unref(i);
    return i != NULL;
}

static bool max_pool_backward_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    spec.shape = call->attrs->size;
    struct tensor *values, *index;
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out || !compute_fill(out, number_integer(0), err) ||
        !take_planes(call, &values, &index, err)) {
        return false;
    }
    struct tensor *room = planes(out);
    const struct compute_index scatter = { .in = values, .index = index, .dim = 1 };
    const bool ok = compute_scatter_add(room, &scatter, err);
    tensor_unref(room);
    tensor_unref(values);
    tensor_unref(index);
    return ok;
}

static bool max_pool_backward_backward(struct rule *rule)
{
    struct tensor *indices = rule_saved(rule, 0);
    if (rule->grad[0] && indices) {
        rule->result[0] =
            rule_places(rule, OP_MAX_POOL2D_PICK, rule->grad[0], indices, &indices->shape);
    }
    return rule_done(rule);
}

const struct op op_row_max_pool2d_backward = {
    .id = OP_MAX_POOL2D_BACKWARD,
    .name = "max_pool2d_backward",
    .node = "MaxPool2DWithIndicesBackwardBackward0",
    .formula = "0, [i] ← Σ a",
    .derivatives = { "g[i]" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(SIZE),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { { .name = "indices", .from = 1 } },
    .forward = max_pool_backward_forward,
    .backward = max_pool_backward_backward,
};

/* y = a[i] in each plane, of shape `size`     so   da += zeros with dy added at i */

static bool max_pool_pick_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    spec.shape = call->attrs->size;
    struct tensor *values, *index;
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out || !take_planes(call, &values, &index, err)) {
        return false;
    }
    struct tensor *room = planes(out);
    const struct compute_index gather = { .in = values, .index = index, .dim = 1 };
    const bool ok = compute_gather(room, &gather, err);
    tensor_unref(room);
    tensor_unref(values);
    tensor_unref(index);
    return ok;
}

static bool max_pool_pick_backward(struct rule *rule)
{
    struct tensor *indices = rule_saved(rule, 0);
    if (rule->grad[0]) {
        rule->result[0] = rule_places(rule, OP_MAX_POOL2D_BACKWARD, rule->grad[0], indices,
                                      rule_edge_shape(rule, 0));
    }
    return rule_done(rule);
}

const struct op op_row_max_pool2d_pick = {
    .id = OP_MAX_POOL2D_PICK,
    .name = "max_pool2d_pick",
    .node = "MaxPool2DPickBackward0",
    .formula = "a[i]",
    .derivatives = { "0, [i] ← Σ g" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(SIZE),
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { { .name = "indices", .from = 1 } },
    .forward = max_pool_pick_forward,
    .backward = max_pool_pick_backward,
};
