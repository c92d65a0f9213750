/* torch.optim: one class for each kind that the engine has. The groups are kept by the engine; Python
 * sees them as dictionaries (param_groups), and what it changes there holds from the next step on. */
#include "lessons/torch/optimizer_groups.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include <structmember.h>

#include "lessons/torch/arguments.h"

/* A row: the class is called as the kind is. */
static const struct optimizer_kind *const kinds[] = {
    &optimizer_sgd,   &optimizer_adam,    &optimizer_adamw,   &optimizer_adamax,   &optimizer_nadam,
    &optimizer_radam, &optimizer_rmsprop, &optimizer_adagrad, &optimizer_adadelta,
};

struct optimizer *torch_optimizer_of(PyObject *object)
{
    return PyObject_TypeCheck(object, face_current()->types.optimizer)
               ? optimizer_object(object)->optimizer
               : NULL;
}

/* Lent; NULL with an exception before __init__. */
static struct optimizer *begun(PyObject *self)
{
    if (!optimizer_object(self)->optimizer) {
        PyErr_SetString(PyExc_RuntimeError, "the optimizer's __init__ has not been called");
    }
    return optimizer_object(self)->optimizer;
}

/* ---- making ------------------------------------------------------------------------------------ */

/* Lent: the kind that a class or one of its bases stands for; else its steps are the lesson's own. */
static const struct optimizer_kind *kind_of(PyTypeObject *type)
{
    for (PyTypeObject *base = type; base; base = base->tp_base) {
        for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
            PyObject *mark = base->tp_dict ? PyDict_GetItemString(base->tp_dict, "_kind") : NULL;
            if (mark && PyCapsule_IsValid(mark, kinds[i]->name)) {
                return kinds[i];
            }
        }
    }
    return &optimizer_custom;
}

/* The option at a place behind params; NULL if the kind has none there. */
static struct option *option_at(const struct optimizer_kind *kind, struct option *options,
                                Py_ssize_t place)
{
    const char *name = kind->positional[0] ? kind->positional[place] : options[place].name;
    for (int i = 0; name && i < optimizer_option_count(kind); i++) {
        if (strcmp(options[i].name, name) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

/* Options by position (behind params) and by name, on top of the kind's defaults. */
static bool read_options(const struct optimizer_kind *kind, PyObject *args, PyObject *keywords,
                         struct option *options)
{
    const int count = optimizer_option_count(kind);
    memcpy(options, kind->options, sizeof(kind->options));
    if (PyTuple_GET_SIZE(args) - 1 > count) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %d arguments", kind->name, count + 1);
        return false;
    }
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(args); i++) {
        struct option *option = option_at(kind, options, i - 1);
        if (!option) {
            PyErr_Format(PyExc_TypeError, "%s() got too many positional arguments", kind->name);
            return false;
        }
        if (!optimizer_read_option(option, PyTuple_GET_ITEM(args, i))) {
            return false;
        }
    }
    PyObject *name, *value;
    for (Py_ssize_t at = 0; keywords && PyDict_Next(keywords, &at, &name, &value);) {
        struct option *option = optimizer_find_option(options, count, name);
        if (!option && PyUnicode_CompareWithASCIIString(name, "params") != 0) {
            PyErr_Format(PyExc_TypeError, "%s.__init__() got an unexpected keyword argument '%U'",
                         kind->name, name);
            return false;
        }
        if (option && !optimizer_read_option(option, value)) {
            return false;
        }
    }
    return true;
}

static int optimizer_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(optimizer_object(self)->dict);
    Py_VISIT(optimizer_object(self)->groups);
    Py_VISIT(optimizer_object(self)->state);
    Py_VISIT(optimizer_object(self)->own_defaults);
    return 0;
}

static int optimizer_clear(PyObject *self)
{
    Py_CLEAR(optimizer_object(self)->dict);
    Py_CLEAR(optimizer_object(self)->groups);
    Py_CLEAR(optimizer_object(self)->state);
    Py_CLEAR(optimizer_object(self)->own_defaults);
    return 0;
}

static void optimizer_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (optimizer_object(self)->weak_references) {
        PyObject_ClearWeakRefs(self);
    }
    optimizer_clear(self);
    optimizer_destroy(optimizer_object(self)->optimizer);
    type->tp_free(self);
    Py_DECREF(type);
}

/* ---- groups as dictionaries -------------------------------------------------------------------- */

/* Adds the dictionaries of groups that the list of them does not have yet; those that the lesson gave
 * as dictionaries keep their further keys, and the order. */
static bool extend_groups(PyObject *self, PyObject *given)
{
    struct optimizer_object *object = optimizer_object(self);
    const struct optimizer *optimizer = object->optimizer;
    const Py_ssize_t before = PyList_GET_SIZE(object->groups);
    for (Py_ssize_t i = before; i < optimizer->group_count; i++) {
        PyObject *dictionary = optimizer_group_dictionary(optimizer, (int)i);
        PyObject *group = PyList_GET_ITEM(given, i - before);
        if (dictionary && PyDict_Check(group)) {
            Py_SETREF(dictionary, optimizer_order_group(dictionary, group));
        }
        const bool complete =
            dictionary &&
            (!object->own_defaults || PyDict_Merge(dictionary, object->own_defaults, 0) == 0);
        const bool added = complete && PyList_Append(object->groups, dictionary) == 0;
        Py_XDECREF(dictionary);
        if (!added) {
            return false;
        }
    }
    return true;
}

/* What an optimizer is given, as a list: groups that are dictionaries, or parameters. */
static bool add_groups(PyObject *self, PyObject *given)
{
    struct optimizer_object *object = optimizer_object(self);
    PyObject *list = tensor_object_is(face_current(), given) ? Py_NewRef(given)
                     : PyAnySet_Check(given)                 ? NULL
                                                             : PySequence_List(given);
    if (!list && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_TypeError,
                        "optimizer parameters need to be organized in ordered collections, but the "
                        "ordering of tensors in sets will change between runs. Please use a list "
                        "instead.");
    }
    if (list) {
        Py_SETREF(list, optimizer_split_names(list));
    }
    bool added = list && optimizer_add_groups(object->optimizer, list, object->defaults);
    if (added && (object->own_defaults || PyDict_Check(PyList_GET_ITEM(list, 0)))) {
        object->groups = object->groups ? object->groups : PyList_New(0);
        added = object->groups && extend_groups(self, list);
    }
    Py_XDECREF(list);
    if (added) {
        optimizer_announce(object->optimizer);
    }
    return added;
}

/* Optimizer.__init__(params, defaults) of a class of the lesson's. */
static bool take_own_defaults(struct optimizer_object *object, PyObject *args, PyObject *keywords)
{
    PyObject *defaults = PyTuple_GET_SIZE(args) > 1 ? PyTuple_GET_ITEM(args, 1)
                         : keywords                 ? PyDict_GetItemString(keywords, "defaults")
                                                    : NULL;
    if (!defaults || !PyDict_Check(defaults)) {
        PyErr_SetString(PyExc_TypeError, "Optimizer.__init__() missing 1 required positional "
                                         "argument: 'defaults', a dict");
        return false;
    }
    Py_XSETREF(object->own_defaults, Py_NewRef(defaults));
    return true;
}

static int optimizer_init(PyObject *self, PyObject *args, PyObject *keywords)
{
    struct optimizer_object *object = optimizer_object(self);
    const struct optimizer_kind *kind = kind_of(Py_TYPE(self));
    const bool custom = kind == &optimizer_custom;
    if (custom ? !take_own_defaults(object, args, keywords)
               : !read_options(kind, args, keywords, object->defaults)) {
        return -1;
    }
    PyObject *params = PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0)
                       : keywords                 ? PyDict_GetItemString(keywords, "params")
                                                  : NULL;
    if (!params) {
        PyErr_Format(PyExc_TypeError,
                     "%s.__init__() missing 1 required positional argument: 'params'", kind->name);
        return -1;
    }
    optimizer_destroy(object->optimizer);
    object->optimizer = optimizer_create(face_current()->engine, kind);
    Py_CLEAR(object->groups);
    Py_CLEAR(object->state);
    return add_groups(self, params) ? 0 : -1;
}

static PyObject *optimizer_param_groups(PyObject *self, void *closure)
{
    (void)closure;
    return Py_XNewRef(optimizer_groups(self));
}

static int set_param_groups(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (!begun(self)) {
        return -1;
    }
    if (!value || !PyList_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "param_groups must be a list of dicts");
        return -1;
    }
    Py_XSETREF(optimizer_object(self)->groups, Py_NewRef(value));
    return 0;
}

static PyObject *optimizer_state(PyObject *self, void *closure)
{
    (void)closure;
    return begun(self) ? Py_XNewRef(optimizer_states(self)) : NULL;
}

static int set_state(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (!begun(self)) {
        return -1;
    }
    if (!value || !PyDict_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "an optimizer's state must be a dict");
        return -1;
    }
    Py_XSETREF(optimizer_object(self)->state, Py_NewRef(value));
    return 0;
}

static PyObject *optimizer_defaults(PyObject *self, void *closure)
{
    (void)closure;
    const struct optimizer *optimizer = begun(self);
    if (optimizer && optimizer_object(self)->own_defaults) {
        return Py_NewRef(optimizer_object(self)->own_defaults);
    }
    PyObject *dictionary = optimizer ? PyDict_New() : NULL;
    const int count = optimizer ? optimizer_option_count(optimizer->kind) : 0;
    for (int i = 0; dictionary && i < count; i++) {
        PyObject *value = optimizer_option_object(&optimizer_object(self)->defaults[i]);
        if (!value || PyDict_SetItemString(dictionary, optimizer_object(self)->defaults[i].name,
                                           value) != 0) {
            Py_CLEAR(dictionary);
        }
        Py_XDECREF(value);
    }
    return dictionary;
}

/* ---- text -------------------------------------------------------------------------------------- */

static PyObject *optimizer_text(PyObject *self)
{
    PyObject *groups = optimizer_groups(self);
    return groups ? optimizer_groups_text(Py_TYPE(self)->tp_name, groups) : NULL;
}

/* ---- working ----------------------------------------------------------------------------------- */

/* step(closure=None): the closure computes the loss once more. */
static PyObject *call_step(struct call *call)
{
    PyObject *self = call->arguments[0];
    struct optimizer *optimizer = begun(self);
    struct error err;
    PyObject *loss = NULL;
    if (optimizer && !optimizer->kind->step) {
        PyErr_SetNone(PyExc_NotImplementedError);
        return NULL;
    }
    if (optimizer && argument_given(call, 1)) {
        loss = PyObject_CallNoArgs(call->arguments[1]);
    }
    if (!optimizer || (argument_given(call, 1) && !loss) || !optimizer_take(self)) {
        Py_XDECREF(loss);
        return NULL;
    }
    optimizer_object(self)->stepped = 1;
    const bool stepped = optimizer_step(optimizer, &err) || torch_raise(&err);
    if (!stepped || !optimizer_give(self)) {
        Py_XDECREF(loss);
        return NULL;
    }
    return loss ? loss : Py_NewRef(Py_None);
}

/* A scheduler that is made wants to know whether the optimizer steps from now on. */
static PyObject *call_watch_steps(struct call *call)
{
    struct optimizer_object *object = optimizer_object(call->arguments[0]);
    /* Of a step of the lesson's own nobody hears. */
    object->stepped = object->own_defaults ? 1 : object->watched ? object->stepped : 0;
    object->watched = true;
    Py_RETURN_NONE;
}

static PyObject *call_zero_grad(struct call *call)
{
    struct optimizer *optimizer = begun(call->arguments[0]);
    bool to_none = true;
    struct error err;
    if (!optimizer || !argument_bool(call, 1, &to_none) ||
        !optimizer_take_groups(call->arguments[0])) {
        return NULL;
    }
    if (!optimizer_zero_grad(optimizer, to_none, &err)) {
        return torch_raise(&err);
    }
    Py_RETURN_NONE;
}

static PyObject *call_add_param_group(struct call *call)
{
    PyObject *self = call->arguments[0];
    struct optimizer *optimizer = begun(self);
    if (optimizer && !PyDict_Check(call->arguments[1])) {
        return PyErr_Format(PyExc_TypeError, "param_group must be a dict, but got %R",
                            (PyObject *)Py_TYPE(call->arguments[1]));
    }
    PyObject *list = optimizer && optimizer_take(self) ? PyList_New(0) : NULL;
    const bool added = list && PyList_Append(list, call->arguments[1]) == 0 &&
                       optimizer_groups(self) && add_groups(self, list);
    Py_XDECREF(list);
    return added ? Py_NewRef(Py_None) : NULL;
}

/* load_state_dict(state_dict): groups and states in the order of this optimizer's own. */
static PyObject *call_load_state_dict(struct call *call)
{
    PyObject *self = call->arguments[0];
    return begun(self) && optimizer_take(self) && optimizer_load(self, call->arguments[1])
               ? Py_NewRef(Py_None)
               : NULL;
}

static PyObject *call_state_dict(struct call *call)
{
    PyObject *self = call->arguments[0];
    return begun(self) && optimizer_take(self) ? optimizer_state_dictionary(self) : NULL;
}

/* What pickle keeps, under PyTorch's names. */
static PyObject *call_get_state(struct call *call)
{
    PyObject *self = call->arguments[0];
    PyObject *defaults = PyObject_GetAttrString(self, "defaults");
    PyObject *states = defaults ? PyObject_GetAttrString(self, "state") : NULL;
    PyObject *groups = states ? PyObject_GetAttrString(self, "param_groups") : NULL;
    PyObject *state = groups ? Py_BuildValue("{sOsOsO}", "defaults", defaults, "state", states,
                                             "param_groups", groups)
                             : NULL;
    Py_XDECREF(defaults);
    Py_XDECREF(states);
    Py_XDECREF(groups);
    return state;
}

/* Begins with the groups that were kept, then takes their states. */
static PyObject *call_set_state(struct call *call)
{
    PyObject *self = call->arguments[0], *state = call->arguments[1];
    const bool is_state = PyDict_Check(state);
    PyObject *defaults = is_state ? PyDict_GetItemString(state, "defaults") : NULL; /* lent */
    PyObject *groups = is_state ? PyDict_GetItemString(state, "param_groups") : NULL;
    PyObject *states = is_state ? PyDict_GetItemString(state, "state") : NULL;
    if (!defaults || !groups || !states || !PyDict_Check(defaults)) {
        return PyErr_Format(PyExc_TypeError, "%s: this is not an optimizer's state",
                            Py_TYPE(self)->tp_name);
    }
    PyObject *begin = PyObject_GetAttrString(self, "__init__");
    PyObject *args = PyTuple_Pack(1, groups);
    PyObject *begun = begin && args ? PyObject_Call(begin, args, defaults) : NULL;
    const bool done = begun && PyObject_SetAttrString(self, "state", states) == 0;
    Py_XDECREF(begin);
    Py_XDECREF(args);
    Py_XDECREF(begun);
    return done ? Py_NewRef(Py_None) : NULL;
}

static bool optimizer_accepts(const struct face *face, PyObject *self)
{
    if (PyObject_TypeCheck(self, face->types.optimizer)) {
        return true;
    }
    PyErr_Format(PyExc_TypeError, "a method of an Optimizer was called on an object of type %s",
                 Py_TYPE(self)->tp_name);
    return false;
}

static const struct function_row optimizer_rows[] = {
    { "state_dict", { "self" }, .required = 1, .call = call_state_dict },
    { "load_state_dict", { "self", "state_dict" }, .required = 2, .call = call_load_state_dict },
    { "step", { "self", "closure" }, .required = 1, .call = call_step },
    { "zero_grad", { "self", "set_to_none" }, .required = 1, .call = call_zero_grad },
    { "_watch_steps", { "self" }, .required = 1, .call = call_watch_steps },
    { "__getstate__", { "self" }, .required = 1, .call = call_get_state },
    { "__setstate__", { "self", "state" }, .required = 2, .call = call_set_state },
    { "add_param_group", { "self", "param_group" }, .required = 2, .call = call_add_param_group },
    { .name = NULL },
};

/* ---- the classes ------------------------------------------------------------------------------- */

static PyMemberDef optimizer_members[] = {
    { "__dictoffset__", T_PYSSIZET, offsetof(struct optimizer_object, dict), READONLY, NULL },
    { "__weaklistoffset__", T_PYSSIZET, offsetof(struct optimizer_object, weak_references),
      READONLY, NULL },
    { "_opt_called", T_BOOL, offsetof(struct optimizer_object, stepped), 0, NULL },
    { NULL, 0, 0, 0, NULL },
};

static PyGetSetDef optimizer_attributes[] = {
    { "param_groups", optimizer_param_groups, set_param_groups, NULL, NULL },
    { "state", optimizer_state, set_state, NULL, NULL },
    { "defaults", optimizer_defaults, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot optimizer_slots[] = {
    { Py_tp_init, optimizer_init },         { Py_tp_traverse, optimizer_traverse },
    { Py_tp_clear, optimizer_clear },       { Py_tp_dealloc, optimizer_dealloc },
    { Py_tp_repr, optimizer_text },         { Py_tp_members, optimizer_members },
    { Py_tp_getset, optimizer_attributes }, { 0, NULL },
};

static PyType_Spec optimizer_spec = {
    .name = "torch.optim.optimizer.Optimizer",
    .basicsize = sizeof(struct optimizer_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = optimizer_slots,
};

static bool kind_create(struct face *face, PyObject *optim, const struct optimizer_kind *kind)
{
    char home[32] = "torch.optim."; /* "torch.optim.adam" */
    const size_t at = strlen(home);
    for (size_t i = 0; kind->name[i] && at + i + 1 < sizeof(home); i++) {
        home[at + i] = (char)tolower((unsigned char)kind->name[i]);
        home[at + i + 1] = '\0';
    }
    /* A capsule holds an address that is not NULL; which one does not matter, its name does. */
    PyObject *mark = PyCapsule_New(face, kind->name, NULL);
    PyObject *type =
        mark ? PyObject_CallFunction((PyObject *)&PyType_Type, "s(O){sssO}", kind->name,
                                     face->types.optimizer, "__module__", home, "_kind", mark)
             : NULL;
    const bool created = type && PyModule_AddObjectRef(optim, kind->name, type) == 0;
    Py_XDECREF(mark);
    Py_XDECREF(type);
    return created;
}

bool optimizer_types_create(struct face *face, PyObject *optim)
{
    face->types.optimizer = face_create_type(optim, &optimizer_spec, NULL);
    if (!face->types.optimizer ||
        !methods_add(face, face->types.optimizer->tp_dict, optimizer_rows, optimizer_accepts)) {
        return false;
    }
    PyType_Modified(face->types.optimizer);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (!kind_create(face, optim, kinds[i])) {
            return false;
        }
    }
    return true;
}
