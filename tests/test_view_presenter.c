/* The presenter's window as a picture. */

#include "tests/test.h"

#include "render/lesson/presenter.h"
#include "tests/panel.h"

static const struct rect window = { 0, 0, 1366, 768 };

/* What the class sees is made up: a page with one word. */
static void make_page(struct scene *scene, const char *word)
{
    scene->width = 1920;
    scene->height = 1080;
    scene_text(
        scene,
        &(struct draw_text){
            .at = { 200, 300 }, .bytes = word, .role = TYPE_UI, .size = 60, .ink = INK_TEXT });
}

struct stage {
    struct panel panel;
    struct scene now, next;
    struct presenter_page page;
};

static void stage_open(struct stage *stage)
{
    *stage = (struct stage){ 0 };
    panel_open(&stage->panel, "autograd", SCREEN_PRESENT);
    stage->panel.view.type = presenter_type(&stage->panel.state, window.w, window.h);
    make_page(&stage->now, "now");
    make_page(&stage->next, "next");
    stage->page = (struct presenter_page){
        .now = &stage->now,
        .next = &stage->next,
        .coming = "y = x + 2 = 3.",
        .unlike = "",
        .notes = "Ask the class *first*.",
        .answer = "What is `x.grad`?\n\n- **A.** 18\n- ✓ **B.** 36 — it is added\n",
        .title = "The chain rule",
        .timer = "12:34",
        .clock = "14:05",
        .timing = true,
        .step = 4,
        .steps = 36,
    };
}

static void stage_close(struct stage *stage)
{
    scene_finish(&stage->now);
    scene_finish(&stage->next);
    panel_close(&stage->panel);
}

static void draw(struct stage *stage)
{
    scene_clear(&stage->panel.scene);
    view_presenter(&stage->panel.view, &stage->page, window, &stage->panel.scene);
}

static void golden_presenter(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    draw(&stage);
    assert_golden_scene("presenter", &stage.panel.scene);
    stage.page.next = NULL;
    stage.page.unlike = "The class sees a black screen";
    stage.page.notes = stage.page.answer = "";
    stage.page.timing = false;
    draw(&stage);
    assert_golden_scene("presenter_end", &stage.panel.scene);
    stage_close(&stage);
}

/* On every window that a laptop may have, regions lie within it and not over each other. */
static void pictures_do_not_overlap(void **state)
{
    static const struct rect windows[] = { { 0, 0, 640, 480 },
                                           { 0, 0, 1024, 768 },
                                           { 0, 0, 1366, 768 },
                                           { 0, 0, 1920, 1080 },
                                           { 0, 0, 3840, 2160 } };
    struct stage stage;

    (void)state;
    stage_open(&stage);
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        const struct rect w = windows[i];
        stage.panel.view.type = presenter_type(&stage.panel.state, w.w, w.h);
        assert_true(stage.panel.view.type.caption >= 13);
        const struct rect now = presenter_now(&stage.panel.view, &stage.page, w);
        assert_true(now.x >= 0 && now.y > 0 && now.w > w.w * 0.35f);
        assert_true(now.x + now.w < w.w * 0.75f && now.y + now.h < w.h * 0.75f);
        scene_clear(&stage.panel.scene);
        view_presenter(&stage.panel.view, &stage.page, w, &stage.panel.scene);
        for (size_t k = 0; k < stage.panel.scene.draw_count; k++) {
            const struct draw *const command = &stage.panel.scene.draws[k];
            if (command->kind == DRAW_TEXT && command->text.size >= 13) {
                assert_true(command->text.at.x >= 0 && command->text.at.x <= w.w);
                assert_true(command->text.at.y >= 0 && command->text.at.y <= w.h * 1.2f);
            }
        }
    }
    stage_close(&stage);
}

static void notes_scroll_only_when_they_are_long(void **state)
{
    struct stage stage;
    char notes[4000] = "";

    (void)state;
    stage_open(&stage);
    assert_true(presenter_scroll_most(&stage.panel.view, &stage.page, window) == 0);
    for (int i = 0; i < 60; i++) {
        strcat(notes, "A line of its own that is read to the class.\n\n");
    }
    stage.page.notes = notes;
    assert_true(presenter_scroll_most(&stage.panel.view, &stage.page, window) > 500);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_presenter),
        cmocka_unit_test(pictures_do_not_overlap),
        cmocka_unit_test(notes_scroll_only_when_they_are_long),
    };
    return test_run(tests);
}
