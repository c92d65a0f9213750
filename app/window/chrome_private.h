#pragma once
/* Shared by the files of chrome: its state, and text and plates on SDL surfaces. */

#include <SDL2/SDL.h>
#include <SDL2/SDL_ttf.h>

#include "app/command/palette.h"
#include "app/window/chrome.h"

enum { CHROME_TEXT_SIZE = 400, CHROME_KEYS_SIZE = 2 * COMMAND_KEY_SIZE + 3 };

struct chrome {
    char font_path[1024], bold_path[1024];
    TTF_Font *font, *bold;
    int size; /* of the fonts, in pixels */

    char said[CHROME_TEXT_SIZE];
    double said_at;
    char tip[CHROME_TEXT_SIZE];
    struct point tip_at;
    double tip_since;
    int help_scroll;   /* rows of the help that are above the plate */
    int palette_first; /* row of the list of commands that stands at the top */

    /* What the overlay shows, settled by chrome_update. */
    struct chrome_state state;
    bool say_shown, tip_shown;
    struct rect area;
    uint64_t stamp;
};

/* Between text and the edge of its plate. */
int chrome_pad(const struct chrome *chrome);
SDL_Color chrome_colour(const struct chrome *chrome, enum ink ink);
int chrome_width(TTF_Font *font, const char *text);
/* Text with its top left there, cut with an ellipsis at `most` pixels; 0: never. */
void chrome_text(SDL_Surface *target, TTF_Font *font, const char *text, SDL_Color colour,
                 SDL_Rect at);
void chrome_fill(SDL_Surface *target, SDL_Rect r, SDL_Color colour);
/* A bordered plate. */
void chrome_plate(const struct chrome *chrome, SDL_Surface *target, SDL_Rect r);
const char *say_in(const struct chrome *chrome, const char *english);
/* A command's first keys: "→, PageDown". */
void chrome_keys(const struct chrome *chrome, const struct command *command,
                 char out[CHROME_KEYS_SIZE]);

/* Each overlay: where it lies, and its drawing. */
SDL_Rect help_rect(const struct chrome *chrome);
void help_draw(const struct chrome *chrome, SDL_Surface *target);
int help_scroll_most(const struct chrome *chrome);

SDL_Rect palette_rect(const struct chrome *chrome);
void palette_draw(const struct chrome *chrome, SDL_Surface *target);
/* Keeps the chosen row in sight. */
void palette_settle(struct chrome *chrome);
