#pragma once
/* Private to engine/ops. */

#include "engine/ops/ops.h"

/* "Expected all tensors to be on the same device, ..." as PyTorch says it of this operation, unless
 * they are. Asked only where there is more than one device. */
bool op_check_devices(const struct engine *engine, const struct op_use *use, struct error *err);
