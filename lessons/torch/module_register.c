/* Registering parameters, buffers and children by name, and finding them by their path. */
#include "lessons/torch/module.h"

#include <string.h>

#include "lessons/torch/arguments.h"

/* How an object's class is named in messages: "int", "torch.FloatTensor", "collections.OrderedDict". */
static PyObject *kind_name(struct face *face, PyObject *object)
{
    if (tensor_object_is(face, object)) {
        return PyObject_CallMethod(object, "type", NULL);
    }
    PyObject *type = (PyObject *)Py_TYPE(object);
    PyObject *module = PyObject_GetAttrString(type, "__module__");
    PyObject *name = module ? PyObject_GetAttrString(type, "__qualname__") : NULL;
    PyObject *full = NULL;
    if (name && PyUnicode_Check(module) &&
        PyUnicode_CompareWithASCIIString(module, "builtins") != 0) {
        full = PyUnicode_FromFormat("%U.%U", module, name);
    } else {
        full = Py_XNewRef(name);
    }
    Py_XDECREF(module);
    Py_XDECREF(name);
    return full;
}

/* Raises `kind` with a format that has one %U for the class of `object`. */
static bool refuse_kind(struct face *face, PyObject *exception, const char *format,
                        PyObject *object)
{
    PyObject *kind = kind_name(face, object);
    if (kind) {
        PyErr_Format(exception, format, kind);
        Py_DECREF(kind);
    }
    return false;
}

/* ---- names ------------------------------------------------------------------------------------- */

static bool is_taken(PyObject *self, PyObject *dictionary, PyObject *name)
{
    if (PyDict_Contains(dictionary, name) != 0) {
        return false;
    }
    PyObject *found = PyObject_GetAttr(self, name);
    PyErr_Clear();
    Py_XDECREF(found);
    return found != NULL;
}

static bool check_name(const struct call *call, PyObject *dictionary, const char *what)
{
    PyObject *name = call->arguments[1];
    const bool is_module = *what == 'm';
    if (!PyUnicode_Check(name)) {
        char format[64];
        snprintf(format, sizeof(format), "%s name should be a string. Got %%U", what);
        return refuse_kind(call->face, PyExc_TypeError, format, name);
    }
    if (is_module && is_taken(call->arguments[0], dictionary, name)) {
        PyErr_Format(PyExc_KeyError, "attribute '%U' already exists", name);
    } else if (PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1) >= 0) {
        PyErr_Format(PyExc_KeyError,
                     is_module ? "%s name can't contain \".\", got: %U"
                               : "%s name can't contain \".\"",
                     what, name);
    } else if (PyUnicode_GET_LENGTH(name) == 0) {
        PyErr_Format(PyExc_KeyError, "%s name can't be empty string \"\"", what);
    } else if (is_taken(call->arguments[0], dictionary, name)) {
        PyErr_Format(PyExc_KeyError, "attribute '%U' already exists", name);
    }
    return !PyErr_Occurred();
}

static bool refuse_object(const struct call *call, const char *what, const char *wanted)
{
    PyObject *kind = kind_name(call->face, call->arguments[2]);
    if (kind) {
        PyErr_Format(PyExc_TypeError, "cannot assign '%U' object to %s '%U' (%s or None required)",
                     kind, what, call->arguments[1], wanted);
        Py_DECREF(kind);
    }
    return false;
}

static PyObject *registered(const struct call *call, PyObject *dictionary)
{
    return module_register(call->arguments[0], dictionary, call->arguments[1], call->arguments[2])
               ? Py_NewRef(Py_None)
               : NULL;
}

static PyObject *call_register_parameter(struct call *call)
{
    PyObject *self = call->arguments[0], *value = call->arguments[2];
    if (!module_has_begun(self, "parameter") ||
        !check_name(call, module_object(self)->parameters, "parameter")) {
        return NULL;
    }
    if (value != Py_None && !PyObject_TypeCheck(value, call->face->types.parameter)) {
        refuse_object(call, "parameter", "torch.nn.Parameter");
        return NULL;
    }
    if (value != Py_None && tensor_object_tensor(value)->grad_fn) {
        return PyErr_Format(
            PyExc_ValueError,
            "Cannot assign non-leaf Tensor to parameter '%U'. Model parameters must "
            "be created explicitly. To express '%U' as a function of another "
            "Tensor, compute the value in the forward() method.",
            call->arguments[1], call->arguments[1]);
    }
    return registered(call, module_object(self)->parameters);
}

/* Whether state_dict leaves the buffer out. */
static bool set_transient(struct module_object *module, PyObject *name, bool transient)
{
    if (!module->transient && transient) {
        module->transient = PySet_New(NULL);
    }
    if (!module->transient) {
        return !PyErr_Occurred();
    }
    return transient ? PySet_Add(module->transient, name) == 0
                     : PySet_Discard(module->transient, name) >= 0;
}

/* register_buffer(name, tensor, persistent=True) */
static PyObject *call_register_buffer(struct call *call)
{
    PyObject *self = call->arguments[0], *value = call->arguments[2];
    bool persistent = true;
    if (!argument_bool(call, 3, &persistent) || !module_has_begun(self, "buffer") ||
        !check_name(call, module_object(self)->buffers, "buffer")) {
        return NULL;
    }
    if (value != Py_None && !tensor_object_is(call->face, value)) {
        refuse_object(call, "buffer", "torch Tensor");
        return NULL;
    }
    return set_transient(module_object(self), call->arguments[1], !persistent)
               ? registered(call, module_object(self)->buffers)
               : NULL;
}

static PyObject *call_add_module(struct call *call)
{
    PyObject *self = call->arguments[0], *value = call->arguments[2];
    if (!module_has_begun(self, "module")) {
        return NULL;
    }
    if (value != Py_None && !module_object_is(call->face, value)) {
        refuse_kind(call->face, PyExc_TypeError, "%U is not a Module subclass", value);
        return NULL;
    }
    return check_name(call, module_object(self)->children, "module")
               ? registered(call, module_object(self)->children)
               : NULL;
}

/* ---- finding ----------------------------------------------------------------------------------- */

static PyObject *next_module(struct face *face, PyObject *module, PyObject *name)
{
    PyObject *found = PyObject_GetAttr(module, name);
    if (!found && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        PyErr_Format(PyExc_AttributeError, "%s has no attribute `%U`", Py_TYPE(module)->tp_name,
                     name);
    } else if (found && !module_object_is(face, found)) {
        Py_CLEAR(found);
        PyErr_Format(PyExc_AttributeError, "`%U` is not an nn.Module", name);
    }
    return found;
}

/* The module that a path "a.0.b" leads to; "" is the module itself. */
static PyObject *submodule_at(struct face *face, PyObject *self, PyObject *path)
{
    PyObject *dot = PyUnicode_FromString(".");
    PyObject *names = dot ? PyUnicode_Split(path, dot, -1) : NULL;
    PyObject *module = names ? Py_NewRef(self) : NULL;
    const bool is_empty = PyUnicode_GET_LENGTH(path) == 0;
    for (Py_ssize_t i = 0; module && !is_empty && i < PyList_GET_SIZE(names); i++) {
        PyObject *next = next_module(face, module, PyList_GET_ITEM(names, i));
        Py_SETREF(module, next);
    }
    Py_XDECREF(dot);
    Py_XDECREF(names);
    return module;
}

static bool read_path(const struct call *call)
{
    return PyUnicode_Check(call->arguments[1]) || argument_refuse(call, 1, "str");
}

static PyObject *call_get_submodule(struct call *call)
{
    return read_path(call) ? submodule_at(call->face, call->arguments[0], call->arguments[1])
                           : NULL;
}

/* Splits "a.b.weight" at its last dot; takes nothing. */
static bool split_path(PyObject *path, PyObject **module, PyObject **name)
{
    const Py_ssize_t length = PyUnicode_GET_LENGTH(path);
    const Py_ssize_t dot = PyUnicode_FindChar(path, '.', 0, length, -1);
    *module = PyUnicode_Substring(path, 0, dot > 0 ? dot : 0);
    *name = PyUnicode_Substring(path, dot + 1, length);
    return *module && *name;
}

static PyObject *found_in(const struct call *call, bool parameter)
{
    PyObject *path = NULL, *name = NULL, *found = NULL;
    PyObject *owner = read_path(call) && split_path(call->arguments[1], &path, &name)
                          ? submodule_at(call->face, call->arguments[0], path)
                          : NULL;
    if (owner) {
        PyObject *dictionary =
            parameter ? module_object(owner)->parameters : module_object(owner)->buffers;
        found = PyObject_GetAttr(owner, name);
        if (!found && PyErr_ExceptionMatches(PyExc_AttributeError)) {
            PyErr_Clear();
            PyErr_Format(PyExc_AttributeError, "%s has no attribute `%U`", Py_TYPE(owner)->tp_name,
                         name);
        } else if (found && PyDict_Contains(dictionary, name) != 1) {
            Py_CLEAR(found);
            PyErr_Format(PyExc_AttributeError,
                         parameter ? "`%U` is not an nn.Parameter" : "`%U` is not a buffer", name);
        }
    }
    Py_XDECREF(owner);
    Py_XDECREF(path);
    Py_XDECREF(name);
    return found;
}

static PyObject *call_get_parameter(struct call *call)
{
    return found_in(call, true);
}

static PyObject *call_get_buffer(struct call *call)
{
    return found_in(call, false);
}

const struct function_row module_register_rows[] = {
    { "register_parameter",
      { "self", "name", "param" },
      .required = 3,
      .call = call_register_parameter },
    { "register_buffer",
      { "self", "name", "tensor", "persistent" },
      .required = 3,
      .call = call_register_buffer },
    { "add_module", { "self", "name", "module" }, .required = 3, .call = call_add_module },
    { "register_module", { "self", "name", "module" }, .required = 3, .call = call_add_module },
    { "get_submodule", { "self", "target" }, .required = 2, .call = call_get_submodule },
    { "get_parameter", { "self", "target" }, .required = 2, .call = call_get_parameter },
    { "get_buffer", { "self", "target" }, .required = 2, .call = call_get_buffer },
    { .name = NULL },
};
