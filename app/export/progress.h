#pragma once
/* How far something long has come: told on the terminal once it takes longer than a second, with the time
 * that is left. While it goes on, what would end the program (Ctrl-C, SIGTERM, SIGHUP) asks it to stop
 * instead, so that it can put away what it has begun.
 *
 *     struct progress *progress = progress_create();
 *     for (size_t i = 0; i < count && progress_step(progress, i, count); i++) { ... }
 *     stopped = progress_stopped(progress);
 *     progress_destroy(progress);
 */

#include <stdbool.h>
#include <stddef.h>

struct progress;

struct progress *progress_create(void);
/* The same, told to somebody else than the terminal, and at once. */
struct progress *progress_create_telling(void (*told)(void *owner, size_t done, size_t count),
                                         void *owner);
/* NULL is allowed here and below: nothing is told, and nobody asks to stop. */
void progress_destroy(struct progress *progress);

/* `done` of `count` are done. False when it should stop. */
bool progress_step(struct progress *progress, size_t done, size_t count);
/* Whether it was asked to stop; `progress` is a struct progress, so that it can be a callback. */
bool progress_stopped(void *progress);
