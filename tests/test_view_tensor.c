/* Tensors as cells: what a figure shows, where its cells stand, and which of them belong together. */

#include "tests/test.h"

#include <math.h>

#include "render/tensor/tensor_stats.h"
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
        { "tensor_back", "autograd", SCREEN_PRESENT, 9 },
        { "tensor_refused", "refused", SCREEN_PRESENT, 5 },
        { "tensor_assigned", "assigned", SCREEN_PRESENT, 5 },
        { "tensor_truth", "assigned", SCREEN_EXPLORE, 10 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct panel panel;
        panel_open(&panel, cases[i].fixture, cases[i].mode);
        panel_show(&panel, cases[i].stop, stage, view_tensor);
        assert_golden_scene(cases[i].name, &panel.scene);
        panel_close(&panel);
    }
}

/* In place of a result that never came stands a cross, and beside it what it was to come from. */
static void what_failed_is_no_result(void **state)
{
    (void)state;
    struct panel panel;
    static const char *const why[] = { "valid: -3 … 2", "3 ≠ 2" };

    panel_open(&panel, "refused", SCREEN_PRESENT);
    size_t count, seen = 0;
    const uint32_t *const failed = trace_records_of(panel.trace, RECORD_FAILED, &count);
    for (size_t stop = 1; stop <= stops_count(panel.stops, STOP_OPERATION) && seen < count;
         stop++) {
        if (stops_at(panel.stops, STOP_OPERATION, stop - 1)->moment <= failed[seen]) {
            continue;
        }
        bool cross = false, reason = false, shown = false;
        panel_show(&panel, stop, stage, view_tensor);
        for (size_t i = 0; i < panel.scene.draw_count; i++) {
            const struct draw *const draw = &panel.scene.draws[i];
            const bool text = draw->kind == DRAW_TEXT;
            cross = cross || (text && strcmp(draw->text.bytes, "✕") == 0);
            reason = reason || (text && strcmp(draw->text.bytes, why[seen]) == 0);
            shown = shown || (text && strcmp(draw->text.bytes, "slice") == 0);
        }
        assert_true(cross && reason && !shown);
        seen++;
    }
    assert_int_equal(seen, 2);
    panel_close(&panel);
}

/* Of several equal cells the one whose index was recorded has won; amax shares it among them. */
static void the_cell_that_won(void **state)
{
    (void)state;
    static const struct {
        const char *op, *equation;
    } cases[] = {
        { "max", "[0]: 3 = max(1, 3, 3) ← x[0, 1]" },
        { "amax", "3 = max(1, 3, 3, …, 1) ← x[0, 1], x[0, 2]" },
        { "argmax", "1 = argmax(1, 3, 3, …, 1) ← x[0, 1]" },
    };
    struct panel panel;

    panel_open(&panel, "winner", SCREEN_PRESENT);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t stop = 1;
        for (bool found = false; !found; stop++) {
            assert_true(stop <= stops_count(panel.stops, STOP_OPERATION));
            const struct record *const record =
                trace_record(panel.trace, stops_at(panel.stops, STOP_OPERATION, stop - 1)->record);
            found = record->kind == RECORD_OP && strcmp(record->op.name, cases[i].op) == 0;
        }
        panel_show(&panel, stop - 1, stage, view_tensor);
        assert_string_equal(view_tensor_equation(&panel.view), cases[i].equation);
        size_t doubled = 0;
        for (size_t k = 0; k < panel.scene.draw_count; k++) {
            const struct draw *const draw = &panel.scene.draws[k];
            doubled += draw->kind == DRAW_RECT && draw->rect.doubled;
        }
        assert_int_equal(doubled, i == 1 ? 2 : 1);
    }
    panel_close(&panel);
}

/* What is written through a nameless view is seen where it is kept, and bools are words. */
static void what_a_line_writes_into(void **state)
{
    (void)state;
    static const struct {
        size_t stop;
        const char *equation, *shown;
    } cases[] = {
        { 5, "row[1]: 2 → 20", "the same memory: w" },
        { 9, "w[0, 0]: 1 → 7", "the same memory: row" },
        { 10, "[0, 0]: (7 > 7) = False", "False" },
    };
    struct panel panel;

    panel_open(&panel, "assigned", SCREEN_PRESENT);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool shown = false;
        panel_show(&panel, cases[i].stop, stage, view_tensor);
        assert_string_equal(view_tensor_equation(&panel.view), cases[i].equation);
        for (size_t k = 0; k < panel.scene.draw_count; k++) {
            const struct draw *const draw = &panel.scene.draws[k];
            shown =
                shown || (draw->kind == DRAW_TEXT && strcmp(draw->text.bytes, cases[i].shown) == 0);
        }
        assert_true(shown);
    }
    panel_close(&panel);
}

/* A print right behind what it prints leaves the operands on show, one that is no more as well; a later one
 * shows the tensor alone. */
static void what_was_just_made_is_printed(void **state)
{
    (void)state;
    static const struct {
        size_t stop;
        bool operands;
    } cases[] = { { 4, true }, { 5, true }, { 7, false } };
    struct panel panel;

    panel_open(&panel, "printed", SCREEN_PRESENT);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        panel_show(&panel, cases[i].stop, stage, view_tensor);
        assert_non_null(text_of(&panel, "g"));
        assert_int_equal(text_of(&panel, "x.T") != NULL, cases[i].operands);
    }
    panel_close(&panel);
}

/* Two of one shape that are printed one after the other stand side by side; one of another shape, alone. */
static void what_is_printed_one_after_the_other(void **state)
{
    (void)state;
    static const struct {
        size_t stop;
        const char *seen;
    } cases[] = { { 5, "a" }, { 6, "ab" }, { 7, "c" } };
    struct panel panel;

    panel_open(&panel, "compared", SCREEN_PRESENT);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char seen[4] = "";
        size_t arrows = 0, length = 0;
        panel_show(&panel, cases[i].stop, stage, view_tensor);
        for (const char *name = "abc"; *name; name++) {
            if (text_of(&panel, (const char[]){ *name, '\0' })) {
                seen[length++] = *name;
            }
        }
        for (size_t k = 0; k < panel.scene.draw_count; k++) {
            arrows += panel.scene.draws[k].kind == DRAW_PATH;
        }
        assert_string_equal(seen, cases[i].seen);
        assert_int_equal(arrows, 0);
    }
    panel_close(&panel);
}

/* A long expression is written out where there is room, and shortened where not. */
static void a_name_takes_the_room_that_there_is(void **state)
{
    (void)state;
    static const char name[] = "numbers.reshape(-1, columns)";
    struct panel panel;

    panel_open(&panel, "compared", SCREEN_PRESENT);
    const size_t last = stops_count(panel.stops, STOP_OPERATION);
    for (int narrow = 0; narrow < 2; narrow++) {
        const struct rect area = { 0, 184, narrow ? 700 : 1366, 522 };
        panel_show(&panel, last, area, view_tensor);
        const struct draw_text *const text = text_of(&panel, name);
        assert_non_null(text);
        const float wide =
            fonts_measure(panel.view.fonts, text->role, name, strlen(name)) * text->size;
        assert_int_equal(wide > text->max_width, narrow);
    }
    panel_close(&panel);
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

static size_t drawn_between(const struct panel *panel, enum ink fill, enum scene_layer layer)
{
    size_t count = 0;

    for (size_t i = 0; i < panel->scene.draw_count; i++) {
        const struct draw *const draw = &panel->scene.draws[i];
        count += draw->kind == DRAW_RECT && draw->rect.fill == fill && draw->layer == layer;
    }
    return count;
}

/* x[:, 1] takes two cells: both are empty at first, travel, and are there when the step rests. */
static void cells_travel_to_their_place(void **state)
{
    (void)state;
    struct panel panel;

    panel_open(&panel, "indexing", SCREEN_PRESENT);
    panel.view.motion.progress = 0;
    panel_show(&panel, 6, stage, view_tensor);
    assert_int_equal(drawn_between(&panel, INK_CARD, LAYER_MOVING), 2);
    panel.view.motion.progress = 0.5f;
    panel_show(&panel, 6, stage, view_tensor);
    assert_int_equal(drawn_between(&panel, INK_CARD, LAYER_MOVING), 2);
    assert_int_equal(drawn_between(&panel, INK_HEAT, LAYER_MOVING),
                     6); /* four and two on their way */
    panel.view.motion.progress = 1;
    panel_show(&panel, 6, stage, view_tensor);
    assert_int_equal(drawn_between(&panel, INK_CARD, LAYER_STILL), 0);
    assert_int_equal(drawn_between(&panel, INK_HEAT, LAYER_STILL), 6);
    /* Going back nothing travels. */
    panel.view.motion = (struct view_motion){ .progress = 0.5f, .backwards = true };
    panel_show(&panel, 6, stage, view_tensor);
    assert_int_equal(drawn_between(&panel, INK_HEAT, LAYER_STILL), 6);
    panel_close(&panel);
}

/* Steps of a walk show gradients in the places of their tensors. */
static void gradients_go_back(void **state)
{
    (void)state;
    struct panel panel;

    panel_open(&panel, "autograd", SCREEN_PRESENT);
    for (size_t stop = 1; stop <= stops_count(panel.stops, STOP_OPERATION); stop++) {
        const struct stop *const at = stops_at(panel.stops, STOP_OPERATION, stop - 1);
        panel_show(&panel, stop, stage, view_tensor);
        bool dashed = false;
        for (size_t i = 0; i < panel.scene.draw_count; i++) {
            dashed = dashed || (panel.scene.draws[i].kind == DRAW_PATH &&
                                panel.scene.draws[i].path.stroke == INK_BACKWARD &&
                                panel.scene.draws[i].path.head_start > 0);
        }
        assert_int_equal(dashed, trace_record(panel.trace, at->record)->kind == RECORD_VISIT);
    }
    panel_close(&panel);
}

static void statistics_of_every_kind_of_number(void **state)
{
    (void)state;
    const float numbers[] = { 1, -3, 0, 0, NAN, INFINITY, 5, 2 };
    struct trace_value value = { .dtype = "float32", .bytes = numbers, .count = 8 };
    size_t bins[HISTOGRAM_BINS], total = 0;

    const struct tensor_stats stats = tensor_stats_of(&value);
    assert_int_equal(stats.zeros, 2);
    assert_int_equal(stats.odd, 2);
    assert_int_equal(stats.finite, 6);
    assert_true(stats.least == -3 && stats.most == 5);
    assert_true(fabs(stats.mean - 5.0 / 6) < 1e-12);
    assert_true(fabs(stats.std - 2.639444) < 1e-6); /* torch.std of the six */
    tensor_histogram(&value, &stats, bins);
    for (int i = 0; i < HISTOGRAM_BINS; i++) {
        total += bins[i];
    }
    assert_int_equal(total, 6);
    assert_int_equal(bins[0], 1);
    assert_int_equal(bins[HISTOGRAM_BINS - 1], 1);

    value.count = 1;
    const struct tensor_stats one = tensor_stats_of(&value);
    assert_true(one.least == 1 && one.most == 1 && isnan(one.std));
    tensor_histogram(&value, &one, bins);
    assert_int_equal(bins[HISTOGRAM_BINS / 2], 1);

    value.count = 0;
    const struct tensor_stats none = tensor_stats_of(&value);
    assert_true(isnan(none.least) && isnan(none.mean));
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
        cmocka_unit_test(what_failed_is_no_result),
        cmocka_unit_test(the_cell_that_won),
        cmocka_unit_test(what_a_line_writes_into),
        cmocka_unit_test(what_was_just_made_is_printed),
        cmocka_unit_test(what_is_printed_one_after_the_other),
        cmocka_unit_test(a_name_takes_the_room_that_there_is),
        cmocka_unit_test(a_cell_and_its_source),
        cmocka_unit_test(cells_travel_to_their_place),
        cmocka_unit_test(gradients_go_back),
        cmocka_unit_test(statistics_of_every_kind_of_number),
        cmocka_unit_test(before_the_first_tensor),
    };
    return test_run(tests);
}
