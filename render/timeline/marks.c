/* What stands along the timeline's track: backward passes are triangles that point back, steps of an
 * optimizer are diamonds, bookmarks flags, iterations numbered ticks under it. In a dense run as many
 * as there is room for. */
#include "render/timeline/timeline.h"

#include <math.h>
#include <stdio.h>

#include "render/timeline/phases.h"

static const float MARKS_APART = 2.4f; /* half sizes */

enum { DIGITS = 16 };

/* The mark's target, with room around it for a pointer. */
static void begin_wide_mark(const struct timeline *t, struct point at, float width, uint32_t moment)
{
    const float reach = fmaxf(t->mark * 1.3f, 7), across = fmaxf(reach, width / 2);

    scene_group(t->scene, &(struct draw_group){
                              .target = { .kind = TARGET_STOP, .id = moment },
                              .bounds = { at.x - across, at.y - reach, 2 * across, 2 * reach } });
}

static void begin_mark(const struct timeline *t, float x, float y, uint32_t moment)
{
    begin_wide_mark(t, (struct point){ x, y }, 0, moment);
}

static void draw_shape(const struct timeline *t, const struct point *points, size_t count,
                       enum ink ink)
{
    scene_path(t->scene, &(struct draw_path){
                             .points = points, .count = count, .closed = true, .fill = ink });
}

static void draw_triangle(const struct timeline *t, float x, uint32_t moment)
{
    const float r = t->mark;
    const struct point points[] = { { x - r, t->marks_y },
                                    { x + r * 0.8f, t->marks_y - r },
                                    { x + r * 0.8f, t->marks_y + r } };

    begin_mark(t, x, t->marks_y, moment);
    draw_shape(t, points, 3, INK_BACKWARD);
    scene_group_end(t->scene);
}

static void draw_diamond(const struct timeline *t, float x, uint32_t moment)
{
    const float r = t->mark;
    const struct point points[] = {
        { x - r, t->marks_y }, { x, t->marks_y - r }, { x + r, t->marks_y }, { x, t->marks_y + r }
    };

    begin_mark(t, x, t->marks_y, moment);
    draw_shape(t, points, 4, INK_DONE);
    scene_group_end(t->scene);
}

/* ---- backward passes and steps ---------------------------------------------------------- */

/* The records of one kind, from the first behind a moment on. */
struct walker {
    const uint32_t *records;
    size_t count, at;
};

static void walk_to(struct walker *walker, uint32_t moment)
{
    size_t low = walker->at, high = walker->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (walker->records[middle] < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    walker->at = low;
}

static uint32_t record_of(const struct walker *walker)
{
    return walker->at < walker->count ? walker->records[walker->at] : NEVER;
}

static struct walker walker_of(const struct timeline *t, enum record_kind kind)
{
    struct walker walker = { 0 };

    walker.records = trace_records_of(t->view->runs[0].trace, kind, &walker.count);
    return walker;
}

/* Stops with a dot each: then what happens between two of them is marked once. */
static bool has_dots(const struct timeline *t)
{
    return timeline_spacing(t) >= 2 * t->mark;
}

/* Where the mark of something that happened there stands, and the first place for another of its kind. */
static double settle(const struct timeline *t, double place, double between, double *next)
{
    const double apart = (double)(MARKS_APART * t->mark / timeline_spacing(t));

    if (!has_dots(t)) {
        *next = place + fmax(apart, 1e-9);
        return place;
    }
    *next = floor(place) + 1;
    return place > floor(place) ? floor(place) + between : place;
}

/* All of one kind, from left to right, as many as there is room for. */
static void draw_events(const struct timeline *t, struct walker walker, double between,
                        void (*draw)(const struct timeline *t, float x, uint32_t moment))
{
    double place = t->from;

    for (;;) {
        const uint32_t least = timeline_moment_at(t, place);
        walk_to(&walker, least > 0 ? least - 1 : 0);
        const uint32_t record = record_of(&walker);
        const double at = record == NEVER ? INFINITY : timeline_place(t, record + 1);
        if (at > t->from + t->span) {
            return;
        }
        const double there = settle(t, at, between, &place);
        draw(t, timeline_x(t, there), record + 1);
        walker.at++;
    }
}

/* ---- bookmarks -------------------------------------------------------------------------- */

static void draw_bookmarks(const struct timeline *t)
{
    const struct view_state *const state = t->view->state;
    const float top = t->marks_y - t->mark * 1.2f, r = t->mark * 1.3f;

    for (int i = 0; i < state->bookmark_count; i++) {
        const double place = timeline_place(t, state->bookmarks[i]);
        const float x = timeline_x(t, place);
        if (place < t->from || place > t->from + t->span) {
            continue;
        }
        const struct point flag[] = { { x, top },
                                      { x + 2 * r, top },
                                      { x + 1.4f * r, top + r * 0.7f },
                                      { x + 2 * r, top + 1.4f * r },
                                      { x, top + 1.4f * r } };
        begin_mark(t, x + r, top + r * 0.7f, state->bookmarks[i]);
        scene_rect(t->scene, &(struct draw_rect){ .rect = { x - 1, top, 2, t->y - top },
                                                  .fill = INK_SELECTION });
        draw_shape(t, flag, 5, INK_SELECTION);
        scene_group_end(t->scene);
    }
}

/* ---- iterations ------------------------------------------------------------------------- */

/* The end of a training iteration, whose loops within hold none of their own; NEVER for others. */
static uint32_t iteration_end(const struct stops *stops, uint32_t index)
{
    const struct stop_iteration *const iteration = stops_iteration(stops, index);
    const size_t count = stops_count(stops, STOP_OPERATION);
    const size_t last = iteration->last == SIZE_MAX ? count : iteration->last;

    if (last <= iteration->first ||
        !(stops_loop(stops, iteration->loop)->phases & 1u << PHASE_BACKWARD)) {
        return NEVER;
    }
    const uint32_t end = stops_at(stops, STOP_OPERATION, last - 1)->moment;
    const size_t middle = iteration->first + (last - iteration->first) / 2;
    const uint32_t within =
        stops_training_at(stops, stops_at(stops, STOP_OPERATION, middle)->moment);
    return within == index || stops_training_at(stops, end) == index ? end : NEVER;
}

/* The first iteration that begins at or behind the moment. */
static size_t first_iteration(const struct stops *stops, uint32_t moment)
{
    size_t low = 0, high = stops_iteration_count(stops);

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (stops_iteration(stops, middle)->begin < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void draw_iteration(const struct timeline *t, struct timeline_foot *foot, uint32_t index,
                           uint32_t end)
{
    const struct run_view *const run = &t->view->runs[0];
    const struct stop_iteration *const iteration = stops_iteration(run->stops, index);
    const float size = t->view->type.caption, x = timeline_x(t, timeline_place(t, end));
    const float top = t->y + t->thickness, bottom = t->foot - size * 0.85f;
    char text[DIGITS];

    const int length = snprintf(text, sizeof(text), "%u", iteration->number);
    const float width = size * fonts_measure(t->view->fonts, TYPE_MONO, text, (size_t)length);
    begin_wide_mark(t, (struct point){ x, t->foot - size * 0.3f }, width, end);
    scene_rect(t->scene, &(struct draw_rect){ .rect = { x - 0.5f, top, 1, bottom - top },
                                              .fill = INK_TEXT_SECOND });
    scene_group_end(t->scene);
    if (x - width / 2 >= foot->free_from && x + width / 2 <= foot->right) {
        scene_text(t->scene, &(struct draw_text){ .at = { x, t->foot },
                                                  .bytes = text,
                                                  .role = TYPE_MONO,
                                                  .size = size,
                                                  .ink = INK_TEXT_SECOND,
                                                  .align = ALIGN_CENTRE });
        foot->free_from = x + width / 2 + size * 0.6f;
    }
}

/* In a dense run the ends of iterations, as many as there is room for. */
static void draw_all_iterations(const struct timeline *t, struct timeline_foot *foot)
{
    const struct stops *const stops = t->view->runs[0].stops;
    const double apart = (double)(MARKS_APART * t->mark / timeline_spacing(t));
    const double last = t->from + t->span;
    const size_t count = stops_iteration_count(stops);
    double place = t->from;
    size_t at = first_iteration(stops, timeline_moment_at(t, place));

    at -= at > 0; /* the one that goes on at the left edge */
    while (at < count) {
        const uint32_t end = iteration_end(stops, (uint32_t)at);
        const double there = end == NEVER ? -1 : timeline_place(t, end);
        if (there > last) {
            return;
        }
        if (there < place) {
            at++;
            continue;
        }
        draw_iteration(t, foot, (uint32_t)at, end);
        place = there + fmax(apart, 1e-9);
        const size_t next = first_iteration(stops, timeline_moment_at(t, place));
        at = next > at + 2 ? next - 1 : at + 1;
    }
}

/* Where stops have room: the last stop of each iteration that has one. */
static void draw_iterations_at_stops(const struct timeline *t, struct timeline_foot *foot)
{
    const struct stops *const stops = t->view->runs[0].stops;
    const double last = fmin(t->from + t->span, (double)t->count - 1);

    for (size_t i = (size_t)ceil(t->from); (double)i <= last; i++) {
        const uint32_t moment = stops_at(stops, t->granularity, i)->moment;
        const uint32_t now = stops_training_at(stops, moment);
        const uint32_t next =
            i + 1 < t->count
                ? stops_training_at(stops, stops_at(stops, t->granularity, i + 1)->moment)
                : NO_ITERATION;
        if (now != NO_ITERATION && now != next) {
            draw_iteration(t, foot, now, moment);
        }
    }
}

void timeline_marks(const struct timeline *t, struct timeline_foot *foot)
{
    draw_events(t, walker_of(t, RECORD_BACKWARD_END), 0.28, draw_triangle);
    draw_events(t, walker_of(t, RECORD_STEP), 0.78, draw_diamond);
    draw_bookmarks(t);
    if (has_dots(t)) {
        draw_iterations_at_stops(t, foot);
    } else {
        draw_all_iterations(t, foot);
    }
}
