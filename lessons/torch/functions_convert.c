/* Other dtypes and devices: to, float, type, cpu, cuda. */
#include "lessons/torch/functions.h"

#include <string.h>

#include "engine/devices.h"

/* A device of CUDA: NULL is the current one, anything else as torch.device reads it. */
static bool cuda_of(struct face *face, PyObject *device, struct backend **out)
{
    PyObject *name = device ? Py_NewRef(device) : PyUnicode_FromString("cuda");
    const bool found = name && device_of(face, name, out);
    Py_XDECREF(name);
    return found;
}

/* What a tensor is to become. */
struct target {
    enum dtype dtype;
    struct backend *backend;
    bool copy; /* even where it is that already */
};

static PyObject *as_target(const struct call *call, struct tensor *input,
                           const struct target *target)
{
    const bool moves = target->backend != tensor_backend(input);
    if (target->dtype == input->dtype && !moves && !target->copy) {
        return Py_NewRef(call->arguments[0]);
    }
    const struct operand in = operand_tensor(input);
    struct op_use use = { .op = OP_TO_COPY,
                          .in = &in,
                          .in_count = 1,
                          .attrs = { .present = ATTR(DTYPE), .dtype = target->dtype } };
    if (moves) {
        use.attrs.present |= ATTR(DEVICE);
        use.attrs.device = target->backend;
    }
    return function_apply(call, &use);
}

static PyObject *in_dtype(const struct call *call, struct tensor *input, enum dtype dtype)
{
    return as_target(call, input, &(struct target){ dtype, tensor_backend(input), false });
}

static bool read_target(const struct call *call, PyObject *object, struct target *target)
{
    struct face *face = call->face;
    if (Py_TYPE(object) == face->types.dtype) {
        target->dtype = ((struct dtype_object *)object)->dtype;
        return true;
    }
    if (tensor_object_is(face, object)) {
        target->dtype = tensor_object_tensor(object)->dtype;
        target->backend = tensor_backend(tensor_object_tensor(object));
        return true;
    }
    return device_of(face, object, &target->backend);
}

/* to(dtype), to(device), to(device, dtype), to(other) */
static PyObject *call_to(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    struct target target = { input->dtype, tensor_backend(input), false };
    for (int i = 1; i <= 2; i++) {
        if (argument_given(call, i) && !read_target(call, call->arguments[i], &target)) {
            return NULL;
        }
    }
    if (!argument_dtype(call, 3, &target.dtype) || !argument_device(call, 4, &target.backend) ||
        !argument_bool(call, 6, &target.copy)) {
        return NULL;
    }
    return as_target(call, input, &target);
}

static PyObject *call_cast(struct call *call)
{
    static const struct {
        const char *name;
        enum dtype dtype;
    } casts[] = {
        { "float", DTYPE_FLOAT32 },     { "double", DTYPE_FLOAT64 }, { "long", DTYPE_INT64 },
        { "int", DTYPE_INT32 },         { "byte", DTYPE_UINT8 },     { "bool", DTYPE_BOOL },
        { "char", DTYPE_INT8 },         { "short", DTYPE_INT16 },    { "half", DTYPE_FLOAT16 },
        { "bfloat16", DTYPE_BFLOAT16 },
    };
    struct tensor *input = argument_tensor(call, 0);
    for (size_t i = 0; input && i < sizeof(casts) / sizeof(*casts); i++) {
        if (strcmp(casts[i].name, call->row->name) == 0) {
            return in_dtype(call, input, casts[i].dtype);
        }
    }
    return NULL;
}

bool dtype_of_type_name(const char *name, enum dtype *out)
{
    for (int dtype = 0; dtype < DTYPE_ALL; dtype++) {
        const char *kind = dtype_type_name((enum dtype)dtype);
        const size_t length = strlen(kind);
        if (strncmp(name, kind, length) == 0 && strcmp(name + length, "Tensor") == 0) {
            *out = (enum dtype)dtype;
            return true;
        }
    }
    return false;
}

/* "torch.LongTensor", "torch.cuda.LongTensor". */
static bool read_type_name(const struct call *call, PyObject *type, struct target *target)
{
    const char *name = PyUnicode_AsUTF8(type);
    if (!name) {
        return false;
    }
    const bool on_cuda = strncmp(name, "torch.cuda.", 11) == 0;
    const bool known = strncmp(name, "torch.", 6) == 0 &&
                       dtype_of_type_name(name + (on_cuda ? 11 : 6), &target->dtype);
    if (!known) {
        PyErr_Format(PyExc_ValueError, "invalid type: %R", type);
        return false;
    }
    target->backend = engine_cpu(call->face->engine);
    return !on_cuda || cuda_of(call->face, NULL, &target->backend);
}

/* Besides a dtype: "torch.LongTensor", and torch.LongTensor itself. */
static bool read_type(const struct call *call, struct target *target)
{
    PyObject *type = call->arguments[1];
    PyObject *name = NULL;
    if (PyUnicode_Check(type)) {
        return read_type_name(call, type, target);
    }
    if (Py_TYPE(type) == call->face->types.function) {
        name = PyObject_GetAttrString(type, "__name__");
    }
    const bool known = name && PyUnicode_Check(name) && PyUnicode_AsUTF8(name) &&
                       dtype_of_type_name(PyUnicode_AsUTF8(name), &target->dtype);
    Py_XDECREF(name);
    PyErr_Clear();
    return known || argument_dtype(call, 1, &target->dtype);
}

/* type() names the type, type(dtype) converts. */
static PyObject *call_type(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    struct target target = { input->dtype, tensor_backend(input), false };
    if (!argument_given(call, 1)) {
        const bool on_host = target.backend == engine_cpu(call->face->engine);
        return PyUnicode_FromFormat("torch.%s%sTensor", on_host ? "" : "cuda.",
                                    dtype_type_name(input->dtype));
    }
    return read_type(call, &target) ? as_target(call, input, &target) : NULL;
}

static PyObject *call_type_as(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    const struct tensor *other = input ? argument_tensor(call, 1) : NULL;
    return other ? as_target(call, input,
                             &(struct target){ other->dtype, tensor_backend(other), false })
                 : NULL;
}

/* ---- devices ----------------------------------------------------------------------------------- */

static PyObject *on_device(const struct call *call, struct backend *backend)
{
    struct tensor *input = tensor_object_tensor(call->arguments[0]);
    return as_target(call, input, &(struct target){ input->dtype, backend, false });
}

static PyObject *call_cpu(struct call *call)
{
    return argument_tensor(call, 0) ? on_device(call, engine_cpu(call->face->engine)) : NULL;
}

/* cuda(), cuda(1), cuda("cuda:1"), cuda(torch.device("cuda", 1)) */
static PyObject *call_cuda(struct call *call)
{
    struct backend *backend;
    if (!argument_tensor(call, 0) ||
        !cuda_of(call->face, argument_given(call, 1) ? call->arguments[1] : NULL, &backend)) {
        return NULL;
    }
    if (backend == engine_cpu(call->face->engine)) {
        return PyErr_Format(PyExc_RuntimeError, "Invalid device, must be cuda device");
    }
    return on_device(call, backend);
}

/* Memory that a device can copy from by itself is not a kind of its own here. */
static PyObject *call_pin_memory(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    if (tensor_backend(input) != engine_cpu(call->face->engine)) {
        return PyErr_Format(PyExc_RuntimeError,
                            "cannot pin 'torch.cuda.%sTensor' only dense CPU tensors can be pinned",
                            dtype_type_name(input->dtype));
    }
    if (devices_count(call->face->engine) == 0) {
        return PyErr_Format(PyExc_RuntimeError,
                            "Cannot access accelerator device when none is available.");
    }
    return Py_NewRef(call->arguments[0]);
}

static PyObject *call_is_pinned(struct call *call)
{
    return argument_tensor(call, 0) ? Py_NewRef(Py_False) : NULL;
}

/* The number of its device, as PyTorch counts them. */
static PyObject *call_get_device(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    const bool on_host = tensor_backend(input) == engine_cpu(call->face->engine);
    return PyLong_FromLong(on_host ? -1 : tensor_backend(input)->index);
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
    CAST("char"),
    CAST("short"),
    CAST("half"),
    CAST("bfloat16"),
    { "type",
      { "input", "dtype", "non_blocking" },
      .required = 1,
      .call = call_type,
      .places = PLACE_METHOD },
    { "type_as",
      { "input", "other" },
      .required = 2,
      .call = call_type_as,
      .places = PLACE_METHOD },
    { "cpu", { "input" }, .required = 1, .call = call_cpu, .places = PLACE_METHOD },
    { "cuda",
      { "input", "device", "non_blocking", "memory_format" },
      .required = 1,
      .call = call_cuda,
      .places = PLACE_METHOD },
    { "pin_memory",
      { "input", "device" },
      .required = 1,
      .call = call_pin_memory,
      .places = PLACE_METHOD },
    { "is_pinned",
      { "input", "device" },
      .required = 1,
      .call = call_is_pinned,
      .places = PLACE_METHOD },
    { "get_device",
      { "input" },
      .required = 1,
      .call = call_get_device,
      .places = PLACE_METHOD | PLACE_TORCH },
    { .name = NULL },
};
