#include "engine/tensor/pool.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

struct pool_item {
    struct pool_item *next;
};

struct pool_block {
    struct pool_block *next;
    max_align_t items[];
};

enum { FIRST_BLOCK = 64, LARGEST_BLOCK = 4096 };

static void *without_value(const struct pool *pool, void *item)
{
#ifndef NDEBUG
    memset(item, 0xa5, pool->item_size);
#else
    (void)pool;
#endif
    return item;
}

/* By itself, so that taking an item, which stands in whatever takes one, stays short. */
__attribute__((noinline)) static void pool_grow(struct pool *pool)
{
    const size_t align = _Alignof(max_align_t);
    const size_t size = (pool->item_size + align - 1) / align * align;
    const size_t count = pool->block_items > 0 ? pool->block_items : FIRST_BLOCK;
    struct pool_block *block = memory_allocate(1, sizeof(*block) + count * size);
    block->next = pool->blocks;
    pool->blocks = block;
    pool->block_items = count < LARGEST_BLOCK ? count * 2 : count;
    for (size_t i = 0; i < count; i++) {
        pool_give(pool, (char *)block->items + i * size);
    }
}

void *pool_take(struct pool *pool)
{
    if (!MEMORY_IS_KEPT) {
        return without_value(pool, memory_allocate(1, pool->item_size));
    }
    if (!pool->free) {
        pool_grow(pool);
    }
    struct pool_item *item = pool->free;
    pool->free = item->next;
    return without_value(pool, item);
}

void pool_give(struct pool *pool, void *item)
{
    if (!MEMORY_IS_KEPT) {
        free(item);
        return;
    }
    struct pool_item *given = item;
    given->next = pool->free;
    pool->free = given;
}

void pool_finish(struct pool *pool)
{
    while (pool->blocks) {
        struct pool_block *block = pool->blocks;
        pool->blocks = block->next;
        free(block);
    }
    pool->free = NULL;
}
