/* torch.tensor, zeros, ones, full, arange, linspace, eye and their kin. */
#include "lessons/torch/creation.h"

#include "engine/autograd/autograd.h"
#include "engine/observer.h"
#include "engine/tensor/compute.h"
#include "engine/tensor/sequence.h"
#include "lessons/torch/arguments.h"

bool creation_read_options(const struct call *call, int first, enum dtype fallback,
                           struct creation_options *out)
{
    *out = (struct creation_options){ .dtype = fallback,
                                      .backend = call->face->engine->default_backend };
    if (argument_given(call, first + 5)) {
        PyErr_Format(PyExc_NotImplementedError, "%s(out=...) is not supported by Gradlight",
                     call->row->name);
        return false;
    }
    return argument_dtype(call, first, &out->dtype) &&
           argument_device(call, first + 1, &out->backend) &&
           argument_bool(call, first + 2, &out->requires_grad);
}

bool creation_read_like(const struct call *call, int first, const struct tensor *like,
                        struct creation_options *out)
{
    if (!creation_read_options(call, first, like->dtype, out)) {
        return false;
    }
    if (!argument_given(call, first + 1)) {
        out->backend = tensor_backend(like);
    }
    return true;
}

struct tensor *creation_move(struct tensor *tensor, struct backend *backend)
{
    if (!tensor || !backend || backend == tensor_backend(tensor)) {
        return tensor;
    }
    const struct tensor_spec spec = { tensor->dtype, tensor->shape, backend };
    struct error err;
    struct tensor *there = tensor_create(tensor->engine, &spec, &err);
    if (there && !compute_copy(there, tensor, &err)) {
        tensor_unref(there);
        there = NULL;
    }
    tensor_unref(tensor);
    if (!there) {
        torch_raise(&err);
    }
    return there;
}

PyObject *creation_finish(const struct call *call, struct tensor *tensor,
                          const struct creation_options *options, const struct op_attrs *attrs,
                          const struct error *err)
{
    if (!tensor) {
        return torch_raise(err);
    }
    tensor = creation_move(tensor, options->backend);
    if (!tensor) {
        return NULL;
    }
    if (options->requires_grad && !dtype_is_float(tensor->dtype)) {
        tensor_unref(tensor);
        PyErr_SetString(PyExc_RuntimeError, "Only Tensors of floating point and complex dtype can "
                                            "require gradients");
        return NULL;
    }
    tensor->requires_grad = options->requires_grad;
    const struct observed_creation creation = { .tensor = tensor,
                                                .by = call->row->name,
                                                .attrs = attrs };
    face_observe_creation(call->face, &creation);
    return tensor_object_take(call->face, tensor, NULL);
}

static struct op_attrs size_attrs(const struct shape *shape)
{
    return (struct op_attrs){ .present = ATTR(SIZE), .size = *shape };
}

/* ---- from data --------------------------------------------------------------------------------- */

static PyObject *call_tensor(struct call *call)
{
    struct creation_options options;
    if (!creation_read_options(call, 1, DTYPE_FLOAT32, &options)) {
        return NULL;
    }
    const bool from_tensor = tensor_object_is(call->face, call->arguments[0]);
    if (from_tensor &&
        PyErr_WarnEx(PyExc_UserWarning,
                     "To copy construct from a tensor, it is recommended to use "
                     "sourceTensor.clone().detach() or "
                     "sourceTensor.clone().detach().requires_grad_(True), rather than "
                     "torch.tensor(sourceTensor).",
                     1) != 0) {
        return NULL;
    }
    struct tensor *tensor =
        data_copy(call->face, call->arguments[0], argument_given(call, 1) ? &options.dtype : NULL);
    if (tensor && from_tensor && !argument_given(call, 2)) {
        options.backend = NULL; /* stays where it is */
    }
    return tensor ? creation_finish(call, tensor, &options, NULL, NULL) : NULL;
}

static PyObject *call_from_numpy(struct call *call)
{
    const struct creation_options options = { 0 };
    struct tensor *tensor = data_share(call->face, call->arguments[0]);
    return tensor ? creation_finish(call, tensor, &options, NULL, NULL) : NULL;
}

/* torch.as_tensor: shares where it can. */
static PyObject *call_as_tensor(struct call *call)
{
    PyObject *data = call->arguments[0], *result = Py_NewRef(data);
    struct engine *engine = call->face->engine;
    if (tensor_object_is(call->face, data)) {
        for (int i = 1; result && i <= 2; i++) {
            if (argument_given(call, i)) {
                Py_SETREF(result, PyObject_CallMethod(result, "to", "O", call->arguments[i]));
            }
        }
        return result;
    }
    Py_DECREF(result);
    if (PyObject_CheckBuffer(data) && !argument_given(call, 1) && !argument_given(call, 2) &&
        engine->default_backend == engine_cpu(engine)) {
        return call_from_numpy(call);
    }
    return call_tensor(call);
}

/* ---- one value everywhere ---------------------------------------------------------------------- */

static PyObject *fill(struct call *call, const struct shape *shape, struct number value,
                      const struct creation_options *options)
{
    const struct tensor_spec spec = { options->dtype, *shape, options->backend };
    const struct op_attrs attrs = size_attrs(shape);
    struct error err;
    struct tensor *tensor = tensor_full(call->face->engine, &spec, value, &err);
    return creation_finish(call, tensor, options, &attrs, &err);
}

static PyObject *filled(struct call *call, int64_t value)
{
    struct creation_options options;
    struct shape shape;
    if (!argument_size(call, 0, &shape) ||
        !creation_read_options(call, 1, call->face->engine->default_dtype, &options)) {
        return NULL;
    }
    return fill(call, &shape, number_integer(value), &options);
}

/* empty is zeros: what is not initialised would differ from run to run. */
static PyObject *call_zeros(struct call *call)
{
    return filled(call, 0);
}

static PyObject *call_ones(struct call *call)
{
    return filled(call, 1);
}

static enum dtype number_dtype(const struct face *face, struct number number)
{
    switch (number.kind) {
    case NUMBER_BOOL:
        return DTYPE_BOOL;
    case NUMBER_INTEGER:
        return DTYPE_INT64;
    case NUMBER_REAL:
        break;
    }
    return face->engine->default_dtype;
}

static PyObject *call_full(struct call *call)
{
    struct creation_options options;
    struct shape shape;
    struct number value = number_integer(0);
    if (!argument_size(call, 0, &shape) || !argument_number(call, 1, &value) ||
        !creation_read_options(call, 2, number_dtype(call->face, value), &options)) {
        return NULL;
    }
    return fill(call, &shape, value, &options);
}

/* Lies in memory as `like` does. */
static PyObject *fill_like(struct call *call, const struct tensor *like, struct number value,
                           const struct creation_options *options)
{
    const struct tensor_spec spec = { options->dtype, like->shape, options->backend };
    const struct op_attrs attrs = size_attrs(&like->shape);
    struct error err;
    struct tensor *tensor = tensor_full(call->face->engine, &spec, value, &err);
    if (tensor) {
        tensor_lie_like(tensor, like);
    }
    return creation_finish(call, tensor, options, &attrs, &err);
}

static PyObject *filled_like(struct call *call, struct number value, int first_option)
{
    struct creation_options options;
    const struct tensor *like = argument_tensor(call, 0);
    if (!like || !creation_read_like(call, first_option, like, &options)) {
        return NULL;
    }
    return fill_like(call, like, value, &options);
}

static PyObject *call_zeros_like(struct call *call)
{
    return filled_like(call, number_integer(0), 1);
}

static PyObject *call_ones_like(struct call *call)
{
    return filled_like(call, number_integer(1), 1);
}

static PyObject *call_full_like(struct call *call)
{
    struct number value = number_integer(0);
    return argument_number(call, 1, &value) ? filled_like(call, value, 2) : NULL;
}

/* ---- rows of numbers --------------------------------------------------------------------------- */

/* A tensor that the engine has computed, with its size as attribute. */
static PyObject *finish_sized(struct call *call, struct tensor *tensor,
                              const struct creation_options *options, const struct error *err)
{
    struct op_attrs attrs;
    if (tensor) {
        attrs = size_attrs(&tensor->shape);
    }
    return creation_finish(call, tensor, options, &attrs, err);
}

/* arange(end), arange(start, end), arange(start, end, step) */
static PyObject *call_arange(struct call *call)
{
    struct number bounds[3] = { number_integer(0), number_integer(0), number_integer(1) };
    struct creation_options options;
    if (!argument_given(call, 0) && !argument_given(call, 1)) {
        PyErr_SetString(PyExc_TypeError, "arange() needs an end");
        call->face->refused = true;
        return NULL;
    }
    if (!argument_number(call, 0, &bounds[0]) || !argument_number(call, 1, &bounds[1]) ||
        !argument_number(call, 2, &bounds[2])) {
        return NULL;
    }
    if (!argument_given(call, 1)) {
        bounds[1] = bounds[0];
        bounds[0] = number_integer(0);
    }
    const bool real = bounds[0].kind == NUMBER_REAL || bounds[1].kind == NUMBER_REAL ||
                      bounds[2].kind == NUMBER_REAL;
    if (!creation_read_options(call, 3, real ? call->face->engine->default_dtype : DTYPE_INT64,
                               &options)) {
        return NULL;
    }
    struct error err;
    return finish_sized(call, tensor_arange(call->face->engine, bounds, options.dtype, &err),
                        &options, &err);
}

static PyObject *call_linspace(struct call *call)
{
    double ends[2] = { 0, 0 };
    int64_t steps = 0;
    struct creation_options options;
    if (!argument_real(call, 0, &ends[0]) || !argument_real(call, 1, &ends[1]) ||
        !argument_integer(call, 2, &steps) ||
        !creation_read_options(call, 3, call->face->engine->default_dtype, &options)) {
        return NULL;
    }
    struct error err;
    return finish_sized(call, tensor_linspace(call->face->engine, ends, steps, options.dtype, &err),
                        &options, &err);
}

static PyObject *call_eye(struct call *call)
{
    int64_t rows = 0, columns;
    struct creation_options options;
    if (!argument_integer(call, 0, &rows)) {
        return NULL;
    }
    columns = rows;
    if (!argument_integer(call, 1, &columns) ||
        !creation_read_options(call, 2, call->face->engine->default_dtype, &options)) {
        return NULL;
    }
    struct error err;
    return finish_sized(call, tensor_eye(call->face->engine, rows, columns, options.dtype, &err),
                        &options, &err);
}

/* ---- torch.Tensor(...), torch.LongTensor(...) -------------------------------------------------- */

struct tensor *creation_empty(struct face *face, struct error *err)
{
    const struct tensor_spec spec = { .dtype = face->engine->default_dtype, .shape = { 1, { 0 } } };
    return tensor_full(face->engine, &spec, number_integer(0), err);
}

static bool all_integers(PyObject *args)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        if (!PyLong_Check(PyTuple_GET_ITEM(args, i))) {
            return false;
        }
    }
    return true;
}

struct tensor *creation_legacy(struct face *face, PyObject *args, enum dtype dtype)
{
    struct tensor_spec spec = { .dtype = dtype, .shape = { 1, { 0 } } };
    const bool sized = all_integers(args);
    if (PyTuple_GET_SIZE(args) > 0 && !sized) {
        if (PyTuple_GET_SIZE(args) != 1) {
            PyErr_SetString(PyExc_TypeError, "Tensor() takes sizes, or one list of numbers");
            return NULL;
        }
        PyObject *data = PyTuple_GET_ITEM(args, 0);
        if (PyFloat_Check(data) || data == Py_None) {
            PyErr_Format(PyExc_TypeError, "new(): data must be a sequence (got %s)",
                         Py_TYPE(data)->tp_name);
            return NULL;
        }
        return data_copy(face, data, &dtype);
    }
    if (PyTuple_GET_SIZE(args) > 0 && !shape_of(args, &spec.shape)) {
        PyErr_Format(PyExc_RuntimeError,
                     "tensors with more than %d dimensions are not supported by Gradlight",
                     BACKEND_MAX_DIMS);
        return NULL;
    }
    struct error err;
    struct tensor *tensor = tensor_full(face->engine, &spec, number_integer(0), &err);
    if (!tensor) {
        torch_raise(&err);
    }
    return tensor;
}

static PyObject *legacy(struct call *call, enum dtype dtype)
{
    const struct creation_options options = { 0 };
    PyObject *args;
    if (call->collected_count > 0) {
        args = PyTuple_New(call->collected_count);
        for (Py_ssize_t i = 0; args && i < call->collected_count; i++) {
            PyTuple_SET_ITEM(args, i, Py_NewRef(call->collected[i]));
        }
    } else {
        args = call->arguments[0] ? PyTuple_Pack(1, call->arguments[0]) : PyTuple_New(0);
    }
    struct tensor *tensor = args ? creation_legacy(call->face, args, dtype) : NULL;
    Py_XDECREF(args);
    return tensor ? creation_finish(call, tensor, &options, NULL, NULL) : NULL;
}

static PyObject *call_float_tensor(struct call *call)
{
    return legacy(call, DTYPE_FLOAT32);
}

static PyObject *call_double_tensor(struct call *call)
{
    return legacy(call, DTYPE_FLOAT64);
}

static PyObject *call_long_tensor(struct call *call)
{
    return legacy(call, DTYPE_INT64);
}

static PyObject *call_int_tensor(struct call *call)
{
    return legacy(call, DTYPE_INT32);
}

static PyObject *call_byte_tensor(struct call *call)
{
    return legacy(call, DTYPE_UINT8);
}

static PyObject *call_char_tensor(struct call *call)
{
    return legacy(call, DTYPE_INT8);
}

static PyObject *call_short_tensor(struct call *call)
{
    return legacy(call, DTYPE_INT16);
}

static PyObject *call_half_tensor(struct call *call)
{
    return legacy(call, DTYPE_FLOAT16);
}

static PyObject *call_brain_tensor(struct call *call)
{
    return legacy(call, DTYPE_BFLOAT16);
}

static PyObject *call_bool_tensor(struct call *call)
{
    return legacy(call, DTYPE_BOOL);
}

#define SIZED { "size", CREATION_OPTIONS }, .required = 0, .collects = 1, .keyword_only = 1
#define LIKE { "input", CREATION_OPTIONS }, .required = 1, .keyword_only = 1

const struct function_row creation_rows[] = {
    { "tensor",
      { "data", CREATION_OPTIONS },
      .required = 1,
      .keyword_only = 1,
      .call = call_tensor,
      .places = PLACE_TORCH },
    { "asarray",
      { "obj", CREATION_OPTIONS },
      .required = 1,
      .keyword_only = 1,
      .call = call_as_tensor,
      .places = PLACE_TORCH },
    { "as_tensor",
      { "data", CREATION_OPTIONS },
      .required = 1,
      .call = call_as_tensor,
      .places = PLACE_TORCH },
    { "from_numpy", { "ndarray" }, .required = 1, .call = call_from_numpy, .places = PLACE_TORCH },
    { "zeros", SIZED, .call = call_zeros, .places = PLACE_TORCH },
    { "ones", SIZED, .call = call_ones, .places = PLACE_TORCH },
    { "empty", SIZED, .call = call_zeros, .places = PLACE_TORCH },
    { "full",
      { "size", "fill_value", CREATION_OPTIONS },
      .required = 2,
      .keyword_only = 2,
      .call = call_full,
      .places = PLACE_TORCH },
    { "zeros_like", LIKE, .call = call_zeros_like, .places = PLACE_TORCH },
    { "ones_like", LIKE, .call = call_ones_like, .places = PLACE_TORCH },
    { "empty_like", LIKE, .call = call_zeros_like, .places = PLACE_TORCH },
    { "full_like",
      { "input", "fill_value", CREATION_OPTIONS },
      .required = 2,
      .keyword_only = 2,
      .call = call_full_like,
      .places = PLACE_TORCH },
    { "arange",
      { "start", "end", "step", CREATION_OPTIONS },
      .keyword_only = 3,
      .call = call_arange,
      .places = PLACE_TORCH },
    { "linspace",
      { "start", "end", "steps", CREATION_OPTIONS },
      .required = 3,
      .keyword_only = 3,
      .call = call_linspace,
      .places = PLACE_TORCH },
    { "eye",
      { "n", "m", CREATION_OPTIONS },
      .required = 1,
      .keyword_only = 2,
      .call = call_eye,
      .places = PLACE_TORCH },
    { "FloatTensor", { "data" }, .collects = 1, .call = call_float_tensor, .places = PLACE_TORCH },
    { "DoubleTensor",
      { "data" },
      .collects = 1,
      .call = call_double_tensor,
      .places = PLACE_TORCH },
    { "LongTensor", { "data" }, .collects = 1, .call = call_long_tensor, .places = PLACE_TORCH },
    { "IntTensor", { "data" }, .collects = 1, .call = call_int_tensor, .places = PLACE_TORCH },
    { "ByteTensor", { "data" }, .collects = 1, .call = call_byte_tensor, .places = PLACE_TORCH },
    { "CharTensor", { "data" }, .collects = 1, .call = call_char_tensor, .places = PLACE_TORCH },
    { "ShortTensor", { "data" }, .collects = 1, .call = call_short_tensor, .places = PLACE_TORCH },
    { "HalfTensor", { "data" }, .collects = 1, .call = call_half_tensor, .places = PLACE_TORCH },
    { "BFloat16Tensor",
      { "data" },
      .collects = 1,
      .call = call_brain_tensor,
      .places = PLACE_TORCH },
    { "BoolTensor", { "data" }, .collects = 1, .call = call_bool_tensor, .places = PLACE_TORCH },
    { .name = NULL },
};
