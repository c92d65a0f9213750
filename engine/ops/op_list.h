#pragma once
/* All rows of the operation table by name; what a row is stands in ops.h. */

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
    X(RRELU_WITH_NOISE, rrelu_with_noise)                         \
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
    X(CELU, celu)                                                 \
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
    /* margin.c */                                                \
    X(MULTI_MARGIN, multi_margin)                                 \
    X(MULTI_MARGIN_BACKWARD, multi_margin_backward)               \
    X(MULTILABEL_MARGIN, multilabel_margin)                       \
    X(MULTILABEL_BACKWARD, multilabel_backward)                   \
    /* ctc.c */                                                   \
    X(CTC_LOSS, ctc_loss)                                         \
    X(CTC_LOSS_BACKWARD, ctc_loss_backward)                       \
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
    X(ARGSORT, argsort)                                           \
    X(TOPK, topk)                                                 \
    X(KTHVALUE, kthvalue)                                         \
    X(MEDIAN, median)                                             \
    X(MEDIAN_DIM, median_dim)                                     \
    X(MODE, mode)                                                 \
    /* cumulative.c */                                            \
    X(CUMSUM, cumsum)                                             \
    X(CUMSUM_BACKWARD, cumsum_backward)                           \
    X(CUMPROD, cumprod)                                           \
    /* running.c */                                               \
    X(CUMMAX, cummax)                                             \
    X(CUMMIN, cummin)                                             \
    X(LOGCUMSUMEXP, logcumsumexp)                                 \
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
    X(RESHAPE_ALIAS, reshape_alias)                               \
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
    /* sliding.c */                                               \
    X(UNFOLD, unfold)                                             \
    X(UNFOLD_BACKWARD, unfold_backward)                           \
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
    /* embedding_bag.c */                                         \
    X(EMBEDDING_BAG, embedding_bag)                               \
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
    X(UPSAMPLE_BILINEAR2D_AA, upsample_bilinear2d_aa)             \
    X(UPSAMPLE_AA_BACKWARD, upsample_aa_backward)                 \
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
