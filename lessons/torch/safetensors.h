#pragma once
/* The module safetensors.torch: reading alone. */

#include "lessons/torch/function.h"

extern const struct function_row safetensors_rows[];

/* Everything of a file (a path, or an object with read) from its position on, as bytes: save_load.c */
PyObject *file_content(PyObject *file);
