/* What a device answers when something is wrong, and what it says of its memory and its time. */

#include "tests/parity/parity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/tensor/dtype.h"

/* ---- mistakes of a lesson ---------------------------------------------------------------------------- */

/* After a mistake the next call is as good as any. */
static void check_recovered(struct parity *p)
{
    const struct parity_spec spec = { .dtype = DTYPE_INT64,
                                      .shape = { 1, { 100 } },
                                      .values = PARITY_NATURAL };
    struct parity_operand operand = operand_create(p, &spec);
    struct backend_map call[PARITY_SIDES];
    for (int s = 0; s < PARITY_SIDES; s++) {
        call[s] = (struct backend_map){ .function = MAP_MUL,
                                        .dtype = DTYPE_INT64,
                                        .out = &operand.view[s],
                                        .in = { &operand.view[s], &operand.view[s] } };
    }
    if (PARITY_RUN(p, map, call)) {
        parity_compare(p, &operand, &(struct parity_tolerance){ 0 });
    } else {
        parity_fail(p, "the call after the mistake does not succeed");
    }
    operand_destroy(p, &operand);
}

static void expect_mistake(struct parity *p, bool succeeded, enum error_kind kind, const char *text)
{
    const struct error *err = &p->err[PARITY_DEVICE];
    if (succeeded) {
        parity_fail(p, "no mistake was found");
    } else if (strcmp(err->text, text) != 0 || err->kind != kind) {
        parity_fail(p, "\"%s\" instead of \"%s\"", err->text, text);
    }
    check_recovered(p);
}

static void divide_by(struct parity *p, enum map_function function, enum dtype dtype,
                      double divisor, const char *text)
{
    const struct parity_spec spec = { .dtype = dtype, .shape = { 1, { 1000 } } };
    const double here = 777;
    parity_name(p, "%s %s by %g", map_row(function)->name, dtype_name(dtype), divisor);
    struct parity_operand a = operand_create(p, &spec), b = operand_create(p, &spec);
    struct backend_map fill[PARITY_SIDES], one[PARITY_SIDES], call[PARITY_SIDES];
    struct backend_view place[PARITY_SIDES];
    for (int s = 0; s < PARITY_SIDES; s++) {
        place[s] = b.view[s];
        place[s].dims = 0;
        place[s].data = (char *)b.view[s].data + (size_t)here * dtype_size(dtype);
        fill[s] = (struct backend_map){
            .function = MAP_FILL, .dtype = dtype, .out = &b.view[s], .number = { number_integer(2) }
        };
        one[s] = fill[s];
        one[s].out = &place[s];
        one[s].number[0] = number_real(divisor);
        call[s] = (struct backend_map){ .function = function,
                                        .dtype = dtype,
                                        .out = &a.view[s],
                                        .in = { &a.view[s], &b.view[s] },
                                        .p = 1 };
    }
    PARITY_RUN(p, map, fill);
    PARITY_RUN(p, map, one);
    expect_mistake(p, PARITY_RUN(p, map, call), ERROR_RUNTIME, text);
    operand_destroy(p, &b);
    operand_destroy(p, &a);
}

/* One index of many is `position`, of 11. */
static void index_by(struct parity *p, bool gather, int64_t position)
{
    char text[100];
    const struct parity_spec table_spec = { .dtype = DTYPE_FLOAT32, .shape = { 2, { 11, 3 } } };
    const struct parity_spec row_spec = { .dtype = DTYPE_FLOAT32, .shape = { 2, { 300, 3 } } };
    const struct parity_spec index_spec = { .dtype = DTYPE_INT64,
                                            .shape = { 2, { 300, 3 } },
                                            .values = PARITY_NATURAL };
    parity_name(p, "%s with index %d of 11", gather ? "gather" : "scatter", (int)position);
    struct parity_operand table = operand_create(p, &table_spec);
    struct parity_operand rows = operand_create(p, &row_spec);
    struct parity_operand index = operand_create(p, &index_spec);
    struct backend_map bad[PARITY_SIDES];
    struct backend_view place[PARITY_SIDES];
    struct backend_index call[PARITY_SIDES];
    for (int s = 0; s < PARITY_SIDES; s++) {
        place[s] = index.view[s];
        place[s].dims = 0;
        place[s].data = (char *)index.view[s].data + 421 * sizeof(int64_t);
        bad[s] = (struct backend_map){ .function = MAP_FILL,
                                       .dtype = DTYPE_INT64,
                                       .out = &place[s],
                                       .number = { number_integer(position) } };
        call[s] = (struct backend_index){ .out = gather ? &rows.view[s] : &table.view[s],
                                          .in = gather ? &table.view[s] : &rows.view[s],
                                          .index = &index.view[s] };
    }
    PARITY_RUN(p, map, bad);
    snprintf(text, sizeof(text), "index %d is out of bounds for dimension 0 with size 11",
             (int)position);
    expect_mistake(p, gather ? PARITY_RUN(p, gather, call) : PARITY_RUN(p, scatter, call),
                   ERROR_INDEX, text);
    operand_destroy(p, &index);
    operand_destroy(p, &rows);
    operand_destroy(p, &table);
}

void parity_errors(struct parity *p)
{
    static const enum map_function divisions[] = { MAP_FLOOR_DIVIDE, MAP_REMAINDER, MAP_FMOD };
    for (enum dtype dtype = DTYPE_UINT8; dtype <= DTYPE_INT64; dtype++) {
        for (int i = 0; i < 3; i++) {
            if (parity_covers(p, PRIMITIVE_MAP, (int)divisions[i], dtype)) {
                divide_by(p, divisions[i], dtype, 0, "ZeroDivisionError");
            }
        }
    }
    for (enum dtype dtype = DTYPE_INT32; dtype <= DTYPE_INT64; dtype++) {
        if (parity_covers(p, PRIMITIVE_MAP, MAP_POW, dtype)) {
            divide_by(p, MAP_POW, dtype, -1,
                      "Integers to negative integer powers are not allowed.");
        }
    }
    for (int gather = 0; gather < 2; gather++) {
        index_by(p, gather, 11);
        index_by(p, gather, -1);
        index_by(p, gather, (int64_t)1 << 30);
    }
}

/* ---- memory ------------------------------------------------------------------------------------------- */

enum { MOST_BLOCKS = 64 };

struct blocks {
    void *data[MOST_BLOCKS];
    int count;
    size_t bytes; /* of each */
};

static struct backend_info info_of(struct parity *p)
{
    struct backend_info info;
    struct backend *device = p->side[PARITY_DEVICE];
    device->impl->info(device, &info);
    return info;
}

static enum backend_status take_block(struct parity *p, struct blocks *blocks)
{
    struct backend *device = p->side[PARITY_DEVICE];
    error_clear(&p->err[PARITY_DEVICE]);
    const enum backend_status status = device->impl->alloc(
        device, blocks->bytes, &blocks->data[blocks->count], &p->err[PARITY_DEVICE]);
    blocks->count += status == BACKEND_OK;
    return status;
}

static void give_blocks(struct parity *p, struct blocks *blocks)
{
    struct backend *device = p->side[PARITY_DEVICE];
    while (blocks->count > 0) {
        device->impl->release(device, blocks->data[--blocks->count], blocks->bytes);
    }
}

static void check_counts(struct parity *p, uint64_t used_before)
{
    struct backend *device = p->side[PARITY_DEVICE];
    struct blocks blocks = { .bytes = 1 << 20 };
    take_block(p, &blocks);
    const struct backend_info with = info_of(p);
    give_blocks(p, &blocks);
    const struct backend_info without = info_of(p);
    if (with.memory_used < used_before + blocks.bytes || without.memory_used != used_before) {
        parity_fail(p, "1 MiB taken and given back is counted as %llu, %llu, %llu bytes in use",
                    (unsigned long long)used_before, (unsigned long long)with.memory_used,
                    (unsigned long long)without.memory_used);
    }
    if (with.memory_peak < with.memory_used || without.memory_peak < with.memory_used) {
        parity_fail(p, "the peak is less than what was in use");
    }
    if (device->impl->reset_peak) {
        device->impl->reset_peak(device);
        if (info_of(p).memory_peak != without.memory_used) {
            parity_fail(p, "reset_peak does not begin again");
        }
    }
    if (device->impl->trim) {
        device->impl->trim(device);
        const struct backend_info after = info_of(p);
        if (without.memory_cached < blocks.bytes || after.memory_cached >= blocks.bytes) {
            parity_fail(p, "trim leaves %llu of %llu cached bytes",
                        (unsigned long long)after.memory_cached,
                        (unsigned long long)without.memory_cached);
        }
    }
}

/* More than there is; then all there is in blocks, and what was cached as one. */
static void check_exhaustion(struct parity *p)
{
    const struct backend_info info = info_of(p);
    struct blocks all = { .bytes = (size_t)info.memory_total * 2 };
    if (take_block(p, &all) != BACKEND_OUT_OF_MEMORY || !p->err[PARITY_DEVICE].text[0]) {
        parity_fail(p, "twice the memory there is: \"%s\"", p->err[PARITY_DEVICE].text);
    }
    check_recovered(p);
    all.bytes = (size_t)info.memory_total / (MOST_BLOCKS / 4);
    while (all.count < MOST_BLOCKS && take_block(p, &all) == BACKEND_OK) {
    }
    if (all.count < 4 || all.count == MOST_BLOCKS) {
        parity_fail(p, "%d blocks of a sixteenth of the memory could be taken", all.count);
    }
    give_blocks(p, &all);
    struct blocks one = { .bytes = (size_t)info.memory_total / 4 };
    if (take_block(p, &one) != BACKEND_OK) {
        parity_fail(p, "what is cached is not given up for a larger block: %s",
                    p->err[PARITY_DEVICE].text);
    }
    give_blocks(p, &one);
    check_recovered(p);
}

void parity_memory(struct parity *p)
{
    parity_name(p, "memory");
    const struct backend_info info = info_of(p);
    if (!info.name[0] || info.memory_total == 0 || info.memory_free > info.memory_total) {
        parity_fail(p, "it is called \"%s\", with %llu of %llu bytes free", info.name,
                    (unsigned long long)info.memory_free, (unsigned long long)info.memory_total);
    }
    check_counts(p, info.memory_used);
    check_exhaustion(p);
    p->line.calls++;
}

/* ---- time --------------------------------------------------------------------------------------------- */

static bool good(struct parity *p, enum backend_status status, const char *what)
{
    if (status != BACKEND_OK) {
        parity_fail(p, "%s: %s", what, p->err[PARITY_DEVICE].text);
    }
    return status == BACKEND_OK;
}

static void check_marks(struct parity *p, struct backend_event **marks)
{
    struct backend *device = p->side[PARITY_DEVICE];
    const struct backend_event_calls *events = device->impl->events;
    struct error *err = &p->err[PARITY_DEVICE];
    double milliseconds = -1;
    bool early = false, late = false;
    if (!good(p, events->reached(device, marks[0], &early, err), "reached") || !early) {
        parity_fail(p, "an event that was never recorded is not reached");
    }
    good(p, events->record(device, marks[0], err), "record");
    check_recovered(p);
    good(p, events->record(device, marks[1], err), "record");
    good(p, events->wait(device, marks[1], err), "wait");
    good(p, events->reached(device, marks[1], &late, err), "reached");
    good(p, events->elapsed(device, marks[0], marks[1], &milliseconds, err), "elapsed");
    if (!late || !(milliseconds >= 0)) {
        parity_fail(p, "after waiting: %s, %g ms", late ? "reached" : "not reached", milliseconds);
    }
    /* Without waiting: asking is enough, in the end. */
    check_recovered(p);
    good(p, events->record(device, marks[0], err), "record");
    for (long asked = 0; !early || asked == 0; asked++) {
        if (!good(p, events->reached(device, marks[0], &early, err), "reached")) {
            break;
        }
    }
}

void parity_events(struct parity *p)
{
    struct backend *device = p->side[PARITY_DEVICE];
    const struct backend_event_calls *events = device->impl->events;
    struct backend_event *marks[2] = { NULL };
    parity_name(p, "events");
    if (!events) {
        p->line.uncovered++;
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (!good(p, events->create(device, &marks[i], &p->err[PARITY_DEVICE]), "create")) {
            return;
        }
    }
    check_marks(p, marks);
    events->destroy(device, marks[0]);
    events->destroy(device, marks[1]);
    p->line.calls++;
}

/* ---- the end ------------------------------------------------------------------------------------------ */

void parity_loss(struct parity *p)
{
    struct backend *device = p->side[PARITY_DEVICE];
    const struct parity_spec spec = { .dtype = DTYPE_FLOAT32, .shape = { 1, { 100 } } };
    if (!p->emulated) {
        p->line.uncovered++;
        return;
    }
    parity_name(p, "loss of the device");
    struct parity_operand operand = operand_create(p, &spec);
    const struct backend_map call = { .function = MAP_NEG,
                                      .dtype = DTYPE_FLOAT32,
                                      .out = &operand.view[PARITY_DEVICE],
                                      .in = { &operand.view[PARITY_DEVICE] } };
    device->impl->sync(device, NULL);
    setenv("EMU_LOSE", "1", 1);
    struct error *err = &p->err[PARITY_DEVICE];
    error_clear(err);
    device->impl->map(device, &call, NULL);
    const enum backend_status first = device->impl->sync(device, err);
    unsetenv("EMU_LOSE");
    if (first != BACKEND_LOST || !err->text[0]) {
        parity_fail(p, "status %d: %s", (int)first, err->text);
    }
    if (device->impl->sync(device, err) != BACKEND_LOST ||
        device->impl->map(device, &call, err) != BACKEND_LOST) {
        parity_fail(p, "it works again");
    }
    device->impl->release(device, operand.memory[PARITY_DEVICE], operand.bytes);
    p->side[PARITY_CPU]->impl->release(p->side[PARITY_CPU], operand.memory[PARITY_CPU],
                                       operand.bytes);
    p->line.calls++;
}
