/* Hooks of modules: what a lesson wants called before and after forward. */
#include "lessons/torch/module.h"

#include "lessons/torch/arguments.h"

bool module_has_hooks(const struct module_object *module)
{
    for (int i = 0; i < HOOK_COUNT; i++) {
        if (module->hooks[i] && PyDict_GET_SIZE(module->hooks[i]) > 0) {
            return true;
        }
    }
    return false;
}

/* ---- registering ------------------------------------------------------------------------------- */

/* Lent: the hooks of one kind, made when the first comes. An OrderedDict, for the handles' weak
 * references and for `prepend`. */
static PyObject *hooks_of(PyObject *self, enum module_hook kind)
{
    struct module_object *module = module_object(self);
    if (!module->hooks[kind]) {
        PyObject *collections = PyImport_ImportModule("collections");
        module->hooks[kind] =
            collections ? PyObject_CallMethod(collections, "OrderedDict", NULL) : NULL;
        Py_XDECREF(collections);
    }
    return module->hooks[kind];
}

/* register_..._hook(hook, prepend=False, with_kwargs=False): the entry is (hook, with_kwargs). */
static PyObject *registered(const struct call *call, enum module_hook kind)
{
    bool prepend = false, with_keywords = false, always = false;
    if (!argument_bool(call, 2, &prepend) ||
        (kind <= HOOK_AFTER && !argument_bool(call, 3, &with_keywords)) ||
        (kind == HOOK_AFTER && !argument_bool(call, 4, &always))) {
        return NULL;
    }
    if (always) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "%s(always_call=True) is not supported by Gradlight", call->row->name);
    }
    const uint64_t number = ++call->face->module_hooks;
    PyObject *hooks = hooks_of(call->arguments[0], kind);
    PyObject *key = PyLong_FromUnsignedLongLong(number);
    PyObject *entry = PyTuple_Pack(2, call->arguments[1], with_keywords ? Py_True : Py_False);
    bool added = hooks && key && entry && PyObject_SetItem(hooks, key, entry) == 0;
    if (added && prepend) {
        PyObject *moved = PyObject_CallMethod(hooks, "move_to_end", "OO", key, Py_False);
        added = moved != NULL;
        Py_XDECREF(moved);
    }
    Py_XDECREF(key);
    Py_XDECREF(entry);
    PyObject *reference = added ? PyWeakref_NewRef(hooks, NULL) : NULL;
    PyObject *handle = reference ? handle_create(call->face, reference, number) : NULL;
    Py_XDECREF(reference);
    return handle;
}

static PyObject *call_register_before(struct call *call)
{
    return registered(call, HOOK_BEFORE);
}

static PyObject *call_register_after(struct call *call)
{
    return registered(call, HOOK_AFTER);
}

static PyObject *call_register_backward(struct call *call)
{
    return registered(call, HOOK_BACKWARD);
}

static PyObject *call_register_backward_before(struct call *call)
{
    return registered(call, HOOK_BACKWARD_BEFORE);
}

/* ---- calling ----------------------------------------------------------------------------------- */

/* The hooks of a kind as a list of (hook, with_kwargs): they may change while they run. */
static PyObject *entries_of(PyObject *self, enum module_hook kind)
{
    PyObject *hooks = module_object(self)->hooks[kind];
    return hooks ? PyMapping_Values(hooks) : PyList_New(0);
}

/* What a hook before forward makes of the arguments: both references may be replaced. */
static bool run_before(PyObject *self, PyObject *entry, PyObject **args, PyObject **keywords)
{
    PyObject *hook = PyTuple_GET_ITEM(entry, 0);
    const bool with_keywords = PyTuple_GET_ITEM(entry, 1) == Py_True;
    PyObject *result = with_keywords
                           ? PyObject_CallFunctionObjArgs(hook, self, *args, *keywords, NULL)
                           : PyObject_CallFunctionObjArgs(hook, self, *args, NULL);
    if (!result || result == Py_None) {
        Py_XDECREF(result);
        return result != NULL;
    }
    bool good = true;
    if (!with_keywords) {
        Py_SETREF(*args, PyTuple_Check(result) ? Py_NewRef(result) : PyTuple_Pack(1, result));
        good = *args != NULL;
    } else if (PyTuple_Check(result) && PyTuple_GET_SIZE(result) == 2 &&
               PyTuple_Check(PyTuple_GET_ITEM(result, 0)) &&
               PyDict_Check(PyTuple_GET_ITEM(result, 1))) {
        Py_SETREF(*args, Py_NewRef(PyTuple_GET_ITEM(result, 0)));
        Py_SETREF(*keywords, Py_NewRef(PyTuple_GET_ITEM(result, 1)));
    } else {
        PyErr_Format(PyExc_RuntimeError,
                     "forward pre-hook must return None or a tuple of (new_args, new_kwargs), but "
                     "got %S.",
                     result);
        good = false;
    }
    Py_DECREF(result);
    return good;
}

/* *value (a reference) is replaced by what the hook returns, unless that is None. */
static bool run_after(PyObject *self, PyObject *entry, PyObject *args, PyObject *keywords,
                      PyObject **value)
{
    PyObject *hook = PyTuple_GET_ITEM(entry, 0);
    PyObject *result = PyTuple_GET_ITEM(entry, 1) == Py_True
                           ? PyObject_CallFunctionObjArgs(hook, self, args, keywords, *value, NULL)
                           : PyObject_CallFunctionObjArgs(hook, self, args, *value, NULL);
    if (result && result != Py_None) {
        Py_SETREF(*value, Py_NewRef(result));
    }
    Py_XDECREF(result);
    return result != NULL;
}

static bool run_all_before(PyObject *self, PyObject **args, PyObject **keywords)
{
    PyObject *entries = entries_of(self, HOOK_BEFORE);
    bool good = entries != NULL;
    for (Py_ssize_t i = 0; good && i < PyList_GET_SIZE(entries); i++) {
        good = run_before(self, PyList_GET_ITEM(entries, i), args, keywords);
    }
    Py_XDECREF(entries);
    return good;
}

static bool run_all_after(PyObject *self, PyObject *args, PyObject *keywords, PyObject **value)
{
    PyObject *entries = entries_of(self, HOOK_AFTER);
    bool good = entries != NULL;
    for (Py_ssize_t i = 0; good && i < PyList_GET_SIZE(entries); i++) {
        good = run_after(self, PyList_GET_ITEM(entries, i), args, keywords, value);
    }
    Py_XDECREF(entries);
    return good;
}

/* The hooks of a kind alone. */
static PyObject *functions_of(PyObject *self, enum module_hook kind)
{
    PyObject *list = entries_of(self, kind);
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) {
        PyObject *hook = PyTuple_GET_ITEM(PyList_GET_ITEM(list, i), 0);
        if (PyList_SetItem(list, i, Py_NewRef(hook)) != 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

/* What calls the hooks on gradients: a BackwardHook, or None where there are no such hooks. */
static PyObject *backward_hook(PyObject *self)
{
    PyObject *before = functions_of(self, HOOK_BACKWARD_BEFORE);
    PyObject *after = before ? functions_of(self, HOOK_BACKWARD) : NULL;
    PyObject *made = NULL;
    if (after && PyList_GET_SIZE(before) + PyList_GET_SIZE(after) == 0) {
        made = Py_NewRef(Py_None);
    } else if (after) {
        PyObject *module = PyImport_ImportModule("torch.utils.hooks");
        made =
            module ? PyObject_CallMethod(module, "BackwardHook", "OOO", self, after, before) : NULL;
        Py_XDECREF(module);
    }
    Py_XDECREF(before);
    Py_XDECREF(after);
    return made;
}

/* Calls setup_input_hook or setup_output_hook on *value, a reference, which is replaced. */
static bool pass_through(PyObject *hook, const char *method, PyObject **value)
{
    if (hook == Py_None) {
        return true;
    }
    Py_SETREF(*value, PyObject_CallMethod(hook, method, "(O)", *value));
    return *value != NULL;
}

PyObject *module_call_hooked(PyObject *self, PyObject *given_args, PyObject *given_keywords)
{
    PyObject *forward = PyObject_GetAttr(self, face_current()->words.forward);
    PyObject *args = Py_NewRef(given_args);
    PyObject *keywords = given_keywords ? Py_NewRef(given_keywords) : PyDict_New();
    PyObject *value = NULL;
    PyObject *hook = backward_hook(self);
    if (forward && keywords && hook && run_all_before(self, &args, &keywords) &&
        pass_through(hook, "setup_input_hook", &args)) {
        value = PyObject_Call(forward, args, keywords);
    }
    if (value && !(run_all_after(self, args, keywords, &value) &&
                   pass_through(hook, "setup_output_hook", &value))) {
        Py_CLEAR(value);
    }
    Py_XDECREF(hook);
    Py_XDECREF(forward);
    Py_XDECREF(args);
    Py_XDECREF(keywords);
    return value;
}

const struct function_row module_hook_rows[] = {
    { "register_forward_pre_hook",
      { "self", "hook", "prepend", "with_kwargs" },
      .required = 2,
      .keyword_only = 2,
      .call = call_register_before },
    { "register_forward_hook",
      { "self", "hook", "prepend", "with_kwargs", "always_call" },
      .required = 2,
      .keyword_only = 2,
      .call = call_register_after },
    { "register_full_backward_hook",
      { "self", "hook", "prepend" },
      .required = 2,
      .call = call_register_backward },
    { "register_full_backward_pre_hook",
      { "self", "hook", "prepend" },
      .required = 2,
      .call = call_register_backward_before },
    { .name = NULL },
};
