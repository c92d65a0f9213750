#include "engine/autograd/autograd.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/autograd/hooks.h"
#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/observer.h"
#include "engine/tensor/pool.h"

const char *node_namespace(const char *name)
{
    static const char *const by_hand[] = { "AccumulateGrad", "CopyBackwards", "CopySlices",
                                           "NotImplemented" };
    for (size_t i = 0; i < sizeof(by_hand) / sizeof(*by_hand); i++) {
        if (strcmp(name, by_hand[i]) == 0) {
            return "torch::autograd::";
        }
    }
    return "";
}

/* Empty edges and outputs: in the node itself where they have room. */
static void make_places(struct node *node, int edge_count, int output_count)
{
    node->edge_count = edge_count;
    if (edge_count > NODE_INLINE_EDGES) {
        node->edges = memory_allocate((size_t)edge_count, sizeof(*node->edges));
    } else {
        node->edges = node->inline_edges;
        for (int e = 0; e < edge_count; e++) {
            node->edges[e] = (struct node_edge){ 0 };
        }
    }
    node->output_count = output_count;
    if (output_count > 1) {
        node->outputs = memory_allocate((size_t)output_count, sizeof(*node->outputs));
    } else {
        node->outputs = node->inline_outputs;
        memory_clear(node->outputs, sizeof(*node->outputs));
    }
}

struct node *node_create(struct engine *engine, const char *name, int edge_count, int output_count)
{
    struct node *node = pool_take(&engine->pools->nodes);
    memory_clear(node, offsetof(struct node, attrs));
    node->attrs.present = node->attrs.from_end = 0;
    node->attrs.lengths = NULL;
    node->references = 1;
    node->id = ++engine->node_ids;
    node->engine = engine;
    node->name = name;
    node->sequence = engine->sequence++;
    make_places(node, edge_count, output_count);
    engine->live_nodes++;
    engine->graph_died = autograd_tensor_died;
    if (engine->node_made) {
        engine->node_made(node);
    }
    return node;
}

void node_describe_output(struct node *node, int number, const struct tensor *tensor)
{
    struct node_output *output = &node->outputs[number];
    output->tensor_id = tensor->id;
    output->shape = tensor->shape;
    output->dtype = tensor->dtype;
    output->backend = tensor_backend(tensor);
    output->by_columns = tensor->shape.dims == 2 && tensor->strides[0] == 1 &&
                         tensor->strides[1] == tensor->shape.size[0] && tensor->shape.size[1] > 1;
}

struct node *node_ref(struct node *node)
{
    if (node) {
        node->references++;
    }
    return node;
}

static void node_free(struct node *node)
{
    struct engine *engine = node->engine;
    assert(!node->wrapper || node->function);
    if (OBSERVED(engine, node_died)) {
        engine->observer->calls->node_died(engine->observer->context, node);
    }
    if (node->variable) {
        if (node->variable->accumulator == node) {
            node->variable->accumulator = NULL;
        }
        tensor_unref(node->variable);
    }
    node_free_saved(node);
    if (node->saved && node->saved != node->inline_saved) {
        free(node->saved);
    }
    for (int i = 0; i < node->edge_count; i++) {
        node_unref(node->edges[i].node);
    }
    if (node->edges != node->inline_edges) {
        free(node->edges);
    }
    for (int i = 0; i < node->output_count; i++) {
        tensor_hooks_destroy(node->outputs[i].hooks);
    }
    if (node->outputs != node->inline_outputs) {
        free(node->outputs);
    }
    if (node->function) {
        node->function->release(node->context);
    }
    if (node->release_note) {
        node->release_note(node->note);
    }
    node_hooks_destroy(node->hooks);
    free(node->shapes);
    node_unref(node->inner);
    engine->live_nodes--;
    pool_give(&engine->pools->nodes, node);
}

/* A node lets go of others through its edges and of tensors that own yet others; the list keeps a
 * chain of a million from becoming a million nested calls. */
__attribute__((noinline)) static void let_die(struct node *node)
{
    struct engine *engine = node->engine;
    node->next_dead = engine->dead_nodes;
    engine->dead_nodes = node;
    if (engine->freeing_nodes) {
        return;
    }
    engine->freeing_nodes = true;
    while (engine->dead_nodes) {
        struct node *dead = engine->dead_nodes;
        engine->dead_nodes = dead->next_dead;
        node_free(dead);
    }
    engine->freeing_nodes = false;
}

void node_unref(struct node *node)
{
    if (!node) {
        return;
    }
    assert(node->references > 0);
    if (--node->references == 0) {
        let_die(node);
    }
}

static struct node *accumulator_create(struct tensor *leaf)
{
    struct node *node = node_create(leaf->engine, "AccumulateGrad", 0, 1);
    leaf->engine->sequence--; /* an accumulation has no place in the forward pass */
    node->sequence = UINT64_MAX;
    node->variable = tensor_ref(leaf);
    node_describe_output(node, 0, leaf);
    leaf->accumulator = node;
    return node;
}

/* False once the leaf was given other data (`p.data = p.data.cuda()`); what was made of it before then
 * keeps the old node. */
static bool still_describes(const struct node *accumulator, const struct tensor *leaf)
{
    return accumulator->outputs[0].backend == tensor_backend(leaf) &&
           accumulator->outputs[0].dtype == leaf->dtype;
}

struct node_edge tensor_edge(struct tensor *tensor)
{
    if (tensor->base) {
        tensor_refresh_history(tensor);
    }
    if (!tensor->requires_grad) {
        return (struct node_edge){ 0 };
    }
    if (tensor->grad_fn) {
        return (struct node_edge){ node_ref(tensor->grad_fn), tensor->output_number };
    }
    struct node *accumulator = tensor->accumulator;
    return (struct node_edge){ accumulator && still_describes(accumulator, tensor)
                                   ? node_ref(accumulator)
                                   : accumulator_create(tensor),
                               0 };
}

void autograd_tensor_died(struct tensor *tensor)
{
    struct node *node = tensor->grad_fn;
    if (node) {
        struct node_output *output = &node->outputs[tensor->output_number];
        if (output->retainer == tensor) {
            output->retainer = NULL;
        }
        tensor->grad_fn = NULL;
        node_unref(node);
    }
    tensor_hooks_destroy(tensor->hooks);
    tensor->hooks = NULL;
}
