/* Functions that bring values to a common scale, and dropout. */
#include <float.h>

#include "engine/nn/norms.h"
#include "lessons/torch/functions.h"

/* ---- norms ------------------------------------------------------------------------------------- */

/* (input, running_mean, running_var, weight, bias, training, momentum, eps) */
static PyObject *call_batch_norm(struct call *call)
{
    struct nn_batch_norm how = { .momentum = 0.1, .eps = 1e-5 };
    struct tensor *x = argument_tensor(call, 0);
    struct error err;
    if (!x || !argument_tensor_or_none(call, 1, &how.mean) ||
        !argument_tensor_or_none(call, 2, &how.variance) ||
        !argument_tensor_or_none(call, 3, &how.weight) ||
        !argument_tensor_or_none(call, 4, &how.bias) || !argument_bool(call, 5, &how.training) ||
        !argument_real(call, 6, &how.momentum) || !argument_real(call, 7, &how.eps)) {
        return NULL;
    }
    return function_result(call, nn_batch_norm(call->face->engine, &how, x, &err), &err);
}

/* (input, normalized_shape, weight, bias, eps) */
static PyObject *call_layer_norm(struct call *call)
{
    struct nn_norm how = { .eps = 1e-5 };
    struct tensor *x = argument_tensor(call, 0);
    struct error err;
    if (!x || !argument_size(call, 1, &how.shape) ||
        !argument_tensor_or_none(call, 2, &how.weight) ||
        !argument_tensor_or_none(call, 3, &how.bias) || !argument_real(call, 4, &how.eps)) {
        return NULL;
    }
    return function_result(call, nn_layer_norm(call->face->engine, &how, x, &err), &err);
}

/* (input, normalized_shape, weight, eps) */
static PyObject *call_rms_norm(struct call *call)
{
    struct nn_norm how = { .eps = FLT_EPSILON };
    struct tensor *x = argument_tensor(call, 0);
    struct error err;
    if (!x || !argument_size(call, 1, &how.shape) ||
        !argument_tensor_or_none(call, 2, &how.weight)) {
        return NULL;
    }
    how.eps = x->dtype == DTYPE_FLOAT64 ? DBL_EPSILON : FLT_EPSILON;
    return argument_real(call, 3, &how.eps)
               ? function_result(call, nn_rms_norm(call->face->engine, &how, x, &err), &err)
               : NULL;
}

/* "Expected more than 1 value per channel when training", as for a batch */
static bool check_group_size(const struct shape *x, int64_t groups)
{
    if (x->dims < 2 || groups <= 0 || x->size[1] % groups != 0) {
        return true; /* said elsewhere */
    }
    int64_t values = x->size[0] * x->size[1] / groups;
    for (int d = 2; d < x->dims; d++) {
        values *= x->size[d];
    }
    if (values != 1) {
        return true;
    }
    struct text size = { 0 };
    text_format(&size, "[%lld, %lld", (long long)(x->size[0] * x->size[1] / groups),
                (long long)groups);
    for (int d = 2; d < x->dims; d++) {
        text_format(&size, ", %lld", (long long)x->size[d]);
    }
    PyErr_Format(PyExc_ValueError,
                 "Expected more than 1 value per channel when training, got input size %s]",
                 text_string(&size));
    text_finish(&size);
    return false;
}

/* (input, num_groups, weight, bias, eps) */
static PyObject *call_group_norm(struct call *call)
{
    struct nn_norm how = { .eps = 1e-5 };
    struct tensor *x = argument_tensor(call, 0);
    struct error err;
    if (!x || !argument_integer(call, 1, &how.groups) ||
        !argument_tensor_or_none(call, 2, &how.weight) ||
        !argument_tensor_or_none(call, 3, &how.bias) || !argument_real(call, 4, &how.eps) ||
        !check_group_size(&x->shape, how.groups)) {
        return NULL;
    }
    return function_result(call, nn_group_norm(call->face->engine, &how, x, &err), &err);
}

/* (input, p, dim, eps) */
static PyObject *call_normalize(struct call *call)
{
    struct nn_normalize how = { .order = number_real(2), .dim = 1, .eps = 1e-12 };
    struct tensor *x = argument_tensor(call, 0);
    struct error err;
    if (!x || !argument_number(call, 1, &how.order) || !argument_integer(call, 2, &how.dim) ||
        !argument_real(call, 3, &how.eps)) {
        return NULL;
    }
    return function_result(call, nn_normalize(call->face->engine, &how, x, &err), &err);
}

/* ---- dropout ----------------------------------------------------------------------------------- */

/* (input, p, training, inplace) */
static bool read_dropout(const struct call *call, struct nn_dropout *how)
{
    how->training = true;
    if (!argument_real(call, 1, &how->p) || !argument_bool(call, 2, &how->training) ||
        !argument_bool(call, 3, &how->in_place)) {
        return false;
    }
    if (how->p < 0 || how->p > 1) {
        PyErr_Format(PyExc_ValueError, "dropout probability has to be between 0 and 1, but got %S",
                     call->arguments[1]);
        return false;
    }
    return true;
}

static PyObject *drop(struct call *call, struct nn_dropout how)
{
    struct tensor *x = argument_tensor(call, 0);
    struct error err;
    return x && read_dropout(call, &how)
               ? function_result(call, nn_dropout(call->face->engine, &how, x, &err), &err)
               : NULL;
}

static PyObject *call_dropout(struct call *call)
{
    return drop(call, (struct nn_dropout){ .p = 0.5 });
}

static PyObject *call_alpha_dropout(struct call *call)
{
    return drop(call, (struct nn_dropout){ .p = 0.5, .alpha = true });
}

static bool warn_dropout2d(int dims)
{
    if (dims == 4) {
        return true;
    }
    if (dims == 3) {
        return PyErr_WarnEx(
                   PyExc_UserWarning,
                   "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D "
                   "dropout behavior is desired - input is interpreted as shape (N, C, L), where C "
                   "is the channel dim. This behavior will change in a future release to interpret "
                   "the input as one without a batch dimension, i.e. shape (C, H, W). To maintain "
                   "the 1D channel-wise dropout behavior, please switch to using dropout1d "
                   "instead.",
                   1) == 0;
    }
    return PyErr_WarnFormat(
               PyExc_UserWarning, 1,
               "dropout2d: Received a %d-D input to dropout2d, which is deprecated and will result "
               "in an error in a future release. To retain the behavior and silence this warning, "
               "please use dropout instead. Note that dropout2d exists to provide channel-wise "
               "dropout on inputs with 2 spatial dimensions, a channel dimension, and an optional "
               "batch dimension (i.e. 3D or 4D inputs).",
               dims) == 0;
}

static PyObject *call_dropout2d(struct call *call)
{
    struct tensor *x = argument_tensor(call, 0);
    return x && warn_dropout2d(x->shape.dims)
               ? drop(call, (struct nn_dropout){ .p = 0.5, .by_channel = true })
               : NULL;
}

static PyObject *call_dropout1d(struct call *call)
{
    struct tensor *x = argument_tensor(call, 0);
    if (!x) {
        return NULL;
    }
    if (x->shape.dims != 2 && x->shape.dims != 3) {
        return PyErr_Format(PyExc_RuntimeError,
                            "dropout1d: Expected 2D or 3D input, but received a %dD input. Note "
                            "that dropout1d exists to provide channel-wise dropout on inputs with "
                            "1 spatial dimension, a channel dimension, and an optional batch "
                            "dimension (i.e. 2D or 3D inputs).",
                            x->shape.dims);
    }
    if (x->shape.dims == 3) {
        return drop(call, (struct nn_dropout){ .p = 0.5, .by_channel = true });
    }
    /* Without a batch: one is made and taken away. */
    PyObject *given = call->arguments[0];
    PyObject *batch = PyObject_CallMethod(given, "unsqueeze", "i", 0);
    call->arguments[0] = batch;
    PyObject *dropped =
        batch ? drop(call, (struct nn_dropout){ .p = 0.5, .by_channel = true }) : NULL;
    PyObject *result = dropped ? PyObject_CallMethod(dropped, "squeeze", "i", 0) : NULL;
    call->arguments[0] = given;
    Py_XDECREF(batch);
    Py_XDECREF(dropped);
    return result;
}

/* ---- the table --------------------------------------------------------------------------------- */

#define DROPOUT(name)                                                                       \
    {                                                                                       \
#name, { "input", "p", "training", "inplace" }, .required = 1, .call = call_##name, \
                                                        .places = PLACE_FUNCTIONAL          \
    }

const struct function_row norm_rows[] = {
    { "batch_norm",
      { "input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps" },
      .required = 3,
      .call = call_batch_norm,
      .places = PLACE_FUNCTIONAL },
    { "layer_norm",
      { "input", "normalized_shape", "weight", "bias", "eps" },
      .required = 2,
      .call = call_layer_norm,
      .places = PLACE_FUNCTIONAL | PLACE_TORCH },
    { "rms_norm",
      { "input", "normalized_shape", "weight", "eps" },
      .required = 2,
      .call = call_rms_norm,
      .places = PLACE_FUNCTIONAL | PLACE_TORCH },
    { "group_norm",
      { "input", "num_groups", "weight", "bias", "eps" },
      .required = 2,
      .call = call_group_norm,
      .places = PLACE_FUNCTIONAL | PLACE_TORCH },
    { "normalize",
      { "input", "p", "dim", "eps" },
      .required = 1,
      .call = call_normalize,
      .places = PLACE_FUNCTIONAL },
    DROPOUT(dropout),
    DROPOUT(alpha_dropout),
    DROPOUT(dropout1d),
    DROPOUT(dropout2d),
    { .name = NULL },
};
