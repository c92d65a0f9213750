#include "lessons/runner/ast_node.h"

#include <string.h>

const char *ast_kind_of(const PyTypeObject *type)
{
    const char *dot = strrchr(type->tp_name, '.');
    return dot ? dot + 1 : type->tp_name;
}

const char *ast_kind(PyObject *node)
{
    return ast_kind_of(Py_TYPE(node));
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

/* The tree as a worklist, not by recursion: a lesson may nest deeper than the C stack goes. */
static bool push_children(PyObject *work, PyObject *node)
{
    if (PyList_Check(node)) {
        return PyList_SetSlice(work, PyList_GET_SIZE(work), PyList_GET_SIZE(work), node) == 0;
    }
    PyObject *names = ast_field(node, "_fields");
    bool fine = true;
    for (Py_ssize_t i = 0; names && fine && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *value = PyObject_GetAttr(node, PyTuple_GET_ITEM(names, i));
        if (!value) {
            PyErr_Clear(); /* an optional field */
            continue;
        }
        bool inner = PyList_Check(value) || PyObject_HasAttrString(value, "_fields");
        fine = !inner || PyList_Append(work, value) == 0;
        Py_DECREF(value);
    }
    Py_XDECREF(names);
    return fine;
}

bool ast_walk(PyObject *tree, bool (*visit)(PyObject *node, void *context), void *context)
{
    PyObject *work = PyList_New(0);
    bool fine = work && PyList_Append(work, tree) == 0;
    while (fine && PyList_GET_SIZE(work) > 0) {
        Py_ssize_t last = PyList_GET_SIZE(work) - 1;
        PyObject *node = Py_NewRef(PyList_GET_ITEM(work, last));
        fine = PyList_SetSlice(work, last, last + 1, NULL) == 0 && push_children(work, node) &&
               (PyList_Check(node) || visit(node, context));
        Py_DECREF(node);
    }
    Py_XDECREF(work);
    return fine;
}
