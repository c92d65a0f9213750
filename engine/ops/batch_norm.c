#include "engine/engine.h"
#include "engine/ops/normalize.h"
#include "engine/ops/rows.h"

/* Means of each channel; outside of training the running ones, which training moves towards its own. */

enum { IN_MEAN = IN_BIAS + 1, IN_VARIANCE };
enum { BATCH_INPUT, BATCH_WEIGHT, BATCH_RUNNING_MEAN, BATCH_RUNNING_VAR, BATCH_MEAN, BATCH_SCALE };

/* [n, c, rest, 1]: for each channel */
static struct norm_layout batch_layout(const struct shape *x)
{
    return (struct norm_layout){ .whole = { NORM_DIMS,
                                            { x->size[0], x->size[1], norm_count_from(x, 2), 1 } },
                                 .averaged = { true, false, true, true },
                                 .owned = { false, true, false, false } };
}

static bool is_training(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(TRAINING) && attrs->training;
}

static struct tensor *batch_operand(const struct op_call *call, int i)
{
    return call->in_count > i ? call->in[i].tensor : NULL;
}

static bool check_batch(const struct op_call *call, struct error *err)
{
    static const char *const names[] = { [IN_WEIGHT] = "weight",
                                         [IN_BIAS] = "bias",
                                         [IN_MEAN] = "running_mean",
                                         [IN_VARIANCE] = "running_var" };
    static const int order[] = { IN_MEAN, IN_VARIANCE, IN_WEIGHT, IN_BIAS };
    const struct tensor *x = call->in[IN_X].tensor;
    if (x->shape.dims < 2) {
        return error_set(err, "batch_norm: expected an input with at least 2 dimensions");
    }
    for (int k = 0; k < 4; k++) {
        const struct tensor *t = batch_operand(call, order[k]);
        if (t && t->count != x->shape.size[1]) {
            return error_set(err, "%s should contain %lld elements not %lld", names[order[k]],
                             (long long)x->shape.size[1], (long long)t->count);
        }
        if (!t && k < 2 && !is_training(call->attrs)) {
            return error_set(err, "%s must be defined in evaluation mode", names[order[k]]);
        }
    }
    return norm_check_float(call, "batch_norm", err);
}

/* running = running·(1 - momentum) + value·momentum */
static bool move(struct tensor *running, struct tensor *value, double momentum, struct error *err)
{
    struct tensor *flat = norm_as_shape(value, &running->shape);
    const struct compute_map add = {
        .function = MAP_ADD,
        .dtype = running->dtype,
        .in = { operand_tensor(running), operand_tensor(flat) },
        .p = momentum,
    };
    const bool ok = norm_map_number(running, MAP_MUL, running, 1 - momentum, err) &&
                    compute_map(running, &add, err);
    tensor_unref(flat);
    return ok;
}

/* The running variance is the unbiased one. */
static bool move_running(struct op_call *call, struct norm_work *work, int64_t n, struct error *err)
{
    struct tensor *mean = batch_operand(call, IN_MEAN), *var = batch_operand(call, IN_VARIANCE);
    const double momentum = number_as_real(call->attrs->momentum);
    if (mean && !move(mean, work->mean, momentum, err)) {
        return false;
    }
    if (!var) {
        return true;
    }
    const struct tensor_spec spec = tensor_spec_of(work->scale);
    struct tensor *unbiased = tensor_create(call->engine, &spec, err);
    const bool ok =
        unbiased &&
        norm_map_number(unbiased, MAP_MUL, work->scale, (double)n / ((double)n - 1), err) &&
        move(var, unbiased, momentum, err);
    tensor_unref(unbiased);
    return ok;
}

/* y = (a - mean)·scale·w + b with the running ones */
static bool use_running(struct op_call *call, const struct norm_layout *layout,
                        struct norm_work *work, struct error *err)
{
    const struct shape stat = norm_stat_shape(layout);
    struct tensor *mean = norm_operand(call, IN_MEAN, &stat, err);
    struct tensor *var = mean ? norm_operand(call, IN_VARIANCE, &stat, err) : NULL;
    const struct tensor_spec spec = { work->y->dtype, stat, tensor_backend(work->y) };
    struct tensor *scale = var ? tensor_create(call->engine, &spec, err) : NULL;
    const bool ok =
        scale && norm_make_scale(scale, var, call->attrs, err) &&
        compute_map2(work->y, MAP_SUB, operand_tensor(work->a), operand_tensor(mean), err) &&
        compute_map2(work->y, MAP_MUL, operand_tensor(work->y), operand_tensor(scale), err) &&
        norm_apply_weight(call, layout, work->y, err);
    tensor_unref(mean);
    tensor_unref(var);
    tensor_unref(scale);
    return ok;
}

static bool batch_norm_forward(struct op_call *call, struct error *err)
{
    if (!check_batch(call, err)) {
        return false;
    }
    const struct shape *x = &call->in[IN_X].tensor->shape;
    const struct norm_layout layout = batch_layout(x);
    const bool training = is_training(call->attrs);
    const struct shape stats = { 1, { training ? x->size[1] : 0 } };
    struct norm_work work;
    const bool ok = norm_work_begin(&work, call, &layout, &stats, err) &&
                    (training ? norm_run(call, &layout, &work, move_running, err)
                              : use_running(call, &layout, &work, err));
    norm_work_end(&work);
    return ok;
}

static bool batch_norm_backward(struct rule *rule)
{
    struct tensor *x = rule_saved(rule, BATCH_INPUT);
    const bool constant = !is_training(rule_attrs(rule));
    if (!rule->grad[OUT_Y] || !x) {
        return rule_done(rule);
    }
    const struct norm_layout layout = batch_layout(&x->shape);
    const struct shape shape = norm_weight_shape(&layout), stat = norm_stat_shape(&layout);
    struct norm_way way = { .layout = &layout,
                            .grad = rule_reshape(rule, rule->grad[OUT_Y], &layout.whole),
                            .weight = rule_reshape(rule, rule_saved(rule, BATCH_WEIGHT), &shape) };
    if (constant) {
        struct tensor *mean = rule_reshape(rule, rule_saved(rule, BATCH_RUNNING_MEAN), &stat);
        struct tensor *var = rule_reshape(rule, rule_saved(rule, BATCH_RUNNING_VAR), &stat);
        way.scale = norm_scale_of(rule, var);
        way.h = rule_times(rule, norm_minus(rule, rule_reshape(rule, x, &layout.whole), mean),
                           way.scale);
    } else {
        norm_way_find(rule, &way, x, rule_saved(rule, BATCH_MEAN), rule_saved(rule, BATCH_SCALE));
    }
    return norm_send(rule, &way, &x->shape, constant);
}

const struct op op_row_batch_norm = {
    .id = OP_BATCH_NORM,
    .name = "batch_norm",
    .symbol = "norm",
    .node = "NativeBatchNormBackward0",
    .formula = "(a − m) · r · b + c",
    .derivatives = { "r · (u − mean u − h · mean u·h), u = g·b", "Σ g · h", "Σ g" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(TRAINING) | ATTR(MOMENTUM) | ATTR(EPS),
    .outputs = 3,
    .gradless = 1 << OUT_MEAN | 1 << OUT_SCALE,
    .edgeless = 1 << IN_MEAN | 1 << IN_VARIANCE,
    .saves = { [BATCH_INPUT] = { .name = "input", .from = IN_X },
               [BATCH_WEIGHT] = { .name = "weight", .from = IN_WEIGHT },
               [BATCH_RUNNING_MEAN] = { .name = "running_mean", .from = IN_MEAN },
               [BATCH_RUNNING_VAR] = { .name = "running_var", .from = IN_VARIANCE },
               [BATCH_MEAN] = { .name = "result1", .is_output = true, .from = OUT_MEAN },
               [BATCH_SCALE] = { .name = "result2", .is_output = true, .from = OUT_SCALE } },
    .forward = batch_norm_forward,
    .backward = batch_norm_backward,
};
