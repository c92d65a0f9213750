/* Runners that are split off a nursery are like those that were started. */

#include "tests/run_lesson.h"

#include <signal.h>
#include <unistd.h>

#include "lessons/runner/nursery.h"

static const struct client_options usual;

static struct nursery *open_nursery(bool numpy)
{
    struct error err = { 0 };
    struct nursery *nursery = nursery_start(
        &(struct client_options){ .runner = RUNNER_PATH, .numpy = numpy, .cpu_seconds = 60 }, &err);
    if (!nursery) {
        fail_msg("%s", err.text);
    }
    const double until = run_clock() + 60;
    while (!nursery_is_ready(nursery)) {
        assert_true(nursery_is_alive(nursery) && run_clock() < until);
        usleep(2000);
    }
    return nursery;
}

/* What comes after the hello: that tells of the box, which is the same but for its words. */
static const char *lines_of(const struct lesson_run *run)
{
    const char *line = strchr(text_string(&run->trace), '\n');
    assert_non_null(line);
    return line + 1;
}

static void what_they_write_is_the_same(void **state)
{
    (void)state;
    static const char *const lessons[] = {
        "import torch\nx = torch.ones(1, requires_grad=True)\nx.sum().backward()\n",
        "import torch\nprint(torch.rand(3))\n",
        "raise SystemExit(7)",
        "import os\nprint('before')\nos._exit(42)\n",
        "open('/etc/passwd')\n",
        "import os\nos.fork()\n",
        "import os\nos.kill(os.getppid(), 0)\n",
        "import os\nprint(len(os.listdir('/proc/self/fd')))\n",
        "import threading\nt = threading.Thread(target=print, args=('hi',))\nt.start()\nt.join()\n",
    };
    struct nursery *nursery = open_nursery(false);
    for (size_t i = 0; i < sizeof(lessons) / sizeof(lessons[0]); i++) {
        struct lesson_run started = run_text(lessons[i], usual);
        struct lesson_run split =
            run_text(lessons[i], (struct client_options){ .nursery = nursery });
        assert_string_equal(lines_of(&started), lines_of(&split));
        assert_int_equal(started.ending.end, split.ending.end);
        assert_int_equal(started.ending.status, split.ending.status);
        assert_string_equal(started.raw, split.raw);
        text_finish(&started.trace);
        text_finish(&split.trace);
    }
    nursery_destroy(nursery);
}

static void a_crash_is_its_own(void **state)
{
    (void)state;
    struct nursery *nursery = open_nursery(false);
    for (int turn = 0; turn < 2; turn++) {
        struct lesson_run run =
            run_text("import os\nos.abort()\n", (struct client_options){ .nursery = nursery });
        assert_int_equal(run.ending.end, CLIENT_CRASHED);
        assert_int_equal(run.ending.status, 128 + SIGABRT);
        text_finish(&run.trace);
    }
    nursery_destroy(nursery);
}

/* It listens to Stop, and goes on when the nursery is gone. */
static void it_outlives_the_nursery(void **state)
{
    (void)state;
    static const char lesson[] = "print('on')\nwhile True: pass\n";
    struct nursery *nursery = open_nursery(false);
    struct client *client = run_start((struct client_options){ .nursery = nursery });
    nursery_destroy(nursery);
    client_give(client, "lesson.py", lesson, strlen(lesson), run_clock());
    struct lesson_run run = run_collect(client, "\"line\":2}");
    assert_int_equal(run.ending.end, CLIENT_EXITED);
    assert_has(&run, "\"type\":\"KeyboardInterrupt\"");
    text_finish(&run.trace);
}

static void numpy_is_there_with_numbers_of_its_own(void **state)
{
    (void)state;
    static const char lesson[] = "import numpy as np\nprint(np.arange(3), np.random.rand())\n";
    struct nursery *nursery = open_nursery(true);
    struct lesson_run one = run_text(lesson, (struct client_options){ .nursery = nursery });
    struct lesson_run two = run_text(lesson, (struct client_options){ .nursery = nursery });
    assert_has(&one, "[0 1 2] 0.");
    assert_has(&two, "[0 1 2] 0.");
    assert_string_not_equal(lines_of(&one), lines_of(&two));
    text_finish(&one.trace);
    text_finish(&two.trace);
    nursery_destroy(nursery);
}

static void one_that_is_not_there_splits_nothing(void **state)
{
    (void)state;
    struct error err = { 0 };
    /* A program that never gets ready. */
    struct nursery *nursery =
        nursery_start(&(struct client_options){ .runner = "/bin/true" }, &err);
    pid_t pid;
    assert_non_null(nursery);
    assert_null(client_start(&(struct client_options){ .nursery = nursery }, &err));
    assert_true(err.text[0] != '\0');
    assert_false(nursery_split(nursery, (const int[NURSERY_ENDS]){ 0, 1, 2 }, &pid));
    nursery_destroy(nursery);
    nursery_destroy(NULL);
    assert_null(nursery_start(&(struct client_options){ .runner = "/nonexistent" }, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_they_write_is_the_same),
        cmocka_unit_test(a_crash_is_its_own),
        cmocka_unit_test(it_outlives_the_nursery),
        cmocka_unit_test(numpy_is_there_with_numbers_of_its_own),
        cmocka_unit_test(one_that_is_not_there_splits_nothing),
    };
    return test_run(tests);
}
