#include "engine/ops/ops.h"

#include <assert.h>
#include <string.h>

#include "engine/autograd/autograd.h"
#include "engine/autograd/hooks.h"
#include "engine/autograd/in_place.h"
#include "engine/engine.h"
#include "engine/observer.h"

enum { MAX_OUTPUTS = 64 };

/* ---- outputs ----------------------------------------------------------------------------------- */

static bool set_cannot_cast(enum dtype from, enum dtype to, struct error *err)
{
    return error_set(err, "result type %s can't be cast to the desired output type %s",
                     dtype_type_name(from), dtype_type_name(to));
}

static bool set_wrong_shape(const struct shape *output, const struct shape *result,
                            struct error *err)
{
    struct text a = { 0 }, b = { 0 };
    shape_append(&a, output);
    shape_append(&b, result);
    error_set(err, "output with shape %s doesn't match the broadcast shape %s", text_string(&a),
              text_string(&b));
    text_finish(&a);
    text_finish(&b);
    return false;
}

struct tensor *op_output(struct op_call *call, int number, const struct tensor_spec *spec,
                         struct error *err)
{
    assert(number < call->out_count && !call->out[number]);
    if (!call->into) {
        return call->out[number] = tensor_create(call->engine, spec, err);
    }
    assert(number == 0);
    if (!dtype_can_cast(spec->dtype, call->into->dtype)) {
        set_cannot_cast(spec->dtype, call->into->dtype, err);
        return NULL;
    }
    if (!shape_equal(&spec->shape, &call->into->shape)) {
        set_wrong_shape(&call->into->shape, &spec->shape, err);
        return NULL;
    }
    return call->out[0] = tensor_ref(call->into);
}

/* ---- the node ---------------------------------------------------------------------------------- */

static bool has_edge(const struct op *op, int operand)
{
    return !(op->edgeless >> operand & 1);
}

static bool wants_gradient(const struct op *op, const struct op_use *use)
{
    for (int i = 0; i < use->in_count; i++) {
        if (use->in[i].kind == OPERAND_TENSOR && use->in[i].tensor->requires_grad &&
            has_edge(op, i)) {
            return true;
        }
    }
    return false;
}

static bool any_float(struct tensor *const *out, int count)
{
    for (int i = 0; i < count; i++) {
        if (dtype_is_float(out[i]->dtype)) {
            return true;
        }
    }
    return false;
}

static void make_edges(struct node *node, const struct op *op, const struct op_use *use)
{
    int edge = 0;
    for (int i = 0; i < use->in_count; i++) {
        if (!has_edge(op, i)) {
            continue;
        }
        if (use->in[i].kind == OPERAND_TENSOR) {
            node->edges[edge] = tensor_edge(use->in[i].tensor);
        }
        edge++;
    }
}

/* Whether a needed gradient uses the slot. */
static bool slot_is_used(const struct node *node, const struct op_slot *slot)
{
    for (int e = 0; slot->used_by && e < node->edge_count; e++) {
        if (slot->used_by >> e & 1 && node->edges[e].node) {
            return true;
        }
    }
    return slot->used_by == 0;
}

/* `before` is operand 0 as it was before an operation in place changed it; NULL: in[0] still is. */
static void save(struct node *node, const struct op_use *use, struct tensor *const *out,
                 struct tensor *before)
{
    const struct op_slot *slots = node->op->saves;
    int count = 0;
    while (count < OP_MAX_SLOTS && slots[count].name) {
        count++;
    }
    if (count == 0) {
        return;
    }
    node_reserve_saved(node, count);
    for (int i = 0; i < count; i++) {
        struct saved *saved = &node->saved[i];
        saved->name = slots[i].name;
        saved->is_plain = slots[i].plain;
        saved->output = -1;
        if (!slot_is_used(node, &slots[i])) {
            continue;
        }
        if (slots[i].is_output) {
            node_save_output(node, i, out[slots[i].from], slots[i].from);
        } else if (slots[i].from == 0 && before) {
            const struct operand operand = operand_tensor(before);
            node_save_operand(node, i, &operand);
        } else if (slots[i].from < use->in_count) {
            node_save_operand(node, i, &use->in[slots[i].from]);
        }
    }
}

static struct node *make_node(struct engine *engine, const struct op_use *use,
                              const struct op_call *call, struct tensor *before)
{
    const struct op *op = call->op;
    int edges = 0;
    for (int i = 0; i < use->in_count; i++) {
        edges += has_edge(op, i);
    }
    struct node *node = node_create(engine, op->node, edges, call->out_count);
    node->op = op;
    node->attrs = use->attrs;
    make_edges(node, op, use);
    save(node, use, call->out, before);
    for (int i = 0; i < call->out_count; i++) {
        node_describe_output(node, i, call->out[i]);
    }
    return node;
}

/* Hands the node to the outputs, each with a reference. */
static void attach(struct node *node, struct tensor *const *out, int count)
{
    for (int i = 0; i < count; i++) {
        if (dtype_is_float(out[i]->dtype)) {
            assert(!out[i]->grad_fn);
            out[i]->grad_fn = node_ref(node);
            out[i]->output_number = i;
            out[i]->requires_grad = true;
        }
    }
    node_unref(node);
}

/* ---- applying ---------------------------------------------------------------------------------- */

/* A differentiable view remembers what it is a view of, even while nothing is tracked: its base may
 * be changed in place later. */
static void set_base(struct tensor *view, struct tensor *source)
{
    view->base = tensor_ref(source->base ? source->base : source);
    view->view_version = tensor_version(view);
}

static void observe(struct engine *engine, const struct op_use *use, const struct op_call *call,
                    const struct node *node)
{
    if (engine->quiet > 0 || !OBSERVED(engine, operation)) {
        return;
    }
    const struct observed_operation operation = {
        .op = call->op,
        .in = use->in,
        .in_count = use->in_count,
        .attrs = &use->attrs,
        .out = call->out,
        .out_count = call->out_count,
        .node = node,
        .in_place = use->in_place,
        .grad_enabled = engine->grad_enabled,
    };
    engine->observer->calls->operation(engine->observer->context, &operation);
}

static bool saves_operand_0(const struct op *op)
{
    for (int i = 0; i < OP_MAX_SLOTS && op->saves[i].name; i++) {
        if (!op->saves[i].is_output && op->saves[i].from == 0) {
            return true;
        }
    }
    return false;
}

/* Operand 0 as it is before it changes, if the node will need it. */
static bool keep_before(struct engine *engine, const struct op_use *use, struct tensor **before,
                        struct error *err)
{
    *before = NULL;
    if (!saves_operand_0(op_table[use->op])) {
        return true;
    }
    engine->quiet++;
    *before = op_unary(engine, OP_CLONE, use->in[0].tensor, err);
    engine->quiet--;
    return *before != NULL;
}

static bool run(struct op_call *call, struct error *err)
{
    if (call->op->forward(call, err)) {
        return true;
    }
    for (int i = 0; i < call->out_count; i++) {
        tensor_unref(call->out[i]);
        call->out[i] = NULL;
    }
    return false;
}

bool op_apply(struct engine *engine, const struct op_use *use, struct tensor **out,
              struct error *err)
{
    const struct op *op = op_table[use->op];
    struct op_call call = {
        .engine = engine,
        .op = op,
        .in = use->in,
        .in_count = use->in_count,
        .attrs = &use->attrs,
        .into = use->in_place ? use->in[0].tensor : NULL,
        .out = out,
        .out_count = op->outputs ? op->outputs : use->out_count,
    };
    assert(call.out_count <= MAX_OUTPUTS);
    memset(out, 0, (size_t)call.out_count * sizeof(struct tensor *));

    bool tracked = op->node && engine->grad_enabled && wants_gradient(op, use);
    struct tensor *before = NULL;
    if (call.into && tracked &&
        (!in_place_allowed(call.into, err) || !keep_before(engine, use, &before, err))) {
        return false;
    }
    if (!run(&call, err)) {
        tensor_unref(before);
        return false;
    }
    if (op->is_view) {
        for (int i = 0; i < call.out_count; i++) {
            set_base(out[i], use->in[0].tensor);
        }
    }
    if (call.into) {
        tensor_bump_version(call.into);
    }
    tracked = tracked && any_float(out, call.out_count);
    struct node *node = tracked ? make_node(engine, use, &call, before) : NULL;
    tensor_unref(before);
    if (node && call.into) {
        in_place_rebase(call.into, node);
    } else if (node) {
        attach(node, out, call.out_count);
    }
    observe(engine, use, &call, node);
    return true;
}

struct tensor *op_apply_one(struct engine *engine, const struct op_use *use, struct error *err)
{
    assert(op_table[use->op]->outputs == 1);
    struct tensor *out;
    return op_apply(engine, use, &out, err) ? out : NULL;
}

struct tensor *op_unary(struct engine *engine, enum op_id op, struct tensor *a, struct error *err)
{
    const struct operand in = operand_tensor(a);
    return op_apply_one(engine, &(struct op_use){ .op = op, .in = &in, .in_count = 1 }, err);
}

struct tensor *op_binary(struct engine *engine, enum op_id op, struct operand a, struct operand b,
                         struct error *err)
{
    const struct operand in[] = { a, b };
    return op_apply_one(engine, &(struct op_use){ .op = op, .in = in, .in_count = 2 }, err);
}
