/* How long graphs take to be made and laid out: of each trace, at both levels, as it comes. Prints a
 * table.
 *
 *     bench_graph TRACE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "config.h"
#include "render/graph/picture.h"
#include "render/screen.h"

enum { RUNS = 5 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

struct times {
    double build, all; /* milliseconds, the best of a few */
    int boxes, frames, edges;
    bool by_fallback;
};

/* The whole of it with the layout, once; then the model alone, by asking for another text size. */
static struct times measure(const struct view *view, struct view_state *state)
{
    struct times times = { .build = 1e9, .all = 1e9 };
    for (int i = 0; i < RUNS; i++) {
        struct graph_picture *picture =
            graph_picture_create(GRADLIGHT_BUILD_ROOT "/gradlight-layout");
        struct view of = *view;
        of.graph = picture;
        const double start = now();
        graph_picture_prepare(picture, &of, true, 0);
        const double all = now() - start;
        const struct graph_model *model = graph_picture_model(picture);
        const struct layout *layout = graph_picture_layout(picture);
        times.boxes = model->card_count;
        times.frames = model->cluster_count;
        times.edges = model->edge_count;
        times.by_fallback = layout->by_fallback;
        /* The same structure in other words: a new model, the known layout. */
        state->fold_all = !state->fold_all;
        graph_picture_prepare(picture, &of, true, 0);
        state->fold_all = !state->fold_all;
        const double again = now();
        graph_picture_prepare(picture, &of, true, 0);
        const double build = now() - again;
        times.build = build < times.build ? build : times.build;
        times.all = all < times.all ? all : times.all;
        graph_picture_destroy(picture);
    }
    return times;
}

static void bench(const char *path, struct fonts *fonts, struct words *words)
{
    struct error err = { 0 };
    struct arena arena = { 0 };
    struct trace *trace = trace_create();
    if (!trace_load(trace, path, &err)) {
        fprintf(stderr, "%s: %s\n", path, err.text);
    }
    struct stops *stops = stops_create(trace);
    struct episodes *episodes = episodes_create(trace);
    stops_update(stops);
    stops_finish(stops);
    episodes_update(episodes);
    const struct run_view run = { .trace = trace,
                                  .stops = stops,
                                  .episodes = episodes,
                                  .moment = trace_record_count(trace),
                                  .label = "" };
    for (int level = 0; level < 2; level++) {
        struct view_state state = { .text_scale = 1, .level = (enum graph_level)level };
        const struct view view = { .runs = &run,
                                   .run_count = 1,
                                   .state = &state,
                                   .motion = { .progress = 1 },
                                   .fonts = fonts,
                                   .theme = theme_at(THEME_LIGHT),
                                   .words = words,
                                   .type = screen_type(&state, 1920, 1080),
                                   .room = screen_room(&state, 1920, 1080),
                                   .arena = &arena };
        const struct times times = measure(&view, &state);
        printf("%-24.24s %-8s %6d %6d %6d %9.2f %9.1f%s\n", path, level ? "pytorch" : "maths",
               times.boxes, times.frames, times.edges, times.build, times.all - times.build,
               times.by_fallback ? "  plain layout" : "");
    }
    arena_finish(&arena);
    episodes_destroy(episodes);
    stops_destroy(stops);
    trace_destroy(trace);
}

int main(int count, char **arguments)
{
    struct error err = { 0 };
    struct fonts *fonts = fonts_create(&err);
    struct words *words = words_create("", &err);
    if (!fonts) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("%-24s %-8s %6s %6s %6s %9s %9s\n", "trace", "level", "boxes", "frames", "edges",
           "model ms", "layout ms");
    for (int i = 1; i < count; i++) {
        bench(arguments[i], fonts, words);
    }
    words_destroy(words);
    fonts_destroy(fonts);
    return 0;
}
