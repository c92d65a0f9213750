#include "app/export/dialog.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/export/order.h"
#include "app/export/task.h"
#include "app/output.h"
#include "app/present/presenter.h"
#include "app/settings.h"
#include "app/start/chooser.h"

static const double LOOK_SECONDS = 0.1;

static void make_preview(struct app *app, const struct scene *window)
{
    struct export_dialog *const dialog = &app->dialog;
    const struct page_tools tools = { app->fonts, app->words, dialog->graph, NULL };
    const struct page page = order_page(app);
    const struct export_job job =
        order_job(app, (struct point){ window->width, window->height }, &page);
    struct page_look look = job.picture.look;

    look.notes = false;
    look.part = job.worksheet ? PICTURE_SCREEN : look.part;
    scene_clear(&dialog->preview);
    page_draw(&tools, app->session, &page, &look, &dialog->preview);
    dialog->stale = false;
}

/* ---- drawing ---------------------------------------------------------------------------- */

/* The panel in the middle of the page, and a row of it. */
static struct rect panel_of(float w, float h)
{
    return (struct rect){ w * 0.05f, h * 0.08f, w * 0.9f, h * 0.84f };
}

static struct rect row_of(float w, float h, int row)
{
    const struct rect panel = panel_of(w, h);
    const float height = panel.h * 0.84f / EXPORT_ROWS;

    return (struct rect){ panel.x + panel.w * 0.58f,
                          panel.y + panel.h * 0.04f + height * (float)row, panel.w * 0.405f,
                          height };
}

static void say(const struct view *view, const char *text, struct point at, enum type_role role,
                enum ink ink, float room, struct scene *scene)
{
    scene_text(scene, &(struct draw_text){ .at = at,
                                           .bytes = text,
                                           .role = role,
                                           .size = view->type.text,
                                           .ink = ink,
                                           .max_width = room });
}

/* Its end, where it has no room: that is where one types. */
static const char *shortened(const struct view *view, const char *text, float room)
{
    const float size = view->type.text;

    while (fonts_measure(view->fonts, TYPE_UI_BOLD, text, strlen(text)) * size > room && text[1]) {
        do {
            text++;
        } while ((*text & 0xc0) == 0x80);
    }
    return text;
}

static void draw_row(struct app *app, const struct view *view, int row, struct scene *scene)
{
    const struct rect box = row_of(scene->width, scene->height, row);
    const bool here = app->dialog.row == row, means = order_applies(app, row);
    const float size = view->type.text, pad = size * 0.7f, label = box.w * 0.34f;
    const float room = box.w - label - 2 * pad, base = box.y + box.h / 2 + size * 0.36f;
    const char *const chosen = order_choice(app, row);
    const char *const choice =
        row == ORDER_PATH
            ? arena_format(view->arena, here ? "%s|" : "%s", shortened(view, chosen, room - size))
            : arena_format(view->arena, here ? "‹ %s ›" : "%s", view_word(view, chosen));

    scene_rect(scene, &(struct draw_rect){ .rect = { box.x, box.y + 2, box.w, box.h - 4 },
                                           .radius = 8,
                                           .fill = here ? INK_FORWARD_SOFT : INK_NONE,
                                           .stroke = here ? INK_FORWARD : INK_NONE });
    say(view, view_word(view, order_label(row)), (struct point){ box.x + pad, base }, TYPE_UI,
        INK_TEXT_SECOND, label - pad, scene);
    say(view, means ? choice : "–", (struct point){ box.x + pad + label, base },
        means ? TYPE_UI_BOLD : TYPE_UI, means ? INK_TEXT : INK_TEXT_SECOND, room, scene);
}

static void draw_preview(struct app *app, struct rect area, struct scene *scene)
{
    const struct scene *const preview = &app->dialog.preview;
    const float fit =
        fminf(fminf(area.w / fmaxf(preview->width, 1), area.h / fmaxf(preview->height, 1)), 1);
    const struct rect box = { area.x + (area.w - preview->width * fit) / 2,
                              area.y + (area.h - preview->height * fit) / 2, preview->width * fit,
                              preview->height * fit };

    scene_rect(scene, &(struct draw_rect){ .rect = box,
                                           .fill = app->dialog.chosen[ORDER_PAGE] == 1 &&
                                                           order_applies(app, ORDER_PAGE)
                                                       ? INK_NONE
                                                       : INK_PAGE,
                                           .stroke = INK_PANEL_LINE,
                                           .width = 1 });
    scene_clip(scene, box);
    scene_append(scene, preview, (struct point){ box.x, box.y }, fit);
    scene_clip_end(scene);
}

void dialog_draw(struct app *app, struct scene *scene)
{
    const float w = scene->width, h = scene->height;
    const struct rect panel = panel_of(w, h);
    const struct view view = app_view(app, w, h);

    if (!app->dialog.open) {
        return;
    }
    if (app->dialog.stale) {
        make_preview(app, scene);
    }
    scene->layer = LAYER_OVERLAY;
    scene_rect(scene,
               &(struct draw_rect){ .rect = { 0, 0, w, h }, .fill = INK_PAGE, .alpha = 0.8f });
    scene_rect(scene, &(struct draw_rect){ .rect = panel,
                                           .radius = 12,
                                           .fill = INK_PANEL,
                                           .stroke = INK_PANEL_LINE,
                                           .width = 1.5f });
    draw_preview(app,
                 (struct rect){ panel.x + panel.w * 0.02f, panel.y + panel.h * 0.05f,
                                panel.w * 0.54f, panel.h * 0.82f },
                 scene);
    for (int row = 0; row < EXPORT_ROWS; row++) {
        draw_row(app, &view, row, scene);
    }
    say(&view,
        view_word(
            &view,
            app->dialog.row == ORDER_PATH
                ? WORD("Type a path, or → for the desktop's dialog · Enter writes · Esc leaves")
                : WORD("↑ ↓ and ← → choose · Enter writes the file · Ctrl+C copies · Esc leaves")),
        (struct point){ panel.x + panel.w * 0.02f, panel.y + panel.h - view.type.text * 1.2f },
        TYPE_UI, INK_TEXT_SECOND, panel.w * 0.96f, scene);
    scene->layer = LAYER_STILL;
}

/* ---- opening ---------------------------------------------------------------------------- */

void dialog_open(struct app *app)
{
    if (!app->session || app->view.start || app->dialog.open) {
        return;
    }
    if (presenter_is_open(app)) {
        app_say(app, app_word(app, "Leave presenting first: the class would see the dialog."));
        return;
    }
    app->dialog.open = app->dialog.stale = true;
    app->dialog.named = false;
    app->dialog.row = ORDER_KIND;
    order_begin(app);
    app->dialog.graph = graph_picture_create(app->paths.layout);
    app->player.playing = false;
    app->stale = app->exposed = true;
}

/* What was chosen stays for the next time. */
void dialog_close(struct app *app)
{
    struct export_dialog *const dialog = &app->dialog;

    if (!dialog->open) {
        return;
    }
    graph_picture_destroy(dialog->graph);
    scene_finish(&dialog->preview);
    chooser_destroy(dialog->chooser);
    dialog->graph = NULL;
    dialog->chooser = NULL;
    dialog->preview = (struct scene){ 0 };
    dialog->open = false;
    window_set_typing(app->window, false);
    app->stale = app->exposed = true;
}

void dialog_finish(struct app *app)
{
    dialog_close(app);
    writing_finish(&app->dialog.file);
    writing_finish(&app->dialog.copy);
}

/* ---- writing ---------------------------------------------------------------------------- */

bool dialog_write(struct app *app, const struct export_job *job, struct error *err)
{
    return writing_start(app, job->copied ? &app->dialog.copy : &app->dialog.file, job, err);
}

/* The folder "out" will be made; one that somebody names has to be there. */
static bool check_path(struct app *app, const struct export_job *job, struct error *err)
{
    if (session_running(app->session)) {
        return error_set(err, "%s", app_word(app, "The lesson is still running."));
    }
    return job->folder || (job->all && picture_is_single(job->picture.format)) ||
           output_check(job->output, job->path, err);
}

static void write_chosen(struct app *app)
{
    const struct page page = order_page(app);
    struct window_pixels pixels;
    struct error err = { 0 };

    if (!window_pixels(app->window, &pixels, &err)) {
        app_say(app, err.text);
        return;
    }
    const struct point size = { (float)pixels.width, (float)pixels.height };
    const struct export_job job = order_job(app, size, &page);
    if (!check_path(app, &job, &err) || !dialog_write(app, &job, &err)) {
        app_say(app, err.text);
        return;
    }
    dialog_close(app);
}

static void watch_chooser(struct app *app)
{
    struct export_dialog *const dialog = &app->dialog;
    char path[PATH_SIZE];
    const enum chooser_answer answer = chooser_poll(dialog->chooser, path);

    if (answer == CHOOSER_OPEN) {
        return;
    }
    if (answer == CHOOSER_CHOSEN) {
        snprintf(dialog->path, sizeof(dialog->path), "%s", path);
        dialog->named = true;
    }
    chooser_destroy(dialog->chooser);
    dialog->chooser = NULL;
    app->stale = true;
}

void dialog_turn(struct app *app)
{
    writing_turn(app, &app->dialog.file);
    writing_turn(app, &app->dialog.copy);
    if (app->dialog.chooser) {
        watch_chooser(app);
    }
}

double dialog_patience(const struct app *app)
{
    const struct export_dialog *const dialog = &app->dialog;

    return dialog->file.task || dialog->copy.task || dialog->chooser ? LOOK_SECONDS : -1;
}

bool dialog_stop(struct app *app)
{
    return writing_stop(&app->dialog.copy) || writing_stop(&app->dialog.file);
}

/* ---- events ----------------------------------------------------------------------------- */

/* In front of a class nothing may come between. */
static void ask_desktop(struct app *app)
{
    char *const full = realpath(".", NULL);
    const char *const path = app->dialog.path;

    if (!app->dialog.chooser && full && !app->fullscreen && window_is_on_desktop(app->window) &&
        settings_flag(app->settings, "desktop-dialogs", true)) {
        app->dialog.chooser =
            chooser_save(app_word(app, WORD("Save as")),
                         path[0] == '/' ? path : arena_format(&app->scratch, "%s/%s", full, path));
    }
    free(full);
    if (!app->dialog.chooser) {
        app_say(app, app_word(app, "The desktop has no dialog for files here: type the path."));
    }
}

static void go_to_row(struct app *app, int row)
{
    app->dialog.row = row;
    window_set_typing(app->window, row == ORDER_PATH);
}

static void move_row(struct app *app, int by)
{
    int row = app->dialog.row;

    do {
        row = (row + by + EXPORT_ROWS) % EXPORT_ROWS;
    } while (!order_applies(app, row));
    go_to_row(app, row);
}

static void change_row(struct app *app, int by)
{
    if (app->dialog.row == ORDER_PATH) {
        ask_desktop(app);
        return;
    }
    order_choose(app, app->dialog.row, by);
    app->dialog.stale = true;
    app->exposed = true; /* the colours may be others */
}

static void erase(struct app *app)
{
    char *const path = app->dialog.path;
    size_t length = strlen(path);

    while (length > 0 && (path[length - 1] & 0xc0) == 0x80) {
        length--;
    }
    path[length > 0 ? length - 1 : 0] = '\0';
    app->dialog.named = true;
}

bool dialog_type(struct app *app, const char *bytes)
{
    const size_t length = strlen(app->dialog.path);

    if (!app->dialog.open) {
        return false;
    }
    if (app->dialog.row == ORDER_PATH && length + strlen(bytes) < EXPORT_PATH_SIZE) {
        memcpy(app->dialog.path + length, bytes, strlen(bytes) + 1);
        app->dialog.named = true;
        app->stale = true;
    }
    return true;
}

bool dialog_key(struct app *app, const char *key)
{
    if (!app->dialog.open || strcmp(key, "Ctrl+C") == 0) {
        return false;
    }
    if (strcmp(key, "Escape") == 0) {
        dialog_close(app);
    } else if (strcmp(key, "Return") == 0) {
        write_chosen(app);
    } else if (strcmp(key, "Up") == 0 || strcmp(key, "Down") == 0) {
        move_row(app, key[0] == 'U' ? -1 : 1);
    } else if (strcmp(key, "Tab") == 0 || strcmp(key, "Shift+Tab") == 0) {
        move_row(app, key[0] == 'S' ? -1 : 1);
    } else if (strcmp(key, "Left") == 0 || strcmp(key, "Right") == 0) {
        change_row(app, key[0] == 'L' ? -1 : 1);
    } else if (strcmp(key, "Backspace") == 0 && app->dialog.row == ORDER_PATH) {
        erase(app);
    }
    app->stale = true;
    return true;
}

/* A press on a row takes its next choice; beside the panel it leaves. */
bool dialog_press(struct app *app, struct point at)
{
    struct window_pixels pixels;

    if (!app->dialog.open || !window_pixels(app->window, &pixels, NULL)) {
        return app->dialog.open;
    }
    const float w = (float)pixels.width, h = (float)pixels.height;
    for (int row = 0; row < EXPORT_ROWS; row++) {
        if (rect_holds(row_of(w, h, row), at) && order_applies(app, row)) {
            const bool again = app->dialog.row == row;
            go_to_row(app, row);
            if (row != ORDER_PATH || again) {
                change_row(app, 1);
            }
        }
    }
    if (!rect_holds(panel_of(w, h), at)) {
        dialog_close(app);
    }
    app->stale = true;
    return true;
}
