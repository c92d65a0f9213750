/* gradlight export FILE: pictures of steps, from the command line. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/cli/cli.h"
#include "app/export/deck.h"
#include "app/export/html.h"
#include "app/export/picture.h"
#include "app/output.h"
#include "app/panels/plots.h"
#include "app/session/checks.h"
#include "engine/base/file.h"
#include "engine/base/memory.h"
#include "lessons/runner/notebook.h"

/* The words of the command line, as they were given. */
struct export_words {
    const char *format, *step, *at, *all, *deck, *notes, *part, *lang, *theme, *size, *scale;
    const char *transparent, *level, *operations, *caption, *check, *film;
    const char *output, *help;
};

struct export_job {
    struct picture_options picture;
    const char *path; /* of the lesson */
    const char *output;
    bool all, check; /* all: more than one step */
    enum deck_grain grain;
    long step; /* from 1; 0: the last */
    bool by_address;
    struct moment_address address;
};

/* ---- reading the words ------------------------------------------------------------------ */

static bool read_part(const char *word, enum picture_part *part, enum screen_mode *mode,
                      struct error *err)
{
    *mode = strcmp(word, "explore") == 0 ? SCREEN_EXPLORE : SCREEN_PRESENT;
    *part = strcmp(word, "graph") == 0 ? PICTURE_GRAPH : PICTURE_SCREEN;
    if (*part == PICTURE_GRAPH) {
        *mode = SCREEN_EXPLORE;
        return true;
    }
    return strcmp(word, "present") == 0 || strcmp(word, "explore") == 0 ||
           error_set_kind(err, ERROR_VALUE, "there is no view %s; choose graph, present or explore",
                          word);
}

static bool read_level(const char *word, enum graph_level *level, struct error *err)
{
    *level = strcmp(word, "pytorch") == 0 ? GRAPH_PYTORCH : GRAPH_MATHEMATICS;
    return *level == GRAPH_PYTORCH || strcmp(word, "mathematics") == 0 ||
           error_set_kind(err, ERROR_VALUE, "there is no level %s; choose mathematics or pytorch",
                          word);
}

static bool read_grain(const char *word, enum deck_grain *grain, struct error *err)
{
    *grain = strcmp(word, "stops") == 0 ? DECK_STOPS : DECK_REVEALS;
    return *grain == DECK_STOPS || strcmp(word, "reveals") == 0 ||
           error_set_kind(err, ERROR_VALUE, "there is no deck of %s; choose stops or reveals",
                          word);
}

static bool read_moment(const struct export_words *words, struct export_job *job, struct error *err)
{
    if ((words->step != NULL) + (words->at != NULL) + (words->all != NULL) + (words->deck != NULL) >
        1) {
        return error_set_kind(err, ERROR_VALUE,
                              "--step, --at, --all and --deck exclude each other");
    }
    job->all = words->all || words->deck;
    if (words->deck && !read_grain(words->deck, &job->grain, err)) {
        return false;
    }
    job->by_address = words->at != NULL;
    if (words->at) {
        return address_parse(&job->address, words->at, err);
    }
    return !words->step || options_number(words->step, 1, TRACE_RECORDS_MAX, &job->step, err);
}

static bool read_look(const struct export_words *words, struct page_look *look, struct error *err)
{
    look->motion = 1;
    look->caption = words->caption != NULL;
    look->notes = words->notes != NULL;
    look->state.text_scale = 1;
    look->state.film = words->film ? FILM_SHOWN : FILM_AUTO;
    look->state.granularity = words->operations ? STOP_OPERATION : STOP_AUTO;
    if (!language_find(&look->state.language, words->lang)) {
        return error_set_kind(err, ERROR_VALUE, "there is no language %s; choose vi or en",
                              words->lang);
    }
    return read_part(words->part, &look->part, &look->state.mode, err) &&
           read_level(words->level, &look->state.level, err) &&
           theme_find(&look->theme, words->theme, err) &&
           options_size(words->size, &look->width, &look->height, err);
}

static bool read_picture(const struct export_words *words, struct picture_options *picture,
                         struct error *err)
{
    long scale;

    picture->transparent = words->transparent != NULL;
    if (!options_number(words->scale, 1, 8, &scale, err) ||
        !picture_format_find(&picture->format, words->format, err) ||
        !read_look(words, &picture->look, err)) {
        return false;
    }
    picture->scale = (float)scale;
    return !picture->look.notes || picture->format == PICTURE_HTML ||
           (words->deck && picture->format == PICTURE_PDF) ||
           error_set_kind(err, ERROR_VALUE,
                          "notes go with the pages of a lesson: --deck and --format pdf or html");
}

/* ---- writing ---------------------------------------------------------------------------- */

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
    if (job->picture.format == PICTURE_HTML) {
        good = write_html(tools, session, job, err);
    } else if (job->all) {
        deck_fill(&deck, session,
                  &(struct deck_plan){ job->grain, job->picture.look.state.granularity,
                                       job->picture.look.state.language });
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
    const bool good = write_pictures(tools, session, job, &err);
    const bool stopped = !good && progress_stopped(job->picture.progress);
    progress_destroy(job->picture.progress);
    if (stopped) {
        return STATUS_STOPPED;
    }
    return good ? STATUS_GOOD
                : cli_fail(err.kind == ERROR_VALUE ? STATUS_USAGE : STATUS_OUTPUT, &err);
}

static int export_lesson(struct export_job *job)
{
    struct error err = { 0 };
    struct paths paths;
    int status = STATUS_OUTPUT;

    if (!paths_find(&paths, &err)) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    const bool folder =
        job->all && job->picture.format != PICTURE_PDF && job->picture.format != PICTURE_HTML;
    if (!folder && !output_check(job->output, job->path, &err)) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    /* A whole screen shows what the runner is asked for unasked, as the window does. */
    const bool whole = job->picture.look.part != PICTURE_GRAPH;
    struct session *const session = session_open(
        job->path, &(struct session_options){ .paths = &paths, .stays = job->check || whole },
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
    }
    if (!finished) {
        status = STATUS_STOPPED;
    } else if (job->check && !checks_ask(session, &err)) {
        status = cli_fail(STATUS_OUTPUT, &err);
    } else if (!fonts) {
        status = cli_fail(STATUS_OUTPUT, &err);
    } else {
        status = write_all(&(struct page_tools){ fonts, words, graph }, session, job);
    }
    graph_picture_destroy(graph);
    fonts_destroy(fonts);
    words_destroy(words);
    session_destroy(session);
    return status;
}

/* The lesson itself, for Colab and Jupyter: nothing is run. */
static int export_notebook(const char *path, const char *output, const char *lang)
{
    struct error err = { 0 };
    struct text bytes = { 0 }, book = { 0 };
    struct lesson lesson = { 0 };
    struct paths paths;
    char shipped[PATH_SIZE];
    int status = STATUS_GOOD;

    if (!paths_find(&paths, &err)) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    path = paths_lesson(&paths, path, shipped);
    if (!file_read(path, (size_t)LESSON_BYTES_MAX + 1, &bytes, &err) ||
        !lesson_parse(&lesson, text_string(&bytes), bytes.length, &err)) {
        status = cli_fail(STATUS_INPUT, &err);
    } else {
        notebook_from_lesson(&lesson, lang, &book);
        if (!output_check(output, path, &err) || !output_write(output, &book, &err)) {
            status = cli_fail(STATUS_OUTPUT, &err);
        }
    }
    lesson_finish(&lesson);
    text_finish(&bytes);
    text_finish(&book);
    return status;
}

int cli_export(int count, char **argv)
{
    struct export_words words = { .format = "png",
                                  .part = "graph",
                                  .lang = "en",
                                  .theme = "light",
                                  .size = "1920x1080",
                                  .scale = "1",
                                  .level = "mathematics" };
    const struct option options[] = {
        { "format", 'f', "png|svg|svg-text|pdf|dot|html", "what kind of file", &words.format },
        { "step", 's', "N", "the N-th step of `gradlight describe`", &words.step },
        { "at", 0, "CELL:LINE[:VISIT]", "after that line", &words.at },
        { "all", 0, NULL, "every step: numbered files, or a PDF of many pages", &words.all },
        { "deck", 0, "stops|reveals",
          "the whole lesson with its words and questions: a page for "
          "each of the author's stops, or for each reveal",
          &words.deck },
        { "notes", 0, NULL, "deck as PDF: speaker's notes under each page", &words.notes },
        { "operations", 0, NULL, "steps are single operations, also in loops", &words.operations },
        { "view", 0, "graph|present|explore", "the graph alone, or a whole screen", &words.part },
        { "level", 0, "mathematics|pytorch", "what the graph shows", &words.level },
        { "lang", 'l', "vi|en", "language", &words.lang },
        { "theme", 0, "light|dark|projector|print", "colours", &words.theme },
        { "size", 0, "WxH", "of the page in points", &words.size },
        { "scale", 0, "N", "PNG: pixels per point", &words.scale },
        { "transparent", 0, NULL, "no page colour", &words.transparent },
        { "caption", 0, NULL, "a line at the foot: lesson, step, version", &words.caption },
        { "film", 0, NULL, "a whole screen: with the film strip", &words.film },
        { "check", 0, NULL, "confirm gradients by finite differences", &words.check },
        { "output", 'o', "PATH", "the file; with --all a folder (PDF: the file)", &words.output },
        { "help", 'h', NULL, "show this", &words.help },
        { 0 },
    };
    struct error err = { 0 };
    struct export_job job = { 0 };
    const char *rest[1];
    size_t found;

    if (!options_read(options, count, argv, rest, 1, &found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (words.help) {
        return cli_help("export", "LESSON|TRACE",
                        "Writes pictures of a lesson's steps; without --step, --at or --all of the "
                        "last one. To a file.ipynb it writes the lesson itself as a notebook, "
                        "with the narrative of that language.",
                        options);
    }
    if (!cli_one_file(rest, found, &err) || !read_picture(&words, &job.picture, &err) ||
        !read_moment(&words, &job, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (!words.output) {
        error_set(&err, "say where to write with -o PATH");
        return cli_fail(STATUS_USAGE, &err);
    }
    if (text_ends_with(words.output, ".ipynb")) {
        return export_notebook(rest[0], words.output, words.lang);
    }
    job.check = words.check != NULL;
    job.path = rest[0];
    job.output = words.output;
    return export_lesson(&job);
}
