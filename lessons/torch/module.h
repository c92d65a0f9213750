#pragma once
/* nn.Module: a Python object with parameters, buffers and children, each a dictionary in the order
 * of registration. Assigning to an attribute registers, looking one up finds. */

#include "lessons/torch/function.h"

struct module_object {
    PyObject_HEAD PyObject *dict; /* plain attributes */
    PyObject *weak_references;

    /* Owned; NULL until Module.__init__ has run. Values are None where a bias=False took the place. */
    PyObject *parameters, *buffers, *children;
    bool training;

    uint64_t id;         /* from the engine */
    bool changed;        /* since the observer was last told of this module */
    uint64_t checked_at; /* face->module_changes when this module and its children were last told */
};

static inline bool module_object_is(const struct face *face, PyObject *object)
{
    return PyObject_TypeCheck(object, face->types.module);
}

static inline struct module_object *module_object(PyObject *object)
{
    return (struct module_object *)object;
}

/* A module that has begun, or any: for function_object_create. */
bool module_accepts(const struct face *face, PyObject *self);
bool module_accepts_any(const struct face *face, PyObject *self);

/* Module.__init__: makes the dictionaries. Harmless when repeated. */
bool module_begin(PyObject *self);
/* False with "cannot assign <what> before Module.__init__() call". */
bool module_has_begun(PyObject *self, const char *what);
/* Registers a parameter, buffer or child (one of the three dictionaries); value may be None. */
bool module_register(PyObject *self, PyObject *dictionary, PyObject *name, PyObject *value);

/* The rows of Module's methods: module_methods.c, module_state.c. */
extern const struct function_row module_rows[];
extern const struct function_row module_state_rows[];

/* repr: module_text.c */
PyObject *module_slot_text(PyObject *self);

/* Every (path, object) below `self`, itself first where that applies, each object once: a list of
 * tuples. module_walk.c */
enum module_part { PART_PARAMETERS, PART_BUFFERS, PART_MODULES, PART_CHILDREN };
struct module_walk {
    enum module_part part;
    PyObject *prefix; /* str or NULL */
    bool recurse;
};
PyObject *module_walk_list(struct face *face, PyObject *self, const struct module_walk *walk);
