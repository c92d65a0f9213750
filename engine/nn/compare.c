#include "engine/nn/nn.h"

#include "engine/engine.h"
#include "engine/tensor/compute.h"

/* One element: whether all of `truths` are. */
static struct tensor *all_of(struct tensor *truths, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(truths);
    for (int d = 0; d < spec.shape.dims; d++) {
        spec.shape.size[d] = 1;
    }
    struct tensor *all = tensor_create(truths->engine, &spec, err);
    const struct compute_reduce reduce = { .function = REDUCE_ALL, .in = truths };
    if (all && !compute_reduce(all, &reduce, err)) {
        tensor_unref(all);
        return NULL;
    }
    return all;
}

bool nn_holds(struct engine *engine, const struct op_use *use, bool *out, struct error *err)
{
    const bool tracked = engine->grad_enabled;
    engine->grad_enabled = false;
    engine->quiet++;
    struct tensor *truths = op_apply_one(engine, use, err);
    engine->quiet--;
    engine->grad_enabled = tracked;

    struct tensor *all = truths ? all_of(truths, err) : NULL;
    struct number number;
    const bool ok = all && tensor_item(all, &number, err);
    *out = ok && !number_is_zero(number);
    tensor_unref(all);
    tensor_unref(truths);
    return ok;
}
