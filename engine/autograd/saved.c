#include "engine/autograd/autograd.h"

#include <assert.h>
#include <inttypes.h>

#include "engine/base/memory.h"
#include "engine/engine.h"

static const char freed_text[] =
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward.";

void node_reserve_saved(struct node *node, int count)
{
    assert(!node->saved);
    node->saved_count = count;
    if (count > NODE_INLINE_SAVED) {
        node->saved = memory_allocate((size_t)count, sizeof(*node->saved));
        return;
    }
    node->saved = node->inline_saved;
    for (int i = 0; i < count; i++) {
        node->saved[i] = (struct saved){ 0 };
    }
}

void node_save_operand(struct node *node, int slot, const struct operand *operand)
{
    struct saved *saved = &node->saved[slot];
    saved->output = -1;
    if (operand->kind == OPERAND_NUMBER) {
        saved->is_number = true;
        saved->number = operand->number;
    } else if (operand->kind == OPERAND_TENSOR) {
        saved->tensor = tensor_ref(operand->tensor);
        saved->tensor_id = operand->tensor->id;
        saved->expected_version = tensor_version(operand->tensor);
    }
}

/* The result owns the node, so the node keeps a stand-in for it. */
void node_save_output(struct node *node, int slot, struct tensor *tensor, int output)
{
    struct saved *saved = &node->saved[slot];
    saved->output = output;
    saved->tensor = tensor_alias(tensor);
    saved->tensor->id = tensor->id;
    saved->tensor->is_stand_in = true;
    saved->tensor_id = tensor->id;
    saved->expected_version = tensor_version(tensor);
}

bool saved_was_kept(const struct saved *saved)
{
    return saved->is_number || saved->tensor_id != 0;
}

bool node_has_saved(const struct node *node)
{
    if (node->inner) {
        return !node->freed;
    }
    for (int i = 0; i < node->saved_count; i++) {
        const struct saved *saved = &node->saved[i];
        if (saved->tensor || (saved->is_number && !saved->is_plain)) {
            return !node->freed;
        }
    }
    return false;
}

void node_free_saved(struct node *node)
{
    if (node->freed || !node_has_saved(node)) {
        return;
    }
    node->freed = true;
    if (node->inner) {
        node_free_saved(node->inner);
    }
    for (int i = 0; i < node->saved_count; i++) {
        struct tensor *tensor = node->saved[i].tensor;
        node->saved[i].tensor = NULL;
        if (tensor && tensor->is_stand_in && tensor->references == 1) {
            tensor->id = 0; /* the tensor of that id may well live on */
        }
        tensor_unref(tensor);
    }
}

/* Which tensor it is, as PyTorch says it: the name of what made it, unless it is a leaf. A view of
 * something that changed since is, for PyTorch, made anew by AsStridedBackward0. */
static bool set_changed(const struct node *node, const struct saved *saved, struct error *err)
{
    const struct tensor *tensor = saved->tensor;
    struct text shape = { 0 }, origin = { 0 };
    shape_append(&shape, &tensor->shape);
    if (saved->output >= 0) {
        text_format(&origin, ", which is output %d of %s%s,", saved->output,
                    node_namespace(node->name), node->name);
    } else if (tensor->grad_fn) {
        const bool stale = tensor->base && tensor_version(tensor) != tensor->view_version;
        const char *name = stale ? "AsStridedBackward0" : tensor->grad_fn->name;
        text_format(&origin, ", which is output %d of %s%s,", stale ? 0 : tensor->output_number,
                    node_namespace(name), name);
    }
    error_set(err,
              "one of the variables needed for gradient computation has been modified by an "
              "inplace operation: [torch.%sTensor %s]%s is at version %" PRId64
              "; expected version %" PRId64
              " instead. Hint: enable anomaly detection to find the operation that failed to "
              "compute its gradient, with torch.autograd.set_detect_anomaly(True).",
              dtype_type_name(tensor->dtype), text_string(&shape), text_string(&origin),
              tensor_version(tensor), saved->expected_version);
    text_finish(&shape);
    text_finish(&origin);
    return false;
}

static bool check_slot(const struct node *node, const struct saved *saved, struct error *err)
{
    if (!saved_was_kept(saved) || saved->is_plain) {
        return true;
    }
    if (node->freed) {
        return error_set(err, "%s", freed_text);
    }
    if (saved->tensor && tensor_version(saved->tensor) != saved->expected_version) {
        return set_changed(node, saved, err);
    }
    return true;
}

bool node_check_saved(const struct node *node, struct error *err)
{
    if (node->inner) {
        return node->freed ? error_set(err, "%s", freed_text) : node_check_saved(node->inner, err);
    }
    for (int i = 0; i < node->saved_count; i++) {
        if (!check_slot(node, &node->saved[i], err)) {
            return false;
        }
    }
    return true;
}

struct tensor *node_saved(struct node *node, int slot, struct error *err)
{
    const struct saved *saved = &node->saved[slot];
    assert(saved_was_kept(saved));
    if (!check_slot(node, saved, err)) {
        return NULL;
    }
    if (saved->is_number) {
        static const enum dtype dtypes[] = { [NUMBER_BOOL] = DTYPE_BOOL,
                                             [NUMBER_INTEGER] = DTYPE_INT64,
                                             [NUMBER_REAL] = DTYPE_FLOAT64 };
        return tensor_from_number(node->engine, saved->number, dtypes[saved->number.kind], err);
    }
    if (saved->output < 0) {
        return tensor_ref(saved->tensor);
    }
    struct tensor *result = tensor_alias(saved->tensor);
    result->requires_grad = true;
    result->grad_fn = node_ref(node);
    result->output_number = saved->output;
    return result;
}
