#include "lessons/runner/raised.h"

#include <string.h>

#include "lessons/runner/outlet.h"
#include "lessons/runner/tracer.h"

enum { TEXT_BYTES = 2000 };

/* The only argument, where that is a plain string: what str() would run may be the lesson's own. */
static const char *plain_text(PyObject *exception)
{
    PyObject *arguments = ((PyBaseExceptionObject *)exception)->args;
    PyObject *only =
        arguments && PyTuple_GET_SIZE(arguments) == 1 ? PyTuple_GET_ITEM(arguments, 0) : NULL;
    const char *text = only && PyUnicode_CheckExact(only) ? PyUnicode_AsUTF8(only) : "";
    if (!text) {
        PyErr_Clear(); /* half surrogates */
    }
    return text ? text : "";
}

bool raised_read(struct raised *raised, PyObject *event)
{
    if (!event || !PyTuple_Check(event) || PyTuple_GET_SIZE(event) < 2 ||
        !PyExceptionInstance_Check(PyTuple_GET_ITEM(event, 1))) {
        return false;
    }
    PyObject *exception = PyTuple_GET_ITEM(event, 1);
    const char *name = Py_TYPE(exception)->tp_name;
    const char *dot = strrchr(name, '.');
    raised->type = dot ? dot + 1 : name;
    raised->text = plain_text(exception);
    raised->length = strlen(raised->text);
    if (raised->length > TEXT_BYTES) {
        raised->length = outlet_piece(raised->text, raised->length, TEXT_BYTES);
    }
    return true;
}
