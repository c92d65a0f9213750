/* The desktop's dialog for files, with scripts in the place of zenity and kdialog. */

#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/paths.h"
#include "app/start/chooser.h"

static char folder[64], file[128], path[PATH_SIZE];

static int make_place(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/gradlight-chooser-XXXXXX");
    if (!mkdtemp(folder)) {
        return -1;
    }
    setenv("PATH", folder, 1);
    unsetenv("XDG_CURRENT_DESKTOP");
    return 0;
}

static const char *place(const char *name)
{
    snprintf(file, sizeof(file), "%s/%s", folder, name);
    return file;
}

static int clear_place(void **state)
{
    static const char *const names[] = { "zenity", "kdialog", "pid", "" };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        remove(place(names[i]));
    }
    return 0;
}

static void write_script(const char *name, const char *body)
{
    FILE *const script = fopen(place(name), "w");

    assert_non_null(script);
    fprintf(script, "#!/bin/sh\n%s\n", body);
    assert_int_equal(fclose(script), 0);
    assert_int_equal(chmod(file, 0700), 0);
}

static enum chooser_answer wait_for(struct chooser *chooser)
{
    const struct timespec while_ = { .tv_nsec = 5000000 };
    enum chooser_answer answer = CHOOSER_OPEN;

    assert_non_null(chooser);
    for (int i = 0; i < 4000 && answer == CHOOSER_OPEN; i++) {
        nanosleep(&while_, NULL);
        answer = chooser_poll(chooser, path);
    }
    chooser_destroy(chooser);
    return answer;
}

static void gives_what_was_chosen(void **state)
{
    (void)state;
    write_script("zenity", "echo '/home/lan/two words, \"bài\" 1.py'");
    assert_int_equal(wait_for(chooser_open("Open a file", "/home/lan")), CHOOSER_CHOSEN);
    assert_string_equal(path, "/home/lan/two words, \"bài\" 1.py");
    write_script("zenity", "printf '/a\\nb.py\\n'"); /* a name may have a line's end */
    assert_int_equal(wait_for(chooser_open("Open a file", "/home/lan")), CHOOSER_CHOSEN);
    assert_string_equal(path, "/a\nb.py");
}

static void says_what_it_asks_for(void **state)
{
    (void)state;
    write_script("zenity", "printf '/%s' \"$3 $5 $1 $2 $4 $6\"");
    assert_int_equal(wait_for(chooser_open("Mở một tệp", "/home/lan b")), CHOOSER_CHOSEN);
    assert_string_equal(path, "/Mở một tệp /home/lan b/ --file-selection --title --filename "
                              "--file-filter=*.py *.ipynb *.trace *.gtrace");
}

static void each_desktop_has_its_own(void **state)
{
    (void)state;
    write_script("zenity", "echo /of-zenity");
    write_script("kdialog", "echo /of-kdialog");
    assert_int_equal(wait_for(chooser_open("", "/")), CHOOSER_CHOSEN);
    assert_string_equal(path, "/of-zenity");
    setenv("XDG_CURRENT_DESKTOP", "KDE", 1);
    assert_int_equal(wait_for(chooser_open("", "/")), CHOOSER_CHOSEN);
    assert_string_equal(path, "/of-kdialog");
    unsetenv("XDG_CURRENT_DESKTOP");
    remove(place("zenity"));
    assert_int_equal(wait_for(chooser_open("", "/")), CHOOSER_CHOSEN);
    assert_string_equal(path, "/of-kdialog");
}

static void without_one_there_is_none(void **state)
{
    (void)state;
    assert_null(chooser_open("Open a file", "/"));
}

static void what_was_not_chosen(void **state)
{
    (void)state;
    write_script("zenity", "exit 1");
    assert_int_equal(wait_for(chooser_open("", "/")), CHOOSER_LEFT);
    write_script("zenity", "echo /half; exit 3");
    assert_int_equal(wait_for(chooser_open("", "/")), CHOOSER_BROKEN);
    write_script("zenity", "kill -9 $$");
    assert_int_equal(wait_for(chooser_open("", "/")), CHOOSER_BROKEN);
    write_script("zenity", "exit 0"); /* says nothing */
    assert_int_equal(wait_for(chooser_open("", "/")), CHOOSER_BROKEN);
    write_script("zenity", "echo relative.py");
    assert_int_equal(wait_for(chooser_open("", "/")), CHOOSER_BROKEN);
    write_script("zenity", "printf '/%05000d' 1"); /* longer than any path */
    assert_int_equal(wait_for(chooser_open("", "/")), CHOOSER_BROKEN);
}

/* An open dialog does not hold the window up, and goes with it. */
static void goes_with_the_window(void **state)
{
    char script[512];
    int pid = 0;

    (void)state;
    snprintf(script, sizeof(script), "echo $$ > '%s/pid.part'\n/bin/mv '%s/pid.part' '%s/pid'\n%s",
             folder, folder, folder, "exec /bin/sleep 600");
    write_script("zenity", script);
    struct chooser *const chooser = chooser_open("", "/");
    assert_non_null(chooser);
    for (int i = 0; i < 4000 && access(place("pid"), R_OK) != 0; i++) {
        nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
        assert_int_equal(chooser_poll(chooser, path), CHOOSER_OPEN);
    }
    FILE *const told = fopen(place("pid"), "r");
    assert_non_null(told);
    assert_int_equal(fscanf(told, "%d", &pid), 1);
    fclose(told);
    assert_int_equal(kill(pid, 0), 0);
    chooser_destroy(chooser);
    assert_int_not_equal(kill(pid, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gives_what_was_chosen, make_place, clear_place),
        cmocka_unit_test_setup_teardown(says_what_it_asks_for, make_place, clear_place),
        cmocka_unit_test_setup_teardown(each_desktop_has_its_own, make_place, clear_place),
        cmocka_unit_test_setup_teardown(without_one_there_is_none, make_place, clear_place),
        cmocka_unit_test_setup_teardown(what_was_not_chosen, make_place, clear_place),
        cmocka_unit_test_setup_teardown(goes_with_the_window, make_place, clear_place),
    };

    return test_run(tests);
}
