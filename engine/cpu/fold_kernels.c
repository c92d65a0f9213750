/* Folds of a row of floats into one number. */

#include <math.h>
#include <string.h>

#include "engine/cpu/lanes.h"
#include "engine/cpu/tables.h"

enum {
    WIDE = 32,        /* elements that are looked at side by side */
    SIDE_BY_SIDE = 4, /* rows that are */
};

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
 * in lanes that ignore nan, then its first place; which zero it is, the place says. */
#define DEFINE_EXTREME(name, type, beats)                                                    \
    static type name##_dense_##type(struct fold_call *call)                                  \
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
        if (!odd && best[0] != 0 && !call->wants_winner) {                                   \
            return best[0];                                                                  \
        }                                                                                    \
        call->winner =                                                                       \
            odd ? find_nan_##type(in, call->n, 0) : find_equal_##type(in, call->n, best[0]); \
        return in[call->winner];                                                             \
    }                                                                                        \
                                                                                             \
    static void name##_##type(struct fold_call *call)                                        \
    {                                                                                        \
        const type *in = call->in;                                                           \
        call->winner = 0;                                                                    \
        if (call->step == 1 && call->n >= WIDE) {                                            \
            *(type *)call->out = name##_dense_##type(call);                                  \
        } else {                                                                             \
            type best = in[0];                                                               \
            for (int64_t i = 1; i < call->n && best == best; i++) {                          \
                const type x = in[i * call->step];                                           \
                if (x != x || x beats best) {                                                \
                    best = x;                                                                \
                    call->winner = i;                                                        \
                }                                                                            \
            }                                                                                \
            *(type *)call->out = best;                                                       \
        }                                                                                    \
    }

/* A long dense row in four vectors of V side by side, which are multiplied together, then their
 * elements in order, then what is left of the row: PyTorch's order. */
#define DEFINE_PROD(type, V)                                                          \
    ALWAYS_INLINE type dense_product_##type(const type *in, int64_t count)            \
    {                                                                                 \
        type part[4 * V];                                                             \
        for (int i = 0; i < 4 * V; i++) {                                             \
            part[i] = in[i];                                                          \
        }                                                                             \
        for (int64_t at = 4 * V; at < count; at += 4 * V) {                           \
            for (int i = 0; i < 4 * V; i++) {                                         \
                part[i] *= in[at + i];                                                \
            }                                                                         \
        }                                                                             \
        type product = 1;                                                             \
        for (int i = 0; i < V; i++) {                                                 \
            product *= (part[i] * part[V + i]) * (part[2 * V + i] * part[3 * V + i]); \
        }                                                                             \
        return product;                                                               \
    }                                                                                 \
                                                                                      \
    static void prod_##type(struct fold_call *call)                                   \
    {                                                                                 \
        const type *in = call->in;                                                    \
        type product = 1;                                                             \
        int64_t at = 0;                                                               \
        if (call->step == 1 && call->n >= 4 * V) {                                    \
            at = call->n / (4 * V) * (4 * V);                                         \
            product = dense_product_##type(in, at);                                   \
        }                                                                             \
        for (; at < call->n; at++) {                                                  \
            product *= in[at * call->step];                                           \
        }                                                                             \
        *(type *)call->out = product;                                                 \
    }

/* Welford: the mean so far, and the sum of squared distances from it. */
#define DEFINE_VAR(type)                                                                 \
    ALWAYS_INLINE double welford_##type(const struct fold_call *call)                    \
    {                                                                                    \
        const type *in = call->in;                                                       \
        double mean = 0, squares = 0;                                                    \
        for (int64_t i = 0; i < call->n; i++) {                                          \
            const double value = in[i * call->step];                                     \
            const double delta = value - mean;                                           \
            mean += delta / (double)(i + 1);                                             \
            squares += delta * (value - mean);                                           \
        }                                                                                \
        return squares;                                                                  \
    }                                                                                    \
                                                                                         \
    ALWAYS_INLINE double spread_##type(const struct fold_call *call)                     \
    {                                                                                    \
        const bool in_lanes =                                                            \
            sizeof(type) == sizeof(float) && call->step == 1 && call->n >= 4 * WIDE;     \
        const double squares = in_lanes ? squares_in_lanes(call) : welford_##type(call); \
        const double divisor = (double)call->n - call->parameter;                        \
        return squares / (divisor > 0 ? divisor : 0);                                    \
    }                                                                                    \
                                                                                         \
    static void var_##type(struct fold_call *call)                                       \
    {                                                                                    \
        *(type *)call->out = (type)spread_##type(call);                                  \
    }                                                                                    \
                                                                                         \
    static void std_##type(struct fold_call *call)                                       \
    {                                                                                    \
        *(type *)call->out = (type)sqrt(spread_##type(call));                            \
    }

ALWAYS_INLINE double lanes_sum(const double *lane)
{
    double sum = 0;
    for (int i = 0; i < WIDE; i++) {
        sum += lane[i];
    }
    return sum;
}

/* The sum of squared distances from the mean of a long dense row of float32, in lanes of double: so far
 * beyond a float's digits that only its last bit could tell it from Welford's, and hardly ever does. */
static double squares_in_lanes(const struct fold_call *call)
{
    const float *in = call->in;
    const int64_t n = call->n;
    double lane[WIDE] = { 0 };
    int64_t at = 0;
    for (; at + WIDE <= n; at += WIDE) {
        for (int i = 0; i < WIDE; i++) {
            lane[i] += (double)in[at + i];
        }
    }
    for (; at < n; at++) {
        lane[0] += (double)in[at];
    }
    const double mean = lanes_sum(lane) / (double)n;
    memset(lane, 0, sizeof(lane));
    for (at = 0; at + WIDE <= n; at += WIDE) {
        for (int i = 0; i < WIDE; i++) {
            const double distance = (double)in[at + i] - mean;
            lane[i] += distance * distance;
        }
    }
    for (; at < n; at++) {
        const double distance = (double)in[at] - mean;
        lane[0] += distance * distance;
    }
    return lanes_sum(lane);
}

/* Of rows with a step, all elements go to one lane. */
#define DEFINE_SUM_LANES(type, V, in_halves)                                                             \
    DEFINE_LANES(type, V, in_halves)                                                                     \
                                                                                                         \
    /* Rows side by side, `row_step` apart: a sum that waits for the last one leaves time for others. */ \
    ALWAYS_INLINE void sum_side_by_side_##type(const struct fold_call *call, const type *in,             \
                                               type *out, int rows)                                      \
    {                                                                                                    \
        vector_##type lane[SIDE_BY_SIDE];                                                                \
        for (int r = 0; r < rows; r++) {                                                                 \
            lanes_start_##type(&lane[r]);                                                                \
        }                                                                                                \
        int64_t at = 0;                                                                                  \
        for (; call->lanes == V && call->step == 1 && at + V <= call->n; at += V) {                      \
            for (int r = 0; r < rows; r++) {                                                             \
                lanes_add_##type(&lane[r], in + r * call->row_step + at, V);                             \
            }                                                                                            \
        }                                                                                                \
        for (int r = 0; r < rows; r++) {                                                                 \
            for (int64_t t = at; t < call->n; t++) {                                                     \
                lane[r][call->lanes == V ? t % V : 0] += in[r * call->row_step + t * call->step];        \
            }                                                                                            \
            out[r * call->out_step] =                                                                    \
                call->lanes == V ? lanes_together_##type(&lane[r], call->n) : lane[r][0];                \
        }                                                                                                \
    }                                                                                                    \
                                                                                                         \
    static void sum_lanes_##type(struct fold_call *call)                                                 \
    {                                                                                                    \
        const type *in = call->in;                                                                       \
        type *out = call->out;                                                                           \
        int64_t r = 0;                                                                                   \
        for (; r + SIDE_BY_SIDE <= call->rows; r += SIDE_BY_SIDE) {                                      \
            sum_side_by_side_##type(call, in + r * call->row_step, out + r * call->out_step,             \
                                    SIDE_BY_SIDE);                                                       \
        }                                                                                                \
        for (; r < call->rows; r++) {                                                                    \
            sum_side_by_side_##type(call, in + r * call->row_step, out + r * call->out_step, 1);         \
        }                                                                                                \
    }

#define DEFINE_FOLDS(type, V, in_halves)             \
    DEFINE_FIND(find_nan_##type, type, x != x)       \
    DEFINE_FIND(find_equal_##type, type, x == value) \
    DEFINE_EXTREME(max, type, >)                     \
    DEFINE_EXTREME(min, type, <)                     \
    DEFINE_PROD(type, V)                             \
    DEFINE_VAR(type)                                 \
    DEFINE_SUM_LANES(type, V, in_halves)

DEFINE_FOLDS(float, 8, 1)
DEFINE_FOLDS(double, 4, 0)

fold_kernel *const KERNEL_SET(fold_kernels)[REDUCE_COUNT][2] = {
    [REDUCE_MAX] = { max_float, max_double },
    [REDUCE_MIN] = { min_float, min_double },
    [REDUCE_PROD] = { prod_float, prod_double },
    [REDUCE_VAR] = { var_float, var_double },
    [REDUCE_STD] = { std_float, std_double },
    [REDUCE_SUM_LANES] = { sum_lanes_float, sum_lanes_double },
};
