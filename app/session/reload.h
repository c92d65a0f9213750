#pragma once
/* The lesson's file is watched: whoever saves it in any editor sees it run again here, at the moment where
 * they stood. Looked at by path a few times a second, so that files which editors write anew and move into
 * place count as well. */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct app;

/* What tells one state of a file from another. */
struct file_stamp {
    bool there;
    struct timespec changed;
    uint64_t inode;
    int64_t size;
};

struct reload {
    struct file_stamp known, seen; /* as it was read; as it was at the last look */
    double looked;
};

/* From now on changes of what is on show count. */
void reload_start(struct app *app);
/* Looks, if it is time. A file that has changed and is at rest since the look before is read. */
void reload_turn(struct app *app);
/* Seconds until the next look; negative: nothing is watched. */
double reload_patience(const struct app *app);
