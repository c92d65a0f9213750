/* Maps whose result is bool, and the choice between two. */

#include "gpu/map_kernels.h"

#define TEST1_DEFINE(id, name, formula) MAP_DEFINE(1, id, formula, uint8_t)
#define TEST2_DEFINE(id, name, formula) MAP_DEFINE(2, id, formula, uint8_t)

TEST1_LIST(TEST1_DEFINE)
TEST2_LIST(TEST2_DEFINE)

template <class T> struct map_WHERE {
    typedef uint8_t first;
    typedef T in;
    typedef T out;
    static constexpr int together = map_together(MAP_WHERE);
    static constexpr int inputs = 3;
    static __device__ __forceinline__ T of(uint8_t a, T b, T c, T, T, bool *)
    {
        return a ? b : c;
    }
};

template <class T> static map_launch *find(enum map_function function)
{
    switch (function) {
#define X(id, name, formula) \
    case MAP_##id:           \
        return map_run<map_##id<T>>;
        TEST1_LIST(X)
        TEST2_LIST(X)
#undef X
    case MAP_WHERE:
        return map_run<map_WHERE<T>>;
    default:
        return NULL;
    }
}

map_launch *map_find_truth(enum map_function function, enum dtype dtype)
{
    switch (dtype) {
    case DTYPE_BOOL:
    case DTYPE_UINT8:
        return find<uint8_t>(function);
    case DTYPE_INT32:
        return find<int32_t>(function);
    case DTYPE_INT64:
        return find<int64_t>(function);
    case DTYPE_FLOAT32:
        return find<float>(function);
    case DTYPE_FLOAT64:
        return find<double>(function);
    default:
        return NULL;
    }
}
