/* What every module can do with all its parts: switch between training and evaluation, clear
 * gradients, apply a function. */
#include "lessons/torch/module.h"

#include "engine/autograd/autograd.h"
#include "engine/observer.h"
#include "lessons/torch/arguments.h"

static PyObject *listed(const struct call *call, enum module_part part)
{
    const struct module_walk walk = { .part = part, .recurse = true };
    return module_objects(call->face, call->arguments[0], &walk);
}

/* ---- switching --------------------------------------------------------------------------------- */

static void set_training(const struct call *call, PyObject *self, bool on)
{
    struct module_object *module = module_object(self);
    const struct engine *engine = call->face->engine;
    if (module->training == on) {
        return;
    }
    module->training = on;
    if (OBSERVED(engine, mode)) {
        const struct observed_mode mode = { .module = torch_module_describe(self), .on = on };
        engine->observer->calls->mode(engine->observer->context, &mode);
    }
}

static PyObject *train_all(const struct call *call, bool on)
{
    PyObject *modules = listed(call, PART_MODULES);
    for (Py_ssize_t i = 0; modules && i < PyList_GET_SIZE(modules); i++) {
        set_training(call, PyList_GET_ITEM(modules, i), on);
    }
    Py_XDECREF(modules);
    return modules ? Py_NewRef(call->arguments[0]) : NULL;
}

static PyObject *call_train(struct call *call)
{
    PyObject *mode = call->arguments[1];
    if (mode && !PyBool_Check(mode)) {
        return PyErr_Format(PyExc_ValueError, "training mode is expected to be boolean");
    }
    return train_all(call, mode != Py_False);
}

static PyObject *call_eval(struct call *call)
{
    return train_all(call, false);
}

/* Calls `change` for each parameter's tensor. */
static PyObject *for_parameters(const struct call *call, bool on,
                                bool (*change)(struct tensor *tensor, bool on, struct error *err))
{
    PyObject *parameters = listed(call, PART_PARAMETERS);
    struct error err;
    for (Py_ssize_t i = 0; parameters && i < PyList_GET_SIZE(parameters); i++) {
        if (!change(tensor_object_tensor(PyList_GET_ITEM(parameters, i)), on, &err)) {
            torch_raise(&err);
            Py_CLEAR(parameters);
        }
    }
    Py_XDECREF(parameters);
    return parameters ? Py_NewRef(call->arguments[0]) : NULL;
}

static PyObject *call_requires_grad(struct call *call)
{
    bool on = true;
    return argument_bool(call, 1, &on) ? for_parameters(call, on, tensor_set_requires_grad) : NULL;
}

static bool clear_grad(struct tensor *tensor, bool to_none, struct error *err)
{
    return !tensor->grad || (to_none ? tensor_set_grad(tensor, NULL, "zero_grad", err)
                                     : tensor_zero_grad(tensor, err));
}

static PyObject *call_zero_grad(struct call *call)
{
    bool to_none = true;
    PyObject *self =
        argument_bool(call, 1, &to_none) ? for_parameters(call, to_none, clear_grad) : NULL;
    Py_XDECREF(self);
    return self ? Py_NewRef(Py_None) : NULL;
}

/* Calls fn for every child, deepest first, then for the module itself. */
static bool apply(struct face *face, PyObject *self, PyObject *fn)
{
    const struct module_walk walk = { .part = PART_CHILDREN };
    PyObject *children = module_objects(face, self, &walk);
    if (!children || Py_EnterRecursiveCall(" in Module.apply") != 0) {
        Py_XDECREF(children);
        return false;
    }
    bool done = true;
    for (Py_ssize_t i = 0; done && i < PyList_GET_SIZE(children); i++) {
        done = apply(face, PyList_GET_ITEM(children, i), fn);
    }
    PyObject *result = done ? PyObject_CallOneArg(fn, self) : NULL;
    Py_XDECREF(result);
    Py_DECREF(children);
    Py_LeaveRecursiveCall();
    return result != NULL;
}

static PyObject *call_apply(struct call *call)
{
    return apply(call->face, call->arguments[0], call->arguments[1]) ? Py_NewRef(call->arguments[0])
                                                                     : NULL;
}

/* ---- for derived classes ----------------------------------------------------------------------- */

static PyObject *call_forward(struct call *call)
{
    return PyErr_Format(PyExc_NotImplementedError,
                        "Module [%s] is missing the required \"forward\" function",
                        Py_TYPE(call->arguments[0])->tp_name);
}

static PyObject *call_extra_repr(struct call *call)
{
    (void)call;
    return PyUnicode_FromString("");
}

/* Adds names to a list; those that begin with a digit cannot be attributes. */
static bool add_names(PyObject *list, PyObject *dictionary)
{
    PyObject *name, *value;
    for (Py_ssize_t at = 0; dictionary && PyDict_Next(dictionary, &at, &name, &value);) {
        const bool is_number = PyUnicode_Check(name) && PyUnicode_GET_LENGTH(name) > 0 &&
                               Py_UNICODE_ISDIGIT(PyUnicode_READ_CHAR(name, 0));
        if (!is_number && PyList_Append(list, name) != 0) {
            return false;
        }
    }
    return true;
}

static PyObject *call_dir(struct call *call)
{
    const struct module_object *module = module_object(call->arguments[0]);
    PyObject *list = PyObject_Dir((PyObject *)Py_TYPE(call->arguments[0]));
    if (!list || !add_names(list, module->dict) || !add_names(list, module->parameters) ||
        !add_names(list, module->buffers) || !add_names(list, module->children)) {
        Py_CLEAR(list);
    }
    return list;
}

static PyObject *call_name(struct call *call)
{
    return PyUnicode_FromString(Py_TYPE(call->arguments[0])->tp_name);
}

#define SELF .required = 1

const struct function_row module_rows[] = {
    { "train", { "self", "mode" }, SELF, .call = call_train },
    { "eval", { "self" }, SELF, .call = call_eval },
    { "requires_grad_", { "self", "requires_grad" }, SELF, .call = call_requires_grad },
    { "zero_grad", { "self", "set_to_none" }, SELF, .call = call_zero_grad },
    { "apply", { "self", "fn" }, .required = 2, .call = call_apply },
    { "forward", { "self", "input" }, SELF, .call = call_forward, .collects = 2 },
    { "extra_repr", { "self" }, SELF, .call = call_extra_repr },
    { "__dir__", { "self" }, SELF, .call = call_dir },
    { "_get_name", { "self" }, SELF, .call = call_name },
    { .name = NULL },
};
