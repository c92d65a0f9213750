/* The modules of torch.nn that are activations: each keeps the parameters of a function of
 * torch.nn.functional as attributes, and calls it with them. */
#include "lessons/torch/arguments.h"
#include "lessons/torch/functions.h"
#include "lessons/torch/layers.h"

#include <string.h>

#include "engine/nn/nn.h"

enum { HELD = 3 };

/* A parameter of the constructor, which becomes an attribute of the same name and an argument of the
 * function in the same place. */
enum fallback { NO_MORE, NONE, REAL, WHOLE, FALSE, WORD_NONE };

/* clang-format off */
#define INPLACE { "inplace", FALSE, 0 }
#define NOTHING { NULL, NO_MORE, 0 }

static const struct activation {
    const char *layer, *function;
    struct {
        const char *name;
        enum fallback fallback;
        double number;
    } held[HELD];
    bool silent;   /* the text says nothing */
    bool nameless; /* it says the values without their names */
} activations[] = {
#define KEEPS(class, name) .layer = class, .function = name, .held
    { KEEPS("LeakyReLU", "leaky_relu") = { { "negative_slope", REAL, 0.01 }, INPLACE } },
    { KEEPS("ELU", "elu") = { { "alpha", REAL, 1 }, INPLACE } },
    { KEEPS("SELU", "selu") = { INPLACE } },
    { KEEPS("CELU", "celu") = { { "alpha", REAL, 1 }, INPLACE } },
    { KEEPS("ReLU6", "relu6") = { INPLACE } },
    { KEEPS("Hardtanh", "hardtanh") = { { "min_val", REAL, -1 }, { "max_val", REAL, 1 }, INPLACE } },
    { KEEPS("Hardsigmoid", "hardsigmoid") = { INPLACE }, .silent = true },
    { KEEPS("Hardswish", "hardswish") = { INPLACE }, .silent = true },
    { KEEPS("SiLU", "silu") = { INPLACE } },
    { KEEPS("Mish", "mish") = { INPLACE } },
    { KEEPS("GELU", "gelu") = { { "approximate", WORD_NONE, 0 } } },
    { KEEPS("Softplus", "softplus") = { { "beta", REAL, 1 }, { "threshold", REAL, 20 } } },
    { KEEPS("Softshrink", "softshrink") = { { "lambd", REAL, 0.5 } }, .nameless = true },
    { KEEPS("Hardshrink", "hardshrink") = { { "lambd", REAL, 0.5 } }, .nameless = true },
    { KEEPS("Threshold", "threshold") = { { "threshold", NONE, 0 }, { "value", NONE, 0 }, INPLACE } },
    { KEEPS("LogSigmoid", "logsigmoid") = { NOTHING } },
    { KEEPS("Softsign", "softsign") = { NOTHING } },
    { KEEPS("Tanhshrink", "tanhshrink") = { NOTHING } },
    { KEEPS("GLU", "glu") = { { "dim", WHOLE, -1 } } },
    { KEEPS("Softmin", "softmin") = { { "dim", NONE, 0 } } },
#undef KEEPS
};
/* clang-format on */

/* Of the class whose row this is: "ELU.forward". */
static const struct activation *activation_of(const struct call *call)
{
    const size_t length = strcspn(call->row->name, ".");
    size_t i = 0;
    while (strncmp(activations[i].layer, call->row->name, length) != 0 ||
           activations[i].layer[length] != '\0') {
        i++;
    }
    return &activations[i];
}

static int held_count(const struct activation *activation)
{
    int count = 0;
    while (count < HELD && activation->held[count].name) {
        count++;
    }
    return count;
}

static PyObject *fallback_object(const struct activation *activation, int i)
{
    switch (activation->held[i].fallback) {
    case REAL:
        return PyFloat_FromDouble(activation->held[i].number);
    case WHOLE:
        return PyLong_FromLong((long)activation->held[i].number);
    case FALSE:
        return PyBool_FromLong(0);
    case WORD_NONE:
        return PyUnicode_FromString("none");
    case NONE:
    case NO_MORE:
        break;
    }
    return Py_NewRef(Py_None);
}

static PyObject *activation_begin(struct call *call)
{
    const struct activation *activation = activation_of(call);
    bool ok = module_begin(call->arguments[0]);
    for (int i = 0; ok && i < held_count(activation); i++) {
        ok = layer_set_argument(call, 1 + i, activation->held[i].name,
                                fallback_object(activation, i));
    }
    return ok ? Py_NewRef(Py_None) : NULL;
}

static PyObject *activation_forward(struct call *call)
{
    const struct activation *activation = activation_of(call);
    struct held_argument held[HELD];
    const int count = held_count(activation);
    for (int i = 0; i < count; i++) {
        held[i] = (struct held_argument){ activation->held[i].name, 1 + i };
    }
    return layer_call_held(call, activation->function, 1, held, count);
}

/* "alpha=1.0, inplace=True": all attributes, but an inplace that is false. */
static PyObject *activation_text(struct call *call)
{
    const struct activation *activation = activation_of(call);
    PyObject *text = PyUnicode_FromString("");
    for (int i = 0; text && !activation->silent && i < held_count(activation); i++) {
        const char *name = activation->held[i].name;
        PyObject *value = PyObject_GetAttrString(call->arguments[0], name);
        PyObject *longer = NULL;
        if (value == Py_False && activation->held[i].fallback == FALSE) {
            longer = Py_NewRef(text);
        } else if (value) {
            longer = PyUnicode_FromFormat(
                "%U%s%s%s%R", text, PyUnicode_GET_LENGTH(text) > 0 ? ", " : "",
                activation->nameless ? "" : name, activation->nameless ? "" : "=", value);
        }
        Py_XDECREF(value);
        Py_SETREF(text, longer);
    }
    return text;
}

/* ---- Softmax2d, PReLU ----------------------------------------------------------------------------- */

static PyObject *softmax2d_begin(struct call *call)
{
    return module_begin(call->arguments[0]) ? Py_NewRef(Py_None) : NULL;
}

/* Over the channels of an image, or of several. */
static PyObject *softmax2d_forward(struct call *call)
{
    struct tensor *input = argument_tensor(call, 1);
    if (!input) {
        return NULL;
    }
    const int dims = input->shape.dims;
    if (dims != 3 && dims != 4) {
        return PyErr_Format(PyExc_ValueError,
                            "Softmax2d: expected input to be 3D or 4D, got %dD instead", dims);
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = {
        .op = OP_SOFTMAX,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM), .from_end = ATTR(DIM), .dim = dims - 3 },
    };
    return function_apply(call, &use);
}

/* (num_parameters, init) */
static PyObject *prelu_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    int64_t count = 1;
    double init = 0.25;
    struct error err;
    if (!argument_integer(call, 1, &count) || !argument_real(call, 2, &init) ||
        !module_begin(self) || !layer_set(self, "num_parameters", PyLong_FromLongLong(count)) ||
        !layer_set(self, "init", PyFloat_FromDouble(init))) {
        return NULL;
    }
    const struct shape shape = { 1, { count } };
    struct tensor *weight = layer_add_parameter(call->face, self, "weight", &shape);
    if (!weight) {
        return NULL;
    }
    return nn_init_constant(weight, init, &err) ? Py_NewRef(Py_None) : torch_raise(&err);
}

BEGIN_THERE(prelu_begin)

static PyObject *prelu_forward(struct call *call)
{
    static const struct held_argument held[] = { { "weight", 1 } };
    return layer_call_held(call, "prelu", 1, held, 1);
}

static PyObject *prelu_text(struct call *call)
{
    PyObject *count = PyObject_GetAttrString(call->arguments[0], "num_parameters");
    PyObject *text = count ? PyUnicode_FromFormat("num_parameters=%S", count) : NULL;
    Py_XDECREF(count);
    return text;
}

/* ---- the table --------------------------------------------------------------------------------------- */

#define MODULE "torch.nn.modules.activation"

/* clang-format off */
#define ACTIVATION(name, needed, ...)                                                              \
    { name, MODULE,                                                                                \
      { name ".__init__", { "self", __VA_ARGS__ }, .required = 1 + needed, .call = activation_begin }, \
      { name ".forward", { "self", "input" }, .required = 2, .call = activation_forward },         \
      { name ".extra_repr", { "self" }, .required = 1, .call = activation_text }, NULL }

const struct layer activation_layers[] = {
    ACTIVATION("LeakyReLU", 0, "negative_slope", "inplace"),
    ACTIVATION("ELU", 0, "alpha", "inplace"),
    ACTIVATION("SELU", 0, "inplace"),
    ACTIVATION("CELU", 0, "alpha", "inplace"),
    ACTIVATION("ReLU6", 0, "inplace"),
    ACTIVATION("Hardtanh", 0, "min_val", "max_val", "inplace"),
    ACTIVATION("Hardsigmoid", 0, "inplace"),
    ACTIVATION("Hardswish", 0, "inplace"),
    ACTIVATION("SiLU", 0, "inplace"),
    ACTIVATION("Mish", 0, "inplace"),
    ACTIVATION("GELU", 0, "approximate"),
    ACTIVATION("Softplus", 0, "beta", "threshold"),
    ACTIVATION("Softshrink", 0, "lambd"),
    ACTIVATION("Hardshrink", 0, "lambd"),
    ACTIVATION("Threshold", 2, "threshold", "value", "inplace"),
    ACTIVATION("LogSigmoid", 0, NULL),
    ACTIVATION("Softsign", 0, NULL),
    ACTIVATION("Tanhshrink", 0, NULL),
    ACTIVATION("GLU", 0, "dim"),
    ACTIVATION("Softmin", 0, "dim"),
    { "Softmax2d", MODULE,
      { "Softmax2d.__init__", { "self" }, .required = 1, .call = softmax2d_begin },
      FORWARD("Softmax2d", softmax2d_forward), NO_TEXT, NULL },
    { "PReLU", MODULE,
      { "PReLU.__init__", { "self", "num_parameters", "init", "device", "dtype" }, .required = 1,
        .call = prelu_begin_there },
      FORWARD("PReLU", prelu_forward), TEXT(prelu_text), NULL },
    { .name = NULL },
};
/* clang-format on */
