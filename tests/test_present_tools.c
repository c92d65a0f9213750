/* Tools while presenting: spotlight, lens, pen, a frozen picture, the overview of slides. */

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include "app/present/overview.h"
#include "app/present/pointer.h"
#include "app/window/chrome_private.h"
#include "render/lesson/slides.h"
#include "tests/present_driver.h"

static const char why[] = GRADLIGHT_SOURCE_ROOT "/lessons/course/11-why-autograd.lesson.py";
static const char autograd[] = GRADLIGHT_SOURCE_ROOT "/tests/fixtures/autograd.py";

static const struct point middle = { 400, 300 }; /* on the class's page */

static void move_on_page(struct driver *driver, float x, float y)
{
    window_push(driver->app->window,
                &(struct window_event){ .kind = WINDOW_EVENT_MOVE, .at = { x, y } });
    turn(driver, 1);
}

static void spotlight_and_lens_follow_the_pointer(void **state)
{
    static const char *const keys[] = { "Shift+2", "Shift+5" };
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    press_key(&driver, "F5");
    press_key(&driver, "End");
    const uint64_t plain = hash_of(driver.app->window);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        move_on_page(&driver, middle.x, middle.y);
        press_key(&driver, keys[i]);
        const uint64_t there = hash_of(driver.app->window);
        assert_true(there != plain);
        move_on_page(&driver, middle.x + 90, middle.y + 40);
        assert_true(hash_of(driver.app->window) != there);
        const size_t drawn = frame_pixels_drawn(driver.app->frame);
        assert_true(drawn > 0 && drawn < 1280 * 800 * 6 / 10); /* not all of the page */
        press_key(&driver, "Left");                            /* it steps as always */
        press_key(&driver, "Right");
        press_key(&driver, "Escape"); /* puts the tool away, and does not end presenting */
        driver.app->view.hovered = (struct target){ 0 };
        app_redraw(driver.app);
        assert_int_equal(driver.app->view.mode, SCREEN_PRESENT);
        assert_true(hash_of(driver.app->window) == plain);
    }
    app_destroy(driver.app);
}

static void the_pen_s_marks_fade(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    press_key(&driver, "F5");
    press_key(&driver, "End");
    const uint64_t plain = hash_of(driver.app->window);
    const struct target selected = driver.app->view.selected;
    press_key(&driver, "Shift+3");
    const struct window_event press = { .kind = WINDOW_EVENT_PRESS, .at = middle, .button = 1 };
    window_push(driver.app->window, &press);
    turn(&driver, 2);
    for (int i = 0; i < 8; i++) {
        move_on_page(&driver, middle.x + 20 * (float)i, middle.y + 7 * (float)(i % 3));
    }
    window_push(driver.app->window,
                &(struct window_event){ .kind = WINDOW_EVENT_RELEASE, .at = middle, .button = 1 });
    turn(&driver, 2);
    assert_true(
        target_same(driver.app->view.selected, selected)); /* it draws and does not choose */
    press_key(&driver, "Shift+1");
    driver.app->view.hovered = (struct target){ 0 };
    app_redraw(driver.app);
    assert_true(hash_of(driver.app->window) != plain);
    assert_true(pointer_patience(driver.app) > 0);
    turn(&driver, 60 * 8);
    assert_true(hash_of(driver.app->window) == plain);
    assert_true(pointer_patience(driver.app) < 0);
    app_destroy(driver.app);
}

static void what_the_pen_drew_can_be_wiped(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    press_key(&driver, "F5");
    press_key(&driver, "Shift+3");
    for (int i = 0; i < 60; i++) { /* more than are kept */
        const struct point at = { middle.x, middle.y + (float)i };
        window_push(driver.app->window,
                    &(struct window_event){ .kind = WINDOW_EVENT_PRESS, .at = at, .button = 1 });
        move_on_page(&driver, at.x + 30, at.y);
        window_push(driver.app->window,
                    &(struct window_event){ .kind = WINDOW_EVENT_RELEASE, .at = at, .button = 1 });
        turn(&driver, 1);
    }
    assert_true(pointer_page(driver.app)->mark_count > 40);
    window_push(driver.app->window,
                &(struct window_event){ .kind = WINDOW_EVENT_PRESS, .at = middle, .button = 3 });
    turn(&driver, 2);
    assert_true(
        driver.app->palette.open); /* where a mouse alone wipes them and puts the pen away */
    press_key(&driver, "Escape");
    press_key(&driver, "Shift+4");
    assert_int_equal(pointer_page(driver.app)->mark_count, 0);
    press_key(&driver, "Escape");
    press_key(&driver, "Escape");
    assert_int_equal(driver.app->view.mode, SCREEN_EXPLORE);
    assert_null(pointer_page(driver.app));
    app_destroy(driver.app);
}

static void a_frozen_picture_stays(void **state)
{
    struct driver driver;
    struct presenter_picture picture;
    struct presenter_page page;

    (void)state;
    open_two(&driver, autograd);
    const uint64_t class = hash_of(driver.app->window), own = hash_of(own_window(&driver));
    press_key(&driver, "Shift+F");
    press_key(&driver, "Right");
    press_key(&driver, "Right");
    assert_true(hash_of(driver.app->window) == class);
    assert_true(hash_of(own_window(&driver)) != own);
    driver.app->exposed = true; /* its pixels were lost */
    turn(&driver, 2);
    assert_true(hash_of(driver.app->window) == class);
    read_page(&driver, &picture, &page);
    assert_true(page.frozen);
    assert_non_null(strstr(page.unlike, "step 1"));
    presenter_picture_finish(&picture);
    press_key(&driver, "Shift+F");
    assert_true(hash_of(driver.app->window) != class);
    press_key(&driver, "Shift+F");
    press_key(&driver, "Escape"); /* frozen or not */
    assert_int_equal(driver.app->view.mode, SCREEN_EXPLORE);
    press_key(&driver, "F5");
    press_key(&driver, "Shift+F"); /* one window alone: said, not done */
    const uint64_t before = hash_of(driver.app->window);
    press_key(&driver, "Right");
    assert_true(hash_of(driver.app->window) != before);
    app_destroy(driver.app);
}

static void slides_are_gone_to_in_the_overview(void **state)
{
    struct driver driver;
    const struct slide *slides;

    (void)state;
    open_app_with(&driver, why, NULL);
    press_key(&driver, "F5");
    press_key(&driver, "Home");
    const struct view view = app_view(driver.app, 1280, 800);
    const size_t count = slides_of(&view, &slides);
    const uint32_t second = slides[1].from, last = slides[count - 1].from;
    const uint32_t moment = driver.app->player.moment;
    press_key(&driver, "O");
    assert_true(overview_is_open(driver.app));
    for (int i = 0; i < 2000 && overview_patience(driver.app) >= 0; i++) {
        turn(&driver, 5);
    }
    const struct view now = app_view(driver.app, 1280, 800);
    const struct overview_page *const page = now.overview;
    assert_int_equal(page->count, count);
    for (size_t i = 0; i < page->count; i++) {
        assert_true(page->cards[i].picture && page->cards[i].picture->draw_count > 10);
    }
    press_key(&driver, "N"); /* no step is taken unseen */
    assert_int_equal(driver.app->player.moment, moment);
    press_key(&driver, "PageDown");
    press_key(&driver, "Return");
    assert_false(overview_is_open(driver.app));
    assert_int_equal(driver.app->player.moment, second);
    press_key(&driver, "O");
    press_key(&driver, "End");
    press_key(&driver, "Escape");
    assert_int_equal(driver.app->player.moment, second);
    assert_int_equal(driver.app->view.mode, SCREEN_PRESENT);
    press_key(&driver, "O");
    press_key(&driver, "End");
    press_key(&driver, "Space");
    assert_int_equal(driver.app->player.moment, last);
    app_destroy(driver.app);
}

static void a_click_in_the_overview_goes_there(void **state)
{
    struct driver driver;
    struct scene scene = { 0 };
    struct point at = { 0 };

    (void)state;
    open_two(&driver, why);
    press_key(&driver, "Home");
    const uint64_t class = hash_of(driver.app->window);
    press_key(&driver, "O");
    assert_true(hash_of(driver.app->window) == class); /* the class does not see it */
    struct presenter_picture picture;
    struct presenter_page page;
    read_page(&driver, &picture, &page);
    presenter_draw_page(&picture, &page, &scene);
    uint32_t moment = 0;
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw *const draw = &scene.draws[i];
        if (draw->kind == DRAW_GROUP && draw->group.target.kind == TARGET_MOMENT) {
            moment = (uint32_t)draw->group.target.id;
            at = (struct point){ draw->group.bounds.x + 20, draw->group.bounds.y + 20 };
        }
    }
    scene_finish(&scene);
    presenter_picture_finish(&picture);
    point(&driver, WINDOW_EVENT_PRESS, at);
    point(&driver, WINDOW_EVENT_RELEASE, at);
    turn(&driver, 90);
    assert_int_equal(driver.app->player.moment, moment);
    assert_false(overview_is_open(driver.app));
    assert_true(hash_of(driver.app->window) != class);
    press_key(&driver, "O");
    app_destroy(driver.app); /* while it is open */
}

/* Asked for or half typed, a step's number goes back digit by digit, and Esc takes no more than it. */
static void a_step_s_number_can_be_taken_back(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    struct app *const app = driver.app;
    press_key(&driver, "F5");
    press_key(&driver, "Home");
    const uint32_t first = app->player.moment;
    press_key(&driver, "G");
    press_key(&driver, "Escape");
    assert_int_equal(app->view.mode, SCREEN_PRESENT);
    assert_string_equal(app->chrome->said, "");
    press_key(&driver, "4");
    press_key(&driver, "2");
    press_key(&driver, "Escape");
    assert_int_equal(app->view.mode, SCREEN_PRESENT);
    assert_string_equal(app->chrome->said, "");
    press_key(&driver, "G");
    press_key(&driver, "Return"); /* no number: no step */
    assert_int_equal(app->player.moment, first);
    press_key(&driver, "4");
    press_key(&driver, "2");
    press_key(&driver, "Backspace");
    assert_string_equal(app->typed_step, "4");
    press_key(&driver, "Return");
    assert_int_equal(player_position(&app->player, session_stops(app->session)), 4);
    press_key(&driver, "3");
    press_key(&driver, "Backspace");
    assert_string_equal(app->chrome->said, "");
    press_key(&driver, "Backspace"); /* a step back, as always */
    assert_int_equal(player_position(&app->player, session_stops(app->session)), 3);
    press_key(&driver, "Escape");
    assert_int_equal(app->view.mode, SCREEN_EXPLORE);
    app_destroy(app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spotlight_and_lens_follow_the_pointer),
        cmocka_unit_test(the_pen_s_marks_fade),
        cmocka_unit_test(what_the_pen_drew_can_be_wiped),
        cmocka_unit_test(a_frozen_picture_stays),
        cmocka_unit_test(slides_are_gone_to_in_the_overview),
        cmocka_unit_test(a_click_in_the_overview_goes_there),
        cmocka_unit_test(a_step_s_number_can_be_taken_back),
    };
    return test_run(tests);
}
