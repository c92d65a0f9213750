/* Folds of a row of floats into one number. */

#include "engine/cpu/tables.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { WIDE = 32 }; /* elements that are looked at side by side */

/* The first element for which `wanted` holds; there is one. Whole blocks without it are passed over. */
#define DEFINE_FIND(name, type, wanted)                               \
    ALWAYS_INLINE int64_t name(const type *in, int64_t n, type value) \
    {                                                                 \
        int64_t at = 0;                                               \
        for (int hit = 0; at + WIDE <= n; at += WIDE) {               \
            for (int i = 0; i < WIDE; i++) {                          \
                const type x = in[at + i];                            \
                hit |= wanted;                                        \
            }                                                         \
            if (hit) {                                                \
                break;                                                \
            }                                                         \
        }                                                             \
        for (; at < n; at++) {                                        \
            const type x = in[at];                                    \
            if (wanted) {                                             \
                break;                                                \
            }                                                         \
        }                                                             \
        (void)value;                                                  \
        return at;                                                    \
    }

/* The largest or smallest: nan beats all, the first of equals stays. In a dense row the value is found
 * in lanes that ignore nan, then its first place. */
#define DEFINE_EXTREME(name, type, beats)                                                    \
    static void name##_dense_##type(struct fold_call *call)                                  \
    {                                                                                        \
        const type *in = call->in;                                                           \
        type best[WIDE];                                                                     \
        int odd = 0;                                                                         \
        for (int i = 0; i < WIDE; i++) {                                                     \
            best[i] = in[i];                                                                 \
        }                                                                                    \
        int64_t at = 0;                                                                      \
        for (; at + WIDE <= call->n; at += WIDE) {                                           \
            for (int i = 0; i < WIDE; i++) {                                                 \
                const type x = in[at + i];                                                   \
                odd |= x != x;                                                               \
                best[i] = x beats best[i] ? x : best[i];                                     \
            }                                                                                \
        }                                                                                    \
        for (; at < call->n; at++) {                                                         \
            odd |= in[at] != in[at];                                                         \
            best[0] = in[at] beats best[0] ? in[at] : best[0];                               \
        }                                                                                    \
        for (int i = 1; i < WIDE; i++) {                                                     \
            best[0] = best[i] beats best[0] ? best[i] : best[0];                             \
        }                                                                                    \
        call->winner =                                                                       \
            odd ? find_nan_##type(in, call->n, 0) : find_equal_##type(in, call->n, best[0]); \
    }                                                                                        \
                                                                                             \
    static void name##_##type(struct fold_call *call)                                        \
    {                                                                                        \
        const type *in = call->in;                                                           \
        call->winner = 0;                                                                    \
        if (call->step == 1 && call->n >= WIDE) {                                            \
            name##_dense_##type(call);                                                       \
        } else {                                                                             \
            type best = in[0];                                                               \
            for (int64_t i = 1; i < call->n && best == best; i++) {                          \
                const type x = in[i * call->step];                                           \
                if (x != x || x beats best) {                                                \
                    best = x;                                                                \
                    call->winner = i;                                                        \
                }                                                                            \
            }                                                                                \
        }                                                                                    \
        *(type *)call->out = in[call->winner * call->step];                                  \
    }

#define DEFINE_PROD(type)                           \
    static void prod_##type(struct fold_call *call) \
    {                                               \
        const type *in = call->in;                  \
        type product = 1;                           \
        for (int64_t i = 0; i < call->n; i++) {     \
            product *= in[i * call->step];          \
        }                                           \
        *(type *)call->out = product;               \
    }

/* Welford: the mean so far, and the sum of squared distances from it. */
#define DEFINE_VAR(type)                                                    \
    static void var_##type(struct fold_call *call)                          \
    {                                                                       \
        const type *in = call->in;                                          \
        double mean = 0, squares = 0;                                       \
        for (int64_t i = 0; i < call->n; i++) {                             \
            const double value = in[i * call->step];                        \
            const double delta = value - mean;                              \
            mean += delta / (double)(i + 1);                                \
            squares += delta * (value - mean);                              \
        }                                                                   \
        const double divisor = (double)call->n - call->parameter;           \
        *(type *)call->out = (type)(squares / (divisor > 0 ? divisor : 0)); \
    }

/* Element i is added to lane i mod `lanes`. A lane starts with -0, which changes nothing when
 * something is added to it. */
#define DEFINE_SUM_LANES(type, V, in_halves)                                                    \
    ALWAYS_INLINE type lanes_together_##type(type *lane, int64_t n)                             \
    {                                                                                           \
        if (in_halves && n >= V) {                                                              \
            for (int width = V / 2; width > 0; width /= 2) {                                    \
                for (int i = 0; i < width; i++) {                                               \
                    lane[i] += lane[i + width];                                                 \
                }                                                                               \
            }                                                                                   \
            return lane[0];                                                                     \
        }                                                                                       \
        for (int i = 1; i < V; i++) {                                                           \
            lane[0] += lane[i];                                                                 \
        }                                                                                       \
        return lane[0];                                                                         \
    }                                                                                           \
                                                                                                \
    static void sum_lanes_##type(struct fold_call *call)                                        \
    {                                                                                           \
        const type *in = call->in;                                                              \
        type lane[V];                                                                           \
        for (int i = 0; i < V; i++) {                                                           \
            lane[i] = (type)-0.0;                                                               \
        }                                                                                       \
        int64_t at = 0;                                                                         \
        for (; call->lanes == V && call->step == 1 && at + V <= call->n; at += V) {             \
            for (int i = 0; i < V; i++) {                                                       \
                lane[i] += in[at + i];                                                          \
            }                                                                                   \
        }                                                                                       \
        for (; at < call->n; at++) {                                                            \
            lane[call->lanes == V ? at % V : 0] += in[at * call->step];                         \
        }                                                                                       \
        *(type *)call->out = call->lanes == V ? lanes_together_##type(lane, call->n) : lane[0]; \
    }

#define DEFINE_FOLDS(type, V, in_halves)             \
    DEFINE_FIND(find_nan_##type, type, x != x)       \
    DEFINE_FIND(find_equal_##type, type, x == value) \
    DEFINE_EXTREME(max, type, >)                     \
    DEFINE_EXTREME(min, type, <)                     \
    DEFINE_PROD(type)                                \
    DEFINE_VAR(type)                                 \
    DEFINE_SUM_LANES(type, V, in_halves)

DEFINE_FOLDS(float, 8, 1)
DEFINE_FOLDS(double, 4, 0)

fold_kernel *const KERNEL_SET(fold_kernels)[REDUCE_COUNT][2] = {
    [REDUCE_MAX] = { max_float, max_double },
    [REDUCE_MIN] = { min_float, min_double },
    [REDUCE_PROD] = { prod_float, prod_double },
    [REDUCE_VAR] = { var_float, var_double },
    [REDUCE_SUM_LANES] = { sum_lanes_float, sum_lanes_double },
};
