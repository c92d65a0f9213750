#include "engine/ops/rows.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/engine.h"

struct number attr_alpha(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(ALPHA) ? attrs->alpha : number_integer(1);
}

struct number attr_beta(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(BETA) ? attrs->beta : number_integer(1);
}

bool number_is_one(struct number number)
{
    return number_as_real(number) == 1;
}

struct number number_negative(struct number number)
{
    return number.kind == NUMBER_REAL ? number_real(-number.real) : number_integer(-number.integer);
}

/* The broadcast shape of the tensors among the operands. */
static bool common_shape(const struct operand *in, int count, struct shape *out, struct error *err)
{
    bool first = true;
    for (int i = 0; i < count; i++) {
        if (in[i].kind != OPERAND_TENSOR) {
            continue;
        }
        const struct shape *shape = &in[i].tensor->shape;
        if (first) {
            *out = *shape;
        } else if (!shape_equal(out, shape)) {
            const struct shape before = *out;
            if (!shape_broadcast(&before, shape, out, err)) {
                return false;
            }
        }
        first = false;
    }
    assert(!first);
    return true;
}

/* The usual case, seen in one look: floats of one dtype, device and shape that lie row by row, beside numbers.
 * The result is like one of them; NULL: it has to be worked out. */
static const struct tensor *all_alike(const struct operand *in, int count)
{
    const struct tensor *first = NULL;
    for (int i = 0; i < count; i++) {
        if (in[i].kind == OPERAND_NUMBER) {
            continue;
        }
        const struct tensor *tensor = in[i].tensor;
        if (first ? !tensor || !tensor_is_alike(tensor, first)
                  : !tensor || !dtype_is_float(tensor->dtype) || !tensor_is_row_major(tensor)) {
            return NULL;
        }
        first = tensor;
    }
    return first;
}

/* All but the operands, which stay where they are. */
static void describe_map(struct compute_map *compute, const struct op_call *call,
                         const struct forward_map *map, enum dtype dtype)
{
    compute->function = map->function;
    compute->dtype = dtype;
    compute->p = map->p_is_alpha ? number_as_real(attr_alpha(call->attrs)) : map->p;
    compute->q = map->q;
}

static bool map_alike(struct op_call *call, const struct forward_map *map, const struct operand *in,
                      const struct tensor *like, struct error *err)
{
    struct compute_map compute;
    describe_map(&compute, call, map, like->dtype);
    call->out[0] = tensor_create_alike(like, err);
    return call->out[0] && compute_map_alike(call->out[0], &compute, in, err);
}

/* By itself, so that what the usual case needs stays short. */
__attribute__((noinline)) static bool
map_otherwise(struct op_call *call, const struct forward_map *map, struct error *err)
{
    const struct operand *in = map->in ? map->in : call->in;
    const int count = map->count ? map->count : call->in_count;
    const int all = map->in ? count : call->in_count;
    const bool to_bool = map_row(map->function)->to_bool;

    /* The condition of a choice decides neither the dtype nor anything else about the numbers. */
    const int skip = map->function == MAP_WHERE ? 1 : 0;
    enum dtype dtype = dtype_result(in + skip, all - skip, call->engine->default_dtype);
    if (map->to_float && !dtype_is_float(dtype)) {
        dtype = call->engine->default_dtype;
    }
    struct tensor_spec spec = { .dtype = to_bool ? DTYPE_BOOL : dtype };
    if (!common_shape(in, count, &spec.shape, err) ||
        !compute_device(call->engine, in, count, &spec.backend, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out) {
        return false;
    }
    if (!call->into) {
        tensor_lie_as(out, in, count);
    }
    struct compute_map compute;
    describe_map(&compute, call, map, dtype);
    if (to_bool || out->dtype == dtype) {
        return compute_map_of(out, &compute, in, err);
    }
    /* In place, and the other operand is wider: computed in its dtype, then rounded. */
    struct tensor *wide = tensor_create(call->engine, &spec, err);
    const bool ok = wide && compute_map_of(wide, &compute, in, err) && compute_copy(out, wide, err);
    tensor_unref(wide);
    return ok;
}

bool forward_map(struct op_call *call, const struct forward_map *map, struct error *err)
{
    const struct operand *in = map->in ? map->in : call->in;
    const int all = map->in && map->count ? map->count : call->in_count;
    const bool fits = !map_row(map->function)->to_bool && !call->into;
    const struct tensor *like = fits ? all_alike(in, all) : NULL;
    return like ? map_alike(call, map, in, like, err) : map_otherwise(call, map, err);
}

/* Marks the dimensions that the attributes name. */
static bool mark_dims(const struct op_attrs *attrs, int dims, bool *marked, struct error *err)
{
    const bool one = attrs->present & ATTR(DIM);
    const int count = one ? 1 : attrs->dims.dims;
    for (int i = 0; i < count; i++) {
        int dim;
        if (!shape_dim(dims, one ? attrs->dim : attrs->dims.size[i], &dim, err)) {
            return false;
        }
        if (dims > 0 && marked[dim]) {
            return error_set(err, "dim %d appears multiple times in the list of dims", dim);
        }
        marked[dim] = true;
    }
    return true;
}

bool forward_reduced(const struct op_call *call, struct reduced *reduced, struct error *err)
{
    const struct op_attrs *attrs = call->attrs;
    const struct shape *shape = &call->in[0].tensor->shape;
    const bool some =
        attrs->present & ATTR(DIM) || (attrs->present & ATTR(DIMS) && attrs->dims.dims);
    const bool keepdim = attrs->present & ATTR(KEEPDIM) && attrs->keepdim;
    for (int d = 0; d < BACKEND_MAX_DIMS; d++) {
        reduced->dim[d] = !some;
    }
    if (some && !mark_dims(attrs, shape->dims, reduced->dim, err)) {
        return false;
    }
    reduced->kept = *shape;
    reduced->out.dims = 0;
    reduced->count = 1;
    for (int d = 0; d < shape->dims; d++) {
        if (reduced->dim[d]) {
            reduced->count *= shape->size[d];
            reduced->kept.size[d] = 1;
        }
        if (!reduced->dim[d] || keepdim) {
            reduced->out.size[reduced->out.dims++] = reduced->kept.size[d];
        }
    }
    return true;
}

struct tensor *reduced_output(struct op_call *call, int number, enum dtype dtype,
                              const struct reduced *reduced, struct error *err)
{
    const struct tensor_spec spec = { dtype, reduced->out, tensor_backend(call->in[0].tensor) };
    struct tensor *out = op_output(call, number, &spec, err);
    int64_t strides[BACKEND_MAX_DIMS];
    shape_strides(&reduced->kept, strides);
    return out ? tensor_view(out, &reduced->kept, strides, out->offset) : NULL;
}

bool forward_reduce(struct op_call *call, const struct forward_reduce *how, struct error *err)
{
    struct reduced reduced;
    if (!forward_reduced(call, &reduced, err)) {
        return false;
    }
    struct tensor *out = reduced_output(call, how->output, how->dtype, &reduced, err);
    const struct compute_reduce reduce = { .function = how->function,
                                           .in = call->in[0].tensor,
                                           .parameter = how->parameter };
    const bool ok = out && compute_reduce(out, &reduce, err);
    tensor_unref(out);
    return ok;
}

bool forward_view(struct op_call *call, const struct shape *shape, const int64_t *strides,
                  int64_t offset)
{
    struct tensor *into = call->into;
    if (!into) {
        call->out[0] = tensor_view(call->in[0].tensor, shape, strides, offset);
        return true;
    }
    assert(call->op->reshapes && shape_count(shape) == into->count);
    into->shape = *shape;
    for (int d = 0; d < shape->dims; d++) {
        into->strides[d] = strides[d];
    }
    into->offset = offset;
    call->out[0] = tensor_ref(into);
    return true;
}

bool forward_needs_float(const struct op_call *call, const char *kernel, struct error *err)
{
    const enum dtype dtype = call->in[0].tensor->dtype;
    return dtype_is_float(dtype) ||
           error_set(err, "\"%s\" not implemented for '%s'", kernel, dtype_type_name(dtype));
}

/* ---- written with other rows ------------------------------------------------------------------- */

struct rule forward_begin(const struct op_call *call, struct error *err)
{
    struct rule steps = { .engine = call->engine, .err = err };
    steps.tracked = call->engine->grad_enabled;
    call->engine->grad_enabled = false;
    call->engine->quiet++;
    return steps;
}

static bool is_operand(const struct op_call *call, const struct tensor *tensor)
{
    for (int i = 0; i < call->in_count; i++) {
        if (call->in[i].kind == OPERAND_TENSOR && call->in[i].tensor == tensor) {
            return true;
        }
    }
    return false;
}

enum { PIECE = 1 << 14 };

/* Much of it, lying in one piece where the host can see it. */
static bool is_long(const struct op_call *call)
{
    const struct tensor *a = call->in[0].tensor;
    return !call->into && call->in_count == 1 && a->count >= 4 * PIECE && tensor_is_contiguous(a) &&
           a->storage->backend->impl->host_memory;
}

static struct tensor *piece_of(struct tensor *tensor, int64_t from, int64_t count)
{
    const struct shape shape = { 1, { count } };
    return tensor_view(tensor, &shape, (int64_t[]){ 1 }, tensor->offset + from);
}

static bool run_piece(const struct op_call *call, forward_function *forward, int64_t from,
                      struct error *err)
{
    struct tensor *a = call->in[0].tensor, *whole = call->out[0], *made = NULL;
    const int64_t left = a->count - from, count = left < PIECE ? left : PIECE;
    struct tensor *part = piece_of(a, from, count), *room = piece_of(whole, from, count);
    const struct operand in = operand_tensor(part);
    struct op_call one = *call;
    one.in = &in;
    one.out = &made;
    const bool ok = forward(&one, err) && compute_copy(room, made, err);
    tensor_unref(made);
    tensor_unref(part);
    tensor_unref(room);
    return ok;
}

bool forward_in_pieces(struct op_call *call, forward_function *forward, struct error *err)
{
    if (!is_long(call)) {
        return forward(call, err);
    }
    const struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    bool ok = op_output(call, 0, &spec, err) != NULL;
    for (int64_t from = 0; ok && from < call->in[0].tensor->count; from += PIECE) {
        ok = run_piece(call, forward, from, err);
    }
    return ok;
}

bool forward_finish(struct op_call *call, struct rule *steps, struct tensor *result)
{
    bool ok = rule_done(steps) && result;
    if (ok && (call->into || is_operand(call, result))) {
        const struct tensor_spec spec = tensor_spec_of(result);
        struct tensor *out = op_output(call, 0, &spec, steps->err);
        ok = out && compute_copy(out, result, steps->err);
    } else if (ok) {
        call->out[0] = tensor_ref(result);
    }
    rule_clear(steps);
    free(steps->owned);
    call->engine->quiet--;
    call->engine->grad_enabled = steps->tracked;
    return ok;
}
