#pragma once
/* Pictures of what is on show, from the window. */

#include "app/app.h"

/* The window's current moment as PNG at twice the size, into the folder "out" of the working folder. It is
 * written beside the window, which says where when it is done. */
bool export_moment(struct app *app, struct error *err);

/* What is on the stage as for a slide, cropped and transparent, at twice the pixels of a screen, onto the
 * clipboard: beside the window, as above. On white slides: never in the dark theme. */
bool export_copy(struct app *app, struct error *err);
