#include "app/panels/devices.h"

#include <string.h>

#include "app/app.h"
#include "engine/base/json.h"
#include "render/device/device.h"
#include "render/device/timing.h"

static const char product[] = "mm", sum[] = "add";

static struct run_view run_of(const struct session *session, uint32_t moment)
{
    return (struct run_view){ .trace = session_trace(session),
                              .stops = session_stops(session),
                              .episodes = session_episodes(session),
                              .moment = moment,
                              .label = "" };
}

static bool ask(struct session *session, const char *op, struct error *err)
{
    struct text question = { 0 };

    text_append_string(&question, "{\"probe\":\"timing\",\"op\":");
    json_append_word(&question, op);
    text_append_string(&question, "}");
    const bool asked = session_ask(session, text_string(&question), err);
    text_finish(&question);
    return asked;
}

void devices_ask(struct session *session)
{
    const struct run_view run = run_of(session, 0);
    struct error err = { 0 };

    /* What is refused stands in the picture. */
    if (devices_tagged(&run) && ask(session, product, &err)) {
        session_wait(session, NULL, NULL);
    }
}

/* Once for each run that comes into sight. */
void devices_turn(struct app *app)
{
    const uint32_t number = session_run_number(app->session);
    struct error err = { 0 };
    struct timing timing;

    if (app->view.start || app->timed_devices == number || session_running(app->session) ||
        session_asking(app->session)) {
        return;
    }
    const struct view view = app_view(app, 0, 0);
    if (stage_shown(&view) == STAGE_DEVICES) {
        app->timed_devices = number;
        if (!timing_find(&view.runs[0], &timing)) {
            ask(app->session, product, &err); /* a trace has nobody to ask: the view says so */
        }
    }
}

/* ---- commands --------------------------------------------------------------------------- */

void run_stage_devices(struct app *app)
{
    app->view.stage = STAGE_DEVICES;
    app->stale = true;
}

/* The operation of the moment, if it is one that is computed element by element; else "". */
static const char *op_at(const struct run_view *run)
{
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_OP, &count);

    for (size_t i = count; i-- > 0;) {
        const struct record_op *const op = &trace_record(run->trace, records[i])->op;
        const struct record_opdef *const def = trace_opdef(run->trace, op->name);
        if (records[i] < run->moment) {
            return def && strcmp(def->provenance, "map") == 0 ? op->name : "";
        }
    }
    return "";
}

/* What comes after the one that was timed: a product, a sum, the operation of the moment. */
static const char *next_op(const struct run_view *run)
{
    const char *const now = op_at(run);
    struct timing timing;

    if (!timing_find(run, &timing)) {
        return product;
    }
    if (strcmp(timing.op, product) == 0) {
        return sum;
    }
    return strcmp(timing.op, sum) == 0 && now[0] && strcmp(now, sum) != 0 ? now : product;
}

void run_timing(struct app *app)
{
    const struct run_view run = run_of(app->session, app->player.moment);
    struct error err = { 0 };

    if (!session_asking(app->session) && !ask(app->session, next_op(&run), &err)) {
        app_say(app, err.text);
    }
    app->timed_devices = session_run_number(app->session);
    run_stage_devices(app);
}
