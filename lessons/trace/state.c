#include "lessons/trace/state.h"

#include <math.h>
#include <string.h>

#include "lessons/trace/mask.h"
#include "lessons/trace/reader.h"
#include "lessons/trace/versions.h"

bool trace_exists(uint32_t born, uint32_t gone, uint32_t moment)
{
    return born < moment && moment <= gone;
}

bool trace_freed_at(const struct trace_node *node, uint32_t moment)
{
    return node->freed < moment;
}

/* ---- values --------------------------------------------------------------------------------- */

const struct trace_value *trace_value_at(const struct trace_tensor *tensor, uint32_t moment)
{
    size_t low = 0, high = tensor->value_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (tensor->values[middle].since < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? &tensor->values[low - 1] : NULL;
}

double trace_element(const struct trace_value *value, size_t index)
{
    if (index >= value->count) {
        return NAN;
    }
    if (value->masked) {
        return trace_masked_number();
    }
    const size_t size = dtype_name_size(value->dtype);
    const unsigned char *at = (const unsigned char *)value->bytes + index * size;
    if (size == 1) {
        return *at;
    }
    if (size == sizeof(float) && strstr(value->dtype, "float")) {
        float element;
        memcpy(&element, at, sizeof(element));
        return (double)element;
    }
    if (strcmp(value->dtype, "float64") == 0) {
        double element;
        memcpy(&element, at, sizeof(element));
        return element;
    }
    if (size == sizeof(int32_t)) {
        int32_t element;
        memcpy(&element, at, sizeof(element));
        return element;
    }
    int64_t element;
    memcpy(&element, at, sizeof(element));
    return (double)element;
}

/* ---- gradients ------------------------------------------------------------------------------ */

const struct trace_tensor *trace_grad_at(const struct trace *trace,
                                         const struct trace_tensor *tensor, uint32_t moment)
{
    size_t low = 0, high = tensor->grad_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (tensor->grads[middle].since < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? trace_tensor(trace, tensor->grads[low - 1].total) : NULL;
}

bool trace_requires_grad_at(const struct trace *trace, const struct trace_tensor *tensor,
                            uint32_t moment)
{
    const uint32_t set = trace_switch_at(tensor, moment);
    if (set != NEVER) {
        return strcmp(trace_record(trace, set)->update.requires_grad, "on") == 0;
    }
    return tensor->requires_grad || tensor->tracked_since < moment;
}

/* The latest that said whether operations are tracked; NULL: none did. */
static const struct record_mode *find_grad_mode(const struct trace *trace, uint32_t moment)
{
    const struct index_list *list = &trace->by_kind[RECORD_MODE];
    for (size_t i = index_before(list->items, list->count, moment); i > 0; i--) {
        const struct record_mode *mode = &trace_record(trace, list->items[i - 1])->mode;
        if (mode->grad[0] != '\0') {
            return mode;
        }
    }
    return NULL;
}

bool trace_grad_mode_at(const struct trace *trace, uint32_t moment)
{
    const struct record_mode *mode = find_grad_mode(trace, moment);
    return !mode || strcmp(mode->grad, "on") == 0;
}

const char *trace_grad_off_by(const struct trace *trace, uint32_t moment)
{
    const struct record_mode *mode = find_grad_mode(trace, moment);
    if (!mode || strcmp(mode->grad, "on") == 0) {
        return "";
    }
    return mode->inference ? "inference_mode" : "no_grad";
}

int64_t trace_root_grad(const struct trace_backward *backward, int64_t tensor)
{
    const struct record_backward *record = backward->record;
    if (record->root == tensor) {
        return record->grad;
    }
    for (size_t i = 0; i < record->more_count; i++) {
        if (record->more[i].root == tensor) {
            return record->more[i].grad;
        }
    }
    return 0;
}

/* How many walks have begun before the moment; their ids are the numbers up to it. */
static int64_t backwards_before(const struct trace *trace, uint32_t moment)
{
    const struct index_list *list = &trace->by_kind[RECORD_BACKWARD];
    return (int64_t)index_before(list->items, list->count, moment);
}

const struct trace_backward *trace_last_backward_at(const struct trace *trace, uint32_t moment)
{
    return trace_backward(trace, backwards_before(trace, moment));
}

const struct trace_backward *trace_backward_at(const struct trace *trace, uint32_t moment)
{
    const struct trace_backward *last = trace_last_backward_at(trace, moment);
    return last && trace_exists(last->born, last->ended, moment) ? last : NULL;
}

/* The moment, but not after the walk: what comes later is none of its business. One that an error
 * cut off lasts until the next begins. */
static uint32_t within_walk(const struct trace *trace, const struct trace_backward *backward,
                            uint32_t moment)
{
    const struct trace_backward *next = trace_backward(trace, backward->id + 1);
    const uint32_t end = backward->ended == NEVER && next ? next->born : backward->ended;
    return moment < end ? moment : end;
}

/* The gradient of that output that the node was visited with in this walk, 0: not visited yet. */
static int64_t visited_with(const struct trace *trace, const struct trace_node *node, int output,
                            int64_t backward, uint32_t moment)
{
    for (size_t i = index_before(node->visits, node->visit_count, moment); i > 0; i--) {
        const struct record_visit *visit = &trace_record(trace, node->visits[i - 1])->visit;
        if (visit->backward == backward) {
            return (size_t)output < visit->in.count ? visit->in.ids[output] : 0;
        }
    }
    return 0;
}

static int64_t accumulated(const struct trace *trace, const struct tensor_entry *entry,
                           int64_t backward, uint32_t moment)
{
    const struct index_list *list = &entry->accumulates;
    for (size_t i = index_before(list->items, list->count, moment); i > 0; i--) {
        const struct record_accumulate *record =
            &trace_record(trace, list->items[i - 1])->accumulate;
        if (record->backward == backward) {
            return record->grad;
        }
    }
    return 0;
}

/* The contributions of this walk among those that ever came to that output of the node, or to the leaf. */
static size_t collect_parts(const struct trace *trace, const struct arrival_list *list, int output,
                            const struct trace_backward *backward, uint32_t moment,
                            struct trace_contribution *parts)
{
    size_t low = 0, high = list->count, found = 0;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (list->items[middle].visit < backward->born) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < list->count && list->items[low].visit < moment; low++) {
        const struct arrival *arrival = &list->items[low];
        const struct record_visit *visit = &trace_record(trace, arrival->visit)->visit;
        const struct visit_edge *edge = &visit->edges[arrival->edge];
        if (visit->backward != backward->id || (edge->to.node != 0 && edge->to.output != output)) {
            continue;
        }
        if (parts) {
            parts[found] = (struct trace_contribution){
                .visit = arrival->visit,
                .from_node = visit->node,
                .edge = arrival->edge,
                .grad = edge->grad,
            };
        }
        found++;
    }
    return found;
}

struct trace_arrival trace_arrival_of(const struct trace *trace, const struct trace_tensor *tensor,
                                      int64_t grad_fn, const struct trace_backward *backward,
                                      uint32_t moment, struct arena *arena)
{
    const struct tensor_entry *entry = tensor_entry(trace, tensor->id);
    const struct node_entry *node = node_entry(trace, grad_fn);
    moment = within_walk(trace, backward, moment);
    const struct arrival_list *list = node ? &node->arrivals : &entry->arrivals;
    const int output = node ? trace_node_output(trace, &node->node, tensor) : 0;
    struct trace_arrival arrival = { 0 };
    arrival.part_count = collect_parts(trace, list, output, backward, moment, NULL);
    if (arrival.part_count > 0) {
        struct trace_contribution *parts =
            arena_allocate(arena, arrival.part_count, sizeof(*parts));
        collect_parts(trace, list, output, backward, moment, parts);
        arrival.parts = parts;
    }
    if (node) {
        arrival.sum = visited_with(trace, &node->node, output, backward->id, moment);
    } else {
        arrival.sum = accumulated(trace, entry, backward->id, moment);
    }
    /* A root's gradient is there from the start: nothing has to arrive. */
    if (arrival.sum == 0 && backward->born < moment &&
        grad_fn == trace_grad_fn_at(tensor, backward->born)) {
        arrival.sum = trace_root_grad(backward, tensor->id);
    }
    return arrival;
}

struct trace_arrival trace_arrival_at(const struct trace *trace, const struct trace_tensor *tensor,
                                      const struct trace_backward *backward, uint32_t moment,
                                      struct arena *arena)
{
    return trace_arrival_of(trace, tensor, trace_grad_fn_at(tensor, backward->born), backward,
                            moment, arena);
}

/* ---- where execution is, what it said ------------------------------------------------------- */

bool trace_position_at(const struct trace *trace, uint32_t moment, struct trace_position *out)
{
    size_t low = 0, high = trace->position_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (trace->positions[middle].since < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return false;
    }
    const struct position *position = &trace->positions[low - 1];
    const struct record_line *line = &trace_record(trace, position->line_record)->line;
    *out = (struct trace_position){ .frame = line->frame,
                                    .cell = trace_frame(trace, line->frame)->cell,
                                    .line = line->line,
                                    .visit = position->visit,
                                    .line_record = position->line_record };
    return true;
}

/* How many of the line's positions began before the moment. */
static size_t positions_before(const struct trace *trace, const struct visit_count *line,
                               uint32_t moment)
{
    size_t low = 0, high = line->positions.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (trace->positions[line->positions.items[middle]].since < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool trace_execution_at(const struct trace *trace, int64_t cell, int64_t line, uint32_t moment,
                        struct trace_execution *out)
{
    const struct visit_count *visits = visit_find(trace, cell, line);
    size_t at = visits ? positions_before(trace, visits, moment) : 0;
    if (at == 0) {
        return false;
    }
    out->line_record = trace->positions[visits->positions.items[at - 1]].line_record;
    out->frame = trace_record(trace, out->line_record)->line.frame;
    out->stretch_count = 0;
    for (; at > 0 && out->stretch_count < TRACE_STRETCHES_MAX; at--) {
        const size_t index = visits->positions.items[at - 1];
        const struct position *position = &trace->positions[index];
        const uint32_t end = index + 1 < trace->position_count ? trace->positions[index + 1].since
                                                               : (uint32_t)trace->record_count;
        if (position->line_record != out->line_record) {
            break;
        }
        out->stretches[out->stretch_count++] =
            (struct trace_stretch){ position->since, end < moment ? end : moment };
    }
    return true;
}

void trace_output_at(const struct trace *trace, uint32_t moment, struct text *out)
{
    const struct index_list *list = &trace->by_kind[RECORD_OUT];
    const size_t count = index_before(list->items, list->count, moment);
    struct arena scratch = { 0 };
    for (size_t i = 0; i < count; i++) {
        const struct trace_string text = trace_printed(trace, list->items[i], &scratch);
        text_append(out, text.bytes, text.length);
        arena_clear(&scratch);
    }
    arena_finish(&scratch);
}

const struct record_error *trace_error_at(const struct trace *trace, uint32_t moment)
{
    const struct index_list *list = &trace->by_kind[RECORD_ERROR];
    const size_t count = index_before(list->items, list->count, moment);
    return count > 0 ? &trace_record(trace, list->items[count - 1])->error : NULL;
}
