/* An optimizer's state as Python sees it: optimizer.state, state_dict(). */
#include "lessons/torch/optimizer_groups.h"

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
