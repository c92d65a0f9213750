/* The film strip: its pictures, marks and targets, and that only those in sight cost anything. */

#include "tests/test.h"

#include "lessons/trace/mask.h"
#include "render/graph/graph.h"
#include "render/screen.h"
#include "tests/film_trace.h"
#include "tests/golden_scene.h"

static const struct rect area = { 0, 500, 930, 72 };

struct rig {
    struct trace *trace;
    struct stops *stops;
    struct episodes *episodes;
    struct film *film;
    struct run_view run;
    struct view_state state;
    struct fonts *fonts;
    struct words *words;
    struct view view;
    struct arena arena;
    struct scene scene;
};

static void rig_open(struct rig *rig, struct trace *trace)
{
    struct error ignored = { 0 };

    *rig = (struct rig){ .trace = trace,
                         .stops = stops_create(trace),
                         .episodes = episodes_create(trace),
                         .fonts = fonts_create_fixed(),
                         .words = words_create("/nowhere", &ignored), /* English */
                         .state = { .text_scale = 1, .granularity = STOP_OPERATION } };
    rig->film = film_create(trace, rig->episodes);
    stops_update(rig->stops);
    stops_finish(rig->stops);
    episodes_update(rig->episodes);
    film_update(rig->film, false);
    rig->run = (struct run_view){ .trace = trace,
                                  .stops = rig->stops,
                                  .episodes = rig->episodes,
                                  .film = rig->film,
                                  .label = "" };
    rig->view = (struct view){ .runs = &rig->run,
                               .run_count = 1,
                               .state = &rig->state,
                               .motion = { .progress = 1 },
                               .fonts = rig->fonts,
                               .theme = theme_at(THEME_LIGHT),
                               .words = rig->words,
                               .type = screen_type(&rig->state, 1366, 768),
                               .arena = &rig->arena };
}

static void rig_open_fixture(struct rig *rig, const char *fixture)
{
    char path[512];
    struct error err = { 0 };
    struct trace *const trace = trace_create();

    snprintf(path, sizeof(path), "%s/tests/fixtures/%s.trace", GRADLIGHT_SOURCE_ROOT, fixture);
    assert_true(trace_load(trace, path, &err));
    rig_open(rig, trace);
}

static void rig_open_many(struct rig *rig, int count, int every)
{
    struct text bytes = film_trace(count, every);
    struct error err = { 0 };
    struct trace *const trace = trace_create();

    assert_true(trace_feed(trace, text_string(&bytes), bytes.length, &err));
    rig_open(rig, trace);
    text_finish(&bytes);
}

static void rig_close(struct rig *rig)
{
    scene_finish(&rig->scene);
    arena_finish(&rig->arena);
    words_destroy(rig->words);
    fonts_destroy(rig->fonts);
    film_destroy(rig->film);
    episodes_destroy(rig->episodes);
    stops_destroy(rig->stops);
    trace_destroy(rig->trace);
}

static void show(struct rig *rig, size_t frame)
{
    rig->run.moment = film_moment(rig->film, rig->stops, frame);
    scene_clear(&rig->scene);
    arena_clear(&rig->arena);
    view_film(&rig->view, area, &rig->scene);
}

static bool shows(const struct rig *rig, const char *text)
{
    for (size_t i = 0; i < rig->scene.draw_count; i++) {
        const struct draw *const draw = &rig->scene.draws[i];
        if (draw->kind == DRAW_TEXT && strcmp(draw->text.bytes, text) == 0) {
            return true;
        }
    }
    return false;
}

/* The bounds of a frame's picture; w 0: not in sight. */
static struct rect picture_of(const struct rig *rig, size_t frame)
{
    for (size_t i = 0; i < rig->scene.draw_count; i++) {
        const struct draw *const draw = &rig->scene.draws[i];
        if (draw->kind == DRAW_GROUP && draw->group.target.kind == TARGET_FRAME &&
            draw->group.target.id == (int64_t)frame) {
            return draw->group.bounds;
        }
    }
    return (struct rect){ 0 };
}

static void golden_film(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_fixture(&rig, "branch");
    show(&rig, 3);
    assert_golden_scene("film_branch", &rig.scene);
    rig_close(&rig);
    rig_open_many(&rig, 60, 20);
    show(&rig, 30);
    assert_golden_scene("film_scenes", &rig.scene);
    rig_close(&rig);
}

static void it_comes_by_itself_where_the_structure_changes(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_fixture(&rig, "linear_adam"); /* three graphs, all alike */
    assert_true(view_film_height(&rig.view) <= 0);
    rig.state.film = FILM_SHOWN;
    assert_true(view_film_height(&rig.view) > 0);
    rig_close(&rig);
    rig_open_fixture(&rig, "branch");
    assert_true(view_film_height(&rig.view) > 0);
    rig.state.mode = SCREEN_PRESENT; /* the graph has the screen until somebody asks */
    assert_true(view_film_height(&rig.view) <= 0);
    rig_close(&rig);
    rig_open_fixture(&rig, "autograd"); /* one graph */
    rig.state.film = FILM_SHOWN;
    assert_true(view_film_height(&rig.view) <= 0);
    rig_close(&rig);
}

/* Exploring, stage and sentence keep their six tenths of the page; where that cannot be there is none. */
static void it_does_not_squeeze_the_graph(void **state)
{
    static const struct {
        float w, h;
        bool drawer, hidden;
    } pages[] = { { 1024, 700, false, false },  { 1024, 700, true, false },
                  { 1366, 768, false, false },  { 1366, 768, false, true },
                  { 1920, 1080, false, false }, { 3840, 2160, false, false },
                  { 1024, 480, false, false } };
    struct rig rig;

    (void)state;
    rig_open_fixture(&rig, "branch");
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        rig.state.drawer_open = pages[i].drawer;
        rig.state.tabs_hidden = pages[i].hidden;
        rig.view.type = screen_type(&rig.state, pages[i].w, pages[i].h);
        rig.state.film = FILM_HIDDEN;
        const struct screen_regions without = screen_regions_now(&rig.view, pages[i].w, pages[i].h);
        rig.state.film = FILM_AUTO;
        const struct screen_regions with = screen_regions_now(&rig.view, pages[i].w, pages[i].h);
        const float part = (with.stage.h + with.sentence.h) / pages[i].h;
        assert_true(with.stage.h == without.stage.h || part >= 0.599f);
        assert_true(without.film.h <= 0);
        assert_true((with.film.h > 0) == (pages[i].h > 500));
        assert_true(with.film.h <= 0 || with.film.y + with.film.h <= with.tabs.y + 0.1f);
    }
    rig_close(&rig);
}

static void equal_neighbours_are_one_picture(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_many(&rig, 60, 20);
    show(&rig, 30);
    assert_true(shows(&rig, "22–40") && shows(&rig, "×19 · line 2: False → True"));
    assert_true(picture_of(&rig, 30).w > 0); /* the pile that holds it leads to it */
    assert_true(picture_of(&rig, 20).w > 0 && picture_of(&rig, 31).w <= 0);
    rig.state.film_each = true;
    show(&rig, 30);
    assert_true(shows(&rig, "31") && picture_of(&rig, 31).w > 0);
    rig_close(&rig);
}

/* However many there are, those in sight are drawn: each can be pressed, and none is cut. */
static void thousands_cost_what_a_few_cost(void **state)
{
    struct rig few, many;

    (void)state;
    rig_open_many(&few, 12, 3);
    few.state.film_each = true;
    show(&few, 5);
    rig_open_many(&many, 6000, 3);
    many.state.film_each = true;
    for (size_t frame = 0; frame < 6000; frame += 599) {
        show(&many, frame);
        const struct rect at = picture_of(&many, frame);
        assert_true(at.w > 0 && at.x >= area.x && at.x + at.w <= area.x + area.w);
        assert_true(many.scene.draw_count < few.scene.draw_count * 2);
        const struct target hit =
            scene_hit(&many.scene, (struct point){ at.x + at.w / 2, at.y + at.h / 2 });
        assert_true(hit.kind == TARGET_FRAME && hit.id == (int64_t)frame);
    }
    rig_close(&few);
    rig_close(&many);
}

static void it_is_scrolled_no_further_than_it_goes(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_many(&rig, 100, 3);
    rig.state.film_each = true;
    show(&rig, 0);
    const struct film_room room = view_film_room(&rig.view, area);
    assert_int_equal(room.back, 0);
    assert_int_equal(room.on + room.page, 100);
    rig.state.film_scroll = 1000;
    show(&rig, 0);
    assert_true(picture_of(&rig, 99).w > 0 && picture_of(&rig, 0).w <= 0);
    rig_close(&rig);
}

/* What a question asks for is not given away, neither by the picture nor by the way it went. */
static void an_open_question_hides_its_frames(void **state)
{
    static const int64_t cell = 1;
    struct rig rig;

    (void)state;
    rig_open_fixture(&rig, "branch");
    show(&rig, 3);
    assert_true(shows(&rig, "line 5: True → False") && !shows(&rig, "?"));
    trace_mask(rig.trace, NULL, 0, &cell, 1);
    show(&rig, 3);
    assert_true(shows(&rig, "line 5: ? → ?") && shows(&rig, "?"));
    rig_close(&rig);
}

/* ---- side by side ----------------------------------------------------------------------- */

static const struct rect stage = { 0, 100, 930, 420 };

/* The graph of frame `now` with that of `other` beside it. */
static void compare(struct rig *rig, size_t other, size_t now)
{
    rig->run.moment = film_moment(rig->film, rig->stops, now);
    rig->state.compared = (int64_t)other + 1;
    scene_clear(&rig->scene);
    arena_clear(&rig->arena);
    assert_true(graph_picture_prepare(rig->view.graph, &rig->view, true, 0));
    view_stage(&rig->view, stage, &rig->scene);
}

static void rig_open_compared(struct rig *rig, const char *fixture)
{
    rig_open_fixture(rig, fixture);
    rig->view.graph = graph_picture_create("/nowhere/gradlight-layout");
}

static void rig_close_compared(struct rig *rig)
{
    graph_picture_destroy(rig->view.graph);
    rig_close(rig);
}

static int count_rings(const struct rig *rig, bool dashed)
{
    int count = 0;

    for (size_t i = 0; i < rig->scene.draw_count; i++) {
        const struct draw *const draw = &rig->scene.draws[i];
        count += draw->kind == DRAW_RECT && draw->rect.stroke == INK_SELECTION &&
                 draw->rect.fill == INK_NONE && draw->rect.dashed == dashed;
    }
    return count;
}

static void golden_compare(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_compared(&rig, "branch");
    compare(&rig, 2, 3);
    assert_golden_scene("compare_branch", &rig.scene);
    rig_close_compared(&rig);
}

/* `x * 2` and the number are only in the one, `-x` only in the other; leaf and sum are in both. */
static void what_only_one_has_is_ringed(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_compared(&rig, "branch");
    compare(&rig, 2, 3);
    assert_int_equal(view_compared(&rig.view), 2);
    assert_int_equal(count_rings(&rig, true), 2);
    assert_int_equal(count_rings(&rig, false), 1);
    assert_true(shows(&rig, "Graph 3") && shows(&rig, "Graph 4"));
    assert_true(shows(&rig, "line 5: True") && shows(&rig, "line 5: False"));
    rig_close_compared(&rig);
}

static void equal_graphs_have_no_rings(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_compared(&rig, "linear_adam");
    compare(&rig, 0, 2);
    assert_int_equal(count_rings(&rig, true) + count_rings(&rig, false), 0);
    assert_true(shows(&rig, "nothing that the other graph has not"));
    rig_close_compared(&rig);
    rig_open_compared(&rig, "branch"); /* the two tests, of a and of b */
    compare(&rig, 0, 1);
    assert_int_equal(count_rings(&rig, true) + count_rings(&rig, false), 0);
    rig_close_compared(&rig);
}

/* A graph beside itself says nothing, and a frame of an older run is none. */
static void there_is_something_to_compare_or_there_is_the_graph(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_compared(&rig, "branch");
    compare(&rig, 3, 3);
    assert_true(view_compared(&rig.view) == NO_FRAME);
    compare(&rig, 400, 3);
    assert_true(view_compared(&rig.view) == NO_FRAME);
    rig.run.film = NULL;
    assert_true(view_compared(&rig.view) == NO_FRAME);
    rig_close_compared(&rig);
}

static void an_open_question_hides_its_graph_beside_others_too(void **state)
{
    static const int64_t cell = 1;
    struct rig rig;

    (void)state;
    rig_open_compared(&rig, "branch");
    trace_mask(rig.trace, NULL, 0, &cell, 1);
    compare(&rig, 2, 3);
    assert_true(shows(&rig, "?") && shows(&rig, "line 5: ?"));
    assert_false(shows(&rig, "y.sum()"));
    rig_close_compared(&rig);
}

/* ---- the arm that was not taken ---------------------------------------------------------- */

static void draw_graph(struct rig *rig, size_t frame)
{
    rig->run.moment = film_moment(rig->film, rig->stops, frame);
    scene_clear(&rig->scene);
    arena_clear(&rig->arena);
    assert_true(graph_picture_prepare(rig->view.graph, &rig->view, true, 0));
    view_graph(&rig->view, stage, &rig->scene);
}

/* Where another graph of the run went there, it is named. */
static void the_other_arm_is_a_box_that_names_who_took_it(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_compared(&rig, "branch");
    draw_graph(&rig, 2);
    assert_true(shows(&rig, "else: line 8") && shows(&rig, "y = -x"));
    assert_true(shows(&rig, "graph 4 went here") && !shows(&rig, "has not run"));
    assert_golden_scene("graph_arm", &rig.scene);
    draw_graph(&rig, 3);
    assert_true(shows(&rig, "if: line 6") && shows(&rig, "y = x * 2"));
    assert_true(shows(&rig, "graph 3 went here") && !shows(&rig, "else: line 8"));
    draw_graph(&rig, 0); /* the test decides nothing itself */
    assert_false(shows(&rig, "else: line 8") || shows(&rig, "if: line 6"));
    rig_close_compared(&rig);
}

static void an_arm_that_nobody_took_says_so(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_many(&rig, 3, 0);
    rig.view.graph = graph_picture_create("/nowhere/gradlight-layout");
    draw_graph(&rig, 1);
    assert_true(shows(&rig, "else: line 5") && shows(&rig, "y = -x") && shows(&rig, "has not run"));
    rig_close_compared(&rig);
}

/* It comes with its condition, keeps its place, and is no part of PyTorch's own graph. */
static void it_comes_with_its_condition(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_compared(&rig, "branch");
    draw_graph(&rig, 2);
    const struct point size = graph_picture_size(rig.view.graph);
    rig.run.moment = film_frame(rig.film, 2)->conds[0];
    assert_true(graph_picture_prepare(rig.view.graph, &rig.view, true, 0));
    scene_clear(&rig.scene);
    view_graph(&rig.view, stage, &rig.scene);
    assert_false(shows(&rig, "else: line 8"));
    draw_graph(&rig, 2);
    assert_true(graph_picture_size(rig.view.graph).x == size.x);
    rig.state.level = GRAPH_PYTORCH;
    draw_graph(&rig, 2);
    assert_false(shows(&rig, "else: line 8"));
    rig_close_compared(&rig);
}

/* In lesson 44 the box gave away that a later graph would go there, before the class was asked. */
static void who_took_an_arm_behind_an_open_question_is_not_told(void **state)
{
    static const int64_t cell = 2;
    struct rig rig;

    (void)state;
    rig_open_compared(&rig, "branch_asked");
    draw_graph(&rig, 1);
    assert_true(shows(&rig, "else: line 8") && shows(&rig, "graph 4 went here"));
    trace_mask(rig.trace, NULL, 0, &cell, 1);
    draw_graph(&rig, 1);
    assert_true(shows(&rig, "else: line 8") && shows(&rig, "has not run"));
    assert_false(shows(&rig, "graph 4 went here"));
    rig_close_compared(&rig);
}

static void an_open_question_hides_which_arm_it_is(void **state)
{
    static const int64_t cell = 1;
    struct rig rig;

    (void)state;
    rig_open_compared(&rig, "branch");
    draw_graph(&rig, 2);
    trace_mask(rig.trace, NULL, 0, &cell, 1);
    draw_graph(&rig, 2);
    assert_false(shows(&rig, "else: line 8"));
    rig_close_compared(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_film),
        cmocka_unit_test(it_comes_by_itself_where_the_structure_changes),
        cmocka_unit_test(it_does_not_squeeze_the_graph),
        cmocka_unit_test(equal_neighbours_are_one_picture),
        cmocka_unit_test(thousands_cost_what_a_few_cost),
        cmocka_unit_test(it_is_scrolled_no_further_than_it_goes),
        cmocka_unit_test(an_open_question_hides_its_frames),
        cmocka_unit_test(golden_compare),
        cmocka_unit_test(what_only_one_has_is_ringed),
        cmocka_unit_test(equal_graphs_have_no_rings),
        cmocka_unit_test(there_is_something_to_compare_or_there_is_the_graph),
        cmocka_unit_test(an_open_question_hides_its_graph_beside_others_too),
        cmocka_unit_test(the_other_arm_is_a_box_that_names_who_took_it),
        cmocka_unit_test(an_arm_that_nobody_took_says_so),
        cmocka_unit_test(who_took_an_arm_behind_an_open_question_is_not_told),
        cmocka_unit_test(it_comes_with_its_condition),
        cmocka_unit_test(an_open_question_hides_which_arm_it_is),
    };
    return test_run(tests);
}
