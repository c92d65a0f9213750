#pragma once
/* What PyTorch says of a call that fits none of a function's signatures. */

#include "lessons/torch/function.h"

/* With the TypeError of a call that was refused: says it with all the signatures of the function
 * (python/torch/_signatures.py) where PyTorch does. `keywords` may be NULL. */
void signatures_explain(const struct call *call, PyObject *const *args, Py_ssize_t count,
                        PyObject *keywords);
