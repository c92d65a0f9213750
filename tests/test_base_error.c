#include "tests/test.h"

#include <string.h>

#include "engine/base/error.h"
#include "engine/base/text.h"

static void sets_kind_and_text(void **state)
{
    (void)state;
    struct error err = { 0 };
    assert_false(error_set(&err, "a has %d items", 3));
    assert_int_equal(err.kind, ERROR_RUNTIME);
    assert_string_equal(err.text, "a has 3 items");
    assert_false(error_set_kind(&err, ERROR_INDEX, "index %d", 7));
    assert_int_equal(err.kind, ERROR_INDEX);
    assert_string_equal(err.text, "index 7");
}

static void accepts_null(void **state)
{
    (void)state;
    assert_false(error_set(NULL, "x"));
    assert_false(error_set_kind(NULL, ERROR_TYPE, "x"));
    assert_false(error_prefix(NULL, "x"));
}

static void prefixes_and_keeps_the_kind(void **state)
{
    (void)state;
    struct error err = { 0 };
    error_set_kind(&err, ERROR_VALUE, "not a number");
    assert_false(error_prefix(&err, "line %d", 12));
    assert_string_equal(err.text, "line 12: not a number");
    assert_int_equal(err.kind, ERROR_VALUE);
}

static void may_quote_its_own_text(void **state)
{
    (void)state;
    struct error err = { 0 };
    error_set(&err, "inner");
    error_set(&err, "outer (%s)", err.text);
    assert_string_equal(err.text, "outer (inner)");
}

static void cuts_long_texts_between_characters(void **state)
{
    (void)state;
    /* Every possible position of the cut within a three-byte character. */
    for (int shift = 0; shift < 3; shift++) {
        struct text text = { 0 };
        for (int i = 0; i < shift; i++) {
            text_append_char(&text, 'x');
        }
        for (int i = 0; i < ERROR_TEXT_SIZE; i++) {
            text_append_string(&text, "ế");
        }
        struct error err = { 0 };
        error_set(&err, "%s", text.bytes);
        assert_true(utf8_valid(err.text, strlen(err.text)));
        assert_in_range(strlen(err.text), ERROR_TEXT_SIZE - 4, ERROR_TEXT_SIZE - 1);
        error_prefix(&err, "ở");
        assert_true(utf8_valid(err.text, strlen(err.text)));
        assert_in_range(strlen(err.text), ERROR_TEXT_SIZE - 4, ERROR_TEXT_SIZE - 1);
        assert_memory_equal(err.text, "ở: ", strlen("ở: "));
        text_finish(&text);
    }
}

static void names_are_pythons(void **state)
{
    (void)state;
    assert_string_equal(error_kind_name(ERROR_RUNTIME), "RuntimeError");
    assert_string_equal(error_kind_name(ERROR_INDEX), "IndexError");
    assert_string_equal(error_kind_name(ERROR_VALUE), "ValueError");
    assert_string_equal(error_kind_name(ERROR_TYPE), "TypeError");
    assert_string_equal(error_kind_name(ERROR_ASSERTION), "AssertionError");
    assert_string_equal(error_kind_name(ERROR_NOT_IMPLEMENTED), "NotImplementedError");
    assert_string_equal(error_kind_name(ERROR_MEMORY), "MemoryError");
    assert_string_equal(error_kind_name(ERROR_IO), "OSError");
    assert_string_equal(error_kind_name(ERROR_LINALG), "LinAlgError");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_kind_and_text),
        cmocka_unit_test(accepts_null),
        cmocka_unit_test(prefixes_and_keeps_the_kind),
        cmocka_unit_test(may_quote_its_own_text),
        cmocka_unit_test(cuts_long_texts_between_characters),
        cmocka_unit_test(names_are_pythons),
    };
    return test_run(tests);
}
