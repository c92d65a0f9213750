#pragma once
/* nn.Module: a Python object with parameters, buffers and children, each a dictionary in the order
 * of registration. Assigning to an attribute registers, looking one up finds. */

#include "lessons/torch/function.h"

struct module_object {
    PyObject_HEAD PyObject *dict; /* plain attributes */
    PyObject *weak_references;

    /* Owned; NULL until Module.__init__ has run. Values are None where a bias=False took the place. */
    PyObject *parameters, *buffers, *children;
    PyObject *transient; /* set of the names of buffers that state_dict leaves out; NULL: none */
    PyObject *hooks[4];  /* of enum module_hook: OrderedDict of number and hook; NULL: none yet */
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

/* Whether a name of `dictionary` is a buffer that state_dict leaves out. */
bool module_is_transient(const struct module_object *module, PyObject *dictionary, PyObject *name);

/* The rows of Module's methods: module_methods.c, module_list.c, module_register.c, module_state.c,
 * module_load.c, module_move.c, module_hooks.c, module_pickle.c. */
extern const struct function_row module_rows[];
extern const struct function_row module_list_rows[];
extern const struct function_row module_register_rows[];
extern const struct function_row module_state_rows[];
extern const struct function_row module_load_rows[];
extern const struct function_row module_move_rows[];
extern const struct function_row module_hook_rows[];
extern const struct function_row module_pickle_rows[];
extern const struct function_row module_set_state_row;

/* repr: module_text.c */
PyObject *module_slot_text(PyObject *self);

/* Every (path, object) below `self`, itself first where that applies, each object once unless
 * duplicates are kept: a list of tuples. module_walk.c */
enum module_part { PART_PARAMETERS, PART_BUFFERS, PART_MODULES, PART_CHILDREN };
struct module_walk {
    enum module_part part;
    PyObject *prefix; /* str or NULL */
    bool recurse, keep_duplicates;
};
PyObject *module_walk_list(struct face *face, PyObject *self, const struct module_walk *walk);
/* The objects alone. */
PyObject *module_objects(struct face *face, PyObject *self, const struct module_walk *walk);

/* Calls of the lesson before and after forward, in order of registration: module_hooks.c. */
enum module_hook { HOOK_BEFORE, HOOK_AFTER, HOOK_BACKWARD_BEFORE, HOOK_BACKWARD, HOOK_COUNT };
bool module_has_hooks(const struct module_object *module);
/* Calls forward with the hooks around it. */
PyObject *module_call_hooked(PyObject *self, PyObject *args, PyObject *keywords);
