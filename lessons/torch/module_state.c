/* state_dict and deep copies. */
#include "lessons/torch/module.h"

#include "lessons/torch/arguments.h"

static PyObject *ordered_dict(void)
{
    PyObject *collections = PyImport_ImportModule("collections");
    PyObject *dictionary =
        collections ? PyObject_CallMethod(collections, "OrderedDict", NULL) : NULL;
    Py_XDECREF(collections);
    return dictionary;
}

bool module_is_transient(const struct module_object *module, PyObject *dictionary, PyObject *name)
{
    return dictionary == module->buffers && module->transient &&
           PySet_Contains(module->transient, name) == 1;
}

/* ---- saving ------------------------------------------------------------------------------------ */

struct saving {
    struct face *face;
    PyObject *state, *metadata; /* metadata NULL: the destination keeps none */
    bool keep_vars;
};

/* A plain tensor on the same memory, or the tensor itself. */
static bool save_one(const struct saving *saving, PyObject *key, PyObject *value)
{
    PyObject *saved =
        saving->keep_vars
            ? Py_NewRef(value)
            : tensor_object_take(saving->face, tensor_alias(tensor_object_tensor(value)), NULL);
    const bool done = saved && PyObject_SetItem(saving->state, key, saved) == 0;
    Py_XDECREF(saved);
    return done;
}

static bool save_dictionary(const struct saving *saving, const struct module_object *module,
                            PyObject *dictionary, PyObject *prefix)
{
    PyObject *name, *value;
    for (Py_ssize_t at = 0; PyDict_Next(dictionary, &at, &name, &value);) {
        if (value == Py_None || module_is_transient(module, dictionary, name)) {
            continue;
        }
        PyObject *key = PyUnicode_Concat(prefix, name);
        const bool done = key && save_one(saving, key, value);
        Py_XDECREF(key);
        if (!done) {
            return false;
        }
    }
    return true;
}

/* _metadata["fc"] = {"version": 1} */
static bool save_version(const struct saving *saving, PyObject *self, PyObject *prefix)
{
    if (!saving->metadata) {
        return true;
    }
    const Py_ssize_t length = PyUnicode_GET_LENGTH(prefix);
    PyObject *path = PyUnicode_Substring(prefix, 0, length > 0 ? length - 1 : 0);
    PyObject *version = path ? PyObject_GetAttrString(self, "_version") : NULL;
    PyObject *entry = version ? Py_BuildValue("{sO}", "version", version) : NULL;
    const bool done = entry && PyObject_SetItem(saving->metadata, path, entry) == 0;
    Py_XDECREF(path);
    Py_XDECREF(version);
    Py_XDECREF(entry);
    return done;
}

static bool save_module(const struct saving *saving, PyObject *self, PyObject *prefix);

static bool save_children(const struct saving *saving, PyObject *children, PyObject *prefix)
{
    PyObject *name, *child;
    for (Py_ssize_t at = 0; PyDict_Next(children, &at, &name, &child);) {
        if (child == Py_None) {
            continue;
        }
        PyObject *longer = PyUnicode_FromFormat("%U%U.", prefix, name);
        const bool done = longer && save_module(saving, child, longer);
        Py_XDECREF(longer);
        if (!done) {
            return false;
        }
    }
    return true;
}

static bool save_module(const struct saving *saving, PyObject *self, PyObject *prefix)
{
    const struct module_object *module = module_object(self);
    if (!module_has_begun(self, "module") || Py_EnterRecursiveCall(" in state_dict") != 0) {
        return false;
    }
    const bool done = save_version(saving, self, prefix) &&
                      save_dictionary(saving, module, module->parameters, prefix) &&
                      save_dictionary(saving, module, module->buffers, prefix) &&
                      save_children(saving, module->children, prefix);
    Py_LeaveRecursiveCall();
    return done;
}

/* A new OrderedDict with _metadata, or what the lesson gave. */
static bool open_state(struct saving *saving, PyObject *destination)
{
    if (destination && destination != Py_None) {
        saving->state = Py_NewRef(destination);
        saving->metadata = PyObject_GetAttrString(destination, "_metadata");
        PyErr_Clear();
        return true;
    }
    saving->state = ordered_dict();
    saving->metadata = saving->state ? ordered_dict() : NULL;
    return saving->metadata &&
           PyObject_SetAttrString(saving->state, "_metadata", saving->metadata) == 0;
}

/* state_dict(destination=None, prefix='', keep_vars=False) */
static PyObject *call_state_dict(struct call *call)
{
    struct saving saving = { .face = call->face };
    if (!argument_bool(call, 3, &saving.keep_vars)) {
        return NULL;
    }
    if (argument_given(call, 2) && !PyUnicode_Check(call->arguments[2])) {
        argument_refuse(call, 2, "str");
        return NULL;
    }
    PyObject *prefix =
        argument_given(call, 2) ? Py_NewRef(call->arguments[2]) : PyUnicode_FromString("");
    if (!prefix || !open_state(&saving, call->arguments[1]) ||
        !save_module(&saving, call->arguments[0], prefix)) {
        Py_CLEAR(saving.state);
    }
    Py_XDECREF(saving.metadata);
    Py_XDECREF(prefix);
    return saving.state;
}

/* ---- copying ----------------------------------------------------------------------------------- */

/* Takes the place of *dictionary: a deep copy of `source`. */
static bool copy_dictionary(PyObject *deepcopy, PyObject *source, PyObject *memo,
                            PyObject **dictionary)
{
    if (!source) {
        return true;
    }
    PyObject *copy = PyObject_CallFunctionObjArgs(deepcopy, source, memo, NULL);
    Py_XSETREF(*dictionary, copy);
    return copy != NULL;
}

/* copy.deepcopy: modules and parameters of its own. */
static PyObject *call_deepcopy(struct call *call)
{
    PyObject *self = call->arguments[0], *memo = call->arguments[1];
    const struct module_object *source = module_object(self);
    PyObject *copy = Py_TYPE(self)->tp_alloc(Py_TYPE(self), 0);
    PyObject *library = copy ? PyImport_ImportModule("copy") : NULL;
    PyObject *deepcopy = library ? PyObject_GetAttrString(library, "deepcopy") : NULL;
    PyObject *key = PyLong_FromVoidPtr(self);
    bool good = deepcopy && key && module_begin(copy) && PyObject_SetItem(memo, key, copy) == 0;
    if (good) {
        struct module_object *target = module_object(copy);
        target->training = source->training;
        good = copy_dictionary(deepcopy, source->dict, memo, &target->dict) &&
               copy_dictionary(deepcopy, source->parameters, memo, &target->parameters) &&
               copy_dictionary(deepcopy, source->buffers, memo, &target->buffers) &&
               copy_dictionary(deepcopy, source->children, memo, &target->children) &&
               copy_dictionary(deepcopy, source->transient, memo, &target->transient);
        for (int i = 0; good && i < HOOK_COUNT; i++) {
            good = copy_dictionary(deepcopy, source->hooks[i], memo, &target->hooks[i]);
        }
    }
    Py_XDECREF(library);
    Py_XDECREF(deepcopy);
    Py_XDECREF(key);
    if (!good) {
        Py_CLEAR(copy);
    }
    return copy;
}

const struct function_row module_state_rows[] = {
    { "__deepcopy__", { "self", "memo" }, .required = 2, .call = call_deepcopy },
    { "state_dict",
      { "self", "destination", "prefix", "keep_vars" },
      .required = 1,
      .call = call_state_dict },
    { .name = NULL },
};
