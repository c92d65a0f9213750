/* A tensor as text, as a Python number, as a list. */
#include "lessons/torch/tensor_slots.h"

#include "engine/autograd/autograd.h"
#include "engine/base/text.h"
#include "engine/observer.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/print.h"

PyObject *number_object(struct number number)
{
    switch (number.kind) {
    case NUMBER_BOOL:
        return PyBool_FromLong(number.integer != 0);
    case NUMBER_INTEGER:
        return PyLong_FromLongLong(number.integer);
    case NUMBER_REAL:
        return PyFloat_FromDouble(number.real);
    }
    return NULL;
}

PyObject *tensor_slot_text(PyObject *self)
{
    struct tensor *tensor = tensor_object_tensor(self);
    struct text text = { 0 };
    struct error err;
    PyObject *string = NULL;
    tensor_refresh_history(tensor);
    tensor->engine->purpose = "print";
    const bool done =
        tensor_append_text(&text, tensor, tensor->grad_fn ? tensor->grad_fn->name : NULL, &err);
    tensor->engine->purpose = NULL;
    if (done) {
        string = PyUnicode_FromStringAndSize(text.bytes, (Py_ssize_t)text.length);
    } else {
        torch_raise(&err);
    }
    text_finish(&text);
    return string;
}

bool tensor_item_for(const struct tensor *tensor, const char *purpose, struct number *out,
                     struct error *err)
{
    struct engine *engine = tensor->engine;
    engine->purpose = purpose;
    const bool read = tensor_item(tensor, out, err);
    engine->purpose = NULL;
    return read;
}

/* NULL with tensor.item()'s error. */
static PyObject *item(const struct tensor *tensor, const char *purpose)
{
    struct number number;
    struct error err;
    return tensor_item_for(tensor, purpose, &number, &err) ? number_object(number)
                                                           : torch_raise(&err);
}

/* A 0-d tensor formats as its number; any other only without a spec, as text. */
PyObject *tensor_method_format(PyObject *self, PyObject *spec)
{
    const struct tensor *tensor = tensor_object_tensor(self);
    if (!PyUnicode_Check(spec)) {
        return PyErr_Format(PyExc_TypeError, "__format__() argument must be str, not %s",
                            Py_TYPE(spec)->tp_name);
    }
    if (tensor->shape.dims == 0 && !tensor->is_parameter) {
        PyObject *number = item(tensor, "print");
        PyObject *text = number ? PyObject_Format(number, spec) : NULL;
        Py_XDECREF(number);
        return text;
    }
    if (PyUnicode_GET_LENGTH(spec) > 0) {
        return PyErr_Format(PyExc_TypeError, "unsupported format string passed to %s.__format__",
                            Py_TYPE(self)->tp_name);
    }
    return PyObject_Str(self);
}

/* ---- numbers ---------------------------------------------------------------------------------- */

void tensor_taken(const struct tensor *tensor, const char *by)
{
    const struct engine *engine = tensor->engine;
    if (OBSERVED(engine, taken)) {
        engine->observer->calls->taken(engine->observer->context, tensor, by);
    }
}

static PyObject *scalar(PyObject *self, const char *purpose)
{
    if (tensor_object_tensor(self)->count != 1) {
        PyErr_SetString(PyExc_ValueError,
                        "only one element tensors can be converted to Python scalars");
        return NULL;
    }
    return item(tensor_object_tensor(self), purpose);
}

PyObject *tensor_slot_float(PyObject *self)
{
    PyObject *number = scalar(self, "float");
    PyObject *real = number ? PyNumber_Float(number) : NULL;
    Py_XDECREF(number);
    if (real) {
        tensor_taken(tensor_object_tensor(self), "float");
    }
    return real;
}

PyObject *tensor_slot_int(PyObject *self)
{
    PyObject *number = scalar(self, "int");
    PyObject *whole = number ? PyNumber_Long(number) : NULL;
    Py_XDECREF(number);
    if (whole) {
        tensor_taken(tensor_object_tensor(self), "int");
    }
    return whole;
}

PyObject *tensor_slot_index(PyObject *self)
{
    const struct tensor *tensor = tensor_object_tensor(self);
    if (tensor->count != 1 || dtype_is_float(tensor->dtype)) {
        PyErr_SetString(PyExc_TypeError, "only integer tensors of a single element can be "
                                         "converted to an index");
        return NULL;
    }
    return tensor_slot_int(self);
}

int tensor_slot_bool(PyObject *self)
{
    const struct tensor *tensor = tensor_object_tensor(self);
    struct number number;
    struct error err;
    if (tensor->count != 1) {
        PyErr_Format(PyExc_RuntimeError, "Boolean value of Tensor with %s is ambiguous",
                     tensor->count == 0 ? "no values" : "more than one value");
        return -1;
    }
    if (!tensor_item_for(tensor, "bool", &number, &err)) {
        torch_raise(&err);
        return -1;
    }
    const struct engine *engine = tensor->engine;
    if (OBSERVED(engine, tested)) {
        engine->observer->calls->tested(engine->observer->context, tensor);
    }
    return !number_is_zero(number);
}

/* ---- lists ------------------------------------------------------------------------------------- */

static PyObject *element(enum dtype dtype, const void *elements, int64_t i)
{
    if (dtype_is_narrow(dtype)) {
        const double value = narrow_value(dtype, elements, (size_t)i);
        return dtype_is_float(dtype) ? PyFloat_FromDouble(value) : PyLong_FromDouble(value);
    }
    switch ((int)dtype) {
    case DTYPE_BOOL:
        return PyBool_FromLong(((const uint8_t *)elements)[i]);
    case DTYPE_UINT8:
        return PyLong_FromLong(((const uint8_t *)elements)[i]);
    case DTYPE_INT32:
        return PyLong_FromLong(((const int32_t *)elements)[i]);
    case DTYPE_INT64:
        return PyLong_FromLongLong(((const int64_t *)elements)[i]);
    case DTYPE_FLOAT32:
        return PyFloat_FromDouble((double)((const float *)elements)[i]);
    case DTYPE_FLOAT64:
        return PyFloat_FromDouble(((const double *)elements)[i]);
    default:
        break;
    }
    return NULL;
}

/* The elements from *next on as nested lists of the dimensions from `dim` on. */
static PyObject *nested(const struct tensor *tensor, const void *elements, int dim, int64_t *next)
{
    if (dim == tensor->shape.dims) {
        return element(tensor->dtype, elements, (*next)++);
    }
    PyObject *list = PyList_New(tensor->shape.size[dim]);
    for (int64_t i = 0; list && i < tensor->shape.size[dim]; i++) {
        PyObject *item_list = nested(tensor, elements, dim + 1, next);
        if (!item_list) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, i, item_list);
    }
    return list;
}

PyObject *tensor_list(struct tensor *tensor)
{
    struct error err;
    void *elements = PyMem_Malloc((size_t)tensor->count * dtype_size(tensor->dtype));
    PyObject *list = NULL;
    int64_t next = 0;
    if (!elements) {
        return PyErr_NoMemory();
    }
    tensor->engine->purpose = "tolist";
    const bool read = tensor_read(tensor, elements, &err);
    tensor->engine->purpose = NULL;
    if (read) {
        list = nested(tensor, elements, 0, &next);
    } else {
        torch_raise(&err);
    }
    PyMem_Free(elements);
    return list;
}
