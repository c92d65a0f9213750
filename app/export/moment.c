#include "app/export/moment.h"

#include <stdio.h>

#include "app/export/dialog.h"
#include "app/export/job.h"

bool export_moment(struct app *app, struct error *err)
{
    static const char folder[] = "out";
    const struct page page = {
        .moment = app->player.moment, .revealed = app->view.revealed, .heading = "", .notes = ""
    };
    struct window_pixels pixels;
    char path[PATH_SIZE];

    if (!window_pixels(app->window, &pixels, err)) {
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
                                              .folder = folder,
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

bool export_copy(struct app *app, struct error *err)
{
    static const float twice = 4; /* pixels per point: a slide of 960 points is 3840 pixels wide */
    const struct page page = {
        .moment = app->player.moment, .revealed = app->view.revealed, .heading = "", .notes = ""
    };
    struct export_job job = {
        .picture = { .format = PICTURE_PNG,
                     .scale = twice,
                     .transparent = true,
                     .look = { .part = part_on_stage(app),
                               .slide = SLIDE_FULL,
                               .theme = app_theme(app) == THEME_DARK ? THEME_LIGHT : app_theme(app),
                               .motion = 1,
                               .state = app->view } },
        .path = session_path(app->session),
        .copied = true,
        .page = &page,
    };

    job.picture.look.state.mode = SCREEN_PRESENT;
    job.picture.look.state.zoom = 0;
    return dialog_write(app, &job, err);
}
