/* Sorting, choosing by rank, running sums, and what values there are. */
#include "lessons/torch/functions.h"

#include "engine/nn/unique.h"

/* The dimension, argument i, or the last. */
static bool read_last_dim(const struct call *call, int i, const struct tensor *input,
                          struct op_attrs *attrs)
{
    attrs->present |= ATTR(DIM);
    attrs->dim = -1;
    attrs->from_end = argument_given(call, i) ? argument_from_end(call, i, ATTR(DIM)) : ATTR(DIM);
    return argument_dim(call, i, input->shape.dims, &attrs->dim);
}

static PyObject *results(const struct call *call, struct tensor *input, enum op_id op,
                         const struct op_attrs *attrs)
{
    const struct operand in = operand_tensor(input);
    const struct op_use use = { .op = op, .in = &in, .in_count = 1, .attrs = *attrs };
    return function_apply_all(call, &use, call->row->name);
}

/* ---- sorting -------------------------------------------------------------------------------------- */

/* Our sort is stable, asked or not. */
static bool read_sort(const struct call *call, const struct tensor *input, struct op_attrs *attrs)
{
    attrs->present = ATTR(DESCENDING);
    attrs->descending = false;
    return read_last_dim(call, 1, input, attrs) && argument_bool(call, 2, &attrs->descending);
}

static PyObject *call_sort(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    return input && read_sort(call, input, &attrs) ? results(call, input, OP_SORT, &attrs) : NULL;
}

static PyObject *call_argsort(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input || !read_sort(call, input, &attrs)) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = { .op = OP_ARGSORT, .in = &in, .in_count = 1, .attrs = attrs };
    return function_apply(call, &use);
}

/* msort: along the first dimension, the values alone. */
static PyObject *call_msort(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = {
        .op = OP_SORT, .in = &in, .in_count = 1, .attrs = { .present = ATTR(DIM) }
    };
    return function_apply(call, &use);
}

/* topk(k, dim, largest, sorted): ours come sorted, asked or not. */
static PyObject *call_topk(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(K) | ATTR(DESCENDING), .descending = true };
    if (!input || !argument_integer(call, 1, &attrs.k) || !read_last_dim(call, 2, input, &attrs) ||
        !argument_bool(call, 3, &attrs.descending)) {
        return NULL;
    }
    return results(call, input, OP_TOPK, &attrs);
}

static PyObject *call_kthvalue(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(K) | ATTR(KEEPDIM) };
    if (!input || !argument_integer(call, 1, &attrs.k) || !read_last_dim(call, 2, input, &attrs) ||
        !argument_bool(call, 3, &attrs.keepdim)) {
        return NULL;
    }
    return results(call, input, OP_KTHVALUE, &attrs);
}

/* mode(dim, keepdim) */
static PyObject *call_mode(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(KEEPDIM) };
    return input && read_last_dim(call, 1, input, &attrs) && argument_bool(call, 2, &attrs.keepdim)
               ? results(call, input, OP_MODE, &attrs)
               : NULL;
}

/* median(), median(dim, keepdim) */
static PyObject *call_median(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(KEEPDIM) };
    if (!input) {
        return NULL;
    }
    if (!argument_given(call, 1)) {
        const struct operand in = operand_tensor(input);
        const struct op_use use = { .op = OP_MEDIAN, .in = &in, .in_count = 1 };
        return function_apply(call, &use);
    }
    if (!read_last_dim(call, 1, input, &attrs) || !argument_bool(call, 2, &attrs.keepdim)) {
        return NULL;
    }
    return results(call, input, OP_MEDIAN_DIM, &attrs);
}

/* ---- running sums and products -------------------------------------------------------------------- */

static PyObject *call_cumulative(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input || !read_last_dim(call, 1, input, &attrs)) {
        return NULL;
    }
    struct tensor *source = argument_converted(call, input, 2);
    if (!source) {
        return NULL;
    }
    const struct operand in = operand_tensor(source);
    const struct op_use use = { .op = call->row->op, .in = &in, .in_count = 1, .attrs = attrs };
    PyObject *result = function_apply(call, &use);
    tensor_unref(source);
    return result;
}

/* cummax, cummin: the values and where they stand. */
static PyObject *call_running(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    return input && read_last_dim(call, 1, input, &attrs)
               ? results(call, input, call->row->op, &attrs)
               : NULL;
}

static PyObject *call_logcumsumexp(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = 0 };
    if (!input || !read_last_dim(call, 1, input, &attrs)) {
        return NULL;
    }
    if (!dtype_is_float(input->dtype)) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "\"logcumsumexp_out_cpu\" not implemented for '%s'",
                            dtype_type_name(input->dtype));
    }
    const struct operand in = operand_tensor(input);
    const struct op_use use = { .op = OP_LOGCUMSUMEXP, .in = &in, .in_count = 1, .attrs = attrs };
    return function_apply(call, &use);
}

/* ---- which values ---------------------------------------------------------------------------------- */

/* The values alone, or a tuple of them with what was asked for besides. */
static PyObject *unique_result(const struct call *call, const struct unique *found, bool inverse,
                               bool counts)
{
    PyObject *values = tensor_object_take(call->face, found->values, NULL);
    PyObject *places = tensor_object_take(call->face, found->inverse, NULL);
    PyObject *times = tensor_object_take(call->face, found->counts, NULL);
    PyObject *result = NULL;
    if (values && places && times) {
        result = inverse && counts ? PyTuple_Pack(3, values, places, times)
                 : inverse         ? PyTuple_Pack(2, values, places)
                 : counts          ? PyTuple_Pack(2, values, times)
                                   : Py_NewRef(values);
    }
    Py_XDECREF(values);
    Py_XDECREF(places);
    Py_XDECREF(times);
    return result;
}

/* Of the parts along a dimension: python/torch/_unique.py. */
static PyObject *unique_along(const struct call *call, int i, bool consecutive)
{
    PyObject *module = PyImport_ImportModule("torch._unique");
    PyObject *result =
        module
            ? PyObject_CallMethod(module, "along", "OOOOO", call->arguments[0],
                                  call->arguments[i + 2],
                                  argument_given(call, i) ? call->arguments[i] : Py_False,
                                  argument_given(call, i + 1) ? call->arguments[i + 1] : Py_False,
                                  consecutive ? Py_True : Py_False)
            : NULL;
    Py_XDECREF(module);
    return result;
}

/* return_inverse, return_counts and dim begin at argument i. */
static PyObject *unique(struct call *call, int i, bool consecutive)
{
    struct tensor *input = argument_tensor(call, 0);
    bool inverse = false, counts = false;
    struct unique found;
    struct error err;
    if (!input || !argument_bool(call, i, &inverse) || !argument_bool(call, i + 1, &counts)) {
        return NULL;
    }
    if (argument_given(call, i + 2)) {
        return unique_along(call, i, consecutive);
    }
    return nn_unique(call->face->engine, input, consecutive, &found, &err)
               ? unique_result(call, &found, inverse, counts)
               : torch_raise(&err);
}

static PyObject *call_unique(struct call *call)
{
    return unique(call, 2, false);
}

static PyObject *call_unique_consecutive(struct call *call)
{
    return unique(call, 1, true);
}

static PyObject *call_bincount(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0), *weights;
    int64_t least = 0;
    struct error err;
    if (!input || !argument_tensor_or_none(call, 1, &weights) ||
        !argument_integer(call, 2, &least)) {
        return NULL;
    }
    return function_result(call, nn_bincount(call->face->engine, input, weights, least, &err),
                           &err);
}

/* ---- the table ------------------------------------------------------------------------------------- */

#define BOTH .places = PLACE_METHOD | PLACE_TORCH
#define CUMULATIVE(name, id)                                                            \
    {                                                                                   \
        name, { "input", "dim", "dtype" }, .required = 2, .keyword_only = 2,            \
                                           .call = call_cumulative, .op = OP_##id, BOTH \
    }

const struct function_row order_rows[] = {
    { "sort", { "input", "dim", "descending", "stable" }, .required = 1, .call = call_sort, BOTH },
    { "argsort",
      { "input", "dim", "descending", "stable" },
      .required = 1,
      .call = call_argsort,
      BOTH },
    { "msort", { "input" }, .required = 1, .call = call_msort, BOTH },
    { "topk",
      { "input", "k", "dim", "largest", "sorted" },
      .required = 2,
      .call = call_topk,
      BOTH },
    { "kthvalue", { "input", "k", "dim", "keepdim" }, .required = 2, .call = call_kthvalue, BOTH },
    { "mode", { "input", "dim", "keepdim" }, .required = 1, .call = call_mode, BOTH },
    { "median", { "input", "dim", "keepdim" }, .required = 1, .call = call_median, BOTH },
    CUMULATIVE("cumsum", CUMSUM),
    CUMULATIVE("cumprod", CUMPROD),
#define RUNNING(name, call_it, id)                                                    \
    {                                                                                 \
        name, { "input", "dim" }, .required = 2, .call = call_it, .op = OP_##id, BOTH \
    }
    RUNNING("cummax", call_running, CUMMAX),
    RUNNING("cummin", call_running, CUMMIN),
    RUNNING("logcumsumexp", call_logcumsumexp, LOGCUMSUMEXP),
    { "unique",
      { "input", "sorted", "return_inverse", "return_counts", "dim" },
      .required = 1,
      .call = call_unique,
      BOTH },
    { "unique_consecutive",
      { "input", "return_inverse", "return_counts", "dim" },
      .required = 1,
      .call = call_unique_consecutive,
      BOTH },
    { "bincount", { "input", "weights", "minlength" }, .required = 1, .call = call_bincount, BOTH },
    { .name = NULL },
};
