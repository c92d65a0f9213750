#include "app/export/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/export/clipboard.h"
#include "app/export/html.h"
#include "app/export/worksheet.h"
#include "app/output.h"
#include "app/panels/plots.h"
#include "engine/base/system_error.h"

static bool find_moment(const struct session *session, const struct export_job *job,
                        uint32_t *moment, struct error *err)
{
    const struct stops *const stops = session_stops(session);
    const enum stop_granularity granularity = job->picture.look.state.granularity;
    const size_t count = stops_count(stops, granularity);

    if (job->page) {
        *moment = job->page->moment;
        return true;
    }
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

/* What the models say of the plane on each page; in a window they are asked where the player rests. */
static void ask_fits(struct session *session, const struct deck *deck)
{
    for (size_t i = 0; i < deck->count; i++) {
        plots_ask_fit(session, deck->pages[i].moment);
    }
}

/* One PDF with a page each, else numbered files in the folder `output`. */
static bool write_deck(const struct page_tools *tools, struct session *session,
                       const struct export_job *job, const struct deck *deck, struct error *err)
{
    if (job->picture.look.part != PICTURE_GRAPH) {
        ask_fits(session, deck);
    }
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
    struct picture_options picture = job->picture;
    uint32_t moment = 0;

    picture.needs_content = true;
    if (job->page) {
        return picture_write(tools, session, job->page, 1, &picture, job->output, err);
    }
    if (!find_moment(session, job, &moment, err)) {
        return false;
    }
    if (job->picture.look.part != PICTURE_GRAPH) {
        plots_ask_fit(session, moment);
    }
    deck_add_step(deck, session, job->picture.look.state.granularity, moment);
    return picture_write(tools, session, deck->pages, 1, &picture, job->output, err);
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
        if (!(job->step > 0 || job->by_address || job->page
                  ? find_moment(session, job, &moment, err)
                  : true) ||
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

    struct deck deck = { 0 };
    deck_fill(&deck, session, &options.plan);
    ask_fits(session, &deck);
    deck_finish(&deck);
    options.look.notes = false;
    return html_write(tools, session, &options, job->output, err);
}

static bool write_any(const struct page_tools *tools, struct session *session,
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
                               print_path, job->picture.progress, err);
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

bool export_job_write(const struct page_tools *tools, struct session *session,
                      const struct export_job *job, struct error *err)
{
    bool made = false;

    if (job->folder && !output_folder(job->folder, &made, err)) {
        return false;
    }
    const bool good = write_any(tools, session, job, err);
    if (!good && made) {
        rmdir(job->folder); /* what has files in it stays */
    }
    return good;
}

bool export_job_copy(const struct page_tools *tools, struct session *session,
                     const struct export_job *job, struct error *err)
{
    const char *const temporary = getenv("TMPDIR");
    char folder[PATH_SIZE], path[PATH_SIZE + 16];
    struct export_job beside = *job;

    snprintf(folder, sizeof(folder), "%s/gradlight-XXXXXX",
             temporary && temporary[0] ? temporary : "/tmp");
    if (!mkdtemp(folder)) {
        return error_set_kind(err, ERROR_IO, "cannot make the folder %s: %s", folder,
                              system_error(errno));
    }
    snprintf(path, sizeof(path), "%s/copied.png", folder);
    beside.output = path;
    const bool good = export_job_write(tools, session, &beside, err) &&
                      clipboard_picture(path, job->picture.progress, err);
    unlink(path);
    rmdir(folder);
    return good;
}
