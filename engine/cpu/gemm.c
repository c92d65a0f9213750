#include <cblas.h>
#include <limits.h>
#include <stdlib.h>

#include "engine/cpu/private.h"

/* Up to here our kernel is used: it is exact and has no overhead. */
static const int64_t OWN_LIMIT = 65536;

/* One product of the batch, in elements. */
struct product {
    enum dtype dtype;
    int64_t m, n, k;
    const char *a, *b;
    char *out;
    int64_t a_row, a_column, b_row, b_column, out_row, out_column;
    double alpha, beta;
};

static void swap(int64_t *a, int64_t *b)
{
    const int64_t kept = *a;
    *a = *b;
    *b = kept;
}

/* outᵀ = bᵀ @ aᵀ: the same products in the same order of k. */
static void transpose(struct product *p)
{
    const char *a = p->a;
    p->a = p->b;
    p->b = a;
    swap(&p->m, &p->n);
    swap(&p->a_row, &p->b_column);
    swap(&p->a_column, &p->b_row);
    swap(&p->out_row, &p->out_column);
}

/* A row-major copy of the right factor; NULL when there is no memory. */
static char *pack_right(struct backend *backend, const struct product *p)
{
    const size_t size = cpu_size(p->dtype);
    char *packed = malloc((size_t)(p->k * p->n) * size);
    if (!packed) {
        return NULL;
    }
    const struct backend_view to = { .data = packed,
                                     .dtype = p->dtype,
                                     .dims = 2,
                                     .shape = { p->k, p->n },
                                     .strides = { p->n, 1 } };
    struct backend_view from = to;
    /* The map only reads its input. */
    from.data = (void *)(uintptr_t)p->b;
    from.strides[0] = p->b_row;
    from.strides[1] = p->b_column;
    const struct backend_map copy = {
        .function = MAP_COPY, .dtype = p->dtype, .out = &to, .in[0] = &from
    };
    cpu_map(backend, &copy, NULL);
    return packed;
}

static enum backend_status no_memory(struct error *err)
{
    error_set_kind(err, ERROR_MEMORY, "no memory for a matrix product");
    return BACKEND_OUT_OF_MEMORY;
}

/* The kernel wants the columns of b beside each other: turn the problem round, or pack. Whatever has
 * more columns is turned to vectors. */
static enum backend_status own_gemm(struct backend *backend, struct product *p, struct error *err)
{
    const bool b_ready = p->b_column == 1 || p->n == 1;
    const bool a_ready = p->a_row == 1 || p->m == 1;
    if ((a_ready && !b_ready) || (a_ready == b_ready && p->m > p->n)) {
        transpose(p);
    }
    char *packed = NULL;
    if (p->b_column != 1 && p->n > 1) {
        packed = pack_right(backend, p);
        if (!packed) {
            return no_memory(err);
        }
        p->b = packed;
        p->b_row = p->n;
    }
    const struct gemm_call call = { .m = p->m,
                                    .n = p->n,
                                    .k = p->k,
                                    .a = p->a,
                                    .b = p->b,
                                    .out = p->out,
                                    .a_row = p->a_row,
                                    .a_column = p->a_column,
                                    .b_row = p->b_row,
                                    .out_row = p->out_row,
                                    .out_column = p->out_column,
                                    .alpha = p->alpha,
                                    .beta = p->beta };
    cpu_of(backend)->kernels->gemm(p->dtype)(&call);
    free(packed);
    return BACKEND_OK;
}

/* A matrix as BLAS sees it. */
struct blas_matrix {
    int leading;
    CBLAS_TRANSPOSE trans;
};

/* False when neither dimension is contiguous. */
static bool blas_see(struct blas_matrix *matrix, const int64_t shape[2], const int64_t strides[2])
{
    const int turned = strides[1] != 1 || strides[0] < shape[1];
    const int64_t leading = strides[turned];
    matrix->leading = (int)leading;
    matrix->trans = turned ? CblasTrans : CblasNoTrans;
    return strides[!turned] == 1 && leading >= shape[!turned] && leading > 0 && leading <= INT_MAX;
}

/* One row by one column. */
static void blas_dot(const struct product *p)
{
    const int k = (int)p->k, a_step = (int)p->a_column, b_step = (int)p->b_row;
    if (p->dtype == DTYPE_FLOAT32) {
        *(float *)p->out = (float)p->alpha *
                           cblas_sdot(k, (const float *)p->a, a_step, (const float *)p->b, b_step);
    } else {
        *(double *)p->out =
            p->alpha * cblas_ddot(k, (const double *)p->a, a_step, (const double *)p->b, b_step);
    }
}

/* False when BLAS cannot take this layout. */
static bool blas_gemm(const struct product *p)
{
    struct blas_matrix a, b, out;
    const int64_t a_shape[] = { p->m, p->k }, a_strides[] = { p->a_row, p->a_column };
    const int64_t b_shape[] = { p->k, p->n }, b_strides[] = { p->b_row, p->b_column };
    const int64_t out_shape[] = { p->m, p->n }, out_strides[] = { p->out_row, p->out_column };
    if (p->m > INT_MAX || p->n > INT_MAX || p->k > INT_MAX || !blas_see(&a, a_shape, a_strides) ||
        !blas_see(&b, b_shape, b_strides) || !blas_see(&out, out_shape, out_strides) ||
        out.trans != CblasNoTrans) {
        return false;
    }
    const int m = (int)p->m, n = (int)p->n, k = (int)p->k;
    if (m == 1 && n == 1 && p->beta == 0) {
        blas_dot(p);
    } else if (p->dtype == DTYPE_FLOAT32) {
        cblas_sgemm(CblasRowMajor, a.trans, b.trans, m, n, k, (float)p->alpha, (const float *)p->a,
                    a.leading, (const float *)p->b, b.leading, (float)p->beta, (float *)p->out,
                    out.leading);
    } else {
        cblas_dgemm(CblasRowMajor, a.trans, b.trans, m, n, k, p->alpha, (const double *)p->a,
                    a.leading, (const double *)p->b, b.leading, p->beta, (double *)p->out,
                    out.leading);
    }
    return true;
}

static bool is_large(const struct product *p)
{
    return (double)p->m * (double)p->n * (double)p->k > (double)OWN_LIMIT;
}

/* Matrix `i` of a batch; an empty tensor has no memory to point into. */
static char *matrix_at(const struct backend_view *batch, int64_t i, int64_t size)
{
    return batch->data ? (char *)batch->data + i * batch->strides[0] * size : NULL;
}

enum backend_status cpu_gemm(struct backend *backend, const struct backend_gemm *gemm,
                             struct error *err)
{
    const struct cpu *cpu = cpu_of(backend);
    const enum dtype dtype = gemm->out->dtype;
    if (!cpu->kernels->gemm(dtype)) {
        return cpu_unsupported("addmm_impl_cpu_", dtype, err);
    }
    const int64_t size = (int64_t)cpu_size(dtype);
    const bool blas = dtype >= DTYPE_FLOAT32 && !cpu->exact_gemm;
    for (int64_t i = 0; i < gemm->out->shape[0]; i++) {
        struct product p = {
            .dtype = dtype,
            .m = gemm->out->shape[1],
            .n = gemm->out->shape[2],
            .k = gemm->a->shape[2],
            .a = matrix_at(gemm->a, i, size),
            .b = matrix_at(gemm->b, i, size),
            .out = matrix_at(gemm->out, i, size),
            .a_row = gemm->a->strides[1],
            .a_column = gemm->a->strides[2],
            .b_row = gemm->b->strides[1],
            .b_column = gemm->b->strides[2],
            .out_row = gemm->out->strides[1],
            .out_column = gemm->out->strides[2],
            .alpha = gemm->alpha,
            .beta = gemm->beta,
        };
        if (p.k == 0) {
            /* Sums of nothing read nothing, but are told where from. */
            p.a = p.b = p.out;
        }
        if (blas && is_large(&p) && blas_gemm(&p)) {
            continue;
        }
        const enum backend_status status = own_gemm(backend, &p, err);
        if (status != BACKEND_OK) {
            return status;
        }
    }
    return BACKEND_OK;
}
