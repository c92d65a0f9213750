#pragma once
/* What a process takes of the machine's memory, seen from outside: for lessons with the GPU, whose driver
 * reserves so much address space and pins so much memory that no limit of the kernel's can hold it. */

#include <stdint.h>
#include <sys/types.h>

/* Bytes of the process's own memory, shared ones and the kernel's tables for them included; -1 when that
 * cannot be known. Pages of files are not counted: they can be had back. */
int64_t watch_taken(pid_t pid);

/* Bytes that the machine can still give to anybody; -1 when that cannot be known. What a process hides
 * (memory that it has let go of but keeps) is missing here. */
int64_t watch_left(void);
