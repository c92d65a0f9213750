#include "engine/engine.h"
#include "engine/ops/rows.h"

/* The elements of a tensor several times, or in another order, in a memory of their own. */

/* ---- repeat -------------------------------------------------------------------------------------- */

/* y = a side by side with itself, repeats[d] times along dimension d     so   da += Σ dy */

/* y's dimensions taken apart into (how often, of what size): one dimension where either is 1. */
struct tiling {
    struct shape apart;
    struct shape often;                /* the dimensions of `apart` that count repetitions */
    int64_t strides[BACKEND_MAX_DIMS]; /* that show a as `apart` */
};

static bool add_part(struct tiling *tiling, int64_t size, int64_t stride, bool counts,
                     struct error *err)
{
    if (tiling->apart.dims == BACKEND_MAX_DIMS) {
        return error_set(err, "repeating along so many dimensions at once is not supported");
    }
    if (counts) {
        tiling->often.size[tiling->often.dims++] = tiling->apart.dims;
    }
    tiling->strides[tiling->apart.dims] = stride;
    tiling->apart.size[tiling->apart.dims++] = size;
    return true;
}

/* `shape` and `strides` of a; repeats has at least as many dimensions. */
static bool find_tiling(const struct shape *shape, const int64_t *strides,
                        const struct shape *repeats, struct tiling *out, struct error *err)
{
    const int lead = repeats->dims - shape->dims;
    *out = (struct tiling){ 0 };
    for (int d = 0; d < repeats->dims; d++) {
        const int64_t often = repeats->size[d], size = d < lead ? 1 : shape->size[d - lead];
        if (often != 1 && !add_part(out, often, 0, true, err)) {
            return false;
        }
        if ((size != 1 || often == 1) &&
            !add_part(out, size, d < lead || !strides ? 0 : strides[d - lead], false, err)) {
            return false;
        }
    }
    return true;
}

static bool repeat_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    const struct shape *repeats = &call->attrs->repeats;
    const int lead = repeats->dims - a->shape.dims;
    struct tensor_spec spec = tensor_spec_of(a);
    struct tiling tiling;
    if (lead < 0) {
        return error_set(err, "Number of dimensions of repeat dims can not be smaller than number "
                              "of dimensions of tensor");
    }
    spec.shape.dims = repeats->dims;
    for (int d = 0; d < repeats->dims; d++) {
        const int64_t size = d < lead ? 1 : a->shape.size[d - lead];
        if (__builtin_mul_overflow(repeats->size[d], size, &spec.shape.size[d])) {
            return error_set(err, "numel: integer multiplication overflow");
        }
    }
    if (!find_tiling(&a->shape, a->strides, repeats, &tiling, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out || out->count == 0) {
        return out != NULL;
    }
    int64_t strides[BACKEND_MAX_DIMS];
    shape_strides(&tiling.apart, strides);
    struct tensor *to = tensor_view(out, &tiling.apart, strides, out->offset);
    struct tensor *from = tensor_view(a, &tiling.apart, tiling.strides, a->offset);
    const bool ok = compute_copy(to, from, err);
    tensor_unref(from);
    tensor_unref(to);
    return ok;
}

static bool repeat_backward(struct rule *rule)
{
    const struct shape *shape = rule_edge_shape(rule, 0);
    struct tiling tiling;
    if (!find_tiling(shape, NULL, &rule_attrs(rule)->repeats, &tiling, rule->err)) {
        rule->failed = true;
        return false;
    }
    struct tensor *apart = rule_reshape(rule, rule->grad[0], &tiling.apart);
    struct tensor *sum =
        tiling.often.dims > 0 ? rule_sum(rule, apart, &tiling.often, false) : apart;
    rule->result[0] = rule_reshape(rule, sum, shape);
    return rule_done(rule);
}

const struct op op_row_repeat = {
    .id = OP_REPEAT,
    .name = "repeat",
    .symbol = "repeat",
    .node = "RepeatBackward0",
    .formula = "[a a; a a]",
    .derivatives = { "Σ g" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(REPEATS),
    .outputs = 1,
    .forward = repeat_forward,
    .backward = repeat_backward,
};

/* ---- flip ---------------------------------------------------------------------------------------- */

/* y = a counted backwards along some dimensions     so   da += dy, counted backwards again */

static bool flip_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    const struct shape *dims = &call->attrs->dims;
    const struct tensor_spec spec = tensor_spec_of(a);
    int64_t strides[BACKEND_MAX_DIMS], offset = a->offset;
    bool turned[BACKEND_MAX_DIMS] = { false };
    for (int d = 0; d < a->shape.dims; d++) {
        strides[d] = a->strides[d];
    }
    for (int i = 0; i < dims->dims; i++) {
        int d;
        if (!shape_dim(a->shape.dims, dims->size[i], &d, err)) {
            return false;
        }
        if (turned[d]) {
            return error_set(err, "dim %d appears multiple times in the list of dims", d);
        }
        turned[d] = true;
        if (d < a->shape.dims && a->shape.size[d] > 0) {
            offset += (a->shape.size[d] - 1) * strides[d];
            strides[d] = -strides[d];
        }
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out || out->count == 0) {
        return out != NULL;
    }
    tensor_lie_like(out, a);
    struct tensor *from = tensor_view(a, &a->shape, strides, offset);
    const bool ok = compute_copy(out, from, err);
    tensor_unref(from);
    return ok;
}

static bool flip_backward(struct rule *rule)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    rule->result[0] = rule_apply(
        rule,
        &(struct op_use){ .op = OP_FLIP, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule) });
    return rule_done(rule);
}

const struct op op_row_flip = {
    .id = OP_FLIP,
    .name = "flip",
    .symbol = "flip",
    .node = "FlipBackward0",
    .formula = "a[::-1]",
    .derivatives = { "g[::-1]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(DIMS),
    .outputs = 1,
    .forward = flip_forward,
    .backward = flip_backward,
};

/* ---- roll ---------------------------------------------------------------------------------------- */

/* y = a moved on by shifts[i] along dims[i], what falls off coming in again at the other end; along the
 * line of all elements where no dimension is named     so   da += dy moved back */

/* The block of elements whose move along dimension i wraps around if bit i of `wraps` is set. */
static bool roll_block(struct tensor *out, struct tensor *in, const int64_t *shifts, unsigned wraps,
                       struct error *err)
{
    struct shape shape = in->shape;
    int64_t from = in->offset, to = out->offset;
    for (int d = 0; d < shape.dims; d++) {
        const bool wrap = wraps >> d & 1;
        const int64_t size = shape.size[d];
        shape.size[d] = wrap ? shifts[d] : size - shifts[d];
        from += wrap ? (size - shifts[d]) * in->strides[d] : 0;
        to += wrap ? 0 : shifts[d] * out->strides[d];
    }
    if (shape_count(&shape) == 0) {
        return true;
    }
    struct tensor *source = tensor_view(in, &shape, in->strides, from);
    struct tensor *target = tensor_view(out, &shape, out->strides, to);
    const bool ok = compute_copy(target, source, err);
    tensor_unref(target);
    tensor_unref(source);
    return ok;
}

static bool roll_into(struct tensor *out, struct tensor *in, const int64_t *shifts,
                      struct error *err)
{
    unsigned moved = 0;
    for (int d = 0; d < in->shape.dims; d++) {
        moved |= shifts[d] != 0 ? 1U << d : 0;
    }
    /* Every subset of the dimensions that move. */
    unsigned wraps = 0;
    do {
        if (!roll_block(out, in, shifts, wraps, err)) {
            return false;
        }
        wraps = (wraps - moved) & moved;
    } while (wraps != 0);
    return true;
}

static bool find_shifts(const struct op_call *call, int64_t *out, struct error *err)
{
    const struct shape *shape = &call->in[0].tensor->shape;
    const struct shape *shifts = &call->attrs->shifts, *dims = &call->attrs->dims;
    if (shifts->dims != dims->dims) {
        return error_set(err, "shifts and dimensions must align. shifts: %d, dims:%d", shifts->dims,
                         dims->dims);
    }
    for (int i = 0; i < dims->dims; i++) {
        int d;
        if (!shape_dim(shape->dims, dims->size[i], &d, err)) {
            return false;
        }
        const int64_t size = shape->dims > 0 ? shape->size[d] : 0;
        if (size > 0) {
            out[d] = ((out[d] + shifts->size[i] % size) % size + size) % size;
        }
    }
    return true;
}

/* A contiguous tensor, or a copy, as one line of elements. */
static struct tensor *line_of(struct tensor *t, struct error *err)
{
    struct tensor *whole = tensor_ref(t);
    if (!tensor_is_contiguous(t)) {
        const struct tensor_spec spec = tensor_spec_of(t);
        tensor_unref(whole);
        whole = tensor_create(t->engine, &spec, err);
        if (!whole || !compute_copy(whole, t, err)) {
            tensor_unref(whole);
            return NULL;
        }
    }
    const int64_t step[] = { 1 };
    struct tensor *line =
        tensor_view(whole, &(struct shape){ 1, { whole->count } }, step, whole->offset);
    tensor_unref(whole);
    return line;
}

static bool roll_line(struct tensor *out, struct tensor *in, int64_t shift, struct error *err)
{
    struct tensor *from = line_of(in, err), *to = from ? line_of(out, err) : NULL;
    const int64_t count = in->count;
    const int64_t by = count > 0 ? (shift % count + count) % count : 0;
    const bool ok = to && roll_into(to, from, &by, err);
    tensor_unref(to);
    tensor_unref(from);
    return ok;
}

static bool roll_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    const struct tensor_spec spec = tensor_spec_of(a);
    const struct shape *shifts = &call->attrs->shifts;
    int64_t by[BACKEND_MAX_DIMS] = { 0 };
    const bool line = call->attrs->dims.dims == 0 && shifts->dims == 1;
    if (shifts->dims == 0) {
        return error_set(err, "`shifts` required");
    }
    if (!line && !find_shifts(call, by, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out) {
        return false;
    }
    return line ? roll_line(out, a, shifts->size[0], err) : roll_into(out, a, by, err);
}

static bool roll_backward(struct rule *rule)
{
    const struct operand in = operand_tensor(rule->grad[0]);
    struct op_use use = { .op = OP_ROLL, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule) };
    for (int i = 0; i < use.attrs.shifts.dims; i++) {
        use.attrs.shifts.size[i] = -use.attrs.shifts.size[i];
    }
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

const struct op op_row_roll = {
    .id = OP_ROLL,
    .name = "roll",
    .symbol = "roll",
    .node = "RollBackward0",
    .formula = "a[i - shift]",
    .derivatives = { "g[i + shift]" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(SHIFTS) | ATTR(DIMS),
    .outputs = 1,
    .forward = roll_forward,
    .backward = roll_backward,
};
