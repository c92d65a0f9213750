#include "app/session/lesson_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/file.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "lessons/runner/client.h"
#include "lessons/runner/notebook.h"
#include "lessons/trace/trace.h"

/* From here on a notebook is the script that it stands for. */
static bool read_notebook(const char *path, struct text *bytes, struct error *err)
{
    struct text script = { 0 };

    if (!notebook_to_script(bytes->bytes, bytes->length, &script, err)) {
        text_finish(&script);
        return error_prefix(err, "%s", path);
    }
    text_finish(bytes);
    *bytes = script;
    return true;
}

bool lesson_file_read(const char *path, struct text *out, struct error *err)
{
    struct stat about;

    const bool there = stat(path, &about) == 0;
    if (there && S_ISDIR(about.st_mode)) {
        return error_set_kind(err, ERROR_IO, "%s is a folder; give a lesson in it", path);
    }
    if (there && !S_ISREG(about.st_mode)) {
        /* Opening a pipe waits for somebody to write to it; a device may never end. */
        return error_set_kind(err, ERROR_IO, "%s is a device or a pipe; give a file", path);
    }
    /* One byte too many, for the trace to say that it is too long. */
    if (!file_read(path, (size_t)TRACE_BYTES_MAX + 1, out, err)) {
        return false;
    }
    if (out->length == 0) {
        return error_set_kind(err, ERROR_VALUE, "%s is empty", path);
    }
    /* What is called a notebook and is none would run as Python: "{}" is an expression. */
    const bool called = text_ends_with(path, ".ipynb") && !lesson_file_is_trace(out);
    return !(called || notebook_is(out->bytes, out->length)) || read_notebook(path, out, err);
}

/* Every trace begins with its `hello`. */
bool lesson_file_is_trace(const struct text *bytes)
{
    static const char start[] = "{\"k\":\"hello\"";

    return bytes->length >= sizeof(start) - 1 &&
           memcmp(bytes->bytes, start, sizeof(start) - 1) == 0;
}

bool lesson_file_check(const char *path, const struct text *bytes, struct error *err)
{
    struct lesson lesson = { 0 };
    bool good = lesson_parse(&lesson, bytes->bytes, bytes->length, err);

    if (!good) {
        error_prefix(err, "%s", path);
    } else if (lesson.code_count == 0) {
        good = error_set_kind(err, ERROR_VALUE,
                              "%s has only narrative: there is no code cell to run", path);
    }
    lesson_finish(&lesson);
    return good;
}

char *lesson_file_name(const char *path)
{
    static const char *const endings[] = { ".lesson.py", ".py", ".ipynb", ".gtrace", ".trace" };
    const char *const slash = strrchr(path, '/');
    char *const name = memory_copy_string(slash ? slash + 1 : path);
    const size_t length = strlen(name);

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        const size_t ending = strlen(endings[i]);
        if (length > ending && strcmp(name + length - ending, endings[i]) == 0) {
            name[length - ending] = '\0';
            break;
        }
    }
    return name;
}
