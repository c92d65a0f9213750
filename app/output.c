#include "app/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/memory.h"

struct output {
    char *path, *beside;
    FILE *file;
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
    *output = (struct output){ memory_copy_string(path), beside.bytes, NULL };
    output->file = fopen(output->beside, "wbe");
    if (!output->file) {
        cannot_write(path, errno, err);
        output_destroy(output);
        return NULL;
    }
    return output;
}

FILE *output_stream(struct output *output)
{
    return output->file;
}

bool output_finish(struct output *output, struct error *err)
{
    /* An earlier write that failed has left its mark, but not its reason. */
    errno = 0;
    const bool whole = fflush(output->file) == 0 && !ferror(output->file);
    int number = whole ? 0 : errno ? errno : EIO;

    if (fclose(output->file) != 0 && whole) {
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

void output_discard(struct output *output)
{
    if (output) {
        fclose(output->file);
        unlink(output->beside);
        output_destroy(output);
    }
}

bool output_write(const char *path, const struct text *text, struct error *err)
{
    struct output *const output = output_create(path, err);

    if (!output) {
        return false;
    }
    fwrite(text->bytes, 1, text->length, output->file);
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
