#include "app/start/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/base/system_error.h"
#include "engine/base/text.h"

/* "~" is the home folder. */
static void expand(struct text *out, const char *typed, size_t length)
{
    const char *const home = getenv("HOME");

    if (typed[0] == '~' && (length == 1 || typed[1] == '/') && home && home[0]) {
        text_append_string(out, home);
        typed++;
        length--;
    }
    text_append(out, typed, length);
}

static bool can_be_opened(const char *name)
{
    return text_ends_with(name, ".py") || text_ends_with(name, ".trace") ||
           text_ends_with(name, ".gtrace") || text_ends_with(name, ".ipynb");
}

static void add(struct folder *folder, const char *name)
{
    struct text path = { 0 };
    struct stat about;

    text_append_string(&path, folder->path);
    text_append_string(
        &path, text_ends_with(folder->path, "/") || strcmp(folder->path, "/") == 0 ? "" : "/");
    text_append_string(&path, name);
    const bool there = stat(text_string(&path), &about) == 0;
    const bool inside = there && S_ISDIR(about.st_mode);
    if (inside || (there && S_ISREG(about.st_mode) && can_be_opened(name))) {
        folder->entries = array_reserve(folder->entries, &folder->capacity, folder->count + 1,
                                        sizeof(*folder->entries));
        folder->entries[folder->count++] =
            (struct folder_entry){ .path = memory_copy_string(text_string(&path)),
                                   .folder = inside };
    }
    text_finish(&path);
}

static int compare(const void *a, const void *b)
{
    const struct folder_entry *const one = a, *const other = b;

    return one->folder != other->folder ? other->folder - one->folder
                                        : strcmp(one->path, other->path);
}

bool folder_list(struct folder *folder, const char *typed, struct error *err)
{
    const char *const slash = strrchr(typed, '/');
    const char *const begin = slash ? slash + 1 : "";
    struct text path = { 0 };

    expand(&path, typed, slash ? (size_t)(slash - typed) : strlen(typed));
    folder->path = memory_copy_string(path.length > 0 ? text_string(&path) : "/");
    text_finish(&path);
    DIR *const dir = opendir(folder->path);
    if (!dir) {
        return error_set_kind(err, ERROR_IO, "cannot look into %s: %s", folder->path,
                              system_error(errno));
    }
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        const bool hidden = entry->d_name[0] == '.' && begin[0] != '.';
        const bool itself = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!hidden && !itself && strncmp(entry->d_name, begin, strlen(begin)) == 0) {
            add(folder, entry->d_name);
        }
    }
    closedir(dir);
    if (folder->count > 0) {
        qsort(folder->entries, folder->count, sizeof(*folder->entries), compare);
    }
    return true;
}

void folder_finish(struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++) {
        free(folder->entries[i].path);
    }
    free(folder->entries);
    free(folder->path);
    *folder = (struct folder){ 0 };
}
