/* What a whole module is kept as: the dictionary that a module of PyTorch has, names and all, so that
 * each reads the other's files. */
#include "lessons/torch/module.h"

#include <string.h>

#include "lessons/torch/arguments.h"

/* Where hooks of a kind stand, and which of them want keyword arguments. */
static const struct hook_names {
    enum module_hook kind;
    const char *hooks, *with_keywords;
} hook_names[] = {
    { HOOK_BACKWARD_BEFORE, "_backward_pre_hooks", NULL },
    { HOOK_BACKWARD, "_backward_hooks", NULL },
    { HOOK_AFTER, "_forward_hooks", "_forward_hooks_with_kwargs" },
    { HOOK_BEFORE, "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs" },
};
enum { HOOK_NAMES = sizeof(hook_names) / sizeof(*hook_names) };

/* What PyTorch's modules have beside these, and ours never fill. */
static const char *const empty_names[] = {
    "_forward_hooks_always_called", "_state_dict_hooks",           "_state_dict_pre_hooks",
    "_load_state_dict_pre_hooks",   "_load_state_dict_post_hooks",
};
enum { EMPTY_NAMES = sizeof(empty_names) / sizeof(*empty_names) };

/* ---- the dictionary ---------------------------------------------------------------------------- */

static PyObject *ordered_create(void)
{
    PyObject *collections = PyImport_ImportModule("collections");
    PyObject *made = collections ? PyObject_CallMethod(collections, "OrderedDict", NULL) : NULL;
    Py_XDECREF(collections);
    return made;
}

static bool set_taking(PyObject *state, const char *name, PyObject *value)
{
    const bool set = value && PyDict_SetItemString(state, name, value) == 0;
    Py_XDECREF(value);
    return set;
}

/* An entry of ours is (hook, with_kwargs); PyTorch has two dictionaries. */
static bool set_hooks(PyObject *state, PyObject *entries, const struct hook_names *names)
{
    PyObject *hooks = ordered_create(), *with_keywords = ordered_create(), *number, *entry;
    bool set = hooks && with_keywords;
    for (Py_ssize_t at = 0; set && entries && PyDict_Next(entries, &at, &number, &entry);) {
        set = PyObject_SetItem(hooks, number, PyTuple_GET_ITEM(entry, 0)) == 0 &&
              (PyTuple_GET_ITEM(entry, 1) == Py_False ||
               PyObject_SetItem(with_keywords, number, Py_True) == 0);
    }
    set = set && PyDict_SetItemString(state, names->hooks, hooks) == 0 &&
          (!names->with_keywords ||
           PyDict_SetItemString(state, names->with_keywords, with_keywords) == 0);
    Py_XDECREF(hooks);
    Py_XDECREF(with_keywords);
    return set;
}

static bool set_all_hooks(PyObject *state, const struct module_object *module)
{
    for (int i = 0; i < HOOK_NAMES; i++) {
        if (!set_hooks(state, module->hooks[hook_names[i].kind], &hook_names[i])) {
            return false;
        }
    }
    for (int i = 0; i < EMPTY_NAMES; i++) {
        if (!set_taking(state, empty_names[i], ordered_create())) {
            return false;
        }
    }
    return PyDict_SetItemString(state, "_is_full_backward_hook", Py_None) == 0;
}

static PyObject *call_get_state(struct call *call)
{
    const struct module_object *module = module_object(call->arguments[0]);
    PyObject *state = PyDict_New();
    const bool filled =
        state &&
        PyDict_SetItemString(state, "training", module->training ? Py_True : Py_False) == 0 &&
        set_taking(state, "_parameters", PyDict_Copy(module->parameters)) &&
        set_taking(state, "_buffers", PyDict_Copy(module->buffers)) &&
        set_taking(state, "_non_persistent_buffers_set", PySet_New(module->transient)) &&
        set_all_hooks(state, module) &&
        set_taking(state, "_modules", PyDict_Copy(module->children)) &&
        (!module->dict || PyDict_Update(state, module->dict) == 0);
    if (!filled) {
        Py_CLEAR(state);
    }
    return state;
}

/* ---- from the dictionary ----------------------------------------------------------------------- */

enum part { PART_OF_PARAMETERS, PART_OF_BUFFERS, PART_OF_CHILDREN };

static bool fits(const struct face *face, PyObject *value, enum part part)
{
    return value == Py_None ||
           (part == PART_OF_PARAMETERS ? PyObject_TypeCheck(value, face->types.parameter)
            : part == PART_OF_BUFFERS  ? tensor_object_is(face, value)
                                       : module_object_is(face, value));
}

/* Copies what the state has under `name` into the module's dictionary. */
static bool take_part(const struct call *call, const char *name, PyObject *dictionary,
                      enum part part)
{
    PyObject *given = PyDict_GetItemString(call->arguments[1], name), *key, *value;
    if (!given) {
        return true;
    }
    bool good = PyDict_Check(given);
    for (Py_ssize_t at = 0; good && PyDict_Next(given, &at, &key, &value);) {
        good = PyUnicode_Check(key) && fits(call->face, value, part);
    }
    if (!good) {
        PyErr_Format(PyExc_TypeError, "%s: the state has something else in %s",
                     Py_TYPE(call->arguments[0])->tp_name, name);
        return false;
    }
    PyDict_Clear(dictionary);
    return PyDict_Update(dictionary, given) == 0;
}

static bool take_hooks(const struct call *call, const struct hook_names *names)
{
    struct module_object *module = module_object(call->arguments[0]);
    PyObject *hooks = PyDict_GetItemString(call->arguments[1], names->hooks), *number, *hook;
    PyObject *with_keywords = names->with_keywords
                                  ? PyDict_GetItemString(call->arguments[1], names->with_keywords)
                                  : NULL;
    if (!hooks || !PyDict_Check(hooks) || PyDict_GET_SIZE(hooks) == 0) {
        return true;
    }
    PyObject *own = ordered_create();
    bool taken = own != NULL;
    for (Py_ssize_t at = 0; taken && PyDict_Next(hooks, &at, &number, &hook);) {
        const bool wants = with_keywords && PyDict_Check(with_keywords) &&
                           PyDict_Contains(with_keywords, number) == 1;
        PyObject *entry = PyTuple_Pack(2, hook, wants ? Py_True : Py_False);
        taken = entry && PyObject_SetItem(own, number, entry) == 0;
        Py_XDECREF(entry);
        const uint64_t used = PyLong_Check(number) ? PyLong_AsUnsignedLongLongMask(number) : 0;
        call->face->module_hooks =
            used > call->face->module_hooks ? used : call->face->module_hooks;
    }
    Py_XSETREF(module->hooks[names->kind], own);
    return taken;
}

static bool is_known(PyObject *name)
{
    static const char *const parts[] = { "training",
                                         "_parameters",
                                         "_buffers",
                                         "_modules",
                                         "_non_persistent_buffers_set",
                                         "_is_full_backward_hook" };
    bool known = false;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        known |= PyUnicode_CompareWithASCIIString(name, parts[i]) == 0;
    }
    for (int i = 0; i < EMPTY_NAMES; i++) {
        known |= PyUnicode_CompareWithASCIIString(name, empty_names[i]) == 0;
    }
    for (int i = 0; i < HOOK_NAMES; i++) {
        known |= PyUnicode_CompareWithASCIIString(name, hook_names[i].hooks) == 0 ||
                 (hook_names[i].with_keywords &&
                  PyUnicode_CompareWithASCIIString(name, hook_names[i].with_keywords) == 0);
    }
    return known;
}

/* What the lesson, or a layer's __init__, has set. */
static bool take_attributes(PyObject *self, PyObject *state)
{
    PyObject *own = PyObject_GenericGetDict(self, NULL), *name, *value;
    bool taken = own != NULL;
    for (Py_ssize_t at = 0; taken && PyDict_Next(state, &at, &name, &value);) {
        taken = PyUnicode_Check(name);
        if (!taken) {
            PyErr_SetString(PyExc_TypeError, "attribute name must be string");
        } else if (!is_known(name)) {
            taken = PyDict_SetItem(own, name, value) == 0;
        }
    }
    Py_XDECREF(own);
    return taken;
}

static PyObject *call_set_state(struct call *call)
{
    PyObject *self = call->arguments[0], *state = call->arguments[1];
    struct module_object *module = module_object(self);
    if (!PyDict_Check(state)) {
        argument_refuse(call, 1, "dict");
        return NULL;
    }
    if (!module_begin(self) ||
        !take_part(call, "_parameters", module->parameters, PART_OF_PARAMETERS) ||
        !take_part(call, "_buffers", module->buffers, PART_OF_BUFFERS) ||
        !take_part(call, "_modules", module->children, PART_OF_CHILDREN)) {
        return NULL;
    }
    PyObject *training = PyDict_GetItemString(state, "training");
    PyObject *transient = PyDict_GetItemString(state, "_non_persistent_buffers_set");
    module->training = training != Py_False;
    if (transient && PyAnySet_Check(transient)) {
        Py_XSETREF(module->transient, PySet_New(transient));
    }
    for (int i = 0; i < HOOK_NAMES; i++) {
        if (!take_hooks(call, &hook_names[i])) {
            return NULL;
        }
    }
    module->changed = true;
    call->face->module_changes++;
    return take_attributes(self, state) ? Py_NewRef(Py_None) : NULL;
}

const struct function_row module_pickle_rows[] = {
    { "__getstate__", { "self" }, .required = 1, .call = call_get_state },
    { .name = NULL },
};

/* Of a module that has not begun. */
const struct function_row module_set_state_row = {
    "__setstate__", { "self", "state" }, .required = 2, .call = call_set_state
};
