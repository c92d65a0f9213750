#include "engine/base/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/system_error.h"

enum { READ_SIZE = 1 << 16 };

bool file_read(const char *path, size_t most, struct text *out, struct error *err)
{
    char bytes[READ_SIZE];
    size_t length;

    FILE *const file = fopen(path, "rb");
    if (!file) {
        return error_set_kind(err, ERROR_IO, "cannot read %s: %s", path, system_error(errno));
    }
    do {
        length = fread(bytes, 1, most < sizeof(bytes) ? most : sizeof(bytes), file);
        text_append(out, bytes, length);
        most -= length;
    } while (length > 0 && most > 0);
    const int failure = ferror(file) ? errno : 0;
    fclose(file);
    return failure == 0 ||
           error_set_kind(err, ERROR_IO, "cannot read %s: %s", path, system_error(failure));
}
