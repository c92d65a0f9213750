#include "engine/autograd/autograd.h"

#include "engine/engine.h"
#include "engine/observer.h"
#include "engine/tensor/compute.h"

static void tell(const struct observed_update *update)
{
    struct engine *engine = update->tensor->engine;
    if (OBSERVED(engine, updated)) {
        engine->observer->calls->updated(engine->observer->context, update);
    }
}

bool tensor_set_requires_grad(struct tensor *tensor, bool on, struct error *err)
{
    if (!tensor_is_leaf(tensor)) {
        return on || error_set(err, "you can only change requires_grad flags of leaf variables. If "
                                    "you want to use a computed variable in a subgraph that "
                                    "doesn't require differentiation use var_no_grad = "
                                    "var.detach().");
    }
    if (on && !dtype_is_float(tensor->dtype)) {
        return error_set(err, "only Tensors of floating point dtype can require gradients");
    }
    if (on && tensor_is_inference(tensor) && !tensor->engine->inference) {
        return error_set(err, "Setting requires_grad=True on inference tensor outside "
                              "InferenceMode is not allowed.");
    }
    if (tensor->requires_grad != on) {
        tensor->requires_grad = on;
        tell(&(struct observed_update){
            .tensor = tensor, .by = "requires_grad_", .requires_grad = true });
    }
    return true;
}

static bool set_wrong_size(const struct tensor *tensor, const struct tensor *grad,
                           struct error *err)
{
    struct text a = { 0 }, b = { 0 };
    shape_append(&a, &grad->shape);
    shape_append(&b, &tensor->shape);
    error_set(
        err,
        "attempting to assign a gradient of size '%s' to a tensor of size '%s'. Please ensure "
        "that the gradient and the tensor are the same size",
        text_string(&a), text_string(&b));
    text_finish(&a);
    text_finish(&b);
    return false;
}

static bool check_grad(const struct tensor *tensor, const struct tensor *grad, struct error *err)
{
    if (grad == tensor) {
        return error_set(err, "can't assign Variable as its own grad");
    }
    if (grad->dtype != tensor->dtype) {
        return error_set(err,
                         "attempting to assign a gradient with dtype '%s' to a tensor with dtype "
                         "'%s'. Please ensure that the gradient and the tensor have the same dtype",
                         dtype_c_name(grad->dtype), dtype_c_name(tensor->dtype));
    }
    const char *from = tensor_backend(grad)->impl->device;
    const char *to = tensor_backend(tensor)->impl->device;
    if (tensor_backend(grad) != tensor_backend(tensor)) {
        return error_set(err,
                         "attempting to assign a gradient with device type '%s' to a tensor with "
                         "device type '%s'. Please ensure that the gradient and the tensor are on "
                         "the same device",
                         from, to);
    }
    if (!shape_equal(&grad->shape, &tensor->shape)) {
        return set_wrong_size(tensor, grad, err);
    }
    return true;
}

bool tensor_set_grad(struct tensor *tensor, struct tensor *grad, const char *by, struct error *err)
{
    if (grad && !check_grad(tensor, grad, err)) {
        return false;
    }
    if (tensor->grad != grad) {
        tensor_ref(grad);
        tensor_unref(tensor->grad);
        tensor->grad = grad;
        tell(&(struct observed_update){ .tensor = tensor, .by = by, .grad = true });
    }
    return true;
}

bool tensor_retain_grad(struct tensor *tensor, struct error *err)
{
    if (!tensor->requires_grad) {
        return error_set(err, "can't retain_grad on Tensor that has requires_grad=False");
    }
    if (tensor->grad_fn) {
        tensor->retains_grad = true;
        tensor->grad_fn->outputs[tensor->output_number].retainer = tensor;
    }
    return true;
}

bool tensor_detach_in_place(struct tensor *tensor, struct error *err)
{
    if (tensor->base) {
        return error_set(err, "Can't detach views in-place. Use detach() instead. If you are using "
                              "DistributedDataParallel (DDP) for training, and "
                              "gradient_as_bucket_view is set as True, gradients are views of DDP "
                              "buckets, and hence detach_() cannot be called on these gradients. "
                              "To fix this error, please refer to the Optimizer.zero_grad() "
                              "function in torch/optim/optimizer.py as the solution.");
    }
    const bool required = tensor->requires_grad;
    if (tensor->grad_fn) {
        autograd_tensor_died(tensor); /* for the graph it has */
    }
    tensor->output_number = 0;
    tensor->retains_grad = false;
    tensor->requires_grad = false;
    if (required) {
        tell(&(struct observed_update){ .tensor = tensor, .by = "detach_", .requires_grad = true });
    }
    return true;
}

struct tensor *tensor_detach(struct tensor *tensor, struct error *err)
{
    (void)err;
    struct engine *engine = tensor->engine;
    struct tensor *detached = tensor_alias(tensor);
    if (engine->quiet == 0 && OBSERVED(engine, created)) {
        const struct observed_creation creation = { .tensor = detached,
                                                    .by = "detach",
                                                    .source = tensor };
        engine->observer->calls->created(engine->observer->context, &creation);
    }
    return detached;
}

bool tensor_zero_grad(struct tensor *tensor, struct error *err)
{
    struct tensor *grad = tensor->grad;
    if (!compute_fill(grad, number_integer(0), err)) {
        return false;
    }
    tensor_bump_version(grad);
    tell(&(struct observed_update){ .tensor = grad, .by = "zero_grad", .elements = true });
    return true;
}
