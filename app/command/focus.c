#include "app/command/focus.h"

#include <stdlib.h>

#include "app/command/input.h"
#include "app/window/chrome.h"
#include "render/scene/clip.h"

enum { REGIONS = 10, ROW = 12 };

/* Something that the keyboard can come to. */
struct place {
    struct target target;
    struct rect bounds;
    const char *title;
    int region;
};

struct places {
    struct place *at;
    size_t count;
};

/* Stops of the timeline are stepped through, and large areas only hold what matters. */
static bool is_reachable(enum target_kind kind)
{
    return kind == TARGET_TENSOR || kind == TARGET_OP || kind == TARGET_NODE ||
           kind == TARGET_EDGE || kind == TARGET_DRAWER || kind == TARGET_COMMAND ||
           kind == TARGET_LEDGER || kind == TARGET_FOLD || kind == TARGET_LESSON ||
           kind == TARGET_FRAME;
}

static bool holds(struct rect r, struct point p)
{
    return p.x >= r.x && p.x < r.x + r.w && p.y >= r.y && p.y < r.y + r.h;
}

static int region_of(const struct screen_regions *r, struct point p)
{
    const struct rect order[REGIONS] = {
        r->toolbar,  r->consent, r->panel, r->sentence, r->code,
        r->equation, r->stage,   r->film,  r->tabs,     r->timeline
    };

    for (int i = 0; i < REGIONS; i++) {
        if (holds(order[i], p)) {
            return i;
        }
    }
    return -1;
}

/* Region by region, in each by rows. */
static int by_reading_order(const void *a, const void *b)
{
    const struct place *const one = a, *const other = b;
    const int row = (int)one->bounds.y / ROW, other_row = (int)other->bounds.y / ROW;

    if (one->region != other->region) {
        return one->region - other->region;
    }
    if (row != other_row) {
        return row - other_row;
    }
    return (one->bounds.x > other->bounds.x) - (one->bounds.x < other->bounds.x);
}

static bool is_known(const struct places *places, struct target target)
{
    for (size_t i = 0; i < places->count; i++) {
        if (target_same(places->at[i].target, target)) {
            return true;
        }
    }
    return false;
}

/* All that is on the screen now; memory in the app's scratch. */
static struct places find_places(struct app *app, struct scene *scene)
{
    struct window_pixels pixels = { 0 };

    window_pixels(app->window, &pixels, NULL);
    const float w = (float)pixels.width, h = (float)pixels.height;
    const struct view view = app_view(app, w, h);
    const struct screen_regions regions = app_regions(app);
    screen_draw(&view, w, h, scene);
    struct places places = { .at = arena_allocate(&app->scratch, scene->draw_count + 1,
                                                  sizeof(struct place)) };
    for (size_t i = 0; i < scene->draw_count; i++) {
        const struct draw_group *const group = &scene->draws[i].group;
        if (scene->draws[i].kind != DRAW_GROUP || !is_reachable(group->target.kind)) {
            continue;
        }
        const struct rect at = group->bounds;
        const struct point middle = { at.x + at.w / 2, at.y + at.h / 2 };
        const int region = region_of(&regions, middle);
        if (region >= 0 && at.w > 0 && at.h > 0 && holds(scene_room_at(scene, i), middle) &&
            !is_known(&places, group->target)) {
            places.at[places.count++] = (struct place){ group->target, at, group->title, region };
        }
    }
    qsort(places.at, places.count, sizeof(places.at[0]), by_reading_order);
    return places;
}

static size_t index_of_focus(const struct app *app, const struct places *places)
{
    for (size_t i = 0; i < places->count; i++) {
        if (target_same(places->at[i].target, app->view.focused)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void go_to(struct app *app, const struct place *place)
{
    app->view.focused = app->view.hovered = place->target;
    chrome_point(app->chrome, input_title(app, place->target, place->title),
                 (struct point){ place->bounds.x, place->bounds.y + place->bounds.h - 8 },
                 app->clock);
    app->stale = true;
}

void focus_move(struct app *app, int by)
{
    struct scene scene = { 0 };
    const struct places places = find_places(app, &scene);
    const size_t now = index_of_focus(app, &places), count = places.count;

    if (count > 0) {
        const size_t first = by > 0 ? 0 : count - 1;
        const size_t next = now == SIZE_MAX ? first : by > 0 ? now + 1 : now + count - 1;
        go_to(app, &places.at[next % count]);
    }
    scene_finish(&scene);
}

void focus_move_region(struct app *app, int by)
{
    struct scene scene = { 0 };
    const struct places places = find_places(app, &scene);
    const size_t now = index_of_focus(app, &places);
    int region = now == SIZE_MAX ? (by > 0 ? -1 : 0) : places.at[now].region;

    for (int turn = 0; turn < REGIONS; turn++) {
        region = (region + by + REGIONS) % REGIONS;
        for (size_t i = 0; i < places.count; i++) {
            if (places.at[i].region == region) {
                go_to(app, &places.at[i]);
                scene_finish(&scene);
                return;
            }
        }
    }
    scene_finish(&scene);
}

void focus_clear(struct app *app)
{
    if (app->view.focused.kind != TARGET_NONE) {
        app->view.focused = app->view.hovered = (struct target){ 0 };
        chrome_point(app->chrome, "", (struct point){ 0, 0 }, app->clock);
        app->stale = true;
    }
}

bool focus_activate(struct app *app)
{
    struct scene scene = { 0 };
    const struct places places = find_places(app, &scene);
    const bool there = index_of_focus(app, &places) != SIZE_MAX;

    scene_finish(&scene);
    if (there) {
        input_activate(app, app->view.focused);
    }
    return there;
}
