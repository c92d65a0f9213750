/* Commands: how things are looked at. */

#include "app/command/run.h"

#include <math.h>

#include "app/app.h"
#include "app/command/focus.h"
#include "app/panels/film.h"
#include "app/panels/ledger.h"
#include "app/panels/panel.h"
#include "app/panels/search.h"
#include "app/panels/stage.h"
#include "app/present/overview.h"
#include "app/present/pointer.h"
#include "app/present/present.h"
#include "app/present/presenter.h"

static const float ZOOM_STEP = 1.25f, ZOOM_MIN = 0.05f, ZOOM_MAX = 8;
static const float CODE_NOTCH = 96;
static const float TEXT_STEP = 1.1f, TEXT_MIN = 0.75f, TEXT_MAX = 3;

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

void run_zoom_in(struct app *app)
{
    zoom_by(app, ZOOM_STEP);
}

void run_zoom_out(struct app *app)
{
    zoom_by(app, 1 / ZOOM_STEP);
}

void run_zoom_fit(struct app *app)
{
    app->view.zoom = 0;
    app->stale = true;
}

/* From what is seen: in a small window that is less than was asked for in a larger one. */
static void scale_text(struct app *app, float factor)
{
    const struct point page = app_page(app);
    const float most = screen_text_most(&app->view, page.x, page.y);
    const float now = screen_text_scale(&app->view, page.x, page.y);

    if (factor > 1 && now >= most) {
        app_say(app, words_in(app->words, app->view.language,
                              "Larger text has no room in this window."));
        return;
    }
    app->view.text_scale = fminf(fmaxf(now * factor, TEXT_MIN), fminf(most, TEXT_MAX));
    app->stale = true;
}

void run_text_larger(struct app *app)
{
    scale_text(app, TEXT_STEP);
}

void run_text_smaller(struct app *app)
{
    scale_text(app, 1 / TEXT_STEP);
}

/* The box that is pointed at, else the one of what is selected, else the one of the step. */
void run_fold(struct app *app)
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

void run_fold_all(struct app *app)
{
    app->view.fold_all = !app->view.fold_all;
    app->view.fold_count = 0;
    app->view.zoom = 0;
    app_say(app,
            words_in(app->words, app->view.language,
                     app->view.fold_all ? "All modules are closed." : "All modules are open."));
}

void run_search(struct app *app)
{
    if (!app->view.searching) {
        search_open(app);
    }
}

void run_level(struct app *app)
{
    const bool mathematics = app->view.level == GRAPH_MATHEMATICS;

    app->view.level = mathematics ? GRAPH_PYTORCH : GRAPH_MATHEMATICS;
    app->view.zoom = 0;
    app_say(app, words_in(app->words, app->view.language,
                          mathematics ? "PyTorch's own graph: grad_fn and next_functions"
                                      : "The computation as mathematics"));
}

void run_text_normal(struct app *app)
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

void run_pan_left(struct app *app)
{
    pan(app, -1, 0);
}

void run_pan_right(struct app *app)
{
    pan(app, 1, 0);
}

void run_pan_up(struct app *app)
{
    pan(app, 0, -1);
}

void run_pan_down(struct app *app)
{
    pan(app, 0, 1);
}

/* ---- panels ----------------------------------------------------------------------------- */

void run_tab(struct app *app)
{
    const struct view view = app_view(app, 0, 0);
    const int next = screen_tab_shown(&view) + 1;

    panel_choose_tab(app, screen_tab_at(next) ? next : 0);
}

static void choose_tab_of(struct app *app, enum screen_button button)
{
    for (int i = 0; screen_tab_at(i); i++) {
        if (screen_tab_at(i)->button == button) {
            panel_choose_tab(app, i);
        }
    }
}

void run_tab_ledger(struct app *app)
{
    choose_tab_of(app, BUTTON_TAB_LEDGER);
}

void run_tab_output(struct app *app)
{
    choose_tab_of(app, BUTTON_TAB_OUTPUT);
}

void run_tab_curve(struct app *app)
{
    choose_tab_of(app, BUTTON_TAB_CURVE);
}

void run_tab_tensor(struct app *app)
{
    choose_tab_of(app, BUTTON_TAB_TENSOR);
}

void run_curve_scale(struct app *app)
{
    app->view.curve_log = !app->view.curve_log;
}

static void show_on_stage(struct app *app, enum stage_kind kind)
{
    const struct view view = app_view(app, 0, 0);

    if (!stage_offered(&view, kind)) {
        app_say(app,
                words_in(app->words, app->view.language, "This lesson has nothing to show there."));
        return;
    }
    app->view.stage = kind;
}

void run_stage_graph(struct app *app)
{
    show_on_stage(app, STAGE_GRAPH);
}

void run_stage_tensor(struct app *app)
{
    show_on_stage(app, STAGE_TENSOR);
}

void run_stage_plots(struct app *app)
{
    show_on_stage(app, STAGE_PLOTS);
}

/* The next kind that the lesson has. */
void run_stage(struct app *app)
{
    const struct view view = app_view(app, 0, 0);
    int kind = stage_shown(&view);

    do {
        kind = kind + 1 < STAGE_KINDS ? kind + 1 : STAGE_GRAPH;
    } while (!stage_offered(&view, (enum stage_kind)kind));
    app->view.stage = (enum stage_kind)kind;
}

void run_lesson_wider(struct app *app)
{
    panel_nudge(app, DIVIDER_LESSON, 1);
}

void run_lesson_narrower(struct app *app)
{
    panel_nudge(app, DIVIDER_LESSON, -1);
}

void run_tabs_taller(struct app *app)
{
    panel_nudge(app, DIVIDER_TABS, 1);
}

void run_tabs_lower(struct app *app)
{
    panel_nudge(app, DIVIDER_TABS, -1);
}

/* Scrolls the middle of a region by most of what is in sight. */
static void scroll_page(struct app *app, struct rect region, float pages)
{
    panel_scroll(app, (struct point){ region.x + region.w / 2, region.y + region.h / 2 },
                 pages * region.h * 0.8f);
}

void run_tabs_down(struct app *app)
{
    scroll_page(app, app_regions(app).tabs, 1);
}

void run_tabs_up(struct app *app)
{
    scroll_page(app, app_regions(app).tabs, -1);
}

void run_alone(struct app *app)
{
    app->view.alone = !app->view.alone;
    app->view.zoom = 0;
    app->stale = true;
}

void run_code_up(struct app *app)
{
    app_scroll_code(app, -CODE_NOTCH);
}

void run_code_down(struct app *app)
{
    app_scroll_code(app, CODE_NOTCH);
}

/* ---- the keyboard's own way ------------------------------------------------------------- */

void run_focus_next(struct app *app)
{
    focus_move(app, 1);
}

void run_focus_previous(struct app *app)
{
    focus_move(app, -1);
}

void run_region_next(struct app *app)
{
    focus_move_region(app, 1);
}

void run_region_previous(struct app *app)
{
    focus_move_region(app, -1);
}

void run_check(struct app *app)
{
    ledger_check(app);
}

void run_cell_left(struct app *app)
{
    ledger_move(app, 0, -1);
}

void run_cell_right(struct app *app)
{
    ledger_move(app, 0, 1);
}

void run_cell_up(struct app *app)
{
    ledger_move(app, -1, 0);
}

void run_cell_down(struct app *app)
{
    ledger_move(app, 1, 0);
}

void run_code(struct app *app)
{
    app->view.code_style = (app->view.code_style + 1) % CODE_STYLES;
    app->stale = true;
}

/* ---- showing ---------------------------------------------------------------------------- */

void run_theme(struct app *app)
{
    enum theme_id *const theme =
        app->view.mode == SCREEN_PRESENT ? &app->presenting_theme : &app->theme;

    *theme = (*theme + 1) % THEME_PRINT;
    app->stale = true;
}

void run_language(struct app *app)
{
    app->view.language = app->view.language == LANGUAGE_VI ? LANGUAGE_EN : LANGUAGE_VI;
    app->stale = true;
}

void run_present(struct app *app)
{
    app->view.mode = SCREEN_PRESENT;
    app->view.alone = false;
    app->view.zoom = 0;
    app->fullscreen = true;
    presenter_begin(app);
}

void run_leave(struct app *app)
{
    if (app->view.help) {
        app->view.help = false;
    } else if (app->view.focused.kind != TARGET_NONE) {
        focus_clear(app);
    } else if (consent_page(app) && app->view.mode == SCREEN_EXPLORE) {
        consent_refuse(app);
    } else if (app->view.compared > 0) {
        film_compare(app);
    } else if (app->view.alone) {
        run_alone(app);
    } else if (app->view.mode == SCREEN_PRESENT) {
        pointer_put_away(app);
        pointer_wipe(app);
        overview_close(app);
        app->view.mode = SCREEN_EXPLORE;
        app->view.blank = BLANK_NONE;
        app->view.room = false;
        present_forget_step(app);
        app->view.card = false;
        app->view.zoom = 0;
        app->fullscreen = false;
        presenter_end(app);
    } else {
        app->view.selected = (struct target){ 0 };
    }
    app->stale = true;
}

void run_fullscreen(struct app *app)
{
    app->fullscreen = !app->fullscreen;
    window_set_fullscreen(app->window, app->fullscreen);
}

void run_motion(struct app *app)
{
    app->player.reduced_motion = !app->player.reduced_motion;
    app_say(app, words_in(app->words, app->view.language,
                          app->player.reduced_motion ? "Steps jump, nothing moves."
                                                     : "Steps move along the edges."));
}

void run_help(struct app *app)
{
    app->view.help = !app->view.help;
    app->stale = true;
}
