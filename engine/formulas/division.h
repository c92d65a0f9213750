#pragma once
/* Rests of divisions and the quotients that go with them. */

#include "engine/formulas/formula.h"

#ifdef __cplusplus
#include <math.h>
#else
#include <tgmath.h>
#endif

/* What is left of a by b where fewer than 2^28 of them are taken away: in double the quotient is near
 * enough and the product exact. */
FORMULA float near_rest(float a, float b)
{
    const double taken = trunc((double)a / (double)b);
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
