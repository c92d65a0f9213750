/* The names that a pickle may contain, and what they make. */
#include "lessons/torch/pickle.h"

#include <stdlib.h>
#include <string.h>

#include "engine/autograd/autograd.h"
#include "lessons/torch/arguments.h"

/* ---- storages ---------------------------------------------------------------------------------- */

/* A bool is a byte that is 0 or 1; another one must not become an element. */
static void read_bool(const uint8_t *bytes, void *elements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ((uint8_t *)elements)[i] = bytes[i] != 0;
    }
}

const struct pickle_storage_kind pickle_storage_kinds[] = {
    { "FloatStorage", DTYPE_FLOAT32, 4, NULL },
    { "DoubleStorage", DTYPE_FLOAT64, 8, NULL },
    { "LongStorage", DTYPE_INT64, 8, NULL },
    { "IntStorage", DTYPE_INT32, 4, NULL },
    { "ByteStorage", DTYPE_UINT8, 1, NULL },
    { "BoolStorage", DTYPE_BOOL, 1, read_bool },
    { "HalfStorage", DTYPE_FLOAT16, 2, NULL },
    { "BFloat16Storage", DTYPE_BFLOAT16, 2, NULL },
    { "ShortStorage", DTYPE_INT16, 2, NULL },
    { "CharStorage", DTYPE_INT8, 1, NULL },
    { .name = NULL },
};

const struct pickle_storage_kind *pickle_storage_of(enum dtype dtype)
{
    const struct pickle_storage_kind *kind = pickle_storage_kinds;
    while (kind->dtype != dtype) {
        kind++;
    }
    return kind;
}

bool pickle_storage_fill(PyObject *object, const struct pickle_storage_kind *kind,
                         const uint8_t *bytes)
{
    struct tensor *tensor = tensor_object_tensor(object);
    const size_t count = (size_t)tensor->count, size = dtype_size(tensor->dtype);
    struct error err;
    void *elements = malloc(count * size + 1);
    if (!elements) {
        PyErr_NoMemory();
        return false;
    }
    if (kind->read) {
        kind->read(bytes, elements, count);
    } else {
        memcpy(elements, bytes, count * size);
    }
    const bool written = tensor_write(tensor, elements, &err);
    free(elements);
    return written || torch_raise(&err);
}

/* ---- marks ------------------------------------------------------------------------------------- */

static const char mark_name[] = "torch.pickle_global";

enum global_kind {
    GLOBAL_TENSOR,    /* torch._utils._rebuild_tensor_v2(storage, offset, size, stride, ...) */
    GLOBAL_PARAMETER, /* torch._utils._rebuild_parameter(tensor, requires_grad, hooks) */
    GLOBAL_CLASS,     /* collections.OrderedDict: called as it is */
};

struct global {
    const char *module, *name;
    enum global_kind kind;
};

static const struct global globals[] = {
    { "collections", "OrderedDict", GLOBAL_CLASS },
    { "collections", "Counter", GLOBAL_CLASS },
    { "torch", "Size", GLOBAL_CLASS },
    { "torch", "device", GLOBAL_CLASS },
    { "torch._utils", "_rebuild_tensor_v2", GLOBAL_TENSOR },
    { "torch._utils", "_rebuild_tensor", GLOBAL_TENSOR },
    { "torch._utils", "_rebuild_parameter", GLOBAL_PARAMETER },
};
enum { GLOBALS = sizeof(globals) / sizeof(*globals) };

/* A mark is a capsule on a row of one of the two tables. */
static PyObject *mark_create(const void *row)
{
    return PyCapsule_New((void *)(uintptr_t)row, mark_name, NULL);
}

static const struct global *global_of(PyObject *mark)
{
    const void *row =
        PyCapsule_IsValid(mark, mark_name) ? PyCapsule_GetPointer(mark, mark_name) : NULL;
    for (size_t i = 0; i < GLOBALS; i++) {
        if (row == &globals[i]) {
            return &globals[i];
        }
    }
    return NULL;
}

const struct pickle_storage_kind *pickle_storage_kind(PyObject *mark)
{
    const void *row =
        PyCapsule_IsValid(mark, mark_name) ? PyCapsule_GetPointer(mark, mark_name) : NULL;
    for (const struct pickle_storage_kind *kind = pickle_storage_kinds; kind->name; kind++) {
        if (row == kind) {
            return kind;
        }
    }
    return NULL;
}

/* torch.float32, or NULL without an exception. */
static PyObject *dtype_called(const struct face *face, const char *name)
{
    PyObject *found = PyObject_GetAttrString(face->torch, name);
    if (found && Py_TYPE(found) != face->types.dtype) {
        Py_CLEAR(found);
    }
    PyErr_Clear();
    return found;
}

PyObject *pickle_global(struct face *face, const char *module, const char *name, bool whole)
{
    for (size_t i = 0; i < GLOBALS; i++) {
        if (strcmp(globals[i].module, module) == 0 && strcmp(globals[i].name, name) == 0) {
            return mark_create(&globals[i]);
        }
    }
    if (strcmp(module, "torch") == 0) {
        for (const struct pickle_storage_kind *kind = pickle_storage_kinds; kind->name; kind++) {
            if (strcmp(kind->name, name) == 0) {
                return mark_create(kind);
            }
        }
        PyObject *dtype = dtype_called(face, name);
        if (dtype) {
            return dtype;
        }
    }
    return pickle_find(module, name, whole);
}

/* ---- calling ----------------------------------------------------------------------------------- */

/* Whether a view with those strides stays inside `count` elements. */
static bool is_inside(const struct shape *size, const struct shape *stride, int64_t offset,
                      int64_t count)
{
    int64_t elements = 1, last = offset;
    bool empty = false;
    for (int d = 0; d < size->dims; d++) {
        int64_t reach;
        empty = empty || size->size[d] == 0;
        if (size->size[d] < 0 || stride->size[d] < 0 ||
            __builtin_mul_overflow(elements, size->size[d] > 0 ? size->size[d] : 1, &elements) ||
            __builtin_mul_overflow(size->size[d] > 0 ? size->size[d] - 1 : 0, stride->size[d],
                                   &reach) ||
            __builtin_add_overflow(last, reach, &last)) {
            return false;
        }
    }
    return offset >= 0 && (empty ? offset <= count : last < count);
}

/* (storage, offset, size, stride, requires_grad, hooks) */
static PyObject *rebuild_tensor(struct face *face, PyObject *args)
{
    const Py_ssize_t count = PyTuple_GET_SIZE(args);
    struct shape size, stride;
    struct error err;
    PyObject *storage = count >= 4 ? PyTuple_GET_ITEM(args, 0) : Py_None;
    struct tensor *flat = torch_tensor_of(storage);
    int overflow = 0;
    const long long offset =
        flat && PyLong_Check(PyTuple_GET_ITEM(args, 1))
            ? PyLong_AsLongLongAndOverflow(PyTuple_GET_ITEM(args, 1), &overflow)
            : -1;
    if (!flat || flat->shape.dims != 1 || flat->offset != 0 || !tensor_is_contiguous(flat) ||
        overflow || !shape_of(PyTuple_GET_ITEM(args, 2), &size) ||
        !shape_of(PyTuple_GET_ITEM(args, 3), &stride) || size.dims != stride.dims ||
        !is_inside(&size, &stride, offset, flat->count)) {
        PyErr_Clear();
        return pickle_refuse("a tensor does not fit its storage");
    }
    struct tensor *tensor = tensor_view(flat, &size, stride.size, offset);
    PyObject *object = tensor_object_take(face, tensor, NULL);
    if (object && count > 4 && PyTuple_GET_ITEM(args, 4) == Py_True &&
        !tensor_set_requires_grad(tensor, true, &err)) {
        Py_CLEAR(object);
        torch_raise(&err);
    }
    return object;
}

/* (tensor, requires_grad, hooks) */
static PyObject *rebuild_parameter(const struct face *face, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) < 2 || !tensor_object_is(face, PyTuple_GET_ITEM(args, 0)) ||
        !PyBool_Check(PyTuple_GET_ITEM(args, 1))) {
        return pickle_refuse("a parameter is not made of a tensor");
    }
    return PyObject_CallFunctionObjArgs((PyObject *)face->types.parameter,
                                        PyTuple_GET_ITEM(args, 0), PyTuple_GET_ITEM(args, 1), NULL);
}

/* A number, or a pair of a plain key and a value. */
static bool is_plain_item(PyObject *item)
{
    const bool pair =
        (PyTuple_Check(item) || PyList_Check(item)) && PySequence_Fast_GET_SIZE(item) == 2;
    return PyLong_Check(item) || (pair && pickle_is_key(PySequence_Fast_GET_ITEM(item, 0)));
}

/* What the classes are made of: texts, numbers, dictionaries, and lists of numbers or pairs. */
static bool are_plain(PyObject *args)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        PyObject *arg = PyTuple_GET_ITEM(args, i);
        if (PyTuple_Check(arg) || PyList_Check(arg)) {
            for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE(arg); k++) {
                if (!is_plain_item(PySequence_Fast_GET_ITEM(arg, k))) {
                    return false;
                }
            }
        } else if (!pickle_is_key(arg) && !PyDict_Check(arg)) {
            return false;
        }
    }
    return true;
}

static PyObject *call_class(const struct global *global, PyObject *args)
{
    if (!are_plain(args)) {
        return pickle_refuse("%s was given what it cannot be made of", global->name);
    }
    PyObject *module = PyImport_ImportModule(global->module);
    PyObject *type = module ? PyObject_GetAttrString(module, global->name) : NULL;
    PyObject *result = type ? PyObject_CallObject(type, args) : NULL;
    Py_XDECREF(module);
    Py_XDECREF(type);
    if (!result && type && !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
        return pickle_refuse("%s was given what it cannot be made of", global->name);
    }
    return result;
}

PyObject *pickle_call(struct face *face, PyObject *mark, PyObject *args)
{
    const struct global *global = global_of(mark);
    if (!global || !PyTuple_Check(args)) {
        return pickle_refuse("something is called that cannot be");
    }
    switch (global->kind) {
    case GLOBAL_TENSOR:
        return rebuild_tensor(face, args);
    case GLOBAL_PARAMETER:
        return rebuild_parameter(face, args);
    case GLOBAL_CLASS:
        return call_class(global, args);
    }
    return pickle_refuse("something is called that cannot be");
}
