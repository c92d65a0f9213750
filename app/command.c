#include "app/command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/export.h"
#include "app/focus.h"
#include "app/ledger.h"
#include "app/panel.h"
#include "app/search.h"
#include "app/settings.h"
#include "app/stage.h"
#include "app/walk.h"

static const float ZOOM_STEP = 1.25f, ZOOM_MIN = 0.05f, ZOOM_MAX = 8;
static const float CODE_NOTCH = 96;
static const float TEXT_STEP = 1.1f, TEXT_MIN = 0.75f, TEXT_MAX = 3;

/* ---- stepping --------------------------------------------------------------------------- */

/* The camera comes back to the step that is being looked at. */
static void follow_step(struct app *app)
{
    if (app->view.mode == SCREEN_PRESENT) {
        app->view.zoom = 0;
    }
    app->view.selected = (struct target){ 0 };
    app->view.card = false;
    app->view.code_scroll = 0;
    app->stale = true;
    walk_follow(app);
    /* Who steps knows the keys; on the screen they stay until the next start, so that nothing jumps. */
    if (settings_flag(app->settings, "hint", true)) {
        settings_set_flag(app->settings, "hint", false);
    }
}

/* Behind the last step comes what the lesson says about its end, if it is presented; then nothing. */
static void pass_last_step(struct app *app)
{
    const struct view view = app_view(app, 0, 0);

    if (app->view.mode == SCREEN_PRESENT && card_first(&view) != SIZE_MAX) {
        app->view.card = true;
        app->stale = true;
    } else {
        app_say(app, words_in(app->words, app->view.language, "This is the last step."));
    }
}

static void run_next(struct app *app)
{
    const bool stepped = player_next(&app->player, session_stops(app->session));

    if (!stepped && !session_running(app->session)) {
        pass_last_step(app);
        return;
    }
    follow_step(app);
}

static void run_previous(struct app *app)
{
    if (!app->view.card) {
        player_previous(&app->player, session_stops(app->session));
    }
    follow_step(app);
}

static void run_first(struct app *app)
{
    player_first(&app->player, session_stops(app->session));
    follow_step(app);
}

static void run_last(struct app *app)
{
    player_last(&app->player, session_stops(app->session));
    follow_step(app);
}

static void run_play(struct app *app)
{
    player_toggle_play(&app->player, session_stops(app->session));
    app->stale = true;
}

static void run_granularity(struct app *app)
{
    static const char *const said[] = {
        [STOP_OPERATION] = WORD("One step is one operation."),
        [STOP_LINE] = WORD("One step is one line."),
        [STOP_CELL] = WORD("One step is one cell."),
        [STOP_PHASE] = WORD("One step is one phase: forward, loss, zero_grad, backward, step."),
        [STOP_AUTO] = WORD("Every operation; in loops steps get larger by themselves."),
    };
    static const enum stop_granularity after[] = {
        [STOP_AUTO] = STOP_OPERATION, [STOP_OPERATION] = STOP_LINE, [STOP_LINE] = STOP_PHASE,
        [STOP_PHASE] = STOP_CELL,     [STOP_CELL] = STOP_AUTO,
    };
    const enum stop_granularity next = after[app->player.granularity];

    player_set_granularity(&app->player, next);
    app_say(app, words_in(app->words, app->view.language, said[next]));
}

/* ---- looking ---------------------------------------------------------------------------- */

/* From fitting the page to a fixed zoom: starts where the camera is now. */
static void zoom_by(struct app *app, float factor)
{
    struct graph_camera camera;

    if (!app_camera(app, &camera)) {
        return;
    }
    app->view.camera = camera.centre;
    app->view.zoom = fminf(fmaxf(camera.zoom * factor, ZOOM_MIN), ZOOM_MAX);
    app->stale = true;
}

static void run_zoom_in(struct app *app)
{
    zoom_by(app, ZOOM_STEP);
}

static void run_zoom_out(struct app *app)
{
    zoom_by(app, 1 / ZOOM_STEP);
}

static void run_zoom_fit(struct app *app)
{
    app->view.zoom = 0;
    app->stale = true;
}

static void scale_text(struct app *app, float factor)
{
    app->view.text_scale = fminf(fmaxf(app->view.text_scale * factor, TEXT_MIN), TEXT_MAX);
    app->stale = true;
}

static void run_text_larger(struct app *app)
{
    scale_text(app, TEXT_STEP);
}

static void run_text_smaller(struct app *app)
{
    scale_text(app, 1 / TEXT_STEP);
}

/* The box that is pointed at, else the one of what is selected, else the one of the step. */
static void run_fold(struct app *app)
{
    const struct view view = app_view(app, 0, 0);
    int64_t key;
    bool open;

    if (graph_picture_fold(app->graph, app->view.hovered, &key, &open) ||
        graph_picture_fold(app->graph, app->view.selected, &key, &open) ||
        graph_picture_fold_at(app->graph, &view.runs[0], &key, &open)) {
        stage_fold(app, key);
        return;
    }
    app_say(app, words_in(app->words, app->view.language, "This step stands in no module."));
}

static void run_fold_all(struct app *app)
{
    app->view.fold_all = !app->view.fold_all;
    app->view.fold_count = 0;
    app->view.zoom = 0;
    app_say(app,
            words_in(app->words, app->view.language,
                     app->view.fold_all ? "All modules are closed." : "All modules are open."));
}

static void run_search(struct app *app)
{
    if (!app->view.searching) {
        search_open(app);
    }
}

static void run_level(struct app *app)
{
    const bool mathematics = app->view.level == GRAPH_MATHEMATICS;

    app->view.level = mathematics ? GRAPH_PYTORCH : GRAPH_MATHEMATICS;
    app->view.zoom = 0;
    app_say(app, words_in(app->words, app->view.language,
                          mathematics ? "PyTorch's own graph: grad_fn and next_functions"
                                      : "The computation as mathematics"));
}

static void run_text_normal(struct app *app)
{
    app->view.text_scale = 1;
    app->stale = true;
}

/* The graph is seen from a little further along, by a fifth of the stage. */
static void pan(struct app *app, float right, float down)
{
    const struct rect stage = app_stage(app);
    struct graph_camera camera;

    if (app_camera(app, &camera)) {
        app->view.camera.x = camera.centre.x + right * stage.w / 5 / camera.zoom;
        app->view.camera.y = camera.centre.y + down * stage.h / 5 / camera.zoom;
        app->view.zoom = camera.zoom;
        app->stale = true;
    }
}

static void run_pan_left(struct app *app)
{
    pan(app, -1, 0);
}

static void run_pan_right(struct app *app)
{
    pan(app, 1, 0);
}

static void run_pan_up(struct app *app)
{
    pan(app, 0, -1);
}

static void run_pan_down(struct app *app)
{
    pan(app, 0, 1);
}

/* ---- panels ----------------------------------------------------------------------------- */

static void run_tab(struct app *app)
{
    panel_choose_tab(app, screen_tab_at(app->view.tab + 1) ? app->view.tab + 1 : 0);
}

static void choose_tab_of(struct app *app, enum screen_button button)
{
    for (int i = 0; screen_tab_at(i); i++) {
        if (screen_tab_at(i)->button == button) {
            panel_choose_tab(app, i);
        }
    }
}

static void run_tab_ledger(struct app *app)
{
    choose_tab_of(app, BUTTON_TAB_LEDGER);
}

static void run_tab_output(struct app *app)
{
    choose_tab_of(app, BUTTON_TAB_OUTPUT);
}

static void run_lesson_wider(struct app *app)
{
    panel_nudge(app, DIVIDER_LESSON, 1);
}

static void run_lesson_narrower(struct app *app)
{
    panel_nudge(app, DIVIDER_LESSON, -1);
}

static void run_tabs_taller(struct app *app)
{
    panel_nudge(app, DIVIDER_TABS, 1);
}

static void run_tabs_lower(struct app *app)
{
    panel_nudge(app, DIVIDER_TABS, -1);
}

/* Scrolls the middle of a region by most of what is in sight. */
static void scroll_page(struct app *app, struct rect region, float pages)
{
    panel_scroll(app, (struct point){ region.x + region.w / 2, region.y + region.h / 2 },
                 pages * region.h * 0.8f);
}

static void run_tabs_down(struct app *app)
{
    scroll_page(app, app_regions(app).tabs, 1);
}

static void run_tabs_up(struct app *app)
{
    scroll_page(app, app_regions(app).tabs, -1);
}

static void run_alone(struct app *app)
{
    app->view.alone = !app->view.alone;
    app->view.zoom = 0;
    app->stale = true;
}

static void run_code_up(struct app *app)
{
    app_scroll_code(app, -CODE_NOTCH);
}

static void run_code_down(struct app *app)
{
    app_scroll_code(app, CODE_NOTCH);
}

/* ---- the keyboard's own way ------------------------------------------------------------- */

static void run_focus_next(struct app *app)
{
    focus_move(app, 1);
}

static void run_focus_previous(struct app *app)
{
    focus_move(app, -1);
}

static void run_region_next(struct app *app)
{
    focus_move_region(app, 1);
}

static void run_region_previous(struct app *app)
{
    focus_move_region(app, -1);
}

static void run_check(struct app *app)
{
    ledger_check(app);
}

static void run_cell_left(struct app *app)
{
    ledger_move(app, 0, -1);
}

static void run_cell_right(struct app *app)
{
    ledger_move(app, 0, 1);
}

static void run_cell_up(struct app *app)
{
    ledger_move(app, -1, 0);
}

static void run_cell_down(struct app *app)
{
    ledger_move(app, 1, 0);
}

static void run_code(struct app *app)
{
    app->view.code_style = (app->view.code_style + 1) % CODE_STYLES;
    app->stale = true;
}

/* ---- showing ---------------------------------------------------------------------------- */

static void run_theme(struct app *app)
{
    enum theme_id *const theme =
        app->view.mode == SCREEN_PRESENT ? &app->presenting_theme : &app->theme;

    *theme = (*theme + 1) % THEME_PRINT;
    app->stale = true;
}

static void run_language(struct app *app)
{
    app->view.language = app->view.language == LANGUAGE_VI ? LANGUAGE_EN : LANGUAGE_VI;
    app->stale = true;
}

static void run_present(struct app *app)
{
    app->view.mode = SCREEN_PRESENT;
    app->view.alone = false;
    app->view.zoom = 0;
    app->fullscreen = true;
    window_set_fullscreen(app->window, true);
    app->stale = true;
}

static void run_leave(struct app *app)
{
    if (app->view.help) {
        app->view.help = false;
    } else if (app->view.focused.kind != TARGET_NONE) {
        focus_clear(app);
    } else if (app->view.alone) {
        run_alone(app);
    } else if (app->view.mode == SCREEN_PRESENT) {
        app->view.mode = SCREEN_EXPLORE;
        app->view.card = false;
        app->view.zoom = 0;
        app->fullscreen = false;
        window_set_fullscreen(app->window, false);
    } else {
        app->view.selected = (struct target){ 0 };
    }
    app->stale = true;
}

static void run_fullscreen(struct app *app)
{
    app->fullscreen = !app->fullscreen;
    window_set_fullscreen(app->window, app->fullscreen);
}

static void run_motion(struct app *app)
{
    app->player.reduced_motion = !app->player.reduced_motion;
    app_say(app, words_in(app->words, app->view.language,
                          app->player.reduced_motion ? "Steps jump, nothing moves."
                                                     : "Steps move along the edges."));
}

static void run_help(struct app *app)
{
    app->view.help = !app->view.help;
    app->stale = true;
}

/* ---- files ------------------------------------------------------------------------------ */

static void run_again(struct app *app)
{
    struct error err = { 0 };

    if (!session_restart(app->session, &err)) {
        app_say(app, err.text);
        return;
    }
    graph_picture_forget(app->graph);
    player_jump(&app->player, 0);
    app->view.card = false;
    app->view.bookmark_count = 0;
    app->told_run = 0;
    app->stale = true;
}

static void run_stop(struct app *app)
{
    session_stop(app->session);
}

static void run_export(struct app *app)
{
    struct error err = { 0 };
    char path[PATH_SIZE];
    char said[PATH_SIZE + 64];

    if (!export_moment(app, path, &err)) {
        app_say(app, err.text);
        return;
    }
    snprintf(said, sizeof(said), "%s %s",
             words_in(app->words, app->view.language, "Picture written to"), path);
    app_say(app, said);
}

static void run_quit(struct app *app)
{
    app->finished = true;
}

/* ---- the table -------------------------------------------------------------------------- */

static const struct command commands[] = {
    { "next",
      COMMAND_STEP,
      { "Right", "PageDown", "Space", "Return", "N", "Down" },
      WORD("Next step"),
      run_next },
    { "previous",
      COMMAND_STEP,
      { "Left", "PageUp", "Backspace", "P", "Up", "Shift+Space" },
      WORD("Previous step"),
      run_previous },
    { "first", COMMAND_STEP, { "Home" }, WORD("First step"), run_first },
    { "last", COMMAND_STEP, { "End" }, WORD("Last step"), run_last },
    { "play", COMMAND_STEP, { "K", "Ctrl+Space" }, WORD("Play or pause"), run_play },
    { "granularity",
      COMMAND_STEP,
      { "S" },
      WORD("Step automatically, by operation, line, phase or cell"),
      run_granularity },
    { "iteration-next",
      COMMAND_STEP,
      { "Ctrl+Right", "I" },
      WORD("One iteration on"),
      walk_next_iteration },
    { "iteration-previous",
      COMMAND_STEP,
      { "Ctrl+Left", "Shift+I" },
      WORD("One iteration back"),
      walk_previous_iteration },
    { "iterations-next",
      COMMAND_STEP,
      { "Ctrl+PageDown", "J" },
      WORD("Ten iterations on"),
      walk_ten_iterations },
    { "iterations-previous",
      COMMAND_STEP,
      { "Ctrl+PageUp", "Shift+J" },
      WORD("Ten iterations back"),
      walk_back_ten_iterations },
    { "loop-end", COMMAND_STEP, { "Ctrl+End" }, WORD("All iterations"), walk_loop_end },
    { "loop-start", COMMAND_STEP, { "Ctrl+Home" }, WORD("Before the loop"), walk_loop_start },
    { "backward-next", COMMAND_STEP, { "D" }, WORD("Next backward pass"), walk_next_backward },
    { "backward-previous",
      COMMAND_STEP,
      { "Shift+D" },
      WORD("Previous backward pass"),
      walk_previous_backward },
    { "error-next", COMMAND_STEP, { "F8" }, WORD("Next error"), walk_next_error },
    { "error-previous", COMMAND_STEP, { "Shift+F8" }, WORD("Previous error"), walk_previous_error },
    { "bookmark",
      COMMAND_STEP,
      { "Ctrl+F2", "Ctrl+D" },
      WORD("Set a bookmark, or take it away"),
      walk_toggle_bookmark },
    { "bookmark-next", COMMAND_STEP, { "F2" }, WORD("Next bookmark"), walk_next_bookmark },
    { "bookmark-previous",
      COMMAND_STEP,
      { "Shift+F2" },
      WORD("Previous bookmark"),
      walk_previous_bookmark },
    { "timeline-in",
      COMMAND_STEP,
      { "Alt+=", "Alt+Shift+=", "Alt++" },
      WORD("Zoom into the timeline (also the wheel)"),
      walk_zoom_in },
    { "timeline-out", COMMAND_STEP, { "Alt+-" }, WORD("Zoom out of the timeline"), walk_zoom_out },
    { "timeline-all", COMMAND_STEP, { "Alt+1" }, WORD("All of the timeline"), walk_zoom_all },
    { "zoom-in",
      COMMAND_LOOK,
      { "=", "Shift+=", "+" },
      WORD("Zoom in (also the wheel)"),
      run_zoom_in },
    { "zoom-out", COMMAND_LOOK, { "-" }, WORD("Zoom out"), run_zoom_out },
    { "zoom-fit", COMMAND_LOOK, { "0", "Z" }, WORD("Fit the graph"), run_zoom_fit },
    { "text-larger",
      COMMAND_LOOK,
      { "Ctrl+=", "Ctrl+Shift+=", "Ctrl++" },
      WORD("Larger text"),
      run_text_larger },
    { "text-smaller", COMMAND_LOOK, { "Ctrl+-" }, WORD("Smaller text"), run_text_smaller },
    { "text-normal", COMMAND_LOOK, { "Ctrl+0" }, WORD("Text as it was"), run_text_normal },
    { "pan-left", COMMAND_LOOK, { "Ctrl+Shift+Left" }, WORD("Graph: to the left"), run_pan_left },
    { "pan-right",
      COMMAND_LOOK,
      { "Ctrl+Shift+Right" },
      WORD("Graph: to the right"),
      run_pan_right },
    { "pan-up", COMMAND_LOOK, { "Ctrl+Shift+Up" }, WORD("Graph: up"), run_pan_up },
    { "pan-down", COMMAND_LOOK, { "Ctrl+Shift+Down" }, WORD("Graph: down"), run_pan_down },
    { "level", COMMAND_LOOK, { "G" }, WORD("Mathematics or PyTorch's own graph"), run_level },
    { "search", COMMAND_LOOK, { "/", "Ctrl+F" }, WORD("Search by name"), run_search },
    { "fold", COMMAND_LOOK, { "M" }, WORD("Open or close the module (also a click)"), run_fold },
    { "fold-all",
      COMMAND_LOOK,
      { "Shift+M" },
      WORD("Close all modules, or open what fits"),
      run_fold_all },
    { "ledger", COMMAND_PANELS, { "1" }, WORD("How it is computed"), run_tab_ledger },
    { "output", COMMAND_PANELS, { "2" }, WORD("Output"), run_tab_output },
    { "tab", COMMAND_PANELS, { "Ctrl+Tab", "`" }, WORD("Next tab"), run_tab },
    { "tabs", COMMAND_PANELS, { "Ctrl+J" }, WORD("Show or hide the tabs"), panel_toggle_tabs },
    { "lesson",
      COMMAND_PANELS,
      { "Ctrl+B" },
      WORD("Show or hide the lesson"),
      panel_toggle_lesson },
    { "alone", COMMAND_PANELS, { "F" }, WORD("The graph alone"), run_alone },
    { "lesson-wider",
      COMMAND_PANELS,
      { "Alt+Right" },
      WORD("Wider lesson (or drag its edge)"),
      run_lesson_wider },
    { "lesson-narrower",
      COMMAND_PANELS,
      { "Alt+Left" },
      WORD("Narrower lesson"),
      run_lesson_narrower },
    { "tabs-taller",
      COMMAND_PANELS,
      { "Alt+Up" },
      WORD("Taller tabs (or drag their edge)"),
      run_tabs_taller },
    { "tabs-lower", COMMAND_PANELS, { "Alt+Down" }, WORD("Lower tabs"), run_tabs_lower },
    { "panels-reset", COMMAND_PANELS, { "Alt+0" }, WORD("Panels as they come"), panel_reset },
    { "tabs-down", COMMAND_PANELS, { "Shift+PageDown" }, WORD("Tab: down"), run_tabs_down },
    { "tabs-up", COMMAND_PANELS, { "Shift+PageUp" }, WORD("Tab: up"), run_tabs_up },
    { "focus-next",
      COMMAND_PANELS,
      { "Tab" },
      WORD("Next button or card; Enter presses it"),
      run_focus_next },
    { "focus-previous",
      COMMAND_PANELS,
      { "Shift+Tab" },
      WORD("Previous button or card"),
      run_focus_previous },
    { "region-next", COMMAND_PANELS, { "F6" }, WORD("Next region"), run_region_next },
    { "region-previous",
      COMMAND_PANELS,
      { "Shift+F6" },
      WORD("Previous region"),
      run_region_previous },
    { "code",
      COMMAND_LOOK,
      { "C" },
      WORD("Code while presenting: strip, column, hidden"),
      run_code },
    { "code-up",
      COMMAND_LOOK,
      { "Ctrl+Up" },
      WORD("Scroll the code up (also the wheel)"),
      run_code_up },
    { "code-down", COMMAND_LOOK, { "Ctrl+Down" }, WORD("Scroll the code down"), run_code_down },
    { "check", COMMAND_LOOK, { "V" }, WORD("Check the gradient by finite differences"), run_check },
    { "cell-left",
      COMMAND_LOOK,
      { "Shift+Left" },
      WORD("Choose the element to the left"),
      run_cell_left },
    { "cell-right",
      COMMAND_LOOK,
      { "Shift+Right" },
      WORD("Choose the element to the right"),
      run_cell_right },
    { "cell-up", COMMAND_LOOK, { "Shift+Up" }, WORD("Choose the element above"), run_cell_up },
    { "cell-down",
      COMMAND_LOOK,
      { "Shift+Down" },
      WORD("Choose the element below (also a click)"),
      run_cell_down },
    { "theme", COMMAND_SHOW, { "T" }, WORD("Light, dark or projector theme"), run_theme },
    { "language", COMMAND_SHOW, { "L" }, WORD("Tiếng Việt / English"), run_language },
    { "present", COMMAND_SHOW, { "F5" }, WORD("Present on this screen"), run_present },
    { "leave", COMMAND_SHOW, { "Escape" }, WORD("Leave presenting, close help"), run_leave },
    { "fullscreen", COMMAND_SHOW, { "F11" }, WORD("Full screen"), run_fullscreen },
    { "reduced-motion", COMMAND_SHOW, { "Alt+M" }, WORD("Motion on or off"), run_motion },
    { "commands",
      COMMAND_SHOW,
      { "Ctrl+K", "Ctrl+Shift+P" },
      WORD("All commands, to search"),
      palette_toggle },
    { "help", COMMAND_SHOW, { "F1", "Shift+/", "?", "H" }, WORD("This help"), run_help },
    { "run", COMMAND_FILE, { "R", "Ctrl+R" }, WORD("Run the lesson again"), run_again },
    { "stop", COMMAND_FILE, { "Ctrl+." }, WORD("Stop the running lesson"), run_stop },
    { "export", COMMAND_FILE, { "E", "Ctrl+E" }, WORD("Write a picture of this step"), run_export },
    { "quit", COMMAND_FILE, { "Ctrl+Q", "Ctrl+W" }, WORD("Quit"), run_quit },
};

const struct command *command_at(size_t index)
{
    return index < sizeof(commands) / sizeof(commands[0]) ? &commands[index] : NULL;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; command_at(i); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

const struct command *command_for_key(const char *key)
{
    for (size_t i = 0; command_at(i); i++) {
        for (size_t k = 0; k < COMMAND_KEYS && commands[i].keys[k]; k++) {
            if (strcmp(commands[i].keys[k], key) == 0) {
                return &commands[i];
            }
        }
    }
    return NULL;
}

const struct command *command_for_button(int64_t button)
{
    static const char *const names[BUTTON_COUNT] = {
        [BUTTON_PREVIOUS] = "previous", [BUTTON_PLAY] = "play",
        [BUTTON_NEXT] = "next",         [BUTTON_GRANULARITY] = "granularity",
        [BUTTON_LEVEL] = "level",       [BUTTON_LANGUAGE] = "language",
        [BUTTON_THEME] = "theme",       [BUTTON_PRESENT] = "present",
        [BUTTON_RUN] = "run",           [BUTTON_HELP] = "help",
        [BUTTON_TAB_LEDGER] = "ledger", [BUTTON_TAB_OUTPUT] = "output",
        [BUTTON_COMMANDS] = "commands", [BUTTON_LESSON] = "lesson",
        [BUTTON_TABS] = "tabs",         [BUTTON_ALONE] = "alone",
        [BUTTON_CHECK] = "check",
    };

    return button >= 0 && button < BUTTON_COUNT ? command_find(names[button]) : NULL;
}
