#include <assert.h>
#include <math.h>
#include <string.h>

#include "engine/cpu/private.h"
#include "engine/cpu/value.h"

/* ---- the order of dimensions ---------------------------------------------------------------------- */

/* View 0 is out (stride 0 where reduced), view 1 in, view 2 the index. Innermost last: the reduced
 * dimensions first of all by in's stride, then the kept ones, by out's, as PyTorch's iterator sorts
 * them (its order decides how partial sums are grouped). */
static bool runs_inside(const struct walk *walk, int a, int b)
{
    const int64_t out_a = walk->strides[0][a], out_b = walk->strides[0][b];
    if ((out_a == 0) != (out_b == 0)) {
        return out_a == 0;
    }
    if (out_a != 0 && out_a != out_b) {
        return out_a < out_b;
    }
    const int64_t in_a = walk->strides[1][a], in_b = walk->strides[1][b];
    return in_a != 0 && in_b != 0 && in_a < in_b;
}

static void swap(int64_t *a, int64_t *b)
{
    const int64_t kept = *a;
    *a = *b;
    *b = kept;
}

static void sort_dims(struct walk *walk)
{
    for (int i = 1; i < walk->dims; i++) {
        for (int d = i; d > 0 && runs_inside(walk, d - 1, d); d--) {
            swap(&walk->shape[d], &walk->shape[d - 1]);
            for (int v = 0; v < walk->views; v++) {
                swap(&walk->strides[v][d], &walk->strides[v][d - 1]);
            }
        }
    }
}

/* Out (or the index) with stride 0 in the dimensions that are reduced. */
static struct backend_view reduced_view(const struct backend_view *out,
                                        const struct backend_view *in)
{
    struct backend_view view = *in;
    view.data = out->data;
    view.dtype = out->dtype;
    for (int d = 0; d < in->dims; d++) {
        view.strides[d] = out->shape[d] == in->shape[d] ? out->strides[d] : 0;
        assert(out->shape[d] == in->shape[d] || out->shape[d] == 1);
    }
    return view;
}

/* ---- sums ------------------------------------------------------------------------------------------ */

static enum backend_status sum(const struct cpu *cpu, const struct backend_reduce *reduce,
                               const struct walk *walk)
{
    sum_kernel *kernel = cpu->kernels->sum(reduce->in->dtype);
    const int64_t in_size = (int64_t)cpu_size(reduce->in->dtype);
    const int64_t out_size = (int64_t)cpu_size(reduce->out->dtype);
    const int rows = walk->dims - 1, columns = walk->dims - 2;
    struct sum_call call = { .rows = rows >= 0 ? walk->shape[rows] : 1,
                             .row_step = rows >= 0 ? walk->strides[1][rows] : 1,
                             .columns = columns >= 0 ? walk->shape[columns] : 1,
                             .column_step = columns >= 0 ? walk->strides[1][columns] : 0,
                             .out_step = columns >= 0 ? walk->strides[0][columns] : 0 };
    /* Nothing is reduced: every element is a column of one row. */
    if (rows >= 0 && walk->strides[0][rows] != 0) {
        call.columns = call.rows;
        call.column_step = call.row_step;
        call.out_step = walk->strides[0][rows];
        call.rows = 1;
        call.row_step = 1;
    }
    const bool both = rows < 0 || walk->strides[0][rows] == 0;
    struct odometer odometer = { .dims = both ? (columns > 0 ? columns : 0) : rows };
    do {
        call.in = (const char *)reduce->in->data + odometer.offset[1] * in_size;
        call.out = (char *)reduce->out->data + odometer.offset[0] * out_size;
        kernel(&call);
    } while (odometer_next(&odometer, walk));
    return BACKEND_OK;
}

/* ---- the others, element by element --------------------------------------------------------------- */

enum { PARTS = 8 };

/* One output's fold over its inputs. */
struct fold {
    enum reduce_function function;
    enum dtype dtype;
    int64_t count;  /* folded so far */
    int64_t winner; /* position of the largest or smallest */
    struct value value;
    double mean, squares; /* Welford */
    int lanes, power;     /* of the sums in an order of their own */
    double part[PARTS];
};

static bool value_is_zero(struct value value)
{
    return value.is_real ? value.real == 0 : value.whole == 0;
}

/* Whether `value` takes the place of the present winner: nan beats all, the first of equals stays. */
static bool wins(const struct fold *fold, struct value value)
{
    if (fold->count == 0) {
        return true;
    }
    const bool larger = fold->function == REDUCE_MAX;
    if (!value.is_real) {
        return larger ? value.whole > fold->value.whole : value.whole < fold->value.whole;
    }
    if (isnan(fold->value.real)) {
        return false;
    }
    return isnan(value.real) ||
           (larger ? value.real > fold->value.real : value.real < fold->value.real);
}

static void fold_product(struct fold *fold, struct value value)
{
    if (!value.is_real) {
        fold->value.whole = (int64_t)((uint64_t)fold->value.whole * (uint64_t)value.whole);
    } else if (fold->dtype == DTYPE_FLOAT32) {
        fold->value.real = (float)fold->value.real * (float)value.real;
    } else {
        fold->value.real *= value.real;
    }
}

/* The sum of two floats is exact enough in double to be rounded once more. */
static double rounded_sum(enum dtype dtype, double a, double b)
{
    return dtype == DTYPE_FLOAT32 ? (double)(float)(a + b) : a + b;
}

static void fold_lane(struct fold *fold, double value)
{
    double *lane = &fold->part[fold->count % fold->lanes];
    *lane = rounded_sum(fold->dtype, *lane, value);
}

static void fold_cascade(struct fold *fold, double value)
{
    const int64_t mask = ((int64_t)1 << fold->power) - 1;
    fold->part[0] = rounded_sum(fold->dtype, fold->part[0], value);
    for (int j = 0; j < PARTS - 1 && (fold->count & mask << j * fold->power) == 0; j++) {
        fold->part[j + 1] = rounded_sum(fold->dtype, fold->part[j + 1], fold->part[j]);
        fold->part[j] = 0;
    }
}

/* The lanes, or levels, in the order of the contract. */
static double parts_sum(struct fold *fold)
{
    double *part = fold->part;
    const bool halves = fold->lanes == PARTS && fold->count >= PARTS;
    for (int width = PARTS / 2; halves && width > 0; width /= 2) {
        for (int i = 0; i < width; i++) {
            part[i] = rounded_sum(fold->dtype, part[i], part[i + width]);
        }
    }
    for (int i = 1; !halves && i < PARTS; i++) {
        part[0] = rounded_sum(fold->dtype, part[0], part[i]);
    }
    return part[0];
}

static void fold_add(struct fold *fold, struct value value)
{
    switch (fold->function) {
    case REDUCE_PROD:
        fold_product(fold, value);
        break;
    case REDUCE_MAX:
    case REDUCE_MIN:
        if (wins(fold, value)) {
            fold->value = value;
            fold->winner = fold->count;
        }
        break;
    case REDUCE_ANY:
        fold->value.whole |= !value_is_zero(value);
        break;
    case REDUCE_ALL:
        fold->value.whole &= !value_is_zero(value);
        break;
    case REDUCE_VAR:
    case REDUCE_STD: {
        const double delta = value.real - fold->mean;
        fold->mean += delta / (double)(fold->count + 1);
        fold->squares += delta * (value.real - fold->mean);
        break;
    }
    case REDUCE_SUM_LANES:
        fold_lane(fold, value.real);
        break;
    case REDUCE_SUM_CASCADE:
        fold_cascade(fold, value.real);
        break;
    case REDUCE_SUM:
    case REDUCE_COUNT:
        assert(!"plain sums have kernels of their own");
    }
    fold->count++;
}

/* An eighth of the number of bits that `count` needs, at least 4. */
static int cascade_power(int64_t count)
{
    int bits = 0;
    while (((int64_t)1 << bits) < count) {
        bits++;
    }
    return bits / PARTS > 4 ? bits / PARTS : 4;
}

static int lane_count(const struct backend_reduce *reduce)
{
    const int last = reduce->in->dims - 1;
    if (last < 0 || reduce->out->shape[last] == reduce->in->shape[last]) {
        return 1;
    }
    return reduce->in->dtype == DTYPE_FLOAT32 ? PARTS : PARTS / 2;
}

static void fold_start(struct fold *fold, const struct backend_reduce *reduce, int64_t count)
{
    *fold = (struct fold){ .function = reduce->function, .dtype = reduce->in->dtype };
    const bool one = reduce->function == REDUCE_PROD || reduce->function == REDUCE_ALL;
    fold->value.whole = one;
    fold->value.real = one;
    if (reduce->function == REDUCE_SUM_LANES) {
        fold->lanes = lane_count(reduce);
        for (int i = 0; i < PARTS; i++) {
            fold->part[i] = -0.0; /* what changes nothing when added to, not even -0 */
        }
    }
    if (reduce->function == REDUCE_SUM_CASCADE) {
        fold->power = cascade_power(count);
    }
}

static void fold_finish(struct fold *fold, const struct backend_reduce *reduce, int64_t out_at,
                        int64_t index_at)
{
    struct value value = fold->value;
    if (fold->function == REDUCE_VAR || fold->function == REDUCE_STD) {
        const double divisor = (double)fold->count - reduce->parameter;
        value.real = fold->squares / (divisor > 0 ? divisor : 0);
        value.real = fold->function == REDUCE_STD ? sqrt(value.real) : value.real;
    }
    if (fold->function == REDUCE_SUM_LANES || fold->function == REDUCE_SUM_CASCADE) {
        value.real = fold->count > 0 ? parts_sum(fold) : 0;
    }
    if (reduce->out) {
        value_put(reduce->out->data, reduce->out->dtype, out_at, value);
    }
    if (reduce->index) {
        ((int64_t *)reduce->index->data)[index_at] = fold->winner;
    }
}

/* One output (or a row of them), whose inputs lie on one row: by a kernel. */
static void fold_row(const struct backend_reduce *reduce, fold_kernel *kernel,
                     struct fold_call *call, const struct odometer *outer)
{
    const int64_t size = (int64_t)cpu_size(reduce->in->dtype);
    double result;
    call->in = (const char *)reduce->in->data + outer->offset[1] * size;
    call->out = reduce->out ? (char *)reduce->out->data + outer->offset[0] * size : (void *)&result;
    kernel(call);
    if (reduce->index) {
        ((int64_t *)reduce->index->data)[outer->offset[2]] = call->winner;
    }
}

/* Whether some or all of a dense row of bools are true. */
static void truth_row(const struct backend_reduce *reduce, int64_t n, const struct odometer *outer)
{
    const uint8_t *in = (const uint8_t *)reduce->in->data + outer->offset[1];
    const bool any = reduce->function == REDUCE_ANY;
    const bool found = memchr(in, any, (size_t)n) != NULL;
    ((uint8_t *)reduce->out->data)[outer->offset[0]] = any ? found : !found;
}

/* Products down the columns of dense rows: row by row, each column in its order. */
#define DEFINE_COLUMNS(name, type)                                                               \
    static void name(const type *in, type *out, int64_t columns, int64_t rows, int64_t row_step) \
    {                                                                                            \
        for (int64_t c = 0; c < columns; c++) {                                                  \
            out[c] = in[c];                                                                      \
        }                                                                                        \
        for (int64_t r = 1; r < rows; r++) {                                                     \
            const type *const row = in + r * row_step;                                           \
            for (int64_t c = 0; c < columns; c++) {                                              \
                out[c] *= row[c];                                                                \
            }                                                                                    \
        }                                                                                        \
    }
DEFINE_COLUMNS(multiply_floats, float)
DEFINE_COLUMNS(multiply_doubles, double)

/* False when the reduction is another. */
static bool multiply_columns(const struct backend_reduce *reduce, const struct walk *walk,
                             const struct walk *inner, int kept)
{
    const bool narrow = reduce->in->dtype == DTYPE_FLOAT32;
    const int last = kept - 1;
    if (reduce->function != REDUCE_PROD || (!narrow && reduce->in->dtype != DTYPE_FLOAT64) ||
        kept == 0 || walk->empty || inner->dims != 1 || inner->strides[1][0] == 1 ||
        walk->strides[0][last] != 1 || walk->strides[1][last] != 1) {
        return false;
    }
    struct odometer outer = { .dims = last };
    do {
        const int64_t columns = walk->shape[last], rows = inner->shape[0];
        const int64_t step = inner->strides[1][0];
        if (narrow) {
            multiply_floats((const float *)reduce->in->data + outer.offset[1],
                            (float *)reduce->out->data + outer.offset[0], columns, rows, step);
        } else {
            multiply_doubles((const double *)reduce->in->data + outer.offset[1],
                             (double *)reduce->out->data + outer.offset[0], columns, rows, step);
        }
    } while (odometer_next(&outer, walk));
    return true;
}

/* The largest or smallest of each row of int64, as indices are checked; false when the reduction is
 * another. */
static bool extremes_of_whole(const struct backend_reduce *reduce, const struct walk *walk,
                              const struct walk *inner, int kept)
{
    const bool larger = reduce->function == REDUCE_MAX;
    if ((!larger && reduce->function != REDUCE_MIN) || reduce->in->dtype != DTYPE_INT64 ||
        reduce->index || walk->empty || inner->dims != 1) {
        return false;
    }
    struct odometer outer = { .dims = kept };
    do {
        const int64_t *in = (const int64_t *)reduce->in->data + outer.offset[1];
        int64_t best = in[0];
        for (int64_t i = 1; i < inner->shape[0]; i++) {
            const int64_t x = in[i * inner->strides[1][0]];
            best = (larger ? x > best : x < best) ? x : best;
        }
        ((int64_t *)reduce->out->data)[outer.offset[0]] = best;
    } while (odometer_next(&outer, walk));
    return true;
}

/* The kept dimensions are the first of the walk, the reduced ones the last. */
static void fold_all(const struct cpu *cpu, const struct backend_reduce *reduce,
                     const struct walk *walk, int kept)
{
    struct walk inner = { .dims = walk->dims - kept, .views = walk->views };
    int64_t count = 1;
    for (int d = kept; d < walk->dims; d++) {
        count *= walk->shape[d];
        inner.shape[d - kept] = walk->shape[d];
        for (int v = 0; v < walk->views; v++) {
            inner.strides[v][d - kept] = walk->strides[v][d];
        }
    }
    struct odometer outer = { .dims = kept };
    walk_join(&inner);
    if (multiply_columns(reduce, walk, &inner, kept) ||
        extremes_of_whole(reduce, walk, &inner, kept)) {
        return;
    }
    fold_kernel *const kernel = cpu->kernels->fold(reduce->function, reduce->in->dtype);
    if (kernel && count > 0 && inner.dims <= 1) {
        struct fold_call call = { .n = count,
                                  .step = inner.dims > 0 ? inner.strides[1][0] : 1,
                                  .rows = 1,
                                  .parameter = reduce->parameter,
                                  .lanes = reduce->out ? lane_count(reduce) : 1,
                                  .wants_winner = reduce->index != NULL };
        if (reduce->function == REDUCE_SUM_LANES && kept > 0) {
            outer.dims = kept - 1;
            call.rows = walk->shape[kept - 1];
            call.row_step = walk->strides[1][kept - 1];
            call.out_step = walk->strides[0][kept - 1];
        }
        do {
            fold_row(reduce, kernel, &call, &outer);
        } while (odometer_next(&outer, walk));
        return;
    }
    const bool is_truth = reduce->function == REDUCE_ANY || reduce->function == REDUCE_ALL;
    if (is_truth && reduce->in->dtype == DTYPE_BOOL && count > 0 && inner.dims == 1 &&
        inner.strides[1][0] == 1) {
        do {
            truth_row(reduce, count, &outer);
        } while (odometer_next(&outer, walk));
        return;
    }
    do {
        struct fold fold;
        fold_start(&fold, reduce, count);
        struct odometer odometer = { .dims = inner.dims };
        if (!walk->empty) {
            do {
                fold_add(&fold, value_at(reduce->in->data, reduce->in->dtype,
                                         outer.offset[1] + odometer.offset[1]));
            } while (odometer_next(&odometer, &inner));
        }
        fold_finish(&fold, reduce, outer.offset[0], outer.offset[2]);
    } while (odometer_next(&outer, walk));
}

/* ---- the entry ------------------------------------------------------------------------------------- */

static bool any_zero(const int64_t *sizes, int count)
{
    for (int i = 0; i < count; i++) {
        if (sizes[i] == 0) {
            return true;
        }
    }
    return false;
}

static enum backend_status fill_zero(struct backend *backend, const struct backend_view *out,
                                     struct error *err)
{
    const struct backend_map fill = { .function = MAP_FILL, .dtype = out->dtype, .out = out };
    return cpu_map(backend, &fill, err);
}

enum backend_status cpu_reduce(struct backend *backend, const struct backend_reduce *reduce,
                               struct error *err)
{
    const bool is_sum = reduce->function == REDUCE_SUM;
    if (reduce->function >= REDUCE_VAR && reduce->in->dtype < DTYPE_FLOAT32) {
        return cpu_unsupported(reduce_name(reduce->function), reduce->in->dtype, err);
    }
    const struct backend_view *shown = reduce->out ? reduce->out : reduce->index;
    const struct backend_view out = reduced_view(shown, reduce->in);
    struct backend_view index;
    if (reduce->index) {
        index = reduced_view(reduce->index, reduce->in);
    }
    const struct backend_view *views[] = { &out, reduce->in, reduce->index ? &index : NULL };
    if (is_sum && fill_zero(backend, reduce->out, err) != BACKEND_OK) {
        return BACKEND_INTERNAL;
    }
    if (any_zero(shown->shape, shown->dims)) {
        return BACKEND_OK;
    }
    struct walk walk;
    walk_init(&walk, views, 3);
    if (is_sum && walk.empty) {
        return BACKEND_OK;
    }
    sort_dims(&walk);
    if (is_sum) {
        walk_join(&walk);
        return sum(cpu_of(backend), reduce, &walk);
    }
    int kept = 0;
    while (kept < walk.dims && walk.strides[0][kept] != 0) {
        kept++;
    }
    if (walk.empty && (reduce->function == REDUCE_MAX || reduce->function == REDUCE_MIN)) {
        error_set_kind(err, ERROR_INDEX, "%s(): Expected reduction dim to have non-zero size.",
                       reduce_name(reduce->function));
        return BACKEND_BAD_ARGUMENT;
    }
    fold_all(cpu_of(backend), reduce, &walk, kept);
    return BACKEND_OK;
}
