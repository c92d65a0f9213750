/* Several tensors made one, one made several. */
#include "lessons/torch/functions.h"

#include <string.h>

#include "engine/nn/nn.h"

/* ---- cat, stack and their kin ------------------------------------------------------------------ */

static PyObject *finish_list(const struct call *call, struct tensor_list *list,
                             struct tensor *result, const struct error *err)
{
    PyMem_Free(list->items);
    return function_result(call, result, err);
}

static PyObject *call_cat(struct call *call)
{
    struct tensor_list list;
    int64_t dim = 0;
    struct error err;
    if (!argument_integer(call, 1, &dim) || !argument_tensors(call, 0, &list)) {
        return NULL;
    }
    return finish_list(call, &list, nn_cat(call->face->engine, list.items, list.count, dim, &err),
                       &err);
}

static PyObject *call_stack(struct call *call)
{
    struct tensor_list list;
    int64_t dim = 0;
    struct error err;
    if (!argument_integer(call, 1, &dim) || !argument_tensors(call, 0, &list)) {
        return NULL;
    }
    return finish_list(call, &list, nn_stack(call->face->engine, list.items, list.count, dim, &err),
                       &err);
}

/* Each with at least `dims` dimensions: `out` has references. */
static bool raise_all(const struct call *call, const struct tensor_list *list, int dims,
                      struct nn_parts *out)
{
    struct error err;
    for (int i = 0; i < list->count; i++) {
        out->items[i] = nn_at_least(call->face->engine, list->items[i], dims, &err);
        if (!out->items[i]) {
            torch_raise(&err);
            return false;
        }
        out->count++;
    }
    return true;
}

/* The tensors of the first argument with at least `dims` dimensions. */
static bool read_raised(const struct call *call, int dims, struct nn_parts *out)
{
    struct tensor_list list;
    if (!argument_tensors(call, 0, &list)) {
        return false;
    }
    if (!nn_parts_begin(out, list.count)) {
        PyMem_Free(list.items);
        PyErr_NoMemory();
        return false;
    }
    const bool ok = raise_all(call, &list, dims, out);
    PyMem_Free(list.items);
    if (!ok) {
        nn_parts_finish(out);
    }
    return ok;
}

static PyObject *cat_raised(const struct call *call, struct nn_parts *parts, int dim)
{
    struct error err;
    struct tensor *result = nn_cat(call->face->engine, parts->items, parts->count, dim, &err);
    nn_parts_finish(parts);
    return function_result(call, result, &err);
}

/* "hstack expects a non-empty TensorList" */
static bool refuse_none(const struct call *call, struct nn_parts *parts)
{
    if (parts->count > 0) {
        return true;
    }
    nn_parts_finish(parts);
    PyErr_Format(PyExc_RuntimeError, "%s expects a non-empty TensorList", call->row->name);
    return false;
}

static PyObject *call_hstack(struct call *call)
{
    struct nn_parts parts;
    if (!read_raised(call, 1, &parts) || !refuse_none(call, &parts)) {
        return NULL;
    }
    return cat_raised(call, &parts, parts.items[0]->shape.dims == 1 ? 0 : 1);
}

static PyObject *call_vstack(struct call *call)
{
    struct nn_parts parts;
    return read_raised(call, 2, &parts) && refuse_none(call, &parts) ? cat_raised(call, &parts, 0)
                                                                     : NULL;
}

static PyObject *call_dstack(struct call *call)
{
    struct nn_parts parts;
    return read_raised(call, 3, &parts) && refuse_none(call, &parts) ? cat_raised(call, &parts, 2)
                                                                     : NULL;
}

/* Vectors become columns. */
static PyObject *call_column_stack(struct call *call)
{
    struct nn_parts parts;
    struct error err;
    if (!read_raised(call, 1, &parts) || !refuse_none(call, &parts)) {
        return NULL;
    }
    for (int i = 0; i < parts.count; i++) {
        struct tensor *part = parts.items[i];
        if (part->shape.dims == 1) {
            const struct shape column = { 2, { part->count, 1 } };
            parts.items[i] = nn_reshape(call->face->engine, part, &column, &err);
            tensor_unref(part);
            if (!parts.items[i]) {
                nn_parts_finish(&parts);
                return torch_raise(&err);
            }
        }
    }
    return cat_raised(call, &parts, 1);
}

/* atleast_1d(x) is a tensor, atleast_1d(x, y) and atleast_1d([x, y]) are tuples. */
static PyObject *call_at_least(struct call *call)
{
    const int dims = call->row->name[strlen("atleast_")] - '0';
    struct nn_parts parts;
    if (!read_raised(call, dims, &parts)) {
        return NULL;
    }
    PyObject *tuple = tensor_objects(call->face, &parts);
    if (tuple && call->collected_count == 0 && call->arguments[0] &&
        tensor_object_is(call->face, call->arguments[0])) {
        PyObject *only = Py_NewRef(PyTuple_GET_ITEM(tuple, 0));
        Py_DECREF(tuple);
        return only;
    }
    return tuple;
}

/* ---- split, chunk, unbind ------------------------------------------------------------------------ */

static PyObject *finish_parts(const struct call *call, bool ok, struct nn_parts *parts,
                              const struct error *err)
{
    return ok ? tensor_objects(call->face, parts) : torch_raise(err);
}

/* split(size) or split([sizes]) */
static PyObject *call_split(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct nn_parts parts;
    struct error err;
    int64_t dim = 0, size, *sizes;
    int count;
    if (!input || !argument_integer(call, 2, &dim)) {
        return NULL;
    }
    if (integers_of(call->arguments[1], &sizes, &count)) {
        const bool ok =
            nn_split_with_sizes(call->face->engine, input, sizes, count, dim, &parts, &err);
        PyMem_Free(sizes);
        return finish_parts(call, ok, &parts, &err);
    }
    return argument_integer(call, 1, &size)
               ? finish_parts(call, nn_split(call->face->engine, input, size, dim, &parts, &err),
                              &parts, &err)
               : NULL;
}

static PyObject *call_chunk(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct nn_parts parts;
    struct error err;
    int64_t dim = 0, chunks = 0;
    if (!input || !argument_integer(call, 1, &chunks) || !argument_integer(call, 2, &dim)) {
        return NULL;
    }
    return finish_parts(call, nn_chunk(call->face->engine, input, chunks, dim, &parts, &err),
                        &parts, &err);
}

static PyObject *call_unbind(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct nn_parts parts;
    struct error err;
    int64_t dim = 0;
    if (!input || !argument_integer(call, 1, &dim)) {
        return NULL;
    }
    return finish_parts(call, nn_unbind(call->face->engine, input, dim, &parts, &err), &parts,
                        &err);
}

/* ---- the table ----------------------------------------------------------------------------------- */

enum { BOTH = PLACE_METHOD | PLACE_TORCH };

#define TENSORS(function) { "tensors" }, .required = 1, .call = function, .places = PLACE_TORCH
#define TENSORS_DIM(function) \
    { "tensors", "dim" }, .required = 1, .call = function, .places = PLACE_TORCH
#define ALL_TENSORS(function) \
    { "tensors" }, .required = 0, .collects = 1, .call = function, .places = PLACE_TORCH

const struct function_row join_rows[] = {
    { "cat", TENSORS_DIM(call_cat) },
    { "concat", TENSORS_DIM(call_cat) },
    { "concatenate", TENSORS_DIM(call_cat) },
    { "stack", TENSORS_DIM(call_stack) },
    { "hstack", TENSORS(call_hstack) },
    { "vstack", TENSORS(call_vstack) },
    { "row_stack", TENSORS(call_vstack) },
    { "dstack", TENSORS(call_dstack) },
    { "column_stack", TENSORS(call_column_stack) },
    { "atleast_1d", ALL_TENSORS(call_at_least) },
    { "atleast_2d", ALL_TENSORS(call_at_least) },
    { "atleast_3d", ALL_TENSORS(call_at_least) },
    { "split",
      { "tensor", "split_size_or_sections", "dim" },
      .required = 2,
      .call = call_split,
      .places = PLACE_TORCH },
    { "split",
      { "self", "split_size", "dim" },
      .required = 2,
      .call = call_split,
      .places = PLACE_METHOD },
    { "split_with_sizes",
      { "self", "split_sizes", "dim" },
      .required = 2,
      .call = call_split,
      .places = BOTH },
    { "chunk", { "input", "chunks", "dim" }, .required = 2, .call = call_chunk, .places = BOTH },
    { "unbind", { "input", "dim" }, .required = 1, .call = call_unbind, .places = BOTH },
    { .name = NULL },
};
