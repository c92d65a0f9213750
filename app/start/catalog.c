#include "app/start/catalog.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/paths.h"
#include "engine/base/array.h"
#include "engine/base/file.h"
#include "engine/base/memory.h"
#include "engine/base/system_error.h"
#include "lessons/runner/client.h"

static const char ENDING[] = ".lesson.py";

const char *catalog_session(int session)
{
    static const char *const names[CATALOG_SESSIONS + 1] = {
        "", WORD("Tensor"), WORD("Autograd"), WORD("Learning"), WORD("Models"), WORD("In practice"),
    };

    return session > 0 && session <= CATALOG_SESSIONS ? names[session] : "";
}

/* ---- one lesson ------------------------------------------------------------------------- */

static bool speaks(const struct cell *cell, enum language language)
{
    return cell->kind == CELL_MARKDOWN &&
           (!cell->lang[0] || strcmp(cell->lang, language_code(language)) == 0);
}

/* A heading without the marks of code and emphasis. */
static char *plain_heading(const char *text, size_t length)
{
    struct text plain = { 0 };

    for (size_t i = 0; i < length; i++) {
        if (!strchr("`*$", text[i])) {
            text_append(&plain, &text[i], 1);
        }
    }
    char *const heading = memory_copy_string(text_string(&plain));
    text_finish(&plain);
    return heading;
}

/* The first heading of the narrative in that language; NULL if it has none. */
static char *find_title(const struct lesson *lesson, enum language language)
{
    for (size_t i = 0; i < lesson->count; i++) {
        const struct cell *const cell = &lesson->cells[i];
        if (speaks(cell, language) && strncmp(cell->text, "# ", 2) == 0) {
            return plain_heading(cell->text + 2, strcspn(cell->text + 2, "\n"));
        }
    }
    return NULL;
}

static void take_cells(struct catalog_lesson *out, const struct lesson *lesson)
{
    struct text narrative = { 0 };

    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        out->titles[i] = find_title(lesson, (enum language)i);
    }
    for (size_t i = 0; i < lesson->count; i++) {
        const struct cell *const cell = &lesson->cells[i];
        out->session = out->session ? out->session : cell->session;
        out->minutes = out->minutes ? out->minutes : cell->minutes;
        if (cell->kind == CELL_MARKDOWN) {
            text_append(&narrative, cell->text, cell->length);
            text_append_string(&narrative, "\n");
        }
    }
    out->text = memory_copy_string(text_string(&narrative));
    text_finish(&narrative);
}

static void read_lesson(struct catalog_lesson *out, const char *folder, const char *file)
{
    char path[PATH_SIZE + 256];
    struct text bytes = { 0 };
    struct lesson lesson = { 0 };
    struct error err = { 0 };

    snprintf(path, sizeof(path), "%s/%s", folder, file);
    out->path = memory_copy_string(path);
    out->name = memory_copy_text(file, strlen(file) - strlen(ENDING));
    if (file_read(path, (size_t)LESSON_BYTES_MAX + 1, &bytes, &err) &&
        lesson_parse(&lesson, text_string(&bytes), bytes.length, &err)) {
        take_cells(out, &lesson);
    } else {
        out->text = memory_copy_string(err.text);
    }
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        out->titles[i] = out->titles[i] ? out->titles[i] : memory_copy_string(out->name);
    }
    lesson_finish(&lesson);
    text_finish(&bytes);
}

/* ---- the folder ------------------------------------------------------------------------- */

/* Those that stand in no session come last. */
static int compare(const void *a, const void *b)
{
    const struct catalog_lesson *const one = a, *const other = b;
    const int first = one->session > 0 ? one->session : CATALOG_SESSIONS + 1;
    const int second = other->session > 0 ? other->session : CATALOG_SESSIONS + 1;

    return first != second ? first - second : strcmp(one->name, other->name);
}

bool catalog_read(struct catalog *catalog, const char *folder, struct error *err)
{
    DIR *const dir = opendir(folder);

    if (!dir) {
        return error_set_kind(err, ERROR_IO, "cannot read the lessons in %s: %s", folder,
                              system_error(errno));
    }
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (text_ends_with(entry->d_name, ENDING)) {
            catalog->lessons = array_reserve(catalog->lessons, &catalog->capacity,
                                             catalog->count + 1, sizeof(*catalog->lessons));
            catalog->lessons[catalog->count] = (struct catalog_lesson){ 0 };
            read_lesson(&catalog->lessons[catalog->count++], folder, entry->d_name);
        }
    }
    closedir(dir);
    if (catalog->count > 0) {
        qsort(catalog->lessons, catalog->count, sizeof(*catalog->lessons), compare);
    }
    return true;
}

void catalog_finish(struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->count; i++) {
        struct catalog_lesson *const lesson = &catalog->lessons[i];
        free(lesson->path);
        free(lesson->name);
        free(lesson->text);
        for (int k = 0; k < LANGUAGE_COUNT; k++) {
            free(lesson->titles[k]);
        }
    }
    free(catalog->lessons);
    *catalog = (struct catalog){ 0 };
}
