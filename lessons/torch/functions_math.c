/* Arithmetic, element-wise functions, comparisons, matrix products. */
#include "lessons/torch/functions.h"

#include "engine/nn/nn.h"
#include "lessons/torch/tensor_slots.h"

PyObject *function_apply(const struct call *call, const struct op_use *use)
{
    struct error err;
    return function_result(call, op_apply_one(call->face->engine, use, &err), &err);
}

/* ---- one operand, two operands ----------------------------------------------------------------- */

static PyObject *call_unary(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = {
        .op = call->row->op, .in = &in, .in_count = 1, .in_place = call->row->in_place
    };
    return function_apply(call, &use);
}

static bool read_two(const struct call *call, struct operand *in)
{
    struct tensor *input = argument_tensor(call, 0);
    in[0] = operand_tensor(input);
    return input && argument_operand(call, 1, &in[1]);
}

static PyObject *call_binary(struct call *call)
{
    struct operand in[2];
    if (!read_two(call, in)) {
        return NULL;
    }
    const struct op_use use = {
        .op = call->row->op, .in = in, .in_count = 2, .in_place = call->row->in_place
    };
    return function_apply(call, &use);
}

/* add and sub: the second operand times alpha. */
static PyObject *call_scaled(struct call *call)
{
    struct operand in[2];
    if (!read_two(call, in)) {
        return NULL;
    }
    struct op_use use = {
        .op = call->row->op, .in = in, .in_count = 2, .in_place = call->row->in_place
    };
    if (argument_given(call, 2)) {
        use.attrs.present = ATTR(ALPHA);
        if (!argument_number(call, 2, &use.attrs.alpha)) {
            return NULL;
        }
    }
    return function_apply(call, &use);
}

static PyObject *call_div(struct call *call)
{
    if (argument_given(call, 2)) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "%s(rounding_mode=...) is not supported by Gradlight", call->row->name);
    }
    return call_binary(call);
}

static PyObject *call_pow(struct call *call)
{
    struct operand in[2];
    if (!argument_operand(call, 0, &in[0]) || !argument_operand(call, 1, &in[1])) {
        return NULL;
    }
    if (in[0].kind != OPERAND_TENSOR && in[1].kind != OPERAND_TENSOR) {
        argument_refuse(call, 0, "Tensor");
        return NULL;
    }
    return tensor_power(call->face, &in[0], &in[1]);
}

static PyObject *call_square(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    const struct operand in = operand_tensor(input), two = operand_number(number_integer(2));
    return tensor_power(call->face, &in, &two);
}

static PyObject *call_pow_in_place(struct call *call)
{
    struct operand in[2];
    if (!read_two(call, in)) {
        return NULL;
    }
    const struct op_use use = { .op = in[1].kind == OPERAND_TENSOR ? OP_POW_TENSOR : OP_POW,
                                .in = in,
                                .in_count = 2,
                                .in_place = true };
    return function_apply(call, &use);
}

/* clamp(min, max), either left out; numbers only. */
static PyObject *call_clamp(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    for (int i = 1; input && i <= 2; i++) {
        if (argument_given(call, i) && tensor_object_is(call->face, call->arguments[i])) {
            return PyErr_Format(PyExc_NotImplementedError,
                                "clamp with a tensor as bound is not supported by Gradlight");
        }
    }
    if (!input || !argument_number(call, 1, &attrs.min) || !argument_number(call, 2, &attrs.max)) {
        return NULL;
    }
    attrs.present |= argument_given(call, 1) ? ATTR(MIN) : 0;
    attrs.present |= argument_given(call, 2) ? ATTR(MAX) : 0;
    const struct operand in = operand_tensor(input);
    const struct op_use use = {
        .op = OP_CLAMP, .in = &in, .in_count = 1, .attrs = attrs, .in_place = call->row->in_place
    };
    return function_apply(call, &use);
}

/* where(condition, a, b) */
static PyObject *call_where(struct call *call)
{
    struct tensor *condition = argument_tensor(call, 0);
    struct operand in[3] = { operand_tensor(condition) };
    if (!condition || !argument_operand(call, 1, &in[1]) || !argument_operand(call, 2, &in[2])) {
        return NULL;
    }
    const struct op_use use = { .op = OP_WHERE, .in = in, .in_count = 3 };
    return function_apply(call, &use);
}

/* ---- softmax ----------------------------------------------------------------------------------- */

static PyObject *call_softmax(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(DIM),
                              .from_end = argument_from_end(call, 1, ATTR(DIM)) };
    if (!input || !argument_dim(call, 1, input->shape.dims, &attrs.dim)) {
        return NULL;
    }
    struct tensor *source = argument_converted(call, input, 2);
    if (!source) {
        return NULL;
    }
    const struct operand in = operand_tensor(source);
    const struct op_use use = { .op = call->row->op, .in = &in, .in_count = 1, .attrs = attrs };
    PyObject *result = function_apply(call, &use);
    tensor_unref(source);
    return result;
}

/* ---- matrix products --------------------------------------------------------------------------- */

static PyObject *call_matmul(struct call *call)
{
    struct tensor *a = argument_tensor(call, 0);
    struct tensor *b = a ? argument_tensor(call, 1) : NULL;
    struct error err;
    return b ? function_result(call, nn_matmul(call->face->engine, a, b, &err), &err) : NULL;
}

static PyObject *call_product(struct call *call)
{
    struct tensor *a = argument_tensor(call, 0);
    struct tensor *b = a ? argument_tensor(call, 1) : NULL;
    if (!b) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(a), operand_tensor(b) };
    const struct op_use use = { .op = call->row->op, .in = in, .in_count = 2 };
    return function_apply(call, &use);
}

static PyObject *call_addmm(struct call *call)
{
    struct operand in[3];
    for (int i = 0; i < 3; i++) {
        struct tensor *tensor = argument_tensor(call, i);
        if (!tensor) {
            return NULL;
        }
        in[i] = operand_tensor(tensor);
    }
    struct op_use use = { .op = OP_ADDMM, .in = in, .in_count = 3 };
    use.attrs.present |= argument_given(call, 3) ? ATTR(BETA) : 0;
    use.attrs.present |= argument_given(call, 4) ? ATTR(ALPHA) : 0;
    if (!argument_number(call, 3, &use.attrs.beta) || !argument_number(call, 4, &use.attrs.alpha)) {
        return NULL;
    }
    return function_apply(call, &use);
}

/* ---- the table --------------------------------------------------------------------------------- */

enum { BOTH = PLACE_METHOD | PLACE_TORCH, EVERYWHERE = BOTH | PLACE_FUNCTIONAL };

#define UNARY(id) { "input" }, .required = 1, .call = call_unary, .op = OP_##id
#define BINARY(id) { "input", "other" }, .required = 2, .call = call_binary, .op = OP_##id
#define SCALED(id)                                                                        \
    { "input", "other", "alpha" }, .required = 2, .keyword_only = 2, .call = call_scaled, \
                                   .op = OP_##id
#define PRODUCT(id) { "input", "mat2" }, .required = 2, .call = call_product, .op = OP_##id
#define SOFTMAX(id) { "input", "dim", "dtype" }, .required = 2, .call = call_softmax, .op = OP_##id
#define CLAMP { "input", "min", "max" }, .required = 1, .call = call_clamp, .op = OP_CLAMP
#define IN_PLACE .in_place = true, .places = PLACE_METHOD

const struct function_row math_rows[] = {
    { "add", SCALED(ADD), .places = BOTH },
    { "sub", SCALED(SUB), .places = BOTH },
    { "subtract", SCALED(SUB), .places = BOTH },
    { "mul", BINARY(MUL), .places = BOTH },
    { "multiply", BINARY(MUL), .places = BOTH },
    { "div",
      { "input", "other", "rounding_mode" },
      .required = 2,
      .keyword_only = 2,
      .call = call_div,
      .op = OP_DIV,
      .places = BOTH },
    { "divide", BINARY(DIV), .places = BOTH },
    { "true_divide", BINARY(DIV), .places = BOTH },
    { "add_", SCALED(ADD), IN_PLACE },
    { "sub_", SCALED(SUB), IN_PLACE },
    { "mul_", BINARY(MUL), IN_PLACE },
    { "div_", BINARY(DIV), IN_PLACE },
    { "pow",
      { "input", "exponent" },
      .required = 2,
      .call = call_pow,
      .op = OP_POW,
      .places = BOTH },
    { "pow_",
      { "input", "exponent" },
      .required = 2,
      .call = call_pow_in_place,
      .op = OP_POW,
      IN_PLACE },
    { "square", { "input" }, .required = 1, .call = call_square, .op = OP_POW, .places = BOTH },

    { "neg", UNARY(NEG), .places = BOTH },
    { "negative", UNARY(NEG), .places = BOTH },
    { "reciprocal", UNARY(RECIPROCAL), .places = BOTH },
    { "exp", UNARY(EXP), .places = BOTH },
    { "log", UNARY(LOG), .places = BOTH },
    { "sqrt", UNARY(SQRT), .places = BOTH },
    { "sin", UNARY(SIN), .places = BOTH },
    { "cos", UNARY(COS), .places = BOTH },
    { "abs", UNARY(ABS), .places = BOTH },
    { "absolute", UNARY(ABS), .places = BOTH },
    { "sign", UNARY(SIGN), .places = BOTH },
    { "clamp", CLAMP, .places = BOTH },
    { "clip", CLAMP, .places = BOTH },
    { "clamp_", CLAMP, IN_PLACE },
    { "where",
      { "condition", "input", "other" },
      .required = 3,
      .call = call_where,
      .op = OP_WHERE,
      .places = PLACE_TORCH },
    { "sigmoid", UNARY(SIGMOID), .places = EVERYWHERE },
    { "tanh", UNARY(TANH), .places = EVERYWHERE },
    { "relu", UNARY(RELU), .places = BOTH },
    { "neg_", UNARY(NEG), IN_PLACE },
    { "exp_", UNARY(EXP), IN_PLACE },
    { "sqrt_", UNARY(SQRT), IN_PLACE },
    { "sigmoid_", UNARY(SIGMOID), IN_PLACE },
    { "tanh_", UNARY(TANH), IN_PLACE },
    { "relu_", UNARY(RELU), IN_PLACE },

    { "eq", BINARY(EQ), .places = BOTH },
    { "ne", BINARY(NE), .places = BOTH },
    { "lt", BINARY(LT), .places = BOTH },
    { "le", BINARY(LE), .places = BOTH },
    { "gt", BINARY(GT), .places = BOTH },
    { "ge", BINARY(GE), .places = BOTH },

    { "softmax", SOFTMAX(SOFTMAX), .places = BOTH },
    { "log_softmax", SOFTMAX(LOG_SOFTMAX), .places = BOTH },

    { "matmul",
      { "input", "other" },
      .required = 2,
      .call = call_matmul,
      .op = OP_MM,
      .places = BOTH },
    { "mm", PRODUCT(MM), .places = BOTH },
    { "mv", { "input", "vec" }, .required = 2, .call = call_product, .op = OP_MV, .places = BOTH },
    { "dot",
      { "input", "tensor" },
      .required = 2,
      .call = call_product,
      .op = OP_DOT,
      .places = BOTH },
    { "bmm", PRODUCT(BMM), .places = BOTH },
    { "addmm",
      { "input", "mat1", "mat2", "beta", "alpha" },
      .required = 3,
      .keyword_only = 3,
      .call = call_addmm,
      .op = OP_ADDMM,
      .places = BOTH },
    { .name = NULL },
};
