#pragma once
/* What is told of a value that is too large to be recorded whole. */

#include <stdint.h>

#include "engine/tensor/dtype.h"

/* Minimum, maximum, mean and standard deviation (over n - 1) of the finite ones among the elements;
 * all but the last NaN where there are none. */
void value_stats(enum dtype dtype, const char *elements, int64_t count, double stats[4]);
