#pragma once
/* What Python says of an optimizer's groups: options by name, and lists of parameters. All return
 * false or NULL with an exception. */

#include "lessons/torch/face.h"

#include "engine/optim/optim.h"

struct optimizer_object {
    PyObject_HEAD PyObject *dict, *weak_references;
    struct optimizer *optimizer; /* owned; NULL until __init__ has run */
    /* Once somebody has asked; else NULL: a list of dictionaries, and a dictionary of dictionaries. */
    PyObject *groups, *state;
    PyObject *own_defaults; /* of a class of the lesson's, else NULL */
    bool watched;           /* by a scheduler */
    char stepped;           /* since it is watched: what a scheduler warns of if not */
    struct option defaults[OPTIMIZER_MAX_OPTIONS];
};

static inline struct optimizer_object *optimizer_object(PyObject *self)
{
    return (struct optimizer_object *)self;
}

int optimizer_option_count(const struct optimizer_kind *kind);
/* None, a number, a bool or a pair. */
PyObject *optimizer_option_object(const struct option *option);
/* The value that Python gives for an option; its name stays. */
bool optimizer_read_option(struct option *option, PyObject *value);
/* Lent: the option of that name among `count`; NULL (no exception) if there is none. */
struct option *optimizer_find_option(struct option *options, int count, PyObject *name);

/* model.parameters(), a list of tensors, or a list of dictionaries; `defaults` holds the options that
 * a group does not say. */
bool optimizer_add_groups(struct optimizer *optimizer, PyObject *given,
                          const struct option *defaults);

/* What Python sees is the lesson's to change (optimizer_live.c). Lent: param_groups and state. */
PyObject *optimizer_groups(PyObject *self);
PyObject *optimizer_states(PyObject *self);
/* Before the optimizer works with its groups and states: takes what the lesson wrote there. */
bool optimizer_take_groups(PyObject *self);
bool optimizer_take(PyObject *self);
/* After a step: gives back the states that it made. */
bool optimizer_give(PyObject *self);

/* Writes the state of every parameter that has one into the dictionary that `states` has for it.
 * optimizer_state.c */
bool optimizer_give_states(const struct optimizer *optimizer, PyObject *states);
PyObject *optimizer_state_dictionary(PyObject *self);
/* One group as a dictionary: params, then the options. */
PyObject *optimizer_group_dictionary(const struct optimizer *optimizer, int i);
/* Takes state_dict()'s content back: false with PyTorch's words where the groups are others.
 * optimizer_load.c */
bool optimizer_load(PyObject *self, PyObject *state);
/* A copy of a group's dictionary in the order of the one that the lesson gave, with its further keys. */
/* model.named_parameters() or groups of such pairs as groups with "params" and "param_names"; a list of
 * anything else as it is. A new reference. */
PyObject *optimizer_split_names(PyObject *list);
PyObject *optimizer_order_group(PyObject *dictionary, PyObject *given);
/* repr(optimizer), of groups that are dictionaries. */
PyObject *optimizer_groups_text(const char *name, PyObject *groups);
