/* Elements by their places: gather, scatter, index_*, masks, where. */
#include "lessons/torch/functions.h"

#include "engine/nn/nn.h"

static PyObject *apply_dim(const struct call *call, enum op_id op, const struct operand *in,
                           int count, int64_t dim, uint64_t from_end)
{
    const struct op_attrs attrs = { .present = ATTR(DIM), .from_end = from_end, .dim = dim };
    return function_apply(call, &(struct op_use){ .op = op,
                                                  .in = in,
                                                  .in_count = count,
                                                  .attrs = attrs,
                                                  .in_place = call->row->in_place });
}

/* Argument 0 is a tensor, argument 1 one of its dimensions, argument 2 the index. */
static bool read_places(const struct call *call, struct operand *in, int64_t *dim,
                        uint64_t *from_end)
{
    struct tensor *input = argument_tensor(call, 0);
    struct tensor *index = input ? argument_tensor(call, 2) : NULL;
    in[0] = operand_tensor(input);
    in[1] = operand_tensor(index);
    if (!index || !argument_dim(call, 1, input->shape.dims, dim)) {
        return false;
    }
    *from_end = argument_from_end(call, 1, ATTR(DIM));
    return true;
}

/* gather(dim, index), index_select(dim, index) */
static PyObject *call_take(struct call *call)
{
    struct operand in[2];
    int64_t dim = 0;
    uint64_t from_end;
    return read_places(call, in, &dim, &from_end)
               ? apply_dim(call, call->row->op, in, 2, dim, from_end)
               : NULL;
}

/* numbered as in OP_SCATTER_REDUCE */
static PyObject *reduced_into(const struct call *call, enum op_id op, const struct operand *in,
                              int64_t dim, int64_t how, bool include_self)
{
    const struct op_use use = { .op = op,
                                .in = in,
                                .in_count = 3,
                                .attrs = { .present =
                                               ATTR(DIM) | ATTR(REDUCTION) | ATTR(ACCUMULATE),
                                           .dim = dim,
                                           .reduction = how,
                                           .accumulate = include_self },
                                .in_place = call->row->in_place };
    return function_apply(call, &use);
}

/* scatter(reduce="add" or "multiply"), which PyTorch gives no derivative: of numbers a tensor is made. */
static PyObject *scatter_combined(const struct call *call, struct operand *in, int64_t dim)
{
    PyObject *reduce = call->arguments[5];
    const bool adds =
        PyUnicode_Check(reduce) && PyUnicode_CompareWithASCIIString(reduce, "add") == 0;
    struct error err;
    if (!adds &&
        (!PyUnicode_Check(reduce) || PyUnicode_CompareWithASCIIString(reduce, "multiply") != 0)) {
        PyErr_SetString(PyExc_RuntimeError, "reduce argument must be either add or multiply.");
        return NULL;
    }
    struct tensor *values = NULL;
    if (in[2].kind == OPERAND_NUMBER) {
        struct tensor_spec spec = tensor_spec_of(in[1].tensor);
        spec.dtype = in[0].tensor->dtype;
        values = tensor_full(call->face->engine, &spec, in[2].number, &err);
        if (!values) {
            return torch_raise(&err);
        }
        in[2] = operand_tensor(values);
    }
    PyObject *result = reduced_into(call, OP_SCATTER_COMBINE, in, dim, adds ? 0 : 1, true);
    tensor_unref(values);
    return result;
}

/* scatter(dim, index, src or value) */
static PyObject *call_scatter(struct call *call)
{
    struct operand in[3];
    int64_t dim = 0;
    uint64_t from_end;
    const int value = argument_given(call, 4) ? 4 : 3;
    if (!call->arguments[value]) {
        return PyErr_Format(PyExc_TypeError,
                            "%s() missing 1 required positional arguments: \"src\"",
                            call->row->name);
    }
    if (!read_places(call, in, &dim, &from_end) || !argument_operand(call, value, &in[2])) {
        return NULL;
    }
    if (argument_given(call, 5)) {
        return scatter_combined(call, in, dim);
    }
    return apply_dim(call, in[2].kind == OPERAND_TENSOR ? OP_SCATTER : OP_SCATTER_VALUE, in, 3, dim,
                     from_end);
}

/* scatter_reduce(dim, index, src, reduce, include_self=True) */
static PyObject *call_scatter_reduce(struct call *call)
{
    static const char *const names[] = { "sum", "prod", "mean", "amax", "amin" };
    struct operand in[3];
    int64_t dim = 0, how = -1;
    uint64_t from_end;
    bool include_self = true;
    if (!read_places(call, in, &dim, &from_end)) {
        return NULL;
    }
    in[2] = operand_tensor(argument_tensor(call, 3));
    if (!in[2].tensor || !argument_bool(call, 5, &include_self)) {
        return NULL;
    }
    PyObject *reduce = call->arguments[4];
    for (int i = 0; i < 5 && PyUnicode_Check(reduce); i++) {
        how = PyUnicode_CompareWithASCIIString(reduce, names[i]) == 0 ? i : how;
    }
    if (how < 0) {
        return PyErr_Format(PyExc_RuntimeError,
                            "reduce argument must be either sum, prod, mean, amax or amin, got %S",
                            reduce);
    }
    return reduced_into(call, OP_SCATTER_REDUCE, in, dim, how, include_self);
}

/* scatter_add(dim, index, src), index_copy(dim, index, source) */
static PyObject *call_change(struct call *call)
{
    struct operand in[3];
    int64_t dim = 0;
    uint64_t from_end;
    struct tensor *source = NULL;
    if (read_places(call, in, &dim, &from_end)) {
        source = argument_tensor(call, 3);
    }
    in[2] = operand_tensor(source);
    return source ? apply_dim(call, call->row->op, in, 3, dim, from_end) : NULL;
}

static PyObject *call_index_add(struct call *call)
{
    struct operand in[3];
    struct op_attrs attrs = { .present = ATTR(DIM) };
    struct tensor *source = NULL;
    if (read_places(call, in, &attrs.dim, &attrs.from_end)) {
        source = argument_tensor(call, 3);
    }
    if (!source || !argument_number(call, 4, &attrs.alpha)) {
        return NULL;
    }
    attrs.present |= argument_given(call, 4) ? ATTR(ALPHA) : 0;
    in[2] = operand_tensor(source);
    return function_apply(call, &(struct op_use){ .op = OP_INDEX_ADD,
                                                  .in = in,
                                                  .in_count = 3,
                                                  .attrs = attrs,
                                                  .in_place = call->row->in_place });
}

/* index_fill(dim, index, value): a tensor as value is read. */
static PyObject *call_index_fill(struct call *call)
{
    struct operand in[3];
    int64_t dim = 0;
    uint64_t from_end;
    struct number value = number_integer(0);
    if (!read_places(call, in, &dim, &from_end) || !argument_number(call, 3, &value)) {
        return NULL;
    }
    in[2] = operand_number(value);
    return apply_dim(call, OP_INDEX_FILL, in, 3, dim, from_end);
}

/* index_put((i, j), values, accumulate) */
static PyObject *call_index_put(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct tensor *values = input ? argument_tensor(call, 2) : NULL;
    struct op_attrs attrs = { .present = ATTR(ACCUMULATE) };
    struct operand in[2 + BACKEND_MAX_DIMS];
    struct tensor_list indices;
    if (!values || !argument_bool(call, 3, &attrs.accumulate) ||
        !argument_tensors(call, 1, &indices)) {
        return NULL;
    }
    if (indices.count > BACKEND_MAX_DIMS || indices.count == 0) {
        PyErr_Format(PyExc_IndexError, "too many indices for tensor of dimension %d (got %d)",
                     input->shape.dims, indices.count);
        PyMem_Free(indices.items);
        return NULL;
    }
    in[0] = operand_tensor(input);
    in[1] = operand_tensor(values);
    for (int i = 0; i < indices.count; i++) {
        in[2 + i] = operand_tensor(indices.items[i]);
    }
    const int count = 2 + indices.count;
    PyMem_Free(indices.items);
    return function_apply(call, &(struct op_use){ .op = OP_INDEX_PUT,
                                                  .in = in,
                                                  .in_count = count,
                                                  .attrs = attrs,
                                                  .in_place = call->row->in_place });
}

static PyObject *call_take_along(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct tensor *index = input ? argument_tensor(call, 1) : NULL;
    struct engine *engine = call->face->engine;
    struct error err;
    int64_t dim = 0;
    if (!index || !argument_integer(call, 2, &dim)) {
        return NULL;
    }
    return function_result(call,
                           argument_given(call, 2) ? nn_take_along(engine, input, index, dim, &err)
                                                   : nn_take_flat(engine, input, index, &err),
                           &err);
}

/* ---- masks --------------------------------------------------------------------------------------- */

static PyObject *call_masked_fill(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct tensor *mask = input ? argument_tensor(call, 1) : NULL;
    struct operand in[3] = { operand_tensor(input), operand_tensor(mask) };
    if (!mask || !argument_operand(call, 2, &in[2])) {
        return NULL;
    }
    return function_apply(call, &(struct op_use){ .op = in[2].kind == OPERAND_TENSOR
                                                            ? OP_MASKED_FILL_TENSOR
                                                            : OP_MASKED_FILL,
                                                  .in = in,
                                                  .in_count = 3,
                                                  .in_place = call->row->in_place });
}

static PyObject *call_masked_select(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct tensor *mask = input ? argument_tensor(call, 1) : NULL;
    const struct operand in[] = { operand_tensor(input), operand_tensor(mask) };
    return mask ? function_apply(
                      call, &(struct op_use){ .op = OP_MASKED_SELECT, .in = in, .in_count = 2 })
                : NULL;
}

/* A tensor of places for each dimension. */
static PyObject *places_tuple(const struct call *call, struct tensor *input)
{
    struct engine *engine = call->face->engine;
    struct error err;
    struct nn_parts columns;
    struct tensor *row = nn_at_least(engine, input, 1, &err);
    struct tensor *places = row ? op_unary(engine, OP_NONZERO, row, &err) : NULL;
    const bool ok = places && nn_unbind(engine, places, 1, &columns, &err);
    tensor_unref(places);
    tensor_unref(row);
    return ok ? tensor_objects(call->face, &columns) : torch_raise(&err);
}

static PyObject *call_nonzero(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    bool as_tuple = false;
    if (!input || !argument_bool(call, 1, &as_tuple)) {
        return NULL;
    }
    return as_tuple ? places_tuple(call, input) : function_unary(call);
}

static PyObject *choose(const struct call *call, struct tensor *condition, int a, int b)
{
    struct operand in[3] = { operand_tensor(condition) };
    if (!argument_operand(call, a, &in[1]) || !argument_operand(call, b, &in[2])) {
        return NULL;
    }
    return function_apply(call, &(struct op_use){ .op = OP_WHERE, .in = in, .in_count = 3 });
}

/* where(condition) are places, where(condition, a, b) chooses. */
static PyObject *call_where(struct call *call)
{
    struct tensor *condition = argument_tensor(call, 0);
    if (!condition) {
        return NULL;
    }
    if (!call->arguments[1] && !call->arguments[2]) {
        return places_tuple(call, condition);
    }
    if (!call->arguments[1] || !call->arguments[2]) {
        PyErr_SetString(PyExc_TypeError,
                        "where() missing 1 required positional arguments: \"other\"");
        return NULL;
    }
    return choose(call, condition, 1, 2);
}

/* x.where(condition, other) */
static PyObject *call_where_method(struct call *call)
{
    struct tensor *condition = argument_tensor(call, 1);
    return condition ? choose(call, condition, 0, 2) : NULL;
}

/* take(index): by the places in the line of all elements. */
static PyObject *call_take_line(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct tensor *index = input ? argument_tensor(call, 1) : NULL;
    const struct operand in[] = { operand_tensor(input), operand_tensor(index) };
    return index ? function_apply(call, &(struct op_use){ .op = OP_TAKE, .in = in, .in_count = 2 })
                 : NULL;
}

static PyObject *call_masked_scatter(struct call *call)
{
    struct operand in[3];
    for (int i = 0; i < 3; i++) {
        struct tensor *tensor = argument_tensor(call, i);
        if (!tensor) {
            return NULL;
        }
        in[i] = operand_tensor(tensor);
    }
    return function_apply(call, &(struct op_use){ .op = OP_MASKED_SCATTER,
                                                  .in = in,
                                                  .in_count = 3,
                                                  .in_place = call->row->in_place });
}

static PyObject *call_fill_diagonal(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct number value = number_integer(0);
    bool wrap = false;
    if (!input || !argument_number(call, 1, &value) || !argument_bool(call, 2, &wrap)) {
        return NULL;
    }
    if (wrap && input->shape.dims == 2 && input->shape.size[0] > input->shape.size[1] + 1) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "fill_diagonal_(wrap=True) is not supported by Gradlight");
    }
    const struct operand in[] = { operand_tensor(input), operand_number(value) };
    return function_apply(
        call,
        &(struct op_use){ .op = OP_FILL_DIAGONAL, .in = in, .in_count = 2, .in_place = true });
}

/* ---- classes ------------------------------------------------------------------------------------- */

static PyObject *call_one_hot(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    int64_t count = -1;
    return input && argument_integer(call, 1, &count)
               ? function_result(call, nn_one_hot(call->face->engine, input, count, &err), &err)
               : NULL;
}

/* ---- searching ----------------------------------------------------------------------------------- */

/* A tensor, or a number as one, beside argument `other`: a reference, or NULL with an exception. */
static struct tensor *tensor_or_number(const struct call *call, int i, int other)
{
    struct operand operand;
    struct error err;
    if (!argument_operand(call, i, &operand)) {
        return NULL;
    }
    if (operand.kind == OPERAND_TENSOR) {
        return tensor_ref(operand.tensor);
    }
    const enum dtype dtype =
        operand.number.kind == NUMBER_REAL ? call->face->engine->default_dtype : DTYPE_INT64;
    struct tensor_spec spec = { .dtype = dtype };
    if (tensor_object_is(call->face, call->arguments[other])) {
        spec.backend = tensor_backend(tensor_object_tensor(call->arguments[other]));
    }
    struct tensor *tensor = tensor_full(call->face->engine, &spec, operand.number, &err);
    return tensor ? tensor : (torch_raise(&err), NULL);
}

static PyObject *call_isin(struct call *call)
{
    struct tensor *elements = tensor_or_number(call, 0, 1);
    struct tensor *tests = elements ? tensor_or_number(call, 1, 0) : NULL;
    bool invert = false;
    struct error err;
    PyObject *result = NULL;
    if (tests && argument_bool(call, 3, &invert)) {
        struct tensor *found = nn_isin(call->face->engine, elements, tests, &err);
        if (found && invert) {
            struct tensor *inverse = op_binary(call->face->engine, OP_EQ, operand_tensor(found),
                                               operand_number(number_bool(false)), &err);
            tensor_unref(found);
            found = inverse;
        }
        result = function_result(call, found, &err);
    }
    tensor_unref(tests);
    tensor_unref(elements);
    return result;
}

/* searchsorted(sorted, values, right, side), bucketize(values, boundaries, right) */
static PyObject *call_search(struct call *call)
{
    const bool buckets = call->row->name[0] == 'b';
    struct tensor *sorted = argument_tensor(call, buckets ? 1 : 0);
    struct tensor *values =
        sorted ? tensor_or_number(call, buckets ? 0 : 1, buckets ? 1 : 0) : NULL;
    bool right = false;
    struct error err;
    PyObject *result = NULL;
    if (values && argument_bool(call, 2, &right)) {
        if (!buckets && argument_given(call, 3)) {
            right = PyUnicode_Check(call->arguments[3]) &&
                    PyUnicode_CompareWithASCIIString(call->arguments[3], "right") == 0;
        }
        result = function_result(
            call, nn_searchsorted(call->face->engine, sorted, values, right, &err), &err);
    }
    tensor_unref(values);
    return result;
}

/* ---- the table ----------------------------------------------------------------------------------- */

enum { BOTH = PLACE_METHOD | PLACE_TORCH };

#define SCATTER \
    { "input", "dim", "index", "src", "value", "reduce" }, .required = 3, .call = call_scatter
#define SCATTER_REDUCE                                            \
    { "input", "dim", "index", "src", "reduce", "include_self" }, \
        .required = 5, .keyword_only = 5, .call = call_scatter_reduce
#define CHANGE(source, id) \
    { "input", "dim", "index", source }, .required = 4, .call = call_change, .op = OP_##id
#define INDEX_ADD                                                                     \
    { "input", "dim", "index", "source", "alpha" }, .required = 4, .keyword_only = 4, \
                                                    .call = call_index_add
#define INDEX_FILL { "input", "dim", "index", "value" }, .required = 4, .call = call_index_fill
#define INDEX_PUT \
    { "input", "indices", "values", "accumulate" }, .required = 3, .call = call_index_put
#define MASKED_FILL { "input", "mask", "value" }, .required = 3, .call = call_masked_fill
#define IN_PLACE .in_place = true, .places = PLACE_METHOD

const struct function_row index_rows[] = {
    { "gather",
      { "input", "dim", "index", "sparse_grad" },
      .required = 3,
      .keyword_only = 3,
      .call = call_take,
      .op = OP_GATHER,
      .places = BOTH },
    { "index_select",
      { "input", "dim", "index" },
      .required = 3,
      .call = call_take,
      .op = OP_INDEX_SELECT,
      .places = BOTH },
    { "scatter", SCATTER, .places = BOTH },
    { "scatter_", SCATTER, IN_PLACE },
    { "scatter_reduce", SCATTER_REDUCE, .places = BOTH },
    { "scatter_reduce_", SCATTER_REDUCE, IN_PLACE },
    { "scatter_add", CHANGE("src", SCATTER_ADD), .places = BOTH },
    { "scatter_add_", CHANGE("src", SCATTER_ADD), IN_PLACE },
    { "index_copy", CHANGE("source", INDEX_COPY), .places = BOTH },
    { "index_copy_", CHANGE("source", INDEX_COPY), IN_PLACE },
    { "index_add", INDEX_ADD, .places = BOTH },
    { "index_add_", INDEX_ADD, IN_PLACE },
    { "index_fill", INDEX_FILL, .places = BOTH },
    { "index_fill_", INDEX_FILL, IN_PLACE },
    { "index_put", INDEX_PUT, .places = BOTH },
    { "index_put_", INDEX_PUT, IN_PLACE },
    { "take_along_dim",
      { "input", "indices", "dim" },
      .required = 2,
      .call = call_take_along,
      .places = BOTH },
    { "masked_fill", MASKED_FILL, .places = BOTH },
    { "masked_fill_", MASKED_FILL, IN_PLACE },
    { "masked_scatter",
      { "input", "mask", "source" },
      .required = 3,
      .call = call_masked_scatter,
      .places = BOTH },
    { "masked_scatter_",
      { "input", "mask", "source" },
      .required = 3,
      .call = call_masked_scatter,
      IN_PLACE },
    { "take", { "input", "index" }, .required = 2, .call = call_take_line, .places = BOTH },
    { "fill_diagonal_",
      { "input", "fill_value", "wrap" },
      .required = 2,
      .call = call_fill_diagonal,
      .places = PLACE_METHOD },
    { "masked_select",
      { "input", "mask" },
      .required = 2,
      .call = call_masked_select,
      .places = BOTH },
    { "nonzero",
      { "input", "as_tuple" },
      .required = 1,
      .keyword_only = 1,
      .call = call_nonzero,
      .op = OP_NONZERO,
      .places = BOTH },
    { "argwhere",
      { "input" },
      .required = 1,
      .call = function_unary,
      .op = OP_NONZERO,
      .places = BOTH },
    { "where",
      { "condition", "input", "other" },
      .required = 1,
      .call = call_where,
      .places = PLACE_TORCH },
    { "where",
      { "input", "condition", "other" },
      .required = 3,
      .call = call_where_method,
      .places = PLACE_METHOD },
    { "isin",
      { "elements", "test_elements", "assume_unique", "invert" },
      .required = 2,
      .keyword_only = 2,
      .call = call_isin,
      .places = PLACE_TORCH },
    { "searchsorted",
      { "sorted_sequence", "input", "right", "side" },
      .required = 2,
      .keyword_only = 2,
      .call = call_search,
      .places = PLACE_TORCH },
    { "bucketize",
      { "input", "boundaries", "right" },
      .required = 2,
      .keyword_only = 2,
      .call = call_search,
      .places = BOTH },
    { "one_hot",
      { "tensor", "num_classes" },
      .required = 1,
      .call = call_one_hot,
      .places = PLACE_FUNCTIONAL },
    { .name = NULL },
};
