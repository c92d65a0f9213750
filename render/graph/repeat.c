/* Loops in the picture: equal things beside each other, made by the same place of the code. What is
 * equal follows from operations, shapes and places in the code, never from values. */

#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "render/graph/fold.h"

enum {
    PERIOD_MAX = 64,  /* children in one round */
    ROUNDS_LEAST = 3, /* fewer are read faster than a number */
    CARDS_LEAST = 12, /* what fits on one screen needs no folding */
    CHILDREN_MAX = 60,
    SPANS = 30,
    SPAN_LEAST = 20,
};

struct repeat {
    int period, rounds;
};

/* ---- what is equal --------------------------------------------------------------------------- */

static uint64_t print_text(uint64_t hash, const char *text)
{
    return hash_bytes(hash, text, strlen(text) + 1);
}

static uint64_t print_card(const struct fold_tree *tree, const struct graph_card *card)
{
    const struct trace_op *op = trace_op(tree->trace, card->op);
    uint64_t hash = hash_bytes(HASH_START, &card->kind, sizeof(card->kind));
    hash = print_text(print_text(hash, card->symbol), card->shape);
    if (op) {
        const struct span *at = &op->record->at;
        const int64_t place[] = { (int64_t)at->cell, (int64_t)at->line, (int64_t)at->column,
                                  (int64_t)at->end_line, (int64_t)at->end_column };
        hash = print_text(hash_bytes(hash, place, sizeof(place)), op->record->name);
    }
    for (int i = 0; i < card->parameter_count; i++) {
        const struct trace_tensor *tensor = trace_tensor(tree->trace, card->parameters[i].tensor);
        hash = print_text(hash, card->parameters[i].name);
        if (tensor) {
            hash = hash_bytes(hash, tensor->shape, (size_t)tensor->ndim * sizeof(*tensor->shape));
        }
    }
    return hash;
}

static uint64_t print_box(const struct fold_tree *tree, const struct fold_box *box,
                          const uint64_t *children)
{
    const struct trace_module *module = trace_module(tree->trace, box->module);
    const uint64_t hash = print_text(HASH_START, module ? module->record->class_name : "");
    return hash_bytes(hash, children, box->child_count * sizeof(*children));
}

/* ---- where it repeats ------------------------------------------------------------------------ */

/* For every child the repeat of most children that begins with it; of equal ones the one with the
 * shorter rounds. */
static void find_runs(const uint64_t *prints, int count, struct repeat *best)
{
    for (int period = 1; period <= PERIOD_MAX && period * ROUNDS_LEAST <= count; period++) {
        int same = 0;
        for (int at = count - period - 1; at >= 0; at--) {
            same = prints[at] == prints[at + period] ? same + 1 : 0;
            const int rounds = same / period + 1;
            if (rounds >= ROUNDS_LEAST && rounds * period > best[at].rounds * best[at].period) {
                best[at] = (struct repeat){ period, rounds };
            }
        }
    }
}

static int cards_in(const struct fold_tree *tree, const struct fold_child *child)
{
    return child->box >= 0 ? tree->boxes[child->box].cards : 1;
}

/* Large enough, and more than a row of leaves or numbers. */
static bool is_worth_folding(const struct fold_tree *tree, const struct fold_child *children,
                             const struct repeat *repeat)
{
    int cards = 0;
    bool computes = false;
    for (int i = 0; i < repeat->period; i++) {
        const struct fold_child *child = &children[i];
        cards += cards_in(tree, child);
        computes = computes || child->box >= 0 ||
                   tree->model->cards[child->card].kind == CARD_RESULT ||
                   tree->model->cards[child->card].kind == CARD_NODE;
    }
    return repeat->rounds > 0 && computes && cards * repeat->rounds >= CARDS_LEAST;
}

static void count_cards(struct fold_tree *tree, int box)
{
    int cards = 0;
    for (size_t i = 0; i < tree->boxes[box].child_count; i++) {
        cards += cards_in(tree, &tree->boxes[box].children[i]);
    }
    tree->boxes[box].cards = cards;
}

/* One round: its only child, or a box around its children. */
static struct fold_child round_of(struct fold_tree *tree, const struct fold_child *children,
                                  const struct repeat *repeat, int number)
{
    if (repeat->period == 1) {
        return children[0];
    }
    const int round = fold_tree_add(
        tree, &(struct fold_box){ .kind = FOLD_ROUND, .number = number, .rounds = repeat->rounds });
    for (int i = 0; i < repeat->period; i++) {
        fold_tree_append(tree, round, children[i]);
    }
    count_cards(tree, round);
    return (struct fold_child){ -1, round };
}

static struct fold_child repeat_box(struct fold_tree *tree, const struct fold_child *children,
                                    const struct repeat *repeat)
{
    const int box =
        fold_tree_add(tree, &(struct fold_box){ .kind = FOLD_REPEAT, .rounds = repeat->rounds });
    for (int i = 0; i < repeat->rounds; i++) {
        const struct fold_child round =
            round_of(tree, children + (size_t)i * (size_t)repeat->period, repeat, i + 1);
        fold_tree_append(tree, box, round);
    }
    count_cards(tree, box);
    return (struct fold_child){ -1, box };
}

static void fold_runs(struct fold_tree *tree, int box, const uint64_t *prints)
{
    const int count = (int)tree->boxes[box].child_count;
    struct fold_child *children = tree->boxes[box].children;
    struct repeat *best = memory_allocate((size_t)count + 1, sizeof(*best));
    find_runs(prints, count, best);
    tree->boxes[box].children = NULL;
    tree->boxes[box].child_count = tree->boxes[box].child_capacity = 0;
    for (int at = 0; at < count;) {
        if (is_worth_folding(tree, children + at, &best[at])) {
            fold_tree_append(tree, box, repeat_box(tree, children + at, &best[at]));
            at += best[at].rounds * best[at].period;
        } else {
            fold_tree_append(tree, box, children[at++]);
        }
    }
    free(children);
    free(best);
}

void fold_tree_find_repeats(struct fold_tree *tree, int box)
{
    const size_t count = tree->boxes[box].child_count;
    uint64_t *prints = memory_allocate(count + 1, sizeof(*prints));
    for (size_t i = 0; i < count; i++) {
        const struct fold_child child = tree->boxes[box].children[i];
        if (child.box >= 0) {
            fold_tree_find_repeats(tree, child.box);
            prints[i] = tree->boxes[child.box].print;
        } else {
            prints[i] = print_card(tree, &tree->model->cards[child.card]);
        }
    }
    tree->boxes[box].print = print_box(tree, &tree->boxes[box], prints);
    count_cards(tree, box);
    fold_runs(tree, box, prints);
    free(prints);
}

/* ---- too many beside each other -------------------------------------------------------------- */

/* Rounds are counted in tens and hundreds; anything else just so that the parts are few. */
static size_t span_of(size_t count, bool rounds)
{
    size_t span = 10;
    while (rounds && span * 10 < count) {
        span *= 10;
    }
    const size_t even = (count + SPANS - 1) / SPANS;
    return rounds ? span : even > SPAN_LEAST ? even : SPAN_LEAST;
}

static void cut(struct fold_tree *tree, int box)
{
    const struct fold_box whole = tree->boxes[box];
    const bool rounds = whole.rounds > 0;
    const size_t span = span_of(whole.child_count, rounds);
    tree->boxes[box].children = NULL;
    tree->boxes[box].child_count = tree->boxes[box].child_capacity = 0;
    for (size_t from = 0; from < whole.child_count; from += span) {
        const int first = whole.kind == FOLD_SPAN ? whole.number : 1;
        const int part = fold_tree_add(tree, &(struct fold_box){ .kind = FOLD_SPAN,
                                                                 .number = first + (int)from,
                                                                 .rounds = whole.rounds });
        for (size_t i = from; i < from + span && i < whole.child_count; i++) {
            fold_tree_append(tree, part, whole.children[i]);
        }
        count_cards(tree, part);
        fold_tree_append(tree, box, (struct fold_child){ -1, part });
    }
    free(whole.children);
}

void fold_tree_cut_spans(struct fold_tree *tree, int box)
{
    const bool many =
        tree->boxes[box].kind == FOLD_REPEAT || tree->model->card_count > GRAPH_BOXES_MAX;
    const bool round = tree->boxes[box].kind == FOLD_ROUND;
    if (many && !round && tree->boxes[box].child_count > CHILDREN_MAX) {
        cut(tree, box);
    }
    for (size_t i = 0; i < tree->boxes[box].child_count; i++) {
        if (tree->boxes[box].children[i].box >= 0) {
            fold_tree_cut_spans(tree, tree->boxes[box].children[i].box);
        }
    }
}
