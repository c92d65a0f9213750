#include <float.h>
#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

static struct number attr_value(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(VALUE) ? attrs->value : number_integer(1);
}

/* All operands in their common dtype, the attribute `value` as the factor p. */
static bool with_value(struct op_call *call, enum map_function function, struct error *err)
{
    const struct forward_map map = { .function = function,
                                     .p = number_as_real(attr_value(call->attrs)) };
    return forward_map(call, &map, err);
}

/* y = a + v·b·c      so   da += dy,   db += dy·(c·v),   dc += dy·(b·v) */

enum { TENSOR1, TENSOR2 };

static bool addcmul_forward(struct op_call *call, struct error *err)
{
    if (dtype_is_float(dtype_result(call->in, 3, call->engine->default_dtype))) {
        return with_value(call, MAP_ADDCMUL, err);
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *product = rule_binary(&steps, OP_MUL, call->in[1], call->in[2]);
    product = rule_mul(&steps, product, operand_number(attr_value(call->attrs)));
    return forward_finish(call, &steps,
                          rule_binary(&steps, OP_ADD, call->in[0], operand_tensor(product)));
}

static struct tensor *addcmul_send(struct rule *rule, int edge, struct tensor *grad)
{
    if (edge == 0) {
        return grad;
    }
    struct tensor *other = rule_saved(rule, edge == 1 ? TENSOR2 : TENSOR1);
    const struct operand value = operand_number(attr_value(rule_attrs(rule)));
    return rule_times(rule, grad, rule_mul(rule, other, value));
}

SEND_RULES(addcmul)

const struct op op_row_addcmul = {
    .id = OP_ADDCMUL,
    .name = "addcmul",
    .symbol = "+×",
    .node = "AddcmulBackward0",
    .formula = "a + v · b · c",
    .derivatives = { "1", "v · c", "v · b" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(VALUE),
    .outputs = 1,
    .saves = { [TENSOR1] = { .name = "tensor1", .from = 1, .used_by = 1 << 2 },
               [TENSOR2] = { .name = "tensor2", .from = 2, .used_by = 1 << 1 } },
    .forward = addcmul_forward,
    .backward = addcmul_backward,
    .local = addcmul_local,
};

/* y = a + v·b/c      so   da += dy,   db += dy·(v/c),   dc += -dy·(v·b/c²) */

static bool addcdiv_forward(struct op_call *call, struct error *err)
{
    if (!dtype_is_float(dtype_result(call->in + 1, 2, call->engine->default_dtype))) {
        return error_set(
            err,
            "Integer division with addcdiv is no longer supported, and in a future  release "
            "addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv "
            "behavior can be implemented as (input + value * torch.trunc(tensor1 / "
            "tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / "
            "tensor2) for float inputs. The future addcdiv behavior is just the latter "
            "implementation: (input + value * tensor1 / tensor2), for all dtypes.");
    }
    return with_value(call, MAP_ADDCDIV, err);
}

static struct tensor *addcdiv_send(struct rule *rule, int edge, struct tensor *grad)
{
    if (edge == 0) {
        return grad;
    }
    const struct operand value = operand_number(attr_value(rule_attrs(rule)));
    struct tensor *c = rule_saved(rule, TENSOR2);
    if (edge == 1) {
        struct tensor *inverse = rule_unary(rule, OP_RECIPROCAL, c);
        return rule_times(rule, grad, rule_mul(rule, inverse, value));
    }
    struct tensor *above = rule_mul(rule, rule_saved(rule, TENSOR1), value);
    struct tensor *slope = rule_over(rule, above, rule_times(rule, c, c));
    return rule_times(rule, rule_unary(rule, OP_NEG, grad), slope);
}

SEND_RULES(addcdiv)

const struct op op_row_addcdiv = {
    .id = OP_ADDCDIV,
    .name = "addcdiv",
    .symbol = "+÷",
    .node = "AddcdivBackward0",
    .formula = "a + v · b / c",
    .derivatives = { "1", "v / c", "−v · b / c²" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(VALUE),
    .outputs = 1,
    .saves = { [TENSOR1] = { .name = "tensor1", .from = 1, .used_by = 1 << 2 },
               [TENSOR2] = { .name = "tensor2", .from = 2 } },
    .forward = addcdiv_forward,
    .backward = addcdiv_backward,
    .local = addcdiv_local,
};

/* y = a + w·(b - a)      so   da += dy·(1 - w),   db += dy·w */

static double weight_of(const struct op_attrs *attrs)
{
    return number_as_real(attrs->weight);
}

static bool same_dtypes(const struct op_call *call, struct error *err)
{
    for (int i = 1; i < call->in_count; i++) {
        const enum dtype first = call->in[0].tensor->dtype, other = call->in[i].tensor->dtype;
        if (first != other) {
            return error_set(err, "expected dtype %s for `%s` but got dtype %s",
                             dtype_c_name(first), i == 1 ? "end" : "weight", dtype_c_name(other));
        }
    }
    const enum dtype dtype = call->in[0].tensor->dtype;
    return dtype_is_float(dtype) ||
           error_set(err, "\"lerp_kernel_%s\" not implemented for '%s'",
                     call->in_count == 2 ? "scalar" : "tensor", dtype_type_name(dtype));
}

static bool lerp_forward(struct op_call *call, struct error *err)
{
    return same_dtypes(call, err) &&
           forward_map(call,
                       &(struct forward_map){ .function = MAP_LERP, .p = weight_of(call->attrs) },
                       err);
}

static struct tensor *lerp_send(struct rule *rule, int edge, struct tensor *grad)
{
    const double weight = weight_of(rule_attrs(rule));
    return rule_with(rule, OP_MUL, grad, edge == 0 ? 1 - weight : weight);
}

SEND_RULES(lerp)

const struct op op_row_lerp = {
    .id = OP_LERP,
    .name = "lerp",
    .symbol = "lerp",
    .node = "LerpBackward0",
    .formula = "a + w · (b − a)",
    .derivatives = { "1 − w", "w" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(WEIGHT),
    .outputs = 1,
    .forward = lerp_forward,
    .backward = lerp_backward,
    .local = lerp_local,
};

/* The same with a weight for each element     so   dw += dy·(b - a) */

enum { SELF, END, WEIGHT };

/* |w| < ½ ? a + w·(b - a) : b - (b - a)·(1 - w), each with one rounding at the end */
static bool lerp_tensor_forward(struct op_call *call, struct error *err)
{
    if (!same_dtypes(call, err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    const struct operand a = call->in[0], b = call->in[1], w = call->in[2];
    const struct operand apart = operand_tensor(rule_binary(&steps, OP_SUB, b, a));
    struct tensor *rest = rule_binary(&steps, OP_RSUB, w, operand_number(number_integer(1)));
    const struct operand near[] = { a, w, apart }, far[] = { b, apart, operand_tensor(rest) };
    struct tensor *from_a =
        rule_apply(&steps, &(struct op_use){ .op = OP_ADDCMUL, .in = near, .in_count = 3 });
    const struct op_attrs minus = { .present = ATTR(VALUE), .value = number_integer(-1) };
    struct tensor *from_b = rule_apply(
        &steps, &(struct op_use){ .op = OP_ADDCMUL, .in = far, .in_count = 3, .attrs = minus });
    struct tensor *small = rule_with(&steps, OP_LT, rule_unary(&steps, OP_ABS, w.tensor), 0.5);
    return forward_finish(
        call, &steps, rule_where(&steps, small, operand_tensor(from_a), operand_tensor(from_b)));
}

static struct tensor *lerp_tensor_send(struct rule *rule, int edge, struct tensor *grad)
{
    if (edge == 2) {
        return rule_times(
            rule, grad,
            rule_binary(rule, OP_SUB, rule_operand(rule, END), rule_operand(rule, SELF)));
    }
    struct tensor *w = rule_saved(rule, WEIGHT);
    struct tensor *rest =
        rule_binary(rule, OP_RSUB, operand_tensor(w), operand_number(number_integer(1)));
    return rule_times(rule, grad, edge == 0 ? rest : w);
}

SEND_RULES(lerp_tensor)

const struct op op_row_lerp_tensor = {
    .id = OP_LERP_TENSOR,
    .name = "lerp_tensor",
    .symbol = "lerp",
    .node = "LerpBackward1",
    .formula = "a + w · (b − a)",
    .derivatives = { "1 − w", "w", "b − a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [SELF] = { .name = "self", .from = 0, .used_by = 1 << 2 },
               [END] = { .name = "end", .from = 1, .used_by = 1 << 2 },
               [WEIGHT] = { .name = "weight", .from = 2, .used_by = 1 << 0 | 1 << 1 } },
    .forward = lerp_tensor_forward,
    .backward = lerp_tensor_backward,
    .local = lerp_tensor_local,
};

/* y = a, the attributes value, max and min in place of nan, ∞ and -∞     so   da += dy where a is finite */

static double instead(const struct op_attrs *attrs, uint64_t which, struct number number,
                      double usual)
{
    return attrs->present & which ? number_as_real(number) : usual;
}

static bool nan_to_num_forward(struct op_call *call, struct error *err)
{
    const struct op_attrs *attrs = call->attrs;
    struct tensor *a = call->in[0].tensor;
    const double most = a->dtype == DTYPE_FLOAT64 ? DBL_MAX : FLT_MAX;
    struct rule steps = forward_begin(call, err);
    if (!dtype_is_float(a->dtype)) {
        return forward_finish(call, &steps, a);
    }
    struct tensor *y =
        rule_where(&steps, rule_unary(&steps, OP_ISNAN, a),
                   operand_real(instead(attrs, ATTR(VALUE), attrs->value, 0)), operand_tensor(a));
    y = rule_where(&steps, rule_with(&steps, OP_EQ, a, INFINITY),
                   operand_real(instead(attrs, ATTR(MAX), attrs->max, most)), operand_tensor(y));
    y = rule_where(&steps, rule_with(&steps, OP_EQ, a, -INFINITY),
                   operand_real(instead(attrs, ATTR(MIN), attrs->min, -most)), operand_tensor(y));
    return forward_finish(call, &steps, y);
}

static struct tensor *nan_to_num_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    return rule_times(rule, grad, rule_unary(rule, OP_ISFINITE, rule_saved(rule, 0)));
}

SEND_RULES(nan_to_num)

const struct op op_row_nan_to_num = {
    .id = OP_NAN_TO_NUM,
    .name = "nan_to_num",
    .symbol = "nan→0",
    .node = "NanToNumBackward0",
    .formula = "a finite ? a : a number",
    .derivatives = { "a finite" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(VALUE) | ATTR(MAX) | ATTR(MIN),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = nan_to_num_forward,
    .backward = nan_to_num_backward,
    .local = nan_to_num_local,
};

/* y = 0 where a < 0, 1 where a > 0, b where a = 0; PyTorch gives it no derivative */

static bool heaviside_forward(struct op_call *call, struct error *err)
{
    const struct operand a = call->in[0], b = call->in[1];
    if (a.tensor->dtype != b.tensor->dtype) {
        return error_set(err,
                         "heaviside is not yet implemented for tensors with different dtypes.");
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *step = rule_as(&steps, rule_with(&steps, OP_GT, a.tensor, 0), a.tensor);
    struct tensor *zero = rule_binary(&steps, OP_EQ, a, operand_number(number_integer(0)));
    return forward_finish(call, &steps, rule_where(&steps, zero, b, operand_tensor(step)));
}

const struct op op_row_heaviside = {
    .id = OP_HEAVISIDE,
    .name = "heaviside",
    .symbol = "step",
    .node = "NotImplemented",
    .formula = "a < 0 ? 0 : a > 0 ? 1 : b",
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .forward = heaviside_forward,
};

/* y = |a| with the sign of b, which may be that of -0     so   da += dy·y/a, nothing where a is 0 */

enum { COPYSIGN_SELF, COPYSIGN_RESULT };

static bool copysign_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    const struct operand b = call->in[1];
    struct rule steps = forward_begin(call, err);
    const bool whole = !dtype_is_float(a->dtype);
    struct tensor *size = rule_unary(&steps, OP_ABS, a);
    size = whole ? rule_with(&steps, OP_MUL, size, 1) : size;
    struct tensor *minus = rule_unary(&steps, OP_NEG, size);
    if (b.kind == OPERAND_NUMBER) {
        return forward_finish(call, &steps, signbit(number_as_real(b.number)) ? minus : size);
    }
    struct tensor *below = rule_with(&steps, OP_LT, b.tensor, 0);
    struct tensor *inverse = rule_unary(&steps, OP_RECIPROCAL, b.tensor);
    struct tensor *negative = rule_binary(&steps, OP_LOGICAL_OR, operand_tensor(below),
                                          operand_tensor(dtype_is_float(b.tensor->dtype)
                                                             ? rule_with(&steps, OP_LT, inverse, 0)
                                                             : below));
    return forward_finish(
        call, &steps, rule_where(&steps, negative, operand_tensor(minus), operand_tensor(size)));
}

static struct tensor *copysign_send(struct rule *rule, int edge, struct tensor *grad)
{
    struct tensor *a = rule_saved(rule, COPYSIGN_SELF), *y = rule_saved(rule, COPYSIGN_RESULT);
    if (edge == 1) {
        return grad ? rule_zeros(rule, grad, &grad->shape) : NULL;
    }
    struct tensor *none = rule_with(rule, OP_EQ, a, 0);
    struct tensor *safe = rule_where(rule, none, operand_real(1), operand_tensor(a));
    struct tensor *ratio =
        rule_where(rule, none, operand_real(0), operand_tensor(rule_over(rule, y, safe)));
    return rule_times(rule, grad, ratio);
}

SEND_RULES(copysign)

#define COPYSIGN_SAVES                                                         \
    {                                                                          \
        [COPYSIGN_SELF] = { .name = "self", .from = 0 }, [COPYSIGN_RESULT] = { \
            .name = "result",                                                  \
            .is_output = true                                                  \
        }                                                                      \
    }

const struct op op_row_copysign = {
    .id = OP_COPYSIGN,
    .name = "copysign",
    .symbol = "±",
    .node = "CopysignBackward0",
    .formula = "|a| · sign b",
    .derivatives = { "y / a", "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = COPYSIGN_SAVES,
    .forward = copysign_forward,
    .backward = copysign_backward,
    .local = copysign_local,
};

const struct op op_row_copysign_scalar = {
    .id = OP_COPYSIGN_SCALAR,
    .name = "copysign",
    .symbol = "±",
    .node = "CopysignBackward1",
    .formula = "|a| · sign b",
    .derivatives = { "y / a", "0" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = COPYSIGN_SAVES,
    .forward = copysign_forward,
    .backward = copysign_backward,
    .local = copysign_local,
};
