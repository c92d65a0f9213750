/* What one does on the start page. */

#include "app/start/start.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command/command.h"
#include "app/command/focus.h"
#include "app/command/input.h"
#include "app/settings.h"
#include "app/start/private.h"
#include "engine/base/memory.h"

static const double IDLE_SECONDS = 0.3;    /* after a key, before thumbnails go on */
static const double CHOOSER_SECONDS = 0.1; /* between two looks at the desktop's dialog */

/* ---- showing and hiding ------------------------------------------------------------------ */

struct start *start_create(const struct app *app)
{
    struct start *const start = memory_allocate(1, sizeof(*start));
    struct error ignored = { 0 };

    /* A course that cannot be read is an empty page, on which files can still be opened. */
    catalog_read(&start->catalog, app->paths.lessons, &ignored);
    start->thumbnails = thumbnails_create(&(struct thumbnails_tools){
        .paths = &app->paths, .fonts = app->fonts, .words = app->words });
    return start;
}

void start_destroy(struct start *start)
{
    if (start) {
        catalog_finish(&start->catalog);
        thumbnails_destroy(start->thumbnails);
        chooser_destroy(start->chooser);
        free(start);
    }
}

/* Neither the keyboard nor the pointer is at anything, and no tooltip tells of it. */
static void point_at_nothing(struct app *app)
{
    focus_clear(app);
    app->view.focused = app->view.hovered = (struct target){ 0 };
}

static void set_typing(struct app *app, bool typing)
{
    app->start->typing = typing;
    window_set_typing(app->window, typing || app->palette.open);
    app->stale = true;
}

void start_show(struct app *app, bool typing)
{
    app->view.start = true;
    app->view.mode = SCREEN_EXPLORE;
    point_at_nothing(app);
    app->player.playing = false;
    app->start->touched = app->clock;
    set_typing(app, typing);
}

void start_hide(struct app *app)
{
    app->view.start = false;
    point_at_nothing(app);
    set_typing(app, false);
}

/* ---- opening ----------------------------------------------------------------------------- */

static void set_query(struct app *app, const char *query)
{
    snprintf(app->start->query, sizeof(app->start->query), "%s", query);
    app->start->scroll = 0;
    point_at_nothing(app);
    app->stale = true;
}

/* `resume`: from where it was left. */
static void open_path(struct app *app, const char *path, bool resume)
{
    const uint32_t before = session_run_number(app->session);
    const struct session *const was = app->session;
    int done = 0, steps = 0;

    app_open(app, path);
    if (app->session == was && session_run_number(app->session) == before) {
        return; /* the reason was said */
    }
    start_progress(app, session_name(app->session), &done, &steps);
    app->start->resume = resume && done > 0 ? (size_t)done : 0;
    set_query(app, "");
    start_hide(app);
}

static void open_card(struct app *app, size_t card, bool resume)
{
    const struct start_contents page = start_contents(app);

    if (card >= page.page.card_count) {
        return;
    }
    const struct start_entry *const entry = &page.entries[card];
    if (entry->folder) {
        set_query(app, arena_format(&app->scratch, "%s/", entry->path));
        set_typing(app, true);
    } else {
        open_path(app, entry->path, resume);
    }
}

/* A path that begins anew, as if what stands before were not there: "/etc" of "~//etc". */
static const char *begun_anew(const char *query)
{
    const char *const again = query[0] == '~' ? strstr(query, "//") : NULL;

    return again ? again + 1 : query;
}

/* The search field takes paths as well, and shows what lies there. */
static void choose_here(struct app *app)
{
    start_show(app, true);
    set_query(app, "~/");
}

/* The folder of the lesson on show, unless it is the course's: one's own lessons are elsewhere. */
static const char *chooser_folder(struct app *app)
{
    const char *const home = getenv("HOME");
    char *const real = realpath(session_path(app->session), NULL);
    char *const slash = real ? strrchr(real, '/') : NULL;
    const char *folder = home && home[0] == '/' ? home : "/";

    if (slash && slash > real) {
        *slash = '\0';
        folder = strcmp(real, app->paths.lessons) == 0
                     ? folder
                     : arena_copy_text(&app->scratch, real, strlen(real));
    }
    free(real);
    return folder;
}

/* In front of a class nothing may come between, and without a desktop nobody would see it. */
static bool has_chooser(const struct app *app)
{
    return !app->fullscreen && window_is_on_desktop(app->window) &&
           settings_flag(app->settings, "desktop-dialogs", true);
}

void start_choose(struct app *app)
{
    struct start *const start = app->start;

    if (!start->chooser && has_chooser(app)) {
        start->chooser = chooser_open(app_word(app, "Open a file"), chooser_folder(app));
    }
    if (!start->chooser) {
        choose_here(app);
    }
}

static void take_choice(struct app *app)
{
    struct start *const start = app->start;
    char path[PATH_SIZE];
    const enum chooser_answer answer =
        start->chooser ? chooser_poll(start->chooser, path) : CHOOSER_OPEN;

    if (answer == CHOOSER_OPEN) {
        return;
    }
    chooser_destroy(start->chooser);
    start->chooser = NULL;
    if (answer == CHOOSER_CHOSEN) {
        open_path(app, path, false);
    } else if (answer == CHOOSER_BROKEN) {
        choose_here(app);
    }
}

void start_begin(struct app *app)
{
    const struct catalog_lesson *const next = start_next_lesson(app);

    if (next) {
        open_path(app, next->path, true);
    }
}

/* ---- events ------------------------------------------------------------------------------ */

static struct rect page_area(struct app *app)
{
    return app_regions(app).stage;
}

static float scroll_most(struct app *app)
{
    const struct rect area = page_area(app);
    const struct view view = app_view(app, area.w, area.h);

    return start_scroll_most(&view, area);
}

void start_scroll(struct app *app, float by)
{
    app->start->scroll = fminf(fmaxf(app->start->scroll + by, 0), scroll_most(app));
    app->start->touched = app->clock;
    app->stale = true;
}

void start_press(struct app *app, struct target target)
{
    app->start->touched = app->clock;
    if (target.kind == TARGET_LESSON) {
        open_card(app, (size_t)target.id, target.part == 1);
    } else {
        set_typing(app, false);
        input_activate(app, target);
    }
}

/* The card nearest in that direction: along its line, or the one above or below whose middle is the
 * nearest. */
static size_t neighbour(const struct view *view, struct rect area, size_t from, int dx, int dy)
{
    const struct rect at = start_card_box(view, area, from);
    size_t best = from;
    float least = INFINITY;

    for (size_t i = 0; i < view->start->card_count; i++) {
        const struct rect box = start_card_box(view, area, i);
        const float right = box.x - at.x, down = box.y - at.y;
        const float along = dx ? right * (float)dx : down * (float)dy;
        const float aside = dx ? fabsf(down) : fabsf(right);
        if (along > 1 && (dy || aside < 1) && along + aside / 4 < least) {
            least = along + aside / 4;
            best = i;
        }
    }
    return best;
}

static void show_card(struct app *app, const struct view *view, struct rect area, size_t card)
{
    const struct rect box = start_card_box(view, area, card);
    const float top = start_card_box(view, area, 0).y, foot = area.h * 0.88f;
    float scroll = app->start->scroll;

    scroll = fminf(scroll, box.y - top);
    scroll = fmaxf(scroll, box.y + box.h - foot);
    point_at_nothing(app);
    app->view.focused = app->view.hovered =
        (struct target){ .kind = TARGET_LESSON, .id = (int64_t)card };
    start_scroll(app, scroll - app->start->scroll);
}

static void walk(struct app *app, int dx, int dy)
{
    const struct rect area = page_area(app);
    const struct view view = app_view(app, area.w, area.h);
    const bool on_card = app->view.focused.kind == TARGET_LESSON &&
                         (size_t)app->view.focused.id < view.start->card_count;

    set_typing(app, false);
    if (view.start->card_count > 0) {
        const size_t from = on_card ? (size_t)app->view.focused.id : 0;
        show_card(app, &view, area, on_card ? neighbour(&view, area, from, dx, dy) : 0);
    }
}

static void erase(struct app *app)
{
    char query[PATH_SIZE];
    size_t length = strlen(app->start->query);

    while (length > 0 && ((unsigned char)app->start->query[--length] & 0xC0) == 0x80) {
    }
    snprintf(query, sizeof(query), "%.*s", (int)length, app->start->query);
    set_query(app, query);
}

/* Enter: the card that the keyboard is at; while typing the first one; else what a button does. */
static bool take_enter(struct app *app)
{
    if (app->view.focused.kind == TARGET_LESSON) {
        open_card(app, (size_t)app->view.focused.id, app->view.focused.part == 1);
        return true;
    }
    if (app->start->typing && app->start->query[0]) {
        open_card(app, 0, false);
        return true;
    }
    if (app->view.focused.kind == TARGET_NONE) {
        start_begin(app);
        return true;
    }
    return false;
}

static bool take_escape(struct app *app)
{
    if (app->view.help) {
        return false;
    }
    if (app->start->query[0]) {
        set_query(app, "");
    } else if (app->start->typing) {
        set_typing(app, false);
    } else {
        start_hide(app);
    }
    return true;
}

static bool take_movement(struct app *app, const char *key)
{
    static const struct {
        const char *key;
        int dx, dy, pages;
    } moves[] = { { "Left", -1, 0, 0 },   { "Right", 1, 0, 0 },   { "Up", 0, -1, 0 },
                  { "Down", 0, 1, 0 },    { "PageUp", 0, 0, -1 }, { "PageDown", 0, 0, 1 },
                  { "Home", 0, 0, -999 }, { "End", 0, 0, 999 } };

    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        if (strcmp(key, moves[i].key) != 0) {
            continue;
        }
        if (moves[i].pages) {
            start_scroll(app, (float)moves[i].pages * page_area(app).h * 0.8f);
        } else {
            walk(app, moves[i].dx, moves[i].dy);
        }
        return true;
    }
    return false;
}

/* Of the commands those that are about the window as a whole. */
static bool is_left_to_commands(const struct app *app, const char *key)
{
    static const char *const also[] = { "text-larger", "text-smaller",   "text-normal",
                                        "focus-next",  "focus-previous", "start" };
    const struct command *const command = app_command(app, key);

    if (!command) {
        return false;
    }
    for (size_t i = 0; i < sizeof(also) / sizeof(also[0]); i++) {
        if (strcmp(command->name, also[i]) == 0) {
            return true;
        }
    }
    return command->section == COMMAND_SHOW || strcmp(command->name, "quit") == 0 ||
           strcmp(command->name, "open") == 0;
}

static bool is_typed(const char *key)
{
    return strlen(key) == 1 || strcmp(key, "Space") == 0 || strncmp(key, "Shift+", 6) == 0;
}

/* The letter or digit that the key writes, with which a search begins; 0: none. */
static char letter_of(const char *key)
{
    const bool shifted = strncmp(key, "Shift+", 6) == 0;
    const char *const name = shifted ? key + 6 : key;

    if (name[0] == '\0' || name[1] != '\0' || !isalnum((unsigned char)name[0]) ||
        (shifted && isdigit((unsigned char)name[0]))) {
        return 0;
    }
    return (char)(shifted ? toupper((unsigned char)name[0]) : tolower((unsigned char)name[0]));
}

bool start_types(const struct app *app, const char *key)
{
    return app->view.start && !app->view.help && letter_of(key) != 0;
}

/* Keys that mean nothing here do nothing: the lesson beneath is not to be stepped through. */
bool start_key(struct app *app, const char *key)
{
    app->start->touched = app->clock;
    app->stale = true;
    if (strcmp(key, "Escape") == 0) {
        return take_escape(app);
    }
    if (strcmp(key, "Return") == 0) {
        return take_enter(app);
    }
    if (strcmp(key, "F5") == 0) {
        take_enter(app);
        return app->view.start; /* presenting what was opened is the command's */
    }
    if (app->view.help) {
        return false;
    }
    if (app->start->typing && strcmp(key, "Backspace") == 0) {
        erase(app);
        return true;
    }
    if (strcmp(key, "/") == 0 || strcmp(key, "Ctrl+F") == 0) {
        set_typing(app, true);
        return true;
    }
    if (!app->start->typing && start_types(app, key)) {
        set_typing(app, true); /* too late for this letter to come as text */
        start_type(app, (const char[]){ letter_of(key), '\0' });
        return true;
    }
    return (app->start->typing && is_typed(key)) || take_movement(app, key) ||
           !is_left_to_commands(app, key);
}

void start_type(struct app *app, const char *bytes)
{
    if (app->start->typing) {
        set_query(app, begun_anew(arena_format(&app->scratch, "%s%s", app->start->query, bytes)));
    }
}

/* ---- time -------------------------------------------------------------------------------- */

/* How far the lesson was watched, once all its steps are known. */
static void note_progress(struct app *app)
{
    const struct stops *const stops = session_stops(app->session);
    const size_t count = stops_count(stops, STOP_AUTO);
    const size_t at = stops_index_at(stops, STOP_AUTO, app->player.moment);
    char name[START_NAME_SIZE], text[32];
    int done, steps;

    if (app->view.start || session_running(app->session) || at == SIZE_MAX ||
        at + 1 <= app->start->watched || at == 0 || count > INT_MAX) {
        return;
    }
    app->start->watched = at + 1;
    start_progress(app, session_name(app->session), &done, &steps);
    if ((int)at + 1 > done || steps != (int)count) {
        snprintf(text, sizeof(text), "%d/%d", (int)fmax((double)at + 1, fmin(done, (double)count)),
                 (int)count);
        settings_set_text(app->settings, start_progress_name(session_name(app->session), name),
                          text);
    }
}

static void resume(struct app *app)
{
    struct start *const start = app->start;
    const struct stops *const stops = session_stops(app->session);

    if (start->resume == 0 || session_running(app->session)) {
        return;
    }
    if (start->resume <= stops_count(stops, STOP_AUTO)) {
        player_jump(&app->player, stops_at(stops, STOP_AUTO, start->resume - 1)->moment);
        app->stale = true;
    }
    start->resume = 0;
}

static bool is_idle(const struct app *app)
{
    return app->clock - app->start->touched >= IDLE_SECONDS && !session_running(app->session);
}

void start_turn(struct app *app)
{
    resume(app);
    note_progress(app);
    take_choice(app);
    if (app->view.start && is_idle(app) && thumbnails_turn(app->start->thumbnails, app->clock)) {
        app->stale = true;
    }
}

double start_patience(const struct app *app)
{
    const double thumbnails = app->view.start ? thumbnails_patience(app->start->thumbnails) : -1;

    if (!app->start->chooser) {
        return thumbnails;
    }
    return thumbnails >= 0 ? fmin(thumbnails, CHOOSER_SECONDS) : CHOOSER_SECONDS;
}
