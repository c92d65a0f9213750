/* Layers that change only the shape, or what stands around: Unflatten, padding with a number. */
#include "lessons/torch/layers.h"

#include <string.h>

#include "engine/nn/windows.h"
#include "lessons/torch/arguments.h"
#include "lessons/torch/functions.h"

static PyObject *attribute(const struct call *call, const char *name)
{
    return PyObject_GetAttrString(call->arguments[0], name);
}

/* ---- Unflatten --------------------------------------------------------------------------------- */

static PyObject *unflatten_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    if (!PyLong_Check(call->arguments[1])) {
        return PyErr_Format(PyExc_TypeError,
                            "unflattened_size must be a tuple of tuples, but found type %s",
                            Py_TYPE(call->arguments[1])->tp_name);
    }
    if (!PyTuple_Check(call->arguments[2]) && !PyList_Check(call->arguments[2])) {
        return PyErr_Format(PyExc_TypeError,
                            "unflattened_size must be a tuple of ints, but found type %s",
                            Py_TYPE(call->arguments[2])->tp_name);
    }
    if (!module_begin(self) || !layer_set(self, "dim", Py_NewRef(call->arguments[1])) ||
        !layer_set(self, "unflattened_size", Py_NewRef(call->arguments[2]))) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *unflatten_forward(struct call *call)
{
    PyObject *dim = attribute(call, "dim");
    PyObject *size = dim ? attribute(call, "unflattened_size") : NULL;
    PyObject *result =
        size ? PyObject_CallMethod(call->arguments[1], "unflatten", "OO", dim, size) : NULL;
    Py_XDECREF(size);
    Py_XDECREF(dim);
    return result;
}

static PyObject *unflatten_text(struct call *call)
{
    PyObject *dim = attribute(call, "dim");
    PyObject *size = dim ? attribute(call, "unflattened_size") : NULL;
    PyObject *text = size ? PyUnicode_FromFormat("dim=%S, unflattened_size=%S", dim, size) : NULL;
    Py_XDECREF(size);
    Py_XDECREF(dim);
    return text;
}

/* ---- padding ----------------------------------------------------------------------------------- */

/* A number for all sides, or one for each, as a tuple. */
static PyObject *sides(const struct call *call, int count)
{
    struct shape given;
    if (!argument_size(call, 1, &given)) {
        return NULL;
    }
    const bool one = !PyTuple_Check(call->arguments[1]) && !PyList_Check(call->arguments[1]);
    if (!one && given.dims != count) {
        return PyErr_Format(PyExc_ValueError, "%s expects %d sides of padding, got %d",
                            call->row->name, count, given.dims);
    }
    PyObject *tuple = PyTuple_New(count);
    for (int i = 0; tuple && i < count; i++) {
        PyObject *side = PyLong_FromLongLong(given.size[one ? 0 : i]);
        if (!side) {
            Py_DECREF(tuple);
            return NULL;
        }
        PyTuple_SET_ITEM(tuple, i, side);
    }
    return tuple;
}

static PyObject *pad_begin(const struct call *call, int dims, PyObject *value)
{
    PyObject *self = call->arguments[0], *padding = sides(call, 2 * dims);
    if (!padding || !module_begin(self) || !layer_set(self, "padding", Py_NewRef(padding)) ||
        !layer_set(self, "value", Py_XNewRef(value))) {
        Py_XDECREF(padding);
        return NULL;
    }
    Py_DECREF(padding);
    Py_RETURN_NONE;
}

static PyObject *zero_pad_begin(const struct call *call, int dims)
{
    PyObject *zero = PyFloat_FromDouble(0);
    PyObject *result = zero ? pad_begin(call, dims, zero) : NULL;
    Py_XDECREF(zero);
    return result;
}

static PyObject *zero_pad1d_begin(struct call *call)
{
    return zero_pad_begin(call, 1);
}

static PyObject *zero_pad2d_begin(struct call *call)
{
    return zero_pad_begin(call, 2);
}

static PyObject *constant_pad1d_begin(struct call *call)
{
    return pad_begin(call, 1, call->arguments[2]);
}

static PyObject *constant_pad2d_begin(struct call *call)
{
    return pad_begin(call, 2, call->arguments[2]);
}

static PyObject *pad_forward(struct call *call)
{
    struct tensor *x = argument_tensor(call, 1);
    PyObject *padding = x ? attribute(call, "padding") : NULL;
    PyObject *value = padding ? attribute(call, "value") : NULL;
    struct shape pad;
    struct operand number;
    struct error err;
    PyObject *result = NULL;
    if (value && (!shape_of(padding, &pad) || !operand_of(call->face, value, &number) ||
                  number.kind != OPERAND_NUMBER)) {
        PyErr_SetString(PyExc_TypeError, "padding must be a tuple of ints and value a number");
    } else if (value) {
        result =
            function_result(call, nn_pad(call->face->engine, x, &pad, number.number, &err), &err);
    }
    Py_XDECREF(value);
    Py_XDECREF(padding);
    return result;
}

/* What is around comes from x; the first letters of the layer's name say how. */
static PyObject *edge_pad_forward(struct call *call)
{
    struct tensor *x = argument_tensor(call, 1);
    const char *name = call->row->name;
    const char *mode = strncmp(name, "Refl", 4) == 0   ? "reflect"
                       : strncmp(name, "Repl", 4) == 0 ? "replicate"
                                                       : "circular";
    PyObject *padding = x ? attribute(call, "padding") : NULL, *result = NULL;
    struct shape pad;
    struct error err;
    if (padding && shape_of(padding, &pad)) {
        result = function_result(call, nn_pad_mode(call->face->engine, x, &pad, mode, &err), &err);
    } else if (padding) {
        PyErr_SetString(PyExc_TypeError, "padding must be a tuple of ints");
    }
    Py_XDECREF(padding);
    return result;
}

static PyObject *edge_pad_begin(const struct call *call, int dims)
{
    PyObject *self = call->arguments[0], *padding = sides(call, 2 * dims);
    const bool ok = padding && module_begin(self) && layer_set(self, "padding", Py_NewRef(padding));
    Py_XDECREF(padding);
    return ok ? Py_NewRef(Py_None) : NULL;
}

static PyObject *edge_pad1d_begin(struct call *call)
{
    return edge_pad_begin(call, 1);
}

static PyObject *edge_pad2d_begin(struct call *call)
{
    return edge_pad_begin(call, 2);
}

static PyObject *zero_pad_text(struct call *call)
{
    PyObject *padding = attribute(call, "padding");
    PyObject *text = padding ? PyObject_Str(padding) : NULL;
    Py_XDECREF(padding);
    return text;
}

static PyObject *constant_pad_text(struct call *call)
{
    PyObject *padding = attribute(call, "padding");
    PyObject *value = padding ? attribute(call, "value") : NULL;
    PyObject *text = value ? PyUnicode_FromFormat("padding=%S, value=%S", padding, value) : NULL;
    Py_XDECREF(value);
    Py_XDECREF(padding);
    return text;
}

/* ---- the table --------------------------------------------------------------------------------- */

#define ZERO_PAD(name, begin)                                                          \
    {                                                                                  \
        name, "torch.nn.modules.padding",                                              \
            { name ".__init__", { "self", "padding" }, .required = 2, .call = begin }, \
            FORWARD(name, pad_forward), TEXT(zero_pad_text), NULL                      \
    }
#define EDGE_PAD(name, begin)                                                          \
    {                                                                                  \
        name, "torch.nn.modules.padding",                                              \
            { name ".__init__", { "self", "padding" }, .required = 2, .call = begin }, \
            FORWARD(name, edge_pad_forward), TEXT(zero_pad_text), NULL                 \
    }
#define CONSTANT_PAD(name, begin)                                                               \
    {                                                                                           \
        name, "torch.nn.modules.padding",                                                       \
            { name ".__init__", { "self", "padding", "value" }, .required = 3, .call = begin }, \
            FORWARD(name, pad_forward), TEXT(constant_pad_text), NULL                           \
    }

const struct layer shape_layers[] = {
    { "Unflatten",
      "torch.nn.modules.flatten",
      { "Unflatten.__init__",
        { "self", "dim", "unflattened_size" },
        .required = 3,
        .call = unflatten_begin },
      FORWARD("Unflatten", unflatten_forward),
      TEXT(unflatten_text),
      NULL },
    EDGE_PAD("ReflectionPad1d", edge_pad1d_begin),
    EDGE_PAD("ReflectionPad2d", edge_pad2d_begin),
    EDGE_PAD("ReplicationPad1d", edge_pad1d_begin),
    EDGE_PAD("ReplicationPad2d", edge_pad2d_begin),
    EDGE_PAD("CircularPad1d", edge_pad1d_begin),
    EDGE_PAD("CircularPad2d", edge_pad2d_begin),
    ZERO_PAD("ZeroPad1d", zero_pad1d_begin),
    ZERO_PAD("ZeroPad2d", zero_pad2d_begin),
    CONSTANT_PAD("ConstantPad1d", constant_pad1d_begin),
    CONSTANT_PAD("ConstantPad2d", constant_pad2d_begin),
    { .name = NULL },
};
