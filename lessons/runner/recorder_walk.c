#include "lessons/runner/recorder_state.h"

/* ---- a walk ---- */

void record_backward(void *context, const struct observed_backward *backward)
{
    struct recorder *recorder = context;
    const size_t count = (size_t)backward->root_count;
    recorder->reading++;
    tape_backward(recorder->tape, backward);
    recorder->reading--;
    struct walk_root *roots = arena_allocate(&recorder->scratch, count, sizeof(*roots));
    for (size_t i = 0; i < count; i++) {
        roots[i].root = tell_tensor(recorder, backward->roots[i], KNOWN_DATA);
        roots[i].grad = tell_tensor(recorder, backward->gradients[i], KNOWN_GRAD);
    }
    recorder_write(recorder, &(struct record){
                                 .kind = RECORD_BACKWARD,
                                 .backward = {
                                     .backward = id_map_add(&recorder->walks, backward->walk),
                                     .root = roots[0].root,
                                     .grad = roots[0].grad,
                                     .more = roots + 1,
                                     .more_count = count - 1,
                                     .retain_graph = backward->retain_graph,
                                     .create_graph = backward->create_graph,
                                     .at = recorder_here(recorder),
                                 },
                             });
    arena_clear(&recorder->scratch);
}

/* What travels along an edge, and the derivative that made it so. */
static struct visit_edge visit_edge(struct recorder *recorder, const struct observed_visit *visit,
                                    int index)
{
    struct visit_edge edge = { 0 };
    if (!visit->contributions[index]) {
        return edge;
    }
    const struct operand *local = &visit->locals[index];
    edge.to = tell_edge(recorder, &visit->node->edges[index]);
    if (local->kind == OPERAND_TENSOR) {
        edge.local_tensor = tell_tensor(recorder, local->tensor, KNOWN_GRAD);
    } else if (local->kind == OPERAND_NUMBER) {
        edge.local_is_number = true;
        edge.local_number = number_as_real(local->number);
    }
    edge.grad = tell_tensor(recorder, visit->contributions[index], KNOWN_GRAD);
    return edge;
}

void record_visit(void *context, const struct observed_visit *visit)
{
    struct recorder *recorder = context;
    const struct node *node = visit->node;
    recorder_settle(recorder);
    recorder->reading++;
    tape_visited(recorder->tape, visit);
    recorder->reading--;
    size_t outputs = (size_t)node->output_count, edges = edges_told(node);
    int64_t *in = arena_allocate(&recorder->scratch, outputs + 1, sizeof(*in));
    struct visit_edge *out = arena_allocate(&recorder->scratch, edges + 1, sizeof(*out));
    int64_t id = tell_node(recorder, node, false);
    for (size_t i = 0; i < outputs; i++) {
        in[i] = tell_tensor(recorder, visit->grads[i], KNOWN_GRAD);
    }
    for (size_t i = 0; i < edges; i++) {
        out[i] = visit_edge(recorder, visit, (int)i);
    }
    recorder_write(recorder, &(struct record){
                                 .kind = RECORD_VISIT,
                                 .visit = { .backward = id_map_find(&recorder->walks, visit->walk),
                                            .node = id,
                                            .in = { in, outputs },
                                            .edges = out,
                                            .edge_count = edges },
                             });
    const int64_t walk = id_map_find(&recorder->walks, visit->walk);
    recorder_tell_work(recorder, &(struct device_task){ .backward = walk, .node = id }, node->name);
    arena_clear(&recorder->scratch);
}

void record_freed(void *context, uint64_t walk, const struct node *node)
{
    (void)walk;
    struct recorder *recorder = context;
    int64_t id = id_map_find(&recorder->nodes, node->id);
    if (id > 0) {
        recorder_write(recorder, &(struct record){ .kind = RECORD_FREE, .free = { id } });
    }
}

void record_accumulated(void *context, const struct observed_accumulation *accumulation)
{
    struct recorder *recorder = context;
    recorder_settle(recorder);
    recorder->reading++;
    tape_accumulated(recorder->tape, accumulation);
    recorder->reading--;
    const int64_t walk = id_map_find(&recorder->walks, accumulation->walk);
    int64_t tensor = tell_tensor(recorder, accumulation->tensor, KNOWN_DATA);
    int64_t grad = tell_tensor(recorder, accumulation->contribution, KNOWN_GRAD);
    int64_t total = id_map_find(&recorder->tensors, accumulation->total->id);
    if (total > 0) {
        tell_value(recorder, accumulation->total, total);
    } else {
        total = tell_tensor(recorder, accumulation->total, KNOWN_GRAD);
    }
    recorder_write(recorder, &(struct record){
                                 .kind = RECORD_ACCUMULATE,
                                 .accumulate = { walk, tensor, grad, total },
                             });
    recorder_tell_work(recorder, &(struct device_task){ .backward = walk }, "accumulate");
}

/* A walk that an error cut off has no end. */
void record_backward_end(void *context, uint64_t walk, const struct node *failed)
{
    struct recorder *recorder = context;
    recorder->reading++;
    tape_backward_ended(recorder->tape, walk, failed);
    recorder->reading--;
    if (failed) {
        recorder->failed_node = id_map_find(&recorder->nodes, failed->id);
        return;
    }
    recorder_write(recorder,
                   &(struct record){ .kind = RECORD_BACKWARD_END,
                                     .backward_end = { id_map_find(&recorder->walks, walk) } });
}
