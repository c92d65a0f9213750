#include <inttypes.h>

#include "engine/engine.h"
#include "engine/nn/statistics.h"
#include "engine/nn/steps.h"

static struct tensor *with_dims(struct rule *steps, enum op_id op, struct tensor *a, int64_t dim0,
                                int64_t dim1)
{
    return steps_apply(
        steps, op, a,
        &(struct op_attrs){ .present = ATTR(DIM0) | ATTR(DIM1), .dim0 = dim0, .dim1 = dim1 });
}

static struct tensor *with_dim(struct rule *steps, enum op_id op, struct tensor *a, int64_t dim)
{
    return steps_apply(steps, op, a, &(struct op_attrs){ .present = ATTR(DIM), .dim = dim });
}

static bool check(const struct nn_quantile *how, const struct tensor *a, struct rule *steps)
{
    const struct tensor *q = how->q;
    double values[64];
    if (a->count == 0) {
        steps_refuse(steps, "quantile() input tensor must be non-empty");
    } else if (q->shape.dims > 1) {
        steps_refuse(steps, "quantile() q must be a scalar or 1D tensor");
    } else if (!dtype_is_float(a->dtype)) {
        steps_refuse(steps, "quantile() input tensor must be either float or double dtype");
    } else if (q->dtype != a->dtype) {
        steps_refuse(steps, "quantile() q tensor must be same dtype as the input tensor");
    } else if (q->count <= 64 && tensor_read_real(q, values, steps->err)) {
        for (int64_t i = 0; i < q->count; i++) {
            if (!(values[i] >= 0 && values[i] <= 1)) {
                steps_refuse(steps, "quantile() q values must be in the range [0, 1]");
            }
        }
    }
    return !steps->failed;
}

/* Sorted, with the dimension last: [those that stay, length]. */
static struct tensor *sorted_rows(struct rule *steps, const struct nn_quantile *how,
                                  struct tensor *a, int dim)
{
    const int last = a->shape.dims - 1;
    struct shape size = { 0 };
    for (int d = 0; d < a->shape.dims; d++) {
        const bool goes = how->flat || d == dim;
        if (!goes || how->keepdim) {
            size.size[size.dims++] = goes ? 1 : a->shape.size[d];
        }
    }
    size.size[size.dims++] = how->flat ? a->count : a->shape.dims > 0 ? a->shape.size[dim] : 1;
    struct tensor *rows = a;
    if (how->flat && a->shape.dims != 1) {
        rows = rule_reshape(steps, a, &(struct shape){ 1, { a->count } });
    } else if (!how->flat && a->shape.dims > 0 && dim != last) {
        rows = with_dims(steps, OP_TRANSPOSE, rule_unsqueeze(steps, a, last + 1), dim, last + 1);
    }
    struct tensor *sorted = NULL;
    if (rows) {
        sorted = steps_apply(
            steps, OP_SORT, rows,
            &(struct op_attrs){ .present = ATTR(DIM),
                                .dim = rows->shape.dims > 0 ? rows->shape.dims - 1 : 0 });
    }
    return steps_apply(steps, OP_VIEW, sorted,
                       &(struct op_attrs){ .present = ATTR(SIZE), .size = size });
}

/* Where among the sorted elements each q lies: [.., number of q]. */
static struct tensor *ranks_of(struct rule *steps, const struct nn_quantile *how,
                               struct tensor *sorted)
{
    if (!sorted) {
        return NULL;
    }
    const int last = sorted->shape.dims - 1;
    const double most = (double)(sorted->shape.size[last] - 1);
    const struct shape along = { 1, { last } };
    struct tensor *is_nan = rule_unary(steps, OP_ISNAN, sorted);
    if (how->ignore_nan) {
        struct tensor *count =
            rule_sum(steps, rule_unary(steps, OP_LOGICAL_NOT, is_nan), &along, true);
        struct tensor *highest =
            rule_binary(steps, OP_SUB, operand_tensor(count), operand_number(number_integer(1)));
        struct tensor *ranks = rule_times(steps, how->q, highest);
        return rule_where(steps, rule_with(steps, OP_LT, ranks, 0), operand_real(0),
                          operand_tensor(ranks));
    }
    struct tensor *any =
        steps_apply(steps, OP_ANY, is_nan,
                    &(struct op_attrs){
                        .present = ATTR(DIMS) | ATTR(KEEPDIM), .dims = along, .keepdim = true });
    struct tensor *ranks = rule_with(steps, OP_MUL, how->q, most);
    return rule_where(steps, any, operand_real(most), operand_tensor(ranks));
}

static struct tensor *as_places(struct rule *steps, struct tensor *ranks)
{
    return steps_apply(steps, OP_TO_COPY, ranks,
                       &(struct op_attrs){ .present = ATTR(DTYPE), .dtype = DTYPE_INT64 });
}

static struct tensor *picked(struct rule *steps, struct tensor *sorted, struct tensor *places)
{
    const struct operand in[] = { operand_tensor(sorted), operand_tensor(places) };
    return rule_apply(steps,
                      &(struct op_use){ .op = OP_GATHER,
                                        .in = in,
                                        .in_count = 2,
                                        .attrs = { .present = ATTR(DIM),
                                                   .dim = sorted ? sorted->shape.dims - 1 : 0 } });
}

static struct tensor *values_at(struct rule *steps, const struct nn_quantile *how,
                                struct tensor *sorted, struct tensor *ranks)
{
    static const enum op_id rounding[] = { [NN_QUANTILE_LOWER] = OP_FLOOR,
                                           [NN_QUANTILE_HIGHER] = OP_CEIL,
                                           [NN_QUANTILE_NEAREST] = OP_ROUND };
    const bool between = how->between == NN_QUANTILE_LINEAR || how->between == NN_QUANTILE_MIDPOINT;
    if (!between) {
        ranks = rule_unary(steps, rounding[how->between], ranks);
    }
    struct tensor *below = as_places(steps, ranks), *low = picked(steps, sorted, below);
    if (!between) {
        return low;
    }
    struct tensor *weight = steps_minus(steps, ranks, below);
    if (how->between == NN_QUANTILE_MIDPOINT) {
        weight = rule_binary(steps, OP_ADD, operand_tensor(rule_with(steps, OP_MUL, weight, 0)),
                             operand_real(0.5));
    }
    struct tensor *high =
        picked(steps, sorted, as_places(steps, rule_unary(steps, OP_CEIL, ranks)));
    const struct operand in[] = { operand_tensor(low), operand_tensor(high),
                                  operand_tensor(weight) };
    return rule_apply(steps, &(struct op_use){ .op = OP_LERP_TENSOR, .in = in, .in_count = 3 });
}

/* The last dimension away for one q, to the front for a line of them; all in place, as nobody has seen
 * the values yet. */
static struct tensor *shaped(struct rule *steps, const struct nn_quantile *how,
                             struct tensor *values)
{
    if (!values) {
        return NULL;
    }
    const int last = values->shape.dims;
    if (how->q->shape.dims == 0) {
        return with_dim(steps, OP_SQUEEZE_DIM_IN_PLACE, values, last - 1);
    }
    struct tensor *front = with_dims(steps, OP_TRANSPOSE_IN_PLACE,
                                     with_dim(steps, OP_UNSQUEEZE_IN_PLACE, values, 0), 0, last);
    return with_dim(steps, OP_SQUEEZE_DIM_IN_PLACE, front, last);
}

struct tensor *nn_quantile(struct engine *engine, const struct nn_quantile *how, struct tensor *a,
                           struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    int dim = 0;
    if (!check(how, a, &steps) || (!how->flat && !shape_dim(a->shape.dims, how->dim, &dim, err))) {
        return NULL;
    }
    struct tensor *sorted = sorted_rows(&steps, how, a, dim);
    struct tensor *ranks = ranks_of(&steps, how, sorted);
    return steps_finish(&steps, shaped(&steps, how, values_at(&steps, how, sorted, ranks)));
}
