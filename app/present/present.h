#pragma once
/* Keys that mean something of their own while presenting: a blank screen, and a step by its number. */

#include "app/app.h"

/* Black or white, and back. */
void present_blank(struct app *app, enum screen_blank blank);

/* As presenting begins: what suits this room, if that was said before, else the card that asks. */
void present_ask_room(struct app *app);

/* Asks for the number of a step to go to; digits do so by themselves. */
void present_ask_step(struct app *app);
/* No more, and nothing is said of it. */
void present_forget_step(struct app *app);

/* A step on (`way` 1) or back (-1) of this player, which may be a copy. While presenting past code that its
 * author skips, which has run all the same. False when there is no step there: then it stands as before. */
bool present_step(const struct app *app, struct player *player, int way);

/* What plays by itself passes it as well. */
void present_turn(struct app *app);

/* True when a press is used up: on a line of the room card, or on a blank screen. */
bool present_press(struct app *app, struct target target);
/* A click on nothing is a step on. */
void present_click(struct app *app, struct target target);
/* True when the wheel is used up: it steps; with Ctrl it zooms as always. */
bool present_wheel(struct app *app, const struct window_event *event);
/* True when the key is used up: while the screen is blank all but those that end it are, so that nobody
 * steps on unseen; digits and Enter go to that step. */
bool present_key(struct app *app, const char *key);
