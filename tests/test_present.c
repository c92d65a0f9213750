/* Presenting in two windows, as far as one display can show it: the class's and the presenter's. */

#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/present/overview.h"
#include "app/present/pointer.h"
#include "app/window/chrome_private.h"
#include "render/lesson/question.h"
#include "render/lesson/slides.h"
#include "render/lesson/veil.h"
#include "tests/present_driver.h"

static const char why[] = GRADLIGHT_SOURCE_ROOT "/lessons/course/11-why-autograd.lesson.py";
static const char skipped[] = GRADLIGHT_SOURCE_ROOT "/tests/skipped_lesson.py";
static const char autograd[] = GRADLIGHT_SOURCE_ROOT "/tests/fixtures/autograd.py";

/* ---- windows ----------------------------------------------------------------------------- */

static void a_second_window_comes_and_goes(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    struct window *const first = driver.app->window;
    press_key(&driver, "S"); /* exploring it means something else */
    assert_false(presenter_is_open(driver.app));
    press_key(&driver, "F5");
    for (int i = 0; i < 3; i++) {
        press_key(&driver, "S");
        assert_true(presenter_is_open(driver.app));
        assert_ptr_equal(own_window(&driver), first);
        assert_ptr_not_equal(driver.app->window, first);
        press_key(&driver, "S");
        assert_false(presenter_is_open(driver.app));
        assert_ptr_equal(driver.app->window, first);
    }
    press_key(&driver, "S");
    press_key(&driver, "Escape");
    assert_false(presenter_is_open(driver.app));
    assert_int_equal(driver.app->view.mode, SCREEN_EXPLORE);
    assert_ptr_equal(driver.app->window, first);
    press_key(&driver, "F5");
    press_key(&driver, "S");
    app_destroy(driver.app); /* with both open */
}

static void keys_of_both_windows_step(void **state)
{
    struct driver driver;

    (void)state;
    open_two(&driver, autograd);
    const uint64_t before = hash_of(driver.app->window), own = hash_of(own_window(&driver));
    const uint32_t moment = driver.app->player.moment;
    press_key(&driver, "PageDown"); /* in the class's */
    const uint32_t next = driver.app->player.moment;
    assert_true(next > moment);
    assert_true(hash_of(driver.app->window) != before);
    assert_true(hash_of(own_window(&driver)) != own);
    window_push(own_window(&driver),
                &(struct window_event){ .kind = WINDOW_EVENT_KEY, .key = "PageDown" });
    turn(&driver, 90);
    assert_true(driver.app->player.moment > next);
    app_destroy(driver.app);
}

static void closing_the_class_s_window_leaves_presenting(void **state)
{
    struct driver driver;

    (void)state;
    open_two(&driver, autograd);
    window_push(driver.app->window, &(struct window_event){ .kind = WINDOW_EVENT_CLOSE });
    turn(&driver, 2);
    assert_false(presenter_is_open(driver.app));
    assert_int_equal(driver.app->view.mode, SCREEN_EXPLORE);
    assert_false(driver.app->finished);
    window_push(driver.app->window, &(struct window_event){ .kind = WINDOW_EVENT_CLOSE });
    turn(&driver, 2);
    assert_true(driver.app->finished);
    app_destroy(driver.app);
}

static void a_change_of_displays_does_no_harm(void **state)
{
    struct driver driver;

    (void)state;
    open_two(&driver, autograd);
    window_push(driver.app->window, &(struct window_event){ .kind = WINDOW_EVENT_DISPLAYS });
    turn(&driver, 2);
    assert_true(presenter_is_open(driver.app)); /* it was asked for on this display */
    press_key(&driver, "Escape");
    window_push(driver.app->window, &(struct window_event){ .kind = WINDOW_EVENT_DISPLAYS });
    turn(&driver, 2);
    assert_false(presenter_is_open(driver.app));
    press_key(&driver, "F5");
    press_key(&driver, "Shift+W"); /* there is nothing to swap with */
    assert_int_equal(driver.app->view.mode, SCREEN_PRESENT);
    app_destroy(driver.app);
}

/* ---- what the class does not see ---------------------------------------------------------- */

static struct rect picture_box(struct driver *driver)
{
    struct presenter_picture picture;
    struct presenter_page page;

    read_page(driver, &picture, &page);
    const struct rect box = presenter_now(&picture.view, &page, picture.area);
    presenter_picture_finish(&picture);
    return box;
}

/* Where that target is on the class's page. */
static struct rect target_box(struct driver *driver, enum target_kind kind)
{
    struct presenter_picture picture;
    struct presenter_page page;
    struct rect found = { 0 };

    read_page(driver, &picture, &page);
    for (size_t i = 0; i < picture.now.draw_count && found.w <= 0; i++) {
        const struct draw *const draw = &picture.now.draws[i];
        if (draw->kind == DRAW_GROUP && draw->group.target.kind == kind) {
            found = draw->group.bounds;
        }
    }
    presenter_picture_finish(&picture);
    assert_true(found.w > 0);
    return found;
}

static struct point in_picture(struct driver *driver, struct rect target)
{
    return presenter_point(driver->app,
                           (struct point){ target.x + target.w / 2, target.y + target.h / 2 });
}

static void a_pointer_on_the_picture_acts_on_the_page(void **state)
{
    struct driver driver;

    (void)state;
    open_two(&driver, autograd);
    press_key(&driver, "End");
    const struct rect card = target_box(&driver, TARGET_TENSOR);
    const struct point at = in_picture(&driver, card);
    assert_true(rect_holds(picture_box(&driver), at));
    const uint64_t class = hash_of(driver.app->window), own = hash_of(own_window(&driver));
    point(&driver, WINDOW_EVENT_MOVE, at);
    assert_int_not_equal(driver.app->view.hovered.kind, TARGET_NONE);
    turn(&driver, 90);
    assert_true(hash_of(driver.app->window) == class); /* hovers and tooltips are the presenter's */
    assert_true(hash_of(own_window(&driver)) != own);
    point(&driver, WINDOW_EVENT_PRESS, at);
    point(&driver, WINDOW_EVENT_RELEASE, at);
    assert_int_not_equal(driver.app->view.selected.kind, TARGET_NONE);
    assert_true(hash_of(driver.app->window) != class); /* what is chosen is for all */
    app_destroy(driver.app);
}

static void help_and_commands_are_the_presenter_s(void **state)
{
    static const char *const keys[] = { "F1", "Ctrl+K" };
    struct driver driver;

    (void)state;
    open_two(&driver, autograd);
    const uint64_t class = hash_of(driver.app->window);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const uint64_t own = hash_of(own_window(&driver));
        press_key(&driver, keys[i]);
        assert_true(hash_of(driver.app->window) == class);
        assert_true(hash_of(own_window(&driver)) != own);
        press_key(&driver, "Escape");
    }
    assert_true(presenter_is_open(driver.app));
    app_destroy(driver.app);
}

static void a_blank_screen_is_the_class_s_alone(void **state)
{
    struct driver driver;
    struct presenter_picture picture;
    struct presenter_page page;

    (void)state;
    open_two(&driver, autograd);
    read_page(&driver, &picture, &page);
    const size_t drawn = picture.now.draw_count;
    assert_string_equal(page.unlike, "");
    presenter_picture_finish(&picture);
    press_key(&driver, "B");
    read_page(&driver, &picture, &page);
    assert_int_equal(picture.now.draw_count, drawn);
    assert_string_not_equal(page.unlike, "");
    presenter_picture_finish(&picture);
    app_destroy(driver.app);
}

/* ---- stepping ----------------------------------------------------------------------------- */

static size_t position(const struct driver *driver)
{
    return player_position(&driver->app->player, session_stops(driver->app->session));
}

static void an_alt_key_steps_by_slides(void **state)
{
    struct driver driver;
    const struct slide *slides;

    (void)state;
    open_app_with(&driver, why, NULL);
    press_key(&driver, "F5");
    press_key(&driver, "Home");
    const struct view view = app_view(driver.app, 1280, 800);
    assert_int_equal(slides_of(&view, &slides), 5);
    const struct slide second = slides[1], third = slides[2];
    press_key(&driver, "Alt+Right");
    assert_int_equal(driver.app->player.moment, second.from);
    press_key(&driver, "Right"); /* one reveal */
    assert_true(driver.app->player.moment > second.from && driver.app->player.moment < second.to);
    press_key(&driver, "Alt+PageUp"); /* to the beginning of this slide first */
    assert_int_equal(driver.app->player.moment, second.from);
    press_key(&driver, "Alt+PageDown"); /* a question stands before the third */
    assert_true(driver.app->view.question > 0);
    press_key(&driver, "Alt+PageDown");
    assert_true(driver.app->view.revealed != 0);
    press_key(&driver, "Alt+PageDown");
    assert_int_equal(driver.app->view.question, 0);
    assert_int_equal(driver.app->player.moment, third.from);
    press_key(&driver, "Alt+Left");
    assert_int_equal(driver.app->player.moment, second.from);
    for (int i = 0; i < 8; i++) {
        press_key(&driver, "Alt+Right");
    }
    assert_true(driver.app->view.card); /* what the lesson says about its end */
    app_destroy(driver.app);
}

/* Its answer would stay hidden for ever: the next key behind the last step asks it. */
static void a_question_that_was_passed_over_is_asked_at_the_end(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, why, NULL);
    press_key(&driver, "F5");
    press_key(&driver, "End");
    assert_int_equal(driver.app->view.question, 0);
    int asked = 0;
    for (int i = 0; i < 20 && !driver.app->view.card; i++) {
        const uint64_t before = driver.app->view.revealed;
        press_key(&driver, "Right");
        asked += driver.app->view.revealed != before;
    }
    assert_true(asked > 0);
    assert_true(driver.app->view.card);
    const struct view view = app_view(driver.app, 1280, 800);
    struct question question;
    assert_false(question_between(&view, 0, NEVER, &question));
    assert_null(strchr(veil_cell(&view, card_remember(&view)).bytes, '?'));
    app_destroy(driver.app);
}

static void wheel(struct driver *driver, float notches, bool control)
{
    window_push(driver->app->window, &(struct window_event){ .kind = WINDOW_EVENT_WHEEL,
                                                             .at = { 640, 400 },
                                                             .wheel = { 0, notches },
                                                             .control = control });
    turn(driver, 20);
}

static void the_wheel_and_a_click_step(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    press_key(&driver, "F5");
    press_key(&driver, "Home");
    wheel(&driver, -1, false);
    assert_int_equal(position(&driver), 2);
    wheel(&driver, -0.4f, false); /* a touchpad's small ones add up */
    assert_int_equal(position(&driver), 2);
    wheel(&driver, -0.4f, false);
    wheel(&driver, -0.4f, false);
    assert_int_equal(position(&driver), 3);
    wheel(&driver, 1, false);
    assert_int_equal(position(&driver), 2);
    const struct point nowhere = { 640, 40 };
    window_push(driver.app->window,
                &(struct window_event){ .kind = WINDOW_EVENT_PRESS, .at = nowhere, .button = 1 });
    window_push(driver.app->window,
                &(struct window_event){ .kind = WINDOW_EVENT_RELEASE, .at = nowhere, .button = 1 });
    turn(&driver, 90);
    assert_int_equal(position(&driver), 3);
    press_key(&driver, "Escape");
    wheel(&driver, -1, false); /* exploring, it zooms */
    assert_int_equal(position(&driver), 3);
    app_destroy(driver.app);
}

static void a_step_s_motion_is_shown_again(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    press_key(&driver, "F5");
    press_key(&driver, "Right");
    const uint32_t moment = driver.app->player.moment,
                   run = session_run_number(driver.app->session);
    assert_true(player_progress(&driver.app->player) == 1);
    window_push(driver.app->window, &(struct window_event){ .kind = WINDOW_EVENT_KEY, .key = "R" });
    turn(&driver, 2);
    assert_true(player_progress(&driver.app->player) < 0.5);
    assert_int_equal(driver.app->player.moment, moment);
    assert_int_equal(session_run_number(driver.app->session), run);
    app_destroy(driver.app);
}

/* ---- another run ------------------------------------------------------------------------ */

/* Another run while both pictures ahead and the overview look at the first. */
static void a_new_run_is_shown_in_both_windows(void **state)
{
    struct driver driver;
    struct presenter_picture picture;
    struct presenter_page page;

    (void)state;
    open_two(&driver, autograd);
    press_key(&driver, "O");
    command_find("run")->run(driver.app);
    settle(&driver);
    assert_false(overview_is_open(driver.app));
    app_open(driver.app, why);
    settle(&driver);
    read_page(&driver, &picture, &page);
    assert_string_equal(page.title, "Why autograd");
    presenter_picture_finish(&picture);
    app_destroy(driver.app);
}

/* ---- what the presenter sees --------------------------------------------------------------- */

static void slides_have_titles_and_notes(void **state)
{
    struct driver driver;
    const struct slide *slides;

    (void)state;
    open_app_with(&driver, why, NULL);
    struct view view = app_view(driver.app, 1280, 800);
    const size_t count = slides_of(&view, &slides);
    assert_int_equal(count, 5);
    assert_string_equal(slides[0].title, "Why autograd");
    assert_string_equal(slides[1].title, "The second way: nudge it");
    assert_non_null(strstr(slide_notes(&view, &slides[0]), "Open with a question"));
    assert_string_equal(slide_notes(&view, &slides[1]), "");
    assert_non_null(strstr(slide_text(&view, &slides[1]), "smaller and smaller"));
    assert_null(strstr(slide_text(&view, &slides[2]), "What is printed"));
    for (size_t i = 0; i < count; i++) {
        assert_true(slides[i].at < slides[i].from && slides[i].from <= slides[i].to);
        assert_true(i == 0 || slides[i - 1].to < slides[i].from);
        assert_int_equal(slide_at(slides, count, slides[i].from), i);
        assert_int_equal(slide_at(slides, count, slides[i].to), i);
    }
    assert_int_equal(slide_at(slides, count, 0), 0);
    app_destroy(driver.app);
}

static void the_presenter_sees_what_comes_and_the_answer(void **state)
{
    struct driver driver;
    struct presenter_picture picture;
    struct presenter_page page;

    (void)state;
    open_two(&driver, why);
    read_page(&driver, &picture, &page);
    assert_non_null(strstr(page.notes, "Open with a question"));
    assert_string_equal(page.answer, "");
    assert_string_equal(page.title, "Why autograd");
    assert_non_null(page.next);
    presenter_picture_finish(&picture);
    for (int i = 0; i < 40 && driver.app->view.question == 0; i++) {
        press_key(&driver, "PageDown");
    }
    assert_true(driver.app->view.question > 0);
    read_page(&driver, &picture, &page);
    assert_non_null(strstr(page.answer, "✓ **B.** 0.000000"));
    assert_string_equal(page.coming, "The answer.");
    presenter_picture_finish(&picture);
    const struct view view = app_view(driver.app, 1280, 800);
    assert_int_equal(view.state->revealed, 0); /* nothing is revealed by being shown to one */
    press_key(&driver, "End");
    read_page(&driver, &picture, &page);
    assert_int_equal(page.step, page.steps);
    assert_string_equal(page.coming, "A question to the class.");
    presenter_picture_finish(&picture);
    press_key(&driver, "PageDown");
    press_key(&driver, "PageDown");
    read_page(&driver, &picture, &page);
    assert_string_equal(page.coming, "What the lesson says about its end.");
    presenter_picture_finish(&picture);
    app_destroy(driver.app);
}

static void the_timer_counts_pauses_and_begins_anew(void **state)
{
    struct driver driver;
    struct presenter_picture picture;
    struct presenter_page page;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    press_key(&driver, "F5");
    press_key(&driver, "S");
    press_key(&driver, "Shift+T");
    driver.clock += 3671;
    turn(&driver, 1);
    read_page(&driver, &picture, &page);
    assert_memory_equal(page.timer, "1:01:", 5);
    assert_true(page.timing);
    presenter_picture_finish(&picture);
    press_key(&driver, "T");
    press_key(&driver, "Shift+T");
    press_key(&driver, "T");
    const double before = driver.app->timer.before;
    driver.clock += 100;
    turn(&driver, 1);
    read_page(&driver, &picture, &page);
    assert_false(page.timing);
    assert_true(driver.app->timer.before == before && before < 60);
    assert_memory_equal(page.timer, "0:", 2);
    presenter_picture_finish(&picture);
    app_destroy(driver.app);
}

static void with_one_window_the_timer_says_the_time(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    press_key(&driver, "F5");
    press_key(&driver, "Shift+T");
    driver.clock += 754;
    turn(&driver, 1);
    press_key(&driver, "T");
    assert_non_null(strstr(driver.app->chrome->said, " · 12:3"));
    assert_non_null(strchr(driver.app->chrome->said, '('));
    press_key(&driver, "T");
    assert_non_null(strstr(driver.app->chrome->said, " · 12:3"));
    assert_null(strchr(driver.app->chrome->said, '('));
    app_destroy(driver.app);
}

/* Nothing moves: a second of the timer draws the presenter's few digits, and nothing the class's. */
static void a_second_draws_little(void **state)
{
    struct driver driver;

    (void)state;
    open_two(&driver, autograd);
    turn(&driver, 400); /* messages have passed */
    app_redraw(driver.app);
    assert_int_equal(frame_pixels_drawn(driver.app->frame), 0);
    assert_int_equal(frame_pixels_drawn(driver.app->presenter->frame), 0);
    assert_true(presenter_patience(driver.app) > 0 && presenter_patience(driver.app) <= 1);
    driver.clock += 1;
    turn(&driver, 1);
    const size_t drawn = frame_pixels_drawn(driver.app->presenter->frame);
    assert_true(drawn > 0 && drawn < 20000);
    press_key(&driver, "T");
    turn(&driver, 400);
    assert_true(presenter_patience(driver.app) > 0);
    app_destroy(driver.app);
}

/* ---- stepping ---------------------------------------------------------------------------- */

static size_t step_shown(const struct driver *driver)
{
    return player_position(&driver->app->player, session_stops(driver->app->session));
}

static void skipped_code_is_passed(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, skipped, NULL);
    assert_int_equal(step_shown(&driver), 1); /* exploring, everything is there */
    press_key(&driver, "F5");
    press_key(&driver, "Right");
    assert_int_equal(step_shown(&driver), 2);
    press_key(&driver, "Right"); /* q = x * 7 is not told */
    assert_int_equal(step_shown(&driver), 4);
    press_key(&driver, "Right"); /* neither is the last line */
    assert_int_equal(step_shown(&driver), 4);
    press_key(&driver, "V");
    assert_int_equal(step_shown(&driver), 2);
    press_key(&driver, "Left");
    assert_int_equal(step_shown(&driver), 2);
    press_key(&driver, "K"); /* nor while it plays */
    turn(&driver, 600);
    assert_int_equal(step_shown(&driver), 4);
    app_destroy(driver.app);
}

static void a_resting_pointer_leaves_the_class_s_sight(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    turn(&driver, 300);
    assert_false(pointer_is_hidden(driver.app));
    press_key(&driver, "F5");
    turn(&driver, 300);
    assert_true(pointer_is_hidden(driver.app));
    const struct window_event moved = { .kind = WINDOW_EVENT_MOVE, .at = { 40, 40 } };
    window_push(driver.app->window, &moved);
    turn(&driver, 2);
    assert_false(pointer_is_hidden(driver.app));
    turn(&driver, 300);
    assert_true(pointer_is_hidden(driver.app));
    press_key(&driver, "Escape");
    turn(&driver, 2);
    assert_false(pointer_is_hidden(driver.app));
    press_key(&driver, "F5");
    press_key(&driver, "S"); /* over the presenter's own it stays */
    window_push(own_window(&driver), &moved);
    turn(&driver, 300);
    assert_false(pointer_is_hidden(driver.app));
    app_destroy(driver.app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_window_comes_and_goes),
        cmocka_unit_test(skipped_code_is_passed),
        cmocka_unit_test(a_resting_pointer_leaves_the_class_s_sight),
        cmocka_unit_test(keys_of_both_windows_step),
        cmocka_unit_test(closing_the_class_s_window_leaves_presenting),
        cmocka_unit_test(a_change_of_displays_does_no_harm),
        cmocka_unit_test(a_pointer_on_the_picture_acts_on_the_page),
        cmocka_unit_test(help_and_commands_are_the_presenter_s),
        cmocka_unit_test(a_blank_screen_is_the_class_s_alone),
        cmocka_unit_test(a_question_that_was_passed_over_is_asked_at_the_end),
        cmocka_unit_test(an_alt_key_steps_by_slides),
        cmocka_unit_test(the_wheel_and_a_click_step),
        cmocka_unit_test(a_step_s_motion_is_shown_again),
        cmocka_unit_test(a_new_run_is_shown_in_both_windows),
        cmocka_unit_test(slides_have_titles_and_notes),
        cmocka_unit_test(the_presenter_sees_what_comes_and_the_answer),
        cmocka_unit_test(the_timer_counts_pauses_and_begins_anew),
        cmocka_unit_test(with_one_window_the_timer_says_the_time),
        cmocka_unit_test(a_second_draws_little),
    };
    return test_run(tests);
}
