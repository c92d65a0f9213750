#include "lessons/torch/embedded.h"

#include <string.h>

static const struct embedded_source *source_of(const char *name)
{
    const struct embedded_source *source = embedded_sources;
    while (source->module && strcmp(source->module, name) != 0) {
        source++;
    }
    return source->module ? source : NULL;
}

/* Sets __file__, by which a part that has begun to run is known. */
static bool prepare(PyObject *dictionary, const char *file)
{
    PyObject *path = PyUnicode_FromString(file);
    const bool prepared =
        path && PyDict_SetItemString(dictionary, "__file__", path) == 0 &&
        PyDict_SetItemString(dictionary, "__builtins__", PyEval_GetBuiltins()) == 0;
    Py_XDECREF(path);
    return prepared;
}

bool embedded_run(PyObject *module, const char *name, bool *ran)
{
    const struct embedded_source *source = source_of(name);
    PyObject *dictionary = PyModule_GetDict(module);
    *ran = source && !PyDict_GetItemString(dictionary, "__file__");
    if (!*ran) {
        return true;
    }
    PyObject *code = prepare(dictionary, source->file)
                         ? Py_CompileString(source->text, source->file, Py_file_input)
                         : NULL;
    PyObject *result = code ? PyEval_EvalCode(code, dictionary, dictionary) : NULL;
    Py_XDECREF(code);
    Py_XDECREF(result);
    return result != NULL;
}
