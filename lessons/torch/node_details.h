#pragma once
/* The lesser attributes of node objects (node_type.c). */

#include "lessons/torch/face.h"

bool raw_saved_type_create(struct face *face);
/* fn._raw_saved_<name>; NULL without an exception when the node keeps no tensor of that name. */
PyObject *node_raw_saved(struct face *face, const struct node *node, const char *name);

/* The name of the i-th attribute that `_saved_` reads beside the slots; NULL after the last. */
const char *node_saved_attribute(const struct node *node, size_t i);

PyObject *node_names(PyObject *self, PyObject *unused);
/* What the node's gradients look like: a list of things with shape, dtype and device. */
PyObject *node_input_metadata(PyObject *self, void *closure);
