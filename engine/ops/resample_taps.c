#include "engine/ops/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/tensor/compute.h"

double resample_inverse_scale(const struct resample *r, int d, bool wide)
{
    const double ratio =
        wide ? (double)r->in[d] / (double)r->out[d] : (double)((float)r->in[d] / (float)r->out[d]);
    const double inverse = r->scale[d] > 0 ? 1 / r->scale[d] : ratio;
    return wide ? inverse : (double)(float)inverse;
}

struct tensor *resample_block(struct tensor *t, int64_t a, int64_t b, int64_t c)
{
    const struct shape shape = { 3, { a, b, c } };
    int64_t strides[BACKEND_MAX_DIMS];
    shape_strides(&shape, strides);
    return tensor_view(t, &shape, strides, t->offset);
}

/* Where in the input the centre of an output's cell lies. */
static double position_at(const struct resample *r, int d, int64_t at, bool wide)
{
    if (r->align_corners) {
        const double step = r->out[d] > 1 ? (double)(r->in[d] - 1) / (double)(r->out[d] - 1) : 0;
        return wide ? step * (double)at : (double)((float)step * (float)at);
    }
    const double scale = resample_inverse_scale(r, d, wide);
    const double place = wide ? scale * ((double)at + 0.5) - 0.5
                              : (double)((float)scale * ((float)at + 0.5F) - 0.5F);
    return place < 0 ? 0 : place;
}

/* For each output along one dimension the inputs that it is mixed from, and how much it has of each:
 * tensors [out, 1]. */
struct taps {
    int64_t count;
    struct tensor **at, **weight;
};

static void taps_finish(struct taps *taps)
{
    for (int64_t i = 0; i < taps->count; i++) {
        tensor_unref(taps->at[i]);
        tensor_unref(taps->weight[i]);
    }
    free(taps->at);
    free(taps->weight);
}

static double as_float(double value, bool wide)
{
    return wide ? value : (double)(float)value;
}

/* How far an output with antialias reaches into the input: as far as it is wide, at least one cell. */
static double reach_of(const struct resample *r, int d, bool wide)
{
    const double scale = resample_inverse_scale(r, d, wide);
    return scale >= 1 ? scale : 1;
}

/* What one output is mixed from. */
struct mix {
    const struct resample *resample;
    int dim;
    bool wide;
    int64_t count, *at;
    double *weight;
};

static void mix_two(const struct mix *mix, int64_t i)
{
    const struct resample *r = mix->resample;
    const double place = position_at(r, mix->dim, i, mix->wide);
    const int64_t last = r->in[mix->dim] - 1;
    mix->at[0] = (int64_t)place < last ? (int64_t)place : last;
    mix->at[1] = mix->at[0] < last ? mix->at[0] + 1 : mix->at[0];
    const double far = place - (double)mix->at[0];
    mix->weight[1] = far < 0 ? 0 : far > 1 ? 1 : far;
    mix->weight[0] = as_float(1 - mix->weight[1], mix->wide);
}

/* A triangle of the width of an output's cell, over the centres of the input's. Rounded where PyTorch
 * rounds. */
static void mix_many(const struct mix *mix, int64_t i)
{
    const struct resample *r = mix->resample;
    const bool wide = mix->wide;
    const double scale = resample_inverse_scale(r, mix->dim, wide),
                 reach = reach_of(r, mix->dim, wide);
    const double center = as_float(scale * ((double)i + 0.5), wide);
    const double narrower = as_float(1 / reach, wide);
    int64_t first = (int64_t)(as_float(center - reach, wide) + 0.5);
    int64_t end = (int64_t)(as_float(center + reach, wide) + 0.5);
    first = first < 0 ? 0 : first;
    end = end < r->in[mix->dim] ? end : r->in[mix->dim];
    double total = 0;
    for (int64_t j = 0; j < mix->count; j++) {
        const double off = as_float((double)(j + first) - center, wide) + 0.5;
        const double near = fabs(as_float(off * narrower, wide));
        const bool counts = j < end - first;
        mix->at[j] = counts ? first + j : first;
        mix->weight[j] = counts && near < 1 ? as_float(1 - near, wide) : 0;
        total = as_float(total + mix->weight[j], wide);
    }
    for (int64_t j = 0; total != 0 && j < mix->count; j++) {
        mix->weight[j] = as_float(mix->weight[j] / total, wide);
    }
}

/* Column `k` of numbers that stand in rows of `count`, as tensors. */
static bool make_tap(struct taps *taps, const struct mix *all, int64_t k, const struct tensor *like,
                     struct error *err)
{
    const int64_t out = all->resample->out[all->dim];
    const struct shape shape = { 2, { out, 1 } };
    const struct tensor_spec places = { DTYPE_INT64, shape, tensor_backend(like) };
    const struct tensor_spec exact = { DTYPE_FLOAT64, shape, tensor_backend(like) };
    const struct tensor_spec weights = { like->dtype, shape, tensor_backend(like) };
    int64_t *at = memory_allocate((size_t)out, sizeof(*at));
    double *weight = memory_allocate((size_t)out, sizeof(*weight));
    for (int64_t i = 0; i < out; i++) {
        at[i] = all->at[i * all->count + k];
        weight[i] = all->weight[i * all->count + k];
    }
    taps->at[k] = tensor_from_host(like->engine, &places, at, err);
    struct tensor *wide = tensor_from_host(like->engine, &exact, weight, err);
    taps->weight[k] = wide ? tensor_create(like->engine, &weights, err) : NULL;
    const bool ok = taps->at[k] && taps->weight[k] && compute_copy(taps->weight[k], wide, err);
    tensor_unref(wide);
    free(at);
    free(weight);
    return ok;
}

static bool find_taps(const struct resample *r, int d, const struct tensor *like, struct taps *taps,
                      struct error *err)
{
    const bool wide = like->dtype == DTYPE_FLOAT64;
    struct mix all = { .resample = r, .dim = d, .wide = wide, .count = 2 };
    all.count = r->antialias ? 2 * (int64_t)ceil(reach_of(r, d, wide)) + 1 : 2;
    const size_t count = (size_t)all.count;
    all.at = memory_allocate((size_t)r->out[d] * count, sizeof(*all.at));
    all.weight = memory_allocate((size_t)r->out[d] * count, sizeof(*all.weight));
    for (int64_t i = 0; i < r->out[d]; i++) {
        struct mix one = all;
        one.at += i * all.count;
        one.weight += i * all.count;
        (r->antialias ? mix_many : mix_two)(&one, i);
    }
    taps->count = all.count;
    taps->at = memory_allocate(count, sizeof(*taps->at));
    taps->weight = memory_allocate(count, sizeof(*taps->weight));
    bool ok = true;
    for (int64_t k = 0; ok && k < all.count; k++) {
        ok = make_tap(taps, &all, k, like, err);
    }
    free(all.at);
    free(all.weight);
    return ok;
}

/* out = Σ in[at]·weight along the middle one of three dimensions. */
static bool blend(const struct taps *taps, struct tensor *out, struct tensor *in, struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(out);
    struct tensor *far = tensor_create(out->engine, &spec, err);
    const struct compute_index first = { .in = in, .index = taps->at[0], .dim = 1 };
    bool ok = far && compute_gather(out, &first, err) &&
              compute_map2(out, MAP_MUL, operand_tensor(out), operand_tensor(taps->weight[0]), err);
    for (int64_t k = 1; ok && k < taps->count; k++) {
        const struct compute_index next = { .in = in, .index = taps->at[k], .dim = 1 };
        const struct compute_map sum = { .function = MAP_ADDCMUL,
                                         .dtype = out->dtype,
                                         .in = { operand_tensor(out), operand_tensor(far),
                                                 operand_tensor(taps->weight[k]) },
                                         .p = 1 };
        ok = compute_gather(far, &next, err) && compute_map(out, &sum, err);
    }
    tensor_unref(far);
    return ok;
}

/* The way back: out[at] += in·weight, for one input after the other; out begins as zeros. */
static bool spread(const struct taps *taps, struct tensor *out, struct tensor *in,
                   struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(in);
    struct tensor *share = tensor_create(in->engine, &spec, err);
    bool ok = share && compute_fill(out, number_integer(0), err);
    for (int64_t k = 0; ok && k < taps->count; k++) {
        const struct compute_index part = { .in = share, .index = taps->at[k], .dim = 1 };
        ok = compute_map2(share, MAP_MUL, operand_tensor(in), operand_tensor(taps->weight[k]),
                          err) &&
             compute_scatter_add(out, &part, err);
    }
    tensor_unref(share);
    return ok;
}

/* One dimension; the ones before it have the sizes `before`, those after it `after` cells. */
static bool move_along(const struct resample *r, int d, const int64_t *around, struct tensor *out,
                       struct tensor *in, bool back, struct error *err)
{
    struct taps taps = { 0 };
    const int64_t few = r->in[d], many = r->out[d];
    struct tensor *to = resample_block(out, around[0], back ? few : many, around[1]);
    struct tensor *from = resample_block(in, around[0], back ? many : few, around[1]);
    const bool ok = find_taps(r, d, in, &taps, err) &&
                    (back ? spread(&taps, to, from, err) : blend(&taps, to, from, err));
    taps_finish(&taps);
    tensor_unref(to);
    tensor_unref(from);
    return ok;
}

bool resample_linear(const struct resample *r, struct tensor *out, struct tensor *in, bool back,
                     struct error *err)
{
    const int last = r->spatial - 1;
    const int64_t rows[] = { r->planes * (last > 0 ? r->in[0] : 1), 1 };
    const int64_t columns[] = { r->planes, r->out[last] };
    if (last == 0) {
        return move_along(r, 0, rows, out, in, back, err);
    }
    const struct tensor_spec between = { in->dtype,
                                         { 1, { r->planes * r->in[0] * r->out[1] } },
                                         tensor_backend(in) };
    struct tensor *half = tensor_create(in->engine, &between, err);
    const bool ok = half && (back ? move_along(r, 0, columns, half, in, true, err) &&
                                        move_along(r, 1, rows, out, half, true, err)
                                  : move_along(r, 1, rows, half, in, false, err) &&
                                        move_along(r, 0, columns, out, half, false, err));
    tensor_unref(half);
    return ok;
}
