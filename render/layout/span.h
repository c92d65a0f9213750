#pragma once
/* Which lines of a large graph Graphviz is not asked about. It lays a line as many boxes as it crosses
 * ranks, and a value that is used all along a long computation makes thousands of them, with which it
 * would not be done in time. For the program gradlight-layout only. */

#include <stdbool.h>

#include "render/layout/wire.h"

/* Sets left_out for the longest lines, so that the others cross not too many ranks; what hangs together
 * still does without them. */
void layout_leave_out(const struct wire_edge *edges, int edge_count, int box_count, bool *left_out);
