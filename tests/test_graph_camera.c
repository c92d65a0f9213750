/* How large a graph is drawn, and which part of it where not all has room. */

#include "tests/test.h"

#include "render/graph/graph.h"
#include "render/graph/picture.h"
#include "tests/graph_stage.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presenting_never_shrinks_text),
        cmocka_unit_test(exploring_never_shrinks_text_below_reading),
        cmocka_unit_test(a_graph_that_is_too_large_is_made_to_fit),
        cmocka_unit_test(a_changed_parameter_is_in_sight),
        cmocka_unit_test(a_drawer_out_of_sight_begins_in_sight),
        cmocka_unit_test(a_camera_shows_whole_cards),
        cmocka_unit_test(a_camera_shows_where_a_gradient_goes),
    };
    return test_run(tests);
}
