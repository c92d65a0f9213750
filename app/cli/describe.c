/* gradlight describe FILE: every step as a numbered sentence; the form for screen readers. */

#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/output.h"
#include "app/session/checks.h"
#include "app/session/session.h"
#include "render/ledger/checked.h"
#include "render/screen.h"

static void describe_steps(const struct session *session, enum stop_granularity granularity,
                           const struct words *words, enum language language)
{
    const struct stops *const stops = session_stops(session);
    struct arena arena = { 0 };

    for (size_t i = 0; i < stops_count(stops, granularity); i++) {
        const struct run_view run = { .trace = session_trace(session),
                                      .stops = stops,
                                      .episodes = session_episodes(session),
                                      .moment = stops_at(stops, granularity, i)->moment,
                                      .granularity = granularity };
        const struct moment_address at = address_of(run.trace, stops, run.moment);
        const char *const checked = checked_at_step(&run, words, language, &arena);
        output_line(stdout, "%zu. [%lld:%lld] %s%s%s", i + 1, (long long)at.cell,
                    (long long)at.line, sentence_for(&run, words, language, &arena),
                    checked[0] ? " " : "", checked);
        arena_clear(&arena);
    }
    arena_finish(&arena);
}

struct description {
    const char *path;
    enum stop_granularity granularity;
    enum language language;
    bool check;
    struct leave leave;
};

static int describe(const struct description *what)
{
    struct error err = { 0 };
    struct paths paths;

    if (!paths_find(&paths, &err)) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    struct session *const session = session_open(
        what->path,
        &(struct session_options){ .paths = &paths, .leave = what->leave, .stays = what->check },
        &err);
    if (!session) {
        return cli_fail(cli_open_status(&err), &err);
    }
    struct words *const words = words_create(paths.words, &err);
    const bool whole = cli_wait(session);
    if (whole && what->check && !checks_ask(session, &err)) {
        output_line(stderr, "gradlight: %s", err.text);
    }
    if (whole) {
        describe_steps(session, what->granularity, words, what->language);
    }
    if (session_trouble(session)[0]) {
        output_line(stderr, "gradlight: %s", session_trouble(session));
    }
    const bool refused = cli_refused(session) && !session_is_recorded(session);
    words_destroy(words);
    session_destroy(session);
    return refused ? STATUS_OUTPUT : whole ? STATUS_GOOD : STATUS_STOPPED;
}

int cli_describe(int count, char **argv)
{
    const char *lang = "en", *operations = NULL, *check = NULL, *help = NULL, *rest[1];
    struct cli_leave leave = { 0 };
    const struct option options[] = {
        { "lang", 'l', "vi|en", "language of the sentences", &lang },
        { "operations", 0, NULL, "every operation, also in loops", &operations },
        { "check", 0, NULL, "confirm gradients by finite differences", &check },
        CLI_LEAVE(leave),
        { "help", 'h', NULL, "show this", &help },
        { 0 },
    };
    struct error err = { 0 };
    enum language language;
    size_t found;

    if (!options_read(options, count, argv, rest, 1, &found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (help) {
        return cli_help(
            "describe", "LESSON|TRACE",
            "Numbers the steps and tells each in a sentence, with [cell:line]. In loops they "
            "get larger: the first iteration in full, the second by phases, then those "
            "that print, and the end.",
            options);
    }
    if (!cli_one_file(rest, found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (!language_find(&language, lang)) {
        error_set(&err, "there is no language %s; choose vi or en", lang);
        return cli_fail(STATUS_USAGE, &err);
    }
    return describe(&(struct description){ .path = rest[0],
                                           .granularity = operations ? STOP_OPERATION : STOP_AUTO,
                                           .language = language,
                                           .check = check != NULL,
                                           .leave = cli_leave(&leave) });
}
