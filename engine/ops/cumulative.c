#include "engine/engine.h"
#include "engine/ops/rows.h"

/* ---- what both share -------------------------------------------------------------------------------- */

static bool scan(struct op_call *call, enum scan_function function, bool reverse, struct error *err)
{
    struct tensor *in = call->in[0].tensor;
    struct tensor_spec spec = tensor_spec_of(in);
    struct compute_scan how = { .function = function, .in = in, .reverse = reverse };
    if (!shape_dim(in->shape.dims, call->attrs->dim, &how.dim, err)) {
        return false;
    }
    spec.dtype = dtype_is_float(in->dtype) ? in->dtype : DTYPE_INT64;
    struct tensor *out = op_output(call, 0, &spec, err);
    return out && compute_scan(out, &how, err);
}

/* op along the node's dimension */
static struct tensor *along(struct rule *rule, enum op_id op, struct tensor *a)
{
    const struct operand in = operand_tensor(a);
    const struct op_attrs attrs = { .present = ATTR(DIM), .dim = rule_attrs(rule)->dim };
    return rule_apply(rule, &(struct op_use){ .op = op, .in = &in, .in_count = 1, .attrs = attrs });
}

/* ---- sums ------------------------------------------------------------------------------------------- */

/* yᵢ = a₀ + … + aᵢ       so   daᵢ += dyᵢ + … + dyₙ */

static bool cumsum_forward(struct op_call *call, struct error *err)
{
    return scan(call, SCAN_SUM, false, err);
}

static bool cumsum_backward(struct rule *rule)
{
    rule->result[0] = along(rule, OP_CUMSUM_BACKWARD, rule->grad[0]);
    return rule_done(rule);
}

const struct op op_row_cumsum = {
    .id = OP_CUMSUM,
    .name = "cumsum",
    .symbol = "Σ…",
    .node = "CumsumBackward0",
    .formula = "a₀ + … + aᵢ",
    .derivatives = { "gᵢ + … + gₙ" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .forward = cumsum_forward,
    .backward = cumsum_backward,
};

/* yᵢ = aᵢ + … + aₙ       so   daᵢ += dy₀ + … + dyᵢ */

static bool cumsum_backward_forward(struct op_call *call, struct error *err)
{
    return scan(call, SCAN_SUM, true, err);
}

static bool cumsum_backward_backward(struct rule *rule)
{
    rule->result[0] = along(rule, OP_CUMSUM, rule->grad[0]);
    return rule_done(rule);
}

const struct op op_row_cumsum_backward = {
    .id = OP_CUMSUM_BACKWARD,
    .name = "cumsum_backward",
    .node = "FlipBackward0",
    .formula = "aᵢ + … + aₙ",
    .derivatives = { "g₀ + … + gᵢ" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .forward = cumsum_backward_forward,
    .backward = cumsum_backward_backward,
};

/* ---- products --------------------------------------------------------------------------------------- */

/* yᵢ = a₀ · … · aᵢ       so   daᵢ += (dyᵢ·yᵢ + … + dyₙ·yₙ)/aᵢ
 * The first 0 of a row gets dyᵢ·cᵢ + … + dyₙ·cₙ, c the products with 1 in its place; what follows it
 * gets nothing, all products being 0. */

enum { CUMPROD_SELF, CUMPROD_RESULT };

static bool cumprod_forward(struct op_call *call, struct error *err)
{
    return scan(call, SCAN_PROD, false, err);
}

static bool cumprod_backward(struct rule *rule)
{
    struct tensor *a = rule_saved(rule, CUMPROD_SELF), *y = rule_saved(rule, CUMPROD_RESULT);
    struct tensor *is_zero = rule_with(rule, OP_EQ, a, 0);
    struct tensor *zeros = along(rule, OP_CUMSUM, is_zero);
    struct tensor *first = rule_times(rule, is_zero, rule_with(rule, OP_EQ, zeros, 1));
    const struct operand one = operand_real(1);
    struct tensor *without = rule_where(rule, first, one, operand_tensor(a));
    struct tensor *of_zero =
        along(rule, OP_CUMSUM_BACKWARD,
              rule_times(rule, rule->grad[0], along(rule, OP_CUMPROD, without)));
    struct tensor *sums = along(rule, OP_CUMSUM_BACKWARD, rule_times(rule, rule->grad[0], y));
    struct tensor *of_others =
        rule_over(rule, sums, rule_where(rule, is_zero, one, operand_tensor(a)));
    rule->result[0] = rule_where(rule, first, operand_tensor(of_zero), operand_tensor(of_others));
    return rule_done(rule);
}

const struct op op_row_cumprod = {
    .id = OP_CUMPROD,
    .name = "cumprod",
    .symbol = "Π…",
    .node = "CumprodBackward0",
    .formula = "a₀ · … · aᵢ",
    .derivatives = { "(gᵢ yᵢ + … + gₙ yₙ) / aᵢ" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .saves = { [CUMPROD_SELF] = { .name = "self", .from = 0 },
               [CUMPROD_RESULT] = { .name = "result", .is_output = true } },
    .forward = cumprod_forward,
    .backward = cumprod_backward,
};
