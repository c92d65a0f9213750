/* Operands that come in late. Every edge leads one rank on, so the layout puts the target of a loss before the
 * loss, in the column of the model and beside all of it. Where height is dear it hangs below or above its
 * operation instead. */

#include "render/graph/places.h"

#include <math.h>

/* Left of what hangs there is room for its line; how far that bends out; around everything else. */
static const float LINE_ROOM = 34, BEND = 30, CLEARANCE = 8;
/* A change that is worth a line that turns back. */
static const float WORTH = 12;

struct stretch {
    float from, to;
};

static bool meets(struct stretch a, struct stretch b)
{
    return a.from < b.to && b.from < a.to;
}

static struct rect rect_of(const struct graph_places *places, int card)
{
    const struct graph_card *const shown = &places->model->cards[card];
    return (struct rect){ places->boxes[card].x, places->boxes[card].y + shown->nudge, shown->w,
                          shown->h };
}

/* The rows from the highest to the lowest thing that stands in those columns, all cards but one and all boxes
 * with a name. */
static struct stretch rows_in(const struct graph_places *places, struct stretch columns, int but)
{
    struct stretch rows = { INFINITY, -INFINITY };
    for (int i = 0; i < places->model->card_count + places->model->cluster_count; i++) {
        const bool card = i < places->model->card_count;
        const struct rect rect =
            card ? rect_of(places, i) : places->clusters[i - places->model->card_count];
        if (i != but && meets(columns, (struct stretch){ rect.x, rect.x + rect.w })) {
            rows.from = fminf(rows.from, rect.y);
            rows.to = fmaxf(rows.to, rect.y + rect.h);
        }
    }
    return rows;
}

/* Its one edge, if it comes from nothing, stands in no box, and goes to one place; -1. */
static int only_edge(const struct graph_model *model, int card)
{
    int only = -1;
    const struct graph_card *const leaf = &model->cards[card];
    if (leaf->kind != CARD_LEAF || leaf->cluster || leaf->beside) {
        return -1;
    }
    for (int i = 0; i < model->edge_count; i++) {
        if (model->edges[i].to == card || (model->edges[i].from == card && only >= 0)) {
            return -1;
        }
        only = model->edges[i].from == card ? i : only;
    }
    return only;
}

static struct point on_curve(const struct point *p, float t)
{
    const float s = 1 - t;
    const float a = s * s * s, b = 3 * s * s * t, c = 3 * s * t * t, d = t * t * t;
    return (struct point){ a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x,
                           a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y };
}

/* Whether a line other than that one runs through the rectangle. */
static bool line_runs_through(const struct graph_places *places, struct rect rect, int but)
{
    enum { SAMPLES = 12 };
    for (int i = 0; i < places->model->edge_count; i++) {
        const struct layout_curve *const curve = &places->edges[i];
        for (int k = 0; i != but && k + 3 < curve->count; k += 3) {
            for (int n = 0; n <= SAMPLES; n++) {
                const struct point at = on_curve(&curve->points[k], (float)n / SAMPLES);
                if (at.x > rect.x && at.x < rect.x + rect.w && at.y > rect.y &&
                    at.y < rect.y + rect.h) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* Of the open boxes around what stands in that one (index + 1), the left side of the outermost. */
static float left_of_boxes(const struct graph_places *places, int cluster)
{
    float left = INFINITY;
    for (; cluster > 0; cluster = places->model->clusters[cluster - 1].parent) {
        left = fminf(left, places->clusters[cluster - 1].x);
    }
    return left;
}

/* From its left side up or down to that of the operation; as the layout has it, at the middles of boxes with
 * all that hangs below a card. */
static struct layout_curve hook(const struct graph_places *places, int from, int to,
                                struct arena *arena)
{
    enum { POINTS = 4 };
    struct point *const points = arena_allocate(arena, POINTS, sizeof(*points));
    const struct graph_card *const leaf = &places->model->cards[from];
    const struct graph_card *const target = &places->model->cards[to];
    const struct point is = places->boxes[from], body = places->boxes[to];
    const float off = target->body_h * (is.y > body.y ? 0.25f : -0.25f);
    const struct point start = { is.x, is.y + leaf->h / 2 };
    const struct point end = { body.x, body.y + target->h / 2 + off };
    const float least = left_of_boxes(places, target->cluster) - CLEARANCE;
    const float pull = (least - (start.x + end.x) / 8) / 0.75f; /* so that its middle is there */
    const float left = fminf(fminf(start.x, end.x) - BEND, target->cluster ? pull : end.x);
    points[0] = start;
    points[1] = (struct point){ left, start.y };
    points[2] = (struct point){ left, end.y };
    points[3] = end;
    return (struct layout_curve){ points, POINTS };
}

/* Where it would hang; the height of the whole then. */
static float place_at(const struct graph_places *places, int leaf, int target, float gap,
                      struct rect *place)
{
    const struct rect is = rect_of(places, leaf), body = rect_of(places, target);
    const struct stretch all = rows_in(places, (struct stretch){ -INFINITY, INFINITY }, leaf);
    const float x = body.x + fmaxf((body.w - is.w) / 2, -LINE_ROOM / 2);
    const struct stretch column = { x - LINE_ROOM, x + is.w + CLEARANCE };
    const struct stretch rows = rows_in(places, column, leaf);
    const float below = fmaxf(all.to, rows.to + gap + is.h) - all.from;
    const float above = all.to - fminf(all.from, rows.from - gap - is.h);
    *place =
        (struct rect){ x, below <= above ? rows.to + gap : rows.from - gap - is.h, is.w, is.h };
    return fminf(below, above);
}

static bool hang(struct graph_places *places, int leaf, int edge, float gap, struct arena *arena)
{
    const int target = places->model->edges[edge].to;
    const struct stretch all = rows_in(places, (struct stretch){ -INFINITY, INFINITY }, -1);
    struct rect place;
    const float height = place_at(places, leaf, target, gap, &place);
    if (height >= all.to - all.from - WORTH || line_runs_through(places, place, edge)) {
        return false;
    }
    places->boxes[leaf].x = place.x;
    places->boxes[leaf].y = place.y - places->model->cards[leaf].nudge;
    places->edges[edge] = hook(places, leaf, target, arena);
    return true;
}

bool graph_places_hang(struct graph_places *places, struct arena *arena)
{
    const float gap = places->model->gap;
    bool moved = false;
    for (int i = 0; i < places->model->card_count && places->model->units.flat; i++) {
        const int edge = only_edge(places->model, i);
        moved = (edge >= 0 && hang(places, i, edge, gap, arena)) || moved;
    }
    return moved;
}
