/* Questions to a runner whose lesson has ended. */
#include "tests/run_lesson.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"

/* Runs the lesson to its end, asks, and collects the answers; the caller frees the text. */
static struct text ask(const char *lesson, const char *const *questions, size_t count)
{
    static char bytes[65536];
    const char ended[] = "{\"k\":\"end\"";
    struct client *client = run_start((struct client_options){ .stays = true });
    struct text trace = { 0 };
    bool asked = false;
    client_give(client, "lesson.py", lesson, strlen(lesson), run_clock());
    while (!client_ending(client)) {
        struct pollfd fds[CLIENT_POLL_FDS];
        poll(fds, client_poll_fds(client, fds), client_wait(client, run_clock()));
        size_t got;
        while ((got = client_read(client, bytes, sizeof(bytes), run_clock())) > 0) {
            text_append(&trace, bytes, got);
        }
        if (!asked && strstr(text_string(&trace), ended)) {
            asked = true;
            client_rest(client, run_clock());
            for (size_t i = 0; i < count; i++) {
                assert_true(client_ask(client, questions[i]));
            }
            client_release(client);
        }
    }
    assert_int_equal(client_ending(client)->end, CLIENT_EXITED);
    assert_int_equal(client_ending(client)->status, 0);
    client_destroy(client);
    const char *end = strstr(text_string(&trace), ended);
    assert_non_null(end);
    end = strchr(end, '\n') + 1;
    struct text answers = { 0 };
    text_append_string(&answers, end);
    text_finish(&trace);
    return answers;
}

static void answers_are(const char *lesson, const char *question, const char *const *parts)
{
    struct text answers = ask(lesson, &question, 1);
    for (; *parts; parts++) {
        if (!strstr(text_string(&answers), *parts)) {
            fail_msg("the answer to %s lacks %s:\n%s", question, *parts, text_string(&answers));
        }
    }
    text_finish(&answers);
}

#define ANSWERS(lesson, question, ...) \
    answers_are(lesson, question, (const char *const[]){ __VA_ARGS__, NULL })

static void a_gradient_is_checked(void **state)
{
    (void)state;
    ANSWERS("import torch\n"
            "x = torch.tensor(1., requires_grad=True)\n"
            "y = x + 2\n"
            "z = y * y * 3\n"
            "z.backward()\n",
            "{\"probe\":\"check\",\"b\":1,\"t\":1}",
            "{\"k\":\"probe\",\"what\":\"check\",\"of\":{\"t\":1},\"b\":1,\"element\":0,"
            "\"agrees\":true,\"autograd\":18,\"difference\":1");
}

static void an_operation_is_timed(void **state)
{
    (void)state;
    ANSWERS("import torch\nx = torch.ones(2)\n", "{\"probe\":\"timing\",\"op\":\"mm\"}",
            "{\"k\":\"probe\",\"what\":\"timing\",\"op\":\"mm\",\"unit\":\"side\","
            "\"sizes\":[16,32",
            "\"cpu\":[");
    ANSWERS("import torch\n", "{\"probe\":\"timing\",\"op\":\"sum\"}",
            "\"op\":\"sum\",\"refused\":\"only matrix products");
}

static void what_a_lesson_does_later_changes_no_answer(void **state)
{
    (void)state;
    ANSWERS("import torch\n"
            "x = torch.tensor([1., 2.], requires_grad=True)\n"
            "(x * x).sum().backward()\n"
            "with torch.no_grad():\n"
            "    x -= x.grad\n"
            "x.grad = None\n",
            "{\"probe\":\"check\",\"b\":1,\"t\":1,\"element\":1}",
            "\"agrees\":true,\"autograd\":4");
}

static void a_training_keeps_its_first_and_last_walks(void **state)
{
    (void)state;
    static const char lesson[] = "import torch\n"
                                 "w = torch.tensor(0., requires_grad=True)\n"
                                 "for i in range(400):\n"
                                 "    loss = (w - 3) ** 2\n"
                                 "    loss.backward()\n"
                                 "    with torch.no_grad():\n"
                                 "        w -= 0.01 * w.grad\n"
                                 "    w.grad = None\n";
    ANSWERS(lesson, "{\"probe\":\"check\",\"b\":1,\"t\":1}", "\"agrees\":true,\"autograd\":-6");
    ANSWERS(lesson, "{\"probe\":\"check\",\"b\":400,\"t\":1}", "\"agrees\":true");
    ANSWERS(lesson, "{\"probe\":\"check\",\"b\":20,\"t\":1}", "\"refused\":\"so many");
}

/* Two leaves in turns, 300 walks; a training of a third, 300; the two again, 100. Of so many, the first
 * eight stay, the last of the training, and of the others the latest. */
static void walks_of_many_models_are_kept(void **state)
{
    (void)state;
    static const char lesson[] = "import torch\n"
                                 "a = torch.tensor(1., requires_grad=True)\n"
                                 "b = torch.tensor(2., requires_grad=True)\n"
                                 "w = torch.tensor(3., requires_grad=True)\n"
                                 "def walk(x):\n"
                                 "    (x * x).backward()\n"
                                 "for i in range(300):\n"
                                 "    walk((a, b)[i % 2])\n"
                                 "for i in range(300):\n"
                                 "    walk(w)\n"
                                 "for i in range(100):\n"
                                 "    walk((a, b)[i % 2])\n";
    static const struct {
        int walk, leaf;
        bool kept;
    } rows[] = { { 1, 1, true },   { 8, 2, true },    { 9, 1, false },   { 153, 1, false },
                 { 154, 2, true }, { 301, 3, false }, { 599, 3, false }, { 600, 3, true },
                 { 601, 1, true }, { 700, 2, true } };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char question[64];
        snprintf(question, sizeof(question), "{\"probe\":\"check\",\"b\":%d,\"t\":%d}",
                 rows[i].walk, rows[i].leaf);
        ANSWERS(lesson, question, rows[i].kept ? "\"agrees\":true" : "\"refused\":\"so many");
    }
}

static void layers_and_losses_are_checked(void **state)
{
    (void)state;
    ANSWERS("import torch\n"
            "from torch import nn\n"
            "torch.manual_seed(0)\n"
            "model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))\n"
            "x = torch.randn(5, 4)\n"
            "y = torch.tensor([0, 2, 1, 1, 0])\n"
            "loss = nn.functional.cross_entropy(model(x), y)\n"
            "loss.backward()\n",
            "{\"probe\":\"check\",\"b\":1,\"t\":1,\"element\":5}", "\"agrees\":true");
}

static void gradients_that_are_handed_out_are_checked(void **state)
{
    (void)state;
    static const char lesson[] = "import torch\n"
                                 "x = torch.tensor(2., requires_grad=True)\n"
                                 "y = x ** 3\n"
                                 "g, = torch.autograd.grad(y, x, create_graph=True)\n"
                                 "g.backward()\n";
    ANSWERS(lesson, "{\"probe\":\"check\",\"b\":1,\"t\":1}", "\"agrees\":true,\"autograd\":12");
    ANSWERS(lesson, "{\"probe\":\"check\",\"b\":2,\"t\":1}", "\"agrees\":true,\"autograd\":12");
}

static void kinks_are_said(void **state)
{
    (void)state;
    ANSWERS("import torch\n"
            "x = torch.tensor(0., requires_grad=True)\n"
            "torch.relu(x).backward()\n",
            "{\"probe\":\"check\",\"b\":1,\"t\":1}", "\"refused\":\"the loss has a kink here",
            "\"left\":0,\"right\":1");
}

/* A lesson with a function of its own: the lines of its forward, its backward and what it is used for. */
#define OWN_FUNCTION(forward, backward, use)                           \
    "import torch\n"                                                   \
    "class Own(torch.autograd.Function):\n"                            \
    "    @staticmethod\n"                                              \
    "    def forward(ctx, x):\n"                                       \
    "        ctx.save_for_backward(x)\n" forward "    @staticmethod\n" \
    "    def backward(ctx, g):\n"                                      \
    "        x, = ctx.saved_tensors\n" backward                        \
    "x = torch.tensor([3., 1.], requires_grad=True)\n" use

static void a_wrong_backward_of_ones_own_is_found_out(void **state)
{
    (void)state;
    static const char question[] = "{\"probe\":\"check\",\"b\":1,\"t\":1}";
    const char *const wrong[] = { "\"agrees\":false,\"autograd\":9,\"difference\":6", NULL };
    const char *const right[] = { "\"agrees\":true,\"autograd\":6,\"difference\":6", NULL };
    const char *const uses[][2] = {
        { OWN_FUNCTION("        return x * x\n", "        return g * 3 * x\n",
                       "Own.apply(x).sum().backward()\n"),
          OWN_FUNCTION("        return x * x\n", "        return g * 2 * x\n",
                       "Own.apply(x).sum().backward()\n") },
        { OWN_FUNCTION("        return x * x\n", "        return g * 3 * x\n",
                       "Own.apply(x)[0].backward()\n"),
          OWN_FUNCTION("        return x * x\n", "        return g * 2 * x\n",
                       "Own.apply(x)[0].backward()\n") },
        /* In place, by a view, with other tensors, with another function inside. */
        { OWN_FUNCTION("        y = torch.zeros_like(x)\n"
                       "        y += x.detach().view(2) * x\n"
                       "        return torch.where(y > 100, torch.ones(2), y)\n",
                       "        return g * 3 * x\n", "(Own.apply(x * 1) * 1).sum().backward()\n"),
          OWN_FUNCTION("        y = torch.zeros_like(x)\n"
                       "        y += x.detach().view(2) * x\n"
                       "        return torch.where(y > 100, torch.ones(2), y)\n",
                       "        return g * 2 * x\n", "(Own.apply(x * 1) * 1).sum().backward()\n") },
        { OWN_FUNCTION("        with torch.enable_grad():\n"
                       "            y = x.detach() * 1\n"
                       "        return y * x\n",
                       "        return g * 3 * x\n",
                       "Own.apply(x).sum().backward(retain_graph=True)\n"),
          OWN_FUNCTION("        with torch.enable_grad():\n"
                       "            y = x.detach() * 1\n"
                       "        return y * x\n",
                       "        return g * 2 * x\n", "Own.apply(x).sum().backward()\n") },
    };
    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
        answers_are(uses[i][0], question, wrong);
        answers_are(uses[i][1], question, right);
    }
}

static void several_results_of_a_function_of_ones_own_are_checked(void **state)
{
    (void)state;
    static const char lesson[] = "import torch\n"
                                 "class Both(torch.autograd.Function):\n"
                                 "    @staticmethod\n"
                                 "    def forward(ctx, x, w):\n"
                                 "        ctx.save_for_backward(x, w)\n"
                                 "        return torch.nn.functional.softplus(x) * w, x + w\n"
                                 "    @staticmethod\n"
                                 "    def backward(ctx, g, h):\n"
                                 "        x, w = ctx.saved_tensors\n"
                                 "        return g * w * torch.sigmoid(x) + h, h\n"
                                 "x = torch.tensor(1., requires_grad=True)\n"
                                 "w = torch.tensor(2., requires_grad=True)\n"
                                 "a, b = Both.apply(x, w)\n"
                                 "(a * b).backward()\n";
    ANSWERS(lesson, "{\"probe\":\"check\",\"b\":1,\"t\":1}", "\"agrees\":true");
    ANSWERS(lesson, "{\"probe\":\"check\",\"b\":1,\"t\":2}", "\"agrees\":false");
}

/* Nothing is claimed of what cannot be followed. */
static void a_function_of_ones_own_beyond_tensors_is_not_judged(void **state)
{
    (void)state;
    static const char question[] = "{\"probe\":\"check\",\"b\":1,\"t\":1}";
    static const char *const numbers[] = {
        "\"refused\":\"a function of the lesson's own takes numbers out of its tensors", NULL
    };
    static const char *const lost[] = {
        "\"refused\":\"a function of the lesson's own cannot be computed again", NULL
    };
    answers_are(OWN_FUNCTION("        return x * x.detach().numpy()[0]\n",
                             "        return g * x[0]\n", "Own.apply(x).sum().backward()\n"),
                question, numbers);
    answers_are(OWN_FUNCTION("        return x * (x[0] * 1).item()\n", "        return g * x[0]\n",
                             "Own.apply(x).sum().backward()\n"),
                question, numbers);
    answers_are(OWN_FUNCTION("        y = torch.zeros(2)\n"
                             "        y[0] = x[0]\n"
                             "        return y\n",
                             "        return g\n", "Own.apply(x).sum().backward()\n"),
                question, lost);
}

static void what_cannot_run_is_said(void **state)
{
    (void)state;
    ANSWERS("import torch\n"
            "x = torch.ones(2, requires_grad=True)\n"
            "y = x * 2\n"
            "with torch.no_grad():\n"
            "    y.zero_()\n"
            "y.sum().backward()\n",
            "{\"probe\":\"check\",\"b\":1,\"t\":1}", "\"refused\":\"computing the loss again");
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char lesson[] = "import torch\n"
                                 "x = torch.ones(2, requires_grad=True)\n"
                                 "x.sum().backward()\n";
    const char *const questions[] = {
        "{\"probe\":\"check\",\"b\":1,\"t\":1,\"element\":2}",
        "{\"probe\":\"check\",\"b\":1,\"t\":1,\"element\":-1}",
        "{\"probe\":\"check\",\"b\":7,\"t\":1}",
        "{\"probe\":\"check\",\"b\":1,\"t\":99}",
        "{\"probe\":\"check\",\"b\":1,\"t\":2}",
        "{\"probe\":\"oracle\"}",
        "{\"probe\":\"surface\",\"b\":1}",
        "{\"probe\":\"surface\",\"b\":1,\"x\":{\"t\":1,\"element\":5,\"from\":0,\"to\":1,\"count\":"
        "3},"
        "\"y\":{\"t\":1,\"from\":0,\"to\":1,\"count\":3}}",
        "{\"probe\":\"surface\",\"b\":1,\"x\":{\"t\":1,\"from\":1,\"to\":1,\"count\":3},"
        "\"y\":{\"t\":1,\"element\":1,\"from\":0,\"to\":1,\"count\":3}}",
        "{\"probe\":\"race\",\"b\":1,\"x\":{\"t\":1},\"y\":{\"t\":1,\"element\":1},\"lr\":0.1,"
        "\"steps\":100000}",
        "{\"probe\":\"fit\",\"b\":1,\"t\":9,\"n\":1}",
        "no JSON",
        "{\"probe\":\"check\",\"b\":1,\"t\":1,\"element\":1}",
    };
    const size_t count = sizeof(questions) / sizeof(questions[0]);
    struct text answers = ask(lesson, questions, count);
    const char *line = text_string(&answers);
    for (size_t i = 0; i < count; i++) {
        const char *const end = strchr(line, '\n');
        assert_non_null(end);
        const char *const refused = strstr(line, "\"refused\":");
        assert_true((refused && refused < end) == (i + 1 < count));
        line = end + 1;
    }
    assert_string_equal(line, "");
    text_finish(&answers);
}

static void a_lesson_that_failed_can_be_asked(void **state)
{
    (void)state;
    static const char lesson[] = "import torch\n"
                                 "x = torch.tensor(3., requires_grad=True)\n"
                                 "y = x * x\n"
                                 "y.backward()\n"
                                 "try:\n"
                                 "    y.backward()\n"
                                 "except RuntimeError:\n"
                                 "    pass\n";
    ANSWERS(lesson, "{\"probe\":\"check\",\"b\":1,\"t\":1}", "\"agrees\":true,\"autograd\":6");
    ANSWERS(lesson, "{\"probe\":\"check\",\"b\":2,\"t\":1}", "\"refused\":");
}

/* ---- numbers of an answer ------------------------------------------------------------------ */

/* All numbers under that name in the answers, one record after the other; the caller frees them. */
static float *numbers_of(const char *answers, const char *name, size_t *count)
{
    float *out = memory_allocate(1 << 17, sizeof(*out));
    char key[32];
    *count = 0;
    snprintf(key, sizeof(key), "\"%s\":\"", name);
    for (const char *at = answers; (at = strstr(at, key));) {
        at += strlen(key);
        const size_t length = (size_t)(strchr(at, '"') - at);
        uint8_t *bytes = memory_allocate(length + 4, 1);
        size_t got;
        assert_true(base64_decode(at, length, bytes, &got));
        memcpy(out + *count, bytes, got);
        *count += got / sizeof(*out);
        free(bytes);
    }
    return out;
}

/* The numbers that the lesson printed. */
static size_t printed(const char *lesson, double *out, size_t most)
{
    struct lesson_run run = run_text(lesson, (struct client_options){ 0 });
    char *text = run_stdout(&run.trace);
    const char *at = text;
    size_t count = 0;
    for (char *end; count < most; at = end) {
        out[count] = strtod(at, &end);
        if (end == at) {
            break;
        }
        count++;
    }
    free(text);
    text_finish(&run.trace);
    return count;
}

#define LINE_LESSON                                                                     \
    "import torch\n"                                                                    \
    "x = torch.tensor([[1.], [2.], [3.5]])\n"                                           \
    "y = torch.tensor([[3.], [5.], [7.]])\n"                                            \
    "w = torch.tensor([[0.5]], requires_grad=True)\n"                                   \
    "b = torch.tensor([0.25], requires_grad=True)\n"                                    \
    "def f(w, b):\n"                                                                    \
    "    return torch.nn.functional.mse_loss(torch.nn.functional.linear(x, w, b), y)\n" \
    "f(w, b).backward()\n"

static void a_surface_is_what_the_script_gets(void **state)
{
    (void)state;
    static const char lesson[] =
        LINE_LESSON "for i in (0, 20, 199):\n"
                    "    for j in (0, 150, 199):\n"
                    "        g = lambda k: torch.tensor(-1 + 4 * (k / 199))\n"
                    "        v = f(g(i).reshape(1, 1), g(j).reshape(1))\n"
                    "        print(repr(v.item()))\n";
    static const char question[] =
        "{\"probe\":\"surface\",\"b\":1,"
        "\"x\":{\"t\":3,\"element\":0,\"from\":-1,\"to\":3,\"count\":200},"
        "\"y\":{\"t\":4,\"element\":0,\"from\":-1,\"to\":3,\"count\":200}}";
    const char *const questions[] = { question };
    double expected[9];
    size_t count;
    struct text answers = ask(lesson, questions, 1);
    assert_int_equal(printed(lesson, expected, 9), 9);
    float *losses = numbers_of(text_string(&answers), "numbers", &count);
    assert_int_equal(count, 200 * 200);
    assert_non_null(strstr(text_string(&answers), "\"exact\":true"));
    static const int places[] = { 0, 20, 199 }, rows[] = { 0, 150, 199 };
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            const double got = losses[rows[j] * 200 + places[i]], want = expected[i * 3 + j];
            assert_true(fabs(got - want) <= 1e-6 * fabs(want));
        }
    }
    free(losses);
    text_finish(&answers);
}

static void a_race_is_what_the_optimizers_do(void **state)
{
    (void)state;
    static const char lesson[] = LINE_LESSON
        "o = torch.optim\n"
        "makes = [lambda p: o.SGD(p, lr=0.02), lambda p: o.SGD(p, lr=0.02, momentum=0.9),\n"
        "         lambda p: o.RMSprop(p, lr=0.02), lambda p: o.Adagrad(p, lr=0.02),\n"
        "         lambda p: o.Adam(p, lr=0.02)]\n"
        "for make in makes:\n"
        "    w = torch.tensor([[-0.5]], requires_grad=True)\n"
        "    b = torch.tensor([1.5], requires_grad=True)\n"
        "    opt = make([w, b])\n"
        "    for i in range(30):\n"
        "        opt.zero_grad()\n"
        "        loss = f(w, b)\n"
        "        loss.backward()\n"
        "        opt.step()\n"
        "    print(w.item(), b.item())\n";
    static const char question[] = "{\"probe\":\"race\",\"b\":1,\"lr\":0.02,\"steps\":30,"
                                   "\"x\":{\"t\":3,\"element\":0,\"start\":-0.5},"
                                   "\"y\":{\"t\":4,\"element\":0,\"start\":1.5}}";
    const char *const questions[] = { question };
    double expected[10];
    size_t count;
    struct text answers = ask(LINE_LESSON, questions, 1);
    assert_int_equal(printed(lesson, expected, 10), 10);
    float *points = numbers_of(text_string(&answers), "points", &count);
    assert_int_equal(count, 5 * 31 * 2);
    for (int i = 0; i < 5; i++) {
        const float *const last = points + (i * 31 + 30) * 2;
        assert_true(points[i * 62] == -0.5f && points[i * 62 + 1] == 1.5f);
        assert_true((double)last[0] == expected[2 * i] && (double)last[1] == expected[2 * i + 1]);
    }
    assert_non_null(strstr(text_string(&answers), "\"optimizer\":\"Adam\""));
    assert_non_null(strstr(text_string(&answers), "\"state\":[[\"exp_avg\",\""));
    free(points);
    text_finish(&answers);
}

/* Two of three numbers move: what a slice shows, and that the third stands still. */
static void a_slice_holds_the_others(void **state)
{
    (void)state;
    static const char lesson[] = "import torch\n"
                                 "p = torch.tensor([1., 2., 3.], requires_grad=True)\n"
                                 "(p * p).sum().backward()\n";
    static const char surface[] = "{\"probe\":\"surface\",\"b\":1,"
                                  "\"x\":{\"t\":1,\"element\":0,\"from\":0,\"to\":1,\"count\":2},"
                                  "\"y\":{\"t\":1,\"element\":2,\"from\":0,\"to\":2,\"count\":3}}";
    static const char race[] = "{\"probe\":\"race\",\"b\":1,\"lr\":0.1,\"steps\":1,"
                               "\"x\":{\"t\":1,\"element\":0,\"start\":1},"
                               "\"y\":{\"t\":1,\"element\":2,\"start\":2}}";
    static const char given[] = "{\"probe\":\"surface\",\"b\":1,\"at\":[{\"t\":1,\"v\":[0,10,0]}],"
                                "\"x\":{\"t\":1,\"element\":0,\"from\":0,\"to\":1,\"count\":2},"
                                "\"y\":{\"t\":1,\"element\":2,\"from\":0,\"to\":1,\"count\":2}}";
    const char *const questions[] = { surface, given, race };
    static const float expected[] = { 4, 5, 5, 6, 8, 9, 100, 101, 101, 102 };
    size_t count;
    struct text answers = ask(lesson, questions, 3);
    float *numbers = numbers_of(text_string(&answers), "numbers", &count);
    assert_int_equal(count, 10);
    assert_memory_equal(numbers, expected, sizeof(expected));
    assert_null(strstr(text_string(&answers), "\"exact\":true"));
    free(numbers);
    numbers = numbers_of(text_string(&answers), "losses", &count);
    assert_int_equal(count, 10);
    assert_true(numbers[0] == 9);
    assert_true(numbers[1] < 9 && numbers[1] > 4);
    free(numbers);
    text_finish(&answers);
}

static void what_a_model_says_of_other_inputs(void **state)
{
    (void)state;
    static const char lesson[] =
        "import torch\n"
        "x = torch.tensor([[0., 0.], [1., 2.], [3., 1.]])\n"
        "y = torch.tensor([0., 1., 1.])\n"
        "w = torch.tensor([2., -1.], requires_grad=True)\n"
        "p = x @ w\n"
        "torch.nn.functional.binary_cross_entropy_with_logits(p, y).backward()\n";
    static const char question[] = "{\"probe\":\"fit\",\"b\":1,\"t\":1,\"n\":1,"
                                   "\"x\":{\"from\":0,\"to\":1,\"count\":2},"
                                   "\"y\":{\"from\":0,\"to\":4,\"count\":3}}";
    static const float expected[] = { 0, 2, -2, 0, -4, -2 };
    const char *const questions[] = { question };
    size_t count;
    struct text answers = ask(lesson, questions, 1);
    float *numbers = numbers_of(text_string(&answers), "numbers", &count);
    assert_int_equal(count, 6);
    assert_memory_equal(numbers, expected, sizeof(expected));
    free(numbers);
    text_finish(&answers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gradient_is_checked),
        cmocka_unit_test(an_operation_is_timed),
        cmocka_unit_test(what_a_lesson_does_later_changes_no_answer),
        cmocka_unit_test(a_training_keeps_its_first_and_last_walks),
        cmocka_unit_test(walks_of_many_models_are_kept),
        cmocka_unit_test(layers_and_losses_are_checked),
        cmocka_unit_test(gradients_that_are_handed_out_are_checked),
        cmocka_unit_test(kinks_are_said),
        cmocka_unit_test(a_wrong_backward_of_ones_own_is_found_out),
        cmocka_unit_test(several_results_of_a_function_of_ones_own_are_checked),
        cmocka_unit_test(a_function_of_ones_own_beyond_tensors_is_not_judged),
        cmocka_unit_test(what_cannot_run_is_said),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_lesson_that_failed_can_be_asked),
        cmocka_unit_test(a_surface_is_what_the_script_gets),
        cmocka_unit_test(a_race_is_what_the_optimizers_do),
        cmocka_unit_test(a_slice_holds_the_others),
        cmocka_unit_test(what_a_model_says_of_other_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
