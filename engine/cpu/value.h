#pragma once
/* One element of any dtype, for what is done element by element. */

#include <assert.h>
#include <stdint.h>

#include "engine/backend.h"

/* Doubles and int64 hold every element of our dtypes exactly. */
struct value {
    bool is_real;
    double real;
    int64_t whole;
};

static inline struct value value_at(const void *data, enum dtype dtype, int64_t i)
{
    switch ((int)dtype) {
    case DTYPE_BOOL:
    case DTYPE_UINT8:
        return (struct value){ .whole = ((const uint8_t *)data)[i] };
    case DTYPE_INT32:
        return (struct value){ .whole = ((const int32_t *)data)[i] };
    case DTYPE_INT64:
        return (struct value){ .whole = ((const int64_t *)data)[i] };
    case DTYPE_FLOAT32:
        return (struct value){ .is_real = true, .real = ((const float *)data)[i] };
    case DTYPE_FLOAT64:
        return (struct value){ .is_real = true, .real = ((const double *)data)[i] };
    default:
        break;
    }
    assert(!"no such dtype");
    return (struct value){ 0 };
}

static inline void value_put(void *data, enum dtype dtype, int64_t i, struct value value)
{
    switch ((int)dtype) {
    case DTYPE_BOOL:
    case DTYPE_UINT8:
        ((uint8_t *)data)[i] = (uint8_t)value.whole;
        return;
    case DTYPE_INT32:
        ((int32_t *)data)[i] = (int32_t)value.whole;
        return;
    case DTYPE_INT64:
        ((int64_t *)data)[i] = value.whole;
        return;
    case DTYPE_FLOAT32:
        ((float *)data)[i] = (float)value.real;
        return;
    case DTYPE_FLOAT64:
        ((double *)data)[i] = value.real;
        return;
    default:
        break;
    }
    assert(!"no such dtype");
}
