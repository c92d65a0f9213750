#include "tests/test.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

/* A deterministic stream of bits (xorshift64*). */
static uint64_t random_bits(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}

/* The locale is set by test_run; without this the tests below would prove nothing about it. */
static void runs_under_a_decimal_comma(void **state)
{
    (void)state;
    if (strcmp(localeconv()->decimal_point, ",") != 0) {
        print_message("no locale with a decimal comma: install the package locales\n");
        skip();
    }
    char out[16];
    snprintf(out, sizeof(out), "%g", 0.5);
    assert_string_equal(out, "0,5");
}

static void shortest_is_spelled_as_python_does(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0.0, "0" },
        { -0.0, "-0" },
        { 3.0, "3" },
        { -3.0, "-3" },
        { 0.1, "0.1" },
        { 0.5, "0.5" },
        { 1.0 / 3, "0.3333333333333333" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 100.0, "100" },
        { 123456789.125, "123456789.125" },
        { 0.0001, "0.0001" },
        { 0.00001, "1e-05" },
        { 0.00012345, "0.00012345" },
        { 0.000012345, "1.2345e-05" },
        { 1e15, "1000000000000000" },
        { 9007199254740993.0, "9007199254740992" },
        { 1e16, "1e+16" },
        { 1.5e20, "1.5e+20" },
        { 1e22, "1e+22" },
        { 1e23, "1e+23" },
        { 1e100, "1e+100" },
        { -2.5e-300, "-2.5e-300" },
        { DBL_MAX, "1.7976931348623157e+308" },
        { DBL_MIN, "2.2250738585072014e-308" },
        { 5e-324, "5e-324" },
        { 0x1p-44, "5.684341886080802e-14" }, /* the nearest 16 digits do not read back */
        { 0x1p+1000, "1.0715086071862673e+301" },
        { 9.5367431640625e-07, "9.5367431640625e-07" },
        { NAN, "nan" },
        { -NAN, "nan" },
        { INFINITY, "inf" },
        { -INFINITY, "-inf" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[NUMBER_SIZE];
        assert_int_equal(number_shortest(out, cases[i].value), strlen(cases[i].text));
        assert_string_equal(out, cases[i].text);
    }
}

static void shortest_float_is_shorter(void **state)
{
    (void)state;
    static const struct {
        float value;
        const char *text;
    } cases[] = {
        { 0.1f, "0.1" },
        { 1.0f / 3, "0.33333334" },
        { 0.2f * 3, "0.6" },
        { 16777216.0f, "16777216" },
        { 3.4028235e38f, "3.4028235e+38" },
        { FLT_MIN, "1.1754944e-38" },
        { 1e-45f, "1e-45" },
        { 36.0f, "36" },
        { 1e-8f, "1e-08" },
        { 8.589973e9f, "8589974000" }, /* both read back, this one is nearer */
        { -0.0f, "-0" },
        { NAN, "nan" },
        { -INFINITY, "-inf" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[NUMBER_SIZE];
        assert_int_equal(number_shortest_float(out, cases[i].value), strlen(cases[i].text));
        assert_string_equal(out, cases[i].text);
    }
}

static int count_digits(const char *text)
{
    int count = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text == '0' && count > 0) {
            zeros++;
        } else if (*text >= '1' && *text <= '9') {
            count += zeros + 1;
            zeros = 0;
        }
    }
    return count;
}

/* Whether the nearest decimal of so many digits reads back as the value. */
static bool fits_in_digits(double value, int digits, bool single)
{
    char printed[64];
    snprintf(printed, sizeof(printed), "%.*e", digits - 1, value);
    char *comma = strchr(printed, ',');
    if (comma) {
        *comma = '.';
    }
    double back;
    assert_true(number_parse(printed, strlen(printed), &back));
    return single ? (float)back == (float)value : back == value;
}

static void check_double(double value)
{
    char out[NUMBER_SIZE];
    const size_t length = number_shortest(out, value);
    assert_true(length < NUMBER_SIZE && length == strlen(out));
    double back;
    assert_true(number_parse(out, length, &back));
    assert_memory_equal(&back, &value, sizeof(value));
    const int digits = count_digits(out);
    if (digits > 1) {
        assert_false(fits_in_digits(value, digits - 1, false));
    }
}

static void check_float(float value)
{
    char out[NUMBER_SIZE];
    const size_t length = number_shortest_float(out, value);
    assert_true(length < NUMBER_SIZE && length == strlen(out));
    assert_null(strchr(out, ','));
    double wide;
    assert_true(number_parse(out, length, &wide));
    const float back = (float)wide;
    assert_memory_equal(&back, &value, sizeof(value));
    const int digits = count_digits(out);
    if (digits > 1) {
        assert_false(fits_in_digits((double)value, digits - 1, true));
    }
}

static void shortest_reads_back_for_random_bits(void **state)
{
    (void)state;
    uint64_t random = 42;
    for (int i = 0; i < 100000; i++) {
        const uint64_t bits = random_bits(&random);
        double value;
        memcpy(&value, &bits, sizeof(value));
        if (isfinite(value)) {
            check_double(value);
        }
        const uint32_t half = (uint32_t)(bits >> 32);
        float single;
        memcpy(&single, &half, sizeof(single));
        if (isfinite(single)) {
            check_float(single);
        }
    }
}

static void shortest_reads_back_for_powers_of_two_and_neighbours(void **state)
{
    (void)state;
    for (int e = -1074; e <= 1023; e++) {
        const double value = ldexp(1, e);
        check_double(value);
        check_double(nextafter(value, 0));
        check_double(nextafter(value, INFINITY));
    }
    for (int e = -149; e <= 127; e++) {
        const float value = ldexpf(1, e);
        check_float(value);
        check_float(nextafterf(value, 0));
        check_float(nextafterf(value, INFINITY));
    }
}

static void fixed_and_scientific_use_a_point(void **state)
{
    (void)state;
    char out[NUMBER_FIXED_SIZE];
    assert_int_equal(number_fixed(out, 3.14159, 4), 6);
    assert_string_equal(out, "3.1416");
    number_fixed(out, -0.5, 0);
    assert_string_equal(out, "-0");
    number_fixed(out, 2.5, 0);
    assert_string_equal(out, "2");
    number_fixed(out, 1e22, 2);
    assert_string_equal(out, "10000000000000000000000.00");
    assert_int_equal(number_fixed(out, -9.99e299, 17), 1 + 300 + 1 + 17);
    number_fixed(out, NAN, 4);
    assert_string_equal(out, "nan");
    number_fixed(out, -INFINITY, 4);
    assert_string_equal(out, "-inf");
    number_scientific(out, 12345.678, 4);
    assert_string_equal(out, "1.2346e+04");
    number_scientific(out, 1e-5, 0);
    assert_string_equal(out, "1e-05");
    number_scientific(out, INFINITY, 4);
    assert_string_equal(out, "inf");
}

static void parses_decimals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        { "0", 0 },
        { "-1.5e3", -1500 },
        { "+2", 2 },
        { ".5", 0.5 },
        { "2.", 2 },
        { "0.1", 0.1 },
        { "000.100", 0.1 },
        { "1E-5", 1e-5 },
        { "1e+5", 1e5 },
        { "0.000000000000000000000000000001e30", 1 },
        { "1000000000000000000000000000000e-30", 1 },
        { "9007199254740993", 9007199254740992.0 }, /* a tie: to even */
        { "9007199254740993.00000000000000000001", 9007199254740994.0 },
        { "1e308", 1e308 },
        { "1e309", INFINITY },
        { "-1e99999999999999999999", -INFINITY },
        { "1e-400", 0 },
        { "0e99999999999999999999", 0 },
        { "5e-324", 5e-324 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double value = 99;
        assert_true(number_parse(cases[i].text, strlen(cases[i].text), &value));
        assert_true(value == cases[i].value);
    }
    double zero = 1;
    assert_true(number_parse("-0", 2, &zero));
    assert_true(zero == 0 && signbit(zero));
}

static void parses_very_many_digits(void **state)
{
    (void)state;
    /* 1 + 2^-53 is half-way between 1 and the next float64; one digit a thousand places further
     * decides. */
    struct text text = { 0 };
    text_append_string(&text, "1.00000000000000011102230246251565404236316680908203125");
    double value;
    assert_true(number_parse(text.bytes, text.length, &value));
    assert_true(value == 1);
    for (int i = 0; i < 2000; i++) {
        text_append_char(&text, '0');
    }
    text_append_char(&text, '1');
    assert_true(number_parse(text.bytes, text.length, &value));
    assert_true(value == 1 + DBL_EPSILON);

    text_clear(&text);
    for (int i = 0; i < 5000; i++) {
        text_append_char(&text, '7');
    }
    text_append_string(&text, "e-5000");
    assert_true(number_parse(text.bytes, text.length, &value));
    assert_true(value == 7.0 / 9);
    text_finish(&text);
}

static void refuses_what_is_no_decimal(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",    "-",   "+",   ".",   "e5",    "1e",   "1e+", "--1", "1 ",   " 1",
        "1,5", "0x1", "nan", "inf", "1.2.3", "1e5.", "1_0", "½",   "-.e1",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        double value;
        assert_false(number_parse(bad[i], strlen(bad[i]), &value));
    }
    /* It reads exactly the bytes it is given. */
    double value;
    assert_true(number_parse("12345", 2, &value));
    assert_true(value == 12);
    assert_false(number_parse("1\0", 2, &value));
}

static void appends_numbers(void **state)
{
    (void)state;
    struct text text = { 0 };
    text_append_string(&text, "x = ");
    text_append_number(&text, 0.25);
    assert_string_equal(text.bytes, "x = 0.25");
    text_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_under_a_decimal_comma),
        cmocka_unit_test(shortest_is_spelled_as_python_does),
        cmocka_unit_test(shortest_float_is_shorter),
        cmocka_unit_test(shortest_reads_back_for_random_bits),
        cmocka_unit_test(shortest_reads_back_for_powers_of_two_and_neighbours),
        cmocka_unit_test(fixed_and_scientific_use_a_point),
        cmocka_unit_test(parses_decimals),
        cmocka_unit_test(parses_very_many_digits),
        cmocka_unit_test(refuses_what_is_no_decimal),
        cmocka_unit_test(appends_numbers),
    };
    return test_run(tests);
}
