/* Which box a step is in: the call of a module, where a graph has no room but with all others closed, and what
 * is folded otherwise. */

#include "render/graph/moment.h"
#include "render/graph/picture.h"

/* How far back a step is looked for that says where it is. */
enum { INSIDE_STOPS = 200 };

/* How many of the records there are before the moment. */
static size_t count_before(const struct trace *trace, enum record_kind kind, uint32_t moment)
{
    size_t count, low = 0;
    const uint32_t *const records = trace_records_of(trace, kind, &count);

    while (low < count) {
        const size_t middle = low + (count - low) / 2;
        if (records[middle] < moment) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return low;
}

/* The record that begins the call in which the operation was executed; 0: in none. */
static uint32_t call_of(const struct trace *trace, int64_t id)
{
    const struct trace_op *const op = trace_op(trace, id);
    size_t count;
    const uint32_t *const enters = trace_records_of(trace, RECORD_ENTER, &count);

    if (!op || !op->record->module) {
        return 0;
    }
    size_t low = count_before(trace, RECORD_ENTER, op->born);
    while (low > 0 && trace_record(trace, enters[low - 1])->enter.module != op->record->module) {
        low--;
    }
    return low > 0 ? enters[low - 1] : 0;
}

/* Whether the record says it, and by which operation, 0: by none. What is bound or printed, and parameters
 * that change, do not. */
static bool says(const struct trace *trace, const struct record *record, int64_t *op)
{
    const struct trace_node *node;

    switch (step_kind_of(record)) {
    case STEP_OP:
        *op = record->op.op;
        return true;
    case STEP_VISIT:
        node = trace_node(trace, record->visit.node);
        *op = node ? node->op : 0;
        return true;
    case STEP_ERROR:
        node = trace_node(trace, record->error.node);
        *op = node ? node->op : 0;
        return node;
    case STEP_BACKWARD:
        *op = 0;
        return true;
    case STEP_ACCUMULATE:
    case STEP_UPDATE:
    case STEP_OTHER:
        break;
    }
    return false;
}

/* The lesson goes on after its model has answered: what it prints or binds there is about the whole. */
static bool is_outside(const struct trace *trace, const struct stop *stop)
{
    return step_kind_of(trace_record(trace, stop->record)) == STEP_OTHER &&
           count_before(trace, RECORD_ENTER, stop->moment) ==
               count_before(trace, RECORD_LEAVE, stop->moment);
}

/* The operation that the step is about, or the last one before it in the episode; 0: it is about the whole.
 * With a model only one that has a card: where a parameter is turned, the step goes on in the card that has
 * it inside. */
static int64_t op_of_step(const struct run_view *run, const struct episode *episode,
                          const struct graph_model *model)
{
    size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);
    int64_t op = 0;

    if (index != SIZE_MAX && is_outside(run->trace, stops_at(run->stops, STOP_OPERATION, index))) {
        return 0;
    }
    for (int back = 0; index != SIZE_MAX && back < INSIDE_STOPS; back++) {
        const struct stop *const stop = stops_at(run->stops, STOP_OPERATION, index);
        if (stop->record < episode->first) {
            break;
        }
        if (says(run->trace, trace_record(run->trace, stop->record), &op) &&
            (op == 0 || !model || id_map_find(&model->homes, op) >= 0)) {
            return op;
        }
        index = index > 0 ? index - 1 : SIZE_MAX;
    }
    return 0;
}

uint32_t graph_inside(const struct run_view *run, const struct episode *episode)
{
    return call_of(run->trace, op_of_step(run, episode, NULL));
}

int64_t graph_within(const struct graph_model *model, const struct run_view *run,
                     const struct episode *episode)
{
    const int home = id_map_find(&model->homes, op_of_step(run, episode, model));

    return home >= 0 ? model->home_keys[home] : 0;
}
