/* Where a label at a line covers no card. */

#include "render/graph/paint.h"

static bool meets(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static bool is_clear(const struct painter *painter, struct rect place)
{
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
