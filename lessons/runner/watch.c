#include "lessons/runner/watch.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SMALL_FILE = 8192 };

static bool read_small(const char *path, char *text)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t length = file < 0 ? -1 : read(file, text, SMALL_FILE - 1);
    if (file >= 0) {
        close(file);
    }
    text[length > 0 ? length : 0] = '\0';
    return length > 0;
}

/* The number in a line "Name:   123"; -1: there is none. */
static int64_t number_of(const char *text, const char *name)
{
    const char *const line = strstr(text, name);
    return line ? (int64_t)strtoll(line + strlen(name), NULL, 10) : -1;
}

bool watch_taken(pid_t pid, struct taken *taken)
{
    static const char *const parts[] = { "\nRssAnon:", "\nRssShmem:", "\nVmSwap:", "\nVmPTE:" };
    char path[64], text[SMALL_FILE];
    snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
    if (!read_small(path, text) || number_of(text, parts[0]) < 0) {
        return false; /* or it is gone: then it has no memory any more */
    }
    *taken = (struct taken){ .threads = number_of(text, "\nThreads:") };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const int64_t kilobytes = number_of(text, parts[i]);
        taken->memory += kilobytes > 0 ? kilobytes << 10 : 0;
    }
    return true;
}

double watch_processor(pid_t pid)
{
    clockid_t clock;
    struct timespec taken;
    const bool there = clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &taken) == 0;
    return there ? (double)taken.tv_sec + (double)taken.tv_nsec * 1e-9 : -1;
}

int64_t watch_left(void)
{
    char text[SMALL_FILE];
    const int64_t kilobytes =
        read_small("/proc/meminfo", text) ? number_of(text, "\nMemAvailable:") : -1;
    return kilobytes >= 0 ? kilobytes << 10 : -1;
}
