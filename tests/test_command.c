#include "tests/test.h"

#include <string.h>

#include "app/command/keys.h"
#include "app/settings.h"
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

static struct keys *usual_keys(void)
{
    struct settings *const settings = settings_open(NULL);
    struct keys *const keys = keys_create(settings);

    settings_destroy(settings);
    return keys;
}

static void every_key_has_one_command(void **state)
{
    struct keys *const keys = usual_keys();

    (void)state;
    assert_string_equal(keys_trouble(keys), "");
    for (size_t i = 0; command_at(i); i++) {
        for (size_t k = 0; k < COMMAND_KEYS && command_at(i)->keys[k]; k++) {
            const bool presenting = command_at(i)->section == COMMAND_PRESENT;
            assert_ptr_equal(keys_find(keys, command_at(i)->keys[k], presenting), command_at(i));
        }
    }
    assert_null(keys_find(keys, "F12", false));
    keys_destroy(keys);
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
        { "End", "last" },      { "F5", "present" },      { "Shift+F5", "present" },
        { "Escape", "leave" },  { "F1", "help" },         { "Ctrl+Q", "quit" },
    };

    struct keys *const keys = usual_keys();

    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct command *const exploring = keys_find(keys, expected[i].key, false);
        const struct command *const presenting = keys_find(keys, expected[i].key, true);
        assert_non_null(exploring);
        assert_string_equal(exploring->name, expected[i].name);
        assert_ptr_equal(presenting, exploring);
    }
    keys_destroy(keys);
}

/* ---- keys of one's own ------------------------------------------------------------------- */

static void keys_come_from_the_settings(void **state)
{
    struct settings *const settings = settings_open(NULL);

    (void)state;
    settings_set_text(settings, "keys.next", "shift+ctrl+n, Right,Comma");
    settings_set_text(settings, "keys.play", "");
    settings_set_text(settings, "keys.blank", "F9");
    struct keys *const keys = keys_create(settings);
    assert_string_equal(keys_trouble(keys), "");
    const struct command *const next = command_find("next");
    assert_string_equal(keys_of(keys, next, 0), "Ctrl+Shift+N");
    assert_string_equal(keys_of(keys, next, 1), "Right");
    assert_string_equal(keys_of(keys, next, 2), ",");
    assert_null(keys_of(keys, next, 3));
    assert_ptr_equal(keys_find(keys, "Ctrl+Shift+N", true), next);
    assert_null(keys_find(keys, "PageDown", true)); /* it had it by default */
    assert_null(keys_of(keys, command_find("play"), 0));
    assert_null(keys_find(keys, "K", false));
    assert_null(keys_find(keys, "F9", false)); /* only while presenting */
    assert_string_equal(keys_find(keys, "F9", true)->name, "blank");
    keys_destroy(keys);
    settings_destroy(settings);
}

static void a_key_of_the_settings_is_taken_from_its_owner(void **state)
{
    struct settings *const settings = settings_open(NULL);

    (void)state;
    settings_set_text(settings, "keys.level", "P");
    struct keys *const keys = keys_create(settings);
    assert_string_equal(keys_trouble(keys), "");
    assert_string_equal(keys_find(keys, "P", false)->name, "level");
    assert_string_equal(keys_find(keys, "PageUp", false)->name, "previous");
    for (size_t k = 0; keys_of(keys, command_find("previous"), k); k++) {
        assert_string_not_equal(keys_of(keys, command_find("previous"), k), "P");
    }
    keys_destroy(keys);
    settings_destroy(settings);
}

static void wrong_keys_are_told(void **state)
{
    static const struct {
        const char *name, *value, *other, *other_value, *told;
    } cases[] = {
        { "keys.next", "PageDwn", NULL, NULL, "there is no key “PageDwn”" },
        { "keys.next", "Ctrl+", NULL, NULL, "there is no key “Ctrl+”" },
        { "keys.nxt", "Right", NULL, NULL, "there is no command “nxt”" },
        { "keys.next", "F9", "keys.play", "F9", "keys.next has it too: “F9”" },
        { "keys.next", "A,B,C,D,E,F,G,H,I", NULL, NULL, "more keys than there is room for" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settings *const settings = settings_open(NULL);
        settings_set_text(settings, cases[i].name, cases[i].value);
        if (cases[i].other) {
            settings_set_text(settings, cases[i].other, cases[i].other_value);
        }
        struct keys *const keys = keys_create(settings);
        if (!strstr(keys_trouble(keys), cases[i].told)) {
            fail_msg("%s = %s: “%s”", cases[i].name, cases[i].value, keys_trouble(keys));
        }
        keys_destroy(keys);
        settings_destroy(settings);
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
        cmocka_unit_test(keys_come_from_the_settings),
        cmocka_unit_test(a_key_of_the_settings_is_taken_from_its_owner),
        cmocka_unit_test(wrong_keys_are_told),
        cmocka_unit_test(keys_are_shown_as_people_know_them),
    };
    return test_run(tests);
}
