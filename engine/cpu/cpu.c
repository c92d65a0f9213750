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

struct cpu_block {
    struct cpu_block *next;
};

enum { ALIGNMENT = 64, SLAB_BYTES = 64 * 1024 };

/* Nobody has a terabyte; asking for it is a lesson's mistake, not worth asking the system. */
static const size_t MOST_BYTES = (size_t)1 << 40;

#if defined(__SANITIZE_ADDRESS__)
#define POOLS_OFF 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOLS_OFF 1
#endif
#endif
#ifndef POOLS_OFF
#define POOLS_OFF 0
#endif

static bool is_pooled(size_t bytes)
{
    return !POOLS_OFF && bytes <= CPU_POOLED_BYTES;
}

static struct cpu_block **pool_for(struct cpu *cpu, size_t bytes)
{
    return &cpu->free[(bytes - 1) / CPU_POOL_STEP];
}

/* Cuts a new slab into blocks of the pool's size. Its first block links the slabs. */
static bool pool_refill(struct cpu *cpu, size_t bytes)
{
    const size_t size = (bytes + CPU_POOL_STEP - 1) / CPU_POOL_STEP * CPU_POOL_STEP;
    struct cpu_block *slab = aligned_alloc(ALIGNMENT, SLAB_BYTES);
    if (!slab) {
        return false;
    }
    slab->next = cpu->slabs;
    cpu->slabs = slab;
    struct cpu_block **pool = pool_for(cpu, bytes);
    for (size_t at = ALIGNMENT; at + size <= SLAB_BYTES; at += size) {
        struct cpu_block *block = (struct cpu_block *)((char *)slab + at);
        block->next = *pool;
        *pool = block;
    }
    return true;
}

static enum backend_status out_of_memory(size_t bytes, struct error *err)
{
    error_set_kind(
        err, ERROR_RUNTIME,
        "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you "
        "tried to allocate %zu bytes. Error code 12 (Cannot allocate memory)",
        bytes);
    return BACKEND_OUT_OF_MEMORY;
}

static enum backend_status cpu_alloc(struct backend *backend, size_t bytes, void **out,
                                     struct error *err)
{
    struct cpu *cpu = cpu_of(backend);
    if (is_pooled(bytes)) {
        struct cpu_block **pool = pool_for(cpu, bytes);
        if (!*pool && !pool_refill(cpu, bytes)) {
            return out_of_memory(bytes, err);
        }
        *out = *pool;
        *pool = (*pool)->next;
        return BACKEND_OK;
    }
    /* aligned_alloc wants a multiple of the alignment. */
    const size_t whole = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    *out = bytes > MOST_BYTES ? NULL : aligned_alloc(ALIGNMENT, whole);
    return *out ? BACKEND_OK : out_of_memory(bytes, err);
}

static void cpu_release(struct backend *backend, void *data, size_t bytes)
{
    if (!is_pooled(bytes)) {
        free(data);
        return;
    }
    struct cpu_block *block = data;
    struct cpu_block **pool = pool_for(cpu_of(backend), bytes);
    block->next = *pool;
    *pool = block;
}

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
    case PRIMITIVE_SCAN:
        return true;
    case PRIMITIVE_LU:
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
    while (cpu->slabs) {
        struct cpu_block *slab = cpu->slabs;
        cpu->slabs = slab->next;
        free(slab);
    }
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
    .sync = cpu_sync,
    .info = cpu_info,
    .destroy = cpu_destroy,
};

const struct cpu_kernels *cpu_best_kernels(void)
{
#ifdef CPU_HAS_KERNELS_V3
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return &cpu_kernels_v3;
    }
#endif
    return &cpu_kernels_any;
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
