#include <assert.h>

#include "engine/autograd/accumulate.h"
#include "engine/autograd/hooks.h"
#include "engine/autograd/in_place.h"
#include "engine/autograd/walk.h"
#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/observer.h"
#include "engine/ops/rows.h"

enum { LEAST_EDGES = 8 }; /* that there is scratch for */

/* ---- gradients that arrive ------------------------------------------------------------------------ */

static bool add_grad(struct walk *walk, struct tensor **sum, struct tensor *grad, struct error *err)
{
    if (!*sum) {
        *sum = tensor_ref(grad);
        return true;
    }
    const struct operand in[] = { operand_tensor(*sum), operand_tensor(grad) };
    struct tensor *both = op_plain(walk->engine, OP_ADD, in, 2, err);
    if (!both) {
        return false;
    }
    tensor_unref(*sum);
    *sum = both;
    return true;
}

bool walk_arrive(struct walk *walk, const struct node_edge *edge, struct tensor *grad,
                 struct error *err)
{
    struct place *place = walk_place(walk, edge->node);
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

static const struct tensor_hooks *hooks_of(const struct node *node, int output)
{
    return node->variable ? node->variable->hooks : node->outputs[output].hooks;
}

static bool has_hooks(const struct node *node)
{
    bool any = node->hooks != NULL;
    for (int i = 0; i < node->output_count; i++) {
        any = any || hooks_of(node, i);
    }
    return any;
}

/* A hook is the lesson's own code: what it does is told to the observer again. */
static bool run_hooks(struct walk *walk, struct place *place, struct error *err)
{
    const struct node *node = place->node;
    struct tensor **grads = &walk->grads[place->grads];
    if (!has_hooks(node)) {
        return true;
    }
    const int quiet = walk->engine->quiet;
    walk->engine->quiet = 0;
    bool ok = true;
    for (int i = 0; ok && i < node->output_count; i++) {
        ok = !grads[i] || tensor_hooks_run(hooks_of(node, i), &grads[i], err);
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

static void grow_scratch(struct walk *walk, size_t count)
{
    walk->edge_capacity = count < LEAST_EDGES ? LEAST_EDGES : count;
    walk->needs = memory_resize(walk->needs, walk->edge_capacity, sizeof(*walk->needs));
    walk->results = memory_resize(walk->results, walk->edge_capacity, sizeof(*walk->results));
    walk->contributions =
        memory_resize(walk->contributions, walk->edge_capacity, sizeof(*walk->contributions));
    walk->locals = memory_resize(walk->locals, walk->edge_capacity, sizeof(*walk->locals));
}

/* Without chosen inputs everything that a walk reaches is needed. */
static bool takes_gradient(const struct walk *walk, const struct node *next)
{
    if (!next || !walk->call->inputs) {
        return next != NULL;
    }
    const struct place *place = walk_place(walk, next);
    return place && (place->needed || place->captures);
}

static void prepare_scratch(struct walk *walk, const struct node *node)
{
    const size_t count = (size_t)node->edge_count;
    if (count > walk->edge_capacity) {
        grow_scratch(walk, count);
    }
    for (size_t e = 0; e < count; e++) {
        walk->needs[e] = takes_gradient(walk, node->edges[e].node);
        walk->results[e] = NULL;
        walk->contributions[e] = NULL;
    }
}

static bool run_backward(struct rule *rule)
{
    const struct node *node = rule->node;
    if (node->function) {
        /* The lesson's own code, as a hook is. */
        const int quiet = rule->engine->quiet;
        rule->engine->quiet = 0;
        const bool ok = node->function->backward(node->context, rule);
        rule->engine->quiet = quiet;
        return ok && rule_done(rule);
    }
    if (node->inner) {
        return copy_slices_backward(rule);
    }
    if (!node->op->backward) {
        return error_set(rule->err, "derivative for aten::%s is not implemented", node->op->name);
    }
    return node->op->backward(rule) && rule_done(rule);
}

/* In the dtype, and on the device, of what it goes to. */
static struct tensor *convert(struct rule *rule, struct tensor *grad, const struct node_output *to)
{
    if (!grad || (grad->dtype == to->dtype && tensor_backend(grad) == to->backend)) {
        return grad;
    }
    const struct operand in = operand_tensor(grad);
    struct op_use use = { .op = OP_TO_COPY,
                          .in = &in,
                          .in_count = 1,
                          .attrs = { .present = ATTR(DTYPE), .dtype = to->dtype } };
    if (tensor_backend(grad) != to->backend) {
        use.attrs.present |= ATTR(DEVICE);
        use.attrs.device = to->backend;
    }
    return rule_apply(rule, &use);
}

/* What the lesson's own code returns must be where the operand is; a number is brought there. */
static bool may_go(struct rule *rule, const struct tensor *grad, int e,
                   const struct node_output *to)
{
    const struct node *node = rule->node;
    if (!node->function || !grad || tensor_backend(grad) == to->backend || grad->shape.dims == 0) {
        return true;
    }
    struct text wanted = { 0 }, got = { 0 };
    backend_append_name(&wanted, to->backend);
    backend_append_name(&got, tensor_backend(grad));
    error_set(
        rule->err,
        "Function %s returned an invalid gradient at index %d - expected device %s but got %s",
        node->name, e, text_string(&wanted), text_string(&got));
    text_finish(&wanted);
    text_finish(&got);
    return false;
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
        if (!may_go(rule, grad, e, to)) {
            return false;
        }
        walk->contributions[e] = convert(rule, grad, to);
    }
    return rule_done(rule);
}

/* Hooks of the node may replace what it sends on. */
static bool run_hooks_after(struct walk *walk, struct rule *rule)
{
    const struct node *node = rule->node;
    if (!node->hooks) {
        return true;
    }
    for (int e = 0; e < node->edge_count; e++) {
        tensor_ref(walk->contributions[e]); /* a hook is given, and leaves, references */
    }
    const int quiet = walk->engine->quiet;
    walk->engine->quiet = 0;
    const bool ok = node_hooks_run_after(node, walk->contributions, rule->grad, rule->err);
    walk->engine->quiet = quiet;
    for (int e = 0; e < node->edge_count; e++) {
        if (walk->contributions[e]) {
            rule_take(rule, walk->contributions[e]);
        }
    }
    return ok;
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
    const struct op *op = rule->node->op;
    bool ok = true;
    for (int e = 0; ok && e < rule->node->edge_count; e++) {
        walk->locals[e] = operand_tensor(NULL);
        ok = !op || !op->local || !walk->contributions[e] || op->local(rule, e, &walk->locals[e]);
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

static bool has_nan(struct engine *engine, struct tensor *tensor, bool *out, struct error *err)
{
    struct number number = { 0 };
    struct tensor *marks =
        op_binary(engine, OP_NE, operand_tensor(tensor), operand_tensor(tensor), err);
    struct tensor *count = marks ? op_unary(engine, OP_SUM, marks, err) : NULL;
    const bool ok = count && tensor_item(count, &number, err);
    *out = ok && number_as_real(number) > 0;
    tensor_unref(count);
    tensor_unref(marks);
    return ok;
}

/* A NaN is not the graph's own step: nothing of the search is told or tracked. */
static bool check_nan(struct walk *walk, const struct rule *rule)
{
    struct engine *engine = walk->engine;
    const bool grad_enabled = engine->grad_enabled;
    bool ok = true, nan = false;
    if (!engine->detect_anomaly || !engine->check_nan) {
        return true;
    }
    engine->grad_enabled = false;
    engine->quiet++;
    for (int e = 0; ok && e < rule->node->edge_count; e++) {
        if (!walk->contributions[e]) {
            continue;
        }
        ok = has_nan(engine, walk->contributions[e], &nan, rule->err);
        if (ok && nan) {
            ok = error_set(rule->err, "Function '%s' returned nan values in its %dth output.",
                           rule->node->name, e);
        }
    }
    engine->quiet--;
    engine->grad_enabled = grad_enabled;
    return ok;
}

static bool run_rule(struct walk *walk, struct rule *rule, struct place *place)
{
    struct node *node = place->node;
    if (!node_check_saved(node, rule->err)) {
        walk->engine->failed_node = node->freed ? node->id : 0;
        return false;
    }
    if (!run_backward(rule) || !make_contributions(walk, rule) || !run_hooks_after(walk, rule) ||
        !observe_visit(walk, rule, place) || !check_nan(walk, rule)) {
        return false;
    }
    for (int e = 0; e < node->edge_count; e++) {
        if (node->edges[e].node &&
            !walk_arrive(walk, &node->edges[e], walk->contributions[e], rule->err)) {
            return false;
        }
    }
    free_saved(walk, node);
    return true;
}

static bool run_leaf(struct walk *walk, const struct place *place, struct error *err)
{
    struct node *node = place->node;
    struct tensor **grad = &walk->grads[place->grads];
    if (*grad && !accumulate_leaf(&(struct accumulation){ walk->id, node->variable, *grad }, err)) {
        return false;
    }
    if (!has_hooks(node)) {
        return true;
    }
    const int quiet = walk->engine->quiet;
    walk->engine->quiet = 0;
    const bool ok = (!*grad || tensor_hooks_run_after(node->variable, err)) &&
                    node_hooks_run_after(node, NULL, grad, err);
    walk->engine->quiet = quiet;
    return ok;
}

bool walk_run(struct walk *walk, struct place *place, struct error *err)
{
    struct node *node = place->node;
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
        return run_leaf(walk, place, err);
    }
    prepare_scratch(walk, node);
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
