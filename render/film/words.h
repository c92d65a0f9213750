#pragma once
/* What is said about frames. In the view's arena. Private to the film strip and to what compares. */

#include "render/view.h"

/* "line 14: True → False", how a frame and the one that it is compared with went; of one alone
 * "line 14: True"; "" where nothing is known. `than` NO_FRAME: the frame by itself. */
const char *film_way(const struct view *view, size_t frame, size_t than);
/* "Graph 3". */
const char *film_name(const struct view *view, size_t frame);
