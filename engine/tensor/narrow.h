#pragma once
/* Elements of the narrow dtypes (int8, int16, float16, bfloat16): they lie in memory as they are, and are
 * widened to int32 or float32 for every primitive and cut again, so that each primitive is exact and its
 * result is rounded once. */

#include <stddef.h>

#include "engine/tensor/dtype.h"

/* `count` elements of a narrow dtype to those of dtype_widened, and back: whole numbers wrap around, floats
 * are rounded to the nearest, half to even, and become infinite where they are too large. */
void narrow_widen(enum dtype narrow, const void *in, void *out, size_t count);
void narrow_cut(enum dtype narrow, const void *in, void *out, size_t count);

/* One element as a double, and from one. */
double narrow_value(enum dtype narrow, const void *elements, size_t i);
void narrow_put(enum dtype narrow, void *elements, size_t i, double value);
