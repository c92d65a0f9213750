#include "engine/ops/normalize.h"

#include "engine/autograd/autograd.h"
#include "engine/engine.h"
#include "engine/ops/rows.h"
#include "engine/ops/window.h"

/* The sizes where `wanted`, 1 elsewhere. */
static struct shape part_shape(const struct norm_layout *layout, const bool *kept, bool wanted)
{
    struct shape shape = layout->whole;
    for (int d = 0; d < NORM_DIMS; d++) {
        shape.size[d] = kept[d] == wanted ? shape.size[d] : 1;
    }
    return shape;
}

struct shape norm_stat_shape(const struct norm_layout *layout)
{
    return part_shape(layout, layout->averaged, false);
}

struct shape norm_weight_shape(const struct norm_layout *layout)
{
    return part_shape(layout, layout->owned, true);
}

static int64_t averaged_count(const struct norm_layout *layout)
{
    const struct shape shape = part_shape(layout, layout->averaged, true);
    return shape_count(&shape);
}

int64_t norm_count_from(const struct shape *shape, int first)
{
    int64_t count = 1;
    for (int d = first; d < shape->dims; d++) {
        count *= shape->size[d];
    }
    return count;
}

/* ---- forward ----------------------------------------------------------------------------------- */

/* A dense tensor in another shape of as many elements. */
struct tensor *norm_as_shape(struct tensor *dense, const struct shape *shape)
{
    int64_t strides[BACKEND_MAX_DIMS];
    shape_strides(shape, strides);
    return tensor_view(dense, shape, strides, dense->offset);
}

struct tensor *norm_operand(const struct op_call *call, int i, const struct shape *shape,
                            struct error *err)
{
    struct tensor *dense = window_dense(call->in[i].tensor, err);
    struct tensor *view = dense ? norm_as_shape(dense, shape) : NULL;
    tensor_unref(dense);
    return view;
}

static bool map1(struct tensor *out, enum map_function function, struct tensor *in,
                 struct error *err)
{
    const struct compute_map map = { .function = function,
                                     .dtype = out->dtype,
                                     .in = { operand_tensor(in) } };
    return compute_map(out, &map, err);
}

bool norm_map_number(struct tensor *out, enum map_function function, struct tensor *in,
                     double number, struct error *err)
{
    return compute_map2(out, function, operand_tensor(in), operand_real(number), err);
}

/* out = Σ in / n, over the dimensions of size 1 of out */
static bool average(struct tensor *out, struct tensor *in, int64_t n, struct error *err)
{
    const struct compute_reduce sum = { .function = REDUCE_SUM, .in = in };
    return compute_reduce(out, &sum, err) && norm_map_number(out, MAP_DIV, out, (double)n, err);
}

/* scale = 1 / √(variance + eps) */
bool norm_make_scale(struct tensor *scale, struct tensor *variance, const struct op_attrs *attrs,
                     struct error *err)
{
    return norm_map_number(scale, MAP_ADD, variance, number_as_real(attrs->eps), err) &&
           map1(scale, MAP_RSQRT, scale, err);
}

/* y = a - mean; the variance is that of y. */
static bool measure(struct tensor *y, struct tensor *a, struct tensor *mean,
                    struct tensor *variance, int64_t n, struct error *err)
{
    if (!average(mean, a, n, err) ||
        !compute_map2(y, MAP_SUB, operand_tensor(a), operand_tensor(mean), err)) {
        return false;
    }
    const struct tensor_spec spec = tensor_spec_of(y);
    struct tensor *squares = tensor_create(y->engine, &spec, err);
    const bool ok =
        squares && map1(squares, MAP_SQUARE, y, err) && average(variance, squares, n, err);
    tensor_unref(squares);
    return ok;
}

/* y = y·w + b */
bool norm_apply_weight(const struct op_call *call, const struct norm_layout *layout,
                       struct tensor *y, struct error *err)
{
    struct tensor *weight = call->in_count > IN_WEIGHT ? call->in[IN_WEIGHT].tensor : NULL;
    struct tensor *bias = call->in_count > IN_BIAS ? call->in[IN_BIAS].tensor : NULL;
    const struct shape shape = norm_weight_shape(layout);
    struct tensor *w = weight ? norm_operand(call, IN_WEIGHT, &shape, err) : NULL;
    struct tensor *b = bias ? norm_operand(call, IN_BIAS, &shape, err) : NULL;
    bool ok = (!weight || w) && (!bias || b);
    if (ok && w && b) {
        const struct compute_map map = { .function = MAP_ADDCMUL,
                                         .dtype = y->dtype,
                                         .in = { operand_tensor(b), operand_tensor(y),
                                                 operand_tensor(w) },
                                         .p = 1 };
        ok = compute_map(y, &map, err);
    } else if (ok && (w || b)) {
        ok = compute_map2(y, w ? MAP_MUL : MAP_ADD, operand_tensor(y), operand_tensor(w ? w : b),
                          err);
    }
    tensor_unref(w);
    tensor_unref(b);
    return ok;
}

bool norm_check_float(const struct op_call *call, const char *kernel, struct error *err)
{
    const enum dtype dtype = call->in[IN_X].tensor->dtype;
    return dtype_is_float(dtype) ||
           error_set(err, "\"%s\" not implemented for '%s'", kernel, dtype_type_name(dtype));
}

void norm_work_end(struct norm_work *work)
{
    tensor_unref(work->y);
    tensor_unref(work->a);
    tensor_unref(work->mean);
    tensor_unref(work->scale);
}

bool norm_work_begin(struct norm_work *work, struct op_call *call, const struct norm_layout *layout,
                     const struct shape *stats, struct error *err)
{
    const struct shape stat = norm_stat_shape(layout);
    struct tensor_spec spec = tensor_spec_of(call->in[IN_X].tensor);
    *work = (struct norm_work){ .y = NULL };
    struct tensor *y = op_output(call, OUT_Y, &spec, err);
    spec.shape = *stats;
    struct tensor *mean = y ? op_output(call, OUT_MEAN, &spec, err) : NULL;
    struct tensor *scale = mean ? op_output(call, OUT_SCALE, &spec, err) : NULL;
    if (!scale) {
        return false;
    }
    work->y = norm_as_shape(y, &layout->whole);
    work->mean = mean->count > 0 ? norm_as_shape(mean, &stat) : NULL;
    work->scale = scale->count > 0 ? norm_as_shape(scale, &stat) : NULL;
    work->a = norm_operand(call, IN_X, &layout->whole, err);
    return work->a != NULL;
}

/* From a's own mean and variance; leaves the variance in `scale` for `running` to see. */
bool norm_run(struct op_call *call, const struct norm_layout *layout, struct norm_work *work,
              norm_running *running, struct error *err)
{
    const int64_t n = averaged_count(layout);
    return work->y->count == 0 || (measure(work->y, work->a, work->mean, work->scale, n, err) &&
                                   (!running || running(call, work, n, err)) &&
                                   norm_make_scale(work->scale, work->scale, call->attrs, err) &&
                                   compute_map2(work->y, MAP_MUL, operand_tensor(work->y),
                                                operand_tensor(work->scale), err) &&
                                   norm_apply_weight(call, layout, work->y, err));
}

/* ---- backward ---------------------------------------------------------------------------------- */

static struct tensor *fold(struct rule *rule, enum op_id op, struct tensor *a, const bool *folded)
{
    const struct operand in = operand_tensor(a);
    struct op_use use = { .op = op,
                          .in = &in,
                          .in_count = 1,
                          .attrs = { .present = ATTR(DIMS) | ATTR(KEEPDIM), .keepdim = true } };
    for (int d = 0; d < NORM_DIMS; d++) {
        if (folded[d]) {
            use.attrs.dims.size[use.attrs.dims.dims++] = d;
        }
    }
    return rule_apply(rule, &use);
}

struct tensor *norm_minus(struct rule *rule, struct tensor *a, struct tensor *b)
{
    return rule_binary(rule, OP_SUB, operand_tensor(a), operand_tensor(b));
}

struct tensor *norm_scale_of(struct rule *rule, struct tensor *variance)
{
    struct tensor *sum = rule_with(rule, OP_ADD, variance, number_as_real(rule_attrs(rule)->eps));
    return rule_unary(rule, OP_RSQRT, sum);
}

/* h and scale from a and the saved mean and scale, or from a alone. */
void norm_way_find(struct rule *rule, struct norm_way *way, struct tensor *a, struct tensor *mean,
                   struct tensor *scale)
{
    const struct shape stat = norm_stat_shape(way->layout);
    struct tensor *x = rule_reshape(rule, a, &way->layout->whole);
    if (!rule->engine->grad_enabled) {
        way->scale = rule_reshape(rule, scale, &stat);
        way->h = rule_times(rule, norm_minus(rule, x, rule_reshape(rule, mean, &stat)), way->scale);
        return;
    }
    struct tensor *centred = norm_minus(rule, x, fold(rule, OP_MEAN_DIM, x, way->layout->averaged));
    struct tensor *variance =
        fold(rule, OP_MEAN_DIM, rule_square(rule, centred), way->layout->averaged);
    way->scale = norm_scale_of(rule, variance);
    way->h = rule_times(rule, centred, way->scale);
}

/* r·(u - mean u - h·mean (u·h)), u = dy·w; r·u where mean and scale are constants. */
static struct tensor *input_gradient(struct rule *rule, const struct norm_way *way, bool constant)
{
    const bool *averaged = way->layout->averaged;
    struct tensor *u = way->weight ? rule_times(rule, way->grad, way->weight) : way->grad;
    if (constant) {
        return rule_times(rule, u, way->scale);
    }
    struct tensor *level = fold(rule, OP_MEAN_DIM, u, averaged);
    struct tensor *slope = fold(rule, OP_MEAN_DIM, rule_times(rule, u, way->h), averaged);
    struct tensor *rest =
        norm_minus(rule, norm_minus(rule, u, level), rule_times(rule, way->h, slope));
    return rule_times(rule, rest, way->scale);
}

/* Summed over all that the weight does not own. */
static struct tensor *weight_gradient(struct rule *rule, const struct norm_way *way,
                                      struct tensor *a, int edge)
{
    bool others[NORM_DIMS];
    for (int d = 0; d < NORM_DIMS; d++) {
        others[d] = !way->layout->owned[d];
    }
    return rule_reshape(rule, fold(rule, OP_SUM_DIM, a, others), rule_edge_shape(rule, edge));
}

bool norm_send(struct rule *rule, struct norm_way *way, const struct shape *shape, bool constant)
{
    if (rule->needs[IN_X]) {
        rule->result[IN_X] = rule_reshape(rule, input_gradient(rule, way, constant), shape);
    }
    if (rule->node->edge_count > IN_WEIGHT && rule->needs[IN_WEIGHT]) {
        rule->result[IN_WEIGHT] =
            weight_gradient(rule, way, rule_times(rule, way->grad, way->h), IN_WEIGHT);
    }
    if (rule->node->edge_count > IN_BIAS && rule->needs[IN_BIAS]) {
        rule->result[IN_BIAS] = weight_gradient(rule, way, way->grad, IN_BIAS);
    }
    return rule_done(rule);
}
