/* A lesson of any bytes: split, looked through, mended, made a notebook and a script again, and with
 * numbers changed. */

#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "app/session/overrides.h"
#include "lessons/runner/cell_check.h"
#include "lessons/runner/cells.h"
#include "lessons/runner/notebook.h"

static void tell(void *owner, const struct cell_fault *fault)
{
    MUST(fault->text[0] && utf8_valid(fault->text, strlen(fault->text)));
    ++*(size_t *)owner;
}

/* The script that a lesson's notebook stands for is a lesson with the same cells. */
static void make_notebook(const struct lesson *lesson)
{
    struct text notebook = { 0 }, script = { 0 };
    struct lesson again = { 0 };
    notebook_from_lesson(lesson, NULL, &notebook);
    MUST(notebook_is(notebook.bytes, notebook.length));
    MUST(utf8_valid(notebook.bytes, notebook.length));
    if (notebook_to_script(notebook.bytes, notebook.length, &script, NULL)) {
        lesson_parse(&again, text_string(&script), script.length, NULL);
    }
    lesson_finish(&again);
    text_finish(&notebook);
    text_finish(&script);
}

static void change_numbers(const char *bytes, size_t length)
{
    struct overrides overrides = { .count = 0 };
    struct text file = { 0 }, out = { 0 };
    text_append(&file, bytes, length);
    for (int i = 1; i < 4; i++) {
        struct override override = {
            .cell = i, .line = i, .column = (size_t)i, .end = 1 + (size_t)i
        };
        strcpy(override.was, "1");
        strcpy(override.now, "23");
        overrides_set(&overrides, &override);
        text_clear(&out);
        overrides_apply(&overrides, &file, &out, NULL);
    }
    overrides_keep(&overrides, &file, &file);
    text_finish(&file);
    text_finish(&out);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const char *const text = (const char *)bytes;
    struct lesson lesson = { 0 };
    struct text fixed = { 0 };
    size_t faults = 0;
    if (lesson_parse(&lesson, text, length, NULL)) {
        MUST(lesson.count > 0);
        make_notebook(&lesson);
        change_numbers(text, length);
    }
    lesson_finish(&lesson);
    cell_check(text, length, tell, &faults);
    cell_fix(text, length, &fixed);
    /* What was mended needs no mending. */
    struct text again = { 0 };
    MUST(cell_fix(text_string(&fixed), fixed.length, &again) == 0);
    text_finish(&again);
    text_finish(&fixed);
    return 0;
}
