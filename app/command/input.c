#include "app/command/input.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/command/command.h"
#include "app/command/focus.h"
#include "app/command/palette.h"
#include "app/command/walk.h"
#include "app/panels/field.h"
#include "app/panels/film.h"
#include "app/panels/ledger.h"
#include "app/panels/panel.h"
#include "app/panels/search.h"
#include "app/panels/stage.h"
#include "app/present/overview.h"
#include "app/present/pointer.h"
#include "app/present/present.h"
#include "app/present/presenter.h"
#include "app/start/start.h"
#include "app/window/chrome.h"

enum { RIGHT_BUTTON = 3 };

static const float WHEEL_ZOOM = 1.15f, SCROLL_NOTCH = 48;

const char *input_title(struct app *app, struct target target, const char *title)
{
    const struct command *const command =
        target.kind == TARGET_COMMAND ? command_for_button(target.id) : NULL;

    if (target.kind == TARGET_STOP) {
        return walk_title(app, (uint32_t)target.id);
    }
    if (!command) {
        return arena_copy_text(&app->scratch, title, strlen(title));
    }
    char shown[COMMAND_KEY_SIZE] = "";
    const char *const help = words_in(app->words, app->view.language, command->help);
    const char *key;
    for (size_t i = 0; !shown[0] && (key = keys_of(app->keys, command, i)) != NULL; i++) {
        if (!start_types(app, key)) {
            command_key_shown(key, shown);
        }
    }
    return shown[0] ? arena_format(&app->scratch, "%s (%s)", help, shown) : help;
}

static bool is_cell(struct target target)
{
    return target.kind == TARGET_CELL || target.kind == TARGET_ELEMENT;
}

/* The scene on screen, drawn anew without showing it, to ask what lies where. */
static struct target target_at(struct app *app, struct point at, const char **title,
                               struct rect *bounds)
{
    struct window_pixels pixels;
    struct scene scene = { 0 };
    struct target target = { 0 };

    *title = "";
    if (window_pixels(app->window, &pixels, NULL)) {
        const float w = (float)pixels.width, h = (float)pixels.height;
        const struct view view = app_view(app, w, h);
        screen_draw(&view, w, h, &scene);
        target = scene_hit(&scene, at);
        *bounds = scene_hit_bounds(&scene, at);
        if (is_cell(target)) {
            target = ledger_cell_at(app, target, *bounds, at);
        }
        if (target.kind == TARGET_ELEMENT) {
            *title = view_tensor_title(&view, target);
        } else if (target.kind == TARGET_PLACE) {
            *title = view_place_title(&view, target, *bounds, at);
        } else {
            *title = input_title(app, target, scene_hit_title(&scene, at));
        }
        scene_finish(&scene);
    }
    return target;
}

static bool is_in_code(struct app *app, struct point at)
{
    const struct screen_regions regions = app_regions(app);

    return rect_holds(regions.panel, at) || rect_holds(regions.code, at);
}

/* ---- pointer ---------------------------------------------------------------------------- */

static bool can_be_selected(enum target_kind kind)
{
    return kind == TARGET_TENSOR || kind == TARGET_OP || kind == TARGET_NODE ||
           kind == TARGET_EDGE || kind == TARGET_DRAWER || kind == TARGET_LEDGER;
}

bool input_activate(struct app *app, struct target target)
{
    const struct command *const command =
        target.kind == TARGET_COMMAND ? command_for_button(target.id) : NULL;

    app->stale = true;
    if (command) {
        command->run(app);
    } else if (target.kind == TARGET_STOP || target.kind == TARGET_MOMENT) {
        player_jump(&app->player, (uint32_t)target.id);
        app->view.card = false;
        app->player.playing = false;
    } else if (target.kind == TARGET_FRAME) {
        film_go(app, (size_t)target.id);
    } else if (target.kind == TARGET_FOLD) {
        stage_fold(app, target.id);
    } else if (can_be_selected(target.kind)) {
        app->view.selected = target;
    } else {
        return false;
    }
    return true;
}

/* On the stage a press may become a drag: a box opens only when it did not. */
static void press_stage(struct app *app, struct target target, struct point at)
{
    app->dragging = true;
    app->dragged = false;
    app->pressed = target;
    app->freed = app->view.selected.kind != TARGET_NONE;
    if (target.kind == TARGET_MAP) {
        stage_go_on_map(app, at);
    } else if (target.kind != TARGET_FOLD) {
        app->view.selected = target;
    }
}

static void press(struct app *app, const struct window_event *event)
{
    const char *title;
    struct rect bounds = { 0 };

    focus_clear(app);
    chrome_point(app->chrome, "", event->at, app->clock);
    app->stale = true;
    if (event->button == RIGHT_BUTTON) {
        palette_toggle(app);
        return;
    }
    if (dialog_press(app, event->at)) {
        return;
    }
    if (palette_press(app, event->at)) {
        return;
    }
    if (app->view.help) {
        app->view.help = false;
        return;
    }
    struct target target = target_at(app, event->at, &title, &bounds);
    app->drag = event->at;
    app->dragging = false;
    if (app->view.start) {
        start_press(app, target);
        return;
    }
    if (present_press(app, target)) {
        return;
    }
    if (field_press(app, target, bounds, event->at)) {
        return;
    }
    if (is_cell(target)) {
        ledger_choose(app, target);
        target = app->view.selected;
    }
    if (target.kind == TARGET_DIVIDER || target.kind == TARGET_STOP) {
        app->dragging = true;
        app->pressed = target;
    }
    if (target.kind == TARGET_DIVIDER) {
        return;
    }
    if (target.kind != TARGET_COMMAND && target.kind != TARGET_STOP &&
        target.kind != TARGET_MOMENT && rect_holds(app_regions(app).stage, event->at)) {
        press_stage(app, target, event->at);
    } else if (!input_activate(app, target)) {
        present_click(app, target);
        if (is_in_code(app, event->at) && target.kind != TARGET_LINE) {
            app->view.selected = target;
        }
    }
}

static void release(struct app *app)
{
    if (app->dragging && !app->dragged && app->pressed.kind == TARGET_FOLD) {
        stage_fold(app, app->pressed.id);
    }
    if (app->dragging && !app->dragged) {
        present_click(app, app->pressed);
    }
    app->dragging = false;
}

static void drag(struct app *app, struct point to)
{
    if (app->pressed.kind == TARGET_DIVIDER) {
        panel_drag(app, (enum screen_divider)app->pressed.id, to);
    } else if (app->pressed.kind == TARGET_STOP) {
        walk_scrub(app, to);
    } else if (app->pressed.kind == TARGET_PARAM) {
        field_drag(app, to);
    } else if (app->pressed.kind == TARGET_MAP) {
        stage_go_on_map(app, to);
    } else {
        stage_pan(app, to);
    }
}

static enum window_cursor cursor_over(struct target target)
{
    if (target.kind == TARGET_DIVIDER) {
        return target.id == DIVIDER_LESSON ? WINDOW_CURSOR_ACROSS : WINDOW_CURSOR_DOWN;
    }
    const bool hand = target.kind == TARGET_COMMAND || target.kind == TARGET_LESSON ||
                      target.kind == TARGET_LITERAL || target.kind == TARGET_PARAM ||
                      target.kind == TARGET_FRAME || target.kind == TARGET_MOMENT;
    return hand ? WINDOW_CURSOR_HAND : WINDOW_CURSOR_ARROW;
}

/* The elements that belong to the one under the pointer light up. */
static void point_at_element(struct app *app, struct target target)
{
    const struct view_cell pointed = target.kind == TARGET_ELEMENT
                                         ? (struct view_cell){ target.id, target.part }
                                         : (struct view_cell){ 0 };
    const struct view_cell was = app->view.pointed;

    app->stale = app->stale || pointed.tensor != was.tensor || pointed.element != was.element;
    app->view.pointed = pointed;
}

static void move(struct app *app, const struct window_event *event)
{
    const char *title = "";
    struct rect bounds;

    if (event->held && app->dragging) {
        drag(app, event->at);
        return;
    }
    if (palette_point(app, event->at)) {
        return;
    }
    struct target target = target_at(app, event->at, &title, &bounds);
    point_at_element(app, target);
    if (is_cell(target)) {
        target = (struct target){ .kind = TARGET_TENSOR, .id = target.id };
    }
    app->stale = app->stale || !target_same(target, app->view.hovered);
    app->view.hovered = target;
    window_set_cursor(event->window, cursor_over(target));
    chrome_point(app->chrome, title, presenter_point(app, event->at), app->clock);
}

static void wheel(struct app *app, const struct window_event *event)
{
    const struct screen_regions regions = app_regions(app);

    app->stale = true;
    if (palette_scroll(app, event->wheel.y) ||
        (app->view.help && chrome_scroll_help(app->chrome, -3 * event->wheel.y)) ||
        (is_in_code(app, event->at) && field_wheel(app, event->wheel.y))) {
        return;
    }
    if (present_wheel(app, event)) {
        return;
    }
    if (app->view.start) {
        start_scroll(app, -event->wheel.y * SCROLL_NOTCH);
    } else if (rect_holds(regions.timeline, event->at)) {
        walk_wheel(app, event->at, event->wheel);
    } else if (rect_holds(regions.film, event->at)) {
        film_scroll(app, event->wheel.y + event->wheel.x > 0 ? -1 : 1);
    } else if (event->control || rect_holds(regions.stage, event->at)) {
        stage_zoom(app, event->at, powf(WHEEL_ZOOM, event->wheel.y));
    } else if (is_in_code(app, event->at)) {
        app_scroll_code(app, -event->wheel.y * SCROLL_NOTCH);
    } else {
        panel_scroll(app, event->at, -event->wheel.y * SCROLL_NOTCH);
    }
}

/* ---- keyboard --------------------------------------------------------------------------- */

/* Keys that mean something else while the keyboard is at a button or a card, or help is up. */
static bool key_in_place(struct app *app, const char *key)
{
    const bool enter = strcmp(key, "Return") == 0 || strcmp(key, "Space") == 0;
    const bool down = strcmp(key, "Down") == 0 || strcmp(key, "PageDown") == 0;
    const bool up = strcmp(key, "Up") == 0 || strcmp(key, "PageUp") == 0;

    if (app->view.help && (up || down)) {
        app->stale = true;
        return chrome_scroll_help(app->chrome, down ? 5 : -5);
    }
    return enter && app->view.focused.kind != TARGET_NONE && focus_activate(app);
}

static void key(struct app *app, const struct window_event *event)
{
    const struct command *const command = app_command(app, event->key);
    const bool leaves = command && strcmp(command->name, "leave") == 0;

    chrome_point(app->chrome, "", event->at, app->clock); /* it belongs to the screen as it was */
    if (palette_key(app, event->key)) {
        return;
    }
    if (app->view.help && leaves) { /* it lies over all else */
        app->view.help = false;
        app->stale = true;
        return;
    }
    if (dialog_key(app, event->key) || (app->view.start && start_key(app, event->key)) ||
        field_key(app, event->key) || present_key(app, event->key) ||
        (app->view.searching && search_key(app, event->key)) || key_in_place(app, event->key)) {
        return;
    }
    if (command) {
        chrome_say(app->chrome, "", app->clock);
        command->run(app);
        app->view.hovered = app->view.focused;
        app->stale = true;
    }
}

static void text(struct app *app, const char *bytes)
{
    if (palette_type(app, bytes) || dialog_type(app, bytes)) {
        return;
    }
    if (app->view.start) {
        start_type(app, bytes);
    } else if (!field_type(app, bytes)) {
        search_type(app, bytes);
    }
}

/* The class's window leaves presenting, the other one ends the program. */
static void close_window(struct app *app, const struct window *window)
{
    if (presenter_is_open(app) && window == app->window) {
        command_find("leave")->run(app);
        return;
    }
    app->finished = true;
}

static void handle(struct app *app, const struct window_event *event)
{
    switch (event->kind) {
    case WINDOW_EVENT_QUIT:
        app->finished = true;
        break;
    case WINDOW_EVENT_CLOSE:
        close_window(app, event->window);
        break;
    case WINDOW_EVENT_DISPLAYS:
        presenter_displays(app);
        break;
    case WINDOW_EVENT_KEY:
        graph_picture_settle(app->graph); /* a key ends what still moves, and acts */
        key(app, event);
        break;
    case WINDOW_EVENT_PRESS:
        press(app, event);
        break;
    case WINDOW_EVENT_RELEASE:
        release(app);
        break;
    case WINDOW_EVENT_MOVE:
        move(app, event);
        break;
    case WINDOW_EVENT_WHEEL:
        wheel(app, event);
        break;
    case WINDOW_EVENT_RESIZED:
    case WINDOW_EVENT_EXPOSED:
        app->exposed = true;
        break;
    case WINDOW_EVENT_DROP:
        app_open(app, event->path);
        break;
    case WINDOW_EVENT_TEXT:
        text(app, event->text);
        break;
    case WINDOW_EVENT_NONE:
        break;
    }
}

/* By what takes the pointer before all else. */
static bool is_covered(const struct app *app)
{
    return app->palette.open || app->view.help || app->view.start || overview_is_open(app);
}

void input_handle(struct app *app, const struct window_event *event)
{
    struct window_event taken = *event;

    pointer_notice(app, event);
    if (presenter_event(app, &taken) || (!is_covered(app) && pointer_event(app, &taken))) {
        return;
    }
    handle(app, &taken);
}
