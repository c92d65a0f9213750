#pragma once
/* Methods of node objects (node_type.c) that register hooks; each returns a handle. The hooks of
 * tensors stand in a table of functions. */

#include "lessons/torch/face.h"

/* fn.register_prehook(hook): hook(grad_outputs) before the node runs; what it returns replaces them. */
PyObject *node_register_prehook(PyObject *self, PyObject *hook);
/* fn.register_hook(hook): hook(grad_inputs, grad_outputs) after; what it returns replaces the first. */
PyObject *node_register_hook(PyObject *self, PyObject *hook);
