#include "app/export/writing.h"

#include <math.h>

#include "app/app.h"
#include "app/export/task.h"

static const double TELL_AFTER = 1, TELL_EVERY = 0.25; /* seconds */

bool writing_start(struct app *app, struct writing *writing, const struct export_job *job,
                   struct error *err)
{
    if (writing->task) {
        return error_set(err, "%s",
                         app_word(app, job->copied ? WORD("Something is being copied already.")
                                                   : WORD("Something is being written already.")));
    }
    *writing = (struct writing){ .task = task_start(app, app->session, job, err),
                                 .copied = job->copied,
                                 .began = app->clock,
                                 .told = app->clock };
    return writing->task != NULL;
}

/* With the time that is left: what is left takes as long as what is done took. */
static void tell_progress(struct app *app, struct writing *writing, const struct task_state *state)
{
    const double passed = app->clock - writing->began;
    const char *const doing = app_word(app, writing->copied ? WORD("Copying…") : WORD("Writing…"));
    const char *const stops = app_word(app, "Ctrl+. stops it");

    if (passed < TELL_AFTER || app->clock - writing->told < TELL_EVERY) {
        return;
    }
    writing->told = app->clock;
    if (state->done == 0 || state->count < 2) {
        app_say(app, arena_format(&app->scratch, "%s · %s", doing, stops));
        return;
    }
    const double part = (double)state->done / (double)state->count;
    const double left = passed / part * (1 - part);
    app_say(app, arena_format(&app->scratch, "%s %ld %% · %ld s · %s", doing, (long)(100 * part),
                              (long)ceil(left), stops));
}

static const char *outcome(struct app *app, const struct writing *writing,
                           const struct task_state *state)
{
    if (state->stopped) {
        return app_word(app, "Stopped: nothing half-finished is left.");
    }
    if (!state->good) {
        return state->said;
    }
    return writing->copied
               ? app_word(app, "Copied as a picture for a slide: transparent, cropped.")
               : arena_format(&app->scratch, "%s %s", app_word(app, "Written to"), state->said);
}

void writing_turn(struct app *app, struct writing *writing)
{
    struct task_state state;

    if (!writing->task) {
        return;
    }
    task_poll(writing->task, &state);
    if (state.running) {
        tell_progress(app, writing, &state);
        return;
    }
    app_say(app, outcome(app, writing, &state));
    writing_finish(writing);
}

bool writing_stop(struct writing *writing)
{
    if (!writing->task) {
        return false;
    }
    task_stop(writing->task);
    return true;
}

void writing_finish(struct writing *writing)
{
    task_destroy(writing->task);
    writing->task = NULL;
}
