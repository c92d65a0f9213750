/* The tables inside a trace: entities by id, the way through the lines, operation definitions. */
#include "lessons/trace/reader.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/hash.h"
#include "engine/base/memory.h"

void *table_at(const struct table *table, int64_t id)
{
    return id >= 1 && (uint64_t)id <= table->count ? table->items[id - 1] : NULL;
}

void table_put(struct trace *trace, struct table *table, void *item)
{
    table->items = array_reserve(table->items, &table->capacity, table->count + 1, sizeof(void *));
    table->items[table->count++] = item;
    trace->heap_bytes += sizeof(void *);
}

void *table_add(struct trace *trace, struct table *table, size_t size)
{
    void *item = arena_allocate(&trace->arena, 1, size);
    table_put(trace, table, item);
    return item;
}

void index_add(struct trace *trace, struct index_list *list, uint32_t record)
{
    list->items = array_reserve(list->items, &list->capacity, list->count + 1, sizeof(uint32_t));
    list->items[list->count++] = record;
    trace->heap_bytes += sizeof(uint32_t);
}

size_t index_before(const uint32_t *items, size_t count, uint32_t moment)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (items[middle] < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct tensor_entry *tensor_entry(const struct trace *trace, int64_t id)
{
    return table_at(&trace->tensors, id);
}

struct node_entry *node_entry(const struct trace *trace, int64_t id)
{
    return table_at(&trace->nodes, id);
}

struct module_entry *module_entry(const struct trace *trace, int64_t id)
{
    return table_at(&trace->modules, id);
}

struct frame_entry *frame_entry(const struct trace *trace, int64_t id)
{
    return table_at(&trace->frames, id);
}

struct trace_backward *backward_entry(const struct trace *trace, int64_t id)
{
    return table_at(&trace->backwards, id);
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* The slot of that line, or the free one where it belongs. */
static struct visit_count *visit_slot(const struct visit_table *table, int64_t cell, int64_t line)
{
    const int64_t key[2] = { cell, line };
    size_t at = (size_t)hash_bytes(HASH_START, key, sizeof(key)) & (table->capacity - 1);
    while (table->slots[at].count > 0 &&
           (table->slots[at].cell != cell || table->slots[at].line != line)) {
        at = (at + 1) & (table->capacity - 1);
    }
    return &table->slots[at];
}

static void visit_grow(struct trace *trace, struct visit_table *table)
{
    const struct visit_table old = *table;
    table->capacity = old.capacity > 0 ? old.capacity * 2 : 64;
    table->slots = memory_allocate(table->capacity, sizeof(*table->slots));
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].count > 0) {
            *visit_slot(table, old.slots[i].cell, old.slots[i].line) = old.slots[i];
        }
    }
    trace->heap_bytes += (table->capacity - old.capacity) * sizeof(*table->slots);
    free(old.slots);
}

const struct visit_count *visit_find(const struct trace *trace, int64_t cell, int64_t line)
{
    const struct visit_count *slot =
        trace->visits.count > 0 ? visit_slot(&trace->visits, cell, line) : NULL;
    return slot && slot->count > 0 ? slot : NULL;
}

/* One more execution of the line. */
static struct visit_count *visit_add(struct trace *trace, int64_t cell, int64_t line)
{
    struct visit_table *table = &trace->visits;
    if (table->count * 2 >= table->capacity) {
        visit_grow(trace, table);
    }
    struct visit_count *slot = visit_slot(table, cell, line);
    if (slot->count == 0) {
        table->count++;
        slot->cell = cell;
        slot->line = line;
    }
    slot->count++;
    return slot;
}

static void position_push(struct trace *trace, const struct position *position,
                          struct visit_count *line)
{
    index_add(trace, &line->positions, (uint32_t)trace->position_count);
    trace->positions = array_reserve(trace->positions, &trace->position_capacity,
                                     trace->position_count + 1, sizeof(*position));
    trace->positions[trace->position_count++] = *position;
    trace->heap_bytes += sizeof(*position);
}

void position_add(struct trace *trace, struct frame_entry *frame, uint32_t record, int64_t line)
{
    struct visit_count *visits = visit_add(trace, frame->frame.cell, line);
    frame->position = (uint32_t)trace->position_count;
    position_push(trace, &(struct position){ record, record, visits->count }, visits);
}

bool record_completes(enum record_kind kind)
{
    return kind == RECORD_CALLED || kind == RECORD_FREE || kind == RECORD_BIND ||
           kind == RECORD_GONE || kind == RECORD_LEAVE || kind == RECORD_RETURN ||
           kind == RECORD_BACKWARD_END;
}

void position_settle(struct trace *trace, const struct record *record, uint32_t index)
{
    const bool elsewhere = record->kind == RECORD_BIND && record->bind.frame != trace->returned;
    /* An error stays at the line that raised it, though its functions have returned by then. */
    const bool stays = record_completes(record->kind) || record->kind == RECORD_ERROR ||
                       record->kind == RECORD_END;
    if (trace->returned == 0 || (stays && !elsewhere)) {
        return;
    }
    const struct frame_entry *frame = frame_entry(trace, trace->returned);
    const struct frame_entry *parent = frame_entry(trace, frame->frame.parent);
    trace->returned = 0;
    if (parent && parent->position != NEVER) {
        struct position back = trace->positions[parent->position];
        back.since = index;
        const int64_t line = trace_record(trace, back.line_record)->line.line;
        position_push(trace, &back, visit_slot(&trace->visits, parent->frame.cell, line));
    }
}

/* ---- definitions of operations -------------------------------------------------------------- */

/* Far more than an engine has; keeping them sorted must not become dear. */
enum { OPDEFS_MAX = 4096 };

/* The place of the name among the sorted definitions; *found if it is there. */
static size_t opdef_place(const struct trace *trace, const char *name, bool *found)
{
    size_t low = 0, high = trace->opdef_count;
    *found = false;
    while (low < high && !*found) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(trace->opdefs[middle]->op, name);
        *found = order == 0;
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle; /* the place itself, if it is found */
        }
    }
    return high;
}

static bool opdef_insert(struct trace *trace, const struct record_opdef *def, size_t place,
                         struct error *err)
{
    if (trace->opdef_count == OPDEFS_MAX) {
        return error_set_kind(err, ERROR_VALUE, "more than %d different operations", OPDEFS_MAX);
    }
    trace->opdefs = array_reserve(trace->opdefs, &trace->opdef_capacity, trace->opdef_count + 1,
                                  sizeof(struct record_opdef *));
    memmove(&trace->opdefs[place + 1], &trace->opdefs[place],
            (trace->opdef_count - place) * sizeof(struct record_opdef *));
    trace->opdefs[place] = def;
    trace->opdef_count++;
    return true;
}

bool opdef_add(struct trace *trace, const struct record_opdef *def, struct error *err)
{
    bool found;
    const size_t place = opdef_place(trace, def->op, &found);
    return found || opdef_insert(trace, def, place, err);
}

const struct record_opdef *trace_opdef(const struct trace *trace, const char *name)
{
    bool found;
    const size_t place = opdef_place(trace, name, &found);
    return found ? trace->opdefs[place] : NULL;
}

const struct record_opdef *opdef_find(struct trace *trace, const char *name, struct error *err)
{
    bool found;
    const size_t place = opdef_place(trace, name, &found);
    if (found) {
        return trace->opdefs[place];
    }
    struct record_opdef *def = arena_allocate(&trace->arena, 1, sizeof(*def));
    *def = (struct record_opdef){ .op = name, .symbol = "", .formula = "", .provenance = "" };
    return opdef_insert(trace, def, place, err) ? def : NULL;
}
