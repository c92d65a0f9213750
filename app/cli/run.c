/* gradlight run FILE: prints what the script prints. */

#include <string.h>

#include "app/cli/cli.h"
#include "app/output.h"
#include "app/session/checks.h"
#include "app/session/session.h"

/* How far the run has been told. */
struct printing {
    size_t outs, budgets;
    bool kept; /* the lesson goes on for its trace when nobody reads what it prints */
    bool failed;
    struct error err;
};

static void print_stream(struct printing *printing, FILE *stream, const char *bytes, size_t length)
{
    if (printing->failed) {
        return;
    }
    fwrite(bytes, 1, length, stream);
    printing->failed = !output_flush(stream, &printing->err);
}

static void print_news(struct session *session, void *owner)
{
    struct printing *const printing = owner;
    const struct trace *const trace = session_trace(session);
    size_t count;
    const uint32_t *records = trace_records_of(trace, RECORD_OUT, &count);

    for (; printing->outs < count; printing->outs++) {
        const struct record_out *const out = &trace_record(trace, records[printing->outs])->out;
        print_stream(printing, strcmp(out->stream, "stderr") == 0 ? stderr : stdout,
                     out->text.bytes, out->text.length);
    }
    records = trace_records_of(trace, RECORD_BUDGET, &count);
    for (; printing->budgets < count; printing->budgets++) {
        output_line(stderr, "gradlight: %s",
                    trace_record(trace, records[printing->budgets])->budget.text.bytes);
    }
    if (printing->failed && !printing->kept) {
        session_stop(session);
    }
}

static void print_error(const struct session *session)
{
    const struct trace *const trace = session_trace(session);
    size_t count, length;
    const uint32_t *const records = trace_records_of(trace, RECORD_ERROR, &count);
    const char *const raw = session_raw_output(session, &length);

    fflush(stdout);
    fwrite(raw, 1, length, stderr);
    if (count > 0) {
        const struct trace_string *const told = &trace_record(trace, records[0])->error.traceback;
        fwrite(told->bytes, 1, told->length, stderr);
        fputc('\n', stderr);
    }
    if (session_trouble(session)[0]) {
        output_line(stderr, "gradlight: %s", session_trouble(session));
    }
    cli_refused(session);
}

static int watch_lesson(struct session *session, struct printing *printing)
{
    session_wait(session, print_news, printing);
    print_news(session, printing);
    if (printing->failed) {
        return printing->err.text[0] ? cli_fail(STATUS_OUTPUT, &printing->err) : STATUS_OUTPUT;
    }
    print_error(session);
    return session_status(session);
}

/* As the options say. */
struct running {
    const char *keep; /* the trace's file; NULL: none */
    bool no_trace, check;
    struct leave leave;
};

static int run_lesson(const char *path, const struct running *running)
{
    const char *const keep = running->keep;
    struct error err = { 0 };
    struct paths paths;

    if (!paths_find(&paths, &err)) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    struct session *const session =
        session_open(path,
                     &(struct session_options){ .paths = &paths,
                                                .leave = running->leave,
                                                .no_trace = running->no_trace,
                                                .unseen = !running->check,
                                                .stays = running->check },
                     &err);
    if (!session) {
        return cli_fail(cli_open_status(&err), &err);
    }
    struct output *const output =
        keep && output_check(keep, path, &err) ? output_create(keep, &err) : NULL;
    int status = STATUS_OUTPUT;
    if (!keep || output) {
        session_keep(session, output);
        status = watch_lesson(session, &(struct printing){ .kept = output != NULL });
        if (running->check && !checks_ask(session, &err)) {
            output_line(stderr, "gradlight: %s", err.text);
        }
    }
    session_destroy(session);
    if (keep && !(output && output_finish(output, &err))) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    return status;
}

int cli_run(int count, char **argv)
{
    const char *keep = NULL, *no_trace = NULL, *check = NULL, *help = NULL, *rest[1];
    struct cli_leave leave = { 0 };
    const struct option options[] = {
        { "trace", 'o', "FILE", "keep the trace in FILE", &keep },
        { "no-trace", 0, NULL, "record nothing: full speed", &no_trace },
        { "check", 0, NULL, "with --trace: confirm gradients by finite differences", &check },
        CLI_LEAVE(leave),
        { "help", 'h', NULL, "show this", &help },
        { 0 },
    };
    struct error err = { 0 };
    size_t found;

    if (!options_read(options, count, argv, rest, 1, &found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (help) {
        return cli_help("run", "LESSON", "Runs a lesson and prints exactly what it prints.",
                        options);
    }
    if (!cli_one_file(rest, found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (keep && no_trace) {
        error_set(&err, "--trace and --no-trace exclude each other");
        return cli_fail(STATUS_USAGE, &err);
    }
    if (check && !keep) {
        error_set(&err, "--check writes its answers into a trace: say where with --trace FILE");
        return cli_fail(STATUS_USAGE, &err);
    }
    return run_lesson(rest[0], &(struct running){ .keep = keep,
                                                  .no_trace = no_trace != NULL,
                                                  .check = check != NULL,
                                                  .leave = cli_leave(&leave) });
}
