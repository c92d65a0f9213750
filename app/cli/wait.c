/* Waits for a lesson's run: one that takes longer than a second says so on the terminal. */

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "app/cli/cli.h"

static const double TELL_AFTER = 1, TELL_EVERY = 0.1; /* seconds */

struct waiting {
    double began, told; /* told 0: not yet */
};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* How long a lesson will take nobody knows. */
static void tell(struct session *session, void *owner)
{
    struct waiting *const waiting = owner;
    const double time = now();

    if (time - waiting->began < TELL_AFTER || time - waiting->told < TELL_EVERY) {
        return;
    }
    waiting->told = time;
    fprintf(stderr, "\r\033[KRunning… · %zu steps so far · Ctrl+C stops",
            stops_count(session_stops(session), STOP_OPERATION));
    fflush(stderr);
}

bool cli_wait(struct session *session)
{
    struct waiting waiting = { .began = now() };
    const bool ended = session_wait(session, isatty(STDERR_FILENO) ? tell : NULL, &waiting);

    if (waiting.told > 0) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    return ended;
}
