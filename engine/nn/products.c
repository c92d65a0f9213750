#include "engine/nn/products.h"

#include <inttypes.h>
#include <math.h>

#include "engine/engine.h"
#include "engine/nn/nn.h"
#include "engine/nn/steps.h"

/* ---- powers ------------------------------------------------------------------------------------ */

static struct tensor *identity(struct rule *steps, struct tensor *a)
{
    const struct tensor_spec spec = tensor_spec_of(a);
    struct tensor *out = rule_unary(steps, OP_CLONE, a);
    const int dims = spec.shape.dims;
    struct tensor_spec line = spec;
    line.shape = (struct shape){ 1, { spec.shape.size[dims - 1] } };
    struct tensor *ones =
        rule_take(steps, tensor_full(steps->engine, &line, number_integer(1), steps->err));
    struct tensor *one = steps_apply(
        steps, OP_DIAG_EMBED, ones,
        &(struct op_attrs){ .present = ATTR(OFFSET) | ATTR(DIM0) | ATTR(DIM1), .dim1 = 1 });
    const struct operand in[] = { operand_tensor(out), operand_tensor(one) };
    return rule_apply(steps,
                      &(struct op_use){ .op = OP_COPY, .in = in, .in_count = 2, .in_place = true });
}

/* From the lowest bit of the power to its highest. */
static struct tensor *binary_power(struct rule *steps, struct tensor *a, int64_t power)
{
    struct tensor *square = NULL, *result = NULL;
    for (; power > 0 && rule_done(steps); power /= 2) {
        square = square ? steps_matmul(steps, square, square) : a;
        if (power % 2 == 1) {
            result = result ? steps_matmul(steps, result, square) : square;
        }
    }
    return result;
}

static struct tensor *power_of(struct rule *steps, struct tensor *a, int64_t power)
{
    if (power == 0) {
        return identity(steps, a);
    }
    if (power == 1) {
        return rule_unary(steps, OP_CLONE, a);
    }
    if (power < 0) {
        a = steps_apply(steps, OP_INV, a,
                        &(struct op_attrs){ .present = ATTR(CHECK_ERRORS), .check_errors = true });
    }
    const int64_t times = power < 0 ? -power : power;
    if (times == 3) {
        return steps_matmul(steps, steps_matmul(steps, a, a), a);
    }
    return binary_power(steps, a, times);
}

struct tensor *nn_matrix_power(struct engine *engine, struct tensor *a, int64_t power,
                               struct error *err)
{
    const int dims = a->shape.dims;
    const int64_t *size = a->shape.size + dims;
    struct rule steps = steps_begin(engine, err);
    if (dims < 2) {
        return steps_refuse(&steps, "linalg.matrix_power: The input tensor A must have at least 2 "
                                    "dimensions.");
    }
    if (size[-1] != size[-2]) {
        return steps_refuse(&steps,
                            "linalg.matrix_power: A must be batches of square matrices, but they "
                            "are %" PRId64 " by %" PRId64 " matrices",
                            size[-2], size[-1]);
    }
    return steps_finish(&steps, power_of(&steps, a, power));
}

/* ---- norms ------------------------------------------------------------------------------------- */

struct tensor *nn_matrix_norm(struct engine *engine, struct tensor *a, double order,
                              const struct shape *dims, bool keepdim, struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    int64_t first = dims->size[0], second = dims->size[1];
    if (isinf(order)) {
        first = dims->size[1];
        second = dims->size[0];
    }
    const struct op_attrs sums = { .present = ATTR(ORD) | ATTR(DIMS) | ATTR(KEEPDIM),
                                   .ord = number_real(1),
                                   .dims = { 1, { first } },
                                   .keepdim = keepdim };
    struct tensor *lines = steps_apply(&steps, OP_NORM, a, &sums);
    const struct op_attrs extreme = { .present = ATTR(DIMS) | ATTR(KEEPDIM),
                                      .dims = { 1, { second - (second > first && !keepdim) } },
                                      .keepdim = keepdim };
    return steps_finish(&steps,
                        steps_apply(&steps, order > 0 ? OP_AMAX : OP_AMIN, lines, &extreme));
}

/* ---- products ---------------------------------------------------------------------------------- */

static struct tensor *unsafe_view(struct rule *steps, struct tensor *a, const struct shape *size)
{
    return steps_apply(steps, OP_UNSAFE_VIEW, a,
                       &(struct op_attrs){ .present = ATTR(SIZE), .size = *size });
}

struct tensor *nn_kron(struct engine *engine, struct tensor *a, struct tensor *b, struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    const int dims = a->shape.dims > b->shape.dims ? a->shape.dims : b->shape.dims;
    struct shape of_a = { 2 * dims, { 0 } }, of_b = of_a, all = { dims, { 0 } };
    if (2 * dims > BACKEND_MAX_DIMS) {
        return steps_refuse(&steps,
                            "kron of tensors with more than %d dimensions is not supported by "
                            "Gradlight",
                            BACKEND_MAX_DIMS / 2);
    }
    for (int d = 0; d < dims; d++) {
        const int from_a = d - (dims - a->shape.dims), from_b = d - (dims - b->shape.dims);
        of_a.size[2 * d] = from_a >= 0 ? a->shape.size[from_a] : 1;
        of_b.size[2 * d + 1] = from_b >= 0 ? b->shape.size[from_b] : 1;
        of_a.size[2 * d + 1] = of_b.size[2 * d] = 1;
        all.size[d] = of_a.size[2 * d] * of_b.size[2 * d + 1];
    }
    struct tensor *blocks =
        rule_times(&steps, unsafe_view(&steps, a, &of_a), unsafe_view(&steps, b, &of_b));
    return steps_finish(&steps, unsafe_view(&steps, blocks, &all));
}

/* One side of a tensordot: the other dimensions, then the summed ones (summed_first: before them). */
struct side {
    struct tensor *tensor;
    struct shape summed;
    bool summed_first;
    int64_t kept, count; /* elements of the kept dimensions, of the summed ones */
};

static void append_kept(const struct side *side, struct shape *order, struct shape *sizes)
{
    for (int d = 0; d < side->tensor->shape.dims; d++) {
        bool is_summed = false;
        for (int i = 0; i < side->summed.dims; i++) {
            is_summed = is_summed || side->summed.size[i] == d;
        }
        if (!is_summed) {
            order->size[order->dims++] = d;
            sizes->size[sizes->dims++] = side->tensor->shape.size[d];
        }
    }
}

static struct tensor *as_matrix(struct rule *steps, struct side *side, struct shape *sizes)
{
    struct shape order = { 0 }, kept = { 0 };
    if (!side->summed_first) {
        append_kept(side, &order, &kept);
    }
    side->count = 1;
    for (int i = 0; i < side->summed.dims; i++) {
        order.size[order.dims++] = side->summed.size[i];
        side->count *= side->tensor->shape.size[side->summed.size[i]];
    }
    if (side->summed_first) {
        append_kept(side, &order, &kept);
    }
    side->kept = shape_count(&kept);
    for (int d = 0; d < kept.dims && sizes->dims < BACKEND_MAX_DIMS; d++) {
        sizes->size[sizes->dims++] = kept.size[d];
    }
    const int64_t rows = side->summed_first ? side->count : side->kept;
    const int64_t columns = side->summed_first ? side->kept : side->count;
    return rule_reshape(steps, steps_permute(steps, side->tensor, &order),
                        &(struct shape){ 2, { rows, columns } });
}

/* Counts dimensions from 0. */
static bool count_dims(struct rule *steps, const struct tensor *tensor, struct shape *dims)
{
    for (int i = 0; i < dims->dims && !steps->failed; i++) {
        int dim;
        steps->failed = !shape_dim(tensor->shape.dims, dims->size[i], &dim, steps->err);
        dims->size[i] = steps->failed ? 0 : dim;
    }
    return !steps->failed;
}

static bool sums_fit(struct rule *steps, const struct side *a, const struct side *b,
                     const struct shape *of_a, const struct shape *of_b)
{
    for (int i = 0; i < of_a->dims; i++) {
        const int64_t m = a->tensor->shape.size[a->summed.size[i]];
        const int64_t n = b->tensor->shape.size[b->summed.size[i]];
        if (m != n) {
            steps_refuse(steps,
                         "contracted dimensions need to match, but first has size %" PRId64
                         " in dim %" PRId64 " and second has size %" PRId64 " in dim %" PRId64,
                         m, of_a->size[i], n, of_b->size[i]);
            return false;
        }
    }
    return true;
}

struct tensor *nn_tensordot(struct engine *engine, struct tensor *a, struct tensor *b,
                            const struct shape *of_a, const struct shape *of_b, struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    struct side left = { .tensor = a, .summed = *of_a };
    struct side right = { .tensor = b, .summed = *of_b, .summed_first = true };
    struct shape sizes = { 0 };
    if (of_a->dims != of_b->dims) {
        return steps_refuse(&steps, "both dimension lists should have same length");
    }
    if (!count_dims(&steps, a, &left.summed) || !count_dims(&steps, b, &right.summed) ||
        !sums_fit(&steps, &left, &right, of_a, of_b)) {
        return NULL;
    }
    if (a->shape.dims + b->shape.dims - 2 * of_a->dims > BACKEND_MAX_DIMS) {
        return steps_refuse(&steps,
                            "tensors with more than %d dimensions are not supported by Gradlight",
                            BACKEND_MAX_DIMS);
    }
    struct tensor *first = as_matrix(&steps, &left, &sizes);
    struct tensor *second = as_matrix(&steps, &right, &sizes);
    struct tensor *product =
        rule_binary(&steps, OP_MM, operand_tensor(first), operand_tensor(second));
    return steps_finish(&steps,
                        steps_apply(&steps, OP_VIEW, product,
                                    &(struct op_attrs){ .present = ATTR(SIZE), .size = sizes }));
}

struct tensor *nn_inner(struct engine *engine, struct tensor *a, struct tensor *b,
                        struct error *err)
{
    struct rule steps = steps_begin(engine, err);
    if (a->shape.dims == 0 || b->shape.dims == 0) {
        return steps_finish(&steps, rule_times(&steps, a, b));
    }
    const struct shape of_a = { 1, { a->shape.dims - 1 } }, of_b = { 1, { b->shape.dims - 1 } };
    if (a->shape.size[of_a.size[0]] != b->shape.size[of_b.size[0]]) {
        struct text text = { 0 };
        shape_append(&text, &a->shape);
        text_append_string(&text, " and ");
        shape_append(&text, &b->shape);
        steps_refuse(
            &steps, "inner() the last dimension must match on both input tensors but got shapes %s",
            text_string(&text));
        text_finish(&text);
        return NULL;
    }
    return nn_tensordot(engine, a, b, &of_a, &of_b, err);
}

/* ---- determinants ------------------------------------------------------------------------------ */

struct tensor *nn_logdet(struct engine *engine, struct tensor *a, struct error *err)
{
    const struct operand in = operand_tensor(a);
    struct tensor *out[4];
    if (!op_apply(engine, &(struct op_use){ .op = OP_SLOGDET, .in = &in, .in_count = 1 }, out,
                  err)) {
        return NULL;
    }
    struct rule steps = steps_begin(engine, err);
    for (int i = 0; i < 4; i++) {
        rule_take(&steps, out[i]);
    }
    struct tensor *negative = rule_with(&steps, OP_EQ, out[0], -1);
    return steps_finish(&steps,
                        rule_where(&steps, negative, operand_real(NAN), operand_tensor(out[1])));
}
