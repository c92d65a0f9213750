#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* None of these has a derivative: bits, truth values, and questions about numbers. */

static enum dtype result_dtype(const struct op_call *call)
{
    return dtype_result(call->in, call->in_count, call->engine->default_dtype);
}

/* ---- bits -------------------------------------------------------------------------------------- */

static bool refuse_float(const char *kernel, enum dtype dtype, struct error *err)
{
    return error_set(err, "\"%s_cpu\" not implemented for '%s'", kernel, dtype_type_name(dtype));
}

/* On bools the logical function of the same name, which is the same. */
static bool bitwise(struct op_call *call, enum map_function bits, enum map_function truth,
                    struct error *err)
{
    const enum dtype dtype = result_dtype(call);
    if (dtype_is_float(dtype)) {
        return refuse_float(call->op->name, dtype, err);
    }
    const enum map_function function = dtype == DTYPE_BOOL ? truth : bits;
    return forward_map(call, &(struct forward_map){ .function = function }, err);
}

static bool bitwise_and_forward(struct op_call *call, struct error *err)
{
    return bitwise(call, MAP_BIT_AND, MAP_AND, err);
}

static bool bitwise_or_forward(struct op_call *call, struct error *err)
{
    return bitwise(call, MAP_BIT_OR, MAP_OR, err);
}

static bool bitwise_xor_forward(struct op_call *call, struct error *err)
{
    return bitwise(call, MAP_BIT_XOR, MAP_XOR, err);
}

/* A whole number's complement is -1 without its bits. */
static bool bitwise_not_forward(struct op_call *call, struct error *err)
{
    const enum dtype dtype = result_dtype(call);
    if (dtype_is_float(dtype)) {
        return refuse_float(call->op->name, dtype, err);
    }
    if (dtype == DTYPE_BOOL) {
        return forward_map(call, &(struct forward_map){ .function = MAP_NOT }, err);
    }
    const struct operand in[] = { call->in[0], operand_number(number_integer(-1)) };
    return forward_map(call, &(struct forward_map){ .function = MAP_BIT_XOR, .in = in, .count = 2 },
                       err);
}

static bool shift(struct op_call *call, enum map_function function, const char *kernel,
                  struct error *err)
{
    const enum dtype dtype = result_dtype(call);
    if (dtype_is_float(dtype) || dtype == DTYPE_BOOL) {
        return refuse_float(kernel, dtype, err);
    }
    return forward_map(call, &(struct forward_map){ .function = function }, err);
}

static bool shift_left_forward(struct op_call *call, struct error *err)
{
    return shift(call, MAP_SHIFT_LEFT, "lshift", err);
}

static bool shift_right_forward(struct op_call *call, struct error *err)
{
    return shift(call, MAP_SHIFT_RIGHT, "rshift", err);
}

#define ROW(ID, row, text, sign, by)  \
    const struct op op_row_##row = {  \
        .id = OP_##ID,                \
        .name = #row,                 \
        .symbol = sign,               \
        .formula = text,              \
        .provenance = PROVENANCE_MAP, \
        .outputs = 1,                 \
        .forward = by,                \
    }

ROW(BITWISE_AND, bitwise_and, "a & b", "&", bitwise_and_forward);
ROW(BITWISE_OR, bitwise_or, "a | b", "|", bitwise_or_forward);
ROW(BITWISE_XOR, bitwise_xor, "a ^ b", "^", bitwise_xor_forward);
ROW(BITWISE_NOT, bitwise_not, "~a", "~", bitwise_not_forward);
ROW(SHIFT_LEFT, bitwise_left_shift, "a · 2ᵇ", "<<", shift_left_forward);
ROW(SHIFT_RIGHT, bitwise_right_shift, "⌊a / 2ᵇ⌋", ">>", shift_right_forward);

/* ---- truth ------------------------------------------------------------------------------------- */

MAP_FORWARD(logical_and, MAP_AND)
MAP_FORWARD(logical_or, MAP_OR)
MAP_FORWARD(logical_xor, MAP_XOR)
MAP_FORWARD(logical_not, MAP_NOT)

ROW(LOGICAL_AND, logical_and, "a ∧ b", "∧", logical_and_forward);
ROW(LOGICAL_OR, logical_or, "a ∨ b", "∨", logical_or_forward);
ROW(LOGICAL_XOR, logical_xor, "a ⊻ b", "⊻", logical_xor_forward);
ROW(LOGICAL_NOT, logical_not, "¬a", "¬", logical_not_forward);

/* ---- what a number is -------------------------------------------------------------------------- */

MAP_FORWARD(isnan, MAP_IS_NAN)
MAP_FORWARD(isfinite, MAP_IS_FINITE)

/* a = ±∞; no whole number is. */
static bool is_infinity(struct op_call *call, bool either, double infinity, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct tensor *a = call->in[0].tensor;
    if (!dtype_is_float(a->dtype)) {
        return forward_finish(call, &steps, rule_binary(&steps, OP_NE, call->in[0], call->in[0]));
    }
    struct tensor *size = either ? rule_unary(&steps, OP_ABS, a) : a;
    return forward_finish(call, &steps, rule_with(&steps, OP_EQ, size, infinity));
}

static bool isinf_forward(struct op_call *call, struct error *err)
{
    return is_infinity(call, true, INFINITY, err);
}

static bool isposinf_forward(struct op_call *call, struct error *err)
{
    return is_infinity(call, false, INFINITY, err);
}

static bool isneginf_forward(struct op_call *call, struct error *err)
{
    return is_infinity(call, false, -INFINITY, err);
}

ROW(ISNAN, isnan, "a is nan", NULL, isnan_forward);
ROW(ISFINITE, isfinite, "a is finite", NULL, isfinite_forward);
ROW(ISINF, isinf, "|a| = ∞", NULL, isinf_forward);
ROW(ISPOSINF, isposinf, "a = ∞", NULL, isposinf_forward);
ROW(ISNEGINF, isneginf, "a = −∞", NULL, isneginf_forward);

/* ---- nearness ---------------------------------------------------------------------------------- */

static double tolerance(const struct op_attrs *attrs, uint64_t which, struct number number,
                        double usual)
{
    return attrs->present & which ? number_as_real(number) : usual;
}

static bool isclose_forward(struct op_call *call, struct error *err)
{
    const struct op_attrs *attrs = call->attrs;
    const struct operand a = call->in[0], b = call->in[1];
    if (a.tensor->dtype != b.tensor->dtype) {
        return error_set(err, "%s did not match %s", dtype_type_name(a.tensor->dtype),
                         dtype_type_name(b.tensor->dtype));
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *near = rule_binary(&steps, OP_EQ, a, b);
    if (a.tensor->dtype == DTYPE_BOOL) {
        return forward_finish(call, &steps, near);
    }
    if (attrs->present & ATTR(EQUAL_NAN) && attrs->equal_nan) {
        struct tensor *both = rule_times(&steps, rule_unary(&steps, OP_ISNAN, a.tensor),
                                         rule_unary(&steps, OP_ISNAN, b.tensor));
        near = rule_binary(&steps, OP_ADD, operand_tensor(near), operand_tensor(both));
    }
    struct tensor *apart = rule_unary(&steps, OP_ABS, rule_binary(&steps, OP_SUB, a, b));
    struct tensor *allowed = rule_with(&steps, OP_MUL, rule_unary(&steps, OP_ABS, b.tensor),
                                       tolerance(attrs, ATTR(RTOL), attrs->rtol, 1e-5));
    allowed = rule_with(&steps, OP_ADD, allowed, tolerance(attrs, ATTR(ATOL), attrs->atol, 1e-8));
    struct tensor *within =
        rule_binary(&steps, OP_LE, operand_tensor(apart), operand_tensor(allowed));
    within = rule_times(&steps, within, rule_unary(&steps, OP_ISFINITE, apart));
    return forward_finish(
        call, &steps, rule_binary(&steps, OP_ADD, operand_tensor(near), operand_tensor(within)));
}

const struct op op_row_isclose = {
    .id = OP_ISCLOSE,
    .name = "isclose",
    .symbol = "≈",
    .formula = "|a − b| ≤ atol + rtol · |b|",
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(RTOL) | ATTR(ATOL) | ATTR(EQUAL_NAN),
    .outputs = 1,
    .forward = isclose_forward,
};
