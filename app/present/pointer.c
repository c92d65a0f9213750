#include "app/present/pointer.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"

enum { MARKS_MOST = 48, SHADES = 12 };

static const double STAY_SECONDS = 5, FADE_SECONDS = 1.5, REST_SECONDS = 3;

/* One stroke of the pen. Places are parts of the page. */
struct mark {
    struct point *points;
    size_t count, capacity;
    double ended; /* on the clock; while it is drawn, its latest point */
    int shade;    /* as last drawn, SHADES … 0 */
};

struct pointer {
    enum pointer_tool tool;
    struct point at;
    bool drawing;
    struct mark marks[MARKS_MOST];
    size_t count;
    const struct window *over; /* where it was last; NULL: not known */
    double moved_at;           /* on the clock */
    bool hidden;
};

struct pointer *pointer_create(void)
{
    return memory_allocate(1, sizeof(struct pointer));
}

static void forget(struct pointer *pointer, size_t index)
{
    free(pointer->marks[index].points);
    for (size_t i = index; i + 1 < pointer->count; i++) {
        pointer->marks[i] = pointer->marks[i + 1];
    }
    pointer->count--;
}

static void forget_all(struct pointer *pointer)
{
    while (pointer->count > 0) {
        forget(pointer, pointer->count - 1);
    }
    pointer->drawing = false;
}

void pointer_destroy(struct pointer *pointer)
{
    if (pointer) {
        forget_all(pointer);
        free(pointer);
    }
}

/* ---- tools ------------------------------------------------------------------------------- */

void pointer_take(struct app *app, enum pointer_tool tool)
{
    struct pointer *const pointer = app->pointer;

    pointer->tool = pointer->tool == tool ? POINTER_NONE : tool;
    pointer->drawing = false;
    app->stale = true;
}

bool pointer_put_away(struct app *app)
{
    if (app->pointer->tool == POINTER_NONE) {
        return false;
    }
    pointer_take(app, POINTER_NONE);
    return true;
}

void pointer_wipe(struct app *app)
{
    forget_all(app->pointer);
    app->stale = true;
}

/* ---- events ------------------------------------------------------------------------------ */

static void begin_mark(struct pointer *pointer)
{
    if (pointer->count == MARKS_MOST) {
        forget(pointer, 0);
    }
    pointer->marks[pointer->count++] = (struct mark){ .shade = SHADES };
    pointer->drawing = true;
}

static void extend_mark(struct pointer *pointer, double now)
{
    struct mark *const mark = &pointer->marks[pointer->count - 1];

    mark->points =
        array_reserve(mark->points, &mark->capacity, mark->count + 1, sizeof(*mark->points));
    mark->points[mark->count++] = pointer->at;
    mark->ended = now;
}

/* With a tool in hand the place is followed even over what else takes the event. */
static bool follow(struct app *app, struct point at)
{
    struct window_pixels pixels;

    if (!window_pixels(app->window, &pixels, NULL)) {
        return false;
    }
    app->pointer->at = (struct point){ at.x / (float)pixels.width, at.y / (float)pixels.height };
    app->stale = app->stale || app->pointer->tool != POINTER_NONE;
    return true;
}

bool pointer_event(struct app *app, const struct window_event *event)
{
    struct pointer *const pointer = app->pointer;
    const bool press = event->kind == WINDOW_EVENT_PRESS;
    const bool move = event->kind == WINDOW_EVENT_MOVE;
    const bool release = event->kind == WINDOW_EVENT_RELEASE;

    if ((!press && !move && !release) || app->view.mode != SCREEN_PRESENT ||
        !follow(app, event->at) || pointer->tool != POINTER_PEN ||
        (press && event->button != 1)) { /* the other button has the commands, to put it away */
        return false;
    }
    if (press) {
        begin_mark(pointer);
    }
    if (pointer->drawing) {
        extend_mark(pointer, app->clock);
    }
    pointer->drawing = pointer->drawing && !release;
    return true;
}

/* ---- out of sight ------------------------------------------------------------------------ */

static void show(struct app *app, bool shown)
{
    app->pointer->hidden = !shown;
    window_show_cursor(app->window, shown);
}

void pointer_notice(struct app *app, const struct window_event *event)
{
    if (event->kind != WINDOW_EVENT_MOVE && event->kind != WINDOW_EVENT_PRESS &&
        event->kind != WINDOW_EVENT_WHEEL) {
        return;
    }
    app->pointer->over = event->window;
    app->pointer->moved_at = app->clock;
    if (app->pointer->hidden) {
        show(app, true);
    }
}

bool pointer_is_hidden(const struct app *app)
{
    return app->pointer->hidden;
}

/* On the page that the class sees. */
static bool is_in_class(const struct app *app)
{
    return app->view.mode == SCREEN_PRESENT && !app->view.start &&
           (app->pointer->over ? app->pointer->over == app->window : !app->presenter);
}

/* Seconds until it is hidden; negative: it is not to be. */
static double hiding_patience(const struct app *app)
{
    return is_in_class(app) && !app->pointer->hidden
               ? fmax(app->pointer->moved_at + REST_SECONDS - app->clock, 0)
               : -1;
}

static void hide_or_show(struct app *app)
{
    if (hiding_patience(app) == 0) {
        show(app, false);
    } else if (app->pointer->hidden && !is_in_class(app)) {
        show(app, true);
    }
}

/* ---- time -------------------------------------------------------------------------------- */

static int shade_of(const struct mark *mark, double now)
{
    const double left = 1 - (now - mark->ended - STAY_SECONDS) / FADE_SECONDS;

    return (int)ceil(fmin(fmax(left, 0), 1) * SHADES);
}

bool pointer_turn(struct app *app)
{
    struct pointer *const pointer = app->pointer;
    bool changed = false;

    hide_or_show(app);
    for (size_t i = 0; i < pointer->count; i++) {
        struct mark *const mark = &pointer->marks[i];
        const bool drawn_on = pointer->drawing && i + 1 == pointer->count;
        const int shade = drawn_on ? SHADES : shade_of(mark, app->clock);
        changed = changed || shade != mark->shade;
        mark->shade = shade;
        if (shade == 0) {
            forget(pointer, i--);
        }
    }
    return changed;
}

double pointer_patience(const struct app *app)
{
    const struct pointer *const pointer = app->pointer;
    double least = hiding_patience(app);

    for (size_t i = 0; i < pointer->count; i++) {
        const double stays = pointer->marks[i].ended + STAY_SECONDS - app->clock;
        const double next = fmax(stays, FADE_SECONDS / SHADES);
        least = least < 0 || next < least ? next : least;
    }
    return least;
}

const struct pointer_page *pointer_page(struct app *app)
{
    const struct pointer *const pointer = app->pointer;
    struct pointer_page *const page = arena_allocate(&app->scratch, 1, sizeof(*page));
    struct pointer_mark *const marks =
        arena_allocate(&app->scratch, pointer->count + 1, sizeof(*marks));

    if (app->view.mode != SCREEN_PRESENT ||
        (pointer->tool == POINTER_NONE && pointer->count == 0)) {
        return NULL;
    }
    for (size_t i = 0; i < pointer->count; i++) {
        marks[i] = (struct pointer_mark){ pointer->marks[i].points, pointer->marks[i].count,
                                          (float)pointer->marks[i].shade / SHADES };
    }
    *page = (struct pointer_page){
        .tool = pointer->tool, .at = pointer->at, .marks = marks, .mark_count = pointer->count
    };
    return page;
}
