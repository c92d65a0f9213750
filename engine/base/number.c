/* Numbers to and from text, but for the shortest decimals, which are in number_shortest.c. The C library's printf and strtod round exactly but follow the
 * locale's decimal comma, so only their digits are used: a mantissa without a point and an
 * exponent mean the same in every locale. */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

/* Copies what printf wrote, with '.' for whatever the locale put between the digits. */
static size_t copy_with_point(char *out, const char *printed)
{
    size_t length = 0;
    bool in_separator = false;
    for (const char *at = printed; *at; at++) {
        if (strchr("0123456789+-e", *at)) {
            out[length++] = *at;
            in_separator = false;
        } else if (!in_separator) {
            out[length++] = '.';
            in_separator = true;
        }
    }
    out[length] = '\0';
    return length;
}

/* "nan", "inf" or "-inf". */
static size_t spell_special(char *out, double value)
{
    const char *name = isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
    memcpy(out, name, strlen(name) + 1);
    return strlen(name);
}

size_t number_fixed(char *out, double value, int decimals)
{
    assert(decimals >= 0 && decimals <= 17);
    if (!isfinite(value)) {
        return spell_special(out, value);
    }
    char printed[NUMBER_FIXED_SIZE];
    snprintf(printed, sizeof(printed), "%.*f", decimals, value);
    return copy_with_point(out, printed);
}

size_t number_scientific(char *out, double value, int decimals)
{
    assert(decimals >= 0 && decimals <= 17);
    if (!isfinite(value)) {
        return spell_special(out, value);
    }
    char printed[NUMBER_FIXED_SIZE];
    snprintf(printed, sizeof(printed), "%.*e", decimals, value);
    return copy_with_point(out, printed);
}

/* Half-way between two float64 takes at most 767 digits to tell; beyond that only whether there is
 * anything at all still matters. */
enum { MOST_USEFUL_DIGITS = 800, EXPONENT_LIMIT = 100000000 };

struct reader {
    const char *at, *end;
    char digits[MOST_USEFUL_DIGITS + 32];
    size_t count;
    long long exponent; /* value = digits times 10 to this power */
    bool any;
};

static bool next_is_digit(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static void read_digits(struct reader *reader, bool after_point)
{
    for (; next_is_digit(reader); reader->at++) {
        const char digit = *reader->at;
        reader->any = true;
        if (reader->count == 0 && digit == '0') {
            reader->exponent -= after_point;
        } else if (reader->count < MOST_USEFUL_DIGITS) {
            reader->digits[reader->count++] = digit;
            reader->exponent -= after_point;
        } else {
            if (digit != '0') {
                reader->digits[MOST_USEFUL_DIGITS - 1] = '1';
            }
            reader->exponent += !after_point;
        }
    }
}

/* "e-12" and the like; true also when there is none. */
static bool read_exponent(struct reader *reader)
{
    if (reader->at == reader->end || (*reader->at != 'e' && *reader->at != 'E')) {
        return true;
    }
    reader->at++;
    bool negative = false;
    if (reader->at < reader->end && (*reader->at == '-' || *reader->at == '+')) {
        negative = *reader->at++ == '-';
    }
    if (!next_is_digit(reader)) {
        return false;
    }
    long long exponent = 0;
    for (; next_is_digit(reader); reader->at++) {
        if (exponent < EXPONENT_LIMIT) {
            exponent = exponent * 10 + (*reader->at - '0');
        }
    }
    reader->exponent += negative ? -exponent : exponent;
    return true;
}

/* Up to 15 digits and 10^22 are exact as float64, so that one product or quotient of them is rounded
 * correctly; the rest is left to strtod. */
static double value_read(struct reader *reader)
{
    static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    if (reader->count == 0) {
        return 0;
    }
    if (reader->count <= 15 && reader->exponent >= -22 && reader->exponent <= 22) {
        uint64_t whole = 0;
        for (size_t i = 0; i < reader->count; i++) {
            whole = whole * 10 + (uint64_t)(reader->digits[i] - '0');
        }
        return reader->exponent < 0 ? (double)whole / powers[-reader->exponent]
                                    : (double)whole * powers[reader->exponent];
    }
    snprintf(reader->digits + reader->count, 32, "e%lld", reader->exponent);
    return strtod(reader->digits, NULL);
}

bool number_parse(const char *bytes, size_t length, double *out)
{
    struct reader reader; /* not zeroed whole: its digits are many and numbers are short */
    reader.at = bytes;
    reader.end = bytes + length;
    reader.count = 0;
    reader.exponent = 0;
    reader.any = false;
    bool negative = false;
    if (length > 0 && (*bytes == '-' || *bytes == '+')) {
        negative = *bytes == '-';
        reader.at++;
    }
    read_digits(&reader, false);
    if (reader.at < reader.end && *reader.at == '.') {
        reader.at++;
        read_digits(&reader, true);
    }
    if (!reader.any || !read_exponent(&reader) || reader.at != reader.end) {
        return false;
    }
    const double value = value_read(&reader);
    *out = negative ? -value : value;
    return true;
}
