/* What a box is called. */

#include <string.h>

#include "render/graph/fold.h"

enum { NAMES_MAX = 3, EXPRESSION_BYTES = 30, CALL_BYTES = 100 };

static const struct fold_box *box_at(const struct fold_tree *tree, int box)
{
    return &tree->boxes[box];
}

static const char *path_of(const struct fold_tree *tree, int64_t id)
{
    const struct trace_module *module = trace_module(tree->trace, id);
    return module ? trace_module_path(tree->trace, module, &tree->model->arena) : "";
}

static const char *class_of(const struct fold_tree *tree, int64_t id)
{
    const struct trace_module *module = trace_module(tree->trace, id);
    return module ? arena_format(&tree->model->arena, "%s", module->record->class_name) : "";
}

/* ---- a round --------------------------------------------------------------------------------- */

/* The i-th thing of a round: of a box with several, or of one that is alone. */
static const struct fold_child *part_of(const struct fold_tree *tree,
                                        const struct fold_child *round, size_t i)
{
    if (round->box >= 0 && box_at(tree, round->box)->kind == FOLD_ROUND) {
        const struct fold_box *box = box_at(tree, round->box);
        return i < box->child_count ? &box->children[i] : NULL;
    }
    return i == 0 ? round : NULL;
}

/* The first round in a repeat or a span of one, and the last. */
static const struct fold_child *outer_round(const struct fold_tree *tree, int box, bool last)
{
    const struct fold_box *at = box_at(tree, box);
    const struct fold_child *child = &at->children[last ? at->child_count - 1 : 0];
    const bool span = child->box >= 0 && box_at(tree, child->box)->kind == FOLD_SPAN;
    return span ? outer_round(tree, child->box, last) : child;
}

/* "Linear", "layer" where it is the same module each time, "relu"; "" for what is not computed. */
static const char *name_of(const struct fold_tree *tree, const struct fold_child *part,
                           const struct fold_child *same_of_last)
{
    if (part->box >= 0) {
        const struct fold_box *box = box_at(tree, part->box);
        const bool same =
            same_of_last->box >= 0 && box_at(tree, same_of_last->box)->module == box->module;
        const char *path = same ? path_of(tree, box->module) : "";
        return path[0] ? path : class_of(tree, box->module);
    }
    const struct graph_card *card = &tree->model->cards[part->card];
    const struct trace_op *op = trace_op(tree->trace, card->op);
    const bool computes = card->kind == CARD_RESULT || card->kind == CARD_NODE;
    return computes && op ? op->record->name : "";
}

/* "h₂": what the formula of a layer calls the last thing that the round computes; "" if it has none. */
static const char *called_in(const struct fold_tree *tree, const struct fold_child *round)
{
    const struct fold_child *part;
    const char *called = "";
    for (size_t i = 0; (part = part_of(tree, round, i)) != NULL; i++) {
        const struct graph_card *const card =
            part->card >= 0 ? &tree->model->cards[part->card] : NULL;
        const struct trace_tensor *const tensor =
            card ? trace_tensor(tree->trace, card->tensor) : NULL;
        called = tensor && card->kind == CARD_RESULT ? trace_called(tensor) : called;
    }
    return called;
}

/* "Linear, ReLU": what one round does. "h₁ … h₄": what comes of it. */
static const char *body_of(const struct fold_tree *tree, const struct fold_child *first,
                           const struct fold_child *last)
{
    struct text text = { 0 };
    int names = 0;
    const struct fold_child *part, *other;
    const char *const from = called_in(tree, first), *const to = called_in(tree, last);
    if (from[0] && to[0]) {
        struct arena *const arena = &tree->model->arena;
        return strcmp(from, to) == 0 ? arena_copy_text(arena, from, strlen(from))
                                     : arena_format(arena, "%s … %s", from, to);
    }
    for (size_t i = 0; (part = part_of(tree, first, i)) != NULL; i++) {
        other = part_of(tree, last, i);
        const char *name = name_of(tree, part, other ? other : part);
        if (name[0] && names++ < NAMES_MAX) {
            text_format(&text, "%s%s", text.length > 0 ? ", " : "", name);
        }
    }
    if (names > NAMES_MAX) {
        text_append_string(&text, ", …");
    }
    const char *copy = arena_copy_text(&tree->model->arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

/* The path of the first module of a round, or of the last; "" if there is none. */
static const char *path_in(const struct fold_tree *tree, const struct fold_child *round, bool last)
{
    const struct fold_child *part;
    const char *path = "";
    for (size_t i = 0; (part = part_of(tree, round, i)) != NULL; i++) {
        if (part->box >= 0 && (last || !path[0])) {
            path = path_of(tree, box_at(tree, part->box)->module);
        }
    }
    return path;
}

static const char *expression_in(const struct fold_tree *tree, const struct fold_child *round)
{
    const struct fold_child *part;
    const struct trace_op *op = NULL;
    for (size_t i = 0; (part = part_of(tree, round, i)) != NULL; i++) {
        const struct trace_op *made =
            part->card >= 0 ? trace_op(tree->trace, tree->model->cards[part->card].op) : NULL;
        op = made ? made : op;
    }
    return op ? trace_span_text(tree->trace, &op->record->at, EXPRESSION_BYTES, &tree->model->arena)
              : "";
}

/* "net.0 … net.49", or, where it is the same module each time, the expression that is computed again
 * and again. */
static const char *range_of(const struct fold_tree *tree, const struct fold_child *first,
                            const struct fold_child *last)
{
    const char *from = path_in(tree, first, false), *next = path_in(tree, last, false);
    const char *to = path_in(tree, last, true);
    return from[0] && to[0] && strcmp(from, next) != 0
               ? arena_format(&tree->model->arena, "%s … %s", from, to)
               : expression_in(tree, first);
}

/* ---- a span of other things ------------------------------------------------------------------ */

static int operations_in(const struct fold_tree *tree, int box)
{
    int operations = 0;
    for (size_t i = 0; i < box_at(tree, box)->child_count; i++) {
        const struct fold_child *child = &box_at(tree, box)->children[i];
        if (child->box >= 0) {
            operations += operations_in(tree, child->box);
        } else {
            const enum card_kind kind = tree->model->cards[child->card].kind;
            operations += kind == CARD_RESULT || kind == CARD_NODE;
        }
    }
    return operations;
}

/* The pattern's {0} as a number. */
static const char *with_number(const struct view *view, const char *pattern, int number,
                               struct arena *arena)
{
    const char *text = view_word(view, pattern);
    const char *blank = strstr(text, "{0}");
    return blank ? arena_format(arena, "%.*s%d%s", (int)(blank - text), text, number,
                                blank + strlen("{0}"))
                 : arena_format(arena, "%s", text);
}

/* "1 operation", "4 operations" */
static const char *operations_text(const struct view *view, int count, struct arena *arena)
{
    return count == 1 ? view_word(view, "1 operation")
                      : with_number(view, WORD("{0} operations"), count, arena);
}

/* ---- boxes ----------------------------------------------------------------------------------- */

static struct fold_words module_words(const struct fold_tree *tree, int64_t module)
{
    const char *path = path_of(tree, module), *class_name = class_of(tree, module);
    return (struct fold_words){ path[0] ? path : class_name, "", path[0] ? class_name : "" };
}

static struct fold_words span_words(const struct fold_tree *tree, const struct view *view, int box)
{
    const struct fold_box *span = box_at(tree, box);
    struct arena *arena = &tree->model->arena;
    const struct fold_child *first = outer_round(tree, box, false);
    const struct fold_child *last = outer_round(tree, box, true);
    if (span->rounds > 0) {
        const int count = (int)span->child_count;
        return (struct fold_words){
            .head = arena_format(arena, "%d – %d", span->number, span->number + count - 1),
            .count = arena_format(arena, "×%d", count),
            .detail = body_of(tree, first, last),
        };
    }
    return (struct fold_words){ operations_text(view, operations_in(tree, box), arena), "", "" };
}

/* "embedding", "scores": what a child is called where it stands; "" for a number of the code. */
static const char *short_name(const struct fold_tree *tree, const struct fold_child *child)
{
    if (child->card >= 0) {
        const struct graph_card *const card = &tree->model->cards[child->card];
        return card->kind == CARD_CONSTANT ? "" : card->label;
    }
    const struct fold_box *const box = box_at(tree, child->box);
    if (box->kind != FOLD_MODULE) {
        const struct fold_child *const first = outer_round(tree, child->box, false);
        return name_of(tree, first, first);
    }
    const char *const path = path_of(tree, box->module);
    const char *const dot = strrchr(path, '.');
    return dot ? dot + 1 : path[0] ? path : class_of(tree, box->module);
}

/* The name of the function that the expression of its operations calls, or the expression. */
static struct fold_words call_words(const struct fold_tree *tree, const struct view *view, int box)
{
    struct arena *const arena = &tree->model->arena;
    const int first = box_at(tree, box)->children[0].card;
    const struct trace_op *const op = trace_op(tree->trace, tree->model->cards[first].op);
    const char *const text = trace_span_text(tree->trace, &op->record->at, CALL_BYTES, arena);
    const size_t length = strcspn(text, "(");
    const char *name = text + length;
    while (name > text && name[-1] != '.') {
        name--;
    }
    return (struct fold_words){ text[length]
                                    ? arena_copy_text(arena, name, length - (size_t)(name - text))
                                    : text,
                                "", operations_text(view, operations_in(tree, box), arena) };
}

/* "embedding … activation" */
static struct fold_words aside_words(const struct fold_tree *tree, const struct view *view, int box)
{
    const struct fold_box *const aside = box_at(tree, box);
    struct arena *const arena = &tree->model->arena;
    const char *first = "", *last = "";
    for (size_t i = 0; i < aside->child_count; i++) {
        const char *const name = short_name(tree, &aside->children[i]);
        first = first[0] ? first : name;
        last = name[0] ? name : last;
    }
    const char *const names =
        strcmp(first, last) == 0 ? first : arena_format(arena, "%s … %s", first, last);
    const int operations = operations_in(tree, box);
    if (operations == 0) { /* what goes in later: corners and labels */
        const bool many = tree->model->units.terse && aside->cards > 1;
        return (struct fold_words){ many ? arena_format(arena, "%d", aside->cards) : names, "",
                                    many ? view_word(view, "tensors") : "" };
    }
    if (tree->model->units.terse) {
        return (struct fold_words){ arena_format(arena, "%d", operations), "",
                                    operations == 1 ? view_word(view, "operation")
                                                    : view_word(view, "operations") };
    }
    return (struct fold_words){ names, "", operations_text(view, operations, arena) };
}

struct fold_words fold_words(const struct fold_tree *tree, const struct view *view, int box)
{
    const struct fold_box *at = box_at(tree, box);
    struct arena *arena = &tree->model->arena;
    const struct fold_child *first, *last;
    switch (at->kind) {
    case FOLD_MODULE:
        return module_words(tree, at->module);
    case FOLD_REPEAT:
        first = outer_round(tree, box, false);
        last = outer_round(tree, box, true);
        return (struct fold_words){ body_of(tree, first, last),
                                    arena_format(arena, "×%d", at->rounds),
                                    range_of(tree, first, last) };
    case FOLD_ROUND: {
        const struct fold_child round = { -1, box };
        return (struct fold_words){ arena_format(arena, "%d / %d", at->number, at->rounds), "",
                                    body_of(tree, &round, &round) };
    }
    case FOLD_SPAN:
        return span_words(tree, view, box);
    case FOLD_CALL:
        return call_words(tree, view, box);
    case FOLD_ASIDE:
        return aside_words(tree, view, box);
    case FOLD_EPISODE:
        break;
    }
    return (struct fold_words){ "", "", "" };
}

const char *fold_title(const struct fold_tree *tree, const struct view *view, int box)
{
    const struct fold_words words = fold_words(tree, view, box);
    struct arena *arena = &tree->model->arena;
    if (box_at(tree, box)->kind == FOLD_MODULE && words.detail[0]) {
        return arena_format(arena, "%s : %s", words.head, words.detail);
    }
    return words.count[0] ? arena_format(arena, "%s · %s", words.count, words.head) : words.head;
}
