#pragma once
/* All slides of a lesson as a grid of small pictures, to go to one. */

#include "render/view.h"

struct overview_card {
    const char *title;           /* may be "" */
    uint32_t moment;             /* of its first stop */
    const struct scene *picture; /* of any size; NULL: none yet */
    bool here;                   /* where the lesson stands */
};

struct overview_page {
    const struct overview_card *cards;
    size_t count, chosen;
    float aspect; /* of the pictures: width to height */
};

/* As many columns as show all of them as large as they can be. */
size_t overview_columns(const struct view *view, const struct overview_page *page,
                        struct rect area);

/* A card is TARGET_MOMENT, id: its moment. */
void view_overview(const struct view *view, const struct overview_page *page, struct rect area,
                   struct scene *scene);
