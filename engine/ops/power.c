#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* Which function stands for a power by this exponent; POW for most. After that of -2 comes 1/x. */
static enum map_function power_function(double exponent)
{
    static const struct {
        double exponent;
        enum map_function function;
    } rows[] = {
        { 1, MAP_COPY },   { 2, MAP_SQUARE },      { 3, MAP_CUBE },     { -2, MAP_SQUARE },
        { 0.5, MAP_SQRT }, { -1, MAP_RECIPROCAL }, { -0.5, MAP_RSQRT },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (rows[i].exponent == exponent) {
            return rows[i].function;
        }
    }
    return MAP_POW;
}

/* y = aⁿ, n a number     so   da += dy·(n·aⁿ⁻¹), nothing for n = 0 */

enum { POW_SELF, POW_EXPONENT };

/* PyTorch takes a few elements to the power in double, the exponent unrounded; where there are more,
 * it rounds that to the elements' dtype first, so that whole vectors can be computed. */
enum { SHORT = 16 };

static struct tensor *in_dtype(struct rule *rule, struct operand a, enum dtype dtype)
{
    return rule_apply(rule,
                      &(struct op_use){ .op = OP_TO_COPY,
                                        .in = &a,
                                        .in_count = 1,
                                        .attrs = { .present = ATTR(DTYPE), .dtype = dtype } });
}

static bool pow_in_double(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct tensor *a = in_dtype(&steps, call->in[0], DTYPE_FLOAT64);
    struct tensor *power = rule_binary(&steps, OP_POW, operand_tensor(a), call->in[1]);
    return forward_finish(call, &steps, in_dtype(&steps, operand_tensor(power), DTYPE_FLOAT32));
}

static bool pow_forward(struct op_call *call, struct error *err)
{
    const double exponent = number_as_real(call->in[1].number);
    const enum dtype dtype = dtype_result(call->in, 2, call->engine->default_dtype);
    if (exponent < 0 && !dtype_is_float(dtype)) {
        return error_set(err, "Integers to negative integer powers are not allowed.");
    }
    const enum map_function function = power_function(exponent);
    if (function == MAP_POW && dtype == DTYPE_FLOAT32 && call->in[0].tensor->count < SHORT) {
        return pow_in_double(call, err);
    }
    const struct forward_map map = { .function = function, .count = function == MAP_POW ? 2 : 1 };
    if (!forward_map(call, &map, err)) {
        return false;
    }
    const struct compute_map inverse = { .function = MAP_RECIPROCAL,
                                         .dtype = call->out[0]->dtype,
                                         .in = { operand_tensor(call->out[0]) } };
    return exponent != -2 || compute_map(call->out[0], &inverse, err);
}

/* n·aⁿ⁻¹ */
static struct tensor *pow_slope(struct rule *rule)
{
    const struct number n = rule_saved_number(rule, POW_EXPONENT);
    const struct operand a = operand_tensor(rule_saved(rule, POW_SELF));
    const struct number less =
        n.kind == NUMBER_REAL ? number_real(n.real - 1) : number_integer(n.integer - 1);
    struct tensor *power = number_is_one(less) && !rule->engine->grad_enabled
                               ? a.tensor /* a copy would have the same bits */
                               : rule_binary(rule, OP_POW, a, operand_number(less));
    return rule_mul(rule, power, operand_number(n));
}

static bool pow_backward(struct rule *rule)
{
    if (number_is_zero(rule_saved_number(rule, POW_EXPONENT))) {
        rule->result[0] =
            rule->grad[0] ? rule_zeros(rule, rule->grad[0], &rule->grad[0]->shape) : NULL;
        return rule_done(rule);
    }
    rule->result[0] = rule_mul(rule, rule->grad[0], operand_tensor(pow_slope(rule)));
    return rule_done(rule);
}

static bool pow_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    if (number_is_zero(rule_saved_number(rule, POW_EXPONENT))) {
        *out = operand_number(number_integer(0));
        return true;
    }
    return local_tensor(rule, pow_slope(rule), out);
}

const struct op op_row_pow = {
    .id = OP_POW,
    .name = "pow",
    .symbol = "xⁿ",
    .node = "PowBackward0",
    .formula = "aⁿ",
    .derivatives = { "n · aⁿ⁻¹" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 1,
    .saves = { [POW_SELF] = { .name = "self", .from = 0 },
               [POW_EXPONENT] = { .name = "exponent", .from = 1, .plain = true } },
    .forward = pow_forward,
    .backward = pow_backward,
    .local = pow_local,
};

/* y = aᵇ     so   da += dy·(b·aᵇ⁻¹), nothing where b = 0
 *                 db += dy·(y·ln a), nothing where a = 0 and b ≥ 0 */

enum { POWER_SELF, POWER_EXPONENT, POWER_RESULT };

/* mask ? 0 : a */
static struct tensor *zero_where(struct rule *rule, struct tensor *mask, struct tensor *a)
{
    const struct operand in[] = { operand_tensor(mask), operand_real(0), operand_tensor(a) };
    return rule_apply(rule, &(struct op_use){ .op = OP_WHERE, .in = in, .in_count = 3 });
}

static struct tensor *power_slope_base(struct rule *rule)
{
    const struct operand a = operand_tensor(rule_saved(rule, POWER_SELF));
    const struct operand b = operand_tensor(rule_saved(rule, POWER_EXPONENT));
    struct tensor *less = rule_binary(rule, OP_SUB, b, operand_number(number_integer(1)));
    struct tensor *power = rule_binary(rule, OP_POW_TENSOR, a, operand_tensor(less));
    return rule_mul(rule, power, b);
}

static struct tensor *is_zero(struct rule *rule, struct operand a)
{
    return rule_binary(rule, OP_EQ, a, operand_number(number_integer(0)));
}

/* y·ln a, and 0 where a = 0 and b ≥ 0 */
static struct tensor *power_slope_exponent(struct rule *rule)
{
    const struct operand a = operand_tensor(rule_saved(rule, POWER_SELF));
    const struct operand b = operand_tensor(rule_saved(rule, POWER_EXPONENT));
    struct tensor *log = rule_unary(rule, OP_LOG, a.tensor);
    struct tensor *slope = rule_mul(rule, rule_saved(rule, POWER_RESULT), operand_tensor(log));
    struct tensor *not_negative = rule_binary(rule, OP_GE, b, operand_number(number_integer(0)));
    return zero_where(rule, rule_mul(rule, is_zero(rule, a), operand_tensor(not_negative)), slope);
}

static bool pow_tensor_forward(struct op_call *call, struct error *err)
{
    return forward_map(call, &(struct forward_map){ .function = MAP_POW }, err);
}

static bool pow_tensor_backward(struct rule *rule)
{
    struct tensor *grad = rule->grad[0];
    if (rule->needs[0]) {
        struct tensor *slope = rule_mul(rule, grad, operand_tensor(power_slope_base(rule)));
        struct tensor *flat = is_zero(rule, operand_tensor(rule_saved(rule, POWER_EXPONENT)));
        rule->result[0] = grad ? zero_where(rule, flat, slope) : NULL;
    }
    if (rule->needs[1]) {
        rule->result[1] = rule_mul(rule, grad, operand_tensor(power_slope_exponent(rule)));
    }
    return rule_done(rule);
}

static bool pow_tensor_local(struct rule *rule, int edge, struct operand *out)
{
    if (edge == 1) {
        return local_tensor(rule, power_slope_exponent(rule), out);
    }
    struct tensor *flat = is_zero(rule, operand_tensor(rule_saved(rule, POWER_EXPONENT)));
    return local_tensor(rule, zero_where(rule, flat, power_slope_base(rule)), out);
}

const struct op op_row_pow_tensor = {
    .id = OP_POW_TENSOR,
    .name = "pow_tensor",
    .symbol = "xʸ",
    .node = "PowBackward1",
    .formula = "aᵇ",
    .derivatives = { "b · aᵇ⁻¹", "aᵇ · ln a" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [POWER_SELF] = { .name = "self", .from = 0 },
               [POWER_EXPONENT] = { .name = "exponent", .from = 1 },
               [POWER_RESULT] = { .name = "result", .is_output = true, .used_by = 1 << 1 } },
    .forward = pow_tensor_forward,
    .backward = pow_tensor_backward,
    .local = pow_tensor_local,
};

/* y = cᵃ, c a number     so   da += dy·(y·ln c) */

enum { BASE_SELF, BASE_EXPONENT, BASE_RESULT };

/* y·ln c, and 0 where c = 0 and a ≥ 0 */
static struct tensor *pow_base_slope(struct rule *rule)
{
    const double c = number_as_real(rule_saved_number(rule, BASE_SELF));
    struct tensor *y = rule_saved(rule, BASE_RESULT);
    struct tensor *slope = rule_mul(rule, y, operand_real(log(c)));
    if (c != 0) {
        return slope;
    }
    const struct operand a = operand_tensor(rule_saved(rule, BASE_EXPONENT));
    return zero_where(rule, rule_binary(rule, OP_GE, a, operand_number(number_integer(0))), slope);
}

static bool pow_base_backward(struct rule *rule)
{
    rule->result[0] = rule_mul(rule, rule->grad[0], operand_tensor(pow_base_slope(rule)));
    return rule_done(rule);
}

static bool pow_base_local(struct rule *rule, int edge, struct operand *out)
{
    (void)edge;
    return local_tensor(rule, pow_base_slope(rule), out);
}

const struct op op_row_pow_base = {
    .id = OP_POW_BASE,
    .name = "pow_base",
    .symbol = "nˣ",
    .node = "PowBackward2",
    .formula = "nᵃ",
    .derivatives = { "nᵃ · ln n" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .edgeless = 1 << 0,
    .saves = { [BASE_SELF] = { .name = "self", .from = 0, .plain = true },
               [BASE_EXPONENT] = { .name = "exponent", .from = 1 },
               [BASE_RESULT] = { .name = "result", .is_output = true } },
    .forward = pow_tensor_forward,
    .backward = pow_base_backward,
    .local = pow_base_local,
};
