/* Scripts as somebody writes them who has never heard of this program: what was done chooses what is shown. */

#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "render/graph/graph.h"
#include "render/plots/curve.h"
#include "render/plots/fit.h"
#include "render/screen.h"
#include "render/tensor/figure.h"
#include "tests/app_driver.h"

enum { LEDGER, TENSOR, CURVE, OUTPUT };

struct rig {
    struct driver driver;
    char folder[64], path[96];
};

static void open_rig(struct rig *rig, const char *text)
{
    *rig = (struct rig){ .folder = "/tmp/gradlight-plain-XXXXXX" };
    assert_non_null(mkdtemp(rig->folder));
    snprintf(rig->path, sizeof(rig->path), "%s/lesson.py", rig->folder);
    FILE *const file = fopen(rig->path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    open_app_with(&rig->driver, rig->path, NULL);
}

static void close_rig(struct rig *rig)
{
    app_destroy(rig->driver.app);
    unlink(rig->path);
    rmdir(rig->folder);
}

static struct view view_now(struct rig *rig)
{
    const struct point page = app_page(rig->driver.app);

    return app_view(rig->driver.app, page.x, page.y);
}

static int tab_now(struct rig *rig)
{
    const struct view view = view_now(rig);

    return screen_tab_shown(&view);
}

static const char training[] = "import torch\n"
                               "from torch import nn\n"
                               "torch.manual_seed(0)\n"
                               "x = torch.linspace(-1, 1, 20).unsqueeze(1)\n"
                               "y = 3 * x + 0.5\n"
                               "model = nn.Linear(1, 1)\n"
                               "opt = torch.optim.SGD(model.parameters(), lr=0.1)\n"
                               "for epoch in range(12):\n"
                               "    train_loss = nn.functional.mse_loss(model(x[:15]), y[:15])\n"
                               "    opt.zero_grad()\n"
                               "    train_loss.backward()\n"
                               "    opt.step()\n"
                               "    with torch.no_grad():\n"
                               "        test_loss = nn.functional.mse_loss(model(x[15:]), y[15:])\n"
                               "print(model.weight)\n";

static void a_training_shows_its_curve(void **state)
{
    struct rig rig;
    struct drawn drawn;

    (void)state;
    open_rig(&rig, training);
    assert_int_equal(tab_now(&rig), LEDGER); /* nothing has been trained yet */
    press_key(&rig.driver, "End");
    assert_int_equal(tab_now(&rig), CURVE);
    struct view view = view_now(&rig);
    assert_true(curve_find(&view, &drawn));
    assert_string_equal(drawn.curve.label, "train_loss");
    assert_int_equal(drawn.curve.count, 12);
    assert_int_equal(drawn.evaluated_count, 1);
    assert_string_equal(drawn.evaluated[0].name, "test_loss");
    assert_true(fit_offered(&view.runs[0]));
    close_rig(&rig);
}

static void the_first_pass_is_written_out(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, training);
    press_key(&rig.driver, "d"); /* the first backward */
    press_key(&rig.driver, "Right");
    assert_int_equal(tab_now(&rig), LEDGER);
    close_rig(&rig);
}

/* What somebody has chosen holds, and so does a tensor that was clicked. */
static void what_is_chosen_holds(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, training);
    press_key(&rig.driver, "End");
    rig.driver.app->view.selected = (struct target){ .kind = TARGET_TENSOR, .id = 1 };
    assert_int_not_equal(tab_now(&rig), CURVE);
    rig.driver.app->view.selected = (struct target){ .kind = TARGET_NONE };
    press_key(&rig.driver, "4");
    assert_int_equal(tab_now(&rig), OUTPUT);
    press_key(&rig.driver, "Home");
    assert_int_equal(tab_now(&rig), OUTPUT);
    close_rig(&rig);
}

static void plain_tensors_show_their_numbers(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, "import torch\n"
                   "x = torch.arange(12.).reshape(3, 4)\n"
                   "y = x[:, 1]\n");
    press_key(&rig.driver, "End");
    struct view view = view_now(&rig);
    assert_int_equal(stage_shown(&view), STAGE_TENSOR);
    assert_int_equal(tab_now(&rig), TENSOR);
    close_rig(&rig);
}

/* What a module makes to begin with is no graph of its own. */
static void the_first_state_of_an_lstm_is_no_graph(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, "import torch\n"
                   "from torch import nn\n"
                   "torch.manual_seed(0)\n"
                   "x = torch.rand(4, 3, 1)\n"
                   "y = torch.rand(4, 3, 2)\n"
                   "lstm = nn.LSTM(1, 2, batch_first=True)\n"
                   "opt = torch.optim.SGD(lstm.parameters(), lr=0.1)\n"
                   "for epoch in range(4):\n"
                   "    out, _ = lstm(x)\n"
                   "    loss = ((out - y) ** 2).mean()\n"
                   "    opt.zero_grad()\n"
                   "    loss.backward()\n"
                   "    opt.step()\n");
    const struct film *const film = session_film(rig.driver.app->session);
    assert_int_equal(film_count(film), 4);
    assert_int_equal(film_scene_count(film), 1); /* all alike */
    close_rig(&rig);
}

/* "All of these are real" is not data with classes. */
static void a_gan_has_no_regions(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, "import torch\n"
                   "from torch import nn\n"
                   "torch.manual_seed(0)\n"
                   "G, D = nn.Linear(2, 1), nn.Sequential(nn.Linear(1, 1), nn.Sigmoid())\n"
                   "bce, ones = nn.BCELoss(), torch.ones(6, 1)\n"
                   "for step in range(3):\n"
                   "    g_loss = bce(D(G(torch.randn(6, 2))), ones)\n"
                   "    g_loss.backward()\n");
    press_key(&rig.driver, "End");
    struct view view = view_now(&rig);
    assert_false(fit_offered(&view.runs[0]));
    assert_int_equal(tab_now(&rig), CURVE);
    close_rig(&rig);
}

/* How many texts are so on that page. */
static int drawn_times(struct rig *rig, float w, float h, const char *text)
{
    struct view view = app_view(rig->driver.app, w, h);
    struct scene scene = { 0 };
    int times = 0;

    screen_draw(&view, w, h, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw *const draw = &scene.draws[i];
        times += draw->kind == DRAW_TEXT && strcmp(draw->text.bytes, text) == 0;
    }
    scene_finish(&scene);
    return times;
}

static void a_loop_that_ends_shows_no_error(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, "import torch\n"
                   "class Data:\n"
                   "    def __getitem__(self, i):\n"
                   "        return torch.arange(2.)[i]\n"
                   "total = 0\n"
                   "for x in Data():\n"
                   "    total = total + x\n"
                   "print(total)\n");
    press_key(&rig.driver, "End");
    const struct view view = view_now(&rig);
    assert_null(figure_failure(&view));
    close_rig(&rig);
}

/* The same of the graph alone. */
static int times_in_graph(struct rig *rig, const char *text)
{
    struct view view = app_view(rig->driver.app, 1280, 720);
    struct scene scene = { 0 };
    int times = 0;

    assert_true(graph_picture_prepare(view.graph, &view, true, 0));
    view_graph(&view, (struct rect){ 0, 0, 1280, 560 }, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw *const draw = &scene.draws[i];
        times += draw->kind == DRAW_TEXT && strcmp(draw->text.bytes, text) == 0;
    }
    scene_finish(&scene);
    return times;
}

/* Inside of a function of one's own: a card for what its forward makes, one for what it gives; what backward is given has
 * one when it is used, and what it returns is the equation of the walk. */
static void a_function_of_ones_own_is_seen_inside(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, "import torch\n"
                   "class Square(torch.autograd.Function):\n"
                   "    @staticmethod\n"
                   "    def forward(ctx, x):\n"
                   "        ctx.save_for_backward(x)\n"
                   "        return x * x\n"
                   "    @staticmethod\n"
                   "    def backward(ctx, seed):\n"
                   "        (x,) = ctx.saved_tensors\n"
                   "        return 2 * x * seed\n"
                   "x = torch.tensor(3.0, requires_grad=True)\n"
                   "y = Square.apply(x)\n"
                   "z = 2 * y\n"
                   "z.backward()\n");
    rig.driver.app->view.mode = SCREEN_PRESENT;
    press_key(&rig.driver, "d");
    press_key(&rig.driver, "Right"); /* through z */
    assert_int_equal(times_in_graph(&rig, "y"), 1);
    assert_int_equal(times_in_graph(&rig, "x * x"), 1);
    assert_int_equal(times_in_graph(&rig, "seed"), 0);
    for (int i = 0; i < 4; i++) {
        press_key(&rig.driver, "Right");
    }
    assert_int_equal(times_in_graph(&rig, "seed"), 1);
    assert_int_equal(drawn_times(&rig, 1280, 720, "= 2 * x * seed = 12"), 1);
    close_rig(&rig);
}

/* From the first card of both to the last. */
static void long_graphs_beside_each_other_are_whole(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, "import torch\n"
                   "from torch import nn\n"
                   "torch.manual_seed(0)\n"
                   "class Net(nn.Module):\n"
                   "    def __init__(self):\n"
                   "        super().__init__()\n"
                   "        self.fc1 = nn.Linear(2, 4)\n"
                   "        self.fc2 = nn.Linear(4, 4)\n"
                   "        self.fc3 = nn.Linear(4, 4)\n"
                   "        self.fc4 = nn.Linear(4, 1)\n"
                   "    def forward(self, x, deep):\n"
                   "        h = torch.relu(self.fc1(x))\n"
                   "        if deep:\n"
                   "            h = torch.relu(self.fc2(h))\n"
                   "            h = torch.sigmoid(self.fc3(h))\n"
                   "        return self.fc4(h)\n"
                   "net = Net()\n"
                   "x = torch.rand(5, 2)\n"
                   "for i in range(4):\n"
                   "    y = net(x, i % 2 == 1)\n"
                   "    if y.mean() > 0.3:\n"
                   "        loss = (y ** 2).mean()\n"
                   "    else:\n"
                   "        loss = (y - 1).abs().mean()\n"
                   "    loss.backward()\n"
                   "    net.zero_grad()\n");
    press_key(&rig.driver, "End");
    press_key(&rig.driver, "Shift+C");
    assert_int_equal(drawn_times(&rig, 1024, 700, "self.fc1(x) · @ +"), 2);
    assert_int_equal(drawn_times(&rig, 1024, 700, "loss · mean"), 2);
    close_rig(&rig);
}

static bool overlap(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/* Also where they stand above each other, and one of them is a number. */
static void operands_never_stand_on_each_other(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, "import torch\n"
                   "x = torch.arange(24.).reshape(2, 3, 4)\n"
                   "m = torch.ones(2, 3, 4) > 0\n"
                   "n = x.masked_fill(m, 0)\n");
    press_key(&rig.driver, "End");
    for (float w = 200; w < 2000; w *= 1.3f) {
        for (float h = 120; h < 1000; h *= 1.3f) {
            struct view view = view_now(&rig);
            struct figure figure;
            assert_true(figure_read(&figure, &view));
            assert_int_equal(figure.count, 4);
            const bool placed = figure_place(&figure, (struct rect){ 0, 0, w, h });
            for (int i = 1; placed && i < figure.count; i++) {
                for (int k = 0; k < i; k++) {
                    assert_false(overlap(figure.parts[i].cells, figure.parts[k].cells));
                }
            }
        }
    }
    close_rig(&rig);
}

/* The call is shown, and not the last of the views that it is made of. */
static void a_product_of_many_matrices_is_shown_as_one(void **state)
{
    static const struct {
        const char *line, *name, *left, *equation;
    } calls[] = {
        { "y = big @ big.transpose(1, 2)\n", "bmm", "big", "[0, 0, 0]: 5 = 0·0 + 1·1 + 2·2" },
        { "y = torch.einsum('ij,kj->ik', big[0], big[1])\n", "bmm", "big[0]",
          "[0, 0]: 23 = 0·6 + 1·7 + 2·8" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct rig rig;
        struct figure figure;
        char text[200];
        snprintf(text, sizeof(text), "import torch\nbig = torch.arange(12.).reshape(2, 2, 3)\n%s",
                 calls[i].line);
        open_rig(&rig, text);
        press_key(&rig.driver, "End");
        const struct view view = view_now(&rig);
        assert_true(figure_read(&figure, &view));
        assert_string_equal(figure.op->record->name, calls[i].name);
        assert_string_equal(figure.parts[0].label, calls[i].left);
        assert_string_equal(figure.parts[2].label, "y");
        assert_string_equal(figure_equation(&figure), calls[i].equation);
        close_rig(&rig);
    }
}

/* A cell that the sample has not is marked where it would stand. */
static void a_cell_beside_the_sample_is_marked(void **state)
{
    struct rig rig;
    struct figure figure;

    (void)state;
    open_rig(&rig, "import torch\n"
                   "big = torch.arange(1000000.).reshape(1000, 1000)\n"
                   "r = big[500, ::100]\n");
    press_key(&rig.driver, "End");
    const struct view view = view_now(&rig);
    assert_true(figure_read(&figure, &view));
    assert_true(figure_place(&figure, (struct rect){ 0, 0, 900, 400 }));
    const struct rect cells = figure.parts[0].cells;
    assert_int_equal(figure.linked.at[0].element, 500000);
    assert_true(figure_cell(&figure, 0, 500000).w <= 0);
    const struct rect near = figure_cell_near(&figure, 0, 500000);
    assert_true(near.w > 0 && near.x == cells.x);
    assert_true(fabsf(near.y + near.h / 2 - (cells.y + cells.h / 2)) < cells.h / 50);
    close_rig(&rig);
}

/* Also beside what is too large for numbers. */
static void one_number_is_always_written(void **state)
{
    struct rig rig;
    struct figure figure;

    (void)state;
    open_rig(&rig, "import torch\n"
                   "image = torch.arange(400.).reshape(20, 20)\n"
                   "n = image - torch.tensor(0.5)\n");
    press_key(&rig.driver, "End");
    const struct view view = view_now(&rig);
    assert_true(figure_read(&figure, &view));
    assert_true(figure_place(&figure, (struct rect){ 0, 0, 900, 400 }));
    assert_true(figure.parts[0].heat);
    assert_false(figure.parts[1].heat);
    close_rig(&rig);
}

/* A lesson may say what its stage shows, as long as nobody presses a key. */
static void a_cell_may_choose_its_stage(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, "# %% tags=[\"graph\"]\n"
                   "import torch\n"
                   "x = torch.arange(12.).reshape(3, 4)\n"
                   "# %%\n"
                   "y = x * 2\n"
                   "# %% tags=[\"tensor\"]\n"
                   "w = torch.ones(4, requires_grad=True)\n"
                   "z = (w * y).sum()\n"
                   "# %% tags=[\"curve\"]\n"
                   "v = w + 1\n");
    enum stage_kind seen[4] = { STAGE_AUTO };
    press_key(&rig.driver, "Home");
    for (int i = 0; i < 12; i++) {
        const struct view view = view_now(&rig);
        struct trace_position position;
        if (trace_position_at(view.runs[0].trace, view.runs[0].moment, &position)) {
            seen[position.cell - 1] = stage_shown(&view);
        }
        press_key(&rig.driver, "Right");
    }
    assert_int_equal(seen[0], STAGE_GRAPH);
    assert_int_equal(seen[1], STAGE_TENSOR); /* as it comes */
    assert_int_equal(seen[2], STAGE_TENSOR);
    assert_int_equal(seen[3], STAGE_GRAPH); /* there is no curve */
    press_key(&rig.driver, "Home");
    press_key(&rig.driver, "Ctrl+2");
    const struct view view = view_now(&rig);
    assert_int_equal(stage_shown(&view), STAGE_TENSOR);
    close_rig(&rig);
}

/* What a curve's names are drawn at, in the tab of that page; -1: nowhere. */
static float height_of_text(struct rig *rig, const char *text, struct rect *area)
{
    struct view view = app_view(rig->driver.app, 1280, 800);
    struct scene scene = { 0 };
    float y = -1;

    *area = (struct rect){ 0, 0, 800, 300 };
    view_curve(&view, *area, &scene);
    for (size_t i = 0; i < scene.draw_count; i++) {
        const struct draw *const draw = &scene.draws[i];
        if (draw->kind == DRAW_TEXT && strcmp(draw->text.bytes, text) == 0) {
            y = draw->text.at.y;
        }
    }
    scene_finish(&scene);
    return y;
}

/* A loss that rises to the upper right does not strike through the names there. */
static void names_keep_clear_of_the_lines(void **state)
{
    static const char *const steps[] = { "-0.05", "1.0" };
    float y[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rig rig;
        struct rect area;
        char text[400];
        snprintf(text, sizeof(text),
                 "import torch\n"
                 "w = torch.tensor(1.0, requires_grad=True)\n"
                 "for i in range(10):\n"
                 "    loss = (w * 1.0).sum()\n"
                 "    loss.backward()\n"
                 "    with torch.no_grad():\n"
                 "        test_loss = (w * 0.9).sum()\n"
                 "        w += %s\n",
                 steps[i]);
        open_rig(&rig, text);
        press_key(&rig.driver, "End");
        y[i] = height_of_text(&rig, "test_loss", &area);
        close_rig(&rig);
    }
    assert_true(y[0] > 0);
    assert_true(y[1] > y[0] + 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_training_shows_its_curve),
        cmocka_unit_test(the_first_pass_is_written_out),
        cmocka_unit_test(what_is_chosen_holds),
        cmocka_unit_test(plain_tensors_show_their_numbers),
        cmocka_unit_test(the_first_state_of_an_lstm_is_no_graph),
        cmocka_unit_test(a_gan_has_no_regions),
        cmocka_unit_test(a_cell_may_choose_its_stage),
        cmocka_unit_test(a_loop_that_ends_shows_no_error),
        cmocka_unit_test(a_function_of_ones_own_is_seen_inside),
        cmocka_unit_test(long_graphs_beside_each_other_are_whole),
        cmocka_unit_test(names_keep_clear_of_the_lines),
        cmocka_unit_test(operands_never_stand_on_each_other),
        cmocka_unit_test(a_product_of_many_matrices_is_shown_as_one),
        cmocka_unit_test(a_cell_beside_the_sample_is_marked),
        cmocka_unit_test(one_number_is_always_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
