/* Norms and dropout. */
#include <string.h>

#include "engine/engine.h"
#include "engine/nn/norms.h"
#include "engine/observer.h"
#include "lessons/torch/arguments.h"
#include "lessons/torch/functions.h"
#include "lessons/torch/layers.h"

/* ---- what they share --------------------------------------------------------------------------- */

/* weight and bias of that shape, ones and zeros; None where there are none. */
static bool add_affine(const struct call *call, const struct shape *shape, bool weight, bool bias)
{
    PyObject *self = call->arguments[0];
    PyObject *parameters = module_object(self)->parameters;
    struct tensor *scale = NULL, *shift = NULL;
    struct error err;
    if (weight ? !(scale = layer_add_parameter(call->face, self, "weight", shape))
               : PyDict_SetItemString(parameters, "weight", Py_None) != 0) {
        return false;
    }
    if (bias ? !(shift = layer_add_parameter(call->face, self, "bias", shape))
             : PyDict_SetItemString(parameters, "bias", Py_None) != 0) {
        return false;
    }
    return nn_init_norm(scale, shift, &err) || torch_raise(&err);
}

/* The attribute's text alone. */
static PyObject *text_of(PyObject *self, const char *name)
{
    PyObject *value = PyObject_GetAttrString(self, name);
    PyObject *text = value ? PyObject_Str(value) : NULL;
    Py_XDECREF(value);
    return text;
}

/* ---- over the batch ---------------------------------------------------------------------------- */

enum { SELF, FEATURES, EPS, MOMENTUM, AFFINE, TRACK, DEVICE, DTYPE };

static bool add_buffer(PyObject *self, const char *name, struct tensor *tensor, bool wanted,
                       const struct error *err)
{
    PyObject *value = wanted ? tensor_object_take(face_current(), tensor, err) : Py_NewRef(Py_None);
    PyObject *done = value ? PyObject_CallMethod(self, "register_buffer", "sO", name, value) : NULL;
    Py_XDECREF(value);
    Py_XDECREF(done);
    return done != NULL;
}

/* running_mean, running_var, num_batches_tracked; None where they are not tracked. */
static bool add_running(const struct call *call, int64_t features, bool tracked)
{
    struct engine *engine = call->face->engine;
    PyObject *self = call->arguments[SELF];
    const struct tensor_spec each = { .dtype = engine->default_dtype,
                                      .shape = { 1, { features } },
                                      .backend = engine->default_backend };
    const struct tensor_spec one = { .dtype = DTYPE_INT64, .backend = engine->default_backend };
    struct error err = { 0 };
    const struct number zero = number_integer(0), unit = number_integer(1);
    return add_buffer(self, "running_mean", tracked ? tensor_full(engine, &each, zero, &err) : NULL,
                      tracked, &err) &&
           add_buffer(self, "running_var", tracked ? tensor_full(engine, &each, unit, &err) : NULL,
                      tracked, &err) &&
           add_buffer(self, "num_batches_tracked",
                      tracked ? tensor_full(engine, &one, zero, &err) : NULL, tracked, &err);
}

static PyObject *batch_begin(struct call *call)
{
    PyObject *self = call->arguments[SELF];
    int64_t features = 0;
    bool affine = true, track = true;
    if (!argument_integer(call, FEATURES, &features) || !argument_bool(call, AFFINE, &affine) ||
        !argument_bool(call, TRACK, &track) || !module_begin(self) ||
        !layer_set(self, "num_features", PyLong_FromLongLong(features)) ||
        !layer_set_argument(call, EPS, "eps", PyFloat_FromDouble(1e-5)) ||
        !layer_set(self, "momentum",
                   call->arguments[MOMENTUM] ? Py_NewRef(call->arguments[MOMENTUM])
                                             : PyFloat_FromDouble(0.1)) ||
        !layer_set(self, "affine", PyBool_FromLong(affine)) ||
        !layer_set(self, "track_running_stats", PyBool_FromLong(track)) ||
        !add_affine(call, &(struct shape){ 1, { features } }, affine, affine) ||
        !add_running(call, features, track)) {
        return NULL;
    }
    Py_RETURN_NONE;
}

BEGIN_THERE(batch_begin)

/* "expected 4D input (got 2D input)" */
static bool check_dims(const struct function_row *row, const struct tensor *x)
{
    const bool images = strstr(row->name, "2d") != NULL;
    const int dims = x->shape.dims;
    if (images ? dims == 4 : dims == 2 || dims == 3) {
        return true;
    }
    PyErr_Format(PyExc_ValueError, "expected %s input (got %dD input)", images ? "4D" : "2D or 3D",
                 dims);
    return false;
}

/* 1, 0, or -1 with an exception. */
static int is_true(PyObject *self, const char *name)
{
    PyObject *value = PyObject_GetAttrString(self, name);
    const int truth = value ? PyObject_IsTrue(value) : -1;
    Py_XDECREF(value);
    return truth;
}

/* How far the running statistics move: the momentum, or the mean of all batches so far. Counts this one.
 * A new reference. */
static PyObject *count_batch(PyObject *self)
{
    PyObject *momentum = PyObject_GetAttrString(self, "momentum");
    PyObject *count = momentum ? PyObject_GetAttrString(self, "num_batches_tracked") : NULL;
    if (!count || count == Py_None) {
        Py_XDECREF(count);
        return momentum;
    }
    struct engine *engine = face_current()->engine;
    engine->quiet++; /* no part of the computation */
    PyObject *counted = PyObject_CallMethod(count, "add_", "i", 1);
    engine->quiet--;
    Py_DECREF(count);
    if (!counted || momentum != Py_None) {
        Py_XDECREF(counted);
        return counted ? momentum : NULL;
    }
    Py_DECREF(momentum);
    PyObject *batches = PyNumber_Float(counted);
    Py_DECREF(counted);
    PyObject *share = batches ? PyFloat_FromDouble(1 / PyFloat_AS_DOUBLE(batches)) : NULL;
    Py_XDECREF(batches);
    return share;
}

/* The momentum of this call; 0.0 where nothing is counted and there is none. */
static PyObject *momentum_of(PyObject *self, bool counts)
{
    PyObject *momentum = counts ? count_batch(self) : PyObject_GetAttrString(self, "momentum");
    if (momentum == Py_None) {
        Py_DECREF(momentum);
        return PyFloat_FromDouble(0);
    }
    return momentum;
}

/* Told with the running statistics, since it counts for them. */
static void tell_count(PyObject *self)
{
    struct face *face = face_current();
    PyObject *count = PyObject_GetAttrString(self, "num_batches_tracked");
    if (!count) {
        PyErr_Clear();
    } else if (tensor_object_is(face, count) && OBSERVED(face->engine, updated)) {
        const struct observed_update update = { .tensor = tensor_object_tensor(count),
                                                .by = "batch_norm",
                                                .elements = true };
        face->engine->observer->calls->updated(face->engine->observer->context, &update);
    }
    Py_XDECREF(count);
}

static PyObject *batch_forward(struct call *call)
{
    PyObject *self = call->arguments[SELF];
    struct tensor *x = argument_tensor(call, 1);
    if (!x || !check_dims(call->row, x)) {
        return NULL;
    }
    const int training = is_true(self, "training"), track = is_true(self, "track_running_stats");
    struct call inner = { .face = call->face, .row = functional_find("batch_norm") };
    PyObject *mean = PyObject_GetAttrString(self, "running_mean");
    PyObject *var = mean ? PyObject_GetAttrString(self, "running_var") : NULL;
    PyObject *weight = var ? PyObject_GetAttr(self, call->face->words.weight) : NULL;
    PyObject *bias = weight ? PyObject_GetAttr(self, call->face->words.bias) : NULL;
    PyObject *eps = bias ? PyObject_GetAttrString(self, "eps") : NULL;
    PyObject *momentum =
        eps && training >= 0 && track >= 0 ? momentum_of(self, training == 1 && track == 1) : NULL;
    PyObject *result = NULL;
    if (momentum) {
        const bool uses = training == 0 || track == 1;
        inner.arguments[0] = call->arguments[1];
        inner.arguments[1] = uses ? mean : NULL;
        inner.arguments[2] = uses ? var : NULL;
        inner.arguments[3] = weight;
        inner.arguments[4] = bias;
        inner.arguments[5] =
            training == 1 || (mean == Py_None && var == Py_None) ? Py_True : Py_False;
        inner.arguments[6] = momentum;
        inner.arguments[7] = eps;
        result = inner.row->call(&inner);
    }
    if (result && training == 1 && track == 1) {
        tell_count(self);
    }
    Py_XDECREF(mean);
    Py_XDECREF(var);
    Py_XDECREF(weight);
    Py_XDECREF(bias);
    Py_XDECREF(eps);
    Py_XDECREF(momentum);
    return result;
}

static PyObject *batch_text(struct call *call)
{
    PyObject *self = call->arguments[SELF], *text = text_of(self, "num_features");
    layer_append(&text, self, "eps");
    layer_append(&text, self, "momentum");
    layer_append(&text, self, "affine");
    layer_append(&text, self, "track_running_stats");
    return text;
}

/* ---- over the last dimensions ------------------------------------------------------------------ */

/* LayerNorm(normalized_shape, eps, elementwise_affine, bias), RMSNorm(normalized_shape, eps,
 * elementwise_affine) */
static bool is_rms(const struct function_row *row)
{
    return strncmp(row->name, "RMS", 3) == 0;
}

static PyObject *layer_begin(struct call *call)
{
    PyObject *self = call->arguments[SELF];
    const bool rms = is_rms(call->row);
    struct shape shape;
    bool affine = true, bias = !rms;
    if (!argument_size(call, 1, &shape) || !argument_bool(call, 3, &affine) ||
        (!rms && !argument_bool(call, 4, &bias)) || !module_begin(self) ||
        !layer_set_tuple(call, 1, "normalized_shape", 1, 1) ||
        !layer_set_argument(call, 2, "eps", rms ? Py_NewRef(Py_None) : PyFloat_FromDouble(1e-5)) ||
        !layer_set(self, "elementwise_affine", PyBool_FromLong(affine)) ||
        !add_affine(call, &shape, affine, affine && bias)) {
        return NULL;
    }
    if (rms) {
        PyDict_DelItemString(module_object(self)->parameters, "bias");
    }
    Py_RETURN_NONE;
}

BEGIN_THERE(layer_begin)

static PyObject *layer_forward(struct call *call)
{
    static const struct held_argument held[] = {
        { "normalized_shape", 1 }, { "weight", 2 }, { "bias", 3 }, { "eps", 4 }
    };
    static const struct held_argument rms[] = { { "normalized_shape", 1 },
                                                { "weight", 2 },
                                                { "eps", 3 } };
    return is_rms(call->row) ? layer_call_held(call, "rms_norm", 1, rms, 3)
                             : layer_call_held(call, "layer_norm", 1, held, 4);
}

static PyObject *layer_text(struct call *call)
{
    PyObject *self = call->arguments[SELF], *text = text_of(self, "normalized_shape");
    layer_append(&text, self, "eps");
    layer_append(&text, self, "elementwise_affine");
    return text;
}

/* ---- over groups of channels ------------------------------------------------------------------- */

static PyObject *group_begin(struct call *call)
{
    PyObject *self = call->arguments[SELF];
    int64_t groups = 0, channels = 0;
    bool affine = true;
    if (!argument_integer(call, 1, &groups) || !argument_integer(call, 2, &channels) ||
        !argument_bool(call, 4, &affine)) {
        return NULL;
    }
    if (groups == 0 || channels % groups != 0) {
        PyErr_SetString(PyExc_ValueError, "num_channels must be divisible by num_groups");
        return NULL;
    }
    if (!module_begin(self) || !layer_set(self, "num_groups", PyLong_FromLongLong(groups)) ||
        !layer_set(self, "num_channels", PyLong_FromLongLong(channels)) ||
        !layer_set_argument(call, 3, "eps", PyFloat_FromDouble(1e-5)) ||
        !layer_set(self, "affine", PyBool_FromLong(affine)) ||
        !add_affine(call, &(struct shape){ 1, { channels } }, affine, affine)) {
        return NULL;
    }
    Py_RETURN_NONE;
}

BEGIN_THERE(group_begin)

static PyObject *group_forward(struct call *call)
{
    static const struct held_argument held[] = {
        { "num_groups", 1 }, { "weight", 2 }, { "bias", 3 }, { "eps", 4 }
    };
    return layer_call_held(call, "group_norm", 1, held, 4);
}

static PyObject *group_text(struct call *call)
{
    PyObject *self = call->arguments[SELF], *groups = text_of(self, "num_groups");
    PyObject *channels = groups ? text_of(self, "num_channels") : NULL;
    PyObject *text = channels ? PyUnicode_FromFormat("%U, %U", groups, channels) : NULL;
    Py_XDECREF(groups);
    Py_XDECREF(channels);
    layer_append(&text, self, "eps");
    layer_append(&text, self, "affine");
    return text;
}

/* ---- dropout ----------------------------------------------------------------------------------- */

static PyObject *dropout_begin(struct call *call)
{
    PyObject *self = call->arguments[SELF];
    double p = 0.5;
    bool in_place = false;
    if (!argument_real(call, 1, &p) || !argument_bool(call, 2, &in_place)) {
        return NULL;
    }
    if (p < 0 || p > 1) {
        return PyErr_Format(PyExc_ValueError,
                            "dropout probability has to be between 0 and 1, but got %S",
                            call->arguments[1]);
    }
    if (!module_begin(self) || !layer_set_argument(call, 1, "p", PyFloat_FromDouble(0.5)) ||
        !layer_set(self, "inplace", PyBool_FromLong(in_place))) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *forward_dropout(struct call *call, const char *function)
{
    static const struct held_argument held[] = { { "p", 1 }, { "training", 2 }, { "inplace", 3 } };
    return layer_call_held(call, function, 1, held, 3);
}

static PyObject *dropout_forward(struct call *call)
{
    return forward_dropout(call, "dropout");
}

static PyObject *dropout1d_forward(struct call *call)
{
    return forward_dropout(call, "dropout1d");
}

static PyObject *dropout2d_forward(struct call *call)
{
    return forward_dropout(call, "dropout2d");
}

static PyObject *alpha_forward(struct call *call)
{
    return forward_dropout(call, "alpha_dropout");
}

static PyObject *dropout_text(struct call *call)
{
    PyObject *p = PyObject_GetAttrString(call->arguments[SELF], "p");
    PyObject *text = p ? PyUnicode_FromFormat("p=%S", p) : NULL;
    Py_XDECREF(p);
    layer_append(&text, call->arguments[SELF], "inplace");
    return text;
}

/* ---- the table --------------------------------------------------------------------------------- */

#define BATCH_NORM(name)                                                                    \
    {                                                                                       \
        name, "torch.nn.modules.batchnorm",                                                 \
            { "_BatchNorm.__init__",                                                        \
              { "self", "num_features", "eps", "momentum", "affine", "track_running_stats", \
                "device", "dtype" },                                                        \
              .required = 2,                                                                \
              .call = batch_begin_there },                                                  \
            FORWARD(name, batch_forward), TEXT(batch_text), batch_norm_resets               \
    }
#define DROPOUT(name, function)                               \
    {                                                         \
        name, "torch.nn.modules.dropout",                     \
            { "_DropoutNd.__init__",                          \
              { "self", "p", "inplace" },                     \
              .required = 1,                                  \
              .call = dropout_begin },                        \
            FORWARD(name, function), TEXT(dropout_text), NULL \
    }

const struct layer norm_layers[] = {
    BATCH_NORM("BatchNorm1d"),
    BATCH_NORM("BatchNorm2d"),
    { "LayerNorm",
      "torch.nn.modules.normalization",
      { "LayerNorm.__init__",
        { "self", "normalized_shape", "eps", "elementwise_affine", "bias", "device", "dtype" },
        .required = 2,
        .call = layer_begin_there },
      FORWARD("LayerNorm", layer_forward),
      TEXT(layer_text),
      norm_resets },
    { "RMSNorm",
      "torch.nn.modules.normalization",
      { "RMSNorm.__init__",
        { "self", "normalized_shape", "eps", "elementwise_affine", "device", "dtype" },
        .required = 2,
        .call = layer_begin_there },
      FORWARD("RMSNorm", layer_forward),
      TEXT(layer_text),
      norm_resets },
    { "GroupNorm",
      "torch.nn.modules.normalization",
      { "GroupNorm.__init__",
        { "self", "num_groups", "num_channels", "eps", "affine", "device", "dtype" },
        .required = 3,
        .call = group_begin_there },
      FORWARD("GroupNorm", group_forward),
      TEXT(group_text),
      norm_resets },
    DROPOUT("Dropout", dropout_forward),
    DROPOUT("Dropout1d", dropout1d_forward),
    DROPOUT("Dropout2d", dropout2d_forward),
    DROPOUT("AlphaDropout", alpha_forward),
    { .name = NULL },
};
