#include "engine/tensor/block_normal.h"

/* GCC makes vectors of these loops only where it may compute what is not chosen, and where a square root
 * sets no errno: six times as fast, and to the same bit. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math", "no-math-errno")
#endif

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { HALF = NORMAL_BLOCK / 2 };

/* Cephes' logf as PyTorch's 8-lane kernel has it, with the fused steps of its compiler; x > 0. */
static inline float vector_log(float x)
{
    uint32_t bits;
    x = x < 0x1p-126f ? 0x1p-126f : x;
    memcpy(&bits, &x, sizeof(bits));
    float e = (float)((int32_t)(bits >> 23) - 127) + 1;
    float m; /* in [0.5, 1) */
    bits = (bits & 0x807fffff) | 0x3f000000;
    memcpy(&m, &bits, sizeof(m));
    /* Both are computed, so that one can be chosen without a jump. */
    const bool low = m < 0.707106781186547524f;
    const float high_t = m - 1, low_t = high_t + m, low_e = e - 1;
    const float t = low ? low_t : high_t;
    e = low ? low_e : e;
    const float z = t * t;
    float y = 7.0376836292e-2f;
    y = fmaf(y, t, -1.1514610310e-1f);
    y = fmaf(y, t, 1.1676998740e-1f);
    y = fmaf(y, t, -1.2420140846e-1f);
    y = fmaf(y, t, 1.4249322787e-1f);
    y = fmaf(y, t, -1.6668057665e-1f);
    y = fmaf(y, t, 2.0000714765e-1f);
    y = fmaf(y, t, -2.4999993993e-1f);
    y = fmaf(y, t, 3.3333331174e-1f);
    y = y * t;
    y = fmaf(y, z, e * -2.12194440e-4f);
    y = fmaf(-z, 0.5f, y);
    return fmaf(e, 0.693359375f, t + y);
}

/* Its sine and cosine, x >= 0: x less a multiple of π/4, then a polynomial for each octant. */
static inline void vector_sincos(float x, float *sine, float *cosine)
{
    int32_t octant = (int32_t)(x * 1.27323954473516f);
    octant = (octant + 1) & ~1;
    const float j = (float)octant;
    x = fmaf(j, -0.78515625f, x);
    x = fmaf(j, -2.4187564849853515625e-4f, x);
    x = fmaf(j, -3.77489497744594108e-8f, x);
    const float z = x * x;

    float c = 2.443315711809948e-5f;
    c = fmaf(c, z, -1.388731625493765e-3f);
    c = fmaf(c, z, 4.166664568298827e-2f);
    c = c * z;
    c = fmaf(c, z, -(z * 0.5f)) + 1;

    float s = -1.9515295891e-4f;
    s = fmaf(s, z, 8.3321608736e-3f);
    s = fmaf(s, z, -1.6666654611e-1f);
    s = s * z;
    s = fmaf(s, x, x);

    const int swapped = (octant & 2) != 0;
    const float sine_size = swapped ? c : s, cosine_size = swapped ? s : c;
    *sine = octant & 4 ? -sine_size : sine_size;
    *cosine = (octant - 2) & 4 ? cosine_size : -cosine_size;
}

/* In steps that a compiler turns into vectors. */
static inline void block32(float *block, float mean, float std)
{
    float radius[HALF], sine[HALF], cosine[HALF];
    for (int i = 0; i < HALF; i++) {
        radius[i] = -2.0f * vector_log(1 - block[i]);
        vector_sincos((float)(2.0 * 3.14159265358979323846) * block[i + HALF], &sine[i],
                      &cosine[i]);
    }
    for (int i = 0; i < HALF; i++) {
        radius[i] = sqrtf(radius[i]);
    }
    for (int i = 0; i < HALF; i++) {
        block[i] = fmaf(radius[i] * cosine[i], std, mean);
        block[i + HALF] = fmaf(radius[i] * sine[i], std, mean);
    }
}

/* Without the instruction each fmaf is a call; the numbers are the same. */
#if defined(__x86_64__) && !defined(__FMA__)
__attribute__((target("avx2,fma"))) static void block32_fused(float *block, float mean, float std)
{
    block32(block, mean, std);
}

void normal_block32(float *block, float mean, float std)
{
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        block32_fused(block, mean, std);
    } else {
        block32(block, mean, std);
    }
}
#else
void normal_block32(float *block, float mean, float std)
{
    block32(block, mean, std);
}
#endif

void normal_block64(double *block, double mean, double std)
{
    for (int i = 0; i < HALF; i++) {
        const double u1 = 1 - block[i], u2 = block[i + HALF];
        const double radius = sqrt(-2.0 * log(u1));
        const double angle = 2.0 * 3.14159265358979323846 * u2;
        block[i] = fma(radius * cos(angle), std, mean);
        block[i + HALF] = fma(radius * sin(angle), std, mean);
    }
}
