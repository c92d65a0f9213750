#pragma once
/* The timeline's geometry, for view_timeline.c and timeline_marks.c. Places are counted in stops of
 * the granularity, from 0; what lies between two stops stands between them. */

#include "render/screen.h"

struct timeline {
    const struct view *view;
    struct scene *scene;
    struct rect area;
    enum stop_granularity granularity;
    size_t count, now; /* stops; index of the current one, SIZE_MAX before the first */
    double from, span; /* the places on show: [from, from + span] */
    float left, right, y, thickness;
    float marks_y, mark; /* centre and half size of the marks above the track */
    float foot;          /* baseline of the text below */
};

/* What a stop is in colours: the phases, and errors. */
enum ink timeline_ink(const struct timeline *t, size_t index);

float timeline_x(const struct timeline *t, double place);
double timeline_place(const struct timeline *t, uint32_t moment);
/* The moment at a place: that of the stop there, or one between two. */
uint32_t timeline_moment_at(const struct timeline *t, double place);
/* Points between two stops. */
float timeline_spacing(const struct timeline *t);

/* Where a text below the track may begin; moved behind each that is drawn. */
struct timeline_foot {
    float free_from, right;
};

/* The buttons that stand before it while exploring, and their right edge. */
void timeline_transport(const struct view *view, struct rect area, struct scene *scene);
float timeline_transport_right(const struct view *view, struct rect area);

/* Backward passes, optimizer steps and bookmarks above, iterations below. */
void timeline_marks(const struct timeline *t, struct timeline_foot *foot);
