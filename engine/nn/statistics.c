#include "engine/nn/statistics.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/nn/nn.h"
#include "engine/nn/steps.h"

/* ---- differences and areas ------------------------------------------------------------------------- */

static struct tensor *differences(struct rule *steps, struct tensor *a, int64_t times, int dim)
{
    for (int64_t i = 0; a && i < times; i++) {
        const int64_t size = a->shape.size[dim], left = size > 0 ? size - 1 : 0;
        struct tensor *next = steps_slice(steps, a, dim, size - left, size);
        struct tensor *now = steps_slice(steps, a, dim, 0, left);
        const enum op_id op = a->dtype == DTYPE_BOOL ? OP_LOGICAL_XOR : OP_SUB;
        a = rule_binary(steps, op, operand_tensor(next), operand_tensor(now));
    }
    return a;
}

struct tensor *nn_diff(struct engine *engine, struct tensor *a, int64_t times, int64_t dim,
                       struct tensor *before, struct tensor *after, struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    struct tensor *parts[3];
    int count = 0, at;
    if (a->shape.dims == 0) {
        return steps_refuse(&steps, "diff expects input to be at least one-dimensional");
    }
    if (times < 0) {
        return steps_refuse(&steps, "order must be non-negative but got %" PRId64, times);
    }
    if (!shape_dim(a->shape.dims, dim, &at, err)) {
        return NULL;
    }
    for (int k = 0; k < 3; k++) {
        struct tensor *part = k == 0 ? before : k == 1 ? a : after;
        if (part) {
            parts[count++] = part;
        }
    }
    struct tensor *whole = count > 1 ? rule_take(&steps, nn_cat(engine, parts, count, at, err)) : a;
    if (whole && times == 0) {
        whole = rule_unary(&steps, OP_CLONE, whole);
    }
    if (whole && times > whole->shape.size[at]) {
        times = whole->shape.size[at]; /* nothing is left by then */
    }
    return steps_finish(&steps, differences(&steps, whole, times, at));
}

static struct tensor *times_number(struct rule *steps, enum op_id op, struct tensor *a,
                                   double number)
{
    return rule_binary(steps, op, operand_tensor(a), operand_real(number));
}

/* A line of places as one along dimension `dim` of y. */
static struct tensor *widths(struct rule *steps, const struct tensor *y, struct tensor *x, int dim)
{
    const bool is_line = x->shape.dims == 1;
    struct tensor *dx = differences(steps, x, 1, is_line ? 0 : dim);
    struct shape size = { y->shape.dims, { 0 } };
    for (int d = 0; dx && is_line && d < size.dims; d++) {
        size.size[d] = d == dim ? dx->shape.size[0] : 1;
    }
    return dx && is_line && size.dims > 1 ? rule_reshape(steps, dx, &size) : dx;
}

struct tensor *nn_trapezoid(struct engine *engine, struct tensor *y, struct tensor *x, double dx,
                            int64_t dim, struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    int at;
    if (y->shape.dims == 0 || !shape_dim(y->shape.dims, dim, &at, err)) {
        return y->shape.dims > 0
                   ? NULL
                   : steps_refuse(&steps, "trapezoid: expected at least one dimension");
    }
    const struct shape along = { 1, { at } };
    const int64_t size = y->shape.size[at];
    if (size == 0) {
        return steps_finish(&steps, rule_sum(&steps, y, &along, false));
    }
    if (!x) {
        struct tensor *ends = steps_plus(&steps, steps_select(&steps, y, at, 0),
                                         steps_select(&steps, y, at, size - 1));
        struct tensor *inner = steps_minus(&steps, rule_sum(&steps, y, &along, false),
                                           times_number(&steps, OP_MUL_SCALAR, ends, 0.5));
        return steps_finish(&steps, times_number(&steps, OP_MUL_SCALAR, inner, dx));
    }
    if (x->shape.size[x->shape.dims == 1 ? 0 : at] != size) {
        return steps_refuse(&steps, "trapezoid: There must be one `x` value for each sample point");
    }
    struct tensor *sums = steps_plus(&steps, steps_slice(&steps, y, at, 0, size - 1),
                                     steps_slice(&steps, y, at, 1, size));
    struct tensor *area = rule_times(&steps, sums, widths(&steps, y, x, at));
    return steps_finish(
        &steps, times_number(&steps, OP_DIV_SCALAR, rule_sum(&steps, area, &along, false), 2));
}

/* ---- covariance ------------------------------------------------------------------------------------ */

static struct tensor *divided(struct rule *steps, struct tensor *a, int64_t by)
{
    return rule_binary(steps, OP_DIV, operand_tensor(a), operand_number(number_integer(by)));
}

static struct tensor *covariance(struct rule *steps, struct tensor *a, int64_t correction)
{
    struct tensor *rows = a;
    if (a->shape.dims < 2) {
        rows = steps_apply(
            steps, OP_VIEW, a,
            &(struct op_attrs){ .present = ATTR(SIZE), .size = { 2, { 1, a->count } } });
    }
    if (!rows) {
        return NULL;
    }
    const int64_t count = rows->shape.size[1];
    const int64_t factor = count > correction ? count - correction : 0;
    struct tensor *mean =
        divided(steps, rule_sum(steps, rows, &(struct shape){ 1, { 1 } }, false), count);
    struct tensor *off = steps_minus(steps, rows, rule_unsqueeze(steps, mean, 1));
    struct tensor *products =
        rule_binary(steps, OP_MM, operand_tensor(off), operand_tensor(rule_transpose(steps, off)));
    return rule_unary(steps, OP_SQUEEZE, divided(steps, products, factor));
}

struct tensor *nn_cov(struct engine *engine, struct tensor *a, int64_t correction,
                      struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    if (a->shape.dims > 2) {
        return steps_refuse(&steps,
                            "cov(): expected input to have two or fewer dimensions but got an "
                            "input with %d dimensions",
                            a->shape.dims);
    }
    if (a->dtype == DTYPE_BOOL) {
        return steps_refuse(&steps, "cov(): bool dtype is not supported for input");
    }
    return steps_finish(&steps, covariance(&steps, a, correction));
}

struct tensor *nn_corrcoef(struct engine *engine, struct tensor *a, struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    if (a->shape.dims > 2) {
        return steps_refuse(&steps,
                            "corrcoef(): expected input to have two or fewer dimensions but got an "
                            "input with %d dimensions",
                            a->shape.dims);
    }
    struct tensor *c = covariance(&steps, a, 1);
    if (!c || c->shape.dims == 0) {
        return steps_finish(&steps, rule_over(&steps, c, c));
    }
    struct tensor *spread =
        rule_unary(&steps, OP_SQRT,
                   steps_apply(&steps, OP_DIAGONAL, c,
                               &(struct op_attrs){
                                   .present = ATTR(OFFSET) | ATTR(DIM0) | ATTR(DIM1), .dim1 = 1 }));
    const int64_t size = c->shape.size[0];
    c = rule_over(&steps, c, rule_reshape(&steps, spread, &(struct shape){ 2, { size, 1 } }));
    c = rule_over(&steps, c, rule_reshape(&steps, spread, &(struct shape){ 2, { 1, size } }));
    return steps_finish(&steps, steps_apply(&steps, OP_CLAMP, c,
                                            &(struct op_attrs){ .present = ATTR(MIN) | ATTR(MAX),
                                                                .min = number_integer(-1),
                                                                .max = number_integer(1) }));
}

/* ---- choices and counts ------------------------------------------------------------------------------ */

/* Which places of a grid [size, size, ..] have rising (not falling) numbers. */
static struct tensor *rising(struct rule *steps, const struct tensor *a, int dims, bool or_equal)
{
    const int64_t size = a->count;
    struct tensor_spec spec = { DTYPE_BOOL, { dims, { 0 } }, tensor_backend(a) };
    for (int d = 0; d < dims; d++) {
        spec.shape.size[d] = size;
    }
    const int64_t count = shape_count(&spec.shape);
    uint8_t *rises = memory_allocate((size_t)count + 1, 1);
    for (int64_t i = 0; i < count; i++) {
        int64_t rest = i, last = size;
        rises[i] = true;
        for (int d = 0; d < dims; d++, rest /= size) {
            rises[i] = rises[i] && (or_equal ? rest % size <= last : rest % size < last);
            last = rest % size;
        }
    }
    struct tensor *mask =
        rule_take(steps, tensor_from_host(steps->engine, &spec, rises, steps->err));
    free(rises);
    return mask;
}

/* What the mask selects of each of the grids, beside each other. */
static struct tensor *selected(struct rule *steps, const struct nn_parts *grids,
                               struct tensor *mask)
{
    struct tensor *lines[BACKEND_MAX_DIMS];
    for (int i = 0; i < grids->count; i++) {
        lines[i] = rule_binary(steps, OP_MASKED_SELECT, operand_tensor(grids->items[i]),
                               operand_tensor(mask));
        if (!lines[i]) {
            return NULL;
        }
    }
    return rule_take(steps, nn_stack(steps->engine, lines, grids->count, 1, steps->err));
}

struct tensor *nn_combinations(struct engine *engine, struct tensor *a, int64_t count,
                               bool with_replacement, struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    struct tensor *copies[BACKEND_MAX_DIMS];
    struct nn_parts grids;
    if (a->shape.dims != 1) {
        return steps_refuse(&steps, "Expect a 1D vector, but got shape with %d dimensions",
                            a->shape.dims);
    }
    if (count < 1 || count > BACKEND_MAX_DIMS || pow((double)a->count, (double)count) > 1e7) {
        return steps_refuse(&steps,
                            "combinations of %" PRId64 " of %" PRId64
                            " elements are not supported by Gradlight",
                            count, a->count);
    }
    for (int i = 0; i < (int)count; i++) {
        copies[i] = a;
    }
    if (!nn_meshgrid(engine, copies, (int)count, false, &grids, err)) {
        return NULL;
    }
    struct tensor *mask = rising(&steps, a, (int)count, with_replacement);
    struct tensor *result = mask ? selected(&steps, &grids, mask) : NULL;
    nn_parts_finish(&grids);
    return steps_finish(&steps, result);
}

/* The lowest and the highest element; both are left alone where there is none. */
static void find_range(const double *values, int64_t count, double *low, double *high)
{
    for (int64_t i = 0; i < count; i++) {
        *low = i == 0 || values[i] < *low ? values[i] : *low;
        *high = i == 0 || values[i] > *high ? values[i] : *high;
    }
}

static void count_bins(const double *values, int64_t count, double low, double high, int64_t bins,
                       double *counts)
{
    for (int64_t i = 0; i < count; i++) {
        if (values[i] >= low && values[i] <= high) {
            const int64_t bin = (int64_t)((values[i] - low) * (double)bins / (high - low));
            counts[bin < bins ? bin : bins - 1]++;
        }
    }
}

static struct tensor *histogram(struct tensor *a, int64_t bins, double low, double high,
                                struct error *err)
{
    double *values = memory_allocate((size_t)a->count + 1, sizeof(*values));
    double *counts = memory_allocate((size_t)bins, sizeof(*counts));
    struct tensor_spec spec = { DTYPE_FLOAT64, { 1, { bins } }, tensor_backend(a) };
    struct tensor *wide = NULL, *out = NULL;
    if (tensor_read_real(a, values, err)) {
        if (low == high && low == 0) {
            find_range(values, a->count, &low, &high);
        }
        if (low == high) {
            low -= 1;
            high += 1;
        }
        count_bins(values, a->count, low, high, bins, counts);
        wide = tensor_from_host(a->engine, &spec, counts, err);
        spec.dtype = a->dtype;
        out = wide ? tensor_create(a->engine, &spec, err) : NULL;
    }
    if (out && !compute_copy(out, wide, err)) {
        tensor_unref(out);
        out = NULL;
    }
    tensor_unref(wide);
    free(counts);
    free(values);
    return out;
}

struct tensor *nn_histc(struct engine *engine, struct tensor *a, int64_t bins, double low,
                        double high, struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    if (!dtype_is_float(a->dtype)) {
        return steps_refuse(&steps, "\"histogram_cpu\" not implemented for '%s'",
                            dtype_type_name(a->dtype));
    }
    if (bins < 1 || bins > 1 << 24) {
        return steps_refuse(&steps, "torch.histogram(): bins must be > 0, but got %" PRId64, bins);
    }
    if (!isfinite(low) || !isfinite(high) || low > high) {
        return steps_refuse(&steps, low > high ? "torch.histc: max must be larger than min"
                                               : "torch.histc: range is not finite");
    }
    return histogram(a, bins, low, high, err);
}

struct tensor *nn_signbit(struct engine *engine, struct tensor *a, struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    struct tensor *below = rule_with(&steps, OP_LT, a, 0);
    if (dtype_is_float(a->dtype)) {
        struct tensor *inverse = rule_unary(&steps, OP_RECIPROCAL, a);
        below = rule_binary(&steps, OP_LOGICAL_OR, operand_tensor(below),
                            operand_tensor(rule_with(&steps, OP_LT, inverse, 0)));
    }
    return steps_finish(&steps, below);
}
