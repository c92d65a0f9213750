/* The window's side of a runner that is not what it should be: programs that take a runner's place and
 * hang, die, flood, lie, close what they should keep, leave others behind, or talk on after they were
 * replaced. A session with any of them comes to an end that is told, in bounded time and memory, and
 * nothing of it is left running. */

#include "tests/test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/cli/status.h"
#include "app/session/session.h"

#include "config.h"

#define HELLO                                                                                  \
    "{\"k\":\"hello\",\"format\":1,\"program\":\"fake\",\"python\":\"3\",\"device\":\"cpu\","  \
    "\"box\":{\"rlimits\":true,\"no_new_privs\":true,\"landlock\":1,\"seccomp\":true,\"why\":" \
    "\"\"}}"
#define SAY_HELLO "echo '" HELLO "' >&3\n"
#define SAY_END "echo '{\"k\":\"end\",\"how\":\"finished\",\"status\":0}' >&3\n"
#define OUT(text) "{\"k\":\"out\",\"stream\":\"stdout\",\"text\":\"" text "\"}"

struct stage {
    char folder[64], lesson[96];
    struct paths paths;
};

static void put(const char *path, const char *text, mode_t mode)
{
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* A lesson, and in the place of its runner a script with that body. */
static struct stage stage_set(const char *body)
{
    struct stage stage = { 0 };
    struct text script = { 0 };
    snprintf(stage.folder, sizeof(stage.folder), "/tmp/gradlight-fake-XXXXXX");
    assert_non_null(mkdtemp(stage.folder));
    snprintf(stage.lesson, sizeof(stage.lesson), "%s/lesson.py", stage.folder);
    put(stage.lesson, "print(1)\n", 0600);
    snprintf(stage.paths.runner, sizeof(stage.paths.runner), "%s/runner", stage.folder);
    text_format(&script, "#!/bin/sh\nhere=%s\n%s", stage.folder, body);
    put(stage.paths.runner, script.bytes, 0700);
    text_finish(&script);
    return stage;
}

static void stage_clear(const struct stage *stage)
{
    static const char *const names[] = { "runner", "lesson.py", "first", "pid" };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", stage->folder, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(stage->folder), 0);
    assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static double clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static struct session *begin(const struct stage *stage)
{
    struct error err = { 0 };
    struct session *const session =
        session_open(stage->lesson, &(struct session_options){ .paths = &stage->paths }, &err);
    if (!session) {
        fail_msg("%s", err.text);
    }
    return session;
}

/* As the window does it, which never waits; at most so many seconds. */
static void follow(struct session *session, double seconds)
{
    const double end = clock_now() + seconds;
    while (session_running(session) && clock_now() < end) {
        session_poll(session, 0.01);
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
}

/* ---- its process ----------------------------------------------------------------------------- */

/* What it wrote into $here/pid. */
static pid_t pid_in(const struct stage *stage)
{
    char path[96];
    int pid = 0;
    snprintf(path, sizeof(path), "%s/pid", stage->folder);
    FILE *const file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &pid), 1);
    fclose(file);
    return pid;
}

/* As in /proc/PID/stat: R, S, T, Z, …; X: there is none. */
static char process_state(pid_t pid)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *const file = fopen(path, "r");
    if (!file) {
        return 'X';
    }
    const char *const read = fgets(line, sizeof(line), file);
    fclose(file);
    const char *const name = read ? strrchr(line, ')') : NULL;
    return name ? name[2] : 'X';
}

static bool comes_to(pid_t pid, const char *states)
{
    for (int i = 0; i < 20000; i++) {
        if (strchr(states, process_state(pid))) {
            return true;
        }
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    return false;
}

/* A killed process may still be there to be reaped by whoever adopted it. */
static bool is_gone(pid_t pid)
{
    return comes_to(pid, "ZX");
}

/* ---- ends ------------------------------------------------------------------------------------ */

/* What it does, what is told, and how many records are there of it. */
static const struct {
    const char *body, *told;
    size_t records;
} endings[] = {
    { "exit 3", "with status 3", 0 },
    { "exit 0", "with status 0", 0 },
    { "echo 'no Python here' >&2; exit 1", "no Python here", 0 },
    { "kill -KILL $$", "signal 9", 0 },
    { "kill -SEGV $$", "signal 11", 0 },
    { SAY_HELLO "exit 0", "with status 0, before it was finished", 1 },
    { SAY_HELLO "printf '{\"k\":\"out\",\"str' >&3; kill -KILL $$", "signal 9", 1 },
    { SAY_HELLO "printf '{\"k\":\"out\",\"str' >&3; exit 0", "line 2", 1 },
    { "echo 'this is no trace' >&3", "line 1", 0 },
    { SAY_HELLO SAY_HELLO "exit 0", "line 2", 1 },
    { SAY_HELLO "echo '{\"k\":\"tensor\",\"t\":7,\"shape\":[1],\"dtype\":\"float32\"}' >&3",
      "line 2", 1 },
    { "printf '\\0\\0\\0\\0\\n' >&3", "line 1", 0 },
    { SAY_HELLO "printf '\\377\\376\\n' >&3", "line 2", 1 },
    { SAY_HELLO "exec 3>&-; sleep 0.1; exit 5", "with status 5", 1 },
};

static void every_end_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
        const struct stage stage = stage_set(endings[i].body);
        struct session *const session = begin(&stage);
        follow(session, 20);
        if (session_running(session) || !strstr(session_trouble(session), endings[i].told) ||
            trace_record_count(session_trace(session)) != endings[i].records) {
            fail_msg("%s: \"%s\", %u records", endings[i].body, session_trouble(session),
                     trace_record_count(session_trace(session)));
        }
        session_destroy(session);
        stage_clear(&stage);
    }
}

static void a_program_that_is_none_is_told(void **state)
{
    struct stage stage = stage_set("");
    struct error err = { 0 };

    (void)state;
    put(stage.paths.runner, "", 0700);
    assert_null(
        session_open(stage.lesson, &(struct session_options){ .paths = &stage.paths }, &err));
    assert_non_null(strstr(err.text, "cannot start"));
    put(stage.paths.runner, "#!/bin/sh\n", 0600);
    assert_null(
        session_open(stage.lesson, &(struct session_options){ .paths = &stage.paths }, &err));
    unlink(stage.paths.runner);
    assert_null(
        session_open(stage.lesson, &(struct session_options){ .paths = &stage.paths }, &err));
    assert_non_null(strstr(err.text, "install Gradlight again"));
    stage_clear(&stage);
}

/* ---- floods ---------------------------------------------------------------------------------- */

static const struct {
    const char *body, *told;
} floods[] = {
    { SAY_HELLO "exec cat /dev/zero >&3", "longer than 65536 bytes" },
    { SAY_HELLO "exec yes '{\"k\":\"a kind of the future\"}' >&3", "the trace" },
    { SAY_HELLO "exec cat /dev/zero >&2", "more than 64 MB past Python's print" },
    /* Names and empty lists: much memory for few bytes. */
    { SAY_HELLO "exec yes '{\"k\":\"gone\"}' >&3", "the trace" },
};

static size_t memory_now(void)
{
    unsigned long pages = 0, resident = 0;
    FILE *const file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &pages, &resident), 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void a_flood_is_cut_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(floods) / sizeof(*floods); i++) {
        const struct stage stage = stage_set(floods[i].body);
        const size_t before = memory_now();
        struct session *const session = begin(&stage);
        follow(session, 100);
        if (session_running(session) || !strstr(session_trouble(session), floods[i].told)) {
            fail_msg("%s: %s", floods[i].body, session_trouble(session));
        }
        if (!TEST_SANITIZED) {
            const size_t now = memory_now();
            if (now > before && now - before > (size_t)1 << 30) {
                fail_msg("%s: %zu MB of memory", floods[i].body, (now - before) >> 20);
            }
        }
        session_destroy(session);
        stage_clear(&stage);
    }
}

/* ---- no end ---------------------------------------------------------------------------------- */

/* On a clock of its own: nobody waits for these seconds. */
static void what_hangs_is_given_up(void **state)
{
    static const struct {
        const char *body, *told;
        double patience;
    } cases[] = {
        { "trap '' INT TERM HUP; while :; do sleep 1; done", "did not start within 20 seconds",
          21 },
        { "exec 3>&- 4>&- 1>&- 2>&-; exec sleep 600", "closed its trace", 11 },
        { SAY_HELLO "exec 3>&- 4>&- 1>&- 2>&-; exec sleep 600", "closed its trace", 11 },
        { "kill -STOP $$", "did not start within 20 seconds", 21 },
    };
    char bytes[4096];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct stage stage = stage_set(cases[i].body);
        struct error err = { 0 };
        struct client *const client = client_start(
            &(struct client_options){ .runner = stage.paths.runner, .wall_seconds = 1000 }, &err);
        assert_non_null(client);
        client_give(client, "lesson.py", "1\n", 2, 0);
        double now = 0;
        for (int k = 0; k < 200; k++) { /* what it does is done; its end is waited for in vain */
            while (client_read(client, bytes, sizeof(bytes), now) > 0) {
            }
            nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        }
        assert_null(client_ending(client));
        assert_true(client_wait(client, now) >= 0);
        now += cases[i].patience;
        for (int k = 0; k < 5000 && !client_ending(client); k++) {
            client_read(client, bytes, sizeof(bytes), now);
            nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        }
        assert_non_null(client_ending(client));
        assert_int_equal(client_ending(client)->end, CLIENT_TIMEOUT);
        if (!strstr(client_ending(client)->text, cases[i].told)) {
            fail_msg("%s: %s", cases[i].body, client_ending(client)->text);
        }
        client_destroy(client);
        stage_clear(&stage);
    }
}

/* As after a terminal's Ctrl-Z, or a debugger: the runner had started long ago. */
static void one_who_was_stopped_reads_before_judging(void **state)
{
    const struct stage stage = stage_set(SAY_HELLO SAY_END "exit 0");
    struct error err = { 0 };
    char bytes[4096];
    struct client *const client =
        client_start(&(struct client_options){ .runner = stage.paths.runner }, &err);

    (void)state;
    assert_non_null(client);
    client_give(client, "lesson.py", "1\n", 2, 0);
    struct pollfd fds[CLIENT_POLL_FDS];
    const size_t count = client_poll_fds(client, fds);
    assert_true(poll(fds, count, 20000) > 0);
    assert_true(client_read(client, bytes, sizeof(bytes), 60) > 0);
    for (int k = 0; k < 20000 && !client_ending(client); k++) {
        client_read(client, bytes, sizeof(bytes), 61);
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    assert_non_null(client_ending(client));
    assert_int_equal(client_ending(client)->end, CLIENT_EXITED);
    client_destroy(client);
    stage_clear(&stage);
}

static void stop_ends_what_stands_still(void **state)
{
    const struct stage stage =
        stage_set("echo $$ >$here/pid\n" SAY_HELLO "kill -STOP $$; sleep 600");
    struct session *const session = begin(&stage);

    (void)state;
    while (trace_record_count(session_trace(session)) == 0) {
        session_poll(session, 0.01);
    }
    assert_true(comes_to(pid_in(&stage), "T")); /* before that, it would listen */
    session_stop(session);
    const double since = clock_now();
    follow(session, 20);
    assert_false(session_running(session));
    assert_true(clock_now() - since < 15);
    assert_non_null(strstr(session_trouble(session), "did not listen to Stop"));
    session_destroy(session);
    stage_clear(&stage);
}

/* ---- others that it leaves behind ------------------------------------------------------------ */

/* It holds the trace open, as it would where no box can forbid to start it. */
static void a_run_ends_with_its_runner(void **state)
{
    const struct stage stage = stage_set(SAY_HELLO "sleep 600 &\necho $! >$here/pid; exit 0");
    struct session *const session = begin(&stage);

    (void)state;
    follow(session, 20);
    assert_false(session_running(session));
    assert_true(is_gone(pid_in(&stage)));
    session_destroy(session);
    stage_clear(&stage);
}

static void a_run_given_up_leaves_nobody(void **state)
{
    const struct stage stage =
        stage_set("sleep 600 &\necho $! >$here/pid\n" SAY_HELLO "while :; do sleep 1; done");
    struct session *const session = begin(&stage);

    (void)state;
    while (trace_record_count(session_trace(session)) == 0) {
        session_poll(session, 0.01);
    }
    session_destroy(session);
    assert_true(is_gone(pid_in(&stage)));
    stage_clear(&stage);
}

/* The first time it talks without end, the second time it finishes. */
static void nothing_is_heard_of_one_that_was_replaced(void **state)
{
    const struct stage stage =
        stage_set("if mkdir $here/first; then trap '' INT; echo $$ >$here/pid\n" SAY_HELLO
                  "while :; do echo '" OUT("old") "' >&3; done; fi\n" SAY_HELLO "echo '" OUT(
                      "new") "' >&3\n"
                             "echo '{\"k\":\"end\",\"how\":\"finished\",\"status\":0}' >&3\n");
    struct session *const session = begin(&stage);
    struct session *former = NULL;
    struct error err = { 0 };
    char path[96];

    (void)state;
    while (trace_record_count(session_trace(session)) < 50) {
        session_poll(session, 0.01);
    }
    assert_true(session_restart(session, &former, &err));
    follow(session, 20);
    assert_string_equal(session_trouble(session), "");
    assert_int_equal(trace_record_count(session_trace(session)), 3);
    assert_int_equal(session_run_number(session), 2);
    assert_true(is_gone(pid_in(&stage)));
    const uint32_t old = trace_record_count(session_trace(former));
    assert_true(old >= 50);
    assert_false(session_poll(former, 0.1));
    assert_int_equal(trace_record_count(session_trace(former)), old);
    session_destroy(former);
    session_destroy(session);
    snprintf(path, sizeof(path), "%s/first", stage.folder);
    assert_int_equal(rmdir(path), 0);
    stage_clear(&stage);
}

/* ---- questions ------------------------------------------------------------------------------- */

/* The order is a line, the lesson of nine bytes, and then each question is a line. */
#define HEAR "head -c 1 <&4 >/dev/null\n"

static void answers_are_not_trusted(void **state)
{
    static const struct {
        const char *body, *told;
    } cases[] = {
        { SAY_HELLO SAY_END HEAR "sleep 0.2; echo 'nonsense' >&3; sleep 600",
          "before it answered" },
        { SAY_HELLO SAY_END HEAR "sleep 0.2; exit 0", "before it answered" },
        { SAY_HELLO SAY_END HEAR "sleep 0.2; kill -KILL $$", "before it answered" },
        { SAY_HELLO SAY_END HEAR "sleep 0.2; exec cat /dev/zero >&3", "before it answered" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct stage stage = stage_set(cases[i].body);
        struct error err = { 0 };
        struct session *const session = session_open(
            stage.lesson, &(struct session_options){ .paths = &stage.paths, .stays = true }, &err);
        assert_non_null(session);
        follow(session, 20);
        assert_false(session_running(session));
        assert_string_equal(session_trouble(session), "");
        assert_true(session_ask(session, "{\"probe\":\"check\"}", &err));
        for (const double end = clock_now() + 15; session_asking(session) && clock_now() < end;) {
            session_poll(session, 0.01);
        }
        if (session_asking(session) || !strstr(session_trouble(session), cases[i].told)) {
            fail_msg("%s: %s", cases[i].body, session_trouble(session));
        }
        assert_false(session_ask(session, "{\"probe\":\"check\"}", &err));
        session_destroy(session);
        stage_clear(&stage);
    }
}

/* ---- ends that are none ----------------------------------------------------------------------- */

/* A lesson can write its own end, after which nobody looks at what is recorded. */
static void one_that_ended_computes_no_more(void **state)
{
    const struct stage stage =
        stage_set("echo $$ >$here/pid\n" SAY_HELLO SAY_END "while :; do :; done");
    struct error err = { 0 };
    struct session *const session = session_open(
        stage.lesson, &(struct session_options){ .paths = &stage.paths, .stays = true }, &err);

    (void)state;
    assert_non_null(session);
    follow(session, 20);
    assert_false(session_running(session));
    assert_string_equal(session_trouble(session), "");
    const pid_t runner = pid_in(&stage);
    bool news = false;
    for (const double end = clock_now() + 120; !news && clock_now() < end;) {
        nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
        news = session_poll(session, 0.01);
    }
    assert_true(news);
    assert_string_equal(session_trouble(session),
                        "the lesson went on computing after it had ended");
    assert_true(is_gone(runner));
    assert_false(session_ask(session, "{\"probe\":\"check\"}", &err));
    assert_false(session_poll(session, 0.01));
    session_destroy(session);
    stage_clear(&stage);
}

/* One that waits for questions may wait as long as it likes. */
static void one_that_rests_is_left_alone(void **state)
{
    const struct stage stage = stage_set(SAY_HELLO SAY_END HEAR "exec sleep 600");
    struct error err = { 0 };
    char bytes[4096];
    struct client *const client = client_start(
        &(struct client_options){ .runner = stage.paths.runner, .stays = true, .wall_seconds = 1 },
        &err);

    (void)state;
    assert_non_null(client);
    client_give(client, "lesson.py", "1\n", 2, 0);
    struct text trace = { 0 };
    while (!strstr(text_string(&trace), "\"end\"")) {
        text_append(&trace, bytes, client_read(client, bytes, sizeof(bytes), 0));
    }
    text_finish(&trace);
    client_rest(client, 0.5);
    for (int hour = 1; hour < 10; hour++) {
        client_watch(client, hour * 3600.0);
        client_read(client, bytes, sizeof(bytes), hour * 3600.0 + 1);
        assert_string_equal(client_killed(client), "");
    }
    client_destroy(client);
    stage_clear(&stage);
}

/* One that is not to be asked anything has nothing to stay for. */
static void one_that_ended_leaves(void **state)
{
    const struct stage stage = stage_set("sleep 600 &\necho $! >$here/pid\n" SAY_HELLO SAY_END
                                         "trap '' INT TERM HUP; while :; do sleep 1; done");
    struct session *const session = begin(&stage);

    (void)state;
    const double since = clock_now();
    follow(session, 60);
    assert_false(session_running(session));
    assert_true(clock_now() - since >= 9);
    assert_string_equal(session_trouble(session), "the lesson went on after it had ended");
    assert_int_equal(session_status(session), STATUS_LIMIT);
    assert_true(is_gone(pid_in(&stage)));
    session_destroy(session);
    stage_clear(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_end_is_told),
        cmocka_unit_test(a_program_that_is_none_is_told),
        cmocka_unit_test(a_flood_is_cut_off),
        cmocka_unit_test(what_hangs_is_given_up),
        cmocka_unit_test(one_who_was_stopped_reads_before_judging),
        cmocka_unit_test(stop_ends_what_stands_still),
        cmocka_unit_test(a_run_ends_with_its_runner),
        cmocka_unit_test(a_run_given_up_leaves_nobody),
        cmocka_unit_test(nothing_is_heard_of_one_that_was_replaced),
        cmocka_unit_test(answers_are_not_trusted),
        cmocka_unit_test(one_that_ended_computes_no_more),
        cmocka_unit_test(one_that_rests_is_left_alone),
        cmocka_unit_test(one_that_ended_leaves),
    };
    return test_run(tests);
}
