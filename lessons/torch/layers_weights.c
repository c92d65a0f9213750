/* Layers with parameters. */
#include "engine/nn/nn.h"
#include "lessons/torch/arguments.h"
#include "lessons/torch/functions.h"
#include "lessons/torch/layers.h"

/* ---- Linear ------------------------------------------------------------------------------------ */

static bool linear_parameters(struct call *call, int64_t in, int64_t out, bool with_bias)
{
    PyObject *self = call->arguments[0];
    struct error err;
    struct tensor *weight =
        layer_add_parameter(call->face, self, "weight", &(struct shape){ 2, { out, in } });
    if (!weight) {
        return false;
    }
    struct tensor *bias = NULL;
    if (with_bias) {
        bias = layer_add_parameter(call->face, self, "bias", &(struct shape){ 1, { out } });
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
    if (!module_begin(self) || !layer_set(self, "in_features", PyLong_FromLongLong(in)) ||
        !layer_set(self, "out_features", PyLong_FromLongLong(out)) ||
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
    struct tensor *weight = layer_parameter(self, call->face->words.weight);
    if (!weight) {
        return PyErr_Format(PyExc_TypeError, "linear(): the weight is None");
    }
    struct error err;
    return function_result(call,
                           nn_linear(call->face->engine, tensor_object_tensor(call->arguments[1]),
                                     weight, layer_parameter(self, call->face->words.bias), &err),
                           &err);
}

static PyObject *linear_text(struct call *call)
{
    PyObject *self = call->arguments[0];
    PyObject *in = PyObject_GetAttrString(self, "in_features");
    PyObject *out = in ? PyObject_GetAttrString(self, "out_features") : NULL;
    PyObject *text =
        out ? PyUnicode_FromFormat("in_features=%S, out_features=%S, bias=%s", in, out,
                                   layer_parameter(self, call->face->words.bias) ? "True" : "False")
            : NULL;
    Py_XDECREF(in);
    Py_XDECREF(out);
    return text;
}

/* ---- Embedding --------------------------------------------------------------------------------- */

static PyObject *embedding_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    int64_t count = 0, width = 0, padding = -1;
    struct error err;
    if (!argument_integer(call, 1, &count) || !argument_integer(call, 2, &width) ||
        !argument_integer(call, 3, &padding)) {
        return NULL;
    }
    const bool padded = argument_given(call, 3);
    if (padded && (padding < -count || padding >= count)) {
        PyErr_SetString(PyExc_AssertionError, "Padding_idx must be within num_embeddings");
        return NULL;
    }
    padding += padded && padding < 0 ? count : 0;
    if (!module_begin(self) || !layer_set(self, "num_embeddings", PyLong_FromLongLong(count)) ||
        !layer_set(self, "embedding_dim", PyLong_FromLongLong(width)) ||
        !layer_set(self, "padding_idx",
                   padded ? PyLong_FromLongLong(padding) : Py_NewRef(Py_None))) {
        return NULL;
    }
    struct tensor *weight =
        layer_add_parameter(call->face, self, "weight", &(struct shape){ 2, { count, width } });
    if (!weight) {
        return NULL;
    }
    return nn_init_embedding(&call->face->engine->generator, weight, padding, &err)
               ? Py_NewRef(Py_None)
               : torch_raise(&err);
}

static PyObject *embedding_forward(struct call *call)
{
    struct call lookup = { .face = call->face, .row = functional_find("embedding") };
    PyObject *self = call->arguments[0];
    lookup.arguments[0] = call->arguments[1];
    lookup.arguments[1] = PyObject_GetAttr(self, call->face->words.weight);
    lookup.arguments[2] = PyObject_GetAttrString(self, "padding_idx");
    PyObject *result =
        lookup.arguments[1] && lookup.arguments[2] ? lookup.row->call(&lookup) : NULL;
    Py_XDECREF(lookup.arguments[1]);
    Py_XDECREF(lookup.arguments[2]);
    return result;
}

static PyObject *embedding_text(struct call *call)
{
    PyObject *self = call->arguments[0];
    PyObject *count = PyObject_GetAttrString(self, "num_embeddings");
    PyObject *width = count ? PyObject_GetAttrString(self, "embedding_dim") : NULL;
    PyObject *padding = width ? PyObject_GetAttrString(self, "padding_idx") : NULL;
    PyObject *text = !padding ? NULL
                     : padding == Py_None
                         ? PyUnicode_FromFormat("%S, %S", count, width)
                         : PyUnicode_FromFormat("%S, %S, padding_idx=%S", count, width, padding);
    Py_XDECREF(count);
    Py_XDECREF(width);
    Py_XDECREF(padding);
    return text;
}

/* ---- the table --------------------------------------------------------------------------------- */

const struct layer weight_layers[] = {
    { "Linear",
      "torch.nn.modules.linear",
      { "Linear.__init__",
        { "self", "in_features", "out_features", "bias", "device", "dtype" },
        .required = 3,
        .call = linear_begin },
      FORWARD("Linear", linear_forward),
      TEXT(linear_text),
      NULL },
    { "Embedding",
      "torch.nn.modules.sparse",
      { "Embedding.__init__",
        { "self", "num_embeddings", "embedding_dim", "padding_idx" },
        .required = 3,
        .call = embedding_begin },
      FORWARD("Embedding", embedding_forward),
      TEXT(embedding_text),
      NULL },
    { .name = NULL },
};
