/* Softmax and its kin: a row in one launch. As many threads share a row as the contract's sum has lanes,
 * or, where it is long, a whole block: all of them make what is summed up, a tile of it at a time, and
 * one for each lane adds it in order. */

#include "engine/formulas/float_math.h"
#include "gpu/reduce_kernels.h"

enum { MOST_LANES = 8, TILE = 2048 /* elements, of all rows of a block */, LONG_ROW = 256 };

/* Views in the walk: out, a, b. */
struct rows_call {
    struct walk rows; /* with the dimension taken out */
    void *out;
    const void *a, *b;
    int64_t length, out_step, a_step, b_step;
    int lanes;    /* of a row's sum */
    bool is_last; /* the dimension */
    int threads;  /* of a row */
};

static __device__ __forceinline__ float power(float x)
{
    return float_exp(x);
}

static __device__ __forceinline__ double power(double x)
{
    return exp(x);
}

static __device__ __forceinline__ float logarithm(float x)
{
    return float_log(x);
}

static __device__ __forceinline__ double logarithm(double x)
{
    return log(x);
}

/* ---- the functions: what is summed up, what becomes of the sum, and an element of the result -------- */

struct softmax {
    static constexpr bool needs_most = true;
    template <class T> static __device__ __forceinline__ T term(T a, T, T most)
    {
        return power(a - most);
    }
    template <class T> static __device__ __forceinline__ T sum(T sum, bool is_last)
    {
        return is_last ? 1 / sum : sum;
    }
    template <class T>
    static __device__ __forceinline__ T result(T a, T, T most, T sum, bool is_last)
    {
        return is_last ? power(a - most) * sum : power(a - most) / sum;
    }
};

struct log_softmax {
    static constexpr bool needs_most = true;
    template <class T> static __device__ __forceinline__ T term(T a, T, T most)
    {
        return power(a - most);
    }
    template <class T> static __device__ __forceinline__ T sum(T sum, bool)
    {
        return logarithm(sum);
    }
    template <class T> static __device__ __forceinline__ T result(T a, T, T most, T sum, bool)
    {
        return (a - most) - sum;
    }
};

struct softmax_grad {
    static constexpr bool needs_most = false;
    template <class T> static __device__ __forceinline__ T term(T a, T b, T)
    {
        return a * b;
    }
    template <class T> static __device__ __forceinline__ T sum(T sum, bool)
    {
        return sum;
    }
    template <class T> static __device__ __forceinline__ T result(T a, T b, T, T sum, bool)
    {
        return (a - sum) * b;
    }
};

struct log_softmax_grad {
    static constexpr bool needs_most = false;
    template <class T> static __device__ __forceinline__ T term(T a, T, T)
    {
        return a;
    }
    template <class T> static __device__ __forceinline__ T sum(T sum, bool)
    {
        return sum;
    }
    template <class T> static __device__ __forceinline__ T result(T a, T b, T, T sum, bool)
    {
        return fma(-power(b), sum, a);
    }
};

/* ---- one row ---------------------------------------------------------------------------------------------- */

template <class T> struct row {
    T *out;
    const T *a, *b;
};

template <class T>
static __device__ __forceinline__ struct row<T> row_at(const struct rows_call &call,
                                                       int64_t number) {
    const struct places<3> at = walk_places<3>(call.rows, number);
    return { (T *)call.out + at.at[0], (const T *)call.a + at.at[1], (const T *)call.b + at.at[2] };
}

/* The larger one; nan wins. */
template <class T>
static __device__ __forceinline__ T larger(T a, T b)
{
    return a != a || a > b ? a : b;
}

/* Of `mine`, one of each thread of the row, the largest, for all of them. Every thread of the block comes
 * here, because of the barriers. */
template <class T>
static __device__ __forceinline__ T largest(const struct rows_call &call, T *shared, T mine)
{
    const int thread = (int)threadIdx.x % call.threads;
    shared[threadIdx.x] = mine;
    __syncthreads();
    for (int width = call.threads / 2; width > 0; width /= 2) {
        if (thread < width) {
            shared[threadIdx.x] = larger(shared[threadIdx.x], shared[threadIdx.x + width]);
        }
        __syncthreads();
    }
    const T most = shared[threadIdx.x - thread];
    __syncthreads();
    return most;
}

template <class T, class function>
static __device__ __forceinline__ T sum_of_row(const struct rows_call &call, T *shared,
                                               const struct row<T> &row, T most, bool is_one)
{
    const int thread = (int)threadIdx.x % call.threads;
    const int64_t tile = TILE / CUDA_BLOCK * (int64_t)call.threads;
    T *const terms = shared + (threadIdx.x - thread) * (TILE / CUDA_BLOCK);
    T lane = (T)-0.0; /* changes nothing, not even -0 */
    for (int64_t from = 0; from < call.length; from += tile) {
        const int64_t here = call.length - from < tile ? call.length - from : tile;
        for (int64_t i = thread; i < here && is_one; i += call.threads) {
            terms[i] = function::template term<T>(row.a[(from + i) * call.a_step],
                                                  row.b[(from + i) * call.b_step], most);
        }
        __syncthreads();
        for (int64_t i = thread; i < here && is_one && thread < call.lanes; i += call.lanes) {
            lane += terms[i];
        }
        __syncthreads();
    }
    if (thread < call.lanes) {
        terms[thread] = lane;
    }
    __syncthreads();
    const bool in_halves =
        sizeof(T) == sizeof(float) && call.lanes == MOST_LANES && call.length >= MOST_LANES;
    const T sum = sum_of_lanes(terms, call.lanes, in_halves);
    __syncthreads();
    return sum;
}

/* ---- the kernel ------------------------------------------------------------------------------------------ */

/* Every thread takes every turn, because of the barriers. */
template <class T, class function> __global__ void rows_kernel(struct rows_call call)
{
    GPU_SHARED(T, shared, TILE);
    const int together = CUDA_BLOCK / call.threads, thread = (int)threadIdx.x % call.threads;
    GPU_ROLL
    for (int64_t first = (int64_t)blockIdx.x * together; first < call.rows.count;
         first += (int64_t)gridDim.x * together) {
        const int64_t number = first + (int)threadIdx.x / call.threads;
        const bool is_one = number < call.rows.count;
        const struct row<T> row = row_at<T>(call, is_one ? number : 0);
        T most = -INFINITY;
        if (function::needs_most) {
            for (int64_t i = thread; i < call.length; i += call.threads) {
                most = larger(row.a[i * call.a_step], most);
            }
            most = largest(call, shared, most);
        }
        const T sum = function::template sum<T>(
            sum_of_row<T, function>(call, shared, row, most, is_one), call.is_last);
        for (int64_t i = thread; i < call.length && is_one; i += call.threads) {
            row.out[i * call.out_step] = function::template result<T>(
                row.a[i * call.a_step], row.b[i * call.b_step], most, sum, call.is_last);
        }
    }
}

typedef void rows_launch(struct rows_call call);

template <class T> static rows_launch *find(enum rows_function function)
{
    switch (function) {
    case ROWS_SOFTMAX:
        return rows_kernel<T, struct softmax>;
    case ROWS_LOG_SOFTMAX:
        return rows_kernel<T, struct log_softmax>;
    case ROWS_SOFTMAX_GRAD:
        return rows_kernel<T, struct softmax_grad>;
    case ROWS_LOG_SOFTMAX_GRAD:
        break;
    }
    return rows_kernel<T, struct log_softmax_grad>;
}

/* A function without b reads a for it, and does not look at it. */
static struct rows_call call_of(const struct backend_rows *rows)
{
    const bool is_row = rows->out->dims > 0, is_narrow = rows->out->dtype == DTYPE_FLOAT32;
    struct backend_view out = *rows->out, a = *rows->a, b = rows->b ? *rows->b : *rows->a;
    struct rows_call call = {};
    call.out = out.data;
    call.a = a.data;
    call.b = b.data;
    call.length = is_row ? out.shape[rows->dim] : 1;
    call.out_step = is_row ? out.strides[rows->dim] : 0;
    call.a_step = is_row ? a.strides[rows->dim] : 0;
    call.b_step = is_row ? b.strides[rows->dim] : 0;
    call.is_last = rows->dim == out.dims - 1;
    call.lanes = !call.is_last ? 1 : is_narrow ? MOST_LANES : MOST_LANES / 2;
    call.threads = call.length >= LONG_ROW ? CUDA_BLOCK : call.lanes;
    if (is_row) {
        out.shape[rows->dim] = a.shape[rows->dim] = b.shape[rows->dim] = 1;
    }
    const struct backend_view *const views[] = { &out, &a, &b };
    walk_init(&call.rows, views, 3);
    return call;
}

enum backend_status cuda_rows(struct backend *backend, const struct backend_rows *rows,
                              struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    const struct rows_call call = call_of(rows);
    if (call.rows.count == 0 || call.length == 0) {
        return BACKEND_OK;
    }
    rows_launch *const kernel = rows->out->dtype == DTYPE_FLOAT32 ? find<float>(rows->function)
                                                                  : find<double>(rows->function);
    const unsigned grid = cuda_blocks(cuda, call.rows.count, CUDA_BLOCK / call.threads);
    GPU_LAUNCH(kernel, grid, CUDA_BLOCK, 0, cuda->stream, call);
    return cuda_launched(cuda, "softmax", err);
}
