/* What is said of gradients that are cleared, of changes in place, and of graphs that are let go. */

#include <string.h>

#include "render/lesson/sentence_parts.h"

enum { GRADIENTS_NAMED = 3 };

const char *sentence_join(const struct speaker *speaker, const char *first, const char *second)
{
    const size_t length = strlen(first);
    const bool ends = length == 0 || first[length - 1] == '.';

    return arena_format(speaker->arena, "%s%s%s%s", first, ends ? "" : ".", length > 0 ? " " : "",
                        second);
}

uint32_t sentence_step_start(const struct run_view *run)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);

    return index == SIZE_MAX || index == 0
               ? 0
               : stops_at(run->stops, STOP_OPERATION, index - 1)->moment;
}

/* All that the step did in the way of its last update: "w.grad, b.grad". */
static const char *say_all_grads(const struct speaker *speaker, const struct record_update *last,
                                 bool cleared, size_t *count)
{
    const struct run_view *const run = speaker->run;
    const char *names = "";

    *count = 0;
    for (uint32_t at = sentence_step_start(run); at < run->moment; at++) {
        const struct record *const record = trace_record(run->trace, at);
        if (record->kind != RECORD_UPDATE || strcmp(record->update.by, last->by) != 0) {
            continue;
        }
        if (++*count > GRADIENTS_NAMED) {
            return arena_format(speaker->arena, "%s, …", names);
        }
        names = arena_format(speaker->arena, "%s%s%s%s", names, *count > 1 ? ", " : "",
                             run_label(run, record->update.tensor, speaker->arena),
                             cleared ? ".grad" : "");
    }
    return names;
}

static const char *say_cleared(const struct speaker *speaker, const struct record_update *update)
{
    size_t count;
    const char *const names = say_all_grads(speaker, update, true, &count);

    return count > 1 ? SAY(speaker, "The gradients are cleared: {0} are None.", names)
                     : SAY(speaker, "The gradient is cleared: {0}.grad is None.",
                           run_label(speaker->run, update->tensor, speaker->arena));
}

const char *say_update(const struct speaker *speaker, const struct record_update *update)
{
    const char *const label = run_label(speaker->run, update->tensor, speaker->arena);
    size_t count;

    if (update->grad && strcmp(update->grad, "none") == 0) {
        return say_cleared(speaker, update);
    }
    if (strcmp(update->by, "zero_grad") == 0) {
        return SAY(speaker, "The gradients are set to zero: {0}.",
                   say_all_grads(speaker, update, false, &count));
    }
    if (update->total != 0) {
        return SAY(speaker, "{0}.grad is set to {1}.", label,
                   sentence_value(speaker, update->total));
    }
    if (update->requires_grad && update->requires_grad[0]) {
        return SAY(speaker, "{0}.requires_grad is now {1}.", label,
                   strcmp(update->requires_grad, "on") == 0 ? "True" : "False");
    }
    return SAY(speaker, "{0} changes in place ({1}): {2}.", label, update->by,
               sentence_value(speaker, update->tensor));
}

/* Whether no number was taken in this way before the record. */
static bool is_new_way(const struct run_view *run, uint32_t record)
{
    const char *const by = trace_record(run->trace, record)->taken.by;
    size_t count;
    const uint32_t *const all = trace_records_of(run->trace, RECORD_TAKEN, &count);

    for (size_t i = 0; i < count && all[i] < record; i++) {
        if (strcmp(trace_record(run->trace, all[i])->taken.by, by) == 0) {
            return false;
        }
    }
    return true;
}

/* The first number of the step that was taken out of a tensor in a way that has not been told of; NULL:
 * none was. */
static const struct record_taken *first_taken(const struct run_view *run)
{
    for (uint32_t at = sentence_step_start(run); at < run->moment; at++) {
        const struct record *const record = trace_record(run->trace, at);
        if (record->kind == RECORD_TAKEN && is_new_way(run, at)) {
            return &record->taken;
        }
    }
    return NULL;
}

/* Whether the line that is being executed was executed before. */
static bool came_before(const struct run_view *run)
{
    struct trace_position position;

    return trace_position_at(run->trace, run->moment, &position) && position.visit > 1;
}

/* Said once: a loop that takes a number out at each turn says nothing new. */
const char *say_taken(const struct speaker *speaker, const char *said)
{
    enum { EXPRESSION_BYTES = 48 };
    const struct record_taken *const taken = first_taken(speaker->run);

    if (!taken || came_before(speaker->run)) {
        return said;
    }
    const char *const expression =
        trace_span_text(speaker->run->trace, &taken->at, EXPRESSION_BYTES, speaker->arena);
    return sentence_join(speaker, said,
                         SAY(speaker,
                             "{0}: a plain number, outside the graph; no gradient comes back.",
                             expression));
}

/* Nodes that were there before this line, and that Python has let go of in this step. */
static size_t released_nodes(const struct run_view *run)
{
    const uint32_t start = sentence_step_start(run);
    struct trace_position position = { 0 };
    size_t nodes = 0;

    const uint32_t line =
        trace_position_at(run->trace, start, &position) ? position.line_record : start;
    for (uint32_t at = start; at < run->moment; at++) {
        const struct record *const record = trace_record(run->trace, at);
        for (size_t i = 0; record->kind == RECORD_GONE && i < record->gone.nodes.count; i++) {
            const struct trace_node *const node = trace_node(run->trace, record->gone.nodes.ids[i]);
            nodes += node && node->born < line;
        }
    }
    return nodes;
}

const char *say_released(const struct speaker *speaker, const char *said)
{
    const size_t released = released_nodes(speaker->run);

    if (released == 0) {
        return said;
    }
    return sentence_join(speaker, said,
                         SAY(speaker, "Old nodes that nothing held are gone ({0}).",
                             arena_format(speaker->arena, "%zu", released)));
}
