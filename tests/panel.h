#pragma once
/* A fixture's run for the views beside the graph, at any step, in any state. Include after
 * tests/test.h. */

#include "render/screen.h"
#include "tests/golden_scene.h"

struct panel {
    struct trace *trace;
    struct stops *stops;
    struct episodes *episodes;
    struct run_view run;
    struct view_state state;
    struct view view;
    struct arena arena;
    struct scene scene;
};

/* `more`: records that follow those of the fixture, as lines. */
static inline void panel_open_more(struct panel *panel, const char *fixture, const char *more,
                                   enum screen_mode mode)
{
    char path[512];
    struct error err = { 0 };
    snprintf(path, sizeof(path), "%s/tests/fixtures/%s.trace", GRADLIGHT_SOURCE_ROOT, fixture);
    *panel = (struct panel){ .trace = trace_create() };
    assert_true(trace_load(panel->trace, path, &err));
    if (!trace_feed(panel->trace, more, strlen(more), &err)) {
        fail_msg("%s", err.text);
    }
    panel->stops = stops_create(panel->trace);
    stops_update(panel->stops);
    stops_finish(panel->stops);
    panel->episodes = episodes_create(panel->trace);
    episodes_update(panel->episodes);
    panel->run = (struct run_view){
        .trace = panel->trace, .stops = panel->stops, .episodes = panel->episodes, .label = ""
    };
    panel->state =
        (struct view_state){ .text_scale = 1, .granularity = STOP_OPERATION, .mode = mode };
    panel->view = (struct view){ .runs = &panel->run,
                                 .run_count = 1,
                                 .state = &panel->state,
                                 .motion = { .progress = 1 },
                                 .fonts = fonts_create_fixed(),
                                 .theme = theme_at(THEME_LIGHT),
                                 .words = words_create("/nowhere", &err), /* English */
                                 .type = screen_type(&panel->state, 1366, 768),
                                 .arena = &panel->arena };
}

static inline void panel_open(struct panel *panel, const char *fixture, enum screen_mode mode)
{
    panel_open_more(panel, fixture, "", mode);
}

static inline void panel_close(struct panel *panel)
{
    union {
        const struct words *lent;
        struct words *owned;
    } words = { .lent = panel->view.words };
    scene_finish(&panel->scene);
    arena_finish(&panel->arena);
    words_destroy(words.owned);
    fonts_destroy(panel->view.fonts);
    episodes_destroy(panel->episodes);
    stops_destroy(panel->stops);
    trace_destroy(panel->trace);
}

/* Draws one view at a moment. */
static inline void panel_show_at(struct panel *panel, uint32_t moment, struct rect area,
                                 void (*draw)(const struct view *, struct rect, struct scene *))
{
    panel->run.moment = moment;
    scene_clear(&panel->scene);
    arena_clear(&panel->arena);
    draw(&panel->view, area, &panel->scene);
}

/* The same at a stop, counted from 1 as on the screen. */
static inline void panel_show(struct panel *panel, size_t stop, struct rect area,
                              void (*draw)(const struct view *, struct rect, struct scene *))
{
    panel_show_at(panel, stop == 0 ? 0 : stops_at(panel->stops, STOP_OPERATION, stop - 1)->moment,
                  area, draw);
}

static inline bool is_text(const struct draw *draw, const char *bytes)
{
    return draw->kind == DRAW_TEXT && strcmp(draw->text.bytes, bytes) == 0;
}

static inline const struct draw_text *text_of(const struct panel *panel, const char *bytes)
{
    for (size_t i = 0; i < panel->scene.draw_count; i++) {
        if (is_text(&panel->scene.draws[i], bytes)) {
            return &panel->scene.draws[i].text;
        }
    }
    return NULL;
}
