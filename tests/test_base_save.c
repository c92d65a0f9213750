/* Files that have their name once they are whole. */

#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/save.h"

struct place {
    char folder[64], path[96];
};

static int make_place(void **state)
{
    static struct place place;

    place = (struct place){ .folder = "/tmp/gradlight-save-XXXXXX" };
    assert_non_null(mkdtemp(place.folder));
    snprintf(place.path, sizeof(place.path), "%s/file", place.folder);
    *state = &place;
    return 0;
}

static int remove_place(void **state)
{
    const struct place *const place = *state;

    unlink(place->path);
    return rmdir(place->folder);
}

static int count_files(const struct place *place)
{
    DIR *const folder = opendir(place->folder);
    int count = -2; /* . and .. */

    assert_non_null(folder);
    while (readdir(folder)) {
        count++;
    }
    closedir(folder);
    return count;
}

static void assert_holds(const struct place *place, const char *expected)
{
    struct text text = { 0 };
    struct error err = { 0 };

    assert_true(file_read(place->path, 100, &text, &err));
    assert_string_equal(text_string(&text), expected);
    text_finish(&text);
}

static void save_text(const struct place *place, const char *text)
{
    struct save save;

    assert_true(save_open(&save, place->path));
    fputs(text, save.stream);
    assert_true(save_finish(&save));
    assert_holds(place, text);
}

static void the_name_comes_last(void **state)
{
    const struct place *const place = *state;
    struct save save;

    assert_true(save_open(&save, place->path));
    assert_true(access(place->path, F_OK) != 0);
    fputs("whole", save.stream);
    assert_true(save_finish(&save));
    assert_holds(place, "whole");
    save_text(place, "again");
    assert_true(save_open(&save, place->path));
    fputs("given up", save.stream);
    save_abandon(&save);
    assert_holds(place, "again");
    assert_int_equal(count_files(place), 1);
}

/* Two writers do not meet; the one that is done last has the name. */
static void two_write_beside_each_other(void **state)
{
    const struct place *const place = *state;
    struct save first, second;

    assert_true(save_open(&first, place->path));
    assert_true(save_open(&second, place->path));
    assert_string_not_equal(first.beside, second.beside);
    fputs("first", first.stream);
    fputs("second", second.stream);
    assert_true(save_finish(&second));
    assert_holds(place, "second");
    assert_true(save_finish(&first));
    assert_holds(place, "first");
    assert_int_equal(count_files(place), 1);
}

static void what_a_killed_process_left_goes(void **state)
{
    const struct place *const place = *state;
    int ready[2];
    char byte;

    save_text(place, "before");
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct save save;
        const bool fine = save_open(&save, place->path) && fputs("half", save.stream) >= 0 &&
                          fflush(save.stream) == 0 && write(ready[1], "x", 1) == 1;
        pause();
        _exit(fine);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    /* As long as it lives its file is its own. */
    save_text(place, "meanwhile");
    assert_int_equal(count_files(place), 2);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    save_text(place, "after");
    assert_int_equal(count_files(place), 1);
    close(ready[0]);
    close(ready[1]);
}

/* Nobody makes it write elsewhere by a link with the name that it takes. */
static void no_link_is_followed(void **state)
{
    const struct place *const place = *state;
    struct save save;
    char victim[96];

    assert_true(save_open(&save, place->path));
    char *const beside = strdup(save.beside);
    save_abandon(&save);
    snprintf(victim, sizeof(victim), "%s/victim", place->folder);
    assert_int_equal(symlink(victim, beside), 0);
    save_text(place, "here");
    assert_true(access(victim, F_OK) != 0);
    assert_int_equal(unlink(beside), 0);
    free(beside);
}

static void what_cannot_be_written_leaves_nothing(void **state)
{
    const struct place *const place = *state;
    struct rlimit before, small;
    struct save save;

    save_text(place, "before");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){ 1000, before.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_true(save_open(&save, place->path));
    for (int i = 0; i < 300; i++) {
        fputs("more than that", save.stream);
    }
    const bool saved = save_finish(&save);
    const int number = errno;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(saved);
    assert_int_equal(number, EFBIG);
    assert_holds(place, "before");
    assert_int_equal(count_files(place), 1);
    assert_false(save_open(&save, "/proc/gradlight/file"));
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_name_comes_last, make_place, remove_place),
        cmocka_unit_test_setup_teardown(two_write_beside_each_other, make_place, remove_place),
        cmocka_unit_test_setup_teardown(what_a_killed_process_left_goes, make_place, remove_place),
        cmocka_unit_test_setup_teardown(no_link_is_followed, make_place, remove_place),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_leaves_nothing, make_place,
                                        remove_place),
    };
    return test_run(tests);
}
