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

/* out = function(a, b) along the dimension; b may be absent. */
static bool rows_forward(struct op_call *call, enum rows_function function, struct error *err)
{
    int dim;
    struct tensor *out = begin(call, &dim, err);
    if (!out || out->count == 0) {
        return out != NULL;
    }
    const struct compute_rows rows = { .function = function,
                                       .a = call->in[0].tensor,
                                       .b = call->in_count > 1 ? call->in[1].tensor : NULL,
                                       .dim = dim };
    return compute_rows(out, &rows, err);
}

/* y = e^a / Σ e^a    so   da += (dy - Σ dy·y)·y */

static bool softmax_forward(struct op_call *call, struct error *err)
{
    return rows_forward(call, ROWS_SOFTMAX, err);
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
    return rows_forward(call, ROWS_SOFTMAX_GRAD, err);
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
    .node = "SoftmaxBackwardDataBackward0",
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

static bool log_softmax_forward(struct op_call *call, struct error *err)
{
    return rows_forward(call, ROWS_LOG_SOFTMAX, err);
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
    return rows_forward(call, ROWS_LOG_SOFTMAX_GRAD, err);
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
    .node = "LogSoftmaxBackwardDataBackward0",
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
