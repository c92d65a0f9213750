/* Which part of a graph is on the stage. Text is never shrunk below what can be read: a graph that is
 * too large for that is looked at around the node that the step is about. */

#include <math.h>

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

/* Between the graph and the stage's border. */
static float rim_of(float width)
{
    return fmaxf(14, width * 0.014f);
}

static float rim(const struct stage *stage)
{
    return rim_of(stage->area.w);
}

struct point graph_camera_room(const struct view *view, float less)
{
    const float zoom = view->type.text / UNIT_TEXT, rims = 2 * rim_of(view->room.x);
    const bool known = view->state->mode == SCREEN_PRESENT && view->room.x > 0;
    return known ? (struct point){ (view->room.x - rims) / zoom / FITS,
                                   (view->room.y - rims - less) / zoom / FITS }
                 : (struct point){ INFINITY, INFINITY };
}

static float fitting_zoom(const struct stage *stage)
{
    const float across = (stage->area.w - 2 * rim(stage)) / fmaxf(stage->layout->w, 1);
    const float down = (stage->area.h - 2 * rim(stage)) / fmaxf(stage->layout->h, 1);
    return fmaxf(fminf(across, down), 0.01f);
}

/* Presenting: the screen's own type scale, a little more where there is room. Exploring: what fits,
 * as long as captions can be read. */
static float own_zoom(const struct view *view, const struct stage *stage, bool *partial)
{
    const float natural = view->type.text / UNIT_TEXT;
    const bool present = view->state->mode == SCREEN_PRESENT;
    const float scale = view->state->text_scale > 0 ? view->state->text_scale : 1;
    const float text = fmaxf(LEAST_TEXT * scale, view->type.caption * LEAST_PART);
    const float least = present ? natural : text / stage->model->units.caption;
    const float most = natural * (present ? 1.3f : 1.5f);
    const float fit = fitting_zoom(stage);
    *partial = fit < least * FITS;
    return *partial ? least : fminf(fit, fmaxf(most, least));
}

static struct rect unite(struct rect a, struct rect b)
{
    const float x = fminf(a.x, b.x), y = fminf(a.y, b.y);
    return (struct rect){ x, y, fmaxf(a.x + a.w, b.x + b.w) - x, fmaxf(a.y + a.h, b.y + b.h) - y };
}

static bool fits(const struct stage *stage, struct rect around)
{
    return around.w * stage->zoom <= stage->area.w - 2 * rim(stage) &&
           around.h * stage->zoom <= stage->area.h - 2 * rim(stage);
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

/* With what a backward step sends to a card, which hangs below it, if there is room. */
static struct rect with_gradient(const struct stage *stage, struct rect around, int card)
{
    const struct rect whole = graph_card_rect(stage->model, stage->layout, card);
    const struct rect hangs = stage->model->cards[card].gradient;
    const struct rect more =
        unite(around, (struct rect){ whole.x + hangs.x, whole.y + hangs.y, hangs.w, hangs.h });
    return hangs.h > 0 && fits(stage, more) ? more : around;
}

/* The card of the step with what leads into it and, as far as that is there already, what came of it. */
static struct rect neighbourhood(const struct stage *stage, int focus, uint32_t moment,
                                 enum step_kind step)
{
    /* What hangs below a card has not come yet while the operation is told. */
    struct rect around = step == STEP_OP ? graph_card_body(stage->model, stage->layout, focus)
                                         : graph_card_rect(stage->model, stage->layout, focus);
    for (int i = 0; i < stage->model->edge_count && step == STEP_VISIT; i++) {
        if (stage->model->edges[i].to == focus) {
            around = with_gradient(stage, around, stage->model->edges[i].from);
        }
    }
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

/* No emptiness beyond the graph: it is centred where it fits and else filled to the border. */
static float held(float centre, float length, float room)
{
    return length <= room ? length / 2 : fminf(fmaxf(centre, room / 2), length - room / 2);
}

/* A card's extent along an axis, and the part of the graph that the stage has room for. */
struct extent {
    float from, to;
};

static struct extent extent_of(struct rect rect, bool across)
{
    return across ? (struct extent){ rect.x, rect.x + rect.w }
                  : (struct extent){ rect.y, rect.y + rect.h };
}

/* How much of cards the border at `at` would leave standing half. */
static float cut_at(const struct extent *cards, int count, float at)
{
    float cut = 0;
    for (int i = 0; i < count; i++) {
        const float before = at - cards[i].from, behind = cards[i].to - at;
        if (before > 0 && behind > 0) {
            cut += before < behind ? before : behind;
        }
    }
    return cut;
}

/* Of all cards, once for the many places that are tried. */
static struct extent *card_extents(const struct view *view, const struct stage *stage, bool across)
{
    const int count = stage->model->card_count;
    struct extent *const cards = arena_allocate(view->arena, (size_t)count, sizeof(*cards));
    for (int i = 0; i < count; i++) {
        cards[i] = extent_of(graph_card_rect(stage->model, stage->layout, i), across);
    }
    return cards;
}

/* Moves the centre a little, so that the borders of the stage run between cards and do not leave half a
 * number standing; what must be seen stays on the stage. */
static float between_cards(const struct view *view, const struct stage *stage, struct extent around,
                           float centre, float room, bool across)
{
    static const float MOVES_MOST = 0.16f; /* of the stage: more would leave it half empty */
    const float half = room / 2 + rim(stage) / stage->zoom;
    const int count = stage->model->card_count;
    const struct extent *const cards = card_extents(view, stage, across);
    float best = centre,
          least = cut_at(cards, count, centre - half) + cut_at(cards, count, centre + half);
    for (int i = 0; i < 2 * count && least > 0; i++) {
        const struct extent card = cards[i / 2];
        const float moved = i % 2 ? card.to + half + 1 : card.from - half - 1;
        if (fabsf(moved - centre) > room * MOVES_MOST || around.from < moved - room / 2 - 1 ||
            around.to > moved + room / 2 + 1) {
            continue;
        }
        const float cut = cut_at(cards, count, moved - half) + cut_at(cards, count, moved + half);
        if (cut < least || (cut == least && fabsf(moved - centre) < fabsf(best - centre))) {
            best = moved;
            least = cut;
        }
    }
    return best;
}

static struct point focus_centre(const struct view *view, const struct stage *stage,
                                 uint32_t moment)
{
    const float room_w = (stage->area.w - 2 * rim(stage)) / stage->zoom;
    const float room_h = (stage->area.h - 2 * rim(stage)) / stage->zoom;
    enum step_kind step;
    const int focus = graph_moment_focus(stage->model, &view->runs[0], moment, &step);
    struct rect around = { 0, 0, 0, 0 };
    struct point centre = { 0, 0 };
    if (focus >= 0) {
        around = neighbourhood(stage, focus, moment, step);
        if (around.h > room_h) { /* at least the card's head */
            around.h = room_h;
        }
        centre = (struct point){ around.x + around.w / 2, around.y + around.h / 2 };
    }
    centre.x = held(centre.x, stage->layout->w, room_w);
    centre.y = held(centre.y, stage->layout->h, room_h);
    if (focus >= 0 && stage->layout->w > room_w) {
        centre.x = between_cards(view, stage, extent_of(around, true), centre.x, room_w, true);
    }
    if (focus >= 0 && stage->layout->h > room_h) {
        centre.y = between_cards(view, stage, extent_of(around, false), centre.y, room_h, false);
    }
    return centre;
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
