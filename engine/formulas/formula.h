#pragma once
/* The formulas of the maps: written once, compiled for the CPU (engine/cpu) and, as C++ by nvcc, for the
 * GPU (gpu/), so that both round alike. Only what C17 and C++17 share is used here. */

#ifdef __CUDACC__
#define FORMULA static inline __host__ __device__
#else
#define FORMULA static inline
#endif
