/* The two windows: which is where, and what happens on the presenter's. */

#include "app/present/presenter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/command/input.h"
#include "app/present/overview.h"
#include "app/present/present.h"
#include "app/present/presenter_private.h"
#include "app/settings.h"
#include "app/window/chrome.h"
#include "engine/base/memory.h"
#include "render/lesson/presenter.h"

/* ---- displays ---------------------------------------------------------------------------- */

/* The presenter's display and the class's; false where there is only one. */
static bool choose_displays(struct app *app, struct display *home, struct display *audience)
{
    struct display displays[WINDOW_DISPLAYS_MOST];
    const size_t count = window_displays(app->window, displays);
    size_t first = 0;

    if (count < 2) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        first = displays[i].primary ? i : first;
    }
    const size_t other = first == 0 ? 1 : 0;
    const bool swapped = settings_flag(app->settings, "swap-screens", false);
    *home = displays[swapped ? other : first];
    *audience = displays[swapped ? first : other];
    return true;
}

static bool same_place(const struct display *a, const struct display *b)
{
    return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

/* ---- windows ----------------------------------------------------------------------------- */

/* The graph is seen in another window from now on: nothing of it can be moved over. */
static void begin_anew(struct app *app)
{
    app->seen_area = (struct rect){ 0 };
    app->exposed = app->stale = true;
    app->dragging = false;
}

/* The new window becomes the class's, what was there the presenter's. */
static void take_window(struct app *app, struct window *window, const struct display *shown)
{
    struct presenter *const presenter = memory_allocate(1, sizeof(*presenter));

    presenter->window = app->window;
    presenter->frame = app->frame;
    presenter->ahead = graph_picture_create(app->paths.layout);
    if (shown) {
        presenter->shown = *shown;
        presenter->apart = true;
    }
    app->window = window;
    app->frame = frame_create(window, app->fonts);
    app->presenter = presenter;
    window_raise(presenter->window);
    begin_anew(app);
}

static void give_window(struct app *app)
{
    struct presenter *const presenter = app->presenter;

    frame_destroy(app->frame);
    window_destroy(app->window);
    app->window = presenter->window;
    app->frame = presenter->frame;
    app->presenter = NULL;
    graph_picture_destroy(presenter->ahead);
    layer_finish(&presenter->frozen);
    free(presenter);
    begin_anew(app);
}

static void open_apart(struct app *app, const struct display *home, const struct display *audience)
{
    struct error err = { 0 };

    window_set_fullscreen(app->window, false);
    window_move_to(app->window, home);
    struct window *const window = window_create_filling("Gradlight", audience, &err);
    if (!window) {
        window_set_fullscreen(app->window, true);
        app_say(app, err.text);
        return;
    }
    take_window(app, window, audience);
    present_ask_room(app);
}

/* On one display: an ordinary window, which can be put anywhere. */
static void open_beside(struct app *app)
{
    struct error err = { 0 };
    const struct window_place place = { .width = 960, .height = 540 };

    window_set_fullscreen(app->window, false);
    struct window *const window = window_create("Gradlight", &place, &err);
    if (!window) {
        window_set_fullscreen(app->window, true);
        app_say(app, err.text);
        return;
    }
    take_window(app, window, NULL);
}

static void close_second(struct app *app)
{
    if (app->presenter) {
        give_window(app);
    }
}

static void fill_screen(struct app *app)
{
    window_set_fullscreen(app->window, true);
    present_ask_room(app);
}

/* ---- what the rest of the program asks for ------------------------------------------------ */

bool presenter_is_open(const struct app *app)
{
    return app->presenter != NULL;
}

void presenter_begin(struct app *app)
{
    struct display home, audience;

    if (app->presenter) {
        presenter_displays(app);
        return;
    }
    if (!app->timer.begun) {
        presenter_time_anew(app);
    }
    if (settings_flag(app->settings, "two-screens", true) &&
        choose_displays(app, &home, &audience)) {
        open_apart(app, &home, &audience);
    } else {
        fill_screen(app);
    }
}

void presenter_end(struct app *app)
{
    if (app->presenter) {
        close_second(app);
    } else {
        window_set_fullscreen(app->window, false);
    }
}

void presenter_toggle(struct app *app)
{
    struct display home, audience;
    const bool two = choose_displays(app, &home, &audience);

    if (app->presenter) {
        close_second(app);
        if (two) {
            window_move_to(app->window, &audience);
        }
        fill_screen(app);
    } else if (two) {
        open_apart(app, &home, &audience);
    } else {
        open_beside(app);
    }
}

void presenter_swap(struct app *app)
{
    const bool swapped = settings_flag(app->settings, "swap-screens", false);
    struct display home, audience;

    if (!choose_displays(app, &home, &audience)) {
        app_say(app, app_word(app, "There is no second screen."));
        return;
    }
    settings_set_flag(app->settings, "swap-screens", !swapped);
    if (app->presenter) {
        close_second(app);
        open_apart(app, &audience, &home);
    }
}

void presenter_displays(struct app *app)
{
    struct display home, audience;
    const bool two = choose_displays(app, &home, &audience);

    if (app->view.mode != SCREEN_PRESENT) {
        return;
    }
    if (app->presenter && !two) {
        if (app->presenter->apart) {
            close_second(app);
            fill_screen(app);
            app->view.room = false; /* the lesson goes on: no time for questions */
        }
        return;
    }
    if (!two || !settings_flag(app->settings, "two-screens", true) ||
        (app->presenter && app->presenter->apart &&
         same_place(&app->presenter->shown, &audience))) {
        return;
    }
    close_second(app);
    open_apart(app, &home, &audience);
}

/* ---- freezing ---------------------------------------------------------------------------- */

void presenter_freeze(struct app *app)
{
    struct presenter *const presenter = app->presenter;
    struct window_pixels pixels;

    if (!presenter) {
        app_say(app, app_word(app, "One window alone cannot be frozen: S opens another."));
        return;
    }
    if (presenter->frozen.area.w > 0) {
        layer_finish(&presenter->frozen);
        begin_anew(app);
    } else if (window_pixels(app->window, &pixels, NULL)) {
        layer_take(&presenter->frozen, &pixels,
                   (struct rect){ 0, 0, (float)pixels.width, (float)pixels.height });
        presenter->frozen_step = player_position(&app->player, session_stops(app->session));
        app->stale = true;
    }
}

bool presenter_show_frozen(struct app *app, const struct window_pixels *pixels)
{
    struct presenter *const presenter = app->presenter;
    const struct rect all = { 0, 0, (float)pixels->width, (float)pixels->height };

    if (!presenter || presenter->frozen.area.w <= 0) {
        return false;
    }
    if (presenter->frozen.area.w != all.w || presenter->frozen.area.h != all.h) {
        presenter_freeze(app); /* another display, for which it was not drawn */
        return false;
    }
    if (app->exposed) {
        layer_show(&presenter->frozen, pixels);
        window_present(app->window, &all, 1);
    }
    presenter_draw(app, app->exposed);
    return true;
}

void presenter_forget(struct app *app)
{
    if (app->presenter) {
        graph_picture_forget(app->presenter->ahead);
    }
}

/* ---- time -------------------------------------------------------------------------------- */

/* Without a window of the presenter's own the class sees it as well, for a few seconds. */
static void say_time(struct app *app)
{
    if (!app->presenter) {
        app_say(app, arena_format(&app->scratch, "%s · %s%s", presenter_clock_text(app),
                                  presenter_timer_text(app),
                                  app->timer.running ? "" : app_word(app, " (paused)")));
    }
}

void presenter_time(struct app *app)
{
    if (app->timer.running) {
        app->timer.before += app->clock - app->timer.since;
    }
    app->timer.running = !app->timer.running;
    app->timer.begun = true;
    app->timer.since = app->clock;
    app->stale = true;
    say_time(app);
}

void presenter_time_anew(struct app *app)
{
    app->timer.begun = app->timer.running = true;
    app->timer.before = 0;
    app->timer.since = app->clock;
    app->stale = true;
    say_time(app);
}

/* ---- events ------------------------------------------------------------------------------ */

static bool is_pointer(enum window_event_kind kind)
{
    return kind == WINDOW_EVENT_MOVE || kind == WINDOW_EVENT_PRESS ||
           kind == WINDOW_EVENT_RELEASE || kind == WINDOW_EVENT_WHEEL;
}

/* The class's page as large as it is, and its picture in the presenter's window. */
static bool find_picture(struct app *app, struct point *page, struct rect *picture)
{
    struct window_pixels pixels;
    struct presenter_picture own = { 0 };

    if (!window_pixels(app->window, &pixels, NULL) || !presenter_view(app, &own)) {
        return false;
    }
    const struct scene now = { .width = (float)pixels.width, .height = (float)pixels.height };
    *page = (struct point){ now.width, now.height };
    *picture = presenter_now(&own.view, &(struct presenter_page){ .now = &now }, own.area);
    return true;
}

struct point presenter_point(struct app *app, struct point at)
{
    struct point page;
    struct rect picture;

    if (!app->presenter || !find_picture(app, &page, &picture)) {
        return at;
    }
    return (struct point){ picture.x + at.x * picture.w / page.x,
                           picture.y + at.y * picture.h / page.y };
}

/* What of the presenter's own lies there. */
static struct target target_at(struct app *app, struct point at, const char **title, float *most)
{
    struct presenter_picture drawn = { 0 };
    struct presenter_page page;
    struct scene scene = { 0 };
    struct target target = { 0 };

    *title = "";
    *most = 0;
    if (presenter_picture(app, &drawn, &page)) {
        presenter_draw_page(&drawn, &page, &scene);
        target = scene_hit(&scene, at);
        *title = input_title(app, target, scene_hit_title(&scene, at));
        *most = presenter_scroll_most(&drawn.view, &page, drawn.area);
    }
    presenter_picture_finish(&drawn);
    scene_finish(&scene);
    return target;
}

static void take_own(struct app *app, const struct window_event *event)
{
    static const float notch = 48;
    const char *title;
    float most;
    const struct target target = target_at(app, event->at, &title, &most);

    if (event->kind == WINDOW_EVENT_PRESS) {
        if (!overview_press(app, target)) {
            input_activate(app, target);
        }
    } else if (event->kind == WINDOW_EVENT_MOVE) {
        app->stale = app->stale || !target_same(target, app->view.hovered);
        app->view.hovered = target;
        window_set_cursor(event->window,
                          target.kind == TARGET_COMMAND ? WINDOW_CURSOR_HAND : WINDOW_CURSOR_ARROW);
        chrome_point(app->chrome, title, event->at, app->clock);
    } else if (event->kind == WINDOW_EVENT_WHEEL) {
        struct presenter *const presenter = app->presenter;
        presenter->scroll = fminf(fmaxf(presenter->scroll - event->wheel.y * notch, 0), most);
        app->stale = true;
    }
}

/* Lists and help lie over the presenter's window and take what happens there as it is; the class's
 * pointer must not reach them. */
static bool is_covered(const struct app *app)
{
    return app->palette.open || app->view.help;
}

bool presenter_event(struct app *app, struct window_event *event)
{
    enum { RIGHT_BUTTON = 3 };
    struct point page;
    struct rect picture;

    if (!app->presenter || !is_pointer(event->kind)) {
        return false;
    }
    if (event->window != app->presenter->window) {
        return is_covered(app) ||
               (event->kind == WINDOW_EVENT_PRESS && event->button == RIGHT_BUTTON);
    }
    if (is_covered(app) || (event->kind == WINDOW_EVENT_PRESS && event->button == RIGHT_BUTTON) ||
        !find_picture(app, &page, &picture)) {
        return false;
    }
    const bool own = overview_is_open(app) || !rect_holds(picture, event->at);
    if (own && !app->dragging && event->kind != WINDOW_EVENT_RELEASE) {
        take_own(app, event);
        return true;
    }
    event->at.x = (event->at.x - picture.x) * page.x / picture.w;
    event->at.y = (event->at.y - picture.y) * page.y / picture.h;
    return false;
}

const struct view_state *presenter_public(struct app *app)
{
    struct view_state *const state = arena_allocate(&app->scratch, 1, sizeof(*state));

    *state = app->view;
    state->hovered = state->focused = (struct target){ 0 };
    state->pointed = (struct view_cell){ 0 };
    return state;
}
