/* Sums, products, the largest so far and sums of powers along a dimension, in order: one thread walks a
 * row, in double, as on the CPU. */

#include "gpu/sort.h"

struct scan_call {
    struct walk rows; /* in, out, with the dimension taken out */
    const void *in;
    void *out;
    int64_t length, in_step, out_step;
};

template <class In, class Out, class total_type, bool of_product>
__global__ void scan_rows(struct scan_call call)
{
    GPU_ROLL
    for (int64_t row = thread_number(); row < call.rows.count; row += thread_count()) {
        const struct places<2> at = walk_places<2>(call.rows, row);
        const In *const in = (const In *)call.in + at.at[0];
        Out *const out = (Out *)call.out + at.at[1];
        total_type total = of_product;
        for (int64_t i = 0; i < call.length; i++) {
            const total_type value = (total_type)in[i * call.in_step];
            total = of_product ? total * value : total + value;
            out[i * call.out_step] = (Out)total;
        }
    }
}

template <class type> static __device__ bool scan_is_nan(type)
{
    return false;
}

template <> __device__ bool scan_is_nan(float a)
{
    return a != a;
}

template <> __device__ bool scan_is_nan(double a)
{
    return a != a;
}

template <class In, bool of_max> __global__ void scan_extremes(struct scan_call call)
{
    GPU_ROLL
    for (int64_t row = thread_number(); row < call.rows.count; row += thread_count()) {
        const struct places<2> at = walk_places<2>(call.rows, row);
        const In *const in = (const In *)call.in + at.at[0];
        int64_t *const out = (int64_t *)call.out + at.at[1];
        int64_t best = 0;
        In most = in[0];
        for (int64_t i = 0; i < call.length; i++) {
            const In value = in[i * call.in_step];
            /* From the first nan on only another one takes its place. */
            if (scan_is_nan(value) ||
                (!scan_is_nan(most) && (of_max ? value >= most : value <= most))) {
                most = value;
                best = i;
            }
            out[i * call.out_step] = best;
        }
    }
}

/* ln(e^a + e^b); infinities by themselves. */
static __device__ double scan_log_sum(double a, double b)
{
    const bool b_least = scan_is_nan(b) || b < a;
    const double least = b_least ? b : a, most = scan_is_nan(b) || !b_least ? b : a;
    return least != most || isfinite(least) ? log1p(exp(least - most)) + most : a;
}

template <class type> __global__ void scan_powers(struct scan_call call)
{
    GPU_ROLL
    for (int64_t row = thread_number(); row < call.rows.count; row += thread_count()) {
        const struct places<2> at = walk_places<2>(call.rows, row);
        const type *const in = (const type *)call.in + at.at[0];
        type *const out = (type *)call.out + at.at[1];
        double total = -INFINITY;
        for (int64_t i = 0; i < call.length; i++) {
            total = scan_log_sum((double)in[i * call.in_step], total);
            out[i * call.out_step] = (type)total;
        }
    }
}

typedef void scan_kernel(struct scan_call call);

template <bool of_product> static scan_kernel *find(enum dtype dtype)
{
    switch (dtype) {
    case DTYPE_BOOL:
    case DTYPE_UINT8:
        return scan_rows<uint8_t, int64_t, uint64_t, of_product>;
    case DTYPE_INT32:
        return scan_rows<int32_t, int64_t, uint64_t, of_product>;
    case DTYPE_INT64:
        return scan_rows<int64_t, int64_t, uint64_t, of_product>;
    case DTYPE_FLOAT32:
        return scan_rows<float, float, double, of_product>;
    default:
        return scan_rows<double, double, double, of_product>;
    }
}

template <bool of_max> static scan_kernel *find_extremes(enum dtype dtype)
{
    switch (dtype) {
    case DTYPE_BOOL:
    case DTYPE_UINT8:
        return scan_extremes<uint8_t, of_max>;
    case DTYPE_INT32:
        return scan_extremes<int32_t, of_max>;
    case DTYPE_INT64:
        return scan_extremes<int64_t, of_max>;
    case DTYPE_FLOAT32:
        return scan_extremes<float, of_max>;
    default:
        return scan_extremes<double, of_max>;
    }
}

static scan_kernel *kernel_of(enum scan_function function, enum dtype dtype)
{
    switch (function) {
    case SCAN_PROD:
        return find<true>(dtype);
    case SCAN_MAX:
        return find_extremes<true>(dtype);
    case SCAN_MIN:
        return find_extremes<false>(dtype);
    case SCAN_LOG_SUM_EXP:
        return dtype == DTYPE_FLOAT32 ? scan_powers<float> : scan_powers<double>;
    case SCAN_SUM:
    case SCAN_SORT: /* not made here */
        break;
    }
    return find<false>(dtype);
}

int64_t scan_rows_of(struct walk *rows, const struct backend_scan *scan)
{
    struct backend_view in = *scan->in, out = *scan->out;
    int64_t length = 1;
    if (in.dims > 0) {
        length = in.shape[scan->dim];
        in.shape[scan->dim] = out.shape[scan->dim] = 1;
    }
    const struct backend_view *const views[] = { &in, &out };
    walk_init(rows, views, 2);
    return length;
}

/* Backwards is forwards from the last element, with the steps turned round. */
static struct scan_call call_of(const struct backend_scan *scan)
{
    struct scan_call call = {};
    call.length = scan_rows_of(&call.rows, scan);
    call.in_step = scan->in->dims > 0 ? scan->in->strides[scan->dim] : 0;
    call.out_step = scan->in->dims > 0 ? scan->out->strides[scan->dim] : 0;
    const bool reverse =
        scan->reverse && (scan->function == SCAN_SUM || scan->function == SCAN_PROD);
    const int64_t last = reverse && call.length > 0 ? call.length - 1 : 0;
    call.in =
        (const char *)scan->in->data + last * call.in_step * (int64_t)dtype_bytes(scan->in->dtype);
    call.out =
        (char *)scan->out->data + last * call.out_step * (int64_t)dtype_bytes(scan->out->dtype);
    if (reverse) {
        call.in_step = -call.in_step;
        call.out_step = -call.out_step;
    }
    return call;
}

enum backend_status cuda_scan(struct backend *backend, const struct backend_scan *scan,
                              struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    if (scan->function == SCAN_SORT) {
        return scan_sort(cuda, scan, err);
    }
    const struct scan_call call = call_of(scan);
    if (call.rows.count == 0 || call.length == 0) {
        return BACKEND_OK;
    }
    scan_kernel *const kernel = kernel_of(scan->function, scan->in->dtype);
    GPU_LAUNCH(kernel, cuda_grid(cuda, call.rows.count), CUDA_BLOCK, 0, cuda->stream, call);
    return cuda_launched(cuda, "scan", err);
}
