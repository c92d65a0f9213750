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

struct rect paint_clear_place(const struct painter *painter, struct rect place, float left,
                              float right)
{
    enum { TRIES = 6 };
    const float room = right - left - place.w;
    if (is_clear(painter, place)) {
        return place;
    }
    for (int i = 0; i <= TRIES && room > 0; i++) {
        struct rect tried = place;
        tried.x = left + room * (float)i / TRIES;
        if (is_clear(painter, tried)) {
            return tried;
        }
    }
    return place;
}
