#include "app/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/memory.h"
#include "engine/base/visible.h"

struct output {
    char *path, *beside;
    FILE *file;
    int number; /* the first error while writing; 0: none */
};

static bool cannot_write(const char *path, int number, struct error *err)
{
    return error_set_kind(err, ERROR_IO, "cannot write %s: %s", path, strerror(number));
}

bool output_check(const char *path, const char *input, struct error *err)
{
    struct stat there, source;

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

static void output_destroy(struct output *output)
{
    free(output->path);
    free(output->beside);
    free(output);
}

struct output *output_create(const char *path, struct error *err)
{
    struct output *const output = memory_allocate(1, sizeof(*output));
    struct text beside = { 0 };

    text_format(&beside, "%s.%ld.part", path, (long)getpid());
    *output = (struct output){ memory_copy_string(path), beside.bytes, NULL, 0 };
    output->file = fopen(output->beside, "wbe");
    if (!output->file) {
        cannot_write(path, errno, err);
        output_destroy(output);
        return NULL;
    }
    return output;
}

void output_put(struct output *output, const char *bytes, size_t length)
{
    errno = 0;
    if (fwrite(bytes, 1, length, output->file) != length && output->number == 0) {
        output->number = errno ? errno : EIO;
    }
}

bool output_finish(struct output *output, struct error *err)
{
    int number = output->number;

    if (fclose(output->file) != 0 && number == 0) {
        number = errno;
    }
    if (number == 0 && rename(output->beside, output->path) != 0) {
        number = errno;
    }
    if (number != 0) {
        unlink(output->beside);
        cannot_write(output->path, number, err);
    }
    output_destroy(output);
    return number == 0;
}

void output_abandon(struct output *output)
{
    fclose(output->file);
    unlink(output->beside);
    output_destroy(output);
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
    error_set_kind(err, ERROR_IO, "cannot write the output: %s", strerror(number));
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
