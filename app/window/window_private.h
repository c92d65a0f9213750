#pragma once
/* Shared by the window files: SDL's side of a window, and which displays there are. */

#include <SDL2/SDL.h>

#include "app/window/window.h"

struct window {
    SDL_Window *handle;
    bool held; /* the left or middle button is down */
    float density;
    SDL_Cursor *cursors[WINDOW_CURSOR_COUNT];
    enum window_cursor cursor;
    char display[DISPLAY_NAME_SIZE]; /* lent by window_display */
};

/* The name under which SDL keeps our window with its own. */
#define WINDOW_DATA "window"

/* How many pixels the desktop wants a point to have: 1, 1.25, … 3. */
float density_find(SDL_Window *handle);

/* From now on an event tells when displays come, go or change. */
void displays_watch(SDL_Window *window);
bool displays_changed(const SDL_Event *event);
size_t displays_list(SDL_Window *window, struct display out[WINDOW_DISPLAYS_MOST]);
/* Whether SDL knows it, with these bounds. */
bool displays_known(const struct display *display);
