#pragma once
/* What belongs to the window and to no picture: the help overlay, the list of commands, tooltips, and
 * short messages. Drawn with SDL_ttf over the finished frame. */

#include "app/window/frame.h"
#include "render/words.h"

struct chrome;
struct keys;
struct palette;

/* NULL when the font cannot be opened. `font` is the path of the interface font, `bold` of its bold. */
struct chrome *chrome_create(const char *font, const char *bold, struct error *err);
void chrome_destroy(struct chrome *chrome);

/* A message at the foot of the window, for a few seconds from `now`. */
void chrome_say(struct chrome *chrome, const char *text, double now);
/* Whether one is there to be read. */
bool chrome_says(const struct chrome *chrome, double now);
/* The tooltip at the pointer; "" takes it away. It shows after resting for half a second. */
void chrome_point(struct chrome *chrome, const char *text, struct point at, double now);

/* What is on show now. */
struct chrome_state {
    int width, height; /* of the window */
    float text;        /* em of all text here, in pixels; at least 13 */
    bool help;         /* all commands with their keys */
    const struct palette *palette;
    const struct keys *keys;
    const struct words *words;
    enum language language;
    const struct theme *theme;
};
/* True when what chrome shows has changed since the last call (a message has passed, say). */
bool chrome_update(struct chrome *chrome, const struct chrome_state *state, double now);
struct frame_overlay chrome_overlay(struct chrome *chrome);

/* Moves the help by so many rows. False when all of it is on show. */
bool chrome_scroll_help(struct chrome *chrome, float rows);

/* The row of the list of commands under that point, -1: none; and whether the list covers it. */
int chrome_palette_row(const struct chrome *chrome, struct point at);
bool chrome_palette_covers(const struct chrome *chrome, struct point at);

/* Seconds until chrome_update will change something by itself; negative: never. */
double chrome_patience(const struct chrome *chrome, double now);
