/* A chain of maps in one launch: each thread takes an element through all of them. What the links say is
 * the same for all threads, so that none waits for another; the registers, which are counted through, lie
 * in the block's shared memory. */

#include "gpu/map_real.h"

/* A link, with its numbers as they are rounded. */
template <class T> struct chain_link {
    int function;
    int8_t out, in[3];
    T number[3], p;
};

template <class T> struct chain_call {
    struct walk walk;
    T *data[CHAIN_MAX_VIEWS];
    bool dense, loads[CHAIN_MAX_VIEWS], stores[CHAIN_MAX_VIEWS];
    int count;
    struct chain_link<T> links[CHAIN_MAX_LINKS];
};

template <class T> static __device__ __forceinline__ T chain_map(int function, T a, T b, T c, T p)
{
    bool fault = false;
    switch (function) {
#define CHAINED(id) \
    case MAP_##id:  \
        return map_##id<T>::of(a, b, c, p, p, &fault);
        CHAINED(NEG)
        CHAINED(ABS)
        CHAINED(SQRT)
        CHAINED(RECIPROCAL)
        CHAINED(ADD)
        CHAINED(SUB)
        CHAINED(MUL)
        CHAINED(DIV)
        CHAINED(MAXIMUM)
        CHAINED(MINIMUM)
        CHAINED(LERP)
        CHAINED(ADDCMUL)
        CHAINED(ADDCDIV)
#undef CHAINED
    default: /* COPY */
        return a;
    }
}

template <class T>
static __device__ __forceinline__ T chain_input(const struct chain_link<T> &link, int k,
                                                const T *mine)
{
    return link.in[k] < 0 ? link.number[k] : mine[link.in[k] * CUDA_BLOCK];
}

template <class T> __global__ void chain_kernel(struct chain_call<T> call)
{
    GPU_SHARED(T, registers, CHAIN_MAX_REGISTERS * CUDA_BLOCK);
    T *const mine = registers + threadIdx.x;
    GPU_ROLL
    for (int64_t i = thread_number(); i < call.walk.count; i += thread_count()) {
        const struct places<CHAIN_MAX_VIEWS> at = call.dense
                                                      ? places<CHAIN_MAX_VIEWS>{ { i, i, i, i, i } }
                                                      : walk_places<CHAIN_MAX_VIEWS>(call.walk, i);
        GPU_UNROLL
        for (int v = 0; v < CHAIN_MAX_VIEWS; v++) {
            if (call.loads[v]) {
                mine[v * CUDA_BLOCK] = call.data[v][at.at[v]];
            }
        }
        GPU_ROLL
        for (int l = 0; l < call.count; l++) {
            const struct chain_link<T> &link = call.links[l];
            mine[link.out * CUDA_BLOCK] =
                chain_map(link.function, chain_input(link, 0, mine), chain_input(link, 1, mine),
                          chain_input(link, 2, mine), link.p);
        }
        GPU_UNROLL
        for (int v = 0; v < CHAIN_MAX_VIEWS; v++) {
            if (call.stores[v]) {
                call.data[v][at.at[v]] = mine[v * CUDA_BLOCK];
            }
        }
    }
}

/* An input that a function has not is a number. A view is read unless it is written first. */
template <class T>
static void add_link(struct chain_call<T> *call, const struct backend_link *link, int inputs)
{
    struct chain_link<T> *const to = &call->links[call->count++];
    to->function = link->function;
    to->out = (int8_t)link->out;
    to->p = (T)link->p;
    for (int k = 0; k < 3; k++) {
        const int in = k < inputs ? link->in[k] : -1;
        to->in[k] = (int8_t)in;
        to->number[k] = in < 0 && k < inputs ? (T)link->number[k] : (T)0;
        if (in >= 0 && in < CHAIN_MAX_VIEWS && !call->stores[in]) {
            call->loads[in] = true;
        }
    }
    if (link->out < CHAIN_MAX_VIEWS) {
        call->stores[link->out] = true;
    }
}

static int inputs_of(enum map_function function)
{
    static const int inputs[] = {
#define X(id, name, inputs, to_bool, formula) inputs,
        MAP_LIST(X)
#undef X
    };
    return inputs[function];
}

template <class T>
static enum backend_status run(struct cuda *cuda, const struct backend_chain *chain,
                               struct error *err)
{
    struct chain_call<T> call = {
    };
    for (int v = 0; v < CHAIN_MAX_VIEWS; v++) {
        call.data[v] = chain->views[v] ? (T *)chain->views[v]->data : NULL;
    }
    for (int l = 0; l < chain->count; l++) {
        add_link(&call, &chain->links[l], inputs_of(chain->links[l].function));
    }
    walk_init(&call.walk, chain->views, CHAIN_MAX_VIEWS);
    walk_by_memory(&call.walk);
    call.dense = true;
    for (int v = 0; v < CHAIN_MAX_VIEWS && call.walk.dims > 0; v++) {
        call.dense &= !chain->views[v] || (call.walk.dims == 1 && call.walk.strides[v][0] == 1);
    }
    if (call.walk.count == 0) {
        return BACKEND_OK;
    }
    GPU_LAUNCH((chain_kernel<T>), cuda_grid(cuda, call.walk.count), CUDA_BLOCK, 0, cuda->stream,
               call);
    return cuda_launched(cuda, "chain", err);
}

enum backend_status cuda_chain(struct backend *backend, const struct backend_chain *chain,
                               struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    return chain->dtype == DTYPE_FLOAT32 ? run<float>(cuda, chain, err)
                                         : run<double>(cuda, chain, err);
}
