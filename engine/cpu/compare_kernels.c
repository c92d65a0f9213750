/* Maps whose result is bool, the choice between two, and conversions between dtypes. */

#include <math.h>

#include "engine/cpu/map_kernels.h"
#include "engine/cpu/tables.h"
#include "engine/formulas/maps.h"

#define DEFINE1(id, name, formula)                       \
    MAP1_KERNEL(name##_uint8, uint8_t, uint8_t, formula) \
    MAP1_KERNEL(name##_int32, int32_t, uint8_t, formula) \
    MAP1_KERNEL(name##_int64, int64_t, uint8_t, formula) \
    MAP1_KERNEL(name##_float, float, uint8_t, formula)   \
    MAP1_KERNEL(name##_double, double, uint8_t, formula)

#define DEFINE2(id, name, formula)                       \
    MAP2_KERNEL(name##_uint8, uint8_t, uint8_t, formula) \
    MAP2_KERNEL(name##_int32, int32_t, uint8_t, formula) \
    MAP2_KERNEL(name##_int64, int64_t, uint8_t, formula) \
    MAP2_KERNEL(name##_float, float, uint8_t, formula)   \
    MAP2_KERNEL(name##_double, double, uint8_t, formula)

/* clang-format off */
TEST1_LIST(DEFINE1)
TEST2_LIST(DEFINE2)
/* clang-format on */

MAP3_KERNEL(where_uint8, uint8_t, uint8_t, a ? b : c)
MAP3_KERNEL(where_int32, uint8_t, int32_t, a ? b : c)
MAP3_KERNEL(where_int64, uint8_t, int64_t, a ? b : c)
MAP3_KERNEL(where_float, uint8_t, float, a ? b : c)
MAP3_KERNEL(where_double, uint8_t, double, a ? b : c)

#define ALL_TYPES(name)                                                                     \
    {                                                                                       \
        name##_uint8, name##_uint8, name##_int32, name##_int64, name##_float, name##_double \
    }

/* clang-format off */
map_kernel *const KERNEL_SET(compare_map_kernels)[MAP_COUNT][DTYPE_COUNT] = {
#define X(id, name, formula) [MAP_##id] = ALL_TYPES(name),
    TEST1_LIST(X)
    TEST2_LIST(X)
#undef X
    [MAP_WHERE] = ALL_TYPES(where),
};
/* clang-format on */

/* ---- conversions -------------------------------------------------------------------------------- */

#define DEFINE_COPIES(from, type, int64, int32)                       \
    MAP1_KERNEL(copy_##from##_bool, type, uint8_t, a != 0)            \
    MAP1_KERNEL(copy_##from##_uint8, type, uint8_t, (uint8_t)(int64)) \
    MAP1_KERNEL(copy_##from##_int32, type, int32_t, int32)            \
    MAP1_KERNEL(copy_##from##_int64, type, int64_t, int64)            \
    MAP1_KERNEL(copy_##from##_float, type, float, a)                  \
    MAP1_KERNEL(copy_##from##_double, type, double, a)

DEFINE_COPIES(uint8, uint8_t, a, a)
DEFINE_COPIES(int32, int32_t, a, a)
DEFINE_COPIES(int64, int64_t, a, a)
DEFINE_COPIES(float, float, TO_INT64(a), TO_INT32(a))
DEFINE_COPIES(double, double, TO_INT64(a), TO_INT32(a))

#define COPIES(from)                                                                       \
    {                                                                                      \
        copy_##from##_bool, copy_##from##_uint8, copy_##from##_int32, copy_##from##_int64, \
            copy_##from##_float, copy_##from##_double                                      \
    }

map_kernel *const KERNEL_SET(copy_kernels)[DTYPE_COUNT][DTYPE_COUNT] = {
    [DTYPE_BOOL] = COPIES(uint8),    [DTYPE_UINT8] = COPIES(uint8),
    [DTYPE_INT32] = COPIES(int32),   [DTYPE_INT64] = COPIES(int64),
    [DTYPE_FLOAT32] = COPIES(float), [DTYPE_FLOAT64] = COPIES(double),
};
