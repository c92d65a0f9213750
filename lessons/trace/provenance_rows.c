/* Rows and cells that indices choose, and operands in another order. */

#include "lessons/trace/provenance_index.h"

#include <string.h>

void table_strides(struct axis_rule *rule, const struct space *of, int first)
{
    int64_t stride = 1;

    for (int d = of->ndim - 1; d >= 0; d--) {
        rule->at[first + d] = of->shape[d] == 1 ? 0 : stride;
        stride *= of->shape[d];
    }
}

static bool starts_with(const struct space *whole, const struct space *part, int at)
{
    for (int d = 0; d < part->ndim; d++) {
        if (at + d >= whole->ndim || whole->shape[at + d] != part->shape[d]) {
            return false;
        }
    }
    return true;
}

/* ---- one operand of indices ----------------------------------------------------------------- */

/* weight[indices]: the indices' axes in front. */
static bool embedding(struct rules *rules)
{
    const struct trace_tensor *const weight = rules_tensor(rules, 0);
    const struct trace_tensor *const indices = rules_tensor(rules, 1);
    const struct space out = space_of(rules->out);

    if (!weight || !indices || weight->ndim != 2 || out.ndim != indices->ndim + 1) {
        return false;
    }
    const struct space places = space_of(indices);
    const int64_t *const rows = rule_elements(rules, 1, weight->shape[0]);
    if (!rows || !starts_with(&out, &places, 0)) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    relation->rules[0].starts = rows;
    table_strides(&relation->rules[0], &places, 0);
    rule_follow(relation, 1, out.ndim - 1);
    struct relation *const chooses = relate(rules, 1);
    chooses->index = true;
    for (int d = 0; d < places.ndim; d++) {
        rule_follow(chooses, d, d);
    }
    return true;
}

/* a[.., indices, ..] with one axis of indices in place of axis `dim`. */
static bool index_select(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const struct trace_tensor *const indices = rules_tensor(rules, 1);
    const int dim = in ? rule_axis(rules, "dim", in->ndim) : -1;
    const int64_t *const places = dim >= 0 ? rule_elements(rules, 1, in->shape[dim]) : NULL;

    if (!places || !indices || in->ndim != rules->out->ndim ||
        rules->out->shape[dim] != indices->count) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0; k < in->ndim; k++) {
        if (k != dim) {
            rule_follow(relation, k, k);
        }
    }
    relation->rules[dim].starts = places;
    relation->rules[dim].at[dim] = 1;
    struct relation *const chooses =
        relate_spaces(rules, 1, space_of(rules->out), space_flat(indices->count));
    chooses->index = true;
    rule_follow(chooses, 0, dim);
    return true;
}

/* out[i, j] = a[index[i, j], j] along axis 0: an index for each cell, in `places`. */
static bool along(struct rules *rules, const struct trace_tensor *indices, const int64_t *places,
                  int dim)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const struct space out = space_of(rules->out), chosen = space_of(indices);

    if (!places || !in || in->ndim != out.ndim || chosen.ndim != out.ndim ||
        !starts_with(&out, &chosen, 0)) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0; k < in->ndim; k++) {
        if (k != dim) {
            rule_follow(relation, k, k);
        }
    }
    relation->rules[dim].starts = places;
    table_strides(&relation->rules[dim], &chosen, 0);
    return true;
}

static bool gather(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const struct trace_tensor *const indices = rules_tensor(rules, 1);
    const int dim = in ? rule_axis(rules, "dim", in->ndim) : -1;

    if (dim < 0 || !indices ||
        !along(rules, indices, rule_elements(rules, 1, in->shape[dim]), dim) ||
        !relate_same(rules, 1)) {
        return false;
    }
    rules->links->relations[1]->index = true;
    return true;
}

/* Both outputs of sort and topk: the second says where the first comes from. */
static bool ordered(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const int dim = in ? rule_axis(rules, "dim", in->ndim) : -1;
    const struct trace_tensor *const places =
        rules->record->out.count > 1 ? trace_tensor(rules->trace, rules->record->out.ids[1]) : NULL;

    if (dim < 0 || !places || places->value_count == 0) {
        return false;
    }
    return along(rules, places, rule_elements_of(rules, places, &places->values[0], in->shape[dim]),
                 dim);
}

static bool take(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const struct trace_tensor *const indices = rules_tensor(rules, 1);
    const int64_t *const places = in ? rule_elements(rules, 1, in->count) : NULL;

    if (!places || indices->count != rules->out->count) {
        return false;
    }
    struct relation *const relation =
        relate_spaces(rules, 0, space_flat(indices->count), space_flat(in->count));
    relation->rules[0].starts = places;
    relation->rules[0].at[0] = 1;
    relate_same(rules, 1);
    rules->links->relations[1]->index = true;
    return true;
}

static bool masked_select(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const struct trace_tensor *const mask = rules_tensor(rules, 1);
    int64_t count = 0;
    const int64_t *const places = rule_true(rules, 1, &count);

    if (!in || !places || in->count != mask->count || in->ndim != mask->ndim ||
        count != rules->out->count) {
        return false;
    }
    for (int k = 0; k < 2; k++) {
        struct relation *const relation =
            relate_spaces(rules, (size_t)k, space_flat(count), space_flat(in->count));
        relation->rules[0].starts = places;
        relation->rules[0].at[0] = 1;
        relation->index = k == 1;
    }
    return true;
}

/* ---- a[i, :, j] ------------------------------------------------------------------------------ */

static bool widen(struct space *picked, const struct space *by)
{
    struct space wide = { .ndim = picked->ndim > by->ndim ? picked->ndim : by->ndim };

    for (int d = wide.ndim - 1, p = picked->ndim - 1, b = by->ndim - 1; d >= 0; d--, p--, b--) {
        const int64_t one = p >= 0 ? picked->shape[p] : 1, other = b >= 0 ? by->shape[b] : 1;
        if (one != other && one != 1 && other != 1) {
            return false;
        }
        wide.shape[d] = one == 1 ? other : one;
    }
    *picked = wide;
    return true;
}

/* The places on axis k of all true elements of a mask. */
static bool read_mask(struct rules *rules, struct indexing *plan, size_t operand, int axis)
{
    const struct trace_tensor *const mask = rules_tensor(rules, operand);
    int64_t count = 0, stride = mask->count;
    const int64_t *const all = rule_true(rules, operand, &count);

    for (int k = 0; all && k < mask->ndim; k++) {
        int64_t *const places = arena_allocate(rules->arena, (size_t)count + 1, sizeof(int64_t));
        stride /= mask->shape[k] > 0 ? mask->shape[k] : 1;
        for (int64_t i = 0; i < count; i++) {
            places[i] = all[i] / stride % mask->shape[k];
        }
        plan->axes[axis + k] = (struct indexed_axis){ places, space_flat(count), true };
    }
    return all && mask->ndim > 0;
}

/* PyTorch puts the indices' axes where the first of them stands, or in front when there is an axis
 * without index between them. */
static void place_picked(struct indexing *plan, int ndim)
{
    int first = -1, last = -1, count = 0;

    for (int k = 0; k < ndim; k++) {
        if (plan->axes[k].used) {
            first = first < 0 ? k : first;
            last = k;
            count++;
        }
    }
    plan->first = last - first + 1 == count ? first : 0;
}

bool read_indices(struct rules *rules, struct indexing *plan, size_t first)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    int axis = 0;

    *plan = (struct indexing){ 0 };
    for (size_t i = first; in && i < rules->record->in_count; i++) {
        const struct trace_tensor *const index = rules_tensor(rules, i);
        const bool mask =
            index && (strcmp(index->dtype, "bool") == 0 || strcmp(index->dtype, "uint8") == 0);
        const int takes = mask ? index->ndim : 1;
        if (axis + takes > in->ndim) {
            return false;
        }
        if (mask && !read_mask(rules, plan, i, axis)) {
            return false;
        }
        if (index && !mask) {
            plan->axes[axis] = (struct indexed_axis){ rule_elements(rules, i, in->shape[axis]),
                                                      space_of(index), true };
        }
        if (index && (!plan->axes[axis].places || !widen(&plan->picked, &plan->axes[axis].shape))) {
            return false;
        }
        axis += takes;
    }
    if (in) {
        place_picked(plan, in->ndim);
    }
    return in != NULL;
}

/* The shape of a[i, :, j]. */
bool indexed_shape(const struct trace_tensor *in, const struct indexing *plan, struct space *out)
{
    struct space rest = { 0 };
    int before = 0;

    for (int k = 0; k < in->ndim; k++) {
        before += !plan->axes[k].used && k < plan->first;
        if (!plan->axes[k].used) {
            rest.shape[rest.ndim++] = in->shape[k];
        }
    }
    if (rest.ndim + plan->picked.ndim > AXES) {
        return false;
    }
    *out = (struct space){ .ndim = rest.ndim + plan->picked.ndim };
    for (int d = 0; d < out->ndim; d++) {
        const int in_picked = d - before;
        out->shape[d] = in_picked < 0                   ? rest.shape[d]
                        : in_picked < plan->picked.ndim ? plan->picked.shape[in_picked]
                                                        : rest.shape[d - plan->picked.ndim];
    }
    return true;
}

/* From a cell of a[i, :, j] to the cell of a. */
void index_rules(struct relation *relation, const struct indexing *plan)
{
    int rest = 0;

    for (int k = 0; k < relation->to.ndim; k++) {
        const struct indexed_axis *const axis = &plan->axes[k];
        if (axis->used) {
            relation->rules[k].starts = axis->places;
            table_strides(&relation->rules[k], &axis->shape,
                          plan->first + plan->picked.ndim - axis->shape.ndim);
        } else {
            rule_follow(relation, k, rest < plan->first ? rest : rest + plan->picked.ndim);
            rest++;
        }
    }
}

/* The index tensors themselves; a mask by the places that it has chosen. */
static void relate_indices(struct rules *rules, const struct indexing *plan, size_t first)
{
    for (size_t i = first; i < rules->record->in_count; i++) {
        const struct trace_tensor *const index = rules_tensor(rules, i);
        int64_t count = 0;
        if (!index) {
            continue;
        }
        const bool mask = strcmp(index->dtype, "bool") == 0 || strcmp(index->dtype, "uint8") == 0;
        const struct space to = mask ? space_flat(index->count) : space_of(index);
        struct relation *const relation = relate_spaces(rules, i, space_of(rules->out), to);
        relation->index = true;
        if (mask) {
            relation->rules[0].starts = rule_true(rules, i, &count);
            relation->rules[0].at[plan->first + plan->picked.ndim - 1] = count == 1 ? 0 : 1;
            continue;
        }
        for (int k = 0; k < to.ndim; k++) {
            if (to.shape[k] != 1) {
                rule_follow(relation, k, plan->first + plan->picked.ndim - to.ndim + k);
            }
        }
    }
}

static bool same_space(const struct space *a, const struct space *b)
{
    return a->ndim == b->ndim && starts_with(a, b, 0);
}

static bool index_rows(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const struct space out = space_of(rules->out);
    struct indexing plan;
    struct space shape;

    if (!read_indices(rules, &plan, 1) || !indexed_shape(in, &plan, &shape) ||
        !same_space(&out, &shape)) {
        return false;
    }
    index_rules(relate(rules, 0), &plan);
    relate_indices(rules, &plan, 1);
    return true;
}

/* ---- other orders --------------------------------------------------------------------------- */

static bool flip(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    int64_t axes[AXES];
    const int count = rule_list(rules, "dim", axes);

    if (!in || in->ndim != rules->out->ndim) {
        return false;
    }
    struct relation *const relation = relate(rules, 0);
    for (int k = 0; k < in->ndim; k++) {
        rule_follow(relation, k, k);
    }
    for (int i = 0; i < count; i++) {
        if (axes[i] < 0 || axes[i] >= in->ndim) {
            return false;
        }
        relation->rules[axes[i]].shift = in->shape[axes[i]] - 1;
        relation->rules[axes[i]].scale[axes[i]] = -1;
    }
    return true;
}

/* Where place i of a turned axis of `size` comes from. */
static const int64_t *turned(struct rules *rules, int64_t size, int64_t by)
{
    if (size > 1 << 16) {
        return NULL;
    }
    int64_t *const places = arena_allocate(rules->arena, (size_t)size + 1, sizeof(int64_t));
    for (int64_t i = 0; i < size; i++) {
        places[i] = ((i - by) % size + size) % size;
    }
    return places;
}

static bool roll(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    int64_t axes[AXES], shifts[AXES];
    const int axis_count = rule_list(rules, "dim", axes);
    const int count = rule_list(rules, "shifts", shifts);

    if (!in || in->ndim != rules->out->ndim ||
        (axis_count == 0 ? count != 1 : count != axis_count)) {
        return false;
    }
    const struct space space = axis_count == 0 ? space_flat(in->count) : space_of(in);
    struct relation *const relation = relate_spaces(rules, 0, space, space);
    for (int k = 0; k < space.ndim; k++) {
        rule_follow(relation, k, k);
    }
    for (int i = 0; i < count; i++) {
        const int64_t axis = axis_count == 0 ? 0 : axes[i];
        if (axis < 0 || axis >= space.ndim || relation->rules[axis].starts) {
            return false;
        }
        relation->rules[axis].starts = turned(rules, space.shape[axis], shifts[i]);
        relation->rules[axis].at[axis] = 1;
        relation->rules[axis].scale[axis] = 0;
        if (!relation->rules[axis].starts) {
            return false;
        }
    }
    return true;
}

/* Each axis of the result as [times, size of a]. */
static bool repeat(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    int64_t times[AXES];
    const int count = rule_list(rules, "repeats", times);
    struct space from = { .ndim = 2 * count };

    if (!in || count != rules->out->ndim || count < in->ndim || 2 * count > AXES) {
        return false;
    }
    const int lead = count - in->ndim;
    for (int d = 0; d < count; d++) {
        from.shape[2 * d] = times[d];
        from.shape[2 * d + 1] = d < lead ? 1 : in->shape[d - lead];
        if (from.shape[2 * d] * from.shape[2 * d + 1] != rules->out->shape[d]) {
            return false;
        }
    }
    struct relation *const relation = relate_spaces(rules, 0, from, space_of(in));
    for (int k = 0; k < in->ndim; k++) {
        rule_follow(relation, k, 2 * (lead + k) + 1);
    }
    return true;
}

const struct rule_row *rules_of_rows(const char *name)
{
    static const struct rule_row table[] = {
        { "embedding", embedding },
        { "flip", flip },
        { "gather", gather },
        { "index", index_rows },
        { "index_select", index_select },
        { "masked_select", masked_select },
        { "repeat", repeat },
        { "roll", roll },
        { "sort", ordered },
        { "take", take },
        { "topk", ordered },
    };

    return rule_find(table, sizeof(table) / sizeof(table[0]), name);
}
