#pragma once
/* The boundary to a computing device: memory, and a few primitives over strided views. Operations
 * and autograd are written on these alone and never touch an element. The CPU (engine/cpu) is one
 * implementation, a plug-in found at run time may be another (gpu/); it exports `backend_open` and may
 * include this header, engine/base and engine/formulas, nothing else.
 *
 * Nobody calls the table directly but engine/tensor/storage.c and engine/tensor/compute.c, which
 * check it, fall back to the CPU where `supports` says no, and tell the observer that they did. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* A plug-in may be written in C++. */
#ifdef __cplusplus
extern "C" {
#endif

enum { BACKEND_ABI = 4, BACKEND_MAX_DIMS = 8 };

/* Elements are little-endian; a bool is one byte, 0 or 1. The first DTYPE_COUNT are those that devices
 * compute with; the narrow ones behind them only lie in memory, and no primitive meets them: their
 * elements are widened on the way (engine/tensor/narrow.h). */
enum dtype {
    DTYPE_BOOL,
    DTYPE_UINT8,
    DTYPE_INT32,
    DTYPE_INT64,
    DTYPE_FLOAT32,
    DTYPE_FLOAT64,
    DTYPE_COUNT,
    DTYPE_INT8 = DTYPE_COUNT,
    DTYPE_INT16,
    DTYPE_FLOAT16,  /* 1 sign bit, 5 bits of exponent, 10 of mantissa */
    DTYPE_BFLOAT16, /* the upper half of a float32 */
    DTYPE_ALL
};

/* A plain number of the lesson: Python's bool, int or float. */
enum number_kind { NUMBER_BOOL, NUMBER_INTEGER, NUMBER_REAL };

struct number {
    enum number_kind kind;
    int64_t integer; /* of a bool (0 or 1) and of an integer */
    double real;     /* of a real */
};

/* A rectangular look at device memory. Strides are in elements; a broadcast dimension has stride
 * 0. `data` is the address of element [0, 0, ...]. dims 0 is a single element. Any size may be 0. */
struct backend_view {
    void *data;
    enum dtype dtype;
    int dims;
    int64_t shape[BACKEND_MAX_DIMS];
    int64_t strides[BACKEND_MAX_DIMS];
};

enum backend_status {
    BACKEND_OK,
    BACKEND_UNSUPPORTED,   /* try the CPU; nothing was changed */
    BACKEND_OUT_OF_MEMORY, /* err says how much was asked for */
    BACKEND_BAD_ARGUMENT,  /* a mistake of ours: shapes or dtypes that the contract excludes */
    BACKEND_BAD_INDEX,     /* gather, scatter, or the next read or sync: an IndexError */
    BACKEND_LOST,          /* the device is gone for good */
    BACKEND_INTERNAL,
};

enum backend_primitive {
    PRIMITIVE_MAP,
    PRIMITIVE_REDUCE,
    PRIMITIVE_GEMM,
    PRIMITIVE_GATHER,
    PRIMITIVE_SCATTER,
    PRIMITIVE_SCAN,
    PRIMITIVE_LU,
    PRIMITIVE_ROWS,
    PRIMITIVE_CHAIN,
};

/*
 * Element-wise functions, one row each: X(ID, name, number of inputs a b c, result is bool, formula).
 * `p` and `q` are plain parameters of the call, rounded to the dtype before use. fma is one rounding;
 * everything else is rounded operation by operation, in the order written. Integers wrap around.
 * FLOOR_DIVIDE and REMAINDER follow Python (the divisor's sign); integer division by zero is
 * BACKEND_BAD_ARGUMENT with "ZeroDivisionError" as text.
 */
#define MAP_LIST(X)                                                                  \
    X(FILL, fill, 0, false, "number[0]")                                             \
    X(COPY, copy, 1, false, "a, converted to the output's dtype")                    \
    X(NEG, neg, 1, false, "-a")                                                      \
    X(ABS, abs, 1, false, "|a|")                                                     \
    X(SIGN, sign, 1, false, "-1, 0 or 1; 0 for nan")                                 \
    X(SQUARE, square, 1, false, "a * a")                                             \
    X(CUBE, cube, 1, false, "a * a * a")                                             \
    X(RECIPROCAL, reciprocal, 1, false, "1 / a")                                     \
    X(SQRT, sqrt, 1, false, "sqrt(a)")                                               \
    X(RSQRT, rsqrt, 1, false, "1 / sqrt(a)")                                         \
    X(EXP, exp, 1, false, "e^a")                                                     \
    X(EXPM1, expm1, 1, false, "e^a - 1")                                             \
    X(LOG, log, 1, false, "ln a")                                                    \
    X(LOG1P, log1p, 1, false, "ln(1 + a)")                                           \
    X(LOG2, log2, 1, false, "log2 a")                                                \
    X(LOG10, log10, 1, false, "log10 a")                                             \
    X(SIN, sin, 1, false, "sin a")                                                   \
    X(COS, cos, 1, false, "cos a")                                                   \
    X(TAN, tan, 1, false, "tan a")                                                   \
    X(ASIN, asin, 1, false, "arcsin a")                                              \
    X(ACOS, acos, 1, false, "arccos a")                                              \
    X(SINH, sinh, 1, false, "sinh a")                                                \
    X(COSH, cosh, 1, false, "cosh a")                                                \
    X(TANH, tanh, 1, false, "tanh a")                                                \
    X(ASINH, asinh, 1, false, "arsinh a")                                            \
    X(ACOSH, acosh, 1, false, "arcosh a")                                            \
    X(ATANH, atanh, 1, false, "artanh a")                                            \
    X(ERF, erf, 1, false, "erf a")                                                   \
    X(ERFC, erfc, 1, false, "1 - erf a")                                             \
    X(SIGMOID, sigmoid, 1, false, "1 / (1 + e^-a)")                                  \
    X(RELU, relu, 1, false, "max(a, 0); nan stays nan")                              \
    X(FLOOR, floor, 1, false, "floor a")                                             \
    X(CEIL, ceil, 1, false, "ceil a")                                                \
    X(ROUND, round, 1, false, "nearest, half to even")                               \
    X(TRUNC, trunc, 1, false, "towards zero")                                        \
    X(CLAMP, clamp, 1, false, "min(max(a, p), q); nan stays nan")                    \
    X(LEAKY_RELU, leaky_relu, 1, false, "a > 0 ? a : a * p")                         \
    X(IS_NAN, is_nan, 1, true, "a is nan")                                           \
    X(IS_FINITE, is_finite, 1, true, "a is neither nan nor infinite")                \
    X(NOT, not, 1, true, "a is zero")                                                \
    X(ADD, add, 2, false, "fma(b, p, a); p = 1 is a + b; or on bool")                \
    X(SUB, sub, 2, false, "fma(b, -p, a); p = 1 is a - b")                           \
    X(MUL, mul, 2, false, "a * b; and on bool")                                      \
    X(DIV, div, 2, false, "a / b; floats only")                                      \
    X(FLOOR_DIVIDE, floor_divide, 2, false, "floor(a / b)")                          \
    X(REMAINDER, remainder, 2, false, "a - b * floor(a / b)")                        \
    X(FMOD, fmod, 2, false, "a - b * trunc(a / b)")                                  \
    X(POW, pow, 2, false, "a^b; on integers b >= 0")                                 \
    X(ATAN2, atan2, 2, false, "angle of (b, a)")                                     \
    X(MAXIMUM, maximum, 2, false, "the larger; nan wins")                            \
    X(MINIMUM, minimum, 2, false, "the smaller; nan wins")                           \
    X(LERP, lerp, 2, false, "|p| < .5 ? fma(p, b - a, a) : fma(-(b - a), 1 - p, b)") \
    X(EQ, eq, 2, true, "a == b")                                                     \
    X(NE, ne, 2, true, "a != b")                                                     \
    X(LT, lt, 2, true, "a < b")                                                      \
    X(LE, le, 2, true, "a <= b")                                                     \
    X(GT, gt, 2, true, "a > b")                                                      \
    X(GE, ge, 2, true, "a >= b")                                                     \
    X(AND, and, 2, true, "a and b are not zero")                                     \
    X(OR, or, 2, true, "a or b is not zero")                                         \
    X(XOR, xor, 2, true, "one of a and b is not zero")                               \
    X(BIT_AND, bit_and, 2, false, "a & b; integers only")                            \
    X(BIT_OR, bit_or, 2, false, "a | b; integers only")                              \
    X(BIT_XOR, bit_xor, 2, false, "a ^ b; integers only")                            \
    X(SHIFT_LEFT, shift_left, 2, false, "a * 2^b; 0 unless b is a bit's number")     \
    X(SHIFT_RIGHT, shift_right, 2, false, "floor(a / 2^b); -1 or 0 unless it is")    \
    X(RELU_GRAD, relu_grad, 2, false, "b > 0 ? a : 0, b the result")                 \
    X(SIGMOID_GRAD, sigmoid_grad, 2, false, "(a * (1 - b)) * b, b the result")       \
    X(GELU, gelu, 1, false, "(a * 1/2) * (erf(a * p) + 1)")                          \
    X(EXP_SUB, exp_sub, 2, false, "e^(a - b)")                                       \
    X(TANH_GRAD, tanh_grad, 2, false, "a * fma(-b, b, 1), b the result")             \
    X(LEAKY_RELU_GRAD, leaky_relu_grad, 2, false, "b > 0 ? a : a * p, b the input")  \
    X(ADDCMUL, addcmul, 3, false, "fma(p * b, c, a)")                                \
    X(ADDCDIV, addcdiv, 3, false, "a + (p * b) / c")                                 \
    X(WHERE, where, 3, false, "a ? b : c, a is bool")

/* clang-format off */
enum map_function {
#define X(id, name, inputs, to_bool, formula) MAP_##id,
    MAP_LIST(X)
#undef X
    MAP_COUNT
};
/* clang-format on */

/* out[i] = function(a[i], b[i], c[i]). Every view has out's shape (stride 0 where broadcast). Where
 * `in[k]` is NULL, `number[k]` stands for all its elements. All inputs have dtype `dtype`, except
 * WHERE's condition, which is bool; out has it too unless the function's result is bool; COPY and
 * FILL convert to out's dtype. An input may be exactly the view `out`; other overlap is excluded,
 * and so is an `out` with stride 0 in a dimension longer than 1. */
struct backend_map {
    enum map_function function;
    enum dtype dtype;
    const struct backend_view *out;
    const struct backend_view *in[3];
    struct number number[3];
    double p, q;
};

/* SUM and PROD of bool and integers have an int64 output; ANY and ALL a bool output; else in's dtype.
 * VAR is Welford's in double, divided by max(0, n - parameter), and STD the root of that before it is
 * rounded. MAX and MIN let nan win and need at
 * least one element.
 *
 * SUM_LANES and SUM_CASCADE are sums of floats whose order is part of the contract. SUM_LANES, along
 * one dimension: where that is the last one and has at least V elements (V: 8 of float32, 4 of
 * float64), element i is added to lane i mod V, and the lanes are added in halves for float32
 * (0 + 4, 2 + 6, 1 + 5, 3 + 7, then these), in order for float64; else in order. SUM_CASCADE: eight
 * levels; element i is added to level 0; then, for j from 0 to 6 while the bits j·p to j·p + p - 1 of
 * i are zero, level j is added to level j + 1 and cleared; at the end the levels are added in order
 * (p: at least 4, an eighth of the bits that the number of elements needs). */
#define REDUCE_LIST(X)      \
    X(SUM, sum)             \
    X(PROD, prod)           \
    X(MAX, max)             \
    X(MIN, min)             \
    X(ANY, any)             \
    X(ALL, all)             \
    X(VAR, var)             \
    X(STD, std)             \
    X(SUM_LANES, sum_lanes) \
    X(SUM_CASCADE, sum_cascade)

/* clang-format off */
enum reduce_function {
#define X(id, name) REDUCE_##id,
    REDUCE_LIST(X)
#undef X
    REDUCE_COUNT
};
/* clang-format on */

/* out has in's number of dimensions and size 1 in those that are reduced. For MAX and MIN, `index`
 * (int64, out's shape; NULL: not wanted) takes the position of the first winner along the one
 * dimension that is then reduced; `out` may be NULL then. */
struct backend_reduce {
    enum reduce_function function;
    const struct backend_view *out, *in, *index;
    double parameter;
};

/* out = alpha · (a @ b) + beta · out, with out [batch, m, n], a [batch, m, k], b [batch, k, n], all
 * of one dtype. The product is complete before beta · out is added; beta 0 does not read out.
 * Transposes are strides. */
struct backend_gemm {
    const struct backend_view *out, *a, *b;
    double alpha, beta;
};

/* How scatter brings in[..] to its place: added to what is there, or instead of it (the last one in
 * row-major order stays). */
enum scatter_function { SCATTER_ADD, SCATTER_PUT };

/* gather:      out[.., i, ..] = in[.., index[.., i, ..], ..]      (position i along `dim`)
 * scatter:     out[.., index[.., i, ..], ..] += in[.., i, ..]     in row-major order of `in`
 * index is int64, non-negative, with the shape of out (gather) or in (scatter): for whole rows
 * its other dimensions have stride 0. in and out agree in all dimensions but `dim`. */
struct backend_index {
    const struct backend_view *out, *in, *index;
    int dim;
    enum scatter_function function; /* not for gather */
};

/* Along `dim`, from each row of `in` a row of `out` as long (only SUM, PROD and SORT have a direction):
 *
 * SUM, PROD    element i: the sum (product) of the elements 0 to i, in this order, or, where `reverse`,
 *              of the last one down to i. Floats are accumulated in double and rounded as they are
 *              written; out has in's dtype, int64 for bool and integers
 * SORT         the places of the elements, the smallest first (`reverse`: the largest), as int64. nan is
 *              larger than every number; equal elements stay in their order
 * MAX, MIN     element i: the place of the largest (smallest) of the elements 0 to i, the last of equals,
 *              as int64; from the first nan on that of the last nan
 * LOG_SUM_EXP  of floats, element i: ln(Σ e^a) of the elements 0 to i, in this order, in double
 *
 * out has in's shape and does not overlap it. */
enum scan_function { SCAN_SUM, SCAN_PROD, SCAN_SORT, SCAN_MAX, SCAN_MIN, SCAN_LOG_SUM_EXP };

struct backend_scan {
    enum scan_function function;
    const struct backend_view *out, *in;
    int dim;
    bool reverse;
};

/* Each matrix of a batch [batch, n, n] of floats becomes L and U with L·U = its rows exchanged: at each
 * column the row with the largest element (the first of them) comes up, and pivots [batch, n] (int32)
 * names it, counted from 1. L's diagonal is 1 and not written; what is below U's is L: an element times
 * 1/U[k, k]. Then right [batch, n, m] (NULL: none) becomes the solution x of matrix·x = right, or, if
 * `turned`, of matrixᵀ·x = right, with infinities or nan where U has a 0 on its diagonal. Divisions are
 * products with 1/U[k, k], and what is taken away is fused: fma(-l, u, a). */
struct backend_lu {
    const struct backend_view *matrix, *pivots, *right;
    bool turned;
};

/* From each row of floats along `dim` one as long: to the last bit what maps, and SUM_LANES along that
 * dimension, would give. `most` is the row's largest element, nan where there is one.
 *
 * SOFTMAX           out = e^(a - most) · (1 / Σ e^(a - most)) where dim is the last one, else
 *                   e^(a - most) / Σ e^(a - most)
 * LOG_SOFTMAX       out = (a - most) - ln Σ e^(a - most)
 * SOFTMAX_GRAD      out = (a - Σ a·b) · b
 * LOG_SOFTMAX_GRAD  out = fma(-e^b, Σ a, a)
 *
 * All have one shape and one dtype (the first two no b); out overlaps neither. */
enum rows_function { ROWS_SOFTMAX, ROWS_LOG_SOFTMAX, ROWS_SOFTMAX_GRAD, ROWS_LOG_SOFTMAX_GRAD };
enum { ROWS_COUNT = ROWS_LOG_SOFTMAX_GRAD + 1 };

struct backend_rows {
    enum rows_function function;
    const struct backend_view *out, *a, *b;
    int dim;
};

enum { CHAIN_MAX_VIEWS = 5, CHAIN_MAX_REGISTERS = 10, CHAIN_MAX_LINKS = 16 };

/* One map of a chain. A register is a view (the first CHAIN_MAX_VIEWS) or a step on the way, which has to
 * be written before it is read. `in[k]` -1: `number[k]` stands for it. */
struct backend_link {
    enum map_function function; /* COPY, NEG, ABS, SQRT, RECIPROCAL, ADD, SUB, MUL, DIV, MAXIMUM,
                                   MINIMUM, LERP, ADDCMUL or ADDCDIV */
    int out, in[3];
    double number[3], p;
};

/* Maps of floats one after the other, with what each would give, in one visit to each element: an
 * optimizer's step. All views have one shape and one dtype, NULL where there is none (not the first), and
 * none overlaps another. */
struct backend_chain {
    enum dtype dtype;
    const struct backend_view *views[CHAIN_MAX_VIEWS];
    const struct backend_link *links;
    int count;
};

struct backend_query {
    enum backend_primitive primitive;
    int function; /* enum map_, reduce_, scatter_, scan_ or rows_function, else 0 */
    enum dtype dtype;
    const struct backend_view *view; /* the operand whose strides matter; may be NULL */
};

struct backend_info {
    char name[64];          /* what to show: "NVIDIA H100" */
    int capability[2];      /* 9, 0: what its instructions are called; 0, 0: not said */
    int multiprocessors;    /* 0: not said */
    int driver, runtime;    /* 12040 is CUDA 12.4; 0: not said */
    uint64_t memory_used;   /* bytes of blocks in use */
    uint64_t memory_peak;   /* the most that memory_used was since `reset_peak` */
    uint64_t memory_cached; /* bytes kept for later blocks, beside memory_used */
    uint64_t memory_free;   /* bytes that no program has; 0 with total 0: unknown */
    uint64_t memory_total;
    bool emulated; /* the device is a simulation, for tests: never offered to anybody */
};

struct backend;

/* A mark in the queue of work, to be reached when everything queued before it is done. */
struct backend_event;
struct backend;

struct backend_event_calls {
    enum backend_status (*create)(struct backend *backend, struct backend_event **out,
                                  struct error *err);
    enum backend_status (*record)(struct backend *backend, struct backend_event *event,
                                  struct error *err);
    /* BACKEND_OK and *out: whether it has been reached (an event never recorded has). */
    enum backend_status (*reached)(struct backend *backend, struct backend_event *event, bool *out,
                                   struct error *err);
    enum backend_status (*wait)(struct backend *backend, struct backend_event *event,
                                struct error *err);
    /* Both reached: milliseconds of the device between them. */
    enum backend_status (*elapsed)(struct backend *backend, struct backend_event *from,
                                   struct backend_event *to, double *milliseconds,
                                   struct error *err);
    void (*destroy)(struct backend *backend, struct backend_event *event);
};

/* One open device. A derived struct has this first. */
struct backend {
    const struct backend_impl *impl;
    int index; /* cuda:1 is 1 */
};

/* Work may be queued; `read` and `sync` wait for it and report what went wrong since. Every entry is
 * required unless marked (optional). A failing entry fills err. */
struct backend_impl {
    uint32_t abi, size; /* BACKEND_ABI, sizeof(struct backend_impl) */
    const char *device; /* "cpu", "cuda" */
    bool host_memory;   /* the host may read and write allocated memory directly */

    /* Aligned to 64 bytes, not initialised; bytes > 0. release never fails, never waits. */
    enum backend_status (*alloc)(struct backend *backend, size_t bytes, void **out,
                                 struct error *err);
    void (*release)(struct backend *backend, void *data, size_t bytes);
    enum backend_status (*write)(struct backend *backend, void *to, const void *from, size_t bytes,
                                 struct error *err);
    enum backend_status (*read)(struct backend *backend, void *to, const void *from, size_t bytes,
                                struct error *err);

    bool (*supports)(const struct backend *backend, const struct backend_query *query);
    enum backend_status (*map)(struct backend *backend, const struct backend_map *map,
                               struct error *err);
    enum backend_status (*reduce)(struct backend *backend, const struct backend_reduce *reduce,
                                  struct error *err);
    enum backend_status (*gemm)(struct backend *backend, const struct backend_gemm *gemm,
                                struct error *err);
    enum backend_status (*gather)(struct backend *backend, const struct backend_index *index,
                                  struct error *err);
    enum backend_status (*scatter)(struct backend *backend, const struct backend_index *index,
                                   struct error *err);
    enum backend_status (*scan)(struct backend *backend, const struct backend_scan *scan,
                                struct error *err);
    enum backend_status (*lu)(struct backend *backend, const struct backend_lu *lu,
                              struct error *err);
    enum backend_status (*rows)(struct backend *backend, const struct backend_rows *rows,
                                struct error *err);
    enum backend_status (*chain)(struct backend *backend, const struct backend_chain *chain,
                                 struct error *err);

    enum backend_status (*sync)(struct backend *backend, struct error *err);
    void (*info)(struct backend *backend, struct backend_info *out);

    const struct backend_event_calls
        *events;                           /* (optional) a host's clock will do for such a device */
    void (*trim)(struct backend *backend); /* (optional) gives cached memory back to the system */
    void (*reset_peak)(struct backend *backend); /* (optional) */

    void (*destroy)(struct backend *backend);
};

/* The plug-in's only export: opens device `index`. BACKEND_UNSUPPORTED with a sentence in err when
 * the machine has no such device or the ABI numbers differ. */
typedef enum backend_status backend_open_function(uint32_t abi, int index, struct backend **out,
                                                  struct error *err);

/* False, with both numbers in err, when the plug-in was built for another ABI; asserts that every
 * required entry is there. */
bool backend_check(const struct backend_impl *impl, struct error *err);

/* "fill", "copy", ...: the row's name, number of inputs and whether its result is bool. */
struct map_row {
    const char *name;
    int inputs;
    bool to_bool;
};
const struct map_row *map_row(enum map_function function);
const char *reduce_name(enum reduce_function function);

#ifdef __cplusplus
}
#endif
