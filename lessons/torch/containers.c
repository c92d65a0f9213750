/* nn.Sequential and nn.ModuleList: modules in a row, called "0", "1", ... */
#include <string.h>

#include "lessons/torch/arguments.h"
#include "lessons/torch/layers.h"

static PyObject *children_of(PyObject *self)
{
    return module_object(self)->children;
}

/* ---- filling ----------------------------------------------------------------------------------- */

/* Registers `module` under `name`, which may be NULL: the next number. */
static bool add(const struct call *call, PyObject *name, PyObject *module)
{
    PyObject *self = call->arguments[0];
    if (!module_object_is(call->face, module)) {
        PyErr_Format(PyExc_TypeError, "%s is not a Module subclass", Py_TYPE(module)->tp_name);
        return false;
    }
    PyObject *key =
        name ? Py_NewRef(name) : PyUnicode_FromFormat("%zd", PyDict_GET_SIZE(children_of(self)));
    const bool added = key && module_register(self, children_of(self), key, module);
    Py_XDECREF(key);
    return added;
}

static bool add_sequence(const struct call *call, PyObject *modules)
{
    PyObject *list = PySequence_List(modules);
    bool added = list != NULL;
    for (Py_ssize_t i = 0; added && i < PyList_GET_SIZE(list); i++) {
        added = add(call, NULL, PyList_GET_ITEM(list, i));
    }
    Py_XDECREF(list);
    return added;
}

static bool add_named(const struct call *call, PyObject *modules)
{
    PyObject *name, *module;
    for (Py_ssize_t at = 0; PyDict_Next(modules, &at, &name, &module);) {
        if (!add(call, name, module)) {
            return false;
        }
    }
    return true;
}

/* Sequential(a, b, c) or Sequential(OrderedDict(...)) */
static PyObject *sequential_begin(struct call *call)
{
    bool added = module_begin(call->arguments[0]);
    if (added && call->collected_count > 0) {
        for (Py_ssize_t i = 0; added && i < call->collected_count; i++) {
            added = add(call, NULL, call->collected[i]);
        }
    } else if (added && call->arguments[1]) {
        added = PyDict_Check(call->arguments[1]) ? add_named(call, call->arguments[1])
                                                 : add(call, NULL, call->arguments[1]);
    }
    return added ? Py_NewRef(Py_None) : NULL;
}

static PyObject *module_list_begin(struct call *call)
{
    const bool added = module_begin(call->arguments[0]) &&
                       (!argument_given(call, 1) || add_sequence(call, call->arguments[1]));
    return added ? Py_NewRef(Py_None) : NULL;
}

static PyObject *call_append(struct call *call)
{
    return add(call, NULL, call->arguments[1]) ? Py_NewRef(call->arguments[0]) : NULL;
}

static PyObject *call_extend(struct call *call)
{
    PyObject *modules = call->arguments[1];
    if (!Py_TYPE(modules)->tp_iter && !PySequence_Check(modules)) {
        return PyErr_Format(PyExc_TypeError,
                            "ModuleList.extend should be called with an iterable, but got %s",
                            Py_TYPE(modules)->tp_name);
    }
    return add_sequence(call, call->arguments[1]) ? Py_NewRef(call->arguments[0]) : NULL;
}

/* ---- using ------------------------------------------------------------------------------------- */

static PyObject *sequential_forward(struct call *call)
{
    PyObject *modules = PyDict_Values(children_of(call->arguments[0]));
    PyObject *value = modules ? Py_NewRef(call->arguments[1]) : NULL;
    for (Py_ssize_t i = 0; value && i < PyList_GET_SIZE(modules); i++) {
        PyObject *next = PyObject_CallOneArg(PyList_GET_ITEM(modules, i), value);
        Py_DECREF(value);
        value = next;
    }
    Py_XDECREF(modules);
    return value;
}

static PyObject *call_length(struct call *call)
{
    return PyLong_FromSsize_t(PyDict_GET_SIZE(children_of(call->arguments[0])));
}

static PyObject *call_iterate(struct call *call)
{
    PyObject *modules = PyDict_Values(children_of(call->arguments[0]));
    PyObject *iterator = modules ? PyObject_GetIter(modules) : NULL;
    Py_XDECREF(modules);
    return iterator;
}

/* ---- places ------------------------------------------------------------------------------------ */

/* The name at a place counted from either end: a new reference; NULL with an IndexError. */
static PyObject *name_at(const struct call *call, PyObject *index)
{
    PyObject *names = PyDict_Keys(children_of(call->arguments[0]));
    PyObject *name = NULL;
    struct number number;
    if (names && number_of(index, &number) && number.kind != NUMBER_REAL) {
        const Py_ssize_t count = PyList_GET_SIZE(names);
        if (number.integer < -count || number.integer >= count) {
            PyErr_Format(PyExc_IndexError, "index %lld is out of range", (long long)number.integer);
        } else {
            name = Py_NewRef(PyList_GET_ITEM(names, (Py_ssize_t)number.integer +
                                                        (number.integer < 0 ? count : 0)));
        }
    } else if (names) {
        argument_refuse(call, 1, "int");
    }
    Py_XDECREF(names);
    return name;
}

/* Makes `modules` (a list, taken) the children, called "0", "1", ... */
static bool renumber(const struct call *call, PyObject *modules)
{
    PyObject *self = call->arguments[0];
    bool done = modules != NULL;
    if (done) {
        PyDict_Clear(children_of(self));
        done = add_sequence(call, modules);
        module_object(self)->changed = true;
        call->face->module_changes++;
    }
    Py_XDECREF(modules);
    return done;
}

/* A Sequential, or a class derived from it; else a ModuleList. */
static bool is_sequential(PyObject *self)
{
    for (const PyTypeObject *type = Py_TYPE(self); type; type = type->tp_base) {
        if (strcmp(type->tp_name, "ModuleList") == 0) {
            return false;
        }
    }
    return true;
}

/* A part is a container of the same class; of a Sequential the names stay. */
static PyObject *part(const struct call *call, PyObject *slice)
{
    PyObject *self = call->arguments[0];
    PyObject *items = PyDict_Items(children_of(self));
    PyObject *chosen = items ? PyObject_GetItem(items, slice) : NULL;
    PyObject *named = chosen ? PyDict_New() : NULL;
    PyObject *made = NULL;
    for (Py_ssize_t i = 0; named && i < PyList_GET_SIZE(chosen); i++) {
        PyObject *pair = PyList_GET_ITEM(chosen, i);
        if (PyDict_SetItem(named, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1)) != 0) {
            Py_CLEAR(named);
        }
    }
    if (named && is_sequential(self)) {
        made = PyObject_CallOneArg((PyObject *)Py_TYPE(self), named);
    } else if (named) {
        PyObject *modules = PyDict_Values(named);
        made = modules ? PyObject_CallOneArg((PyObject *)Py_TYPE(self), modules) : NULL;
        Py_XDECREF(modules);
    }
    Py_XDECREF(items);
    Py_XDECREF(chosen);
    Py_XDECREF(named);
    return made;
}

static PyObject *call_at(struct call *call)
{
    PyObject *self = call->arguments[0], *index = call->arguments[1];
    if (PySlice_Check(index)) {
        return part(call, index);
    }
    PyObject *name = name_at(call, index);
    PyObject *found = name ? PyDict_GetItemWithError(children_of(self), name) : NULL;
    Py_XDECREF(name);
    return Py_XNewRef(found);
}

/* self[index] = module: under the name that stands there. */
static PyObject *call_set(struct call *call)
{
    PyObject *name = name_at(call, call->arguments[1]);
    const bool set = name && add(call, name, call->arguments[2]);
    Py_XDECREF(name);
    return set ? Py_NewRef(Py_None) : NULL;
}

/* del self[index], del self[1:3]: those behind are numbered anew. */
static PyObject *call_delete(struct call *call)
{
    PyObject *modules = PyDict_Values(children_of(call->arguments[0]));
    PyObject *index = call->arguments[1];
    PyObject *name = modules && !PySlice_Check(index) ? name_at(call, index) : NULL;
    const bool there = modules && (name || PySlice_Check(index));
    Py_XDECREF(name);
    if (!there || PyObject_DelItem(modules, index) != 0) {
        Py_XDECREF(modules);
        return NULL;
    }
    return renumber(call, modules) ? Py_NewRef(Py_None) : NULL;
}

/* insert(index, module) */
static PyObject *call_insert(struct call *call)
{
    PyObject *self = call->arguments[0];
    PyObject *modules = PyDict_Values(children_of(self));
    int64_t index = 0;
    if (!modules || !argument_integer(call, 1, &index)) {
        Py_XDECREF(modules);
        return NULL;
    }
    const int64_t count = PyList_GET_SIZE(modules);
    if (!module_object_is(call->face, call->arguments[2])) {
        PyErr_Format(PyExc_AssertionError, "module should be of type: %R",
                     (PyObject *)call->face->types.module);
    } else if (is_sequential(self) && (index < -count || index > count)) {
        PyErr_Format(PyExc_IndexError, "Index out of range: %lld", (long long)index);
    }
    if (PyErr_Occurred() || PyList_Insert(modules, (Py_ssize_t)index, call->arguments[2]) != 0) {
        Py_DECREF(modules);
        return NULL;
    }
    const bool sequential = is_sequential(self);
    return !renumber(call, modules) ? NULL : Py_NewRef(sequential ? self : Py_None);
}

static PyObject *call_pop(struct call *call)
{
    PyObject *found = call_at(call);
    PyObject *gone = found ? call_delete(call) : NULL;
    Py_XDECREF(gone);
    if (!gone) {
        Py_CLEAR(found);
    }
    return found;
}

/* self + other: a new container of both. */
static PyObject *call_join(struct call *call)
{
    PyObject *self = call->arguments[0];
    PyObject *modules = PyDict_Values(children_of(self));
    PyObject *more = modules ? PySequence_List(call->arguments[1]) : NULL;
    PyObject *made = NULL;
    if (more && PyList_SetSlice(modules, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, more) == 0) {
        if (is_sequential(self)) {
            PyObject *args = PyList_AsTuple(modules);
            made = args ? PyObject_CallObject((PyObject *)Py_TYPE(self), args) : NULL;
            Py_XDECREF(args);
        } else {
            made = PyObject_CallOneArg((PyObject *)Py_TYPE(self), modules);
        }
    }
    Py_XDECREF(modules);
    Py_XDECREF(more);
    return made;
}

static const struct function_row sequential_rows[] = {
    { "__len__", { "self" }, .required = 1, .call = call_length },
    { "__iter__", { "self" }, .required = 1, .call = call_iterate },
    { "__getitem__", { "self", "index" }, .required = 2, .call = call_at },
    { "__setitem__", { "self", "index", "module" }, .required = 3, .call = call_set },
    { "__delitem__", { "self", "index" }, .required = 2, .call = call_delete },
    { "__add__", { "self", "other" }, .required = 2, .call = call_join },
    { "__iadd__", { "self", "modules" }, .required = 2, .call = call_extend },
    { "insert", { "self", "index", "module" }, .required = 3, .call = call_insert },
    { "pop", { "self", "key" }, .required = 2, .call = call_pop },
    { "append", { "self", "module" }, .required = 2, .call = call_append },
    { "extend", { "self", "modules" }, .required = 2, .call = call_extend },
    { .name = NULL },
};

const struct layer container_layers[] = {
    { "Sequential",
      "torch.nn.modules.container",
      { "Sequential.__init__",
        { "self", "modules" },
        .required = 1,
        .collects = 2,
        .call = sequential_begin },
      FORWARD("Sequential", sequential_forward),
      NO_TEXT,
      sequential_rows },
    { "ModuleList",
      "torch.nn.modules.container",
      { "ModuleList.__init__", { "self", "modules" }, .required = 1, .call = module_list_begin },
      NO_FORWARD,
      NO_TEXT,
      sequential_rows },
    { .name = NULL },
};
