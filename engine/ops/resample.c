#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/ops/rows.h"
#include "engine/ops/window.h"

/* Images [n, c, w] and [n, c, h, w] at another size. Positions are computed as PyTorch does: in float for
 * float32, by the scale that was given, or the ratio of the sizes. */

enum { RESAMPLE_MAX = 2 };

struct resample {
    int spatial;
    int64_t in[RESAMPLE_MAX], out[RESAMPLE_MAX];
    double scale[RESAMPLE_MAX]; /* 0: the ratio of the sizes */
    bool align_corners, antialias;
    int64_t planes; /* n · c */
};

static bool is_antialiased(enum op_id op)
{
    return op == OP_UPSAMPLE_BILINEAR2D_AA || op == OP_UPSAMPLE_AA_BACKWARD;
}

/* `image` is the shape at the side of the input, `size` the sizes of the output. */
static struct resample read_resample(enum op_id op, const struct op_attrs *attrs,
                                     const struct shape *image, const int64_t *size)
{
    struct resample r = { .spatial = image->dims - 2, .planes = image->size[0] * image->size[1] };
    r.antialias = is_antialiased(op);
    const struct number none = number_integer(0);
    const struct number height = attrs->present & ATTR(SCALE) ? attrs->scale : none;
    const struct number width = attrs->present & ATTR(INPUT_SCALE) ? attrs->input_scale : none;
    r.align_corners = attrs->present & ATTR(CEIL_MODE) && attrs->ceil_mode;
    for (int d = 0; d < r.spatial; d++) {
        r.in[d] = image->size[2 + d];
        r.out[d] = size[d];
        r.scale[d] = number_as_real(d == r.spatial - 1 ? width : height);
    }
    return r;
}

/* ---- positions ----------------------------------------------------------------------------------- */

/* The scale from output to input, rounded to float where the elements are. */
static double inverse_scale(const struct resample *r, int d, bool wide)
{
    const double ratio =
        wide ? (double)r->in[d] / (double)r->out[d] : (double)((float)r->in[d] / (float)r->out[d]);
    const double inverse = r->scale[d] > 0 ? 1 / r->scale[d] : ratio;
    return wide ? inverse : (double)(float)inverse;
}

static int64_t nearest_at(const struct resample *r, int d, int64_t at)
{
    if (r->out[d] == r->in[d]) {
        return at;
    }
    if (r->out[d] == 2 * r->in[d]) {
        return at / 2;
    }
    const int64_t found = (int64_t)floorf((float)at * (float)inverse_scale(r, d, false));
    return found < r->in[d] - 1 ? found : r->in[d] - 1;
}

/* Where in the input the centre of an output's cell lies. */
static double position_at(const struct resample *r, int d, int64_t at, bool wide)
{
    if (r->align_corners) {
        const double step = r->out[d] > 1 ? (double)(r->in[d] - 1) / (double)(r->out[d] - 1) : 0;
        return wide ? step * (double)at : (double)((float)step * (float)at);
    }
    const double scale = inverse_scale(r, d, wide);
    const double place = wide ? scale * ((double)at + 0.5) - 0.5
                              : (double)((float)scale * ((float)at + 0.5F) - 0.5F);
    return place < 0 ? 0 : place;
}

/* ---- the nearest --------------------------------------------------------------------------------- */

/* For each cell of an output's plane the cell of the input's. */
static struct tensor *nearest_places(const struct resample *r, const struct tensor *like,
                                     struct error *err)
{
    const int64_t height = r->spatial == 2 ? r->out[0] : 1, width = r->out[r->spatial - 1];
    int64_t *places = memory_allocate((size_t)(height * width), sizeof(*places));
    for (int64_t i = 0; i < height * width; i++) {
        const int64_t row = r->spatial == 2 ? nearest_at(r, 0, i / width) : 0;
        places[i] = row * r->in[r->spatial - 1] + nearest_at(r, r->spatial - 1, i % width);
    }
    const struct tensor_spec spec = { DTYPE_INT64,
                                      { 1, { height * width } },
                                      tensor_backend(like) };
    struct tensor *index = tensor_from_host(like->engine, &spec, places, err);
    free(places);
    return index;
}

static int64_t cells(const int64_t *size, int spatial)
{
    return spatial == 2 ? size[0] * size[1] : size[0];
}

/* A dense tensor as [a, b, c]. */
static struct tensor *as_block(struct tensor *t, int64_t a, int64_t b, int64_t c)
{
    const struct shape shape = { 3, { a, b, c } };
    int64_t strides[BACKEND_MAX_DIMS];
    shape_strides(&shape, strides);
    return tensor_view(t, &shape, strides, t->offset);
}

/* out = in at the nearest places, or (back) out += in there; both dense. */
static bool move_nearest(const struct resample *r, struct tensor *out, struct tensor *in, bool back,
                         struct error *err)
{
    struct tensor *index = nearest_places(r, in, err);
    if (!index) {
        return false;
    }
    const int64_t few = cells(r->in, r->spatial), many = cells(r->out, r->spatial);
    struct tensor *to = as_block(out, 1, r->planes, back ? few : many);
    struct tensor *from = as_block(in, 1, r->planes, back ? many : few);
    const struct compute_index moved = { .in = from, .index = index, .dim = 2 };
    const bool ok = back ? compute_scatter_add(to, &moved, err) : compute_gather(to, &moved, err);
    tensor_unref(to);
    tensor_unref(from);
    tensor_unref(index);
    return ok;
}

/* ---- between two, or more ------------------------------------------------------------------------ */

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
    const double scale = inverse_scale(r, d, wide);
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
    const double scale = inverse_scale(r, mix->dim, wide), reach = reach_of(r, mix->dim, wide);
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
    struct tensor *to = as_block(out, around[0], back ? few : many, around[1]);
    struct tensor *from = as_block(in, around[0], back ? many : few, around[1]);
    const bool ok = find_taps(r, d, in, &taps, err) &&
                    (back ? spread(&taps, to, from, err) : blend(&taps, to, from, err));
    taps_finish(&taps);
    tensor_unref(to);
    tensor_unref(from);
    return ok;
}

/* Along the width first, then the height; back the other way round. Both are dense. */
static bool move_linear(const struct resample *r, struct tensor *out, struct tensor *in, bool back,
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

/* ---- rows ---------------------------------------------------------------------------------------- */

typedef bool move_function(const struct resample *r, struct tensor *out, struct tensor *in,
                           bool back, struct error *err);

static bool check_sizes(const struct resample *r, struct error *err)
{
    bool positive = true;
    for (int d = 0; d < r->spatial; d++) {
        positive = positive && r->in[d] > 0 && r->out[d] > 0;
    }
    if (r->spatial == 1) {
        return positive || error_set(err,
                                     "Input and output sizes should be greater than 0, but got "
                                     "input (W: %lld) and output (W: %lld)",
                                     (long long)r->in[0], (long long)r->out[0]);
    }
    return positive || error_set(err,
                                 "Input and output sizes should be greater than 0, but got input "
                                 "(H: %lld, W: %lld) output (H: %lld, W: %lld)",
                                 (long long)r->in[0], (long long)r->in[1], (long long)r->out[0],
                                 (long long)r->out[1]);
}

static bool resample_forward(struct op_call *call, move_function *move, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    const struct resample r =
        read_resample(call->op->id, call->attrs, &in->shape, call->attrs->size.size);
    struct tensor_spec spec = tensor_spec_of(in);
    if (!check_sizes(&r, err) || !forward_needs_float(call, call->op->name, err)) {
        return false;
    }
    memcpy(&spec.shape.size[2], r.out, (size_t)r.spatial * sizeof(*r.out));
    struct tensor *out = op_output(call, 0, &spec, err);
    struct tensor *dense = out ? window_dense(in, err) : NULL;
    const bool ok = dense && (out->count == 0 || move(&r, out, dense, false, err));
    tensor_unref(dense);
    return ok;
}

/* `size` is the shape of what was resampled. */
static bool resample_back(struct op_call *call, move_function *move, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct tensor_spec spec = tensor_spec_of(in);
    const struct resample r =
        read_resample(call->op->id, call->attrs, &call->attrs->size, &in->shape.size[2]);
    spec.shape = call->attrs->size;
    struct tensor *out = op_output(call, 0, &spec, err);
    struct tensor *dense =
        out && compute_fill(out, number_integer(0), err) ? window_dense(in, err) : NULL;
    const bool ok = dense && (in->count == 0 || move(&r, out, dense, true, err));
    tensor_unref(dense);
    return ok;
}

static bool nearest_forward(struct op_call *call, struct error *err)
{
    return resample_forward(call, move_nearest, err);
}

static bool linear_forward(struct op_call *call, struct error *err)
{
    return resample_forward(call, move_linear, err);
}

static bool nearest_back_forward(struct op_call *call, struct error *err)
{
    return resample_back(call, move_nearest, err);
}

static bool linear_back_forward(struct op_call *call, struct error *err)
{
    return resample_back(call, move_linear, err);
}

/* Each is linear: the gradient goes the other way, with the same scales. */
static bool send_other_way(struct rule *rule, enum op_id op, const struct shape *size)
{
    struct op_attrs attrs = *rule_attrs(rule);
    attrs.size = *size;
    const struct operand in = operand_tensor(rule->grad[0]);
    rule->result[0] =
        rule_apply(rule, &(struct op_use){ .op = op, .in = &in, .in_count = 1, .attrs = attrs });
    return rule_done(rule);
}

static bool nearest_backward(struct rule *rule)
{
    return send_other_way(rule, OP_UPSAMPLE_NEAREST_BACKWARD, rule_edge_shape(rule, 0));
}

static bool linear_backward(struct rule *rule)
{
    return send_other_way(rule, OP_UPSAMPLE_LINEAR_BACKWARD, rule_edge_shape(rule, 0));
}

static bool antialiased_backward(struct rule *rule)
{
    return send_other_way(rule, OP_UPSAMPLE_AA_BACKWARD, rule_edge_shape(rule, 0));
}

static struct shape spatial_size(const struct shape *shape)
{
    struct shape size = { .dims = shape->dims - 2 };
    memcpy(size.size, &shape->size[2], (size_t)size.dims * sizeof(*size.size));
    return size;
}

static bool nearest_back_backward(struct rule *rule)
{
    const struct shape size = spatial_size(rule_edge_shape(rule, 0));
    return send_other_way(rule, size.dims == 1 ? OP_UPSAMPLE_NEAREST1D : OP_UPSAMPLE_NEAREST2D,
                          &size);
}

static bool linear_back_backward(struct rule *rule)
{
    const struct shape size = spatial_size(rule_edge_shape(rule, 0));
    return send_other_way(rule, size.dims == 1 ? OP_UPSAMPLE_LINEAR1D : OP_UPSAMPLE_BILINEAR2D,
                          &size);
}

static bool antialiased_back_backward(struct rule *rule)
{
    const struct shape size = spatial_size(rule_edge_shape(rule, 0));
    return send_other_way(rule, OP_UPSAMPLE_BILINEAR2D_AA, &size);
}

#define NEAREST_ATTRIBUTES (ATTR(SIZE) | ATTR(SCALE) | ATTR(INPUT_SCALE))
#define LINEAR_ATTRIBUTES (NEAREST_ATTRIBUTES | ATTR(CEIL_MODE))
#define ALIASES(width)                                                        \
    {                                                                         \
        { ATTR_INDEX_SIZE, "output_size" }, { ATTR_INDEX_SCALE, "scales_h" }, \
            { ATTR_INDEX_INPUT_SCALE, width },                                \
        {                                                                     \
            ATTR_INDEX_CEIL_MODE, "align_corners"                             \
        }                                                                     \
    }

/* y[i] = a[nearest to i]      so   da[nearest to i] += dy[i] */

const struct op op_row_upsample_nearest1d = {
    .id = OP_UPSAMPLE_NEAREST1D,
    .name = "upsample_nearest1d",
    .symbol = "⤢",
    .node = "UpsampleNearest1DBackward0",
    .formula = "a[nearest]",
    .derivatives = { "[nearest] ← Σ g" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = NEAREST_ATTRIBUTES,
    .aliases = ALIASES("scales"),
    .outputs = 1,
    .forward = nearest_forward,
    .backward = nearest_backward,
};

const struct op op_row_upsample_nearest2d = {
    .id = OP_UPSAMPLE_NEAREST2D,
    .name = "upsample_nearest2d",
    .symbol = "⤢",
    .node = "UpsampleNearest2DBackward0",
    .formula = "a[nearest]",
    .derivatives = { "[nearest] ← Σ g" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = NEAREST_ATTRIBUTES,
    .aliases = ALIASES("scales_w"),
    .outputs = 1,
    .forward = nearest_forward,
    .backward = nearest_backward,
};

const struct op op_row_upsample_nearest_backward = {
    .id = OP_UPSAMPLE_NEAREST_BACKWARD,
    .name = "upsample_nearest_backward",
    .node = "UpsampleNearest2DBackwardBackward0",
    .formula = "[nearest] ← Σ a",
    .derivatives = { "g[nearest]" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = NEAREST_ATTRIBUTES,
    .outputs = 1,
    .forward = nearest_back_forward,
    .backward = nearest_back_backward,
};

/* y[i] = (1 - λ)·a[j] + λ·a[j + 1], i at j + λ; along the width, then the height
 * so   da[j] += (1 - λ)·dy[i],   da[j + 1] += λ·dy[i] */

const struct op op_row_upsample_linear1d = {
    .id = OP_UPSAMPLE_LINEAR1D,
    .name = "upsample_linear1d",
    .symbol = "⤢",
    .node = "UpsampleLinear1DBackward0",
    .formula = "(1 − λ) a[j] + λ a[j+1]",
    .derivatives = { "[j] ← Σ (1 − λ) g, [j+1] ← Σ λ g" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = LINEAR_ATTRIBUTES,
    .aliases = ALIASES("scales"),
    .outputs = 1,
    .forward = linear_forward,
    .backward = linear_backward,
};

const struct op op_row_upsample_bilinear2d = {
    .id = OP_UPSAMPLE_BILINEAR2D,
    .name = "upsample_bilinear2d",
    .symbol = "⤢",
    .node = "UpsampleBilinear2DBackward0",
    .formula = "(1 − λ) a[j] + λ a[j+1], twice",
    .derivatives = { "[j] ← Σ (1 − λ) g, [j+1] ← Σ λ g, twice" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = LINEAR_ATTRIBUTES,
    .aliases = ALIASES("scales_w"),
    .outputs = 1,
    .forward = linear_forward,
    .backward = linear_backward,
};

const struct op op_row_upsample_linear_backward = {
    .id = OP_UPSAMPLE_LINEAR_BACKWARD,
    .name = "upsample_linear_backward",
    .node = "UpsampleBilinear2DBackwardBackward0",
    .formula = "[j] ← Σ (1 − λ) a, [j+1] ← Σ λ a",
    .derivatives = { "(1 − λ) g[j] + λ g[j+1]" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = LINEAR_ATTRIBUTES,
    .outputs = 1,
    .forward = linear_back_forward,
    .backward = linear_back_backward,
};

/* y[i] = Σⱼ w(i, j)·a[j], w a triangle as wide as the cell of y; along the width, then the height
 * so   da[j] += w(i, j)·dy[i] */

const struct op op_row_upsample_bilinear2d_aa = {
    .id = OP_UPSAMPLE_BILINEAR2D_AA,
    .name = "_upsample_bilinear2d_aa",
    .symbol = "⤢",
    .node = "UpsampleBilinear2DAaBackward0",
    .formula = "Σ w a[j], twice",
    .derivatives = { "[j] ← Σ w g, twice" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = LINEAR_ATTRIBUTES,
    .aliases = ALIASES("scales_w"),
    .outputs = 1,
    .forward = linear_forward,
    .backward = antialiased_backward,
};

const struct op op_row_upsample_aa_backward = {
    .id = OP_UPSAMPLE_AA_BACKWARD,
    .name = "_upsample_bilinear2d_aa_backward",
    .node = "UpsampleBilinear2DAaBackwardBackward0",
    .formula = "[j] ← Σ w a",
    .derivatives = { "Σ w g[j]" },
    .provenance = PROVENANCE_WINDOW,
    .attributes = LINEAR_ATTRIBUTES,
    .outputs = 1,
    .forward = linear_back_forward,
    .backward = antialiased_back_backward,
};
