#include "tests/op_examples.h"

#include <math.h>

#define SIZES(...)                                                   \
    {                                                                \
        (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), \
        {                                                            \
            __VA_ARGS__                                              \
        }                                                            \
    }
#define TENSOR(...)                                         \
    {                                                       \
        .kind = EXAMPLE_TENSOR, .shape = SIZES(__VA_ARGS__) \
    }
#define SCALAR                 \
    {                          \
        .kind = EXAMPLE_TENSOR \
    }
#define POSITIVE(...)                                         \
    {                                                         \
        .kind = EXAMPLE_POSITIVE, .shape = SIZES(__VA_ARGS__) \
    }
#define FRACTION(...)                                         \
    {                                                         \
        .kind = EXAMPLE_FRACTION, .shape = SIZES(__VA_ARGS__) \
    }
#define ABOVE_ONE(...)                                         \
    {                                                          \
        .kind = EXAMPLE_ABOVE_ONE, .shape = SIZES(__VA_ARGS__) \
    }
#define NOTHING                 \
    {                           \
        .kind = EXAMPLE_NOTHING \
    }
#define CONDITION(...)                                         \
    {                                                          \
        .kind = EXAMPLE_CONDITION, .shape = SIZES(__VA_ARGS__) \
    }
#define ROWS(...)                                         \
    {                                                     \
        .kind = EXAMPLE_ROWS, .shape = SIZES(__VA_ARGS__) \
    }
#define ROWS_SCALAR          \
    {                        \
        .kind = EXAMPLE_ROWS \
    }
#define WHOLE(n)                                                                    \
    {                                                                               \
        .kind = EXAMPLE_NUMBER, .number = {.kind = NUMBER_INTEGER, .integer = (n) } \
    }
#define REAL(n)                                                               \
    {                                                                         \
        .kind = EXAMPLE_NUMBER, .number = {.kind = NUMBER_REAL, .real = (n) } \
    }
#define TENTH                            \
    {                                    \
        .kind = NUMBER_REAL, .real = 0.1 \
    }
#define ALPHA(n) .attrs = { .present = ATTR(ALPHA), .alpha = { .kind = NUMBER_REAL, .real = (n) } }
#define ORD(n) .attrs = { .present = ATTR(ORD), .ord = { .kind = NUMBER_REAL, .real = (n) } }
#define DIM(n) .attrs = { .present = ATTR(DIM), .dim = (n) }
#define SIZE(...) .attrs = { .present = ATTR(SIZE), .size = SIZES(__VA_ARGS__) }
#define DIMS(keep, ...)                               \
    .attrs = { .present = ATTR(DIMS) | ATTR(KEEPDIM), \
               .dims = SIZES(__VA_ARGS__),            \
               .keepdim = (keep) }
#define DIAGONAL (ATTR(OFFSET) | ATTR(DIM0) | ATTR(DIM1))
#define SLICE(d, from, to, by)                                                                \
    .present = ATTR(DIM) | ATTR(START) | ATTR(END) | ATTR(STEP), .dim = (d), .start = (from), \
    .end = (to), .step = (by)

/* clang-format off */
const struct op_example op_examples[] = {
    { .op = OP_ADD, .in = { TENSOR(2, 3), TENSOR(2, 3) } },
    { .op = OP_ADD, .in = { TENSOR(2, 3), TENSOR(3) }, ALPHA(2.5) },
    { .op = OP_ADD, .in = { TENSOR(2, 1), TENSOR(1, 3) } },
    { .op = OP_ADD, .in = { TENSOR(2, 3), WHOLE(2) } },
    { .op = OP_ADD, .in = { TENSOR(2, 3), TENSOR(3) }, .in_place = true },
    { .op = OP_SUB, .in = { TENSOR(2, 3), TENSOR(2, 3) } },
    { .op = OP_SUB, .in = { TENSOR(2, 3), SCALAR }, ALPHA(0.5) },
    { .op = OP_SUB, .in = { TENSOR(3), TENSOR(2, 3) } },
    { .op = OP_SUB, .in = { TENSOR(2, 3), TENSOR(2, 3) }, .in_place = true },
    { .op = OP_RSUB, .in = { TENSOR(2, 3), WHOLE(2) } },
    { .op = OP_RSUB, .in = { TENSOR(2, 3), REAL(0.5) }, ALPHA(3) },
    { .op = OP_MUL, .in = { TENSOR(2, 3), TENSOR(2, 3) } },
    { .op = OP_MUL, .in = { TENSOR(2, 3), SCALAR } },
    { .op = OP_MUL, .in = { TENSOR(3, 1, 2), TENSOR(2, 1) } },
    { .op = OP_MUL, .in = { TENSOR(2, 3), REAL(-1.5) } },
    { .op = OP_MUL, .in = { TENSOR(2, 3), TENSOR(2, 3) }, .in_place = true },
    { .op = OP_DIV, .in = { TENSOR(2, 3), POSITIVE(2, 3) } },
    { .op = OP_DIV, .in = { TENSOR(2, 3), POSITIVE(3) } },
    { .op = OP_DIV, .in = { TENSOR(2, 3), WHOLE(2) } },
    { .op = OP_DIV, .in = { TENSOR(2, 3), POSITIVE(2, 3) }, .in_place = true },
    { .op = OP_MUL_SCALAR, .in = { TENSOR(2, 3), REAL(-1.5) } },
    { .op = OP_DIV_SCALAR, .in = { TENSOR(2, 3), WHOLE(2) } },
    { .op = OP_POW, .in = { TENSOR(2, 3), WHOLE(0) } },
    { .op = OP_POW, .in = { TENSOR(2, 3), WHOLE(1) } },
    { .op = OP_POW, .in = { TENSOR(2, 3), WHOLE(2) } },
    { .op = OP_POW, .in = { TENSOR(2, 3), WHOLE(3) } },
    { .op = OP_POW, .in = { TENSOR(2, 3), WHOLE(-1) } },
    { .op = OP_POW, .in = { TENSOR(2, 3), WHOLE(-2) } },
    { .op = OP_POW, .in = { POSITIVE(2, 3), REAL(0.5) } },
    { .op = OP_POW, .in = { POSITIVE(2, 3), REAL(-0.5) } },
    { .op = OP_POW, .in = { POSITIVE(2, 3), REAL(1.7) } },
    { .op = OP_POW, .in = { TENSOR(2, 3), WHOLE(2) }, .in_place = true },
    { .op = OP_POW_TENSOR, .in = { POSITIVE(2, 3), TENSOR(2, 3) } },
    { .op = OP_POW_TENSOR, .in = { POSITIVE(2, 3), TENSOR(3) } },
    { .op = OP_POW_BASE, .in = { REAL(2.5), TENSOR(2, 3) } },
    { .op = OP_MAXIMUM, .in = { TENSOR(2, 3), TENSOR(3) } },
    { .op = OP_EXPM1, .in = { TENSOR(2, 3) }, .in_place = true },
    { .op = OP_LOG2, .in = { POSITIVE(2, 3) } },
    { .op = OP_LOG10, .in = { POSITIVE(2, 3) } },
    { .op = OP_LOG1P, .in = { POSITIVE(2, 3) } },
    { .op = OP_RSQRT, .in = { POSITIVE(2, 3) } },
    { .op = OP_ERF, .in = { TENSOR(2, 3) }, .in_place = true },
    { .op = OP_LOGIT, .in = { FRACTION(2, 3) } },
    { .op = OP_LOGIT, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(EPS),
        .eps = { .kind = NUMBER_REAL, .real = 0.25 } } },
    { .op = OP_ASIN, .in = { FRACTION(2, 3) } },
    { .op = OP_ACOS, .in = { FRACTION(2, 3) } },
    { .op = OP_ATANH, .in = { FRACTION(2, 3) } },
    { .op = OP_ACOSH, .in = { ABOVE_ONE(2, 3) } },
    { .op = OP_ATAN2, .in = { TENSOR(2, 3), TENSOR(3) } },
    { .op = OP_HYPOT, .in = { TENSOR(2, 3), TENSOR(3) } },
    { .op = OP_FRAC, .in = { TENSOR(2, 3) }, .in_place = true },
    { .op = OP_ROUND_DECIMALS, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(DECIMALS), .decimals = 1 } },
    { .op = OP_REMAINDER, .in = { TENSOR(2, 3), REAL(0.75) } },
    { .op = OP_REMAINDER_TENSOR, .in = { TENSOR(2, 3), POSITIVE(3) } },
    { .op = OP_FMOD, .in = { TENSOR(2, 3), REAL(0.75) } },
    { .op = OP_FMOD_TENSOR, .in = { TENSOR(2, 3), POSITIVE(3) } },
    { .op = OP_ADDCMUL, .in = { TENSOR(2, 3), TENSOR(3), TENSOR(2, 1) }, .attrs = {
        .present = ATTR(VALUE), .value = { .kind = NUMBER_REAL, .real = 0.5 } } },
    { .op = OP_ADDCMUL, .in = { TENSOR(2, 3), TENSOR(3), TENSOR(2, 1) }, .in_place = true },
    { .op = OP_ADDCDIV, .in = { TENSOR(2, 3), TENSOR(3), POSITIVE(2, 1) }, .attrs = {
        .present = ATTR(VALUE), .value = { .kind = NUMBER_INTEGER, .integer = -2 } } },
    { .op = OP_LERP, .in = { TENSOR(2, 3), TENSOR(3) }, .attrs = {
        .present = ATTR(WEIGHT), .weight = { .kind = NUMBER_REAL, .real = 0.7 } } },
    { .op = OP_LERP_TENSOR, .in = { TENSOR(2, 3), TENSOR(3), FRACTION(2, 1) } },
    { .op = OP_NAN_TO_NUM, .in = { TENSOR(2, 3) } },
    { .op = OP_LOG, .in = { POSITIVE(2, 3) } },
    { .op = OP_SQRT, .in = { POSITIVE(2, 3) } },
    { .op = OP_EXP, .in = { TENSOR(2, 3) }, .in_place = true },
    { .op = OP_EXP, .in = { TENSOR(2, 3) } },
    { .op = OP_RELU, .in = { TENSOR(2, 3) }, .in_place = true },
    { .op = OP_RELU, .in = { TENSOR(2, 3) } },
    { .op = OP_SIGMOID, .in = { TENSOR(2, 3) }, .in_place = true },
    { .op = OP_SIGMOID, .in = { TENSOR(2, 3) } },
    { .op = OP_LEAKY_RELU, .in = { TENSOR(2, 3) }, .attrs = {
        .present = ATTR(NEGATIVE_SLOPE),
        .negative_slope = { .kind = NUMBER_REAL, .real = 0.1 } } },
    { .op = OP_LEAKY_RELU_BACKWARD, .in = { TENSOR(2, 3), TENSOR(2, 3) }, .attrs = {
        .present = ATTR(NEGATIVE_SLOPE),
        .negative_slope = { .kind = NUMBER_REAL, .real = 0.1 } } },
    { .op = OP_PRELU, .in = { TENSOR(2, 3), POSITIVE(3) } },
    { .op = OP_HARDTANH, .in = { TENSOR(2, 3) }, .attrs = {
        .present = ATTR(MIN_VAL) | ATTR(MAX_VAL),
        .min_val = { .kind = NUMBER_REAL, .real = -0.5 }, .max_val = { .kind = NUMBER_REAL, .real = 0.75 } } },
    { .op = OP_SOFTSHRINK, .in = { TENSOR(2, 3) }, .attrs = {
        .present = ATTR(LAMBD),
        .lambd = { .kind = NUMBER_REAL, .real = 0.5 } } },
    { .op = OP_HARDSHRINK, .in = { TENSOR(2, 3) }, .attrs = {
        .present = ATTR(LAMBD),
        .lambd = { .kind = NUMBER_REAL, .real = 0.5 } } },
    { .op = OP_THRESHOLD, .in = { TENSOR(2, 3) }, .attrs = {
        .present = ATTR(THRESHOLD) | ATTR(VALUE),
        .threshold = { .kind = NUMBER_REAL, .real = 0.5 }, .value = { .kind = NUMBER_REAL, .real = 3 } } },
    { .op = OP_ELU, .in = { TENSOR(2, 3) }, .attrs = {
        .present = ATTR(ALPHA) | ATTR(SCALE) | ATTR(INPUT_SCALE),
        .alpha = { .kind = NUMBER_REAL, .real = 1.5 }, .scale = { .kind = NUMBER_REAL, .real = 1.25 }, .input_scale = { .kind = NUMBER_REAL, .real = 0.5 } } },
    { .op = OP_CELU, .in = { TENSOR(2, 3) }, .attrs = {
        .present = ATTR(ALPHA) | ATTR(SCALE) | ATTR(INPUT_SCALE),
        .alpha = { .kind = NUMBER_REAL, .real = 2 }, .scale = { .kind = NUMBER_REAL, .real = 1 }, .input_scale = { .kind = NUMBER_REAL, .real = 0.5 } } },
    { .op = OP_SOFTPLUS, .in = { TENSOR(2, 3) }, .attrs = {
        .present = ATTR(BETA) | ATTR(THRESHOLD),
        .beta = { .kind = NUMBER_REAL, .real = 2 }, .threshold = { .kind = NUMBER_REAL, .real = 2.5 } } },
    { .op = OP_SILU, .in = { TENSOR(2, 3) }, .in_place = true },
    { .op = OP_GLU, .in = { TENSOR(2, 4) }, DIM(1) },
    { .op = OP_CLAMP, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(MIN) | ATTR(MAX),
        .min = { .kind = NUMBER_REAL, .real = -0.5 }, .max = { .kind = NUMBER_INTEGER, .integer = 1 } } },
    { .op = OP_CLAMP, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(MIN),
        .min = { .kind = NUMBER_INTEGER, .integer = 0 } } },
    { .op = OP_CLAMP, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(MAX),
        .max = { .kind = NUMBER_REAL, .real = 0.5 } } },
    { .op = OP_CLAMP_MIN, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(MIN),
        .min = { .kind = NUMBER_REAL, .real = -0.5 } } },
    { .op = OP_CLAMP_MAX, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(MAX),
        .max = { .kind = NUMBER_REAL, .real = 0.5 } } },
    { .op = OP_CLAMP_LOW, .in = { TENSOR(2, 3), TENSOR(3) } },
    { .op = OP_CLAMP_HIGH, .in = { TENSOR(2, 3), TENSOR(3) } },
    { .op = OP_CLAMP_BOTH, .in = { TENSOR(2, 3), TENSOR(3), TENSOR(2, 1) } },
    { .op = OP_WHERE, .in = { CONDITION(2, 3), TENSOR(2, 3), TENSOR(2, 3) } },
    { .op = OP_WHERE, .in = { CONDITION(2, 3), TENSOR(3), REAL(0.5) } },
    { .op = OP_MSE_LOSS, .in = { TENSOR(2, 3), TENSOR(2, 3) } },
    { .op = OP_MSE_LOSS, .in = { TENSOR(2, 3), TENSOR(2, 3) }, .attrs = { .present = ATTR(REDUCTION), .reduction = 0 } },
    { .op = OP_MSE_LOSS, .in = { TENSOR(2, 3), TENSOR(2, 3) }, .attrs = { .present = ATTR(REDUCTION), .reduction = 2 } },
    { .op = OP_SMOOTH_L1_LOSS, .in = { TENSOR(2, 3), TENSOR(2, 3) } },
    { .op = OP_SMOOTH_L1_LOSS, .in = { TENSOR(2, 3), TENSOR(2, 3) }, .attrs = {
        .present = ATTR(BETA) | ATTR(REDUCTION), .reduction = 0, .beta = { .kind = NUMBER_REAL, .real = 1.6 } } },
    { .op = OP_HUBER_LOSS, .in = { TENSOR(2, 3), TENSOR(2, 3) } },
    { .op = OP_HUBER_LOSS, .in = { TENSOR(2, 3), TENSOR(2, 3) }, .attrs = {
        .present = ATTR(BETA) | ATTR(REDUCTION), .reduction = 2, .beta = { .kind = NUMBER_REAL, .real = 1.6 } } },
    { .op = OP_UNFOLD, .in = { TENSOR(2, 5) }, .attrs = {
        .present = ATTR(DIM) | ATTR(SPLIT_SIZE) | ATTR(STEP), .dim = 1, .split_size = 3, .step = 1 } },
    { .op = OP_UNFOLD_BACKWARD, .in = { TENSOR(2, 2, 3) }, .attrs = {
        .present = ATTR(DIM) | ATTR(SPLIT_SIZE) | ATTR(STEP) | ATTR(SIZE), .dim = 0, .split_size = 3, .step = 2,
        .size = SIZES(6, 2) } },
    { .op = OP_RRELU_WITH_NOISE, .in = { TENSOR(2, 3), FRACTION(2, 3) } },
    { .op = OP_EMBEDDING_BAG, .in = { TENSOR(4, 3), ROWS(5), ROWS(5) }, .attrs = {
        .present = ATTR(K) | ATTR(SIZE) | ATTR(PADDING_IDX), .k = 1, .padding_idx = 2, .size = SIZES(4) } },
    { .op = OP_EMBEDDING_BAG, .in = { TENSOR(4, 3), ROWS(5), ROWS(5) }, .attrs = {
        .present = ATTR(K) | ATTR(SIZE), .k = 2, .size = SIZES(4) } },
    { .op = OP_EMBEDDING_BAG, .in = { TENSOR(4, 3), ROWS(5), ROWS(5), TENSOR(5) }, .attrs = {
        .present = ATTR(K) | ATTR(SIZE), .k = 0, .size = SIZES(4) } },
    { .op = OP_MULTI_MARGIN, .in = { TENSOR(5, 4), ROWS(5) } },
    { .op = OP_MULTI_MARGIN, .in = { TENSOR(5, 4), ROWS(5), POSITIVE(4) }, .attrs = {
        .present = ATTR(REDUCTION) | ATTR(ORD) | ATTR(BETA), .reduction = 0,
        .ord = { .kind = NUMBER_INTEGER, .integer = 2 }, .beta = { .kind = NUMBER_REAL, .real = 0.7 } } },
    { .op = OP_MULTILABEL_MARGIN, .in = { TENSOR(3, 4), ROWS(3, 4) } },
    { .op = OP_MULTILABEL_MARGIN, .in = { TENSOR(4), ROWS(4) }, .attrs = { .present = ATTR(REDUCTION), .reduction = 2 } },
    { .op = OP_BINARY_CROSS_ENTROPY, .in = { FRACTION(2, 3), FRACTION(2, 3) } },
    { .op = OP_BINARY_CROSS_ENTROPY, .in = { FRACTION(2, 3), FRACTION(2, 3), POSITIVE(3) }, .attrs = {
        .present = ATTR(REDUCTION), .reduction = 0 } },
    { .op = OP_BCE_WITH_LOGITS, .in = { TENSOR(2, 3), FRACTION(2, 3) } },
    { .op = OP_BCE_WITH_LOGITS, .in = { TENSOR(2, 3), FRACTION(2, 3), POSITIVE(3), POSITIVE(3) } },
    { .op = OP_BCE_WITH_LOGITS, .in = { TENSOR(2, 3), FRACTION(2, 3), NOTHING, POSITIVE(3) }, .attrs = {
        .present = ATTR(REDUCTION), .reduction = 2 } },
    { .op = OP_XLOGY, .in = { TENSOR(2, 3), POSITIVE(2, 3) } },
    { .op = OP_SOFTMAX, .in = { TENSOR(2, 3) }, DIM(1) },
    { .op = OP_SOFTMAX, .in = { TENSOR(2, 3, 2) }, DIM(1) },
    { .op = OP_SOFTMAX, .in = { SCALAR }, DIM(0) },
    { .op = OP_SOFTMAX_BACKWARD, .in = { TENSOR(2, 3), POSITIVE(2, 3) }, DIM(0) },
    { .op = OP_LOG_SOFTMAX, .in = { TENSOR(2, 9) }, DIM(1) },
    { .op = OP_LOG_SOFTMAX, .in = { TENSOR(2, 3) }, DIM(0) },
    { .op = OP_LOG_SOFTMAX_BACKWARD, .in = { TENSOR(2, 3), TENSOR(2, 3) }, DIM(1) },
    { .op = OP_NLL_LOSS, .in = { TENSOR(5, 4), ROWS(5) } },
    { .op = OP_NLL_LOSS, .in = { TENSOR(5, 4), ROWS(5), POSITIVE(4) } },
    { .op = OP_NLL_LOSS, .in = { TENSOR(5, 4), ROWS(5) }, .attrs = {
        .present = ATTR(REDUCTION) | ATTR(IGNORE_INDEX), .reduction = 1, .ignore_index = 3 } },
    { .op = OP_NLL_LOSS, .in = { TENSOR(5, 4), ROWS(5), POSITIVE(4) }, .attrs = {
        .present = ATTR(REDUCTION) | ATTR(IGNORE_INDEX), .reduction = 0, .ignore_index = 3 } },
    { .op = OP_NLL_LOSS, .in = { TENSOR(4), ROWS_SCALAR } },
    { .op = OP_NLL_LOSS_2D, .in = { TENSOR(2, 4, 1, 3), ROWS(2, 1, 3) } },
    { .op = OP_NLL_LOSS_2D, .in = { TENSOR(2, 4, 1, 3), ROWS(2, 1, 3) }, .attrs = {
        .present = ATTR(REDUCTION), .reduction = 0 } },
    { .op = OP_NLL_LOSS_BACKWARD, .in = { SCALAR, ROWS(5), SCALAR }, .attrs = {
        .present = ATTR(REDUCTION) | ATTR(SIZE), .reduction = 2, .size = SIZES(5, 4) } },
    { .op = OP_NLL_LOSS_BACKWARD, .in = { TENSOR(5), ROWS(5), SCALAR }, .attrs = {
        .present = ATTR(REDUCTION) | ATTR(SIZE), .reduction = 0, .size = SIZES(5, 4) } },
    { .op = OP_SUM, .in = { TENSOR(2, 3) } },
    { .op = OP_SUM, .in = { SCALAR } },
    { .op = OP_SUM_DIM, .in = { TENSOR(2, 3) }, DIMS(false, 0) },
    { .op = OP_SUM_DIM, .in = { TENSOR(2, 3) }, DIMS(true, 1) },
    { .op = OP_SUM_DIM, .in = { TENSOR(2, 3, 2) }, DIMS(false, 0, 2) },
    { .op = OP_MEAN, .in = { TENSOR(2, 3) } },
    { .op = OP_MEAN_DIM, .in = { TENSOR(2, 3) }, DIMS(false, 0) },
    { .op = OP_MEAN_DIM, .in = { TENSOR(2, 3, 2) }, DIMS(true, 1, 2) },
    { .op = OP_AMAX, .in = { TENSOR(2, 3, 2) }, DIMS(false, 0, 2) },
    { .op = OP_AMIN, .in = { TENSOR(2, 3) }, DIMS(true, -1) },
    { .op = OP_AMINMAX, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(DIM), .dim = 1 } },
    { .op = OP_MAX_DIM, .in = { TENSOR(2, 3, 2) }, DIM(1) },
    { .op = OP_MAX_DIM, .in = { SCALAR }, DIM(0) },
    { .op = OP_MIN_DIM, .in = { TENSOR(2, 3) }, .attrs = {
        .present = ATTR(DIM) | ATTR(KEEPDIM), .dim = -1, .keepdim = true } },
    { .op = OP_PROD, .in = { TENSOR(2, 3) } },
    { .op = OP_PROD_DIM, .in = { TENSOR(2, 3) }, DIM(1) },
    { .op = OP_NANSUM, .in = { TENSOR(2, 3, 2) }, DIMS(false, 1) },
    { .op = OP_VAR, .in = { TENSOR(2, 3) } },
    { .op = OP_VAR, .in = { TENSOR(2, 3, 2) }, .attrs = { .present = ATTR(DIMS) | ATTR(CORRECTION),
        .dims = SIZES(0, 2), .correction = { .kind = NUMBER_INTEGER, .integer = 0 } } },
    { .op = OP_STD, .in = { TENSOR(2, 3) }, DIMS(false, 1) },
    { .op = OP_VAR_MEAN, .in = { TENSOR(2, 3) }, DIMS(true, 0) },
    { .op = OP_STD_MEAN, .in = { TENSOR(2, 3) } },
    { .op = OP_NORM, .in = { TENSOR(2, 3) } },
    { .op = OP_NORM, .in = { TENSOR(2, 3, 2) }, DIMS(false, 1) },
    { .op = OP_NORM, .in = { TENSOR(2, 3) }, ORD(1) },
    { .op = OP_NORM, .in = { TENSOR(2, 3) }, ORD(3) },
    { .op = OP_NORM, .in = { TENSOR(2, 3) }, ORD(1.5) },
    { .op = OP_NORM, .in = { TENSOR(2, 3) }, ORD(0) },
    { .op = OP_NORM, .in = { TENSOR(2, 3) }, ORD(INFINITY) },
    { .op = OP_NORM, .in = { TENSOR(2, 3) }, ORD(-INFINITY) },
    { .op = OP_DIST, .in = { TENSOR(2, 3), TENSOR(3) } },
    { .op = OP_LOGSUMEXP, .in = { TENSOR(2, 3) }, DIMS(false, 1) },
    { .op = OP_LOGSUMEXP, .in = { TENSOR(2, 3, 2) }, DIMS(true, 0, 2) },
    { .op = OP_SORT, .in = { TENSOR(2, 3, 2) }, DIM(1) },
    { .op = OP_SORT, .in = { TENSOR(2, 3) }, .attrs = {
        .present = ATTR(DIM) | ATTR(DESCENDING), .dim = -1, .descending = true } },
    { .op = OP_SORT, .in = { SCALAR }, DIM(0) },
    { .op = OP_TOPK, .in = { TENSOR(2, 5) }, .attrs = { .present = ATTR(DIM) | ATTR(K), .dim = 1, .k = 2 } },
    { .op = OP_KTHVALUE, .in = { TENSOR(2, 5) }, .attrs = { .present = ATTR(DIM) | ATTR(K), .dim = 1, .k = 2 } },
    { .op = OP_MEDIAN, .in = { TENSOR(2, 3) } },
    { .op = OP_MEDIAN_DIM, .in = { TENSOR(4, 3) }, .attrs = {
        .present = ATTR(DIM) | ATTR(KEEPDIM), .dim = 0, .keepdim = true } },
    { .op = OP_CUMSUM, .in = { TENSOR(2, 3) }, DIM(0) },
    { .op = OP_CUMSUM_BACKWARD, .in = { TENSOR(2, 3) }, DIM(1) },
    { .op = OP_CUMPROD, .in = { TENSOR(2, 3) }, DIM(1) },
    { .op = OP_CUMMAX, .in = { TENSOR(2, 3) }, DIM(1) },
    { .op = OP_CUMMIN, .in = { TENSOR(2, 3) }, DIM(0) },
    { .op = OP_LOGCUMSUMEXP, .in = { TENSOR(2, 3) }, DIM(1) },
    { .op = OP_LOGCUMSUMEXP, .in = { SCALAR }, DIM(0) },
    { .op = OP_PICK, .in = { TENSOR(4, 3), ROWS(2, 3) }, DIM(0) },
    { .op = OP_PUT_BACK, .in = { TENSOR(2, 3), ROWS(2, 3) }, .attrs = {
        .present = ATTR(DIM) | ATTR(SIZE), .dim = 0, .size = SIZES(4, 3) } },
    { .op = OP_MM, .in = { TENSOR(2, 3), TENSOR(3, 4) } },
    { .op = OP_MV, .in = { TENSOR(2, 3), TENSOR(3) } },
    { .op = OP_DOT, .in = { TENSOR(3), TENSOR(3) } },
    { .op = OP_BMM, .in = { TENSOR(2, 2, 3), TENSOR(2, 3, 2) } },
    { .op = OP_ADDMM, .in = { TENSOR(4), TENSOR(2, 3), TENSOR(3, 4) } },
    { .op = OP_ADDMM, .in = { TENSOR(2, 4), TENSOR(2, 3), TENSOR(3, 4) }, .attrs = {
        .present = ATTR(ALPHA) | ATTR(BETA), .alpha = { .kind = NUMBER_REAL, .real = 0.5 },
        .beta = { .kind = NUMBER_INTEGER, .integer = 3 } } },
    { .op = OP_VIEW, .in = { TENSOR(2, 3) }, SIZE(3, 2) },
    { .op = OP_VIEW, .in = { TENSOR(2, 3) }, SIZE(-1) },
    { .op = OP_UNSAFE_VIEW, .in = { TENSOR(2, 3) }, SIZE(3, 2) },
    { .op = OP_RESHAPE_ALIAS, .in = { TENSOR(2, 3) }, SIZE(3, 2) },
    { .op = OP_EXPAND, .in = { TENSOR(3) }, SIZE(2, 2, 3) },
    { .op = OP_EXPAND, .in = { TENSOR(2, 1, 3) }, SIZE(2, 4, -1) },
    { .op = OP_PERMUTE, .in = { TENSOR(2, 3, 4) }, .attrs = { .present = ATTR(DIMS), .dims = SIZES(2, 0, 1) } },
    { .op = OP_TRANSPOSE, .in = { TENSOR(2, 3, 4) }, .attrs = { .present = ATTR(DIM0) | ATTR(DIM1), .dim0 = 0, .dim1 = 2 } },
    { .op = OP_T, .in = { TENSOR(2, 3) } },
    { .op = OP_T, .in = { TENSOR(3) } },
    { .op = OP_SQUEEZE, .in = { TENSOR(1, 3, 1) } },
    { .op = OP_SQUEEZE_DIM, .in = { TENSOR(2, 1, 3) }, DIM(1) },
    { .op = OP_SQUEEZE_DIM, .in = { TENSOR(2, 1, 3) }, DIM(0) },
    { .op = OP_SQUEEZE_DIM_IN_PLACE, .in = { TENSOR(1, 3) }, DIM(0) },
    { .op = OP_UNSQUEEZE, .in = { TENSOR(2, 3) }, DIM(1) },
    { .op = OP_SELECT, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(DIM) | ATTR(INDEX), .dim = 1, .index = -1 } },
    { .op = OP_SELECT_BACKWARD, .in = { TENSOR(2) }, .attrs = {
        .present = ATTR(DIM) | ATTR(INDEX) | ATTR(SIZE), .dim = 1, .index = 2, .size = SIZES(2, 3) } },
    { .op = OP_SLICE, .in = { TENSOR(2, 5) }, .attrs = { SLICE(1, 1, 5, 2) } },
    { .op = OP_SLICE, .in = { TENSOR(2, 5) }, .attrs = { SLICE(1, -2, 99, 1) } },
    { .op = OP_SLICE, .in = { TENSOR(3, 2) }, .attrs = { .present = ATTR(DIM) | ATTR(START), .dim = 0, .start = 1 } },
    { .op = OP_SLICE_BACKWARD, .in = { TENSOR(2, 2) }, .attrs = {
        .present = ATTR(DIM) | ATTR(START) | ATTR(END) | ATTR(STEP) | ATTR(SIZE),
        .dim = 1, .start = 1, .end = 5, .step = 2, .size = SIZES(2, 5) } },
    { .op = OP_AS_STRIDED, .in = { TENSOR(3, 4) }, .attrs = {
        .present = ATTR(SIZE) | ATTR(STRIDE) | ATTR(OFFSET), .size = SIZES(2, 2), .stride = SIZES(1, 4), .offset = 5 } },
    { .op = OP_AS_STRIDED, .in = { TENSOR(3, 4) }, .attrs = {
        .present = ATTR(SIZE) | ATTR(STRIDE) | ATTR(OFFSET), .size = SIZES(3, 4), .stride = SIZES(0, 1), .offset = 4 } },
    { .op = OP_AS_STRIDED_BACKWARD, .in = { TENSOR(2, 2) }, .attrs = {
        .present = ATTR(SIZE) | ATTR(STRIDE) | ATTR(OFFSET) | ATTR(DIMS), .size = SIZES(2, 2), .stride = SIZES(1, 4),
        .offset = 5, .dims = SIZES(3, 4) } },
    { .op = OP_SQUEEZE_DIMS, .in = { TENSOR(1, 2, 1, 3, 1) }, DIMS(false, 0, 1, -1) },
    { .op = OP_REPEAT, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(REPEATS), .repeats = SIZES(2, 2) } },
    { .op = OP_REPEAT, .in = { TENSOR(1, 3) }, .attrs = { .present = ATTR(REPEATS), .repeats = SIZES(2, 3, 1) } },
    { .op = OP_FLIP, .in = { TENSOR(2, 3) }, DIMS(false, 0, -1) },
    { .op = OP_ROLL, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(SHIFTS), .shifts = SIZES(-2) } },
    { .op = OP_ROLL, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(SHIFTS) | ATTR(DIMS), .shifts = SIZES(1, -1), .dims = SIZES(0, 1) } },
    { .op = OP_DIAGONAL, .in = { TENSOR(3, 4) }, .attrs = { .present = DIAGONAL, .offset = 1, .dim1 = 1 } },
    { .op = OP_DIAGONAL, .in = { TENSOR(3, 2, 4) }, .attrs = { .present = DIAGONAL, .offset = -1, .dim0 = 0, .dim1 = -1 } },
    { .op = OP_DIAGONAL_COPY, .in = { TENSOR(3, 2) }, .attrs = { .present = DIAGONAL, .dim1 = 1 } },
    { .op = OP_DIAGONAL_BACKWARD, .in = { TENSOR(2) }, .attrs = { .present = DIAGONAL | ATTR(SIZE), .offset = -1, .dim1 = 1, .size = SIZES(3, 2) } },
    { .op = OP_DIAG_EMBED, .in = { TENSOR(2, 3) }, .attrs = { .present = DIAGONAL, .offset = 1, .dim0 = -2, .dim1 = -1 } },
    { .op = OP_TRACE, .in = { TENSOR(3, 4) } },
    { .op = OP_BADDBMM, .in = { TENSOR(2, 3), TENSOR(2, 2, 3), TENSOR(2, 3, 3) }, ALPHA(0.5) },
    { .op = OP_VDOT, .in = { TENSOR(3), TENSOR(3) } },
    { .op = OP_CROSS, .in = { TENSOR(2, 3), TENSOR(2, 3) }, DIM(1) },
    { .op = OP_CDIST, .in = { TENSOR(2, 3), POSITIVE(4, 3) } },
    { .op = OP_CDIST,
      .in = { TENSOR(2, 3), POSITIVE(4, 3) },
      .attrs = { .present = ATTR(ORD), .ord = { .kind = NUMBER_INTEGER, .integer = 1 } } },
    { .op = OP_CDIST,
      .in = { TENSOR(2, 3), POSITIVE(4, 3) },
      .attrs = { .present = ATTR(ORD), .ord = { .kind = NUMBER_INTEGER, .integer = 3 } } },
    { .op = OP_COPYSIGN_SCALAR, .in = { TENSOR(2, 3), REAL(-1) } },
    { .op = OP_MODE, .in = { TENSOR(2, 3) }, DIM(1) },
    { .op = OP_SCATTER_REDUCE,
      .in = { TENSOR(4, 3), ROWS(2, 3), TENSOR(2, 3) },
      .attrs = { .present = ATTR(DIM) | ATTR(REDUCTION) } },
    { .op = OP_SCATTER_REDUCE,
      .in = { TENSOR(4, 3), ROWS(2, 3), TENSOR(2, 3) },
      .attrs = { .present = ATTR(DIM) | ATTR(REDUCTION) | ATTR(ACCUMULATE), .reduction = 2 } },
    { .op = OP_SCATTER_REDUCE,
      .in = { TENSOR(4, 3), ROWS(2, 3), TENSOR(2, 3) },
      .attrs = { .present = ATTR(DIM) | ATTR(REDUCTION), .reduction = 3 } },
    { .op = OP_REFLECTION_PAD1D,
      .in = { TENSOR(2, 3) },
      .attrs = { .present = ATTR(PAD), .pad = { 2, { 2, 1 } } } },
    { .op = OP_REFLECTION_PAD2D,
      .in = { TENSOR(1, 3, 3) },
      .attrs = { .present = ATTR(PAD), .pad = { 4, { 2, 1, 1, 1 } } } },
    { .op = OP_REPLICATION_PAD1D,
      .in = { TENSOR(2, 3) },
      .attrs = { .present = ATTR(PAD), .pad = { 2, { 2, 1 } } } },
    { .op = OP_REPLICATION_PAD2D,
      .in = { TENSOR(1, 3, 3) },
      .attrs = { .present = ATTR(PAD), .pad = { 4, { 2, 1, 0, 1 } } } },
    { .op = OP_UNSQUEEZE_IN_PLACE, .in = { TENSOR(2, 3) }, DIM(1), .in_place = true },
    { .op = OP_SQUEEZE_IN_PLACE, .in = { TENSOR(1, 3) }, .in_place = true },
    { .op = OP_SQUEEZE_DIM_IN_PLACE, .in = { TENSOR(1, 3) }, DIM(0), .in_place = true },
    { .op = OP_SQUEEZE_DIMS_IN_PLACE,
      .in = { TENSOR(1, 3) },
      .attrs = { .present = ATTR(DIMS), .dims = { 1, { 0 } } },
      .in_place = true },
    { .op = OP_T_IN_PLACE, .in = { TENSOR(2, 3) }, .in_place = true },
    { .op = OP_TRANSPOSE_IN_PLACE,
      .in = { TENSOR(2, 3) },
      .attrs = { .present = ATTR(DIM0) | ATTR(DIM1), .dim1 = 1 },
      .in_place = true },
    { .op = OP_INV, .in = { TENSOR(2, 2, 2) } },
    { .op = OP_DET, .in = { TENSOR(2, 2) } },
    { .op = OP_DET, .in = { TENSOR(2, 2, 2) } },
    { .op = OP_SLOGDET, .in = { TENSOR(2, 2, 2) }, .out_count = 2 },
    { .op = OP_SOLVE, .in = { TENSOR(2, 2), TENSOR(2, 3) } },
    { .op = OP_SOLVE, .in = { TENSOR(2, 2, 2), TENSOR(2, 2) } },
    { .op = OP_SOLVE, .in = { TENSOR(2, 2), TENSOR(2, 3, 2) }, .attrs = { .present = ATTR(LEFT) } },
    { .op = OP_TRIL, .in = { TENSOR(2, 3, 3) }, .attrs = { .present = ATTR(DIAGONAL), .diagonal = -1 } },
    { .op = OP_TRIU, .in = { TENSOR(3, 4) }, .attrs = { .present = ATTR(DIAGONAL), .diagonal = 1 } },
    { .op = OP_INDEX, .in = { TENSOR(4, 3), ROWS(5) } },
    { .op = OP_INDEX, .in = { TENSOR(4, 4), ROWS(3, 1), ROWS(2) } },
    { .op = OP_INDEX, .in = { TENSOR(2, 3), CONDITION(2, 3) } },
    { .op = OP_INDEX_BACKWARD, .in = { TENSOR(5, 3), ROWS(5) }, SIZE(4, 3) },
    { .op = OP_INDEX_PUT, .in = { TENSOR(2, 4, 3), TENSOR(3), CONDITION(2, 4) } },
    { .op = OP_INDEX_PUT, .in = { TENSOR(4, 3), TENSOR(1, 3), ROWS(2) }, .in_place = true },
    { .op = OP_INDEX_PUT, .in = { TENSOR(4, 3), TENSOR(5, 3), ROWS(5) },
      .attrs = { .present = ATTR(ACCUMULATE), .accumulate = true } },
    { .op = OP_INDEX_SELECT, .in = { TENSOR(4, 3), ROWS(5) }, DIM(0) },
    { .op = OP_INDEX_SELECT, .in = { TENSOR(2, 4, 2), ROWS(3) }, DIM(-2) },
    { .op = OP_INDEX_ADD, .in = { TENSOR(4, 2), ROWS(5), TENSOR(5, 2) }, .attrs = {
        .present = ATTR(DIM) | ATTR(ALPHA), .alpha = { .kind = NUMBER_REAL, .real = 2.5 } } },
    { .op = OP_INDEX_COPY, .in = { TENSOR(2, 4), ROWS(2), TENSOR(2, 2) }, DIM(1) },
    { .op = OP_INDEX_FILL, .in = { TENSOR(4, 2), ROWS(5), REAL(1.5) }, DIM(0) },
    { .op = OP_GATHER, .in = { TENSOR(4, 3), ROWS(5, 2) }, DIM(0) },
    { .op = OP_GATHER, .in = { SCALAR, ROWS_SCALAR }, DIM(0) },
    { .op = OP_SCATTER, .in = { TENSOR(2, 4), ROWS(2, 2), TENSOR(2, 2) }, DIM(1) },
    { .op = OP_SCATTER_VALUE, .in = { TENSOR(4, 3), ROWS(2, 3), REAL(1.5) }, DIM(0) },
    { .op = OP_SCATTER_ADD, .in = { TENSOR(4, 3), ROWS(5, 2), TENSOR(5, 2) }, DIM(0) },
    { .op = OP_MASKED_FILL, .in = { TENSOR(2, 3), CONDITION(3), REAL(1.5) } },
    { .op = OP_MASKED_FILL, .in = { TENSOR(2, 3), CONDITION(2, 3), WHOLE(2) }, .in_place = true },
    { .op = OP_MASKED_FILL_TENSOR, .in = { TENSOR(2, 3), CONDITION(2, 3), SCALAR } },
    { .op = OP_MASKED_SELECT, .in = { TENSOR(3), CONDITION(2, 3) } },
    { .op = OP_TAKE, .in = { TENSOR(2, 3), ROWS(2, 2) } },
    { .op = OP_MASKED_SCATTER, .in = { TENSOR(2, 3), CONDITION(2, 3), TENSOR(3, 2) } },
    { .op = OP_FILL_DIAGONAL, .in = { TENSOR(3, 2), REAL(1.5) } },
    { .op = OP_EMBEDDING, .in = { TENSOR(4, 3), ROWS(2, 3) } },
    { .op = OP_EMBEDDING, .in = { TENSOR(4, 3), ROWS(5) } }, /* (a padding row's gradient is no slope) */
    { .op = OP_EMBEDDING_BACKWARD, .in = { TENSOR(5, 3), ROWS(5) }, SIZE(4, 3) },
    { .op = OP_EMBEDDING_BACKWARD, .in = { TENSOR(5, 3), ROWS(5) }, .attrs = {
        .present = ATTR(SIZE) | ATTR(PADDING_IDX), .size = SIZES(4, 3), .padding_idx = 1 } },
    { .op = OP_CAT, .in = { TENSOR(2, 3), TENSOR(1, 3), TENSOR(2, 3) }, DIM(0) },
    { .op = OP_CAT, .in = { TENSOR(0), TENSOR(2, 3), TENSOR(2, 1) }, DIM(-1) },
    { .op = OP_STACK, .in = { TENSOR(2, 3), TENSOR(2, 3) }, DIM(1) },
    { .op = OP_STACK, .in = { SCALAR, SCALAR, SCALAR }, DIM(0) },
    { .op = OP_SPLIT, .in = { TENSOR(5, 2) }, .out_count = 3,
      .attrs = { .present = ATTR(DIM) | ATTR(SPLIT_SIZE), .dim = 0, .split_size = 2 } },
    { .op = OP_UNSAFE_SPLIT, .in = { TENSOR(5, 2) }, .out_count = 3,
      .attrs = { .present = ATTR(DIM) | ATTR(SPLIT_SIZE), .dim = 0, .split_size = 2 } },
    { .op = OP_SPLIT_WITH_SIZES, .in = { TENSOR(2, 3) }, .out_count = 2,
      .attrs = { .present = ATTR(DIM), .dim = 1, .lengths = (const int64_t[]){ 1, 2 } } },
    { .op = OP_UNBIND, .in = { TENSOR(2, 3) }, DIM(1), .out_count = 3 },
    { .op = OP_CONVOLUTION, .in = { TENSOR(2, 2, 5), TENSOR(3, 2, 3) } },
    { .op = OP_CONVOLUTION, .in = { TENSOR(1, 2, 4, 5), TENSOR(2, 2, 3, 2), TENSOR(2) }, .attrs = {
        .present = ATTR(STRIDE) | ATTR(PADDING), .stride = SIZES(2, 1), .padding = SIZES(1, 0) } },
    { .op = OP_CONVOLUTION, .in = { TENSOR(2, 2, 6), TENSOR(4, 1, 2), TENSOR(4) }, .attrs = {
        .present = ATTR(GROUPS) | ATTR(DILATION), .groups = 2, .dilation = SIZES(2) } },
    { .op = OP_CONVOLUTION, .in = { TENSOR(2, 3, 4), TENSOR(2, 3, 1) } },
    { .op = OP_CONVOLUTION, .in = { TENSOR(1, 2, 3), TENSOR(2, 3, 2), TENSOR(3) }, .attrs = {
        .present = ATTR(STRIDE) | ATTR(OUTPUT_PADDING) | ATTR(TRANSPOSED), .stride = SIZES(2),
        .output_padding = SIZES(1), .transposed = true } },
    { .op = OP_CONVOLUTION, .in = { TENSOR(2, 2, 2, 3), TENSOR(2, 1, 2, 2) }, .attrs = {
        .present = ATTR(GROUPS) | ATTR(PADDING) | ATTR(TRANSPOSED), .groups = 2, .padding = SIZES(1, 0),
        .transposed = true } },
    { .op = OP_CONVOLUTION_WEIGHT, .in = { TENSOR(2, 2, 6), TENSOR(2, 3, 3) }, .attrs = {
        .present = ATTR(STRIDE) | ATTR(PADDING) | ATTR(SIZE), .stride = SIZES(2), .padding = SIZES(1),
        .size = SIZES(3, 2, 3) } },
    { .op = OP_MAX_POOL2D, .in = { TENSOR(1, 2, 4, 5) }, .attrs = {
        .present = ATTR(KERNEL_SIZE), .kernel_size = SIZES(2) } },
    { .op = OP_MAX_POOL2D, .in = { TENSOR(2, 4, 5) }, .attrs = {
        .present = ATTR(KERNEL_SIZE) | ATTR(STRIDE) | ATTR(PADDING) | ATTR(CEIL_MODE), .kernel_size = SIZES(3, 2),
        .stride = SIZES(2, 2), .padding = SIZES(1, 0), .ceil_mode = true } },
    { .op = OP_MAX_POOL2D, .in = { TENSOR(1, 5, 6) }, .attrs = {
        .present = ATTR(KERNEL_SIZE) | ATTR(STRIDE) | ATTR(DILATION), .kernel_size = SIZES(2),
        .stride = SIZES(1), .dilation = SIZES(2) } },
    { .op = OP_MAX_POOL2D_BACKWARD, .in = { TENSOR(2, 1, 3), ROWS(2, 1, 3) }, SIZE(2, 2, 2) },
    { .op = OP_MAX_POOL2D_PICK, .in = { TENSOR(2, 2, 3), ROWS(2, 1, 4) }, SIZE(2, 1, 4) },
    { .op = OP_AVG_POOL2D, .in = { TENSOR(1, 2, 4, 5) }, .attrs = {
        .present = ATTR(KERNEL_SIZE), .kernel_size = SIZES(2, 3) } },
    { .op = OP_AVG_POOL2D, .in = { TENSOR(2, 5, 4) }, .attrs = {
        .present = ATTR(KERNEL_SIZE) | ATTR(STRIDE) | ATTR(PADDING) | ATTR(CEIL_MODE) | ATTR(COUNT_INCLUDE_PAD),
        .kernel_size = SIZES(3), .stride = SIZES(2), .padding = SIZES(1), .ceil_mode = true } },
    { .op = OP_AVG_POOL2D, .in = { TENSOR(2, 5, 4) }, .attrs = {
        .present = ATTR(KERNEL_SIZE) | ATTR(STRIDE) | ATTR(DIVISOR_OVERRIDE),
        .kernel_size = SIZES(2), .stride = SIZES(1), .divisor_override = 3 } },
    { .op = OP_AVG_POOL2D_BACKWARD, .in = { TENSOR(1, 2, 2) }, .attrs = {
        .present = ATTR(KERNEL_SIZE) | ATTR(STRIDE) | ATTR(PADDING) | ATTR(SIZE), .kernel_size = SIZES(3),
        .stride = SIZES(2), .padding = SIZES(1), .size = SIZES(1, 4, 4) } },
    { .op = OP_BATCH_NORM, .in = { TENSOR(4, 3), TENSOR(3), TENSOR(3) }, .attrs = {
        .present = ATTR(TRAINING) | ATTR(MOMENTUM) | ATTR(EPS), .training = true, .momentum = TENTH, .eps = TENTH } },
    { .op = OP_BATCH_NORM, .in = { TENSOR(2, 2, 3), TENSOR(2), TENSOR(2), TENSOR(2), POSITIVE(2) }, .attrs = {
        .present = ATTR(TRAINING) | ATTR(MOMENTUM) | ATTR(EPS), .training = true, .momentum = TENTH, .eps = TENTH } },
    { .op = OP_BATCH_NORM, .in = { TENSOR(2, 2, 3), TENSOR(2), TENSOR(2), TENSOR(2), POSITIVE(2) }, .attrs = {
        .present = ATTR(MOMENTUM) | ATTR(EPS), .momentum = TENTH, .eps = TENTH } },
    { .op = OP_LAYER_NORM, .in = { TENSOR(2, 3, 2), TENSOR(3, 2), TENSOR(3, 2) }, .attrs = {
        .present = ATTR(NORMALIZED_SHAPE) | ATTR(EPS), .normalized_shape = SIZES(3, 2), .eps = TENTH } },
    { .op = OP_LAYER_NORM, .in = { TENSOR(2, 4) }, .attrs = {
        .present = ATTR(NORMALIZED_SHAPE) | ATTR(EPS), .normalized_shape = SIZES(4), .eps = TENTH } },
    { .op = OP_GROUP_NORM, .in = { TENSOR(2, 4, 3), TENSOR(4), TENSOR(4) }, .attrs = {
        .present = ATTR(GROUPS) | ATTR(EPS), .groups = 2, .eps = TENTH } },
    { .op = OP_ATTENTION, .in = { TENSOR(1, 2, 3, 2), TENSOR(1, 2, 4, 2), TENSOR(1, 2, 4, 3) } },
    { .op = OP_ATTENTION, .in = { TENSOR(2, 1, 2, 2), TENSOR(2, 1, 3, 2), TENSOR(2, 1, 3, 2), TENSOR(2, 3) },
      .attrs = { .present = ATTR(SCALE) | ATTR(IS_CAUSAL), .scale = TENTH, .training = true } },
    { .op = OP_ADAPTIVE_AVG_POOL2D, .in = { TENSOR(2, 5, 4) }, SIZE(2, 3) },
    { .op = OP_ADAPTIVE_AVG_POOL2D_BACKWARD, .in = { TENSOR(1, 2, 3) }, SIZE(1, 5, 4) },
    { .op = OP_ADAPTIVE_MAX_POOL2D, .in = { TENSOR(1, 2, 5, 4) }, SIZE(3, 2) },
    { .op = OP_UPSAMPLE_NEAREST1D, .in = { TENSOR(2, 1, 3) }, SIZE(5) },
    { .op = OP_UPSAMPLE_NEAREST2D, .in = { TENSOR(1, 2, 2, 3) }, SIZE(4, 5) },
    { .op = OP_UPSAMPLE_NEAREST_BACKWARD, .in = { TENSOR(1, 2, 4, 5) }, SIZE(1, 2, 2, 3) },
    { .op = OP_UPSAMPLE_LINEAR1D, .in = { TENSOR(2, 1, 3) }, SIZE(5) },
    { .op = OP_UPSAMPLE_BILINEAR2D, .in = { TENSOR(1, 2, 2, 3) }, .attrs = {
        .present = ATTR(SIZE) | ATTR(CEIL_MODE), .size = SIZES(4, 5), .ceil_mode = true } },
    { .op = OP_UPSAMPLE_LINEAR_BACKWARD, .in = { TENSOR(1, 2, 4, 5) }, SIZE(1, 2, 2, 3) },
    { .op = OP_UPSAMPLE_BILINEAR2D_AA, .in = { TENSOR(1, 2, 5, 3) }, SIZE(2, 4) },
    { .op = OP_UPSAMPLE_AA_BACKWARD, .in = { TENSOR(1, 1, 2, 4) }, SIZE(1, 1, 5, 3) },
    { .op = OP_IM2COL, .in = { TENSOR(2, 1, 3, 3) }, .attrs = {
        .present = ATTR(KERNEL_SIZE) | ATTR(PADDING) | ATTR(STRIDE), .kernel_size = SIZES(2, 2),
        .padding = SIZES(1, 0), .stride = SIZES(1, 2) } },
    { .op = OP_COL2IM, .in = { TENSOR(8, 8) }, .attrs = {
        .present = ATTR(KERNEL_SIZE) | ATTR(PADDING) | ATTR(STRIDE) | ATTR(SIZE), .kernel_size = SIZES(2, 2),
        .padding = SIZES(1, 0), .stride = SIZES(1, 2), .size = SIZES(3, 4) } },
    { .op = OP_PIXEL_SHUFFLE, .in = { TENSOR(2, 4, 2, 3) }, .attrs = { .present = ATTR(K), .k = 2 } },
    { .op = OP_PIXEL_UNSHUFFLE, .in = { TENSOR(2, 1, 4, 2) }, .attrs = { .present = ATTR(K), .k = 2 } },
    { .op = OP_TRILINEAR, .in = { TENSOR(4, 2), TENSOR(3, 2, 5), TENSOR(4, 5) } },
    { .op = OP_PAD, .in = { TENSOR(2, 3, 2) }, .attrs = {
        .present = ATTR(PAD) | ATTR(VALUE), .pad = SIZES(1, -1, 0, 2), .value = { .kind = NUMBER_REAL, .real = 0.5 } } },
    { .op = OP_PAD, .in = { TENSOR(3, 4) }, .attrs = { .present = ATTR(PAD), .pad = SIZES(-1, 0, 2, 1) } },
    { .op = OP_TO_COPY, .in = { TENSOR(2, 3) }, .attrs = { .present = ATTR(DTYPE), .dtype = DTYPE_FLOAT64 } },
    { .op = OP_COPY, .in = { TENSOR(2, 3), TENSOR(3) }, .in_place = true },
    { .op = OP_ZERO, .in = { TENSOR(2, 3) }, .in_place = true },
    { .op = OP_FILL, .in = { TENSOR(2, 3), REAL(1.5) }, .in_place = true },
    { .op = OP_COUNT },
};
/* clang-format on */

struct op_example op_example_default(enum op_id op)
{
    struct op_example example = { .op = op };
    for (int i = 0; i < EXAMPLE_OPERANDS && op_table[op]->derivatives[i]; i++) {
        example.in[i] = (struct example_operand)TENSOR(2, 3);
    }
    return example;
}
