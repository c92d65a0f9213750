#include "engine/tensor/narrow.h"

#include <assert.h>
#include <math.h>

#include "engine/formulas/float_math.h"

/* ---- float16 ----------------------------------------------------------------------------------- */

/* 2^(e-15)·1.m, and 2^-14·0.m for e = 0. */
static float half_value(uint16_t half)
{
    const uint32_t exponent = half >> 10 & 31, mantissa = half & 1023;
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    if (exponent == 0) {
        const float small = (float)mantissa * 0x1p-24f;
        return sign ? -small : small;
    }
    return float_of_bits(exponent == 31 ? sign | 0x7f800000 | mantissa << 13
                                        : sign | (exponent + 112) << 23 | mantissa << 13);
}

/* The nearest half, of two as near the even one. */
static uint16_t half_of(float value)
{
    const uint32_t bits = bits_of_float(value), magnitude = bits & 0x7fffffff;
    const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    if (magnitude > 0x7f800000) {
        return (uint16_t)(sign | 0x7e00);
    }
    if (magnitude >= 0x477ff000) { /* 65520, half way to 2^16 */
        return (uint16_t)(sign | 0x7c00);
    }
    if (magnitude < 0x38800000) { /* below 2^-14: in steps of 2^-24 */
        return (uint16_t)(sign | (uint16_t)lrintf(fabsf(value) * 0x1p24f));
    }
    const uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
    return (uint16_t)(sign | (uint16_t)((rounded >> 13) - (112u << 10)));
}

/* ---- bfloat16 ---------------------------------------------------------------------------------- */

static float brain_value(uint16_t brain)
{
    return float_of_bits((uint32_t)brain << 16);
}

static uint16_t brain_of(float value)
{
    const uint32_t bits = bits_of_float(value);
    return isnan(value) ? 0x7fc0 : (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* ---- rows of elements -------------------------------------------------------------------------- */

#define EACH(from, to, convert)                    \
    for (size_t i = 0; i < count; i++) {           \
        ((to *)out)[i] = convert(((from *)in)[i]); \
    }                                              \
    return

void narrow_widen(enum dtype narrow, const void *in, void *out, size_t count)
{
    switch ((int)narrow) {
    case DTYPE_INT8:
        EACH(const int8_t, int32_t, );
    case DTYPE_INT16:
        EACH(const int16_t, int32_t, );
    case DTYPE_FLOAT16:
        EACH(const uint16_t, float, half_value);
    case DTYPE_BFLOAT16:
        EACH(const uint16_t, float, brain_value);
    default:
        assert(!"no narrow dtype");
    }
}

void narrow_cut(enum dtype narrow, const void *in, void *out, size_t count)
{
    switch ((int)narrow) {
    case DTYPE_INT8:
        EACH(const int32_t, int8_t, (int8_t));
    case DTYPE_INT16:
        EACH(const int32_t, int16_t, (int16_t));
    case DTYPE_FLOAT16:
        EACH(const float, uint16_t, half_of);
    case DTYPE_BFLOAT16:
        EACH(const float, uint16_t, brain_of);
    default:
        assert(!"no narrow dtype");
    }
}

double narrow_value(enum dtype narrow, const void *elements, size_t i)
{
    const char *at = (const char *)elements + i * dtype_size(narrow);
    int32_t whole;
    float real;
    if (dtype_is_float(narrow)) {
        narrow_widen(narrow, at, &real, 1);
        return (double)real;
    }
    narrow_widen(narrow, at, &whole, 1);
    return whole;
}

void narrow_put(enum dtype narrow, void *elements, size_t i, double value)
{
    char *at = (char *)elements + i * dtype_size(narrow);
    const int32_t whole =
        value >= INT32_MIN && value <= INT32_MAX ? (int32_t)value : (int32_t)(int64_t)value;
    const float real = (float)value;
    narrow_cut(narrow, dtype_is_float(narrow) ? (const void *)&real : (const void *)&whole, at, 1);
}
