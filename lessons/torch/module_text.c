/* repr of a module: its class, what extra_repr says, and its children, indented. */
#include "lessons/torch/module.h"

#include <string.h>

#include "engine/base/text.h"

/* Appends lines with `indent` after each line break. */
static void append_indented(struct text *text, const char *lines, const char *indent)
{
    for (const char *at = lines; *at;) {
        const char *end = strchr(at, '\n');
        const size_t length = end ? (size_t)(end - at) + 1 : strlen(at);
        text_append(text, at, length);
        if (end) {
            text_append_string(text, indent);
        }
        at += length;
    }
}

static bool append_children(struct text *text, PyObject *children)
{
    PyObject *name, *child;
    for (Py_ssize_t at = 0; PyDict_Next(children, &at, &name, &child);) {
        PyObject *child_text = PyObject_Repr(child);
        const char *lines = child_text ? PyUnicode_AsUTF8(child_text) : NULL;
        const char *key = lines ? PyUnicode_AsUTF8(name) : NULL;
        if (key) {
            text_append_string(text, "\n  (");
            text_append_string(text, key);
            text_append_string(text, "): ");
            append_indented(text, lines, "  ");
        }
        Py_XDECREF(child_text);
        if (!key) {
            return false;
        }
    }
    return true;
}

static bool append_module(struct text *text, PyObject *self, const char *extra)
{
    PyObject *children = module_object(self)->children;
    text_append_string(text, Py_TYPE(self)->tp_name);
    text_append_char(text, '(');
    if (!children || PyDict_GET_SIZE(children) == 0) {
        if (strchr(extra, '\n')) {
            text_append_string(text, "\n  ");
            append_indented(text, extra, "  ");
            text_append_char(text, '\n');
        } else {
            text_append_string(text, extra);
        }
        text_append_char(text, ')');
        return true;
    }
    if (*extra) {
        text_append_string(text, "\n  ");
        append_indented(text, extra, "  ");
    }
    if (!append_children(text, children)) {
        return false;
    }
    text_append_string(text, "\n)");
    return true;
}

PyObject *module_slot_text(PyObject *self)
{
    PyObject *extra = PyObject_CallMethod(self, "extra_repr", NULL);
    const char *extra_text = extra ? PyUnicode_AsUTF8(extra) : NULL;
    struct text text = { 0 };
    PyObject *result = NULL;
    if (extra_text && Py_EnterRecursiveCall(" while printing a module") == 0) {
        if (append_module(&text, self, extra_text)) {
            result = PyUnicode_FromStringAndSize(text.bytes, (Py_ssize_t)text.length);
        }
        Py_LeaveRecursiveCall();
    }
    text_finish(&text);
    Py_XDECREF(extra);
    return result;
}
