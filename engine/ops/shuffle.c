#include <inttypes.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"
#include "engine/ops/window.h"

/* [.., c·r², h, w] and [.., c, h·r, w·r]: each cell of the large image is one of r² channels. */

struct shuffle {
    int64_t planes, factor, height, width; /* of the small image; planes: .. · c */
    struct shape large, small;
};

/* The dense large image as [planes, r, r, h, w], in the order of the small one. */
static struct tensor *large_look(const struct shuffle *s, struct tensor *large)
{
    const int64_t r = s->factor, row = s->width * r;
    const struct shape shape = { 5, { s->planes, r, r, s->height, s->width } };
    const int64_t strides[BACKEND_MAX_DIMS] = { s->height * r * row, row, 1, r * row, r };
    return tensor_view(large, &shape, strides, large->offset);
}

static struct tensor *small_look(const struct shuffle *s, struct tensor *small)
{
    const struct shape shape = { 5, { s->planes, s->factor, s->factor, s->height, s->width } };
    int64_t strides[BACKEND_MAX_DIMS];
    shape_strides(&shape, strides);
    return tensor_view(small, &shape, strides, small->offset);
}

static bool check(const struct op_call *call, struct error *err)
{
    const int dims = call->in[0].tensor->shape.dims;
    if (dims < 3) {
        return error_set(err,
                         "%s expects input to have at least 3 dimensions, but got input with %d "
                         "dimension(s)",
                         call->op->name, dims);
    }
    return call->attrs->k > 0 ||
           error_set(err, "%s expects a positive %s, but got %" PRId64, call->op->name,
                     call->op->aliases[0].name, call->attrs->k);
}

static bool run(struct op_call *call, const struct shuffle *s, bool grow, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    spec.shape = grow ? s->large : s->small;
    struct tensor *out = op_output(call, 0, &spec, err);
    struct tensor *dense = out ? window_dense(call->in[0].tensor, err) : NULL;
    if (!dense || out->count == 0) {
        tensor_unref(dense);
        return dense != NULL;
    }
    struct tensor *to = grow ? large_look(s, out) : small_look(s, out);
    struct tensor *from = grow ? small_look(s, dense) : large_look(s, dense);
    const bool ok = compute_copy(to, from, err);
    tensor_unref(to);
    tensor_unref(from);
    tensor_unref(dense);
    return ok;
}

static void count_planes(struct shuffle *s)
{
    s->planes = 1;
    for (int d = 0; d < s->large.dims - 2; d++) {
        s->planes *= s->large.size[d];
    }
    s->height = s->small.size[s->small.dims - 2];
    s->width = s->small.size[s->small.dims - 1];
}

static bool shuffle_forward(struct op_call *call, struct error *err)
{
    if (!check(call, err)) {
        return false;
    }
    const int64_t r = call->attrs->k;
    struct shuffle s = { .factor = r, .small = call->in[0].tensor->shape };
    const int dims = s.small.dims;
    s.large = s.small;
    if (s.small.size[dims - 3] % (r * r) != 0) {
        return error_set(err,
                         "pixel_shuffle expects its input's 'channel' dimension to be divisible by "
                         "the square of upscale_factor, but input.size(-3)=%" PRId64
                         " is not divisible by %" PRId64,
                         s.small.size[dims - 3], r * r);
    }
    s.large.size[dims - 3] /= r * r;
    s.large.size[dims - 2] *= r;
    s.large.size[dims - 1] *= r;
    count_planes(&s);
    return run(call, &s, true, err);
}

static bool unshuffle_forward(struct op_call *call, struct error *err)
{
    static const char *const names[] = { "height", "width" };
    if (!check(call, err)) {
        return false;
    }
    const int64_t r = call->attrs->k;
    struct shuffle s = { .factor = r, .large = call->in[0].tensor->shape };
    const int dims = s.large.dims;
    s.small = s.large;
    for (int d = 0; d < 2; d++) {
        if (s.large.size[dims - 2 + d] % r != 0) {
            return error_set(err,
                             "pixel_unshuffle expects %s to be divisible by downscale_factor, but "
                             "input.size(-%d)=%" PRId64 " is not divisible by %" PRId64,
                             names[d], 2 - d, s.large.size[dims - 2 + d], r);
        }
        s.small.size[dims - 2 + d] /= r;
    }
    s.small.size[dims - 3] *= r * r;
    count_planes(&s);
    return run(call, &s, false, err);
}

static bool send_back(struct rule *rule, enum op_id op)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    rule->result[0] = rule_apply(
        rule, &(struct op_use){ .op = op, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule) });
    return rule_done(rule);
}

/* y[c, r·h + i, r·w + j] = a[c·r² + r·i + j, h, w]      so   da += dy, rearranged back */

static bool shuffle_backward(struct rule *rule)
{
    return send_back(rule, OP_PIXEL_UNSHUFFLE);
}

const struct op op_row_pixel_shuffle = {
    .id = OP_PIXEL_SHUFFLE,
    .name = "pixel_shuffle",
    .symbol = "⤢",
    .node = "PixelShuffleBackward0",
    .formula = "a[c r² + r i + j, h, w]",
    .derivatives = { "g[c, r h + i, r w + j]" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(K),
    .aliases = { { ATTR_INDEX_K, "upscale_factor" } },
    .outputs = 1,
    .forward = shuffle_forward,
    .backward = shuffle_backward,
};

static bool unshuffle_backward(struct rule *rule)
{
    return send_back(rule, OP_PIXEL_SHUFFLE);
}

const struct op op_row_pixel_unshuffle = {
    .id = OP_PIXEL_UNSHUFFLE,
    .name = "pixel_unshuffle",
    .symbol = "⤡",
    .node = "PixelUnshuffleBackward0",
    .formula = "a[c, r h + i, r w + j]",
    .derivatives = { "g[c r² + r i + j, h, w]" },
    .provenance = PROVENANCE_AFFINE,
    .attributes = ATTR(K),
    .aliases = { { ATTR_INDEX_K, "downscale_factor" } },
    .outputs = 1,
    .forward = unshuffle_forward,
    .backward = unshuffle_backward,
};
