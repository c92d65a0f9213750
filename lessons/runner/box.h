#pragma once
/* The box a lesson runs in: it may compute, read the system's libraries and its own folder, and
 * write to the trace; no other files, programs, network or processes. Enforced by the kernel, so it
 * holds against native code as well (ctypes, a bug in an extension).
 *
 * For the GPU the box is weaker: the driver's devices can be opened and told anything, with what that
 * takes (facts about the machine, names of its own threads, memory that no limit counts). Files,
 * programs, processes and the network stay out of reach.
 *
 * The order matters. Landlock covers only threads begun later, so box_restrict comes before any
 * thread exists; limiting memory and the system calls comes after warm-up, last.
 *
 *     box_restrict(&box, &options);       single-threaded, before Python
 *     ... start Python, warm up ...
 *     box_limit_memory(&box, bytes);
 *     box_seal(&box, trace_fd);           also for the threads that exist by now
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the kernel enforces by now; `why` says in words what is missing, "" when nothing is. */
struct box {
    bool rlimits, no_new_privs, seccomp;
    int landlock; /* the kernel's ABI; 0: not there */
    bool gpu;     /* the GPU's devices can be opened */
    bool strict;  /* no file can be opened once it is sealed */
    char why[256];
    /* Private: asks the kernel for memory in use, once /proc is out of reach; and what it said. */
    int memory_fd;
    int64_t mapped, data;
    int tasks_fd, log_fd; /* of the process's threads, for the GPU; of what is refused; 0: none */
};

struct box_options {
    unsigned cpu_seconds; /* SIGXCPU, two seconds later SIGKILL; 0: no limit */
    bool writes_output;   /* descriptors 1 and 2 may be files, and may grow */
    bool gpu;             /* weaker; without Landlock there is none, and the box is as ever */
    bool strict;          /* where there is no Landlock, no file can be opened after the sealing */
    const char *log;      /* a file that is told each refused call, to mend the lists; NULL: none */
    const char *const
        *readable; /* folders and files besides the system's, up to NULL; may be NULL */
};

/* Resource limits but memory, no_new_privs, Landlock; the process dies with its parent. `box` must
 * be zero. What fails is said in box->why, and the rest is still done. */
void box_restrict(struct box *box, const struct box_options *options);

/* Whether every lesson may read that, which is a path from the root on without links. */
bool box_reads_for_all(const char *path);

/* Notes the memory in use, once, for a process that is split off this one: it cannot ask any more. */
void box_measure(struct box *box);

/* Lets private memory grow by `bytes` from now on, and address space by four times that. */
void box_limit_memory(struct box *box, int64_t bytes);

/* Allows only the system calls that computing and reading need, for all threads. `trace_fd` cannot
 * be closed any more. */
void box_seal(struct box *box, int trace_fd);
