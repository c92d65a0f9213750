#include "engine/ops/convolve.h"

#include "engine/tensor/compute.h"

/* Columns are made for a few samples at a time, so that they stay in the cache. */
enum { COLUMN_BYTES = 1 << 20 };

void convolution_count_groups(struct convolution *c, const struct shape *weight, int64_t groups)
{
    c->groups = groups;
    c->maps = weight->size[0];
    c->channels = weight->size[1] * groups;
    c->depth = weight->size[1] * window_places(&c->window);
    c->cells = window_count(&c->window);
}

/* ---- matrices ---------------------------------------------------------------------------------- */

/* `count` matrices [rows, columns] of a dense tensor from element `at` on, `step` apart. */
static struct tensor *matrices(struct tensor *dense, int64_t at, const int64_t *step, int64_t count,
                               int64_t rows, int64_t columns)
{
    const struct shape shape = { 3, { count, rows, columns } };
    int64_t strides[BACKEND_MAX_DIMS] = { step[0], step[1], step[2] };
    return tensor_view(dense, &shape, strides, dense->offset + at);
}

/* The weight of a group, the same for `count` samples: [o, depth] or turned. */
static struct tensor *weight_matrix(const struct convolution *c, int64_t group, int64_t count,
                                    bool turned)
{
    const int64_t maps = c->maps / c->groups, at = group * maps * c->depth;
    const int64_t straight[] = { 0, c->depth, 1 }, across[] = { 0, 1, c->depth };
    return turned ? matrices(c->weight, at, across, count, c->depth, maps)
                  : matrices(c->weight, at, straight, count, maps, c->depth);
}

/* A group of the maps of samples [from, from + count): [o, cells]. */
static struct tensor *map_matrix(const struct convolution *c, int64_t group, int64_t from,
                                 int64_t count)
{
    const int64_t maps = c->maps / c->groups;
    const int64_t step[] = { c->maps * c->cells, c->cells, 1 };
    return matrices(c->map, from * step[0] + group * maps * c->cells, step, count, maps, c->cells);
}

/* A group of the columns of `count` samples, the first of them number `from` in `columns`. */
static struct tensor *column_matrix(const struct convolution *c, struct tensor *columns,
                                    int64_t group, int64_t from, int64_t count)
{
    const int64_t step[] = { c->depth * c->groups * c->cells, c->cells, 1 };
    return matrices(columns, from * step[0] + group * c->depth * c->cells, step, count, c->depth,
                    c->cells);
}

/* out = a @ b + beta · out; takes the three. */
static bool multiply(struct tensor *out, struct tensor *a, struct tensor *b, double beta,
                     struct error *err)
{
    const struct compute_gemm gemm = { .a = a, .b = b, .alpha = 1, .beta = beta };
    const bool ok = compute_gemm(out, &gemm, err);
    tensor_unref(out);
    tensor_unref(a);
    tensor_unref(b);
    return ok;
}

/* ---- sample by sample -------------------------------------------------------------------------- */

/* What is done with the columns of samples [from, from + count). */
typedef bool convolution_step(const struct convolution *c, struct tensor *columns, int64_t from,
                              int64_t count, struct error *err);

/* As many samples as have columns of COLUMN_BYTES. */
static int64_t chunk_of(const struct convolution *c)
{
    const int64_t bytes = c->depth * c->groups * c->cells * (int64_t)dtype_size(c->weight->dtype);
    const int64_t fit = bytes > 0 ? COLUMN_BYTES / bytes : c->samples;
    return fit < 1 ? 1 : fit > c->samples ? c->samples : fit;
}

static struct tensor *create_columns(const struct convolution *c, int64_t samples,
                                     struct error *err)
{
    struct tensor_spec spec = { c->weight->dtype,
                                { 1, { samples * c->depth * c->groups * c->cells } },
                                tensor_backend(c->weight) };
    return tensor_create(c->engine, &spec, err);
}

static bool
each_chunk(const struct convolution *c, struct tensor *padded,
           bool (*before)(const struct window *, struct tensor *, struct tensor *, struct error *),
           convolution_step *step,
           bool (*after)(const struct window *, struct tensor *, struct tensor *, struct error *),
           struct error *err)
{
    const int64_t chunk = chunk_of(c);
    struct tensor *columns = create_columns(c, chunk, err);
    bool ok = columns != NULL;
    for (int64_t from = 0; ok && from < c->samples; from += chunk) {
        const int64_t left = c->samples - from, count = left < chunk ? left : chunk;
        struct tensor *part = window_part(padded, from, count);
        ok = (!before || before(&c->window, columns, part, err)) &&
             step(c, columns, from, count, err) &&
             (!after || after(&c->window, part, columns, err));
        tensor_unref(part);
    }
    tensor_unref(columns);
    return ok;
}

/* map = w @ u + map, which holds the bias */
static bool map_step(const struct convolution *c, struct tensor *columns, int64_t from,
                     int64_t count, struct error *err)
{
    bool ok = true;
    for (int64_t g = 0; ok && g < c->groups; g++) {
        ok = multiply(map_matrix(c, g, from, count), weight_matrix(c, g, count, false),
                      column_matrix(c, columns, g, 0, count), 1, err);
    }
    return ok;
}

/* u = wᵀ @ map */
static bool image_step(const struct convolution *c, struct tensor *columns, int64_t from,
                       int64_t count, struct error *err)
{
    bool ok = true;
    for (int64_t g = 0; ok && g < c->groups; g++) {
        ok = multiply(column_matrix(c, columns, g, 0, count), weight_matrix(c, g, count, true),
                      map_matrix(c, g, from, count), 0, err);
    }
    return ok;
}

/* dw = dw + map @ uᵀ, one sample after the other */
static bool weight_step(const struct convolution *c, struct tensor *columns, int64_t from,
                        int64_t count, struct error *err)
{
    bool ok = true;
    for (int64_t n = 0; ok && n < count; n++) {
        for (int64_t g = 0; ok && g < c->groups; g++) {
            struct tensor *u = column_matrix(c, columns, g, n, 1);
            const struct shape turned = { 3, { 1, c->cells, c->depth } };
            const int64_t strides[BACKEND_MAX_DIMS] = { 0, 1, c->cells };
            struct tensor *right = tensor_view(u, &turned, strides, u->offset);
            tensor_unref(u);
            ok = multiply(weight_matrix(c, g, 1, false), map_matrix(c, g, from + n, 1), right, 1,
                          err);
        }
    }
    return ok;
}

/* Each cell its own window: the image is its columns. */
static bool is_plain(const struct convolution *c, const struct tensor *image)
{
    return window_is_trivial(&c->window) && tensor_is_contiguous(image);
}

bool convolution_make_map(const struct convolution *c, struct error *err)
{
    if (is_plain(c, c->image)) {
        return map_step(c, c->image, 0, c->samples, err);
    }
    struct tensor *padded = window_pad(&c->window, c->image, 0, err);
    const bool ok = padded && each_chunk(c, padded, window_unfold, map_step, NULL, err);
    tensor_unref(padded);
    return ok;
}

bool convolution_make_image(const struct convolution *c, struct error *err)
{
    if (is_plain(c, c->image)) {
        return image_step(c, c->image, 0, c->samples, err);
    }
    struct tensor *room = window_room(&c->window, c->image, err);
    const bool ok = room && each_chunk(c, room, NULL, image_step, window_fold, err) &&
                    window_crop(&c->window, c->image, room, err);
    tensor_unref(room);
    return ok;
}

bool convolution_make_weight(const struct convolution *c, struct error *err)
{
    if (!compute_fill(c->weight, number_integer(0), err)) {
        return false;
    }
    if (is_plain(c, c->image)) {
        return weight_step(c, c->image, 0, c->samples, err);
    }
    struct tensor *padded = window_pad(&c->window, c->image, 0, err);
    const bool ok = padded && each_chunk(c, padded, window_unfold, weight_step, NULL, err);
    tensor_unref(padded);
    return ok;
}
