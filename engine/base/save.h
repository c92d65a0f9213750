#pragma once
/* A file that has its name once all of it is on the disk. Until then it stands beside its place under
 * another, which nobody else takes while this process lives:
 *
 *     struct save save;
 *     if (save_open(&save, path)) {
 *         ... write to save.stream, or let somebody write to save.beside ...
 *         save_finish(&save);             or save_abandon
 *     }
 *
 * What a process that was killed left there is removed when the same path is saved the next time. */

#include <stdbool.h>
#include <stdio.h>

struct save {
    char *path, *beside;
    FILE *stream;
};

/* False, with errno, when no file can be made there; there is then nothing to finish. */
bool save_open(struct save *save, const char *path);

/* Waits for the disk, and gives the file its name. False, with errno, when that fails or anything could
 * not be written: then nothing is left, and what had the name has it still. */
bool save_finish(struct save *save);

/* Leaves nothing. */
void save_abandon(struct save *save);
