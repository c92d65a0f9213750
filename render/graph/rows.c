/* A long chain in two rows: cut where few lines cross, the second half below the first. */

#include "render/graph/places.h"

#include <math.h>

enum { CROSSING_MAX = 2 };
/* How far a line bends out at both ends of the rows, and how far below the first it goes back: what is written at
 * it stands below. */
static const float BEND = 24, LINE_BELOW = 18;

struct half {
    float cut, wider; /* where; the width of the wider half */
    int crossing;
};

static bool straddles(struct rect rect, float cut)
{
    return rect.x < cut && rect.x + rect.w > cut;
}

/* Nothing stands on the cut and not too many lines cross it. */
static bool cut_at(const struct graph_places *places, float cut, float width, struct half *half)
{
    const struct graph_model *const model = places->model;
    *half = (struct half){ cut, fmaxf(cut, width - cut), 0 };
    for (int i = 0; i < model->card_count; i++) {
        const struct rect rect = { places->boxes[i].x, 0, model->cards[i].w, 0 };
        if (straddles(rect, cut)) {
            return false;
        }
    }
    for (int i = 0; i < model->cluster_count; i++) {
        if (straddles(places->clusters[i], cut)) {
            return false;
        }
    }
    for (int i = 0; i < model->edge_count; i++) {
        half->crossing += places->boxes[model->edges[i].from].x < cut &&
                          places->boxes[model->edges[i].to].x > cut;
    }
    return half->crossing <= CROSSING_MAX;
}

/* Before the card that leaves both halves as narrow as can be. */
static bool find_cut(const struct graph_places *places, float width, struct half *best)
{
    bool found = false;
    for (int i = 0; i < places->model->card_count; i++) {
        struct half half;
        if (cut_at(places, places->boxes[i].x - 1, width, &half) &&
            (!found || half.wider < best->wider)) {
            *best = half;
            found = true;
        }
    }
    return found;
}

static void move_curve(struct layout_curve *curve, float dx, float dy, struct arena *arena)
{
    struct point *const points = arena_allocate(arena, (size_t)curve->count + 1, sizeof(*points));
    for (int i = 0; i < curve->count; i++) {
        points[i] = (struct point){ curve->points[i].x + dx, curve->points[i].y + dy };
    }
    curve->points = points;
}

/* Round the end of the first row, back between the rows, round to the card in the second. */
static struct layout_curve turn_round(const struct graph_places *places, int edge, float middle,
                                      struct arena *arena)
{
    enum { POINTS = 10 };
    struct point *const points = arena_allocate(arena, POINTS, sizeof(*points));
    const int from = places->model->edges[edge].from, to = places->model->edges[edge].to;
    const struct graph_card *const first = &places->model->cards[from];
    const struct point a = { places->boxes[from].x + first->w,
                             places->boxes[from].y + first->h / 2 };
    const struct point b = { places->boxes[to].x,
                             places->boxes[to].y + places->model->cards[to].h / 2 };
    const struct point made[POINTS] = { a,
                                        { a.x + BEND, a.y },
                                        { a.x + BEND, middle },
                                        { a.x, middle },
                                        { a.x + (b.x - a.x) / 3, middle },
                                        { a.x + (b.x - a.x) * 2 / 3, middle },
                                        { b.x, middle },
                                        { b.x - BEND, middle },
                                        { b.x - BEND, b.y },
                                        b };
    for (int i = 0; i < POINTS; i++) {
        points[i] = made[i];
    }
    return (struct layout_curve){ points, POINTS };
}

static void move_half(struct graph_places *places, float cut, struct point by, struct arena *arena)
{
    const struct graph_model *const model = places->model;
    const float line = by.y - GRAPH_ROW_GAP + LINE_BELOW;
    for (int i = 0; i < model->edge_count; i++) {
        if (places->boxes[model->edges[i].from].x > cut) {
            move_curve(&places->edges[i], by.x, by.y, arena);
        }
    }
    for (int i = 0; i < model->cluster_count; i++) {
        places->clusters[i].y += places->clusters[i].x > cut ? by.y : 0;
        places->clusters[i].x += places->clusters[i].x > cut ? by.x : 0;
    }
    bool *const second = arena_allocate(arena, (size_t)model->card_count + 1, sizeof(*second));
    for (int i = 0; i < model->card_count; i++) {
        second[i] = places->boxes[i].x > cut;
        places->boxes[i].x += second[i] ? by.x : 0;
        places->boxes[i].y += second[i] ? by.y : 0;
    }
    for (int i = 0; i < model->edge_count; i++) {
        if (!second[model->edges[i].from] && second[model->edges[i].to]) {
            places->edges[i] = turn_round(places, i, line, arena);
        }
    }
}

bool graph_places_wrap(struct graph_places *places, float w, float h, struct arena *arena)
{
    struct half half = { 0 };
    if (!places->model->units.rows || !find_cut(places, w, &half)) {
        return false;
    }
    move_half(places, half.cut, (struct point){ BEND - half.cut, h + GRAPH_ROW_GAP }, arena);
    return true;
}
