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
    char *places, *indexed; /* the one or the other is only read */
    const int64_t *positions;
    int64_t count, place_step, indexed_step, position_step; /* between places, in elements */
    int64_t step, size; /* between positions; how many there are */
};

typedef int64_t line_function(const struct line *line);

/* The first place whose position is none; `count` when all are good. */
#define DEFINE_LINE(name, type, formula)                                                  \
    static int64_t name(const struct line *line)                                          \
    {                                                                                     \
        type *places = (type *)(void *)line->places;                                      \
        type *indexed = (type *)(void *)line->indexed;                                    \
        for (int64_t i = 0; i < line->count; i++) {                                       \
            const int64_t position = line->positions[i * line->position_step];            \
            if (position < 0 || position >= line->size) {                                 \
                return i;                                                                 \
            }                                                                             \
            type *const place = places + i * line->place_step;                            \
            type *const found = indexed + i * line->indexed_step + position * line->step; \
            formula;                                                                      \
        }                                                                                 \
        return line->count;                                                               \
    }

/* The same for as many elements as follow one another under one index. */
#define DEFINE_SCATTER(name, type, formula)                                \
    DEFINE_LINE(name##_line, type, formula)                                \
    static void name##_run(void *indexed, const void *places, int64_t run) \
    {                                                                      \
        for (int64_t i = 0; i < run; i++) {                                \
            type *const found = (type *)indexed + i;                       \
            const type *const place = (const type *)places + i;            \
            formula;                                                       \
        }                                                                  \
    }

DEFINE_LINE(gather1, uint8_t, *place = *found)
DEFINE_LINE(gather4, uint32_t, *place = *found)
DEFINE_LINE(gather8, uint64_t, *place = *found)
DEFINE_SCATTER(put1, uint8_t, *found = *place)
DEFINE_SCATTER(put4, uint32_t, *found = *place)
DEFINE_SCATTER(put8, uint64_t, *found = *place)
DEFINE_SCATTER(add_bool, uint8_t, *found |= *place)
DEFINE_SCATTER(add_uint8, uint8_t, *found = (uint8_t)(*found + *place))
DEFINE_SCATTER(add_int32, uint32_t, *found += *place)
DEFINE_SCATTER(add_int64, uint64_t, *found += *place)
DEFINE_SCATTER(add_float, float, *found += *place)
DEFINE_SCATTER(add_double, double, *found += *place)

struct scatter_row {
    line_function *line;
    void (*run)(void *indexed, const void *places, int64_t run);
};

static const struct scatter_row scatter_rows[2][DTYPE_COUNT] = {
    [SCATTER_ADD] = { [DTYPE_BOOL] = { add_bool_line, add_bool_run },
                      [DTYPE_UINT8] = { add_uint8_line, add_uint8_run },
                      [DTYPE_INT32] = { add_int32_line, add_int32_run },
                      [DTYPE_INT64] = { add_int64_line, add_int64_run },
                      [DTYPE_FLOAT32] = { add_float_line, add_float_run },
                      [DTYPE_FLOAT64] = { add_double_line, add_double_run } },
    [SCATTER_PUT] = { [DTYPE_BOOL] = { put1_line, put1_run },
                      [DTYPE_UINT8] = { put1_line, put1_run },
                      [DTYPE_INT32] = { put4_line, put4_run },
                      [DTYPE_INT64] = { put8_line, put8_run },
                      [DTYPE_FLOAT32] = { put4_line, put4_run },
                      [DTYPE_FLOAT64] = { put8_line, put8_run } },
};

/* Views as in walk_places. */
static bool run_lines(const struct backend_view *places, const struct backend_view *indexed,
                      const struct backend_index *index, const struct walk *walk,
                      line_function *run, struct error *err)
{
    const int last = walk->dims - 1;
    const int64_t size = (int64_t)cpu_size(places->dtype);
    struct odometer at = { .dims = last };
    do {
        const struct line line = {
            .places = (char *)places->data + at.offset[0] * size,
            .indexed = (char *)indexed->data + at.offset[1] * size,
            .positions = (const int64_t *)index->index->data + at.offset[2],
            .count = walk->shape[last],
            .place_step = walk->strides[0][last],
            .indexed_step = walk->strides[1][last],
            .position_step = walk->strides[2][last],
            .step = indexed->strides[index->dim],
            .size = indexed->shape[index->dim],
        };
        const int64_t good = run(&line);
        if (good < line.count) {
            return in_range(indexed, index->dim, line.positions[good * line.position_step], err);
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
        line_function *const gather = size == 1 ? gather1 : size == 4 ? gather4 : gather8;
        const bool good = run_lines(index->out, index->in, index, &walk, gather, err);
        return good ? BACKEND_OK : BACKEND_BAD_INDEX;
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
    const struct scatter_row *row = &scatter_rows[index->function][index->out->dtype];
    const int64_t run = take_run(&walk, &at);
    if (run == 1 && walk.dims > 0) {
        const bool good = run_lines(index->in, index->out, index, &walk, row->line, err);
        return good ? BACKEND_OK : BACKEND_BAD_INDEX;
    }
    do {
        const int64_t position = positions[at.offset[2]];
        if (!in_range(index->out, index->dim, position, err)) {
            return BACKEND_BAD_INDEX;
        }
        const int64_t to = at.offset[1] + position * step;
        row->run(out + to * size, in + at.offset[0] * size, run);
    } while (odometer_next(&at, &walk));
    return BACKEND_OK;
}
