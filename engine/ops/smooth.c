#include <inttypes.h>
#include <math.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* Activations that bend gently. */

static struct tensor *one_minus(struct rule *rule, struct tensor *a)
{
    return rule_binary(rule, OP_RSUB, operand_tensor(a), operand_number(number_integer(1)));
}

/* ---- ELU ---------------------------------------------------------------------------------------- */

/* y = a > 0 ? s·a : s·α·(e^(i·a) - 1)    so   da += a > 0 ? dy·s : dy·i·(s·α)·e^(i·a) */

struct elu {
    double scale, negative, input; /* s, s·α, i */
};

static struct elu elu_of(const struct op_attrs *attrs)
{
    const double scale = number_as_real(attrs->scale);
    return (struct elu){ .scale = scale,
                         .negative = number_as_real(attrs->alpha) * scale,
                         .input = number_as_real(attrs->input_scale) };
}

static bool elu_piece(struct op_call *call, struct error *err)
{
    const struct elu elu = elu_of(call->attrs);
    struct rule steps = forward_begin(call, err);
    struct tensor *a = call->in[0].tensor;
    struct tensor *power = rule_unary(&steps, OP_EXPM1, rule_with(&steps, OP_MUL, a, elu.input));
    struct tensor *y = rule_where(&steps, rule_with(&steps, OP_LT, a, 0),
                                  operand_tensor(rule_with(&steps, OP_MUL, power, elu.negative)),
                                  operand_tensor(rule_with(&steps, OP_MUL, a, elu.scale)));
    return forward_finish(call, &steps, y);
}

static bool elu_forward(struct op_call *call, struct error *err)
{
    return forward_needs_float(call, "elu_cpu", err) && forward_in_pieces(call, elu_piece, err);
}

static struct tensor *elu_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    const struct elu elu = elu_of(rule_attrs(rule));
    struct tensor *a = rule_saved(rule, 0);
    struct tensor *power = rule_unary(rule, OP_EXP, rule_with(rule, OP_MUL, a, elu.input));
    struct tensor *steep =
        rule_with(rule, OP_MUL, rule_with(rule, OP_MUL, grad, elu.input), elu.negative);
    return rule_where(rule, rule_with(rule, OP_LE, a, 0),
                      operand_tensor(rule_times(rule, steep, power)),
                      operand_tensor(rule_with(rule, OP_MUL, grad, elu.scale)));
}

SEND_RULES(elu)

const struct op op_row_elu = {
    .id = OP_ELU,
    .name = "elu",
    .symbol = "ELU",
    .node = "EluBackward0",
    .formula = "a > 0 ? s · a : s · α · (eᵃ − 1)",
    .derivatives = { "a > 0 ? s : s · α · eᵃ" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(ALPHA) | ATTR(SCALE) | ATTR(INPUT_SCALE),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = elu_forward,
    .backward = elu_backward,
    .local = elu_local,
};

/* The same with slope 1 on both sides of 0: s = 1, and a/α in the exponent. */

const struct op op_row_celu = {
    .id = OP_CELU,
    .name = "celu",
    .symbol = "CELU",
    .node = "CeluBackward0",
    .formula = "a > 0 ? a : α · (e^(a/α) − 1)",
    .derivatives = { "a > 0 ? 1 : e^(a/α)" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(ALPHA) | ATTR(SCALE) | ATTR(INPUT_SCALE),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = elu_forward,
    .backward = elu_backward,
    .local = elu_local,
};

/* ---- with a sigmoid --------------------------------------------------------------------------------- */

/* y = a/(1 + e^-a)   so   da += dy·σ·(a·(1 - σ) + 1) */

static bool silu_piece(struct op_call *call, struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct tensor *a = call->in[0].tensor;
    struct tensor *power = rule_unary(&steps, OP_EXP, rule_unary(&steps, OP_NEG, a));
    return forward_finish(call, &steps, rule_over(&steps, a, rule_with(&steps, OP_ADD, power, 1)));
}

static bool silu_forward(struct op_call *call, struct error *err)
{
    return forward_needs_float(call, "silu_cpu", err) && forward_in_pieces(call, silu_piece, err);
}

/* a·b + 1, rounded once */
static struct tensor *product_and_one(struct rule *rule, struct tensor *a, struct tensor *b)
{
    const struct operand in[] = { operand_real(1), operand_tensor(a), operand_tensor(b) };
    return rule_apply(rule, &(struct op_use){ .op = OP_ADDCMUL, .in = in, .in_count = 3 });
}

static struct tensor *silu_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *a = rule_saved(rule, 0), *s = rule_unary(rule, OP_SIGMOID, a);
    struct tensor *slope = product_and_one(rule, a, one_minus(rule, s));
    return rule_times(rule, rule_times(rule, grad, s), slope);
}

SEND_RULES(silu)

const struct op op_row_silu = {
    .id = OP_SILU,
    .name = "silu",
    .symbol = "SiLU",
    .node = "SiluBackward0",
    .formula = "a · σ(a)",
    .derivatives = { "σ(a) · (1 + a · (1 − σ(a)))" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = silu_forward,
    .backward = silu_backward,
    .local = silu_local,
};

/* y = a·t, t = tanh(ln(1 + eᵃ))      so   da += dy·(t + a·σ(a)·(1 - t²)) */

static struct tensor *mish_gate(struct rule *rule, struct tensor *a)
{
    return rule_unary(rule, OP_TANH, rule_unary(rule, OP_LOG1P, rule_unary(rule, OP_EXP, a)));
}

static bool mish_forward(struct op_call *call, struct error *err)
{
    if (!forward_needs_float(call, "mish_cpu", err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *a = call->in[0].tensor;
    return forward_finish(call, &steps, rule_times(&steps, a, mish_gate(&steps, a)));
}

static struct tensor *mish_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *a = rule_saved(rule, 0), *t = mish_gate(rule, a);
    struct tensor *s = rule_times(rule, a, rule_unary(rule, OP_SIGMOID, a));
    struct tensor *bend = rule_times(rule, s, one_minus(rule, rule_times(rule, t, t)));
    struct tensor *slope = rule_binary(rule, OP_ADD, operand_tensor(t), operand_tensor(bend));
    return rule_times(rule, grad, slope);
}

SEND_RULES(mish)

const struct op op_row_mish = {
    .id = OP_MISH,
    .name = "mish",
    .symbol = "Mish",
    .node = "MishBackward0",
    .formula = "a · tanh(ln(1 + eᵃ))",
    .derivatives = { "t + a · σ(a) · (1 − t²)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = mish_forward,
    .backward = mish_backward,
    .local = mish_local,
};

/* y = a·β > t ? a : ln(1 + e^(a·β))/β    so   da += a·β > t ? dy : dy·z/(z + 1), z = e^(a·β) */

static bool softplus_piece(struct op_call *call, struct error *err)
{
    const double beta = number_as_real(call->attrs->beta);
    struct rule steps = forward_begin(call, err);
    struct tensor *scaled = rule_with(&steps, OP_MUL, call->in[0].tensor, beta);
    struct tensor *bent_part = rule_unary(&steps, OP_LOG1P, rule_unary(&steps, OP_EXP, scaled));
    struct tensor *straight =
        rule_with(&steps, OP_GT, scaled, number_as_real(call->attrs->threshold));
    return forward_finish(call, &steps,
                          rule_where(&steps, straight, call->in[0],
                                     operand_tensor(rule_with(&steps, OP_DIV, bent_part, beta))));
}

static bool softplus_forward(struct op_call *call, struct error *err)
{
    return forward_needs_float(call, "softplus_cpu", err) &&
           forward_in_pieces(call, softplus_piece, err);
}

static struct tensor *softplus_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    const struct op_attrs *attrs = rule_attrs(rule);
    struct tensor *scaled =
        rule_with(rule, OP_MUL, rule_saved(rule, 0), number_as_real(attrs->beta));
    struct tensor *z = rule_unary(rule, OP_EXP, scaled);
    struct tensor *slope =
        rule_over(rule, rule_times(rule, grad, z), rule_with(rule, OP_ADD, z, 1));
    struct tensor *straight = rule_with(rule, OP_GT, scaled, number_as_real(attrs->threshold));
    return rule_where(rule, straight, operand_tensor(grad), operand_tensor(slope));
}

SEND_RULES(softplus)

const struct op op_row_softplus = {
    .id = OP_SOFTPLUS,
    .name = "softplus",
    .symbol = "softplus",
    .node = "SoftplusBackward0",
    .formula = "ln(1 + e^(βa)) / β",
    .derivatives = { "σ(βa)" },
    .provenance = PROVENANCE_MAP,
    .attributes = ATTR(BETA) | ATTR(THRESHOLD),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = softplus_forward,
    .backward = softplus_backward,
    .local = softplus_local,
};

/* y = min(a, 0) - ln(1 + z), z = e^-|a| kept     so   da += dy·z/(1 + z) where a ≥ 0, else
 *     dy·(1 - z/(1 + z)) */

enum { LOGSIGMOID_SELF, LOGSIGMOID_BUFFER };

static bool logsigmoid_forward(struct op_call *call, struct error *err)
{
    if (!forward_needs_float(call, "log_sigmoid_cpu", err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *a = call->in[0].tensor;
    struct tensor *size = rule_unary(&steps, OP_ABS, a);
    struct tensor *z = rule_unary(&steps, OP_EXP, rule_unary(&steps, OP_NEG, size));
    const struct operand zero = operand_real(0);
    struct tensor *low = rule_binary(&steps, OP_CLAMP_HIGH, call->in[0], zero);
    struct tensor *y = rule_binary(&steps, OP_SUB, operand_tensor(low),
                                   operand_tensor(rule_unary(&steps, OP_LOG1P, z)));
    call->out[1] = z ? tensor_ref(z) : NULL;
    return forward_finish(call, &steps, y);
}

static struct tensor *logsigmoid_send(struct rule *rule, int edge, struct tensor *grad)
{
    (void)edge;
    struct tensor *a = rule_saved(rule, LOGSIGMOID_SELF);
    struct tensor *z =
        rule->engine->grad_enabled
            ? rule_unary(rule, OP_EXP, rule_unary(rule, OP_NEG, rule_unary(rule, OP_ABS, a)))
            : rule_saved(rule, LOGSIGMOID_BUFFER);
    struct tensor *share = rule_over(rule, z, rule_with(rule, OP_ADD, z, 1));
    struct tensor *slope =
        rule_where(rule, rule_with(rule, OP_LT, a, 0), operand_tensor(one_minus(rule, share)),
                   operand_tensor(share));
    return rule_times(rule, slope, grad);
}

SEND_RULES(logsigmoid)

const struct op op_row_logsigmoid = {
    .id = OP_LOGSIGMOID,
    .name = "logsigmoid",
    .symbol = "ln σ",
    .node = "LogSigmoidBackward0",
    .formula = "ln σ(a)",
    .derivatives = { "1 − σ(a)" },
    .provenance = PROVENANCE_MAP,
    .outputs = 2,
    .gradless = 1 << 1,
    .saves = { [LOGSIGMOID_SELF] = { .name = "self", .from = 0 },
               [LOGSIGMOID_BUFFER] = { .name = "buffer", .is_output = true, .from = 1 } },
    .forward = logsigmoid_forward,
    .backward = logsigmoid_backward,
    .local = logsigmoid_local,
};

/* ---- a gate ---------------------------------------------------------------------------------------- */

/* a, b the halves of x, y = a·σ(b)   so   da += σ(b)·dy,   db += (1 - σ(b))·σ(b)·dy·a */

static struct tensor *half_of(struct rule *rule, struct tensor *x, int64_t dim, int number)
{
    const struct operand in = operand_tensor(x);
    const int64_t size = x ? x->shape.size[dim] / 2 : 0;
    return rule_apply(rule,
                      &(struct op_use){ .op = OP_SLICE,
                                        .in = &in,
                                        .in_count = 1,
                                        .attrs = { .present = ATTR(DIM) | ATTR(START) | ATTR(END),
                                                   .dim = dim,
                                                   .start = number * size,
                                                   .end = (number + 1) * size } });
}

static bool glu_forward(struct op_call *call, struct error *err)
{
    struct tensor *x = call->in[0].tensor;
    const int64_t dim = call->attrs->dim;
    if (x->shape.dims == 0) {
        return error_set(err, "glu does not support 0-dimensional tensors");
    }
    if (x->shape.size[dim] % 2 != 0) {
        return error_set(
            err, "Halving dimension must be even, but dimension %" PRId64 " is size %" PRId64, dim,
            x->shape.size[dim]);
    }
    if (!forward_needs_float(call, "glu_cpu", err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *gate = rule_unary(&steps, OP_SIGMOID, half_of(&steps, x, dim, 1));
    return forward_finish(call, &steps, rule_times(&steps, half_of(&steps, x, dim, 0), gate));
}

static bool glu_backward(struct rule *rule)
{
    const int64_t dim = rule_attrs(rule)->dim;
    struct tensor *x = rule_saved(rule, 0), *grad = rule->grad[0];
    struct tensor *gate = rule_unary(rule, OP_SIGMOID, half_of(rule, x, dim, 1));
    struct tensor *first = rule_times(rule, gate, grad);
    struct tensor *second =
        rule_times(rule, rule_times(rule, one_minus(rule, gate), first), half_of(rule, x, dim, 0));
    const struct operand in[] = { operand_tensor(first), operand_tensor(second) };
    rule->result[0] = rule_apply(
        rule,
        &(struct op_use){
            .op = OP_CAT, .in = in, .in_count = 2, .attrs = { .present = ATTR(DIM), .dim = dim } });
    return rule_done(rule);
}

const struct op op_row_glu = {
    .id = OP_GLU,
    .name = "glu",
    .symbol = "GLU",
    .node = "GluBackward0",
    .formula = "a · σ(b), a and b the halves",
    .derivatives = { "(σ(b), a · σ(b) · (1 − σ(b)))" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .saves = { { .name = "self", .from = 0 } },
    .forward = glu_forward,
    .backward = glu_backward,
};
