/* An optimizer as Python sees it: param_groups, state, state_dict() and its text. */
#include "lessons/torch/optimizer_groups.h"

#include "engine/base/text.h"

static bool set_taking(PyObject *dictionary, const char *name, PyObject *value)
{
    const bool done = value && PyDict_SetItemString(dictionary, name, value) == 0;
    Py_XDECREF(value);
    return done;
}

/* {"step": tensor(3.), "exp_avg": ..., ...} of one parameter. */
static PyObject *state_object(struct face *face, const struct optimizer_kind *kind,
                              const struct optimizer_state *state)
{
    struct error err;
    PyObject *dictionary = PyDict_New();
    bool filled = dictionary != NULL;
    if (filled && kind->counts_steps) {
        struct tensor *step =
            tensor_from_number(face->engine, number_integer(state->step), DTYPE_FLOAT32, &err);
        filled = set_taking(dictionary, "step", tensor_object_take(face, step, &err));
    }
    for (int i = 0; filled && i < OPTIMIZER_MAX_STATE && kind->state_names[i]; i++) {
        if (state->tensors[i]) {
            filled = set_taking(dictionary, kind->state_names[i],
                                tensor_object_of(face, state->tensors[i]));
        }
    }
    if (!filled) {
        Py_CLEAR(dictionary);
    }
    return dictionary;
}

/* Adds every started parameter's state to `dictionary`, under its object or its number. */
static bool add_states(const struct optimizer *optimizer, PyObject *dictionary, bool numbered)
{
    struct face *face = face_current();
    long number = 0;
    for (int i = 0; i < optimizer->group_count; i++) {
        const struct optimizer_group *group = &optimizer->groups[i];
        for (int k = 0; k < group->param_count; k++, number++) {
            const bool nothing = !optimizer->kind->counts_steps && !group->state[k].tensors[0];
            if (!group->state[k].started || nothing) {
                continue;
            }
            PyObject *key =
                numbered ? PyLong_FromLong(number) : tensor_object_of(face, group->params[k]);
            PyObject *state = key ? state_object(face, optimizer->kind, &group->state[k]) : NULL;
            const bool added = state && PyObject_SetItem(dictionary, key, state) == 0;
            Py_XDECREF(key);
            Py_XDECREF(state);
            if (!added) {
                return false;
            }
        }
    }
    return true;
}

PyObject *optimizer_state_of(const struct optimizer *optimizer)
{
    PyObject *collections = PyImport_ImportModule("collections");
    PyObject *state =
        collections ? PyObject_CallMethod(collections, "defaultdict", "O", (PyObject *)&PyDict_Type)
                    : NULL;
    Py_XDECREF(collections);
    if (state && !add_states(optimizer, state, false)) {
        Py_CLEAR(state);
    }
    return state;
}

/* A copy of the groups, params replaced by their numbers and put last. */
static PyObject *numbered_groups(PyObject *groups)
{
    PyObject *list = PyList_New(0);
    long number = 0;
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(groups); i++) {
        PyObject *group = PyDict_Copy(PyList_GET_ITEM(groups, i));
        PyObject *params = group ? PyDict_GetItemString(group, "params") : NULL;
        const Py_ssize_t count = params ? PySequence_Size(params) : 0;
        PyObject *numbers = PyList_New(count);
        for (Py_ssize_t k = 0; numbers && k < count; k++) {
            PyList_SET_ITEM(numbers, k, PyLong_FromLong(number++));
        }
        const bool added = params && PyDict_DelItemString(group, "params") == 0 &&
                           PyDict_SetItemString(group, "params", numbers) == 0 &&
                           PyList_Append(list, group) == 0;
        Py_XDECREF(numbers);
        Py_XDECREF(group);
        if (!added) {
            Py_CLEAR(list);
        }
    }
    return list;
}

PyObject *optimizer_state_dictionary(const struct optimizer *optimizer, PyObject *groups)
{
    PyObject *state = PyDict_New();
    PyObject *list = state && add_states(optimizer, state, true) ? numbered_groups(groups) : NULL;
    PyObject *all = list ? Py_BuildValue("{sOsO}", "state", state, "param_groups", list) : NULL;
    Py_XDECREF(state);
    Py_XDECREF(list);
    return all;
}

PyObject *optimizer_group_dictionary(const struct optimizer *optimizer, int i)
{
    struct face *face = face_current();
    const struct optimizer_group *group = &optimizer->groups[i];
    PyObject *dictionary = PyDict_New(), *params = PyList_New(group->param_count);
    bool filled = dictionary && params;
    for (int k = 0; filled && k < group->param_count; k++) {
        PyObject *tensor = tensor_object_of(face, group->params[k]);
        filled = tensor != NULL;
        PyList_SET_ITEM(params, k, tensor);
    }
    filled = filled && PyDict_SetItemString(dictionary, "params", params) == 0;
    const int count = optimizer_option_count(optimizer->kind);
    for (int k = 0; filled && k < count; k++) {
        PyObject *value = optimizer_option_object(&group->options[k]);
        filled = value && PyDict_SetItemString(dictionary, group->options[k].name, value) == 0;
        Py_XDECREF(value);
    }
    Py_XDECREF(params);
    if (!filled) {
        Py_CLEAR(dictionary);
    }
    return dictionary;
}

static bool append_group(struct text *text, PyObject *dictionary)
{
    PyObject *names = PyDict_Keys(dictionary);
    bool appended = names && PyList_Sort(names) == 0;
    for (Py_ssize_t i = 0; appended && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        if (PyUnicode_CompareWithASCIIString(name, "params") == 0) {
            continue;
        }
        PyObject *line =
            PyUnicode_FromFormat("    %U: %S\n", name, PyDict_GetItem(dictionary, name));
        appended = line != NULL;
        text_append_string(text, appended ? PyUnicode_AsUTF8(line) : "");
        Py_XDECREF(line);
    }
    Py_XDECREF(names);
    return appended;
}

PyObject *optimizer_groups_text(const char *name, PyObject *groups)
{
    struct text text = { 0 };
    text_format(&text, "%s (", name);
    bool good = true;
    for (Py_ssize_t i = 0; good && i < PyList_GET_SIZE(groups); i++) {
        text_format(&text, "\nParameter Group %zd\n", i);
        good = append_group(&text, PyList_GET_ITEM(groups, i));
    }
    text_append_char(&text, ')');
    PyObject *result = good ? PyUnicode_FromString(text_string(&text)) : NULL;
    text_finish(&text);
    return result;
}
