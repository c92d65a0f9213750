#pragma once
/* Rests of divisions and the quotients that go with them. */

#include "engine/formulas/formula.h"

#ifdef __cplusplus
#include <math.h>
#else
#include <tgmath.h>
#endif

/* What is left of a by b where fewer than 2^26 of them are taken away. In double a·(1/b) is at most
 * three roundings from a/b, 2^-52 and 2^-53 of it; with 2^-51 of it added it is never too small, and too
 * large by less than 2^-50 of it, while the next whole number is at least 2^-24 of b, or of a/b, away.
 * The product is exact. A b that stays the same is divided by once. */
FORMULA float near_rest(float a, float b)
{
    const double inverse = 1 / (double)b * (1 + 0x1p-51);
    const double taken = trunc((double)a * inverse);
    return copysignf((float)fma(-taken, (double)b, (double)a), a);
}

/* Python's %: what fmod leaves, moved to the divisor's side. And the quotient that goes with it. */
#define DEFINE_REMAINDER(name, type, rest)                                          \
    FORMULA type name##_remainder(type a, type b)                                   \
    {                                                                               \
        const type left = rest(a, b);                                               \
        return left != 0 && (b < 0) != (left < 0) ? left + b : left;                \
    }                                                                               \
                                                                                    \
    FORMULA type name##_floor_divide(type a, type b)                                \
    {                                                                               \
        const type left = rest(a, b);                                               \
        const type even = (a - left) / b;                                           \
        const type quotient = left != 0 && (b < 0) != (left < 0) ? even - 1 : even; \
        const type down = floor(quotient);                                          \
        const type whole = quotient - down > (type)0.5 ? down + 1 : down;           \
        const type result = quotient == 0 ? copysign((type)0, a / b) : whole;       \
        return b == 0 ? a / b : result;                                             \
    }

DEFINE_REMAINDER(near, float, near_rest)
DEFINE_REMAINDER(far, float, fmodf)
DEFINE_REMAINDER(wide, double, fmod)
