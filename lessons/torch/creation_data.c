/* Elements from Python: numbers in nested lists, and whatever else torch.tensor() copies. */
#include "lessons/torch/creation.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/tensor/compute.h"
#include "engine/tensor/narrow.h"
#include "lessons/torch/arguments.h"
#include "lessons/torch/numpy_array.h"

/* ---- nested lists ------------------------------------------------------------------------------ */

static bool is_sequence(PyObject *object)
{
    return PyList_Check(object) || PyTuple_Check(object);
}

/* A tensor of a Python number has this type. */
static enum dtype number_dtype(const struct face *face, struct number number)
{
    return number.kind == NUMBER_REAL      ? face->engine->default_dtype
           : number.kind == NUMBER_INTEGER ? DTYPE_INT64
                                           : DTYPE_BOOL;
}

/* The number that a leaf of the nested lists is, and its type: a Python or NumPy number, or a tensor
 * with one element. */
static bool leaf_number(struct face *face, PyObject *leaf, struct number *out, enum dtype *dtype)
{
    struct operand operand;
    struct error err;
    if (operand_of(face, leaf, &operand)) {
        if (operand.kind == OPERAND_NUMBER) {
            *out = operand.number;
            *dtype = number_dtype(face, *out);
            return numpy_scalar_dtype(leaf, dtype);
        }
        if (operand.tensor->count == 1) {
            *dtype = operand.tensor->dtype;
            return tensor_item(operand.tensor, out, &err) || torch_raise(&err);
        }
        PyErr_SetString(PyExc_ValueError,
                        "only one element tensors can be converted to Python scalars");
        return false;
    }
    if (PyLong_Check(leaf)) {
        PyErr_SetString(PyExc_RuntimeError, "Overflow when unpacking long");
    } else if (PyUnicode_Check(leaf) || PyBytes_Check(leaf)) {
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

/* The numbers read so far, and the type that holds them all. */
struct numbers {
    struct face *face;
    const struct shape *shape;
    struct number *items;
    int64_t count;
    enum dtype dtype;
};

static bool read_numbers(struct numbers *numbers, PyObject *data, int dim)
{
    const struct shape *shape = numbers->shape;
    if (dim == shape->dims) {
        struct number *item = &numbers->items[numbers->count];
        if (is_sequence(data)) {
            const bool real = numbers->count > 0 && dtype_is_float(numbers->dtype);
            PyErr_Format(PyExc_TypeError,
                         real ? "must be real number, not %s"
                              : "'%s' object cannot be interpreted as an integer",
                         Py_TYPE(data)->tp_name);
            return false;
        }
        enum dtype dtype;
        if (!leaf_number(numbers->face, data, item, &dtype)) {
            return false;
        }
        numbers->dtype = numbers->count > 0 ? dtype_promote(numbers->dtype, dtype) : dtype;
        numbers->count++;
        return true;
    }
    if (!is_sequence(data)) {
        struct number number;
        enum dtype dtype;
        if (leaf_number(numbers->face, data, &number, &dtype)) {
            PyErr_SetString(PyExc_TypeError, "not a sequence");
        }
        return false;
    }
    if (PySequence_Fast_GET_SIZE(data) != shape->size[dim]) {
        PyErr_Format(PyExc_ValueError, "expected sequence of length %lld at dim %d (got %zd)",
                     (long long)shape->size[dim], dim, PySequence_Fast_GET_SIZE(data));
        return false;
    }
    /* (The list may have changed while its items were asked what they are.) */
    for (int64_t i = 0; i < shape->size[dim] && i < PySequence_Fast_GET_SIZE(data); i++) {
        if (!read_numbers(numbers, PySequence_Fast_GET_ITEM(data, i), dim + 1)) {
            return false;
        }
    }
    return true;
}

static void store(void *elements, enum dtype dtype, int64_t i, struct number number)
{
    if (dtype_is_narrow(dtype)) {
        narrow_put(dtype, elements, (size_t)i, number_as_real(number));
        return;
    }
    switch ((int)dtype) {
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
    default:
        return;
    }
}

static struct tensor *from_numbers(struct face *face, const struct numbers *numbers,
                                   enum dtype dtype)
{
    for (int64_t i = 0; i < numbers->count; i++) {
        if (!dtype_is_float(dtype) && !number_fits(numbers->items[i], dtype)) {
            PyErr_Format(PyExc_RuntimeError,
                         "value cannot be converted to type %s without overflow",
                         dtype_name(dtype));
            return NULL;
        }
    }
    _Alignas(max_align_t) char one[sizeof(int64_t)]; /* as large as the largest element */
    void *elements =
        numbers->count == 1 ? one : PyMem_Malloc((size_t)numbers->count * dtype_size(dtype));
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
    if (elements != one) {
        PyMem_Free(elements);
    }
    if (!tensor) {
        torch_raise(&err);
    }
    return tensor;
}

static bool check_complete(const struct numbers *numbers)
{
    if (numbers->count != shape_count(numbers->shape)) {
        PyErr_SetString(PyExc_RuntimeError, "the list changed while it was read");
        return false;
    }
    return true;
}

static struct tensor *copy_nested(struct face *face, PyObject *data, const enum dtype *dtype)
{
    struct shape shape;
    if (!find_shape(data, &shape)) {
        return NULL;
    }
    struct numbers numbers = { .face = face,
                               .shape = &shape,
                               .dtype = face->engine->default_dtype };
    const int64_t count = shape_count(&shape);
    struct number one;
    numbers.items = count == 1 ? &one : PyMem_New(struct number, (size_t)count);
    struct tensor *tensor = NULL;
    if (!numbers.items) {
        PyErr_NoMemory();
    } else if (read_numbers(&numbers, data, 0) && check_complete(&numbers)) {
        tensor = from_numbers(face, &numbers, dtype ? *dtype : numbers.dtype);
    }
    if (numbers.items != &one) {
        PyMem_Free(numbers.items);
    }
    return tensor;
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

/* A list of arrays is one array first. */
static struct tensor *copy_arrays(struct face *face, PyObject *list, const enum dtype *dtype)
{
    if (PyErr_WarnEx(PyExc_UserWarning,
                     "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please "
                     "consider converting the list to a single numpy.ndarray with numpy.array() "
                     "before converting to a tensor.",
                     1) != 0) {
        return NULL;
    }
    PyObject *numpy = PyImport_ImportModule("numpy");
    PyObject *array = numpy ? PyObject_CallMethod(numpy, "array", "O", list) : NULL;
    struct tensor *copy = array ? data_copy(face, array, dtype) : NULL;
    Py_XDECREF(array);
    Py_XDECREF(numpy);
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
        struct tensor *shared = array_share(face, data, false);
        struct tensor *copy = shared ? copy_tensor(face, shared, dtype) : NULL;
        tensor_unref(shared);
        return copy;
    }
    if (is_sequence(data) && PySequence_Fast_GET_SIZE(data) > 0 &&
        is_array(PySequence_Fast_GET_ITEM(data, 0))) {
        return copy_arrays(face, data, dtype);
    }
    return copy_nested(face, data, dtype);
}
