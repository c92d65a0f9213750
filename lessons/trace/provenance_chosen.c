/* Cells that a condition chooses: each comes from one of two places. */

#include "lessons/trace/provenance_rules.h"

/* Between so many cells a table says which were chosen. */
enum { CHOSEN_MAX = 1 << 16 };

/* For every cell of the result its place in an operand that is spread over it, where the condition
 * there is `wanted`, else -1. NULL when it cannot be said. */
static int64_t *chosen_places(struct rules *rules, const int64_t *condition, size_t operand,
                              bool wanted)
{
    const int64_t count = rules->out->count;
    struct relation *const spread =
        relation_alone(rules, space_of(rules->out), space_of(rules_tensor(rules, operand)));
    int64_t *const places = arena_allocate(rules->arena, (size_t)count + 1, sizeof(int64_t));

    if (!rule_broadcast(spread)) {
        return NULL;
    }
    for (int64_t i = 0; i < count; i++) {
        places[i] = (condition[i] != 0) == wanted ? relation_place(spread, i) : -1;
    }
    return places;
}

static void relate_places(struct rules *rules, size_t operand, const int64_t *places)
{
    struct relation *const relation =
        relate_spaces(rules, operand, space_flat(rules->out->count),
                      space_flat(rules_tensor(rules, operand)->count));

    relation->rules[0].starts = places;
    relation->rules[0].at[0] = rules->out->count == 1 ? 0 : 1;
}

/* The condition for every cell of the result; NULL where only a sample of it was recorded. */
static const int64_t *condition_of(struct rules *rules, size_t operand)
{
    const struct trace_tensor *const condition = rules_tensor(rules, operand);
    const int64_t *const values = condition ? rule_elements(rules, operand, 0) : NULL;
    const int64_t count = rules->out->count;

    if (!values || count > CHOSEN_MAX) {
        return NULL;
    }
    struct relation *const spread =
        relation_alone(rules, space_of(rules->out), space_of(condition));
    int64_t *const all = arena_allocate(rules->arena, (size_t)count + 1, sizeof(int64_t));
    if (!rule_broadcast(spread)) {
        return NULL;
    }
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = relation_place(spread, i);
        all[i] = at >= 0 ? values[at] : 0;
    }
    return all;
}

static bool relate_condition(struct rules *rules, size_t operand)
{
    if (!relate_broadcast(rules, operand)) {
        return false;
    }
    rules->links->relations[rules->links->count - 1]->index = true;
    return true;
}

/* condition ? a : b; either may be a plain number. */
static bool where(struct rules *rules)
{
    const int64_t *const condition = condition_of(rules, 0);

    if (!condition) {
        return false;
    }
    for (size_t k = 1; k <= 2; k++) {
        const int64_t *const places =
            rules_tensor(rules, k) ? chosen_places(rules, condition, k, k == 1) : NULL;
        if (rules_tensor(rules, k) && !places) {
            return false;
        }
        if (places) {
            relate_places(rules, k, places);
        }
    }
    return relate_condition(rules, 0);
}

/* Where the mask is true the source's cells in their order, else its own. */
static bool masked_scatter(struct rules *rules)
{
    const struct trace_tensor *const source = rules_tensor(rules, 2);
    const int64_t *const mask = condition_of(rules, 1);
    const int64_t *const own =
        mask && rules_tensor(rules, 0) ? chosen_places(rules, mask, 0, false) : NULL;

    if (!own || !source) {
        return false;
    }
    int64_t *const taken =
        arena_allocate(rules->arena, (size_t)rules->out->count + 1, sizeof(int64_t));
    for (int64_t i = 0, next = 0; i < rules->out->count; i++) {
        taken[i] = mask[i] != 0 ? next++ : -1;
    }
    relate_places(rules, 0, own);
    relate_places(rules, 2, taken);
    return relate_condition(rules, 1);
}

/* A value, a plain number or a tensor with one element, where the mask is true. */
static bool masked_fill(struct rules *rules)
{
    const int64_t *const mask = condition_of(rules, 1);
    const int64_t *const own =
        mask && rules_tensor(rules, 0) ? chosen_places(rules, mask, 0, false) : NULL;
    const int64_t *const filled =
        own && rules_tensor(rules, 2) ? chosen_places(rules, mask, 2, true) : NULL;

    if (!own || (rules_tensor(rules, 2) && !filled)) {
        return false;
    }
    relate_places(rules, 0, own);
    if (filled) {
        relate_places(rules, 2, filled);
    }
    return relate_condition(rules, 1);
}

const struct rule_row *rules_of_choices(const char *name)
{
    static const struct rule_row table[] = {
        { "masked_fill", masked_fill },
        { "masked_fill_tensor", masked_fill },
        { "masked_scatter", masked_scatter },
        { "where", where },
    };

    return rule_find(table, sizeof(table) / sizeof(table[0]), name);
}
