/* Questions to the class: asked and revealed by the next key, and nothing that they ask for is to be seen
 * before. */

#include "tests/app_driver.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/present/ask.h"
#include "render/graph/graph.h"
#include "render/lesson/veil.h"

#include "config.h"

static const char lesson[] =
    "# %% [markdown] lang=\"en\"\n# # Gradients\n\n"
    "# %% First\nimport torch\nx = torch.ones(1, requires_grad=True)\nz = (x * 5) ** 2\n\n"
    "# %% [markdown] lang=\"vi\" tags=[\"question\"] hide=[\"x.grad\"]\n# Bao nhiêu?\n"
    "# - [ ] 10 — *quên một lần nhân*\n# - [x] 50 — *2 · 5 · 5*\n\n"
    "# %% [markdown] lang=\"en\" tags=[\"question\"] hide=[\"x.grad\"]\n# How much?\n"
    "# - [ ] 10 — *forgets one factor*\n# - [x] 50 — *2 · 5 · 5*\n\n"
    "# %% Answer\nz.backward()  # makes 50\nprint(x.grad)\n\n"
    "# %% After\ny = x + 7\n";

static void open_text(struct driver *driver, char path[], const char *text, size_t length)
{
    const int file = mkstemps(path, 3);

    assert_true(write(file, text, length) == (ssize_t)length);
    close(file);
    open_app_with(driver, path, NULL);
}

static void close_text(struct driver *driver, const char *path)
{
    app_destroy(driver->app);
    assert_int_equal(unlink(path), 0);
}

static void reveal(struct driver *driver, int64_t in)
{
    question_reveal(&driver->app->view, in);
    ask_mask(driver->app->session, driver->app->view.revealed);
}

static void open_lesson(struct driver *driver, char path[])
{
    open_text(driver, path, lesson, sizeof(lesson) - 1);
}

/* What stands anywhere in the window. */
static bool is_on_screen(struct driver *driver, const char *text)
{
    struct scene scene = { 0 };
    const struct view view = app_view(driver->app, 1280, 800);
    bool found = false;

    screen_draw(&view, 1280, 800, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw *const draw = &scene.draws[i];
        found = found || (draw->kind == DRAW_TEXT && strstr(draw->text.bytes, text)) ||
                (draw->kind == DRAW_GROUP && strstr(draw->group.title, text));
    }
    scene_finish(&scene);
    return found;
}

static void step_to_question(struct driver *driver)
{
    for (int i = 0; i < 20 && driver->app->view.question == 0; i++) {
        press_key(driver, "Right");
    }
    assert_true(driver->app->view.question > 0);
}

static void next_asks_and_next_reveals(void **state)
{
    char path[] = "/tmp/gradlight-ask-XXXXXX.py";
    struct driver driver;

    (void)state;
    open_lesson(&driver, path);
    step_to_question(&driver);
    const uint32_t moment = driver.app->player.moment;
    assert_true(is_on_screen(&driver, "much?"));
    assert_false(is_on_screen(&driver, "nhiêu?"));
    assert_true(is_on_screen(&driver, "50"));
    assert_false(is_on_screen(&driver, "forgets"));
    press_key(&driver, "Right");
    assert_int_equal(driver.app->player.moment, moment);
    assert_true(is_on_screen(&driver, "forgets"));
    press_key(&driver, "Right");
    assert_int_equal(driver.app->view.question, 0);
    assert_true(driver.app->player.moment > moment);
    /* It is not asked again. */
    press_key(&driver, "Left");
    press_key(&driver, "Right");
    assert_int_equal(driver.app->view.question, 0);
    close_text(&driver, path);
}

/* No step is before it: it is asked at the first one. */
static void a_question_before_all_code_is_asked(void **state)
{
    static const char first[] =
        "# %% [markdown] lang=\"en\"\n# # Gradients\n\n"
        "# %% [markdown] lang=\"en\" tags=[\"question\"] hide=[\"x\"]\n# How much?\n"
        "# - [ ] 6 — *forgets one*\n# - [x] 7 — *is right*\n\n"
        "# %%\nimport torch\nx = torch.ones(1) * 7\ny = x + 1\n";
    char path[] = "/tmp/gradlight-ask-XXXXXX.py";
    struct driver driver;

    (void)state;
    open_text(&driver, path, first, sizeof(first) - 1);
    const uint32_t moment = driver.app->player.moment;
    press_key(&driver, "Right");
    assert_true(driver.app->view.question > 0);
    assert_int_equal(driver.app->player.moment, moment);
    assert_true(is_on_screen(&driver, "much?"));
    press_key(&driver, "Right");
    assert_true(is_on_screen(&driver, "forgets"));
    press_key(&driver, "Right");
    assert_int_equal(driver.app->view.question, 0);
    assert_true(driver.app->player.moment > moment);
    close_text(&driver, path);
}

static void back_puts_it_away(void **state)
{
    char path[] = "/tmp/gradlight-ask-XXXXXX.py";
    struct driver driver;

    (void)state;
    open_lesson(&driver, path);
    step_to_question(&driver);
    const uint32_t moment = driver.app->player.moment;
    press_key(&driver, "Left");
    assert_int_equal(driver.app->view.question, 0);
    assert_int_equal(driver.app->player.moment, moment);
    press_key(&driver, "Q");
    assert_true(driver.app->view.question > 0);
    close_text(&driver, path);
}

/* Every tab, at every step behind the question: graph, code, output, ledger, sentence. */
static bool is_told_anywhere(struct driver *driver, const char *text)
{
    bool found = false;

    press_key(driver, "End");
    for (int i = 0; i < 12; i++) {
        for (int tab = 0; screen_tab_at(tab); tab++) {
            driver->app->view.tab = tab;
            found = found || is_on_screen(driver, text);
        }
        press_key(driver, "Left");
    }
    return found;
}

static void what_is_asked_for_is_hidden_until_then(void **state)
{
    char path[] = "/tmp/gradlight-ask-XXXXXX.py";
    struct driver driver;

    (void)state;
    open_lesson(&driver, path);
    /* The options say it too: they stand in the lesson's column. */
    driver.app->view.lesson_hidden = true;
    assert_false(is_told_anywhere(&driver, "50"));
    assert_true(is_told_anywhere(&driver, "?"));
    reveal(&driver, 2);
    assert_true(is_told_anywhere(&driver, "50"));
    close_text(&driver, path);
}

/* A graph written for other programs tells no more than the window. */
static bool is_in_dot(struct driver *driver, const char *words)
{
    bool found = false;

    press_key(driver, "End");
    for (int i = 0; i < 6; i++) {
        const struct view view = app_view(driver->app, 1280, 800);
        struct text text = { 0 };
        graph_dot(&view, &text);
        found = found || strstr(text_string(&text), words) != NULL;
        text_finish(&text);
        press_key(driver, "Left");
    }
    return found;
}

/* A dtype that is asked for is no secret of the numbers: it stands under them. */
static void a_dtype_is_hidden_until_then(void **state)
{
    static const char asks[] =
        "# %% First\nimport torch\nx = torch.ones(2)\n\n"
        "# %% [markdown] lang=\"en\" tags=[\"question\"] hide=[\"t.dtype\"]\n# Which?\n"
        "# - [ ] one\n# - [x] the other\n\n"
        "# %% Answer\nt = torch.ones(2) > 0\n\n"
        "# %% [markdown] lang=\"en\"\n# ## After\n\n# %%\nu = torch.ones(2)\n";
    char path[] = "/tmp/gradlight-ask-XXXXXX.py";
    struct driver driver;

    (void)state;
    open_text(&driver, path, asks, sizeof(asks) - 1);
    driver.app->view.lesson_hidden = true;
    assert_false(is_told_anywhere(&driver, ") bool"));
    assert_true(is_told_anywhere(&driver, ") ?"));
    assert_true(is_told_anywhere(&driver, ") float32"));
    assert_false(is_in_dot(&driver, "dtype=\"bool\""));
    assert_true(is_in_dot(&driver, "dtype=\"?\""));
    reveal(&driver, 2);
    assert_true(is_told_anywhere(&driver, ") bool"));
    assert_true(is_in_dot(&driver, "dtype=\"bool\""));
    close_text(&driver, path);
}

/* The Python number that is written into what is asked for is its value, too. */
static void a_number_written_into_it_is_hidden(void **state)
{
    static const char asks[] =
        "# %% First\nimport torch\na = torch.ones(2, requires_grad=True)\nb = a * 2\n"
        "c = torch.ones(2)\n\n"
        "# %% [markdown] lang=\"en\" tags=[\"question\"] hide=[\"b\", \"c\"]\n# Which?\n"
        "# - [ ] one\n# - [x] the other\n\n"
        "# %% Answer\nn = 4000 + 321\nb[0] = n\nc[0] = n\n\n"
        "# %% [markdown] lang=\"en\"\n# ## After\n\n# %%\nu = torch.ones(2)\n";
    char path[] = "/tmp/gradlight-ask-XXXXXX.py";
    struct driver driver;

    (void)state;
    open_text(&driver, path, asks, sizeof(asks) - 1);
    driver.app->view.lesson_hidden = true;
    assert_false(is_told_anywhere(&driver, "4321"));
    assert_true(is_told_anywhere(&driver, "b[0] ← …"));
    reveal(&driver, 2);
    assert_true(is_told_anywhere(&driver, "b[0] ← 4321"));
    close_text(&driver, path);
}

/* What is printed names it, and what a name stands for does. */
static void a_dtype_that_is_printed_is_hidden_until_then(void **state)
{
    static const char asks[] =
        "# %% First\nimport torch\nx = torch.ones(2)\n\n"
        "# %% [markdown] lang=\"en\" tags=[\"question\"] hide=[\"t.dtype\"]\n# Which?\n"
        "# - [ ] one\n# - [x] the other\n\n"
        "# %% Answer\nt = torch.ones(2).to(torch.int64)\nkind = t.dtype\nprint(\"is\", t.dtype)\n"
        "print(\"same\", t.dtype == x.dtype)\n\n"
        "# %% [markdown] lang=\"en\"\n# ## After\n\n# %%\nu = torch.ones(2)\n";
    char path[] = "/tmp/gradlight-ask-XXXXXX.py";
    struct driver driver;

    (void)state;
    open_text(&driver, path, asks, sizeof(asks) - 1);
    driver.app->view.lesson_hidden = true;
    assert_false(is_told_anywhere(&driver, "is torch.int64"));
    assert_true(is_told_anywhere(&driver, "is torch.?"));
    assert_false(is_told_anywhere(&driver, "= torch.int64"));
    assert_false(is_told_anywhere(&driver, "kind is now torch.int64"));
    assert_true(is_told_anywhere(&driver, "kind is now torch.?"));
    assert_false(is_told_anywhere(&driver, "same False"));
    assert_true(is_told_anywhere(&driver, "same ?"));
    reveal(&driver, 2);
    assert_true(is_told_anywhere(&driver, "is torch.int64"));
    assert_true(is_told_anywhere(&driver, "kind is now torch.int64"));
    assert_true(is_told_anywhere(&driver, "same False"));
    close_text(&driver, path);
}

/* The narrative behind an open question does not tell its answer: neither a number nor a shape; other numbers, and
 * what the question itself says, stay. */
static void narrative_behind_it_keeps_the_secret(void **state)
{
    static const char told[] =
        "# %% [markdown] lang=\"en\"\n# # Gradients, 50 of them\n\n"
        "# %% First\nimport torch\nx = torch.ones(2, requires_grad=True)\n\n"
        "# %% [markdown] lang=\"en\" tags=[\"question\"] hide=[\"x.grad\"]\n# How much is 5 times "
        "12?\n"
        "# - [ ] 10 — *forgets one*\n# - [x] 50 — *all*\n# - [ ] `(2, 5)` — *a shape*\n\n"
        "# %% Answer\ny = (x * 2.5).sum()\ny.backward()\nprint(y.item(), x.grad.shape, 77.125, "
        "12)\n\n"
        "# %% [markdown] lang=\"en\"\n# Still 50, not 10, of 5 and 12, x50, 77.12, 77.1, 77.2, a2 "
        "`(2, 5)`.\n\n"
        "# %% After\nz = x + 7\n";
    char path[] = "/tmp/gradlight-ask-XXXXXX.py";
    struct driver driver;

    (void)state;
    open_text(&driver, path, told, sizeof(told) - 1);
    press_key(&driver, "End");
    const struct view view = app_view(driver.app, 1280, 800);
    const struct trace *const trace = view.runs[0].trace;
    bool found = false;
    for (size_t i = 0; i < trace_cell_count(trace); i++) {
        if (strstr(trace_cell(trace, i)->text.bytes, "Still")) {
            assert_string_equal(
                veil_cell(&view, trace_cell(trace, i)).bytes,
                "Still ??, not ??, of 5 and 12, x50, ??.??, ??.?, 77.2, a2 `(?, ?)`.");
            found = true;
        }
    }
    assert_true(found);
    assert_true(is_on_screen(&driver, "??.??,"));
    assert_false(is_on_screen(&driver, "77.12,"));
    reveal(&driver, 2);
    assert_true(is_on_screen(&driver, "77.12,"));
    close_text(&driver, path);
}

/* What answers it may be in two cells: computed in one, printed by the next. */
static void cells_that_follow_its_own_keep_it_too(void **state)
{
    static const char told[] =
        "# %% First\nimport torch\nx = torch.ones(2, requires_grad=True)\n\n"
        "# %% [markdown] lang=\"en\" tags=[\"question\"] hide=[\"answer\"]\n# How much?\n"
        "# - [ ] 1 — *one*\n# - [x] 4321 — *all*\n\n"
        "# %% Computed\ny = x * 2160.5\n\n"
        "# %% Printed\nanswer = y.sum()\nprint(answer.item())\n\n"
        "# %% [markdown] lang=\"en\"\n# Something else.\n\n"
        "# %% After\nprint(7777)\n";
    char path[] = "/tmp/gradlight-ask-XXXXXX.py";
    struct driver driver;

    (void)state;
    open_text(&driver, path, told, sizeof(told) - 1);
    driver.app->view.lesson_hidden = true;
    assert_true(is_told_anywhere(&driver, "7777"));
    assert_false(is_told_anywhere(&driver, "4321"));
    reveal(&driver, 2);
    assert_true(is_told_anywhere(&driver, "4321"));
    close_text(&driver, path);
}

/* Words cannot be told apart from words: the author marks those that tell an answer. */
static void words_that_tell_it_wait(void **state)
{
    static const char told[] =
        "# %% First\nx = 1\n\n"
        "# %% [markdown] lang=\"en\" tags=[\"question\"]\n# View or copy?\n"
        "# - [ ] a copy — *no*\n# - [x] a view — *yes*\n\n"
        "# %% Answer\ny = 2\n\n"
        "# %% [markdown] lang=\"en\" tags=[\"answer\"]\n# ## Why\n# It shares memory.\n\n"
        "# %% [markdown] lang=\"en\"\n# Something else.\n\n"
        "# %% After\nz = 3\n\n"
        "# %% [markdown] lang=\"en\" tags=[\"remember\", \"answer\"]\n"
        "# **Remember: a view shares memory.**\n";
    static const char *const open[] = { "## Why\n\n?", "Something else.", "**Remember: ?**" };
    static const char *const revealed[] = { "## Why\nIt shares memory.", "Something else.",
                                            "**Remember: a view shares memory.**" };
    char path[] = "/tmp/gradlight-ask-XXXXXX.py";
    struct driver driver;

    (void)state;
    open_text(&driver, path, told, sizeof(told) - 1);
    press_key(&driver, "End");
    for (int round = 0; round < 2; round++) {
        const struct view view = app_view(driver.app, 1280, 800);
        const struct trace *const trace = view.runs[0].trace;
        size_t found = 0;
        for (size_t i = 3; i < trace_cell_count(trace); i++) {
            if (strcmp(trace_cell(trace, i)->kind, "markdown") == 0) {
                assert_string_equal(veil_cell(&view, trace_cell(trace, i)).bytes,
                                    (round == 0 ? open : revealed)[found]);
                found++;
            }
        }
        assert_int_equal(found, 3);
        question_reveal(&driver.app->view, 2);
    }
    close_text(&driver, path);
}

/* The cross at the end of the timeline. */
static bool ends_with_a_cross(struct driver *driver)
{
    struct scene scene = { 0 };
    const struct view view = app_view(driver->app, 1280, 800);
    bool found = false;

    screen_draw(&view, 1280, 800, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw *const draw = &scene.draws[i];
        found = found || (draw->kind == DRAW_PATH && draw->path.stroke == INK_ERROR &&
                          draw->path.count == 2);
    }
    scene_finish(&scene);
    return found;
}

static void an_error_to_come_is_not_told(void **state)
{
    static const char text[] =
        "# %% First\nimport torch\nx = torch.ones(1, requires_grad=True)\nz = (x * 5) ** 2\n"
        "z.backward()\n\n"
        "# %% [markdown] tags=[\"question\"]\n# What comes of a second one?\n"
        "# - [ ] 50 — *takes it for the same again*\n# - [x] an error — *what it needs is "
        "freed*\n\n"
        "# %% Answer\nz.backward()\n";
    char path[] = "/tmp/gradlight-ask-XXXXXX.py";
    struct driver driver;

    (void)state;
    open_text(&driver, path, text, sizeof(text) - 1);
    step_to_question(&driver);
    assert_false(ends_with_a_cross(&driver));
    press_key(&driver, "Right");
    assert_true(ends_with_a_cross(&driver));
    close_text(&driver, path);
}

static void other_values_stay(void **state)
{
    char path[] = "/tmp/gradlight-ask-XXXXXX.py";
    struct driver driver;

    (void)state;
    open_lesson(&driver, path);
    press_key(&driver, "End");
    assert_true(is_on_screen(&driver, "8")); /* y */
    close_text(&driver, path);
}

static void masked_numbers_are_no_numbers(void **state)
{
    struct arena arena = { 0 };

    (void)state;
    assert_true(trace_is_masked_number(trace_masked_number()));
    assert_true(trace_is_masked_number(trace_masked_number() * 3 + 1));
    assert_false(trace_is_masked_number((double)NAN));
    assert_string_equal(number_in_slot(&arena, trace_masked_number()), "?");
    assert_string_equal(trace_masked_text("x1 = 18.5, y_2", 14, &arena).bytes, "x1 = ??.?, y_2");
    assert_string_equal(trace_masked_text("w = -1.04, [-2, w-3, (2)-1]", 27, &arena).bytes,
                        "w = ??.??, [??, w-?, (?)-?]");
    arena_finish(&arena);
}

static void masked_words_are_no_values(void **state)
{
    static const struct {
        const char *told, *masked;
    } rows[] = {
        { "torch.float32", "torch.?" },
        { "torch.bool", "torch.?" },
        { "tensor([1.], dtype=torch.float64)", "tensor([?.], dtype=torch.?)" },
        { "float64", "?" },
        { "<class 'torch.Tensor'> torch.cuda.LongTensor", "<class 'torch.Tensor'> torch.cuda.?" },
        { "torch.Size([2])", "torch.Size([?])" },
        { "True False None", "? ? ?" },
        { "Truest bool x.float torch.log2", "Truest bool x.float torch.log2" },
    };
    struct arena arena = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct trace_string text =
            trace_masked_text(rows[i].told, strlen(rows[i].told), &arena);
        assert_string_equal(text.bytes, rows[i].masked);
        assert_int_equal(text.length, strlen(rows[i].masked));
    }
    arena_finish(&arena);
}

/* What is no whole number is never shown as one, neither in a slot of eight characters nor in a cell of six. */
static void only_whole_numbers_look_whole(void **state)
{
    static const struct {
        double value;
        const char *slot, *cell;
    } rows[] = {
        { -1, "-1", "-1" },
        { -0.9999925, "-1.0000", "-1.000" },
        { 2.6000001, "2.6", "2.6" },
        { 99.99999, "100.0000", "100.00" },
        { -1234.00001, "-1234.00", "≈-1234" },
        { 12345.6, "12345.6", "≈12346" },
        { -12345.6, "-12345.6", "-1.2e4" },
        { 1234567, "1234567", "1.2e6" },
        { 1234567.5, "≈1234568", "1.2e6" },
        { -1234567.5, "-1.2e+06", "-1.2e6" },
        { 0.00012, "0.00012", "1.2e-4" },
    };
    struct arena arena = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(number_in_slot(&arena, rows[i].value), rows[i].slot);
        assert_string_equal(number_in_cell(&arena, rows[i].value), rows[i].cell);
    }
    assert_string_equal(equals_number(&arena, number_in_slot(&arena, 18)), "= 18");
    assert_string_equal(equals_number(&arena, number_in_slot(&arena, 1406250.1)), "≈ 1406250");
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_whole_numbers_look_whole),
        cmocka_unit_test(next_asks_and_next_reveals),
        cmocka_unit_test(a_question_before_all_code_is_asked),
        cmocka_unit_test(back_puts_it_away),
        cmocka_unit_test(what_is_asked_for_is_hidden_until_then),
        cmocka_unit_test(a_dtype_is_hidden_until_then),
        cmocka_unit_test(a_dtype_that_is_printed_is_hidden_until_then),
        cmocka_unit_test(a_number_written_into_it_is_hidden),
        cmocka_unit_test(narrative_behind_it_keeps_the_secret),
        cmocka_unit_test(cells_that_follow_its_own_keep_it_too),
        cmocka_unit_test(words_that_tell_it_wait),
        cmocka_unit_test(an_error_to_come_is_not_told),
        cmocka_unit_test(other_values_stay),
        cmocka_unit_test(masked_numbers_are_no_numbers),
        cmocka_unit_test(masked_words_are_no_values),
    };

    return test_run(tests);
}
