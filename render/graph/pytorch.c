/* The graph as autograd keeps it: one card for each grad_fn, joined by next_functions, ending in
 * AccumulateGrad for every leaf. Edges are kept in the direction of the data, as everywhere, and
 * drawn with the head at the other end. */

#include "lessons/trace/versions.h"
#include "render/graph/model.h"

struct builder {
    struct graph_model *model;
    const struct trace *trace;
    struct graph_calls *calls;
    struct id_map nodes, leaves; /* cards */
};

/* The innermost box around both. */
static int around_both(const struct graph_model *model, int one, int other)
{
    for (; one > 0; one = model->clusters[one - 1].parent) {
        for (int at = other; at > 0; at = model->clusters[at - 1].parent) {
            if (at == one) {
                return one;
            }
        }
    }
    return 0;
}

/* A parameter stands in the box of the call that uses it; of several calls, around them. */
static int accumulate_card(struct builder *builder, int64_t leaf, int cluster)
{
    struct graph_model *model = builder->model;
    const struct trace *trace = builder->trace;
    const struct trace_tensor *tensor = trace_tensor(trace, leaf);
    const int found = id_map_find(&builder->leaves, leaf);
    if (found >= 0) {
        model->cards[found].cluster = around_both(model, model->cards[found].cluster, cluster);
    }
    if (found >= 0 || !tensor) {
        return found;
    }
    const char *name = trace_tensor_label(trace, tensor, &model->arena);
    const int at = graph_model_add_card(
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
                   .cluster = tensor->parameter ? cluster : 0,
                   .drawer = true,
               });
    id_map_set(&builder->leaves, leaf, at);
    return at;
}

static int node_card(struct builder *builder, const struct trace_node *node, int cluster)
{
    struct graph_model *model = builder->model;
    const struct trace *trace = builder->trace;
    const struct trace_op *op = trace_op(trace, node->op);
    const int64_t result = trace_node_result(trace, node->id, 0);
    const struct trace_tensor *tensor = trace_tensor(trace, result);
    const uint32_t until =
        tensor ? trace_rewritten_next(tensor, op ? op->born : node->born) : NEVER;
    const int at = graph_model_add_card(
        model,
        &(struct graph_card){
            .kind = CARD_NODE,
            .tensor = result,
            .op = op ? op->id : 0,
            .node = node->id,
            .born = op ? op->born : node->born,
            .until = until,
            .former =
                until == NEVER ? NULL : trace_node_label(trace, node->id, 0, NEVER, &model->arena),
            .label = arena_format(&model->arena, "%s", node->record->name),
            .symbol = "",
            .formula = tensor ? trace_tensor_label(trace, tensor, &model->arena) : "",
            .shape = tensor ? graph_shape_text(tensor, &model->arena) : "",
            .has_saved = node->record->saved_count > 0,
            .passing = true,
            .cluster = cluster,
        });
    id_map_set(&builder->nodes, node->id, at);
    return at;
}

/* A node that no operation made gets its card from the first that leads to it: a view of what was written to
 * since has it, of which the writing has a card. */
static int source_card(struct builder *builder, const struct edge_target *to, int cluster)
{
    const struct trace_node *node = trace_node(builder->trace, to->node);
    const int found = to->leaf ? accumulate_card(builder, to->leaf, cluster)
                               : id_map_find(&builder->nodes, to->node);
    if (found >= 0 || !node || node->op != 0 || node->record->tensor == 0 ||
        node->record->edge_count != 1) {
        return found;
    }
    const int from = id_map_find(&builder->nodes, node->record->edges[0].node);
    const int at = node_card(builder, node, cluster);
    if (from >= 0) {
        graph_model_add_edge(
            builder->model,
            &(struct graph_edge){ .from = from, .to = at, .wire = { .node = node->id } });
    }
    return at;
}

static void add_node(struct builder *builder, const struct trace_node *node)
{
    struct graph_model *model = builder->model;
    const struct trace_op *op = trace_op(builder->trace, node->op);
    const int cluster = op ? graph_calls_find(builder->calls, op) : 0;
    const int at = node_card(builder, node, cluster);
    for (size_t i = 0; i < node->record->edge_count; i++) {
        const int from = source_card(builder, &node->record->edges[i], cluster);
        if (from >= 0 && from != at) {
            graph_model_add_edge(model, &(struct graph_edge){ .from = from,
                                                              .to = at,
                                                              .wire = { .op = op ? op->id : 0,
                                                                        .input = (int)i,
                                                                        .node = node->id,
                                                                        .node_edge = (int)i } });
        }
    }
}

void graph_model_add_nodes(struct graph_model *model, const struct view *view,
                           const struct episode *episode)
{
    struct builder builder = { .model = model, .trace = view->runs[0].trace };
    struct id_map pointing = { 0 };
    builder.calls = graph_calls_create(model, builder.trace);
    graph_written_find(builder.trace, episode, &pointing);
    for (size_t i = 0; i < episode->op_count; i++) {
        const struct trace_op *op = trace_op(builder.trace, episode->ops[i]);
        const bool points = op && id_map_find(&pointing, op->id) >= 0;
        const struct trace_node *node =
            op && !points ? trace_node(builder.trace, op->record->node) : NULL;
        if (node && model->card_count >= GRAPH_CARDS_MAX) {
            model->left_out++;
        } else if (node) {
            add_node(&builder, node);
        }
    }
    graph_calls_destroy(builder.calls);
    id_map_finish(&pointing);
    id_map_finish(&builder.nodes);
    id_map_finish(&builder.leaves);
}
