#pragma once
/* What the kernel files of one set export, for kernels.c to put together. */

#include "engine/cpu/map_kernels.h"

extern map_kernel *const KERNEL_SET(float_map_kernels)[MAP_COUNT][2]; /* float32, float64 */
extern map_kernel *const KERNEL_SET(int_map_kernels)[MAP_COUNT][3];   /* uint8, int32, int64 */
extern map_kernel *const KERNEL_SET(bool_map_kernels)[MAP_COUNT];
extern map_kernel *const KERNEL_SET(compare_map_kernels)[MAP_COUNT][DTYPE_COUNT];
extern map_kernel *const KERNEL_SET(copy_kernels)[DTYPE_COUNT][DTYPE_COUNT];
extern sum_kernel *const KERNEL_SET(sum_kernels)[DTYPE_COUNT];
extern fold_kernel *const KERNEL_SET(fold_kernels)[REDUCE_COUNT][2]; /* float32, float64 */
extern rows_kernel *const KERNEL_SET(rows_kernels)[ROWS_COUNT][2];   /* float32, float64 */
extern gemm_kernel *const KERNEL_SET(gemm_kernels)[DTYPE_COUNT];
