/* Cells that indices choose to be written to, or added to. */

#include "lessons/trace/provenance_index.h"

/* Between so many cells a table says which were written. */
enum { WRITTEN_MAX = 1 << 16 };

/* For every cell of the result the cell of operand `source` that overwrote it; else its own. `where`
 * leads from a place among the indices to the cell there; `taken` from there to the source's cell. */
struct writing {
    const struct relation *where, *taken;
    int64_t places; /* among the indices */
    size_t source;
};

static bool relate_written(struct rules *rules, const struct writing *writing)
{
    const struct trace_tensor *const source = rules_tensor(rules, writing->source);
    const int64_t count = rules->out->count;

    if (count > WRITTEN_MAX || writing->places > WRITTEN_MAX) {
        return false;
    }
    int64_t *const own = arena_allocate(rules->arena, (size_t)count + 1, sizeof(int64_t));
    int64_t *const from = arena_allocate(rules->arena, (size_t)count + 1, sizeof(int64_t));
    for (int64_t i = 0; i < count; i++) {
        own[i] = i;
        from[i] = -1;
    }
    for (int64_t i = 0; i < writing->places; i++) {
        const int64_t cell = relation_place(writing->where, i);
        if (cell >= 0) {
            own[cell] = -1;
            from[cell] = writing->taken ? relation_place(writing->taken, i) : -1;
        }
    }
    struct relation *const kept =
        relate_spaces(rules, 0, space_flat(count), space_flat(rules_tensor(rules, 0)->count));
    kept->rules[0].starts = own;
    kept->rules[0].at[0] = 1;
    if (source && writing->taken) {
        struct relation *const written =
            relate_spaces(rules, writing->source, space_flat(count), space_flat(source->count));
        written->rules[0].starts = from;
        written->rules[0].at[0] = 1;
    }
    return true;
}

/* What is added to cells, or put to them, from `source`, spread over the result: one relation. */
static void relate_spread(struct rules *rules, const struct relation *where, size_t source,
                          bool index)
{
    struct relation *const relation = relate_spaces(rules, source, where->from, where->to);
    const int operand = relation->operand;

    *relation = *where;
    relation->operand = operand;
    relation->index = index;
    relation->scattered = true;
}

/* a[i, :, j] = values, broadcast over what is picked; `+=` with accumulate. */
static bool index_put(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0), *const values =
                                                                      rules_tensor(rules, 1);
    struct indexing plan;
    struct space shape;
    int64_t places = 1;

    if (!values || !read_indices(rules, &plan, 2) || !indexed_shape(in, &plan, &shape) ||
        in->count != rules->out->count || values->ndim > shape.ndim) {
        return false;
    }
    struct relation *const where = relation_alone(rules, shape, space_of(in));
    struct relation *const taken = relation_alone(rules, shape, space_of(values));
    index_rules(where, &plan);
    for (int d = 0; d < shape.ndim; d++) {
        places *= shape.shape[d];
        if (places > WRITTEN_MAX) {
            return false;
        }
    }
    for (int k = 0; k < values->ndim; k++) {
        const int axis = shape.ndim - values->ndim + k;
        if (values->shape[k] == shape.shape[axis]) {
            rule_follow(taken, k, axis);
        } else if (values->shape[k] != 1) {
            return false;
        }
    }
    if (rule_number_or(rules, "accumulate", 0) == 0) {
        return relate_written(rules, &(struct writing){ where, taken, places, 1 });
    }
    if (values->count != places) {
        return false;
    }
    relate_same(rules, 0);
    relate_spread(rules, where, 1, false);
    return true;
}

/* From a place of the index to the cell that it means: an index for each cell along `dim`. */
static struct relation *scattered_cells(struct rules *rules)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const struct trace_tensor *const index = rules_tensor(rules, 1);
    const int dim = in ? rule_axis(rules, "dim", in->ndim) : -1;

    if (dim < 0 || !index || index->ndim != in->ndim || in->count != rules->out->count) {
        return NULL;
    }
    struct relation *const where = relation_alone(rules, space_of(index), space_of(in));
    for (int k = 0; k < in->ndim; k++) {
        if (k != dim) {
            rule_follow(where, k, k);
        }
    }
    where->rules[dim].starts = rule_elements(rules, 1, in->shape[dim]);
    table_strides(&where->rules[dim], &where->from, 0);
    return where->rules[dim].starts ? where : NULL;
}

static bool scatter(struct rules *rules)
{
    const struct relation *const where = scattered_cells(rules);
    const struct trace_tensor *const source = rules_tensor(rules, 2);
    struct relation *taken = NULL;

    if (!where || (source && source->ndim != where->from.ndim)) {
        return false;
    }
    if (source) { /* it may be larger than the index */
        taken = relation_alone(rules, where->from, space_of(source));
        for (int k = 0; k < source->ndim; k++) {
            rule_follow(taken, k, k);
        }
    }
    const int64_t places = rules_tensor(rules, 1)->count;
    if (!relate_written(rules, &(struct writing){ where, taken, places, 2 })) {
        return false;
    }
    relate_spread(rules, where, 1, true);
    return true;
}

static bool scatter_add(struct rules *rules)
{
    const struct relation *const where = scattered_cells(rules);
    const struct trace_tensor *const source = rules_tensor(rules, 2);

    if (!where || !source || source->count != rules_tensor(rules, 1)->count ||
        !relate_same(rules, 0)) {
        return false;
    }
    relate_spread(rules, where, 2, false);
    relate_spread(rules, where, 1, true);
    return true;
}

/* Its own cell only where the source brings none, unless it counts as one of them. */
static bool relate_own(struct rules *rules, const struct relation *where)
{
    const int64_t places = rules_tensor(rules, 1)->count;

    if (rule_number_or(rules, "include_self", 1) != 0) {
        return relate_same(rules, 0);
    }
    return relate_written(rules, &(struct writing){ where, NULL, places, 2 });
}

static bool scatter_reduce(struct rules *rules)
{
    const struct relation *const where = scattered_cells(rules);
    const struct trace_tensor *const source = rules_tensor(rules, 2);

    if (!where || !source || source->count != rules_tensor(rules, 1)->count ||
        !relate_own(rules, where)) {
        return false;
    }
    relate_spread(rules, where, 2, false);
    relate_spread(rules, where, 1, true);
    return true;
}

/* Whole slices: one index for each along `dim`. From a cell of the source to that of the result. */
static struct relation *sliced_cells(struct rules *rules, struct space from)
{
    const struct trace_tensor *const in = rules_tensor(rules, 0);
    const struct trace_tensor *const index = rules_tensor(rules, 1);
    const int dim = in ? rule_axis(rules, "dim", in->ndim) : -1;

    if (dim < 0 || !index || from.ndim != in->ndim || in->count != rules->out->count ||
        from.shape[dim] != index->count) {
        return NULL;
    }
    struct relation *const where = relation_alone(rules, from, space_of(in));
    for (int k = 0; k < in->ndim; k++) {
        if (k != dim) {
            rule_follow(where, k, k);
        }
    }
    where->rules[dim].starts = rule_elements(rules, 1, in->shape[dim]);
    where->rules[dim].at[dim] = 1;
    return where->rules[dim].starts ? where : NULL;
}

static bool index_add(struct rules *rules)
{
    const struct trace_tensor *const source = rules_tensor(rules, 2);
    const struct relation *const where = source ? sliced_cells(rules, space_of(source)) : NULL;

    if (!where || !relate_same(rules, 0)) {
        return false;
    }
    relate_spread(rules, where, 2, false);
    return true;
}

static bool index_copy(struct rules *rules)
{
    const struct trace_tensor *const source = rules_tensor(rules, 2);
    const struct relation *const where = source ? sliced_cells(rules, space_of(source)) : NULL;

    if (!where) {
        return false;
    }
    struct relation *const taken = relation_alone(rules, where->from, space_of(source));
    for (int k = 0; k < source->ndim; k++) {
        rule_follow(taken, k, k);
    }
    return relate_written(rules, &(struct writing){ where, taken, source->count, 2 });
}

const struct rule_row *rules_of_writes(const char *name)
{
    static const struct rule_row table[] = {
        { "index_add", index_add },           { "index_copy", index_copy },
        { "index_put", index_put },           { "scatter", scatter },
        { "scatter_add", scatter_add },       { "scatter_value", scatter },
        { "scatter_reduce", scatter_reduce },
    };

    return rule_find(table, sizeof(table) / sizeof(table[0]), name);
}
