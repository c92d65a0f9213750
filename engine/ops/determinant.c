#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/engine.h"
#include "engine/ops/factors.h"

/* Outputs `first` and the next one are L·U = the rows of a, exchanged: det a is the product of U's
 * diagonal, with the other sign for each exchange. */

/* Every matrix's 1 or -1, as the shape `signs` of a's dtype: a reference. */
static struct tensor *signs_of(struct op_call *call, struct tensor *pivots, enum dtype dtype,
                               struct error *err)
{
    struct tensor_spec spec = { dtype, pivots->shape, tensor_backend(pivots) };
    const int64_t size = spec.shape.size[--spec.shape.dims], count = shape_count(&spec.shape);
    int64_t *rows = memory_allocate((size_t)pivots->count + 1, sizeof(*rows));
    struct tensor *signs = NULL;
    if (pivots->count == 0 || tensor_read_whole(pivots, rows, err)) {
        signs = tensor_full(call->engine, &spec, number_integer(1), err);
    }
    double *doubles = memory_allocate((size_t)count + 1, sizeof(*doubles));
    for (int64_t b = 0; b < count; b++) {
        doubles[b] = 1;
        for (int64_t i = 0; i < size; i++) {
            doubles[b] = rows[b * size + i] != i + 1 ? -doubles[b] : doubles[b];
        }
    }
    struct tensor_spec wide = spec;
    wide.dtype = DTYPE_FLOAT64;
    struct tensor *values = signs ? tensor_from_host(call->engine, &wide, doubles, err) : NULL;
    if (!values || !compute_copy(signs, values, err)) {
        tensor_unref(signs);
        signs = NULL;
    }
    tensor_unref(values);
    free(doubles);
    free(rows);
    return signs;
}

/* out [..] = the reduction of `line` [.., n] along its last dimension. */
static bool fold_last(struct tensor *out, enum reduce_function function, struct tensor *line,
                      struct error *err)
{
    struct tensor *column = factors_column(out);
    const bool ok =
        compute_reduce(column, &(struct compute_reduce){ .function = function, .in = line }, err);
    tensor_unref(column);
    return ok;
}

static bool batch_output(struct op_call *call, int number, struct error *err)
{
    const struct tensor *a = call->in[0].tensor;
    struct tensor_spec spec = tensor_spec_of(a);
    spec.shape.dims -= 2;
    return op_output(call, number, &spec, err) != NULL;
}

/* For each matrix the diagonal of zeros with what the batch `a` [..] says: [.., n, n]. */
static struct tensor *diagonals(struct rule *rule, struct tensor *a, const struct shape *matrices)
{
    if (!a) {
        return NULL;
    }
    struct shape lines = *matrices;
    lines.dims--;
    const struct operand in =
        operand_tensor(rule_expand(rule, rule_unsqueeze(rule, a, a->shape.dims), &lines));
    return rule_apply(
        rule, &(struct op_use){ .op = OP_DIAG_EMBED,
                                .in = &in,
                                .in_count = 1,
                                .attrs = { .present = ATTR(OFFSET) | ATTR(DIM0) | ATTR(DIM1),
                                           .dim0 = matrices->dims - 2,
                                           .dim1 = matrices->dims - 1 } });
}

/* y = det a          so   da += dy·y·a⁻ᵀ; nothing where y is 0 */

enum { DET_A, DET_LU, DET_PIVOTS, DET_RESULT };

static bool det_forward(struct op_call *call, struct error *err)
{
    if (!factors_check_square(call, err) || !factors_check_float(call, err) ||
        !batch_output(call, 0, err) || !factors_outputs(call, 1, err)) {
        return false;
    }
    struct tensor *out = call->out[0];
    struct tensor *signs = signs_of(call, call->out[2], out->dtype, err);
    struct tensor *diagonal = factors_diagonal(call->out[1]);
    const bool ok = signs && fold_last(out, REDUCE_PROD, diagonal, err) &&
                    compute_map2(out, MAP_MUL, operand_tensor(signs), operand_tensor(out), err);
    tensor_unref(diagonal);
    tensor_unref(signs);
    return ok;
}

/* Where the matrix is singular, the identity stands for it: its gradient is 0. */
static bool det_backward(struct rule *rule)
{
    struct tensor *a = rule_saved(rule, DET_A), *det = rule_saved(rule, DET_RESULT);
    if (!a || !det) {
        return rule_done(rule);
    }
    const int dims = det->shape.dims;
    struct tensor *ones =
        rule_take(rule, tensor_full(rule->engine,
                                    &(struct tensor_spec){ .dtype = det->dtype,
                                                           .shape = det->shape,
                                                           .backend = tensor_backend(det) },
                                    number_integer(1), rule->err));
    struct tensor *none = rule_with(rule, OP_EQ, det, 0);
    none = rule_unsqueeze(rule, rule_unsqueeze(rule, none, dims), dims);
    struct tensor *identity = diagonals(rule, ones, &a->shape);
    struct tensor *regular = rule_where(rule, none, operand_tensor(identity), operand_tensor(a));
    struct tensor *scaled = diagonals(rule, rule_times(rule, rule->grad[0], det), &a->shape);
    rule->result[0] = rule_solve_turned(rule, regular, scaled);
    return rule_done(rule);
}

const struct op op_row_det = {
    .id = OP_DET,
    .name = "det",
    .symbol = "det",
    .node = "LinalgDetBackward0",
    .formula = "det a",
    .derivatives = { "det a · a⁻ᵀ" },
    .provenance = PROVENANCE_MATMUL,
    .outputs = 3,
    .gradless = 1 << 1 | 1 << 2,
    .saves = { [DET_A] = { .name = "A", .from = 0 },
               [DET_LU] = { .name = "LU", .is_output = true, .from = 1 },
               [DET_PIVOTS] = { .name = "pivots", .is_output = true, .from = 2 },
               [DET_RESULT] = { .name = "result", .is_output = true, .from = 0 } },
    .forward = det_forward,
    .backward = det_backward,
};

/* s = sign det a,  y = ln |det a|       so   da += dy·a⁻ᵀ */

enum { SLOGDET_A, SLOGDET_LU, SLOGDET_PIVOTS, SLOGDET_SIGN };

/* Both outputs from U's diagonal: the product of its signs, the sum of its logarithms. */
static bool slogdet_values(struct op_call *call, struct tensor *line, struct error *err)
{
    struct tensor *sign = call->out[0], *diagonal = factors_diagonal(call->out[2]);
    struct tensor *signs = signs_of(call, call->out[3], sign->dtype, err);
    const struct operand in = operand_tensor(diagonal), own = operand_tensor(line);
    const bool ok =
        signs &&
        compute_map(
            line, &(struct compute_map){ .function = MAP_SIGN, .dtype = sign->dtype, .in = { in } },
            err) &&
        fold_last(sign, REDUCE_PROD, line, err) &&
        compute_map2(sign, MAP_MUL, operand_tensor(signs), operand_tensor(sign), err) &&
        compute_map(
            line, &(struct compute_map){ .function = MAP_ABS, .dtype = sign->dtype, .in = { in } },
            err) &&
        compute_map(
            line, &(struct compute_map){ .function = MAP_LOG, .dtype = sign->dtype, .in = { own } },
            err) &&
        fold_last(call->out[1], REDUCE_SUM, line, err);
    tensor_unref(signs);
    tensor_unref(diagonal);
    return ok;
}

static bool slogdet_forward(struct op_call *call, struct error *err)
{
    if (!factors_check_square(call, err) || !factors_check_float(call, err) ||
        !batch_output(call, 0, err) || !batch_output(call, 1, err) ||
        !factors_outputs(call, 2, err)) {
        return false;
    }
    struct tensor_spec spec = tensor_spec_of(call->out[2]);
    spec.shape.dims--;
    struct tensor *line = tensor_create(call->engine, &spec, err);
    const bool ok = line && slogdet_values(call, line, err);
    tensor_unref(line);
    return ok;
}

static bool slogdet_backward(struct rule *rule)
{
    struct tensor *a = rule_saved(rule, SLOGDET_A);
    if (a) {
        rule->result[0] = rule_solve_turned(rule, a, diagonals(rule, rule->grad[1], &a->shape));
    }
    return rule_done(rule);
}

const struct op op_row_slogdet = {
    .id = OP_SLOGDET,
    .name = "slogdet",
    .symbol = "ln |det|",
    .node = "LinalgSlogdetBackward0",
    .formula = "ln |det a|",
    .derivatives = { "a⁻ᵀ" },
    .provenance = PROVENANCE_MATMUL,
    .outputs = 4,
    .gradless = 1 << 2 | 1 << 3,
    .saves = { [SLOGDET_A] = { .name = "A", .from = 0 },
               [SLOGDET_LU] = { .name = "LU", .is_output = true, .from = 2 },
               [SLOGDET_PIVOTS] = { .name = "pivots", .is_output = true, .from = 3 },
               [SLOGDET_SIGN] = { .name = "sign", .is_output = true, .from = 0 } },
    .forward = slogdet_forward,
    .backward = slogdet_backward,
};
