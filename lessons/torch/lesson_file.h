#pragma once
/* A file that a lesson names: a path (str, bytes or anything with __fspath__) or an object with read or
 * write. Where one of these fails, Python's exception is set. */

#include <stdbool.h>

#include "lessons/torch/function.h"

bool file_is_path(PyObject *file);

/* Everything from the file's position on, as bytes: a new reference, or NULL. */
PyObject *file_content(PyObject *file);

/* Writes the bytes: None, or NULL. */
PyObject *file_write(PyObject *file, PyObject *content);
