#include "engine/autograd/accumulate.h"

#include "engine/engine.h"
#include "engine/observer.h"
#include "engine/tensor/compute.h"

/* A tensor of its own with those elements, which lies in memory as `like` does if that is dense,
 * recorded as a copy if anything is. */
static struct tensor *copy_of(struct tensor *grad, const struct tensor *like, struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(grad);
    struct tensor *copy = tensor_create(grad->engine, &spec, err);
    if (!copy) {
        return NULL;
    }
    if (tensor_is_dense(like)) {
        tensor_lie_like(copy, like);
    }
    if (!grad->engine->grad_enabled) {
        if (!compute_copy(copy, grad, err)) {
            tensor_unref(copy);
            return NULL;
        }
        return copy;
    }
    const struct operand in[] = { operand_tensor(copy), operand_tensor(grad) };
    struct tensor *copied = op_apply_one(
        grad->engine, &(struct op_use){ .op = OP_COPY, .in = in, .in_count = 2, .in_place = true },
        err);
    tensor_unref(copy);
    return copied;
}

/* Whether nobody but `grad` holds its elements; it may be a view of a tensor that nobody else has. */
static bool is_only_ours(const struct tensor *grad)
{
    const struct tensor *base = grad->base;
    const int holders = base && base->references == 1 && base->storage == grad->storage ? 2 : 1;
    return grad->references == 1 && grad->storage->references == holders;
}

/* As the leaf does, or row by row. */
static bool lies_well(const struct tensor *grad, const struct tensor *leaf)
{
    bool same = tensor_is_dense(leaf);
    for (int d = 0; same && d < grad->shape.dims; d++) {
        same = grad->shape.size[d] == 1 || grad->strides[d] == leaf->strides[d];
    }
    return same || (!tensor_is_dense(leaf) && tensor_is_contiguous(grad));
}

/* Where nobody else holds the elements they need not be copied: the .grad is another look at them. */
static struct tensor *first_grad(struct tensor *grad, const struct tensor *leaf, struct error *err)
{
    if (is_only_ours(grad) && lies_well(grad, leaf) && !grad->engine->grad_enabled) {
        return tensor_alias(grad);
    }
    return copy_of(grad, leaf, err);
}

static bool add_in_place(struct tensor *total, struct tensor *grad, struct error *err)
{
    if (!compute_map2(total, MAP_ADD, operand_tensor(total), operand_tensor(grad), err)) {
        return false;
    }
    tensor_bump_version(total);
    return true;
}

/* total + grad instead of total. */
static bool add_new(struct tensor *tensor, struct tensor *grad, struct error *err)
{
    struct tensor *sum =
        op_binary(tensor->engine, OP_ADD, operand_tensor(tensor->grad), operand_tensor(grad), err);
    if (!sum) {
        return false;
    }
    tensor_unref(tensor->grad);
    tensor->grad = sum;
    return true;
}

static void tell(const struct accumulation *share)
{
    struct engine *engine = share->tensor->engine;
    if (OBSERVED(engine, accumulated)) {
        const struct observed_accumulation accumulation = {
            .walk = share->walk,
            .tensor = share->tensor,
            .contribution = share->grad,
            .total = share->tensor->grad,
        };
        engine->observer->calls->accumulated(engine->observer->context, &accumulation);
    }
}

bool accumulate_leaf(const struct accumulation *share, struct error *err)
{
    struct tensor *leaf = share->tensor;
    bool ok;
    if (!leaf->grad) {
        leaf->grad = first_grad(share->grad, leaf, err);
        ok = leaf->grad != NULL;
    } else if (leaf->engine->grad_enabled) {
        ok = add_new(leaf, share->grad, err);
    } else {
        ok = add_in_place(leaf->grad, share->grad, err);
    }
    if (ok) {
        tell(share);
    }
    return ok;
}

bool accumulate_retained(const struct accumulation *share, struct error *err)
{
    struct tensor *tensor = share->tensor;
    bool ok;
    if (tensor->grad) {
        ok = add_new(tensor, share->grad, err);
    } else {
        tensor->grad = copy_of(share->grad, share->grad, err);
        ok = tensor->grad != NULL;
    }
    if (ok) {
        tell(share);
    }
    return ok;
}
