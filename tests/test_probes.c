/* Questions to a runner whose lesson has ended. */
#include "tests/run_lesson.h"

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
            client_rest(client);
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

static void what_cannot_run_is_said(void **state)
{
    (void)state;
    ANSWERS("import torch\n"
            "class Double(torch.autograd.Function):\n"
            "    @staticmethod\n"
            "    def forward(ctx, x):\n"
            "        return x * 2\n"
            "    @staticmethod\n"
            "    def backward(ctx, g):\n"
            "        return g * 2\n"
            "x = torch.tensor(1., requires_grad=True)\n"
            "(Double.apply(x) * 3).backward()\n",
            "{\"probe\":\"check\",\"b\":1,\"t\":1}",
            "\"refused\":\"a function of the lesson's own cannot", "\"node\":\"MulBackward0\"");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gradient_is_checked),
        cmocka_unit_test(what_a_lesson_does_later_changes_no_answer),
        cmocka_unit_test(a_training_keeps_its_first_and_last_walks),
        cmocka_unit_test(layers_and_losses_are_checked),
        cmocka_unit_test(gradients_that_are_handed_out_are_checked),
        cmocka_unit_test(kinks_are_said),
        cmocka_unit_test(what_cannot_run_is_said),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_lesson_that_failed_can_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
