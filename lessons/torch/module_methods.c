/* What every module can do: list its parts, register, switch between training and evaluation. */
#include "lessons/torch/module.h"

#include "engine/autograd/autograd.h"
#include "engine/observer.h"
#include "lessons/torch/arguments.h"

/* ---- listing ----------------------------------------------------------------------------------- */

/* Takes a list; its iterator. */
static PyObject *iterator_of(PyObject *list)
{
    PyObject *iterator = list ? PyObject_GetIter(list) : NULL;
    Py_XDECREF(list);
    return iterator;
}

/* Takes a list of pairs; the second of each. */
static PyObject *seconds(PyObject *pairs)
{
    for (Py_ssize_t i = 0; pairs && i < PyList_GET_SIZE(pairs); i++) {
        PyObject *object = PyTuple_GET_ITEM(PyList_GET_ITEM(pairs, i), 1);
        if (PyList_SetItem(pairs, i, Py_NewRef(object)) != 0) {
            Py_CLEAR(pairs);
        }
    }
    return pairs;
}

static PyObject *listed(const struct call *call, enum module_part part, bool recurse)
{
    const struct module_walk walk = { .part = part, .recurse = recurse };
    return module_walk_list(call->face, call->arguments[0], &walk);
}

/* parameters(recurse=True) */
static PyObject *call_parameters(struct call *call)
{
    bool recurse = true;
    return argument_bool(call, 1, &recurse)
               ? iterator_of(seconds(listed(call, PART_PARAMETERS, recurse)))
               : NULL;
}

static PyObject *call_buffers(struct call *call)
{
    bool recurse = true;
    return argument_bool(call, 1, &recurse)
               ? iterator_of(seconds(listed(call, PART_BUFFERS, recurse)))
               : NULL;
}

/* named_parameters(prefix='', recurse=True) */
static PyObject *named(const struct call *call, enum module_part part)
{
    struct module_walk walk = { .part = part, .recurse = true };
    if (!argument_bool(call, 2, &walk.recurse)) {
        return NULL;
    }
    if (argument_given(call, 1) && !PyUnicode_Check(call->arguments[1])) {
        argument_refuse(call, 1, "str");
        return NULL;
    }
    walk.prefix = argument_given(call, 1) ? call->arguments[1] : NULL;
    return iterator_of(module_walk_list(call->face, call->arguments[0], &walk));
}

static PyObject *call_named_parameters(struct call *call)
{
    return named(call, PART_PARAMETERS);
}

static PyObject *call_named_buffers(struct call *call)
{
    return named(call, PART_BUFFERS);
}

static PyObject *call_children(struct call *call)
{
    return iterator_of(seconds(listed(call, PART_CHILDREN, false)));
}

static PyObject *call_named_children(struct call *call)
{
    return iterator_of(listed(call, PART_CHILDREN, false));
}

static PyObject *call_modules(struct call *call)
{
    return iterator_of(seconds(listed(call, PART_MODULES, true)));
}

static PyObject *call_named_modules(struct call *call)
{
    return iterator_of(listed(call, PART_MODULES, true));
}

/* ---- registering ------------------------------------------------------------------------------- */

static PyObject *registered(const struct call *call, PyObject *dictionary, bool fits,
                            const char *wanted)
{
    if (!PyUnicode_Check(call->arguments[1])) {
        argument_refuse(call, 1, "str");
        return NULL;
    }
    if (call->arguments[2] != Py_None && !fits) {
        argument_refuse(call, 2, wanted);
        return NULL;
    }
    if (!module_register(call->arguments[0], dictionary, call->arguments[1], call->arguments[2])) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *call_register_parameter(struct call *call)
{
    PyObject *self = call->arguments[0];
    return registered(call, module_object(self)->parameters,
                      PyObject_TypeCheck(call->arguments[2], call->face->types.parameter),
                      "Parameter");
}

static PyObject *call_register_buffer(struct call *call)
{
    PyObject *self = call->arguments[0];
    return registered(call, module_object(self)->buffers,
                      tensor_object_is(call->face, call->arguments[2]), "Tensor");
}

static PyObject *call_add_module(struct call *call)
{
    PyObject *self = call->arguments[0];
    return registered(call, module_object(self)->children,
                      module_object_is(call->face, call->arguments[2]), "Module");
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
    PyObject *modules = seconds(listed(call, PART_MODULES, true));
    for (Py_ssize_t i = 0; modules && i < PyList_GET_SIZE(modules); i++) {
        set_training(call, PyList_GET_ITEM(modules, i), on);
    }
    Py_XDECREF(modules);
    return modules ? Py_NewRef(call->arguments[0]) : NULL;
}

static PyObject *call_train(struct call *call)
{
    bool on = true;
    return argument_bool(call, 1, &on) ? train_all(call, on) : NULL;
}

static PyObject *call_eval(struct call *call)
{
    return train_all(call, false);
}

/* Calls `change` for each parameter's tensor. */
static PyObject *for_parameters(const struct call *call, bool on,
                                bool (*change)(struct tensor *tensor, bool on, struct error *err))
{
    PyObject *parameters = seconds(listed(call, PART_PARAMETERS, true));
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

static bool drop_grad(struct tensor *tensor, bool on, struct error *err)
{
    (void)on;
    return !tensor->grad || tensor_set_grad(tensor, NULL, "zero_grad", err);
}

static PyObject *call_zero_grad(struct call *call)
{
    bool to_none = true;
    if (!argument_bool(call, 1, &to_none)) {
        return NULL;
    }
    if (!to_none) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "zero_grad(set_to_none=False) of a module is not supported by "
                            "Gradlight");
    }
    PyObject *self = for_parameters(call, true, drop_grad);
    Py_XDECREF(self);
    return self ? Py_NewRef(Py_None) : NULL;
}

/* Calls fn for every child, deepest first, then for the module itself. */
static bool apply(struct face *face, PyObject *self, PyObject *fn)
{
    const struct module_walk walk = { .part = PART_CHILDREN };
    PyObject *children = seconds(module_walk_list(face, self, &walk));
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

/* Everything is on the CPU in float32 already, or the request cannot be met. */
static PyObject *call_to(struct call *call)
{
    struct backend *backend = engine_cpu(call->face->engine);
    enum dtype dtype = DTYPE_FLOAT32;
    if (argument_given(call, 1)) {
        if (Py_TYPE(call->arguments[1]) == call->face->types.dtype) {
            dtype = ((struct dtype_object *)call->arguments[1])->dtype;
        } else if (!device_of(call->face, call->arguments[1], &backend)) {
            return NULL;
        }
    }
    if (!argument_device(call, 2, &backend) || !argument_dtype(call, 3, &dtype)) {
        return NULL;
    }
    if (backend != engine_cpu(call->face->engine) || dtype != DTYPE_FLOAT32) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "moving a module to another device or dtype is not supported by "
                            "Gradlight");
    }
    return Py_NewRef(call->arguments[0]);
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

static PyObject *call_name(struct call *call)
{
    return PyUnicode_FromString(Py_TYPE(call->arguments[0])->tp_name);
}

#define SELF .required = 1

const struct function_row module_rows[] = {
    { "parameters", { "self", "recurse" }, SELF, .call = call_parameters },
    { "named_parameters", { "self", "prefix", "recurse" }, SELF, .call = call_named_parameters },
    { "buffers", { "self", "recurse" }, SELF, .call = call_buffers },
    { "named_buffers", { "self", "prefix", "recurse" }, SELF, .call = call_named_buffers },
    { "children", { "self" }, SELF, .call = call_children },
    { "named_children", { "self" }, SELF, .call = call_named_children },
    { "modules", { "self" }, SELF, .call = call_modules },
    { "named_modules", { "self" }, SELF, .call = call_named_modules },
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
    { "train", { "self", "mode" }, SELF, .call = call_train },
    { "eval", { "self" }, SELF, .call = call_eval },
    { "requires_grad_", { "self", "requires_grad" }, SELF, .call = call_requires_grad },
    { "zero_grad", { "self", "set_to_none" }, SELF, .call = call_zero_grad },
    { "apply", { "self", "fn" }, .required = 2, .call = call_apply },
    { "to", { "self", "target", "device", "dtype", "non_blocking" }, SELF, .call = call_to },
    { "forward", { "self", "input" }, SELF, .call = call_forward, .collects = 2 },
    { "extra_repr", { "self" }, SELF, .call = call_extra_repr },
    { "_get_name", { "self" }, SELF, .call = call_name },
    { .name = NULL },
};
