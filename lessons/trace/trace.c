#include "lessons/trace/trace.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/base/system_error.h"
#include "lessons/trace/codec.h"
#include "lessons/trace/reader.h"

struct trace *trace_create(void)
{
    return memory_allocate(1, sizeof(struct trace));
}

void trace_destroy(struct trace *trace)
{
    if (!trace) {
        return;
    }
    for (size_t i = 0; i < trace->cells.count; i++) {
        text_finish(&trace->cell_texts[i]);
        free(trace->cell_lines[i].items);
    }
    free(trace->cell_texts);
    free(trace->cell_lines);
    struct table *const tables[] = { &trace->tensors, &trace->ops,    &trace->nodes,
                                     &trace->modules, &trace->optims, &trace->backwards,
                                     &trace->frames,  &trace->cells,  &trace->code_cells };
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        free(tables[i]->items);
    }
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        free(trace->by_kind[kind].items);
    }
    free(trace->records);
    free(trace->opdefs);
    free(trace->positions);
    for (size_t i = 0; i < trace->visits.capacity; i++) {
        free(trace->visits.slots[i].positions.items);
    }
    free(trace->visits.slots);
    places_finish(trace);
    text_finish(&trace->partial);
    arena_finish(&trace->arena);
    arena_finish(&trace->scratch);
    free(trace);
}

void trace_keep_said(struct trace *trace)
{
    assert(trace->line_number == 0);
    trace->said_only = true;
}

/* ---- reading -------------------------------------------------------------------------------- */

static const char *dtype_of(const void *owner, int64_t id)
{
    const struct trace_tensor *tensor = trace_tensor(owner, id);
    return tensor ? tensor->dtype : NULL;
}

/* Keeps only as much as the record's kind needs: most records are far smaller than the largest. */
static const struct record *keep_record(struct trace *trace, const struct record *record)
{
    const size_t size = offsetof(struct record, hello) + record_table[record->kind].size;
    struct record *kept = arena_allocate(&trace->arena, size, 1);
    memcpy(kept, record, size);
    return kept;
}

static bool check_limits(const struct trace *trace, struct error *err)
{
    if (trace->record_count + trace->passed_over >= TRACE_RECORDS_MAX) {
        return error_set_kind(err, ERROR_VALUE, "the trace has more than %d records",
                              TRACE_RECORDS_MAX);
    }
    if (trace->bytes_read > TRACE_BYTES_MAX ||
        trace->arena.used + trace->heap_bytes > TRACE_BYTES_MAX) {
        return error_set_kind(err, ERROR_VALUE, "the trace is larger than %d MiB",
                              TRACE_BYTES_MAX >> 20);
    }
    return true;
}

/* Whether the trace has no use for a record of that kind. */
static bool is_passed_over(const struct trace *trace, enum record_kind kind)
{
    const bool said = kind == RECORD_HELLO || kind == RECORD_SOURCE || kind == RECORD_OUT ||
                      kind == RECORD_DISPLAY || kind == RECORD_DENIED || kind == RECORD_BUDGET ||
                      kind == RECORD_ERROR || kind == RECORD_END;
    return trace->said_only && !said;
}

static bool read_record(struct trace *trace, const char *line, size_t length, struct error *err)
{
    const struct record_context context = { dtype_of, trace, &trace->scratch, &trace->words };
    /* A line that is written in another way than ours has no kind yet, and is read to be known. */
    const enum record_kind kind =
        trace->said_only ? record_kind_of_line(line, length) : RECORD_KIND_COUNT;
    struct record parsed;
    bool known;
    trace->bytes_read += length + 1;
    if (!check_limits(trace, err)) {
        return false;
    }
    if (kind != RECORD_KIND_COUNT && is_passed_over(trace, kind)) {
        trace->passed_over++;
        return true;
    }
    if (!record_parse(&parsed, &known, line, length, &context, &trace->arena, err)) {
        return false;
    }
    if (!known || is_passed_over(trace, parsed.kind)) {
        return true;
    }
    const struct record *record = keep_record(trace, &parsed);
    const uint32_t index = (uint32_t)trace->record_count;
    if (!trace_apply(trace, record, index, err)) {
        return error_prefix(err, "%s", record_kind_name(record->kind));
    }
    trace->records = array_reserve(trace->records, &trace->record_capacity, index + (size_t)1,
                                   sizeof(struct record *));
    trace->records[trace->record_count++] = record;
    index_add(trace, &trace->by_kind[record->kind], index);
    trace->heap_bytes += sizeof(struct record *);
    return true;
}

/* Remembers why reading stopped; from here on the trace takes no more. */
static bool stop_reading(struct trace *trace, struct error *err, const struct error *reason)
{
    struct error why = *reason;
    error_prefix(&why, "line %" PRIu64, trace->line_number);
    size_t length = strlen(why.text);
    if (length >= sizeof(trace->ending.why)) {
        length = sizeof(trace->ending.why) - 1;
        while (length > 0 && ((unsigned char)why.text[length] & 0xC0) == 0x80) {
            length--; /* not in the middle of a character */
        }
    }
    memcpy(trace->ending.why, why.text, length);
    trace->ending.why[length] = '\0';
    trace->ending.broken = true;
    return error_set_kind(err, ERROR_VALUE, "%s", trace->ending.why);
}

static bool read_line(struct trace *trace, const char *line, size_t length, struct error *err)
{
    struct error why;
    error_clear(&why);
    trace->line_number++;
    if (length + 1 > TRACE_LINE_MAX) {
        error_set(&why, "longer than %d bytes", TRACE_LINE_MAX);
        return stop_reading(trace, err, &why);
    }
    return read_record(trace, line, length, &why) || stop_reading(trace, err, &why);
}

/* The first part of a line lies in `partial`, its end at bytes[0..length). */
static bool read_joined_line(struct trace *trace, const char *bytes, size_t length,
                             struct error *err)
{
    if (trace->partial.length == 0) {
        return read_line(trace, bytes, length, err);
    }
    text_append(&trace->partial, bytes, length);
    const bool good = read_line(trace, trace->partial.bytes, trace->partial.length, err);
    text_clear(&trace->partial);
    return good;
}

bool trace_feed(struct trace *trace, const char *bytes, size_t length, struct error *err)
{
    if (trace->ending.broken) {
        return error_set_kind(err, ERROR_VALUE, "%s", trace->ending.why);
    }
    const char *const end = bytes + length;
    while (bytes < end) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        const size_t part = (size_t)((newline ? newline : end) - bytes);
        if (trace->partial.length + part >= TRACE_LINE_MAX) {
            /* Before it is stored: a line without end must not fill the memory. */
            struct error why = { 0 };
            trace->line_number++;
            error_set(&why, "longer than %d bytes", TRACE_LINE_MAX);
            return stop_reading(trace, err, &why);
        }
        if (!newline) {
            text_append(&trace->partial, bytes, part);
            return true;
        }
        if (!read_joined_line(trace, bytes, part, err)) {
            return false;
        }
        bytes = newline + 1;
    }
    return true;
}

bool trace_finish_input(struct trace *trace, struct error *err)
{
    if (trace->ending.broken) {
        return error_set_kind(err, ERROR_VALUE, "%s", trace->ending.why);
    }
    return trace->partial.length == 0 || read_joined_line(trace, "", 0, err);
}

bool trace_load(struct trace *trace, const char *path, struct error *err)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return error_set_kind(err, ERROR_IO, "cannot read %s: %s", path, system_error(errno));
    }
    char *buffer = memory_allocate(1, TRACE_LINE_MAX);
    bool good = true;
    size_t length;
    while (good && (length = fread(buffer, 1, TRACE_LINE_MAX, file)) > 0) {
        good = trace_feed(trace, buffer, length, err);
    }
    if (good && ferror(file)) {
        error_set_kind(err, ERROR_IO, "cannot read %s: %s", path, system_error(errno));
    } else if (!good || !trace_finish_input(trace, err)) {
        error_prefix(err, "%s", path);
    } else {
        free(buffer);
        fclose(file);
        return true;
    }
    free(buffer);
    fclose(file);
    return false;
}

/* ---- what is there -------------------------------------------------------------------------- */

uint32_t trace_record_count(const struct trace *trace)
{
    return (uint32_t)trace->record_count;
}

const struct record *trace_record(const struct trace *trace, uint32_t index)
{
    assert(index < trace->record_count);
    return trace->records[index];
}

const struct record_hello *trace_hello(const struct trace *trace)
{
    return trace->record_count > 0 ? &trace->records[0]->hello : NULL;
}

const struct trace_ending *trace_ending(const struct trace *trace)
{
    return &trace->ending;
}

const struct trace_tensor *trace_tensor(const struct trace *trace, int64_t id)
{
    return table_at(&trace->tensors, id);
}

const struct trace_op *trace_op(const struct trace *trace, int64_t id)
{
    return table_at(&trace->ops, id);
}

const struct trace_node *trace_node(const struct trace *trace, int64_t id)
{
    return table_at(&trace->nodes, id);
}

const struct trace_module *trace_module(const struct trace *trace, int64_t id)
{
    return table_at(&trace->modules, id);
}

const struct trace_backward *trace_backward(const struct trace *trace, int64_t id)
{
    return table_at(&trace->backwards, id);
}

const struct trace_frame *trace_frame(const struct trace *trace, int64_t id)
{
    return table_at(&trace->frames, id);
}

int64_t trace_tensor_count(const struct trace *trace)
{
    return (int64_t)trace->tensors.count;
}

int64_t trace_op_count(const struct trace *trace)
{
    return (int64_t)trace->ops.count;
}

int64_t trace_node_count(const struct trace *trace)
{
    return (int64_t)trace->nodes.count;
}

int64_t trace_backward_count(const struct trace *trace)
{
    return (int64_t)trace->backwards.count;
}

int64_t trace_frame_count(const struct trace *trace)
{
    return (int64_t)trace->frames.count;
}

size_t trace_cell_count(const struct trace *trace)
{
    return trace->cells.count;
}

const struct trace_cell *trace_cell(const struct trace *trace, size_t index)
{
    return table_at(&trace->cells, (int64_t)index + 1);
}

const struct trace_cell *trace_code_cell(const struct trace *trace, int64_t in_number)
{
    return table_at(&trace->code_cells, in_number);
}

const uint32_t *trace_records_of(const struct trace *trace, enum record_kind kind, size_t *count)
{
    *count = trace->by_kind[kind].count;
    return trace->by_kind[kind].items;
}

bool trace_cell_tagged(const struct trace_cell *cell, const char *tag)
{
    for (size_t i = 0; i < cell->tag_count; i++) {
        if (cell->tags[i].length == strlen(tag) &&
            memcmp(cell->tags[i].bytes, tag, cell->tags[i].length) == 0) {
            return true;
        }
    }
    return false;
}
