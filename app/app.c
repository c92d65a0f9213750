#include "app/app.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command/input.h"
#include "app/command/keys.h"
#include "app/command/walk.h"
#include "app/panels/devices.h"
#include "app/panels/field.h"
#include "app/panels/search.h"
#include "app/panels/stage.h"
#include "app/present/ask.h"
#include "app/present/overview.h"
#include "app/present/pointer.h"
#include "app/present/present.h"
#include "app/present/presenter.h"
#include "app/remember.h"
#include "app/settings.h"
#include "app/start/start.h"
#include "app/window/chrome.h"
#include "engine/base/memory.h"
#include "render/sayings.h"

static const double FRAME_SECONDS = 1.0 / 60, READ_BUDGET = 0.004;
static const double SETTLE_SECONDS = 0.12; /* at rest: then what was moved is drawn sharp */
/* How long the first frame of a lesson waits for something to show. */
static const double OPENING_SECONDS = 0.15;
static const double LONG_RUN_SECONDS = 1, NEWS_SECONDS = 0.25;

/* ---- opening ---------------------------------------------------------------------------- */

/* `asked`: what the command line allows besides what is remembered; may be NULL. */
static struct session *begin_session(const struct app *app, const char *path,
                                     const struct app_options *asked, struct error *err)
{
    struct session_options options = { .paths = &app->paths,
                                       .stays = true,
                                       .spare = app->whatif.spare };

    consent_options(app, path, &options);
    options.leave.reads_folder |= asked && asked->leave.reads_folder;
    options.leave.gpu |= asked && asked->leave.gpu;
    options.leave.strict |= asked && asked->leave.strict;
    options.leave.unboxed |= asked && asked->leave.unboxed;
    return session_open(path, &options, err);
}

/* Shows it in place of the one on show; `path` NULL: there is none. */
static void take_session(struct app *app, struct session *session, const char *path)
{
    const bool reduced_motion = app->player.reduced_motion;
    char name[256];

    dialog_close(app);
    app_forget_graphs(app);
    session_destroy(app->session);
    app->session = session;
    whatif_forget(app);
    consent_forget(app);
    reload_start(app);
    app->told_run = 0;
    player_init(&app->player);
    app->player.reduced_motion = reduced_motion;
    app->view.selected = (struct target){ 0 };
    app->view.card = false;
    app->view.question = 0;
    app->view.revealed = 0;
    app->view.zoom = 0;
    app->view.fold_count = 0;
    app->view.fold_all = false;
    app->view.bookmark_count = 0;
    app->view.film_scroll = 0;
    app->view.compared = 0;
    app->view.timeline_zoom = app->view.timeline_from = 0;
    if (app->view.searching) {
        search_close(app);
    }
    snprintf(name, sizeof(name), "%s%sGradlight", session_name(session), path ? " – " : "");
    window_set_title(app->window, name);
    app->stale = true;
    app->opened_at = -1;
    if (path) {
        start_opened(app, path);
    }
}

void app_forget_graphs(struct app *app)
{
    graph_picture_forget(app->graph);
    presenter_forget(app);
    overview_close(app);
}

void app_open(struct app *app, const char *path)
{
    struct error err = { 0 };
    struct session *const session = begin_session(app, path, NULL, &err);

    if (!session) {
        app_say(app, err.text);
        return;
    }
    take_session(app, session, path);
    if (app->view.start) {
        start_hide(app);
    }
}

static bool open_tools(struct app *app, const struct app_options *options, struct error *err)
{
    struct error ignored = { 0 };

    app->fonts = fonts_create(err);
    if (!app->fonts) {
        return false;
    }
    /* Without a catalogue the interface speaks English, and `gradlight doctor` says so. */
    app->words = words_create(app->paths.words, &ignored);
    struct window_place place = remember_place(app->settings);
    if (options->width > 0) {
        place = (struct window_place){ .width = options->width, .height = options->height };
    }
    app->window = window_create("Gradlight", &place, err);
    if (!app->window) {
        return false;
    }
    app->frame = frame_create(app->window, app->fonts);
    app->chrome = chrome_create(fonts_file(app->fonts, TYPE_UI, 0),
                                fonts_file(app->fonts, TYPE_UI_BOLD, 0), err);
    app->graph = graph_picture_create(app->paths.layout);
    app->start = start_create(app);
    return app->chrome != NULL;
}

/* The lesson begins to run before there is a window: both take their time, and are ready together.
 * Without one the first lesson does, under the start page, so that going on is instant. Where it cannot be
 * opened and nobody reads a terminal, the start page says why. */
static bool open_lesson(struct app *app, const struct app_options *options, struct error *err)
{
    char first[PATH_SIZE + 64];

    if (!paths_find(&app->paths, err)) {
        return false;
    }
    snprintf(first, sizeof(first), "%s/11-why-autograd.lesson.py", app->paths.lessons);
    whatif_open(app);
    const char *const path = options->lesson ? options->lesson : first;
    struct error why = { 0 };
    struct session *session = begin_session(app, path, options->lesson ? options : NULL, &why);
    const bool opened = session != NULL;
    if (!opened && !options->desktop) {
        *err = why;
        return false;
    }
    session = opened ? session : session_of_nothing(why.text);
    if (!open_tools(app, options, err)) {
        session_destroy(session);
        return false;
    }
    take_session(app, session, opened ? path : NULL);
    if (!options->lesson || !opened) {
        start_show(app, false);
    }
    return true;
}

/* What the command line asks for goes before what is remembered. */
static void take_options(struct app *app, const struct app_options *options)
{
    app->theme = options->theme_asked ? options->theme : app->theme;
    app->view.language = options->language_asked ? options->language : app->view.language;
    app->player.reduced_motion =
        options->motion_asked ? options->reduced_motion : app->player.reduced_motion;
}

struct app *app_create(const struct app_options *options, struct error *err)
{
    struct app *const app = memory_allocate(1, sizeof(*app));

    app->view = (struct view_state){
        .mode = SCREEN_EXPLORE,
        .language = options->language,
        .text_scale = 1,
        .granularity = STOP_AUTO,
        .tab_follows = true,
    };
    app->theme = options->theme;
    app->presenting_theme = THEME_PROJECTOR;
    app->player.reduced_motion = options->reduced_motion;
    app->settings = options->settings ? options->settings : settings_open(NULL);
    app->keys = keys_create(app->settings);
    app->pointer = pointer_create();
    app->palette.keys = app->keys;
    remember_take(app);
    take_options(app, options);
    app->stale = app->exposed = true;
    if (!open_lesson(app, options, err)) {
        app_destroy(app);
        return NULL;
    }
    return app;
}

void app_destroy(struct app *app)
{
    if (!app) {
        return;
    }
    if (app->presenter) {
        presenter_end(app);
    }
    if (app->session) {
        remember_finish(app);
    }
    keys_destroy(app->keys);
    overview_close(app);
    pointer_destroy(app->pointer);
    settings_destroy(app->settings);
    whatif_close(app);
    dialog_finish(app);
    session_destroy(app->session);
    start_destroy(app->start);
    graph_picture_destroy(app->graph);
    chrome_destroy(app->chrome);
    frame_destroy(app->frame);
    window_destroy(app->window);
    words_destroy(app->words);
    fonts_destroy(app->fonts);
    arena_finish(&app->scratch);
    free(app);
}

/* ---- words ------------------------------------------------------------------------------- */

const char *app_trouble(struct app *app, const char *english)
{
    const char *const whole = app_word(app, english);

    return whole != english ? whole
                            : trouble_in(app->words, app->view.language, english, &app->scratch);
}

void app_say(struct app *app, const char *text)
{
    chrome_say(app->chrome, app_trouble(app, text), app->clock);
    app->stale = true;
}

const struct command *app_command(const struct app *app, const char *key)
{
    return keys_find(app->keys, key, app->view.mode == SCREEN_PRESENT && !app->view.start);
}

const char *app_word(const struct app *app, const char *english)
{
    return words_in(app->words, app->view.language, english);
}

/* ---- a turn ----------------------------------------------------------------------------- */

static bool same_rect(struct rect a, struct rect b)
{
    return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

/* Whether the graph is the same that the last frame saw, and nothing of it moves by itself. */
static bool is_seen_again(const struct app *app, const struct view *view)
{
    const struct point size = graph_picture_size(app->graph);

    return app->seen_moment == view->runs[0].moment && app->seen_size.x == size.x &&
           app->seen_size.y == size.y && player_progress(&app->player) >= 1 &&
           !graph_picture_turning(app->graph);
}

/* What has become of the graph on the page since the last frame, if it is looked at from elsewhere. */
static struct frame_move move_between(struct rect area, struct graph_camera was,
                                      struct graph_camera now)
{
    const float x = (was.centre.x - now.centre.x) * now.zoom;
    const float y = (was.centre.y - now.centre.y) * now.zoom;
    const float scale = now.zoom / was.zoom;
    const struct point by = { roundf(x), roundf(y) };

    if (now.zoom != was.zoom) {
        const struct point middle = { area.x + area.w / 2, area.y + area.h / 2 };
        return (struct frame_move){ area,
                                    { x + middle.x * (1 - scale), y + middle.y * (1 - scale) },
                                    scale };
    }
    return fabsf(x - by.x) > 0.01f || fabsf(y - by.y) > 0.01f ? (struct frame_move){ 0 }
                                                              : (struct frame_move){ area, by, 1 };
}

static struct frame_move move_since(struct app *app, const struct view *view, float w, float h)
{
    const struct rect area = graph_area(view, screen_regions_now(view, w, h).stage);
    const struct graph_camera was = app->seen, now = graph_camera(view, area);
    struct frame_move move = { 0 };

    if (app->seen_area.w > 0 && same_rect(app->seen_area, area) &&
        view_compared(view) == NO_FRAME) {
        move = move_between(area, was, now);
    }
    if (move.scale != 1 && !is_seen_again(app, view)) {
        move = (struct frame_move){ 0 };
    }
    if (was.zoom != now.zoom || was.centre.x != now.centre.x || was.centre.y != now.centre.y) {
        app->moved_at = app->clock;
    }
    app->seen = now;
    app->seen_area = area;
    app->seen_moment = view->runs[0].moment;
    app->seen_size = graph_picture_size(app->graph);
    return move;
}

/* What lies over the lesson and belongs to no picture. With two windows it is the presenter's. */
static struct frame_overlay overlay(struct app *app, const struct view *view,
                                    const struct window_pixels *pixels)
{
    if (presenter_is_open(app)) {
        return (struct frame_overlay){ 0 };
    }
    chrome_update(app->chrome,
                  &(struct chrome_state){ .width = pixels->width,
                                          .height = pixels->height,
                                          .text = view->type.caption,
                                          .help = app->view.help,
                                          .palette = &app->palette,
                                          .keys = app->keys,
                                          .words = app->words,
                                          .language = app->view.language,
                                          .theme = view->theme },
                  app->clock);
    return chrome_overlay(app->chrome);
}

/* The layout that the view needs, at the latest now. */
static void prepare_graph(struct app *app, const struct view *view)
{
    if (graph_picture_prepare(app->graph, view, false, app->clock) && app->anchor.waiting) {
        if (app->view.zoom > 0) {
            stage_keep_anchor(app);
        }
        app->anchor.waiting = false;
        search_go_on(app);
    }
}

/* Most lessons are over before a page without them could be looked at: what was on show stays, an empty
 * page in a new window, until there is something to show. */
static bool is_opening(const struct app *app)
{
    return app->player.moment == 0 && session_running(app->session) && !app->view.start &&
           (app->opened_at < 0 || app->clock - app->opened_at < OPENING_SECONDS);
}

/* The scene of now, what lies over it, and what of it has moved. */
static void draw_scene(struct app *app, struct scene *scene, const struct window_pixels *pixels,
                       struct frame_options *options)
{
    struct view view = app_view(app, scene->width, scene->height);

    prepare_graph(app, &view);
    view.state = presenter_is_open(app) ? presenter_public(app) : view.state;
    view = app_on_pixels(app, view, screen_regions_now(&view, scene->width, scene->height).stage);
    screen_draw(&view, scene->width, scene->height, scene);
    dialog_draw(app, scene);
    options->overlay = overlay(app, &view, pixels);
    options->move = move_since(app, &view, scene->width, scene->height);
}

static void redraw(struct app *app, bool settle)
{
    struct frame_options options = { .theme = theme_at(dialog_theme(app, app_theme(app))),
                                     .everything = app->exposed,
                                     .settle = settle };
    const bool opening = is_opening(app);
    struct error err = { 0 };
    struct window_pixels pixels;

    if (!window_pixels(app->window, &pixels, &err)) {
        fprintf(stderr, "gradlight: %s\n", err.text);
        app->stale = app->exposed = false; /* until something happens: not again and again */
        return;
    }
    if (presenter_show_frozen(app, &pixels)) {
        app->stale = app->exposed = false;
        return;
    }
    struct scene *const scene = frame_begin(app->frame);
    scene->width = (float)pixels.width;
    scene->height = (float)pixels.height;
    if (!opening) {
        draw_scene(app, scene, &pixels, &options);
    }
    if (!frame_end(app->frame, &options, &err)) {
        fprintf(stderr, "gradlight: %s\n", err.text);
    }
    if (presenter_is_open(app) && !opening) {
        presenter_draw(app, app->exposed);
    }
    app->stale = opening;
    app->exposed = false;
}

void app_redraw(struct app *app)
{
    redraw(app, false);
}

/* How long until what was moved may settle, if nothing moves until then; negative: for ever. */
static double settle_patience(const struct app *app)
{
    return frame_is_moved(app->frame) && player_progress(&app->player) >= 1
               ? fmax(app->moved_at + SETTLE_SECONDS - app->clock, 0)
               : -1;
}

/* The shorter of two patiences. */
static double sooner(double a, double b)
{
    return a < 0 ? b : b < 0 ? a : fmin(a, b);
}

/* How long nothing will happen by itself; negative: for ever. */
static double patience(const struct app *app)
{
    const bool moving = player_progress(&app->player) < 1 || app->player.playing ||
                        graph_picture_turning(app->graph) ||
                        graph_picture_descriptor(app->graph) >= 0;
    const double all[] = {
        session_patience(app->session), chrome_patience(app->chrome, app->clock),
        settle_patience(app),           start_patience(app),
        dialog_patience(app),           reload_patience(app),
        whatif_patience(app),           remember_patience(app),
        presenter_patience(app),        pointer_patience(app),
        overview_patience(app),         plots_patience(app),
    };
    double least = moving ? FRAME_SECONDS : -1;

    if (app->exposed || (app->stale && !is_opening(app))) {
        return 0;
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        least = sooner(least, all[i]);
    }
    return least;
}

/* A run that takes longer than a second says so for as long as it does, and how to end it. */
static void tell_of_long_run(struct app *app)
{
    char text[256];

    if (app->timed_run != session_run_number(app->session)) {
        app->timed_run = session_run_number(app->session);
        app->run_since = app->clock;
    }
    if (!session_running(app->session) || app->clock - app->run_since < LONG_RUN_SECONDS ||
        app->clock - app->run_told < NEWS_SECONDS) {
        return;
    }
    app->run_told = app->clock;
    const char *const pattern =
        words_in(app->words, app->view.language, "Running… · {0} steps so far · Ctrl+. stops it");
    const char *const blank = strstr(pattern, "{0}");
    if (!blank) {
        return;
    }
    snprintf(text, sizeof(text), "%.*s%zu%s", (int)(blank - pattern), pattern,
             stops_count(session_stops(app->session), STOP_OPERATION), blank + strlen("{0}"));
    app_say(app, text);
}

/* Once, when nothing else is being said. */
static void tell_of_layout(struct app *app)
{
    const char *const trouble = graph_picture_trouble(app->graph);

    if (trouble[0] && !app->told_layout && !session_running(app->session) &&
        !chrome_says(app->chrome, app->clock)) {
        app->told_layout = true;
        app_say(app, trouble);
    }
}

/* A lesson that was just opened starts at its first stop, as soon as there is one. */
static void take_news(struct app *app)
{
    const struct stops *const stops = session_stops(app->session);

    if (session_poll(app->session, READ_BUDGET)) {
        ask_mask(app->session, app->view.revealed);
        app->stale = true;
    }
    if (app->player.moment == 0 && stops_count(stops, app->player.granularity) > 0) {
        player_first(&app->player, stops);
        app->stale = true;
    }
    tell_of_long_run(app);
    if (!session_running(app->session) && app->told_run != session_run_number(app->session)) {
        app->told_run = session_run_number(app->session);
        /* On the start page, and in two windows the class's, there is no bar to say it in. */
        const char *const trouble = session_trouble(app->session);
        if ((app->presenter || app->view.start) && trouble[0]) {
            app_say(app, trouble);
        } else {
            app_say(app, ""); /* it does not run any more */
        }
        walk_find_bookmarks(app);
    }
    /* After what the lesson had to say, so that it is not wiped away. */
    if (!session_running(app->session) && !app->told_settings) {
        app->told_settings = true;
        const char *const trouble = settings_trouble(app->settings);
        if (trouble[0] || keys_trouble(app->keys)[0]) {
            app_say(app, trouble[0] ? trouble : keys_trouble(app->keys));
        }
    }
}

void app_turn(struct app *app, bool wait, double now)
{
    struct window_event event;
    double seconds = wait ? patience(app) : 0;

    while (!app->finished && window_wait(app->window, seconds, &event)) {
        input_handle(app, &event);
        seconds = 0;
    }
    const double passed = app->clock > 0 ? now - app->clock : 0;
    app->clock = now;
    app->opened_at = app->opened_at < 0 ? now : app->opened_at;
    take_news(app);
    consent_turn(app);
    plots_turn(app);
    devices_turn(app);
    reload_turn(app);
    whatif_turn(app);
    app->stale = player_tick(&app->player, session_stops(app->session), passed) || app->stale;
    present_turn(app);
    app->stale = graph_picture_descriptor(app->graph) >= 0 || app->stale;
    app->stale = graph_picture_turning(app->graph) || app->stale;
    app->stale = chrome_patience(app->chrome, now) >= 0 || app->stale;
    app->stale = pointer_turn(app) || app->stale;
    app->stale = overview_turn(app) || app->stale;
    start_turn(app);
    dialog_turn(app);
    remember_keep(app);
    const bool settled = settle_patience(app) == 0;
    if (app->exposed || ((app->stale || settled) && !is_opening(app))) {
        redraw(app, settled);
    }
    tell_of_layout(app);
    presenter_turn(app);
    arena_clear(&app->scratch);
}
