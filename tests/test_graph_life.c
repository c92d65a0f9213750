/* The life of the graph: what is stored, kept and freed, where the way back is cut, what is let go. */

#include "tests/test.h"

#include "tests/graph_stage.h"

/* Texts that are drawn at less than full strength. */
static int count_faded(const struct stage *stage)
{
    int count = 0;
    for (size_t i = 0; i < stage->scene.draw_count; i++) {
        const struct draw *draw = &stage->scene.draws[i];
        count += draw->kind == DRAW_TEXT && draw->text.alpha > 0 && draw->text.alpha < 0.5f;
    }
    return count;
}

/* Strokes of cuts are the only paths in the ink of text. */
static int count_cuts(const struct stage *stage)
{
    int count = 0;
    for (size_t i = 0; i < stage->scene.draw_count; i++) {
        const struct draw *draw = &stage->scene.draws[i];
        count += draw->kind == DRAW_PATH && draw->path.stroke == INK_TEXT;
    }
    return count / 2;
}

static int count_rects(const struct stage *stage, enum ink fill, enum ink stroke)
{
    int count = 0;
    for (size_t i = 0; i < stage->scene.draw_count; i++) {
        const struct draw *draw = &stage->scene.draws[i];
        count += draw->kind == DRAW_RECT && draw->rect.fill == fill && draw->rect.stroke == stroke;
    }
    return count;
}

/* The stop at the end of the n-th execution of a line. */
static size_t end_of_line(const struct stage *stage, int64_t line, uint32_t visit)
{
    bool exact;
    const uint32_t moment =
        address_find(stage->trace, stage->stops,
                     &(struct moment_address){ .cell = 1, .line = line, .visit = visit }, &exact);
    assert_true(exact);
    return stops_index_at(stage->stops, STOP_OPERATION, moment);
}

static void values_are_stored_and_freed(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "autograd", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_OP, 2));
    assert_false(shows(&stage, "saved")); /* x + 2 keeps nothing */
    stage_show(&stage, stop_of(&stage, RECORD_OP, 3));
    assert_int_equal(count_shown(&stage, "saved"), 1);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    assert_false(shows(&stage, "saved"));
    assert_int_equal(count_shown(&stage, "freed"), 2);
    stage_close(&stage);
}

static void retained_values_are_said_to_be_kept(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "retain_graph", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    assert_true(shows(&stage, "kept"));
    assert_false(shows(&stage, "freed"));
    assert_false(shows(&stage, "saved"));
    stage_close(&stage);
}

/* What a mark stands for is said on every card that has one, in both languages, with and without room. */
static void no_mark_stands_without_its_word(void **state)
{
    (void)state;
    for (int vi = 0; vi < 2; vi++) {
        for (int narrow = 0; narrow < 2; narrow++) {
            struct stage stage;
            struct error err = { 0 };
            stage_open(&stage, "three_paths", nowhere);
            words_destroy(stage.words);
            stage.view.words = stage.words = words_create(GRADLIGHT_BUILD_ROOT "/assets/po", &err);
            stage.state.language = vi ? LANGUAGE_VI : LANGUAGE_EN;
            stage.view.room = narrow ? (struct point){ 900, 500 } : (struct point){ 3000, 900 };
            stage_show(&stage, stage_stops(&stage) - 1);
            const int freed = count_shown(&stage, vi ? "đã giải phóng" : "freed");
            const int brief = count_shown(&stage, vi ? "hết" : "gone");
            assert_int_equal(freed + brief, 3); /* 2 * x, 3 * x, a * b */
            assert_true(freed == 0 || brief == 0);
            stage_close(&stage);
        }
    }
}

/* The mark fills while the data arrives and empties while the gradient leaves. */
static void the_mark_fills_and_drains(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "autograd", nowhere);
    const size_t stops[] = { stop_of(&stage, RECORD_OP, 3), stop_of(&stage, RECORD_VISIT, 1) };
    for (size_t s = 0; s < 2; s++) {
        float heights[3];
        const float moments[] = { 0.2f, 0.5f, 1 };
        stage_show(&stage, stops[s]);
        for (size_t m = 0; m < 3; m++) {
            stage.view.motion.progress = moments[m];
            stage_draw(&stage);
            heights[m] = 0;
            for (size_t i = 0; i < stage.scene.draw_count; i++) {
                const struct draw_rect *rect = &stage.scene.draws[i].rect;
                if (stage.scene.draws[i].kind == DRAW_RECT && rect->fill == INK_FORWARD &&
                    rect->stroke == INK_NONE) {
                    heights[m] += rect->rect.h;
                }
            }
        }
        const float sign = s == 0 ? 1 : -1;
        assert_true((heights[1] - heights[0]) * sign > 1);
        assert_true((heights[2] - heights[1]) * sign > 1);
        stage.view.motion.progress = 1;
    }
    stage_close(&stage);
}

static void the_error_points_at_what_is_empty(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "second_backward", nowhere);
    const size_t error = stop_of(&stage, RECORD_ERROR, 1);
    stage_show(&stage, error - 1);
    assert_int_equal(count_rects(&stage, INK_ERROR_SOFT, INK_ERROR), 0);
    stage_show(&stage, error);
    assert_int_equal(count_rects(&stage, INK_ERROR_SOFT, INK_ERROR), 1);
    stage.state.level = GRAPH_PYTORCH;
    stage_show(&stage, error);
    assert_int_equal(count_rects(&stage, INK_ERROR_SOFT, INK_ERROR), 1);
    stage_close(&stage);
}

static void the_way_back_is_cut(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/life", nowhere);
    stage_show(&stage, end_of_line(&stage, 4, 1));
    assert_int_equal(count_cuts(&stage), 0);
    stage_show(&stage, end_of_line(&stage, 5, 1));
    assert_int_equal(count_cuts(&stage), 1);
    assert_true(shows(&stage, "detach(): no node"));
    stage_show(&stage, end_of_line(&stage, 7, 1));
    assert_true(shows(&stage, "no_grad: no node"));
    stage_show(&stage, end_of_line(&stage, 8, 1));
    assert_true(shows(&stage, "no node")); /* a comparison has no derivative */
    stage_close(&stage);
}

/* What is detached already has no way back that could be cut. */
static void what_is_detached_in_place_is_not_cut_again(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "detached_in_place", nowhere);
    stage_show(&stage, end_of_line(&stage, 8, 1));
    assert_int_equal(count_cuts(&stage), 0);
    assert_false(shows(&stage, "no node"));
    assert_string_equal(sentence_for(&stage.run, stage.words, LANGUAGE_EN, &stage.arena),
                        "k = h * 5 = 60.");
    stage_close(&stage);
}

static void a_number_that_was_taken_out_stands_beside(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/life", nowhere);
    stage_show(&stage, end_of_line(&stage, 8, 1));
    const int before = count_cuts(&stage);
    assert_false(shows(&stage, ".item()"));
    stage_show(&stage, end_of_line(&stage, 9, 1));
    assert_true(shows(&stage, ".item()"));
    assert_int_equal(count_cuts(&stage), before + 1);
    stage_close(&stage);
}

static void a_graph_that_nobody_holds_fades(void **state)
{
    (void)state;
    struct stage stage;
    struct words *words = words_create("/nowhere", &(struct error){ 0 });
    stage_open(&stage, "graphs/life", nowhere);
    stage_show(&stage, end_of_line(&stage, 10, 1));
    assert_int_equal(count_faded(&stage), 0);
    stage_show(&stage, end_of_line(&stage, 11, 1));
    assert_true(count_faded(&stage) > 6);
    assert_non_null(strstr(sentence_for(&stage.run, words, LANGUAGE_EN, &stage.arena), "are gone"));
    /* x is still there, and so is what was detached. */
    stage.view.motion.progress = 0;
    stage_draw(&stage);
    assert_int_equal(count_faded(&stage), 0);
    words_destroy(words);
    stage_close(&stage);
}

/* The model's parameters live on. */
static void parameters_do_not_fade_with_the_graph(void **state)
{
    (void)state;
    struct stage stage;
    int seen = 0;
    stage_open(&stage, "released_module", nowhere);
    for (size_t i = 0; i < stage_stops(&stage); i++) {
        stage_show(&stage, i);
        const bool gone = count_faded(&stage) > 0;
        for (size_t k = 0; gone && k < stage.scene.draw_count; k++) {
            const struct draw *draw = &stage.scene.draws[k];
            if (draw->kind == DRAW_TEXT && strcmp(draw->text.bytes, ".grad") == 0) {
                assert_true(draw->text.alpha == 0);
                seen++;
            }
        }
    }
    assert_true(seen > 0);
    stage_close(&stage);
}

static void clearing_empties_the_drawer_and_nothing_else(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/life", nowhere);
    stage_show(&stage, end_of_line(&stage, 14, 1));
    assert_true(shows(&stage, "6"));
    stage_show(&stage, end_of_line(&stage, 15, 1));
    assert_true(shows(&stage, "None"));
    stage.view.motion.progress = 0;
    stage_draw(&stage);
    assert_false(shows(&stage, "None"));
    stage_close(&stage);
}

/* The lowest foot of a module's box that is drawn. */
static float box_foot(const struct stage *stage)
{
    float foot = 0;
    for (size_t i = 0; i < stage->scene.draw_count; i++) {
        const struct draw *const draw = &stage->scene.draws[i];
        if (draw->kind == DRAW_GROUP && draw->group.target.kind == TARGET_MODULE) {
            const struct rect bounds = draw->group.bounds;
            foot = bounds.y + bounds.h > foot ? bounds.y + bounds.h : foot;
        }
    }
    return foot;
}

/* What hangs below cards in a walk back has no room in their box before. */
static void a_box_grows_for_the_gradients(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "linear_adam", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    const size_t visit = stop_of(&stage, RECORD_VISIT, 1);
    stage_show(&stage, visit);
    const float walked = box_foot(&stage);
    stage_show(&stage, stop_of(&stage, RECORD_BACKWARD, 1) - 1);
    const float before = box_foot(&stage);
    assert_true(before > 0);
    assert_true(before < walked - 10);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_stored_and_freed),
        cmocka_unit_test(retained_values_are_said_to_be_kept),
        cmocka_unit_test(no_mark_stands_without_its_word),
        cmocka_unit_test(the_mark_fills_and_drains),
        cmocka_unit_test(the_error_points_at_what_is_empty),
        cmocka_unit_test(the_way_back_is_cut),
        cmocka_unit_test(what_is_detached_in_place_is_not_cut_again),
        cmocka_unit_test(a_number_that_was_taken_out_stands_beside),
        cmocka_unit_test(a_graph_that_nobody_holds_fades),
        cmocka_unit_test(parameters_do_not_fade_with_the_graph),
        cmocka_unit_test(clearing_empties_the_drawer_and_nothing_else),
        cmocka_unit_test(a_box_grows_for_the_gradients),
    };
    return test_run(tests);
}
