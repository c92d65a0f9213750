#include "gpu/reduce_kernels.h"

/* Out (or the index) in in's shape, with stride 0 in the dimensions that are reduced. */
static struct backend_view spread(const struct backend_view *out, const struct backend_view *in)
{
    struct backend_view view = *in;
    view.data = out->data;
    view.dtype = out->dtype;
    for (int d = 0; d < in->dims; d++) {
        view.strides[d] = out->shape[d] == in->shape[d] ? out->strides[d] : 0;
    }
    return view;
}

/* A dimension is reduced where out has size 1 and in has not. Both walks keep row-major order. */
static void part_dims(struct reduce_call *call, const struct backend_reduce *reduce)
{
    const struct backend_view *const shown = reduce->out ? reduce->out : reduce->index;
    struct backend_view kept = *reduce->in, folded = *reduce->in;
    for (int d = 0; d < kept.dims; d++) {
        (shown->shape[d] == reduce->in->shape[d] ? folded : kept).shape[d] = 1;
    }
    struct backend_view out = kept, index = kept;
    if (reduce->out) {
        out = spread(reduce->out, &kept);
    }
    if (reduce->index) {
        index = spread(reduce->index, &kept);
    }
    const struct backend_view *const kept_views[] = { &out, &kept, &index };
    const struct backend_view *const folded_views[] = { &folded };
    walk_init(&call->kept, kept_views, 3);
    walk_init(&call->folded, folded_views, 1);
}

static bool is_dense(const struct walk *walk)
{
    return walk->dims == 0 || (walk->dims == 1 && walk->strides[0][0] == 1);
}

/* The threads that share an output where the order is given. */
static void set_lanes(struct reduce_call *call, const struct backend_reduce *reduce)
{
    const int last = reduce->in->dims - 1, vector = call->dtype == DTYPE_FLOAT32 ? 8 : 4;
    call->lanes = 1;
    if (call->function == REDUCE_SUM_LANES && last >= 0 &&
        reduce->out->shape[last] != reduce->in->shape[last]) {
        call->lanes = vector;
        call->in_halves = call->dtype == DTYPE_FLOAT32;
    }
    if (call->function == REDUCE_PROD && is_dense(&call->folded) &&
        call->folded.count >= 4 * vector) {
        call->lanes = 4 * vector;
    }
}

static bool has_order(const struct reduce_call *call)
{
    return call->function == REDUCE_SUM_LANES || call->function == REDUCE_SUM_CASCADE ||
           (call->function == REDUCE_PROD && dtype_is_real(call->dtype));
}

static const char *const names[REDUCE_COUNT] = {
#define X(id, name) #name,
    REDUCE_LIST(X)
#undef X
};

enum backend_status cuda_reduce(struct backend *backend, const struct backend_reduce *reduce,
                                struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    if (reduce->function >= REDUCE_VAR && !dtype_is_real(reduce->in->dtype)) {
        return cuda_unsupported(names[reduce->function], reduce->in->dtype, err);
    }
    struct reduce_call call = {};
    call.function = reduce->function;
    call.dtype = reduce->in->dtype;
    call.out = reduce->out ? reduce->out->data : NULL;
    /* (Sums of nothing read nothing, but are told where from.) */
    call.in = reduce->in->data ? reduce->in->data : call.out;
    call.index = reduce->index ? (int64_t *)reduce->index->data : NULL;
    call.parameter = reduce->parameter;
    part_dims(&call, reduce);
    if (call.kept.count == 0) {
        return BACKEND_OK;
    }
    if (call.folded.count == 0 && (call.function == REDUCE_MAX || call.function == REDUCE_MIN)) {
        error_set_kind(err, ERROR_INDEX, "%s(): Expected reduction dim to have non-zero size.",
                       names[reduce->function]);
        return BACKEND_BAD_ARGUMENT;
    }
    if (has_order(&call)) {
        set_lanes(&call, reduce);
        return reduce_in_order(cuda, &call, err);
    }
    return reduce_freely(cuda, &call, err);
}
