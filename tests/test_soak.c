/* A day of lessons: each is stepped forward, back and at random, in both modes and levels, with every
 * frame drawn. Memory is bounded, and once a lesson has been seen from end to end it grows no more.
 *
 *     test_soak [STEPS [NAME...]]    steps of each lesson, without it so many that all take some seconds;
 *                                    only of lessons whose names begin so */

#include "tests/test.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "app/settings.h"

#include "config.h"

#define LESSONS GRADLIGHT_SOURCE_ROOT "/lessons/course/"

/* The whole program may take so much while it shows one lesson, in MB, and a lesson so much more after
 * its first third than it did then. */
enum { CEILING = 700, GROWTH_MOST = 2, STEPS_USUAL = 45, WIDTH = 640, HEIGHT = 400 };

struct soak {
    struct app *app;
    double clock;
    uint64_t seed;
    const char *lesson;
};

/* xorshift64*: the same walk on every machine. */
static unsigned draw(struct soak *soak, unsigned below)
{
    soak->seed ^= soak->seed >> 12;
    soak->seed ^= soak->seed << 25;
    soak->seed ^= soak->seed >> 27;
    return (unsigned)((soak->seed * 0x2545f4914f6cdd1d) >> 33) % below;
}

/* ---- memory ---------------------------------------------------------------------------------- */

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* What is allocated and not freed, in bytes. */
static size_t allocated(void)
{
    if (__sanitizer_get_current_allocated_bytes) {
        return __sanitizer_get_current_allocated_bytes();
    }
    const struct mallinfo2 about = mallinfo2();
    return about.uordblks + about.hblkhd;
}

/* The same without the cache of texts and glyphs, which fills to a bound of its own and is emptied
 * then: wherever a walk ends, that is somewhere between. */
static size_t held(const struct soak *soak)
{
    const size_t cached = fonts_cached(soak->app->fonts);

    assert_true(cached <= FONTS_CACHE_MOST + (1 << 20));
    return allocated() - cached;
}

static size_t resident(void)
{
    unsigned long all = 0, pages = 0;
    FILE *const file = fopen("/proc/self/statm", "r");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &all, &pages), 2);
    fclose(file);
    return pages * 4096;
}

/* ---- walking --------------------------------------------------------------------------------- */

static void turn(struct soak *soak)
{
    soak->clock += 1.0 / 60;
    app_turn(soak->app, false, soak->clock);
}

static bool busy(const struct soak *soak)
{
    return session_running(soak->app->session) || graph_picture_descriptor(soak->app->graph) >= 0;
}

/* Real processes run and lay out, so real time passes. */
static void settle(struct soak *soak)
{
    turn(soak);
    for (int i = 0; i < 60000 && busy(soak); i++) {
        turn(soak);
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    assert_false(busy(soak));
}

static void press(struct soak *soak, const char *key)
{
    struct window_event event = { .kind = WINDOW_EVENT_KEY };

    snprintf(event.key, sizeof(event.key), "%s", key);
    window_push(soak->app->window, &event);
    turn(soak);
}

static void step(struct soak *soak)
{
    const unsigned way = draw(soak, 100);
    const uint32_t records = trace_record_count(session_trace(soak->app->session));

    if (way < 45) {
        press(soak, "Right");
    } else if (way < 75) {
        press(soak, "Left");
    } else if (way < 96) {
        player_jump(&soak->app->player, draw(soak, records + 1));
        app_redraw(soak->app);
        turn(soak);
    } else {
        static const char *const keys[] = { "Home", "End", "F5", "G", "L", "W" };
        press(soak, keys[draw(soak, sizeof(keys) / sizeof(keys[0]))]);
    }
}

/* All of it once, so that what is kept is there. */
static void see_everything(struct soak *soak, unsigned most)
{
    static const char *const looks[] = { "", "G", "F5", "G", "F5" };
    const struct stops *const stops = session_stops(soak->app->session);
    const size_t count = stops_count(stops, STOP_OPERATION);
    const size_t by = count * 5 / most + 1;

    for (size_t look = 0; look < sizeof(looks) / sizeof(looks[0]); look++) {
        if (looks[look][0]) {
            press(soak, looks[look]);
        }
        for (size_t i = 0; i < count; i += by) {
            player_jump(&soak->app->player, stops_at(stops, STOP_OPERATION, i)->moment);
            app_redraw(soak->app);
            settle(soak);
        }
    }
}

static void check(const struct soak *soak, size_t before, unsigned steps)
{
    const size_t now = held(soak);

    if (now > before && now - before > (size_t)GROWTH_MOST << 20) {
        fail_msg("%s: %zu KB more after %u steps", soak->lesson, (now - before) >> 10, steps);
    }
    if (!TEST_SANITIZED && resident() > (size_t)CEILING << 20) {
        fail_msg("%s: %zu MB resident", soak->lesson, resident() >> 20);
    }
}

static void soak_lesson(struct soak *soak, unsigned steps)
{
    char path[512];

    snprintf(path, sizeof(path), LESSONS "%s", soak->lesson);
    app_open(soak->app, path);
    settle(soak);
    assert_true(trace_record_count(session_trace(soak->app->session)) > 1);
    see_everything(soak, steps < 100 ? steps / 2 + 1 : steps / 4);
    for (unsigned i = 0; i < steps / 3; i++) {
        step(soak);
    }
    settle(soak);
    const size_t before = held(soak);
    for (unsigned i = 0; i < steps; i++) {
        step(soak);
        if (i % 512 == 511) {
            settle(soak);
        }
    }
    settle(soak);
    check(soak, before, steps);
}

static int is_lesson(const struct dirent *entry)
{
    const char *const end = strstr(entry->d_name, ".lesson.py");
    return end && end[10] == '\0';
}

/* What was asked for. */
struct wish {
    unsigned steps;
    char **names; /* up to NULL; NULL: all */
};

static bool is_wished(const struct wish *wish, const char *lesson)
{
    bool wished = !wish->names;
    for (char **name = wish->names; name && *name; name++) {
        wished |= strncmp(lesson, *name, strlen(*name)) == 0;
    }
    return wished;
}

static void begin(struct soak *soak)
{
    struct error err = { 0 };
    struct settings *const settings = settings_open(NULL);

    settings_set_flag(settings, "ask-room", false);
    settings_set_flag(settings, "two-screens", false);
    *soak = (struct soak){ .clock = 1, .seed = 20240229 };
    soak->app = app_create(&(struct app_options){ .lesson = LESSONS "11-why-autograd.lesson.py",
                                                  .width = WIDTH,
                                                  .height = HEIGHT,
                                                  .reduced_motion = true,
                                                  .motion_asked = true,
                                                  .settings = settings },
                           &err);
    if (!soak->app) {
        fail_msg("%s", err.text);
    }
}

static void every_lesson_is_walked_without_growth(void **state)
{
    const struct wish *const wish = *state;
    struct dirent **entries;
    struct soak soak;
    const int count = scandir(LESSONS, &entries, is_lesson, alphasort);

    assert_true(count > 30);
    begin(&soak);
    for (int i = 0; i < count; i++) {
        soak.lesson = entries[i]->d_name;
        if (is_wished(wish, soak.lesson)) {
            soak_lesson(&soak, wish->steps);
        }
    }
    app_destroy(soak.app);
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
}

/* Lessons that are opened one after the other leave nothing behind. */
static void lessons_leave_nothing(void **state)
{
    static const char *const lessons[] = { "23-autograd.lesson.py", "43-first-model.lesson.py",
                                           "14-matmul.lesson.py" };
    enum { COUNT = sizeof(lessons) / sizeof(lessons[0]), ROUNDS = 4 };
    size_t before = 0;
    struct soak soak;

    (void)state;
    begin(&soak);
    for (int i = 0; i < COUNT * ROUNDS; i++) {
        char path[512];
        soak.lesson = lessons[i % COUNT];
        snprintf(path, sizeof(path), LESSONS "%s", soak.lesson);
        app_open(soak.app, path);
        settle(&soak);
        press(&soak, "End");
        settle(&soak);
        before = i == COUNT * 2 - 1 ? held(&soak) : before;
    }
    check(&soak, before, COUNT * 2);
    app_destroy(soak.app);
}

int main(int count, char **words)
{
    struct wish wish = { .steps = count > 1 ? (unsigned)strtoul(words[1], NULL, 10) : STEPS_USUAL,
                         .names = count > 2 ? words + 2 : NULL };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_lesson_is_walked_without_growth, &wish),
        cmocka_unit_test(lessons_leave_nothing),
    };
    return test_run(tests);
}
