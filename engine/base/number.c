/* Numbers to and from text. The C library's printf and strtod round exactly but follow the
 * locale's decimal comma, so only their digits are used: a mantissa without a point and an
 * exponent mean the same in every locale. */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

enum { MAX_DIGITS = 17 };

/* 0.d1d2d3... times 10 to the power `point`; no zero at the end unless the number is 0. */
struct decimal {
    char digits[MAX_DIGITS + 1];
    int count;
    int point;
};

/* The nearest decimal of `count` digits to a finite value > 0. */
static struct decimal round_to_digits(double value, int count)
{
    char text[64];
    const int length = snprintf(text, sizeof(text), "%.*e", count - 1, value);
    assert(length > 0 && (size_t)length < sizeof(text));
    (void)length;
    struct decimal decimal = { 0 };
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9') {
            decimal.digits[decimal.count++] = *at;
        }
    }
    decimal.point = atoi(at + 1) + 1;
    return decimal;
}

/* The next larger decimal of as many digits. */
static struct decimal next_up(struct decimal decimal)
{
    int i = decimal.count - 1;
    while (i >= 0 && decimal.digits[i] == '9') {
        decimal.digits[i--] = '0';
    }
    if (i >= 0) {
        decimal.digits[i]++;
    } else {
        decimal.digits[0] = '1';
        decimal.point++;
    }
    return decimal;
}

static bool reads_back(const struct decimal *decimal, double value, bool single)
{
    char text[64];
    snprintf(text, sizeof(text), "%se%d", decimal->digits, decimal->point - decimal->count);
    return single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value;
}

/* A decimal of at most FLT_DIG (DBL_DIG) digits survives the way into a normal number and back, so
 * one try there finds every shorter one too, with zeros at the end. Below a power of two numbers
 * stand half as far apart as above: there the nearest decimal may miss while the next one up, a
 * little farther away, still reads back. */
static struct decimal shortest_decimal(double value, bool single)
{
    const bool normal = value >= (single ? (double)FLT_MIN : DBL_MIN);
    const int sure = single ? FLT_DIG : DBL_DIG;
    const int most = single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
    int exponent;
    const bool power_of_two = frexp(value, &exponent) == 0.5;
    struct decimal decimal = { 0 };
    for (int count = normal ? sure : 1; count <= most; count++) {
        decimal = round_to_digits(value, count);
        if (reads_back(&decimal, value, single)) {
            break;
        }
        const struct decimal above = next_up(decimal);
        if (power_of_two && reads_back(&above, value, single)) {
            decimal = above;
            break;
        }
    }
    while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0') {
        decimal.digits[--decimal.count] = '\0';
    }
    return decimal;
}

static size_t copy(char *out, const char *text)
{
    const size_t length = strlen(text);
    memcpy(out, text, length + 1);
    return length;
}

static size_t append_zeros(char *out, int count)
{
    if (count <= 0) {
        return 0;
    }
    memset(out, '0', (size_t)count);
    return (size_t)count;
}

/* Python's rule for repr(): an exponent below 0.0001 and from 1e16 on. */
static size_t spell(char *out, const struct decimal *decimal)
{
    const int count = decimal->count, point = decimal->point;
    const size_t digits = (size_t)count;
    size_t length = 0;
    if (point < -3 || point > 16) {
        out[length++] = decimal->digits[0];
        if (count > 1) {
            out[length++] = '.';
            length += copy(out + length, decimal->digits + 1);
        }
        const int exponent = point - 1;
        out[length++] = 'e';
        return length + (size_t)sprintf(out + length, "%c%02d", exponent < 0 ? '-' : '+',
                                        exponent < 0 ? -exponent : exponent);
    }
    if (point <= 0) {
        length += copy(out, "0.");
        length += append_zeros(out + length, -point);
        return length + copy(out + length, decimal->digits);
    }
    const size_t whole = count < point ? digits : (size_t)point;
    memcpy(out, decimal->digits, whole);
    length = whole + append_zeros(out + whole, point - count);
    if (whole < digits) {
        out[length++] = '.';
        length += copy(out + length, decimal->digits + whole);
    }
    out[length] = '\0';
    return length;
}

static size_t shortest(char *out, double value, bool single)
{
    if (isnan(value)) {
        return copy(out, "nan");
    }
    size_t sign = 0;
    if (signbit(value)) {
        out[sign++] = '-';
        value = -value;
    }
    if (isinf(value)) {
        return sign + copy(out + sign, "inf");
    }
    if (value == 0) {
        return sign + copy(out + sign, "0");
    }
    const struct decimal decimal = shortest_decimal(value, single);
    return sign + spell(out + sign, &decimal);
}

size_t number_shortest_float(char *out, float value)
{
    return shortest(out, value, true);
}

size_t number_shortest(char *out, double value)
{
    return shortest(out, value, false);
}

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

static size_t special(char *out, double value)
{
    if (isnan(value)) {
        return copy(out, "nan");
    }
    return isinf(value) ? copy(out, value < 0 ? "-inf" : "inf") : 0;
}

size_t number_fixed(char *out, double value, int decimals)
{
    assert(decimals >= 0 && decimals <= 17);
    if (!isfinite(value)) {
        return special(out, value);
    }
    char printed[NUMBER_FIXED_SIZE];
    snprintf(printed, sizeof(printed), "%.*f", decimals, value);
    return copy_with_point(out, printed);
}

size_t number_scientific(char *out, double value, int decimals)
{
    assert(decimals >= 0 && decimals <= 17);
    if (!isfinite(value)) {
        return special(out, value);
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

static double value_read(struct reader *reader)
{
    if (reader->count == 0) {
        return 0;
    }
    snprintf(reader->digits + reader->count, 32, "e%lld", reader->exponent);
    return strtod(reader->digits, NULL);
}

bool number_parse(const char *bytes, size_t length, double *out)
{
    struct reader reader = { .at = bytes, .end = bytes + length };
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
