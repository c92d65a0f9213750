#pragma once
/* How a formula becomes a kernel, and is launched. Included by the files that expand the lists of
 * engine/formulas/maps.h; each offers what it made by a function map_find_...(). */

#include <string.h>

#include "engine/formulas/maps.h"
#include "gpu/cuda.h"

/* A number of the lesson, or a parameter, as an element of some dtype. */
union map_element {
    uint8_t u8;
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
};

/* What a kernel is told. Views in the walk: out, then the inputs; in[k] NULL: number[k] stands for it. */
struct map_call {
    struct walk walk;
    bool dense;
    void *out;
    const void *in[3];
    union map_element number[3], p, q;
    unsigned *fault; /* counts what no whole number answers; NULL: cannot happen */
};

typedef void map_launch(const struct cuda *cuda, const struct map_call *call);

/* NULL: there is none for that dtype. */
map_launch *map_find_float(enum map_function function);
map_launch *map_find_double(enum map_function function);
map_launch *map_find_turn(enum map_function function, enum dtype dtype); /* sin, cos, tan */
map_launch *map_find_whole(enum map_function function, enum dtype dtype);
map_launch *map_find_truth(enum map_function function, enum dtype dtype);
map_launch *map_find_copy(enum dtype from, enum dtype to);

template <class T> static __device__ __forceinline__ T element_as(const union map_element &element)
{
    T value;
    memcpy(&value, &element, sizeof(value)); /* it lies at the beginning, whatever its type */
    return value;
}

template <class T>
static __device__ __forceinline__ T map_input(const struct map_call &call, int k, int64_t at)
{
    return call.in[k] ? ((const T *)call.in[k])[at] : element_as<T>(call.number[k]);
}

/* A function is a struct with the types `first` (of a), `in` (of b, c, p and q) and `out`, the number of
 * `inputs`, how many go `together`, and `of`, which computes it. */
template <class function> struct map_inputs {
    typename function::first a;
    typename function::in b, c;
};

template <class function>
static __device__ __forceinline__ struct map_inputs<function>
map_load(const struct map_call &call, const struct places<4> &places) {
    struct map_inputs<function> in = {
    };
    in.a = map_input<typename function::first>(call, 0, places.at[1]);
    if (function::inputs > 1) {
        in.b = map_input<typename function::in>(call, 1, places.at[2]);
    }
    if (function::inputs > 2) {
        in.c = map_input<typename function::in>(call, 2, places.at[3]);
    }
    return in;
}

template <class function>
static __device__ __forceinline__ void map_store(const struct map_call &call, int64_t at,
                                                 const struct map_inputs<function> &in)
{
    typedef typename function::in T;
    bool fault = false;
    ((typename function::out *)call.out)[at] =
        function::of(in.a, in.b, in.c, element_as<T>(call.p), element_as<T>(call.q), &fault);
    if (fault) {
        atomicAdd(call.fault, 1u);
    }
}

/* How many elements a thread has under way together: several where memory is what takes the time, but the
 * code of a long formula is not worth repeating. */
constexpr int map_together(enum map_function function)
{
    switch (function) {
    case MAP_FILL:
    case MAP_COPY:
    case MAP_NEG:
    case MAP_SQUARE:
    case MAP_RELU:
    case MAP_ADD:
    case MAP_SUB:
    case MAP_MUL:
    case MAP_DIV:
    case MAP_RELU_GRAD:
    case MAP_ADDCMUL:
        return 4;
    case MAP_SQRT:
    case MAP_EXP:
    case MAP_LOG:
    case MAP_TANH:
    case MAP_SIGMOID:
    case MAP_SIGMOID_GRAD:
    case MAP_TANH_GRAD:
    case MAP_ADDCDIV:
    case MAP_WHERE:
    case MAP_LERP:
    case MAP_GT:
    case MAP_EQ:
        return 2;
    default:
        return 1;
    }
}

template <class function> __global__ void map_dense(struct map_call call)
{
    constexpr int together = function::together;
    const int64_t tile = together * (int64_t)blockDim.x;
    GPU_ROLL
    for (int64_t base = (int64_t)blockIdx.x * tile + threadIdx.x; base < call.walk.count;
         base += gridDim.x * tile) {
        /* (Empty at first: both loops ask the same, which gcc cannot see.) */
        struct map_inputs<function> in[together] = {
        };
        GPU_UNROLL
        for (int k = 0; k < together; k++) {
            const int64_t at = base + k * (int64_t)blockDim.x;
            if (at < call.walk.count) {
                in[k] = map_load<function>(call, { { at, at, at, at } });
            }
        }
        GPU_UNROLL
        for (int k = 0; k < together; k++) {
            const int64_t at = base + k * (int64_t)blockDim.x;
            if (at < call.walk.count) {
                map_store<function>(call, at, in[k]);
            }
        }
    }
}

template <class function> __global__ void map_strided(struct map_call call)
{
    GPU_ROLL
    for (int64_t i = thread_number(); i < call.walk.count; i += thread_count()) {
        const struct places<4> places = walk_places<4>(call.walk, i);
        map_store<function>(call, places.at[0], map_load<function>(call, places));
    }
}

template <class function> void map_run(const struct cuda *cuda, const struct map_call *call)
{
    const int64_t n = call->walk.count;
    if (call->dense) {
        GPU_LAUNCH((map_dense<function>), cuda_blocks(cuda, n, CUDA_BLOCK * function::together),
                   CUDA_BLOCK, 0, cuda->stream, *call);
    } else {
        GPU_LAUNCH((map_strided<function>), cuda_grid(cuda, n), CUDA_BLOCK, 0, cuda->stream, *call);
    }
}

/* struct map_<name><type> of one row of a list. */
#define MAP_DEFINE(count, name, formula, out_type)                                           \
    template <class T> struct map_##name {                                                   \
        typedef T first;                                                                     \
        typedef T in;                                                                        \
        typedef out_type out;                                                                \
        static constexpr int inputs = count;                                                 \
        static constexpr int together = map_together(MAP_##name);                            \
        static __device__ __forceinline__ out of([[maybe_unused]] T a, [[maybe_unused]] T b, \
                                                 [[maybe_unused]] T c, [[maybe_unused]] T p, \
                                                 [[maybe_unused]] T q,                       \
                                                 [[maybe_unused]] bool *fault)               \
        {                                                                                    \
            [[maybe_unused]] const T one = 1;                                                \
            return (out)(formula);                                                           \
        }                                                                                    \
    };
