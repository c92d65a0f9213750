/* The timeline under keys and pointer, in the real program with a dummy window: iterations, backward
 * passes, errors, bookmarks, zoom and scrubbing. */
#include "tests/test.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "app/command/walk.h"
#include "app/settings.h"
#include "engine/base/hash.h"

#include "config.h"

static const char training[] = GRADLIGHT_SOURCE_ROOT "/tests/fixtures/linear_adam.py";
static const char failing[] = GRADLIGHT_SOURCE_ROOT "/tests/fixtures/second_backward.py";

struct driver {
    struct app *app;
    double clock;
};

static void turn(struct driver *driver, int times)
{
    for (int i = 0; i < times; i++) {
        app_turn(driver->app, false, driver->clock += 1.0 / 60);
    }
}

/* A real process runs the lesson, so real time passes. */
static void settle(struct driver *driver)
{
    const struct timespec nap = { .tv_nsec = 2000000 };

    for (int i = 0; i < 15000 && session_running(driver->app->session); i++) {
        turn(driver, 1);
        nanosleep(&nap, NULL);
    }
    assert_false(session_running(driver->app->session));
    turn(driver, 2);
}

static void open_app(struct driver *driver, const char *lesson, struct settings *settings)
{
    struct error err = { 0 };

    driver->clock = 1;
    driver->app = app_create(
        &(struct app_options){
            .lesson = lesson, .width = 1024, .height = 700, .settings = settings },
        &err);
    if (!driver->app) {
        fail_msg("%s", err.text);
    }
    settle(driver);
}

static void press_key(struct driver *driver, const char *key)
{
    struct window_event event = { .kind = WINDOW_EVENT_KEY };

    snprintf(event.key, sizeof(event.key), "%s", key);
    window_push(driver->app->window, &event);
    turn(driver, 2);
}

static void point(struct driver *driver, enum window_event_kind kind, struct point at,
                  float notches)
{
    window_push(
        driver->app->window,
        &(struct window_event){ .kind = kind, .at = at, .button = 1, .wheel = { 0, notches } });
    turn(driver, 2);
}

static const struct stops *stops_of(const struct driver *driver)
{
    return session_stops(driver->app->session);
}

/* Number of the training iteration on show; 0 outside. */
static unsigned iteration(const struct driver *driver)
{
    const uint32_t at = stops_training_at(stops_of(driver), driver->app->player.moment);

    return at == NO_ITERATION ? 0 : stops_iteration(stops_of(driver), at)->number;
}

static enum record_kind cause(const struct driver *driver)
{
    const size_t index =
        stops_index_at(stops_of(driver), STOP_OPERATION, driver->app->player.moment);
    const struct stop *const stop = stops_at(stops_of(driver), STOP_OPERATION, index);

    return trace_record(session_trace(driver->app->session), stop->record)->kind;
}

static void keys_walk_by_iterations(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, training, NULL);
    press_key(&driver, "Home");
    assert_int_equal(iteration(&driver), 0);
    for (unsigned i = 1; i <= 3; i++) {
        press_key(&driver, i % 2 ? "Ctrl+Right" : "I");
        assert_int_equal(iteration(&driver), i);
    }
    const uint32_t end = driver.app->player.moment;
    press_key(&driver, "I"); /* there is none */
    assert_int_equal(driver.app->player.moment, end);
    press_key(&driver, "Ctrl+Left");
    assert_int_equal(iteration(&driver), 2);
    press_key(&driver, "Ctrl+End");
    assert_int_equal(driver.app->player.moment, end);
    press_key(&driver, "Ctrl+Home");
    assert_int_equal(iteration(&driver), 0);
    press_key(&driver, "J");
    assert_int_equal(driver.app->player.moment, end);
    press_key(&driver, "Right"); /* the plain keys go on from there */
    assert_true(driver.app->player.moment > end);
    app_destroy(driver.app);
}

static void keys_walk_by_backward_passes(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, training, NULL);
    press_key(&driver, "Home");
    for (unsigned i = 1; i <= 3; i++) {
        press_key(&driver, "D");
        assert_int_equal(cause(&driver), RECORD_BACKWARD);
        assert_int_equal(iteration(&driver), i);
    }
    const uint32_t last = driver.app->player.moment;
    press_key(&driver, "D");
    press_key(&driver, "F8"); /* no error either */
    assert_int_equal(driver.app->player.moment, last);
    press_key(&driver, "Shift+D");
    assert_int_equal(iteration(&driver), 2);
    app_destroy(driver.app);
}

static void keys_walk_to_the_error(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, failing, NULL);
    press_key(&driver, "Home");
    press_key(&driver, "F8");
    assert_int_equal(cause(&driver), RECORD_ERROR);
    press_key(&driver, "Left");
    assert_true(cause(&driver) != RECORD_ERROR);
    app_destroy(driver.app);
}

/* Whether the timeline has a mark in the colour of errors. */
static bool tells_an_error(struct driver *driver)
{
    const struct view view = app_view(driver->app, 1024, 700);
    struct scene scene = { 0 };
    bool found = false;

    view_timeline(&view, app_regions(driver->app).timeline, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw *const draw = &scene.draws[i];
        found = found || (draw->kind == DRAW_PATH && draw->path.stroke == INK_ERROR) ||
                (draw->kind == DRAW_RECT && draw->rect.fill == INK_ERROR);
    }
    scene_finish(&scene);
    return found;
}

static void a_class_learns_of_an_error_when_it_happens(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, failing, NULL);
    press_key(&driver, "F8");
    press_key(&driver, "Left");
    assert_true(tells_an_error(&driver));
    press_key(&driver, "F5"); /* now to a class, in a small room */
    press_key(&driver, "1");
    assert_false(tells_an_error(&driver));
    press_key(&driver, "F8");
    assert_true(tells_an_error(&driver));
    app_destroy(driver.app);
}

/* ---- pointer ---------------------------------------------------------------------------- */

static struct rect timeline_of(struct driver *driver)
{
    return app_regions(driver->app).timeline;
}

static struct point middle_of(struct rect area)
{
    return (struct point){ area.x + area.w / 2, area.y + area.h / 2 };
}

static struct timeline_window window_of(struct driver *driver, float x)
{
    const struct view view = app_view(driver->app, 1024, 700);

    return timeline_window(&view, timeline_of(driver), x);
}

static void the_wheel_zooms_about_the_pointer(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, training, NULL);
    const struct point at = middle_of(timeline_of(&driver));
    const struct timeline_window before = window_of(&driver, at.x);
    point(&driver, WINDOW_EVENT_WHEEL, at, 1);
    point(&driver, WINDOW_EVENT_WHEEL, at, 1);
    const struct timeline_window near = window_of(&driver, at.x);
    assert_true(near.span < before.span * 0.7 && near.from > 0);
    assert_true(fabs(near.at - before.at) < 0.01);
    point(&driver, WINDOW_EVENT_WHEEL, at, -9);
    const struct timeline_window far = window_of(&driver, at.x);
    assert_true(far.from <= 0.001 && far.span >= far.all - 0.001);
    for (int i = 0; i < 12; i++) {
        press_key(&driver, "Alt+=");
    }
    assert_true(window_of(&driver, at.x).span >= before.least - 0.001);
    press_key(&driver, "End"); /* what is on show follows the steps */
    const struct timeline_window end = window_of(&driver, at.x);
    assert_true(end.now >= end.from - 0.001 && end.now <= end.from + end.span + 0.001);
    press_key(&driver, "Alt+1");
    assert_true(window_of(&driver, at.x).span >= before.all - 0.001);
    app_destroy(driver.app);
}

static void a_drag_scrubs(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, training, NULL);
    const struct rect area = timeline_of(&driver);
    const struct point middle = middle_of(area);
    uint32_t before = 0;
    point(&driver, WINDOW_EVENT_PRESS, (struct point){ area.w * 0.3f, middle.y }, 0);
    for (float x = 0.4f; x < 0.9f; x += 0.1f) {
        before = driver.app->player.moment;
        point(&driver, WINDOW_EVENT_MOVE, (struct point){ area.w * x, middle.y - 200 }, 0);
        assert_true(driver.app->player.moment > before);
    }
    point(&driver, WINDOW_EVENT_RELEASE, (struct point){ area.w * 0.9f, middle.y }, 0);
    before = driver.app->player.moment;
    point(&driver, WINDOW_EVENT_MOVE, (struct point){ area.w * 0.4f, middle.y }, 0);
    assert_int_equal(driver.app->player.moment, before);
    app_destroy(driver.app);
}

static void a_moment_tells_what_is_there(void **state)
{
    struct driver driver;

    (void)state;
    open_app(&driver, training, NULL);
    press_key(&driver, "Ctrl+Right");
    press_key(&driver, "Ctrl+Right");
    const char *const title = walk_title(driver.app, driver.app->player.moment);
    assert_non_null(strstr(title, "Iteration 2/3"));
    assert_non_null(strstr(title, "Prints: step 1"));
    assert_non_null(strstr(title, "[1:16:2]"));
    app_destroy(driver.app);
}

/* ---- bookmarks -------------------------------------------------------------------------- */

/* Under which name the training's bookmarks are kept. */
static const char *kept_under(char name[64])
{
    char whole[PATH_MAX];
    assert_non_null(realpath(training, whole));
    snprintf(name, 64, "bookmarks.linear_adam.%016" PRIx64,
             hash_bytes(HASH_START, whole, strlen(whole)));
    return name;
}

static void bookmarks_survive_a_run(void **state)
{
    struct driver driver;
    char name[64];

    (void)state;
    open_app(&driver, training, NULL);
    press_key(&driver, "Ctrl+Right");
    const uint32_t first = driver.app->player.moment;
    press_key(&driver, "Ctrl+F2");
    press_key(&driver, "Ctrl+Right");
    const uint32_t second = driver.app->player.moment;
    press_key(&driver, "Ctrl+F2");
    assert_string_equal(settings_text(driver.app->settings, kept_under(name), ""), "1:16 1:16:2");
    press_key(&driver, "R");
    settle(&driver);
    assert_int_equal(driver.app->view.bookmark_count, 2);
    press_key(&driver, "Home");
    press_key(&driver, "F2");
    assert_int_equal(driver.app->player.moment, first);
    press_key(&driver, "F2");
    assert_int_equal(driver.app->player.moment, second);
    press_key(&driver, "F2");
    assert_int_equal(driver.app->player.moment, second);
    press_key(&driver, "Ctrl+F2"); /* taken away */
    press_key(&driver, "Shift+F2");
    assert_int_equal(driver.app->player.moment, first);
    assert_int_equal(driver.app->view.bookmark_count, 1);
    press_key(&driver, "Ctrl+F2");
    assert_string_equal(settings_text(driver.app->settings, kept_under(name), "none"), "none");
    app_destroy(driver.app);
}

/* Two lessons are called the same: what was marked in one is not marked in the other. */
static void bookmarks_belong_to_a_file(void **state)
{
    struct driver driver;
    struct settings *const settings = settings_open(NULL);

    (void)state;
    settings_set_text(settings, "bookmarks.linear_adam.0123456789abcdef", "1:16");
    settings_set_text(settings, "bookmarks.linear_adam", "1:16");
    open_app(&driver, training, settings);
    assert_int_equal(driver.app->view.bookmark_count, 0);
    app_destroy(driver.app);
}

static void what_is_no_address_is_passed_over(void **state)
{
    struct driver driver;
    struct settings *const settings = settings_open(NULL);
    char name[64];

    (void)state;
    settings_set_text(settings, kept_under(name), " x 1:16 1:16 ::  1:99999 -1:2 1:16:2");
    open_app(&driver, training, settings);
    assert_int_equal(driver.app->view.bookmark_count,
                     3); /* the one that is nowhere is the nearest */
    app_destroy(driver.app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_walk_by_iterations),
        cmocka_unit_test(keys_walk_by_backward_passes),
        cmocka_unit_test(keys_walk_to_the_error),
        cmocka_unit_test(a_class_learns_of_an_error_when_it_happens),
        cmocka_unit_test(the_wheel_zooms_about_the_pointer),
        cmocka_unit_test(a_drag_scrubs),
        cmocka_unit_test(a_moment_tells_what_is_there),
        cmocka_unit_test(bookmarks_survive_a_run),
        cmocka_unit_test(bookmarks_belong_to_a_file),
        cmocka_unit_test(what_is_no_address_is_passed_over),
    };
    return test_run(tests);
}
