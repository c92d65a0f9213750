#include "tests/test.h"

#include "render/graph/graph.h"
#include "render/graph/picture.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/graph_stage.h"

/* ---- golden ---------------------------------------------------------------------------------- */

static void golden_scenes(void **state)
{
    (void)state;
    const struct {
        const char *name, *fixture;
        enum record_kind kind;
        int n;
        enum graph_level level;
        enum screen_mode mode;
    } rows[] = {
        { "graph_forward", "autograd", RECORD_OP, 4, GRAPH_MATHEMATICS, SCREEN_PRESENT },
        { "graph_visit", "autograd", RECORD_VISIT, 2, GRAPH_MATHEMATICS, SCREEN_PRESENT },
        { "graph_accumulate", "autograd", RECORD_ACCUMULATE, 1, GRAPH_MATHEMATICS, SCREEN_PRESENT },
        { "graph_pytorch", "autograd", RECORD_VISIT, 3, GRAPH_PYTORCH, SCREEN_PRESENT },
        { "graph_error", "second_backward", RECORD_ERROR, 1, GRAPH_MATHEMATICS, SCREEN_PRESENT },
        { "graph_changed_in_place", "changed_in_place", RECORD_ERROR, 1, GRAPH_MATHEMATICS,
          SCREEN_PRESENT },
        { "graph_accumulate_again", "retain_graph", RECORD_ACCUMULATE, 2, GRAPH_MATHEMATICS,
          SCREEN_EXPLORE },
        { "graph_diamond", "diamond", RECORD_VISIT, 4, GRAPH_MATHEMATICS, SCREEN_EXPLORE },
        { "graph_linear", "linear_adam", RECORD_ACCUMULATE, 2, GRAPH_MATHEMATICS, SCREEN_EXPLORE },
        { "graph_indexing", "indexing", RECORD_OP, 6, GRAPH_MATHEMATICS, SCREEN_EXPLORE },
        { "graph_written_part", "written_part", RECORD_VISIT, 6, GRAPH_MATHEMATICS,
          SCREEN_EXPLORE },
        { "graph_written_part_pytorch", "written_part", RECORD_VISIT, 5, GRAPH_PYTORCH,
          SCREEN_EXPLORE },
        { "graph_branch", "branch", RECORD_ACCUMULATE, 2, GRAPH_MATHEMATICS, SCREEN_EXPLORE },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct stage stage;
        stage_open(&stage, rows[i].fixture, nowhere);
        stage.state.level = rows[i].level;
        stage.state.mode = rows[i].mode;
        stage_show(&stage, stop_of(&stage, rows[i].kind, rows[i].n));
        assert_golden_scene(rows[i].name, &stage.scene);
        stage_close(&stage);
    }
}

/* ---- what a resting frame says --------------------------------------------------------------- */

static void a_card_is_born_with_its_line(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "autograd", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_OP, 1));
    assert_true(shows(&stage, "x"));
    assert_true(shows(&stage, "None"));
    assert_false(shows(&stage, "y"));
    stage_show(&stage, stop_of(&stage, RECORD_OP, 3));
    assert_true(shows(&stage, "y * y"));
    assert_true(shows(&stage, "9"));
    assert_false(shows(&stage, "27"));
    assert_false(shows(&stage, "∂z/∂y")); /* nothing goes back yet */
    stage_close(&stage);
}

/* `w = w - 0.5` makes another tensor of that name. */
static void an_old_name_is_told_from_the_new(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/renamed", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_OP, 1));
    assert_int_equal(count_shown(&stage, "w"), 1);
    stage_show(&stage, stop_of(&stage, RECORD_OP, 3));
    assert_int_equal(count_shown(&stage, "w (old)"), 1);
    stage_close(&stage);
}

static void gradients_come_path_by_path(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "autograd", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_VISIT, 1));
    assert_true(shows(&stage, "1 × 3 = 3"));
    assert_false(shows(&stage, "3 × 3 = 9"));
    stage_show(&stage, stop_of(&stage, RECORD_VISIT, 2));
    assert_int_equal(count_shown(&stage, "3 × 3 = 9"), 2);
    assert_true(shows(&stage, "9 + 9 = 18")); /* before the card */
    assert_true(shows(&stage, "18"));         /* in its chip */
    assert_true(shows(&stage, "None"));       /* the drawer waits for the accumulation */
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    assert_false(shows(&stage, "None"));
    stage_close(&stage);

    stage_open(&stage, "diamond", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_VISIT, 2));
    assert_true(shows(&stage, "5 + …"));
    stage_show(&stage, stop_of(&stage, RECORD_VISIT, 3));
    assert_true(shows(&stage, "5 + 2 = 7"));
    stage_close(&stage);

    /* Too long for the gap between the cards: in two lines above or below the one that it belongs to. */
    stage_open(&stage, "three_paths", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    assert_true(shows(&stage, "1 + 6 + 6"));
    assert_true(shows(&stage, "= 13"));
    stage_close(&stage);
}

static void a_second_gradient_is_added_to_the_first(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "retain_graph", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 2));
    assert_true(shows(&stage, "18 + 18 = 36"));
    assert_true(shows(&stage, "9 + 9 = 18"));
    stage_close(&stage);
}

/* The title of its drawer alone, until an operation takes it from there: then of a card as well. */
static void a_gradient_has_a_card_once_it_is_taken(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "taken_gradient", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    assert_int_equal(count_shown(&stage, "w.grad"), 1);
    stage_show(&stage, stop_of(&stage, RECORD_OP, 3));
    assert_int_equal(count_shown(&stage, "w.grad"), 2);
    stage_close(&stage);
}

/* The whole has a card for each of its values, and what passes through each is shown there; the part that is
 * only written to has none. */
static void a_tensor_that_is_written_in_part_has_a_new_card(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "written_part", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    stage_show(&stage, stop_of(&stage, RECORD_OP, 5));
    assert_true(shows(&stage, "b[0] ← 0"));
    assert_true(shows(&stage, "b.mul_(3)"));
    assert_false(shows(&stage, "b[0]"));
    assert_int_equal(count_shown(&stage, "b"), 1);
    stage_show(&stage, stop_of(&stage, RECORD_VISIT, 7));
    assert_true(shows(&stage, "∂s/∂b"));
    assert_true(shows(&stage, "∂s/∂(b[0] ← 0)"));
    assert_true(shows(&stage, "∂s/∂(b.mul_(3))"));
    assert_true(shows(&stage, "∂s/∂(a * 2)"));
    stage_close(&stage);
}

/* Each value of an operation's second output has that one's name and gradient, not the first one's. */
static void a_further_output_that_is_written_to_keeps_its_name(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "output_written", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    stage_show(&stage, stop_of(&stage, RECORD_OP, 2));
    assert_int_equal(count_shown(&stage, "v"), 1);
    assert_int_equal(count_shown(&stage, "m"), 1);
    stage_show(&stage, stop_of(&stage, RECORD_VISIT, 2));
    assert_int_equal(count_shown(&stage, "v"), 1);
    assert_true(shows(&stage, "∂loss/∂m"));
    assert_true(shows(&stage, "10"));
    stage_close(&stage);
}

static void an_error_marks_its_node(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "second_backward", nowhere);
    const size_t stop = stop_of(&stage, RECORD_ERROR, 1);
    stage_show(&stage, stop - 1);
    int blocks = 0;
    for (size_t i = 0; i < stage.scene.draw_count; i++) {
        blocks +=
            stage.scene.draws[i].kind == DRAW_RECT && stage.scene.draws[i].rect.fill == INK_ERROR;
    }
    assert_int_equal(blocks, 0);
    stage_show(&stage, stop);
    for (size_t i = 0; i < stage.scene.draw_count; i++) {
        blocks +=
            stage.scene.draws[i].kind == DRAW_RECT && stage.scene.draws[i].rect.fill == INK_ERROR;
    }
    assert_int_equal(blocks, 1);
    assert_true(shows(&stage, "freed"));
    assert_true(shows(&stage, "y * y")); /* the picture stays */
    stage_close(&stage);
}

static void parameters_stand_in_their_operation(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "linear_adam", nowhere);
    stage.state.mode = SCREEN_EXPLORE; /* all of it is on the stage */
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 2));
    assert_true(shows(&stage, "x @ Wᵀ + b"));
    assert_true(shows(&stage, "W · weight (1, 1)"));
    assert_true(shows(&stage, "-10.9645"));
    assert_true(shows(&stage, "-32.4301"));
    assert_true(shows(&stage, "model : Linear"));
    assert_true(shows(&stage, "35.0928"));
    stage_close(&stage);
}

static void without_gradients_it_says_so(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "indexing", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_OP, 1));
    assert_true(shows(&stage, "No tensor has requires_grad=True yet, so PyTorch builds no graph."));
    stage_close(&stage);
}

/* ---- what must not change -------------------------------------------------------------------- */

static void nothing_moves_while_stepping(void **state)
{
    (void)state;
    struct stage stage;
    struct rect first[5] = { { 0, 0, 0, 0 } };
    stage_open(&stage, "autograd", nowhere);
    for (size_t stop = stop_of(&stage, RECORD_OP, 1); stop < stage_stops(&stage); stop++) {
        stage_show(&stage, stop);
        for (int64_t tensor = 1; tensor <= 4; tensor++) {
            const struct target target = { .kind = TARGET_TENSOR, .id = tensor };
            const struct rect box = graph_picture_box(stage.view.graph, target);
            assert_true(box.w > 0);
            if (first[tensor].w > 0) {
                assert_memory_equal(&box, &first[tensor], sizeof(box));
            }
            first[tensor] = box;
        }
    }
    stage_close(&stage);
}

static void iterations_of_a_loop_look_alike(void **state)
{
    (void)state;
    const int64_t losses[] = { 9, 27, 41 };
    struct rect boxes[3];
    struct stage stage;
    stage_open(&stage, "linear_adam", nowhere);
    for (int i = 0; i < 3; i++) {
        stage_show(&stage, stop_of(&stage, RECORD_BACKWARD, i + 1));
        boxes[i] = graph_picture_box(stage.view.graph,
                                     (struct target){ .kind = TARGET_TENSOR, .id = losses[i] });
        assert_true(boxes[i].w > 0);
        assert_memory_equal(&boxes[i], &boxes[0], sizeof(boxes[0]));
    }
    stage_close(&stage);
}

static void a_motion_ends_in_the_resting_frame(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "autograd", nowhere);
    const size_t stop = stop_of(&stage, RECORD_VISIT, 2);
    stage_show(&stage, stop);
    const size_t resting = stage.scene.draw_count;
    const float moments[] = { 0, 0.3f, 0.8f };
    for (size_t i = 0; i < 3; i++) {
        stage.view.motion.progress = moments[i];
        stage_draw(&stage);
        /* The same commands in the same places of the list, so that only what moves is repainted. */
        assert_int_equal(stage.scene.draw_count, resting);
        size_t still = 0;
        for (size_t k = 0; k < stage.scene.draw_count; k++) {
            still += stage.scene.draws[k].layer == LAYER_STILL;
        }
        assert_true(still > resting / 3);
    }
    stage_close(&stage);
}

/* ---- pointing -------------------------------------------------------------------------------- */

static void a_pointer_finds_cards(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "autograd", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    const struct rect area = { 0, 0, stage.width, stage.height };
    const struct graph_camera camera = graph_camera(&stage.view, area);
    const struct rect box =
        graph_picture_box(stage.view.graph, (struct target){ .kind = TARGET_TENSOR, .id = 2 });
    const struct point page = {
        stage.width / 2 + (box.x + box.w / 2 - camera.centre.x) * camera.zoom,
        stage.height / 2 + (box.y + 20 - camera.centre.y) * camera.zoom,
    };
    const struct target hit = scene_hit(&stage.scene, page);
    assert_int_equal(hit.kind, TARGET_TENSOR);
    assert_int_equal(hit.id, 2);
    const struct point chip = { page.x, page.y + (box.h - 40) * camera.zoom };
    assert_int_equal(scene_hit(&stage.scene, chip).kind, TARGET_DRAWER);
    assert_string_equal(scene_hit_title(&stage.scene, chip), "y.grad → None");
    stage_close(&stage);
}

/* ---- the worker ------------------------------------------------------------------------------ */

static void the_layout_is_awaited_without_blocking(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "autograd", worker);
    stage_go(&stage, stop_of(&stage, RECORD_OP, 4));
    for (int i = 0; !graph_picture_prepare(stage.view.graph, &stage.view, false, 0) && i < 1000;
         i++) {
        struct pollfd ready = { .fd = graph_picture_descriptor(stage.view.graph),
                                .events = POLLIN };
        assert_true(ready.fd >= 0);
        assert_int_equal(poll(&ready, 1, 5000), 1);
    }
    assert_int_equal(graph_picture_descriptor(stage.view.graph), -1);
    stage_draw(&stage);
    assert_true(shows(&stage, "27"));
    stage_close(&stage);
}

static void a_hanging_worker_leaves_the_plain_layout(void **state)
{
    (void)state;
    char folder[] = "/tmp/gradlight-test-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/worker", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("#!/bin/sh\nexec sleep 60\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);

    struct stage stage;
    stage_open(&stage, "autograd", path);
    stage_go(&stage, stop_of(&stage, RECORD_OP, 4));
    assert_false(graph_picture_prepare(stage.view.graph, &stage.view, false, 0));
    stage_draw(&stage); /* nothing to show yet, and no harm */
    assert_false(graph_picture_prepare(stage.view.graph, &stage.view, false, 0.5));
    /* It is not asked again: it would take as long. */
    assert_true(graph_picture_prepare(stage.view.graph, &stage.view, false, 1.5));
    stage_draw(&stage);
    assert_true(shows(&stage, "27"));
    stage_close(&stage);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* ---- dot ------------------------------------------------------------------------------------- */

static void dot_carries_the_data(void **state)
{
    (void)state;
    struct stage stage;
    struct text text = { 0 };
    stage_open(&stage, "autograd", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    graph_dot(&stage.view, &text);
    assert_non_null(strstr(text_string(&text), "digraph episode {"));
    assert_non_null(strstr(text_string(&text), "label=\"y * y\", kind=\"result\""));
    assert_non_null(strstr(text_string(&text), "grad_fn=\"MulBackward0\""));
    assert_non_null(strstr(text_string(&text), "upstream=\"3\", local=\"3\", contribution=\"9\""));
    text_finish(&text);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_scenes),
        cmocka_unit_test(a_card_is_born_with_its_line),
        cmocka_unit_test(an_old_name_is_told_from_the_new),
        cmocka_unit_test(gradients_come_path_by_path),
        cmocka_unit_test(a_second_gradient_is_added_to_the_first),
        cmocka_unit_test(a_gradient_has_a_card_once_it_is_taken),
        cmocka_unit_test(a_tensor_that_is_written_in_part_has_a_new_card),
        cmocka_unit_test(a_further_output_that_is_written_to_keeps_its_name),
        cmocka_unit_test(an_error_marks_its_node),
        cmocka_unit_test(parameters_stand_in_their_operation),
        cmocka_unit_test(without_gradients_it_says_so),
        cmocka_unit_test(nothing_moves_while_stepping),
        cmocka_unit_test(iterations_of_a_loop_look_alike),
        cmocka_unit_test(a_motion_ends_in_the_resting_frame),
        cmocka_unit_test(a_pointer_finds_cards),
        cmocka_unit_test(the_layout_is_awaited_without_blocking),
        cmocka_unit_test(a_hanging_worker_leaves_the_plain_layout),
        cmocka_unit_test(dot_carries_the_data),
    };
    return test_run(tests);
}
