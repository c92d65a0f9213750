#include "engine/cpu/cpu.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/memory.h"
#include "engine/cpu/private.h"
#include "engine/tensor/dtype.h"

struct cpu *cpu_of(struct backend *backend)
{
    return (struct cpu *)backend;
}

size_t cpu_size(enum dtype dtype)
{
    return dtype_size(dtype);
}

enum backend_status cpu_unsupported(const char *what, enum dtype dtype, struct error *err)
{
    error_set(err, "\"%s\" not implemented for '%s'", what, dtype_type_name(dtype));
    return BACKEND_UNSUPPORTED;
}

/* ---- memory ------------------------------------------------------------------------------------- */

static enum backend_status cpu_copy_bytes(struct backend *backend, void *to, const void *from,
                                          size_t bytes, struct error *err)
{
    (void)backend, (void)err;
    memcpy(to, from, bytes);
    return BACKEND_OK;
}

/* ---- what there is -------------------------------------------------------------------------------- */

static bool cpu_supports(const struct backend *backend, const struct backend_query *query)
{
    const struct cpu *cpu = (const struct cpu *)backend;
    switch (query->primitive) {
    case PRIMITIVE_MAP:
        return query->function == MAP_FILL || query->function == MAP_COPY ||
               cpu->kernels->map((enum map_function)query->function, query->dtype);
    case PRIMITIVE_REDUCE:
        return query->function < REDUCE_VAR || dtype_is_float(query->dtype);
    case PRIMITIVE_GEMM:
        return cpu->kernels->gemm(query->dtype);
    case PRIMITIVE_GATHER:
    case PRIMITIVE_SCATTER:
        return true;
    case PRIMITIVE_SCAN:
        return query->function != SCAN_LOG_SUM_EXP || dtype_is_float(query->dtype);
    case PRIMITIVE_LU:
    case PRIMITIVE_ROWS:
    case PRIMITIVE_CHAIN:
        return dtype_is_float(query->dtype);
    }
    return false;
}

static enum backend_status cpu_sync(struct backend *backend, struct error *err)
{
    (void)backend, (void)err;
    return BACKEND_OK;
}

static void cpu_info(struct backend *backend, struct backend_info *out)
{
    (void)backend;
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    *out = (struct backend_info){ .name = "CPU" };
    if (pages > 0 && page > 0) {
        out->memory_total = (uint64_t)pages * (uint64_t)page;
    }
}

static void cpu_destroy(struct backend *backend)
{
    struct cpu *cpu = cpu_of(backend);
    cpu_memory_finish(&cpu->memory);
    free(cpu);
}

static const struct backend_impl cpu_impl = {
    .abi = BACKEND_ABI,
    .size = sizeof(struct backend_impl),
    .device = "cpu",
    .host_memory = true,
    .alloc = cpu_alloc,
    .release = cpu_release,
    .write = cpu_copy_bytes,
    .read = cpu_copy_bytes,
    .supports = cpu_supports,
    .map = cpu_map,
    .reduce = cpu_reduce,
    .gemm = cpu_gemm,
    .gather = cpu_gather,
    .scatter = cpu_scatter,
    .scan = cpu_scan,
    .lu = cpu_lu,
    .rows = cpu_rows,
    .chain = cpu_chain,
    .sync = cpu_sync,
    .info = cpu_info,
    .destroy = cpu_destroy,
};

int cpu_kernel_sets(const struct cpu_kernels *sets[CPU_MOST_SETS])
{
    int count = 0;
    sets[count++] = &cpu_kernels_any;
#ifdef CPU_HAS_KERNELS_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        sets[count++] = &cpu_kernels_v3;
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl")) {
            sets[count++] = &cpu_kernels_v4;
        }
    }
#endif
    return count;
}

const struct cpu_kernels *cpu_best_kernels(void)
{
    const struct cpu_kernels *sets[CPU_MOST_SETS];
    return sets[cpu_kernel_sets(sets) - 1];
}

struct backend *cpu_create(struct error *err)
{
    if (!backend_check(&cpu_impl, err)) {
        return NULL;
    }
    struct cpu *cpu = memory_allocate(1, sizeof(*cpu));
    const char *gemm = getenv("GRADLIGHT_GEMM");
    cpu->base.impl = &cpu_impl;
    cpu->kernels = cpu_best_kernels();
    cpu->exact_gemm = gemm && strcmp(gemm, "exact") == 0;
    return &cpu->base;
}
