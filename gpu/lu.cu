/* L and U by columns, a block to a matrix: what is right of and below a pivot is brought up to date by all
 * threads at once, each element with the operations of the contract in their order, so that the result is the
 * CPU's to the last bit. A column of the right-hand side is solved by one thread. */

#include "gpu/cuda.h"

struct lu_matrix {
    void *data;
    int64_t rows, columns, batch_step, row_step, column_step;
};

struct lu_call {
    struct lu_matrix matrix, right;
    int32_t *pivots;
    int64_t batch, pivot_batch, pivot_step;
    bool turned;
};

template <class T> struct lu_view {
    T *data;
    int64_t row_step, column_step;

    __device__ __forceinline__ T &at(int64_t row, int64_t column) const
    {
        return data[row * row_step + column * column_step];
    }
};

template <class T>
static __device__ __forceinline__ struct lu_view<T> view_of(const struct lu_matrix &matrix,
                                                            int64_t batch) {
    return { (T *)matrix.data + batch * matrix.batch_step, matrix.row_step, matrix.column_step };
}

/* ---- pivots ---------------------------------------------------------------------------------------------- */

/* An element's size and row; row -1: none. nan is never larger. */
template <class T>
struct candidate {
    T size;
    int64_t row;
};

template <class T>
static __device__ __forceinline__ bool is_larger(const struct candidate<T> &a,
                                                 const struct candidate<T> &b)
{
    if (a.row < 0 || b.row < 0) {
        return b.row < 0 && a.row >= 0;
    }
    return a.size > b.size || (a.size == b.size && a.row < b.row);
}

/* The row of the largest element of column k from row k on, the first of equals; k where that is nan. */
template <class T>
static __device__ __forceinline__ int64_t find_pivot(const struct lu_view<T> &m, int64_t k,
                                                     int64_t rows)
{
    GPU_SHARED(struct candidate<T>, best, CUDA_BLOCK);
    struct candidate<T> mine = {
        0, -1
    };
    GPU_ROLL
    for (int64_t row = k + threadIdx.x; row < rows; row += CUDA_BLOCK) {
        const struct candidate<T> other = {
            fabs(m.at(row, k)), row
        };
        if (other.size == other.size && is_larger(other, mine)) {
            mine = other;
        }
    }
    best[threadIdx.x] = mine;
    __syncthreads();
    GPU_ROLL
    for (int half = CUDA_BLOCK / 2; half > 0; half /= 2) {
        if ((int)threadIdx.x < half && is_larger(best[threadIdx.x + half], best[threadIdx.x])) {
            best[threadIdx.x] = best[threadIdx.x + half];
        }
        __syncthreads();
    }
    const T first = m.at(k, k);
    const int64_t row = first != first ? k : best[0].row;
    __syncthreads();
    return row;
}

/* ---- kernels --------------------------------------------------------------------------------------------- */

template <class T>
static __device__ __forceinline__ void exchange_rows(const struct lu_view<T> &m, int64_t a,
                                                     int64_t b, int64_t columns)
{
    if (a == b) {
        return;
    }
    GPU_ROLL
    for (int64_t c = threadIdx.x; c < columns; c += CUDA_BLOCK) {
        const T kept = m.at(a, c);
        m.at(a, c) = m.at(b, c);
        m.at(b, c) = kept;
    }
}

/* L's column k, then everything right of it and below row k. */
template <class T>
static __device__ __forceinline__ void eliminate(const struct lu_view<T> &m, int64_t k, int64_t n)
{
    const T part = 1 / m.at(k, k);
    GPU_ROLL
    for (int64_t row = k + 1 + threadIdx.x; row < n; row += CUDA_BLOCK) {
        m.at(row, k) *= part;
    }
    __syncthreads();
    const int64_t side = n - k - 1;
    GPU_ROLL
    for (int64_t i = threadIdx.x; i < side * side; i += CUDA_BLOCK) {
        const int64_t row = k + 1 + i / side, column = k + 1 + i % side;
        m.at(row, column) = fma(-m.at(row, k), m.at(k, column), m.at(row, column));
    }
    __syncthreads();
}

template <class T> __global__ void lu_factorize(struct lu_call call)
{
    const int64_t n = call.matrix.rows;
    GPU_ROLL
    for (int64_t batch = blockIdx.x; batch < call.batch; batch += gridDim.x) {
        const struct lu_view<T> m = view_of<T>(call.matrix, batch);
        GPU_ROLL
        for (int64_t k = 0; k < n; k++) {
            const int64_t pivot = find_pivot(m, k, n);
            if (threadIdx.x == 0) {
                call.pivots[batch * call.pivot_batch + k * call.pivot_step] = (int32_t)(pivot + 1);
            }
            exchange_rows(m, k, pivot, n);
            __syncthreads();
            if (m.at(k, k) != 0) {
                eliminate(m, k, n);
            }
            __syncthreads();
        }
    }
}

/* One column of the right-hand side, and the matrix that it is solved with. */
template <class T> struct lu_column {
    struct lu_view<T> matrix, right;
    const int32_t *pivots;
    int64_t n, column, pivot_step;

    __device__ __forceinline__ T &at(int64_t row) const
    {
        return right.at(row, column);
    }
    __device__ __forceinline__ void exchange(int64_t row) const
    {
        const int64_t other = pivots[row * pivot_step] - 1;
        const T kept = at(row);
        at(row) = at(other);
        at(other) = kept;
    }
    /* row -= factor · other */
    __device__ __forceinline__ void subtract(int64_t row, int64_t other, T factor) const
    {
        at(row) = fma(-factor, at(other), at(row));
    }
    __device__ __forceinline__ void divide(int64_t row) const
    {
        at(row) *= 1 / matrix.at(row, row);
    }
};

/* U⁻¹ L⁻¹ of its rows exchanged */
template <class T> static __device__ __forceinline__ void solve(const struct lu_column<T> &x)
{
    GPU_ROLL
    for (int64_t k = 0; k < x.n; k++) {
        x.exchange(k);
    }
    GPU_ROLL
    for (int64_t k = 0; k < x.n; k++) {
        for (int64_t row = k + 1; row < x.n; row++) {
            x.subtract(row, k, x.matrix.at(row, k));
        }
    }
    GPU_ROLL
    for (int64_t k = x.n - 1; k >= 0; k--) {
        x.divide(k);
        for (int64_t row = 0; row < k; row++) {
            x.subtract(row, k, x.matrix.at(row, k));
        }
    }
}

/* its rows exchanged back of L⁻ᵀ U⁻ᵀ right */
template <class T> static __device__ __forceinline__ void solve_turned(const struct lu_column<T> &x)
{
    GPU_ROLL
    for (int64_t k = 0; k < x.n; k++) {
        for (int64_t row = 0; row < k; row++) {
            x.subtract(k, row, x.matrix.at(row, k));
        }
        x.divide(k);
    }
    GPU_ROLL
    for (int64_t k = x.n - 1; k >= 0; k--) {
        for (int64_t row = k + 1; row < x.n; row++) {
            x.subtract(k, row, x.matrix.at(row, k));
        }
    }
    GPU_ROLL
    for (int64_t k = x.n - 1; k >= 0; k--) {
        x.exchange(k);
    }
}

template <class T> __global__ void lu_solve(struct lu_call call)
{
    GPU_ROLL
    for (int64_t i = thread_number(); i < call.batch * call.right.columns; i += thread_count()) {
        const int64_t batch = i / call.right.columns;
        const struct lu_column<T> column = {
            view_of<T>(call.matrix, batch), view_of<T>(call.right, batch),
                call.pivots + batch *call.pivot_batch, call.matrix.rows,
                i - batch *call.right.columns, call.pivot_step
        };
        if (call.turned) {
            solve_turned(column);
        } else {
            solve(column);
        }
    }
}

/* ---- the call -------------------------------------------------------------------------------------------- */

static struct lu_matrix matrix_of(const struct backend_view *view)
{
    return { view->data,       view->shape[1],   view->shape[2],
             view->strides[0], view->strides[1], view->strides[2] };
}

template <class T> static void run(const struct cuda *cuda, const struct lu_call *call)
{
    GPU_LAUNCH((lu_factorize<T>), cuda_blocks(cuda, call->batch, 1), CUDA_BLOCK, 0, cuda->stream,
               *call);
    const int64_t columns = call->batch * call->right.columns;
    if (columns > 0) {
        GPU_LAUNCH((lu_solve<T>), cuda_grid(cuda, columns), CUDA_BLOCK, 0, cuda->stream, *call);
    }
}

enum backend_status cuda_lu(struct backend *backend, const struct backend_lu *lu, struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum dtype dtype = lu->matrix->dtype;
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    if (!dtype_is_real(dtype)) {
        return cuda_unsupported("lu", dtype, err);
    }
    struct lu_call call = {};
    call.matrix = matrix_of(lu->matrix);
    call.batch = lu->matrix->shape[0];
    call.pivots = (int32_t *)lu->pivots->data;
    call.pivot_batch = lu->pivots->strides[0];
    call.pivot_step = lu->pivots->strides[1];
    call.turned = lu->turned;
    if (lu->right) {
        call.right = matrix_of(lu->right);
    }
    if (call.batch == 0 || call.matrix.rows == 0) {
        return BACKEND_OK;
    }
    (dtype == DTYPE_FLOAT32 ? run<float> : run<double>)(cuda, &call);
    return cuda_launched(cuda, "lu", err);
}
