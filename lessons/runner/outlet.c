#include "lessons/runner/outlet.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/memory.h"
#include "engine/base/system_error.h"
#include "lessons/runner/order.h"
#include "lessons/trace/packed.h"

enum {
    TICK_NANOSECONDS = 10 * 1000 * 1000,
    SECOND = 1000 * 1000 * 1000,
    PRINTED_TICKS_MAX = 10,  /* text waits so long for more */
    BUFFER_BYTES = 60 << 10, /* written at once */
    PRINTED_BYTES = 16 << 10,
    ESCAPED_BYTES = 60 << 10, /* of a text within a line of 64 KiB */
    BATCH_BYTES = 128 << 10,  /* more than a line */
    BATCH_COUNT = 64,         /* so much the lesson may be ahead of what is written: 8 MB */
    FLUSHED_RECORDS = 2000,   /* so many are written line by line */
    AWAIT_NAPS = 1000,
    AWAIT_NANOSECONDS = 1000 * 1000,
    THREAD_STACK = 1 << 20, /* thread-local storage of libraries is taken from it */
};

/* Items, one after the other. The lesson fills it and publishes what it filled; whoever writes follows. */
struct batch {
    struct batch *_Atomic next; /* filled after this one; NULL: this is the one being filled */
    struct batch *under;        /* among those that are free */
    atomic_size_t filled;
    size_t taken;
    unsigned char bytes[BATCH_BYTES];
};

enum form { FORM_PACKED, FORM_LINE, FORM_PRINTED };

/* Before its bytes. */
struct item {
    uint32_t size;
    uint8_t form;
    uint8_t kind;   /* of the record; of printed text: the stream */
    bool continues; /* printed text: the rest comes next */
};

/* ---- batches ---- */

void outlet_init(struct outlet *outlet, int fd, const struct outlet_limits *limits)
{
    /* All of them now, before the lesson's memory is limited; what is not used is not there. */
    struct batch *const batches = memory_allocate(BATCH_COUNT, sizeof(*batches));
    pthread_condattr_t clock;
    *outlet = (struct outlet){ .fd = fd, .limits = *limits, .resting = true };
    pthread_mutex_init(&outlet->writing, NULL);
    pthread_mutex_init(&outlet->pool, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&outlet->returned, &clock);
    pthread_cond_init(&outlet->closed, &clock);
    pthread_condattr_destroy(&clock);
    outlet->batches = batches;
    arena_allocate(&outlet->arena, 1, 1);
    text_reserve(&outlet->buffer, BUFFER_BYTES + TRACE_LINE_MAX);
    text_reserve(&outlet->line, TRACE_LINE_MAX);
    outlet->filling = outlet->taking = &batches[outlet->begun++];
}

static void give_back(struct outlet *outlet, struct batch *batch)
{
    batch->taken = 0;
    atomic_store_explicit(&batch->filled, 0, memory_order_relaxed);
    atomic_store_explicit(&batch->next, NULL, memory_order_relaxed);
    pthread_mutex_lock(&outlet->pool);
    batch->under = outlet->free;
    outlet->free = batch;
    outlet->closed_count--;
    pthread_cond_signal(&outlet->returned);
    pthread_mutex_unlock(&outlet->pool);
}

/* Also NULL: there is none. */
static struct batch *take_free(struct outlet *outlet)
{
    struct batch *const batch = outlet->free;
    if (batch) {
        outlet->free = batch->under;
        return batch;
    }
    return outlet->begun < BATCH_COUNT ? &outlet->batches[outlet->begun++] : NULL;
}

/* NULL: there is none, and nobody who would give one back. */
static struct batch *wait_for_batch(struct outlet *outlet)
{
    struct batch *batch;
    pthread_mutex_lock(&outlet->pool);
    while (!(batch = take_free(outlet)) && !outlet->resting) {
        pthread_cond_wait(&outlet->returned, &outlet->pool);
    }
    if (batch) {
        outlet->closed_count++;
        pthread_cond_signal(&outlet->closed);
    }
    pthread_mutex_unlock(&outlet->pool);
    return batch;
}

/* The batch that is being filled is closed, and another one begun. */
static void begin_batch(struct outlet *outlet)
{
    struct batch *batch = wait_for_batch(outlet);
    if (!batch) {
        outlet_flush(outlet, false);
        batch = wait_for_batch(outlet);
    }
    atomic_store_explicit(&outlet->filling->next, batch, memory_order_release);
    outlet->filling = batch;
}

/* ---- the lesson's side ---- */

/* Where the next item's bytes go, and how many there may be. */
static unsigned char *next_bytes(struct outlet *outlet, size_t *room)
{
    struct batch *const batch = outlet->filling;
    const size_t at =
        atomic_load_explicit(&batch->filled, memory_order_relaxed) + sizeof(struct item);
    const size_t begin = at < BATCH_BYTES ? at : BATCH_BYTES;
    *room = BATCH_BYTES - begin;
    return batch->bytes + begin;
}

/* Its bytes are there. */
static void add_item(struct outlet *outlet, const struct item *item)
{
    struct batch *const batch = outlet->filling;
    const size_t at = atomic_load_explicit(&batch->filled, memory_order_relaxed);
    memcpy(batch->bytes + at, item, sizeof(*item));
    atomic_store_explicit(&batch->filled, at + sizeof(*item) + item->size, memory_order_release);
}

static void add_bytes(struct outlet *outlet, const struct item *item, const char *bytes)
{
    size_t room;
    unsigned char *to = next_bytes(outlet, &room);
    if (room < item->size) {
        begin_batch(outlet);
        to = next_bytes(outlet, &room);
    }
    memcpy(to, bytes, item->size);
    add_item(outlet, item);
}

static void add_line(struct outlet *outlet, const struct record *record)
{
    text_clear(&outlet->line);
    record_write(&outlet->line, record);
    add_bytes(outlet,
              &(struct item){ .size = (uint32_t)outlet->line.length,
                              .form = FORM_LINE,
                              .kind = (uint8_t)record->kind },
              outlet->line.bytes);
}

static enum packing add_packed(struct outlet *outlet, const struct record *record)
{
    size_t room, size;
    unsigned char *const to = next_bytes(outlet, &room);
    const enum packing packing = record_pack(record, to, room, &size);
    if (packing == PACKED) {
        add_item(outlet, &(struct item){ .size = (uint32_t)size,
                                         .form = FORM_PACKED,
                                         .kind = (uint8_t)record->kind });
    }
    return packing;
}

static void add_record(struct outlet *outlet, const struct record *record)
{
    enum packing packing = add_packed(outlet, record);
    if (packing == PACK_NO_ROOM) {
        begin_batch(outlet);
        packing = add_packed(outlet, record);
    }
    if (packing != PACKED) {
        add_line(outlet, record); /* as short as a line has to be */
    }
    outlet->given++;
}

/* What is printed before a line is not of that line. */
static void add_held(struct outlet *outlet)
{
    if (outlet->holds) {
        outlet->holds = false;
        add_record(outlet, &outlet->held);
    }
}

/* What is still told after the limit: how it ends, and what the lesson says. */
static bool record_is_vital(enum record_kind kind)
{
    return kind == RECORD_DISPLAY || kind == RECORD_ERROR || kind == RECORD_DENIED ||
           kind == RECORD_BUDGET || kind == RECORD_END || kind == RECORD_PROBE;
}

void outlet_write(struct outlet *outlet, const struct record *record)
{
    if (!outlet_is_full(outlet) || record_is_vital(record->kind)) {
        add_held(outlet);
        add_record(outlet, record);
    }
}

void outlet_hold_line(struct outlet *outlet, int64_t frame, int line, bool instead)
{
    if (!instead) {
        add_held(outlet);
    }
    outlet->held = (struct record){ .kind = RECORD_LINE, .line = { frame, line } };
    outlet->holds = !outlet_is_full(outlet);
}

void outlet_forget_line(struct outlet *outlet)
{
    outlet->holds = false;
}

/* The most of these bytes, of which there are more, that end with a whole character. */
static size_t whole_characters(const char *bytes, size_t most)
{
    while (most > 0 && ((unsigned char)bytes[most] & 0xc0) == 0x80) {
        most--;
    }
    return most;
}

static void add_printed(struct outlet *outlet, enum outlet_stream stream, const char *bytes,
                        size_t length)
{
    while (length > 0) {
        const size_t piece = length < PRINTED_BYTES ? length : PRINTED_BYTES;
        length -= piece;
        add_bytes(outlet,
                  &(struct item){ .size = (uint32_t)piece,
                                  .form = FORM_PRINTED,
                                  .kind = (uint8_t)stream,
                                  .continues = length > 0 },
                  bytes);
        bytes += piece;
    }
}

static struct record budget_record(const char *what, uint64_t limit, const char *text)
{
    return (struct record){ .kind = RECORD_BUDGET,
                            .budget = { what, (double)limit, { text, strlen(text) } } };
}

void outlet_print(struct outlet *outlet, enum outlet_stream stream, const char *bytes,
                  size_t length)
{
    const uint64_t limit = outlet->limits.output;
    if (length == 0 || outlet->output > limit) {
        return;
    }
    add_held(outlet);
    const uint64_t room = limit - outlet->output;
    outlet->output += length;
    if (length <= room) {
        add_printed(outlet, stream, bytes, length);
        return;
    }
    const struct record budget =
        budget_record("output", limit, "the lesson has printed so much that the rest is left out");
    add_printed(outlet, stream, bytes, room > 0 ? whole_characters(bytes, (size_t)room) : 0);
    add_record(outlet, &budget);
}

/* ---- the writing side, with its mutex held ---- */

/* Nobody is left to write for when the reader is gone. */
static void empty_buffer(struct outlet *outlet)
{
    size_t done = 0;
    while (done < outlet->buffer.length) {
        ssize_t written =
            write(outlet->fd, outlet->buffer.bytes + done, outlet->buffer.length - done);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            _exit(ORDER_STATUS_NO_READER);
        }
        done += (size_t)written;
    }
    text_clear(&outlet->buffer);
}

/* A line has been appended, which begins there. */
static void count_line(struct outlet *outlet, size_t start)
{
    outlet->records++;
    outlet->bytes += outlet->buffer.length - start;
    if (outlet->buffer.length > BUFFER_BYTES) {
        empty_buffer(outlet);
    }
}

static void write_record(struct outlet *outlet, const struct record *record)
{
    const size_t start = outlet->buffer.length;
    record_write(&outlet->buffer, record);
    count_line(outlet, start);
}

static void write_printed(struct outlet *outlet)
{
    const char *bytes = outlet->printed.bytes;
    size_t left = outlet->printed.length;
    while (left > 0) {
        size_t piece = outlet_piece(bytes, left, PRINTED_BYTES);
        write_record(outlet, &(struct record){
                                 .kind = RECORD_OUT,
                                 .out = { outlet->printed_to == OUTLET_STDOUT ? "stdout" : "stderr",
                                          { bytes, piece } },
                             });
        bytes += piece;
        left -= piece;
    }
    text_clear(&outlet->printed);
}

static void take_printed(struct outlet *outlet, const struct item *item, const char *bytes)
{
    const enum outlet_stream stream = (enum outlet_stream)item->kind;
    if (outlet->printed_to != stream) {
        write_printed(outlet);
        outlet->printed_to = stream;
    }
    text_append(&outlet->printed, bytes, item->size);
    outlet->printed_ticks = 0;
    if (outlet->printed.length >= PRINTED_BYTES && !item->continues) {
        write_printed(outlet);
    }
}

static void take_record(struct outlet *outlet, const struct item *item, const unsigned char *bytes)
{
    const size_t start = outlet->buffer.length;
    if (item->form == FORM_LINE) {
        text_append(&outlet->buffer, (const char *)bytes, item->size);
    } else {
        struct record record;
        record_unpack(&record, (enum record_kind)item->kind, bytes, item->size, &outlet->arena);
        record_write(&outlet->buffer, &record);
        arena_clear(&outlet->arena);
    }
    count_line(outlet, start);
}

/* The limit is reached; a `budget` record says which. */
static void close_budget(struct outlet *outlet)
{
    const struct outlet_limits *const limits = &outlet->limits;
    const bool many = outlet->records >= limits->records;
    const struct record budget = budget_record(
        many ? "events" : "bytes", many ? limits->records : limits->bytes,
        "so much has happened that the rest of the lesson runs without being recorded");
    atomic_store_explicit(&outlet->full, true, memory_order_relaxed);
    write_printed(outlet);
    write_record(outlet, &budget);
}

static void take_item(struct outlet *outlet, const struct item *item, const unsigned char *bytes)
{
    const bool over =
        outlet->records >= outlet->limits.records || outlet->bytes >= outlet->limits.bytes;
    if (item->form == FORM_PRINTED) {
        take_printed(outlet, item, (const char *)bytes);
    } else if (!over || record_is_vital((enum record_kind)item->kind)) {
        write_printed(outlet);
        take_record(outlet, item, bytes);
    } else if (!outlet_is_full(outlet)) {
        close_budget(outlet);
    }
}

/* All that is published of a batch. */
static void take_filled(struct outlet *outlet, struct batch *batch)
{
    const size_t filled = atomic_load_explicit(&batch->filled, memory_order_acquire);
    while (batch->taken < filled) {
        struct item item;
        memcpy(&item, batch->bytes + batch->taken, sizeof(item));
        take_item(outlet, &item, batch->bytes + batch->taken + sizeof(item));
        batch->taken += sizeof(item) + item.size;
    }
}

static void take_all(struct outlet *outlet)
{
    for (;;) {
        struct batch *const batch = outlet->taking;
        /* Once there is a next one, nothing is added to this. */
        struct batch *const next = atomic_load_explicit(&batch->next, memory_order_acquire);
        take_filled(outlet, batch);
        if (!next) {
            return;
        }
        outlet->taking = next;
        give_back(outlet, batch);
    }
}

/* ---- the whole ---- */

void outlet_flush(struct outlet *outlet, bool all)
{
    pthread_mutex_lock(&outlet->writing);
    take_all(outlet);
    if (all) {
        write_printed(outlet);
    }
    empty_buffer(outlet);
    pthread_mutex_unlock(&outlet->writing);
}

void outlet_flush_early(struct outlet *outlet)
{
    if (outlet->given < FLUSHED_RECORDS) {
        outlet_flush(outlet, false);
    }
}

void outlet_await(struct outlet *outlet)
{
    const struct timespec nap = { .tv_nsec = AWAIT_NANOSECONDS };
    const unsigned before = atomic_load_explicit(&outlet->written, memory_order_acquire);
    atomic_store_explicit(&outlet->dying, true, memory_order_relaxed);
    /* The next time may have begun before the last record came. */
    for (int i = 0; i < AWAIT_NAPS; i++) {
        if (atomic_load_explicit(&outlet->written, memory_order_acquire) - before > 1) {
            return;
        }
        nanosleep(&nap, NULL);
    }
}

static struct timespec next_tick(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += TICK_NANOSECONDS;
    time.tv_sec += time.tv_nsec / SECOND;
    time.tv_nsec %= SECOND;
    return time;
}

/* Until a batch is full or a tick is over; *ticked: it is. False when it is time to end. */
static bool wait_for_work(struct outlet *outlet, bool *ticked)
{
    const struct timespec tick = next_tick();
    *ticked = false;
    pthread_mutex_lock(&outlet->pool);
    while (outlet->closed_count == 0 && !outlet->resting && !*ticked) {
        *ticked = pthread_cond_timedwait(&outlet->closed, &outlet->pool, &tick) == ETIMEDOUT;
    }
    const bool resting = outlet->resting;
    pthread_mutex_unlock(&outlet->pool);
    return !resting;
}

static void *write_for_ever(void *argument)
{
    struct outlet *outlet = argument;
    bool ticked;
    while (wait_for_work(outlet, &ticked)) {
        pthread_mutex_lock(&outlet->writing);
        take_all(outlet);
        const bool dying = atomic_load_explicit(&outlet->dying, memory_order_relaxed);
        if (outlet->printed.length > 0 &&
            (dying || (ticked && ++outlet->printed_ticks > PRINTED_TICKS_MAX))) {
            write_printed(outlet);
        }
        empty_buffer(outlet);
        atomic_fetch_add_explicit(&outlet->written, 1, memory_order_release);
        pthread_mutex_unlock(&outlet->writing);
    }
    return NULL;
}

bool outlet_start(struct outlet *outlet, struct error *err)
{
    /* Signals are for the main thread, where Python looks for them. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    outlet->resting = false;
    int code = pthread_create(&outlet->thread, &attributes, write_for_ever, outlet);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (code != 0) {
        outlet->resting = true;
        return error_set(err, "cannot start a thread: %s", system_error(code));
    }
    return true;
}

void outlet_rest(struct outlet *outlet)
{
    pthread_mutex_lock(&outlet->pool);
    const bool running = !outlet->resting;
    outlet->resting = true;
    pthread_cond_signal(&outlet->closed);
    pthread_mutex_unlock(&outlet->pool);
    if (running) {
        pthread_join(outlet->thread, NULL);
    }
}

void outlet_finish(struct outlet *outlet)
{
    outlet_rest(outlet);
    text_finish(&outlet->line);
    text_finish(&outlet->buffer);
    text_finish(&outlet->printed);
    arena_finish(&outlet->arena);
    free(outlet->batches);
}

static size_t escaped_size(unsigned char c)
{
    if (c < 0x20) {
        return 6;
    }
    return c == '"' || c == '\\' ? 2 : 1;
}

size_t outlet_piece(const char *bytes, size_t length, size_t most)
{
    size_t at = 0, escaped = 0;
    while (at < length) {
        size_t size;
        utf8_decode(bytes + at, length - at, &size);
        escaped += size == 1 ? escaped_size((unsigned char)bytes[at]) : size;
        if (at > 0 && (at + size > most || escaped > ESCAPED_BYTES)) {
            break;
        }
        at += size;
    }
    return at;
}
