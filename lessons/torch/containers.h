#pragma once
/* nn.Sequential and nn.ModuleList: modules in a row, called "0", "1", ... */

#include "lessons/torch/module.h"

PyObject *sequential_begin(struct call *call);
PyObject *sequential_forward(struct call *call);
PyObject *module_list_begin(struct call *call);

/* len, indexing, iteration, append: what both can do. */
extern const struct function_row sequential_rows[];
