#pragma once
/* What a draw_path looks like once its ends are cut for arrowheads and for the part of its length
 * that is drawn: the same for every canvas. */

#include "render/scene/scene.h"

/* A closed triangle with a notch at its back. */
enum { HEAD_POINTS = 4 };
struct path_head {
    bool shown;
    struct point points[HEAD_POINTS];
};

/* The line itself: 1 + 3 k points when `curves`, empty when nothing is left of it. */
struct path_shape {
    const struct point *points;
    size_t count;
    bool curves;
    struct path_head start, end;
};

/* Points that had to be made live in `arena`. Heads grow with the theme's lines by `head_scale`. */
struct path_shape path_shape(const struct draw_path *path, float head_scale, struct arena *arena);

/* The line as straight pieces, nowhere further than `apart` from it. The points live in `arena`. */
struct point *path_flatten(const struct path_shape *shape, float apart, struct arena *arena,
                           size_t *count);

/* Visits boxes that together hold all that a path paints on a page, until `visit` returns false: a line
 * that runs across the page has several. */
void path_boxes(const struct draw_path *path, struct rect page,
                bool (*visit)(void *context, struct rect box), void *context);
/* False only if the path paints nothing on it. */
bool path_meets(const struct draw_path *path, struct rect page);

/* Lengths of dash and gap in points for a stroke of that width. */
void path_dashes(float width, float dashes[2]);
