#include "lessons/runner/id_map.h"

#include <assert.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"

enum { PAGE_KEYS = 512 };

int64_t id_map_find(const struct id_map *map, uint64_t key)
{
    const uint64_t page = key / PAGE_KEYS;
    return page < map->page_count && map->pages[page] ? map->pages[page][key % PAGE_KEYS] : 0;
}

static void grow(struct id_map *map, size_t needed)
{
    const size_t before = map->page_count;
    map->pages = array_reserve(map->pages, &map->page_count, needed, sizeof(*map->pages));
    memset(map->pages + before, 0, (map->page_count - before) * sizeof(*map->pages));
}

int64_t id_map_add(struct id_map *map, uint64_t key)
{
    assert(key != 0 && id_map_find(map, key) == 0);
    const size_t page = (size_t)(key / PAGE_KEYS);
    if (page >= map->page_count) {
        grow(map, page + 1);
    }
    if (!map->pages[page]) {
        map->pages[page] = memory_allocate(PAGE_KEYS, sizeof(**map->pages));
    }
    map->pages[page][key % PAGE_KEYS] = ++map->count;
    return map->count;
}

void id_map_drop(struct id_map *map, uint64_t key)
{
    if (id_map_find(map, key) > 0) {
        map->pages[key / PAGE_KEYS][key % PAGE_KEYS] = 0;
    }
}
