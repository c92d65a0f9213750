#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/ops/resample.h"
#include "engine/ops/rows.h"
#include "engine/ops/window.h"

/* Images [n, c, w] and [n, c, h, w] at another size. Positions are computed as PyTorch does: in float for
 * float32, by the scale that was given, or the ratio of the sizes. */

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

/* ---- the nearest --------------------------------------------------------------------------------- */

static int64_t nearest_at(const struct resample *r, int d, int64_t at)
{
    if (r->out[d] == r->in[d]) {
        return at;
    }
    if (r->out[d] == 2 * r->in[d]) {
        return at / 2;
    }
    const int64_t found = (int64_t)floorf((float)at * (float)resample_inverse_scale(r, d, false));
    return found < r->in[d] - 1 ? found : r->in[d] - 1;
}

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

/* out = in at the nearest places, or (back) out += in there; both dense. */
static bool move_nearest(const struct resample *r, struct tensor *out, struct tensor *in, bool back,
                         struct error *err)
{
    struct tensor *index = nearest_places(r, in, err);
    if (!index) {
        return false;
    }
    const int64_t few = cells(r->in, r->spatial), many = cells(r->out, r->spatial);
    struct tensor *to = resample_block(out, 1, r->planes, back ? few : many);
    struct tensor *from = resample_block(in, 1, r->planes, back ? many : few);
    const struct compute_index moved = { .in = from, .index = index, .dim = 2 };
    const bool ok = back ? compute_scatter_add(to, &moved, err) : compute_gather(to, &moved, err);
    tensor_unref(to);
    tensor_unref(from);
    tensor_unref(index);
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
    return resample_forward(call, resample_linear, err);
}

static bool nearest_back_forward(struct op_call *call, struct error *err)
{
    return resample_back(call, move_nearest, err);
}

static bool linear_back_forward(struct op_call *call, struct error *err)
{
    return resample_back(call, resample_linear, err);
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
