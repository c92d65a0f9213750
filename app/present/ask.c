#include "app/present/ask.h"

#include "app/present/present.h"
#include "render/lesson/question.h"

enum { VEILS_MOST = 128 };

/* ---- masks ------------------------------------------------------------------------------- */

/* Twin cells ask for the same: which language is on show does not matter. */
static void mask(struct session *session, uint64_t revealed, bool wholly)
{
    const struct trace *const trace = session_trace(session);
    const struct view_state state = { .revealed = revealed };
    struct trace_veil veils[VEILS_MOST];
    int64_t cells[VEILS_MOST];
    size_t veil_count = 0, cell_count = 0;
    struct arena arena = { 0 };
    struct question question;

    for (size_t i = 0; i < trace_cell_count(trace); i++) {
        if (!question_read(trace, i, &question, &arena) || question_revealed(&state, question.in)) {
            continue;
        }
        for (int64_t in = question.in; in > 0 && in <= question.last && cell_count < VEILS_MOST;
             in++) {
            cells[cell_count++] = in;
        }
        if (wholly && veil_count < VEILS_MOST) {
            veils[veil_count++] = (struct trace_veil){ "*", 1, question.at, question.until };
        }
        for (size_t k = 0; k < question.cell->hide_count && veil_count < VEILS_MOST; k++) {
            const struct trace_string name = question.cell->hide[k];
            veils[veil_count++] =
                (struct trace_veil){ name.bytes, name.length, question.at, question.until };
        }
    }
    session_mask(session, veils, veil_count, cells, cell_count);
    arena_finish(&arena);
}

void ask_mask(struct session *session, uint64_t revealed)
{
    mask(session, revealed, false);
}

void ask_mask_wholly(struct session *session, uint64_t revealed)
{
    mask(session, revealed, true);
}

/* ---- asking ------------------------------------------------------------------------------ */

static void ask(struct app *app, int64_t in)
{
    app->view.question = in + 1;
    app->player.playing = false;
    app->stale = true;
}

static void reveal(struct app *app)
{
    question_reveal(&app->view, app->view.question - 1);
    ask_mask(app->session, app->view.revealed);
    app->stale = true;
}

static void put_away(struct app *app)
{
    app->view.question = 0;
    app->stale = true;
}

static bool is_revealed(const struct app *app)
{
    return question_revealed(&app->view, app->view.question - 1);
}

/* Where the next step would go. */
static uint32_t next_moment(const struct app *app)
{
    struct player ahead = app->player;

    present_step(app, &ahead, 1);
    return ahead.moment;
}

bool ask_next(struct app *app)
{
    return ask_before(app, next_moment(app));
}

bool ask_on_the_way(const struct app *app, const struct view *view, uint32_t to,
                    struct question *out)
{
    struct player back = app->player;
    const uint32_t from = present_step(app, &back, -1) ? app->player.moment : 0;

    return question_between(view, from, to, out);
}

bool ask_before(struct app *app, uint32_t to)
{
    const struct view view = app_view(app, 0, 0);
    struct question question;

    if (app->view.question > 0) {
        if (is_revealed(app)) {
            put_away(app);
            return false;
        }
        reveal(app);
        return true;
    }
    if (!ask_on_the_way(app, &view, to, &question)) {
        return false;
    }
    ask(app, question.in);
    return true;
}

bool ask_left(struct app *app)
{
    const struct view view = app_view(app, 0, 0);
    struct question question;

    if (app->view.question > 0 && !is_revealed(app)) {
        reveal(app);
        return true;
    }
    put_away(app);
    if (!question_between(&view, 0, NEVER, &question)) {
        return false;
    }
    ask(app, question.in);
    return true;
}

bool ask_previous(struct app *app)
{
    if (app->view.question == 0) {
        return false;
    }
    put_away(app);
    return true;
}

void ask_toggle(struct app *app)
{
    const struct view view = app_view(app, 0, 0);
    struct question question;

    if (app->view.question > 0) {
        if (is_revealed(app)) {
            put_away(app);
        } else {
            reveal(app);
        }
    } else if (question_near(&view, app->player.moment, &question)) {
        ask(app, question.in);
    } else {
        app_say(app, app_word(app, "This lesson asks no question."));
    }
}
