#include "engine/engine.h"
#include "engine/ops/rows.h"

/* Each way back is a row of its own, a function of (dy, y), so that it can be differentiated. The
 * sums run in lanes (REDUCE_SUM_LANES), as PyTorch's do. */

enum { SOFTMAX_RESULT };
enum { SECOND_GRAD, SECOND_RESULT };

static int64_t dim_of(const struct op_attrs *attrs)
{
    return attrs->present & ATTR(DIM) ? attrs->dim : -1;
}

/* `in` folded along the dimension, which stays with size 1. */
static struct tensor *folded(struct tensor *in, int dim, enum reduce_function function,
                             struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(in);
    if (spec.shape.dims > 0) {
        spec.shape.size[dim] = 1;
    }
    struct tensor *out = tensor_create(in->engine, &spec, err);
    const struct compute_reduce reduce = { .function = function, .in = in };
    if (out && !compute_reduce(out, &reduce, err)) {
        tensor_unref(out);
        return NULL;
    }
    return out;
}

static bool map1(struct tensor *out, enum map_function function, struct tensor *in,
                 struct error *err)
{
    const struct compute_map map = { .function = function,
                                     .dtype = out->dtype,
                                     .in = { operand_tensor(in) } };
    return compute_map(out, &map, err);
}

/* The output, and the dimension; checks the operand. */
static struct tensor *begin(struct op_call *call, int *dim, struct error *err)
{
    const struct tensor *in = call->in[0].tensor;
    if (!shape_dim(in->shape.dims, dim_of(call->attrs), dim, err)) {
        return NULL;
    }
    if (!dtype_is_float(in->dtype)) {
        error_set(err, "\"%s%s_kernel_impl\" not implemented for '%s'", call->op->name,
                  *dim == in->shape.dims - 1 ? "_lastdim" : "", dtype_type_name(in->dtype));
        return NULL;
    }
    const struct tensor_spec spec = tensor_spec_of(in);
    return op_output(call, 0, &spec, err);
}

/* powers = e^(a - max a); returns their sum, or NULL. `out`, where it is another tensor, takes a - max a. */
static struct tensor *shifted_powers(struct tensor *out, struct tensor *in, int dim,
                                     struct tensor *powers, struct error *err)
{
    struct tensor *most = folded(in, dim, REDUCE_MAX, err);
    const struct operand a = operand_tensor(in), b = operand_tensor(most);
    const bool ok = most && (out == powers ? compute_map2(out, MAP_EXP_SUB, a, b, err)
                                           : compute_map2(out, MAP_SUB, a, b, err) &&
                                                 map1(powers, MAP_EXP, out, err));
    tensor_unref(most);
    return ok ? folded(powers, dim, REDUCE_SUM_LANES, err) : NULL;
}

typedef bool rows_function(struct tensor *out, struct tensor *in, int dim, struct error *err);

enum { PIECE_BYTES = 128 * 1024 };

/* How many of the first dimension's rows are taken at once: the host's caches hold the steps of a piece. */
static int64_t piece_rows(const struct tensor *in, int dim)
{
    const int64_t rows = dim > 0 ? in->shape.size[0] : 0;
    if (rows < 2 || !tensor_backend(in)->impl->host_memory) {
        return rows > 0 ? rows : in->count;
    }
    const int64_t row_bytes = in->count / rows * (int64_t)dtype_size(in->dtype);
    return row_bytes < PIECE_BYTES ? PIECE_BYTES / row_bytes : 1;
}

static struct tensor *piece_of(struct tensor *t, int64_t from, int64_t rows)
{
    struct shape shape = t->shape;
    shape.size[0] = rows;
    return tensor_view(t, &shape, t->strides, t->offset + from * t->strides[0]);
}

/* Large operands go through in pieces. */
static bool in_pieces(struct tensor *out, struct tensor *in, int dim, rows_function *work,
                      struct error *err)
{
    const int64_t most = piece_rows(in, dim);
    if (dim == 0 || most >= in->shape.size[0]) {
        return work(out, in, dim, err);
    }
    bool ok = true;
    for (int64_t at = 0; ok && at < in->shape.size[0]; at += most) {
        const int64_t left = in->shape.size[0] - at, rows = left < most ? left : most;
        struct tensor *to = piece_of(out, at, rows), *from = piece_of(in, at, rows);
        ok = work(to, from, dim, err);
        tensor_unref(to);
        tensor_unref(from);
    }
    return ok;
}

/* y = e^a / Σ e^a    so   da += (dy - Σ dy·y)·y */

static bool softmax_rows(struct tensor *out, struct tensor *in, int dim, struct error *err)
{
    struct tensor *sum = shifted_powers(out, in, dim, out, err);
    /* PyTorch's two kernels: along the last dimension it takes the reciprocal once. */
    const bool last = dim == in->shape.dims - 1;
    const bool ok =
        sum && (!last || map1(sum, MAP_RECIPROCAL, sum, err)) &&
        compute_map2(out, last ? MAP_MUL : MAP_DIV, operand_tensor(out), operand_tensor(sum), err);
    tensor_unref(sum);
    return ok;
}

static bool softmax_forward(struct op_call *call, struct error *err)
{
    int dim;
    struct tensor *out = begin(call, &dim, err);
    if (!out || out->count == 0) {
        return out != NULL;
    }
    return in_pieces(out, call->in[0].tensor, dim, softmax_rows, err);
}

/* result[0] = op(dy, y), along the node's dimension */
static struct tensor *along(struct rule *rule, enum op_id op, struct tensor *grad, struct tensor *y)
{
    const struct operand in[] = { operand_tensor(grad), operand_tensor(y) };
    const struct op_use use = { .op = op, .in = in, .in_count = 2, .attrs = *rule_attrs(rule) };
    return grad && y ? rule_apply(rule, &use) : NULL;
}

/* Σ a along the node's dimension, kept */
static struct tensor *sum_along(struct rule *rule, struct tensor *a)
{
    return rule_sum(rule, a, &(struct shape){ 1, { dim_of(rule_attrs(rule)) } }, true);
}

static bool softmax_backward(struct rule *rule)
{
    rule->result[0] =
        along(rule, OP_SOFTMAX_BACKWARD, rule->grad[0], rule_saved(rule, SOFTMAX_RESULT));
    return rule_done(rule);
}

const struct op op_row_softmax = {
    .id = OP_SOFTMAX,
    .name = "softmax",
    .symbol = "softmax",
    .node = "SoftmaxBackward0",
    .formula = "eᵃ / Σ eᵃ",
    .derivatives = { "(g − Σ g · y) · y" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .saves = { [SOFTMAX_RESULT] = { .name = "result", .is_output = true } },
    .forward = softmax_forward,
    .backward = softmax_backward,
};

/* z = (dy - Σ dy·y)·y    so   ddy += (dz - Σ dz·y)·y,   dy_y += dz·(dy - Σ dy·y) - dy·Σ dz·y */

static bool softmax_backward_forward(struct op_call *call, struct error *err)
{
    int dim;
    struct tensor *grad = call->in[0].tensor;
    struct tensor *out = begin(call, &dim, err);
    if (!out || out->count == 0) {
        return out != NULL;
    }
    struct tensor *sum = compute_map2(out, MAP_MUL, call->in[0], call->in[1], err)
                             ? folded(out, dim, REDUCE_SUM_LANES, err)
                             : NULL;
    const bool ok = sum &&
                    compute_map2(out, MAP_SUB, operand_tensor(grad), operand_tensor(sum), err) &&
                    compute_map2(out, MAP_MUL, operand_tensor(out), call->in[1], err);
    tensor_unref(sum);
    return ok;
}

static bool softmax_second_backward(struct rule *rule)
{
    struct tensor *dz = rule->grad[0], *y = rule_saved(rule, SECOND_RESULT);
    if (rule->needs[0]) {
        rule->result[0] = along(rule, OP_SOFTMAX_BACKWARD, dz, y);
    }
    if (rule->needs[1]) {
        struct tensor *grad = rule_saved(rule, SECOND_GRAD);
        struct tensor *both = sum_along(rule, rule_mul(rule, grad, operand_tensor(y)));
        struct tensor *level =
            rule_binary(rule, OP_SUB, operand_tensor(grad), operand_tensor(both));
        struct tensor *others = sum_along(rule, rule_mul(rule, dz, operand_tensor(y)));
        struct tensor *own = rule_mul(rule, dz, operand_tensor(level));
        rule->result[1] = rule_binary(rule, OP_SUB, operand_tensor(own),
                                      operand_tensor(rule_mul(rule, grad, operand_tensor(others))));
    }
    return rule_done(rule);
}

const struct op op_row_softmax_backward = {
    .id = OP_SOFTMAX_BACKWARD,
    .name = "softmax_backward",
    .node = "SoftmaxBackwardBackward0",
    .formula = "(a − Σ a · b) · b",
    .derivatives = { "(g − Σ g · b) · b", "g · (a − Σ a · b) − a · Σ g · b" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .saves = { [SECOND_GRAD] = { .name = "grad_output", .from = 0, .used_by = 1 << 1 },
               [SECOND_RESULT] = { .name = "output", .from = 1 } },
    .forward = softmax_backward_forward,
    .backward = softmax_second_backward,
};

/* y = a - ln Σ e^a   so   da += dy - e^y·Σ dy */

static bool log_softmax_rows(struct tensor *out, struct tensor *in, int dim, struct error *err)
{
    const struct tensor_spec spec = tensor_spec_of(in);
    struct tensor *powers = tensor_create(in->engine, &spec, err);
    struct tensor *sum = powers ? shifted_powers(out, in, dim, powers, err) : NULL;
    const bool ok = sum && map1(sum, MAP_LOG, sum, err) &&
                    compute_map2(out, MAP_SUB, operand_tensor(out), operand_tensor(sum), err);
    tensor_unref(sum);
    tensor_unref(powers);
    return ok;
}

static bool log_softmax_forward(struct op_call *call, struct error *err)
{
    int dim;
    struct tensor *out = begin(call, &dim, err);
    if (!out || out->count == 0) {
        return out != NULL;
    }
    return in_pieces(out, call->in[0].tensor, dim, log_softmax_rows, err);
}

static bool log_softmax_backward(struct rule *rule)
{
    rule->result[0] =
        along(rule, OP_LOG_SOFTMAX_BACKWARD, rule->grad[0], rule_saved(rule, SOFTMAX_RESULT));
    return rule_done(rule);
}

const struct op op_row_log_softmax = {
    .id = OP_LOG_SOFTMAX,
    .name = "log_softmax",
    .symbol = "log softmax",
    .node = "LogSoftmaxBackward0",
    .formula = "a − ln Σ eᵃ",
    .derivatives = { "g − eʸ · Σ g" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .saves = { [SOFTMAX_RESULT] = { .name = "result", .is_output = true } },
    .forward = log_softmax_forward,
    .backward = log_softmax_backward,
};

/* z = dy - e^y·Σ dy      so   ddy += dz - Σ dz·e^y,   dy_y += -dz·e^y·Σ dy */

static bool log_softmax_backward_forward(struct op_call *call, struct error *err)
{
    int dim;
    struct tensor *out = begin(call, &dim, err);
    if (!out || out->count == 0) {
        return out != NULL;
    }
    struct tensor *sum = folded(call->in[0].tensor, dim, REDUCE_SUM_LANES, err);
    bool ok = sum && map1(out, MAP_EXP, call->in[1].tensor, err);
    if (ok) {
        const struct compute_map map = {
            .function = MAP_ADDCMUL, /* in one rounding */
            .dtype = out->dtype,
            .in = { call->in[0], operand_tensor(out), operand_tensor(sum) },
            .p = -1,
        };
        ok = compute_map(out, &map, err);
    }
    tensor_unref(sum);
    return ok;
}

static bool log_softmax_second_backward(struct rule *rule)
{
    struct tensor *dz = rule->grad[0];
    struct tensor *powers = rule_unary(rule, OP_EXP, rule_saved(rule, SECOND_RESULT));
    struct tensor *product = rule_mul(rule, dz, operand_tensor(powers));
    if (rule->needs[0]) {
        rule->result[0] =
            rule_binary(rule, OP_SUB, operand_tensor(dz), operand_tensor(sum_along(rule, product)));
    }
    if (rule->needs[1]) {
        struct tensor *sum = sum_along(rule, rule_saved(rule, SECOND_GRAD));
        rule->result[1] = rule_unary(rule, OP_NEG, rule_mul(rule, product, operand_tensor(sum)));
    }
    return rule_done(rule);
}

const struct op op_row_log_softmax_backward = {
    .id = OP_LOG_SOFTMAX_BACKWARD,
    .name = "log_softmax_backward",
    .node = "LogSoftmaxBackwardBackward0",
    .formula = "a − eᵇ · Σ a",
    .derivatives = { "g − Σ g · eᵇ", "−g · eᵇ · Σ a" },
    .provenance = PROVENANCE_REDUCE,
    .attributes = ATTR(DIM),
    .outputs = 1,
    .saves = { [SECOND_GRAD] = { .name = "grad_output", .from = 0, .used_by = 1 << 1 },
               [SECOND_RESULT] = { .name = "output", .from = 1 } },
    .forward = log_softmax_backward_forward,
    .backward = log_softmax_second_backward,
};
