#include "app/panels/ledger.h"

#include <math.h>
#include <stdio.h>

#include "render/ledger/chain.h"

/* A tensor as a matrix: all dimensions but the last, by the last. */
struct matrix {
    int64_t rows, columns;
};

static struct matrix matrix_of(const struct trace_tensor *tensor)
{
    const int64_t columns = tensor->ndim > 0 ? tensor->shape[tensor->ndim - 1] : 1;

    return (struct matrix){ columns > 0 ? tensor->count / columns : 0, columns };
}

static int64_t clamp(int64_t value, int64_t most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

struct target ledger_cell_at(struct app *app, struct target target, struct rect bounds,
                             struct point at)
{
    if (target.kind == TARGET_ELEMENT) {
        const struct view view = app_view(app, 0, 0);
        target.part = (int)view_tensor_element(&view, target, bounds, at);
        return target;
    }
    const struct trace_tensor *const tensor = trace_tensor(session_trace(app->session), target.id);

    if (tensor && tensor->count > 0 && bounds.w > 0 && bounds.h > 0) {
        const struct matrix matrix = matrix_of(tensor);
        const float down = (at.y - bounds.y) / bounds.h, across = (at.x - bounds.x) / bounds.w;
        const int64_t row = clamp((int64_t)floorf(down * (float)matrix.rows), matrix.rows - 1);
        const int64_t column =
            clamp((int64_t)floorf(across * (float)matrix.columns), matrix.columns - 1);
        target.part = (int)(row * matrix.columns + column);
    }
    return target;
}

void ledger_choose(struct app *app, struct target cell)
{
    app->view.cell = (struct view_cell){ cell.id, cell.part };
    if (cell.kind == TARGET_CELL) { /* a figure stays the one that it is */
        app->view.selected = (struct target){ .kind = TARGET_TENSOR, .id = cell.id };
    }
    app->stale = true;
}

static struct run_view run_now(const struct app *app)
{
    return (struct run_view){ .trace = session_trace(app->session),
                              .stops = session_stops(app->session),
                              .episodes = session_episodes(app->session),
                              .moment = app->player.moment,
                              .label = "" };
}

void ledger_move(struct app *app, int rows, int columns)
{
    const struct view view = app_view(app, 0, 0);
    const struct run_view run = run_now(app);
    const int64_t subject = stage_shown(&view) == STAGE_TENSOR ? view_tensor_subject(&view)
                                                               : chain_subject(&run, &app->view);
    const struct trace_tensor *const tensor = trace_tensor(run.trace, subject);

    if (!tensor || tensor->count <= 1) {
        app_say(app, words_in(app->words, app->view.language,
                              "This step is about no tensor with several elements."));
        return;
    }
    const struct matrix matrix = matrix_of(tensor);
    const int64_t now = app->view.cell.tensor == subject ? app->view.cell.element : 0;
    const int64_t row = clamp(now / matrix.columns + rows, matrix.rows - 1);
    const int64_t column = clamp(now % matrix.columns + columns, matrix.columns - 1);
    app->view.cell = (struct view_cell){ subject, row * matrix.columns + column };
    app->stale = true;
}

void ledger_check(struct app *app)
{
    const struct run_view run = run_now(app);
    const struct chain_place place = chain_place(&run, &app->view);
    const struct trace_backward *const backward = trace_last_backward_at(run.trace, run.moment);
    struct error err = { 0 };
    struct arena arena = { 0 };
    struct chain chain = { 0 };
    char question[160];

    const bool concerned = chain_at(&run, &place, &chain, &arena);
    const bool kept = concerned && chain.accumulation[0];
    arena_finish(&arena);
    if (!concerned || !backward) {
        app_say(app, words_in(app->words, app->view.language,
                              "Go to a step of a backward pass, or select a tensor: there is no "
                              "gradient to check here."));
        return;
    }
    if (!kept) {
        app_say(app,
                words_in(app->words, app->view.language,
                         "Select a leaf whose .grad has arrived: the check changes its number a "
                         "little and computes the loss again."));
        return;
    }
    snprintf(question, sizeof(question),
             "{\"probe\":\"check\",\"b\":%lld,\"t\":%lld,\"element\":%lld}",
             (long long)backward->id, (long long)place.tensor, (long long)(chain.element));
    if (!session_ask(app->session, question, &err)) {
        app_say(app, err.text);
    }
    app->stale = true;
}
