#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/cpu/private.h"
#include "engine/cpu/value.h"

/* ---- rows along a dimension ------------------------------------------------------------------------ */

/* One row of a scan: where it begins, and the steps along it. */
struct row {
    const struct backend_scan *scan;
    int64_t in, out, in_step, out_step, length;
};

/* Calls `run` for every row. `scratch` is handed through. */
static void each_row(const struct backend_scan *scan,
                     void (*run)(const struct row *row, void *scratch), void *scratch)
{
    struct backend_view in = *scan->in, out = *scan->out;
    struct row row = { .scan = scan, .length = 1 };
    if (in.dims > 0) {
        row.length = in.shape[scan->dim];
        row.in_step = in.strides[scan->dim];
        row.out_step = out.strides[scan->dim];
        in.shape[scan->dim] = out.shape[scan->dim] = 1;
    }
    const struct backend_view *views[] = { &in, &out };
    struct walk walk;
    walk_init(&walk, views, 2);
    if (walk.empty || row.length == 0) {
        return;
    }
    struct odometer at = { .dims = walk.dims };
    do {
        row.in = at.offset[0];
        row.out = at.offset[1];
        run(&row, scratch);
    } while (odometer_next(&at, &walk));
}

static struct value row_value(const struct row *row, int64_t i)
{
    return value_at(row->scan->in->data, row->scan->in->dtype, row->in + i * row->in_step);
}

/* ---- sums and products ------------------------------------------------------------------------------ */

static void accumulate(const struct row *row, void *scratch)
{
    (void)scratch;
    const bool product = row->scan->function == SCAN_PROD;
    struct value total = { .real = product, .whole = product };
    for (int64_t k = 0; k < row->length; k++) {
        const int64_t i = row->scan->reverse ? row->length - 1 - k : k;
        const struct value value = row_value(row, i);
        total.is_real = value.is_real;
        if (product) {
            total.real *= value.real;
            total.whole = (int64_t)((uint64_t)total.whole * (uint64_t)value.whole);
        } else {
            total.real += value.real;
            total.whole = (int64_t)((uint64_t)total.whole + (uint64_t)value.whole);
        }
        value_put(row->scan->out->data, row->scan->out->dtype, row->out + i * row->out_step, total);
    }
}

/* The same of float32, which most are. */
static void sum_float(const struct row *row, void *scratch)
{
    (void)scratch;
    const bool reverse = row->scan->reverse;
    const int64_t first = reverse ? row->length - 1 : 0;
    const float *in = (const float *)row->scan->in->data + row->in + first * row->in_step;
    float *out = (float *)row->scan->out->data + row->out + first * row->out_step;
    const int64_t in_step = reverse ? -row->in_step : row->in_step;
    const int64_t out_step = reverse ? -row->out_step : row->out_step;
    double total = 0;
    for (int64_t i = 0; i < row->length; i++) {
        total += (double)in[i * in_step];
        out[i * out_step] = (float)total;
    }
}

/* ---- the largest so far, sums of powers ------------------------------------------------------------- */

static int order(const struct value *a, const struct value *b);

static void find_extremes(const struct row *row, void *scratch)
{
    (void)scratch;
    const int sign = row->scan->function == SCAN_MAX ? 1 : -1;
    int64_t *const places = row->scan->out->data, best = 0;
    struct value most = row_value(row, 0);
    for (int64_t i = 0; i < row->length; i++) {
        const struct value value = row_value(row, i);
        const bool is_nan = value.is_real && isnan(value.real);
        const bool held = most.is_real && isnan(most.real);
        if (is_nan || (!held && sign * order(&value, &most) >= 0)) {
            most = value;
            best = i;
        }
        places[row->out + i * row->out_step] = best;
    }
}

/* ln(e^a + e^b); infinities by themselves. */
static double log_sum(double a, double b)
{
    const double least = isnan(b) ? b : a < b ? a : b, most = isnan(b) ? b : a < b ? b : a;
    return least != most || isfinite(least) ? log1p(exp(least - most)) + most : a;
}

static void sum_powers(const struct row *row, void *scratch)
{
    (void)scratch;
    struct value total = { .is_real = true, .real = -INFINITY };
    for (int64_t i = 0; i < row->length; i++) {
        total.real = log_sum(row_value(row, i).real, total.real);
        value_put(row->scan->out->data, row->scan->out->dtype, row->out + i * row->out_step, total);
    }
}

/* ---- sorting ---------------------------------------------------------------------------------------- */

struct item {
    struct value value;
    int64_t place;
};

/* nan after everything. */
static int order(const struct value *a, const struct value *b)
{
    if (!a->is_real) {
        return (a->whole > b->whole) - (a->whole < b->whole);
    }
    if (isnan(a->real) || isnan(b->real)) {
        return isnan(a->real) - isnan(b->real);
    }
    return (a->real > b->real) - (a->real < b->real);
}

/* Merges two sorted halves; of equals the one from the first half goes first. */
static void merge(const struct item *from, struct item *to, int64_t middle, int64_t end, int sign)
{
    int64_t a = 0, b = middle;
    for (int64_t i = 0; i < end; i++) {
        const bool first =
            b == end || (a < middle && sign * order(&from[a].value, &from[b].value) <= 0);
        to[i] = first ? from[a++] : from[b++];
    }
}

/* ---- long rows: by the digits of a key, the lowest first; every pass keeps the order of equals ----- */

enum { LONG_ROW = 128, VERY_LONG_ROW = 1 << 13, DIGITS_MAX = 1 << 11 };

/* Keys are in the order of the elements: as unsigned numbers, nan after everything, one zero. */
struct keyed {
    uint64_t key;
    int64_t place;
};

static uint64_t key_of_float(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    bits = x == 0 ? 0 : bits;
    return isnan(x) ? UINT32_MAX : bits >> 31 ? (uint32_t)~bits : bits | UINT32_C(1) << 31;
}

static uint64_t key_of_double(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    bits = x == 0 ? 0 : bits;
    return isnan(x) ? UINT64_MAX : bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static uint64_t key_of(const struct row *row, int64_t i)
{
    if (row->scan->in->dtype == DTYPE_FLOAT32) {
        return key_of_float(((const float *)row->scan->in->data)[row->in + i * row->in_step]);
    }
    const struct value value = row_value(row, i);
    return value.is_real ? key_of_double(value.real) : (uint64_t)value.whole ^ UINT64_C(1) << 63;
}

/* One pass; false when all have the same digit and nothing moves. */
static bool sort_by_digit(const struct keyed *from, struct keyed *to, int64_t length, int shift,
                          uint64_t mask)
{
    int64_t begins[DIGITS_MAX], sum = 0;
    memset(begins, 0, (size_t)(mask + 1) * sizeof(*begins));
    for (int64_t i = 0; i < length; i++) {
        begins[from[i].key >> shift & mask]++;
    }
    if (begins[from[0].key >> shift & mask] == length) {
        return false;
    }
    for (uint64_t d = 0; d <= mask; d++) {
        const int64_t count = begins[d];
        begins[d] = sum;
        sum += count;
    }
    for (int64_t i = 0; i < length; i++) {
        to[begins[from[i].key >> shift & mask]++] = from[i];
    }
    return true;
}

static void sort_long_row(const struct row *row, struct keyed *items)
{
    struct keyed *other = items + row->length;
    const int bits = row->length < VERY_LONG_ROW ? 8 : 11;
    const int all = row->scan->in->dtype == DTYPE_FLOAT32 ? 32 : 64;
    const uint64_t flip = !row->scan->reverse ? 0 : all == 32 ? UINT32_MAX : UINT64_MAX;
    for (int64_t i = 0; i < row->length; i++) {
        items[i] = (struct keyed){ key_of(row, i) ^ flip, i };
    }
    for (int shift = 0; shift < all; shift += bits) {
        if (sort_by_digit(items, other, row->length, shift, (UINT64_C(1) << bits) - 1)) {
            struct keyed *const kept = items;
            items = other;
            other = kept;
        }
    }
    int64_t *places = row->scan->out->data;
    for (int64_t i = 0; i < row->length; i++) {
        places[row->out + i * row->out_step] = items[i].place;
    }
}

/* ---- short rows: by merging ------------------------------------------------------------------------ */

/* Room for one row of items, twice. */
static void sort_row(const struct row *row, void *scratch)
{
    struct item *items = scratch, *other = items + row->length;
    if (row->length >= LONG_ROW) {
        sort_long_row(row, scratch);
        return;
    }
    const int sign = row->scan->reverse ? -1 : 1;
    for (int64_t i = 0; i < row->length; i++) {
        items[i] = (struct item){ row_value(row, i), i };
    }
    for (int64_t width = 1; width < row->length; width *= 2) {
        for (int64_t at = 0; at < row->length; at += 2 * width) {
            const int64_t left = row->length - at;
            const int64_t middle = left < width ? left : width;
            merge(items + at, other + at, middle, left < 2 * width ? left : 2 * width, sign);
        }
        struct item *kept = items;
        items = other;
        other = kept;
    }
    int64_t *places = row->scan->out->data;
    for (int64_t i = 0; i < row->length; i++) {
        places[row->out + i * row->out_step] = items[i].place;
    }
}

enum backend_status cpu_scan(struct backend *backend, const struct backend_scan *scan,
                             struct error *err)
{
    (void)backend, (void)err;
    static void (*const runs[])(const struct row *row, void *scratch) = {
        [SCAN_SUM] = accumulate,    [SCAN_PROD] = accumulate,   [SCAN_SORT] = sort_row,
        [SCAN_MAX] = find_extremes, [SCAN_MIN] = find_extremes, [SCAN_LOG_SUM_EXP] = sum_powers,
    };
    if (scan->function != SCAN_SORT) {
        const bool is_float_sum = scan->function == SCAN_SUM && scan->in->dtype == DTYPE_FLOAT32;
        each_row(scan, is_float_sum ? sum_float : runs[scan->function], NULL);
        return BACKEND_OK;
    }
    const int64_t length = scan->in->dims > 0 ? scan->in->shape[scan->dim] : 1;
    struct item *room = memory_allocate((size_t)length * 2 + 1, sizeof(*room));
    each_row(scan, sort_row, room);
    free(room);
    return BACKEND_OK;
}
