#pragma once
/* A fixture's graph on a page, at any step, in any state: for tests of what is drawn. Include after
 * tests/test.h. */

#include "render/graph/graph.h"
#include "render/screen.h"
#include "tests/golden_scene.h"

static const char *const worker = GRADLIGHT_BUILD_ROOT "/gradlight-layout";
/* Golden scenes are made with our own layout: Graphviz's places differ between versions. */
static const char *const nowhere = "/nowhere/gradlight-layout";

struct stage {
    struct trace *trace;
    struct stops *stops;
    struct episodes *episodes;
    struct run_view run;
    struct view_state state;
    struct view view;
    struct fonts *fonts;
    struct words *words;
    struct arena arena;
    struct scene scene;
    float width, height;
};

static inline void stage_open(struct stage *stage, const char *fixture, const char *program)
{
    char path[512];
    struct error err = { 0 };
    snprintf(path, sizeof(path), "%s/tests/fixtures/%s.trace", GRADLIGHT_SOURCE_ROOT, fixture);
    *stage = (struct stage){ .width = 1800, .height = 900 };
    stage->trace = trace_create();
    assert_true(trace_load(stage->trace, path, &err));
    stage->stops = stops_create(stage->trace);
    stops_update(stage->stops);
    stops_finish(stage->stops);
    stage->episodes = episodes_create(stage->trace);
    episodes_update(stage->episodes);
    stage->fonts = fonts_create_fixed();
    stage->words = words_create("/nowhere", &err); /* English */
    stage->state = (struct view_state){ .text_scale = 1,
                                        .granularity = STOP_OPERATION,
                                        .mode = SCREEN_PRESENT };
    stage->view = (struct view){ .runs = &stage->run,
                                 .run_count = 1,
                                 .state = &stage->state,
                                 .motion = { .progress = 1 },
                                 .graph = graph_picture_create(program),
                                 .fonts = stage->fonts,
                                 .theme = theme_at(THEME_PROJECTOR),
                                 .words = stage->words,
                                 .arena = &stage->arena };
}

static inline void stage_close(struct stage *stage)
{
    graph_picture_destroy(stage->view.graph);
    scene_finish(&stage->scene);
    arena_finish(&stage->arena);
    words_destroy(stage->words);
    fonts_destroy(stage->fonts);
    episodes_destroy(stage->episodes);
    stops_destroy(stage->stops);
    trace_destroy(stage->trace);
}

static inline size_t stage_stops(const struct stage *stage)
{
    return stops_count(stage->stops, STOP_OPERATION);
}

static inline void stage_go(struct stage *stage, size_t stop)
{
    assert_true(stop < stage_stops(stage));
    stage->run = (struct run_view){ .trace = stage->trace,
                                    .stops = stage->stops,
                                    .episodes = stage->episodes,
                                    .moment = stops_at(stage->stops, STOP_OPERATION, stop)->moment,
                                    .label = "lesson" };
    stage->view.type = screen_type(&stage->state, stage->width, stage->height);
}

static inline void stage_draw(struct stage *stage)
{
    const struct rect area = { 0, 0, stage->width, stage->height };
    scene_clear(&stage->scene);
    arena_clear(&stage->arena);
    stage->scene.width = stage->width;
    stage->scene.height = stage->height;
    view_graph(&stage->view, area, &stage->scene);
}

static inline void stage_show(struct stage *stage, size_t stop)
{
    stage_go(stage, stop);
    assert_true(graph_picture_prepare(stage->view.graph, &stage->view, true, 0));
    stage_draw(stage);
}

static inline bool shows(const struct stage *stage, const char *text)
{
    for (size_t i = 0; i < stage->scene.draw_count; i++) {
        const struct draw *draw = &stage->scene.draws[i];
        if (draw->kind == DRAW_TEXT && strcmp(draw->text.bytes, text) == 0) {
            return true;
        }
    }
    return false;
}

static inline int count_shown(const struct stage *stage, const char *text)
{
    int count = 0;
    for (size_t i = 0; i < stage->scene.draw_count; i++) {
        const struct draw *draw = &stage->scene.draws[i];
        count += draw->kind == DRAW_TEXT && strcmp(draw->text.bytes, text) == 0;
    }
    return count;
}

/* The stop whose record is the n-th of that kind, from 1. */
static inline size_t stop_of(const struct stage *stage, enum record_kind kind, int n)
{
    for (size_t i = 0; i < stage_stops(stage); i++) {
        const uint32_t record = stops_at(stage->stops, STOP_OPERATION, i)->record;
        if (trace_record(stage->trace, record)->kind == kind && --n == 0) {
            return i;
        }
    }
    fail();
    return 0;
}
