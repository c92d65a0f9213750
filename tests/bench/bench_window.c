/* How long the window takes for a frame: a step, its flow, moving the pointer, panning and zooming the
 * graph, at three sizes, on the dummy video driver (drawing is all there is to it). Without a lesson:
 * one whose graph has 300 boxes of 16 numbers each. Times are processor time, which is what passes on a
 * machine that does nothing else: all of it is one thread.
 *
 *     bench_window [LESSON|TRACE [WIDTH HEIGHT]] */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "engine/base/text.h"

#include "config.h"

/* Long lessons are measured at that many steps, evenly spread, and as many frames of each. */
enum { FRAMES_MAX = 4000, STEPS = 40, FLOW_FRAMES = 12, MOVES = 120 };
enum { TOWERS = 12, BLOCKS = 8 };

static const double FRAME = 1.0 / 60, SETTLED = 0.2;
/* A file that never ends, or a layout that never comes, must not hold the bench for ever. */
static const double PATIENCE = 60;

struct samples {
    double ms[FRAMES_MAX];
    size_t count;
};

struct bench {
    struct app *app;
    int width, height;
    double clock;
};

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void print_row(const struct bench *bench, const char *what, struct samples *samples)
{
    if (samples->count == 0) {
        return;
    }
    qsort(samples->ms, samples->count, sizeof(samples->ms[0]), compare);
    printf("%-24s %4dx%-4d %5zu frames  p50 %7.2f ms  p95 %7.2f ms  max %7.2f ms\n", what,
           bench->width, bench->height, samples->count, samples->ms[samples->count / 2],
           samples->ms[samples->count * 95 / 100], samples->ms[samples->count - 1]);
    fflush(stdout);
}

static double processor_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

/* One turn of the program, `passed` seconds of its own clock later; what came before it in events is
 * its work too. */
static void turn(struct bench *bench, double passed, struct samples *samples)
{
    const double start = processor_ms();

    app_turn(bench->app, false, bench->clock += passed);
    if (samples && samples->count < FRAMES_MAX) {
        samples->ms[samples->count++] = processor_ms() - start;
    }
}

/* ---- opening ---------------------------------------------------------------------------- */

/* Towers beside each other on one input, and their sum: a product, a function and a sum a block. */
static void write_lesson(struct text *out)
{
    text_append_string(out, "import torch\ntorch.manual_seed(0)\n"
                            "x = torch.randn(4, 4, requires_grad=True)\n"
                            "w = torch.randn(4, 4, requires_grad=True)\n");
    for (int t = 0; t < TOWERS; t++) {
        text_format(out, "h%d_0 = x * %d\n", t, t + 1);
        for (int b = 0; b < BLOCKS; b++) {
            text_format(out, "a%d_%d = h%d_%d @ w\n", t, b, t, b);
            text_format(out, "b%d_%d = torch.tanh(a%d_%d)\n", t, b, t, b);
            text_format(out, "h%d_%d = h%d_%d + b%d_%d\n", t, b + 1, t, b, t, b);
        }
    }
    text_format(out, "s0 = h0_%d\n", BLOCKS);
    for (int t = 1; t < TOWERS; t++) {
        text_format(out, "s%d = s%d + h%d_%d\n", t, t - 1, t, BLOCKS);
    }
    text_format(out, "loss = s%d.sum()\nloss.backward()\n", TOWERS - 1);
}

static bool make_lesson(char path[])
{
    struct text text = { 0 };
    const int file = mkstemps(path, 3);

    write_lesson(&text);
    const bool good = file >= 0 && write(file, text.bytes, text.length) == (ssize_t)text.length;
    if (file >= 0) {
        close(file);
    }
    text_finish(&text);
    return good;
}

static bool is_ready(const struct app *app)
{
    return !session_running(app->session) && app->player.moment > 0 &&
           graph_picture_descriptor(app->graph) < 0;
}

static bool open_app(struct bench *bench, const char *lesson)
{
    struct error err = { 0 };
    const double start = window_clock();

    bench->app = app_create(
        &(struct app_options){ .lesson = lesson, .width = bench->width, .height = bench->height },
        &err);
    if (!bench->app) {
        fprintf(stderr, "%s\n", err.text);
        return false;
    }
    while (!is_ready(bench->app) && window_clock() - start < PATIENCE) {
        app_turn(bench->app, true, window_clock());
    }
    player_last(&bench->app->player, session_stops(bench->app->session));
    app_redraw(bench->app);
    while (!is_ready(bench->app) && window_clock() - start < PATIENCE) {
        app_turn(bench->app, true, window_clock());
    }
    printf("%-24s %4dx%-4d %7.1f ms\n", "create to complete frame", bench->width, bench->height,
           (window_clock() - start) * 1000);
    bench->clock = window_clock();
    return true;
}

/* ---- measuring -------------------------------------------------------------------------- */

/* A step, and its motion at 60 frames a second of the program's own clock. */
static void measure_steps(struct bench *bench)
{
    static struct samples steps, flow, sharp, whole, back;
    struct player *const player = &bench->app->player;
    const struct stops *const stops = session_stops(bench->app->session);
    const size_t count = stops_count(stops, player->granularity);
    const size_t apart = count / STEPS + 1;

    steps.count = flow.count = sharp.count = whole.count = back.count = 0;
    for (size_t i = 0; i + 1 < count; i += apart) {
        player_jump(player, stops_at(stops, player->granularity, i)->moment);
        bench->app->stale = true;
        turn(bench, FRAME, NULL);
        player_next(player, stops);
        bench->app->stale = true;
        turn(bench, 0, &steps);
        for (int frame = 0; frame < FLOW_FRAMES; frame++) {
            turn(bench, 0.8 / FLOW_FRAMES, &flow);
        }
        turn(bench, 1, &sharp);
        bench->app->exposed = true;
        turn(bench, FRAME, &whole);
        player_previous(player, stops);
        bench->app->stale = true;
        turn(bench, FRAME, &back);
        turn(bench, 2, NULL);
    }
    print_row(bench, "step", &steps);
    print_row(bench, "flow", &flow);
    print_row(bench, "sharp after a step", &sharp);
    print_row(bench, "step back", &back);
    print_row(bench, "everything drawn anew", &whole);
}

static struct point middle_of_stage(struct bench *bench)
{
    const struct rect stage = app_regions(bench->app).stage;

    return (struct point){ stage.x + stage.w / 2, stage.y + stage.h / 2 };
}

static void push(struct bench *bench, enum window_event_kind kind, struct point at, float notches)
{
    window_push(bench->app->window,
                &(struct window_event){
                    .kind = kind, .at = at, .wheel = { 0, notches }, .button = 1, .held = true });
}

static void measure_hover(struct bench *bench)
{
    static struct samples hover;
    struct point at = middle_of_stage(bench);

    hover.count = 0;
    for (int i = 0; i < MOVES; i++) {
        at.x += i % 40 < 20 ? 11 : -11;
        at.y += i % 20 < 10 ? 7 : -7;
        push(bench, WINDOW_EVENT_MOVE, at, 0);
        turn(bench, FRAME, &hover);
    }
    print_row(bench, "pointer moved", &hover);
    turn(bench, 2, NULL);
}

/* The frame that stands when the camera rests is measured apart. */
static void measure_pan(struct bench *bench)
{
    static struct samples pan, sharp;
    struct point at = middle_of_stage(bench);

    pan.count = sharp.count = 0;
    for (int round = 0; round < 4; round++) {
        push(bench, WINDOW_EVENT_PRESS, at, 0);
        turn(bench, FRAME, NULL);
        for (int i = 0; i < MOVES / 4; i++) {
            at.x += round % 2 ? -9 : 9;
            at.y += round < 2 ? 5 : -5;
            push(bench, WINDOW_EVENT_MOVE, at, 0);
            turn(bench, FRAME, &pan);
        }
        push(bench, WINDOW_EVENT_RELEASE, at, 0);
        turn(bench, SETTLED, &sharp);
        turn(bench, SETTLED, &sharp);
    }
    print_row(bench, "pan", &pan);
    print_row(bench, "sharp after a pan", &sharp);
}

static void measure_zoom(struct bench *bench)
{
    static struct samples zoom, sharp;
    const struct point at = middle_of_stage(bench);

    zoom.count = sharp.count = 0;
    for (int round = 0; round < 6; round++) {
        for (int i = 0; i < MOVES / 6; i++) {
            push(bench, WINDOW_EVENT_WHEEL, at, round % 2 ? -0.5f : 0.5f);
            turn(bench, FRAME, &zoom);
        }
        turn(bench, SETTLED, &sharp);
    }
    print_row(bench, "zoom", &zoom);
    print_row(bench, "sharp after a zoom", &sharp);
}

static bool measure(struct bench *bench, const char *lesson)
{
    if (!open_app(bench, lesson)) {
        return false;
    }
    measure_steps(bench);
    measure_hover(bench);
    measure_pan(bench);
    measure_zoom(bench);
    app_destroy(bench->app);
    return true;
}

int main(int argc, char **argv)
{
    struct bench sizes[] = { { .width = 1024, .height = 700 },
                             { .width = 1920, .height = 1080 },
                             { .width = 3840, .height = 2160 } };
    struct bench own = { 0 };
    char made[] = "/tmp/gradlight-bench-XXXXXX.py";
    bool good = true;

    if (argc < 2 && !make_lesson(made)) {
        perror(made);
        return 1;
    }
    setenv("SDL_VIDEODRIVER", "dummy", 0);
    if (argc == 4) {
        own.width = atoi(argv[2]);
        own.height = atoi(argv[3]);
        good = measure(&own, argv[1]);
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && argc != 4 && good; i++) {
        good = measure(&sizes[i], argc > 1 ? argv[1] : made);
    }
    if (argc < 2) {
        unlink(made);
    }
    return good ? 0 : 1;
}
