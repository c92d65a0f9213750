#include <inttypes.h>
#include <string.h>

#include "engine/cpu/private.h"

/* Both run over (places, the indexed side with its `dim` standing still, indices): gather over the
 * output's places, scatter over the input's. */
static void walk_places(struct walk *walk, const struct backend_view *places,
                        const struct backend_view *indexed, const struct backend_index *index)
{
    struct backend_view fixed = *places;
    memcpy(fixed.strides, indexed->strides, sizeof(fixed.strides));
    fixed.strides[index->dim] = 0;
    const struct backend_view *views[] = { places, &fixed, index->index };
    walk_init(walk, views, 3);
}

static bool in_range(const struct backend_view *indexed, int dim, int64_t position,
                     struct error *err)
{
    const int64_t size = indexed->shape[dim];
    if (position >= 0 && position < size) {
        return true;
    }
    return error_set_kind(err, ERROR_INDEX,
                          "index %" PRId64 " is out of bounds for dimension %d with size %" PRId64,
                          position, dim, size);
}

/* Whole rows: as many elements as follow one another on both sides under one index. They leave the
 * places that are counted through. */
static int64_t take_run(struct walk *walk, struct odometer *at)
{
    walk_join(walk);
    *at = (struct odometer){ .dims = walk->dims };
    const int last = walk->dims - 1;
    if (last < 0 || walk->strides[0][last] != 1 || walk->strides[1][last] != 1 ||
        walk->strides[2][last] != 0) {
        return 1;
    }
    at->dims = last;
    return walk->shape[last];
}

enum backend_status cpu_gather(struct backend *backend, const struct backend_index *index,
                               struct error *err)
{
    (void)backend;
    const size_t size = cpu_size(index->out->dtype);
    const int64_t step = index->in->strides[index->dim];
    const int64_t *positions = index->index->data;
    const char *in = index->in->data;
    char *out = index->out->data;
    struct walk walk;
    walk_places(&walk, index->out, index->in, index);
    if (walk.empty) {
        return BACKEND_OK;
    }
    struct odometer at;
    const size_t bytes = (size_t)take_run(&walk, &at) * size;
    do {
        const int64_t position = positions[at.offset[2]];
        if (!in_range(index->in, index->dim, position, err)) {
            return BACKEND_BAD_INDEX;
        }
        const int64_t from = at.offset[1] + position * step;
        memcpy(out + at.offset[0] * (int64_t)size, in + from * (int64_t)size, bytes);
    } while (odometer_next(&at, &walk));
    return BACKEND_OK;
}

static void add_element(enum dtype dtype, void *out, int64_t to, const void *in, int64_t from)
{
    switch (dtype) {
    case DTYPE_BOOL:
        ((uint8_t *)out)[to] |= ((const uint8_t *)in)[from];
        return;
    case DTYPE_UINT8:
        ((uint8_t *)out)[to] = (uint8_t)(((uint8_t *)out)[to] + ((const uint8_t *)in)[from]);
        return;
    case DTYPE_INT32:
        ((uint32_t *)out)[to] += ((const uint32_t *)in)[from];
        return;
    case DTYPE_INT64:
        ((uint64_t *)out)[to] += ((const uint64_t *)in)[from];
        return;
    case DTYPE_FLOAT32:
        ((float *)out)[to] += ((const float *)in)[from];
        return;
    case DTYPE_FLOAT64:
        ((double *)out)[to] += ((const double *)in)[from];
        return;
    case DTYPE_COUNT:
        return;
    }
}

enum backend_status cpu_scatter(struct backend *backend, const struct backend_index *index,
                                struct error *err)
{
    (void)backend;
    const int64_t size = (int64_t)cpu_size(index->out->dtype);
    const int64_t step = index->out->strides[index->dim];
    const int64_t *positions = index->index->data;
    const char *in = index->in->data;
    char *out = index->out->data;
    struct walk walk;
    walk_places(&walk, index->in, index->out, index);
    if (walk.empty) {
        return BACKEND_OK;
    }
    struct odometer at;
    const int64_t run = take_run(&walk, &at);
    do {
        const int64_t position = positions[at.offset[2]];
        if (!in_range(index->out, index->dim, position, err)) {
            return BACKEND_BAD_INDEX;
        }
        const int64_t to = at.offset[1] + position * step;
        if (index->function == SCATTER_PUT) {
            memcpy(out + to * size, in + at.offset[0] * size, (size_t)(size * run));
        } else {
            for (int64_t k = 0; k < run; k++) {
                add_element(index->out->dtype, out, to + k, in, at.offset[0] + k);
            }
        }
    } while (odometer_next(&at, &walk));
    return BACKEND_OK;
}
