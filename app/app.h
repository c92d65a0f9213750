#pragma once
/* The window's side of the program, wired together: what a session shows, where the player stands,
 * and how it looks. Passed whole to commands and nothing else. The loop is outside, so that tests can
 * bring their own clock and events:
 *
 *     app = app_create(&options, &err);
 *     while (!app_finished(app)) {
 *         app_turn(app, window_clock());     waits, handles events, moves, draws
 *     }
 */

#include "app/command/palette.h"
#include "app/export/dialog.h"
#include "app/panels/plots.h"
#include "app/paths.h"
#include "app/player.h"
#include "app/session/consent.h"
#include "app/session/reload.h"
#include "app/session/session.h"
#include "app/session/whatif.h"
#include "app/window/frame.h"
#include "app/window/window.h"
#include "render/graph/graph.h"
#include "render/screen.h"

struct chrome;
struct command;
struct keys;
struct overview;
struct pointer;
struct presenter;
struct settings;
struct start;

enum { REMEMBERED_MOST = 24, REMEMBERED_SIZE = 48 };

struct app {
    /* Set in app_create, never changed after. */
    struct paths paths;
    struct fonts *fonts;
    struct words *words;
    struct chrome *chrome;
    struct graph_picture *graph;
    struct start *start; /* the start page */
    struct keys *keys;
    struct settings *settings; /* what is remembered; its values may be set at any time */

    /* The window that shows the lesson. While presenting in two it is the class's, and the presenter has
     * the other; NULL: there is but one. */
    struct window *window;
    struct frame *frame;
    struct presenter *presenter;
    struct pointer *pointer;   /* the tools that follow it, and what the pen drew */
    struct overview *overview; /* NULL: it is closed */

    /* What is on show. Replaced when another lesson is opened. */
    struct session *session;

    /* Changed by commands, events and time; read by drawing. */
    struct player player;
    struct view_state view;
    struct plots plots;
    struct palette palette; /* the list of commands */
    struct export_dialog dialog;
    struct whatif whatif;   /* numbers changed in memory, and the run they need */
    struct consent consent; /* what the lesson asks for */
    struct reload reload;   /* the file as it was when it was last looked at */
    struct {
        bool open;             /* the field over a literal */
        struct override place; /* `now` as it was when the field was opened */
        int64_t slid;          /* code_place of the slider in the pointer's hand, and its track */
        struct rect track;
    } field;
    enum theme_id theme, presenting_theme; /* app_theme says which is on show */
    bool fullscreen, finished;
    struct {
        bool begun, running;
        double before, since; /* seconds until it was last begun; on the clock: when that was */
    } timer;
    char typed_step[6]; /* presenting: the digits of a step to go to */
    bool asks_step;     /* for one, also before the first digit */
    struct point drag;  /* where the pointer was when it was pressed or last moved */
    bool dragging, dragged;
    bool freed; /* something was selected when it was pressed: then that is all that a click ends */
    struct {
        float turned; /* presenting: notches that are no step yet */
        double at;    /* on the clock: its last step */
    } wheel;
    struct target pressed;
    bool walked;  /* through what a search has found */
    bool seeking; /* a box was opened that hid it, and has no layout yet */
    /* A box of the graph that was just opened or closed stays where it is: its corner on the page, as
     * soon as the new layout is there. */
    struct {
        bool waiting, open;
        int64_t key;
        struct point page;
    } anchor;
    uint32_t told_run;      /* the run whose trouble was told */
    uint32_t timed_devices; /* the run that was on show when devices were timed */
    uint32_t timed_run;
    double run_since, run_told; /* when timed_run was first seen, and last spoken of */

    /* Where the last frame saw the graph from; area w 0: there is no last frame. */
    struct graph_camera seen;
    struct rect seen_area;
    uint32_t seen_moment;
    struct point seen_size; /* of the graph */
    double moved_at;        /* on the clock: when it last came to be seen from elsewhere */

    /* The last frame's time, and what makes the next one necessary. */
    double clock;
    char remembered[REMEMBERED_MOST][REMEMBERED_SIZE]; /* as last noted for the settings */
    double unsaved_since; /* settings have changed and are not written; 0: no */
    bool unsavable;       /* and cannot be: that was told */
    double opened_at;     /* when the lesson was opened; negative: since the last turn */
    bool told_settings;   /* what is wrong with them */
    bool told_layout;     /* that its program does not work */
    bool stale;           /* something changed: draw */
    bool exposed;         /* the pixels were lost: draw everything */
    struct arena scratch;
};

struct app_options {
    const char *lesson; /* path of a lesson or trace; NULL: the start page */
    int width, height; /* of the window; 0: as it was, else 1366×768, or 80 % of a larger display */
    enum theme_id theme;
    enum language language;
    bool reduced_motion;
    struct leave leave; /* what the lesson may do, this time, besides what is remembered */
    bool theme_asked, language_asked, motion_asked; /* they go before what is remembered */
    bool desktop; /* nobody reads a terminal: a window opens even where the lesson cannot be */
    struct settings *settings; /* taken over, also on failure; NULL: nothing is remembered */
};

/* NULL with the reason: no display, no fonts, or the lesson cannot be opened. */
struct app *app_create(const struct app_options *options, struct error *err);
void app_destroy(struct app *app);

/* Waits for the next thing to do (at most until the next frame while something moves), does it, and
 * draws if needed. `wait` false: does not wait at all. */
void app_turn(struct app *app, bool wait, double now);

/* Opens another lesson or trace in place of the one on show; on failure that one stays and the
 * reason is shown. */
void app_open(struct app *app, const char *path);

/* Draws the next frame in any case. */
void app_redraw(struct app *app);

/* The trace is about to go: pictures of its graphs are forgotten. */
void app_forget_graphs(struct app *app);

/* Scrolls the code, no further than it goes. */
void app_scroll_code(struct app *app, float by);

/* Says something at the window's foot for a few seconds: in the interface's language, or an error's text. */
void app_say(struct app *app, const char *text);
/* An error's text, which is English, in the language on show; lent, or memory in `scratch`. */
const char *app_trouble(struct app *app, const char *english);

/* The command of a key as things are now, or NULL. */
const struct command *app_command(const struct app *app, const char *key);

/* The English text in the language on show. */
const char *app_word(const struct app *app, const char *english);

/* The theme on show: presenting has one of its own. */
enum theme_id app_theme(const struct app *app);

/* The view of the current moment, for drawing; lent, memory in `scratch`. */
struct view app_view(struct app *app, float width, float height);
/* The size of the window in pixels. */
struct point app_page(const struct app *app);
/* The same for drawing: what the camera does by itself moves the picture by whole pixels. */
struct view app_on_pixels(struct app *app, struct view view, struct rect stage);
/* The regions of the screen as it stands. */
struct screen_regions app_regions(struct app *app);
/* And the part of the stage that the graph has. */
struct rect app_stage(struct app *app);
/* Where the graph is seen from in the window as it is now. False when the window has no pixels. */
bool app_camera(struct app *app, struct graph_camera *out);
