#include "engine/ops/loss.h"

/* ---- what losses share --------------------------------------------------------------------------- */

int64_t loss_reduction(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(REDUCTION) ? attrs->reduction : REDUCTION_MEAN;
}

bool loss_reduce(struct op_call *call, struct tensor *losses, struct error *err)
{
    const int64_t how = loss_reduction(call->attrs);
    if (how == REDUCTION_NONE) {
        call->out[0] = tensor_ref(losses);
        return true;
    }
    const struct operand in = operand_tensor(losses);
    const struct op_attrs whole = { .present = 0 };
    const struct forward_reduce reduce = { .function = REDUCE_SUM, .dtype = losses->dtype };
    struct op_call sum = *call;
    sum.in = &in;
    sum.in_count = 1;
    sum.attrs = &whole;
    return forward_reduce(&sum, &reduce, err) &&
           (how == REDUCTION_SUM ||
            compute_map2(call->out[0], MAP_DIV, operand_tensor(call->out[0]),
                         operand_real((double)losses->count), err));
}

struct tensor *loss_reduced(struct rule *rule, struct tensor *losses, const struct op_attrs *attrs)
{
    const int64_t how = loss_reduction(attrs);
    return how == REDUCTION_NONE
               ? losses
               : rule_unary(rule, how == REDUCTION_MEAN ? OP_MEAN : OP_SUM, losses);
}

struct tensor *loss_share(struct rule *rule, struct tensor *grad, int64_t count)
{
    return loss_reduction(rule_attrs(rule)) == REDUCTION_MEAN
               ? rule_with(rule, OP_DIV, grad, (double)count)
               : grad;
}

bool loss_same_dtype(struct rule *rule, const struct tensor *self, const struct tensor *other)
{
    const struct tensor *all[] = { other, rule->grad[0] };
    for (int i = 0; self && i < 2; i++) {
        if (all[i] && all[i]->dtype != self->dtype) {
            rule->failed = true;
            return error_set(rule->err, "Found dtype %s but expected %s",
                             dtype_type_name(all[i]->dtype), dtype_type_name(self->dtype));
        }
    }
    return true;
}

/* The operands of a loss that compares, and the tensor that takes its losses: a reference. */
static struct tensor *compared(const struct op_call *call, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    spec.dtype = dtype_result(call->in, 2, spec.dtype);
    struct tensor *losses =
        shape_broadcast(&call->in[0].tensor->shape, &call->in[1].tensor->shape, &spec.shape, err)
            ? tensor_create(call->engine, &spec, err)
            : NULL;
    if (losses) {
        tensor_lie_as(losses, call->in, 2);
    }
    return losses;
}

enum { COMPARED_SELF, COMPARED_TARGET };

#define COMPARED_SAVES                                                         \
    {                                                                          \
        [COMPARED_SELF] = { .name = "self", .from = 0 }, [COMPARED_TARGET] = { \
            .name = "target",                                                  \
            .from = 1                                                          \
        }                                                                      \
    }

/* What a slope by a sends to both operands: slope·dy, and the same with the other sign. */
typedef struct tensor *slope_function(struct rule *rule);

static bool send_slope(struct rule *rule, slope_function *slope)
{
    if (!loss_same_dtype(rule, rule_saved(rule, COMPARED_SELF),
                         rule_saved(rule, COMPARED_TARGET))) {
        return false;
    }
    struct tensor *grad = rule_mul(rule, slope(rule), operand_tensor(rule->grad[0]));
    rule->result[0] = grad;
    if (rule->needs[1]) {
        rule->result[1] = rule_unary(rule, OP_NEG, grad);
    }
    return rule_done(rule);
}

static bool local_slope(struct rule *rule, int edge, slope_function *slope, struct operand *out)
{
    struct tensor *local = slope(rule);
    return local_tensor(rule, edge == 0 ? local : rule_unary(rule, OP_NEG, local), out);
}

static struct tensor *difference(struct rule *rule)
{
    return rule_binary(rule, OP_SUB, rule_operand(rule, COMPARED_SELF),
                       rule_operand(rule, COMPARED_TARGET));
}

/* The factor that the reduction brings, times a slope. */
static struct tensor *normed(struct rule *rule, struct tensor *slope)
{
    const bool mean = loss_reduction(rule_attrs(rule)) == REDUCTION_MEAN;
    return slope && mean ? rule_mul(rule, slope, operand_real(1.0 / (double)slope->count)) : slope;
}

/* ---- mean squared error ---------------------------------------------------------------------------- */

/* y = Σ (a - b)² / n     so   da += ((2/n)·(a - b))·dy,   db += -da
 * (reduction sum: without n; none: neither n nor Σ) */

static bool mse_forward(struct op_call *call, struct error *err)
{
    struct tensor *squares = compared(call, err);
    const struct compute_map square = { .function = MAP_SQUARE,
                                        .dtype = squares ? squares->dtype : DTYPE_FLOAT32,
                                        .in = { operand_tensor(squares) } };
    const bool ok = squares && compute_map2(squares, MAP_SUB, call->in[0], call->in[1], err) &&
                    compute_map(squares, &square, err) && loss_reduce(call, squares, err);
    tensor_unref(squares);
    return ok;
}

/* (2/n)·(a - b), n as the reduction says */
static struct tensor *mse_slope(struct rule *rule)
{
    struct tensor *apart = difference(rule);
    const bool mean = loss_reduction(rule_attrs(rule)) == REDUCTION_MEAN;
    return apart ? rule_mul(rule, apart, operand_real(mean ? 2.0 / (double)apart->count : 2.0))
                 : NULL;
}

static bool mse_backward(struct rule *rule)
{
    return send_slope(rule, mse_slope);
}

static bool mse_local(struct rule *rule, int edge, struct operand *out)
{
    return local_slope(rule, edge, mse_slope, out);
}

const struct op op_row_mse_loss = {
    .id = OP_MSE_LOSS,
    .name = "mse_loss",
    .symbol = "MSE",
    .node = "MseLossBackward0",
    .formula = "Σ (a − b)² / n",
    .derivatives = { "2 (a − b) / n", "−2 (a − b) / n" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(REDUCTION),
    .outputs = 1,
    .saves = COMPARED_SAVES,
    .forward = mse_forward,
    .backward = mse_backward,
    .local = mse_local,
};

/* ---- square near, straight far --------------------------------------------------------------------- */

/* z where `near`, else `far`: both numbers of the loss's own dtype. */
static struct tensor *bent(struct rule *rule, struct tensor *near, struct tensor *z,
                           struct tensor *far)
{
    return rule_where(rule, near, operand_tensor(z), operand_tensor(far));
}

/* The forward of both: the losses of z = |a - b|, reduced. */
static bool bent_forward(struct op_call *call,
                         struct tensor *(*losses)(struct rule *, struct tensor *,
                                                  const struct op_attrs *),
                         struct error *err)
{
    struct rule steps = forward_begin(call, err);
    struct tensor *z =
        rule_unary(&steps, OP_ABS, rule_binary(&steps, OP_SUB, call->in[0], call->in[1]));
    struct tensor *each = losses(&steps, z, call->attrs);
    return forward_finish(call, &steps, loss_reduced(&steps, each, call->attrs));
}

/* y = z < β ? ½·z²/β : z - ½·β, z = |a - b|      so   da += (a - b)/β near, sign(a - b) far, ·dy/n */

static double beta_of(const struct op_attrs *attrs)
{
    return number_as_real(attr_beta(attrs));
}

static struct tensor *smooth_l1_losses(struct rule *rule, struct tensor *z,
                                       const struct op_attrs *attrs)
{
    const double beta = beta_of(attrs);
    struct tensor *near = rule_with(rule, OP_LT, z, beta);
    struct tensor *square = rule_times(rule, rule_with(rule, OP_MUL, z, 0.5), z);
    return bent(rule, near, rule_with(rule, OP_DIV, square, beta),
                rule_with(rule, OP_SUB, z, 0.5 * beta));
}

static bool smooth_l1_forward(struct op_call *call, struct error *err)
{
    return bent_forward(call, smooth_l1_losses, err);
}

static struct tensor *smooth_l1_slope(struct rule *rule)
{
    const double beta = beta_of(rule_attrs(rule));
    struct tensor *x = difference(rule);
    struct tensor *near = rule_with(rule, OP_LT, rule_unary(rule, OP_ABS, x), beta);
    return normed(rule,
                  bent(rule, near, rule_with(rule, OP_DIV, x, beta), rule_unary(rule, OP_SIGN, x)));
}

static bool smooth_l1_backward(struct rule *rule)
{
    return send_slope(rule, smooth_l1_slope);
}

static bool smooth_l1_local(struct rule *rule, int edge, struct operand *out)
{
    return local_slope(rule, edge, smooth_l1_slope, out);
}

const struct op op_row_smooth_l1_loss = {
    .id = OP_SMOOTH_L1_LOSS,
    .name = "smooth_l1_loss",
    .symbol = "smooth L1",
    .node = "SmoothL1LossBackward0",
    .formula = "Σ (z < β ? z² / 2β : z − β/2) / n, z = |a − b|",
    .derivatives = { "z < β ? (a − b) / βn : ±1 / n", "−(z < β ? (a − b) / βn : ±1 / n)" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(REDUCTION) | ATTR(BETA),
    .outputs = 1,
    .saves = COMPARED_SAVES,
    .forward = smooth_l1_forward,
    .backward = smooth_l1_backward,
    .local = smooth_l1_local,
};

/* y = z ≤ δ ? ½·z² : δ·(z - ½·δ), z = |a - b|    so   da += (a - b) near, δ·sign(a - b) far, ·dy/n */

static struct tensor *huber_losses(struct rule *rule, struct tensor *z,
                                   const struct op_attrs *attrs)
{
    const double delta = beta_of(attrs);
    struct tensor *near = rule_with(rule, OP_LE, z, delta);
    struct tensor *square = rule_times(rule, rule_with(rule, OP_MUL, z, 0.5), z);
    struct tensor *line = rule_with(rule, OP_MUL, rule_with(rule, OP_SUB, z, 0.5 * delta), delta);
    return bent(rule, near, square, line);
}

static bool huber_forward(struct op_call *call, struct error *err)
{
    return bent_forward(call, huber_losses, err);
}

static struct tensor *huber_slope(struct rule *rule)
{
    const double delta = beta_of(rule_attrs(rule));
    struct tensor *x = difference(rule);
    struct tensor *near = rule_with(rule, OP_LE, rule_unary(rule, OP_ABS, x), delta);
    struct tensor *far = rule_with(rule, OP_MUL, rule_unary(rule, OP_SIGN, x), delta);
    return normed(rule, bent(rule, near, x, far));
}

static bool huber_backward(struct rule *rule)
{
    return send_slope(rule, huber_slope);
}

static bool huber_local(struct rule *rule, int edge, struct operand *out)
{
    return local_slope(rule, edge, huber_slope, out);
}

const struct op op_row_huber_loss = {
    .id = OP_HUBER_LOSS,
    .name = "huber_loss",
    .symbol = "Huber",
    .node = "HuberLossBackward0",
    .formula = "Σ (z ≤ δ ? z² / 2 : δ (z − δ/2)) / n, z = |a − b|",
    .derivatives = { "z ≤ δ ? (a − b) / n : ±δ / n", "−(z ≤ δ ? (a − b) / n : ±δ / n)" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(REDUCTION) | ATTR(BETA),
    .aliases = { { ATTR_INDEX_BETA, "delta" } },
    .outputs = 1,
    .saves = COMPARED_SAVES,
    .forward = huber_forward,
    .backward = huber_backward,
    .local = huber_local,
};
