#include <string.h>

#include "lessons/runner/plain_values.h"
#include "lessons/runner/recorder_state.h"
#include "lessons/torch/torch.h"

enum {
    ITEMS_MAX = 64,
    DEPTH_MAX = 8,
    STRING_BYTES = 120,
    SEARCH_MAX = 2000, /* items looked at for a tensor among them */
};

/* A tensor or module; false for anything else. */
static bool thing_argument(struct recorder *recorder, PyObject *value, struct argument *out)
{
    struct tensor *tensor = torch_tensor_of(value);
    if (tensor) {
        out->kind = ARGUMENT_TENSOR;
        out->id = tell_tensor(recorder, tensor, KNOWN_DATA);
        return true;
    }
    if (torch_is_module(value)) {
        uint64_t module = torch_module_describe(value);
        out->kind = ARGUMENT_MODULE;
        out->id = module > 0 ? id_map_find(&recorder->modules, module) : 0;
        return out->id > 0;
    }
    return false;
}

/* The values of a list, tuple or dict as a new list; NULL if it is none, or of a class that could
 * answer with code of the lesson. */
static PyObject *items_of(PyObject *value)
{
    PyObject *items = NULL;
    if (PyList_CheckExact(value) || PyTuple_CheckExact(value)) {
        items = PySequence_GetSlice(value, 0, SEARCH_MAX);
    } else if (PyDict_CheckExact(value)) {
        items = PyDict_Values(value);
    }
    PyErr_Clear();
    return items;
}

static bool holds_things(PyObject *items, int depth)
{
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items) && i < SEARCH_MAX; i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(items, i);
        if (torch_tensor_of(item) || torch_is_module(item)) {
            return true;
        }
        PyObject *inner = depth < DEPTH_MAX ? items_of(item) : NULL;
        bool found = inner && holds_things(inner, depth + 1);
        Py_XDECREF(inner);
        if (found) {
            return true;
        }
    }
    return false;
}

static struct argument item_argument(struct recorder *recorder, PyObject *value,
                                     struct arena *arena, int depth);

static struct argument list_of(struct recorder *recorder, PyObject *items, struct arena *arena,
                               int depth)
{
    size_t count = (size_t)PySequence_Fast_GET_SIZE(items);
    count = count < ITEMS_MAX ? count : ITEMS_MAX;
    struct argument *arguments = arena_allocate(arena, count + 1, sizeof(*arguments));
    for (size_t i = 0; i < count; i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(items, (Py_ssize_t)i);
        arguments[i] = item_argument(recorder, item, arena, depth + 1);
    }
    return (struct argument){ .kind = ARGUMENT_LIST, .items = arguments, .item_count = count };
}

static struct argument string_of(PyObject *value, struct arena *arena)
{
    struct record_bind bind = { 0 };
    plain_value_describe(&bind, value, arena);
    const struct trace_string text =
        bind.text.length > 0 ? bind.text : (struct trace_string){ bind.type, strlen(bind.type) };
    return (struct argument){ .kind = ARGUMENT_STRING, .string = text };
}

/* A string stands for itself, anything without a form of its own for its repr or its type. */
static struct argument item_argument(struct recorder *recorder, PyObject *value,
                                     struct arena *arena, int depth)
{
    struct argument argument = { .kind = ARGUMENT_NONE };
    if (value == Py_None || thing_argument(recorder, value, &argument)) {
        return argument;
    }
    if (PyBool_Check(value) || PyFloat_CheckExact(value)) {
        argument.kind = PyBool_Check(value) ? ARGUMENT_BOOL : ARGUMENT_NUMBER;
        argument.number = PyBool_Check(value) ? value == Py_True : PyFloat_AS_DOUBLE(value);
        return argument;
    }
    if (PyLong_CheckExact(value)) {
        double number = PyLong_AsDouble(value);
        if (!PyErr_Occurred()) {
            argument.kind = ARGUMENT_NUMBER;
            argument.number = number;
            return argument;
        }
        PyErr_Clear();
    }
    PyObject *items = depth < DEPTH_MAX ? items_of(value) : NULL;
    if (items) {
        argument = list_of(recorder, items, arena, depth);
        Py_DECREF(items);
        return argument;
    }
    return string_of(value, arena);
}

static bool describe_items(struct recorder *recorder, struct record_bind *bind, PyObject *value,
                           struct arena *arena)
{
    PyObject *items = items_of(value);
    bool holds = items && holds_things(items, 1);
    if (holds) {
        struct argument list = list_of(recorder, items, arena, 0);
        const char *type = plain_type_name(value);
        bind->type = arena_copy_text(arena, type, strlen(type));
        bind->items = list.items;
        bind->item_count = list.item_count;
    }
    Py_XDECREF(items);
    return holds;
}

uint64_t tensor_id_of(PyObject *value)
{
    const struct tensor *tensor = torch_tensor_of(value);
    return tensor ? tensor->id : 0;
}

/* What most names of a loop mean that mean no tensor. */
static bool is_scalar(PyObject *value)
{
    return PyLong_CheckExact(value) || PyFloat_CheckExact(value) || PyUnicode_CheckExact(value);
}

bool describe_value(void *context, struct record_bind *bind, PyObject *value, struct arena *arena)
{
    struct recorder *recorder = context;
    struct argument thing = { .kind = ARGUMENT_NONE };
    if (is_scalar(value)) {
        plain_value_describe(bind, value, arena);
        return true;
    }
    if (thing_argument(recorder, value, &thing)) {
        bind->tensor = thing.kind == ARGUMENT_TENSOR ? thing.id : 0;
        bind->module = thing.kind == ARGUMENT_MODULE ? thing.id : 0;
        return true;
    }
    const struct optimizer *optimizer = torch_optimizer_of(value);
    bind->optimizer = optimizer ? id_map_find(&recorder->optimizers, optimizer->id) : 0;
    if (bind->optimizer > 0) {
        return true;
    }
    if (plain_value_is_hidden(value)) {
        return false;
    }
    if (!describe_items(recorder, bind, value, arena)) {
        plain_value_describe(bind, value, arena);
    }
    return true;
}
