#include "lessons/torch/index_walk.h"

#include "lessons/torch/arguments.h"
#include "lessons/torch/creation.h"

/* ---- steps ------------------------------------------------------------------------------------- */

/* Replaces the walk's tensor by an operation on it. */
static bool step(struct index_walk *walk, enum op_id op, const struct op_attrs *attrs)
{
    const struct operand in = operand_tensor(walk->tensor);
    const struct op_use use = { .op = op, .in = &in, .in_count = 1, .attrs = *attrs };
    struct error err;
    struct tensor *next = op_apply_one(walk->face->engine, &use, &err);
    if (!next) {
        torch_raise(&err);
        return false;
    }
    tensor_unref(walk->tensor);
    walk->tensor = next;
    return true;
}

/* There is no such place along the dimension where the walk is. */
static bool refuse_place(const struct index_walk *walk, int64_t index, int64_t size)
{
    const struct operand in = operand_tensor(walk->tensor);
    const struct op_use use = {
        .op = OP_SELECT,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM) | ATTR(INDEX), .dim = walk->dim, .index = index }
    };
    struct error err = { 0 };
    error_set_kind(&err, ERROR_INDEX, "index %lld is out of bounds for dimension %d with size %lld",
                   (long long)index, walk->original, (long long)size);
    op_tell_failed(walk->face->engine, &use, err.text);
    return torch_raise(&err) != NULL;
}

static bool take_one(struct index_walk *walk, int64_t index)
{
    const struct tensor *tensor = walk->tensor;
    if (tensor->shape.dims == 0) {
        PyErr_SetString(PyExc_IndexError,
                        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
                        "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number");
        return false;
    }
    const int64_t size = tensor->shape.size[walk->dim];
    if (index < -size || index >= size) {
        return refuse_place(walk, index, size);
    }
    const struct op_attrs attrs = { .present = ATTR(DIM) | ATTR(INDEX),
                                    .from_end = index < 0 ? ATTR(INDEX) : 0,
                                    .dim = walk->dim,
                                    .index = index < 0 ? index + size : index };
    walk->original++;
    return step(walk, OP_SELECT, &attrs);
}

/* A number that a slice says, or a tensor with one whole number; `given` tells whether it says any. */
static bool slice_number(struct index_walk *walk, PyObject *item, int64_t *out, bool *given)
{
    struct operand operand;
    struct number number;
    struct error err;
    *given = item != Py_None;
    if (!*given) {
        return true;
    }
    if (!operand_of(walk->face, item, &operand)) {
        PyErr_SetString(PyExc_TypeError,
                        "slice indices must be integers or None or have an __index__ method");
        return false;
    }
    number = operand.number;
    if (operand.kind == OPERAND_TENSOR && !tensor_item(operand.tensor, &number, &err)) {
        return torch_raise(&err) != NULL;
    }
    if (number.kind == NUMBER_REAL) {
        PyErr_SetString(PyExc_TypeError,
                        "slice indices must be integers or None or have an __index__ method");
        return false;
    }
    *out = number.integer;
    return true;
}

static int64_t clipped(int64_t bound, int64_t size)
{
    const int64_t at = bound < 0 ? bound + size : bound;
    return at < 0 ? 0 : at > size ? size : at;
}

/* In a tuple, a full range that is written out makes no operation; an open one does. */
static bool take_slice(struct index_walk *walk, PyObject *item)
{
    const PySliceObject *slice = (const PySliceObject *)item;
    struct op_attrs attrs = { .present = ATTR(DIM) | ATTR(START) | ATTR(END) | ATTR(STEP),
                              .dim = walk->dim,
                              .step = 1 };
    bool has_start, has_end, has_step;
    if (!slice_number(walk, slice->step, &attrs.step, &has_step)) {
        return false;
    }
    if (attrs.step <= 0) {
        PyErr_SetString(PyExc_ValueError, attrs.step == 0 ? "slice step cannot be zero"
                                                          : "step must be greater than zero");
        return false;
    }
    if (!slice_number(walk, slice->start, &attrs.start, &has_start) ||
        !slice_number(walk, slice->stop, &attrs.end, &has_end)) {
        return false;
    }
    if (walk->tensor->shape.dims == 0) {
        PyErr_SetString(PyExc_IndexError, "slice() cannot be applied to a 0-dim tensor.");
        return false;
    }
    const int64_t size = walk->tensor->shape.size[walk->dim];
    attrs.start = has_start ? clipped(attrs.start, size) : 0;
    attrs.end = has_end ? clipped(attrs.end, size) : size;
    attrs.end = attrs.end < attrs.start ? attrs.start : attrs.end;
    attrs.from_end = has_end ? 0 : ATTR(END);
    walk->original++;
    const bool whole = has_end && attrs.start == 0 && attrs.end == size && attrs.step == 1;
    if ((walk->alone || !whole) && !step(walk, OP_SLICE, &attrs)) {
        return false;
    }
    walk->dim++;
    return true;
}

static bool insert_dimension(struct index_walk *walk)
{
    const struct op_attrs attrs = { .present = ATTR(DIM), .dim = walk->dim };
    return step(walk, OP_UNSQUEEZE, &attrs);
}

/* ---- tensors ----------------------------------------------------------------------------------- */

/* The index on the tensor's device: one on the CPU is brought there. Takes the reference. */
static struct tensor *beside(const struct index_walk *walk, struct tensor *index)
{
    struct backend *backend = tensor_backend(walk->tensor);
    if (tensor_backend(index) == backend || index->count == 0 ||
        tensor_backend(index) == engine_cpu(walk->face->engine)) {
        return creation_move(index, backend);
    }
    struct text name = { 0 };
    backend_append_name(&name, backend);
    PyErr_Format(PyExc_RuntimeError,
                 "indices should be either on cpu or on the same device as the indexed tensor (%s)",
                 text_string(&name));
    text_finish(&name);
    tensor_unref(index);
    return NULL;
}

/* Takes the reference; the index is about the dimension where the walk is. */
static bool collect(struct index_walk *walk, struct tensor *index)
{
    if (walk->dim >= BACKEND_MAX_DIMS) {
        tensor_unref(index);
        PyErr_Format(PyExc_IndexError, "too many indices for tensor of dimension %d",
                     walk->tensor->shape.dims);
        return false;
    }
    index = beside(walk, index);
    if (!index) {
        return false;
    }
    walk->indices[walk->dim++] = index;
    walk->index_count = walk->dim;
    walk->original++;
    return true;
}

/* True keeps a new dimension of size 1, False empties it. */
static bool take_bool(struct index_walk *walk, bool keep)
{
    const struct tensor_spec spec = { DTYPE_INT64,
                                      { 1, { keep ? 1 : 0 } },
                                      tensor_backend(walk->tensor) };
    struct error err;
    if (!insert_dimension(walk)) {
        return false;
    }
    struct tensor *index = tensor_full(walk->face->engine, &spec, number_integer(0), &err);
    walk->original--;
    return index ? collect(walk, index) : torch_raise(&err) != NULL;
}

/* A single whole number counts as a number. Takes the reference. */
static bool take_tensor(struct index_walk *walk, struct tensor *index)
{
    struct number number;
    struct error err;
    if (index->shape.dims > 0 || dtype_is_float(index->dtype)) {
        return collect(walk, index);
    }
    const bool read = tensor_item(index, &number, &err);
    const bool flag = index->dtype == DTYPE_BOOL || index->dtype == DTYPE_UINT8;
    tensor_unref(index);
    if (!read) {
        return torch_raise(&err) != NULL;
    }
    return flag ? take_bool(walk, !number_is_zero(number)) : take_one(walk, number.integer);
}

/* Whole numbers or bools in lists, ranges and arrays. */
static bool take_sequence(struct index_walk *walk, PyObject *item)
{
    static const enum dtype whole = DTYPE_INT64;
    struct tensor *index = data_copy(walk->face, item, NULL);
    if (index && index->count == 0 && index->dtype != DTYPE_BOOL) {
        tensor_unref(index);
        index = data_copy(walk->face, item, &whole);
    }
    return index && take_tensor(walk, index);
}

/* ---- items ------------------------------------------------------------------------------------- */

static bool refuse_item(PyObject *item)
{
    PyErr_Format(PyExc_IndexError,
                 "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables "
                 "are valid indices (got %s)",
                 Py_TYPE(item)->tp_name);
    return false;
}

static bool take_item(struct index_walk *walk, PyObject *item)
{
    struct number number;
    if (item == Py_None) {
        if (!insert_dimension(walk)) {
            return false;
        }
        walk->dim++;
        return true;
    }
    if (PyBool_Check(item)) {
        return take_bool(walk, item == Py_True);
    }
    if (PySlice_Check(item)) {
        return take_slice(walk, item);
    }
    if (tensor_object_is(walk->face, item)) {
        return take_tensor(walk, tensor_ref(tensor_object_tensor(item)));
    }
    if (number_of(item, &number)) {
        return number.kind == NUMBER_INTEGER ? take_one(walk, number.integer) : refuse_item(item);
    }
    if (PySequence_Check(item) || PyObject_CheckBuffer(item)) {
        return take_sequence(walk, item);
    }
    return refuse_item(item);
}

/* How many dimensions of the tensor the item is about. */
static int dimensions_of(const struct index_walk *walk, PyObject *item)
{
    if (tensor_object_is(walk->face, item)) {
        const struct tensor *index = tensor_object_tensor(item);
        const bool mask = index->dtype == DTYPE_BOOL || index->dtype == DTYPE_UINT8;
        return mask ? index->shape.dims : 1;
    }
    return item != Py_None && item != Py_Ellipsis && !PyBool_Check(item);
}

static bool take_items(struct index_walk *walk, PyObject *const *items, Py_ssize_t count)
{
    const int dims = walk->tensor->shape.dims;
    int named = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        named += dimensions_of(walk, items[i]);
    }
    if (named > dims && !walk->alone) {
        PyErr_Format(PyExc_IndexError, "too many indices for tensor of dimension %d", dims);
        return false;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (items[i] == Py_Ellipsis) {
            walk->dim += dims - named;
            walk->original += dims - named;
        } else if (!take_item(walk, items[i])) {
            return false;
        }
    }
    return true;
}

/* A short list with anything but numbers in it is what a tuple would be, as in NumPy once. */
static bool reads_as_tuple(const struct face *face, PyObject *index)
{
    enum { SHORT = 32 };
    if (!PyList_Check(index) || PyList_GET_SIZE(index) >= SHORT) {
        return false;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(index); i++) {
        PyObject *item = PyList_GET_ITEM(index, i);
        if (tensor_object_is(face, item) || PySequence_Check(item) || PySlice_Check(item) ||
            item == Py_Ellipsis || item == Py_None) {
            return true;
        }
    }
    return false;
}

bool index_walk_begin(struct index_walk *walk, struct face *face, struct tensor *tensor,
                      PyObject *index)
{
    *walk = (struct index_walk){ .face = face, .tensor = tensor_ref(tensor) };
    if (PyTuple_Check(index)) {
        return take_items(walk, &PyTuple_GET_ITEM(index, 0), PyTuple_GET_SIZE(index));
    }
    if (reads_as_tuple(face, index)) {
        return take_items(walk, PySequence_Fast_ITEMS(index), PyList_GET_SIZE(index));
    }
    walk->alone = true;
    return take_items(walk, &index, 1);
}

void index_walk_finish(struct index_walk *walk)
{
    tensor_unref(walk->tensor);
    for (int d = 0; d < walk->index_count; d++) {
        tensor_unref(walk->indices[d]);
    }
}

struct tensor *index_walk_apply(const struct index_walk *walk, struct op_use *use,
                                struct tensor *value)
{
    struct operand in[2 + BACKEND_MAX_DIMS];
    struct error err;
    int count = 0;
    in[count++] = operand_tensor(walk->tensor);
    if (value) {
        in[count++] = operand_tensor(value);
    }
    for (int d = 0; d < walk->index_count; d++) {
        in[count++] = operand_tensor(walk->indices[d]);
    }
    use->in = in;
    use->in_count = count;
    struct tensor *result = op_apply_one(walk->face->engine, use, &err);
    if (!result) {
        torch_raise(&err);
    }
    return result;
}
