#include "app/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/memory.h"
#include "engine/base/save.h"
#include "engine/base/system_error.h"
#include "engine/base/visible.h"

struct output {
    struct save save;
    int number; /* the first error while writing; 0: none */
};

static bool cannot_write(const char *path, int number, struct error *err)
{
    return error_set_kind(err, ERROR_IO, "cannot write %s: %s", path, system_error(number));
}

/* The folder that it would stand in: 0 when it is there, else why not. */
static int folder_trouble(const char *path)
{
    const char *const slash = strrchr(path, '/');
    struct text folder = { 0 };
    struct stat there;

    text_append(&folder, path, slash ? (size_t)(slash - path) + 1 : 0);
    const int trouble = slash && stat(text_string(&folder), &there) != 0 ? errno : 0;
    text_finish(&folder);
    return trouble;
}

bool output_check(const char *path, const char *input, struct error *err)
{
    struct stat there, source;

    const int trouble = folder_trouble(path);
    if (trouble) {
        return cannot_write(path, trouble, err);
    }
    if (stat(path, &there) != 0) {
        return true; /* whether it can be made is found out by making it */
    }
    if (S_ISDIR(there.st_mode)) {
        return cannot_write(path, EISDIR, err);
    }
    if (!S_ISREG(there.st_mode)) {
        return error_set_kind(err, ERROR_IO,
                              "cannot write %s: it is a device or a pipe; name a file", path);
    }
    if (stat(input, &source) == 0 && source.st_dev == there.st_dev &&
        source.st_ino == there.st_ino) {
        return error_set_kind(
            err, ERROR_IO, "cannot write %s: it is the lesson itself; choose another name", path);
    }
    return true;
}

bool output_folder(const char *path, bool *made, struct error *err)
{
    *made = mkdir(path, 0777) == 0;
    return *made || errno == EEXIST ||
           error_set_kind(err, ERROR_IO, "cannot make the folder %s: %s", path,
                          system_error(errno));
}

struct output *output_create(const char *path, struct error *err)
{
    struct output *const output = memory_allocate(1, sizeof(*output));

    if (!save_open(&output->save, path)) {
        cannot_write(path, errno, err);
        free(output);
        return NULL;
    }
    return output;
}

void output_put(struct output *output, const char *bytes, size_t length)
{
    errno = 0;
    if (fwrite(bytes, 1, length, output->save.stream) != length && output->number == 0) {
        output->number = errno ? errno : EIO;
    }
}

bool output_finish(struct output *output, struct error *err)
{
    char *const path = memory_copy_string(output->save.path);
    int number = output->number;

    if (number != 0) {
        save_abandon(&output->save);
    } else if (!save_finish(&output->save)) {
        number = errno;
    }
    if (number != 0) {
        cannot_write(path, number, err);
    }
    free(path);
    free(output);
    return number == 0;
}

void output_abandon(struct output *output)
{
    save_abandon(&output->save);
    free(output);
}

bool output_write(const char *path, const struct text *text, struct error *err)
{
    struct output *const output = output_create(path, err);

    if (!output) {
        return false;
    }
    output_put(output, text->bytes, text->length);
    return output_finish(output, err);
}

bool output_flush(FILE *stream, struct error *err)
{
    errno = 0;
    if (fflush(stream) == 0 && !ferror(stream)) {
        return true;
    }
    const int number = errno ? errno : EIO;
    error_set_kind(err, ERROR_IO, "cannot write the output: %s", system_error(number));
    err->text[0] = number == EPIPE ? '\0' : err->text[0];
    return false;
}

void output_line(FILE *stream, const char *format, ...)
{
    struct text line = { 0 }, shown = { 0 };
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    text_reserve(&line, (size_t)length + 1);
    vsnprintf(line.bytes, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text_append_visible(&shown, line.bytes, (size_t)length);
    fprintf(stream, "%s\n", text_string(&shown));
    text_finish(&line);
    text_finish(&shown);
}
