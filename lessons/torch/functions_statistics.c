/* Differences, areas, quantiles, covariances, choices and counts. */
#include "lessons/torch/functions.h"

#include "engine/engine.h"
#include "engine/nn/statistics.h"

/* diff(n=1, dim=-1, prepend, append) */
static PyObject *call_diff(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0), *before, *after;
    int64_t times = 1, dim = -1;
    struct error err;
    return input && argument_integer(call, 1, &times) && argument_integer(call, 2, &dim) &&
                   argument_tensor_or_none(call, 3, &before) &&
                   argument_tensor_or_none(call, 4, &after)
               ? function_result(
                     call, nn_diff(call->face->engine, input, times, dim, before, after, &err),
                     &err)
               : NULL;
}

/* trapezoid(y, x) and trapezoid(y, dx=1) */
static PyObject *call_trapezoid(struct call *call)
{
    struct tensor *y = argument_tensor(call, 0), *x = NULL;
    double dx = 1;
    int64_t dim = -1;
    struct error err;
    if (!y || !argument_tensor_or_none(call, 1, &x) || !argument_real(call, 2, &dx) ||
        !argument_integer(call, 3, &dim)) {
        return NULL;
    }
    return function_result(call, nn_trapezoid(call->face->engine, y, x, dx, dim, &err), &err);
}

static PyObject *call_cov(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    int64_t correction = 1;
    struct error err;
    return input && argument_integer(call, 1, &correction)
               ? function_result(call, nn_cov(call->face->engine, input, correction, &err), &err)
               : NULL;
}

static PyObject *call_corrcoef(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    return input ? function_result(call, nn_corrcoef(call->face->engine, input, &err), &err) : NULL;
}

static bool read_between(const struct call *call, int i, enum nn_quantile_between *out)
{
    static const char *const names[] = {
        [NN_QUANTILE_LINEAR] = "linear",   [NN_QUANTILE_LOWER] = "lower",
        [NN_QUANTILE_HIGHER] = "higher",   [NN_QUANTILE_MIDPOINT] = "midpoint",
        [NN_QUANTILE_NEAREST] = "nearest",
    };
    PyObject *name = call->arguments[i];
    for (int k = 0; k <= NN_QUANTILE_NEAREST && argument_given(call, i); k++) {
        if (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, names[k]) == 0) {
            *out = (enum nn_quantile_between)k;
            return true;
        }
    }
    if (argument_given(call, i)) {
        PyErr_Format(PyExc_RuntimeError,
                     "%s() interpolation must be one of linear, lower, higher, midpoint or "
                     "nearest, but got %S",
                     call->row->name, name);
        return false;
    }
    return true;
}

/* A reference: q as a tensor of the dtype of `input`. */
static struct tensor *read_share(const struct call *call, const struct tensor *input)
{
    struct operand q;
    struct error err;
    if (!argument_operand(call, 1, &q)) {
        return NULL;
    }
    if (q.kind == OPERAND_TENSOR) {
        return tensor_ref(q.tensor);
    }
    const double share = number_as_real(q.number);
    if (!(share >= 0 && share <= 1)) {
        PyObject *text = PyObject_Str(call->arguments[1]);
        if (text) {
            PyErr_Format(PyExc_RuntimeError, "%s() q must be in the range [0, 1] but got %U",
                         call->row->name, text);
        }
        Py_XDECREF(text);
        return NULL;
    }
    const enum dtype dtype = dtype_is_float(input->dtype) ? input->dtype : DTYPE_FLOAT32;
    struct tensor *out = tensor_from_number(call->face->engine, number_real(share), dtype, &err);
    if (!out) {
        torch_raise(&err);
    }
    return out;
}

/* quantile(q, dim, keepdim, interpolation) and nanquantile */
static PyObject *call_quantile(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct nn_quantile how = { .flat = !argument_given(call, 2),
                               .ignore_nan = call->row->name[0] == 'n' };
    struct error err;
    if (!input || !argument_integer(call, 2, &how.dim) || !argument_bool(call, 3, &how.keepdim) ||
        !read_between(call, 4, &how.between)) {
        return NULL;
    }
    how.q = read_share(call, input);
    if (!how.q) {
        return NULL;
    }
    struct tensor *result = nn_quantile(call->face->engine, &how, input, &err);
    tensor_unref(how.q);
    return function_result(call, result, &err);
}

static PyObject *call_combinations(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    int64_t count = 2;
    bool again = false;
    struct error err;
    return input && argument_integer(call, 1, &count) && argument_bool(call, 2, &again)
               ? function_result(
                     call, nn_combinations(call->face->engine, input, count, again, &err), &err)
               : NULL;
}

static PyObject *call_histc(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    int64_t bins = 100;
    double low = 0, high = 0;
    struct error err;
    return input && argument_integer(call, 1, &bins) && argument_real(call, 2, &low) &&
                   argument_real(call, 3, &high)
               ? function_result(call, nn_histc(call->face->engine, input, bins, low, high, &err),
                                 &err)
               : NULL;
}

/* ---- the table --------------------------------------------------------------------------------- */

enum { BOTH = PLACE_METHOD | PLACE_TORCH };

#define TRAPEZOID                                                                        \
    { "y", "x", "dx", "dim" }, .required = 1, .keyword_only = 2, .call = call_trapezoid, \
                               .places = PLACE_TORCH
#define QUANTILE                                                                           \
    { "input", "q", "dim", "keepdim", "interpolation" }, .required = 2, .keyword_only = 4, \
                                                         .call = call_quantile, .places = BOTH

const struct function_row statistics_rows[] = {
    { "diff",
      { "input", "n", "dim", "prepend", "append" },
      .required = 1,
      .call = call_diff,
      .places = BOTH },
    { "trapezoid", TRAPEZOID },
    { "trapz", TRAPEZOID },
    { "cov",
      { "input", "correction" },
      .required = 1,
      .keyword_only = 1,
      .call = call_cov,
      .places = BOTH },
    { "corrcoef", { "input" }, .required = 1, .call = call_corrcoef, .places = BOTH },
    { "quantile", QUANTILE },
    { "nanquantile", QUANTILE },
    { "combinations",
      { "input", "r", "with_replacement" },
      .required = 1,
      .call = call_combinations,
      .places = PLACE_TORCH },
    { "histc",
      { "input", "bins", "min", "max" },
      .required = 1,
      .call = call_histc,
      .places = BOTH },
    { .name = NULL },
};
