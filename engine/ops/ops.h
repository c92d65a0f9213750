#pragma once
/* The operation table. An operation of a lesson is one execution of a row: `op_apply` runs its
 * forward, makes the node that remembers how to go back, saves what that will need, and tells the
 * observer. All arithmetic is the backend's (engine/tensor/compute.h); no row touches an element.
 *
 *     struct tensor *y = op_binary(engine, OP_MUL, operand_tensor(x), operand_real(3), err);
 *     struct tensor *s = op_apply_one(engine, &(struct op_use){
 *         .op = OP_SUM_DIM, .in = (struct operand[]){ operand_tensor(y) }, .in_count = 1,
 *         .attrs = { .present = ATTR(DIMS) | ATTR(KEEPDIM), .dims = { 1, { 0 } }, .keepdim = true },
 *     }, err);
 *
 * A row is a `const struct op op_row_<name>` in a file of engine/ops, under its formula and beside
 * its forward and backward, and one line here. Leave one out and the program does not link. */

#include "engine/tensor/tensor.h"

struct engine;
struct node;

/* X(ID, name of the row); one line each. Grouped by file. The *_BACKWARD rows are what backward
 * formulas are written with; a lesson cannot name them. */
#define OP_LIST(X)                                                \
    /* arithmetic.c */                                            \
    X(ADD, add)                                                   \
    X(SUB, sub)                                                   \
    X(RSUB, rsub)                                                 \
    X(MUL, mul)                                                   \
    X(DIV, div)                                                   \
    X(MUL_SCALAR, mul_scalar)                                     \
    X(DIV_SCALAR, div_scalar)                                     \
    X(NEG, neg)                                                   \
    X(RECIPROCAL, reciprocal)                                     \
    /* extrema.c */                                               \
    X(MAXIMUM, maximum)                                           \
    X(MINIMUM, minimum)                                           \
    X(FMAX, fmax)                                                 \
    X(FMIN, fmin)                                                 \
    /* exponential.c */                                           \
    X(EXPM1, expm1)                                               \
    X(EXP2, exp2)                                                 \
    X(LOG2, log2)                                                 \
    X(LOG10, log10)                                               \
    X(LOG1P, log1p)                                               \
    X(RSQRT, rsqrt)                                               \
    X(ERF, erf)                                                   \
    X(ERFC, erfc)                                                 \
    X(LOGIT, logit)                                               \
    X(LOGADDEXP, logaddexp)                                       \
    /* trigonometry.c */                                          \
    X(TAN, tan)                                                   \
    X(ASIN, asin)                                                 \
    X(ACOS, acos)                                                 \
    X(ATAN, atan)                                                 \
    X(ATAN2, atan2)                                               \
    X(SINH, sinh)                                                 \
    X(COSH, cosh)                                                 \
    X(ASINH, asinh)                                               \
    X(ACOSH, acosh)                                               \
    X(ATANH, atanh)                                               \
    X(SINC, sinc)                                                 \
    X(DEG2RAD, deg2rad)                                           \
    X(RAD2DEG, rad2deg)                                           \
    X(HYPOT, hypot)                                               \
    /* rounding.c */                                              \
    X(FLOOR, floor)                                               \
    X(CEIL, ceil)                                                 \
    X(TRUNC, trunc)                                               \
    X(FRAC, frac)                                                 \
    X(ROUND, round)                                               \
    X(ROUND_DECIMALS, round_decimals)                             \
    X(DIV_FLOOR, div_floor)                                       \
    X(DIV_TRUNC, div_trunc)                                       \
    X(FLOOR_DIVIDE, floor_divide)                                 \
    X(FLOOR_DIVIDE_TENSOR, floor_divide_tensor)                   \
    X(REMAINDER, remainder)                                       \
    X(REMAINDER_TENSOR, remainder_tensor)                         \
    X(FMOD, fmod)                                                 \
    X(FMOD_TENSOR, fmod_tensor)                                   \
    /* clamp.c */                                                 \
    X(CLAMP, clamp)                                               \
    X(CLAMP_MIN, clamp_min)                                       \
    X(CLAMP_MAX, clamp_max)                                       \
    X(CLAMP_LOW, clamp_low)                                       \
    X(CLAMP_HIGH, clamp_high)                                     \
    X(CLAMP_BOTH, clamp_both)                                     \
    /* combination.c */                                           \
    X(ADDCMUL, addcmul)                                           \
    X(ADDCDIV, addcdiv)                                           \
    X(LERP, lerp)                                                 \
    X(LERP_TENSOR, lerp_tensor)                                   \
    X(NAN_TO_NUM, nan_to_num)                                     \
    X(HEAVISIDE, heaviside)                                       \
    X(COPYSIGN, copysign)                                         \
    X(COPYSIGN_SCALAR, copysign_scalar)                           \
    /* power.c */                                                 \
    X(POW, pow)                                                   \
    X(POW_TENSOR, pow_tensor)                                     \
    X(POW_BASE, pow_base)                                         \
    /* functions.c */                                             \
    X(EXP, exp)                                                   \
    X(LOG, log)                                                   \
    X(SQRT, sqrt)                                                 \
    X(SIN, sin)                                                   \
    X(COS, cos)                                                   \
    X(ABS, abs)                                                   \
    X(SIGN, sign)                                                 \
    X(SGN, sgn)                                                   \
    X(WHERE, where)                                               \
    /* activations.c */                                           \
    X(RELU, relu)                                                 \
    X(RELU_BACKWARD, relu_backward)                               \
    X(SIGMOID, sigmoid)                                           \
    X(SIGMOID_BACKWARD, sigmoid_backward)                         \
    X(TANH, tanh)                                                 \
    X(TANH_BACKWARD, tanh_backward)                               \
    /* rectifiers.c */                                            \
    X(LEAKY_RELU, leaky_relu)                                     \
    X(LEAKY_RELU_BACKWARD, leaky_relu_backward)                   \
    X(PRELU, prelu)                                               \
    X(HARDTANH, hardtanh)                                         \
    X(HARDSIGMOID, hardsigmoid)                                   \
    X(HARDSWISH, hardswish)                                       \
    X(SOFTSHRINK, softshrink)                                     \
    X(HARDSHRINK, hardshrink)                                     \
    X(THRESHOLD, threshold)                                       \
    /* gelu.c */                                                  \
    X(GELU, gelu)                                                 \
    X(GELU_TANH, gelu_tanh)                                       \
    /* smooth.c */                                                \
    X(ELU, elu)                                                   \
    X(SILU, silu)                                                 \
    X(MISH, mish)                                                 \
    X(SOFTPLUS, softplus)                                         \
    X(LOGSIGMOID, logsigmoid)                                     \
    X(GLU, glu)                                                   \
    /* compare.c: no derivative */                                \
    X(EQ, eq)                                                     \
    X(NE, ne)                                                     \
    X(LT, lt)                                                     \
    X(LE, le)                                                     \
    X(GT, gt)                                                     \
    X(GE, ge)                                                     \
    /* logic.c: no derivative */                                  \
    X(BITWISE_AND, bitwise_and)                                   \
    X(BITWISE_OR, bitwise_or)                                     \
    X(BITWISE_XOR, bitwise_xor)                                   \
    X(BITWISE_NOT, bitwise_not)                                   \
    X(SHIFT_LEFT, bitwise_left_shift)                             \
    X(SHIFT_RIGHT, bitwise_right_shift)                           \
    X(LOGICAL_AND, logical_and)                                   \
    X(LOGICAL_OR, logical_or)                                     \
    X(LOGICAL_XOR, logical_xor)                                   \
    X(LOGICAL_NOT, logical_not)                                   \
    X(ISNAN, isnan)                                               \
    X(ISFINITE, isfinite)                                         \
    X(ISINF, isinf)                                               \
    X(ISPOSINF, isposinf)                                         \
    X(ISNEGINF, isneginf)                                         \
    X(ISCLOSE, isclose)                                           \
    /* loss.c */                                                  \
    X(MSE_LOSS, mse_loss)                                         \
    X(SMOOTH_L1_LOSS, smooth_l1_loss)                             \
    X(HUBER_LOSS, huber_loss)                                     \
    /* entropy.c */                                               \
    X(BINARY_CROSS_ENTROPY, binary_cross_entropy)                 \
    X(BCE_WITH_LOGITS, bce_with_logits)                           \
    X(XLOGY, xlogy)                                               \
    /* softmax.c */                                               \
    X(SOFTMAX, softmax)                                           \
    X(SOFTMAX_BACKWARD, softmax_backward)                         \
    X(LOG_SOFTMAX, log_softmax)                                   \
    X(LOG_SOFTMAX_BACKWARD, log_softmax_backward)                 \
    /* nll.c */                                                   \
    X(NLL_LOSS, nll_loss)                                         \
    X(NLL_LOSS_2D, nll_loss_2d)                                   \
    X(NLL_LOSS_BACKWARD, nll_loss_backward)                       \
    /* reduce.c */                                                \
    X(SUM, sum)                                                   \
    X(SUM_DIM, sum_dim)                                           \
    X(MEAN, mean)                                                 \
    X(MEAN_DIM, mean_dim)                                         \
    /* largest.c: and smallest, of a reduction */                 \
    X(MAX, max)                                                   \
    X(MIN, min)                                                   \
    X(AMAX, amax)                                                 \
    X(AMIN, amin)                                                 \
    X(AMINMAX, aminmax)                                           \
    X(MAX_DIM, max_dim)                                           \
    X(MIN_DIM, min_dim)                                           \
    X(ARGMAX, argmax)                                             \
    X(ARGMIN, argmin)                                             \
    /* product.c */                                               \
    X(PROD, prod)                                                 \
    X(PROD_DIM, prod_dim)                                         \
    X(NANSUM, nansum)                                             \
    X(ANY, any)                                                   \
    X(ALL, all)                                                   \
    /* variance.c */                                              \
    X(VAR, var)                                                   \
    X(STD, std)                                                   \
    X(VAR_MEAN, var_mean)                                         \
    X(STD_MEAN, std_mean)                                         \
    /* norm.c */                                                  \
    X(NORM, norm)                                                 \
    X(DIST, dist)                                                 \
    X(LOGSUMEXP, logsumexp)                                       \
    /* order.c */                                                 \
    X(SORT, sort)                                                 \
    X(TOPK, topk)                                                 \
    X(KTHVALUE, kthvalue)                                         \
    X(MEDIAN, median)                                             \
    X(MEDIAN_DIM, median_dim)                                     \
    X(MODE, mode)                                                 \
    /* cumulative.c */                                            \
    X(CUMSUM, cumsum)                                             \
    X(CUMSUM_BACKWARD, cumsum_backward)                           \
    X(CUMPROD, cumprod)                                           \
    /* pick.c: elements by their places, and back */              \
    X(PICK, pick)                                                 \
    X(PUT_BACK, put_back)                                         \
    /* matrix.c */                                                \
    X(MM, mm)                                                     \
    X(MV, mv)                                                     \
    X(DOT, dot)                                                   \
    X(BMM, bmm)                                                   \
    X(ADDMM, addmm)                                               \
    X(BADDBMM, baddbmm)                                           \
    X(VDOT, vdot)                                                 \
    /* cross.c */                                                 \
    X(CROSS, cross)                                               \
    /* cdist.c */                                                 \
    X(CDIST, cdist)                                               \
    /* inverse.c, determinant.c */                                \
    X(INV, inv)                                                   \
    X(SOLVE, solve)                                               \
    X(DET, det)                                                   \
    X(SLOGDET, slogdet)                                           \
    /* shape.c: views share the storage, the others copy */       \
    X(VIEW, view)                                                 \
    X(UNSAFE_VIEW, unsafe_view)                                   \
    X(EXPAND, expand)                                             \
    X(PERMUTE, permute)                                           \
    X(TRANSPOSE, transpose)                                       \
    X(T, t)                                                       \
    X(SQUEEZE, squeeze)                                           \
    X(SQUEEZE_DIM, squeeze_dim)                                   \
    X(SQUEEZE_DIMS, squeeze_dims)                                 \
    X(UNSQUEEZE, unsqueeze)                                       \
    X(ALIAS, alias)                                               \
    /* shape_in_place.c */                                        \
    X(UNSQUEEZE_IN_PLACE, unsqueeze_in_place)                     \
    X(SQUEEZE_IN_PLACE, squeeze_in_place)                         \
    X(SQUEEZE_DIM_IN_PLACE, squeeze_dim_in_place)                 \
    X(SQUEEZE_DIMS_IN_PLACE, squeeze_dims_in_place)               \
    X(T_IN_PLACE, t_in_place)                                     \
    X(TRANSPOSE_IN_PLACE, transpose_in_place)                     \
    /* index.c */                                                 \
    X(SELECT, select)                                             \
    X(SELECT_BACKWARD, select_backward)                           \
    X(SLICE, slice)                                               \
    X(SLICE_BACKWARD, slice_backward)                             \
    X(AS_STRIDED, as_strided)                                     \
    X(AS_STRIDED_BACKWARD, as_strided_backward)                   \
    /* rearrange.c */                                             \
    X(REPEAT, repeat)                                             \
    X(FLIP, flip)                                                 \
    X(ROLL, roll)                                                 \
    /* diagonal.c */                                              \
    X(DIAGONAL, diagonal)                                         \
    X(DIAGONAL_COPY, diagonal_copy)                               \
    X(DIAGONAL_BACKWARD, diagonal_backward)                       \
    X(DIAG_EMBED, diag_embed)                                     \
    X(FILL_DIAGONAL, fill_diagonal)                               \
    X(TRACE, trace)                                               \
    X(TRIL, tril)                                                 \
    X(TRIU, triu)                                                 \
    /* advanced.c: by tensors of indices */                       \
    X(INDEX, index)                                               \
    X(INDEX_BACKWARD, index_backward)                             \
    X(INDEX_PUT, index_put)                                       \
    /* along.c */                                                 \
    X(INDEX_SELECT, index_select)                                 \
    X(INDEX_ADD, index_add)                                       \
    X(INDEX_COPY, index_copy)                                     \
    X(INDEX_FILL, index_fill)                                     \
    /* gather.c */                                                \
    X(GATHER, gather)                                             \
    X(SCATTER, scatter)                                           \
    X(SCATTER_VALUE, scatter_value)                               \
    X(SCATTER_ADD, scatter_add)                                   \
    X(TAKE, take)                                                 \
    /* scatter_reduce.c */                                        \
    X(SCATTER_REDUCE, scatter_reduce)                             \
    X(SCATTER_COMBINE, scatter_combine)                           \
    /* masked.c */                                                \
    X(MASKED_FILL, masked_fill)                                   \
    X(MASKED_FILL_TENSOR, masked_fill_tensor)                     \
    X(MASKED_SCATTER, masked_scatter)                             \
    X(MASKED_SELECT, masked_select)                               \
    X(NONZERO, nonzero)                                           \
    /* embedding.c */                                             \
    X(EMBEDDING, embedding)                                       \
    X(EMBEDDING_BACKWARD, embedding_backward)                     \
    /* concat.c */                                                \
    X(CAT, cat)                                                   \
    X(STACK, stack)                                               \
    /* split.c: several views */                                  \
    X(SPLIT, split)                                               \
    X(UNSAFE_SPLIT, unsafe_split)                                 \
    X(SPLIT_WITH_SIZES, split_with_sizes)                         \
    X(UNBIND, unbind)                                             \
    /* convolution.c */                                           \
    X(CONVOLUTION, convolution)                                   \
    X(CONVOLUTION_WEIGHT, convolution_weight)                     \
    /* pool_max.c */                                              \
    X(MAX_POOL2D, max_pool2d)                                     \
    X(MAX_POOL2D_BACKWARD, max_pool2d_backward)                   \
    X(MAX_POOL2D_PICK, max_pool2d_pick)                           \
    /* pool_average.c */                                          \
    X(AVG_POOL2D, avg_pool2d)                                     \
    X(AVG_POOL2D_BACKWARD, avg_pool2d_backward)                   \
    /* resample.c */                                              \
    X(UPSAMPLE_NEAREST1D, upsample_nearest1d)                     \
    X(UPSAMPLE_NEAREST2D, upsample_nearest2d)                     \
    X(UPSAMPLE_NEAREST_BACKWARD, upsample_nearest_backward)       \
    X(UPSAMPLE_LINEAR1D, upsample_linear1d)                       \
    X(UPSAMPLE_BILINEAR2D, upsample_bilinear2d)                   \
    X(UPSAMPLE_LINEAR_BACKWARD, upsample_linear_backward)         \
    /* unfold.c, shuffle.c */                                     \
    X(IM2COL, im2col)                                             \
    X(COL2IM, col2im)                                             \
    X(PIXEL_SHUFFLE, pixel_shuffle)                               \
    X(PIXEL_UNSHUFFLE, pixel_unshuffle)                           \
    /* batch_norm.c */                                            \
    X(BATCH_NORM, batch_norm)                                     \
    /* layer_norm.c */                                            \
    X(LAYER_NORM, layer_norm)                                     \
    X(GROUP_NORM, group_norm)                                     \
    /* trilinear.c */                                             \
    X(TRILINEAR, trilinear)                                       \
    /* pool_adaptive.c */                                         \
    X(ADAPTIVE_AVG_POOL2D, adaptive_avg_pool2d)                   \
    X(ADAPTIVE_AVG_POOL2D_BACKWARD, adaptive_avg_pool2d_backward) \
    X(ADAPTIVE_MAX_POOL2D, adaptive_max_pool2d)                   \
    /* attention.c */                                             \
    X(ATTENTION, attention)                                       \
    /* pad.c */                                                   \
    X(PAD, pad)                                                   \
    /* pad_edge.c */                                              \
    X(REFLECTION_PAD1D, reflection_pad1d)                         \
    X(REFLECTION_PAD2D, reflection_pad2d)                         \
    X(REPLICATION_PAD1D, replication_pad1d)                       \
    X(REPLICATION_PAD2D, replication_pad2d)                       \
    /* copy.c */                                                  \
    X(CLONE_LIKE, clone_like)                                     \
    X(CLONE, clone)                                               \
    X(TO_COPY, to_copy)                                           \
    X(COPY, copy)                                                 \
    X(ZERO, zero)                                                 \
    X(FILL, fill)

/* clang-format off */
enum op_id {
#define X(id, name) OP_##id,
    OP_LIST(X)
#undef X
    OP_COUNT
};
/* clang-format on */

/* How cells of the output come from cells of the inputs; the names of FORMAT.md's opdef. */
enum provenance {
    PROVENANCE_CREATE,
    PROVENANCE_MAP,
    PROVENANCE_AFFINE, /* a view: one input cell for each output cell, by strides */
    PROVENANCE_REDUCE,
    PROVENANCE_MATMUL,
    PROVENANCE_ROWS,
    PROVENANCE_CONCAT,
    PROVENANCE_WINDOW,
};
const char *provenance_name(enum provenance provenance); /* "create", "map", ... */

/*
 * Attributes: everything a row is told besides its operands. X(ID, field, name in the trace, kind);
 * the kinds name the fields' types: INTEGER int64_t, BOOL bool, LIST struct shape, NUMBER struct
 * number, DTYPE enum dtype. DIM and DIMS have the same name: a row uses one of them.
 */
#define ATTR_LIST(X)                                                   \
    X(DIM, dim, "dim", INTEGER)                                        \
    X(DIMS, dims, "dim", LIST)                                         \
    X(KEEPDIM, keepdim, "keepdim", BOOL)                               \
    X(SIZE, size, "size", LIST)                                        \
    X(STRIDE, stride, "stride", LIST)                                  \
    X(OFFSET, offset, "storage_offset", INTEGER)                       \
    X(DIM0, dim0, "dim0", INTEGER)                                     \
    X(DIM1, dim1, "dim1", INTEGER)                                     \
    X(INDEX, index, "index", INTEGER)                                  \
    X(START, start, "start", INTEGER)                                  \
    X(END, end, "end", INTEGER)                                        \
    X(STEP, step, "step", INTEGER)                                     \
    X(ALPHA, alpha, "alpha", NUMBER)                                   \
    X(BETA, beta, "beta", NUMBER)                                      \
    X(MIN, min, "min", NUMBER)                                         \
    X(MAX, max, "max", NUMBER)                                         \
    X(DTYPE, dtype, "dtype", DTYPE)                                    \
    X(REDUCTION, reduction, "reduction", INTEGER)                      \
    X(PADDING_IDX, padding_idx, "padding_idx", INTEGER)                \
    X(IGNORE_INDEX, ignore_index, "ignore_index", INTEGER)             \
    X(DECIMALS, decimals, "decimals", INTEGER)                         \
    X(SPLIT_SIZE, split_size, "split_size", INTEGER)                   \
    X(EPS, eps, "eps", NUMBER)                                         \
    X(CORRECTION, correction, "correction", NUMBER)                    \
    X(ORD, ord, "ord", NUMBER)                                         \
    X(K, k, "k", INTEGER)                                              \
    X(DESCENDING, descending, "descending", BOOL)                      \
    X(VALUE, value, "value", NUMBER)                                   \
    X(NEGATIVE_SLOPE, negative_slope, "negative_slope", NUMBER)        \
    X(MIN_VAL, min_val, "min_val", NUMBER)                             \
    X(MAX_VAL, max_val, "max_val", NUMBER)                             \
    X(LAMBD, lambd, "lambd", NUMBER)                                   \
    X(THRESHOLD, threshold, "threshold", NUMBER)                       \
    X(SCALE, scale, "scale", NUMBER)                                   \
    X(INPUT_SCALE, input_scale, "input_scale", NUMBER)                 \
    X(WEIGHT, weight, "weight", NUMBER)                                \
    X(RTOL, rtol, "rtol", NUMBER)                                      \
    X(ATOL, atol, "atol", NUMBER)                                      \
    X(EQUAL_NAN, equal_nan, "equal_nan", BOOL)                         \
    X(KERNEL_SIZE, kernel_size, "kernel_size", LIST)                   \
    X(PADDING, padding, "padding", LIST)                               \
    X(DILATION, dilation, "dilation", LIST)                            \
    X(OUTPUT_PADDING, output_padding, "output_padding", LIST)          \
    X(TRANSPOSED, transposed, "transposed", BOOL)                      \
    X(GROUPS, groups, "groups", INTEGER)                               \
    X(CEIL_MODE, ceil_mode, "ceil_mode", BOOL)                         \
    X(COUNT_INCLUDE_PAD, count_include_pad, "count_include_pad", BOOL) \
    X(DIVISOR_OVERRIDE, divisor_override, "divisor_override", INTEGER) \
    X(PAD, pad, "pad", LIST)                                           \
    X(NORMALIZED_SHAPE, normalized_shape, "normalized_shape", LIST)    \
    X(TRAINING, training, "training", BOOL)                            \
    X(MOMENTUM, momentum, "momentum", NUMBER)                          \
    X(REPEATS, repeats, "repeats", LIST)                               \
    X(SHIFTS, shifts, "shifts", LIST)                                  \
    X(DIAGONAL, diagonal, "diagonal", INTEGER)                         \
    X(ACCUMULATE, accumulate, "accumulate", BOOL)                      \
    X(DROPOUT_P, dropout_p, "dropout_p", NUMBER)                       \
    X(IS_CAUSAL, training, "is_causal", BOOL)                          \
    X(BASE_STRIDE, base_stride, "base_stride", LIST)                   \
    X(LEFT, left, "left", BOOL)                                        \
    X(CHECK_ERRORS, check_errors, "check_errors", BOOL)

enum attr_kind {
    ATTR_KIND_INTEGER,
    ATTR_KIND_BOOL,
    ATTR_KIND_LIST,
    ATTR_KIND_NUMBER,
    ATTR_KIND_DTYPE
};

/* clang-format off */
enum attr_index {
#define X(id, field, name, kind) ATTR_INDEX_##id,
    ATTR_LIST(X)
#undef X
    ATTR_COUNT
};
/* clang-format on */

_Static_assert(ATTR_COUNT <= 64, "a set of attributes is 64 bits");

/* The bit of an attribute in a set of them: ATTR(DIM) | ATTR(KEEPDIM). */
#define ATTR(id) (UINT64_C(1) << ATTR_INDEX_##id)

/* Only the fields whose bit is in `present` mean something. PyTorch's default for an absent alpha and
 * beta is 1, for an absent end "open". Dimensions are already counted from 0. */
struct op_attrs {
    uint64_t present; /* of ATTR(id) */
    /* Of ATTR(id): the lesson gave a negative one, or a slice no end; only _saved_* tells. */
    uint64_t from_end;
    int64_t dim, dim0, dim1, index, start, end, step, split_size;
    bool accumulate;
    int64_t diagonal;       /* how far above the main one */
    const int64_t *lengths; /* split with sizes: one for each output; lent while op_apply runs */
    int64_t offset;         /* from the first element of the operand */
    int64_t reduction;      /* 0 none, 1 mean, 2 sum */
    int64_t padding_idx;
    int64_t ignore_index; /* absent: no target is ignored */
    int64_t decimals;
    int64_t groups, divisor_override;
    int64_t k;
    bool keepdim, descending, equal_nan, transposed, ceil_mode, count_include_pad, training;
    bool left, check_errors;
    struct shape size, stride, dilation;
    /* No row has two of one union. */
    union {
        struct shape dims, padding, pad, normalized_shape;
    };
    union {
        struct shape kernel_size, output_padding, repeats, shifts, base_stride;
    };
    union {
        struct number alpha, value, weight, eps, rtol, negative_slope, lambd;
        struct number correction; /* of a variance: the divisor is n less this */
        struct number ord;        /* of a norm */
    };
    union {
        struct number beta, atol, momentum, scale;
    };
    union {
        struct number min, dropout_p, min_val, threshold, input_scale;
    };
    union {
        struct number max, max_val;
    };
    enum dtype dtype;
};

/* For whoever writes attributes down (the recorder, `_saved_dim`): name, kind, and where the field
 * stands in struct op_attrs. */
struct attr_row {
    const char *name;
    enum attr_kind kind;
    size_t offset;
};
extern const struct attr_row attr_table[ATTR_COUNT];

enum { OP_MAX_SLOTS = BACKEND_MAX_DIMS, OP_MAX_TEXTS = 4, OP_MAX_ALIASES = 4 };

/* What a node keeps: operand or output number `from`, under PyTorch's name, but only if one of the
 * edges in the bit set `used_by` needs a gradient (0: if any does). A number operand is kept as a
 * number; `plain` says that PyTorch keeps it so too (pow's exponent), and not as a 0-d tensor: traces
 * leave it out. Shapes need no slot: a node knows those of its outputs and of what its edges lead to. */
struct op_slot {
    const char *name; /* NULL ends the list */
    bool is_output;
    int from;
    uint32_t used_by;
    bool plain;
    bool is_list; /* one of several with this name; none behind the last operand */
};

/* Another name for an attribute (ATTR_INDEX_...), where PyTorch calls it so in this operation; NULL ends
 * the list. Bits are few: prefer this to a further attribute of the same kind. */
struct op_alias {
    int attr;
    const char *name;
};

struct op_call;
struct rule;

struct op {
    enum op_id id;
    const char *name;    /* in traces; rows with one name agree in all texts */
    const char *symbol;  /* "×"; NULL: show the name */
    const char *node;    /* "MulBackward0"; NULL: the result never requires a gradient */
    const char *formula; /* "a · b" */
    const char *derivatives[OP_MAX_TEXTS]; /* for each tensor operand, in order: "b", "a" */
    enum provenance provenance;
    uint64_t attributes; /* those it understands */
    struct op_alias aliases[OP_MAX_ALIASES];

    int outputs;       /* 0: op_use.out_count says how many (unbind, split) */
    bool keeps_shapes; /* its node knows the shapes of all operands: rule_operand_shape */
    bool reshapes; /* in place it gives operand 0 another shape, and leaves the elements alone */
    bool is_view;  /* outputs share the storage of operand 0 and are differentiable views of it */
    uint32_t gradless; /* bit i: output i never requires a gradient, even if it is a float */
    uint32_t edgeless; /* bit i: operand i gets no edge (an index, a scalar exponent) */
    struct op_slot saves[OP_MAX_SLOTS];

    /* Makes the outputs: checks shapes and dtypes (PyTorch's texts), creates them with op_output, and
     * computes. Never sees autograd. */
    bool (*forward)(struct op_call *call, struct error *err);

    /* Sends the gradients of the outputs to the operands: rule->result[e] for every edge e with
     * rule->needs[e]. Made of operations (rule_*), so that it can be differentiated again. A result
     * may be larger than its operand where that was broadcast: the walk sums it down. NULL with a
     * `node`: "derivative for ... is not implemented" when backward reaches it. */
    bool (*backward)(struct rule *rule);

    /* (optional) The derivative of the output by the operand of edge `edge`, for the observer: a
     * number where it is one number for all elements (sum: 1, mean: 1/n), a tensor where the row is
     * element-wise; without `local` only the text in `derivatives` says it. Where it *is* a
     * saved tensor (mul: the other factor) that very tensor. Runs before saved tensors are freed. */
    bool (*local)(struct rule *rule, int edge, struct operand *out);
};

extern const struct op *const op_table[OP_COUNT];

/* What attribute number `attr` is called in that operation. */
const char *op_attr_name(const struct op *op, int attr);

/* ---- applying ------------------------------------------------------------------------------- */

/* in_place: the result is written into operand 0, whose version rises and whose grad_fn is replaced. */
struct op_use {
    enum op_id op;
    const struct operand *in;
    int in_count;
    struct op_attrs attrs;
    bool in_place;
    int out_count; /* only for rows with outputs 0 */
};

/* Runs the operation; `out` takes a reference for each output (in place: a further one to operand 0).
 * On failure nothing changed and no output is given. Order: checks of autograd ("a leaf Variable that
 * requires grad is being used in an in-place operation."), forward, node with edges and saved tensors
 * if grad mode is on and an operand with an edge requires a gradient and the output is a float,
 * observer. */
bool op_apply(struct engine *engine, const struct op_use *use, struct tensor **out,
              struct error *err);

/* The same for the first output: the tensor or NULL. Further ones are let go. */
struct tensor *op_apply_one(struct engine *engine, const struct op_use *use, struct error *err);
struct tensor *op_unary(struct engine *engine, enum op_id op, struct tensor *a, struct error *err);
struct tensor *op_binary(struct engine *engine, enum op_id op, struct operand a, struct operand b,
                         struct error *err);

/* ---- for rows ------------------------------------------------------------------------------- */

/* What a forward function is given. */
struct op_call {
    struct engine *engine;
    const struct op *op;
    const struct operand *in;
    int in_count;
    const struct op_attrs *attrs;
    struct tensor *into; /* in place: the tensor to write to, else NULL */
    struct tensor **out; /* to fill: one reference each */
    int out_count;
};

/* Creates output `number`, or hands out `into` after checking that the result fits it ("result type
 * Float can't be cast to the desired output type Long"; "output with shape [2] doesn't match the
 * broadcast shape [3, 2]"). Lent: call->out owns it. */
struct tensor *op_output(struct op_call *call, int number, const struct tensor_spec *spec,
                         struct error *err);

/* What a backward function is given. Tensors that rule_* return are lent: the rule owns them until
 * it is done. They accept NULL operands and then return NULL, so that formulas read as formulas:
 *
 *     rule->result[0] = rule_mul(rule, rule->grad[0], rule_operand(rule, SLOT_OTHER));
 *     return rule_done(rule);
 */
struct rule {
    struct engine *engine;
    struct node *node;
    struct tensor *const *grad; /* for each output of the node; NULL where none arrived */
    const bool *needs;          /* for each edge */
    struct tensor **result;     /* for each edge; NULL at the start, lent by the rule */
    struct error *err;

    /* private state */
    bool failed;
    struct tensor **owned;
    size_t owned_count, owned_capacity;
    bool tracked; /* of a forward: the grad mode before it */
};

/* Saved slot number `slot` of the row. NULL with the second-backward text or the changed-in-place
 * text in rule->err. For a slot that holds a number use rule_saved_number or rule_operand. */
struct tensor *rule_saved(struct rule *rule, int slot);
struct number rule_saved_number(struct rule *rule, int slot);
/* Either. */
struct operand rule_operand(struct rule *rule, int slot);
/* The shape of the operand behind edge `edge`; of operand `number`, whether or not it has an edge, for
 * rows that keep shapes; the attributes of the operation. */
const struct shape *rule_edge_shape(const struct rule *rule, int edge);
const struct shape *rule_operand_shape(const struct rule *rule, int number);
const struct op_attrs *rule_attrs(const struct rule *rule);

struct tensor *rule_apply(struct rule *rule, const struct op_use *use);
struct tensor *rule_unary(struct rule *rule, enum op_id op, struct tensor *a);
struct tensor *rule_binary(struct rule *rule, enum op_id op, struct operand a, struct operand b);
struct tensor *rule_mul(struct rule *rule, struct tensor *a, struct operand b);
/* The rule takes the caller's reference and lends the tensor back; NULL marks the rule as failed. */
struct tensor *rule_take(struct rule *rule, struct tensor *tensor);
/* True unless a step failed. */
bool rule_done(const struct rule *rule);
