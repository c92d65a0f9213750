/* What is drawn of an episode: which boxes are open, and the cards, edges and frames that follow. */

#include "render/graph/fold.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"

/* ---- which boxes are open -------------------------------------------------------------------- */

struct chooser {
    struct fold_tree *tree;
    const struct view_state *state;
    const struct graph_units *units;
    int step;     /* the card that the step is about, or one beside it; -1: none */
    size_t shown; /* boxes that are drawn */
};

/* 1 opened by hand, -1 closed by hand, 0 neither. */
static int by_hand(const struct view_state *state, int64_t key)
{
    for (int i = 0; i < state->fold_count; i++) {
        if (state->folds[i].key == key) {
            return state->folds[i].open ? 1 : -1;
        }
    }
    return 0;
}

static bool fits(const struct chooser *chooser, int box)
{
    return chooser->shown + chooser->tree->boxes[box].child_count <= GRAPH_BOXES_MAX + 1;
}

static void open_box(struct chooser *chooser, int box)
{
    chooser->tree->boxes[box].open = true;
    chooser->shown += chooser->tree->boxes[box].child_count - 1;
}

/* Of the rounds of an opened repeat one sees first that they are many, and what each of them does when
 * it is opened, too: only the smallest come open. */
static bool is_large_round(const struct fold_tree *tree, const struct fold_box *box)
{
    enum { SMALL = 4 };
    const struct fold_box *around = &tree->boxes[box->parent];
    const bool round = box->kind == FOLD_ROUND || around->kind == FOLD_REPEAT ||
                       (around->kind == FOLD_SPAN && around->rounds > 0);
    return round && box->cards > SMALL;
}

static bool opens_by_itself(const struct chooser *chooser, int box)
{
    const struct fold_box *at = &chooser->tree->boxes[box];
    if (at->parent >= 0 && is_large_round(chooser->tree, at)) {
        return false;
    }
    switch (at->kind) {
    case FOLD_EPISODE:
    case FOLD_ROUND:
        return true;
    case FOLD_MODULE:
        return !chooser->state->fold_all && !chooser->units->closed;
    case FOLD_SPAN:
        return at->rounds == 0;
    case FOLD_REPEAT:
    case FOLD_CALL:
    case FOLD_ASIDE:
        break;
    }
    return false;
}

/* With all boxes around it, unless one of them was closed by hand. */
static bool open_with_parents(struct chooser *chooser, int box)
{
    const struct fold_box *at = &chooser->tree->boxes[box];
    if (at->open || by_hand(chooser->state, at->key) < 0) {
        return at->open;
    }
    if ((at->parent >= 0 && !open_with_parents(chooser, at->parent)) || !fits(chooser, box)) {
        return false;
    }
    open_box(chooser, box);
    return true;
}

/* What was opened last comes first: it is what somebody wants to see. */
static void open_by_hand(struct chooser *chooser)
{
    struct id_map boxes = { 0 };
    for (size_t i = 1; i < chooser->tree->box_count; i++) {
        id_map_set(&boxes, chooser->tree->boxes[i].key, (int)i);
    }
    for (int i = chooser->state->fold_count - 1; i >= 0; i--) {
        const int box = id_map_find(&boxes, chooser->state->folds[i].key);
        if (chooser->state->folds[i].open && box >= 0) {
            open_with_parents(chooser, box);
        }
    }
    id_map_finish(&boxes);
}

/* The rounds of a repeat look alike: all of them are opened or none. */
static bool children_fit(const struct chooser *chooser, int box)
{
    const struct fold_box *at = &chooser->tree->boxes[box];
    size_t more = 0;
    for (size_t i = 0; i < at->child_count && at->rounds > 0; i++) {
        const int child = at->children[i].box;
        const bool opens =
            child >= 0 && !chooser->tree->boxes[child].open && opens_by_itself(chooser, child);
        more += opens ? chooser->tree->boxes[child].child_count - 1 : 0;
    }
    return chooser->shown + more <= GRAPH_BOXES_MAX;
}

/* Outer boxes before inner ones, as long as there is room. */
static void open_what_fits(struct chooser *chooser)
{
    struct fold_tree *tree = chooser->tree;
    int *queue = memory_allocate(tree->box_count, sizeof(*queue));
    size_t queued = 1;
    for (size_t next = 0; next < queued; next++) {
        const int box = queue[next];
        const bool rounds_fit = children_fit(chooser, box);
        for (size_t i = 0; i < tree->boxes[box].child_count; i++) {
            const int child = tree->boxes[box].children[i].box;
            if (child < 0) {
                continue;
            }
            if (!tree->boxes[child].open && rounds_fit && opens_by_itself(chooser, child) &&
                by_hand(chooser->state, tree->boxes[child].key) == 0 && fits(chooser, child)) {
                open_box(chooser, child);
            }
            if (tree->boxes[child].open) {
                queue[queued++] = child;
            }
        }
    }
    free(queue);
}

/* Where all others are closed: the call that the step is in. Everywhere: the box that its card is in. */
static void open_around_step(struct chooser *chooser)
{
    const struct graph_units *const units = chooser->units;
    const int call = units->closed ? fold_tree_call(chooser->tree, units->inside) : -1;
    if (call >= 0) {
        open_with_parents(chooser, call);
    }
    if (chooser->step >= 0) {
        open_with_parents(chooser, chooser->tree->home[chooser->step]);
    }
}

/* Whether somebody has opened or closed a box around that one: then it stays where it is. */
static bool any_by_hand(const struct fold_tree *tree, const struct view_state *state, int box)
{
    bool any = false;
    for (box = tree->boxes[box].parent; box > 0; box = tree->boxes[box].parent) {
        any = any || by_hand(state, tree->boxes[box].key) != 0;
    }
    return any;
}

static void choose_open(struct fold_tree *tree, const struct view_state *state,
                        const struct graph_units *units, int step)
{
    struct chooser chooser = {
        .tree = tree, .state = state, .units = units, .step = step, .shown = 1
    };
    open_box(&chooser, 0);
    open_by_hand(&chooser);
    open_around_step(&chooser);
    open_what_fits(&chooser);
}

/* ---- the round that the step is in ----------------------------------------------------------- */

static bool holds_rounds(const struct fold_box *box)
{
    return box->rounds > 0 && box->kind != FOLD_ROUND;
}

/* A card with that home; -1 if there is none, or if all boxes were closed at once. */
static int find_step(const struct fold_tree *tree, const struct view_state *state, int64_t within)
{
    for (int i = 0; i < tree->model->card_count && within && !state->fold_all; i++) {
        const enum card_kind kind = tree->model->cards[i].kind;
        if ((kind == CARD_RESULT || kind == CARD_NODE) && fold_tree_home(tree, i) == within) {
            return i;
        }
    }
    return -1;
}

/* The repeat that the round stands in, in spans of it or not. */
static int repeat_around(const struct fold_tree *tree, int box)
{
    while (tree->boxes[box].kind == FOLD_SPAN) {
        box = tree->boxes[box].parent;
    }
    return box;
}

static bool is_touched(const struct fold_tree *tree, const struct view_state *state, int box,
                       int repeat)
{
    bool touched = by_hand(state, tree->boxes[repeat].key) != 0;
    for (; box != repeat; box = tree->boxes[box].parent) {
        touched = touched || by_hand(state, tree->boxes[box].key) != 0;
    }
    return touched;
}

/* A pile is not spread out for a step: it gives the round that the step is in. One that somebody opened or
 * closed stays as it is. */
static void take_rounds(struct fold_tree *tree, const struct view_state *state, int card)
{
    struct fold_child inner = { card, -1 };
    for (int box = tree->home[card]; box > 0; box = tree->boxes[box].parent) {
        if (holds_rounds(&tree->boxes[box])) {
            const int repeat = repeat_around(tree, box);
            const int around = tree->boxes[repeat].parent;
            if (holds_rounds(&tree->boxes[around]) || is_touched(tree, state, box, repeat)) {
                return;
            }
            fold_tree_take_round(tree, repeat, inner);
            box = around;
        }
        inner = (struct fold_child){ -1, box };
    }
}

/* ---- what is drawn of it --------------------------------------------------------------------- */

struct folder {
    const struct view *view;
    struct fold_tree *tree;
    struct graph_model *all; /* every card */
    struct graph_model *out;
    int *drawn;    /* for each card of all: the card that stands for it */
    int *shown;    /* for each box: the card of a closed one + 1, the cluster of an open one + 1 */
    int *boxes;    /* for each card of out: its box, or -1 */
    int box_cards; /* room in boxes */
    struct id_map merged; /* pairs of cards to edges */
};

/* The outermost closed box around the card; -1 if all are open. */
static int closed_around(const struct fold_tree *tree, int card)
{
    int closed = -1;
    for (int box = tree->home[card]; box >= 0; box = tree->boxes[box].parent) {
        closed = tree->boxes[box].open ? closed : box;
    }
    return closed;
}

static int frame_of(struct folder *folder, int box)
{
    const struct fold_box *at = &folder->tree->boxes[box];
    if (at->parent < 0 || folder->shown[box]) {
        return folder->shown[box];
    }
    const int parent = frame_of(folder, at->parent);
    folder->shown[box] = graph_model_add_cluster(
        folder->out,
        &(struct graph_cluster){ .module = at->module,
                                 .parent = parent,
                                 .key = at->key,
                                 .kind = at->kind,
                                 .title = fold_title(folder->tree, folder->view, box) });
    return folder->shown[box];
}

static int draw_card(struct folder *folder, const struct graph_card *card, int box)
{
    const int at = graph_model_add_card(folder->out, card);
    if (at >= folder->box_cards) {
        folder->box_cards = folder->box_cards ? folder->box_cards * 2 : GRAPH_BOXES_MAX;
        folder->boxes =
            memory_resize(folder->boxes, (size_t)folder->box_cards, sizeof(*folder->boxes));
    }
    folder->boxes[at] = box;
    return at;
}

static int draw_closed(struct folder *folder, int box, const struct graph_card *first)
{
    const struct fold_box *at = &folder->tree->boxes[box];
    if (!folder->shown[box]) {
        const struct fold_words words = fold_words(folder->tree, folder->view, box);
        struct graph_group *group = arena_allocate(&folder->all->arena, 1, sizeof(*group));
        *group = (struct graph_group){ .kind = at->kind,
                                       .key = at->key,
                                       .module = at->module,
                                       .count = words.count,
                                       .detail = words.detail,
                                       .shapes = "",
                                       .parameters = "",
                                       .made = NEVER,
                                       .result = "" };
        const struct graph_card card = { .kind = CARD_GROUP,
                                         .born = first->born,
                                         .until = NEVER,
                                         .cluster = frame_of(folder, at->parent),
                                         .label = words.head,
                                         .symbol = "",
                                         .formula = "",
                                         .shape = "",
                                         .group = group };
        folder->shown[box] = draw_card(folder, &card, box) + 1;
    }
    struct graph_card *card = &folder->out->cards[folder->shown[box] - 1];
    card->born = first->born < card->born ? first->born : card->born;
    return folder->shown[box] - 1;
}

static void hide(struct folder *folder, const struct graph_card *card, int drawn)
{
    struct graph_model *out = folder->out;
    out->hidden[out->hidden_count++] =
        (struct graph_hidden){ card->label, card->tensor, card->op, card->node, drawn };
    id_map_set(&out->hidden_tensors, card->tensor, drawn);
    id_map_set(&out->hidden_nodes, card->node, drawn);
    if (card->kind != CARD_CONSTANT) {
        id_map_set(&out->hidden_ops, card->op, drawn);
    }
    for (int i = 0; i < card->parameter_count; i++) {
        id_map_set(&out->hidden_parameters, card->parameters[i].tensor, drawn);
    }
}

/* In the order in which they were found, so that a picture without closed boxes is what it was. */
static void draw_cards(struct folder *folder)
{
    folder->out->hidden =
        memory_allocate((size_t)folder->all->card_count + 1, sizeof(*folder->out->hidden));
    for (int i = 0; i < folder->all->card_count; i++) {
        struct graph_card card = folder->all->cards[i];
        const int closed = closed_around(folder->tree, i);
        if (closed >= 0) {
            folder->drawn[i] = draw_closed(folder, closed, &card);
            hide(folder, &card, folder->drawn[i]);
        } else {
            card.cluster = frame_of(folder, folder->tree->home[i]);
            folder->drawn[i] = draw_card(folder, &card, -1);
        }
    }
}

/* ---- edges ----------------------------------------------------------------------------------- */

/* In the arena, where it grows by doubling. */
static void add_wire(struct graph_model *model, struct graph_edge *edge,
                     const struct graph_wire *wire)
{
    const int count = edge->more_count;
    const bool full = (count & (count - 1)) == 0; /* a power of two, or none */
    struct graph_wire *more = edge->more;
    if (full) {
        more = arena_allocate(&model->arena, count ? (size_t)count * 2 : 1, sizeof(*more));
        if (count > 0) {
            memcpy(more, edge->more, (size_t)count * sizeof(*more));
        }
    }
    more[count] = *wire;
    /* What a gradient can come back along gives the line its weight. */
    if (wire->node && !edge->wire.node) {
        more[count] = edge->wire;
        edge->wire = *wire;
    }
    edge->more = more;
    edge->more_count++;
}

static void draw_edge(struct folder *folder, const struct graph_edge *edge)
{
    const int from = folder->drawn[edge->from], to = folder->drawn[edge->to];
    struct graph_edge drawn = { .from = from, .to = to, .cut = edge->cut, .wire = edge->wire };
    const bool closed = folder->boxes[from] >= 0 || folder->boxes[to] >= 0;
    if (closed && from == to) {
        return;
    }
    const int64_t pair = ((int64_t)from << 32) + to + 1;
    const int same = closed ? id_map_find(&folder->merged, pair) : -1;
    if (same >= 0) {
        struct graph_edge *kept = &folder->out->edges[same];
        kept->cut = kept->cut && edge->cut;
        add_wire(folder->all, kept, &edge->wire);
        return;
    }
    if (closed) {
        id_map_set(&folder->merged, pair, folder->out->edge_count);
    }
    graph_model_add_edge(folder->out, &drawn);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void draw(struct folder *folder)
{
    const struct graph_model *all = folder->all;
    folder->drawn = memory_allocate((size_t)all->card_count + 1, sizeof(*folder->drawn));
    folder->shown = memory_allocate(folder->tree->box_count, sizeof(*folder->shown));
    draw_cards(folder);
    for (int i = 0; i < all->edge_count; i++) {
        draw_edge(folder, &all->edges[i]);
    }
    fold_say_results(&(struct fold_drawn){ folder->view, folder->tree->trace, folder->all,
                                           folder->out, folder->drawn, folder->boxes });
    free(folder->drawn);
    free(folder->shown);
    free(folder->boxes);
    id_map_finish(&folder->merged);
}

/* Before anything is taken out or put aside, so that the same operation is always in the same box. */
static void note_homes(const struct fold_tree *tree, struct graph_model *out)
{
    out->home_keys = memory_allocate((size_t)tree->model->card_count + 1, sizeof(*out->home_keys));
    for (int i = 0; i < tree->model->card_count; i++) {
        const struct graph_card *const card = &tree->model->cards[i];
        if (card->kind == CARD_RESULT || card->kind == CARD_NODE) {
            out->home_keys[i] = fold_tree_home(tree, i);
            id_map_set(&out->homes, card->op, i);
        }
    }
}

void graph_model_fold(struct graph_model *model, const struct view *view)
{
    struct fold_tree tree;
    struct graph_model out = { .units = model->units,
                               .level = model->level,
                               .left_out = model->left_out };
    fold_tree_build(&tree, model, view->runs[0].trace);
    note_homes(&tree, &out);
    const int step = find_step(&tree, view->state, model->units.within);
    if (step >= 0) {
        take_rounds(&tree, view->state, step);
    }
    const int inside = model->units.aside ? fold_tree_call(&tree, model->units.inside) : -1;
    if (inside >= 0 && !any_by_hand(&tree, view->state, inside)) {
        fold_tree_put_aside(&tree, inside);
    }
    choose_open(&tree, view->state, &model->units, step);
    draw(&(struct folder){ .view = view, .tree = &tree, .all = model, .out = &out });
    fold_tree_finish(&tree);
    out.arena = model->arena;
    model->arena = (struct arena){ 0 };
    graph_model_finish(model);
    *model = out;
}
