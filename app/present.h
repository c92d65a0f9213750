#pragma once
/* Keys that mean something of their own while presenting: a blank screen, and a step by its number. */

#include "app/app.h"

/* Black or white, and back. */
void present_blank(struct app *app, enum screen_blank blank);

/* True when the key is used up: while the screen is blank all but those that end it are, so that nobody
 * steps on unseen; digits and Enter go to that step. */
bool present_key(struct app *app, const char *key);
