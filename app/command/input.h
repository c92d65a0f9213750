#pragma once
/* What comes from pointer and keyboard, and what it means where it arrives. */

#include "app/app.h"

void input_handle(struct app *app, const struct window_event *event);

/* Does what a click on that does. False for what is none to be clicked. */
bool input_activate(struct app *app, struct target target);

/* The tooltip of a target whose group has that title: a button tells what it does and its key. Lives
 * in the app's scratch. */
const char *input_title(struct app *app, struct target target, const char *title);
