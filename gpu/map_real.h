#pragma once
/* The maps on floats, for map_float.cu and map_double.cu: functions that are chosen by type are overloads
 * here. Of float32, what is not our own goes by way of double, which rounds it to the nearest float nearly
 * always; CUDA's own are some units of the last place off. */

#include "gpu/map_kernels.h"

#define BY_TYPE(NAME, narrow, wide)                         \
    static __device__ __forceinline__ float NAME(float x)   \
    {                                                       \
        return (float)narrow(x);                            \
    }                                                       \
    static __device__ __forceinline__ double NAME(double x) \
    {                                                       \
        return wide(x);                                     \
    }
#define BY_TYPE2(NAME, narrow, wide)                                  \
    static __device__ __forceinline__ float NAME(float x, float y)    \
    {                                                                 \
        return (float)narrow(x, y);                                   \
    }                                                                 \
    static __device__ __forceinline__ double NAME(double x, double y) \
    {                                                                 \
        return wide(x, y);                                            \
    }
#define THROUGH_DOUBLE(name)                                        \
    static __device__ __forceinline__ double double_##name(float x) \
    {                                                               \
        return name((double)x);                                     \
    }

THROUGH_DOUBLE(asinh)
THROUGH_DOUBLE(acosh)
THROUGH_DOUBLE(atanh)
THROUGH_DOUBLE(erfc)

static __device__ __forceinline__ double double_pow(float x, float y)
{
    return pow((double)x, (double)y);
}

BY_TYPE(EXP, float_exp, exp)
BY_TYPE(LOG, float_log, log)
BY_TYPE(TANH, float_tanh, tanh)
BY_TYPE(EXPM1, float_expm1, expm1)
BY_TYPE(LOG1P, float_log1p, log1p)
BY_TYPE(LOG2, float_log2, log2)
BY_TYPE(LOG10, float_log10, log10)
BY_TYPE(ERF, float_erf, erf)
BY_TYPE(ASIN, float_asin, asin)
BY_TYPE(ACOS, float_acos, acos)
BY_TYPE(SINH, float_sinh, sinh)
BY_TYPE(COSH, float_cosh, cosh)
BY_TYPE2(ATAN2, float_atan2, atan2)
BY_TYPE(ASINH, double_asinh, asinh)
BY_TYPE(ACOSH, double_acosh, acosh)
BY_TYPE(ATANH, double_atanh, atanh)
BY_TYPE(ERFC, double_erfc, erfc)
BY_TYPE2(POWER, double_pow, pow)
BY_TYPE2(FMOD, fmodf, fmod)
BY_TYPE2(REMAINDER, far_remainder, wide_remainder)
BY_TYPE2(FLOOR_DIVIDE, far_floor_divide, wide_floor_divide)

#define REAL_DEFINE(inputs, id, name, formula) MAP_DEFINE(inputs, id, formula, T)

FLOAT_LIST(REAL_DEFINE)
MAP_DEFINE(2, FMOD, FMOD(a, b), T)
MAP_DEFINE(2, REMAINDER, REMAINDER(a, b), T)
MAP_DEFINE(2, FLOOR_DIVIDE, FLOOR_DIVIDE(a, b), T)

template <class T> static map_launch *map_find_real(enum map_function function)
{
    switch (function) {
#define X(inputs, id, name, formula) \
    case MAP_##id:                   \
        return map_run<map_##id<T>>;
        FLOAT_LIST(X)
        X(2, FMOD, , )
        X(2, REMAINDER, , )
        X(2, FLOOR_DIVIDE, , )
#undef X
    default:
        return NULL;
    }
}
