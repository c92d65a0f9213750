/* Numbers changed in memory: the text that is run, places in it, and another version of the file. */

#include "tests/test.h"

#include <string.h>

#include "app/session/overrides.h"

static const char lesson[] = "# %% [markdown]\n# Hai số\n\n# %% A\n\nx = 1\ny = x * 2 + 30\n\n"
                             "# %% B\nz = y ** 2\n";

static struct text text_of(const char *bytes)
{
    struct text text = { 0 };

    text_append_string(&text, bytes);
    return text;
}

static void set(struct overrides *overrides, int64_t cell, int line, size_t column, const char *was,
                const char *now)
{
    struct override override = {
        .cell = cell, .line = line, .column = column, .end = column + strlen(was)
    };

    strcpy(override.was, was);
    strcpy(override.now, now);
    assert_true(overrides_set(overrides, &override));
}

static void assert_applied(const struct overrides *overrides, const char *file, const char *wanted)
{
    struct text in = text_of(file), out = { 0 };
    struct error err = { 0 };

    if (!overrides_apply(overrides, &in, &out, &err)) {
        fail_msg("%s", err.text);
    }
    assert_string_equal(text_string(&out), wanted);
    text_finish(&in);
    text_finish(&out);
}

static void only_the_literals_change(void **state)
{
    struct overrides overrides = { .count = 0 };

    (void)state;
    assert_applied(&overrides, lesson, lesson);
    set(&overrides, 2, 1, 9, "2", "3");
    set(&overrides, 1, 2, 12, "30", "4.5");
    set(&overrides, 1, 2, 8, "2", "-100");
    assert_applied(&overrides, lesson,
                   "# %% [markdown]\n# Hai số\n\n# %% A\n\nx = 1\ny = x * -100 + 4.5\n\n"
                   "# %% B\nz = y ** 3\n");
    set(&overrides, 1, 2, 8, "2", "2"); /* as it was: no change any more */
    set(&overrides, 2, 1, 9, "2", "2");
    assert_int_equal(overrides.count, 1);
}

static void places_move_with_what_stands_before(void **state)
{
    struct overrides overrides = { .count = 0 };

    (void)state;
    set(&overrides, 1, 2, 8, "2", "-100");
    assert_int_equal(overrides_to_run(&overrides, 1, 2, 8), 8);
    assert_int_equal(overrides_to_run(&overrides, 1, 2, 12), 15);
    assert_int_equal(overrides_to_run(&overrides, 1, 1, 12), 12);
    assert_int_equal(overrides_to_run(&overrides, 2, 2, 12), 12);
    assert_int_equal(overrides_to_file(&overrides, 1, 2, 15), 12);
    assert_int_equal(overrides_to_file(&overrides, 1, 2, 8), 8);
    set(&overrides, 1, 2, 12, "30", "4.5");
    assert_int_equal(overrides_to_run(&overrides, 1, 2, 20), 24);
    assert_int_equal(overrides_to_file(&overrides, 1, 2, 24), 20);
}

static void plain_scripts_and_odd_bytes_as_well(void **state)
{
    struct overrides overrides = { .count = 0 };

    (void)state;
    set(&overrides, 1, 1, 4, "1", "7");
    assert_applied(&overrides, "x = 1\r\ny = 2\r\n", "x = 7\r\ny = 2\r\n");
    assert_applied(&overrides, "\xEF\xBB\xBFx = 1\n", "\xEF\xBB\xBFx = 7\n");
    assert_applied(&overrides,
                   "x\xC2\xA0=\xC2\xA0"
                   "1\n",
                   "x\xC2\xA0=\xC2\xA0"
                   "7\n");
}

static void what_is_not_there_is_refused(void **state)
{
    struct overrides overrides = { .count = 0 };
    struct text in = text_of("x = 2\n"), out = { 0 };
    struct error err = { 0 };

    (void)state;
    set(&overrides, 1, 1, 4, "1", "7");
    assert_false(overrides_apply(&overrides, &in, &out, &err));
    assert_non_null(strstr(err.text, "line 1"));
    text_finish(&in);
    text_finish(&out);
}

static void there_is_an_end_to_changes(void **state)
{
    struct overrides overrides = { .count = 0 };
    struct override one = { .cell = 1, .line = 1, .was = "1", .now = "2" };

    (void)state;
    for (int i = 0; i < OVERRIDES_MAX; i++) {
        one.column = (size_t)(2 * i);
        assert_true(overrides_set(&overrides, &one));
    }
    one.column = 1000;
    assert_false(overrides_set(&overrides, &one));
    one.column = 4; /* one that is there can still be another */
    strcpy(one.now, "3");
    assert_true(overrides_set(&overrides, &one));
    assert_string_equal(overrides_find(&overrides, 1, 1, 4)->now, "3");
}

/* ---- another version of the file -------------------------------------------------------- */

static void changes_go_with_their_lines(void **state)
{
    struct overrides overrides = { .count = 0 };
    struct text before = text_of(lesson);
    struct text moved = text_of("# %% New\nimport torch\n\n# %% A\n# a comment\nx = 1\n\n"
                                "y = x * 2 + 30\n\n# %% B\nz = y ** 2\n");
    struct text rewritten = text_of("# %% A\nx = 1\ny = x * 5\n# %% B\nz = y ** 2\n");

    (void)state;
    set(&overrides, 1, 2, 8, "2", "4");
    set(&overrides, 2, 1, 9, "2", "3");
    assert_true(overrides_keep(&overrides, &before, &moved));
    assert_non_null(overrides_find(&overrides, 2, 4, 8));
    assert_non_null(overrides_find(&overrides, 3, 1, 9));
    assert_false(overrides_keep(&overrides, &moved, &rewritten));
    assert_int_equal(overrides.count, 1);
    assert_non_null(overrides_find(&overrides, 2, 1, 9));
    text_finish(&before);
    text_finish(&moved);
    text_finish(&rewritten);
}

/* ---- for the views ---------------------------------------------------------------------- */

static void views_hear_what_was_and_what_is_wanted(void **state)
{
    struct overrides applied = { .count = 0 }, wanted;
    struct arena arena = { 0 };
    size_t count;

    (void)state;
    set(&applied, 1, 2, 8, "2", "-100");
    wanted = applied;
    set(&wanted, 1, 2, 8, "2", "2"); /* taken back, not yet run */
    set(&wanted, 1, 2, 12, "30", "31");
    const struct code_change *const changes = overrides_changes(&wanted, &applied, &arena, &count);
    assert_int_equal(count, 2);
    assert_int_equal(changes[0].column, 15);
    assert_int_equal(changes[0].end, 17);
    assert_string_equal(changes[0].was, "30");
    assert_string_equal(changes[0].now, "31");
    assert_int_equal(changes[1].column, 8);
    assert_int_equal(changes[1].end, 12);
    assert_string_equal(changes[1].now, "2");
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_literals_change),
        cmocka_unit_test(places_move_with_what_stands_before),
        cmocka_unit_test(plain_scripts_and_odd_bytes_as_well),
        cmocka_unit_test(what_is_not_there_is_refused),
        cmocka_unit_test(there_is_an_end_to_changes),
        cmocka_unit_test(changes_go_with_their_lines),
        cmocka_unit_test(views_hear_what_was_and_what_is_wanted),
    };
    return test_run(tests);
}
