/* Linear algebra: where every cell of a matrix takes part in every cell of the result. */

#include "lessons/trace/provenance_rules.h"

/* The matrices of a batch: the last two axes whole, those before them as in the result. */
static struct relation *relate_matrix(struct rules *rules, size_t operand)
{
    const struct trace_tensor *const in = rules_tensor(rules, operand);

    if (!in || in->ndim < 2 || rules->out->ndim < in->ndim - 2) {
        return NULL;
    }
    struct relation *const relation = relate(rules, operand);
    for (int k = 0; k < in->ndim - 2; k++) {
        rule_follow(relation, k, k);
    }
    rule_whole(relation, in->ndim - 2);
    rule_whole(relation, in->ndim - 1);
    return relation;
}

/* The determinant, its sign and logarithm, the inverse: of the whole matrix. The factors that come
 * with them are inner results. */
static bool whole_matrix(struct rules *rules)
{
    return rules->output == 0 && relate_matrix(rules, 0);
}

static bool slogdet(struct rules *rules)
{
    return rules->output <= 1 && relate_matrix(rules, 0);
}

/* a x = b: a column of the solution comes from all of a and that column of b. */
static bool solve(struct rules *rules)
{
    const struct trace_tensor *const a = rules_tensor(rules, 0), *const b = rules_tensor(rules, 1);

    if (rules->output != 0 || !b || b->ndim != rules->out->ndim || b->count != rules->out->count ||
        rule_number_or(rules, "left", 1) == 0 || !relate_matrix(rules, 0)) {
        return false;
    }
    const bool vector = b->ndim == a->ndim - 1;
    struct relation *const relation = relate(rules, 1);
    for (int k = 0; k < b->ndim; k++) {
        if (k == b->ndim - (vector ? 1 : 2)) {
            rule_whole(relation, k);
        } else {
            rule_follow(relation, k, k);
        }
    }
    return true;
}

/* out[i] = a[i+1]·b[i+2] − a[i+2]·b[i+1], in a circle of three. */
static bool cross(struct rules *rules)
{
    static const int64_t next[] = { 1, 2, 0 }, after[] = { 2, 0, 1 };
    const int dim = rule_axis(rules, "dim", rules->out->ndim);

    if (dim < 0 || rules->out->shape[dim] != 3) {
        return false;
    }
    for (int term = 0; term < 4; term++) {
        const size_t operand = (size_t)term % 2;
        const struct trace_tensor *const in = rules_tensor(rules, operand);
        if (!in || in->ndim != rules->out->ndim || in->shape[dim] != 3 ||
            !relate_broadcast(rules, operand)) {
            return false;
        }
        struct relation *const relation = rules->links->relations[rules->links->count - 1];
        relation->rules[dim].scale[dim] = 0;
        relation->rules[dim].starts = (term < 2) == (operand == 0) ? next : after;
        relation->rules[dim].at[dim] = 1;
    }
    return true;
}

const struct rule_row *rules_of_algebra(const char *name)
{
    static const struct rule_row table[] = {
        { "cross", cross },     { "det", whole_matrix }, { "inv", whole_matrix },
        { "slogdet", slogdet }, { "solve", solve },
    };

    return rule_find(table, sizeof(table) / sizeof(table[0]), name);
}
