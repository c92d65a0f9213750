#pragma once
/* What the kernel of the machine has that tests rely on. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel of a build machine may lack Landlock; then what a box refuses ends otherwise. */
static inline bool kernel_has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1u) > 0;
}
