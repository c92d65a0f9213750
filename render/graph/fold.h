#pragma once
/* Boxes in boxes: the calls of modules, and in each what repeats itself, as a tree over all cards of
 * an episode. Which boxes are open decides what is drawn. Private to the graph. */

#include "render/graph/model.h"

/* A card or a box; the other is -1. */
struct fold_child {
    int card, box;
};

struct fold_box {
    enum fold_kind kind;
    int parent;     /* -1: the episode's own box */
    int64_t key;    /* the same for the same box in every episode of a loop */
    int64_t module; /* FOLD_MODULE, begun by that record */
    uint32_t enter;
    int number; /* FOLD_ROUND: which one, from 1; FOLD_SPAN: of its first child; FOLD_ASIDE: 1 or 2 */
    int rounds;     /* how many there are in the repeat; 0: a span of other things */
    uint64_t print; /* of its structure */
    int cards;      /* in it and in all boxes in it */
    bool open;
    struct fold_child *children;
    size_t child_count, child_capacity;
};

struct fold_tree {
    struct graph_model *model;
    const struct trace *trace;
    struct fold_box *boxes; /* the first is the episode's */
    size_t box_count, box_capacity;
    int *home; /* the box of each card */
};

/* Every card in the box of its call, in the order of execution; then repeats, spans and keys. */
void fold_tree_build(struct fold_tree *tree, struct graph_model *model, const struct trace *trace);
void fold_tree_finish(struct fold_tree *tree);
int fold_tree_add(struct fold_tree *tree, const struct fold_box *box);
void fold_tree_append(struct fold_tree *tree, int box, struct fold_child child);

/* Operations beside each other that the same expression of the code did go into a box. */
void fold_tree_find_calls(struct fold_tree *tree, int box);
/* The box of the call that begins with that record; -1: there is none. */
int fold_tree_call(const struct fold_tree *tree, uint32_t enter);
/* Leaves that box, and puts what stands before it and what stands behind it into a box each; the boxes around
 * it go. */
void fold_tree_put_aside(struct fold_tree *tree, int inner);
/* Takes one round out of its repeat, which stands in no other repeat: those before it and those behind it are
 * a repeat each. */
void fold_tree_take_round(struct fold_tree *tree, int repeat, struct fold_child round);
/* The key of the round that the card is in alone, or of its box. */
int64_t fold_tree_home(const struct fold_tree *tree, int card);

/* Neighbours that are equal go into a box of their own, and, where more than anybody reads stand
 * beside each other, some at a time (graph_repeat.c). Sets prints and the numbers of cards. */
void fold_tree_find_repeats(struct fold_tree *tree, int box);
void fold_tree_cut_spans(struct fold_tree *tree, int box);

/* What a box is called: `head` for the card or the frame, the rest for the card (graph_group.c).
 * What they hold is said by fold_say_results. */
struct fold_words {
    const char *head, *count, *detail;
};
struct fold_words fold_words(const struct fold_tree *tree, const struct view *view, int box);
const char *fold_title(const struct fold_tree *tree, const struct view *view, int box);

/* What is drawn of an episode, once every card is: `drawn` has the card of `out` for each of `all`,
 * `boxes` is not negative for those that are closed boxes. */
struct fold_drawn {
    const struct view *view;
    const struct trace *trace;
    struct graph_model *all, *out;
    const int *drawn, *boxes;
};
/* Gives the closed boxes what they say of what is in them (graph_result.c). */
void fold_say_results(const struct fold_drawn *fold);
