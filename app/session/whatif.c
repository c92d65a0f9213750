#include "app/session/whatif.h"

#include <string.h>

#include "app/app.h"
#include "app/panels/field.h"
#include "app/present/ask.h"
#include "app/session/spare.h"

static const double READ_BUDGET = 0.004, POLL_SECONDS = 0.002;
/* A run that a newer change has overtaken is waited for this long: so a drag shows results on its way,
 * and a slow lesson begins anew. */
static const double OVERTAKEN_SECONDS = 0.2;
/* Of a file that was changed, all is awaited for this long: it may not be Python at its end. */
static const double WHOLE_FILE_SECONDS = 1;

void whatif_open(struct app *app)
{
    app->whatif.spare = spare_create(app->paths.runner);
}

static void drop_next(struct whatif *whatif)
{
    session_destroy(whatif->next);
    whatif->next = NULL;
    whatif->of_file = false;
}

static void drop_before(struct whatif *whatif)
{
    session_destroy(whatif->before);
    whatif->before = NULL;
    whatif->ghost_of = NULL;
}

void whatif_keep_former(struct app *app, struct session *former)
{
    session_destroy(app->whatif.former);
    app->whatif.former = former;
}

void whatif_close(struct app *app)
{
    drop_next(&app->whatif);
    drop_before(&app->whatif);
    whatif_keep_former(app, NULL);
    spare_destroy(app->whatif.spare);
}

void whatif_forget(struct app *app)
{
    drop_next(&app->whatif);
    drop_before(&app->whatif);
    whatif_keep_former(app, NULL);
    app->whatif.pending = false;
    app->whatif.wanted = *session_overrides(app->session);
    app->view.age = AGE_CURRENT;
    field_leave(app);
}

bool whatif_can(struct app *app)
{
    if (session_is_recorded(app->session)) {
        app_say(app, words_in(app->words, app->view.language,
                              "A recorded run cannot be changed: open the lesson itself."));
        return false;
    }
    if (app->whatif.of_file) {
        app_say(app, words_in(app->words, app->view.language,
                              "The file has just been changed: its new run is on its way."));
        return false;
    }
    return true;
}

/* ---- changes ---------------------------------------------------------------------------- */

/* Puts another run on show, at the moment. */
static void show(struct app *app, struct session *session, uint32_t moment)
{
    app_forget_graphs(app);
    app->session = session;
    ask_mask(session, app->view.revealed);
    app->told_run = 0;
    app->view.bookmark_count = 0;
    app->whatif.ghost_of = NULL;
    player_jump(&app->player, moment);
    app->player.backwards = false;
    app->stale = true;
}

/* The moment of another run that is the one on show. */
static uint32_t moment_in(const struct app *app, const struct session *other, bool *exact)
{
    const struct moment_address address =
        address_of(session_trace(app->session), session_stops(app->session), app->player.moment);

    *exact = address.cell == 0;
    return *exact ? 0 : address_find(session_trace(other), session_stops(other), &address, exact);
}

/* Back to the run of the file, which is still there. */
static void show_before(struct app *app)
{
    struct whatif *const whatif = &app->whatif;
    struct session *const changed = app->session;
    bool exact;
    const uint32_t moment = moment_in(app, whatif->before, &exact);

    show(app, whatif->before, moment);
    whatif->before = NULL;
    session_destroy(changed);
}

static void want(struct app *app)
{
    struct whatif *const whatif = &app->whatif;

    if (whatif->wanted.count == 0 && whatif->before) {
        show_before(app);
        drop_next(whatif);
    }
    const struct session *const latest = whatif->next ? whatif->next : app->session;
    whatif->pending = !overrides_same(&whatif->wanted, session_overrides(latest));
    if (!whatif->pending && !whatif->next) {
        app->view.age = AGE_CURRENT;
    } else {
        app->view.age = AGE_OLD;
    }
    app->stale = true;
}

void whatif_set(struct app *app, const struct override *override)
{
    if (!overrides_set(&app->whatif.wanted, override)) {
        app_say(app, words_in(app->words, app->view.language,
                              "So many numbers are changed that there is no room for another."));
        return;
    }
    want(app);
}

void whatif_restore(struct app *app)
{
    field_leave(app);
    if (app->whatif.wanted.count == 0) {
        app_say(app, words_in(app->words, app->view.language, "No number has been changed."));
        return;
    }
    app->whatif.wanted.count = 0;
    want(app);
    app_say(app, words_in(app->words, app->view.language, "All numbers are as in the file again."));
}

bool whatif_stop(struct app *app)
{
    const bool running = app->whatif.next != NULL;

    drop_next(&app->whatif);
    app->whatif.pending = false;
    return running;
}

/* ---- the run under way ------------------------------------------------------------------ */

/* The next one is made ready while this one runs. */
static void prepare_spare(struct app *app)
{
    const struct text *const file = session_file(app->session);
    char place[PATH_SIZE];

    if (session_leave(app->session).gpu) {
        return; /* its runners are started one by one */
    }
    spare_prepare(app->whatif.spare,
                  &(struct spare_wish){ paths_folder_of(session_path(app->session), place),
                                        session_reads_folder(app->session),
                                        session_is_strict(app->session),
                                        session_leave(app->session).unboxed },
                  memmem(file->bytes, file->length, "numpy", strlen("numpy")));
}

static void start_next(struct app *app, const struct text *file)
{
    struct whatif *const whatif = &app->whatif;
    struct error err = { 0 };

    drop_next(whatif);
    whatif->pending = false;
    const uint32_t shown = session_run_number(app->session);
    whatif->runs = (whatif->runs > shown ? whatif->runs : shown) + 1;
    whatif->next =
        session_again(app->session, &(struct again){ file, &whatif->wanted, whatif->runs }, &err);
    whatif->since = app->clock;
    whatif->looked = 0;
    if (!whatif->next) {
        app_say(app, err.text);
        whatif->wanted = *session_overrides(app->session);
        app->view.age = AGE_CURRENT;
    }
    prepare_spare(app);
}

/* A line that is elsewhere in the changed file takes the moment with it. */
static void follow_line(const struct app *app, struct moment_address *address)
{
    struct lesson from = { 0 }, to = { 0 };
    const struct text *const was = session_file(app->session);
    const struct text *const now = session_file(app->whatif.next);
    int line = (int)address->line;

    if (app->whatif.of_file && lesson_parse(&from, was->bytes, was->length, NULL) &&
        lesson_parse(&to, now->bytes, now->length, NULL)) {
        overrides_follow(&from, &to, &address->cell, &line);
        address->line = line;
    }
    lesson_finish(&from);
    lesson_finish(&to);
}

/* The moment to go on with, if the new run has it, or will not have it any more. A stop that another
 * follows is whole. */
static bool has_come(struct app *app, uint32_t *moment, bool *exact)
{
    const struct session *const next = app->whatif.next;
    const struct stops *const stops = session_stops(next);
    struct moment_address address =
        address_of(session_trace(app->session), session_stops(app->session), app->player.moment);

    *exact = address.cell == 0;
    *moment = 0;
    if (*exact) {
        return !session_running(next) || stops_count(stops, STOP_OPERATION) > 0;
    }
    follow_line(app, &address);
    *moment = address_find(session_trace(next), stops, &address, exact);
    const size_t index = stops_index_at(stops, STOP_OPERATION, *moment);
    return !session_running(next) ||
           (*exact && index != SIZE_MAX && index + 1 < stops_count(stops, STOP_OPERATION));
}

/* Looking through a long run is worth it again when it has grown by a tenth. */
static bool is_time_to_look(struct app *app)
{
    struct whatif *const whatif = &app->whatif;
    const uint32_t count = trace_record_count(session_trace(whatif->next));

    if (session_running(whatif->next) &&
        (count < whatif->looked + whatif->looked / 10 + 8 ||
         (whatif->of_file && app->clock - whatif->since < WHOLE_FILE_SECONDS))) {
        return false;
    }
    whatif->looked = count;
    return true;
}

/* The error that says that the text is no Python; NULL if it is. */
static const struct record_error *syntax_error(const struct session *session)
{
    static const char *const types[] = { "SyntaxError", "IndentationError", "TabError" };
    size_t count;
    const struct trace *const trace = session_trace(session);
    const uint32_t *const errors = trace_records_of(trace, RECORD_ERROR, &count);

    for (size_t i = 0; i < count; i++) {
        const struct record_error *const error = &trace_record(trace, errors[i])->error;
        for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++) {
            if (strcmp(error->type, types[k]) == 0) {
                return error;
            }
        }
    }
    return NULL;
}

/* The last good run stays on show. */
static void refuse_file(struct app *app, const struct record_error *error)
{
    const struct span *const at =
        error->frame_count > 0 ? &error->frames[error->frame_count - 1].at : NULL;

    app->view.age = AGE_BROKEN;
    app_say(app, at ? arena_format(&app->scratch, "In[%d] %s %d: %s: %s", at->cell,
                                   words_in(app->words, app->view.language, "line"), at->line,
                                   error->type, error->text.bytes)
                    : arena_format(&app->scratch, "%s: %s", error->type, error->text.bytes));
    drop_next(&app->whatif);
    /* What is changed from now on is changed in what is on show. */
    app->whatif.wanted = *session_overrides(app->session);
    app->whatif.pending = false;
}

/* The run that was on show goes, or stays to compare with. */
static void retire(struct app *app, struct session *session, bool of_file)
{
    struct whatif *const whatif = &app->whatif;
    const bool changed = session_overrides(app->session)->count > 0;

    if (of_file || !changed) {
        drop_before(whatif);
    }
    if (of_file) {
        session_release(session);
        whatif_keep_former(app, session);
    } else if (changed && session_overrides(session)->count == 0) {
        drop_before(whatif);
        whatif->before = session;
    } else {
        session_destroy(session);
    }
}

static void adopt(struct app *app, uint32_t moment, bool exact)
{
    struct whatif *const whatif = &app->whatif;
    struct session *const old = app->session, *const next = whatif->next;
    const bool of_file = whatif->of_file;

    whatif->next = NULL;
    whatif->of_file = false;
    show(app, next, moment);
    retire(app, old, of_file);
    if (of_file) {
        app->view.selected = app->view.hovered = (struct target){ 0 };
    }
    if (!exact) {
        app_say(app,
                words_in(app->words, app->view.language,
                         "The lesson does not come to that step any more; this is the nearest."));
    }
    app->view.age = whatif->pending ? AGE_OLD : AGE_CURRENT;
    /* Where only numbers were changed the layout is known; else it is waited for, not to show nothing. */
    const struct rect stage = app_stage(app);
    const struct view view = app_view(app, stage.w, stage.h);
    graph_picture_prepare(app->graph, &view, true, app->clock);
    app->stale = true;
}

static void follow_next(struct app *app)
{
    uint32_t moment;
    bool exact;

    session_poll(app->whatif.next, READ_BUDGET);
    if (!is_time_to_look(app)) {
        return;
    }
    const struct record_error *const error =
        app->whatif.of_file ? syntax_error(app->whatif.next) : NULL;
    if (error) {
        refuse_file(app, error);
    } else if (has_come(app, &moment, &exact)) {
        adopt(app, moment, exact);
    }
}

void whatif_take_file(struct app *app, struct text *file)
{
    struct whatif *const whatif = &app->whatif;

    field_leave(app);
    app_say(app, ""); /* what was wrong with it before may be right now */
    if (!overrides_keep(&whatif->wanted, session_file(app->session), file)) {
        app_say(app,
                words_in(app->words, app->view.language,
                         "Lines with changed numbers were rewritten: theirs are as in the file."));
    }
    start_next(app, file);
    whatif->of_file = whatif->next != NULL;
    app->view.age = whatif->next ? AGE_OLD : AGE_BROKEN;
    text_finish(file);
    app->stale = true;
}

void whatif_anew(struct app *app)
{
    struct whatif *const whatif = &app->whatif;

    field_leave(app);
    app_say(app, "");
    start_next(app, session_file(app->session));
    whatif->of_file = whatif->next != NULL;
    app->view.age = whatif->next ? AGE_OLD : AGE_CURRENT;
    app->stale = true;
}

void whatif_turn(struct app *app)
{
    struct whatif *const whatif = &app->whatif;

    if (whatif->next) {
        follow_next(app);
    }
    const bool overtaken =
        whatif->next && !whatif->of_file && app->clock - whatif->since > OVERTAKEN_SECONDS;
    if (whatif->pending && (!whatif->next || overtaken)) {
        start_next(app, session_file(app->session));
    }
    if (!whatif->next && !session_running(app->session) && !session_is_recorded(app->session)) {
        prepare_spare(app);
    }
}

double whatif_patience(const struct app *app)
{
    const struct whatif *const whatif = &app->whatif;

    if (whatif->next && session_patience(whatif->next) == 0) {
        return 0;
    }
    return whatif->next || whatif->pending ? POLL_SECONDS : -1;
}

/* ---- for the views ---------------------------------------------------------------------- */

static void find_ghost(struct app *app)
{
    struct whatif *const whatif = &app->whatif;
    bool exact;

    if (whatif->ghost_of == app->session && whatif->ghost_for == app->player.moment &&
        whatif->ghost_revealed == app->view.revealed) {
        return;
    }
    /* What a question asks for is hidden in old values as well. */
    ask_mask(whatif->before, app->view.revealed);
    whatif->ghost_revealed = app->view.revealed;
    whatif->ghost_of = app->session;
    whatif->ghost_for = app->player.moment;
    whatif->ghost = moment_in(app, whatif->before, &exact);
    whatif->ghost = exact ? whatif->ghost : NEVER;
}

size_t whatif_view(struct app *app, struct run_view runs[2])
{
    struct whatif *const whatif = &app->whatif;
    const struct overrides *const applied = session_overrides(app->session);
    const struct overrides *const wanted = whatif->of_file ? applied : &whatif->wanted;

    runs[0].changes = overrides_changes(wanted, applied, &app->scratch, &runs[0].change_count);
    if (!whatif->before) {
        return 1;
    }
    find_ghost(app);
    runs[1] = runs[0];
    runs[1].trace = session_trace(whatif->before);
    runs[1].stops = session_stops(whatif->before);
    runs[1].episodes = session_episodes(whatif->before);
    runs[1].film = session_film(whatif->before);
    runs[1].changes = NULL;
    runs[1].change_count = 0;
    runs[1].moment = whatif->ghost;
    return whatif->ghost != NEVER ? 2 : 1;
}

const struct run_view *whatif_former(struct app *app)
{
    struct session *const former = app->whatif.former;

    if (!former) {
        return NULL;
    }
    ask_mask(former, app->view.revealed);
    struct run_view *const run = arena_allocate(&app->scratch, 1, sizeof(*run));
    *run = (struct run_view){ .trace = session_trace(former),
                              .stops = session_stops(former),
                              .episodes = session_episodes(former),
                              .film = session_film(former),
                              .moment = trace_record_count(session_trace(former)),
                              .label = "" };
    return run;
}
