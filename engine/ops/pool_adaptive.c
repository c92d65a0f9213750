#include <math.h>

#include "engine/engine.h"
#include "engine/ops/pool.h"
#include "engine/ops/rows.h"

/* Pools to a given size: cell i of n covers [⌊i·N/n⌋, ⌈(i+1)·N/n⌉) of N, so cells may overlap by one and
 * need not be of one size. Each step looks at one place of the image, for all samples and channels. */

struct region {
    int64_t from[POOL_SPATIAL], size[POOL_SPATIAL];
};

static struct region region_of(const struct shape *image, const struct shape *out,
                               const int64_t *cell)
{
    struct region region;
    for (int d = 0; d < POOL_SPATIAL; d++) {
        const int64_t whole = image->size[image->dims - POOL_SPATIAL + d];
        const int64_t cells = out->size[out->dims - POOL_SPATIAL + d];
        region.from[d] = cell[d] * whole / cells;
        region.size[d] = ((cell[d] + 1) * whole + cells - 1) / cells - region.from[d];
    }
    return region;
}

/* One place of all planes: the leading dimensions alone. */
static struct tensor *place_look(struct tensor *t, int64_t row, int64_t column)
{
    const int lead = t->shape.dims - POOL_SPATIAL;
    struct shape shape = t->shape;
    shape.dims = lead;
    return tensor_view(t, &shape, t->strides,
                       t->offset + row * t->strides[lead] + column * t->strides[lead + 1]);
}

/* What is done with each place of a region, and once for the cell after that. */
struct adaptive {
    struct tensor *image, *out; /* lent */
    struct tensor *index;       /* lent: where the largest were */
    struct tensor *larger;      /* lent: room for a comparison */
};
typedef bool adaptive_step(const struct adaptive *a, const int64_t *cell, const struct region *r,
                           int64_t row, int64_t column, struct error *err);
typedef bool adaptive_end(const struct adaptive *a, const int64_t *cell, const struct region *r,
                          struct error *err);

static bool each_place(const struct adaptive *a, adaptive_step *step, adaptive_end *end,
                       struct error *err)
{
    const struct shape *out = &a->out->shape;
    int64_t cell[POOL_SPATIAL];
    for (cell[0] = 0; cell[0] < out->size[out->dims - 2]; cell[0]++) {
        for (cell[1] = 0; cell[1] < out->size[out->dims - 1]; cell[1]++) {
            const struct region r = region_of(&a->image->shape, out, cell);
            for (int64_t at = 0; at < r.size[0] * r.size[1]; at++) {
                if (!step(a, cell, &r, r.from[0] + at / r.size[1], r.from[1] + at % r.size[1],
                          err)) {
                    return false;
                }
            }
            if (end && !end(a, cell, &r, err)) {
                return false;
            }
        }
    }
    return true;
}

static bool output_spec(const struct op_call *call, struct tensor_spec *spec, struct error *err)
{
    *spec = tensor_spec_of(call->in[0].tensor);
    for (int d = 0; d < POOL_SPATIAL; d++) {
        const int64_t size = call->attrs->size.size[d];
        if (size < 0) {
            return error_set(err, "%s: elements of output_size must be greater than or equal to 0",
                             call->op->name);
        }
        if (spec->shape.size[spec->shape.dims - POOL_SPATIAL + d] == 0) {
            return error_set(err,
                             "%s(): Expected input to have non-zero size for non-batch "
                             "dimensions",
                             call->op->name);
        }
        spec->shape.size[spec->shape.dims - POOL_SPATIAL + d] = size;
    }
    return true;
}

static struct tensor *rule_sized(struct rule *rule, enum op_id op, struct tensor *a,
                                 const struct shape *size)
{
    const struct operand in = operand_tensor(a);
    const struct op_use use = {
        .op = op, .in = &in, .in_count = 1, .attrs = { .present = ATTR(SIZE), .size = *size }
    };
    return rule_apply(rule, &use);
}

/* ---- the mean ---------------------------------------------------------------------------------- */

/* y = Σ a[region] / h / w      so   da[region] += dy / h / w,   linear in dy with y as its way back */

static bool add_place(const struct adaptive *a, const int64_t *cell, const struct region *r,
                      int64_t row, int64_t column, struct error *err)
{
    (void)r;
    struct tensor *sum = place_look(a->out, cell[0], cell[1]);
    struct tensor *seen = place_look(a->image, row, column);
    const bool ok = compute_map2(sum, MAP_ADD, operand_tensor(sum), operand_tensor(seen), err);
    tensor_unref(sum);
    tensor_unref(seen);
    return ok;
}

static bool divide_cell(const struct adaptive *a, const int64_t *cell, const struct region *r,
                        struct error *err)
{
    struct tensor *sum = place_look(a->out, cell[0], cell[1]);
    bool ok = true;
    for (int d = 0; ok && d < POOL_SPATIAL; d++) {
        ok = compute_map2(sum, MAP_DIV, operand_tensor(sum),
                          operand_number(number_integer(r->size[d])), err);
    }
    tensor_unref(sum);
    return ok;
}

static bool adaptive_avg_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec;
    if (!pool_check_image(call, "adaptive_avg_pool2d(): Expected 3D or 4D tensor, but got ", true,
                          err) ||
        !output_spec(call, &spec, err)) {
        return false;
    }
    const struct adaptive a = { .image = call->in[0].tensor,
                                .out = op_output(call, 0, &spec, err) };
    return a.out && compute_fill(a.out, number_integer(0), err) &&
           each_place(&a, add_place, divide_cell, err);
}

static bool adaptive_avg_backward(struct rule *rule)
{
    rule->result[0] =
        rule_sized(rule, OP_ADAPTIVE_AVG_POOL2D_BACKWARD, rule->grad[0], rule_edge_shape(rule, 0));
    return rule_done(rule);
}

const struct op op_row_adaptive_avg_pool2d = {
    .id = OP_ADAPTIVE_AVG_POOL2D,
    .name = "adaptive_avg_pool2d",
    .symbol = "mean",
    .node = "AdaptiveAvgPool2DBackward0",
    .formula = "Σ a[window] / n",
    .derivatives = { "[window] ← g / n" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(SIZE),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = adaptive_avg_forward,
    .backward = adaptive_avg_backward,
};

/* image[place] += out[cell], which has been divided already */
static bool spread_place(const struct adaptive *a, const int64_t *cell, const struct region *r,
                         int64_t row, int64_t column, struct error *err)
{
    (void)r;
    struct tensor *share = place_look(a->out, cell[0], cell[1]);
    struct tensor *seen = place_look(a->image, row, column);
    const bool ok = compute_map2(seen, MAP_ADD, operand_tensor(seen), operand_tensor(share), err);
    tensor_unref(share);
    tensor_unref(seen);
    return ok;
}

static bool no_place(const struct adaptive *a, const int64_t *cell, const struct region *r,
                     int64_t row, int64_t column, struct error *err)
{
    (void)a, (void)cell, (void)r, (void)row, (void)column, (void)err;
    return true;
}

static bool adaptive_avg_backward_forward(struct op_call *call, struct error *err)
{
    struct tensor *grad = call->in[0].tensor;
    struct tensor_spec spec = tensor_spec_of(grad);
    const struct tensor_spec share_spec = spec;
    spec.shape = call->attrs->size;
    struct tensor *out = op_output(call, 0, &spec, err);
    struct tensor *shares = out ? tensor_create(call->engine, &share_spec, err) : NULL;
    const struct adaptive a = { .image = out, .out = shares };
    const bool ok =
        shares && compute_copy(shares, grad, err) && compute_fill(out, number_integer(0), err) &&
        each_place(&a, no_place, divide_cell, err) && each_place(&a, spread_place, NULL, err);
    tensor_unref(shares);
    return ok;
}

static bool adaptive_avg_backward_backward(struct rule *rule)
{
    const struct shape *grad = rule_edge_shape(rule, 0);
    const struct shape size = { POOL_SPATIAL,
                                { grad->size[grad->dims - 2], grad->size[grad->dims - 1] } };
    rule->result[0] = rule_sized(rule, OP_ADAPTIVE_AVG_POOL2D, rule->grad[0], &size);
    return rule_done(rule);
}

const struct op op_row_adaptive_avg_pool2d_backward = {
    .id = OP_ADAPTIVE_AVG_POOL2D_BACKWARD,
    .name = "adaptive_avg_pool2d_backward",
    .node = "AdaptiveAvgPool2DBackwardBackward0",
    .formula = "[window] ← a / n",
    .derivatives = { "Σ g[window] / n" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(SIZE),
    .outputs = 1,
    .forward = adaptive_avg_backward_forward,
    .backward = adaptive_avg_backward_backward,
};

/* ---- the largest ------------------------------------------------------------------------------- */

/* y = max of a's region, i where that was in the plane, the first of ties     so   da[i] += dy */

static bool keep_larger(const struct adaptive *a, const int64_t *cell, const struct region *r,
                        int64_t row, int64_t column, struct error *err)
{
    (void)r;
    struct tensor *best = place_look(a->out, cell[0], cell[1]);
    struct tensor *where = place_look(a->index, cell[0], cell[1]);
    struct tensor *seen = place_look(a->image, row, column);
    const struct compute_map compare = { .function = MAP_GT,
                                         .dtype = seen->dtype,
                                         .in = { operand_tensor(seen), operand_tensor(best) } };
    const int64_t width = a->image->shape.size[a->image->shape.dims - 1];
    const struct compute_map choice = {
        .function = MAP_WHERE,
        .dtype = DTYPE_INT64,
        .in = { operand_tensor(a->larger), operand_number(number_integer(row * width + column)),
                operand_tensor(where) },
    };
    const bool ok =
        compute_map(a->larger, &compare, err) && compute_map(where, &choice, err) &&
        compute_map2(best, MAP_MAXIMUM, operand_tensor(best), operand_tensor(seen), err);
    tensor_unref(best);
    tensor_unref(where);
    tensor_unref(seen);
    return ok;
}

static bool adaptive_max_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec;
    if (!pool_check_image(call, "adaptive_max_pool2d(): Expected 3D or 4D tensor, but got: ", true,
                          err) ||
        !output_spec(call, &spec, err)) {
        return false;
    }
    struct adaptive a = { .image = call->in[0].tensor, .out = op_output(call, 0, &spec, err) };
    spec.dtype = DTYPE_INT64;
    a.index = a.out ? op_output(call, 1, &spec, err) : NULL;
    spec.dtype = DTYPE_BOOL;
    spec.shape.dims -= POOL_SPATIAL;
    a.larger = a.index ? tensor_create(call->engine, &spec, err) : NULL;
    const bool ok = a.larger && compute_fill(a.out, number_real(-HUGE_VAL), err) &&
                    compute_fill(a.index, number_integer(0), err) &&
                    each_place(&a, keep_larger, NULL, err);
    tensor_unref(a.larger);
    return ok;
}

static bool adaptive_max_backward(struct rule *rule)
{
    struct tensor *indices = rule_saved(rule, 1);
    const struct operand in[] = { operand_tensor(rule->grad[0]), operand_tensor(indices) };
    const struct op_use use = {
        .op = OP_MAX_POOL2D_BACKWARD,
        .in = in,
        .in_count = 2,
        .attrs = { .present = ATTR(SIZE), .size = *rule_edge_shape(rule, 0) },
    };
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

const struct op op_row_adaptive_max_pool2d = {
    .id = OP_ADAPTIVE_MAX_POOL2D,
    .name = "adaptive_max_pool2d",
    .symbol = "max",
    .node = "AdaptiveMaxPool2DBackward0",
    .formula = "max a[window]",
    .derivatives = { "0, [i] ← Σ g" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = ATTR(SIZE),
    .outputs = 2,
    .gradless = 1 << 1,
    .saves = { { .name = "self", .from = 0 }, { .name = "result1", .is_output = true, .from = 1 } },
    .forward = adaptive_max_forward,
    .backward = adaptive_max_backward,
};
