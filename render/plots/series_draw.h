#pragma once
/* Series on a plot: lines that are told apart by dashes and marks as well as by colour. */

#include "render/plots/plot.h"
#include "render/plots/series.h"

/* A line through the values that there are among the first `count`, its mark at its end. `index` says
 * which look it has. */
void series_draw(const struct view *view, const struct plot *plot, const struct series *series,
                 size_t count, size_t index, struct scene *scene);

/* Marks and names in a row whose y is their baseline, from its right edge leftwards; those that have no
 * room are left out. Returns the left edge of the last one. */
float series_names(const struct view *view, const struct series *series, size_t count, size_t first,
                   struct rect row, struct scene *scene);
