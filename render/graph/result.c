/* What a closed box says of itself: what goes in and comes out, how many parameters it has, its result
 * and what its nodes keep for backward. */

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "render/graph/fold.h"

enum { PORTS_MAX = 2 };

/* Tensors that go in or come out, each once, as what an operation in place has left of it. */
struct ports {
    const struct graph_card *cards[PORTS_MAX];
    int count; /* may be more */
};

struct summary {
    struct ports in, out;
    const struct graph_card *last; /* of its results */
    int loose;                     /* results that nothing takes */
    int64_t parameters;
    struct graph_group *group;
    int64_t *nodes;
    size_t node_count, node_capacity;
};

static void add_port(struct ports *ports, const struct graph_card *card)
{
    for (int i = 0; i < ports->count && i < PORTS_MAX; i++) {
        if (ports->cards[i]->tensor == card->tensor) {
            ports->cards[i] = card->born > ports->cards[i]->born ? card : ports->cards[i];
            return;
        }
    }
    if (ports->count < PORTS_MAX) {
        ports->cards[ports->count] = card;
    }
    ports->count++;
}

static void sum_edges(const struct fold_drawn *fold, struct summary *sums)
{
    for (int i = 0; i < fold->all->edge_count; i++) {
        const struct graph_edge *edge = &fold->all->edges[i];
        const struct graph_card *card = &fold->all->cards[edge->from];
        const int from = fold->drawn[edge->from], to = fold->drawn[edge->to];
        if (from == to || !card->tensor || card->kind == CARD_ACCUMULATE) {
            continue;
        }
        if (fold->boxes[to] >= 0) {
            add_port(&sums[to].in, card);
        }
        if (fold->boxes[from] >= 0) {
            add_port(&sums[from].out, card);
        }
    }
}

static void count_parameter(const struct fold_drawn *fold, struct id_map *seen, int64_t tensor,
                            int drawn, struct summary *sums)
{
    const struct trace_tensor *found = trace_tensor(fold->trace, tensor);
    const int64_t once = ((int64_t)drawn << 40) + tensor;
    if (found && found->parameter && id_map_find(seen, once) < 0) {
        id_map_set(seen, once, 1);
        sums[drawn].parameters += found->count;
    }
}

/* Cards of results that some other card takes. */
static bool *find_taken(const struct fold_drawn *fold)
{
    bool *const taken = memory_allocate((size_t)fold->all->card_count + 1, sizeof(*taken));
    for (int i = 0; i < fold->all->edge_count; i++) {
        taken[fold->all->edges[i].from] = true;
    }
    return taken;
}

static void add_node(struct summary *sum, const struct trace_node *node)
{
    sum->nodes =
        array_reserve(sum->nodes, &sum->node_capacity, sum->node_count + 1, sizeof(*sum->nodes));
    sum->nodes[sum->node_count++] = node->id;
    sum->group->saved_count += (int)node->record->saved_count;
}

static void sum_card(const struct fold_drawn *fold, const struct graph_card *card, bool taken,
                     struct summary *sum)
{
    const struct trace_node *const node =
        card->has_saved ? trace_node(fold->trace, card->node) : NULL;
    if (card->kind == CARD_RESULT || card->kind == CARD_NODE) {
        sum->last = card;
        sum->loose += !taken;
    }
    if (node) {
        add_node(sum, node);
    }
}

static void sum_cards(const struct fold_drawn *fold, struct summary *sums)
{
    bool *const taken = find_taken(fold);
    struct id_map seen = { 0 };
    for (int i = 0; i < fold->all->card_count; i++) {
        const struct graph_card *card = &fold->all->cards[i];
        const int drawn = fold->drawn[i];
        if (fold->boxes[drawn] < 0) {
            continue;
        }
        sum_card(fold, card, taken[i], &sums[drawn]);
        count_parameter(fold, &seen, card->tensor, drawn, sums);
        for (int p = 0; p < card->parameter_count; p++) {
            count_parameter(fold, &seen, card->parameters[p].tensor, drawn, sums);
        }
    }
    id_map_finish(&seen);
    free(taken);
}

static void append_ports(struct text *text, const struct ports *ports)
{
    for (int i = 0; i < ports->count && i < PORTS_MAX; i++) {
        text_format(text, "%s%s", i > 0 ? ", " : "", ports->cards[i]->shape);
    }
    text_append_string(text, ports->count > PORTS_MAX ? ", …" : "");
}

/* "(3, 5), (1, 5) → (1, 5)" */
static const char *shapes_text(const struct summary *sum, struct arena *arena)
{
    struct text text = { 0 };
    append_ports(&text, &sum->in);
    text_append_string(&text, sum->in.count > 0 ? " → " : "");
    if (sum->out.count > 0) {
        append_ports(&text, &sum->out);
    } else {
        text_append_string(&text, sum->last ? sum->last->shape : "");
    }
    const char *copy = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

/* Thousands apart by a blank that does not break. */
static const char *count_text(int64_t number, struct arena *arena)
{
    struct text text = { 0 };
    char digits[24];
    const int length = snprintf(digits, sizeof(digits), "%lld", (long long)number);
    for (int i = 0; i < length; i++) {
        text_append_string(&text, i > 0 && length > 4 && (length - i) % 3 == 0 ? "\u00a0" : "");
        text_append_char(&text, digits[i]);
    }
    const char *copy = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

/* What the box as a whole computes; NULL where that is more than one thing, or none. */
static const struct graph_card *result_of(const struct summary *sum)
{
    const struct graph_card *const result = sum->out.count == 1 ? sum->out.cards[0]
                                            : sum->out.count == 0 && sum->loose == 1 ? sum->last
                                                                                     : NULL;
    return result && (result->kind == CARD_RESULT || result->kind == CARD_NODE) ? result : NULL;
}

/* As the card of the result has it, so that value and gradient are found as they are there. */
static void say_result(const struct graph_card *result, struct graph_card *card)
{
    card->tensor = result->tensor;
    card->node = result->node;
    card->output = result->output;
    card->until = result->until;
    card->passing = result->passing;
    card->drawer = result->drawer;
    card->group->made = result->born;
    card->group->result = result->kind == CARD_NODE ? result->formula : result->label;
}

static void say_sum(const struct fold_drawn *fold, const struct summary *sum,
                    struct graph_card *card)
{
    struct arena *const arena = &fold->all->arena;
    struct graph_group *const group = card->group;
    const struct graph_card *const result = result_of(sum);
    /* That there is something, and how much, is all that there is room for. */
    if (group->kind == FOLD_ASIDE && fold->all->units.terse) {
        group->saved_count = 0;
        return;
    }
    group->shapes = shapes_text(sum, arena);
    if (sum->parameters > 0) {
        group->parameters =
            arena_format(arena, "%s %s", count_text(sum->parameters, arena),
                         view_word(fold->view, sum->parameters == 1 ? "parameter" : "parameters"));
    }
    if (result) {
        say_result(result, card);
    }
    int64_t *const nodes = arena_allocate(arena, sum->node_count + 1, sizeof(*nodes));
    for (size_t i = 0; i < sum->node_count; i++) {
        nodes[i] = sum->nodes[i];
    }
    group->nodes = nodes;
    group->node_count = (int)sum->node_count;
}

void fold_say_results(const struct fold_drawn *fold)
{
    struct graph_model *const out = fold->out;
    struct summary *const sums = memory_allocate((size_t)out->card_count + 1, sizeof(*sums));
    for (int i = 0; i < out->card_count; i++) {
        sums[i].group = out->cards[i].group;
    }
    sum_edges(fold, sums);
    sum_cards(fold, sums);
    for (int i = 0; i < out->card_count; i++) {
        if (fold->boxes[i] >= 0) {
            say_sum(fold, &sums[i], &out->cards[i]);
        }
        free(sums[i].nodes);
    }
    free(sums);
}
