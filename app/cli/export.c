/* gradlight export FILE: pictures of steps, from the command line. */

#include <string.h>

#include "app/cli/cli.h"
#include "app/cli/export_job.h"
#include "app/output.h"
#include "app/session/lesson_file.h"
#include "lessons/runner/notebook.h"

/* The words of the command line, as they were given. */
struct export_words {
    const char *format, *step, *at, *all, *deck, *notes, *pass, *part, *slide, *lang, *theme, *size;
    const char *scale, *transparent, *level, *operations, *closed, *caption, *check, *film;
    const char *compare, *worksheet;
    const char *output, *help;
    struct cli_leave leave;
};

/* ---- reading the words ------------------------------------------------------------------ */

static const struct {
    const char *name;
    enum picture_part part;
    enum screen_mode mode;
} views[] = {
    { "graph", PICTURE_GRAPH, SCREEN_EXPLORE },
    { "present", PICTURE_SCREEN, SCREEN_PRESENT },
    { "explore", PICTURE_SCREEN, SCREEN_EXPLORE },
    { "equation", PICTURE_EQUATION, SCREEN_PRESENT },
    { "tensor", PICTURE_TENSOR, SCREEN_PRESENT },
    { "curve", PICTURE_CURVE, SCREEN_PRESENT },
    { "fit", PICTURE_FIT, SCREEN_PRESENT },
    { "landscape", PICTURE_LANDSCAPE, SCREEN_PRESENT },
    { "code", PICTURE_CODE, SCREEN_PRESENT },
    { "devices", PICTURE_DEVICES, SCREEN_PRESENT },
};

static bool read_part(const char *word, struct page_look *look, struct error *err)
{
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        if (strcmp(views[i].name, word) == 0) {
            look->part = views[i].part;
            look->state.mode = views[i].mode;
            look->state.tab_follows = true;
            return true;
        }
    }
    return error_set_kind(err, ERROR_VALUE,
                          "there is no view %s; choose graph, present, explore, equation, tensor, "
                          "curve, fit, landscape, code or devices",
                          word);
}

/* A piece of the screen is always for a slide, and a slide shows no whole screen. */
static bool read_slide(const char *word, struct page_look *look, struct error *err)
{
    look->slide = look->part > PICTURE_SCREEN ? SLIDE_FULL : SLIDE_NONE;
    if (!word) {
        return true;
    }
    if (look->part == PICTURE_SCREEN) {
        return error_set_kind(err, ERROR_VALUE,
                              "a slide shows no whole screen; choose --view graph, equation, "
                              "tensor, curve, fit, landscape, code or devices");
    }
    look->state.mode = SCREEN_PRESENT;
    return slide_find(&look->slide, word, err);
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

static bool read_pass(const char *word, enum film_pass *pass, struct error *err)
{
    *pass = strcmp(word, "forward") == 0 ? PASS_FORWARD : PASS_BACKWARD;
    return *pass == PASS_FORWARD || strcmp(word, "backward") == 0 ||
           error_set_kind(err, ERROR_VALUE, "there is no pass %s; choose forward or backward",
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

static bool read_look(const struct export_words *words, bool lesson, struct page_look *look,
                      struct error *err)
{
    long other = 0;

    look->motion = 1;
    look->caption = words->caption != NULL;
    look->notes = words->notes != NULL;
    look->state.text_scale = 1;
    look->state.film = words->film ? FILM_SHOWN : FILM_AUTO;
    look->state.fold_all = words->closed != NULL;
    if (words->compare && !options_number(words->compare, 1, TRACE_RECORDS_MAX, &other, err)) {
        return false;
    }
    look->state.compared = other;
    look->state.granularity = words->operations ? STOP_OPERATION : STOP_AUTO;
    if (!language_find(&look->state.language, words->lang)) {
        return error_set_kind(err, ERROR_VALUE, "there is no language %s; choose vi or en",
                              words->lang);
    }
    /* The pages of a lesson are read by themselves, as a class sees it. */
    const char *const usual = lesson ? "present" : "graph";
    return read_part(words->part ? words->part : usual, look, err) &&
           read_slide(words->slide, look, err) &&
           read_level(words->level, &look->state.level, err) &&
           theme_find(&look->theme, words->theme, err) &&
           options_size(words->size, &look->width, &look->height, err);
}

/* The format that was named, else what the file's name ends in, else PNG. */
static bool read_format(const struct export_words *words, enum picture_format *format,
                        struct error *err)
{
    if (words->format) {
        return picture_format_find(format, words->format, err);
    }
    /* A folder of pictures may have any name, and a notebook is no picture. */
    return picture_format_of(format, words->output, err) || words->all || words->deck ||
           text_ends_with(words->output, ".ipynb");
}

static bool read_picture(const struct export_words *words, struct picture_options *picture,
                         struct error *err)
{
    long scale;

    picture->transparent = words->transparent != NULL;
    if (!read_format(words, &picture->format, err)) {
        return false;
    }
    const bool lesson = words->deck || picture->format == PICTURE_HTML;
    if (!read_look(words, lesson, &picture->look, err)) {
        return false;
    }
    if (picture->look.slide && (picture->format == PICTURE_GIF || picture->format == PICTURE_MP4)) {
        return error_set_kind(err, ERROR_VALUE,
                              "a film shows the graph or a whole screen; choose --view graph, "
                              "present or explore, without --slide");
    }
    const char *const usual = picture->look.slide ? "2" : "1";
    if (!options_number(words->scale ? words->scale : usual, 1, 8, &scale, err)) {
        return false;
    }
    picture->scale = (float)scale;
    return !picture->look.notes || picture->format == PICTURE_HTML ||
           (words->deck && picture->format == PICTURE_PDF) ||
           error_set_kind(err, ERROR_VALUE,
                          "notes go with the pages of a lesson: --deck and --format pdf or html");
}

static bool read_job(const struct export_words *words, const char *path, struct export_job *job,
                     struct error *err)
{
    job->path = path;
    job->output = words->output;
    job->check = words->check != NULL;
    job->leave = cli_leave(&words->leave);
    job->worksheet = words->worksheet != NULL;
    if (!job->output) {
        return error_set(err, "say where to write with -o PATH");
    }
    if (!read_picture(words, &job->picture, err) || !read_moment(words, job, err) ||
        !read_pass(words->pass, &job->pass, err)) {
        return false;
    }
    return !job->worksheet || job->picture.format == PICTURE_PDF ||
           error_set(err, "a worksheet is a PDF: -o NAME.pdf");
}

/* ---- the notebook ---------------------------------------------------------------------- */

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
    if (!lesson_file_read(path, &bytes, &err) || !lesson_file_check(path, &bytes, &err) ||
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
    struct export_words words = { .pass = "backward",
                                  .lang = "en",
                                  .theme = "light",
                                  .size = "1920x1080",
                                  .level = "mathematics" };
    const struct option options[] = {
        { "format", 'f', "png|svg|svg-text|pdf|dot|html|gif|mp4",
          "what kind of file; as the name of the file ends, if it is not said", &words.format },
        { "step", 's', "N", "the N-th step of `gradlight describe`", &words.step },
        { "at", 0, "CELL:LINE[:VISIT]", "after that line", &words.at },
        { "all", 0, NULL, "every step: numbered files, or a PDF of many pages", &words.all },
        { "deck", 0, "stops|reveals",
          "the whole lesson with its words and questions: a page for "
          "each of the author's stops, or for each reveal",
          &words.deck },
        { "pass", 0, "backward|forward", "GIF and MP4: the pass to film, at the step or the first",
          &words.pass },
        { "worksheet", 0, NULL,
          "A4 to fill in, black and white: the lesson's questions with blanks; the answers in a "
          "second file",
          &words.worksheet },
        { "notes", 0, NULL, "deck as PDF: speaker's notes under each page", &words.notes },
        { "operations", 0, NULL, "steps are single operations, also in loops", &words.operations },
        { "view", 0, "graph|present|explore|equation|tensor|curve|fit|landscape|code",
          "the graph alone (as usual), a whole screen (a deck and HTML as usual: present), or a "
          "piece of it "
          "for a slide",
          &words.part },
        { "slide", 0, "full|half|third",
          "cropped for so much of a slide, with text of 18 points at least", &words.slide },
        { "level", 0, "mathematics|pytorch", "what the graph shows", &words.level },
        { "closed", 0, NULL, "modules are closed", &words.closed },
        { "lang", 'l', "vi|en", "language", &words.lang },
        { "theme", 0, "light|dark|projector|print", "colours", &words.theme },
        { "size", 0, "WxH", "of the page in points", &words.size },
        { "scale", 0, "N", "PNG: pixels per point; 1, for slides 2", &words.scale },
        { "transparent", 0, NULL, "no page colour", &words.transparent },
        { "caption", 0, NULL, "a line at the foot: lesson, step, version", &words.caption },
        { "film", 0, NULL, "a whole screen: with the film strip", &words.film },
        { "compare", 0, "N", "the N-th graph beside that of the step", &words.compare },
        { "check", 0, NULL, "confirm gradients by finite differences", &words.check },
        CLI_LEAVE(words.leave),
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
    if (!cli_one_file(rest, found, &err) || !read_job(&words, rest[0], &job, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    return text_ends_with(job.output, ".ipynb") ? export_notebook(job.path, job.output, words.lang)
                                                : export_job_run(&job);
}
