/* gradlight run FILE: prints what the script prints. */

#include <errno.h>
#include <string.h>

#include "app/cli.h"
#include "app/session.h"

/* How far the output has been passed on. */
struct printing {
    size_t out_records;
};

static void print_news(struct session *session, void *owner)
{
    struct printing *const printing = owner;
    const struct trace *const trace = session_trace(session);
    size_t count;
    const uint32_t *const records = trace_records_of(trace, RECORD_OUT, &count);

    for (; printing->out_records < count; printing->out_records++) {
        const struct record_out *const out =
            &trace_record(trace, records[printing->out_records])->out;
        FILE *const stream = strcmp(out->stream, "stderr") == 0 ? stderr : stdout;
        fwrite(out->text.bytes, 1, out->text.length, stream);
        fflush(stream);
    }
}

static void print_error(const struct session *session)
{
    const struct trace *const trace = session_trace(session);
    size_t count;
    const uint32_t *const records = trace_records_of(trace, RECORD_ERROR, &count);

    fflush(stdout);
    if (count > 0) {
        const struct record_error *const error = &trace_record(trace, records[0])->error;
        fprintf(stderr, "%s\n", error->traceback.bytes);
    }
    if (session_trouble(session)[0]) {
        fprintf(stderr, "gradlight: %s\n", session_trouble(session));
    }
}

static int run_lesson(const char *path, const char *keep, bool no_trace)
{
    struct error err = { 0 };
    struct paths paths;
    struct printing printing = { 0 };
    FILE *file = NULL;

    if (!paths_find(&paths, &err)) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    if (keep) {
        file = fopen(keep, "wb");
        if (!file) {
            error_set(&err, "cannot write %s: %s", keep, strerror(errno));
            return cli_fail(STATUS_OUTPUT, &err);
        }
    }
    struct session *const session = session_open(
        path, &(struct session_options){ .paths = &paths, .keep = file, .no_trace = no_trace },
        &err);
    int status = STATUS_INPUT;
    if (session) {
        session_wait(session, print_news, &printing);
        print_news(session, &printing);
        print_error(session);
        status = session_status(session);
        session_destroy(session);
    } else {
        cli_fail(STATUS_INPUT, &err);
    }
    if (file && fclose(file) != 0) {
        error_set(&err, "cannot write %s: %s", keep, strerror(errno));
        return cli_fail(STATUS_OUTPUT, &err);
    }
    return status;
}

int cli_run(int count, char **argv)
{
    const char *keep = NULL, *no_trace = NULL, *help = NULL, *rest[1];
    const struct option options[] = {
        { "trace", 'o', "FILE", "keep the trace in FILE", &keep },
        { "no-trace", 0, NULL, "record nothing: full speed", &no_trace },
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
    return run_lesson(rest[0], keep, no_trace != NULL);
}
