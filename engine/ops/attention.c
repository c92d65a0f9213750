#include <math.h>
#include <stdlib.h>

#include "engine/autograd/autograd.h"
#include "engine/engine.h"
#include "engine/ops/rows.h"
#include "engine/ops/window.h"

/* y = p @ v,   p = softmax(s·q @ kᵀ + mask) along the keys,   for each of the batch and its heads
 *
 * so, with dp = dy @ vᵀ:  dv += pᵀ @ dy,   dz = s·softmax's way back of dp,   dq += dz @ k,   dk += dzᵀ @ q
 *
 * q [batch, heads, L, E], k [batch, heads, S, E], v [batch, heads, S, F]; a mask is added, and broadcast
 * to [batch, heads, L, S]. p is not kept but computed again. */

enum { IN_QUERY, IN_KEY, IN_VALUE, IN_MASK };
enum { DIMS = 4 };

static double scale_of(const struct op_attrs *attrs, int64_t width)
{
    return attrs->present & ATTR(SCALE) ? number_as_real(attrs->scale) : 1 / sqrt((double)width);
}

static bool is_causal(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(IS_CAUSAL) && attrs->training;
}

/* 0 where a query may look at a key, -inf at keys after it: [L, S]. */
static struct tensor *causal_mask(const struct tensor *like, int64_t queries, int64_t keys,
                                  struct error *err)
{
    const struct tensor_spec wide = { DTYPE_FLOAT64, { 2, { queries, keys } }, NULL };
    const struct tensor_spec spec = { like->dtype, wide.shape, tensor_backend(like) };
    double *values = malloc(((size_t)(queries * keys) + 1) * sizeof(*values));
    if (!values) {
        error_set_kind(err, ERROR_MEMORY, "no memory for a mask");
        return NULL;
    }
    for (int64_t i = 0; i < queries * keys; i++) {
        values[i] = i % keys > i / keys ? -HUGE_VAL : 0;
    }
    struct tensor *doubles = tensor_from_host(like->engine, &wide, values, err);
    free(values);
    struct tensor *mask = doubles ? tensor_create(like->engine, &spec, err) : NULL;
    if (mask && !compute_copy(mask, doubles, err)) {
        tensor_unref(mask);
        mask = NULL;
    }
    tensor_unref(doubles);
    return mask;
}

/* ---- forward ----------------------------------------------------------------------------------- */

static bool check_operands(const struct op_call *call, struct error *err)
{
    const struct tensor *q = call->in[IN_QUERY].tensor, *k = call->in[IN_KEY].tensor;
    const struct tensor *v = call->in[IN_VALUE].tensor;
    if (q->shape.dims != DIMS || k->shape.dims != DIMS || v->shape.dims != DIMS) {
        return error_set(err, "scaled_dot_product_attention: expected query, key and value to be "
                              "4-D");
    }
    if (q->dtype != k->dtype || q->dtype != v->dtype || !dtype_is_float(q->dtype)) {
        return error_set(err,
                         "Expected query, key, and value to have the same dtype, but got "
                         "query.dtype: %s key.dtype: %s and value.dtype: %s instead.",
                         dtype_c_name(q->dtype), dtype_c_name(k->dtype), dtype_c_name(v->dtype));
    }
    bool fits = q->shape.size[3] == k->shape.size[3] && k->shape.size[2] == v->shape.size[2];
    for (int d = 0; d < 2; d++) {
        fits = fits && q->shape.size[d] == k->shape.size[d] && q->shape.size[d] == v->shape.size[d];
    }
    return fits || error_set(err, "scaled_dot_product_attention: the sizes of query, key and value "
                                  "do not fit together");
}

/* A dense [batch, heads, rows, columns] as [batch · heads, rows, columns], or those turned. */
static struct tensor *matrices(struct tensor *dense, bool turned)
{
    const int64_t rows = dense->shape.size[2], columns = dense->shape.size[3];
    const struct shape straight = {
        3, { dense->shape.size[0] * dense->shape.size[1], rows, columns }
    };
    const struct shape across = { 3, { straight.size[0], columns, rows } };
    const int64_t by_rows[BACKEND_MAX_DIMS] = { rows * columns, columns, 1 };
    const int64_t by_columns[BACKEND_MAX_DIMS] = { rows * columns, 1, columns };
    return turned ? tensor_view(dense, &across, by_columns, dense->offset)
                  : tensor_view(dense, &straight, by_rows, dense->offset);
}

/* out = alpha·(a @ b or a @ bᵀ), all dense [batch, heads, ...] */
static bool multiply(struct tensor *out, struct tensor *a, struct tensor *b, bool turned,
                     double alpha, struct error *err)
{
    struct tensor *dense_a = window_dense(a, err);
    struct tensor *dense_b = dense_a ? window_dense(b, err) : NULL;
    bool ok = dense_b != NULL;
    if (ok) {
        struct tensor *y = matrices(out, false), *left = matrices(dense_a, false);
        struct tensor *right = matrices(dense_b, turned);
        ok = compute_gemm(
            y, &(struct compute_gemm){ .a = left, .b = right, .alpha = alpha, .beta = 0 }, err);
        tensor_unref(y);
        tensor_unref(left);
        tensor_unref(right);
    }
    tensor_unref(dense_a);
    tensor_unref(dense_b);
    return ok;
}

static bool map1(struct tensor *out, enum map_function function, struct tensor *in,
                 struct error *err)
{
    const struct compute_map map = { .function = function,
                                     .dtype = out->dtype,
                                     .in = { operand_tensor(in) } };
    return compute_map(out, &map, err);
}

/* scores = e^(scores - most) / sum; *logs = ln Σ e^scores. Both folds are [batch, heads, L, 1]. */
static bool soften(struct tensor *scores, struct tensor *logs, struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(logs);
    struct tensor *most = tensor_create(scores->engine, &spec, err);
    const struct compute_reduce max = { .function = REDUCE_MAX, .in = scores };
    const struct compute_reduce sum = { .function = REDUCE_SUM_LANES, .in = scores };
    const bool ok =
        most && compute_reduce(most, &max, err) &&
        compute_map2(scores, MAP_SUB, operand_tensor(scores), operand_tensor(most), err) &&
        map1(scores, MAP_EXP, scores, err) && compute_reduce(logs, &sum, err) &&
        compute_map2(scores, MAP_DIV, operand_tensor(scores), operand_tensor(logs), err) &&
        map1(logs, MAP_LOG, logs, err) &&
        compute_map2(logs, MAP_ADD, operand_tensor(logs), operand_tensor(most), err);
    tensor_unref(most);
    return ok;
}

static bool add_masks(const struct op_call *call, struct tensor *scores, struct error *err)
{
    struct tensor *mask = call->in_count > IN_MASK ? call->in[IN_MASK].tensor : NULL;
    if (mask && !compute_map2(scores, MAP_ADD, operand_tensor(scores), operand_tensor(mask), err)) {
        return false;
    }
    if (!is_causal(call->attrs)) {
        return true;
    }
    struct tensor *causal = causal_mask(scores, scores->shape.size[2], scores->shape.size[3], err);
    const bool ok = causal && compute_map2(scores, MAP_ADD, operand_tensor(scores),
                                           operand_tensor(causal), err);
    tensor_unref(causal);
    return ok;
}

static bool attention_forward(struct op_call *call, struct error *err)
{
    if (!check_operands(call, err)) {
        return false;
    }
    struct tensor *q = call->in[IN_QUERY].tensor, *k = call->in[IN_KEY].tensor;
    struct tensor *v = call->in[IN_VALUE].tensor;
    struct tensor_spec spec = tensor_spec_of(q);
    spec.shape.size[3] = v->shape.size[3];
    struct tensor *out = op_output(call, 0, &spec, err);
    spec.shape.dims = 3;
    struct tensor *logs = out ? op_output(call, 1, &spec, err) : NULL;
    spec.shape = q->shape;
    spec.shape.size[3] = k->shape.size[2];
    struct tensor *scores = logs ? tensor_create(call->engine, &spec, err) : NULL;
    if (!scores) {
        return false;
    }
    struct shape column = { DIMS, { q->shape.size[0], q->shape.size[1], q->shape.size[2], 1 } };
    int64_t strides[BACKEND_MAX_DIMS];
    shape_strides(&column, strides);
    struct tensor *folds = tensor_view(logs, &column, strides, logs->offset);
    const bool ok = scores->count == 0 ||
                    (multiply(scores, q, k, true, scale_of(call->attrs, q->shape.size[3]), err) &&
                     add_masks(call, scores, err) && soften(scores, folds, err) &&
                     multiply(out, scores, v, false, 1, err));
    tensor_unref(folds);
    tensor_unref(scores);
    return ok;
}

/* ---- backward ---------------------------------------------------------------------------------- */

static struct tensor *turned(struct rule *rule, struct tensor *a)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(
        rule,
        &(struct op_use){ .op = OP_TRANSPOSE,
                          .in = &in,
                          .in_count = 1,
                          .attrs = { .present = ATTR(DIM0) | ATTR(DIM1), .dim0 = 1, .dim1 = 2 } });
}

static struct tensor *product(struct rule *rule, struct tensor *a, struct tensor *b)
{
    return rule_binary(rule, OP_BMM, operand_tensor(a), operand_tensor(b));
}

/* [batch, heads, rows, columns] as [batch · heads, rows, columns]. */
static struct tensor *as_matrices(struct rule *rule, struct tensor *a)
{
    if (!a) {
        return NULL;
    }
    const struct shape shape = {
        3, { a->shape.size[0] * a->shape.size[1], a->shape.size[2], a->shape.size[3] }
    };
    return rule_reshape(rule, a, &shape);
}

static struct tensor *added(struct rule *rule, struct tensor *scores, const struct shape *whole,
                            struct tensor *mask)
{
    struct tensor *sum = rule_binary(
        rule, OP_ADD, operand_tensor(rule_reshape(rule, scores, whole)), operand_tensor(mask));
    return as_matrices(rule, sum);
}

/* p again, [batch · heads, L, S]. */
static struct tensor *weights(struct rule *rule, struct tensor *q, struct tensor *k,
                              struct tensor *q3, struct tensor *k3)
{
    const struct op_attrs *attrs = rule_attrs(rule);
    const double scale = scale_of(attrs, q->shape.size[3]);
    const struct shape whole = {
        DIMS, { q->shape.size[0], q->shape.size[1], q->shape.size[2], k->shape.size[2] }
    };
    struct tensor *scores =
        rule_scale(rule, product(rule, q3, turned(rule, k3)), number_real(scale));
    struct tensor *mask = rule_saved(rule, IN_MASK);
    if (mask) {
        scores = added(rule, scores, &whole, mask);
    }
    if (is_causal(attrs) && scores) {
        struct tensor *causal =
            rule_take(rule, causal_mask(scores, whole.size[2], whole.size[3], rule->err));
        scores = added(rule, scores, &whole, causal);
    }
    const struct operand in = operand_tensor(scores);
    return rule_apply(rule, &(struct op_use){ .op = OP_SOFTMAX,
                                              .in = &in,
                                              .in_count = 1,
                                              .attrs = { .present = ATTR(DIM), .dim = 2 } });
}

static bool attention_backward(struct rule *rule)
{
    struct tensor *q = rule_saved(rule, IN_QUERY), *k = rule_saved(rule, IN_KEY);
    struct tensor *v = rule_saved(rule, IN_VALUE);
    if (!rule->grad[0] || !q || !k || !v) {
        return rule_done(rule);
    }
    struct tensor *q3 = as_matrices(rule, q), *k3 = as_matrices(rule, k);
    struct tensor *v3 = as_matrices(rule, v), *grad = as_matrices(rule, rule->grad[0]);
    struct tensor *p = weights(rule, q, k, q3, k3);
    const struct operand in[] = { operand_tensor(product(rule, grad, turned(rule, v3))),
                                  operand_tensor(p) };
    const struct op_use back = { .op = OP_SOFTMAX_BACKWARD,
                                 .in = in,
                                 .in_count = 2,
                                 .attrs = { .present = ATTR(DIM), .dim = 2 } };
    const double scale = scale_of(rule_attrs(rule), q->shape.size[3]);
    struct tensor *dz = rule_scale(rule, rule_apply(rule, &back), number_real(scale));
    if (rule->needs[IN_QUERY]) {
        rule->result[IN_QUERY] = rule_reshape(rule, product(rule, dz, k3), &q->shape);
    }
    if (rule->needs[IN_KEY]) {
        rule->result[IN_KEY] = rule_reshape(rule, product(rule, turned(rule, dz), q3), &k->shape);
    }
    if (rule->needs[IN_VALUE]) {
        rule->result[IN_VALUE] =
            rule_reshape(rule, product(rule, turned(rule, p), grad), &v->shape);
    }
    return rule_done(rule);
}

const struct op op_row_attention = {
    .id = OP_ATTENTION,
    .name = "attention",
    .symbol = "attention",
    .node = "ScaledDotProductFlashAttentionForCpuBackward0",
    .formula = "softmax(a @ bᵀ / √E) @ c",
    .derivatives = { "z @ b, z = softmax′(g @ cᵀ) / √E", "zᵀ @ a", "pᵀ @ g" },
    .provenance = PROVENANCE_MATMUL,
    .attributes = ATTR(SCALE) | ATTR(DROPOUT_P) | ATTR(IS_CAUSAL),
    .outputs = 2,
    .gradless = 1 << 1,
    .edgeless = 1 << IN_MASK,
    .saves = { [IN_QUERY] = { .name = "query", .from = IN_QUERY },
               [IN_KEY] = { .name = "key", .from = IN_KEY },
               [IN_VALUE] = { .name = "value", .from = IN_VALUE },
               [IN_MASK] = { .name = "attn_mask", .from = IN_MASK },
               { .name = "output", .is_output = true, .from = 0 },
               { .name = "logsumexp", .is_output = true, .from = 1 } },
    .forward = attention_forward,
    .backward = attention_backward,
};
