/* Our own products: in the order of k, product and sum rounded apart, which is what the CPU's kernel for
 * small products does, so that they are the same to the last bit. A block computes a tile of the output from
 * tiles of both factors that it keeps in shared memory; each thread has 4 x 4 sums of it. */

#include "gpu/cuda.h"

enum {
    TILE = 64,
    DEPTH = 16,
    EACH = 4,
    SIDE = TILE / EACH /* threads along an edge of the tile */
};

/* Up to here there is nothing to be gained from cuBLAS (on the CPU neither from BLAS), and no reason to
 * load it. */
static const double OWN_LIMIT = 65536;

struct gemm_call {
    int64_t batch, m, n, k;
    const void *a, *b;
    void *out;
    int64_t a_batch, a_row, a_column, b_batch, b_row, b_column, out_batch, out_row, out_column;
    double alpha, beta;
};

/* One factor's tile: lines (rows of a, columns of b) and steps of k, in shared memory line after line for
 * each k. What lies beyond the matrix is 0: where k ends it adds 0 · 0, and lines that are not there are not
 * stored. */
struct tile_source {
    int64_t line, lines, line_step; /* the first line; how many there are */
    int64_t k, count, k_step;
};

template <class T>
static __device__ __forceinline__ void load_tile(T *tile, const T *in,
                                                 const struct tile_source &from)
{
    GPU_UNROLL
    for (int i = 0; i < TILE * DEPTH / CUDA_BLOCK; i++) {
        const int e = (int)threadIdx.x + i * CUDA_BLOCK;
        /* Neighbouring threads read neighbouring elements. */
        const bool along = from.k_step == 1;
        const int line = along ? e / DEPTH : e % TILE, depth = along ? e % DEPTH : e / TILE;
        const int64_t at = from.line + line, k = from.k + depth;
        tile[depth * (TILE + 1) + line] =
            at < from.lines && k < from.count ? in[at * from.line_step + k * from.k_step] : (T)0;
    }
}

/* The two usual cases (alpha 1; beta 0 or 1) without a multiplication. */
template <class T, class sum, class factor>
static __device__ __forceinline__ void store(const struct gemm_call &call, T *out, sum total)
{
    const sum part = call.alpha == 1 ? total : (sum)(factor)call.alpha * total;
    *out = (T)(call.beta == 0   ? part
               : call.beta == 1 ? (sum)*out + part
                                : (sum)(factor)call.beta * (sum)*out + part);
}

template <class T, class sum>
static __device__ __forceinline__ void add_tile(sum (*total)[EACH], const T *a, const T *b, int row,
                                                int column)
{
    GPU_UNROLL
    for (int k = 0; k < DEPTH; k++) {
        GPU_UNROLL
        for (int r = 0; r < EACH; r++) {
            GPU_UNROLL
            for (int c = 0; c < EACH; c++) {
                total[r][c] += (sum)a[k * (TILE + 1) + row + r * SIDE] *
                               (sum)b[k * (TILE + 1) + column + c * SIDE];
            }
        }
    }
}

template <class T, class sum, class factor>
static __device__ __forceinline__ void store_tile(const struct gemm_call &call,
                                                  const sum (*total)[EACH], T *out, int64_t row,
                                                  int64_t column)
{
    GPU_UNROLL
    for (int r = 0; r < EACH; r++) {
        GPU_UNROLL
        for (int c = 0; c < EACH; c++) {
            const int64_t at_row = row + r * SIDE, at_column = column + c * SIDE;
            if (at_row < call.m && at_column < call.n) {
                store<T, sum, factor>(
                    call, out + at_row * call.out_row + at_column * call.out_column, total[r][c]);
            }
        }
    }
}

/* Every thread takes every turn, because of the barriers. */
template <class T, class sum, class factor> __global__ void gemm_tiles(struct gemm_call call)
{
    GPU_SHARED(T, a_tile, DEPTH * (TILE + 1));
    GPU_SHARED(T, b_tile, DEPTH * (TILE + 1));
    const int64_t across = (call.n + TILE - 1) / TILE, down = (call.m + TILE - 1) / TILE;
    const int row = (int)threadIdx.x / SIDE, column = (int)threadIdx.x % SIDE;
    GPU_ROLL
    for (int64_t turn = blockIdx.x; turn < call.batch * down * across; turn += gridDim.x) {
        const int64_t matrix = turn / (down * across), tile = turn % (down * across);
        const int64_t top = tile / across * TILE, left = tile % across * TILE;
        const T *const a = (const T *)call.a + matrix * call.a_batch;
        const T *const b = (const T *)call.b + matrix * call.b_batch;
        sum total[EACH][EACH] = {};
        GPU_ROLL
        for (int64_t k = 0; k < call.k; k += DEPTH) {
            load_tile(a_tile, a, { top, call.m, call.a_row, k, call.k, call.a_column });
            load_tile(b_tile, b, { left, call.n, call.b_column, k, call.k, call.b_row });
            __syncthreads();
            add_tile<T, sum>(total, a_tile, b_tile, row, column);
            __syncthreads();
        }
        store_tile<T, sum, factor>(call, total, (T *)call.out + matrix * call.out_batch, top + row,
                                   left + column);
    }
}

template <class T, class sum, class factor>
static void run(const struct cuda *cuda, const struct gemm_call *call)
{
    const int64_t tiles =
        call->batch * ((call->m + TILE - 1) / TILE) * ((call->n + TILE - 1) / TILE);
    GPU_LAUNCH((gemm_tiles<T, sum, factor>), cuda_blocks(cuda, tiles, 1), CUDA_BLOCK, 0,
               cuda->stream, *call);
}

/* Whole numbers wrap around. */
static void run_own(const struct cuda *cuda, enum dtype dtype, const struct gemm_call *call)
{
    switch (dtype) {
    case DTYPE_UINT8:
        run<uint8_t, uint32_t, int64_t>(cuda, call);
        break;
    case DTYPE_INT32:
        run<int32_t, uint32_t, int64_t>(cuda, call);
        break;
    case DTYPE_INT64:
        run<int64_t, uint64_t, int64_t>(cuda, call);
        break;
    case DTYPE_FLOAT32:
        run<float, float, float>(cuda, call);
        break;
    default:
        run<double, double, double>(cuda, call);
        break;
    }
}

static struct gemm_call call_of(const struct backend_gemm *gemm)
{
    struct gemm_call call = {};
    call.batch = gemm->out->shape[0];
    call.m = gemm->out->shape[1];
    call.n = gemm->out->shape[2];
    call.k = gemm->a->shape[2];
    call.a = gemm->a->data;
    call.b = gemm->b->data;
    call.out = gemm->out->data;
    call.a_batch = gemm->a->strides[0];
    call.a_row = gemm->a->strides[1];
    call.a_column = gemm->a->strides[2];
    call.b_batch = gemm->b->strides[0];
    call.b_row = gemm->b->strides[1];
    call.b_column = gemm->b->strides[2];
    call.out_batch = gemm->out->strides[0];
    call.out_row = gemm->out->strides[1];
    call.out_column = gemm->out->strides[2];
    call.alpha = gemm->alpha;
    call.beta = gemm->beta;
    return call;
}

enum backend_status cuda_gemm(struct backend *backend, const struct backend_gemm *gemm,
                              struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum dtype dtype = gemm->out->dtype;
    enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    if (dtype == DTYPE_BOOL) {
        return cuda_unsupported("addmm_cuda", dtype, err);
    }
    const struct gemm_call call = call_of(gemm);
    if (call.batch == 0 || call.m == 0 || call.n == 0) {
        return BACKEND_OK;
    }
    if (dtype_is_real(dtype) && !cuda->exact_gemm &&
        (double)call.m * (double)call.n * (double)call.k > OWN_LIMIT &&
        cuda_blas_gemm(cuda, gemm, &status, err)) {
        return status;
    }
    run_own(cuda, dtype, &call);
    return cuda_launched(cuda, "gemm", err);
}
