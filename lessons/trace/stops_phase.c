/* What a step does in training: see enum stop_phase. */
#include <string.h>

#include "lessons/trace/state.h"
#include "lessons/trace/stops_private.h"

static bool is_gradient(const struct stops *stops, int64_t id)
{
    const struct trace_tensor *const tensor = trace_tensor(stops->trace, id);

    return tensor && tensor->role == TENSOR_ROLE_GRAD;
}

static bool takes_gradient(const struct stops *stops, const struct record_op *op)
{
    for (size_t i = 0; i < op->in_count; i++) {
        if (op->in[i].kind == ARGUMENT_TENSOR && is_gradient(stops, op->in[i].id)) {
            return true;
        }
    }
    return false;
}

/* Outputs that were there before: `w -= …` on a leaf that requires grad. */
static bool changes_leaf(const struct stops *stops, const struct trace_op *op)
{
    for (size_t i = 0; i < op->record->out.count; i++) {
        const struct trace_tensor *const out = trace_tensor(stops->trace, op->record->out.ids[i]);
        if (out && out->born < op->first && out->node == 0 &&
            trace_requires_grad_at(stops->trace, out, op->born)) {
            return true;
        }
    }
    return false;
}

static enum stop_phase phase_of_op(const struct stops *stops, const struct record_op *record)
{
    const struct trace_op *const op = trace_op(stops->trace, record->op);
    const size_t last = stops->stop_count - 1;

    if (loops_at_header(&stops->loops)) {
        return PHASE_OTHER; /* the next item is fetched: that is no part of the model */
    }
    if (stops->backwards > 0) {
        return PHASE_BACKWARD; /* create_graph: it records what it computes */
    }
    if (strcmp(record->name, "zero_") == 0 && takes_gradient(stops, record)) {
        return PHASE_ZERO_GRAD;
    }
    /* To look at a part of a gradient moves nothing. */
    const bool computes = strcmp(op->def->provenance, "map") == 0;
    if (changes_leaf(stops, op) || (computes && takes_gradient(stops, record))) {
        return PHASE_STEP;
    }
    /* What is made of a gradient in a line is made of it to the line's end. */
    const bool same_line = last > 0 && stops->stops[last].line != NEVER &&
                           stops->stops[last - 1].line == stops->stops[last].line;
    return same_line && stops->stops[last - 1].phase == PHASE_STEP ? PHASE_STEP : PHASE_FORWARD;
}

static enum stop_phase phase_of_update(const struct record_update *update)
{
    const bool clears = strcmp(update->by, "zero_grad") == 0 || strcmp(update->grad, "none") == 0;

    return clears ? PHASE_ZERO_GRAD : strcmp(update->by, "step") == 0 ? PHASE_STEP : PHASE_OTHER;
}

/* A call of zero_grad that found nothing to clear leaves no other trace. */
static enum stop_phase phase_of_line(struct stops *stops, const struct record_line *line)
{
    const struct loop_line *const text = loops_line(&stops->loops, line->frame, line->line);

    return text && text->clears ? PHASE_ZERO_GRAD : PHASE_OTHER;
}

/* Operations on the line of the one that made the root, unless they ran in another module: of
 * `criterion(model(x), y)` the model is no part of the loss. */
static void mark_loss(struct stops *stops, int64_t root)
{
    const struct trace_tensor *const tensor = trace_tensor(stops->trace, root);
    const struct trace_op *const made = tensor ? trace_op(stops->trace, tensor->op) : NULL;
    const size_t before = made ? stops_index_at(stops, STOP_OPERATION, made->born) : SIZE_MAX;
    size_t index = before == SIZE_MAX ? 0 : before + 1;

    if (!made || index >= stops->stop_count || stops->stops[index].record != made->born) {
        return;
    }
    const uint32_t line = stops->stops[index].line;
    for (size_t i = index + 1; i-- > 0 && stops->stops[i].line == line;) {
        struct stop *const stop = &stops->stops[i];
        const struct record *const record = trace_record(stops->trace, stop->record);
        if (stop->phase == PHASE_FORWARD && record->op.module == made->record->module) {
            stop->phase = PHASE_LOSS;
        }
    }
    loops_add_phase(&stops->loops, PHASE_LOSS);
}

void stops_find_phase(struct stops *stops)
{
    struct stop *const stop = &stops->stops[stops->stop_count - 1];
    const struct record *const record = trace_record(stops->trace, stop->record);

    switch ((int)record->kind) {
    case RECORD_OP:
        stop->phase = phase_of_op(stops, &record->op);
        break;
    case RECORD_UPDATE:
        stop->phase = phase_of_update(&record->update);
        break;
    case RECORD_LINE:
        stop->phase = phase_of_line(stops, &record->line);
        break;
    case RECORD_BACKWARD:
        mark_loss(stops, record->backward.root);
        stop->phase = PHASE_BACKWARD;
        break;
    case RECORD_VISIT:
    case RECORD_ACCUMULATE:
        stop->phase = PHASE_BACKWARD;
        break;
    case RECORD_STEP:
        stop->phase = PHASE_STEP;
        break;
    default:
        stop->phase = PHASE_OTHER;
        break;
    }
    if (stop->phase != PHASE_OTHER) {
        loops_add_phase(&stops->loops, stop->phase);
    }
}
