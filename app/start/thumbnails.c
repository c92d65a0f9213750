#include "app/start/thumbnails.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/present/ask.h"
#include "app/session/session.h"
#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "render/graph/graph.h"
#include "render/screen.h"

static const float WIDTH = 960, HEIGHT = 540, RIM = 0.94f, MOST = 1.5f, TENSOR_TEXT = 2;
static const double RUN_SECONDS = 5, READ_BUDGET = 0.002, TURN_SECONDS = 0.01;

/* A lesson that has a picture, waits for one, or could not have one: then the scene is empty. */
struct thumbnail {
    char *path;
    enum language language;
    struct scene scene;
};

struct thumbnails {
    struct thumbnails_tools tools;
    struct thumbnail **all; /* each stays where it is: scenes are lent */
    size_t count, capacity;
    size_t next;             /* the first that is waiting */
    struct session *session; /* of all[next], while it runs */
    struct graph_picture *graph;
};

struct thumbnails *thumbnails_create(const struct thumbnails_tools *tools)
{
    struct thumbnails *const thumbnails = memory_allocate(1, sizeof(*thumbnails));

    thumbnails->tools = *tools;
    thumbnails->graph = graph_picture_create(tools->paths->layout);
    return thumbnails;
}

void thumbnails_destroy(struct thumbnails *thumbnails)
{
    if (!thumbnails) {
        return;
    }
    session_destroy(thumbnails->session);
    graph_picture_destroy(thumbnails->graph);
    for (size_t i = 0; i < thumbnails->count; i++) {
        free(thumbnails->all[i]->path);
        scene_finish(&thumbnails->all[i]->scene);
        free(thumbnails->all[i]);
    }
    free(thumbnails->all);
    free(thumbnails);
}

const struct scene *thumbnails_of(struct thumbnails *thumbnails, const char *path,
                                  enum language language)
{
    for (size_t i = 0; i < thumbnails->count; i++) {
        const struct thumbnail *const thumbnail = thumbnails->all[i];
        if (thumbnail->language == language && strcmp(thumbnail->path, path) == 0) {
            return thumbnail->scene.draw_count > 0 ? &thumbnail->scene : NULL;
        }
    }
    struct thumbnail *const thumbnail = memory_allocate(1, sizeof(*thumbnail));
    thumbnail->path = memory_copy_string(path);
    thumbnail->language = language;
    thumbnails->all = array_reserve(thumbnails->all, &thumbnails->capacity, thumbnails->count + 1,
                                    sizeof(struct thumbnail *));
    thumbnails->all[thumbnails->count++] = thumbnail;
    return NULL;
}

/* ---- the picture ------------------------------------------------------------------------- */

/* The end of the first backward pass, where a graph has most to show; else the end. */
static uint32_t telling_moment(const struct session *session)
{
    const struct stops *const stops = session_stops(session);
    const struct trace *const trace = session_trace(session);
    size_t ends;
    const uint32_t *const records = trace_records_of(trace, RECORD_BACKWARD_END, &ends);
    const size_t count = stops_count(stops, STOP_OPERATION);

    for (size_t i = 0; i < count && ends > 0; i++) {
        if (stops_at(stops, STOP_OPERATION, i)->moment > records[0]) {
            return stops_at(stops, STOP_OPERATION, i)->moment;
        }
    }
    return count > 0 ? stops_at(stops, STOP_OPERATION, count - 1)->moment : 0;
}

/* Draws the stage when its layout is there; false while it is awaited. */
static bool draw(struct thumbnails *thumbnails, struct thumbnail *thumbnail, double now)
{
    struct arena arena = { 0 };
    struct view_state state = { .language = thumbnail->language, .text_scale = 1 };
    const struct run_view run = { .trace = session_trace(thumbnails->session),
                                  .stops = session_stops(thumbnails->session),
                                  .episodes = session_episodes(thumbnails->session),
                                  .moment = telling_moment(thumbnails->session),
                                  .label = session_name(thumbnails->session),
                                  .granularity = STOP_AUTO };
    struct view view = { .runs = &run,
                         .run_count = 1,
                         .state = &state,
                         .motion = { .progress = 1 },
                         .graph = thumbnails->graph,
                         .fonts = thumbnails->tools.fonts,
                         .theme = theme_at(THEME_LIGHT),
                         .words = thumbnails->tools.words,
                         .type = screen_type(&state, WIDTH, HEIGHT),
                         .arena = &arena };
    if (stage_shown(&view) == STAGE_TENSOR) {
        state.text_scale = TENSOR_TEXT; /* few numbers, which are to be seen */
        view.type = screen_type(&state, WIDTH, HEIGHT);
    }
    const bool ready = graph_picture_prepare(thumbnails->graph, &view, false, now);

    if (ready) {
        const struct point size = graph_picture_size(thumbnails->graph);
        state.camera = (struct point){ size.x / 2, size.y / 2 };
        state.zoom = fminf(fminf(WIDTH / fmaxf(size.x, 1), HEIGHT / fmaxf(size.y, 1)), MOST) * RIM;
        thumbnail->scene.width = WIDTH;
        thumbnail->scene.height = HEIGHT;
        view_stage(&view, (struct rect){ 0, 0, WIDTH, HEIGHT }, &thumbnail->scene);
    }
    arena_finish(&arena);
    return ready;
}

/* ---- the queue --------------------------------------------------------------------------- */

static void finish_one(struct thumbnails *thumbnails)
{
    thumbnails->next++;
    graph_picture_forget(thumbnails->graph);
    session_destroy(thumbnails->session);
    thumbnails->session = NULL;
}

bool thumbnails_turn(struct thumbnails *thumbnails, double now)
{
    struct error ignored = { 0 };

    if (thumbnails->next == thumbnails->count) {
        return false;
    }
    struct thumbnail *const thumbnail = thumbnails->all[thumbnails->next];
    if (!thumbnails->session) {
        const struct session_options options = { .paths = thumbnails->tools.paths,
                                                 .wall_seconds = RUN_SECONDS };
        /* A lesson that cannot be opened has no picture; opening it says why. */
        thumbnails->session = session_open(thumbnail->path, &options, &ignored);
    }
    if (!thumbnails->session) {
        finish_one(thumbnails);
        return false;
    }
    session_poll(thumbnails->session, READ_BUDGET);
    ask_mask(thumbnails->session, 0); /* a picture gives no answer away */
    if (session_running(thumbnails->session) || !draw(thumbnails, thumbnail, now)) {
        return false;
    }
    finish_one(thumbnails);
    return true;
}

double thumbnails_patience(const struct thumbnails *thumbnails)
{
    return thumbnails->next < thumbnails->count ? TURN_SECONDS : -1;
}
