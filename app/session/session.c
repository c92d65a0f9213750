#include "app/session/session.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/cli/status.h"
#include "app/output.h"
#include "app/session/lesson_file.h"
#include "app/session/recording.h"
#include "app/session/signals.h"
#include "app/session/spare.h"
#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "lessons/trace/mask.h"
#include "render/words.h"

enum { READ_SIZE = 1 << 16 };

struct session {
    struct session_options options;
    struct output *keep; /* lent; NULL: not kept */
    char *path, *name;
    bool recorded;    /* a trace file: nothing is run */
    struct text file; /* the lesson as it was read, without the overrides */
    struct overrides overrides;
    uint32_t run;
    struct client *client; /* NULL for a trace file */
    struct recording recording;
    bool ended;   /* the run is over */
    bool hungry;  /* there was more to read than could be at the last poll */
    size_t asked; /* questions, ever; answers are counted in the trace */
    double asked_at;
};

static double clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- a run ------------------------------------------------------------------------------ */

static void drop_recording(struct session *session)
{
    recording_destroy(&session->recording);
    client_destroy(session->client);
    session->client = NULL;
}

static void begin_recording(struct session *session)
{
    session->recording = recording_create(session->options.unseen && !session->recorded);
    session->ended = false;
    session->asked = 0;
    session->run++;
}

static void take_bytes(struct session *session, const char *bytes, size_t length)
{
    if (session->keep) {
        output_put(session->keep, bytes, length);
    }
    if (!recording_take(&session->recording, bytes, length)) {
        session_stop(session);
    }
}

bool session_reads_folder(const struct session *session)
{
    const struct session_options *const options = &session->options;
    char place[PATH_SIZE];
    const char *const folder = paths_folder_of(session->path, place);

    return folder && (options->leave.reads_folder || paths_are_course(options->paths, folder));
}

bool session_is_strict(const struct session *session)
{
    const struct session_options *const options = &session->options;
    char place[PATH_SIZE];
    const char *const folder = paths_folder_of(session->path, place);

    return options->leave.strict && !(folder && paths_are_course(options->paths, folder));
}

/* Whoever allows what never is should hear of it. */
static bool check_folder(const struct session *session, const char *folder, struct error *err)
{
    return !session->options.leave.reads_folder || !folder || !paths_hold_more(folder) ||
           error_set_kind(err, ERROR_VALUE,
                          "no lesson may read %s, where more lies than lessons: put it into a "
                          "folder of its own, with its files",
                          folder);
}

static struct client *start_client(const struct session *session, struct error *err)
{
    const struct session_options *const options = &session->options;
    char place[PATH_SIZE];
    const char *const folder = paths_folder_of(session->path, place);
    const bool reads = session_reads_folder(session);

    if (!check_folder(session, folder, err)) {
        return NULL;
    }
    if (options->spare && !options->leave.gpu) {
        return spare_take(options->spare,
                          &(struct spare_wish){ folder, reads, session_is_strict(session),
                                                options->leave.unboxed },
                          err);
    }
    return client_start(
        &(struct client_options){
            .runner = options->paths->runner,
            .run = session->run + 1,
            .folder = folder,
            .reads_folder = reads,
            .gpu = options->leave.gpu,
            .strict = session_is_strict(session),
            .unboxed = options->leave.unboxed,
            .no_trace = options->no_trace,
            .parse_only = options->parse_only,
            .out_fd = options->no_trace ? STDOUT_FILENO : 0,
            .err_fd = options->no_trace ? STDERR_FILENO : 0,
            .wall_seconds = options->wall_seconds,
            .stays = options->stays && !options->no_trace,
        },
        err);
}

/* What was recorded goes, or is kept as a session of its own. */
static void put_aside(struct session *session, struct session **former)
{
    if (!session->recording.trace) {
        return;
    }
    if (!former) {
        drop_recording(session);
        return;
    }
    struct session *const aside = memory_allocate(1, sizeof(*aside));
    *aside = *session;
    aside->path = memory_copy_string(session->path);
    aside->name = memory_copy_string(session->name);
    aside->file = (struct text){ 0 };
    aside->keep = NULL;
    client_destroy(aside->client);
    aside->client = NULL;
    aside->ended = true;
    *former = aside;
}

/* Runs the file with the overrides set, and takes the file over. */
static bool start_run(struct session *session, struct text *file, struct session **former,
                      struct error *err)
{
    struct error why = { 0 };
    struct text source = { 0 };

    if (!overrides_apply(&session->overrides, file, &source, err)) {
        text_finish(&source);
        return false;
    }
    struct client *const client = start_client(session, &why);
    if (!client) {
        /* Not the lesson's fault: a part of this program is missing, or the system is at its end. */
        const bool there = access(session->options.paths->runner, X_OK) == 0;
        text_finish(&source);
        return error_set(err, "%s%s", why.text, there ? "" : "; build or install Gradlight again");
    }
    put_aside(session, former);
    begin_recording(session);
    session->client = client;
    client_give(client, session->path, source.bytes, source.length, clock_now());
    text_finish(&source);
    text_finish(&session->file);
    session->file = *file;
    *file = (struct text){ 0 };
    return true;
}

static void read_recorded(struct session *session, const struct text *bytes)
{
    begin_recording(session);
    take_bytes(session, bytes->bytes, bytes->length);
    recording_finish_input(&session->recording);
    recording_finish_indexes(&session->recording);
    session->ended = true;
}

void session_keep(struct session *session, struct output *output)
{
    session->keep = output;
}

/* ---- the session ------------------------------------------------------------------------ */

struct session *session_open(const char *path, const struct session_options *options,
                             struct error *err)
{
    struct text bytes = { 0 };
    struct session *session = NULL;
    char shipped[PATH_SIZE];

    path = paths_lesson(options->paths, path, shipped);
    if (!lesson_file_read(path, &bytes, err)) {
        goto done;
    }
    const bool recorded = lesson_file_is_trace(&bytes);
    if (!recorded && !lesson_file_check(path, &bytes, err)) {
        goto done;
    }
    session = memory_allocate(1, sizeof(*session));
    session->options = *options;
    session->path = memory_copy_string(path);
    session->name = lesson_file_name(path);
    session->recorded = recorded;
    if (recorded) {
        read_recorded(session, &bytes);
    } else if (!start_run(session, &bytes, NULL, err)) {
        session_destroy(session);
        session = NULL;
    }
done:
    text_finish(&bytes);
    return session;
}

struct session *session_of_nothing(const char *why)
{
    struct session *const session = memory_allocate(1, sizeof(*session));

    session->path = memory_copy_string("");
    session->name = memory_copy_string("");
    session->recorded = true;
    begin_recording(session);
    recording_trouble(&session->recording, why);
    recording_finish_indexes(&session->recording);
    session->ended = true;
    return session;
}

void session_destroy(struct session *session)
{
    if (!session) {
        return;
    }
    drop_recording(session);
    text_finish(&session->file);
    free(session->path);
    free(session->name);
    free(session);
}

bool session_restart(struct session *session, struct session **former, struct error *err)
{
    struct text bytes = { 0 };

    if (session->recorded) {
        return error_set(err, "%s is a trace: a recorded run cannot be run again", session->path);
    }
    const bool read = lesson_file_read(session->path, &bytes, err) &&
                      lesson_file_check(session->path, &bytes, err);
    if (read) {
        overrides_keep(&session->overrides, &session->file, &bytes);
    }
    const bool good = read && start_run(session, &bytes, former, err);
    text_finish(&bytes);
    return good;
}

struct session *session_again(const struct session *from, const struct again *again,
                              struct error *err)
{
    struct text bytes = { 0 };
    struct session *session = memory_allocate(1, sizeof(*session));

    session->options = from->options;
    session->path = memory_copy_string(from->path);
    session->name = memory_copy_string(from->name);
    session->overrides = *again->overrides;
    session->run = again->run - 1;
    text_append(&bytes, again->file->bytes, again->file->length);
    if (!start_run(session, &bytes, NULL, err)) {
        session_destroy(session);
        session = NULL;
    }
    text_finish(&bytes);
    return session;
}

void session_allow(struct session *session, struct leave leave)
{
    session->options.leave = leave;
}

struct leave session_leave(const struct session *session)
{
    return session->options.leave;
}

bool session_is_recorded(const struct session *session)
{
    return session->recorded;
}

const struct overrides *session_overrides(const struct session *session)
{
    return &session->overrides;
}

const struct text *session_file(const struct session *session)
{
    return &session->file;
}

const char *session_path(const struct session *session)
{
    return session->path;
}

/* A runner that is gone before the lesson's end was left by the lesson, or could not begin, and then
 * has said why. */
static void tell_early_end(struct session *session, int status)
{
    size_t length;
    const char *const said = client_raw_output(session->client, &length);
    struct error err = { 0 };

    if (trace_record_count(session->recording.trace) == 0 && length > 0) {
        error_set(&err, "%.*s", (int)length - (said[length - 1] == '\n'), said);
    } else if (trace_record_count(session->recording.trace) == 0) {
        error_set(&err, "the runner left at once, with status %d: build or install Gradlight again",
                  status);
    } else {
        error_set(&err, "the lesson left its process, with status %d, before it was finished",
                  status);
    }
    recording_trouble(&session->recording, err.text);
}

static void end_run(struct session *session, const struct client_ending *ending)
{
    /* A process that was killed leaves half a line: why it was is worth more than that. */
    recording_trouble(&session->recording, ending->text);
    recording_finish_input(&session->recording);
    if (ending->end == CLIENT_EXITED && !trace_ending(session->recording.trace)->ended) {
        tell_early_end(session, ending->status);
    }
    recording_finish_indexes(&session->recording);
    session->ended = true;
}

/* ---- questions -------------------------------------------------------------------------- */

bool session_ask(struct session *session, const char *question, struct error *err)
{
    if (session->recorded) {
        return error_set(err, "%s",
                         WORD("A recorded run cannot be asked: open the lesson itself."));
    }
    if (!session->ended) {
        return error_set(err, "%s", WORD("The lesson is still running."));
    }
    if (session->recording.damaged || !session->client || !client_ask(session->client, question)) {
        return error_set(err, "%s", WORD("The lesson's process is gone: run the lesson again."));
    }
    session->asked++;
    session->asked_at = clock_now();
    return true;
}

bool session_asking(const struct session *session)
{
    return session->ended && session->asked > recording_answers(&session->recording);
}

void session_release(struct session *session)
{
    if (session->client) {
        client_release(session->client);
    }
}

/* One that does not answer is not worth waiting for, nor is its process. */
static void give_up_asking(struct session *session, const char *why)
{
    session->asked = recording_answers(&session->recording);
    session->recording.trouble[0] = '\0';
    recording_trouble(&session->recording, why);
    client_destroy(session->client);
    session->client = NULL;
}

static bool poll_answers(struct session *session, uint32_t before)
{
    static const double patience = 20;

    if (session->recording.damaged || client_ending(session->client)) {
        give_up_asking(session, "the lesson's process left before it answered");
    } else if (!session_asking(session)) {
        client_rest(session->client, clock_now());
    } else if (clock_now() - session->asked_at > patience) {
        give_up_asking(session, "the lesson's process did not answer within 20 seconds");
    }
    return trace_record_count(session->recording.trace) > before || !session->client;
}

/* The lesson is over and its process stays for questions. */
static void rest(struct session *session)
{
    client_rest(session->client, clock_now());
    recording_finish_indexes(&session->recording);
    session->ended = true;
}

/* Though its lesson is over and nothing is read of it: it may have threads that go on, or have written its
 * end itself. Whether there is news. */
static bool watch_rest(struct session *session)
{
    if (!session->client) {
        return false;
    }
    client_watch(session->client, clock_now());
    const bool killed = client_killed(session->client)[0] != '\0';
    if (killed) {
        give_up_asking(session, client_killed(session->client));
    }
    return killed;
}

bool session_poll(struct session *session, double budget)
{
    const double start = clock_now();
    const uint32_t before = trace_record_count(session->recording.trace);
    char bytes[READ_SIZE];

    if (session->ended && !session_asking(session)) {
        return watch_rest(session);
    }
    session->hungry = true;
    for (double now = start; now - start <= budget && session->hungry; now = clock_now()) {
        const size_t length = client_read(session->client, bytes, sizeof(bytes), now);
        session->hungry = length > 0;
        take_bytes(session, bytes, length);
    }
    if (session->ended) {
        return poll_answers(session, before);
    }
    const struct client_ending *const ending = client_ending(session->client);
    if (ending) {
        end_run(session, ending);
    } else if (session->options.stays && trace_ending(session->recording.trace)->ended) {
        rest(session);
    } else {
        if (trace_ending(session->recording.trace)->ended) {
            client_rest(session->client, clock_now());
        }
        recording_update(&session->recording);
    }
    return session->ended || trace_record_count(session->recording.trace) > before;
}

double session_patience(const struct session *session)
{
    static const double while_running = 0.008, with_gpu = 0.25, at_rest = 1;

    if (!session->ended || session_asking(session)) {
        return session->hungry ? 0 : while_running;
    }
    if (!session->client) {
        return -1;
    }
    return session->options.leave.gpu ? with_gpu : at_rest;
}

bool session_wait(struct session *session, void (*each)(struct session *session, void *owner),
                  void *owner)
{
    struct pollfd fds[CLIENT_POLL_FDS + 1];
    sigset_t before;
    const int signals = signals_catch(&before);
    bool interrupted = false;

    while (!session->ended || session_asking(session)) {
        const size_t count = client_poll_fds(session->client, fds);
        fds[count] = (struct pollfd){ .fd = signals, .events = POLLIN };
        poll(fds, count + 1, client_wait(session->client, clock_now()));
        if (signals_came(signals)) {
            interrupted = true;
            session_stop(session);
        }
        if (session_poll(session, 0.1) && each) {
            each(session, owner);
        }
    }
    while (signals_came(signals)) {
    }
    if (signals >= 0) {
        close(signals);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return !interrupted;
}

bool session_running(const struct session *session)
{
    return !session->ended;
}

void session_stop(struct session *session)
{
    if (!session->ended && session->client) {
        client_stop(session->client, clock_now());
    }
}

const char *session_trouble(const struct session *session)
{
    return session->recording.trouble;
}

const char *session_raw_output(const struct session *session, size_t *length)
{
    *length = 0;
    return session->client ? client_raw_output(session->client, length) : "";
}

int session_status(const struct session *session)
{
    const struct trace_ending *const ending = trace_ending(session->recording.trace);
    const struct client_ending *const process =
        session->client ? client_ending(session->client) : NULL;

    if (session->recording.damaged || (process && client_was_limited(process))) {
        return STATUS_LIMIT;
    }
    if (ending->ended) {
        return (int)ending->status;
    }
    if (process && process->end == CLIENT_STOPPED) {
        return STATUS_STOPPED;
    }
    if (process && process->no_reader) {
        return STATUS_OUTPUT;
    }
    return process && process->status ? process->status : STATUS_LIMIT;
}

void session_mask(struct session *session, const struct trace_veil *veils, size_t veil_count,
                  const int64_t *cells, size_t cell_count)
{
    trace_mask(session->recording.trace, veils, veil_count, cells, cell_count);
}

const struct trace *session_trace(const struct session *session)
{
    return session->recording.trace;
}

const struct stops *session_stops(const struct session *session)
{
    return session->recording.stops;
}

const struct episodes *session_episodes(const struct session *session)
{
    return session->recording.episodes;
}

/* Read when it is asked for: nobody looks at a run that is only waited for. */
const struct film *session_film(const struct session *session)
{
    film_update(session->recording.film, !session->ended);
    return session->recording.film;
}

uint32_t session_run_number(const struct session *session)
{
    return session->run;
}

uint64_t session_place(const struct session *session)
{
    char whole[PATH_MAX];
    const char *const path = realpath(session->path, whole) ? whole : session->path;

    return hash_bytes(HASH_START, path, strlen(path));
}

const char *session_name(const struct session *session)
{
    return session->name;
}
