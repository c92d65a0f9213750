#include <inttypes.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* ---- checks ------------------------------------------------------------------------------------ */

static bool check_product(const struct tensor *a, const struct tensor *b, struct error *err)
{
    if (a->shape.size[1] != b->shape.size[0]) {
        return error_set(err,
                         "mat1 and mat2 shapes cannot be multiplied (%" PRId64 "x%" PRId64
                         " and %" PRId64 "x%" PRId64 ")",
                         a->shape.size[0], a->shape.size[1], b->shape.size[0], b->shape.size[1]);
    }
    return true;
}

static bool check_same_dtype(const struct tensor *a, const struct tensor *b, struct error *err)
{
    if (a->dtype != b->dtype) {
        return error_set(err, "expected m1 and m2 to have the same dtype, but got: %s != %s",
                         dtype_c_name(a->dtype), dtype_c_name(b->dtype));
    }
    return true;
}

/* An output of shape [rows, columns] and what to compute into it. */
static bool product(struct op_call *call, struct tensor *a, struct tensor *b, struct error *err)
{
    struct tensor_spec spec = { .dtype = a->dtype,
                                .shape = { 2, { a->shape.size[0], b->shape.size[1] } } };
    const struct operand both[] = { operand_tensor(a), operand_tensor(b) };
    if (!compute_device(call->engine, both, 2, &spec.backend, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    return out && compute_gemm(out, &(struct compute_gemm){ a, b, 1, 0 }, err);
}

/* ---- gradients of a product of matrices ---------------------------------------------------------- */

/* g @ otherᵀ, or, for an operand that lies column by column, (other @ gᵀ)ᵀ: the same numbers, lying in
 * memory as the operand does. */
static struct tensor *grad_of_first(struct rule *rule, int edge, struct tensor *other)
{
    struct tensor *grad = rule->grad[0];
    if (rule_edge_by_columns(rule, edge)) {
        const struct operand turned = operand_tensor(rule_transpose(rule, grad));
        return rule_transpose(rule, rule_binary(rule, OP_MM, operand_tensor(other), turned));
    }
    const struct operand turned = operand_tensor(rule_transpose(rule, other));
    return rule_binary(rule, OP_MM, operand_tensor(grad), turned);
}

/* otherᵀ @ g, or (gᵀ @ other)ᵀ */
static struct tensor *grad_of_second(struct rule *rule, int edge, struct tensor *other)
{
    struct tensor *grad = rule->grad[0];
    if (rule_edge_by_columns(rule, edge)) {
        const struct operand turned = operand_tensor(rule_transpose(rule, grad));
        return rule_transpose(rule, rule_binary(rule, OP_MM, turned, operand_tensor(other)));
    }
    const struct operand turned = operand_tensor(rule_transpose(rule, other));
    return rule_binary(rule, OP_MM, turned, operand_tensor(grad));
}

/* y = a @ b          so   da += dy @ bᵀ,   db += aᵀ @ dy        a [m, k], b [k, n] */

enum { MM_SELF, MM_OTHER };

static bool mm_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *b = call->in[1].tensor;
    if (a->shape.dims != 2) {
        return error_set(err, "self must be a matrix");
    }
    if (b->shape.dims != 2) {
        return error_set(err, "mat2 must be a matrix");
    }
    return check_product(a, b, err) && check_same_dtype(a, b, err) && product(call, a, b, err);
}

static bool mm_backward(struct rule *rule)
{
    if (rule->needs[0]) {
        rule->result[0] = grad_of_first(rule, 0, rule_saved(rule, MM_OTHER));
    }
    if (rule->needs[1]) {
        rule->result[1] = grad_of_second(rule, 1, rule_saved(rule, MM_SELF));
    }
    return rule_done(rule);
}

const struct op op_row_mm = {
    .id = OP_MM,
    .name = "mm",
    .symbol = "@",
    .node = "MmBackward0",
    .formula = "a @ b",
    .derivatives = { "g @ bᵀ", "aᵀ @ g" },
    .provenance = PROVENANCE_MATMUL,
    .outputs = 1,
    .saves = { [MM_SELF] = { .name = "self", .from = 0, .used_by = 1 << 1 },
               [MM_OTHER] = { .name = "mat2", .from = 1, .used_by = 1 << 0 } },
    .forward = mm_forward,
    .backward = mm_backward,
};

/* y = β·c + α·(a @ b)    so   dc += β·dy,   da += α·dy @ bᵀ,   db += α·aᵀ @ dy */

enum { ADDMM_FIRST, ADDMM_SECOND };

static bool addmm_check(const struct tensor *c, const struct tensor *a, const struct tensor *b,
                        struct error *err)
{
    if (a->shape.dims != 2 || b->shape.dims != 2) {
        return error_set(err, "%s must be a matrix, got %d-D tensor",
                         a->shape.dims != 2 ? "mat1" : "mat2",
                         a->shape.dims != 2 ? a->shape.dims : b->shape.dims);
    }
    if (!check_product(a, b, err)) {
        return false;
    }
    if (a->dtype != b->dtype) {
        return error_set(err, "mat1 and mat2 must have the same dtype, but got %s and %s",
                         dtype_type_name(a->dtype), dtype_type_name(b->dtype));
    }
    if (c->dtype != b->dtype) {
        return error_set(err, "self and mat2 must have the same dtype, but got %s and %s",
                         dtype_type_name(c->dtype), dtype_type_name(b->dtype));
    }
    return true;
}

static bool addmm_forward(struct op_call *call, struct error *err)
{
    struct tensor *c = call->in[0].tensor, *a = call->in[1].tensor, *b = call->in[2].tensor;
    if (!addmm_check(c, a, b, err)) {
        return false;
    }
    struct tensor_spec spec = { .dtype = a->dtype,
                                .shape = { 2, { a->shape.size[0], b->shape.size[1] } } };
    int64_t strides[BACKEND_MAX_DIMS];
    if (!shape_expand(&c->shape, c->strides, &spec.shape, strides, err) ||
        !compute_device(call->engine, call->in, 3, &spec.backend, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    const struct compute_gemm gemm = { a, b, number_as_real(attr_alpha(call->attrs)),
                                       number_as_real(attr_beta(call->attrs)) };
    return out && compute_copy(out, c, err) && compute_gemm(out, &gemm, err);
}

static bool addmm_backward(struct rule *rule)
{
    const struct op_attrs *attrs = rule_attrs(rule);
    const struct number alpha = attr_alpha(attrs);
    if (rule->needs[0]) {
        rule->result[0] = rule_scale(rule, rule->grad[0], attr_beta(attrs));
    }
    if (rule->needs[1]) {
        rule->result[1] =
            rule_scale(rule, grad_of_first(rule, 1, rule_saved(rule, ADDMM_SECOND)), alpha);
    }
    if (rule->needs[2]) {
        rule->result[2] =
            rule_scale(rule, grad_of_second(rule, 2, rule_saved(rule, ADDMM_FIRST)), alpha);
    }
    return rule_done(rule);
}

const struct op op_row_addmm = {
    .id = OP_ADDMM,
    .name = "addmm",
    .symbol = "@ +",
    .node = "AddmmBackward0",
    .formula = "a + b @ c",
    .derivatives = { "Σ g", "g @ cᵀ", "bᵀ @ g" },
    .provenance = PROVENANCE_MATMUL,
    .attributes = ATTR(ALPHA) | ATTR(BETA),
    .outputs = 1,
    .saves = { [ADDMM_FIRST] = { .name = "mat1", .from = 1, .used_by = 1 << 2 },
               [ADDMM_SECOND] = { .name = "mat2", .from = 2, .used_by = 1 << 1 } },
    .forward = addmm_forward,
    .backward = addmm_backward,
};

/* y = a @ v          so   da += dy vᵀ,   dv += aᵀ @ dy          a [m, k], v [k] */

enum { MV_SELF, MV_VECTOR };

/* A vector as a matrix of one column or one row: a look, nothing is copied. */
static struct tensor *as_column(struct tensor *v)
{
    const int64_t strides[] = { v->strides[0], 1 };
    return tensor_view(v, &(struct shape){ 2, { v->count, 1 } }, strides, v->offset);
}

static struct tensor *as_row(struct tensor *v)
{
    const int64_t strides[] = { 1, v->strides[0] };
    return tensor_view(v, &(struct shape){ 2, { 1, v->count } }, strides, v->offset);
}

static bool mv_check(const struct tensor *a, const struct tensor *v, struct error *err)
{
    if (a->shape.dims != 2 || v->shape.dims != 1) {
        return error_set(err, "vector + matrix @ vector expected, got 1, %d, %d", a->shape.dims,
                         v->shape.dims);
    }
    if (a->shape.size[1] != v->count) {
        return error_set(err,
                         "size mismatch, got input (%" PRId64 "), mat (%" PRId64 "x%" PRId64
                         "), vec (%" PRId64 ")",
                         a->shape.size[0], a->shape.size[0], a->shape.size[1], v->count);
    }
    if (a->dtype != v->dtype) {
        return error_set(err, "expected scalar type %s but found %s", dtype_type_name(a->dtype),
                         dtype_type_name(v->dtype));
    }
    return true;
}

static bool mv_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *v = call->in[1].tensor;
    struct tensor_spec spec = { .dtype = a->dtype, .shape = { 1, { a->shape.size[0] } } };
    if (!mv_check(a, v, err) || !compute_device(call->engine, call->in, 2, &spec.backend, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out) {
        return false;
    }
    struct tensor *column = as_column(v), *target = as_column(out);
    const bool ok = compute_gemm(target, &(struct compute_gemm){ a, column, 1, 0 }, err);
    tensor_unref(column);
    tensor_unref(target);
    return ok;
}

static bool mv_backward(struct rule *rule)
{
    if (rule->needs[0]) {
        struct tensor *column = rule_unsqueeze(rule, rule->grad[0], 1);
        rule->result[0] = rule_mul(rule, column, rule_operand(rule, MV_VECTOR));
    }
    if (rule->needs[1]) {
        struct tensor *turned = rule_transpose(rule, rule_saved(rule, MV_SELF));
        rule->result[1] =
            rule_binary(rule, OP_MV, operand_tensor(turned), operand_tensor(rule->grad[0]));
    }
    return rule_done(rule);
}

const struct op op_row_mv = {
    .id = OP_MV,
    .name = "mv",
    .symbol = "@",
    .node = "MvBackward0",
    .formula = "a @ b",
    .derivatives = { "g · bᵀ", "aᵀ @ g" },
    .provenance = PROVENANCE_MATMUL,
    .outputs = 1,
    .saves = { [MV_SELF] = { .name = "self", .from = 0, .used_by = 1 << 1 },
               [MV_VECTOR] = { .name = "vec", .from = 1, .used_by = 1 << 0 } },
    .forward = mv_forward,
    .backward = mv_backward,
};

/* y = Σ a·b          so   da += dy·b,   db += dy·a              a [k], b [k] */

enum { DOT_SELF, DOT_OTHER };

static bool dot_check(const struct tensor *a, const struct tensor *b, struct error *err)
{
    if (a->shape.dims != 1 || b->shape.dims != 1) {
        return error_set(err, "1D tensors expected, but got %dD and %dD tensors", a->shape.dims,
                         b->shape.dims);
    }
    if (a->dtype != b->dtype) {
        return error_set(err, "dot : expected both vectors to have same dtype, but found %s and %s",
                         dtype_type_name(a->dtype), dtype_type_name(b->dtype));
    }
    if (a->count != b->count) {
        return error_set(err,
                         "inconsistent tensor size, expected tensor [%" PRId64 "] and src [%" PRId64
                         "] to have the same number of elements, but got %" PRId64 " and %" PRId64
                         " elements respectively",
                         a->count, b->count, a->count, b->count);
    }
    return true;
}

static bool dot_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *b = call->in[1].tensor;
    struct tensor_spec spec = { .dtype = a->dtype };
    if (!dot_check(a, b, err) || !compute_device(call->engine, call->in, 2, &spec.backend, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out) {
        return false;
    }
    const int64_t strides[] = { 1, 1 };
    struct tensor *row = as_row(a), *column = as_column(b);
    struct tensor *target = tensor_view(out, &(struct shape){ 2, { 1, 1 } }, strides, out->offset);
    const bool ok = compute_gemm(target, &(struct compute_gemm){ row, column, 1, 0 }, err);
    tensor_unref(row);
    tensor_unref(column);
    tensor_unref(target);
    return ok;
}

static bool dot_backward(struct rule *rule)
{
    if (rule->needs[0]) {
        rule->result[0] = rule_mul(rule, rule->grad[0], rule_operand(rule, DOT_OTHER));
    }
    if (rule->needs[1]) {
        rule->result[1] = rule_mul(rule, rule->grad[0], rule_operand(rule, DOT_SELF));
    }
    return rule_done(rule);
}

const struct op op_row_dot = {
    .id = OP_DOT,
    .name = "dot",
    .symbol = "·",
    .node = "DotBackward0",
    .formula = "Σ a · b",
    .derivatives = { "g · b", "g · a" },
    .provenance = PROVENANCE_MATMUL,
    .outputs = 1,
    .saves = { [DOT_SELF] = { .name = "self", .from = 0, .used_by = 1 << 1 },
               [DOT_OTHER] = { .name = "tensor", .from = 1, .used_by = 1 << 0 } },
    .forward = dot_forward,
    .backward = dot_backward,
};

/* The same under another name. */

const struct op op_row_vdot = {
    .id = OP_VDOT,
    .name = "vdot",
    .symbol = "·",
    .node = "VdotBackward0",
    .formula = "Σ a · b",
    .derivatives = { "g · b", "g · a" },
    .provenance = PROVENANCE_MATMUL,
    .outputs = 1,
    .saves = { [DOT_SELF] = { .name = "self", .from = 0, .used_by = 1 << 1 },
               [DOT_OTHER] = { .name = "other", .from = 1, .used_by = 1 << 0 } },
    .forward = dot_forward,
    .backward = dot_backward,
};
