/* Which card a step is about: what the camera looks at and what is marked. */

#include "render/graph/moment.h"

/* How far back the camera looks for a step that was about a card. */
enum { FOCUS_STOPS = 200 };

enum step_kind step_kind_of(const struct record *record)
{
    switch ((int)record->kind) {
    case RECORD_OP:
        return STEP_OP;
    case RECORD_BACKWARD:
        return STEP_BACKWARD;
    case RECORD_VISIT:
        return STEP_VISIT;
    case RECORD_ACCUMULATE:
        return STEP_ACCUMULATE;
    case RECORD_UPDATE:
    case RECORD_STEP:
        return STEP_UPDATE;
    case RECORD_ERROR:
        return STEP_ERROR;
    default:
        return STEP_OTHER;
    }
}

static int card_with(const struct graph_model *model, int64_t tensor, uint32_t at)
{
    const int own = graph_model_find_tensor(model, tensor, at);
    return own >= 0 ? own : graph_model_find_parameter(model, tensor, at);
}

static int card_of_op(const struct graph_model *model, const struct record_op *op, uint32_t at)
{
    const int written = op->whole ? graph_model_find_op(model, op->op) : -1;
    if (written >= 0) {
        return written;
    }
    for (size_t i = 0; i < op->out.count; i++) {
        const int card = card_with(model, op->out.ids[i], at);
        if (card >= 0) {
            return card;
        }
    }
    /* What only turns a parameter is about the card that will have it inside. */
    return op->in_count == 1 && op->in[0].kind == ARGUMENT_TENSOR
               ? graph_model_find_parameter(model, op->in[0].id, at)
               : -1;
}

/* A node without a card of its own turned a parameter for the card that has it inside. */
static int card_of_visit(const struct graph_model *model, const struct trace *trace,
                         const struct record_visit *visit, uint32_t at)
{
    const int own = graph_model_find_node(model, visit->node);
    const struct trace_node *node = own < 0 ? trace_node(trace, visit->node) : NULL;
    return node && node->record->edge_count > 0
               ? graph_model_find_parameter(model, node->record->edges[0].leaf, at)
               : own;
}

int step_card(const struct graph_model *model, const struct trace *trace,
              const struct record *record, uint32_t at)
{
    switch (step_kind_of(record)) {
    case STEP_OP:
        return card_of_op(model, &record->op, at);
    case STEP_BACKWARD:
        return card_with(model, record->backward.root, at);
    case STEP_VISIT:
        return card_of_visit(model, trace, &record->visit, at);
    case STEP_ACCUMULATE:
        return card_with(model, record->accumulate.tensor, at);
    case STEP_UPDATE:
        return record->kind == RECORD_UPDATE  ? card_with(model, record->update.tensor, at)
               : record->step.param_count > 0 ? card_with(model, record->step.params[0].tensor, at)
                                              : -1;
    case STEP_ERROR:
        return graph_model_find_node(model, record->error.node);
    case STEP_OTHER:
        break;
    }
    return -1;
}

/* The number that the lesson took out of a tensor in the stretch that ends with that stop. */
static int card_taken(const struct graph_model *model, const struct run_view *run, size_t index)
{
    const uint32_t from = index > 0 ? stops_at(run->stops, STOP_OPERATION, index - 1)->moment : 0;
    const uint32_t to = stops_at(run->stops, STOP_OPERATION, index)->moment;
    for (int i = 0; i < model->card_count; i++) {
        const struct graph_card *card = &model->cards[i];
        if (card->kind == CARD_CONSTANT && card->formula[0] && card->born >= from &&
            card->born < to) {
            return i;
        }
    }
    return -1;
}

int graph_moment_focus(const struct graph_model *model, const struct run_view *run, uint32_t at,
                       enum step_kind *step)
{
    size_t index = stops_index_at(run->stops, STOP_OPERATION, at);
    *step = STEP_OTHER;
    for (int back = 0; index != SIZE_MAX && back < FOCUS_STOPS; back++) {
        const struct stop *stop = stops_at(run->stops, STOP_OPERATION, index);
        const struct record *record = trace_record(run->trace, stop->record);
        const int own = step_card(model, run->trace, record, at);
        const int card = own >= 0 ? own : card_taken(model, run, index);
        if (back == 0) {
            *step = step_kind_of(record);
        }
        if (card >= 0) {
            return card;
        }
        index = index > 0 ? index - 1 : SIZE_MAX;
    }
    return -1;
}
