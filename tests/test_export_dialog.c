/* The dialog for exports: what goes with what, and what is written beside the window. */

#include "tests/test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/export/order.h"
#include "app/export/task.h"
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

    for (int i = 0; i < 6000 && driver->app->dialog.task; i++) {
        turn(driver, 1);
        nanosleep(&nap, NULL);
    }
    assert_null(driver->app->dialog.task);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_follow_what_is_chosen),
        cmocka_unit_test(steps_pages_and_sheets_are_written_beside),
        cmocka_unit_test(what_is_stopped_or_cannot_be_leaves_nothing),
    };
    return test_run(tests);
}
