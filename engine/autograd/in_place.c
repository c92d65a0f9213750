#include "engine/autograd/in_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/autograd/hooks.h"
#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/ops/rows.h"

/* ---- what may be changed ------------------------------------------------------------------------- */

static bool set_view_of_many(const struct tensor *view, struct error *err)
{
    char what[96];
    snprintf(what, sizeof(what), "Output %d of %.60s is a view and is being modified inplace.",
             view->output_number, view->grad_fn ? view->grad_fn->name : "");
    return error_set(err,
                     "%s This view is the output of a function that returns multiple views. Such "
                     "functions do not allow the output views to be modified inplace. You should "
                     "replace the inplace operation by an out-of-place one.",
                     view->grad_fn ? what
                                   : "A view was created in no_grad mode and is being modified "
                                     "inplace with grad mode enabled.");
}

static bool check_view(const struct tensor *view, struct error *err)
{
    const struct tensor *base = view->base;
    if (view->is_view_of_many) {
        return set_view_of_many(view, err);
    }
    if (view->requires_grad && tensor_is_leaf(base)) {
        return error_set(err, "a view of a leaf Variable that requires grad is being used in an "
                              "in-place operation.");
    }
    if (view->view_without_grad) {
        return error_set(err,
                         "A view was created in no_grad mode and is being modified inplace with "
                         "grad mode enabled. Given that this use case is ambiguous and "
                         "error-prone, it is forbidden. You can clarify your code by moving both "
                         "the view and the inplace either both inside the no_grad block (if you "
                         "don't want the inplace to be tracked) or both outside (if you want the "
                         "inplace to be tracked).");
    }
    if (!tensor_is_dense(base)) {
        return error_set_kind(err, ERROR_NOT_IMPLEMENTED,
                              "changing in place a view of a tensor whose memory has gaps or "
                              "overlaps is not supported while gradients are recorded. Make the "
                              "tensor contiguous() first.");
    }
    return true;
}

bool in_place_allowed(const struct tensor *tensor, struct error *err)
{
    if (tensor->base) {
        return check_view(tensor, err);
    }
    if (tensor->requires_grad && tensor_is_leaf(tensor)) {
        return error_set(err, "a leaf Variable that requires grad is being used in an in-place "
                              "operation.");
    }
    return true;
}

/* ---- histories ------------------------------------------------------------------------------------ */

/* Takes the reference. */
static void set_history(struct tensor *tensor, struct node *node, int number)
{
    struct node *old = tensor->grad_fn;
    if (tensor->retains_grad && old) {
        old->outputs[tensor->output_number].retainer = NULL;
        node->outputs[number].retainer = tensor;
    }
    tensor->grad_fn = node;
    tensor->output_number = number;
    tensor->requires_grad = true;
    node_unref(old);
}

/* Where the elements of a view are among those of its base, and how these lie. */
static struct op_attrs place_of(const struct tensor *view)
{
    const struct tensor *base = view->base;
    struct op_attrs attrs = { .present = ATTR(SIZE) | ATTR(STRIDE) | ATTR(OFFSET),
                              .size = view->shape,
                              .stride = { .dims = view->shape.dims },
                              .offset = view->offset - base->offset };
    memcpy(attrs.stride.size, view->strides, (size_t)view->shape.dims * sizeof(*view->strides));
    if (!tensor_is_contiguous(base)) {
        attrs.present |= ATTR(BASE_STRIDE);
        attrs.base_stride.dims = base->shape.dims;
        memcpy(attrs.base_stride.size, base->strides,
               (size_t)base->shape.dims * sizeof(*base->strides));
    }
    return attrs;
}

void tensor_refresh_history(struct tensor *tensor)
{
    struct tensor *base = tensor->base;
    if (!base || tensor_version(tensor) == tensor->view_version) {
        return;
    }
    if ((!tensor->grad_fn && !base->requires_grad) || !tensor_is_dense(base)) {
        return;
    }
    tensor->view_version = tensor_version(tensor);
    struct node *node = node_create(tensor->engine, "AsStridedBackward0", 1, 1);
    node->op = op_table[OP_AS_STRIDED];
    node->attrs = place_of(tensor);
    node->edges[0] = tensor_edge(base);
    node_describe_output(node, 0, tensor);
    set_history(tensor, node, 0);
}

struct node *in_place_rebase(struct tensor *tensor, struct node *node)
{
    struct tensor *base = tensor->base;
    if (!base || (node->op && node->op->reshapes)) {
        set_history(tensor, node, 0);
        tensor->view_version = tensor_version(tensor);
        return node;
    }
    struct node *slices = node_create(tensor->engine, "CopySlices", node->edge_count, 1);
    slices->inner = node;
    slices->attrs = place_of(tensor);
    slices->edges[0] = tensor_edge(base);
    for (int e = 1; e < node->edge_count; e++) {
        slices->edges[e] =
            (struct node_edge){ node_ref(node->edges[e].node), node->edges[e].output };
    }
    node_describe_output(slices, 0, base);
    set_history(base, slices, 0);
    tensor_refresh_history(tensor);
    return slices;
}

void node_attach_output(struct node *node, int number, struct tensor *tensor)
{
    node_describe_output(node, number, tensor);
    node_ref(node);
    node_unref(tensor->grad_fn);
    tensor->grad_fn = node;
    tensor->output_number = number;
    tensor->requires_grad = true;
    tensor->view_version = tensor_version(tensor);
}

bool node_attach_changed(struct node *node, int number, struct tensor *tensor, struct error *err)
{
    if (!in_place_allowed(tensor, err)) {
        return false;
    }
    node_describe_output(node, number, tensor);
    if (!tensor->base) {
        set_history(tensor, node_ref(node), number);
        return true;
    }
    if (node->output_count > 1) {
        return error_set(
            err,
            "If your Function modifies inplace an input that is a view of another Tensor, your "
            "Function cannot return more than one Tensor. This is not supported by the current "
            "autograd engine. You should either make sure the input is not a view (using "
            ".clone() for example) or make your Function only return one Tensor (potentially "
            "splitting it into two Functions: one doing the inplace that returns a single "
            "Tensor and a second one that does the other operations). You can ask on the forum "
            "https://discuss.pytorch.org/ if you need help to do this change.");
    }
    in_place_rebase(tensor, node_ref(node));
    return true;
}

/* ---- the way back ---------------------------------------------------------------------------------- */

/* The elements of the view, as a view of `whole`. */
static struct tensor *rule_slice(struct rule *rule, struct tensor *whole)
{
    const struct operand in = operand_tensor(whole);
    return rule_apply(
        rule, &(struct op_use){
                  .op = OP_AS_STRIDED, .in = &in, .in_count = 1, .attrs = *rule_attrs(rule) });
}

/* slice ← part, so that it is in the whole of which slice is a view. */
static void rule_put(struct rule *rule, struct tensor *slice, struct tensor *part)
{
    const struct operand in[] = { operand_tensor(slice), operand_tensor(part) };
    rule_apply(rule, &(struct op_use){ .op = OP_COPY, .in = in, .in_count = 2, .in_place = true });
}

bool copy_slices_backward(struct rule *rule)
{
    if (!rule->grad[0]) {
        return true;
    }
    struct tensor *whole = rule_clone_laid(rule, rule->grad[0]);
    struct tensor *slice = rule_slice(rule, whole);
    struct tensor *part = rule_unary(rule, OP_CLONE, slice);
    if (!rule_done(rule)) {
        return false;
    }
    struct rule inner = *rule;
    inner.node = rule->node->inner;
    inner.grad = &part;
    bool ok = inner.node->function ? inner.node->function->backward(inner.node->context, &inner)
                                   : inner.node->op->backward(&inner);
    rule->owned = inner.owned;
    rule->owned_count = inner.owned_count;
    rule->owned_capacity = inner.owned_capacity;
    rule->failed = inner.failed;
    if (ok && rule->needs[0]) {
        rule_put(rule, slice, rule->result[0]);
        rule->result[0] = whole;
        ok = rule_done(rule);
    }
    return ok;
}
