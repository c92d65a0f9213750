#include "lessons/trace/apply.h"

#include <inttypes.h>

bool apply_backward(struct trace *trace, const struct record *record, uint32_t index,
                    struct error *err)
{
    const struct record_backward *backward = &record->backward;
    if (!id_is_next(&trace->backwards, backward->backward, "backward", err) ||
        !id_exists(&trace->tensors, backward->root, "tensor", err) ||
        !id_exists(&trace->tensors, backward->grad, "tensor", err)) {
        return false;
    }
    for (size_t i = 0; i < backward->more_count; i++) {
        if (!id_exists(&trace->tensors, backward->more[i].root, "tensor", err) ||
            !id_exists(&trace->tensors, backward->more[i].grad, "tensor", err)) {
            return false;
        }
    }
    struct trace_backward *entry = table_add(trace, &trace->backwards, sizeof(*entry));
    *entry = (struct trace_backward){
        .id = backward->backward, .born = index, .ended = NEVER, .record = backward
    };
    places_add(trace, &backward->at, true, index);
    return true;
}

bool apply_backward_end(struct trace *trace, const struct record *record, uint32_t index,
                        struct error *err)
{
    struct trace_backward *entry = backward_entry(trace, record->backward_end.backward);
    if (!entry) {
        return id_exists(&trace->backwards, record->backward_end.backward, "backward", err);
    }
    if (entry->ended != NEVER) {
        return error_set_kind(err, ERROR_VALUE, "backward %" PRId64 " has ended already",
                              entry->id);
    }
    entry->ended = index;
    return true;
}

static bool visit_edges_exist(const struct trace *trace, const struct record_visit *visit,
                              struct error *err)
{
    for (size_t i = 0; i < visit->edge_count; i++) {
        const struct visit_edge *edge = &visit->edges[i];
        if (!target_exists(trace, &edge->to, err) ||
            !id_exists_or_none(&trace->tensors, edge->grad, "tensor", err) ||
            !id_exists_or_none(&trace->tensors, edge->local_tensor, "tensor", err)) {
            return false;
        }
    }
    return true;
}

static void arrival_add(struct trace *trace, const struct edge_target *to, uint32_t index,
                        size_t edge)
{
    struct node_entry *node = node_entry(trace, to->node);
    struct arrival_list *list = node ? &node->arrivals : &tensor_entry(trace, to->leaf)->arrivals;
    list->items = arena_reserve(&trace->arena, list->items, &list->capacity, list->count + 1,
                                sizeof(*list->items));
    list->items[list->count++] = (struct arrival){ index, (int)edge };
}

bool apply_visit(struct trace *trace, const struct record *record, uint32_t index,
                 struct error *err)
{
    const struct record_visit *visit = &record->visit;
    if (!id_exists(&trace->backwards, visit->backward, "backward", err) ||
        !id_exists(&trace->nodes, visit->node, "node", err) ||
        !ids_exist(&trace->tensors, &visit->in, "tensor", err) ||
        !visit_edges_exist(trace, visit, err)) {
        return false;
    }
    struct trace_node *node = &node_entry(trace, visit->node)->node;
    if (visit->edge_count != node->record->edge_count) {
        return error_set_kind(err, ERROR_VALUE, "%zu edges where node %" PRId64 " has %zu",
                              visit->edge_count, node->id, node->record->edge_count);
    }
    node->visits = arena_reserve(&trace->arena, node->visits, &node->visit_capacity,
                                 node->visit_count + 1, sizeof(uint32_t));
    node->visits[node->visit_count++] = index;
    for (size_t i = 0; i < visit->edge_count; i++) {
        if (visit->edges[i].grad != 0) {
            arrival_add(trace, &visit->edges[i].to, index, i);
        }
    }
    return true;
}

bool apply_free(struct trace *trace, const struct record *record, uint32_t index, struct error *err)
{
    struct node_entry *entry = node_entry(trace, record->free.node);
    if (!entry) {
        return id_exists(&trace->nodes, record->free.node, "node", err);
    }
    entry->node.freed = entry->node.freed == NEVER ? index : entry->node.freed;
    return true;
}
