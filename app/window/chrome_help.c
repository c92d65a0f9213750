/* The help overlay: every command with its keys, under the titles of their sections, in as many
 * columns as the window has room for. What does not fit is scrolled to. */

#include <stdio.h>
#include <string.h>

#include "app/command/keys.h"
#include "app/window/chrome_private.h"

enum { ROWS_MOST = 192 };

/* A row is a command, a section's title (command NULL), or blank (both NULL). */
struct row {
    const char *title;
    const struct command *command;
};

struct help {
    struct row rows[ROWS_MOST];
    int count;
    int line, key_width, column_width;
    int columns, height; /* the rows of a column */
    int shown;           /* as many of them as fit */
};

static const char *const section_titles[COMMAND_SECTIONS] = {
    [COMMAND_STEP] = WORD("Step"), [COMMAND_PRESENT] = WORD("While presenting"),
    [COMMAND_LOOK] = WORD("Look"), [COMMAND_PANELS] = WORD("Panels and keyboard"),
    [COMMAND_SHOW] = WORD("Show"), [COMMAND_FILE] = WORD("Lesson"),
};

void chrome_keys(const struct chrome *chrome, const struct command *command,
                 char out[CHROME_KEYS_SIZE])
{
    const char *const other = keys_of(chrome->state.keys, command, 1);
    char first[COMMAND_KEY_SIZE], second[COMMAND_KEY_SIZE] = "";

    keys_shown(chrome->state.keys, command, first);
    if (other) {
        command_key_shown(other, second);
    }
    snprintf(out, CHROME_KEYS_SIZE, "%s%s%s", first, second[0] ? ", " : "", second);
}

static void add_row(struct help *help, const char *title, const struct command *command)
{
    if (help->count < ROWS_MOST) {
        help->rows[help->count++] = (struct row){ title, command };
    }
}

static void collect_rows(struct help *help)
{
    for (int section = 0; section < COMMAND_SECTIONS; section++) {
        if (section > 0) {
            add_row(help, NULL, NULL);
        }
        add_row(help, section_titles[section], NULL);
        for (size_t i = 0; command_at(i); i++) {
            if ((int)command_at(i)->section == section) {
                add_row(help, NULL, command_at(i));
            }
        }
    }
}

static void measure_rows(const struct chrome *chrome, struct help *help)
{
    int widest = 0;

    for (int i = 0; i < help->count; i++) {
        char keys[CHROME_KEYS_SIZE];
        if (!help->rows[i].command) {
            continue;
        }
        chrome_keys(chrome, help->rows[i].command, keys);
        const int key = chrome_width(chrome->bold, keys);
        const int said = chrome_width(chrome->font, say_in(chrome, help->rows[i].command->help));
        help->key_width = SDL_max(help->key_width, key);
        widest = SDL_max(widest, said);
    }
    help->column_width = help->key_width + widest + 3 * chrome_pad(chrome);
}

/* Columns of about one height, none beginning with a blank row. */
static struct help help_layout(const struct chrome *chrome)
{
    enum { COLUMNS_MOST = 3 };
    struct help help = { .line = TTF_FontHeight(chrome->font) * 9 / 8 };

    collect_rows(&help);
    measure_rows(chrome, &help);
    const int room = chrome->state.width - chrome_pad(chrome);
    help.columns = SDL_max(SDL_min(room / help.column_width, COLUMNS_MOST), 1);
    help.height = (help.count + help.columns - 1) / help.columns;
    help.shown = SDL_min(help.height, (chrome->state.height - 2 * chrome_pad(chrome)) / help.line);
    return help;
}

static SDL_Rect rect_of(const struct chrome *chrome, const struct help *help)
{
    const int w =
        SDL_min(help->columns * help->column_width + chrome_pad(chrome), chrome->state.width);
    const int h = help->shown * help->line + 2 * chrome_pad(chrome);

    return (SDL_Rect){ (chrome->state.width - w) / 2, (chrome->state.height - h) / 2, w, h };
}

SDL_Rect help_rect(const struct chrome *chrome)
{
    const struct help help = help_layout(chrome);

    return rect_of(chrome, &help);
}

int help_scroll_most(const struct chrome *chrome)
{
    const struct help help = help_layout(chrome);

    return help.height - help.shown;
}

static void draw_row(const struct chrome *chrome, SDL_Surface *target, const struct help *help,
                     const struct row *row, SDL_Rect at)
{
    const SDL_Color ink = chrome_colour(chrome, INK_TEXT);
    const int said = help->key_width + chrome_pad(chrome);
    char keys[CHROME_KEYS_SIZE];

    if (row->title) {
        chrome_text(target, chrome->bold, say_in(chrome, row->title),
                    chrome_colour(chrome, INK_FORWARD), at);
    } else if (row->command) {
        chrome_keys(chrome, row->command, keys);
        chrome_text(target, chrome->bold, keys, ink, at);
        chrome_text(target, chrome->font, say_in(chrome, row->command->help), ink,
                    (SDL_Rect){ at.x + said, at.y, at.w - said, at.h });
    }
}

/* How much of a list is on show, at its right edge. */
static void draw_scroll_bar(const struct chrome *chrome, SDL_Surface *target, SDL_Rect plate,
                            const struct help *help)
{
    const int track = plate.h - 8;

    if (help->shown < help->height) {
        chrome_fill(target,
                    (SDL_Rect){ plate.x + plate.w - 8,
                                plate.y + 4 + track * chrome->help_scroll / help->height, 4,
                                track * help->shown / help->height },
                    chrome_colour(chrome, INK_TEXT_SECOND));
    }
}

void help_draw(const struct chrome *chrome, SDL_Surface *target)
{
    const struct help help = help_layout(chrome);
    const SDL_Rect plate = rect_of(chrome, &help);
    const int width = SDL_min(help.column_width, plate.w) - 2 * chrome_pad(chrome);

    chrome_plate(chrome, target, plate);
    for (int i = 0; i < help.count; i++) {
        const int line = i % help.height - chrome->help_scroll;
        if (line >= 0 && line < help.shown) {
            const SDL_Rect at = { plate.x + 2 * chrome_pad(chrome) +
                                      i / help.height * help.column_width,
                                  plate.y + chrome_pad(chrome) + line * help.line, width,
                                  help.line };
            draw_row(chrome, target, &help, &help.rows[i], at);
        }
    }
    draw_scroll_bar(chrome, target, plate, &help);
}
