/* Element by element, what the table of functions_pointwise.c cannot say: comparisons in place, powers in
 * float64, signs. */
#include "lessons/torch/functions.h"

#include "engine/engine.h"
#include "engine/nn/statistics.h"

/* ---- comparisons in place ------------------------------------------------------------------------ */

/* Ones and zeros of the tensor's own dtype where the comparison is true and false. */
static PyObject *call_compare_in_place(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct operand in[2] = { operand_tensor(input) };
    struct error err;
    if (!input || (call->row->required == 2 && !argument_operand(call, 1, &in[1]))) {
        return NULL;
    }
    const struct op_use compare = { .op = call->row->op,
                                    .in = in,
                                    .in_count = call->row->required };
    struct tensor *truth = op_apply_one(call->face->engine, &compare, &err);
    if (!truth) {
        return torch_raise(&err);
    }
    const struct operand both[] = { operand_tensor(input), operand_tensor(truth) };
    const struct op_use copy = { .op = OP_COPY, .in = both, .in_count = 2, .in_place = true };
    PyObject *result = function_apply(call, &copy);
    tensor_unref(truth);
    return result;
}

/* ---- powers -------------------------------------------------------------------------------------- */

/* A reference to the operand in float64; a number stays. */
static bool widened(const struct call *call, int i, struct operand *out)
{
    struct error err;
    if (!argument_operand(call, i, out)) {
        return false;
    }
    if (out->kind != OPERAND_TENSOR || out->tensor->dtype == DTYPE_FLOAT64) {
        tensor_ref(out->tensor);
        return true;
    }
    const struct operand in = *out;
    const struct op_use use = { .op = OP_TO_COPY,
                                .in = &in,
                                .in_count = 1,
                                .attrs = { .present = ATTR(DTYPE), .dtype = DTYPE_FLOAT64 } };
    out->tensor = op_apply_one(call->face->engine, &use, &err);
    if (!out->tensor) {
        torch_raise(&err);
    }
    return out->tensor != NULL;
}

static struct number as_real(struct number number)
{
    return number_real(number_as_real(number));
}

static PyObject *call_float_power(struct call *call)
{
    struct operand in[2] = { { 0 } };
    PyObject *result = NULL;
    if (widened(call, 0, &in[0]) && widened(call, 1, &in[1])) {
        const bool base = in[0].kind == OPERAND_TENSOR, power = in[1].kind == OPERAND_TENSOR;
        in[0].number = as_real(in[0].number);
        in[1].number = as_real(in[1].number);
        const struct op_use use = { .op = !base   ? OP_POW_BASE
                                          : power ? OP_POW_TENSOR
                                                  : OP_POW,
                                    .in = in,
                                    .in_count = 2 };
        if (base || power) {
            result = function_apply(call, &use);
        } else {
            argument_refuse(call, 0, "Tensor");
        }
    }
    tensor_unref(in[0].kind == OPERAND_TENSOR ? in[0].tensor : NULL);
    tensor_unref(in[1].kind == OPERAND_TENSOR ? in[1].tensor : NULL);
    return result;
}

/* ---- signs, differences ---------------------------------------------------------------------------- */

static PyObject *call_copysign(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct operand in[2] = { operand_tensor(input) };
    if (!input || !argument_operand(call, 1, &in[1])) {
        return NULL;
    }
    const struct op_use use = {
        .op = in[1].kind == OPERAND_TENSOR ? OP_COPYSIGN : OP_COPYSIGN_SCALAR,
        .in = in,
        .in_count = 2,
    };
    return function_apply(call, &use);
}

static PyObject *call_signbit(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    return input ? function_result(call, nn_signbit(call->face->engine, input, &err), &err) : NULL;
}

/* other - alpha · input, for a number */
static PyObject *call_rsub(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct operand in[2] = { operand_tensor(input) };
    struct op_attrs attrs = { .present = argument_given(call, 2) ? ATTR(ALPHA) : 0 };
    if (!input || !argument_operand(call, 1, &in[1]) || !argument_number(call, 2, &attrs.alpha)) {
        return NULL;
    }
    if (in[1].kind == OPERAND_TENSOR) {
        PyErr_SetString(PyExc_NotImplementedError, "rsub of two tensors is not supported by "
                                                   "Gradlight: write other - input");
        return NULL;
    }
    const struct op_use use = { .op = OP_RSUB, .in = in, .in_count = 2, .attrs = attrs };
    return function_apply(call, &use);
}

static PyObject *call_is_nonzero(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct number number;
    struct error err;
    if (!input) {
        return NULL;
    }
    if (input->count != 1) {
        return PyErr_Format(PyExc_RuntimeError, "Boolean value of Tensor with %s is ambiguous",
                            input->count == 0 ? "no values" : "more than one value");
    }
    return tensor_item(input, &number, &err) ? PyBool_FromLong(!number_is_zero(number))
                                             : torch_raise(&err);
}

/* ---- the table ----------------------------------------------------------------------------------- */

enum { BOTH = PLACE_METHOD | PLACE_TORCH };

#define COMPARE(name, id)                                                                        \
    {                                                                                            \
        name, { "input", "other" }, .required = 2, .call = call_compare_in_place, .op = OP_##id, \
                                    .in_place = true, .places = PLACE_METHOD                     \
    }

const struct function_row number_rows[] = {
    COMPARE("eq_", EQ),
    COMPARE("ne_", NE),
    COMPARE("not_equal_", NE),
    COMPARE("lt_", LT),
    COMPARE("less_", LT),
    COMPARE("le_", LE),
    COMPARE("less_equal_", LE),
    COMPARE("gt_", GT),
    COMPARE("greater_", GT),
    COMPARE("ge_", GE),
    COMPARE("greater_equal_", GE),
    COMPARE("logical_and_", LOGICAL_AND),
    COMPARE("logical_or_", LOGICAL_OR),
    COMPARE("logical_xor_", LOGICAL_XOR),
    { "logical_not_",
      { "input" },
      .required = 1,
      .call = call_compare_in_place,
      .op = OP_LOGICAL_NOT,
      .in_place = true,
      .places = PLACE_METHOD },
    { "float_power",
      { "input", "exponent" },
      .required = 2,
      .call = call_float_power,
      .op = OP_POW,
      .places = BOTH },
    { "copysign",
      { "input", "other" },
      .required = 2,
      .call = call_copysign,
      .op = OP_COPYSIGN,
      .places = BOTH },
    { "signbit", { "input" }, .required = 1, .call = call_signbit, .places = BOTH },
    { "rsub",
      { "input", "other", "alpha" },
      .required = 2,
      .keyword_only = 2,
      .call = call_rsub,
      .op = OP_RSUB,
      .places = PLACE_TORCH },
    { "is_nonzero", { "input" }, .required = 1, .call = call_is_nonzero, .places = BOTH },
    { .name = NULL },
};
