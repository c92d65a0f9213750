/* Walking over a module and what it is made of: named_parameters, named_modules and their kin. */
#include "lessons/torch/module.h"

struct walk_state {
    struct face *face;
    const struct module_walk *walk;
    PyObject *seen; /* set of the objects listed so far, and of the modules visited */
    PyObject *list;
};

/* "prefix.name", or the name alone; NULL with an exception. */
static PyObject *joined(PyObject *prefix, PyObject *name)
{
    return PyUnicode_GET_LENGTH(prefix) > 0 ? PyUnicode_FromFormat("%U.%U", prefix, name)
                                            : Py_NewRef(name);
}

/* Adds (path, object) unless it is None or was listed before. The path is taken. */
static bool add(struct walk_state *state, PyObject *path, PyObject *object)
{
    bool added = path != NULL;
    if (added && object != Py_None) {
        PyObject *identity = PyLong_FromVoidPtr(object);
        const int seen = identity ? PySet_Contains(state->seen, identity) : -1;
        added = seen >= 0;
        if (seen == 0) {
            PyObject *pair = PyTuple_Pack(2, path, object);
            added = pair && PySet_Add(state->seen, identity) == 0 &&
                    PyList_Append(state->list, pair) == 0;
            Py_XDECREF(pair);
        }
        Py_XDECREF(identity);
    }
    Py_XDECREF(path);
    return added;
}

static bool add_all(struct walk_state *state, PyObject *dictionary, PyObject *prefix)
{
    PyObject *name, *value;
    for (Py_ssize_t at = 0; PyDict_Next(dictionary, &at, &name, &value);) {
        if (!add(state, joined(prefix, name), value)) {
            return false;
        }
    }
    return true;
}

static bool visit(struct walk_state *state, PyObject *self, PyObject *prefix);

static bool visit_children(struct walk_state *state, PyObject *self, PyObject *prefix)
{
    PyObject *name, *child;
    for (Py_ssize_t at = 0; PyDict_Next(module_object(self)->children, &at, &name, &child);) {
        PyObject *path = child != Py_None ? joined(prefix, name) : NULL;
        if (child == Py_None) {
            continue;
        }
        const bool visited = path && visit(state, child, path);
        Py_XDECREF(path);
        if (!visited) {
            return false;
        }
    }
    return true;
}

static bool visit(struct walk_state *state, PyObject *self, PyObject *prefix)
{
    const struct module_object *module = module_object(self);
    if (!module->parameters || Py_EnterRecursiveCall(" while walking over modules") != 0) {
        return !PyErr_Occurred();
    }
    const Py_ssize_t before = PyList_GET_SIZE(state->list);
    bool good = true, enter = state->walk->recurse;
    switch (state->walk->part) {
    case PART_PARAMETERS:
        good = add_all(state, module->parameters, prefix);
        break;
    case PART_BUFFERS:
        good = add_all(state, module->buffers, prefix);
        break;
    case PART_CHILDREN:
        good = add_all(state, module->children, prefix);
        break;
    case PART_MODULES:
        good = add(state, Py_NewRef(prefix), self);
        enter = enter && PyList_GET_SIZE(state->list) > before; /* not one that was visited */
        break;
    }
    good = good && (!enter || visit_children(state, self, prefix));
    Py_LeaveRecursiveCall();
    return good;
}

PyObject *module_walk_list(struct face *face, PyObject *self, const struct module_walk *walk)
{
    struct walk_state state = { face, walk, PySet_New(NULL), PyList_New(0) };
    PyObject *prefix = walk->prefix ? Py_NewRef(walk->prefix) : PyUnicode_FromString("");
    if (!state.seen || !state.list || !prefix || !visit(&state, self, prefix)) {
        Py_CLEAR(state.list);
    }
    Py_XDECREF(state.seen);
    Py_XDECREF(prefix);
    return state.list;
}
