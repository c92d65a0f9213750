#pragma once
/* What a process takes of the machine, seen from outside: for what no limit of the kernel's holds. That of
 * private memory forgets pages that were made unwritable, that of threads counts all of the user's programs
 * and not root's, and a GPU's driver pins what nothing counts. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct taken {
    int64_t
        memory; /* bytes of its own, shared ones and the kernel's tables for them included; pages of
                       files are not counted: they can be had back */
    int64_t threads;
};

/* False when that cannot be known. */
bool watch_taken(pid_t pid, struct taken *taken);

/* Seconds of processor time that all its threads have taken together; -1 when it is gone. */
double watch_processor(pid_t pid);

/* Bytes that the machine can still give to anybody; -1 when that cannot be known. What a process hides
 * (memory that it has let go of but keeps) is missing here. */
int64_t watch_left(void);
