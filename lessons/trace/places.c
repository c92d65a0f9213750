#include "lessons/trace/places.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "lessons/trace/reader.h"

/* The public part first: what leaves the reader is the entry itself. */
struct place_entry {
    struct trace_place place;
    uint32_t *records;
    size_t capacity;
};

/* A name in a frame, bound at each of the records. */
struct bound_entry {
    int64_t frame;
    const char *name;
    size_t length;
    uint32_t *records;
    size_t count, capacity;
};

/* ---- a table by hash ------------------------------------------------------------------------ */

static void put_slot(struct hash_table *table, uint64_t hash, void *item)
{
    size_t at = (size_t)hash & (table->capacity - 1);
    while (table->slots[at].item) {
        at = (at + 1) & (table->capacity - 1);
    }
    table->slots[at] = (struct hash_slot){ hash, item };
}

static void table_grow(struct trace *trace, struct hash_table *table)
{
    const struct hash_table old = *table;
    table->capacity = old.capacity > 0 ? old.capacity * 2 : 64;
    table->slots = memory_allocate(table->capacity, sizeof(*table->slots));
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].item) {
            put_slot(table, old.slots[i].hash, old.slots[i].item);
        }
    }
    trace->heap_bytes += (table->capacity - old.capacity) * sizeof(*table->slots);
    free(old.slots);
}

static void hash_add(struct trace *trace, struct hash_table *table, uint64_t hash, void *item)
{
    if (table->count * 2 >= table->capacity) {
        table_grow(trace, table);
    }
    put_slot(table, hash, item);
    table->count++;
}

/* ---- sub-expressions ------------------------------------------------------------------------ */

static uint64_t place_hash(const struct span *at, bool backward)
{
    const int key[] = { at->cell, at->line, at->column, at->end_line, at->end_column, backward };
    return hash_bytes(HASH_START, key, sizeof(key));
}

static bool same_place(const struct trace_place *place, const struct span *at, bool backward)
{
    return place->backward == backward && memcmp(&place->at, at, sizeof(*at)) == 0;
}

static struct place_entry *find_place(const struct trace *trace, uint64_t hash,
                                      const struct span *at, bool backward)
{
    const struct hash_table *const table = &trace->places;
    for (size_t i = (size_t)hash; table->capacity > 0; i++) {
        const struct hash_slot *const slot = &table->slots[i & (table->capacity - 1)];
        struct place_entry *const entry = slot->item;
        if (!entry || same_place(&entry->place, at, backward)) {
            return entry;
        }
    }
    return NULL;
}

static struct place_entry *new_place(struct trace *trace, uint64_t hash, const struct span *at,
                                     bool backward)
{
    struct place_entry *const entry = arena_allocate(&trace->arena, 1, sizeof(*entry));
    const size_t cell = (size_t)at->cell - 1;

    entry->place = (struct trace_place){ .at = *at, .backward = backward };
    hash_add(trace, &trace->places, hash, entry);
    trace->cell_places = array_reserve(trace->cell_places, &trace->cell_place_capacity, cell + 1,
                                       sizeof(*trace->cell_places));
    while (trace->cell_place_count <= cell) {
        trace->cell_places[trace->cell_place_count++] = (struct table){ 0 };
    }
    table_put(trace, &trace->cell_places[cell], entry);
    return entry;
}

void places_add(struct trace *trace, const struct span *at, bool backward, uint32_t record)
{
    if (!table_at(&trace->code_cells, at->cell)) {
        return;
    }
    const uint64_t hash = place_hash(at, backward);
    struct place_entry *entry = find_place(trace, hash, at, backward);

    entry = entry ? entry : new_place(trace, hash, at, backward);
    entry->records = arena_reserve(&trace->arena, entry->records, &entry->capacity,
                                   entry->place.record_count + 1, sizeof(*entry->records));
    entry->records[entry->place.record_count++] = record;
    entry->place.records = entry->records;
}

const struct trace_place *const *trace_places(const struct trace *trace, int64_t cell,
                                              size_t *count)
{
    const bool known = cell >= 1 && (uint64_t)cell <= trace->cell_place_count;
    const struct table *const table = known ? &trace->cell_places[cell - 1] : NULL;

    *count = table ? table->count : 0;
    return table ? (const struct trace_place *const *)(const void *)table->items : NULL;
}

uint32_t trace_place_latest(const struct trace_place *place, uint32_t moment)
{
    const size_t before = index_before(place->records, place->record_count, moment);
    return before > 0 ? place->records[before - 1] : NEVER;
}

/* ---- names ---------------------------------------------------------------------------------- */

static uint64_t bound_hash(int64_t frame, const char *name, size_t length)
{
    return hash_bytes(hash_bytes(HASH_START, &frame, sizeof(frame)), name, length);
}

static struct bound_entry *find_bound(const struct trace *trace, uint64_t hash, int64_t frame,
                                      const char *name, size_t length)
{
    const struct hash_table *const table = &trace->bound;
    for (size_t i = (size_t)hash; table->capacity > 0; i++) {
        struct bound_entry *const entry = table->slots[i & (table->capacity - 1)].item;
        if (!entry || (entry->frame == frame && entry->length == length &&
                       memcmp(entry->name, name, length) == 0)) {
            return entry;
        }
    }
    return NULL;
}

static void bind_in(struct trace *trace, int64_t frame, const char *name, uint32_t record)
{
    const size_t length = strlen(name);
    const uint64_t hash = bound_hash(frame, name, length);
    struct bound_entry *entry = find_bound(trace, hash, frame, name, length);

    if (!entry) {
        entry = arena_allocate(&trace->arena, 1, sizeof(*entry));
        *entry = (struct bound_entry){ .frame = frame, .name = name, .length = length };
        hash_add(trace, &trace->bound, hash, entry);
    }
    entry->records = arena_reserve(&trace->arena, entry->records, &entry->capacity,
                                   entry->count + 1, sizeof(*entry->records));
    entry->records[entry->count++] = record;
}

void places_bind(struct trace *trace, const struct record_bind *bind, uint32_t record)
{
    bind_in(trace, bind->frame, bind->name, record);
    if (trace_frame(trace, bind->frame)->parent == 0) {
        bind_in(trace, 0, bind->name, record);
    }
}

bool trace_bound_at(const struct trace *trace, int64_t frame, const char *name, size_t length,
                    uint32_t moment, int64_t *tensor)
{
    const struct bound_entry *const entry =
        find_bound(trace, bound_hash(frame, name, length), frame, name, length);
    const size_t before = entry ? index_before(entry->records, entry->count, moment) : 0;

    if (before == 0) {
        return false;
    }
    *tensor = trace_record(trace, entry->records[before - 1])->bind.tensor;
    return true;
}

void places_finish(struct trace *trace)
{
    for (size_t i = 0; i < trace->cell_place_count; i++) {
        free(trace->cell_places[i].items);
    }
    free(trace->cell_places);
    free(trace->places.slots);
    free(trace->bound.slots);
}
