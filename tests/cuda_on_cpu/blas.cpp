#include "tests/cuda_on_cpu/emulator.h"

#include <cblas.h>
#include <cublas_v2.h>

struct emulated_blas {
    cudaStream_t stream;
};

namespace
{

/* C = alpha · op(A) op(B) + beta · C, a batch of them, everything column by column. */
template <class T> struct product {
    cublasOperation_t turn_a, turn_b;
    int m, n, k;
    T alpha, beta;
    const T *a, *b;
    T *c;
    int a_leading, b_leading, c_leading;
    long long a_step, b_step, c_step;
    int batch;
};

CBLAS_TRANSPOSE turned(cublasOperation_t turn)
{
    return turn == CUBLAS_OP_T ? CblasTrans : CblasNoTrans;
}

void multiply(const product<float> &p, long long i)
{
    cblas_sgemm(CblasColMajor, turned(p.turn_a), turned(p.turn_b), p.m, p.n, p.k, p.alpha,
                p.a + i * p.a_step, p.a_leading, p.b + i * p.b_step, p.b_leading, p.beta,
                p.c + i * p.c_step, p.c_leading);
}

void multiply(const product<double> &p, long long i)
{
    cblas_dgemm(CblasColMajor, turned(p.turn_a), turned(p.turn_b), p.m, p.n, p.k, p.alpha,
                p.a + i * p.a_step, p.a_leading, p.b + i * p.b_step, p.b_leading, p.beta,
                p.c + i * p.c_step, p.c_leading);
}

template <class T> bool is_valid(const product<T> &p)
{
    const int a_rows = p.turn_a == CUBLAS_OP_T ? p.k : p.m;
    const int b_rows = p.turn_b == CUBLAS_OP_T ? p.n : p.k;
    return p.m >= 0 && p.n >= 0 && p.k >= 0 && p.batch >= 0 && p.a_leading >= std::max(1, a_rows) &&
           p.b_leading >= std::max(1, b_rows) && p.c_leading >= std::max(1, p.m);
}

/* Where the last element of a matrix stands that is kept in columns of `leading` elements. */
size_t reach(int rows, int columns, int leading)
{
    return (size_t)(columns - 1) * (size_t)leading + (size_t)rows;
}

template <class T>
void need(const char *what, int device, const T *data, size_t reached, long long step, int batch)
{
    const size_t elements = reached + (size_t)step * (size_t)(batch - 1);
    if (emu::device_of(data, elements * sizeof(T)) != device) {
        emu::stop("cuBLAS: %s (%p, %zu elements) is not memory of its device", what,
                  (const void *)data, elements);
    }
}

template <class T> cublasStatus_t enqueue(cublasHandle_t handle, const product<T> &p)
{
    int device;
    if (!is_valid(p)) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (p.m == 0 || p.n == 0 || p.batch == 0) {
        return CUBLAS_STATUS_SUCCESS;
    }
    cudaGetDevice(&device);
    if (p.k > 0) {
        const bool turn_a = p.turn_a == CUBLAS_OP_T, turn_b = p.turn_b == CUBLAS_OP_T;
        need("a", device, p.a, reach(turn_a ? p.k : p.m, turn_a ? p.m : p.k, p.a_leading), p.a_step,
             p.batch);
        need("b", device, p.b, reach(turn_b ? p.n : p.k, turn_b ? p.k : p.n, p.b_leading), p.b_step,
             p.batch);
    }
    need("c", device, p.c, reach(p.m, p.n, p.c_leading), p.c_step, p.batch);
    return emu::enqueue_host(handle->stream,
                             [=] {
                                 for (int i = 0; i < p.batch; i++) {
                                     multiply(p, i);
                                 }
                             }) == cudaSuccess
               ? CUBLAS_STATUS_SUCCESS
               : CUBLAS_STATUS_EXECUTION_FAILED;
}

} // namespace

cublasStatus_t cublasCreate_v2(cublasHandle_t *out)
{
    *out = new emulated_blas{ nullptr };
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle)
{
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream)
{
    handle->stream = stream;
    return CUBLAS_STATUS_SUCCESS;
}

/* Fewer digits than float32 has are never what a lesson asked for. */
cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t mode)
{
    return mode == CUBLAS_TF32_TENSOR_OP_MATH ? CUBLAS_STATUS_INVALID_VALUE : CUBLAS_STATUS_SUCCESS;
}

const char *cublasGetStatusString(cublasStatus_t status)
{
    return status == CUBLAS_STATUS_SUCCESS         ? "CUBLAS_STATUS_SUCCESS"
           : status == CUBLAS_STATUS_INVALID_VALUE ? "CUBLAS_STATUS_INVALID_VALUE"
                                                   : "CUBLAS_STATUS_EXECUTION_FAILED";
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t turn_a,
                                         cublasOperation_t turn_b, int m, int n, int k,
                                         const float *alpha, const float *a, int a_leading,
                                         long long a_step, const float *b, int b_leading,
                                         long long b_step, const float *beta, float *c,
                                         int c_leading, long long c_step, int batch)
{
    return enqueue<float>(handle, { turn_a, turn_b, m, n, k, *alpha, *beta, a, b, c, a_leading,
                                    b_leading, c_leading, a_step, b_step, c_step, batch });
}

cublasStatus_t cublasDgemmStridedBatched(cublasHandle_t handle, cublasOperation_t turn_a,
                                         cublasOperation_t turn_b, int m, int n, int k,
                                         const double *alpha, const double *a, int a_leading,
                                         long long a_step, const double *b, int b_leading,
                                         long long b_step, const double *beta, double *c,
                                         int c_leading, long long c_step, int batch)
{
    return enqueue<double>(handle, { turn_a, turn_b, m, n, k, *alpha, *beta, a, b, c, a_leading,
                                     b_leading, c_leading, a_step, b_step, c_step, batch });
}
