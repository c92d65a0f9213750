#include "app/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/system_error.h"
#include "engine/base/text.h"

#include "config.h"

static bool join(char *out, const char *folder, const char *name, struct error *err)
{
    if (snprintf(out, PATH_SIZE, "%s/%s", folder, name) < PATH_SIZE) {
        return true;
    }
    return error_set_kind(err, ERROR_IO, "%s/%s: this path is too long", folder, name);
}

static bool fill(struct paths *paths, const char *helpers, const char *data, const char *words,
                 struct error *err)
{
    return join(paths->runner, helpers, "gradlight-runner", err) &&
           join(paths->layout, helpers, "gradlight-layout", err) &&
           join(paths->lessons, data, paths->installed ? "lessons" : "lessons/course", err) &&
           join(paths->words, words, paths->installed ? "" : "assets/po", err);
}

/* What stands before the folders of the installation, in `root`: nothing, or the folder into which it
 * was staged as a whole. */
static void find_root(char root[PATH_SIZE], const char *self)
{
    static const char installed[] = GRADLIGHT_BINDIR "/gradlight";

    snprintf(root, PATH_SIZE, "%s", self);
    root[text_ends_with(self, installed) ? strlen(self) - strlen(installed) : 0] = '\0';
}

static bool fill_installed(struct paths *paths, const char *self, struct error *err)
{
    char root[PATH_SIZE], helpers[PATH_SIZE], data[PATH_SIZE], words[PATH_SIZE];

    find_root(root, self);
    return join(helpers, root, &GRADLIGHT_LIBEXECDIR[1], err) &&
           join(data, root, &GRADLIGHT_DATADIR[1], err) &&
           join(words, root, &GRADLIGHT_LOCALEDIR[1], err) &&
           fill(paths, helpers, data, words, err);
}

bool paths_find(struct paths *paths, struct error *err)
{
    char self[PATH_SIZE];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    const char *build = GRADLIGHT_BUILD_ROOT;

    if (length < 0) {
        return error_set_kind(err, ERROR_IO, "cannot tell where this program is: %s",
                              system_error(errno));
    }
    self[length] = '\0';
    paths->installed = strncmp(self, build, strlen(build)) != 0 || self[strlen(build)] != '/';
    if (paths->installed) {
        return fill_installed(paths, self, err);
    }
    return fill(paths, build, GRADLIGHT_SOURCE_ROOT, build, err);
}

const char *paths_lesson(const struct paths *paths, const char *path, char *out)
{
    const int length = snprintf(out, PATH_SIZE, "%s/%s.lesson.py", paths->lessons, path);
    const bool bare = !strchr(path, '/') && access(path, F_OK) != 0;

    return bare && length < PATH_SIZE && access(out, R_OK) == 0 ? out : path;
}

bool paths_hold_more(const char *folder)
{
    char home[PATH_SIZE];
    const char *const named = getenv("HOME");
    const size_t length = strlen(folder);
    struct stat about;

    if (length <= 1) {
        return true;
    }
    if (named && realpath(named, home) && strncmp(home, folder, length) == 0 &&
        (home[length] == '/' || home[length] == '\0')) {
        return true;
    }
    return stat(folder, &about) != 0 || (about.st_mode & S_IWOTH) != 0;
}

bool paths_are_course(const struct paths *paths, const char *folder)
{
    char course[PATH_SIZE];

    return realpath(paths->lessons, course) && strcmp(course, folder) == 0;
}

const char *paths_folder_of(const char *path, char *out)
{
    _Static_assert(PATH_SIZE >= PATH_MAX, "realpath() writes up to PATH_MAX bytes");
    char *const end = realpath(path, out) ? strrchr(out, '/') : NULL;

    if (!end) {
        return NULL;
    }
    end[end == out] = '\0';
    return out;
}
