#include <inttypes.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* yᵢ = aᵢ @ bᵢ       so   daᵢ += dyᵢ @ bᵢᵀ,   dbᵢ += aᵢᵀ @ dyᵢ   a [batch, m, k], b [batch, k, n] */

enum { BMM_SELF, BMM_OTHER };

static bool bmm_check(const struct tensor *a, const struct tensor *b, struct error *err)
{
    if (a->shape.dims != 3 || b->shape.dims != 3) {
        return error_set(err, "batch%d must be a 3D tensor", a->shape.dims != 3 ? 1 : 2);
    }
    const int64_t *m = a->shape.size, *n = b->shape.size;
    if (m[0] != n[0] || m[2] != n[1]) {
        return error_set(err,
                         "Expected size for first two dimensions of batch2 tensor to be: [%" PRId64
                         ", %" PRId64 "] but got: [%" PRId64 ", %" PRId64 "].",
                         m[0], m[2], n[0], n[1]);
    }
    if (a->dtype != b->dtype) {
        return error_set(err, "expected scalar type %s but found %s", dtype_type_name(a->dtype),
                         dtype_type_name(b->dtype));
    }
    return true;
}

static bool bmm_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *b = call->in[1].tensor;
    if (!bmm_check(a, b, err)) {
        return false;
    }
    struct tensor_spec spec = {
        .dtype = a->dtype,
        .shape = { 3, { a->shape.size[0], a->shape.size[1], b->shape.size[2] } },
    };
    if (!compute_device(call->engine, call->in, 2, &spec.backend, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    return out && compute_gemm(out, &(struct compute_gemm){ a, b, 1, 0 }, err);
}

/* Every matrix of a batch turned over. */
static struct operand batch_transpose(struct rule *rule, struct tensor *a)
{
    if (!a) {
        return operand_tensor(NULL);
    }
    const struct operand in = operand_tensor(a);
    const struct op_use use = {
        .op = OP_TRANSPOSE,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM0) | ATTR(DIM1), .dim0 = 1, .dim1 = 2 },
    };
    return operand_tensor(rule_apply(rule, &use));
}

static bool bmm_backward(struct rule *rule)
{
    const struct operand grad = operand_tensor(rule->grad[0]);
    if (rule->needs[0]) {
        const struct operand turned = batch_transpose(rule, rule_saved(rule, BMM_OTHER));
        rule->result[0] = rule_binary(rule, OP_BMM, grad, turned);
    }
    if (rule->needs[1]) {
        const struct operand turned = batch_transpose(rule, rule_saved(rule, BMM_SELF));
        rule->result[1] = rule_binary(rule, OP_BMM, turned, grad);
    }
    return rule_done(rule);
}

const struct op op_row_bmm = {
    .id = OP_BMM,
    .name = "bmm",
    .symbol = "@",
    .node = "BmmBackward0",
    .formula = "aᵢ @ bᵢ",
    .derivatives = { "gᵢ @ bᵢᵀ", "aᵢᵀ @ gᵢ" },
    .provenance = PROVENANCE_MATMUL,
    .outputs = 1,
    .saves = { [BMM_SELF] = { .name = "self", .from = 0, .used_by = 1 << 1 },
               [BMM_OTHER] = { .name = "mat2", .from = 1, .used_by = 1 << 0 } },
    .forward = bmm_forward,
    .backward = bmm_backward,
};

/* yᵢ = β·cᵢ + α·(aᵢ @ bᵢ)   so   dc += β·dy,   daᵢ += α·dyᵢ @ bᵢᵀ,   dbᵢ += α·aᵢᵀ @ dyᵢ */

enum { BADDBMM_FIRST, BADDBMM_SECOND };

static bool baddbmm_forward(struct op_call *call, struct error *err)
{
    struct tensor *c = call->in[0].tensor, *a = call->in[1].tensor, *b = call->in[2].tensor;
    if (!bmm_check(a, b, err)) {
        return false;
    }
    struct tensor_spec spec = {
        .dtype = a->dtype,
        .shape = { 3, { a->shape.size[0], a->shape.size[1], b->shape.size[2] } },
    };
    int64_t strides[BACKEND_MAX_DIMS];
    if (c->dtype != a->dtype) {
        return error_set(err,
                         "Input dtypes must be the same, got: input %s, batch1: %s, batch2: %s",
                         dtype_c_name(c->dtype), dtype_c_name(a->dtype), dtype_c_name(b->dtype));
    }
    if (!shape_expand(&c->shape, c->strides, &spec.shape, strides, err) ||
        !compute_device(call->engine, call->in, 3, &spec.backend, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    const struct compute_gemm gemm = { a, b, number_as_real(attr_alpha(call->attrs)),
                                       number_as_real(attr_beta(call->attrs)) };
    return out && (out == c || compute_copy(out, c, err)) && compute_gemm(out, &gemm, err);
}

static bool baddbmm_backward(struct rule *rule)
{
    const struct op_attrs *attrs = rule_attrs(rule);
    const struct number alpha = attr_alpha(attrs);
    const struct operand grad = operand_tensor(rule->grad[0]);
    if (rule->needs[0]) {
        rule->result[0] = rule_scale(rule, rule->grad[0], attr_beta(attrs));
    }
    if (rule->needs[1]) {
        const struct operand turned = batch_transpose(rule, rule_saved(rule, BADDBMM_SECOND));
        rule->result[1] = rule_scale(rule, rule_binary(rule, OP_BMM, grad, turned), alpha);
    }
    if (rule->needs[2]) {
        const struct operand turned = batch_transpose(rule, rule_saved(rule, BADDBMM_FIRST));
        rule->result[2] = rule_scale(rule, rule_binary(rule, OP_BMM, turned, grad), alpha);
    }
    return rule_done(rule);
}

const struct op op_row_baddbmm = {
    .id = OP_BADDBMM,
    .name = "baddbmm",
    .symbol = "@ +",
    .node = "BaddbmmBackward0",
    .formula = "aᵢ + bᵢ @ cᵢ",
    .derivatives = { "Σ g", "gᵢ @ cᵢᵀ", "bᵢᵀ @ gᵢ" },
    .provenance = PROVENANCE_MATMUL,
    .attributes = ATTR(ALPHA) | ATTR(BETA),
    .outputs = 1,
    .saves = { [BADDBMM_FIRST] = { .name = "batch1", .from = 1, .used_by = 1 << 2 },
               [BADDBMM_SECOND] = { .name = "batch2", .from = 2, .used_by = 1 << 1 } },
    .forward = baddbmm_forward,
    .backward = baddbmm_backward,
};
