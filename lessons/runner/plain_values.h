#pragma once
/* Values that are neither tensors nor modules, told by their Python type and their repr. Never runs
 * code of the lesson: objects of its own classes are told by their type alone. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "lessons/trace/records.h"

enum { PLAIN_TEXT_BYTES = 120 };

/* True for what a bind does not tell: Python modules, functions, classes. */
bool plain_value_is_hidden(PyObject *value);

/* Fills type and text; the text lives in `arena`. */
void plain_value_describe(struct record_bind *bind, PyObject *value, struct arena *arena);

/* The class of an object without its module. */
const char *plain_type_name(PyObject *value);
