#pragma once
/* Where records leave the runner. Whoever runs the lesson only packs them into batches; a thread of its
 * own spells them out and writes them to a descriptor, when a batch is full and every 10 ms, so that a
 * line that never ends still shows, and so that whatever kills the process leaves nearly everything
 * behind. Any thread that holds the interpreter may write; records come out in the order of the calls. */

#include <pthread.h>
#include <stdatomic.h>

#include "lessons/trace/records.h"

enum outlet_stream { OUTLET_STDOUT, OUTLET_STDERR };

/* How much is written at most: of records, their bytes, and of printed text. */
struct outlet_limits {
    uint64_t records, bytes, output;
};

struct batch;

/* Private. */
struct outlet {
    int fd;
    struct outlet_limits limits;
    atomic_bool full;    /* the limit was reached: records of execution are dropped from now on */
    atomic_bool dying;   /* printed text waits for no more */
    atomic_uint written; /* so many times has the thread written all that there was */

    /* The lesson's side. */
    struct batch *filling;
    struct text line;   /* of a record that is not packed */
    struct record held; /* a line, written before what comes next */
    bool holds;
    uint64_t given;  /* records */
    uint64_t output; /* bytes of printed text */

    pthread_t thread;

    /* Batches to be filled: the one given back last, which is still near the processor, else a new one. */
    pthread_mutex_t pool;
    pthread_cond_t returned, closed;
    struct batch *batches, *free;
    size_t begun;        /* so many of them have been used */
    size_t closed_count; /* full, and not given back yet */
    bool resting;        /* the thread is to end, or has not begun */

    /* The writing side, held by the thread or by whoever flushes. */
    pthread_mutex_t writing;
    struct batch *taking;
    struct arena arena;      /* of one record */
    struct text buffer;      /* whole lines */
    uint64_t records, bytes; /* so many were written */

    /* Printed text not yet a record: it joins with what follows while no other record comes. */
    struct text printed;
    enum outlet_stream printed_to;
    int printed_ticks; /* of the thread, since the last print */
};

/* `fd` stays the caller's. */
void outlet_init(struct outlet *outlet, int fd, const struct outlet_limits *limits);
/* Starts the thread, which takes no signals. */
bool outlet_start(struct outlet *outlet, struct error *err);

/* Nothing more is recorded but how it ends, and what the lesson says. */
static inline bool outlet_is_full(const struct outlet *outlet)
{
    return atomic_load_explicit(&outlet->full, memory_order_relaxed);
}

/* Writes one record. When the limit is reached a `budget` record comes in its place; from then on only
 * out, display, error, denied, budget and end come through. */
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
/* The same while little has been written, whatever may kill us next. */
void outlet_flush_early(struct outlet *outlet);

/* Lets the thread write all that there is, and waits for that, for a second at most. For a signal's
 * handler, in a process that is about to die: async-signal-safe. */
void outlet_await(struct outlet *outlet);

/* Nothing will be written but now and then: the thread ends, and only outlet_flush pushes records out. */
void outlet_rest(struct outlet *outlet);
/* What was not flushed is lost. */
void outlet_finish(struct outlet *outlet);

/* How much of bytes[0..length) fits into one line of a trace, at most `most` bytes, cut between
 * characters; at least one character. */
size_t outlet_piece(const char *bytes, size_t length, size_t most);
