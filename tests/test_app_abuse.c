/* The window under a hail of random events, with helpers that are killed and lessons that are run
 * again and again: it neither falls nor keeps what it no longer needs. */

#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/command/command.h"

#include "config.h"

#define FIXTURES GRADLIGHT_SOURCE_ROOT "/tests/fixtures/"

static const char autograd[] = FIXTURES "autograd.py";

struct driver {
    struct app *app;
    double clock;
    uint64_t seed;
};

static void turn(struct driver *driver)
{
    driver->clock += 1.0 / 60;
    app_turn(driver->app, false, driver->clock);
}

static bool busy(const struct driver *driver)
{
    return session_running(driver->app->session) || driver->app->whatif.next ||
           graph_picture_descriptor(driver->app->graph) >= 0;
}

static void settle(struct driver *driver)
{
    const struct timespec nap = { .tv_nsec = 2000000 };

    turn(driver);
    for (int i = 0; i < 5000 && busy(driver); i++) {
        turn(driver);
        nanosleep(&nap, NULL);
    }
    turn(driver); /* now a runner is started ahead */
    assert_false(session_running(driver->app->session));
    assert_true(graph_picture_descriptor(driver->app->graph) < 0);
}

static void open_app(struct driver *driver, const char *lesson)
{
    struct error err = { 0 };

    *driver = (struct driver){ .clock = 1, .seed = 20240229 };
    driver->app = app_create(&(struct app_options){ .lesson = lesson,
                                                    .width = 700,
                                                    .height = 480,
                                                    .language = LANGUAGE_EN,
                                                    .reduced_motion = true },
                             &err);
    if (!driver->app) {
        fail_msg("%s", err.text);
    }
}

static void press_key(struct driver *driver, const char *key)
{
    struct window_event event = { .kind = WINDOW_EVENT_KEY };

    snprintf(event.key, sizeof(event.key), "%s", key);
    window_push(driver->app->window, &event);
    turn(driver);
}

/* ---- random events ---------------------------------------------------------------------- */

/* xorshift64*: the same events on every machine. */
static unsigned draw(struct driver *driver, unsigned below)
{
    driver->seed ^= driver->seed >> 12;
    driver->seed ^= driver->seed << 25;
    driver->seed ^= driver->seed >> 27;
    return (unsigned)((driver->seed * 0x2545f4914f6cdd1d) >> 33) % below;
}

/* Any key of any command but those that end the program or write files. */
static const char *draw_key(struct driver *driver)
{
    size_t count = 0, keys = 0;

    while (command_at(count)) {
        count++;
    }
    const struct command *const command = command_at(draw(driver, (unsigned)count));
    if (strcmp(command->name, "quit") == 0 || strcmp(command->name, "export") == 0) {
        return "Right";
    }
    while (keys < COMMAND_KEYS && command->keys[keys]) {
        keys++;
    }
    return command->keys[draw(driver, (unsigned)keys)];
}

static const char *draw_file(struct driver *driver)
{
    static const char *const files[] = {
        FIXTURES "second_backward.py", FIXTURES "linear_adam.trace", FIXTURES "branch.trace",
        FIXTURES "indexing.py",        FIXTURES "nothing.py",        FIXTURES
    };

    return files[draw(driver, sizeof(files) / sizeof(files[0]))];
}

static struct window_event draw_event(struct driver *driver)
{
    static const enum window_event_kind pointer[] = { WINDOW_EVENT_MOVE, WINDOW_EVENT_PRESS,
                                                      WINDOW_EVENT_RELEASE };
    const unsigned kind = draw(driver, 100);
    struct window_event event = {
        .kind = pointer[draw(driver, 3)],
        .at = { (float)draw(driver, 1100), (float)draw(driver, 800) },
        .button = 1 + (int)draw(driver, 3),
    };

    if (kind < 50) {
        event.kind = WINDOW_EVENT_KEY;
        snprintf(event.key, sizeof(event.key), "%s", draw_key(driver));
    } else if (kind < 60) {
        event.kind = WINDOW_EVENT_WHEEL;
        event.wheel.y = (float)draw(driver, 9) - 4;
    } else if (kind < 64) {
        event.kind = WINDOW_EVENT_RESIZED;
        event.at = (struct point){ 1 + (float)draw(driver, 1200), 1 + (float)draw(driver, 900) };
    } else if (kind < 67) {
        event.kind = WINDOW_EVENT_DROP;
        snprintf(event.path, sizeof(event.path), "%s", draw_file(driver));
    }
    return event;
}

static unsigned from_environment(const char *name, unsigned usual)
{
    const char *const value = getenv(name);

    return value ? (unsigned)strtoul(value, NULL, 10) : usual;
}

static void random_events_do_no_harm(void **state)
{
    const unsigned count = from_environment("GRADLIGHT_ABUSE_EVENTS", 500);
    struct driver driver;

    (void)state;
    open_app(&driver, autograd);
    driver.seed += from_environment("GRADLIGHT_ABUSE_SEED", 0);
    for (unsigned i = 0; i < count; i++) {
        const struct window_event event = draw_event(&driver);
        window_push(driver.app->window, &event);
        turn(&driver);
        assert_false(driver.app->finished);
    }
    settle(&driver);
    app_destroy(driver.app);
}

/* As after a night with the lid closed, in the middle of whatever moves. */
static void a_clock_that_jumps_does_no_harm(void **state)
{
    static const char *const keys[] = { "Right", "P", "Left", "F5", "Right", "P", "F5", "End" };
    struct driver driver;

    (void)state;
    open_app(&driver, autograd);
    driver.app->player.reduced_motion = false;
    settle(&driver);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        press_key(&driver, keys[i]);
        driver.clock += 86400.0 * (double)(i + 1);
        for (int k = 0; k < 5; k++) {
            turn(&driver);
        }
        assert_false(driver.app->finished);
        assert_true(driver.app->player.moment <=
                    trace_record_count(session_trace(driver.app->session)));
    }
    settle(&driver);
    app_destroy(driver.app);
}

/* ---- again and again -------------------------------------------------------------------- */

static int count_descriptors(void)
{
    DIR *const folder = opendir("/proc/self/fd");
    int count = 0;

    assert_non_null(folder);
    while (readdir(folder)) {
        count++;
    }
    closedir(folder);
    return count;
}

static void assert_no_child(void)
{
    const pid_t child = waitpid(-1, NULL, WNOHANG);

    assert_true(child < 0 && errno == ECHILD);
}

static void assert_children(int wanted)
{
    char path[64];
    int child, count = 0;

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    FILE *const file = fopen(path, "r");
    assert_non_null(file);
    while (fscanf(file, "%d", &child) == 1) {
        count++;
    }
    fclose(file);
    assert_int_equal(count, wanted);
}

static void running_again_keeps_nothing(void **state)
{
    const unsigned count = from_environment("GRADLIGHT_ABUSE_RUNS", 12);
    struct driver driver;

    (void)state;
    open_app(&driver, autograd);
    settle(&driver);
    const int before = count_descriptors();
    for (unsigned i = 0; i < count; i++) {
        press_key(&driver, "R");
        if (i % 3 == 0) {
            settle(&driver); /* otherwise the run is given up while it is under way */
            press_key(&driver, "End");
        }
    }
    settle(&driver);
    assert_int_equal(count_descriptors(), before);
    assert_children(2); /* that of the lesson stays for questions, and one waits for the next */
    assert_true(stops_count(session_stops(driver.app->session), STOP_OPERATION) > 4);
    app_destroy(driver.app);
    assert_no_child();
}

/* ---- helpers that die ------------------------------------------------------------------- */

/* The one child there is. */
static pid_t find_child(void)
{
    char path[64];
    int child = 0;

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    FILE *const file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &child), 1);
    fclose(file);
    return child;
}

static void a_killed_runner_leaves_what_it_told(void **state)
{
    char lesson[] = "/tmp/gradlight-abuse-XXXXXX";
    const int file = mkstemp(lesson);
    static const char code[] = "import torch\nx = torch.tensor(2., requires_grad=True)\n"
                               "y = x * x\nwhile True:\n    pass\n";
    struct driver driver;

    (void)state;
    assert_true(file >= 0);
    assert_int_equal(write(file, code, sizeof(code) - 1), sizeof(code) - 1);
    close(file);
    open_app(&driver, lesson);
    for (int i = 0; i < 5000 && stops_count(session_stops(driver.app->session), STOP_OPERATION) < 2;
         i++) {
        turn(&driver);
        nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    }
    while (graph_picture_descriptor(driver.app->graph) >= 0) {
        turn(&driver);
    }
    kill(find_child(), SIGKILL);
    settle(&driver);
    assert_non_null(strstr(session_trouble(driver.app->session), "signal 9"));
    assert_true(stops_count(session_stops(driver.app->session), STOP_OPERATION) >= 2);
    press_key(&driver, "Home");
    press_key(&driver, "End");
    settle(&driver);
    assert_children(1); /* started ahead */
    app_destroy(driver.app);
    assert_no_child();
    unlink(lesson);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_events_do_no_harm),
        cmocka_unit_test(a_clock_that_jumps_does_no_harm),
        cmocka_unit_test(running_again_keeps_nothing),
        cmocka_unit_test(a_killed_runner_leaves_what_it_told),
    };
    return test_run(tests);
}
