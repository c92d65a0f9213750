/* The tree of boxes: first the calls of modules alone, then what repeats itself in them. */

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "render/graph/fold.h"

int fold_tree_add(struct fold_tree *tree, const struct fold_box *box)
{
    tree->boxes =
        array_reserve(tree->boxes, &tree->box_capacity, tree->box_count + 1, sizeof(*tree->boxes));
    tree->boxes[tree->box_count] = *box;
    return (int)tree->box_count++;
}

void fold_tree_append(struct fold_tree *tree, int box, struct fold_child child)
{
    struct fold_box *into = &tree->boxes[box];
    into->children = array_reserve(into->children, &into->child_capacity, into->child_count + 1,
                                   sizeof(*into->children));
    into->children[into->child_count++] = child;
    if (child.box >= 0) {
        tree->boxes[child.box].parent = box;
    } else {
        tree->home[child.card] = box;
    }
}

void fold_tree_finish(struct fold_tree *tree)
{
    for (size_t i = 0; i < tree->box_count; i++) {
        free(tree->boxes[i].children);
    }
    free(tree->boxes);
    free(tree->home);
    *tree = (struct fold_tree){ 0 };
}

/* The box of a call, made with the first card that stands in it. */
static int box_of_call(struct fold_tree *tree, int *boxes, int cluster)
{
    if (cluster == 0 || boxes[cluster] > 0) {
        return cluster == 0 ? 0 : boxes[cluster];
    }
    const struct graph_cluster *call = &tree->model->clusters[cluster - 1];
    const int parent = box_of_call(tree, boxes, call->parent);
    const int box = fold_tree_add(
        tree,
        &(struct fold_box){ .kind = FOLD_MODULE, .module = call->module, .enter = call->enter });
    fold_tree_append(tree, parent, (struct fold_child){ -1, box });
    boxes[cluster] = box;
    return box;
}

struct dated {
    uint32_t born;
    int card;
};

static int earlier(const void *left, const void *right)
{
    const struct dated *a = left, *b = right;
    return a->born != b->born ? (a->born < b->born ? -1 : 1) : a->card - b->card;
}

/* Not in the order of the cards: a leaf is one when it is first used, and in the first round of a loop
 * that would stand in the middle of it. */
static void add_cards(struct fold_tree *tree)
{
    const size_t count = (size_t)tree->model->card_count;
    struct dated *order = memory_allocate(count + 1, sizeof(*order));
    int *boxes = memory_allocate((size_t)tree->model->cluster_count + 1, sizeof(*boxes));
    for (size_t i = 0; i < count; i++) {
        order[i] = (struct dated){ tree->model->cards[i].born, (int)i };
    }
    qsort(order, count, sizeof(*order), earlier);
    for (size_t i = 0; i < count; i++) {
        const int box = box_of_call(tree, boxes, tree->model->cards[order[i].card].cluster);
        fold_tree_append(tree, box, (struct fold_child){ order[i].card, -1 });
    }
    free(boxes);
    free(order);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static int64_t key_of(int64_t parent, const struct fold_box *box, int ordinal)
{
    const int64_t parts[] = { parent, (int64_t)box->kind, box->module, box->number, ordinal };
    const uint64_t hash = hash_bytes(HASH_START, parts, sizeof(parts));
    return (int64_t)(hash >> 2) + 1;
}

/* From what a person sees: which module, which of its calls in the box around it, which round. */
static void give_keys(struct fold_tree *tree, int box)
{
    struct id_map seen = { 0 };
    for (size_t i = 0; i < tree->boxes[box].child_count; i++) {
        const int child = tree->boxes[box].children[i].box;
        if (child < 0) {
            continue;
        }
        struct fold_box *inner = &tree->boxes[child];
        const int64_t same = inner->module * 8 + (int64_t)inner->kind + 1;
        const int ordinal = id_map_find(&seen, same) + 1;
        id_map_set(&seen, same, ordinal);
        inner->key = key_of(tree->boxes[box].key, inner, ordinal);
        give_keys(tree, child);
    }
    id_map_finish(&seen);
}

/* ---- calls of functions ---------------------------------------------------------------------- */

/* Where the code says so; NULL for what is no operation's. */
static const struct span *place_of(const struct fold_tree *tree, const struct fold_child *child)
{
    const struct graph_card *const card =
        child->card >= 0 ? &tree->model->cards[child->card] : NULL;
    const bool computes = card && (card->kind == CARD_RESULT || card->kind == CARD_CONSTANT);
    const struct trace_op *const op = computes ? trace_op(tree->trace, card->op) : NULL;
    return op && op->record->at.cell > 0 ? &op->record->at : NULL;
}

static size_t same_place(const struct fold_tree *tree, const struct fold_child *children,
                         size_t count, int *operations)
{
    const struct span *const first = place_of(tree, children);
    size_t same = 0;
    *operations = 0;
    for (; first && same < count; same++) {
        const struct span *const at = place_of(tree, &children[same]);
        if (!at || memcmp(at, first, sizeof(*at)) != 0) {
            break;
        }
        *operations += tree->model->cards[children[same].card].kind == CARD_RESULT;
    }
    return same;
}

void fold_tree_find_calls(struct fold_tree *tree, int box)
{
    enum { OPERATIONS_LEAST = 3 };
    struct fold_child *const children = tree->boxes[box].children;
    const size_t count = tree->boxes[box].child_count;
    tree->boxes[box].children = NULL;
    tree->boxes[box].child_count = tree->boxes[box].child_capacity = 0;
    for (size_t i = 0; i < count;) {
        int operations;
        const size_t same = same_place(tree, children + i, count - i, &operations);
        int into = box;
        if (operations >= OPERATIONS_LEAST && same < count) {
            into = fold_tree_add(tree, &(struct fold_box){ .kind = FOLD_CALL, .cards = (int)same });
            fold_tree_append(tree, box, (struct fold_child){ -1, into });
        }
        for (const size_t end = i + (same ? same : 1); i < end; i++) {
            if (children[i].box >= 0) {
                fold_tree_find_calls(tree, children[i].box);
            }
            fold_tree_append(tree, into, children[i]);
        }
    }
    free(children);
}

/* ---- aside ----------------------------------------------------------------------------------- */

static int cards_of(const struct fold_tree *tree, const struct fold_child *child)
{
    return child->box >= 0 ? tree->boxes[child->box].cards : 1;
}

/* What stands beside a call: before it, then behind it. */
struct beside {
    struct fold_child *children; /* owned */
    size_t count, capacity;
};

static void put_beside(struct beside *beside, const struct fold_child *children, size_t count)
{
    beside->children = array_reserve(beside->children, &beside->capacity, beside->count + count,
                                     sizeof(*beside->children));
    for (size_t i = 0; i < count; i++) {
        beside->children[beside->count++] = children[i];
    }
}

static size_t place_in(const struct fold_box *box, struct fold_child child)
{
    size_t at = 0;
    while (at < box->child_count &&
           (box->children[at].box != child.box || box->children[at].card != child.card)) {
        at++;
    }
    return at;
}

/* Into the episode's own box, in a box of their own if they are several. */
static void append_beside(struct fold_tree *tree, const struct beside *beside, int number)
{
    const bool several = beside->count > 1;
    const struct fold_box box = { .kind = FOLD_ASIDE, .number = number };
    const int into = several ? fold_tree_add(tree, &box) : 0;
    for (size_t i = 0; i < beside->count; i++) {
        fold_tree_append(tree, into, beside->children[i]);
        tree->boxes[into].cards += several ? cards_of(tree, &beside->children[i]) : 0;
    }
    if (several) {
        tree->boxes[into].key = key_of(0, &box, 1);
        fold_tree_append(tree, 0, (struct fold_child){ -1, into });
    }
}

/* Inner boxes first, so that what is in them stands between what stands around them. */
static void collect_beside(struct fold_tree *tree, int around, struct fold_child inner,
                           struct beside *before, struct beside *behind)
{
    struct fold_box *const box = &tree->boxes[around];
    struct beside outer = { 0 };
    const size_t at = place_in(box, inner);
    put_beside(&outer, box->children, at);
    put_beside(&outer, before->children, before->count);
    free(before->children);
    *before = outer;
    put_beside(behind, box->children + at + 1, box->child_count - at - 1);
    free(box->children);
    box->children = NULL;
    box->child_count = box->child_capacity = 0;
}

int fold_tree_call(const struct fold_tree *tree, uint32_t enter)
{
    for (size_t i = 1; i < tree->box_count && enter > 0; i++) {
        if (tree->boxes[i].kind == FOLD_MODULE && tree->boxes[i].enter == enter) {
            return (int)i;
        }
    }
    return -1;
}

void fold_tree_put_aside(struct fold_tree *tree, int inner)
{
    struct beside before = { 0 }, behind = { 0 };
    for (int box = inner; box > 0; box = tree->boxes[box].parent) {
        collect_beside(tree, tree->boxes[box].parent, (struct fold_child){ -1, box }, &before,
                       &behind);
    }
    append_beside(tree, &before, 1);
    fold_tree_append(tree, 0, (struct fold_child){ -1, inner });
    append_beside(tree, &behind, 2);
    free(before.children);
    free(behind.children);
}

/* ---- homes ----------------------------------------------------------------------------------- */

int64_t fold_tree_home(const struct fold_tree *tree, int card)
{
    const struct fold_box *const box = &tree->boxes[tree->home[card]];
    if (box->rounds == 0 || box->kind == FOLD_ROUND) {
        return box->key;
    }
    const int at = (int)place_in(box, (struct fold_child){ card, -1 });
    return key_of(box->key, &(struct fold_box){ .kind = FOLD_ROUND, .number = at + 1 }, 1);
}

/* ---- one round of a repeat ------------------------------------------------------------------- */

static int rounds_in(const struct fold_tree *tree, const struct fold_child *child)
{
    const struct fold_box *const box = child->box >= 0 ? &tree->boxes[child->box] : NULL;
    int rounds = 0;
    for (size_t i = 0; box && box->kind == FOLD_SPAN && i < box->child_count; i++) {
        rounds += rounds_in(tree, &box->children[i]);
    }
    return rounds > 0 ? rounds : 1;
}

/* The other rounds at one side of it: a repeat of their own, or, where there is one, itself. */
static struct fold_child part_of_repeat(struct fold_tree *tree, int repeat,
                                        const struct beside *beside, int number)
{
    struct fold_box box = { .kind = FOLD_REPEAT, .number = number };
    for (size_t i = 0; i < beside->count; i++) {
        box.rounds += rounds_in(tree, &beside->children[i]);
    }
    if (beside->count == 1 && box.rounds == 1) {
        return beside->children[0];
    }
    box.key = key_of(tree->boxes[repeat].key, &box, 1);
    const int part = fold_tree_add(tree, &box);
    for (size_t i = 0; i < beside->count; i++) {
        fold_tree_append(tree, part, beside->children[i]);
        tree->boxes[part].cards += cards_of(tree, &beside->children[i]);
    }
    return (struct fold_child){ -1, part };
}

void fold_tree_take_round(struct fold_tree *tree, int repeat, struct fold_child round)
{
    struct beside before = { 0 }, behind = { 0 };
    const int around = tree->boxes[repeat].parent;
    struct fold_child *const children = tree->boxes[around].children;
    const size_t count = tree->boxes[around].child_count;
    const size_t place = place_in(&tree->boxes[around], (struct fold_child){ -1, repeat });
    struct fold_child inner = round;
    int box = round.box >= 0 ? tree->boxes[round.box].parent : tree->home[round.card];

    for (; box != around; box = tree->boxes[box].parent) {
        collect_beside(tree, box, inner, &before, &behind);
        inner = (struct fold_child){ -1, box };
    }
    tree->boxes[around].children = NULL;
    tree->boxes[around].child_count = tree->boxes[around].child_capacity = 0;
    for (size_t i = 0; i < count; i++) {
        if (i != place) {
            fold_tree_append(tree, around, children[i]);
            continue;
        }
        if (before.count > 0) {
            fold_tree_append(tree, around, part_of_repeat(tree, repeat, &before, 1));
        }
        fold_tree_append(tree, around, round);
        if (behind.count > 0) {
            fold_tree_append(tree, around, part_of_repeat(tree, repeat, &behind, 2));
        }
    }
    free(children);
    free(before.children);
    free(behind.children);
}

/* ---- the whole ------------------------------------------------------------------------------- */

void fold_tree_build(struct fold_tree *tree, struct graph_model *model, const struct trace *trace)
{
    *tree = (struct fold_tree){ .model = model, .trace = trace };
    tree->home = memory_allocate((size_t)model->card_count + 1, sizeof(*tree->home));
    fold_tree_add(tree, &(struct fold_box){ .kind = FOLD_EPISODE, .parent = -1 });
    add_cards(tree);
    fold_tree_find_repeats(tree, 0);
    if (model->units.closed) {
        fold_tree_find_calls(tree, 0);
    }
    fold_tree_cut_spans(tree, 0);
    give_keys(tree, 0);
}
