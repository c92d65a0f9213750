/* Walking over a module and what it is made of: named_parameters, named_modules and their kin. */
#include "lessons/torch/module.h"

struct walk_state {
    struct face *face;
    const struct module_walk *walk;
    PyObject *seen, *modules; /* sets: the objects listed so far, the modules visited */
    PyObject *list;
};

/* "prefix.name", or the name alone; NULL with an exception. */
static PyObject *joined(PyObject *prefix, PyObject *name)
{
    return PyUnicode_GET_LENGTH(prefix) > 0 ? PyUnicode_FromFormat("%U.%U", prefix, name)
                                            : Py_NewRef(name);
}

/* 1 if the object is not in the set yet, or duplicates are kept; else 0; -1 with an exception. */
static int first_time(const struct walk_state *state, PyObject *set, PyObject *object)
{
    if (state->walk->keep_duplicates) {
        return 1;
    }
    PyObject *identity = PyLong_FromVoidPtr(object);
    int fresh = identity ? PySet_Contains(set, identity) : -1;
    if (fresh >= 0) {
        fresh = fresh == 1 ? 0 : PySet_Add(set, identity) == 0 ? 1 : -1;
    }
    Py_XDECREF(identity);
    return fresh;
}

/* Adds (path, object) unless it is None or was listed before. The path is taken. */
static bool add(struct walk_state *state, PyObject *path, PyObject *object)
{
    bool added = path != NULL;
    if (added && object != Py_None) {
        const int fresh = first_time(state, state->seen, object);
        added = fresh >= 0;
        if (fresh == 1) {
            PyObject *pair = PyTuple_Pack(2, path, object);
            added = pair && PyList_Append(state->list, pair) == 0;
            Py_XDECREF(pair);
        }
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
    const int fresh = module->parameters ? first_time(state, state->modules, self) : 0;
    if (fresh <= 0 || Py_EnterRecursiveCall(" while walking over modules") != 0) {
        return fresh == 0;
    }
    bool good = true;
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
        break;
    }
    good = good && (!state->walk->recurse || visit_children(state, self, prefix));
    Py_LeaveRecursiveCall();
    return good;
}

PyObject *module_walk_list(struct face *face, PyObject *self, const struct module_walk *walk)
{
    struct walk_state state = { face, walk, PySet_New(NULL), PySet_New(NULL), PyList_New(0) };
    PyObject *prefix = walk->prefix ? Py_NewRef(walk->prefix) : PyUnicode_FromString("");
    if (!state.seen || !state.modules || !state.list || !prefix || !visit(&state, self, prefix)) {
        Py_CLEAR(state.list);
    }
    Py_XDECREF(state.seen);
    Py_XDECREF(state.modules);
    Py_XDECREF(prefix);
    return state.list;
}

PyObject *module_objects(struct face *face, PyObject *self, const struct module_walk *walk)
{
    PyObject *pairs = module_walk_list(face, self, walk);
    for (Py_ssize_t i = 0; pairs && i < PyList_GET_SIZE(pairs); i++) {
        PyObject *object = PyTuple_GET_ITEM(PyList_GET_ITEM(pairs, i), 1);
        if (PyList_SetItem(pairs, i, Py_NewRef(object)) != 0) {
            Py_CLEAR(pairs);
        }
    }
    return pairs;
}
