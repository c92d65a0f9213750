#pragma once
/* The inner loops of the CPU backend. Each *_kernels.c is compiled once for any machine and, on x86,
 * once more for AVX2 with FMA and for AVX-512; all give the same bits, since every rounding is written
 * out (no contraction; fmaf where PyTorch's kernels fuse). cpu_create picks one set. Private to
 * engine/cpu. */

#include "engine/backend.h"

/* One row of a map: n elements, steps in elements. step 0 repeats the first. */
struct map_row_call {
    int64_t n;
    void *out;
    const void *in[3];
    int64_t out_step, in_step[3];
    double p, q;
    bool fault; /* set by integer division by zero and negative integer powers */
};

typedef void map_kernel(struct map_row_call *row);

/* Sums over `rows`, one for each of `columns`, added to what is in out. Steps in elements; out_step 0
 * adds all columns to one element. */
struct sum_call {
    const void *in;
    void *out;
    int64_t rows, columns, row_step, column_step, out_step;
};

typedef void sum_kernel(const struct sum_call *call);

/* The fold of one row, n > 0 elements `step` apart, into *out, which has their type. Where
 * wants_winner, `winner` becomes the place of the largest or smallest; `lanes` is of SUM_LANES: 1, or as
 * many as 32 bytes hold. SUM_LANES takes `rows` rows, row_step apart, into elements out_step apart; the
 * others one. */
struct fold_call {
    const void *in;
    void *out;
    int64_t n, step, winner;
    int64_t rows, row_step, out_step;
    double parameter;
    int lanes;
    bool wants_winner;
};

typedef void fold_kernel(struct fold_call *call);

/* Softmax or one of its kin (rows_function) of each of `rows` rows of n > 0 elements beside each other, the
 * rows so many elements apart. b is a where there is none; out overlaps neither. */
struct rows_call {
    const void *a, *b;
    void *out;
    int64_t n, rows, a_step, b_step, out_step;
};

typedef void rows_kernel(const struct rows_call *call);

/* out[m, n] = alpha · (a[m, k] @ b[k, n]) + beta · out, each sum in the order of k, product and sum
 * rounded apart. b's column step is 1. */
struct gemm_call {
    int64_t m, n, k;
    const void *a, *b;
    void *out;
    int64_t a_row, a_column, b_row, out_row, out_column;
    double alpha, beta;
};

typedef void gemm_kernel(const struct gemm_call *call);

/* Finds a kernel; NULL: there is none for that dtype. */
struct cpu_kernels {
    map_kernel *(*map)(enum map_function function, enum dtype dtype); /* by the inputs' dtype */
    map_kernel *(*copy)(enum dtype from, enum dtype to);
    sum_kernel *(*sum)(enum dtype dtype); /* floats in their type, the others into int64 */
    fold_kernel *(*fold)(enum reduce_function function, enum dtype dtype);
    rows_kernel *(*rows)(enum rows_function function, enum dtype dtype); /* floats */
    gemm_kernel *(*gemm)(enum dtype dtype);
};

/* For any machine, for x86-64-v3 (AVX2, FMA), and for x86-64-v4 (AVX-512). */
extern const struct cpu_kernels cpu_kernels_any, cpu_kernels_v3, cpu_kernels_v4;

enum { CPU_MOST_SETS = 3 };

/* The sets that this machine runs, the plainest first; returns how many there are. */
int cpu_kernel_sets(const struct cpu_kernels *sets[CPU_MOST_SETS]);

/* The last of them, the fastest. */
const struct cpu_kernels *cpu_best_kernels(void);
