#pragma once
/* Where records leave the runner: a buffer, a descriptor, and a thread that empties the buffer every
 * 10 ms, so that a line that never ends still shows, and so that whatever kills the process leaves
 * nearly everything behind. Any thread may write; records come out in the order of the calls. */

#include <pthread.h>

#include "lessons/trace/records.h"

enum outlet_stream { OUTLET_STDOUT, OUTLET_STDERR };

/* How much is written at most: of records, their bytes, and of printed text. */
struct outlet_limits {
    uint64_t records, bytes, output;
};

/* Private but for `full`. */
struct outlet {
    int fd;
    pthread_mutex_t mutex;
    struct text buffer; /* whole lines */

    /* Printed text not yet a record: it joins with what follows while no other record comes. */
    struct text printed;
    enum outlet_stream printed_to;
    int printed_ticks; /* of the flusher, since the last print */

    struct record held; /* a line, written before what comes next */
    bool holds;

    struct outlet_limits limits, used;
    bool resting; /* the thread is to end */
    bool full;    /* the limit was reached: records of execution are dropped from now on */
};

/* `fd` stays the caller's. */
void outlet_init(struct outlet *outlet, int fd, const struct outlet_limits *limits);
/* Starts the thread; it lives as long as the process and takes no signals. */
bool outlet_start(struct outlet *outlet, struct error *err);

/* Writes one record. When the limit is reached it writes a `budget` record in its place; from then
 * on only out, display, error, denied, budget and end come through. */
void outlet_write(struct outlet *outlet, const struct record *record);

/* A line that counts only if something happens in it: written before the next record or text. In place
 * of the one held before, if `instead`, which is forgotten; else that is written. */
void outlet_hold_line(struct outlet *outlet, int64_t frame, int line, bool instead);
/* The line held, if there is one, is forgotten. */
void outlet_forget_line(struct outlet *outlet);

/* Printed text, valid UTF-8. Beyond the limit it is dropped, after a `budget` record. */
void outlet_print(struct outlet *outlet, enum outlet_stream stream, const char *bytes,
                  size_t length);

/* Pushes all records out. Text that may still be added to stays, unless `all`. */
void outlet_flush(struct outlet *outlet, bool all);

/* Nothing will be written but now and then: the thread ends, and only outlet_flush pushes records out. */
void outlet_rest(struct outlet *outlet);

/* How much of bytes[0..length) fits into one line of a trace, at most `most` bytes, cut between
 * characters; at least one character. */
size_t outlet_piece(const char *bytes, size_t length, size_t most);
