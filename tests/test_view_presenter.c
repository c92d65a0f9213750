/* The presenter's window as a picture. */

#include "tests/test.h"

#include "render/lesson/consent.h"
#include "render/lesson/overview.h"
#include "render/lesson/pointer.h"
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

/* What the lesson asks for stands between the head and the pictures, with its answers. */
static void it_asks_what_the_lesson_asks_for(void **state)
{
    const struct consent_page asked = { .kind = CONSENT_FOLDER, .folder = "~/lessons" };
    struct stage stage;
    size_t answers = 0;

    (void)state;
    stage_open(&stage);
    const float before = presenter_now(&stage.panel.view, &stage.page, window).y;
    stage.panel.view.consent = &asked;
    const float bar = view_consent_height(&stage.panel.view, window.w);
    assert_true(presenter_now(&stage.panel.view, &stage.page, window).y >= before + bar);
    draw(&stage);
    for (size_t i = 0; i < stage.panel.scene.draw_count; i++) {
        const struct draw *const draw = &stage.panel.scene.draws[i];
        const struct target target =
            draw->kind == DRAW_GROUP ? draw->group.target : (struct target){ 0 };
        answers += target.kind == TARGET_COMMAND &&
                   (target.id == BUTTON_ALLOW || target.id == BUTTON_ALLOW_ALWAYS ||
                    target.id == BUTTON_REFUSE);
    }
    assert_int_equal(answers, 3);
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

/* ---- what follows the pointer -------------------------------------------------------------- */

static void golden_pointer(void **state)
{
    static const struct point stroke[] = { { 0.2f, 0.3f }, { 0.25f, 0.35f }, { 0.3f, 0.3f } };
    static const struct pointer_mark marks[] = { { stroke, 3, 1 }, { stroke, 2, 0.5f } };
    static const struct {
        const char *name;
        struct pointer_page page;
    } cases[] = {
        { "pointer_spotlight", { .tool = POINTER_SPOTLIGHT, .at = { 0.6f, 0.4f } } },
        { "pointer_lens", { .tool = POINTER_LENS, .at = { 0.2f, 0.3f } } },
        { "pointer_pen",
          { .tool = POINTER_PEN, .at = { 0.3f, 0.3f }, .marks = marks, .mark_count = 2 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene scene = { 0 };
        make_page(&scene, "class");
        view_pointer(&cases[i].page, &scene);
        assert_golden_scene(cases[i].name, &scene);
        scene_finish(&scene);
    }
}

/* A pointer that moves a little changes few of the commands of a spotlight. */
static void a_spotlight_that_moves_changes_little(void **state)
{
    struct scene was = { .width = 1920, .height = 1080 }, now = was;
    size_t changed = 0;

    (void)state;
    view_pointer(&(struct pointer_page){ .tool = POINTER_SPOTLIGHT, .at = { 0.5f, 0.5f } }, &was);
    view_pointer(&(struct pointer_page){ .tool = POINTER_SPOTLIGHT, .at = { 0.502f, 0.5f } }, &now);
    assert_int_equal(was.draw_count, now.draw_count);
    for (size_t i = 0; i < now.draw_count; i++) {
        changed += !scene_same(&was.draws[i], &now.draws[i]);
    }
    assert_true(changed > 0 && changed < now.draw_count / 5);
    scene_finish(&was);
    scene_finish(&now);
}

/* ---- overview ------------------------------------------------------------------------------ */

static void golden_overview(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    const struct overview_card cards[] = {
        { .title = "Why autograd", .moment = 5, .picture = &stage.now },
        { .title = "The second way: nudge it", .moment = 9, .picture = &stage.next, .here = true },
        { .title = "", .moment = 12 },
        { .title = "A title that is much too long for the card that it stands under, by far",
          .moment = 20,
          .picture = &stage.now },
    };
    const struct overview_page page = { cards, 4, 2, 16.0f / 9 };
    stage.panel.scene.width = window.w;
    stage.panel.scene.height = window.h;
    view_overview(&stage.panel.view, &page, window, &stage.panel.scene);
    assert_golden_scene("overview", &stage.panel.scene);
    stage_close(&stage);
}

/* However many there are, all are on the page. */
static void all_slides_fit(void **state)
{
    enum { MOST = 60 };
    struct overview_card cards[MOST];
    struct stage stage;

    (void)state;
    stage_open(&stage);
    for (size_t i = 0; i < MOST; i++) {
        cards[i] = (struct overview_card){ .title = "title", .moment = (uint32_t)i };
    }
    for (size_t count = 1; count <= MOST; count++) {
        const struct overview_page page = { cards, count, 0, 16.0f / 9 };
        scene_clear(&stage.panel.scene);
        view_overview(&stage.panel.view, &page, window, &stage.panel.scene);
        for (size_t i = 0; i < stage.panel.scene.draw_count; i++) {
            const struct draw *const command = &stage.panel.scene.draws[i];
            if (command->kind == DRAW_GROUP) {
                const struct rect box = command->group.bounds;
                assert_true(box.x >= 0 && box.x + box.w <= window.w + 1);
                assert_true(box.y > 0 && box.y + box.h <= window.h + 1);
            }
        }
    }
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_presenter),
        cmocka_unit_test(it_asks_what_the_lesson_asks_for),
        cmocka_unit_test(pictures_do_not_overlap),
        cmocka_unit_test(notes_scroll_only_when_they_are_long),
        cmocka_unit_test(golden_pointer),
        cmocka_unit_test(a_spotlight_that_moves_changes_little),
        cmocka_unit_test(golden_overview),
        cmocka_unit_test(all_slides_fit),
    };
    return test_run(tests);
}
