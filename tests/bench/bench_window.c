/* How long the window takes: to its first complete frame, for a step, and for a frame of the flow, at
 * two sizes, on the dummy video driver (drawing is all there is to it).
 *
 *     SDL_VIDEODRIVER=dummy bench_window [LESSON] */

#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"

#include "config.h"

enum { FRAMES_MAX = 4000 };

struct samples {
    double ms[FRAMES_MAX];
    size_t count;
};

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void print_row(const char *what, int width, int height, struct samples *samples)
{
    if (samples->count == 0) {
        return;
    }
    qsort(samples->ms, samples->count, sizeof(samples->ms[0]), compare);
    printf("%-28s %4dx%-4d %6zu frames  p50 %7.2f ms  p95 %7.2f ms  max %7.2f ms\n", what, width,
           height, samples->count, samples->ms[samples->count / 2],
           samples->ms[samples->count * 95 / 100], samples->ms[samples->count - 1]);
}

static void add(struct samples *samples, double seconds)
{
    if (samples->count < FRAMES_MAX) {
        samples->ms[samples->count++] = seconds * 1000;
    }
}

static bool is_ready(const struct app *app)
{
    return !session_running(app->session) && app->player.moment > 0 &&
           graph_picture_descriptor(app->graph) < 0;
}

static struct app *open_app(const char *lesson, int width, int height)
{
    struct error err = { 0 };
    const double start = window_clock();
    struct app *const app = app_create(
        &(struct app_options){ .lesson = lesson, .width = width, .height = height }, &err);

    if (!app) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    while (!is_ready(app)) {
        app_turn(app, true, window_clock());
    }
    app_redraw(app);
    printf("%-28s %4dx%-4d %7.1f ms\n", "create to complete frame", width, height,
           (window_clock() - start) * 1000);
    return app;
}

/* A step, then its motion at 60 frames a second of the program's own clock. */
static void measure_steps(struct app *app, int width, int height)
{
    static struct samples steps, flow, whole;
    double clock = window_clock();

    steps.count = flow.count = whole.count = 0;
    player_first(&app->player, session_stops(app->session));
    while (player_next(&app->player, session_stops(app->session))) {
        for (int frame = 0; player_progress(&app->player) < 1; frame++) {
            const double start = window_clock();
            app->stale = true;
            app_turn(app, false, clock += 1.0 / 60);
            add(frame == 0 ? &steps : &flow, window_clock() - start);
        }
        const double start = window_clock();
        app->exposed = true;
        app_turn(app, false, clock += 1.0 / 60);
        add(&whole, window_clock() - start);
    }
    print_row("first frame of a step", width, height, &steps);
    print_row("flow", width, height, &flow);
    print_row("everything drawn anew", width, height, &whole);
}

int main(int argc, char **argv)
{
    static const struct {
        int width, height;
    } sizes[] = { { 1366, 768 }, { 1920, 1080 }, { 3840, 2160 } };
    const char *const lesson =
        argc > 1 ? argv[1] : GRADLIGHT_SOURCE_ROOT "/lessons/course/01-autograd.lesson.py";

    setenv("SDL_VIDEODRIVER", "dummy", 0);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct app *const app = open_app(lesson, sizes[i].width, sizes[i].height);
        measure_steps(app, sizes[i].width, sizes[i].height);
        app_destroy(app);
    }
    return 0;
}
