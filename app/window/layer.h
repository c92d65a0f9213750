#pragma once
/* A part of the window as it was when zooming began: what is shown, scaled, until it is drawn sharp. */

#include "app/window/window.h"
#include "render/canvas/raster.h"

/* Zero-initialise to start. */
struct layer {
    uint32_t *pixels;
    size_t capacity;
    int width, height;
    struct rect area; /* of the window, in whole pixels; w 0: there is none */
    /* Where its upper left corner is now, and how large a pixel of it. */
    struct point at;
    float scale;
};

void layer_finish(struct layer *layer);

/* Copies the area. */
void layer_take(struct layer *layer, const struct window_pixels *pixels, struct rect area);

/* Every place of the page is now at scale times where it was, and `by` further. */
void layer_zoom(struct layer *layer, float scale, struct point by);

/* Draws it into its area; returns what of that it has covered. */
struct rect layer_show(const struct layer *layer, const struct window_pixels *pixels);
