#include "gpu/index.h"

/* Elements are moved as bytes of their size. */
template <class T> __global__ void index_gather(struct index_call call)
{
    GPU_ROLL
    for (int64_t i = thread_number(); i < call.places.count; i += thread_count()) {
        const struct places<3> at = walk_places<3>(call.places, i);
        const int64_t position = call.index[at.at[2]];
        if (in_range(call, position)) {
            ((T *)call.out)[at.at[0]] = ((const T *)call.in)[at.at[1] + position * call.step];
        }
    }
}

/* ---- calls ------------------------------------------------------------------------------------------------ */

typedef void index_kernel(struct index_call call);

static index_kernel *gather_of(enum dtype dtype)
{
    switch (dtype_bytes(dtype)) {
    case 1:
        return index_gather<uint8_t>;
    case 4:
        return index_gather<uint32_t>;
    default:
        return index_gather<uint64_t>;
    }
}

struct index_call index_call_of(struct cuda *cuda, const struct backend_index *index,
                                const struct backend_view *indexed)
{
    struct index_call call = {};
    call.in = index->in->data;
    call.out = index->out->data;
    call.index = (const int64_t *)index->index->data;
    call.fault = cuda->fault;
    call.dim = index->dim;
    call.step = indexed->strides[index->dim];
    call.size = indexed->shape[index->dim];
    return call;
}

void index_places(struct walk *walk, const struct backend_view *places,
                  const struct backend_view *indexed, const struct backend_index *index)
{
    struct backend_view fixed = *places;
    for (int d = 0; d < fixed.dims; d++) {
        fixed.strides[d] = d == index->dim ? 0 : indexed->strides[d];
    }
    const struct backend_view *const views[] = { places, &fixed, index->index };
    walk_init(walk, views, 3);
}

enum backend_status cuda_gather(struct backend *backend, const struct backend_index *index,
                                struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    struct index_call call = index_call_of(cuda, index, index->in);
    index_places(&call.places, index->out, index->in, index);
    if (call.places.count == 0) {
        return BACKEND_OK;
    }
    cuda->suspect = true;
    GPU_LAUNCH(gather_of(index->out->dtype), cuda_grid(cuda, call.places.count), CUDA_BLOCK, 0,
               cuda->stream, call);
    return cuda_launched(cuda, "gather", err);
}
