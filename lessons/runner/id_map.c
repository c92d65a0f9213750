#include "lessons/runner/id_map.h"

#include <assert.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"

static void grow(struct id_map *map, size_t needed)
{
    const size_t before = map->page_count;
    map->pages = array_reserve(map->pages, &map->page_count, needed, sizeof(*map->pages));
    memset(map->pages + before, 0, (map->page_count - before) * sizeof(*map->pages));
}

int64_t id_map_add(struct id_map *map, uint64_t key)
{
    assert(key != 0 && id_map_find(map, key) == 0);
    const size_t page = (size_t)(key / ID_MAP_PAGE);
    if (page >= map->page_count) {
        grow(map, page + 1);
    }
    if (!map->pages[page]) {
        map->pages[page] = memory_allocate(ID_MAP_PAGE, sizeof(**map->pages));
    }
    assert(map->count < UINT32_MAX); /* each costs a record, and traces end long before */
    map->pages[page][key % ID_MAP_PAGE] = (uint32_t)++map->count;
    return map->count;
}

void id_map_drop(struct id_map *map, uint64_t key)
{
    if (id_map_find(map, key) > 0) {
        map->pages[key / ID_MAP_PAGE][key % ID_MAP_PAGE] = 0;
    }
}
