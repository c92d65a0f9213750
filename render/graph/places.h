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
