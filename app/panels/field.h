#pragma once
/* Changing a literal in place: the small field over it, steps by keys and wheel, and the controls of
 * `#@param` lines. */

#include "app/app.h"

/* Opens at what is pointed at, else in the line that is executed, else in the nearest one that has a
 * number. */
void field_open(struct app *app);
/* Closes it; what was typed and not entered is let go. Nothing if none is open. */
void field_leave(struct app *app);

/* A press on a literal or a control; true if it was one. */
bool field_press(struct app *app, struct target target, struct rect bounds, struct point at);
/* The pointer goes on with a slider in its hand. */
void field_drag(struct app *app, struct point to);

/* Each false when no field is open, or the event is not for it. */
bool field_key(struct app *app, const char *key);
bool field_type(struct app *app, const char *text);
bool field_wheel(struct app *app, float notches);

/* Puts the open field into the view state: its place moves with what was run. */
void field_view(struct app *app);
