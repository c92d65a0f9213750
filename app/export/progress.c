#include "app/export/progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/memory.h"

static const double TELL_AFTER = 1, TELL_EVERY = 0.1; /* seconds */

struct progress {
    int signals; /* descriptor; -1: there is none */
    sigset_t before;
    bool stopped, terminal, told;
    double began, told_at;
    void (*listener)(void *owner, size_t done, size_t count); /* NULL: the terminal */
    void *owner;
};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Signals that are ignored, as by nohup, stay so. */
static void catch_signals(struct progress *progress)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    sigset_t caught;

    sigemptyset(&caught);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
            sigaddset(&caught, numbers[i]);
        }
    }
    sigprocmask(SIG_BLOCK, &caught, &progress->before);
    progress->signals = signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
}

struct progress *progress_create(void)
{
    struct progress *const progress = memory_allocate(1, sizeof(*progress));

    progress->terminal = isatty(STDERR_FILENO);
    progress->began = now();
    catch_signals(progress);
    return progress;
}

struct progress *progress_create_telling(void (*told)(void *owner, size_t done, size_t count),
                                         void *owner)
{
    struct progress *const progress = progress_create();

    progress->terminal = false;
    progress->listener = told;
    progress->owner = owner;
    return progress;
}

bool progress_stopped(void *owner)
{
    struct progress *const progress = owner;
    struct signalfd_siginfo which;

    if (progress && progress->signals >= 0 &&
        read(progress->signals, &which, sizeof(which)) == (ssize_t)sizeof(which)) {
        progress->stopped = true;
    }
    return progress && progress->stopped;
}

static void erase(struct progress *progress)
{
    if (progress->told) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
}

void progress_destroy(struct progress *progress)
{
    if (!progress) {
        return;
    }
    erase(progress);
    progress_stopped(progress); /* what comes now is used up as well */
    if (progress->signals >= 0) {
        close(progress->signals);
    }
    sigprocmask(SIG_SETMASK, &progress->before, NULL);
    free(progress);
}

/* What is left takes as long as what is done took, each in proportion. */
static void tell(struct progress *progress, size_t done, size_t count, double seconds)
{
    const double part = (double)done / (double)count, left = seconds / part * (1 - part);

    fprintf(stderr, "\r\033[K%ld %% · %ld s left · Ctrl+C stops", (long)(100 * part),
            (long)(left + 0.99));
    fflush(stderr);
    progress->told = true;
    progress->told_at = seconds;
}

bool progress_step(struct progress *progress, size_t done, size_t count)
{
    if (!progress) {
        return true;
    }
    const double seconds = now() - progress->began;
    if (progress->listener && (done == 0 || seconds - progress->told_at > TELL_EVERY)) {
        progress->listener(progress->owner, done, count);
        progress->told_at = seconds;
    }
    if (progress->terminal && seconds > TELL_AFTER && done > 0 && done < count &&
        seconds - progress->told_at > TELL_EVERY) {
        tell(progress, done, count, seconds);
    }
    return !progress_stopped(progress);
}
