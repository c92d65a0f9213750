#include "render/tensor/tensor_stats.h"

#include <math.h>
#include <string.h>

/* Twice over the elements: the mean first, then what they differ from it. */
static void measure(struct tensor_stats *stats, const struct trace_value *value)
{
    double sum = 0, squares = 0;

    for (size_t i = 0; i < value->count; i++) {
        const double element = trace_element(value, i);
        stats->zeros += element == 0;
        stats->odd += !isfinite(element);
        if (isfinite(element)) {
            stats->least = fmin(stats->least, element);
            stats->most = fmax(stats->most, element);
            sum += element;
            stats->finite++;
        }
    }
    stats->mean = stats->finite > 0 ? sum / (double)stats->finite : (double)NAN;
    for (size_t i = 0; i < value->count; i++) {
        const double beside = trace_element(value, i) - stats->mean;
        squares += isfinite(beside) ? beside * beside : 0;
    }
    stats->std = stats->finite > 1 ? sqrt(squares / (double)(stats->finite - 1)) : (double)NAN;
}

struct tensor_stats tensor_stats_of(const struct trace_value *value)
{
    struct tensor_stats stats = {
        .count = value->count, .sampled = value->sampled, .least = (double)NAN, .most = (double)NAN
    };

    measure(&stats, value);
    if (value->sampled && !value->masked) {
        stats.least = value->stats[0];
        stats.most = value->stats[1];
        stats.mean = value->stats[2];
        stats.std = value->stats[3];
    }
    return stats;
}

void tensor_histogram(const struct trace_value *value, const struct tensor_stats *stats,
                      size_t bins[HISTOGRAM_BINS])
{
    const double width = stats->most - stats->least;

    memset(bins, 0, HISTOGRAM_BINS * sizeof(bins[0]));
    for (size_t i = 0; i < value->count; i++) {
        const double element = trace_element(value, i);
        if (!isfinite(element) || !isfinite(width)) {
            continue;
        }
        const double at =
            width > 0 ? (element - stats->least) / width * HISTOGRAM_BINS : HISTOGRAM_BINS / 2.0;
        const size_t bin = at > 0 ? (size_t)at : 0;
        bins[bin < HISTOGRAM_BINS ? bin : HISTOGRAM_BINS - 1]++;
    }
}
