#pragma once
/* How gradlight-runner is started: its arguments, its environment, its descriptors. */

#include <sys/types.h>

#include "lessons/runner/client.h"

enum { LAUNCH_FREE_FD = 10 }; /* the child's ends are moved above the numbers that it gets */

/* What becomes the child's 1, 2, 3 and 4; -1: /dev/null. All are LAUNCH_FREE_FD or more, but for out
 * and err. */
struct launch_ends {
    int out, err, trace, order;
};

/* `nursery`: it is to be one (nursery.h). Returns 0, else an errno. */
int launch_runner(const struct client_options *options, const struct launch_ends *ends,
                  bool nursery, pid_t *pid);

/* Makes a pipe or a pair of sockets; ends[1] is the child's, ends[0] does not block. */
bool launch_make_ends(int ends[2], bool socket, struct error *err);
