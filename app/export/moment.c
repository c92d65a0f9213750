#include "app/export/moment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/export/clipboard.h"
#include "app/export/dialog.h"
#include "app/export/job.h"
#include "app/export/picture.h"

bool export_moment(struct app *app, struct error *err)
{
    static const char folder[] = "out";
    const struct page page = {
        .moment = app->player.moment, .revealed = app->view.revealed, .heading = "", .notes = ""
    };
    struct window_pixels pixels;
    char path[PATH_SIZE];

    if (!picture_folder(folder, err) || !window_pixels(app->window, &pixels, err)) {
        return false;
    }
    snprintf(path, sizeof(path), "%s/%s_step%03zu.png", folder, session_name(app->session),
             player_position(&app->player, session_stops(app->session)));
    return dialog_write(app,
                        &(struct export_job){ .picture = { .format = PICTURE_PNG,
                                                           .scale = 2,
                                                           .look = { .part = PICTURE_SCREEN,
                                                                     .width = pixels.width,
                                                                     .height = pixels.height,
                                                                     .theme = app_theme(app),
                                                                     .motion = 1,
                                                                     .state = app->view } },
                                              .path = session_path(app->session),
                                              .output = path,
                                              .page = &page },
                        err);
}

/* The piece that is on the stage; none of a question, which is shown as a whole. */
static enum picture_part part_on_stage(struct app *app)
{
    static const enum picture_part parts[STAGE_KINDS] = { [STAGE_GRAPH] = PICTURE_GRAPH,
                                                          [STAGE_TENSOR] = PICTURE_TENSOR,
                                                          [STAGE_PLOTS] = PICTURE_CURVE,
                                                          [STAGE_DEVICES] = PICTURE_DEVICES };
    const struct view view = app_view(app, 0, 0);

    return parts[stage_shown(&view)];
}

static struct picture_options copy_options(struct app *app)
{
    static const float twice = 4; /* pixels per point: a slide of 960 points is 3840 pixels wide */
    struct picture_options options = {
        .format = PICTURE_PNG,
        .scale = twice,
        .transparent = true,
        .look = { .part = part_on_stage(app),
                  .slide = SLIDE_FULL,
                  .theme = app_theme(app) == THEME_DARK ? THEME_LIGHT : app_theme(app),
                  .motion = 1,
                  .state = app->view },
    };

    options.look.state.mode = SCREEN_PRESENT;
    options.look.state.zoom = 0;
    return options;
}

/* With a layout of its own: the window's stays as it is. */
static bool write_copy(struct app *app, const char *path, struct error *err)
{
    struct graph_picture *const graph = graph_picture_create(app->paths.layout);
    const struct page_tools tools = { app->fonts, app->words, graph, NULL };
    const struct page page = {
        .moment = app->player.moment, .revealed = app->view.revealed, .heading = "", .notes = ""
    };
    const struct picture_options options = copy_options(app);
    const bool good = picture_write(&tools, app->session, &page, 1, &options, path, err);

    graph_picture_destroy(graph);
    return good;
}

bool export_copy(struct app *app, struct error *err)
{
    char folder[] = "/tmp/gradlight-XXXXXX", path[sizeof(folder) + 16];

    if (!mkdtemp(folder)) {
        return error_set_kind(err, ERROR_IO, "cannot make a folder in /tmp: %s", strerror(errno));
    }
    snprintf(path, sizeof(path), "%s/copied.png", folder);
    const bool good = write_copy(app, path, err) && clipboard_picture(path, err);
    unlink(path);
    rmdir(folder);
    return good;
}
