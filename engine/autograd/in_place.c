#include "engine/autograd/in_place.h"

bool in_place_allowed(const struct tensor *tensor, struct error *err)
{
    const struct tensor *base = tensor->base;
    if (base && tensor->requires_grad && tensor_is_leaf(base)) {
        return error_set(err, "a view of a leaf Variable that requires grad is being used in an "
                              "in-place operation.");
    }
    if (tensor->requires_grad && tensor_is_leaf(tensor)) {
        return error_set(err, "a leaf Variable that requires grad is being used in an in-place "
                              "operation.");
    }
    if (base) {
        return error_set_kind(err, ERROR_NOT_IMPLEMENTED,
                              "changing a view in place (x[0] += 1, x[0] = 1) is not supported "
                              "while gradients are recorded. Write the operation out of place, or "
                              "use torch.no_grad().");
    }
    return true;
}

void in_place_rebase(struct tensor *tensor, struct node *node)
{
    struct node *old = tensor->grad_fn;
    if (old && tensor->retains_grad) {
        old->outputs[tensor->output_number].retainer = NULL;
        node->outputs[0].retainer = tensor;
    }
    tensor->grad_fn = node;
    tensor->output_number = 0;
    tensor->requires_grad = true;
    node_unref(old);
}
