/* Which part of a graph is on the stage. Text is never shrunk below what can be read: a graph that is
 * too large for that is looked at around the node that the step is about. */

#include <math.h>

#include "engine/base/array.h"
#include "render/graph/moment.h"
#include "render/graph/picture.h"

/* Captions while exploring, in points, and of the screen's own on very large ones. */
static const float LEAST_TEXT = 13, LEAST_PART = 0.6f;
/* A hundredth too small is nothing that an eye sees. */
static const float FITS = 0.99f;
static const float CAMERA_MOVES = 0.4f; /* the part of a step's motion in which the camera moves */

struct stage {
    const struct graph_model *model;
    const struct layout *layout;
    struct rect area;
    float zoom;
};

/* Between the graph and the stage's border, at the sides, and above and below. */
static float rim_of(float width)
{
    return fmaxf(12, width * 0.0104f);
}

static float low_rim_of(float width)
{
    return fmaxf(8, width * 0.007f);
}

static float rim(const struct stage *stage)
{
    return rim_of(stage->area.w);
}

static float low_rim(const struct stage *stage)
{
    return low_rim_of(stage->area.w);
}

struct point graph_camera_room(const struct view *view, float less)
{
    const float zoom = view->type.text / UNIT_TEXT;
    const float width = isinf(view->room.x) ? 0 : view->room.x;
    const float across = view->room.x - 2 * rim_of(width);
    const float down = view->room.y - 2 * low_rim_of(width) - less;
    const bool known = view->state->mode == SCREEN_PRESENT && view->room.x > 0;
    return known ? (struct point){ across / zoom / FITS, down / zoom / FITS }
                 : (struct point){ INFINITY, INFINITY };
}

static float fitting_zoom(const struct stage *stage)
{
    const float across = (stage->area.w - 2 * rim(stage)) / fmaxf(stage->layout->w, 1);
    const float down = (stage->area.h - 2 * low_rim(stage)) / fmaxf(stage->layout->h, 1);
    return fmaxf(fminf(across, down), 0.01f);
}

/* Presenting: the screen's own type scale, a little more where there is room. Exploring: what fits,
 * as long as captions can be read. */
static float own_zoom(const struct view *view, const struct stage *stage, bool *partial)
{
    const float natural = view->type.text / UNIT_TEXT;
    const bool present = view->state->mode == SCREEN_PRESENT;
    const float scale = view->state->text_scale > 0 ? view->state->text_scale : 1;
    const float text =
        fmaxf(fminf(LEAST_TEXT * scale, view->type.text), view->type.caption * LEAST_PART);
    const float least =
        present ? natural * stage->model->units.scale : text / stage->model->units.caption;
    const float most = natural * (present ? 1.3f : 1.5f);
    const float fit = fitting_zoom(stage);
    *partial = fit < least * FITS;
    /* What fits but for a hair's breadth takes that from the margin, not from the captions. */
    const float own = present ? fit : fmaxf(fit, least);
    return *partial ? least : fminf(own, fmaxf(most, least));
}

static struct rect unite(struct rect a, struct rect b)
{
    const float x = fminf(a.x, b.x), y = fminf(a.y, b.y);
    return (struct rect){ x, y, fmaxf(a.x + a.w, b.x + b.w) - x, fmaxf(a.y + a.h, b.y + b.h) - y };
}

static bool fits(const struct stage *stage, struct rect around)
{
    return around.w * stage->zoom <= stage->area.w - 2 * rim(stage) &&
           around.h * stage->zoom <= stage->area.h - 2 * low_rim(stage);
}

/* With a card as well, if there is room: all of it, else what hangs below it not, else its head alone. */
static struct rect with_card(const struct stage *stage, struct rect around, int card)
{
    const struct graph_card *const shown = &stage->model->cards[card];
    const struct rect whole = graph_card_rect(stage->model, stage->layout, card);
    const float heights[] = { whole.h, shown->body_h, shown->head.y + shown->head.h };
    for (size_t i = 0; i < sizeof(heights) / sizeof(heights[0]); i++) {
        const struct rect more =
            unite(around, (struct rect){ whole.x, whole.y, whole.w, heights[i] });
        if (fits(stage, more)) {
            return more;
        }
    }
    return around;
}

/* The parameter whose number or gradient the step changes; 0: none. */
static int64_t changed_tensor(const struct record *record, enum step_kind step)
{
    if (step == STEP_ACCUMULATE) {
        return record->accumulate.tensor;
    }
    if (step != STEP_UPDATE) {
        return 0;
    }
    return record->kind == RECORD_UPDATE  ? record->update.tensor
           : record->step.param_count > 0 ? record->step.params[0].tensor
                                          : 0;
}

/* Of a card that is higher than the stage what the step is about: its result, or one of its parameters. */
static struct rect told_of(const struct stage *stage, const struct run_view *run, int focus,
                           uint32_t moment, enum step_kind step)
{
    const struct graph_card *const card = &stage->model->cards[focus];
    /* What hangs below a card has not come yet while the operation is told. */
    const struct rect all = step == STEP_OP ? graph_card_body(stage->model, stage->layout, focus)
                                            : graph_card_rect(stage->model, stage->layout, focus);
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, moment);
    if (fits(stage, all) || index == SIZE_MAX || card->parameter_count == 0) {
        return all;
    }
    const uint32_t record = stops_at(run->stops, STOP_OPERATION, index)->record;
    const int64_t changed = changed_tensor(trace_record(run->trace, record), step);
    struct rect part = step == STEP_OP ? card->value : (struct rect){ 0 };
    for (int i = 0; i < card->parameter_count && changed != 0; i++) {
        part = card->parameters[i].tensor == changed ? card->parameters[i].place : part;
    }
    return part.h > 0 ? (struct rect){ all.x, all.y + part.y, all.w, part.h } : all;
}

/* The card of the step with what leads into it and, as far as that is there already, what came of it. */
static struct rect neighbourhood(const struct stage *stage, const struct run_view *run, int focus,
                                 uint32_t moment, enum step_kind step)
{
    struct rect around = told_of(stage, run, focus, moment, step);
    for (int i = 0; i < stage->model->edge_count; i++) {
        const struct graph_edge *const edge = &stage->model->edges[i];
        if (edge->to == focus) {
            around = with_card(stage, around, edge->from);
        }
    }
    for (int i = 0; i < stage->model->edge_count; i++) {
        const struct graph_edge *const edge = &stage->model->edges[i];
        if (edge->from == focus && stage->model->cards[edge->to].born < moment) {
            around = with_card(stage, around, edge->to);
        }
    }
    return around;
}

/* What the stage has room for around a centre, in the layout. */
struct seen {
    struct point centre;
    float w, h;
};

static struct seen seen_around(const struct stage *stage, struct point centre)
{
    return (struct seen){ centre, (stage->area.w - 2 * rim(stage)) / stage->zoom,
                          (stage->area.h - 2 * low_rim(stage)) / stage->zoom };
}

/* No emptiness beyond the graph: it is centred where it fits and else filled to the border. */
static float held(float centre, float length, float room)
{
    return length <= room ? length / 2 : fminf(fmaxf(centre, room / 2), length - room / 2);
}

/* Along an axis: it stays where all that the step is about is seen, and else comes as far as there is most
 * to come: to the right for what lies at the right, which then stands at the left border. */
static float moved(float centre, float room, float from, float to)
{
    const float slack = 0.5f;
    if (to - from > room) { /* at least where it begins */
        return from + room / 2;
    }
    if (from < centre - room / 2 - slack) {
        return to - room / 2;
    }
    return to > centre + room / 2 + slack ? from + room / 2 : centre;
}

/* Downwards, where nothing comes after anything, no further than it must. */
static float scrolled(float centre, float room, float from, float to)
{
    if (to - from > room || from < centre - room / 2) {
        return from + room / 2;
    }
    return fmaxf(centre, to - room / 2);
}

static bool is_between(float from, float to, float low, float high)
{
    return from >= low && to <= high;
}

/* How far down it must go to see the drawers of the leaves that it sees, if it loses no card above: a leaf
 * without its drawer looks as if it had none. */
static float down_to_drawers(const struct stage *stage, struct seen seen, struct rect around,
                             uint32_t moment)
{
    const float left = seen.centre.x - seen.w / 2, right = seen.centre.x + seen.w / 2;
    const float top = seen.centre.y - seen.h / 2, foot = seen.centre.y + seen.h / 2;
    float down = 0, most = around.y - top;
    for (int i = 0; i < stage->model->card_count; i++) {
        const struct graph_card *const card = &stage->model->cards[i];
        const struct rect whole = graph_card_rect(stage->model, stage->layout, i);
        if (card->born >= moment || !is_between(whole.x, whole.x + whole.w, left, right) ||
            !is_between(whole.y, whole.y + card->body_h, top, foot)) {
            continue;
        }
        most = fminf(most, whole.y - top);
        down = card->drawer ? fmaxf(down, whole.y + whole.h - foot) : down;
    }
    return down <= most ? down : 0;
}

/* From where it stood to where all is seen that the step is about. */
static struct point follow(const struct stage *stage, const struct run_view *run, uint32_t moment,
                           struct point centre)
{
    const struct seen seen = seen_around(stage, centre);
    enum step_kind step;
    const int focus = graph_moment_focus(stage->model, run, moment, &step);
    if (focus >= 0 && stage->model->cards[focus].born < moment) {
        const struct rect around = neighbourhood(stage, run, focus, moment, step);
        centre.x = moved(centre.x, seen.w, around.x, around.x + around.w);
        centre.y = scrolled(centre.y, seen.h, around.y, around.y + around.h);
        centre.y += down_to_drawers(stage, (struct seen){ centre, seen.w, seen.h }, around, moment);
    }
    return (struct point){ held(centre.x, stage->layout->w, seen.w),
                           held(centre.y, stage->layout->h, seen.h) };
}

static bool exceeds_stage(const struct stage *stage)
{
    const struct seen seen = seen_around(stage, (struct point){ 0, 0 });
    return stage->layout->w > seen.w || stage->layout->h > seen.h;
}

/* The first stop of the episode on show; of very long ones one not too far back, always the same for many
 * stops. */
static size_t first_stop(const struct view *view, size_t index)
{
    enum { FURTHEST = 512 };
    const struct run_view *const run = &view->runs[0];
    const enum stop_granularity fine = view->state->granularity;
    const size_t episode =
        episodes_index_at(run->episodes, stops_at(run->stops, fine, index)->moment);
    const size_t furthest = index - index % FURTHEST;
    size_t first = index;
    while (first > furthest &&
           episodes_index_at(run->episodes, stops_at(run->stops, fine, first - 1)->moment) ==
               episode) {
        first--;
    }
    return first;
}

static bool is_way_of(const struct graph_way *way, const struct stage *stage,
                      enum stop_granularity granularity)
{
    return way->w == stage->area.w && way->h == stage->area.h && way->zoom == stage->zoom &&
           way->granularity == granularity;
}

static const struct graph_way_point *point_at(const struct graph_way *way, size_t index)
{
    return index >= way->first && index - way->first < way->count ? &way->points[index - way->first]
                                                                  : NULL;
}

/* Where the camera stands at the stop: found from where it stood at the one before. */
static struct point stand_at(const struct view *view, const struct stage *stage, size_t index)
{
    const struct run_view *const run = &view->runs[0];
    const enum stop_granularity fine = view->state->granularity;
    struct graph_way *const way = graph_picture_way(view->graph);
    const struct graph_way_point *const known = point_at(way, index);
    if (known && is_way_of(way, stage, fine) &&
        known->moment == stops_at(run->stops, fine, index)->moment) {
        return known->centre;
    }
    const size_t first = first_stop(view, index);
    if (!is_way_of(way, stage, fine) || way->first != first) {
        way->w = stage->area.w;
        way->h = stage->area.h;
        way->zoom = stage->zoom;
        way->granularity = fine;
        way->first = first;
        way->count = 0;
    }
    for (size_t i = first; i <= index; i++) {
        const uint32_t moment = stops_at(run->stops, fine, i)->moment;
        const size_t at = i - first;
        if (at < way->count && way->points[at].moment == moment) {
            continue;
        }
        const struct point before = at > 0 ? way->points[at - 1].centre : (struct point){ 0, 0 };
        way->points = array_reserve(way->points, &way->capacity, at + 1, sizeof(*way->points));
        way->points[at] = (struct graph_way_point){ moment, follow(stage, run, moment, before) };
        way->count = at + 1;
    }
    return way->points[index - first].centre;
}

/* The camera goes with the steps from the first of the episode, so that it moves only for a step that is
 * about something out of sight. */
static struct point focus_centre(const struct view *view, const struct stage *stage,
                                 uint32_t moment)
{
    const struct run_view *const run = &view->runs[0];
    const size_t index = stops_index_at(run->stops, view->state->granularity, moment);
    struct point centre = { 0, 0 };
    if (index != SIZE_MAX && exceeds_stage(stage)) {
        centre = stand_at(view, stage, index);
    }
    return follow(stage, run, moment, centre);
}

/* Whether some of the graph lies beyond the stage when it is seen with a camera of one's own. */
static bool reaches_beyond(const struct view *view, const struct stage *stage)
{
    const struct point centre = view->state->camera;
    const float across = stage->area.w / 2 / view->state->zoom + 1;
    const float down = stage->area.h / 2 / view->state->zoom + 1;
    return centre.x - across > 0 || centre.x + across < stage->layout->w || centre.y - down > 0 ||
           centre.y + down < stage->layout->h;
}

struct graph_camera graph_camera_at(const struct view *view, struct rect area, uint32_t moment,
                                    bool *partial)
{
    struct stage stage = { .model = graph_picture_model(view->graph),
                           .layout = graph_picture_layout(view->graph),
                           .area = area };
    *partial = false;
    if (!stage.model) {
        return (struct graph_camera){ .zoom = 1 };
    }
    if (view->state->zoom > 0) {
        *partial = reaches_beyond(view, &stage);
        return (struct graph_camera){ .centre = view->state->camera, .zoom = view->state->zoom };
    }
    stage.zoom = own_zoom(view, &stage, partial);
    return (struct graph_camera){ .centre = focus_centre(view, &stage, moment),
                                  .zoom = stage.zoom };
}

/* On its way from where the step before was looked at. */
struct graph_camera graph_camera(const struct view *view, struct rect area)
{
    const struct run_view *run = &view->runs[0];
    bool partial;
    struct graph_camera camera = graph_camera_at(view, area, run->moment, &partial);
    const size_t index = stops_index_at(run->stops, view->state->granularity, run->moment);
    if (!partial || view->motion.progress >= CAMERA_MOVES || index == SIZE_MAX || index == 0) {
        return camera;
    }
    const uint32_t before = stops_at(run->stops, view->state->granularity, index - 1)->moment;
    const struct graph_camera was = graph_camera_at(view, area, before, &partial);
    const float t = view->motion.progress / CAMERA_MOVES, ease = t * t * (3 - 2 * t);
    camera.centre.x = was.centre.x + (camera.centre.x - was.centre.x) * ease;
    camera.centre.y = was.centre.y + (camera.centre.y - was.centre.y) * ease;
    return camera;
}
