#include "engine/cpu/kernels.h"

#include "engine/cpu/tables.h"

static map_kernel *find_map(enum map_function function, enum dtype dtype)
{
    map_kernel *const compare = KERNEL_SET(compare_map_kernels)[function][dtype];
    if (compare) {
        return compare;
    }
    switch ((int)dtype) {
    case DTYPE_BOOL:
        return KERNEL_SET(bool_map_kernels)[function];
    case DTYPE_UINT8:
        return KERNEL_SET(int_map_kernels)[function][0];
    case DTYPE_INT32:
        return KERNEL_SET(int_map_kernels)[function][1];
    case DTYPE_INT64:
        return KERNEL_SET(int_map_kernels)[function][2];
    case DTYPE_FLOAT32:
        return KERNEL_SET(float_map_kernels)[function][0];
    case DTYPE_FLOAT64:
        return KERNEL_SET(float_map_kernels)[function][1];
    default:
        break;
    }
    return NULL;
}

static map_kernel *find_copy(enum dtype from, enum dtype to)
{
    return KERNEL_SET(copy_kernels)[from][to];
}

static sum_kernel *find_sum(enum dtype dtype)
{
    return KERNEL_SET(sum_kernels)[dtype];
}

static fold_kernel *find_fold(enum reduce_function function, enum dtype dtype)
{
    return dtype < DTYPE_FLOAT32 ? NULL : KERNEL_SET(fold_kernels)[function][dtype - DTYPE_FLOAT32];
}

static rows_kernel *find_rows(enum rows_function function, enum dtype dtype)
{
    return KERNEL_SET(rows_kernels)[function][dtype - DTYPE_FLOAT32];
}

static gemm_kernel *find_gemm(enum dtype dtype)
{
    return KERNEL_SET(gemm_kernels)[dtype];
}

const struct cpu_kernels KERNEL_SET(cpu_kernels) = { find_map,  find_copy, find_sum,
                                                     find_fold, find_rows, find_gemm };
