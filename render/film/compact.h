#pragma once
/* A frame's graph without values: each card is its name, and under it what it is; or, terse, both in one low
 * line. So graphs whose tensors fill the stage can stand beside each other. Private to what compares. */

#include "render/film/cards.h"

/* Ranks go to the right or down. */
struct compact_form {
    bool down, terse;
};

struct compact {
    struct compact_form form;
    struct film_cards cards;
    struct layout layout;
    struct point *sizes; /* of the cards, in points */
};

/* Its memory is the view's arena and its own. */
void compact_build(struct compact *compact, const struct view *view, size_t frame,
                   struct compact_form form);
void compact_finish(struct compact *compact);

/* At that scale, the layout's corner at `origin`. Of a card that is not whole in the area the text is left
 * out. */
void compact_draw(const struct compact *compact, const struct view *view, struct rect area,
                  struct point origin, float scale, struct scene *scene);
struct rect compact_card(const struct compact *compact, int card, struct point origin, float scale);

/* "model.fc2", where the card was computed in a module; "". In the arena. */
const char *compact_module(const struct graph_card *card, const struct trace *trace,
                           struct arena *arena);
