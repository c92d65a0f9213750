/* Chances: coins, waiting times, choices among weighted categories, and whole numbers of any size. */
#include "engine/tensor/random.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/tensor/narrow.h"
#include "engine/tensor/random_draw.h"

void random_put_whole(enum dtype dtype, void *elements, int64_t i, int64_t value)
{
    if (dtype_is_narrow(dtype)) {
        narrow_put(dtype, elements, (size_t)i, (double)value);
        return;
    }
    switch ((int)dtype) {
    case DTYPE_BOOL:
        ((uint8_t *)elements)[i] = value != 0;
        break;
    case DTYPE_UINT8:
        ((uint8_t *)elements)[i] = (uint8_t)value;
        break;
    case DTYPE_INT32:
        ((int32_t *)elements)[i] = (int32_t)value;
        break;
    case DTYPE_INT64:
        ((int64_t *)elements)[i] = value;
        break;
    case DTYPE_FLOAT32:
        ((float *)elements)[i] = (float)value;
        break;
    case DTYPE_FLOAT64:
        ((double *)elements)[i] = (double)value;
        break;
    default:
        assert(!"no such dtype");
    }
}

/* ---- coins ------------------------------------------------------------------------------------------ */

static void fill_bernoulli(const struct draw *draw, void *elements, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        random_put_whole(draw->dtype, elements, i, random_uniform64(draw->generator) < draw->a);
    }
}

bool random_bernoulli(struct generator *generator, struct tensor *out, double p, struct error *err)
{
    if (!(p >= 0 && p <= 1)) {
        struct text text = { 0 };
        text_append_number(&text, p);
        error_set(err, "bernoulli_ expects p to be in [0, 1], but got p=%s", text_string(&text));
        text_finish(&text);
        return false;
    }
    const struct draw draw = {
        .generator = generator, .dtype = out->dtype, .a = p, .fill = fill_bernoulli
    };
    return random_draw_into(out, &draw, err);
}

static bool is_chance(double p)
{
    return p >= 0 && p <= 1;
}

static bool draw_coins(struct generator *generator, struct tensor *out, const double *chances,
                       bool wide, struct error *err)
{
    uint8_t *coins = malloc((size_t)out->count * dtype_size(out->dtype) + 1);
    bool ok = coins || error_set_kind(err, ERROR_MEMORY, "no memory for random numbers");
    for (int64_t i = 0; ok && i < out->count; i++) {
        const double u = wide ? random_uniform64(generator) : (double)random_uniform32(generator);
        ok = is_chance(chances[i]) ||
             error_set(err, "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could "
                            "this error message be improved?  If so, please report an enhancement "
                            "request to PyTorch.)");
        random_put_whole(out->dtype, coins, i, u < chances[i]);
    }
    ok = ok && tensor_write(out, coins, err);
    free(coins);
    return ok;
}

bool random_bernoulli_each(struct generator *generator, struct tensor *out, const struct tensor *p,
                           struct error *err)
{
    assert(shape_equal(&out->shape, &p->shape));
    double *chances = malloc((size_t)p->count * sizeof(*chances) + 1);
    const bool ok = chances
                        ? random_only_floats("bernoulli_tensor_cpu_p_", p, err) &&
                              tensor_read_real(p, chances, err) &&
                              draw_coins(generator, out, chances, p->dtype == DTYPE_FLOAT64, err)
                        : error_set_kind(err, ERROR_MEMORY, "no memory for random numbers");
    free(chances);
    return ok;
}

/* ---- waiting times ---------------------------------------------------------------------------------- */

/* -1/lambda·log(1 - u), in double whatever the dtype. */
static double exponential(struct generator *generator, double lambda)
{
    return -1 / lambda * log(1 - random_uniform64(generator));
}

static void fill_exponential(const struct draw *draw, void *elements, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const double value = exponential(draw->generator, draw->a);
        if (draw->dtype == DTYPE_FLOAT64) {
            ((double *)elements)[i] = value;
        } else {
            ((float *)elements)[i] = (float)value;
        }
    }
}

bool random_exponential(struct generator *generator, struct tensor *out, double lambda,
                        struct error *err)
{
    if (!random_only_floats("exponential_kernel_cpu", out, err)) {
        return false;
    }
    if (!(lambda > 0)) {
        struct text text = { 0 };
        text_append_number(&text, lambda);
        error_set(err, "exponential_ expects lambda > 0.0, but found lambda=%s",
                  text_string(&text));
        text_finish(&text);
        return false;
    }
    const struct draw draw = { .generator = generator,
                               .dtype = dtype_widened(out->dtype),
                               .a = lambda,
                               .fill = fill_exponential };
    return random_draw_into(out, &draw, err);
}

/* ---- whole numbers ---------------------------------------------------------------------------------- */

/* How many whole numbers a dtype holds one by one, from 0. */
static uint64_t whole_range(enum dtype dtype)
{
    switch ((int)dtype) {
    case DTYPE_BOOL:
        return 2;
    case DTYPE_UINT8:
        return UINT8_MAX + 1u;
    case DTYPE_INT32:
        return (uint64_t)INT32_MAX + 1;
    case DTYPE_INT64:
        return (uint64_t)INT64_MAX + 1;
    case DTYPE_FLOAT32:
        return (1u << 24) + 1;
    case DTYPE_FLOAT64:
        return (UINT64_C(1) << 53) + 1;
    case DTYPE_INT8:
        return (uint64_t)INT8_MAX + 1;
    case DTYPE_INT16:
        return (uint64_t)INT16_MAX + 1;
    case DTYPE_FLOAT16:
        return (1u << 11) + 1;
    case DTYPE_BFLOAT16:
        return (1u << 8) + 1;
    default:
        break;
    }
    assert(!"no such dtype");
    return 1;
}

static void fill_whole(const struct draw *draw, void *elements, int64_t count)
{
    const bool wide = draw->range > UINT32_MAX;
    for (int64_t i = 0; i < count; i++) {
        const uint64_t word =
            wide ? generator_next64(draw->generator) : generator_next32(draw->generator);
        random_put_whole(draw->dtype, elements, i, (int64_t)(word % draw->range));
    }
}

bool random_whole(struct generator *generator, struct tensor *out, struct error *err)
{
    const struct draw draw = { .generator = generator,
                               .dtype = out->dtype,
                               .range = whole_range(out->dtype),
                               .fill = fill_whole };
    return random_draw_into(out, &draw, err);
}

/* ---- choices ---------------------------------------------------------------------------------------- */

/* One row of weights in the precision of their dtype. */
struct weights {
    double *items, *scratch;
    int64_t count;
    bool wide; /* float64 */
};

static double rounded(const struct weights *weights, double value)
{
    return weights->wide ? value : (double)(float)value;
}

static bool check_weights(const struct weights *weights, struct error *err)
{
    double sum = 0;
    for (int64_t i = 0; i < weights->count; i++) {
        if (!(weights->items[i] >= 0) || isinf(weights->items[i])) {
            return error_set(err, "probability tensor contains either `inf`, `nan` or element < 0");
        }
        sum += weights->items[i];
    }
    return sum > 0 ||
           error_set(err, "invalid multinomial distribution (sum of probabilities <= 0)");
}

/* The first category whose share of the running sum reaches u. */
static void choose_again(struct generator *generator, struct weights *weights, int64_t *out,
                         int64_t count)
{
    double *shares = weights->scratch, sum = 0;
    for (int64_t i = 0; i < weights->count; i++) {
        sum = rounded(weights, sum + weights->items[i]);
        shares[i] = sum;
    }
    for (int64_t i = 0; i < weights->count; i++) {
        shares[i] = i + 1 < weights->count ? rounded(weights, shares[i] / sum) : 1;
    }
    for (int64_t k = 0; k < count; k++) {
        const double u = random_uniform64(generator);
        int64_t low = 0, high = weights->count;
        while (low < high) {
            const int64_t middle = low + (high - low) / 2;
            if (shares[middle] < u) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        out[k] = low;
    }
}

/* The largest of weight/waiting time first: each category waits, the heavy ones less. */
static void choose_once(struct generator *generator, struct weights *weights, int64_t *out,
                        int64_t count)
{
    double *scores = weights->scratch;
    for (int64_t i = 0; i < weights->count; i++) {
        const double wait = rounded(weights, exponential(generator, 1));
        scores[i] = rounded(weights, weights->items[i] / wait);
    }
    for (int64_t k = 0; k < count; k++) {
        int64_t best = 0;
        for (int64_t i = 1; i < weights->count; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        out[k] = best;
        scores[best] = -1;
    }
}

static bool check_choice(const struct tensor *p, int64_t count, bool replacement, struct error *err)
{
    if (!dtype_is_float(p->dtype)) {
        return error_set(err, "multinomial only supports floating-point dtypes for input, got: %s",
                         dtype_type_name(p->dtype));
    }
    if (p->shape.dims < 1 || p->shape.dims > 2) {
        return error_set(err, "prob_dist must be 1 or 2 dim");
    }
    if (count <= 0) {
        return error_set(err, "cannot sample n_sample <= 0 samples");
    }
    return replacement || count <= p->shape.size[p->shape.dims - 1] ||
           error_set(err,
                     "cannot sample n_sample > prob_dist.size(-1) samples without replacement");
}

static bool choose_rows(struct generator *generator, struct weights *weights, int64_t rows,
                        const struct choice *choice, int64_t *out, struct error *err)
{
    double *const all = weights->items;
    for (int64_t row = 0; row < rows; row++) {
        weights->items = all + row * weights->count;
        if (!check_weights(weights, err)) {
            return false;
        }
        (choice->replacement && choice->count > 1 ? choose_again : choose_once)(
            generator, weights, out + row * choice->count, choice->count);
    }
    return true;
}

struct tensor *random_choice(struct generator *generator, const struct choice *choice,
                             struct error *err)
{
    const struct tensor *p = choice->p;
    if (!check_choice(p, choice->count, choice->replacement, err)) {
        return NULL;
    }
    struct tensor_spec spec = tensor_spec_of(p);
    const int last = p->shape.dims - 1;
    const int64_t rows = last == 0 ? 1 : p->shape.size[0];
    spec.dtype = DTYPE_INT64;
    spec.shape.size[last] = choice->count;
    struct tensor *out = tensor_create(p->engine, &spec, err);
    const size_t width = (size_t)p->shape.size[last];
    struct weights weights = { .count = (int64_t)width, .wide = p->dtype == DTYPE_FLOAT64 };
    double *all = malloc((size_t)p->count * sizeof(*all) + 1);
    int64_t *chosen = out ? malloc((size_t)out->count * sizeof(*chosen) + 1) : NULL;
    weights.scratch = malloc(width * sizeof(*weights.scratch) + 1);
    weights.items = all;
    bool ok = out != NULL;
    if (ok && (!all || !chosen || !weights.scratch)) {
        ok = error_set_kind(err, ERROR_MEMORY, "no memory for random numbers");
    }
    ok = ok && tensor_read_real(p, all, err) &&
         choose_rows(generator, &weights, rows, choice, chosen, err) &&
         tensor_write(out, chosen, err);
    free(all);
    free(chosen);
    free(weights.scratch);
    if (!ok) {
        tensor_unref(out);
        return NULL;
    }
    return out;
}

/* ---- normals between two bounds --------------------------------------------------------------------- */

/* The number whose erf is y: a rational guess, then two steps of Newton's method. In float32, as its
 * elements are. */
static float inverse_erf(float y)
{
    static const float a[] = { 0.886226899f, -1.645349621f, 0.914624893f, -0.140543331f };
    static const float b[] = { -2.118377725f, 1.442710462f, -0.329097515f, 0.012229801f };
    static const float c[] = { -1.970840454f, -1.624906493f, 3.429567803f, 1.641345311f };
    static const float d[] = { 3.543889200f, 1.637067800f };
    float x;
    if (fabsf(y) >= 1) {
        return copysignf(INFINITY, y);
    }
    if (fabsf(y) <= 0.7f) {
        const float z = y * y;
        x = y * (((a[3] * z + a[2]) * z + a[1]) * z + a[0]) /
            ((((b[3] * z + b[2]) * z + b[1]) * z + b[0]) * z + 1);
    } else {
        const float z = sqrtf(-logf((1 - fabsf(y)) / 2));
        x = copysignf(((c[3] * z + c[2]) * z + c[1]) * z + c[0], y) / ((d[1] * z + d[0]) * z + 1);
    }
    const float slope = 1.1283791670955126f; /* 2/sqrt(pi) */
    x -= (erff(x) - y) / (slope * expf(-x * x));
    x -= (erff(x) - y) / (slope * expf(-x * x));
    return x;
}

static double normal_share(double x)
{
    return (1 + erf(x / sqrt(2))) / 2;
}

/* Uniform between the shares of the bounds, then the number that has that share. */
static void fill_truncated(const struct draw *draw, void *elements, int64_t count)
{
    const struct bounds *bounds = draw->bounds;
    const double mean = draw->a, std = draw->b;
    const float from = (float)(2 * normal_share((bounds->low - mean) / std) - 1);
    const float to = (float)(2 * normal_share((bounds->high - mean) / std) - 1);
    for (int64_t i = 0; i < count; i++) {
        const float u = fmaf(random_uniform32(draw->generator), to - from, from);
        const float x = inverse_erf(u) * (float)(std * sqrt(2)) + (float)mean;
        const float cut = fminf(fmaxf(x, (float)bounds->low), (float)bounds->high);
        if (draw->dtype == DTYPE_FLOAT64) {
            ((double *)elements)[i] = (double)cut;
        } else {
            ((float *)elements)[i] = cut;
        }
    }
}

bool random_truncated_normal(struct generator *generator, struct tensor *out, double mean,
                             double std, const struct bounds *bounds, struct error *err)
{
    const struct draw draw = { .generator = generator,
                               .dtype = dtype_widened(out->dtype),
                               .a = mean,
                               .b = std,
                               .bounds = bounds,
                               .fill = fill_truncated };
    return random_only_floats("check_uniform_bounds", out, err) &&
           random_draw_into(out, &draw, err);
}
