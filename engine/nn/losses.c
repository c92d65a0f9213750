#include "engine/nn/losses.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "engine/nn/nn.h"
#include "engine/ops/rows.h"

/* ---- the words these are written in ------------------------------------------------------------- */

static struct rule begin(struct engine *engine, struct error *err)
{
    return (struct rule){ .engine = engine, .err = err };
}

/* A reference to the result, or NULL. */
static struct tensor *finish(struct rule *steps, struct tensor *result)
{
    struct tensor *kept = rule_done(steps) && result ? tensor_ref(result) : NULL;
    rule_clear(steps);
    free(steps->owned);
    return kept;
}

static struct tensor *apply(struct rule *steps, enum op_id op, struct tensor *a,
                            const struct op_attrs *attrs)
{
    const struct operand in = operand_tensor(a);
    return rule_apply(steps,
                      &(struct op_use){ .op = op, .in = &in, .in_count = 1, .attrs = *attrs });
}

static struct tensor *plus(struct rule *steps, struct tensor *a, struct tensor *b)
{
    return rule_binary(steps, OP_ADD, operand_tensor(a), operand_tensor(b));
}

static struct tensor *minus(struct rule *steps, struct tensor *a, struct tensor *b)
{
    return rule_binary(steps, OP_SUB, operand_tensor(a), operand_tensor(b));
}

static struct tensor *negative(struct rule *steps, struct tensor *a)
{
    return rule_unary(steps, OP_NEG, a);
}

static struct tensor *at_least(struct rule *steps, struct tensor *a, double low)
{
    return apply(steps, OP_CLAMP_MIN, a,
                 &(struct op_attrs){ .present = ATTR(MIN), .min = number_real(low) });
}

static struct tensor *sum_along(struct rule *steps, struct tensor *a, int64_t dim)
{
    return rule_sum(steps, a, &(struct shape){ 1, { dim } }, false);
}

/* The norm along a dimension. */
static struct tensor *norm_along(struct rule *steps, struct tensor *a, int64_t dim, struct number p,
                                 bool keepdim)
{
    return apply(steps, OP_NORM, a,
                 &(struct op_attrs){ .present = ATTR(ORD) | ATTR(DIMS) | ATTR(KEEPDIM),
                                     .ord = p,
                                     .dims = { 1, { dim } },
                                     .keepdim = keepdim });
}

static struct tensor *reduced(struct rule *steps, struct tensor *losses, int64_t how)
{
    return how == LOSS_NONE ? losses
                            : rule_unary(steps, how == LOSS_MEAN ? OP_MEAN : OP_SUM, losses);
}

/* ---- distances ------------------------------------------------------------------------------------ */

struct tensor *nn_l1_loss(struct engine *engine, struct tensor *a, struct tensor *b,
                          int64_t reduction, struct error *err)
{
    struct rule steps = begin(engine, err);
    struct tensor *apart = rule_unary(&steps, OP_ABS, minus(&steps, a, b));
    return finish(&steps, reduced(&steps, apart, reduction));
}

/* a / max(‖a‖, eps): the bound is no part of the gradient. */
static struct tensor *unit(struct rule *steps, struct tensor *a, int64_t dim, double eps)
{
    struct tensor *norm =
        rule_unary(steps, OP_CLONE, norm_along(steps, a, dim, number_integer(2), true));
    if (!norm) {
        return NULL;
    }
    const bool tracked = steps->engine->grad_enabled;
    const struct operand in = operand_tensor(norm);
    steps->engine->grad_enabled = false;
    rule_apply(steps, &(struct op_use){ .op = OP_CLAMP_MIN,
                                        .in = &in,
                                        .in_count = 1,
                                        .attrs = { .present = ATTR(MIN), .min = number_real(eps) },
                                        .in_place = true });
    steps->engine->grad_enabled = tracked;
    return rule_over(steps, a, norm);
}

struct tensor *nn_cosine_similarity(struct engine *engine, struct tensor *a, struct tensor *b,
                                    int64_t dim, double eps, struct error *err)
{
    struct shape shape;
    int at;
    if (!shape_broadcast(&a->shape, &b->shape, &shape, err) ||
        !shape_dim(shape.dims, dim, &at, err)) {
        return NULL;
    }
    struct rule steps = begin(engine, err);
    if (!shape_equal(&a->shape, &b->shape)) { /* PyTorch expands both then */
        a = rule_expand(&steps, a, &shape);
        b = rule_expand(&steps, b, &shape);
    }
    struct tensor *first = unit(&steps, a, at, eps), *second = unit(&steps, b, at, eps);
    return finish(&steps, sum_along(&steps, rule_times(&steps, first, second), at));
}

static struct tensor *pairwise(struct rule *steps, struct tensor *a, struct tensor *b,
                               const struct nn_loss *loss, bool keepdim)
{
    struct tensor *apart = rule_with(steps, OP_ADD, minus(steps, a, b), loss->eps);
    const int last = apart ? apart->shape.dims - 1 : 0;
    return norm_along(steps, apart, last, number_real(loss->p), keepdim);
}

struct tensor *nn_pairwise_distance(struct engine *engine, struct tensor *a, struct tensor *b,
                                    const struct nn_loss *loss, bool keepdim, struct error *err)
{
    struct rule steps = begin(engine, err);
    return finish(&steps, pairwise(&steps, a, b, loss, keepdim));
}

/* ---- losses of classes --------------------------------------------------------------------------- */

static int class_dim(const struct tensor *scores)
{
    return scores->shape.dims == 1 ? 0 : 1;
}

static struct tensor *nll(struct rule *steps, struct tensor *logs, struct tensor *target,
                          const struct nn_loss *loss)
{
    const struct operand in[] = { operand_tensor(logs), operand_tensor(target),
                                  operand_tensor(loss->weight) };
    struct op_use use = {
        .op = logs->shape.dims > 2 ? OP_NLL_LOSS_2D : OP_NLL_LOSS,
        .in = in,
        .in_count = loss->weight ? 3 : 2,
        .attrs = { .present = ATTR(REDUCTION) | ATTR(IGNORE_INDEX),
                   .reduction = loss->reduction,
                   .ignore_index = loss->ignore_index },
    };
    return rule_apply(steps, &use);
}

static bool check_target(const struct tensor *logs, const struct tensor *target,
                         struct shape *places, struct error *err)
{
    *places = logs->shape;
    for (int d = 1; d + 1 < logs->shape.dims; d++) {
        places->size[d] = logs->shape.size[d + 1];
    }
    places->dims--;
    if (target->shape.dims > 0 && target->shape.size[0] != logs->shape.size[0]) {
        return error_set_kind(err, ERROR_VALUE,
                              "Expected input batch_size (%" PRId64
                              ") to match target batch_size (%" PRId64 ").",
                              logs->shape.size[0], target->shape.size[0]);
    }
    if (!shape_equal(places, &target->shape)) {
        struct text wanted = { 0 }, got = { 0 };
        shape_append(&wanted, places);
        shape_append(&got, &target->shape);
        error_set(err, "Expected target size %s, got %s", text_string(&wanted), text_string(&got));
        text_finish(&wanted);
        text_finish(&got);
        return false;
    }
    return true;
}

/* PyTorch knows images [n, classes, h, w]: whatever else there is becomes one of height 1. */
static struct tensor *nll_of_image(struct rule *steps, struct tensor *logs, struct tensor *target,
                                   const struct nn_loss *loss)
{
    struct shape places;
    if (!check_target(logs, target, &places, steps->err)) {
        steps->failed = true;
        return NULL;
    }
    const int64_t n = logs->shape.size[0], classes = logs->shape.size[1];
    const int64_t width = n > 0 ? target->count / n : 0;
    struct tensor *dense = tensor_is_contiguous(logs) ? logs : rule_unary(steps, OP_CLONE, logs);
    struct tensor *image =
        rule_reshape(steps, dense, &(struct shape){ 4, { n, classes, 1, width } });
    struct tensor *row = rule_reshape(steps, target, &(struct shape){ 3, { n, 1, width } });
    struct tensor *losses = image && row ? nll(steps, image, row, loss) : NULL;
    return loss->reduction == LOSS_NONE ? rule_reshape(steps, losses, &places) : losses;
}

static struct tensor *nll_of_any(struct rule *steps, struct tensor *logs, struct tensor *target,
                                 const struct nn_loss *loss)
{
    if (!logs) {
        return NULL;
    }
    const int dims = logs->shape.dims;
    return dims == 3 || dims > 4 ? nll_of_image(steps, logs, target, loss)
                                 : nll(steps, logs, target, loss);
}

struct tensor *nn_nll_loss(struct engine *engine, struct tensor *logs, struct tensor *target,
                           const struct nn_loss *loss, struct error *err)
{
    struct rule steps = begin(engine, err);
    return finish(&steps, nll_of_any(&steps, logs, target, loss));
}

/* The weights of the classes, shaped so that they stand along the dimension of the classes. */
static struct tensor *along_classes(struct rule *steps, struct tensor *weight,
                                    const struct tensor *scores)
{
    struct shape shape = { .dims = scores->shape.dims };
    if (shape.dims == 1) {
        return weight;
    }
    for (int d = 0; d < shape.dims; d++) {
        shape.size[d] = d == 1 ? weight->count : 1;
    }
    return rule_reshape(steps, weight, &shape);
}

static struct tensor *scaled(struct rule *steps, enum op_id op, struct tensor *a, double factor)
{
    return rule_with(steps, op, a, factor);
}

static bool check_probabilities(const struct tensor *scores, const struct tensor *target,
                                const struct nn_loss *loss, struct error *err)
{
    if (!dtype_is_float(target->dtype)) {
        return error_set(err,
                         "Expected floating point type for target with class probabilities, got "
                         "%s",
                         dtype_type_name(target->dtype));
    }
    if (loss->ignore_index >= 0) {
        return error_set(err, "ignore_index is not supported for floating point target");
    }
    const int64_t classes = scores->shape.size[class_dim(scores)];
    if (loss->weight && (loss->weight->shape.dims != 1 || loss->weight->count != classes)) {
        struct text shape = { 0 };
        shape_append(&shape, &loss->weight->shape);
        error_set(err,
                  "cross_entropy: weight tensor should be defined either for all %" PRId64
                  " classes or no classes but got weight tensor of shape: %s",
                  classes, text_string(&shape));
        text_finish(&shape);
        return false;
    }
    return true;
}

/* y = -Σ t·ln p·w, for the mean divided by the number of rows; t smoothed towards 1/classes */
static struct tensor *of_probabilities(struct rule *steps, struct tensor *scores,
                                       struct tensor *logs, struct tensor *target,
                                       const struct nn_loss *loss)
{
    const int dim = class_dim(scores);
    const int64_t classes = scores->shape.size[dim];
    if (loss->smoothing > 0) {
        target = rule_with(steps, OP_ADD, scaled(steps, OP_MUL_SCALAR, target, 1 - loss->smoothing),
                           loss->smoothing / (double)classes);
    }
    struct tensor *each = rule_times(steps, logs, target);
    if (loss->weight) {
        each = rule_times(steps, each, along_classes(steps, loss->weight, scores));
    }
    if (loss->reduction == LOSS_NONE) {
        return negative(steps, sum_along(steps, each, dim));
    }
    struct tensor *sum = negative(steps, rule_unary(steps, OP_SUM, each));
    if (loss->reduction == LOSS_SUM) {
        return sum;
    }
    const int64_t rows = classes > 0 ? scores->count / classes : 0;
    return rule_binary(steps, OP_DIV_SCALAR, operand_tensor(sum),
                       operand_number(number_integer(rows)));
}

/* What the counted losses are divided by for their mean: their number, or their weights. */
static struct tensor *counted_weight(struct rule *steps, struct tensor *target,
                                     struct tensor *ignored, const struct nn_loss *loss)
{
    struct tensor *counted = rule_with(steps, OP_EQ, ignored, 0);
    if (!loss->weight) {
        return rule_unary(steps, OP_SUM, counted);
    }
    struct tensor *index =
        rule_where(steps, ignored, operand_number(number_integer(0)), operand_tensor(target));
    const struct shape flat = { 1, { target->count } };
    struct tensor *weights = rule_pick(steps, loss->weight, rule_reshape(steps, index, &flat), 0);
    return rule_unary(steps, OP_SUM,
                      rule_times(steps, weights, rule_reshape(steps, counted, &flat)));
}

/* (1 - s)·nll + s/classes·Σ -ln p */
static struct tensor *smoothed(struct rule *steps, struct tensor *logs, struct tensor *target,
                               const struct nn_loss *loss)
{
    const int dim = class_dim(logs);
    struct tensor *hard = nll_of_any(steps, logs, target, loss);
    struct tensor *each = logs;
    if (loss->weight) {
        each = rule_times(steps, logs, along_classes(steps, loss->weight, logs));
    }
    struct tensor *soft = negative(steps, sum_along(steps, each, dim));
    struct tensor *ignored = rule_binary(steps, OP_EQ, operand_tensor(target),
                                         operand_number(number_integer(loss->ignore_index)));
    const struct operand kept[] = { operand_tensor(soft), operand_tensor(ignored),
                                    operand_real(0) };
    soft = rule_apply(steps, &(struct op_use){ .op = OP_MASKED_FILL, .in = kept, .in_count = 3 });
    if (loss->reduction != LOSS_NONE) {
        soft = rule_unary(steps, OP_SUM, soft);
    }
    if (loss->reduction == LOSS_MEAN) {
        soft = rule_over(steps, soft, counted_weight(steps, target, ignored, loss));
    }
    const double share = loss->smoothing / (double)logs->shape.size[dim];
    return plus(steps, scaled(steps, OP_MUL_SCALAR, hard, 1 - loss->smoothing),
                scaled(steps, OP_MUL_SCALAR, soft, share));
}

struct tensor *nn_cross_entropy(struct engine *engine, struct tensor *scores, struct tensor *target,
                                const struct nn_loss *loss, struct error *err)
{
    const bool soft = shape_equal(&scores->shape, &target->shape) && scores->shape.dims > 0;
    if (soft && !check_probabilities(scores, target, loss, err)) {
        return NULL;
    }
    if (loss->smoothing < 0 || loss->smoothing > 1) {
        struct text got = { 0 };
        text_append_number(&got, loss->smoothing);
        error_set(err, "label_smoothing must be between 0.0 and 1.0. Got: %s", text_string(&got));
        text_finish(&got);
        return NULL;
    }
    struct rule steps = begin(engine, err);
    struct tensor *logs =
        apply(&steps, OP_LOG_SOFTMAX, scores,
              &(struct op_attrs){ .present = ATTR(DIM), .dim = scores->shape.dims > 1 ? 1 : 0 });
    struct tensor *result = NULL;
    if (logs && soft) {
        result = of_probabilities(&steps, scores, logs, target, loss);
    } else if (logs && loss->smoothing > 0) {
        result = smoothed(&steps, logs, target, loss);
    } else if (logs) {
        result = nll_of_any(&steps, logs, target, loss);
    }
    return finish(&steps, result);
}

struct tensor *nn_kl_div(struct engine *engine, struct tensor *a, struct tensor *target,
                         const struct nn_loss *loss, struct error *err)
{
    struct rule steps = begin(engine, err);
    struct tensor *each;
    if (loss->log_target) {
        each = rule_times(&steps, rule_unary(&steps, OP_EXP, target), minus(&steps, target, a));
    } else {
        const struct operand own = operand_tensor(target);
        struct tensor *entropy = rule_binary(&steps, OP_XLOGY, own, own);
        each = minus(&steps, entropy, rule_times(&steps, target, a));
    }
    return finish(&steps, reduced(&steps, each, loss->reduction));
}

/* ---- losses of pairs ------------------------------------------------------------------------------- */

/* `yes` where target is `which`, else 0 */
static struct tensor *only_where(struct rule *steps, enum op_id test, struct tensor *target,
                                 double which, struct tensor *yes)
{
    struct tensor *zeros = rule_zeros(steps, yes, yes ? &yes->shape : NULL);
    return rule_where(steps, rule_with(steps, test, target, which), operand_tensor(yes),
                      operand_tensor(zeros));
}

static bool check_pairs(struct tensor *const *in, struct error *err)
{
    const int dims = in[2]->shape.dims;
    if (dims > 1) {
        return error_set(err, "0D or 1D target tensor expected, multi-target not supported");
    }
    if (in[0]->shape.dims == dims + 1 && in[1]->shape.dims == dims + 1) {
        return true;
    }
    struct text a = { 0 }, b = { 0 };
    shape_append(&a, &in[0]->shape);
    shape_append(&b, &in[1]->shape);
    error_set(err,
              "%dD target tensor expects %dD input tensors, but found inputs with sizes %s and %s.",
              dims, dims + 1, text_string(&a), text_string(&b));
    text_finish(&a);
    text_finish(&b);
    return false;
}

struct tensor *nn_cosine_embedding_loss(struct engine *engine, struct tensor *const *in,
                                        const struct nn_loss *loss, struct error *err)
{
    if (!check_pairs(in, err)) {
        return NULL;
    }
    struct rule steps = begin(engine, err);
    struct tensor *a = in[0], *b = in[1];
    const int dim = in[2]->shape.dims; /* the one beyond those of the target */
    const double tiny = 1e-12;
    struct tensor *product = sum_along(&steps, rule_times(&steps, a, b), dim);
    struct tensor *size_a =
        rule_with(&steps, OP_ADD, sum_along(&steps, rule_times(&steps, a, a), dim), tiny);
    struct tensor *size_b =
        rule_with(&steps, OP_ADD, sum_along(&steps, rule_times(&steps, b, b), dim), tiny);
    struct tensor *sizes = rule_unary(&steps, OP_SQRT, rule_times(&steps, size_a, size_b));
    struct tensor *cosine = rule_over(&steps, product, sizes);
    struct tensor *apart = rule_binary(&steps, OP_RSUB, operand_tensor(cosine), operand_real(1));
    struct tensor *near = at_least(&steps, rule_with(&steps, OP_SUB, cosine, loss->margin), 0);
    struct tensor *each = plus(&steps, only_where(&steps, OP_EQ, in[2], 1, apart),
                               only_where(&steps, OP_EQ, in[2], -1, near));
    return finish(&steps, reduced(&steps, each, loss->reduction));
}

struct tensor *nn_margin_ranking_loss(struct engine *engine, struct tensor *const *in,
                                      const struct nn_loss *loss, struct error *err)
{
    struct rule steps = begin(engine, err);
    struct tensor *apart = rule_times(&steps, negative(&steps, in[2]), minus(&steps, in[0], in[1]));
    struct tensor *each = at_least(&steps, rule_with(&steps, OP_ADD, apart, loss->margin), 0);
    return finish(&steps, reduced(&steps, each, loss->reduction));
}

struct tensor *nn_hinge_embedding_loss(struct engine *engine, struct tensor *const *in,
                                       const struct nn_loss *loss, struct error *err)
{
    struct rule steps = begin(engine, err);
    struct tensor *room =
        rule_binary(&steps, OP_RSUB, operand_tensor(in[0]), operand_real(loss->margin));
    struct tensor *far = only_where(&steps, OP_NE, in[1], 1, at_least(&steps, room, 0));
    struct tensor *near = only_where(&steps, OP_NE, in[1], -1, in[0]);
    return finish(&steps, reduced(&steps, plus(&steps, far, near), loss->reduction));
}

struct tensor *nn_triplet_margin_loss(struct engine *engine, struct tensor *const *in,
                                      const struct nn_loss *loss, struct error *err)
{
    struct rule steps = begin(engine, err);
    struct tensor *near = pairwise(&steps, in[0], in[1], loss, false);
    struct tensor *far = pairwise(&steps, in[0], in[2], loss, false);
    if (loss->swap) {
        struct tensor *other = pairwise(&steps, in[1], in[2], loss, false);
        far = rule_binary(&steps, OP_MINIMUM, operand_tensor(far), operand_tensor(other));
    }
    struct tensor *room = minus(&steps, rule_with(&steps, OP_ADD, near, loss->margin), far);
    return finish(&steps, reduced(&steps, at_least(&steps, room, 0), loss->reduction));
}

struct tensor *nn_soft_margin_loss(struct engine *engine, struct tensor *const *in,
                                   const struct nn_loss *loss, struct error *err)
{
    struct rule steps = begin(engine, err);
    struct tensor *power =
        rule_unary(&steps, OP_EXP, rule_times(&steps, negative(&steps, in[1]), in[0]));
    return finish(&steps, reduced(&steps, rule_unary(&steps, OP_LOG1P, power), loss->reduction));
}
