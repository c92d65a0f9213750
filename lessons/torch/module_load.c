/* load_state_dict: what is given for every parameter and buffer, and all that does not fit. */
#include "lessons/torch/module.h"

#include "engine/base/text.h"
#include "engine/observer.h"
#include "engine/tensor/compute.h"
#include "lessons/torch/arguments.h"

/* What is given, and everything that does not fit: lists of str. */
struct loading {
    const struct face *face;
    PyObject *state, *keys;
    PyObject *missing, *unexpected, *errors;
    bool assign;
};

static bool append_error(const struct loading *loading, struct text *text)
{
    PyObject *line = PyUnicode_FromString(text_string(text));
    const bool done = line && PyList_Append(loading->errors, line) == 0;
    Py_XDECREF(line);
    text_finish(text);
    return done;
}

static bool append_size_mismatch(const struct loading *loading, const char *key,
                                 const struct tensor *given, const struct tensor *own)
{
    struct text text = { 0 };
    text_format(&text, "size mismatch for %s: copying a param with shape torch.Size(", key);
    shape_append(&text, &given->shape);
    text_append_string(&text, ") from checkpoint, the shape in current model is torch.Size(");
    shape_append(&text, &own->shape);
    text_append_string(&text, ").");
    return append_error(loading, &text);
}

static bool append_no_tensor(const struct loading *loading, const char *key, PyObject *given)
{
    struct text text = { 0 };
    PyObject *type = PyObject_Repr((PyObject *)Py_TYPE(given));
    const char *type_text = type ? PyUnicode_AsUTF8(type) : NULL;
    if (type_text) {
        text_format(
            &text,
            "While copying the parameter named \"%s\", expected torch.Tensor or Tensor-like "
            "object from checkpoint but received %s",
            key, type_text);
    }
    const bool done = type_text && append_error(loading, &text);
    Py_XDECREF(type);
    return done;
}

static bool copy_elements(struct face *face, struct tensor *into, struct tensor *from)
{
    const struct engine *engine = face->engine;
    struct error err;
    if (!compute_copy(into, from, &err)) {
        torch_raise(&err);
        return false;
    }
    tensor_bump_version(into);
    if (OBSERVED(engine, updated)) {
        const struct observed_update update = { .tensor = into,
                                                .by = "load_state_dict",
                                                .elements = true };
        engine->observer->calls->updated(engine->observer->context, &update);
    }
    return true;
}

/* assign=True: the given tensor itself takes the place, as a Parameter where there was one. */
static bool assign_given(PyObject *self, PyObject *dictionary, PyObject *name, PyObject *given)
{
    struct face *face = face_current();
    PyObject *value = Py_NewRef(given);
    const bool is_parameter = PyObject_TypeCheck(given, face->types.parameter);
    if (dictionary == module_object(self)->parameters && !is_parameter) {
        PyObject *own = PyDict_GetItemWithError(dictionary, name);
        PyObject *requires = own ? PyObject_GetAttrString(own, "requires_grad") : NULL;
        Py_SETREF(value, requires ? PyObject_CallFunctionObjArgs((PyObject *)face->types.parameter,
                                                                 given, requires, NULL)
                                  : NULL);
        Py_XDECREF(requires);
    }
    const bool done = value && module_register(self, dictionary, name, value);
    Py_XDECREF(value);
    return done;
}

struct place {
    PyObject *self, *dictionary, *name, *value;
};

/* One parameter or buffer and what is given for it. */
static bool load_given(const struct loading *loading, const struct place *place, const char *key,
                       PyObject *given)
{
    if (!tensor_object_is(loading->face, given)) {
        return append_no_tensor(loading, key, given);
    }
    struct tensor *own = tensor_object_tensor(place->value), *from = tensor_object_tensor(given);
    /* Files from before PyTorch had tensors without dimensions hold one element instead. */
    const bool old_scalar =
        own->shape.dims == 0 && from->shape.dims == 1 && from->shape.size[0] == 1;
    if (!old_scalar && !shape_equal(&own->shape, &from->shape)) {
        return append_size_mismatch(loading, key, from, own);
    }
    return loading->assign ? assign_given(place->self, place->dictionary, place->name, given)
                           : copy_elements(face_current(), own, from);
}

static bool load_place(const struct loading *loading, const struct place *place, PyObject *key)
{
    PyObject *given = PyObject_GetItem(loading->state, key);
    if (!given) {
        if (!PyErr_ExceptionMatches(PyExc_KeyError)) {
            return false;
        }
        PyErr_Clear();
        return PyList_Append(loading->missing, key) == 0;
    }
    const char *text = PyUnicode_AsUTF8(key);
    const bool done = text && load_given(loading, place, text, given);
    Py_DECREF(given);
    return done;
}

static bool load_dictionary(const struct loading *loading, PyObject *self, PyObject *dictionary,
                            PyObject *prefix)
{
    PyObject *items = PyDict_Items(dictionary); /* a copy: assigning changes the dictionary */
    bool done = items != NULL;
    for (Py_ssize_t i = 0; done && i < PyList_GET_SIZE(items); i++) {
        PyObject *name = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 0);
        PyObject *value = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 1);
        const struct place place = { self, dictionary, name, value };
        if (value == Py_None || module_is_transient(module_object(self), dictionary, name)) {
            continue;
        }
        PyObject *key = PyUnicode_Concat(prefix, name);
        done = key && load_place(loading, &place, key);
        Py_XDECREF(key);
    }
    Py_XDECREF(items);
    return done;
}

static bool is_own(const struct module_object *module, PyObject *name, bool deeper)
{
    if (deeper) {
        return PyDict_Contains(module->children, name) == 1;
    }
    PyObject *const places[] = { module->parameters, module->buffers };
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        PyObject *value = PyDict_GetItemWithError(places[i], name);
        if (value && value != Py_None && !module_is_transient(module, places[i], name)) {
            return true;
        }
    }
    return false;
}

/* Keys below the prefix whose first word names nothing in this module. */
static bool find_unexpected(const struct loading *loading, PyObject *self, PyObject *prefix)
{
    const Py_ssize_t start = PyUnicode_GET_LENGTH(prefix);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(loading->keys); i++) {
        PyObject *key = PyList_GET_ITEM(loading->keys, i);
        if (!PyUnicode_Check(key) || PyUnicode_Tailmatch(key, prefix, 0, PY_SSIZE_T_MAX, -1) != 1) {
            continue;
        }
        const Py_ssize_t length = PyUnicode_GET_LENGTH(key);
        const Py_ssize_t dot = PyUnicode_FindChar(key, '.', start, length, 1);
        PyObject *name = PyUnicode_Substring(key, start, dot >= 0 ? dot : length);
        const bool listed = name && (is_own(module_object(self), name, dot >= 0) ||
                                     PyList_Append(loading->unexpected, key) == 0);
        Py_XDECREF(name);
        if (!listed) {
            return false;
        }
    }
    return true;
}

static bool load_module(const struct loading *loading, PyObject *self, PyObject *prefix);

static bool load_children(const struct loading *loading, PyObject *self, PyObject *prefix)
{
    PyObject *items = PyDict_Items(module_object(self)->children);
    bool done = items != NULL;
    for (Py_ssize_t i = 0; done && i < PyList_GET_SIZE(items); i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);
        if (PyTuple_GET_ITEM(pair, 1) == Py_None) {
            continue;
        }
        PyObject *longer = PyUnicode_FromFormat("%U%U.", prefix, PyTuple_GET_ITEM(pair, 0));
        done = longer && load_module(loading, PyTuple_GET_ITEM(pair, 1), longer);
        Py_XDECREF(longer);
    }
    Py_XDECREF(items);
    return done;
}

static bool load_module(const struct loading *loading, PyObject *self, PyObject *prefix)
{
    const struct module_object *module = module_object(self);
    if (!module_has_begun(self, "module") || Py_EnterRecursiveCall(" in load_state_dict") != 0) {
        return false;
    }
    const bool done = load_dictionary(loading, self, module->parameters, prefix) &&
                      load_dictionary(loading, self, module->buffers, prefix) &&
                      find_unexpected(loading, self, prefix) &&
                      load_children(loading, self, prefix);
    Py_LeaveRecursiveCall();
    return done;
}

/* "\n\tMissing key(s) in state_dict: "a", "b". " */
static bool append_keys(struct text *text, const char *what, PyObject *keys)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(keys); i++) {
        const char *key = PyUnicode_AsUTF8(PyList_GET_ITEM(keys, i));
        if (!key) {
            return false;
        }
        if (i == 0) {
            text_format(text, "\n\t%s key(s) in state_dict: ", what);
        }
        text_format(text, "%s\"%s\"", i > 0 ? ", " : "", key);
    }
    text_append_string(text, PyList_GET_SIZE(keys) > 0 ? ". " : "");
    return true;
}

/* False with PyTorch's list of everything that does not fit. */
static bool refuse_mismatch(const struct loading *loading, PyObject *self, bool strict)
{
    struct text text = { 0 };
    text_format(&text, "Error(s) in loading state_dict for %s:", Py_TYPE(self)->tp_name);
    const size_t nothing = text.length;
    bool good = !strict || (append_keys(&text, "Missing", loading->missing) &&
                            append_keys(&text, "Unexpected", loading->unexpected));
    for (Py_ssize_t i = 0; good && i < PyList_GET_SIZE(loading->errors); i++) {
        text_format(&text, "\n\t%s", PyUnicode_AsUTF8(PyList_GET_ITEM(loading->errors, i)));
    }
    if (good && text.length > nothing) {
        PyErr_SetString(PyExc_RuntimeError, text_string(&text));
        good = false;
    }
    text_finish(&text);
    return good;
}

/* "<All keys matched successfully>", or which did not. */
static PyObject *loaded_keys(const struct loading *loading)
{
    PyObject *module = PyImport_ImportModule("torch.nn.modules.module");
    PyObject *type = module ? PyObject_GetAttrString(module, "_IncompatibleKeys") : NULL;
    PyObject *keys =
        type ? PyObject_CallFunctionObjArgs(type, loading->missing, loading->unexpected, NULL)
             : NULL;
    Py_XDECREF(module);
    Py_XDECREF(type);
    return keys;
}

static PyObject *load(const struct call *call, struct loading *loading, bool strict)
{
    PyObject *self = call->arguments[0];
    PyObject *prefix = PyUnicode_FromString("");
    loading->keys = PySequence_List(loading->state);
    loading->missing = PyList_New(0);
    loading->unexpected = PyList_New(0);
    loading->errors = PyList_New(0);
    const bool ready =
        prefix && loading->keys && loading->missing && loading->unexpected && loading->errors;
    PyObject *result = NULL;
    if (ready && load_module(loading, self, prefix) && refuse_mismatch(loading, self, strict)) {
        result = loaded_keys(loading);
    }
    Py_XDECREF(prefix);
    Py_XDECREF(loading->keys);
    Py_XDECREF(loading->missing);
    Py_XDECREF(loading->unexpected);
    Py_XDECREF(loading->errors);
    return result;
}

/* load_state_dict(state_dict, strict=True, assign=False). What fits is loaded even when something
 * else does not, as PyTorch does it. */
static PyObject *call_load_state_dict(struct call *call)
{
    struct loading loading = { .face = call->face, .state = call->arguments[1] };
    bool strict = true;
    if (!argument_bool(call, 2, &strict) || !argument_bool(call, 3, &loading.assign)) {
        return NULL;
    }
    if (!PyObject_HasAttrString(loading.state, "keys")) {
        return PyErr_Format(PyExc_TypeError, "Expected state_dict to be dict-like, got %R.",
                            (PyObject *)Py_TYPE(loading.state));
    }
    return load(call, &loading, strict);
}

const struct function_row module_load_rows[] = {
    { "load_state_dict",
      { "self", "state_dict", "strict", "assign" },
      .required = 2,
      .call = call_load_state_dict },
    { .name = NULL },
};
