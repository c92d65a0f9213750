/* Small blocks come from slabs, one pool for each size. Large ones are kept for a while when they are
 * released: a training loop asks for the same sizes again and again, and new pages from the system cost
 * more than what most operations do with them. */

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/cpu/private.h"

struct cpu_block {
    struct cpu_block *next;
};

enum { ALIGNMENT = 64, SLAB_BYTES = 64 * 1024 };

/* Nobody has a terabyte; asking for it is a lesson's mistake, not worth asking the system. */
static const size_t MOST_BYTES = (size_t)1 << 40;

/* Below, the C library has no need of new pages. */
static const size_t LEAST_SPARE = (size_t)64 << 10;
static const size_t MOST_SPARE = (size_t)96 << 20; /* all spare blocks together */

/* ---- small blocks ---------------------------------------------------------------------------------- */

static bool is_pooled(size_t bytes)
{
    return MEMORY_IS_KEPT && bytes <= CPU_POOLED_BYTES;
}

static struct cpu_block **pool_for(struct cpu_memory *memory, size_t bytes)
{
    return &memory->free[(bytes - 1) / CPU_POOL_STEP];
}

/* Cuts a new slab into blocks of the pool's size. Its first block links the slabs. */
static bool pool_refill(struct cpu_memory *memory, size_t bytes)
{
    const size_t size = (bytes + CPU_POOL_STEP - 1) / CPU_POOL_STEP * CPU_POOL_STEP;
    struct cpu_block *slab = aligned_alloc(ALIGNMENT, SLAB_BYTES);
    if (!slab) {
        return false;
    }
    slab->next = memory->slabs;
    memory->slabs = slab;
    struct cpu_block **pool = pool_for(memory, bytes);
    for (size_t at = ALIGNMENT; at + size <= SLAB_BYTES; at += size) {
        struct cpu_block *block = (struct cpu_block *)((char *)slab + at);
        block->next = *pool;
        *pool = block;
    }
    return true;
}

/* There must be one. */
static void *pool_take_block(struct cpu_memory *memory, size_t bytes)
{
    struct cpu_block **pool = pool_for(memory, bytes);
    struct cpu_block *block = *pool;
    *pool = block->next;
    return block;
}

/* ---- large blocks ---------------------------------------------------------------------------------- */

/* What is asked of the system for `bytes`: a multiple of the alignment, and for large blocks of a
 * sixteenth of their size, so that a block serves its neighbours too. */
static size_t whole_size(size_t bytes)
{
    size_t step = ALIGNMENT;
    while (bytes >= LEAST_SPARE && step <= bytes / 32) {
        step *= 2;
    }
    return (bytes + step - 1) & ~(step - 1);
}

static void spare_remove(struct cpu_memory *memory, int i)
{
    memory->spare_bytes -= memory->spares[i].bytes;
    memory->spare_count--;
    memmove(&memory->spares[i], &memory->spares[i + 1],
            (size_t)(memory->spare_count - i) * sizeof(*memory->spares));
}

/* The newest of that size, which may still be in the cache; NULL: there is none. */
static void *spare_take(struct cpu_memory *memory, size_t bytes)
{
    for (int i = memory->spare_count - 1; i >= 0; i--) {
        if (memory->spares[i].bytes == bytes) {
            void *data = memory->spares[i].data;
            spare_remove(memory, i);
            return data;
        }
    }
    return NULL;
}

static void drop_oldest(struct cpu_memory *memory)
{
    free(memory->spares[0].data);
    spare_remove(memory, 0);
}

static bool spare_keep(struct cpu_memory *memory, void *data, size_t bytes)
{
    if (!MEMORY_IS_KEPT || bytes < LEAST_SPARE || bytes > MOST_SPARE / 2) {
        return false;
    }
    while (memory->spare_count == CPU_MOST_SPARES || memory->spare_bytes + bytes > MOST_SPARE) {
        drop_oldest(memory);
    }
    memory->spares[memory->spare_count++] = (struct cpu_spare){ data, bytes };
    memory->spare_bytes += bytes;
    return true;
}

static void *large_block(struct cpu_memory *memory, size_t bytes)
{
    const size_t whole = whole_size(bytes);
    void *data = spare_take(memory, whole);
    if (!data) {
        data = aligned_alloc(ALIGNMENT, whole);
    }
    while (!data && memory->spare_count > 0) {
        drop_oldest(memory);
        data = aligned_alloc(ALIGNMENT, whole);
    }
    return data;
}

/* ---- the entries ------------------------------------------------------------------------------------ */

/* By themselves, so that what small blocks need stays short. */
__attribute__((noinline)) static enum backend_status
alloc_otherwise(struct cpu_memory *memory, size_t bytes, void **out, struct error *err)
{
    if (is_pooled(bytes)) {
        *out = pool_refill(memory, bytes) ? pool_take_block(memory, bytes) : NULL;
    } else {
        *out = bytes > MOST_BYTES ? NULL : large_block(memory, bytes);
    }
    if (*out) {
        return BACKEND_OK;
    }
    memory_refuse((double)bytes, err);
    return BACKEND_OUT_OF_MEMORY;
}

__attribute__((noinline)) static void release_large(struct cpu_memory *memory, void *data,
                                                    size_t bytes)
{
    if (!spare_keep(memory, data, whole_size(bytes))) {
        free(data);
    }
}

enum backend_status cpu_alloc(struct backend *backend, size_t bytes, void **out, struct error *err)
{
    struct cpu_memory *memory = &cpu_of(backend)->memory;
    if (!is_pooled(bytes) || !*pool_for(memory, bytes)) {
        return alloc_otherwise(memory, bytes, out, err);
    }
    *out = pool_take_block(memory, bytes);
    return BACKEND_OK;
}

void cpu_release(struct backend *backend, void *data, size_t bytes)
{
    struct cpu_memory *memory = &cpu_of(backend)->memory;
    if (!is_pooled(bytes)) {
        release_large(memory, data, bytes);
        return;
    }
    struct cpu_block *block = data;
    struct cpu_block **pool = pool_for(memory, bytes);
    block->next = *pool;
    *pool = block;
}

void cpu_memory_finish(struct cpu_memory *memory)
{
    while (memory->spare_count > 0) {
        drop_oldest(memory);
    }
    while (memory->slabs) {
        struct cpu_block *slab = memory->slabs;
        memory->slabs = slab->next;
        free(slab);
    }
}
