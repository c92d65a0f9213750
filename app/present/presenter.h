#pragma once
/* Two windows while presenting: the class sees the lesson full screen on the projector, and the presenter
 * on the laptop sees that, what comes next, notes, answers and the time. The window that was there first
 * is the presenter's; app->window and app->frame are those that show the lesson, whichever that is. */

#include "app/app.h"

struct presenter;

/* As presenting begins: with a second display in two windows, else full screen in one. */
void presenter_begin(struct app *app);
/* As it ends: one window, as it was. */
void presenter_end(struct app *app);
/* From one window to two and back. On a single display both are ordinary windows, of which one can be
 * shared in a call. */
void presenter_toggle(struct app *app);
/* The other display becomes the presenter's. */
void presenter_swap(struct app *app);
/* Displays have come, gone or changed. */
void presenter_displays(struct app *app);

bool presenter_is_open(const struct app *app);

/* Looks at an event first. True when it is used up: on the presenter's buttons and notes. A pointer on the
 * picture of what the class sees is brought to its place on the class's page. */
bool presenter_event(struct app *app, struct window_event *event);
/* Where a point of the class's page is in the window that has the tooltips. */
struct point presenter_point(struct app *app, struct point at);

/* The state of what the class sees: without what is hovered or focused. Lives in the app's scratch. */
const struct view_state *presenter_public(struct app *app);
/* Draws the presenter's window, with the messages and lists that belong to no picture. */
void presenter_draw(struct app *app, bool everything);
/* The same when a second or a minute has passed, or a picture is ready; else nothing. */
void presenter_turn(struct app *app);
/* Seconds until it has something else to show by itself; negative: never. */
double presenter_patience(const struct app *app);

/* What the class sees stays as it is, while the presenter goes on; and again follows. */
void presenter_freeze(struct app *app);
/* While it does: shows it, and draws the presenter's window. False: the class sees what happens. */
bool presenter_show_frozen(struct app *app, const struct window_pixels *pixels);

/* The view and the area of the window that is the presenter's own: of the one there is, if it is alone. */
struct view presenter_own_view(struct app *app, const struct window_pixels *pixels,
                               struct rect *area);

/* The trace is about to go. */
void presenter_forget(struct app *app);

/* The timer, which begins with the first presentation. */
void presenter_time(struct app *app);
void presenter_time_anew(struct app *app);
