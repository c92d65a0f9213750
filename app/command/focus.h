#pragma once
/* Where the keyboard is: one button, card or line after the other, ringed on the screen. What it is at
 * counts as pointed at, so that everything linked with it lights up. */

#include "app/app.h"

/* To the next (1) or previous (-1) of what can be pointed at, in reading order region by region. */
void focus_move(struct app *app, int by);
/* To the first of the next (1) or previous (-1) region: toolbar, lesson, stage, tabs, timeline. */
void focus_move_region(struct app *app, int by);
void focus_clear(struct app *app);

/* Whether the keyboard is at something on the screen, and does what a click on it would do. */
bool focus_activate(struct app *app);
