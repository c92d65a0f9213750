#include "app/panels/plots.h"

#include <string.h>

#include "app/app.h"
#include "render/plots/fit.h"
#include "render/plots/landscape.h"
#include "render/plots/series.h"

static const double RACE_SECONDS = 6, FRAME = 1.0 / 60;

static struct run_view run_of(const struct session *session)
{
    return (struct run_view){ .trace = session_trace(session),
                              .stops = session_stops(session),
                              .episodes = session_episodes(session),
                              .moment = trace_record_count(session_trace(session)),
                              .label = "" };
}

static size_t races_told(const struct run_view *run)
{
    size_t count, races = 0;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_PROBE, &count);

    for (size_t i = 0; i < count; i++) {
        races += strcmp(trace_record(run->trace, records[i])->probe.what, "race") == 0;
    }
    return races;
}

static bool has_landscape(const struct run_view *run)
{
    struct arena arena = { 0 };
    struct landscape land;
    const bool there = landscape_find(run, &land, &arena) && !land.refused[0];

    arena_finish(&arena);
    return there;
}

/* ---- questions -------------------------------------------------------------------------- */

static bool ask_surface(struct session *session, const struct landscape_wish *wish,
                        struct error *err)
{
    const struct run_view run = run_of(session);
    struct text question = { 0 };
    const bool asked = landscape_question(&run, wish, &question) &&
                       session_ask(session, text_string(&question), err);

    text_finish(&question);
    return asked;
}

void plots_ask_surface(struct session *session)
{
    const struct run_view run = run_of(session);
    struct error err = { 0 };

    /* What is refused stands in the picture. */
    if (landscape_is_exact(&run) && ask_surface(session, &(struct landscape_wish){ 0 }, &err)) {
        session_wait(session, NULL, NULL);
    }
}

/* False when there is nothing to ask, or it was asked before. */
static bool ask_fit(struct session *session, uint32_t moment, struct error *err)
{
    struct run_view run = run_of(session);
    struct arena arena = { 0 };
    struct text question = { 0 };
    struct fit_regions regions;
    struct fit fit;

    run.moment = moment;
    const bool asked = fit_find(&run, fit_backward(&run), &fit) && fit.kind == FIT_CLASSES &&
                       !fit_regions(&run, &fit, &regions, &arena) &&
                       fit_question(&run, &fit, &question) &&
                       session_ask(session, text_string(&question), err);
    text_finish(&question);
    arena_finish(&arena);
    return asked;
}

void plots_ask_fit(struct session *session, uint32_t moment)
{
    struct error err = { 0 };

    /* What is refused leaves the points alone. */
    if (ask_fit(session, moment, &err)) {
        session_wait(session, NULL, NULL);
    }
}

static bool ask_race(struct session *session, double rate, struct error *err)
{
    const struct run_view run = run_of(session);
    struct arena arena = { 0 };
    struct text question = { 0 };
    struct landscape land;
    const double lr = rate > 0 ? rate : landscape_lesson_lr(&run);
    const bool there = landscape_find(&run, &land, &arena) && !land.refused[0] &&
                       landscape_race_question(&run, &land, lr, &question);

    const bool asked = there && session_ask(session, text_string(&question), err);
    text_finish(&question);
    arena_finish(&arena);
    return asked;
}

void plots_ask_race(struct session *session, double rate)
{
    struct error err = { 0 };

    if (ask_race(session, rate, &err)) {
        session_wait(session, NULL, NULL);
    }
}

/* Says why nothing could be asked; without a reason there is nothing to ask for. */
static void tell_refusal(struct app *app, const struct error *err)
{
    app_say(app, app_word(app, err->text[0] ? err->text
                                            : WORD("There is no loss over two numbers here.")));
}

/* ---- a turn ----------------------------------------------------------------------------- */

static void ask_unasked(struct app *app)
{
    const uint32_t number = session_run_number(app->session);
    const struct run_view run = run_of(app->session);
    struct error err = { 0 };

    if (app->plots.asked_run != number && !session_running(app->session) &&
        !session_asking(app->session)) {
        app->plots.asked_run = number;
        app->plots.fit_moment = NEVER;
        app->plots.races = races_told(&run);
        if (landscape_is_exact(&run) && !has_landscape(&run)) {
            ask_surface(app->session, &app->plots.wish, &err);
        }
    }
}

/* The model is asked of each iteration that the player comes to rest at. */
static void follow_fit(struct app *app)
{
    const struct view view = app_view(app, 0, 0);
    struct error err = { 0 };

    if (app->plots.fit_moment == app->player.moment || session_running(app->session) ||
        session_asking(app->session)) {
        return;
    }
    app->plots.fit_moment = app->player.moment;
    if (plot_shown(&view) == PLOT_FIT) {
        ask_fit(app->session, app->player.moment, &err);
    }
}

static void start_race(struct app *app)
{
    app->plots.racing = true;
    app->plots.race_since = app->clock;
    app->plots.race_moment = app->player.moment;
    app->stale = true;
}

/* A race that was waited for begins. */
static void take_answers(struct app *app)
{
    const struct run_view run = run_of(app->session);
    struct error err = { 0 };

    if (app->plots.race_wanted && !session_asking(app->session)) {
        const size_t told = races_told(&run);
        if (told > app->plots.races) {
            app->plots.races = told;
            app->plots.race_wanted = false;
            start_race(app);
        } else if (!has_landscape(&run) || !ask_race(app->session, app->plots.race_lr, &err)) {
            app->plots.race_wanted = false;
            tell_refusal(app, &err);
        }
    }
}

static void move_race(struct app *app)
{
    struct arena arena = { 0 };
    struct landscape land;
    struct landscape_race race;
    const struct run_view run = run_of(app->session);

    if (app->player.moment != app->plots.race_moment) {
        app->plots.racing = false;
        app->view.race_step = 0;
        app->stale = true;
    }
    if (app->plots.racing && landscape_find(&run, &land, &arena) &&
        landscape_race(&run, &land, &race, &arena)) {
        const double part =
            app->player.reduced_motion ? 1 : (app->clock - app->plots.race_since) / RACE_SECONDS;
        const double step = 1 + part * (double)race.steps;
        app->plots.racing = part < 1;
        app->view.race_step = part < 1 ? (int)step : (int)race.steps;
        app->stale = true;
    }
    arena_finish(&arena);
}

void plots_turn(struct app *app)
{
    ask_unasked(app);
    take_answers(app);
    follow_fit(app);
    if (app->plots.racing || app->view.race_step > 0) {
        move_race(app);
    }
}

double plots_patience(const struct app *app)
{
    return app->plots.racing ? FRAME : -1;
}

/* ---- commands --------------------------------------------------------------------------- */

/* The plots come into sight. */
static void show(struct app *app, enum plot_kind kind)
{
    app->view.plot = kind;
    app->view.stage = STAGE_PLOTS;
    app->stale = true;
}

void run_plot(struct app *app)
{
    const struct view view = app_view(app, 0, 0);
    int kind = plot_shown(&view);

    do {
        kind = kind + 1 < PLOT_KINDS ? kind + 1 : PLOT_AUTO + 1;
    } while (kind != PLOT_NONE && !plot_offered(&view, (enum plot_kind)kind));
    if (kind == PLOT_LANDSCAPE) {
        run_plot_landscape(app);
        return;
    }
    app->plots.fit_moment = NEVER;
    app->view.plot = (enum plot_kind)kind;
    app->stale = true;
}

/* None, all, each of them. */
void run_series(struct app *app)
{
    const struct run_view run = run_of(app->session);
    const struct series_passes none = { 0 };
    struct series all[SERIES_MOST];
    struct arena arena = { 0 };
    const int count = (int)series_parameters(&run, &none, all, &arena);

    if (count == 0) {
        app_say(app, app_word(app, WORD("There are no parameters here that could be drawn.")));
    }
    const int last = count > 1 ? count + 1 : count;
    app->view.series = app->view.series < last ? app->view.series + 1 : 0;
    app->stale = true;
    arena_finish(&arena);
}

void run_plot_fit(struct app *app)
{
    const struct run_view run = run_of(app->session);

    if (!fit_offered(&run)) {
        app_say(app, app_word(app, WORD("No data that can be drawn are fitted here.")));
        return;
    }
    app->plots.fit_moment = NEVER;
    show(app, PLOT_FIT);
}

void run_plot_landscape(struct app *app)
{
    const struct run_view run = run_of(app->session);
    struct error err = { 0 };

    if (!landscape_offered(&run)) {
        tell_refusal(app, &err);
        return;
    }
    if (!has_landscape(&run) && !session_asking(app->session) &&
        !ask_surface(app->session, &app->plots.wish, &err)) {
        tell_refusal(app, &err);
    }
    show(app, PLOT_LANDSCAPE);
}

void run_race(struct app *app)
{
    const struct run_view run = run_of(app->session);
    struct error err = { 0 };

    if (!landscape_offered(&run)) {
        tell_refusal(app, &err);
        return;
    }
    show(app, PLOT_LANDSCAPE);
    if (!has_landscape(&run) && !session_asking(app->session) &&
        !ask_surface(app->session, &app->plots.wish, &err)) {
        tell_refusal(app, &err);
        return;
    }
    app->plots.races = races_told(&run);
    app->plots.race_wanted = true;
}

/* The landscape is asked for anew, and the race on it stays. */
static void reach_by(struct app *app, double factor)
{
    static const double least = 1.0 / 64, most = 64;
    const struct run_view run = run_of(app->session);
    const double was = app->plots.wish.reach, reach = (was > 0 ? was : 1) * factor;
    struct error err = { 0 };

    if (reach < least || reach > most || session_asking(app->session)) {
        return;
    }
    app->plots.wish.reach = reach;
    if (!landscape_offered(&run) || !ask_surface(app->session, &app->plots.wish, &err)) {
        tell_refusal(app, &err);
        return;
    }
    show(app, PLOT_LANDSCAPE);
}

void run_landscape_wider(struct app *app)
{
    reach_by(app, 1.5);
}

void run_landscape_closer(struct app *app)
{
    reach_by(app, 1 / 1.5);
}

static void race_at_rate(struct app *app, double factor)
{
    const struct run_view run = run_of(app->session);
    const double now = app->plots.race_lr > 0 ? app->plots.race_lr : landscape_lesson_lr(&run);

    app->plots.race_lr = now * factor;
    run_race(app);
}

void run_race_faster(struct app *app)
{
    race_at_rate(app, 2);
}

void run_race_slower(struct app *app)
{
    race_at_rate(app, 0.5);
}

/* The next choice for one axis that is not on the other. */
static const struct landscape_axis *next_choice(const struct landscape_axis *choices, size_t count,
                                                const struct landscape_axis *now,
                                                const struct landscape_axis *other)
{
    size_t at = 0;

    while (at < count &&
           (choices[at].tensor != now->tensor || choices[at].element != now->element)) {
        at++;
    }
    for (size_t i = 1; i <= count; i++) {
        const struct landscape_axis *const next = &choices[(at + i) % count];
        if (next->tensor != other->tensor || next->element != other->element) {
            return next;
        }
    }
    return now;
}

/* Another parameter on an axis; the ways and the race go with it. */
static void turn_axis(struct app *app, bool upwards)
{
    const struct run_view run = run_of(app->session);
    struct landscape_axis choices[LANDSCAPE_CHOICES];
    struct arena arena = { 0 };
    struct landscape land;
    struct error err = { 0 };

    if (!landscape_find(&run, &land, &arena) || land.refused[0] || session_asking(app->session)) {
        run_plot_landscape(app);
        arena_finish(&arena);
        return;
    }
    const size_t count = landscape_choices(&run, choices, &arena);
    if (count < 3) {
        app_say(app, app_word(app, WORD("The loss has no other parameter.")));
        arena_finish(&arena);
        return;
    }
    struct landscape_axis *const turned = upwards ? &land.y : &land.x;
    *turned = *next_choice(choices, count, turned, upwards ? &land.x : &land.y);
    app->plots.wish.x = land.x;
    app->plots.wish.y = land.y;
    app->plots.wish.x.name = app->plots.wish.y.name = NULL; /* of the arena */
    if (!ask_surface(app->session, &app->plots.wish, &err)) {
        tell_refusal(app, &err);
    }
    show(app, PLOT_LANDSCAPE);
    arena_finish(&arena);
}

void run_landscape_across(struct app *app)
{
    turn_axis(app, false);
}

void run_landscape_upwards(struct app *app)
{
    turn_axis(app, true);
}
