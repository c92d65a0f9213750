/* The film strip in the window: shown and hidden, walked along, pressed, two graphs side by side. */

#include "tests/test.h"

#include <math.h>

#include "tests/app_driver.h"

#include "config.h"

static const char branch[] = GRADLIGHT_SOURCE_ROOT "/tests/fixtures/branch.py";
static const char autograd[] = GRADLIGHT_SOURCE_ROOT "/tests/fixtures/autograd.py";

static size_t frame_now(const struct driver *driver)
{
    return film_at(session_film(driver->app->session), driver->app->player.moment);
}

/* What the pointer finds of a frame on the screen; w 0: nothing. */
static struct rect frame_on_screen(struct driver *driver, size_t frame)
{
    const struct point page = app_page(driver->app);
    const struct view view = app_view(driver->app, page.x, page.y);
    struct scene scene = { 0 };
    struct rect found = { 0 };

    screen_draw(&view, page.x, page.y, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw *const draw = &scene.draws[i];
        if (draw->kind == DRAW_GROUP && draw->group.target.kind == TARGET_FRAME &&
            draw->group.target.id == (int64_t)frame) {
            found = draw->group.bounds;
        }
    }
    scene_finish(&scene);
    return found;
}

static void click(struct driver *driver, struct rect at)
{
    struct window_event event = { .kind = WINDOW_EVENT_PRESS,
                                  .at = { at.x + at.w / 2, at.y + at.h / 2 },
                                  .button = 1 };

    window_push(driver->app->window, &event);
    event.kind = WINDOW_EVENT_RELEASE;
    window_push(driver->app->window, &event);
    settle(driver);
}

static void a_click_goes_to_the_graph(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, branch, NULL);
    const struct rect third = frame_on_screen(&driver, 2), last = frame_on_screen(&driver, 3);
    assert_true(third.w > 0 && last.x >= third.x + third.w - 1);
    click(&driver, last);
    assert_int_equal(frame_now(&driver), 3);
    click(&driver, frame_on_screen(&driver, 2));
    assert_int_equal(frame_now(&driver), 2);
    app_destroy(driver.app);
}

static void keys_walk_from_graph_to_graph(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, branch, NULL);
    press_key(&driver, "Home");
    for (size_t i = frame_now(&driver) == 0 ? 1 : 0; i < 4; i++) {
        press_key(&driver, "Shift+N");
        assert_int_equal(frame_now(&driver), i);
    }
    press_key(&driver, "Shift+N"); /* the last stays */
    assert_int_equal(frame_now(&driver), 3);
    press_key(&driver, "Shift+P");
    assert_int_equal(frame_now(&driver), 2);
    app_destroy(driver.app);
}

static void it_is_hidden_and_shown_by_a_key(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, branch, NULL);
    const float stage = app_regions(driver.app).stage.h;
    assert_true(app_regions(driver.app).film.h > 0);
    press_key(&driver, "Shift+V");
    assert_true(app_regions(driver.app).film.h <= 0);
    assert_true(fabsf(app_regions(driver.app).stage.h - stage) < 1); /* the tabs gave the room */
    press_key(&driver, "F5");
    press_key(&driver, "Shift+V");
    assert_true(app_regions(driver.app).film.h > 0);
    app_destroy(driver.app);
    open_app_with(&driver, autograd, NULL); /* one graph */
    press_key(&driver, "Shift+V");
    assert_true(app_regions(driver.app).film.h <= 0);
    app_destroy(driver.app);
}

static bool compares(struct driver *driver)
{
    const struct point page = app_page(driver->app);
    const struct view view = app_view(driver->app, page.x, page.y);

    return view_compared(&view) != NO_FRAME;
}

/* The other one is that which is built in another way; Esc ends it before it ends anything else. */
static void two_graphs_stand_side_by_side(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, branch, NULL);
    press_key(&driver, "F5");
    click(&driver, frame_on_screen(&driver, 3));
    press_key(&driver, "End");
    press_key(&driver, "Shift+C");
    assert_true(compares(&driver));
    assert_int_equal(driver.app->view.compared, 3);
    press_key(&driver, "Alt+Shift+P");
    assert_int_equal(driver.app->view.compared, 2);
    press_key(&driver, "Escape");
    assert_false(compares(&driver));
    assert_int_equal(driver.app->view.mode, SCREEN_PRESENT);
    press_key(&driver, "Shift+C");
    press_key(&driver, "Shift+C");
    assert_false(compares(&driver));
    app_destroy(driver.app);
}

/* What one has hidden, or called for, is so the next time as well. */
static void the_next_window_knows_whether_it_was_hidden(void **state)
{
    struct driver driver;
    struct settings *const settings = settings_open(NULL);

    (void)state;
    settings_set_flag(settings, "ask-room", false);
    open_app_with(&driver, branch, settings);
    assert_true(frame_on_screen(&driver, 0).w > 0);
    press_key(&driver, "Shift+V");
    turn(&driver, 90);
    assert_string_equal(settings_text(driver.app->settings, "film-strip", ""), "hidden");
    app_destroy(driver.app);

    struct settings *const later = settings_open(NULL);
    settings_set_flag(later, "ask-room", false);
    settings_set_text(later, "film-strip", "hidden");
    open_app_with(&driver, branch, later);
    assert_true(frame_on_screen(&driver, 0).w == 0);
    app_destroy(driver.app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_click_goes_to_the_graph),
        cmocka_unit_test(keys_walk_from_graph_to_graph),
        cmocka_unit_test(it_is_hidden_and_shown_by_a_key),
        cmocka_unit_test(two_graphs_stand_side_by_side),
        cmocka_unit_test(the_next_window_knows_whether_it_was_hidden),
    };
    return test_run(tests);
}
