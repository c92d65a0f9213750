/* Elements from Python: numbers in nested lists, arrays behind the buffer protocol. */
#include "lessons/torch/creation.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/tensor/compute.h"
#include "lessons/torch/arguments.h"

/* ---- nested lists ------------------------------------------------------------------------------ */

static bool is_sequence(PyObject *object)
{
    return PyList_Check(object) || PyTuple_Check(object);
}

/* The number that a leaf of the nested lists is: a Python or NumPy number, or a tensor with one
 * element. */
static bool leaf_number(struct face *face, PyObject *leaf, struct number *out)
{
    struct operand operand;
    struct error err;
    if (operand_of(face, leaf, &operand)) {
        if (operand.kind == OPERAND_NUMBER) {
            *out = operand.number;
            return true;
        }
        if (operand.tensor->count == 1) {
            return tensor_item(operand.tensor, out, &err) || torch_raise(&err);
        }
        PyErr_SetString(PyExc_ValueError,
                        "only one element tensors can be converted to Python scalars");
        return false;
    }
    if (PyUnicode_Check(leaf)) {
        PyErr_Format(PyExc_TypeError, "new(): invalid data type '%s'", Py_TYPE(leaf)->tp_name);
    } else if (PyComplex_Check(leaf)) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "a tensor of complex numbers is not supported by Gradlight");
    } else {
        PyErr_Format(PyExc_RuntimeError, "Could not infer dtype of %s", Py_TYPE(leaf)->tp_name);
    }
    return false;
}

/* The shape that the first items have all the way down. */
static bool find_shape(PyObject *data, struct shape *shape)
{
    shape->dims = 0;
    while (is_sequence(data)) {
        const Py_ssize_t count = PySequence_Fast_GET_SIZE(data);
        if (shape->dims == BACKEND_MAX_DIMS) {
            PyErr_Format(PyExc_ValueError,
                         "tensors with more than %d dimensions are not supported by Gradlight",
                         BACKEND_MAX_DIMS);
            return false;
        }
        shape->size[shape->dims++] = count;
        if (count == 0) {
            return true;
        }
        data = PySequence_Fast_GET_ITEM(data, 0);
    }
    if (PyUnicode_Check(data) && shape->dims > 0) {
        PyErr_Format(PyExc_ValueError, "too many dimensions '%s'", Py_TYPE(data)->tp_name);
        return false;
    }
    return true;
}

/* The numbers read so far, and their highest category. */
struct numbers {
    struct face *face;
    const struct shape *shape;
    struct number *items;
    int64_t count;
    enum number_kind kind;
};

static bool read_numbers(struct numbers *numbers, PyObject *data, int dim)
{
    const struct shape *shape = numbers->shape;
    if (dim == shape->dims) {
        struct number *item = &numbers->items[numbers->count];
        if (is_sequence(data)) {
            PyErr_Format(PyExc_TypeError, "not a sequence of numbers: found a %s at dim %d",
                         Py_TYPE(data)->tp_name, dim);
            return false;
        }
        if (!leaf_number(numbers->face, data, item)) {
            return false;
        }
        numbers->kind = item->kind > numbers->kind ? item->kind : numbers->kind;
        numbers->count++;
        return true;
    }
    if (!is_sequence(data)) {
        PyErr_Format(PyExc_TypeError, "expected a sequence at dim %d (got a %s)", dim,
                     Py_TYPE(data)->tp_name);
        return false;
    }
    if (PySequence_Fast_GET_SIZE(data) != shape->size[dim]) {
        PyErr_Format(PyExc_ValueError, "expected sequence of length %lld at dim %d (got %zd)",
                     (long long)shape->size[dim], dim, PySequence_Fast_GET_SIZE(data));
        return false;
    }
    for (int64_t i = 0; i < shape->size[dim]; i++) {
        if (!read_numbers(numbers, PySequence_Fast_GET_ITEM(data, i), dim + 1)) {
            return false;
        }
    }
    return true;
}

static void store(void *elements, enum dtype dtype, int64_t i, struct number number)
{
    switch (dtype) {
    case DTYPE_BOOL:
        ((uint8_t *)elements)[i] = !number_is_zero(number);
        return;
    case DTYPE_UINT8:
        ((uint8_t *)elements)[i] = (uint8_t)number_as_integer(number);
        return;
    case DTYPE_INT32:
        ((int32_t *)elements)[i] = (int32_t)number_as_integer(number);
        return;
    case DTYPE_INT64:
        ((int64_t *)elements)[i] = number_as_integer(number);
        return;
    case DTYPE_FLOAT32:
        ((float *)elements)[i] = (float)number_as_real(number);
        return;
    case DTYPE_FLOAT64:
        ((double *)elements)[i] = number_as_real(number);
        return;
    case DTYPE_COUNT:
        return;
    }
}

static struct tensor *from_numbers(struct face *face, const struct numbers *numbers,
                                   enum dtype dtype)
{
    void *elements = PyMem_Malloc((size_t)numbers->count * dtype_size(dtype));
    if (!elements) {
        PyErr_NoMemory();
        return NULL;
    }
    for (int64_t i = 0; i < numbers->count; i++) {
        store(elements, dtype, i, numbers->items[i]);
    }
    const struct tensor_spec spec = { .dtype = dtype, .shape = *numbers->shape };
    struct error err;
    struct tensor *tensor = tensor_from_host(face->engine, &spec, elements, &err);
    PyMem_Free(elements);
    if (!tensor) {
        torch_raise(&err);
    }
    return tensor;
}

static enum dtype inferred_dtype(const struct face *face, const struct numbers *numbers)
{
    if (numbers->count == 0 || numbers->kind == NUMBER_REAL) {
        return face->engine->default_dtype;
    }
    return numbers->kind == NUMBER_INTEGER ? DTYPE_INT64 : DTYPE_BOOL;
}

static struct tensor *copy_nested(struct face *face, PyObject *data, const enum dtype *dtype)
{
    struct shape shape;
    if (!find_shape(data, &shape)) {
        return NULL;
    }
    struct numbers numbers = { .face = face, .shape = &shape, .kind = NUMBER_BOOL };
    numbers.items = PyMem_New(struct number, (size_t)shape_count(&shape));
    struct tensor *tensor = NULL;
    if (!numbers.items) {
        PyErr_NoMemory();
    } else if (read_numbers(&numbers, data, 0)) {
        tensor = from_numbers(face, &numbers, dtype ? *dtype : inferred_dtype(face, &numbers));
    }
    PyMem_Free(numbers.items);
    return tensor;
}

/* ---- arrays ------------------------------------------------------------------------------------ */

/* Kinds of elements that PyTorch takes and we do not are told from those that nobody takes. */
static bool refuse_array(const Py_buffer *view)
{
    const char *format = view->format ? view->format : "";
    format += strchr("@=<>", *format) != NULL && *format;
    if (strlen(format) == 1 && strchr("bhHILQlqefdFD", *format)) {
        PyErr_Format(PyExc_NotImplementedError,
                     "an array with elements of the kind '%s' is not supported by Gradlight, only "
                     "float64, float32, int64, int32, uint8 and bool",
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

static struct tensor *share(struct face *face, PyObject *array, int flags)
{
    Py_buffer *view = memory_allocate(1, sizeof(*view));
    if (PyObject_GetBuffer(array, view, flags) != 0) {
        free(view);
        return NULL;
    }
    return share_view(face, view);
}

struct tensor *data_share(struct face *face, PyObject *array)
{
    if (tensor_object_is(face, array) || !PyObject_CheckBuffer(array)) {
        PyErr_Format(PyExc_TypeError, "expected np.ndarray (got %s)", Py_TYPE(array)->tp_name);
        return NULL;
    }
    return share(face, array, PyBUF_RECORDS);
}

/* ---- copying anything -------------------------------------------------------------------------- */

/* A contiguous copy in its own or another dtype, without a trace of where it came from. */
static struct tensor *copy_tensor(struct face *face, struct tensor *source, const enum dtype *dtype)
{
    struct tensor_spec spec = tensor_spec_of(source);
    struct error err;
    spec.dtype = dtype ? *dtype : source->dtype;
    struct tensor *copy = tensor_create(face->engine, &spec, &err);
    if (!copy || !compute_copy(copy, source, &err)) {
        torch_raise(&err);
        tensor_unref(copy);
        copy = NULL;
    }
    return copy;
}

struct tensor *data_copy(struct face *face, PyObject *data, const enum dtype *dtype)
{
    if (PyRange_Check(data)) {
        PyObject *list = PySequence_List(data);
        struct tensor *copy = list ? copy_nested(face, list, dtype) : NULL;
        Py_XDECREF(list);
        return copy;
    }
    if (tensor_object_is(face, data)) {
        return copy_tensor(face, tensor_object_tensor(data), dtype);
    }
    if (PyObject_CheckBuffer(data) && !is_sequence(data)) {
        struct tensor *shared = share(face, data, PyBUF_RECORDS_RO);
        struct tensor *copy = shared ? copy_tensor(face, shared, dtype) : NULL;
        tensor_unref(shared);
        return copy;
    }
    return copy_nested(face, data, dtype);
}
