#pragma once
/* Plots: axes with ticks at round numbers, and lines through points. Everything is drawn exactly; of
 * a line with more points than pixel columns each column shows its first, least, greatest and last. */

#include "render/view.h"

/* Height below a box for its numbers and, in a row of its own, what the axis counts; in em of captions. */
#define PLOT_NAMED 2.8f

struct plot_axis {
    double from, to;  /* from < to; logarithmic: both above 0 */
    bool logarithmic; /* base 10 */
    bool counts;      /* ticks at whole numbers only */
    bool doubles;     /* logarithmic: ticks at powers of 2 */
};

struct plot {
    struct rect box; /* between the axes */
    struct plot_axis x, y;
    const char *y_name; /* above the left axis; NULL: said elsewhere */
    bool filled;        /* the box is full of colour: no lines across it */
    /* Below the box is room for PLOT_NAMED: what the axis counts stands under its numbers. */
    bool named_below;
};

/* An axis that holds these values and ends at round numbers; values that are all the same get room
 * on both sides. */
struct plot_axis plot_axis_around(double least, double most, bool logarithmic);
/* Whole numbers from 1: the axis ends at the last. */
struct plot_axis plot_axis_counting(size_t count);

/* At most `most` (at least 2) ticks: multiples of 1, 2 or 5 times a power of ten; on a logarithmic axis
 * powers of ten, or where it spans less than two of them 1, 2 and 5 times such. Returns their number. */
enum { PLOT_TICKS_MAX = 16 };
size_t plot_ticks(const struct plot_axis *axis, size_t most, double ticks[PLOT_TICKS_MAX]);

struct point plot_at(const struct plot *plot, double x, double y);

/* Lines at the ticks, their numbers at the left and beneath, and what the axes count. */
void plot_axes(const struct view *view, const struct plot *plot, const char *x_name,
               struct scene *scene);

/* A line through (x_from + i, values[i]); what is not finite, or not above 0 on a logarithmic axis,
 * leaves a gap. */
struct plot_line {
    const double *values;
    size_t count;
    double x_from;
    enum ink ink;
    float width;
    bool dashed;
};
void plot_line(const struct view *view, const struct plot *plot, const struct plot_line *line,
               struct scene *scene);
