#include "engine/ops/indices.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/engine.h"

/* ---- numbers in range ------------------------------------------------------------------------------ */

/* A contiguous copy, or the tensor itself. */
static struct tensor *dense(struct tensor *t, enum dtype dtype, struct error *err)
{
    if (t->dtype == dtype && tensor_is_contiguous(t)) {
        return tensor_ref(t);
    }
    const struct tensor_spec spec = { dtype, t->shape, tensor_backend(t) };
    struct tensor *copy = tensor_create(t->engine, &spec, err);
    if (copy && !compute_copy(copy, t, err)) {
        tensor_unref(copy);
        return NULL;
    }
    return copy;
}

/* The smallest or largest of a contiguous tensor that has elements. */
static bool extreme(struct tensor *t, enum reduce_function function, int64_t *out,
                    struct error *err)
{
    const int64_t step[] = { 1 };
    const struct tensor_spec spec = { t->dtype, { 1, { 1 } }, tensor_backend(t) };
    struct tensor *line = tensor_view(t, &(struct shape){ 1, { t->count } }, step, t->offset);
    struct tensor *one = tensor_create(t->engine, &spec, err);
    struct number number;
    const bool ok =
        one &&
        compute_reduce(one, &(struct compute_reduce){ .function = function, .in = line }, err) &&
        tensor_item(one, &number, err);
    *out = ok ? number.integer : 0;
    tensor_unref(one);
    tensor_unref(line);
    return ok;
}

static bool refuse(const struct index_range *range, int64_t index, struct error *err)
{
    switch (range->refusal) {
    case REFUSE_SELF:
        return error_set_kind(err, ERROR_INDEX, "index out of range in self");
    case REFUSE_TAKE:
        return error_set_kind(err, ERROR_INDEX,
                              "out of range: tried to access index %" PRId64
                              " on a tensor of %" PRId64 " elements.",
                              index, range->size);
    case REFUSE_PLACE:
    case REFUSE_PLACE_RUNTIME:
        break;
    }
    return error_set_kind(err, range->refusal == REFUSE_PLACE ? ERROR_INDEX : ERROR_RUNTIME,
                          "index %" PRId64 " is out of bounds for dimension %d with size %" PRId64,
                          index, range->dim, range->size);
}

/* Finds the first index that is out of range, to name it. */
static bool refuse_first(struct tensor *indices, const struct index_range *range, struct error *err)
{
    int64_t *all = memory_allocate((size_t)indices->count, sizeof(*all));
    const int64_t lowest = range->from_end ? -range->size : 0;
    if (tensor_read_whole(indices, all, err)) {
        int64_t i = 0;
        while (i + 1 < indices->count && all[i] >= lowest && all[i] < range->size) {
            i++;
        }
        refuse(range, all[i], err);
    }
    free(all);
    return false;
}

/* The negative ones counted from the end. */
static struct tensor *wrapped(struct tensor *indices, int64_t size, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(indices);
    struct tensor *above = tensor_create(indices->engine, &spec, err);
    struct tensor *result = tensor_create(indices->engine, &spec, err);
    spec.dtype = DTYPE_BOOL;
    struct tensor *negative = tensor_create(indices->engine, &spec, err);
    const struct operand in = operand_tensor(indices), zero = operand_number(number_integer(0));
    const bool ok =
        above && result && negative &&
        compute_map2(above, MAP_ADD, in, operand_number(number_integer(size)), err) &&
        compute_map(
            negative,
            &(struct compute_map){ .function = MAP_LT, .dtype = DTYPE_INT64, .in = { in, zero } },
            err) &&
        compute_map(
            result,
            &(struct compute_map){ .function = MAP_WHERE,
                                   .dtype = DTYPE_INT64,
                                   .in = { operand_tensor(negative), operand_tensor(above), in } },
            err);
    tensor_unref(negative);
    tensor_unref(above);
    if (!ok) {
        tensor_unref(result);
    }
    return ok ? result : NULL;
}

struct tensor *indices_checked(struct tensor *indices, const struct index_range *range,
                               struct error *err)
{
    struct tensor *numbers = dense(indices, DTYPE_INT64, err);
    if (!numbers || numbers->count == 0) {
        return numbers;
    }
    int64_t low, high;
    bool ok = extreme(numbers, REDUCE_MIN, &low, err) && extreme(numbers, REDUCE_MAX, &high, err);
    if (ok && (high >= range->size || low < (range->from_end ? -range->size : 0))) {
        ok = refuse_first(numbers, range, err);
    }
    struct tensor *result = !ok       ? NULL
                            : low < 0 ? wrapped(numbers, range->size, err)
                                      : tensor_ref(numbers);
    tensor_unref(numbers);
    return result;
}

/* ---- masks ----------------------------------------------------------------------------------------- */

/* The columns of places, one after the other in memory: columns[d * found + k]. */
static void find_places(const uint8_t *flags, const struct shape *shape, int64_t found,
                        int64_t *columns)
{
    int64_t at[BACKEND_MAX_DIMS] = { 0 };
    const int64_t count = shape_count(shape);
    for (int64_t i = 0, k = 0; i < count; i++) {
        if (flags[i]) {
            for (int d = 0; d < shape->dims; d++) {
                columns[d * found + k] = at[d];
            }
            k++;
        }
        for (int d = shape->dims - 1; d >= 0 && ++at[d] == shape->size[d]; d--) {
            at[d] = 0;
        }
    }
}

/* One byte for each element: whether it is not zero. */
static uint8_t *read_flags(struct tensor *mask, struct error *err)
{
    uint8_t *flags = memory_allocate((size_t)mask->count + 1, 1);
    struct tensor *bools = dense(mask, DTYPE_BOOL, err);
    if (!bools || !tensor_read(bools, flags, err)) {
        free(flags);
        flags = NULL;
    }
    tensor_unref(bools);
    return flags;
}

bool indices_of_true(struct tensor *mask, struct tensor **columns, struct error *err)
{
    uint8_t *flags = read_flags(mask, err);
    int64_t found = 0;
    if (!flags) {
        return false;
    }
    for (int64_t i = 0; i < mask->count; i++) {
        found += flags[i] != 0;
    }
    int64_t *places = memory_allocate((size_t)(found * mask->shape.dims) + 1, sizeof(*places));
    find_places(flags, &mask->shape, found, places);
    free(flags);
    const struct tensor_spec spec = { DTYPE_INT64, { 1, { found } }, tensor_backend(mask) };
    bool ok = true;
    for (int d = 0; d < mask->shape.dims; d++) {
        columns[d] = ok ? tensor_from_host(mask->engine, &spec, places + d * found, err) : NULL;
        ok = columns[d] != NULL;
    }
    for (int d = 0; !ok && d < mask->shape.dims; d++) {
        tensor_unref(columns[d]);
    }
    free(places);
    return ok;
}

/* ---- plans ----------------------------------------------------------------------------------------- */

/* The indices with masks taken apart: one for each dimension of a, NULL where it is whole. */
struct expanded {
    struct tensor *items[BACKEND_MAX_DIMS];
    int count;
};

static void let_go(struct expanded *expanded)
{
    for (int d = 0; d < expanded->count; d++) {
        tensor_unref(expanded->items[d]);
    }
}

static bool refuse_mask(const struct tensor *mask, int j, const struct tensor *a, int dim,
                        struct error *err)
{
    struct text wrong = { 0 }, whole = { 0 };
    shape_append(&wrong, &mask->shape);
    shape_append(&whole, &a->shape);
    error_set_kind(err, ERROR_INDEX,
                   "The shape of the mask %s at index %d does not match the shape of the indexed "
                   "tensor %s at index %d",
                   text_string(&wrong), j, text_string(&whole), dim);
    text_finish(&wrong);
    text_finish(&whole);
    return false;
}

static bool refuse_many(const struct tensor *a, struct error *err)
{
    return error_set_kind(err, ERROR_INDEX, "too many indices for tensor of dimension %d",
                          a->shape.dims);
}

static bool add_mask(struct expanded *expanded, struct tensor *mask, const struct tensor *a,
                     struct error *err)
{
    const int first = expanded->count;
    if (first + mask->shape.dims > a->shape.dims) {
        return refuse_many(a, err);
    }
    for (int j = 0; j < mask->shape.dims; j++) {
        if (mask->shape.size[j] != a->shape.size[first + j]) {
            return refuse_mask(mask, j, a, first + j, err);
        }
    }
    if (!indices_of_true(mask, &expanded->items[first], err)) {
        return false;
    }
    expanded->count += mask->shape.dims;
    return true;
}

static bool add_index(struct expanded *expanded, const struct operand *index,
                      const struct tensor *a, struct error *err)
{
    struct tensor *t = index->kind == OPERAND_TENSOR ? index->tensor : NULL;
    if (t && (t->dtype == DTYPE_BOOL || t->dtype == DTYPE_UINT8)) {
        return add_mask(expanded, t, a, err);
    }
    if (t && dtype_is_float(t->dtype)) {
        return error_set_kind(err, ERROR_INDEX,
                              "tensors used as indices must be long, int, byte or bool tensors");
    }
    if (expanded->count >= a->shape.dims) {
        return refuse_many(a, err);
    }
    expanded->items[expanded->count++] = tensor_ref(t);
    return true;
}

static bool refuse_shapes(const struct expanded *expanded, struct error *err)
{
    struct text shapes = { 0 };
    for (int d = 0; d < expanded->count; d++) {
        if (expanded->items[d]) {
            text_format(&shapes, "%s", text_string(&shapes)[0] ? ", " : "");
            shape_append(&shapes, &expanded->items[d]->shape);
        }
    }
    error_set_kind(err, ERROR_INDEX,
                   "shape mismatch: indexing tensors could not be broadcast together with shapes "
                   "%s",
                   text_string(&shapes));
    text_finish(&shapes);
    return false;
}

/* The common shape of the indices; which dimensions they take, and whether side by side. */
static bool find_picked(struct index_plan *plan, const struct expanded *expanded, bool *together,
                        struct error *err)
{
    int runs = 0;
    for (int d = 0; d < expanded->count; d++) {
        const struct tensor *index = expanded->items[d];
        if (!index) {
            continue;
        }
        const struct shape before = plan->picked;
        if (!shape_broadcast(&before, &index->shape, &plan->picked, NULL)) {
            return refuse_shapes(expanded, err);
        }
        plan->indexed[d] = true;
        runs += d == 0 || !plan->indexed[d - 1];
    }
    *together = runs == 1;
    return true;
}

/* The dimensions of the indices come first, or where the indices stand if that is side by side. */
static bool find_result(struct index_plan *plan, const struct tensor *a, bool together,
                        struct error *err)
{
    struct shape rest = { 0 };
    plan->first = 0;
    for (int d = 0; d < a->shape.dims; d++) {
        if (plan->indexed[d]) {
            plan->first = together && plan->first == 0 ? rest.dims : plan->first;
        } else {
            rest.size[rest.dims++] = a->shape.size[d];
        }
    }
    if (rest.dims + plan->picked.dims > BACKEND_MAX_DIMS) {
        return error_set(err, "a tensor has at most %d dimensions here", BACKEND_MAX_DIMS);
    }
    for (int d = 0; d < plan->first; d++) {
        plan->result.size[plan->result.dims++] = rest.size[d];
    }
    for (int d = 0; d < plan->picked.dims; d++) {
        plan->result.size[plan->result.dims++] = plan->picked.size[d];
    }
    for (int d = plan->first; d < rest.dims; d++) {
        plan->result.size[plan->result.dims++] = rest.size[d];
    }
    return true;
}

/* places += stride * index; a stride below zero counts down from the other end. */
static bool add_places(struct index_plan *plan, struct tensor *index, int64_t stride,
                       const struct index_range *range, struct error *err)
{
    struct tensor *checked = indices_checked(index, range, err);
    if (!checked) {
        return false;
    }
    const int64_t reach = range->size > 0 ? (range->size - 1) * stride : 0;
    plan->extent += reach < 0 ? -reach : reach;
    plan->offset += reach < 0 ? reach : 0;
    const struct operand places = operand_tensor(plan->places);
    bool ok = compute_map(plan->places,
                          &(struct compute_map){ .function = MAP_ADD,
                                                 .dtype = DTYPE_INT64,
                                                 .in = { places, operand_tensor(checked) },
                                                 .p = (double)stride },
                          err);
    if (reach < 0) {
        ok = ok && compute_map2(plan->places, MAP_ADD, places,
                                operand_number(number_integer(-reach)), err);
    }
    tensor_unref(checked);
    return ok;
}

static bool find_places_of(struct index_plan *plan, const struct expanded *expanded,
                           const struct tensor *a, struct error *err)
{
    const struct tensor_spec spec = { DTYPE_INT64, plan->picked, tensor_backend(a) };
    plan->places = tensor_full(a->engine, &spec, number_integer(0), err);
    plan->offset = a->offset;
    plan->extent = 1;
    int number = 0; /* PyTorch counts the indices, not the dimensions */
    for (int d = 0; plan->places && d < expanded->count; d++) {
        const struct index_range range = {
            .size = a->shape.size[d], .dim = number, .from_end = true, .refusal = REFUSE_PLACE
        };
        if (!expanded->items[d]) {
            continue;
        }
        number++;
        if (!add_places(plan, expanded->items[d], a->strides[d], &range, err)) {
            tensor_unref(plan->places);
            plan->places = NULL;
        }
    }
    return plan->places != NULL;
}

bool index_plan_begin(struct index_plan *plan, const struct tensor *a,
                      const struct operand *indices, int count, struct error *err)
{
    struct expanded expanded = { 0 };
    bool ok = true, together;
    *plan = (struct index_plan){ 0 };
    for (int i = 0; ok && i < count; i++) {
        ok = add_index(&expanded, &indices[i], a, err);
    }
    ok = ok && find_picked(plan, &expanded, &together, err) &&
         find_result(plan, a, together, err) && find_places_of(plan, &expanded, a, err);
    let_go(&expanded);
    return ok;
}

void index_plan_finish(struct index_plan *plan)
{
    tensor_unref(plan->places);
}

/* ---- looks ----------------------------------------------------------------------------------------- */

struct tensor *index_plan_whole(const struct index_plan *plan, struct tensor *a)
{
    struct shape shape = { 1, { a->count > 0 ? plan->extent : 0 } };
    int64_t strides[BACKEND_MAX_DIMS] = { 1 };
    for (int d = 0; d < a->shape.dims; d++) {
        if (!plan->indexed[d]) {
            strides[shape.dims] = a->strides[d];
            shape.size[shape.dims++] = a->shape.size[d];
        }
    }
    return tensor_view(a, &shape, strides, plan->offset);
}

struct tensor *index_plan_parts(const struct index_plan *plan, struct tensor *result)
{
    struct shape shape = { 1, { shape_count(&plan->picked) } };
    const int last = plan->first + plan->picked.dims;
    int64_t strides[BACKEND_MAX_DIMS] = { 1 };
    for (int d = last; d < result->shape.dims; d++) {
        strides[0] *= result->shape.size[d];
    }
    for (int d = 0; d < result->shape.dims; d++) {
        if (d < plan->first || d >= last) {
            strides[shape.dims] = result->strides[d];
            shape.size[shape.dims++] = result->shape.size[d];
        }
    }
    return tensor_view(result, &shape, strides, result->offset);
}
