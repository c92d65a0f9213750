/* gradlight [LESSON]: opens the window. */

#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/cli/cli.h"
#include "app/paths.h"
#include "app/settings.h"
#include "app/window/desktop.h"

static bool read_words(struct app_options *options, const char *lang, const char *theme,
                       const char *size, struct error *err)
{
    if (!language_find(&options->language, lang)) {
        return error_set_kind(err, ERROR_VALUE, "there is no language %s; choose vi or en", lang);
    }
    return theme_find(&options->theme, theme, err) &&
           (!size || options_size(size, &options->width, &options->height, err));
}

/* The language of the environment, as far as there is a translation. */
static const char *environment_language(void)
{
    static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    enum language language;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *const value = getenv(names[i]);
        if (value && value[0]) {
            return language_find(&language, value) ? language_code(language) : "en";
        }
    }
    return "en";
}

int cli_window(int count, char **argv)
{
    const char *lang = NULL, *theme = NULL, *size = NULL, *still = NULL, *desktop = NULL;
    const char *help = NULL, *rest[1];
    struct cli_leave leave = { 0 };
    const struct option options[] = {
        { "lang", 'l', "vi|en", "language of the interface", &lang },
        { "theme", 0, "light|dark|projector", "colours", &theme },
        { "size", 0, "WxH", "of the window", &size },
        { "reduced-motion", 0, NULL, "steps jump, nothing moves", &still },
        CLI_LEAVE(leave),
        { "desktop", 0, NULL, "say in the window, too, why a file cannot be opened", &desktop },
        { "help", 'h', NULL, "show this", &help },
        { 0 },
    };
    struct app_options how = { 0 };
    char path[PATH_SIZE];
    struct error err = { 0 };
    size_t found;

    if (!options_read(options, count, argv, rest, 1, &found, &err) ||
        !read_words(&how, lang ? lang : environment_language(), theme ? theme : "light", size,
                    &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (help) {
        return cli_help("", "[LESSON|TRACE]", "Opens the window; in it, F1 shows the keys.",
                        options);
    }
    how.lesson = found ? rest[0] : NULL;
    how.reduced_motion = still != NULL || desktop_reduces_motion();
    how.theme_asked = theme != NULL;
    how.language_asked = lang != NULL;
    how.motion_asked = still != NULL;
    how.desktop = desktop != NULL;
    how.leave = cli_leave(&leave);
    how.settings = settings_open(settings_path(path) ? path : NULL);
    struct app *const app = app_create(&how, &err);
    if (!app) {
        const int status = cli_fail(cli_open_status(&err), &err);
        if (how.desktop) {
            window_complain(err.text);
        }
        return status;
    }
    while (!app->finished) {
        app_turn(app, true, window_clock());
    }
    app_destroy(app);
    return STATUS_GOOD;
}
