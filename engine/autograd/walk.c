#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/autograd/accumulate.h"
#include "engine/autograd/autograd.h"
#include "engine/autograd/hooks.h"
#include "engine/autograd/in_place.h"
#include "engine/autograd/queue.h"
#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/observer.h"
#include "engine/ops/rows.h"

/* What a walk knows of a node that it may reach. */
struct place {
    struct node *node;
    int waiting_for; /* edges that lead here and have not been walked yet */
    size_t grads;    /* where its gradients stand in walk->grads, one for each output */
    bool needed;     /* it leads to something that takes a gradient */
    bool captures;   /* one of the inputs that were asked for is here */
};

struct walk {
    struct engine *engine;
    const struct backward_call *call;
    uint64_t id;
    bool keeps_graph;

    struct place *places;
    size_t place_count, place_capacity;
    struct tensor **grads; /* references */
    size_t grad_count;
    struct ready_queue ready;
    struct node_edge *inputs; /* where the gradient of each input arrives; references */

    /* Scratch of the node that is running: for each of its edges, and what its rule lent. */
    bool *needs;
    struct tensor **results, **contributions;
    struct operand *locals;
    size_t needs_capacity, results_capacity, contributions_capacity, locals_capacity;
    struct tensor **owned;
    size_t owned_capacity;
};

/* ---- finding the nodes ---------------------------------------------------------------------------- */

/* A node's mark says where its place is; a walk inside a hook may have marked it otherwise. */
static struct place *find_place(const struct walk *walk, const struct node *node)
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

static void add_place(struct walk *walk, struct node *node)
{
    walk->places = array_reserve(walk->places, &walk->place_capacity, walk->place_count + 1,
                                 sizeof(*walk->places));
    node->mark = walk->place_count;
    walk->places[walk->place_count++] =
        (struct place){ .node = node_ref(node), .grads = walk->grad_count };
    walk->grad_count += (size_t)node->output_count;
}

/* Places for all nodes behind those that have one; each counts the edges that lead to it. The list of
 * places is its own list of things to do. */
static void find_nodes(struct walk *walk)
{
    for (size_t i = 0; i < walk->place_count; i++) {
        const struct node *node = walk->places[i].node;
        for (int e = 0; e < node->edge_count; e++) {
            struct node *next = node->edges[e].node;
            if (!next) {
                continue;
            }
            if (!has_place(walk, next)) {
                add_place(walk, next);
            }
            walk->places[next->mark].waiting_for++;
        }
    }
    walk->grads = memory_allocate(walk->grad_count, sizeof(struct tensor *));
}

/* ---- only some inputs ----------------------------------------------------------------------------- */

static bool leads_on(const struct walk *walk, const struct node *node)
{
    for (int e = 0; e < node->edge_count; e++) {
        const struct node *next = node->edges[e].node;
        const struct place *place = next ? find_place(walk, next) : NULL;
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

static bool find_inputs(struct walk *walk, struct error *err)
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
        struct place *place = find_place(walk, walk->inputs[i].node);
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

/* ---- gradients that arrive ------------------------------------------------------------------------ */

static bool add_grad(struct walk *walk, struct tensor **sum, struct tensor *grad, struct error *err)
{
    if (!*sum) {
        *sum = tensor_ref(grad);
        return true;
    }
    struct tensor *both =
        op_binary(walk->engine, OP_ADD, operand_tensor(*sum), operand_tensor(grad), err);
    if (!both) {
        return false;
    }
    tensor_unref(*sum);
    *sum = both;
    return true;
}

/* Takes what travels along an edge (NULL: nothing does) and counts it. */
static bool arrive(struct walk *walk, const struct node_edge *edge, struct tensor *grad,
                   struct error *err)
{
    struct place *place = find_place(walk, edge->node);
    assert(place && place->waiting_for > 0);
    place->waiting_for--;
    if (grad && !add_grad(walk, &walk->grads[place->grads + (size_t)edge->output], grad, err)) {
        return false;
    }
    if (place->waiting_for == 0 && (place->needed || place->captures)) {
        ready_push(&walk->ready, edge->node);
    }
    return true;
}

/* ---- running a node ------------------------------------------------------------------------------- */

/* A hook is the lesson's own code: what it does is told to the observer again. */
static bool run_hooks(struct walk *walk, struct place *place, struct error *err)
{
    const struct node *node = place->node;
    struct tensor **grads = &walk->grads[place->grads];
    const int quiet = walk->engine->quiet;
    walk->engine->quiet = 0;
    bool ok = true;
    for (int i = 0; ok && i < node->output_count; i++) {
        const struct tensor_hooks *hooks =
            node->variable ? node->variable->hooks : node->outputs[i].hooks;
        ok = !grads[i] || tensor_hooks_run(hooks, &grads[i], err);
    }
    ok = ok && node_hooks_run_before(node, grads, err);
    walk->engine->quiet = quiet;
    return ok;
}

static bool keep_retained(struct walk *walk, const struct place *place, struct error *err)
{
    for (int i = 0; i < place->node->output_count; i++) {
        struct tensor *retainer = place->node->outputs[i].retainer;
        struct tensor *grad = walk->grads[place->grads + (size_t)i];
        if (retainer && grad &&
            !accumulate_retained(&(struct accumulation){ walk->id, retainer, grad }, err)) {
            return false;
        }
    }
    return true;
}

static void capture(struct walk *walk, const struct place *place)
{
    const struct backward_call *call = walk->call;
    for (int i = 0; call->captured && i < call->input_count; i++) {
        if (walk->inputs[i].node == place->node) {
            tensor_unref(call->captured[i]);
            call->captured[i] =
                tensor_ref(walk->grads[place->grads + (size_t)walk->inputs[i].output]);
        }
    }
}

static void reserve_scratch(struct walk *walk, const struct node *node)
{
    const size_t count = (size_t)node->edge_count;
    walk->needs = array_reserve(walk->needs, &walk->needs_capacity, count, sizeof(bool));
    walk->results =
        array_reserve(walk->results, &walk->results_capacity, count, sizeof(struct tensor *));
    walk->contributions = array_reserve(walk->contributions, &walk->contributions_capacity, count,
                                        sizeof(struct tensor *));
    walk->locals =
        array_reserve(walk->locals, &walk->locals_capacity, count, sizeof(struct operand));
    for (size_t e = 0; e < count; e++) {
        const struct node *next = node->edges[e].node;
        const struct place *place = next ? find_place(walk, next) : NULL;
        walk->needs[e] = place && (place->needed || place->captures);
        walk->results[e] = NULL;
        walk->contributions[e] = NULL;
        walk->locals[e] = (struct operand){ .kind = OPERAND_NONE };
    }
}

static bool run_backward(struct rule *rule)
{
    const struct node *node = rule->node;
    if (node->function) {
        return node->function->backward(node->context, rule) && rule_done(rule);
    }
    if (node->inner) {
        return copy_slices_backward(rule);
    }
    if (!node->op->backward) {
        return error_set(rule->err, "derivative for aten::%s is not implemented", node->op->name);
    }
    return node->op->backward(rule) && rule_done(rule);
}

/* In the dtype of what it goes to. */
static struct tensor *convert(struct rule *rule, struct tensor *grad, enum dtype dtype)
{
    if (!grad || grad->dtype == dtype) {
        return grad;
    }
    const struct operand in = operand_tensor(grad);
    return rule_apply(rule, &(struct op_use){ .op = OP_TO_COPY,
                                              .in = &in,
                                              .in_count = 1,
                                              .attrs = { .present = ATTR_DTYPE, .dtype = dtype } });
}

/* What really travels on: summed down where the operand was broadcast. */
static bool make_contributions(struct walk *walk, struct rule *rule)
{
    for (int e = 0; e < rule->node->edge_count; e++) {
        struct tensor *grad = walk->needs[e] ? rule->result[e] : NULL;
        if (!grad) {
            continue;
        }
        const struct node_edge *edge = &rule->node->edges[e];
        const struct node_output *to = &edge->node->outputs[edge->output];
        if (!shape_equal(&grad->shape, &to->shape)) {
            grad = rule_sum_to(rule, grad, e, &to->shape);
        }
        walk->contributions[e] = convert(rule, grad, to->dtype);
    }
    return rule_done(rule);
}

static bool observe_visit(struct walk *walk, struct rule *rule, const struct place *place)
{
    struct engine *engine = walk->engine;
    if (!OBSERVED(engine, visited)) {
        return true;
    }
    const bool grad_enabled = engine->grad_enabled;
    engine->grad_enabled = false;
    engine->quiet++;
    bool ok = true;
    for (int e = 0; ok && rule->node->op && rule->node->op->local && e < rule->node->edge_count;
         e++) {
        ok = !walk->contributions[e] || rule->node->op->local(rule, e, &walk->locals[e]);
    }
    engine->quiet--;
    engine->grad_enabled = grad_enabled;
    if (ok) {
        const struct observed_visit visit = {
            .walk = walk->id,
            .node = rule->node,
            .grads = &walk->grads[place->grads],
            .contributions = walk->contributions,
            .locals = walk->locals,
        };
        engine->observer->calls->visited(engine->observer->context, &visit);
    }
    return ok;
}

static void free_saved(struct walk *walk, struct node *node)
{
    struct engine *engine = walk->engine;
    if (walk->keeps_graph || !node_has_saved(node)) {
        return;
    }
    node_free_saved(node);
    if (OBSERVED(engine, freed)) {
        engine->observer->calls->freed(engine->observer->context, walk->id, node);
    }
}

static bool run_rule(struct walk *walk, struct rule *rule, struct place *place)
{
    struct node *node = place->node;
    if (!node_check_saved(node, rule->err)) {
        walk->engine->failed_node = node->freed ? node->id : 0;
        return false;
    }
    if (!run_backward(rule) || !make_contributions(walk, rule) ||
        !observe_visit(walk, rule, place)) {
        return false;
    }
    for (int e = 0; e < node->edge_count; e++) {
        if (node->edges[e].node &&
            !arrive(walk, &node->edges[e], walk->contributions[e], rule->err)) {
            return false;
        }
    }
    free_saved(walk, node);
    return true;
}

static bool run_node(struct walk *walk, struct node *node, struct error *err)
{
    struct place *place = find_place(walk, node);
    if (!run_hooks(walk, place, err) || !keep_retained(walk, place, err)) {
        return false;
    }
    if (place->captures) {
        capture(walk, place);
    }
    if (!place->needed) {
        return true;
    }
    if (node->variable) {
        struct tensor *grad = walk->grads[place->grads];
        return !grad ||
               accumulate_leaf(&(struct accumulation){ walk->id, node->variable, grad }, err);
    }
    reserve_scratch(walk, node);
    struct rule rule = {
        .engine = walk->engine,
        .node = node,
        .grad = &walk->grads[place->grads],
        .needs = walk->needs,
        .result = walk->results,
        .err = err,
        .owned = walk->owned,
        .owned_capacity = walk->owned_capacity,
    };
    const bool ok = run_rule(walk, &rule, place);
    rule_clear(&rule);
    walk->owned = rule.owned;
    walk->owned_capacity = rule.owned_capacity;
    return ok;
}

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
        const bool ok = run_node(walk, node, err);
        drop_grads(walk, find_place(walk, node));
        if (!ok) {
            *failed = node;
            return false;
        }
    }
    return true;
}

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
        const struct tensor_spec spec = { root->dtype, root->shape, tensor_backend(root) };
        struct tensor *grad = tensor_create(root->engine, &spec, err);
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
        if (!has_place(walk, edge.node)) {
            add_place(walk, edge.node);
        }
        walk->places[edge.node->mark].waiting_for++;
        node_unref(edge.node);
    }
    find_nodes(walk);
    if (!find_inputs(walk, err)) {
        return false;
    }
    for (int i = 0; i < call->root_count; i++) {
        struct node_edge edge = tensor_edge(call->roots[i]);
        const bool ok = arrive(walk, &edge, grads[i], err);
        node_unref(edge.node);
        if (!ok) {
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

static void walk_finish(struct walk *walk)
{
    for (size_t i = 0; walk->grads && i < walk->grad_count; i++) {
        tensor_unref(walk->grads[i]);
    }
    for (size_t i = 0; i < walk->place_count; i++) {
        node_unref(walk->places[i].node);
    }
    for (int i = 0; walk->inputs && i < walk->call->input_count; i++) {
        node_unref(walk->inputs[i].node);
    }
    ready_finish(&walk->ready);
    free(walk->places);
    free(walk->grads);
    free(walk->inputs);
    free(walk->needs);
    free(walk->results);
    free(walk->contributions);
    free(walk->locals);
    free(walk->owned);
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
    struct tensor **grads = memory_allocate((size_t)call->root_count, sizeof(struct tensor *));
    bool ok = true;
    for (int i = 0; ok && i < call->root_count; i++) {
        grads[i] = start_grad(call, i, err);
        ok = grads[i] != NULL;
    }
    if (ok) {
        struct walk walk = {
            .engine = engine,
            .call = call,
            .id = ++engine->walk_ids,
            .keeps_graph = call->retain_graph || (call->create_graph && !call->free_graph),
        };
        ok = walk_with_modes(&walk, grads, err);
        walk_finish(&walk);
    }
    for (int i = 0; i < call->root_count; i++) {
        tensor_unref(grads[i]);
    }
    free(grads);
    for (int i = 0; !ok && call->captured && i < call->input_count; i++) {
        tensor_unref(call->captured[i]);
        call->captured[i] = NULL;
    }
    return ok;
}
