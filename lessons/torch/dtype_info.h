#pragma once
/* torch.finfo, torch.iinfo, torch.layout with torch.strided, and the functions that ask what dtype comes
 * of two. */

#include "lessons/torch/function.h"

bool dtype_info_create(PyObject *module);

extern const struct function_row dtype_rows[];
