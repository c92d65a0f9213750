/* x[0], x[:, 1], x[..., None, -1]: indexing with whole numbers, slices, None and Ellipsis, each step
 * an operation of its own, as PyTorch takes them; len and iteration. */
#include "lessons/torch/tensor_slots.h"

#include "engine/nn/nn.h"
#include "engine/ops/ops.h"
#include "lessons/torch/arguments.h"
#include "lessons/torch/creation.h"

/* One walk over the items of an index. The tensor so far is owned; `dim` is its dimension that the
 * next item is about, and `original` that dimension of the tensor that was indexed. */
struct index_walk {
    struct face *face;
    struct tensor *tensor;
    int dim, original;
};

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

static bool take_one(struct index_walk *walk, int64_t index)
{
    const struct tensor *tensor = walk->tensor;
    const int64_t size = tensor->shape.size[walk->dim];
    if (index < -size || index >= size) {
        PyErr_Format(PyExc_IndexError,
                     "index %lld is out of bounds for dimension %d with size %lld",
                     (long long)index, walk->original, (long long)size);
        return false;
    }
    const struct op_attrs attrs = { .present = ATTR(DIM) | ATTR(INDEX),
                                    .from_end = index < 0 ? ATTR(INDEX) : 0,
                                    .dim = walk->dim,
                                    .index = index < 0 ? index + size : index };
    walk->original++;
    return step(walk, OP_SELECT, &attrs);
}

/* A number that a slice says, cut to [0, size]. */
static bool slice_bound(PyObject *bound, int64_t size, int64_t fallback, int64_t *out)
{
    *out = fallback;
    if (bound == Py_None) {
        return true;
    }
    struct number number;
    if (!number_of(bound, &number) || number.kind == NUMBER_REAL) {
        PyErr_Format(PyExc_TypeError,
                     "slice indices must be integers or None or have an __index__ method");
        return false;
    }
    int64_t at = number.integer < 0 ? number.integer + size : number.integer;
    *out = at < 0 ? 0 : at > size ? size : at;
    return true;
}

static bool take_slice(struct index_walk *walk, PyObject *item)
{
    const PySliceObject *slice = (const PySliceObject *)item;
    const int64_t size = walk->tensor->shape.size[walk->dim];
    struct op_attrs attrs = { .present = ATTR(DIM) | ATTR(START) | ATTR(END) | ATTR(STEP),
                              .dim = walk->dim };
    struct number by = number_integer(1);
    if (slice->step != Py_None &&
        (!number_of(slice->step, &by) || by.kind == NUMBER_REAL || by.integer <= 0)) {
        PyErr_SetString(PyExc_ValueError, "step must be greater than zero");
        return false;
    }
    attrs.step = by.integer;
    if (!slice_bound(slice->start, size, 0, &attrs.start) ||
        !slice_bound(slice->stop, size, size, &attrs.end)) {
        return false;
    }
    /* A full range that is written out makes no operation; an open one does. */
    const bool written = slice->start != Py_None && slice->stop != Py_None;
    walk->original++;
    if (written && attrs.start == 0 && attrs.end == size && attrs.step == 1) {
        walk->dim++;
        return true;
    }
    if (attrs.end < attrs.start) {
        attrs.end = attrs.start;
    }
    if (!step(walk, OP_SLICE, &attrs)) {
        return false;
    }
    walk->dim++;
    return true;
}

static bool insert_dimension(struct index_walk *walk)
{
    const struct op_attrs attrs = { .present = ATTR(DIM), .dim = walk->dim };
    if (!step(walk, OP_UNSQUEEZE, &attrs)) {
        return false;
    }
    walk->dim++;
    return true;
}

/* An item that takes a dimension of the tensor, as opposed to None and Ellipsis. */
static bool takes_dimension(PyObject *item)
{
    return item != Py_None && item != Py_Ellipsis;
}

static bool take_item(struct index_walk *walk, PyObject *item)
{
    struct number number;
    if (item == Py_None) {
        return insert_dimension(walk);
    }
    if (PySlice_Check(item)) {
        return take_slice(walk, item);
    }
    if (!PyBool_Check(item) && number_of(item, &number) && number.kind == NUMBER_INTEGER) {
        return take_one(walk, number.integer);
    }
    if (tensor_object_is(walk->face, item) || PyList_Check(item) || PyBool_Check(item) ||
        PyObject_CheckBuffer(item)) {
        PyErr_SetString(PyExc_NotImplementedError,
                        "indexing a tensor with a tensor, a list or a mask is not supported by "
                        "Gradlight");
        return false;
    }
    if (PyUnicode_Check(item)) {
        PyErr_SetString(PyExc_TypeError, "new(): invalid data type 'str'");
        return false;
    }
    PyErr_Format(PyExc_IndexError,
                 "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables "
                 "are valid indices (got %s)",
                 Py_TYPE(item)->tp_name);
    return false;
}

/* Walks over all items; `skipped` is the number of dimensions that Ellipsis stands for. */
static bool take_items(struct index_walk *walk, PyObject *const *items, Py_ssize_t count,
                       int skipped)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        if (items[i] == Py_Ellipsis) {
            walk->dim += skipped;
            walk->original += skipped;
        } else if (!take_item(walk, items[i])) {
            return false;
        }
    }
    return true;
}

static bool check_index(const struct tensor *tensor, PyObject *const *items, Py_ssize_t count,
                        int *skipped)
{
    Py_ssize_t taken = 0;
    bool integers = false;
    for (Py_ssize_t i = 0; i < count; i++) {
        taken += takes_dimension(items[i]);
        integers = integers || PyLong_Check(items[i]);
    }
    if (taken > 0 && tensor->shape.dims == 0 && integers) {
        PyErr_SetString(PyExc_IndexError,
                        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
                        "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number");
        return false;
    }
    if (taken > tensor->shape.dims) {
        PyErr_Format(PyExc_IndexError, "too many indices for tensor of dimension %d",
                     tensor->shape.dims);
        return false;
    }
    *skipped = tensor->shape.dims - (int)taken;
    return true;
}

/* The part that `index` names: a reference, or NULL with an exception. */
static struct tensor *part_at(struct face *face, struct tensor *tensor, PyObject *index)
{
    PyObject *single[] = { index };
    const bool many = PyTuple_Check(index);
    PyObject *const *items = many ? &PyTuple_GET_ITEM(index, 0) : single;
    const Py_ssize_t count = many ? PyTuple_GET_SIZE(index) : 1;
    int skipped;
    if (!check_index(tensor, items, count, &skipped)) {
        return NULL;
    }
    struct index_walk walk = { .face = face, .tensor = tensor_ref(tensor) };
    if (!take_items(&walk, items, count, skipped)) {
        tensor_unref(walk.tensor);
        return NULL;
    }
    return walk.tensor;
}

PyObject *tensor_slot_at(PyObject *self, PyObject *index)
{
    struct face *face = face_current();
    struct tensor *tensor = tensor_object_tensor(self);
    struct tensor *part = part_at(face, tensor, index);
    if (!part) {
        return NULL;
    }
    if (part == tensor) { /* x[...], x[()]: another look at everything */
        struct error err;
        struct tensor *look = op_unary(face->engine, OP_ALIAS, part, &err);
        tensor_unref(part);
        return tensor_object_take(face, look, &err);
    }
    return tensor_object_take(face, part, NULL);
}

/* x[index] = value: the value is copied into that part of the tensor. */
int tensor_slot_set_at(PyObject *self, PyObject *index, PyObject *value)
{
    struct face *face = face_current();
    struct tensor *part = NULL, *from = NULL, *done = NULL;
    struct error err;
    if (!value) {
        PyErr_SetString(PyExc_TypeError, "Tensor does not support deleting items");
        return -1;
    }
    part = part_at(face, tensor_object_tensor(self), index);
    if (part) {
        from = tensor_object_is(face, value) ? tensor_ref(tensor_object_tensor(value))
                                             : data_copy(face, value, &part->dtype);
    }
    if (from) {
        const struct operand in[] = { operand_tensor(part), operand_tensor(from) };
        const struct op_use use = { .op = OP_COPY, .in = in, .in_count = 2, .in_place = true };
        done = op_apply_one(face->engine, &use, &err);
        if (!done) {
            torch_raise(&err);
        }
    }
    tensor_unref(part);
    tensor_unref(from);
    tensor_unref(done);
    return done ? 0 : -1;
}

Py_ssize_t tensor_slot_length(PyObject *self)
{
    const struct tensor *tensor = tensor_object_tensor(self);
    if (tensor->shape.dims == 0) {
        PyErr_SetString(PyExc_TypeError, "len() of a 0-d tensor");
        return -1;
    }
    return (Py_ssize_t)tensor->shape.size[0];
}

PyObject *tensor_slot_iterate(PyObject *self)
{
    struct face *face = face_current();
    struct tensor *tensor = tensor_object_tensor(self);
    if (tensor->shape.dims == 0) {
        PyErr_SetString(PyExc_TypeError, "iteration over a 0-d tensor");
        return NULL;
    }
    struct nn_parts rows;
    struct error err;
    if (!nn_unbind(face->engine, tensor, 0, &rows, &err)) {
        return torch_raise(&err);
    }
    PyObject *list = tensor_objects(face, &rows);
    PyObject *iterator = list ? PyObject_GetIter(list) : NULL;
    Py_XDECREF(list);
    return iterator;
}
