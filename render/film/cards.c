#include "render/film/cards.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "lessons/trace/state.h"

/* Of more pairs of cards the middle is not looked at: all of it counts as different. */
enum { PAIRS_MAX = 1 << 18 };

void film_cards_build(struct film_cards *cards, const struct view *view, size_t frame)
{
    const struct run_view *const run = &view->runs[0];
    const size_t index = film_frame(run->film, frame)->episode;

    *cards = (struct film_cards){ 0 };
    if (index < episodes_count(run->episodes) &&
        episodes_at(run->episodes, index)->op_count <= FILM_OPS_MAX) {
        graph_model_build_whole(&cards->model, view, episodes_at(run->episodes, index));
    }
    cards->alone = memory_allocate((size_t)cards->model.card_count + 1, sizeof(bool));
}

void film_cards_finish(struct film_cards *cards)
{
    graph_model_finish(&cards->model);
    free(cards->alone);
}

/* ---- what a card is --------------------------------------------------------------------- */

static uint64_t add_string(uint64_t hash, const char *string)
{
    return string ? hash_bytes(hash, string, strlen(string) + 1) : hash;
}

static uint64_t add_tensor(uint64_t hash, const struct trace_tensor *tensor)
{
    return tensor ? hash_bytes(hash, tensor->shape, (size_t)tensor->ndim * sizeof(*tensor->shape))
                  : hash;
}

/* What was done there; what a leaf was made with does not matter. */
static uint64_t add_deed(uint64_t hash, const struct graph_card *card, const struct trace *trace)
{
    const struct trace_op *const op = trace_op(trace, card->op);
    const struct trace_node *const node = trace_node(trace, card->node);
    const struct trace_module *const module = op ? trace_module(trace, op->record->module) : NULL;

    if (card->kind == CARD_LEAF || card->kind == CARD_CONSTANT || card->kind == CARD_ACCUMULATE) {
        return hash;
    }
    hash = add_string(hash, op ? op->record->name : node ? node->record->name : "");
    hash = add_string(hash, module ? module->record->class_name : "");
    return add_string(hash, module ? module->name : "");
}

/* What a leaf that is learnt is called where it is first used: a function has its own name for it. */
static const char *name_of_leaf(const struct film_side *side, int index)
{
    const struct graph_model *const model = side->model;
    const struct trace_tensor *const tensor = trace_tensor(side->trace, model->cards[index].tensor);

    if (!tensor || !tensor->requires_grad || tensor->node != 0) {
        return "";
    }
    for (int i = 0; i < model->edge_count; i++) {
        if (model->edges[i].from == index) {
            return trace_name_at(side->trace, tensor, model->cards[model->edges[i].to].born);
        }
    }
    return trace_name_at(side->trace, tensor, NEVER);
}

static uint64_t print_card(const struct film_side *side, int index)
{
    const struct graph_card *const card = &side->model->cards[index];
    const struct trace *const trace = side->trace;
    uint64_t hash = hash_bytes(HASH_START, &card->kind, sizeof(card->kind));

    hash = add_deed(hash, card, trace);
    hash = add_tensor(hash, trace_tensor(trace, card->tensor));
    hash = add_string(hash, name_of_leaf(side, index));
    for (int i = 0; i < card->parameter_count; i++) {
        hash = add_tensor(add_string(hash, card->parameters[i].name),
                          trace_tensor(trace, card->parameters[i].tensor));
    }
    if (card->group) {
        hash = add_string(add_string(hash, card->group->count), card->group->detail);
        hash = add_string(add_string(hash, card->group->shapes), card->label);
    }
    return hash;
}

static uint64_t *print_cards(const struct film_side *side)
{
    uint64_t *const prints = memory_allocate((size_t)side->model->card_count + 1, sizeof(*prints));

    for (int i = 0; i < side->model->card_count; i++) {
        prints[i] = print_card(side, i);
    }
    return prints;
}

/* ---- the longest they have in common ---------------------------------------------------- */

/* Both without what they begin and end with alike. */
struct stretch {
    const uint64_t *a, *b;
    int from, a_to, b_to;
};

static struct stretch stretch_of(const uint64_t *a, int a_count, const uint64_t *b, int b_count)
{
    struct stretch s = { a, b, 0, a_count, b_count };

    while (s.from < s.a_to && s.from < s.b_to && a[s.from] == b[s.from]) {
        s.from++;
    }
    while (s.a_to > s.from && s.b_to > s.from && a[s.a_to - 1] == b[s.b_to - 1]) {
        s.a_to--;
        s.b_to--;
    }
    return s;
}

/* lengths[i][j]: the longest common part of what follows i in a and j in b. */
static void fill_lengths(const struct stretch *s, int *lengths, int rows, int columns)
{
    for (int i = rows - 1; i >= 0; i--) {
        for (int j = columns - 1; j >= 0; j--) {
            int *const at = &lengths[i * (columns + 1) + j];
            const int down = at[columns + 1], right = at[1];
            *at = s->a[s->from + i] == s->b[s->from + j] ? at[columns + 2] + 1
                  : down > right                         ? down
                                                         : right;
        }
    }
}

static void mark_alone(bool *alone, int at)
{
    if (alone) {
        alone[at] = true;
    }
}

static int walk(const struct stretch *s, const int *lengths, bool *a_alone, bool *b_alone)
{
    const int rows = s->a_to - s->from, columns = s->b_to - s->from;
    int i = 0, j = 0, alone = 0;

    while (i < rows || j < columns) {
        const int *const at = lengths ? &lengths[i * (columns + 1) + j] : NULL;
        if (at && i < rows && j < columns && s->a[s->from + i] == s->b[s->from + j]) {
            i++;
            j++;
        } else if (j == columns || (i < rows && at && at[columns + 1] >= at[1])) {
            mark_alone(a_alone, s->from + i++);
            alone++;
        } else {
            mark_alone(b_alone, s->from + j++);
        }
    }
    return alone;
}

int film_match(const struct film_side *a, const struct film_side *b)
{
    uint64_t *const a_prints = print_cards(a), *const b_prints = print_cards(b);
    const struct stretch s =
        stretch_of(a_prints, a->model->card_count, b_prints, b->model->card_count);
    const int rows = s.a_to - s.from, columns = s.b_to - s.from;
    int *lengths = NULL;

    if ((int64_t)rows * columns <= PAIRS_MAX) {
        lengths = memory_allocate((size_t)(rows + 1) * (size_t)(columns + 1), sizeof(*lengths));
        fill_lengths(&s, lengths, rows, columns);
    }
    const int alone = walk(&s, lengths, a->alone, b->alone);
    free(lengths);
    free(a_prints);
    free(b_prints);
    return alone;
}

void film_cards_match(struct film_cards *a, struct film_cards *b, const struct trace *trace)
{
    const struct film_side left = { &a->model, trace, a->alone };
    const struct film_side right = { &b->model, trace, b->alone };

    a->alone_count = film_match(&left, &right);
    b->alone_count = b->model.card_count - (a->model.card_count - a->alone_count);
}
