/* What happened in a step of a backward pass. */

#include <string.h>

#include "lessons/trace/places.h"
#include "lessons/trace/versions.h"
#include "render/ledger/chain.h"
#include "render/lesson/sentence_parts.h"

/* As an object of a sentence: "18", "a gradient of shape (3, 4)". */
static const char *gradient_of(const struct speaker *speaker, int64_t id)
{
    return sentence_is_shaped(speaker, id)
               ? SAY(speaker, "a gradient of {0}", sentence_value(speaker, id))
               : sentence_value(speaker, id);
}

const char *sentence_node_label(const struct speaker *speaker, int64_t id)
{
    return trace_node_label(speaker->run->trace, id, 0, speaker->run->moment, speaker->arena);
}

/* Of a node that gave several things, the gradients of which have come: the first of them, and that there are
 * more. */
static const char *visited_label(const struct speaker *speaker, const struct record_visit *visit)
{
    const struct trace *const trace = speaker->run->trace;
    const struct trace_node *const node = trace_node(trace, visit->node);
    const struct trace_op *const op = node ? trace_op(trace, node->op) : NULL;
    const struct id_list *const out = op ? &op->record->out : NULL;
    size_t first = SIZE_MAX, came = 0;

    for (size_t i = 0; out && i < visit->in.count && i < out->count; i++) {
        if (visit->in.ids[i]) {
            first = first == SIZE_MAX ? i : first;
            came++;
        }
    }
    if (came == 0) {
        return sentence_node_label(speaker, visit->node);
    }
    const char *const label =
        trace_node_label(trace, visit->node, (int)first, speaker->run->moment, speaker->arena);
    return came > 1 ? arena_format(speaker->arena, "(%s, …)", label) : label;
}

const char *say_backward(const struct speaker *speaker, const struct record_backward *record)
{
    const char *const root = sentence_label(speaker, record->root);
    const char *const grad = sentence_value(speaker, record->grad);

    if (record->more_count > 0) {
        return SAY(speaker, "One backward pass starts at {0} and {1} more, {0} with gradient {2}.",
                   root, arena_format(speaker->arena, "%zu", record->more_count), grad);
    }
    if (record->retain_graph) {
        return SAY(speaker,
                   "Backward pass from {0} with gradient {1}; saved values are kept "
                   "(retain_graph=True).",
                   root, grad);
    }
    return SAY(speaker, "The backward pass starts at {0} with gradient {1}.", root, grad);
}

/* "h (old)" where what the visit comes through has taken the name: `h = torch.sigmoid(h)`. */
static const char *label_of_target(const struct speaker *speaker, const struct record_visit *visit,
                                   const struct edge_target *to)
{
    const struct trace *const trace = speaker->run->trace;
    const char *const label = to->leaf ? sentence_label(speaker, to->leaf)
                                       : trace_node_label(trace, to->node, to->output,
                                                          speaker->run->moment, speaker->arena);
    const struct trace_tensor *const tensor = trace_tensor(trace, chain_target(trace, to));
    const bool other = tensor && trace_is_named(trace, tensor) &&
                       tensor->id != trace_node_result(trace, visit->node, 0);

    return other && strcmp(label, sentence_node_label(speaker, visit->node)) == 0
               ? arena_format(speaker->arena, "%s (%s)", label,
                              words_in(speaker->words, speaker->language, "old"))
               : label;
}

/* What several paths add up to there, of which the visit brought the last; NULL: it did not. */
static const struct trace_tensor *summed(const struct speaker *speaker,
                                         const struct record_visit *visit,
                                         const struct edge_target *to,
                                         struct trace_arrival *arrival)
{
    const struct trace *const trace = speaker->run->trace;
    const struct trace_tensor *const tensor = trace_tensor(trace, chain_target(trace, to));
    const struct trace_backward *const backward = trace_backward(trace, visit->backward);

    if (!tensor || !backward) {
        return NULL;
    }
    *arrival =
        trace_arrival_of(trace, tensor, to->node, backward, speaker->run->moment, speaker->arena);
    const int64_t sum =
        chain_sum(speaker->run, tensor, to->node, backward, arrival, speaker->arena);
    const bool last =
        arrival->part_count >= 2 && sum &&
        &trace_record(trace, arrival->parts[arrival->part_count - 1].visit)->visit == visit;
    return last ? trace_tensor(trace, sum) : NULL;
}

/* " The paths to y add up: 9 + 9 = 18." */
static const char *say_sum(const struct speaker *speaker, const struct record_visit *visit,
                           const struct edge_target *to)
{
    struct trace_arrival arrival;
    const struct trace_tensor *const total = summed(speaker, visit, to, &arrival);
    const struct trace_value *const value = total ? trace_value_at(total, NEVER) : NULL;
    struct text parts = { 0 };

    if (!total) {
        return "";
    }
    const char *const label = label_of_target(speaker, visit, to);
    if (value_is_shape(value, total)) {
        return visit->edge_count == 1 ? SAY(speaker, " The paths to {0} add up.", label) : "";
    }
    for (size_t i = 0; i < arrival.part_count; i++) {
        const char *const part = sentence_value(speaker, arrival.parts[i].grad);
        text_format(&parts, i == 0 ? "%s" : part[0] == '-' ? " + (%s)" : " + %s", part);
    }
    const char *const all = arena_copy_text(speaker->arena, text_string(&parts), parts.length);
    text_finish(&parts);
    return SAY(speaker, " The paths to {0} add up: {1} = {2}.", label, all,
               value_on_a_line(speaker->arena, value, total));
}

/* What a contribution goes to, of several; of shapes no sum is written out, so it is said here. */
static const char *say_target(const struct speaker *speaker, const struct record_visit *visit,
                              const struct edge_target *to)
{
    struct trace_arrival arrival;
    const struct trace_tensor *const total = summed(speaker, visit, to, &arrival);
    const char *const label = label_of_target(speaker, visit, to);

    return total && value_is_shape(trace_value_at(total, NEVER), total)
               ? SAY(speaker, "{0} (the paths add up)", label)
               : label;
}

/* The sums that the visit completes, each target once. */
static const char *say_sums(const struct speaker *speaker, const struct record_visit *visit)
{
    const char *all = "";

    for (size_t i = 0; i < visit->edge_count; i++) {
        const struct edge_target *const to = &visit->edges[i].to;
        bool said = !visit->edges[i].grad;
        for (size_t k = 0; k < i && !said; k++) {
            const struct edge_target *const before = &visit->edges[k].to;
            said = visit->edges[k].grad && before->node == to->node && before->leaf == to->leaf &&
                   before->output == to->output;
        }
        all = said ? all : arena_format(speaker->arena, "%s%s", all, say_sum(speaker, visit, to));
    }
    return all;
}

static const char *local_of(const struct speaker *speaker, const struct visit_edge *edge)
{
    if (edge->local_is_number) {
        return number_in_slot(speaker->arena, edge->local_number);
    }
    return edge->local_tensor ? sentence_value(speaker, edge->local_tensor) : NULL;
}

static const char *say_edge(const struct speaker *speaker, const struct record_visit *visit,
                            const struct visit_edge *edge)
{
    const int64_t upstream = visit->in.count > 0 ? visit->in.ids[0] : 0;
    const char *const to = label_of_target(speaker, visit, &edge->to);
    const char *const local = local_of(speaker, edge);
    const char *const from = visited_label(speaker, visit);

    if (local && upstream && !sentence_is_shaped(speaker, edge->grad) &&
        !sentence_is_shaped(speaker, upstream)) {
        return SAY(
            speaker, "Through {0}: {1}, to {2}.", from,
            arena_format(speaker->arena, "%s × %s %s", sentence_value(speaker, upstream),
                         local[0] == '-' ? arena_format(speaker->arena, "(%s)", local) : local,
                         equals_number(speaker->arena, sentence_value(speaker, edge->grad))),
            to);
    }
    return SAY(speaker, "Through {0}: {1}, to {2}.", from, gradient_of(speaker, edge->grad), to);
}

const char *say_visit(const struct speaker *speaker, const struct record_visit *visit)
{
    const struct visit_edge *only = NULL;
    struct text parts = { 0 };
    size_t count = 0, shapes = 0;

    for (size_t i = 0; i < visit->edge_count; i++) {
        const struct visit_edge *const edge = &visit->edges[i];
        if (edge->grad) {
            text_append_string(&parts, count > 0 ? ", " : "");
            /* That it is a shape is said of the first. */
            shapes += sentence_is_shaped(speaker, edge->grad);
            text_format(&parts, "%s → %s",
                        shapes > 1 ? run_value(speaker->run, edge->grad, speaker->arena)
                                   : sentence_value(speaker, edge->grad),
                        say_target(speaker, visit, &edge->to));
            only = edge;
            count++;
        }
    }
    const char *const all = arena_copy_text(speaker->arena, text_string(&parts), parts.length);
    text_finish(&parts);
    const char *const sums = say_sums(speaker, visit);
    if (count == 1) {
        return arena_format(speaker->arena, "%s%s", say_edge(speaker, visit, only), sums);
    }
    const char *const upstream =
        visit->in.count > 0 && visit->in.ids[0] ? sentence_value(speaker, visit->in.ids[0]) : "";
    return SAY(speaker, "Through {0}: upstream gradient {1}, contributions {2}.{3}",
               visited_label(speaker, visit), upstream, all, sums);
}

static const char *accumulated(const struct speaker *speaker,
                               const struct record_accumulate *record)
{
    const struct trace *const trace = speaker->run->trace;
    const struct trace_tensor *const total = trace_tensor(trace, record->total);
    const char *const label = sentence_label(speaker, record->tensor);
    const char *const now = sentence_value(speaker, record->total);
    const char *const grad = gradient_of(speaker, record->grad);
    size_t index;

    if (!total || total->value_count == 0) {
        return SAY(speaker, "{0}.grad receives {1}.", label, grad);
    }
    /* The version before the one that stands now, if this tensor was the .grad before. */
    for (index = total->value_count; index > 0; index--) {
        if (total->values[index - 1].since < speaker->run->moment) {
            break;
        }
    }
    if (index < 2) {
        return SAY(speaker, "{0}.grad receives {1}.", label, grad);
    }
    if (sentence_is_shaped(speaker, record->grad)) {
        return SAY(speaker, "{0}.grad accumulates {1}.", label, grad);
    }
    return SAY(speaker, "{1} is accumulated into {0}.grad: {2} + {4} = {3}.", label, grad,
               value_on_a_line(speaker->arena, &total->values[index - 2], total), now,
               arena_format(speaker->arena, grad[0] == '-' ? "(%s)" : "%s", grad));
}

const char *say_accumulate(const struct speaker *speaker, const struct record_accumulate *record)
{
    const struct trace *const trace = speaker->run->trace;
    const struct trace_tensor *const tensor = trace_tensor(trace, record->tensor);
    const char *const said = accumulated(speaker, record);

    if (!tensor || !trace_is_renamed(trace, tensor, speaker->run->moment)) {
        return said;
    }
    return arena_format(
        speaker->arena, "%s %s", said,
        SAY(speaker, "{0} is another tensor now.", sentence_label(speaker, record->tensor)));
}
