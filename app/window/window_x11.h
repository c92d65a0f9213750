#pragma once
/* For the window files that ask the X server itself. */

#include <X11/Xlib.h>

#include "app/window/window_private.h"

/* NULL when the window is not on X11. */
Display *x11_of(SDL_Window *window);
