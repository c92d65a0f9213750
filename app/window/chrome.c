#include "app/window/chrome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/window/chrome_private.h"
#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "engine/base/visible.h"

static const double SAY_SECONDS = 4, POINT_SECONDS = 0.5, READ_BYTES = 15; /* in a second */

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
    struct text shown = { 0 };
    text_append_visible(&shown, text, strlen(text));
    snprintf(chrome->said, sizeof(chrome->said), "%s", text_string(&shown));
    text_finish(&shown);
    chrome->said_at = now;
}

/* Until when it is on show: as long as reading it takes. */
static double said_until(const struct chrome *chrome)
{
    return chrome->said_at + fmax(SAY_SECONDS, (double)strlen(chrome->said) / READ_BYTES);
}

bool chrome_says(const struct chrome *chrome, double now)
{
    return chrome->said[0] && now < said_until(chrome);
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

/* The fonts follow the captions of the screen. False when they cannot be opened: then nothing is
 * drawn. */
static bool open_fonts(struct chrome *chrome, float text)
{
    const int size = text > 13 ? (int)lroundf(text) : 13;

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

int chrome_pad(const struct chrome *chrome)
{
    return chrome->size;
}

SDL_Color chrome_colour(const struct chrome *chrome, enum ink ink)
{
    const struct colour c = theme_colour(chrome->state.theme, ink, 0);

    return (SDL_Color){ (Uint8)lroundf(c.r * 255), (Uint8)lroundf(c.g * 255),
                        (Uint8)lroundf(c.b * 255), 255 };
}

int chrome_width(TTF_Font *font, const char *text)
{
    int width = 0;

    TTF_SizeUTF8(font, text, &width, NULL);
    return width;
}

static void draw_whole(SDL_Surface *target, TTF_Font *font, const char *text, SDL_Color colour,
                       int x, int y)
{
    SDL_Surface *const picture = text[0] ? TTF_RenderUTF8_Blended(font, text, colour) : NULL;

    if (picture) {
        SDL_BlitSurface(picture, NULL, target, &(SDL_Rect){ .x = x, .y = y });
        SDL_FreeSurface(picture);
    }
}

void chrome_text(SDL_Surface *target, TTF_Font *font, const char *text, SDL_Color colour,
                 SDL_Rect at)
{
    static const char dots[] = "…";
    char cut[CHROME_TEXT_SIZE + sizeof(dots)];

    if (at.w <= 0 || chrome_width(font, text) <= at.w) {
        draw_whole(target, font, text, colour, at.x, at.y);
        return;
    }
    size_t length = strnlen(text, CHROME_TEXT_SIZE - 1);
    do {
        while (length > 0 && ((unsigned char)text[--length] & 0xC0) == 0x80) {
        }
        snprintf(cut, sizeof(cut), "%.*s%s", (int)length, text, dots);
    } while (length > 0 && chrome_width(font, cut) > at.w);
    draw_whole(target, font, cut, colour, at.x, at.y);
}

void chrome_fill(SDL_Surface *target, SDL_Rect r, SDL_Color c)
{
    SDL_FillRect(target, &r, SDL_MapRGB(target->format, c.r, c.g, c.b));
}

void chrome_plate(const struct chrome *chrome, SDL_Surface *target, SDL_Rect r)
{
    chrome_fill(target, r, chrome_colour(chrome, INK_TEXT_SECOND));
    chrome_fill(target, (SDL_Rect){ r.x + 1, r.y + 1, r.w - 2, r.h - 2 },
                chrome_colour(chrome, INK_CARD));
}

const char *say_in(const struct chrome *chrome, const char *english)
{
    return words_in(chrome->state.words, chrome->state.language, english);
}

/* ---- message and tooltip ---------------------------------------------------------------- */

/* Text that is too long for the window is broken into lines. */
static SDL_Rect text_rect(const struct chrome *chrome, const char *text)
{
    const int most = chrome->state.width - 6 * chrome_pad(chrome);
    const int width = chrome_width(chrome->font, text);
    const int lines = width > most ? width / (most * 9 / 10) + 1 : 1;

    return (SDL_Rect){ .w = (width > most ? most : width) + 2 * chrome_pad(chrome),
                       .h = lines * TTF_FontLineSkip(chrome->font) + chrome_pad(chrome) };
}

/* Above the timeline, which it must not hide. */
static SDL_Rect say_rect(const struct chrome *chrome)
{
    const SDL_Rect text = text_rect(chrome, chrome->said);
    const int foot = chrome->state.height * 88 / 100;

    return (SDL_Rect){ (chrome->state.width - text.w) / 2, foot - text.h, text.w, text.h };
}

static SDL_Rect tip_rect(const struct chrome *chrome)
{
    const SDL_Rect text = text_rect(chrome, chrome->tip);
    int x = (int)chrome->tip_at.x + chrome_pad(chrome),
        y = (int)chrome->tip_at.y + 2 * chrome_pad(chrome);

    if (x + text.w > chrome->state.width) {
        x = chrome->state.width - text.w;
    }
    if (y + text.h > chrome->state.height) {
        y = (int)chrome->tip_at.y - text.h - chrome_pad(chrome);
    }
    return (SDL_Rect){ x > 0 ? x : 0, y > 0 ? y : 0, text.w, text.h };
}

static void draw_text_plate(const struct chrome *chrome, SDL_Surface *target, SDL_Rect r,
                            const char *text)
{
    const Uint32 most = (Uint32)(r.w - 2 * chrome_pad(chrome) + 2);

    chrome_plate(chrome, target, r);
    SDL_Surface *const picture =
        TTF_RenderUTF8_Blended_Wrapped(chrome->font, text, chrome_colour(chrome, INK_TEXT), most);
    if (picture) {
        SDL_BlitSurface(
            picture, NULL, target,
            &(SDL_Rect){ .x = r.x + chrome_pad(chrome), .y = r.y + chrome_pad(chrome) / 2 });
        SDL_FreeSurface(picture);
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
        help_draw(chrome, target);
    }
    if (chrome->state.palette->open) {
        palette_draw(chrome, target);
    }
    if (chrome->tip_shown) {
        draw_text_plate(chrome, target, tip_rect(chrome), chrome->tip);
    }
    if (chrome->say_shown) {
        draw_text_plate(chrome, target, say_rect(chrome), chrome->said);
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
    hash = hash_bytes(hash, &chrome->help_scroll, sizeof(chrome->help_scroll));
    hash = hash_bytes(hash, &chrome->state.language, sizeof(chrome->state.language));
    if (chrome->state.palette->open) {
        const struct palette *const palette = chrome->state.palette;
        hash = hash_bytes(hash, palette->query, strlen(palette->query));
        hash = hash_bytes(hash, &palette->chosen, sizeof(palette->chosen));
        hash = hash_bytes(hash, &chrome->palette_first, sizeof(chrome->palette_first));
    }
    if (chrome->say_shown) {
        hash = hash_bytes(hash, chrome->said, strlen(chrome->said));
    }
    if (chrome->tip_shown) {
        hash = hash_bytes(hash, chrome->tip, strlen(chrome->tip));
    }
    return hash;
}

bool chrome_scroll_help(struct chrome *chrome, float rows)
{
    const int most = chrome->font ? help_scroll_most(chrome) : 0;
    const int wanted = chrome->help_scroll + (int)roundf(rows);

    chrome->help_scroll = wanted < 0 ? 0 : wanted > most ? most : wanted;
    return most > 0;
}

bool chrome_update(struct chrome *chrome, const struct chrome_state *state, double now)
{
    const uint64_t before = chrome->stamp;

    chrome->state = *state;
    chrome->area = (struct rect){ 0 };
    chrome->say_shown = false;
    chrome->tip_shown = false;
    if (!open_fonts(chrome, state->text)) {
        return false;
    }
    chrome->say_shown = chrome->said[0] && now < said_until(chrome);
    chrome->tip_shown = chrome->tip[0] && now - chrome->tip_since >= POINT_SECONDS;
    if (state->help) {
        chrome_scroll_help(chrome, 0);
        add_area(&chrome->area, help_rect(chrome));
    } else {
        chrome->help_scroll = 0;
    }
    if (state->palette->open) {
        palette_settle(chrome);
        add_area(&chrome->area, palette_rect(chrome));
    } else {
        chrome->palette_first = 0;
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
    const double said = said_until(chrome) - now;
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
