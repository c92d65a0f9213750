#pragma once
/* A frame of the film as the cards of its graph, and which of them another frame does not have. Private
 * to the film strip and to what compares. */

#include "render/graph/model.h"

/* A graph of more operations is told by their number. */
enum { FILM_OPS_MAX = 120 };

struct film_cards {
    struct graph_model model; /* whole: nothing folded, no sizes */
    bool *alone;              /* of each card: the other frame has none like it */
    int alone_count;
};

/* All cards of a frame of runs[0]; of one that is too large, none. */
void film_cards_build(struct film_cards *cards, const struct view *view, size_t frame);
void film_cards_finish(struct film_cards *cards);

/* Marks the cards of both that the other has not. Alike are those of one kind that do the same, in the
 * same module, to the same shape; leaves that are learnt, by their names. Both keep their order. */
void film_cards_match(struct film_cards *a, struct film_cards *b, const struct trace *trace);
/* The same for models, with a flag for each card. Returns how many of `a` are alone. */
struct film_side {
    const struct graph_model *model;
    const struct trace *trace;
    bool *alone; /* NULL: not asked for */
};
int film_match(const struct film_side *a, const struct film_side *b);
