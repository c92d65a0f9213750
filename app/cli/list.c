/* gradlight list: the lessons that come with the program. */

#include <stdio.h>

#include "app/cli/cli.h"
#include "app/output.h"
#include "app/paths.h"
#include "app/start/catalog.h"
#include "render/words.h"

static void print_session(const struct words *words, enum language language, int session)
{
    printf("%s %d · %s\n", words_in(words, language, "Session"), session,
           words_in(words, language, catalog_session(session)));
}

static void print_lesson(const struct catalog_lesson *lesson, const struct words *words,
                         enum language language)
{
    printf("  %-28s ", lesson->name);
    if (lesson->minutes > 0) {
        printf("%2d %s  ", lesson->minutes, words_in(words, language, "min"));
    }
    output_line(stdout, "%s", lesson->titles[language]);
}

static void print_all(const struct catalog *catalog, const struct words *words,
                      enum language language)
{
    int session = 0;

    for (size_t i = 0; i < catalog->count; i++) {
        const struct catalog_lesson *const lesson = &catalog->lessons[i];
        if (lesson->session != session && lesson->session > 0) {
            print_session(words, language, lesson->session);
        }
        session = lesson->session;
        print_lesson(lesson, words, language);
    }
}

static void print_paths(const struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->count; i++) {
        printf("%s\n", catalog->lessons[i].path);
    }
}

int cli_list(int count, char **argv)
{
    const char *lang = "en", *bare = NULL, *help = NULL;
    const struct option options[] = {
        { "lang", 'l', "vi|en", "language of the titles", &lang },
        { "paths", 0, NULL, "the files alone, a line each", &bare },
        { "help", 'h', NULL, "show this", &help },
        { 0 },
    };
    struct error err = { 0 }, ignored = { 0 };
    struct catalog catalog = { 0 };
    struct paths paths;
    enum language language;
    size_t found;

    if (!options_read(options, count, argv, NULL, 0, &found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (help) {
        return cli_help("list", "",
                        "Lists the lessons that come with Gradlight; each opens by its name.",
                        options);
    }
    if (!language_find(&language, lang)) {
        error_set(&err, "there is no language %s; choose vi or en", lang);
        return cli_fail(STATUS_USAGE, &err);
    }
    if (!paths_find(&paths, &err) || !catalog_read(&catalog, paths.lessons, &err)) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    struct words *const words = words_create(paths.words, &ignored);
    if (bare) {
        print_paths(&catalog);
    } else {
        print_all(&catalog, words, language);
    }
    words_destroy(words);
    catalog_finish(&catalog);
    return STATUS_GOOD;
}
