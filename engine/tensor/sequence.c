#include "engine/tensor/sequence.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/tensor/narrow.h"

static void store(void *elements, enum dtype dtype, int64_t i, double value)
{
    if (dtype_is_narrow(dtype)) {
        narrow_put(dtype, elements, (size_t)i, value);
        return;
    }
    switch ((int)dtype) {
    case DTYPE_BOOL:
        ((uint8_t *)elements)[i] = value != 0;
        return;
    case DTYPE_UINT8:
        ((uint8_t *)elements)[i] = (uint8_t)(int64_t)value;
        return;
    case DTYPE_INT32:
        ((int32_t *)elements)[i] = (int32_t)value;
        return;
    case DTYPE_INT64:
        ((int64_t *)elements)[i] = (int64_t)value;
        return;
    case DTYPE_FLOAT32:
        ((float *)elements)[i] = (float)value;
        return;
    case DTYPE_FLOAT64:
        ((double *)elements)[i] = value;
        return;
    default:
        return;
    }
}

/* A 1-d tensor of `elements`, which are freed. */
static struct tensor *finish(struct engine *engine, const struct shape *shape, enum dtype dtype,
                             void *elements, struct error *err)
{
    const struct tensor_spec spec = { .dtype = dtype, .shape = *shape };
    struct tensor *tensor = tensor_from_host(engine, &spec, elements, err);
    free(elements);
    return tensor;
}

/* Room for `count` elements; NULL when there is none. */
static void *elements_for(int64_t count, enum dtype dtype, struct error *err)
{
    void *elements = count < INT64_MAX / 16 ? calloc((size_t)count + 1, dtype_size(dtype)) : NULL;
    if (!elements) {
        memory_refuse((double)count * (double)dtype_size(dtype), err);
    }
    return elements;
}

/* PyTorch computes eight float32 at a time from the group's first, rounded; a rest one by one. */
static void arange_float(float *out, int64_t count, double start, double step)
{
    const int64_t grouped = count - count % 8;
    for (int64_t i = 0; i < grouped; i++) {
        const float base = (float)(start + step * (double)(i - i % 8));
        out[i] = (float)((double)base + (double)(i % 8) * step);
    }
    for (int64_t i = grouped; i < count; i++) {
        out[i] = (float)(start + step * (double)i);
    }
}

struct tensor *tensor_arange(struct engine *engine, const struct number bounds[3], enum dtype dtype,
                             struct error *err)
{
    const double start = number_as_real(bounds[0]), end = number_as_real(bounds[1]);
    const double step = number_as_real(bounds[2]);
    if (step == 0) {
        error_set(err, "step must be nonzero");
        return NULL;
    }
    if (!isfinite(start) || !isfinite(end)) {
        error_set(err, "unsupported range: %s", !isfinite(start) ? "start" : "end");
        return NULL;
    }
    if ((step > 0 && end < start) || (step < 0 && end > start)) {
        error_set(err, "upper bound and larger bound inconsistent with step sign");
        return NULL;
    }
    const double size = ceil((end - start) / step);
    const int64_t count = size < 9e18 ? (int64_t)size : INT64_MAX;
    void *elements = elements_for(count, dtype, err);
    if (!elements) {
        return NULL;
    }
    if (dtype == DTYPE_FLOAT32) {
        arange_float(elements, count, start, step);
    } else if (dtype == DTYPE_INT64) {
        const int64_t first = number_as_integer(bounds[0]), by = number_as_integer(bounds[2]);
        for (int64_t i = 0; i < count; i++) {
            ((int64_t *)elements)[i] = first + i * by;
        }
    } else {
        for (int64_t i = 0; i < count; i++) {
            store(elements, dtype, i, start + step * (double)i);
        }
    }
    return finish(engine, &(struct shape){ 1, { count } }, dtype, elements, err);
}

/* Counted from the nearer end, with one rounding: fma(step, i, first), fma(-step, n-1-i, last). */
struct tensor *tensor_linspace(struct engine *engine, const double ends[2], int64_t count,
                               enum dtype dtype, struct error *err)
{
    if (count < 0) {
        error_set(err, "number of steps must be non-negative");
        return NULL;
    }
    void *elements = elements_for(count, dtype, err);
    if (!elements) {
        return NULL;
    }
    const double steps = count > 1 ? (double)(count - 1) : 1;
    const float first = (float)ends[0], last = (float)ends[1];
    const float small = (last - first) / (float)steps;
    const double wide = (ends[1] - ends[0]) / steps;
    for (int64_t i = 0; i < count; i++) {
        const bool near = i < count / 2 || count == 1;
        const int64_t back = count - 1 - i;
        if (dtype == DTYPE_FLOAT32) {
            ((float *)elements)[i] =
                near ? fmaf(small, (float)i, first) : fmaf(-small, (float)back, last);
        } else {
            store(elements, dtype, i,
                  near ? fma(wide, (double)i, ends[0]) : fma(-wide, (double)back, ends[1]));
        }
    }
    return finish(engine, &(struct shape){ 1, { count } }, dtype, elements, err);
}

struct tensor *tensor_eye(struct engine *engine, int64_t rows, int64_t columns, enum dtype dtype,
                          struct error *err)
{
    if (rows < 0 || columns < 0) {
        error_set(err, "n must be greater or equal to 0, got %lld",
                  (long long)(rows < 0 ? rows : columns));
        return NULL;
    }
    if (columns > 0 && rows > INT64_MAX / 16 / columns) {
        elements_for(INT64_MAX, dtype, err);
        return NULL;
    }
    void *elements = elements_for(rows * columns, dtype, err);
    if (!elements) {
        return NULL;
    }
    for (int64_t i = 0; i < rows && i < columns; i++) {
        store(elements, dtype, i * columns + i, 1);
    }
    return finish(engine, &(struct shape){ 2, { rows, columns } }, dtype, elements, err);
}
