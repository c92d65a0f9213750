#pragma once
/* The panels of the window while exploring: dragged, resized by keys, put away and brought back. */

#include "app/app.h"
#include "render/screen.h"

/* The divider follows the pointer. */
void panel_drag(struct app *app, enum screen_divider divider, struct point to);
/* Moves the divider by a key: in steps of a fiftieth of the window, `steps` right or up. */
void panel_nudge(struct app *app, enum screen_divider divider, int steps);
/* Sizes as they come, everything in its place. */
void panel_reset(struct app *app);

void panel_toggle_lesson(struct app *app);
void panel_toggle_tabs(struct app *app);
/* Opens the panel under the stage at a row of screen_tab_at. */
void panel_choose_tab(struct app *app, int tab);

/* Scrolls the tab that is open, if it lies at that point. */
void panel_scroll(struct app *app, struct point at, float points);
