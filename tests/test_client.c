#include "tests/run_lesson.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tests/kernel.h"

static const struct client_options usual;

static void lesson_runs_to_its_end(void **state)
{
    (void)state;
    struct lesson_run run = run_text("print('xin chào')\n", usual);
    assert_int_equal(run.ending.end, CLIENT_EXITED);
    assert_int_equal(run.ending.status, 0);
    assert_string_equal(run.ending.text, "");
    assert_has(&run, "{\"k\":\"out\",\"stream\":\"stdout\",\"text\":\"xin chào\\n\"}\n");
    assert_has(&run, "{\"k\":\"end\",\"how\":\"finished\",\"status\":0}\n");
    text_finish(&run.trace);
}

static void exit_status_comes_through(void **state)
{
    (void)state;
    const struct {
        const char *lesson;
        int status;
        const char *end;
    } cases[] = {
        { "raise SystemExit(7)", 7, "\"how\":\"exit\",\"status\":7" },
        { "raise SystemExit", 0, "\"how\":\"exit\",\"status\":0" },
        { "raise SystemExit('no')", 1, "\"stream\":\"stderr\",\"text\":\"no\\n\"" },
        { "1/0", 1, "\"how\":\"error\",\"status\":1" },
        { "raise KeyboardInterrupt", 130, "\"how\":\"interrupted\",\"status\":130" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct lesson_run run = run_text(cases[i].lesson, usual);
        assert_int_equal(run.ending.end, CLIENT_EXITED);
        assert_int_equal(run.ending.status, cases[i].status);
        assert_has(&run, cases[i].end);
        text_finish(&run.trace);
    }
}

/* Everything up to the guilty line must be there, the line itself included. */
static void sudden_exit_leaves_the_trace(void **state)
{
    (void)state;
    struct lesson_run run = run_text("import os\nprint('before')\nos._exit(42)\n", usual);
    assert_int_equal(run.ending.end, CLIENT_EXITED);
    assert_int_equal(run.ending.status, 42);
    assert_has(&run, "\"text\":\"before\\n\"");
    assert_has(&run, "{\"k\":\"line\",\"f\":1,\"line\":3}\n");
    assert_lacks(&run, "\"k\":\"end\"");
    text_finish(&run.trace);
}

static void crash_leaves_the_trace(void **state)
{
    (void)state;
    struct lesson_run run = run_text("import os\nos.abort()\n", usual);
    assert_int_equal(run.ending.end, CLIENT_CRASHED);
    assert_int_equal(run.ending.status, 128 + SIGABRT);
    assert_non_null(strstr(run.ending.text, "signal 6"));
    assert_has(&run, "{\"k\":\"line\",\"f\":1,\"line\":2}\n");
    text_finish(&run.trace);
}

/* What happens first is written line by line, what comes after it by a thread, later. */
static void what_ends_suddenly_is_written_to_its_end(void **state)
{
    static const struct {
        const char *end;
        enum client_end how;
        int status;
    } cases[] = {
        { "os._exit(3)", CLIENT_EXITED, 3 },
        { "os.abort()", CLIENT_CRASHED, 128 + SIGABRT },
        { "ctypes.string_at(0)", CLIENT_CRASHED, 128 + SIGSEGV },
    };

    (void)state;
    /* The address sanitizer makes an exit of its own of the last. */
    const size_t count = sizeof(cases) / sizeof(cases[0]) - (TEST_SANITIZED ? 1 : 0);
    for (size_t i = 0; i < count; i++) {
        char lesson[200];
        snprintf(lesson, sizeof(lesson),
                 "import ctypes\nimport os\nfor i in range(4000):\n    i * i\nprint('last')\n%s\n",
                 cases[i].end);
        struct lesson_run run = run_text(lesson, usual);
        assert_int_equal(run.ending.end, cases[i].how);
        assert_int_equal(run.ending.status, cases[i].status);
        assert_has(&run, "\"text\":\"last\\n\"");
        assert_has(&run, "{\"k\":\"line\",\"f\":1,\"line\":6}\n");
        text_finish(&run.trace);
    }
}

static void stop_interrupts_a_loop(void **state)
{
    (void)state;
    const char *lesson = "print('on')\nwhile True: pass\n";
    struct client *client = run_start(usual);
    client_give(client, "lesson.py", lesson, strlen(lesson), run_clock());
    struct lesson_run run = run_collect(client, "\"line\":2}");
    assert_int_equal(run.ending.end, CLIENT_EXITED);
    assert_int_equal(run.ending.status, 130);
    assert_has(&run, "\"type\":\"KeyboardInterrupt\"");
    assert_has(&run, "\"how\":\"interrupted\"");
    text_finish(&run.trace);
}

static void stop_kills_what_does_not_listen(void **state)
{
    (void)state;
    const char *lesson = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
                         "while True: pass\n";
    struct client *client = run_start(usual);
    client_give(client, "lesson.py", lesson, strlen(lesson), run_clock());
    struct lesson_run run = run_collect(client, "\"f\":1,\"line\":3}");
    assert_int_equal(run.ending.end, CLIENT_STOPPED);
    assert_int_equal(run.ending.status, 128 + SIGKILL);
    assert_string_equal(run.ending.text, "the lesson did not listen to Stop and was ended");
    text_finish(&run.trace);
}

static void wall_clock_has_a_limit(void **state)
{
    (void)state;
    struct lesson_run run =
        run_text("import time\ntime.sleep(60)\n", (struct client_options){ .wall_seconds = 0.5 });
    assert_int_equal(run.ending.end, CLIENT_TIMEOUT);
    assert_has(&run, "{\"k\":\"line\",\"f\":1,\"line\":2}\n");
    text_finish(&run.trace);
}

static void processor_time_has_a_limit(void **state)
{
    (void)state;
    struct lesson_run run =
        run_text("while True: pass\n", (struct client_options){ .cpu_seconds = 1 });
    assert_int_equal(run.ending.end, CLIENT_EXITED);
    assert_has(&run, "\"k\":\"budget\",\"what\":\"time\",\"limit\":1,");
    assert_has(&run, "\"how\":\"budget\"");
    text_finish(&run.trace);
}

/* The runner stops recording before; a lesson that writes into its trace itself does not. */
static void trace_has_a_limit(void **state)
{
    (void)state;
    struct lesson_run run =
        run_text("import os\nwhile True:\n    for fd in range(3, 64):\n        try:\n"
                 "            os.write(fd, b'x' * 999 + b'\\n')\n        except OSError:\n"
                 "            pass\n",
                 (struct client_options){ .trace_bytes = 100000 });
    assert_int_equal(run.ending.end, CLIENT_FLOOD);
    assert_int_equal(run.trace.length, 100000);
    text_finish(&run.trace);
}

static void raw_output_has_a_limit(void **state)
{
    (void)state;
    struct lesson_run run =
        run_text("import os\nwhile True: os.write(2, b'0123456789abcdef' * 65536)\n", usual);
    assert_int_equal(run.ending.end, CLIENT_FLOOD);
    assert_int_equal(strlen(run.raw), 4096);
    text_finish(&run.trace);
}

static void raw_output_is_kept(void **state)
{
    (void)state;
    struct lesson_run run = run_text("import os\nos.write(1, b'past Python')\n", usual);
    assert_string_equal(run.raw, "past Python");
    text_finish(&run.trace);
}

/* Larger than what a socket holds at once. */
static void large_lesson_is_sent_whole(void **state)
{
    (void)state;
    struct text lesson = { 0 };
    for (int i = 0; i < 40000; i++) {
        text_append_string(&lesson, "# a comment that takes up some room\n");
    }
    text_append_string(&lesson, "print('the end')\n");
    struct lesson_run run = run_text(lesson.bytes, usual);
    assert_int_equal(run.ending.status, 0);
    assert_has(&run, "\"text\":\"the end\\n\"");
    text_finish(&run.trace);
    text_finish(&lesson);
}

static void spare_waits_for_its_lesson(void **state)
{
    (void)state;
    char bytes[4096];
    struct client *spare = run_start((struct client_options){ .run = 7 });
    assert_int_equal(client_run(spare), 7);
    size_t got = 0;
    while (got == 0) {
        struct pollfd fds[CLIENT_POLL_FDS];
        poll(fds, client_poll_fds(spare, fds), client_wait(spare, run_clock()));
        got = client_read(spare, bytes, sizeof(bytes), run_clock());
    }
    assert_memory_equal(bytes, "{\"k\":\"hello\",", 13);
    client_give(spare, "lesson.py", "print(1)", 8, run_clock());
    struct lesson_run run = run_collect(spare, NULL);
    assert_has(&run, "\"text\":\"1\\n\"");
    text_finish(&run.trace);
}

static void unused_spare_ends_quietly(void **state)
{
    (void)state;
    struct client *spare = run_start(usual);
    client_destroy(spare);
    client_destroy(NULL);
}

static void missing_runner_is_told(void **state)
{
    (void)state;
    struct error err = { 0 };
    assert_null(client_start(&(struct client_options){ .runner = "/nonexistent/runner" }, &err));
    /* What follows is the system's, in the language of the user. */
    assert_non_null(strstr(err.text, "cannot start /nonexistent/runner: "));
}

/* At full speed output goes where the caller says, a file as well, and only hello and end are
 * recorded. */
static void full_speed_prints_straight(void **state)
{
    (void)state;
    FILE *out = tmpfile(), *err = tmpfile();
    assert_non_null(out);
    assert_non_null(err);
    struct lesson_run run = run_text(
        "import sys\nprint('a' * 10000)\nprint('oh', file=sys.stderr)\n1/0\n",
        (struct client_options){ .no_trace = true, .out_fd = fileno(out), .err_fd = fileno(err) });
    char text[16384];
    rewind(out);
    assert_int_equal(fread(text, 1, sizeof(text), out), 10001);
    rewind(err);
    size_t length = fread(text, 1, sizeof(text) - 1, err);
    text[length] = '\0';
    assert_non_null(strstr(text, "oh\n"));
    assert_non_null(strstr(text, "ZeroDivisionError: division by zero\n"));
    assert_int_equal(run.ending.status, 1);
    assert_has(&run, "\"k\":\"hello\"");
    assert_has(&run, "\"how\":\"error\"");
    assert_lacks(&run, "\"k\":\"line\"");
    fclose(out);
    fclose(err);
    text_finish(&run.trace);
}

/* With the GPU no limit of the kernel's counts what is shared, nor address space. */
static void memory_beside_the_gpu_is_watched(void **state)
{
    static const char *const lessons[] = {
        "x = []\nwhile True: x.append(bytearray(b'x' * (16 << 20)))\n",
        "import mmap\nx = []\nwhile True:\n    x.append(mmap.mmap(-1, 16 << 20))\n"
        "    x[-1].write(b'x' * (16 << 20))\n",
        /* What was printed before it is there. */
        "import mmap\nprint('before')\nx = mmap.mmap(-1, 3 << 30)\n"
        "while x.tell() < 3 << 30:\n    x.write(b'x' * (16 << 20))\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lessons) / sizeof(lessons[0]); i++) {
        struct lesson_run run =
            run_text(lessons[i], (struct client_options){ .gpu = true, .watched_mb = 700 });
        assert_int_equal(run.ending.end, CLIENT_MEMORY);
        assert_has(&run, i == 2 ? "before" : "\"k\":\"line\"");
        assert_true(strncmp(run.ending.text, "the lesson took more than 700 MB", 32) == 0);
        text_finish(&run.trace);
    }
    /* Less than that is nobody's business. */
    struct lesson_run run =
        run_text("import mmap\nx = mmap.mmap(-1, 64 << 20)\nx.write(b'x' * (64 << 20))\n",
                 (struct client_options){ .gpu = true, .watched_mb = 700 });
    assert_has(&run, "{\"k\":\"end\",\"how\":\"finished\",\"status\":0}\n");
    text_finish(&run.trace);
}

/* A lesson that is over may have threads that are not. */
static void memory_after_the_end_is_watched(void **state)
{
    static const char lesson[] =
        "import ctypes, mmap, threading\n"
        "x = mmap.mmap(-1, 4 << 30)\n"
        "at = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(x)))\n"
        "fill, size = ctypes.CDLL(None).memset, ctypes.c_size_t(4 << 30)\n"
        "threading.Thread(target=fill, args=(at, 1, size), daemon=True).start()\n";
    const struct client_options options = {
        .runner = RUNNER_PATH, .gpu = true, .watched_mb = 700, .stays = true
    };
    struct error err = { 0 };
    char bytes[4096];
    struct client *const client = client_start(&options, &err);

    (void)state;
    assert_non_null(client);
    client_give(client, "lesson.py", lesson, strlen(lesson), run_clock());
    const double begun = run_clock();
    struct text trace = { 0 };
    while (!strstr(text_string(&trace), "\"k\":\"end\"") && !client_ending(client) &&
           run_clock() - begun < 60) {
        const size_t got = client_read(client, bytes, sizeof(bytes), run_clock());
        text_append(&trace, bytes, got);
    }
    client_rest(client, run_clock());
    struct pollfd fds[CLIENT_POLL_FDS];
    struct pollfd *const trace_end = &fds[0];
    client_poll_fds(client, fds);
    do {
        client_watch(client, run_clock());
        poll(trace_end, 1, 50);
    } while (!(trace_end->revents & POLLHUP) && run_clock() - begun < 60);
    while (!client_ending(client) && run_clock() - begun < 60) {
        client_read(client, bytes, sizeof(bytes), run_clock());
    }
    assert_non_null(client_ending(client));
    assert_int_equal(client_ending(client)->end, CLIENT_MEMORY);
    client_destroy(client);
    text_finish(&trace);
}

/* The kernel takes a lesson first when memory is used up. (Only with the GPU may it see that.) */
static void lessons_are_offered_first(void **state)
{
    (void)state;
    if (!kernel_has_landlock()) {
        skip();
    }
    struct lesson_run run = run_text("print('score', open('/proc/self/oom_score_adj').read())\n",
                                     (struct client_options){ .gpu = true });
    assert_has(&run, "score 1000\\n");
    text_finish(&run.trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lesson_runs_to_its_end),
        cmocka_unit_test(exit_status_comes_through),
        cmocka_unit_test(sudden_exit_leaves_the_trace),
        cmocka_unit_test(crash_leaves_the_trace),
        cmocka_unit_test(what_ends_suddenly_is_written_to_its_end),
        cmocka_unit_test(stop_interrupts_a_loop),
        cmocka_unit_test(stop_kills_what_does_not_listen),
        cmocka_unit_test(wall_clock_has_a_limit),
        cmocka_unit_test(processor_time_has_a_limit),
        cmocka_unit_test(trace_has_a_limit),
        cmocka_unit_test(raw_output_has_a_limit),
        cmocka_unit_test(memory_beside_the_gpu_is_watched),
        cmocka_unit_test(memory_after_the_end_is_watched),
        cmocka_unit_test(lessons_are_offered_first),
        cmocka_unit_test(raw_output_is_kept),
        cmocka_unit_test(large_lesson_is_sent_whole),
        cmocka_unit_test(spare_waits_for_its_lesson),
        cmocka_unit_test(unused_spare_ends_quietly),
        cmocka_unit_test(missing_runner_is_told),
        cmocka_unit_test(full_speed_prints_straight),
    };
    return test_run(tests);
}
