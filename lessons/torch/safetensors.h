#pragma once
/* The module safetensors.torch: reading alone. */

#include "lessons/torch/function.h"

extern const struct function_row safetensors_rows[];
