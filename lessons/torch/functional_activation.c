/* The activations of torch.nn.functional. */
#include "lessons/torch/functions.h"

#include "engine/nn/nn.h"

/* ---- with numbers as parameters ------------------------------------------------------------------ */

/* What stands behind `input` in the row of an operation: attributes with their defaults. */
struct setting {
    int attr; /* of enum attr_index */
    struct number usual;
};

#define REAL(v)                          \
    {                                    \
        .kind = NUMBER_REAL, .real = (v) \
    }
#define WHOLE(v)                               \
    {                                          \
        .kind = NUMBER_INTEGER, .integer = (v) \
    }

enum { SETTINGS = 2 };

static const struct activation {
    enum op_id op;
    int count;
    struct setting settings[SETTINGS];
} activations[] = {
    { OP_LEAKY_RELU, 1, { { ATTR_INDEX_NEGATIVE_SLOPE, REAL(0.01) } } },
    { OP_ELU, 1, { { ATTR_INDEX_ALPHA, REAL(1) } } },
    { OP_SOFTPLUS, 2, { { ATTR_INDEX_BETA, WHOLE(1) }, { ATTR_INDEX_THRESHOLD, WHOLE(20) } } },
    { OP_HARDTANH, 2, { { ATTR_INDEX_MIN_VAL, REAL(-1) }, { ATTR_INDEX_MAX_VAL, REAL(1) } } },
    { OP_SOFTSHRINK, 1, { { ATTR_INDEX_LAMBD, REAL(0.5) } } },
    { OP_HARDSHRINK, 1, { { ATTR_INDEX_LAMBD, REAL(0.5) } } },
    { OP_THRESHOLD, 2, { { ATTR_INDEX_THRESHOLD, WHOLE(0) }, { ATTR_INDEX_VALUE, WHOLE(0) } } },
};

/* No settings for the operations that are not there. */
static const struct activation *find_activation(enum op_id op)
{
    static const struct activation plain = { .count = 0 };
    for (size_t i = 0; i < sizeof(activations) / sizeof(*activations); i++) {
        if (activations[i].op == op) {
            return &activations[i];
        }
    }
    return &plain;
}

static void set_number(struct op_attrs *attrs, int attr, struct number value)
{
    char *field = (char *)attrs + attr_table[attr].offset;
    *(struct number *)(void *)field = value;
    attrs->present |= UINT64_C(1) << attr;
}

static void set_elu(struct op_attrs *attrs, struct number scale, struct number input_scale)
{
    set_number(attrs, ATTR_INDEX_SCALE, scale);
    set_number(attrs, ATTR_INDEX_INPUT_SCALE, input_scale);
}

/* Applies the row's operation; in place where the row does, or argument `at`, inplace, is true; a
 * row that has no such parameter ends before it. */
static PyObject *apply(const struct call *call, const struct op_attrs *attrs, int at)
{
    struct tensor *input = argument_tensor(call, 0);
    bool in_place = call->row->in_place;
    if (!input || (call->row->parameters[at] && !argument_bool(call, at, &in_place))) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = {
        .op = call->row->op, .in = &in, .in_count = 1, .attrs = *attrs, .in_place = in_place
    };
    return function_apply(call, &use);
}

/* (input, settings..., inplace), the last only where the row has it */
static PyObject *call_activation(struct call *call)
{
    const struct activation *activation = find_activation(call->row->op);
    struct op_attrs attrs = { .present = 0 };
    for (int i = 0; i < activation->count; i++) {
        struct number value = activation->settings[i].usual;
        if (!argument_number(call, 1 + i, &value)) {
            return NULL;
        }
        set_number(&attrs, activation->settings[i].attr, value);
    }
    if (call->row->op == OP_ELU) {
        set_elu(&attrs, number_integer(1), number_integer(1));
    }
    return apply(call, &attrs, 1 + activation->count);
}

/* ---- spellings of other activations ------------------------------------------------------------------ */

/* An ELU with the constants of Klambauer et al. 2017. */
static PyObject *call_selu(struct call *call)
{
    struct op_attrs attrs = { .present = 0 };
    set_number(&attrs, ATTR_INDEX_ALPHA, number_real(1.6732632423543772848170429916717));
    set_elu(&attrs, number_real(1.0507009873554804934193349852946), number_integer(1));
    return apply(call, &attrs, 1);
}

/* An ELU whose slope is 1 on both sides of 0. */
static PyObject *call_celu(struct call *call)
{
    struct op_attrs attrs = { .present = 0 };
    struct number alpha = number_real(1);
    if (!argument_number(call, 1, &alpha)) {
        return NULL;
    }
    if (number_is_zero(alpha)) {
        PyErr_SetString(PyExc_RuntimeError, "ZeroDivisionError: alpha cannot be 0 for CELU");
        return NULL;
    }
    set_number(&attrs, ATTR_INDEX_ALPHA, alpha);
    set_elu(&attrs, number_integer(1), number_real(1 / number_as_real(alpha)));
    return apply(call, &attrs, 2);
}

static PyObject *call_relu6(struct call *call)
{
    struct op_attrs attrs = { .present = 0 };
    set_number(&attrs, ATTR_INDEX_MIN_VAL, number_integer(0));
    set_number(&attrs, ATTR_INDEX_MAX_VAL, number_integer(6));
    return apply(call, &attrs, 1);
}

static PyObject *call_gelu(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    if (!input) {
        return NULL;
    }
    PyObject *how = argument_given(call, 1) ? call->arguments[1] : NULL;
    if (how && !PyUnicode_Check(how)) {
        argument_refuse(call, 1, "str");
        return NULL;
    }
    const bool by_tanh = how && PyUnicode_CompareWithASCIIString(how, "tanh") == 0;
    if (how && !by_tanh && PyUnicode_CompareWithASCIIString(how, "none") != 0) {
        PyErr_SetString(PyExc_RuntimeError, "approximate argument must be either none or tanh.");
        return NULL;
    }
    return function_result(
        call, op_unary(call->face->engine, by_tanh ? OP_GELU_TANH : OP_GELU, input, &err), &err);
}

/* ---- made of several operations ---------------------------------------------------------------------- */

static PyObject *call_softsign(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    return input ? function_result(call, nn_softsign(call->face->engine, input, &err), &err) : NULL;
}

static PyObject *call_tanhshrink(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    return input ? function_result(call, nn_tanhshrink(call->face->engine, input, &err), &err)
                 : NULL;
}

/* What rrelu ends in, its factors drawn. */
static PyObject *call_rrelu(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct tensor *noise = input ? argument_tensor(call, 1) : NULL;
    double lower = 0, upper = 0;
    struct op_attrs attrs = { .present = ATTR(MIN_VAL) | ATTR(MAX_VAL) | ATTR(TRAINING) };
    bool in_place = false;
    if (!noise || !argument_real(call, 2, &lower) || !argument_real(call, 3, &upper) ||
        !argument_bool(call, 4, &attrs.training) || !argument_bool(call, 5, &in_place)) {
        return NULL;
    }
    attrs.min_val = number_real(lower);
    attrs.max_val = number_real(upper);
    const struct operand in[] = { operand_tensor(input), operand_tensor(noise) };
    return function_apply(
        call,
        &(struct op_use){
            .op = call->row->op, .in = in, .in_count = 2, .attrs = attrs, .in_place = in_place });
}

static PyObject *call_prelu(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct tensor *weight = input ? argument_tensor(call, 1) : NULL;
    struct error err;
    return weight ? function_result(call, nn_prelu(call->face->engine, input, weight, &err), &err)
                  : NULL;
}

static PyObject *call_glu(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(DIM), .dim = -1 };
    if (!input ||
        (argument_given(call, 1) && !argument_dim(call, 1, input->shape.dims, &attrs.dim))) {
        return NULL;
    }
    if (attrs.dim < 0) {
        attrs.dim = input->shape.dims > 0 ? input->shape.dims - 1 : 0;
        attrs.from_end = ATTR(DIM);
    } else {
        attrs.from_end = argument_from_end(call, 1, ATTR(DIM));
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = { .op = OP_GLU, .in = &in, .in_count = 1, .attrs = attrs };
    return function_apply(call, &use);
}

/* The softmax of what is negated. */
static PyObject *call_softmin(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    if (!input) {
        return NULL;
    }
    struct call inner = *call;
    inner.row = functional_find("softmax");
    inner.arguments[0] =
        function_result(call, op_unary(call->face->engine, OP_NEG, input, &err), &err);
    PyObject *result = inner.arguments[0] ? inner.row->call(&inner) : NULL;
    Py_XDECREF(inner.arguments[0]);
    return result;
}

/* ---- the table ------------------------------------------------------------------------------------------ */

enum {
    F = PLACE_FUNCTIONAL,
    F_IN_PLACE = F | PLACE_IN_PLACE,
    TORCH_TOO = F_IN_PLACE | PLACE_TORCH,
    EVERYWHERE = F | PLACE_TORCH | PLACE_METHOD,
};

/* clang-format off */
#define ACTIVATION(name, id, where, ...) \
    { name, { "input", __VA_ARGS__ }, .required = 1, .call = call_activation, .op = OP_##id, .places = where }
#define AS(name, by, id, where, ...) \
    { name, { "input", __VA_ARGS__ }, .required = 1, .call = by, .op = OP_##id, .places = where }

const struct function_row activation_rows[] = {
    ACTIVATION("relu", RELU, F_IN_PLACE, "inplace"),
    ACTIVATION("leaky_relu", LEAKY_RELU, F_IN_PLACE, "negative_slope", "inplace"),
    ACTIVATION("elu", ELU, F_IN_PLACE, "alpha", "inplace"),
    AS("selu", call_selu, ELU, TORCH_TOO, "inplace"),
    AS("celu", call_celu, CELU, TORCH_TOO, "alpha", "inplace"),
    AS("relu6", call_relu6, HARDTANH, F, "inplace"),
    ACTIVATION("hardtanh", HARDTANH, F_IN_PLACE, "min_val", "max_val", "inplace"),
    ACTIVATION("hardsigmoid", HARDSIGMOID, F, "inplace"),
    ACTIVATION("hardswish", HARDSWISH, F, "inplace"),
    ACTIVATION("silu", SILU, F, "inplace"),
    ACTIVATION("mish", MISH, F, "inplace"),
    ACTIVATION("softplus", SOFTPLUS, F, "beta", "threshold"),
    ACTIVATION("softshrink", SOFTSHRINK, F, "lambd"),
    ACTIVATION("hardshrink", HARDSHRINK, EVERYWHERE, "lambd"),
    { "threshold", { "input", "threshold", "value", "inplace" }, .required = 3,
      .call = call_activation, .op = OP_THRESHOLD, .places = TORCH_TOO },
    { "gelu", { "input", "approximate" }, .required = 1, .keyword_only = 1, .call = call_gelu,
      .op = OP_GELU, .places = F },
    { "logsigmoid", { "input" }, .required = 1, .call = function_unary, .op = OP_LOGSIGMOID,
      .places = F },
    { "softsign", { "input" }, .required = 1, .call = call_softsign, .op = OP_DIV, .places = F },
    { "tanhshrink", { "input" }, .required = 1, .call = call_tanhshrink, .op = OP_TANH, .places = F },
    { "_rrelu_with_noise",
      { "input", "noise", "lower", "upper", "training", "inplace" },
      .required = 6,
      .call = call_rrelu,
      .places = F,
      .op = OP_RRELU_WITH_NOISE },
    { "prelu", { "input", "weight" }, .required = 2, .call = call_prelu, .op = OP_PRELU,
      .places = EVERYWHERE },
    { "glu", { "input", "dim" }, .required = 1, .call = call_glu, .op = OP_GLU, .places = F },
    { "softmin", { "input", "dim", "_stacklevel", "dtype" }, .required = 1, .call = call_softmin,
      .op = OP_SOFTMAX, .places = F },
    { .name = NULL },
};
/* clang-format on */
