#include "lessons/trace/provenance_rules.h"

#include <string.h>

#include "lessons/trace/state.h"

/* Between so many candidates a cell is looked for. */
enum { CANDIDATES_MAX = 1 << 20 };

/* ---- spaces --------------------------------------------------------------------------------- */

static int64_t space_count(const struct space *space)
{
    int64_t count = 1;

    for (int d = 0; d < space->ndim; d++) {
        count *= space->shape[d];
    }
    return count;
}

static void index_of(const struct space *space, int64_t element, int64_t index[AXES])
{
    for (int d = space->ndim - 1; d >= 0; d--) {
        index[d] = element % space->shape[d];
        element /= space->shape[d];
    }
}

static int64_t element_of(const struct space *space, const int64_t index[AXES])
{
    int64_t element = 0;

    for (int d = 0; d < space->ndim; d++) {
        element = element * space->shape[d] + index[d];
    }
    return element;
}

/* ---- one axis ------------------------------------------------------------------------------- */

/* Where the places of an axis begin, and how many there are. */
struct places {
    int64_t start, count, step, size;
    const int64_t *list;
};

static struct places places_on(const struct relation *relation, int axis, const int64_t index[AXES])
{
    const struct axis_rule *const rule = &relation->rules[axis];
    struct places places = { .start = rule->shift,
                             .count = rule->count,
                             .step = rule->step,
                             .size = relation->to.shape[axis],
                             .list = rule->list };
    int64_t at = 0;

    for (int d = 0; d < relation->from.ndim; d++) {
        places.start += rule->scale[d] * index[d];
        at += rule->at[d] * index[d];
    }
    places.start += rule->starts ? rule->starts[at] : 0;
    places.count = rule->counts ? rule->counts[at] : places.count;
    return places;
}

/* The j-th; -1 when it lies beyond the axis. */
static int64_t place_at(const struct places *places, int64_t j)
{
    const int64_t place = places->start + (places->list ? places->list[j] : j * places->step);

    return place >= 0 && place < places->size ? place : -1;
}

static bool holds_place(const struct places *places, int64_t place)
{
    const int64_t beyond = place - places->start;

    if (places->list) {
        for (int64_t j = 0; j < places->count; j++) {
            if (places->list[j] == beyond) {
                return true;
            }
        }
        return false;
    }
    if (places->step == 0) {
        return beyond == 0 && places->count > 0;
    }
    return beyond % places->step == 0 && beyond / places->step >= 0 &&
           beyond / places->step < places->count;
}

/* ---- collecting ----------------------------------------------------------------------------- */

struct collector {
    struct arena *arena;
    struct tensor_cell *at;
    size_t count, capacity, most;
    bool more;
};

static void collect(struct collector *collector, struct tensor_cell cell)
{
    if (collector->count == collector->most) {
        collector->more = true;
        return;
    }
    if (collector->count == collector->capacity) {
        const size_t capacity = collector->capacity ? collector->capacity * 2 : 16;
        struct tensor_cell *const wider =
            arena_allocate(collector->arena, capacity, sizeof(struct tensor_cell));
        if (collector->count > 0) {
            memcpy(wider, collector->at, collector->count * sizeof(struct tensor_cell));
        }
        collector->at = wider;
        collector->capacity = capacity;
    }
    collector->at[collector->count++] = cell;
}

static struct tensor_cell cell_of(const struct relation *relation, int64_t element)
{
    return (struct tensor_cell){ relation->operand, relation->index, element };
}

/* Counts `turn` up like an odometer; false after the last. */
static bool turn_on(int ndim, const int64_t counts[AXES], int64_t turn[AXES])
{
    for (int d = ndim - 1; d >= 0; d--) {
        if (++turn[d] < counts[d]) {
            return true;
        }
        turn[d] = 0;
    }
    return false;
}

/* All cells that an element of the known side leads to. */
static void reach(const struct relation *relation, int64_t element, struct collector *out)
{
    struct places places[AXES];
    int64_t index[AXES], counts[AXES], turn[AXES] = { 0 };

    index_of(&relation->from, element, index);
    for (int k = 0; k < relation->to.ndim; k++) {
        places[k] = places_on(relation, k, index);
        counts[k] = places[k].count;
        if (counts[k] <= 0) {
            return;
        }
    }
    int64_t tried = 0;
    do {
        int64_t at[AXES];
        bool inside = true;
        for (int k = 0; k < relation->to.ndim; k++) {
            at[k] = place_at(&places[k], turn[k]);
            inside = inside && at[k] >= 0;
        }
        if (inside) {
            collect(out, cell_of(relation, element_of(&relation->to, at)));
        }
        out->more = out->more || ++tried == CANDIDATES_MAX;
    } while (!out->more && turn_on(relation->to.ndim, counts, turn));
}

/* ---- and back ------------------------------------------------------------------------------- */

struct span_of_places {
    int64_t from, to; /* exclusive */
};

/* The only axis of the known side that the rule looks at with numbers that grow with it; -1: none, or
 * it is not as simple. */
static int only_axis(const struct relation *relation, const struct axis_rule *rule)
{
    int only = -1;

    if (rule->starts || rule->counts || rule->list) {
        return -1;
    }
    for (int d = 0; d < relation->from.ndim; d++) {
        if (rule->scale[d] != 0) {
            if (only >= 0 || rule->scale[d] < 0) {
                return -1;
            }
            only = d;
        }
    }
    return only;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Leaves of the span only where a place of the axis can be `wanted`:
 * wanted = shift + scale·i + step·j, 0 ≤ j < count. */
static void narrow(struct span_of_places *span, const struct axis_rule *rule, int64_t scale,
                   int64_t wanted)
{
    const int64_t reach_of = (rule->count - 1) * rule->step;
    const int64_t most = wanted - rule->shift - (reach_of < 0 ? reach_of : 0);
    const int64_t least = wanted - rule->shift - (reach_of > 0 ? reach_of : 0);
    const int64_t from = -floor_divide(-least, scale), to = floor_divide(most, scale) + 1;

    span->from = from > span->from ? from : span->from;
    span->to = to < span->to ? to : span->to;
}

static bool leads_to(const struct relation *relation, const int64_t index[AXES],
                     const int64_t wanted[AXES])
{
    for (int k = 0; k < relation->to.ndim; k++) {
        const struct places places = places_on(relation, k, index);
        if (!holds_place(&places, wanted[k])) {
            return false;
        }
    }
    return true;
}

/* All elements of the known side that lead to a cell of the other. */
static void find(const struct relation *relation, int64_t element, struct collector *out)
{
    struct span_of_places spans[AXES];
    int64_t wanted[AXES], counts[AXES], turn[AXES] = { 0 };

    index_of(&relation->to, element, wanted);
    for (int d = 0; d < relation->from.ndim; d++) {
        spans[d] = (struct span_of_places){ 0, relation->from.shape[d] };
    }
    for (int k = 0; k < relation->to.ndim; k++) {
        const struct axis_rule *const rule = &relation->rules[k];
        const int axis = only_axis(relation, rule);
        if (axis >= 0) {
            narrow(&spans[axis], rule, rule->scale[axis], wanted[k]);
        }
    }
    for (int d = 0; d < relation->from.ndim; d++) {
        counts[d] = spans[d].to - spans[d].from;
        if (counts[d] <= 0) {
            return;
        }
    }
    int64_t tried = 0;
    do {
        int64_t index[AXES];
        for (int d = 0; d < relation->from.ndim; d++) {
            index[d] = spans[d].from + turn[d];
        }
        if (leads_to(relation, index, wanted)) {
            collect(out, cell_of(relation, element_of(&relation->from, index)));
        }
        out->more = out->more || ++tried == CANDIDATES_MAX;
    } while (!out->more && turn_on(relation->from.ndim, counts, turn));
}

/* ---- asking --------------------------------------------------------------------------------- */

static bool is_in(const struct space *space, int64_t element)
{
    return element >= 0 && element < space_count(space);
}

/* From the result's side when `back` is false. */
static void ask(const struct relation *relation, int64_t element, bool back,
                struct collector *collector)
{
    if (relation->scattered == back) {
        if (is_in(&relation->from, element)) {
            reach(relation, element, collector);
        }
    } else if (is_in(&relation->to, element)) {
        find(relation, element, collector);
    }
}

struct tensor_cells provenance_sources(const struct provenance *links, int64_t element, size_t most,
                                       struct arena *arena)
{
    struct collector collector = { .arena = arena, .most = most };

    for (size_t i = 0; i < links->count && !collector.more; i++) {
        ask(links->relations[i], element, false, &collector);
    }
    return (struct tensor_cells){ collector.at, collector.count, collector.more };
}

struct tensor_cells provenance_uses(const struct provenance *links, int operand, int64_t element,
                                    size_t most, struct arena *arena)
{
    struct collector collector = { .arena = arena, .most = most };

    for (size_t i = 0; i < links->count && !collector.more; i++) {
        if (links->relations[i]->operand == operand) {
            ask(links->relations[i], element, true, &collector);
        }
    }
    return (struct tensor_cells){ collector.at, collector.count, collector.more };
}

int64_t relation_place(const struct relation *relation, int64_t element)
{
    int64_t index[AXES], at[AXES];

    index_of(&relation->from, element, index);
    for (int k = 0; k < relation->to.ndim; k++) {
        const struct places places = places_on(relation, k, index);
        at[k] = places.count == 1 ? place_at(&places, 0) : -1;
        if (at[k] < 0) {
            return -1;
        }
    }
    return element_of(&relation->to, at);
}

/* ---- which rules ---------------------------------------------------------------------------- */

const struct trace_value *provenance_operand_value(const struct trace_op *op,
                                                   const struct trace_tensor *operand)
{
    const struct trace_value *const before = trace_value_at(operand, op->first);

    if (before) {
        return before;
    }
    /* It appears with the operation; one in place has its former value in front. */
    return operand->value_count > 0 && operand->values[0].since < op->born ? &operand->values[0]
                                                                           : NULL;
}

/* Sizes and steps with which sums of products cannot overflow. */
static bool is_sane(const struct trace_tensor *tensor)
{
    static const int64_t most = 1 << 30, most_stride = 1 << 27;

    for (int k = 0; tensor && k < tensor->ndim; k++) {
        if (tensor->shape[k] > most || tensor->strides[k] > most_stride ||
            tensor->strides[k] < -most_stride) {
            return false;
        }
    }
    return !tensor || (tensor->count <= (int64_t)most * most && tensor->offset <= most);
}

static bool all_sane(const struct rules *rules)
{
    for (size_t i = 0; i < rules->record->in_count; i++) {
        if (!is_sane(rules_tensor(rules, i))) {
            return false;
        }
    }
    return is_sane(rules->out);
}

static bool relate_all(struct rules *rules)
{
    const char *const name = rules->record->name, *const class = rules->op->def->provenance;
    const struct rule_row *row = rules_of_views(name);

    row = row ? row : rules_of_rows(name);
    row = row ? row : rules_of_writes(name);
    row = row ? row : rules_of_sums(name);
    row = row ? row : rules_of_windows(name);
    row = row ? row : rules_of_algebra(name);
    row = row ? row : rules_of_choices(name);
    if (row) {
        return row->relate(rules);
    }
    return strcmp(class, "create") == 0 || (strcmp(class, "map") == 0 && rules_map(rules));
}

const struct provenance *provenance_of(const struct trace *trace, const struct trace_op *op,
                                       int output, struct arena *arena)
{
    const struct id_list *const outputs = &op->record->out;
    struct provenance *const links = arena_allocate(arena, 1, sizeof(struct provenance));
    struct rules rules = { .trace = trace,
                           .op = op,
                           .record = op->record,
                           .output = output,
                           .links = links,
                           .arena = arena };

    if (output < 0 || (size_t)output >= outputs->count) {
        return NULL;
    }
    rules.out = trace_tensor(trace, outputs->ids[output]);
    return rules.out && all_sane(&rules) && relate_all(&rules) ? links : NULL;
}
