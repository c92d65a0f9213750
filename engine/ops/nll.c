#include <inttypes.h>

#include "engine/engine.h"
#include "engine/ops/rows.h"

/* y = Σ -a[t]·w[t] / Σ w[t]       t the class of each row, w a weight for each class (1 where absent)
 * (reduction sum: without the division; none: neither it nor Σ; rows whose t is `ignore_index` do not
 * count). So da[t] += -w[t]·dy / Σ w[t]: a row of its own, and linear in dy with y as its way back. */

enum { REDUCTION_NONE, REDUCTION_MEAN, REDUCTION_SUM };

/* Operands of both rows: what is read or spread, the classes, and the weights, which may be absent.
 * The way back is given the total weight between them. */
enum { IN_TARGET = 1, IN_WEIGHT = 2, IN_TOTAL = 2, IN_BACK_WEIGHT = 3 };

static int64_t reduction(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(REDUCTION) ? attrs->reduction : REDUCTION_MEAN;
}

/* What the computation needs of the classes, shaped [n, 1, ...] like a column of the scores. */
struct classes {
    struct tensor *index; /* the class; 0 where ignored */
    struct tensor *share; /* its weight; 0 where ignored */
    struct tensor *kept;  /* false where ignored; NULL: nothing is */
};

static void classes_end(struct classes *classes)
{
    tensor_unref(classes->index);
    tensor_unref(classes->share);
    tensor_unref(classes->kept);
}

/* The dimension of the classes: 1, or 0 of a single row. */
static int class_dim(const struct shape *scores)
{
    return scores->dims == 1 ? 0 : 1;
}

static struct shape column_shape(const struct shape *scores)
{
    struct shape shape = *scores;
    shape.size[class_dim(scores)] = 1;
    return shape;
}

static bool extreme(struct tensor *index, enum reduce_function function, int64_t *out,
                    struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(index);
    for (int d = 0; d < spec.shape.dims; d++) {
        spec.shape.size[d] = 1;
    }
    struct tensor *most = tensor_create(index->engine, &spec, err);
    struct number number = { 0 };
    const bool ok =
        most &&
        compute_reduce(most, &(struct compute_reduce){ .function = function, .in = index }, err) &&
        tensor_item(most, &number, err);
    tensor_unref(most);
    *out = number.integer;
    return ok;
}

/* After a failed gather: names the class that does not exist. */
static bool refuse_target(struct tensor *index, int64_t classes, struct error *err)
{
    int64_t most, least;
    if (!extreme(index, REDUCE_MAX, &most, err) || !extreme(index, REDUCE_MIN, &least, err)) {
        return false;
    }
    return error_set_kind(err, ERROR_INDEX, "Target %" PRId64 " is out of bounds.",
                          most >= classes ? most : least);
}

/* index = t where kept, else 0; share = 1 where kept, else 0 */
static bool fill_classes(struct classes *classes, struct tensor *target,
                         const struct op_attrs *attrs, struct error *err)
{
    const bool ignores = attrs->present & ATTR(IGNORE_INDEX);
    const struct operand t = operand_tensor(target);
    if (!ignores) {
        return compute_copy(classes->index, target, err) &&
               compute_fill(classes->share, number_integer(1), err);
    }
    struct tensor_spec spec = tensor_spec_of(target);
    spec.dtype = DTYPE_BOOL;
    struct tensor *kept = classes->kept = tensor_create(target->engine, &spec, err);
    const struct compute_map differs = {
        .function = MAP_NE,
        .dtype = DTYPE_INT64,
        .in = { t, operand_number(number_integer(attrs->ignore_index)) },
    };
    const struct compute_map choice = {
        .function = MAP_WHERE,
        .dtype = DTYPE_INT64,
        .in = { operand_tensor(kept), t, operand_number(number_integer(0)) },
    };
    return kept && compute_map(kept, &differs, err) && compute_map(classes->index, &choice, err) &&
           compute_copy(classes->share, kept, err);
}

/* share = weight[index] · share */
static bool weigh_classes(struct classes *classes, struct tensor *weight, struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(classes->share);
    struct tensor *weights = tensor_create(weight->engine, &spec, err);
    if (!weights) {
        return false;
    }
    /* Both as one long row: place i of the output is weight[index i]. */
    const struct shape flat = { 1, { weights->count } };
    const int64_t step[BACKEND_MAX_DIMS] = { 1 };
    struct tensor *out = tensor_view(weights, &flat, step, weights->offset);
    struct tensor *index = tensor_view(classes->index, &flat, step, classes->index->offset);
    const struct compute_index gather = { .in = weight, .index = index, .dim = 0 };
    const bool ok = compute_gather(out, &gather, err) &&
                    compute_map2(classes->share, MAP_MUL, operand_tensor(weights),
                                 operand_tensor(classes->share), err);
    tensor_unref(index);
    tensor_unref(out);
    tensor_unref(weights);
    return ok ||
           (err->kind == ERROR_INDEX && refuse_target(classes->index, weight->shape.size[0], err));
}

static bool classes_begin(struct classes *classes, const struct shape *scores, enum dtype dtype,
                          const struct op_call *call, int weight, struct error *err)
{
    struct tensor *target = call->in[IN_TARGET].tensor;
    const struct shape column = column_shape(scores);
    struct tensor_spec spec = { .shape = column, .backend = tensor_backend(target) };
    struct tensor *dense = NULL, *shaped = NULL;
    *classes = (struct classes){ .index = NULL };

    const struct tensor_spec dense_spec = tensor_spec_of(target);
    dense = tensor_create(call->engine, &dense_spec, err);
    spec.dtype = DTYPE_INT64;
    classes->index = dense ? tensor_create(call->engine, &spec, err) : NULL;
    spec.dtype = dtype;
    classes->share = classes->index ? tensor_create(call->engine, &spec, err) : NULL;
    bool ok = classes->share && compute_copy(dense, target, err);
    if (ok) {
        int64_t strides[BACKEND_MAX_DIMS];
        shape_strides(&column, strides);
        shaped = tensor_view(dense, &column, strides, dense->offset);
        ok = fill_classes(classes, shaped, call->attrs, err) &&
             (call->in_count <= weight || weigh_classes(classes, call->in[weight].tensor, err));
    }
    tensor_unref(shaped);
    tensor_unref(dense);
    if (!ok) {
        classes_end(classes);
    }
    return ok;
}

/* ---- forward ----------------------------------------------------------------------------------- */

static bool refuse_batch(const struct op_call *call, struct error *err)
{
    const struct tensor *scores = call->in[0].tensor, *target = call->in[IN_TARGET].tensor;
    if (scores->shape.dims == 2 && target->shape.dims > 0 &&
        scores->shape.size[0] != target->shape.size[0]) {
        return error_set_kind(err, ERROR_VALUE,
                              "Expected input batch_size (%" PRId64
                              ") to match target batch_size (%" PRId64 ").",
                              scores->shape.size[0], target->shape.size[0]);
    }
    if (scores->shape.dims <= 2 && target->shape.dims > 1) {
        return error_set(err, "0D or 1D target tensor expected, multi-target not supported");
    }
    struct text a = { 0 }, b = { 0 };
    shape_append(&a, &scores->shape);
    shape_append(&b, &target->shape);
    error_set(err, "size mismatch (got input: %s, target: %s)", text_string(&a), text_string(&b));
    text_finish(&a);
    text_finish(&b);
    return false;
}

static bool check_operands(const struct op_call *call, struct error *err)
{
    const struct tensor *scores = call->in[0].tensor, *target = call->in[IN_TARGET].tensor;
    if (scores->shape.dims == 0) {
        return error_set(err, "input tensor should be 1D or 2D");
    }
    const int dim = class_dim(&scores->shape);
    struct shape wanted = { 0 };
    for (int d = 0; d < scores->shape.dims; d++) {
        if (d != dim) {
            wanted.size[wanted.dims++] = scores->shape.size[d];
        }
    }
    if (!shape_equal(&wanted, &target->shape)) {
        return refuse_batch(call, err);
    }
    if (target->dtype != DTYPE_INT64) {
        return error_set(err, "expected scalar type Long but found %s",
                         dtype_type_name(target->dtype));
    }
    if (call->in_count > IN_WEIGHT) {
        const struct tensor *weight = call->in[IN_WEIGHT].tensor;
        if (weight->shape.dims != 1 || weight->shape.size[0] != scores->shape.size[dim]) {
            struct text shape = { 0 };
            shape_append(&shape, &weight->shape);
            error_set(err,
                      "weight tensor should be defined either for all %" PRId64
                      " classes or no classes but got weight tensor of shape: %s",
                      scores->shape.size[dim], text_string(&shape));
            text_finish(&shape);
            return false;
        }
        if (weight->dtype != scores->dtype) {
            return error_set(err, "expected scalar type %s but found %s",
                             dtype_type_name(scores->dtype), dtype_type_name(weight->dtype));
        }
    }
    return dtype_is_float(scores->dtype) ||
           error_set(err, "\"nll_loss_out_frame\" not implemented for '%s'",
                     dtype_type_name(scores->dtype));
}

/* out, a single element, = Σ in */
static bool add_up(struct tensor *out, struct tensor *in, struct error *err)
{
    const struct shape flat = { 1, { in->count } }, one = { 1, { 1 } };
    const int64_t step[BACKEND_MAX_DIMS] = { 1 };
    struct tensor *row = tensor_view(in, &flat, step, in->offset);
    struct tensor *sum = tensor_view(out, &one, step, out->offset);
    const struct compute_reduce reduce = { .function = REDUCE_SUM_CASCADE, .in = row };
    const bool ok = compute_reduce(sum, &reduce, err);
    tensor_unref(sum);
    tensor_unref(row);
    return ok;
}

/* losses = -a[t] · share */
static bool row_losses(struct tensor *losses, struct tensor *scores, const struct classes *classes,
                       struct error *err)
{
    const int dim = class_dim(&scores->shape);
    const struct compute_index gather = { .in = scores, .index = classes->index, .dim = dim };
    if (!compute_gather(losses, &gather, err)) {
        return err->kind == ERROR_INDEX &&
               refuse_target(classes->index, scores->shape.size[dim], err);
    }
    const struct compute_map negative = { .function = MAP_NEG,
                                          .dtype = losses->dtype,
                                          .in = { operand_tensor(losses) } };
    if (!compute_map(losses, &negative, err) ||
        !compute_map2(losses, MAP_MUL, operand_tensor(losses), operand_tensor(classes->share),
                      err)) {
        return false;
    }
    /* An ignored row may hold an infinity, which 0 does not take away. */
    const struct compute_map counted = { .function = MAP_WHERE,
                                         .dtype = losses->dtype,
                                         .in = { operand_tensor(classes->kept),
                                                 operand_tensor(losses), operand_real(0) } };
    return !classes->kept || compute_map(losses, &counted, err);
}

static bool nll_forward(struct op_call *call, struct error *err)
{
    struct tensor *scores = call->in[0].tensor;
    const int64_t how = reduction(call->attrs);
    if (!check_operands(call, err)) {
        return false;
    }
    struct tensor_spec spec = tensor_spec_of(scores), single = spec;
    spec.shape = column_shape(&scores->shape);
    single.shape = (struct shape){ 0 };
    struct tensor_spec out_spec =
        how == REDUCTION_NONE ? tensor_spec_of(call->in[IN_TARGET].tensor) : single;
    out_spec.dtype = scores->dtype;

    struct classes classes;
    if (!classes_begin(&classes, &scores->shape, scores->dtype, call, IN_WEIGHT, err)) {
        return false;
    }
    struct tensor *losses = tensor_create(call->engine, &spec, err);
    struct tensor *out = losses ? op_output(call, 0, &out_spec, err) : NULL;
    struct tensor *total = out ? op_output(call, 1, &single, err) : NULL;
    bool ok = total && row_losses(losses, scores, &classes, err);
    if (ok && how == REDUCTION_NONE) {
        struct tensor *look = tensor_view(losses, &out->shape, out->strides, losses->offset);
        ok = compute_copy(out, look, err) && compute_fill(total, number_integer(0), err);
        tensor_unref(look);
    } else if (ok) {
        ok = add_up(out, losses, err) && add_up(total, classes.share, err);
    }
    if (ok && how == REDUCTION_MEAN) {
        ok = compute_map2(out, MAP_DIV, operand_tensor(out), operand_tensor(total), err);
    }
    tensor_unref(losses);
    classes_end(&classes);
    return ok;
}

enum { NLL_SELF, NLL_TARGET, NLL_WEIGHT, NLL_TOTAL };

static bool nll_backward(struct rule *rule)
{
    struct tensor *grad = rule->grad[0], *target = rule_saved(rule, NLL_TARGET);
    struct tensor *total = rule_saved(rule, NLL_TOTAL), *weight = rule_saved(rule, NLL_WEIGHT);
    if (!grad || !target || !total) {
        return rule_done(rule);
    }
    const struct operand in[] = { operand_tensor(grad), operand_tensor(target),
                                  operand_tensor(total), operand_tensor(weight) };
    struct op_use use = {
        .op = OP_NLL_LOSS_BACKWARD, .in = in, .in_count = weight ? 4 : 3, .attrs = *rule_attrs(rule)
    };
    use.attrs.present |= ATTR(SIZE);
    use.attrs.size = *rule_edge_shape(rule, 0);
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

#define NLL_SAVES                                                               \
    {                                                                           \
        [NLL_SELF] = { .name = "self", .from = 0 },                             \
        [NLL_TARGET] = { .name = "target", .from = IN_TARGET },                 \
        [NLL_WEIGHT] = { .name = "weight", .from = IN_WEIGHT }, [NLL_TOTAL] = { \
            .name = "total_weight",                                             \
            .is_output = true,                                                  \
            .from = 1                                                           \
        }                                                                       \
    }

const struct op op_row_nll_loss = {
    .id = OP_NLL_LOSS,
    .name = "nll_loss",
    .symbol = "NLL",
    .node = "NllLossBackward0",
    .formula = "Σ −a[t] / n",
    .derivatives = { "[t] ← −1 / n" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(REDUCTION) | ATTR(IGNORE_INDEX),
    .outputs = 2,
    .gradless = 1 << 1,
    .edgeless = 1 << IN_TARGET | 1 << IN_WEIGHT,
    .saves = NLL_SAVES,
    .forward = nll_forward,
    .backward = nll_backward,
};

const struct op op_row_nll_loss_2d = {
    .id = OP_NLL_LOSS_2D,
    .name = "nll_loss",
    .symbol = "NLL",
    .node = "NllLoss2DBackward0",
    .formula = "Σ −a[t] / n",
    .derivatives = { "[t] ← −1 / n" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(REDUCTION) | ATTR(IGNORE_INDEX),
    .outputs = 2,
    .gradless = 1 << 1,
    .edgeless = 1 << IN_TARGET | 1 << IN_WEIGHT,
    .saves = NLL_SAVES,
    .forward = nll_forward,
    .backward = nll_backward,
};

/* ---- the way back ------------------------------------------------------------------------------ */

/* steps = -share · (dy or dy/total) */
static bool row_steps(struct tensor *steps, const struct op_call *call,
                      const struct classes *classes, struct error *err)
{
    struct tensor *grad = call->in[0].tensor;
    const struct tensor_spec spec = tensor_spec_of(grad);
    struct tensor *dense = tensor_create(call->engine, &spec, err);
    bool ok = dense && compute_copy(dense, grad, err);
    if (ok && reduction(call->attrs) == REDUCTION_MEAN) {
        ok = compute_map2(dense, MAP_DIV, operand_tensor(dense), call->in[IN_TOTAL], err);
    }
    if (ok) {
        const int64_t *strides = steps->strides, none[BACKEND_MAX_DIMS] = { 0 };
        struct tensor *look =
            tensor_view(dense, &steps->shape, dense->count == 1 ? none : strides, dense->offset);
        const struct compute_map negative = { .function = MAP_NEG,
                                              .dtype = steps->dtype,
                                              .in = { operand_tensor(classes->share) } };
        ok = compute_map(steps, &negative, err) &&
             compute_map2(steps, MAP_MUL, operand_tensor(steps), operand_tensor(look), err);
        tensor_unref(look);
    }
    tensor_unref(dense);
    return ok;
}

static bool nll_backward_forward(struct op_call *call, struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(call->in[0].tensor);
    spec.shape = call->attrs->size;
    struct classes classes;
    if (!classes_begin(&classes, &spec.shape, spec.dtype, call, IN_BACK_WEIGHT, err)) {
        return false;
    }
    struct tensor *out = op_output(call, 0, &spec, err);
    struct tensor_spec column = spec;
    column.shape = column_shape(&spec.shape);
    struct tensor *steps = out ? tensor_create(call->engine, &column, err) : NULL;
    const struct compute_index scatter = { .in = steps,
                                           .index = classes.index,
                                           .dim = class_dim(&spec.shape) };
    const bool ok = steps && compute_fill(out, number_integer(0), err) &&
                    row_steps(steps, call, &classes, err) &&
                    compute_scatter_add(out, &scatter, err);
    tensor_unref(steps);
    classes_end(&classes);
    return ok;
}

enum { BACK_TARGET, BACK_WEIGHT };

static bool nll_backward_backward(struct rule *rule)
{
    struct tensor *weight = rule_saved(rule, BACK_WEIGHT);
    const struct operand in[] = { operand_tensor(rule->grad[0]),
                                  operand_tensor(rule_saved(rule, BACK_TARGET)),
                                  operand_tensor(weight) };
    struct op_use use = {
        .op = OP_NLL_LOSS, .in = in, .in_count = weight ? 3 : 2, .attrs = *rule_attrs(rule)
    };
    use.op = use.attrs.size.dims > 2 ? OP_NLL_LOSS_2D : OP_NLL_LOSS;
    rule->result[0] = rule_apply(rule, &use);
    return rule_done(rule);
}

const struct op op_row_nll_loss_backward = {
    .id = OP_NLL_LOSS_BACKWARD,
    .name = "nll_loss_backward",
    .node = "NllLossBackwardBackward0",
    .formula = "0, [t] ← −a / n",
    .derivatives = { "−g[t] / n" },
    .provenance = PROVENANCE_ROWS,
    .attributes = ATTR(REDUCTION) | ATTR(IGNORE_INDEX) | ATTR(SIZE),
    .outputs = 1,
    .edgeless = 1 << IN_TARGET | 1 << IN_TOTAL | 1 << IN_BACK_WEIGHT,
    .saves = { [BACK_TARGET] = { .name = "target", .from = IN_TARGET },
               [BACK_WEIGHT] = { .name = "weight", .from = IN_BACK_WEIGHT } },
    .forward = nll_backward_forward,
    .backward = nll_backward_backward,
};
