/* Maps on float32 and float64, every function as a formula. */

#include <tgmath.h>

#include "engine/cpu/float_pairs.h"
#include "engine/cpu/float_turns.h"
#include "engine/cpu/map_kernels.h"
#include "engine/cpu/tables.h"

#define EXP(x) _Generic((x), float : float_exp, double : exp)(x)
#define LOG(x) _Generic((x), float : float_log, double : log)(x)
#define TANH(x) _Generic((x), float : float_tanh, double : tanh)(x)
#define EXPM1(x) _Generic((x), float : float_expm1, double : expm1)(x)
#define LOG1P(x) _Generic((x), float : float_log1p, double : log1p)(x)
#define LOG2(x) _Generic((x), float : float_log2, double : log2)(x)
#define LOG10(x) _Generic((x), float : float_log10, double : log10)(x)

#define FLOOR_DIVIDE(x, y) \
    _Generic((x), float : floor_quotient_float, double : floor_quotient_double)(x, y)
#define REMAINDER(x, y) _Generic((x), float : floor_rest_float, double : floor_rest_double)(x, y)

/* Python's %: what fmod leaves, moved to the divisor's side. */
#define DEFINE_REMAINDER(type)                                       \
    static inline type floor_rest_##type(type a, type b)             \
    {                                                                \
        const type left = fmod(a, b);                                \
        return left != 0 && (b < 0) != (left < 0) ? left + b : left; \
    }                                                                \
                                                                     \
    static inline type floor_quotient_##type(type a, type b)         \
    {                                                                \
        if (b == 0) {                                                \
            return a / b;                                            \
        }                                                            \
        const type left = fmod(a, b);                                \
        type quotient = (a - left) / b;                              \
        if (left != 0 && (b < 0) != (left < 0)) {                    \
            quotient -= 1;                                           \
        }                                                            \
        if (quotient == 0) {                                         \
            return copysign((type)0, a / b);                         \
        }                                                            \
        const type whole = floor(quotient);                          \
        return quotient - whole > (type)0.5 ? whole + 1 : whole;     \
    }

DEFINE_REMAINDER(float)
DEFINE_REMAINDER(double)

/* X(inputs, ID, name, formula). `p == 1` is decided once for a row, not for each element. */
#define FLOAT_LIST(X)                                                            \
    X(1, NEG, neg, -a)                                                           \
    X(1, ABS, abs, fabs(a))                                                      \
    X(1, SIGN, sign, (a > 0) - (a < 0))                                          \
    X(1, SQUARE, square, a *a)                                                   \
    X(1, CUBE, cube, a *a *a)                                                    \
    X(1, RECIPROCAL, reciprocal, 1 / a)                                          \
    X(1, SQRT, sqrt, sqrt(a))                                                    \
    X(1, RSQRT, rsqrt, 1 / sqrt(a))                                              \
    X(1, EXP, exp, EXP(a))                                                       \
    X(1, EXPM1, expm1, EXPM1(a))                                                 \
    X(1, LOG, log, LOG(a))                                                       \
    X(1, LOG1P, log1p, LOG1P(a))                                                 \
    X(1, LOG2, log2, LOG2(a))                                                    \
    X(1, LOG10, log10, LOG10(a))                                                 \
    X(1, TAN, tan, tan(a))                                                       \
    X(1, ASIN, asin, asin(a))                                                    \
    X(1, ACOS, acos, acos(a))                                                    \
    X(1, SINH, sinh, sinh(a))                                                    \
    X(1, COSH, cosh, cosh(a))                                                    \
    X(1, TANH, tanh, TANH(a))                                                    \
    X(1, ASINH, asinh, asinh(a))                                                 \
    X(1, ACOSH, acosh, acosh(a))                                                 \
    X(1, ATANH, atanh, atanh(a))                                                 \
    X(1, ERF, erf, erf(a))                                                       \
    X(1, ERFC, erfc, erfc(a))                                                    \
    X(1, SIGMOID, sigmoid, 1 / (1 + EXP(-a)))                                    \
    X(1, RELU, relu, a < 0 ? 0 : a)                                              \
    X(1, FLOOR, floor, floor(a))                                                 \
    X(1, CEIL, ceil, ceil(a))                                                    \
    X(1, ROUND, round, rint(a))                                                  \
    X(1, TRUNC, trunc, trunc(a))                                                 \
    X(1, CLAMP, clamp, (a < p ? p : a) > q ? q : (a < p ? p : a))                \
    X(1, LEAKY_RELU, leaky_relu, a > 0 ? a : a * p)                              \
    X(2, ADD, add, p == 1 ? a + b : fma(b, p, a))                                \
    X(2, SUB, sub, p == 1 ? a - b : fma(b, -p, a))                               \
    X(2, MUL, mul, a *b)                                                         \
    X(2, DIV, div, a / b)                                                        \
    X(2, FLOOR_DIVIDE, floor_divide, FLOOR_DIVIDE(a, b))                         \
    X(2, REMAINDER, remainder, REMAINDER(a, b))                                  \
    X(2, FMOD, fmod, fmod(a, b))                                                 \
    X(2, POW, pow, pow(a, b))                                                    \
    X(2, ATAN2, atan2, atan2(a, b))                                              \
    X(2, MAXIMUM, maximum, a != a || a > b ? a : b)                              \
    X(2, MINIMUM, minimum, a != a || a < b ? a : b)                              \
    X(2, LERP, lerp, fabs(p) < 0.5 ? fma(p, b - a, a) : fma(-(b - a), 1 - p, b)) \
    X(2, RELU_GRAD, relu_grad, b > 0 ? a : 0)                                    \
    X(2, SIGMOID_GRAD, sigmoid_grad, (a * (1 - b)) * b)                          \
    X(2, TANH_GRAD, tanh_grad, a *fma(-b, b, one))                               \
    X(2, LEAKY_RELU_GRAD, leaky_relu_grad, b > 0 ? a : a * p)                    \
    X(3, ADDCMUL, addcmul, fma(p *b, c, a))                                      \
    X(3, ADDCDIV, addcdiv, a + (p * b) / c)

#define DEFINE(inputs, id, name, formula) DEFINE_##inputs(name, formula)
#define DEFINE_1(name, formula)                      \
    MAP1_KERNEL(name##_float, float, float, formula) \
    MAP1_KERNEL(name##_double, double, double, formula)
#define DEFINE_2(name, formula)                      \
    MAP2_KERNEL(name##_float, float, float, formula) \
    MAP2_KERNEL(name##_double, double, double, formula)
#define DEFINE_3(name, formula)                      \
    MAP3_KERNEL(name##_float, float, float, formula) \
    MAP3_KERNEL(name##_double, double, double, formula)

/* Rows are cut into strips; where a strip has an element that is too large, the C library takes those. */
#define TURN_KERNELS(name)                                                                       \
    MAP1_KERNEL(name##_double, double, double, name(a))                                          \
    MAP1_KERNEL(name##_near, float, float, float_##name(a))                                      \
    MAP1_KERNEL(name##_far, float, float, fabs(a) < FLOAT_TURNS_END ? float_##name(a) : name(a)) \
                                                                                                 \
    static void name##_float(struct map_row_call *row)                                           \
    {                                                                                            \
        struct map_row_call strip = *row;                                                        \
        for (int64_t at = 0; at < row->n; at += TURN_STRIP) {                                    \
            strip.n = row->n - at < TURN_STRIP ? row->n - at : TURN_STRIP;                       \
            strip.in[0] = (const float *)row->in[0] + at * row->in_step[0];                      \
            strip.out = (float *)row->out + at * row->out_step;                                  \
            (has_far(strip.in[0], strip.n, row->in_step[0]) ? name##_far : name##_near)(&strip); \
        }                                                                                        \
    }

enum { TURN_STRIP = 2048 };

static bool has_far(const float *x, int64_t n, int64_t step)
{
    int far = 0;
    if (step == 1) {
        for (int64_t i = 0; i < n; i++) {
            far |= !(fabsf(x[i]) < FLOAT_TURNS_END);
        }
        return far;
    }
    for (int64_t i = 0; i < n; i++) {
        far |= !(fabsf(x[i * step]) < FLOAT_TURNS_END);
    }
    return far;
}

/* clang-format off */
FLOAT_LIST(DEFINE)
TURN_KERNELS(sin)
TURN_KERNELS(cos)

map_kernel *const KERNEL_SET(float_map_kernels)[MAP_COUNT][2] = {
#define X(inputs, id, name, formula) [MAP_##id] = { name##_float, name##_double },
    FLOAT_LIST(X)
#undef X
    [MAP_SIN] = { sin_float, sin_double },
    [MAP_COS] = { cos_float, cos_double },
};
/* clang-format on */
