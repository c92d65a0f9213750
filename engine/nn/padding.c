#include <inttypes.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/nn/nn.h"
#include "engine/nn/steps.h"
#include "engine/nn/windows.h"

/* ---- around the edges ---------------------------------------------------------------------------- */

static struct tensor *of_edges(struct rule *steps, struct tensor *x, const struct shape *pad,
                               const char *mode)
{
    const int spatial = pad->dims / 2;
    const bool mirrors = strcmp(mode, "reflect") == 0;
    const enum op_id ops[2][2] = { { OP_REPLICATION_PAD1D, OP_REPLICATION_PAD2D },
                                   { OP_REFLECTION_PAD1D, OP_REFLECTION_PAD2D } };
    return steps_apply(steps, ops[mirrors][spatial - 1], x,
                       &(struct op_attrs){ .present = ATTR(PAD), .pad = *pad });
}

/* ---- round about ----------------------------------------------------------------------------------- */

static void copy_into(struct rule *steps, struct tensor *to, struct tensor *from)
{
    const struct operand in[] = { operand_tensor(to), operand_tensor(from) };
    rule_apply(steps, &(struct op_use){ .op = OP_COPY, .in = in, .in_count = 2, .in_place = true });
}

static int64_t positive(int64_t n)
{
    return n > 0 ? n : 0;
}

static bool wraps_once(struct rule *steps, const struct shape *shape, const struct shape *pad)
{
    for (int k = 0; 2 * k < pad->dims; k++) {
        const int64_t size = shape->size[shape->dims - 1 - k];
        if (pad->size[2 * k] > size || pad->size[2 * k + 1] > size) {
            steps_refuse(steps, "Padding value causes wrapping around more than once.");
            return false;
        }
        if (size + pad->size[2 * k] + pad->size[2 * k + 1] < 0) {
            steps_refuse(steps, "Negative padding value is resulting in an empty dimension");
            return false;
        }
    }
    return true;
}

/* The other end of `out` along `dim`, in front of and behind what lies there already. */
static void wrap_ends(struct rule *steps, struct tensor *out, int dim, int64_t before,
                      int64_t after)
{
    const int64_t size = out->shape.size[dim], end = size - positive(after);
    if (before > 0) {
        struct tensor *to = steps_slice(steps, out, dim, 0, before);
        copy_into(steps, to, steps_slice(steps, out, dim, end - before, end));
    }
    if (after > 0) {
        const int64_t start = positive(before);
        struct tensor *to = steps_slice(steps, out, dim, size - after, size);
        copy_into(steps, to, steps_slice(steps, out, dim, start, start + after));
    }
}

static struct tensor *round_about(struct rule *steps, struct tensor *x, const struct shape *pad)
{
    struct tensor_spec spec = tensor_spec_of(x);
    const int last = x->shape.dims - 1;
    if (!wraps_once(steps, &x->shape, pad)) {
        return NULL;
    }
    for (int k = 0; 2 * k < pad->dims; k++) {
        spec.shape.size[last - k] += pad->size[2 * k] + pad->size[2 * k + 1];
    }
    struct tensor *out = rule_take(steps, tensor_create(steps->engine, &spec, steps->err));
    struct tensor *to = out, *from = x;
    for (int k = 0; out && 2 * k < pad->dims; k++) {
        const int dim = last - k;
        const int64_t before = pad->size[2 * k], after = pad->size[2 * k + 1];
        to = steps_slice(steps, to, dim, positive(before), out->shape.size[dim] - positive(after));
        from =
            steps_slice(steps, from, dim, positive(-before), x->shape.size[dim] - positive(-after));
    }
    copy_into(steps, to, from);
    for (int k = 0; out && 2 * k < pad->dims; k++) {
        wrap_ends(steps, out, last - k, pad->size[2 * k], pad->size[2 * k + 1]);
    }
    return out;
}

/* ---- the entry ------------------------------------------------------------------------------------- */

static bool is_mode(struct rule *steps, const char *mode)
{
    const bool known = strcmp(mode, "reflect") == 0 || strcmp(mode, "replicate") == 0 ||
                       strcmp(mode, "circular") == 0;
    if (!known) {
        steps_refuse(steps, "Unrecognised padding mode %s", mode);
        steps->err->kind = ERROR_NOT_IMPLEMENTED;
    }
    return known;
}

struct tensor *nn_pad_mode(struct engine *engine, struct tensor *x, const struct shape *pad,
                           const char *mode, struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    const int spatial = pad->dims / 2, dims = x->shape.dims;
    if (!is_mode(&steps, mode)) {
        return NULL;
    }
    const bool batched = dims == spatial + 2;
    if (pad->dims % 2 != 0 || spatial < 1 || spatial > 2 || (!batched && dims != spatial + 1)) {
        steps_refuse(&steps, "Only 2D, 3D, 4D, 5D padding with non-constant padding are supported "
                             "for now");
        err->kind = ERROR_NOT_IMPLEMENTED;
        return NULL;
    }
    if (strcmp(mode, "circular") != 0) {
        return steps_finish(&steps, of_edges(&steps, x, pad, mode));
    }
    struct tensor *batch = batched ? x : rule_unsqueeze(&steps, x, 0);
    struct tensor *out = batch ? round_about(&steps, batch, pad) : NULL;
    if (!batched) {
        out = steps_apply(&steps, OP_SQUEEZE_DIM, out,
                          &(struct op_attrs){ .present = ATTR(DIM), .dim = 0 });
    }
    return steps_finish(&steps, out);
}
