#include "lessons/runner/value_stats.h"

#include <math.h>
#include <string.h>

/* A million numbers are looked at while somebody drags a slider: they are read once, in blocks, and each
 * loop over a block is one that a compiler makes vectors of, with LANES sums side by side. */
enum { LANES = 8, BLOCK = 64 * LANES };

#define WIDEN(type)                                                                \
    for (int64_t i = 0; i < count; i++) {                                          \
        type element;                                                              \
        memcpy(&element, elements + (size_t)i * sizeof(element), sizeof(element)); \
        out[i] = (double)element;                                                  \
    }                                                                              \
    break

static void widen(enum dtype dtype, const char *elements, int64_t count, double *out)
{
    switch ((int)dtype) {
    case DTYPE_BOOL:
    case DTYPE_UINT8:
        WIDEN(uint8_t);
    case DTYPE_INT32:
        WIDEN(int32_t);
    case DTYPE_INT64:
        WIDEN(int64_t);
    case DTYPE_FLOAT32:
        WIDEN(float);
    case DTYPE_FLOAT64:
        WIDEN(double);
    default:
        break;
    }
}

static double total(const double lanes[LANES])
{
    double sum = 0;

    for (int k = 0; k < LANES; k++) {
        sum += lanes[k];
    }
    return sum;
}

static double sum_of(const double *values, int64_t count)
{
    double sum[LANES] = { 0 };
    int64_t i = 0;

    for (; i + LANES <= count; i += LANES) {
        for (int k = 0; k < LANES; k++) {
            sum[k] += values[i + k];
        }
    }
    for (; i < count; i++) {
        sum[0] += values[i];
    }
    return total(sum);
}

/* Σ (value - from)² */
static double squares_of(const double *values, int64_t count, double from)
{
    double sum[LANES] = { 0 };
    int64_t i = 0;

    for (; i + LANES <= count; i += LANES) {
        for (int k = 0; k < LANES; k++) {
            sum[k] += (values[i + k] - from) * (values[i + k] - from);
        }
    }
    for (; i < count; i++) {
        sum[0] += (values[i] - from) * (values[i] - from);
    }
    return total(sum);
}

static void find_extremes(const double *values, int64_t count, double *least, double *greatest)
{
    double low[LANES], high[LANES];
    int64_t i = 0;

    for (int k = 0; k < LANES; k++) {
        low[k] = high[k] = values[0];
    }
    for (; i + LANES <= count; i += LANES) {
        for (int k = 0; k < LANES; k++) {
            low[k] = values[i + k] < low[k] ? values[i + k] : low[k];
            high[k] = values[i + k] > high[k] ? values[i + k] : high[k];
        }
    }
    for (; i < count; i++) {
        low[0] = fmin(low[0], values[i]);
        high[0] = fmax(high[0], values[i]);
    }
    for (int k = 0; k < LANES; k++) {
        *least = fmin(*least, low[k]);
        *greatest = fmax(*greatest, high[k]);
    }
}

/* Leaves out what is not finite; returns how many remain. A sum of finite numbers may be infinite, but
 * then there is nothing to leave out. */
static int64_t keep_finite(double *values, int64_t count)
{
    int64_t kept = 0;

    if (isfinite(sum_of(values, count))) {
        return count;
    }
    for (int64_t i = 0; i < count; i++) {
        if (isfinite(values[i])) {
            values[kept++] = values[i];
        }
    }
    return kept;
}

/* Of the finite ones seen so far; squares: the sum of (value - mean)². */
struct moments {
    double low, high, count, mean, squares;
};

/* Two sets as one (Chan, Golub, LeVeque): squares = squares_a + squares_b + (mean_b - mean_a)² n_a n_b / n. */
static void join(struct moments *all, const double *values, int64_t count)
{
    const double more = (double)count, both = all->count + more;
    const double mean = sum_of(values, count) / more;
    const double apart = mean - all->mean;

    find_extremes(values, count, &all->low, &all->high);
    all->squares += squares_of(values, count, mean) + apart * apart * all->count * more / both;
    all->mean += apart * more / both;
    all->count = both;
}

void value_stats(enum dtype dtype, const char *elements, int64_t count, double stats[4])
{
    struct moments all = { .low = INFINITY, .high = -INFINITY };
    double values[BLOCK];

    for (int64_t from = 0; from < count; from += BLOCK) {
        int64_t taken = count - from < BLOCK ? count - from : BLOCK;
        widen(dtype, elements + (size_t)from * dtype_size(dtype), taken, values);
        taken = keep_finite(values, taken);
        if (taken > 0) {
            join(&all, values, taken);
        }
    }
    stats[0] = all.count > 0 ? all.low : NAN;
    stats[1] = all.count > 0 ? all.high : NAN;
    stats[2] = all.count > 0 ? all.mean : NAN;
    stats[3] = all.count > 1 ? sqrt(all.squares / (all.count - 1)) : 0;
}
