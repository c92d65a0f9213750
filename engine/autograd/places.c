#include "engine/autograd/walk.h"

#include <string.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"

/* ---- finding the nodes ---------------------------------------------------------------------------- */

/* A node's mark says where its place is; a walk inside a hook may have marked it otherwise. */
struct place *walk_place(const struct walk *walk, const struct node *node)
{
    if (node->mark < walk->place_count && walk->places[node->mark].node == node) {
        return &walk->places[node->mark];
    }
    for (size_t i = 0; i < walk->place_count; i++) {
        if (walk->places[i].node == node) {
            return &walk->places[i];
        }
    }
    return NULL;
}

static bool has_place(const struct walk *walk, const struct node *node)
{
    return node->mark < walk->place_count && walk->places[node->mark].node == node;
}

void walk_add(struct walk *walk, struct node *node)
{
    if (has_place(walk, node)) {
        return;
    }
    walk->places = array_reserve(walk->places, &walk->place_capacity, walk->place_count + 1,
                                 sizeof(*walk->places));
    node->mark = walk->place_count;
    walk->places[walk->place_count++] =
        (struct place){ .node = node_ref(node), .grads = walk->grad_count };
    walk->grad_count += (size_t)node->output_count;
}

/* The list of places is its own list of things to do. */
void walk_find_nodes(struct walk *walk)
{
    for (size_t i = 0; i < walk->place_count; i++) {
        const struct node *node = walk->places[i].node;
        for (int e = 0; e < node->edge_count; e++) {
            struct node *next = node->edges[e].node;
            if (!next) {
                continue;
            }
            walk_add(walk, next);
            walk->places[next->mark].waiting_for++;
        }
    }
    walk->grads =
        array_reserve(walk->grads, &walk->grad_capacity, walk->grad_count, sizeof(struct tensor *));
    memset(walk->grads, 0, walk->grad_count * sizeof(struct tensor *));
}

/* ---- only some inputs ----------------------------------------------------------------------------- */

static bool leads_on(const struct walk *walk, const struct node *node)
{
    for (int e = 0; e < node->edge_count; e++) {
        const struct node *next = node->edges[e].node;
        const struct place *place = next ? walk_place(walk, next) : NULL;
        if (place && (place->needed || place->captures)) {
            return true;
        }
    }
    return false;
}

/* Marks the nodes on the way to the inputs. Places are in the order of discovery, not of the graph, so
 * sweep until nothing changes; from the end, nearly everything is settled in one. */
static void mark_needed(struct walk *walk)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = walk->place_count; i-- > 0;) {
            struct place *place = &walk->places[i];
            if (!place->needed && leads_on(walk, place->node)) {
                place->needed = true;
                changed = true;
            }
        }
    }
}

bool walk_find_inputs(struct walk *walk, struct error *err)
{
    const struct backward_call *call = walk->call;
    if (!call->inputs) {
        for (size_t i = 0; i < walk->place_count; i++) {
            walk->places[i].needed = true;
        }
        return true;
    }
    walk->inputs = memory_allocate((size_t)call->input_count, sizeof(*walk->inputs));
    for (int i = 0; i < call->input_count; i++) {
        struct tensor *input = call->inputs[i];
        if (!input->requires_grad) {
            return error_set(err, "One of the differentiated Tensors does not require grad");
        }
        walk->inputs[i] = tensor_edge(input);
        struct place *place = walk_place(walk, walk->inputs[i].node);
        if (!place) {
            continue;
        }
        if (call->captured) {
            place->captures = true;
        } else if (!input->grad_fn) {
            place->needed = true;
        } else if (tensor_retain_grad(input, err)) {
            place->captures = true; /* its .grad is kept on arrival */
        } else {
            return false;
        }
    }
    mark_needed(walk);
    return true;
}
