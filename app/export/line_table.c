#include "app/export/line_table.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/hash.h"
#include "engine/base/memory.h"

const char *line_table_at(const struct line_table *table, size_t index, size_t *length)
{
    const size_t from = index > 0 ? table->ends[index - 1] : 0;

    *length = table->ends[index] - from;
    return text_string(&table->bytes) + from;
}

void line_table_finish(struct line_table *table)
{
    text_finish(&table->bytes);
    free(table->ends);
    free(table->slots);
}

/* The slot that holds the line, or the free one where it belongs. */
static uint32_t *find_slot(struct line_table *table, const char *bytes, size_t length)
{
    size_t at = (size_t)hash_bytes(HASH_START, bytes, length) & (table->slot_count - 1);

    for (;; at = (at + 1) & (table->slot_count - 1)) {
        size_t kept;
        if (table->slots[at] == 0) {
            return &table->slots[at];
        }
        const char *const line = line_table_at(table, table->slots[at] - 1, &kept);
        if (kept == length && memcmp(line, bytes, length) == 0) {
            return &table->slots[at];
        }
    }
}

/* At most half of the slots are taken. */
static void grow(struct line_table *table)
{
    static const size_t least = 1024;

    free(table->slots);
    table->slot_count = table->slot_count ? table->slot_count * 2 : least;
    table->slots = memory_allocate(table->slot_count, sizeof(*table->slots));
    for (size_t i = 0; i < table->count; i++) {
        size_t length;
        const char *const line = line_table_at(table, i, &length);
        *find_slot(table, line, length) = (uint32_t)i + 1;
    }
}

size_t line_table_add(struct line_table *table, const char *bytes, size_t length)
{
    if (2 * (table->count + 1) > table->slot_count) {
        grow(table);
    }
    uint32_t *const slot = find_slot(table, bytes, length);
    if (*slot == 0) {
        table->ends =
            array_reserve(table->ends, &table->capacity, table->count + 1, sizeof(*table->ends));
        text_append(&table->bytes, bytes, length);
        table->ends[table->count++] = table->bytes.length;
        *slot = (uint32_t)table->count;
    }
    return *slot - 1;
}
