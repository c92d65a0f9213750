#include <inttypes.h>
#include <stdio.h>

#include "engine/engine.h"
#include "engine/ops/factors.h"

/* How the texts begin that speak of one matrix among several. */
static bool set_singular(struct error *err, const char *who, int64_t batch, const char *text)
{
    error_set_kind(err, ERROR_LINALG, "%s", text);
    if (batch >= 0) {
        error_prefix(err, "(Batch element %" PRId64 ")", batch);
    }
    return error_prefix(err, "%s", who);
}

static bool checks_errors(const struct op_call *call)
{
    return call->attrs->present & ATTR(CHECK_ERRORS) && call->attrs->check_errors;
}

/* A tensor of that shape for the time of one operation. */
static struct tensor *scratch(struct op_call *call, const struct shape *shape, enum dtype dtype,
                              struct error *err)
{
    const struct tensor_spec spec = { dtype, *shape, tensor_backend(call->in[0].tensor) };
    return tensor_create(call->engine, &spec, err);
}

/* The shape of the pivots of such matrices. */
static struct shape pivots_shape(const struct shape *matrices)
{
    struct shape shape = *matrices;
    shape.dims--;
    return shape;
}

/* y = a⁻¹            so   da += -yᵀ @ dy @ yᵀ */

enum { INV_RESULT };

static bool fill_identity(struct tensor *out, struct error *err)
{
    struct tensor *diagonal = factors_diagonal(out);
    const bool ok =
        compute_fill(out, number_integer(0), err) && compute_fill(diagonal, number_integer(1), err);
    tensor_unref(diagonal);
    return ok;
}

static bool check_inverse(struct op_call *call, struct tensor *lu, struct error *err)
{
    int64_t batch, place = 0;
    if (!factors_info(call, 1, lu, &batch, &place, err)) {
        return false;
    }
    if (batch < 0 || !checks_errors(call)) {
        return true;
    }
    char text[160];
    snprintf(text, sizeof(text),
             "The diagonal element %" PRId64 " is zero, the inversion could not be completed "
             "because the input matrix is singular.",
             place);
    return set_singular(err, "linalg.inv", lu->shape.dims > 2 ? batch : -1, text);
}

static bool inv_forward(struct op_call *call, struct error *err)
{
    struct tensor *a = call->in[0].tensor;
    if (!factors_check_square(call, err) || !factors_check_float(call, err)) {
        return false;
    }
    const struct tensor_spec spec = tensor_spec_of(a);
    const struct shape of_pivots = pivots_shape(&a->shape);
    struct tensor *out = op_output(call, 0, &spec, err);
    struct tensor *lu = out ? scratch(call, &a->shape, a->dtype, err) : NULL;
    struct tensor *pivots = lu ? scratch(call, &of_pivots, DTYPE_INT32, err) : NULL;
    bool ok = pivots != NULL;
    if (ok) {
        factors_lie_by_columns(out);
        ok = fill_identity(out, err) &&
             factors_make(&(struct factoring){ .a = a, .lu = lu, .pivots = pivots, .right = out },
                          err) &&
             check_inverse(call, lu, err);
    }
    tensor_unref(pivots);
    tensor_unref(lu);
    return ok;
}

static bool inv_backward(struct rule *rule)
{
    struct tensor *turned = rule_turned(rule, rule_saved(rule, INV_RESULT));
    struct tensor *product = rule_matmul(rule, rule->grad[0], turned);
    rule->result[0] = rule_unary(rule, OP_NEG, rule_matmul(rule, turned, product));
    return rule_done(rule);
}

const struct op op_row_inv = {
    .id = OP_INV,
    .name = "inv",
    .symbol = "⁻¹",
    .node = "LinalgInvExBackward0",
    .formula = "a⁻¹",
    .derivatives = { "-yᵀ @ g @ yᵀ" },
    .provenance = PROVENANCE_MATMUL,
    .attributes = ATTR(CHECK_ERRORS),
    .outputs = 2,
    .gradless = 1 << 1,
    .saves = { [INV_RESULT] = { .name = "inverse", .is_output = true, .from = 0 } },
    .forward = inv_forward,
    .backward = inv_backward,
};

/* a @ x = b, y = x   so   db += h,  da += -h @ yᵀ   where aᵀ @ h = dy
 * x @ a = b (not left)    db += h,  da += -yᵀ @ h   where h @ aᵀ = dy
 * b has one dimension less than a where it is one vector for each matrix. */

enum { SOLVE_A, SOLVE_LU, SOLVE_PIVOTS, SOLVE_RESULT };

static bool is_left(const struct op_attrs *attrs)
{
    return !(attrs->present & ATTR(LEFT)) || attrs->left;
}

static bool is_vector(const struct shape *a, const struct shape *b)
{
    bool same = a->dims == b->dims + 1;
    for (int d = 0; same && d < b->dims; d++) {
        same = a->size[d] == b->size[d];
    }
    return b->dims == 1 || same;
}

static bool solve_fits(const struct op_call *call, bool vector, struct error *err)
{
    const struct shape *a = &call->in[0].tensor->shape, *b = &call->in[1].tensor->shape;
    const bool left = is_left(call->attrs);
    if (b->dims < 2 && !vector) {
        return error_set(err, "linalg.solve: The input tensor B must have at least 2 dimensions.");
    }
    if (!left && vector) {
        return error_set(err, "linalg.solve: Vector broadcasting of the left hand side is not "
                              "supported for left=False. In this case linalg.solve is equivalent "
                              "to B / A.squeeze(-1)");
    }
    const int64_t rows = vector ? b->size[b->dims - 1] : b->size[b->dims - 2];
    const int64_t columns = vector ? 1 : b->size[b->dims - 1], size = a->size[a->dims - 1];
    return (left ? rows : columns) == size ||
           error_set(err,
                     "linalg.solve: Incompatible shapes of A and B for the equation %s (%" PRId64
                     "x%" PRId64 " and %" PRId64 "x%" PRId64 ")",
                     left ? "AX = B" : "XA = B", size, size, rows, columns);
}

static bool solve_check(const struct op_call *call, bool vector, struct error *err)
{
    const struct tensor *a = call->in[0].tensor, *b = call->in[1].tensor;
    if (!factors_check_float(call, err)) {
        return false;
    }
    if (a->dtype != b->dtype) {
        return error_set(err,
                         "linalg.solve: Expected A and B to have the same dtype, but found A of "
                         "type %s and B of type %s instead",
                         dtype_type_name(a->dtype), dtype_type_name(b->dtype));
    }
    return factors_check_square(call, err) && solve_fits(call, vector, err);
}

/* What is being solved: x [.., n, m], which is b to begin with, and the matrices of the same batch. */
struct system {
    struct tensor *x, *a, *lu, *pivots;
    bool left;
};

static bool system_shapes(const struct tensor *a, const struct tensor *b, bool vector,
                          struct shape *x, struct shape *matrices, struct error *err)
{
    struct shape batch_a = a->shape, batch_b = b->shape;
    batch_a.dims -= 2;
    batch_b.dims -= vector ? 1 : 2;
    if (!shape_broadcast(&batch_b, &batch_a, x, err)) {
        return false;
    }
    *matrices = *x;
    for (int k = 0; k < 2; k++) {
        matrices->size[matrices->dims++] = a->shape.size[a->shape.dims - 1];
    }
    x->size[x->dims++] = b->shape.size[batch_b.dims];
    x->size[x->dims++] = vector ? 1 : b->shape.size[batch_b.dims + 1];
    return true;
}

static void system_finish(struct system *system)
{
    tensor_unref(system->pivots);
    tensor_unref(system->lu);
    tensor_unref(system->a);
    tensor_unref(system->x);
}

static bool system_begin(struct op_call *call, bool vector, struct system *system,
                         struct error *err)
{
    struct tensor *a = call->in[0].tensor, *b = call->in[1].tensor;
    struct shape x, matrices;
    int64_t strides[BACKEND_MAX_DIMS];
    *system = (struct system){ .left = is_left(call->attrs) };
    if (!system_shapes(a, b, vector, &x, &matrices, err) ||
        !shape_expand(&a->shape, a->strides, &matrices, strides, err)) {
        return false;
    }
    const struct shape of_pivots = pivots_shape(&matrices);
    system->x = scratch(call, &x, a->dtype, err);
    system->a = shape_equal(&matrices, &a->shape) ? tensor_ref(a)
                                                  : tensor_view(a, &matrices, strides, a->offset);
    system->lu = scratch(call, &matrices, a->dtype, err);
    system->pivots = scratch(call, &of_pivots, DTYPE_INT32, err);
    struct tensor *column = vector ? factors_column(b) : tensor_ref(b);
    const bool ok =
        system->x && system->lu && system->pivots && compute_copy(system->x, column, err);
    tensor_unref(column);
    if (!ok) {
        system_finish(system);
    }
    return ok;
}

/* x @ a = b is aᵀ @ xᵀ = bᵀ. */
static bool system_solve(const struct system *system, struct error *err)
{
    struct tensor *right = system->left ? tensor_ref(system->x) : factors_turned(system->x);
    const struct factoring factoring = { .a = system->a,
                                         .lu = system->lu,
                                         .pivots = system->pivots,
                                         .right = right,
                                         .transposed = !system->left };
    const bool ok = factors_make(&factoring, err);
    tensor_unref(right);
    return ok;
}

static bool solve_output(struct op_call *call, bool vector, const struct system *system,
                         struct error *err)
{
    struct tensor_spec spec = tensor_spec_of(system->x);
    spec.shape.dims -= vector;
    struct tensor *out = op_output(call, 0, &spec, err);
    if (!out) {
        return false;
    }
    if (system->left) {
        factors_lie_by_columns(out);
    }
    struct tensor *matrices = vector ? factors_column(out) : tensor_ref(out);
    const bool ok = compute_copy(matrices, system->x, err);
    tensor_unref(matrices);
    return ok;
}

static bool check_solved(struct op_call *call, struct error *err)
{
    struct tensor *lu = call->out[1];
    int64_t batch, place;
    if (!factors_info(call, 3, lu, &batch, &place, err)) {
        return false;
    }
    return batch < 0 || !checks_errors(call) ||
           set_singular(err, "torch.linalg.solve", lu->shape.dims > 2 ? batch : -1,
                        "The solver failed because the input matrix is singular.");
}

static bool solve_forward(struct op_call *call, struct error *err)
{
    const bool vector = is_vector(&call->in[0].tensor->shape, &call->in[1].tensor->shape);
    struct system system;
    if (!solve_check(call, vector, err) || !system_begin(call, vector, &system, err)) {
        return false;
    }
    const bool ok = system_solve(&system, err) && solve_output(call, vector, &system, err);
    system_finish(&system);
    return ok && factors_outputs(call, 1, err) && check_solved(call, err);
}

static bool solve_backward(struct rule *rule)
{
    struct tensor *a = rule_saved(rule, SOLVE_A), *y = rule_saved(rule, SOLVE_RESULT);
    if (!a || !y) {
        return rule_done(rule);
    }
    const bool vector = is_vector(&a->shape, &y->shape), left = is_left(rule_attrs(rule));
    const struct operand in[] = { operand_tensor(rule_turned(rule, a)),
                                  operand_tensor(rule->grad[0]) };
    const struct op_use use = {
        .op = OP_SOLVE,
        .in = in,
        .in_count = 2,
        .attrs = { .present = ATTR(LEFT) | ATTR(CHECK_ERRORS), .left = left },
    };
    struct tensor *h = rule_apply(rule, &use);
    rule->result[1] = rule->needs[1] ? h : NULL;
    if (rule->needs[0]) {
        const int column = y->shape.dims;
        struct tensor *wide = vector ? rule_unsqueeze(rule, h, column) : h;
        struct tensor *turned = rule_turned(rule, vector ? rule_unsqueeze(rule, y, column) : y);
        struct tensor *product =
            left ? rule_matmul(rule, wide, turned) : rule_matmul(rule, turned, wide);
        rule->result[0] = rule_unary(rule, OP_NEG, product);
    }
    return rule_done(rule);
}

const struct op op_row_solve = {
    .id = OP_SOLVE,
    .name = "solve",
    .symbol = "⁻¹ @",
    .node = "LinalgSolveExBackward0",
    .formula = "a⁻¹ @ b",
    .derivatives = { "-(a⁻ᵀ @ g) @ yᵀ", "a⁻ᵀ @ g" },
    .provenance = PROVENANCE_MATMUL,
    .attributes = ATTR(LEFT) | ATTR(CHECK_ERRORS),
    .outputs = 4,
    .gradless = 1 << 1 | 1 << 2 | 1 << 3,
    .saves = { [SOLVE_A] = { .name = "A", .from = 0 },
               [SOLVE_LU] = { .name = "LU", .is_output = true, .from = 1 },
               [SOLVE_PIVOTS] = { .name = "pivots", .is_output = true, .from = 2 },
               [SOLVE_RESULT] = { .name = "result", .is_output = true, .from = 0 } },
    .forward = solve_forward,
    .backward = solve_backward,
};
