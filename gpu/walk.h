#pragma once
/* Visiting several views of one shape together, in a kernel: from an element's number to its places. */

#include <stdint.h>

#include "engine/backend.h"
#include "gpu/port.h"

enum { WALK_MAX_VIEWS = CHAIN_MAX_VIEWS };

/* Dimensions of size 1 are gone and neighbours that are contiguous in every view are one. Dimensions run
 * from the outermost; strides are in elements. A kernel takes it by value. */
struct walk {
    int dims;
    bool narrow; /* count fits 32 bits, in which the GPU divides much faster */
    int64_t count;
    int64_t shape[BACKEND_MAX_DIMS];
    int64_t strides[WALK_MAX_VIEWS][BACKEND_MAX_DIMS];
};

/* views[i] NULL: stands still. */
void walk_init(struct walk *walk, const struct backend_view *const *views, int count);

/* Exchanges dimensions so that view 0's strides fall, and joins what then follows one another. */
void walk_by_memory(struct walk *walk);

/* Whether all views but those that stand still run through memory without gaps. */
bool walk_is_dense(const struct walk *walk, int views);

template <int VIEWS> struct places {
    int64_t at[VIEWS];
};

template <int VIEWS, class whole>
static __device__ __forceinline__ struct places<VIEWS> places_by(const struct walk &walk,
                                                                 int64_t i) {
    struct places<VIEWS> places = {
    };
    whole rest = (whole)i;
    GPU_ROLL
    for (int d = walk.dims - 1; d > 0; d--) {
        const whole size = (whole)walk.shape[d], next = rest / size;
        const int64_t at = (int64_t)(rest - next * size);
        GPU_UNROLL
        for (int v = 0; v < VIEWS; v++) {
            places.at[v] += at * walk.strides[v][d];
        }
        rest = next;
    }
    if (walk.dims > 0) {
        GPU_UNROLL
        for (int v = 0; v < VIEWS; v++) {
            places.at[v] += (int64_t)rest * walk.strides[v][0];
        }
    }
    return places;
}

/* Where element `i`, in row-major order, lies in each of the first VIEWS views. */
template <int VIEWS>
static __device__ __forceinline__ struct places<VIEWS> walk_places(const struct walk &walk,
                                                                   int64_t i) {
    return walk.narrow ? places_by<VIEWS, uint32_t>(walk, i) : places_by<VIEWS, uint64_t>(walk, i);
}

/* The number of this thread, and of all threads of the grid. */
static __device__ __forceinline__ int64_t
thread_number()
{
    return (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
}

static __device__ __forceinline__ int64_t thread_count()
{
    return (int64_t)gridDim.x * blockDim.x;
}
