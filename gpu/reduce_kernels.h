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

/* BACKEND_OK and the launches for what is neither a contract's order nor empty. */
enum backend_status reduce_freely(struct cuda *cuda, const struct reduce_call *call,
                                  struct error *err);
enum backend_status reduce_in_order(struct cuda *cuda, const struct reduce_call *call,
                                    struct error *err);
