#pragma once
/* What the maps of engine/backend.h compute, function by function: X(inputs, ID, name, formula), or
 * X(ID, name, formula) where the result is a bool.
 *
 * In a formula a, b and c are the inputs' elements, p and q the parameters and `one`, all of the elements'
 * type; the result is cast to the output's. Whoever expands a list brings the functions that are chosen by
 * type (EXP, LOG, ..., and by overloading fabs, floor, fma, ...) and FAULT, a bool * to be set by what no
 * whole number answers. SIN, COS, TAN and the divisions of floats differ in how they are reached, and WHERE
 * and COPY in their types: they are not here. */

#include "engine/formulas/division.h"
#include "engine/formulas/float_angles.h"
#include "engine/formulas/float_pairs.h"
#include "engine/formulas/float_turns.h"
#include "engine/formulas/whole.h"

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
    X(1, ASIN, asin, ASIN(a))                                                    \
    X(1, ACOS, acos, ACOS(a))                                                    \
    X(1, SINH, sinh, SINH(a))                                                    \
    X(1, COSH, cosh, COSH(a))                                                    \
    X(1, TANH, tanh, TANH(a))                                                    \
    X(1, ASINH, asinh, ASINH(a))                                                 \
    X(1, ACOSH, acosh, ACOSH(a))                                                 \
    X(1, ATANH, atanh, ATANH(a))                                                 \
    X(1, ERF, erf, ERF(a))                                                       \
    X(1, ERFC, erfc, ERFC(a))                                                    \
    X(1, SIGMOID, sigmoid, 1 / (1 + EXP(-a)))                                    \
    X(1, GELU, gelu, (a * (one / 2)) * (ERF(a * p) + 1))                         \
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
    X(2, POW, pow, POWER(a, b))                                                  \
    X(2, EXP_SUB, exp_sub, EXP(a - b))                                           \
    X(2, ATAN2, atan2, ATAN2(a, b))                                              \
    X(2, MAXIMUM, maximum, a != a || a > b ? a : b)                              \
    X(2, MINIMUM, minimum, a != a || a < b ? a : b)                              \
    X(2, LERP, lerp, fabs(p) < 0.5 ? fma(p, b - a, a) : fma(-(b - a), 1 - p, b)) \
    X(2, RELU_GRAD, relu_grad, b > 0 ? a : 0)                                    \
    X(2, SIGMOID_GRAD, sigmoid_grad, (a * (1 - b)) * b)                          \
    X(2, TANH_GRAD, tanh_grad, a *fma(-b, b, one))                               \
    X(2, LEAKY_RELU_GRAD, leaky_relu_grad, b > 0 ? a : a * p)                    \
    X(3, ADDCMUL, addcmul, fma(p *b, c, a))                                      \
    X(3, ADDCDIV, addcdiv, a + (p * b) / c)

/* X(inputs, ID, name, formula) */
#define INT_LIST(X)                                                \
    X(1, NEG, neg, -UNSIGNED(a))                                   \
    X(1, ABS, abs, negative(a) ? -UNSIGNED(a) : UNSIGNED(a))       \
    X(1, SIGN, sign, (a > 0) - negative(a))                        \
    X(1, SQUARE, square, UNSIGNED(a) * UNSIGNED(a))                \
    X(1, CUBE, cube, UNSIGNED(a) * UNSIGNED(a) * UNSIGNED(a))      \
    X(1, RELU, relu, negative(a) ? 0 : a)                          \
    X(1, CLAMP, clamp, (a < p ? p : a) > q ? q : (a < p ? p : a))  \
    X(2, ADD, add, UNSIGNED(a) + UNSIGNED(b) * UNSIGNED(p))        \
    X(2, SUB, sub, UNSIGNED(a) - UNSIGNED(b) * UNSIGNED(p))        \
    X(2, MUL, mul, UNSIGNED(a) * UNSIGNED(b))                      \
    X(2, FLOOR_DIVIDE, floor_divide, floor_quotient(a, b, FAULT))  \
    X(2, REMAINDER, remainder, floor_remainder(a, b, FAULT))       \
    X(2, FMOD, fmod, cut_remainder(a, b, FAULT))                   \
    X(2, POW, pow, whole_power(a, b, FAULT))                       \
    X(2, MAXIMUM, maximum, a > b ? a : b)                          \
    X(2, MINIMUM, minimum, a < b ? a : b)                          \
    X(2, BIT_AND, bit_and, a &b)                                   \
    X(2, BIT_OR, bit_or, a | b)                                    \
    X(2, BIT_XOR, bit_xor, a ^ b)                                  \
    X(2, SHIFT_LEFT, shift_left, is_bit(b) ? UNSIGNED(a) << b : 0) \
    X(2, SHIFT_RIGHT, shift_right, SIGNED(a) >> (is_bit(b) ? b : 63))

/* X(ID, name, formula) */
#define TEST1_LIST(X)                       \
    X(IS_NAN, is_nan, a != a)               \
    X(IS_FINITE, is_finite, a - a == a - a) \
    X(NOT, not, a == 0)

#define TEST2_LIST(X)             \
    X(EQ, eq, a == b)             \
    X(NE, ne, a != b)             \
    X(LT, lt, a < b)              \
    X(LE, le, a <= b)             \
    X(GT, gt, a > b)              \
    X(GE, ge, a >= b)             \
    X(AND, and, a != 0 && b != 0) \
    X(OR, or, a != 0 || b != 0)   \
    X(XOR, xor, (a != 0) != (b != 0))
