/* Conv1d, Conv2d and the transposed ones. */
#include <string.h>

#include "engine/nn/nn.h"
#include "lessons/torch/arguments.h"
#include "lessons/torch/layers.h"

/* What a class is, read off its name: the rows share all functions. */
static int class_spatial(const struct function_row *row)
{
    return strstr(row->name, "1d") ? 1 : 2;
}

static bool class_is_transposed(const struct function_row *row)
{
    return strstr(row->name, "Transpose") != NULL;
}

/* Where the two kinds of constructors have their arguments. */
enum { SELF, IN, OUT, KERNEL, STRIDE, PADDING };

struct places {
    int output_padding, dilation, groups, bias, padding_mode; /* 0: none */
};

static struct places places_of(const struct function_row *row)
{
    return class_is_transposed(row)
               ? (struct places){ .output_padding = 6,
                                  .groups = 7,
                                  .bias = 8,
                                  .dilation = 9,
                                  .padding_mode = 10 }
               : (struct places){ .dilation = 6, .groups = 7, .bias = 8, .padding_mode = 9 };
}

/* ---- checks ------------------------------------------------------------------------------------ */

static bool refuse(const char *text)
{
    PyErr_SetString(PyExc_ValueError, text);
    return false;
}

static bool check_groups(int64_t in, int64_t out, int64_t groups)
{
    if (groups <= 0) {
        return refuse("groups must be a positive integer");
    }
    if (in % groups != 0) {
        return refuse("in_channels must be divisible by groups");
    }
    return out % groups == 0 || refuse("out_channels must be divisible by groups");
}

static bool strides_are_one(const struct call *call)
{
    struct shape stride = { 0 };
    if (argument_given(call, STRIDE) && !argument_size(call, STRIDE, &stride)) {
        return false;
    }
    for (int d = 0; d < stride.dims; d++) {
        if (stride.size[d] != 1) {
            return refuse("padding='same' is not supported for strided convolutions");
        }
    }
    return true;
}

static bool check_padding(const struct call *call)
{
    PyObject *padding = call->arguments[PADDING];
    if (!padding || !PyUnicode_Check(padding)) {
        return true;
    }
    if (PyUnicode_CompareWithASCIIString(padding, "same") == 0) {
        return strides_are_one(call);
    }
    if (PyUnicode_CompareWithASCIIString(padding, "valid") == 0) {
        return true;
    }
    PyErr_Format(PyExc_ValueError, "Invalid padding string %R, should be one of {'same', 'valid'}",
                 padding);
    return false;
}

/* Lent: "zeros", or what else stands beyond the border. */
static PyObject *padding_mode(const struct call *call, const struct places *at)
{
    static const char *const modes[] = { "zeros", "reflect", "replicate", "circular" };
    PyObject *mode = call->arguments[at->padding_mode];
    bool known = false;
    for (size_t i = 0; i < sizeof(modes) / sizeof(*modes) && mode && PyUnicode_Check(mode); i++) {
        known |= PyUnicode_CompareWithASCIIString(mode, modes[i]) == 0;
    }
    if (mode && !known) {
        return PyErr_Format(PyExc_ValueError,
                            "padding_mode must be one of {'zeros', 'reflect', 'replicate', "
                            "'circular'}, but got padding_mode='%S'",
                            mode);
    }
    return mode;
}

static bool check_mode(const struct call *call, const struct places *at)
{
    PyObject *mode = padding_mode(call, at);
    if (mode && class_is_transposed(call->row) &&
        PyUnicode_CompareWithASCIIString(mode, "zeros") != 0) {
        PyErr_Format(PyExc_ValueError,
                     "Only \"zeros\" padding mode is supported for ConvTranspose%dd",
                     class_spatial(call->row));
    }
    return !PyErr_Occurred();
}

/* ---- making one -------------------------------------------------------------------------------- */

static bool add_parameters(const struct call *call, int64_t first, int64_t second, int64_t out,
                           bool with_bias)
{
    PyObject *self = call->arguments[SELF];
    PyObject *kernel = PyObject_GetAttrString(self, "kernel_size");
    struct shape sizes = { 0 }, shape = { 2, { first, second } };
    const bool known = kernel && shape_of(kernel, &sizes);
    Py_XDECREF(kernel);
    if (!known || sizes.dims != class_spatial(call->row)) {
        return PyErr_Occurred() ? false : argument_refuse(call, KERNEL, "int or tuple of ints");
    }
    for (int d = 0; d < sizes.dims; d++) {
        shape.size[shape.dims++] = sizes.size[d];
    }
    struct tensor *weight = layer_add_parameter(call->face, self, "weight", &shape), *bias = NULL;
    if (weight && with_bias) {
        bias = layer_add_parameter(call->face, self, "bias", &(struct shape){ 1, { out } });
    }
    if (!weight || (with_bias && !bias) ||
        (!with_bias &&
         PyDict_SetItemString(module_object(self)->parameters, "bias", Py_None) != 0)) {
        return false;
    }
    struct error err;
    return nn_init_linear(&call->face->engine->generator, weight, bias, &err) || torch_raise(&err);
}

static bool set_windows(const struct call *call, const struct places *at)
{
    const int spatial = class_spatial(call->row);
    PyObject *self = call->arguments[SELF], *padding = call->arguments[PADDING];
    const bool words = padding && PyUnicode_Check(padding);
    return layer_set_tuple(call, KERNEL, "kernel_size", spatial, 1) &&
           layer_set_tuple(call, STRIDE, "stride", spatial, 1) &&
           (words ? layer_set(self, "padding", Py_NewRef(padding))
                  : layer_set_tuple(call, PADDING, "padding", spatial, 0)) &&
           layer_set_tuple(call, at->dilation, "dilation", spatial, 1) &&
           (at->output_padding
                ? layer_set_tuple(call, at->output_padding, "output_padding", spatial, 0)
                : layer_set(self, "output_padding",
                            spatial == 1 ? Py_BuildValue("(i)", 0) : Py_BuildValue("(ii)", 0, 0)));
}

/* What F.pad takes for the other modes, the last dimension first: padding before and behind; for 'same'
 * dilation·(kernel - 1), the odd one behind. None of what are no sizes: who uses them says so. */
static PyObject *border_of(PyObject *self, int spatial)
{
    PyObject *padding = PyObject_GetAttrString(self, "padding");
    PyObject *kernel = PyObject_GetAttrString(self, "kernel_size");
    PyObject *dilation = PyObject_GetAttrString(self, "dilation");
    struct shape given = { 0 }, sizes = { 0 }, steps = { 0 };
    const bool words = padding && PyUnicode_Check(padding);
    const bool same = words && PyUnicode_CompareWithASCIIString(padding, "same") == 0;
    PyObject *border = padding && kernel && dilation && shape_of(kernel, &sizes) &&
                               shape_of(dilation, &steps) && (words || shape_of(padding, &given))
                           ? PyList_New(2 * (Py_ssize_t)spatial)
                           : NULL;
    for (int d = 0; border && d < spatial; d++) {
        const int64_t all = same    ? steps.size[d] * (sizes.size[d] - 1)
                            : words ? 0
                                    : 2 * given.size[d];
        const Py_ssize_t at = 2 * (Py_ssize_t)(spatial - 1 - d);
        PyList_SET_ITEM(border, at, PyLong_FromLongLong(all / 2));
        PyList_SET_ITEM(border, at + 1, PyLong_FromLongLong(all - all / 2));
    }
    if (border && !words) {
        Py_SETREF(border, PyList_AsTuple(border));
    }
    Py_XDECREF(padding);
    Py_XDECREF(kernel);
    Py_XDECREF(dilation);
    return border || PyErr_Occurred() ? border : Py_NewRef(Py_None);
}

static bool set_border(const struct call *call, const struct places *at)
{
    PyObject *self = call->arguments[SELF], *mode = padding_mode(call, at);
    return layer_set(self, "padding_mode",
                     mode ? Py_NewRef(mode) : PyUnicode_FromString("zeros")) &&
           layer_set(self, "_reversed_padding_repeated_twice",
                     border_of(self, class_spatial(call->row)));
}

static PyObject *conv_begin(struct call *call)
{
    PyObject *self = call->arguments[SELF];
    const struct places at = places_of(call->row);
    const bool transposed = class_is_transposed(call->row);
    int64_t in = 0, out = 0, groups = 1;
    bool bias = true;
    if (!argument_integer(call, IN, &in) || !argument_integer(call, OUT, &out) ||
        !argument_integer(call, at.groups, &groups) || !argument_bool(call, at.bias, &bias) ||
        !check_groups(in, out, groups) || !check_padding(call) || !check_mode(call, &at) ||
        !module_begin(self) || !layer_set(self, "in_channels", PyLong_FromLongLong(in)) ||
        !layer_set(self, "out_channels", PyLong_FromLongLong(out)) || !set_windows(call, &at) ||
        !layer_set(self, "transposed", PyBool_FromLong(transposed)) ||
        !layer_set(self, "groups", PyLong_FromLongLong(groups)) || !set_border(call, &at) ||
        !add_parameters(call, transposed ? in : out, (transposed ? out : in) / groups, out, bias)) {
        return NULL;
    }
    Py_RETURN_NONE;
}

BEGIN_THERE(conv_begin)

/* ---- using it ---------------------------------------------------------------------------------- */

/* A new reference: the input with its border; NULL with an exception. */
static PyObject *bordered(const struct call *call, PyObject *mode)
{
    PyObject *border =
        PyObject_GetAttrString(call->arguments[SELF], "_reversed_padding_repeated_twice");
    PyObject *functional = border ? PyImport_ImportModule("torch.nn.functional") : NULL;
    PyObject *padded =
        functional ? PyObject_CallMethod(functional, "pad", "OOO", call->arguments[1], border, mode)
                   : NULL;
    Py_XDECREF(border);
    Py_XDECREF(functional);
    return padded;
}

static PyObject *conv_with_border(const struct call *call, PyObject *mode)
{
    static const struct held_argument held[] = {
        { "weight", 1 }, { "bias", 2 }, { "stride", 3 }, { "dilation", 5 }, { "groups", 6 }
    };
    struct call inner = *call;
    PyObject *padded = bordered(call, mode);
    inner.arguments[1] = padded;
    PyObject *result =
        padded ? layer_call_held(&inner, class_spatial(call->row) == 1 ? "conv1d" : "conv2d", 1,
                                 held, 5)
               : NULL;
    Py_XDECREF(padded);
    return result;
}

static PyObject *conv_forward(struct call *call)
{
    PyObject *mode = PyObject_GetAttrString(call->arguments[SELF], "padding_mode");
    if (!mode || (PyUnicode_Check(mode) && PyUnicode_CompareWithASCIIString(mode, "zeros") != 0)) {
        PyObject *result = mode ? conv_with_border(call, mode) : NULL;
        Py_XDECREF(mode);
        return result;
    }
    Py_DECREF(mode);
    static const struct held_argument held[] = { { "weight", 1 },   { "bias", 2 },
                                                 { "stride", 3 },   { "padding", 4 },
                                                 { "dilation", 5 }, { "groups", 6 } };
    return layer_call_held(call, class_spatial(call->row) == 1 ? "conv1d" : "conv2d", 1, held, 6);
}

static PyObject *conv_transpose_forward(struct call *call)
{
    static const struct held_argument held[] = { { "weight", 1 },         { "bias", 2 },
                                                 { "stride", 3 },         { "padding", 4 },
                                                 { "output_padding", 5 }, { "groups", 6 },
                                                 { "dilation", 7 } };
    if (argument_given(call, 2)) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "%s(output_size=...) is not supported by Gradlight", call->row->name);
    }
    return layer_call_held(
        call, class_spatial(call->row) == 1 ? "conv_transpose1d" : "conv_transpose2d", 1, held, 7);
}

/* Appends the attribute unless all its entries are `usual`. */
static bool append_unless(PyObject **text, PyObject *self, const char *name, int64_t usual)
{
    PyObject *value = *text ? PyObject_GetAttrString(self, name) : NULL;
    struct shape entries;
    bool told = value && !shape_of(value, &entries);
    for (int d = 0; value && !told && d < entries.dims; d++) {
        told = entries.size[d] != usual;
    }
    Py_XDECREF(value);
    return value && (!told || layer_append(text, self, name));
}

static bool append_groups(PyObject **text, PyObject *self)
{
    PyObject *groups = *text ? PyObject_GetAttrString(self, "groups") : NULL;
    const long count = groups ? PyLong_AsLong(groups) : 1;
    Py_XDECREF(groups);
    return groups && (count == 1 || layer_append(text, self, "groups"));
}

static PyObject *conv_text(struct call *call)
{
    PyObject *self = call->arguments[SELF];
    PyObject *in = PyObject_GetAttrString(self, "in_channels");
    PyObject *out = in ? PyObject_GetAttrString(self, "out_channels") : NULL;
    PyObject *text = out ? PyUnicode_FromFormat("%S, %S", in, out) : NULL;
    Py_XDECREF(in);
    Py_XDECREF(out);
    const bool ok =
        layer_append(&text, self, "kernel_size") && layer_append(&text, self, "stride") &&
        append_unless(&text, self, "padding", 0) && append_unless(&text, self, "dilation", 1) &&
        append_unless(&text, self, "output_padding", 0) && append_groups(&text, self);
    if (ok && !layer_parameter(self, call->face->words.bias)) {
        PyUnicode_AppendAndDel(&text, PyUnicode_FromString(", bias=False"));
    }
    PyObject *mode = text ? PyObject_GetAttrString(self, "padding_mode") : NULL;
    if (mode && PyUnicode_Check(mode) && PyUnicode_CompareWithASCIIString(mode, "zeros") != 0) {
        PyUnicode_AppendAndDel(&text, PyUnicode_FromFormat(", padding_mode=%U", mode));
    }
    Py_XDECREF(mode);
    return text;
}

/* ---- the table --------------------------------------------------------------------------------- */

#define CONV(dims)                                                                         \
    {                                                                                      \
        "Conv" #dims "d", "torch.nn.modules.conv",                                         \
            { "Conv" #dims "d.__init__",                                                   \
              { "self", "in_channels", "out_channels", "kernel_size", "stride", "padding", \
                "dilation", "groups", "bias", "padding_mode", "device", "dtype" },         \
              .required = 4,                                                               \
              .call = conv_begin_there },                                                  \
            FORWARD("Conv" #dims "d", conv_forward), TEXT(conv_text), linear_resets        \
    }
#define CONV_TRANSPOSE(dims)                                                               \
    {                                                                                      \
        "ConvTranspose" #dims "d", "torch.nn.modules.conv",                                \
            { "ConvTranspose" #dims "d.__init__",                                          \
              { "self", "in_channels", "out_channels", "kernel_size", "stride", "padding", \
                "output_padding", "groups", "bias", "dilation", "padding_mode", "device",  \
                "dtype" },                                                                 \
              .required = 4,                                                               \
              .call = conv_begin_there },                                                  \
            { "ConvTranspose" #dims "d.forward",                                           \
              { "self", "input", "output_size" },                                          \
              .required = 2,                                                               \
              .call = conv_transpose_forward },                                            \
            TEXT(conv_text), linear_resets                                                 \
    }

const struct layer convolution_layers[] = {
    CONV(1), CONV(2), CONV_TRANSPOSE(1), CONV_TRANSPOSE(2), { .name = NULL },
};
