#pragma once
/* The backend's primitives on tensors, without autograd and without the observer's `operation`:
 * what the forward functions of operations, the optimizers and the random fills are made of.
 *
 * All of them broadcast inputs to the output's shape, convert inputs of another dtype, copy inputs
 * that overlap the output, check that everything is on one device (a 0-d CPU tensor may join any
 * other), and run on the CPU what the device does not support. None touches a version counter. */

#include "engine/tensor/tensor.h"

/* `dtype` is what is computed in: the output's, unless the function's result is bool. Numbers are
 * converted to it. */
struct compute_map {
    enum map_function function;
    enum dtype dtype;
    struct operand in[3];
    double p, q;
};

bool compute_map(struct tensor *out, const struct compute_map *map, struct error *err);
/* With operands that stand elsewhere: nobody looks at map->in. */
bool compute_map_of(struct tensor *out, const struct compute_map *map, const struct operand *in,
                    struct error *err);

/* The same where `out` is new and every tensor among the operands has its dtype, device and row-major shape:
 * then all are rows of so many elements, and there is nothing to check, to convert or to broadcast. */
bool compute_map_alike(struct tensor *out, const struct compute_map *map, const struct operand *in,
                       struct error *err);

/* The three usual cases, computed in the output's dtype (p = 1). */
bool compute_fill(struct tensor *out, struct number value, struct error *err);
bool compute_copy(struct tensor *out, const struct tensor *in, struct error *err);
bool compute_map2(struct tensor *out, enum map_function function, struct operand a,
                  struct operand b, struct error *err);

/* `out` has in's dimensions with size 1 where reduced. index NULL: not wanted; out may be NULL then
 * if index is given. */
struct compute_reduce {
    enum reduce_function function;
    struct tensor *in, *index;
    double parameter;
};
bool compute_reduce(struct tensor *out, const struct compute_reduce *reduce, struct error *err);

/* out = alpha · (a @ b) + beta · out; all 2-d, or all 3-d with the same batch. One dtype. */
struct compute_gemm {
    struct tensor *a, *b;
    double alpha, beta;
};
bool compute_gemm(struct tensor *out, const struct compute_gemm *gemm, struct error *err);

/* As in backend.h; index has int64 elements and is broadcast to out's (gather) or in's shape. */
struct compute_index {
    struct tensor *in, *index;
    int dim;
};
bool compute_gather(struct tensor *out, const struct compute_index *index, struct error *err);
bool compute_scatter_add(struct tensor *out, const struct compute_index *index, struct error *err);
bool compute_scatter(struct tensor *out, enum scatter_function function,
                     const struct compute_index *index, struct error *err);

/* As in backend.h. */
struct compute_scan {
    enum scan_function function;
    struct tensor *in;
    int dim;
    bool reverse;
};
bool compute_scan(struct tensor *out, const struct compute_scan *scan, struct error *err);

/* In place: matrix and right (may be NULL); all 3-d. */
struct compute_lu {
    struct tensor *matrix, *pivots, *right;
    bool turned;
};
bool compute_lu(const struct compute_lu *lu, struct error *err);

/* As in backend.h. All have out's shape and dtype, and storages of their own. */
struct compute_rows {
    enum rows_function function;
    struct tensor *a, *b; /* b NULL: the function has none */
    int dim;
};
bool compute_rows(struct tensor *out, const struct compute_rows *rows, struct error *err);

/* As in backend.h. The views' tensors (NULL: none, not the first) have one shape, dtype and device, and
 * storages of their own. */
struct compute_chain {
    struct tensor *views[CHAIN_MAX_VIEWS];
    const struct backend_link *links;
    int count;
};
bool compute_chain(const struct compute_chain *chain, struct error *err);

/* "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"
 * unless they are, 0-d CPU tensors and numbers aside. *out is the common device. */
bool compute_device(struct engine *engine, const struct operand *operands, int count,
                    struct backend **out, struct error *err);
