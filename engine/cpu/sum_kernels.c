/* Sums in PyTorch's order, which decides their last bits.
 *
 * A column of terms is added in a cascade: blocks of 2^p terms, each block's sum added to a second
 * level, and so on over four levels, so that errors grow with the logarithm of the length. Many
 * columns run side by side in lanes; a single column is cut into four interleaved ones (a row sum).
 * V is the number of elements in 32 bytes, the vectors of PyTorch's AVX2 build. */

#include <string.h>

#include "engine/cpu/tables.h"

enum {
    LEVELS = 4,
    LEAST_POWER = 4,
    /* Vectors of columns whose sums stay in memory while rows run through them. */
    WIDE_LEAST = 16,
    WIDE_MOST = 64,
};

/* A quarter of the number of bits that `count` needs, but not less than the least. */
static int level_power(int64_t count)
{
    int bits = 0;
    while (((int64_t)1 << bits) < count) {
        bits++;
    }
    return bits / LEVELS > LEAST_POWER ? bits / LEVELS : LEAST_POWER;
}

/* Where the terms of a group of lanes stand: term t of lane g·width + i is
 * in[t·term + g·group + i·lane]. */
struct lanes {
    int64_t count, term, group, lane;
};

#define DEFINE_SUM(type, V)                                                                             \
    ALWAYS_INLINE void add_term_##type(type *sum, const type *in, const struct lanes *l,                \
                                       int groups, int width)                                           \
    {                                                                                                   \
        for (int g = 0; g < groups; g++) {                                                              \
            for (int i = 0; i < width; i++) {                                                           \
                sum[g * width + i] += in[g * l->group + i * l->lane];                                   \
            }                                                                                           \
        }                                                                                               \
    }                                                                                                   \
                                                                                                        \
    /* After t terms a block is whole: its sums go up a level, and on where that is whole. */           \
    ALWAYS_INLINE void carry_##type(type *level, int64_t width, int64_t t, int power)                   \
    {                                                                                                   \
        const int64_t mask = ((int64_t)1 << power) - 1;                                                 \
        for (int j = 1; j < LEVELS; j++, level += width) {                                              \
            for (int64_t i = 0; i < width; i++) {                                                       \
                level[width + i] += level[i];                                                           \
                level[i] = 0;                                                                           \
            }                                                                                           \
            if ((t & (mask << (j * power))) != 0) {                                                     \
                break;                                                                                  \
            }                                                                                           \
        }                                                                                               \
    }                                                                                                   \
                                                                                                        \
    ALWAYS_INLINE type together_##type(const type *level, int64_t width, int64_t i)                     \
    {                                                                                                   \
        return ((level[i] + level[width + i]) + level[2 * width + i]) + level[3 * width + i];           \
    }                                                                                                   \
                                                                                                        \
    /* Fewer terms than a block has: they stay in the lowest level. */                                  \
    ALWAYS_INLINE void few_##type(const type *in, struct lanes l, int groups, int width,                \
                                  type *out)                                                            \
    {                                                                                                   \
        type sum[4 * V] = { 0 };                                                                        \
        for (int64_t t = 0; t < l.count; t++) {                                                         \
            add_term_##type(sum, in + t * l.term, &l, groups, width);                                   \
        }                                                                                               \
        for (int i = 0; i < groups * width; i++) {                                                      \
            out[i] = sum[i];                                                                            \
        }                                                                                               \
    }                                                                                                   \
                                                                                                        \
    /* groups · width is at most 4·V and known where this is inlined, as is lane. */                  \
    ALWAYS_INLINE void cascade_##type(const type *in, struct lanes l, int groups, int width,            \
                                      type *out)                                                        \
    {                                                                                                   \
        if (l.count < 1 << LEAST_POWER) {                                                               \
            few_##type(in, l, groups, width, out);                                                      \
            return;                                                                                     \
        }                                                                                               \
        const int all = groups * width, power = level_power(l.count);                                   \
        const int64_t step = (int64_t)1 << power;                                                       \
        type level[LEVELS * 4 * V] = { 0 };                                                             \
        int64_t t = 0;                                                                                  \
        while (t + step <= l.count) {                                                                   \
            for (int64_t end = t + step; t < end; t++) {                                                \
                add_term_##type(level, in + t * l.term, &l, groups, width);                             \
            }                                                                                           \
            carry_##type(level, all, t, power);                                                         \
        }                                                                                               \
        for (; t < l.count; t++) {                                                                      \
            add_term_##type(level, in + t * l.term, &l, groups, width);                                 \
        }                                                                                               \
        for (int i = 0; i < all; i++) {                                                                 \
            out[i] = together_##type(level, all, i);                                                    \
        }                                                                                               \
    }                                                                                                   \
                                                                                                        \
    /* The sum of `count` rows of `width` lanes by four interleaved cascades. */                        \
    ALWAYS_INLINE void row_sum_##type(const type *in, int64_t count, int64_t term, int width,           \
                                      type *out)                                                        \
    {                                                                                                   \
        type part[4 * V];                                                                               \
        const struct lanes l = { count / 4, 4 * term, term, 1 };                                        \
        cascade_##type(in, l, 4, width, part);                                                          \
        for (int64_t t = count / 4 * 4; t < count; t++) {                                               \
            for (int i = 0; i < width; i++) {                                                           \
                part[i] += in[t * term + i];                                                            \
            }                                                                                           \
        }                                                                                               \
        for (int i = 0; i < width; i++) {                                                               \
            out[i] = ((part[i] + part[width + i]) + part[2 * width + i]) + part[3 * width + i];         \
        }                                                                                               \
    }                                                                                                   \
                                                                                                        \
    static void row_sum_single_##type(const type *in, int64_t count, int64_t term, type *out)           \
    {                                                                                                   \
        type sum;                                                                                       \
        row_sum_##type(in, count, term, 1, &sum);                                                       \
        *out += sum;                                                                                    \
    }                                                                                                   \
                                                                                                        \
    /* One contiguous row: V lanes, then the tail, then lane after lane. */                             \
    static void inner_##type(const type *in, int64_t count, type *out)                                  \
    {                                                                                                   \
        type lanes[V], sum = 0;                                                                         \
        row_sum_##type(in, count / V, V, V, lanes);                                                     \
        for (int64_t t = count / V * V; t < count; t++) {                                               \
            sum += in[t];                                                                               \
        }                                                                                               \
        for (int i = 0; i < V; i++) {                                                                   \
            sum += lanes[i];                                                                            \
        }                                                                                               \
        *out += sum;                                                                                    \
    }                                                                                                   \
                                                                                                        \
    /* `width` columns side by side: rows are read as they lie in memory, four at a time, so that the \
     * sums are fetched and stored once for four terms. */ \
    static void wide_##type(const type *in, int64_t width, const struct sum_call *c, type *out)         \
    {                                                                                                   \
        const int power = level_power(c->rows);                                                         \
        const int64_t row = c->row_step, step = (int64_t)1 << power;                                    \
        type level[LEVELS * WIDE_MOST * V];                                                             \
        memset(level, 0, (size_t)(LEVELS * width) * sizeof(type));                                      \
        int64_t t = 0;                                                                                  \
        while (t + step <= c->rows) {                                                                   \
            for (int64_t end = t + step; t < end; t += 4) {                                             \
                const type *r = in + t * row;                                                           \
                for (int64_t i = 0; i < width; i++) {                                                   \
                    level[i] =                                                                          \
                        (((level[i] + r[i]) + r[row + i]) + r[2 * row + i]) + r[3 * row + i];           \
                }                                                                                       \
            }                                                                                           \
            carry_##type(level, width, t, power);                                                       \
        }                                                                                               \
        for (; t < c->rows; t++) {                                                                      \
            for (int64_t i = 0; i < width; i++) {                                                       \
                level[i] += in[t * row + i];                                                            \
            }                                                                                           \
        }                                                                                               \
        for (int64_t i = 0; i < width; i++) {                                                           \
            out[i * c->out_step] += together_##type(level, width, i);                                   \
        }                                                                                               \
    }                                                                                                   \
                                                                                                        \
    /* Columns that stand side by side: many together, in groups of 4·V, of V, then alone. */          \
    static void outer_##type(const struct sum_call *c)                                                  \
    {                                                                                                   \
        const type *in = c->in;                                                                         \
        type *out = c->out;                                                                             \
        type sums[4 * V];                                                                               \
        int64_t j = 0;                                                                                  \
        while (j + WIDE_LEAST * V <= c->columns) {                                                      \
            const int64_t left = (c->columns - j) / (4 * V) * (4 * V);                                  \
            const int64_t width = left < WIDE_MOST * V ? left : WIDE_MOST * V;                          \
            wide_##type(in + j, width, c, out + j * c->out_step);                                       \
            j += width;                                                                                 \
        }                                                                                               \
        for (; j + 4 * V <= c->columns; j += 4 * V) {                                                   \
            const struct lanes l = { c->rows, c->row_step, 0, 1 };                                      \
            cascade_##type(in + j, l, 1, 4 * V, sums);                                                  \
            for (int i = 0; i < 4 * V; i++) {                                                           \
                out[(j + i) * c->out_step] += sums[i];                                                  \
            }                                                                                           \
        }                                                                                               \
        for (; j + V <= c->columns; j += V) {                                                           \
            row_sum_##type(in + j, c->rows, c->row_step, V, sums);                                      \
            for (int i = 0; i < V; i++) {                                                               \
                out[(j + i) * c->out_step] += sums[i];                                                  \
            }                                                                                           \
        }                                                                                               \
        for (; j < c->columns; j++) {                                                                   \
            row_sum_single_##type(in + j, c->rows, c->row_step, out + j * c->out_step);                 \
        }                                                                                               \
    }                                                                                                   \
                                                                                                        \
    /* Columns with a stride: in groups of four, then alone. */                                         \
    static void strided_##type(const struct sum_call *c)                                                \
    {                                                                                                   \
        const type *in = c->in;                                                                         \
        type *out = c->out;                                                                             \
        type sums[4];                                                                                   \
        int64_t j = 0;                                                                                  \
        for (; j + 4 <= c->columns; j += 4) {                                                           \
            const struct lanes l = { c->rows, c->row_step, 0, c->column_step };                         \
            cascade_##type(in + j * c->column_step, l, 1, 4, sums);                                     \
            for (int i = 0; i < 4; i++) {                                                               \
                out[(j + i) * c->out_step] += sums[i];                                                  \
            }                                                                                           \
        }                                                                                               \
        for (; j < c->columns; j++) {                                                                   \
            row_sum_single_##type(in + j * c->column_step, c->rows, c->row_step,                        \
                                  out + j * c->out_step);                                               \
        }                                                                                               \
    }                                                                                                   \
                                                                                                        \
    static void sum_##type(const struct sum_call *c)                                                    \
    {                                                                                                   \
        const type *in = c->in;                                                                         \
        type *out = c->out;                                                                             \
        if (c->row_step == 1 && c->rows >= V) {                                                         \
            for (int64_t j = 0; j < c->columns; j++) {                                                  \
                inner_##type(in + j * c->column_step, c->rows, out + j * c->out_step);                  \
            }                                                                                           \
        } else if (c->column_step == 1 && c->columns >= V) {                                            \
            outer_##type(c);                                                                            \
        } else if (c->row_step < c->column_step) {                                                      \
            for (int64_t j = 0; j < c->columns; j++) {                                                  \
                row_sum_single_##type(in + j * c->column_step, c->rows, c->row_step,                    \
                                      out + j * c->out_step);                                           \
            }                                                                                           \
        } else {                                                                                        \
            strided_##type(c);                                                                          \
        }                                                                                               \
    }

DEFINE_SUM(float, 8)
DEFINE_SUM(double, 4)

/* Whole numbers: no order matters. */
#define DEFINE_INT_SUM(name, type)                                         \
    static void sum_##name(const struct sum_call *c)                       \
    {                                                                      \
        const type *in = c->in;                                            \
        int64_t *out = c->out;                                             \
        for (int64_t j = 0; j < c->columns; j++) {                         \
            uint64_t sum = (uint64_t)out[j * c->out_step];                 \
            for (int64_t t = 0; t < c->rows; t++) {                        \
                sum += (uint64_t)in[j * c->column_step + t * c->row_step]; \
            }                                                              \
            out[j * c->out_step] = (int64_t)sum;                           \
        }                                                                  \
    }

DEFINE_INT_SUM(uint8, uint8_t)
DEFINE_INT_SUM(int32, int32_t)
DEFINE_INT_SUM(int64, int64_t)

sum_kernel *const KERNEL_SET(sum_kernels)[DTYPE_COUNT] = {
    [DTYPE_BOOL] = sum_uint8,  [DTYPE_UINT8] = sum_uint8,   [DTYPE_INT32] = sum_int32,
    [DTYPE_INT64] = sum_int64, [DTYPE_FLOAT32] = sum_float, [DTYPE_FLOAT64] = sum_double,
};
