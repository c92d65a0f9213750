#include "gpu/map_real.h"

map_launch *map_find_float(enum map_function function)
{
    map_launch *const turn = map_find_turn(function, DTYPE_FLOAT32);
    return turn ? turn : map_find_real<float>(function);
}
