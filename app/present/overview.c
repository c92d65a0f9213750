#include "app/present/overview.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "render/lesson/slides.h"

static const double TURN_SECONDS = 0.01;
static const float WIDTH = 1280;

struct overview {
    struct scene *pictures;
    size_t count, drawn;
    size_t chosen;
    uint32_t run;   /* that the pictures are of */
    size_t records; /* as many as there were of it */
    struct point page;
    struct graph_picture *graph;
};

/* ---- opening ----------------------------------------------------------------------------- */

static void forget_pictures(struct overview *overview)
{
    for (size_t i = 0; i < overview->count; i++) {
        scene_finish(&overview->pictures[i]);
    }
    free(overview->pictures);
    overview->pictures = NULL;
    overview->count = overview->drawn = 0;
}

static size_t find_slides(struct app *app, const struct slide **slides)
{
    const struct view view = app_view(app, 0, 0);

    return slides_of(&view, slides);
}

/* A page as large as a slide is, of the shape of the one on show. */
static struct point page_size(struct app *app)
{
    struct window_pixels pixels;

    if (!window_pixels(app->window, &pixels, NULL) || pixels.width <= 0) {
        return (struct point){ WIDTH, WIDTH * 9 / 16 };
    }
    return (struct point){ WIDTH, WIDTH * (float)pixels.height / (float)pixels.width };
}

static void start_pictures(struct app *app, size_t count)
{
    struct overview *const overview = app->overview;

    forget_pictures(overview);
    graph_picture_forget(overview->graph);
    overview->pictures = memory_allocate(count + 1, sizeof(*overview->pictures));
    overview->count = count;
    overview->run = session_run_number(app->session);
    overview->records = trace_record_count(session_trace(app->session));
    overview->page = page_size(app);
}

static void open(struct app *app)
{
    const struct slide *slides;
    const size_t count = find_slides(app, &slides);

    if (count == 0) {
        app_say(app, app_word(app, "Nothing has happened yet."));
        return;
    }
    app->overview = memory_allocate(1, sizeof(*app->overview));
    app->overview->graph = graph_picture_create(app->paths.layout);
    start_pictures(app, count);
    app->overview->chosen = slide_at(slides, count, app->player.moment);
    app->stale = true;
}

void overview_close(struct app *app)
{
    if (app->overview) {
        forget_pictures(app->overview);
        graph_picture_destroy(app->overview->graph);
        free(app->overview);
        app->overview = NULL;
        app->stale = true;
    }
}

void overview_toggle(struct app *app)
{
    if (app->overview) {
        overview_close(app);
    } else {
        open(app);
    }
}

bool overview_is_open(const struct app *app)
{
    return app->overview != NULL;
}

const struct overview_page *overview_page(struct app *app, const struct view *view)
{
    struct overview *const overview = app->overview;

    if (!overview) {
        return NULL;
    }
    const struct slide *slides;
    const size_t found = slides_of(view, &slides);
    const size_t count = found < overview->count ? found : overview->count;
    const size_t here = slide_at(slides, count, app->player.moment);
    struct overview_card *const cards = arena_allocate(&app->scratch, count + 1, sizeof(*cards));
    struct overview_page *const page = arena_allocate(&app->scratch, 1, sizeof(*page));
    for (size_t i = 0; i < count; i++) {
        cards[i] =
            (struct overview_card){ .title = slides[i].title,
                                    .moment = slides[i].from,
                                    .picture = i < overview->drawn ? &overview->pictures[i] : NULL,
                                    .here = i == here };
    }
    *page = (struct overview_page){ .cards = cards,
                                    .count = count,
                                    .chosen = overview->chosen,
                                    .aspect = overview->page.x / overview->page.y };
    return page;
}

/* ---- pictures ---------------------------------------------------------------------------- */

/* A slide as it is at its end, where most is to be seen. False while its layout is awaited. */
static bool draw(struct app *app, const struct slide *slide, struct scene *scene)
{
    struct overview *const overview = app->overview;
    struct view view = app_view(app, overview->page.x, overview->page.y);
    struct run_view run = view.runs[0];
    struct view_state state = { .mode = SCREEN_PRESENT,
                                .language = app->view.language,
                                .text_scale = 1,
                                .level = app->view.level,
                                .granularity = app->view.granularity,
                                .revealed = app->view.revealed,
                                .paper = true };

    run.moment = slide->to;
    view.runs = &run;
    view.run_count = 1;
    view.state = &state;
    view.type = screen_type(&state, overview->page.x, overview->page.y);
    view.room = screen_room(&state, overview->page.x, overview->page.y);
    view.graph = overview->graph;
    view.motion = (struct view_motion){ .progress = 1 };
    view.overview = NULL;
    view.pointer = NULL;
    if (!graph_picture_prepare(overview->graph, &view, false, app->clock)) {
        return false;
    }
    screen_draw(&view, overview->page.x, overview->page.y, scene);
    return true;
}

/* Another run has other slides. */
static bool is_old(const struct app *app)
{
    return app->overview->run != session_run_number(app->session) ||
           app->overview->records != trace_record_count(session_trace(app->session));
}

bool overview_turn(struct app *app)
{
    struct overview *const overview = app->overview;
    const struct slide *slides;

    if (!overview || (overview->drawn == overview->count && !is_old(app))) {
        return false;
    }
    const size_t count = find_slides(app, &slides);
    if (is_old(app)) {
        start_pictures(app, count);
        overview->chosen = overview->chosen < count ? overview->chosen : 0;
    }
    if (overview->drawn >= count ||
        !draw(app, &slides[overview->drawn], &overview->pictures[overview->drawn])) {
        return false;
    }
    overview->drawn++;
    return true;
}

double overview_patience(const struct app *app)
{
    return app->overview && app->overview->drawn < app->overview->count ? TURN_SECONDS : -1;
}

/* ---- events ------------------------------------------------------------------------------ */

static void go(struct app *app, uint32_t moment)
{
    overview_close(app);
    player_jump(&app->player, moment);
    app->player.playing = false;
    app->view.card = false;
    app->view.question = 0;
    app->view.zoom = 0;
    app->view.selected = (struct target){ 0 };
    app->stale = true;
}

static void choose(struct app *app, long by)
{
    const long last = (long)app->overview->count - 1;
    const long to = (long)app->overview->chosen + by;

    app->overview->chosen = (size_t)(to < 0 ? 0 : to > last ? last : to);
    app->stale = true;
}

static bool take_movement(struct app *app, const char *key, size_t columns)
{
    const long all = (long)app->overview->count, row = (long)columns;
    const struct {
        const char *key;
        long by;
    } moves[] = { { "Left", -1 },      { "Right", 1 },    { "Up", -row },     { "Down", row },
                  { "PageUp", -1 },    { "PageDown", 1 }, { "Home", -all },   { "End", all },
                  { "Shift+Tab", -1 }, { "Tab", 1 },      { "Backspace", -1 } };

    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        if (strcmp(key, moves[i].key) == 0) {
            choose(app, moves[i].by);
            return true;
        }
    }
    return false;
}

bool overview_key(struct app *app, const char *key, size_t columns)
{
    const struct command *const command = app_command(app, key);

    if (!app->overview) {
        return false;
    }
    if (strcmp(key, "Escape") == 0) {
        overview_close(app);
        return true;
    }
    if (strcmp(key, "Return") == 0 || strcmp(key, "Space") == 0) {
        const struct view view = app_view(app, 0, 0);
        const struct overview_page *const page = overview_page(app, &view);
        if (page->chosen < page->count) {
            go(app, page->cards[page->chosen].moment);
        }
        return true;
    }
    return take_movement(app, key, columns) || (command && command->section == COMMAND_STEP);
}

bool overview_press(struct app *app, struct target target)
{
    if (!app->overview) {
        return false;
    }
    if (target.kind == TARGET_MOMENT) {
        go(app, (uint32_t)target.id);
    }
    return true;
}
