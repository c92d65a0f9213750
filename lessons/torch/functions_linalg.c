/* Linear algebra: torch.linalg, and what torch and tensors have of it under their own names. */
#include "lessons/torch/functions.h"

#include <math.h>
#include <string.h>

#include "engine/nn/nn.h"
#include "engine/nn/products.h"

/* ---- inverse, determinant, equations ------------------------------------------------------------- */

enum { OUTPUTS_MAX = 4 };

/* Runs the operation and keeps the outputs that `wanted` names (bits), in front. */
static bool outputs_of(const struct call *call, const struct op_use *use, unsigned wanted,
                       struct tensor **out)
{
    struct tensor *all[OUTPUTS_MAX] = { NULL };
    struct error err;
    int kept = 0;
    if (!op_apply(call->face->engine, use, all, &err)) {
        torch_raise(&err);
        return false;
    }
    for (int i = 0; i < op_table[use->op]->outputs; i++) {
        if (wanted >> i & 1) {
            out[kept++] = all[i];
        } else {
            tensor_unref(all[i]);
        }
    }
    return true;
}

static struct op_use use_checked(const struct call *call, const struct operand *in, int count,
                                 bool check)
{
    return (struct op_use){ .op = call->row->op,
                            .in = in,
                            .in_count = count,
                            .attrs = { .present = ATTR(CHECK_ERRORS), .check_errors = check } };
}

static PyObject *call_inverse(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = use_checked(call, &in, 1, true);
    return function_apply(call, &use);
}

static PyObject *call_inv_ex(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0), *out[OUTPUTS_MAX];
    bool check = false;
    if (!input || !argument_bool(call, 1, &check)) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = use_checked(call, &in, 1, check);
    return outputs_of(call, &use, 3, out) ? function_results(call, "linalg_inv_ex", out) : NULL;
}

/* solve(A, B, left=True) and solve_ex, which also tells where it failed. */
static PyObject *call_solve(struct call *call)
{
    struct tensor *a = argument_tensor(call, 0), *b = a ? argument_tensor(call, 1) : NULL;
    struct tensor *out[OUTPUTS_MAX];
    const bool tells = strcmp(call->row->name, "solve_ex") == 0;
    bool check = !tells, left = true;
    if (!b || !argument_bool(call, 2, &left) || (tells && !argument_bool(call, 3, &check))) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(a), operand_tensor(b) };
    struct op_use use = use_checked(call, in, 2, check);
    use.attrs.present |= ATTR(LEFT);
    use.attrs.left = left;
    if (!tells) {
        return function_apply(call, &use);
    }
    return outputs_of(call, &use, 1 | 8, out) ? function_results(call, "linalg_solve_ex", out)
                                              : NULL;
}

static PyObject *slogdet_as(const struct call *call, const char *type)
{
    struct tensor *input = argument_tensor(call, 0), *out[OUTPUTS_MAX];
    if (!input) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = { .op = OP_SLOGDET, .in = &in, .in_count = 1 };
    return outputs_of(call, &use, 3, out) ? function_results(call, type, out) : NULL;
}

static PyObject *call_slogdet(struct call *call)
{
    return slogdet_as(call, "slogdet");
}

static PyObject *call_linalg_slogdet(struct call *call)
{
    return slogdet_as(call, "linalg_slogdet");
}

static PyObject *call_logdet(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    return input ? function_result(call, nn_logdet(call->face->engine, input, &err), &err) : NULL;
}

static PyObject *call_matrix_power(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    int64_t power = 0;
    struct error err;
    return input && argument_integer(call, 1, &power)
               ? function_result(call, nn_matrix_power(call->face->engine, input, power, &err),
                                 &err)
               : NULL;
}

/* ---- norms ------------------------------------------------------------------------------------- */

/* A number; "fro" is no number and gives 2; "nuc" needs singular values. */
static bool read_order(const struct call *call, int i, bool *is_frobenius, struct number *out)
{
    PyObject *given = call->arguments[i];
    *is_frobenius = false;
    if (!argument_given(call, i) || !PyUnicode_Check(given)) {
        return argument_number(call, i, out);
    }
    *is_frobenius = PyUnicode_CompareWithASCIIString(given, "fro") == 0;
    if (!*is_frobenius) {
        PyErr_Format(PyExc_NotImplementedError, "the norm '%U' is not supported by Gradlight",
                     given);
    }
    return *is_frobenius;
}

/* ‖input‖ of `order` over all elements, or over the dimensions. */
static PyObject *vector_norm(const struct call *call, struct tensor *input, struct number order,
                             const struct shape *dims, bool keepdim)
{
    const struct operand in = operand_tensor(input);
    struct op_use use = {
        .op = OP_NORM,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(ORD) | ATTR(KEEPDIM), .ord = order, .keepdim = keepdim }
    };
    if (dims) {
        use.attrs.present |= ATTR(DIMS);
        use.attrs.dims = *dims;
    }
    return function_apply(call, &use);
}

static PyObject *matrix_norm(const struct call *call, struct tensor *input, double order,
                             const struct shape *dims, bool keepdim)
{
    struct error err;
    if (fabs(order) == 2) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "norms of matrices that need singular values (2, -2, 'nuc') are not "
                        "supported by Gradlight");
        return NULL;
    }
    if (fabs(order) != 1 && !isinf(order)) {
        char text[64];
        PyOS_snprintf(text, sizeof(text), "%g", order);
        return PyErr_Format(PyExc_RuntimeError, "linalg.matrix_norm: Order %s not supported.",
                            text);
    }
    return function_result(
        call, nn_matrix_norm(call->face->engine, input, order, dims, keepdim, &err), &err);
}

/* matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False) */
static PyObject *call_matrix_norm(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct shape dims = { 0 };
    bool given, keepdim = false, is_frobenius = true;
    struct number order = number_integer(2);
    if (!input || (argument_given(call, 1) && !read_order(call, 1, &is_frobenius, &order))) {
        return NULL;
    }
    if (input->shape.dims < 2) {
        PyErr_SetString(PyExc_RuntimeError,
                        "linalg.matrix_norm: The input tensor A must have at least 2 dimensions.");
        return NULL;
    }
    if (!argument_dims(call, 2, input->shape.dims, &dims, &given) ||
        !argument_bool(call, 3, &keepdim)) {
        return NULL;
    }
    if (!given) {
        dims = (struct shape){ 2, { input->shape.dims - 2, input->shape.dims - 1 } };
    }
    if (dims.dims != 2) {
        PyErr_SetString(PyExc_RuntimeError, "linalg.matrix_norm: dim must be a 2-tuple of ints");
        return NULL;
    }
    return is_frobenius ? vector_norm(call, input, number_integer(2), &dims, keepdim)
                        : matrix_norm(call, input, number_as_real(order), &dims, keepdim);
}

/* linalg.norm(A, ord, dim, keepdim): without ord of all elements, with it of a vector or a matrix. */
static PyObject *call_norm(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct shape dims = { 0 };
    bool given, keepdim = false, is_frobenius = false;
    struct number order = number_real(2);
    if (!input || !read_order(call, 1, &is_frobenius, &order) ||
        !argument_dims(call, 2, input->shape.dims, &dims, &given) ||
        !argument_bool(call, 3, &keepdim)) {
        return NULL;
    }
    const bool has_order = argument_given(call, 1);
    if (has_order && !given) {
        if (input->shape.dims != 1 && input->shape.dims != 2) {
            return PyErr_Format(PyExc_RuntimeError,
                                "linalg.norm: If dim is not specified but ord is, the input must "
                                "be 1D or 2D. Got %dD.",
                                input->shape.dims);
        }
        dims = (struct shape){ input->shape.dims, { 0, 1 } };
    }
    if (has_order && !is_frobenius && dims.dims == 2) {
        return matrix_norm(call, input, number_as_real(order), &dims, keepdim);
    }
    return vector_norm(call, input, order, given || dims.dims == 2 ? &dims : NULL, keepdim);
}

static PyObject *call_vector_norm(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct shape dims = { 0 };
    bool given, keepdim = false;
    struct number order = number_integer(2);
    if (!input || !argument_number(call, 1, &order) ||
        !argument_dims(call, 2, input->shape.dims, &dims, &given) ||
        !argument_bool(call, 3, &keepdim)) {
        return NULL;
    }
    return vector_norm(call, input, order, given ? &dims : NULL, keepdim);
}

/* ---- products ---------------------------------------------------------------------------------- */

typedef struct tensor *product(struct engine *engine, struct tensor *a, struct tensor *b,
                               struct error *err);

static PyObject *product_of(const struct call *call, product *multiply)
{
    struct tensor *a = argument_tensor(call, 0), *b = a ? argument_tensor(call, 1) : NULL;
    struct error err;
    return b ? function_result(call, multiply(call->face->engine, a, b, &err), &err) : NULL;
}

static PyObject *call_kron(struct call *call)
{
    return product_of(call, nn_kron);
}

static PyObject *call_inner(struct call *call)
{
    return product_of(call, nn_inner);
}

static PyObject *call_matmul(struct call *call)
{
    return product_of(call, nn_matmul);
}

/* cross(input, other, dim): along the last dimension, or for torch.cross the first one of size 3 */
static PyObject *call_cross(struct call *call)
{
    struct tensor *a = argument_tensor(call, 0), *b = a ? argument_tensor(call, 1) : NULL;
    struct op_attrs attrs = { .present = ATTR(DIM) };
    if (!b) {
        return NULL;
    }
    attrs.from_end = argument_from_end(call, 2, ATTR(DIM));
    attrs.dim = a->shape.dims - 1;
    if (!argument_given(call, 2) && call->row->places == PLACE_LINALG) {
        attrs.from_end = ATTR(DIM);
    } else if (!argument_given(call, 2)) {
        int64_t dim = 0;
        while (dim < a->shape.dims && a->shape.size[dim] != 3) {
            dim++;
        }
        if (dim == a->shape.dims) {
            PyErr_SetString(PyExc_RuntimeError, "no dimension of size 3 in input");
            return NULL;
        }
        attrs.dim = dim;
    } else if (!argument_dim(call, 2, a->shape.dims, &attrs.dim)) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(a), operand_tensor(b) };
    const struct op_use use = { .op = OP_CROSS, .in = in, .in_count = 2, .attrs = attrs };
    return function_apply(call, &use);
}

static PyObject *call_vdot(struct call *call)
{
    struct tensor *a = argument_tensor(call, 0), *b = a ? argument_tensor(call, 1) : NULL;
    if (!b) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(a), operand_tensor(b) };
    const struct op_use use = { .op = OP_VDOT, .in = in, .in_count = 2 };
    return function_apply(call, &use);
}

/* Distances of all rows of a to all rows of b. */
static PyObject *call_cdist(struct call *call)
{
    struct tensor *a = argument_tensor(call, 0), *b = a ? argument_tensor(call, 1) : NULL;
    double p = 2;
    if (!b || !argument_real(call, 2, &p)) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(a), operand_tensor(b) };
    const struct op_use use = { .op = OP_CDIST,
                                .in = in,
                                .in_count = 2,
                                .attrs = { .present = ATTR(ORD), .ord = number_real(p) } };
    return function_apply(call, &use);
}

static bool dims_in(PyObject *list, struct shape *out)
{
    int64_t *items;
    int count;
    if (!integers_of(list, &items, &count)) {
        PyErr_SetString(PyExc_RuntimeError, "tensordot expects dims to be int or "
                                            "tuple[List[int], List[int]] or List[List[int]]");
        return false;
    }
    *out = (struct shape){ 0 };
    for (int i = 0; i < count && i < BACKEND_MAX_DIMS; i++) {
        out->size[out->dims++] = items[i];
    }
    PyMem_Free(items);
    if (count > BACKEND_MAX_DIMS) {
        PyErr_SetString(PyExc_RuntimeError, "tensordot: more dimensions than the tensors have");
    }
    return count <= BACKEND_MAX_DIMS;
}

/* dims=n: the last n of a, the first n of b; dims=(of a, of b) */
static bool read_sums(const struct call *call, const struct tensor *a, const struct tensor *b,
                      struct shape *of_a, struct shape *of_b)
{
    PyObject *dims = call->arguments[2];
    struct number count = number_integer(2);
    const bool is_list = argument_given(call, 2) && PySequence_Check(dims);
    const Py_ssize_t length = is_list ? PySequence_Size(dims) : 0;
    if (length < 0) {
        PyErr_Clear(); /* a tensor of no dimensions has no length, but may be the number */
    }
    if (length == 2) {
        PyObject *first = PySequence_GetItem(dims, 0), *second = PySequence_GetItem(dims, 1);
        const bool ok = first && second && dims_in(first, of_a) && dims_in(second, of_b);
        Py_XDECREF(first);
        Py_XDECREF(second);
        return ok;
    }
    if (!argument_number(call, 2, &count)) {
        return false;
    }
    if (count.integer < 0 || count.integer > a->shape.dims || count.integer > b->shape.dims) {
        PyErr_Format(PyExc_RuntimeError,
                     count.integer < 0 ? "tensordot expects dims >= 0, but got dims=%lld"
                                       : "tensordot: the tensors have fewer than %lld dimensions",
                     (long long)count.integer);
        return false;
    }
    of_a->dims = of_b->dims = (int)count.integer;
    for (int i = 0; i < of_a->dims; i++) {
        of_a->size[i] = i - of_a->dims;
        of_b->size[i] = i;
    }
    return true;
}

static PyObject *call_tensordot(struct call *call)
{
    struct tensor *a = argument_tensor(call, 0), *b = a ? argument_tensor(call, 1) : NULL;
    struct shape of_a = { 0 }, of_b = { 0 };
    struct error err;
    return b && read_sums(call, a, b, &of_a, &of_b)
               ? function_result(call, nn_tensordot(call->face->engine, a, b, &of_a, &of_b, &err),
                                 &err)
               : NULL;
}

/* ---- the table --------------------------------------------------------------------------------- */

enum { BOTH = PLACE_METHOD | PLACE_TORCH };

#define ONE(name, function, place)                                            \
    {                                                                         \
        name, { "input" }, .required = 1, .call = function, .places = (place) \
    }
#define OF_A(name, function)                                                   \
    {                                                                          \
        name, { "A" }, .required = 1, .call = function, .places = PLACE_LINALG \
    }
#define NORM(name, first, function)                                                \
    {                                                                              \
        name, { first, "ord", "dim", "keepdim" }, .required = 1, .call = function, \
                                                  .places = PLACE_LINALG           \
    }

const struct function_row linalg_rows[] = {
    { "inverse",
      { "input" },
      .required = 1,
      .call = call_inverse,
      .op = OP_INV,
      .takes_out = true,
      .places = BOTH },
    { "inv",
      { "A" },
      .required = 1,
      .call = call_inverse,
      .op = OP_INV,
      .takes_out = true,
      .places = PLACE_LINALG },
    { "inv_ex",
      { "A", "check_errors" },
      .required = 1,
      .keyword_only = 1,
      .call = call_inv_ex,
      .op = OP_INV,
      .places = PLACE_LINALG },
    { "det", { "input" }, .required = 1, .call = function_unary, .op = OP_DET, .places = BOTH },
    { "det", { "A" }, .required = 1, .call = function_unary, .op = OP_DET, .places = PLACE_LINALG },
    ONE("slogdet", call_slogdet, BOTH),
    OF_A("slogdet", call_linalg_slogdet),
    ONE("logdet", call_logdet, BOTH),
    { "solve",
      { "A", "B", "left" },
      .required = 2,
      .keyword_only = 2,
      .call = call_solve,
      .op = OP_SOLVE,
      .takes_out = true,
      .places = PLACE_LINALG },
    { "solve_ex",
      { "A", "B", "left", "check_errors" },
      .required = 2,
      .keyword_only = 2,
      .call = call_solve,
      .op = OP_SOLVE,
      .places = PLACE_LINALG },
    { "matrix_power", { "input", "n" }, .required = 2, .call = call_matrix_power, .places = BOTH },
    { "matrix_power",
      { "A", "n" },
      .required = 2,
      .call = call_matrix_power,
      .places = PLACE_LINALG },
    NORM("norm", "A", call_norm),
    NORM("vector_norm", "x", call_vector_norm),
    NORM("matrix_norm", "A", call_matrix_norm),
    { "matmul", { "input", "other" }, .required = 2, .call = call_matmul, .places = PLACE_LINALG },
    { "kron", { "input", "other" }, .required = 2, .call = call_kron, .places = BOTH },
    { "inner", { "input", "other" }, .required = 2, .call = call_inner, .places = BOTH },
    { "cross", { "input", "other", "dim" }, .required = 2, .call = call_cross, .places = BOTH },
    { "cross",
      { "input", "other", "dim" },
      .required = 2,
      .keyword_only = 2,
      .call = call_cross,
      .places = PLACE_LINALG },
    { "vdot",
      { "input", "other" },
      .required = 2,
      .call = call_vdot,
      .op = OP_VDOT,
      .places = BOTH },
    { "cdist",
      { "x1", "x2", "p", "compute_mode" },
      .required = 2,
      .call = call_cdist,
      .places = PLACE_TORCH },
    { "tensordot",
      { "a", "b", "dims" },
      .required = 2,
      .call = call_tensordot,
      .places = PLACE_TORCH },
    { .name = NULL },
};
