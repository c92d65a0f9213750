#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/ops/rows.h"

/* ---- places in order -------------------------------------------------------------------------------- */

/* The dimension as a number from 0. */
static bool find_dim(const struct op_call *call, int *dim, struct error *err)
{
    return shape_dim(call->in[0].tensor->shape.dims, call->attrs->dim, dim, err);
}

static int64_t length_along(const struct tensor *t, int dim)
{
    return t->shape.dims > 0 ? t->shape.size[dim] : 1;
}

/* The places of the elements along dim, the smallest first: int64, of in's shape. */
static struct tensor *places_in_order(struct tensor *in, int dim, bool largest_first,
                                      struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(in);
    spec.dtype = DTYPE_INT64;
    struct tensor *places = tensor_create(in->engine, &spec, err);
    if (places) {
        tensor_lie_like(places, in);
    }
    const struct compute_scan sort = {
        .function = SCAN_SORT, .in = in, .dim = dim, .reverse = largest_first
    };
    if (places && !compute_scan(places, &sort, err)) {
        tensor_unref(places);
        return NULL;
    }
    return places;
}

/* out = in at the places along dim. */
static bool take_places(struct tensor *out, struct tensor *in, struct tensor *places, int dim,
                        struct error *err)
{
    const struct compute_index index = { .in = in, .index = places, .dim = dim };
    return in->shape.dims == 0 ? compute_copy(out, in, err) : compute_gather(out, &index, err);
}

/* `count` of the tensor's elements along dim, from `start` on: a look. */
static struct tensor *part(struct tensor *t, int dim, int64_t start, int64_t count)
{
    struct shape shape = t->shape;
    if (shape.dims == 0) {
        return tensor_ref(t);
    }
    shape.size[dim] = count;
    const int64_t step = count > 0 ? t->strides[dim] : 0;
    return tensor_view(t, &shape, t->strides, t->offset + start * step);
}

/* The gradients of the chosen values go back to where they were. */
enum { ORDER_INDICES };

static bool chosen_backward(struct rule *rule)
{
    rule->result[0] = rule_put_back(rule, rule->grad[0], rule_saved(rule, ORDER_INDICES));
    return rule_done(rule);
}

#define ORDER_SAVES                                                          \
    {                                                                        \
        [ORDER_INDICES] = {.name = "indices", .is_output = true, .from = 1 } \
    }

/* ---- sort, topk ------------------------------------------------------------------------------------- */

/* y = a[i], i the places in order    so   da[i] += dy */

static bool sort_forward(struct op_call *call, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct tensor_spec spec = tensor_spec_of(in);
    int dim;
    if (!find_dim(call, &dim, err)) {
        return false;
    }
    struct tensor *values = op_output(call, 0, &spec, err);
    if (values) {
        tensor_lie_like(values, in);
    }
    const bool descending = call->attrs->present & ATTR(DESCENDING) && call->attrs->descending;
    call->out[1] = values ? places_in_order(in, dim, descending, err) : NULL;
    return call->out[1] && take_places(values, in, call->out[1], dim, err);
}

const struct op op_row_sort = {
    .id = OP_SORT,
    .name = "sort",
    .symbol = "sort",
    .node = "SortBackward0",
    .formula = "sort a",
    .derivatives = { "0, [i] ← g" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIM) | ATTR(DESCENDING),
    .outputs = 2,
    .saves = ORDER_SAVES,
    .forward = sort_forward,
    .backward = chosen_backward,
};

/* y = i, the places in order */

static bool argsort_forward(struct op_call *call, struct error *err)
{
    const bool descending = call->attrs->present & ATTR(DESCENDING) && call->attrs->descending;
    int dim;
    if (!find_dim(call, &dim, err)) {
        return false;
    }
    call->out[0] = places_in_order(call->in[0].tensor, dim, descending, err);
    return call->out[0] != NULL;
}

const struct op op_row_argsort = {
    .id = OP_ARGSORT,
    .name = "argsort",
    .symbol = "argsort",
    .formula = "argsort a",
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM) | ATTR(DESCENDING),
    .outputs = 1,
    .forward = argsort_forward,
};

/* Only the first k of them. */

static bool topk_forward(struct op_call *call, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    const bool smallest = call->attrs->present & ATTR(DESCENDING) && !call->attrs->descending;
    const int64_t k = call->attrs->k;
    int dim;
    if (!find_dim(call, &dim, err)) {
        return false;
    }
    if (k < 0 || k > length_along(in, dim)) {
        return error_set(err, "selected index k out of range");
    }
    struct tensor *places = places_in_order(in, dim, !smallest, err);
    struct tensor *first = places ? part(places, dim, 0, k) : NULL;
    struct tensor_spec spec = tensor_spec_of(in);
    spec.shape = first ? first->shape : spec.shape;
    struct tensor *values = first ? op_output(call, 0, &spec, err) : NULL;
    spec.dtype = DTYPE_INT64;
    struct tensor *indices = values ? op_output(call, 1, &spec, err) : NULL;
    const bool ok =
        indices && compute_copy(indices, first, err) && take_places(values, in, indices, dim, err);
    tensor_unref(first);
    tensor_unref(places);
    return ok;
}

const struct op op_row_topk = {
    .id = OP_TOPK,
    .name = "topk",
    .symbol = "top k",
    .node = "TopkBackward0",
    .formula = "the k largest a",
    .derivatives = { "0, [i] ← g" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(K) | ATTR(DIM) | ATTR(DESCENDING),
    .aliases = { { ATTR_INDEX_DESCENDING, "largest" } },
    .outputs = 2,
    .saves = ORDER_SAVES,
    .forward = topk_forward,
    .backward = chosen_backward,
};

/* ---- one of them ------------------------------------------------------------------------------------- */

/* y = a[i], i the place of the k-th smallest      so   da[i] += dy */

static bool chosen_dim_backward(struct rule *rule)
{
    rule->result[0] = rule_put_back(rule, rule_kept(rule, rule->grad[0]),
                                    rule_kept(rule, rule_saved(rule, ORDER_INDICES)));
    return rule_done(rule);
}

/* place = where `in` at `last` is nan: last, else what it is */
static bool prefer_nan(struct tensor *place, struct tensor *in, struct tensor *last, int dim,
                       struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(last);
    spec.dtype = in->dtype;
    struct tensor *value = tensor_create(in->engine, &spec, err);
    spec.dtype = DTYPE_BOOL;
    struct tensor *is_nan = value ? tensor_create(in->engine, &spec, err) : NULL;
    const struct operand both = operand_tensor(value);
    const struct compute_map differs = { .function = MAP_NE,
                                         .dtype = in->dtype,
                                         .in = { both, both } };
    const struct compute_map choice = { .function = MAP_WHERE,
                                        .dtype = DTYPE_INT64,
                                        .in = { operand_tensor(is_nan), operand_tensor(last),
                                                operand_tensor(place) } };
    const bool ok = is_nan && take_places(value, in, last, dim, err) &&
                    compute_map(is_nan, &differs, err) && compute_map(place, &choice, err);
    tensor_unref(is_nan);
    tensor_unref(value);
    return ok;
}

/* Outputs 0 and 1 from the element at place `k` of the order along dim. */
static bool choose(struct op_call *call, int dim, int64_t k, bool nan_wins, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct reduced reduced;
    if (!forward_reduced(call, &reduced, err)) {
        return false;
    }
    struct tensor *value = reduced_output(call, 0, in->dtype, &reduced, err);
    struct tensor *place = value ? reduced_output(call, 1, DTYPE_INT64, &reduced, err) : NULL;
    struct tensor *places = place ? places_in_order(in, dim, false, err) : NULL;
    bool ok = places != NULL;
    if (ok && value->count > 0) {
        struct tensor *chosen = part(places, dim, k, 1);
        struct tensor *last = part(places, dim, length_along(in, dim) - 1, 1);
        ok = compute_copy(place, chosen, err) &&
             (!nan_wins || !dtype_is_float(in->dtype) || prefer_nan(place, in, last, dim, err)) &&
             take_places(value, in, place, dim, err);
        tensor_unref(last);
        tensor_unref(chosen);
    }
    tensor_unref(places);
    tensor_unref(place);
    tensor_unref(value);
    return ok;
}

static bool kthvalue_forward(struct op_call *call, struct error *err)
{
    int dim;
    if (!find_dim(call, &dim, err)) {
        return false;
    }
    const int64_t k = call->attrs->k;
    if (k < 1 || k > length_along(call->in[0].tensor, dim)) {
        return error_set(err, "kthvalue(): selected number k out of range for dimension %d", dim);
    }
    return choose(call, dim, k - 1, false, err);
}

const struct op op_row_kthvalue = {
    .id = OP_KTHVALUE,
    .name = "kthvalue",
    .symbol = "k-th",
    .node = "KthvalueBackward0",
    .formula = "the k-th smallest a",
    .derivatives = { "0, [i] ← g" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(K) | ATTR(DIM) | ATTR(KEEPDIM),
    .outputs = 2,
    .saves = ORDER_SAVES,
    .forward = kthvalue_forward,
    .backward = chosen_dim_backward,
};

/* The lower of the two in the middle; nan where there is one. */

static bool median_dim_forward(struct op_call *call, struct error *err)
{
    int dim;
    if (!find_dim(call, &dim, err)) {
        return false;
    }
    const int64_t length = length_along(call->in[0].tensor, dim);
    if (length == 0) {
        return error_set_kind(err, ERROR_INDEX,
                              "median(): Expected reduction dim %d to have non-zero size.", dim);
    }
    return choose(call, dim, (length - 1) / 2, true, err);
}

const struct op op_row_median_dim = {
    .id = OP_MEDIAN_DIM,
    .name = "median",
    .symbol = "median",
    .node = "MedianBackward1",
    .formula = "median a",
    .derivatives = { "a = median a" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM) | ATTR(KEEPDIM),
    .outputs = 2,
    .saves = ORDER_SAVES,
    .forward = median_dim_forward,
    .backward = chosen_dim_backward,
};

/* Of all elements: a whole that its ties share. */

static bool median_forward(struct op_call *call, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    if (in->dtype == DTYPE_BOOL) {
        return error_set(err, "\"median_cpu\" not implemented for 'Bool'");
    }
    struct tensor_spec spec = tensor_spec_of(in);
    spec.shape = (struct shape){ 1, { in->count } };
    struct rule steps = forward_begin(call, err);
    struct tensor *row = rule_reshape(&steps, in, &spec.shape);
    const struct operand whole = operand_tensor(row);
    const struct op_attrs along = { .present = ATTR(DIM) };
    struct tensor *result = NULL;
    if (row && in->count == 0) {
        spec.shape.dims = 0;
        result = rule_take(&steps, tensor_full(call->engine, &spec, number_real(NAN), err));
    } else if (row) {
        result = rule_apply(
            &steps,
            &(struct op_use){ .op = OP_MEDIAN_DIM, .in = &whole, .in_count = 1, .attrs = along });
    }
    return forward_finish(call, &steps, result);
}

enum { MEDIAN_SELF, MEDIAN_RESULT };

static bool median_backward(struct rule *rule)
{
    rule->result[0] =
        rule_share(rule, rule_saved(rule, MEDIAN_SELF), rule_saved(rule, MEDIAN_RESULT));
    return rule_done(rule);
}

const struct op op_row_median = {
    .id = OP_MEDIAN,
    .name = "median",
    .symbol = "median",
    .node = "MedianBackward0",
    .formula = "median a",
    .derivatives = { "a = median a" },
    .provenance = PROVENANCE_REDUCE,
    .outputs = 1,
    .saves = { [MEDIAN_SELF] = { .name = "self", .from = 0 },
               [MEDIAN_RESULT] = { .name = "result", .is_output = true } },
    .forward = median_forward,
    .backward = median_backward,
};

/* The most frequent element, the smallest of several; the last of its places. */

/* A look at t with dimension `dim` behind the others. */
static struct tensor *dim_last(struct tensor *t, int dim)
{
    struct shape shape = t->shape;
    int64_t strides[BACKEND_MAX_DIMS];
    int to = 0;
    for (int d = 0; d < shape.dims; d++) {
        if (d != dim) {
            shape.size[to] = t->shape.size[d];
            strides[to++] = t->strides[d];
        }
    }
    if (shape.dims > 0) {
        shape.size[to] = t->shape.size[dim];
        strides[to] = t->strides[dim];
    }
    return tensor_view(t, &shape, strides, t->offset);
}

/* Of one row: the values, and their places in order. */
static int64_t most_frequent(const double *values, const int64_t *places, int64_t count)
{
    int64_t best = places[0], longest = 0, length = 0;
    for (int64_t i = 0; i < count; i++) {
        length = i > 0 && values[places[i]] == values[places[i - 1]] ? length + 1 : 1;
        const bool ends = i + 1 == count || values[places[i]] != values[places[i + 1]];
        if (ends && length > longest) {
            longest = length;
            best = places[i];
        }
    }
    return best;
}

static bool find_modes(struct tensor *place, struct tensor *in, struct tensor *places, int dim,
                       struct error *err)
{
    const int64_t length = length_along(in, dim);
    struct tensor *rows = dim_last(in, dim), *orders = dim_last(places, dim);
    double *values = memory_allocate((size_t)in->count + 1, sizeof(*values));
    int64_t *order = memory_allocate((size_t)in->count + 1, sizeof(*order));
    int64_t *best = memory_allocate((size_t)place->count + 1, sizeof(*best));
    bool ok = tensor_read_real(rows, values, err) && tensor_read_whole(orders, order, err);
    for (int64_t row = 0; ok && row < place->count; row++) {
        best[row] = most_frequent(values + row * length, order + row * length, length);
    }
    ok = ok && tensor_write(place, best, err);
    free(best);
    free(order);
    free(values);
    tensor_unref(orders);
    tensor_unref(rows);
    return ok;
}

static bool mode_forward(struct op_call *call, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct reduced reduced;
    int dim;
    if (!find_dim(call, &dim, err) || !forward_reduced(call, &reduced, err)) {
        return false;
    }
    if (length_along(in, dim) == 0) {
        return error_set_kind(err, ERROR_INDEX,
                              "mode(): Expected reduction dim %d to have non-zero size.", dim);
    }
    struct tensor *value = reduced_output(call, 0, in->dtype, &reduced, err);
    struct tensor *place = value ? reduced_output(call, 1, DTYPE_INT64, &reduced, err) : NULL;
    struct tensor *places = place ? places_in_order(in, dim, false, err) : NULL;
    const bool ok = places && (value->count == 0 || (find_modes(place, in, places, dim, err) &&
                                                     take_places(value, in, place, dim, err)));
    tensor_unref(places);
    tensor_unref(place);
    tensor_unref(value);
    return ok;
}

const struct op op_row_mode = {
    .id = OP_MODE,
    .name = "mode",
    .symbol = "mode",
    .node = "ModeBackward0",
    .formula = "the most frequent a",
    .derivatives = { "0, [i] ← g" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM) | ATTR(KEEPDIM),
    .outputs = 2,
    .saves = ORDER_SAVES,
    .forward = mode_forward,
    .backward = chosen_dim_backward,
};
