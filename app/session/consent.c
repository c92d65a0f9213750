#include "app/session/consent.h"

#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/settings.h"
#include "render/lesson/consent.h"

/* ---- what is remembered ----------------------------------------------------------------- */

/* The name under which it stands in the settings; in the frame's memory. NULL where there is none. */
static const char *read_name(struct arena *arena, const char *path)
{
    char folder[PATH_SIZE];

    return paths_folder_of(path, folder) ? arena_format(arena, "read.%s", folder) : NULL;
}

static const char *gpu_name(struct arena *arena, const char *path)
{
    char whole[PATH_SIZE];

    return realpath(path, whole) ? arena_format(arena, "gpu.%s", whole) : NULL;
}

static const char strict_name[] = "strict-box"; /* for all lessons */

static bool is_remembered(const struct app *app, const char *name)
{
    return name && settings_flag(app->settings, name, false);
}

static void remember(const struct app *app, const char *name, bool allowed)
{
    if (name && (allowed || is_remembered(app, name))) {
        settings_set_text(app->settings, name, allowed ? "yes" : NULL);
    }
}

void consent_options(const struct app *app, const char *path, struct session_options *options)
{
    char shipped[PATH_SIZE], folder[PATH_SIZE];
    struct arena arena = { 0 };

    path = paths_lesson(&app->paths, path, shipped);
    options->leave.reads_folder = is_remembered(app, read_name(&arena, path)) &&
                                  paths_folder_of(path, folder) && !paths_hold_more(folder);
    options->leave.gpu = is_remembered(app, gpu_name(&arena, path));
    options->leave.strict = settings_flag(app->settings, strict_name, false);
    arena_finish(&arena);
}

/* ---- what is asked ---------------------------------------------------------------------- */

void consent_forget(struct app *app)
{
    app->consent = (struct consent){ 0 };
}

static bool was_refused(const struct app *app)
{
    return app->consent.folder || app->consent.gpu || app->consent.box;
}

static bool is_asking(const struct app *app)
{
    return !app->consent.closed && was_refused(app);
}

/* With two windows the class's shows no bar: the presenter is told, and answers by key. */
static void tell_presenter(struct app *app)
{
    if (app->presenter && is_asking(app)) {
        app_say(app,
                app_word(app, "The lesson asks for something: Alt+Y allows it, Alt+Z does not."));
    }
}

void consent_turn(struct app *app)
{
    struct consent *const consent = &app->consent;
    const struct session *const session = app->session;
    const struct trace *const trace = session_trace(session);
    size_t count;
    const uint32_t *const records = trace_records_of(trace, RECORD_DENIED, &count);

    if (session_is_recorded(session)) {
        return;
    }
    if (consent->of != session || consent->run != session_run_number(session)) {
        *consent = (struct consent){ .of = session,
                                     .run = session_run_number(session),
                                     .explained = consent->explained,
                                     .read = consent->read,
                                     .closed = consent->closed };
    }
    const bool asked = is_asking(app);
    for (; consent->seen < count; consent->seen++) {
        const char *const what = trace_record(trace, records[consent->seen])->denied.what;
        consent->folder |= strcmp(what, "folder") == 0 && !session_reads_folder(session);
        consent->gpu |= strcmp(what, "gpu") == 0 && !session_leave(session).gpu;
        consent->box |= strcmp(what, "box") == 0;
    }
    if (!asked && is_asking(app)) {
        tell_presenter(app);
        app->stale = true;
    }
}

/* "~/lessons" */
static const char *folder_shown(struct app *app, const char *folder)
{
    const char *const home = getenv("HOME");
    const size_t length = home ? strlen(home) : 0;
    const bool inside = length > 1 && strncmp(folder, home, length) == 0 && folder[length] == '/';

    return inside ? arena_format(&app->scratch, "~%s", folder + length)
                  : arena_copy_text(&app->scratch, folder, strlen(folder));
}

/* What could be asked, even where the bar was closed. */
static bool find_kind(const struct app *app, const char *folder, enum consent_kind *kind)
{
    const struct consent *const consent = &app->consent;

    *kind = consent->box              ? CONSENT_BOX
            : !consent->folder        ? CONSENT_GPU
            : paths_hold_more(folder) ? CONSENT_FOLDER_SHARED
                                      : CONSENT_FOLDER;
    return was_refused(app);
}

static bool is_revocable(const struct app *app)
{
    const struct leave leave = session_leave(app->session);

    return leave.reads_folder || leave.gpu || leave.unboxed;
}

/* What ended the run on show, as long as it was not read. */
static const char *trouble(struct app *app)
{
    const char *const what = session_trouble(app->session);
    const bool read = app->consent.read == session_run_number(app->session);

    return session_running(app->session) || read || !what[0] ? NULL : app_trouble(app, what);
}

const struct consent_page *consent_page(struct app *app)
{
    const bool explained = app->consent.explained && trace_hello(session_trace(app->session));
    char place[PATH_SIZE];
    const char *const folder = paths_folder_of(session_path(app->session), place);
    enum consent_kind kind = CONSENT_EXPLAIN;
    const bool asking = !explained && folder && is_asking(app) && find_kind(app, folder, &kind);
    const char *const ended = !explained && !asking ? trouble(app) : NULL;

    if (!explained && !asking && !ended) {
        return NULL;
    }
    struct consent_page *const page = arena_allocate(&app->scratch, 1, sizeof(*page));
    *page = (struct consent_page){ .kind = explained ? CONSENT_EXPLAIN
                                           : ended   ? CONSENT_TROUBLE
                                                     : kind,
                                   .folder = folder ? folder_shown(app, folder) : "",
                                   .reads_folder = session_reads_folder(app->session) &&
                                                   !session_is_recorded(app->session),
                                   .revocable = is_revocable(app),
                                   .trouble = ended };
    return page;
}

/* ---- answers ---------------------------------------------------------------------------- */

static void run_with(struct app *app, struct leave leave)
{
    session_allow(app->session, leave);
    app->consent.folder = app->consent.gpu = app->consent.box = false;
    app->consent.explained = false;
    whatif_anew(app);
}

static void allow(struct app *app, bool always)
{
    struct leave leave = session_leave(app->session);
    const char *const path = session_path(app->session);
    const char *name = NULL;
    char folder[PATH_SIZE];
    enum consent_kind kind;

    if (!paths_folder_of(path, folder) || !find_kind(app, folder, &kind)) {
        app_say(app, app_word(app, "The lesson asks for nothing."));
        return;
    }
    if (kind == CONSENT_FOLDER_SHARED) {
        app_say(app, app_word(app, "Put the lesson into a folder of its own first."));
        return;
    }
    if (kind == CONSENT_FOLDER) {
        leave.reads_folder = true;
        name = read_name(&app->scratch, path);
    } else if (kind == CONSENT_GPU) {
        leave.gpu = true;
        name = gpu_name(&app->scratch, path);
    } else {
        leave.unboxed = true;
    }
    if (always) {
        remember(app, name, true);
    }
    run_with(app, leave);
}

void consent_allow(struct app *app)
{
    allow(app, false);
}

void consent_allow_always(struct app *app)
{
    allow(app, true);
}

void consent_refuse(struct app *app)
{
    if (!app->consent.explained && is_asking(app)) {
        app->consent.closed = true;
    } else if (!app->consent.explained) {
        app->consent.read = session_run_number(app->session);
    }
    app->consent.explained = false;
    app->stale = true;
}

void consent_revoke(struct app *app)
{
    if (!is_revocable(app)) {
        app_say(app, app_word(app, "Nothing was allowed to this lesson."));
        return;
    }
    remember(app, read_name(&app->scratch, session_path(app->session)), false);
    remember(app, gpu_name(&app->scratch, session_path(app->session)), false);
    app->consent.closed = true;
    run_with(app, (struct leave){ .strict = session_leave(app->session).strict });
    app_say(app, app_word(app, "What was allowed to the lesson is taken back."));
}

void consent_explain(struct app *app)
{
    app->consent.explained = !app->consent.explained;
    app->stale = true;
}

void consent_strict(struct app *app)
{
    const struct record_hello *const hello = trace_hello(session_trace(app->session));
    struct leave leave = session_leave(app->session);

    if (!hello || session_is_recorded(app->session)) {
        app_say(app, app_word(app, "No lesson runs here."));
        return;
    }
    if (hello->landlock > 0) {
        app_say(app, app_word(app, "This kernel has Landlock: your files are closed to lessons."));
        return;
    }
    leave.strict = !leave.strict;
    settings_set_flag(app->settings, strict_name, leave.strict);
    run_with(app, leave);
    app_say(app, leave.strict ? app_word(app, "All files are closed to lessons from now on.")
                              : app_word(app, "Lessons can read files again."));
}
