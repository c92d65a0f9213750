#include "lessons/torch/face.h"

static PyObject *exception_of(enum error_kind kind)
{
    switch (kind) {
    case ERROR_RUNTIME:
        return PyExc_RuntimeError;
    case ERROR_INDEX:
        return PyExc_IndexError;
    case ERROR_VALUE:
        return PyExc_ValueError;
    case ERROR_TYPE:
        return PyExc_TypeError;
    case ERROR_ASSERTION:
        return PyExc_AssertionError;
    case ERROR_NOT_IMPLEMENTED:
        return PyExc_NotImplementedError;
    case ERROR_MEMORY:
        return PyExc_RuntimeError; /* as in PyTorch: its texts speak of the allocator */
    case ERROR_IO:
        return PyExc_OSError;
    case ERROR_LINALG:
        return face_current()->linalg_error;
    }
    return PyExc_RuntimeError;
}

PyObject *torch_raise(const struct error *err)
{
    if (!PyErr_Occurred()) {
        /* A name out of a file may be any bytes. */
        PyObject *text = PyUnicode_DecodeUTF8(err->text, (Py_ssize_t)strlen(err->text), "replace");
        if (text) {
            PyErr_SetObject(exception_of(err->kind), text);
            Py_DECREF(text);
        }
    }
    return NULL;
}
