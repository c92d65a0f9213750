/* cuBLAS is large (loading it takes a second and 150 MB) and comes with CUDA's toolkit, not with the driver:
 * it is looked for at the first product that is worth it, and done without where it is not found. */

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "gpu/cuda.h"

#if GPU_EMULATED

/* The emulation is linked. */
static void *open_library(void)
{
    return dlopen(NULL, RTLD_NOW);
}

template <class type> static type linked(void *library, type function)
{
    return library ? function : NULL;
}

#define FIND(library, name) linked(library, &name)

#else

/* Of the release that the headers are from. */
static void *open_library(void)
{
    const char *const home = getenv("CUDA_HOME");
    const char *const folders[] = { "", home ? home : "", "/usr/local/cuda", "/opt/cuda" };
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        char path[1024];
        const int length = snprintf(path, sizeof(path), "%s%slibcublas.so.%d", folders[i],
                                    folders[i][0] ? "/lib64/" : "", CUDART_VERSION / 1000);
        void *const library =
            length < (int)sizeof(path) ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
        if (library) {
            return library;
        }
    }
    return NULL;
}

#define FIND(library, name) ((decltype(&name))dlsym(library, #name))

#endif

/* One handle a device. Left empty where there is none. */
static void blas_find(struct cuda_blas *blas, cudaStream_t stream)
{
    blas->tried = true;
    void *const library = open_library();
    if (!library) {
        return;
    }
    const auto create = FIND(library, cublasCreate_v2);
    const auto set_stream = FIND(library, cublasSetStream_v2);
    blas->destroy = FIND(library, cublasDestroy_v2);
    blas->sgemm = FIND(library, cublasSgemmStridedBatched);
    blas->dgemm = FIND(library, cublasDgemmStridedBatched);
    if (!create || !set_stream || !blas->destroy || !blas->sgemm || !blas->dgemm ||
        create(&blas->handle) != CUBLAS_STATUS_SUCCESS) {
        blas->handle = NULL;
        return;
    }
    if (set_stream(blas->handle, stream) != CUBLAS_STATUS_SUCCESS) {
        cuda_blas_finish(blas);
    }
}

void cuda_blas_finish(struct cuda_blas *blas)
{
    if (blas->handle) {
        (void)blas->destroy(blas->handle);
    }
    blas->handle = NULL;
}

/* ---- layouts --------------------------------------------------------------------------------------------- */

/* A matrix as BLAS sees it: rows `leading` elements apart, or columns where it is turned. */
struct blas_matrix {
    const void *data;
    int64_t batch;
    int leading;
    bool turned;
};

static bool rows_are_dense(int64_t rows, int64_t columns, int64_t row_step, int64_t column_step,
                           int *leading)
{
    const int64_t least = columns > 1 ? columns : 1;
    const int64_t step = rows == 1 ? least : row_step;
    *leading = (int)step;
    return (column_step == 1 || columns == 1) && step >= least && step <= INT_MAX;
}

/* False when neither its rows nor its columns are without gaps. */
static bool blas_see(struct blas_matrix *matrix, const struct backend_view *view)
{
    const int64_t *const shape = view->shape, *const strides = view->strides;
    matrix->data = view->data;
    matrix->batch = strides[0];
    matrix->turned = !rows_are_dense(shape[1], shape[2], strides[1], strides[2], &matrix->leading);
    return !matrix->turned ||
           rows_are_dense(shape[2], shape[1], strides[2], strides[1], &matrix->leading);
}

/* cuBLAS counts by columns, so out's rows are its columns: outᵀ = bᵀ·aᵀ. Where out is turned, its columns
 * are: out = a·b with everything seen turned. */
struct product {
    struct blas_matrix left, right, out;
    int rows, columns, k, batch;
};

static bool product_of(struct product *product, const struct backend_gemm *gemm)
{
    struct blas_matrix a, b;
    const int64_t m = gemm->out->shape[1], n = gemm->out->shape[2];
    const int64_t k = gemm->a->shape[2], batch = gemm->out->shape[0];
    if (m > INT_MAX || n > INT_MAX || k > INT_MAX || batch > INT_MAX || !blas_see(&a, gemm->a) ||
        !blas_see(&b, gemm->b) || !blas_see(&product->out, gemm->out)) {
        return false;
    }
    const bool turned = product->out.turned;
    product->left = turned ? a : b;
    product->right = turned ? b : a;
    product->left.turned ^= turned;
    product->right.turned ^= turned;
    product->rows = (int)(turned ? m : n);
    product->columns = (int)(turned ? n : m);
    product->k = (int)k;
    product->batch = (int)batch;
    return true;
}

static cublasOperation_t operation(const struct blas_matrix *matrix)
{
    return matrix->turned ? CUBLAS_OP_T : CUBLAS_OP_N;
}

template <class T, class gemm_function>
static cublasStatus_t multiply(struct cuda *cuda, gemm_function function, const struct product *p,
                               const struct backend_gemm *gemm)
{
    const T alpha = (T)gemm->alpha, beta = (T)gemm->beta;
    return function(cuda->blas.handle, operation(&p->left), operation(&p->right), p->rows,
                    p->columns, p->k, &alpha, (const T *)p->left.data, p->left.leading,
                    p->left.batch, (const T *)p->right.data, p->right.leading, p->right.batch,
                    &beta, (T *)gemm->out->data, p->out.leading, p->out.batch, p->batch);
}

bool cuda_blas_gemm(struct cuda *cuda, const struct backend_gemm *gemm, enum backend_status *status,
                    struct error *err)
{
    struct product product;
    if (!product_of(&product, gemm)) {
        return false;
    }
    if (!cuda->blas.tried) {
        blas_find(&cuda->blas, cuda->stream);
    }
    if (!cuda->blas.handle) {
        return false;
    }
    const cublasStatus_t answer = gemm->out->dtype == DTYPE_FLOAT32
                                      ? multiply<float>(cuda, cuda->blas.sgemm, &product, gemm)
                                      : multiply<double>(cuda, cuda->blas.dgemm, &product, gemm);
    *status = cuda_launched(cuda, "cuBLAS", err);
    if (*status == BACKEND_OK && answer != CUBLAS_STATUS_SUCCESS) {
        error_set(err, "CUDA error: cuBLAS refused a product: status %d", (int)answer);
        *status = BACKEND_INTERNAL;
    }
    return true;
}
