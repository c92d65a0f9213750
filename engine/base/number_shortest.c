/* The shortest decimal that reads back as a number. Traces are full of float32, so these go a fast
 * way (about 100 ns); a float64 is usually a short decimal, and else pays for a few calls of printf
 * and strtod. Only the digits of those two are used: their point follows the locale. */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

enum { MAX_DIGITS = 17 };

/* 0.d1d2d3... times 10 to the power `point`; no zero at the end. */
struct decimal {
    char digits[MAX_DIGITS + 1];
    int count;
    int point;
};

static void strip_zeros(struct decimal *decimal)
{
    while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0') {
        decimal->digits[--decimal->count] = '\0';
    }
}

/* digits times 10 to the power exponent, for digits from 1 to 17 decimals long. */
static struct decimal decimal_of(uint64_t digits, int exponent)
{
    char reversed[MAX_DIGITS];
    int count = 0;
    for (; digits > 0; digits /= 10) {
        reversed[count++] = (char)('0' + digits % 10);
    }
    struct decimal decimal = { .count = count, .point = exponent + count };
    for (int i = 0; i < count; i++) {
        decimal.digits[i] = reversed[count - 1 - i];
    }
    strip_zeros(&decimal);
    return decimal;
}

/* ---- float32: Raffaello Giulietti's Schubfach, "The Schubfach way to render doubles" (2020) ---- */

enum { POWER_MIN = -31 };

/* The first 64 bits of the powers of ten from 10^-31 to 10^45, rounded up. */
static const uint64_t powers_of_ten[] = {
    UINT64_C(0x81ceb32c4b43fcf5), UINT64_C(0xa2425ff75e14fc32), UINT64_C(0xcad2f7f5359a3b3f),
    UINT64_C(0xfd87b5f28300ca0e), UINT64_C(0x9e74d1b791e07e49), UINT64_C(0xc612062576589ddb),
    UINT64_C(0xf79687aed3eec552), UINT64_C(0x9abe14cd44753b53), UINT64_C(0xc16d9a0095928a28),
    UINT64_C(0xf1c90080baf72cb2), UINT64_C(0x971da05074da7bef), UINT64_C(0xbce5086492111aeb),
    UINT64_C(0xec1e4a7db69561a6), UINT64_C(0x9392ee8e921d5d08), UINT64_C(0xb877aa3236a4b44a),
    UINT64_C(0xe69594bec44de15c), UINT64_C(0x901d7cf73ab0acda), UINT64_C(0xb424dc35095cd810),
    UINT64_C(0xe12e13424bb40e14), UINT64_C(0x8cbccc096f5088cc), UINT64_C(0xafebff0bcb24aaff),
    UINT64_C(0xdbe6fecebdedd5bf), UINT64_C(0x89705f4136b4a598), UINT64_C(0xabcc77118461cefd),
    UINT64_C(0xd6bf94d5e57a42bd), UINT64_C(0x8637bd05af6c69b6), UINT64_C(0xa7c5ac471b478424),
    UINT64_C(0xd1b71758e219652c), UINT64_C(0x83126e978d4fdf3c), UINT64_C(0xa3d70a3d70a3d70b),
    UINT64_C(0xcccccccccccccccd), UINT64_C(0x8000000000000000), UINT64_C(0xa000000000000000),
    UINT64_C(0xc800000000000000), UINT64_C(0xfa00000000000000), UINT64_C(0x9c40000000000000),
    UINT64_C(0xc350000000000000), UINT64_C(0xf424000000000000), UINT64_C(0x9896800000000000),
    UINT64_C(0xbebc200000000000), UINT64_C(0xee6b280000000000), UINT64_C(0x9502f90000000000),
    UINT64_C(0xba43b74000000000), UINT64_C(0xe8d4a51000000000), UINT64_C(0x9184e72a00000000),
    UINT64_C(0xb5e620f480000000), UINT64_C(0xe35fa931a0000000), UINT64_C(0x8e1bc9bf04000000),
    UINT64_C(0xb1a2bc2ec5000000), UINT64_C(0xde0b6b3a76400000), UINT64_C(0x8ac7230489e80000),
    UINT64_C(0xad78ebc5ac620000), UINT64_C(0xd8d726b7177a8000), UINT64_C(0x878678326eac9000),
    UINT64_C(0xa968163f0a57b400), UINT64_C(0xd3c21bcecceda100), UINT64_C(0x84595161401484a0),
    UINT64_C(0xa56fa5b99019a5c8), UINT64_C(0xcecb8f27f4200f3a), UINT64_C(0x813f3978f8940985),
    UINT64_C(0xa18f07d736b90be6), UINT64_C(0xc9f2c9cd04674edf), UINT64_C(0xfc6f7c4045812297),
    UINT64_C(0x9dc5ada82b70b59e), UINT64_C(0xc5371912364ce306), UINT64_C(0xf684df56c3e01bc7),
    UINT64_C(0x9a130b963a6c115d), UINT64_C(0xc097ce7bc90715b4), UINT64_C(0xf0bdc21abb48db21),
    UINT64_C(0x96769950b50d88f5), UINT64_C(0xbc143fa4e250eb32), UINT64_C(0xeb194f8e1ae525fe),
    UINT64_C(0x92efd1b8d0cf37bf), UINT64_C(0xb7abc627050305ae), UINT64_C(0xe596b7b0c643c71a),
    UINT64_C(0x8f7e32ce7bea5c70), UINT64_C(0xb35dbf821ae4f38c),
};

/* floor(log2(10^k)), and floor(log10(2^q)) or floor(log10(3/4 2^q)), for the q and k of a float32. */
static int log2_of_power_of_ten(int k)
{
    return (k * 1741647) >> 19;
}

static int log10_of_power_of_two(int q, bool three_quarters)
{
    return (q * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

/* The upper half of g * c, its last bit also set when anything was cut off: enough to compare with. */
static uint32_t multiply_to_odd(uint64_t g, uint32_t c)
{
    const uint64_t low = (g & 0xFFFFFFFF) * c;
    const uint64_t high = (g >> 32) * c + (low >> 32);
    return (uint32_t)(high >> 32) | ((uint32_t)high > 1);
}

/* Among the decimals that read back as the number c * 2^q: one with a digit less if there is one,
 * else the nearest. Everything is in quarters of 10^k, so that the ends of the interval that reads
 * back, half a step below and above, are whole. */
static struct decimal schubfach(uint32_t c, int q, bool closer_below)
{
    const int k = log10_of_power_of_two(q, closer_below);
    const int h = q + log2_of_power_of_ten(-k) + 1;
    const uint64_t g = powers_of_ten[-k - POWER_MIN];
    const uint32_t middle = multiply_to_odd(g, (4 * c) << h);
    const bool even = c % 2 == 0; /* then the ends themselves read back as well */
    const uint32_t lower = multiply_to_odd(g, (4 * c - 2 + closer_below) << h) + !even;
    const uint32_t upper = multiply_to_odd(g, (4 * c + 2) << h) - !even;

    const uint32_t s = middle / 4;
    if (s >= 10) {
        const uint32_t tens = s / 10;
        const bool below = lower <= 40 * tens, above = 40 * tens + 40 <= upper;
        if (below != above) {
            return decimal_of(tens + above, k + 1);
        }
    }
    const bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
    if (below != above) {
        return decimal_of(s + above, k);
    }
    const uint32_t half = 4 * s + 2;
    return decimal_of(s + (middle > half || (middle == half && s % 2 == 1)), k);
}

static struct decimal shortest_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    const uint32_t fraction = bits & 0x7FFFFF, exponent = bits >> 23;
    if (exponent == 0) {
        return schubfach(fraction, -149, false);
    }
    /* Below a power of two numbers stand half as far apart as above. */
    return schubfach(fraction | 0x800000, (int)exponent - 150, fraction == 0 && exponent > 1);
}

/* ---- float64 ---------------------------------------------------------------------------------- */

/* Decimals of at most 15 digits are apart: if one reads back as the value, it is the shortest. n /
 * 10^k is rounded correctly, as reading is, because both are exact. */
static bool find_short_decimal(double value, struct decimal *decimal)
{
    static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10 };
    for (int k = 0; k < (int)(sizeof(powers) / sizeof(powers[0])); k++) {
        const double scaled = value * powers[k];
        if (scaled >= 1e15) {
            return false;
        }
        const double n = rint(scaled);
        if (n / powers[k] == value) {
            *decimal = decimal_of((uint64_t)n, -k);
            return true;
        }
    }
    return false;
}

/* The nearest decimal of `count` digits to a finite value > 0. */
static struct decimal round_to_digits(double value, int count)
{
    char text[64];
    snprintf(text, sizeof(text), "%.*e", count - 1, value);
    struct decimal decimal = { 0 };
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9') { /* and not the locale's point */
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

static bool reads_back(const struct decimal *decimal, double value)
{
    char text[64];
    snprintf(text, sizeof(text), "%se%d", decimal->digits, decimal->point - decimal->count);
    return strtod(text, NULL) == value;
}

/* One try with 15 digits finds every shorter decimal of a normal number too, with zeros at the end.
 * At a power of two the nearest decimal may miss the near end of the interval while the next one
 * up, a little farther away, still reads back. */
static struct decimal shortest_double(double value)
{
    struct decimal decimal;
    if (find_short_decimal(value, &decimal)) {
        return decimal;
    }
    int exponent;
    const bool power_of_two = frexp(value, &exponent) == 0.5;
    for (int count = value >= DBL_MIN ? DBL_DIG : 1; count <= MAX_DIGITS; count++) {
        decimal = round_to_digits(value, count);
        if (reads_back(&decimal, value)) {
            break;
        }
        const struct decimal above = next_up(decimal);
        if (power_of_two && reads_back(&above, value)) {
            decimal = above;
            break;
        }
    }
    strip_zeros(&decimal);
    return decimal;
}

/* ---- spelling --------------------------------------------------------------------------------- */

/* The most common numbers of all: no float is nearer to a whole number below 2^20 than itself. */
static size_t spell_whole(char *out, uint32_t whole)
{
    char digits[8];
    size_t at = sizeof(digits), length;
    do {
        digits[--at] = (char)('0' + whole % 10);
        whole /= 10;
    } while (whole > 0);
    length = sizeof(digits) - at;
    memcpy(out, digits + at, length);
    out[length] = '\0';
    return length;
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
        const int exponent = abs(point - 1);
        out[length++] = 'e';
        out[length++] = point - 1 < 0 ? '-' : '+';
        if (exponent >= 100) {
            out[length++] = (char)('0' + exponent / 100);
        }
        out[length++] = (char)('0' + exponent / 10 % 10);
        out[length++] = (char)('0' + exponent % 10);
        out[length] = '\0';
        return length;
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
    if (value < 0x1p20 && value == (double)(uint32_t)value) {
        return sign + spell_whole(out + sign, (uint32_t)value);
    }
    const struct decimal decimal = single ? shortest_float((float)value) : shortest_double(value);
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
