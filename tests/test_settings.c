/* The file of settings: what a person writes into it stays, and what cannot be written is told. */

#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/paths.h"
#include "app/settings.h"
#include "app/window/desktop.h"
#include "engine/base/text.h"

static char folder[64], path[128];

static int make_place(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/gradlight-settings-XXXXXX");
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/deep/er/settings", folder);
    return 0;
}

static int clear_place(void **state)
{
    static const char *const names[] = {
        "/deep/er/settings",     "/deep/er/link", "/deep/er",    "/deep",
        "/gtk-3.0/settings.ini", "/gtk-3.0",      "/kdeglobals", ""
    };
    char name[256];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", folder, names[i]);
        remove(name);
    }
    return 0;
}

static void write_by_hand(const char *text)
{
    char name[256];

    snprintf(name, sizeof(name), "%s/deep", folder);
    mkdir(name, 0700);
    snprintf(name, sizeof(name), "%s/deep/er", folder);
    mkdir(name, 0700);
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_file(const char *expected)
{
    char text[1024] = "";
    FILE *const file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

static void remembers_from_one_start_to_the_next(void **state)
{
    struct error err = { 0 };
    struct settings *settings = settings_open(path);

    (void)state;
    assert_string_equal(settings_text(settings, "theme", "light"), "light");
    settings_set_text(settings, "theme", "dark");
    settings_set_number(settings, "lesson-width", 0.375);
    settings_set_flag(settings, "reduced-motion", true);
    settings_set_text(settings, "odd = name", " a \\n line\nand another ");
    assert_true(settings_changed(settings));
    assert_true(settings_save(settings, &err));
    assert_false(settings_changed(settings));
    settings_destroy(settings);

    settings = settings_open(path);
    assert_string_equal(settings_trouble(settings), "");
    assert_string_equal(settings_text(settings, "theme", "light"), "dark");
    assert_true(settings_number(settings, "lesson-width", 0) == 0.375);
    assert_true(settings_flag(settings, "reduced-motion", false));
    assert_string_equal(settings_text(settings, "odd = name", ""), " a \\n line\nand another ");
    assert_string_equal(settings_name(settings, 1), "lesson-width");
    assert_null(settings_name(settings, 4));
    settings_set_text(settings, "theme", "dark"); /* as it is: nothing to write */
    assert_false(settings_changed(settings));
    settings_destroy(settings);
}

static void what_a_person_wrote_stays(void **state)
{
    struct error err = { 0 };

    (void)state;
    write_by_hand("# mine\n\ntheme=dark\nfuture-thing = 7\nnonsense here\n  scale =  1.25 \n= 3\n");
    struct settings *const settings = settings_open(path);
    assert_non_null(strstr(settings_trouble(settings), "lines 5, 7 are not understood"));
    assert_string_equal(settings_text(settings, "theme", ""), "dark");
    assert_true(settings_number(settings, "scale", 1) == 1.25);
    assert_true(settings_number(settings, "theme", 3) == 3);
    settings_set_text(settings, "theme", "light");
    settings_set_text(settings, "scale", NULL);
    assert_true(settings_save(settings, &err));
    assert_file("# mine\n\ntheme = light\nfuture-thing = 7\nnonsense here\n= 3\n");
    settings_destroy(settings);
}

/* Cut at its zero byte, the broken line would be a good one, and count. */
static void a_broken_line_stays_whole(void **state)
{
    static const char broken[] = "theme = light\0 or dark\n";
    char text[64];
    struct error err = { 0 };

    (void)state;
    write_by_hand("");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fwrite(broken, 1, sizeof(broken) - 1, file);
    fclose(file);
    struct settings *const settings = settings_open(path);
    settings_set_text(settings, "scale", "2");
    assert_true(settings_save(settings, &err));
    settings_destroy(settings);
    file = fopen(path, "r");
    assert_non_null(file);
    const size_t length = fread(text, 1, sizeof(text), file);
    fclose(file);
    assert_true(length >= sizeof(broken) - 1);
    assert_non_null(memmem(text, length, broken, sizeof(broken) - 1));
}

/* Saves again and again, the number in a short and in a long line, until somebody ends it. */
static void save_for_ever(void)
{
    enum { LONG = 20000 };
    static char value[LONG + NUMBER_SIZE];
    struct settings *const settings = settings_open(path);

    memset(value, 'x', LONG);
    for (int i = 0;; i++) {
        snprintf(value + LONG, NUMBER_SIZE, "%d", i);
        settings_set_text(settings, "long", value);
        settings_set_text(settings, "number", value + LONG);
        settings_save(settings, NULL);
    }
}

/* At any moment the file is one that was saved as a whole. */
static void a_kill_leaves_the_file_whole(void **state)
{
    enum { KILLS = 100 };
    unsigned pause = 1;

    (void)state;
    for (int i = 0; i < KILLS; i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            save_for_ever();
        }
        pause = pause * 1103515245 + 12345;
        nanosleep(&(struct timespec){ .tv_nsec = (long)(pause >> 8) % 6000000 }, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        struct settings *const settings = settings_open(path);
        assert_string_equal(settings_trouble(settings), "");
        const char *const number = settings_text(settings, "number", "none");
        assert_string_equal(strrchr(settings_text(settings, "long", "xnone"), 'x') + 1, number);
        settings_destroy(settings);
    }
}

static void two_windows_keep_one_file(void **state)
{
    struct error err = { 0 };
    struct settings *const one = settings_open(path), *const two = settings_open(path);

    (void)state;
    settings_set_text(one, "theme", "dark");
    assert_true(settings_save(one, &err));
    settings_set_text(two, "language", "vi");
    assert_true(settings_save(two, &err));
    assert_file("# Gradlight's settings: name = value. Edit it while Gradlight is closed.\n"
                "theme = dark\nlanguage = vi\n");
    assert_string_equal(settings_text(two, "theme", ""), "dark");
    settings_destroy(one);
    settings_destroy(two);
}

static void a_link_stays_a_link(void **state)
{
    char link_path[160];
    struct stat there;
    struct error err = { 0 };

    (void)state;
    write_by_hand("theme = dark\n");
    snprintf(link_path, sizeof(link_path), "%s/deep/er/link", folder);
    assert_int_equal(symlink(path, link_path), 0);
    struct settings *const settings = settings_open(link_path);
    settings_set_text(settings, "theme", "light");
    assert_true(settings_save(settings, &err));
    assert_int_equal(lstat(link_path, &there), 0);
    assert_true(S_ISLNK(there.st_mode));
    settings_destroy(settings);
}

/* A folder stands where the file should be: that fails for root as well. */
static void what_cannot_be_kept_is_told_and_not_lost(void **state)
{
    struct error err = { 0 };
    char name[256];

    (void)state;
    snprintf(name, sizeof(name), "%s/deep", folder);
    mkdir(name, 0700);
    snprintf(name, sizeof(name), "%s/deep/er", folder);
    mkdir(name, 0700);
    mkdir(path, 0700);
    struct settings *const settings = settings_open(path);
    assert_non_null(strstr(settings_trouble(settings), "cannot read"));
    settings_set_text(settings, "theme", "dark");
    assert_false(settings_save(settings, &err));
    assert_non_null(strstr(err.text, path));
    assert_string_equal(settings_text(settings, "theme", ""), "dark");
    assert_true(settings_changed(settings));
    settings_destroy(settings);
}

static void a_path_through_a_file_is_told(void **state)
{
    struct error err = { 0 };
    char through[160];

    (void)state;
    write_by_hand("theme = dark\n");
    snprintf(through, sizeof(through), "%s/below/settings", path);
    struct settings *const settings = settings_open(through);
    settings_set_text(settings, "theme", "light");
    assert_false(settings_save(settings, &err));
    assert_non_null(strstr(err.text, "cannot write"));
    settings_destroy(settings);
    assert_file("theme = dark\n");
}

static void follows_the_environment(void **state)
{
    char found[PATH_SIZE];

    (void)state;
    setenv("HOME", "/home/someone", 1);
    unsetenv("XDG_CONFIG_HOME");
    assert_true(settings_path(found));
    assert_string_equal(found, "/home/someone/.config/gradlight/settings");
    setenv("XDG_CONFIG_HOME", "/elsewhere", 1);
    assert_true(settings_path(found));
    assert_string_equal(found, "/elsewhere/gradlight/settings");
    setenv("XDG_CONFIG_HOME", "relative", 1); /* the specification says to ignore it */
    assert_true(settings_path(found));
    assert_string_equal(found, "/home/someone/.config/gradlight/settings");
    setenv("XDG_CONFIG_HOME", "", 1); /* as good as not set */
    assert_true(settings_path(found));
    assert_string_equal(found, "/home/someone/.config/gradlight/settings");
    unsetenv("XDG_CONFIG_HOME");
    setenv("HOME", "relative", 1);
    assert_false(settings_path(found));
    unsetenv("HOME");
    assert_false(settings_path(found));
}

static void write_config(const char *name, const char *text)
{
    char file_path[256];

    snprintf(file_path, sizeof(file_path), "%s/%s", folder, name);
    FILE *const file = fopen(file_path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void hears_what_the_desktop_says_of_motion(void **state)
{
    static const struct {
        const char *text;
        bool reduced;
    } cases[] = {
        { "[Settings]\ngtk-enable-animations=false\n", true },
        { "[Settings]\ngtk-enable-animations = 0\n", true },
        { "[Settings]\ngtk-enable-animations=1\n", false },
        { "[Settings]\n#gtk-enable-animations=0\ngtk-enable-animations-too=0\n", false },
        { "", false },
    };
    char name[256];

    (void)state;
    setenv("XDG_CONFIG_HOME", folder, 1);
    assert_false(desktop_reduces_motion());
    snprintf(name, sizeof(name), "%s/gtk-3.0", folder);
    mkdir(name, 0700);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_config("gtk-3.0/settings.ini", cases[i].text);
        assert_int_equal(desktop_reduces_motion(), cases[i].reduced);
    }
    write_config("kdeglobals", "[KDE]\nAnimationDurationFactor=0\n");
    assert_true(desktop_reduces_motion());
    write_config("kdeglobals", "[KDE]\nAnimationDurationFactor=0.5\n");
    assert_false(desktop_reduces_motion());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(remembers_from_one_start_to_the_next, make_place,
                                        clear_place),
        cmocka_unit_test_setup_teardown(what_a_person_wrote_stays, make_place, clear_place),
        cmocka_unit_test_setup_teardown(a_broken_line_stays_whole, make_place, clear_place),
        cmocka_unit_test_setup_teardown(a_kill_leaves_the_file_whole, make_place, clear_place),
        cmocka_unit_test_setup_teardown(two_windows_keep_one_file, make_place, clear_place),
        cmocka_unit_test_setup_teardown(a_link_stays_a_link, make_place, clear_place),
        cmocka_unit_test_setup_teardown(what_cannot_be_kept_is_told_and_not_lost, make_place,
                                        clear_place),
        cmocka_unit_test_setup_teardown(a_path_through_a_file_is_told, make_place, clear_place),
        cmocka_unit_test_setup_teardown(hears_what_the_desktop_says_of_motion, make_place,
                                        clear_place),
        cmocka_unit_test(follows_the_environment),
    };
    return test_run(tests);
}
