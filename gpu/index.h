#pragma once
/* What gather and scatter share. A place whose index is out of range is left out, and the fault is noted for
 * the host's next wait. */

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
    /* Where places are lines (scatter): how many elements they have, and the steps between those. */
    int64_t length, in_step, index_step;
};

/* The call but for its places. */
struct index_call index_call_of(struct cuda *cuda, const struct backend_index *index,
                                const struct backend_view *indexed);

void index_places(struct walk *walk, const struct backend_view *places,
                  const struct backend_view *indexed, const struct backend_index *index);

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
