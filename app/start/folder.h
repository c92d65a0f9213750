#pragma once
/* What lies in a folder that a lesson could be opened from. */

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"

struct folder_entry {
    char *path;
    bool folder;
};

/* Zero-initialise to start. */
struct folder {
    char *path;                   /* of the folder */
    struct folder_entry *entries; /* folders first, each kind by name */
    size_t count, capacity;
};

/* Lists the folder of what was typed ("/home/lan/les", "~/"), as far as names begin with what stands
 * behind the last slash: folders, lessons and traces; nothing hidden unless it was typed. False when
 * the folder cannot be read. */
bool folder_list(struct folder *folder, const char *typed, struct error *err);
void folder_finish(struct folder *folder);
