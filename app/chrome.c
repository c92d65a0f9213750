#include "app/chrome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <SDL2/SDL.h>
#include <SDL2/SDL_ttf.h>

#include "app/command.h"
#include "engine/base/hash.h"
#include "engine/base/memory.h"

static const double SAY_SECONDS = 4, POINT_SECONDS = 0.5;

enum { TEXT_SIZE = 400, PADDING = 14 };

struct chrome {
    char font_path[1024], bold_path[1024];
    TTF_Font *font, *bold;
    int size; /* of the fonts, in pixels */

    char said[TEXT_SIZE];
    double said_at;
    char tip[TEXT_SIZE];
    struct point tip_at;
    double tip_since;

    /* What the overlay shows, settled by chrome_update. */
    struct chrome_state state;
    bool say_shown, tip_shown;
    struct rect area;
    uint64_t stamp;
};

struct chrome *chrome_create(const char *font, const char *bold, struct error *err)
{
    if (TTF_Init() != 0) {
        error_set(err, "SDL_ttf does not start: %s", TTF_GetError());
        return NULL;
    }
    struct chrome *const chrome = memory_allocate(1, sizeof(*chrome));
    snprintf(chrome->font_path, sizeof(chrome->font_path), "%s", font);
    snprintf(chrome->bold_path, sizeof(chrome->bold_path), "%s", bold);
    chrome->said_at = -SAY_SECONDS;
    return chrome;
}

void chrome_destroy(struct chrome *chrome)
{
    if (!chrome) {
        return;
    }
    TTF_CloseFont(chrome->font);
    TTF_CloseFont(chrome->bold);
    TTF_Quit();
    free(chrome);
}

void chrome_say(struct chrome *chrome, const char *text, double now)
{
    snprintf(chrome->said, sizeof(chrome->said), "%s", text);
    chrome->said_at = now;
}

void chrome_point(struct chrome *chrome, const char *text, struct point at, double now)
{
    if (strncmp(chrome->tip, text, sizeof(chrome->tip) - 1) == 0) {
        return;
    }
    snprintf(chrome->tip, sizeof(chrome->tip), "%s", text);
    chrome->tip_at = at;
    chrome->tip_since = now;
}

/* ---- text ------------------------------------------------------------------------------- */

/* The fonts follow the window's height. False when they cannot be opened: then nothing is drawn. */
static bool open_fonts(struct chrome *chrome, int height)
{
    const int size = height / 50 > 14 ? height / 50 : 14;

    if (size == chrome->size) {
        return chrome->font && chrome->bold;
    }
    TTF_CloseFont(chrome->font);
    TTF_CloseFont(chrome->bold);
    chrome->font = TTF_OpenFont(chrome->font_path, size);
    chrome->bold = TTF_OpenFont(chrome->bold_path, size);
    chrome->size = size;
    return chrome->font && chrome->bold;
}

static SDL_Color colour_of(const struct chrome *chrome, enum ink ink)
{
    const struct colour c = theme_colour(chrome->state.theme, ink, 0);

    return (SDL_Color){ (Uint8)lroundf(c.r * 255), (Uint8)lroundf(c.g * 255),
                        (Uint8)lroundf(c.b * 255), 255 };
}

static int text_width(TTF_Font *font, const char *text)
{
    int width = 0;

    TTF_SizeUTF8(font, text, &width, NULL);
    return width;
}

static void draw_text(SDL_Surface *target, TTF_Font *font, const char *text, SDL_Color colour,
                      int x, int y)
{
    SDL_Surface *const picture = text[0] ? TTF_RenderUTF8_Blended(font, text, colour) : NULL;

    if (picture) {
        SDL_BlitSurface(picture, NULL, target, &(SDL_Rect){ .x = x, .y = y });
        SDL_FreeSurface(picture);
    }
}

static void fill(SDL_Surface *target, SDL_Rect r, SDL_Color c)
{
    SDL_FillRect(target, &r, SDL_MapRGB(target->format, c.r, c.g, c.b));
}

/* A bordered plate. */
static void draw_plate(const struct chrome *chrome, SDL_Surface *target, SDL_Rect r)
{
    fill(target, r, colour_of(chrome, INK_TEXT_SECOND));
    fill(target, (SDL_Rect){ r.x + 1, r.y + 1, r.w - 2, r.h - 2 }, colour_of(chrome, INK_CARD));
}

/* ---- message and tooltip ---------------------------------------------------------------- */

/* Above the timeline, which it must not hide. */
static SDL_Rect say_rect(const struct chrome *chrome)
{
    const int w = text_width(chrome->font, chrome->said) + 2 * PADDING;
    const int h = TTF_FontHeight(chrome->font) + PADDING;
    const int foot = chrome->state.height * 88 / 100;

    return (SDL_Rect){ (chrome->state.width - w) / 2, foot - h, w, h };
}

static SDL_Rect tip_rect(const struct chrome *chrome)
{
    const int w = text_width(chrome->font, chrome->tip) + 2 * PADDING;
    const int h = TTF_FontHeight(chrome->font) + PADDING;
    int x = (int)chrome->tip_at.x + PADDING, y = (int)chrome->tip_at.y + 2 * PADDING;

    if (x + w > chrome->state.width) {
        x = chrome->state.width - w;
    }
    if (y + h > chrome->state.height) {
        y = (int)chrome->tip_at.y - h - PADDING;
    }
    return (SDL_Rect){ x > 0 ? x : 0, y > 0 ? y : 0, w, h };
}

static void draw_line_plate(const struct chrome *chrome, SDL_Surface *target, SDL_Rect r,
                            const char *text)
{
    draw_plate(chrome, target, r);
    draw_text(target, chrome->font, text, colour_of(chrome, INK_TEXT), r.x + PADDING,
              r.y + PADDING / 2);
}

/* ---- help ------------------------------------------------------------------------------- */

/* Commands under their sections' titles: two sections beside two, or all under each other. */
struct help_layout {
    int line, key_width, column_width, columns;
};

static const char *const section_titles[COMMAND_SECTIONS] = {
    [COMMAND_STEP] = WORD("Step"),
    [COMMAND_LOOK] = WORD("Look"),
    [COMMAND_SHOW] = WORD("Show"),
    [COMMAND_FILE] = WORD("Lesson"),
};

static const char *say_in(const struct chrome *chrome, const char *english)
{
    return words_in(chrome->state.words, chrome->state.language, english);
}

static void key_text(const struct command *command, char out[64])
{
    const char *const second = command->keys[1];

    snprintf(out, 64, "%s%s%s", command->keys[0], second ? ", " : "", second ? second : "");
}

static struct help_layout help_layout(const struct chrome *chrome)
{
    struct help_layout layout = { .line = TTF_FontHeight(chrome->font) * 5 / 4 };
    int widest = 0;

    for (size_t i = 0; command_at(i); i++) {
        char keys[64];
        key_text(command_at(i), keys);
        const int key = text_width(chrome->bold, keys);
        const int help = text_width(chrome->font, say_in(chrome, command_at(i)->help));
        layout.key_width = key > layout.key_width ? key : layout.key_width;
        widest = help > widest ? help : widest;
    }
    layout.column_width = layout.key_width + widest + 3 * PADDING;
    layout.columns = layout.column_width * 2 + 2 * PADDING <= chrome->state.width ? 2 : 1;
    return layout;
}

/* How many rows a section takes: its title and its commands. */
static int section_rows(enum command_section section)
{
    int rows = 1;

    for (size_t i = 0; command_at(i); i++) {
        rows += command_at(i)->section == section;
    }
    return rows;
}

static bool begins_column(const struct help_layout *layout, int section)
{
    return section > 0 && section % (COMMAND_SECTIONS / layout->columns) == 0;
}

/* Rows of the longest column, a blank one between two sections. */
static int help_rows(const struct help_layout *layout)
{
    int most = 0, rows = 0;

    for (int section = 0; section < COMMAND_SECTIONS; section++) {
        rows = section == 0 || begins_column(layout, section) ? 0 : rows + 1;
        rows += section_rows((enum command_section)section);
        most = rows > most ? rows : most;
    }
    return most;
}

static SDL_Rect help_rect(const struct chrome *chrome, const struct help_layout *layout)
{
    const int w = layout->columns * layout->column_width + PADDING;
    const int h = help_rows(layout) * layout->line + 2 * PADDING;
    const int x = (chrome->state.width - w) / 2, y = (chrome->state.height - h) / 2;

    return (SDL_Rect){ x > 0 ? x : 0, y > 0 ? y : 0, w, h };
}

/* Returns the top of what follows. */
static int draw_section(const struct chrome *chrome, SDL_Surface *target,
                        const struct help_layout *layout, enum command_section section,
                        SDL_Point at)
{
    const SDL_Color ink = colour_of(chrome, INK_TEXT);

    draw_text(target, chrome->bold, say_in(chrome, section_titles[section]),
              colour_of(chrome, INK_FORWARD), at.x, at.y);
    for (size_t i = 0; command_at(i); i++) {
        char keys[64];
        if (command_at(i)->section != section) {
            continue;
        }
        at.y += layout->line;
        key_text(command_at(i), keys);
        draw_text(target, chrome->bold, keys, ink, at.x, at.y);
        draw_text(target, chrome->font, say_in(chrome, command_at(i)->help), ink,
                  at.x + layout->key_width + PADDING, at.y);
    }
    return at.y + 2 * layout->line;
}

static void draw_help(const struct chrome *chrome, SDL_Surface *target)
{
    const struct help_layout layout = help_layout(chrome);
    const SDL_Rect plate = help_rect(chrome, &layout);
    SDL_Point at = { plate.x + 2 * PADDING, plate.y + PADDING };

    draw_plate(chrome, target, plate);
    for (int section = 0; section < COMMAND_SECTIONS; section++) {
        if (begins_column(&layout, section)) {
            at = (SDL_Point){ at.x + layout.column_width, plate.y + PADDING };
        }
        at.y = draw_section(chrome, target, &layout, (enum command_section)section, at);
    }
}

/* ---- the overlay ------------------------------------------------------------------------ */

static void draw_overlay(void *owner, const struct window_pixels *pixels)
{
    const struct chrome *const chrome = owner;
    SDL_Surface *const target = SDL_CreateRGBSurfaceWithFormatFrom(
        pixels->pixels, pixels->width, pixels->height, 32, pixels->stride, SDL_PIXELFORMAT_RGB888);

    if (!target) {
        return;
    }
    if (chrome->state.help) {
        draw_help(chrome, target);
    }
    if (chrome->tip_shown) {
        draw_line_plate(chrome, target, tip_rect(chrome), chrome->tip);
    }
    if (chrome->say_shown) {
        draw_line_plate(chrome, target, say_rect(chrome), chrome->said);
    }
    SDL_FreeSurface(target);
}

static void add_area(struct rect *area, SDL_Rect r)
{
    SDL_Rect sum = r;

    if (area->w > 0) {
        const SDL_Rect was = { (int)area->x, (int)area->y, (int)area->w, (int)area->h };
        SDL_UnionRect(&was, &r, &sum);
    }
    *area = (struct rect){ (float)sum.x, (float)sum.y, (float)sum.w, (float)sum.h };
}

static uint64_t stamp_of(const struct chrome *chrome)
{
    uint64_t hash = hash_bytes(HASH_START, &chrome->area, sizeof(chrome->area));

    hash = hash_bytes(hash, &chrome->state.help, sizeof(chrome->state.help));
    hash = hash_bytes(hash, &chrome->state.language, sizeof(chrome->state.language));
    if (chrome->say_shown) {
        hash = hash_bytes(hash, chrome->said, strlen(chrome->said));
    }
    if (chrome->tip_shown) {
        hash = hash_bytes(hash, chrome->tip, strlen(chrome->tip));
    }
    return hash;
}

bool chrome_update(struct chrome *chrome, const struct chrome_state *state, double now)
{
    const uint64_t before = chrome->stamp;

    chrome->state = *state;
    chrome->area = (struct rect){ 0 };
    chrome->say_shown = false;
    chrome->tip_shown = false;
    if (!open_fonts(chrome, state->height)) {
        return false;
    }
    chrome->say_shown = chrome->said[0] && now - chrome->said_at < SAY_SECONDS;
    chrome->tip_shown = chrome->tip[0] && now - chrome->tip_since >= POINT_SECONDS;
    if (state->help) {
        const struct help_layout layout = help_layout(chrome);
        add_area(&chrome->area, help_rect(chrome, &layout));
    }
    if (chrome->tip_shown) {
        add_area(&chrome->area, tip_rect(chrome));
    }
    if (chrome->say_shown) {
        add_area(&chrome->area, say_rect(chrome));
    }
    chrome->stamp = stamp_of(chrome);
    return chrome->stamp != before;
}

struct frame_overlay chrome_overlay(struct chrome *chrome)
{
    return (struct frame_overlay){
        .draw = draw_overlay, .owner = chrome, .stamp = chrome->stamp, .area = chrome->area
    };
}

double chrome_patience(const struct chrome *chrome, double now)
{
    const double said = chrome->said_at + SAY_SECONDS - now;
    const double tip = chrome->tip_since + POINT_SECONDS - now;
    double patience = -1;

    if (said > 0) {
        patience = said;
    }
    if (chrome->tip[0] && tip > 0 && (patience < 0 || tip < patience)) {
        patience = tip;
    }
    return patience;
}
