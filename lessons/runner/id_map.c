#include "lessons/runner/id_map.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/base/memory.h"

enum { CAPACITY_FIRST = 256 };

/* Where the key is, or where it would be. Keys are counters, so a multiplication spreads them. */
static size_t place_of(const struct id_map *map, uint64_t key)
{
    size_t at = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (map->capacity - 1);
    while (map->keys[at] != 0 && map->keys[at] != key) {
        at = (at + 1) & (map->capacity - 1);
    }
    return at;
}

int64_t id_map_find(const struct id_map *map, uint64_t key)
{
    if (map->capacity == 0) {
        return 0;
    }
    size_t at = place_of(map, key);
    return map->keys[at] == key ? map->ids[at] : 0;
}

static void grow(struct id_map *map)
{
    struct id_map larger = {
        .capacity = map->capacity > 0 ? map->capacity * 2 : CAPACITY_FIRST,
        .count = map->count,
    };
    larger.keys = memory_allocate(larger.capacity, sizeof(*larger.keys));
    larger.ids = memory_allocate(larger.capacity, sizeof(*larger.ids));
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->keys[i] != 0) {
            size_t at = place_of(&larger, map->keys[i]);
            larger.keys[at] = map->keys[i];
            larger.ids[at] = map->ids[i];
        }
    }
    free(map->keys);
    free(map->ids);
    *map = larger;
}

int64_t id_map_add(struct id_map *map, uint64_t key)
{
    assert(key != 0 && id_map_find(map, key) == 0);
    if ((size_t)map->count * 2 >= map->capacity) {
        grow(map);
    }
    size_t at = place_of(map, key);
    map->keys[at] = key;
    map->ids[at] = ++map->count;
    return map->count;
}
