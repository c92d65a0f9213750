/* The start page: which lessons it shows, how one comes to them, what is remembered. */

#include "tests/app_driver.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/command/input.h"
#include "app/settings.h"
#include "app/start/catalog.h"
#include "app/start/folder.h"
#include "app/start/start.h"
#include "render/button.h"
#include "render/lesson/start.h"
#include "tests/scene_text.h"

#include "config.h"

static const char plain[] = GRADLIGHT_TESTS_ROOT "/fixtures/autograd.py";

/* ---- folders ---------------------------------------------------------------------------- */

static void write_file(const char *folder, const char *name, const char *bytes)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    fputs(bytes, file);
    assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *folder, const char *name)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(unlink(path), 0);
}

static void the_catalog_sorts_by_session(void **state)
{
    char folder[] = "/tmp/gradlight-start-XXXXXX";
    struct catalog catalog = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_non_null(mkdtemp(folder));
    write_file(folder, "01-late.lesson.py",
               "# %% [markdown] lang=\"vi\" session=3 minutes=12\n# # Chậm `x`\n\n# %%\nx = 1\n");
    write_file(folder, "02-early.lesson.py",
               "# %% [markdown] lang=\"en\" session=1 minutes=7\n# # Early\n\n# %%\nx = 1\n");
    write_file(folder, "03-plain.lesson.py", "x = 1\n");
    write_file(folder, "notes.txt", "no lesson");
    assert_true(catalog_read(&catalog, folder, &err));
    assert_int_equal(catalog.count, 3);
    assert_string_equal(catalog.lessons[0].titles[LANGUAGE_EN], "Early");
    assert_string_equal(catalog.lessons[0].titles[LANGUAGE_VI], "02-early");
    assert_int_equal(catalog.lessons[0].minutes, 7);
    assert_string_equal(catalog.lessons[1].titles[LANGUAGE_VI], "Chậm x");
    assert_int_equal(catalog.lessons[1].session, 3);
    assert_string_equal(catalog.lessons[2].name, "03-plain");
    assert_int_equal(catalog.lessons[2].session, 0);
    catalog_finish(&catalog);
    remove_file(folder, "01-late.lesson.py");
    remove_file(folder, "02-early.lesson.py");
    remove_file(folder, "03-plain.lesson.py");
    remove_file(folder, "notes.txt");
    assert_int_equal(rmdir(folder), 0);
    assert_false(catalog_read(&catalog, folder, &err));
    assert_non_null(strstr(err.text, folder));
}

static void a_typed_path_lists_what_can_be_opened(void **state)
{
    char root[] = "/tmp/gradlight-folder-XXXXXX", typed[512], inner[512];
    struct folder folder = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_non_null(mkdtemp(root));
    snprintf(inner, sizeof(inner), "%s/lessons", root);
    assert_int_equal(mkdir(inner, 0700), 0);
    write_file(root, "less.py", "x = 1\n");
    write_file(root, "lesson.txt", "");
    write_file(root, ".less.py", "");
    snprintf(typed, sizeof(typed), "%s/les", root);
    assert_true(folder_list(&folder, typed, &err));
    assert_int_equal(folder.count, 2);
    assert_true(folder.entries[0].folder);
    assert_string_equal(folder.entries[0].path, inner);
    assert_false(folder.entries[1].folder);
    folder_finish(&folder);
    snprintf(typed, sizeof(typed), "%s/nowhere/", root);
    assert_false(folder_list(&folder, typed, &err));
    assert_non_null(strstr(err.text, "nowhere"));
    folder_finish(&folder);
    remove_file(root, "less.py");
    remove_file(root, "lesson.txt");
    remove_file(root, ".less.py");
    assert_int_equal(rmdir(inner), 0);
    assert_int_equal(rmdir(root), 0);
}

/* ---- the window ------------------------------------------------------------------------- */

static size_t card_count(struct driver *driver)
{
    const struct start_page *const page = start_page(driver->app);

    assert_non_null(page);
    return page->card_count;
}

static void without_a_lesson_the_course_is_on_show(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, NULL, settings_open(NULL));
    assert_true(driver.app->view.start);
    assert_true(card_count(&driver) >= 2);
    press_key(&driver, "PageDown"); /* nothing is stepped through behind the page */
    assert_true(driver.app->view.start);
    press_key(&driver, "Right");
    assert_int_equal(driver.app->view.focused.kind, TARGET_LESSON);
    assert_int_equal(driver.app->view.focused.id, 0);
    press_key(&driver, "Right");
    assert_int_equal(driver.app->view.focused.id, 1);
    press_key(&driver, "Return");
    assert_false(driver.app->view.start);
    assert_null(start_page(driver.app));
    press_key(&driver, "Alt+Home");
    assert_true(driver.app->view.start);
    press_key(&driver, "Escape");
    assert_false(driver.app->view.start);
    app_destroy(driver.app);
}

/* Without a click into the field before; a letter does here what it does in no lesson. */
static void letters_begin_a_search(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, NULL, settings_open(NULL));
    const size_t all = card_count(&driver);
    const enum language language = driver.app->view.language;
    press_key(&driver, "L");
    assert_int_equal(driver.app->view.language, language);
    type_text(&driver, "inear");
    assert_string_equal(start_page(driver.app)->query, "linear");
    assert_in_range(card_count(&driver), 1, all - 1);
    press_key(&driver, "O"); /* in the field: its text comes by itself */
    assert_true(driver.app->view.start);
    const char *const title = input_title(
        driver.app, (struct target){ .kind = TARGET_COMMAND, .id = BUTTON_LANGUAGE }, "");
    assert_null(strstr(title, "(L)"));
    press_key(&driver, "F1");
    assert_true(driver.app->view.help);
    press_key(&driver, "Escape"); /* the help lies over the field */
    assert_false(driver.app->view.help);
    assert_string_equal(start_page(driver.app)->query, "linear");
    press_key(&driver, "Escape");
    press_key(&driver, "Escape");
    press_key(&driver, "Shift+T");
    assert_string_equal(start_page(driver.app)->query, "T");
    app_destroy(driver.app);
}

static void search_ignores_accents_and_takes_paths(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, NULL, settings_open(NULL));
    const size_t all = card_count(&driver);
    press_key(&driver, "/");
    type_text(&driver, "dao ham");
    assert_true(card_count(&driver) > 0);
    press_key(&driver, "Backspace");
    type_text(&driver, "qqq");
    assert_int_equal(card_count(&driver), 0);
    assert_true(start_page(driver.app)->note[0] != '\0');
    press_key(&driver, "Escape");
    assert_int_equal(card_count(&driver), all);
    type_text(&driver, GRADLIGHT_TESTS_ROOT "/fixtures/autogr");
    assert_int_equal(card_count(&driver), 2); /* the script and its trace */
    press_key(&driver, "Return");
    assert_false(driver.app->view.start);
    assert_string_equal(session_name(driver.app->session), "autograd");
    app_destroy(driver.app);
}

static void what_was_watched_is_remembered(void **state)
{
    struct settings *const settings = settings_open(NULL);
    struct driver driver;

    (void)state;
    open_app_with(&driver, NULL, settings);
    press_key(&driver, "Right");
    press_key(&driver, "Return");
    press_key(&driver, "Right");
    press_key(&driver, "Right");
    press_key(&driver, "Alt+Home");
    const struct start_card *const card = &start_page(driver.app)->cards[0];
    assert_int_equal(card->done, 3);
    assert_true(card->steps > 3);
    start_press(driver.app, (struct target){ .kind = TARGET_LESSON, .id = 0, .part = 1 });
    settle(&driver);
    assert_int_equal(player_position(&driver.app->player, session_stops(driver.app->session)), 3);
    press_key(&driver, "End");
    press_key(&driver, "Alt+Home");
    assert_int_equal(start_page(driver.app)->cards[0].done, start_page(driver.app)->cards[0].steps);
    app_destroy(driver.app);
}

static void files_of_ones_own_are_offered_again(void **state)
{
    struct driver driver;

    (void)state;
    open_app_with(&driver, plain, settings_open(NULL));
    assert_false(driver.app->view.start);
    press_key(&driver, "Alt+Home");
    assert_string_equal(start_page(driver.app)->cards[0].title, "autograd.py");
    start_press(driver.app, (struct target){ .kind = TARGET_LESSON, .id = 0 });
    settle(&driver);
    assert_false(driver.app->view.start);
    assert_string_equal(session_name(driver.app->session), "autograd");
    app_destroy(driver.app);
}

static void a_file_that_is_gone_is_not_offered(void **state)
{
    char folder[] = "/tmp/gradlight-gone-XXXXXX", path[512];
    struct settings *const settings = settings_open(NULL);
    struct driver driver;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/own.py", folder);
    settings_set_text(settings, "recent.1", path);
    open_app_with(&driver, NULL, settings);
    const size_t course = card_count(&driver);
    write_file(folder, "own.py", "x = 1\n");
    assert_int_equal(card_count(&driver), course + 1);
    assert_string_equal(start_page(driver.app)->cards[0].title, "own.py");
    remove_file(folder, "own.py");
    assert_int_equal(card_count(&driver), course);
    app_destroy(driver.app);
    assert_int_equal(rmdir(folder), 0);
}

static void pictures_are_drawn_while_nobody_does_anything(void **state)
{
    struct driver driver;
    const struct timespec nap = { .tv_nsec = 5000000 };

    (void)state;
    open_app_with(&driver, NULL, settings_open(NULL));
    for (int i = 0; i < 4000 && !start_page(driver.app)->cards[0].picture; i++) {
        turn(&driver, 1);
        nanosleep(&nap, NULL);
    }
    const struct scene *const picture = start_page(driver.app)->cards[0].picture;
    assert_non_null(picture);
    assert_true(picture->draw_count > 20);
    app_destroy(driver.app);
}

/* ---- the page --------------------------------------------------------------------------- */

static void report(void *owner, enum text_fault fault, const char *text, const char *other)
{
    print_error("%s: %s %s %s\n", (const char *)owner, text, text_fault_name(fault), other);
}

/* At every size, in both languages: nothing overlaps, is too small, or leaves its box. */
static void the_page_stands_clear_at_every_size(void **state)
{
    static const struct {
        const char *name;
        float width, height;
    } pages[] = { { "1024x700", 1024, 700 },
                  { "1366x768", 1366, 768 },
                  { "1920x1080", 1920, 1080 },
                  { "3840x2160", 3840, 2160 } };
    static const struct start_card cards[] = {
        { "Vì sao cần autograd: bằng tay, bằng sai phân hữu hạn, và một tên bài rất dài để xuống "
          "dòng",
          "12 phút", 0, 0, NULL },
        { "Quy tắc chuỗi", "8 phút", 3, 12, NULL },
        { "Đường gặp nhau", "10 phút", 12, 12, NULL },
    };
    static const struct start_row rows[] = { { "Buổi 1 · Tensor", 0, 2 },
                                             { "Buổi 2 · Autograd", 2, 1 } };
    const struct start_page page = { cards, 3, rows, 2, "", false, "", "Bắt đầu bài 1", 0 };
    struct error err = { 0 };
    struct fonts *const fonts = fonts_create(&err);
    struct words *const words = words_create(GRADLIGHT_BUILD_ROOT "/assets/po", &err);

    (void)state;
    if (!fonts) {
        fail_msg("%s", err.text);
    }
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]) * LANGUAGE_COUNT; i++) {
        const float w = pages[i / 2].width, h = pages[i / 2].height;
        struct arena arena = { 0 };
        struct scene scene = { 0 };
        const struct view_state look = { .start = true,
                                         .text_scale = 1,
                                         .language = (enum language)(i % 2) };
        const struct view view = { .state = &look,
                                   .start = &page,
                                   .fonts = fonts,
                                   .theme = theme_at(THEME_LIGHT),
                                   .words = words,
                                   .type = screen_type(&look, w, h),
                                   .arena = &arena };
        screen_draw(&view, w, h, &scene);
        const struct text_rules rules = { .fonts = fonts, .least = 12.99f };
        assert_int_equal(
            scene_text_check(&scene, &rules, report, (void *)(uintptr_t)pages[i / 2].name), 0);
        scene_finish(&scene);
        arena_finish(&arena);
    }
    words_destroy(words);
    fonts_destroy(fonts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_catalog_sorts_by_session),
        cmocka_unit_test(a_typed_path_lists_what_can_be_opened),
        cmocka_unit_test(without_a_lesson_the_course_is_on_show),
        cmocka_unit_test(letters_begin_a_search),
        cmocka_unit_test(search_ignores_accents_and_takes_paths),
        cmocka_unit_test(what_was_watched_is_remembered),
        cmocka_unit_test(files_of_ones_own_are_offered_again),
        cmocka_unit_test(a_file_that_is_gone_is_not_offered),
        cmocka_unit_test(pictures_are_drawn_while_nobody_does_anything),
        cmocka_unit_test(the_page_stands_clear_at_every_size),
    };

    return test_run(tests);
}
