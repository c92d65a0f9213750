#include "app/present/present.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command/command.h"
#include "app/present/overview.h"
#include "app/present/pointer.h"
#include "app/present/presenter.h"
#include "app/settings.h"
#include "render/lesson/slides.h"

void present_blank(struct app *app, enum screen_blank blank)
{
    app->view.blank = app->view.blank == blank ? BLANK_NONE : blank;
    app->player.playing = false;
    app->stale = true;
}

/* ---- what is skipped --------------------------------------------------------------------- */

static bool is_skipped(const struct app *app, const struct player *player)
{
    return app->view.mode == SCREEN_PRESENT &&
           slide_skipped(session_trace(app->session), player->moment);
}

bool present_step(const struct app *app, struct player *player, int way)
{
    const struct stops *const stops = session_stops(app->session);
    const struct player before = *player;
    bool good;

    do {
        good = way > 0 ? player_next(player, stops) : player_previous(player, stops);
    } while (good && is_skipped(app, player));
    if (!good && player->moment != before.moment) {
        *player = before;
        player->playing = false;
    }
    return good;
}

void present_turn(struct app *app)
{
    if (app->player.playing && is_skipped(app, &app->player) &&
        !present_step(app, &app->player, 1)) {
        present_step(app, &app->player, -1); /* nothing more is told */
    }
}

/* ---- a step by its number ---------------------------------------------------------------- */

static bool is_digit(const char *key)
{
    return key[0] >= '0' && key[0] <= '9' && !key[1];
}

static void tell(struct app *app)
{
    app_say(app, arena_format(&app->scratch, "%s %s · Enter", app_word(app, "Go to step"),
                              app->typed_step));
}

/* A number begins with another digit than 0, which fits the graph. */
static bool take_digit(struct app *app, const char *key)
{
    const size_t length = strlen(app->typed_step);

    if (length == 0 && key[0] == '0') {
        return false;
    }
    if (length + 1 < sizeof(app->typed_step)) {
        app->typed_step[length] = key[0];
        app->typed_step[length + 1] = '\0';
    }
    tell(app);
    return true;
}

void present_ask_step(struct app *app)
{
    app->asks_step = true;
    app_say(app, app_word(app, "Go to step: type its number, then Enter"));
}

void present_forget_step(struct app *app)
{
    if (app->asks_step || app->typed_step[0]) {
        app->asks_step = false;
        app->typed_step[0] = '\0';
        app_say(app, "");
    }
}

static void take_back_digit(struct app *app)
{
    const size_t length = strlen(app->typed_step);

    if (length < 2) {
        present_forget_step(app);
        return;
    }
    app->typed_step[length - 1] = '\0';
    tell(app);
}

static void go(struct app *app)
{
    const struct stops *const stops = session_stops(app->session);
    const size_t count = stops_count(stops, app->player.granularity);
    const size_t wanted = (size_t)strtoul(app->typed_step, NULL, 10);

    present_forget_step(app);
    if (wanted == 0 || wanted > count) {
        app_say(app, arena_format(&app->scratch, "%s %zu", app_word(app, "There are steps 1 to"),
                                  count));
        return;
    }
    player_jump(&app->player, stops_at(stops, app->player.granularity, wanted - 1)->moment);
    app->view.card = false;
    app->view.question = 0;
    app->view.zoom = 0;
}

static bool step_key(struct app *app, const char *key)
{
    if (is_digit(key)) {
        return take_digit(app, key);
    }
    if (!app->asks_step && !app->typed_step[0]) {
        return false;
    }
    if (strcmp(key, "Return") == 0) {
        go(app);
        return true;
    }
    if (strcmp(key, "Backspace") == 0) {
        take_back_digit(app);
        return true;
    }
    present_forget_step(app); /* any other key means what it always means */
    return strcmp(key, "Escape") == 0;
}

/* ---- the room ---------------------------------------------------------------------------- */

enum { ROOM_NAME_SIZE = 160 };

/* Once for a display: a teacher's laptop meets the same projector again. */
static const char *room_name(const struct app *app, char out[ROOM_NAME_SIZE])
{
    snprintf(out, ROOM_NAME_SIZE, "room.%s", window_display(app->window));
    return out;
}

void present_ask_room(struct app *app)
{
    char name[ROOM_NAME_SIZE];
    const double known = settings_number(app->settings, room_name(app, name), 0);

    app->view.room_scale = known >= 1 && known <= 2 ? (float)known : 1;
    app->view.room = known <= 0 && settings_flag(app->settings, "ask-room", true);
    app->stale = true;
}

static void choose_line(struct app *app, int line)
{
    char name[ROOM_NAME_SIZE];

    app->view.room_scale = room_scale(line);
    settings_set_number(app->settings, room_name(app, name), (double)room_scale(line));
    app->view.room = false;
    app->stale = true;
}

/* Whatever the window is about still does what it does. */
static bool room_key(struct app *app, const char *key)
{
    const struct command *const command = app_command(app, key);

    if (key[0] >= '1' && key[0] <= '0' + ROOM_LINES && !key[1]) {
        choose_line(app, key[0] - '1');
        return true;
    }
    if (command && (command->section == COMMAND_SHOW || command->section == COMMAND_PRESENT ||
                    command->section == COMMAND_FILE)) {
        app->view.room = app->view.room && strcmp(command->name, "leave") != 0;
        return false;
    }
    choose_line(app, 0);
    return true;
}

/* ---- keys -------------------------------------------------------------------------------- */

static bool ends_blank(const struct app *app, const char *key)
{
    const struct command *const command = app_command(app, key);

    return command &&
           (strncmp(command->name, "blank", 5) == 0 || strcmp(command->name, "quit") == 0 ||
            strcmp(command->name, "swap-screens") == 0);
}

bool present_press(struct app *app, struct target target)
{
    if (overview_press(app, target)) {
        return true;
    }
    if (app->view.mode != SCREEN_PRESENT || (!app->view.room && app->view.blank == BLANK_NONE)) {
        return false;
    }
    if (app->view.room && target.kind == TARGET_ROOM) {
        choose_line(app, (int)target.id);
    }
    return true;
}

/* ---- pointer ----------------------------------------------------------------------------- */

static void run(struct app *app, const char *command)
{
    command_find(command)->run(app);
}

static bool can_step(const struct app *app)
{
    return app->view.mode == SCREEN_PRESENT && !app->view.start && !app->view.room &&
           app->view.blank == BLANK_NONE;
}

void present_click(struct app *app, struct target target)
{
    if (can_step(app) && target.kind == TARGET_NONE && !app->freed) {
        run(app, "next");
    }
    app->freed = false;
}

/* A touchpad turns many small notches, and goes on when the fingers have left it. */
bool present_wheel(struct app *app, const struct window_event *event)
{
    static const double rest = 0.15;

    if (app->view.mode != SCREEN_PRESENT || app->view.start || event->control) {
        return false;
    }
    app->wheel.turned += event->wheel.y;
    if (fabsf(app->wheel.turned) < 1 || !can_step(app)) {
        return true;
    }
    const bool on = app->wheel.turned < 0;
    app->wheel.turned = 0;
    if (app->clock - app->wheel.at >= rest) {
        app->wheel.at = app->clock;
        run(app, on ? "next" : "previous");
    }
    return true;
}

/* ---- the overview ------------------------------------------------------------------------ */

static size_t columns_shown(struct app *app)
{
    struct window_pixels pixels;
    struct rect area;

    if (!overview_is_open(app) || !window_pixels(app->window, &pixels, NULL)) {
        return 1;
    }
    const struct view view = presenter_own_view(app, &pixels, &area);
    return overview_columns(&view, view.overview, area);
}

bool present_key(struct app *app, const char *key)
{
    if (app->view.mode != SCREEN_PRESENT) {
        return false;
    }
    if (overview_key(app, key, columns_shown(app))) {
        return true;
    }
    if (app->view.room) {
        return room_key(app, key);
    }
    if (app->view.blank == BLANK_NONE) {
        return step_key(app, key) || (strcmp(key, "Escape") == 0 && pointer_put_away(app));
    }
    if (strcmp(key, "Escape") == 0) {
        app->view.blank = BLANK_NONE;
        app->stale = true;
        return true;
    }
    return !ends_blank(app, key);
}
