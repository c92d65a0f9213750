#pragma once
/* A process that has Python, the box and perhaps numpy ready and runs no lesson itself: runners are
 * split off it, each in a few milliseconds, where a new one takes a quarter of a second. What they do
 * not change of its memory they share. Idle it takes no time. */

#include <sys/types.h>

#include "lessons/runner/client.h"

struct nursery;

/* The ends that a runner gets: where its trace, its orders and its output go. */
enum { NURSERY_TRACE, NURSERY_ORDER, NURSERY_OUTPUT, NURSERY_ENDS };

/* With the limits, the folder and the numpy of the options, which are not for the GPU, for all that come from it. NULL when the
 * program cannot be started. */
struct nursery *nursery_start(const struct client_options *options, struct error *err);
/* Those that came from it stay. NULL is allowed. */
void nursery_destroy(struct nursery *nursery);

/* Whether it is ready; one that is gone never is. */
bool nursery_is_ready(struct nursery *nursery);
/* Whether it is there, ready or not yet. */
bool nursery_is_alive(struct nursery *nursery);

/* Splits off a runner, which is a child of this process. The ends stay the caller's. False when the
 * nursery is not ready or does not answer at once: then it is gone. */
bool nursery_split(struct nursery *nursery, const int ends[NURSERY_ENDS], pid_t *pid);
