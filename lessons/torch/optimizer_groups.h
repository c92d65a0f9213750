#pragma once
/* What Python says of an optimizer's groups: options by name, and lists of parameters. All return
 * false or NULL with an exception. */

#include "lessons/torch/face.h"

#include "engine/optim/optim.h"

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

/* optimizer.state and optimizer.state_dict(), as copies: optimizer_state.c. `groups` is what Python
 * sees as param_groups. */
PyObject *optimizer_state_of(const struct optimizer *optimizer);
PyObject *optimizer_state_dictionary(const struct optimizer *optimizer, PyObject *groups);
/* One group as a dictionary: params, then the options. */
PyObject *optimizer_group_dictionary(const struct optimizer *optimizer, int i);
/* Takes state_dict()'s content back: false with PyTorch's words where the groups are others.
 * optimizer_load.c */
bool optimizer_load(struct optimizer *optimizer, PyObject *groups, PyObject *state);
/* A copy of a group's dictionary in the order of the one that the lesson gave, with its further keys. */
PyObject *optimizer_order_group(PyObject *dictionary, PyObject *given);
/* repr(optimizer), of groups that are dictionaries. */
PyObject *optimizer_groups_text(const char *name, PyObject *groups);
