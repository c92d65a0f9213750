/* An optimizer as Python sees it: param_groups, state, state_dict() and its text. */
#include "lessons/torch/optimizer_groups.h"

#include "engine/base/text.h"
#include "engine/tensor/compute.h"

static bool set_taking(PyObject *dictionary, const char *name, PyObject *value)
{
    const bool done = value && PyDict_SetItemString(dictionary, name, value) == 0;
    Py_XDECREF(value);
    return done;
}

/* The count in the tensor that is there, or in a new one; a plain number stays one. */
static bool give_step(struct face *face, PyObject *dictionary, int64_t step)
{
    struct error err;
    PyObject *old = PyDict_GetItemString(dictionary, "step");
    if (old && tensor_object_is(face, old)) {
        struct tensor *tensor = tensor_object_tensor(old);
        if (!compute_fill(tensor, number_integer(step), &err)) {
            torch_raise(&err);
            return false;
        }
        tensor_bump_version(tensor);
        return true;
    }
    if (old) {
        return set_taking(dictionary, "step", PyLong_FromLongLong(step));
    }
    struct tensor *tensor =
        tensor_from_number(face->engine, number_integer(step), DTYPE_FLOAT32, &err);
    return set_taking(dictionary, "step", tensor_object_take(face, tensor, &err));
}

/* {"step": tensor(3.), "exp_avg": ..., ...} of one parameter. */
static bool give_state(struct face *face, const struct optimizer_kind *kind,
                       const struct optimizer_state *state, PyObject *dictionary)
{
    bool given = !kind->counts_steps || give_step(face, dictionary, state->step);
    for (int i = 0; given && i < OPTIMIZER_MAX_STATE && kind->state_names[i]; i++) {
        PyObject *old = PyDict_GetItemString(dictionary, kind->state_names[i]);
        const bool same =
            old && tensor_object_is(face, old) && tensor_object_tensor(old) == state->tensors[i];
        if (state->tensors[i] && !same) {
            given = set_taking(dictionary, kind->state_names[i],
                               tensor_object_of(face, state->tensors[i]));
        }
    }
    return given;
}

/* A new reference: the dictionary of the parameter, made where there is none. */
static PyObject *dictionary_of(struct face *face, PyObject *states, struct tensor *param)
{
    PyObject *object = tensor_object_of(face, param);
    PyObject *dictionary = object ? PyDict_GetItemWithError(states, object) : NULL;
    Py_XINCREF(dictionary);
    if (object && !dictionary && !PyErr_Occurred()) {
        dictionary = PyDict_New();
        if (dictionary && PyDict_SetItem(states, object, dictionary) != 0) {
            Py_CLEAR(dictionary);
        }
    }
    Py_XDECREF(object);
    return dictionary;
}

bool optimizer_give_states(const struct optimizer *optimizer, PyObject *states)
{
    struct face *face = face_current();
    const struct optimizer_kind *kind = optimizer->kind;
    for (int i = 0; i < optimizer->group_count; i++) {
        const struct optimizer_group *group = &optimizer->groups[i];
        for (int k = 0; k < group->param_count; k++) {
            const bool nothing = !kind->counts_steps && !group->state[k].tensors[0];
            if (!group->state[k].started || nothing) {
                continue;
            }
            PyObject *dictionary = dictionary_of(face, states, group->params[k]);
            const bool given = dictionary && give_state(face, kind, &group->state[k], dictionary);
            Py_XDECREF(dictionary);
            if (!given) {
                return false;
            }
        }
    }
    return true;
}

/* The number of a parameter in the order of the groups: a new reference; of another key itself. */
static PyObject *number_of_key(const struct optimizer *optimizer, PyObject *key)
{
    const struct tensor *tensor =
        tensor_object_is(face_current(), key) ? tensor_object_tensor(key) : NULL;
    long number = 0;
    for (int i = 0; tensor && i < optimizer->group_count; i++) {
        for (int k = 0; k < optimizer->groups[i].param_count; k++, number++) {
            if (optimizer->groups[i].params[k] == tensor) {
                return PyLong_FromLong(number);
            }
        }
    }
    return Py_NewRef(key);
}

/* The same dictionaries, under the numbers of their parameters. */
static PyObject *numbered_states(const struct optimizer *optimizer, PyObject *states)
{
    PyObject *dictionary = PyDict_New(), *key, *value;
    for (Py_ssize_t at = 0; dictionary && PyDict_Next(states, &at, &key, &value);) {
        PyObject *number = number_of_key(optimizer, key);
        if (!number || PyDict_SetItem(dictionary, number, value) != 0) {
            Py_CLEAR(dictionary);
        }
        Py_XDECREF(number);
    }
    return dictionary;
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

PyObject *optimizer_state_dictionary(PyObject *self)
{
    PyObject *groups = optimizer_groups(self), *states = groups ? optimizer_states(self) : NULL;
    PyObject *state = states ? numbered_states(optimizer_object(self)->optimizer, states) : NULL;
    PyObject *list = state ? numbered_groups(groups) : NULL;
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
