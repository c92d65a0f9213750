#include "app/export.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "app/output.h"

static const struct {
    const char *name, *ending;
} formats[] = {
    [PICTURE_PNG] = { "png", "png" },           [PICTURE_SVG] = { "svg", "svg" },
    [PICTURE_SVG_TEXT] = { "svg-text", "svg" }, [PICTURE_PDF] = { "pdf", "pdf" },
    [PICTURE_DOT] = { "dot", "dot" },
};

bool picture_format_find(enum picture_format *out, const char *name, struct error *err)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            *out = (enum picture_format)i;
            return true;
        }
    }
    return error_set_kind(err, ERROR_VALUE,
                          "there is no format %s; choose png, svg, svg-text, pdf or dot", name);
}

const char *picture_ending(enum picture_format format)
{
    return formats[format].ending;
}

/* ---- one scene -------------------------------------------------------------------------- */

struct page {
    struct run_view run;
    struct view_state state;
    struct theme theme;
    struct view view;
    struct arena arena;
};

static void page_init(struct page *page, const struct picture_tools *tools,
                      const struct session *session, uint32_t moment,
                      const struct picture_options *options)
{
    *page = (struct page){
        .run = { .trace = session_trace(session),
                 .stops = session_stops(session),
                 .episodes = session_episodes(session),
                 .moment = moment,
                 .label = session_name(session),
                 .granularity = options->state.granularity },
        .state = options->state,
        .theme = *theme_at(options->theme),
    };
    page->theme.shadows = false; /* a slide or a sheet has none */
    page->run.changes = overrides_changes(session_overrides(session), session_overrides(session),
                                          &page->arena, &page->run.change_count);
    page->state.editable = false;
    page->state.field.cell = 0;
    page->view = (struct view){
        .runs = &page->run,
        .run_count = 1,
        .state = &page->state,
        .motion = { .progress = 1 },
        .graph = tools->graph,
        .fonts = tools->fonts,
        .theme = &page->theme,
        .words = tools->words,
        .type = screen_type(&options->state, (float)options->width, (float)options->height),
        .arena = &page->arena,
    };
}

/* A picture has no camera to move: all of the graph is on it. */
static void show_all(struct page *page, struct rect area)
{
    const struct point size = graph_picture_size(page->view.graph);
    const float fit = fminf(area.w / fmaxf(size.x, 1), area.h / fmaxf(size.y, 1));

    if (graph_camera(&page->view, area).zoom > fit) {
        page->state.camera = (struct point){ size.x / 2, size.y / 2 };
        page->state.zoom = fit * 0.97f;
    }
}

static void draw_page(struct page *page, const struct picture_options *options, struct scene *scene)
{
    const float w = (float)options->width, h = (float)options->height;
    const float rim = h * 0.03f;

    scene->width = w;
    scene->height = h;
    if (options->part == PICTURE_SCREEN) {
        screen_draw(&page->view, w, h, scene);
    } else {
        const struct rect area = { rim, rim, w - 2 * rim, h - 2 * rim };
        show_all(page, area);
        view_graph(&page->view, area, scene);
    }
}

/* What happened, and which numbers are not those of the lesson. */
static const char *description_of(struct page *page, const struct picture_tools *tools,
                                  enum language language)
{
    const char *text = sentence_for(&page->run, tools->words, language, &page->arena);

    for (size_t i = 0; i < page->run.change_count; i++) {
        const struct code_change *const change = &page->run.changes[i];
        text = arena_format(&page->arena, "%s [%s %d: %s → %s]", text,
                            words_in(tools->words, language, "line"), (int)change->line,
                            change->was, change->now);
    }
    return text;
}

static bool write_page(struct canvas_file *file, const struct picture_tools *tools,
                       const struct session *session, uint32_t moment,
                       const struct picture_options *options, struct error *err)
{
    struct page page;
    struct scene scene = { 0 };

    page_init(&page, tools, session, moment, options);
    graph_picture_prepare(tools->graph, &page.view, true, 0);
    scene.title = session_name(session);
    scene.description = description_of(&page, tools, options->state.language);
    draw_page(&page, options, &scene);
    const bool good = canvas_file_page(file, &scene, err);
    scene_finish(&scene);
    arena_finish(&page.arena);
    return good;
}

/* ---- files ------------------------------------------------------------------------------ */

static bool write_dot(const struct picture_tools *tools, const struct session *session,
                      uint32_t moment, const struct picture_options *options, const char *path,
                      struct error *err)
{
    struct page page;
    struct text text = { 0 };

    page_init(&page, tools, session, moment, options);
    graph_dot(&page.view, &text);
    const bool good = output_write(path, &text, err);
    text_finish(&text);
    arena_finish(&page.arena);
    return good;
}

static enum file_format file_format_of(enum picture_format format)
{
    switch (format) {
    case PICTURE_SVG:
        return FILE_SVG;
    case PICTURE_SVG_TEXT:
        return FILE_SVG_TEXT;
    case PICTURE_PDF:
        return FILE_PDF;
    case PICTURE_PNG:
    case PICTURE_DOT:
        break;
    }
    return FILE_PNG;
}

bool picture_write(const struct picture_tools *tools, const struct session *session,
                   const uint32_t *moments, size_t count, const struct picture_options *options,
                   const char *path, struct error *err)
{
    assert(count == 1 || options->format == PICTURE_PDF);
    if (options->format == PICTURE_DOT) {
        return write_dot(tools, session, moments[0], options, path, err);
    }
    struct canvas_file *const file =
        canvas_file_create(path,
                           &(struct canvas_file_options){
                               .format = file_format_of(options->format),
                               .scale = options->scale,
                               .transparent = options->transparent,
                               .title = session_name(session),
                               .language = language_code(options->state.language),
                           },
                           theme_at(options->theme), tools->fonts, err);
    if (!file) {
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        good = write_page(file, tools, session, moments[i], options, err);
    }
    /* Finished in any case; the first reason is the one to tell. */
    return canvas_file_finish(file, good ? err : NULL) && good;
}

bool export_moment(struct app *app, char *path, struct error *err)
{
    static const char folder[] = "out";
    const struct picture_tools tools = { app->fonts, app->words, app->graph };
    struct window_pixels pixels;
    uint32_t moment = app->player.moment;

    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return error_set_kind(err, ERROR_IO, "cannot make the folder %s: %s", folder,
                              strerror(errno));
    }
    if (!window_pixels(app->window, &pixels, err)) {
        return false;
    }
    snprintf(path, PATH_SIZE, "%s/%s_step%03zu.png", folder, session_name(app->session),
             player_position(&app->player, session_stops(app->session)));
    return picture_write(&tools, app->session, &moment, 1,
                         &(struct picture_options){ .format = PICTURE_PNG,
                                                    .part = PICTURE_SCREEN,
                                                    .width = pixels.width,
                                                    .height = pixels.height,
                                                    .scale = 2,
                                                    .theme = app_theme(app),
                                                    .state = app->view },
                         path, err);
}
