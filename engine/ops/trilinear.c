#include "engine/engine.h"
#include "engine/ops/rows.h"
#include "engine/ops/window.h"

/* y[n, o] = Σ x[n, i]·w[o, i, j]·z[n, j]
 *
 * so, with u[o, n, i] = dy[n, o]·x[n, i] and v[o, n, j] = dy[n, o]·z[n, j]:
 * dx += Σₒ v @ wᵀ,   dw += uᵀ @ z,   dz += Σₒ u @ w */

enum { IN_X, IN_WEIGHT, IN_Z };

static bool check_operands(const struct op_call *call, struct error *err)
{
    const struct tensor *x = call->in[IN_X].tensor, *w = call->in[IN_WEIGHT].tensor;
    const struct tensor *z = call->in[IN_Z].tensor;
    const bool fits = x->shape.dims == 2 && w->shape.dims == 3 && z->shape.dims == 2 &&
                      x->shape.size[0] == z->shape.size[0] &&
                      x->shape.size[1] == w->shape.size[1] && z->shape.size[1] == w->shape.size[2];
    if (!fits) {
        return error_set(err, "bilinear(): the sizes of the inputs and the weight do not fit "
                              "together");
    }
    return x->dtype == w->dtype && x->dtype == z->dtype
               ? true
               : error_set(err, "bilinear(): inputs and weight must have one dtype");
}

/* t[o, n, j] = Σ x[n, i]·w[o, i, j] */
static bool first_product(struct tensor *t, struct tensor *x, struct tensor *w, struct error *err)
{
    const struct shape shape = { 3, { w->shape.size[0], x->shape.size[0], x->shape.size[1] } };
    const int64_t strides[BACKEND_MAX_DIMS] = { 0, x->strides[0], x->strides[1] };
    struct tensor *each = tensor_view(x, &shape, strides, x->offset);
    const struct compute_gemm gemm = { .a = each, .b = w, .alpha = 1, .beta = 0 };
    const bool ok = compute_gemm(t, &gemm, err);
    tensor_unref(each);
    return ok;
}

/* y[n, o] = Σ t[o, n, j]·z[n, j] */
static bool second_product(struct tensor *y, struct tensor *t, struct tensor *z, struct error *err)
{
    const struct shape shape = { 3, { y->shape.size[1], y->shape.size[0], 1 } };
    const int64_t strides[BACKEND_MAX_DIMS] = { y->strides[1], y->strides[0], 1 };
    struct tensor *turned = tensor_view(y, &shape, strides, y->offset);
    const struct compute_reduce sum = { .function = REDUCE_SUM, .in = t };
    const bool ok = compute_map2(t, MAP_MUL, operand_tensor(t), operand_tensor(z), err) &&
                    compute_reduce(turned, &sum, err);
    tensor_unref(turned);
    return ok;
}

static bool trilinear_forward(struct op_call *call, struct error *err)
{
    if (!check_operands(call, err)) {
        return false;
    }
    struct tensor *x = call->in[IN_X].tensor, *z = call->in[IN_Z].tensor;
    struct tensor *w = window_dense(call->in[IN_WEIGHT].tensor, err);
    if (!w) {
        return false;
    }
    struct tensor_spec spec = tensor_spec_of(x);
    spec.shape.size[1] = w->shape.size[0];
    struct tensor *y = op_output(call, 0, &spec, err);
    spec.shape = (struct shape){ 3, { w->shape.size[0], x->shape.size[0], w->shape.size[2] } };
    struct tensor *t = y ? tensor_create(call->engine, &spec, err) : NULL;
    const bool ok = t && first_product(t, x, w, err) && second_product(y, t, z, err);
    tensor_unref(t);
    tensor_unref(w);
    return ok;
}

/* The last two dimensions exchanged. */
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

/* Σₒ a @ b */
static struct tensor *summed_product(struct rule *rule, struct tensor *a, struct tensor *b)
{
    struct tensor *each = rule_binary(rule, OP_BMM, operand_tensor(a), operand_tensor(b));
    return rule_sum(rule, each, &(struct shape){ 1, { 0 } }, false);
}

static bool trilinear_backward(struct rule *rule)
{
    struct tensor *x = rule_saved(rule, IN_X), *w = rule_saved(rule, IN_WEIGHT);
    struct tensor *z = rule_saved(rule, IN_Z);
    struct tensor *grad = rule_unsqueeze(rule, rule_transpose(rule, rule->grad[0]), 2);
    if (rule->needs[IN_X]) {
        rule->result[IN_X] = summed_product(rule, rule_times(rule, grad, z), turned(rule, w));
    }
    struct tensor *u = rule_times(rule, grad, x);
    if (rule->needs[IN_WEIGHT] && u && z) {
        const struct shape all = { 3, { u->shape.size[0], z->shape.size[0], z->shape.size[1] } };
        rule->result[IN_WEIGHT] = rule_binary(rule, OP_BMM, operand_tensor(turned(rule, u)),
                                              operand_tensor(rule_expand(rule, z, &all)));
    }
    if (rule->needs[IN_Z]) {
        rule->result[IN_Z] = summed_product(rule, u, w);
    }
    return rule_done(rule);
}

const struct op op_row_trilinear = {
    .id = OP_TRILINEAR,
    .name = "trilinear",
    .symbol = "a · b · c",
    .node = "TrilinearBackward0",
    .formula = "Σ a[i] · b[o, i, j] · c[j]",
    .derivatives = { "Σ g[o] · b[o, i, j] · c[j]", "Σ g[o] · a[i] · c[j]",
                     "Σ g[o] · a[i] · b[o, i, j]" },
    .provenance = PROVENANCE_MATMUL,
    .outputs = 1,
    .saves = { [IN_X] = { .name = "i1", .from = IN_X },
               [IN_WEIGHT] = { .name = "i2", .from = IN_WEIGHT },
               [IN_Z] = { .name = "i3", .from = IN_Z } },
    .forward = trilinear_forward,
    .backward = trilinear_backward,
};
