/* Maps on whole numbers; a bool's 0 and 1 are looked at as uint8. */

#include "gpu/map_kernels.h"

#define FAULT fault
#define WHOLE_DEFINE(inputs, id, name, formula) MAP_DEFINE(inputs, id, formula, T)

INT_LIST(WHOLE_DEFINE)

template <class T> static map_launch *find(enum map_function function)
{
    switch (function) {
#define X(inputs, id, name, formula) \
    case MAP_##id:                   \
        return map_run<map_##id<T>>;
        INT_LIST(X)
#undef X
    default:
        return NULL;
    }
}

static map_launch *find_bool(enum map_function function)
{
    switch (function) {
    case MAP_ADD:
    case MAP_MAXIMUM:
        return map_run<map_BIT_OR<uint8_t>>;
    case MAP_MUL:
    case MAP_MINIMUM:
        return map_run<map_BIT_AND<uint8_t>>;
    default:
        return NULL;
    }
}

map_launch *map_find_whole(enum map_function function, enum dtype dtype)
{
    switch (dtype) {
    case DTYPE_BOOL:
        return find_bool(function);
    case DTYPE_UINT8:
        return find<uint8_t>(function);
    case DTYPE_INT32:
        return find<int32_t>(function);
    case DTYPE_INT64:
        return find<int64_t>(function);
    default:
        return NULL;
    }
}
