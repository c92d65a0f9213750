#pragma once
/* What a nursery does (nursery.h): waits, and splits off a runner each time it is asked. */

#include <stdbool.h>

/* Tells over `fd` that everything is ready and serves until the other end is closed: then false. True
 * in each process that was split off, which goes on as a runner with the descriptors given here: its
 * output (1 and 2) is in place. Python must have one thread, and so must the process. */
bool split_serve(int fd, int *trace_fd, int *order_fd);
