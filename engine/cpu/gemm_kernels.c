/* Matrix products in the order of k, product and sum rounded apart, vectorised over columns: a block
 * of ROWS x WIDTH sums stays in registers while k runs. */

#include "engine/cpu/tables.h"

enum { ROWS = 4 };

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* The two usual cases (alpha 1; beta 0 or 1) are stored without a multiplication. */
#define DEFINE_GEMM(name, type, sum_type, WIDTH)                                               \
    static type blend_##name(const struct gemm_call *c, sum_type sum, type old)                \
    {                                                                                          \
        const sum_type alpha = (sum_type)c->alpha, beta = (sum_type)c->beta;                   \
        if (c->beta == 0) {                                                                    \
            return (type)(c->alpha == 1 ? sum : alpha * sum);                                  \
        }                                                                                      \
        const sum_type part = c->alpha == 1 ? sum : alpha * sum;                               \
        return (type)((c->beta == 1 ? (sum_type)old : beta * (sum_type)old) + part);           \
    }                                                                                          \
                                                                                               \
    /* rows x width sums at out; both are known where this is inlined. */                      \
    ALWAYS_INLINE void block_##name(const struct gemm_call *c, int64_t i, int64_t j, int rows, \
                                    int width)                                                 \
    {                                                                                          \
        const type *a = (const type *)c->a + i * c->a_row;                                     \
        const type *b = (const type *)c->b + j;                                                \
        sum_type sum[ROWS][WIDTH] = { { 0 } };                                                 \
        for (int64_t t = 0; t < c->k; t++) {                                                   \
            for (int r = 0; r < rows; r++) {                                                   \
                const sum_type factor = (sum_type)a[r * c->a_row + t * c->a_column];           \
                for (int w = 0; w < width; w++) {                                              \
                    sum[r][w] += factor * (sum_type)b[t * c->b_row + w];                       \
                }                                                                              \
            }                                                                                  \
        }                                                                                      \
        for (int r = 0; r < rows; r++) {                                                       \
            type *out = (type *)c->out + (i + r) * c->out_row;                                 \
            for (int w = 0; w < width; w++) {                                                  \
                type *element = out + (j + w) * c->out_column;                                 \
                *element = blend_##name(c, sum[r][w], c->beta == 0 ? 0 : *element);            \
            }                                                                                  \
        }                                                                                      \
    }                                                                                          \
                                                                                               \
    ALWAYS_INLINE void columns_##name(const struct gemm_call *c, int64_t i, int rows)          \
    {                                                                                          \
        int64_t j = 0;                                                                         \
        for (; j + WIDTH <= c->n; j += WIDTH) {                                                \
            block_##name(c, i, j, rows, WIDTH);                                                \
        }                                                                                      \
        for (; j + WIDTH / 4 <= c->n; j += WIDTH / 4) {                                        \
            block_##name(c, i, j, rows, WIDTH / 4);                                            \
        }                                                                                      \
        for (; j < c->n; j++) {                                                                \
            block_##name(c, i, j, rows, 1);                                                    \
        }                                                                                      \
    }                                                                                          \
                                                                                               \
    static void gemm_##name(const struct gemm_call *c)                                         \
    {                                                                                          \
        int64_t i = 0;                                                                         \
        for (; i + ROWS <= c->m; i += ROWS) {                                                  \
            columns_##name(c, i, ROWS);                                                        \
        }                                                                                      \
        for (; i < c->m; i++) {                                                                \
            columns_##name(c, i, 1);                                                           \
        }                                                                                      \
    }

DEFINE_GEMM(float, float, float, 16)
DEFINE_GEMM(double, double, double, 8)
DEFINE_GEMM(uint8, uint8_t, uint32_t, 8)
DEFINE_GEMM(int32, int32_t, uint32_t, 8)
DEFINE_GEMM(int64, int64_t, uint64_t, 8)

gemm_kernel *const KERNEL_SET(gemm_kernels)[DTYPE_COUNT] = {
    [DTYPE_UINT8] = gemm_uint8,   [DTYPE_INT32] = gemm_int32,    [DTYPE_INT64] = gemm_int64,
    [DTYPE_FLOAT32] = gemm_float, [DTYPE_FLOAT64] = gemm_double,
};
