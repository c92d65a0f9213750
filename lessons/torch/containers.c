/* nn.Sequential and nn.ModuleList: modules in a row, called "0", "1", ... */
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

/* A part is a container of the same class. */
static PyObject *part(PyObject *self, PyObject *modules, PyObject *slice)
{
    PyObject *chosen = PyObject_GetItem(modules, slice);
    PyObject *tuple = chosen ? PyList_AsTuple(chosen) : NULL;
    PyObject *made = NULL;
    if (tuple && PyObject_HasAttrString((PyObject *)Py_TYPE(self), "forward")) {
        made = PyObject_CallObject((PyObject *)Py_TYPE(self), tuple);
    }
    Py_XDECREF(tuple);
    Py_XDECREF(chosen);
    return made;
}

static PyObject *call_at(struct call *call)
{
    PyObject *self = call->arguments[0], *index = call->arguments[1];
    PyObject *modules = PyDict_Values(children_of(self));
    PyObject *found = NULL;
    struct number number;
    if (modules && PySlice_Check(index)) {
        found = part(self, modules, index);
    } else if (modules && number_of(index, &number) && number.kind == NUMBER_INTEGER) {
        const Py_ssize_t count = PyList_GET_SIZE(modules);
        if (number.integer < -count || number.integer >= count) {
            PyErr_Format(PyExc_IndexError, "index %lld is out of range", (long long)number.integer);
        } else {
            found = Py_NewRef(PyList_GET_ITEM(modules, (Py_ssize_t)number.integer +
                                                           (number.integer < 0 ? count : 0)));
        }
    } else if (modules) {
        argument_refuse(call, 1, "int");
    }
    Py_XDECREF(modules);
    return found;
}

static const struct function_row sequential_rows[] = {
    { "__len__", { "self" }, .required = 1, .call = call_length },
    { "__iter__", { "self" }, .required = 1, .call = call_iterate },
    { "__getitem__", { "self", "index" }, .required = 2, .call = call_at },
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
