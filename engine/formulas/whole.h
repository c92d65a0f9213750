#pragma once
/* Whole numbers: they wrap around, and division follows Python. */

#include <stdbool.h>
#include <stdint.h>

#include "engine/formulas/formula.h"

/* Wraps in uint64 and is cut to the type by the kernel's last cast. */
#define UNSIGNED(x) ((uint64_t)(x))
#define SIGNED(x) ((int64_t)(x))

FORMULA int negative(int64_t a)
{
    return a < 0;
}

/* The quotient rounded towards minus infinity; b = 0 is the caller's fault. */
FORMULA int64_t floor_quotient(int64_t a, int64_t b, bool *fault)
{
    if (b == 0) {
        *fault = true;
        return 0;
    }
    if (b == -1) {
        return SIGNED(-UNSIGNED(a));
    }
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

FORMULA int64_t floor_remainder(int64_t a, int64_t b, bool *fault)
{
    return SIGNED(UNSIGNED(a) - UNSIGNED(b) * UNSIGNED(floor_quotient(a, b, fault)));
}

FORMULA int64_t cut_remainder(int64_t a, int64_t b, bool *fault)
{
    if (b == 0) {
        *fault = true;
        return 0;
    }
    return b == -1 ? 0 : a % b;
}

FORMULA int64_t whole_power(int64_t base, int64_t exponent, bool *fault)
{
    uint64_t result = 1;
    *fault = *fault || exponent < 0;
    for (uint64_t factor = UNSIGNED(base); exponent > 0; exponent >>= 1) {
        result *= exponent & 1 ? factor : 1;
        factor *= factor;
    }
    return SIGNED(result);
}

FORMULA int is_bit(int64_t number)
{
    return number >= 0 && number < 64;
}

/* What x86's conversion gives for a real that no int64 or int32 holds: the smallest. */
#define TO_INT64(a) ((a) >= -0x1p63f && (a) < 0x1p63f ? (int64_t)(a) : INT64_MIN)
#define TO_INT32(a) ((a) >= -0x1p31f && (a) < 0x1p31f ? (int32_t)(a) : INT32_MIN)

/* A parameter as a whole number saturates, so that a missing bound can be an infinity. */
FORMULA int64_t parameter_int64(double value)
{
    return value >= 0x1p63 ? INT64_MAX : value > -0x1p63 ? (int64_t)value : INT64_MIN;
}

FORMULA int32_t parameter_int32(double value)
{
    const int64_t wide = parameter_int64(value);
    return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

FORMULA uint8_t parameter_uint8(double value)
{
    const int64_t wide = parameter_int64(value);
    return wide > UINT8_MAX ? UINT8_MAX : wide < 0 ? 0 : (uint8_t)wide;
}
