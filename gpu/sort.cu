/* The places of a row's elements in order, by merging: sorted runs of 1, 2, 4, ... elements become runs of
 * twice as many. Each thread finds the new place of one element: the number of elements before it in its own
 * run and, by halving, in the neighbour; of equals, those of the first run go first. So it is stable, and all
 * elements of all rows move at once. */

#include <string.h>

#include "gpu/sort.h"

struct sort_call {
    struct walk rows; /* in, out */
    const void *in;
    int64_t *out;
    int64_t length, in_step, out_step, count; /* count: of all rows */
    bool reverse;
};

/* Keys are in the order of the elements: as unsigned numbers, nan after everything, one zero. */
static __device__ __forceinline__ uint64_t key_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    bits = x == 0 ? 0 : bits;
    const uint64_t sign = (uint64_t)1 << 63;
    return x != x ? UINT64_MAX : bits & sign ? ~bits : bits | sign;
}

static __device__ __forceinline__ uint64_t key_of(float x)
{
    return key_of((double)x);
}

static __device__ __forceinline__ uint64_t key_of(int64_t x)
{
    return (uint64_t)x ^ (uint64_t)1 << 63;
}

static __device__ __forceinline__ uint64_t key_of(int32_t x)
{
    return key_of((int64_t)x);
}

static __device__ __forceinline__ uint64_t key_of(uint8_t x)
{
    return key_of((int64_t)x);
}

template <class T> __global__ void sort_begin(struct sort_call call, struct keyed *to)
{
    GPU_ROLL
    for (int64_t i = thread_number(); i < call.count; i += thread_count()) {
        const int64_t row = i / call.length, place = i - row * call.length;
        const T *const in = (const T *)call.in + walk_places<2>(call.rows, row).at[0];
        const uint64_t key = key_of(in[place * call.in_step]);
        to[i] = { call.reverse ? ~key : key, place };
    }
}

/* How many of a sorted run are below `key`, or also equal to it. */
static __device__ __forceinline__ int64_t count_before(const struct keyed *run, int64_t length,
                                                       uint64_t key, bool or_equal)
{
    int64_t low = 0, high = length;
    GPU_ROLL
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (run[middle].key < key || (or_equal && run[middle].key == key)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Of `count` elements in rows of `length`: runs of `width`, two and two; a row's last ones may be shorter or
 * missing. */
static __global__ void sort_merge(const struct keyed *from, struct keyed *to, int64_t count,
                                  int64_t length, int64_t width)
{
    GPU_ROLL
    for (int64_t i = thread_number(); i < count; i += thread_count()) {
        const int64_t row = i / length, place = i - row * length;
        const int64_t first = place / (2 * width) * (2 * width);
        const int64_t second = first + width < length ? first + width : length;
        const int64_t end = second + width < length ? second + width : length;
        const struct keyed *const begin = from + row * length;
        const struct keyed item = begin[place];
        const int64_t before =
            place < second ? place + count_before(begin + second, end - second, item.key, false)
                           : first + (place - second) +
                                 count_before(begin + first, second - first, item.key, true);
        to[row * length + before] = item;
    }
}

struct keyed *sort_rows(const struct cuda *cuda, struct keyed *items, int64_t rows, int64_t length)
{
    const int64_t count = rows * length;
    struct keyed *from = items, *to = items + count;
    for (int64_t width = 1; width < length; width *= 2) {
        GPU_LAUNCH(sort_merge, cuda_grid(cuda, count), CUDA_BLOCK, 0, cuda->stream, from, to, count,
                   length, width);
        struct keyed *const kept = from;
        from = to;
        to = kept;
    }
    return from;
}

/* ---- the places of a scan ------------------------------------------------------------------------------- */

static __global__ void sort_end(struct sort_call call, const struct keyed *from)
{
    GPU_ROLL
    for (int64_t i = thread_number(); i < call.count; i += thread_count()) {
        const int64_t row = i / call.length, place = i - row * call.length;
        call.out[walk_places<2>(call.rows, row).at[1] + place * call.out_step] = from[i].place;
    }
}

typedef void sort_begin_kernel(struct sort_call call, struct keyed *to);

static sort_begin_kernel *find_begin(enum dtype dtype)
{
    switch (dtype) {
    case DTYPE_BOOL:
    case DTYPE_UINT8:
        return sort_begin<uint8_t>;
    case DTYPE_INT32:
        return sort_begin<int32_t>;
    case DTYPE_INT64:
        return sort_begin<int64_t>;
    case DTYPE_FLOAT32:
        return sort_begin<float>;
    default:
        return sort_begin<double>;
    }
}

enum backend_status scan_sort(struct cuda *cuda, const struct backend_scan *scan, struct error *err)
{
    struct sort_call call = {};
    call.length = scan_rows_of(&call.rows, scan);
    call.count = call.rows.count * call.length;
    call.in = scan->in->data;
    call.out = (int64_t *)scan->out->data;
    call.in_step = scan->in->dims > 0 ? scan->in->strides[scan->dim] : 0;
    call.out_step = scan->in->dims > 0 ? scan->out->strides[scan->dim] : 0;
    call.reverse = scan->reverse;
    if (call.count == 0) {
        return BACKEND_OK;
    }
    const size_t bytes = 2 * (size_t)call.count * sizeof(struct keyed);
    void *room;
    const enum backend_status status = cuda_alloc(&cuda->base, bytes, &room, err);
    if (status != BACKEND_OK) {
        return status;
    }
    struct keyed *const items = (struct keyed *)room;
    const unsigned grid = cuda_grid(cuda, call.count);
    sort_begin_kernel *const begin = find_begin(scan->in->dtype);
    GPU_LAUNCH(begin, grid, CUDA_BLOCK, 0, cuda->stream, call, items);
    const struct keyed *const sorted = sort_rows(cuda, items, call.rows.count, call.length);
    GPU_LAUNCH(sort_end, grid, CUDA_BLOCK, 0, cuda->stream, call, sorted);
    cuda_release(&cuda->base, room, bytes);
    return cuda_launched(cuda, "sort", err);
}
