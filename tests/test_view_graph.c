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

static void presenting_never_shrinks_text(void **state)
{
    (void)state;
    const float sizes[][2] = { { 1920, 1080 }, { 1280, 800 }, { 1024, 768 } };
    const char *const fixtures[] = { "autograd", "linear_adam", "branch" };
    for (size_t f = 0; f < 3; f++) {
        struct stage stage;
        stage_open(&stage, fixtures[f], nowhere);
        for (size_t i = 0; i < 3; i++) {
            stage.width = sizes[i][0];
            stage.height = sizes[i][1];
            stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
            for (size_t k = 0; k < stage.scene.draw_count; k++) {
                const struct draw *draw = &stage.scene.draws[k];
                if (draw->kind == DRAW_TEXT) {
                    assert_true(draw->text.size >= stage.view.type.caption * 0.93f);
                }
            }
        }
        stage_close(&stage);
    }
}

/* Also where the graph fits but for a hair's breadth. */
static void exploring_never_shrinks_text_below_reading(void **state)
{
    (void)state;
    struct stage stage;
    size_t seen = 0;
    stage_open(&stage, "autograd", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    for (stage.width = 800; stage.width < 900; stage.width += 2) {
        stage_show(&stage, stage_stops(&stage) - 1);
        for (size_t k = 0; k < stage.scene.draw_count; k++) {
            const struct draw *draw = &stage.scene.draws[k];
            if (draw->kind == DRAW_TEXT) {
                assert_true(draw->text.size >= 12.99f);
                seen++;
            }
        }
    }
    assert_true(seen > 1000);
    stage_close(&stage);
}

/* Two rows are higher than a projector's stage at the size that a class reads: flatter cards fit. */
static void a_graph_that_is_too_large_is_made_to_fit(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "diamond", worker);
    stage.width = 1920;
    stage.height = 734;
    stage_show(&stage, stage_stops(&stage) - 1);
    const struct type_scale type = screen_type(&stage.state, 1920, 1080);
    assert_true(graph_picture_size(stage.view.graph).y * type.text / 16 > stage.height);
    for (size_t i = stop_of(&stage, RECORD_OP, 1); i < stage_stops(&stage); i++) {
        const struct rect area = { 0, 0, stage.width, stage.height };
        stage_go(&stage, i);
        stage.view.type = type;
        stage.view.room = (struct point){ area.w, area.h };
        assert_true(graph_picture_prepare(stage.view.graph, &stage.view, true, 0));
        const struct point size = graph_picture_size(stage.view.graph);
        const struct graph_camera camera = graph_camera(&stage.view, area);
        assert_true(camera.zoom >= type.text / 16 * 0.99f);
        assert_true(size.x * camera.zoom <= area.w && size.y * camera.zoom <= area.h);
    }
    stage_close(&stage);
}

/* Where it cannot fit, no text is cut by the stage's border, and the camera rests while what a step is about
 * is in sight. */
static void check_whole_cards(enum screen_mode mode)
{
    struct stage stage;
    size_t moves = 0, stops;
    struct point before = { 0, 0 };
    stage_open(&stage, "retain_graph", nowhere);
    stage.state.mode = mode;
    stage.width = mode == SCREEN_PRESENT ? 700 : 500;
    stops = stage_stops(&stage);
    for (size_t i = 0; i < stops; i++) {
        const struct rect area = { 0, 0, stage.width, stage.height };
        stage_show(&stage, i);
        const struct graph_camera camera = graph_camera(&stage.view, area);
        moves += i > 0 && (camera.centre.x != before.x || camera.centre.y != before.y);
        before = camera.centre;
        for (size_t d = 0; d < stage.scene.draw_count; d++) {
            const struct draw *draw = &stage.scene.draws[d];
            if (draw->kind == DRAW_TEXT) {
                assert_true(draw->text.at.x >= 0 && draw->text.at.x <= stage.width);
                assert_true(draw->text.at.y >= 0 && draw->text.at.y <= stage.height);
            }
        }
    }
    assert_true(moves > 0 && moves * 2 < stops);
    stage_close(&stage);
}

/* In a card that is higher than the stage, the parameter that a step changes is in sight. */
static void a_changed_parameter_is_in_sight(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/norms", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    stage.width = 700;
    stage.height = 230;
    for (int n = 1; n <= 4; n++) {
        const struct rect area = { 0, 0, stage.width, stage.height };
        const size_t stop = stop_of(&stage, RECORD_ACCUMULATE, n);
        const uint32_t record = stops_at(stage.stops, STOP_OPERATION, stop)->record;
        const int64_t changed = trace_record(stage.trace, record)->accumulate.tensor;
        stage_show(&stage, stop);
        const struct graph_model *const model = graph_picture_model(stage.view.graph);
        const struct graph_camera camera = graph_camera(&stage.view, area);
        const int at = graph_model_find_parameter(model, changed, stage.run.moment);
        assert_true(at >= 0);
        const struct graph_card *const card = &model->cards[at];
        const struct rect whole =
            graph_card_rect(model, graph_picture_layout(stage.view.graph), at);
        assert_true(whole.h * camera.zoom > area.h);
        for (int i = 0; i < card->parameter_count; i++) {
            const struct rect place = card->parameters[i].place;
            const float top = area.h / 2 + (whole.y + place.y - camera.centre.y) * camera.zoom;
            if (card->parameters[i].tensor == changed) {
                assert_true(top >= 0 && top + place.h * camera.zoom <= area.h);
            }
        }
    }
    stage_close(&stage);
}

/* A leaf whose drawer has no room on the stage shows that it has one. */
static void a_drawer_out_of_sight_begins_in_sight(void **state)
{
    (void)state;
    struct stage stage;
    int drawers = 0;
    stage_open(&stage, "autograd", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    stage.width = 600;
    stage.height = 100;
    stage_show(&stage, stop_of(&stage, RECORD_OP, 2));
    for (size_t i = 0; i < stage.scene.draw_count; i++) {
        const struct draw *draw = &stage.scene.draws[i];
        drawers += draw->kind == DRAW_RECT && draw->rect.stroke == INK_LEAF;
    }
    assert_true(shows(&stage, "x") && !shows(&stage, "x.grad"));
    assert_int_equal(drawers, 2); /* the card and its drawer */
    stage_close(&stage);
}

static void a_camera_shows_whole_cards(void **state)
{
    (void)state;
    check_whole_cards(SCREEN_PRESENT);
    check_whole_cards(SCREEN_EXPLORE);
}

static bool shows_card(const struct stage *stage, int64_t tensor)
{
    for (size_t i = 0; i < stage->scene.draw_count; i++) {
        const struct draw *const draw = &stage->scene.draws[i];
        if (draw->kind == DRAW_GROUP && draw->group.target.kind == TARGET_TENSOR &&
            draw->group.target.id == tensor) {
            return true;
        }
    }
    return false;
}

/* Whether the card of the operation that an edge of a walk leads to is on the stage. */
static bool shows_target(const struct stage *stage, const struct edge_target *to)
{
    const struct trace_node *const node = trace_node(stage->trace, to->node);
    const int64_t id = node ? trace_op(stage->trace, node->op)->record->out.ids[0] : to->leaf;

    const struct trace_tensor *const tensor = trace_tensor(stage->trace, id);
    struct arena arena = { 0 };
    const bool named = tensor && shows(stage, trace_tensor_label(stage->trace, tensor, &arena));
    arena_finish(&arena);
    return named || (node && tensor && shows_card(stage, id));
}

/* On a low stage the card that a step's gradient goes to is there, if need be without what hangs below it;
 * the others are inside of a card. */
static void a_camera_shows_where_a_gradient_goes(void **state)
{
    (void)state;
    struct stage stage;
    size_t seen = 0, edges = 0;
    stage_open(&stage, "graphs/blocks", nowhere);
    stage.width = 500;
    stage.height = 300;
    for (size_t i = 0; i < stage_stops(&stage); i++) {
        const uint32_t index = stops_at(stage.stops, STOP_OPERATION, i)->record;
        const struct record *const record = trace_record(stage.trace, index);
        if (record->kind != RECORD_VISIT) {
            continue;
        }
        stage_show(&stage, i);
        for (size_t e = 0; e < record->visit.edge_count; e++, edges++) {
            seen += shows_target(&stage, &record->visit.edges[e].to);
        }
    }
    assert_int_equal(edges, 34);
    assert_int_equal(seen, 13);
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
        cmocka_unit_test(an_error_marks_its_node),
        cmocka_unit_test(parameters_stand_in_their_operation),
        cmocka_unit_test(without_gradients_it_says_so),
        cmocka_unit_test(nothing_moves_while_stepping),
        cmocka_unit_test(iterations_of_a_loop_look_alike),
        cmocka_unit_test(presenting_never_shrinks_text),
        cmocka_unit_test(exploring_never_shrinks_text_below_reading),
        cmocka_unit_test(a_graph_that_is_too_large_is_made_to_fit),
        cmocka_unit_test(a_changed_parameter_is_in_sight),
        cmocka_unit_test(a_drawer_out_of_sight_begins_in_sight),
        cmocka_unit_test(a_camera_shows_whole_cards),
        cmocka_unit_test(a_camera_shows_where_a_gradient_goes),
        cmocka_unit_test(a_motion_ends_in_the_resting_frame),
        cmocka_unit_test(a_pointer_finds_cards),
        cmocka_unit_test(the_layout_is_awaited_without_blocking),
        cmocka_unit_test(a_hanging_worker_leaves_the_plain_layout),
        cmocka_unit_test(dot_carries_the_data),
    };
    return test_run(tests);
}
