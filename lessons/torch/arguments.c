#include "lessons/torch/arguments.h"

#include <limits.h>
#include <string.h>

#include "engine/devices.h"
#include "lessons/torch/numpy_array.h"

/* Plain ones first: whether something is of a derived type takes longer to say. */
bool number_of(PyObject *object, struct number *out)
{
    if (PyLong_CheckExact(object)) {
        int overflow;
        *out = number_integer(PyLong_AsLongLongAndOverflow(object, &overflow));
        return overflow == 0;
    }
    if (PyFloat_CheckExact(object) || PyFloat_Check(object)) {
        *out = number_real(PyFloat_AS_DOUBLE(object));
        return true;
    }
    if (PyBool_Check(object)) {
        *out = number_bool(object == Py_True);
        return true;
    }
    if (numpy_scalar(object, out)) {
        return true;
    }
    if (PyIndex_Check(object)) {
        PyObject *whole = PyNumber_Index(object);
        const long long value = whole ? PyLong_AsLongLong(whole) : -1;
        Py_XDECREF(whole);
        if (value == -1 && PyErr_Occurred()) {
            /* Neither an array nor a number beyond 64 bits is one of our numbers. */
            PyErr_Clear();
            return false;
        }
        *out = number_integer(value);
        return true;
    }
    return false;
}

bool operand_of(struct face *face, PyObject *object, struct operand *out)
{
    /* Field by field: an operand that is copied as a whole right after it was written has to wait. */
    if (tensor_object_is(face, object)) {
        out->tensor = tensor_object_tensor(object);
        out->kind = out->tensor ? OPERAND_TENSOR : OPERAND_NONE;
        return true;
    }
    out->kind = OPERAND_NUMBER;
    out->tensor = NULL;
    return number_of(object, &out->number);
}

bool shape_of(PyObject *sequence, struct shape *out)
{
    if (!PyTuple_Check(sequence) && !PyList_Check(sequence)) {
        return false;
    }
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(sequence);
    if (count > BACKEND_MAX_DIMS) {
        return false;
    }
    out->dims = (int)count;
    for (Py_ssize_t i = 0; i < count; i++) {
        struct number number;
        struct operand operand;
        PyObject *item = PySequence_Fast_GET_ITEM(sequence, i);
        if (!number_of(item, &number)) {
            struct error err;
            if (!operand_of(face_current(), item, &operand) || !operand.tensor ||
                dtype_is_float(operand.tensor->dtype) ||
                !tensor_item(operand.tensor, &number, &err)) {
                return false;
            }
        }
        if (number.kind == NUMBER_REAL) {
            return false;
        }
        out->size[i] = number.integer;
    }
    return true;
}

/* ---- refusing ------------------------------------------------------------------------------- */

/* As PyTorch counts them: not the object of what is called as a method. */
static int position_of(const struct call *call, int i)
{
    return call->is_method && i > 0 ? i : i + 1;
}

/* A whole number that 64 bits do not hold is of the right kind, but not to be had. */
static bool is_too_long(PyObject *object)
{
    int overflow = 0;
    if (!PyLong_Check(object)) {
        return false;
    }
    PyLong_AsLongLongAndOverflow(object, &overflow);
    return overflow != 0;
}

bool argument_refuse(const struct call *call, int i, const char *wanted)
{
    if (is_too_long(call->arguments[i])) {
        PyErr_SetString(PyExc_RuntimeError, "Overflow when unpacking long");
        return false;
    }
    call->face->refused = true;
    const char *name = call->row->name, *parameter = call->row->parameters[i];
    const char *kind = Py_TYPE(call->arguments[i])->tp_name;
    if (i >= call->positional) {
        PyErr_Format(PyExc_TypeError, "%s(): argument '%s' must be %s, not %s", name, parameter,
                     wanted, kind);
    } else {
        PyErr_Format(PyExc_TypeError, "%s(): argument '%s' (position %d) must be %s, not %s", name,
                     parameter, position_of(call, i), wanted, kind);
    }
    return false;
}

static bool refuse_dims(void)
{
    PyErr_Format(PyExc_RuntimeError,
                 "tensors with more than %d dimensions are not supported by Gradlight",
                 BACKEND_MAX_DIMS);
    return false;
}

/* ---- tensors and numbers -------------------------------------------------------------------- */

struct tensor *argument_tensor(const struct call *call, int i)
{
    PyObject *object = call->arguments[i];
    if (!tensor_object_is(call->face, object)) {
        argument_refuse(call, i, "Tensor");
        return NULL;
    }
    return tensor_object_tensor(object);
}

bool argument_tensor_or_none(const struct call *call, int i, struct tensor **out)
{
    *out = NULL;
    return !argument_given(call, i) || (*out = argument_tensor(call, i)) != NULL;
}

bool argument_operand(const struct call *call, int i, struct operand *out)
{
    return operand_of(call->face, call->arguments[i], out) || argument_refuse(call, i, "Tensor");
}

bool argument_number(const struct call *call, int i, struct number *out)
{
    if (!argument_given(call, i)) {
        return true;
    }
    struct operand operand;
    if (!operand_of(call->face, call->arguments[i], &operand)) {
        return argument_refuse(call, i, "Number");
    }
    if (operand.kind == OPERAND_NUMBER) {
        *out = operand.number;
        return true;
    }
    /* A tensor stands for a number only where no gradient could be lost. */
    if (operand.tensor->shape.dims > 0 || operand.tensor->requires_grad) {
        return argument_refuse(call, i, "Number");
    }
    struct error err;
    return tensor_item(operand.tensor, out, &err) || torch_raise(&err);
}

bool argument_real(const struct call *call, int i, double *out)
{
    struct number number = number_real(*out);
    if (!argument_number(call, i, &number)) {
        return false;
    }
    *out = number_as_real(number);
    return true;
}

bool argument_integer(const struct call *call, int i, int64_t *out)
{
    struct number number = number_integer(*out);
    struct operand operand;
    if (argument_given(call, i) && !operand_of(call->face, call->arguments[i], &operand)) {
        return argument_refuse(call, i, "int");
    }
    if (!argument_number(call, i, &number)) {
        return false;
    }
    if (number.kind == NUMBER_REAL) {
        return argument_refuse(call, i, "int");
    }
    *out = number.integer;
    return true;
}

bool argument_bool(const struct call *call, int i, bool *out)
{
    if (!argument_given(call, i)) {
        return true;
    }
    const int truth = PyObject_IsTrue(call->arguments[i]);
    *out = truth == 1;
    return truth >= 0;
}

/* ---- dtypes and devices --------------------------------------------------------------------- */

bool argument_dtype(const struct call *call, int i, enum dtype *out)
{
    if (!argument_given(call, i)) {
        return true;
    }
    PyObject *object = call->arguments[i];
    if (Py_TYPE(object) == call->face->types.dtype) {
        *out = ((struct dtype_object *)object)->dtype;
    } else if (object == (PyObject *)&PyFloat_Type) {
        *out = DTYPE_FLOAT64;
    } else if (object == (PyObject *)&PyLong_Type) {
        *out = DTYPE_INT64;
    } else if (object == (PyObject *)&PyBool_Type) {
        *out = DTYPE_BOOL;
    } else {
        return argument_refuse(call, i, "torch.dtype");
    }
    return true;
}

/* index -1: the current one. NULL with an exception. */
static struct backend *cuda_device(struct engine *engine, int index)
{
    if (devices_count(engine) == 0) {
        PyErr_SetString(PyExc_AssertionError, "Torch not compiled with CUDA enabled");
        return NULL;
    }
    struct backend *found = devices_find(engine, index < 0 ? engine->current_device : index);
    if (!found) {
        PyErr_SetString(PyExc_RuntimeError,
                        "CUDA error: invalid device ordinal\nCUDA kernel errors might be "
                        "asynchronously reported at some other API call, so the stacktrace below "
                        "might be incorrect.\nFor debugging consider passing "
                        "CUDA_LAUNCH_BLOCKING=1\nCompile with `TORCH_USE_CUDA_DSA` to enable "
                        "device-side assertions.\n");
    }
    return found;
}

bool device_of(struct face *face, PyObject *object, struct backend **out)
{
    PyObject *device = PyObject_CallOneArg((PyObject *)face->types.device, object);
    if (!device) {
        return false;
    }
    const struct device_object *wanted = (const struct device_object *)device;
    *out = strcmp(wanted->type, "cpu") == 0 ? engine_cpu(face->engine)
                                            : cuda_device(face->engine, wanted->index);
    Py_DECREF(device);
    return *out != NULL;
}

bool argument_device(const struct call *call, int i, struct backend **out)
{
    struct backend *found = *out;
    if (argument_given(call, i) && !device_of(call->face, call->arguments[i], &found)) {
        return false;
    }
    *out = found;
    return true;
}

/* ---- shapes --------------------------------------------------------------------------------- */

static bool refuse_element(const struct call *call, int i, PyObject *const *items, Py_ssize_t count)
{
    for (Py_ssize_t at = 0; at < count; at++) {
        struct number number;
        if (!number_of(items[at], &number) || number.kind == NUMBER_REAL) {
            const char *kind = Py_TYPE(items[at])->tp_name;
            call->face->refused = at == 0;
            const char *function = call->row->name, *parameter = call->row->parameters[i];
            if (at == 0) {
                PyErr_Format(PyExc_TypeError,
                             "%s(): argument '%s' (position %d) must be tuple of ints, but found "
                             "element of type %s at pos 0",
                             function, parameter, position_of(call, i), kind);
            } else {
                PyErr_Format(PyExc_TypeError,
                             "%s(): argument '%s' failed to unpack the object at pos %zd with "
                             "error \"type must be tuple of ints,but got %s\"",
                             function, parameter, at + 1, kind);
            }
            return false;
        }
    }
    return refuse_dims();
}

static bool collected_size(const struct call *call, int i, struct shape *out)
{
    if (call->collected_count > BACKEND_MAX_DIMS) {
        return refuse_dims();
    }
    out->dims = (int)call->collected_count;
    for (Py_ssize_t at = 0; at < call->collected_count; at++) {
        struct number number;
        if (!number_of(call->collected[at], &number) || number.kind == NUMBER_REAL) {
            return refuse_element(call, i, call->collected, call->collected_count);
        }
        out->size[at] = number.integer;
    }
    return true;
}

/* x.reshape(6), x.sum(0) and torch.ones(6), but not torch.reshape(x, 6) and torch.full(2, 3). */
static bool takes_single_size(const struct call *call, int i)
{
    const struct function_row *row = call->row;
    if (row->collects == i + 1) {
        return call->is_method || !(row->places & PLACE_METHOD);
    }
    return (row->places & PLACE_TORCH) == 0 || strcmp(row->parameters[i], "size") != 0;
}

bool argument_size(const struct call *call, int i, struct shape *out)
{
    if (call->collected_count > 0 && call->row->collects == i + 1) {
        return collected_size(call, i, out);
    }
    PyObject *object = call->arguments[i];
    const bool single = takes_single_size(call, i);
    struct number number;
    if (object && single && number_of(object, &number) && number.kind != NUMBER_REAL) {
        *out = (struct shape){ 1, { number.integer } };
        return true;
    }
    if (!object && call->row->collects == i + 1) {
        call->face->refused = true;
        PyErr_Format(PyExc_TypeError, "%s() missing 1 required positional arguments: \"%s\"",
                     call->row->name, call->row->parameters[i]);
        return false;
    }
    if (!object) {
        *out = (struct shape){ 0 };
        return true;
    }
    if (shape_of(object, out)) {
        return true;
    }
    if (PyTuple_Check(object) || PyList_Check(object)) {
        return refuse_element(call, i, PySequence_Fast_ITEMS(object),
                              PySequence_Fast_GET_SIZE(object));
    }
    return single && (call->row->collects == i + 1 || PyFloat_Check(object))
               ? refuse_element(call, i, &object, 1)
               : argument_refuse(call, i, "tuple of ints");
}

bool argument_dims(const struct call *call, int i, int dims, struct shape *out, bool *given)
{
    *given = argument_given(call, i) || call->collected_count > 0;
    if (!*given) {
        return true;
    }
    if (!argument_size(call, i, out)) {
        return false;
    }
    *given = out->dims > 0;
    struct error err;
    for (int k = 0; k < out->dims; k++) {
        int dim;
        if (!shape_dim(dims, out->size[k], &dim, &err)) {
            torch_raise(&err);
            return false;
        }
        out->size[k] = dim;
    }
    return true;
}

uint64_t argument_from_end(const struct call *call, int i, uint64_t attr)
{
    struct number number;
    if (PyErr_Occurred()) {
        return 0; /* what went wrong with an argument before this one is still to be told */
    }
    const bool negative = argument_given(call, i) && number_of(call->arguments[i], &number) &&
                          number.kind == NUMBER_INTEGER && number.integer < 0;
    PyErr_Clear();
    return negative ? attr : 0;
}

bool argument_dim(const struct call *call, int i, int dims, int64_t *out)
{
    int64_t wanted = *out;
    int dim;
    struct error err;
    if (!argument_integer(call, i, &wanted)) {
        return false;
    }
    if (!shape_dim(dims, wanted, &dim, &err)) {
        torch_raise(&err);
        return false;
    }
    *out = dim;
    return true;
}

/* ---- lists ------------------------------------------------------------------------------------- */

static bool read_tensors(const struct call *call, int i, PyObject *const *items, Py_ssize_t count,
                         struct tensor_list *out)
{
    *out = (struct tensor_list){ .items = PyMem_New(struct tensor *, (size_t)count + 1) };
    if (!out->items || count > INT_MAX) {
        PyMem_Free(out->items);
        PyErr_NoMemory();
        return false;
    }
    for (Py_ssize_t at = 0; at < count; at++) {
        if (!tensor_object_is(call->face, items[at])) {
            PyErr_Format(PyExc_TypeError,
                         "expected Tensor as element %zd in argument %d, but got %s", at, i,
                         Py_TYPE(items[at])->tp_name);
            PyMem_Free(out->items);
            return false;
        }
        out->items[out->count++] = tensor_object_tensor(items[at]);
    }
    return true;
}

bool argument_tensors(const struct call *call, int i, struct tensor_list *out)
{
    PyObject *object = call->arguments[i];
    if (call->collected_count > 0 && call->row->collects == i + 1) {
        return read_tensors(call, i, call->collected, call->collected_count, out);
    }
    if (!object || (call->row->collects == i + 1 && tensor_object_is(call->face, object))) {
        return read_tensors(call, i, &object, object ? 1 : 0, out);
    }
    if (!PyTuple_Check(object) && !PyList_Check(object)) {
        return argument_refuse(call, i, "tuple of Tensors");
    }
    return read_tensors(call, i, PySequence_Fast_ITEMS(object), PySequence_Fast_GET_SIZE(object),
                        out);
}

bool integers_of(PyObject *sequence, int64_t **out, int *count)
{
    if (!PyTuple_Check(sequence) && !PyList_Check(sequence)) {
        return false;
    }
    const Py_ssize_t length = PySequence_Fast_GET_SIZE(sequence);
    int64_t *items = length < INT_MAX ? PyMem_New(int64_t, (size_t)length + 1) : NULL;
    for (Py_ssize_t i = 0; items && i < length; i++) {
        struct number number;
        if (!number_of(PySequence_Fast_GET_ITEM(sequence, i), &number) ||
            number.kind == NUMBER_REAL) {
            PyMem_Free(items);
            return false;
        }
        items[i] = number.integer;
    }
    *out = items;
    *count = (int)length;
    return items != NULL;
}
