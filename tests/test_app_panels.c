/* The window's panels, the keyboard's way through them, the list of commands, and what is remembered. */

#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/command/command.h"
#include "app/settings.h"
#include "app/window/chrome.h"
#include "tests/app_driver.h"

#include "config.h"

static const char autograd[] = GRADLIGHT_SOURCE_ROOT "/tests/fixtures/autograd.py";
static const char shipped[] = GRADLIGHT_SOURCE_ROOT "/lessons/course/23-autograd.lesson.py";

static void push(struct driver *driver, enum window_event_kind kind, struct point at)
{
    const struct window_event event = { .kind = kind, .at = at, .button = 1 };

    window_push(driver->app->window, &event);
    turn(driver, 2);
}

/* ---- panels ----------------------------------------------------------------------------- */

static void an_edge_follows_the_pointer(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    struct screen_regions before = app_regions(driver.app);
    push(&driver, WINDOW_EVENT_PRESS,
         (struct point){ before.panel.x + before.panel.w - 1, before.panel.y + 100 });
    push(&driver, WINDOW_EVENT_MOVE, (struct point){ 600, 300 });
    push(&driver, WINDOW_EVENT_RELEASE, (struct point){ 600, 300 });
    assert_true(fabsf(app_regions(driver.app).panel.w - 600) < 1);
    assert_true(fabsf(app_regions(driver.app).stage.x - 600) < 1);

    before = app_regions(driver.app);
    push(&driver, WINDOW_EVENT_PRESS, (struct point){ 900, before.tabs.y });
    push(&driver, WINDOW_EVENT_MOVE, (struct point){ 900, before.tabs.y - 60 });
    push(&driver, WINDOW_EVENT_RELEASE, (struct point){ 900, before.tabs.y - 60 });
    assert_true(fabsf(app_regions(driver.app).tabs.y - (before.tabs.y - 60)) < 1);

    /* Never so far that nothing is left of either side. */
    before = app_regions(driver.app);
    push(&driver, WINDOW_EVENT_PRESS, (struct point){ 600 - 1, 300 });
    push(&driver, WINDOW_EVENT_MOVE, (struct point){ 1270, 300 });
    push(&driver, WINDOW_EVENT_RELEASE, (struct point){ 1270, 300 });
    assert_true(app_regions(driver.app).stage.w > 300);
    press_key(&driver, "Alt+0");
    assert_true(fabsf(app_regions(driver.app).panel.w - 0.32f * 1280) < 1);
    app_destroy(driver.app);
}

static void keys_resize_and_hide_panels(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    const struct screen_regions usual = app_regions(driver.app);
    press_key(&driver, "Alt+Right");
    assert_true(app_regions(driver.app).panel.w > usual.panel.w + 10);
    press_key(&driver, "Alt+Left");
    assert_true(fabsf(app_regions(driver.app).panel.w - usual.panel.w) < 2);
    press_key(&driver, "Alt+Up");
    assert_true(app_regions(driver.app).tabs.h > usual.tabs.h + 10);
    press_key(&driver, "Ctrl+B");
    assert_true(app_regions(driver.app).panel.w == 0 && app_regions(driver.app).stage.x == 0);
    press_key(&driver, "Ctrl+J");
    assert_true(app_regions(driver.app).tabs.h < 60);
    press_key(&driver, "2"); /* a tab that is chosen comes up */
    assert_true(app_regions(driver.app).tabs.h > usual.tabs.h);
    press_key(&driver, "F");
    assert_true(app_regions(driver.app).toolbar.w == 0);
    assert_true(app_regions(driver.app).stage.w == 1280);
    press_key(&driver, "Escape");
    assert_true(app_regions(driver.app).toolbar.w == 1280);
    app_destroy(driver.app);
}

static void in_a_narrow_window_the_tabs_are_a_drawer(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    push(&driver, WINDOW_EVENT_RESIZED, (struct point){ 1024, 700 });
    settle(&driver);
    assert_true(app_regions(driver.app).tabs.h < 60);
    press_key(&driver, "1");
    assert_true(app_regions(driver.app).tabs.h > 100);
    press_key(&driver, "Ctrl+J");
    assert_true(app_regions(driver.app).tabs.h < 60);
    /* A wide window has its tabs all the same. */
    push(&driver, WINDOW_EVENT_RESIZED, (struct point){ 1366, 768 });
    settle(&driver);
    assert_true(app_regions(driver.app).tabs.h > 100);
    app_destroy(driver.app);
}

/* ---- the keyboard ----------------------------------------------------------------------- */

static bool is_on_screen(struct driver *driver, int button)
{
    struct scene scene = { 0 };
    bool found = false;
    const struct view view = app_view(driver->app, 1280, 800);

    screen_draw(&view, 1280, 800, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct target at = scene.draws[i].group.target;
        found = found ||
                (scene.draws[i].kind == DRAW_GROUP && at.kind == TARGET_COMMAND && at.id == button);
    }
    scene_finish(&scene);
    return found;
}

static void tab_comes_to_everything_and_enter_presses_it(void **state)
{
    struct driver driver;
    bool buttons[BUTTON_COUNT] = { false };
    int cards = 0;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    press_key(&driver, "End");
    press_key(&driver, "Tab");
    const struct target first = driver.app->view.focused;
    assert_int_equal(first.kind, TARGET_COMMAND);
    for (int i = 0; i < 200; i++) {
        const struct target at = driver.app->view.focused;
        if (at.kind == TARGET_COMMAND) {
            buttons[at.id] = true;
        }
        if (at.kind == TARGET_COMMAND && at.id == BUTTON_LEVEL) {
            press_key(&driver, "Return");
            assert_int_equal(driver.app->view.level, GRAPH_PYTORCH);
            press_key(&driver, "Space");
            assert_int_equal(driver.app->view.level, GRAPH_MATHEMATICS);
        }
        cards += at.kind == TARGET_TENSOR;
        struct window_event event = { .kind = WINDOW_EVENT_KEY, .key = "Tab" };
        window_push(driver.app->window, &event);
        turn(&driver, 2);
        if (memcmp(&driver.app->view.focused, &first, sizeof(first)) == 0) {
            break;
        }
    }
    assert_memory_equal(&driver.app->view.focused, &first, sizeof(first)); /* once around */
    for (int button = 0; button < BUTTON_COUNT; button++) {
        if (!buttons[button] && is_on_screen(&driver, button)) {
            fail_msg("Tab does not come to button %d", button);
        }
    }
    assert_true(cards >= 4);
    press_key(&driver, "Escape");
    assert_int_equal(driver.app->view.focused.kind, TARGET_NONE);
    app_destroy(driver.app);
}

static void f6_goes_from_region_to_region(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    press_key(&driver, "End");
    press_key(&driver, "F6");
    const struct target toolbar = driver.app->view.focused;
    assert_int_equal(toolbar.kind, TARGET_COMMAND);
    press_key(&driver, "F6");
    assert_true(driver.app->view.focused.id != toolbar.id ||
                driver.app->view.focused.kind != toolbar.kind);
    press_key(&driver, "Shift+F6");
    assert_memory_equal(&driver.app->view.focused, &toolbar, sizeof(toolbar));
    app_destroy(driver.app);
}

static void the_list_of_commands_runs_what_is_searched(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    const uint32_t moment = driver.app->player.moment;
    press_key(&driver, "Ctrl+K");
    assert_true(driver.app->palette.open);
    press_key(&driver, "N"); /* a letter for the field, no step */
    assert_int_equal(driver.app->player.moment, moment);
    type_text(&driver, "dark or pro");
    const struct command *rows[PALETTE_ROWS_MOST];
    assert_int_equal(palette_rows(&driver.app->palette, driver.app->words, LANGUAGE_EN, rows), 1);
    assert_string_equal(rows[0]->name, "theme");
    press_key(&driver, "Return");
    assert_false(driver.app->palette.open);
    assert_int_equal(driver.app->theme, THEME_DARK);

    press_key(&driver, "Ctrl+K");
    type_text(&driver, "không có lệnh này");
    assert_int_equal(palette_rows(&driver.app->palette, driver.app->words, LANGUAGE_EN, rows), 0);
    press_key(&driver, "Return");
    press_key(&driver, "Escape");
    assert_false(driver.app->palette.open);

    /* Accents and the other language do not matter. */
    struct palette palette = { .open = true, .query = "tieng viet" };
    assert_true(palette_rows(&palette, driver.app->words, LANGUAGE_EN, rows) >= 1);
    snprintf(palette.query, sizeof(palette.query), "fullscreen");
    assert_true(palette_rows(&palette, driver.app->words, LANGUAGE_VI, rows) >= 1);
    app_destroy(driver.app);
}

static void click_first_row(struct driver *driver, const char *query)
{
    bool found = false;

    press_key(driver, "Ctrl+K");
    type_text(driver, query);
    for (int y = 0; y < 800 && !found; y += 4) {
        const struct point at = { 640, (float)y };
        if (chrome_palette_row(driver->app->chrome, at) == 0) {
            push(driver, WINDOW_EVENT_PRESS, at);
            found = true;
        }
    }
    assert_true(found);
    assert_false(driver->app->palette.open);
}

/* Wherever the list has a row the pointer finds it, and a click runs it. */
static void a_click_in_the_list_runs_a_command(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    click_first_row(&driver, "dark or pro");
    assert_int_equal(driver.app->theme, THEME_DARK);
    click_first_row(&driver, "this help");
    assert_true(driver.app->view.help);
    push(&driver, WINDOW_EVENT_PRESS, (struct point){ 640, 400 });
    assert_false(driver.app->view.help);
    const struct window_event right = { .kind = WINDOW_EVENT_PRESS,
                                        .at = { 700, 300 },
                                        .button = 3 };
    window_push(driver.app->window, &right);
    turn(&driver, 2);
    assert_true(driver.app->palette.open);
    push(&driver, WINDOW_EVENT_PRESS, (struct point){ 4, 796 }); /* beside it: closed */
    assert_false(driver.app->palette.open);
    app_destroy(driver.app);
}

/* Escape closes what lies on top: the help, then the field below it. */
static void escape_closes_the_help_before_the_search(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    press_key(&driver, "/");
    assert_true(driver.app->view.searching);
    press_key(&driver, "F1");
    assert_true(driver.app->view.help);
    press_key(&driver, "Escape");
    assert_false(driver.app->view.help);
    assert_true(driver.app->view.searching);
    press_key(&driver, "Escape");
    assert_false(driver.app->view.searching);
    app_destroy(driver.app);
}

static void the_help_scrolls_where_it_does_not_fit(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, autograd, NULL);
    push(&driver, WINDOW_EVENT_RESIZED, (struct point){ 640, 480 });
    settle(&driver);
    const uint32_t moment = driver.app->player.moment;
    press_key(&driver, "F1");
    assert_true(chrome_scroll_help(driver.app->chrome, 0));
    press_key(&driver, "Down"); /* moves the help, not the lesson */
    assert_int_equal(driver.app->player.moment, moment);
    press_key(&driver, "Right");
    assert_true(driver.app->player.moment > moment);
    app_destroy(driver.app);
}

/* ---- remembering ------------------------------------------------------------------------ */

static void the_next_start_looks_as_the_last(void **state)
{
    char path[] = "/tmp/gradlight-window-XXXXXX";
    struct driver driver;

    (void)state;
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    open_app_with(&driver, autograd, settings_open(path));
    assert_true(driver.app->view.hint);
    press_key(&driver, "T");
    press_key(&driver, "L");
    press_key(&driver, "Ctrl+=");
    press_key(&driver, "Alt+M");
    press_key(&driver, "Ctrl+B");
    press_key(&driver, "Alt+Up");
    press_key(&driver, "Right");
    press_key(&driver, "F5"); /* presenting has a theme of its own */
    press_key(&driver, "Alt+T");
    const enum theme_id presenting = driver.app->presenting_theme;
    const float tabs = driver.app->view.tabs_part;
    app_destroy(driver.app);

    open_app_with(&driver, autograd, settings_open(path));
    assert_int_equal(driver.app->theme, THEME_DARK);
    assert_int_equal(driver.app->presenting_theme, presenting);
    assert_int_not_equal(presenting, THEME_PROJECTOR);
    assert_int_equal(driver.app->view.language, LANGUAGE_VI);
    assert_true(fabsf(driver.app->view.text_scale - 1.1f) < 0.001f);
    assert_true(driver.app->player.reduced_motion);
    assert_true(driver.app->view.lesson_hidden);
    assert_true(fabsf(driver.app->view.tabs_part - tabs) < 0.001f);
    assert_false(driver.app->view.hint);
    app_destroy(driver.app);
    unlink(path);
}

/* What was asked for once is not written down, and what makes no sense is not taken. */
static void only_what_was_changed_is_written(void **state)
{
    char path[] = "/tmp/gradlight-window-XXXXXX", text[256] = "";
    struct driver driver;

    (void)state;
    const int file = mkstemp(path);
    const char odd[] = "text-scale = 99\ntheme = print\nlanguage = tlh\ntabs-height = tall\n";
    assert_true(write(file, odd, sizeof(odd) - 1) == (ssize_t)sizeof(odd) - 1);
    close(file);
    open_app_with(&driver, shipped, settings_open(path));
    assert_true(driver.app->view.text_scale == 1 && driver.app->view.tabs_part == 0);
    assert_int_equal(driver.app->theme, THEME_LIGHT);
    turn(&driver, 200);
    app_destroy(driver.app);
    FILE *const again = fopen(path, "r");
    text[fread(text, 1, sizeof(text) - 1, again)] = '\0';
    fclose(again);
    assert_string_equal(text, odd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edge_follows_the_pointer),
        cmocka_unit_test(keys_resize_and_hide_panels),
        cmocka_unit_test(in_a_narrow_window_the_tabs_are_a_drawer),
        cmocka_unit_test(tab_comes_to_everything_and_enter_presses_it),
        cmocka_unit_test(f6_goes_from_region_to_region),
        cmocka_unit_test(the_list_of_commands_runs_what_is_searched),
        cmocka_unit_test(a_click_in_the_list_runs_a_command),
        cmocka_unit_test(escape_closes_the_help_before_the_search),
        cmocka_unit_test(the_help_scrolls_where_it_does_not_fit),
        cmocka_unit_test(the_next_start_looks_as_the_last),
        cmocka_unit_test(only_what_was_changed_is_written),
    };
    return test_run(tests);
}
