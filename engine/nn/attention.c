#include "engine/nn/attention.h"

#include <math.h>

#include "engine/engine.h"
#include "engine/nn/nn.h"
#include "engine/nn/norms.h"
#include "engine/tensor/compute.h"

/* ---- masks ----------------------------------------------------------------------------------------- */

/* Truth values as numbers to add: 0 where true, -inf where false. */
static struct tensor *additive(struct tensor *mask, enum dtype dtype, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(mask);
    spec.dtype = dtype;
    struct tensor *out = tensor_create(mask->engine, &spec, err);
    const struct compute_map choice = {
        .function = MAP_WHERE,
        .dtype = dtype,
        .in = { operand_tensor(mask), operand_real(0), operand_real(-HUGE_VAL) },
    };
    if (out && !compute_map(out, &choice, err)) {
        tensor_unref(out);
        return NULL;
    }
    return out;
}

/* True where a query may look at a key: [L, S]. */
static struct tensor *causal_mask(struct engine *engine, const struct tensor *query,
                                  const struct tensor *key, struct error *err)
{
    const int64_t queries = query->shape.size[query->shape.dims - 2];
    const int64_t keys = key->shape.size[key->shape.dims - 2];
    const struct tensor_spec spec = { DTYPE_BOOL, { 2, { queries, keys } }, tensor_backend(query) };
    struct tensor *mask = tensor_full(engine, &spec, number_bool(false), err);
    bool ok = mask != NULL;
    for (int64_t row = 0; ok && row < queries; row++) {
        const struct shape seen = { 1, { row + 1 < keys ? row + 1 : keys } };
        struct tensor *part =
            tensor_view(mask, &seen, &mask->strides[1], mask->offset + row * mask->strides[0]);
        ok = compute_fill(part, number_bool(true), err);
        tensor_unref(part);
    }
    if (!ok) {
        tensor_unref(mask);
    }
    return ok ? mask : NULL;
}

/* ---- step by step ---------------------------------------------------------------------------------- */

static struct tensor *turned(struct engine *engine, struct tensor *t, struct error *err)
{
    const struct operand in = operand_tensor(t);
    const int dims = t->shape.dims;
    const struct op_use use = {
        .op = OP_TRANSPOSE,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM0) | ATTR(DIM1),
                   .from_end = ATTR(DIM0) | ATTR(DIM1),
                   .dim0 = dims - 2,
                   .dim1 = dims - 1 },
    };
    return op_apply_one(engine, &use, err);
}

/* t · factor; takes t. */
static struct tensor *scaled(struct engine *engine, struct tensor *t, double factor,
                             struct error *err)
{
    struct tensor *out =
        t ? op_binary(engine, OP_MUL, operand_tensor(t), operand_real(factor), err) : NULL;
    tensor_unref(t);
    return out;
}

/* Query and key are scaled by the root of the scale each. */
static struct tensor *scores(struct engine *engine, const struct nn_attention *how,
                             struct tensor *query, struct tensor *key, struct error *err)
{
    const double width = (double)query->shape.size[query->shape.dims - 1];
    const double scale = how->has_scale ? how->scale : 1 / sqrt(width);
    const double root = sqrt(fabs(scale));
    struct tensor *q = scaled(engine, tensor_ref(query), scale < 0 ? -root : root, err);
    struct tensor *k = q ? scaled(engine, turned(engine, key, err), root, err) : NULL;
    struct tensor *out = k ? nn_matmul(engine, q, k, err) : NULL;
    tensor_unref(q);
    tensor_unref(k);
    return out;
}

/* scores + mask; takes the scores. */
static struct tensor *masked(struct engine *engine, struct tensor *t, struct tensor *mask,
                             struct error *err)
{
    const struct operand in[] = { operand_tensor(t), operand_tensor(mask) };
    const struct op_use add = { .op = OP_ADD, .in = in, .in_count = 2, .in_place = true };
    struct tensor *out = op_apply_one(engine, &add, err);
    tensor_unref(t);
    return out;
}

static struct tensor *in_steps(struct engine *engine, const struct nn_attention *how,
                               struct tensor *query, struct tensor *key, struct tensor *value,
                               struct tensor *mask, struct error *err)
{
    struct tensor *fit = scores(engine, how, query, key, err);
    if (fit && mask) {
        fit = masked(engine, fit, mask, err);
    }
    const struct operand in = operand_tensor(fit);
    const struct op_use softmax = {
        .op = OP_SOFTMAX,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM),
                   .from_end = ATTR(DIM),
                   .dim = fit ? fit->shape.dims - 1 : 0 },
    };
    struct tensor *weights = fit ? op_apply_one(engine, &softmax, err) : NULL;
    tensor_unref(fit);
    const struct nn_dropout drop = { .p = how->dropout, .training = true };
    struct tensor *kept = weights ? nn_dropout(engine, &drop, weights, err) : NULL;
    tensor_unref(weights);
    struct tensor *out = kept ? nn_matmul(engine, kept, value, err) : NULL;
    tensor_unref(kept);
    return out;
}

/* ---- in one ---------------------------------------------------------------------------------------- */

static struct tensor *in_one(struct engine *engine, const struct nn_attention *how,
                             struct tensor *query, struct tensor *key, struct tensor *value,
                             struct tensor *mask, struct error *err)
{
    const struct operand in[] = { operand_tensor(query), operand_tensor(key), operand_tensor(value),
                                  operand_tensor(mask) };
    struct op_use use = { .op = OP_ATTENTION,
                          .in = in,
                          .in_count = mask ? 4 : 3,
                          .attrs = { .present = ATTR(DROPOUT_P) | ATTR(IS_CAUSAL),
                                     .dropout_p = number_real(0),
                                     .training = how->causal } };
    if (how->has_scale) {
        use.attrs.present |= ATTR(SCALE);
        use.attrs.scale = number_real(how->scale);
    }
    return op_apply_one(engine, &use, err);
}

static bool has_heads(const struct tensor *query, const struct tensor *key,
                      const struct tensor *value, const struct tensor *mask)
{
    const bool images = query->shape.dims == 4 && key->shape.dims == 4 && value->shape.dims == 4;
    bool same = images && query->count > 0 && key->count > 0 && value->count > 0 &&
                query->shape.size[3] == value->shape.size[3];
    for (int d = 0; same && d < 2; d++) {
        same = query->shape.size[d] == key->shape.size[d] &&
               query->shape.size[d] == value->shape.size[d];
    }
    return same && (!mask || !mask->requires_grad);
}

static bool check_operands(const struct nn_attention *how, const struct tensor *query,
                           const struct tensor *key, const struct tensor *value, struct error *err)
{
    if (query->dtype != key->dtype || query->dtype != value->dtype) {
        return error_set(err,
                         "Expected query, key, and value to have the same dtype, but got "
                         "query.dtype: %s key.dtype: %s and value.dtype: %s instead.",
                         dtype_c_name(query->dtype), dtype_c_name(key->dtype),
                         dtype_c_name(value->dtype));
    }
    if (query->shape.dims < 2 || key->shape.dims < 2 || value->shape.dims < 2) {
        return error_set(
            err,
            "Expected query, key, and value to all be  at least 2 dimensional, but got "
            "query.dim: %d, key.dim: %d and value.dim: %d instead.",
            query->shape.dims, key->shape.dims, value->shape.dims);
    }
    return !how->mask || !how->causal ||
           error_set(err,
                     "_scaled_dot_product_attention: Explicit attn_mask should not be set when "
                     "is_causal=True");
}

struct tensor *nn_attention(struct engine *engine, const struct nn_attention *how,
                            struct tensor *query, struct tensor *key, struct tensor *value,
                            struct error *err)
{
    if (!check_operands(how, query, key, value, err)) {
        return NULL;
    }
    const bool one = how->dropout == 0 && has_heads(query, key, value, how->mask);
    struct tensor *given = tensor_ref(how->mask);
    if (how->causal && !one) {
        given = causal_mask(engine, query, key, err);
        if (!given) {
            return NULL;
        }
    }
    struct tensor *mask = given;
    if (given && given->dtype == DTYPE_BOOL) {
        mask = additive(given, query->dtype, err);
        tensor_unref(given);
        if (!mask) {
            return NULL;
        }
    }
    struct tensor *out = one ? in_one(engine, how, query, key, value, mask, err)
                             : in_steps(engine, how, query, key, value, mask, err);
    tensor_unref(mask);
    return out;
}
