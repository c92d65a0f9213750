/* What a tensor says of itself, and fills in place. */
#include "lessons/torch/functions.h"

#include "engine/tensor/compute.h"
#include "lessons/torch/tensor_slots.h"

static PyObject *call_size(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    int64_t dim = 0;
    if (!input || !argument_given(call, 1)) {
        return input ? size_object_create(call->face, &input->shape) : NULL;
    }
    if (!argument_dim(call, 1, input->shape.dims, &dim)) {
        return NULL;
    }
    if (input->shape.dims == 0) {
        PyErr_SetString(PyExc_IndexError, "Dimension specified as 0 but tensor has no dimensions");
        return NULL;
    }
    return PyLong_FromLongLong(input->shape.size[dim]);
}

static PyObject *call_stride(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    int64_t dim = 0;
    if (!input) {
        return NULL;
    }
    if (argument_given(call, 1)) {
        return argument_dim(call, 1, input->shape.dims, &dim)
                   ? PyLong_FromLongLong(input->strides[dim])
                   : NULL;
    }
    PyObject *strides = PyTuple_New(input->shape.dims);
    for (int i = 0; strides && i < input->shape.dims; i++) {
        PyTuple_SET_ITEM(strides, i, PyLong_FromLongLong(input->strides[i]));
    }
    return strides;
}

static PyObject *call_dim(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    return input ? PyLong_FromLong(input->shape.dims) : NULL;
}

static PyObject *call_numel(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    return input ? PyLong_FromLongLong(input->count) : NULL;
}

static PyObject *call_element_size(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    return input ? PyLong_FromSize_t(dtype_size(input->dtype)) : NULL;
}

static PyObject *call_storage_offset(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    return input ? PyLong_FromLongLong(input->offset) : NULL;
}

static PyObject *call_data_ptr(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    return input ? PyLong_FromVoidPtr(tensor_host_data(input)) : NULL;
}

static PyObject *call_is_contiguous(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    return input ? PyBool_FromLong(tensor_is_contiguous(input)) : NULL;
}

static PyObject *call_is_floating_point(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    return input ? PyBool_FromLong(dtype_is_float(input->dtype)) : NULL;
}

static PyObject *call_is_complex(struct call *call)
{
    return argument_tensor(call, 0) ? Py_NewRef(Py_False) : NULL;
}

static PyObject *call_is_signed(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    return input ? PyBool_FromLong(input->dtype != DTYPE_BOOL && input->dtype != DTYPE_UINT8)
                 : NULL;
}

/* ---- storage ----------------------------------------------------------------------------------- */

/* storage(), untyped_storage(): what a storage can be asked is Python's (torch/storage.py), over one
 * row of all its elements. */
static PyObject *call_storage(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    const int64_t count = (int64_t)(input->storage->bytes / dtype_size(input->dtype));
    const struct shape shape = { 1, { count } };
    const int64_t step[BACKEND_MAX_DIMS] = { 1 };
    PyObject *row = tensor_object_take(call->face, tensor_view(input, &shape, step, 0), NULL);
    PyObject *part = row ? PyImport_ImportModule("torch.storage") : NULL;
    PyObject *storage = part ? PyObject_CallMethod(part, call->row->name, "O", row) : NULL;
    Py_XDECREF(part);
    Py_XDECREF(row);
    return storage;
}

/* ---- elements ---------------------------------------------------------------------------------- */

static PyObject *call_item(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct number number;
    struct error err;
    if (!input) {
        return NULL;
    }
    if (!tensor_item_for(input, "item", &number, &err)) {
        return torch_raise(&err);
    }
    tensor_taken(input, "item");
    return number_object(number);
}

static PyObject *call_tolist(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    PyObject *list = input ? tensor_list(input) : NULL;
    if (list) {
        tensor_taken(input, "tolist");
    }
    return list;
}

/* The copy of a leaf has a copy of its gradient. */
static bool copy_grad(const struct call *call, const struct tensor *input, PyObject *object)
{
    if (!input->grad) {
        return true;
    }
    PyObject *grad = tensor_object_of(call->face, input->grad);
    PyObject *copy =
        grad ? PyObject_CallMethod(grad, "__deepcopy__", "O", call->arguments[1]) : NULL;
    const bool done = copy && PyObject_SetAttrString(object, "grad", copy) == 0;
    Py_XDECREF(grad);
    Py_XDECREF(copy);
    return done;
}

/* All elements of the memory that `input` lies in, as a tensor of one dimension. */
static struct tensor *flat_of(struct tensor *input)
{
    const int64_t count = (int64_t)(input->storage->bytes / dtype_size(input->dtype));
    return tensor_view(input, &(struct shape){ 1, { count } }, (int64_t[]){ 1 }, 0);
}

static PyObject *flat_copy(const struct call *call, struct tensor *input)
{
    struct tensor *source = flat_of(input);
    struct error err;
    const struct tensor_spec spec = { input->dtype, source->shape, tensor_backend(input) };
    struct tensor *copy = tensor_create(call->face->engine, &spec, &err);
    if (copy && !compute_copy(copy, source, &err)) {
        tensor_unref(copy);
        copy = NULL;
    }
    tensor_unref(source);
    return tensor_object_take(call->face, copy, &err);
}

/* Lent by the memo, as "torch" of which PyTorch keeps it, too: the copy of the memory that `input` lies in.
 * Tensors that share memory have copies that do. */
static struct tensor *copied_storage(const struct call *call, struct tensor *input)
{
    PyObject *name = PyUnicode_FromString("torch");
    PyObject *none = PyDict_New();
    PyObject *copies = name && none
                           ? PyObject_CallMethod(call->arguments[1], "setdefault", "OO", name, none)
                           : NULL;
    PyObject *key = Py_BuildValue("Ki", (unsigned long long)input->storage->id, (int)input->dtype);
    PyObject *copy = NULL;
    if (copies && key && PyDict_Check(copies)) {
        copy = PyDict_GetItemWithError(copies, key); /* lent */
        if (!copy && !PyErr_Occurred()) {
            copy = flat_copy(call, input);
            const bool kept = copy && PyDict_SetItem(copies, key, copy) == 0;
            Py_XDECREF(copy); /* the memo keeps it */
            copy = kept ? copy : NULL;
        }
    }
    Py_XDECREF(name);
    Py_XDECREF(none);
    Py_XDECREF(copies);
    Py_XDECREF(key);
    return copy ? tensor_object_tensor(copy) : NULL;
}

static struct tensor *copied_view(const struct call *call, struct tensor *input)
{
    struct tensor *whole = copied_storage(call, input);
    return whole ? tensor_view(whole, &input->shape, input->strides, input->offset) : NULL;
}

/* A Parameter's copy has memory of its own, whatever it shares, and no gradient. */
static struct tensor *cloned(const struct call *call, struct tensor *input)
{
    const struct tensor_spec spec = tensor_spec_of(input);
    struct error err;
    struct tensor *copy = tensor_create(call->face->engine, &spec, &err);
    if (copy) {
        tensor_lie_like(copy, input);
    }
    if (!copy || !compute_copy(copy, input, &err)) {
        tensor_unref(copy);
        torch_raise(&err);
        return NULL;
    }
    return copy;
}

/* copy.deepcopy: a leaf of its own with the same elements. */
static PyObject *call_deepcopy(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    if (input->grad_fn) {
        PyErr_SetString(PyExc_RuntimeError,
                        "Only Tensors created explicitly by the user (graph leaves) support the "
                        "deepcopy protocol at the moment.  If you were attempting to deepcopy a "
                        "module, this may be because of a torch.nn.utils.weight_norm usage, see "
                        "https://github.com/pytorch/pytorch/pull/103001");
        return NULL;
    }
    struct tensor *copy = input->is_parameter ? cloned(call, input) : copied_view(call, input);
    if (!copy) {
        return NULL;
    }
    copy->requires_grad = input->requires_grad;
    copy->is_parameter = input->is_parameter;
    PyObject *object = tensor_object_take(call->face, copy, NULL);
    PyObject *key = object ? PyLong_FromVoidPtr(call->arguments[0]) : NULL;
    if (!key || PyObject_SetItem(call->arguments[1], key, object) != 0 ||
        (!input->is_parameter && !copy_grad(call, input, object))) {
        Py_CLEAR(object);
    }
    Py_XDECREF(key);
    return object;
}

/* A function of python/torch/_copying.py on the tensor. */
static PyObject *copied_by(const struct call *call, const char *name)
{
    PyObject *module = PyImport_ImportModule("torch._copying");
    PyObject *result = module ? PyObject_CallMethod(module, name, "O", call->arguments[0]) : NULL;
    Py_XDECREF(module);
    return result;
}

static PyObject *call_reduce(struct call *call)
{
    return copied_by(call, "reduced");
}

static PyObject *call_copy(struct call *call)
{
    return copied_by(call, "copied");
}

/* ---- filling in place -------------------------------------------------------------------------- */

static PyObject *in_place(const struct call *call, enum op_id op, const struct operand *value)
{
    struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    const struct operand in[] = { operand_tensor(input), value ? *value : operand_tensor(NULL) };
    const struct op_use use = { .op = op, .in = in, .in_count = value ? 2 : 1, .in_place = true };
    return function_apply(call, &use);
}

static PyObject *call_zero_in_place(struct call *call)
{
    return in_place(call, OP_ZERO, NULL);
}

static PyObject *call_fill_in_place(struct call *call)
{
    struct operand value = operand_number(number_integer(0));
    return argument_number(call, 1, &value.number) ? in_place(call, OP_FILL, &value) : NULL;
}

/* Whether b, broadcast, has a's shape: the texts of copy_, which are not those of an assignment. */
static bool check_copied(const struct tensor *a, const struct tensor *b)
{
    struct shape shape;
    struct error err;
    if (!shape_broadcast(&a->shape, &b->shape, &shape, &err)) {
        torch_raise(&err);
        return false;
    }
    if (!shape_equal(&shape, &a->shape)) {
        struct text own = { 0 }, common = { 0 };
        shape_append(&own, &a->shape);
        shape_append(&common, &shape);
        PyErr_Format(PyExc_RuntimeError,
                     "output with shape %s doesn't match the broadcast shape %s", text_string(&own),
                     text_string(&common));
        text_finish(&own);
        text_finish(&common);
        return false;
    }
    return true;
}

static PyObject *call_copy_in_place(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    const struct operand value = operand_tensor(input ? argument_tensor(call, 1) : NULL);
    return value.tensor && check_copied(input, value.tensor) ? in_place(call, OP_COPY, &value)
                                                             : NULL;
}

/* ---- the table --------------------------------------------------------------------------------- */

#define ASKS .required = 1, .places = PLACE_METHOD
#define ASKS_BOTH .required = 1, .places = PLACE_METHOD | PLACE_TORCH

const struct function_row method_rows[] = {
    { "size", { "input", "dim" }, ASKS, .call = call_size },
    { "stride", { "input", "dim" }, ASKS, .call = call_stride },
    { "dim", { "input" }, ASKS, .call = call_dim },
    { "ndimension", { "input" }, ASKS, .call = call_dim },
    { "numel", { "input" }, ASKS_BOTH, .call = call_numel },
    { "nelement", { "input" }, ASKS, .call = call_numel },
    { "element_size", { "input" }, ASKS, .call = call_element_size },
    { "storage_offset", { "input" }, ASKS, .call = call_storage_offset },
    { "data_ptr", { "input" }, ASKS, .call = call_data_ptr },
    { "is_contiguous", { "input" }, ASKS, .call = call_is_contiguous },
    { "is_floating_point", { "input" }, ASKS_BOTH, .call = call_is_floating_point },
    { "is_complex", { "input" }, ASKS_BOTH, .call = call_is_complex },
    { "is_signed", { "input" }, ASKS_BOTH, .call = call_is_signed },
    { "storage", { "input" }, ASKS, .call = call_storage },
    { "untyped_storage", { "input" }, ASKS, .call = call_storage },
    { "item", { "input" }, ASKS, .call = call_item },
    { "tolist", { "input" }, ASKS, .call = call_tolist },
    { "__copy__", { "input" }, .required = 1, .call = call_copy, .places = PLACE_METHOD },
    { "__reduce_ex__",
      { "input", "protocol" },
      .required = 1,
      .call = call_reduce,
      .places = PLACE_METHOD },
    { "__deepcopy__",
      { "input", "memo" },
      .required = 2,
      .places = PLACE_METHOD,
      .call = call_deepcopy },
    { "zero_", { "input" }, ASKS, .call = call_zero_in_place },
    { "fill_",
      { "input", "value" },
      .required = 2,
      .places = PLACE_METHOD,
      .call = call_fill_in_place },
    { "copy_",
      { "input", "src", "non_blocking" },
      .required = 2,
      .places = PLACE_METHOD,
      .call = call_copy_in_place },
    { .name = NULL },
};
