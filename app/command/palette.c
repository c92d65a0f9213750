#include "app/command/palette.h"

#include <string.h>

#include "app/app.h"
#include "app/window/chrome.h"
#include "render/text/search_text.h"

static bool has_key(const struct palette *palette, const struct command *command)
{
    const char *const key = palette->keys ? keys_of(palette->keys, command, 0) : NULL;

    return key && strcmp(key, palette->query) == 0;
}

static bool matches(const struct palette *palette, const struct command *command,
                    const struct words *words, enum language language)
{
    const char *const query = palette->query;

    return !query[0] || has_key(palette, command) || search_text(command->help, query) ||
           search_text(command->name, query) ||
           search_text(words_in(words, language, command->help), query);
}

size_t palette_rows(const struct palette *palette, const struct words *words,
                    enum language language, const struct command *rows[PALETTE_ROWS_MOST])
{
    size_t count = 0;

    for (size_t i = 0; command_at(i) && count < PALETTE_ROWS_MOST; i++) {
        if (matches(palette, command_at(i), words, language)) {
            rows[count++] = command_at(i);
        }
    }
    return count;
}

void palette_toggle(struct app *app)
{
    app->palette = (struct palette){ .open = !app->palette.open, .keys = app->keys };
    app->view.help = false;
    window_set_typing(app->window, app->palette.open || app->view.searching);
    app->stale = true;
}

static size_t count_rows(struct app *app)
{
    const struct command *rows[PALETTE_ROWS_MOST];

    return palette_rows(&app->palette, app->words, app->view.language, rows);
}

static void choose(struct app *app, int row)
{
    const int count = (int)count_rows(app);

    app->palette.chosen = row < 0 || count == 0 ? 0 : row >= count ? count - 1 : row;
    app->stale = true;
}

static void run_row(struct app *app, int row)
{
    const struct command *rows[PALETTE_ROWS_MOST];
    const size_t count = palette_rows(&app->palette, app->words, app->view.language, rows);

    if (row >= 0 && (size_t)row < count) {
        palette_toggle(app);
        rows[row]->run(app);
    }
}

static void erase(struct app *app)
{
    size_t length = strlen(app->palette.query);

    while (length > 0 && ((unsigned char)app->palette.query[--length] & 0xC0) == 0x80) {
    }
    app->palette.query[length] = '\0';
    choose(app, 0);
}

bool palette_key(struct app *app, const char *key)
{
    enum { PAGE = 8 };
    const struct command *const command = app_command(app, key);

    if (!app->palette.open) {
        return false;
    }
    if (strcmp(key, "Escape") == 0 ||
        (command && strcmp(command->name, "commands") == 0 && strncmp(key, "Ctrl+", 5) == 0)) {
        palette_toggle(app);
    } else if (strcmp(key, "Return") == 0) {
        run_row(app, app->palette.chosen);
    } else if (strcmp(key, "Down") == 0 || strcmp(key, "Tab") == 0) {
        choose(app, app->palette.chosen + 1);
    } else if (strcmp(key, "Up") == 0 || strcmp(key, "Shift+Tab") == 0) {
        choose(app, app->palette.chosen - 1);
    } else if (strcmp(key, "PageDown") == 0) {
        choose(app, app->palette.chosen + PAGE);
    } else if (strcmp(key, "PageUp") == 0) {
        choose(app, app->palette.chosen - PAGE);
    } else if (strcmp(key, "Backspace") == 0) {
        erase(app);
    }
    return true;
}

bool palette_type(struct app *app, const char *text)
{
    const size_t length = strlen(app->palette.query), more = strlen(text);

    if (!app->palette.open) {
        return false;
    }
    if (length + more < sizeof(app->palette.query)) {
        memcpy(app->palette.query + length, text, more + 1);
        choose(app, 0);
    }
    return true;
}

bool palette_press(struct app *app, struct point at)
{
    if (!app->palette.open) {
        return false;
    }
    const int row = chrome_palette_row(app->chrome, at);
    if (row >= 0) {
        run_row(app, row);
    } else if (!chrome_palette_covers(app->chrome, at)) {
        palette_toggle(app);
    }
    return true;
}

bool palette_point(struct app *app, struct point at)
{
    const int row = app->palette.open ? chrome_palette_row(app->chrome, at) : -1;

    if (row >= 0 && row != app->palette.chosen) {
        choose(app, row);
    }
    return app->palette.open;
}

bool palette_scroll(struct app *app, float notches)
{
    enum { ROWS = 3 }; /* a notch: the list is long */

    if (app->palette.open) {
        choose(app, app->palette.chosen - (notches > 0 ? ROWS : -ROWS));
    }
    return app->palette.open;
}
