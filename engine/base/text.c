#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

void text_reserve(struct text *text, size_t more)
{
    if (text->length + more < text->capacity) {
        return;
    }
    text->bytes = array_reserve(text->bytes, &text->capacity, text->length + more + 1, 1);
}

void text_finish(struct text *text)
{
    free(text->bytes);
    *text = (struct text){ 0 };
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->bytes) {
        text->bytes[0] = '\0';
    }
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    char small[256];
    const int length = vsnprintf(small, sizeof(small), format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < sizeof(small)) {
        text_append(text, small, (size_t)length);
    } else if (length > 0) {
        text_reserve(text, (size_t)length);
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

const char *text_string(const struct text *text)
{
    return text->bytes ? text->bytes : "";
}

static size_t count_digits(uint64_t value)
{
    size_t count = 1;
    for (; value >= 10000; value /= 10000) {
        count += 4;
    }
    return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* Straight to its place: read again at once as wider words, digits would have to wait in the processor. */
void text_append_whole(struct text *text, int64_t value)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    const size_t length = count_digits(left) + (value < 0);
    text_reserve(text, length);
    char *const first = text->bytes + text->length;
    char *at = first + length;
    *at = '\0';
    text->length += length;
    for (; left > UINT32_MAX; left /= 10) {
        *--at = (char)('0' + left % 10);
    }
    uint32_t small = (uint32_t)left; /* division by a constant is cheap in 32 bits */
    for (; small >= 100; small /= 100) {
        at -= 2;
        memcpy(at, pairs + small % 100 * 2, 2);
    }
    if (small >= 10) {
        memcpy(at - 2, pairs + small * 2, 2);
    } else {
        at[-1] = (char)('0' + small);
    }
    if (value < 0) {
        *first = '-';
    }
}

void text_append_number(struct text *text, double value)
{
    char out[NUMBER_SIZE];
    text_append(text, out, number_shortest(out, value));
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void text_append_base64(struct text *text, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    text_reserve(text, (length + 2) / 3 * 4);
    char *out = text->bytes + text->length;
    size_t left = length;
    for (; left >= 3; left -= 3, at += 3) {
        const uint32_t group = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
        *out++ = base64_digits[group >> 18];
        *out++ = base64_digits[group >> 12 & 63];
        *out++ = base64_digits[group >> 6 & 63];
        *out++ = base64_digits[group & 63];
    }
    if (left > 0) {
        const uint32_t group = (uint32_t)at[0] << 16 | (left > 1 ? (uint32_t)at[1] << 8 : 0);
        *out++ = base64_digits[group >> 18];
        *out++ = base64_digits[group >> 12 & 63];
        *out++ = left > 1 ? base64_digits[group >> 6 & 63] : '=';
        *out++ = '=';
    }
    *out = '\0';
    text->length = (size_t)(out - text->bytes);
}

/* 64 more than the digit, 0 for a byte that is no digit of base64. */
#define FOUR(c, digit) \
    [c] = 64 + (digit), [(c) + 1] = 65 + (digit), [(c) + 2] = 66 + (digit), [(c) + 3] = 67 + (digit)
static const uint8_t base64_values[256] = {
    FOUR('A', 0),  FOUR('E', 4),  FOUR('I', 8),  FOUR('M', 12), FOUR('Q', 16), FOUR('U', 20),
    ['Y'] = 88,    ['Z'] = 89,    FOUR('a', 26), FOUR('e', 30), FOUR('i', 34), FOUR('m', 38),
    FOUR('q', 42), FOUR('u', 46), ['y'] = 114,   ['z'] = 115,   FOUR('0', 52), FOUR('4', 56),
    ['8'] = 124,   ['9'] = 125,   ['+'] = 126,   ['/'] = 127,
};
#undef FOUR

/* 0..63, or 64 for a byte that is no digit of base64. */
static uint32_t base64_value(char c)
{
    return base64_values[(unsigned char)c] ^ 64u;
}

/* Whole groups of four digits; false when one of them is none. */
static bool decode_groups(const char *bytes, size_t groups, uint8_t *out)
{
    unsigned all = 64;
    for (size_t i = 0; i < groups; i++) {
        const unsigned char *const at = (const unsigned char *)bytes + i * 4;
        const unsigned a = base64_values[at[0]], b = base64_values[at[1]];
        const unsigned c = base64_values[at[2]], d = base64_values[at[3]];
        const uint32_t group = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63);
        all &= a & b & c & d;
        out[i * 3] = (uint8_t)(group >> 16);
        out[i * 3 + 1] = (uint8_t)(group >> 8);
        out[i * 3 + 2] = (uint8_t)group;
    }
    return (all & 64) != 0;
}

bool base64_decode(const char *bytes, size_t length, uint8_t *out, size_t *out_length)
{
    *out_length = 0;
    if (length % 4 != 0) {
        return false;
    }
    if (length == 0) {
        return true;
    }
    const size_t before = length / 4 - 1;
    const char *const last = bytes + before * 4;
    const size_t padding = last[3] != '=' ? 0 : last[2] != '=' ? 1 : 2;
    uint32_t group = 0;
    for (size_t k = 0; k < 4; k++) {
        const uint32_t value = k + padding >= 4 ? 0 : base64_value(last[k]);
        if (value > 63) {
            return false;
        }
        group = group << 6 | value;
    }
    /* Two spellings of the same bytes would differ in these unused bits: only zero is one. */
    if ((group & ((1u << 8 * padding) - 1)) || !decode_groups(bytes, before, out)) {
        return false;
    }
    for (size_t k = 0; k < 3 - padding; k++) {
        out[before * 3 + k] = (uint8_t)(group >> (16 - 8 * k));
    }
    *out_length = before * 3 + 3 - padding;
    return true;
}

bool text_ends_with(const char *string, const char *ending)
{
    const size_t length = strlen(string), rest = strlen(ending);

    return length > rest && strcmp(string + length - rest, ending) == 0;
}
