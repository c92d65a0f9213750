#pragma once
/* The engine's ids to the trace's: numbers from 1 in the order of first appearance. Keys are counters,
 * so they stand in pages by themselves: neighbours in time are neighbours in memory. */

#include <stddef.h>
#include <stdint.h>

enum { ID_MAP_PAGE = 512 };

/* Zero-initialise to start. Keys are not 0; nothing is ever given back before the process ends. So ids are kept
 * in 32 bits: what a long lesson adds here is memory that is touched for the first time. */
struct id_map {
    uint32_t **pages; /* NULL: no key of that page has an id */
    size_t page_count;
    int64_t count;
};

/* The id of `key`, 0 if it has none. */
static inline int64_t id_map_find(const struct id_map *map, uint64_t key)
{
    const uint64_t page = key / ID_MAP_PAGE;
    return page < map->page_count && map->pages[page] ? map->pages[page][key % ID_MAP_PAGE] : 0;
}

/* Gives `key`, which has no id yet, the next one. */
int64_t id_map_add(struct id_map *map, uint64_t key);
/* Leaves `key`, if it had an id, without one. */
void id_map_drop(struct id_map *map, uint64_t key);
