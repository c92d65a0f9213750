/* gradlight list: the lessons that come with the program. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cli.h"
#include "app/paths.h"
#include "engine/base/array.h"
#include "engine/base/file.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "lessons/runner/client.h"
#include "render/words.h"

struct names {
    char **names;
    size_t count, capacity;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_lesson(const char *name)
{
    static const char ending[] = ".lesson.py";
    const size_t length = strlen(name);

    return length >= sizeof(ending) && strcmp(name + length - sizeof(ending) + 1, ending) == 0;
}

static bool find_names(const char *folder, struct names *names, struct error *err)
{
    DIR *const dir = opendir(folder);

    if (!dir) {
        return error_set_kind(err, ERROR_IO, "cannot read the lessons in %s: %s", folder,
                              strerror(errno));
    }
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (is_lesson(entry->d_name)) {
            names->names = array_reserve(names->names, &names->capacity, names->count + 1,
                                         sizeof(*names->names));
            names->names[names->count++] = memory_copy_string(entry->d_name);
        }
    }
    closedir(dir);
    if (names->count > 0) {
        qsort(names->names, names->count, sizeof(*names->names), compare_names);
    }
    return true;
}

/* The first heading of the narrative in that language. */
static void print_title(const struct lesson *lesson, const char *language)
{
    for (size_t i = 0; i < lesson->count; i++) {
        const struct cell *const cell = &lesson->cells[i];
        if (cell->kind != CELL_MARKDOWN || (cell->lang[0] && strcmp(cell->lang, language) != 0) ||
            strncmp(cell->text, "# ", 2) != 0) {
            continue;
        }
        printf("%.*s", (int)strcspn(cell->text + 2, "\n"), cell->text + 2);
        return;
    }
}

static void print_lesson(const char *folder, const char *name, const char *language)
{
    char path[PATH_SIZE + 256];
    struct text text = { 0 };
    struct lesson lesson = { 0 };
    struct error err = { 0 };

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (!file_read(path, (size_t)LESSON_BYTES_MAX + 1, &text, &err)) {
        fprintf(stderr, "gradlight: %s\n", err.text);
        text_finish(&text);
        return;
    }
    printf("%s\t", path);
    if (lesson_parse(&lesson, text_string(&text), text.length, &err)) {
        print_title(&lesson, language);
    } else {
        printf("(%s)", err.text);
    }
    printf("\n");
    lesson_finish(&lesson);
    text_finish(&text);
}

int cli_list(int count, char **argv)
{
    const char *lang = "en", *help = NULL;
    const struct option options[] = {
        { "lang", 'l', "vi|en", "language of the titles", &lang },
        { "help", 'h', NULL, "show this", &help },
        { 0 },
    };
    struct error err = { 0 };
    struct names names = { 0 };
    struct paths paths;
    enum language language;
    size_t found;

    if (!options_read(options, count, argv, NULL, 0, &found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (help) {
        return cli_help("list", "", "Lists the lessons that come with Gradlight.", options);
    }
    if (!language_find(&language, lang)) {
        error_set(&err, "there is no language %s; choose vi or en", lang);
        return cli_fail(STATUS_USAGE, &err);
    }
    if (!paths_find(&paths, &err) || !find_names(paths.lessons, &names, &err)) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    for (size_t i = 0; i < names.count; i++) {
        print_lesson(paths.lessons, names.names[i], language_code(language));
        free(names.names[i]);
    }
    free(names.names);
    return STATUS_GOOD;
}
