#include "lessons/trace/provenance_rules.h"

#include <math.h>
#include <string.h>

#include "lessons/trace/state.h"

const struct rule_row *rule_find(const struct rule_row *table, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

const struct trace_tensor *rules_tensor(const struct rules *rules, size_t operand)
{
    const struct record_op *const record = rules->record;

    return operand < record->in_count && record->in[operand].kind == ARGUMENT_TENSOR
               ? trace_tensor(rules->trace, record->in[operand].id)
               : NULL;
}

/* ---- relations ------------------------------------------------------------------------------ */

struct space space_of(const struct trace_tensor *tensor)
{
    struct space space = { .ndim = tensor->ndim };

    memcpy(space.shape, tensor->shape, (size_t)tensor->ndim * sizeof(int64_t));
    return space;
}

struct space space_flat(int64_t count)
{
    return (struct space){ 1, { count } };
}

struct relation *relation_alone(struct rules *rules, struct space from, struct space to)
{
    struct relation *const relation = arena_allocate(rules->arena, 1, sizeof(struct relation));

    relation->from = from;
    relation->to = to;
    for (int k = 0; k < AXES; k++) {
        relation->rules[k].count = 1;
    }
    return relation;
}

struct relation *relate_spaces(struct rules *rules, size_t operand, struct space from,
                               struct space to)
{
    struct provenance *const links = rules->links;
    struct relation *const relation = relation_alone(rules, from, to);

    if (links->count == links->capacity) {
        const size_t capacity = links->capacity ? links->capacity * 2 : 4;
        struct relation **const wider =
            arena_allocate(rules->arena, capacity, sizeof(struct relation *));
        if (links->count > 0) {
            memcpy(wider, links->relations, links->count * sizeof(struct relation *));
        }
        links->relations = wider;
        links->capacity = capacity;
    }
    relation->operand = (int)operand;
    links->relations[links->count++] = relation;
    return relation;
}

struct relation *relate(struct rules *rules, size_t operand)
{
    return relate_spaces(rules, operand, space_of(rules->out),
                         space_of(rules_tensor(rules, operand)));
}

void rule_follow(struct relation *relation, int to, int from)
{
    relation->rules[to].scale[from] = 1;
}

void rule_whole(struct relation *relation, int to)
{
    relation->rules[to].count = relation->to.shape[to];
    relation->rules[to].step = 1;
}

void rule_whole_all(struct relation *relation)
{
    for (int k = 0; k < relation->to.ndim; k++) {
        rule_whole(relation, k);
    }
}

bool rule_broadcast(struct relation *relation)
{
    const int shift = relation->from.ndim - relation->to.ndim;

    for (int k = 0; shift >= 0 && k < relation->to.ndim; k++) {
        if (relation->to.shape[k] == relation->from.shape[k + shift]) {
            rule_follow(relation, k, k + shift);
        } else if (relation->to.shape[k] != 1) {
            return false;
        }
    }
    return shift >= 0;
}

bool relate_broadcast(struct rules *rules, size_t operand)
{
    const struct trace_tensor *const in = rules_tensor(rules, operand);

    return in && in->ndim <= rules->out->ndim && rule_broadcast(relate(rules, operand));
}

bool relate_same(struct rules *rules, size_t operand)
{
    const struct trace_tensor *const in = rules_tensor(rules, operand);

    if (!in || in->count != rules->out->count) {
        return false;
    }
    rule_follow(relate_spaces(rules, operand, space_flat(in->count), space_flat(in->count)), 0, 0);
    return true;
}

bool rules_map(struct rules *rules)
{
    for (size_t i = 0; i < rules->record->in_count; i++) {
        if (rules_tensor(rules, i) && !relate_broadcast(rules, i)) {
            return false;
        }
    }
    return true;
}

/* ---- attributes ----------------------------------------------------------------------------- */

static const struct argument *attribute(const struct rules *rules, const char *name)
{
    const struct record_op *const record = rules->record;

    for (size_t i = 0; i < record->attr_count; i++) {
        if (strcmp(record->attrs[i].name, name) == 0) {
            return &record->attrs[i];
        }
    }
    return NULL;
}

static bool is_number(const struct argument *argument)
{
    return argument->kind == ARGUMENT_NUMBER || argument->kind == ARGUMENT_BOOL;
}

bool rule_number(const struct rules *rules, const char *name, int64_t *out)
{
    static const double most = 1 << 27;
    const struct argument *const found = attribute(rules, name);

    if (!found || !is_number(found) || !(found->number >= -most && found->number <= most)) {
        return false;
    }
    *out = (int64_t)found->number;
    return true;
}

int64_t rule_number_or(const struct rules *rules, const char *name, int64_t otherwise)
{
    int64_t number;

    return rule_number(rules, name, &number) ? number : otherwise;
}

int rule_list(const struct rules *rules, const char *name, int64_t out[AXES])
{
    static const double most = 1 << 27;
    const struct argument *const found = attribute(rules, name);
    int count = 0;

    if (found && is_number(found)) {
        return rule_number(rules, name, &out[0]) ? 1 : 0;
    }
    for (size_t i = 0; found && i < found->item_count && i < AXES; i++) {
        const double number = found->items[i].number;
        out[count++] = number >= -most && number <= most ? (int64_t)number : 0;
    }
    return count;
}

int rule_axis(const struct rules *rules, const char *name, int ndim)
{
    const int64_t axis = rule_number_or(rules, name, -1);

    return axis >= 0 && axis < ndim ? (int)axis : -1;
}

/* ---- recorded indices ----------------------------------------------------------------------- */

/* All of it was recorded, and none of it is asked for just now. */
static bool is_readable(const struct trace_tensor *tensor, const struct trace_value *value)
{
    return value && !value->sampled && !value->masked && (int64_t)value->count == tensor->count;
}

const int64_t *rule_elements_of(const struct rules *rules, const struct trace_tensor *tensor,
                                const struct trace_value *value, int64_t size)
{
    if (!tensor || !is_readable(tensor, value)) {
        return NULL;
    }
    static const double most = 1 << 30;
    int64_t *const elements = arena_allocate(rules->arena, value->count + 1, sizeof(int64_t));
    for (size_t i = 0; i < value->count; i++) {
        const double number = trace_element(value, i);
        const int64_t element = fabs(number) < most ? (int64_t)number : -1 - size;
        elements[i] = element < 0 ? element + size : element;
    }
    return elements;
}

const int64_t *rule_elements(const struct rules *rules, size_t operand, int64_t size)
{
    const struct trace_tensor *const tensor = rules_tensor(rules, operand);

    return rule_elements_of(rules, tensor,
                            tensor ? provenance_operand_value(rules->op, tensor) : NULL, size);
}

const int64_t *rule_true(const struct rules *rules, size_t operand, int64_t *count)
{
    const struct trace_tensor *const tensor = rules_tensor(rules, operand);
    const struct trace_value *const value =
        tensor ? provenance_operand_value(rules->op, tensor) : NULL;

    if (!tensor || !is_readable(tensor, value)) {
        return NULL;
    }
    int64_t *const elements = arena_allocate(rules->arena, value->count + 1, sizeof(int64_t));
    *count = 0;
    for (size_t i = 0; i < value->count; i++) {
        if (trace_element(value, i) != 0) {
            elements[(*count)++] = (int64_t)i;
        }
    }
    return elements;
}
