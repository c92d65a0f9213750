/* x.new_zeros(...) and its kin: like x in dtype and device; and rows of places and of powers. */
#include "lessons/torch/creation.h"

#include "engine/tensor/sequence.h"
#include "lessons/torch/arguments.h"

/* ---- new_zeros, new_full, ... -------------------------------------------------------------------- */

/* Parameter 1 is the size; the options begin at `first`. */
static PyObject *new_filled(const struct call *call, struct number value, int first)
{
    const struct tensor *like = argument_tensor(call, 0);
    struct creation_options options;
    struct op_attrs attrs = { .present = ATTR(SIZE) };
    struct error err;
    if (!like || !argument_size(call, 1, &attrs.size) ||
        !creation_read_like(call, first, like, &options)) {
        return NULL;
    }
    const struct tensor_spec spec = { options.dtype, attrs.size, options.backend };
    struct tensor *tensor = tensor_full(call->face->engine, &spec, value, &err);
    return creation_finish(call, tensor, &options, &attrs, &err);
}

/* new_empty is new_zeros: what is not initialised would differ from run to run. */
static PyObject *call_new_zeros(struct call *call)
{
    return new_filled(call, number_integer(0), 2);
}

static PyObject *call_new_ones(struct call *call)
{
    return new_filled(call, number_integer(1), 2);
}

static PyObject *call_new_full(struct call *call)
{
    struct number value = number_integer(0);
    return argument_number(call, 2, &value) ? new_filled(call, value, 3) : NULL;
}

static PyObject *call_new_tensor(struct call *call)
{
    const struct tensor *like = argument_tensor(call, 0);
    struct creation_options options;
    if (!like || !creation_read_like(call, 2, like, &options)) {
        return NULL;
    }
    struct tensor *tensor = data_copy(call->face, call->arguments[1], &options.dtype);
    return tensor ? creation_finish(call, tensor, &options, NULL, NULL) : NULL;
}

static PyObject *call_scalar_tensor(struct call *call)
{
    struct creation_options options;
    struct number value = number_integer(0);
    struct error err;
    if (!argument_number(call, 0, &value) ||
        !creation_read_options(call, 1, call->face->engine->default_dtype, &options)) {
        return NULL;
    }
    return creation_finish(call, tensor_from_number(call->face->engine, value, options.dtype, &err),
                           &options, NULL, &err);
}

/* ---- logspace ------------------------------------------------------------------------------------ */

/* base to the power of each element. */
static struct tensor *powers(const struct call *call, struct tensor *exponents, double base,
                             struct error *err)
{
    const struct operand in[] = { operand_real(base), operand_tensor(exponents) };
    const bool grad_enabled = call->face->engine->grad_enabled;
    call->face->engine->grad_enabled = false;
    call->face->engine->quiet++;
    struct tensor *result = op_apply_one(
        call->face->engine, &(struct op_use){ .op = OP_POW_BASE, .in = in, .in_count = 2 }, err);
    call->face->engine->quiet--;
    call->face->engine->grad_enabled = grad_enabled;
    return result;
}

static PyObject *call_logspace(struct call *call)
{
    double ends[2] = { 0, 0 }, base = 10;
    int64_t steps = 0;
    struct creation_options options;
    struct error err;
    if (!argument_real(call, 0, &ends[0]) || !argument_real(call, 1, &ends[1]) ||
        !argument_integer(call, 2, &steps) || !argument_real(call, 3, &base) ||
        !creation_read_options(call, 4, call->face->engine->default_dtype, &options)) {
        return NULL;
    }
    struct tensor *line = tensor_linspace(call->face->engine, ends, steps, options.dtype, &err);
    struct tensor *tensor = line ? powers(call, line, base, &err) : NULL;
    const struct op_attrs attrs = { .present = ATTR(SIZE), .size = { 1, { steps } } };
    tensor_unref(line);
    return creation_finish(call, tensor, &options, &attrs, &err);
}

/* ---- the places of a triangle --------------------------------------------------------------------- */

/* Whether column j of row i is in the triangle. */
static bool is_inside(const struct call *call, int64_t i, int64_t j, int64_t offset)
{
    return call->row->name[3] == 'l' ? j - i <= offset : j - i >= offset;
}

/* Rows, then columns, of `found` places: an array for PyMem_Free. */
static int64_t *find_triangle(const struct call *call, const int64_t size[2], int64_t offset,
                              int64_t found)
{
    int64_t *places = PyMem_New(int64_t, 2 * (size_t)found + 1);
    for (int64_t i = 0, k = 0; places && i < size[0]; i++) {
        for (int64_t j = 0; j < size[1]; j++) {
            if (is_inside(call, i, j, offset)) {
                places[k] = i;
                places[found + k++] = j;
            }
        }
    }
    return places;
}

static PyObject *call_triangle_indices(struct call *call)
{
    int64_t size[2] = { 0, 0 }, offset = 0, found = 0;
    struct creation_options options;
    struct error err;
    if (!argument_integer(call, 0, &size[0]) || !argument_integer(call, 1, &size[1]) ||
        !argument_integer(call, 2, &offset) ||
        !creation_read_options(call, 3, DTYPE_INT64, &options)) {
        return NULL;
    }
    if (size[0] < 0 || size[1] < 0 || (size[1] > 0 && size[0] > (1 << 28) / size[1])) {
        PyErr_Format(PyExc_RuntimeError, "%s of that size is not possible", call->row->name);
        return NULL;
    }
    if (options.dtype != DTYPE_INT64) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "%s(dtype=...) other than torch.int64 is not supported by Gradlight",
                            call->row->name);
    }
    for (int64_t i = 0; i < size[0]; i++) {
        for (int64_t j = 0; j < size[1]; j++) {
            found += is_inside(call, i, j, offset);
        }
    }
    int64_t *places = find_triangle(call, size, offset, found);
    if (!places) {
        return PyErr_NoMemory();
    }
    const struct tensor_spec spec = { DTYPE_INT64, { 2, { 2, found } }, options.backend };
    struct tensor *tensor = tensor_from_host(call->face->engine, &spec, places, &err);
    PyMem_Free(places);
    return creation_finish(call, tensor, &options, NULL, &err);
}

/* ---- the table ----------------------------------------------------------------------------------- */

#define NEW                                                                                 \
    { "input", "size", CREATION_OPTIONS }, .required = 1, .keyword_only = 2, .collects = 2, \
                                           .places = PLACE_METHOD
#define TRIANGLE                                  \
    { "row", "col", "offset", CREATION_OPTIONS }, \
        .required = 2, .keyword_only = 3, .call = call_triangle_indices, .places = PLACE_TORCH

const struct function_row creation_new_rows[] = {
    { "new_zeros", NEW, .call = call_new_zeros },
    { "new_empty", NEW, .call = call_new_zeros },
    { "new_ones", NEW, .call = call_new_ones },
    { "new_full",
      { "input", "size", "fill_value", CREATION_OPTIONS },
      .required = 3,
      .keyword_only = 3,
      .call = call_new_full,
      .places = PLACE_METHOD },
    { "new_tensor",
      { "input", "data", CREATION_OPTIONS },
      .required = 2,
      .keyword_only = 2,
      .call = call_new_tensor,
      .places = PLACE_METHOD },
    { "scalar_tensor",
      { "s", CREATION_OPTIONS },
      .required = 1,
      .keyword_only = 1,
      .call = call_scalar_tensor,
      .places = PLACE_TORCH },
    { "logspace",
      { "start", "end", "steps", "base", CREATION_OPTIONS },
      .required = 3,
      .keyword_only = 4,
      .call = call_logspace,
      .places = PLACE_TORCH },
    { "tril_indices", TRIANGLE },
    { "triu_indices", TRIANGLE },
    { .name = NULL },
};
