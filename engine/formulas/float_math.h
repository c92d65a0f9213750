#pragma once
/* exp and log in float32, operation by operation as the vector library behind PyTorch computes them
 * (SLEEF, 1.0 ulp); written without branches, so that compilers vectorise loops over them. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "engine/formulas/formula.h"

FORMULA float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

FORMULA uint32_t bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* 2^e for -126 <= e <= 127. */
FORMULA float float_power2(int32_t e)
{
    return float_of_bits(((uint32_t)e + 127) << 23);
}

/* A whole number up to 2^22 is the last bits of its sum with this, which rounds it, half to even. */
static const float FLOAT_WHOLE = 0x1.8p23f;

/* e^x = u·2^power where |x| <= 104: x = q·ln 2 + s with ln 2 in two parts, u = e^s by a polynomial.
 * Elsewhere some number, and nothing breaks. */
FORMULA float float_exp_parts(float x, int32_t *power)
{
    const float turns = x * 1.442695040888963407359924681f + FLOAT_WHOLE;
    const float q = turns - FLOAT_WHOLE;
    float s = fmaf(q, -0.693145751953125f, x);
    s = fmaf(q, -1.428606765330187045e-06f, s);
    float u = 0.000198527617612853646278381f;
    u = fmaf(u, s, 0.00139304355252534151077271f);
    u = fmaf(u, s, 0.00833336077630519866943359f);
    u = fmaf(u, s, 0.0416664853692054748535156f);
    u = fmaf(u, s, 0.166666671633720397949219f);
    u = fmaf(u, s, 0.5f);
    *power = (int32_t)(bits_of_float(turns) - bits_of_float(FLOAT_WHOLE));
    return 1 + fmaf(s * s, u, s);
}

/* Scaled in two halves, since 2^power alone may leave the range. Where x is cut off, e^x has long become
 * 0 or infinite. */
FORMULA float float_exp(float x)
{
    const float low = x < -104 ? -104 : x;
    const float inside = low > 104 ? 104 : low;
    int32_t power;
    const float u = float_exp_parts(inside, &power);
    const int32_t half = power >> 1;
    return u * float_power2(half) * float_power2(power - half);
}

/* Within 2 units of the last place, as PyTorch's: near 0 a polynomial (Cephes), where e^2x would lose
 * the digits, else 1 - 2/(e^2x + 1). */
FORMULA float float_tanh(float x)
{
    const float size = fabsf(x);
    const float z = x * x;
    float u = -5.70498872745e-3f;
    u = fmaf(u, z, 2.06390887954e-2f);
    u = fmaf(u, z, -5.37397155531e-2f);
    u = fmaf(u, z, 1.33314422036e-1f);
    u = fmaf(u, z, -3.33332819422e-1f);
    const float near = fmaf(u * z, x, x);
    const float far = 1 - 2 / (float_exp(2 * size) + 1);
    return copysignf(size < 0.625f || x != x ? near : far, x);
}

/* Within a unit of the last place: near 0 a polynomial, else 1 - e^p, with p above -20 where that counts. */
FORMULA float float_erf(float x)
{
    const float t = fabsf(x), z = x * x;
    float far = fmaf(-1.72853470e-5f, t, 3.83197126e-4f);
    far = fmaf(far, z, fmaf(-3.88396438e-3f, t, 2.42546219e-2f));
    far = fmaf(far, t, -1.06777877e-1f);
    far = fmaf(far, t, -6.34846687e-1f);
    far = fmaf(far, t, -1.28717512e-1f);
    int32_t power;
    const float u = float_exp_parts(fmaf(far, t, -t), &power);
    far = 1 - u * float_power2(power);
    float near = -5.96761703e-4f;
    near = fmaf(near, z, 4.99119423e-3f);
    near = fmaf(near, z, -2.67681349e-2f);
    near = fmaf(near, z, 1.12819925e-1f);
    near = fmaf(near, z, -3.76125336e-1f);
    near = fmaf(near, z, 1.28379166e-1f);
    near = fmaf(near, x, x);
    const float size = t > 4 ? 1 : far; /* and the polynomial would turn back */
    return t > 0.927734375f ? copysignf(size, x) : near;
}

/* A sum of two floats that are not rounded together: value + rest. */
struct float_pair {
    float value, rest;
};

FORMULA struct float_pair float_sum(float a, float b)
{
    const float sum = a + b;
    const float b_part = sum - a;
    return (struct float_pair){ sum, (a - (sum - b_part)) + (b - b_part) };
}

/* x = m·2^e with m in [0.75, 1.5); ln x = e·ln 2 + 2·artanh(t), t = (m - 1)/(m + 1), in pairs. */
FORMULA float float_log(float x)
{
    const int tiny = x < 0x1p-126f;
    const float scaled = tiny ? x * 0x1p64f : x;
    const int32_t e = (int32_t)((bits_of_float(scaled * (1.0f / 0.75f)) >> 23) & 255) - 127;
    const float m = float_of_bits(bits_of_float(scaled) - ((uint32_t)e << 23));
    const float exponent = (float)(tiny ? e - 64 : e);

    const float ln2 = 0.69314718246459960938f, ln2_rest = -1.904654323148236017e-09f;
    const float s = ln2 * exponent;
    const float s_rest = fmaf(ln2_rest, exponent, fmaf(ln2, exponent, -s));

    const struct float_pair above = float_sum(-1, m), below = float_sum(1, m);
    const float inverse = 1 / below.value;
    const float t = above.value * inverse;
    const float u = fmaf(inverse, above.value, -t);
    const float v = fmaf(-below.rest, inverse, fmaf(-below.value, inverse, 1));
    const float t_rest = fmaf(t, v, fmaf(above.rest, inverse, u));

    const float t2 = t * t;
    float p = 0.3027294874e+0f;
    p = fmaf(p, t2, 0.3996108174e+0f);
    p = fmaf(p, t2, 0.6666694880e+0f);

    const float twice = t * 2;
    const float sum = s + twice;
    const float sum_rest = ((s - sum) + twice) + s_rest + t_rest * 2;
    const float tail = (t2 * t) * p;
    const float all = sum + tail;
    float result = all + (((sum - all) + tail) + sum_rest);
    result = x > 0x1.fffffep127f ? INFINITY : result;
    result = x < 0 || x != x ? NAN : result;
    return x == 0 ? -INFINITY : result;
}
