#include "lessons/runner/outlet.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/system_error.h"
#include "lessons/runner/order.h"

enum {
    TICK_NANOSECONDS = 10 * 1000 * 1000,
    PRINTED_TICKS_MAX = 10,  /* text waits so long for more */
    BUFFER_BYTES = 60 << 10, /* about what a pipe takes at once */
    PRINTED_BYTES = 16 << 10,
    ESCAPED_BYTES = 60 << 10, /* of a text within a line of 64 KiB */
    THREAD_STACK = 1 << 20,   /* thread-local storage of libraries is taken from it */
};

void outlet_init(struct outlet *outlet, int fd, const struct outlet_limits *limits)
{
    *outlet = (struct outlet){ .fd = fd, .limits = *limits };
    pthread_mutex_init(&outlet->mutex, NULL);
}

/* ---- all below with the mutex held ---- */

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

static void append_record(struct outlet *outlet, const struct record *record)
{
    const size_t before = outlet->buffer.length;
    record_write(&outlet->buffer, record);
    outlet->used.records++;
    outlet->used.bytes += outlet->buffer.length - before;
    if (outlet->buffer.length > BUFFER_BYTES) {
        empty_buffer(outlet);
    }
}

static void append_printed(struct outlet *outlet)
{
    const char *bytes = outlet->printed.bytes;
    size_t left = outlet->printed.length;
    while (left > 0) {
        size_t piece = outlet_piece(bytes, left, PRINTED_BYTES);
        append_record(outlet,
                      &(struct record){
                          .kind = RECORD_OUT,
                          .out = { outlet->printed_to == OUTLET_STDOUT ? "stdout" : "stderr",
                                   { bytes, piece } },
                      });
        bytes += piece;
        left -= piece;
    }
    text_clear(&outlet->printed);
}

/* What is printed before a line is not of that line. */
static void append_held(struct outlet *outlet)
{
    if (outlet->holds) {
        outlet->holds = false;
        append_printed(outlet);
        append_record(outlet, &outlet->held);
    }
}

static void append_budget(struct outlet *outlet, const char *what, uint64_t limit, const char *text)
{
    append_printed(outlet);
    append_record(outlet, &(struct record){
                              .kind = RECORD_BUDGET,
                              .budget = { what, (double)limit, { text, strlen(text) } },
                          });
}

/* What is still told after the limit: how it ends, and what the lesson says. */
static bool record_is_vital(enum record_kind kind)
{
    return kind == RECORD_DISPLAY || kind == RECORD_ERROR || kind == RECORD_DENIED ||
           kind == RECORD_BUDGET || kind == RECORD_END || kind == RECORD_PROBE;
}

void outlet_write(struct outlet *outlet, const struct record *record)
{
    bool vital = record_is_vital(record->kind);
    if (outlet->full && !vital) {
        return;
    }
    pthread_mutex_lock(&outlet->mutex);
    const bool many = outlet->used.records >= outlet->limits.records;
    if (!vital && (many || outlet->used.bytes >= outlet->limits.bytes)) {
        outlet->full = true;
        append_budget(outlet, many ? "events" : "bytes",
                      many ? outlet->limits.records : outlet->limits.bytes,
                      "so much has happened that the rest of the lesson runs without being "
                      "recorded");
    } else {
        append_held(outlet);
        append_printed(outlet);
        append_record(outlet, record);
    }
    pthread_mutex_unlock(&outlet->mutex);
}

void outlet_hold_line(struct outlet *outlet, int64_t frame, int line, bool instead)
{
    pthread_mutex_lock(&outlet->mutex);
    if (!instead) {
        append_held(outlet);
    }
    outlet->held = (struct record){ .kind = RECORD_LINE, .line = { frame, line } };
    outlet->holds = !outlet->full;
    pthread_mutex_unlock(&outlet->mutex);
}

void outlet_forget_line(struct outlet *outlet)
{
    pthread_mutex_lock(&outlet->mutex);
    outlet->holds = false;
    pthread_mutex_unlock(&outlet->mutex);
}

/* The most of these bytes, of which there are more, that end with a whole character. */
static size_t whole_characters(const char *bytes, size_t most)
{
    while (most > 0 && ((unsigned char)bytes[most] & 0xc0) == 0x80) {
        most--;
    }
    return most;
}

static void print_locked(struct outlet *outlet, enum outlet_stream stream, const char *bytes,
                         size_t length)
{
    if (outlet->used.output > outlet->limits.output) {
        return;
    }
    append_held(outlet);
    if (outlet->printed_to != stream) {
        append_printed(outlet);
        outlet->printed_to = stream;
    }
    const uint64_t room = outlet->limits.output - outlet->used.output;
    outlet->used.output += length;
    if (length > room) {
        if (room > 0) {
            text_append(&outlet->printed, bytes, whole_characters(bytes, (size_t)room));
        }
        append_budget(outlet, "output", outlet->limits.output,
                      "the lesson has printed so much that the rest is left out");
        return;
    }
    text_append(&outlet->printed, bytes, length);
    outlet->printed_ticks = 0;
    if (outlet->printed.length >= PRINTED_BYTES) {
        append_printed(outlet);
    }
}

/* ---- all above with the mutex held ---- */

void outlet_print(struct outlet *outlet, enum outlet_stream stream, const char *bytes,
                  size_t length)
{
    if (length == 0) {
        return;
    }
    pthread_mutex_lock(&outlet->mutex);
    print_locked(outlet, stream, bytes, length);
    pthread_mutex_unlock(&outlet->mutex);
}

void outlet_flush(struct outlet *outlet, bool all)
{
    pthread_mutex_lock(&outlet->mutex);
    if (all) {
        append_printed(outlet);
    }
    empty_buffer(outlet);
    pthread_mutex_unlock(&outlet->mutex);
}

static void *flush_for_ever(void *argument)
{
    struct outlet *outlet = argument;
    const struct timespec tick = { 0, TICK_NANOSECONDS };
    for (bool resting = false; !resting;) {
        nanosleep(&tick, NULL);
        pthread_mutex_lock(&outlet->mutex);
        resting = outlet->resting;
        if (outlet->printed.length > 0 && ++outlet->printed_ticks > PRINTED_TICKS_MAX) {
            append_printed(outlet);
        }
        empty_buffer(outlet);
        pthread_mutex_unlock(&outlet->mutex);
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
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    int code = pthread_create(&thread, &attributes, flush_for_ever, outlet);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (code != 0) {
        return error_set(err, "cannot start a thread: %s", system_error(code));
    }
    return true;
}

void outlet_rest(struct outlet *outlet)
{
    pthread_mutex_lock(&outlet->mutex);
    outlet->resting = true;
    pthread_mutex_unlock(&outlet->mutex);
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
