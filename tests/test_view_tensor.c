/* Tensors as cells: what a figure shows, where its cells stand, and which of them belong together. */

#include "tests/test.h"

#include "tests/panel.h"

static const struct rect stage = { 0, 184, 1366, 522 };

static void golden_figures(void **state)
{
    (void)state;
    static const struct {
        const char *name, *fixture;
        enum screen_mode mode;
        size_t stop;
    } cases[] = {
        { "tensor_new", "indexing", SCREEN_PRESENT, 2 },
        { "tensor_row", "indexing", SCREEN_PRESENT, 3 },
        { "tensor_column", "indexing", SCREEN_EXPLORE, 6 },
        { "tensor_map", "autograd", SCREEN_PRESENT, 5 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct panel panel;
        panel_open(&panel, cases[i].fixture, cases[i].mode);
        panel_show(&panel, cases[i].stop, stage, view_tensor);
        assert_golden_scene(cases[i].name, &panel.scene);
        panel_close(&panel);
    }
}

/* Bounds of the outlines, left to right in the order in which they were drawn. */
static size_t outlines(const struct panel *panel, struct rect *out, size_t most)
{
    size_t count = 0;

    for (size_t i = 0; i < panel->scene.draw_count; i++) {
        const struct draw *const draw = &panel->scene.draws[i];
        if (draw->kind == DRAW_RECT && draw->rect.stroke == INK_SELECTION && count < most) {
            out[count++] = draw->rect.rect;
        }
    }
    return count;
}

static struct point middle_of(struct rect r)
{
    return (struct point){ r.x + r.w / 2, r.y + r.h / 2 };
}

/* x[:, 1] of a 2 by 2 matrix: pointing at a cell finds its element, and its source is outlined. */
static void a_cell_and_its_source(void **state)
{
    (void)state;
    struct panel panel;
    struct rect found[4];

    panel_open(&panel, "indexing", SCREEN_PRESENT);
    panel_show(&panel, 6, stage, view_tensor);
    assert_int_equal(outlines(&panel, found, 4), 2);
    const struct point at = middle_of(found[1]);
    const struct target target = scene_hit(&panel.scene, at);
    assert_int_equal(target.kind, TARGET_ELEMENT);
    assert_int_equal(
        view_tensor_element(&panel.view, target, scene_hit_bounds(&panel.scene, at), at), 0);
    assert_string_equal(view_tensor_equation(&panel.view), "[0]: x[0, 1] = 2");

    panel.state.cell = (struct view_cell){ target.id, 1 };
    panel_show(&panel, 6, stage, view_tensor);
    struct rect moved[4];
    assert_int_equal(outlines(&panel, moved, 4), 2);
    assert_true(moved[0].x == found[0].x && moved[0].y > found[0].y); /* down the column */
    assert_true(moved[1].x > found[1].x && moved[1].y == found[1].y); /* along the row */
    panel_close(&panel);
}

static void before_the_first_tensor(void **state)
{
    (void)state;
    struct panel panel;

    panel_open(&panel, "indexing", SCREEN_PRESENT);
    panel_show(&panel, 1, stage, view_tensor);
    assert_non_null(text_of(&panel, "No tensor yet."));
    assert_false(view_tensor_offered(&panel.view));
    panel_close(&panel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_figures),
        cmocka_unit_test(a_cell_and_its_source),
        cmocka_unit_test(before_the_first_tensor),
    };
    return test_run(tests);
}
