/* state_dict, load_state_dict and deep copies. */
#include "lessons/torch/module.h"

#include "engine/base/text.h"
#include "engine/observer.h"
#include "engine/tensor/compute.h"
#include "lessons/torch/arguments.h"

/* Every (path, tensor): parameters and buffers, module by module. */
static PyObject *state_pairs(struct face *face, PyObject *self, PyObject *prefix)
{
    const struct module_walk modules_walk = { .part = PART_MODULES,
                                              .prefix = prefix,
                                              .recurse = true };
    PyObject *all = PyList_New(0);
    PyObject *modules = all ? module_walk_list(face, self, &modules_walk) : NULL;
    for (Py_ssize_t i = 0; modules && i < PyList_GET_SIZE(modules); i++) {
        PyObject *pair = PyList_GET_ITEM(modules, i);
        for (int part = PART_PARAMETERS; modules && part <= PART_BUFFERS; part++) {
            const struct module_walk walk = { .part = (enum module_part)part,
                                              .prefix = PyTuple_GET_ITEM(pair, 0) };
            PyObject *own = module_walk_list(face, PyTuple_GET_ITEM(pair, 1), &walk);
            const Py_ssize_t end = PyList_GET_SIZE(all);
            if (!own || PyList_SetSlice(all, end, end, own) != 0) {
                Py_CLEAR(modules);
            }
            Py_XDECREF(own);
        }
    }
    if (!modules) {
        Py_CLEAR(all);
    }
    Py_XDECREF(modules);
    return all;
}

static PyObject *ordered_dict(void)
{
    PyObject *collections = PyImport_ImportModule("collections");
    PyObject *dictionary =
        collections ? PyObject_CallMethod(collections, "OrderedDict", NULL) : NULL;
    Py_XDECREF(collections);
    return dictionary;
}

/* state_dict(prefix=''): plain tensors on the same memory. */
static PyObject *call_state_dict(struct call *call)
{
    PyObject *self = call->arguments[0];
    PyObject *prefix = argument_given(call, 1) ? call->arguments[1] : NULL;
    PyObject *state = ordered_dict();
    PyObject *pairs = state ? state_pairs(call->face, self, prefix) : NULL;
    for (Py_ssize_t i = 0; pairs && i < PyList_GET_SIZE(pairs); i++) {
        PyObject *pair = PyList_GET_ITEM(pairs, i);
        struct tensor *tensor = tensor_object_tensor(PyTuple_GET_ITEM(pair, 1));
        PyObject *plain = tensor_object_take(call->face, tensor_alias(tensor), NULL);
        if (!plain || PyObject_SetItem(state, PyTuple_GET_ITEM(pair, 0), plain) != 0) {
            Py_CLEAR(pairs);
        }
        Py_XDECREF(plain);
    }
    if (!pairs) {
        Py_CLEAR(state);
    }
    Py_XDECREF(pairs);
    return state;
}

/* ---- loading ----------------------------------------------------------------------------------- */

static bool load_one(const struct call *call, struct tensor *into, struct tensor *from)
{
    const struct engine *engine = call->face->engine;
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

static void append_key(struct text *text, const char *key)
{
    text_format(text, "%s\"%s\"", text->length > 0 ? ", " : "", key);
}

/* What does not fit: keys of ours that the state lacks, tensors of another shape. */
struct mismatch {
    struct text missing, unexpected, sizes;
};

static bool compare_one(const struct call *call, PyObject *pair, PyObject *state,
                        struct mismatch *mismatch)
{
    PyObject *given = PyObject_GetItem(state, PyTuple_GET_ITEM(pair, 0));
    const char *key = PyUnicode_AsUTF8(PyTuple_GET_ITEM(pair, 0));
    if (!given) {
        if (!PyErr_ExceptionMatches(PyExc_KeyError)) {
            return false;
        }
        PyErr_Clear();
        append_key(&mismatch->missing, key);
        return true;
    }
    const bool is_tensor = tensor_object_is(call->face, given);
    const struct tensor *own = tensor_object_tensor(PyTuple_GET_ITEM(pair, 1));
    if (is_tensor && !shape_equal(&own->shape, &tensor_object_tensor(given)->shape)) {
        text_format(&mismatch->sizes,
                    "\n\tsize mismatch for %s: copying a param with shape torch.Size(", key);
        shape_append(&mismatch->sizes, &tensor_object_tensor(given)->shape);
        text_append_string(&mismatch->sizes,
                           ") from checkpoint, the shape in current model is torch.Size(");
        shape_append(&mismatch->sizes, &own->shape);
        text_append_string(&mismatch->sizes, ").");
    }
    if (!is_tensor) {
        PyErr_Format(PyExc_TypeError, "load_state_dict(): '%s' must be a Tensor, not %s", key,
                     Py_TYPE(given)->tp_name);
    }
    Py_DECREF(given);
    return is_tensor;
}

/* Keys of the state that we lack; false with an exception. */
static bool find_unexpected(PyObject *pairs, PyObject *state, struct mismatch *mismatch)
{
    PyObject *own = PyDict_New();
    PyObject *keys = own ? PySequence_List(state) : NULL;
    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(pairs); i++) {
        if (PyDict_SetItem(own, PyTuple_GET_ITEM(PyList_GET_ITEM(pairs, i), 0), Py_None) != 0) {
            Py_CLEAR(keys);
        }
    }
    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        if (PyUnicode_Check(key) && PyDict_Contains(own, key) == 0) {
            append_key(&mismatch->unexpected, PyUnicode_AsUTF8(key));
        }
    }
    Py_XDECREF(own);
    Py_XDECREF(keys);
    return keys != NULL;
}

static bool compare(const struct call *call, PyObject *pairs, PyObject *state,
                    struct mismatch *mismatch)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); i++) {
        if (!compare_one(call, PyList_GET_ITEM(pairs, i), state, mismatch)) {
            return false;
        }
    }
    return find_unexpected(pairs, state, mismatch);
}

/* False with PyTorch's list of everything that does not fit. */
static bool refuse_mismatch(const struct call *call, const struct mismatch *mismatch)
{
    struct text text = { 0 };
    text_format(&text,
                "Error(s) in loading state_dict for %s:", Py_TYPE(call->arguments[0])->tp_name);
    const size_t nothing = text.length;
    if (mismatch->unexpected.length > 0) {
        text_format(&text, "\n\tUnexpected key(s) in state_dict: %s. ",
                    text_string(&mismatch->unexpected));
    }
    if (mismatch->missing.length > 0) {
        text_format(&text, "\n\tMissing key(s) in state_dict: %s. ",
                    text_string(&mismatch->missing));
    }
    text_append_string(&text, text_string(&mismatch->sizes));
    const bool fits = text.length == nothing;
    if (!fits) {
        PyErr_SetString(PyExc_RuntimeError, text_string(&text));
    }
    text_finish(&text);
    return fits;
}

static bool load_all(const struct call *call, PyObject *pairs, PyObject *state)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); i++) {
        PyObject *pair = PyList_GET_ITEM(pairs, i);
        PyObject *given = PyObject_GetItem(state, PyTuple_GET_ITEM(pair, 0));
        const bool loaded = given && load_one(call, tensor_object_tensor(PyTuple_GET_ITEM(pair, 1)),
                                              tensor_object_tensor(given));
        Py_XDECREF(given);
        if (!loaded) {
            return false;
        }
    }
    return true;
}

/* load_state_dict(state_dict, strict=True) */
static PyObject *call_load_state_dict(struct call *call)
{
    PyObject *self = call->arguments[0], *state = call->arguments[1];
    bool strict = true;
    struct mismatch mismatch = { 0 };
    if (!argument_bool(call, 2, &strict)) {
        return NULL;
    }
    if (!strict) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "load_state_dict(strict=False) is not supported by Gradlight");
    }
    PyObject *pairs = state_pairs(call->face, self, NULL);
    const bool loaded = pairs && compare(call, pairs, state, &mismatch) &&
                        refuse_mismatch(call, &mismatch) && load_all(call, pairs, state);
    Py_XDECREF(pairs);
    text_finish(&mismatch.missing);
    text_finish(&mismatch.unexpected);
    text_finish(&mismatch.sizes);
    return loaded ? PyUnicode_FromString("<All keys matched successfully>") : NULL;
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
               copy_dictionary(deepcopy, source->children, memo, &target->children);
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
    { "state_dict", { "self", "prefix" }, .required = 1, .call = call_state_dict },
    { "load_state_dict",
      { "self", "state_dict", "strict" },
      .required = 2,
      .call = call_load_state_dict },
    { .name = NULL },
};
