#include "engine/autograd/walk.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/observer.h"
#include "engine/tensor/compute.h"

/* ---- beginning ------------------------------------------------------------------------------------ */

static bool set_mismatch(const struct tensor *grad, const struct tensor *root, int number,
                         struct error *err)
{
    struct text a = { 0 }, b = { 0 };
    shape_append(&a, &grad->shape);
    shape_append(&b, &root->shape);
    error_set(err,
              "Mismatch in shape: grad_output[%d] has a shape of torch.Size(%s) and output[%d] has "
              "a shape of torch.Size(%s).",
              number, text_string(&a), number, text_string(&b));
    text_finish(&a);
    text_finish(&b);
    return false;
}

static struct tensor *create_for(const struct tensor *root, struct error *err)
{
    if (tensor_is_row_major(root)) {
        return tensor_create_alike(root, err);
    }
    const struct tensor_spec spec = tensor_spec_of(root);
    return tensor_create(root->engine, &spec, err);
}

/* The gradient that root `number` starts with (a reference). */
static struct tensor *start_grad(const struct backward_call *call, int number, struct error *err)
{
    struct tensor *root = call->roots[number];
    struct tensor *given = call->gradients ? call->gradients[number] : NULL;
    if (given && !shape_equal(&given->shape, &root->shape)) {
        set_mismatch(given, root, number, err);
        return NULL;
    }
    if (!given && root->requires_grad && root->count != 1) {
        error_set(err, "grad can be implicitly created only for scalar outputs");
        return NULL;
    }
    if (!root->requires_grad) {
        error_set(err, "element %d of tensors does not require grad and does not have a grad_fn",
                  number);
        return NULL;
    }
    if (!given || given->dtype != root->dtype) {
        struct tensor *grad = create_for(root, err);
        const bool ok = grad && (given ? compute_copy(grad, given, err)
                                       : compute_fill(grad, number_integer(1), err));
        if (grad && !ok) {
            tensor_unref(grad);
        }
        return ok ? grad : NULL;
    }
    return tensor_ref(given);
}

/* Puts the first gradients in. A single root runs at once; several wait for one another as if a node
 * in front of them had sent all their gradients. */
static bool seed(struct walk *walk, struct tensor *const *grads, struct error *err)
{
    const struct backward_call *call = walk->call;
    for (int i = 0; i < call->root_count; i++) {
        struct node_edge edge = tensor_edge(call->roots[i]);
        walk_add(walk, edge.node);
        walk_place(walk, edge.node)->waiting_for++;
        node_unref(edge.node);
    }
    walk_find_nodes(walk);
    if (!walk_find_inputs(walk, err)) {
        return false;
    }
    for (int i = 0; i < call->root_count; i++) {
        struct node_edge edge = tensor_edge(call->roots[i]);
        const bool ok = walk_arrive(walk, &edge, grads[i], err);
        node_unref(edge.node);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* ---- going through, ending ------------------------------------------------------------------------ */

/* A node's gradients are let go as soon as it has run. */
static void drop_grads(struct walk *walk, const struct place *place)
{
    for (int i = 0; i < place->node->output_count; i++) {
        tensor_unref(walk->grads[place->grads + (size_t)i]);
        walk->grads[place->grads + (size_t)i] = NULL;
    }
}

static bool run_all(struct walk *walk, const struct node **failed, struct error *err)
{
    struct node *node;
    while ((node = ready_pop(&walk->ready))) {
        struct place *place = walk_place(walk, node);
        const bool ok = walk_run(walk, place, err);
        drop_grads(walk, place);
        if (!ok) {
            *failed = node;
            return false;
        }
    }
    return true;
}

static bool check_captured(const struct backward_call *call, struct error *err)
{
    for (int i = 0; call->captured && !call->allow_unused && i < call->input_count; i++) {
        if (!call->captured[i]) {
            return error_set(err, "One of the differentiated Tensors appears to not have been used "
                                  "in the graph. Set allow_unused=True if this is the desired "
                                  "behavior.");
        }
    }
    return true;
}

static void tell_start(const struct walk *walk, struct tensor *const *grads)
{
    struct engine *engine = walk->engine;
    const struct backward_call *call = walk->call;
    if (OBSERVED(engine, backward_started)) {
        const struct observed_backward backward = {
            .walk = walk->id,
            .roots = call->roots,
            .gradients = grads,
            .root_count = call->root_count,
            .retain_graph = walk->keeps_graph,
            .create_graph = call->create_graph,
        };
        engine->observer->calls->backward_started(engine->observer->context, &backward);
    }
}

/* With the arrays of the walk that ended last, unless that one began this one in a hook. */
static struct walk *walk_begin(struct engine *engine, const struct backward_call *call)
{
    struct walk *walk = engine->idle_walk ? engine->idle_walk : memory_allocate(1, sizeof(*walk));
    engine->idle_walk = NULL;
    walk->engine = engine;
    walk->call = call;
    walk->id = ++engine->walk_ids;
    walk->keeps_graph = call->retain_graph || (call->create_graph && !call->free_graph);
    walk->place_count = walk->grad_count = walk->ready.count = 0;
    walk->inputs = NULL;
    return walk;
}

void walk_destroy(struct walk *walk)
{
    if (!walk) {
        return;
    }
    ready_finish(&walk->ready);
    free(walk->places);
    free(walk->grads);
    free(walk->needs);
    free(walk->results);
    free(walk->contributions);
    free(walk->locals);
    free(walk->owned);
    free(walk);
}

/* Memory for more places than this is not worth keeping. */
enum { MOST_KEPT_PLACES = 4096 };

static void walk_end(struct walk *walk)
{
    struct engine *engine = walk->engine;
    for (size_t i = 0; i < walk->grad_count; i++) {
        tensor_unref(walk->grads[i]);
    }
    for (size_t i = 0; i < walk->place_count; i++) {
        node_unref(walk->places[i].node);
    }
    for (int i = 0; walk->inputs && i < walk->call->input_count; i++) {
        node_unref(walk->inputs[i].node);
    }
    free(walk->inputs);
    if (engine->idle_walk || walk->place_capacity > MOST_KEPT_PLACES) {
        walk_destroy(walk);
    } else {
        engine->idle_walk = walk;
    }
}

/* The modes of the engine while a walk runs: formulas are recorded only if they will be differentiated
 * again, and only then told to the observer as operations. */
static bool walk_with_modes(struct walk *walk, struct tensor *const *grads, struct error *err)
{
    struct engine *engine = walk->engine;
    const bool grad_enabled = engine->grad_enabled;
    const int quiet = engine->quiet;
    const struct node *failed = NULL;
    engine->grad_enabled = walk->call->create_graph;
    engine->quiet += !walk->call->create_graph;
    engine->walk_depth++;
    tell_start(walk, grads);
    const bool ok = seed(walk, grads, err) && run_all(walk, &failed, err);
    if (OBSERVED(engine, backward_ended)) {
        engine->observer->calls->backward_ended(engine->observer->context, walk->id, failed);
    }
    if (walk->call->failed) {
        struct place *place = failed ? walk_place(walk, failed) : NULL;
        *walk->call->failed = node_ref(place ? place->node : NULL);
    }
    engine->walk_depth--;
    engine->quiet = quiet;
    engine->grad_enabled = grad_enabled;
    return ok && check_captured(walk->call, err);
}

bool autograd_backward(struct engine *engine, const struct backward_call *call, struct error *err)
{
    engine->failed_node = 0;
    if (call->captured) {
        memset(call->captured, 0, (size_t)call->input_count * sizeof(struct tensor *));
    }
    struct tensor *one = NULL;
    struct tensor **grads =
        call->root_count == 1 ? &one
                              : memory_allocate((size_t)call->root_count, sizeof(struct tensor *));
    bool ok = true;
    for (int i = 0; ok && i < call->root_count; i++) {
        grads[i] = start_grad(call, i, err);
        ok = grads[i] != NULL;
    }
    if (ok) {
        struct walk *walk = walk_begin(engine, call);
        ok = walk_with_modes(walk, grads, err);
        walk_end(walk);
    }
    for (int i = 0; i < call->root_count; i++) {
        tensor_unref(grads[i]);
    }
    if (grads != &one) {
        free(grads);
    }
    for (int i = 0; !ok && call->captured && i < call->input_count; i++) {
        tensor_unref(call->captured[i]);
        call->captured[i] = NULL;
    }
    return ok;
}
