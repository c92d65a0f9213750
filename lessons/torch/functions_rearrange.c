/* Elements several times, in another order, or only those on one side of a diagonal. */
#include "lessons/torch/functions.h"

#include "engine/nn/nn.h"

/* An operation on argument 0 with these attributes. */
static PyObject *apply_attrs(const struct call *call, enum op_id op, const struct op_attrs *attrs)
{
    const struct operand in = operand_tensor(tensor_object_tensor(call->arguments[0]));
    const struct op_use use = {
        .op = op, .in = &in, .in_count = 1, .attrs = *attrs, .in_place = call->row->in_place
    };
    return function_apply(call, &use);
}

/* ---- repeat, tile, repeat_interleave --------------------------------------------------------- */

static PyObject *call_repeat(struct call *call)
{
    struct op_attrs attrs = { .present = ATTR(REPEATS) };
    return argument_tensor(call, 0) && argument_size(call, 1, &attrs.repeats)
               ? apply_attrs(call, OP_REPEAT, &attrs)
               : NULL;
}

/* Dimensions that are not mentioned are the first ones, and are not repeated. */
static PyObject *call_tile(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(REPEATS) };
    struct shape given;
    if (!input || !argument_size(call, 1, &given)) {
        return NULL;
    }
    const int dims = given.dims > input->shape.dims ? given.dims : input->shape.dims;
    attrs.repeats.dims = dims;
    for (int d = 0; d < dims; d++) {
        const int from = d - (dims - given.dims);
        attrs.repeats.size[d] = from < 0 ? 1 : given.size[from];
    }
    return apply_attrs(call, OP_REPEAT, &attrs);
}

/* One index for each copy: [2, 1] gives [0, 0, 1]. A reference, or NULL with an exception. */
static struct tensor *copies(const struct call *call, const struct tensor *repeats, int64_t length)
{
    struct tensor *result = NULL;
    struct error err;
    int64_t *often = PyMem_New(int64_t, (size_t)repeats->count + 1), total = 0;
    if (!often || !tensor_read_whole(repeats, often, &err)) {
        PyMem_Free(often);
        return often ? (torch_raise(&err), NULL) : (PyErr_NoMemory(), NULL);
    }
    const bool same = repeats->count == 1 && length != 1;
    for (int64_t i = 0; i < length && total >= 0; i++) {
        const int64_t n = often[same ? 0 : i];
        total = n < 0 || __builtin_add_overflow(total, n, &total) ? -1 : total;
    }
    int64_t *indices = total >= 0 ? PyMem_New(int64_t, (size_t)total + 1) : NULL;
    if (total < 0) {
        PyErr_SetString(PyExc_RuntimeError, "repeats can not be negative");
    } else if (!indices) {
        PyErr_NoMemory();
    } else {
        for (int64_t i = 0, at = 0; i < length; i++) {
            for (int64_t n = often[same ? 0 : i]; n > 0; n--) {
                indices[at++] = i;
            }
        }
        const struct tensor_spec spec = { DTYPE_INT64, { 1, { total } }, tensor_backend(repeats) };
        result = tensor_from_host(call->face->engine, &spec, indices, &err);
        result = result ? result : (torch_raise(&err), NULL);
    }
    PyMem_Free(indices);
    PyMem_Free(often);
    return result;
}

static PyObject *interleave_each(const struct call *call, struct tensor *input,
                                 const struct tensor *repeats, int64_t dim)
{
    const int64_t length = input->shape.dims > 0 ? input->shape.size[dim] : 1;
    if (repeats->shape.dims > 1 || (repeats->count != 1 && repeats->count != length)) {
        PyErr_SetString(PyExc_RuntimeError,
                        repeats->shape.dims > 1
                            ? "repeats must be 0-dim or 1-dim tensor"
                            : "repeats must have the same size as input along dim");
        return NULL;
    }
    struct tensor *indices = copies(call, repeats, length);
    if (!indices) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(input), operand_tensor(indices) };
    PyObject *result =
        function_apply(call, &(struct op_use){ .op = OP_INDEX_SELECT,
                                               .in = in,
                                               .in_count = 2,
                                               .attrs = { .present = ATTR(DIM), .dim = dim } });
    tensor_unref(indices);
    return result;
}

/* repeat_interleave(x, 2, dim), repeat_interleave(x, tensor([2, 1]), dim); without dim flat. */
static PyObject *call_repeat_interleave(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct operand repeats;
    struct error err;
    int64_t dim = 0;
    PyObject *result = NULL;
    if (!input || !argument_operand(call, 1, &repeats) ||
        !argument_dim(call, 2, input->shape.dims, &dim)) {
        return NULL;
    }
    struct tensor *source =
        argument_given(call, 2)
            ? tensor_ref(input)
            : nn_reshape(call->face->engine, input, &(struct shape){ 1, { -1 } }, &err);
    if (!source) {
        return torch_raise(&err);
    }
    if (repeats.kind == OPERAND_TENSOR) {
        result = interleave_each(call, source, repeats.tensor, dim);
    } else if (repeats.number.kind == NUMBER_REAL) {
        argument_refuse(call, 1, "Tensor or int");
    } else if (repeats.number.integer < 0) {
        PyErr_SetString(PyExc_RuntimeError, "Repeats must be non-negative");
    } else {
        result = function_result(call,
                                 nn_repeat_interleave(call->face->engine, source,
                                                      repeats.number.integer, (int)dim, &err),
                                 &err);
    }
    tensor_unref(source);
    return result;
}

/* ---- flip, rot90, roll ------------------------------------------------------------------------- */

static PyObject *call_flip(struct call *call)
{
    struct op_attrs attrs = { .present = ATTR(DIMS) };
    return argument_tensor(call, 0) && argument_size(call, 1, &attrs.dims)
               ? apply_attrs(call, OP_FLIP, &attrs)
               : NULL;
}

/* fliplr and flipud: along the dimension that the row's name means. */
static PyObject *flip_one(const struct call *call, int dim)
{
    const struct tensor *input = argument_tensor(call, 0);
    const struct op_attrs attrs = { .present = ATTR(DIMS), .dims = { 1, { dim } } };
    if (input && input->shape.dims <= dim) {
        return PyErr_Format(PyExc_RuntimeError, "Input must be >= %d-d.", dim + 1);
    }
    return input ? apply_attrs(call, OP_FLIP, &attrs) : NULL;
}

/* reversed(t): along dimension 0; a single number is itself. */
static PyObject *call_reversed(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    const struct op_attrs attrs = { .present = ATTR(DIMS), .dims = { 1, { 0 } } };
    if (input && input->shape.dims == 0) {
        return Py_NewRef(call->arguments[0]);
    }
    return input ? apply_attrs(call, OP_FLIP, &attrs) : NULL;
}

static PyObject *call_fliplr(struct call *call)
{
    return flip_one(call, 1);
}

static PyObject *call_flipud(struct call *call)
{
    return flip_one(call, 0);
}

static PyObject *call_rot90(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    int64_t turns = 1;
    struct shape dims = { 2, { 0, 1 } };
    bool given;
    struct error err;
    if (!input || !argument_integer(call, 1, &turns) ||
        !argument_dims(call, 2, input->shape.dims, &dims, &given)) {
        return NULL;
    }
    if (dims.dims != 2 || input->shape.dims < 2 || dims.size[0] == dims.size[1]) {
        return PyErr_Format(PyExc_RuntimeError,
                            dims.dims != 2 ? "expected total rotation dims == 2, but got dims = %d"
                            : input->shape.dims < 2
                                ? "expected total dims >= 2, but got total dims = %d"
                                : "expected rotation dims to be different, but got dim0 = dim1",
                            dims.dims != 2 ? dims.dims : input->shape.dims);
    }
    return function_result(
        call, nn_rot90(call->face->engine, input, turns, dims.size[0], dims.size[1], &err), &err);
}

static PyObject *call_roll(struct call *call)
{
    struct op_attrs attrs = { .present = ATTR(SHIFTS) | ATTR(DIMS) };
    if (!argument_tensor(call, 0) || !argument_size(call, 1, &attrs.shifts)) {
        return NULL;
    }
    return !argument_given(call, 2) || argument_size(call, 2, &attrs.dims)
               ? apply_attrs(call, OP_ROLL, &attrs)
               : NULL;
}

/* ---- diagonals --------------------------------------------------------------------------------- */

static PyObject *call_triangle(struct call *call)
{
    struct op_attrs attrs = { .present = ATTR(DIAGONAL) };
    return argument_tensor(call, 0) && argument_integer(call, 1, &attrs.diagonal)
               ? apply_attrs(call, call->row->op, &attrs)
               : NULL;
}

/* diagonal(offset, dim1, dim2), diag_embed: `dims` of the tensor that has both dimensions. */
static PyObject *with_dims(const struct call *call, int dims, int64_t first, int64_t second)
{
    struct op_attrs attrs = {
        .present = ATTR(OFFSET) | ATTR(DIM0) | ATTR(DIM1),
        .dim0 = first,
        .dim1 = second,
    };
    return argument_integer(call, 1, &attrs.offset) && argument_dim(call, 2, dims, &attrs.dim0) &&
                   argument_dim(call, 3, dims, &attrs.dim1)
               ? apply_attrs(call, call->row->op, &attrs)
               : NULL;
}

static PyObject *call_unfold(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(DIM) | ATTR(SPLIT_SIZE) | ATTR(STEP),
                              .from_end = argument_from_end(call, 1, ATTR(DIM)) };
    if (!input || !argument_dim(call, 1, input->shape.dims, &attrs.dim) ||
        !argument_integer(call, 2, &attrs.split_size) || !argument_integer(call, 3, &attrs.step)) {
        return NULL;
    }
    const struct operand in = operand_tensor(input);
    return function_apply(
        call, &(struct op_use){ .op = OP_UNFOLD, .in = &in, .in_count = 1, .attrs = attrs });
}

static PyObject *call_diagonal(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    return input ? with_dims(call, input->shape.dims, 0, 1) : NULL;
}

static PyObject *call_diag_embed(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    return input ? with_dims(call, input->shape.dims + 1, -2, -1) : NULL;
}

/* Of a vector the matrix, of a matrix the vector. */
static PyObject *call_diag(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = {
        .present = ATTR(OFFSET) | ATTR(DIM0) | ATTR(DIM1),
        .dim1 = 1,
    };
    if (!input || !argument_integer(call, 1, &attrs.offset)) {
        return NULL;
    }
    if (input->shape.dims != 1 && input->shape.dims != 2) {
        return PyErr_Format(PyExc_RuntimeError, "diag(): Supports 1D or 2D tensors. Got %dD",
                            input->shape.dims);
    }
    return apply_attrs(call, input->shape.dims == 1 ? OP_DIAG_EMBED : OP_DIAGONAL_COPY, &attrs);
}

/* The elements of any tensor on the diagonal of a matrix. */
static PyObject *call_diagflat(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = {
        .present = ATTR(OFFSET) | ATTR(DIM0) | ATTR(DIM1),
        .dim1 = 1,
    };
    struct error err;
    if (!input || !argument_integer(call, 1, &attrs.offset)) {
        return NULL;
    }
    struct tensor *line = nn_reshape(call->face->engine, input, &(struct shape){ 1, { -1 } }, &err);
    if (!line) {
        return torch_raise(&err);
    }
    const struct operand in = operand_tensor(line);
    PyObject *result = function_apply(
        call, &(struct op_use){ .op = OP_DIAG_EMBED, .in = &in, .in_count = 1, .attrs = attrs });
    tensor_unref(line);
    return result;
}

/* ---- the table --------------------------------------------------------------------------------- */

enum { BOTH = PLACE_METHOD | PLACE_TORCH };

#define TRIANGLE(id) { "input", "diagonal" }, .required = 1, .call = call_triangle, .op = OP_##id

const struct function_row rearrange_rows[] = {
    { "repeat",
      { "input", "repeats" },
      .required = 1,
      .collects = 2,
      .call = call_repeat,
      .places = PLACE_METHOD },
    { "tile",
      { "input", "dims" },
      .required = 1,
      .collects = 2,
      .call = call_tile,
      .places = BOTH },
    { "repeat_interleave",
      { "input", "repeats", "dim", "output_size" },
      .required = 2,
      .keyword_only = 3,
      .call = call_repeat_interleave,
      .places = BOTH },
    { "flip",
      { "input", "dims" },
      .required = 2,
      .collects = 2,
      .call = call_flip,
      .places = BOTH },
    { "__reversed__", { "input" }, .required = 1, .call = call_reversed, .places = PLACE_METHOD },
    { "fliplr", { "input" }, .required = 1, .call = call_fliplr, .places = BOTH },
    { "flipud", { "input" }, .required = 1, .call = call_flipud, .places = BOTH },
    { "rot90", { "input", "k", "dims" }, .required = 1, .call = call_rot90, .places = BOTH },
    { "roll", { "input", "shifts", "dims" }, .required = 2, .call = call_roll, .places = BOTH },
    { "tril", TRIANGLE(TRIL), .places = BOTH },
    { "triu", TRIANGLE(TRIU), .places = BOTH },
    { "tril_", TRIANGLE(TRIL), .in_place = true, .places = PLACE_METHOD },
    { "triu_", TRIANGLE(TRIU), .in_place = true, .places = PLACE_METHOD },
    { "unfold",
      { "input", "dimension", "size", "step" },
      .required = 4,
      .call = call_unfold,
      .places = PLACE_METHOD },
    { "diagonal",
      { "input", "offset", "dim1", "dim2" },
      .required = 1,
      .call = call_diagonal,
      .op = OP_DIAGONAL,
      .places = BOTH },
    { "diag_embed",
      { "input", "offset", "dim1", "dim2" },
      .required = 1,
      .call = call_diag_embed,
      .op = OP_DIAG_EMBED,
      .places = BOTH },
    { "diag", { "input", "diagonal" }, .required = 1, .call = call_diag, .places = BOTH },
    { "diagflat", { "input", "offset" }, .required = 1, .call = call_diagflat, .places = BOTH },
    { "trace", { "input" }, .required = 1, .call = function_unary, .op = OP_TRACE, .places = BOTH },
    { .name = NULL },
};
