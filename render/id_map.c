#include "render/id_map.h"

#include <stdlib.h>

#include "engine/base/memory.h"

enum { FIRST_CAPACITY = 64 }; /* a power of two, as all that follow */

void id_map_finish(struct id_map *map)
{
    free(map->ids);
    free(map->values);
    *map = (struct id_map){ 0 };
}

/* Where the id is or would be: the first place from its own on that is its or nobody's. */
static size_t place_of(const struct id_map *map, int64_t id)
{
    const uint64_t spread = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);
    size_t place = (size_t)(spread >> 32) & (map->capacity - 1);
    while (map->ids[place] && map->ids[place] != id) {
        place = (place + 1) & (map->capacity - 1);
    }
    return place;
}

static void grow(struct id_map *map)
{
    const struct id_map was = *map;
    map->capacity = was.capacity ? was.capacity * 2 : FIRST_CAPACITY;
    map->ids = memory_allocate(map->capacity, sizeof(*map->ids));
    map->values = memory_allocate(map->capacity, sizeof(*map->values));
    for (size_t i = 0; i < was.capacity; i++) {
        if (was.ids[i]) {
            const size_t place = place_of(map, was.ids[i]);
            map->ids[place] = was.ids[i];
            map->values[place] = was.values[i];
        }
    }
    free(was.ids);
    free(was.values);
}

void id_map_set(struct id_map *map, int64_t id, int value)
{
    if (id == 0) {
        return;
    }
    if (map->count * 2 >= map->capacity) {
        grow(map);
    }
    const size_t place = place_of(map, id);
    map->count += map->ids[place] != id;
    map->ids[place] = id;
    map->values[place] = value;
}

int id_map_find(const struct id_map *map, int64_t id)
{
    if (id == 0 || map->count == 0) {
        return -1;
    }
    const size_t place = place_of(map, id);
    return map->ids[place] == id ? map->values[place] : -1;
}
