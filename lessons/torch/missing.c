/* What this torch does not have: where the list of what it has comes from, and what is said of imports
 * that fail. */
#include "lessons/torch/face.h"

#include <string.h>

#include "lessons/trace/drawing.h"

PyObject *torch_surface_text(void)
{
    PyObject *surface = PyImport_ImportModule("torch._surface");
    PyObject *text = surface ? PyObject_CallMethod(surface, "text", NULL) : NULL;
    Py_XDECREF(surface);
    return text;
}

/* Whether the name is of a package that Gradlight has itself, or of a part of one. */
static bool is_ours(const char *name)
{
    static const char *const packages[] = { "torch", "torchvision", "safetensors" };
    for (size_t i = 0; i < sizeof(packages) / sizeof(*packages); i++) {
        const size_t length = strlen(packages[i]);
        if (strncmp(name, packages[i], length) == 0 &&
            (name[length] == '.' || name[length] == '\0')) {
            return true;
        }
    }
    return false;
}

/* A new reference: the longer text of an ImportError; NULL without an exception if it stays as it is.
 * `name` is the module, and where a name of it could not be imported the text ends otherwise. */
static PyObject *longer_text(PyObject *text, const char *name, bool whole_module)
{
    if (is_ours(name)) {
        return PyUnicode_FromFormat("%U (not supported by Gradlight; " LIST_HINT ")", text);
    }
    if (whole_module && module_draws(name)) {
        return PyUnicode_FromFormat("%U (leave out what draws: Gradlight shows the loss curve, the "
                                    "fit and the landscape of a training by itself)",
                                    text);
    }
    return whole_module
               ? PyUnicode_FromFormat("%U (a lesson can import Python's own library, numpy, "
                                      "Gradlight's torch and torchvision, and files beside it)",
                                      text)
               : NULL;
}

void torch_explain_import(PyObject *exception)
{
    if (!PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_ImportError)) {
        return;
    }
    PyObject *name = PyObject_GetAttrString(exception, "name");
    PyObject *text = PyObject_GetAttrString(exception, "msg");
    if (name && text && PyUnicode_Check(name) && PyUnicode_Check(text)) {
        const bool whole_module =
            PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_ModuleNotFoundError);
        PyObject *longer = longer_text(text, PyUnicode_AsUTF8(name), whole_module);
        if (longer) {
            PyObject_SetAttrString(exception, "msg", longer);
        }
        Py_XDECREF(longer);
    }
    PyErr_Clear();
    Py_XDECREF(name);
    Py_XDECREF(text);
}
