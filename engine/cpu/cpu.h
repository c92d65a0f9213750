#pragma once
/* The CPU as a backend. Element for element as PyTorch's x86 build computes (engine/cpu/kernels.h);
 * matrix products up to m·n·k = 65,536 in a kernel of our own with k in order, larger ones in
 * OpenBLAS, unless the environment says GRADLIGHT_GEMM=exact (read here, once). */

#include "engine/backend.h"

struct backend *cpu_create(struct error *err);
