#pragma once
/* The two ways to reduce.
 *
 * Where the order is free, many threads share the elements of one output: a way of folding is a struct with
 * the type `part`, what is known of some of the elements; `none`, of no elements; `take`, one element more;
 * `join`, two parts (the result does not depend on the order but for rounding); and `result`. How the work
 * is cut depends on the sizes alone, so that every device gives the same bits.
 *
 * Where the order is part of the contract, one thread walks it (reduce_order.cu). */

#include "gpu/cuda.h"

/* Views of `kept`: out, in, index. Of `folded`: in (the elements of one output, in row-major order). */
struct reduce_call {
    struct walk kept, folded;
    const void *in;
    void *out;
    int64_t *index; /* NULL: not wanted; so is a NULL out */
    double parameter;
    enum reduce_function function;
    enum dtype dtype;
    int lanes;      /* of SUM_LANES and long products: the threads of an output; else 1 */
    bool in_halves; /* how SUM_LANES adds its lanes */
};

/* The sum of a row whose lanes are added up: a float32's eight in halves where the contract says so, else one
 * after the other. */
template <class T>
static __device__ __forceinline__ T sum_of_lanes(const T *lane, int lanes, bool in_halves)
{
    if (in_halves) {
        return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
               ((lane[1] + lane[5]) + (lane[3] + lane[7]));
    }
    T sum = lane[0];
    for (int i = 1; i < lanes; i++) {
        sum += lane[i];
    }
    return sum;
}

/* BACKEND_OK and the launches for what is neither a contract's order nor empty. */
enum backend_status reduce_freely(struct cuda *cuda, const struct reduce_call *call,
                                  struct error *err);
enum backend_status reduce_in_order(struct cuda *cuda, const struct reduce_call *call,
                                    struct error *err);
