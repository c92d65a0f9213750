#pragma once
/* From scene to window with as little drawing as possible: what did not change since the last frame
 * is left as it stands. So an animation costs only its own rectangles, and a still picture nothing. */

#include "app/window/window.h"
#include "render/canvas/canvas.h"

struct frame;

struct frame *frame_create(struct window *window, struct fonts *fonts);
void frame_destroy(struct frame *frame);

/* The scene to fill for the next frame, cleared. */
struct scene *frame_begin(struct frame *frame);

/* What stands over the picture and is no part of it (tooltips, help): redrawn after every piece of
 * the picture beneath it. `stamp` tells one state of it from another. */
struct frame_overlay {
    void (*draw)(void *owner, const struct window_pixels *pixels);
    void *owner;
    uint64_t stamp;
    struct rect area; /* pixels; w 0: there is none */
};

/* What stands in that area of the page is what stood there in the last frame, moved by whole pixels: its
 * pixels are moved too, and drawn only where they come in. With a scale other than 1 every place of the
 * page has come to scale times where it was, and `by` further: its pixels are scaled. Area w 0: nothing
 * has moved. */
struct frame_move {
    struct rect area;
    struct point by;
    float scale;
};

/* Draws the difference to the last frame and shows it. `everything`: the pixels were lost. False with
 * the reason when there is nothing to draw into. */
struct frame_options {
    const struct theme *theme;
    bool everything;
    bool settle; /* what was moved is drawn anew */
    struct frame_overlay overlay;
    struct frame_move move;
};
bool frame_end(struct frame *frame, const struct frame_options *options, struct error *err);

/* Whether some of what is on show was moved to where it is: almost what drawing it there would have
 * made, so it should settle once nothing moves any more. */
bool frame_is_moved(const struct frame *frame);

/* Pixels drawn by the last frame_end, for tests and measuring. */
size_t frame_pixels_drawn(const struct frame *frame);
