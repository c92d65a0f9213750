#pragma once
/* Sine, cosine and tangent of a float32 by way of double: nearly always the float that is nearest. Without
 * branches, so that compilers vectorise loops over them. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "engine/formulas/formula.h"

/* Beyond, half turns can no longer be counted exactly enough. */
static const float FLOAT_TURNS_END = 0x1p30f;

static const double HALF_TURN = 0x1.921fb54442d18p+1, HALF_TURN_REST = 0x1.1a62633145c07p-53,
                    TURNS_OF = 0x1.45f306dc9c883p-2;

/* A whole number up to 2^51 is the last bits of its sum with this, which rounds it. */
static const double DOUBLE_WHOLE = 0x1.8p52;

FORMULA uint64_t bits_of_double(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* sin r for |r| up to a quarter turn, within 2^-41; negated where the last bit of `odd` is set. */
FORMULA float sine_of_rest(double r, uint64_t odd)
{
    const double z = r * r;
    double u = 1.5502454316593e-10;
    u = fma(u, z, -2.503674197012488e-08);
    u = fma(u, z, 2.7557123116044156e-06);
    u = fma(u, z, -0.00019841268708606193);
    u = fma(u, z, 0.008333333330939175);
    u = fma(u, z, -0.1666666666665846);
    const double sine = r * fma(u, z, 1.0);
    const uint64_t bits = bits_of_double(sine) ^ odd << 63;
    double result;
    memcpy(&result, &bits, sizeof(result));
    return (float)result;
}

/* x = q·π + r, sin x = ±sin r */
FORMULA float float_sin(float x)
{
    const double turns = (double)x * TURNS_OF + DOUBLE_WHOLE;
    const double q = turns - DOUBLE_WHOLE;
    const double r = fma(q, -HALF_TURN_REST, fma(q, -HALF_TURN, (double)x));
    return sine_of_rest(r, bits_of_double(turns));
}

/* x = (q + 1/2)·π + r, cos x = ∓sin r */
FORMULA float float_cos(float x)
{
    const double turns = ((double)x * TURNS_OF - 0.5) + DOUBLE_WHOLE;
    const double q = (turns - DOUBLE_WHOLE) + 0.5;
    const double r = fma(q, -HALF_TURN_REST, fma(q, -HALF_TURN, (double)x));
    return sine_of_rest(r, ~bits_of_double(turns));
}

/* x = q·π/2 + r with |r| up to an eighth of a turn: tan x = sin r / cos r, or -cos r / sin r. */
FORMULA float float_tan(float x)
{
    const double turns = (double)x * (2 * TURNS_OF) + DOUBLE_WHOLE;
    const double q = turns - DOUBLE_WHOLE;
    const double r = fma(q, -0.5 * HALF_TURN_REST, fma(q, -0.5 * HALF_TURN, (double)x));
    const double z = r * r;
    double s = -1.0 / 39916800;
    s = fma(s, z, 1.0 / 362880);
    s = fma(s, z, -1.0 / 5040);
    s = fma(s, z, 1.0 / 120);
    s = fma(s, z, -1.0 / 6);
    s = r * fma(s, z, 1.0);
    double c = 1.0 / 479001600;
    c = fma(c, z, -1.0 / 3628800);
    c = fma(c, z, 1.0 / 40320);
    c = fma(c, z, -1.0 / 720);
    c = fma(c, z, 1.0 / 24);
    c = fma(c, z, -0.5);
    c = fma(c, z, 1.0);
    const uint64_t odd = bits_of_double(turns) & 1;
    return (float)((odd ? -c : s) / (odd ? s : c));
}
