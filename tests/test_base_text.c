#include "tests/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/visible.h"

static void text_grows(void **state)
{
    (void)state;
    struct text text = { 0 };
    assert_string_equal(text_string(&text), "");
    for (int i = 0; i < 1000; i++) {
        text_append_string(&text, "ab");
        text_append_char(&text, 'c');
    }
    assert_int_equal(text.length, 3000);
    assert_int_equal(strlen(text.bytes), 3000);
    assert_memory_equal(text.bytes + 2994, "abcabc", 6);
    text_clear(&text);
    assert_string_equal(text_string(&text), "");
    text_append(&text, "x\0y", 3);
    assert_int_equal(text.length, 3);
    assert_memory_equal(text.bytes, "x\0y", 4);
    text_append(&text, NULL, 0);
    assert_int_equal(text.length, 3);
    text_finish(&text);
    assert_null(text.bytes);
    text_finish(&text);
    text_clear(&text);
}

static void text_formats_short_and_long(void **state)
{
    (void)state;
    struct text text = { 0 };
    text_format(&text, "%s %d", "step", 7);
    assert_string_equal(text.bytes, "step 7");
    text_clear(&text);
    /* Around the size of any buffer inside. */
    for (int width = 250; width < 260; width++) {
        text_clear(&text);
        text_format(&text, "%*d", width, 5);
        assert_int_equal(text.length, width);
        assert_int_equal(strlen(text.bytes), width);
        assert_int_equal(text.bytes[width - 1], '5');
    }
    text_format(&text, "%100000d|", 1);
    assert_int_equal(text.length, 259 + 100001);
    assert_int_equal(text.bytes[text.length - 1], '|');
    text_finish(&text);
}

static void base64_agrees_with_the_rfc(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
        { "\xfb\xff\xbf", "+/+/" },
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const char *plain = pairs[i][0], *coded = pairs[i][1];
        struct text text = { 0 };
        text_append_base64(&text, plain, strlen(plain));
        assert_string_equal(text.bytes, coded);
        uint8_t out[16];
        size_t length = 99;
        assert_true(base64_decode(coded, strlen(coded), out, &length));
        assert_int_equal(length, strlen(plain));
        assert_memory_equal(out, plain, length);
        text_finish(&text);
    }
}

static void base64_round_trips_every_length(void **state)
{
    (void)state;
    uint8_t bytes[256], back[256];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 151 + 7);
    }
    struct text text = { 0 };
    for (size_t length = 0; length <= sizeof(bytes); length++) {
        text_clear(&text);
        text_append_string(&text, "before ");
        text_append_base64(&text, bytes, length);
        assert_int_equal(text.length, 7 + (length + 2) / 3 * 4);
        size_t got;
        assert_true(base64_decode(text.bytes + 7, text.length - 7, back, &got));
        assert_int_equal(got, length);
        if (length > 0) {
            assert_memory_equal(back, bytes, length);
        }
    }
    text_finish(&text);
}

static void base64_refuses_what_is_not_canonical(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Z",    "Zg",   "Zg=",  "Zm9",    "Zg==Zg==", "Zg=a", "Zh==",    "Zm9=",     "====",
        "=Zg=", "Z===", "Zm 9", "Zm9v\n", "Zm9-",     "Zm9_", "Zm9\xc3", "Zm8=Zm9v",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t out[16];
        size_t length = 99;
        assert_false(base64_decode(bad[i], strlen(bad[i]), out, &length));
    }
    uint8_t out[16];
    size_t length;
    assert_false(base64_decode("Zm\0v", 4, out, &length));
}

static void utf8_decodes_the_limits_of_every_length(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        uint32_t character;
    } cases[] = {
        { "\x01", 0x01 },
        { "\x7f", 0x7F },
        { "\xc2\x80", 0x80 },
        { "\xdf\xbf", 0x7FF },
        { "\xe0\xa0\x80", 0x800 },
        { "\xed\x9f\xbf", 0xD7FF },
        { "\xee\x80\x80", 0xE000 },
        { "\xef\xbf\xbf", 0xFFFF },
        { "\xf0\x90\x80\x80", 0x10000 },
        { "\xf4\x8f\xbf\xbf", 0x10FFFF },
        { "ế", 0x1EBF },
        { "∂", 0x2202 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const size_t length = strlen(cases[i].bytes);
        size_t size = 0;
        assert_int_equal(utf8_decode(cases[i].bytes, length, &size), cases[i].character);
        assert_int_equal(size, length);
        struct text text = { 0 };
        text_append_utf8(&text, cases[i].character);
        assert_string_equal(text.bytes, cases[i].bytes);
        text_finish(&text);
        /* Cut short it is broken. */
        if (length > 1) {
            assert_int_equal(utf8_decode(cases[i].bytes, length - 1, &size), 0xFFFD);
            assert_int_equal(size, 1);
            assert_false(utf8_valid(cases[i].bytes, length - 1));
        }
    }
    size_t size = 0;
    assert_int_equal(utf8_decode("\0", 1, &size), 0);
    assert_int_equal(size, 1);
}

static void utf8_refuses_broken_sequences(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "\x80",             /* a continuation alone */
        "\xbf",             /* another */
        "\xc0\x80",         /* overlong NUL */
        "\xc1\xbf",         /* overlong two bytes */
        "\xe0\x9f\xbf",     /* overlong three */
        "\xf0\x8f\xbf\xbf", /* overlong four */
        "\xed\xa0\x80",     /* a surrogate */
        "\xed\xbf\xbf",     /* another */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf5\x80\x80\x80", /* far above */
        "\xff",             /* never a byte of UTF-8 */
        "\xc3(",            /* no continuation */
        "\xe1\xbb(",        /* second continuation missing */
    };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        size_t size = 0;
        assert_int_equal(utf8_decode(broken[i], strlen(broken[i]), &size), 0xFFFD);
        assert_int_equal(size, 1);
        assert_false(utf8_valid(broken[i], strlen(broken[i])));
    }
    const char good[] = "Đạo hàm ∂L/∂w = 2·x \xf0\x9f\x94\xa5 \xef\xbf\xbd";
    assert_true(utf8_valid(good, sizeof(good))); /* with its NUL, which is a character */
    assert_true(utf8_valid(NULL, 0));
}

static void utf8_writes_the_replacement_for_no_character(void **state)
{
    (void)state;
    static const uint32_t none[] = { 0xD800, 0xDFFF, 0x110000, UINT32_MAX };
    for (size_t i = 0; i < 4; i++) {
        struct text text = { 0 };
        text_append_utf8(&text, none[i]);
        assert_string_equal(text.bytes, "\xef\xbf\xbd");
        text_finish(&text);
    }
}

static void what_cannot_be_seen_is_shown(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        { "Đạo hàm: 1 → 2", "Đạo hàm: 1 → 2" },
        { "a\tb\r\nc", "a b  c" },
        { "\x1b[31mred\x1b[0m\a", "␛[31mred␛[0m␇" },
        { "\x7f", "␡" },
        { "if admin\u202e \u2066# x\u2069", "if admin⇆ ⇆# x⇆" },
        { "\u061c\u200e\u200f", "⇆⇆⇆" },
        { "a\u200bb\ufeffc\u2060", "a␣b␣c␣" },
        { "\xc2\x9b"
          "31m",
          "\uFFFD"
          "31m" },
        { "x\U000e0041", "x\uFFFD" },
        { "broken \xff", "broken \uFFFD" },
        { "e\u0301 \U0001F469\u200D\U0001F680", "e\u0301 \U0001F469\u200D\U0001F680" },
        { "\u05d0\u05d1 1", "\u05d0\u05d1 1" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct text shown = { 0 };
        const size_t length = strlen(cases[i].text);
        text_append_visible(&shown, cases[i].text, length);
        assert_string_equal(text_string(&shown), cases[i].shown);
        assert_int_equal(text_is_visible(cases[i].text, length),
                         strcmp(cases[i].text, cases[i].shown) == 0);
        assert_true(text_is_visible(shown.bytes, shown.length));
        text_finish(&shown);
    }
}

static void whole_numbers_are_exact(void **state)
{
    (void)state;
    struct text text = { 0 };
    const int64_t values[] = { 0, 7, -10, INT64_MAX, INT64_MIN };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        text_append_whole(&text, values[i]);
        text_append_char(&text, ' ');
    }
    assert_string_equal(text.bytes, "0 7 -10 9223372036854775807 -9223372036854775808 ");
    text_finish(&text);
}

/* Beside every power of ten, where a digit more begins, and of two, where a wider division does. */
static void whole_numbers_of_any_length_are_exact(void **state)
{
    (void)state;
    for (int base = 2; base <= 10; base += 8) {
        for (int64_t power = 1; power <= INT64_MAX / 10; power *= base) {
            for (int64_t value = power - 1; value <= power + 1; value++) {
                struct text text = { 0 };
                char expected[64];
                snprintf(expected, sizeof(expected), "%" PRId64 ",%" PRId64, value, -value);
                text_append_whole(&text, value);
                text_append_char(&text, ',');
                text_append_whole(&text, -value);
                assert_string_equal(text.bytes, expected);
                assert_int_equal(text.length, strlen(expected));
                text_finish(&text);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows),
        cmocka_unit_test(text_formats_short_and_long),
        cmocka_unit_test(what_cannot_be_seen_is_shown),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(whole_numbers_of_any_length_are_exact),
        cmocka_unit_test(base64_agrees_with_the_rfc),
        cmocka_unit_test(base64_round_trips_every_length),
        cmocka_unit_test(base64_refuses_what_is_not_canonical),
        cmocka_unit_test(utf8_decodes_the_limits_of_every_length),
        cmocka_unit_test(utf8_refuses_broken_sequences),
        cmocka_unit_test(utf8_writes_the_replacement_for_no_character),
    };
    return test_run(tests);
}
