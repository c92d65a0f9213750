#include "engine/ops/window.h"

#include <assert.h>
#include <string.h>

#include "engine/tensor/compute.h"

void window_list(int64_t *out, const struct op_attrs *attrs, uint64_t attr,
                 const struct shape *list, int spatial, int64_t fallback)
{
    const int given = attrs->present & attr ? list->dims : 0;
    for (int d = 0; d < spatial; d++) {
        out[d] = given == 0 ? fallback : list->size[d < given ? d : given - 1];
    }
}

int64_t window_reach(const struct window *window, int d)
{
    return window->dilation[d] * (window->kernel[d] - 1) + 1;
}

static int64_t product(const int64_t *sizes, int count)
{
    int64_t result = 1;
    for (int d = 0; d < count; d++) {
        result *= sizes[d];
    }
    return result;
}

int64_t window_places(const struct window *window)
{
    return product(window->kernel, window->spatial);
}

int64_t window_count(const struct window *window)
{
    return product(window->out, window->spatial);
}

bool window_is_trivial(const struct window *window)
{
    for (int d = 0; d < window->spatial; d++) {
        if (window->kernel[d] != 1 || window->stride[d] != 1 || window->padding[d] != 0) {
            return false;
        }
    }
    return true;
}

/* ---- what is around the image ------------------------------------------------------------------ */

/* The size of the padded image; false when it is the image. The last window may reach further than the
 * padding (a pool that rounds up), or not reach the end. */
static bool padded_shape(const struct window *window, const struct shape *image, struct shape *out)
{
    const int lead = image->dims - window->spatial;
    bool larger = false;
    *out = *image;
    for (int d = 0; d < window->spatial; d++) {
        const int64_t end = (window->out[d] - 1) * window->stride[d] + window_reach(window, d);
        const int64_t least = window->padding[d] + window->image[d];
        out->size[lead + d] = end > least ? end : least;
        larger = larger || out->size[lead + d] != window->image[d];
    }
    return larger;
}

/* Where the image is in the padded one. */
static struct tensor *inner_view(const struct window *window, struct tensor *padded,
                                 const struct shape *image)
{
    const int lead = image->dims - window->spatial;
    int64_t offset = padded->offset;
    for (int d = 0; d < window->spatial; d++) {
        offset += window->padding[d] * padded->strides[lead + d];
    }
    return tensor_view(padded, image, padded->strides, offset);
}

static struct tensor *filled(const struct tensor *like, const struct shape *shape, double value,
                             struct error *err)
{
    const struct tensor_spec spec = { like->dtype, *shape, tensor_backend(like) };
    return tensor_full(like->engine, &spec, number_real(value), err);
}

struct tensor *window_pad(const struct window *window, struct tensor *image, double value,
                          struct error *err)
{
    struct shape shape;
    if (!padded_shape(window, &image->shape, &shape)) {
        return tensor_ref(image);
    }
    struct tensor *padded = filled(image, &shape, value, err);
    if (!padded) {
        return NULL;
    }
    struct tensor *inner = inner_view(window, padded, &image->shape);
    const bool ok = compute_copy(inner, image, err);
    tensor_unref(inner);
    if (!ok) {
        tensor_unref(padded);
    }
    return ok ? padded : NULL;
}

struct tensor *window_room(const struct window *window, struct tensor *image, struct error *err)
{
    struct shape shape;
    if (padded_shape(window, &image->shape, &shape)) {
        return filled(image, &shape, 0, err);
    }
    return compute_fill(image, number_integer(0), err) ? tensor_ref(image) : NULL;
}

bool window_crop(const struct window *window, struct tensor *image, struct tensor *padded,
                 struct error *err)
{
    if (padded == image) {
        return true;
    }
    struct tensor *inner = inner_view(window, padded, &image->shape);
    const bool ok = compute_copy(image, inner, err);
    tensor_unref(inner);
    return ok;
}

/* ---- what windows see -------------------------------------------------------------------------- */

struct tensor *window_look(const struct window *window, struct tensor *padded, int64_t place)
{
    const int lead = padded->shape.dims - window->spatial;
    struct shape shape = padded->shape;
    int64_t strides[BACKEND_MAX_DIMS], offset = padded->offset;
    memcpy(strides, padded->strides, sizeof(strides));
    for (int d = window->spatial - 1; d >= 0; d--) {
        const int64_t at = place % window->kernel[d];
        place /= window->kernel[d];
        offset += at * window->dilation[d] * padded->strides[lead + d];
        shape.size[lead + d] = window->out[d];
        strides[lead + d] *= window->out[d] > 1 ? window->stride[d] : 1;
    }
    return tensor_view(padded, &shape, strides, offset);
}

/* The part of dense columns [n, c, place ..., out ...] that belongs to one place: [n, c, out ...]. */
static struct tensor *column_look(const struct window *window, struct tensor *columns,
                                  const struct tensor *padded, int64_t place)
{
    const int lead = padded->shape.dims - window->spatial;
    const int64_t count = window_count(window), block = window_places(window) * count;
    struct shape shape = padded->shape;
    int64_t strides[BACKEND_MAX_DIMS], step = block;
    for (int d = lead - 1; d >= 0; d--) {
        strides[d] = step;
        step *= shape.size[d];
    }
    step = 1;
    for (int d = window->spatial - 1; d >= 0; d--) {
        shape.size[lead + d] = window->out[d];
        strides[lead + d] = step;
        step *= window->out[d];
    }
    return tensor_view(columns, &shape, strides, columns->offset + place * count);
}

bool window_unfold(const struct window *window, struct tensor *columns, struct tensor *padded,
                   struct error *err)
{
    const int64_t places = window_places(window);
    bool ok = true;
    for (int64_t place = 0; ok && place < places; place++) {
        struct tensor *seen = window_look(window, padded, place);
        struct tensor *column = column_look(window, columns, padded, place);
        ok = compute_copy(column, seen, err);
        tensor_unref(column);
        tensor_unref(seen);
    }
    return ok;
}

bool window_fold(const struct window *window, struct tensor *padded, struct tensor *columns,
                 struct error *err)
{
    const int64_t places = window_places(window);
    bool ok = true;
    for (int64_t place = 0; ok && place < places; place++) {
        struct tensor *seen = window_look(window, padded, place);
        struct tensor *column = column_look(window, columns, padded, place);
        ok = compute_map2(seen, MAP_ADD, operand_tensor(seen), operand_tensor(column), err);
        tensor_unref(column);
        tensor_unref(seen);
    }
    return ok;
}

/* ---- small words ------------------------------------------------------------------------------- */

struct tensor *window_dense(struct tensor *tensor, struct error *err)
{
    if (tensor_is_contiguous(tensor)) {
        return tensor_ref(tensor);
    }
    const struct tensor_spec spec = tensor_spec_of(tensor);
    struct tensor *dense = tensor_create(tensor->engine, &spec, err);
    if (dense && !compute_copy(dense, tensor, err)) {
        tensor_unref(dense);
        return NULL;
    }
    return dense;
}

struct tensor *window_part(struct tensor *tensor, int64_t from, int64_t count)
{
    assert(from >= 0 && from + count <= tensor->shape.size[0]);
    struct shape shape = tensor->shape;
    shape.size[0] = count;
    return tensor_view(tensor, &shape, tensor->strides, tensor->offset + from * tensor->strides[0]);
}
