#include "app/remember.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "app/settings.h"

static const double QUIET_SECONDS = 1;

/* ---- one value of each kind ------------------------------------------------------------- */

/* Something of the app that is remembered under a name. */
struct remembered {
    const char *name;
    /* Takes what the file says; what makes no sense changes nothing. */
    void (*take)(struct app *app, const struct remembered *row, const char *text);
    /* Writes what it is now; "" for what cannot be said at the moment. */
    void (*give)(struct app *app, const struct remembered *row, char out[REMEMBERED_SIZE]);
    size_t offset; /* in struct app */
    float least, most;
};

static void *member(struct app *app, const struct remembered *row)
{
    return (char *)app + row->offset;
}

static void take_number(struct app *app, const struct remembered *row, const char *text)
{
    double number;

    if (number_parse(text, strlen(text), &number) && number >= (double)row->least &&
        number <= (double)row->most) {
        *(float *)member(app, row) = (float)number;
    }
}

/* Four digits are enough for a person who reads the file. */
static void give_number(struct app *app, const struct remembered *row, char out[REMEMBERED_SIZE])
{
    number_shortest(out, round((double)*(float *)member(app, row) * 1e4) / 1e4);
}

static void take_flag(struct app *app, const struct remembered *row, const char *text)
{
    bool *const flag = member(app, row);

    *flag = strcmp(text, "yes") == 0 || (*flag && strcmp(text, "no") != 0);
}

static void give_flag(struct app *app, const struct remembered *row, char out[REMEMBERED_SIZE])
{
    snprintf(out, REMEMBERED_SIZE, "%s", *(bool *)member(app, row) ? "yes" : "no");
}

static void take_theme(struct app *app, const struct remembered *row, const char *text)
{
    struct error ignored = { 0 };
    enum theme_id theme;

    if (theme_find(&theme, text, &ignored) && theme != THEME_PRINT) {
        *(enum theme_id *)member(app, row) = theme;
    }
}

static void give_theme(struct app *app, const struct remembered *row, char out[REMEMBERED_SIZE])
{
    snprintf(out, REMEMBERED_SIZE, "%s", theme_at(*(enum theme_id *)member(app, row))->name);
}

static void take_language(struct app *app, const struct remembered *row, const char *text)
{
    language_find(member(app, row), text);
}

static void give_language(struct app *app, const struct remembered *row, char out[REMEMBERED_SIZE])
{
    snprintf(out, REMEMBERED_SIZE, "%s", language_code(*(enum language *)member(app, row)));
}

static const char *const film_wishes[] = {
    [FILM_AUTO] = "by-itself", [FILM_SHOWN] = "shown", [FILM_HIDDEN] = "hidden"
};

static void take_film(struct app *app, const struct remembered *row, const char *text)
{
    for (size_t i = 0; i < sizeof(film_wishes) / sizeof(film_wishes[0]); i++) {
        if (strcmp(text, film_wishes[i]) == 0) {
            *(enum film_wish *)member(app, row) = (enum film_wish)i;
        }
    }
}

static void give_film(struct app *app, const struct remembered *row, char out[REMEMBERED_SIZE])
{
    snprintf(out, REMEMBERED_SIZE, "%s", film_wishes[*(enum film_wish *)member(app, row)]);
}

/* The window is made before anything else is taken: app_create asks remember_place. */
static void take_nothing(struct app *app, const struct remembered *row, const char *text)
{
    (void)app;
    (void)row;
    (void)text;
}

static void give_place(struct app *app, const struct remembered *row, char out[REMEMBERED_SIZE])
{
    struct window_place place;

    (void)row;
    out[0] = '\0';
    if (!app->fullscreen && window_where(app->window, &place) && !place.maximized) {
        snprintf(out, REMEMBERED_SIZE, "%dx%d+%d+%d", place.width, place.height, place.x, place.y);
    }
}

static void give_maximized(struct app *app, const struct remembered *row, char out[REMEMBERED_SIZE])
{
    struct window_place place;

    (void)row;
    out[0] = '\0';
    if (!app->fullscreen && window_where(app->window, &place)) {
        snprintf(out, REMEMBERED_SIZE, "%s", place.maximized ? "yes" : "no");
    }
}

/* ---- the table -------------------------------------------------------------------------- */

static const struct remembered table[] = {
    { "theme", take_theme, give_theme, offsetof(struct app, theme), 0, 0 },
    { "presenting-theme", take_theme, give_theme, offsetof(struct app, presenting_theme), 0, 0 },
    { "language", take_language, give_language, offsetof(struct app, view.language), 0, 0 },
    { "text-scale", take_number, give_number, offsetof(struct app, view.text_scale), 0.75f, 3 },
    { "lesson-width", take_number, give_number, offsetof(struct app, view.lesson_part), 0, 1 },
    { "lesson-hidden", take_flag, give_flag, offsetof(struct app, view.lesson_hidden), 0, 0 },
    { "tabs-height", take_number, give_number, offsetof(struct app, view.tabs_part), 0, 1 },
    { "tabs-hidden", take_flag, give_flag, offsetof(struct app, view.tabs_hidden), 0, 0 },
    { "film-strip", take_film, give_film, offsetof(struct app, view.film), 0, 0 },
    { "reduced-motion", take_flag, give_flag, offsetof(struct app, player.reduced_motion), 0, 0 },
    { "window", take_nothing, give_place, 0, 0, 0 },
    { "maximized", take_nothing, give_maximized, 0, 0, 0 },
};

enum { ROWS = sizeof(table) / sizeof(table[0]) };
static_assert((int)ROWS <= (int)REMEMBERED_MOST, "struct app has room for every row");

void remember_take(struct app *app)
{
    for (size_t i = 0; i < ROWS; i++) {
        table[i].take(app, &table[i], settings_text(app->settings, table[i].name, ""));
    }
    app->view.hint = settings_flag(app->settings, "hint", true);
}

struct window_place remember_place(const struct settings *settings)
{
    struct window_place place = { 0 };
    const char *const text = settings_text(settings, "window", "");

    if (sscanf(text, "%5dx%5d%6d%6d", &place.width, &place.height, &place.x, &place.y) != 4) {
        place = (struct window_place){ 0 };
    }
    place.maximized = settings_flag(settings, "maximized", false);
    return place;
}

/* ---- writing ---------------------------------------------------------------------------- */

/* Only what changes while the window is open: what the command line asked for once, and what was
 * never touched, stays out of the file. */
static void note(struct app *app)
{
    char now[REMEMBERED_SIZE];

    for (size_t i = 0; i < ROWS; i++) {
        table[i].give(app, &table[i], now);
        if (now[0] && app->remembered[i][0] && strcmp(now, app->remembered[i]) != 0) {
            settings_set_text(app->settings, table[i].name, now);
        }
        if (now[0]) {
            memcpy(app->remembered[i], now, sizeof(now));
        }
    }
}

static void save(struct app *app)
{
    struct error err = { 0 };
    const bool saved = settings_save(app->settings, &err);

    if (!saved && !app->unsavable) {
        app_say(app, err.text);
    }
    app->unsavable = !saved;
    app->unsaved_since = 0;
}

void remember_keep(struct app *app)
{
    note(app);
    if (app->unsavable || !settings_changed(app->settings)) {
        return;
    }
    if (app->unsaved_since <= 0) {
        app->unsaved_since = app->clock;
    }
    if (app->clock - app->unsaved_since >= QUIET_SECONDS) {
        save(app);
    }
}

void remember_finish(struct app *app)
{
    struct error err = { 0 };

    if (!app->unsavable && !settings_save(app->settings, &err)) {
        fprintf(stderr, "gradlight: %s\n", err.text);
    }
}

double remember_patience(const struct app *app)
{
    return app->unsaved_since > 0 ? fmax(app->unsaved_since + QUIET_SECONDS - app->clock, 0) : -1;
}
