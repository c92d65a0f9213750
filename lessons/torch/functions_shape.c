/* Other looks at the same elements, and copies of them. */
#include "lessons/torch/functions.h"

#include "engine/base/text.h"
#include "engine/nn/nn.h"

/* An operation on argument 0 with these attributes. */
/* The operation as the rows with in_place do it: to the tensor itself. */
static enum op_id op_in_place(enum op_id op)
{
    static const enum op_id pairs[][2] = {
        { OP_TRANSPOSE, OP_TRANSPOSE_IN_PLACE },       { OP_T, OP_T_IN_PLACE },
        { OP_SQUEEZE, OP_SQUEEZE_IN_PLACE },           { OP_SQUEEZE_DIM, OP_SQUEEZE_DIM_IN_PLACE },
        { OP_SQUEEZE_DIMS, OP_SQUEEZE_DIMS_IN_PLACE }, { OP_UNSQUEEZE, OP_UNSQUEEZE_IN_PLACE },
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        if (pairs[i][0] == op) {
            return pairs[i][1];
        }
    }
    return op;
}

static PyObject *apply_attrs(const struct call *call, enum op_id op, const struct op_attrs *attrs)
{
    const bool in_place = call->row->in_place;
    const struct operand in = operand_tensor(tensor_object_tensor(call->arguments[0]));
    const struct op_use use = { .op = in_place ? op_in_place(op) : op,
                                .in = &in,
                                .in_count = 1,
                                .attrs = *attrs,
                                .in_place = in_place };
    return function_apply(call, &use);
}

static PyObject *same(const struct call *call)
{
    return Py_NewRef(call->arguments[0]);
}

static PyObject *call_t_in_place(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    const struct op_attrs attrs = { 0 };
    if (input && input->shape.dims > 2) {
        return PyErr_Format(PyExc_RuntimeError,
                            "t_() expects a tensor with <= 2 dimensions, but self is %dD",
                            input->shape.dims);
    }
    return input ? apply_attrs(call, OP_T, &attrs) : NULL;
}

static PyObject *call_unary(struct call *call)
{
    const struct op_attrs attrs = { 0 };
    return argument_tensor(call, 0) ? apply_attrs(call, call->row->op, &attrs) : NULL;
}

/* ---- view, reshape, flatten -------------------------------------------------------------------- */

static PyObject *view_as(const struct call *call, const struct tensor *input,
                         const struct shape *wanted)
{
    struct op_attrs attrs = { .present = ATTR(SIZE) };
    struct error err;
    if (!shape_infer(wanted, input->count, &attrs.size, &err)) {
        return torch_raise(&err);
    }
    return apply_attrs(call, OP_VIEW, &attrs);
}

static PyObject *call_view(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct shape size;
    return input && argument_size(call, 1, &size) ? view_as(call, input, &size) : NULL;
}

static PyObject *call_view_as(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    const struct tensor *other = input ? argument_tensor(call, 1) : NULL;
    return other ? view_as(call, input, &other->shape) : NULL;
}

static PyObject *reshaped(const struct call *call, struct tensor *input, const struct shape *size)
{
    struct error err;
    return function_result(call, nn_reshape(call->face->engine, input, size, &err), &err);
}

static PyObject *call_reshape(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct shape size;
    return input && argument_size(call, 1, &size) ? reshaped(call, input, &size) : NULL;
}

static PyObject *call_reshape_as(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    const struct tensor *other = input ? argument_tensor(call, 1) : NULL;
    return other ? reshaped(call, input, &other->shape) : NULL;
}

static PyObject *call_flatten(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    int64_t start = 0, end = -1;
    if (!input || !argument_dim(call, 1, input->shape.dims, &start) ||
        !argument_dim(call, 2, input->shape.dims, &end)) {
        return NULL;
    }
    if (start > end) {
        PyErr_SetString(PyExc_RuntimeError, "flatten() has invalid args: start_dim cannot come "
                                            "after end_dim");
        return NULL;
    }
    if (start == end && input->shape.dims > 0) {
        return same(call);
    }
    struct shape flat = { .dims = 0 };
    for (int i = 0; i < start; i++) {
        flat.size[flat.dims++] = input->shape.size[i];
    }
    flat.size[flat.dims] = 1;
    for (int64_t i = start; i <= end && i < input->shape.dims; i++) {
        flat.size[flat.dims] *= input->shape.size[i];
    }
    flat.dims++;
    for (int64_t i = end + 1; i < input->shape.dims; i++) {
        flat.size[flat.dims++] = input->shape.size[i];
    }
    return reshaped(call, input, &flat);
}

static PyObject *call_contiguous(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    return input ? function_result(call, nn_contiguous(call->face->engine, input, &err), &err)
                 : NULL;
}

/* ---- dimensions moved, added, dropped --------------------------------------------------------- */

static PyObject *call_permute(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(DIMS) };
    bool given;
    if (!input || !argument_size(call, 1, &attrs.dims)) {
        return NULL;
    }
    if (attrs.dims.dims != input->shape.dims) {
        return PyErr_Format(PyExc_RuntimeError,
                            "permute(sparse_coo): number of dimensions in the tensor input does "
                            "not match the length of the desired ordering of dimensions i.e. "
                            "input.dim() = %d is not equal to len(dims) = %d",
                            input->shape.dims, attrs.dims.dims);
    }
    return argument_dims(call, 1, input->shape.dims, &attrs.dims, &given)
               ? apply_attrs(call, OP_PERMUTE, &attrs)
               : NULL;
}

static PyObject *call_transpose(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(DIM0) | ATTR(DIM1) };
    if (!input || !argument_dim(call, 1, input->shape.dims, &attrs.dim0) ||
        !argument_dim(call, 2, input->shape.dims, &attrs.dim1)) {
        return NULL;
    }
    attrs.from_end =
        argument_from_end(call, 1, ATTR(DIM0)) | argument_from_end(call, 2, ATTR(DIM1));
    return apply_attrs(call, OP_TRANSPOSE, &attrs);
}

static PyObject *call_squeeze(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(DIM) };
    if (!input) {
        return NULL;
    }
    if (!argument_given(call, 1)) {
        attrs.present = 0;
        return apply_attrs(call, OP_SQUEEZE, &attrs);
    }
    if (PyTuple_Check(call->arguments[1]) || PyList_Check(call->arguments[1])) {
        bool given;
        attrs.present = ATTR(DIMS);
        return argument_dims(call, 1, input->shape.dims, &attrs.dims, &given)
                   ? apply_attrs(call, OP_SQUEEZE_DIMS, &attrs)
                   : NULL;
    }
    attrs.from_end = argument_from_end(call, 1, ATTR(DIM));
    return argument_dim(call, 1, input->shape.dims, &attrs.dim)
               ? apply_attrs(call, OP_SQUEEZE_DIM, &attrs)
               : NULL;
}

static PyObject *call_unsqueeze(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(DIM),
                              .from_end = argument_from_end(call, 1, ATTR(DIM)) };
    return input && argument_dim(call, 1, input->shape.dims + 1, &attrs.dim)
               ? apply_attrs(call, OP_UNSQUEEZE, &attrs)
               : NULL;
}

/* -1 keeps the size of a dimension; counted from the last one. */
static PyObject *expanded(const struct call *call, const struct tensor *input,
                          const struct shape *size)
{
    struct op_attrs attrs = { .present = ATTR(SIZE), .size = *size };
    const int extra = size->dims - input->shape.dims;
    if (extra < 0) {
        struct text from = { 0 }, to = { 0 };
        shape_append(&from, &input->shape);
        shape_append(&to, size);
        PyErr_Format(PyExc_RuntimeError,
                     "expand(torch.%sTensor{%s}, size=%s): the number of sizes provided (%d) must "
                     "be greater or equal to the number of dimensions in the tensor (%d)",
                     dtype_type_name(input->dtype), text_string(&from), text_string(&to),
                     size->dims, input->shape.dims);
        text_finish(&from);
        text_finish(&to);
        return NULL;
    }
    for (int i = 0; i < size->dims; i++) {
        if (size->size[i] == -1 && i >= extra) {
            attrs.size.size[i] = input->shape.size[i - extra];
        }
    }
    return apply_attrs(call, OP_EXPAND, &attrs);
}

static PyObject *call_expand(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct shape size;
    return input && argument_size(call, 1, &size) ? expanded(call, input, &size) : NULL;
}

static PyObject *call_expand_as(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    const struct tensor *other = input ? argument_tensor(call, 1) : NULL;
    return other ? expanded(call, input, &other->shape) : NULL;
}

/* ---- parts ------------------------------------------------------------------------------------- */

static PyObject *call_select(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(DIM) | ATTR(INDEX) };
    if (!input || !argument_dim(call, 1, input->shape.dims, &attrs.dim) ||
        !argument_integer(call, 2, &attrs.index)) {
        return NULL;
    }
    if (input->shape.dims == 0) {
        PyErr_SetString(PyExc_IndexError, "select() cannot be applied to a 0-dim tensor.");
        return NULL;
    }
    const int64_t size = input->shape.size[attrs.dim], index = attrs.index;
    if (index < -size || index >= size) {
        struct text shape = { 0 };
        shape_append(&shape, &input->shape);
        PyErr_Format(PyExc_IndexError,
                     "select(): index %lld out of range for tensor of size %s at dimension %lld",
                     (long long)index, text_string(&shape), (long long)attrs.dim);
        text_finish(&shape);
        return NULL;
    }
    attrs.index += index < 0 ? size : 0;
    attrs.from_end =
        argument_from_end(call, 1, ATTR(DIM)) | argument_from_end(call, 2, ATTR(INDEX));
    return apply_attrs(call, OP_SELECT, &attrs);
}

static PyObject *call_narrow(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(DIM) | ATTR(START) | ATTR(END) | ATTR(STEP),
                              .step = 1 };
    int64_t length = 0;
    if (!input || !argument_dim(call, 1, input->shape.dims, &attrs.dim) ||
        !argument_integer(call, 2, &attrs.start) || !argument_integer(call, 3, &length)) {
        return NULL;
    }
    const int64_t size = input->shape.dims > 0 ? input->shape.size[attrs.dim] : 0;
    attrs.start += attrs.start < 0 ? size : 0;
    if (length < 0 || attrs.start < 0 || attrs.start > size - length) {
        return PyErr_Format(PyExc_RuntimeError,
                            "start (%lld) + length (%lld) exceeds dimension size (%lld).",
                            (long long)attrs.start, (long long)length, (long long)size);
    }
    attrs.end = attrs.start + length;
    return apply_attrs(call, OP_SLICE, &attrs);
}

/* as_strided(size, stride, storage_offset): any look at the storage that stays inside it */

static bool strided_fits(const struct tensor *input, const struct op_attrs *attrs, int64_t offset)
{
    int64_t last = offset;
    for (int d = 0; d < attrs->size.dims; d++) {
        const int64_t size = attrs->size.size[d], stride = attrs->stride.size[d];
        if (size == 0) {
            return true;
        }
        if (stride > 0 && size - 1 > (INT64_MAX - last) / stride) {
            return false;
        }
        last += (size - 1) * stride;
    }
    return offset >= 0 && (size_t)last < input->storage->bytes / dtype_size(input->dtype);
}

/* The place of the last element; the largest number where it would be larger. */
static int64_t last_place(const struct op_attrs *attrs, int64_t offset)
{
    int64_t last = offset;
    for (int d = 0; d < attrs->size.dims; d++) {
        int64_t reach;
        if (attrs->size.size[d] > 0 &&
            (__builtin_mul_overflow(attrs->size.size[d] - 1, attrs->stride.size[d], &reach) ||
             __builtin_add_overflow(last, reach, &last))) {
            return INT64_MAX;
        }
    }
    return last;
}

static PyObject *refuse_strided(const struct tensor *input, const struct op_attrs *attrs,
                                int64_t offset)
{
    struct text size = { 0 }, stride = { 0 };
    const int64_t most = INT64_MAX / 8 - 1, wanted = last_place(attrs, offset);
    const int64_t last = wanted < most ? wanted : most;
    const long long item = (long long)dtype_size(input->dtype);
    shape_append(&size, &attrs->size);
    shape_append(&stride, &attrs->stride);
    PyErr_Format(PyExc_RuntimeError,
                 "setStorage: sizes %s, strides %s, storage offset %lld, and itemsize %lld "
                 "requiring a storage size of %lld are out of bounds for storage of size %lld",
                 text_string(&size), text_string(&stride), (long long)offset, item,
                 (long long)(last + 1) * item, (long long)input->storage->bytes);
    text_finish(&size);
    text_finish(&stride);
    return NULL;
}

/* Whether all elements are those of the (contiguous) tensor itself. */
static bool stays_inside(const struct tensor *input, const struct op_attrs *attrs)
{
    return attrs->offset >= 0 && last_place(attrs, attrs->offset) < input->count;
}

static PyObject *call_as_strided(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(SIZE) | ATTR(STRIDE) | ATTR(OFFSET) };
    if (!input || !argument_size(call, 1, &attrs.size) || !argument_size(call, 2, &attrs.stride)) {
        return NULL;
    }
    int64_t offset = input->offset;
    if (!argument_integer(call, 3, &offset)) {
        return NULL;
    }
    if (attrs.size.dims != attrs.stride.dims) {
        PyErr_SetString(PyExc_RuntimeError, "mismatch in length of strides and shape");
        return NULL;
    }
    for (int d = 0; d < attrs.size.dims; d++) {
        if (attrs.stride.size[d] < 0) {
            struct text text = { 0 };
            shape_append(&text, &attrs.stride);
            PyErr_Format(PyExc_RuntimeError,
                         "as_strided: Negative strides are not supported at the moment, got "
                         "strides: %s",
                         text_string(&text));
            text_finish(&text);
            return NULL;
        }
    }
    if (!strided_fits(input, &attrs, offset)) {
        return refuse_strided(input, &attrs, offset);
    }
    attrs.offset = offset - input->offset;
    if (input->requires_grad && !(tensor_is_contiguous(input) && stays_inside(input, &attrs))) {
        PyErr_SetString(
            PyExc_NotImplementedError,
            "as_strided beyond a tensor that requires a gradient, or of one that is not "
            "contiguous, is not supported by Gradlight");
        return NULL;
    }
    return apply_attrs(call, OP_AS_STRIDED, &attrs);
}

/* ---- the table --------------------------------------------------------------------------------- */

enum { BOTH = PLACE_METHOD | PLACE_TORCH };

#define IN_PLACE .in_place = true, .places = PLACE_METHOD

const struct function_row shape_rows[] = {
    { "view",
      { "input", "size" },
      .required = 1,
      .collects = 2,
      .call = call_view,
      .places = PLACE_METHOD },
    { "view_as",
      { "input", "other" },
      .required = 2,
      .call = call_view_as,
      .places = PLACE_METHOD },
    { "reshape",
      { "input", "shape" },
      .required = 1,
      .collects = 2,
      .call = call_reshape,
      .places = BOTH },
    { "reshape_as",
      { "input", "other" },
      .required = 2,
      .call = call_reshape_as,
      .places = PLACE_METHOD },
    { "flatten",
      { "input", "start_dim", "end_dim" },
      .required = 1,
      .call = call_flatten,
      .places = BOTH },
    { "contiguous", { "input" }, .required = 1, .call = call_contiguous, .places = PLACE_METHOD },
    { "permute",
      { "input", "dims" },
      .required = 2,
      .collects = 2,
      .call = call_permute,
      .places = BOTH },
    { "transpose",
      { "input", "dim0", "dim1" },
      .required = 3,
      .call = call_transpose,
      .places = BOTH },
    { "swapdims",
      { "input", "dim0", "dim1" },
      .required = 3,
      .call = call_transpose,
      .places = BOTH },
    { "swapaxes",
      { "input", "axis0", "axis1" },
      .required = 3,
      .call = call_transpose,
      .places = BOTH },
    { "transpose_", { "input", "dim0", "dim1" }, .required = 3, .call = call_transpose, IN_PLACE },
    { "swapdims_", { "input", "dim0", "dim1" }, .required = 3, .call = call_transpose, IN_PLACE },
    { "swapaxes_", { "input", "axis0", "axis1" }, .required = 3, .call = call_transpose, IN_PLACE },
    { "t_", { "input" }, .required = 1, .call = call_t_in_place, IN_PLACE },
    { "squeeze_", { "input", "dim" }, .required = 1, .call = call_squeeze, IN_PLACE },
    { "unsqueeze_", { "input", "dim" }, .required = 2, .call = call_unsqueeze, IN_PLACE },
    { "as_strided",
      { "input", "size", "stride", "storage_offset" },
      .required = 3,
      .call = call_as_strided,
      .places = BOTH },
    { "t", { "input" }, .required = 1, .call = call_unary, .op = OP_T, .places = BOTH },
    { "squeeze", { "input", "dim" }, .required = 1, .call = call_squeeze, .places = BOTH },
    { "unsqueeze", { "input", "dim" }, .required = 2, .call = call_unsqueeze, .places = BOTH },
    { "expand",
      { "input", "size" },
      .required = 1,
      .collects = 2,
      .call = call_expand,
      .places = PLACE_METHOD },
    { "expand_as",
      { "input", "other" },
      .required = 2,
      .call = call_expand_as,
      .places = PLACE_METHOD },
    { "broadcast_to", { "input", "size" }, .required = 2, .call = call_expand, .places = BOTH },
    { "select", { "input", "dim", "index" }, .required = 3, .call = call_select, .places = BOTH },
    { "narrow",
      { "input", "dim", "start", "length" },
      .required = 4,
      .call = call_narrow,
      .places = BOTH },
    { "clone",
      { "input" },
      .required = 1,
      .call = call_unary,
      .op = OP_CLONE_LIKE,
      .places = BOTH },
    { .name = NULL },
};
