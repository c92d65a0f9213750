#include "engine/nn/unique.h"

#include "engine/engine.h"
#include "engine/tensor/compute.h"

/* A contiguous copy in one dimension. */
static struct tensor *flattened(struct tensor *t, enum dtype dtype, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(t);
    const struct shape flat = { 1, { t->count } };
    const int64_t step[] = { 1 };
    spec.dtype = dtype;
    struct tensor *dense = tensor_create(t->engine, &spec, err);
    if (!dense || !compute_copy(dense, t, err)) {
        tensor_unref(dense);
        return NULL;
    }
    struct tensor *row = tensor_view(dense, &flat, step, dense->offset);
    tensor_unref(dense);
    return row;
}

static struct tensor *row_of(const struct tensor *like, enum dtype dtype, int64_t count,
                             struct error *err)
{
    const struct tensor_spec spec = { dtype, { 1, { count } }, tensor_backend(like) };
    return tensor_create(like->engine, &spec, err);
}

static struct tensor *zeros_of(const struct tensor *like, enum dtype dtype, int64_t count,
                               struct error *err)
{
    struct tensor *row = row_of(like, dtype, count, err);
    if (row && !compute_fill(row, number_integer(0), err)) {
        tensor_unref(row);
        return NULL;
    }
    return row;
}

/* The row from `start` on: a look. */
static struct tensor *rest(struct tensor *row, int64_t start, int64_t count)
{
    return tensor_view(row, &(struct shape){ 1, { count } }, row->strides, row->offset + start);
}

/* Where an element of the row differs from the one before it; true for the first. */
static struct tensor *beginnings(struct tensor *row, struct error *err)
{
    struct tensor *begins = row_of(row, DTYPE_BOOL, row->count, err);
    if (!begins || !compute_fill(begins, number_bool(true), err) || row->count < 2) {
        return begins;
    }
    struct tensor *later = rest(row, 1, row->count - 1), *before = rest(row, 0, row->count - 1);
    struct tensor *out = rest(begins, 1, row->count - 1);
    const struct compute_map differs = { .function = MAP_NE,
                                         .dtype = row->dtype,
                                         .in = { operand_tensor(later), operand_tensor(before) } };
    const bool ok = compute_map(out, &differs, err);
    tensor_unref(out);
    tensor_unref(before);
    tensor_unref(later);
    if (!ok) {
        tensor_unref(begins);
        return NULL;
    }
    return begins;
}

/* The number of the group that each element belongs to; *count of them. */
static struct tensor *groups_of(struct tensor *begins, int64_t *count, struct error *err)
{
    struct tensor *groups = row_of(begins, DTYPE_INT64, begins->count, err);
    const struct compute_scan sum = { .function = SCAN_SUM, .in = begins };
    struct number last = number_integer(0);
    bool ok = groups && compute_scan(groups, &sum, err);
    if (ok && groups->count > 0) {
        struct tensor *end = rest(groups, groups->count - 1, 1);
        ok = tensor_item(end, &last, err);
        tensor_unref(end);
    }
    *count = last.integer;
    if (!ok || !compute_map2(groups, MAP_SUB, operand_tensor(groups),
                             operand_number(number_integer(1)), err)) {
        tensor_unref(groups);
        return NULL;
    }
    return groups;
}

/* out[group] = the first element of each group */
static bool take_first(struct tensor *out, struct tensor *row, struct tensor *begins,
                       struct tensor *groups, struct error *err)
{
    struct tensor *chosen = row_of(row, row->dtype, row->count, err);
    const struct compute_map choice = { .function = MAP_WHERE,
                                        .dtype = row->dtype,
                                        .in = { operand_tensor(begins), operand_tensor(row),
                                                operand_number(number_integer(0)) } };
    const struct compute_index add = { .in = chosen, .index = groups };
    const bool ok =
        chosen && compute_map(chosen, &choice, err) && compute_scatter_add(out, &add, err);
    tensor_unref(chosen);
    return ok;
}

static bool count_groups(struct tensor *out, struct tensor *groups, struct error *err)
{
    struct tensor *ones = row_of(groups, DTYPE_INT64, groups->count, err);
    const struct compute_index add = { .in = ones, .index = groups };
    const bool ok =
        ones && compute_fill(ones, number_integer(1), err) && compute_scatter_add(out, &add, err);
    tensor_unref(ones);
    return ok;
}

/* The groups in the order of the elements themselves, seen in t's shape. */
static struct tensor *in_place_of(struct tensor *t, struct tensor *groups, struct tensor *order,
                                  struct error *err)
{
    struct tensor *inverse = zeros_of(t, DTYPE_INT64, t->count, err);
    const struct compute_index add = { .in = groups, .index = order };
    const bool ok = inverse && (order ? compute_scatter_add(inverse, &add, err)
                                      : compute_copy(inverse, groups, err));
    int64_t strides[BACKEND_MAX_DIMS];
    shape_strides(&t->shape, strides);
    struct tensor *shaped = ok ? tensor_view(inverse, &t->shape, strides, inverse->offset) : NULL;
    tensor_unref(inverse);
    return shaped;
}

static bool finish(struct tensor *t, struct tensor *row, struct tensor *order, struct unique *out,
                   struct error *err)
{
    int64_t count = 0;
    struct tensor *begins = beginnings(row, err);
    struct tensor *groups = begins ? groups_of(begins, &count, err) : NULL;
    *out = (struct unique){ .values = NULL };
    out->values = groups ? zeros_of(t, t->dtype, count, err) : NULL;
    out->counts = out->values ? zeros_of(t, DTYPE_INT64, count, err) : NULL;
    out->inverse = out->counts ? in_place_of(t, groups, order, err) : NULL;
    const bool ok = out->inverse && take_first(out->values, row, begins, groups, err) &&
                    count_groups(out->counts, groups, err);
    if (!ok) {
        tensor_unref(out->values);
        tensor_unref(out->counts);
        tensor_unref(out->inverse);
    }
    tensor_unref(groups);
    tensor_unref(begins);
    return ok;
}

bool nn_unique(struct engine *engine, struct tensor *t, bool consecutive, struct unique *out,
               struct error *err)
{
    (void)engine;
    struct tensor *row = flattened(t, t->dtype, err);
    if (!row || consecutive) {
        const bool ok = row && finish(t, row, NULL, out, err);
        tensor_unref(row);
        return ok;
    }
    struct tensor *order = row_of(t, DTYPE_INT64, t->count, err);
    struct tensor *sorted = order ? row_of(t, t->dtype, t->count, err) : NULL;
    const struct compute_scan sort = { .function = SCAN_SORT, .in = row };
    const struct compute_index take = { .in = row, .index = order };
    const bool ok = sorted && compute_scan(order, &sort, err) &&
                    compute_gather(sorted, &take, err) && finish(t, sorted, order, out, err);
    tensor_unref(sorted);
    tensor_unref(order);
    tensor_unref(row);
    return ok;
}

/* ---- counting --------------------------------------------------------------------------------------- */

static bool extreme(struct tensor *row, enum reduce_function function, int64_t *out,
                    struct error *err)
{
    struct tensor *one = row_of(row, row->dtype, 1, err);
    struct number number = number_integer(0);
    const bool ok =
        one &&
        compute_reduce(one, &(struct compute_reduce){ .function = function, .in = row }, err) &&
        tensor_item(one, &number, err);
    tensor_unref(one);
    *out = number.integer;
    return ok;
}

struct tensor *nn_bincount(struct engine *engine, struct tensor *t, struct tensor *weights,
                           int64_t least, struct error *err)
{
    (void)engine;
    int64_t most = -1, fewest = 0;
    struct tensor *row = flattened(t, DTYPE_INT64, err);
    if (!row || (t->count > 0 && (!extreme(row, REDUCE_MAX, &most, err) ||
                                  !extreme(row, REDUCE_MIN, &fewest, err)))) {
        tensor_unref(row);
        return NULL;
    }
    struct tensor *counts = NULL;
    if (t->shape.dims != 1 || dtype_is_float(t->dtype) || t->dtype == DTYPE_BOOL || fewest < 0) {
        error_set(err, "bincount only supports 1-d non-negative integral inputs.");
    } else if (weights && (weights->shape.dims != 1 || weights->count != t->count)) {
        error_set(err, "weights should be 1-d and have the same length as input");
    } else {
        const int64_t size = most + 1 > least ? most + 1 : least;
        const enum dtype dtype = !weights                          ? DTYPE_INT64
                                 : weights->dtype == DTYPE_FLOAT32 ? DTYPE_FLOAT32
                                                                   : DTYPE_FLOAT64;
        counts = zeros_of(t, dtype, size, err);
        struct tensor *shares = weights ? flattened(weights, dtype, err) : NULL;
        const struct compute_index add = { .in = shares, .index = row };
        if (counts && !(weights ? shares && compute_scatter_add(counts, &add, err)
                                : count_groups(counts, row, err))) {
            tensor_unref(counts);
            counts = NULL;
        }
        tensor_unref(shares);
    }
    tensor_unref(row);
    return counts;
}
