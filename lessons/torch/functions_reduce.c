/* Many elements made one: sums, means, the largest and the smallest. */
#include "lessons/torch/functions.h"

#include <string.h>

/* ---- arguments that these functions share --------------------------------------------------------- */

struct tensor *argument_converted(const struct call *call, struct tensor *input, int i)
{
    enum dtype dtype = input->dtype;
    struct error err;
    if (!argument_dtype(call, i, &dtype)) {
        return NULL;
    }
    if (dtype == input->dtype) {
        return tensor_ref(input);
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = { .op = OP_TO_COPY,
                                .in = &in,
                                .in_count = 1,
                                .attrs = { .present = ATTR(DTYPE), .dtype = dtype } };
    struct tensor *converted = op_apply_one(call->face->engine, &use, &err);
    if (!converted) {
        torch_raise(&err);
    }
    return converted;
}

/* The dimensions and keepdim, arguments `at` and `at` + 1, where they say anything else than "all". */
static bool read_dims(const struct call *call, int at, const struct tensor *input,
                      struct op_attrs *attrs)
{
    bool given;
    if (!argument_dims(call, at, input->shape.dims, &attrs->dims, &given) ||
        !argument_bool(call, at + 1, &attrs->keepdim)) {
        return false;
    }
    if (!given && attrs->keepdim) {
        attrs->dims.dims = input->shape.dims;
        for (int i = 0; i < input->shape.dims; i++) {
            attrs->dims.size[i] = i;
        }
        given = true;
    }
    attrs->present |= given ? ATTR(DIMS) | ATTR(KEEPDIM) : 0;
    return true;
}

/* One dimension and keepdim, arguments 1 and 2. */
static bool read_dim(const struct call *call, const struct tensor *input, struct op_attrs *attrs)
{
    attrs->present |= ATTR(DIM) | ATTR(KEEPDIM);
    attrs->from_end = argument_from_end(call, 1, ATTR(DIM));
    return argument_dim(call, 1, input->shape.dims, &attrs->dim) &&
           argument_bool(call, 2, &attrs->keepdim);
}

static struct op_use use_of(const struct operand *in, enum op_id op, const struct op_attrs *attrs)
{
    return (struct op_use){ .op = op, .in = in, .in_count = 1, .attrs = *attrs };
}

/* ---- sums ---------------------------------------------------------------------------------------- */

/* sum(), sum(dim, keepdim), mean: the row's operation for all elements, another one for some. */
static PyObject *call_sum(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input || !read_dims(call, 1, input, &attrs)) {
        return NULL;
    }
    struct tensor *source = argument_converted(call, input, 3);
    if (!source) {
        return NULL;
    }
    enum op_id op = call->row->op;
    if (attrs.present) {
        op = op == OP_SUM ? OP_SUM_DIM : OP_MEAN_DIM;
    }
    const struct operand in = operand_tensor(source);
    const struct op_use use = use_of(&in, op, &attrs);
    PyObject *result = function_apply(call, &use);
    tensor_unref(source);
    return result;
}

/* ---- the largest and the smallest ----------------------------------------------------------------- */

/* max(), max(dim, keepdim) with the places, max(other) element by element. */
static PyObject *call_extreme(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    const bool largest = call->row->op == OP_MAX;
    struct op_attrs attrs = { .present = 0 };
    if (!input) {
        return NULL;
    }
    const int other = argument_given(call, 3) ? 3 : 1;
    if (argument_given(call, other) && tensor_object_is(call->face, call->arguments[other])) {
        const struct operand in[] = { operand_tensor(input),
                                      operand_tensor(argument_tensor(call, other)) };
        const struct op_use use = { .op = largest ? OP_MAXIMUM : OP_MINIMUM,
                                    .in = in,
                                    .in_count = 2 };
        return function_apply(call, &use);
    }
    const struct operand in = operand_tensor(input);
    if (!argument_given(call, 1)) {
        const struct op_use use = use_of(&in, call->row->op, &attrs);
        return function_apply(call, &use);
    }
    if (!read_dim(call, input, &attrs)) {
        return NULL;
    }
    const struct op_use use = use_of(&in, largest ? OP_MAX_DIM : OP_MIN_DIM, &attrs);
    return function_apply_all(call, &use, call->row->name);
}

/* amax, any, ...: of several dimensions, or all. */
static PyObject *call_several(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input || !read_dims(call, 1, input, &attrs)) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = use_of(&in, call->row->op, &attrs);
    return function_apply(call, &use);
}

/* argmax: along one dimension, or of all elements. */
static PyObject *call_place(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input) {
        return NULL;
    }
    if (argument_given(call, 1)) {
        if (!read_dim(call, input, &attrs)) {
            return NULL;
        }
    } else {
        attrs.present = ATTR(KEEPDIM);
        if (!argument_bool(call, 2, &attrs.keepdim)) {
            return NULL;
        }
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = use_of(&in, call->row->op, &attrs);
    return function_apply(call, &use);
}

static PyObject *call_aminmax(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input || !argument_bool(call, 2, &attrs.keepdim)) {
        return NULL;
    }
    attrs.present = ATTR(KEEPDIM);
    if (argument_given(call, 1) && !read_dim(call, input, &attrs)) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = use_of(&in, OP_AMINMAX, &attrs);
    return function_apply_all(call, &use, "aminmax");
}

/* ---- products, truth ------------------------------------------------------------------------------ */

/* prod(), prod(dim, keepdim): one dimension or all. */
static PyObject *call_prod(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input || (argument_given(call, 1) && !read_dim(call, input, &attrs))) {
        return NULL;
    }
    struct tensor *source = argument_converted(call, input, 3);
    if (!source) {
        return NULL;
    }
    const struct operand in = operand_tensor(source);
    const struct op_use use = use_of(&in, attrs.present ? OP_PROD_DIM : OP_PROD, &attrs);
    PyObject *result = function_apply(call, &use);
    tensor_unref(source);
    return result;
}

/* How many elements are not 0, and the mean of those that are numbers: of two operations. */
static PyObject *call_count_nonzero(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    struct error err;
    bool given;
    if (!input || !argument_dims(call, 1, input->shape.dims, &attrs.dims, &given)) {
        return NULL;
    }
    attrs.present = given ? ATTR(DIMS) | ATTR(KEEPDIM) : 0;
    struct tensor *is_there = op_binary(call->face->engine, OP_NE, operand_tensor(input),
                                        operand_number(number_integer(0)), &err);
    if (!is_there) {
        return torch_raise(&err);
    }
    const struct operand in = operand_tensor(is_there);
    const struct op_use use = use_of(&in, given ? OP_SUM_DIM : OP_SUM, &attrs);
    PyObject *result = function_apply(call, &use);
    tensor_unref(is_there);
    return result;
}

static PyObject *call_nanmean(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct engine *engine = call->face->engine;
    struct op_attrs attrs = { .present = 0 };
    struct error err;
    if (!input || !read_dims(call, 1, input, &attrs)) {
        return NULL;
    }
    if (!dtype_is_float(input->dtype)) {
        return PyErr_Format(PyExc_RuntimeError,
                            "nanmean(): expected input to have floating point or complex dtype but "
                            "got %s",
                            dtype_type_name(input->dtype));
    }
    const struct operand self = operand_tensor(input);
    const struct op_use sum_use = use_of(&self, OP_NANSUM, &attrs);
    struct tensor *sum = op_apply_one(engine, &sum_use, &err);
    struct tensor *known = sum ? op_binary(engine, OP_EQ, self, self, &err) : NULL;
    const struct operand in = operand_tensor(known);
    const struct op_use count_use = use_of(&in, attrs.present ? OP_SUM_DIM : OP_SUM, &attrs);
    struct tensor *count = known ? op_apply_one(engine, &count_use, &err) : NULL;
    struct tensor *mean =
        count ? op_binary(engine, OP_DIV, operand_tensor(sum), operand_tensor(count), &err) : NULL;
    tensor_unref(count);
    tensor_unref(known);
    tensor_unref(sum);
    return function_result(call, mean, &err);
}

/* ---- variance -------------------------------------------------------------------------------------- */

/* var(unbiased), var(dim, unbiased, keepdim), var(dim, correction=, keepdim=). Where a correction is
 * not said with all dimensions, none is kept. */
static bool read_variance(const struct call *call, const struct tensor *input,
                          struct op_attrs *attrs)
{
    struct call dims = *call;
    const bool first_is_unbiased = argument_given(call, 1) && PyBool_Check(call->arguments[1]);
    bool unbiased = true, given;
    if (first_is_unbiased) {
        dims.arguments[1] = NULL;
    }
    if (!argument_dims(&dims, 1, input->shape.dims, &attrs->dims, &given) ||
        !argument_bool(call, 3, &attrs->keepdim) ||
        !argument_bool(call, first_is_unbiased ? 1 : 2, &unbiased) ||
        !argument_number(call, 4, &attrs->correction)) {
        return false;
    }
    attrs->present |= given ? ATTR(DIMS) : 0;
    attrs->present |= ATTR(KEEPDIM);
    if (!argument_given(call, 4)) {
        attrs->correction = number_integer(unbiased);
    }
    if (given || first_is_unbiased || argument_given(call, 2) || argument_given(call, 4)) {
        attrs->present |= ATTR(CORRECTION);
    }
    return true;
}

static bool warn_of_freedom(const struct call *call, const struct tensor *input,
                            const struct op_attrs *attrs)
{
    double count = attrs->present & ATTR(DIMS) || input->shape.dims == 0 ? 1 : (double)input->count;
    for (int i = 0; attrs->present & ATTR(DIMS) && i < attrs->dims.dims; i++) {
        count *= input->shape.dims > 0 ? (double)input->shape.size[attrs->dims.size[i]] : 1;
    }
    const double correction =
        attrs->present & ATTR(CORRECTION) ? number_as_real(attrs->correction) : 1;
    return count > correction ||
           PyErr_WarnFormat(PyExc_UserWarning, 1,
                            "%s(): degrees of freedom is <= 0. Correction should be strictly less "
                            "than the reduction factor (input numel divided by output numel).",
                            call->row->name) == 0;
}

static PyObject *call_variance(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input || !read_variance(call, input, &attrs)) {
        return NULL;
    }
    if (dtype_is_float(input->dtype) && !warn_of_freedom(call, input, &attrs)) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = use_of(&in, call->row->op, &attrs);
    struct tensor *out[2];
    struct error err;
    if (op_table[use.op]->outputs == 1) {
        return function_apply(call, &use);
    }
    if (!op_apply(call->face->engine, &use, out, &err)) {
        return torch_raise(&err);
    }
    PyObject *first = tensor_object_take(call->face, out[0], NULL);
    return Py_BuildValue("(NN)", first, tensor_object_take(call->face, out[1], NULL));
}

/* ---- norms ----------------------------------------------------------------------------------------- */

/* Which norm: a number, "fro" for 2. */
static bool read_order(const struct call *call, int i, struct number *out)
{
    PyObject *given = call->arguments[i];
    if (argument_given(call, i) && PyUnicode_Check(given)) {
        if (PyUnicode_CompareWithASCIIString(given, "fro") == 0) {
            *out = number_integer(2);
            return true;
        }
        PyErr_Format(PyExc_NotImplementedError, "the norm '%U' is not supported by Gradlight",
                     given);
        return false;
    }
    return argument_number(call, i, out);
}

/* norm(p, dim, keepdim, dtype) */
static PyObject *call_norm(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0, .ord = number_integer(2) };
    if (!input || !read_order(call, 1, &attrs.ord) || !read_dims(call, 2, input, &attrs)) {
        return NULL;
    }
    attrs.present |= ATTR(ORD) | ATTR(KEEPDIM);
    struct tensor *source = argument_converted(call, input, 4);
    if (!source) {
        return NULL;
    }
    const struct operand in = operand_tensor(source);
    const struct op_use use = use_of(&in, OP_NORM, &attrs);
    PyObject *result = function_apply(call, &use);
    tensor_unref(source);
    return result;
}

static PyObject *call_dist(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct tensor *other = input ? argument_tensor(call, 1) : NULL;
    struct op_attrs attrs = { .present = ATTR(ORD), .ord = number_integer(2) };
    if (!other || !argument_number(call, 2, &attrs.ord)) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(input), operand_tensor(other) };
    const struct op_use use = { .op = OP_DIST, .in = in, .in_count = 2, .attrs = attrs };
    return function_apply(call, &use);
}

/* ---- the table ------------------------------------------------------------------------------------ */

enum { BOTH = PLACE_METHOD | PLACE_TORCH };

#define SUM(name, id)                                                                         \
    {                                                                                         \
        name, { "input", "dim", "keepdim", "dtype" },                                         \
            .required = 1, .keyword_only = 3, .call = call_sum, .op = OP_##id, .places = BOTH \
    }
#define EXTREME(name, id)                                                                         \
    {                                                                                             \
        name, { "input", "dim", "keepdim", "other" },                                             \
            .required = 1, .keyword_only = 3, .call = call_extreme, .op = OP_##id, .places = BOTH \
    }
#define ALONG(name, id, function)                                                            \
    {                                                                                        \
        name, { "input", "dim", "keepdim" }, .required = 1, .call = function, .op = OP_##id, \
                                             .places = BOTH                                  \
    }

#define VARIANCE(name, id)                                                                      \
    {                                                                                           \
        name, { "input", "dim", "unbiased", "keepdim", "correction" },                          \
            .required = 1, .call = call_variance, .op = OP_##id,                                \
            .places = PLACE_TORCH | (OP_##id == OP_VAR || OP_##id == OP_STD ? PLACE_METHOD : 0) \
    }

const struct function_row reduce_rows[] = {
    SUM("sum", SUM),
    SUM("mean", MEAN),
    EXTREME("max", MAX),
    EXTREME("min", MIN),
    ALONG("amax", AMAX, call_several),
    ALONG("amin", AMIN, call_several),
    ALONG("argmax", ARGMAX, call_place),
    ALONG("argmin", ARGMIN, call_place),
    { "aminmax",
      { "input", "dim", "keepdim" },
      .required = 1,
      .keyword_only = 1,
      .call = call_aminmax,
      .places = BOTH },
    { "prod",
      { "input", "dim", "keepdim", "dtype" },
      .required = 1,
      .keyword_only = 3,
      .call = call_prod,
      .places = BOTH },
    ALONG("any", ANY, call_several),
    ALONG("all", ALL, call_several),
    ALONG("logsumexp", LOGSUMEXP, call_several),
    ALONG("nansum", NANSUM, call_several),
    ALONG("nanmean", NANSUM, call_nanmean),
    { "count_nonzero",
      { "input", "dim" },
      .required = 1,
      .call = call_count_nonzero,
      .places = BOTH },
    VARIANCE("var", VAR),
    VARIANCE("std", STD),
    VARIANCE("var_mean", VAR_MEAN),
    VARIANCE("std_mean", STD_MEAN),
    { "norm",
      { "input", "p", "dim", "keepdim", "dtype" },
      .required = 1,
      .call = call_norm,
      .places = BOTH },
    { "dist", { "input", "other", "p" }, .required = 2, .call = call_dist, .places = BOTH },
    { .name = NULL },
};
