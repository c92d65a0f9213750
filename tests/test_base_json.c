#include "tests/test.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/json.h"

/* An arena for each test; its memory is what the test parses into. */
static int set_up(void **state)
{
    static struct arena arena;
    *state = &arena;
    return 0;
}

static int tear_down(void **state)
{
    arena_finish(*state);
    return 0;
}

static const struct json *parse(void **state, const char *text)
{
    struct error err = { 0 };
    const struct json *value = json_parse(*state, text, strlen(text), &err);
    if (!value) {
        print_message("%s: %s\n", text, err.text);
    }
    assert_non_null(value);
    return value;
}

static void assert_refused(void **state, const char *bytes, size_t length, const char *message)
{
    struct error err = { 0 };
    const struct json *value = json_parse(*state, bytes, length, &err);
    if (value) {
        print_message("accepted: %.*s\n", (int)length, bytes);
    }
    assert_null(value);
    assert_int_equal(err.kind, ERROR_VALUE);
    assert_string_equal(err.text, message);
}

static void refuse(void **state, const char *text, const char *message)
{
    assert_refused(state, text, strlen(text), message);
}

static void reads_every_kind(void **state)
{
    const struct json *list =
        parse(state, " [ null , true,false,\t-12.5e1 , \"h\\u00e9\" ,\r\n[], {} ] ");
    assert_int_equal(list->kind, JSON_ARRAY);
    assert_int_equal(list->length, 7);
    const struct json *item = list->first;
    assert_int_equal(item->kind, JSON_NULL);
    assert_null(item->name);
    item = item->next;
    assert_true(item->kind == JSON_BOOL && item->boolean);
    item = item->next;
    assert_true(item->kind == JSON_BOOL && !item->boolean);
    item = item->next;
    assert_true(item->kind == JSON_NUMBER && item->number == -125);
    item = item->next;
    assert_int_equal(item->kind, JSON_STRING);
    assert_string_equal(item->string, "hé");
    assert_int_equal(item->length, 3);
    item = item->next;
    assert_true(item->kind == JSON_ARRAY && item->length == 0 && !item->first);
    item = item->next;
    assert_true(item->kind == JSON_OBJECT && item->length == 0 && !item->first);
    assert_null(item->next);
}

static void members_keep_order_and_are_found(void **state)
{
    const struct json *object =
        parse(state, "{\"z\":1,\"a\":\"x\",\"m\":true,\"\":null,\"big\":9007199254740992}");
    assert_int_equal(object->length, 5);
    assert_string_equal(object->first->name, "z");
    assert_string_equal(object->first->next->name, "a");
    assert_true(json_find_number(object, "z", 7) == 1);
    assert_string_equal(json_find_string(object, "a", "none"), "x");
    assert_true(json_find_bool(object, "m", false));
    assert_int_equal(json_find(object, "")->kind, JSON_NULL);
    assert_true(json_find_whole(object, "big", 7) == INT64_C(9007199254740992));
    assert_null(json_find(object, "none"));
    assert_null(json_find(NULL, "z"));
    assert_null(json_find(object->first, "z"));
}

static void wrong_kinds_give_the_fallback(void **state)
{
    const struct json *object = parse(
        state,
        "{\"s\":\"x\",\"n\":1.5,\"b\":true,\"over\":9007199254740994,\"null\":null,\"minus\":-3}");
    assert_string_equal(json_find_string(object, "n", "none"), "none");
    assert_null(json_find_string(object, "null", NULL));
    assert_true(json_find_number(object, "s", -1) == -1);
    assert_true(json_find_whole(object, "n", -1) == -1);
    assert_true(json_find_whole(object, "over", -1) == -1);
    assert_true(json_find_whole(object, "b", -1) == -1);
    assert_true(json_find_whole(object, "minus", 0) == -3);
    assert_true(json_find_bool(object, "n", true));
    assert_false(json_find_bool(object, "none", false));
    assert_true(json_find_number(NULL, "s", 4) == 4);
}

static void strings_decode_every_escape(void **state)
{
    const struct json *value =
        parse(state, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u1ebf\\u0000\\ud83d\\udd25 plain ế\\u00E9\"");
    static const char wanted[] = "\"\\/\b\f\n\r\tế\0\xf0\x9f\x94\xa5 plain ếé";
    assert_int_equal(value->length, sizeof(wanted) - 1);
    assert_memory_equal(value->string, wanted, sizeof(wanted));
}

static void refuses_truncated_text(void **state)
{
    /* Every proper prefix of a document is an error, never a crash and never a value. */
    static const char whole[] =
        "{\"a\":[1.5e-3,true,null,\"x\\n\\ud83d\\udd25ế\"],\"b\":{\"c\":false}}";
    parse(state, whole);
    for (size_t length = 0; length < sizeof(whole) - 1; length++) {
        struct error err = { 0 };
        assert_null(json_parse(*state, whole, length, &err));
        assert_true(err.text[0] != '\0');
    }
    refuse(state, "", "byte 0: the text ends where a value was expected");
    refuse(state, "[1,", "byte 3: the text ends where a value was expected");
    refuse(state, "[1", "byte 2: the text ends where ',' or ']' was expected");
    refuse(state, "{\"a\"", "byte 4: the text ends where ':' was expected");
    refuse(state, "\"a", "byte 2: the text ends where the closing quotation mark was expected");
}

static void refuses_malformed_text(void **state)
{
    refuse(state, "[1 2]", "byte 3: expected ',' or ']'");
    refuse(state, "[1,]", "byte 3: expected a value");
    refuse(state, "{\"a\":1,}", "byte 7: expected a member's name in quotation marks");
    refuse(state, "{a:1}", "byte 1: expected a member's name in quotation marks");
    refuse(state, "{\"a\" 1}", "byte 5: expected ':'");
    refuse(state, "{\"a\":1 \"b\":2}", "byte 7: expected ',' or '}'");
    refuse(state, "1 2", "byte 2: expected nothing more after the value");
    refuse(state, "nul", "byte 0: expected a value");
    refuse(state, "True", "byte 0: expected a value");
    refuse(state, "NaN", "byte 0: expected a value");
    refuse(state, "'a'", "byte 0: expected a value");
    refuse(state, "\"a\nb\"", "byte 2: expected the closing quotation mark");
    refuse(state, "\"\\x\"", "byte 2: expected one of \" \\ / b f n r t u after the backslash");
    refuse(state, "\"\\u12g4\"", "byte 5: expected four hexadecimal digits");
    refuse(state, "/**/1", "byte 0: expected a value");
    assert_refused(state, "1\0", 2, "byte 1: expected nothing more after the value");
    assert_refused(state, "\"\\\0\"", 4,
                   "byte 2: expected one of \" \\ / b f n r t u after the backslash");
}

static void refuses_what_python_and_javascript_would_take(void **state)
{
    refuse(state, "+1", "byte 0: expected a value");
    refuse(state, "01", "byte 1: expected nothing more after the value");
    refuse(state, "-", "byte 1: the text ends where a digit was expected");
    refuse(state, "-a", "byte 1: expected a digit");
    refuse(state, ".5", "byte 0: expected a value");
    refuse(state, "1.", "byte 2: the text ends where a digit after the point was expected");
    refuse(state, "1.e5", "byte 2: expected a digit after the point");
    refuse(state, "1e", "byte 2: the text ends where a digit of the exponent was expected");
    refuse(state, "0x10", "byte 1: expected nothing more after the value");
    refuse(state, "1,5", "byte 1: expected nothing more after the value");
    refuse(state, "[1e400]", "byte 1: this number is too large");
    assert_true(parse(state, "1e-400")->number == 0);
    assert_true(parse(state, "-0")->number == 0 && signbit(parse(state, "-0")->number));
    assert_true(parse(state, "0.1")->number == 0.1);
    assert_true(parse(state, "1.7976931348623157e308")->number == 1.7976931348623157e308);
}

static void refuses_half_a_surrogate_pair(void **state)
{
    refuse(state, "\"\\ud83d\"", "byte 1: half of a surrogate pair");
    refuse(state, "\"\\ud83dx\"", "byte 1: half of a surrogate pair");
    refuse(state, "\"\\ud83d\\n\"", "byte 1: half of a surrogate pair");
    refuse(state, "\"\\udd25\"", "byte 1: half of a surrogate pair");
    refuse(state, "\"ab\\ud83d\\ud83d\"", "byte 3: half of a surrogate pair");
}

static void refuses_bytes_that_are_not_utf8(void **state)
{
    refuse(state, "\"ab\xff\"", "byte 3: this is not UTF-8");
    refuse(state, "\"\xc0\x80\"", "byte 1: this is not UTF-8");
    refuse(state, "\"\xed\xa0\x80\"", "byte 1: this is not UTF-8");
    refuse(state, "\"ế\xe1\xba", "byte 4: this is not UTF-8");
    refuse(state, "\xef\xbb\xbf{}", "byte 0: expected a value"); /* a byte order mark */
}

static void refuses_duplicate_names(void **state)
{
    refuse(state, "{\"a\":1,\"b\":2,\"a\":3}",
           "byte 18: the object that ends here has two members named \"a\"");
    refuse(state, "{\"a\":1,\"\\u0061\":2}",
           "byte 17: the object that ends here has two members named \"a\"");
    refuse(state, "{\"a\\u0000b\":1}", "byte 1: a member's name may not contain U+0000");
    parse(state, "{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]}}");
}

static void many_members_cost_little(void **state)
{
    struct text text = { 0 };
    text_append_char(&text, '{');
    for (int i = 0; i < 200000; i++) {
        text_format(&text, "\"n%d\":0,", i);
    }
    text_append_string(&text, "\"n7\":1}");
    struct error err = { 0 };
    assert_null(json_parse(*state, text.bytes, text.length, &err));
    assert_non_null(strstr(err.text, "two members named \"n7\""));
    text_finish(&text);
}

static void depth_is_bounded(void **state)
{
    char text[3 * JSON_MAX_DEPTH];
    memset(text, '[', JSON_MAX_DEPTH);
    memset(text + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
    struct error err = { 0 };
    assert_non_null(json_parse(*state, text, 2 * JSON_MAX_DEPTH, &err));
    memset(text, '[', sizeof(text));
    assert_refused(state, text, sizeof(text), "byte 64: nested too deep");
    /* Siblings do not count. */
    parse(state, "[[[]],[[]],[[]]]");
}

static void writes_strings_as_python_does(void **state)
{
    (void)state;
    struct text text = { 0 };
    static const char all[] = "q\" b\\ s/ \n\r\t\b\f \x01\x1f\x7f \0 ế";
    json_append_string(&text, all, sizeof(all) - 1);
    assert_string_equal(text.bytes,
                        "\"q\\\" b\\\\ s/ \\n\\r\\t\\b\\f \\u0001\\u001f\x7f \\u0000 ế\"");
    text_clear(&text);
    json_append_string(&text, "", 0);
    assert_string_equal(text.bytes, "\"\"");
    text_clear(&text);
    json_append_string(&text, "a\xff\xe1\xba", 4);
    assert_string_equal(text.bytes, "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    text_finish(&text);
}

static void strings_round_trip(void **state)
{
    char bytes[512];
    size_t length = 0;
    for (int c = 0; c < 0x80; c++) {
        bytes[length++] = (char)c;
    }
    static const char more[] = "Đạo hàm ∂L/∂w \xf0\x9f\x94\xa5";
    memcpy(bytes + length, more, sizeof(more));
    length += sizeof(more);
    struct text text = { 0 };
    json_append_string(&text, bytes, length);
    struct error err = { 0 };
    const struct json *value = json_parse(*state, text.bytes, text.length, &err);
    assert_non_null(value);
    assert_int_equal(value->length, length);
    assert_memory_equal(value->string, bytes, length);
    text_finish(&text);
}

static void writes_numbers(void **state)
{
    (void)state;
    struct text text = { 0 };
    json_append_number(&text, 0.1);
    text_append_char(&text, ',');
    json_append_float(&text, 0.1f);
    text_append_char(&text, ',');
    json_append_number(&text, NAN);
    text_append_char(&text, ',');
    json_append_float(&text, INFINITY);
    text_append_char(&text, ',');
    json_append_number(&text, -INFINITY);
    assert_string_equal(text.bytes, "0.1,0.1,\"nan\",\"inf\",\"-inf\"");
    text_finish(&text);
}

#define with_arena(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(reads_every_kind),
        with_arena(members_keep_order_and_are_found),
        with_arena(wrong_kinds_give_the_fallback),
        with_arena(strings_decode_every_escape),
        with_arena(refuses_truncated_text),
        with_arena(refuses_malformed_text),
        with_arena(refuses_what_python_and_javascript_would_take),
        with_arena(refuses_half_a_surrogate_pair),
        with_arena(refuses_bytes_that_are_not_utf8),
        with_arena(refuses_duplicate_names),
        with_arena(many_members_cost_little),
        with_arena(depth_is_bounded),
        with_arena(writes_strings_as_python_does),
        with_arena(strings_round_trip),
        with_arena(writes_numbers),
    };
    return test_run(tests);
}
