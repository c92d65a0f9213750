#include "engine/base/error.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"

/* Cuts a text that vsnprintf may have cut inside a character back to the last whole one. */
static void trim_broken_end(char *text)
{
    size_t length = strlen(text);
    size_t start = length;
    while (start > 0 && length - start < 4) {
        start--;
        if (((unsigned char)text[start] & 0xC0) != 0x80) {
            break;
        }
    }
    if (start < length && !utf8_valid(text + start, length - start)) {
        text[start] = '\0';
    }
}

/* By way of a buffer, because an argument may be the old text itself. */
__attribute__((format(printf, 2, 0))) static void write_text(struct error *err, const char *format,
                                                             va_list arguments)
{
    char text[ERROR_TEXT_SIZE];
    const int length = vsnprintf(text, sizeof(text), format, arguments);
    if (length < 0) {
        text[0] = '\0';
    } else if ((size_t)length >= sizeof(text)) {
        trim_broken_end(text);
    }
    memcpy(err->text, text, strlen(text) + 1);
}

bool error_set(struct error *err, const char *format, ...)
{
    if (err) {
        va_list arguments;
        va_start(arguments, format);
        err->kind = ERROR_RUNTIME;
        write_text(err, format, arguments);
        va_end(arguments);
    }
    return false;
}

bool error_set_kind(struct error *err, enum error_kind kind, const char *format, ...)
{
    if (err) {
        va_list arguments;
        va_start(arguments, format);
        err->kind = kind;
        write_text(err, format, arguments);
        va_end(arguments);
    }
    return false;
}

bool error_prefix(struct error *err, const char *format, ...)
{
    if (!err) {
        return false;
    }
    char before[ERROR_TEXT_SIZE];
    memcpy(before, err->text, strlen(err->text) + 1);
    va_list arguments;
    va_start(arguments, format);
    write_text(err, format, arguments);
    va_end(arguments);

    const size_t used = strlen(err->text);
    const size_t room = sizeof(err->text) - used;
    const int length = snprintf(err->text + used, room, ": %s", before);
    if (length >= 0 && (size_t)length >= room) {
        trim_broken_end(err->text);
    }
    return false;
}

const char *error_kind_name(enum error_kind kind)
{
    static const char *const names[] = {
        [ERROR_RUNTIME] = "RuntimeError",     [ERROR_INDEX] = "IndexError",
        [ERROR_VALUE] = "ValueError",         [ERROR_TYPE] = "TypeError",
        [ERROR_ASSERTION] = "AssertionError", [ERROR_NOT_IMPLEMENTED] = "NotImplementedError",
        [ERROR_MEMORY] = "MemoryError",       [ERROR_IO] = "OSError",
        [ERROR_LINALG] = "LinAlgError",
    };
    return names[kind];
}
