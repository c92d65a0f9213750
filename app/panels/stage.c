#include "app/panels/stage.h"

#include <math.h>

#include "app/window/chrome.h"

static const float HAND_SHAKES = 4; /* points that a click may move */
static const float ZOOM_MIN = 0.05f, ZOOM_MAX = 8;

static struct point page_of(const struct rect *stage, const struct graph_camera *camera,
                            struct rect box)
{
    return (struct point){ stage->x + stage->w / 2 + (box.x - camera->centre.x) * camera->zoom,
                           stage->y + stage->h / 2 + (box.y - camera->centre.y) * camera->zoom };
}

/* Until the new layout is there the camera holds the old one where it is. */
void stage_fold(struct app *app, int64_t key)
{
    const struct target target = { .kind = TARGET_FOLD, .id = key };
    const struct rect stage = app_stage(app);
    struct graph_camera camera;
    int64_t found;
    bool open;

    if (!graph_picture_fold(app->graph, target, &found, &open) || !app_camera(app, &camera)) {
        return;
    }
    app->anchor.waiting = true;
    app->anchor.open = !open;
    app->anchor.key = found;
    app->anchor.page = page_of(&stage, &camera, graph_picture_box(app->graph, target));
    app->view.camera = camera.centre;
    app->view.zoom = camera.zoom;
    view_fold(&app->view, found, !open);
    chrome_point(app->chrome, "", app->drag, app->clock);
    app->stale = true;
}

/* The new layout is there: the camera goes where the box is again where it was. */
void stage_keep_anchor(struct app *app)
{
    const struct target target = { .kind = TARGET_FOLD, .id = app->anchor.key };
    const struct rect stage = app_stage(app);
    int64_t key;
    bool open;

    if (!graph_picture_fold(app->graph, target, &key, &open) || open != app->anchor.open) {
        return;
    }
    const struct rect box = graph_picture_box(app->graph, target);
    const float zoom = app->view.zoom;
    app->view.camera.x = box.x - (app->anchor.page.x - stage.x - stage.w / 2) / zoom;
    app->view.camera.y = box.y - (app->anchor.page.y - stage.y - stage.h / 2) / zoom;
    app->anchor.waiting = false;
}

/* The stage shows what is at that point of the small map. */
void stage_go_on_map(struct app *app, struct point to)
{
    struct window_pixels pixels;
    struct graph_camera camera;

    if (!window_pixels(app->window, &pixels, NULL) || !app_camera(app, &camera)) {
        return;
    }
    const float w = (float)pixels.width, h = (float)pixels.height;
    const struct view view = app_view(app, w, h);
    app->view.camera =
        graph_map_point(&view, graph_area(&view, screen_regions_now(&view, w, h).stage), to);
    app->view.zoom = camera.zoom;
    app->anchor.waiting = false;
    app->stale = true;
}

/* What else is on the stage has no camera, and must not move that of a graph behind it. */
static bool shows_graph(struct app *app)
{
    const struct view view = app_view(app, 0, 0);

    return stage_shown(&view) == STAGE_GRAPH;
}

void stage_pan(struct app *app, struct point to)
{
    struct graph_camera camera;

    app->dragged = app->dragged || hypotf(to.x - app->drag.x, to.y - app->drag.y) >= HAND_SHAKES;
    if (!app->dragged || !shows_graph(app) || !app_camera(app, &camera)) {
        return;
    }
    app->anchor.waiting = false;
    app->view.zoom = camera.zoom;
    app->view.camera.x = camera.centre.x - (to.x - app->drag.x) / camera.zoom;
    app->view.camera.y = camera.centre.y - (to.y - app->drag.y) / camera.zoom;
    app->drag = to;
    app->stale = true;
}

/* The point under the pointer stays where it is. */
void stage_zoom(struct app *app, struct point at, float factor)
{
    const struct rect stage = app_stage(app);
    struct graph_camera camera;

    if (!shows_graph(app) || !app_camera(app, &camera)) {
        return;
    }
    const float zoom = fminf(fmaxf(camera.zoom * factor, ZOOM_MIN), ZOOM_MAX);
    const float dx = at.x - (stage.x + stage.w / 2), dy = at.y - (stage.y + stage.h / 2);

    app->view.camera.x = camera.centre.x + dx / camera.zoom - dx / zoom;
    app->view.camera.y = camera.centre.y + dy / camera.zoom - dy / zoom;
    app->view.zoom = zoom;
}
