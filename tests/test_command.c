#include "tests/test.h"

#include <string.h>

#include "app/command/command.h"
#include "render/screen.h"

static void every_row_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; command_at(i); i++) {
        const struct command *const command = command_at(i);
        assert_non_null(command->run);
        assert_true(command->help[0]);
        assert_non_null(command->keys[0]);
        assert_ptr_equal(command_find(command->name), command);
    }
    assert_null(command_find("no such command"));
}

static void every_key_has_one_command(void **state)
{
    (void)state;
    for (size_t i = 0; command_at(i); i++) {
        for (size_t k = 0; k < COMMAND_KEYS && command_at(i)->keys[k]; k++) {
            assert_ptr_equal(command_for_key(command_at(i)->keys[k]), command_at(i));
        }
    }
    assert_null(command_for_key("F12"));
}

static void every_button_has_a_command(void **state)
{
    (void)state;
    for (int button = 0; button < BUTTON_COUNT; button++) {
        assert_non_null(command_for_button(button));
    }
    assert_null(command_for_button(BUTTON_COUNT));
    assert_null(command_for_button(-1));
}

/* What presenter remotes and other programs have taught people. */
static void keys_that_people_expect(void **state)
{
    static const struct {
        const char *key, *name;
    } expected[] = {
        { "PageDown", "next" }, { "PageUp", "previous" }, { "Right", "next" },
        { "Left", "previous" }, { "Space", "next" },      { "Home", "first" },
        { "End", "last" },      { "F5", "present" },      { "Escape", "leave" },
        { "F1", "help" },       { "Ctrl+Q", "quit" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_non_null(command_for_key(expected[i].key));
        assert_string_equal(command_for_key(expected[i].key)->name, expected[i].name);
    }
}

static void keys_are_shown_as_people_know_them(void **state)
{
    static const struct {
        const char *key, *shown;
    } cases[] = {
        { "Right", "→" },       { "Ctrl+Shift+Up", "Ctrl+Shift+↑" },
        { "Escape", "Esc" },    { "Ctrl+=", "Ctrl+=" },
        { "Ctrl++", "Ctrl++" }, { "+", "+" },
        { "F5", "F5" },         { "Shift+/", "Shift+/" },
    };
    char shown[COMMAND_KEY_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(command_key_shown(cases[i].key, shown), cases[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(every_key_has_one_command),
        cmocka_unit_test(every_button_has_a_command),
        cmocka_unit_test(keys_that_people_expect),
        cmocka_unit_test(keys_are_shown_as_people_know_them),
    };
    return test_run(tests);
}
