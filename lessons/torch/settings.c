/* What torch says of itself, and may be told: the default dtype, grad mode, devices. */
#include "lessons/torch/functions.h"

static PyObject *call_is_tensor(struct call *call)
{
    return PyBool_FromLong(tensor_object_is(call->face, call->arguments[0]));
}

static PyObject *call_is_grad_enabled(struct call *call)
{
    return PyBool_FromLong(call->face->engine->grad_enabled);
}

static PyObject *call_is_inference_mode_enabled(struct call *call)
{
    return PyBool_FromLong(call->face->engine->inference);
}

static PyObject *call_is_inference(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    return input ? PyBool_FromLong(tensor_is_inference(input)) : NULL;
}

static PyObject *call_get_default_dtype(struct call *call)
{
    return dtype_object_of(call->face, call->face->engine->default_dtype);
}

static PyObject *call_set_default_dtype(struct call *call)
{
    enum dtype dtype = DTYPE_FLOAT32;
    if (!argument_dtype(call, 0, &dtype)) {
        return NULL;
    }
    if (!dtype_is_float(dtype)) {
        PyErr_SetString(PyExc_TypeError, "only floating-point types are supported as the default "
                                         "type");
        return NULL;
    }
    call->face->engine->default_dtype = dtype;
    Py_RETURN_NONE;
}

static PyObject *call_cuda_is_available(struct call *call)
{
    return PyBool_FromLong(engine_find_backend(call->face->engine, "cuda", 0) != NULL);
}

static PyObject *call_cuda_device_count(struct call *call)
{
    int count = 0;
    while (engine_find_backend(call->face->engine, "cuda", count)) {
        count++;
    }
    return PyLong_FromLong(count);
}

/* Everything that was asked for is done when the call returns. */
static PyObject *call_nothing(struct call *call)
{
    (void)call;
    Py_RETURN_NONE;
}

const struct function_row setting_rows[] = {
    { "is_tensor", { "obj" }, .required = 1, .call = call_is_tensor, .places = PLACE_TORCH },
    { "is_grad_enabled", { NULL }, .call = call_is_grad_enabled, .places = PLACE_TORCH },
    { "is_inference_mode_enabled",
      { NULL },
      .call = call_is_inference_mode_enabled,
      .places = PLACE_TORCH },
    { "is_inference",
      { "input" },
      .required = 1,
      .call = call_is_inference,
      .places = PLACE_METHOD | PLACE_TORCH },
    { "get_default_dtype", { NULL }, .call = call_get_default_dtype, .places = PLACE_TORCH },
    { "set_default_dtype",
      { "d" },
      .required = 1,
      .call = call_set_default_dtype,
      .places = PLACE_TORCH },
    { "is_available", { NULL }, .call = call_cuda_is_available, .places = PLACE_CUDA },
    { "device_count", { NULL }, .call = call_cuda_device_count, .places = PLACE_CUDA },
    { "synchronize", { "device" }, .call = call_nothing, .places = PLACE_CUDA },
    { "empty_cache", { NULL }, .call = call_nothing, .places = PLACE_CUDA },
    { .name = NULL },
};
