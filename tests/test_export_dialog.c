/* The dialog for exports: what goes with what, and what is written beside the window. */

#include "tests/test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/export/order.h"
#include "app/export/task.h"
#include "app/window/chrome_private.h"
#include "tests/app_driver.h"

#include "config.h"

static const char lesson[] = GRADLIGHT_SOURCE_ROOT "/lessons/course/23-autograd.lesson.py";

/* From another row to the path, and that emptied. */
static void name_file(struct driver *driver, const char *path)
{
    while (driver->app->dialog.row != ORDER_PATH) {
        press_key(driver, "Down");
    }
    while (driver->app->dialog.path[0]) {
        press_key(driver, "Backspace");
    }
    type_text(driver, path);
    assert_string_equal(driver->app->dialog.path, path);
}

/* Until nothing is being written any more: a real process, so real time passes. */
static void wait_for_task(struct driver *driver)
{
    const struct timespec nap = { .tv_nsec = 10000000 };

    for (int i = 0; i < 6000 && driver->app->dialog.file.task; i++) {
        turn(driver, 1);
        nanosleep(&nap, NULL);
    }
    assert_null(driver->app->dialog.file.task);
}

static bool is_there(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && about.st_size > 0;
}

static void rows_follow_what_is_chosen(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, lesson, NULL);
    struct app *const app = driver.app;
    press_key(&driver, "Shift+E");
    assert_true(app->dialog.open);
    assert_true(order_applies(app, ORDER_PLACE));
    assert_false(order_applies(app, ORDER_NOTES));
    assert_non_null(strstr(app->dialog.path, "_step001.png"));
    press_key(&driver, "Right"); /* all slides */
    assert_string_equal(app->dialog.path, "out/23-autograd.pdf");
    assert_true(order_applies(app, ORDER_NOTES));
    assert_false(order_applies(app, ORDER_PLACE));
    for (int i = 0; i < 12; i++) {
        order_choose(app, ORDER_FORMAT, 1);
        assert_int_not_equal(app->dialog.chosen[ORDER_FORMAT], PICTURE_DOT);
    }
    press_key(&driver, "Right");
    press_key(&driver, "Right"); /* a worksheet is a PDF */
    assert_int_equal(app->dialog.chosen[ORDER_FORMAT], PICTURE_PDF);
    assert_int_equal(dialog_theme(app, THEME_DARK), THEME_PRINT);
    press_key(&driver, "Right"); /* of a step each part may be a picture, and two may be films */
    for (int i = 0; i < 12; i++) {
        order_choose(app, ORDER_PART, 1);
        while (app->dialog.chosen[ORDER_FORMAT] != PICTURE_GIF) {
            order_choose(app, ORDER_FORMAT, 1);
        }
        assert_in_range(app->dialog.chosen[ORDER_PART], 0, 1);
        order_choose(app, ORDER_FORMAT, 3);
    }
    press_key(&driver, "Escape");
    assert_false(app->dialog.open);
    assert_int_equal(dialog_theme(app, THEME_DARK), THEME_DARK);
    app_destroy(app);
}

static void steps_pages_and_sheets_are_written_beside(void **state)
{
    static const char *const names[] = { "step.png", "deck.pdf", "reveals.pdf", "sheet.pdf" };
    char folder[] = "/tmp/gradlight-export-XXXXXX", path[128];
    struct driver driver;

    (void)state;
    assert_non_null(mkdtemp(folder));
    open_app_with(&driver, lesson, NULL);
    for (int kind = 0; kind < 4; kind++) {
        press_key(&driver, "Shift+E");
        assert_int_equal(driver.app->dialog.row, ORDER_KIND);
        press_key(&driver, kind > 0 ? "Right" : "Tab");
        snprintf(path, sizeof(path), "%s/%s", folder, names[kind]);
        name_file(&driver, path);
        press_key(&driver, "Return");
        assert_false(driver.app->dialog.open);
        wait_for_task(&driver);
        assert_true(is_there(path));
        unlink(path);
    }
    snprintf(path, sizeof(path), "%s/sheet-answers.pdf", folder);
    assert_true(is_there(path));
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    app_destroy(driver.app);
}

static void what_is_stopped_or_cannot_be_leaves_nothing(void **state)
{
    char folder[] = "/tmp/gradlight-export-XXXXXX", path[128];
    struct driver driver;

    (void)state;
    assert_non_null(mkdtemp(folder));
    open_app_with(&driver, lesson, NULL);
    press_key(&driver, "Shift+E");
    press_key(&driver, "Right");
    snprintf(path, sizeof(path), "%s/deck.pdf", folder);
    name_file(&driver, path);
    window_push(driver.app->window,
                &(struct window_event){ .kind = WINDOW_EVENT_KEY, .key = "Return" });
    window_push(driver.app->window,
                &(struct window_event){ .kind = WINDOW_EVENT_KEY, .key = "Ctrl+." });
    turn(&driver, 1);
    wait_for_task(&driver);
    assert_false(is_there(path));
    press_key(&driver, "Shift+E");
    name_file(&driver, "/no/such/folder/deck.pdf");
    press_key(&driver, "Return");
    wait_for_task(&driver);
    press_key(&driver, "Escape");
    assert_int_equal(rmdir(folder), 0);
    app_destroy(driver.app);
}

/* ---- the clipboard ------------------------------------------------------------------------- */

/* An xclip that does that; the folder is what a copy may use for the time being as well. */
static void put_clipboard(const char *folder, const char *does)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/xclip", folder);
    FILE *const script = fopen(path, "w");
    assert_non_null(script);
    fprintf(script, "#!/bin/sh\n%s\n", does);
    fclose(script);
    assert_int_equal(chmod(path, 0755), 0);
}

static void wait_for_copy(struct driver *driver)
{
    const struct timespec nap = { .tv_nsec = 10000000 };

    for (int i = 0; i < 6000 && driver->app->dialog.copy.task; i++) {
        turn(driver, 1);
        nanosleep(&nap, NULL);
    }
    assert_null(driver->app->dialog.copy.task);
}

/* Nothing stays of a copy: neither its picture for the time being, nor what waits for a clipboard. */
static void a_copy_tells_how_it_goes_and_can_be_stopped(void **state)
{
    char folder[] = "/tmp/gradlight-export-XXXXXX", path[128], does[160];
    const char *const programs = getenv("PATH");
    struct driver driver;

    (void)state;
    assert_non_null(mkdtemp(folder));
    setenv("TMPDIR", folder, true);
    unsetenv("WAYLAND_DISPLAY");
    char *const before = strdup(programs);
    snprintf(path, sizeof(path), "%s:/usr/bin:/bin", folder);
    setenv("PATH", path, true);
    open_app_with(&driver, lesson, NULL);
    const struct app *const app = driver.app;

    put_clipboard(folder, "exec sleep 60");
    press_key(&driver, "Ctrl+C");
    turn(&driver, 90); /* a second and a half on the app's clock */
    assert_non_null(app->dialog.copy.task);
    assert_non_null(strstr(app->chrome->said, "Copying…"));
    const struct task *const copying = app->dialog.copy.task;
    press_key(&driver, "Ctrl+C"); /* one at a time */
    assert_ptr_equal(app->dialog.copy.task, copying);
    press_key(&driver, "Ctrl+.");
    wait_for_copy(&driver);
    assert_string_equal(app->chrome->said, "Stopped: nothing half-finished is left.");

    snprintf(does, sizeof(does), "cat > '%s/copied'", folder);
    put_clipboard(folder, does);
    press_key(&driver, "Ctrl+C");
    wait_for_copy(&driver);
    assert_non_null(strstr(app->chrome->said, "Copied as a picture"));
    snprintf(path, sizeof(path), "%s/copied", folder);
    assert_true(is_there(path));
    unlink(path);

    put_clipboard(folder, "exit 1");
    press_key(&driver, "Ctrl+C");
    wait_for_copy(&driver);
    assert_non_null(strstr(app->chrome->said, "could not be copied"));

    app_destroy(driver.app);
    snprintf(path, sizeof(path), "%s/xclip", folder);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    setenv("PATH", before, true);
    unsetenv("TMPDIR");
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_follow_what_is_chosen),
        cmocka_unit_test(steps_pages_and_sheets_are_written_beside),
        cmocka_unit_test(what_is_stopped_or_cannot_be_leaves_nothing),
        cmocka_unit_test(a_copy_tells_how_it_goes_and_can_be_stopped),
    };
    return test_run(tests);
}
