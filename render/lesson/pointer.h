#pragma once
/* What follows the presenter's pointer over the page: a spotlight, a lens, a pen whose marks fade. A pure
 * function of where it is and what was drawn. */

#include "render/view.h"

enum pointer_tool { POINTER_NONE, POINTER_SPOTLIGHT, POINTER_LENS, POINTER_PEN };

struct pointer_mark {
    const struct point *points;
    size_t count;
    float alpha; /* 1, and less as it fades */
};

/* Places are parts of the page: 0, 0 its upper left corner, 1, 1 its lower right. */
struct pointer_page {
    enum pointer_tool tool;
    struct point at;
    const struct pointer_mark *marks;
    size_t mark_count;
};

/* Over all that is in the scene already. */
void view_pointer(const struct pointer_page *page, struct scene *scene);
