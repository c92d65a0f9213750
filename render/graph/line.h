#pragma once
/* The line of an edge as it is drawn: from side to side of its cards, past the numbers beside others. */

#include "render/graph/paint.h"

/* A Bézier chain of 1 + 3 k points, in units. */
enum { LINE_POINTS_MAX = 1 + 3 * 256 };
struct line {
    struct point points[LINE_POINTS_MAX];
    int count;
};

/* In graphs with more edges lines and labels stay where they are: who is in whose way would take longer to
 * find than all of the frame to draw. */
enum { LINE_EDGES_MAX = 64 };

void line_of(const struct painter *painter, int edge, struct line *line);
/* How many of nine points of each of its pieces lie in there: none, if it does not come near. */
int line_in_rect(const struct line *line, struct rect rect);
