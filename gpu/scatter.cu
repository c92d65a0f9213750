/* scatter: elements that can meet in one place agree in all dimensions but `dim`; they are a line, and have
 * to be brought in one after the other for the result to be the CPU's to the last bit. So nothing is added
 * atomically, but for whole numbers, whose sums no order changes. A line is walked by one thread, or, where
 * that would take long, sorted by its indices first: then every place has its elements side by side, and a
 * thread of its own. */

#include "gpu/index.h"
#include "gpu/sort.h"

/* From here on a line is sorted. Below it one thread is done sooner than all the launches. */
static const int64_t LONG_LINE = 256;

/* What becomes of what a place has, and of the next element that comes to it. */
template <class T> struct put {
    typedef T type;
    static __device__ __forceinline__ T next(T, T value)
    {
        return value;
    }
};
template <class T> struct add {
    typedef T type;
    static __device__ __forceinline__ T next(T there, T value)
    {
        return (T)(there + value);
    }
};
struct unite {
    typedef uint8_t type;
    static __device__ __forceinline__ uint8_t next(uint8_t there, uint8_t value)
    {
        return there | value;
    }
};

template <class way> __global__ void scatter_lines(struct index_call call)
{
    typedef typename way::type T;
    GPU_ROLL
    for (int64_t i = thread_number(); i < call.places.count; i += thread_count()) {
        const struct places<3> at = walk_places<3>(call.places, i);
        GPU_ROLL
        for (int64_t k = 0; k < call.length; k++) {
            const int64_t position = call.index[at.at[2] + k * call.index_step];
            if (in_range(call, position)) {
                T *const place = (T *)call.out + at.at[1] + position * call.step;
                *place = way::next(*place, ((const T *)call.in)[at.at[0] + k * call.in_step]);
            }
        }
    }
}

/* Whole numbers, each element by itself. */
static __device__ __forceinline__ void add_whole(uint32_t *place, uint32_t value)
{
    atomicAdd(place, value);
}

static __device__ __forceinline__ void add_whole(uint64_t *place, uint64_t value)
{
    atomicAdd((unsigned long long *)place, (unsigned long long)value);
}

template <class T> __global__ void scatter_whole(struct index_call call)
{
    GPU_ROLL
    for (int64_t i = thread_number(); i < call.places.count; i += thread_count()) {
        const struct places<3> at = walk_places<3>(call.places, i);
        const int64_t position = call.index[at.at[2]];
        if (in_range(call, position)) {
            add_whole((T *)call.out + at.at[1] + position * call.step,
                      ((const T *)call.in)[at.at[0]]);
        }
    }
}

/* ---- sorted lines ---------------------------------------------------------------------------------------- */

/* Lines with indices of their own, or one for all of them. */
static __global__ void scatter_keys(struct index_call call, struct keyed *items, int64_t lines)
{
    GPU_ROLL
    for (int64_t i = thread_number(); i < lines * call.length; i += thread_count()) {
        const int64_t line = i / call.length, k = i - line * call.length;
        const int64_t at = walk_places<3>(call.places, line).at[2] + k * call.index_step;
        items[i] = { (uint64_t)call.index[at], k };
    }
}

/* A thread for each place that elements come to: that of the first of them. Neighbouring threads have
 * neighbouring lines, whose elements lie side by side where they are rows of a matrix. */
template <class way>
__global__ void scatter_sorted(struct index_call call, const struct keyed *items, int64_t lines)
{
    typedef typename way::type T;
    GPU_ROLL
    for (int64_t i = thread_number(); i < call.places.count * call.length; i += thread_count()) {
        const int64_t first = i / call.places.count, line = i - first * call.places.count;
        const struct keyed *const row = items + (lines > 1 ? line * call.length : 0);
        const uint64_t key = row[first].key;
        if ((first > 0 && row[first - 1].key == key) || !in_range(call, (int64_t)key)) {
            continue;
        }
        const struct places<3> at = walk_places<3>(call.places, line);
        const T *const in = (const T *)call.in + at.at[0];
        T *const place = (T *)call.out + at.at[1] + (int64_t)key * call.step;
        T value = *place;
        for (int64_t k = first; k < call.length && row[k].key == key; k++) {
            value = way::next(value, in[row[k].place * call.in_step]);
        }
        *place = value;
    }
}

/* ---- calls ------------------------------------------------------------------------------------------------ */

/* The two kernels of a way. */
struct scatter_way {
    void (*lines)(struct index_call call);
    void (*sorted)(struct index_call call, const struct keyed *items, int64_t lines);
};

template <class way> static struct scatter_way way_of()
{
    return { scatter_lines<way>, scatter_sorted<way> };
}

static struct scatter_way find_put(enum dtype dtype)
{
    switch (dtype_bytes(dtype)) {
    case 1:
        return way_of<put<uint8_t>>();
    case 4:
        return way_of<put<uint32_t>>();
    default:
        return way_of<put<uint64_t>>();
    }
}

static struct scatter_way find_add(enum dtype dtype)
{
    switch (dtype) {
    case DTYPE_BOOL:
        return way_of<struct unite>();
    case DTYPE_UINT8:
        return way_of<add<uint8_t>>();
    case DTYPE_FLOAT32:
        return way_of<add<float>>();
    default:
        return way_of<add<double>>();
    }
}

static enum backend_status run_whole(struct cuda *cuda, const struct backend_index *index,
                                     struct index_call *call, struct error *err)
{
    index_places(&call->places, index->in, index->out, index);
    const unsigned grid = cuda_grid(cuda, call->places.count);
    if (index->out->dtype == DTYPE_INT32) {
        GPU_LAUNCH(scatter_whole<uint32_t>, grid, CUDA_BLOCK, 0, cuda->stream, *call);
    } else {
        GPU_LAUNCH(scatter_whole<uint64_t>, grid, CUDA_BLOCK, 0, cuda->stream, *call);
    }
    return cuda_launched(cuda, "scatter", err);
}

/* Whether all lines have the same indices, as where whole rows are brought in. */
static bool share_indices(const struct index_call *call)
{
    for (int d = 0; d < call->places.dims; d++) {
        if (call->places.strides[2][d] != 0) {
            return false;
        }
    }
    return true;
}

static enum backend_status run_sorted(struct cuda *cuda, const struct scatter_way *way,
                                      const struct index_call *call, struct error *err)
{
    const int64_t lines = share_indices(call) ? 1 : call->places.count;
    const size_t bytes = 2 * (size_t)(lines * call->length) * sizeof(struct keyed);
    void *room;
    const enum backend_status status = cuda_alloc(&cuda->base, bytes, &room, err);
    if (status != BACKEND_OK) {
        return status;
    }
    struct keyed *const items = (struct keyed *)room;
    GPU_LAUNCH(scatter_keys, cuda_grid(cuda, lines * call->length), CUDA_BLOCK, 0, cuda->stream,
               *call, items, lines);
    const struct keyed *const sorted = sort_rows(cuda, items, lines, call->length);
    GPU_LAUNCH(way->sorted, cuda_grid(cuda, call->places.count * call->length), CUDA_BLOCK, 0,
               cuda->stream, *call, sorted, lines);
    cuda_release(&cuda->base, room, bytes);
    return cuda_launched(cuda, "scatter", err);
}

enum backend_status cuda_scatter(struct backend *backend, const struct backend_index *index,
                                 struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum dtype dtype = index->out->dtype;
    const bool puts = index->function == SCATTER_PUT;
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    struct index_call call = index_call_of(cuda, index, index->out);
    struct backend_view line = *index->in;
    call.length = line.shape[index->dim];
    call.in_step = line.strides[index->dim];
    call.index_step = index->index->strides[index->dim];
    line.shape[index->dim] = 1;
    index_places(&call.places, &line, index->out, index);
    if (call.places.count == 0 || call.length == 0) {
        return BACKEND_OK;
    }
    cuda->suspect = true;
    if (!puts && (dtype == DTYPE_INT32 || dtype == DTYPE_INT64)) {
        return run_whole(cuda, index, &call, err);
    }
    const struct scatter_way way = puts ? find_put(dtype) : find_add(dtype);
    if (call.length >= LONG_LINE) {
        return run_sorted(cuda, &way, &call, err);
    }
    GPU_LAUNCH(way.lines, cuda_grid(cuda, call.places.count), CUDA_BLOCK, 0, cuda->stream, call);
    return cuda_launched(cuda, "scatter", err);
}
