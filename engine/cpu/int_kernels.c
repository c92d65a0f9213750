/* Maps on integers, which wrap around. A bool's 0 and 1 are looked at as uint8. */

#include "engine/cpu/map_kernels.h"
#include "engine/cpu/tables.h"
#include "engine/formulas/maps.h"

#define FAULT (&row->fault)

#define DEFINE(inputs, id, name, formula)                             \
    MAP##inputs##_KERNEL(name##_uint8, uint8_t, uint8_t, formula)     \
        MAP##inputs##_KERNEL(name##_int32, int32_t, int32_t, formula) \
            MAP##inputs##_KERNEL(name##_int64, int64_t, int64_t, formula)

/* clang-format off */
INT_LIST(DEFINE)

map_kernel *const KERNEL_SET(int_map_kernels)[MAP_COUNT][3] = {
#define X(inputs, id, name, formula) [MAP_##id] = { name##_uint8, name##_int32, name##_int64 },
    INT_LIST(X)
#undef X
};
/* clang-format on */

MAP2_KERNEL(or_bool, uint8_t, uint8_t, a | b)
MAP2_KERNEL(and_bool, uint8_t, uint8_t, a &b)

map_kernel *const KERNEL_SET(bool_map_kernels)[MAP_COUNT] = {
    [MAP_ADD] = or_bool,
    [MAP_MUL] = and_bool,
    [MAP_MAXIMUM] = or_bool,
    [MAP_MINIMUM] = and_bool,
};
