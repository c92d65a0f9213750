#pragma once
/* One variable of a function that runs, where Python itself would make a dict of all of them. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* A new reference; NULL, with or without an exception, when it means nothing now. `place` and `name`: in
 * the function's co_localsplusnames. */
PyObject *frame_variable(PyFrameObject *frame, int place, PyObject *name);
