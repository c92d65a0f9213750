#include "app/cli/export_job.h"

#include <stdio.h>

#include "app/cli/cli.h"
#include "app/output.h"
#include "app/panels/devices.h"
#include "app/panels/plots.h"
#include "app/session/checks.h"

/* With Ctrl+C nothing unfinished stays. */
static int write_all(const struct page_tools *tools, struct session *session,
                     struct export_job *job)
{
    struct error err = { 0 };

    job->picture.progress = progress_create();
    bool cut = false;
    const struct page_tools noting = { tools->fonts, tools->words, tools->graph, &cut };
    const bool good = export_job_write(&noting, session, job, &err);
    const bool stopped = !good && progress_stopped(job->picture.progress);
    progress_destroy(job->picture.progress);
    if (stopped) {
        return STATUS_STOPPED;
    }
    if (good && cut) {
        fprintf(stderr,
                "gradlight: with text of 18 points this has no room in that part of a slide; "
                "take a larger one, or --closed\n");
    }
    return good ? STATUS_GOOD
                : cli_fail(err.kind == ERROR_VALUE ? STATUS_USAGE : STATUS_OUTPUT, &err);
}

int export_job_run(struct export_job *job)
{
    struct error err = { 0 };
    struct paths paths;
    int status = STATUS_OUTPUT;

    if (!paths_find(&paths, &err)) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    const bool folder = job->all && !job->worksheet && picture_is_single(job->picture.format);
    if (!folder && !output_check(job->output, job->path, &err)) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    /* A whole screen shows what the runner is asked for unasked, as the window does. */
    const bool whole = job->picture.look.part != PICTURE_GRAPH;
    struct session *const session =
        session_open(job->path,
                     &(struct session_options){
                         .paths = &paths, .leave = job->leave, .stays = job->check || whole },
                     &err);
    if (!session) {
        return cli_fail(cli_open_status(&err), &err);
    }
    struct words *const words = words_create(paths.words, &err);
    struct fonts *const fonts = fonts_create(&err);
    struct graph_picture *const graph = graph_picture_create(paths.layout);
    const bool finished = cli_wait(session);
    if (finished && whole) {
        plots_ask_surface(session);
        devices_ask(session);
    }
    if (!finished) {
        status = STATUS_STOPPED;
    } else if (cli_refused(session)) {
        status = STATUS_OUTPUT;
    } else if (job->check && !checks_ask(session, &err)) {
        status = cli_fail(STATUS_OUTPUT, &err);
    } else if (!fonts) {
        status = cli_fail(STATUS_OUTPUT, &err);
    } else {
        status = write_all(&(struct page_tools){ fonts, words, graph, NULL }, session, job);
    }
    graph_picture_destroy(graph);
    fonts_destroy(fonts);
    words_destroy(words);
    session_destroy(session);
    return status;
}
