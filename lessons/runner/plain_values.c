#include "lessons/runner/plain_values.h"

#include <string.h>

#include "engine/base/text.h"

enum {
    ITEMS_MAX = 40, /* of a list whose repr is asked for */
    DEPTH_MAX = 3,
    DIGITS_BITS = 400, /* of a whole number that is printed */
};

const char *plain_type_name(PyObject *value)
{
    const char *name = Py_TYPE(value)->tp_name;
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

/* What torch.no_grad and its kin make of a function that they decorate. */
static bool is_guarded_function(PyObject *value)
{
    return strcmp(plain_type_name(value), "guarded_function") == 0;
}

bool plain_value_is_hidden(PyObject *value)
{
    return is_guarded_function(value) || PyModule_Check(value) || PyFunction_Check(value) ||
           PyCFunction_Check(value) || PyMethod_Check(value) || PyType_Check(value) ||
           Py_TYPE(value) == &PyStaticMethod_Type || Py_TYPE(value) == &PyClassMethod_Type ||
           Py_TYPE(value) == &PyProperty_Type;
}

/* Types of torch whose repr is short and ours: dtype, device, Size. */
static bool is_of_torch(PyObject *value)
{
    static const char *const names[] = { "torch.dtype", "torch.device", "torch.Size" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(Py_TYPE(value)->tp_name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_array(PyObject *value)
{
    return strcmp(Py_TYPE(value)->tp_name, "numpy.ndarray") == 0;
}

/* Of numbers or truth values, which NumPy itself prints. */
static bool array_is_safe(PyObject *array)
{
    PyObject *const size = PyObject_GetAttrString(array, "size");
    PyObject *const dtype = size ? PyObject_GetAttrString(array, "dtype") : NULL;
    PyObject *const kind = dtype ? PyObject_GetAttrString(dtype, "kind") : NULL;
    const char *const letter = kind ? PyUnicode_AsUTF8(kind) : NULL;
    const bool safe = letter && strchr("biufc", letter[0]) && PyLong_AsLong(size) <= ITEMS_MAX;

    Py_XDECREF(kind);
    Py_XDECREF(dtype);
    Py_XDECREF(size);
    PyErr_Clear();
    return safe;
}

static bool repr_is_safe(PyObject *value, int depth);

static bool items_are_safe(PyObject *items, int depth)
{
    if (PySequence_Fast_GET_SIZE(items) > ITEMS_MAX) {
        return false;
    }
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items); i++) {
        if (!repr_is_safe(PySequence_Fast_GET_ITEM(items, i), depth + 1)) {
            return false;
        }
    }
    return true;
}

static bool dict_is_safe(PyObject *dict, int depth)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    bool safe = PyDict_GET_SIZE(dict) <= ITEMS_MAX;
    while (safe && PyDict_Next(dict, &at, &key, &value)) {
        safe = repr_is_safe(key, depth + 1) && repr_is_safe(value, depth + 1);
    }
    return safe;
}

static bool integer_is_short(PyObject *value)
{
    PyObject *bits = PyObject_CallMethod(value, "bit_length", NULL);
    long count = bits ? PyLong_AsLong(bits) : DIGITS_BITS + 1;
    Py_XDECREF(bits);
    PyErr_Clear();
    return count <= DIGITS_BITS;
}

/* Short, and made by code of Python's own or ours. */
static bool repr_is_safe(PyObject *value, int depth)
{
    if (depth > DEPTH_MAX) {
        return false;
    }
    if (PyLong_CheckExact(value)) {
        return integer_is_short(value);
    }
    if (PyList_CheckExact(value) || PyTuple_CheckExact(value)) {
        return items_are_safe(value, depth);
    }
    if (PyDict_CheckExact(value)) {
        return dict_is_safe(value, depth);
    }
    if (PyUnicode_CheckExact(value)) {
        return depth == 0 || PyUnicode_GET_LENGTH(value) <= PLAIN_TEXT_BYTES;
    }
    if (PyBytes_CheckExact(value)) {
        return PyBytes_GET_SIZE(value) <= PLAIN_TEXT_BYTES;
    }
    return value == Py_None || PyBool_Check(value) || PyFloat_CheckExact(value) ||
           PyComplex_CheckExact(value) || Py_IS_TYPE(value, &PyRange_Type) || is_of_torch(value) ||
           (is_array(value) && array_is_safe(value));
}

/* "array([[1, 2], [3, 4]])" in one line; of a large one, which is not safe, its shape: "ndarray (28, 28)". */
static PyObject *array_text(PyObject *array)
{
    PyObject *const shape = array_is_safe(array) ? NULL : PyObject_GetAttrString(array, "shape");
    PyObject *const repr = shape ? NULL : PyObject_Repr(array);
    PyObject *const lines = repr ? PyObject_CallMethod(repr, "split", NULL) : NULL;
    PyObject *const space = lines ? PyUnicode_FromString(" ") : NULL;
    PyObject *const text = shape   ? PyUnicode_FromFormat("ndarray %R", shape)
                           : space ? PyUnicode_Join(space, lines)
                                   : NULL;
    Py_XDECREF(shape);
    Py_XDECREF(repr);
    Py_XDECREF(lines);
    Py_XDECREF(space);
    return text;
}

/* A long string is cut before its repr is made. */
static PyObject *short_repr(PyObject *value)
{
    if (is_array(value)) {
        return array_text(value);
    }
    if (!PyUnicode_CheckExact(value) || PyUnicode_GET_LENGTH(value) <= PLAIN_TEXT_BYTES) {
        return PyObject_Repr(value);
    }
    PyObject *head = PyUnicode_Substring(value, 0, PLAIN_TEXT_BYTES);
    PyObject *repr = head ? PyObject_Repr(head) : NULL;
    Py_XDECREF(head);
    return repr;
}

/* The end of the last whole character within `most` bytes. */
static size_t cut(const char *bytes, size_t length, size_t most)
{
    size_t at = 0;
    while (at < length) {
        size_t size;
        utf8_decode(bytes + at, length - at, &size);
        if (at + size > most) {
            break;
        }
        at += size;
    }
    return at;
}

/* The counter of a loop, at every turn. False for any other value, and for a number of many digits. */
static bool describe_counter(struct record_bind *bind, PyObject *value, struct arena *arena)
{
    enum { DIGITS = 20 };
    int overflow = 1;
    const long long whole =
        PyLong_CheckExact(value) ? PyLong_AsLongLongAndOverflow(value, &overflow) : 0;
    if (overflow != 0) {
        return false;
    }
    unsigned long long left = whole < 0 ? -(unsigned long long)whole : (unsigned long long)whole;
    char *const end = (char *)arena_allocate(arena, DIGITS + 1, 1) + DIGITS;
    char *at = end;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (whole < 0) {
        *--at = '-';
    }
    bind->text = (struct trace_string){ at, (size_t)(end - at) };
    return true;
}

void plain_value_describe(struct record_bind *bind, PyObject *value, struct arena *arena)
{
    const char *type = plain_type_name(value);
    bind->type = arena_copy_text(arena, type, strlen(type));
    if (describe_counter(bind, value, arena)) {
        return;
    }
    if (!repr_is_safe(value, 0) && !is_array(value)) {
        return;
    }
    PyObject *repr = short_repr(value);
    PyObject *bytes = repr ? PyUnicode_AsEncodedString(repr, "utf-8", "backslashreplace") : NULL;
    if (bytes) {
        size_t length =
            cut(PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes), PLAIN_TEXT_BYTES);
        bind->text.bytes = arena_copy_text(arena, PyBytes_AS_STRING(bytes), length);
        bind->text.length = length;
    }
    PyErr_Clear();
    Py_XDECREF(repr);
    Py_XDECREF(bytes);
}
