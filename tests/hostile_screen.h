#pragma once
/* Whole screens of traces that nobody's runner would write: at three moments, in both modes and levels.
 * Nothing is expected but that it ends without harm. */

#include <stdio.h>

#include "render/graph/graph.h"
#include "render/screen.h"

struct rig {
    struct fonts *fonts;
    struct words *words;
    struct scene scene;
    struct arena arena;
};

/* What a person could have set; the variant says what, each bit or digit something else. */
static inline struct view_state state_of_variant(int variant)
{
    return (struct view_state){
        .mode = variant & 1 ? SCREEN_PRESENT : SCREEN_EXPLORE,
        .level = variant & 2 ? GRAPH_PYTORCH : GRAPH_MATHEMATICS,
        .text_scale = 1,
        .granularity = STOP_OPERATION,
        .tab = variant / 4 % 7,
        .stage = (enum stage_kind)(variant / 3 % STAGE_KINDS),
        .plot = (enum plot_kind)(variant / 7 % PLOT_KINDS),
        .film = (enum film_wish)(variant / 5 % 3),
        .compared = variant % 11 == 0 ? 1 + variant / 11 % 3 : 0,
        .selected = { .kind = variant % 5 == 0 ? TARGET_TENSOR : TARGET_NONE, .id = variant % 9 },
        .cell = { .tensor = variant % 9, .element = variant % 13 },
        .series = variant / 2 % 3,
        .fold_all = (variant & 8) != 0,
        .searching = (variant & 16) != 0,
        .curve_log = (variant & 32) != 0,
        .query = "e",
    };
}

static inline void draw_at(struct rig *rig, const struct run_view *run,
                           struct graph_picture *picture, int variant)
{
    const float width = 1280, height = 800;
    const struct view_state state = state_of_variant(variant);
    const struct view view = { .runs = run,
                               .run_count = 1,
                               .state = &state,
                               .motion = { .progress = variant & 4 ? 0.5f : 1 },
                               .graph = picture,
                               .fonts = rig->fonts,
                               .theme = theme_at(THEME_LIGHT),
                               .words = rig->words,
                               .type = screen_type(&state, width, height),
                               .room = screen_room(&state, width, height),
                               .arena = &rig->arena };
    graph_picture_prepare(picture, &view, true, 0);
    scene_clear(&rig->scene);
    rig->scene.width = width;
    rig->scene.height = height;
    screen_draw(&view, width, height, &rig->scene);
    struct text dot = { 0 };
    graph_dot(&view, &dot);
    text_finish(&dot);
    arena_clear(&rig->arena);
}

/* At the moments from `first` to before `last`, of three. */
static inline void draw_moments(struct rig *rig, const char *bytes, size_t length, int seed,
                                int first, int last)
{
    struct trace *trace = trace_create();
    trace_feed(trace, bytes, length, NULL);
    trace_finish_input(trace, NULL);
    struct stops *stops = stops_create(trace);
    stops_update(stops);
    stops_finish(stops);
    struct episodes *episodes = episodes_create(trace);
    episodes_update(episodes);
    struct film *film = film_create(trace, episodes);
    film_update(film, false);
    struct graph_picture *picture = graph_picture_create(NULL);
    const size_t count = stops_count(stops, STOP_OPERATION);
    /* The last stops see everything; one in between sees a half. */
    const size_t places[] = { count, count / 2 + 1, count > 3 ? count - 2 : count };
    for (int i = first; i < last && count > 0; i++) {
        const struct run_view run = {
            .trace = trace,
            .stops = stops,
            .episodes = episodes,
            .film = film,
            .moment = stops_at(stops, STOP_OPERATION, places[i] - 1)->moment,
            .label = "broken",
            .granularity = STOP_AUTO,
        };
        draw_at(rig, &run, picture, seed + i);
    }
    graph_picture_destroy(picture);
    film_destroy(film);
    episodes_destroy(episodes);
    stops_destroy(stops);
    trace_destroy(trace);
}

static inline void draw_trace(struct rig *rig, const char *bytes, size_t length, int seed)
{
    draw_moments(rig, bytes, length, seed, 0, 3);
}

static inline void rig_open(struct rig *rig)
{
    struct error err = { 0 };
    *rig = (struct rig){ .fonts = fonts_create_fixed(), .words = words_create("/nowhere", &err) };
}

static inline void rig_close(struct rig *rig)
{
    scene_finish(&rig->scene);
    arena_finish(&rig->arena);
    words_destroy(rig->words);
    fonts_destroy(rig->fonts);
}
