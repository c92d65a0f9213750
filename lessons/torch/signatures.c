#include "lessons/torch/signatures.h"

static PyObject *keyword_dictionary(PyObject *const *values, PyObject *keywords)
{
    PyObject *dictionary = PyDict_New();
    const Py_ssize_t count = keywords ? PyTuple_GET_SIZE(keywords) : 0;
    for (Py_ssize_t i = 0; dictionary && i < count; i++) {
        if (PyDict_SetItem(dictionary, PyTuple_GET_ITEM(keywords, i), values[i]) != 0) {
            Py_CLEAR(dictionary);
        }
    }
    return dictionary;
}

static PyObject *argument_tuple(PyObject *const *args, Py_ssize_t count)
{
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple && i < count; i++) {
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(args[i]));
    }
    return tuple;
}

/* A text, None, or NULL with an exception. */
static PyObject *refusal(const struct call *call, PyObject *const *args, Py_ssize_t count,
                         PyObject *keywords)
{
    const Py_ssize_t self = call->is_method && count > 0 ? 1 : 0;
    PyObject *module = PyImport_ImportModule("torch._signatures");
    PyObject *tuple = argument_tuple(args + self, count - self);
    PyObject *named = keyword_dictionary(args + count, keywords);
    PyObject *text = module && tuple && named
                         ? PyObject_CallMethod(module, "refusal", "sOOO", call->row->name,
                                               call->is_method ? Py_True : Py_False, tuple, named)
                         : NULL;
    Py_XDECREF(named);
    Py_XDECREF(tuple);
    Py_XDECREF(module);
    return text;
}

void signatures_explain(const struct call *call, PyObject *const *args, Py_ssize_t count,
                        PyObject *keywords)
{
    PyObject *type, *value, *traceback;
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) {
        return;
    }
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *text = refusal(call, args, count, keywords);
    if (text && PyUnicode_Check(text)) {
        Py_CLEAR(value);
        value = Py_NewRef(text);
    }
    Py_XDECREF(text);
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}
