#pragma once
/* Lines of equal height of a grid of numbers, as closed loops that can be filled. */

#include "engine/base/arena.h"
#include "render/scene/scene.h"

/* values[row * columns + column]; nan counts as above every level. */
struct contour_grid {
    const float *values;
    int columns, rows;
};

/* A loop around what is not above the level, or around a hole in it. Beyond the grid everything is above:
 * a loop that meets the edge runs along it. Points are in columns and rows of the grid. */
struct contour_loop {
    int level; /* index in the levels */
    bool hole;
    float area; /* enclosed, positive */
    struct point *points;
    size_t count;
};

struct contours {
    struct contour_loop *loops; /* the largest first: painted so, each point ends in its own band */
    size_t count;
};

/* The loops of all levels, which ascend. Lives in `arena`. */
struct contours contours_trace(const struct contour_grid *grid, const double *levels,
                               size_t level_count, struct arena *arena);

/* Levels at round numbers between the least and the greatest number of the grid but for its highest
 * corner: by powers where they span several, else in equal steps; the second valley, too, has one between its
 * bottom and its pass. Returns how many, at most `most`. */
enum { CONTOUR_LEVELS_MAX = 8 };
size_t contour_levels(const struct contour_grid *grid, double levels[CONTOUR_LEVELS_MAX]);
