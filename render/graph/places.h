#pragma once
/* A model and its layout: what is asked, and what is made of the answer. A number of the code stands beside
 * the operation that it goes into, so nothing is asked about it. Private to the graph. */

#include "render/graph/model.h"

/* The question, in the arena: boxes of cards that stand for themselves. */
struct layout_input graph_places_ask(const struct graph_model *model, struct arena *arena);
/* All that the places depend on, as bytes: equal bytes, same places. */
void graph_places_key(const struct graph_model *model, const struct layout_input *input,
                      struct text *key);
/* From the answer to the question to a layout of all cards and edges. */
void graph_places_settle(const struct graph_model *model, struct layout *layout);

/* Places that are still being settled. */
struct graph_places {
    const struct graph_model *model;
    struct point *boxes;
    struct layout_curve *edges;
    struct rect *clusters;
};
/* Brings operands that make the graph higher than it need be to the operation that they go into (hang.c);
 * false: nothing was moved. */
bool graph_places_hang(struct graph_places *places, struct arena *arena);
/* In two rows, where the model asks for that and the layout of that size can be cut (rows.c). */
bool graph_places_wrap(struct graph_places *places, float w, float h, struct arena *arena);
