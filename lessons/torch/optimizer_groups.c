/* What Python says of an optimizer's groups, read: options and lists of parameters. */
#include "lessons/torch/optimizer_groups.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "lessons/torch/arguments.h"

/* ---- options ----------------------------------------------------------------------------------- */

int optimizer_option_count(const struct optimizer_kind *kind)
{
    int count = 0;
    while (count < OPTIMIZER_MAX_OPTIONS && kind->options[count].name) {
        count++;
    }
    return count;
}

PyObject *optimizer_option_object(const struct option *option)
{
    switch (option->kind) {
    case OPTION_NONE:
        Py_RETURN_NONE;
    case OPTION_NUMBER:
    case OPTION_BOOL:
        return number_object(option->first);
    case OPTION_PAIR:
        return Py_BuildValue("(NN)", number_object(option->first), number_object(option->second));
    }
    return NULL;
}

static bool refuse_option(const struct option *option, PyObject *value, const char *wanted)
{
    PyErr_Format(PyExc_TypeError, "%s must be %s, not %s", option->name, wanted,
                 Py_TYPE(value)->tp_name);
    return false;
}

static bool read_number(const struct option *option, PyObject *value, struct number *out)
{
    struct operand operand;
    struct error err;
    if (!operand_of(face_current(), value, &operand)) {
        return refuse_option(option, value, "a number");
    }
    if (operand.kind == OPERAND_TENSOR) {
        return tensor_item(operand.tensor, out, &err) || torch_raise(&err);
    }
    *out = operand.number;
    return true;
}

/* The value that Python gives for an option; its name stays. */
bool optimizer_read_option(struct option *option, PyObject *value)
{
    if (value == Py_None && option->kind != OPTION_PAIR) {
        option->kind = option->technical ? OPTION_NONE : option->kind;
        return option->technical || refuse_option(option, value, "a number");
    }
    if (option->kind == OPTION_PAIR) {
        PyObject *pair = PySequence_Tuple(value);
        const bool read = pair && PyTuple_GET_SIZE(pair) == 2 &&
                          read_number(option, PyTuple_GET_ITEM(pair, 0), &option->first) &&
                          read_number(option, PyTuple_GET_ITEM(pair, 1), &option->second);
        Py_XDECREF(pair);
        return read || PyErr_Occurred() ? read : refuse_option(option, value, "two numbers");
    }
    if (option->kind == OPTION_NUMBER) {
        return read_number(option, value, &option->first);
    }
    const int truth = PyObject_IsTrue(value);
    option->kind = OPTION_BOOL;
    option->first = number_bool(truth == 1);
    return truth >= 0;
}

/* Lent: the option of that name in a list of `count`; NULL if there is none. */
struct option *optimizer_find_option(struct option *options, int count, PyObject *name)
{
    for (int i = 0; i < count; i++) {
        if (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, options[i].name) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

/* ---- parameters -------------------------------------------------------------------------------- */

/* The tensors of one group; entries are lent by `list`. */
struct parameters {
    PyObject *list; /* owned */
    struct tensor **items;
    int count;
};

static void parameters_finish(struct parameters *parameters)
{
    Py_XDECREF(parameters->list);
    free(parameters->items);
}

static bool read_parameters(PyObject *given, struct parameters *out)
{
    const struct face *face = face_current();
    if (tensor_object_is(face, given)) {
        PyErr_Format(PyExc_TypeError,
                     "params argument given to the optimizer should be an iterable of Tensors or "
                     "dicts, but got torch.%sTensor",
                     dtype_type_name(tensor_object_tensor(given)->dtype));
        return false;
    }
    out->list = PySequence_List(given);
    if (!out->list) {
        return false;
    }
    const Py_ssize_t count = PyList_GET_SIZE(out->list);
    out->items = memory_allocate((size_t)count + 1, sizeof(*out->items));
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PyList_GET_ITEM(out->list, i);
        if (!tensor_object_is(face, item)) {
            PyErr_Format(PyExc_TypeError,
                         "optimizer can only optimize Tensors, but one of the params is %s",
                         Py_TYPE(item)->tp_name);
            return false;
        }
        out->items[out->count++] = tensor_object_tensor(item);
    }
    return true;
}

static bool add_group(struct optimizer *optimizer, PyObject *given, const struct option *options)
{
    struct parameters parameters = { 0 };
    struct error err;
    bool added = read_parameters(given, &parameters);
    if (added) {
        const struct optimizer_group_spec spec = {
            .params = parameters.items,
            .param_count = parameters.count,
            .options = options,
            .option_count = optimizer_option_count(optimizer->kind),
        };
        added = optimizer_add_group(optimizer, &spec, &err) || torch_raise(&err);
    }
    parameters_finish(&parameters);
    return added;
}

/* A group as a dictionary: its params, and options that differ from the defaults. */
static bool add_group_dictionary(struct optimizer *optimizer, PyObject *group,
                                 const struct option *defaults)
{
    struct option options[OPTIMIZER_MAX_OPTIONS];
    const int count = optimizer_option_count(optimizer->kind);
    memcpy(options, defaults, sizeof(options));
    PyObject *name, *value, *params = PyDict_GetItemString(group, "params");
    if (!params) {
        PyErr_SetString(PyExc_KeyError, "params");
        return false;
    }
    for (Py_ssize_t at = 0; PyDict_Next(group, &at, &name, &value);) {
        struct option *option = optimizer_find_option(options, count, name);
        if (option && !optimizer_read_option(option, value)) {
            return false;
        }
    }
    PyObject *list =
        tensor_object_is(face_current(), params) ? PyTuple_Pack(1, params) : Py_NewRef(params);
    const bool added = list && add_group(optimizer, list, options);
    Py_XDECREF(list);
    return added;
}

static bool is_named(PyObject *item)
{
    return PyTuple_Check(item) && PyTuple_GET_SIZE(item) == 2 &&
           PyUnicode_Check(PyTuple_GET_ITEM(item, 0));
}

/* Sets "params" and, behind what the group has, "param_names". */
static bool split_pairs(PyObject *group, PyObject *pairs)
{
    PyObject *params = PyList_New(0), *names = PyList_New(0);
    bool split = params && names;
    for (Py_ssize_t i = 0; split && i < PyList_GET_SIZE(pairs); i++) {
        PyObject *pair = PyList_GET_ITEM(pairs, i);
        if (!is_named(pair)) {
            PyErr_SetString(PyExc_ValueError, "all optimizer params should be with/without names. "
                                              "Some param names are missing");
            split = false;
        }
        split = split && PyList_Append(names, PyTuple_GET_ITEM(pair, 0)) == 0 &&
                PyList_Append(params, PyTuple_GET_ITEM(pair, 1)) == 0;
    }
    split = split && PyDict_SetItemString(group, "params", params) == 0 &&
            PyDict_SetItemString(group, "param_names", names) == 0;
    Py_XDECREF(params);
    Py_XDECREF(names);
    return split;
}

/* The group, or a copy with its pairs split. */
static PyObject *split_group(PyObject *group)
{
    PyObject *params = PyDict_Check(group) ? PyDict_GetItemString(group, "params") : NULL;
    if (!params || tensor_object_is(face_current(), params)) {
        return Py_NewRef(group);
    }
    PyObject *list = PySequence_List(params), *copy = list ? PyDict_Copy(group) : NULL;
    bool good = copy && PyDict_SetItemString(copy, "params", list) == 0;
    if (good && PyList_GET_SIZE(list) > 0 && is_named(PyList_GET_ITEM(list, 0))) {
        good = split_pairs(copy, list);
    }
    Py_XDECREF(list);
    if (!good) {
        Py_CLEAR(copy);
    }
    return copy;
}

PyObject *optimizer_split_names(PyObject *list)
{
    PyObject *first =
        PyList_Check(list) && PyList_GET_SIZE(list) > 0 ? PyList_GET_ITEM(list, 0) : Py_None;
    if (is_named(first)) {
        PyObject *group = PyDict_New();
        PyObject *groups = group && split_pairs(group, list) ? PyList_New(0) : NULL;
        if (groups && PyList_Append(groups, group) != 0) {
            Py_CLEAR(groups);
        }
        Py_XDECREF(group);
        return groups;
    }
    if (!PyDict_Check(first)) {
        return Py_NewRef(list);
    }
    PyObject *groups = PyList_New(PyList_GET_SIZE(list));
    for (Py_ssize_t i = 0; groups && i < PyList_GET_SIZE(list); i++) {
        PyObject *group = split_group(PyList_GET_ITEM(list, i));
        if (!group) {
            Py_CLEAR(groups);
        } else {
            PyList_SET_ITEM(groups, i, group);
        }
    }
    return groups;
}

PyObject *optimizer_order_group(PyObject *dictionary, PyObject *given)
{
    PyObject *ordered = PyDict_New(), *name, *value;
    bool good = ordered != NULL;
    for (Py_ssize_t at = 0; good && PyDict_Next(given, &at, &name, &value);) {
        PyObject *own = PyDict_GetItemWithError(dictionary, name);
        good = !PyErr_Occurred() && PyDict_SetItem(ordered, name, own ? own : value) == 0;
    }
    if (!good || PyDict_Merge(ordered, dictionary, 0) != 0) {
        Py_CLEAR(ordered);
    }
    return ordered;
}

/* model.parameters(), a list of tensors, or a list of dictionaries. */
bool optimizer_add_groups(struct optimizer *optimizer, PyObject *given,
                          const struct option *defaults)
{
    if (tensor_object_is(face_current(), given)) {
        return add_group(optimizer, given, defaults); /* refuses */
    }
    PyObject *list = PySequence_List(given);
    bool added = list != NULL;
    if (added && PyList_GET_SIZE(list) > 0 && PyDict_Check(PyList_GET_ITEM(list, 0))) {
        for (Py_ssize_t i = 0; added && i < PyList_GET_SIZE(list); i++) {
            PyObject *group = PyList_GET_ITEM(list, i);
            added = PyDict_Check(group) && add_group_dictionary(optimizer, group, defaults);
        }
    } else if (added) {
        added = add_group(optimizer, list, defaults);
    }
    Py_XDECREF(list);
    if (!added && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_TypeError, "every parameter group must be a dict");
    }
    return added;
}
