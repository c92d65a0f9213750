#pragma once
/* The engine's ids to the trace's: numbers from 1 in the order of first appearance. */

#include <stddef.h>
#include <stdint.h>

/* Zero-initialise to start. Keys are not 0; nothing is ever taken out, or given back
 * before the process ends. */
struct id_map {
    uint64_t *keys;
    int64_t *ids;
    size_t capacity; /* a power of two, or 0 */
    int64_t count;
};

/* The id of `key`, 0 if it has none. */
int64_t id_map_find(const struct id_map *map, uint64_t key);
/* Gives `key`, which has no id yet, the next one. */
int64_t id_map_add(struct id_map *map, uint64_t key);
