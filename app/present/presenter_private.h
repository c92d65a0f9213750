#pragma once
/* Shared by the presenter's files. */

#include "app/present/presenter.h"
#include "app/window/layer.h"

struct presenter {
    /* The presenter's own; the class's are app->window and app->frame. */
    struct window *window;
    struct frame *frame;

    struct display shown; /* where the class's window is */
    bool apart;           /* on a display of its own, else beside the presenter's */

    struct layer frozen; /* what the class sees, if it is to stay; area w 0: it is not */
    size_t frozen_step;

    struct graph_picture *ahead; /* of the next step */
    float scroll;                /* of the notes, in points */
    uint32_t scrolled_at;        /* the slide of those, by its first record */
    long shown_time;             /* seconds of the timer and minutes of the clock, as last drawn */
};

/* The page of the presenter's window as it is now, in the app's scratch; drawn pages in `now` and `next`. */
struct presenter_page;
struct presenter_picture {
    struct view view; /* of the presenter's window */
    struct rect area;
    struct view_state state;
    struct scene now, next;
};
/* The view and the area alone; false when the window has no pixels. */
bool presenter_view(struct app *app, struct presenter_picture *out);
/* What lies in it: the page, or the overview. */
void presenter_draw_page(const struct presenter_picture *picture, const struct presenter_page *page,
                         struct scene *scene);
/* "12:34" since the presentation began, "14:05"; in the app's scratch. */
const char *presenter_timer_text(struct app *app);
const char *presenter_clock_text(struct app *app);
/* All of it. To be finished in any case. */
bool presenter_picture(struct app *app, struct presenter_picture *out, struct presenter_page *page);
void presenter_picture_finish(struct presenter_picture *picture);
