#include "app/cli/export_job.h"

#include <stdio.h>

#include "app/cli/cli.h"
#include "app/export/html.h"
#include "app/export/worksheet.h"
#include "app/output.h"
#include "app/panels/devices.h"
#include "app/panels/plots.h"
#include "app/session/checks.h"

static bool find_moment(const struct session *session, const struct export_job *job,
                        uint32_t *moment, struct error *err)
{
    const struct stops *const stops = session_stops(session);
    const enum stop_granularity granularity = job->picture.look.state.granularity;
    const size_t count = stops_count(stops, granularity);

    if (job->by_address) {
        bool exact;
        *moment = address_find(session_trace(session), stops, &job->address, &exact);
        return exact || error_set_kind(err, ERROR_VALUE,
                                       "the lesson never stands at cell %lld, line %lld, visit %u",
                                       (long long)job->address.cell, (long long)job->address.line,
                                       job->address.visit);
    }
    if (job->step > (long)count) {
        return error_set_kind(err, ERROR_VALUE, "there is no step %ld; the lesson has %zu",
                              job->step, count);
    }
    *moment = stops_at(stops, granularity, job->step ? (size_t)job->step - 1 : count - 1)->moment;
    return true;
}

static void fill_deck(struct deck *deck, const struct session *session,
                      const struct export_job *job)
{
    deck_fill(deck, session,
              &(struct deck_plan){ job->grain, job->picture.look.state.granularity,
                                   job->picture.look.state.language });
}

static void print_path(const char *path)
{
    printf("%s\n", path);
}

/* One PDF with a page each, else numbered files in the folder `output`. */
static bool write_deck(const struct page_tools *tools, struct session *session,
                       const struct export_job *job, const struct deck *deck, struct error *err)
{
    if (job->picture.format != PICTURE_PDF) {
        return picture_write_each(tools, session, deck->pages, deck->count, &job->picture,
                                  job->output, print_path, err);
    }
    if (!picture_write(tools, session, deck->pages, deck->count, &job->picture, job->output, err)) {
        return false;
    }
    print_path(job->output);
    return true;
}

static bool write_step(const struct page_tools *tools, struct session *session,
                       const struct export_job *job, struct deck *deck, struct error *err)
{
    uint32_t moment = 0;

    if (!find_moment(session, job, &moment, err)) {
        return false;
    }
    if (job->picture.look.part != PICTURE_GRAPH) {
        plots_ask_fit(session, moment);
    }
    deck_add_step(deck, session, job->picture.look.state.granularity, moment);
    return picture_write(tools, session, deck->pages, 1, &job->picture, job->output, err);
}

/* A pass, or with --all every step. */
static bool write_film(const struct page_tools *tools, struct session *session,
                       const struct export_job *job, struct deck *deck, struct error *err)
{
    struct film_options options = {
        .kind = job->picture.format == PICTURE_GIF ? FILM_GIF : FILM_MP4,
        .look = job->picture.look,
        .progress = job->picture.progress,
    };
    uint32_t moment = 0;

    if (job->all) {
        fill_deck(deck, session, job);
    } else {
        if (!(job->step > 0 || job->by_address ? find_moment(session, job, &moment, err) : true) ||
            !film_fill(deck, session, job->pass, moment, err)) {
            return false;
        }
        options.look.state.granularity = STOP_OPERATION;
    }
    return film_write(tools, session, deck, &options, job->output, err);
}

/* The whole lesson, as it is presented if nothing else was said. */
static bool write_html(const struct page_tools *tools, struct session *session,
                       const struct export_job *job, struct error *err)
{
    struct html_options options = {
        .look = job->picture.look,
        .plan = { job->grain ? job->grain : DECK_REVEALS, job->picture.look.state.granularity, 0 },
        .notes = job->picture.look.notes,
        .progress = job->picture.progress,
    };

    options.look.notes = false;
    return html_write(tools, session, &options, job->output, err);
}

static bool write_pictures(const struct page_tools *tools, struct session *session,
                           const struct export_job *job, struct error *err)
{
    struct deck deck = { 0 };
    bool good;

    if (stops_count(session_stops(session), STOP_OPERATION) == 0) {
        return error_set(err, "the lesson came to no step of which a picture could be made%s%s",
                         session_trouble(session)[0] ? ": " : "", session_trouble(session));
    }
    if (job->worksheet) {
        good = worksheet_write(tools, session, job->picture.look.state.language, job->output,
                               print_path, err);
    } else if (job->picture.format == PICTURE_HTML) {
        good = write_html(tools, session, job, err);
    } else if (job->picture.format == PICTURE_GIF || job->picture.format == PICTURE_MP4) {
        good = write_film(tools, session, job, &deck, err);
    } else if (job->all) {
        fill_deck(&deck, session, job);
        good = write_deck(tools, session, job, &deck, err);
    } else {
        good = write_step(tools, session, job, &deck, err);
    }
    deck_finish(&deck);
    return good;
}

/* With Ctrl+C nothing unfinished stays. */
static int write_all(const struct page_tools *tools, struct session *session,
                     struct export_job *job)
{
    struct error err = { 0 };

    job->picture.progress = progress_create();
    bool cut = false;
    const struct page_tools noting = { tools->fonts, tools->words, tools->graph, &cut };
    const bool good = write_pictures(&noting, session, job, &err);
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
    const bool finished = session_wait(session, NULL, NULL);
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
