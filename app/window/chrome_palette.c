/* The list of commands as it is drawn: a field, and under it the commands that match with their keys. */

#include <stdio.h>

#include "app/window/chrome_private.h"

static int line_height(const struct chrome *chrome)
{
    return TTF_FontHeight(chrome->font) * 4 / 3;
}

static int rows_shown(const struct chrome *chrome)
{
    enum { MOST = 14 };
    const int room = chrome->state.height * 7 / 10 / line_height(chrome) - 2;

    return SDL_max(SDL_min(room, MOST), 3);
}

/* Of one size whatever matches, so that nothing jumps while one types. */
SDL_Rect palette_rect(const struct chrome *chrome)
{
    const int w = SDL_min(chrome->state.width - 2 * chrome_pad(chrome), chrome->size * 46);
    const int h = (rows_shown(chrome) + 1) * line_height(chrome) + 3 * chrome_pad(chrome);

    return (SDL_Rect){ (chrome->state.width - w) / 2, chrome->state.height / 10, w, h };
}

static int list_top(const struct chrome *chrome)
{
    return palette_rect(chrome).y + line_height(chrome) + 2 * chrome_pad(chrome);
}

static size_t find_rows(const struct chrome *chrome, const struct command *rows[PALETTE_ROWS_MOST])
{
    return palette_rows(chrome->state.palette, chrome->state.words, chrome->state.language, rows);
}

void palette_settle(struct chrome *chrome)
{
    const struct command *rows[PALETTE_ROWS_MOST];
    const int count = (int)find_rows(chrome, rows), shown = rows_shown(chrome);
    const int chosen = chrome->state.palette->chosen;

    chrome->palette_first = SDL_min(chrome->palette_first, SDL_max(count - shown, 0));
    chrome->palette_first = SDL_min(chrome->palette_first, chosen);
    chrome->palette_first = SDL_max(chrome->palette_first, chosen - shown + 1);
}

int chrome_palette_row(const struct chrome *chrome, struct point at)
{
    const struct command *rows[PALETTE_ROWS_MOST];

    if (!chrome_palette_covers(chrome, at) || (int)at.y < list_top(chrome)) {
        return -1;
    }
    const int line = ((int)at.y - list_top(chrome)) / line_height(chrome);
    const int row = chrome->palette_first + line;
    return line < rows_shown(chrome) && row < (int)find_rows(chrome, rows) ? row : -1;
}

bool chrome_palette_covers(const struct chrome *chrome, struct point at)
{
    const SDL_Point point = { (int)at.x, (int)at.y };

    if (!chrome->font || !chrome->state.palette || !chrome->state.palette->open) {
        return false;
    }
    const SDL_Rect plate = palette_rect(chrome);
    return SDL_PointInRect(&point, &plate);
}

static void draw_field(const struct chrome *chrome, SDL_Surface *target, SDL_Rect field)
{
    const struct palette *const palette = chrome->state.palette;
    const int inner = chrome_pad(chrome) / 2;
    const SDL_Rect text = { field.x + inner, field.y + inner / 2, field.w - 2 * inner, field.h };

    chrome_fill(target, field, chrome_colour(chrome, INK_FORWARD));
    chrome_fill(target, (SDL_Rect){ field.x + 2, field.y + 2, field.w - 4, field.h - 4 },
                chrome_colour(chrome, INK_PAGE));
    if (!palette->query[0]) {
        chrome_text(target, chrome->font, say_in(chrome, "Search the commands"),
                    chrome_colour(chrome, INK_TEXT_SECOND), text);
        return;
    }
    chrome_text(target, chrome->font, palette->query, chrome_colour(chrome, INK_TEXT), text);
    chrome_fill(target,
                (SDL_Rect){ text.x + chrome_width(chrome->font, palette->query) + 1, text.y, 2,
                            TTF_FontHeight(chrome->font) },
                chrome_colour(chrome, INK_TEXT));
}

static void draw_row(const struct chrome *chrome, SDL_Surface *target,
                     const struct command *command, bool chosen, SDL_Rect row)
{
    const SDL_Color ink = chrome_colour(chrome, chosen ? INK_TEXT_ON_ACCENT : INK_TEXT);
    const int inner = chrome_pad(chrome) / 2,
              y = row.y + (row.h - TTF_FontHeight(chrome->font)) / 2;
    char keys[CHROME_KEYS_SIZE];

    if (chosen) {
        chrome_fill(target, row, chrome_colour(chrome, INK_FORWARD));
    }
    chrome_keys(chrome, command, keys);
    const int width = chrome_width(chrome->bold, keys), left = row.x + inner;
    const int right = row.x + row.w - inner - width;
    chrome_text(target, chrome->bold, keys, ink, (SDL_Rect){ right, y, width, row.h });
    chrome_text(target, chrome->font, say_in(chrome, command->help), ink,
                (SDL_Rect){ left, y, right - left - chrome_pad(chrome), row.h });
}

void palette_draw(const struct chrome *chrome, SDL_Surface *target)
{
    const struct command *rows[PALETTE_ROWS_MOST];
    const int count = (int)find_rows(chrome, rows), line = line_height(chrome);
    const SDL_Rect plate = palette_rect(chrome);
    SDL_Rect row = { plate.x + chrome_pad(chrome), list_top(chrome),
                     plate.w - 2 * chrome_pad(chrome), line };

    chrome_plate(chrome, target, plate);
    draw_field(
        chrome, target,
        (SDL_Rect){ row.x, plate.y + chrome_pad(chrome), row.w, line + chrome_pad(chrome) / 2 });
    for (int i = chrome->palette_first; i < count && i < chrome->palette_first + rows_shown(chrome);
         i++, row.y += line) {
        draw_row(chrome, target, rows[i], i == chrome->state.palette->chosen, row);
    }
    if (count == 0) {
        chrome_text(target, chrome->font, say_in(chrome, "No command is called that."),
                    chrome_colour(chrome, INK_TEXT_SECOND), row);
    }
}
