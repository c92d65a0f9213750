/* Other dtypes and devices: to, float, type, cpu, cuda. */
#include "lessons/torch/functions.h"

#include <string.h>

static PyObject *in_dtype(const struct call *call, struct tensor *input, enum dtype dtype,
                          bool copy)
{
    if (dtype == input->dtype && !copy) {
        return Py_NewRef(call->arguments[0]);
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = { .op = OP_TO_COPY,
                                .in = &in,
                                .in_count = 1,
                                .attrs = { .present = ATTR(DTYPE), .dtype = dtype } };
    return function_apply(call, &use);
}

static bool read_target(const struct call *call, PyObject *target, enum dtype *dtype,
                        struct backend **backend)
{
    struct face *face = call->face;
    if (Py_TYPE(target) == face->types.dtype) {
        *dtype = ((struct dtype_object *)target)->dtype;
        return true;
    }
    if (tensor_object_is(face, target)) {
        *dtype = tensor_object_tensor(target)->dtype;
        *backend = tensor_backend(tensor_object_tensor(target));
        return true;
    }
    return device_of(face, target, backend);
}

/* to(dtype), to(device), to(device, dtype), to(other) */
static PyObject *call_to(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    enum dtype dtype = input->dtype;
    struct backend *backend = tensor_backend(input);
    bool copy = false;
    for (int i = 1; i <= 2; i++) {
        if (argument_given(call, i) && !read_target(call, call->arguments[i], &dtype, &backend)) {
            return NULL;
        }
    }
    if (!argument_dtype(call, 3, &dtype) || !argument_device(call, 4, &backend) ||
        !argument_bool(call, 6, &copy)) {
        return NULL;
    }
    if (backend != tensor_backend(input)) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "moving a tensor to another device is not supported by Gradlight");
        return NULL;
    }
    return in_dtype(call, input, dtype, copy);
}

static PyObject *call_cast(struct call *call)
{
    static const struct {
        const char *name;
        enum dtype dtype;
    } casts[] = {
        { "float", DTYPE_FLOAT32 }, { "double", DTYPE_FLOAT64 }, { "long", DTYPE_INT64 },
        { "int", DTYPE_INT32 },     { "byte", DTYPE_UINT8 },     { "bool", DTYPE_BOOL },
    };
    struct tensor *input = argument_tensor(call, 0);
    for (size_t i = 0; input && i < sizeof(casts) / sizeof(*casts); i++) {
        if (strcmp(casts[i].name, call->row->name) == 0) {
            return in_dtype(call, input, casts[i].dtype, false);
        }
    }
    return NULL;
}

/* The dtype of "FloatTensor", "LongTensor", ... */
static bool dtype_of_type_name(const char *name, enum dtype *out)
{
    for (int dtype = 0; dtype < DTYPE_COUNT; dtype++) {
        const char *kind = dtype_type_name((enum dtype)dtype);
        const size_t length = strlen(kind);
        if (strncmp(name, kind, length) == 0 && strcmp(name + length, "Tensor") == 0) {
            *out = (enum dtype)dtype;
            return true;
        }
    }
    return false;
}

/* Besides a dtype: "torch.LongTensor", and torch.LongTensor itself. */
static bool read_type(const struct call *call, enum dtype *out)
{
    PyObject *type = call->arguments[1];
    PyObject *name = NULL;
    if (PyUnicode_Check(type)) {
        const char *text = PyUnicode_AsUTF8(type);
        const bool known =
            text && strncmp(text, "torch.", 6) == 0 && dtype_of_type_name(text + 6, out);
        if (text && !known) {
            PyErr_Format(PyExc_ValueError, "invalid type: %R", type);
        }
        return known;
    }
    if (Py_TYPE(type) == call->face->types.function) {
        name = PyObject_GetAttrString(type, "__name__");
    }
    const bool known = name && PyUnicode_Check(name) && PyUnicode_AsUTF8(name) &&
                       dtype_of_type_name(PyUnicode_AsUTF8(name), out);
    Py_XDECREF(name);
    PyErr_Clear();
    return known || argument_dtype(call, 1, out);
}

/* type() names the type, type(dtype) converts. */
static PyObject *call_type(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    if (!argument_given(call, 1)) {
        return PyUnicode_FromFormat("torch.%sTensor", dtype_type_name(input->dtype));
    }
    enum dtype dtype = input->dtype;
    return read_type(call, &dtype) ? in_dtype(call, input, dtype, false) : NULL;
}

static PyObject *call_type_as(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    const struct tensor *other = input ? argument_tensor(call, 1) : NULL;
    return other ? in_dtype(call, input, other->dtype, false) : NULL;
}

static PyObject *call_cpu(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input || tensor_backend(input) == engine_cpu(call->face->engine)) {
        return input ? Py_NewRef(call->arguments[0]) : NULL;
    }
    PyErr_SetString(PyExc_NotImplementedError,
                    "moving a tensor to another device is not supported by Gradlight");
    return NULL;
}

static PyObject *call_cuda(struct call *call)
{
    struct backend *backend;
    PyObject *name = PyUnicode_FromString("cuda");
    const bool found = name && device_of(call->face, name, &backend);
    Py_XDECREF(name);
    if (found) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "moving a tensor to another device is not supported by Gradlight");
    }
    return NULL;
}

/* ---- the table --------------------------------------------------------------------------------- */

#define CAST(name)                                                                  \
    {                                                                               \
        name, { "input" }, .required = 1, .call = call_cast, .places = PLACE_METHOD \
    }

const struct function_row convert_rows[] = {
    { "to",
      { "input", "target", "second", "dtype", "device", "non_blocking", "copy" },
      .required = 1,
      .call = call_to,
      .places = PLACE_METHOD },
    CAST("float"),
    CAST("double"),
    CAST("long"),
    CAST("int"),
    CAST("byte"),
    CAST("bool"),
    { "type", { "input", "dtype" }, .required = 1, .call = call_type, .places = PLACE_METHOD },
    { "type_as",
      { "input", "other" },
      .required = 2,
      .call = call_type_as,
      .places = PLACE_METHOD },
    { "cpu", { "input" }, .required = 1, .call = call_cpu, .places = PLACE_METHOD },
    { "cuda", { "input", "device" }, .required = 1, .call = call_cuda, .places = PLACE_METHOD },
    { .name = NULL },
};
