/* gradlight keys: what can be done in the window, under the names that the settings give keys to. */

#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/command/keys.h"
#include "app/output.h"
#include "app/paths.h"
#include "app/settings.h"
#include "render/words.h"

/* As a line of the settings has them. */
static void append_keys(struct text *out, const struct keys *keys, const struct command *command)
{
    const char *key;

    for (size_t i = 0; (key = keys_of(keys, command, i)) != NULL; i++) {
        const size_t before = strlen(key) - 1;
        text_append_string(out, i > 0 ? ", " : "");
        if (key[before] == ',') {
            text_format(out, "%.*sComma", (int)before, key);
        } else {
            text_append_string(out, key);
        }
    }
}

static void print_command(const struct keys *keys, const struct command *command,
                          const struct words *words, enum language language)
{
    struct text line = { 0 };

    text_format(&line, "keys.%s = ", command->name);
    append_keys(&line, keys, command);
    output_line(stdout, "# %s%s", words_in(words, language, command->help),
                command->section == COMMAND_PRESENT
                    ? words_in(words, language, " (while presenting)")
                    : "");
    output_line(stdout, "%s", text_string(&line));
    text_finish(&line);
}

static int print_all(enum language language)
{
    struct error ignored = { 0 };
    struct paths paths = { 0 };
    char place[PATH_SIZE];
    struct words *const words =
        paths_find(&paths, &ignored) ? words_create(paths.words, &ignored) : NULL;
    struct settings *const settings = settings_open(settings_path(place) ? place : NULL);
    struct keys *const keys = keys_create(settings);

    for (size_t i = 0; command_at(i); i++) {
        print_command(keys, command_at(i), words, language);
    }
    if (keys_trouble(keys)[0]) {
        output_line(stderr, "gradlight: %s", keys_trouble(keys));
    }
    keys_destroy(keys);
    settings_destroy(settings);
    words_destroy(words);
    return STATUS_GOOD;
}

int cli_keys(int count, char **argv)
{
    const char *lang = "en", *help = NULL;
    const struct option options[] = {
        { "lang", 'l', "vi|en", "language of what they do", &lang },
        { "help", 'h', NULL, "show this", &help },
        { 0 },
    };
    struct error err = { 0 };
    enum language language;
    size_t found;

    if (!options_read(options, count, argv, NULL, 0, &found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (help) {
        return cli_help("keys", "",
                        "Lists all commands of the window with their keys, as lines to be copied "
                        "into the settings and changed there.",
                        options);
    }
    if (!language_find(&language, lang)) {
        error_set(&err, "there is no language %s; choose vi or en", lang);
        return cli_fail(STATUS_USAGE, &err);
    }
    return print_all(language);
}
