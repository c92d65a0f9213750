#pragma once
/* A growing piece of UTF-8, numbers as text, and the few looks at UTF-8 that everybody needs.
 * Numbers always use a point, whatever the locale. */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Zero-initialise to start. `bytes` is NUL-terminated once anything was appended, else NULL. */
struct text {
    char *bytes;
    size_t length, capacity;
};

void text_finish(struct text *text);
void text_clear(struct text *text);
/* Room for `more` bytes and the NUL after them. */
void text_reserve(struct text *text, size_t more);

/* memcpy of a few bytes, which mostly are few: as two words that may overlap, without a call. */
static inline void text_move(char *to, const char *from, size_t length)
{
    if (length > 16) {
        memcpy(to, from, length);
    } else if (length >= 8) {
        uint64_t first, last;
        memcpy(&first, from, 8);
        memcpy(&last, from + length - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + length - 8, &last, 8);
    } else if (length >= 4) {
        uint32_t first, last;
        memcpy(&first, from, 4);
        memcpy(&last, from + length - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + length - 4, &last, 4);
    } else {
        for (size_t i = 0; i < length; i++) {
            to[i] = from[i];
        }
    }
}

/* A trace is millions of these: inline, so that a literal's length is known and its bytes are moved
 * without a call. */
static inline void text_append(struct text *text, const char *bytes, size_t length)
{
    if (text->capacity - text->length <= length) {
        text_reserve(text, length);
    }
    text_move(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

static inline void text_append_string(struct text *text, const char *string)
{
    text_append(text, string, strlen(string));
}

static inline void text_append_char(struct text *text, char c)
{
    text_append(text, &c, 1);
}

/* The format must not contain %f, %e, %g or %a: use text_append_number, they follow the locale. */
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "" for an empty text; valid until the next append. */
const char *text_string(const struct text *text);

/* Whether it ends so and is longer than that: a file's name has something before its ending. */
bool text_ends_with(const char *string, const char *ending);

/* The shortest decimal that reads back as the same float32 (number_shortest_float) or float64, in
 * the spelling "0.1", "-3", "1e-05", "1.5e+20"; "nan", "inf", "-inf". `out` holds at least
 * NUMBER_SIZE bytes. Both return the length. */
enum { NUMBER_SIZE = 40 };
size_t number_shortest_float(char *out, float value);
size_t number_shortest(char *out, double value);

/* printf's %.*f and %.*e with a point whatever the locale; for |value| < 1e300 and decimals <= 17.
 * `out` holds at least NUMBER_FIXED_SIZE bytes. Both return the length. */
enum { NUMBER_FIXED_SIZE = 360 };
size_t number_fixed(char *out, double value, int decimals);
size_t number_scientific(char *out, double value, int decimals);

/* Reads a decimal number ("-1.5e3", ".5", "2.") from all of `length` bytes, whatever the locale.
 * False if it is not one; "nan" and "inf" are not. Too large becomes infinity, too small zero. */
bool number_parse(const char *bytes, size_t length, double *out);

void text_append_number(struct text *text, double value); /* number_shortest */
void text_append_whole(struct text *text, int64_t value); /* faster than text_format */

/* Base64 of raw bytes (RFC 4648, with padding). text_decode_base64 returns false on any byte that
 * is not canonical base64; out holds at least length / 4 * 3 bytes. */
void text_append_base64(struct text *text, const void *bytes, size_t length);
bool base64_decode(const char *bytes, size_t length, uint8_t *out, size_t *out_length);

/* Decodes one character at bytes[0..length), length > 0; sets *size to 1..4 bytes. A broken
 * sequence decodes to U+FFFD of size 1. */
uint32_t utf8_decode(const char *bytes, size_t length, size_t *size);
bool utf8_valid(const char *bytes, size_t length);
/* The first byte that is not part of a character; NULL: there is none. */
const char *utf8_find_broken(const char *bytes, size_t length);
/* Appends one character; surrogates and out-of-range values become U+FFFD. */
void text_append_utf8(struct text *text, uint32_t character);
