/* Layers with parameters. */
#include "engine/autograd/autograd.h"
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
    if (!module_begin(self) || !layer_set(self, "in_features", PyLong_FromLongLong(in)) ||
        !layer_set(self, "out_features", PyLong_FromLongLong(out)) ||
        !linear_parameters(call, in, out, bias)) {
        return NULL;
    }
    Py_RETURN_NONE;
}

BEGIN_THERE(linear_begin)

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

/* ---- Bilinear ---------------------------------------------------------------------------------- */

static PyObject *bilinear_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    int64_t first = 0, second = 0, out = 0;
    bool with_bias = true;
    if (!argument_integer(call, 1, &first) || !argument_integer(call, 2, &second) ||
        !argument_integer(call, 3, &out) || !argument_bool(call, 4, &with_bias)) {
        return NULL;
    }
    if (first <= 0) {
        return PyErr_Format(PyExc_ValueError, "in1_features must be > 0, but got %lld",
                            (long long)first);
    }
    if (!module_begin(self) || !layer_set(self, "in1_features", PyLong_FromLongLong(first)) ||
        !layer_set(self, "in2_features", PyLong_FromLongLong(second)) ||
        !layer_set(self, "out_features", PyLong_FromLongLong(out))) {
        return NULL;
    }
    struct tensor *bias = NULL;
    struct tensor *weight = layer_add_parameter(call->face, self, "weight",
                                                &(struct shape){ 3, { out, first, second } });
    if (!weight ||
        (with_bias ? !(bias = layer_add_parameter(call->face, self, "bias",
                                                  &(struct shape){ 1, { out } }))
                   : PyDict_SetItemString(module_object(self)->parameters, "bias", Py_None) != 0)) {
        return NULL;
    }
    struct error err;
    return nn_init_bilinear(&call->face->engine->generator, weight, bias, &err) ? Py_NewRef(Py_None)
                                                                                : torch_raise(&err);
}

BEGIN_THERE(bilinear_begin)

static PyObject *bilinear_forward(struct call *call)
{
    static const struct held_argument held[] = { { "weight", 2 }, { "bias", 3 } };
    return layer_call_held(call, "bilinear", 2, held, 2);
}

static PyObject *bilinear_text(struct call *call)
{
    PyObject *self = call->arguments[0];
    PyObject *first = PyObject_GetAttrString(self, "in1_features");
    PyObject *text = first ? PyUnicode_FromFormat("in1_features=%S", first) : NULL;
    Py_XDECREF(first);
    if (layer_append(&text, self, "in2_features") && layer_append(&text, self, "out_features")) {
        const bool bias = layer_parameter(self, call->face->words.bias);
        PyUnicode_AppendAndDel(&text, PyUnicode_FromString(bias ? ", bias=True" : ", bias=False"));
    }
    return text;
}

/* ---- Embedding --------------------------------------------------------------------------------- */

enum { EMBEDDING_PADDING = 3, EMBEDDING_WEIGHT = 8, EMBEDDING_FREEZE };

static bool refuse_embedding(const struct call *call)
{
    static const struct {
        int argument;
        const char *name;
    } refused[] = { { 6, "scale_grad_by_freq" }, { 7, "sparse" } };
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        if (argument_given(call, refused[i].argument) &&
            call->arguments[refused[i].argument] != Py_False) {
            PyErr_Format(PyExc_NotImplementedError,
                         "Embedding(%s=...) is not supported by Gradlight", refused[i].name);
            return false;
        }
    }
    return true;
}

/* padding_idx counted from 0; -1: none. */
static bool read_padding(const struct call *call, int64_t count, int64_t *padding)
{
    *padding = -1;
    if (!argument_given(call, EMBEDDING_PADDING)) {
        return true;
    }
    if (!argument_integer(call, EMBEDDING_PADDING, padding)) {
        return false;
    }
    if (*padding < -count || *padding >= count) {
        PyErr_SetString(PyExc_AssertionError, "Padding_idx must be within num_embeddings");
        return false;
    }
    *padding += *padding < 0 ? count : 0;
    return true;
}

/* The lesson's own table: the parameter is another look at it. */
static bool take_weight(const struct call *call, struct tensor *weight)
{
    struct tensor *given = argument_tensor(call, EMBEDDING_WEIGHT);
    struct error err;
    bool freeze = false;
    if (!given || !argument_bool(call, EMBEDDING_FREEZE, &freeze)) {
        return false;
    }
    if (!shape_equal(&given->shape, &weight->shape)) {
        PyErr_SetString(PyExc_AssertionError,
                        "Shape of weight does not match num_embeddings and embedding_dim");
        return false;
    }
    tensor_set_data(weight, given);
    return !freeze || tensor_set_requires_grad(weight, false, &err) || torch_raise(&err) != NULL;
}

static PyObject *embedding_begin(struct call *call)
{
    PyObject *self = call->arguments[0];
    int64_t count = 0, width = 0, padding;
    struct error err;
    if (!argument_integer(call, 1, &count) || !argument_integer(call, 2, &width) ||
        !refuse_embedding(call) || !read_padding(call, count, &padding)) {
        return NULL;
    }
    if (!module_begin(self) || !layer_set(self, "num_embeddings", PyLong_FromLongLong(count)) ||
        !layer_set(self, "embedding_dim", PyLong_FromLongLong(width)) ||
        !layer_set(self, "padding_idx",
                   padding >= 0 ? PyLong_FromLongLong(padding) : Py_NewRef(Py_None)) ||
        !layer_set_argument(call, 4, "max_norm", Py_NewRef(Py_None)) ||
        !layer_set_argument(call, 5, "norm_type", PyFloat_FromDouble(2)) ||
        !layer_set(self, "scale_grad_by_freq", Py_NewRef(Py_False)) ||
        !layer_set(self, "sparse", Py_NewRef(Py_False))) {
        return NULL;
    }
    struct tensor *weight =
        layer_add_parameter(call->face, self, "weight", &(struct shape){ 2, { count, width } });
    if (!weight) {
        return NULL;
    }
    if (argument_given(call, EMBEDDING_WEIGHT)) {
        return take_weight(call, weight) ? Py_NewRef(Py_None) : NULL;
    }
    return nn_init_embedding(&call->face->engine->generator, weight, padding, &err)
               ? Py_NewRef(Py_None)
               : torch_raise(&err);
}

BEGIN_THERE(embedding_begin)

/* Embedding.from_pretrained(table, freeze, padding_idx) */
static PyObject *embedding_from_pretrained(struct call *call)
{
    const struct tensor *table = argument_tensor(call, 1);
    if (!table) {
        return NULL;
    }
    if (table->shape.dims != 2) {
        PyErr_SetString(PyExc_AssertionError,
                        "Embeddings parameter is expected to be 2-dimensional");
        return NULL;
    }
    PyObject *freeze = argument_given(call, 2) ? call->arguments[2] : Py_True;
    PyObject *padding = argument_given(call, 3) ? call->arguments[3] : Py_None;
    PyObject *args = Py_BuildValue("(LLO)", (long long)table->shape.size[0],
                                   (long long)table->shape.size[1], padding);
    PyObject *keywords =
        args ? Py_BuildValue("{sOsO}", "_weight", call->arguments[1], "_freeze", freeze) : NULL;
    PyObject *result = keywords ? PyObject_Call(call->arguments[0], args, keywords) : NULL;
    Py_XDECREF(keywords);
    Py_XDECREF(args);
    return result;
}

static const struct function_row embedding_others[] = {
    { "from_pretrained",
      { "cls", "embeddings", "freeze", "padding_idx" },
      .required = 2,
      .call = embedding_from_pretrained },
    { "reset_parameters", { "self" }, .required = 1, .call = layer_reset_embedding },
    { .name = NULL },
};

static PyObject *embedding_forward(struct call *call)
{
    struct call lookup = { .face = call->face, .row = functional_find("embedding") };
    PyObject *self = call->arguments[0];
    lookup.arguments[0] = call->arguments[1];
    lookup.arguments[1] = PyObject_GetAttr(self, call->face->words.weight);
    static const char *const held[] = { "padding_idx", "max_norm", "norm_type" };
    bool complete = lookup.arguments[1] != NULL;
    for (int i = 0; complete && i < 3; i++) {
        lookup.arguments[2 + i] = PyObject_GetAttrString(self, held[i]);
        complete = lookup.arguments[2 + i] != NULL;
    }
    PyObject *result = complete ? lookup.row->call(&lookup) : NULL;
    for (int i = 1; i < 5; i++) {
        Py_XDECREF(lookup.arguments[i]);
    }
    return result;
}

static PyObject *embedding_text(struct call *call)
{
    PyObject *self = call->arguments[0];
    PyObject *count = PyObject_GetAttrString(self, "num_embeddings");
    PyObject *width = count ? PyObject_GetAttrString(self, "embedding_dim") : NULL;
    PyObject *padding = width ? PyObject_GetAttrString(self, "padding_idx") : NULL;
    PyObject *limit = padding ? PyObject_GetAttrString(self, "max_norm") : NULL;
    PyObject *order = limit ? PyObject_GetAttrString(self, "norm_type") : NULL;
    PyObject *text = order ? PyUnicode_FromFormat("%S, %S", count, width) : NULL;
    if (text && padding != Py_None) {
        layer_append(&text, self, "padding_idx");
    }
    if (text && limit != Py_None) {
        layer_append(&text, self, "max_norm");
    }
    if (text && !(PyFloat_Check(order) && PyFloat_AS_DOUBLE(order) == 2)) {
        layer_append(&text, self, "norm_type");
    }
    Py_XDECREF(count);
    Py_XDECREF(width);
    Py_XDECREF(padding);
    Py_XDECREF(limit);
    Py_XDECREF(order);
    return text;
}

/* ---- the table --------------------------------------------------------------------------------- */

const struct layer weight_layers[] = {
    { "Linear",
      "torch.nn.modules.linear",
      { "Linear.__init__",
        { "self", "in_features", "out_features", "bias", "device", "dtype" },
        .required = 3,
        .call = linear_begin_there },
      FORWARD("Linear", linear_forward),
      TEXT(linear_text),
      linear_resets },
    { "Bilinear",
      "torch.nn.modules.linear",
      { "Bilinear.__init__",
        { "self", "in1_features", "in2_features", "out_features", "bias", "device", "dtype" },
        .required = 4,
        .call = bilinear_begin_there },
      { "Bilinear.forward",
        { "self", "input1", "input2" },
        .required = 3,
        .call = bilinear_forward },
      TEXT(bilinear_text),
      bilinear_resets },
    { "Embedding",
      "torch.nn.modules.sparse",
      { "Embedding.__init__",
        { "self", "num_embeddings", "embedding_dim", "padding_idx", "max_norm", "norm_type",
          "scale_grad_by_freq", "sparse", "_weight", "_freeze", "device", "dtype" },
        .required = 3,
        .call = embedding_begin_there },
      FORWARD("Embedding", embedding_forward),
      TEXT(embedding_text),
      embedding_others },
    { .name = NULL },
};
