#pragma once
/* What belongs to the window and to no picture: the help overlay, tooltips, and short messages. Drawn
 * with SDL_ttf over the finished frame. */

#include "app/frame.h"
#include "render/words.h"

struct chrome;

/* NULL when the font cannot be opened. `font` is the path of the interface font, `bold` of its bold. */
struct chrome *chrome_create(const char *font, const char *bold, struct error *err);
void chrome_destroy(struct chrome *chrome);

/* A message at the foot of the window, for a few seconds from `now`. */
void chrome_say(struct chrome *chrome, const char *text, double now);
/* The tooltip at the pointer; "" takes it away. It shows after resting for half a second. */
void chrome_point(struct chrome *chrome, const char *text, struct point at, double now);

/* What is on show now. */
struct chrome_state {
    int width, height; /* of the window */
    bool help;         /* all commands with their keys */
    const struct words *words;
    enum language language;
    const struct theme *theme;
};
/* True when what chrome shows has changed since the last call (a message has passed, say). */
bool chrome_update(struct chrome *chrome, const struct chrome_state *state, double now);
struct frame_overlay chrome_overlay(struct chrome *chrome);

/* Seconds until chrome_update will change something by itself; negative: never. */
double chrome_patience(const struct chrome *chrome, double now);
