/* The layers of torch.nn, one row each: what their constructors and forward functions take, and what
 * they print. Their mathematics is in engine/nn. */
#include "lessons/torch/module.h"

#include "engine/autograd/autograd.h"
#include "engine/nn/nn.h"
#include "lessons/torch/arguments.h"
#include "lessons/torch/containers.h"
#include "lessons/torch/functions.h"

struct layer {
    const char *name, *module; /* "Linear", "torch.nn.modules.linear" */
    struct function_row begin; /* __init__ */
    struct function_row forward;
    struct function_row text;          /* extra_repr; without a name: nothing to say */
    const struct function_row *others; /* further methods; NULL: none */
};

/* ---- attributes -------------------------------------------------------------------------------- */

/* Takes the value. */
static bool set(PyObject *self, const char *name, PyObject *value)
{
    const bool done = value && PyObject_SetAttrString(self, name, value) == 0;
    Py_XDECREF(value);
    return done;
}

/* Lent by the module. */
static struct tensor *parameter(PyObject *self, const char *name)
{
    PyObject *found = PyDict_GetItemString(module_object(self)->parameters, name);
    return found && found != Py_None ? tensor_object_tensor(found) : NULL;
}

/* A Parameter that is not initialised yet, registered. Lent. */
static struct tensor *add_parameter(struct face *face, PyObject *self, const char *name,
                                    const struct shape *shape)
{
    const struct tensor_spec spec = { .dtype = face->engine->default_dtype, .shape = *shape };
    struct error err;
    struct tensor *tensor = tensor_create(face->engine, &spec, &err);
    if (!tensor) {
        torch_raise(&err);
        return NULL;
    }
    tensor->requires_grad = true;
    tensor->is_parameter = true;
    PyObject *object = tensor_object_take(face, tensor, NULL);
    PyObject *key = PyUnicode_InternFromString(name);
    const bool registered =
        object && key && module_register(self, module_object(self)->parameters, key, object);
    Py_XDECREF(key);
    Py_XDECREF(object); /* the module keeps it */
    return registered ? tensor : NULL;
}

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

/* ---- Linear ------------------------------------------------------------------------------------ */

static bool linear_parameters(struct call *call, int64_t in, int64_t out, bool with_bias)
{
    PyObject *self = call->arguments[0];
    struct error err;
    struct tensor *weight =
        add_parameter(call->face, self, "weight", &(struct shape){ 2, { out, in } });
    if (!weight) {
        return false;
    }
    struct tensor *bias = NULL;
    if (with_bias) {
        bias = add_parameter(call->face, self, "bias", &(struct shape){ 1, { out } });
        if (!bias) {
            return false;
        }
    } else if (PyDict_SetItemString(module_object(self)->parameters, "bias", Py_None) != 0) {
        return false;
    }
    return nn_init_linear(&call->face->engine->generator, weight, bias, &err) || torch_raise(&err);
}

static PyObject *linear_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    int64_t in = 0, out = 0;
    bool bias = true;
    if (!argument_integer(call, 1, &in) || !argument_integer(call, 2, &out) ||
        !argument_bool(call, 3, &bias)) {
        return NULL;
    }
    if (argument_given(call, 5)) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "Linear(dtype=...) is not supported by Gradlight");
    }
    if (!module_begin(self) || !set(self, "in_features", PyLong_FromLongLong(in)) ||
        !set(self, "out_features", PyLong_FromLongLong(out)) ||
        !linear_parameters(call, in, out, bias)) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *linear_forward(struct call *call)
{
    PyObject *self = call->arguments[0];
    if (!tensor_object_is(call->face, call->arguments[1])) {
        return PyErr_Format(PyExc_TypeError,
                            "linear(): argument 'input' (position 1) must be Tensor, not %s",
                            Py_TYPE(call->arguments[1])->tp_name);
    }
    struct tensor *weight = parameter(self, "weight");
    if (!weight) {
        return PyErr_Format(PyExc_TypeError, "linear(): the weight is None");
    }
    struct error err;
    return function_result(
        call,
        nn_linear(call->face->engine, forward_input(call), weight, parameter(self, "bias"), &err),
        &err);
}

static PyObject *linear_text(struct call *call)
{
    PyObject *self = call->arguments[0];
    PyObject *in = PyObject_GetAttrString(self, "in_features");
    PyObject *out = in ? PyObject_GetAttrString(self, "out_features") : NULL;
    PyObject *text = out ? PyUnicode_FromFormat("in_features=%S, out_features=%S, bias=%s", in, out,
                                                parameter(self, "bias") ? "True" : "False")
                         : NULL;
    Py_XDECREF(in);
    Py_XDECREF(out);
    return text;
}

/* ---- activations ------------------------------------------------------------------------------- */

static PyObject *relu_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    bool in_place = false;
    if (!argument_bool(call, 1, &in_place) || !module_begin(self) ||
        !set(self, "inplace", PyBool_FromLong(in_place))) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* 1, 0, or -1 with an exception. */
static int is_in_place(PyObject *self)
{
    PyObject *value = PyObject_GetAttrString(self, "inplace");
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

/* ---- losses ------------------------------------------------------------------------------------ */

static PyObject *loss_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    PyObject *reduction =
        argument_given(call, 1) ? Py_NewRef(call->arguments[1]) : PyUnicode_FromString("mean");
    return module_begin(self) && set(self, "reduction", reduction) ? Py_NewRef(Py_None) : NULL;
}

static PyObject *mse_forward(struct call *call)
{
    struct call loss = { .face = call->face, .row = functional_find("mse_loss") };
    loss.arguments[0] = call->arguments[1];
    loss.arguments[1] = call->arguments[2];
    loss.arguments[2] = PyObject_GetAttrString(call->arguments[0], "reduction");
    PyObject *result = loss.arguments[2] ? loss.row->call(&loss) : NULL;
    Py_XDECREF(loss.arguments[2]);
    return result;
}

/* ---- Flatten ----------------------------------------------------------------------------------- */

static PyObject *flatten_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    int64_t start = 1, end = -1;
    if (!argument_integer(call, 1, &start) || !argument_integer(call, 2, &end) ||
        !module_begin(self) || !set(self, "start_dim", PyLong_FromLongLong(start)) ||
        !set(self, "end_dim", PyLong_FromLongLong(end))) {
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
#define FORWARD(name, function)                                               \
    {                                                                         \
        name ".forward", { "self", "input" }, .required = 2, .call = function \
    }
#define NO_FORWARD   \
    {                \
        .name = NULL \
    }
#define TEXT(function)                                            \
    {                                                             \
        "extra_repr", { "self" }, .required = 1, .call = function \
    }
#define NO_TEXT      \
    {                \
        .name = NULL \
    }

static const struct layer layers[] = {
    { "Linear",
      "torch.nn.modules.linear",
      { "Linear.__init__",
        { "self", "in_features", "out_features", "bias", "device", "dtype" },
        .required = 3,
        .call = linear_begin },
      FORWARD("Linear", linear_forward),
      TEXT(linear_text),
      NULL },
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
    { "MSELoss",
      "torch.nn.modules.loss",
      { "MSELoss.__init__", { "self", "reduction" }, .required = 1, .call = loss_begin },
      { "MSELoss.forward", { "self", "input", "target" }, .required = 3, .call = mse_forward },
      NO_TEXT,
      NULL },
    { "Sequential",
      "torch.nn.modules.container",
      { "Sequential.__init__",
        { "self", "modules" },
        .required = 1,
        .collects = 2,
        .call = sequential_begin },
      FORWARD("Sequential", sequential_forward),
      NO_TEXT,
      sequential_rows },
    { "ModuleList",
      "torch.nn.modules.container",
      { "ModuleList.__init__", { "self", "modules" }, .required = 1, .call = module_list_begin },
      NO_FORWARD,
      NO_TEXT,
      sequential_rows },
};

/* ---- making the classes ------------------------------------------------------------------------ */

static bool add_method(struct face *face, PyObject *dictionary, const char *name,
                       const struct function_row *row)
{
    PyObject *function = function_object_create(face, row);
    const bool added = function && PyDict_SetItemString(dictionary, name, function) == 0;
    Py_XDECREF(function);
    return added;
}

static bool fill_class(struct face *face, PyObject *dictionary, const struct layer *layer)
{
    PyObject *module = PyUnicode_FromString(layer->module);
    const bool placed = module && PyDict_SetItemString(dictionary, "__module__", module) == 0;
    Py_XDECREF(module);
    return placed && add_method(face, dictionary, "__init__", &layer->begin) &&
           (!layer->forward.name || add_method(face, dictionary, "forward", &layer->forward)) &&
           (!layer->text.name || add_method(face, dictionary, "extra_repr", &layer->text)) &&
           (!layer->others || functions_add(face, dictionary, layer->others, 0));
}

static bool layer_create(struct face *face, PyObject *nn, const struct layer *layer)
{
    PyObject *dictionary = PyDict_New();
    PyObject *type = NULL;
    if (dictionary && fill_class(face, dictionary, layer)) {
        type = PyObject_CallFunction((PyObject *)&PyType_Type, "s(O)O", layer->name,
                                     face->types.module, dictionary);
    }
    const bool created = type && PyModule_AddObjectRef(nn, layer->name, type) == 0;
    Py_XDECREF(dictionary);
    Py_XDECREF(type);
    return created;
}

bool layers_create(struct face *face, PyObject *nn)
{
    for (size_t i = 0; i < sizeof(layers) / sizeof(*layers); i++) {
        if (!layer_create(face, nn, &layers[i])) {
            return false;
        }
    }
    return true;
}
