#include "render/graph/places.h"

#include <math.h>
#include <string.h>

/* Between a number and the card that it stands beside: an arrow. To the card before; to a box's border. */
static const float ARROW = 20, CLEAR = 8, BOX_MARGIN = 0.3f; /* of the gap */
/* From the card's border to the middle of a number at its upper or lower corner. */
static const float CORNER = 14;
/* Operands that come in from so far below leave the upper corner free. */
static const float BELOW = 24;

/* ---- the question ---------------------------------------------------------------------------- */

/* What a card needs at its left beyond the gap between ranks. */
static float left_room(const struct graph_model *model, int card)
{
    float room = 0;
    for (int i = 0; i < model->card_count; i++) {
        if (model->cards[i].beside == card + 1) {
            const float need = model->cards[i].w + ARROW;
            room = fmaxf(room, model->cards[card].cluster ? need - BOX_MARGIN * model->gap
                                                          : need + CLEAR - model->rank_gap);
        }
    }
    return room;
}

struct layout_input graph_places_ask(const struct graph_model *model, struct arena *arena)
{
    const size_t cards = (size_t)model->card_count;
    struct layout_box *const boxes = arena_allocate(arena, cards + 1, sizeof(*boxes));
    int *const box_of = arena_allocate(arena, cards + 1, sizeof(*box_of));
    struct layout_edge *const edges =
        arena_allocate(arena, (size_t)model->edge_count + 1, sizeof(*edges));
    struct layout_cluster *const clusters =
        arena_allocate(arena, (size_t)model->cluster_count + 1, sizeof(*clusters));
    int box_count = 0, edge_count = 0;
    for (int i = 0; i < model->card_count; i++) {
        const struct graph_card *const card = &model->cards[i];
        if (!card->beside) {
            box_of[i] = box_count;
            boxes[box_count++] = (struct layout_box){ card->w, card->h, card->cluster };
        }
    }
    for (int i = 0; i < model->card_count; i++) {
        const int to = model->cards[i].beside - 1;
        if (to >= 0) {
            boxes[box_of[to]].w = model->cards[to].w + left_room(model, to);
        }
    }
    for (int i = 0; i < model->edge_count; i++) {
        /* What gradients flow along is the spine of the picture; constants hang from it. */
        const struct graph_edge *const edge = &model->edges[i];
        if (!model->cards[edge->from].beside) {
            edges[edge_count++] = (struct layout_edge){ .from = box_of[edge->from],
                                                        .to = box_of[edge->to],
                                                        .weight = edge->wire.node ? 20 : 1 };
        }
    }
    for (int i = 0; i < model->cluster_count; i++) {
        clusters[i] =
            (struct layout_cluster){ model->clusters[i].parent, model->clusters[i].title_w,
                                     model->units.flat ? UNIT_TEXT : UNIT_TEXT * 1.4f };
    }
    return (struct layout_input){
        .boxes = boxes,
        .box_count = box_count,
        .edges = edges,
        .edge_count = edge_count,
        .clusters = clusters,
        .cluster_count = model->cluster_count,
        .gap = model->gap,
        .rank_gap = model->rank_gap,
    };
}

void graph_places_key(const struct graph_model *model, const struct layout_input *input,
                      struct text *key)
{
    const float gaps[] = { input->gap, input->rank_gap };
    const int counts[] = { input->box_count, input->edge_count, input->cluster_count };
    text_append(key, (const char *)counts, sizeof(counts));
    text_append(key, (const char *)gaps, sizeof(gaps));
    text_append_char(key, model->units.rows ? '2' : '1');
    text_append(key, (const char *)input->boxes, sizeof(*input->boxes) * (size_t)input->box_count);
    text_append(key, (const char *)input->edges, sizeof(*input->edges) * (size_t)input->edge_count);
    text_append(key, (const char *)input->clusters,
                sizeof(*input->clusters) * (size_t)input->cluster_count);
    for (int i = 0; i < model->card_count; i++) {
        const struct graph_card *const card = &model->cards[i];
        const float beside[] = { (float)i, (float)card->beside, card->w, card->h };
        if (card->beside) {
            text_append(key, (const char *)beside, sizeof(beside));
        }
    }
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* Whether the operands of a card stand below it, so that its upper corner is free and not the lower. */
static bool comes_from_below(const struct graph_model *model, const struct point *boxes, int card)
{
    const float own = boxes[card].y + model->cards[card].body_h / 2;
    float sum = 0;
    int count = 0;
    for (int i = 0; i < model->edge_count; i++) {
        const int from = model->edges[i].from;
        if (model->edges[i].to == card && !model->cards[from].beside) {
            sum += boxes[from].y + model->cards[from].body_h / 2;
            count++;
        }
    }
    return count > 0 && sum / (float)count > own + BELOW;
}

static int numbers_beside(const struct graph_model *model, int card, int before)
{
    int count = 0;
    for (int i = 0; i < before; i++) {
        count += model->cards[i].beside == card + 1;
    }
    return count;
}

/* Of two numbers the first stands at the upper corner. */
static struct point place_beside(const struct graph_model *model, const struct point *boxes,
                                 int index)
{
    const int to = model->cards[index].beside - 1;
    const struct graph_card *const card = &model->cards[to], *const number = &model->cards[index];
    const bool two = numbers_beside(model, to, model->card_count) > 1;
    const bool up =
        two ? numbers_beside(model, to, index) == 0 : comes_from_below(model, boxes, to);
    const float middle = up ? CORNER : card->body_h - CORNER;
    return (struct point){ boxes[to].x - ARROW - number->w, boxes[to].y + middle - number->h / 2 };
}

static void straight_curve(const struct graph_model *model, const struct point *boxes, int from,
                           struct layout_curve *curve, struct arena *arena)
{
    enum { POINTS = 4 };
    struct point *const points = arena_allocate(arena, POINTS, sizeof(*points));
    const float y = boxes[from].y + model->cards[from].h / 2;
    for (int i = 0; i < POINTS; i++) {
        points[i] =
            (struct point){ boxes[from].x + model->cards[from].w + ARROW * (float)i / (POINTS - 1),
                            y };
    }
    *curve = (struct layout_curve){ points, POINTS };
}

struct bounds {
    float left, top, right, bottom;
};

static void include(struct bounds *bounds, struct rect rect)
{
    bounds->left = fminf(bounds->left, rect.x);
    bounds->top = fminf(bounds->top, rect.y);
    bounds->right = fmaxf(bounds->right, rect.x + rect.w);
    bounds->bottom = fmaxf(bounds->bottom, rect.y + rect.h);
}

static struct bounds bounds_of(const struct graph_places *places)
{
    struct bounds bounds = { INFINITY, INFINITY, -INFINITY, -INFINITY };
    for (int i = 0; i < places->model->card_count; i++) {
        const struct graph_card *const card = &places->model->cards[i];
        const struct point at = places->boxes[i];
        include(&bounds, (struct rect){ at.x, at.y, card->w, card->h + fmaxf(card->nudge, 0) });
    }
    for (int i = 0; i < places->model->cluster_count; i++) {
        include(&bounds, places->clusters[i]);
    }
    for (int i = 0; i < places->model->edge_count; i++) {
        for (int k = 0; k < places->edges[i].count; k++) {
            const struct point at = places->edges[i].points[k];
            include(&bounds, (struct rect){ at.x, at.y, 0, 0 });
        }
    }
    return bounds;
}

/* Where something was moved the page goes with it. */
static void fit_page(struct graph_places *places, struct layout *layout, struct arena *arena)
{
    const struct bounds bounds = bounds_of(places);
    for (int i = 0; i < places->model->card_count; i++) {
        places->boxes[i].x -= bounds.left;
        places->boxes[i].y -= bounds.top;
    }
    for (int i = 0; i < places->model->cluster_count; i++) {
        places->clusters[i].x -= bounds.left;
        places->clusters[i].y -= bounds.top;
    }
    for (int i = 0; i < places->model->edge_count; i++) {
        struct layout_curve *const curve = &places->edges[i];
        struct point *const points =
            arena_allocate(arena, (size_t)curve->count + 1, sizeof(*points));
        for (int k = 0; k < curve->count; k++) {
            points[k] =
                (struct point){ curve->points[k].x - bounds.left, curve->points[k].y - bounds.top };
        }
        curve->points = points;
    }
    layout->w = bounds.right - bounds.left;
    layout->h = bounds.bottom - bounds.top;
}

void graph_places_settle(const struct graph_model *model, struct layout *layout)
{
    struct arena *const arena = &layout->arena;
    struct point *const boxes =
        arena_allocate(arena, (size_t)model->card_count + 1, sizeof(*boxes));
    struct layout_curve *const edges =
        arena_allocate(arena, (size_t)model->edge_count + 1, sizeof(*edges));
    int box = 0, edge = 0;
    for (int i = 0; i < model->card_count; i++) {
        if (!model->cards[i].beside) {
            boxes[i] = layout->boxes[box++];
            boxes[i].x += left_room(model, i);
        }
    }
    for (int i = 0; i < model->card_count; i++) {
        if (model->cards[i].beside) {
            boxes[i] = place_beside(model, boxes, i);
        }
    }
    for (int i = 0; i < model->edge_count; i++) {
        const int from = model->edges[i].from;
        if (model->cards[from].beside) {
            straight_curve(model, boxes, from, &edges[i], arena);
        } else {
            edges[i] = layout->edges[edge++];
        }
    }
    struct rect *const clusters =
        arena_allocate(arena, (size_t)model->cluster_count + 1, sizeof(*clusters));
    for (int i = 0; i < model->cluster_count; i++) {
        clusters[i] = layout->clusters[i];
    }
    struct graph_places places = { model, boxes, edges, clusters };
    bool moved = graph_places_hang(&places, arena);
    if (moved) {
        fit_page(&places, layout, arena);
    }
    moved = graph_places_wrap(&places, layout->w, layout->h, arena);
    if (moved) {
        fit_page(&places, layout, arena);
    }
    layout->boxes = boxes;
    layout->edges = edges;
    layout->clusters = clusters;
}
