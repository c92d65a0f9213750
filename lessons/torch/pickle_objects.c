/* Objects of classes in a pickle: what torch.save writes of a module or of a lesson's own class, and what
 * torch.load(weights_only=False) makes of it. Which names may stand in a file, python/torch/serialization.py
 * says. */
#include "lessons/torch/pickle.h"

#include <string.h>

static PyObject *serialization_call(const char *function, PyObject *args)
{
    PyObject *module = args ? PyImport_ImportModule("torch.serialization") : NULL;
    PyObject *callable = module ? PyObject_GetAttrString(module, function) : NULL;
    PyObject *result = callable ? PyObject_CallObject(callable, args) : NULL;
    Py_XDECREF(module);
    Py_XDECREF(callable);
    Py_XDECREF(args);
    return result;
}

/* ---- reading ----------------------------------------------------------------------------------- */

/* PyTorch's own words. */
static PyObject *refuse_global(const char *module, const char *name)
{
    return pickle_raise(
        "Weights only load failed. This file can still be loaded, to do so you have two options, "
        "do "
        "those steps only if you trust the source of the checkpoint. \n"
        "\t(1) In PyTorch 2.6, we changed the default value of the `weights_only` argument in "
        "`torch.load` from `False` to `True`. Re-running `torch.load` with `weights_only` set to "
        "`False` will likely succeed, but it can result in arbitrary code execution. Do it only if "
        "you got the file from a trusted source.\n"
        "\t(2) Alternatively, to load with `weights_only=True` please check the recommended steps "
        "in "
        "the following error message.\n"
        "\tWeightsUnpickler error: Unsupported global: GLOBAL %s.%s was not an allowed global by "
        "default. Please use `torch.serialization.add_safe_globals([%s])` or the "
        "`torch.serialization.safe_globals([%s])` context manager to allowlist this global if you "
        "trust this class/function.\n\n"
        "Check the documentation of torch.load to learn more about types accepted by default with "
        "weights_only https://pytorch.org/docs/stable/generated/torch.load.html.",
        module, name, name, name);
}

PyObject *pickle_find(const char *module, const char *name, bool whole)
{
    PyObject *text[] = { PyUnicode_DecodeUTF8(module, (Py_ssize_t)strlen(module), "replace"),
                         PyUnicode_DecodeUTF8(name, (Py_ssize_t)strlen(name), "replace") };
    PyObject *args =
        text[0] && text[1] ? PyTuple_Pack(3, text[0], text[1], whole ? Py_True : Py_False) : NULL;
    PyObject *found = serialization_call("_found", args);
    Py_XDECREF(text[0]);
    Py_XDECREF(text[1]);
    if (!found && whole && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        return PyErr_Format(PyExc_AttributeError, "Can't get attribute '%s' on <module '%s'>", name,
                            module);
    }
    if (found != Py_None) {
        return found;
    }
    Py_XDECREF(found);
    return whole ? pickle_raise("the file names %s.%s: Gradlight makes objects of the lesson's own "
                                "classes, of torch's, numpy's and Python's data types alone",
                                module, name)
                 : refuse_global(module, name);
}

/* cls.__new__(cls, *args) */
PyObject *pickle_new(PyObject *class, PyObject *args)
{
    if (!PyType_Check(class) || !PyTuple_Check(args)) {
        return pickle_refuse("an object is made of something that is no class");
    }
    PyObject *own = PyTuple_Pack(1, class);
    PyObject *all = own ? PySequence_Concat(own, args) : NULL;
    PyObject *maker = all ? PyObject_GetAttrString(class, "__new__") : NULL;
    PyObject *made = maker ? PyObject_CallObject(maker, all) : NULL;
    Py_XDECREF(own);
    Py_XDECREF(all);
    Py_XDECREF(maker);
    return made;
}

bool pickle_build(PyObject *object, PyObject *state)
{
    PyObject *built = serialization_call("_built", PyTuple_Pack(2, object, state));
    Py_XDECREF(built);
    return built != NULL;
}

/* ---- writing ----------------------------------------------------------------------------------- */

PyObject *pickle_reduced(PyObject *object)
{
    return serialization_call("_reduced", PyTuple_Pack(1, object));
}

/* 1, 0, or -1 with an exception. */
int pickle_is_newobj(PyObject *function)
{
    PyObject *answer = serialization_call("_made", PyTuple_Pack(1, function));
    const int is = answer ? answer == Py_True : -1;
    Py_XDECREF(answer);
    return is;
}
