#include "lessons/runner/ast_node.h"

#include <string.h>

const char *ast_kind(PyObject *node)
{
    const char *name = Py_TYPE(node)->tp_name;
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

bool ast_is(PyObject *node, const char *kind)
{
    return strcmp(ast_kind(node), kind) == 0;
}

PyObject *ast_field(PyObject *node, const char *name)
{
    PyObject *value = PyObject_GetAttrString(node, name);
    if (!value) {
        PyErr_Clear();
    }
    return value;
}

int ast_number(PyObject *node, const char *name)
{
    PyObject *value = ast_field(node, name);
    if (!value) {
        return 0;
    }
    long number = PyLong_Check(value) ? PyLong_AsLong(value) : 0;
    Py_DECREF(value);
    if (number == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return (int)number;
}

struct span ast_span(PyObject *first, PyObject *last, int cell)
{
    return (struct span){
        .cell = cell,
        .line = ast_number(first, "lineno"),
        .column = ast_number(first, "col_offset"),
        .end_line = ast_number(last, "end_lineno"),
        .end_column = ast_number(last, "end_col_offset"),
    };
}
