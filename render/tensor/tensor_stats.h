#pragma once
/* What the numbers of a tensor are like. Of a value of which only a sample was recorded, the four that
 * the trace gives for the whole, and counts of the sample. */

#include "lessons/trace/state.h"

struct tensor_stats {
    size_t count, finite, zeros, odd; /* elements that were looked at; odd: NaN and infinities */
    double least, most, mean, std; /* of the finite ones, std by n − 1; NaN when there are none */
    bool sampled;
};
struct tensor_stats tensor_stats_of(const struct trace_value *value);

/* How many finite elements lie in each of `bins` parts of equal width from least to most. All the same:
 * they stand in the middle. */
enum { HISTOGRAM_BINS = 24 };
void tensor_histogram(const struct trace_value *value, const struct tensor_stats *stats,
                      size_t bins[HISTOGRAM_BINS]);
