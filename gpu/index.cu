/* gather and scatter. A place whose index is out of range is left out, and the fault is noted for the host's
 * next wait. The elements are moved as bytes of their size; only sums look at their type. */

#include "gpu/cuda.h"

/* Views of `places`: the side that is walked, the other with its `dim` standing still, the indices. */
struct index_call {
    struct walk places;
    const void *in;
    void *out;
    const int64_t *index;
    struct cuda_fault *fault;
    int64_t step, size; /* between positions of the indexed side; how many there are */
    int dim;
    /* Of scatter: the elements of a line, in whose order they are brought in, and their steps. */
    int64_t length, in_step, index_step;
};

static __device__ __forceinline__ bool in_range(const struct index_call &call, int64_t position)
{
    if (position >= 0 && position < call.size) {
        return true;
    }
    if (atomicCAS(&call.fault->taken, 0u, 1u) == 0) {
        call.fault->dim = call.dim;
        call.fault->index = position;
        call.fault->size = call.size;
    }
    return false;
}

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

/* What happens at a place: by type, and how. */
template <class T> struct put {
    typedef T type;
    static __device__ __forceinline__ void to(T *place, T value)
    {
        *place = value;
    }
};
template <class T> struct add {
    typedef T type;
    static __device__ __forceinline__ void to(T *place, T value)
    {
        *place = (T)(*place + value);
    }
};
struct unite {
    typedef uint8_t type;
    static __device__ __forceinline__ void to(uint8_t *place, uint8_t value)
    {
        *place |= value;
    }
};

/* Elements that can meet in one place agree in all dimensions but `dim`: they are a line, which one thread
 * walks in order. So nothing is added atomically, and the sums are the CPU's to the last bit. */
template <class way> __global__ void index_scatter(struct index_call call)
{
    typedef typename way::type T;
    GPU_ROLL
    for (int64_t i = thread_number(); i < call.places.count; i += thread_count()) {
        const struct places<3> at = walk_places<3>(call.places, i);
        GPU_ROLL
        for (int64_t k = 0; k < call.length; k++) {
            const int64_t position = call.index[at.at[2] + k * call.index_step];
            if (in_range(call, position)) {
                way::to((T *)call.out + at.at[1] + position * call.step,
                        ((const T *)call.in)[at.at[0] + k * call.in_step]);
            }
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

static index_kernel *put_of(enum dtype dtype)
{
    switch (dtype_bytes(dtype)) {
    case 1:
        return index_scatter<put<uint8_t>>;
    case 4:
        return index_scatter<put<uint32_t>>;
    default:
        return index_scatter<put<uint64_t>>;
    }
}

static index_kernel *add_of(enum dtype dtype)
{
    switch (dtype) {
    case DTYPE_BOOL:
        return index_scatter<struct unite>;
    case DTYPE_UINT8:
        return index_scatter<add<uint8_t>>;
    case DTYPE_INT32:
        return index_scatter<add<uint32_t>>;
    case DTYPE_INT64:
        return index_scatter<add<uint64_t>>;
    case DTYPE_FLOAT32:
        return index_scatter<add<float>>;
    default:
        return index_scatter<add<double>>;
    }
}

static struct index_call call_of(struct cuda *cuda, const struct backend_index *index,
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

static void set_places(struct walk *walk, const struct backend_view *places,
                       const struct backend_view *indexed, const struct backend_index *index)
{
    struct backend_view fixed = *places;
    for (int d = 0; d < fixed.dims; d++) {
        fixed.strides[d] = d == index->dim ? 0 : indexed->strides[d];
    }
    const struct backend_view *const views[] = { places, &fixed, index->index };
    walk_init(walk, views, 3);
}

static enum backend_status launch(struct cuda *cuda, index_kernel *kernel,
                                  const struct index_call *call, struct error *err)
{
    if (call->places.count == 0) {
        return BACKEND_OK;
    }
    cuda->suspect = true;
    GPU_LAUNCH(kernel, cuda_grid(cuda, call->places.count), CUDA_BLOCK, 0, cuda->stream, *call);
    return cuda_launched(cuda, "an index", err);
}

enum backend_status cuda_gather(struct backend *backend, const struct backend_index *index,
                                struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    struct index_call call = call_of(cuda, index, index->in);
    set_places(&call.places, index->out, index->in, index);
    return launch(cuda, gather_of(index->out->dtype), &call, err);
}

enum backend_status cuda_scatter(struct backend *backend, const struct backend_index *index,
                                 struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    struct index_call call = call_of(cuda, index, index->out);
    struct backend_view line = *index->in;
    call.length = line.shape[index->dim];
    call.in_step = line.strides[index->dim];
    call.index_step = index->index->strides[index->dim];
    line.shape[index->dim] = 1;
    set_places(&call.places, &line, index->out, index);
    const bool puts = index->function == SCATTER_PUT;
    return launch(cuda, (puts ? put_of : add_of)(index->out->dtype), &call, err);
}
