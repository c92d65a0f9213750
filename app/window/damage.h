#pragma once
/* What must be drawn anew when one scene follows another, as a few rectangles of whole pixels. */

#include "render/scene/scene.h"

enum { DAMAGE_MAX = 24 };

/* Zero-initialise, with the page's size, to start. */
struct damage {
    int width, height;
    struct rect rects[DAMAGE_MAX];
    size_t count;
};

/* With a rim for antialiasing, and cut to the page. Rectangles grow together where little else lies
 * between them, and when there are too many. */
void damage_add(struct damage *damage, struct rect rect);
struct rect damage_unite(struct rect a, struct rect b);
bool damage_touches(const struct damage *damage, struct rect rect);

/* Of each command of a scene its scene_bounds, and what of that its clips leave; room for at least as many
 * rectangles as there are commands. */
void damage_bounds(const struct scene *scene, struct fonts *fonts, struct rect *bounds,
                   struct rect *seen, struct arena *scratch);

/* Commands [from, to) of a scene. */
struct stretch {
    const struct scene *scene;
    const struct rect *bounds, *seen;
    size_t from, to;
};

/* Adds what differs between a stretch and what was there before, which has been moved by `by`. Commands
 * that come in or go out between others do not count as a difference of those behind them. */
void damage_compare(struct damage *damage, struct stretch now, struct stretch was, struct point by,
                    struct arena *scratch);
