/* Layers without parameters: activations, Flatten. */
#include "lessons/torch/arguments.h"
#include "lessons/torch/functions.h"
#include "lessons/torch/layers.h"

/* Lent: argument `input` of forward. */
static struct tensor *forward_input(const struct call *call)
{
    return argument_tensor(call, 1);
}

static PyObject *forward_unary(struct call *call)
{
    struct tensor *input = forward_input(call);
    if (!input) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = { .op = call->row->op, .in = &in, .in_count = 1 };
    return function_apply(call, &use);
}

static PyObject *begin_plain(struct call *call)
{
    return module_begin(call->arguments[0]) ? Py_NewRef(Py_None) : NULL;
}

/* ---- activations ------------------------------------------------------------------------------- */

static PyObject *relu_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    bool in_place = false;
    if (!argument_bool(call, 1, &in_place) || !module_begin(self) ||
        !layer_set(self, "inplace", PyBool_FromLong(in_place))) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* 1, 0, or -1 with an exception. */
static int is_in_place(PyObject *self)
{
    PyObject *value = PyObject_GetAttr(self, face_current()->words.inplace);
    const int truth = value ? PyObject_IsTrue(value) : -1;
    Py_XDECREF(value);
    return truth;
}

static PyObject *relu_forward(struct call *call)
{
    struct tensor *input = forward_input(call);
    const int in_place = input ? is_in_place(call->arguments[0]) : -1;
    if (in_place < 0) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = {
        .op = OP_RELU, .in = &in, .in_count = 1, .in_place = in_place == 1
    };
    return function_apply(call, &use);
}

static PyObject *relu_text(struct call *call)
{
    const int in_place = is_in_place(call->arguments[0]);
    return in_place < 0 ? NULL : PyUnicode_FromString(in_place ? "inplace=True" : "");
}

static PyObject *identity_forward(struct call *call)
{
    return Py_NewRef(call->arguments[1]);
}

/* ---- softmax ----------------------------------------------------------------------------------- */

static PyObject *softmax_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    return module_begin(self) && layer_set_argument(call, 1, "dim", Py_NewRef(Py_None))
               ? Py_NewRef(Py_None)
               : NULL;
}

static PyObject *softmax_forward(struct call *call)
{
    static const struct held_argument held[] = { { "dim", 1 } };
    return layer_call_held(call, call->row->op == OP_SOFTMAX ? "softmax" : "log_softmax", 1, held,
                           1);
}

static PyObject *softmax_text(struct call *call)
{
    PyObject *dim = PyObject_GetAttrString(call->arguments[0], "dim");
    PyObject *text = dim ? PyUnicode_FromFormat("dim=%S", dim) : NULL;
    Py_XDECREF(dim);
    return text;
}

/* ---- Flatten ----------------------------------------------------------------------------------- */

static PyObject *flatten_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    int64_t start = 1, end = -1;
    if (!argument_integer(call, 1, &start) || !argument_integer(call, 2, &end) ||
        !module_begin(self) || !layer_set(self, "start_dim", PyLong_FromLongLong(start)) ||
        !layer_set(self, "end_dim", PyLong_FromLongLong(end))) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *flatten_forward(struct call *call)
{
    PyObject *self = call->arguments[0];
    PyObject *start = PyObject_GetAttrString(self, "start_dim");
    PyObject *end = start ? PyObject_GetAttrString(self, "end_dim") : NULL;
    PyObject *result =
        end ? PyObject_CallMethod(call->arguments[1], "flatten", "OO", start, end) : NULL;
    Py_XDECREF(start);
    Py_XDECREF(end);
    return result;
}

static PyObject *flatten_text(struct call *call)
{
    PyObject *self = call->arguments[0];
    PyObject *start = PyObject_GetAttrString(self, "start_dim");
    PyObject *end = start ? PyObject_GetAttrString(self, "end_dim") : NULL;
    PyObject *text = end ? PyUnicode_FromFormat("start_dim=%S, end_dim=%S", start, end) : NULL;
    Py_XDECREF(start);
    Py_XDECREF(end);
    return text;
}

/* ---- the table --------------------------------------------------------------------------------- */

#define BEGIN_PLAIN(name)                                                \
    {                                                                    \
        name ".__init__", { "self" }, .required = 1, .call = begin_plain \
    }

#define SOFTMAX_LAYER(name, id)                                                            \
    {                                                                                      \
        name, "torch.nn.modules.activation",                                               \
            { name ".__init__", { "self", "dim" }, .required = 1, .call = softmax_begin }, \
            { name ".forward",                                                             \
              { "self", "input" },                                                         \
              .required = 2,                                                               \
              .call = softmax_forward,                                                     \
              .op = OP_##id },                                                             \
            TEXT(softmax_text), NULL                                                       \
    }

const struct layer plain_layers[] = {
    { "Identity",
      "torch.nn.modules.linear",
      { "Identity.__init__",
        { "self", "unused" },
        .required = 1,
        .collects = 2,
        .call = begin_plain },
      FORWARD("Identity", identity_forward),
      NO_TEXT,
      NULL },
    { "ReLU",
      "torch.nn.modules.activation",
      { "ReLU.__init__", { "self", "inplace" }, .required = 1, .call = relu_begin },
      FORWARD("ReLU", relu_forward),
      TEXT(relu_text),
      NULL },
    { "Sigmoid",
      "torch.nn.modules.activation",
      BEGIN_PLAIN("Sigmoid"),
      { "Sigmoid.forward",
        { "self", "input" },
        .required = 2,
        .call = forward_unary,
        .op = OP_SIGMOID },
      NO_TEXT,
      NULL },
    { "Tanh",
      "torch.nn.modules.activation",
      BEGIN_PLAIN("Tanh"),
      { "Tanh.forward", { "self", "input" }, .required = 2, .call = forward_unary, .op = OP_TANH },
      NO_TEXT,
      NULL },
    { "Flatten",
      "torch.nn.modules.flatten",
      { "Flatten.__init__",
        { "self", "start_dim", "end_dim" },
        .required = 1,
        .call = flatten_begin },
      FORWARD("Flatten", flatten_forward),
      TEXT(flatten_text),
      NULL },
    SOFTMAX_LAYER("Softmax", SOFTMAX),
    SOFTMAX_LAYER("LogSoftmax", LOG_SOFTMAX),
    { .name = NULL },
};
