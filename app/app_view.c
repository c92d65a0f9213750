/* The view of what is on show, and where its parts are in the window. */

#include "app/app.h"

#include <math.h>

#include "app/panels/field.h"
#include "app/present/overview.h"
#include "app/present/pointer.h"
#include "app/present/presenter.h"
#include "app/start/start.h"

enum theme_id app_theme(const struct app *app)
{
    return app->view.mode == SCREEN_PRESENT ? app->presenting_theme : app->theme;
}

struct view app_view(struct app *app, float width, float height)
{
    struct run_view *const run = arena_allocate(&app->scratch, 2, sizeof(*run));

    *run = (struct run_view){
        .trace = session_trace(app->session),
        .stops = session_stops(app->session),
        .episodes = session_episodes(app->session),
        .film = session_film(app->session),
        .moment = app->player.moment,
        .label = session_name(app->session),
        .granularity = app->player.granularity,
    };
    const size_t run_count = whatif_view(app, run);
    field_view(app);
    app->view.granularity = app->player.granularity;
    app->view.density = window_density(app->window);
    app->view.playing = app->player.playing;
    struct view view = {
        .runs = run,
        .run_count = run_count,
        .former = whatif_former(app),
        .state = &app->view,
        .start = start_page(app),
        .pointer = pointer_page(app),
        .consent = presenter_is_open(app) ? NULL : consent_page(app),
        .motion = { .progress = (float)player_progress(&app->player),
                    .backwards = app->player.backwards,
                    .still = app->player.reduced_motion },
        .graph = app->graph,
        .fonts = app->fonts,
        .theme = theme_at(app_theme(app)),
        .words = app->words,
        .type = screen_type(&app->view, width, height),
        .room = screen_room(&app->view, width, height),
        .arena = &app->scratch,
    };

    view.overview = presenter_is_open(app) ? NULL : overview_page(app, &view);
    return view;
}

/* Whatever the camera does by itself, it moves the picture by whole pixels: then what was drawn can be
 * moved. A view of one's own, and a graph that is seen whole, stay where they are. */
static struct graph_camera camera_on_pixels(const struct view *view, struct rect area)
{
    struct graph_camera camera = graph_camera(view, area);
    const struct point size = graph_picture_size(view->graph);
    const float x = area.x + area.w / 2, y = area.y + area.h / 2, zoom = camera.zoom, rim = 4;
    const bool beyond = (size.x - rim) * zoom > area.w || (size.y - rim) * zoom > area.h;

    if (view->state->zoom <= 0 && beyond) {
        camera.centre.x = (x - roundf(x - camera.centre.x * zoom)) / zoom;
        camera.centre.y = (y - roundf(y - camera.centre.y * zoom)) / zoom;
    }
    return camera;
}

/* The same as a view of one's own, for what is drawn. */
struct view app_on_pixels(struct app *app, struct view view, struct rect stage)
{
    const struct rect area = graph_area(&view, stage);
    const struct graph_camera own = graph_camera(&view, area);
    const struct graph_camera camera = camera_on_pixels(&view, area);

    if (camera.centre.x != own.centre.x || camera.centre.y != own.centre.y) {
        struct view_state *const held = arena_allocate(&app->scratch, 1, sizeof(*held));
        *held = *view.state;
        held->camera = camera.centre;
        held->zoom = camera.zoom;
        held->follows = view.state->zoom <= 0;
        view.state = held;
    }
    return view;
}

bool app_camera(struct app *app, struct graph_camera *out)
{
    struct window_pixels pixels;

    if (!window_pixels(app->window, &pixels, NULL)) {
        return false;
    }
    const float w = (float)pixels.width, h = (float)pixels.height;
    const struct view view = app_view(app, w, h);

    *out = camera_on_pixels(&view, graph_area(&view, screen_regions_now(&view, w, h).stage));
    return true;
}

struct rect app_stage(struct app *app)
{
    struct window_pixels pixels = { 0 };

    window_pixels(app->window, &pixels, NULL);
    const float w = (float)pixels.width, h = (float)pixels.height;
    const struct view view = app_view(app, w, h);
    return graph_area(&view, screen_regions_now(&view, w, h).stage);
}

struct point app_page(const struct app *app)
{
    struct window_pixels pixels = { 0 };

    window_pixels(app->window, &pixels, NULL);
    return (struct point){ (float)pixels.width, (float)pixels.height };
}

struct screen_regions app_regions(struct app *app)
{
    const struct point page = app_page(app);
    const struct view view = app_view(app, page.x, page.y);
    return screen_regions_now(&view, page.x, page.y);
}

void app_scroll_code(struct app *app, float by)
{
    struct window_pixels pixels;

    if (window_pixels(app->window, &pixels, NULL)) {
        const float w = (float)pixels.width, h = (float)pixels.height;
        const struct view view = app_view(app, w, h);
        const struct code_room room = screen_code_room(&view, w, h);
        app->view.code_scroll = fminf(fmaxf(app->view.code_scroll + by, room.above), room.below);
        app->stale = true;
    }
}
