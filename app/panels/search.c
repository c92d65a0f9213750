#include "app/panels/search.h"

#include <math.h>
#include <string.h>

#include "app/panels/stage.h"

void search_open(struct app *app)
{
    app->view.searching = true;
    app->view.query[0] = '\0';
    app->view.match = 0;
    window_set_typing(app->window, true);
    app->stale = true;
}

void search_close(struct app *app)
{
    app->view.searching = false;
    window_set_typing(app->window, false);
    app->stale = true;
}

static bool is_on_stage(const struct graph_camera *camera, struct rect stage, struct rect box)
{
    const float across = stage.w / 2 / camera->zoom, down = stage.h / 2 / camera->zoom;

    return box.x >= camera->centre.x - across && box.x + box.w <= camera->centre.x + across &&
           box.y >= camera->centre.y - down && box.y + box.h <= camera->centre.y + down;
}

/* The match that was walked to comes on the stage: into its middle, unless it is there already and
 * `centre` does not ask for it. What is taller than the stage shows its head. */
static void show_match(struct app *app, bool centre)
{
    const struct rect stage = app_stage(app);
    const struct view view = app_view(app, stage.w, stage.h);
    const struct graph_match *matches;
    const int count = graph_search(&view, &matches);
    struct graph_camera camera;

    if (count == 0 || !app_camera(app, &camera)) {
        return;
    }
    app->view.match = (app->view.match % count + count) % count;
    const struct graph_match *const match = &matches[app->view.match];
    if (!centre && is_on_stage(&camera, stage, match->box)) {
        return;
    }
    const float seen = fminf(match->box.h, stage.h / camera.zoom * 0.9f);
    app->view.camera.x = match->box.x + match->box.w / 2;
    app->view.camera.y = match->box.y + seen / 2;
    app->view.zoom = camera.zoom;
}

/* A closed box that hides what was found opens, and so do those within it as soon as each is laid out, down
 * to the first of what was found. */
static void walk(struct app *app, int by)
{
    const struct view view = app_view(app, 0, 0);
    const struct graph_match *matches;

    app->view.match += app->walked ? by : 0;
    app->walked = true;
    show_match(app, true);
    const int count = graph_search(&view, &matches);
    if (count == 0) {
        return;
    }
    const struct graph_match *const match = &matches[app->view.match];
    if (match->tensor) {
        app->view.selected = (struct target){ .kind = TARGET_TENSOR, .id = match->tensor };
    }
    app->seeking = match->fold != 0;
    if (match->fold) {
        stage_fold(app, match->fold);
        app->walked = false;
    }
}

void search_go_on(struct app *app)
{
    const struct view view = app_view(app, 0, 0);
    const struct graph_match *matches;
    const int64_t opened = app->anchor.key;

    if (!app->seeking || !app->view.searching) {
        return;
    }
    app->seeking = false;
    const int count = graph_search(&view, &matches);
    /* A box that has no room to open stays closed. */
    if (app->view.match < count && matches[app->view.match].fold != opened) {
        walk(app, 1);
    }
}

/* The first match is shown while one types; Enter goes on from there. */
static void take_query(struct app *app)
{
    app->view.match = 0;
    app->walked = false;
    app->seeking = false;
    show_match(app, false);
    app->stale = true;
}

static void erase(struct app *app)
{
    size_t length = strlen(app->view.query);

    while (length > 0 && ((unsigned char)app->view.query[--length] & 0xC0) == 0x80) {
    }
    app->view.query[length] = '\0';
    take_query(app);
}

bool search_key(struct app *app, const char *key)
{
    if (strcmp(key, "Escape") == 0) {
        search_close(app);
    } else if (strcmp(key, "Return") == 0 || strcmp(key, "Down") == 0) {
        walk(app, 1);
    } else if (strcmp(key, "Shift+Return") == 0 || strcmp(key, "Up") == 0) {
        walk(app, -1);
    } else if (strcmp(key, "Backspace") == 0) {
        erase(app);
    } else {
        /* Plain keys are text, which comes by itself. */
        return strncmp(key, "Ctrl+", 5) != 0 &&
               !(key[0] == 'F' && key[1] >= '1' && key[1] <= '9') && strncmp(key, "Page", 4) != 0;
    }
    app->stale = true;
    return true;
}

void search_type(struct app *app, const char *text)
{
    const size_t length = strlen(app->view.query), more = strlen(text);

    if (!app->view.searching || length + more >= sizeof(app->view.query)) {
        return;
    }
    memcpy(app->view.query + length, text, more + 1);
    take_query(app);
}
