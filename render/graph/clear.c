/* Where a label at a line covers no card. */

#include "render/graph/line.h"

static bool meets(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/* Where a line may run, from card to card and around. */
static struct rect around_both(const struct painter *painter, const struct graph_edge *edge)
{
    const float margin = 40;
    const struct rect a = graph_card_rect(painter->model, painter->layout, edge->from);
    const struct rect b = graph_card_rect(painter->model, painter->layout, edge->to);
    const float x = a.x < b.x ? a.x : b.x, y = a.y < b.y ? a.y : b.y;
    const float right = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w;
    const float foot = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h;
    return (struct rect){ x - margin, y - margin, right - x + 2 * margin, foot - y + 2 * margin };
}

/* Whether another edge's line runs under it. */
static bool meets_line(const struct painter *painter, struct rect place, int but)
{
    for (int i = 0; i < painter->model->edge_count; i++) {
        struct line line;
        if (i == but || !painter->moment->edges[i].visible ||
            !meets(place, around_both(painter, &painter->model->edges[i]))) {
            continue;
        }
        line_of(painter, i, &line);
        if (line_in_rect(&line, place) > 0) {
            return true;
        }
    }
    return false;
}

/* Where the name of an open box stands, at its head. */
static bool meets_title(const struct painter *painter, struct rect place)
{
    for (int i = 0; i < painter->model->cluster_count; i++) {
        const struct rect box = painter->layout->clusters[i];
        const struct rect title = { box.x, box.y, painter->model->clusters[i].title_w,
                                    2 * UNIT_TEXT };
        if (meets(place, title)) {
            return true;
        }
    }
    return false;
}

static bool is_clear(const struct painter *painter, struct rect place)
{
    if (meets_title(painter, place)) {
        return false;
    }
    for (int i = 0; i < painter->model->card_count; i++) {
        if (painter->moment->cards[i].visible &&
            meets(place, graph_card_rect(painter->model, painter->layout, i))) {
            return false;
        }
    }
    return true;
}

bool paint_meets_number(const struct painter *painter, struct rect place)
{
    for (int i = 0; i < painter->model->card_count; i++) {
        if (painter->model->cards[i].beside && painter->moment->cards[i].visible &&
            meets(place, graph_card_rect(painter->model, painter->layout, i))) {
            return true;
        }
    }
    return false;
}

bool paint_meets_label(const struct painter *painter, struct rect place)
{
    for (int i = 0; i < painter->model->edge_count; i++) {
        if (painter->labels[i].w > 0 && meets(place, painter->labels[i])) {
            return true;
        }
    }
    return false;
}

bool paint_avoid_lines(const struct painter *painter, int edge, struct rect *place, float left,
                       float right)
{
    enum { TRIES = 6 };
    const float room = right - left - place->w;
    if (painter->model->edge_count > LINE_EDGES_MAX ||
        (!meets_line(painter, *place, edge) && !paint_meets_label(painter, *place))) {
        return true;
    }
    for (int i = 0; i <= TRIES && room > 0; i++) {
        const struct rect tried = { left + room * (float)i / TRIES, place->y, place->w, place->h };
        if (is_clear(painter, tried) && !meets_line(painter, tried, edge) &&
            !paint_meets_label(painter, tried)) {
            *place = tried;
            return true;
        }
    }
    return false;
}

bool paint_clear_place(const struct painter *painter, struct rect *place, float left, float right)
{
    enum { TRIES = 6 };
    static const float LINES = 12; /* the two between above and below */
    const float room = right - left - place->w;
    const float heights[] = { 0, place->h + LINES, -place->h - LINES };
    if (is_clear(painter, *place)) {
        return true;
    }
    for (size_t k = 0; k < sizeof(heights) / sizeof(heights[0]) && room > 0; k++) {
        for (int i = 0; i <= TRIES; i++) {
            const struct rect tried = { left + room * (float)i / TRIES, place->y + heights[k],
                                        place->w, place->h };
            if (is_clear(painter, tried)) {
                *place = tried;
                return true;
            }
        }
    }
    return false;
}
