#pragma once
/* expm1, log1p, log2 and log10 in float32, rounding for rounding as the vector library behind
 * PyTorch computes them (SLEEF, 1.0 ulp): with sums of two floats, so that the last bit is nearly always
 * right. Their names are those of the mathematics; u, t and p are the polynomials on the way. */

#include "engine/formulas/float_math.h"

FORMULA float float_of_pair(struct float_pair a)
{
    return a.value + a.rest;
}

/* ---- sums: the plain ones want |a| >= |b|, the _any ones do not ---------------------------------- */

FORMULA struct float_pair pair_plus(struct float_pair a, float b)
{
    const float sum = a.value + b;
    return (struct float_pair){ sum, ((a.value - sum) + b) + a.rest };
}

FORMULA struct float_pair pair_sum(struct float_pair a, struct float_pair b)
{
    const float sum = a.value + b.value;
    return (struct float_pair){ sum, (((a.value - sum) + b.value) + a.rest) + b.rest };
}

FORMULA struct float_pair pair_plus_any(struct float_pair a, float b)
{
    const struct float_pair sum = float_sum(a.value, b);
    return (struct float_pair){ sum.value, sum.rest + a.rest };
}

FORMULA struct float_pair pair_sum_any(struct float_pair a, struct float_pair b)
{
    const struct float_pair sum = float_sum(a.value, b.value);
    return (struct float_pair){ sum.value, sum.rest + (a.rest + b.rest) };
}

/* ---- products and quotients -------------------------------------------------------------------------- */

FORMULA struct float_pair pair_times(struct float_pair a, float b)
{
    const float product = a.value * b;
    return (struct float_pair){ product, fmaf(a.rest, b, fmaf(a.value, b, -product)) };
}

FORMULA struct float_pair pair_product(struct float_pair a, struct float_pair b)
{
    const float product = a.value * b.value;
    const float rest = fmaf(a.rest, b.value, fmaf(a.value, b.value, -product));
    return (struct float_pair){ product, fmaf(a.value, b.rest, rest) };
}

FORMULA struct float_pair pair_square(struct float_pair a)
{
    const float product = a.value * a.value;
    const float rest = fmaf(a.value, a.value, -product);
    return (struct float_pair){ product, fmaf(a.value + a.value, a.rest, rest) };
}

FORMULA struct float_pair pair_quotient(struct float_pair a, struct float_pair b)
{
    const float inverse = 1 / b.value;
    const float quotient = a.value * inverse;
    const float left = fmaf(inverse, a.value, -quotient);
    const float missing = fmaf(-b.rest, inverse, fmaf(-b.value, inverse, 1));
    return (struct float_pair){ quotient, fmaf(quotient, missing, fmaf(a.rest, inverse, left)) };
}

/* ---- logarithms --------------------------------------------------------------------------------------- */

/* x = m·2^exponent with m in [0.75, 1.5), and t = (m - 1)/(m + 1), of which every logarithm is a series. */
struct float_split {
    float m, exponent;
    struct float_pair t;
};

FORMULA struct float_split float_split(float x)
{
    const int tiny = x < 0x1p-126f;
    const float scaled = tiny ? x * 0x1p64f : x;
    const int32_t e = (int32_t)((bits_of_float(scaled * (1.0f / 0.75f)) >> 23) & 255) - 127;
    const float m = float_of_bits(bits_of_float(scaled) - ((uint32_t)e << 23));
    return (struct float_split){ m, (float)(tiny ? e - 64 : e),
                                 pair_quotient(float_sum(-1, m), float_sum(1, m)) };
}

/* `result` but for the x whose logarithm is none. */
FORMULA float log_or_special(float x, float result)
{
    result = x > 0x1.fffffep127f ? INFINITY : result;
    result = x < 0 || x != x ? NAN : result;
    return x == 0 ? -INFINITY : result;
}

FORMULA float float_log2(float x)
{
    const struct float_split split = float_split(x);
    const struct float_pair scale = { 2.8853900432586669922f, 3.2734474483568488616e-08f };
    const float t = split.t.value, t2 = t * t;
    float p = 0.4374550283e+0f;
    p = fmaf(p, t2, 0.5764790177e+0f);
    p = fmaf(p, t2, 0.9618012905120f);
    const struct float_pair main = pair_product(split.t, scale);
    const struct float_pair whole = float_sum(split.exponent, main.value);
    const struct float_pair sum = { whole.value, whole.rest + main.rest };
    return log_or_special(x, float_of_pair(pair_plus_any(sum, (t2 * t) * p)));
}

FORMULA float float_log10(float x)
{
    const struct float_split split = float_split(x);
    const struct float_pair log10_2 = { 0.30103001f, -1.432098889e-08f };
    const struct float_pair scale = { 0.868588984f, -2.170757285e-08f };
    const float t = split.t.value, t2 = t * t;
    float p = 0.1314289868e+0f;
    p = fmaf(p, t2, 0.1735493541e+0f);
    p = fmaf(p, t2, 0.2895309627e+0f);
    const struct float_pair sum =
        pair_sum(pair_times(log10_2, split.exponent), pair_product(split.t, scale));
    return log_or_special(x, float_of_pair(pair_plus(sum, (t2 * t) * p)));
}

/* 1 + x = (1 + m)·2^e; m is x·2^-e + (2^-e - 1), rounded once. */
FORMULA float float_log1p(float x)
{
    const struct float_pair ln2 = { 0.69314718246459960938f, -1.904654323148236017e-09f };
    const float above = x + 1;
    const float inside = above > 0x1p-126f && x <= 1e+38f ? above : 1;
    const int32_t e = (int32_t)((bits_of_float(inside * (1.0f / 0.75f)) >> 23) & 255) - 127;
    const float shrink = float_power2(-e);
    const float m = fmaf(x, shrink, shrink - 1);
    const float below = 2 + m;
    const struct float_pair top = { m, 0 }, bottom = { below, (2 - below) + m };
    const struct float_pair t = pair_quotient(top, bottom), twice = { t.value * 2, t.rest * 2 };
    const float t2 = t.value * t.value;
    float p = 0.3027294874e+0f;
    p = fmaf(p, t2, 0.3996108174e+0f);
    p = fmaf(p, t2, 0.6666694880e+0f);
    const struct float_pair sum = pair_sum(pair_times(ln2, (float)e), twice);
    float result = float_of_pair(pair_plus(sum, (t2 * t.value) * p));
    result = x > 1e+38f ? INFINITY : result;
    result = x < -1 || x != x ? NAN : result;
    result = x == -1 ? -INFINITY : result;
    return x == 0 ? x : result;
}

/* ---- powers ----------------------------------------------------------------------------------------------- */

/* x = q·ln 2 + s; q is kept where 2^q is a float or beyond them all. */
FORMULA struct float_pair split_power(struct float_pair x, int32_t *q)
{
    const float turns = rintf((x.value + x.rest) * 1.442695040888963407359924681f);
    const float whole = turns < -200 ? -200 : turns > 200 ? 200 : turns;
    *q = (int32_t)(whole == whole ? whole : 0);
    return pair_plus_any(pair_plus_any(x, whole * -0.693145751953125f),
                         whole * -1.428606765330187045e-06f);
}

FORMULA float float_scaled(float x, int32_t q)
{
    const int32_t half = q >> 1;
    return x * float_power2(half) * float_power2(q - half);
}

FORMULA float float_expm1(float x)
{
    int32_t q;
    const struct float_pair s = split_power((struct float_pair){ x, 0 }, &q);
    float u = 0.1980960224e-3f;
    u = fmaf(u, s.value, 0.1394256484e-2f);
    u = fmaf(u, s.value, 0.8333456703e-2f);
    u = fmaf(u, s.value, 0.4166637361e-1f);
    struct float_pair p = pair_plus_any(pair_times(s, u), 0.166666659414234244790680580464e+0f);
    p = pair_plus_any(pair_product(s, p), 0.5f);
    p = pair_sum_any(s, pair_product(pair_square(s), p));
    const float sum = 1 + p.value;
    const struct float_pair power = { float_scaled(sum, q),
                                      float_scaled(((1 - sum) + p.value) + p.rest, q) };
    float result = float_of_pair(pair_plus_any(power, -1));
    result = x > 88.72283172607421875f ? INFINITY : result;
    result = x < -16.635532333438687426013570f ? -1 : result;
    return x == 0 || x != x ? x : result;
}
