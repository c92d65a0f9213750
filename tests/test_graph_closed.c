/* Closed boxes of the graph: what they show of their result, and how they open and close. */

#include "tests/test.h"

#include <math.h>

#include "render/graph/moment.h"
#include "render/graph/picture.h"
#include "tests/graph_stage.h"

/* The closed box that is called so. */
static const struct graph_card *closed_box(const struct stage *stage, const char *name)
{
    const struct graph_model *model = graph_picture_model(stage->view.graph);
    for (int i = 0; i < model->card_count; i++) {
        if (model->cards[i].group && strcmp(model->cards[i].label, name) == 0) {
            return &model->cards[i];
        }
    }
    fail_msg("no closed box %s", name);
    return NULL;
}

/* What a closed box says of its result at a stop. */
static const struct card_moment *closed_moment(struct stage *stage, const char *name, size_t stop,
                                               struct graph_moment *moment)
{
    stage_show(stage, stop);
    const struct graph_model *model = graph_picture_model(stage->view.graph);
    graph_moment_read(moment, model, &stage->view, stage->run.moment);
    return &moment->cards[closed_box(stage, name) - model->cards];
}

static int count_freed(const struct card_moment *now)
{
    int count = 0;
    for (int i = 0; i < now->inside_count; i++) {
        count += now->inside[i].freed;
    }
    return count;
}

static void a_closed_module_shows_its_result(void **state)
{
    (void)state;
    struct stage stage;
    struct graph_moment moment;
    stage_open(&stage, "graphs/sequential", nowhere);
    stage.state.fold_all = true;
    const size_t loss = stop_of(&stage, RECORD_BACKWARD, 1) - 1;
    const struct card_moment *now = closed_moment(&stage, "net", loss, &moment);
    assert_int_equal(now->value->count, 3);
    assert_null(now->arrived);
    assert_true(now->inside_count > 1);
    assert_int_equal(count_freed(now), 0);
    const int whole = now->inside_count;

    now = closed_moment(&stage, "net", stop_of(&stage, RECORD_VISIT, 1), &moment);
    assert_null(now->arrived); /* it comes through ** 2 */
    now = closed_moment(&stage, "net", stop_of(&stage, RECORD_VISIT, 2), &moment);
    assert_int_equal(now->arrived->count, 3);
    assert_int_equal(count_freed(now), 0);
    now = closed_moment(&stage, "net", stop_of(&stage, RECORD_VISIT, 3), &moment);
    assert_int_equal(count_freed(now), 1);
    now = closed_moment(&stage, "net", stop_of(&stage, RECORD_ACCUMULATE, 4), &moment);
    assert_int_equal(count_freed(now), whole);
    assert_true(shows(&stage, "freed"));
    assert_false(shows(&stage, "saved"));
    stage_close(&stage);
}

/* Before its last operation there is nothing to show, only room for it. */
static void a_closed_module_computes_before_it_shows(void **state)
{
    (void)state;
    struct stage stage;
    struct graph_moment moment;
    stage_open(&stage, "graphs/sequential", nowhere);
    stage.state.fold_all = true;
    const size_t loss = stop_of(&stage, RECORD_BACKWARD, 1) - 1;
    size_t stop = loss;
    const struct card_moment *now = closed_moment(&stage, "net", stop, &moment);
    const struct graph_card was = *closed_box(&stage, "net");
    while (now->visible && now->value) {
        now = closed_moment(&stage, "net", --stop, &moment);
    }
    assert_true(now->visible);
    assert_true(closed_box(&stage, "net")->w == was.w && closed_box(&stage, "net")->h == was.h);
    stage_close(&stage);
}

/* ---- opening and closing ----------------------------------------------------------------------- */

/* As the window does it: without waiting for the layout. */
static void turn(struct stage *stage, int64_t key, bool open, double seconds)
{
    view_fold(&stage->state, key, open);
    while (!graph_picture_prepare(stage->view.graph, &stage->view, false, seconds)) {
    }
    stage_draw(stage);
}

static void go_on(struct stage *stage, double seconds)
{
    assert_true(graph_picture_prepare(stage->view.graph, &stage->view, false, seconds));
    stage_draw(stage);
}

static int64_t key_of_module(const struct stage *stage, int64_t module)
{
    int64_t key = 0;
    bool open;
    assert_true(graph_picture_fold(
        stage->view.graph, (struct target){ .kind = TARGET_MODULE, .id = module }, &key, &open));
    return key;
}

/* The largest box with that key in the scene. */
static struct rect drawn_box(const struct stage *stage, int64_t id, enum target_kind kind)
{
    for (size_t i = 0; i < stage->scene.draw_count; i++) {
        const struct draw *draw = &stage->scene.draws[i];
        if (draw->kind == DRAW_GROUP && draw->group.target.kind == kind &&
            draw->group.target.id == id) {
            return draw->group.bounds;
        }
    }
    fail_msg("no box");
    return (struct rect){ 0 };
}

static void a_box_shrinks_when_it_is_closed(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/sequential", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 4));
    const int64_t key = key_of_module(&stage, 1);
    stage.state.zoom = 1;
    stage_draw(&stage);
    const struct rect open = drawn_box(&stage, 1, TARGET_MODULE);
    turn(&stage, key, false, 5);
    assert_true(graph_picture_turning(stage.view.graph));
    float before = drawn_box(&stage, key, TARGET_FOLD).w;
    assert_true(before > open.w - 2 && before < open.w + 2);
    for (double at = 5.1; at < 5.35; at += 0.1) {
        go_on(&stage, at);
        const float now = drawn_box(&stage, key, TARGET_FOLD).w;
        assert_true(now < before);
        before = now;
    }
    go_on(&stage, 5.4);
    assert_false(graph_picture_turning(stage.view.graph));
    const struct rect box =
        graph_picture_box(stage.view.graph, (struct target){ .kind = TARGET_FOLD, .id = key });
    assert_true(before < open.w && before > box.w - 30);
    stage_close(&stage);
}

/* The number of texts that are drawn at less than full strength. */
static int count_weak(const struct stage *stage)
{
    int count = 0;
    for (size_t i = 0; i < stage->scene.draw_count; i++) {
        const struct draw *draw = &stage->scene.draws[i];
        count += draw->kind == DRAW_TEXT && draw->text.alpha > 0 && draw->text.alpha < 1;
    }
    return count;
}

static void what_comes_out_of_a_box_appears(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/sequential", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    const size_t stop = stop_of(&stage, RECORD_ACCUMULATE, 4);
    stage_show(&stage, stop);
    const int64_t key = key_of_module(&stage, 1);
    view_fold(&stage.state, key, false);
    stage_show(&stage, stop);
    const int at_rest = count_weak(&stage);
    turn(&stage, key, true, 1);
    go_on(&stage, 1.15);
    assert_true(count_weak(&stage) > at_rest);
    go_on(&stage, 1.5);
    assert_int_equal(count_weak(&stage), at_rest);
    stage_close(&stage);
}

static void a_key_ends_the_motion(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/sequential", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 4));
    turn(&stage, key_of_module(&stage, 1), false, 1);
    graph_picture_settle(stage.view.graph);
    assert_false(graph_picture_turning(stage.view.graph));
    stage_close(&stage);
}

static int count_outlines(const struct stage *stage)
{
    int count = 0;
    for (size_t i = 0; i < stage->scene.draw_count; i++) {
        const struct draw *draw = &stage->scene.draws[i];
        count += draw->kind == DRAW_RECT && draw->rect.stroke == INK_SELECTION &&
                 draw->layer == LAYER_MOVING;
    }
    return count;
}

/* With reduced motion it jumps, and what has changed is outlined for a second. */
static void nothing_moves_when_motion_is_reduced(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/sequential", nowhere);
    stage.view.motion.still = true;
    stage.state.mode = SCREEN_EXPLORE;
    stage.state.zoom = 1;
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 4));
    const int64_t key = key_of_module(&stage, 1);
    assert_int_equal(count_outlines(&stage), 0);
    turn(&stage, key, false, 1);
    const struct rect box = drawn_box(&stage, key, TARGET_FOLD);
    assert_int_equal(count_outlines(&stage), 1);
    go_on(&stage, 1.9);
    assert_int_equal(count_outlines(&stage), 1);
    go_on(&stage, 2.1);
    assert_int_equal(count_outlines(&stage), 0);
    assert_true(drawn_box(&stage, key, TARGET_FOLD).w == box.w);
    stage_close(&stage);
}

/* ---- the round that a step is in ------------------------------------------------------------- */

/* The pile that begins at that round, or the one that ends there; 0: there is none. */
static int rounds_beside(const struct stage *stage, bool before)
{
    const struct graph_model *const model = graph_picture_model(stage->view.graph);
    int open = -1, count = 0;
    for (int i = 0; i < model->card_count && open < 0; i++) {
        open = model->cards[i].kind == CARD_RESULT && model->cards[i].cluster ? i : -1;
    }
    assert_true(open >= 0);
    for (int i = 0; i < model->card_count; i++) {
        const struct graph_group *const group = model->cards[i].group;
        if (group && (i < open) == before) {
            sscanf(group->count, "×%d", &count);
        }
    }
    return count;
}

/* Each node of a walk has its card on the picture, with what passes, and the rest of the pile beside it. */
static void a_pile_gives_the_round_that_the_step_is_in(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/loop", nowhere);
    for (int visit = 2; visit <= 7; visit++) {
        struct graph_moment moment;
        const int round = 30 - (visit - 2) / 3; /* relu, addmm, t */
        stage_show(&stage, stop_of(&stage, RECORD_VISIT, visit));
        const struct graph_model *const model = graph_picture_model(stage.view.graph);
        graph_moment_read(&moment, model, &stage.view, stage.run.moment);
        assert_true(moment.focus >= 0);
        assert_int_equal(model->cards[moment.focus].kind, CARD_RESULT);
        assert_non_null(moment.cards[moment.focus].arrived);
        assert_int_equal(rounds_beside(&stage, true), round - 1);
        assert_int_equal(rounds_beside(&stage, false), 30 - round == 1 ? 0 : 30 - round);
        assert_in_range(graph_picture_model(stage.view.graph)->card_count, 5, 7);
    }
    stage_close(&stage);
}

static void turn_at(struct stage *stage, int64_t key, bool open, size_t stop)
{
    view_fold(&stage->state, key, open);
    stage_show(stage, stop);
}

/* Who has closed the pile, or opened it, finds it so at each step. */
static void a_pile_that_was_touched_stays(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/loop", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_VISIT, 1));
    const int64_t key = closed_box(&stage, "layer, relu")->group->key;
    const size_t stop = stop_of(&stage, RECORD_VISIT, 5);
    turn_at(&stage, key, false, stop);
    assert_int_equal(graph_picture_model(stage.view.graph)->card_count, 3);
    turn_at(&stage, key, true, stop);
    assert_int_equal(graph_picture_model(stage.view.graph)->card_count, 2 + 30 * 2);
    stage_close(&stage);
}

/* The names of all open modules, a space behind each. */
static const char *open_modules(const struct stage *stage, struct arena *arena)
{
    const struct graph_model *const model = graph_picture_model(stage->view.graph);
    const char *names = "";
    for (int i = 0; i < model->cluster_count; i++) {
        const char *const title = model->clusters[i].title;
        names = arena_format(arena, "%s%.*s ", names, (int)strcspn(title, " "), title);
    }
    return names;
}

static int count_aside(const struct stage *stage)
{
    const struct graph_model *const model = graph_picture_model(stage->view.graph);
    int count = 0;
    for (int i = 0; i < model->card_count; i++) {
        count += model->cards[i].group && model->cards[i].group->kind == FOLD_ASIDE;
    }
    return count;
}

static size_t stop_of_node(const struct stage *stage, const char *name)
{
    for (size_t i = 0; i < stage_stops(stage); i++) {
        const uint32_t at = stops_at(stage->stops, STOP_OPERATION, i)->record;
        const struct record *const record = trace_record(stage->trace, at);
        if (record->kind == RECORD_VISIT &&
            strcmp(trace_node(stage->trace, record->visit.node)->record->name, name) == 0) {
            return i;
        }
    }
    fail_msg("no visit of %s", name);
    return 0;
}

/* Where it has no room, only the module is open that the step is in, and those opened by hand; what stands before
 * and behind it is put together. */
static void modules_close_where_there_is_no_room(void **state)
{
    (void)state;
    struct stage stage;
    struct arena names = { 0 };
    stage_open(&stage, "graphs/blocks", nowhere);
    stage.view.room = (struct point){ 900, 300 };
    const size_t begins = stop_of(&stage, RECORD_BACKWARD, 1);
    stage_show(&stage, begins);
    assert_string_equal(open_modules(&stage, &names), "");
    const int64_t net = closed_box(&stage, "net")->group->key;
    stage_show(&stage, stop_of_node(&stage, "AddmmBackward0"));
    assert_string_equal(open_modules(&stage, &names), "net.head ");
    assert_int_equal(count_aside(&stage), 2);
    stage_show(&stage, stop_of_node(&stage, "AddmmBackward0") + 1); /* its bias */
    assert_string_equal(open_modules(&stage, &names), "net.head ");
    stage_show(&stage, stop_of_node(&stage, "ReluBackward0"));
    assert_string_equal(open_modules(&stage, &names), "net.b ");
    view_fold(&stage.state, net, false);
    stage_show(&stage, stop_of_node(&stage, "ReluBackward0"));
    assert_string_equal(open_modules(&stage, &names), "");
    view_fold(&stage.state, net, true);
    stage_show(&stage, begins);
    assert_string_equal(open_modules(&stage, &names), "net ");
    stage.view.room.x = stage.view.room.y = INFINITY;
    stage.state.fold_count = 0;
    stage_show(&stage, begins);
    assert_true(strlen(open_modules(&stage, &names)) > strlen("net net.head "));
    arena_finish(&names);
    stage_close(&stage);
}

/* Where it has room once cards are terse, all modules stay open from step to step. */
static void modules_stay_open_where_terse_cards_have_room(void **state)
{
    (void)state;
    struct stage stage;
    struct arena names = { 0 };
    stage_open(&stage, "graphs/sequential", nowhere);
    stage.view.room = (struct point){ 2800, 650 };
    stage_show(&stage, stop_of(&stage, RECORD_BACKWARD, 1));
    assert_string_equal(open_modules(&stage, &names), "net net.0 net.1 net.2 ");
    assert_true(graph_picture_model(stage.view.graph)->units.terse);
    stage_show(&stage, stop_of_node(&stage, "AddmmBackward0"));
    assert_string_equal(open_modules(&stage, &names), "net net.0 net.1 net.2 ");
    stage.view.room.y = 350;
    stage_show(&stage, stop_of_node(&stage, "AddmmBackward0"));
    assert_string_equal(open_modules(&stage, &names), "net.2 ");
    arena_finish(&names);
    stage_close(&stage);
}

/* What one call of the lesson did with several operations. */
static void a_call_closes_where_there_is_no_room(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/clipped", nowhere);
    stage.view.room = (struct point){ 900, 500 };
    stage_show(&stage, stage_stops(&stage) - 1);
    const struct graph_card *const clip = closed_box(&stage, "clip_grad_norm_");
    assert_string_equal(clip->group->result, "w.grad");
    stage.view.room.x = stage.view.room.y = INFINITY;
    stage_show(&stage, stage_stops(&stage) - 1);
    assert_true(shows(&stage, "reciprocal"));
    stage_close(&stage);
}

/* What the lesson prints after its model has answered is about the whole. */
static void modules_close_after_the_call(void **state)
{
    (void)state;
    struct stage stage;
    struct arena names = { 0 };
    stage_open(&stage, "linear_adam", nowhere);
    stage.view.room = (struct point){ 300, 200 };
    const size_t visit = stop_of_node(&stage, "AddmmBackward0");
    stage_show(&stage, visit);
    assert_string_equal(open_modules(&stage, &names), "model ");
    stage_show(&stage, stage_stops(&stage) - 1);
    assert_string_equal(open_modules(&stage, &names), "");
    arena_finish(&names);
    stage_close(&stage);
}

static bool has_nameless_card(const struct stage *stage)
{
    const struct graph_model *model = graph_picture_model(stage->view.graph);
    for (int i = 0; i < model->card_count; i++) {
        if (!model->cards[i].label[0]) {
            return true;
        }
    }
    return false;
}

/* What a norm keeps for later is no part of what it computes while it trains, and stands in its card when it
 * takes it; that it counts its batches is no graph of its own. */
static void a_norm_keeps_its_statistics_within(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/norms", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    stage.width = 2600;
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    assert_false(has_nameless_card(&stage));
    assert_true(shows(&stage, "W · weight (3,)"));
    assert_false(shows(&stage, "running_mean (3,)"));
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 5));
    assert_false(has_nameless_card(&stage));
    assert_true(shows(&stage, "running_mean (3,)"));
    assert_true(shows(&stage, "running_var (3,)"));
    assert_false(shows(&stage, "None"));
    assert_int_equal(episodes_count(stage.view.runs[0].episodes), 2);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pile_gives_the_round_that_the_step_is_in),
        cmocka_unit_test(a_pile_that_was_touched_stays),
        cmocka_unit_test(a_closed_module_shows_its_result),
        cmocka_unit_test(a_closed_module_computes_before_it_shows),
        cmocka_unit_test(a_box_shrinks_when_it_is_closed),
        cmocka_unit_test(what_comes_out_of_a_box_appears),
        cmocka_unit_test(a_key_ends_the_motion),
        cmocka_unit_test(modules_close_where_there_is_no_room),
        cmocka_unit_test(modules_stay_open_where_terse_cards_have_room),
        cmocka_unit_test(a_call_closes_where_there_is_no_room),
        cmocka_unit_test(modules_close_after_the_call),
        cmocka_unit_test(a_norm_keeps_its_statistics_within),
        cmocka_unit_test(nothing_moves_when_motion_is_reduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
