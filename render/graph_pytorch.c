/* The graph as autograd keeps it: one card for each grad_fn, joined by next_functions, ending in
 * AccumulateGrad for every leaf. Edges are kept in the direction of the data, as everywhere, and
 * drawn with the head at the other end. */

#include "render/graph_model.h"

static int accumulate_card(struct graph_model *model, const struct trace *trace, int64_t leaf)
{
    const struct trace_tensor *tensor = trace_tensor(trace, leaf);
    for (int i = 0; i < model->card_count; i++) {
        if (model->cards[i].kind == CARD_ACCUMULATE && model->cards[i].tensor == leaf) {
            return i;
        }
    }
    if (!tensor) {
        return -1;
    }
    const char *name = trace_tensor_label(trace, tensor, &model->arena);
    return graph_model_add_card(
        model, &(struct graph_card){
                   .kind = CARD_ACCUMULATE,
                   .tensor = leaf,
                   .born = tensor->born,
                   .until = NEVER,
                   .label = "AccumulateGrad",
                   .symbol = "",
                   .shape = graph_shape_text(tensor, &model->arena),
                   .formula = arena_format(&model->arena, "%s %s", name,
                                           graph_shape_text(tensor, &model->arena)),
                   .drawer = true,
               });
}

static int source_card(struct graph_model *model, const struct trace *trace,
                       const struct edge_target *to)
{
    return to->leaf ? accumulate_card(model, trace, to->leaf)
                    : graph_model_find_node(model, to->node);
}

static void add_node(struct graph_model *model, const struct trace *trace,
                     const struct trace_node *node)
{
    const struct trace_op *op = trace_op(trace, node->op);
    const int64_t result = op && op->record->out.count > 0 ? op->record->out.ids[0] : 0;
    const struct trace_tensor *tensor = trace_tensor(trace, result);
    const int at = graph_model_add_card(
        model, &(struct graph_card){
                   .kind = CARD_NODE,
                   .tensor = result,
                   .op = op ? op->id : 0,
                   .node = node->id,
                   .born = op ? op->born : node->born,
                   .until = NEVER,
                   .label = arena_format(&model->arena, "%s", node->record->name),
                   .symbol = "",
                   .formula = tensor ? trace_tensor_label(trace, tensor, &model->arena) : "",
                   .shape = tensor ? graph_shape_text(tensor, &model->arena) : "",
                   .has_saved = node->record->saved_count > 0,
                   .passing = true,
               });
    for (size_t i = 0; i < node->record->edge_count; i++) {
        const int from = source_card(model, trace, &node->record->edges[i]);
        if (from >= 0 && from != at) {
            graph_model_add_edge(model, &(struct graph_edge){ .from = from,
                                                              .to = at,
                                                              .op = op ? op->id : 0,
                                                              .input = (int)i,
                                                              .node = node->id,
                                                              .node_edge = (int)i });
        }
    }
}

void graph_model_add_nodes(struct graph_model *model, const struct view *view,
                           const struct episode *episode)
{
    const struct trace *trace = view->runs[0].trace;
    for (size_t i = 0; i < episode->op_count; i++) {
        const struct trace_op *op = trace_op(trace, episode->ops[i]);
        const struct trace_node *node = op ? trace_node(trace, op->record->node) : NULL;
        if (node && model->card_count >= GRAPH_CARDS_MAX) {
            model->left_out++;
        } else if (node) {
            add_node(model, trace, node);
        }
    }
}
