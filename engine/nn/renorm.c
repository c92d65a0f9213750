#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/nn/nn.h"
#include "engine/observer.h"
#include "engine/tensor/compute.h"

/* The norm of a row as torch.norm has it; recorded by nobody. */
static bool row_norm(struct engine *engine, struct tensor *row, double order, double *out,
                     struct error *err)
{
    const struct operand in = operand_tensor(row);
    struct number value;
    struct tensor *norm = op_apply_one(
        engine,
        &(struct op_use){ .op = OP_NORM,
                          .in = &in,
                          .in_count = 1,
                          .attrs = { .present = ATTR(ORD), .ord = number_real(order) } },
        err);
    const bool read = norm && tensor_item(norm, &value, err);
    *out = read ? number_as_real(value) : 0;
    tensor_unref(norm);
    return read;
}

/* row ← row·limit/(‖row‖ + 1e-7) where it is longer than the limit. */
static bool shorten(struct engine *engine, struct tensor *weight, int64_t at, double limit,
                    double order, struct error *err)
{
    const struct shape shape = { 1, { weight->shape.size[1] } };
    struct tensor *row =
        tensor_view(weight, &shape, &weight->strides[1], weight->offset + at * weight->strides[0]);
    double norm;
    const bool ok = row_norm(engine, row, order, &norm, err) &&
                    (norm <= limit || compute_map2(row, MAP_MUL, operand_tensor(row),
                                                   operand_real(limit / (norm + 1e-7)), err));
    tensor_unref(row);
    return ok;
}

static bool shorten_all(struct engine *engine, struct tensor *weight, const int64_t *at,
                        int64_t count, const double *limit_and_order, struct error *err)
{
    const int64_t rows = weight->shape.size[0];
    bool *seen = memory_allocate((size_t)rows + 1, sizeof(*seen));
    bool ok = true;
    for (int64_t i = 0; ok && i < count; i++) {
        /* What is out of range the lookup will refuse. */
        if (at[i] >= 0 && at[i] < rows && !seen[at[i]]) {
            seen[at[i]] = true;
            ok = shorten(engine, weight, at[i], limit_and_order[0], limit_and_order[1], err);
        }
    }
    free(seen);
    return ok;
}

bool nn_embedding_renorm(struct engine *engine, struct tensor *weight, struct tensor *indices,
                         double limit, double order, struct error *err)
{
    if (weight->shape.dims != 2 || dtype_is_float(indices->dtype)) {
        return true; /* the lookup will refuse them */
    }
    const double limit_and_order[] = { limit, order };
    const bool grad_enabled = engine->grad_enabled;
    int64_t *at = memory_allocate((size_t)indices->count + 1, sizeof(*at));
    engine->grad_enabled = false;
    engine->quiet++;
    const bool ok = tensor_read_whole(indices, at, err) &&
                    shorten_all(engine, weight, at, indices->count, limit_and_order, err);
    engine->quiet--;
    engine->grad_enabled = grad_enabled;
    free(at);
    if (!ok) {
        return false;
    }
    tensor_bump_version(weight);
    if (OBSERVED(engine, updated)) {
        const struct observed_update update = { .tensor = weight,
                                                .by = "embedding_renorm_",
                                                .elements = true };
        engine->observer->calls->updated(engine->observer->context, &update);
    }
    return true;
}
