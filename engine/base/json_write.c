#include "engine/base/json.h"

#include <math.h>
#include <string.h>

#include "engine/base/json_escapes.h"

static void append_escape(struct text *text, char c)
{
    const char *found = strchr(escaped_characters, c);
    if (c != '\0' && found) {
        text_append_char(text, '\\');
        text_append_char(text, escape_letters[found - escaped_characters]);
    } else {
        text_format(text, "\\u%04x", (unsigned char)c);
    }
}

/* How many bytes from the start stand for themselves. */
static size_t count_plain(const char *bytes, size_t length)
{
    size_t at = 0;
    for (; at < length; at++) {
        const unsigned char c = (unsigned char)bytes[at];
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') {
            break;
        }
    }
    return at;
}

void json_append_string(struct text *text, const char *bytes, size_t length)
{
    text_reserve(text, length + 2);
    text_append_char(text, '"');
    size_t plain = 0, at = count_plain(bytes, length);
    while (at < length) {
        const unsigned char c = (unsigned char)bytes[at];
        size_t size = 1;
        if (c >= 0x80) {
            utf8_decode(bytes + at, length - at, &size);
        }
        const bool broken = c >= 0x80 && size == 1;
        if (!broken && c >= 0x20 && c != '"' && c != '\\') {
            at += size;
            continue;
        }
        text_append(text, bytes + plain, at - plain);
        if (broken) {
            text_append_utf8(text, 0xFFFD);
        } else {
            append_escape(text, (char)c);
        }
        plain = ++at;
    }
    text_append(text, bytes + plain, length - plain);
    text_append_char(text, '"');
}

void json_append_word(struct text *text, const char *string)
{
    enum { MOST = 60 };
    text_reserve(text, MOST + 2);
    char *const out = text->bytes + text->length;
    size_t at = 0;
    for (; at < MOST; at++) {
        const unsigned char c = (unsigned char)string[at];
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') {
            break;
        }
        out[at + 1] = (char)c;
    }
    if (string[at] != '\0') {
        *out = '\0';
        json_append_string(text, string, strlen(string));
        return;
    }
    out[0] = '"';
    out[at + 1] = '"';
    out[at + 2] = '\0';
    text->length += at + 2;
}

/* Room for a number, at the end of the text. */
static char *number_begin(struct text *text, bool finite)
{
    if (!finite) {
        text_append_char(text, '"');
    }
    text_reserve(text, NUMBER_SIZE);
    return text->bytes + text->length;
}

static void number_end(struct text *text, size_t length, bool finite)
{
    text->length += length;
    text->bytes[text->length] = '\0';
    if (!finite) {
        text_append_char(text, '"');
    }
}

void json_append_number(struct text *text, double value)
{
    const bool finite = isfinite(value);
    char *const out = number_begin(text, finite);
    number_end(text, number_shortest(out, value), finite);
}

void json_append_float(struct text *text, float value)
{
    const bool finite = isfinite(value);
    char *const out = number_begin(text, finite);
    number_end(text, number_shortest_float(out, value), finite);
}
