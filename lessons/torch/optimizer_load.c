/* optimizer.load_state_dict. */
#include "lessons/torch/optimizer_groups.h"

#include <string.h>

#include "engine/observer.h"
#include "lessons/torch/arguments.h"

/* ---- groups -------------------------------------------------------------------------------------- */

static bool refuse(const char *text)
{
    PyErr_SetString(PyExc_ValueError, text);
    return false;
}

/* As many groups, each with as many parameters. */
static bool check_groups(PyObject *own, PyObject *saved)
{
    if (!saved || !PyList_Check(saved)) {
        PyErr_SetString(PyExc_KeyError, "param_groups");
        return false;
    }
    if (PyList_GET_SIZE(own) != PyList_GET_SIZE(saved)) {
        return refuse("loaded state dict has a different number of parameter groups");
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(own); i++) {
        PyObject *group = PyList_GET_ITEM(saved, i);
        PyObject *params = PyDict_Check(group) ? PyDict_GetItemString(group, "params") : NULL;
        PyObject *own_params = PyDict_GetItemString(PyList_GET_ITEM(own, i), "params");
        if (!params || !PyList_Check(params) || !own_params || !PyList_Check(own_params) ||
            PyList_GET_SIZE(params) != PyList_GET_SIZE(own_params)) {
            return refuse(
                "loaded state dict contains a parameter group that doesn't match the size "
                "of optimizer's group");
        }
    }
    return true;
}

/* Everything of a saved group but its numbers: each group's dictionary becomes a new one. */
static bool take_groups(PyObject *own, PyObject *saved)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(own); i++) {
        PyObject *group = PyDict_Copy(PyList_GET_ITEM(saved, i));
        PyObject *params = PyDict_GetItemString(PyList_GET_ITEM(own, i), "params");
        const bool taken = group && PyDict_SetItemString(group, "params", params) == 0 &&
                           PyList_SetItem(own, i, Py_NewRef(group)) == 0;
        Py_XDECREF(group);
        if (!taken) {
            return false;
        }
    }
    return true;
}

/* ---- states -------------------------------------------------------------------------------------- */

/* One tensor of a parameter's state, in the parameter's dtype and beside it. */
static bool take_tensor(struct tensor **place, const struct tensor *param, const char *name,
                        PyObject *value)
{
    const struct face *face = face_current();
    if (!tensor_object_is(face, value) ||
        (tensor_object_tensor(value)->shape.dims > 0 &&
         !shape_equal(&tensor_object_tensor(value)->shape, &param->shape))) {
        PyErr_Format(PyExc_RuntimeError,
                     "loaded state dict: '%s' is not a tensor of its parameter's shape", name);
        return false;
    }
    PyObject *dtype = dtype_object_of(face_current(), param->dtype);
    PyObject *device = device_object_of(face_current(), tensor_backend(param));
    PyObject *fitting =
        dtype && device ? PyObject_CallMethod(value, "to", "OO", device, dtype) : NULL;
    if (fitting) {
        struct tensor *old = *place;
        *place = tensor_ref(tensor_object_tensor(fitting));
        tensor_unref(old);
    }
    Py_XDECREF(device);
    Py_XDECREF(dtype);
    Py_XDECREF(fitting);
    return fitting != NULL;
}

/* The count is a tensor, or a number in older files. */
static bool take_step(struct optimizer_state *state, PyObject *value)
{
    PyObject *whole = PyNumber_Long(value);
    state->step = whole ? PyLong_AsLongLong(whole) : -1;
    Py_XDECREF(whole);
    return !PyErr_Occurred();
}

static bool take_state(const struct optimizer_kind *kind, struct optimizer_state *state,
                       const struct tensor *param, PyObject *saved)
{
    PyObject *step = PyDict_GetItemString(saved, "step");
    if (step && kind->counts_steps && !take_step(state, step)) {
        return false;
    }
    for (int i = 0; i < OPTIMIZER_MAX_STATE && kind->state_names[i]; i++) {
        PyObject *value = PyDict_GetItemString(saved, kind->state_names[i]);
        if (value && value != Py_None &&
            !take_tensor(&state->tensors[i], param, kind->state_names[i], value)) {
            return false;
        }
    }
    state->started = true;
    return true;
}

/* Each parameter's state stands under the number that its group has for it. */
static bool take_states(struct optimizer *optimizer, PyObject *saved_groups, PyObject *saved)
{
    for (int g = 0; g < optimizer->group_count; g++) {
        struct optimizer_group *group = &optimizer->groups[g];
        PyObject *numbers = PyDict_GetItemString(PyList_GET_ITEM(saved_groups, g), "params");
        for (int i = 0; i < group->param_count; i++) {
            PyObject *state = PyDict_GetItemWithError(saved, PyList_GET_ITEM(numbers, i));
            if (PyErr_Occurred() ||
                (state && PyDict_Check(state) &&
                 !take_state(optimizer->kind, &group->state[i], group->params[i], state))) {
                return false;
            }
        }
    }
    return true;
}

/* The states of a class of the lesson's own: as they were saved, under their parameters. */
static bool take_own_states(PyObject *self, PyObject *saved_groups, PyObject *saved)
{
    const struct optimizer *optimizer = optimizer_object(self)->optimizer;
    PyObject *states = optimizer_states(self);
    if (!states) {
        return false;
    }
    PyDict_Clear(states);
    for (int g = 0; g < optimizer->group_count; g++) {
        PyObject *numbers = PyDict_GetItemString(PyList_GET_ITEM(saved_groups, g), "params");
        for (int i = 0; i < optimizer->groups[g].param_count; i++) {
            PyObject *state = PyDict_GetItemWithError(saved, PyList_GET_ITEM(numbers, i));
            PyObject *param = tensor_object_of(face_current(), optimizer->groups[g].params[i]);
            const bool taken =
                param && !PyErr_Occurred() && (!state || PyDict_SetItem(states, param, state) == 0);
            Py_XDECREF(param);
            if (!taken) {
                return false;
            }
        }
    }
    return true;
}

bool optimizer_load(PyObject *self, PyObject *state)
{
    struct optimizer_object *object = optimizer_object(self);
    PyObject *groups = optimizer_groups(self);
    if (!groups) {
        return false;
    }
    if (!PyDict_Check(state)) {
        PyErr_Format(PyExc_TypeError,
                     "load_state_dict(): argument 'state_dict' must be dict, not %s",
                     Py_TYPE(state)->tp_name);
        return false;
    }
    PyObject *saved_groups = PyDict_GetItemString(state, "param_groups");
    PyObject *states = PyDict_GetItemString(state, "state");
    if (!check_groups(groups, saved_groups)) {
        return false;
    }
    if (!states || !PyDict_Check(states)) {
        PyErr_SetString(PyExc_KeyError, "state");
        return false;
    }
    if (object->own_defaults) {
        return take_groups(groups, saved_groups) && take_own_states(self, saved_groups, states);
    }
    const bool loaded = take_groups(groups, saved_groups) &&
                        take_states(object->optimizer, saved_groups, states) &&
                        optimizer_take_groups(self);
    Py_CLEAR(object->state); /* made anew from what was taken */
    return loaded;
}
