/* gradlight check: looks a lesson through for its author. */

#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/output.h"
#include "engine/base/file.h"
#include "lessons/runner/cell_check.h"
#include "lessons/runner/notebook.h"

struct told {
    const char *path;
    size_t errors, advice, fixable;
};

static void print_fault(void *owner, const struct cell_fault *fault)
{
    struct told *const told = owner;

    told->errors += fault->error;
    told->advice += !fault->error;
    told->fixable += fault->fixable;
    printf("%s:", told->path);
    if (fault->line > 0) {
        printf("%d:", fault->line);
    }
    output_line(stdout, " %s%s", fault->error ? "" : "advice: ", fault->text);
}

static void print_sum(const struct told *told)
{
    if (told->errors + told->advice == 0) {
        printf("%s: nothing to say\n", told->path);
        return;
    }
    printf("%zu faults, %zu advice%s\n", told->errors, told->advice,
           told->fixable > 0 ? "; --fix mends the marks" : "");
}

static bool fix(const char *path, struct text *bytes, struct error *err)
{
    struct text fixed = { 0 };
    const size_t marks = cell_fix(bytes->bytes, bytes->length, &fixed);
    const bool good = marks == 0 || output_write(path, &fixed, err);

    if (good && marks > 0) {
        printf("%s: %zu marks mended\n", path, marks);
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
        error_set(&err, "%s is a notebook; a lesson to be checked is a script", rest[0]);
        return cli_fail(STATUS_INPUT, &err);
    }
    if (mend && !fix(rest[0], &bytes, &err)) {
        text_finish(&bytes);
        return cli_fail(STATUS_OUTPUT, &err);
    }
    cell_check(text_string(&bytes), bytes.length, print_fault, &told);
    print_sum(&told);
    text_finish(&bytes);
    return told.errors > 0 ? STATUS_INPUT : STATUS_GOOD;
}
