#include "lessons/torch/numpy_array.h"

#include <stdlib.h>
#include <string.h>

#include "engine/autograd/autograd.h"
#include "engine/base/memory.h"
#include "lessons/torch/creation.h"

/* ---- what is NumPy's --------------------------------------------------------------------------- */

/* A new reference to something of numpy's, if the lesson has imported it: nobody else can hold one. */
static PyObject *numpy_attribute(const char *name)
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *numpy = PyDict_GetItemString(modules, "numpy");
    PyObject *attribute = numpy ? PyObject_GetAttrString(numpy, name) : NULL;
    if (numpy && !attribute) {
        PyErr_Clear();
    }
    return attribute;
}

static bool is_of(PyObject *object, const char *name)
{
    PyObject *type = numpy_attribute(name);
    const bool is = type && PyType_Check(type) && PyObject_TypeCheck(object, (PyTypeObject *)type);
    Py_XDECREF(type);
    return is;
}

bool is_array(PyObject *object)
{
    return PyObject_CheckBuffer(object) && is_of(object, "ndarray");
}

static bool is_scalar(PyObject *object)
{
    return strncmp(Py_TYPE(object)->tp_name, "numpy.", 6) == 0 && is_of(object, "generic");
}

/* The letter of the scalar's kind: 'b', 'i', 'u', 'f', ...; 0 if it cannot say. */
static char scalar_kind(PyObject *object)
{
    PyObject *dtype = PyObject_GetAttrString(object, "dtype");
    PyObject *kind = dtype ? PyObject_GetAttrString(dtype, "kind") : NULL;
    const char *text = kind && PyUnicode_Check(kind) ? PyUnicode_AsUTF8(kind) : NULL;
    const char letter = text ? *text : '\0';
    PyErr_Clear();
    Py_XDECREF(kind);
    Py_XDECREF(dtype);
    return letter;
}

static bool whole_number(PyObject *object, struct number *out)
{
    PyObject *whole = PyNumber_Index(object);
    const long long value = whole ? PyLong_AsLongLong(whole) : -1;
    Py_XDECREF(whole);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return false;
    }
    *out = number_integer(value);
    return true;
}

bool numpy_scalar(PyObject *object, struct number *out)
{
    if (!is_scalar(object)) {
        return false;
    }
    const char kind = scalar_kind(object);
    if (kind == 'i' || kind == 'u') {
        return whole_number(object, out);
    }
    if (kind == 'b') {
        const int truth = PyObject_IsTrue(object);
        *out = number_bool(truth == 1);
        return truth >= 0;
    }
    PyObject *real = kind == 'f' ? PyNumber_Float(object) : NULL;
    PyErr_Clear();
    if (!real) {
        return false;
    }
    *out = number_real(PyFloat_AS_DOUBLE(real));
    Py_DECREF(real);
    return true;
}

/* ---- arrays as tensors ------------------------------------------------------------------------- */

/* Kinds of elements that PyTorch takes and we do not are told from those that nobody takes. */
static bool refuse_array(const Py_buffer *view)
{
    const char *format = view->format ? view->format : "";
    format += strchr("@=<>", *format) != NULL && *format;
    if ((strlen(format) == 1 && strchr("bhHILQlqefd", *format)) || *format == 'Z') {
        PyErr_Format(PyExc_NotImplementedError,
                     "an array with elements of the kind '%s' is not supported by Gradlight, only "
                     "float64, float32, float16, int64, int32, int16, int8, uint8 and bool",
                     format);
        return false;
    }
    PyObject *dtype = view->obj ? PyObject_GetAttrString(view->obj, "dtype") : NULL;
    PyObject *type = dtype ? PyObject_GetAttrString(dtype, "type") : NULL;
    PyErr_Clear();
    PyErr_Format(PyExc_TypeError,
                 "can't convert np.ndarray of type %s. The only supported types are: float64, "
                 "float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, "
                 "uint32, uint16, uint8, and bool.",
                 type && PyType_Check(type) ? ((PyTypeObject *)type)->tp_name : "this kind");
    Py_XDECREF(type);
    Py_XDECREF(dtype);
    return false;
}

static bool buffer_dtype(const Py_buffer *view, enum dtype *out)
{
    const char *format = view->format ? view->format : "B";
    format += strchr("@=<", *format) != NULL;
    if (strcmp(format, "?") == 0) {
        *out = DTYPE_BOOL;
    } else if (strcmp(format, "B") == 0) {
        *out = DTYPE_UINT8;
    } else if (strcmp(format, "b") == 0) {
        *out = DTYPE_INT8;
    } else if (strcmp(format, "h") == 0) {
        *out = DTYPE_INT16;
    } else if (strcmp(format, "e") == 0) {
        *out = DTYPE_FLOAT16;
    } else if (strcmp(format, "f") == 0) {
        *out = DTYPE_FLOAT32;
    } else if (strcmp(format, "d") == 0) {
        *out = DTYPE_FLOAT64;
    } else if (strlen(format) == 1 && strchr("ilq", *format) && view->itemsize == 4) {
        *out = DTYPE_INT32;
    } else if (strlen(format) == 1 && strchr("lq", *format) && view->itemsize == 8) {
        *out = DTYPE_INT64;
    } else {
        return refuse_array(view);
    }
    return true;
}

static void release_buffer(void *owner)
{
    PyBuffer_Release(owner);
    free(owner);
}

/* The first byte and the number of bytes that the view's strides reach. */
static void find_extent(const Py_buffer *view, struct tensor_memory *memory)
{
    char *low = view->buf, *high = low;
    for (int i = 0; i < view->ndim; i++) {
        if (view->shape[i] == 0) {
            high = low = view->buf;
            break;
        }
        const Py_ssize_t reach = (view->shape[i] - 1) * view->strides[i];
        low += reach < 0 ? reach : 0;
        high += reach > 0 ? reach : 0;
    }
    memory->elements = view->buf;
    memory->memory = low;
    memory->bytes = view->len > 0 ? (size_t)(high - low + view->itemsize) : 0;
}

/* Takes the view: the tensor gives it back. */
static struct tensor *share_view(struct face *face, Py_buffer *view)
{
    struct tensor_memory memory = { .release = release_buffer, .owner = view };
    struct tensor_spec spec = { .shape = { .dims = view->ndim } };
    struct error err;
    struct tensor *tensor = NULL;
    if (view->ndim > BACKEND_MAX_DIMS) {
        error_set(&err, "tensors with more than %d dimensions are not supported by Gradlight",
                  BACKEND_MAX_DIMS);
    } else if (buffer_dtype(view, &spec.dtype)) {
        for (int i = 0; i < view->ndim; i++) {
            spec.shape.size[i] = view->shape[i];
            memory.strides[i] = view->strides[i] / view->itemsize;
        }
        find_extent(view, &memory);
        tensor = tensor_from_memory(face->engine, &spec, &memory, &err);
    }
    if (!tensor) {
        torch_raise(&err);
        release_buffer(view);
    }
    return tensor;
}

/* What NumPy can say of memory and we cannot follow. */
static bool check_layout(const Py_buffer *view)
{
    for (int i = 0; i < view->ndim; i++) {
        if (view->strides[i] < 0) {
            PyErr_SetString(
                PyExc_ValueError,
                "At least one stride in the given numpy array is negative, and tensors "
                "with negative strides are not currently supported. (You can probably "
                "work around this by making a copy of your array  with array.copy().) ");
            return false;
        }
        if (view->itemsize > 0 && view->strides[i] % view->itemsize != 0) {
            PyErr_SetString(PyExc_ValueError,
                            "given numpy array strides not a multiple of the element byte size. "
                            "Copy the numpy array to reallocate the memory.");
            return false;
        }
    }
    const char *format = view->format ? view->format : "";
    if (*format == '>' || *format == '!') {
        PyErr_SetString(PyExc_ValueError,
                        "given numpy array has byte order different from the native byte order. "
                        "Conversion between byte orders is currently not supported.");
        return false;
    }
    return true;
}

/* Memory that may not be changed is copied: a tensor could not promise to leave it alone. */
static struct tensor *copy_constant(struct face *face, PyObject *array)
{
    PyErr_Clear();
    if (PyErr_WarnEx(PyExc_UserWarning,
                     "The given NumPy array is not writable, and PyTorch does not support "
                     "non-writable tensors. This means writing to this tensor will result in "
                     "undefined behavior. You may want to copy the array to protect its data or "
                     "make it writable before converting it to a tensor. This type of warning will "
                     "be suppressed for the rest of this program.",
                     1) != 0) {
        return NULL;
    }
    return data_copy(face, array, NULL);
}

struct tensor *array_share(struct face *face, PyObject *array, bool writable)
{
    Py_buffer *view = memory_allocate(1, sizeof(*view));
    if (PyObject_GetBuffer(array, view, writable ? PyBUF_RECORDS : PyBUF_RECORDS_RO) != 0) {
        free(view);
        return writable ? copy_constant(face, array) : NULL;
    }
    if (!check_layout(view)) {
        release_buffer(view);
        return NULL;
    }
    return share_view(face, view);
}

struct tensor *data_share(struct face *face, PyObject *array)
{
    if (!is_array(array)) {
        PyErr_Format(PyExc_TypeError, "expected np.ndarray (got %s)", Py_TYPE(array)->tp_name);
        return NULL;
    }
    return array_share(face, array, true);
}

bool numpy_scalar_dtype(PyObject *object, enum dtype *out)
{
    if (!is_scalar(object)) {
        return true;
    }
    Py_buffer view;
    if (PyObject_GetBuffer(object, &view, PyBUF_RECORDS_RO) != 0) {
        return false;
    }
    const bool known = buffer_dtype(&view, out);
    PyBuffer_Release(&view);
    return known;
}

/* ---- tensors as arrays ------------------------------------------------------------------------- */

/* The array shares the tensor's memory through the buffer protocol. */
static PyObject *array_of(PyObject *tensor)
{
    PyObject *numpy = PyImport_ImportModule("numpy");
    PyObject *view = numpy ? PyMemoryView_FromObject(tensor) : NULL;
    PyObject *array = view ? PyObject_CallMethod(numpy, "asarray", "O", view) : NULL;
    Py_XDECREF(view);
    Py_XDECREF(numpy);
    return array;
}

/* NumPy cannot look at it: another device's memory, or a gradient would be lost. */
static bool refuse_look(const struct tensor *tensor)
{
    struct text name = { 0 };
    if (tensor_backend(tensor) != engine_cpu(tensor->engine)) {
        backend_append_name(&name, tensor_backend(tensor));
        PyErr_Format(PyExc_TypeError,
                     "can't convert %s device type tensor to numpy. Use Tensor.cpu() to copy the "
                     "tensor to host memory first.",
                     text_string(&name));
        text_finish(&name);
        return true;
    }
    if (tensor->requires_grad) {
        PyErr_SetString(PyExc_RuntimeError, "Can't call numpy() on Tensor that requires grad. Use "
                                            "tensor.detach().numpy() instead.");
    }
    return tensor->requires_grad;
}

/* x.numpy(force=False); with force whatever stands in the way is taken out of it. */
static PyObject *call_numpy(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    bool force = false;
    struct error err;
    if (!input || !argument_bool(call, 1, &force)) {
        return NULL;
    }
    if (force) {
        PyObject *plain = tensor_object_take(call->face, tensor_detach(input, &err), &err);
        PyObject *near = plain ? PyObject_CallMethod(plain, "cpu", NULL) : NULL;
        PyObject *array = near ? array_of(near) : NULL;
        Py_XDECREF(near);
        Py_XDECREF(plain);
        return array;
    }
    return refuse_look(input) ? NULL : array_of(call->arguments[0]);
}

/* x.__array__(dtype, copy): what np.array(x) asks where the buffer protocol does not do. */
static PyObject *call_array(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    if (!input || refuse_look(input)) {
        return NULL;
    }
    PyObject *array = array_of(call->arguments[0]);
    if (!array || !argument_given(call, 1)) {
        return array;
    }
    PyObject *converted = PyObject_CallMethod(array, "astype", "O", call->arguments[1]);
    Py_DECREF(array);
    return converted;
}

/* What NumPy's functions make of tensors becomes a tensor again: np.sin(x). Truth values are 0 and 1,
 * as PyTorch has them here. */
static PyObject *call_array_wrap(struct call *call)
{
    PyObject *array = call->arguments[1];
    char kind = is_array(array) || is_scalar(array) ? scalar_kind(array) : '\0';
    PyObject *whole = kind == 'b' ? PyObject_CallMethod(array, "astype", "s", "uint8") : NULL;
    if (kind == 'b' && !whole) {
        return NULL;
    }
    struct tensor *tensor = data_share(call->face, whole ? whole : array);
    Py_XDECREF(whole);
    const struct creation_options options = { 0 };
    struct error err = { 0 };
    return tensor ? creation_finish(call, tensor, &options, NULL, &err) : NULL;
}

const struct function_row array_rows[] = {
    { "numpy",
      { "input", "force" },
      .required = 1,
      .keyword_only = 1,
      .call = call_numpy,
      .places = PLACE_METHOD },
    { "__array__",
      { "input", "dtype", "copy" },
      .required = 1,
      .call = call_array,
      .places = PLACE_METHOD },
    { "__array_wrap__",
      { "input", "array", "context", "return_scalar" },
      .required = 2,
      .call = call_array_wrap,
      .places = PLACE_METHOD },
    { .name = NULL },
};
