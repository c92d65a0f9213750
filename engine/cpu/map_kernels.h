#pragma once
/* How one formula becomes the loops of a map kernel. Private to engine/cpu's *_kernels.c. */

#include "engine/cpu/kernels.h"
#include "engine/formulas/whole.h"

/* An output is exactly an input or apart from it, so elements do not depend on each other. */
#if defined(__clang__)
#define EACH_ALONE _Pragma("clang loop vectorize(assume_safety)")
#else
#define EACH_ALONE _Pragma("GCC ivdep")
#endif

/* For what is written once and compiled for every combination of its numbers. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Vectors of 32 bytes, where compilers do not find them by themselves; loose ones lie anywhere. */
typedef float vector_float __attribute__((vector_size(32)));
typedef double vector_double __attribute__((vector_size(32)));
typedef float loose_float __attribute__((vector_size(32), aligned(sizeof(float)), may_alias));
typedef double loose_double __attribute__((vector_size(32), aligned(sizeof(double)), may_alias));

/* Every kernel file is compiled for each set; what it exports carries the set's name. */
#if defined(CPU_KERNELS_SET_V4)
#define KERNEL_SET(name) name##_v4
#elif defined(CPU_KERNELS_SET_V3)
#define KERNEL_SET(name) name##_v3
#else
#define KERNEL_SET(name) name##_any
#endif

/* A parameter as an element. */
static inline float parameter_float(double value)
{
    return (float)value;
}

static inline double parameter_double(double value)
{
    return value;
}

#define PARAMETER(type, value)           \
    _Generic((type)0, float              \
             : parameter_float, double   \
             : parameter_double, int64_t \
             : parameter_int64, int32_t  \
             : parameter_int32, uint8_t  \
             : parameter_uint8)(value)

/* In every formula a, b and c are the inputs' elements, p and q the parameters, and `one`, all of type `type`;
 * `row` is the call. Contiguous rows have a loop of their own, which compilers vectorise. */

#define MAP1_KERNEL(name, type, out_type, formula)                           \
    static void name(struct map_row_call *row)                               \
    {                                                                        \
        const int64_t n = row->n, os = row->out_step, as = row->in_step[0];  \
        const type p = PARAMETER(type, row->p), q = PARAMETER(type, row->q); \
        const type *x = row->in[0];                                          \
        out_type *out = row->out;                                            \
        const type one = 1;                                                  \
        (void)p, (void)q, (void)one;                                         \
        if (os == 1 && as == 1) {                                            \
            EACH_ALONE                                                       \
            for (int64_t i = 0; i < n; i++) {                                \
                const type a = x[i];                                         \
                out[i] = (out_type)(formula);                                \
            }                                                                \
            return;                                                          \
        }                                                                    \
        if (as == 0) {                                                       \
            const type a = x[0];                                             \
            const out_type value = (out_type)(formula);                      \
            for (int64_t i = 0; i < n; i++) {                                \
                out[i * os] = value;                                         \
            }                                                                \
            return;                                                          \
        }                                                                    \
        for (int64_t i = 0; i < n; i++) {                                    \
            const type a = x[i * as];                                        \
            out[i * os] = (out_type)(formula);                               \
        }                                                                    \
    }

#define MAP2_KERNEL(name, type, out_type, formula)                \
    static void name(struct map_row_call *row)                    \
    {                                                             \
        const int64_t n = row->n, os = row->out_step;             \
        const int64_t as = row->in_step[0], bs = row->in_step[1]; \
        const type p = PARAMETER(type, row->p);                   \
        const type *x = row->in[0], *y = row->in[1];              \
        out_type *out = row->out;                                 \
        const type one = 1;                                       \
        (void)p, (void)one;                                       \
        if (os == 1 && as == 1 && bs == 1) {                      \
            EACH_ALONE                                            \
            for (int64_t i = 0; i < n; i++) {                     \
                const type a = x[i], b = y[i];                    \
                out[i] = (out_type)(formula);                     \
            }                                                     \
        } else if (os == 1 && as == 1 && bs == 0) {               \
            const type b = y[0];                                  \
            EACH_ALONE                                            \
            for (int64_t i = 0; i < n; i++) {                     \
                const type a = x[i];                              \
                out[i] = (out_type)(formula);                     \
            }                                                     \
        } else if (os == 1 && as == 0 && bs == 1) {               \
            const type a = x[0];                                  \
            EACH_ALONE                                            \
            for (int64_t i = 0; i < n; i++) {                     \
                const type b = y[i];                              \
                out[i] = (out_type)(formula);                     \
            }                                                     \
        } else {                                                  \
            for (int64_t i = 0; i < n; i++) {                     \
                const type a = x[i * as], b = y[i * bs];          \
                out[i * os] = (out_type)(formula);                \
            }                                                     \
        }                                                         \
    }

#define MAP3_KERNEL(name, a_type, type, formula)                                        \
    static void name(struct map_row_call *row)                                          \
    {                                                                                   \
        const int64_t n = row->n, os = row->out_step;                                   \
        const int64_t as = row->in_step[0], bs = row->in_step[1], cs = row->in_step[2]; \
        const type p = PARAMETER(type, row->p);                                         \
        const a_type *x = row->in[0];                                                   \
        const type *y = row->in[1], *z = row->in[2];                                    \
        type *out = row->out;                                                           \
        const type one = 1;                                                             \
        (void)p, (void)one;                                                             \
        if (os == 1 && as == 1 && bs == 1 && cs == 1) {                                 \
            EACH_ALONE                                                                  \
            for (int64_t i = 0; i < n; i++) {                                           \
                const a_type a = x[i];                                                  \
                const type b = y[i], c = z[i];                                          \
                out[i] = (type)(formula);                                               \
            }                                                                           \
            return;                                                                     \
        }                                                                               \
        for (int64_t i = 0; i < n; i++) {                                               \
            const a_type a = x[i * as];                                                 \
            const type b = y[i * bs], c = z[i * cs];                                    \
            out[i * os] = (type)(formula);                                              \
        }                                                                               \
    }
