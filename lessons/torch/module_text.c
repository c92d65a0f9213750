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

/* Takes the modules; their texts, in order; NULL with an exception. */
static PyObject *texts_of(PyObject *modules)
{
    for (Py_ssize_t i = 0; modules && i < PyList_GET_SIZE(modules); i++) {
        PyObject *text = PyObject_Repr(PyList_GET_ITEM(modules, i));
        if (!text || PyList_SetItem(modules, i, text) != 0) {
            Py_CLEAR(modules);
        }
    }
    return modules;
}

static void append_child(struct text *text, const char *key, const char *lines)
{
    text_append_string(text, "\n  (");
    text_append_string(text, key);
    text_append_string(text, "): ");
    append_indented(text, lines, "  ");
}

/* A ModuleList says equal neighbours once: "(0-2): 3 x Linear(...)". */
static void append_folded(struct text *text, PyObject *texts)
{
    const Py_ssize_t count = PyList_GET_SIZE(texts);
    for (Py_ssize_t first = 0, next; first < count; first = next) {
        const char *lines = PyUnicode_AsUTF8(PyList_GET_ITEM(texts, first));
        next = first + 1;
        while (next < count && strcmp(lines, PyUnicode_AsUTF8(PyList_GET_ITEM(texts, next))) == 0) {
            next++;
        }
        struct text key = { 0 }, folded = { 0 };
        text_format(&key, "%zd", first);
        if (next - first > 1) {
            text_format(&key, "-%zd", next - 1);
            text_format(&folded, "%zd x ", next - first);
        }
        text_append_string(&folded, lines);
        append_child(text, text_string(&key), text_string(&folded));
        text_finish(&key);
        text_finish(&folded);
    }
}

static bool append_children(struct text *text, PyObject *self)
{
    /* Copies first: what the children's own repr does is theirs. */
    PyObject *names = PyDict_Keys(module_object(self)->children);
    PyObject *texts = texts_of(PyDict_Values(module_object(self)->children));
    const bool good = names && texts;
    if (good && strcmp(Py_TYPE(self)->tp_name, "ModuleList") == 0) {
        append_folded(text, texts);
    } else if (good) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(texts); i++) {
            append_child(text, PyUnicode_AsUTF8(PyList_GET_ITEM(names, i)),
                         PyUnicode_AsUTF8(PyList_GET_ITEM(texts, i)));
        }
    }
    Py_XDECREF(names);
    Py_XDECREF(texts);
    return good;
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
    if (!append_children(text, self)) {
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
