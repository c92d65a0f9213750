/* The room between cards, for what is written at their edges, and which of them stand beside others. */

#include "render/graph/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

/* Between cards that stand one above the other, where height is dear and where not. */
static const float FLAT_GAP = 14, WIDE_GAP = 30;
/* Between ranks where no number has room: the two arrows. */
static const float BARE_GAP = 22;

static float bold_width(const struct view *view, const char *text)
{
    return fonts_measure(view->fonts, TYPE_UI_BOLD, text, strlen(text)) * UNIT_TEXT;
}

/* Room between the ranks for `upstream × local = contribution`, where that is numbers. */
static float edge_room(const struct graph_model *model, const struct view *view)
{
    bool numbers = false;
    for (int i = 0; i < model->edge_count; i++) {
        const struct graph_card *from = &model->cards[model->edges[i].from];
        numbers = numbers || (model->edges[i].wire.node && from->form.look == VALUE_NUMBER);
    }
    if (model->units.narrow > GRAPH_NARROWEST) {
        return BARE_GAP;
    }
    if (model->units.narrow == GRAPH_NARROWEST) {
        return bold_width(view, "0.3") + 13;
    }
    if (numbers && model->units.narrow) {
        return bold_width(view, "0.3333") + 13;
    }
    return numbers ? bold_width(view, "18 × 1 = 18") + 13 : bold_width(view, "× 0.3333") + 24;
}

/* The layout puts the middles of whole boxes in a line; the eye wants the middles of the cards
 * themselves, without what hangs below. They move half the gap between them at most. */
static void nudge_cards(struct graph_model *model)
{
    float deepest = 0;
    for (int i = 0; i < model->card_count; i++) {
        deepest = fminf(deepest, (model->cards[i].body_h - model->cards[i].h) / 2);
    }
    for (int i = 0; i < model->card_count; i++) {
        struct graph_card *card = &model->cards[i];
        const float nudge = deepest - (card->body_h - card->h) / 2;
        /* Flat, a card stands close below the name of its box. */
        const bool may = nudge >= -model->gap / 2 && !(model->units.flat && card->cluster);
        card->nudge = may ? nudge : 0;
    }
    for (int i = 0; i < model->card_count; i++) {
        struct graph_card *card = &model->cards[i];
        card->nudge = card->beside ? model->cards[card->beside - 1].nudge : card->nudge;
    }
}

/* Numbers of the code stand beside the operation that they go into, at most two: a line from farther away
 * would run through what is written at the others. */
static void stand_beside(struct graph_model *model)
{
    enum { CORNERS = 2 };
    int *const taken = memory_allocate((size_t)model->card_count + 1, sizeof(*taken));
    for (int i = 0; i < model->edge_count; i++) {
        const struct graph_edge *edge = &model->edges[i];
        struct graph_card *number = &model->cards[edge->from];
        if (number->kind == CARD_CONSTANT && model->cards[edge->to].kind == CARD_RESULT &&
            taken[edge->to] < CORNERS) {
            number->beside = edge->to + 1;
            taken[edge->to]++;
        }
    }
    free(taken);
}

void graph_stand_apart(struct graph_model *model, const struct view *view, bool tagged)
{
    model->gap =
        (model->units.flat ? FLAT_GAP : WIDE_GAP) + (tagged ? model->units.caption / 2 : 0);
    stand_beside(model);
    nudge_cards(model);
    model->rank_gap = edge_room(model, view);
}
