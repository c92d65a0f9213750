/* Sums and products in the order that the contract gives, so that they are the CPU's to the last bit. An
 * output has one thread, or as many as it has lanes: each lane takes its elements in order, and the first
 * thread of them puts the lanes together. */

#include "gpu/reduce_kernels.h"

enum { LEVELS = 8, MOST_LANES = 32 };

/* An eighth of the number of bits that `count` needs, at least 4. */
static __device__ __forceinline__ int level_power(int64_t count)
{
    int bits = 0;
    while (((int64_t)1 << bits) < count) {
        bits++;
    }
    return bits / LEVELS > 4 ? bits / LEVELS : 4;
}

template <class T>
static __device__ __forceinline__ T cascade(const struct walk &folded, const T *in)
{
    const int power = level_power(folded.count);
    const int64_t mask = ((int64_t)1 << power) - 1;
    T level[LEVELS] = {};
    GPU_ROLL
    for (int64_t i = 0; i < folded.count; i++) {
        level[0] += in[walk_places<1>(folded, i).at[0]];
        bool carries = true;
        GPU_UNROLL
        for (int j = 0; j < LEVELS - 1; j++) {
            carries = carries && (i & mask << j * power) == 0;
            if (carries) {
                level[j + 1] += level[j];
                level[j] = 0;
            }
        }
    }
    GPU_UNROLL
    for (int j = 1; j < LEVELS; j++) {
        level[0] += level[j];
    }
    return level[0];
}

template <class T> __global__ void reduce_cascade(struct reduce_call call)
{
    GPU_ROLL
    for (int64_t i = thread_number(); i < call.kept.count; i += thread_count()) {
        const struct places<2> at = walk_places<2>(call.kept, i);
        ((T *)call.out)[at.at[0]] = cascade<T>(call.folded, (const T *)call.in + at.at[1]);
    }
}

/* ---- lanes ----------------------------------------------------------------------------------------------- */

struct add {
    template <class T> static __device__ __forceinline__ T none()
    {
        return (T)-0.0; /* changes nothing, not even -0 */
    }
    template <class T> static __device__ __forceinline__ T of(T a, T b)
    {
        return a + b;
    }
};

struct multiply {
    template <class T> static __device__ __forceinline__ T none()
    {
        return 1;
    }
    template <class T> static __device__ __forceinline__ T of(T a, T b)
    {
        return a * b;
    }
};

/* Elements lane, lane + lanes, ... below `end`. */
template <class T, class step>
static __device__ __forceinline__ T lane_of(const struct reduce_call &call, const T *in, int lane,
                                            int64_t end)
{
    T all = step::template none<T>();
    const int64_t stride = call.folded.dims == 1 ? call.folded.strides[0][0] : 0;
    if (call.folded.dims <= 1) {
        for (int64_t i = lane; i < end; i += call.lanes) {
            all = step::of(all, in[i * stride]);
        }
    } else {
        for (int64_t i = lane; i < end; i += call.lanes) {
            all = step::of(all, in[walk_places<1>(call.folded, i).at[0]]);
        }
    }
    return all;
}

/* Four vectors side by side are multiplied together, then their elements in order, then the rest. */
template <class T>
static __device__ T product_of_lanes(const struct reduce_call &call, const T *lane, const T *in)
{
    const int vector = call.lanes / 4;
    T product = 1;
    for (int i = 0; i < vector; i++) {
        product *= (lane[i] * lane[vector + i]) * (lane[2 * vector + i] * lane[3 * vector + i]);
    }
    for (int64_t i = call.folded.count / call.lanes * call.lanes; i < call.folded.count; i++) {
        product *= in[i];
    }
    return product;
}

/* Every thread takes every turn, because of the barriers. */
template <class T, class step> __global__ void reduce_lanes(struct reduce_call call)
{
    GPU_SHARED(T, lanes, CUDA_BLOCK);
    const bool is_sum = call.function == REDUCE_SUM_LANES;
    const bool in_halves = call.in_halves && call.folded.count >= call.lanes;
    const int columns = CUDA_BLOCK / call.lanes;
    const int column = (int)threadIdx.x / call.lanes, lane = (int)threadIdx.x % call.lanes;
    const int64_t whole = is_sum ? call.folded.count : call.folded.count / call.lanes * call.lanes;
    GPU_ROLL
    for (int64_t first = (int64_t)blockIdx.x * columns; first < call.kept.count;
         first += (int64_t)gridDim.x * columns) {
        const int64_t output = first + column;
        const bool is_one = output < call.kept.count;
        const struct places<2> at = walk_places<2>(call.kept, is_one ? output : 0);
        const T *const in = (const T *)call.in + at.at[1];
        if (is_one) {
            lanes[threadIdx.x] = lane_of<T, step>(call, in, lane, whole);
        }
        __syncthreads();
        if (is_one && lane == 0) {
            const T *const mine = &lanes[threadIdx.x];
            const T result = call.folded.count == 0      ? (T)!is_sum
                             : is_sum || call.lanes == 1 ? sum_of_lanes(mine, call.lanes, in_halves)
                                                         : product_of_lanes<T>(call, mine, in);
            ((T *)call.out)[at.at[0]] = result;
        }
        __syncthreads();
    }
}

template <class T> static void run(const struct cuda *cuda, const struct reduce_call *call)
{
    const unsigned grid = cuda_blocks(cuda, call->kept.count, CUDA_BLOCK / call->lanes);
    if (call->function == REDUCE_SUM_CASCADE) {
        GPU_LAUNCH((reduce_cascade<T>), grid, CUDA_BLOCK, 0, cuda->stream, *call);
    } else if (call->function == REDUCE_SUM_LANES) {
        GPU_LAUNCH((reduce_lanes<T, struct add>), grid, CUDA_BLOCK, 0, cuda->stream, *call);
    } else {
        GPU_LAUNCH((reduce_lanes<T, struct multiply>), grid, CUDA_BLOCK, 0, cuda->stream, *call);
    }
}

enum backend_status reduce_in_order(struct cuda *cuda, const struct reduce_call *call,
                                    struct error *err)
{
    (call->dtype == DTYPE_FLOAT32 ? run<float> : run<double>)(cuda, call);
    return cuda_launched(cuda, "reduce", err);
}
