#include "engine/tensor/tensor.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/observer.h"
#include "engine/tensor/compute.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/pool.h"
#include "engine/tensor/storage.h"
#include "engine/tensor/work.h"

/* ---- making ---------------------------------------------------------------------------------- */

/* Takes the storage; `count` is the number of elements of that shape. The caller gives it strides. */
static struct tensor *tensor_on(struct storage *storage, enum dtype dtype,
                                const struct shape *shape, int64_t count)
{
    struct engine *engine = storage->engine;
    struct tensor *tensor = pool_take(&engine->pools->tensors);
    memory_clear(&tensor->offset, sizeof(*tensor) - offsetof(struct tensor, offset));
    tensor->references = 1;
    tensor->id = ++engine->tensor_ids;
    tensor->engine = engine;
    tensor->storage = storage;
    tensor->dtype = dtype;
    tensor->shape = *shape;
    tensor->count = count;
    engine->live_tensors++;
    return tensor;
}

static bool set_negative(const struct shape *shape, int64_t size, struct error *err)
{
    struct text sizes = { 0 };
    shape_append(&sizes, shape);
    error_set(err, "Trying to create tensor with negative dimension %" PRId64 ": %s", size,
              text_string(&sizes));
    text_finish(&sizes);
    return false;
}

static bool set_too_large(const struct shape *shape, struct error *err)
{
    struct text sizes = { 0 };
    shape_append(&sizes, shape);
    error_set(err, "Storage size calculation overflowed with sizes=%s", text_string(&sizes));
    text_finish(&sizes);
    return false;
}

/* The number of elements; false when a size is negative or the number of bytes has no int64. */
static bool spec_count(const struct tensor_spec *spec, int64_t *out, struct error *err)
{
    int64_t count = 1, bytes;
    bool empty = false, fits = true;
    for (int d = 0; d < spec->shape.dims; d++) {
        const int64_t size = spec->shape.size[d];
        if (size < 0) {
            return set_negative(&spec->shape, size, err);
        }
        empty = empty || size == 0;
        fits = !__builtin_mul_overflow(count, size, &count) && fits;
    }
    *out = empty ? 0 : count;
    fits = empty ? shape_is_countable(&spec->shape)
                 : fits && !__builtin_mul_overflow(count, (int64_t)dtype_size(spec->dtype), &bytes);
    return fits || set_too_large(&spec->shape, err);
}

struct tensor_spec tensor_spec_of(const struct tensor *tensor)
{
    return (struct tensor_spec){ tensor->dtype, tensor->shape, tensor->storage->backend };
}

struct tensor *tensor_create(struct engine *engine, const struct tensor_spec *spec,
                             struct error *err)
{
    assert(spec->shape.dims >= 0 && spec->shape.dims <= BACKEND_MAX_DIMS);
    int64_t count;
    if (!spec_count(spec, &count, err)) {
        return NULL;
    }
    struct backend *backend = spec->backend ? spec->backend : engine_cpu(engine);
    const size_t bytes = (size_t)count * dtype_size(spec->dtype);
    struct storage *storage = storage_create(engine, backend, bytes, err);
    if (!storage) {
        return NULL;
    }
    struct tensor *tensor = tensor_on(storage, spec->dtype, &spec->shape, count);
    shape_strides(&spec->shape, tensor->strides);
    return tensor;
}

struct tensor *tensor_create_alike(const struct tensor *like, struct error *err)
{
    assert(tensor_is_row_major(like));
    const size_t bytes = (size_t)like->count * dtype_size(like->dtype);
    struct storage *storage = storage_create(like->engine, tensor_backend(like), bytes, err);
    if (!storage) {
        return NULL;
    }
    struct tensor *tensor = tensor_on(storage, like->dtype, &like->shape, like->count);
    memcpy(tensor->strides, like->strides, sizeof(tensor->strides));
    return tensor;
}

bool tensor_is_alike(const struct tensor *a, const struct tensor *b)
{
    if (a->dtype != b->dtype || a->shape.dims != b->shape.dims ||
        tensor_backend(a) != tensor_backend(b)) {
        return false;
    }
    for (int d = 0; d < a->shape.dims; d++) {
        if (a->shape.size[d] != b->shape.size[d] || a->strides[d] != b->strides[d]) {
            return false;
        }
    }
    return true;
}

bool tensor_check_apart(const struct tensor *tensor, struct error *err)
{
    for (int d = 0; d < tensor->shape.dims; d++) {
        if (tensor->strides[d] == 0 && tensor->shape.size[d] > 1) {
            return error_set(err, "unsupported operation: more than one element of the written-to "
                                  "tensor refers to a single memory location. Please clone() the "
                                  "tensor before performing the operation.");
        }
    }
    return true;
}

struct tensor *tensor_full(struct engine *engine, const struct tensor_spec *spec,
                           struct number value, struct error *err)
{
    struct tensor *tensor =
        number_check(value, spec->dtype, err) ? tensor_create(engine, spec, err) : NULL;
    if (tensor && !compute_fill(tensor, value, err)) {
        tensor_unref(tensor);
        return NULL;
    }
    return tensor;
}

struct tensor *tensor_from_host(struct engine *engine, const struct tensor_spec *spec,
                                const void *elements, struct error *err)
{
    struct tensor *tensor = tensor_create(engine, spec, err);
    if (tensor && !tensor_write(tensor, elements, err)) {
        tensor_unref(tensor);
        return NULL;
    }
    return tensor;
}

struct tensor *tensor_from_number(struct engine *engine, struct number value, enum dtype dtype,
                                  struct error *err)
{
    return tensor_full(engine, &(struct tensor_spec){ .dtype = dtype }, value, err);
}

struct tensor *tensor_from_memory(struct engine *engine, const struct tensor_spec *spec,
                                  const struct tensor_memory *memory, struct error *err)
{
    int64_t count;
    if (!spec_count(spec, &count, err)) {
        return NULL;
    }
    struct storage *storage = storage_borrow(engine, memory);
    struct tensor *tensor = tensor_on(storage, spec->dtype, &spec->shape, count);
    memcpy(tensor->strides, memory->strides, sizeof(tensor->strides));
    const ptrdiff_t offset = (const char *)memory->elements - (const char *)memory->memory;
    assert(offset % (ptrdiff_t)dtype_size(spec->dtype) == 0);
    tensor->offset = offset / (ptrdiff_t)dtype_size(spec->dtype);
    return tensor;
}

/* ---- looking at the same storage --------------------------------------------------------------- */

/* Whether every element that the view reaches lies in the storage. Only asserts ask. */
__attribute__((unused)) static bool reaches_inside(const struct tensor *tensor)
{
    int64_t first = tensor->offset, last = tensor->offset;
    for (int d = 0; d < tensor->shape.dims; d++) {
        const int64_t reach = (tensor->shape.size[d] - 1) * tensor->strides[d];
        first += reach < 0 ? reach : 0;
        last += reach > 0 ? reach : 0;
    }
    const int64_t room = (int64_t)(tensor->storage->bytes / dtype_size(tensor->dtype));
    return tensor->count == 0 || (first >= 0 && last < room);
}

struct tensor *tensor_view(struct tensor *source, const struct shape *shape, const int64_t *strides,
                           int64_t offset)
{
    struct tensor *view =
        tensor_on(storage_ref(source->storage), source->dtype, shape, shape_count(shape));
    for (int d = 0; d < shape->dims; d++) {
        view->strides[d] = strides[d];
    }
    view->offset = offset;
    view->own_version = source->own_version;
    if (view->own_version) {
        view->own_version->references++;
    }
    assert(reaches_inside(view));
    return view;
}

struct tensor *tensor_alias(struct tensor *source)
{
    return tensor_view(source, &source->shape, source->strides, source->offset);
}

static void counter_unref(struct version_counter *counter)
{
    if (counter && --counter->references == 0) {
        free(counter);
    }
}

struct tensor *tensor_alias_unversioned(struct tensor *source)
{
    struct tensor *alias = tensor_alias(source);
    counter_unref(alias->own_version);
    alias->own_version = memory_allocate(1, sizeof(*alias->own_version));
    alias->own_version->references = 1;
    return alias;
}

/* For an observer a tensor has one shape, dtype and device for life: with others it is another one. */
static void change_identity(struct tensor *tensor)
{
    struct engine *engine = tensor->engine;
    if (OBSERVED(engine, tensor_died)) {
        engine->observer->calls->tensor_died(engine->observer->context, tensor);
    }
    tensor->id = ++engine->tensor_ids;
}

void tensor_set_data(struct tensor *tensor, struct tensor *from)
{
    if (tensor->dtype != from->dtype || !shape_equal(&tensor->shape, &from->shape) ||
        tensor_backend(tensor) != tensor_backend(from)) {
        change_identity(tensor);
    }
    storage_ref(from->storage);
    storage_unref(tensor->storage);
    tensor->storage = from->storage;
    tensor->dtype = from->dtype;
    tensor->shape = from->shape;
    memcpy(tensor->strides, from->strides, sizeof(tensor->strides));
    tensor->offset = from->offset;
    tensor->count = from->count;
}

/* ---- life -------------------------------------------------------------------------------------- */

void tensor_free(struct tensor *tensor)
{
    struct engine *engine = tensor->engine;
    assert(tensor->references == 0 && !tensor->wrapper);
    if (OBSERVED(engine, tensor_died)) {
        engine->observer->calls->tensor_died(engine->observer->context, tensor);
    }
    if (tensor->grad_fn || tensor->hooks) {
        engine->graph_died(tensor);
    }
    assert(!tensor->grad_fn && !tensor->hooks);
    tensor_unref(tensor->grad);
    tensor_unref(tensor->base);
    counter_unref(tensor->own_version);
    storage_unref(tensor->storage);
    engine->live_tensors--;
    pool_give(&engine->pools->tensors, tensor);
}

/* ---- asking ------------------------------------------------------------------------------------ */

bool tensor_is_contiguous(const struct tensor *tensor)
{
    return shape_is_contiguous(&tensor->shape, tensor->strides);
}

void tensor_bump_version(struct tensor *tensor)
{
    if (tensor->own_version) {
        tensor->own_version->count++;
    } else {
        tensor->storage->version++;
    }
}

bool tensor_is_leaf(const struct tensor *tensor)
{
    return !tensor->grad_fn;
}

void *tensor_host_data(const struct tensor *tensor)
{
    if (!tensor->storage->backend->impl->host_memory) {
        return NULL;
    }
    return storage_address(tensor->storage, tensor->offset, tensor->dtype);
}

/* ---- elements to and from the host -------------------------------------------------------------- */

static size_t bytes_of(const struct tensor *tensor)
{
    return (size_t)tensor->count * dtype_size(tensor->dtype);
}

static size_t first_byte(const struct tensor *tensor)
{
    return (size_t)tensor->offset * dtype_size(tensor->dtype);
}

/* The elements of a contiguous tensor; whoever watches is told what they are of, and where they go. */
static bool read_dense(const struct tensor *dense, void *out, const struct tensor *of,
                       const struct tensor *to, struct error *err)
{
    const struct observed_work work = { .backend = tensor_backend(dense),
                                        .kind = WORK_TO_HOST,
                                        .from = of,
                                        .to = to,
                                        .bytes = bytes_of(dense) };
    work_begin(dense->engine, &work);
    const bool ok = storage_read(dense->storage, first_byte(dense), out, work.bytes, err);
    work_end(dense->engine, &work);
    return ok;
}

static bool write_dense(struct tensor *dense, const void *elements, const struct tensor *from,
                        const struct tensor *into, struct error *err)
{
    const struct observed_work work = { .backend = tensor_backend(dense),
                                        .kind = WORK_TO_DEVICE,
                                        .from = from,
                                        .to = into,
                                        .bytes = bytes_of(dense) };
    work_begin(dense->engine, &work);
    const bool ok = storage_write(dense->storage, first_byte(dense), elements, work.bytes, err);
    work_end(dense->engine, &work);
    return ok;
}

bool tensor_read_for(const struct tensor *tensor, void *out, const struct tensor *to,
                     struct error *err)
{
    if (tensor->count == 0) {
        return true;
    }
    if (tensor_is_contiguous(tensor)) {
        return read_dense(tensor, out, tensor, to, err);
    }
    const struct tensor_spec spec = tensor_spec_of(tensor);
    struct tensor *dense = tensor_create(tensor->engine, &spec, err);
    const bool ok =
        dense && compute_copy(dense, tensor, err) && read_dense(dense, out, tensor, to, err);
    tensor_unref(dense);
    return ok;
}

bool tensor_write_from(struct tensor *tensor, const void *elements, const struct tensor *from,
                       const struct tensor *into, struct error *err)
{
    if (tensor->count == 0) {
        return true;
    }
    if (tensor_is_contiguous(tensor)) {
        return write_dense(tensor, elements, from, into, err);
    }
    const struct tensor_spec spec = tensor_spec_of(tensor);
    struct tensor *dense = tensor_create(tensor->engine, &spec, err);
    const bool ok =
        dense && write_dense(dense, elements, from, into, err) && compute_copy(tensor, dense, err);
    tensor_unref(dense);
    return ok;
}

bool tensor_read(const struct tensor *tensor, void *out, struct error *err)
{
    return tensor_read_for(tensor, out, NULL, err);
}

bool tensor_write(struct tensor *tensor, const void *elements, struct error *err)
{
    return tensor_write_from(tensor, elements, NULL, tensor, err);
}

static struct number number_at(enum dtype dtype, const void *elements, int64_t i)
{
    if (dtype_is_narrow(dtype)) {
        const double value = narrow_value(dtype, elements, (size_t)i);
        return dtype_is_float(dtype) ? number_real(value) : number_integer((int64_t)value);
    }
    switch ((int)dtype) {
    case DTYPE_BOOL:
        return number_bool(((const uint8_t *)elements)[i] != 0);
    case DTYPE_UINT8:
        return number_integer(((const uint8_t *)elements)[i]);
    case DTYPE_INT32:
        return number_integer(((const int32_t *)elements)[i]);
    case DTYPE_INT64:
        return number_integer(((const int64_t *)elements)[i]);
    case DTYPE_FLOAT32:
        return number_real(((const float *)elements)[i]);
    case DTYPE_FLOAT64:
        return number_real(((const double *)elements)[i]);
    default:
        break;
    }
    assert(!"no such dtype");
    return number_real(0);
}

bool tensor_read_real(const struct tensor *tensor, double *out, struct error *err)
{
    if (tensor->dtype == DTYPE_FLOAT64) {
        return tensor_read(tensor, out, err);
    }
    /* The elements are never wider than a double: read them into its end, spread from the front. */
    const size_t size = dtype_size(tensor->dtype);
    char *narrow = (char *)out + (size_t)tensor->count * (sizeof(*out) - size);
    if (!tensor_read(tensor, narrow, err)) {
        return false;
    }
    for (int64_t i = 0; i < tensor->count; i++) {
        out[i] = number_as_real(number_at(tensor->dtype, narrow, i));
    }
    return true;
}

bool tensor_read_whole(const struct tensor *tensor, int64_t *out, struct error *err)
{
    const size_t size = dtype_size(tensor->dtype);
    char *narrow = (char *)out + (size_t)tensor->count * (sizeof(*out) - size);
    if (!tensor_read(tensor, narrow, err)) {
        return false;
    }
    for (int64_t i = 0; i < tensor->count; i++) {
        out[i] = number_as_integer(number_at(tensor->dtype, narrow, i));
    }
    return true;
}

bool tensor_item(const struct tensor *tensor, struct number *out, struct error *err)
{
    if (tensor->count != 1) {
        return error_set(err, "a Tensor with %" PRId64 " elements cannot be converted to Scalar",
                         tensor->count);
    }
    max_align_t element;
    if (!tensor_read(tensor, &element, err)) {
        return false;
    }
    *out = number_at(tensor->dtype, &element, 0);
    return true;
}
