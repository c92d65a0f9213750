#include "engine/ops/ops.h"

#include <assert.h>

#include "engine/autograd/autograd.h"
#include "engine/autograd/hooks.h"
#include "engine/autograd/in_place.h"
#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/observer.h"
#include "engine/ops/devices.h"

/* Of the rows whose number of outputs is fixed. */
enum { MAX_OUTPUTS = 4 };

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

/* Operands beyond the bits are further ones of a list: like the last bit's. */
static bool has_edge(const struct op *op, int operand)
{
    return !op->edgeless || !(op->edgeless >> (operand < 32 ? operand : 31) & 1);
}

static bool wants_gradient(const struct op *op, const struct op_use *use)
{
    bool wanted = false;
    for (int i = 0; i < use->in_count; i++) {
        if (use->in[i].kind == OPERAND_TENSOR && has_edge(op, i)) {
            if (use->in[i].tensor->base) {
                tensor_refresh_history(use->in[i].tensor);
            }
            wanted = wanted || use->in[i].tensor->requires_grad;
        }
    }
    return wanted;
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

static void keep_shapes(struct node *node, const struct op_use *use)
{
    node->shapes = memory_allocate((size_t)use->in_count, sizeof(*node->shapes));
    for (int i = 0; i < use->in_count; i++) {
        if (use->in[i].kind == OPERAND_TENSOR) {
            node->shapes[i] = use->in[i].tensor->shape;
        }
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

static int count_slots(const struct op *op, int operands)
{
    int count = 0;
    while (count < OP_MAX_SLOTS && op->saves[count].name &&
           !(op->saves[count].is_list && op->saves[count].from >= operands)) {
        count++;
    }
    return count;
}

/* `before` stands for operand 0 where an operation in place is about to change that; else NULL. */
static void save_operands(struct node *node, const struct op_use *use, struct tensor *before)
{
    const int count = count_slots(node->op, use->in_count);
    if (count == 0) {
        return;
    }
    node_reserve_saved(node, count);
    for (int i = 0; i < count; i++) {
        const struct op_slot *slot = &node->op->saves[i];
        struct saved *saved = &node->saved[i];
        saved->name = slot->name;
        saved->is_plain = slot->plain;
        saved->output = -1;
        if (slot->is_output || slot->from >= use->in_count || !slot_is_used(node, slot)) {
            continue;
        }
        const struct operand *operand = &use->in[slot->from];
        const struct operand kept = operand_tensor(before);
        if (slot->from == 0 && before) {
            node_save_operand(node, i, &kept);
        } else if (use->in_place && operand->tensor == use->in[0].tensor) {
            /* About to be this node's own output: kept as such, so that nothing owns itself, and
             * found changed when it is wanted. */
            node_save_output(node, i, operand->tensor, 0);
        } else {
            node_save_operand(node, i, operand);
        }
    }
}

static void save_outputs(struct node *node, struct tensor *const *out)
{
    for (int i = 0; i < node->saved_count; i++) {
        const struct op_slot *slot = &node->op->saves[i];
        if (slot->is_output && slot_is_used(node, slot)) {
            node_save_output(node, i, out[slot->from], slot->from);
        }
    }
}

/* The node with all that must be known before the operation changes anything: where gradients go, and
 * the operands at their versions of now. */
static struct node *begin_node(const struct op_call *call, const struct op_use *use,
                               struct tensor *before)
{
    int edges = 0;
    for (int i = 0; i < use->in_count; i++) {
        edges += has_edge(call->op, i);
    }
    struct node *node = node_create(call->engine, call->op->node, edges, call->out_count);
    node->op = call->op;
    if (use->attrs.present) {
        node->attrs = use->attrs;
    }
    node->attrs.lengths = NULL;
    make_edges(node, call->op, use);
    if (call->op->keeps_shapes) {
        keep_shapes(node, use);
    }
    save_operands(node, use, before);
    return node;
}

/* The node now knows its outputs and is theirs; takes the reference, returns the node that is to be
 * seen (lent), or NULL where no output can have a gradient. */
static struct node *finish_node(struct node *node, const struct op_call *call)
{
    if (!node) {
        return NULL;
    }
    if (!any_float(call->out, call->out_count)) {
        node_unref(node);
        return NULL;
    }
    save_outputs(node, call->out);
    for (int i = 0; i < call->out_count; i++) {
        node_describe_output(node, i, call->out[i]);
    }
    if (call->into) {
        return in_place_rebase(call->into, node);
    }
    for (int i = 0; i < call->out_count; i++) {
        if (dtype_is_float(call->out[i]->dtype) && !(call->op->gradless >> i & 1)) {
            call->out[i]->grad_fn = node_ref(node);
            call->out[i]->output_number = i;
            call->out[i]->requires_grad = true;
        }
    }
    node_unref(node);
    return node;
}

/* ---- applying ---------------------------------------------------------------------------------- */

/* A differentiable view remembers what it is a view of, even while nothing is tracked: its base may
 * be changed in place later. */
static void set_base(struct tensor *view, struct tensor *source, const struct op *op)
{
    view->base = tensor_ref(source->base ? source->base : source);
    view->view_version = tensor_version(view);
    view->view_without_grad = !view->engine->grad_enabled;
    view->is_view_of_many = op->outputs == 0 || source->is_view_of_many;
}

static void observe(struct engine *engine, const struct op_use *use, const struct op_call *call,
                    const struct node *node)
{
    if (!engine->observer || (engine->quiet > 0 && !node)) {
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
        .turned = engine->turned && use->in_count == 2,
    };
    if (node && OBSERVED(engine, tracked)) {
        engine->observer->calls->tracked(engine->observer->context, &operation);
    }
    if (engine->quiet == 0 && OBSERVED(engine, operation)) {
        engine->observer->calls->operation(engine->observer->context, &operation);
    }
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

static bool saves_inference(const struct node *node)
{
    for (int i = 0; i < node->saved_count; i++) {
        if (node->saved[i].tensor && tensor_is_inference(node->saved[i].tensor)) {
            return true;
        }
    }
    return false;
}

/* What comes before a tracked operation: the checks of one in place, and its node. */
static bool prepare(const struct op_call *call, const struct op_use *use, struct node **node,
                    struct error *err)
{
    struct tensor *before = NULL;
    if (call->into && !in_place_allowed(call->into, err)) {
        return false;
    }
    if (call->into && saves_operand_0(call->op)) {
        call->engine->quiet++;
        before = op_unary(call->engine, OP_CLONE, call->into, err);
        call->engine->quiet--;
        if (!before) {
            return false;
        }
    }
    *node = begin_node(call, use, before);
    tensor_unref(before);
    if (saves_inference(*node)) {
        node_unref(*node);
        *node = NULL;
        return error_set(err, "Inference tensors cannot be saved for backward. To work around you "
                              "can make a clone to get a normal tensor and use it in autograd.");
    }
    return true;
}

void op_tell_failed(struct engine *engine, const struct op_use *use, const char *why)
{
    if (engine->quiet == 0 && OBSERVED(engine, failed)) {
        engine->observer->calls->failed(engine->observer->context, &(struct observed_failure){
                                                                       .op = op_table[use->op],
                                                                       .in = use->in,
                                                                       .in_count = use->in_count,
                                                                       .attrs = &use->attrs,
                                                                       .why = why,
                                                                   });
    }
}

/* What these write does not depend on what else is in the same place. */
static bool may_overlap(enum op_id op)
{
    static const enum op_id those[] = { OP_FILL,          OP_ZERO,
                                        OP_MASKED_FILL,   OP_MASKED_FILL_TENSOR,
                                        OP_INDEX_FILL,    OP_INDEX_PUT,
                                        OP_FILL_DIAGONAL, OP_TRIL,
                                        OP_TRIU };
    for (size_t i = 0; i < sizeof(those) / sizeof(*those); i++) {
        if (those[i] == op) {
            return true;
        }
    }
    return op_table[op]->reshapes;
}

static bool check_overlap(const struct op_call *call, struct error *err)
{
    return !call->into || may_overlap(call->op->id) || tensor_check_apart(call->into, err);
}

static bool run(struct op_call *call, struct error *err)
{
    if (!check_overlap(call, err)) {
        return false;
    }
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
    assert(call.out_count > 0);
    out[0] = NULL; /* by itself: most have one output */
    for (int i = 1; i < call.out_count; i++) {
        out[i] = NULL;
    }

    if (engine->backend_count > 1 && !op_check_devices(engine, use, err)) {
        op_tell_failed(engine, use, err ? err->text : "");
        return false;
    }
    if (call.into && tensor_is_inference(call.into) && !engine->inference) {
        return error_set(err, "Inplace update to inference tensor outside InferenceMode is not "
                              "allowed.You can make a clone to get a normal tensor before doing "
                              "inplace update.See https://github.com/pytorch/rfcs/pull/17 for more "
                              "details.");
    }
    struct node *node = NULL;
    if (op->node && engine->grad_enabled && wants_gradient(op, use) &&
        !prepare(&call, use, &node, err)) {
        return false;
    }
    if (!run(&call, err)) {
        node_unref(node);
        op_tell_failed(engine, use, err ? err->text : "");
        return false;
    }
    if (op->is_view) {
        for (int i = 0; i < call.out_count; i++) {
            set_base(out[i], use->in[0].tensor, op);
        }
    }
    if (call.into) {
        tensor_bump_version(call.into);
    }
    node = finish_node(node, &call);
    observe(engine, use, &call, node);
    return true;
}

struct tensor *op_apply_one(struct engine *engine, const struct op_use *use, struct error *err)
{
    const int outputs = op_table[use->op]->outputs;
    struct tensor *out[MAX_OUTPUTS];
    assert(outputs > 0 && outputs <= MAX_OUTPUTS);
    if (!op_apply(engine, use, out, err)) {
        return NULL;
    }
    for (int i = 1; i < outputs; i++) {
        tensor_unref(out[i]);
    }
    return out[0];
}

/* Field by field: attributes are large, and nobody reads those that are not present. */
struct tensor *op_plain(struct engine *engine, enum op_id op, const struct operand *in, int count,
                        struct error *err)
{
    struct op_use use;
    use.op = op;
    use.in = in;
    use.in_count = count;
    use.attrs.present = 0;
    use.attrs.from_end = 0;
    use.in_place = false;
    use.out_count = 0;
    return op_apply_one(engine, &use, err);
}

struct tensor *op_unary(struct engine *engine, enum op_id op, struct tensor *a, struct error *err)
{
    const struct operand in = operand_tensor(a);
    return op_plain(engine, op, &in, 1, err);
}

struct tensor *op_binary(struct engine *engine, enum op_id op, struct operand a, struct operand b,
                         struct error *err)
{
    const struct operand in[] = { a, b };
    return op_plain(engine, op, in, 2, err);
}
