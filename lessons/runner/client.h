#pragma once
/* A run of a lesson, seen from outside: a process of its own that is given a lesson, writes a
 * trace, and may crash, hang or flood without hurting anybody. Made for a poll loop; starts no
 * threads, never waits. Use it from one thread that lives on: the runner dies with the thread that
 * started it.
 *
 *     struct client *client = client_start(&options, &err);
 *     client_give(client, path, bytes, length, now);
 *     while (!client_ending(client)) {
 *         poll(fds, client_poll_fds(client, fds), client_wait(client, now));
 *         while ((n = client_read(client, buffer, sizeof(buffer), now)) > 0) { ... }
 *     }
 *     client_destroy(client);
 *
 * A client that was started and not yet given a lesson is a spare: it has everything behind it that
 * can be done without the lesson. `now` is any clock in seconds that never goes back. */

#include <poll.h>
#include <stdint.h>

#include "lessons/runner/cells.h"

enum { CLIENT_POLL_FDS = 3 };

struct nursery;

/* Zero means the usual, but for the path of the runner. */
struct client_options {
    const char *runner;   /* path of gradlight-runner */
    uint32_t run;         /* the run's number; what comes from an older run is dropped by it */
    const char *folder;   /* the lesson stands in it; NULL: nowhere */
    bool reads_folder;    /* and may read what is there, and import it */
    bool gpu;             /* a weaker box, in which the GPU's devices can be opened (gpu.h) */
    bool strict;          /* where the kernel lacks Landlock, no file can be opened */
    bool unboxed;         /* where the kernel has no box at all, the lesson is run even so */
    bool no_trace;        /* full speed: hello and end alone are recorded */
    bool parse_only;      /* nothing is run: each cell that is no Python is an `error` */
    int out_fd, err_fd;   /* where output goes with no_trace */
    double wall_seconds;  /* 0: no limit */
    unsigned cpu_seconds; /* 0: 600, with no_trace no limit */
    unsigned memory_mb;   /* that the lesson may take; 0: 1024 */
    unsigned
        watched_mb;  /* that it may take with all that was there before it, where the kernel's limit
                             can be got round: it is looked at; 0: 512 more than memory_mb, with the
                             GPU 3072 */
    uint32_t events; /* records before the runner stops tracing; 0: 1,000,000 */
    uint64_t
        trace_bytes; /* that are read before the runner is killed, which stops recording at three
                             quarters of them; 0: 200 MB, at most 1 GB */
    bool numpy;      /* a spare imports it before its lesson comes */
    /* It is split off this instead of being started, with the limits, numpy and folder of that; not
     * with no_trace or gpu. */
    struct nursery *nursery;
    bool stays; /* after `end` the runner waits for questions, until client_release */
};

enum client_end {
    CLIENT_EXITED,  /* by itself; the trace's `end` says how */
    CLIENT_CRASHED, /* by a signal that nobody here sent */
    CLIENT_STOPPED, /* it did not listen to client_stop and was killed */
    CLIENT_TIMEOUT, /* wall-clock limit, or it did not start */
    CLIENT_FLOOD,   /* too many bytes of trace or raw output */
    CLIENT_MEMORY,  /* too much memory, past the kernel's limit */
    CLIENT_THREADS, /* too many threads */
};

struct client_ending {
    enum client_end end;
    bool no_reader; /* it left because what it writes went nowhere */
    int status;     /* for the command line: the exit status, or 128 + signal */
    char text[200]; /* a sentence; "" for CLIENT_EXITED, but where output could not be written */
};

/* Whether it came to a limit of ours. */
static inline bool client_was_limited(const struct client_ending *ending)
{
    return ending->end == CLIENT_TIMEOUT || ending->end == CLIENT_FLOOD ||
           ending->end == CLIENT_MEMORY || ending->end == CLIENT_THREADS;
}

/* The bytes of trace that these options allow. */
static inline uint64_t client_trace_bytes(const struct client_options *options)
{
    return options->trace_bytes > 0 ? options->trace_bytes : 200u << 20;
}

struct client;

/* Starts a runner and leaves it waiting for a lesson. NULL when the program cannot be started. */
struct client *client_start(const struct client_options *options, struct error *err);
/* Kills the runner if it still runs. */
void client_destroy(struct client *client);

/* The lesson to run: its path as it is to be called, its bytes as they are in the file (copied).
 * Once for each client. */
void client_give(struct client *client, const char *path, const char *bytes, size_t length,
                 double now);

/* A question (one JSON object, see lessons/runner/probes.h), once `end` was read from a runner that
 * stays; the answer comes in the trace. False when nobody is there to answer. */
bool client_ask(struct client *client, const char *question);
/* The lesson is over, or what it was asked is answered. One that stays has no time limit any more, but is
 * killed when it computes unasked; any other has ten seconds to leave. */
void client_rest(struct client *client, double now);
/* No (more) questions: the runner leaves. */
void client_release(struct client *client);

uint32_t client_run(const struct client *client);

/* Fills in what to wait for and returns how many of CLIENT_POLL_FDS there are; and for how many
 * milliseconds at most, -1 for ever. Call client_read after either. */
size_t client_poll_fds(const struct client *client, struct pollfd *fds);
int client_wait(const struct client *client, double now);

/* Moves everything along and takes what there is of the trace, up to `size` bytes. 0: nothing now;
 * after the end, nothing more. */
size_t client_read(struct client *client, char *bytes, size_t size, double now);

/* Looks at what one takes that nothing is read from any more. */
void client_watch(struct client *client, double now);

/* Asks the lesson to stop (KeyboardInterrupt); 300 ms later the runner is killed. */
void client_stop(struct client *client, double now);

/* Why it was killed by us, which its ending will say; "": it was not. */
const char *client_killed(const struct client *client);

/* NULL until the runner is gone and its trace read to the end. */
const struct client_ending *client_ending(const struct client *client);

/* The last bytes that the process wrote past Python: a crash's last words, a C library's output.
 * At most 4 KiB; any bytes. */
const char *client_raw_output(const struct client *client, size_t *length);
