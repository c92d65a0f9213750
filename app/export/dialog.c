#include "app/export/dialog.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/export/moment.h"
#include "app/export/picture.h"

enum { ROW_WHAT, ROW_PLACE, ROW_FORMAT, ROW_PIXELS, ROW_PAGE, ROW_COLOURS, CHOICES_MOST = 6 };

static const struct {
    const char *label;
    const char *choices[CHOICES_MOST + 1];
} rows[EXPORT_ROWS] = {
    [ROW_WHAT] = { WORD("Picture of"),
                   { WORD("Graph"), WORD("Whole screen"), WORD("Equation"), WORD("Tensor"),
                     WORD("Curve"), WORD("Code") } },
    [ROW_PLACE] = { WORD("Place"),
                    { WORD("A whole slide"), WORD("Half a slide"), WORD("A third of a slide") } },
    [ROW_FORMAT] = { WORD("File"), { "PNG", WORD("SVG for slides"), WORD("SVG to edit"), "PDF" } },
    [ROW_PIXELS] = { WORD("Pixels"), { "1×", "2×", "4×" } },
    [ROW_PAGE] = { WORD("Page"), { WORD("In its colour"), WORD("Transparent") } },
    [ROW_COLOURS] = { WORD("Colours"),
                      { WORD("As on show"), WORD("Light"), WORD("Projector"), WORD("Print") } },
};

/* ---- what is chosen --------------------------------------------------------------------- */

static int choice_count(int row)
{
    int count = 0;

    while (rows[row].choices[count]) {
        count++;
    }
    return count;
}

static struct picture_options chosen_options(struct app *app, float width, float height)
{
    static const enum picture_part parts[] = { PICTURE_GRAPH,  PICTURE_SCREEN, PICTURE_EQUATION,
                                               PICTURE_TENSOR, PICTURE_CURVE,  PICTURE_CODE };
    static const enum theme_id themes[] = { THEME_LIGHT, THEME_LIGHT, THEME_PROJECTOR,
                                            THEME_PRINT };
    const int *const chosen = app->dialog.chosen;
    const bool whole = parts[chosen[ROW_WHAT]] == PICTURE_SCREEN;
    struct picture_options options = {
        .format = (enum picture_format)chosen[ROW_FORMAT],
        .scale = (float)(1 << chosen[ROW_PIXELS]) * (whole ? 1 : 2),
        .transparent = chosen[ROW_PAGE] == 1,
        .look = { .part = parts[chosen[ROW_WHAT]],
                  .slide = whole ? SLIDE_NONE : (enum slide_size)(chosen[ROW_PLACE] + 1),
                  .width = (int)width,
                  .height = (int)height,
                  .theme = chosen[ROW_COLOURS] > 0 ? themes[chosen[ROW_COLOURS]] : app_theme(app),
                  .motion = 1,
                  .state = app->view },
    };

    if (!whole) {
        options.look.state.mode = SCREEN_PRESENT;
        options.look.state.zoom = 0;
    }
    return options;
}

static struct page page_of(const struct app *app)
{
    return (struct page){ .kind = app->view.question > 0 ? PAGE_QUESTION : PAGE_STEP,
                          .moment = app->player.moment,
                          .question = app->view.question,
                          .revealed = app->view.revealed,
                          .heading = "",
                          .notes = "" };
}

static void make_preview(struct app *app, const struct scene *window)
{
    struct export_dialog *const dialog = &app->dialog;
    const struct page_tools tools = { app->fonts, app->words, dialog->graph, NULL };
    const struct page page = page_of(app);
    const struct picture_options options = chosen_options(app, window->width, window->height);

    scene_clear(&dialog->preview);
    page_draw(&tools, app->session, &page, &options.look, &dialog->preview);
    dialog->stale = false;
}

/* ---- drawing ---------------------------------------------------------------------------- */

/* The panel in the middle of the page, and a row of it. */
static struct rect panel_of(float w, float h)
{
    return (struct rect){ w * 0.08f, h * 0.1f, w * 0.84f, h * 0.8f };
}

static struct rect row_of(float w, float h, int row)
{
    const struct rect panel = panel_of(w, h);
    const float height = panel.h * 0.72f / EXPORT_ROWS;

    return (struct rect){ panel.x + panel.w * 0.64f,
                          panel.y + panel.h * 0.05f + height * (float)row, panel.w * 0.34f,
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

static void draw_row(struct app *app, const struct view *view, int row, struct scene *scene)
{
    const struct rect box = row_of(scene->width, scene->height, row);
    const bool here = app->dialog.row == row;
    const float size = view->type.text, pad = size * 0.7f;
    const char *const choice =
        arena_format(view->arena, here ? "‹ %s ›" : "%s",
                     view_word(view, rows[row].choices[app->dialog.chosen[row]]));

    scene_rect(scene, &(struct draw_rect){ .rect = { box.x, box.y + 2, box.w, box.h - 4 },
                                           .radius = 8,
                                           .fill = here ? INK_FORWARD_SOFT : INK_NONE,
                                           .stroke = here ? INK_FORWARD : INK_NONE });
    say(view, view_word(view, rows[row].label),
        (struct point){ box.x + pad, box.y + box.h * 0.42f }, TYPE_UI, INK_TEXT_SECOND,
        box.w - 2 * pad, scene);
    say(view, choice, (struct point){ box.x + pad, box.y + box.h * 0.42f + size * 1.25f },
        TYPE_UI_BOLD, INK_TEXT, box.w - 2 * pad, scene);
}

static void draw_preview(struct app *app, struct rect area, struct scene *scene)
{
    const struct scene *const preview = &app->dialog.preview;
    const float fit =
        fminf(fminf(area.w / fmaxf(preview->width, 1), area.h / fmaxf(preview->height, 1)), 1);
    const struct rect box = { area.x + (area.w - preview->width * fit) / 2,
                              area.y + (area.h - preview->height * fit) / 2, preview->width * fit,
                              preview->height * fit };

    scene_rect(scene, &(struct draw_rect){
                          .rect = box, .fill = INK_PAGE, .stroke = INK_PANEL_LINE, .width = 1 });
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
                                panel.w * 0.6f, panel.h * 0.82f },
                 scene);
    for (int row = 0; row < EXPORT_ROWS; row++) {
        draw_row(app, &view, row, scene);
    }
    say(&view,
        view_word(&view, "↑ ↓ and ← → choose · Enter writes the file · Ctrl+C copies · Esc leaves"),
        (struct point){ panel.x + panel.w * 0.02f, panel.y + panel.h - view.type.text * 1.2f },
        TYPE_UI, INK_TEXT_SECOND, panel.w * 0.96f, scene);
    scene->layer = LAYER_STILL;
}

/* ---- events ----------------------------------------------------------------------------- */

void dialog_open(struct app *app)
{
    if (app->session && !app->view.start && !app->dialog.open) {
        app->dialog.open = true;
        app->dialog.stale = true;
        app->dialog.chosen[ROW_PIXELS] = 1;
        app->dialog.graph = graph_picture_create(app->paths.layout);
        app->player.playing = false;
        app->stale = true;
    }
}

void dialog_close(struct app *app)
{
    graph_picture_destroy(app->dialog.graph);
    scene_finish(&app->dialog.preview);
    app->dialog = (struct export_dialog){ 0 };
    app->stale = true;
}

static void choose(struct app *app, int row, int by)
{
    const int count = choice_count(row);

    app->dialog.row = row;
    app->dialog.chosen[row] = (app->dialog.chosen[row] + by + count) % count;
    app->dialog.stale = true;
}

static void write_chosen(struct app *app)
{
    const struct page_tools tools = { app->fonts, app->words, app->dialog.graph, NULL };
    const struct page page = page_of(app);
    struct window_pixels pixels;
    struct error err = { 0 };
    char path[PATH_SIZE], said[PATH_SIZE + 64];

    if (!window_pixels(app->window, &pixels, &err) || !picture_folder("out", &err)) {
        app_say(app, err.text);
        return;
    }
    const struct picture_options options =
        chosen_options(app, (float)pixels.width, (float)pixels.height);
    snprintf(path, sizeof(path), "out/%s_step%03zu.%s", session_name(app->session),
             player_position(&app->player, session_stops(app->session)),
             picture_ending(options.format));
    const bool good = picture_write(&tools, app->session, &page, 1, &options, path, &err);
    snprintf(said, sizeof(said), "%s %s", app_word(app, "Picture written to"), path);
    app_say(app, good ? said : err.text);
    dialog_close(app);
}

bool dialog_key(struct app *app, const char *key)
{
    struct export_dialog *const dialog = &app->dialog;

    if (!dialog->open || strcmp(key, "Ctrl+C") == 0) {
        return false;
    }
    if (strcmp(key, "Escape") == 0) {
        dialog_close(app);
    } else if (strcmp(key, "Return") == 0) {
        write_chosen(app);
    } else if (strcmp(key, "Up") == 0 || strcmp(key, "Down") == 0) {
        dialog->row = (dialog->row + (key[0] == 'U' ? EXPORT_ROWS - 1 : 1)) % EXPORT_ROWS;
    } else if (strcmp(key, "Left") == 0 || strcmp(key, "Right") == 0) {
        choose(app, dialog->row, key[0] == 'L' ? -1 : 1);
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
        if (rect_holds(row_of(w, h, row), at)) {
            choose(app, row, 1);
        }
    }
    if (!rect_holds(panel_of(w, h), at)) {
        dialog_close(app);
    }
    app->stale = true;
    return true;
}
