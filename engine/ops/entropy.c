#include "engine/engine.h"
#include "engine/ops/loss.h"

/* Losses of probabilities. Operands: what the model says, what is true, and weights and positive
 * weights, which may be absent and get no gradient. */

enum { IN_SELF, IN_TARGET, IN_WEIGHT, IN_POS_WEIGHT };

#define ENTROPY_SAVES                                      \
    [IN_SELF] = { .name = "self", .from = IN_SELF },       \
    [IN_TARGET] = { .name = "target", .from = IN_TARGET }, \
    [IN_WEIGHT] = { .name = "weight", .from = IN_WEIGHT }

static struct tensor *optional(const struct op_call *call, int i)
{
    return i < call->in_count ? call->in[i].tensor : NULL;
}

static struct tensor *weighted(struct rule *rule, struct tensor *a, struct tensor *weight)
{
    return weight ? rule_times(rule, a, weight) : a;
}

/* n - a */
static struct tensor *less(struct rule *rule, double n, struct tensor *a)
{
    return rule_binary(rule, OP_RSUB, operand_tensor(a), operand_real(n));
}

static struct tensor *minus(struct rule *rule, struct tensor *a, struct tensor *b)
{
    return rule_binary(rule, OP_SUB, operand_tensor(a), operand_tensor(b));
}

/* max(a, -100): a logarithm of 0 would be infinite. */
static struct tensor *bounded(struct rule *rule, struct tensor *a)
{
    const struct operand in = operand_tensor(a);
    const struct op_attrs attrs = { .present = ATTR(MIN), .min = number_real(-100) };
    return rule_apply(rule,
                      &(struct op_use){ .op = OP_CLAMP, .in = &in, .in_count = 1, .attrs = attrs });
}

/* The losses, weighted and reduced. */
static struct tensor *finished(struct rule *steps, const struct op_call *call,
                               struct tensor *losses)
{
    return loss_reduced(steps, weighted(steps, losses, optional(call, IN_WEIGHT)), call->attrs);
}

/* ---- of probabilities ---------------------------------------------------------------------------- */

/* y = -Σ (t·ln p + (1 - t)·ln(1 - p))·w / n, logarithms at least -100
 *      so   dp += dy·(p - t)/max((1 - p)·p, 10⁻¹²)·w/n,   dt += dy·(ln(1 - p) - ln p)·w/n */

static bool check_probabilities(const struct op_call *call, struct error *err)
{
    const struct tensor *p = call->in[IN_SELF].tensor, *t = call->in[IN_TARGET].tensor;
    if (t->dtype != p->dtype) {
        return error_set(err, "Found dtype %s but expected %s", dtype_type_name(t->dtype),
                         dtype_type_name(p->dtype));
    }
    const struct tensor_spec spec = { DTYPE_BOOL, p->shape, tensor_backend(p) };
    struct tensor_spec one = spec;
    for (int d = 0; d < one.shape.dims; d++) {
        one.shape.size[d] = 1;
    }
    struct tensor *not_less = tensor_create(call->engine, &spec, err);
    struct tensor *not_more = not_less ? tensor_create(call->engine, &spec, err) : NULL;
    struct tensor *all = not_more ? tensor_create(call->engine, &one, err) : NULL;
    struct compute_map bound = { .function = MAP_GE,
                                 .dtype = p->dtype,
                                 .in = { call->in[IN_SELF], operand_real(0) } };
    struct number holds = number_bool(true);
    bool ok = all && compute_map(not_less, &bound, err);
    bound.function = MAP_LE;
    bound.in[1] = operand_real(1);
    ok = ok && compute_map(not_more, &bound, err) &&
         compute_map2(not_less, MAP_MUL, operand_tensor(not_less), operand_tensor(not_more), err) &&
         compute_reduce(all, &(struct compute_reduce){ .function = REDUCE_ALL, .in = not_less },
                        err) &&
         tensor_item(all, &holds, err);
    tensor_unref(all);
    tensor_unref(not_more);
    tensor_unref(not_less);
    return ok &&
           (holds.integer || error_set(err, "all elements of input should be between 0 and 1"));
}

static bool bce_forward(struct op_call *call, struct error *err)
{
    struct tensor *p = call->in[IN_SELF].tensor, *t = call->in[IN_TARGET].tensor;
    if (!check_probabilities(call, err)) {
        return false;
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *no =
        bounded(&steps, rule_unary(&steps, OP_LOG1P, rule_unary(&steps, OP_NEG, p)));
    struct tensor *yes = bounded(&steps, rule_unary(&steps, OP_LOG, p));
    struct tensor *first = rule_times(&steps, rule_with(&steps, OP_SUB, t, 1), no);
    struct tensor *losses = minus(&steps, first, rule_times(&steps, t, yes));
    return forward_finish(call, &steps, finished(&steps, call, losses));
}

static bool bce_backward(struct rule *rule)
{
    struct tensor *p = rule_saved(rule, IN_SELF), *t = rule_saved(rule, IN_TARGET);
    struct tensor *weight = rule_saved(rule, IN_WEIGHT), *grad = rule->grad[0];
    if (!p || !grad) {
        return rule_done(rule);
    }
    if (rule->needs[0]) {
        struct tensor *product = rule_times(rule, less(rule, 1, p), p);
        const struct operand in = operand_tensor(product);
        const struct op_attrs floor = { .present = ATTR(MIN), .min = number_real(1e-12) };
        struct tensor *safe = rule_apply(
            rule, &(struct op_use){ .op = OP_CLAMP, .in = &in, .in_count = 1, .attrs = floor });
        struct tensor *sent = rule_over(rule, rule_times(rule, grad, minus(rule, p, t)), safe);
        rule->result[0] = loss_share(rule, weighted(rule, sent, weight), p->count);
    }
    if (rule->needs[1]) {
        struct tensor *no = bounded(rule, rule_unary(rule, OP_LOG, less(rule, 1, p)));
        struct tensor *yes = bounded(rule, rule_unary(rule, OP_LOG, p));
        struct tensor *sent = rule_times(rule, minus(rule, no, yes), grad);
        rule->result[1] = loss_share(rule, weighted(rule, sent, weight), p->count);
    }
    return rule_done(rule);
}

const struct op op_row_binary_cross_entropy = {
    .id = OP_BINARY_CROSS_ENTROPY,
    .name = "binary_cross_entropy",
    .symbol = "BCE",
    .node = "BinaryCrossEntropyBackward0",
    .formula = "−Σ (b ln a + (1 − b) ln(1 − a)) / n",
    .derivatives = { "(a − b) / (1 − a) a n", "(ln(1 − a) − ln a) / n" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(REDUCTION),
    .outputs = 1,
    .edgeless = 1 << IN_WEIGHT,
    .saves = { ENTROPY_SAVES },
    .forward = bce_forward,
    .backward = bce_backward,
};

/* ---- of logits ----------------------------------------------------------------------------------- */

/* y = Σ ((1 - t)·x - l·ln σ(x))·w / n, l = 1 + (v - 1)·t with positive weights v, else 1
 *      so   dx += (σ(x) - t)·dy·w/n, or ((v·t + 1 - t)·σ(x) - v·t)·dy·w/n,
 *           dt += -x·dy·w/n, or (ln(1 - σ(x)) - v·ln σ(x))·dy·w/n */

/* min(x, 0) - ln(1 + e^-|x|) */
static struct tensor *log_sigmoid(struct rule *rule, struct tensor *x)
{
    struct tensor *power =
        rule_unary(rule, OP_EXP, rule_unary(rule, OP_NEG, rule_unary(rule, OP_ABS, x)));
    const struct operand in = operand_tensor(x);
    const struct op_attrs most = { .present = ATTR(MAX), .max = number_real(0) };
    struct tensor *below = rule_apply(
        rule, &(struct op_use){ .op = OP_CLAMP, .in = &in, .in_count = 1, .attrs = most });
    return minus(rule, below, rule_unary(rule, OP_LOG1P, power));
}

static bool logits_forward(struct op_call *call, struct error *err)
{
    struct tensor *x = call->in[IN_SELF].tensor, *t = call->in[IN_TARGET].tensor;
    struct tensor *pos_weight = optional(call, IN_POS_WEIGHT);
    if (!dtype_can_cast(x->dtype, t->dtype)) {
        return error_set(err, "result type %s can't be cast to the desired output type %s",
                         dtype_type_name(x->dtype), dtype_type_name(t->dtype));
    }
    struct rule steps = forward_begin(call, err);
    struct tensor *log = log_sigmoid(&steps, x);
    if (pos_weight) {
        struct tensor *more = rule_times(&steps, rule_with(&steps, OP_SUB, pos_weight, 1), t);
        log = rule_times(&steps, log, rule_with(&steps, OP_ADD, more, 1));
    }
    struct tensor *losses = minus(&steps, rule_times(&steps, less(&steps, 1, t), x), log);
    return forward_finish(call, &steps, finished(&steps, call, losses));
}

static struct tensor *logits_slope(struct rule *rule, struct tensor *x, struct tensor *t)
{
    struct tensor *pos_weight = rule_saved(rule, IN_POS_WEIGHT);
    struct tensor *sigmoid = rule_unary(rule, OP_SIGMOID, x);
    if (!pos_weight) {
        return minus(rule, sigmoid, t);
    }
    struct tensor *positive = rule_times(rule, pos_weight, t);
    struct tensor *both = minus(rule, rule_with(rule, OP_ADD, positive, 1), t);
    return minus(rule, rule_times(rule, both, sigmoid), positive);
}

static struct tensor *logits_target_slope(struct rule *rule, struct tensor *x)
{
    struct tensor *pos_weight = rule_saved(rule, IN_POS_WEIGHT);
    struct tensor *sigmoid = pos_weight ? rule_unary(rule, OP_SIGMOID, x) : NULL;
    if (!pos_weight) {
        return rule_unary(rule, OP_NEG, x);
    }
    struct tensor *no = rule_unary(rule, OP_LOG, less(rule, 1, sigmoid));
    return minus(rule, no, rule_times(rule, pos_weight, rule_unary(rule, OP_LOG, sigmoid)));
}

static bool logits_backward(struct rule *rule)
{
    struct tensor *x = rule_saved(rule, IN_SELF), *weight = rule_saved(rule, IN_WEIGHT);
    struct tensor *t = rule_saved(rule, IN_TARGET), *grad = rule->grad[0];
    for (int e = 0; x && grad && e < 2; e++) {
        if (rule->needs[e]) {
            struct tensor *slope = e == 0 ? logits_slope(rule, x, t) : logits_target_slope(rule, x);
            struct tensor *sent = weighted(rule, rule_times(rule, slope, grad), weight);
            rule->result[e] = loss_share(rule, sent, x->count);
        }
    }
    return rule_done(rule);
}

const struct op op_row_bce_with_logits = {
    .id = OP_BCE_WITH_LOGITS,
    .name = "binary_cross_entropy_with_logits",
    .symbol = "BCE σ",
    .node = "BinaryCrossEntropyWithLogitsBackward0",
    .formula = "Σ ((1 − b) a − ln σ(a)) / n",
    .derivatives = { "(σ(a) − b) / n", "−a / n" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(REDUCTION),
    .outputs = 1,
    .edgeless = 1 << IN_WEIGHT | 1 << IN_POS_WEIGHT,
    .saves = { ENTROPY_SAVES, [IN_POS_WEIGHT] = { .name = "pos_weight", .from = IN_POS_WEIGHT } },
    .forward = logits_forward,
    .backward = logits_backward,
};

/* ---- a ln b -------------------------------------------------------------------------------------- */

/* y = a·ln b, 0 where a is 0     so   da += dy·ln b, nothing where a is 0 and b ≤ 0;  db += dy·a/b */

enum { XLOGY_SELF, XLOGY_OTHER };

static bool xlogy_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor, *b = call->in[1].tensor;
    struct rule steps = forward_begin(call, err);
    struct tensor *is_zero = rule_with(&steps, OP_EQ, a, 0);
    struct tensor *is_number = rule_binary(&steps, OP_EQ, call->in[1], call->in[1]);
    struct tensor *product = rule_times(&steps, a, rule_unary(&steps, OP_LOG, b));
    struct tensor *result = rule_where(&steps, rule_times(&steps, is_zero, is_number),
                                       operand_real(0), operand_tensor(product));
    return forward_finish(call, &steps, result);
}

static bool xlogy_backward(struct rule *rule)
{
    struct tensor *a = rule_saved(rule, XLOGY_SELF), *b = rule_saved(rule, XLOGY_OTHER);
    struct tensor *grad = rule->grad[0];
    if (rule->needs[0]) {
        struct tensor *nothing =
            rule_times(rule, rule_with(rule, OP_EQ, a, 0), rule_with(rule, OP_LE, b, 0));
        struct tensor *safe = rule_where(rule, nothing, operand_real(1), operand_tensor(b));
        rule->result[0] = rule_times(rule, grad, rule_unary(rule, OP_LOG, safe));
    }
    if (rule->needs[1]) {
        rule->result[1] = rule_over(rule, rule_times(rule, grad, a), b);
    }
    return rule_done(rule);
}

const struct op op_row_xlogy = {
    .id = OP_XLOGY,
    .name = "xlogy",
    .symbol = "x ln y",
    .node = "XlogyBackward0",
    .formula = "a ln b",
    .derivatives = { "ln b", "a / b" },
    .provenance = PROVENANCE_MAP,
    .outputs = 1,
    .saves = { [XLOGY_SELF] = { .name = "self", .from = 0 },
               [XLOGY_OTHER] = { .name = "other", .from = 1 } },
    .forward = xlogy_forward,
    .backward = xlogy_backward,
};
