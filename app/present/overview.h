#pragma once
/* The grid of slides to go to one: drawn bit by bit, each from the run itself, so that what a question asks
 * for stays hidden. */

#include "app/app.h"
#include "render/lesson/overview.h"

struct overview;

/* Opens it, or puts it away. */
void overview_toggle(struct app *app);
void overview_close(struct app *app);
bool overview_is_open(const struct app *app);

/* As it is now, in the app's scratch; NULL while it is closed. */
const struct overview_page *overview_page(struct app *app, const struct view *view);

/* Each false when it is closed, or the event is not for it. `columns`: of the grid on show. */
bool overview_key(struct app *app, const char *key, size_t columns);
bool overview_press(struct app *app, struct target target);

/* Draws one more picture. True when there is something new to show. */
bool overview_turn(struct app *app);
/* Seconds until it wants another turn; negative: nothing to do. */
double overview_patience(const struct app *app);
