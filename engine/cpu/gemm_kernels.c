/* Matrix products in the order of k, product and sum rounded apart, vectorised over columns: a block
 * of ROWS x VECTORS vectors of sums stays in registers while k runs. */

#include "engine/cpu/tables.h"

enum { ROWS = 4, VECTORS = 2 };

/* The two usual cases (alpha 1; beta 0 or 1) are stored without a multiplication. */
#define DEFINE_STORE(name, type, sum_type, factor_type)                                         \
    ALWAYS_INLINE void store_##name(const struct gemm_call *c, sum_type sum, type *out)         \
    {                                                                                           \
        const sum_type part = c->alpha == 1 ? sum : (sum_type)(factor_type)c->alpha * sum;      \
        *out = (type)(c->beta == 0   ? part                                                     \
                      : c->beta == 1 ? (sum_type)*out + part                                    \
                                     : (sum_type)(factor_type)c->beta * (sum_type)*out + part); \
    }

#define DEFINE_FLOAT_GEMM(type, V)                                                              \
    DEFINE_STORE(type, type, type, type)                                                        \
                                                                                                \
    /* rows x vectors sums at (i, j); both counts are known where this is inlined. */           \
    ALWAYS_INLINE void block_##type(const struct gemm_call *c, int64_t i, int64_t j, int rows,  \
                                    int vectors)                                                \
    {                                                                                           \
        const type *a = (const type *)c->a + i * c->a_row;                                      \
        const type *b = (const type *)c->b + j;                                                 \
        vector_##type sum[ROWS][VECTORS] = { { { 0 } } };                                       \
        for (int64_t t = 0; t < c->k; t++, b += c->b_row) {                                     \
            for (int v = 0; v < vectors; v++) {                                                 \
                const vector_##type terms = *(const loose_##type *)(b + v * V);                 \
                for (int r = 0; r < rows; r++) {                                                \
                    sum[r][v] += a[r * c->a_row + t * c->a_column] * terms;                     \
                }                                                                               \
            }                                                                                   \
        }                                                                                       \
        for (int r = 0; r < rows; r++) {                                                        \
            type *out = (type *)c->out + (i + r) * c->out_row + j * c->out_column;              \
            for (int w = 0; w < vectors * V; w++) {                                             \
                store_##type(c, sum[r][w / V][w % V], out + w * c->out_column);                 \
            }                                                                                   \
        }                                                                                       \
    }                                                                                           \
                                                                                                \
    /* `rows` sums in one column. */                                                            \
    ALWAYS_INLINE void single_##type(const struct gemm_call *c, int64_t i, int64_t j, int rows) \
    {                                                                                           \
        const type *a = (const type *)c->a + i * c->a_row;                                      \
        const type *b = (const type *)c->b + j;                                                 \
        type sum[ROWS] = { 0 };                                                                 \
        for (int64_t t = 0; t < c->k; t++, b += c->b_row) {                                     \
            for (int r = 0; r < rows; r++) {                                                    \
                sum[r] += a[r * c->a_row + t * c->a_column] * *b;                               \
            }                                                                                   \
        }                                                                                       \
        for (int r = 0; r < rows; r++) {                                                        \
            store_##type(c, sum[r], (type *)c->out + (i + r) * c->out_row + j * c->out_column); \
        }                                                                                       \
    }                                                                                           \
                                                                                                \
    ALWAYS_INLINE void columns_##type(const struct gemm_call *c, int64_t i, int rows)           \
    {                                                                                           \
        int64_t j = 0;                                                                          \
        for (; j + VECTORS * V <= c->n; j += VECTORS * V) {                                     \
            block_##type(c, i, j, rows, VECTORS);                                               \
        }                                                                                       \
        for (; j + V <= c->n; j += V) {                                                         \
            block_##type(c, i, j, rows, 1);                                                     \
        }                                                                                       \
        for (; j < c->n; j++) {                                                                 \
            single_##type(c, i, j, rows);                                                       \
        }                                                                                       \
    }                                                                                           \
                                                                                                \
    static void gemm_##type(const struct gemm_call *c)                                          \
    {                                                                                           \
        int64_t i = 0;                                                                          \
        for (; i + ROWS <= c->m; i += ROWS) {                                                   \
            columns_##type(c, i, ROWS);                                                         \
        }                                                                                       \
        for (; i < c->m; i++) {                                                                 \
            columns_##type(c, i, 1);                                                            \
        }                                                                                       \
    }

DEFINE_FLOAT_GEMM(float, 8)
DEFINE_FLOAT_GEMM(double, 4)

/* Whole numbers wrap around, in whatever order. */
#define DEFINE_INT_GEMM(name, type, sum_type)                                              \
    DEFINE_STORE(name, type, sum_type, int64_t)                                            \
                                                                                           \
    static void gemm_##name(const struct gemm_call *c)                                     \
    {                                                                                      \
        for (int64_t i = 0; i < c->m; i++) {                                               \
            for (int64_t j = 0; j < c->n; j++) {                                           \
                const type *a = (const type *)c->a + i * c->a_row;                         \
                const type *b = (const type *)c->b + j;                                    \
                sum_type sum = 0;                                                          \
                for (int64_t t = 0; t < c->k; t++) {                                       \
                    sum += (sum_type)a[t * c->a_column] * (sum_type)b[t * c->b_row];       \
                }                                                                          \
                store_##name(c, sum, (type *)c->out + i * c->out_row + j * c->out_column); \
            }                                                                              \
        }                                                                                  \
    }

DEFINE_INT_GEMM(uint8, uint8_t, uint32_t)
DEFINE_INT_GEMM(int32, int32_t, uint32_t)
DEFINE_INT_GEMM(int64, int64_t, uint64_t)

gemm_kernel *const KERNEL_SET(gemm_kernels)[DTYPE_COUNT] = {
    [DTYPE_UINT8] = gemm_uint8,   [DTYPE_INT32] = gemm_int32,    [DTYPE_INT64] = gemm_int64,
    [DTYPE_FLOAT32] = gemm_float, [DTYPE_FLOAT64] = gemm_double,
};
