/* Sine, cosine and tangent. CUDA counts the turns of huge angles in an array, which is local memory: for
 * that these have a file of their own, compiled without the warning. */

#include "gpu/map_kernels.h"

/* A float32's turns are counted by our formula while it can. */
#define TURN(NAME, name)                                                  \
    static __device__ __forceinline__ float NAME(float a)                 \
    {                                                                     \
        return fabsf(a) < FLOAT_TURNS_END ? float_##name(a) : name##f(a); \
    }                                                                     \
    static __device__ __forceinline__ double NAME(double a)               \
    {                                                                     \
        return name(a);                                                   \
    }

TURN(SIN, sin)
TURN(COS, cos)
TURN(TAN, tan)

MAP_DEFINE(1, SIN, SIN(a), T)
MAP_DEFINE(1, COS, COS(a), T)
MAP_DEFINE(1, TAN, TAN(a), T)

template <class T> static map_launch *find(enum map_function function)
{
    switch (function) {
    case MAP_SIN:
        return map_run<map_SIN<T>>;
    case MAP_COS:
        return map_run<map_COS<T>>;
    case MAP_TAN:
        return map_run<map_TAN<T>>;
    default:
        return NULL;
    }
}

map_launch *map_find_turn(enum map_function function, enum dtype dtype)
{
    return dtype == DTYPE_FLOAT32 ? find<float>(function) : find<double>(function);
}
