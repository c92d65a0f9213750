/* What is fitted, over real runs: the line and the regions beside the curve of a training. */

#include "tests/test.h"

#include <math.h>
#include <string.h>

#include "app/panels/plots.h"
#include "render/plots/fit.h"
#include "render/screen.h"
#include "tests/run_rig.h"

static void a_line_is_found(void **state)
{
    (void)state;
    struct rig rig;
    struct fit fit;

    open_rig(&rig, LINE);
    assert_true(fit_offered(&rig.run));
    assert_true(fit_find(&rig.run, 3, &fit));
    assert_int_equal(fit.kind, FIT_LINE);
    assert_int_equal(fit.count, 4);
    assert_string_equal(run_label(&rig.run, fit.input->id, &rig.arena), "x");
    assert_string_equal(run_label(&rig.run, fit.target->id, &rig.arena), "y");
    assert_string_equal(run_label(&rig.run, fit.prediction->id, &rig.arena), "out");
    close_rig(&rig);
}

static void what_is_made_of_the_input_is_no_other_input(void **state)
{
    (void)state;
    struct rig rig;
    struct fit fit;
    static const char both[] = "import torch\n"
                               "x = torch.linspace(-1, 1, 9)\n"
                               "%s\n"
                               "a, b = (torch.tensor(v, requires_grad=True) for v in (1., 2.))\n"
                               "loss = ((a * x + b * z - 3 * x) ** 2).mean()\n"
                               "loss.backward()\n";
    char text[512];

    snprintf(text, sizeof(text), both, "z = x ** 2");
    open_rig(&rig, text);
    assert_true(fit_find(&rig.run, 1, &fit));
    assert_string_equal(run_label(&rig.run, fit.input->id, &rig.arena), "x");
    close_rig(&rig);
    snprintf(text, sizeof(text), both, "z = torch.rand(9)");
    open_rig(&rig, text);
    assert_false(fit_find(&rig.run, 1, &fit)); /* two inputs: nobody knows which to draw over */
    close_rig(&rig);
}

/* Each result is used twice: ways through the graph double with each step. */
static void a_graph_of_many_ways_is_looked_through_in_no_time(void **state)
{
    (void)state;
    struct rig rig;
    struct fit fit;

    open_rig(&rig, "import torch\n"
                   "x = torch.ones(4)\n"
                   "w = torch.tensor(1e-9, requires_grad=True)\n"
                   "y = w * x\n"
                   "for i in range(60):\n"
                   "    y = y + y\n"
                   "y.sum().backward()\n"
                   "z = w * x\n"
                   "for i in range(60):\n"
                   "    z = z + z\n"
                   "((z - 1) ** 2).mean().backward()\n");
    assert_false(fit_find(&rig.run, 1, &fit));
    assert_false(fit_find(&rig.run, 2, &fit));
    close_rig(&rig);
}

#define POINTS               \
    "import torch\n"         \
    "torch.manual_seed(1)\n" \
    "x = torch.cat([torch.randn(20, 2) + 1.5, torch.randn(20, 2) - 1.5])\n"

/* The place of a grid that is nearest to a datum. */
static size_t place_of(const struct fit *fit, const struct fit_regions *regions, size_t datum)
{
    const double x = trace_element(fit->inputs, 2 * datum);
    const double y = trace_element(fit->inputs, 2 * datum + 1);
    const double column = (x - regions->x.from) / (regions->x.to - regions->x.from);
    const double row = (y - regions->y.from) / (regions->y.to - regions->y.from);

    return (size_t)lround(row * (regions->rows - 1)) * (size_t)regions->columns +
           (size_t)lround(column * (regions->columns - 1));
}

static void regions_say_what_the_model_said(void **state)
{
    (void)state;
    struct rig rig;
    struct fit fit;
    struct fit_regions regions;

    open_rig(&rig, POINTS "y = torch.cat([torch.ones(20, 1), torch.zeros(20, 1)])\n"
                          "model = torch.nn.Linear(2, 1)\n"
                          "opt = torch.optim.SGD(model.parameters(), lr=0.5)\n"
                          "for i in range(300):\n"
                          "    opt.zero_grad()\n"
                          "    z = model(x)\n"
                          "    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)\n"
                          "    loss.backward()\n"
                          "    opt.step()\n");
    const uint32_t moments[] = { rig.run.moment, trace_backward(rig.run.trace, 20)->born + 1 };
    for (size_t m = 0; m < 2; m++) {
        rig.run.moment = moments[m];
        assert_true(fit_find(&rig.run, fit_backward(&rig.run), &fit));
        assert_int_equal(fit.kind, FIT_CLASSES);
        assert_int_equal(fit.classes, 2);
        assert_false(fit_regions(&rig.run, &fit, &regions, &rig.arena));
        plots_ask_fit(rig.session, rig.run.moment);
        assert_true(fit_regions(&rig.run, &fit, &regions, &rig.arena));
        assert_int_equal(regions.outputs, 1);
        for (size_t i = 0; i < fit.count; i++) {
            const double said = trace_element(fit.predictions, i);
            const double here = (double)regions.values[place_of(&fit, &regions, i)];
            assert_true(fabs(said - here) < 0.6);
        }
    }
    close_rig(&rig);
}

/* The runner does not keep every walk of many trainings, but the last of each. */
static void each_model_has_regions_of_its_own(void **state)
{
    (void)state;
    struct rig rig;
    struct fit fit;
    struct fit_regions regions;

    open_rig(&rig,
             "import torch\n"
             "corners = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])\n"
             "def train(labels):\n"
             "    model = torch.nn.Linear(2, 1)\n"
             "    opt = torch.optim.Adam(model.parameters(), lr=0.1)\n"
             "    for i in range(150):\n"
             "        opt.zero_grad()\n"
             "        z = model(corners)\n"
             "        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, labels)\n"
             "        loss.backward()\n"
             "        opt.step()\n"
             "train(torch.tensor([[0.], [1.], [1.], [1.]]))\n"
             "train(torch.tensor([[0.], [0.], [0.], [1.]]))\n"
             "train(torch.tensor([[1.], [1.], [1.], [0.]]))\n");
    assert_int_equal(trace_backward_count(rig.run.trace), 450);
    for (int64_t walk = 140; walk <= 450; walk += 150) {
        rig.run.moment = trace_backward(rig.run.trace, walk)->born + 1;
        assert_true(fit_find(&rig.run, fit_backward(&rig.run), &fit));
        plots_ask_fit(rig.session, rig.run.moment);
        assert_true(fit_regions(&rig.run, &fit, &regions, &rig.arena));
        for (size_t i = 0; i < fit.count; i++) {
            const double said = trace_element(fit.predictions, i);
            const double here = (double)regions.values[place_of(&fit, &regions, i)];
            assert_true(said * here > 0 && fabs(said - here) < 0.6);
        }
    }
    close_rig(&rig);
}

static void classes_are_found(void **state)
{
    (void)state;
    struct rig rig;
    struct fit fit;
    struct fit_regions regions;

    open_rig(&rig, POINTS "y = torch.tensor([2] * 20 + [0] * 20)\n"
                          "model = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(),\n"
                          "                            torch.nn.Linear(8, 3))\n"
                          "torch.nn.functional.cross_entropy(model(x), y).backward()\n");
    assert_true(fit_find(&rig.run, 1, &fit));
    assert_int_equal(fit.kind, FIT_CLASSES);
    assert_int_equal(fit.classes, 3);
    assert_int_equal(fit_class(&fit, 0), 2);
    plots_ask_fit(rig.session, rig.run.moment);
    assert_true(fit_regions(&rig.run, &fit, &regions, &rig.arena));
    assert_int_equal(regions.outputs, 3);
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_found),
        cmocka_unit_test(what_is_made_of_the_input_is_no_other_input),
        cmocka_unit_test(a_graph_of_many_ways_is_looked_through_in_no_time),
        cmocka_unit_test(regions_say_what_the_model_said),
        cmocka_unit_test(each_model_has_regions_of_its_own),
        cmocka_unit_test(classes_are_found),
    };
    return test_run(tests);
}
