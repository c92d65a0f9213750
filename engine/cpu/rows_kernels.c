/* Softmax and its kin along dense rows, with the numbers of the contract (engine/backend.h). A few rows at
 * a time are finished while they are in the nearest cache. */

#include <math.h>

#include "engine/cpu/lanes.h"
#include "engine/cpu/tables.h"
#include "engine/formulas/float_math.h"

enum {
    WIDE = 32,            /* elements that are looked at side by side */
    ROWS_TOGETHER = 32,   /* at most, */
    CELLS_TOGETHER = 4096 /* and about so many elements */
};

static int64_t rows_together(const struct rows_call *c)
{
    const int64_t rows = CELLS_TOGETHER / c->n;
    return rows < 1 ? 1 : rows < ROWS_TOGETHER ? rows : ROWS_TOGETHER;
}

#define DEFINE_MOST(type)                                                                        \
    /* The first n <= WIDE elements, then `filler`; no branches, so that compilers use masks. */ \
    ALWAYS_INLINE void pad_##type(type *block, const type *in, int64_t n, type filler)           \
    {                                                                                            \
        for (int i = 0; i < WIDE; i++) {                                                         \
            type x = filler;                                                                     \
            if (i < n) {                                                                         \
                x = in[i];                                                                       \
            }                                                                                    \
            block[i] = x;                                                                        \
        }                                                                                        \
    }                                                                                            \
                                                                                                 \
    /* nan is kept. */                                                                           \
    ALWAYS_INLINE void keep_larger_##type(type *best, const type *in)                            \
    {                                                                                            \
        for (int i = 0; i < WIDE; i++) {                                                         \
            const type x = in[i], kept = best[i];                                                \
            const int stays = (kept != kept) | (kept > x);                                       \
            best[i] = stays ? kept : x;                                                          \
        }                                                                                        \
    }                                                                                            \
                                                                                                 \
    ALWAYS_INLINE void fold_half_##type(type *best, int half)                                    \
    {                                                                                            \
        for (int i = 0; i < half; i++) {                                                         \
            best[i] = best[i + half] > best[i] ? best[i + half] : best[i];                       \
        }                                                                                        \
    }                                                                                            \
                                                                                                 \
    /* The largest of a row; nan where there is one. */                                          \
    ALWAYS_INLINE type most_##type(const type *in, int64_t n)                                    \
    {                                                                                            \
        type best[WIDE], block[WIDE];                                                            \
        int odd = 0;                                                                             \
        pad_##type(best, in, n < WIDE ? n : WIDE, -(type)INFINITY);                              \
        int64_t at = WIDE;                                                                       \
        for (; at + WIDE <= n; at += WIDE) {                                                     \
            keep_larger_##type(best, in + at);                                                   \
        }                                                                                        \
        if (at < n) {                                                                            \
            pad_##type(block, in + at, n - at, -(type)INFINITY);                                 \
            keep_larger_##type(best, block);                                                     \
        }                                                                                        \
        for (int i = 0; i < WIDE; i++) {                                                         \
            odd |= best[i] != best[i];                                                           \
        }                                                                                        \
        fold_half_##type(best, 16);                                                              \
        fold_half_##type(best, 8);                                                               \
        fold_half_##type(best, 4);                                                               \
        fold_half_##type(best, 2);                                                               \
        fold_half_##type(best, 1);                                                               \
        return odd ? (type)NAN : best[0];                                                        \
    }

/* In the formulas a and b are the inputs' elements, `most` the row's largest a (where `wants_most`), t the
 * term that is summed up, sum the terms' sum, and s what becomes of it. */
#define DEFINE_ROWS(name, type, V, wants_most, term, of_sum, result)                           \
    /* n terms; after the first `limit` of them what adds nothing. */                          \
    ALWAYS_INLINE void name##_terms_##type(const type *x, const type *y, type most, type *out, \
                                           int n, int limit)                                   \
    {                                                                                          \
        (void)most;                                                                            \
        EACH_ALONE                                                                             \
        for (int i = 0; i < n; i++) {                                                          \
            const type a = x[i], b = y[i];                                                     \
            (void)a, (void)b;                                                                  \
            out[i] = i < limit ? (term) : (type)-0.0;                                          \
        }                                                                                      \
    }                                                                                          \
                                                                                               \
    /* The last n < WIDE elements of a row, as whole vectors: one by one e^x is dear. */       \
    ALWAYS_INLINE void name##_end_##type(const type *x, const type *y, type most, type *out,   \
                                         int n, vector_##type *lane)                           \
    {                                                                                          \
        type a[WIDE], b[WIDE], t[WIDE];                                                        \
        pad_##type(a, x, n, 0);                                                                \
        pad_##type(b, y, n, 0);                                                                \
        for (int at = 0; at < n; at += V) {                                                    \
            name##_terms_##type(a + at, b + at, most, t + at, V, n - at);                      \
            lanes_add_##type(lane, t + at, V);                                                 \
        }                                                                                      \
        for (int i = 0; i < WIDE; i++) {                                                       \
            if (i < n) {                                                                       \
                out[i] = t[i];                                                                 \
            }                                                                                  \
        }                                                                                      \
    }                                                                                          \
                                                                                               \
    ALWAYS_INLINE type name##_sum_##type(const type *x, const type *y, type most, type *out,   \
                                         int64_t n)                                            \
    {                                                                                          \
        vector_##type lane;                                                                    \
        lanes_start_##type(&lane);                                                             \
        int64_t at = 0;                                                                        \
        for (; at + WIDE <= n; at += WIDE) {                                                   \
            name##_terms_##type(x + at, y + at, most, out + at, WIDE, WIDE);                   \
            lanes_add_##type(&lane, out + at, WIDE);                                           \
        }                                                                                      \
        if (at < n) {                                                                          \
            name##_end_##type(x + at, y + at, most, out + at, (int)(n - at), &lane);           \
        }                                                                                      \
        return lanes_together_##type(&lane, n);                                                \
    }                                                                                          \
                                                                                               \
    static void name##_together_##type(const type *x, const type *y, type *out,                \
                                       const struct rows_call *c, int64_t rows)                \
    {                                                                                          \
        type all_most[ROWS_TOGETHER], all_s[ROWS_TOGETHER];                                    \
        for (int64_t r = 0; r < rows; r++) {                                                   \
            all_most[r] = wants_most ? most_##type(x + r * c->a_step, c->n) : 0;               \
        }                                                                                      \
        for (int64_t r = 0; r < rows; r++) {                                                   \
            all_s[r] = name##_sum_##type(x + r * c->a_step, y + r * c->b_step, all_most[r],    \
                                         out + r * c->out_step, c->n);                         \
        }                                                                                      \
        for (int64_t r = 0; r < rows; r++) {                                                   \
            const type sum = all_s[r];                                                         \
            all_s[r] = (of_sum);                                                               \
        }                                                                                      \
        for (int64_t r = 0; r < rows; r++) {                                                   \
            const type *row_x = x + r * c->a_step, *row_y = y + r * c->b_step;                 \
            type *row_out = out + r * c->out_step;                                             \
            const type most = all_most[r], s = all_s[r];                                       \
            (void)most;                                                                        \
            EACH_ALONE                                                                         \
            for (int64_t i = 0; i < c->n; i++) {                                               \
                const type a = row_x[i], b = row_y[i], t = row_out[i];                         \
                (void)a, (void)b, (void)t;                                                     \
                row_out[i] = (result);                                                         \
            }                                                                                  \
        }                                                                                      \
    }                                                                                          \
                                                                                               \
    static void name##_##type(const struct rows_call *c)                                       \
    {                                                                                          \
        const int64_t most_rows = rows_together(c);                                            \
        for (int64_t r = 0; r < c->rows; r += most_rows) {                                     \
            const int64_t left = c->rows - r;                                                  \
            name##_together_##type(                                                            \
                (const type *)c->a + r * c->a_step, (const type *)c->b + r * c->b_step,        \
                (type *)c->out + r * c->out_step, c, left < most_rows ? left : most_rows);     \
        }                                                                                      \
    }

#define DEFINE_ALL(type, V, in_halves, exp, log, fma)                                \
    DEFINE_LANES(type, V, in_halves)                                                 \
    DEFINE_MOST(type)                                                                \
    DEFINE_ROWS(softmax, type, V, true, exp(a - most), 1 / sum, t * s)               \
    DEFINE_ROWS(log_softmax, type, V, true, exp(a - most), log(sum), (a - most) - s) \
    DEFINE_ROWS(softmax_grad, type, V, false, a *b, sum, (a - s) * b)                \
    DEFINE_ROWS(log_softmax_grad, type, V, false, a, sum, fma(-exp(b), s, a))

DEFINE_ALL(float, 8, 1, float_exp, float_log, fmaf)
DEFINE_ALL(double, 4, 0, exp, log, fma)

rows_kernel *const KERNEL_SET(rows_kernels)[ROWS_COUNT][2] = {
    [ROWS_SOFTMAX] = { softmax_float, softmax_double },
    [ROWS_LOG_SOFTMAX] = { log_softmax_float, log_softmax_double },
    [ROWS_SOFTMAX_GRAD] = { softmax_grad_float, softmax_grad_double },
    [ROWS_LOG_SOFTMAX_GRAD] = { log_softmax_grad_float, log_softmax_grad_double },
};
