#pragma once
/* Pieces for somebody's own slides: the graph, an equation, a tensor figure, a plot or lines of code, cropped,
 * without title, shadow and the window around it. Asked for a part of a slide, no text in it is smaller than
 * 18 points when it stands there at its own size. */

#include "render/view.h"

enum slide_size { SLIDE_NONE, SLIDE_FULL, SLIDE_HALF, SLIDE_THIRD };

/* "full", "half", "third"; false with the list in err. */
bool slide_find(enum slide_size *out, const char *name, struct error *err);

/* Points of that part of a slide of 16:9, as slide programs count them. */
struct point slide_page(enum slide_size size);
/* With captions as large as the rest; or smaller, where the view leaves them out, so that more has room. */
struct type_scale slide_type(bool captions);
