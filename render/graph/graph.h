#pragma once
/* An episode as boxes and edges with a layout: made once per structure, kept while the trace is on
 * show. Sizes depend on kind, shape, name, level, language and text scale, never on values, so
 * nothing moves while stepping. */

#include "render/layout/layout.h"
#include "render/view.h"

struct graph_picture;

/* `program`: path of gradlight-layout; NULL: the plain layout always. */
struct graph_picture *graph_picture_create(const char *program);
void graph_picture_destroy(struct graph_picture *picture);
/* Why gradlight-layout could not be had, so that the plain layout stands in; "": it answers, or a graph is
 * too large for it or takes it too long. */
const char *graph_picture_trouble(const struct graph_picture *picture);
/* The trace is about to go: what was made from it is dropped, layouts stay for the next run. */
void graph_picture_forget(struct graph_picture *picture);

/* Makes sure the layout for the episode at the moment of runs[0] is there or on its way. With `wait`
 * it blocks (exports, tests). False while it is still being computed; the view then keeps showing
 * the previous picture. `seconds`: a monotonic clock. */
bool graph_picture_prepare(struct graph_picture *picture, const struct view *view, bool wait,
                           double seconds);
/* The picture of the frame that stands beside the moment's (view_compared), which is prepared together with
 * it. */
struct graph_picture *graph_picture_beside(struct graph_picture *picture);
/* Descriptor to wait on while a layout is being computed, -1 if none is. */
int graph_picture_descriptor(const struct graph_picture *picture);

/* Whether a box is just opening or closing, so that frames are needed; and the end of that. */
bool graph_picture_turning(const struct graph_picture *picture);
void graph_picture_settle(struct graph_picture *picture);

/* Size of the current layout in points at zoom 1, and the box of a target in it (w 0: not shown). */
struct point graph_picture_size(const struct graph_picture *picture);
struct rect graph_picture_box(const struct graph_picture *picture, struct target target);
/* The box of a module or repeat that the target stands in, or the one itself: its key, and whether it
 * is open. False when there is none. */
bool graph_picture_fold(const struct graph_picture *picture, struct target target, int64_t *key,
                        bool *open);
/* The same for what the step is about. */
bool graph_picture_fold_at(const struct graph_picture *picture, const struct run_view *run,
                           int64_t *key, bool *open);
/* The camera that view_graph uses for that area, state applied: for panning and zooming at the
 * pointer. */
struct graph_camera {
    struct point centre;
    float zoom;
};
struct graph_camera graph_camera(const struct view *view, struct rect area);

/* The part of the stage that the graph has: a line under it tells what there is to say about it. Cameras
 * and the small map are for that area. */
struct rect graph_area(const struct view *view, struct rect stage);

/* The point of the layout at that point of the small map. */
struct point graph_map_point(const struct view *view, struct rect area, struct point page);

/* What the query of the view state finds among what is on show, in reading order; in the arena. */
struct graph_match {
    struct rect box; /* in the layout */
    int64_t tensor;  /* 0: a box */
    int64_t fold;    /* key of the closed box that hides what was found; 0: it is on show */
};
int graph_search(const struct view *view, const struct graph_match **found);

/* The episode of the moment as DOT, with all data as attributes and nothing folded; an empty graph
 * before the first. */
void graph_dot(const struct view *view, struct text *out);
