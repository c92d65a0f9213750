/* torch.nn.init: fills weights in place, unseen by autograd. The formulas are in engine/nn/init.h. */
#include "lessons/torch/functions.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "engine/nn/init.h"
#include "engine/observer.h"
#include "engine/tensor/compute.h"
#include "engine/tensor/random.h"
#include "lessons/torch/creation.h"

/* The tensor that was filled. */
static PyObject *filled(const struct call *call, bool done, const struct error *err)
{
    const struct engine *engine = call->face->engine;
    struct tensor *tensor = tensor_object_tensor(call->arguments[0]);
    if (!done) {
        return torch_raise(err);
    }
    tensor_bump_version(tensor);
    if (OBSERVED(engine, updated)) {
        const struct observed_update update = { .tensor = tensor,
                                                .by = call->row->name,
                                                .elements = true };
        engine->observer->calls->updated(engine->observer->context, &update);
    }
    return Py_NewRef(call->arguments[0]);
}

/* ---- numbers ----------------------------------------------------------------------------------- */

/* uniform_(tensor, a=0, b=1), normal_(tensor, mean=0, std=1) */
static PyObject *call_drawn(struct call *call)
{
    struct tensor *tensor = argument_tensor(call, 0);
    struct generator *generator = tensor ? argument_generator(call, 3) : NULL;
    double a = 0, b = 1;
    struct error err;
    if (!generator || !argument_real(call, 1, &a) || !argument_real(call, 2, &b)) {
        return NULL;
    }
    const bool uniform = *call->row->name == 'u';
    return filled(call,
                  uniform ? random_uniform(generator, tensor, a, b, &err)
                          : random_normal(generator, tensor, a, b, &err),
                  &err);
}

static PyObject *call_trunc_normal(struct call *call)
{
    struct tensor *tensor = argument_tensor(call, 0);
    struct generator *generator = tensor ? argument_generator(call, 5) : NULL;
    double mean = 0, std = 1;
    struct bounds bounds = { -2, 2 };
    struct error err;
    if (!generator || !argument_real(call, 1, &mean) || !argument_real(call, 2, &std) ||
        !argument_real(call, 3, &bounds.low) || !argument_real(call, 4, &bounds.high)) {
        return NULL;
    }
    return filled(call, random_truncated_normal(generator, tensor, mean, std, &bounds, &err), &err);
}

/* constant_(tensor, val), ones_(tensor), zeros_(tensor) */
static PyObject *call_constant(struct call *call)
{
    struct tensor *tensor = argument_tensor(call, 0);
    struct number value = number_integer(strcmp(call->row->name, "ones_") == 0);
    struct error err;
    if (!tensor || (call->row->required == 2 && !argument_number(call, 1, &value))) {
        return NULL;
    }
    return filled(call, compute_fill(tensor, value, &err), &err);
}

/* orthogonal_(tensor, gain=1) */
static PyObject *call_orthogonal(struct call *call)
{
    struct tensor *tensor = argument_tensor(call, 0);
    struct generator *generator = tensor ? argument_generator(call, 2) : NULL;
    double gain = 1;
    struct error err;
    return generator && argument_real(call, 1, &gain)
               ? filled(call, init_orthogonal(generator, tensor, gain, &err), &err)
               : NULL;
}

static PyObject *call_eye(struct call *call)
{
    struct tensor *tensor = argument_tensor(call, 0);
    struct error err;
    if (!tensor) {
        return NULL;
    }
    if (tensor->shape.dims != 2) {
        return PyErr_Format(PyExc_ValueError, "Only tensors with 2 dimensions are supported");
    }
    const int64_t count = tensor->shape.size[0] < tensor->shape.size[1] ? tensor->shape.size[0]
                                                                        : tensor->shape.size[1];
    struct tensor *diagonal =
        tensor_view(tensor, &(struct shape){ 1, { count } },
                    (int64_t[]){ tensor->strides[0] + tensor->strides[1] }, tensor->offset);
    const bool done = compute_fill(tensor, number_integer(0), &err) &&
                      compute_fill(diagonal, number_integer(1), &err);
    tensor_unref(diagonal);
    return filled(call, done, &err);
}

/* ---- by the size of the layer ------------------------------------------------------------------ */

/* A tensor without elements stays as it is. 1: that, with PyTorch's warning; -1: with an exception. */
static int warn_if_empty(const struct tensor *tensor)
{
    if (tensor->count > 0) {
        return 0;
    }
    const char *const text = "Initializing zero-element tensors is a no-op";
    return PyErr_WarnEx(PyExc_UserWarning, text, 1) == 0 ? 1 : -1;
}

static PyObject *draw_wide(const struct call *call, struct generator *generator, double deviation)
{
    struct tensor *tensor = tensor_object_tensor(call->arguments[0]);
    const double bound = init_uniform_bound(deviation);
    const bool uniform = strstr(call->row->name, "uniform") != NULL;
    struct error err;
    return filled(call,
                  uniform ? random_uniform(generator, tensor, -bound, bound, &err)
                          : random_normal(generator, tensor, 0, deviation, &err),
                  &err);
}

/* xavier_uniform_(tensor, gain=1.0), xavier_normal_ */
static PyObject *call_xavier(struct call *call)
{
    const struct tensor *tensor = argument_tensor(call, 0);
    struct generator *generator = tensor ? argument_generator(call, 2) : NULL;
    struct init_fans fans;
    double gain = 1;
    struct error err;
    if (!generator || !argument_real(call, 1, &gain)) {
        return NULL;
    }
    return init_fans_of(tensor, &fans, &err)
               ? draw_wide(call, generator, init_xavier_deviation(&fans, gain))
               : torch_raise(&err);
}

/* Lent: the text of a str argument; `fallback` where it was not given; NULL with an exception. */
static const char *argument_word(const struct call *call, int i, const char *fallback)
{
    if (!argument_given(call, i)) {
        return fallback;
    }
    if (!PyUnicode_Check(call->arguments[i])) {
        argument_refuse(call, i, "str");
        return NULL;
    }
    return PyUnicode_AsUTF8(call->arguments[i]);
}

/* False with an exception. */
static bool read_fan(const struct call *call, const struct tensor *tensor, double *out)
{
    const char *mode = argument_word(call, 2, "fan_in");
    struct init_fans fans;
    struct error err;
    if (!mode) {
        return false;
    }
    const bool forward = strcasecmp(mode, "fan_in") == 0;
    if (!forward && strcasecmp(mode, "fan_out") != 0) {
        PyErr_Format(PyExc_ValueError,
                     "Mode %s not supported, please use one of ['fan_in', 'fan_out']", mode);
        return false;
    }
    if (!init_fans_of(tensor, &fans, &err)) {
        torch_raise(&err);
        return false;
    }
    *out = (double)(forward ? fans.in : fans.out);
    return true;
}

/* kaiming_uniform_(tensor, a=0, mode='fan_in', nonlinearity='leaky_relu'), kaiming_normal_ */
static PyObject *call_kaiming(struct call *call)
{
    const struct tensor *tensor = argument_tensor(call, 0);
    struct generator *generator = tensor ? argument_generator(call, 4) : NULL;
    const char *nonlinearity = generator ? argument_word(call, 3, "leaky_relu") : NULL;
    double slope = 0, fan = 1, gain = 1;
    struct error err;
    if (!nonlinearity || !argument_real(call, 1, &slope)) {
        return NULL;
    }
    const int empty = warn_if_empty(tensor);
    if (empty != 0) {
        return empty > 0 ? Py_NewRef(call->arguments[0]) : NULL;
    }
    if (!read_fan(call, tensor, &fan)) {
        return NULL;
    }
    return init_gain(nonlinearity, slope, &gain, &err)
               ? draw_wide(call, generator, gain / sqrt(fan))
               : torch_raise(&err);
}

/* ---- what they are made of --------------------------------------------------------------------- */

static PyObject *call_gain(struct call *call)
{
    const char *nonlinearity = argument_word(call, 0, "");
    double slope = 0.01, gain;
    struct error err;
    if (!nonlinearity) {
        return NULL;
    }
    if (argument_given(call, 1) &&
        (PyBool_Check(call->arguments[1]) ||
         !(PyLong_Check(call->arguments[1]) || PyFloat_Check(call->arguments[1])))) {
        return PyErr_Format(PyExc_ValueError, "negative_slope %S not a valid number",
                            call->arguments[1]);
    }
    if (!argument_real(call, 1, &slope) || !init_gain(nonlinearity, slope, &gain, &err)) {
        return PyErr_Occurred() ? NULL : torch_raise(&err);
    }
    return strcmp(nonlinearity, "linear") == 0 || strcmp(nonlinearity, "sigmoid") == 0 ||
                   strncmp(nonlinearity, "conv", 4) == 0
               ? PyLong_FromDouble(gain)
               : PyFloat_FromDouble(gain);
}

static PyObject *call_fans(struct call *call)
{
    const struct tensor *tensor = argument_tensor(call, 0);
    struct init_fans fans;
    struct error err;
    if (!tensor) {
        return NULL;
    }
    return init_fans_of(tensor, &fans, &err)
               ? Py_BuildValue("(LL)", (long long)fans.in, (long long)fans.out)
               : torch_raise(&err);
}

#define ONE .required = 1

const struct function_row init_rows[] = {
    { "uniform_", { "tensor", "a", "b", "generator" }, ONE, .call = call_drawn },
    { "normal_", { "tensor", "mean", "std", "generator" }, ONE, .call = call_drawn },
    { "trunc_normal_",
      { "tensor", "mean", "std", "a", "b", "generator" },
      ONE,
      .call = call_trunc_normal },
    { "constant_", { "tensor", "val" }, .required = 2, .call = call_constant },
    { "ones_", { "tensor" }, ONE, .call = call_constant },
    { "zeros_", { "tensor" }, ONE, .call = call_constant },
    { "eye_", { "tensor" }, ONE, .call = call_eye },
    { "orthogonal_", { "tensor", "gain", "generator" }, ONE, .call = call_orthogonal },
    { "xavier_uniform_", { "tensor", "gain", "generator" }, ONE, .call = call_xavier },
    { "xavier_normal_", { "tensor", "gain", "generator" }, ONE, .call = call_xavier },
    { "kaiming_uniform_",
      { "tensor", "a", "mode", "nonlinearity", "generator" },
      ONE,
      .call = call_kaiming },
    { "kaiming_normal_",
      { "tensor", "a", "mode", "nonlinearity", "generator" },
      ONE,
      .call = call_kaiming },
    { "calculate_gain", { "nonlinearity", "param" }, ONE, .call = call_gain },
    { "_calculate_fan_in_and_fan_out", { "tensor" }, ONE, .call = call_fans },
    { .name = NULL },
};
