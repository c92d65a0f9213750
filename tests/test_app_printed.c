/* Numbers that a lesson prints in a loop, without backward, are a curve: scripts as somebody writes them. */

#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "render/plots/printed.h"
#include "tests/app_driver.h"

struct rig {
    struct driver driver;
    char folder[64], path[96];
    struct arena arena;
};

static void open_rig(struct rig *rig, const char *text)
{
    *rig = (struct rig){ .folder = "/tmp/gradlight-printed-XXXXXX" };
    assert_non_null(mkdtemp(rig->folder));
    snprintf(rig->path, sizeof(rig->path), "%s/lesson.py", rig->folder);
    FILE *const file = fopen(rig->path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    open_app_with(&rig->driver, rig->path, NULL);
    press_key(&rig->driver, "End");
}

static void close_rig(struct rig *rig)
{
    arena_finish(&rig->arena);
    app_destroy(rig->driver.app);
    unlink(rig->path);
    rmdir(rig->folder);
}

static size_t find(struct rig *rig, struct printed out[PRINTED_MOST])
{
    const struct point page = app_page(rig->driver.app);
    const struct view view = app_view(rig->driver.app, page.x, page.y);
    const size_t count = printed_numbers(&view.runs[0], out, &rig->arena);

    if (trace_backward_count(view.runs[0].trace) == 0) {
        assert_int_equal(view_curve_offered(&view), count > 0);
    }
    return count;
}

/* Rounded, as percents, by item() or as tensors; what is only computed, or counts, is none. */
static void what_is_printed_is_found_by_its_digits(void **state)
{
    struct rig rig;
    struct printed printed[PRINTED_MOST];

    (void)state;
    open_rig(&rig, "import torch\n"
                   "w = torch.tensor(8.0)\n"
                   "for i in range(1, 13):\n"
                   "    unseen = w * 3\n"
                   "    loss = w * w\n"
                   "    w = w * 0.7\n"
                   "    hits = 1 / (1 + w)\n"
                   "    print(f'{i}: loss = {loss.item():.3f}, w = {w}, {hits:.1%}')\n");
    assert_int_equal(find(&rig, printed), 3);
    assert_string_equal(printed[0].label, "loss");
    assert_string_equal(printed[1].label, "w");
    assert_string_equal(printed[2].label, "hits");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(printed[i].count, 12);
    }
    assert_true(printed[0].values[0] == 64);
    assert_true(fabs(printed[1].values[11] - 8 * pow(0.7, 12)) < 1e-5);
    assert_true(fabs(printed[2].values[1] - 1 / (1 + 8 * 0.49)) < 1e-5);
    press_key(&rig.driver, "Home");
    assert_int_equal(find(&rig, printed), 3); /* before its first print as well */
    close_rig(&rig);
}

/* One loop in another is one curve; the next loop has its own. */
static void each_loop_has_its_curve(void **state)
{
    struct rig rig;
    struct printed printed[PRINTED_MOST];

    (void)state;
    open_rig(&rig, "import torch\n"
                   "a = torch.tensor(1.5)\n"
                   "for i in range(3):\n"
                   "    for k in range(4):\n"
                   "        a = a * 1.25\n"
                   "        print('a', a.item())\n"
                   "for i in range(5):\n"
                   "    b = a / (i + 2)\n"
                   "    print('b', b)\n");
    assert_int_equal(find(&rig, printed), 1);
    assert_string_equal(printed[0].label, "b");
    assert_int_equal(printed[0].count, 5);
    press_key(&rig.driver, "Home");
    assert_int_equal(find(&rig, printed), 1);
    assert_string_equal(printed[0].label, "a");
    assert_int_equal(printed[0].count, 12);
    close_rig(&rig);
}

/* The strip of the curve for its third point; its moment. */
static uint32_t find_point(struct rig *rig, struct point *at)
{
    const struct point page = app_page(rig->driver.app);
    const struct view view = app_view(rig->driver.app, page.x, page.y);
    struct scene scene = { 0 };
    uint32_t moment = 0;
    int seen = 0;

    screen_draw(&view, page.x, page.y, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw *const draw = &scene.draws[i];
        if (draw->kind == DRAW_GROUP && draw->group.target.kind == TARGET_MOMENT && ++seen == 3) {
            const struct rect box = draw->group.bounds;
            moment = (uint32_t)draw->group.target.id;
            *at = (struct point){ box.x + box.w / 2, box.y + box.h / 2 };
        }
    }
    scene_finish(&scene);
    return moment;
}

/* On the stage as in the tab: nothing of a curve is selected, one goes there. */
static void a_click_on_the_curve_goes_there(void **state)
{
    struct rig rig;
    struct window_event event = { .kind = WINDOW_EVENT_PRESS, .button = 1 };

    (void)state;
    open_rig(&rig, "import torch\n"
                   "a = torch.tensor(1.5)\n"
                   "for i in range(9):\n"
                   "    a = a * 1.25\n"
                   "    print('a', a.item())\n");
    press_key(&rig.driver, "Ctrl+3");
    const uint32_t moment = find_point(&rig, &event.at);
    assert_true(moment > 0 && moment != rig.driver.app->player.moment);
    window_push(rig.driver.app->window, &event);
    event.kind = WINDOW_EVENT_RELEASE;
    window_push(rig.driver.app->window, &event);
    settle(&rig.driver);
    assert_int_equal(rig.driver.app->player.moment, moment);
    close_rig(&rig);
}

static void without_numbers_there_is_none(void **state)
{
    struct rig rig;
    struct printed printed[PRINTED_MOST];

    (void)state;
    open_rig(&rig, "import torch\n"
                   "x = torch.arange(4.)\n"
                   "print(x.sum())\n"
                   "for i in range(4):\n"
                   "    y = x[i] * 2.5\n"
                   "    print('step', i + 100)\n");
    assert_int_equal(find(&rig, printed), 0);
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_is_found_by_its_digits),
        cmocka_unit_test(each_loop_has_its_curve),
        cmocka_unit_test(a_click_on_the_curve_goes_there),
        cmocka_unit_test(without_numbers_there_is_none),
    };
    return test_run(tests);
}
