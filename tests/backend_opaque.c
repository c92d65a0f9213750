#include "tests/backend_opaque.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/memory.h"
#include "engine/cpu/cpu.h"

/* Address space for all tensors; pages become real when they are used. */
static const size_t ARENA_BYTES = (size_t)1 << 32;

enum { CLASSES = 33 };

/* The free blocks' list stands outside the locked memory. */
struct free_block {
    struct free_block *next;
    char *at;
};

struct opaque {
    struct backend base;
    struct backend_impl impl; /* the CPU's, with another name */
    struct backend *cpu;
    bool (*refuses)(const struct backend_query *query);
    char *arena;
    size_t used, in_use, peak;        /* used: ever handed out */
    struct free_block *free[CLASSES]; /* by the power of two of their size */
};

static struct opaque *opaque_of(struct backend *backend)
{
    return (struct opaque *)backend;
}

/* Everything that was ever handed out can be touched between these two. */
static void unlock(struct opaque *opaque)
{
    if (opaque->used > 0) {
        const int failed = mprotect(opaque->arena, opaque->used, PROT_READ | PROT_WRITE);
        assert(!failed);
        (void)failed;
    }
}

static void lock(struct opaque *opaque)
{
    if (opaque->used > 0) {
        const int failed = mprotect(opaque->arena, opaque->used, PROT_NONE);
        assert(!failed);
        (void)failed;
    }
}

static int class_of(size_t bytes)
{
    int class = 6;
    while (((size_t)1 << class) < bytes) {
        class ++;
    }
    return class;
}

static enum backend_status opaque_alloc(struct backend *backend, size_t bytes, void **out,
                                        struct error *err)
{
    struct opaque *opaque = opaque_of(backend);
    const int class = class_of(bytes);
    struct free_block *block = class < CLASSES ? opaque->free[class] : NULL;
    opaque->in_use += bytes;
    opaque->peak = opaque->in_use > opaque->peak ? opaque->in_use : opaque->peak;
    if (block) {
        opaque->free[class] = block->next;
        *out = block->at;
        free(block);
        return BACKEND_OK;
    }
    const size_t size = (size_t)1 << class;
    if (class >= CLASSES || size > ARENA_BYTES - opaque->used) {
        opaque->in_use -= bytes;
        error_set(err, "the opaque device has no %zu bytes left", bytes);
        return BACKEND_OUT_OF_MEMORY;
    }
    *out = opaque->arena + opaque->used;
    opaque->used += size;
    return BACKEND_OK;
}

static void opaque_release(struct backend *backend, void *data, size_t bytes)
{
    struct opaque *opaque = opaque_of(backend);
    struct free_block *block = memory_allocate(1, sizeof(*block));
    opaque->in_use -= bytes;
    struct free_block **list = &opaque->free[class_of(bytes)];
    block->at = data;
    block->next = *list;
    *list = block;
}

static enum backend_status opaque_copy(struct backend *backend, void *to, const void *from,
                                       size_t bytes, struct error *err)
{
    (void)err;
    unlock(opaque_of(backend));
    memcpy(to, from, bytes);
    lock(opaque_of(backend));
    return BACKEND_OK;
}

static bool opaque_supports(const struct backend *backend, const struct backend_query *query)
{
    const struct opaque *opaque = (const struct opaque *)backend;
    if (opaque->refuses && opaque->refuses(query)) {
        return false;
    }
    return opaque->cpu->impl->supports(opaque->cpu, query);
}

#define PRIMITIVE(name, type)                                                               \
    static enum backend_status opaque_##name(struct backend *backend, const type *call,     \
                                             struct error *err)                             \
    {                                                                                       \
        struct opaque *opaque = opaque_of(backend);                                         \
        unlock(opaque);                                                                     \
        const enum backend_status status = opaque->cpu->impl->name(opaque->cpu, call, err); \
        lock(opaque);                                                                       \
        return status;                                                                      \
    }

PRIMITIVE(map, struct backend_map)
PRIMITIVE(reduce, struct backend_reduce)
PRIMITIVE(gemm, struct backend_gemm)
PRIMITIVE(gather, struct backend_index)
PRIMITIVE(scatter, struct backend_index)
PRIMITIVE(scan, struct backend_scan)
PRIMITIVE(lu, struct backend_lu)
PRIMITIVE(rows, struct backend_rows)
PRIMITIVE(chain, struct backend_chain)

static void opaque_info(struct backend *backend, struct backend_info *out)
{
    const struct opaque *opaque = opaque_of(backend);
    *out = (struct backend_info){ .name = "Opaque device",
                                  .capability = { 9, 0 },
                                  .multiprocessors = 1,
                                  .driver = 13000,
                                  .runtime = 12080,
                                  .memory_used = opaque->in_use,
                                  .memory_peak = opaque->peak,
                                  .memory_cached = opaque->used - opaque->in_use,
                                  .memory_free = ARENA_BYTES - opaque->used,
                                  .memory_total = ARENA_BYTES,
                                  .emulated = true };
}

static void opaque_reset_peak(struct backend *backend)
{
    opaque_of(backend)->peak = opaque_of(backend)->in_use;
}

static void opaque_destroy(struct backend *backend)
{
    struct opaque *opaque = opaque_of(backend);
    for (int i = 0; i < CLASSES; i++) {
        while (opaque->free[i]) {
            struct free_block *block = opaque->free[i];
            opaque->free[i] = block->next;
            free(block);
        }
    }
    opaque->cpu->impl->destroy(opaque->cpu);
    munmap(opaque->arena, ARENA_BYTES);
    free(opaque);
}

struct backend *backend_opaque_create(const struct opaque_spec *spec, struct error *err)
{
    struct backend *cpu = cpu_create(err);
    if (!cpu) {
        return NULL;
    }
    void *arena =
        mmap(NULL, ARENA_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena == MAP_FAILED) {
        cpu->impl->destroy(cpu);
        error_set(err, "no address space for the opaque device");
        return NULL;
    }
    struct opaque *opaque = memory_allocate(1, sizeof(*opaque));
    opaque->impl = *cpu->impl;
    opaque->impl.device = spec && spec->device ? spec->device : "cpu";
    opaque->impl.host_memory = false;
    opaque->impl.alloc = opaque_alloc;
    opaque->impl.release = opaque_release;
    opaque->impl.write = opaque_copy;
    opaque->impl.read = opaque_copy;
    opaque->impl.supports = opaque_supports;
    opaque->impl.map = opaque_map;
    opaque->impl.reduce = opaque_reduce;
    opaque->impl.gemm = opaque_gemm;
    opaque->impl.gather = opaque_gather;
    opaque->impl.scatter = opaque_scatter;
    opaque->impl.scan = opaque_scan;
    opaque->impl.lu = opaque_lu;
    opaque->impl.rows = opaque_rows;
    opaque->impl.chain = opaque_chain;
    opaque->impl.info = opaque_info;
    opaque->impl.reset_peak = opaque_reset_peak;
    opaque->impl.destroy = opaque_destroy;
    opaque->base.impl = &opaque->impl;
    opaque->base.index = spec ? spec->index : 0;
    opaque->cpu = cpu;
    opaque->refuses = spec ? spec->refuses : NULL;
    opaque->arena = arena;
    return &opaque->base;
}

struct backend *backend_of_tests(struct error *err)
{
    const char *path = getenv("GRADLIGHT_TEST_PLUGIN");
    if (!path) {
        return backend_opaque_create(NULL, err);
    }
    /* (Never closed: its device may end after us.) */
    void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    backend_open_function *open = NULL;
    struct backend *device = NULL;
    if (plugin) {
        *(void **)&open = dlsym(plugin, "backend_open");
    }
    if (!open) {
        error_set(err, "%s", dlerror());
        return NULL;
    }
    return open(BACKEND_ABI, 0, &device, err) == BACKEND_OK ? device : NULL;
}
