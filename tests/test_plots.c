/* What stands beside the curve of a training, over real runs: the landscape of the loss, the race on it,
 * and what is fitted. */

#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/panels/plots.h"
#include "render/plots/curve.h"
#include "render/plots/fit.h"
#include "render/plots/landscape.h"
#include "render/plots/rides.h"
#include "render/plots/series.h"
#include "render/screen.h"
#include "tests/run_rig.h"

static double recorded_loss(const struct run_view *run, int64_t backward)
{
    const struct trace_backward *const walk = trace_backward(run->trace, backward);
    const struct trace_tensor *const root = trace_tensor(run->trace, walk->record->root);

    return trace_element(trace_value_at(root, walk->born), 0);
}

/* ---- trainings -------------------------------------------------------------------------- */

/* The passes of the training that the pass belongs to, as text: "1 2 3". */
static void assert_training(const struct rig *rig, int64_t backward, const char *expected)
{
    const struct training training = training_of(&rig->run, backward);
    struct text passes = { 0 };

    for (int64_t id = 1; id <= trace_backward_count(rig->run.trace); id++) {
        if (training_has(&rig->run, &training, id)) {
            text_format(&passes, "%s%lld", passes.length > 0 ? " " : "", (long long)id);
        }
    }
    assert_string_equal(text_string(&passes), expected);
    text_finish(&passes);
}

/* One function trains two models; one is trained on; two others take turns; the last weight is made anew
 * in each step, and in the end two are by themselves. */
static void each_model_has_a_training_of_its_own(void **state)
{
    (void)state;
    struct rig rig;

    open_rig(&rig, "import torch\n"
                   "x = torch.ones(2, 1)\n"
                   "def train(model, steps):\n"
                   "    opt = torch.optim.SGD(model.parameters(), lr=0.1)\n"
                   "    for i in range(steps):\n"
                   "        opt.zero_grad()\n"
                   "        loss = (model(x) - 3).square().mean()\n"
                   "        loss.backward()\n"
                   "        opt.step()\n"
                   "a, b, c, d = [torch.nn.Linear(1, 1) for i in range(4)]\n"
                   "train(a, 3)\ntrain(b, 2)\ntrain(a, 1)\n"
                   "for i in range(2):\n"
                   "    train(c, 1)\n    train(d, 1)\n"
                   "w = torch.tensor(1.0, requires_grad=True)\n"
                   "for i in range(3):\n"
                   "    loss = (w - 3) ** 2\n    loss.backward()\n"
                   "    w = (w - 0.1 * w.grad).detach().requires_grad_()\n"
                   "for i in range(2):\n"
                   "    v = torch.tensor(2.0, requires_grad=True)\n"
                   "    other = v * v\n    other.backward()\n");
    assert_int_equal(trace_backward_count(rig.run.trace), 15);
    assert_training(&rig, 2, "1 2 3 6");
    assert_training(&rig, 6, "1 2 3 6");
    assert_training(&rig, 4, "4 5");
    assert_training(&rig, 7, "7 9");
    assert_training(&rig, 10, "8 10");
    assert_training(&rig, 12, "11 12 13");
    assert_training(&rig, 15, "14 15");
    assert_int_equal(training_like(&rig.run, &rig.run, 5), 4);
    assert_int_equal(training_like(&rig.run, &rig.run, 13), 11);
    assert_int_equal(training_like(&rig.run, &rig.run, 14), 14);
    close_rig(&rig);
}

/* How many passes the curve has at the end of the n-th of them. */
static size_t curve_at_pass(struct rig *rig, int64_t pass, enum screen_mode mode)
{
    struct view_state state = { .mode = mode };
    const struct view view = {
        .runs = &rig->run, .run_count = 1, .state = &state, .arena = &rig->arena
    };
    struct drawn drawn;

    rig->run.moment = trace_backward(rig->run.trace, pass)->ended + 1;
    assert_true(curve_find(&view, &drawn));
    return drawn.curve.count;
}

/* Before a class the second training is not there before it begins; who explores may go there. */
static void a_class_sees_no_training_ahead(void **state)
{
    (void)state;
    struct rig rig;

    open_rig(&rig, LINE "print('again')\n"
                        "for i in range(20):\n"
                        "    opt.zero_grad()\n"
                        "    loss = torch.nn.functional.mse_loss(model(x), y)\n"
                        "    loss.backward()\n"
                        "    opt.step()\n");
    assert_int_equal(curve_at_pass(&rig, 1, SCREEN_PRESENT), 40);
    assert_int_equal(curve_at_pass(&rig, 40, SCREEN_PRESENT), 40);
    assert_int_equal(curve_at_pass(&rig, 41, SCREEN_PRESENT), 60);
    assert_int_equal(curve_at_pass(&rig, 40, SCREEN_EXPLORE), 60);
    close_rig(&rig);
}

/* Three equal points are no reason to leave the graph; forty are, and so are three that differ. */
static void a_handful_of_equal_points_tells_nothing(void **state)
{
    (void)state;
    static const struct {
        int steps;
        const char *update;
        bool tells;
    } cases[] = { { 3, "pass", false },
                  { 40, "pass", true },
                  { 3, "w.data -= 0.1", true },
                  /* two models, each after its first step: nothing becomes better or worse */
                  { 2, "w.data -= 0.1; w = torch.tensor(3.0, requires_grad=True)", false } };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rig rig;
        struct text lesson = { 0 };
        text_format(&lesson,
                    "import torch\nw = torch.tensor(3.0, requires_grad=True)\n"
                    "for i in range(%d):\n    loss = (2 * w) ** 2\n    loss.backward()\n    %s\n",
                    cases[i].steps, cases[i].update);
        open_rig(&rig, text_string(&lesson));
        struct view_state shown = { .mode = SCREEN_PRESENT };
        const struct view view = {
            .runs = &rig.run, .run_count = 1, .state = &shown, .arena = &rig.arena
        };
        assert_true(view_curve_tells(&view) == cases[i].tells);
        text_finish(&lesson);
        close_rig(&rig);
    }
}

/* ---- landscape -------------------------------------------------------------------------- */

static void the_way_lies_on_the_landscape(void **state)
{
    (void)state;
    struct rig rig;
    struct landscape land;

    open_rig(&rig, LINE);
    assert_true(landscape_is_exact(&rig.run));
    assert_false(landscape_find(&rig.run, &land, &rig.arena));
    plots_ask_surface(rig.session);
    assert_true(landscape_find(&rig.run, &land, &rig.arena));
    assert_true(land.exact);
    assert_string_equal(land.refused, "");
    assert_string_equal(land.x.name, "model.weight");
    assert_string_equal(land.y.name, "model.bias");
    const struct landscape_way way = landscape_way(&rig.run, &land.x, &land.y, &rig.arena);
    assert_int_equal(way.count, 41); /* at each backward, and in the end */
    assert_int_equal(way.done, 41);
    for (size_t i = 0; i < 40; i++) {
        const double loss = recorded_loss(&rig.run, (int64_t)i + 1);
        const double here = landscape_loss(&land, way.x[i], way.y[i]);
        assert_true(fabs(here - loss) < 0.05 * loss + 0.2);
    }
    rig.run.moment = way.moments[3];
    assert_int_equal(landscape_way(&rig.run, &land.x, &land.y, &rig.arena).done, 4);
    close_rig(&rig);
}

/* Each way over the same landscape has leaves and an optimizer of its own; what is drawn of them is no more
 * than has begun. Another loss of two numbers is another landscape. */
static void a_landscape_is_gone_over_several_times(void **state)
{
    (void)state;
    struct rig rig;
    struct landscape land;

    open_rig(&rig, "import torch\n"
                   "def height(w, b):\n"
                   "    return (w ** 2 - 1) ** 2 + 0.3 * w + 0.5 * b ** 2\n"
                   "def ride(make):\n"
                   "    w = torch.tensor(2.0, requires_grad=True)\n"
                   "    b = torch.tensor(1.5, requires_grad=True)\n"
                   "    optimizer = make([w, b])\n"
                   "    for step in range(20):\n"
                   "        optimizer.zero_grad()\n"
                   "        loss = height(w, b)\n"
                   "        loss.backward()\n"
                   "        optimizer.step()\n"
                   "u = torch.tensor([3.0, 4.0], requires_grad=True)\n"
                   "(u ** 2).sum().backward()\n"
                   "ride(lambda p: torch.optim.SGD(p, lr=0.02))\n"
                   "ride(lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9))\n"
                   "ride(lambda p: torch.optim.Adam(p, lr=0.1))\n");
    plots_ask_surface(rig.session);
    assert_true(landscape_find(&rig.run, &land, &rig.arena));
    const struct rides rides = rides_find(&rig.run, &land, &rig.arena);
    assert_int_equal(rides.count, 3);
    assert_int_equal(rides.now, 2);
    assert_string_equal(rides.rides[0].name, "SGD");
    assert_string_equal(rides.rides[1].name, "SGD momentum=0.9");
    assert_string_equal(rides.rides[2].name, "Adam");
    for (size_t i = 0; i < rides.count; i++) {
        const struct landscape_way *const way = &rides.rides[i].way;
        assert_int_equal(way->count, 21);
        assert_true(way->x[0] == 2 && way->y[0] == 1.5); /* not where the one before ended */
        assert_true(way->x[20] != 2);
    }
    assert_true(rides.rides[0].way.x[20] > 0.9); /* the valley this side of the hill */
    assert_false(rides_are_hidden(&rides));

    /* The second goes on: the third is not to be seen. */
    rig.run.moment = rides.rides[1].way.moments[5];
    const struct rides then = rides_find(&rig.run, &land, &rig.arena);
    assert_int_equal(then.count, 3);
    assert_int_equal(then.now, 1);
    assert_int_equal(then.rides[0].way.done, 21);
    assert_int_equal(then.rides[1].way.done, 6);
    assert_int_equal(then.rides[2].way.done, 0);
    close_rig(&rig);
}

/* How wide the line of that colour is drawn, without its rim. */
static float width_of(const struct scene *scene, enum ink ink)
{
    float width = 0;
    for (size_t i = 0; i < scene->draw_count; i++) {
        const struct draw *const draw = &scene->draws[i];
        if (draw->kind == DRAW_PATH && draw->path.stroke == ink && !draw->path.closed &&
            draw->path.count > 10) {
            width = draw->path.width;
        }
    }
    return width;
}

/* One that went the way of a later one is wider than that, so that both are seen; one on its own is not. */
static void a_ride_below_another_is_seen(void **state)
{
    (void)state;
    enum { POINTS = 20 };
    double x[3][POINTS], y[POINTS];
    struct arena arena = { 0 };
    struct scene scene = { 0 };
    struct rides rides = { .count = 3, .now = 2 };

    for (int i = 0; i < POINTS; i++) {
        y[i] = (double)i / POINTS;
        x[0][i] = 1 - y[i];
        x[1][i] = y[i];
        x[2][i] = y[i] * 1.002; /* not the same steps */
    }
    for (int k = 0; k < 3; k++) {
        rides.rides[k] =
            (struct ride){ .way = { .x = x[k], .y = y, .count = POINTS, .done = POINTS } };
    }
    const struct view view = { .type = { .caption = 26 }, .arena = &arena };
    const struct plot plot = { .box = { 0, 0, 600, 400 }, .x = { .to = 1 }, .y = { .to = 1 } };
    rides_draw(&view, &plot, &rides, &scene);
    const float alone = width_of(&scene, INK_RACER_0), below = width_of(&scene, INK_RACER_1);
    assert_true(alone > 0 && alone < 4);
    assert_true(below > 2 * alone);
    scene_finish(&scene);
    arena_finish(&arena);
}

/* The racer that does what the lesson did comes where it came. */
static void the_lesson_is_one_of_the_racers(void **state)
{
    (void)state;
    struct rig rig;
    struct landscape land;
    struct landscape_race race;

    open_rig(&rig, LINE);
    plots_ask_surface(rig.session);
    plots_ask_race(rig.session, 0);
    assert_true(landscape_find(&rig.run, &land, &rig.arena));
    assert_true(landscape_race(&rig.run, &land, &race, &rig.arena));
    assert_int_equal(race.count, 5);
    assert_true(race.lr == 0.05);
    assert_int_equal(race.steps, 40);
    const struct landscape_way way = landscape_way(&rig.run, &land.x, &land.y, &rig.arena);
    for (size_t i = 0; i <= 40; i++) {
        assert_true((double)race.racers[0].points[2 * i] == way.x[i]);
        assert_true((double)race.racers[0].points[2 * i + 1] == way.y[i]);
    }
    assert_string_equal(race.racers[4].name, "Adam");
    assert_string_equal(race.racers[4].states[0], "exp_avg");
    assert_string_equal(race.racers[2].states[0], "square_avg");
    assert_null(race.racers[2].states[1]);
    assert_null(race.racers[0].states[0]);
    close_rig(&rig);
}

static void more_numbers_are_a_slice(void **state)
{
    (void)state;
    struct rig rig;
    struct landscape land;
    struct text question = { 0 };
    struct error err = { 0 };

    open_rig(&rig, "import torch\n"
                   "w = torch.tensor([0., 1., 5.], requires_grad=True)\n"
                   "for i in range(5):\n"
                   "    loss = ((w - torch.tensor([3., 1., 1.])) ** 2).sum()\n"
                   "    loss.backward()\n"
                   "    with torch.no_grad():\n"
                   "        w -= 0.1 * w.grad\n"
                   "    w.grad = None\n");
    assert_false(landscape_is_exact(&rig.run));
    assert_true(landscape_offered(&rig.run));
    plots_ask_surface(rig.session);
    assert_false(landscape_find(&rig.run, &land, &rig.arena)); /* nobody asked for a slice */
    assert_true(landscape_question(&rig.run, &(struct landscape_wish){ .reach = 2 }, &question));
    assert_true(session_ask(rig.session, text_string(&question), &err));
    session_wait(rig.session, NULL, NULL);
    assert_true(landscape_find(&rig.run, &land, &rig.arena));
    assert_false(land.exact);
    assert_string_equal(land.x.name, "w[0]"); /* those that moved */
    assert_string_equal(land.y.name, "w[2]");

    /* Another pair is wished for. */
    struct landscape_axis choices[LANDSCAPE_CHOICES];
    assert_int_equal(landscape_choices(&rig.run, choices, &rig.arena), 3);
    assert_string_equal(choices[1].name, "w[1]");
    text_clear(&question);
    assert_true(landscape_question(
        &rig.run, &(struct landscape_wish){ .x = choices[2], .y = choices[1] }, &question));
    assert_true(session_ask(rig.session, text_string(&question), &err));
    session_wait(rig.session, NULL, NULL);
    assert_true(landscape_find(&rig.run, &land, &rig.arena));
    assert_string_equal(land.x.name, "w[2]");
    assert_string_equal(land.y.name, "w[1]");
    text_finish(&question);
    close_rig(&rig);
}

static void without_a_loss_there_is_no_landscape(void **state)
{
    (void)state;
    struct rig rig;
    struct fit fit;

    open_rig(&rig, "import torch\nx = torch.tensor(1., requires_grad=True)\n(x * x).backward()\n");
    assert_false(landscape_offered(&rig.run));
    assert_false(fit_offered(&rig.run));
    assert_false(fit_find(&rig.run, 1, &fit));
    assert_false(fit_find(&rig.run, 7, &fit));
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_model_has_a_training_of_its_own),
        cmocka_unit_test(a_class_sees_no_training_ahead),
        cmocka_unit_test(a_handful_of_equal_points_tells_nothing),
        cmocka_unit_test(the_way_lies_on_the_landscape),
        cmocka_unit_test(a_landscape_is_gone_over_several_times),
        cmocka_unit_test(a_ride_below_another_is_seen),
        cmocka_unit_test(the_lesson_is_one_of_the_racers),
        cmocka_unit_test(more_numbers_are_a_slice),
        cmocka_unit_test(without_a_loss_there_is_no_landscape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
