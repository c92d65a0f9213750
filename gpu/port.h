#pragma once
/* The only way to CUDA for the files of this folder. They are compiled by nvcc for the GPU, and by a C++
 * compiler for the tests: there another <cuda_runtime.h> and <cublas_v2.h> stand on the include path,
 * whose kernels run on the CPU, and which define the macros below in their own way. So a launch and shared
 * memory are always written with these macros, and kernels use no more of CUDA than they need:
 * threadIdx, blockIdx, blockDim, gridDim (x), __syncthreads, atomicAdd and atomicCAS on integers. */

#include <math.h>

#include <cublas_v2.h>
#include <cuda_runtime.h>

#ifdef __CUDACC__
/* kernel<<<grid, block, smem, stream>>>(...); a kernel that is a template stands in parentheses. */
#define GPU_LAUNCH(kernel, grid, block, smem, stream, ...) \
    kernel<<<(grid), (block), (smem), (stream)>>>(__VA_ARGS__)
/* An array in the memory of the block: type name[count], count a constant. */
#define GPU_SHARED(type, name, count) __shared__ type name[count]
/* What the allocator of blocks tells a checker of memory: these n bytes are in use, or no longer. */
#define GPU_MARK_USED(p, n) ((void)0)
#define GPU_MARK_FREE(p, n) ((void)0)
/* 1: a simulation, for tests. */
#define GPU_EMULATED 0
/* Before a loop whose every turn is to be written out: arrays that it counts through are registers then. */
#define GPU_UNROLL _Pragma("unroll")
/* Before a loop of which one copy is enough: compiled faster and no slower to run. */
#define GPU_ROLL _Pragma("unroll 1")
#else
#define GPU_UNROLL
#define GPU_ROLL
#endif
