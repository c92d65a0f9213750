#pragma once
/* Free lists for small things of one size that come and go with every operation (but see
 * MEMORY_IS_KEPT). */

#include <stddef.h>

struct pool_item;

/* Zero-initialise with .item_size set. */
struct pool {
    size_t item_size; /* at least a pointer's */
    struct pool_item *free;
    struct pool_block *blocks;
    size_t block_items; /* in the next block */
};

/* One pool for each kind; in struct engine. */
struct engine_pools {
    struct pool tensors, storages, nodes;
};

/* Without a value: who takes an item gives it one. In debug builds it is full of bytes that no field should
 * have, so that one which was forgotten is seen. */
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *item);
/* Gives all memory back; every item must have been given back before. */
void pool_finish(struct pool *pool);
