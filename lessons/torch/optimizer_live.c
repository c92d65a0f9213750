/* The groups and states that the lesson sees are dictionaries of its own. What it writes there holds from
 * the next step on. */
#include "lessons/torch/optimizer_groups.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "lessons/torch/arguments.h"

/* ---- groups ------------------------------------------------------------------------------------ */

/* The lesson may have put anything into the list. */
static bool all_dictionaries(PyObject *groups)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(groups); i++) {
        if (!PyDict_Check(PyList_GET_ITEM(groups, i))) {
            PyErr_Format(PyExc_TypeError, "every parameter group must be a dict, not %s",
                         Py_TYPE(PyList_GET_ITEM(groups, i))->tp_name);
            return false;
        }
    }
    return true;
}

/* Lent: the list that Python sees, made when first asked for. */
PyObject *optimizer_groups(PyObject *self)
{
    struct optimizer_object *object = optimizer_object(self);
    const struct optimizer *optimizer = object->optimizer;
    if (!optimizer) {
        PyErr_SetString(PyExc_RuntimeError, "the optimizer's __init__ has not been called");
        return NULL;
    }
    if (object->groups) {
        return all_dictionaries(object->groups) ? object->groups : NULL;
    }
    PyObject *list = PyList_New(optimizer->group_count);
    for (int i = 0; list && i < optimizer->group_count; i++) {
        PyObject *dictionary = optimizer_group_dictionary(optimizer, i);
        if (!dictionary) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, i, dictionary);
    }
    object->groups = list;
    return list;
}

/* Lent: the list of a group's parameters. */
static PyObject *params_of(PyObject *group)
{
    PyObject *params = PyDict_GetItemString(group, "params");
    if (!params) {
        PyErr_SetString(PyExc_KeyError, "params");
    } else if (!PyList_Check(params)) {
        PyErr_Format(PyExc_TypeError, "the params of a parameter group must be a list, not %s",
                     Py_TYPE(params)->tp_name);
        params = NULL;
    }
    return params;
}

static bool same_params(const struct optimizer_group *group, PyObject *params)
{
    bool same = PyList_GET_SIZE(params) == group->param_count;
    for (int i = 0; same && i < group->param_count; i++) {
        PyObject *item = PyList_GET_ITEM(params, i);
        same = tensor_object_is(face_current(), item) &&
               tensor_object_tensor(item) == group->params[i];
    }
    return same;
}

/* Whether the optimizer's groups are those of the list; *same is set unless an exception is. */
static bool compare_groups(const struct optimizer *optimizer, PyObject *groups, bool *same)
{
    *same = PyList_GET_SIZE(groups) == optimizer->group_count;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(groups); i++) {
        PyObject *params = params_of(PyList_GET_ITEM(groups, i));
        if (!params) {
            return false;
        }
        *same = *same && same_params(&optimizer->groups[i], params);
    }
    return true;
}

static bool read_params(PyObject *params, struct optimizer_group_spec *spec, struct tensor **items)
{
    spec->params = items;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(params); i++) {
        PyObject *item = PyList_GET_ITEM(params, i);
        if (!tensor_object_is(face_current(), item)) {
            PyErr_Format(PyExc_TypeError,
                         "optimizer can only optimize Tensors, but one of the params is %s",
                         Py_TYPE(item)->tp_name);
            return false;
        }
        items[spec->param_count++] = tensor_object_tensor(item);
    }
    return true;
}

static bool regroup(struct optimizer *optimizer, PyObject *groups)
{
    const size_t count = (size_t)PyList_GET_SIZE(groups);
    size_t params = 0;
    for (size_t g = 0; g < count; g++) {
        params += (size_t)PyList_GET_SIZE(params_of(PyList_GET_ITEM(groups, g)));
    }
    struct optimizer_group_spec *specs = memory_allocate(count + 1, sizeof(*specs));
    struct tensor **items = memory_allocate(params + 1, sizeof(*items));
    bool good = true;
    for (size_t g = 0, at = 0; good && g < count; g++) {
        good = read_params(params_of(PyList_GET_ITEM(groups, g)), &specs[g], items + at);
        at += (size_t)specs[g].param_count;
    }
    if (good) {
        optimizer_regroup(optimizer, specs, (int)count);
        optimizer_announce(optimizer);
    }
    free(items);
    free(specs);
    return good;
}

bool optimizer_take_groups(PyObject *self)
{
    const struct optimizer_object *object = optimizer_object(self);
    struct optimizer *optimizer = object->optimizer;
    const int count = optimizer_option_count(optimizer->kind);
    bool same = true;
    if (!object->groups) {
        return true;
    }
    if (!all_dictionaries(object->groups) || !compare_groups(optimizer, object->groups, &same) ||
        (!same && !regroup(optimizer, object->groups))) {
        return false;
    }
    for (int i = 0; i < optimizer->group_count; i++) {
        PyObject *dictionary = PyList_GET_ITEM(object->groups, i);
        for (int k = 0; k < count; k++) {
            struct option *option = &optimizer->groups[i].options[k];
            PyObject *value = PyDict_GetItemString(dictionary, option->name);
            if (value && !optimizer_read_option(option, value)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- states ------------------------------------------------------------------------------------ */

PyObject *optimizer_states(PyObject *self)
{
    struct optimizer_object *object = optimizer_object(self);
    if (object->state) {
        return object->state;
    }
    PyObject *collections = PyImport_ImportModule("collections");
    PyObject *states =
        collections ? PyObject_CallMethod(collections, "defaultdict", "O", (PyObject *)&PyDict_Type)
                    : NULL;
    Py_XDECREF(collections);
    if (states && !optimizer_give_states(object->optimizer, states)) {
        Py_CLEAR(states);
    }
    return object->state = states;
}

static bool take_step(struct optimizer_state *state, PyObject *value)
{
    PyObject *whole = PyNumber_Long(value);
    state->step = whole ? PyLong_AsLongLong(whole) : -1;
    Py_XDECREF(whole);
    return !PyErr_Occurred();
}

static bool take_state(const struct optimizer_kind *kind, struct optimizer_state *state,
                       PyObject *dictionary)
{
    PyObject *step = PyDict_GetItemString(dictionary, "step");
    if (kind->counts_steps && step && !take_step(state, step)) {
        return false;
    }
    for (int i = 0; i < OPTIMIZER_MAX_STATE && kind->state_names[i]; i++) {
        PyObject *value = PyDict_GetItemString(dictionary, kind->state_names[i]);
        if (value && value != Py_None && !tensor_object_is(face_current(), value)) {
            PyErr_Format(PyExc_TypeError, "an optimizer's state '%s' must be a Tensor, not %s",
                         kind->state_names[i], Py_TYPE(value)->tp_name);
            return false;
        }
        struct tensor *old = state->tensors[i];
        state->tensors[i] =
            value && value != Py_None ? tensor_ref(tensor_object_tensor(value)) : NULL;
        tensor_unref(old);
    }
    state->started = true;
    return true;
}

/* The state of one parameter as the lesson has it; without any it begins anew. */
static bool take_state_of(const struct optimizer *optimizer, struct tensor *param,
                          struct optimizer_state *state, PyObject *states)
{
    PyObject *object = states ? tensor_object_of(face_current(), param) : NULL;
    PyObject *dictionary = object ? PyDict_GetItemWithError(states, object) : NULL;
    Py_XDECREF(object);
    if (PyErr_Occurred()) {
        return false;
    }
    if (dictionary && !PyDict_Check(dictionary)) {
        PyErr_SetString(PyExc_TypeError, "an optimizer's state of a parameter must be a dict");
        return false;
    }
    if (dictionary && PyDict_GET_SIZE(dictionary) > 0) {
        return take_state(optimizer->kind, state, dictionary);
    }
    if (states) {
        optimizer_state_clear(state);
    }
    return true;
}

/* What a kind makes when it gets a parameter cannot be missing later. */
static bool check_begun(const struct optimizer_kind *kind, const struct tensor *param,
                        const struct optimizer_state *state)
{
    if (kind->begin && param->grad && !state->tensors[0]) {
        PyErr_SetString(PyExc_KeyError, kind->state_names[0]);
        return false;
    }
    return true;
}

bool optimizer_take(PyObject *self)
{
    const struct optimizer_object *object = optimizer_object(self);
    if (!optimizer_take_groups(self)) {
        return false;
    }
    const struct optimizer *optimizer = object->optimizer;
    for (int g = 0; g < optimizer->group_count; g++) {
        const struct optimizer_group *group = &optimizer->groups[g];
        for (int i = 0; i < group->param_count; i++) {
            if (!take_state_of(optimizer, group->params[i], &group->state[i], object->state) ||
                !check_begun(optimizer->kind, group->params[i], &group->state[i])) {
                return false;
            }
        }
    }
    return true;
}

bool optimizer_give(PyObject *self)
{
    const struct optimizer_object *object = optimizer_object(self);
    return !object->state || optimizer_give_states(object->optimizer, object->state);
}
