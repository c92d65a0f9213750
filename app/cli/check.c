/* gradlight check: looks a lesson through for its author. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/output.h"
#include "engine/base/array.h"
#include "engine/base/file.h"
#include "lessons/runner/cell_check.h"
#include "lessons/runner/notebook.h"
#include "render/code/code.h"
#include "render/code/literal.h"

enum { PARSE_SECONDS = 20 };

/* All that was told, kept until it can be told in the order of lines. */
struct told {
    const char *path;
    size_t errors, advice, fixable;
    struct cell_fault *faults; /* their texts are in `texts` */
    size_t count, capacity;
    struct arena texts;
};

static void keep_fault(void *owner, const struct cell_fault *fault)
{
    struct told *const told = owner;

    told->errors += fault->error;
    told->advice += !fault->error;
    told->fixable += fault->fixable;
    told->faults =
        array_reserve(told->faults, &told->capacity, told->count + 1, sizeof(*told->faults));
    told->faults[told->count] = *fault;
    told->faults[told->count++].text =
        arena_copy_text(&told->texts, fault->text, strlen(fault->text));
}

/* By lines, then in the order told; those of no line at the end. */
static void sort_faults(struct told *told)
{
    for (size_t i = 1; i < told->count; i++) {
        const struct cell_fault fault = told->faults[i];
        size_t at = i;
        while (at > 0 && fault.line > 0 &&
               (told->faults[at - 1].line == 0 || told->faults[at - 1].line > fault.line)) {
            told->faults[at] = told->faults[at - 1];
            at--;
        }
        told->faults[at] = fault;
    }
}

static void print_faults(struct told *told)
{
    sort_faults(told);
    for (size_t i = 0; i < told->count; i++) {
        const struct cell_fault *const fault = &told->faults[i];
        char line[16] = "";
        if (fault->line > 0) {
            snprintf(line, sizeof(line), "%d:", fault->line);
        }
        output_line(stdout, "%s:%s %s%s", told->path, line,
                    fault->error ? "" : "advice: ", fault->text);
    }
}

static void told_finish(struct told *told)
{
    free(told->faults);
    arena_finish(&told->texts);
}

static void print_sum(const struct told *told)
{
    if (told->errors + told->advice == 0) {
        output_line(stdout, "%s: nothing to say", told->path);
        return;
    }
    printf("%zu fault%s, %zu advice%s\n", told->errors, told->errors == 1 ? "" : "s", told->advice,
           told->fixable > 0 ? "; --fix mends the marks" : "");
}

/* ---- numbers to play with ------------------------------------------------------------------ */

static bool wants_control(const char *line, size_t length)
{
    static const char *const marks[] = { "#@param", "# @param" };

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (memmem(line, length, marks[i], strlen(marks[i]))) {
            return true;
        }
    }
    return false;
}

/* Tells the lines of a code cell that want a control and, as they are written, get none. */
static void check_params(struct told *told, const struct cell *cell)
{
    struct trace_cell code = { .text = { cell->text, cell->length } };
    struct param param;
    uint32_t *lines = NULL;
    size_t capacity = 0, start, length;

    for (size_t at = 0; at <= cell->length;) {
        const char *const end = memchr(cell->text + at, '\n', cell->length - at);
        lines = array_reserve(lines, &capacity, code.line_count + 1, sizeof(*lines));
        lines[code.line_count++] = (uint32_t)at;
        at = end ? (size_t)(end - cell->text) + 1 : cell->length + 1;
    }
    code.lines = lines;
    for (int line = 1; line <= (int)code.line_count; line++) {
        code_line_range(&code, line, &start, &length);
        if (wants_control(cell->text + start, length) && !param_in_line(&code, line, &param)) {
            keep_fault(told, &(struct cell_fault){
                                 .line = cell->line + line - 1,
                                 .text = "no control comes of this: write NAME = number  #@param "
                                         "{type:\"slider\", min:0, max:1, step:0.1}, with the "
                                         "number in that range, or type \"number\", "
                                         "\"integer\", \"boolean\", \"string\", or a list" });
        }
    }
    free(lines);
}

/* ---- names --------------------------------------------------------------------------------- */

static bool is_of_name(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

static size_t name_length(const char *text)
{
    size_t length = 0;

    while (is_of_name(text[length])) {
        length++;
    }
    return length;
}

/* Whether the name is written in a code cell, by itself and not within a longer one. */
static bool has_name(const struct lesson *lesson, const char *name, size_t length)
{
    for (size_t i = 0; i < lesson->count; i++) {
        const struct cell *const cell = &lesson->cells[i];
        const char *at = cell->kind == CELL_CODE ? cell->text : "";
        while (*at) {
            const size_t found = name_length(at);
            if (found == length && memcmp(at, name, length) == 0) {
                return true;
            }
            at += found > 0 ? found : 1;
        }
    }
    return false;
}

/* What a question hides begins with a name of the code, else it hides nothing, and the answer is seen. */
static void check_hidden(struct told *told, const struct lesson *lesson, const struct cell *cell)
{
    for (size_t i = 0; i < cell->hide_count; i++) {
        const char *const hidden = cell->hide[i];
        const size_t length = name_length(hidden);
        if (!has_name(lesson, hidden, length)) {
            keep_fault(told,
                       &(struct cell_fault){
                           .line = cell->line,
                           .error = true,
                           .text = arena_format(&told->texts,
                                                "hide names %s, but no code cell speaks of %.*s: "
                                                "the answer is on the screen from the beginning",
                                                hidden, (int)length, hidden) });
        }
    }
}

/* Notebooks keep each tag once, and join them with commas. */
static void check_tags(struct told *told, const struct cell *cell)
{
    for (size_t i = 0; i < cell->tag_count; i++) {
        const char *fault = strchr(cell->tags[i], ',') ? "has a comma: write two tags" : NULL;
        for (size_t k = 0; k < i && !fault; k++) {
            fault = strcmp(cell->tags[i], cell->tags[k]) == 0 ? "stands there twice" : NULL;
        }
        if (fault) {
            keep_fault(told,
                       &(struct cell_fault){ .line = cell->line,
                                             .error = true,
                                             .text = arena_format(&told->texts, "the tag \"%s\" %s",
                                                                  cell->tags[i], fault) });
        }
    }
}

/* ---- cell by cell -------------------------------------------------------------------------- */

static void check_lesson_cells(struct told *told, const struct text *bytes)
{
    struct lesson lesson = { 0 };
    struct error err; /* cell_check has told it */

    if (lesson_parse(&lesson, text_string(bytes), bytes->length, &err)) {
        for (size_t i = 0; i < lesson.count; i++) {
            check_tags(told, &lesson.cells[i]);
            check_hidden(told, &lesson, &lesson.cells[i]);
            if (lesson.cells[i].kind == CELL_CODE) {
                check_params(told, &lesson.cells[i]);
            }
        }
    }
    lesson_finish(&lesson);
}

/* ---- Python ------------------------------------------------------------------------------- */

static void print_python(struct told *told, const struct trace *trace,
                         const struct record_error *error)
{
    const struct span *const at =
        error->frame_count > 0 ? &error->frames[error->frame_count - 1].at : NULL;
    const struct trace_cell *const cell = at ? trace_code_cell(trace, at->cell) : NULL;
    struct text text = { 0 };

    text_format(&text, "this is no Python: %s: %.*s", error->type, (int)error->text.length,
                error->text.bytes);
    keep_fault(told, &(struct cell_fault){ .line = cell ? (int)cell->file_line + at->line - 1 : 0,
                                           .error = true,
                                           .text = text_string(&text) });
    text_finish(&text);
}

/* Python itself reads the cells, in the box; a lesson that has none, or is none, has been told. */
static bool check_python(struct told *told, const struct text *bytes, struct error *err)
{
    struct lesson lesson = { 0 };
    struct error fault; /* cell_check has told it */
    const bool readable =
        lesson_parse(&lesson, text_string(bytes), bytes->length, &fault) && lesson.code_count > 0;
    struct paths paths;

    lesson_finish(&lesson);
    if (!readable) {
        return true;
    }
    struct session *const session =
        paths_find(&paths, err)
            ? session_open(told->path,
                           &(struct session_options){ .paths = &paths,
                                                      .parse_only = true,
                                                      .unseen = true,
                                                      .wall_seconds = PARSE_SECONDS },
                           err)
            : NULL;
    if (!session) {
        return false;
    }
    session_wait(session, NULL, NULL);
    const struct trace *const trace = session_trace(session);
    size_t count;
    const uint32_t *const records = trace_records_of(trace, RECORD_ERROR, &count);
    for (size_t i = 0; i < count; i++) {
        print_python(told, trace, &trace_record(trace, records[i])->error);
    }
    const bool good =
        !session_trouble(session)[0] || error_set(err, "%s", session_trouble(session));
    session_destroy(session);
    return good;
}

/* ---- the command --------------------------------------------------------------------------- */

static bool fix(const char *path, struct text *bytes, struct error *err)
{
    struct text fixed = { 0 };
    const size_t marks = cell_fix(bytes->bytes, bytes->length, &fixed);
    const bool good = marks == 0 || output_write(path, &fixed, err);

    if (good && marks > 0) {
        output_line(stdout, "%s: %zu marks mended", path, marks);
    }
    text_finish(bytes);
    *bytes = fixed;
    return good;
}

int cli_check(int count, char **argv)
{
    const char *help = NULL, *mend = NULL, *rest[1];
    const struct option options[] = {
        { "fix", 0, NULL, "mend the cell marks in the file", &mend },
        { "help", 'h', NULL, "show this", &help },
        { 0 },
    };
    struct error err = { 0 };
    struct text bytes = { 0 };
    size_t found;

    if (!options_read(options, count, argv, rest, 1, &found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (help) {
        return cli_help(
            "check", "FILE",
            "Says what Gradlight, Jupyter and VS Code would read differently, what cannot be "
            "read, and what a class would miss. Nothing is run.",
            options);
    }
    if (!cli_one_file(rest, found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    struct told told = { .path = rest[0] };
    if (!file_read(rest[0], (size_t)LESSON_BYTES_MAX + 1, &bytes, &err)) {
        text_finish(&bytes);
        return cli_fail(STATUS_INPUT, &err);
    }
    if (notebook_is(text_string(&bytes), bytes.length)) {
        text_finish(&bytes);
        error_set(&err,
                  "%s is a notebook; what is checked is a script: save it as one, "
                  "as VS Code and Jupytext do",
                  rest[0]);
        return cli_fail(STATUS_INPUT, &err);
    }
    if (mend && !fix(rest[0], &bytes, &err)) {
        text_finish(&bytes);
        return cli_fail(STATUS_OUTPUT, &err);
    }
    cell_check(text_string(&bytes), bytes.length, keep_fault, &told);
    check_lesson_cells(&told, &bytes);
    const bool read = check_python(&told, &bytes, &err);
    print_faults(&told);
    print_sum(&told);
    told_finish(&told);
    text_finish(&bytes);
    if (!read) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    return told.errors > 0 ? STATUS_INPUT : STATUS_GOOD;
}
