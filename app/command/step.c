/* Commands: stepping through the lesson, and the lesson as a file. */

#include "app/command/run.h"

#include <stdio.h>

#include "app/app.h"
#include "app/command/walk.h"
#include "app/export/moment.h"
#include "app/panels/field.h"
#include "app/present/ask.h"
#include "app/present/present.h"
#include "app/settings.h"
#include "app/start/start.h"
#include "render/lesson/slides.h"

/* ---- stepping --------------------------------------------------------------------------- */

/* The camera comes back to the step that is being looked at. */
static void follow_step(struct app *app)
{
    if (app->view.mode == SCREEN_PRESENT) {
        app->view.zoom = 0;
    }
    app->view.selected = (struct target){ 0 };
    app->view.card = false;
    app->view.question = 0;
    app->view.code_scroll = 0;
    app->view.film_scroll = 0;
    app->stale = true;
    walk_follow(app);
    /* Who steps knows the keys; on the screen they stay until the next start, so that nothing jumps. */
    if (settings_flag(app->settings, "hint", true)) {
        settings_set_flag(app->settings, "hint", false);
    }
}

/* Behind the last step come the questions that were passed over, whose answers the end still hides; then what
 * the lesson says about its end, if it is presented; then nothing. */
static void pass_last_step(struct app *app)
{
    const struct view view = app_view(app, 0, 0);

    if (!app->view.card && ask_left(app)) {
        return;
    }
    if (app->view.mode == SCREEN_PRESENT && card_first(&view) != SIZE_MAX) {
        app->view.card = true;
        app->stale = true;
    } else {
        app_say(app, words_in(app->words, app->view.language, "This is the last step."));
    }
}

void run_reveal(struct app *app)
{
    ask_toggle(app);
}

void run_next(struct app *app)
{
    if (ask_next(app)) {
        return;
    }
    const bool stepped = present_step(app, &app->player, 1);

    if (!stepped && !session_running(app->session)) {
        pass_last_step(app);
        return;
    }
    follow_step(app);
}

void run_previous(struct app *app)
{
    if (ask_previous(app)) {
        return;
    }
    if (!app->view.card) {
        present_step(app, &app->player, -1);
    }
    follow_step(app);
}

void run_undo(struct app *app)
{
    struct player one = app->player, shown = app->player;

    player_previous(&one, session_stops(app->session));
    present_step(app, &shown, -1);
    /* A question, the last card, and what is skipped on the way have no motion. */
    if (app->view.question > 0 || app->view.card || one.moment != shown.moment) {
        run_previous(app);
        return;
    }
    follow_step(app);
    player_undo(&app->player, session_stops(app->session));
}

void run_first(struct app *app)
{
    player_first(&app->player, session_stops(app->session));
    follow_step(app);
}

void run_last(struct app *app)
{
    player_last(&app->player, session_stops(app->session));
    follow_step(app);
}

/* ---- slides ------------------------------------------------------------------------------ */

void run_slide_next(struct app *app)
{
    const struct view view = app_view(app, 0, 0);
    const struct slide *slides;
    const size_t count = slides_of(&view, &slides);
    const size_t at = slide_at(slides, count, app->player.moment);

    if (at == SIZE_MAX || at + 1 >= count) {
        player_last(&app->player, session_stops(app->session));
        pass_last_step(app);
        return;
    }
    /* Before the first step the first slide is still to come. */
    const uint32_t to =
        app->player.moment < slides[at].from ? slides[at].from : slides[at + 1].from;
    if (!ask_before(app, to)) {
        player_jump(&app->player, to);
        follow_step(app);
    }
}

/* To the beginning of this slide, and from there to that of the one before. */
void run_slide_previous(struct app *app)
{
    const struct view view = app_view(app, 0, 0);
    const struct slide *slides;
    const size_t count = slides_of(&view, &slides);
    const size_t at = slide_at(slides, count, app->player.moment);

    if (ask_previous(app) || at == SIZE_MAX) {
        return;
    }
    const bool inside = app->player.moment > slides[at].from || app->view.card;
    player_jump(&app->player, slides[inside || at == 0 ? at : at - 1].from);
    follow_step(app);
}

/* What the last step moved moves again. */
void run_replay(struct app *app)
{
    app->player.since_step = 0;
    app->player.backwards = false;
    app->stale = true;
}

void run_go_to(struct app *app)
{
    present_ask_step(app);
}

void run_play(struct app *app)
{
    player_toggle_play(&app->player, session_stops(app->session));
    app->stale = true;
}

void run_granularity(struct app *app)
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

/* ---- files ------------------------------------------------------------------------------ */

void run_again(struct app *app)
{
    struct session *former = NULL;
    struct error err = { 0 };

    if (!session_restart(app->session, &former, &err)) {
        app_say(app, err.text);
        return;
    }
    whatif_forget(app);
    whatif_keep_former(app, former);
    reload_start(app);
    app_forget_graphs(app);
    player_jump(&app->player, 0);
    app->view.card = false;
    app->view.bookmark_count = 0;
    app->told_run = 0;
    app->stale = true;
}

void run_stop(struct app *app)
{
    if (!dialog_stop(app) && !whatif_stop(app)) {
        session_stop(app->session);
    }
}

void run_change(struct app *app)
{
    field_open(app);
}

void run_restore(struct app *app)
{
    whatif_restore(app);
}

void run_start(struct app *app)
{
    if (app->view.start) {
        start_hide(app);
    } else {
        start_show(app, false);
    }
}

void run_start_search(struct app *app)
{
    start_show(app, true);
}

void run_open(struct app *app)
{
    start_choose(app);
}

void run_begin(struct app *app)
{
    start_begin(app);
}

void run_export(struct app *app)
{
    struct error err = { 0 };

    if (!export_moment(app, &err)) {
        app_say(app, err.text);
    }
}

void run_export_as(struct app *app)
{
    dialog_open(app);
}

void run_copy(struct app *app)
{
    struct error err = { 0 };

    if (!export_copy(app, &err)) {
        app_say(app, err.text);
    }
}

void run_quit(struct app *app)
{
    app->finished = true;
}
