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

/* The innermost dimension, where every place has an index of its own. */
struct line {
    const char *in;
    char *out;
    const int64_t *positions;
    int64_t count, out_step, in_step, index_step; /* between places, in elements */
    int64_t step, size;                           /* between positions; how many there are */
};

/* The first place whose position is none; `count` when all are good. */
#define DEFINE_LINE(name, type)                                                      \
    static int64_t name(const struct line *line)                                     \
    {                                                                                \
        const type *in = (const type *)(const void *)line->in;                       \
        type *out = (type *)(void *)line->out;                                       \
        for (int64_t i = 0; i < line->count; i++) {                                  \
            const int64_t position = line->positions[i * line->index_step];          \
            if (position < 0 || position >= line->size) {                            \
                return i;                                                            \
            }                                                                        \
            out[i * line->out_step] = in[i * line->in_step + position * line->step]; \
        }                                                                            \
        return line->count;                                                          \
    }
DEFINE_LINE(gather_line1, uint8_t)
DEFINE_LINE(gather_line4, uint32_t)
DEFINE_LINE(gather_line8, uint64_t)

static bool gather_lines(const struct backend_index *index, const struct walk *walk, int64_t size,
                         struct error *err)
{
    int64_t (*const gather)(const struct line *) = size == 1   ? gather_line1
                                                   : size == 4 ? gather_line4
                                                               : gather_line8;
    const int last = walk->dims - 1;
    struct odometer at = { .dims = last };
    do {
        const struct line line = {
            .in = (const char *)index->in->data + at.offset[1] * size,
            .out = (char *)index->out->data + at.offset[0] * size,
            .positions = (const int64_t *)index->index->data + at.offset[2],
            .count = walk->shape[last],
            .out_step = walk->strides[0][last],
            .in_step = walk->strides[1][last],
            .index_step = walk->strides[2][last],
            .step = index->in->strides[index->dim],
            .size = index->in->shape[index->dim],
        };
        const int64_t good = gather(&line);
        if (good < line.count) {
            return in_range(index->in, index->dim, line.positions[good * line.index_step], err);
        }
    } while (odometer_next(&at, walk));
    return true;
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
    const int64_t run = take_run(&walk, &at);
    if (run == 1 && walk.dims > 0) {
        return gather_lines(index, &walk, (int64_t)size, err) ? BACKEND_OK : BACKEND_BAD_INDEX;
    }
    const size_t bytes = (size_t)run * size;
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
    switch ((int)dtype) {
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
    default:
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
