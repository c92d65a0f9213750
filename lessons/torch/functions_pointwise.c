/* What is done to each element by itself: arithmetic, elementary functions, logic, comparisons. */
#include "lessons/torch/functions.h"

#include "engine/nn/nn.h"
#include "lessons/torch/tensor_slots.h"

/* The row's operation, or another, on these operands. */
static PyObject *apply_as(const struct call *call, enum op_id op, const struct operand *in,
                          int count, const struct op_attrs *attrs)
{
    struct op_use use = { .op = op, .in = in, .in_count = count, .in_place = call->row->in_place };
    if (attrs) {
        use.attrs = *attrs;
    }
    return function_apply(call, &use);
}

/* ---- one operand, two, three ----------------------------------------------------------------------- */

PyObject *function_unary(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    const struct operand in = operand_tensor(input);
    return input ? apply_as(call, call->row->op, &in, 1, NULL) : NULL;
}

static bool read_two(const struct call *call, struct operand *in)
{
    struct tensor *input = argument_tensor(call, 0);
    in[0] = operand_tensor(input);
    return input && argument_operand(call, 1, &in[1]);
}

static bool read_tensors(const struct call *call, int count, struct operand *in)
{
    for (int i = 0; i < count; i++) {
        struct tensor *tensor = argument_tensor(call, i);
        if (!tensor) {
            return false;
        }
        in[i] = operand_tensor(tensor);
    }
    return true;
}

/* The second operand may be a number. */
static PyObject *call_binary(struct call *call)
{
    struct operand in[2];
    return read_two(call, in) ? apply_as(call, call->row->op, in, 2, NULL) : NULL;
}

/* It may not. */
static PyObject *call_tensors(struct call *call)
{
    struct operand in[2];
    return read_tensors(call, 2, in) ? apply_as(call, call->row->op, in, 2, NULL) : NULL;
}

/* Either may be, but not both. */
static bool read_any(const struct call *call, struct operand *in)
{
    if (!argument_operand(call, 0, &in[0]) || !argument_operand(call, 1, &in[1])) {
        return false;
    }
    return in[0].kind == OPERAND_TENSOR || in[1].kind == OPERAND_TENSOR ||
           argument_refuse(call, 0, "Tensor");
}

/* Operations that have a row for a number as second operand and another for two tensors. */
static PyObject *call_either(struct call *call)
{
    struct operand in[2];
    return read_any(call, in) ? apply_as(call, tensor_row(call->row->op, in), in, 2, NULL) : NULL;
}

/* add and sub: the second operand times alpha. */
static PyObject *call_scaled(struct call *call)
{
    struct operand in[2];
    struct op_attrs attrs = { .present = argument_given(call, 2) ? ATTR(ALPHA) : 0 };
    if (!read_two(call, in) || !argument_number(call, 2, &attrs.alpha)) {
        return NULL;
    }
    return apply_as(call, call->row->op, in, 2, &attrs);
}

static PyObject *call_div(struct call *call)
{
    struct operand in[2];
    if (!read_two(call, in)) {
        return NULL;
    }
    if (!argument_given(call, 2)) {
        return apply_as(call, OP_DIV, in, 2, NULL);
    }
    PyObject *mode = call->arguments[2];
    const bool is_text = PyUnicode_Check(mode);
    if (is_text && PyUnicode_CompareWithASCIIString(mode, "floor") == 0) {
        return apply_as(call, OP_DIV_FLOOR, in, 2, NULL);
    }
    if (is_text && PyUnicode_CompareWithASCIIString(mode, "trunc") == 0) {
        return apply_as(call, OP_DIV_TRUNC, in, 2, NULL);
    }
    if (is_text) {
        return PyErr_Format(PyExc_RuntimeError,
                            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but "
                            "found '%U'",
                            mode);
    }
    argument_refuse(call, 2, "str");
    return NULL;
}

static PyObject *call_square(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    const struct operand in[] = { operand_tensor(input), operand_number(number_integer(2)) };
    return input ? apply_as(call, OP_POW, in, 2, NULL) : NULL;
}

static PyObject *call_positive(struct call *call)
{
    return argument_tensor(call, 0) ? Py_NewRef(call->arguments[0]) : NULL;
}

/* (input, tensor1, tensor2, *, value) */
static PyObject *call_with_value(struct call *call)
{
    struct operand in[3];
    struct op_attrs attrs = { .present = argument_given(call, 3) ? ATTR(VALUE) : 0 };
    if (!read_tensors(call, 3, in) || !argument_number(call, 3, &attrs.value)) {
        return NULL;
    }
    return apply_as(call, call->row->op, in, 3, &attrs);
}

static PyObject *call_lerp(struct call *call)
{
    struct operand in[3];
    struct op_attrs attrs = { .present = ATTR(WEIGHT) };
    if (!read_tensors(call, 2, in) || !argument_operand(call, 2, &in[2])) {
        return NULL;
    }
    if (in[2].kind == OPERAND_TENSOR) {
        return apply_as(call, OP_LERP_TENSOR, in, 3, NULL);
    }
    attrs.weight = in[2].number;
    return apply_as(call, OP_LERP, in, 2, &attrs);
}

/* ---- bounds ------------------------------------------------------------------------------------------ */

/* The operation that clamps between bounds of which one is a tensor; either may be missing. */
static PyObject *clamp_by_tensors(const struct call *call, struct operand a, struct operand low,
                                  struct operand high)
{
    const struct operand both[] = { a, low, high }, one[] = { a, high };
    if (high.kind == OPERAND_NONE) {
        return apply_as(call, OP_CLAMP_LOW, both, 2, NULL);
    }
    return low.kind == OPERAND_NONE ? apply_as(call, OP_CLAMP_HIGH, one, 2, NULL)
                                    : apply_as(call, OP_CLAMP_BOTH, both, 3, NULL);
}

static bool read_bound(const struct call *call, int i, struct operand *out)
{
    *out = (struct operand){ .kind = OPERAND_NONE };
    return !argument_given(call, i) || argument_operand(call, i, out);
}

/* (input, min, max), either left out. */
static PyObject *call_clamp(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct operand low, high;
    if (!input || !read_bound(call, 1, &low) || !read_bound(call, 2, &high)) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    if (low.kind == OPERAND_TENSOR || high.kind == OPERAND_TENSOR) {
        return clamp_by_tensors(call, in, low, high);
    }
    struct op_attrs attrs = { .min = low.number, .max = high.number };
    attrs.present |= low.kind == OPERAND_NONE ? 0 : ATTR(MIN);
    attrs.present |= high.kind == OPERAND_NONE ? 0 : ATTR(MAX);
    return apply_as(call, OP_CLAMP, &in, 1, &attrs);
}

/* clamp_min(input, min), clamp_max(input, max) */
static PyObject *call_clamp_one(struct call *call)
{
    const bool low = call->row->op == OP_CLAMP_MIN;
    struct operand in[2];
    struct op_attrs attrs = { .present = low ? ATTR(MIN) : ATTR(MAX) };
    if (!read_two(call, in)) {
        return NULL;
    }
    if (in[1].kind == OPERAND_TENSOR) {
        return apply_as(call, low ? OP_CLAMP_LOW : OP_CLAMP_HIGH, in, 2, NULL);
    }
    *(low ? &attrs.min : &attrs.max) = in[1].number;
    return apply_as(call, call->row->op, in, 1, &attrs);
}

static PyObject *call_round(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(DECIMALS) };
    if (!input || !argument_integer(call, 1, &attrs.decimals)) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    return attrs.decimals == 0 ? apply_as(call, OP_ROUND, &in, 1, NULL)
                               : apply_as(call, OP_ROUND_DECIMALS, &in, 1, &attrs);
}

static PyObject *call_logit(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = argument_given(call, 1) ? ATTR(EPS) : 0 };
    if (!input || !argument_number(call, 1, &attrs.eps)) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    return apply_as(call, OP_LOGIT, &in, 1, &attrs);
}

/* (input, nan, posinf, neginf) */
static PyObject *call_nan_to_num(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input || !argument_number(call, 1, &attrs.value) ||
        !argument_number(call, 2, &attrs.max) || !argument_number(call, 3, &attrs.min)) {
        return NULL;
    }
    attrs.present |= argument_given(call, 1) ? ATTR(VALUE) : 0;
    attrs.present |= argument_given(call, 2) ? ATTR(MAX) : 0;
    attrs.present |= argument_given(call, 3) ? ATTR(MIN) : 0;
    const struct operand in = operand_tensor(input);
    return apply_as(call, OP_NAN_TO_NUM, &in, 1, &attrs);
}

/* ---- nearness ------------------------------------------------------------------------------------------ */

/* (input, other, rtol, atol, equal_nan) */
static bool read_near(const struct call *call, struct operand *in, struct op_attrs *attrs)
{
    attrs->present = ATTR(EQUAL_NAN);
    attrs->present |= argument_given(call, 2) ? ATTR(RTOL) : 0;
    attrs->present |= argument_given(call, 3) ? ATTR(ATOL) : 0;
    return read_tensors(call, 2, in) && argument_number(call, 2, &attrs->rtol) &&
           argument_number(call, 3, &attrs->atol) && argument_bool(call, 4, &attrs->equal_nan);
}

static PyObject *call_isclose(struct call *call)
{
    struct operand in[2];
    struct op_attrs attrs = { 0 };
    return read_near(call, in, &attrs) ? apply_as(call, OP_ISCLOSE, in, 2, &attrs) : NULL;
}

/* Whether it holds for all elements, as a Python bool. */
static PyObject *truth_of(const struct call *call, const struct op_use *use)
{
    struct error err;
    bool all;
    return nn_holds(call->face->engine, use, &all, &err) ? PyBool_FromLong(all) : torch_raise(&err);
}

static PyObject *call_allclose(struct call *call)
{
    struct operand in[2];
    struct op_attrs attrs = { 0 };
    if (!read_near(call, in, &attrs)) {
        return NULL;
    }
    const struct op_use use = { .op = OP_ISCLOSE, .in = in, .in_count = 2, .attrs = attrs };
    return truth_of(call, &use);
}

/* Same shape, same elements. */
static PyObject *call_equal(struct call *call)
{
    struct operand in[2];
    if (!read_tensors(call, 2, in)) {
        return NULL;
    }
    if (!shape_equal(&in[0].tensor->shape, &in[1].tensor->shape)) {
        Py_RETURN_FALSE;
    }
    const struct op_use use = { .op = OP_EQ, .in = in, .in_count = 2 };
    return truth_of(call, &use);
}

/* ---- the table ----------------------------------------------------------------------------------------- */

enum {
    BOTH = PLACE_METHOD | PLACE_TORCH,
    /* and the same with an underscore, in place */
    ALSO_IN_PLACE = BOTH | PLACE_IN_PLACE,
    EVERYWHERE = ALSO_IN_PLACE | PLACE_FUNCTIONAL
};

#define PLAIN(where) .takes_out = true, .places = where
#define UNARY(name, id)                                                          \
    {                                                                            \
        name, { "input" }, .required = 1, .call = function_unary, .op = OP_##id, \
                           PLAIN(ALSO_IN_PLACE)                                  \
    }
/* The result is of truth values, or is it already. */
#define TEST(name, id)                                                                       \
    {                                                                                        \
        name, { "input" }, .required = 1, .call = function_unary, .op = OP_##id, PLAIN(BOTH) \
    }
#define TWO(name, id, by, second, where)                                                  \
    {                                                                                     \
        name, { "input", second }, .required = 2, .call = by, .op = OP_##id, PLAIN(where) \
    }
#define BINARY(name, id) TWO(name, id, call_binary, "other", ALSO_IN_PLACE)
#define TENSORS(name, id) TWO(name, id, call_tensors, "other", ALSO_IN_PLACE)
#define EITHER(name, id) TWO(name, id, call_either, "other", ALSO_IN_PLACE)
#define COMPARE(name, id) TWO(name, id, call_binary, "other", BOTH)
#define LOGICAL(name, id) TWO(name, id, call_tensors, "other", BOTH)
#define SCALED(name, id)                                                         \
    {                                                                            \
        name, { "input", "other", "alpha" }, .required = 2, .keyword_only = 2,   \
                                             .call = call_scaled, .op = OP_##id, \
                                             PLAIN(ALSO_IN_PLACE)                \
    }
#define DIVIDE(name)                                                                               \
    {                                                                                              \
        name, { "input", "other", "rounding_mode" },                                               \
            .required = 2, .keyword_only = 2, .call = call_div, .op = OP_DIV, PLAIN(ALSO_IN_PLACE) \
    }
#define CLAMP(name)                                                                         \
    {                                                                                       \
        name, { "input", "min", "max" }, .required = 1, .call = call_clamp, .op = OP_CLAMP, \
                                         PLAIN(ALSO_IN_PLACE)                               \
    }
#define WITH_VALUE(name, id)                                                                      \
    {                                                                                             \
        name, { "input", "tensor1", "tensor2", "value" }, .required = 3, .keyword_only = 3,       \
                                                          .call = call_with_value, .op = OP_##id, \
                                                          PLAIN(ALSO_IN_PLACE)                    \
    }

/* clang-format off */
const struct function_row pointwise_rows[] = {
    SCALED("add", ADD),
    SCALED("sub", SUB),
    SCALED("subtract", SUB),
    BINARY("mul", MUL),
    BINARY("multiply", MUL),
    DIVIDE("div"),
    DIVIDE("divide"),
    BINARY("true_divide", DIV),
    EITHER("floor_divide", FLOOR_DIVIDE),
    EITHER("remainder", REMAINDER),
    EITHER("fmod", FMOD),
    TWO("pow", POW, call_either, "exponent", ALSO_IN_PLACE),
    { "square", { "input" }, .required = 1, .call = call_square, .op = OP_POW, PLAIN(ALSO_IN_PLACE) },
    WITH_VALUE("addcmul", ADDCMUL),
    WITH_VALUE("addcdiv", ADDCDIV),
    { "lerp", { "input", "end", "weight" }, .required = 3, .call = call_lerp, .op = OP_LERP,
      PLAIN(ALSO_IN_PLACE) },

    UNARY("neg", NEG),
    UNARY("negative", NEG),
    { "positive", { "input" }, .required = 1, .call = call_positive, .places = BOTH },
    UNARY("reciprocal", RECIPROCAL),
    UNARY("abs", ABS),
    UNARY("absolute", ABS),
    UNARY("sign", SIGN),
    UNARY("sgn", SGN),
    UNARY("exp", EXP),
    UNARY("exp2", EXP2),
    UNARY("expm1", EXPM1),
    UNARY("log", LOG),
    UNARY("log2", LOG2),
    UNARY("log10", LOG10),
    UNARY("log1p", LOG1P),
    UNARY("sqrt", SQRT),
    UNARY("rsqrt", RSQRT),
    UNARY("erf", ERF),
    UNARY("erfc", ERFC),
    { "logit", { "input", "eps" }, .required = 1, .call = call_logit, .op = OP_LOGIT,
      PLAIN(ALSO_IN_PLACE) },
    TWO("logaddexp", LOGADDEXP, call_tensors, "other", BOTH),
    TWO("xlogy", XLOGY, call_tensors, "other", ALSO_IN_PLACE),
    UNARY("sin", SIN),
    UNARY("cos", COS),
    UNARY("tan", TAN),
    UNARY("asin", ASIN),
    UNARY("arcsin", ASIN),
    UNARY("acos", ACOS),
    UNARY("arccos", ACOS),
    UNARY("atan", ATAN),
    UNARY("arctan", ATAN),
    TENSORS("atan2", ATAN2),
    TENSORS("arctan2", ATAN2),
    UNARY("sinh", SINH),
    UNARY("cosh", COSH),
    UNARY("asinh", ASINH),
    UNARY("arcsinh", ASINH),
    UNARY("acosh", ACOSH),
    UNARY("arccosh", ACOSH),
    UNARY("atanh", ATANH),
    UNARY("arctanh", ATANH),
    UNARY("sinc", SINC),
    UNARY("deg2rad", DEG2RAD),
    UNARY("rad2deg", RAD2DEG),
    TENSORS("hypot", HYPOT),
    { "sigmoid", { "input" }, .required = 1, .call = function_unary, .op = OP_SIGMOID,
      PLAIN(EVERYWHERE) },
    { "tanh", { "input" }, .required = 1, .call = function_unary, .op = OP_TANH, PLAIN(EVERYWHERE) },
    UNARY("relu", RELU),

    UNARY("floor", FLOOR),
    UNARY("ceil", CEIL),
    UNARY("trunc", TRUNC),
    UNARY("fix", TRUNC),
    UNARY("frac", FRAC),
    { "round", { "input", "decimals" }, .required = 1, .keyword_only = 1, .call = call_round,
      .op = OP_ROUND, PLAIN(ALSO_IN_PLACE) },
    CLAMP("clamp"),
    CLAMP("clip"),
    TWO("clamp_min", CLAMP_MIN, call_clamp_one, "min", ALSO_IN_PLACE),
    TWO("clamp_max", CLAMP_MAX, call_clamp_one, "max", ALSO_IN_PLACE),
    { "nan_to_num", { "input", "nan", "posinf", "neginf" }, .required = 1, .call = call_nan_to_num,
      .op = OP_NAN_TO_NUM, PLAIN(ALSO_IN_PLACE) },
    TWO("heaviside", HEAVISIDE, call_tensors, "values", ALSO_IN_PLACE),
    TWO("maximum", MAXIMUM, call_tensors, "other", BOTH),
    TWO("minimum", MINIMUM, call_tensors, "other", BOTH),
    TWO("fmax", FMAX, call_tensors, "other", BOTH),
    TWO("fmin", FMIN, call_tensors, "other", BOTH),

    BINARY("bitwise_and", BITWISE_AND),
    BINARY("bitwise_or", BITWISE_OR),
    BINARY("bitwise_xor", BITWISE_XOR),
    BINARY("bitwise_left_shift", SHIFT_LEFT),
    BINARY("bitwise_right_shift", SHIFT_RIGHT),
    UNARY("bitwise_not", BITWISE_NOT),
    LOGICAL("logical_and", LOGICAL_AND),
    LOGICAL("logical_or", LOGICAL_OR),
    LOGICAL("logical_xor", LOGICAL_XOR),
    TEST("logical_not", LOGICAL_NOT),
    TEST("isnan", ISNAN),
    TEST("isinf", ISINF),
    TEST("isfinite", ISFINITE),
    TEST("isposinf", ISPOSINF),
    TEST("isneginf", ISNEGINF),
    { "isclose", { "input", "other", "rtol", "atol", "equal_nan" }, .required = 2,
      .call = call_isclose, .op = OP_ISCLOSE, .places = BOTH },
    { "allclose", { "input", "other", "rtol", "atol", "equal_nan" }, .required = 2,
      .call = call_allclose, .op = OP_ISCLOSE, .places = BOTH },
    { "equal", { "input", "other" }, .required = 2, .call = call_equal, .op = OP_EQ, .places = BOTH },

    COMPARE("eq", EQ),
    COMPARE("ne", NE),
    COMPARE("not_equal", NE),
    COMPARE("lt", LT),
    COMPARE("less", LT),
    COMPARE("le", LE),
    COMPARE("less_equal", LE),
    COMPARE("gt", GT),
    COMPARE("greater", GT),
    COMPARE("ge", GE),
    COMPARE("greater_equal", GE),
    { .name = NULL },
};
/* clang-format on */
