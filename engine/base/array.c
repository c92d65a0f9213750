#include "engine/base/array.h"

#include <assert.h>
#include <stdint.h>

#include "engine/base/memory.h"

enum { FIRST_CAPACITY = 8 };

void *array_reserve(void *items, size_t *capacity, size_t needed, size_t item_size)
{
    assert(item_size > 0);
    if (needed <= *capacity) {
        return items;
    }
    size_t grown = *capacity > SIZE_MAX / 2 ? needed : *capacity * 2;
    if (grown < FIRST_CAPACITY) {
        grown = FIRST_CAPACITY;
    }
    if (grown < needed) {
        grown = needed;
    }
    void *moved = memory_resize(items, grown, item_size);
    *capacity = grown;
    return moved;
}
