#pragma once
/* A way over a plot as a line on the page. */

#include "render/plots/plot.h"

struct trail {
    struct point *points;
    size_t count;
};

/* On the page; far outside of the plot it makes no difference how far. */
struct point trail_at(const struct plot *plot, double x, double y);

/* Room for so many points. */
struct trail trail_begin(size_t most, struct arena *arena);
/* A point that cannot be told from the one before is left out. */
void trail_add(struct trail *trail, struct point at);
/* As a line of that look with a pale rim, so that it can be seen on every band. */
void trail_draw(const struct trail *trail, const struct draw_path *look, struct scene *scene);
